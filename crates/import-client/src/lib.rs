//! import-client
