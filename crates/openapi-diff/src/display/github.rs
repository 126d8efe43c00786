//! A report as annotations for GitHub's checks.

use std::fmt::Write as _;

use super::{Options, in_line, reached, summary};
use crate::pointer::Pointer;
use crate::report::{FailOn, Report};
use crate::rules::Level;
use crate::source::Source;

pub(super) fn write(report: &Report<'_>, options: Options) -> String {
    let mut output = String::new();
    for finding in report.undeclared() {
        let level = finding.rule.level();
        if level == Level::Documentation && !options.documentation {
            continue;
        }
        let title = format!("{level}: {}", finding.rule.id());
        let (sentence, reached) = (in_line(&finding.sentence), reached(&finding.endpoints));
        let mut message = format!("{sentence}\nreaches {reached}\nbase {}", finding.base);
        let at = finding.revision.first().unwrap_or(&finding.base);
        if *at != finding.base {
            let _ = write!(message, "\nrevision {at}");
        }
        annotate(&mut output, kind(level, options.fail_on), place(report.revision, at), &title, &message);
    }
    for problem in &report.problems {
        let at = (report.declarations.unwrap_or_default(), Some(problem.line));
        annotate(&mut output, "error", at, "declared difference", &problem.sentence);
    }
    if options.documentation {
        for (source, lints) in [(report.base, &report.base_lints), (report.revision, &report.revision_lints)] {
            for lint in lints {
                annotate(&mut output, "notice", place(source, &lint.at), &lint.rule.id(), &lint.sentence);
            }
        }
    }
    let _ = writeln!(output, "{}", summary(report));
    output
}

/// How GitHub is to show a difference: as an error only if it fails the comparison.
fn kind(level: Level, fail_on: FailOn) -> &'static str {
    match level {
        level if fail_on.counts(level) => "error",
        level if level.breaks() => "warning",
        _ => "notice",
    }
}

fn place<'s>(source: &'s Source, at: &Pointer) -> (&'s str, Option<usize>) {
    (&source.name, source.line(at))
}

fn annotate(output: &mut String, kind: &str, (file, line): (&str, Option<usize>), title: &str, message: &str) {
    let mut properties = String::new();
    // What came from the standard input is in no file.
    if file != "-" {
        let _ = write!(properties, "file={},", property(file));
        if let Some(line) = line {
            let _ = write!(properties, "line={line},");
        }
    }
    let _ = writeln!(output, "::{kind} {properties}title={}::{}", property(title), data(message));
}

/// A text after the last `::` of an annotation, which is one line.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A text as the value of a property, which ends at a comma or colon.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
