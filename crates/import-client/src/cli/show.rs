//! Answers as people read them.

use import_cli::notices::{self, When};
use import_client::import_proto::{
    CurrentOperation, ImportFileData, ImportProgress, ImportStatus, ImporterList, NewOperation, Operation,
    OperationCount, OperationList, OperationState, ReasonCount,
};
use indicatif::HumanCount;

use super::output::{columns, pairs, printable};

/// `12,345`
pub(crate) fn number(count: u64) -> String {
    HumanCount(count).to_string()
}

/// `1 user`, `2 users`
pub(crate) fn counted(count: u64, one: &str) -> String {
    format!("{} {one}{}", number(count), if count == 1 { "" } else { "s" })
}

/// The answer of `import.status`.
pub(crate) fn status(status: &ImportStatus) -> String {
    let mut rows = vec![("State", format!("{}: {}", status.state, status.state.description()))];
    if let Some(operation) = &status.operation {
        rows.extend(operation_rows(operation));
    }
    let mut text = pairs(&rows);
    if let Some(reasons) = &status.reasons {
        text += &by_reason("Failed", &reasons.failed);
        text += &by_reason("Skipped", &reasons.skipped);
    }
    if let Some(notices) = &status.notices {
        let when = if status.state == OperationState::Done { When::Done } else { When::Ahead };
        text += "\nWhat you should know\n";
        notices::sentences(notices, when).iter().for_each(|sentence| text += &format!("{sentence}\n"));
    }
    text
}

/// How many records failed, or were skipped, for which reason.
fn by_reason(what: &str, counts: &[ReasonCount]) -> String {
    if counts.is_empty() {
        return String::new();
    }
    let rows = counts.iter().map(|entry| [number(entry.count), entry.data_type.to_string(), entry.reason.clone()]);
    format!("\n{}", columns([what, "Kind", "Reason"], rows))
}

/// The answer of `import.new`.
pub(crate) fn new_operation(answer: &NewOperation) -> String {
    pairs(&operation_rows(&answer.operation))
}

/// The answer of `getCurrentImportOperation`.
pub(crate) fn current(answer: CurrentOperation) -> String {
    match answer.operation {
        Some(operation) => pairs(&operation_rows(&operation.into())),
        None => format!("{}\n", OperationState::None.description()),
    }
}

/// The answer of `getImportProgress`.
pub(crate) fn progress(progress: &ImportProgress) -> String {
    pairs(&[
        ("Importer", format!("{} ({})", progress.key, progress.name)),
        ("Step", format!("{}: {}", progress.step, progress.step.description())),
        ("Completed", number(progress.count.completed)),
        ("Total", number(progress.count.total)),
    ])
}

fn operation_rows(operation: &Operation) -> Vec<(&'static str, String)> {
    let mut rows = vec![
        ("Operation", operation.id.clone()),
        ("Importer", format!("{} ({})", operation.importer_key, operation.operation_type)),
        ("Step", format!("{}: {}", operation.status, operation.status.description())),
        ("Created", format!("{} by {}", operation.ts.0, operation.user)),
        ("Changed", operation.updated_at.0.to_string()),
    ];
    if !operation.valid {
        rows.push(("Valid", "no: it was ended by an administrator, or given up".to_owned()));
    }
    if let Some(file) = &operation.file {
        rows.push(("File", file.clone()));
    }
    rows.extend(count_rows(operation.count.as_ref()));
    rows
}

fn count_rows(count: Option<&OperationCount>) -> Vec<(&'static str, String)> {
    let Some(OperationCount { total, completed, error, users, channels, messages, contacts }) = count.copied() else {
        return Vec::new();
    };
    let all = [
        ("Users", users),
        ("Channels", channels),
        ("Messages", messages),
        ("Contacts", contacts),
        ("Total", total),
        ("Completed", completed),
        ("Failed", error),
    ];
    all.into_iter().filter_map(|(name, count)| Some((name, number(count?)))).collect()
}

/// The answer of `getLatestImportOperations`.
pub(crate) fn history(list: &OperationList) -> String {
    if list.0.is_empty() {
        return format!("{}\n", OperationState::None.description());
    }
    columns(
        ["Operation", "Importer", "Created", "Step", "Valid", "File", "Completed", "Failed", "Total"],
        list.0.iter().map(|operation| {
            let count = operation.count.unwrap_or_default();
            let shown = |count: Option<u64>| count.map_or_else(|| "-".to_owned(), number);
            [
                operation.id.clone(),
                operation.importer_key.clone(),
                operation.ts.0.to_string(),
                operation.status.to_string(),
                if operation.valid { "yes" } else { "no" }.to_owned(),
                operation.file.clone().unwrap_or_else(|| "-".to_owned()),
                shown(count.completed),
                shown(count.error),
                shown(count.total),
            ]
        }),
    )
}

/// The answer of `importers.list`.
pub(crate) fn importers(list: &ImporterList) -> String {
    columns(["Key", "Name"], list.0.iter().map(|importer| [importer.key.clone(), importer.name.clone()]))
}

/// The answer of `getImportFileData`.
pub(crate) fn file_data(data: ImportFileData) -> String {
    let Some(selection) = data.into_selection() else {
        return "The file is still being prepared.\n".to_owned();
    };
    let flags = |flags: &[(bool, &str)]| {
        flags.iter().filter(|(is, _)| *is).map(|(_, name)| *name).collect::<Vec<_>>().join(", ")
    };
    let mut text = format!(
        "{}: {}, {}, {}, {}.\n",
        if selection.name.is_empty() { "Staged".to_owned() } else { printable(&selection.name) },
        counted(selection.users.len() as u64, "user"),
        counted(selection.channels.len() as u64, "channel"),
        counted(selection.contacts.len() as u64, "contact"),
        counted(selection.message_count, "message"),
    );
    if !selection.users.is_empty() {
        text.push('\n');
        text += &columns(
            ["User", "Username", "Email", ""],
            selection.users.into_iter().map(|user| {
                [user.user_id, user.username, user.email, flags(&[(user.is_bot, "bot"), (user.is_deleted, "deleted")])]
            }),
        );
    }
    if !selection.channels.is_empty() {
        text.push('\n');
        text += &columns(
            ["Channel", "Name", ""],
            selection.channels.into_iter().map(|channel| {
                let flags = flags(&[
                    (channel.is_direct, "direct"),
                    (channel.is_private && !channel.is_direct, "private"),
                    (channel.is_archived, "archived"),
                ]);
                [channel.channel_id, channel.name, flags]
            }),
        );
    }
    if !selection.contacts.is_empty() {
        text.push('\n');
        text += &columns(
            ["Contact", "Name", "Emails", "Phones"],
            selection
                .contacts
                .into_iter()
                .map(|contact| [contact.id, contact.name, contact.emails.join("; "), contact.phones.join("; ")]),
        );
    }
    text
}
