//! Two people who write to each other.

use import_proto::{ImportChannel, RoomType};

/// Two people, whoever of them wrote first: their import ids, in the order of texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pair {
    pub(crate) first: String,
    pub(crate) second: String,
}

impl Pair {
    pub(crate) fn new(one: &str, other: &str) -> Self {
        let (first, second) = if one <= other { (one, other) } else { (other, one) };
        Self { first: first.to_owned(), second: second.to_owned() }
    }

    pub(crate) fn is_of(&self, one: &str, other: &str) -> bool {
        let Self { first, second } = self;
        (first == one && second == other) || (first == other && second == one)
    }

    /// Their room, which has this import id. Notes to oneself are a room of one.
    pub(crate) fn room(&self, import_id: &str) -> ImportChannel {
        let mut users = vec![self.first.clone(), self.second.clone()];
        users.dedup();
        ImportChannel {
            id: None,
            import_ids: vec![import_id.to_owned()],
            name: None,
            creator: None,
            users,
            room_type: RoomType::Direct,
            topic: None,
            description: None,
            ts: None,
            archived: false,
            unlisted: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_is_the_same_whoever_comes_first() {
        let pair = Pair::new("bob", "ann");
        assert_eq!(pair, Pair::new("ann", "bob"));
        assert!(pair.is_of("ann", "bob") && pair.is_of("bob", "ann"));
        assert!(!pair.is_of("ann", "ann") && !pair.is_of("bob", "cat"));
    }

    #[test]
    fn their_room_is_direct_and_that_of_one_with_oneself_has_one_member() {
        let room = Pair::new("bob", "ann").room("ann/bob");
        assert_eq!((room.room_type, room.name, room.creator), (RoomType::Direct, None, None));
        assert_eq!((room.import_ids, room.users), (vec!["ann/bob".into()], vec!["ann".into(), "bob".into()]));
        assert_eq!(Pair::new("ann", "ann").room("ann/ann").users, ["ann"]);
    }
}
