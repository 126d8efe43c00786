//! What was imported as pending: files of messages, avatars of users. All of it is staged, so that what failed can be
//! listed and tried again like any other record, and then fetched, several at a time.

use std::{collections::VecDeque, sync::Arc};

use import_fetch::{FetchPolicy, Fetcher};
use import_proto::{DataType, ImportRef, Importer, IsoTime, PendingFile, ProgressStep};
use import_store::{
    Batch, Store,
    documents::UserRef,
    operation::Position,
    staging::{RecordStatus, StagedKey, StagedRecord},
    uploads::{Content, KeptUpload, NewAvatar, PendingKey, PendingMessage, Upload},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{Processed, Run, VISIBLE_RECORDS, fetching, read_record};
use crate::{
    error::{EngineError, Halt},
    files::{self, avatar},
};

/// How many files or avatars are fetched at once.
const AT_ONCE: usize = 10;
/// How many are staged in one commit, and how many staged ones are looked at in one question.
const PAGE: usize = 500;
/// Bytes of staged records that are looked at in one question, about.
const PAGE_BYTES: usize = 4 << 20;
/// Messages that one file is put on in one go: another go finds the file in the workspace.
const MOST_WAITING: usize = 50_000;

/// A message that waits for its file, as it is staged.
#[derive(Serialize, Deserialize)]
struct WaitingMessage {
    #[serde(rename = "_id")]
    id: String,
    rid: String,
    ts: IsoTime,
    #[serde(rename = "u")]
    author: ImportRef,
    #[serde(rename = "_importFile")]
    file: PendingFile,
}

/// A user who waits for an avatar, as it is staged. The address stays with the user: it may hold the picture itself.
#[derive(Serialize, Deserialize)]
struct WaitingUser {
    #[serde(rename = "_id")]
    id: String,
    username: String,
}

/// What is fetched once.
pub(super) enum Wanted {
    /// A file: and the room and the author of the first message that names it.
    File {
        /// The file.
        file: Box<PendingFile>,
        /// The room's `_id`.
        rid: String,
        /// The author's `_id`.
        user_id: String,
    },
    /// The avatar of the user with this `_id`.
    Avatar(String),
}

/// Something to fetch, and who waits for it.
struct Job {
    wanted: Wanted,
    /// What it is known by in the workspace.
    upload_id: String,
    waiting: Vec<Waiting>,
}

/// A message or user that waits for something.
struct Waiting {
    /// The staged record.
    key: StagedKey,
    /// The `_id` of the message or user.
    id: String,
    /// What the message calls the file.
    title: Option<String>,
}

/// What was fetched.
pub(super) enum Fetched {
    /// The file of messages; bytes only where the workspace did not have it yet.
    File(Box<Upload>, Option<Content>),
    /// An avatar.
    Avatar(Box<NewAvatar>),
    /// The user wants none any more.
    Nothing,
}

/// What became of one record.
struct Settled {
    waiting: Waiting,
    result: Arc<Result<Fetched, String>>,
}

/// What is to be fetched next, in the order of the staging area.
struct Queue {
    jobs: VecDeque<Job>,
    /// Where the staging area is read on; none at its end.
    from: Option<u64>,
}

impl Queue {
    /// Whether there are jobs enough to begin the first one: more records may wait for the last.
    fn is_filled(&self) -> bool {
        self.from.is_none() || self.jobs.len() > 1
    }

    fn next(&mut self) -> Option<Job> {
        if self.is_filled() { self.jobs.pop_front() } else { None }
    }

    fn push(&mut self, job: Job) {
        let same = self.jobs.iter_mut().rev().find(|before| before.upload_id == job.upload_id);
        match same.filter(|before| before.waiting.len() < MOST_WAITING) {
            Some(before) => before.waiting.extend(job.waiting),
            None => self.jobs.push_back(job),
        }
    }
}

impl<S: Store> Run<'_, S> {
    /// Fetches everything that is pending.
    pub(super) async fn fetch_pending(&mut self) -> Result<(), Halt> {
        // What is tried again is staged already.
        if self.stored.step() == ProgressStep::ImportingStarted && self.stored.work.position.part == 0 {
            self.stage_pending().await?;
            self.total().await?;
        }
        if self.enter(ProgressStep::ImportingFiles).await? {
            self.fetch_staged().await?;
        }
        Ok(())
    }

    async fn stage_pending(&mut self) -> Result<(), Halt> {
        loop {
            self.check_stop()?;
            let after = self.stored.work.pending_after.clone();
            let Position { part, item } = self.stored.work.position;
            let mut batch = Batch::new(self.stored.clone());
            match self.importer {
                Importer::PendingFiles => {
                    let page = self.inner.store.pending_files(after, PAGE).await?;
                    batch.operation.work.pending_after = page.last().map(PendingMessage::key);
                    batch.stage = page.into_iter().zip(item..).map(stage_message).collect();
                }
                _ => {
                    let page = self.inner.store.pending_avatars(after, PAGE).await?;
                    let last = page.last().map(|user| PendingKey { id: user.id.clone(), ..PendingKey::default() });
                    batch.operation.work.pending_after = last;
                    batch.stage = page.into_iter().zip(item..).map(stage_user).collect();
                }
            }
            if batch.stage.is_empty() {
                return Ok(());
            }
            batch.operation.work.position = Position { part, item: item + batch.stage.len() as u64 };
            self.stored = self.inner.commit_step(batch, ProgressStep::ImportingStarted).await?;
        }
    }

    async fn fetch_staged(&mut self) -> Result<(), Halt> {
        let data_type = match self.importer {
            Importer::PendingFiles => DataType::Message,
            _ => DataType::User,
        };
        let fetcher = self.fetcher()?;
        let mut queue = Queue { jobs: VecDeque::new(), from: Some(0) };
        let mut running = JoinSet::new();
        loop {
            while running.len() < AT_ONCE {
                self.fill(&mut queue, data_type).await?;
                let Some(job) = queue.next() else { break };
                let (inner, fetcher) = (Arc::clone(self.inner), fetcher.clone());
                running.spawn(async move {
                    let result = fetching::fetch(&*inner.store, &fetcher, &job.wanted).await;
                    result.map(|result| (job.waiting, Arc::new(result)))
                });
            }
            let finished = tokio::select! {
                finished = running.join_next() => finished,
                // Dropping the others stops them, and removes what was there of their files.
                () = self.stop.cancelled() => return Err(Halt::Stopped),
            };
            let Some(finished) = finished else { return Ok(()) };
            let mut finished = vec![finished];
            finished.extend(std::iter::from_fn(|| running.try_join_next()));
            let mut settled = VecDeque::new();
            for finished in finished {
                let (waiting, result) = finished.map_err(|panic| EngineError::Internal(panic.to_string()))??;
                let each = waiting.into_iter().map(|waiting| Settled { waiting, result: Arc::clone(&result) });
                settled.extend(each);
            }
            self.commit_settled(settled).await?;
        }
    }

    /// Downloads with the limits of what is fetched.
    fn fetcher(&self) -> Result<Fetcher, Halt> {
        let options = &self.inner.options;
        let most = match self.importer {
            Importer::PendingFiles => options.limits.entry_bytes,
            _ => avatar::MOST_BYTES,
        };
        let max_bytes = Some(options.fetch.max_bytes.unwrap_or(u64::MAX).min(most));
        Fetcher::new(FetchPolicy { max_bytes, ..options.fetch.clone() }).map_err(Halt::from)
    }

    /// Reads the staging area on until there is something to begin, or nothing more.
    async fn fill(&self, queue: &mut Queue, data_type: DataType) -> Result<(), Halt> {
        while !queue.is_filled() {
            self.check_stop()?;
            let (id, from) = (&self.stored.operation.id, queue.from.unwrap_or_default());
            let page = self.inner.store.staged(id, data_type, RecordStatus::Staged, from, PAGE, PAGE_BYTES).await?;
            queue.from = page.last().map(|last| last.key.seq + 1);
            for row in &page {
                queue.push(job(row)?);
            }
        }
        Ok(())
    }

    /// Commits what became of records, so that counts can be shown wherever they have to.
    async fn commit_settled(&mut self, mut settled: VecDeque<Settled>) -> Result<(), Halt> {
        while !settled.is_empty() {
            let until_shown = VISIBLE_RECORDS - self.stored.work.counts.processed % VISIBLE_RECORDS;
            let many = settled.len().min(until_shown as usize);
            let mut processed = Processed::new(&self.stored);
            for Settled { waiting, result } in settled.drain(..many) {
                match &*result {
                    Ok(fetched) => {
                        processed.fetched(fetched, &waiting);
                        processed.imported(waiting.key);
                    }
                    Err(reason) => processed.failed(waiting.key, reason.clone()),
                }
            }
            self.commit(processed, false).await?;
        }
        Ok(())
    }
}

