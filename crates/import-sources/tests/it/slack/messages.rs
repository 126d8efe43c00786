//! What each kind of message becomes.

use serde_json::{Value, json};

use super::{day, message, messages, reasons, tallies};

#[test]
fn a_message_without_subtype_is_a_message() {
    let [record] = <[Value; 1]>::try_from(messages(
        json!([{"type": "message", "user": "U1", "text": "hi", "ts": "1554112800.123456"}]),
    ))
    .unwrap();
    assert_eq!(
        record,
        json!({"_id": "slack-C1-1554112800-123456", "rid": "C1", "u": {"_id": "U1"}, "msg": "hi", "ts": "2019-04-01T10:00:00.123Z"})
    );
}

#[test]
fn a_reply_shown_to_all_is_a_message_of_the_thread() {
    assert_eq!(
        message(json!({"subtype": "thread_broadcast", "text": "done", "thread_ts": "1554112700.000100"})),
        json!({"msg": "done", "tmid": "slack-C1-1554112700-000100", "tshow": true})
    );
}

#[test]
fn a_me_message_stands_between_underscores() {
    assert_eq!(message(json!({"subtype": "me_message", "text": "waves"})), json!({"msg": "_waves_"}));
}

#[test]
fn a_message_of_a_program_says_so() {
    for (subtype, author) in [("bot_message", "U1"), ("slackbot_response", "USLACKBOT")] {
        let expected = match author {
            "U1" => json!({"msg": "hi", "bot": true}),
            _ => json!({"u": {"_id": "rocket.cat"}, "msg": "hi", "bot": true}),
        };
        assert_eq!(message(json!({"subtype": subtype, "user": author, "text": "hi"})), expected);
    }
}

#[test]
fn a_message_of_a_program_without_user_is_by_rocket_cat_with_its_name() {
    let by = |more: Value| {
        let mut bot = json!({"subtype": "bot_message", "user": null, "text": "hi", "bot_id": "B1"});
        bot.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        message(bot)
    };
    let named = |alias: &str| json!({"u": {"_id": "rocket.cat"}, "msg": "hi", "alias": alias, "bot": true});
    assert_eq!(by(json!({"username": "R&amp;D", "bot_profile": {"name": "Robot"}})), named("R&D"));
    assert_eq!(by(json!({"bot_profile": {"name": "Robot"}})), named("Robot"));
    assert_eq!(by(json!({})), json!({"u": {"_id": "rocket.cat"}, "msg": "hi", "bot": true}));
}

#[test]
fn a_program_is_called_what_the_list_of_users_calls_it() {
    let export = super::export(&[
        (
            "users.json",
            json!([{"id": "U9", "name": "hubot", "is_bot": true, "profile": {"bot_id": "B1", "real_name": "Hubot"}}]),
        ),
        (
            "general/2019-04-01.json",
            json!([{"subtype": "bot_message", "bot_id": "B1", "text": "hi", "ts": "1554112800.000100"}]),
        ),
    ]);
    assert_eq!(super::records(&export)[2]["alias"], json!("Hubot"));
}

#[test]
fn the_emoji_of_a_program_is_shown() {
    let record =
        message(json!({"subtype": "bot_message", "text": "hi", "icons": {"emoji": ":uk:", "image_64": "https://a.b"}}));
    assert_eq!(record["emoji"], json!(":gb:"));
}

#[test]
fn slackbot_is_rocket_cat_wherever_a_message_names_it() {
    let record = message(json!({
        "user": "USLACKBOT", "text": "<@USLACKBOT>", "edited": {"user": "USLACKBOT", "ts": "1554112900.000000"},
        "reactions": [{"name": "eyes", "users": ["USLACKBOT"]}], "thread_ts": "1554112800.000100", "reply_count": 1,
        "reply_users": ["USLACKBOT"],
    }));
    assert_eq!(
        record,
        json!({
            "u": {"_id": "rocket.cat"}, "msg": "@rocket.cat", "tcount": 1, "replies": ["rocket.cat"],
            "editedAt": "2019-04-01T10:01:40.000Z", "editedBy": "rocket.cat", "mentions": ["rocket.cat"],
            "reactions": {":eyes:": {"name": ":eyes:", "users": ["rocket.cat"]}},
        })
    );
}

