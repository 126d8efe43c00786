//! Rooms and their members: which are new, which are there already, who joins.

use std::collections::{BTreeMap, HashMap, HashSet};

use import_proto::{DataType, ImportChannel, Importer, NoticeKind, RecordError, RoomType};
use import_store::{
    Resolved, RoomKeys, Store,
    credentials::derived_id,
    documents::{Date, Room, RoomPatch, Subscription, UserRef},
    staging::StagedKey,
};

use super::{Processed, Run, VISIBLE_RECORDS, aligned, now, read_record};
use crate::{error::Halt, names::room_slug};

/// The id of the workspace's own general room.
const GENERAL: &str = "GENERAL";
/// What a record's `_id` is where it means that room.
const GENERAL_RECORD: &str = "general";
/// Rooms of a batch at most: each brings its members.
const BATCH: usize = 200;
/// A batch is closed once it has so many members.
const MEMBERS: usize = 5_000;
/// How many numbers are tried at once behind a name that is taken.
const NUMBERS: usize = 10;

/// Why a room is incomplete.
const INCOMPLETE: &str = "importer-channel-incomplete";
/// Why a direct room fails whose members are not all known.
pub(crate) const MISSING_USERS: &str = "importer-channel-missing-users";

/// Whether a room has what a room needs to be called by.
pub(crate) fn check_names(record: &ImportChannel) -> Result<(), &'static str> {
    if record.room_type != RoomType::Direct && name_of(record).is_empty() {
        return Err("importer-channel-missing-name");
    }
    if record.import_ids.is_empty() {
        return Err("importer-channel-missing-import-id");
    }
    Ok(())
}

/// The name of a room that is not direct; the import id's where the record has none.
pub(crate) fn name_of(record: &ImportChannel) -> &str {
    let names = [record.name.as_deref(), record.import_ids.first().map(String::as_str)];
    names.into_iter().flatten().find(|name| !name.trim().is_empty()).unwrap_or_default()
}

/// The workspace's rooms that a batch may touch, and those that it makes.
#[derive(Default)]
struct Directory {
    by_id: HashMap<String, Room>,
    by_name: HashMap<String, String>,
    by_import_id: HashMap<String, Vec<String>>,
    by_members: HashMap<Vec<String>, String>,
    /// Rooms that records of this operation have become already: another record of the same name is another room.
    written: HashSet<String>,
    /// Group conversations of the same people, by the room that they became.
    united: BTreeMap<String, United>,
}

/// Group conversations that became one room.
#[derive(Default)]
struct United {
    members: Vec<String>,
    import_ids: HashSet<String>,
    topics: Vec<String>,
}

impl Directory {
    fn add(&mut self, room: &Room) {
        if let Some(name) = &room.name {
            self.by_name.entry(name.clone()).or_insert_with(|| room.id.clone());
        }
        for id in &room.import_ids {
            self.by_import_id.entry(id.clone()).or_default().push(room.id.clone());
        }
        if room.room_type == RoomType::Direct {
            let mut members = room.uids.clone();
            members.sort_unstable();
            self.by_members.entry(members).or_insert_with(|| room.id.clone());
        }
        self.by_id.entry(room.id.clone()).or_insert_with(|| room.clone());
    }

    /// Takes note of what a patch changes.
    fn apply(&mut self, patch: &RoomPatch) {
        if let Some((slug, _)) = &patch.names {
            // Nobody else in this batch may take the name that the general room gets.
            self.by_name.insert(slug.clone(), patch.id.clone());
        }
        let Some(room) = self.by_id.get_mut(&patch.id) else { return };
        room.import_ids.extend(patch.add_import_ids.iter().cloned());
        if patch.topic.is_some() {
            room.topic.clone_from(&patch.topic);
        }
        if let Some(ts) = patch.ts {
            room.ts = Date(ts);
        }
    }
}

/// How an existing room was found.
#[derive(PartialEq, Eq)]
enum Found {
    General,
    ByImportId,
    ByMembers,
    ByName,
}

