//! The report of a check as people read it: what is in the export, then what is wrong with it, then the verdict.

use import_cli::notices::{self, When};
use import_engine::check::{FileCount, Findings, Listed, Subtype, UnreadableRecord, Verdict};
use import_proto::{Importer, ReasonCount};
use indicatif::HumanBytes;

use super::output::{counted, number, printable};

/// How many values of a list are shown, and how many unreadable records.
const VALUES: usize = 5;
const RECORDS: usize = 20;

/// One line of a section: a label, a number, and what else there is to say.
struct Row(String, u64, String);

/// The whole report, a line break at its end.
pub(super) fn report(file: &str, importer: Importer, findings: &Findings) -> String {
    let mut text =
        format!("{}: an export for the importer {} ({})\n", printable(file), importer.key(), importer.name());
    section(&mut text, "What is in it", &contents(findings));
    section(&mut text, "Messages by subtype", &subtypes(&findings.messages.subtypes));
    section(&mut text, "Files and avatars", &files(findings));
    section(&mut text, "What to look at", &oddities(importer, findings));
    told(&mut text, &notices::sentences(findings.notices.as_slice(), When::Ahead));
    section(&mut text, "What cannot be read", &reasons(&findings.unreadable.by_reason));
    unreadable(&mut text, &findings.unreadable.listed, findings.unreadable.total);
    section(
        &mut text,
        "What will fail in a workspace that lacks what the export lacks",
        &reasons(&findings.will_fail.by_reason),
    );
    section(&mut text, "What else will be lost", &losses(findings));
    text.push_str(&format!("\n{}\n", verdict(findings)));
    text
}

/// A title and rows whose numbers stand under each other; nothing without rows.
fn section(text: &mut String, title: &str, rows: &[Row]) {
    if rows.is_empty() {
        return;
    }
    let labels = rows.iter().map(|Row(label, ..)| label.chars().count()).max().unwrap_or_default();
    let numbers = rows.iter().map(|Row(_, count, _)| number(*count).len()).max().unwrap_or_default();
    text.push_str(&format!("\n{title}\n"));
    for Row(label, count, more) in rows {
        let line = format!("  {label:<labels$}  {:>numbers$}  {more}", number(*count));
        text.push_str(line.trim_end());
        text.push('\n');
    }
}

/// The section of notices, where there are any.
fn told(text: &mut String, sentences: &[String]) {
    if !sentences.is_empty() {
        text.push_str("\nWhat you should know\n");
        sentences.iter().for_each(|sentence| text.push_str(&format!("  {sentence}\n")));
    }
}

fn contents(findings: &Findings) -> Vec<Row> {
    let (users, channels) = (&findings.users, &findings.channels);
    let row = |label: &str, count, more| Row(label.to_owned(), count, more);
    let span = match (findings.messages.first, findings.messages.last) {
        (Some(first), Some(last)) => format!("from {} to {}", first.0, last.0),
        _ => String::new(),
    };
    vec![
        row(
            "users",
            users.total,
            some(&[(users.bots, if users.bots == 1 { "bot" } else { "bots" }), (users.deleted, "deactivated")]),
        ),
        row(
            "rooms",
            channels.total,
            some(&[
                (channels.public, "public"),
                (channels.private, "private"),
                (channels.direct, "direct"),
                (channels.archived, "of them archived"),
            ]),
        ),
        row("messages", findings.messages.total, span),
        row("contacts", findings.contacts.total, String::new()),
    ]
}

/// `3 public, 2 private`
fn some(counts: &[(u64, &str)]) -> String {
    let some = counts.iter().filter(|(count, _)| *count > 0);
    some.map(|(count, what)| format!("{} {what}", number(*count))).collect::<Vec<_>>().join(", ")
}

fn subtypes(subtypes: &[Subtype]) -> Vec<Row> {
    let row = |subtype: &Subtype| {
        let Subtype { subtype: name, known, kept, left_out } = subtype;
        let label = if name.is_empty() { "(ordinary)".to_owned() } else { printable(name) };
        let kept = (*kept > 0 && !known).then(|| format!("{} kept as plain messages", number(*kept)));
        // Known ones are left out for several reasons. Where a word is lost, a notice says so.
        let why = if *known { "" } else { ": nothing is in them" };
        let left_out = (*left_out > 0).then(|| format!("{} left out{why}", number(*left_out)));
        let unknown = (!known).then(|| "not known".to_owned());
        let more: Vec<_> = [unknown, kept, left_out].into_iter().flatten().collect();
        Row(label, subtype.kept + subtype.left_out, more.join("; "))
    };
    subtypes.iter().map(row).collect()
}

fn files(findings: &Findings) -> Vec<Row> {
    let files = &findings.files;
    let of = |label: &str, count: FileCount| {
        let unknown = match count.unknown_size {
            0 => String::new(),
            unknown => format!(", and {} of unknown size", number(unknown)),
        };
        Row(label.to_owned(), count.count, format!("{}{unknown}", HumanBytes(count.bytes)))
    };
    let plain = |label: &str, count, more: &str| Row(label.to_owned(), count, more.to_owned());
    let rows = [
        of("files to be fetched", files.to_fetch),
        of("files in the export", files.in_export),
        plain("files elsewhere", files.elsewhere, "a link is shown"),
        plain("files that are gone", files.gone, "the name is shown"),
        plain("avatars to be fetched", findings.users.avatars_to_fetch, ""),
        plain("avatars in the export", findings.users.avatars_in_export, ""),
    ];
    rows.into_iter().filter(|Row(_, count, _)| *count > 0).collect()
}

