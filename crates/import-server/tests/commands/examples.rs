//! The examples are what their README says they are.

use std::{collections::BTreeMap, fs, sync::Arc};

use import_engine::{Engine, EngineOptions, FetchPolicy, Limits};
use import_proto::{AddUsers, Importer, OperationState};
use import_sources::Item;
use import_store::{
    EmbeddedStore, Store as _, UserKeys,
    embedded::Access,
    operation::{Counts, KindCounts},
};

use crate::process::{examples, run};

/// Every part of an export and what is read of it.
fn contents(name: &str) -> BTreeMap<String, Vec<Item>> {
    let source = import_sources::open(Importer::Csv, &examples().join(name), name, Limits::default(), None).unwrap();
    (0..source.part_count())
        .map(|index| (source.part(index).unwrap().entry.to_owned(), source.read(index).collect()))
        .collect()
}

#[test]
fn the_zip_is_the_folder() {
    let (zip, folder) = (contents("csv-export.zip"), contents("csv"));
    assert_eq!(zip.len(), 56);
    assert_eq!(zip.keys().collect::<Vec<_>>(), folder.keys().collect::<Vec<_>>());
    for (entry, items) in zip {
        assert!(items == folder[&entry], "{entry} differs");
    }
}

#[test]
fn the_export_is_small_enough_for_a_repository() {
    assert!(fs::metadata(examples().join("csv-export.zip")).unwrap().len() < 300_000);
}

#[test]
fn the_hipchat_export_is_imported_whole_and_again_adds_nothing() {
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("data");
    let table = |name: &str| {
        let example = examples().join(name);
        let (file, dir) = (example.to_str().unwrap(), dir.to_str().unwrap());
        let finished = run(["import", file, "--importer", "hipchatenterprise", "--data-dir", dir]);
        assert_eq!(finished.code, Some(0), "{finished:?}");
        finished.stdout.split_once("\n\n").unwrap().0.to_owned()
    };
    insta::assert_snapshot!(table("hipchat-export.tar.gz"), @r#"
              created  updated  failed  skipped
    users           5        0       0        0
    rooms           7        0       0        0
    messages       20        0       0        0
    contacts        0        0       0        0
    total          32        0       0        0
    "#);
    insta::assert_snapshot!(table("hipchat"), @r#"
              created  updated  failed  skipped
    users           0        5       0        0
    rooms           0        7       0        0
    messages        0       20       0        0
    contacts        0        0       0        0
    total           0       32       0        0
    "#);
}

#[tokio::test]
async fn the_bulk_users_can_be_added_and_run() {
    let text = fs::read_to_string(examples().join("bulk-users.json")).unwrap();
    let body: AddUsers = serde_json::from_str(&text).unwrap();
    assert_eq!(body.users.len(), 8);

    let directory = tempfile::tempdir().unwrap();
    let store = Arc::new(EmbeddedStore::open(directory.path(), Access::Exclusive).unwrap().store);
    let options = EngineOptions {
        files_dir: directory.path().join("uploads"),
        limits: Limits::default(),
        fetch: FetchPolicy::default(),
        share_files: false,
    };
    let engine = Engine::start(Arc::clone(&store), options).await.unwrap();
    let mut pulse = engine.pulse();
    let operation = engine.new_operation(store.first_administrator()).await.unwrap();
    engine.add_users(body.users).await.unwrap();
    engine.run().await.unwrap();
    pulse.wait_for(|pulse| pulse.state == OperationState::Done).await.unwrap();
    let counts = store.operation(&operation.id).await.unwrap().unwrap().work.counts;
    engine.stop().await;
    let created = KindCounts { users: 8, ..KindCounts::default() };
    assert_eq!((counts.completed, counts.error, counts.skipped), (8, 0, 0));
    assert_eq!(Counts { created, ..counts }, counts);

    let ids = ["hr-1001", "hr-1002", "hr-1003", "hr-1004", "hr-1005", "hr-1006", "bot-3", "1008"];
    let keys = UserKeys { import_ids: ids.map(str::to_owned).to_vec(), ..UserKeys::default() };
    let mut users = store.find_users(keys).await.unwrap();
    users.sort_by(|one, other| one.username.cmp(&other.username));
    let said: Vec<_> = users
        .iter()
        .map(|user| format!("{} {} {} {:?}", user.username, user.active, user.user_type, user.roles))
        .collect();
    assert_eq!(
        said,
        [
            r#"amara.diallo true user ["user", "livechat-manager"]"#,
            r#"jiri.dvorak true user ["user"]"#,
            r#"kofi.mensah-ortega true user ["user"]"#,
            r#"linnea.berg false user ["user"]"#,
            r#"night.desk true user ["user"]"#,
            r#"saoirse.walsh true user ["user", "auditor"]"#,
            r#"temesgen.haile true user ["user", "moderator"]"#,
            r#"tide-reporter true bot ["user", "bot"]"#,
        ]
    );
}
