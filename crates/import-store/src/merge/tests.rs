//! Messages imported again: what the record changes, and what it must leave alone.

use serde_json::json;

use super::*;

fn map(value: Value) -> Map<String, Value> {
    let Value::Object(map) = value else { panic!("no object: {value}") };
    map
}

/// Merges, and says whether anything changed, and what came of it.
fn merge(existing: Value, incoming: Value) -> (bool, Value) {
    let mut existing = map(existing);
    let changed = merge_message(&mut existing, &map(incoming), &HashSet::new());
    (changed, Value::Object(existing))
}

/// Merges what must change nothing.
#[track_caller]
fn assert_stays(existing: Value, incoming: Value) {
    assert_eq!(merge(existing.clone(), incoming), (false, existing));
}

#[track_caller]
fn assert_becomes(existing: Value, incoming: Value, expected: Value) {
    assert_eq!(merge(existing, incoming), (true, expected));
}

#[test]
fn the_same_message_at_another_time_changes_nothing() {
    let message = json!({
        "_id": "m", "rid": "r", "msg": "Hi", "ts": {"$date": "2020-01-01T00:00:00.000Z"},
        "u": {"_id": "u", "username": "ann", "name": "Ann"}, "reactions": {":a:": {"usernames": ["bob"]}},
        "_importFile": {"downloadUrl": "https://x/f", "id": "f", "name": "f.png", "external": false, "source": "slack"},
        "attachments": [{"text": "T"}], "urls": [{"url": "https://x"}], "replies": ["b"], "tcount": 1,
        "_hidden": true, "_updatedAt": {"$date": "2024-01-01T00:00:00.000Z"}
    });
    let mut again = message.clone();
    again["_updatedAt"] = json!({"$date": "2025-01-01T00:00:00.000Z"});
    assert_stays(message, again);
}

#[test]
fn a_changed_field_is_taken_with_the_time_of_the_change() {
    assert_becomes(
        json!({"_id": "m", "msg": "Hi", "_updatedAt": {"$date": "2024-01-01T00:00:00.000Z"}}),
        json!({"_id": "m", "msg": "Hello", "editedAt": {"$date": "2024-02-01T00:00:00.000Z"},
               "_updatedAt": {"$date": "2025-01-01T00:00:00.000Z"}}),
        json!({"_id": "m", "msg": "Hello", "_updatedAt": {"$date": "2025-01-01T00:00:00.000Z"},
               "editedAt": {"$date": "2024-02-01T00:00:00.000Z"}}),
    );
}

#[test]
fn what_the_record_does_not_bring_stays() {
    assert_becomes(
        json!({"_id": "m", "msg": "Hi", "pinned": true, "starred": [{"_id": "u"}], "mentions": [{"_id": "u"}],
               "reactions": {":a:": {"usernames": ["bob"]}}, "attachments": [{"text": "T"}]}),
        json!({"_id": "m", "msg": "Hello"}),
        json!({"_id": "m", "msg": "Hello", "pinned": true, "starred": [{"_id": "u"}], "mentions": [{"_id": "u"}],
               "reactions": {":a:": {"usernames": ["bob"]}}, "attachments": [{"text": "T"}]}),
    );
}

#[test]
fn a_date_in_another_form_is_no_change() {
    assert_stays(
        json!({"_id": "m", "ts": {"$date": "2020-01-01T00:00:00Z"}}),
        json!({"_id": "m", "ts": {"$date": "2020-01-01T00:00:00.000Z"}}),
    );
}

#[test]
fn reactions_are_joined_emoji_by_emoji() {
    assert_becomes(
        json!({"_id": "m", "reactions": {":a:": {"usernames": ["ann", "zoe"], "federation": 1}, ":z:": {"usernames": ["zoe"]}}}),
        json!({"_id": "m", "reactions": {":a:": {"usernames": ["bob", "ann"]}, ":b:": {"usernames": ["bob"]}}}),
        json!({"_id": "m", "reactions": {":a:": {"usernames": ["ann", "zoe", "bob"], "federation": 1},
                                        ":z:": {"usernames": ["zoe"]}, ":b:": {"usernames": ["bob"]}}}),
    );
}

