//! What a check says beforehand is what an import does.

use std::path::Path;

use import_engine::{
    Limits,
    check::{CheckProgress, Findings, Verdict, check},
};
use import_proto::{DataType, ImportInput, ImportOptions, Importer, NoticeKind, ReasonCount, ReasonCounts};
use import_store::Store;

use crate::support::Workspace;

fn checked(importer: Importer, path: &Path) -> Findings {
    let name = path.file_name().unwrap().to_str().unwrap();
    let source = import_sources::open(importer, path, name, Limits::default(), None).unwrap();
    let progress = CheckProgress::default();
    let findings = check(&*source, importer, ImportOptions::default(), &progress).unwrap();
    let read = progress.bytes_read.into_inner();
    assert_eq!(read, progress.bytes_total.into_inner());
    findings
}

/// What will fail and cannot be read, by reason.
fn foreseen(findings: &Findings) -> Vec<ReasonCount> {
    let mut reasons = ReasonCounts::default();
    for entry in findings.unreadable.by_reason.iter().chain(&findings.will_fail.by_reason) {
        reasons.add(entry.data_type, &entry.reason, entry.count);
    }
    reasons.sorted()
}

async fn is_what_becomes_of_it(importer: Importer, path: &Path) {
    let findings = checked(importer, path);
    let workspace = Workspace::fresh().await;
    workspace.engine.import_file(&workspace.admin, importer, path).await.unwrap();
    let ready = workspace.settled().await.staged;
    let staged = [ready.users, ready.channels, ready.messages, ready.contacts].map(Option::unwrap);
    let users = findings.users.total + findings.notices.total(NoticeKind::PlaceholderUsers);
    let read = [users, findings.channels.total, findings.messages.total, findings.contacts.total];
    assert_eq!(read, staged, "{}", path.display());
    workspace.engine.start_import(ImportInput::everything()).await.unwrap();
    workspace.settled().await;
    let failed = workspace.engine.status().await.unwrap().reasons.unwrap_or_default().failed;
    assert_eq!(foreseen(&findings), failed, "{}", path.display());
}

#[tokio::test]
async fn what_fails_in_the_examples_is_foreseen() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    for (importer, example) in [
        (Importer::Csv, "csv"),
        (Importer::Csv, "csv-export.zip"),
        (Importer::Csv, "csv/users.csv"),
        (Importer::Slack, "slack"),
        (Importer::Slack, "slack-old"),
        (Importer::Slack, "slack-grid"),
        (Importer::SlackUsers, "slack-users.csv"),
        (Importer::OmnichannelContact, "contacts.csv"),
    ] {
        is_what_becomes_of_it(importer, &examples.join(example)).await;
    }
}

const ODD: &[(&str, &str)] = &[
    (
        "users.csv",
        "ann,ann@example.com,Ann\nANN,other@example.com,Ann\nbob,Ann@Example.com,Bob\ncleo,,Cleo\nbob,,\nx\n",
    ),
    ("channels.csv", "lobby,ann,public,ann;Cleo;ghost\nattic,ghost,private,\n,ann,public,\n"),
    ("lobby/1.csv", "ann,1600000001000,hi\nghost,1600000000000,boo\nghost,1600000002000,hoo\nwraith,1,x\nCLEO,2,y\n"),
    ("attic/1.csv", "rocket.cat,3,meow\nann,later,x\n"),
    ("general/1.csv", "ann,4,in the workspace's own room\n"),
    ("nowhere/1.csv", "ann,5,lost\nghost,6,lost twice\n"),
    ("directmessages/1.csv", "ann,cleo,7,psst\ncleo,ann,8,what\nann,ghost,9,anybody there\nghost,ann,10,no\n"),
    ("directmessages/2.csv", "cleo,ann,11,again\n"),
    ("contacts.csv", "name,emails,manager\nCarla,c@example.com,ANN\nDora,d@example.com,nobody\n"),
    ("stray.csv", "what,is,this\n"),
];

#[tokio::test]
async fn what_fails_in_an_odd_export_is_foreseen() {
    let workspace = Workspace::fresh().await;
    is_what_becomes_of_it(Importer::Csv, &workspace.folder("odd", ODD)).await;
}

