//! Messages that several servers import at once: shared out by room, each share worked on by whoever is free.

use std::{collections::HashMap, sync::Arc, time::Duration};

use import_proto::ProgressStep;
use import_store::{
    Batch, Claim, Store,
    operation::{Position, StoredOperation, Work},
    staging::MessagePart,
};
use tokio_util::sync::CancellationToken;

use super::{AFTER_PARTS, Run, publish};
use crate::{
    engine::{Inner, MOST_ABANDONED, crashed_too_often, lock},
    error::{EngineError, Halt},
    keeper::Keeper,
};

/// How many messages a share has at least, where rooms allow it: several batches, since beginning and ending one takes time in
/// which nothing is imported. Fewer than two such shares are imported faster than they are shared out.
const LEAST: u64 = 20_000;
/// and how many shares there are at most.
const MOST_SHARES: usize = 64;
/// How often whoever leads looks how far the others are.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

impl<S: Store> Run<'_, S> {
    /// Shares the messages out, works on shares like everybody else, and adds them up once all are imported.
    pub(super) async fn import_shares(&mut self) -> Result<(), Halt> {
        let id = self.stored.operation.id.clone();
        if self.stored.work.shares.is_none() {
            let parts = self.message_parts().await?;
            let from = self.stored.work.position;
            let shares = share_out(&parts);
            // What was begun in one go is ended in one go.
            if shares.len() < 2 || from != Position::default() {
                return self.import_parts().await;
            }
            tracing::info!(operation = id, shares = shares.len(), "sharing the messages out");
            self.stored = match self.inner.store.share_out(self.stored.clone(), shares).await? {
                import_store::Committed::Done(stored) => *stored,
                import_store::Committed::Stale => return Err(Halt::Stopped),
            };
        }
        let mut run = None;
        loop {
            self.check_stop()?;
            let worked = self.inner.work_on_share(&id, &self.stop, &mut run).await?;
            if worked == Worked::All {
                break;
            }
            // What it does itself is shown with each commit.
            if worked == Worked::Nothing {
                let shown = self.inner.as_seen(self.stored.clone()).await?;
                self.inner.show(&shown);
                tokio::select! {
                    () = tokio::time::sleep(LOOK_AGAIN) => {}
                    () = self.stop.cancelled() => {}
                }
            }
        }
        let mut batch = Batch::new(self.stored.clone());
        for share in self.inner.store.shares(&id).await? {
            if share.step() == ProgressStep::ImportingMessages {
                // All had nothing left to do, since somebody has ended it.
                let now = self.inner.store.operation(&id).await?;
                if now.is_none_or(|now| now.is_ended()) {
                    return Err(Halt::Stopped);
                }
                return Err(EngineError::Internal("a share of the messages is not imported yet".into()).into());
            }
            add_up(&mut batch.operation.work, share.work);
        }
        // From here on their counts are in the operation's own.
        batch.operation.work.shares = None;
        batch.operation.work.position = Position { part: AFTER_PARTS, item: 0 };
        batch.operation.work.resumes = 0;
        publish(&mut batch.operation);
        self.stored = self.inner.commit_step(batch, ProgressStep::ImportingMessages).await?;
        Ok(())
    }
}

/// Adds what a share has counted.
fn add_up(work: &mut Work, share: Work) {
    work.counts.add(&share.counts);
    work.reasons.merge(&share.reasons);
    work.file_needed |= share.file_needed;
    work.notices.merge(&share.notices);
    let room = Work::MOST_NOTES.saturating_sub(work.notes.len()).min(share.notes.len());
    work.notes_omitted += share.notes_omitted + (share.notes.len() - room) as u64;
    work.notes.extend(share.notes.into_iter().take(room));
}

/// The parts of each share: those of one room together, and shares of about the same size.
fn share_out(parts: &[MessagePart]) -> Vec<Vec<u64>> {
    let wanted = || parts.iter().filter(|part| !part.skipped && part.messages > 0);
    let total: u64 = wanted().map(|part| part.messages).sum();
    if total < 2 * LEAST {
        return Vec::new();
    }
    let mut rooms: HashMap<_, (u64, Vec<u64>)> = HashMap::new();
    for part in wanted() {
        // A part of several rooms stands for itself.
        let key = (part.room.as_deref(), part.room.is_none().then_some(part.part));
        let (messages, numbers) = rooms.entry(key).or_default();
        *messages += part.messages;
        numbers.push(part.part);
    }
    let mut rooms: Vec<(u64, Vec<u64>)> = rooms.into_values().collect();
    // The largest first, each to where there is least; parts break ties, so that everybody would share out alike.
    rooms.sort_unstable_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    let most = usize::try_from(total / LEAST).unwrap_or(MOST_SHARES).clamp(1, MOST_SHARES).min(rooms.len());
    let mut shares: Vec<(u64, Vec<u64>)> = vec![(0, Vec::new()); most];
    for (messages, numbers) in rooms {
        if let Some(least) = shares.iter_mut().min_by_key(|share| share.0) {
            least.0 += messages;
            least.1.extend(numbers);
        }
    }
    shares
        .into_iter()
        .map(|(_, mut numbers)| {
            numbers.sort_unstable();
            numbers
        })
        .collect()
}

