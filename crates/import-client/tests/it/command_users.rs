//! The command's `add-users`.

use serde_json::Value;

use crate::{
    answers::SUCCESS,
    command::{Ran, against, finish_with},
    double::{Double, OURS, answer, ok},
};

async fn add(double: &Double, input: &str, options: &[&str]) -> Ran {
    finish_with(against(double, &[&["add-users", "-"], options].concat()), input).await
}

async fn server() -> Double {
    let double = Double::of_kind(OURS).await;
    double.on("POST /api/v1/import.addUsers", [ok(SUCCESS)]);
    double
}

fn lines(count: usize) -> String {
    (1..=count).map(|id| format!("{{\"emails\":[\"u{id}@example.com\"],\"importIds\":[\"{id}\"]}}\n")).collect()
}

/// The first import id of the users of each request, as `first-last`.
fn batches(double: &Double) -> Vec<String> {
    let id = |user: &Value| user["importIds"][0].as_str().unwrap().to_owned();
    let requests = double.asked_for("/api/v1/import.addUsers");
    requests
        .iter()
        .map(|asked| {
            let body = asked.json();
            let users = body["users"].as_array().unwrap();
            format!("{}-{}", id(&users[0]), id(&users[users.len() - 1]))
        })
        .collect()
}

#[tokio::test]
async fn users_are_sent_a_thousand_at_a_time() {
    let double = server().await;
    let ran = add(&double, &lines(2500), &[]).await;
    insta::assert_snapshot!(ran.shown());
    assert_eq!(batches(&double), ["1-1000", "1001-2000", "2001-2500"]);
    let ran = add(&double, &lines(1), &["--json"]).await;
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "{\"success\":true,\"added\":1}\n"));
}

#[tokio::test]
async fn a_csv_file_is_told_by_its_content() {
    let double = server().await;
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "username,emails,importIds,roles,deleted\nann,a@b.c;d@e.f,7,admin;bot,true\n").unwrap();
    let ran = finish_with(against(&double, &["add-users", file.path().to_str().unwrap()]), "").await;
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "1 user added.\n"));
    assert_eq!(
        double.asked_for("/api/v1/import.addUsers")[0].json(),
        serde_json::json!({"users": [{"username": "ann", "emails": ["a@b.c", "d@e.f"], "importIds": ["7"],
            "roles": ["admin", "bot"], "deleted": true}]})
    );
}

#[tokio::test]
async fn a_refused_request_stops_and_says_which_users_were_in_it() {
    let double = server().await;
    let refusal = r#"{"success":false,"error":"Users are missing required data."}"#;
    double.on("POST /api/v1/import.addUsers", [ok(SUCCESS), answer(400, refusal)]);
    let input = lines(2500).replace("\"u1234@example.com\"", "").replace("\"u1300@example.com\"", "\" \"");
    insta::assert_snapshot!(add(&double, &input, &[]).await.shown());
    assert_eq!(batches(&double), ["1-1000", "1001-2000"]);
}

#[tokio::test]
async fn without_an_operation_the_way_to_one_is_told() {
    let double = server().await;
    let refusal = r#"{"success":false,"error":"Import operation not initialized."}"#;
    double.on("POST /api/v1/import.addUsers", [answer(400, refusal)]);
    insta::assert_snapshot!(add(&double, &lines(2), &[]).await.shown());
}

#[tokio::test]
async fn a_user_that_cannot_be_read_is_told_with_its_number() {
    let double = server().await;
    let ran = add(&double, &format!("{}{{\"emails\":[]}}\n", lines(1001)), &[]).await;
    insta::assert_snapshot!(ran.shown());
    assert_eq!(batches(&double), ["1-1000"]);
}

#[tokio::test]
async fn a_file_that_is_not_there_is_said() {
    let double = server().await;
    let ran = finish_with(against(&double, &["add-users", "/nowhere/users.csv"]), "").await;
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.starts_with("error: cannot read /nowhere/users.csv: "), "{}", ran.stderr);
    assert_eq!(double.lines(), [] as [&str; 0]);
}

#[tokio::test]
async fn an_answer_that_got_lost_leaves_open_what_was_added() {
    let double = server().await;
    double.on("POST /api/v1/import.addUsers", [answer(502, "<html>")]);
    let ran = add(&double, &lines(2), &[]).await;
    assert_eq!(
        (ran.code, ran.stderr.as_str()),
        (
            1,
            "error: users 1 to 2 of the file may or may not have been added: import.addUsers: the server failed (502): Bad \
             Gateway\n"
        )
    );
}
