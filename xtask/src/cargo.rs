//! Cargo, run by a task.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

/// Where cargo puts what it builds, and tasks put what can be made anew.
pub(crate) fn target(root: &Path) -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from)
}

/// Cargo in the workspace at `root`.
///
/// The cargo that runs a task says in the environment which package that is. Build scripts look at it, and would run
/// again, with all that depends on them, each time that cargo is run from a task after it was run by hand.
pub(crate) fn command(root: &Path) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root);
    for (name, _) in env::vars_os() {
        let of_the_package = |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
        if name.to_str().is_some_and(of_the_package) {
            command.env_remove(name);
        }
    }
    command
}
