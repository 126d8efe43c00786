//! import-proto
