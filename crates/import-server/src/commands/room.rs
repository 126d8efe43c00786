//! `room add`: a room that was not imported, for the messages of an export whose room is unknown.

use anyhow::{bail, ensure};
use clap::{Args, Subcommand, builder::NonEmptyStringValueParser};
use import_proto::RoomType;
use import_store::{
    AnyStore, RoomKeys, Store as _, UserKeys, WorkspaceBatch,
    credentials::{derived_id, random_id},
    documents::{Date, Room as RoomDocument, RoomPatch, Subscription, UserRef},
};
use serde::Serialize;

use super::{
    Ended, output,
    store::StoreOption,
    workspace::{DataDir, user_named},
};

/// Manage the rooms of the workspace
#[derive(Debug, Args)]
pub(crate) struct Room {
    #[command(subcommand)]
    command: RoomCommand,
}

#[derive(Debug, Subcommand)]
enum RoomCommand {
    Add(Add),
}

const LONG_ABOUT: &str = "\
Add a room for messages whose room no list of the export names, and print {\"roomId\",\"name\",\"type\"}. Records of an import \
that failed because the room was unknown can be run again then.

A room of this name and type that is there already gets the import id, and nothing else of it changes: then the answer says \
\"outcome\":\"importIdsAdded\".

Works beside a running server.";

const EXAMPLES: &str = "\
Examples:
  import-server room add old-plans --import-id C0OLD0001 --private && import-server retry
  import-server room add news --import-id news --as ann";

/// Add a room
#[derive(Debug, Args)]
#[command(long_about = LONG_ABOUT, after_help = EXAMPLES)]
struct Add {
    /// The name of the room
    #[arg(value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    name: String,

    /// What the room is called in exports, such as C024BE91L of Slack; can be given more than once
    #[arg(long = "import-id", value_name = "ID", env = "IMPORT_SERVER_IMPORT_ID", required = true)]
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    import_ids: Vec<String>,

    /// Make a private room [default: a public one]
    #[arg(long)]
    private: bool,

    /// Who owns the room [default: the first administrator]
    #[arg(long = "as", value_name = "USERNAME", env = "IMPORT_SERVER_AS")]
    owner: Option<String>,

    #[command(flatten)]
    data_dir: DataDir,

    #[command(flatten)]
    store: StoreOption,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Added {
    room_id: String,
    name: String,
    #[serde(rename = "type")]
    room_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<&'static str>,
}

impl Room {
    pub(crate) async fn run(self) -> anyhow::Result<Ended> {
        match self.command {
            RoomCommand::Add(add) => add.run().await,
        }
    }
}

/// The word for a type of room.
const fn word(room_type: RoomType) -> &'static str {
    match room_type {
        RoomType::Channel => "public",
        RoomType::Private => "private",
        RoomType::Direct => "direct",
    }
}