impl<S: Store> Run<'_, S> {
    pub(super) async fn import_rooms(&mut self) -> Result<(), Halt> {
        let mut from = 0;
        loop {
            let rows = self.next_rows(DataType::Channel, from, BATCH).await?;
            if rows.is_empty() {
                return Ok(());
            }
            let mut records = Vec::with_capacity(rows.len());
            let mut members = 0;
            for row in &rows {
                let record: ImportChannel = read_record(row)?;
                members += record.users.len();
                records.push((row.key, record));
                if members >= MEMBERS {
                    break;
                }
            }
            records.truncate(aligned(self.stored.work.counts.processed, records.len(), VISIBLE_RECORDS));
            if let Some((key, _)) = records.last() {
                from = key.seq + 1;
            }
            let people = records.iter().flat_map(|(_, record)| {
                record.users.iter().chain(record.creator.iter().map(|creator| &creator.id)).map(String::as_str)
            });
            let missing = self.users.missing(people);
            self.look_up_users(missing).await?;
            // What has an error was run before: its room may be there because of that.
            let again = rows.iter().filter(|row| !row.errors.is_empty()).map(|row| row.key.seq).collect();
            let processed = self.process_rooms(&records, &again).await?;
            // What was looked up before these rooms were there may be wrong now.
            self.rooms.0.clear();
            self.commit(processed, false).await?;
        }
    }

    async fn process_rooms(
        &self,
        records: &[(StagedKey, ImportChannel)],
        again: &HashSet<u64>,
    ) -> Result<Processed, Halt> {
        let mut directory = self.room_directory(records).await?;
        let mut processed = Processed::new(&self.stored);
        let time = now();
        for (key, record) in records {
            // Nobody says who may read an unlisted room: only the importer is in it.
            let members = if record.unlisted { Vec::new() } else { self.known_members(record) };
            if let Err(reason) = self.check_room(record, &members, &directory) {
                processed.failed(*key, reason);
                continue;
            }
            let existing = self.existing_room(&directory, record, &members);
            // One that this very record made, in a batch that was cut short, is made again.
            let existing =
                existing.filter(|(room, _)| again.contains(&key.seq) || room.id != self.new_id("room", *key));
            let room = match existing {
                Some((room, found)) => {
                    let room = room.clone();
                    processed.counts().updated.channels += 1;
                    let became_private = room.room_type == RoomType::Private && record.room_type == RoomType::Channel;
                    let joins = (found == Found::ByImportId || room.room_type == RoomType::Channel) && !became_private;
                    if became_private {
                        let name = room.name.as_deref().unwrap_or_default();
                        processed.note(format!(
                            "The room {name} is private, and the export lists it as public: it stays private, and the \
                             import adds no members to it."
                        ));
                    }
                    let mut patch = patch(&directory, &room, &found, record);
                    if let Some(kind) = left_alone(&room) {
                        patch =
                            RoomPatch { add_import_ids: patch.add_import_ids, id: patch.id, ..RoomPatch::default() };
                        if joins && !members.is_empty() {
                            let name = room.name.as_deref().unwrap_or_default();
                            processed.note(format!("The room {name} is {kind}: the import adds no members to it."));
                        }
                    } else if joins {
                        join(&mut processed, &room, &members, None, time);
                    }
                    if room.room_type == RoomType::Direct && members.len() > 2 && directory.written.contains(&room.id) {
                        unite(&mut directory, &room, record, &mut patch);
                    }
                    directory.apply(&patch);
                    processed.batch.workspace.room_patches.push(patch);
                    room
                }
                None => {
                    let room = self.new_room(&mut directory, *key, record, &members, &mut processed, time).await?;
                    processed.counts().created.channels += 1;
                    if record.unlisted {
                        processed.notice(NoticeKind::UnlistedRooms, name_of(record));
                    }
                    processed.batch.workspace.new_rooms.push(room.clone());
                    room
                }
            };
            let lost = match room.room_type {
                RoomType::Direct => 0,
                _ => self.note_unknown(&mut processed, record, &room),
            };
            directory.add(&room);
            directory.written.insert(room.id.clone());
            for import_id in &record.import_ids {
                directory.by_import_id.entry(import_id.clone()).or_default().push(room.id.clone());
                processed.batch.workspace.resolved.push(Resolved {
                    data_type: DataType::Channel,
                    import_id: import_id.clone(),
                    id: room.id.clone(),
                });
            }
            match lost {
                0 => processed.imported(*key),
                lost => processed.incomplete(*key, RecordError::new(format!("{INCOMPLETE}: {lost} unknown members"))),
            }
        }
        for united in directory.united.into_values() {
            processed.note(united.note());
        }
        Ok(processed)
    }

    /// Every room that the records may mean, in one question.
    async fn room_directory(&self, records: &[(StagedKey, ImportChannel)]) -> Result<Directory, Halt> {
        let mut keys = RoomKeys { ids: vec![GENERAL.into()], ..RoomKeys::default() };
        for (_, record) in records {
            keys.import_ids.extend(record.import_ids.iter().cloned());
            match record.room_type {
                RoomType::Direct => keys.member_sets.push(ids(&self.known_members(record))),
                _ => keys.names.push(slug_of(name_of(record), record)),
            }
        }
        let mut directory = Directory::default();
        for room in self.inner.store.find_rooms(keys).await? {
            directory.add(&room);
        }
        let ids = directory.by_id.keys().cloned().collect();
        directory.written = self.inner.store.rooms_written(&self.stored.operation.id, ids).await?;
        Ok(directory)
    }

    /// Those of a room's members who are known, each once.
    fn known_members(&self, record: &ImportChannel) -> Vec<UserRef> {
        let mut seen = HashSet::new();
        record
            .users
            .iter()
            .filter_map(|id| self.users.get(id))
            .filter(|user| seen.insert(user.id.as_str()))
            .cloned()
            .collect()
    }

    /// Reports the members that a room loses because they are unknown. Returns their number.
    fn note_unknown(&self, processed: &mut Processed, record: &ImportChannel, room: &Room) -> usize {
        let name = room.name.as_deref().unwrap_or_default();
        let unknown = |id: &&String| self.users.get(id).is_none();
        let lost = record.users.iter().filter(unknown).collect::<HashSet<_>>().len();
        if lost > 0 {
            let members = if lost == 1 { "1 member" } else { &format!("{lost} members") };
            processed.note(format!("Room {name}: {members} not found. Add them with `user add`, then run `retry`."));
        }
        if let Some(creator) = record.creator.as_ref().map(|creator| &creator.id).filter(unknown) {
            let owner = room.owner.as_ref().map_or("nobody", |owner| owner.username.as_str());
            processed.note(format!("Room {name}: creator {creator} not found; {owner} owns it."));
        }
        lost
    }

    fn check_room(&self, record: &ImportChannel, members: &[UserRef], directory: &Directory) -> Result<(), String> {
        check_names(record)?;
        if record.id.as_deref() == Some(GENERAL_RECORD) && !directory.by_id.contains_key(GENERAL) {
            return Err("importer-channel-general-not-found".into());
        }
        if record.room_type == RoomType::Direct {
            let unknown: Vec<&str> =
                record.users.iter().map(String::as_str).filter(|id| self.users.get(id).is_none()).collect();
            if !unknown.is_empty() {
                return Err(format!("{MISSING_USERS}: {}", unknown.join(", ")));
            }
            if members.is_empty() {
                return Err(format!("{MISSING_USERS}: it names nobody"));
            }
        }
        Ok(())
    }

    /// The room that a record means, if it is there: general by id, then by import id, then a direct room by its members,
    /// else by name. A public room may have become private: the private one is the room of both records. A private record
    /// never means a public room. By its name, only a room of the same type is meant, and only one that no other record
    /// means: two rooms of an export may have names that look alike, a room may have taken the name that another had
    /// before, and their members may not read each other's messages.
    fn existing_room<'d>(
        &self,
        directory: &'d Directory,
        record: &ImportChannel,
        members: &[UserRef],
    ) -> Option<(&'d Room, Found)> {
        let room = |id: &String| directory.by_id.get(id);
        if record.id.as_deref() == Some(GENERAL_RECORD) {
            return directory.by_id.get(GENERAL).map(|room| (room, Found::General));
        }
        let same_type = |room: &&Room| room.room_type == record.room_type;
        let with_import_id =
            || record.import_ids.iter().filter_map(|id| directory.by_import_id.get(id)).flatten().filter_map(room);
        // What was private stays private: an older export may list the room as public.
        let stays_private = record.room_type == RoomType::Channel;
        let private = with_import_id().find(|room| stays_private && room.room_type == RoomType::Private);
        if let Some(room) = private.or_else(|| with_import_id().find(same_type)) {
            return Some((room, Found::ByImportId));
        }
        if record.room_type == RoomType::Direct {
            return directory.by_members.get(&ids(members)).and_then(room).map(|room| (room, Found::ByMembers));
        }
        let slug = slug_of(name_of(record), record);
        let by_name = directory.by_name.get(&slug).and_then(room).filter(same_type);
        let is_another = |room: &Room| {
            directory.written.contains(&room.id)
                || room.import_ids.iter().any(|id| record.unlisted || names_a_room(self.importer, id))
        };
        by_name.filter(|room| !is_another(room)).map(|room| (room, Found::ByName))
    }

    async fn new_room(
        &self,
        directory: &mut Directory,
        key: StagedKey,
        record: &ImportChannel,
        members: &[UserRef],
        processed: &mut Processed,
        time: Date,
    ) -> Result<Room, Halt> {
        let ts = record.ts.map_or(time, |ts| Date(ts.0));
        let mut room = Room {
            id: String::new(),
            name: None,
            fname: None,
            room_type: record.room_type,
            owner: None,
            ts,
            ro: false,
            topic: record.topic.clone(),
            description: record.description.clone(),
            archived: record.archived,
            import_ids: record.import_ids.clone(),
            uids: Vec::new(),
            usernames: Vec::new(),
            team_main: false,
            federated: false,
            encrypted: false,
            default: false,
            updated_at: time,
        };
        if record.room_type == RoomType::Direct {
            let mut members = members.to_vec();
            members.sort_unstable_by(|a, b| a.id.cmp(&b.id));
            room.id = match &members[..] {
                [alone] => format!("{}{}", alone.id, alone.id),
                [one, other] => format!("{}{}", one.id, other.id),
                _ => self.new_id("room", key),
            };
            room.uids = members.iter().map(|member| member.id.clone()).collect();
            room.usernames = members.iter().map(|member| member.username.clone()).collect();
            join(processed, &room, &members, None, ts);
            return Ok(room);
        }
        let name = name_of(record);
        let slug = slug_of(name, record);
        room.id = self.new_id("room", key);
        let before = directory.by_id.get(&room.id).and_then(|room| room.name.clone());
        let free = match before {
            Some(name) => name,
            None => self.free_name(directory, &slug).await?,
        };
        // The name as given tells two rooms apart too, where the slug had to.
        let ending = free.strip_prefix(slug.as_str()).unwrap_or_default();
        room.fname = Some(format!("{name}{ending}"));
        if free != slug {
            processed.note(format!("The room {name} is imported as {free}: another room has that name already."));
        }
        room.name = Some(free);
        let creator = record.creator.as_ref().and_then(|creator| self.users.get(&creator.id)).unwrap_or(&self.runner);
        room.owner = Some(creator.clone());
        let mut all = vec![creator.clone()];
        all.extend(members.iter().filter(|member| member.id != creator.id).cloned());
        join(processed, &room, &all, Some(&creator.id), ts);
        Ok(room)
    }

    /// The slug, or the slug with the first number that makes it free.
    async fn free_name(&self, directory: &mut Directory, slug: &str) -> Result<String, Halt> {
        if !directory.by_name.contains_key(slug) {
            return Ok(slug.to_owned());
        }
        let mut from = 1;
        loop {
            let names: Vec<String> = (from..from + NUMBERS).map(|number| format!("{slug}-{number}")).collect();
            let keys = RoomKeys { names: names.clone(), ..RoomKeys::default() };
            for room in self.inner.store.find_rooms(keys).await? {
                directory.add(&room);
            }
            if let Some(free) = names.into_iter().find(|name| !directory.by_name.contains_key(name)) {
                return Ok(free);
            }
            from += NUMBERS;
        }
    }
}

