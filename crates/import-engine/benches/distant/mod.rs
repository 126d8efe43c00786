//! A store that is far away, and has no end of room for messages.

use std::{path::Path, time::Duration};

use import_store::{Batch, Committed, MongoStore, Result, Store};

/// How many messages go in one command,
const AT_ONCE: usize = 1_000;
/// and how many such commands are under way at once.
const COMMANDS: usize = 2;

/// A store whose every command takes so much longer, and that counts messages instead of writing them: that takes its time, but
/// nothing of the machine.
pub(crate) struct Distant {
    store: MongoStore,
    distance: Duration,
    insert: Duration,
}

impl Distant {
    /// `insert`: how long a command takes that inserts a thousand messages, the distance aside.
    pub(crate) fn new(store: MongoStore, distance: Duration, insert: Duration) -> Self {
        Self { store, distance, insert }
    }
}

macro_rules! delegate {
    ($($name:ident($($argument:ident: $type:ty),*) -> $answer:ty;)+) => {
        $(async fn $name(&self, $($argument: $type),*) -> Result<$answer> {
            tokio::time::sleep(self.distance).await;
            self.store.$name($($argument),*).await
        })+
    };
}

impl Store for Distant {
    fn is_shared(&self) -> bool {
        true
    }

    fn lease(&self) -> Duration {
        self.store.lease()
    }

    fn incoming(&self) -> &Path {
        self.store.incoming()
    }

    async fn commit(&self, mut batch: Batch) -> Result<Committed> {
        let messages = std::mem::take(&mut batch.workspace.messages).len();
        let rounds = u32::try_from(messages.div_ceil(AT_ONCE).div_ceil(COMMANDS)).unwrap_or(u32::MAX);
        tokio::time::sleep(self.distance + (self.distance + self.insert) * rounds).await;
        batch.operation.work.counts.created.messages += messages as u64;
        self.store.commit(batch).await
    }

    import_store::for_each_store_method!(delegate);
}
