//! Export files below the one directory of the server's own disk that the administrator opened for imports.
//!
//! A person with write access to that directory may try to lead the server out of it. So a path is resolved first, and what it resolves
//! to is opened name by name, each without following a link: what was changed in between is refused.

use std::{
    fs::File,
    io::{self, ErrorKind},
    os::fd::OwnedFd,
    path::{Component, Path},
};

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, openat, statat};
use tokio_util::sync::CancellationToken;

use crate::{EngineError, file};

/// How many bytes are copied before a stop is noticed.
const PIECE: u64 = 64 << 20;

/// Whether an address of an export file is one to be fetched, and no path.
pub(crate) fn is_url(address: &str) -> bool {
    url::Url::parse(address).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}

/// Opens the file at `path`, which is absolute or relative to `dir`.
///
/// # Errors
/// Where there is no such file, or it is no regular file below `dir`.
pub(crate) fn open(dir: &Path, path: &str) -> io::Result<(File, String)> {
    let outside = || io::Error::new(ErrorKind::PermissionDenied, "it is not below the directory for imports");
    let path = Path::new(path);
    if path.components().any(|part| part == Component::ParentDir) {
        return Err(outside());
    }
    let dir = dir.canonicalize()?;
    let real = dir.join(path).canonicalize()?;
    let names: Vec<_> = real.strip_prefix(&dir).map_err(|_| outside())?.components().collect();
    let Some((last, folders)) = names.split_last() else { return Err(outside()) };
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
    let mut at: OwnedFd = openat(CWD, &dir, flags | OFlags::DIRECTORY, Mode::empty())?;
    for folder in folders {
        at = openat(&at, folder.as_os_str(), flags | OFlags::DIRECTORY, Mode::empty())?;
    }
    // To open a device may already do something.
    let stat = statat(&at, last.as_os_str(), AtFlags::SYMLINK_NOFOLLOW)?;
    let not_regular = || io::Error::new(ErrorKind::InvalidInput, "it is not a regular file");
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Err(not_regular());
    }
    let file = File::from(openat(&at, last.as_os_str(), flags, Mode::empty())?);
    if !file.metadata()?.is_file() {
        return Err(not_regular());
    }
    Ok((file, last.as_os_str().to_string_lossy().into_owned()))
}

/// Copies the file at `path` below `dir` to `target`, and answers its name; none where it was stopped.
pub(crate) fn copy(
    dir: &Path,
    path: &str,
    target: &Path,
    stop: &CancellationToken,
) -> Result<Option<String>, EngineError> {
    let failed = |doing, path: &Path| {
        let path = path.to_owned();
        move |source| EngineError::File { doing, path, source }
    };
    let (from, name) = open(dir, path).map_err(failed("read", Path::new(path)))?;
    let mut to = file::create(target)?;
    while !stop.is_cancelled() {
        // Within one file system, the kernel copies without reading where it can.
        let copied = io::copy(&mut io::Read::take(&from, PIECE), &mut to).map_err(failed("copy", Path::new(path)))?;
        if copied == 0 {
            to.sync_all().map_err(failed("write", target))?;
            return Ok(Some(name));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use std::{fs, io::Read as _, os::unix::fs::symlink};

    use super::*;

    #[test]
    fn files_below_the_directory_are_opened() {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path().join("imports");
        fs::create_dir_all(dir.join("team/2024")).unwrap();
        fs::write(dir.join("team/2024/a.zip"), "content").unwrap();
        symlink("team/2024", dir.join("newest")).unwrap();
        symlink(dir.join("team/2024/a.zip"), dir.join("link.zip")).unwrap();
        symlink(&dir, root.path().join("other-name")).unwrap();
        let whole = |path: &str| dir.join(path).to_str().unwrap().to_owned();
        let by_other_name = root.path().join("other-name/team/2024/a.zip");
        for path in [
            "team/2024/a.zip".to_owned(),
            "./team//2024/a.zip".to_owned(),
            "newest/a.zip".to_owned(),
            "link.zip".to_owned(),
            whole("team/2024/a.zip"),
            whole("link.zip"),
            by_other_name.to_str().unwrap().to_owned(),
        ] {
            let (mut file, name) = open(&dir, &path).unwrap();
            let mut content = String::new();
            file.read_to_string(&mut content).unwrap();
            assert_eq!((content.as_str(), name.as_str()), ("content", "a.zip"), "{path}");
        }
        assert!(open(&root.path().join("other-name"), "team/2024/a.zip").is_ok());
    }

    #[test]
    fn everything_else_is_refused() {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path().join("imports");
        fs::create_dir_all(dir.join("team")).unwrap();
        fs::create_dir(root.path().join("imports-of-others")).unwrap();
        fs::write(root.path().join("imports-of-others/a.zip"), "secret").unwrap();
        fs::write(root.path().join("secret"), "secret").unwrap();
        fs::write(dir.join("a.zip"), "content").unwrap();
        symlink("../secret", dir.join("relative")).unwrap();
        symlink(root.path().join("secret"), dir.join("absolute")).unwrap();
        symlink("..", dir.join("above")).unwrap();
        symlink("/dev/zero", dir.join("device")).unwrap();
        symlink("loop", dir.join("loop")).unwrap();
        rustix::fs::mkfifoat(CWD, dir.join("pipe"), Mode::RUSR).unwrap();
        let whole = |path: &str| root.path().join(path).to_str().unwrap().to_owned();
        for path in [
            String::new(),
            ".".into(),
            "/".into(),
            "gone.zip".into(),
            "team".into(),
            "team/../a.zip".into(),
            "../secret".into(),
            "relative".into(),
            "absolute".into(),
            "above/secret".into(),
            "device".into(),
            "loop".into(),
            "pipe".into(),
            "a.zip/".into(),
            "a\0.zip".into(),
            "/etc/passwd".into(),
            "/dev/null".into(),
            "ftp://example.com/a.zip".into(),
            whole("secret"),
            whole("imports"),
            whole("imports-of-others/a.zip"),
            whole("imports/../secret"),
            format!("file://{}", whole("imports/a.zip")),
        ] {
            assert!(open(&dir, &path).is_err(), "{path:?}");
        }
    }

    #[test]
    fn a_copy_that_is_stopped_has_no_name() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("a.zip"), "content").unwrap();
        let (stop, target) = (CancellationToken::new(), root.path().join("copy"));
        assert_eq!(copy(root.path(), "a.zip", &target, &stop).unwrap().as_deref(), Some("a.zip"));
        assert_eq!(fs::read(&target).unwrap(), b"content");
        stop.cancel();
        assert_eq!(copy(root.path(), "a.zip", &target, &stop).unwrap(), None);
    }
}
