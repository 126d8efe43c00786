//! `upload`, and `push`: upload, wait until it is prepared, start, wait until it ends.

use std::time::Instant;

use import_client::{
    Answer, Client, UploadProgress,
    import_proto::{ImportStatus, Operation, OperationState},
};

use super::{
    Outcome,
    args::{FileArgs, SelectionArgs},
    output::{note, print, print_json, print_lines},
    progress::Progress,
    show, start,
    watch::{follow, outcome},
};

pub(crate) async fn upload(client: &Client, json: bool, file: &FileArgs) -> anyhow::Result<()> {
    let Answer { value, body } = send(client, file).await?;
    if json {
        return print_json(&body);
    }
    let operation = value.map(|operation| format!(" It is operation {}.", operation.id)).unwrap_or_default();
    print(format!("Uploaded {}.{operation}", file.file.display()))?;
    note("`import-client watch` follows how it is prepared; then `import-client start` imports it.");
    Ok(())
}

pub(crate) async fn push(
    client: &Client,
    json: bool,
    file: &FileArgs,
    selection: &SelectionArgs,
    wait: bool,
) -> anyhow::Result<Outcome> {
    let began = Instant::now();
    send(client, file).await?;
    let prepared = follow(client.watch_until_prepared(None), |_| Ok(())).await?;
    let mut body = serde_json::to_vec(&prepared)?;
    match prepared.state {
        OperationState::Ready => body = start::begin(client, selection).await?.to_vec(),
        // What is pending is fetched without a start.
        OperationState::Importing | OperationState::Done => {}
        _ => return Err(not_prepared(client, &prepared).await),
    }
    if !wait {
        if json {
            print_json(&body)?;
        } else {
            print("The import is started.")?;
            note("`import-client watch` follows it.");
        }
        return Ok(Outcome::Done);
    }
    let ended = follow(client.watch(None), |_| Ok(())).await?;
    if json {
        print_json(&serde_json::to_vec(&ended)?)?;
    } else {
        print_lines(&show::status(&ended))?;
        note(format!("It took {:.1} seconds.", began.elapsed().as_secs_f64()));
    }
    outcome(&ended)
}

async fn send(client: &Client, file: &FileArgs) -> anyhow::Result<Answer<Option<Operation>>> {
    let mut progress = Progress::new();
    let what = format!("Uploading {}", file.file.display());
    let shown = |now: UploadProgress| progress.bytes(&what, now.sent, now.total);
    let uploaded = client.upload_with(&file.file, &file.importer, file.options(), shown).await;
    progress.done();
    Ok(uploaded?)
}

/// Why there is nothing to start.
async fn not_prepared(client: &Client, status: &ImportStatus) -> anyhow::Error {
    if status.state == OperationState::Error
        && let Err(reason) = client.import_file_data().await
    {
        return reason.into();
    }
    match outcome(status) {
        Err(error) => error.context("the file was not prepared"),
        Ok(_) => anyhow::anyhow!("the file was not prepared: the operation is {}", status.state),
    }
}
