//! Progress on standard error: a bar on a terminal, lines where there is none.

use std::time::Duration;

use import_client::import_proto::{ImportStatus, OperationState};
use indicatif::{BinaryBytes, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{output::note, show::number};

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Bytes,
    Records,
}

/// Where what goes on is shown.
pub(crate) struct Progress {
    /// The bar; `None` where standard error is no terminal.
    bar: Option<ProgressBar>,
    /// What was shown last, and how many tenths (or tens of thousands) of it.
    shown: Option<(String, u64)>,
    /// The bar's shape.
    template: &'static str,
}

impl Progress {
    pub(crate) fn new() -> Self {
        let target = ProgressDrawTarget::stderr();
        let bar = (!target.is_hidden()).then(|| {
            let bar = ProgressBar::with_draw_target(None, target);
            bar.enable_steady_tick(Duration::from_millis(200));
            bar
        });
        Self { bar, shown: None, template: "" }
    }

    /// So much of a file is sent.
    pub(crate) fn bytes(&mut self, what: &str, sent: u64, total: u64) {
        self.show(what, sent, Some(total), Unit::Bytes);
    }

    /// So many records, of so many if that is known.
    pub(crate) fn records(&mut self, what: &str, done: u64, total: Option<u64>) {
        self.show(what, done, total, Unit::Records);
    }

    /// Where the operation stands.
    pub(crate) fn status(&mut self, status: &ImportStatus) {
        let Some(operation) = &status.operation else { return };
        let count = operation.count.unwrap_or_default();
        let what = operation.status.description();
        match status.state {
            OperationState::Importing => {
                let processed = count.completed.unwrap_or(0) + count.error.unwrap_or(0);
                self.records(what, processed, count.total);
            }
            OperationState::Loading => {
                let staged = [count.users, count.channels, count.messages, count.contacts];
                self.records(what, staged.into_iter().flatten().sum(), None);
            }
            _ => self.records(what, 0, None),
        }
    }

    /// Takes the bar away.
    pub(crate) fn done(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }

    fn show(&mut self, what: &str, done: u64, total: Option<u64>, unit: Unit) {
        let part = match total {
            Some(total) => done.saturating_mul(10).checked_div(total).unwrap_or(0),
            None => done / 10_000,
        };
        let is_new = self.shown.as_ref().is_none_or(|(shown, _)| shown != what);
        let Some(bar) = &self.bar else {
            if is_new || self.shown.as_ref().is_some_and(|(_, shown)| *shown != part) {
                self.shown = Some((what.to_owned(), part));
                note(line(what, done, total, unit));
            }
            return;
        };
        match total {
            Some(total) => bar.set_length(total),
            None => bar.unset_length(),
        }
        if is_new {
            // What is left is reckoned anew for each step.
            bar.reset();
            bar.set_message(what.to_owned());
            self.shown = Some((what.to_owned(), part));
        }
        let template = template(done, total, unit);
        if self.template != template {
            self.template = template;
            bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
        }
        bar.set_position(done);
    }
}

/// `Uploading a.zip: 5.00 MiB of 10.00 MiB`
fn line(what: &str, done: u64, total: Option<u64>, unit: Unit) -> String {
    let amount = |count: u64| match unit {
        Unit::Bytes => BinaryBytes(count).to_string(),
        Unit::Records => number(count),
    };
    match total {
        Some(total) => format!("{} {} of {}", sentence(what), amount(done), amount(total)),
        None if done > 0 => format!("{} {}", sentence(what), amount(done)),
        None => what.to_owned(),
    }
}

/// What stands before a count: with a colon, unless it is a sentence.
fn sentence(what: &str) -> String {
    if what.ends_with('.') { what.to_owned() } else { format!("{what}:") }
}

/// The shape of the bar. One without a number where there is nothing to count.
fn template(done: u64, total: Option<u64>, unit: Unit) -> &'static str {
    match (total, unit) {
        (Some(_), Unit::Bytes) => {
            "{msg} [{bar:30}] {binary_bytes}/{binary_total_bytes} {binary_bytes_per_sec}, {eta} left"
        }
        (Some(_), Unit::Records) => "{msg} [{bar:30}] {human_pos}/{human_len} {per_sec}, {eta} left",
        (None, _) if done > 0 => "{spinner} {msg} {human_pos}",
        (None, _) => "{spinner} {msg}",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_parses() {
        for unit in [Unit::Bytes, Unit::Records] {
            for (done, total) in [(0, Some(1)), (1, None), (0, None)] {
                assert!(ProgressStyle::with_template(template(done, total, unit)).is_ok());
            }
        }
    }

    #[test]
    fn a_line_says_what_and_how_much() {
        assert_eq!(line("Uploading a.zip", 1024, Some(2048), Unit::Bytes), "Uploading a.zip: 1.00 KiB of 2.00 KiB");
        assert_eq!(line("Users are written.", 1500, Some(3000), Unit::Records), "Users are written. 1,500 of 3,000");
        assert_eq!(line("Adding users", 1500, None, Unit::Records), "Adding users: 1,500");
        assert_eq!(line("It waits.", 0, None, Unit::Records), "It waits.");
    }
}
