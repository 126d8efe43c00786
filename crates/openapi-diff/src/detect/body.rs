//! Compares request bodies, and the media types of bodies and answers.

use super::schema::Schemas;
use super::{Detector, opaque};
use crate::document::Node;
use crate::error::Result;
use crate::pointer::Pointer;
use crate::rules::{Direction, Frame};

/// Compares the request body of an operation.
pub(super) fn request<'d>(detector: &mut Detector<'_, 'd>, base: &Node<'d>, revision: &Node<'d>) -> Result<()> {
    let (here, there) = (base.at.join("requestBody"), revision.at.join("requestBody"));
    let (before, after) = (base.resolved("requestBody")?, revision.resolved("requestBody")?);
    let part = "request body";
    match (&before, &after) {
        (None, None) => {}
        (None, Some(body)) if body.flag("required", false)? => {
            detector.of(part, Frame::RequiredRequestBodyAdded, here, there, "is added and must be sent");
        }
        (None, Some(_)) => detector.of(part, Frame::OptionalRequestBodyAdded, here, there, "is added"),
        (Some(_), None) => detector.of(part, Frame::RequestBodyRemoved, here, there, "is removed"),
        (Some(before), Some(after)) => {
            let required = (Frame::RequestBodyBecameRequired, "must be sent");
            let optional = (Frame::RequestBodyBecameOptional, "may be left out");
            detector.flag(part, "required", (before, after), [required, optional])?;
            detector.prose(part, before, after)?;
            media_types(detector, part, Direction::Request, before, after)?;
        }
    }
    Ok(())
}

/// Compares what stands under `content`.
pub(super) fn media_types<'d>(
    detector: &mut Detector<'_, 'd>,
    part: &str,
    direction: Direction,
    base: &Node<'d>,
    revision: &Node<'d>,
) -> Result<()> {
    let (removed, added) = match direction {
        Direction::Request => (Frame::RequestMediaTypeRemoved, Frame::RequestMediaTypeAdded),
        Direction::Response => (Frame::ResponseMediaTypeRemoved, Frame::ResponseMediaTypeAdded),
    };
    let (published, found) = (base.all_entries("content")?, revision.all_entries("content")?);
    for (name, media) in &published {
        match covering(name, &found) {
            Some(other) => media_type(detector, part, (direction, name), media, other)?,
            None => {
                let there = revision.at.join("content").join(name);
                detector.of(part, removed, media.at.clone(), there, format!("is removed as {name}"));
            }
        }
    }
    for (name, media) in &found {
        if published.iter().any(|(known, _)| spelt(known) == spelt(name)) {
            continue;
        }
        // What a range of the base says of it is all that was known.
        if let Some(known) = covering(name, &published) {
            media_type(detector, part, (direction, name), known, media)?;
            continue;
        }
        let here = base.at.join("content").join(name);
        detector.of(part, added, here, media.at.clone(), format!("is added as {name}"));
    }
    Ok(())
}

/// What is said of a media type: by its own entry, or by that of a range that it is in.
fn covering<'n, 'd>(name: &str, entries: &'n [(&'d str, Node<'d>)]) -> Option<&'n Node<'d>> {
    let name = spelt(name);
    let range = name.split_once('/').map(|(kind, _)| format!("{kind}/*"));
    let names = [Some(name), range, Some("*/*".to_owned())];
    names.into_iter().flatten().find_map(|name| Some(&entries.iter().find(|(known, _)| spelt(known) == name)?.1))
}

/// A media type as it is spelt most plainly.
pub(super) fn spelt(name: &str) -> String {
    name.to_ascii_lowercase().replace("; ", ";")
}

fn media_type<'d>(
    detector: &mut Detector<'_, 'd>,
    part: &str,
    (direction, name): (Direction, &str),
    base: &Node<'d>,
    revision: &Node<'d>,
) -> Result<()> {
    detector.examples(part, base, revision)?;
    if direction == Direction::Request {
        encoding(detector, part, base, revision)?;
    }
    Schemas::new(detector, part, direction, name).under(base, revision)
}

/// Compares how the parts of a form are written.
fn encoding<'d>(detector: &mut Detector<'_, '_>, part: &str, base: &Node<'d>, revision: &Node<'d>) -> Result<()> {
    let names = |node: &Node<'_>| -> Result<Vec<String>> {
        Ok(node.all_entries("encoding")?.into_iter().map(|(name, _)| name.to_owned()).collect())
    };
    let mut all = names(base)?;
    all.extend(names(revision)?.into_iter().filter(|name| !all.contains(name)).collect::<Vec<_>>());
    for name in all {
        let node = |node: &Node<'d>| node.get("encoding").and_then(|encoding| encoding.get(&name));
        if let (Some(before), Some(after)) = (node(base), node(revision)) {
            let part = format!("{part}: `{name}`");
            opaque::compare(detector, &part, Frame::RequestEncodingChanged, "header", "headers", (&before, &after))?;
        }
        for key in ["contentType", "style", "explode", "allowReserved"] {
            let said = |node: &Node<'_>| Some(node.get("encoding")?.get(&name)?.get(key)?.value.to_string());
            let (before, after) = (said(base), said(revision));
            if before == after {
                continue;
            }
            let at = |node: &Node<'_>| -> Pointer { node.at.join("encoding").join(&name).join(key) };
            let say = |value: Option<String>| value.unwrap_or_else(|| "none".to_owned());
            let what = format!("has the {key} {} instead of {} for `{name}`", say(after), say(before));
            detector.of(part, Frame::RequestEncodingChanged, at(base), at(revision), what);
        }
    }
    Ok(())
}
