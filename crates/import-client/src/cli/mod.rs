//! The command: its line, its commands, and what it prints.

mod add_users;
mod advice;
mod args;
mod failed;
mod fetch;
mod login;
mod output;
mod progress;
mod push;
mod retry;
mod show;
mod start;
mod users_csv;
mod users_file;
mod watch;

use std::{io, process::ExitCode, time::Duration};

use anyhow::bail;
use import_client::{
    Client, Credentials, Error, RetryPolicy,
    import_proto::{
        Endpoint, Nothing, StatusFilter,
        endpoints::{
            CurrentImport, FileData, ImportClear, ImportNew, ImportRun, ImportStatusNow, ImportersList, LatestImports,
            Progress,
        },
    },
};

pub(crate) use args::{Args, Kind};
use args::{Command, Connection};
use output::{note, print_json, print_lines};

/// How a command ended that did what it was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Done,
    /// The import is done, but for records that failed.
    SomeFailed,
}

/// Carries the command out; says on standard error why it could not.
pub(crate) async fn run(args: Args) -> ExitCode {
    match perform(&args).await {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::SomeFailed) => ExitCode::from(2),
        Err(error) => {
            // Whoever read the output has seen enough.
            let closed = |cause: &io::Error| cause.kind() == io::ErrorKind::BrokenPipe;
            if !error.chain().filter_map(|cause| cause.downcast_ref()).any(closed) {
                note(format_args!("error: {}", sentence(&error)));
                let known = error.chain().find_map(|cause| cause.downcast_ref::<Error>());
                if let Some(advice) = known.and_then(|error| advice::advice(error, &args.connection.url)) {
                    note(advice);
                }
            }
            ExitCode::FAILURE
        }
    }
}

/// The error and its causes, but for those whose text the one before has in it.
fn sentence(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if text.is_empty() {
            text = cause;
        } else if !text.ends_with(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

async fn perform(args: &Args) -> anyhow::Result<Outcome> {
    let client = &connect(&args.connection)?;
    let json = args.json;
    match &args.command {
        Command::Status => simple::<ImportStatusNow>(client, json, |answer| show::status(&answer)).await?,
        Command::Progress => simple::<Progress>(client, json, |answer| show::progress(&answer)).await?,
        Command::Current => simple::<CurrentImport>(client, json, show::current).await?,
        Command::History => simple::<LatestImports>(client, json, |answer| show::history(&answer)).await?,
        Command::Importers => simple::<ImportersList>(client, json, |answer| show::importers(&answer)).await?,
        Command::FileData => simple::<FileData>(client, json, show::file_data).await?,
        Command::New => {
            simple::<ImportNew>(client, json, |answer| show::new_operation(&answer)).await?;
            note("`import-client add-users FILE` adds users to it.");
        }
        Command::AddUsers { file } => add_users::add_users(client, json, file).await?,
        Command::Run => {
            simple::<ImportRun>(client, json, |_| "The import is started.".to_owned()).await?;
            note("`import-client watch` follows it.");
        }
        Command::Upload(file) => push::upload(client, json, file).await?,
        Command::Start(selection) => start::start(client, json, selection).await?,
        Command::Clear => {
            simple::<ImportClear>(client, json, |_| "The operation is ended, and the staging area empty.".to_owned())
                .await?;
        }
        Command::Watch => return watch::watch(client, json).await,
        Command::Retry { wait } => return retry::retry(client, json, *wait).await,
        Command::Fetch { what, wait } => return fetch::fetch(client, json, *what, *wait).await,
        Command::Failed { operation, kind, skipped, csv } => {
            let form = match (json, csv) {
                (true, _) => failed::Form::Json,
                (_, true) => failed::Form::Csv,
                _ => failed::Form::Table,
            };
            let status = if *skipped { StatusFilter::Skipped } else { StatusFilter::Failed };
            failed::failed(client, status, operation.clone(), *kind, form).await?;
        }
        Command::Login { user, password_stdin } => login::login(client, json, user, *password_stdin).await?,
        Command::Push { file, selection, wait } => {
            return push::push(client, json, file, selection, *wait).await;
        }
    }
    Ok(Outcome::Done)
}

/// Calls an endpoint that takes nothing, and prints its answer.
async fn simple<E: Endpoint<Query = Nothing, Request = Nothing>>(
    client: &Client,
    json: bool,
    show: impl FnOnce(E::Response) -> String,
) -> anyhow::Result<()> {
    let answer = client.answer::<E>(&Nothing, &Nothing).await?;
    if json { print_json(&answer.body) } else { Ok(print_lines(&show(answer.value))?) }
}

fn connect(connection: &Connection) -> anyhow::Result<Client> {
    let builder = Client::builder(&connection.url)
        .timeout(Duration::from_secs(connection.timeout))
        .retry(RetryPolicy { retries: connection.retries, ..RetryPolicy::default() });
    // An environment variable that is set to nothing counts as not set.
    let given = |value: &Option<String>| value.clone().filter(|value| !value.is_empty());
    let builder = match (given(&connection.user_id), given(&connection.auth_token)) {
        (Some(user_id), Some(auth_token)) => builder.credentials(Credentials::new(&user_id, &auth_token)?),
        (None, None) => builder,
        (Some(_), None) => bail!("--user-id is given without --auth-token: both are needed"),
        (None, Some(_)) => bail!("--auth-token is given without --user-id: both are needed"),
    };
    Ok(builder.build()?)
}
