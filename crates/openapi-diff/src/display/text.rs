//! A report as lines for people.

use std::fmt::Write as _;

use super::{Options, Paint, examples, in_line, reached, summary};
use crate::deviations::Deviation;
use crate::finding::Finding;
use crate::lint::Lint;
use crate::report::Report;
use crate::rules::Level;
use crate::source::Source;

/// How many endpoints are named before the rest is counted.
const ENDPOINTS: usize = 6;

pub(super) fn write(report: &Report<'_>, options: Options) -> String {
    let paint = options.paint;
    let mut output = String::new();
    let of = |level: Level| report.undeclared().filter(move |finding| finding.rule.level() == level);
    for finding in report.undeclared().filter(|finding| finding.rule.level().breaks()) {
        block(&mut output, report, finding, None, paint);
    }
    for difference in &report.differences {
        if let Some(declared) = &difference.declared {
            block(&mut output, report, &difference.finding, Some(declared), paint);
        }
    }
    rows(&mut output, &of(Level::Compatible).collect::<Vec<_>>(), paint);
    if options.documentation {
        rows(&mut output, &of(Level::Documentation).collect::<Vec<_>>(), paint);
        lints(&mut output, report.base, &report.base_lints, paint);
        lints(&mut output, report.revision, &report.revision_lints, paint);
    }
    problems(&mut output, report, paint);
    if !output.is_empty() && !output.ends_with("\n\n") {
        output.push('\n');
    }
    let _ = writeln!(output, "{}", summary(report));
    let hidden = !options.documentation && of(Level::Documentation).next().is_some();
    match examples(report) {
        Some(examples) if options.documentation => drop(writeln!(output, "{examples}")),
        Some(examples) => drop(writeln!(output, "{examples} (see --documentation)")),
        None if hidden => drop(writeln!(output, "(--documentation shows what only people read)")),
        None => {}
    }
    output
}

/// What a report fails on, and nothing else.
pub(super) fn failures(report: &Report<'_>, options: Options) -> String {
    let mut output = String::new();
    for finding in report.failures(options.fail_on) {
        block(&mut output, report, finding, None, options.paint);
    }
    problems(&mut output, report, options.paint);
    output
}

fn problems(output: &mut String, report: &Report<'_>, paint: Paint) {
    for problem in &report.problems {
        let place = format!("{}:{}:", report.declarations.unwrap_or_default(), problem.line);
        let _ = writeln!(output, "{} {}", paint.wrong(&place), in_line(&problem.sentence));
    }
    if !report.problems.is_empty() {
        output.push('\n');
    }
}

/// A difference as a block of lines: its sentence, its rule, its place in both documents, the
/// endpoints it reaches, and its declaration if it has one.
fn block(output: &mut String, report: &Report<'_>, finding: &Finding, declared: Option<&Deviation>, paint: Paint) {
    let Finding { rule, base, revision, endpoints, sentence } = finding;
    let level = match declared {
        Some(_) => paint.declared("declared"),
        None => paint.level(rule.level()),
    };
    let _ = writeln!(output, "{level}: {}", paint.bold(&in_line(sentence)));
    let mut line = |name: &str, text: &str| {
        let _ = writeln!(output, "  {} {}", paint.dim(&format!("{name:<8}")), in_line(text));
    };
    line("rule", &rule.id());
    line("base", &format!("{} {base}", report.base.place(base)));
    if let Some(place) = revision.first() {
        let more = match revision.len() {
            1 => String::new(),
            count => format!(" and {} more", count - 1),
        };
        let at = if place == base { String::new() } else { format!(" {place}") };
        line("revision", &format!("{}{at}{more}", report.revision.place(place)));
    }
    let (named, rest) = endpoints.split_at(endpoints.len().min(ENDPOINTS));
    let rest = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
    line("reaches", &format!("{}{rest}", reached(named)));
    if let Some(declared) = declared {
        line("reason", &declared.reason);
        line("benefits", &declared.benefits);
    }
    output.push('\n');
}

/// Differences that break nobody, one line for all that the same rule says in the same words.
fn rows(output: &mut String, findings: &[&Finding], paint: Paint) {
    let mut rows: Vec<(&Finding, Vec<&str>)> = Vec::new();
    for finding in findings {
        let endpoints = finding.endpoints.iter().map(String::as_str);
        match rows.iter_mut().find(|(known, _)| known.rule == finding.rule && known.sentence == finding.sentence) {
            Some((_, reached)) => reached.extend(endpoints),
            None => rows.push((finding, endpoints.collect())),
        }
    }
    for (finding, mut endpoints) in rows {
        endpoints.sort_unstable();
        endpoints.dedup();
        let reached = match endpoints.as_slice() {
            [] => "no endpoint".to_owned(),
            [only] => in_line(only),
            several => format!("{} endpoints", several.len()),
        };
        let level = paint.level(finding.rule.level());
        let beside = paint.dim(&format!("({}): {reached}", finding.rule.id()));
        let _ = writeln!(output, "{level}: {} {beside}", in_line(&finding.sentence));
    }
}

fn lints(output: &mut String, source: &Source, lints: &[Lint], paint: Paint) {
    for lint in lints {
        let level = paint.level(Level::Documentation);
        let place = in_line(&format!("{} {}", source.place(&lint.at), lint.at));
        let beside = paint.dim(&format!("({}): {place}", lint.rule.id()));
        let _ = writeln!(output, "{level}: {} {beside}", in_line(&lint.sentence));
    }
}