#[test]
fn usernames_that_are_gone_leave_the_reactions_of_the_record() {
    let mut message = map(json!({"_id": "m", "reactions": {
        ":a:": {"usernames": ["u1", "zoe", "u2"]}, ":b:": {"usernames": ["u1"]}, ":z:": {"usernames": ["u1"]}
    }}));
    let incoming = map(json!({"_id": "m", "reactions": {
        ":a:": {"usernames": ["ann", "u2"]}, ":b:": {"usernames": ["u1"]}, ":c:": {"usernames": ["bob"]}
    }}));
    assert_eq!(other_reactors(&message, &incoming).collect::<Vec<_>>(), ["u1", "zoe"]);
    let gone = HashSet::from(["u1".to_owned(), "u2".to_owned()]);
    assert!(merge_message(&mut message, &incoming, &gone));
    assert_eq!(
        message["reactions"],
        json!({":a:": {"usernames": ["zoe", "u2", "ann"]}, ":b:": {"usernames": ["u1"]}, ":z:": {"usernames": ["u1"]},
               ":c:": {"usernames": ["bob"]}})
    );
    assert!(!merge_message(&mut message, &incoming, &gone));
    for odd in
        [json!(7), json!([]), json!({":a:": 7}), json!({":a:": {"usernames": 7}}), json!({":a:": {"usernames": [7]}})]
    {
        assert_eq!(other_reactors(&map(json!({"reactions": odd})), &incoming).count(), 0, "{odd}");
    }
}

#[test]
fn a_placeholder_without_import_ids_stands_for_nobody() {
    for (user, expected) in [
        (json!({"importServer": {"placeholder": true}, "importIds": []}), true),
        (json!({"importServer": {"placeholder": true}}), true),
        (json!({"importServer": {"placeholder": true}, "importIds": ["U1"]}), false),
        (json!({"importServer": {}, "importIds": []}), false),
        (json!({}), false),
    ] {
        assert_eq!(stands_for_nobody(&map(user.clone())), expected, "{user}");
    }
}

#[test]
fn a_thread_only_grows() {
    let thread = json!({"_id": "m", "replies": ["a", "z"], "tcount": 6, "tlm": {"$date": "2024-03-01T00:00:00.000Z"}});
    assert_stays(
        thread.clone(),
        json!({"_id": "m", "replies": ["a"], "tcount": 5, "tlm": {"$date": "2024-02-01T00:00:00.000Z"}}),
    );
    assert_becomes(
        thread,
        json!({"_id": "m", "replies": ["b", "a"], "tcount": 7, "tlm": {"$date": "2024-04-01T00:00:00.000Z"}}),
        json!({"_id": "m", "replies": ["a", "z", "b"], "tcount": 7, "tlm": {"$date": "2024-04-01T00:00:00.000Z"}}),
    );
    assert_becomes(
        json!({"_id": "m"}),
        json!({"_id": "m", "replies": ["b"], "tcount": 1, "tlm": {"$date": "2024-04-01T00:00:00.000Z"}}),
        json!({"_id": "m", "replies": ["b"], "tcount": 1, "tlm": {"$date": "2024-04-01T00:00:00.000Z"}}),
    );
}

/// A message whose file was fetched.
fn fetched() -> Value {
    json!({
        "_id": "m", "msg": "",
        "_importFile": {"downloadUrl": "https://x/f?token=1", "id": "f", "size": 3, "name": "f.png", "external": false,
                        "source": "slack", "downloaded": true, "rocketChatUrl": "https://chat.x.org/file-upload/9/f.png"},
        "attachments": [{"text": "T"}, {"title": "f.png", "title_link": "https://chat.x.org/file-upload/9/f.png",
                                        "image_url": "https://chat.x.org/file-upload/9/f.png"}],
    })
}

#[test]
fn what_was_fetched_is_not_reset() {
    assert_stays(
        fetched(),
        json!({
            "_id": "m", "msg": "", "_hidden": true, "attachments": [{"text": "T"}],
            "_importFile": {"downloadUrl": "https://x/f?token=2", "id": "f", "size": 3, "name": "f.png", "external": false,
                            "source": "slack", "downloaded": false, "rocketChatUrl": null},
        }),
    );
}

#[test]
fn the_rest_of_a_fetched_file_still_follows_the_record() {
    let (changed, merged) = merge(
        fetched(),
        json!({"_id": "m", "_importFile": {"downloadUrl": "https://x/f?token=2", "id": "f", "size": 3, "name": "new.png",
                                           "external": false, "source": "slack", "original": {"title": "New"}}}),
    );
    assert!(changed);
    assert_eq!(
        merged["_importFile"],
        json!({"downloadUrl": "https://x/f?token=1", "id": "f", "size": 3, "name": "new.png", "external": false,
               "source": "slack", "downloaded": true, "rocketChatUrl": "https://chat.x.org/file-upload/9/f.png",
               "original": {"title": "New"}})
    );
}