/// Whether this is the id of a room in whatever the importer reads, and stands for the same room in every export of it.
fn names_a_room(importer: Importer, id: &str) -> bool {
    match importer {
        Importer::Slack => {
            // The name of a room in a CSV file may be in capitals, too.
            id.len() >= 8
                && id.starts_with(['C', 'G', 'D'])
                && id.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        }
        Importer::HipchatEnterprise => !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit()),
        _ => false,
    }
}

/// The slug of a room's name; of a name without a letter that may stand in one, the import id's.
pub(crate) fn slug_of(name: &str, record: &ImportChannel) -> String {
    let slugs = [Some(name), record.import_ids.first().map(String::as_str)].into_iter().flatten().map(room_slug);
    slugs.into_iter().find(|slug| !slug.is_empty()).unwrap_or_else(|| "room".into())
}

fn ids(members: &[UserRef]) -> Vec<String> {
    let mut ids: Vec<String> = members.iter().map(|member| member.id.clone()).collect();
    ids.sort_unstable();
    ids
}

/// Why an import adds nobody to a room and changes nothing of it but the import ids.
fn left_alone(room: &Room) -> Option<&'static str> {
    let kinds = [(room.team_main, "a team's main room"), (room.federated, "federated"), (room.encrypted, "encrypted")];
    kinds.into_iter().find(|(is, _)| *is).map(|(_, kind)| kind)
}

