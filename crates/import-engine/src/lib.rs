//! import-engine
