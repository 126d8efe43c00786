#![doc = include_str!("../README.md")]

pub mod emoji;
mod slug;

pub use slug::room_slug;
