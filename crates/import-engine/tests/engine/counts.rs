//! What is seen of the counts while a run goes on.

use import_proto::{ImportInput, OperationState};

use crate::{
    bench_data::{messages, users},
    support::{Workspace, new_user},
};

#[tokio::test]
async fn counts_move_only_at_whole_multiples_until_the_end() {
    let workspace = Workspace::fresh().await;
    let engine = &workspace.engine;
    engine.new_operation(&workspace.admin).await.unwrap();
    engine.add_users((0..2_345).map(new_user).collect()).await.unwrap();
    let mut pulses = engine.pulse();
    engine.run().await.unwrap();
    let mut seen = Vec::new();
    while pulses.borrow_and_update().state != OperationState::Done {
        let count = pulses.borrow().staged;
        seen.push(count.completed.unwrap_or_default());
        pulses.changed().await.unwrap();
    }
    assert!(seen.iter().all(|completed| completed % 50 == 0), "{seen:?}");
    assert!(seen.iter().any(|completed| *completed > 0), "{seen:?}");
    let count = engine.status().await.unwrap().operation.unwrap().count.unwrap();
    assert_eq!((count.total, count.completed, count.error), (Some(2_345), Some(2_345), Some(0)));
}

#[tokio::test]
async fn messages_are_counted_by_five_hundred_however_small_their_files_are() {
    let workspace = Workspace::fresh().await;
    let mut files = vec![("users.csv".to_owned(), users(3))];
    for day in 0..90 {
        let text = messages(101, 3).replace("message", &format!("day {day}"));
        files.push((format!("general/{day:03}.csv"), text));
    }
    let files: Vec<_> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    workspace.prepare(&workspace.folder("export", &files)).await;
    let mut pulses = workspace.engine.pulse();
    workspace.engine.start_import(ImportInput::everything()).await.unwrap();
    let mut seen = Vec::new();
    while pulses.borrow_and_update().state != OperationState::Done {
        seen.push(pulses.borrow().staged.completed.unwrap_or_default());
        pulses.changed().await.unwrap();
    }
    // Three users, then multiples of 500 messages.
    assert!(seen.iter().all(|completed| *completed == 0 || (completed - 3) % 500 == 0), "{seen:?}");
    assert!(seen.iter().any(|completed| *completed > 3), "{seen:?}");
    let done = workspace.settled().await;
    assert_eq!((done.counts.completed, done.counts.error), (3 + 90 * 101, 0));
}
