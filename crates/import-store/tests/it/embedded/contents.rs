//! The bytes of files on the disk, and what becomes of those that nobody names.

use std::{fs, path::Path};

use import_store::{
    EmbeddedStore, Store,
    documents::Date,
    embedded::Access,
    uploads::{Bucket, KeptUpload, Upload},
};
use tempfile::tempdir;

use super::{mode, names, open};
use crate::fixture::*;

/// SHA-256 of `abc` and of `xyz`.
const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const XYZ: &str = "3608bca1e44ea6c4d268eb6db02260269892c0b42b86bbf1e77a6fa16c3c9282";

async fn keep(store: &EmbeddedStore, id: &str, bytes: &[u8]) -> KeptUpload {
    let path = store.incoming().join(id);
    fs::write(&path, bytes).unwrap();
    let content = store.keep_file(Bucket::Uploads, id, &path).await.unwrap();
    let document = Upload {
        id: id.into(),
        name: "f".into(),
        media_type: "image/png".into(),
        type_group: "image".into(),
        extension: None,
        size: content.size,
        rid: Some("GENERAL".into()),
        user_id: "rocket.cat".into(),
        complete: true,
        uploading: false,
        progress: 1,
        store: Bucket::Uploads.store().into(),
        uploaded_at: Date(noon()),
        url: format!("/ufs/GridFS:Uploads/{id}/f"),
        path: format!("/ufs/GridFS:Uploads/{id}/f"),
        token: "0123456789".into(),
        etag: None,
        updated_at: Date(noon()),
    };
    KeptUpload { document, content }
}

fn files(directory: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for folder in names(&directory.join("files")) {
        found.extend(names(&directory.join("files").join(&folder)).iter().map(|name| format!("{folder}/{name}")));
    }
    found
}

#[tokio::test]
async fn bytes_lie_once_under_their_digest_and_for_their_owner_alone() {
    let directory = tempdir().unwrap();
    let store = open(directory.path()).store;
    assert_eq!(mode(&directory.path().join("files")), 0o700);
    let uploads = vec![keep(&store, "u1", b"abc").await, keep(&store, "u2", b"abc").await];
    assert_eq!(uploads[0].content.digest, ABC);
    assert_eq!(files(directory.path()), [format!("ba/{ABC}"), format!("incoming/{ABC}")]);
    write(&store, |workspace| workspace.uploads = uploads).await;
    assert_eq!(files(directory.path()), [format!("ba/{ABC}")]);
    assert_eq!(mode(&directory.path().join("files/ba")), 0o700);
}

#[tokio::test]
async fn what_a_crash_left_behind_is_removed_and_what_counts_stays() {
    let directory = tempdir().unwrap();
    let store = open(directory.path()).store;
    let named = keep(&store, "u1", b"abc").await;
    write(&store, |workspace| workspace.uploads = vec![named]).await;
    keep(&store, "u2", b"xyz").await;
    fs::write(store.incoming().join("half a download"), "x").unwrap();
    // As if the process had ended between the commit and what follows it.
    fs::write(store.incoming().join(ABC), "").unwrap();
    drop(store);
    assert_eq!(
        files(directory.path()),
        [
            format!("36/{XYZ}"),
            format!("ba/{ABC}"),
            format!("incoming/{XYZ}"),
            format!("incoming/{ABC}"),
            "incoming/half a download".into()
        ]
    );
    let store = open(directory.path()).store;
    assert_eq!(files(directory.path()), [format!("ba/{ABC}")]);
    drop(store);
    EmbeddedStore::open(directory.path(), Access::Beside).unwrap();
}

#[tokio::test]
async fn a_copy_of_a_workspace_keeps_no_bytes_and_leaves_the_real_ones() {
    let (real, copy) = (tempdir().unwrap(), tempdir().unwrap());
    let store = open(real.path()).store;
    let named = keep(&store, "u1", b"abc").await;
    write(&store, |workspace| workspace.uploads = vec![named]).await;
    drop(store);
    let store = EmbeddedStore::open_copy(real.path(), copy.path()).unwrap().store;
    assert_eq!(store.find_uploads(strings(["u1"])).await.unwrap().len(), 1);
    assert!(store.incoming().starts_with(copy.path()));
    let upload = keep(&store, "u2", b"xyz").await;
    assert_eq!(upload.content.digest, XYZ);
    write(&store, |workspace| workspace.uploads = vec![upload]).await;
    assert_eq!(files(copy.path()), Vec::<String>::new());
    assert_eq!(files(real.path()), [format!("ba/{ABC}")]);
}

#[tokio::test]
async fn an_export_says_which_file_it_misses() {
    let directory = tempdir().unwrap();
    let store = open(directory.path()).store;
    let named = keep(&store, "u1", b"abc").await;
    write(&store, |workspace| workspace.uploads = vec![named]).await;
    let path = directory.path().join("files/ba").join(ABC);
    fs::remove_file(&path).unwrap();
    let error = store.export(&directory.path().join("out"), |_, _| ()).await.unwrap_err().to_string();
    assert_eq!(error, format!("cannot read {}: No such file or directory (os error 2)", path.display()));
    assert_eq!(names(&directory.path().join("out")), Vec::<String>::new());
}