fn oddities(importer: Importer, findings: &Findings) -> Vec<Row> {
    let (users, channels) = (&findings.users, &findings.channels);
    let row = |label: &str, count, more| Row(label.to_owned(), count, more);
    let rows = [
        row("usernames of several users", users.duplicate_usernames.values, listed(&users.duplicate_usernames)),
        row(
            "usernames that cannot be mentioned",
            users.not_mentionable.values,
            format!("{}; {}", listed(&users.not_mentionable), what_becomes_of_usernames(importer)),
        ),
        row("addresses of several users", users.duplicate_emails.values, listed(&users.duplicate_emails)),
        row(
            "names of several rooms",
            channels.duplicate_names.values,
            format!("{}; all but the first get a number", listed(&channels.duplicate_names)),
        ),
        row("users without an address", users.without_email, "they cannot ask for a new password".to_owned()),
        row(
            "rooms without members",
            channels.without_members,
            names(&channels.without_members_listed, channels.without_members),
        ),
        row(
            "contacts whose manager is no user here",
            findings.contacts.managers_not_in_export,
            "the workspace has to have them".to_owned(),
        ),
        row(
            "messages by users who are not here",
            findings.messages.unknown_authors.occurrences,
            listed(&findings.messages.unknown_authors),
        ),
        row(
            "messages in rooms that are not here",
            findings.messages.unknown_rooms.occurrences,
            listed(&findings.messages.unknown_rooms),
        ),
    ];
    rows.into_iter().filter(|Row(_, count, _)| *count > 0).collect()
}

/// What an import does with usernames that cannot be mentioned.
fn what_becomes_of_usernames(importer: Importer) -> &'static str {
    match importer {
        Importer::Slack | Importer::HipchatEnterprise => "they will be changed",
        _ => "they stay as they are",
    }
}

fn losses(findings: &Findings) -> Vec<Row> {
    let members = &findings.channels.unknown_members;
    let rows = [
        Row("memberships of users who are not here".to_owned(), members.occurrences, listed(members)),
        Row(
            "reactions by users who are not here".to_owned(),
            findings.messages.reactions_by_unknown_users,
            String::new(),
        ),
        Row(
            "messages of subtypes that are not known".to_owned(),
            findings.unknown_left_out(),
            "nothing is in them".to_owned(),
        ),
    ];
    rows.into_iter().filter(|Row(_, count, _)| *count > 0).collect()
}

fn reasons(counts: &[ReasonCount]) -> Vec<Row> {
    counts.iter().map(|entry| Row(entry.data_type.to_string(), entry.count, printable(&entry.reason))).collect()
}

/// `ghost (4), wraith (1) and 3 more`
fn listed(values: &Listed) -> String {
    let shown: Vec<_> = values.listed.iter().take(VALUES).collect();
    let more = more(values.values, shown.len());
    let shown: Vec<_> =
        shown.iter().map(|entry| format!("{} ({})", printable(&entry.value), number(entry.count))).collect();
    format!("{}{more}", shown.join(", "))
}

fn names(names: &[String], total: u64) -> String {
    let shown: Vec<_> = names.iter().take(VALUES).map(|name| printable(name)).collect();
    format!("{}{}", shown.join(", "), more(total, shown.len()))
}

fn more(total: u64, shown: usize) -> String {
    match total.saturating_sub(shown as u64) {
        0 => String::new(),
        more => format!(" and {} more", number(more)),
    }
}

/// The first records that cannot be read, with their places.
fn unreadable(text: &mut String, records: &[UnreadableRecord], total: u64) {
    for record in records.iter().take(RECORDS) {
        let line = record.line.map(|line| format!(", line {line}"));
        let column = record.column.map(|column| format!(", column {column}"));
        text.push_str(&format!(
            "    {}{}{}  {}\n",
            printable(record.entry.as_deref().unwrap_or("-")),
            line.unwrap_or_default(),
            column.unwrap_or_default(),
            printable(&record.message)
        ));
    }
    let hidden = total.saturating_sub(records.len().min(RECORDS) as u64);
    if hidden > 0 {
        text.push_str(&format!("    … and {} more\n", number(hidden)));
    }
}

fn verdict(findings: &Findings) -> String {
    let bad = findings.unreadable.total + findings.will_fail.total;
    let all = findings.records() + findings.unreadable.total;
    match findings.verdict {
        Verdict::Nothing => format!(
            "Verdict: nothing of it can be imported: {}.",
            match findings.unreadable.total {
                0 => "there is no record in it".to_owned(),
                unreadable => format!("none of {} can be read", counted(unreadable, "record", "records")),
            }
        ),
        Verdict::Whole => {
            format!("Verdict: nothing is wrong with it; {} can be imported.", counted(all, "record", "records"))
        }
        Verdict::Partly if bad == 0 => format!(
            "Verdict: {} can be imported, but something of them will be lost.",
            counted(all, "record", "records")
        ),
        Verdict::Partly => {
            format!("Verdict: it can be imported, but for {} of {}.", number(bad), counted(all, "record", "records"))
        }
    }
}
