//! `fetch`: has the server get the files or avatars that an import left to be fetched.

use import_client::Client;

use super::{
    Outcome,
    args::What,
    output::{note, print, print_json, print_lines},
    show,
    watch::{follow, outcome},
};

pub(crate) async fn fetch(client: &Client, json: bool, what: What, wait: bool) -> anyhow::Result<Outcome> {
    let (pending, waits) = match what {
        What::Files => (client.download_pending_files().await?, "message"),
        What::Avatars => (client.download_pending_avatars().await?, "user"),
    };
    if !wait {
        if json {
            print_json(&serde_json::to_vec(&pending)?)?;
        } else {
            let thing = if waits == "message" { "a file" } else { "an avatar" };
            let verb = if pending.count == 1 { "waits" } else { "wait" };
            print(format!("{} {verb} for {thing}.", show::counted(pending.count, waits)))?;
            if pending.count > 0 {
                note("`import-client watch` follows how they are fetched.");
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
