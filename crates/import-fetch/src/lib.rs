//! import-fetch
