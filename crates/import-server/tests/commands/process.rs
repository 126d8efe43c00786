//! Runs the binary, with a deadline, and talks to what it serves.

use std::{
    io::{BufRead as _, BufReader, Read, Write as _},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};

use serde_json::Value;

const BINARY: &str = env!("CARGO_BIN_EXE_import-server");

/// A command that takes longer has hung.
const DEADLINE: Duration = Duration::from_secs(120);

/// What a command left behind.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Finished {
    /// Standard output as the one line of JSON that it is to be.
    pub(crate) fn json(&self) -> Value {
        let lines: Vec<_> = self.stdout.lines().collect();
        assert_eq!(lines.len(), 1, "{self:?}");
        serde_json::from_str(lines[0]).unwrap()
    }
}

/// A command that runs.
pub(crate) struct Running {
    child: Child,
    stdout: Receiver<String>,
    stderr: Receiver<String>,
}

/// The examples of this repository.
pub(crate) fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples")
}

/// Runs the binary to its end.
pub(crate) fn run<const N: usize>(arguments: [&str; N]) -> Finished {
    run_with_input(arguments, "")
}

/// Runs the binary to its end, with something on standard input.
pub(crate) fn run_with_input<const N: usize>(arguments: [&str; N], input: &str) -> Finished {
    let mut running = start(arguments, &[], Stdio::piped());
    running.child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    running.finish()
}

/// Runs the binary to its end in an address space of so many KiB.
#[cfg(target_os = "linux")]
pub(crate) fn run_within<const N: usize>(kib: u32, arguments: [&str; N]) -> Finished {
    let mut limited = without_own_variables("sh");
    limited.args(["-c", &format!("ulimit -v {kib} && exec \"$0\" \"$@\""), BINARY]).args(arguments);
    // Each thread would set address space aside for memory of its own.
    limited.env("MALLOC_ARENA_MAX", "1");
    launch(limited, Stdio::null()).finish()
}

/// Starts the binary with these variables in its environment, and none of its own beside them.
pub(crate) fn spawn<const N: usize>(arguments: [&str; N], variables: &[(&str, &str)]) -> Running {
    start(arguments, variables, Stdio::null())
}

fn serve_on(data_dir: &Path) -> [&str; 5] {
    ["serve", "--listen", "127.0.0.1:0", "--data-dir", data_dir.to_str().unwrap()]
}

fn start<const N: usize>(arguments: [&str; N], variables: &[(&str, &str)], stdin: Stdio) -> Running {
    let mut command = command(arguments);
    command.envs(variables.iter().copied());
    launch(command, stdin)
}

fn launch(mut command: Command, stdin: Stdio) -> Running {
    let mut child = command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let stdout = lines_of(child.stdout.take().unwrap());
    let stderr = lines_of(child.stderr.take().unwrap());
    Running { child, stdout, stderr }
}

/// The binary with these arguments, and none of its own variables in its environment.
fn command<const N: usize>(arguments: [&str; N]) -> Command {
    let mut command = without_own_variables(BINARY);
    command.args(arguments);
    command
}

fn without_own_variables(program: &str) -> Command {
    let mut command = Command::new(program);
    for (variable, _) in std::env::vars_os() {
        if variable.to_string_lossy().starts_with("IMPORT_SERVER_") {
            command.env_remove(variable);
        }
    }
    command
}

/// The lines of a stream, read as they come, so that nobody who writes has to wait.
fn lines_of(stream: impl Read + Send + 'static) -> Receiver<String> {
    let (send, lines) = channel();
    thread::spawn(move || {
        for line in BufReader::new(stream).lines() {
            let Ok(line) = line else { return };
            // The test may have seen enough.
            let _ = send.send(line);
        }
    });
    lines
}

impl Running {
    /// The next line of standard output.
    pub(crate) fn line(&self) -> String {
        self.stdout.recv_timeout(DEADLINE).expect("a line on standard output")
    }

    /// Waits for a line of standard error that has `text` in it.
    pub(crate) fn wait_for(&self, text: &str) -> String {
        loop {
            let line = self.stderr.recv_timeout(DEADLINE).unwrap_or_else(|_| panic!("a line with {text:?}"));
            if line.contains(text) {
                return line;
            }
        }
    }

    /// Sends a signal: `INT`, `TERM`.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for the end of the process, and gathers what it wrote since somebody last looked.
    pub(crate) fn finish(self) -> Finished {
        let Self { mut child, stdout, stderr } = self;
        let id = child.id();
        let (send, ended) = channel::<ExitStatus>();
        thread::spawn(move || send.send(child.wait().unwrap()));
        let Ok(status) = ended.recv_timeout(DEADLINE) else {
            let _ = Command::new("kill").args(["-s", "KILL", &id.to_string()]).status();
            panic!("the command hung; it wrote {:?}", stderr.try_iter().collect::<Vec<_>>());
        };
        let text = |lines: Receiver<String>| lines.into_iter().map(|line| line + "\n").collect();
        Finished { code: status.code(), stdout: text(stdout), stderr: text(stderr) }
    }
}

/// A server that is ended with the test.
pub(crate) struct Server {
    running: Option<Running>,
    /// `127.0.0.1:port`
    pub(crate) address: String,
}

impl Server {
    /// Starts `serve` on a free port.
    pub(crate) fn start(data_dir: &Path) -> Self {
        Self::of(spawn(serve_on(data_dir), &[]))
    }

    /// Starts `serve` on a free port, with a standard error that nobody reads: writing to it fails.
    pub(crate) fn start_unheard(data_dir: &Path) -> Self {
        let mut command = command(serve_on(data_dir));
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(writer).spawn().unwrap();
        let stdout = lines_of(child.stdout.take().unwrap());
        Self::of(Running { child, stdout, stderr: lines_of(std::io::empty()) })
    }

    fn of(running: Running) -> Self {
        let line = running.line();
        let address = line.strip_prefix("listening on http://").expect(&line).to_owned();
        Self { running: Some(running), address }
    }

    /// Sends a signal and waits for the end.
    pub(crate) fn end_with(mut self, signal: &str) -> Finished {
        let running = self.running.take().unwrap();
        running.signal(signal);
        running.finish()
    }

    /// The status and body of the answer to a request.
    pub(crate) fn request(&self, line: &str, headers: &[(&str, &str)], body: &str) -> (u16, Value) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let request = format!(
            "{line} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n{body}",
            self.address,
            body.len()
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        (status, serde_json::from_str(body).unwrap())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(running) = &mut self.running {
            let _ = running.child.kill();
            let _ = running.child.wait();
        }
    }
}
