//! The tools that check: installed below `target/conformance` once, and again when a lock file changes.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};

use crate::tools::{once, quietly, read, version};

/// The yarn that reads `yarn.lock`. npm does not install the packages as they are published: one of them asks for a
/// package that names a patch file of Rocket.Chat's own repository.
const YARN: &str = "yarn@1.22.22";

/// Where they are described and installed.
pub(super) struct Tools<'a> {
    /// The folder `conformance`.
    pub(super) sources: &'a Path,
    /// `target/conformance`
    pub(super) scratch: &'a Path,
}

impl Tools<'_> {
    /// The Python that has everything of `requirements.txt`.
    pub(super) fn python(&self) -> Result<PathBuf> {
        let missing = "install Python 3.11 or newer with venv (Debian and Ubuntu: python3 python3-venv)";
        let version = version("python3", missing)?;
        let environment = self.scratch.join("python");
        let python = environment.join("bin/python");
        let requirements = self.sources.join("requirements.txt");
        let wanted = version + &read(&requirements)?;
        once(&environment, &wanted, || {
            let mut venv = Command::new("python3");
            quietly(venv.args(["-m", "venv"]).arg(&environment), missing)?;
            // The file names every package: nothing is chosen at the time of the installation.
            let mut pip = Command::new(&python);
            pip.args(["-m", "pip", "--disable-pip-version-check", "install", "--no-deps", "--requirement"]);
            quietly(pip.arg(&requirements), "is the package registry reached?")?;
            let mut check = Command::new(&python);
            quietly(check.args(["-m", "pip", "check"]), "requirements.txt has to name every package that is needed")
        })?;
        Ok(python)
    }

    /// A script of `conformance/node` in one file, with the packages that it uses.
    pub(super) fn node(&self, script: &str) -> Result<PathBuf> {
        let missing = "install Node.js 18 or newer with npm (Debian and Ubuntu: nodejs npm)";
        let node = version("node", missing)?;
        let major = node.trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
        ensure!(major.is_some_and(|major| major >= 18), "this is node {}: {missing}", node.trim());
        let version = node + &version("npm", missing)?;
        let sources = self.sources.join("node");
        let installed = self.scratch.join("node");
        let files = ["package.json", "yarn.lock"];
        let mut wanted = version + YARN;
        for file in files {
            wanted += &read(&sources.join(file))?;
        }
        once(&installed, &wanted, || {
            for file in files {
                fs::copy(sources.join(file), installed.join(file)).with_context(|| format!("copying {file}"))?;
            }
            let yarn = installed.join("yarn");
            let mut npm = Command::new("npm");
            npm.args(["install", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"]);
            quietly(npm.arg(&yarn).arg(YARN), "is the package registry reached?")?;
            let mut install = Command::new("node");
            install.arg(yarn.join("node_modules/yarn/bin/yarn.js")).arg("install");
            // Some of the packages ask for the very Node that Rocket.Chat runs on; what is used of them needs none.
            install.args([
                "--frozen-lockfile",
                "--non-interactive",
                "--no-progress",
                "--ignore-scripts",
                "--ignore-engines",
            ]);
            quietly(install.current_dir(&installed), "is the package registry reached?")
        })?;
        // The published packages import one another in ways that Node alone does not resolve.
        let bundle = installed.join(script);
        let mut esbuild = Command::new("node");
        esbuild
            .arg(installed.join("node_modules/esbuild/bin/esbuild"))
            .arg(sources.join(script))
            .args(["--bundle", "--platform=node", "--format=esm", "--sourcemap", "--log-level=warning"])
            .arg(format!("--outfile={}", bundle.display()))
            .env("NODE_PATH", installed.join("node_modules"));
        quietly(&mut esbuild, "the tests have to be readable for esbuild")?;
        Ok(bundle)
    }
}
