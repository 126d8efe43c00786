//! Slack's standard emoji, and the names that Rocket.Chat has for the same pictures.

use std::sync::LazyLock;

/// One standard name of Slack's, without colons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Emoji {
    slack: &'static str,
    name: &'static str,
    toned: Option<&'static str>,
    character: Option<&'static str>,
}

/// Slack's names in ascending order.
static TABLE: LazyLock<Vec<Emoji>> = LazyLock::new(|| {
    include_str!("emoji.tsv").lines().filter(|line| !line.starts_with("# ")).map(Emoji::parse).collect()
});

/// Finds a standard name of Slack's, given without colons. Custom emoji are not found.
#[must_use]
pub fn find(slack: &str) -> Option<Emoji> {
    let table = &*TABLE;
    table.binary_search_by(|emoji| emoji.slack.cmp(slack)).ok().and_then(|at| table.get(at)).copied()
}

/// Whether Slack itself has an emoji of this name, given without colons and skin tone. Custom emoji are not standard.
#[must_use]
pub fn is_standard(slack: &str) -> bool {
    find(slack).is_some()
}

/// Every standard name of Slack's, in ascending order.
pub fn slack_names() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|emoji| emoji.slack)
}

impl Emoji {
    fn parse(line: &'static str) -> Self {
        let mut fields = line.split('\t');
        let slack = fields.next().unwrap_or_default();
        let mut optional = || fields.next().filter(|field| !field.is_empty());
        Self { slack, name: optional().unwrap_or(slack), toned: optional(), character: optional() }
    }

