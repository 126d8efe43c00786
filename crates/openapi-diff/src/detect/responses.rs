//! Compares the answers of an operation: their statuses, headers and media types.

use super::schema::Schemas;
use super::{Detector, body, opaque};
use crate::document::Node;
use crate::error::Result;
use crate::rules::{Direction, Frame};

/// Compares the answers of an operation.
pub(super) fn compare<'d>(detector: &mut Detector<'_, 'd>, base: &Node<'d>, revision: &Node<'d>) -> Result<()> {
    let (published, found) = (base.entries("responses")?, revision.entries("responses")?);
    for (status, response) in &published {
        match covering(status, &found) {
            Some(other) => answer(detector, status, &response.resolve()?, &other.resolve()?)?,
            None => {
                let there = revision.at.join("responses").join(status);
                let rule = match kind(status) {
                    Kind::Success => Frame::ResponseSuccessRemoved,
                    Kind::Error => Frame::ResponseErrorRemoved,
                    Kind::Default => Frame::DefaultResponseRemoved,
                };
                detector.of(&format!("answer {status}"), rule, response.at.clone(), there, "is removed");
            }
        }
    }
    for (status, response) in &found {
        if published.iter().any(|(known, _)| known.eq_ignore_ascii_case(status)) {
            continue;
        }
        // What a range or `default` of the base says of it is all that a client knows.
        if let Some(known) = covering(status, &published) {
            answer(detector, status, &known.resolve()?, &response.resolve()?)?;
            continue;
        }
        let rule = match kind(status) {
            Kind::Success => Frame::ResponseSuccessAdded,
            Kind::Error => Frame::ResponseErrorAdded,
            Kind::Default => Frame::DefaultResponseAdded,
        };
        let here = base.at.join("responses").join(status);
        detector.of(&format!("answer {status}"), rule, here, response.at.clone(), "is added");
    }
    Ok(())
}

enum Kind {
    Success,
    Error,
    Default,
}

fn kind(status: &str) -> Kind {
    match status.as_bytes().first() {
        Some(b'4' | b'5') => Kind::Error,
        Some(b'1'..=b'3') => Kind::Success,
        _ => Kind::Default,
    }
}

/// What is said of a status: by its own entry, by that of its range, or, if it is an error, by
/// `default`. A client waits for a success of its own: that something else is answered by `default`
/// does not tell it which.
fn covering<'n, 'd>(status: &str, entries: &'n [(&'d str, Node<'d>)]) -> Option<&'n Node<'d>> {
    let range = status.chars().next().map(|first| format!("{first}XX"));
    let default = matches!(kind(status), Kind::Error).then(|| "default".to_owned());
    let names = [Some(status.to_owned()), range, default];
    names.into_iter().flatten().find_map(|name| {
        let (_, node) = entries.iter().find(|(known, _)| known.eq_ignore_ascii_case(&name))?;
        Some(node)
    })
}

fn answer<'d>(detector: &mut Detector<'_, 'd>, status: &str, base: &Node<'d>, revision: &Node<'d>) -> Result<()> {
    let part = format!("answer {status}");
    detector.prose(&part, base, revision)?;
    headers(detector, &part, base, revision)?;
    opaque::compare(detector, "", Frame::LinkChanged, "link", "links", (base, revision))?;
    body::media_types(detector, &part, Direction::Response, base, revision)
}

/// Compares the headers of an answer. Their names have no case.
fn headers<'d>(detector: &mut Detector<'_, 'd>, answer: &str, base: &Node<'d>, revision: &Node<'d>) -> Result<()> {
    // It is described by the media types.
    let described = |(name, _): &(&str, Node<'_>)| !name.eq_ignore_ascii_case("content-type");
    let published: Vec<_> = base.all_entries("headers")?.into_iter().filter(described).collect();
    let found: Vec<_> = revision.all_entries("headers")?.into_iter().filter(described).collect();
    for (name, header) in &published {
        let part = format!("header {name} of {answer}");
        let Some((_, other)) = found.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)) else {
            let there = revision.at.join("headers").join(name);
            detector.of(&part, Frame::ResponseHeaderRemoved, header.at.clone(), there, "is removed");
            continue;
        };
        let (before, after) = (header.resolve()?, other.resolve()?);
        let nodes = (&before, &after);
        let required = (Frame::ResponseHeaderBecameRequired, "is always there");
        let optional = (Frame::ResponseHeaderBecameOptional, "may be missing");
        detector.flag(&part, "required", nodes, [required, optional])?;
        let deprecated = (Frame::ResponseHeaderDeprecated, "is deprecated");
        let reactivated = (Frame::ResponseHeaderReactivated, "is not deprecated any more");
        detector.flag(&part, "deprecated", nodes, [deprecated, reactivated])?;
        let explode = (Frame::ResponseHeaderExplodeChanged, "writes objects as `key=value`");
        let together = (Frame::ResponseHeaderExplodeChanged, "does not write objects as `key=value` any more");
        detector.flag(&part, "explode", nodes, [explode, together])?;
        detector.prose(&part, &before, &after)?;
        body::media_types(detector, &part, Direction::Response, &before, &after)?;
        Schemas::new(detector, &part, Direction::Response, "").under(&before, &after)?;
    }
    for (name, header) in &found {
        if published.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)) {
            continue;
        }
        let (rule, what) = if header.resolve()?.flag("required", false)? {
            (Frame::RequiredResponseHeaderAdded, "is added and always there")
        } else {
            (Frame::OptionalResponseHeaderAdded, "is added")
        };
        let here = base.at.join("headers").join(name);
        detector.of(&format!("header {name} of {answer}"), rule, here, header.at.clone(), what);
    }
    Ok(())
}
