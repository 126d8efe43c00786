//! What the staging area holds: the next records to work on, pages to show, counts.

use import_proto::DataType;
use rusqlite::{Connection, Row, params};

use super::{status_code, status_of, type_code, type_of};
use crate::{
    StagedCounts, StagedFilter,
    embedded::{
        failure::Failure,
        json::{self, integer},
        operations::Area,
    },
    staging::{MessagePart, RecordStatus, StagedKey, StagedRecord},
};

const COLUMNS: &str = "staging.data_type, staging.seq, status, readable, direct, import_id, errors, data";

/// The next records of a kind that stand so, from `from_seq` on, within `limit` and about `max_bytes`.
pub(in crate::embedded) fn next(
    database: &Connection,
    area: Area,
    data_type: DataType,
    status: RecordStatus,
    from_seq: u64,
    limit: usize,
    max_bytes: usize,
) -> Result<Vec<StagedRecord>, Failure> {
    if area.emptied && status != RecordStatus::Failed {
        return Ok(Vec::new());
    }
    // Nothing was ever stored beyond the greatest number that can be.
    let Ok(from_seq) = integer(from_seq) else { return Ok(Vec::new()) };
    let mut statement = database.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM staging \
         WHERE operation = ?1 AND data_type = ?2 AND seq >= ?3 AND status = ?4 ORDER BY seq LIMIT ?5"
    ))?;
    let mut rows = statement.query(params![
        area.operation,
        type_code(data_type),
        from_seq,
        status_code(status),
        i64::try_from(limit).unwrap_or(i64::MAX)
    ])?;
    let mut records = Vec::new();
    let mut bytes = 0;
    while bytes < max_bytes || records.is_empty() {
        let Some(row) = rows.next()? else { break };
        bytes += row.get_ref(7)?.as_bytes()?.len();
        records.push(record(row)?);
    }
    Ok(records)
}

/// A page of records by kind and `seq`, and how many there are in all.
pub(in crate::embedded) fn list(
    database: &Connection,
    area: Area,
    filter: &StagedFilter,
    offset: u64,
    limit: u32,
) -> Result<(Vec<StagedRecord>, u64), Failure> {
    let status = match (area.emptied, filter.status) {
        (true, None | Some(RecordStatus::Failed)) => Some(RecordStatus::Failed),
        (true, Some(_)) => return Ok((Vec::new(), 0)),
        (false, status) => status,
    };
    let mut matching = String::from("FROM staging WHERE operation = ?1");
    if let Some(data_type) = filter.data_type {
        matching += &format!(" AND data_type = {}", type_code(data_type));
    }
    if let Some(status) = status {
        matching += &format!(" AND status = {}", status_code(status));
    }
    // Naming every status lets it count in the index, without a look at the records.
    let counted = if status.is_none() { " AND status IN (0, 1, 2, 3)" } else { "" };
    let total = database
        .prepare_cached(&format!("SELECT count(*) {matching}{counted}"))?
        .query_row([area.operation], |row| Ok(json::unsigned(row, 0)))??;
    // The page is found by keys alone, and only its own records are read.
    let mut statement = database.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM (SELECT data_type, seq {matching} ORDER BY data_type, seq LIMIT ?2 OFFSET ?3) AS page \
         CROSS JOIN staging ON operation = ?1 AND staging.data_type = page.data_type AND staging.seq = page.seq \
         ORDER BY page.data_type, page.seq"
    ))?;
    let offset = i64::try_from(offset).unwrap_or(i64::MAX);
    let records =
        statement.query_and_then(params![area.operation, limit, offset], record)?.collect::<Result<_, _>>()?;
    Ok((records, total))
}

/// How many records stand so, by kind; messages of parts included.
pub(in crate::embedded) fn counts(
    database: &Connection,
    area: Area,
    status: RecordStatus,
    readable_only: bool,
) -> Result<StagedCounts, Failure> {
    let mut counts = StagedCounts::default();
    if area.emptied && status != RecordStatus::Failed {
        return Ok(counts);
    }
    let mut statement = database.prepare_cached(
        "SELECT data_type, count(*) FROM staging INDEXED BY staging_status \
         WHERE operation = ?1 AND status = ?2 AND (readable OR NOT ?3) GROUP BY data_type",
    )?;
    let mut rows = statement.query(params![area.operation, status_code(status), readable_only])?;
    while let Some(row) = rows.next()? {
        let count = json::unsigned(row, 1)?;
        match type_of(row.get(0)?)? {
            DataType::User => counts.users = count,
            DataType::Channel => counts.channels = count,
            DataType::Message => counts.messages = count,
            DataType::Contact => counts.contacts = count,
            DataType::Entry => counts.entries = count,
        }
    }
    let skipped = match status {
        RecordStatus::Staged => false,
        RecordStatus::Skipped => true,
        RecordStatus::Failed | RecordStatus::Incomplete => return Ok(counts),
    };
    counts.messages += database
        .prepare_cached("SELECT coalesce(sum(messages), 0) FROM message_part WHERE operation = ?1 AND skipped = ?2")?
        .query_row(params![area.operation, skipped], |row| Ok(json::unsigned(row, 0)))??;
    Ok(counts)
}

/// What the file holds of messages.
pub(in crate::embedded) fn parts(database: &Connection, operation: i64) -> Result<Vec<MessagePart>, Failure> {
    database
        .prepare_cached(
            "SELECT part, room, direct, messages, skipped FROM message_part WHERE operation = ?1 ORDER BY part",
        )?
        .query_and_then([operation], |row| {
            Ok(MessagePart {
                part: json::unsigned(row, 0)?,
                room: row.get(1)?,
                direct: row.get(2)?,
                messages: json::unsigned(row, 3)?,
                skipped: row.get(4)?,
            })
        })?
        .collect()
}

fn record(row: &Row<'_>) -> Result<StagedRecord, Failure> {
    let errors = match row.get_ref(6)?.as_str_or_null()? {
        Some(text) => json::parse(text, "the errors of a staged record")?,
        None => Vec::new(),
    };
    Ok(StagedRecord {
        key: StagedKey { data_type: type_of(row.get(0)?)?, seq: json::unsigned(row, 1)? },
        status: status_of(row.get(2)?)?,
        readable: row.get(3)?,
        unnamed: row.get(4)?,
        import_id: row.get(5)?,
        errors,
        data: json::read(row, 7, "a staged record")?,
    })
}
