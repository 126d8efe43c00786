//! The five kinds of messages of a room.

use serde_json::{Value, json};

use super::{message, messages, room, said, tallies};

#[test]
fn what_somebody_wrote_is_a_message() {
    assert_eq!(
        message("UserMessage", json!({"message": "hi @bob"})),
        json!({"_id": "hipchatenterprise-7-user-x", "u": {"_id": "1"}, "msg": "hi @2", "mentions": ["2"]})
    );
}

#[test]
fn a_notification_is_by_the_bot_under_the_senders_name() {
    let expected = |alias: &str, msg: &str| json!({"_id": "hipchatenterprise-7-notif-x", "u": {"_id": "rocket.cat"}, "msg": msg, "alias": alias});
    for sender in [json!("Build"), json!({"id": 5, "name": "Build"})] {
        let more = json!({"sender": sender, "message": "<b>done</b> &amp; dusted", "message_format": "html"});
        assert_eq!(message("NotificationMessage", more), expected("Build", "**done** & dusted"));
    }
    let more = json!({"sender": "Build", "message": "<b>done</b> &amp;", "message_format": "text"});
    assert_eq!(message("NotificationMessage", more), expected("Build", "<b>done</b> &amp;"));
    let nobody = message("NotificationMessage", json!({"sender": null, "message": "x"}));
    assert_eq!((nobody.get("alias"), &nobody["u"]), (None, &json!({"_id": "rocket.cat"})));
}

#[test]
fn a_new_topic_is_a_system_message() {
    assert_eq!(
        message("TopicRoomMessage", json!({"message": "4.2 <b>now</b>"})),
        json!({"_id": "hipchatenterprise-7-topic-x", "u": {"_id": "1"}, "msg": "4.2 <b>now</b>", "t": "room_changed_topic"})
    );
}

#[test]
fn archivings_and_guest_accesses_are_counted_and_left_out() {
    let history = json!([
        said("UserMessage", "a", json!({})),
        said("ArchiveRoomMessage", "b", json!({})),
        said("GuestAccessMessage", "c", json!({})),
        said("GuestAccessMessage", "d", json!({"timestamp": null})),
        {"ArchiveRoomMessage": null},
        said("NotificationMessage", "e", json!({})),
        said("TopicRoomMessage", "f", json!({})),
        said("PollMessage", "g", json!({})),
    ]);
    assert_eq!(
        tallies(&room(history)),
        [
            " 1 0",
            "ArchiveRoomMessage 0 2",
            "GuestAccessMessage 0 2",
            "NotificationMessage 1 0",
            "PollMessage? 0 1",
            "TopicRoomMessage 1 0",
        ]
    );
}

#[test]
fn kinds_have_ids_of_their_own() {
    let history = json!([
        said("UserMessage", "1", json!({})),
        said("NotificationMessage", "1", json!({})),
        said("TopicRoomMessage", "1", json!({"id": 1})),
    ]);
    let ids: Vec<Value> = messages(history).into_iter().map(|message| message["_id"].clone()).collect();
    assert_eq!(ids, ["hipchatenterprise-7-user-1", "hipchatenterprise-7-notif-1", "hipchatenterprise-7-topic-1"]);
}

#[test]
fn a_deed_is_in_italics() {
    assert_eq!(message("UserMessage", json!({"message": "/me waves at @bob"}))["msg"], json!("_waves at @2_"));
    assert_eq!(message("UserMessage", json!({"message": "type /me to wave"}))["msg"], json!("type /me to wave"));
}

#[test]
fn html_that_says_nothing_of_its_kind_is_told_by_its_look() {
    for (text, expected) in [
        ("<b>bold</b> and <a href=\"https://x.example\">link</a>", "**bold** and [link](https://x.example)"),
        ("1 < 2 && 3 > 2 &amp;", "1 < 2 && 3 > 2 &amp;"),
        ("Vec<b> is no tag", "Vec<b> is no tag"),
    ] {
        assert_eq!(message("UserMessage", json!({"message": text}))["msg"], json!(expected));
    }
}

#[test]
fn everybody_is_mentioned_as_such() {
    let message = message("UserMessage", json!({"message": "@all and @here, @nobody"}));
    assert_eq!((&message["msg"], &message["mentions"]), (&json!("@all and @here, @nobody"), &json!(["all", "here"])));
}

#[test]
fn a_message_may_say_nothing() {
    assert_eq!(
        message("UserMessage", json!({"message": null})),
        json!({"_id": "hipchatenterprise-7-user-x", "u": {"_id": "1"}, "msg": ""})
    );
}
