//! The years that messages can be of.

use import_proto::Timestamp;

/// 2100-01-01T00:00:00Z in seconds. Nothing was written before 1970 or after this.
pub(crate) const END: i64 = 4_102_444_800;

/// The time so many milliseconds after 1970; `None` outside of the years 1970 to 2099.
pub(crate) fn of_millis(millis: i64) -> Option<Timestamp> {
    Timestamp::from_millis(millis).filter(|_| (0..END * 1_000).contains(&millis))
}
