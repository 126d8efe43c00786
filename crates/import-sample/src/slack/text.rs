//! What people write, in Slack's markup.

use fastrand::Rng;
use serde_json::{Value, json};

use super::draw::{happens, one_of, skewed};
use super::people::People;
use super::rooms::{Room, Rooms};

const WORDS: [&str; 96] = [
    "the",
    "we",
    "it",
    "to",
    "and",
    "a",
    "for",
    "is",
    "on",
    "that",
    "with",
    "not",
    "you",
    "can",
    "this",
    "are",
    "have",
    "will",
    "be",
    "at",
    "from",
    "but",
    "today",
    "tomorrow",
    "please",
    "thanks",
    "customer",
    "meeting",
    "deploy",
    "build",
    "ticket",
    "invoice",
    "draft",
    "review",
    "server",
    "database",
    "release",
    "numbers",
    "report",
    "deadline",
    "office",
    "train",
    "lunch",
    "coffee",
    "question",
    "answer",
    "problem",
    "solution",
    "version",
    "screen",
    "button",
    "page",
    "contract",
    "partner",
    "supplier",
    "pallet",
    "crane",
    "shift",
    "night",
    "morning",
    "first",
    "second",
    "last",
    "next",
    "again",
    "almost",
    "already",
    "really",
    "maybe",
    "never",
    "always",
    "soon",
    "later",
    "looks",
    "works",
    "fails",
    "waits",
    "moves",
    "sends",
    "calls",
    "asks",
    "says",
    "found",
    "fixed",
    "broke",
    "changed",
    "merged",
    "closed",
    "opened",
    "signed",
    "ordered",
    "delivered",
    "checked",
    "measured",
    "written",
    "agreed",
];
const IN_OTHER_SCRIPTS: [&str; 10] = [
    "Grüße aus Köln, alles läuft",
    "今日の会議は三時からです",
    "Спасибо, посмотрю завтра",
    "مرحبا، سأرسل التقرير غدًا",
    "오늘 배포합니다",
    "C’est prêt dès demain",
    "नमस्ते, रिपोर्ट तैयार है",
    "Ελέγχω το αρχείο τώρα",
    "🎉🎉 đã xong rồi 👩‍💻",
    "Ţine-mă la curent, mulţumesc",
];
const EMOJI: [&str; 8] =
    [":tada:", ":thumbsup:", ":simple_smile:", ":wave::skin-tone-3:", ":rocket:", ":memo:", ":eyes:", ":party_parrot:"];
const PAGES: [&str; 5] = [
    "<https://wiki.sample.example/pages/17?tab=plan&amp;view=all|the plan>",
    "<https://git.sample.example/core/417>",
    "<https://status.sample.example|status page>",
    "<mailto:help@sample.example|help@sample.example>",
    "<https://docs.sample.example/a/very/long/path/that/nobody/reads#section-4>",
];
const CODE: [&str; 4] = [
    "`a &lt; b &amp;&amp; c`",
    "```SELECT count(*)\nFROM messages\nWHERE ts &gt; 1;```",
    "`cargo build --release`",
    "```{\n  \"key\": \"&lt;value&gt;\"\n}```",
];

/// A few words.
pub(super) fn words(rng: &mut Rng, count: usize) -> String {
    let mut text = String::with_capacity(count * 7);
    for number in 0..count {
        if number > 0 {
            text.push(' ');
        }
        text.push_str(one_of(rng, &WORDS, "so"));
    }
    text
}

/// A message in a room: mostly a sentence or two, sometimes with more in it.
pub(super) fn message(rng: &mut Rng, room: &Room, rooms: &Rooms, people: &People) -> String {
    let count = 2 + skewed(rng, 34);
    let mut text = words(rng, count);
    if happens(rng, 80) {
        text = format!("{} – {text}", one_of(rng, &IN_OTHER_SCRIPTS, ""));
    }
    if happens(rng, 90) {
        text = format!("<@{}> {text}", people.id(room.somebody(rng)));
    }
    if happens(rng, 8) {
        text = format!("{} {text}", one_of(rng, &["<!here>", "<!channel>", "<!everyone>"], "<!here>"));
    }
    if happens(rng, 70) {
        text = format!("{text} {}", one_of(rng, &PAGES, ""));
    }
    if happens(rng, 15)
        && let Some(other) = rooms.some_public(rng)
    {
        text = format!("{text}, see <#{}|{}>", other.id, other.name);
    }
    if happens(rng, 40) {
        text = format!("{text} {}", one_of(rng, &CODE, ""));
    }
    if happens(rng, 40) {
        let marked = words(rng, 2);
        text = format!(
            "{text} {}",
            match rng.u8(0..3) {
                0 => format!("*{marked}*"),
                1 => format!("_{marked}_"),
                _ => format!("~{marked}~"),
            }
        );
    }
    if happens(rng, 30) {
        text = format!("{text}\n• {}\n• {}", words(rng, 4), words(rng, 3));
    }
    if happens(rng, 12) {
        text = format!("&gt; {}\n{text}", words(rng, 8));
    }
    if happens(rng, 120) {
        text = format!("{text} {}", one_of(rng, &EMOJI, ":eyes:"));
    }
    text
}

/// The same words as a newer export gives them beside the text.
pub(super) fn blocks(text: &str) -> Value {
    json!([{ "type": "rich_text", "block_id": "b1", "elements": [
        { "type": "rich_text_section", "elements": [{ "type": "text", "text": text }] },
    ] }])
}