#[tokio::test]
async fn everything_that_will_be_lost_is_named() {
    let workspace = Workspace::fresh().await;
    let findings = checked(Importer::Csv, &workspace.folder("odd", ODD));
    insta::assert_snapshot!(serde_json::to_string_pretty(&findings).unwrap());
}

#[tokio::test]
async fn an_export_with_nothing_wrong_is_whole_and_one_with_nothing_that_can_be_read_is_nothing() {
    let workspace = Workspace::fresh().await;
    let sound = workspace.folder("sound", &[("users.csv", "ann,a@example.com,Ann\n"), ("general/1.csv", "ann,1,hi\n")]);
    assert_eq!(checked(Importer::Csv, &sound).verdict, Verdict::Whole);
    let broken = workspace.folder("broken", &[("users.csv", "ann\nbob\n")]);
    let findings = checked(Importer::Csv, &broken);
    assert_eq!((findings.verdict, findings.records(), findings.unreadable.total), (Verdict::Nothing, 0, 2));
}

#[tokio::test]
async fn a_check_and_an_import_name_the_same_of_very_many_unknown_subtypes() {
    let workspace = Workspace::fresh().await;
    // Each room has other subtypes, none of which says anything, and kinds of records that are no messages.
    let day = |room: u64| {
        let record = |number: u64| {
            let name = format!("{:03}", 100 * room + number);
            let ts = 1_600_000_000 + number;
            format!(
                r#"{{"type":"kind {name}","ts":"{ts}.1"}},{{"subtype":"odd {name}","user":"U1","ts":"{ts}.2","text":""}}"#
            )
        };
        format!("[{}]", (0..90).map(record).collect::<Vec<_>>().join(",\n"))
    };
    let users = r#"[{"id":"U1","name":"ann","profile":{"email":"ann@example.com"}}]"#;
    let mut files = vec![("users.json".to_owned(), users.to_owned())];
    files.extend((0..4).map(|room| (format!("room{room}/2020-09-13.json"), day(3 - room))));
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let folder = workspace.folder("strange", &files);

    let findings = checked(Importer::Slack, &folder);
    assert_eq!((findings.verdict, findings.unknown_left_out()), (Verdict::Partly, 360));
    let unknown = findings.messages.subtypes.into_iter().filter(|subtype| !subtype.known);
    let mut unknown: Vec<_> = unknown.map(|subtype| (subtype.subtype, subtype.left_out)).collect();
    unknown.sort();
    workspace.engine.import_file(&workspace.admin, Importer::Slack, &folder).await.unwrap();
    workspace.settled().await;
    let work = workspace.engine.store().current_operation().await.unwrap().unwrap().work;
    let of_import = work.unknown_subtypes.into_iter().map(|count| (count.subtype, count.left_out));
    assert_eq!(of_import.collect::<Vec<_>>(), unknown);
    let odd = |name: &str| (format!("odd {name}"), 1);
    assert_eq!((unknown.len(), &unknown[0], &unknown[199]), (201, &odd("000"), &odd("219")));
    assert_eq!(unknown[200], ("…".to_owned(), 160));
}

#[tokio::test]
async fn of_very_many_bad_records_the_first_are_listed_and_all_are_counted() {
    let workspace = Workspace::fresh().await;
    let bad = "ann,never,x\n".repeat(500);
    let files: Vec<(String, &str)> = (1..=9).map(|number| (format!("room{number}/1.csv"), bad.as_str())).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), *text)).collect();
    let unreadable = checked(Importer::Csv, &workspace.folder("bad", &files)).unreadable;
    let reason = "importer-message-invalid-timestamp".to_owned();
    assert_eq!(unreadable.by_reason, [ReasonCount { data_type: DataType::Message, reason, count: 4_500 }]);
    let places: Vec<_> = unreadable.listed.iter().map(|record| (record.entry.as_deref(), record.line)).collect();
    assert_eq!(places, (1..=100).map(|line| (Some("room1/1.csv"), Some(line))).collect::<Vec<_>>());
}
