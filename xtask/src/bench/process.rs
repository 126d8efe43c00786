//! A server that is started and stopped, and the memory that a process takes.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};

use super::http::Connection;

/// A running `import-server serve`. Ended when it is dropped.
pub(super) struct Server {
    child: Child,
    address: String,
}

impl Server {
    /// Starts a server on a free port; answers how long it took until `/health` was answered.
    pub(super) fn start(binary: &Path, data_dir: &Path) -> Result<(Self, Duration)> {
        let begun = Instant::now();
        let mut child = Command::new(binary)
            .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(data_dir)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("starting {}", binary.display()))?;
        let stdout = child.stdout.take().context("no output to read the address from")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let address = line.trim().rsplit("http://").next().unwrap_or_default().to_owned();
        let server = Self { child, address };
        Connection::open(&server.address, String::new(), String::new())?.get("/health")?;
        Ok((server, begun.elapsed()))
    }

    /// `host:port`
    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// The most memory that the server had resident at any time.
    pub(super) fn most_memory(&self) -> Result<String> {
        Ok(megabytes(resident(self.child.id(), "VmHWM:").context("reading the memory of the server")?))
    }

    /// Stops the server in order.
    pub(super) fn stop(mut self) -> Result<()> {
        let signalled = Command::new("kill").arg(self.child.id().to_string()).status().context("running kill")?;
        ensure!(signalled.success(), "the server could not be signalled");
        let status = self.child.wait().context("waiting for the server")?;
        ensure!(status.success(), "the server ended with {status}");
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Already gone after `stop`.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Watches how much memory a process has resident until it ends; the function answers the most.
pub(super) fn watch_memory(pid: u32) -> impl FnOnce() -> Result<String> {
    let most = Arc::new(AtomicU64::new(0));
    let ended = Arc::new(AtomicBool::new(false));
    let watcher = thread::spawn({
        let (most, ended) = (Arc::clone(&most), Arc::clone(&ended));
        move || {
            while !ended.load(Ordering::Relaxed) {
                if let Some(bytes) = resident(pid, "VmHWM:") {
                    most.fetch_max(bytes, Ordering::Relaxed);
                }
                thread::park_timeout(Duration::from_millis(20));
            }
        }
    });
    move || {
        ended.store(true, Ordering::Relaxed);
        watcher.thread().unpark();
        ensure!(watcher.join().is_ok(), "watching the memory failed");
        Ok(megabytes(most.load(Ordering::Relaxed)))
    }
}

/// A figure of `/proc/PID/status` in bytes.
fn resident(pid: u32, field: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kibibytes * 1_024)
}

fn megabytes(bytes: u64) -> String {
    format!("{} MB", bytes.div_ceil(1_000_000))
}