#[test]
fn coming_and_going_are_system_messages_of_their_own() {
    for (subtype, system) in
        [("channel_join", "uj"), ("group_join", "uj"), ("channel_leave", "ul"), ("group_leave", "ul")]
    {
        assert_eq!(
            message(json!({"subtype": subtype, "text": "<@U1> was here"})),
            json!({"msg": "@U1 was here", "t": system, "groupable": false, "mentions": ["U1"]})
        );
    }
}

#[test]
fn a_change_of_the_room_is_a_system_message_with_the_new_value() {
    for (subtype, member, system) in [
        ("channel_purpose", "purpose", "room_changed_description"),
        ("group_purpose", "purpose", "room_changed_description"),
        ("channel_topic", "topic", "room_changed_topic"),
        ("group_topic", "topic", "room_changed_topic"),
        ("channel_name", "name", "r"),
        ("group_name", "name", "r"),
    ] {
        let changed = json!({"subtype": subtype, "text": "<@U1> changed something", member: "a &amp; <https://a.b|b>"});
        assert_eq!(message(changed), json!({"msg": "a & [b](https://a.b)", "t": system}));
    }
    assert_eq!(
        message(json!({"subtype": "channel_topic", "text": "changed"})),
        json!({"msg": "changed", "t": "room_changed_topic"})
    );
}

#[test]
fn a_pin_is_a_system_message_with_the_pinned_text_and_its_author() {
    let pin = json!({
        "subtype": "pinned_item", "text": "<@U1> pinned a message.",
        "attachments": [{"text": "R&amp;D", "author_subname": "bob", "author_id": "U2", "footer": "Posted in general"}],
    });
    assert_eq!(
        message(pin),
        json!({
            "msg": "@U1 pinned a message.", "t": "message_pinned", "mentions": ["U1"],
            "attachments": [{"text": "R&D", "author_name": "bob"}],
        })
    );
}

#[test]
fn messages_that_say_nothing_of_their_own_are_left_out() {
    for subtype in ["bot_add", "file_mention", "reply_broadcast", "message_replied"] {
        let list = json!([{"type": "message", "subtype": subtype, "text": "x", "ts": "1554112800.000100"}]);
        assert_eq!(messages(list.clone()), Vec::<Value>::new());
        let [tally] = <[_; 1]>::try_from(tallies(&day(list))).unwrap();
        assert_eq!((tally.subtype.as_str(), tally.known, tally.kept, tally.left_out), (subtype, true, 0, 1));
    }
}

#[test]
fn other_subtypes_are_counted_and_kept_as_plain_messages_if_there_is_something_in_them() {
    let other = |ts: &str, subtype: &str, text: &str| json!({"subtype": subtype, "user": "U1", "text": text, "ts": ts});
    let list = json!([
        other("1554112800.000100", "reminder_add", "a reminder"),
        other("1554112801.000100", "reminder_add", ""),
        other("1554112802.000100", "tombstone", "This message was deleted."),
        {"subtype": "sh_room_created", "text": "", "attachments": [{"text": "call"}], "ts": "1554112803.000100"},
        {"type": "presence", "user": "U1", "ts": "1554112804.000100"},
    ]);
    let texts: Vec<_> = messages(list.clone())
        .into_iter()
        .map(|message| (message["u"]["_id"].clone(), message["msg"].clone()))
        .collect();
    assert_eq!(
        texts,
        [
            (json!("U1"), json!("a reminder")),
            (json!("U1"), json!("This message was deleted.")),
            (json!("rocket.cat"), json!("")),
        ]
    );
    let counted: Vec<_> =
        tallies(&day(list)).into_iter().map(|tally| (tally.subtype, tally.known, tally.kept, tally.left_out)).collect();
    assert_eq!(
        counted,
        [
            ("presence".to_owned(), true, 0, 1),
            ("reminder_add".to_owned(), false, 1, 1),
            ("sh_room_created".to_owned(), false, 1, 0),
            ("tombstone".to_owned(), true, 1, 0),
        ]
    );
}

