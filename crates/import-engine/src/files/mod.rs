//! Files that messages bring, and avatars: what they are known by, and the documents and attachments that show them.

pub(crate) mod avatar;
mod incoming;
pub(crate) mod media_type;

use import_proto::PendingFile;
use import_sources::title_of;
use import_store::{
    credentials::{derived_id, derived_upload_token},
    documents::{Date, Message},
    uploads::{AttachedFile, Bucket, Content, Upload},
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

pub(crate) use incoming::{Incoming, full_disk};

/// What stays as it is in a part of a path.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The format of a file whose name has no extension, as Rocket.Chat calls it.
const NO_FORMAT: &str = "file";

/// Characters of an `etag`.
const ETAG_LENGTH: usize = 17;

/// The `_id` of the file in the workspace. It follows from what the source calls the file and from its address, but for
/// the query, in which exports of different days have different tokens: so a file that many messages name, or that an
/// export of another day names again, is one file.
pub(crate) fn upload_id(file: &PendingFile) -> String {
    let address = file.download_url.as_deref().unwrap_or_default();
    let address = address.split(['?', '#']).next().unwrap_or_default();
    derived_id(&["file", &file.source, &file.id, address])
}

/// The media type that the source's own object names.
pub(crate) fn declared_type(file: &PendingFile) -> Option<&str> {
    file.original.get("mimetype").and_then(Value::as_str).filter(|text| text.contains('/'))
}

/// The document of a file.
pub(crate) fn document(file: &PendingFile, media_type: String, content: &Content, rid: &str, user_id: &str) -> Upload {
    let id = upload_id(file);
    let name = if file.name.trim().is_empty() { id.clone() } else { file.name.clone() };
    let extension = extension(&name).map(str::to_lowercase);
    Upload { extension, rid: Some(rid.to_owned()), ..upload(Bucket::Uploads, (id, name), media_type, content, user_id) }
}

/// What documents of files and of avatars have in common. It is the same whenever the same file is fetched, but for the
/// time.
fn upload(
    bucket: Bucket,
    (id, name): (String, String),
    media_type: String,
    content: &Content,
    user_id: &str,
) -> Upload {
    let (store, now) = (bucket.store(), Date::now());
    let path = format!("/ufs/{store}/{id}/{}", encoded(&name));
    Upload {
        token: derived_upload_token(&["upload", &id, &content.digest]),
        id,
        name,
        type_group: media_type.split('/').next().unwrap_or_default().to_owned(),
        media_type,
        extension: None,
        size: content.size,
        rid: None,
        user_id: user_id.to_owned(),
        complete: true,
        uploading: false,
        progress: 1,
        store: store.to_owned(),
        uploaded_at: now,
        url: path.clone(),
        path,
        etag: content.digest.get(..ETAG_LENGTH).map(str::to_owned),
        updated_at: now,
    }
}

/// What follows the last dot of a name. A dot at the beginning hides a file.
fn extension(name: &str) -> Option<&str> {
    let (before, extension) = name.rsplit_once('.')?;
    (!before.is_empty() && !extension.is_empty()).then_some(extension)
}

/// What `message` shows once the workspace has the file.
pub(crate) fn attached(upload: &Upload, message: &str, title: Option<&str>) -> AttachedFile {
    let url = path(upload);
    AttachedFile { message: message.to_owned(), attachment: attachment(upload, &url, title), url }
}

/// Lets a message that is not written yet show its file.
pub(crate) fn show(message: &mut Message, upload: &Upload) {
    let url = path(upload);
    let title = message.import_file.as_ref().and_then(|shown| title_of(&shown.file));
    message.attachments.push(attachment(upload, &url, title.as_deref()));
    if let Some(file) = &mut message.import_file {
        file.downloaded = true;
        file.rocket_chat_url = Some(url);
    }
    message.hidden = false;
}

/// Where clients find the file.
fn path(upload: &Upload) -> String {
    format!("/file-upload/{}/{}", upload.id, encoded(&upload.name))
}

pub(crate) fn encoded(name: &str) -> String {
    utf8_percent_encode(name, PLAIN).to_string()
}

/// An image, a sound, a film, or a file to download: by the media type. Without `type: "file"`, clients show no player.
fn attachment(upload: &Upload, url: &str, title: Option<&str>) -> Value {
    let mut fields = Map::new();
    let mut add = |field: &str, value: Value| fields.insert(field.to_owned(), value);
    add("title", title.unwrap_or(&upload.name).into());
    add("type", "file".into());
    add("title_link", url.into());
    add("title_link_download", true.into());
    add("fileId", upload.id.as_str().into());
    let kind = upload.media_type.split('/').next().unwrap_or_default();
    if matches!(kind, "image" | "audio" | "video") {
        add(&format!("{kind}_url"), url.into());
        add(&format!("{kind}_type"), upload.media_type.as_str().into());
        add(&format!("{kind}_size"), upload.size.into());
    } else {
        let format = extension(&upload.name).map_or_else(|| NO_FORMAT.to_owned(), str::to_uppercase);
        add("format", format.into());
        add("size", upload.size.into());
    }
    Value::Object(fields)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn file(url: &str) -> PendingFile {
        PendingFile {
            download_url: Some(url.into()),
            entry: None,
            id: "F1".into(),
            size: None,
            name: "tide table / 1.png".into(),
            external: false,
            source: "slack".into(),
            original: json!({"mimetype": "image/png"}),
        }
    }

    fn seven_bytes() -> Content {
        Content { digest: "0123456789abcdef".repeat(4), size: 7 }
    }

    #[test]
    fn a_document_has_the_fields_by_which_files_are_listed() {
        let upload = document(&file("https://files.example/F1"), "image/png".into(), &seven_bytes(), "room", "ann");
        assert_eq!((upload.type_group.as_str(), upload.extension.as_deref()), ("image", Some("png")));
        assert_eq!((upload.complete, upload.uploading, upload.progress), (true, false, 1));
        assert_eq!(upload.path, format!("/ufs/GridFS:Uploads/{}/tide%20table%20%2F%201.png", upload.id));
        assert_eq!(upload.etag.as_deref(), Some("0123456789abcdef0"));
        assert!(upload.token.len() == 10 && upload.token.bytes().all(|digit| digit.is_ascii_hexdigit()));
        let again = document(&file("https://files.example/F1?t=2"), "image/png".into(), &seven_bytes(), "room", "bob");
        assert_eq!(again.token, upload.token, "it is the same when the file is fetched again");
        let other = document(&file("https://files.example/F2"), "image/png".into(), &seven_bytes(), "room", "ann");
        assert_ne!(other.token, upload.token);
    }

    #[test]
    fn an_extension_is_what_follows_the_last_dot() {
        for (name, expected) in [
            ("a.PNG", Some("PNG")),
            ("a.tar.gz", Some("gz")),
            (".profile", None),
            (".a.b", Some("b")),
            ("README", None),
            ("a.", None),
            ("", None),
        ] {
            assert_eq!(extension(name), expected, "{name}");
        }
    }

    #[test]
    fn a_file_is_the_same_whatever_token_its_address_has() {
        let id = upload_id(&file("https://files.example/F1/a.png?t=one"));
        assert_eq!(id.len(), 17);
        assert_eq!(upload_id(&file("https://files.example/F1/a.png?t=two#x")), id);
        assert_ne!(upload_id(&file("https://files.example/F2/a.png")), id);
        assert_ne!(upload_id(&PendingFile { id: "F2".into(), ..file("https://files.example/F1/a.png") }), id);
    }

    #[test]
    fn a_file_is_shown_by_what_it_is() {
        for (media_type, expected) in [
            ("image/png", json!({"image_url": "PATH", "image_type": "image/png", "image_size": 7})),
            ("audio/mpeg", json!({"audio_url": "PATH", "audio_type": "audio/mpeg", "audio_size": 7})),
            ("video/mp4", json!({"video_url": "PATH", "video_type": "video/mp4", "video_size": 7})),
            ("application/pdf", json!({"format": "PNG", "size": 7})),
        ] {
            let upload = document(&file("https://files.example/F1"), media_type.into(), &seven_bytes(), "room", "ann");
            let path = format!("/file-upload/{}/tide%20table%20%2F%201.png", upload.id);
            assert_eq!(upload.url, format!("/ufs/GridFS:Uploads/{}/tide%20table%20%2F%201.png", upload.id));
            let shown = attached(&upload, "m", None);
            assert_eq!((shown.message.as_str(), shown.url.as_str()), ("m", path.as_str()));
            let mut wanted = json!({
                "title": "tide table / 1.png", "type": "file", "title_link": path, "title_link_download": true,
                "fileId": upload.id
            });
            for (field, value) in expected.as_object().unwrap() {
                wanted[field] = if value == "PATH" { path.clone().into() } else { value.clone() };
            }
            assert_eq!(shown.attachment, wanted);
        }
    }
    #[test]
    fn a_file_without_an_extension_has_the_format_file() {
        let readme = PendingFile { name: "README".into(), ..file("https://files.example/F1") };
        let upload = document(&readme, "text/plain".into(), &seven_bytes(), "room", "ann");
        assert_eq!(attached(&upload, "m", None).attachment["format"], "file");
    }

    #[test]
    fn a_file_is_shown_under_its_title() {
        let with = |source: &str, original: Value| PendingFile {
            source: source.into(),
            original,
            ..file("https://files.example/F1")
        };
        for (source, original, expected) in [
            ("slack", json!({"title": "Tides &amp; times"}), Some("Tides & times")),
            ("hipchatenterprise", json!({"title": "Tides &amp; times"}), Some("Tides &amp; times")),
            ("slack", json!({"title": " "}), None),
            ("slack", json!({"title": 7}), None),
            ("slack", json!({}), None),
            ("slack", Value::Null, None),
        ] {
            assert_eq!(title_of(&with(source, original.clone())).as_deref(), expected, "{source}: {original}");
        }
        let upload = document(&file("https://files.example/F1"), "text/plain".into(), &seven_bytes(), "room", "ann");
        assert_eq!(attached(&upload, "m", Some("Tides & times")).attachment["title"], "Tides & times");
    }
}
