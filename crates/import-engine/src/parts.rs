//! How an export file is cut into parts: positions in it mean something only where it is cut up the same way again.

use import_sources::{Limits, Source};
use import_store::operation::FileLimits;
use sha2::{Digest, Sha256};

/// A text that follows from all parts of a file: another one where anything stands in another place.
pub(crate) fn fingerprint(source: &dyn Source) -> String {
    let mut digest = Sha256::new();
    for part in (0..source.part_count()).filter_map(|part| source.part(part)) {
        let room = part.room.as_deref().unwrap_or_default();
        let named = [part.data_type.as_str(), part.entry, room];
        for text in named {
            digest.update((text.len() as u64).to_le_bytes());
            digest.update(text);
        }
        digest.update(part.bytes.to_le_bytes());
        digest.update([u8::from(part.direct), u8::from(part.room.is_some())]);
    }
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The limits as they are kept with an operation.
pub(crate) fn kept(limits: &Limits) -> FileLimits {
    let Limits { entries, expanded_bytes, entry_bytes, ratio, ratio_floor, row_bytes, json_depth } = *limits;
    FileLimits { entries, expanded_bytes, entry_bytes, ratio, ratio_floor, row_bytes, json_depth }
}

/// The limits that were kept.
pub(crate) fn limits(kept: &FileLimits) -> Limits {
    let FileLimits { entries, expanded_bytes, entry_bytes, ratio, ratio_floor, row_bytes, json_depth } = *kept;
    Limits { entries, expanded_bytes, entry_bytes, ratio, ratio_floor, row_bytes, json_depth }
}
