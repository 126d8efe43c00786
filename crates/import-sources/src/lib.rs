//! import-sources
