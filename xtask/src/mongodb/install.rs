//! FerretDB, from its published module.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::tools::{once, quietly};

const MODULE: &str = "github.com/FerretDB/FerretDB";
const VERSION: &str = "v1.24.0";

/// Changes with what is changed of the published source: it is installed anew then.
const CHANGES: &str = "updates are atomic, writes wait their turn, the index on _id is used";

const MISSING: &str = "install Go 1.22 or newer (Debian 13 and newer: golang-go)";

/// A lock that is held while documents are read, changed and written: MongoDB changes one document at a time as a whole, and
/// the store depends on it, whereas FerretDB 1.24 reads, decides and writes in steps that others come between.
const LOCK: (&str, &str) = (
    "writes.go",
    "package handler\n\nimport \"sync\"\n\n// writes is held while documents are read, changed and written.\nvar writes sync.Mutex\n",
);

/// The functions that hold it, by the line that they begin with. Inserts, too: SQLite lets whoever asks at the right moment
/// write, and with several servers that insert all the time an update would wait for seconds.
const LOCKED: [(&str, &str); 4] = [
    ("msg_insert.go", "func (h *Handler) MsgInsert("),
    ("msg_update.go", "func (h *Handler) updateDocument("),
    ("msg_findandmodify.go", "func (h *Handler) findAndModifyDocument("),
    ("msg_delete.go", "func (h *Handler) MsgDelete("),
];

/// The expression by which documents are found by `_id`, as it is and as the index on it has it: SQLite uses an index only for
/// the very expression that it was made with, and reads the whole collection for the other.
const ID: (&str, &str) = ("DefaultColumn + \"->'$._id'\"", "DefaultColumn + \"->\\\"_id\\\"\"");

/// The program, built from its source below `tools` where that was not done yet.
///
/// # Errors
/// If Go is missing or too old, or the source cannot be had, changed or built.
pub(super) fn ferretdb(tools: &Path) -> Result<PathBuf> {
    let directory = tools.join(format!("ferretdb-{VERSION}"));
    let binary = directory.join("bin/ferretdb");
    once(&directory, &format!("{VERSION}, {CHANGES}"), || {
        let source = directory.join("source");
        copy(&download()?, &source)?;
        // The published module lacks the file that says which version it is, and the program does not start without.
        fs::write(source.join("build/version/version.txt"), VERSION).context("writing the version of FerretDB")?;
        lock_writes(&source.join("internal/handler"))?;
        use_index(&source.join("internal/backends/sqlite/metadata/metadata.go"))?;
        let mut install = Command::new("go");
        install.args(["install", "-buildvcs=false", "./cmd/ferretdb"]).current_dir(&source);
        install.env("GOBIN", directory.join("bin")).env("GOFLAGS", "-mod=mod");
        quietly(&mut install, MISSING)?;
        fs::remove_dir_all(&source).context("removing the source of FerretDB")
    })?;
    Ok(binary)
}

/// Where Go keeps the source of the module.
fn download() -> Result<PathBuf> {
    let output = Command::new("go")
        .args(["mod", "download", "-json", &format!("{MODULE}@{VERSION}")])
        .output()
        .with_context(|| format!("running go: {MISSING}"))?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let answer: Value = serde_json::from_str(&said).unwrap_or_default();
    match answer["Dir"].as_str() {
        Some(directory) => Ok(directory.into()),
        None => bail!("the source of FerretDB cannot be fetched: {}{said}", String::from_utf8_lossy(&output.stderr)),
    }
}

/// Copies a directory; what Go keeps cannot be written to, its copy can.
fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("creating {}", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| format!("reading {}", from.display()))? {
        let entry = entry?;
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            copy(&from, &to)?;
        } else {
            let bytes = fs::read(&from).with_context(|| format!("reading {}", from.display()))?;
            fs::write(&to, bytes).with_context(|| format!("writing {}", to.display()))?;
        }
    }
    Ok(())
}

fn lock_writes(handler: &Path) -> Result<()> {
    let (name, text) = LOCK;
    fs::write(handler.join(name), text).with_context(|| format!("writing {name}"))?;
    for (name, begins) in LOCKED {
        let path = handler.join(name);
        let text = fs::read_to_string(&path).with_context(|| format!("reading {name} of FerretDB"))?;
        ensure!(text.matches(begins).count() == 1, "{name} of FerretDB {VERSION} has not one `{begins}`");
        let changed: String = text
            .lines()
            .flat_map(|line| {
                let lock = if line.starts_with(begins) { "\twrites.Lock()\n\tdefer writes.Unlock()\n" } else { "" };
                [line, "\n", lock]
            })
            .collect();
        fs::write(&path, changed).with_context(|| format!("writing {name}"))?;
    }
    Ok(())
}

fn use_index(path: &Path) -> Result<()> {
    let (from, to) = ID;
    let text = fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    ensure!(text.matches(from).count() == 1, "{} of FerretDB {VERSION} has not one `{from}`", path.display());
    fs::write(path, text.replace(from, to)).with_context(|| format!("writing {}", path.display()))
}
