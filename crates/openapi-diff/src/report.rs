//! A comparison as a whole: what was found, what of it is declared, and whether that will do.

use std::fmt;
use std::str::FromStr;

use crate::deviations::{Deviation, Problem, problems};
use crate::error::Result;
use crate::finding::Finding;
use crate::lint::{Lint, lint};
use crate::rules::Level;
use crate::source::Source;
use crate::{compare, rules};

/// What came of a comparison.
#[derive(Clone, Debug)]
pub struct Report<'s> {
    /// What is relied on.
    pub base: &'s Source,
    /// What is to be known about.
    pub revision: &'s Source,
    /// What differs, what matters most first.
    pub differences: Vec<Difference>,
    /// Examples in the base that do not match their schema.
    pub base_lints: Vec<Lint>,
    /// Examples in the revision that do not match their schema.
    pub revision_lints: Vec<Lint>,
    /// The name of the file that declares differences, if one was given.
    pub declarations: Option<&'s str>,
    /// What is wrong with what it declares.
    pub problems: Vec<Problem>,
}

/// A finding, with its declaration if it has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What was found.
    pub finding: Finding,
    /// Why it is allowed, if it is.
    pub declared: Option<Deviation>,
}

/// Which differences a comparison fails on, unless they are declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailOn {
    /// What breaks clients.
    Clients,
    /// What breaks clients or servers.
    Breaking,
    /// Any but what only people read.
    Any,
}

impl FailOn {
    /// The names that [`FromStr`] knows.
    pub const NAMES: [&str; 3] = ["clients", "breaking", "any"];

    /// Whether it is failed on differences of a level.
    pub fn counts(self, level: Level) -> bool {
        match self {
            FailOn::Clients => level == Level::BreaksClients,
            FailOn::Breaking => level.breaks(),
            FailOn::Any => level != Level::Documentation,
        }
    }
}

impl FromStr for FailOn {
    type Err = Unknown;

    fn from_str(name: &str) -> std::result::Result<Self, Unknown> {
        match name {
            "clients" => Ok(FailOn::Clients),
            "breaking" => Ok(FailOn::Breaking),
            "any" => Ok(FailOn::Any),
            _ => Err(Unknown),
        }
    }
}

/// A name that an option does not have among its values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no such value")]
pub struct Unknown;

impl<'s> Report<'s> {
    /// Compares two documents and looks at their examples.
    ///
    /// # Errors
    /// As [`compare`].
    pub fn of(base: &'s Source, revision: &'s Source) -> Result<Self> {
        let (before, after) = (base.document()?, revision.document()?);
        let findings = compare(&before, &after)?.into_iter();
        Ok(Report {
            base,
            revision,
            differences: findings.map(|finding| Difference { finding, declared: None }).collect(),
            base_lints: lint(&before)?,
            revision_lints: lint(&after)?,
            declarations: None,
            problems: Vec::new(),
        })
    }

    /// Sets the differences against what the file called `name` declares.
    pub fn declare(&mut self, name: &'s str, deviations: &[Deviation]) {
        let findings: Vec<Finding> = self.differences.iter().map(|difference| difference.finding.clone()).collect();
        self.problems = problems(deviations, &findings);
        self.declarations = Some(name);
        for difference in &mut self.differences {
            difference.declared = deviations.iter().find(|known| known.covers(&difference.finding)).cloned();
        }
    }

    /// The differences that are not declared and are failed on.
    pub fn failures(&self, on: FailOn) -> impl Iterator<Item = &Finding> {
        self.undeclared().filter(move |finding| on.counts(finding.rule.level()))
    }

    /// The differences that are not declared.
    pub fn undeclared(&self) -> impl Iterator<Item = &Finding> {
        let undeclared = self.differences.iter().filter(|difference| difference.declared.is_none());
        undeclared.map(|difference| &difference.finding)
    }

    /// Whether nothing is failed on and the declarations hold.
    pub fn conforms(&self, on: FailOn) -> bool {
        self.problems.is_empty() && self.failures(on).next().is_none()
    }

    /// How many differences there are, of which kinds, and how many of them are declared.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts { declared: 0, undeclared: [0; 4] };
        for difference in &self.differences {
            let level = difference.finding.rule.level();
            match (&difference.declared, rules::Level::ALL.iter().position(|known| *known == level)) {
                (None, Some(index)) => {
                    if let Some(count) = counts.undeclared.get_mut(index) {
                        *count += 1;
                    }
                }
                _ => counts.declared += 1,
            }
        }
        counts
    }
}

/// How many differences there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Those that are declared.
    pub declared: usize,
    /// Those that are not, by the levels of [`Level::ALL`].
    pub undeclared: [usize; 4],
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [clients, servers, compatible, documentation] = self.undeclared;
        let plural = |count: usize, one: &str, more: &str| format!("{count} {}", if count == 1 { one } else { more });
        let parts = [
            (clients, plural(clients, "breaks clients", "break clients")),
            (servers, plural(servers, "breaks servers", "break servers")),
            (compatible, plural(compatible, "is compatible", "are compatible")),
            (documentation, plural(documentation, "is documentation", "are documentation")),
            (self.declared, plural(self.declared, "is declared", "are declared")),
        ];
        let parts: Vec<String> = parts.into_iter().filter(|(count, _)| *count > 0).map(|(_, part)| part).collect();
        f.write_str(&parts.join(", "))
    }
}