impl Processed {
    /// Puts what was fetched on the message or user that waits for it.
    fn fetched(&mut self, fetched: &Fetched, waiting: &Waiting) {
        let workspace = &mut self.batch.workspace;
        match fetched {
            Fetched::File(upload, content) => {
                let known = workspace.uploads.last().is_some_and(|last| last.document.id == upload.id);
                let new = content.clone().filter(|_| !known);
                workspace.uploads.extend(new.map(|content| KeptUpload { document: (**upload).clone(), content }));
                workspace.attached.push(files::attached(upload, &waiting.id, waiting.title.as_deref()));
            }
            Fetched::Avatar(avatar) => workspace.avatars.push((**avatar).clone()),
            Fetched::Nothing => {}
        }
    }
}

fn stage_message((message, seq): (PendingMessage, u64)) -> StagedRecord {
    let mut file = message.file;
    // All that is needed of the source's own object.
    file.original = match file.original.take() {
        Value::Object(mut original) => {
            original.retain(|member, _| matches!(member.as_str(), "mimetype" | "title"));
            Value::Object(original)
        }
        _ => Value::Null,
    };
    let waiting = WaitingMessage {
        id: message.id,
        rid: message.rid,
        ts: IsoTime(message.ts.0),
        author: ImportRef { id: message.user.id },
        file,
    };
    staged(DataType::Message, seq, json!(waiting))
}

fn stage_user((user, seq): (UserRef, u64)) -> StagedRecord {
    staged(DataType::User, seq, json!(WaitingUser { id: user.id, username: user.username }))
}

fn staged(data_type: DataType, seq: u64, data: Value) -> StagedRecord {
    StagedRecord {
        key: StagedKey { data_type, seq },
        import_id: None,
        unnamed: false,
        data,
        readable: true,
        status: RecordStatus::Staged,
        errors: Vec::new(),
    }
}

fn job(row: &StagedRecord) -> Result<Job, Halt> {
    Ok(match row.key.data_type {
        DataType::User => {
            let WaitingUser { id, .. } = read_record(row)?;
            let waiting = Waiting { key: row.key, id: id.clone(), title: None };
            Job { upload_id: avatar::upload_id(&id), waiting: vec![waiting], wanted: Wanted::Avatar(id) }
        }
        _ => {
            let WaitingMessage { id, rid, author, file, .. } = read_record(row)?;
            Job {
                upload_id: files::upload_id(&file),
                waiting: vec![Waiting { key: row.key, id, title: import_sources::title_of(&file) }],
                wanted: Wanted::File { file: Box::new(file), rid, user_id: author.id },
            }
        }
    })
}
