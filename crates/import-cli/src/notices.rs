//! Notices as sentences.

use import_proto::{Notice, NoticeKind, Notices};
use indicatif::HumanCount;

use crate::text::printable;

/// How many names a sentence has.
const NAMES: usize = 5;

/// Whether what the notices say has happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// It has.
    Done,
    /// It will, in an import of the export.
    Ahead,
}

/// A sentence for each kind among the notices, in the order of the kinds.
pub fn sentences(notices: &[Notice], when: When) -> Vec<String> {
    let of_kind = |kind: NoticeKind| notices.iter().filter(move |notice| notice.kind == kind).collect::<Vec<_>>();
    let some = NoticeKind::ALL.into_iter().map(|kind| (kind, of_kind(kind))).filter(|(_, notices)| !notices.is_empty());
    some.map(|(kind, notices)| sentence(kind, &notices, when)).collect()
}

/// The sentence for the notices of one kind.
pub fn sentence(kind: NoticeKind, notices: &[&Notice], when: When) -> String {
    let given = Given::of(notices);
    let done = |done: &'static str, ahead: &'static str| if when == When::Done { done } else { ahead };
    let was = |count: u64| match (when, count) {
        (When::Done, 1) => "was",
        (When::Done, _) => "were",
        (When::Ahead, _) => "will be",
    };
    let total: u64 = notices.iter().map(|notice| notice.count).sum();
    match kind {
        NoticeKind::PlaceholderUsers => {
            let became = done("became", "will become");
            let what = given.counted(
                &format!("person missing from the user list of the export {became} a placeholder user"),
                &format!("people missing from the user list of the export {became} placeholder users"),
            );
            format!("{what}{}", given.names(", "))
        }
        NoticeKind::UnlistedRooms => {
            let what = given.counted(
                &format!(
                    "room missing from the room lists of the export {} created as a private, archived room",
                    was(1)
                ),
                &format!(
                    "rooms missing from the room lists of the export {} created as private, archived rooms",
                    was(2)
                ),
            );
            format!("{what}{}", given.names(", "))
        }
        NoticeKind::MergedUsers => {
            let became = done("became", "will become");
            let what = given.counted(
                &format!("group of users who share an address {became} one user"),
                &format!("groups of users who share an address {became} one user each"),
            );
            format!("{what}{}", given.names("; "))
        }
        NoticeKind::ChangedUsernames => {
            let what = given.counted(
                &format!("username {} changed, because Rocket.Chat cannot have it or somebody else has it", was(1)),
                &format!(
                    "usernames {} changed, because Rocket.Chat cannot have them or somebody else has them",
                    was(2)
                ),
            );
            format!("{what}{}", given.names(", "))
        }
        NoticeKind::OrphanReplies => {
            let (is, are) = (done("is", "will be"), done("are", "will be"));
            counted(
                total,
                &format!("reply whose thread has no first message {is} shown in the room"),
                &format!("replies whose thread has no first message {are} shown in the room"),
            )
        }
        NoticeKind::EarlierTexts => counted(
            total,
            &format!("earlier text of an edited message {} left out", was(1)),
            &format!("earlier texts of edited messages {} left out", was(2)),
        ),
        NoticeKind::DeletedMessages => counted(
            total,
            &format!("note of a message that was deleted {} left out", was(1)),
            &format!("notes of messages that were deleted {} left out", was(2)),
        ),
        NoticeKind::ReactionsWithoutUsers => counted(
            total,
            &format!("reaction that names nobody {} left out", was(1)),
            &format!("reactions that name nobody {} left out", was(2)),
        ),
        NoticeKind::CustomEmoji => {
            let what = given
                .counted("custom emoji has to be added to Rocket.Chat", "custom emoji have to be added to Rocket.Chat");
            format!("{what}{}", given.names_and_counts("once", "times"))
        }
        NoticeKind::UnreadFiles => {
            let what = given.counted(
                &format!("file of the export {} read", done("was not", "will not be")),
                &format!("files of the export {} read", done("were not", "will not be")),
            );
            format!("{what}{}", given.names(", "))
        }
        NoticeKind::TimestampsInSeconds => {
            let what = given.counted(
                &format!("file has times in seconds instead of milliseconds; they {} read as seconds", was(2)),
                &format!("files have times in seconds instead of milliseconds; they {} read as seconds", was(2)),
            );
            format!("{what}{}", given.names_and_counts("1 line", "lines"))
        }
    }
}

