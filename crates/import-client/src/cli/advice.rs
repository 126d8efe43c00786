//! What to do next about an error.

use import_client::{Error, TransportKind};

/// A sentence on what to do about an error of the server at `url`, where there is something.
pub(crate) fn advice(error: &Error, url: &str) -> Option<String> {
    let advice = match error {
        Error::Unauthorized { endpoint: "login", message } if message.to_lowercase().contains("totp") => {
            "This user logs in with a second factor. Create a personal access token in the user's account in Rocket.Chat, and \
             give it and its user id with --auth-token and --user-id."
                .to_owned()
        }
        Error::Unauthorized { endpoint: "login", .. } => "Check the user name and the password.".to_owned(),
        Error::Unauthorized { .. } => "Check --user-id and --auth-token (or ROCKETCHAT_USER_ID and ROCKETCHAT_AUTH_TOKEN). \
                                       `import-client login USER` gives a new pair."
            .to_owned(),
        Error::Forbidden { permission: Some(permission), .. } => {
            format!("The user needs a role with the permission {}; admin is one.", permission.as_str())
        }
        Error::Transport { kind: TransportKind::Connect, .. } => {
            format!("Is the server running at {url}? --url (or ROCKETCHAT_URL) says where it is.")
        }
        Error::Transport { kind: TransportKind::Timeout, .. } => {
            "--timeout gives it more time. It may be at work nevertheless: `import-client status` tells.".to_owned()
        }
        Error::Refused { status: 404, .. } | Error::Invalid { .. } => {
            format!("Is {url} the address of an import server or a Rocket.Chat, with the path it is mounted at, if any?")
        }
        Error::Refused { endpoint: "import.retry", code: Some(code), .. }
            if code == "error-invalid-operation-status" =>
        {
            "Only of an operation that is done can the failed records be run again: `import-client status` shows what it is at."
                .to_owned()
        }
        Error::Refused { endpoint: "import.retry", code: Some(code), .. } if code == "error-operation-not-found" => {
            "The last operation was ended, or there was never one: import the file again.".to_owned()
        }
        Error::Refused { code: Some(code), .. } => match code.as_str() {
            "error-importer-not-defined" => "`import-client importers` lists the keys of importers.".to_owned(),
            "error-operation-not-found" => no_operation(),
            "error-invalid-operation-status" => {
                "Only an operation that is ready can be started: `import-client status` shows what it is at.".to_owned()
            }
            _ => return None,
        },
        Error::Refused { endpoint: "import.addUsers", message, .. } => match message.as_str() {
            "Import operation not initialized." | "The current import operation is already finished." => {
                "`import-client new` creates an operation that users can be added to.".to_owned()
            }
            "The current import operation can not receive new data." => {
                "`import-client watch` tells when it has ended; `import-client new` ends it.".to_owned()
            }
            "One or more of the users have been assigned invalid roles." => {
                "Roles are named by their ids, as the workspace has them: user, admin, bot, …".to_owned()
            }
            _ => return None,
        },
        Error::Unsupported { endpoint: "import.retry", .. } => {
            "A Rocket.Chat keeps no failed records: mend the cause and import the file again.".to_owned()
        }
        Error::Unsupported { endpoint: "import.upload", .. } => {
            "A Rocket.Chat takes no options for an import: leave out --unknown-users, --unknown-rooms and --names-encoding."
                .to_owned()
        }
        Error::Unsupported { endpoint: "import.records", .. } => {
            "A Rocket.Chat only counts the records that failed: `import-client status` shows how many.".to_owned()
        }
        _ => return None,
    };
    Some(advice)
}

fn no_operation() -> String {
    "Create an operation first: `import-client new` for users, `import-client upload FILE --importer KEY` for an export."
        .to_owned()
}
