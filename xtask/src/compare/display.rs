//! Writes differences out for people.

use std::fmt;

use super::deviations::Deviation;
use super::finding::Finding;
use super::rules::Level;

/// A difference as a block of lines: its sentence, its rule, its place in both documents, the
/// endpoints it reaches, and its declaration if it has one.
pub(crate) struct Block<'a> {
    /// What was found.
    pub(crate) finding: &'a Finding,
    /// Why it is allowed, if it is.
    pub(crate) declared: Option<&'a Deviation>,
    /// The name of the revision, before places in it.
    pub(crate) revision: &'a str,
}

impl fmt::Display for Block<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Finding { rule, base, revision, endpoints, sentence } = self.finding;
        let level = match self.declared {
            Some(_) => "declared".to_owned(),
            None => rule.level().to_string(),
        };
        writeln!(f, "{level}: {sentence}")?;
        writeln!(f, "  rule     {}", rule.id())?;
        writeln!(f, "  pointer  {base}")?;
        if let Some(place) = revision.iter().find(|place| *place != base) {
            let more = match revision.len() {
                1 => String::new(),
                count => format!(" and {} more", count - 1),
            };
            writeln!(f, "  found    {}#{place}{more}", self.revision)?;
        }
        writeln!(f, "  reaches  {}", endpoints.join(", "))?;
        if let Some(declared) = self.declared {
            writeln!(f, "  reason   {}", declared.reason)?;
            writeln!(f, "  benefits {}", declared.benefits)?;
        }
        Ok(())
    }
}

/// Compatible differences, one line for all that the same rule says in the same words.
pub(crate) struct Compatible<'a>(pub(crate) Vec<&'a Finding>);

impl fmt::Display for Compatible<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rows: Vec<(String, Vec<&str>)> = Vec::new();
        for finding in &self.0 {
            let row = format!("{} ({})", finding.sentence, finding.rule.id());
            let endpoints = finding.endpoints.iter().map(String::as_str);
            match rows.iter_mut().find(|(known, _)| *known == row) {
                Some((_, reached)) => reached.extend(endpoints),
                None => rows.push((row, endpoints.collect())),
            }
        }
        for (row, mut endpoints) in rows {
            endpoints.sort_unstable();
            endpoints.dedup();
            let reached = match endpoints.as_slice() {
                [only] => (*only).to_owned(),
                several => format!("{} endpoints", several.len()),
            };
            writeln!(f, "{}: {row}: {reached}", Level::Info)?;
        }
        Ok(())
    }
}
