//! Export files as they come: whole archives, folders and single files, read through the public interface.

// Helpers stand outside of the test functions, where clippy allows these.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod archives;
mod csv_order;
mod exports;
mod hipchat;
mod properties;
mod single_files;
mod slack;
mod support;
mod tars;
mod zip_names;
mod zips;
