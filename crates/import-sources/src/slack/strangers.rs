//! People and rooms that no list of the export has.
//!
//! Slack leaves out visitors from other workspaces, people who left long ago, and channels that were deleted. Messages and
//! rooms still name them. Each of them comes out as a record that is marked as made up.

use std::collections::HashMap;

use import_proto::{ImportChannel, ImportUser, RoomType};

use super::users::{ROCKET_CAT, Seen, hash};

/// What is known of a person beside the id.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Profile<'a> {
    pub(super) username: Option<&'a str>,
    pub(super) name: Option<&'a str>,
    pub(super) avatar_url: Option<&'a str>,
}

impl Profile<'_> {
    /// How much it says: the more, the greater.
    fn rank(&self) -> u8 {
        match self {
            Self { name: None, username: None, .. } => 0,
            Self { name: None, .. } => 1,
            _ => 2,
        }
    }
}

/// People of one part that no list has.
pub(super) struct Strangers<'a> {
    listed: &'a Seen,
    /// By a hash of the id, how much was known when the record came out last.
    known: HashMap<u64, u8>,
    /// What mentions call people, by a hash of the id.
    labels: HashMap<u64, String>,
}

impl<'a> Strangers<'a> {
    pub(super) fn new(listed: &'a Seen) -> Self {
        Self { listed, known: HashMap::new(), labels: HashMap::new() }
    }

    /// Notes what a mention calls a person. The record, where the person was met before and had no name.
    pub(super) fn hear_of(&mut self, id: &str, label: &str) -> Option<ImportUser> {
        if id == ROCKET_CAT || self.listed.contains(id) {
            return None;
        }
        self.labels.entry(hash(id)).or_insert_with(|| label.to_owned());
        let was_met = self.known.contains_key(&hash(id));
        was_met.then(|| self.meet(id, Profile::default())).flatten()
    }

    /// The record of a person, where no list has the person and the profile says more than what came out before.
    pub(super) fn meet(&mut self, id: &str, profile: Profile<'_>) -> Option<ImportUser> {
        if id == ROCKET_CAT || id.is_empty() || self.listed.contains(id) {
            return None;
        }
        let label = self.labels.get(&hash(id)).map(String::as_str);
        let profile = Profile { username: profile.username.or(label), ..profile };
        let rank = profile.rank();
        match self.known.get_mut(&hash(id)) {
            Some(known) if *known >= rank => return None,
            Some(known) => *known = rank,
            None => {
                self.known.insert(hash(id), rank);
            }
        }
        Some(ImportUser {
            import_ids: vec![id.to_owned()],
            username: profile.username.map(str::to_owned),
            name: profile.name.map(str::to_owned),
            avatar_url: profile.avatar_url.map(str::to_owned),
            placeholder: true,
            ..ImportUser::default()
        })
    }
}

/// The record of a room that has a folder and no entry in a list.
pub(super) fn unlisted_room(folder: &str) -> ImportChannel {
    ImportChannel {
        id: None,
        import_ids: vec![folder.to_owned()],
        name: Some(folder.to_owned()),
        creator: None,
        users: Vec::new(),
        room_type: RoomType::Private,
        topic: None,
        description: None,
        ts: None,
        archived: true,
        unlisted: true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_comes_out_again_only_where_more_is_known() {
        let mut listed = Seen::default();
        listed.note(r#"{"id": "U1"}"#);
        let mut strangers = Strangers::new(&listed);
        let label = Profile { username: Some("eve"), ..Profile::default() };
        let profile = Profile { name: Some("Eve Stone"), ..label };
        assert_eq!(strangers.meet("U1", profile), None);
        assert_eq!(strangers.meet("rocket.cat", profile), None);
        let first = strangers.meet("U2", Profile::default()).unwrap();
        assert_eq!((first.import_ids, first.username, first.placeholder), (vec!["U2".to_owned()], None, true));
        assert_eq!(strangers.meet("U2", Profile::default()), None);
        assert_eq!(strangers.meet("U2", label).unwrap().username.as_deref(), Some("eve"));
        assert_eq!(strangers.meet("U2", profile).unwrap().name.as_deref(), Some("Eve Stone"));
        assert_eq!(strangers.meet("U2", label), None);
    }

    #[test]
    fn a_mention_names_a_person_who_is_met_before_or_after() {
        let listed = Seen::default();
        let mut strangers = Strangers::new(&listed);
        assert_eq!(strangers.hear_of("U1", "old.name"), None, "a mention alone makes nobody");
        assert_eq!(strangers.meet("U1", Profile::default()).unwrap().username.as_deref(), Some("old.name"));
        assert_eq!(strangers.meet("U2", Profile::default()).unwrap().username, None);
        assert_eq!(strangers.hear_of("U2", "gale").unwrap().username.as_deref(), Some("gale"));
        assert_eq!(strangers.hear_of("U2", "gale"), None);
    }
}