/// A further group conversation of the people of a room. The topic and the date of the newest stay.
fn unite(directory: &mut Directory, room: &Room, record: &ImportChannel, patch: &mut RoomPatch) {
    let united = directory.united.entry(room.id.clone()).or_insert_with(|| United {
        members: room.usernames.clone(),
        topics: room.topic.iter().cloned().collect(),
        ..United::default()
    });
    united.import_ids.extend(room.import_ids.iter().chain(&record.import_ids).cloned());
    if let Some(topic) = record.topic.as_ref().filter(|topic| !united.topics.contains(topic)) {
        united.topics.push(topic.clone());
    }
    let age = |ts: Option<Date>, ids: &[String]| (ts, ids.iter().max().cloned());
    if age(record.ts.map(|ts| Date(ts.0)), &record.import_ids) < age(Some(room.ts), &room.import_ids) {
        (patch.topic, patch.description, patch.ts) = (None, None, None);
    }
}

impl United {
    fn note(mut self) -> String {
        self.members.sort_unstable();
        self.topics.sort_unstable();
        let (count, members) = (self.import_ids.len(), self.members.join(", "));
        match self.topics.len() {
            0 => format!("{count} group conversations of {members} became one."),
            _ => format!("{count} group conversations of {members} became one; topics: {}.", self.topics.join(" · ")),
        }
    }
}

