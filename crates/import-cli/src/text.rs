//! Text from exports and servers, made harmless for whoever shows it.

/// The text on one line, with a blank in the place of every character that would do something to a terminal: control
/// characters, which move the cursor, colour or erase; separators of lines; and those that turn the direction of text
/// around, so that it reads as what it is not.
pub fn printable(text: &str) -> String {
    text.chars().map(|letter| if is_active(letter) { ' ' } else { letter }).collect()
}

/// JSON on one line, with an escape in the place of every character that [`printable`] takes away: it stays the same JSON.
pub fn printable_json(json: &str) -> String {
    let mut printable = String::with_capacity(json.len());
    for letter in json.chars() {
        if is_active(letter) {
            // All of them are in the first plane, where one escape is enough.
            printable.push_str(&format!("\\u{:04x}", u32::from(letter)));
        } else {
            printable.push(letter);
        }
    }
    printable
}

/// Text as a cell of a table that spreadsheets read: [`printable`], and with an apostrophe before it where a spreadsheet
/// would take it for a formula, which may run commands. The apostrophe says that what follows is text.
pub fn cell(text: &str) -> String {
    let printable = printable(text);
    // Some spreadsheets pass over blanks, and take the wide forms of East Asian keyboards for the plain ones.
    match printable.trim_start().chars().next() {
        Some('=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠') => format!("'{printable}"),
        _ => printable,
    }
}

fn is_active(letter: char) -> bool {
    letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_reaches_the_terminal_but_letters() {
        for (text, expected) in [
            ("dev\u{1b}[2J\u{7}\r\nfake line", "dev [2J   fake line"),
            ("c1 \u{9b}31m, delete \u{7f}", "c1  31m, delete  "),
            ("a\u{2028}b\u{202e}c\u{2066}d", "a b c d"),
            ("Zoë 👩‍🚀 שלום", "Zoë 👩‍🚀 שלום"),
        ] {
            assert_eq!(printable(text), expected);
        }
    }

    #[test]
    fn json_stays_the_same_json() {
        assert_eq!(printable_json("{\"a\":\"\u{9b}\u{202e}é\"}"), "{\"a\":\"\\u009b\\u202eé\"}");
    }

    #[test]
    fn a_cell_is_never_a_formula() {
        for (text, expected) in [
            ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
            ("+1", "'+1"),
            ("-1+2", "'-1+2"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "' =1"),
            ("＝1", "'＝1"),
            ("a=1", "a=1"),
            ("lobby/1.csv", "lobby/1.csv"),
            ("", ""),
        ] {
            assert_eq!(cell(text), expected);
        }
    }
}
