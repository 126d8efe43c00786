//! Lists in JSON: element by element from a bounded buffer, each read leniently.
//!
//! A list can be of any length. Where an element ends is found without parsing it, so an element that is no JSON, too
//! long or nested too deep is an error of its own, and the elements after it are read.

mod elements;
mod items;
mod lenient;
mod scan;
mod surrogates;

pub(crate) use self::elements::{Element, ElementFailure, ElementReader};
pub(crate) use self::items::{
    Convert, Converted, Unusable, each_element, failed_element, failure, items, object, value,
};
pub(crate) use self::lenient::{Flag, List, Number, Object, Text};
