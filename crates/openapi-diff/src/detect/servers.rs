//! Compares the servers that an operation is sent to.

use serde_json::Value;

use super::{Detector, list};
use crate::document::Node;
use crate::error::Result;
use crate::rules::Frame;

use super::operation::Place;

/// What is said of a server that is not named.
static UNNAMED: Value = Value::Null;

/// Compares the servers of an operation, or of what stands around it where it has none.
pub(super) fn compare(detector: &mut Detector<'_, '_>, base: &Place<'_, '_>, revision: &Place<'_, '_>) -> Result<()> {
    let (before, after) = (servers(base)?, servers(revision)?);
    let (here, there) = (whose(base).at.join("servers"), whose(revision).at.join("servers"));
    for (url, server) in &before {
        match after.iter().find(|(other, _)| other == url) {
            Some((_, other)) => variables(detector, url, server, other)?,
            None => {
                let sentence = format!("the server {url} is removed");
                detector.say(Frame::ServerRemoved, server.at.clone(), there.clone(), sentence);
            }
        }
    }
    for (url, server) in &after {
        if !before.iter().any(|(known, _)| known == url) {
            let sentence = format!("the server {url} is added");
            detector.say(Frame::ServerAdded, here.join(url), server.at.clone(), sentence);
        }
    }
    Ok(())
}

/// The operation, its path item or the document: the innermost that names servers.
fn whose<'d>((document, path, operation): &Place<'_, 'd>) -> Node<'d> {
    let around = [operation.node.clone(), path.node.clone()];
    let named = around.into_iter().find(|node| node.get("servers").is_some());
    named.unwrap_or_else(|| document.root())
}

/// The servers with their addresses. A `/` at the end of one says nothing.
fn servers<'d>(place: &Place<'_, 'd>) -> Result<Vec<(&'d str, Node<'d>)>> {
    let whose = whose(place);
    let mut servers = whose.items("servers")?;
    if servers.is_empty() {
        // Where none is named, it is where the document came from.
        let (document, value, at) = (whose.document, &UNNAMED, whose.at.join("servers"));
        return Ok(vec![("/", Node { document, value, at })]);
    }
    let address = |server: Node<'d>| match server.text("url")? {
        Some(url) => Ok((url.strip_suffix('/').filter(|url| !url.is_empty()).unwrap_or(url), server)),
        None => Err(server.error("a server needs a `url`")),
    };
    servers.drain(..).map(address).collect()
}

fn variables(detector: &mut Detector<'_, '_>, url: &str, base: &Node<'_>, revision: &Node<'_>) -> Result<()> {
    detector.prose(&format!("the server {url}"), base, revision)?;
    for (name, variable) in base.all_entries("variables")? {
        let at = revision.at.join("variables").join(name);
        let other = revision.get("variables").and_then(|variables| variables.get(name));
        let say = |node: &Node<'_>| -> Result<String> {
            let mut values: Vec<&str> = node.texts("enum")?.into_iter().map(|(value, _)| value).collect();
            values.sort_unstable();
            Ok(format!("{} (of {})", node.text("default")?.unwrap_or("none"), list(&values)))
        };
        let before = say(&variable)?;
        let after = other.as_ref().map(say).transpose()?.unwrap_or_else(|| "missing".to_owned());
        if before != after {
            let sentence = format!("the variable {name} of the server {url} is {after} instead of {before}");
            detector.say(Frame::ServerVariableChanged, variable.at, at, sentence);
        }
    }
    Ok(())
}
