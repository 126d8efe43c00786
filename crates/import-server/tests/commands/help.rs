//! What the command says of itself.

use crate::process::run;

#[test]
fn help_says_what_there_is() {
    let commands: [(&str, &[&str]); 15] = [
        ("import-server", &[]),
        ("serve", &["serve"]),
        ("doctor", &["doctor"]),
        ("check", &["check"]),
        ("import", &["import"]),
        ("failed", &["failed"]),
        ("retry", &["retry"]),
        ("fetch", &["fetch"]),
        ("export", &["export"]),
        ("user", &["user"]),
        ("user add", &["user", "add"]),
        ("room", &["room"]),
        ("room add", &["room", "add"]),
        ("token", &["token"]),
        ("token create", &["token", "create"]),
    ];
    for (name, words) in commands {
        let help = match words {
            [] => run(["--help"]),
            [one] => run([one, "--help"]),
            [one, two, ..] => run([one, two, "--help"]),
        };
        assert_eq!((help.code, help.stderr.as_str()), (Some(0), ""), "{name}");
        // Blanks at the ends of lines would not survive in a snapshot that is edited.
        let text: String = help.stdout.lines().map(|line| line.trim_end().to_owned() + "\n").collect();
        insta::assert_snapshot!(format!("help {name}"), text);
    }
}

#[test]
fn a_wrong_command_line_is_not_taken_for_an_import_with_failed_records() {
    for finished in [run(["import"]), run(["improt"]), run(["failed", "--json", "--csv"]), run([])] {
        assert_eq!(finished.code, Some(1), "{finished:?}");
        assert_eq!(finished.stdout, "");
        assert!(finished.stderr.contains("Usage: import-server"), "{}", finished.stderr);
    }
}

#[test]
fn what_is_not_for_a_workspaces_own_database_is_refused_without_showing_the_password() {
    let store = "--store=mongodb://ann:secret@db.example/chat";
    for (finished, instead) in [
        (run(["export", "--out", "out", store]), "use mongodump"),
        (run(["token", "create", "--user", "ann", store]), "tokens are made in Rocket.Chat itself"),
    ] {
        assert_eq!((finished.code, finished.stdout.as_str()), (Some(1), ""));
        assert!(finished.stderr.contains("mongodb://ann@db.example/chat"), "{}", finished.stderr);
        assert!(finished.stderr.contains(instead), "{}", finished.stderr);
        assert!(!finished.stderr.contains("secret"), "{}", finished.stderr);
    }
}
