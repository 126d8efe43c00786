//! The rules: one for each kind of difference, with an id, a level and what it means.

use std::fmt;

/// How much a difference matters to who relies on the published contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// A client that keeps to the published contract can fail.
    Breaking,
    /// Such a client goes on working, but the contract is not the published one.
    Warning,
    /// Compatible: whoever keeps to the published contract cannot tell.
    Info,
}

impl Level {
    /// Whether a difference of this level has to be declared to be allowed.
    pub(crate) fn needs_declaring(self) -> bool {
        self != Level::Info
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Level::Breaking => "breaking",
            Level::Warning => "warning",
            Level::Info => "info",
        })
    }
}

/// Which way a value travels: what a client may send, or what it has to expect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// In parameters and request bodies.
    Request,
    /// In answers.
    Response,
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Direction::Request => "request",
            Direction::Response => "response",
        })
    }
}

/// What happened to a schema. The same change weighs differently by [`Direction`]: a request that
/// accepts less breaks clients, an answer that promises more does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// Another type.
    TypeChanged,
    /// A type where any was allowed.
    TypeNarrowed,
    /// Any type where one was named.
    TypeWidened,
    /// `null` is a value now.
    NullableAdded,
    /// `null` is no value any more.
    NullableRemoved,
    /// A property is gone.
    PropertyMissing,
    /// A property that was not there; in a request, an optional one.
    PropertyAdded,
    /// A property that is always there now; in a request, one that must be sent.
    PropertyBecameRequired,
    /// A property that may be left out now.
    PropertyBecameOptional,
    /// Properties that are not named are refused, or held to a schema.
    AdditionalPropertiesNarrowed,
    /// Properties that are not named are let through.
    AdditionalPropertiesWidened,
    /// Fewer values.
    EnumNarrowed,
    /// More or other values.
    EnumWidened,
    /// A stricter or another bound, format or pattern.
    ConstraintTightened,
    /// A looser bound, format or pattern.
    ConstraintLoosened,
    /// Other alternatives under `oneOf`, `anyOf` or `not`.
    AlternativesChanged,
}

impl Change {
    /// Every change, in the order of their declaration.
    pub(crate) const ALL: [Change; 16] = [
        Change::TypeChanged,
        Change::TypeNarrowed,
        Change::TypeWidened,
        Change::NullableAdded,
        Change::NullableRemoved,
        Change::PropertyMissing,
        Change::PropertyAdded,
        Change::PropertyBecameRequired,
        Change::PropertyBecameOptional,
        Change::AdditionalPropertiesNarrowed,
        Change::AdditionalPropertiesWidened,
        Change::EnumNarrowed,
        Change::EnumWidened,
        Change::ConstraintTightened,
        Change::ConstraintLoosened,
        Change::AlternativesChanged,
    ];

    fn id(self) -> &'static str {
        match self {
            Change::TypeChanged => "type-changed",
            Change::TypeNarrowed => "type-narrowed",
            Change::TypeWidened => "type-widened",
            Change::NullableAdded => "nullable-added",
            Change::NullableRemoved => "nullable-removed",
            Change::PropertyMissing => "property-missing",
            Change::PropertyAdded => "property-added",
            Change::PropertyBecameRequired => "property-became-required",
            Change::PropertyBecameOptional => "property-became-optional",
            Change::AdditionalPropertiesNarrowed => "additional-properties-narrowed",
            Change::AdditionalPropertiesWidened => "additional-properties-widened",
            Change::EnumNarrowed => "enum-narrowed",
            Change::EnumWidened => "enum-widened",
            Change::ConstraintTightened => "constraint-tightened",
            Change::ConstraintLoosened => "constraint-loosened",
            Change::AlternativesChanged => "alternatives-changed",
        }
    }

    fn level(self, direction: Direction) -> Level {
        match self {
            Change::TypeChanged | Change::PropertyMissing | Change::AlternativesChanged => Level::Breaking,
            Change::PropertyAdded => Level::Warning,
            Change::TypeNarrowed
            | Change::NullableRemoved
            | Change::PropertyBecameRequired
            | Change::AdditionalPropertiesNarrowed
            | Change::EnumNarrowed
            | Change::ConstraintTightened => match direction {
                Direction::Request => Level::Breaking,
                Direction::Response => Level::Info,
            },
            Change::TypeWidened
            | Change::NullableAdded
            | Change::PropertyBecameOptional
            | Change::AdditionalPropertiesWidened
            | Change::EnumWidened
            | Change::ConstraintLoosened => match direction {
                Direction::Request => Level::Warning,
                Direction::Response => Level::Breaking,
            },
        }
    }
}

