//! Bytes of files in buckets of GridFS. Chunks have ids that follow from the file and their number, so that storing a file
//! twice is storing it once, and each is found by its `_id` alone.

use std::{io, path::Path};

use bson::{Binary, Bson, Document, doc, oid::ObjectId, spec::BinarySubtype};
use futures_util::{StreamExt, TryStreamExt, stream};
use mongodb::Collection;
use sha2::{Digest, Sha256};
use tokio::{
    fs::File,
    io::{AsyncReadExt, AsyncWriteExt},
};

use super::{MongoStore, bulk, failure::Failure};
use crate::{StoreError, uploads::Content};

/// Bytes of a chunk, but for the last one of a file.
pub(super) const CHUNK: usize = 255 * 1024;
/// How many chunks go in one command, or are read at once.
const AT_ONCE: usize = 16;

/// A bucket.
pub(super) struct Files {
    files: Collection<Document>,
    chunks: Collection<Document>,
}

impl Files {
    pub(super) fn new(store: &MongoStore, bucket: &str) -> Self {
        Self {
            files: store.collection(&format!("{bucket}.files")),
            chunks: store.collection(&format!("{bucket}.chunks")),
        }
    }

    /// Whether the file is there, all of it.
    pub(super) async fn is_there(&self, id: &str) -> Result<bool, Failure> {
        Ok(self.files.find_one(doc! { "_id": id }).await?.is_some())
    }

    /// Stores the file at `path`, in place of what is there with this id. It is durable when this returns.
    pub(super) async fn put(&self, id: &str, path: &Path) -> Result<Content, Failure> {
        let before = self.files.find_one(doc! { "_id": id }).await?;
        let mut file = File::open(path).await.map_err(StoreError::file("read", path))?;
        let (mut hash, mut size, mut count) = (Sha256::new(), 0_u64, 0_u32);
        loop {
            let mut documents = Vec::with_capacity(AT_ONCE);
            while documents.len() < AT_ONCE {
                let bytes = next_chunk(&mut file).await.map_err(StoreError::file("read", path))?;
                if bytes.is_empty() {
                    break;
                }
                hash.update(&bytes);
                size += bytes.len() as u64;
                documents.push(chunk(id, count, bytes));
                count += 1;
            }
            if documents.is_empty() {
                break;
            }
            for index in bulk::insert(&self.chunks, &documents).await? {
                self.replace(&documents[index]).await?;
            }
        }
        let digest: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        let length = i64::try_from(size).unwrap_or(i64::MAX);
        let document = doc! {
            "_id": id, "length": length, "chunkSize": i32::try_from(CHUNK).unwrap_or(i32::MAX),
            "uploadDate": bson::DateTime::now(), "filename": id, "metadata": { "sha256": &digest },
        };
        self.files.replace_one(doc! { "_id": id }, document).upsert(true).await?;
        if before.is_some_and(|before| length_of(&before) > length) {
            self.chunks.delete_many(doc! { "files_id": id, "n": { "$gte": i64::from(count) } }).await?;
        }
        Ok(Content { digest, size })
    }

    /// Puts a chunk in place of the one that has its id, or its number under another id.
    async fn replace(&self, chunk: &Document) -> Result<(), Failure> {
        let own = doc! { "_id": chunk.get_object_id("_id").map_or(Bson::Null, Bson::ObjectId) };
        match self.chunks.replace_one(own.clone(), chunk).upsert(true).await {
            Ok(_) => return Ok(()),
            Err(error) if bulk::is_duplicate(&error) => {}
            Err(error) => return Err(error.into()),
        }
        let field = |name: &str| chunk.get(name).cloned().unwrap_or(Bson::Null);
        self.chunks.delete_many(doc! { "files_id": field("files_id"), "n": field("n") }).await?;
        self.chunks.replace_one(own, chunk).upsert(true).await?;
        Ok(())
    }

