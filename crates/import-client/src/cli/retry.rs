//! `retry`: runs the failed and the incomplete records of the current operation again.

use import_client::Client;

use super::{
    Outcome,
    output::{note, print, print_json, print_lines},
    show,
    watch::{follow, outcome},
};

pub(crate) async fn retry(client: &Client, json: bool, wait: bool) -> anyhow::Result<Outcome> {
    let accepted = client.retry_failed().await?;
    if accepted.count == 0 {
        note("Records that could not be read are not run again: they have to be mended in the file.");
    }
    if !wait {
        if json {
            print_json(&serde_json::to_vec(&accepted)?)?;
        } else {
            let are = if accepted.count == 1 { "is" } else { "are" };
            print(format!("{} {are} run again.", show::counted(accepted.count, "record")))?;
            if accepted.count > 0 {
                note("`import-client watch` follows it.");
            }
        }
        return Ok(Outcome::Done);
    }
    let ended = follow(client.watch(None), |_| Ok(())).await?;
    if json {
        print_json(&serde_json::to_vec(&ended)?)?;
    } else {
        print_lines(&show::status(&ended))?;
    }
    outcome(&ended)
}
