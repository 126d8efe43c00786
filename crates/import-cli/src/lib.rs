#![doc = include_str!("../README.md")]

pub mod choice;
pub mod notices;
pub mod output;
pub mod text;