/// The notices of one kind, as what they name.
struct Given<'a> {
    named: Vec<&'a Notice>,
    /// How often a notice was given about something whose name is not known.
    others: u64,
    /// Whether each name was given once, so that `others` is a number of names.
    is_exact: bool,
}

impl<'a> Given<'a> {
    fn of(notices: &[&'a Notice]) -> Self {
        let is_other = |notice: &Notice| notice.name.is_empty() || notice.name == Notices::OTHERS;
        let named: Vec<&Notice> = notices.iter().copied().filter(|notice| !is_other(notice)).collect();
        let others = notices.iter().filter(|notice| is_other(notice)).map(|notice| notice.count).sum();
        let is_exact = others == 0 || named.iter().all(|notice| notice.count == 1);
        Self { named, others, is_exact }
    }

    /// How many things there are; the smallest number that it can be where names were given more than once.
    fn things(&self) -> u64 {
        self.named.len() as u64 + if self.is_exact { self.others } else { 1 }
    }

    fn counted(&self, one: &str, many: &str) -> String {
        let at_least = if self.is_exact { "" } else { "At least " };
        format!("{at_least}{}", counted(self.things(), one, many))
    }

    fn names(&self, between: &str) -> String {
        self.list(between, |notice| printable(&notice.name))
    }

    fn names_and_counts(&self, one: &str, many: &str) -> String {
        self.list(", ", |notice| {
            let times = if notice.count == 1 { one.to_owned() } else { format!("{} {many}", number(notice.count)) };
            format!("{} ({times})", printable(&notice.name))
        })
    }

    /// `: a, b and 3 more`
    fn list(&self, between: &str, shown: impl Fn(&Notice) -> String) -> String {
        if self.named.is_empty() {
            return String::new();
        }
        let names: Vec<String> = self.named.iter().take(NAMES).map(|notice| shown(notice)).collect();
        let more = match self.things() - names.len() as u64 {
            _ if !self.is_exact => " and more".to_owned(),
            0 => String::new(),
            more => format!(" and {} more", number(more)),
        };
        format!(": {}{more}", names.join(between))
    }
}

fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", number(count), if count == 1 { one } else { many })
}