#[test]
fn an_edit_has_a_time_and_an_editor() {
    assert_eq!(
        message(json!({"text": "hi", "edited": {"user": "U2", "ts": "1554112900.500000"}})),
        json!({"msg": "hi", "editedAt": "2019-04-01T10:01:40.500Z", "editedBy": "U2"})
    );
    assert_eq!(message(json!({"text": "hi", "edited": {"user": "U2", "ts": null}})), json!({"msg": "hi"}));
}

#[test]
fn every_reaction_is_kept() {
    let record = message(json!({"text": "hi", "reactions": [
        {"name": "tada", "users": ["U1", "U2"], "count": 2},
        {"name": "+1::skin-tone-3", "users": ["U2"], "count": 1},
        {"name": "smile", "users": ["U1"]},
        {"name": "simple_smile", "users": ["U2", "U1"]},
        {"name": "nobody", "users": []},
        {"users": ["U1"]},
        "x",
    ]}));
    assert_eq!(
        record["reactions"],
        json!({
            ":+1_tone2:": {"name": ":+1_tone2:", "users": ["U2"]},
            ":smile:": {"name": ":smile:", "users": ["U1", "U2"]},
            ":tada:": {"name": ":tada:", "users": ["U1", "U2"]},
        })
    );
}

#[test]
fn attachments_are_kept_with_their_texts_in_markdown() {
    let record = message(json!({"text": "hi", "attachments": [
        {"title": "<https://a.b|it>", "text": "<@U2> &amp; co", "fallback": "&lt;none&gt;", "color": "good", "image_url": "https://a.b/c.png"},
    ]}));
    assert_eq!(
        record,
        json!({
            "msg": "hi", "mentions": ["U2"],
            "attachments": [{"title": "[it](https://a.b)", "text": "@U2 & co", "fallback": "<none>", "color": "#2eb886", "image_url": "https://a.b/c.png"}],
        })
    );
}

#[test]
fn blocks_bring_the_words_that_the_text_lacks() {
    let blocks = json!([{"type": "rich_text", "elements": [
        {"type": "rich_text_section", "elements": [{"type": "text", "text": "from blocks"}]},
    ]}]);
    assert_eq!(message(json!({"text": "", "blocks": blocks})), json!({"msg": "from blocks"}));
    assert_eq!(message(json!({"text": "hi", "blocks": blocks})), json!({"msg": "hi\nfrom blocks"}));
    assert_eq!(
        message(json!({"text": "*from* blocks", "blocks": blocks})),
        json!({"msg": "*from* blocks"}),
        "a text that says the same is converted"
    );
}

#[test]
fn a_room_of_the_export_is_mentioned_by_its_import_id() {
    assert_eq!(
        message(json!({"text": "see <#C1|general>, <#C9|elsewhere>"})),
        json!({"msg": "see #C1, #C9", "channels": ["C1", "C9"], "_mentionNames": {"C9": "elsewhere"}})
    );
}

#[test]
fn members_of_other_types_than_expected_are_as_if_they_were_not_there() {
    assert_eq!(
        message(json!({
            "text": 42, "edited": "yes", "reactions": {"a": 1}, "attachments": "none", "files": {}, "blocks": 7, "icons": [],
            "thread_ts": false, "reply_count": "many", "replies": null, "bot_profile": "x", "subtype": null, "username": {},
            "item": [], "reply_users": "U1",
        })),
        json!({"msg": "42"})
    );
}

#[test]
fn characters_that_were_cut_in_half_are_replaced() {
    let text = r#"[{"user": "U1", "text": "cut \ud83d off", "ts": "1554112800.000100"}]"#;
    let zip = crate::zips::zip([crate::zips::Entry::stored("general/2019-04-01.json", text)]);
    let export = crate::support::Export::file("a.zip", zip).of(import_proto::Importer::Slack);
    assert_eq!(super::records(&export)[1]["msg"], json!("cut \u{fffd} off"));
}

#[test]
fn a_message_that_names_no_author_fails() {
    let list = json!([{"type": "message", "text": "hi", "ts": "1554112800.000100"}, {"user": "", "text": "hi", "ts": "1554112800.000200"}]);
    assert_eq!(
        reasons(&day(list)),
        ["general/2019-04-01.json:1: importer-message-unknown-user: the message names no author"; 2]
    );
}
