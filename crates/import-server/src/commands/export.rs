//! `export`: writes the workspace out for `mongoimport`.

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use clap::Args;
use import_store::embedded::ExportCounts;
use indicatif::ProgressBar;
use serde::Serialize;

use super::store::StoreOption;
use super::{Ended, output, workspace::DataDir};

const LONG_ABOUT: &str = "\
Write the workspace out: one file a collection, one document of MongoDB Extended JSON a line, ready for mongoimport into a \
live workspace. DIR is created where it is missing; files of an earlier export in it are replaced. The bytes of files and \
avatars are written as the collections that GridFS keeps them in.

Left out are the first administrator, every login token, and `rocket.cat` and the room `GENERAL` themselves, since a live \
workspace has its own.

Works beside a running server.";

const EXAMPLES: &str = "\
Example:
  import-server export --out ./export
  for file in ./export/*.ndjson; do
    mongoimport --uri mongodb://localhost/rocketchat --collection \"$(basename \"$file\" .ndjson)\" --file \"$file\"
  done";

/// Write the workspace out, ready for mongoimport
#[derive(Debug, Args)]
#[command(long_about = LONG_ABOUT, after_help = EXAMPLES)]
pub(crate) struct Export {
    /// The directory to write to
    #[arg(long, value_name = "DIR", env = "IMPORT_SERVER_OUT")]
    out: PathBuf,

    #[command(flatten)]
    data_dir: DataDir,

    #[command(flatten)]
    store: StoreOption,

    /// Print the counts as one line of JSON
    #[arg(long, env = "IMPORT_SERVER_JSON")]
    json: bool,
}

#[derive(Serialize)]
struct Exported {
    users: u64,
    rooms: u64,
    subscriptions: u64,
    messages: u64,
    contacts: u64,
    uploads: u64,
    avatars: u64,
    seconds: f64,
}

impl Export {
    pub(crate) async fn run(self) -> anyhow::Result<Ended> {
        self.store.refuse("the workspace is there already; to back it up use mongodump")?;
        let store = self.data_dir.open_beside()?;
        let began = Instant::now();
        let bar = ProgressBar::new_spinner();
        bar.enable_steady_tick(Duration::from_millis(100));
        let shown = bar.clone();
        let exported = store
            .export(&self.out, move |file, documents| {
                shown.set_message(format!("{file}: {}", output::number(documents)))
            })
            .await;
        bar.finish_and_clear();
        let counts = exported?;
        if self.json {
            let ExportCounts { users, rooms, subscriptions, messages, contacts, uploads, avatars } = counts;
            let seconds = output::seconds(began.elapsed());
            output::json_line(&Exported {
                users,
                rooms,
                subscriptions,
                messages,
                contacts,
                uploads,
                avatars,
                seconds,
            })?;
        } else {
            self.report(counts, began.elapsed())?;
        }
        Ok(Ended::Done)
    }

    fn report(&self, counts: ExportCounts, elapsed: Duration) -> anyhow::Result<()> {
        let files = [
            ("users.ndjson", counts.users),
            ("rocketchat_room.ndjson", counts.rooms),
            ("rocketchat_subscription.ndjson", counts.subscriptions),
            ("rocketchat_message.ndjson", counts.messages),
            ("rocketchat_livechat_contact.ndjson", counts.contacts),
            ("rocketchat_uploads.ndjson", counts.uploads),
            ("rocketchat_avatars.ndjson", counts.avatars),
        ];
        let mut table = output::table(["file", "documents"]);
        for (file, documents) in files {
            table.add_row([file.to_owned(), output::number(documents)]);
        }
        output::lines(table.lines())?;
        output::line("")?;
        output::line(format_args!("Written to {} in {}.", self.out.display(), output::duration(elapsed)))
    }
}