/// A kind of difference between two documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// A published path is gone.
    PathMissing,
    /// A path that is not published.
    PathAdded,
    /// A published path does not answer to a published method.
    OperationMissing,
    /// A published path answers to one more method.
    OperationAdded,
    /// Another `operationId`.
    OperationIdChanged,
    /// Other tags.
    TagsChanged,
    /// A published parameter is gone.
    ParameterMissing,
    /// One more parameter, an optional one.
    ParameterAdded,
    /// A parameter must be sent that need not be, or does not exist, as published.
    ParameterBecameRequired,
    /// A parameter may be left out.
    ParameterBecameOptional,
    /// A published request body is gone.
    RequestBodyMissing,
    /// A request body where none is published, an optional one.
    RequestBodyAdded,
    /// A request body must be sent that need not be, or does not exist, as published.
    RequestBodyBecameRequired,
    /// A request body may be left out.
    RequestBodyBecameOptional,
    /// A published media type of a request body is gone.
    RequestMediaTypeMissing,
    /// One more media type of a request body.
    RequestMediaTypeAdded,
    /// A published status is gone.
    ResponseStatusMissing,
    /// One more status that is no error.
    ResponseStatusAdded,
    /// One more error status.
    ResponseErrorAdded,
    /// A published media type of an answer is gone.
    ResponseMediaTypeMissing,
    /// One more media type of an answer.
    ResponseMediaTypeAdded,
    /// A schema differs.
    Schema(Direction, Change),
}

impl Rule {
    /// The name that reports and declarations use, such as `response-property-added`.
    pub(crate) fn id(self) -> String {
        let id = match self {
            Rule::PathMissing => "path-missing",
            Rule::PathAdded => "path-added",
            Rule::OperationMissing => "operation-missing",
            Rule::OperationAdded => "operation-added",
            Rule::OperationIdChanged => "operation-id-changed",
            Rule::TagsChanged => "tags-changed",
            Rule::ParameterMissing => "parameter-missing",
            Rule::ParameterAdded => "parameter-added",
            Rule::ParameterBecameRequired => "parameter-became-required",
            Rule::ParameterBecameOptional => "parameter-became-optional",
            Rule::RequestBodyMissing => "request-body-missing",
            Rule::RequestBodyAdded => "request-body-added",
            Rule::RequestBodyBecameRequired => "request-body-became-required",
            Rule::RequestBodyBecameOptional => "request-body-became-optional",
            Rule::RequestMediaTypeMissing => "request-media-type-missing",
            Rule::RequestMediaTypeAdded => "request-media-type-added",
            Rule::ResponseStatusMissing => "response-status-missing",
            Rule::ResponseStatusAdded => "response-status-added",
            Rule::ResponseErrorAdded => "response-error-added",
            Rule::ResponseMediaTypeMissing => "response-media-type-missing",
            Rule::ResponseMediaTypeAdded => "response-media-type-added",
            Rule::Schema(direction, change) => return format!("{direction}-{}", change.id()),
        };
        id.to_owned()
    }

    /// How much a difference of this kind matters.
    pub(crate) fn level(self) -> Level {
        match self {
            Rule::PathMissing
            | Rule::OperationMissing
            | Rule::OperationIdChanged
            | Rule::ParameterMissing
            | Rule::ParameterBecameRequired
            | Rule::RequestBodyMissing
            | Rule::RequestBodyBecameRequired
            | Rule::RequestMediaTypeMissing
            | Rule::ResponseStatusMissing
            | Rule::ResponseMediaTypeMissing => Level::Breaking,
            Rule::OperationAdded
            | Rule::TagsChanged
            | Rule::ParameterAdded
            | Rule::ParameterBecameOptional
            | Rule::RequestBodyAdded
            | Rule::RequestBodyBecameOptional
            | Rule::RequestMediaTypeAdded
            | Rule::ResponseStatusAdded
            | Rule::ResponseMediaTypeAdded => Level::Warning,
            Rule::PathAdded | Rule::ResponseErrorAdded => Level::Info,
            Rule::Schema(direction, change) => change.level(direction),
        }
    }

    /// Every rule there is.
    pub(crate) fn all() -> Vec<Rule> {
        let mut rules = vec![
            Rule::PathMissing,
            Rule::PathAdded,
            Rule::OperationMissing,
            Rule::OperationAdded,
            Rule::OperationIdChanged,
            Rule::TagsChanged,
            Rule::ParameterMissing,
            Rule::ParameterAdded,
            Rule::ParameterBecameRequired,
            Rule::ParameterBecameOptional,
            Rule::RequestBodyMissing,
            Rule::RequestBodyAdded,
            Rule::RequestBodyBecameRequired,
            Rule::RequestBodyBecameOptional,
            Rule::RequestMediaTypeMissing,
            Rule::RequestMediaTypeAdded,
            Rule::ResponseStatusMissing,
            Rule::ResponseStatusAdded,
            Rule::ResponseErrorAdded,
            Rule::ResponseMediaTypeMissing,
            Rule::ResponseMediaTypeAdded,
        ];
        for direction in [Direction::Request, Direction::Response] {
            rules.extend(Change::ALL.map(|change| Rule::Schema(direction, change)));
        }
        rules
    }
}
