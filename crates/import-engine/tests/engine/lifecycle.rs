//! What may be asked of an operation in each state.

use import_proto::{
    ImportInput, ImportOptions, Importer, NamesEncoding, NewUser, OperationState, ProgressStep, RecordChoice, Refusal,
    UnknownUsers,
};

use import_store::Store as _;

use crate::support::{Workspace, new_user, refusal};

#[tokio::test]
async fn without_an_operation_there_is_nothing_to_ask() {
    let workspace = Workspace::fresh().await;
    let engine = &workspace.engine;
    let status = engine.status().await.unwrap();
    assert_eq!((status.state, status.operation, status.reasons), (OperationState::None, None, None));
    engine.add_users(Vec::new()).await.unwrap();
    assert_eq!(refusal(engine.add_users(vec![new_user(1)]).await), Refusal::NotInitialized);
    assert_eq!(refusal(engine.run().await), Refusal::NothingToRun);
    assert_eq!(refusal(engine.start_import(ImportInput::default()).await), Refusal::NothingToRun);
    assert_eq!(refusal(engine.file_data().await), Refusal::OperationNotFound);
    assert_eq!(refusal(engine.progress().await), Refusal::OperationNotFound);
    assert_eq!(refusal(engine.retry().await), Refusal::NothingToRun);
    assert_eq!(engine.current_operation().await.unwrap(), None);
    engine.clear().await.unwrap();
}

#[tokio::test]
async fn adding_users_is_all_or_nothing() {
    let workspace = Workspace::fresh().await;
    let engine = &workspace.engine;
    engine.new_operation(&workspace.admin).await.unwrap();
    engine.add_users(Vec::new()).await.unwrap();
    assert_eq!(engine.status().await.unwrap().state, OperationState::New);
    for (email, id) in [("", "1"), (" ", "1"), ("a@b.c", ""), ("a@b.c", "  ")] {
        let bad = NewUser { emails: vec![email.into()], import_ids: vec![id.into()], ..NewUser::default() };
        assert_eq!(refusal(engine.add_users(vec![new_user(1), bad]).await), Refusal::MissingUserData);
    }
    let role = NewUser { roles: Some(vec!["emperor".into()]), ..new_user(2) };
    assert_eq!(refusal(engine.add_users(vec![new_user(1), role]).await), Refusal::InvalidRoles);
    let status = engine.status().await.unwrap();
    assert_eq!((status.state, status.operation.unwrap().count), (OperationState::New, None));

    engine.add_users(vec![new_user(1), new_user(2)]).await.unwrap();
    engine.add_users(vec![new_user(3)]).await.unwrap();
    let status = engine.status().await.unwrap();
    let count = status.operation.unwrap().count.unwrap();
    assert_eq!((status.state, count.users, count.total), (OperationState::Ready, Some(3), Some(3)));
    engine.run().await.unwrap();
    workspace.settled().await;
    assert_eq!(refusal(engine.add_users(vec![new_user(4)]).await), Refusal::AlreadyFinished);
    assert_eq!(refusal(engine.run().await), Refusal::NotReady);
}

#[tokio::test]
async fn a_new_operation_ends_the_one_before_and_empties_the_staging_area() {
    let workspace = Workspace::fresh().await;
    let engine = &workspace.engine;
    engine.new_operation(&workspace.admin).await.unwrap();
    engine.add_users(vec![new_user(1)]).await.unwrap();
    let second = engine.new_operation(&workspace.admin).await.unwrap();
    let history = engine.latest_operations().await.unwrap();
    assert_eq!(history.len(), 2);
    let first = history.iter().find(|operation| operation.id != second.id).unwrap();
    assert_eq!((first.valid, first.status), (false, ProgressStep::ImportCancelled));
    assert_eq!(engine.records(Default::default()).await.unwrap().total, 0);
    engine.clear().await.unwrap();
    let cleared = engine.status().await.unwrap();
    assert_eq!((cleared.state, cleared.operation.unwrap().valid), (OperationState::Canceled, false));
    assert_eq!(refusal(engine.add_users(vec![new_user(1)]).await), Refusal::NotInitialized);
}

#[tokio::test]
async fn an_upload_is_prepared_by_itself_and_one_that_breaks_off_fails() {
    let workspace = Workspace::fresh().await;
    let engine = &workspace.engine;
    let mut upload = engine.begin_upload(&workspace.admin, "csv", "users.csv", Some("text/csv")).await.unwrap();
    assert_eq!(engine.status().await.unwrap().state, OperationState::Loading);
    assert_eq!(engine.file_data().await.unwrap().waiting, Some(true));
    upload.write(b"ann,ann@example.com").await.unwrap();
    upload.write(b",Ann\n").await.unwrap();
    let operation = upload.finish().await.unwrap();
    assert_eq!((operation.file.as_deref(), operation.content_type.as_deref()), (Some("users.csv"), Some("text/csv")));
    assert_eq!(workspace.settled().await.state, OperationState::Ready);
    let selection = engine.file_data().await.unwrap().into_selection().unwrap();
    assert_eq!(
        (selection.name.as_str(), selection.users[0].user_id.as_str(), selection.message_count),
        ("CSV", "ann", 0)
    );

    let mut upload = engine.begin_upload(&workspace.admin, "csv", "users.csv", None).await.unwrap();
    upload.write(b"ann").await.unwrap();
    drop(upload);
    let failed = workspace.settled().await;
    assert_eq!((failed.state, failed.failure.as_deref()), (OperationState::Error, Some("The upload broke off.")));
    assert_eq!(refusal(engine.file_data().await), Refusal::FileFormatInvalid);
}

