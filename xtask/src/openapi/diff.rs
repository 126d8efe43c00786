//! `cargo xtask openapi diff`: what differs between two documents, and whom it breaks.

use std::env;
use std::io::{self, IsTerminal, Read};
use std::path::Path;
use std::str::FromStr;

use anyhow::{Context, Result};
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use openapi_diff::display::{Colour, Format, Options, Paint, write};
use openapi_diff::report::FailOn;
use openapi_diff::{Report, Source};

use super::check::FAIL_ON;
use super::{DEVIATIONS, DOCUMENTED, GENERATED, declared, read, source};

/// What to compare, and how to tell of it.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// What is relied on: a JSON or YAML file, or - for the standard input
    ///
    /// Without files, openapi/generated.json is compared with openapi/documented.json, and
    /// openapi/deviations.toml says which differences are meant.
    #[arg(requires = "revision")]
    base: Option<String>,
    /// What is to be known about
    revision: Option<String>,
    /// How to write the differences
    #[arg(long, default_value = "text", value_parser = one_of::<Format>(&Format::NAMES))]
    format: Format,
    /// Which differences to exit with 1 for, unless they are declared: those that break clients,
    /// those that break clients or servers, or any but documentation
    ///
    /// [default: any for two files, breaking for the workspace's own]
    #[arg(long, value_parser = one_of::<FailOn>(&FailOn::NAMES))]
    fail_on: Option<FailOn>,
    /// Show what only people read, and examples that do not match their schema
    #[arg(long)]
    documentation: bool,
    /// When to write in colours
    #[arg(long, default_value = "auto", value_parser = one_of::<Colour>(&Colour::NAMES))]
    color: Colour,
}

/// A parser that shows the names of an option's values.
fn one_of<T: FromStr<Err: std::error::Error + Send + Sync + 'static> + Clone + Send + Sync + 'static>(
    names: &'static [&'static str],
) -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(names).try_map(|name| name.parse::<T>())
}

/// Whether to write to the standard output in colours.
pub(super) fn paint(colour: Colour) -> Paint {
    colour.paint(io::stdout().is_terminal(), env::var_os("NO_COLOR").as_deref())
}

/// What to print, and whether nothing is found that matters.
///
/// # Errors
/// If a document cannot be read or compared.
pub(super) fn diff(arguments: &Arguments, root: &Path) -> Result<(String, bool)> {
    let options = |fail_on| Options {
        format: arguments.format,
        fail_on: arguments.fail_on.unwrap_or(fail_on),
        documentation: arguments.documentation,
        paint: paint(arguments.color),
    };
    match (&arguments.base, &arguments.revision) {
        (Some(base), Some(revision)) => {
            let (base, revision) = (given(base)?, given(revision)?);
            Ok(told(&Report::of(&base, &revision)?, options(FailOn::Any)))
        }
        _ => {
            let (base, revision) = (source(root, DOCUMENTED)?, source(root, GENERATED)?);
            Ok(told(&declared(&base, &revision, &read(root, DEVIATIONS)?)?, options(FAIL_ON)))
        }
    }
}

fn told(report: &Report<'_>, options: Options) -> (String, bool) {
    (write(report, options), report.conforms(options.fail_on))
}

/// Reads a file that was named, or the standard input.
fn given(name: &str) -> Result<Source> {
    let text = if name == "-" {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text).map(|_| text).context("reading the standard input")?
    } else {
        std::fs::read_to_string(name).with_context(|| format!("reading {name}"))?
    };
    Ok(Source::parse(name, &text)?)
}
