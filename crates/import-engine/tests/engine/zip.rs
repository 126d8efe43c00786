//! A writer of zips that can write hostile ones too.

/// An entry, stored as it is.
pub(crate) struct Entry<'e> {
    pub(crate) name: &'e str,
    pub(crate) contents: &'e [u8],
    /// 1: encrypted.
    pub(crate) flags: u16,
    pub(crate) unix_mode: u32,
}

impl<'e> Entry<'e> {
    pub(crate) fn new(name: &'e str, contents: &'e (impl AsRef<[u8]> + ?Sized)) -> Self {
        Self { name, contents: contents.as_ref(), flags: 0, unix_mode: 0o100_644 }
    }

    pub(crate) fn encrypted(self) -> Self {
        Self { flags: 1, ..self }
    }

    pub(crate) fn symlink(self) -> Self {
        Self { unix_mode: 0o120_777, ..self }
    }
}

pub(crate) fn zip(entries: &[Entry<'_>]) -> Vec<u8> {
    let (mut file, mut list) = (Vec::new(), Vec::new());
    for entry in entries {
        let at = file.len() as u32;
        let size = entry.contents.len() as u32;
        // What the header of an entry and its line in the list share.
        let mut shared = shorts(&[20, entry.flags, 0, 0, 0]);
        shared.extend(longs(&[rawzip::crc32(entry.contents), size, size]));
        shared.extend(shorts(&[entry.name.len() as u16, 0]));
        file.extend(b"PK\x03\x04");
        file.extend(&shared);
        file.extend(entry.name.as_bytes());
        file.extend(entry.contents);
        list.extend(b"PK\x01\x02");
        list.extend(shorts(&[0x0314]));
        list.extend(&shared);
        list.extend(shorts(&[0, 0, 0]));
        list.extend(longs(&[entry.unix_mode << 16, at]));
        list.extend(entry.name.as_bytes());
    }
    let (start, len, count) = (file.len() as u32, list.len() as u32, entries.len() as u16);
    file.extend(list);
    file.extend(b"PK\x05\x06");
    file.extend(shorts(&[0, 0, count, count]));
    file.extend(longs(&[len, start]));
    file.extend(shorts(&[0]));
    file
}

fn shorts(values: &[u16]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn longs(values: &[u32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}
