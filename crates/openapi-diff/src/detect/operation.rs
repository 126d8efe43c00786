//! Compares an operation: its id, tags, and all its parts in turn.

use super::{Detector, body, opaque, parameters, responses, security, servers};
use crate::document::{Document, Node};
use crate::error::Result;
use crate::paths::{Operation, PathItem};
use crate::rules::Frame;

/// An operation within its path and document.
pub(super) type Place<'p, 'd> = (&'p Document<'d>, &'p PathItem<'d>, &'p Operation<'d>);

/// Compares an operation of two documents.
pub(super) fn compare<'d>(detector: &mut Detector<'_, 'd>, base: Place<'_, 'd>, revision: Place<'_, 'd>) -> Result<()> {
    let (before, after) = (&base.2.node, &revision.2.node);
    operation_id(detector, before, after)?;
    tags(detector, before, after)?;
    detector.flag(
        &base.1.endpoint(base.2.method),
        "deprecated",
        (before, after),
        [(Frame::OperationDeprecated, "is deprecated"), (Frame::OperationReactivated, "is not deprecated any more")],
    )?;
    detector.prose(&base.1.endpoint(base.2.method), before, after)?;
    servers::compare(detector, &base, &revision)?;
    security::compare(detector, &base, &revision)?;
    parameters::compare(detector, &base, &revision)?;
    body::request(detector, before, after)?;
    responses::compare(detector, before, after)?;
    opaque::compare(detector, "", Frame::CallbackChanged, "callback", "callbacks", (before, after))
}

fn operation_id(detector: &mut Detector<'_, '_>, base: &Node<'_>, revision: &Node<'_>) -> Result<()> {
    let (rule, sentence) = match (base.text("operationId")?, revision.text("operationId")?) {
        (Some(before), Some(after)) if before != after => {
            (Frame::OperationIdChanged, format!("the operationId is {after} instead of {before}"))
        }
        (Some(before), None) => (Frame::OperationIdRemoved, format!("the operationId {before} is removed")),
        (None, Some(after)) => (Frame::OperationIdAdded, format!("the operationId {after} is added")),
        _ => return Ok(()),
    };
    detector.say(rule, base.at.join("operationId"), revision.at.join("operationId"), sentence);
    Ok(())
}

fn tags(detector: &mut Detector<'_, '_>, base: &Node<'_>, revision: &Node<'_>) -> Result<()> {
    let (before, after) = (base.texts("tags")?, revision.texts("tags")?);
    for (tag, at) in &before {
        if !after.iter().any(|(other, _)| other == tag) {
            let there = revision.at.join("tags");
            detector.say(Frame::TagRemoved, at.clone(), there, format!("the tag {tag} is removed"));
        }
    }
    for (tag, at) in &after {
        if !before.iter().any(|(known, _)| known == tag) {
            // It has no index in the base; its name tells it from other new ones.
            let here = base.at.join("tags").join(tag);
            detector.say(Frame::TagAdded, here, at.clone(), format!("the tag {tag} is added"));
        }
    }
    Ok(())
}
