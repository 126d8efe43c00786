//! Programs that others wrote: looked for, installed below `target` once, run.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail, ensure};

/// Installs into a fresh `directory`, unless what is `wanted` is there already.
pub(crate) fn once(directory: &Path, wanted: &str, install: impl FnOnce() -> Result<()>) -> Result<()> {
    let mark = directory.join("installed");
    if fs::read_to_string(&mark).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    println!("installing into {}", directory.display());
    if directory.exists() {
        fs::remove_dir_all(directory).with_context(|| format!("removing {}", directory.display()))?;
    }
    fs::create_dir_all(directory).with_context(|| format!("creating {}", directory.display()))?;
    install()?;
    fs::write(&mark, wanted).with_context(|| format!("writing {}", mark.display()))
}

/// What a program says of its version. Where there is no such program, the error says what to install.
pub(crate) fn version(program: &str, missing: &str) -> Result<String> {
    match Command::new(program).arg("--version").stderr(Stdio::null()).output() {
        Ok(output) if output.status.success() => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        _ => bail!("{program} is not found: {missing}"),
    }
}

/// The text of a file.
pub(crate) fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))
}

/// Runs a command whose output is of interest only where it fails; then the error holds it, and what may help.
pub(crate) fn quietly(command: &mut Command, advice: &str) -> Result<()> {
    let output = command.output().with_context(|| format!("running {command:?}: {advice}"))?;
    let said = [output.stdout, output.stderr].concat();
    ensure!(output.status.success(), "{command:?} failed ({advice}):\n{}", String::from_utf8_lossy(&said));
    Ok(())
}