#[test]
fn a_file_not_yet_fetched_takes_the_new_address() {
    assert_becomes(
        json!({"_id": "m", "_importFile": {"downloadUrl": "https://x/f?token=1", "id": "f", "name": "f.png"}}),
        json!({"_id": "m", "_importFile": {"downloadUrl": "https://x/f?token=2", "id": "f", "name": "f.png"}}),
        json!({"_id": "m", "_importFile": {"downloadUrl": "https://x/f?token=2", "id": "f", "name": "f.png"}}),
    );
}

#[test]
fn changed_attachments_replace_the_record_s_own_and_not_the_fetched() {
    let (changed, merged) = merge(fetched(), json!({"_id": "m", "attachments": [{"text": "New"}]}));
    assert!(changed);
    assert_eq!(
        merged["attachments"],
        json!([{"text": "New"}, {"title": "f.png", "title_link": "https://chat.x.org/file-upload/9/f.png",
                                 "image_url": "https://chat.x.org/file-upload/9/f.png"}])
    );
}

#[test]
fn files_of_the_workspace_are_known_by_their_path_too() {
    let existing = json!({"_id": "m", "attachments": [
        {"title_link": "/file-upload/1/a.pdf"}, {"text": "T"}, {"audio_url": "/ufs/GridFS:Uploads/2/b.mp3"}
    ]});
    assert_stays(existing.clone(), json!({"_id": "m", "attachments": [{"text": "T"}]}));
    assert_becomes(
        existing,
        json!({"_id": "m", "attachments": [{"text": "U"}]}),
        json!({"_id": "m", "attachments": [
            {"text": "U"}, {"title_link": "/file-upload/1/a.pdf"}, {"audio_url": "/ufs/GridFS:Uploads/2/b.mp3"}
        ]}),
    );
}

#[test]
fn a_file_that_comes_with_the_record_is_shown_once() {
    let file = |more: Value| {
        let mut attachment = json!({"title": "f", "title_link": "/file-upload/1/f"});
        attachment.as_object_mut().unwrap().extend(map(more));
        attachment
    };
    let new = json!({"_id": "m", "attachments": [{"text": "T"}, file(json!({"type": "file", "fileId": "1"}))]});
    assert_becomes(json!({"_id": "m", "attachments": [{"text": "T"}, file(json!({}))]}), new.clone(), new);
}

#[test]
fn a_link_of_the_source_is_no_fetched_file() {
    assert_becomes(
        json!({"_id": "m", "attachments": [{"title": "Old", "title_link": "https://news.example/1"}]}),
        json!({"_id": "m", "attachments": [{"title": "New", "title_link": "https://news.example/2"}]}),
        json!({"_id": "m", "attachments": [{"title": "New", "title_link": "https://news.example/2"}]}),
    );
}

#[test]
fn a_message_that_is_shown_is_not_hidden_again() {
    assert_stays(json!({"_id": "m", "msg": ""}), json!({"_id": "m", "msg": "", "_hidden": true}));
    assert_stays(json!({"_id": "m", "_hidden": true}), json!({"_id": "m", "_hidden": true}));
}

#[test]
fn links_and_mentions_keep_what_the_workspace_found_out() {
    assert_becomes(
        json!({"_id": "m", "urls": [{"url": "https://a", "meta": {"title": "A"}}, {"url": "https://b"}],
               "mentions": [{"_id": "u", "username": "ann", "name": "Ann", "type": "user"}],
               "channels": [{"_id": "r", "name": "old"}]}),
        json!({"_id": "m", "urls": [{"url": "https://c"}, {"url": "https://a"}],
               "mentions": [{"_id": "u", "username": "ann", "name": "Ann B."}],
               "channels": [{"_id": "r", "name": "new"}]}),
        json!({"_id": "m", "urls": [{"url": "https://c"}, {"url": "https://a", "meta": {"title": "A"}}],
               "mentions": [{"_id": "u", "username": "ann", "name": "Ann B.", "type": "user"}],
               "channels": [{"_id": "r", "name": "new"}]}),
    );
}

