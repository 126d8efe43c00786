//! What people call the rooms of messages that are known by a room's id alone.

use std::collections::HashMap;

use import_proto::{DataType, Importer};
use import_store::{
    AnyStore, RoomKeys, Store as _, StoreError, documents::Room, operation::StoredOperation, staging::StagedRecord,
};

/// The names of rooms, by the `rid` that messages of one operation have.
#[derive(Debug, Default)]
pub(crate) struct RoomNames(HashMap<String, String>);

impl RoomNames {
    /// Looks up the rooms of these records, as far as the workspace has them.
    pub(crate) async fn of(
        store: &AnyStore,
        operation: &StoredOperation,
        records: &[StagedRecord],
    ) -> Result<Self, StoreError> {
        let messages = records.iter().filter(|record| record.key.data_type == DataType::Message);
        let mut rids: Vec<String> =
            messages.filter_map(|record| record.data["rid"].as_str()).map(str::to_owned).collect();
        rids.sort_unstable();
        rids.dedup();
        if rids.is_empty() {
            return Ok(Self::default());
        }
        let importer = Importer::from_key(&operation.operation.importer_key);
        let ids: HashMap<String, String> = match importer.is_some_and(Importer::fetches_pending) {
            // Messages of the workspace have its own ids.
            true => rids.into_iter().map(|rid| (rid.clone(), rid)).collect(),
            false => {
                let by_name = importer == Some(Importer::Csv);
                let found = store.resolve_rooms(&operation.operation.id, rids, by_name).await?;
                found.into_iter().map(|(rid, room)| (rid, room.id)).collect()
            }
        };
        let keys = RoomKeys { ids: ids.values().cloned().collect(), ..RoomKeys::default() };
        let names: HashMap<String, String> =
            store.find_rooms(keys).await?.into_iter().filter_map(|room| Some((room.id.clone(), name(room)?))).collect();
        let named = ids.into_iter().filter_map(|(rid, id)| Some((rid, names.get(&id)?.clone())));
        Ok(Self(named.collect()))
    }

    /// The name of the room, else what it is known by.
    pub(crate) fn get<'a>(&'a self, rid: &'a str) -> &'a str {
        self.0.get(rid).map_or(rid, String::as_str)
    }

    #[cfg(test)]
    pub(crate) fn known<const N: usize>(names: [(&str, &str); N]) -> Self {
        Self(names.map(|(rid, name)| (rid.to_owned(), name.to_owned())).into())
    }
}

/// The name as it was given; direct rooms, which have none, are called by who is in them.
fn name(room: Room) -> Option<String> {
    let usernames = (!room.usernames.is_empty()).then(|| room.usernames.join("/"));
    room.fname.or(room.name).filter(|name| !name.trim().is_empty()).or(usernames)
}