/// What there was to work on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Worked {
    /// A share: there may be more.
    Some,
    /// Nothing: others have all that is left.
    Nothing,
    /// Nothing, and nobody has anything left.
    All,
}

impl<S: Store> Inner<S> {
    /// Helps another process with the messages of its operation; true where there was something to do.
    pub(crate) async fn help(
        self: &Arc<Self>,
        stored: StoredOperation,
        stop: CancellationToken,
    ) -> Result<bool, EngineError> {
        let id = stored.operation.id.clone();
        let shared_out = stored.step() == ProgressStep::ImportingMessages && stored.work.shares.is_some();
        if !shared_out || lock(&self.unhelpful).as_ref() == Some(&id) {
            return Ok(false);
        }
        let inner = Arc::clone(self);
        let work = tokio::spawn(async move {
            let (mut run, mut helped) = (None, false);
            while inner.work_on_share(&stored.operation.id, &stop, &mut run).await? == Worked::Some {
                helped = true;
            }
            Ok(helped)
        });
        let reason = match work.await {
            Ok(Ok(helped)) => return Ok(helped),
            Ok(Err(Halt::Stopped)) => return Ok(false),
            Ok(Err(Halt::Error(error))) => return Err(error),
            Ok(Err(Halt::Failed(reason))) => reason,
            Err(panic) => panic.to_string(),
        };
        // It may be this machine alone that cannot read the file: whoever leads decides what becomes of the operation.
        tracing::error!(operation = id, reason, "this server cannot help with the messages of the operation");
        *lock(&self.unhelpful) = Some(id);
        Ok(false)
    }

    /// Imports the next share that nobody works on. `run` is that of the share before, and remembers who and what the messages
    /// name: neither users nor rooms are imported any more.
    async fn work_on_share<'e>(
        self: &'e Arc<Self>,
        id: &str,
        stop: &CancellationToken,
        run: &mut Option<Run<'e, S>>,
    ) -> Result<Worked, Halt> {
        let (mut stored, abandoned) = match self.store.claim_share(id).await? {
            Claim::Held { operation, abandoned } => (*operation, abandoned),
            Claim::Elsewhere => return Ok(Worked::Nothing),
            Claim::Nothing => return Ok(Worked::All),
        };
        let number = stored.share.as_ref().map(|share| share.number);
        let own_stop = stop.child_token();
        let keeper = Keeper::start(&self.store, id, number, &own_stop);
        if abandoned {
            if stored.work.resumes >= MOST_ABANDONED {
                return Err(Halt::Failed(crashed_too_often(stored.step(), MOST_ABANDONED)));
            }
            stored.work.resumes += 1;
            match self.commit(Batch::new(stored)).await? {
                Some(committed) => stored = committed,
                None => return Ok(Worked::Some),
            }
        }
        tracing::debug!(operation = id, share = number, "importing a share of the messages");
        let imported = self.import_share(stored, own_stop.clone(), run).await;
        drop(keeper);
        self.store.release(id, number).await?;
        match imported {
            Ok(()) => Ok(Worked::Some),
            // Somebody else has it by now.
            Err(Halt::Stopped) if !stop.is_cancelled() => Ok(Worked::Nothing),
            Err(halt) => Err(halt),
        }
    }

    async fn import_share<'e>(
        self: &'e Arc<Self>,
        stored: StoredOperation,
        stop: CancellationToken,
        run: &mut Option<Run<'e, S>>,
    ) -> Result<(), Halt> {
        let run = match run {
            Some(run) => {
                (run.stored, run.stop) = (stored, stop);
                run
            }
            None => run.insert(self.run(stored, stop).await?),
        };
        run.import_parts().await?;
        // Unless the last batch has said so already.
        if run.stored.step() == ProgressStep::ImportingMessages {
            let mut batch = Batch::new(run.stored.clone());
            batch.operation.work.resumes = 0;
            self.commit_step(batch, ProgressStep::Finishing).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(part: u64, room: Option<&str>, messages: u64) -> MessagePart {
        MessagePart { part, room: room.map(Into::into), direct: room.is_none(), messages, skipped: false }
    }

    #[test]
    fn a_room_is_in_one_share_and_shares_are_about_as_large() {
        let parts = [
            part(1, Some("a"), 24_000),
            part(2, Some("b"), 20_000),
            part(3, Some("a"), 8_000),
            part(4, None, 12_000),
            part(5, None, 10_000),
            part(6, Some("c"), 0),
            MessagePart { skipped: true, ..part(7, Some("d"), 36_000) },
        ];
        assert_eq!(share_out(&parts), [vec![1, 3], vec![2], vec![4, 5]]);
    }

    #[test]
    fn few_messages_are_not_shared_out() {
        assert!(share_out(&[part(1, Some("a"), 20_000), part(2, Some("b"), 19_999)]).is_empty());
        assert_eq!(share_out(&[part(1, Some("a"), 20_000), part(2, Some("b"), 20_000)]).len(), 2);
        assert_eq!(share_out(&[part(1, Some("a"), 160_000)]).len(), 1, "one room is one share");
    }
}
