//! `start`, and the start of a `push`: what was chosen, looked up among what is staged.

use anyhow::bail;
use bytes::Bytes;
use import_client::{
    Client,
    import_proto::{Nothing, Selection, endpoints::Start},
    start_request,
};

use super::{
    args::SelectionArgs,
    output::{note, print, print_json},
};

pub(crate) async fn start(client: &Client, json: bool, selection: &SelectionArgs) -> anyhow::Result<()> {
    let body = begin(client, selection).await?;
    if json {
        print_json(&body)?;
    } else {
        print("The import is started.")?;
    }
    note("`import-client watch` follows it.");
    Ok(())
}

/// Starts the import of what was chosen; the body of the answer.
pub(crate) async fn begin(client: &Client, selection: &SelectionArgs) -> anyhow::Result<Bytes> {
    let choice = selection.choice();
    let there = match choice.has_names() {
        true => match client.import_file_data().await?.into_selection() {
            Some(there) => there,
            None => bail!("the file is still being prepared; `import-client watch` tells when it is"),
        },
        false => Selection::default(),
    };
    let input = choice.input(&there).map_err(anyhow::Error::msg)?;
    Ok(client.answer::<Start>(&Nothing, &start_request(input)).await?.body)
}