#[test]
fn a_link_that_is_there_stays_as_it_is() {
    let page = json!({"url": "https://a", "meta": {"pageTitle": "A"}, "parsedUrl": {"host": "a"}});
    assert_stays(
        json!({"_id": "m", "urls": [page, {"url": "https://b"}]}),
        json!({"_id": "m", "urls": [{"url": "https://a", "meta": {}}, {"url": "https://b", "meta": {}}]}),
    );
    assert_becomes(
        json!({"_id": "m", "urls": [page, {"url": "https://b"}]}),
        json!({"_id": "m", "urls": [{"url": "https://c", "meta": {}}, {"url": "https://a", "meta": {}}]}),
        json!({"_id": "m", "urls": [{"url": "https://c", "meta": {}}, page]}),
    );
}

#[test]
fn values_of_an_unexpected_form_give_way_to_the_record() {
    assert_becomes(
        json!({"_id": "m", "attachments": null, "reactions": [], "replies": "x", "urls": {}, "_importFile": null, "tcount": "3"}),
        json!({"_id": "m", "attachments": [{"text": "T"}], "reactions": {":a:": {"usernames": ["a"]}}, "replies": ["b"],
               "urls": [{"url": "https://c"}], "_importFile": {"id": "f"}, "tcount": 2}),
        json!({"_id": "m", "attachments": [{"text": "T"}], "reactions": {":a:": {"usernames": ["a"]}}, "replies": ["b"],
               "urls": [{"url": "https://c"}], "_importFile": {"id": "f"}, "tcount": 2}),
    );
}

#[test]
fn a_message_whose_file_comes_with_the_record_is_shown() {
    let mut message = map(json!({
        "_id": "m", "_hidden": true, "_importFile": {"id": "f", "downloadUrl": "https://x.org/f"}
    }));
    let incoming = map(json!({
        "_id": "m", "attachments": [{"title_link": "/file-upload/u/f"}],
        "_importFile": {
            "id": "f", "downloadUrl": "https://x.org/new", "downloaded": true, "rocketChatUrl": "/file-upload/u/f"
        }
    }));
    assert!(merge_message(&mut message, &incoming, &HashSet::new()));
    assert_eq!(Value::Object(message.clone()), Value::Object(incoming.clone()));
    assert!(!merge_message(&mut message, &incoming, &HashSet::new()));
}

mod properties {
    use proptest::prelude::*;

    use super::*;

    /// Messages of a small world, so that fields of two of them meet often.
    fn message() -> impl Strategy<Value = Map<String, Value>> {
        let value = prop_oneof![
            Just(json!(null)),
            (0..3_u8).prop_map(Value::from),
            "[ab]".prop_map(Value::from),
            prop::collection::vec("[ab]", 0..3).prop_map(Value::from),
            "[ab]".prop_map(|link| json!([{"title_link": link}, {"image_url": "/file-upload/1"}])),
            ("[ab]", any::<bool>()).prop_map(|(url, downloaded)| json!({"downloadUrl": url, "downloaded": downloaded})),
            "[ab]".prop_map(|name| json!({":a:": {"usernames": [name]}})),
            "[ab]".prop_map(|url| json!([{"url": url, "_id": url}])),
        ];
        let field = prop::sample::select(vec![
            "msg",
            "attachments",
            "reactions",
            "replies",
            "tcount",
            "urls",
            "mentions",
            "_importFile",
            "_hidden",
            "pinned",
        ]);
        prop::collection::btree_map(field, value, 0..6)
            .prop_map(|fields| fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    proptest! {
        #[test]
        fn merging_twice_is_merging_once(mut existing in message(), incoming in message()) {
            merge_message(&mut existing, &incoming, &HashSet::new());
            let once = existing.clone();
            prop_assert!(!merge_message(&mut existing, &incoming, &HashSet::new()));
            prop_assert_eq!(existing, once);
        }

        #[test]
        fn no_field_is_ever_lost(existing in message(), incoming in message()) {
            let mut merged = existing.clone();
            merge_message(&mut merged, &incoming, &HashSet::new());
            // A message is shown once its file is there.
            for field in existing.keys().filter(|field| *field != "_hidden") {
                prop_assert!(merged.contains_key(field));
            }
        }

        #[test]
        fn change_is_reported_exactly(existing in message(), incoming in message()) {
            let mut merged = existing.clone();
            let changed = merge_message(&mut merged, &incoming, &HashSet::new());
            prop_assert_eq!(changed, merged != existing);
        }
    }
}
