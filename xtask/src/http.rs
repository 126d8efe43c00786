//! Just enough of an HTTP client to ask a server, and to measure it without measuring the client.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

/// One connection that is kept open.
pub(crate) struct Connection {
    stream: BufReader<TcpStream>,
    headers: String,
}

impl Connection {
    /// Connects to `address` (`host:port`); what is asked is asked as this user.
    pub(crate) fn open(address: &str, user_id: String, auth_token: String) -> Result<Self> {
        let stream = TcpStream::connect(address).with_context(|| format!("connecting to {address}"))?;
        stream.set_nodelay(true)?;
        let headers = format!("Host: {address}\r\nX-User-Id: {user_id}\r\nX-Auth-Token: {auth_token}\r\n");
        Ok(Self { stream: BufReader::new(stream), headers })
    }

    /// The JSON body of a 200.
    pub(crate) fn get(&mut self, path: &str) -> Result<Value> {
        self.ask("GET", path, b"")
    }

    /// Sends a JSON body; the JSON body of a 200.
    pub(crate) fn post(&mut self, path: &str, body: &[u8]) -> Result<Value> {
        self.ask("POST", path, body)
    }

    /// Sends a file as it is; the JSON body of a 200.
    pub(crate) fn upload(&mut self, path: &str, file: &std::path::Path) -> Result<Value> {
        let mut from = std::fs::File::open(file).with_context(|| format!("reading {}", file.display()))?;
        let length = from.metadata()?.len();
        let head = format!(
            "POST {path} HTTP/1.1\r\n{}Content-Type: application/octet-stream\r\nContent-Length: {length}\r\n\r\n",
            self.headers
        );
        self.stream.get_mut().write_all(head.as_bytes()).with_context(|| format!("asking {path}"))?;
        std::io::copy(&mut from, self.stream.get_mut()).with_context(|| format!("sending {}", file.display()))?;
        self.answered(path)
    }

    fn ask(&mut self, method: &str, path: &str, body: &[u8]) -> Result<Value> {
        let length = body.len();
        let head = format!(
            "{method} {path} HTTP/1.1\r\n{}Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n",
            self.headers
        );
        let mut request = head.into_bytes();
        request.extend_from_slice(body);
        self.stream.get_mut().write_all(&request).with_context(|| format!("asking {path}"))?;
        self.answered(path)
    }

    fn answered(&mut self, path: &str) -> Result<Value> {
        let (status, body) = self.answer().with_context(|| format!("reading the answer of {path}"))?;
        let text = String::from_utf8_lossy(&body);
        ensure!(status == 200, "{path} answered {status}: {text}");
        serde_json::from_slice(&body).with_context(|| format!("{path} answered {text}"))
    }

    fn answer(&mut self) -> Result<(u16, Vec<u8>)> {
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        let status = line.split(' ').nth(1).and_then(|status| status.parse().ok()).context("no status line")?;
        let mut length = None;
        loop {
            line.clear();
            if self.stream.read_line(&mut line)? == 0 {
                bail!("the connection was closed");
            }
            if line == "\r\n" {
                break;
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = Some(value.trim().parse::<usize>().context("reading Content-Length")?);
            }
        }
        let mut body = vec![0; length.context("no Content-Length")?];
        self.stream.read_exact(&mut body)?;
        Ok((status, body))
    }
}
