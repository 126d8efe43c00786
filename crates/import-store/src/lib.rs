//! import-store
