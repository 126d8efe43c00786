//! What an operation has staged, to choose from.

use import_proto::{
    DIRECT_MESSAGES, DataType, ImportChannel, ImportContact, ImportUser, Importer, RoomType, Selection,
    SelectionChannel, SelectionContact, SelectionUser, UserType,
};
use import_store::{Store, StoreError, operation::StoredOperation, staging::RecordStatus};
use serde::de::DeserializeOwned;

use crate::{EngineError, engine::Inner, lifecycle::display_name, run::name_of};

const PAGE: usize = 1_000;
const PAGE_BYTES: usize = 4 << 20;

impl<S: Store> Inner<S> {
    /// The Selection of an operation; empty once it was ended.
    pub(crate) async fn selection(&self, stored: &StoredOperation) -> Result<Selection, EngineError> {
        let mut selection = Selection { name: display_name(&stored.operation), ..Selection::default() };
        let pending = Importer::from_key(&stored.operation.importer_key).is_some_and(Importer::fetches_pending);
        // What is pending is not chosen from.
        if stored.is_ended() || pending {
            return Ok(selection);
        }
        let id = &stored.operation.id;
        self.each_staged(id, DataType::User, |user: ImportUser| {
            // They come with whatever rooms are chosen.
            if !user.placeholder {
                selection.users.push(select_user(user));
            }
        })
        .await?;
        let mut direct = false;
        self.each_staged(id, DataType::Channel, |channel: ImportChannel| {
            if channel.room_type == RoomType::Direct {
                direct = true;
            } else {
                selection.channels.push(select_channel(channel));
            }
        })
        .await?;
        if direct {
            selection.channels.push(SelectionChannel {
                channel_id: DIRECT_MESSAGES.into(),
                name: "Direct Messages".into(),
                is_archived: false,
                do_import: true,
                is_private: true,
                is_direct: true,
            });
        }
        self.each_staged(id, DataType::Contact, |contact: ImportContact| {
            selection.contacts.push(select_contact(contact))
        })
        .await?;
        let parts = self.store.message_parts(id).await?;
        selection.message_count = parts.iter().map(|part| part.messages).sum();
        Ok(selection)
    }

    /// Calls `each` with every readable record of a kind that is in the staging area, whatever became of it.
    async fn each_staged<T: DeserializeOwned>(
        &self,
        operation: &str,
        data_type: DataType,
        mut each: impl FnMut(T),
    ) -> Result<(), EngineError> {
        for status in [RecordStatus::Staged, RecordStatus::Skipped, RecordStatus::Failed] {
            let mut from = 0;
            loop {
                let page = self.store.staged(operation, data_type, status, from, PAGE, PAGE_BYTES).await?;
                let Some(last) = page.last() else { break };
                from = last.key.seq + 1;
                for record in page.into_iter().filter(|record| record.readable) {
                    each(serde_json::from_value(record.data).map_err(|error| StoreError::Damaged {
                        doing: "reading the staging area",
                        reason: error.to_string(),
                    })?);
                }
            }
        }
        Ok(())
    }
}

fn first(list: Vec<String>) -> String {
    list.into_iter().next().unwrap_or_default()
}

fn select_user(user: ImportUser) -> SelectionUser {
    SelectionUser {
        user_id: first(user.import_ids),
        username: user.username.unwrap_or_default(),
        email: first(user.emails),
        is_deleted: user.deleted.unwrap_or_default(),
        is_bot: user.user_type == UserType::Bot,
        do_import: true,
        is_email_taken: false,
    }
}

fn select_channel(channel: ImportChannel) -> SelectionChannel {
    SelectionChannel {
        name: name_of(&channel).to_owned(),
        channel_id: first(channel.import_ids),
        is_archived: channel.archived,
        do_import: true,
        is_private: channel.room_type == RoomType::Private,
        is_direct: false,
    }
}

fn select_contact(contact: ImportContact) -> SelectionContact {
    SelectionContact {
        id: first(contact.import_ids),
        name: contact.name.unwrap_or_default(),
        emails: contact.emails,
        phones: contact.phones,
        do_import: true,
    }
}
