//! Compares the parameters of an operation.

use serde_json::Value;

use super::operation::Place;
use super::schema::Schemas;
use super::{Detector, body};
use crate::error::Result;
use crate::paths::Parameter;
use crate::pointer::Pointer;
use crate::rules::{Direction, Frame};
use crate::schema::Schema;

/// Compares the parameters of an operation, those of its path included.
pub(super) fn compare<'d>(
    detector: &mut Detector<'_, 'd>,
    base: &Place<'_, 'd>,
    revision: &Place<'_, 'd>,
) -> Result<()> {
    let published = base.2.parameters(base.1.path)?;
    let found = revision.2.parameters(revision.1.path)?;
    // One of the same name that is new elsewhere has moved.
    let moved = |parameter: &Parameter<'_>| {
        let other = found.iter().find(|other| other.name == parameter.name)?;
        (!published.iter().any(|known| known.is(other))).then_some(other)
    };
    for parameter in &published {
        let part = format!("{} parameter {}", parameter.location, parameter.name);
        if let Some(other) = found.iter().find(|other| other.is(parameter)) {
            both(detector, &part, parameter, other)?;
        } else if let Some(other) = moved(parameter) {
            let what = format!("is a {} parameter now", other.location);
            let (here, there) = (parameter.node.at.join("in"), other.node.at.join("in"));
            detector.of(&part, Frame::ParameterLocationChanged, here, there, what);
        } else {
            let there = revision.2.node.at.join("parameters");
            detector.of(&part, Frame::ParameterRemoved, parameter.listed.clone(), there, "is removed");
        }
    }
    for parameter in &found {
        let known = |known: &Parameter<'_>| {
            known.is(parameter) || known.name == parameter.name && !found.iter().any(|other| other.is(known))
        };
        if published.iter().any(known) {
            continue;
        }
        let (rule, what) = if parameter.required {
            (Frame::RequiredParameterAdded, "is added and must be sent")
        } else {
            (Frame::OptionalParameterAdded, "is added")
        };
        // It has no index in the base; its name tells it from other new ones.
        let name = format!("{} {}", parameter.location, parameter.name);
        let part = format!("{} parameter {}", parameter.location, parameter.name);
        let here = base.2.node.at.join("parameters").join(name);
        detector.of(&part, rule, here, parameter.listed.clone(), what);
    }
    Ok(())
}

/// Compares a parameter that both documents have.
fn both<'d>(detector: &mut Detector<'_, 'd>, part: &str, base: &Parameter<'d>, revision: &Parameter<'d>) -> Result<()> {
    let nodes = (&base.node, &revision.node);
    let required = match (base.required, revision.required) {
        (false, true) => Some((Frame::ParameterBecameRequired, "must be sent")),
        (true, false) => Some((Frame::ParameterBecameOptional, "may be left out")),
        _ => None,
    };
    if let Some((rule, what)) = required {
        detector.of(part, rule, base.node.at.join("required"), revision.node.at.join("required"), what);
    }
    let deprecated = (Frame::ParameterDeprecated, "is deprecated");
    let reactivated = (Frame::ParameterReactivated, "is not deprecated any more");
    detector.flag(part, "deprecated", nodes, [deprecated, reactivated])?;
    let allowed = (Frame::ParameterEmptyAllowed, "may be sent without a value");
    let refused = (Frame::ParameterEmptyRefused, "may not be sent without a value any more");
    detector.flag(part, "allowEmptyValue", nodes, [allowed, refused])?;
    let allowed = (Frame::ParameterReservedAllowed, "may hold reserved characters as they are");
    let refused = (Frame::ParameterReservedRefused, "may not hold reserved characters as they are any more");
    detector.flag(part, "allowReserved", nodes, [allowed, refused])?;
    writing(detector, part, base, revision)?;
    detector.prose(part, &base.node, &revision.node)?;

    let content = |parameter: &Parameter<'_>| -> Result<Option<String>> {
        Ok(parameter.node.all_entries("content")?.first().map(|(name, _)| body::spelt(name)))
    };
    let (before, after) = (content(base)?, content(revision)?);
    if before != after {
        let say = |content: Option<String>| content.unwrap_or_else(|| "plain".to_owned());
        let what = format!("is written as {} instead of {}", say(after), say(before));
        let (here, there) = (base.node.at.join("content"), revision.node.at.join("content"));
        detector.of(part, Frame::ParameterContentChanged, here, there, what);
        return Ok(());
    }
    if before.is_some() {
        return body::media_types(detector, part, Direction::Request, &base.node, &revision.node);
    }
    Schemas::new(detector, part, Direction::Request, "").under(&base.node, &revision.node)
}

/// Whether a parameter is a single value, which is written the same alone or not.
fn is_single(parameter: &Parameter<'_>) -> Result<bool> {
    let schema = Schema::read(parameter.node.get("schema").as_slice(), Pointer::default())?;
    Ok(schema.types.is_some_and(|types| !types.contains("array") && !types.contains("object")))
}

/// Compares how lists and objects are written.
fn writing(detector: &mut Detector<'_, '_>, part: &str, base: &Parameter<'_>, revision: &Parameter<'_>) -> Result<()> {
    let style = |parameter: &Parameter<'_>| -> Result<String> {
        let plain = if matches!(parameter.location, "query" | "cookie") { "form" } else { "simple" };
        Ok(parameter.node.text("style")?.unwrap_or(plain).to_owned())
    };
    let (before, after) = (style(base)?, style(revision)?);
    let explode = |parameter: &Parameter<'_>, style: &str| -> Result<bool> {
        let set = parameter.node.get("explode");
        Ok(set.as_ref().and_then(|node| Value::as_bool(node.value)).unwrap_or(style == "form"))
    };
    let (alone, now) = (explode(base, &before)?, explode(revision, &after)?);
    let at = |key: &str| (base.node.at.join(key), revision.node.at.join(key));
    if before != after {
        let (here, there) = at("style");
        let what = format!("has the style {after} instead of {before}");
        detector.of(part, Frame::ParameterStyleChanged, here, there, what);
    } else if alone != now && !(is_single(base)? && is_single(revision)?) {
        let (here, there) = at("explode");
        let what = if now { "is sent again for each of its values" } else { "is sent once with all its values" };
        detector.of(part, Frame::ParameterExplodeChanged, here, there, what);
    }
    Ok(())
}
