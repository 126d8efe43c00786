//! Exports made by rule, for tests that need many records.

use std::fmt::Write;

/// `users.csv` of so many users.
pub(crate) fn users(count: usize) -> String {
    let mut text = String::new();
    for number in 0..count {
        writeln!(text, "user{number},user{number}@example.com,User {number}").unwrap();
    }
    text
}

/// Messages of one room by so many authors in turn, a second apart.
pub(crate) fn messages(count: usize, authors: usize) -> String {
    let mut text = String::new();
    for number in 0..count {
        writeln!(text, "user{},{},message {number}", number % authors, 1_600_000_000_000_u64 + number as u64 * 1_000)
            .unwrap();
    }
    text
}
