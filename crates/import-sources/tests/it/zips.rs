//! A writer of zips that can write wrong ones too.

use std::io::Write;

use flate2::Compression;
use flate2::write::DeflateEncoder;

/// An entry; what is not as it should be is set by hand.
pub(crate) struct Entry {
    pub(crate) name: Vec<u8>,
    pub(crate) method: u16,
    pub(crate) flags: u16,
    /// As it lies in the archive.
    pub(crate) data: Vec<u8>,
    pub(crate) checksum: u32,
    /// Expanded.
    pub(crate) size: u64,
    pub(crate) unix_mode: Option<u32>,
    /// Sizes and place written in the 64-bit extension.
    pub zip64: bool,
    /// Further extra fields in the list of entries.
    pub(crate) extra: Vec<u8>,
    /// Where the list of entries says that it lies, if not where it does.
    pub(crate) at: Option<u64>,
}

impl Entry {
    pub(crate) fn stored(name: impl AsRef<[u8]>, contents: impl AsRef<[u8]>) -> Self {
        let contents = contents.as_ref();
        Self {
            name: name.as_ref().to_vec(),
            method: 0,
            flags: 0,
            data: contents.to_vec(),
            checksum: rawzip::crc32(contents),
            size: contents.len() as u64,
            unix_mode: None,
            zip64: false,
            extra: Vec::new(),
            at: None,
        }
    }

    pub(crate) fn deflated(name: impl AsRef<[u8]>, contents: impl AsRef<[u8]>) -> Self {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(contents.as_ref()).unwrap();
        Self { method: 8, data: encoder.finish().unwrap(), ..Self::stored(name, contents) }
    }

    /// With sizes and checksum behind the data, as programs write that do not know them before.
    pub(crate) fn with_descriptor(self) -> Self {
        Self { flags: self.flags | 8, ..self }
    }

    fn has_descriptor(&self) -> bool {
        self.flags & 8 != 0
    }
}

pub(crate) fn zip(entries: impl IntoIterator<Item = Entry>) -> Vec<u8> {
    let mut file = Vec::new();
    let mut list = Vec::new();
    let mut count = 0u64;
    for entry in entries {
        let at = entry.at.unwrap_or(file.len() as u64);
        let known = !entry.has_descriptor();
        let (packed, size) = (entry.data.len() as u64, entry.size);

        file.extend(b"PK\x03\x04");
        shorts(&mut file, &[20, entry.flags, entry.method, 0, 0]);
        longs(&mut file, &if known { [entry.checksum, packed as u32, size as u32] } else { [0; 3] });
        shorts(&mut file, &[entry.name.len() as u16, 0]);
        file.extend(&entry.name);
        file.extend(&entry.data);
        if !known {
            file.extend(b"PK\x07\x08");
            longs(&mut file, &[entry.checksum, packed as u32, size as u32]);
        }

        let mut extra = entry.extra.clone();
        if entry.zip64 {
            shorts(&mut extra, &[1, 24]);
            extra.extend([size, packed, at].iter().flat_map(|value| value.to_le_bytes()));
        }
        list.extend(b"PK\x01\x02");
        shorts(&mut list, &[0x0314, 20, entry.flags, entry.method, 0, 0]);
        let short = |value: u64| if entry.zip64 { u32::MAX } else { value as u32 };
        longs(&mut list, &[entry.checksum, short(packed), short(size)]);
        shorts(&mut list, &[entry.name.len() as u16, extra.len() as u16, 0, 0, 0]);
        longs(&mut list, &[entry.unix_mode.unwrap_or(0o100_644) << 16, short(at)]);
        list.extend(&entry.name);
        list.extend(extra);
        count += 1;
    }
    let (start, len) = (file.len() as u64, list.len() as u64);
    file.extend(list);
    if count > 0xffff {
        let end = file.len() as u64;
        file.extend(b"PK\x06\x06");
        file.extend(44u64.to_le_bytes());
        shorts(&mut file, &[45, 45]);
        longs(&mut file, &[0, 0]);
        file.extend([count, count, len, start].iter().flat_map(|value| value.to_le_bytes()));
        file.extend(b"PK\x06\x07");
        longs(&mut file, &[0]);
        file.extend(end.to_le_bytes());
        longs(&mut file, &[1]);
    }
    let short = count.min(0xffff) as u16;
    file.extend(b"PK\x05\x06");
    shorts(&mut file, &[0, 0, short, short]);
    longs(&mut file, &[len as u32, start as u32]);
    shorts(&mut file, &[0]);
    file
}

fn shorts(file: &mut Vec<u8>, values: &[u16]) {
    file.extend(values.iter().flat_map(|value| value.to_le_bytes()));
}

fn longs(file: &mut Vec<u8>, values: &[u32]) {
    file.extend(values.iter().flat_map(|value| value.to_le_bytes()));
}
