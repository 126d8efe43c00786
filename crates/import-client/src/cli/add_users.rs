//! `add-users`: the users of a file, staged a thousand at a time.

use std::{
    fs::File,
    io::{self, BufRead, BufReader},
    path::Path,
    thread,
};

use anyhow::{Context, anyhow};
use import_client::{
    Client, Error, TransportKind,
    import_proto::{AddUsers, NewUser, Nothing, endpoints::ImportAddUsers},
};
use tokio::sync::mpsc;

use super::{
    output::{note, print, print_json},
    progress::Progress,
    show::{counted, number},
    users_file,
};

/// Users in one request.
const BATCH: usize = 1000;

pub(crate) async fn add_users(client: &Client, json: bool, file: &Path) -> anyhow::Result<()> {
    let mut batches = read_in_batches(file)?;
    let mut progress = Progress::new();
    let mut added = 0_u64;
    let result = loop {
        let batch = match batches.recv().await {
            Some(Ok(batch)) => batch,
            Some(Err(error)) => break Err(error.context(format!("cannot add the users of {}", shown(file)))),
            None => break Ok(()),
        };
        let count = batch.len() as u64;
        let request = AddUsers { users: batch };
        if let Err(error) = client.call::<ImportAddUsers>(&Nothing, &request).await {
            break Err(explained(error, added, &request.users));
        }
        added += count;
        progress.records("Adding users", added, None);
    };
    progress.done();
    if let Err(error) = result {
        if added > 0 {
            note(format!(
                "{} were added before and stay staged; `import-client new` starts over.",
                counted(added, "user")
            ));
        }
        return Err(error);
    }
    if json {
        print_json(format!(r#"{{"success":true,"added":{added}}}"#).as_bytes())?;
    } else {
        print(format!("{} added.", counted(added, "user")))?;
        note("`import-client run` imports them.");
    }
    Ok(())
}

/// Reads the file on a thread of its own, two requests ahead at most.
fn read_in_batches(file: &Path) -> anyhow::Result<mpsc::Receiver<anyhow::Result<Vec<NewUser>>>> {
    let input: Box<dyn BufRead + Send> = if file == Path::new("-") {
        Box::new(BufReader::new(io::stdin()))
    } else {
        let opened = File::open(file).with_context(|| format!("cannot read {}", file.display()))?;
        Box::new(BufReader::with_capacity(256 * 1024, opened))
    };
    let (sender, batches) = mpsc::channel(2);
    // Not a task of the runtime, which would wait at the end for input that may never come.
    thread::spawn(move || {
        let mut batch = Vec::with_capacity(BATCH);
        let result = users_file::read(input, |user| {
            batch.push(user);
            batch.len() < BATCH
                || sender.blocking_send(Ok(std::mem::replace(&mut batch, Vec::with_capacity(BATCH)))).is_ok()
        });
        // Where the receiver is gone, nobody wants to know.
        let _ = match result {
            Ok(()) if batch.is_empty() => Ok(()),
            Ok(()) => sender.blocking_send(Ok(batch)),
            Err(error) => sender.blocking_send(Err(error)),
        };
    });
    Ok(batches)
}

fn shown(file: &Path) -> String {
    if file == Path::new("-") { "standard input".to_owned() } else { file.display().to_string() }
}

/// The error of a request, with the numbers of the users in it.
fn explained(error: Error, before: u64, users: &[NewUser]) -> anyhow::Error {
    let (first, last) = (before + 1, before + users.len() as u64);
    let refused = matches!(error, Error::Refused { .. });
    let fate = match error {
        // The server may have done it before the answer got lost.
        Error::Failed { .. } | Error::Transport { kind: TransportKind::Timeout | TransportKind::Broken, .. } => {
            "may or may not have been added"
        }
        _ => "were not added, none of them",
    };
    let mut what = format!("users {} to {} of the file {fate}", number(first), number(last));
    let blank = |list: &[String]| list.iter().all(|item| item.trim().is_empty());
    let lacking: Vec<_> = (first..)
        .zip(users)
        .filter(|(_, user)| blank(&user.emails) || blank(&user.import_ids))
        .map(|(at, _)| number(at))
        .collect();
    if refused && !lacking.is_empty() {
        const SOME: usize = 5;
        let more = if lacking.len() > SOME { ", …" } else { "" };
        let some = lacking.iter().take(SOME).cloned().collect::<Vec<_>>().join(", ");
        what.push_str(&format!(" (without email or import id: {some}{more})"));
    }
    anyhow!(error).context(what)
}