impl Add {
    async fn run(self) -> anyhow::Result<Ended> {
        let name = self.name.trim().to_owned();
        let slug = import_engine::room_slug(&name);
        ensure!(!slug.is_empty(), "`{}` is no name of a room: it has no letter or digit", self.name);
        let room_type = if self.private { RoomType::Private } else { RoomType::Channel };
        let store = self.store.open_beside(&self.data_dir).await?;
        let keys = RoomKeys { names: vec![slug.clone()], import_ids: self.import_ids.clone(), ..RoomKeys::default() };
        let found = store.find_rooms(keys).await?;
        let is_named = |room: &RoomDocument| room.name.as_ref() == Some(&slug);
        for room in found.iter().filter(|room| !is_named(room)) {
            if let Some(id) = self.import_ids.iter().find(|id| room.import_ids.contains(id)) {
                bail!("cannot add {name}: the import id {id} stands for the room {} already", shown(room));
            }
        }
        if let Some(room) = found.into_iter().find(is_named) {
            ensure!(
                room.room_type == room_type,
                "cannot add {name}: there is a {} room of that name already",
                word(room.room_type)
            );
            let is_new = |id: &&String| !room.import_ids.contains(id);
            let added: Vec<String> = self.import_ids.iter().filter(is_new).cloned().collect();
            if added.is_empty() {
                output::note(format_args!("Room {name} exists and has this import id. Nothing changed."));
                return answer(room.id, slug, room_type, None);
            }
            let ids = added.join(", ");
            let patch = RoomPatch { id: room.id.clone(), add_import_ids: added, ..RoomPatch::default() };
            store.change_workspace(WorkspaceBatch { room_patches: vec![patch], ..WorkspaceBatch::default() }).await?;
            output::note(format_args!("Room {name} exists. Import ids added: {ids}. Nothing else changed."));
            return answer(room.id, slug, room_type, Some("importIdsAdded"));
        }
        let owner = self.owner(&store).await?;
        let (room, member) = documents(&name, slug.clone(), room_type, self.import_ids, owner);
        let room_id = room.id.clone();
        let batch = WorkspaceBatch { new_rooms: vec![room], subscriptions: vec![member], ..WorkspaceBatch::default() };
        store.change_workspace(batch).await?;
        answer(room_id, slug, room_type, None)
    }

    /// The user who is to own the room.
    async fn owner(&self, store: &AnyStore) -> anyhow::Result<UserRef> {
        let user = match (&self.owner, store) {
            (Some(username), _) => user_named(store, username).await?,
            (None, AnyStore::Embedded(embedded)) => by_id(store, embedded.first_administrator()).await?,
            (None, AnyStore::Mongo(workspace)) => by_id(store, &workspace.importer(None).await?.0).await?,
        };
        match (user, &self.owner) {
            (Some(user), _) => Ok(UserRef { id: user.id, username: user.username, name: user.name }),
            (None, Some(username)) => bail!("there is no user {username} in {}", self.store.place(&self.data_dir)),
            (None, None) => bail!("there is no administrator in {}", self.store.place(&self.data_dir)),
        }
    }
}

async fn by_id(store: &AnyStore, id: &str) -> anyhow::Result<Option<import_store::documents::User>> {
    let keys = UserKeys { ids: vec![id.to_owned()], ..UserKeys::default() };
    Ok(store.find_users(keys).await?.into_iter().next())
}

fn answer(room_id: String, name: String, room_type: RoomType, outcome: Option<&'static str>) -> anyhow::Result<Ended> {
    output::json_line(&Added { room_id, name, room_type: word(room_type), outcome })?;
    Ok(Ended::Done)
}

/// What people call a room.
fn shown(room: &RoomDocument) -> String {
    room.fname.clone().or_else(|| room.name.clone()).unwrap_or_else(|| room.usernames.join(", "))
}

/// The room, and its owner's membership.
fn documents(
    name: &str,
    slug: String,
    room_type: RoomType,
    import_ids: Vec<String>,
    owner: UserRef,
) -> (RoomDocument, Subscription) {
    let (id, now) = (random_id(), Date::now());
    let member = Subscription {
        id: derived_id(&["subscription", &id, &owner.id]),
        rid: id.clone(),
        user: owner.clone(),
        name: slug.clone(),
        fname: name.to_owned(),
        room_type,
        open: true,
        alert: false,
        unread: 0,
        user_mentions: 0,
        group_mentions: 0,
        ts: now,
        ls: Some(now),
        roles: vec!["owner".into()],
        archived: false,
        updated_at: now,
    };
    let room = RoomDocument {
        id,
        name: Some(slug),
        fname: Some(name.to_owned()),
        room_type,
        owner: Some(owner),
        ts: now,
        ro: false,
        topic: None,
        description: None,
        archived: false,
        import_ids,
        uids: Vec::new(),
        usernames: Vec::new(),
        team_main: false,
        federated: false,
        encrypted: false,
        default: false,
        updated_at: now,
    };
    (room, member)
}
