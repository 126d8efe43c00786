//! Users: `users.json`.

use serde_json::{Value, json};

use super::draw::{happens, one_of, rng, slack_id};

const FIRST: [&str; 40] = [
    "Amara",
    "Björn",
    "Chloé",
    "Dmitri",
    "Elif",
    "Fatima",
    "Giulia",
    "Hiro",
    "Inês",
    "João",
    "Katarzyna",
    "Liam",
    "Mei",
    "Noor",
    "Olga",
    "Priya",
    "Quinn",
    "Rafael",
    "Søren",
    "Tuğba",
    "Uma",
    "Viktor",
    "Wanjiru",
    "Ximena",
    "Yusuf",
    "Zoë",
    "Anna",
    "Ben",
    "Carla",
    "David",
    "Emma",
    "Frank",
    "Greta",
    "Hugo",
    "Ida",
    "Jakub",
    "Karim",
    "Lena",
    "Marco",
    "Nina",
];
const LAST: [&str; 50] = [
    "Abbott",
    "Bauer",
    "Çelik",
    "Dubois",
    "Eriksen",
    "Fischer",
    "García",
    "Haddad",
    "Ivanova",
    "Jansen",
    "Kowalska",
    "Lindqvist",
    "Müller",
    "Nakamura",
    "Okafor",
    "Petrov",
    "Quispe",
    "Rossi",
    "Sharma",
    "Tanaka",
    "Ueda",
    "Varga",
    "Weber",
    "Xu",
    "Yılmaz",
    "Zhang",
    "Allen",
    "Brown",
    "Cohen",
    "Diaz",
    "Evans",
    "Foster",
    "Green",
    "Hill",
    "Irwin",
    "Jones",
    "King",
    "Lopez",
    "Moore",
    "Novak",
    "O'Brien",
    "Park",
    "Reyes",
    "Silva",
    "Turner",
    "Usman",
    "Vega",
    "Wright",
    "Young",
    "Zimmer",
];
const TITLES: [&str; 8] =
    ["", "", "", "Engineer", "Support", "Sales &amp; partners", "Führt das Lager", "Product designer"];
const ZONES: [(&str, i32); 6] = [
    ("Europe/Lisbon", 0),
    ("Europe/Berlin", 3_600),
    ("Africa/Nairobi", 10_800),
    ("Asia/Kolkata", 19_800),
    ("Asia/Tokyo", 32_400),
    ("America/New_York", -18_000),
];
/// Of so many users one is a program.
const PROGRAMS: u32 = 30;

/// Everybody in the workspace.
pub(super) struct People {
    count: u32,
    seed: u64,
}

impl People {
    pub(super) fn new(count: u32, seed: u64) -> Self {
        Self { count, seed }
    }

    pub(super) fn count(&self) -> u32 {
        self.count
    }

    /// The id of a user.
    pub(super) fn id(&self, user: u32) -> String {
        slack_id('U', user.into())
    }

    /// Whether a user is a program. The first never is.
    pub(super) fn is_program(&self, user: u32) -> bool {
        user % PROGRAMS == PROGRAMS - 1
    }

    fn names(user: u32) -> (&'static str, &'static str) {
        let (first, last) = (user as usize % FIRST.len(), (user as usize / 7) % LAST.len());
        (FIRST.get(first).copied().unwrap_or("Ann"), LAST.get(last).copied().unwrap_or("Smith"))
    }

    /// What a user is called in the workspace: different for everybody.
    pub(super) fn username(&self, user: u32) -> String {
        let (first, last) = Self::names(user);
        let letters = |name: &str| -> String {
            name.chars().filter(char::is_ascii_alphabetic).map(|letter| letter.to_ascii_lowercase()).collect()
        };
        format!("{}.{}{user}", letters(first), letters(last))
    }

    /// What a user is called by people.
    pub(super) fn name(&self, user: u32) -> String {
        let (first, last) = Self::names(user);
        format!("{first} {last}")
    }

    /// The elements of `users.json`.
    pub(super) fn list(&self) -> impl Iterator<Item = Value> {
        (0..self.count).map(|user| self.element(user))
    }

    fn element(&self, user: u32) -> Value {
        let rng = &mut rng(self.seed, &[1, user.into()]);
        let (id, username, name) = (self.id(user), self.username(user), self.name(user));
        let (zone, offset) = one_of(rng, &ZONES, ("Europe/London", 0));
        let deleted = user > 0 && happens(rng, 50);
        let mut profile = json!({
            "title": one_of(rng, &TITLES, ""),
            "phone": "",
            "real_name": name,
            "display_name": if happens(rng, 500) { username.as_str() } else { "" },
            "status_text": if happens(rng, 100) { "On the road :bike:" } else { "" },
            "image_512": format!("https://avatars.sample.example/{id}_512.png"),
        });
        if self.is_program(user) {
            profile["bot_id"] = slack_id('B', user.into()).into();
        } else if !happens(rng, 20) {
            profile["email"] = format!("{username}@sample.example").into();
        }
        json!({
            "id": id,
            "team_id": "T0SAMPLE01",
            "name": username,
            "deleted": deleted,
            "real_name": name,
            "tz": zone,
            "tz_offset": offset,
            "profile": profile,
            "is_admin": user == 0,
            "is_owner": user == 0,
            "is_bot": self.is_program(user),
            "updated": 1_700_000_000 + user,
        })
    }
}
