//! An export that was unpacked to a folder on disk.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use super::names;
use super::refusal::Refusal;
use super::table::EntryTable;
use crate::{Limits, SourceError};

pub(super) struct Folder {
    root: PathBuf,
    /// Where the files lie whose name in the table is not their path below `root`.
    renamed: HashMap<u32, PathBuf>,
}

impl Folder {
    /// Lists the files below `root`. Links are not followed.
    pub(super) fn open(root: &Path, file_name: &str, limits: &Limits) -> Result<(Self, EntryTable), SourceError> {
        let mut folder = Self { root: root.to_owned(), renamed: HashMap::new() };
        let mut table = EntryTable::default();
        let mut seen = 0u64;
        let mut waiting = vec![PathBuf::new()];
        while let Some(below) = waiting.pop() {
            let listed = match std::fs::read_dir(root.join(&below)) {
                Ok(listed) => listed,
                Err(source) if below.as_os_str().is_empty() => {
                    return Err(SourceError::Io { file: file_name.to_owned(), source });
                }
                Err(_) => {
                    folder.add(&mut table, below, 0, Some(Refusal::Unlistable)).map_err(|full| full.of(file_name))?;
                    continue;
                }
            };
            for entry in listed {
                seen += 1;
                if seen > limits.entries {
                    let limit = format!("{} are allowed", limits.entries);
                    return Err(SourceError::TooManyEntries { file: file_name.to_owned(), limit });
                }
                let Ok(entry) = entry else { continue };
                let path = below.join(entry.file_name());
                // This looks at a link itself, not at what it leads to.
                let (size, refusal) = match entry.metadata() {
                    Ok(metadata) if metadata.is_dir() => {
                        if !names::is_ignored(&path.to_string_lossy()) {
                            waiting.push(path);
                        }
                        continue;
                    }
                    Ok(metadata) if metadata.is_file() => (metadata.len(), None),
                    Ok(metadata) if metadata.is_symlink() => (0, Some(Refusal::Symlink)),
                    Ok(_) => (0, Some(Refusal::NotAFile)),
                    Err(_) => (0, Some(Refusal::Unlistable)),
                };
                folder.add(&mut table, path, size, refusal).map_err(|full| full.of(file_name))?;
            }
        }
        table.sort();
        Ok((folder, table))
    }

    fn add(
        &mut self,
        table: &mut EntryTable,
        path: PathBuf,
        size: u64,
        refusal: Option<Refusal>,
    ) -> Result<(), super::table::Full> {
        let name = names::of_path(&path);
        if names::is_ignored(&name) {
            return Ok(());
        }
        let index = table.push(&name, size, false, refusal)?;
        if Path::new(&name) != path {
            self.renamed.insert(index, path);
        }
        Ok(())
    }

    pub(super) fn file(&self, index: u32, name: &str) -> io::Result<File> {
        let below = self.renamed.get(&index).map_or(Path::new(name), PathBuf::as_path);
        File::open(self.root.join(below))
    }
}
