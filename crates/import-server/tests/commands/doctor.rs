//! Whether it is safe to import now.

use std::fs;

use serde_json::json;

use crate::process::run;

#[test]
fn a_data_directory_is_fit_for_an_import_before_and_after_the_first_one() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let data = data.to_str().unwrap();
    let before = run(["doctor", "--data-dir", data]);
    assert_eq!((before.code, before.stderr.as_str()), (Some(0), ""));
    assert!(before.stdout.starts_with("ok "), "{}", before.stdout);
    assert!(before.stdout.contains(&format!("It is safe to import into {data}: no problems, ")), "{}", before.stdout);
    assert!(!fs::exists(data).unwrap(), "it only looks");

    let users = directory.path().join("users.csv");
    fs::write(&users, "username,email,name\nann,ann@example.com,Ann\n").unwrap();
    run(["import", users.to_str().unwrap(), "--importer", "slack-users", "--data-dir", data]);
    let after = run(["doctor", "--json", "--data-dir", data]);
    assert_eq!(after.code, Some(0));
    let after = after.json();
    assert_eq!((&after["safe"], &after["problems"]), (&json!(true), &json!(0)));
    let workspace = &after["findings"][0];
    assert_eq!((&workspace["name"], &workspace["level"]), (&json!("workspace"), &json!("ok")));
    assert!(workspace["found"].as_str().unwrap().starts_with("it can be opened; the last import, "), "{workspace}");
}

#[test]
fn a_directory_of_something_else_is_a_problem() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("workspace.sqlite3"), "something else").unwrap();
    let finished = run(["doctor", "--data-dir", directory.path().to_str().unwrap()]);
    assert_eq!(finished.code, Some(1));
    assert!(finished.stdout.starts_with("problem  workspace "), "{}", finished.stdout);
    assert!(finished.stdout.contains("It is not safe to import into "), "{}", finished.stdout);
}

#[test]
fn a_database_that_cannot_be_reached_is_a_problem_and_its_password_is_not_shown() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().to_str().unwrap();
    // Nobody listens on port 9.
    let store = "--store=mongodb://ann:s3cr3t@127.0.0.1:9/chat?serverSelectionTimeoutMS=300";
    let finished = run(["doctor", store, "--data-dir", data]);
    assert_eq!((finished.code, finished.stderr.as_str()), (Some(1), ""));
    let found = "problem  connection      cannot connect to mongodb://ann@127.0.0.1:9/chat";
    assert!(finished.stdout.starts_with(found), "{}", finished.stdout);
    assert!(!finished.stdout.contains("s3cr3t"), "{}", finished.stdout);
    assert_eq!(fs::read_dir(data).unwrap().count(), 0, "it only looks");
}