fn number(count: u64) -> String {
    HumanCount(count).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(entries: &[(NoticeKind, &str, u64)]) -> Vec<Notice> {
        let mut notices = Notices::default();
        entries.iter().for_each(|(kind, name, count)| notices.add(*kind, name, *count));
        notices.as_slice().to_vec()
    }

    #[test]
    fn one_of_each_kind_is_said_in_the_singular() {
        let notices = given(&[
            (NoticeKind::PlaceholderUsers, "Eve Stone (U0EXT0001)", 1),
            (NoticeKind::UnlistedRooms, "old-plans", 1),
            (NoticeKind::MergedUsers, "carl, carl.b", 1),
            (NoticeKind::ChangedUsernames, "ann → ann1", 1),
            (NoticeKind::OrphanReplies, "", 1),
            (NoticeKind::EarlierTexts, "", 1),
            (NoticeKind::DeletedMessages, "", 1),
            (NoticeKind::ReactionsWithoutUsers, "", 1),
            (NoticeKind::CustomEmoji, "harbour-logo", 1),
            (NoticeKind::UnreadFiles, "canvases.json", 1),
            (NoticeKind::TimestampsInSeconds, "lobby/1.csv", 1),
        ]);
        assert_eq!(
            sentences(&notices, When::Done),
            [
                "1 person missing from the user list of the export became a placeholder user: Eve Stone (U0EXT0001)",
                "1 room missing from the room lists of the export was created as a private, archived room: old-plans",
                "1 group of users who share an address became one user: carl, carl.b",
                "1 username was changed, because Rocket.Chat cannot have it or somebody else has it: ann → ann1",
                "1 reply whose thread has no first message is shown in the room",
                "1 earlier text of an edited message was left out",
                "1 note of a message that was deleted was left out",
                "1 reaction that names nobody was left out",
                "1 custom emoji has to be added to Rocket.Chat: harbour-logo (once)",
                "1 file of the export was not read: canvases.json",
                "1 file has times in seconds instead of milliseconds; they were read as seconds: lobby/1.csv (1 line)",
            ]
        );
    }

    #[test]
    fn several_of_each_kind_are_said_in_the_plural() {
        let notices = given(&[
            (NoticeKind::PlaceholderUsers, "eve.stone", 1),
            (NoticeKind::PlaceholderUsers, "gale.gone", 1),
            (NoticeKind::UnlistedRooms, "old-plans", 1),
            (NoticeKind::UnlistedRooms, "older-plans", 1),
            (NoticeKind::MergedUsers, "carl, carl.b", 1),
            (NoticeKind::MergedUsers, "dora, dora.d", 1),
            (NoticeKind::ChangedUsernames, "ann → ann1", 1),
            (NoticeKind::ChangedUsernames, "bob → bob1", 1),
            (NoticeKind::OrphanReplies, "", 2),
            (NoticeKind::EarlierTexts, "", 5_000),
            (NoticeKind::DeletedMessages, "", 2),
            (NoticeKind::ReactionsWithoutUsers, "", 2),
            (NoticeKind::CustomEmoji, "buoy", 4),
            (NoticeKind::CustomEmoji, "tide", 1),
            (NoticeKind::UnreadFiles, "a.json", 1),
            (NoticeKind::UnreadFiles, "b.json", 1),
            (NoticeKind::TimestampsInSeconds, "lobby/1.csv", 1_200),
            (NoticeKind::TimestampsInSeconds, "lobby/2.csv", 1),
        ]);
        assert_eq!(
            sentences(&notices, When::Ahead),
            [
                "2 people missing from the user list of the export will become placeholder users: eve.stone, gale.gone",
                "2 rooms missing from the room lists of the export will be created as private, archived rooms: old-plans, older-plans",
                "2 groups of users who share an address will become one user each: carl, carl.b; dora, dora.d",
                "2 usernames will be changed, because Rocket.Chat cannot have them or somebody else has them: ann → ann1, \
                 bob → bob1",
                "2 replies whose thread has no first message will be shown in the room",
                "5,000 earlier texts of edited messages will be left out",
                "2 notes of messages that were deleted will be left out",
                "2 reactions that name nobody will be left out",
                "2 custom emoji have to be added to Rocket.Chat: buoy (4 times), tide (once)",
                "2 files of the export will not be read: a.json, b.json",
                "2 files have times in seconds instead of milliseconds; they will be read as seconds: lobby/1.csv (1,200 \
                 lines), lobby/2.csv (1 line)",
            ]
        );
    }

    #[test]
    fn a_sentence_has_the_first_names_and_counts_the_rest() {
        let names: Vec<String> = (0..60).map(|number| format!("user{number:02}")).collect();
        let people: Vec<_> = names.iter().map(|name| (NoticeKind::PlaceholderUsers, name.as_str(), 1)).collect();
        assert_eq!(
            sentences(&given(&people), When::Done),
            [
                "60 people missing from the user list of the export became placeholder users: user00, user01, user02, user03, user04 and 55 more"
            ]
        );
        let emoji: Vec<_> = names.iter().map(|name| (NoticeKind::CustomEmoji, name.as_str(), 2)).collect();
        assert_eq!(
            sentences(&given(&emoji), When::Done),
            [
                "At least 51 custom emoji have to be added to Rocket.Chat: user00 (2 times), user01 (2 times), user02 (2 times), \
              user03 (2 times), user04 (2 times) and more"
            ]
        );
    }

    #[test]
    fn a_name_does_nothing_to_a_terminal() {
        let notices = given(&[(NoticeKind::CustomEmoji, "tide\u{1b}[2J", 2)]);
        assert_eq!(
            sentences(&notices, When::Done),
            ["1 custom emoji has to be added to Rocket.Chat: tide [2J (2 times)"]
        );
    }
}
