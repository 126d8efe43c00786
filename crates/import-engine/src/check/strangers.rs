//! People that the export names and does not list. The rules for placeholders are those of a run.

use std::collections::HashMap;

use import_proto::{ImportUser, NoticeKind, Notices};

/// Placeholders that came out, by import id. What is held grows with their number.
#[derive(Default)]
pub(super) struct Strangers(HashMap<String, Best>);

/// What the best record of a placeholder says.
struct Best {
    rank: u64,
    name: String,
}

impl Strangers {
    pub(super) fn add(&mut self, user: &ImportUser) {
        let Some(id) = user.import_ids.first() else { return };
        let name = user.username.as_ref().or(user.name.as_ref()).unwrap_or(id);
        self.note(id.clone(), Best { rank: crate::prepare::placeholder_rank(user), name: name.clone() });
    }

    pub(super) fn knows(&self, import_id: &str) -> bool {
        self.0.contains_key(import_id)
    }

    pub(super) fn merge(&mut self, other: Self) {
        other.0.into_iter().for_each(|(id, best)| self.note(id, best));
    }

    /// One notice for each.
    pub(super) fn give_notice(self, notices: &mut Notices) {
        self.0.into_values().for_each(|best| notices.add(NoticeKind::PlaceholderUsers, &best.name, 1));
    }

    fn note(&mut self, id: String, best: Best) {
        match self.0.get_mut(&id) {
            // The order in which threads read must not show.
            Some(known) if (best.rank, &best.name) < (known.rank, &known.name) => *known = best,
            Some(_) => {}
            None => {
                self.0.insert(id, best);
            }
        }
    }
}
