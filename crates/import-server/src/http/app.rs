//! What the handlers share.

use bytes::Bytes;
use import_engine::Engine;
use import_store::Store;

use super::{HttpOptions, memory::Memory, passwords::Passwords};

/// What the handlers share.
pub(crate) struct App<S: Store> {
    /// The engine, and through it the store.
    pub(crate) engine: Engine<S>,
    /// Limits and times.
    pub(crate) options: HttpOptions,
    /// What large bodies may take together.
    pub(crate) memory: Memory,
    /// Checks passwords.
    pub(crate) passwords: Passwords,
    /// The OpenAPI document, as it is sent.
    pub(crate) document: Bytes,
}

impl<S: Store> App<S> {
    pub(crate) fn new(engine: Engine<S>, options: HttpOptions) -> Self {
        Self {
            engine,
            options,
            memory: Memory::default(),
            passwords: Passwords::default(),
            document: Bytes::from(import_proto::openapi::document().to_string()),
        }
    }

    pub(crate) fn store(&self) -> &S {
        self.engine.store()
    }
}