fn patch(directory: &Directory, room: &Room, found: &Found, record: &ImportChannel) -> RoomPatch {
    let mut patch = RoomPatch {
        id: room.id.clone(),
        add_import_ids: record.import_ids.clone(),
        topic: record.topic.clone(),
        description: record.description.clone(),
        ts: record.ts.map(|ts| ts.0),
        names: None,
    };
    if *found == Found::General
        && let Some(name) = &record.name
    {
        let slug = slug_of(name, record);
        // Another room may have the name already; two rooms of one name there are not.
        if directory.by_name.get(&slug).is_none_or(|owner| *owner == room.id) {
            patch.names = Some((slug, name.clone()));
        }
    }
    patch
}

/// Puts users into a room. Those who are members already stay what they are.
fn join(processed: &mut Processed, room: &Room, members: &[UserRef], owner: Option<&str>, ts: Date) {
    for member in members {
        let is_owner = owner == Some(member.id.as_str());
        let (name, fname) = match room.room_type {
            RoomType::Direct => direct_names(room, members, member),
            _ => (room.name.clone().unwrap_or_default(), room.fname.clone().unwrap_or_default()),
        };
        processed.batch.workspace.subscriptions.push(Subscription {
            id: derived_id(&["subscription", &room.id, &member.id]),
            rid: room.id.clone(),
            user: member.clone(),
            name,
            fname,
            room_type: room.room_type,
            open: !room.archived,
            alert: false,
            unread: 0,
            user_mentions: 0,
            group_mentions: 0,
            ts,
            ls: is_owner.then_some(ts),
            roles: if is_owner { vec!["owner".into()] } else { Vec::new() },
            archived: room.archived,
            updated_at: room.updated_at.max(ts),
        });
    }
}

/// In a direct room, what a member sees as its name: the others' usernames and names; alone, the own.
fn direct_names(room: &Room, members: &[UserRef], member: &UserRef) -> (String, String) {
    let others: Vec<&UserRef> = members.iter().filter(|other| other.id != member.id || room.uids.len() == 1).collect();
    let join = |of: fn(&UserRef) -> &str| others.iter().map(|other| of(other)).collect::<Vec<_>>().join(", ");
    (join(|other| &other.username), join(|other| &other.name))
}
