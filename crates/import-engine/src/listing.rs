//! Lists staged, failed and skipped records, a page at a time.
//!
//! Messages that wait, or were passed over with their room, are not copied into the staging area: they are read from the
//! export file.

use std::collections::HashMap;

use import_proto::{
    DataType, ImportMessage, Record, RecordError, RecordPage, RecordView, RecordsQuery, Refusal, StatusFilter, Success,
};
use import_sources::Item;
use import_store::{
    StagedFilter, Store, StoreError,
    credentials::derived_id,
    operation::{Position, StoredOperation},
    staging::{MessagePart, NOT_SELECTED, RecordStatus, StagedKey, StagedRecord},
};
use tokio_util::sync::CancellationToken;

use crate::{
    Engine, EngineError,
    engine::Inner,
    error::Halt,
    prepare::seq_of,
    reader::{self, Messages},
};

const DEFAULT_COUNT: u64 = 50;
const MOST: u64 = 1_000;

impl<S: Store> Engine<S> {
    /// A page of an operation's records: of the current one, unless another is named.
    ///
    /// # Errors
    /// [`Refusal::OperationNotFound`] where there is no such operation.
    pub async fn records(&self, query: RecordsQuery) -> Result<RecordPage, EngineError> {
        let stored = match &query.operation {
            Some(id) => self.0.store.operation(id).await?,
            None => self.0.store.current_operation().await?,
        };
        let stored = stored.ok_or(Refusal::OperationNotFound)?;
        let id = stored.operation.id.clone();
        let status = query.status.map(|status| match status {
            StatusFilter::Staged => RecordStatus::Staged,
            StatusFilter::Failed => RecordStatus::Failed,
            StatusFilter::Skipped => RecordStatus::Skipped,
            StatusFilter::Incomplete => RecordStatus::Incomplete,
        });
        let offset = query.offset.unwrap_or_default();
        let count = query.count.unwrap_or(DEFAULT_COUNT).min(MOST);
        let filter = StagedFilter { status, data_type: query.kind };
        let (rows, copied) = self.0.store.list_staged(&id, filter, offset, count as u32).await?;
        let mut records: Vec<RecordView> = rows.into_iter().map(|row| view(&id, row)).collect();

        let referenced = self.0.referenced(&stored, status, query.kind).await?;
        let in_file: u64 = referenced.iter().map(|part| part.messages).sum();
        let room_left = count - records.len() as u64;
        if room_left > 0 && in_file > 0 {
            let pass_over = offset.saturating_sub(copied);
            records.extend(self.0.read_referenced(&stored, &referenced, pass_over, room_left).await?);
        }
        Ok(RecordPage { offset, count: records.len() as u64, total: copied + in_file, records, success: Success })
    }
}

impl<S: Store> Inner<S> {
    /// Parts of the export file whose messages stand so and are only there.
    async fn referenced(
        &self,
        stored: &StoredOperation,
        status: Option<RecordStatus>,
        kind: Option<DataType>,
    ) -> Result<Vec<MessagePart>, EngineError> {
        let asked = kind.is_none_or(|kind| kind == DataType::Message)
            && !matches!(status, Some(RecordStatus::Failed | RecordStatus::Incomplete));
        if !asked || stored.is_ended() || stored.work.file.is_none() {
            return Ok(Vec::new());
        }
        let position = if stored.step() > import_proto::ProgressStep::UserSelection {
            stored.work.position
        } else {
            Position::default()
        };
        let mut parts = self.store.message_parts(&stored.operation.id).await?;
        // Where they are shared out, each share has a position of its own.
        let mut reached = HashMap::new();
        if stored.step() == import_proto::ProgressStep::ImportingMessages && stored.work.shares.is_some() {
            let mut parts_of = self.store.share_parts(&stored.operation.id).await?;
            for share in self.store.shares(&stored.operation.id).await? {
                let done = share.step() != import_proto::ProgressStep::ImportingMessages;
                let position = if done { u64::MAX } else { share.work.position.part };
                let parts = share.share.and_then(|share| parts_of.remove(&share.number)).unwrap_or_default();
                reached.extend(parts.into_iter().map(|part| (part, position)));
            }
        }
        let waits = |part: &MessagePart| part.part >= reached.get(&part.part).copied().unwrap_or(position.part);
        parts.retain(|part| match status {
            Some(RecordStatus::Skipped) => part.skipped,
            Some(_) => !part.skipped && waits(part),
            None => part.skipped || waits(part),
        });
        Ok(parts)
    }

    /// Reads `count` messages of these parts, passing over so many.
    async fn read_referenced(
        &self,
        stored: &StoredOperation,
        parts: &[MessagePart],
        mut pass_over: u64,
        count: u64,
    ) -> Result<Vec<RecordView>, EngineError> {
        let mut wanted = parts.iter().skip_while(|part| {
            let whole = part.messages <= pass_over;
            if whole {
                pass_over -= part.messages;
            }
            whole
        });
        let Some(first) = wanted.next() else { return Ok(Vec::new()) };
        let skipped: Vec<u64> = parts.iter().filter(|part| part.skipped).map(|part| part.part).collect();
        let order = [first].into_iter().chain(wanted).map(|part| part.part as usize).collect();
        let source = match self.open_source(stored).await {
            Ok(source) => source,
            Err(Halt::Error(error)) => return Err(error),
            Err(Halt::Stopped) => return Err(EngineError::Stopping),
            // Without the file there is nothing to show of them.
            Err(Halt::Failed(_)) => return Ok(Vec::new()),
        };
        let stop = CancellationToken::new();
        let mut chunks = reader::read(source, order, Position::default(), Messages::Whole, 1, &stop);
        let mut views = Vec::new();
        while let Some(chunk) = chunks.next().await? {
            let errors = match skipped.contains(&(chunk.part as u64)) {
                true => vec![RecordError::new(NOT_SELECTED)],
                false => Vec::new(),
            };
            for (number, item, _) in chunk.items {
                let Item::Record(Record::Message(message)) = item else { continue };
                if pass_over > 0 {
                    pass_over -= 1;
                    continue;
                }
                let seq = seq_of(Position { part: chunk.part as u64, item: number });
                views.push(view_message(&stored.operation.id, seq, &message, errors.clone())?);
                if views.len() as u64 == count {
                    return Ok(views);
                }
            }
        }
        Ok(views)
    }
}

/// The id by which a staged record is shown: it follows from the operation and the record's number.
fn record_id(operation: &str, key: StagedKey) -> String {
    derived_id(&["staged", operation, key.data_type.as_str(), &key.seq.to_string()])
}

fn view(operation: &str, row: StagedRecord) -> RecordView {
    let mut data = row.data;
    if let Some(fields) = data.as_object_mut() {
        fields.remove("password");
    }
    // One that waits to be run again has not failed yet.
    let errors = if row.status == RecordStatus::Staged { Vec::new() } else { row.errors };
    RecordView { id: record_id(operation, row.key), data_type: row.key.data_type, data, errors }
}

fn view_message(
    operation: &str,
    seq: u64,
    message: &ImportMessage,
    errors: Vec<RecordError>,
) -> Result<RecordView, EngineError> {
    let data = serde_json::to_value(message)
        .map_err(|error| StoreError::Damaged { doing: "listing messages", reason: error.to_string() })?;
    let key = StagedKey { data_type: DataType::Message, seq };
    Ok(RecordView { id: record_id(operation, key), data_type: key.data_type, data, errors })
}
