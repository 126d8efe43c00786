//! An export file on disk, read piece by piece.

use std::{
    io,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use tokio::{fs::File, io::AsyncReadExt, sync::watch};

use crate::{
    error::Error,
    retry::{Again, Failure},
};

/// How much is read at once. A multiple of three, so that the base64 of the pieces is that of the whole.
const PIECE: usize = 3 * 64 * 1024;

/// A file to upload.
pub(crate) struct ExportFile {
    path: PathBuf,
    pub(crate) name: String,
    pub(crate) content_type: &'static str,
    /// Bytes.
    pub(crate) length: u64,
    /// Why it could not be read to its end.
    trouble: Arc<OnceLock<io::Error>>,
}

impl ExportFile {
    /// Looks at the file and makes sure that it can be read.
    pub(crate) async fn open(path: &Path) -> Result<Self, Error> {
        let failed = |source| Error::Io { path: path.to_owned(), source };
        let metadata = File::open(path).await.map_err(failed)?.metadata().await.map_err(failed)?;
        if !metadata.is_file() {
            return Err(failed(io::Error::new(io::ErrorKind::InvalidInput, "it is not a file")));
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let content_type = content_type(&name);
        Ok(Self { path: path.to_owned(), name, content_type, length: metadata.len(), trouble: Arc::default() })
    }

    /// The length of its base64.
    pub(crate) fn base64_length(&self) -> u64 {
        self.length.div_ceil(3) * 4
    }

    /// The file, piece by piece. `sent` is told how much was read so far.
    pub(crate) async fn pieces(
        &self,
        sent: watch::Sender<u64>,
    ) -> Result<impl Stream<Item = io::Result<Bytes>> + Send + use<>, Error> {
        let file = File::open(&self.path).await.map_err(|source| Error::Io { path: self.path.clone(), source })?;
        let reading = Reading { file, left: self.length, read: 0, sent, trouble: Arc::clone(&self.trouble) };
        Ok(stream::unfold(reading, |mut reading| async {
            let piece = reading.next().await?;
            Some((piece, reading))
        }))
    }

    /// Its base64, between two pieces of JSON.
    pub(crate) async fn base64(
        &self,
        sent: watch::Sender<u64>,
        before: Bytes,
        after: Bytes,
    ) -> Result<impl Stream<Item = io::Result<Bytes>> + Send + use<>, Error> {
        let pieces = self.pieces(sent).await?;
        let encoded = pieces.map(|piece| piece.map(|piece| Bytes::from(BASE64_STANDARD.encode(piece))));
        Ok(stream::iter([Ok(before)]).chain(encoded).chain(stream::iter([Ok(after)])))
    }

    /// The failure of an upload, which is this file's where it could not be read.
    pub(crate) fn blame(&self, failure: Failure) -> Failure {
        match self.trouble.get() {
            Some(trouble) => {
                let source = io::Error::new(trouble.kind(), trouble.to_string());
                Failure { error: Error::Io { path: self.path.clone(), source }, again: Again::Never }
            }
            None => failure,
        }
    }
}

/// The file, opened, and how far it was read.
struct Reading {
    file: File,
    left: u64,
    read: u64,
    sent: watch::Sender<u64>,
    trouble: Arc<OnceLock<io::Error>>,
}

impl Reading {
    async fn next(&mut self) -> Option<io::Result<Bytes>> {
        if self.left == 0 {
            return None;
        }
        match self.piece().await {
            Ok(piece) => {
                self.read += piece.len() as u64;
                self.left -= piece.len() as u64;
                self.sent.send_replace(self.read);
                Some(Ok(piece))
            }
            Err(error) => {
                self.left = 0;
                let told = io::Error::new(error.kind(), error.to_string());
                // The connection only learns that the body broke off; why is told through here.
                let _ = self.trouble.set(error);
                Some(Err(told))
            }
        }
    }

    async fn piece(&mut self) -> io::Result<Bytes> {
        let changed =
            |what: &str| io::Error::new(io::ErrorKind::InvalidData, format!("it became {what} while it was sent"));
        let length = usize::try_from(self.left).unwrap_or(PIECE).min(PIECE);
        let mut piece = vec![0; length];
        match self.file.read_exact(&mut piece).await {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Err(changed("shorter")),
            Err(error) => return Err(error),
            Ok(_) => {}
        }
        let last = length as u64 == self.left;
        if last && self.file.read(&mut [0]).await? > 0 {
            return Err(changed("longer"));
        }
        Ok(piece.into())
    }
}

/// The content type that the name of an export speaks for.
fn content_type(name: &str) -> &'static str {
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    match extension.as_deref() {
        Some("zip") => "application/zip",
        Some("csv") => "text/csv",
        Some("gz" | "tgz") => "application/gzip",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use futures_util::TryStreamExt;

    use super::*;

    fn file(content: &[u8]) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(content).unwrap();
        file
    }

    async fn base64_of(content: &[u8]) -> (String, u64) {
        let file = file(content);
        let export = ExportFile::open(file.path()).await.unwrap();
        let (sent, _) = watch::channel(0);
        let pieces = export.base64(sent, Bytes::new(), Bytes::new()).await.unwrap();
        let whole = pieces.map_ok(|piece| piece.to_vec()).try_concat().await.unwrap();
        (String::from_utf8(whole).unwrap(), export.base64_length())
    }

    #[tokio::test]
    async fn the_base64_of_the_pieces_is_that_of_the_whole() {
        for (content, expected) in [("", ""), ("a", "YQ=="), ("ab", "YWI="), ("abc", "YWJj"), ("abcd", "YWJjZA==")] {
            assert_eq!(base64_of(content.as_bytes()).await, (expected.to_owned(), expected.len() as u64));
        }
        for length in [PIECE - 1, PIECE, PIECE + 1, 2 * PIECE + 2] {
            let content: Vec<u8> = (0..length).map(|place| (place % 251) as u8).collect();
            let (encoded, announced) = base64_of(&content).await;
            assert_eq!(encoded.len() as u64, announced);
            assert!(BASE64_STANDARD.decode(encoded).unwrap() == content, "{length}");
        }
    }

    #[tokio::test]
    async fn a_file_that_changes_its_size_is_an_error_of_the_file() {
        for (length, what) in [(3, "it became longer while it was sent"), (5, "it became shorter while it was sent")] {
            let file = file(b"abcd");
            let mut export = ExportFile::open(file.path()).await.unwrap();
            export.length = length;
            let (sent, _) = watch::channel(0);
            let pieces: Result<Vec<_>, _> = export.pieces(sent).await.unwrap().try_collect().await;
            assert_eq!(pieces.unwrap_err().to_string(), what);
            let blamed = export.blame(Failure::last(Error::Setup { reason: "broken".into() }));
            assert!(matches!(blamed.error, Error::Io { source, .. } if source.to_string() == what));
        }
    }

    #[tokio::test]
    async fn a_folder_is_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let error = ExportFile::open(folder.path()).await.err().unwrap();
        assert_eq!(error.to_string(), format!("cannot read {}: it is not a file", folder.path().display()));
    }

    #[test]
    fn the_name_speaks_for_the_content_type() {
        let types = ["a.zip", "A.ZIP", "u.csv", "h.tar.gz", "h.tgz", "export", "a.rar"].map(content_type);
        let other = "application/octet-stream";
        assert_eq!(
            types,
            ["application/zip", "application/zip", "text/csv", "application/gzip", "application/gzip", other, other]
        );
    }
}
