//! What a comparison finds.

use super::pointer::Pointer;
use super::rules::Rule;

/// One difference between a base document and a revision of it.
///
/// A difference in something that several endpoints refer to is found once, and names them all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// Which kind of difference.
    pub(crate) rule: Rule,
    /// Where it is in the base document, or would be for what only the revision has.
    pub(crate) base: Pointer,
    /// Where it is in the revision, or would be for what only the base has; more than one if what
    /// stands once in the base stands several times in the revision.
    pub(crate) revision: Vec<Pointer>,
    /// The endpoints it reaches, such as `POST /api/v1/import.new`, in the base's order.
    pub(crate) endpoints: Vec<String>,
    /// What differs, in one sentence without its full stop.
    pub(crate) sentence: String,
}

/// Findings as they are collected.
#[derive(Debug, Default)]
pub(super) struct Findings(Vec<Finding>);

impl Findings {
    /// Adds a finding, to the endpoints of the same one found before if there is one.
    pub(super) fn add(&mut self, finding: Finding) {
        let same = self.0.iter_mut().find(|known| {
            known.rule == finding.rule && known.base == finding.base && known.sentence == finding.sentence
        });
        let Some(known) = same else {
            self.0.push(finding);
            return;
        };
        for place in finding.revision {
            if !known.revision.contains(&place) {
                known.revision.push(place);
            }
        }
        for endpoint in finding.endpoints {
            if !known.endpoints.contains(&endpoint) {
                known.endpoints.push(endpoint);
            }
        }
    }

    /// The findings, what matters most first.
    pub(super) fn sorted(self) -> Vec<Finding> {
        let mut findings = self.0;
        findings.sort_by_key(|finding| finding.rule.level());
        findings
    }
}
