//! A report as Markdown for a pull request.

use std::fmt::Write as _;

use super::{Options, examples, in_line, reached, summary};
use crate::finding::{Finding, quoted};
use crate::report::{Difference, Report};
use crate::rules::Level;

pub(super) fn write(report: &Report<'_>, options: Options) -> String {
    let mut output = String::new();
    let mark = if report.conforms(options.fail_on) { "✅" } else { "❌" };
    let _ = writeln!(output, "### {mark} {}\n", escaped(&summary(report)));
    for (level, title) in [(Level::BreaksClients, "Breaks clients"), (Level::BreaksServers, "Breaks servers")] {
        let findings: Vec<&Finding> = report.undeclared().filter(|finding| finding.rule.level() == level).collect();
        if !findings.is_empty() {
            let _ = writeln!(output, "#### {title}\n");
            findings.iter().for_each(|finding| item(&mut output, report, finding));
            output.push('\n');
        }
    }
    if !report.problems.is_empty() {
        let _ = writeln!(output, "#### Declarations that do not hold\n");
        for problem in &report.problems {
            let place = format!("{}:{}", report.declarations.unwrap_or_default(), problem.line);
            let _ = writeln!(output, "- {} {}", code(&place), escaped(&problem.sentence));
        }
        output.push('\n');
    }
    let of = |level: Level| report.undeclared().filter(move |finding| finding.rule.level() == level);
    folded(&mut output, "Compatible", report, &of(Level::Compatible).collect::<Vec<_>>());
    if options.documentation {
        folded(&mut output, "Documentation", report, &of(Level::Documentation).collect::<Vec<_>>());
    }
    declared(&mut output, &report.differences);
    if let Some(examples) = examples(report) {
        let _ = writeln!(output, "{}.\n", escaped(&examples));
    }
    output.truncate(output.trim_end().len());
    output.push('\n');
    output
}

fn item(output: &mut String, report: &Report<'_>, finding: &Finding) {
    let place = match finding.revision.first() {
        Some(at) => report.revision.place(at),
        None => report.base.place(&finding.base),
    };
    let (sentence, rule) = (escaped(&finding.sentence), finding.rule.id());
    let _ = writeln!(output, "- **{sentence}** — {}", escaped(&reached(&finding.endpoints)));
    let _ = writeln!(output, "  <br>`{rule}` at {}, {}", code(&place), code(finding.base.as_str()));
}

fn folded(output: &mut String, title: &str, report: &Report<'_>, findings: &[&Finding]) {
    if findings.is_empty() {
        return;
    }
    let _ = writeln!(output, "<details><summary>{title}: {}</summary>\n", findings.len());
    findings.iter().for_each(|finding| item(output, report, finding));
    let _ = writeln!(output, "\n</details>\n");
}

fn declared(output: &mut String, differences: &[Difference]) {
    let declared: Vec<_> =
        differences.iter().filter_map(|found| Some((&found.finding, found.declared.as_ref()?))).collect();
    if declared.is_empty() {
        return;
    }
    let _ = writeln!(output, "<details><summary>Declared: {}</summary>\n", declared.len());
    for (finding, deviation) in declared {
        let (sentence, reached) = (escaped(&finding.sentence), escaped(&reached(&finding.endpoints)));
        let (reason, benefits) = (escaped(&deviation.reason), escaped(&deviation.benefits));
        let _ = writeln!(output, "- **{sentence}** — {reached}\n  <br>{reason}; for {benefits}");
    }
    let _ = writeln!(output, "\n</details>\n");
}

/// A text as code, on one line.
fn code(text: &str) -> String {
    quoted(&in_line(text))
}

/// A text whose characters mean themselves, but for code between backticks: names may not set type,
/// call anybody, or lead anywhere.
fn escaped(text: &str) -> String {
    let text = in_line(text);
    let mut escaped = String::new();
    let mut rest = text.as_str();
    while let Some(first) = rest.chars().next() {
        if first == '`' {
            let run = rest.len() - rest.trim_start_matches('`').len();
            let length = code_length(rest, run);
            let (code, after) = rest.split_at(length.unwrap_or(run));
            match length {
                Some(_) => escaped.push_str(code),
                // Without its partner it opens no code.
                None => escaped.extend(code.chars().flat_map(|tick| ['\\', tick])),
            }
            rest = after;
            continue;
        }
        let after = rest.get(first.len_utf8()..).unwrap_or("");
        if matches!(first, '\\' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '&' | '~') {
            escaped.push('\\');
        }
        escaped.push(first);
        // No backslash keeps these from being names of people, issues and addresses; a comment does.
        let linked = match first {
            '@' => true,
            '#' => after.starts_with(|next: char| next.is_ascii_digit()),
            ':' => after.starts_with("//"),
            '.' => text.get(..text.len() - rest.len()).is_some_and(|before| before.to_lowercase().ends_with("www")),
            _ => false,
        };
        if linked {
            escaped.push_str("<!-- -->");
        }
        rest = after;
    }
    escaped
}

/// How long the code is that a text begins with, if as many backticks in a row end it as begin it.
fn code_length(text: &str, fence: usize) -> Option<usize> {
    let mut at = fence;
    loop {
        at += text.get(at..)?.find('`')?;
        let rest = text.get(at..)?;
        let run = rest.len() - rest.trim_start_matches('`').len();
        at += run;
        if run == fence {
            return Some(at);
        }
    }
}
