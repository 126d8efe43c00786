//! What holds only where one process works on a store: the next one to start knows that the one before is gone.

use import_proto::{OperationState, ProgressStep};

use crate::support::Workspace;

#[tokio::test]
async fn an_operation_that_crashes_whenever_it_is_taken_up_is_given_up() {
    let mut workspace = Workspace::fresh().await;
    let folder = workspace.folder("small", &[("users.csv", "ann,ann@example.com,Ann\n")]);
    workspace.prepare(&folder).await;
    workspace.engine.stop().await;
    let store = std::sync::Arc::clone(workspace.engine.store());
    let mut stored = import_store::Store::current_operation(&*store).await.unwrap().unwrap();
    stored.operation.status = ProgressStep::ImportingStarted;
    stored.work.resumes = 3;
    import_store::Store::commit(&*store, import_store::Batch::new(stored)).await.unwrap();
    workspace.start().await;
    let failed = workspace.settled().await;
    assert_eq!(
        (failed.state, failed.failure.as_deref()),
        (
            OperationState::Error,
            Some(
                "The server crashed again each of the 3 times that the operation was taken up at \
                 importer_importing_started, without getting any further."
            )
        )
    );
}
