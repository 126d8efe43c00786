//! Threads: their first messages, and their replies.

use serde_json::json;

use super::message;

#[test]
fn the_first_message_of_a_thread_has_its_repliers_their_number_and_the_time_of_the_last() {
    assert_eq!(
        message(json!({
            "text": "hi", "thread_ts": "1554112800.000100", "reply_count": 3, "reply_users": ["U2", "U3", "U2"],
            "latest_reply": "1554112900.000200", "replies": [{"user": "U2", "ts": "1554112810.000100"}],
        })),
        json!({"msg": "hi", "tlm": "2019-04-01T10:01:40.000Z", "tcount": 3, "replies": ["U2", "U3"]})
    );
}

#[test]
fn older_exports_name_the_repliers_with_each_reply() {
    assert_eq!(
        message(json!({
            "text": "hi", "reply_count": "2",
            "replies": [{"user": "U2", "ts": "1554112900.000100"}, {"user": "U2", "ts": "1554112810.000100"}, null],
        })),
        json!({"msg": "hi", "tlm": "2019-04-01T10:01:40.000Z", "tcount": 2, "replies": ["U2"]})
    );
}

#[test]
fn a_reply_names_the_first_message_of_its_thread() {
    assert_eq!(
        message(json!({"text": "hi", "thread_ts": "1554112700.5", "parent_user_id": "U2"})),
        json!({"msg": "hi", "tmid": "slack-C1-1554112700-500000"})
    );
}

#[test]
fn a_thread_that_lost_its_replies_is_none() {
    assert_eq!(
        message(json!({"text": "hi", "thread_ts": "1554112800.000100", "reply_count": 0})),
        json!({"msg": "hi"})
    );
}
