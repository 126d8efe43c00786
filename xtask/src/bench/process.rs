//! The memory and the processor's time that a process takes.

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use anyhow::{Context, Result, ensure};

/// What Linux counts processor time in, as far as `/proc` shows it.
const TICK: Duration = Duration::from_millis(10);

/// The most memory that a running process had resident at any time.
pub(super) fn most_memory(pid: u32) -> Result<String> {
    Ok(megabytes(resident(pid, "VmHWM:").context("reading the memory of the server")?))
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

/// How much time of a core a running process has had so far.
pub(super) fn processor_time(pid: u32) -> Result<Duration> {
    let path = format!("/proc/{pid}/stat");
    let stat = fs::read_to_string(&path).with_context(|| format!("reading {path}"))?;
    // Behind the name, which may hold anything, and its parenthesis: the 14th and 15th field of all are user and system time.
    let fields = stat.rsplit_once(')').map(|(_, fields)| fields.split_whitespace()).into_iter().flatten();
    let ticks: Vec<u64> = fields.skip(11).take(2).filter_map(|ticks| ticks.parse().ok()).collect();
    ensure!(ticks.len() == 2, "{path} does not say how much time it had");
    Ok(TICK * u32::try_from(ticks.iter().sum::<u64>())?)
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
