//! An export made by rule: what was written is what is read.

use import_proto::{Importer, NoticeKind, Record};
use import_sample::SlackSample;
use import_sources::Item;

use super::items;
use crate::support::Export;

#[test]
fn everything_in_a_sample_is_read_and_nothing_fails() {
    let sample = SlackSample { messages: 20_000, users: 200, channels: 30, seed: 7 };
    let mut zip = Vec::new();
    let written = sample.write(&mut zip, |_| {}).unwrap();
    assert_eq!((written.users, written.channels, written.direct, written.messages), (200, 30, 111, 20_000));

    let (mut users, mut rooms, mut messages) = (0, 0, 0);
    let (mut replies, mut parents, mut reacted, mut edited, mut files, mut by_programs) = (0, 0, 0, 0, 0, 0);
    let mut unknown = Vec::new();
    for item in items(&Export::file("sample.zip", zip).of(Importer::Slack)) {
        match item {
            Item::Record(Record::User(_)) => users += 1,
            Item::Record(Record::Channel(_)) => rooms += 1,
            Item::Record(Record::Message(message)) => {
                replies += u64::from(message.tmid.is_some() && message.import_file.is_none());
                parents += u64::from(message.tcount.is_some());
                reacted += u64::from(!message.reactions.is_empty());
                edited += u64::from(message.edited_at.is_some());
                files += u64::from(message.import_file.is_some());
            }
            Item::Notice(notice) => {
                assert_eq!((notice.kind, notice.name.as_str()), (NoticeKind::CustomEmoji, "ship_it"));
            }
            Item::Tally(tally) => {
                messages += tally.kept + tally.left_out;
                by_programs += if tally.subtype == "bot_message" { tally.kept } else { 0 };
                unknown.extend((!tally.known).then_some(tally.subtype));
            }
            Item::Record(Record::Contact(_)) | Item::Failed(_) => panic!("{item:?}"),
        }
    }
    unknown.sort();
    unknown.dedup();
    assert_eq!((users, rooms, messages), (200, 141, 20_000));
    // A reply of files alone has no message beside theirs.
    assert!(replies <= written.replies && replies > written.replies * 9 / 10, "{replies} of {}", written.replies);
    assert!(parents > 500 && parents < written.replies, "{parents}");
    assert_eq!((reacted, edited, files), (written.reacted, written.edited, written.files));
    assert_eq!(by_programs, written.by_programs);
    assert_eq!(unknown, ["reminder_add"]);
}
