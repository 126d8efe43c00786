//! Bytes of files in the form in which MongoDB's GridFS holds them.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// Bytes of a chunk, but for the last one of a file.
const CHUNK: usize = 255 * 1024;

/// The document of a file in the collection `….files`, from the one in the collection of uploads.
pub(super) fn file_document(upload: &Map<String, Value>) -> Map<String, Value> {
    let field = |name: &str| upload.get(name).cloned().unwrap_or_default();
    let document = json!({
        "_id": field("_id"), "length": field("size"), "chunkSize": CHUNK, "uploadDate": field("uploadedAt"),
        "filename": field("_id"), "contentType": field("type"),
    });
    match document {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// The documents of the collection `….chunks` that a file makes.
pub(super) struct Chunks<'a> {
    id: &'a str,
    file: File,
    number: u64,
    bytes: Vec<u8>,
}

impl<'a> Chunks<'a> {
    /// Those of the bytes at `path`, for the file with this id.
    pub(super) fn open(id: &'a str, path: &Path) -> io::Result<Self> {
        Ok(Self { id, file: File::open(path)?, number: 0, bytes: Vec::with_capacity(CHUNK) })
    }

    /// The next one; none at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Map<String, Value>>> {
        self.bytes.clear();
        self.file.by_ref().take(CHUNK as u64).read_to_end(&mut self.bytes)?;
        if self.bytes.is_empty() {
            return Ok(None);
        }
        let document = json!({
            "_id": {"$oid": chunk_id(self.id, self.number)}, "files_id": self.id, "n": self.number,
            "data": {"$binary": {"base64": STANDARD.encode(&self.bytes), "subType": "00"}},
        });
        self.number += 1;
        Ok(match document {
            Value::Object(fields) => Some(fields),
            _ => None,
        })
    }
}

/// An ObjectId that is the same in every export: importing one twice doubles no chunk.
fn chunk_id(id: &str, number: u64) -> String {
    let digest = Sha256::digest(format!("{id}\n{number}"));
    digest.iter().take(12).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_cut_into_chunks_of_255_kib() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        for (size, chunks) in [(0, vec![]), (3, vec![3]), (CHUNK, vec![CHUNK]), (2 * CHUNK + 1, vec![CHUNK, CHUNK, 1])]
        {
            std::fs::write(&path, vec![b'x'; size]).unwrap();
            let mut seen = Vec::new();
            let mut cut = Chunks::open("u", &path).unwrap();
            while let Some(chunk) = cut.next().unwrap() {
                assert_eq!((chunk["files_id"].as_str(), chunk["n"].as_u64()), (Some("u"), Some(seen.len() as u64)));
                assert_eq!(chunk["_id"]["$oid"].as_str().unwrap().len(), 24);
                seen.push(STANDARD.decode(chunk["data"]["$binary"]["base64"].as_str().unwrap()).unwrap().len());
            }
            assert_eq!(seen, chunks);
        }
    }
}
