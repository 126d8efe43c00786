//! `failed`: the records that failed, or were skipped, all of them, page by page.

use std::io::{self, Write};

use import_cli::text::{cell, printable_json};
use import_client::{
    Client,
    import_proto::{RecordView, RecordsQuery, StatusFilter},
};

use super::{
    Kind,
    output::{columns, note, print_lines},
    show::counted,
};

/// Records in one request: the most that the server gives.
const PAGE: u64 = 1000;

/// How the records are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Table,
    Json,
    Csv,
}

pub(crate) async fn failed(
    client: &Client,
    status: StatusFilter,
    operation: Option<String>,
    kind: Option<Kind>,
    form: Form,
) -> anyhow::Result<()> {
    let mut query = RecordsQuery {
        status: Some(status),
        kind: kind.map(Into::into),
        operation,
        offset: Some(0),
        count: Some(PAGE),
    };
    let mut shown = 0;
    loop {
        query.offset = Some(shown);
        let page = client.records(&query).await?;
        let last = page.records.is_empty() || shown + page.records.len() as u64 >= page.total;
        match form {
            Form::Table if page.records.is_empty() => {}
            Form::Table => print_lines(&table(&page.records))?,
            Form::Csv => csv(&page.records, shown == 0)?,
            Form::Json => json(&page.records, shown, last)?,
        }
        shown += page.records.len() as u64;
        if last {
            break;
        }
    }
    if form == Form::Table {
        let all = if shown == 0 { "No record".to_owned() } else { counted(shown, "record") };
        note(match status {
            StatusFilter::Skipped if shown > 1 => format!("{all} were skipped."),
            StatusFilter::Skipped => format!("{all} was skipped."),
            _ => format!("{all} failed."),
        });
    }
    Ok(())
}

/// Where a record stood in the export: `entry:line:column`, as far as is known.
fn place(record: &RecordView) -> String {
    let Some(error) = record.errors.first() else { return String::new() };
    // A column alone would be taken for a line.
    let numbers = [error.line, error.line.and(error.column)].into_iter().flatten().map(|number| number.to_string());
    error.entry.iter().cloned().chain(numbers).collect::<Vec<_>>().join(":")
}

fn reason(record: &RecordView) -> String {
    record.errors.iter().map(|error| error.message.as_str()).collect::<Vec<_>>().join("; ")
}

fn table(records: &[RecordView]) -> String {
    columns(
        ["Kind", "Record", "Place", "Reason"],
        records.iter().map(|record| [record.data_type.to_string(), record.id.clone(), place(record), reason(record)]),
    )
}

/// One line of CSV for each error of each record, the record itself as JSON in the last column. It is for spreadsheets: no
/// cell is a formula.
fn csv(records: &[RecordView], first: bool) -> anyhow::Result<()> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    if first {
        writer.write_record(["dataType", "_id", "message", "entry", "line", "column", "data"])?;
    }
    for record in records {
        for error in &record.errors {
            let number = |number: Option<u64>| number.map(|number| number.to_string()).unwrap_or_default();
            writer.write_record([
                record.data_type.as_str(),
                &cell(&record.id),
                &cell(&error.message),
                &cell(error.entry.as_deref().unwrap_or_default()),
                &number(error.line),
                &number(error.column),
                &printable_json(&record.data.to_string()),
            ])?;
        }
    }
    io::stdout().lock().write_all(&writer.into_inner()?)?;
    Ok(())
}

/// One page's part of the answer as if there were only one page, however many there are.
fn json(records: &[RecordView], before: u64, last: bool) -> anyhow::Result<()> {
    let mut text = String::new();
    if before == 0 {
        text.push_str(r#"{"records":["#);
    }
    for (place, record) in (before..).zip(records) {
        if place > 0 {
            text.push(',');
        }
        text.push_str(&serde_json::to_string(record)?);
    }
    if last {
        let all = before + records.len() as u64;
        text.push_str(&format!("],\"offset\":0,\"count\":{all},\"total\":{all},\"success\":true}}\n"));
    }
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    Ok(stdout.flush()?)
}
