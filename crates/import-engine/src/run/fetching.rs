//! One file or avatar, from its address to the store. Why it cannot be had is a sentence that begins with what such
//! failures are counted by; only the own disk or database stops the operation.

use import_fetch::{FetchError, Fetched as Download, Fetcher};
use import_proto::PendingFile;
use import_store::{
    Store, StoreError, UserKeys,
    documents::{User, UserRef},
    uploads::{Bucket, KeptUpload, NewAvatar},
};

use super::pending::{Fetched, Wanted};
use crate::{
    error::{EngineError, Halt},
    files::{self, Incoming, avatar, full_disk, media_type},
};

/// Fetches what is wanted, or says why it cannot be had.
pub(super) async fn fetch(
    store: &impl Store,
    fetcher: &Fetcher,
    wanted: &Wanted,
) -> Result<Result<Fetched, String>, Halt> {
    match wanted {
        Wanted::File { file, rid, user_id } => fetch_file(store, fetcher, file, rid, user_id).await,
        Wanted::Avatar(user_id) => fetch_avatar(store, fetcher, user_id).await,
    }
}

async fn fetch_file(
    store: &impl Store,
    fetcher: &Fetcher,
    file: &PendingFile,
    rid: &str,
    user_id: &str,
) -> Result<Result<Fetched, String>, Halt> {
    let id = files::upload_id(file);
    if let Some(there) = store.find_uploads(vec![id.clone()]).await?.remove(&id) {
        return Ok(Ok(Fetched::File(Box::new(there), None)));
    }
    let Some(url) = &file.download_url else { return Ok(Err(format!("the file has no address: {}", file.name))) };
    let incoming = Incoming::new(store);
    let download = match download(fetcher, url, &incoming, &file.name).await? {
        Ok(download) => download,
        Err(reason) => return Ok(Err(reason)),
    };
    let first_bytes = incoming.first_bytes().await?;
    if let Some(reason) = another_file(file, &download, &first_bytes) {
        return Ok(Err(reason));
    }
    let content = incoming.keep(store, Bucket::Uploads, &id).await?;
    let media_type = media_type::of(download.content_type.as_deref(), files::declared_type(file), &file.name);
    let media_type = media_type::as_it_begins(media_type, &first_bytes);
    let document = files::document(file, media_type, &content, rid, user_id);
    Ok(Ok(Fetched::File(Box::new(document), Some(content))))
}

/// Why what came is not the file. Its size alone says nothing: what comes counts.
fn another_file(file: &PendingFile, download: &Download, first_bytes: &[u8]) -> Option<String> {
    let declared = file.size;
    if download.bytes == 0 && declared != Some(0) {
        return Some(empty(&file.name));
    }
    let (answered, says) = (download.content_type.as_deref(), files::declared_type(file));
    let page = media_type::is_another_page(answered, says, &file.name, first_bytes);
    (page && declared != Some(download.bytes)).then(|| {
        format!(
            "the server sent a web page in place of the file: {}: its address has expired, or asks for a login; import a \
             newer export, which has new addresses",
            file.name
        )
    })
}

async fn fetch_avatar(store: &impl Store, fetcher: &Fetcher, user_id: &str) -> Result<Result<Fetched, String>, Halt> {
    let keys = UserKeys { ids: vec![user_id.to_owned()], ..UserKeys::default() };
    let user = store.find_users(keys).await?.pop();
    let Some((User { id, username, name, .. }, url)) = user.and_then(|mut user| {
        let url = user.pending_avatar_url.take()?;
        Some((user, url))
    }) else {
        return Ok(Ok(Fetched::Nothing));
    };
    let user = UserRef { id, username, name };
    let incoming = Incoming::new(store);
    let answered = match avatar::decode_data_url(&url) {
        Some(Ok(picture)) => {
            let path = incoming.path();
            tokio::fs::write(path, picture.bytes).await.map_err(StoreError::file("write", path)).map_err(full_disk)?;
            picture.media_type
        }
        Some(Err(reason)) => {
            return Ok(Err(format!("the avatar's data URL cannot be read: {}: {reason}", user.username)));
        }
        None => match download(fetcher, &url, &incoming, &user.username).await? {
            Ok(download) => download.content_type,
            Err(reason) => return Ok(Err(reason)),
        },
    };
    let first = incoming.first_bytes().await?;
    let media_type = match avatar::image_type(answered.as_deref(), &first) {
        Ok(media_type) => media_type,
        Err(_) if first.is_empty() => return Ok(Err(empty(&user.username))),
        Err(reason) => return Ok(Err(format!("the avatar is no image: {}: {reason}", user.username))),
    };
    let content = incoming.keep(store, Bucket::Avatars, &avatar::upload_id(&user.id)).await?;
    let document = avatar::document(&user, media_type, &content);
    let upload = KeptUpload { document, content };
    Ok(Ok(Fetched::Avatar(Box::new(NewAvatar { upload, from: url }))))
}

fn empty(name: &str) -> String {
    format!("the server sent an empty file: {name}")
}

async fn download(fetcher: &Fetcher, url: &str, to: &Incoming, name: &str) -> Result<Result<Download, String>, Halt> {
    match fetcher.fetch(url, to.path(), |_| {}).await {
        Ok(download) => Ok(Ok(download)),
        Err(error @ FetchError::DiskFull { .. }) => Err(Halt::Failed(error.to_string())),
        Err(error @ (FetchError::Disk { .. } | FetchError::Setup { .. })) => {
            Err(Halt::Error(EngineError::Fetch(error)))
        }
        Err(FetchError::Status { url, status, .. }) => Ok(Err(format!("the server answered {status}: {name}, {url}"))),
        Err(error) => Ok(Err(format!("{}: {name}: {error}", phrase(&error)))),
    }
}

/// What failed downloads are counted by.
fn phrase(error: &FetchError) -> &'static str {
    match error {
        FetchError::InvalidUrl { .. } | FetchError::UnsupportedScheme { .. } => "the address is none to fetch from",
        FetchError::ForbiddenAddress { .. } => "the address may not be reached",
        FetchError::Unresolvable { .. } | FetchError::Unreachable { .. } | FetchError::Tls { .. } => {
            "the server cannot be reached"
        }
        FetchError::BadRedirect { .. } | FetchError::Downgrade { .. } | FetchError::TooManyRedirects { .. } => {
            "the redirect cannot be followed"
        }
        FetchError::Stalled { .. } | FetchError::Interrupted { .. } => "the transfer broke off",
        FetchError::TooLarge { .. } => "the file is too large",
        _ => "the download failed",
    }
}