    /// The name that Rocket.Chat looks up, without colons.
    ///
    /// An emoji that is newer than Rocket.Chat's list keeps Slack's name: a reaction has to have a name, and a later
    /// version may know it.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.name
    }

    /// The character, where a text cannot hold the name: Rocket.Chat lacks the emoji, or its name is not ASCII.
    #[must_use]
    pub fn character(self) -> Option<&'static str> {
        self.character
    }

    /// The name with one of Slack's skin tones, 2 to 6. `None` where Rocket.Chat has no such picture.
    #[must_use]
    pub fn toned(self, slack_tone: u64) -> Option<String> {
        let tone = slack_tone.checked_sub(1).filter(|tone| (1..=5).contains(tone))?;
        // A bare `#` is the usual form.
        Some(match self.toned? {
            "#" => format!("{}_tone{tone}", self.name),
            pattern => pattern.replace('#', &tone.to_string()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(slack: &str) -> &'static str {
        find(slack).unwrap().name()
    }

    #[test]
    fn the_table_is_sorted_and_has_every_standard_name() {
        assert_eq!(slack_names().count(), 1_972);
        assert!(slack_names().is_sorted());
        assert!(TABLE.iter().all(|emoji| !emoji.slack.is_empty() && emoji.name.chars().all(|c| c != ':')));
    }

    #[test]
    fn names_that_rocket_chat_lacks_become_its_own() {
        for (slack, expected) in [
            ("crossed_fingers", "fingers_crossed"),
            ("man-shrugging", "man_shrugging"),
            ("star-struck", "star_struck"),
            ("large_green_circle", "green_circle"),
            ("tshirt", "shirt"),
            ("car", "red_car"),
            ("male-technologist", "man_technologist"),
            ("flag-england", "england"),
            ("flag-un", "united_nations"),
            ("rainbow-flag", "rainbow_flag"),
            ("hand", "raised_hand"),
            ("spock-hand", "vulcan"),
            ("man-man-girl-boy", "family_mmgb"),
            ("skin-tone-2", "tone1"),
            ("skin-tone-6", "tone5"),
            ("keycap_star", "asterisk"),
        ] {
            assert_eq!(name(slack), expected);
        }
    }

    #[test]
    fn names_of_other_pictures_become_those_of_the_same() {
        for (slack, expected) in [
            ("city_sunset", "city_dusk"),
            ("medal", "military_medal"),
            ("satellite", "satellite_orbital"),
            ("satellite_antenna", "satellite"),
            ("umbrella", "umbrella2"),
            ("umbrella_with_rain_drops", "umbrella"),
            ("snowman", "snowman2"),
            ("snowman_without_snow", "snowman"),
            ("email", "envelope"),
        ] {
            assert_eq!(name(slack), expected);
        }
    }

    #[test]
    fn names_that_rocket_chat_knows_stay() {
        assert!(is_standard("tada") && is_standard("flag-de") && is_standard("memo"));
        for slack in
            ["+1", "-1", "thumbsup", "smile", "tada", "wave", "heart", "de", "gb", "shrug", "thinking_face", "100"]
        {
            assert_eq!(name(slack), slack);
        }
    }

    #[test]
    fn names_that_rocket_chats_importer_changes_are_changed() {
        assert_eq!([name("memo"), name("uk")], ["pencil", "gb"]);
    }

    #[test]
    fn every_flag_becomes_one_of_rocket_chat() {
        let flags: Vec<&str> = slack_names().filter(|name| name.starts_with("flag-")).collect();
        assert_eq!(flags.len(), 262);
        for slack in flags {
            let expected = match slack {
                "flag-un" => "united_nations".to_owned(),
                "flag-england" | "flag-scotland" | "flag-wales" => slack["flag-".len()..].to_owned(),
                "flag-sark" => slack.to_owned(),
                country => country.replace('-', "_"),
            };
            assert_eq!(name(slack), expected);
        }
    }

    #[test]
    fn skin_tones_belong_to_the_name() {
        for (slack, tone, expected) in [
            ("+1", 2, Some("+1_tone1")),
            ("+1", 3, Some("+1_tone2")),
            ("wave", 6, Some("wave_tone5")),
            ("crossed_fingers", 4, Some("fingers_crossed_tone3")),
            ("man-shrugging", 5, Some("man_shrugging_tone4")),
            ("golfer", 2, Some("person_golfing_tone1")),
            ("bald_person", 2, Some("person_tone1_bald")),
            ("couplekiss", 3, Some("kiss_tone2")),
            ("smile", 2, None),
            ("flag-de", 2, None),
            ("man-man-boy", 2, None),
            ("+1", 0, None),
            ("+1", 1, None),
            ("+1", 7, None),
            ("+1", u64::MAX, None),
        ] {
            assert_eq!(find(slack).unwrap().toned(tone).as_deref(), expected, "{slack} {tone}");
        }
    }

    #[test]
    fn each_of_the_toned_emoji_has_five_tones() {
        let toned: Vec<Emoji> = TABLE.iter().copied().filter(|emoji| emoji.toned.is_some()).collect();
        assert_eq!(toned.len(), 336);
        for emoji in toned {
            let names: Vec<String> = (2..=6).filter_map(|tone| emoji.toned(tone)).collect();
            assert_eq!(names.len(), 5);
            assert!(names.is_sorted() && names.iter().all(|name| name.contains("_tone") && !name.contains('#')));
        }
    }

    #[test]
    fn emoji_that_rocket_chat_lacks_keep_the_name_and_have_a_character() {
        let without_name: Vec<&str> =
            TABLE.iter().filter(|emoji| emoji.character.is_some()).map(|emoji| emoji.slack).collect();
        assert_eq!(
            without_name,
            [
                "face_with_bags_under_eyes",
                "fingerprint",
                "flag-sark",
                "harp",
                "leafless_tree",
                "pinata",
                "root_vegetable",
                "shovel",
                "splatter"
            ]
        );
        let harp = find("harp").unwrap();
        assert_eq!((harp.name(), harp.character()), ("harp", Some("\u{1fa89}")));
        let pinata = find("pinata").unwrap();
        assert_eq!((pinata.name(), pinata.character()), ("pi\u{f1}ata", Some("\u{1fa85}")));
    }

    #[test]
    fn other_names_are_not_found() {
        for other in
            ["", "party_parrot", "Smile", "SMILE", "FLAG-DE", ":smile:", " smile", "flag_de", "simple_smile", "# Slack"]
        {
            assert_eq!(find(other), None, "{other}");
            assert!(!is_standard(other), "{other}");
        }
    }
}
