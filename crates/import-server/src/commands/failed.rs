//! `failed`: lists the records of an import that failed, or were skipped, with why.

use std::io::{self, BufWriter, Write};

use anyhow::Context as _;
use clap::Args;
use import_proto::{DataType, Importer};
use import_store::{AnyStore, Store as _, operation::StoredOperation, staging::RecordStatus};

use super::{Ended, output, record_line, rooms::RoomNames, store::StoreOption, workspace::DataDir};

/// Records and bytes that are held of the list at a time.
const PAGE: usize = 1_000;
const PAGE_BYTES: usize = 4 << 20;

const LONG_ABOUT: &str = "\
List the records that failed in the last import, or in the one that --operation names, one a line: kind, place in the file, \
reason. With --json each line is an object that holds the whole record as well; with --csv it is a table for spreadsheets: \
control characters are left out, and what would be a formula has an apostrophe before it.

The list of failures belongs to its operation and outlives it. Works beside a running server.";

const EXAMPLES: &str = "\
Examples:
  import-server failed
  import-server failed --csv > failed.csv
  import-server failed --skipped
  import-server failed --json | jq -r '.errors[].message' | sort | uniq -c | sort -rn";

/// List the records that failed, or were skipped, with why
#[derive(Debug, Args)]
#[command(long_about = LONG_ABOUT, after_help = EXAMPLES)]
pub(crate) struct Failed {
    /// The `_id` of the operation [default: the last one]
    #[arg(long, value_name = "ID", env = "IMPORT_SERVER_OPERATION")]
    operation: Option<String>,

    /// List the records that were skipped instead
    #[arg(long, env = "IMPORT_SERVER_SKIPPED")]
    skipped: bool,

    /// List the records that were imported without some people, rooms or messages that they name
    #[arg(long, env = "IMPORT_SERVER_INCOMPLETE", conflicts_with = "skipped")]
    incomplete: bool,

    /// Print one JSON object a line, with the whole record
    #[arg(long, env = "IMPORT_SERVER_JSON", conflicts_with = "csv")]
    json: bool,

    /// Print a table of comma-separated values, with the whole record as JSON in its last column
    #[arg(long, env = "IMPORT_SERVER_CSV")]
    csv: bool,

    #[command(flatten)]
    data_dir: DataDir,

    #[command(flatten)]
    store: StoreOption,
}

#[derive(Clone, Copy)]
enum Form {
    Text,
    Json,
    Csv,
}

impl Failed {
    pub(crate) async fn run(self) -> anyhow::Result<Ended> {
        let store = self.store.open_beside(&self.data_dir).await?;
        let operation = self.find_operation(&store).await?;
        let form = match (self.json, self.csv) {
            (true, _) => Form::Json,
            (_, true) => Form::Csv,
            _ => Form::Text,
        };
        let id = &operation.operation.id;
        let (status, one, many) = match (self.skipped, self.incomplete) {
            (true, _) => (RecordStatus::Skipped, "skipped record", "skipped records"),
            (_, true) => (RecordStatus::Incomplete, "incomplete record", "incomplete records"),
            _ => (RecordStatus::Failed, "failed record", "failed records"),
        };
        let listed = list(&store, &operation, status, form).await?;
        let counted = output::counted(listed, one, many);
        output::note(format_args!("{counted} of the operation {id} ({})", source(&operation)));
        if self.skipped {
            note_unlisted(&store, &operation, listed).await?;
        }
        if let Some(failure) = &operation.work.failure {
            output::note(format_args!("The operation itself failed: {}", failure.message));
        }
        Ok(Ended::Done)
    }

    async fn find_operation(&self, store: &AnyStore) -> anyhow::Result<StoredOperation> {
        let dir = self.store.place(&self.data_dir);
        match &self.operation {
            Some(id) => store.operation(id).await?.with_context(|| format!("there is no operation {id} in {dir}")),
            None => store.current_operation().await?.with_context(|| format!("nothing was imported into {dir} yet")),
        }
    }
}

/// Where the records of an operation came from.
fn source(operation: &StoredOperation) -> String {
    let (kind, file) = (&operation.operation.operation_type, &operation.operation.file);
    match (Importer::from_key(&operation.operation.importer_key), file) {
        (_, Some(file)) => format!("{kind}, {file}"),
        (Some(Importer::Api), None) => "users added over the API".to_owned(),
        (_, None) => kind.clone(),
    }
}

/// Says how many skipped records there were that are not listed.
async fn note_unlisted(store: &AnyStore, operation: &StoredOperation, listed: u64) -> anyhow::Result<()> {
    if operation.is_ended() {
        let skipped = operation.work.reasons.skipped.total();
        if skipped > listed {
            output::note(format_args!(
                "{} not kept: the staging area was emptied when the operation was ended.",
                output::counted(skipped - listed, "skipped record is", "skipped records are")
            ));
        }
        return Ok(());
    }
    let parts = store.message_parts(&operation.operation.id).await?;
    let in_file: u64 = parts.iter().filter(|part| part.skipped).map(|part| part.messages).sum();
    if in_file > 0 {
        output::note(format_args!(
            "{} of rooms that were not selected, in the file alone.",
            output::counted(in_file, "more was skipped: a message", "more were skipped: messages")
        ));
    }
    Ok(())
}

/// Writes the list page by page; answers how many records are in it.
async fn list(store: &AnyStore, operation: &StoredOperation, status: RecordStatus, form: Form) -> anyhow::Result<u64> {
    let id = &operation.operation.id;
    let mut out = BufWriter::new(io::stdout());
    let written = "cannot write to standard output";
    if let Form::Csv = form {
        writeln!(out, "{}", record_line::CSV_HEADER).context(written)?;
    }
    let mut listed = 0;
    for kind in DataType::ALL {
        let mut from = 0;
        loop {
            let page = store.staged(id, kind, status, from, PAGE, PAGE_BYTES).await?;
            let Some(last) = page.last() else { break };
            from = last.key.seq + 1;
            listed += page.len() as u64;
            let rooms = match form {
                Form::Text => RoomNames::of(store, operation, &page).await?,
                Form::Json | Form::Csv => RoomNames::default(),
            };
            for record in page {
                let line = match form {
                    Form::Text => record_line::text(&record, &rooms),
                    Form::Json => record_line::json(record)?,
                    Form::Csv => record_line::csv(record),
                };
                writeln!(out, "{line}").context(written)?;
            }
        }
    }
    out.flush().context(written)?;
    Ok(listed)
}
