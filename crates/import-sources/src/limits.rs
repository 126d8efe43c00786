//! How much an export file may ask of the machine.

/// Bounds on what is read of one export file.
///
/// Sizes that an archive declares are held against them when it is opened, and an entry that turns out larger than it
/// declares is cut off there, so that the bounds hold whatever an archive says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Entries of one archive or files of one folder, directories included.
    pub entries: u64,
    /// Bytes of all entries of an archive together, expanded.
    pub expanded_bytes: u64,
    /// Bytes of one entry of an archive, expanded.
    pub entry_bytes: u64,
    /// How many times its compressed size an entry may expand to, once it is larger than `ratio_floor`.
    pub ratio: u64,
    /// Expanded size in bytes up to which an entry may have any ratio.
    pub ratio_floor: u64,
    /// Bytes of one row of a CSV file, line breaks within quotes included, or of one record of a JSON file. No more than
    /// this is held of it.
    pub row_bytes: usize,
    /// How deep a JSON file may be nested, the list of its records included; at most 127.
    pub json_depth: usize,
}

impl Default for Limits {
    /// 5,000,000 entries, 2 TiB expanded, 1 GiB an entry, 1:200 above 10 MiB, 16 MiB a row, 64 levels of JSON.
    fn default() -> Self {
        Self {
            entries: 5_000_000,
            expanded_bytes: 2 << 40,
            entry_bytes: 1 << 30,
            ratio: 200,
            ratio_floor: 10 << 20,
            row_bytes: 16 << 20,
            json_depth: 64,
        }
    }
}
