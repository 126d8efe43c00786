//! Shows how far an import is: a bar on a terminal, a line every few seconds elsewhere.

use std::{
    cell::RefCell,
    fmt,
    io::{self, IsTerminal as _, Write},
    time::{Duration, Instant},
};

use import_engine::Pulse;
use import_proto::{OperationState, ProgressStep};
use indicatif::{HumanBytes, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use tracing_subscriber::fmt::MakeWriter;

use super::output;

/// How often a line is written where there is no terminal.
const EVERY: Duration = Duration::from_secs(3);

const READING: &str = "{spinner} {msg:18} {wide_bar} {bytes:>10} of {total_bytes}, {bytes_per_sec}, {eta} left";
const IMPORTING: &str = "{spinner} {msg:18} {wide_bar} {human_pos:>10} of {human_len}, {rate}/s, {eta} left";

/// The two parts of an import that can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// The file is read into the staging area: bytes.
    Reading,
    /// What is staged is imported: records.
    Importing,
}

/// Shows progress on standard error.
pub(crate) struct Progress {
    /// Hidden where there is no terminal.
    bar: ProgressBar,
    lines: bool,
    shown: RefCell<Shown>,
}

/// What was shown last.
struct Shown {
    phase: Option<Phase>,
    /// When the phase began, and how far it was then.
    since: Instant,
    from: u64,
    line_at: Instant,
}

impl Progress {
    pub(crate) fn new(quiet: bool) -> Self {
        let terminal = io::stderr().is_terminal();
        let target = match terminal && !quiet {
            true => ProgressDrawTarget::stderr(),
            false => ProgressDrawTarget::hidden(),
        };
        let now = Instant::now();
        Self {
            bar: ProgressBar::with_draw_target(None, target),
            lines: !terminal && !quiet,
            shown: RefCell::new(Shown { phase: None, since: now, from: 0, line_at: now }),
        }
    }

    /// Shows how far the operation is.
    pub(crate) fn show(&self, pulse: &Pulse) {
        let Some((phase, done, total)) = measure(pulse) else { return };
        let mut shown = self.shown.borrow_mut();
        if shown.phase != Some(phase) {
            let now = Instant::now();
            *shown = Shown { phase: Some(phase), since: now, from: done, line_at: now };
            self.begin(phase, done);
        }
        let doing = pulse.step.map_or("", doing);
        self.bar.set_length(total);
        self.bar.set_position(done);
        self.bar.set_message(doing);
        if self.lines && shown.line_at.elapsed() >= EVERY {
            shown.line_at = Instant::now();
            output::note(line(phase, doing, done, total, done.saturating_sub(shown.from), shown.since.elapsed()));
        }
    }

    fn begin(&self, phase: Phase, done: u64) {
        let template = match phase {
            Phase::Reading => READING,
            Phase::Importing => IMPORTING,
        };
        // A template is either right or wrong, and a test says that they are right.
        if let Ok(style) = ProgressStyle::with_template(template) {
            // The crate's own `per_sec` has four decimals.
            let rate = |state: &ProgressState, out: &mut dyn fmt::Write| {
                // There is nowhere to say that there is nowhere to write.
                let _ = out.write_str(&output::number(state.per_sec() as u64));
            };
            self.bar.set_style(style.with_key("rate", rate).progress_chars("━╸─"));
        }
        self.bar.reset();
        self.bar.set_position(done);
        self.bar.reset_eta();
    }

    /// Takes the bar off the screen.
    pub(crate) fn clear(&self) {
        self.bar.finish_and_clear();
    }

    /// Writes something to standard error between two pictures of the bar.
    pub(crate) fn suspend<T>(&self, write: impl FnOnce() -> T) -> T {
        self.bar.suspend(write)
    }

    /// A writer for the log that does not run into the bar.
    pub(crate) fn log_writer(&self) -> impl for<'a> MakeWriter<'a> + Send + Sync + 'static {
        let bar = self.bar.clone();
        move || BesideBar(bar.clone())
    }
}

/// Standard error, the bar taken away while something is written.
struct BesideBar(ProgressBar);

impl Write for BesideBar {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.suspend(|| io::stderr().write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// The phase, how much of it is done, and how much there is.
fn measure(pulse: &Pulse) -> Option<(Phase, u64, u64)> {
    match pulse.state {
        OperationState::Loading => Some((Phase::Reading, pulse.bytes_read, pulse.bytes_total)),
        OperationState::Importing | OperationState::Done => {
            let total = pulse.staged.total.unwrap_or_default();
            Some((Phase::Importing, (pulse.counts.completed + pulse.counts.error).min(total), total))
        }
        _ => None,
    }
}

/// What goes on in a step, in two or three words.
fn doing(step: ProgressStep) -> &'static str {
    use ProgressStep as S;
    match step {
        S::PreparingUsers => "Reading users",
        S::PreparingChannels => "Reading rooms",
        S::PreparingMessages => "Reading messages",
        S::PreparingContacts => "Reading contacts",
        S::ImportingUsers => "Importing users",
        S::ImportingContacts => "Importing contacts",
        S::ImportingChannels => "Importing rooms",
        S::ImportingMessages => "Importing messages",
        S::ImportingFiles => "Fetching",
        S::Finishing | S::Done => "Finishing",
        step if step < S::UserSelection => "Reading the file",
        _ => "Importing",
    }
}

/// The line that stands for the bar; `here` was done in `elapsed`.
fn line(phase: Phase, doing: &str, done: u64, total: u64, here: u64, elapsed: Duration) -> String {
    let rate = output::rate(here, elapsed);
    let percent = (done * 100).checked_div(total).unwrap_or_default();
    let left = match rate {
        0 => String::new(),
        rate => format!(", {} left", remaining(total.saturating_sub(done).div_ceil(rate))),
    };
    match phase {
        Phase::Reading => {
            format!(
                "{doing}: {} of {} ({percent} %), {}/s{left}",
                HumanBytes(done),
                HumanBytes(total),
                HumanBytes(rate)
            )
        }
        Phase::Importing => {
            let (done, total, rate) = (output::number(done), output::number(total), output::number(rate));
            format!("{doing}: {done} of {total} ({percent} %), {rate}/s{left}")
        }
    }
}

/// How long something will take, as exactly as that can be known.
fn remaining(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        _ => output::duration(Duration::from_secs(seconds)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_templates_of_the_bar_are_right() {
        for template in [READING, IMPORTING] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }

    #[test]
    fn a_line_says_how_far_it_is_how_fast_and_how_long_it_takes() {
        let importing = line(Phase::Importing, "Importing messages", 4000, 10_000, 3000, Duration::from_secs(3));
        assert_eq!(importing, "Importing messages: 4,000 of 10,000 (40 %), 1,000/s, 6 s left");
        let reading = line(Phase::Reading, "Reading messages", 1 << 20, 3 << 20, 1 << 20, Duration::from_secs(1));
        assert_eq!(reading, "Reading messages: 1.00 MiB of 3.00 MiB (33 %), 1.00 MiB/s, 2 s left");
        assert_eq!(line(Phase::Importing, "Importing", 0, 0, 0, Duration::ZERO), "Importing: 0 of 0 (0 %), 0/s");
    }
}
