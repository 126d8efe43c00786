//! `watch`, and the waits of `push`.

use anyhow::bail;
use futures_util::{Stream, StreamExt};
use import_client::{
    Client, Error,
    import_proto::{ImportStatus, OperationState},
};

use super::{
    Outcome,
    output::{note, print_json, print_lines},
    progress::Progress,
    show,
};

pub(crate) async fn watch(client: &Client, json: bool) -> anyhow::Result<Outcome> {
    let mut last = None;
    let status = follow(client.watch(None), |status| {
        // The same again would only repeat itself.
        if json && last.as_ref() != Some(status) {
            last = Some(status.clone());
            print_json(&serde_json::to_vec(status)?)?;
        }
        Ok(())
    })
    .await?;
    if !json {
        print_lines(&show::status(&status))?;
    }
    outcome(&status)
}

/// Shows the progress of an operation until the stream ends; the last status.
pub(crate) async fn follow(
    mut statuses: impl Stream<Item = Result<ImportStatus, Error>> + Unpin,
    mut each: impl FnMut(&ImportStatus) -> anyhow::Result<()>,
) -> anyhow::Result<ImportStatus> {
    let mut progress = Progress::new();
    let mut last = None;
    while let Some(status) = statuses.next().await {
        let status = match status {
            Ok(status) => status,
            Err(error) => {
                progress.done();
                return Err(error.into());
            }
        };
        progress.status(&status);
        each(&status)?;
        last = Some(status);
    }
    progress.done();
    match last {
        Some(status) => Ok(status),
        None => bail!("the server told nothing of the operation"),
    }
}

/// What an operation that has ended means for whoever waited for it.
pub(crate) fn outcome(status: &ImportStatus) -> anyhow::Result<Outcome> {
    let operation = status.operation.as_ref();
    match status.state {
        OperationState::Done => {
            let failed = operation.and_then(|operation| operation.count?.error).unwrap_or(0);
            if failed == 0 {
                return Ok(Outcome::Done);
            }
            note(format!("{} failed: `import-client failed` lists them.", show::counted(failed, "record")));
            Ok(Outcome::SomeFailed)
        }
        OperationState::None => bail!("there has never been an operation"),
        OperationState::Error => bail!(
            "the operation was stopped by an error at {}: the server's log says more",
            operation.map_or("an unknown step", |operation| operation.status.as_str())
        ),
        OperationState::Canceled => bail!("the operation was ended by an administrator"),
        _ => bail!("the operation is not valid any more: the server that ran it gave it up"),
    }
}
