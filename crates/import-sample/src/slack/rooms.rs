//! Rooms: who is in them, and how many of the messages each holds.

use serde_json::{Value, json};

use super::SlackSample;
use super::calendar::{WORKING_DAYS, morning};
use super::draw::{happens, one_of, rng, skewed, slack_id};
use super::people::People;

const SUBJECTS: [&str; 20] = [
    "design",
    "support",
    "sales",
    "hiring",
    "platform",
    "release",
    "finance",
    "legal",
    "warehouse",
    "research",
    "field-service",
    "marketing",
    "security",
    "data",
    "mobile",
    "québec-office",
    "東京",
    "onboarding",
    "partners",
    "ops",
];
/// Messages of a room in a day, about.
const MESSAGES_A_DAY: u64 = 25;
/// Of so many messages, those in direct conversations.
const DIRECT_OF_THOUSAND: u64 = 150;

/// What a room is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Public,
    Private,
    /// A direct conversation of more than two.
    Several,
    /// A direct conversation of two.
    Two,
}

impl Kind {
    pub(super) fn is_direct(self) -> bool {
        matches!(self, Self::Several | Self::Two)
    }
}

/// A room.
pub(super) struct Room {
    pub(super) number: u64,
    pub(super) kind: Kind,
    pub(super) id: String,
    /// Its name; of a conversation of two, nothing.
    pub(super) name: String,
    /// Users, the creator first.
    pub(super) members: Vec<u32>,
    pub(super) messages: u64,
    /// Working days on which somebody wrote, the last ones of the export.
    pub(super) days: u32,
}

impl Room {
    /// The folder of its messages.
    pub(super) fn folder(&self) -> &str {
        if self.kind == Kind::Two { &self.id } else { &self.name }
    }

    /// Its `number`th day, as a working day of the export.
    pub(super) fn working_day(&self, number: u32) -> u32 {
        WORKING_DAYS - self.days + number
    }

    /// How many messages its `number`th day holds.
    pub(super) fn messages_on(&self, number: u32) -> u64 {
        let days = u64::from(self.days.max(1));
        self.messages / days + u64::from(u64::from(number) < self.messages % days)
    }

    /// A member, some of them more often than others.
    pub(super) fn somebody(&self, rng: &mut fastrand::Rng) -> u32 {
        self.members.get(skewed(rng, self.members.len())).copied().unwrap_or_default()
    }

    fn created(&self) -> i64 {
        morning(self.working_day(0)) - 3_600
    }
}

/// Every room of the export.
pub(super) struct Rooms(Vec<Room>);

impl Rooms {
    pub(super) fn new(sample: &SlackSample, people: &People) -> Self {
        let mut rooms: Vec<Room> = (0..sample.channels).map(|nth| channel(nth, sample.seed, people)).collect();
        let channels = rooms.len();
        let pairs = if people.count() > 1 { people.count().div_ceil(2) } else { 0 };
        let groups = if people.count() >= 6 { people.count() / 20 + 1 } else { 0 };
        rooms.extend((0..groups).map(|nth| several(nth, people)));
        rooms.extend((0..pairs).map(|nth| two(nth, people)));
        for (number, room) in rooms.iter_mut().enumerate() {
            room.number = number as u64;
        }
        let (in_channels, direct) = rooms.split_at_mut(channels);
        let share = if direct.is_empty() { 0 } else { sample.messages * DIRECT_OF_THOUSAND / 1_000 };
        distribute(direct, share);
        distribute(in_channels, sample.messages - share);
        Self(rooms)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Room> {
        self.0.iter()
    }

    /// A public room to speak of.
    pub(super) fn some_public(&self, rng: &mut fastrand::Rng) -> Option<&Room> {
        self.0.get(skewed(rng, self.0.len())).filter(|room| room.kind == Kind::Public)
    }

    /// The elements of the list of rooms of these kinds.
    pub(super) fn listed(&self, kinds: &[Kind], people: &People) -> impl Iterator<Item = Value> {
        self.all().filter(|room| kinds.contains(&room.kind)).map(|room| element(room, people))
    }
}

/// Gives each room its share of so many messages, the first ones more than the last ones.
fn distribute(rooms: &mut [Room], messages: u64) {
    let weight = |nth: usize| 1_000_000 / (nth as u64 + 5) + 1;
    let all: u64 = (0..rooms.len()).map(weight).sum();
    let mut left = messages;
    for (nth, room) in rooms.iter_mut().enumerate() {
        room.messages = (u128::from(messages) * u128::from(weight(nth)) / u128::from(all)) as u64;
        left -= room.messages;
    }
    // What rounding left over: less than one for each room.
    for room in rooms.iter_mut().take(left as usize) {
        room.messages += 1;
    }
    for room in rooms {
        room.days = room.messages.div_ceil(MESSAGES_A_DAY).min(WORKING_DAYS.into()) as u32;
    }
}

fn channel(nth: u32, seed: u64, people: &People) -> Room {
    let rng = &mut rng(seed, &[2, nth.into()]);
    let private = nth > 1 && happens(rng, 200);
    let name = match nth {
        0 => "general".to_owned(),
        1 => "random".to_owned(),
        _ => format!("{}-{nth}", one_of(rng, &SUBJECTS, "room")),
    };
    let size = if nth < 2 { people.count() } else { 2 + skewed(rng, (people.count() as usize).min(400)) as u32 };
    let first = if nth < 2 { 0 } else { rng.u32(0..people.count()) };
    Room {
        number: 0,
        kind: if private { Kind::Private } else { Kind::Public },
        id: slack_id(if private { 'G' } else { 'C' }, nth.into()),
        name,
        members: circle(first, size, people),
        messages: 0,
        days: 0,
    }
}

fn several(nth: u32, people: &People) -> Room {
    // More than eight do not fit into a direct room: those become a private one.
    let members = circle(nth * 11, 3 + nth % 7, people);
    let names: Vec<String> = members.iter().map(|user| people.username(*user)).collect();
    Room {
        number: 0,
        kind: Kind::Several,
        id: slack_id('G', 1_000_000 + u64::from(nth)),
        name: format!("mpdm-{}-1", names.join("--")),
        members,
        messages: 0,
        days: 0,
    }
}

fn two(nth: u32, people: &People) -> Room {
    Room {
        number: 0,
        kind: Kind::Two,
        id: slack_id('D', nth.into()),
        name: String::new(),
        members: circle(nth, 2, people),
        messages: 0,
        days: 0,
    }
}

/// So many users, beginning with one; nobody twice.
fn circle(first: u32, size: u32, people: &People) -> Vec<u32> {
    (0..size.min(people.count())).map(|step| (first + step) % people.count()).collect()
}

fn element(room: &Room, people: &People) -> Value {
    let ids: Vec<String> = room.members.iter().map(|user| people.id(*user)).collect();
    if room.kind == Kind::Two {
        return json!({ "id": room.id, "created": room.created(), "members": ids });
    }
    let creator = ids.first().cloned();
    let said = |value: String| json!({ "value": value, "creator": creator, "last_set": room.created() });
    let (topic, purpose) = match room.kind {
        Kind::Several => (String::new(), "Group messaging".to_owned()),
        _ => (format!("All about {}", room.name), format!("What concerns {} &amp; friends", room.name)),
    };
    json!({
        "id": room.id,
        "name": room.name,
        "created": room.created(),
        "creator": creator,
        "is_archived": !room.kind.is_direct() && room.number > 1 && room.number % 20 == 19,
        "is_general": room.number == 0,
        "members": ids,
        "topic": said(topic),
        "purpose": said(purpose),
    })
}