#[tokio::test]
async fn refused_requests_leave_the_current_operation_alone() {
    let workspace = Workspace::fresh().await;
    let engine = &workspace.engine;
    let operation = engine.new_operation(&workspace.admin).await.unwrap();
    assert_eq!(
        refusal(engine.begin_upload(&workspace.admin, "png", "x", None).await.map(|_| ())),
        Refusal::ImporterNotDefined("png".into())
    );
    assert_eq!(
        refusal(engine.download(&workspace.admin, "https://x.y/z", "png").await),
        Refusal::ImporterNotDefined("png".into())
    );
    assert_eq!(
        refusal(engine.download(&workspace.admin, "ftp://x.y/z", "csv").await),
        Refusal::ImportFileMissing("ftp://x.y/z".into())
    );
    assert_eq!(
        refusal(engine.download(&workspace.admin, "/etc/passwd", "csv").await),
        Refusal::ImportFileMissing("/etc/passwd".into())
    );
    assert_eq!(engine.status().await.unwrap().operation.unwrap(), operation);
}

#[tokio::test]
async fn a_download_from_a_private_address_fails_with_why() {
    let workspace = Workspace::fresh().await;
    workspace.engine.download(&workspace.admin, "http://127.0.0.1:9/export.zip", "csv").await.unwrap();
    let failed = workspace.settled().await;
    assert_eq!(failed.state, OperationState::Error);
    assert!(failed.failure.unwrap().contains("loopback"));
}

#[tokio::test]
async fn users_can_be_added_to_those_of_a_file() {
    let workspace = Workspace::fresh().await;
    let folder =
        workspace.folder("export", &[("users.csv", "lonely\nann,ann@example.com,Ann\nbob,bob@example.com,Bob\n")]);
    workspace.prepare(&folder).await;
    workspace.engine.add_users(vec![new_user(1), new_user(2)]).await.unwrap();
    workspace.engine.run().await.unwrap();
    let done = workspace.settled().await;
    assert_eq!((done.staged.users, done.counts.completed, done.counts.error), (Some(4), 4, 1));
    assert_eq!(workspace.column("users", "username").await, ["ann", "bob", "user1", "user2"]);
}

#[tokio::test]
async fn options_that_a_request_leaves_open_are_the_engines() {
    let workspace = Workspace::fresh().await;
    let engine = &workspace.engine;
    let given = ImportOptions { unknown_users: Some(UnknownUsers::Placeholder), ..ImportOptions::default() };
    let options = async || engine.store().current_operation().await.unwrap().unwrap().work.options;
    let folder = workspace.folder("export", &[("users.csv", "ann,ann@example.com,Ann\n")]);
    engine.import_file_with(&workspace.admin, Importer::Csv, &folder, given).await.unwrap();
    assert_eq!(options().await, given);
    drop(engine.begin_upload_with(&workspace.admin, "csv", "users.csv", None, given).await.unwrap());
    assert_eq!(options().await, given);
    drop(engine.begin_upload(&workspace.admin, "csv", "users.csv", None).await.unwrap());
    assert_eq!(options().await, ImportOptions::default());
    assert_eq!(
        ImportOptions { names_encoding: Some(NamesEncoding::Cp932), ..ImportOptions::default() }.or(given),
        ImportOptions { names_encoding: Some(NamesEncoding::Cp932), ..given }
    );
}

#[tokio::test]
async fn a_file_below_the_directory_for_imports_is_copied_and_prepared_also_after_a_stop() {
    let mut workspace = Workspace::fresh().await;
    let imports = workspace.folder("imports", &[("team/users.csv", "ann,ann@example.com,Ann\n")]);
    workspace.engine.download(&workspace.admin, "team/users.csv", "csv").await.unwrap();
    workspace.restart().await;
    assert_eq!(workspace.settled().await.state, OperationState::Ready);
    let stored = workspace.engine.store().current_operation().await.unwrap().unwrap();
    assert_eq!((stored.operation.file.as_deref(), stored.work.download_url), (Some("users.csv"), None));
    assert_eq!(workspace.uploads(), std::slice::from_ref(&stored.operation.id));
    // What is prepared is the copy.
    std::fs::remove_file(imports.join("team/users.csv")).unwrap();
    workspace
        .engine
        .start_import(ImportInput { users: Some(RecordChoice::all()), ..ImportInput::default() })
        .await
        .unwrap();
    let done = workspace.settled().await;
    assert_eq!((done.state, done.counts.completed), (OperationState::Done, 1));
    assert_eq!(
        refusal(workspace.engine.download(&workspace.admin, "team/users.csv", "csv").await),
        Refusal::ImportFileMissing("team/users.csv".into())
    );
}
