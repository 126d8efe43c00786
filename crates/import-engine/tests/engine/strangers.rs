//! What is staged of people that an export names and does not list.

use std::path::Path;

use import_proto::{ImportInput, Importer, OperationState};

use crate::support::Workspace;

#[tokio::test]
async fn of_several_records_of_a_placeholder_the_best_is_staged() {
    let workspace = Workspace::fresh().await;
    let case = Path::new(env!("CARGO_MANIFEST_DIR")).join("../import-sources/tests/cases/slack/connect-user");
    let ready = workspace.prepare_as(Importer::Slack, &case).await;
    // Ann, Bob, and one record of each stranger.
    assert_eq!((ready.state, ready.staged.users), (OperationState::Ready, Some(4)));
    workspace.engine.start_import(ImportInput::everything()).await.unwrap();
    workspace.settled().await;
    assert_eq!(workspace.failures().await, [""; 0]);
    assert_eq!(workspace.column("users", "username").await, ["ann", "bob", "eve.stone", "w0ext0002"]);
    assert_eq!(workspace.column("users", "name").await, ["Ann", "Bob", "Eve Stone", "W0EXT0002"]);
}
