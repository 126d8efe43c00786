//! Exports that are damaged or hostile: what is good in them is imported, the rest is counted and named.

use import_engine::Pulse;
use import_proto::{Importer, OperationState};
use serde_json::json;

use crate::{
    support::{On, Workspace},
    zip::{Entry, zip},
};

impl Workspace {
    /// Imports a zip, and holds its counts to what failed; where and why that is.
    async fn import_zip(&self, importer: Importer, entries: &[Entry<'_>]) -> (Pulse, Vec<String>) {
        let file = self.folder("uploads", &[("read.me", "")]).join("export.zip");
        std::fs::write(&file, zip(entries)).unwrap();
        let done = self.import_as(importer, &file).await;
        let failures = self.located_failures().await;
        assert_eq!((done.state, done.counts.error), (OperationState::Done, failures.len() as u64), "{failures:?}");
        assert_eq!(done.staged.total, Some(done.counts.completed + done.counts.error));
        (done, failures)
    }
}

const OUTSIDE: &str =
    "the entry cannot be read: the name is absolute, leads out of the archive or has control characters in it";
const LINK: &str = "the entry cannot be read: it is a symbolic link, and links are not followed";
const ENCRYPTED: &str = "the entry cannot be read: it is encrypted; make an archive without a password";
const WITHIN: &str = "the entry cannot be read: it is an archive within the archive; unpack it first";

#[tokio::test]
async fn hostile_entries_of_a_zip_of_csv_files_are_counted_and_named_and_the_rest_is_imported() {
    let workspace = Workspace::fresh().await;
    let inner = zip(&[Entry::new("users.csv", "eve,eve@example.com,Eve\n")]);
    let (_, failures) = workspace
        .import_zip(
            Importer::Csv,
            &[
                Entry::new("users.csv", "ann,ann@example.com,Ann\n"),
                Entry::new("../../etc/passwd", "ann,1600000000000,root\n"),
                Entry::new("general/link.csv", "/etc/passwd").symlink(),
                Entry::new("general/secret.csv", "ann,1600000000000,secret\n").encrypted(),
                Entry::new("inner.zip", &inner),
                Entry::new("general/good.csv", "ann,1600000000000,good\n"),
            ],
        )
        .await;
    assert_eq!(
        failures,
        [
            format!("../../etc/passwd: {OUTSIDE}"),
            format!("general/link.csv: {LINK}"),
            format!("general/secret.csv: {ENCRYPTED}"),
            format!("inner.zip: {WITHIN}"),
        ]
    );
    assert_eq!(workspace.column("users", "username").await, ["ann"]);
    assert_eq!(workspace.column("rocketchat_message", "msg").await, ["good"]);
}

#[tokio::test]
async fn hostile_entries_of_a_slack_export_are_counted_and_named_and_the_rest_is_imported() {
    let workspace = Workspace::fresh().await;
    let day = json!([{"type": "message", "user": "U1", "ts": "1704100000.000100", "text": "good"}]).to_string();
    let inner = zip(&[Entry::new("users.json", r#"[{"id": "U2", "name": "eve"}]"#)]);
    let (_, failures) = workspace
        .import_zip(
            Importer::Slack,
            &[
                Entry::new("users.json", r#"[{"id": "U1", "name": "ann"}]"#),
                Entry::new("channels.json", r#"[{"id": "C1", "name": "docks"}]"#),
                Entry::new("../../etc/passwd", &day),
                Entry::new("docks/2024-01-01.json", "/etc/passwd").symlink(),
                Entry::new("docks/2024-01-02.json", &day).encrypted(),
                Entry::new("inner.zip", &inner),
                Entry::new("docks/2024-01-03.json", &day),
            ],
        )
        .await;
    assert_eq!(
        failures,
        [
            format!("../../etc/passwd: {OUTSIDE}"),
            format!("docks/2024-01-01.json: {LINK}"),
            format!("docks/2024-01-02.json: {ENCRYPTED}"),
            format!("inner.zip: {WITHIN}"),
        ]
    );
    assert_eq!(workspace.column("users", "username").await, ["ann"]);
    assert_eq!(workspace.column("rocketchat_message", "msg").await, ["good"]);
}

#[tokio::test]
async fn bad_records_of_a_slack_export_are_counted_and_named_and_the_rest_is_imported() {
    let workspace = Workspace::fresh().await;
    let day = b"[{\"type\": \"message\", \"user\": \"U1\", \"text\": \"\xff\", \"ts\": \"1704100000.000100\"},\n\
                {\"type\": \"message\", \"user\": \"U1\", \"text\": \"when?\"},\n\
                {\"type\": \"message\", \"user\": \"U1\", \"text\": \"good\", \"ts\": \"1704100000.000200\"}]";
    let (_, failures) = workspace
        .import_zip(
            Importer::Slack,
            &[
                Entry::new("users.json", r#"[{"id": "U1", "name": "ann"}]"#),
                Entry::new(
                    "channels.json",
                    "[{\"id\": \"C1\", \"name\": \"docks\"},\n{\"id\": \"C1\", \"name\": \"quay\"}]",
                ),
                Entry::new("docks/2024-01-01.json", day),
            ],
        )
        .await;
    assert_eq!(
        failures,
        [
            "channels.json:2: another room of the list has the same id: C1",
            "docks/2024-01-01.json:1: the record cannot be read: its text is not valid UTF-8",
            "docks/2024-01-01.json:2: importer-message-invalid-timestamp: the message has no ts",
        ]
    );
    assert_eq!(workspace.column("rocketchat_message", "msg").await, ["good"]);
}

#[tokio::test]
async fn bad_lines_of_csv_files_are_counted_and_named_and_the_rest_is_imported() {
    let workspace = Workspace::fresh().await;
    let users = "\u{feff}ann,ann@example.com,Ann\r\nbob,bob@example.com,Bob\r\nann,other@example.com,Ann\r\nlonely\r\n";
    let channels = "docks,ann,public,bob\r\ndocks,bob,private,\r\n";
    // A quote that does not close, times of no number and of the years 1 and 2300, and text that is no UTF-8.
    let docks = b"\xef\xbb\xbfann,1600000000000,\"two\r\nlines\"\r\nann,1600000001000,\"open\r\nann,NaN,when?\r\n\
                  ann,-62135596800000,when?\r\nann,10413792000000,when?\r\nann,1600000002000,\xff\r\nbob,1600000003000,good\r\n";
    let (_, failures) = workspace
        .import_zip(
            Importer::Csv,
            &[Entry::new("users.csv", users), Entry::new("channels.csv", channels), Entry::new("docks/1.csv", docks)],
        )
        .await;
    let when = |line: u64, ts: &str| {
        let what = "is not a time in whole milliseconds from 1970 to 2099";
        format!("docks/1.csv:{line}: importer-message-invalid-timestamp: {ts:?} {what}")
    };
    assert_eq!(
        failures,
        [
            "importer-user-duplicate: another record of this import is the same user (ann)".to_owned(),
            "users.csv:4: the line has 1 of 3 columns: username, email, name are due, separated by commas".to_owned(),
            "channels.csv:2: another room of the list has the same name: docks".to_owned(),
            "docks/1.csv:3: a quote opens here and does not close".to_owned(),
            when(4, "NaN"),
            when(5, "-62135596800000"),
            when(6, "10413792000000"),
            "docks/1.csv:7: the text is not valid UTF-8; save the file as UTF-8".to_owned(),
        ]
    );
    assert_eq!(workspace.column("users", "username").await, ["ann", "bob"]);
    assert_eq!(workspace.column("rocketchat_room", "name").await, ["docks"]);
    assert_eq!(workspace.column("rocketchat_message", "msg").await, ["good", "two\r\nlines"]);
}

#[tokio::test]
async fn a_field_of_ten_megabytes_is_imported_and_one_that_no_document_can_hold_fails() {
    let workspace = Workspace::fresh().await;
    let (long, too_long) = ("x".repeat(10 << 20), "y".repeat((15 << 20) + 1));
    let messages = format!("ann,1600000000000,{long}\nann,1600000001000,{too_long}\nann,1600000002000,good\n");
    let files = [("users.csv", "ann,ann@example.com,Ann\n"), ("general/1.csv", &messages)];
    let done = workspace.import(&workspace.folder("export", &files)).await;
    assert_eq!((done.state, done.counts.completed, done.counts.error), (OperationState::Done, 3, 1));
    assert_eq!(
        workspace.located_failures().await,
        ["general/1.csv: importer-message-too-large: 15728641 bytes of text, at most 15728640 fit"]
    );
    assert!(workspace.column("rocketchat_message", "msg").await == ["good".to_owned(), long]);
    // What failed is kept whole, unless no document has room for it.
    let kept = match crate::STORE {
        On::Embedded => too_long.as_str(),
        On::MongoDb => "(too large to be kept)",
    };
    let query = import_proto::RecordsQuery::default();
    assert!(workspace.engine.records(query).await.unwrap().records[0].data["msg"] == kept);
}

#[tokio::test]
async fn a_message_whose_links_fit_in_no_document_beside_its_text_fails_alone() {
    let workspace = Workspace::fresh().await;
    let links: String = (0..500_000).map(|number| format!("http://a.example/{number} ")).collect();
    let messages = format!("ann,1600000000000,{links}\nann,1600000001000,good\n");
    let files = [("users.csv", "ann,ann@example.com,Ann\n"), ("general/1.csv", &messages)];
    let done = workspace.import(&workspace.folder("export", &files)).await;
    assert_eq!((done.state, done.counts.completed, done.counts.error), (OperationState::Done, 2, 1));
    assert_eq!(
        workspace.located_failures().await,
        [
            "general/1.csv: importer-message-too-large: 43277780 bytes of text, links and attachments, at most 15728640 fit"
        ]
    );
    assert_eq!(workspace.column("rocketchat_message", "msg").await, ["good"]);
}