    /// Writes a file to `path`, at once or not at all; false where it is not there, or not all of it. Only for what
    /// [`Files::put`] has stored.
    pub(super) async fn get(&self, id: &str, path: &Path) -> Result<bool, Failure> {
        let Some(document) = self.files.find_one(doc! { "_id": id }).await? else { return Ok(false) };
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}", crate::credentials::random_id()));
        let temporary = path.with_file_name(name);
        let written = self.write(id, length_of(&document), &temporary).await;
        if let Ok(Some(digest)) = &written
            && let Ok(metadata) = document.get_document("metadata")
            && metadata.get_str("sha256").is_ok_and(|stored| stored == digest)
        {
            let rename = async {
                tokio::fs::rename(&temporary, path).await?;
                File::open(path.parent().unwrap_or(path)).await?.sync_all().await
            };
            rename.await.map_err(StoreError::file("write", path))?;
            return Ok(true);
        }
        // Where it cannot be removed it lies in a directory whose contents do not count.
        let _ = tokio::fs::remove_file(&temporary).await;
        written.map(|_| false)
    }

    /// Writes the chunks of a file one behind the other; their SHA-256, or none where one is missing.
    async fn write(&self, id: &str, length: i64, path: &Path) -> Result<Option<String>, Failure> {
        let failed = || StoreError::file("write", path);
        let mut file = File::create(path).await.map_err(failed())?;
        let (mut hash, mut written) = (Sha256::new(), 0_i64);
        let chunk = i64::try_from(CHUNK).unwrap_or(i64::MAX);
        let count = u32::try_from(length.div_euclid(chunk) + i64::from(length % chunk != 0)).unwrap_or(u32::MAX);
        let questions = (0..count).map(|number| {
            let (chunks, id) = (self.chunks.clone(), chunk_id(id, number));
            async move { Ok::<_, Failure>(chunks.find_one(doc! { "_id": id }).await?) }
        });
        let mut chunks = std::pin::pin!(stream::iter(questions).buffered(AT_ONCE));
        while let Some(chunk) = chunks.try_next().await? {
            let Some(Bson::Binary(data)) = chunk.as_ref().and_then(|chunk| chunk.get("data")) else { return Ok(None) };
            hash.update(&data.bytes);
            written += i64::try_from(data.bytes.len()).unwrap_or(i64::MAX);
            file.write_all(&data.bytes).await.map_err(failed())?;
        }
        file.flush().await.map_err(failed())?;
        file.sync_all().await.map_err(failed())?;
        let digest = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok((written == length).then_some(digest))
    }

    /// Removes a file; one that is not there, or not all of it, is no matter.
    pub(super) async fn remove(&self, id: &str) -> Result<(), Failure> {
        self.files.delete_one(doc! { "_id": id }).await?;
        self.chunks.delete_many(doc! { "files_id": id }).await?;
        Ok(())
    }
}

fn length_of(file: &Document) -> i64 {
    match file.get("length") {
        Some(Bson::Int32(length)) => i64::from(*length),
        Some(Bson::Int64(length)) => *length,
        // Written by a driver of JavaScript. Whoever asks compares it with what there is.
        _ => i64::MAX,
    }
}

/// The next bytes of a file, a chunk's worth of them but at its end.
async fn next_chunk(file: &mut File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(CHUNK);
    file.take(CHUNK as u64).read_to_end(&mut bytes).await?;
    Ok(bytes)
}

fn chunk(id: &str, number: u32, bytes: Vec<u8>) -> Document {
    let number_stored = i32::try_from(number).map_or(Bson::Int64(i64::from(number)), Bson::Int32);
    doc! {
        "_id": chunk_id(id, number), "files_id": id, "n": number_stored,
        "data": Binary { subtype: BinarySubtype::Generic, bytes },
    }
}

/// The id that the embedded store's export gives this chunk as well.
fn chunk_id(id: &str, number: u32) -> ObjectId {
    let digest = Sha256::digest(format!("{id}\n{number}"));
    let mut bytes = [0; 12];
    bytes.copy_from_slice(&digest[..12]);
    ObjectId::from_bytes(bytes)
}
