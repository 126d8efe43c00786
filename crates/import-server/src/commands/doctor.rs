//! `doctor`: says whether it is safe to import now, and what to do where it is not.

use std::path::Path;

use clap::Args;
use import_store::{
    Store as _,
    embedded::OpenError,
    mongodb::doctor::{Finding, Level, space},
};
use serde::Serialize;

use super::{
    Ended, output,
    store::{StoreOption, StoreUrl},
    workspace::DataDir,
};

const LONG_ABOUT: &str = "\
Look at everything that an import relies on, and say of each thing whether it is as it should be (`ok`), whether something \
is to be known before (`warning`), or whether an import is not safe now (`problem`): what was found, and what to do.

Of a workspace's own database (--store) that is the connection, the versions, roles and permissions, whether this login may \
write, indexes, room, and whether an import is at work. One document is written into the collection import_server_state and \
removed again; nothing else is changed.

Works beside a running server. Exit code 1 where there is a problem, 0 otherwise.";

const EXAMPLES: &str = "\
Examples:
  import-server doctor
  import-server doctor --store mongodb://localhost:27017/rocketchat
  import-server doctor --json | jq -r '.findings[] | select(.level != \"ok\") | .name'";

/// Say whether it is safe to import now
#[derive(Debug, Args)]
#[command(long_about = LONG_ABOUT, after_help = EXAMPLES)]
pub(crate) struct Doctor {
    #[command(flatten)]
    data_dir: DataDir,

    #[command(flatten)]
    store: StoreOption,

    /// Print the findings as one line of JSON
    #[arg(long, env = "IMPORT_SERVER_JSON")]
    json: bool,
}

#[derive(Serialize)]
struct Examined {
    safe: bool,
    problems: usize,
    warnings: usize,
    findings: Vec<Finding>,
}

impl Doctor {
    pub(crate) async fn run(self) -> anyhow::Result<Ended> {
        let mut findings = match &self.store.url {
            Some(url) => examine(url).await,
            None => vec![workspace(&self.data_dir).await],
        };
        findings.push(room(&self.data_dir.path));
        let count = |level| findings.iter().filter(|finding| finding.level == level).count();
        let (problems, warnings) = (count(Level::Problem), count(Level::Warning));
        let examined = Examined { safe: problems == 0, problems, warnings, findings };
        if self.json {
            output::json_line(&examined)?;
        } else {
            self.report(&examined)?;
        }
        Ok(if examined.safe { Ended::Done } else { Ended::NotDone })
    }

    fn report(&self, examined: &Examined) -> anyhow::Result<()> {
        let names = examined.findings.iter().map(|finding| finding.name.len()).max().unwrap_or_default();
        for Finding { name, level, found, advice } in &examined.findings {
            output::line(format_args!("{:7}  {name:names$}  {found}", level.as_str()))?;
            if let Some(advice) = advice {
                output::line(format_args!("{:7}  {:names$}  -> {advice}", "", ""))?;
            }
        }
        let counted = |count: usize, one, many| output::counted(count as u64, one, many);
        let warnings = counted(examined.warnings, "warning", "warnings");
        let place = self.store.place(&self.data_dir);
        output::line("")?;
        match examined.problems {
            0 => output::line(format_args!("It is safe to import into {place}: no problems, {warnings}.")),
            problems => output::line(format_args!(
                "It is not safe to import into {place} now: {}, {warnings}.",
                counted(problems, "problem", "problems")
            )),
        }
    }
}

async fn examine(url: &StoreUrl) -> Vec<Finding> {
    url.examine().await.unwrap_or_else(|error| {
        let advice = "nothing else can be looked at before this is put right";
        vec![Finding::problem("connection", output::cause(&error), advice)]
    })
}

/// How the workspace in a data directory stands.
async fn workspace(data_dir: &DataDir) -> Finding {
    const NAME: &str = "workspace";
    let store = match data_dir.open_beside() {
        Ok(store) => store,
        Err(OpenError::NoWorkspace { directory }) => {
            let found = format!("there is none in {} yet: `serve` and `import` make one", directory.display());
            return Finding::ok(NAME, found);
        }
        Err(OpenError::TooOld { database, found, known }) => {
            let found = format!("{} is of version {found}", database.display());
            return Finding::warning(NAME, found, format!("`serve` and `import` bring it to version {known}"));
        }
        Err(error) => {
            let advice = "name another data directory, or see docs/operating.md";
            return Finding::problem(NAME, output::cause(&error.into()), advice);
        }
    };
    match store.current_operation().await {
        Err(error) => Finding::problem(NAME, output::cause(&error.into()), "restore the data directory from a backup"),
        Ok(None) => Finding::ok(NAME, "it can be opened; nothing was imported yet"),
        Ok(Some(current)) => {
            let (id, step) = (&current.operation.id, current.step());
            if step.is_final() || !current.operation.valid {
                return Finding::ok(NAME, format!("it can be opened; the last import, {id}, is at {step}"));
            }
            Finding::warning(
                NAME,
                format!("it can be opened; the import {id} is unfinished and is at {step}"),
                "let a server that runs on it finish it, or start one: a new import ends it",
            )
        }
    }
}

/// How much room there is for files on their way.
#[allow(clippy::cast_precision_loss)]
fn room(directory: &Path) -> Finding {
    const NAME: &str = "data directory";
    let whole = std::path::absolute(directory).unwrap_or_else(|_| directory.to_owned());
    let there = whole.ancestors().find(|directory| directory.exists()).unwrap_or(&whole);
    // Files are made in it, and directories where it is not there yet.
    let usable = match rustix::fs::access(there, rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK) {
        _ if !there.is_dir() => Err("it is no directory".to_owned()),
        Ok(()) => Ok(()),
        Err(error) => Err(error.to_string()),
    };
    if let Err(reason) = usable {
        return Finding::problem(
            NAME,
            format!("{} cannot be written to: {}: {reason}", directory.display(), there.display()),
            "name a directory that this user can write to",
        );
    }
    match rustix::fs::statvfs(there) {
        Ok(disk) => {
            let bytes = |blocks: u64| blocks as f64 * disk.f_frsize as f64;
            let whose = format!("the disk of {}", directory.display());
            space(NAME, bytes(disk.f_blocks), bytes(disk.f_bavail), &whose)
        }
        Err(error) => Finding::problem(
            NAME,
            format!("cannot look at the disk of {}: {error}", directory.display()),
            "name a directory that this user can write to",
        ),
    }
}
