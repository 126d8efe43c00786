//! Files that messages bring, and avatars: what they are known by, and the documents and attachments that show them.

pub(crate) mod avatar;
mod incoming;
pub(crate) mod media_type;

use import_proto::PendingFile;
use import_store::{
    credentials::derived_id,
    documents::{Date, Message},
    uploads::{AttachedFile, Bucket, Upload},
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};

pub(crate) use incoming::{Incoming, full_disk};

/// What stays as it is in a part of a path.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

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

/// The document of a file of `size` bytes.
pub(crate) fn document(file: &PendingFile, media_type: String, size: u64, rid: &str, user_id: &str) -> Upload {
    let (id, now) = (upload_id(file), Date::now());
    let name = if file.name.trim().is_empty() { id.clone() } else { file.name.clone() };
    Upload {
        url: format!("/ufs/{}/{id}/{}", Bucket::Uploads.store(), encoded(&name)),
        id,
        name,
        media_type,
        size,
        rid: Some(rid.to_owned()),
        user_id: user_id.to_owned(),
        complete: true,
        store: Bucket::Uploads.store().to_owned(),
        uploaded_at: now,
        etag: None,
        updated_at: now,
    }
}

/// What `message` shows once the workspace has the file.
pub(crate) fn attached(upload: &Upload, message: &str) -> AttachedFile {
    let url = path(upload);
    AttachedFile { message: message.to_owned(), attachment: attachment(upload, &url), url }
}

/// Lets a message that is not written yet show its file.
pub(crate) fn show(message: &mut Message, upload: &Upload) {
    let url = path(upload);
    message.attachments.push(attachment(upload, &url));
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

/// An image, a sound, a film, or just a link: by the media type.
fn attachment(upload: &Upload, url: &str) -> Value {
    let mut fields = Map::new();
    fields.insert("title".into(), upload.name.clone().into());
    fields.insert("title_link".into(), url.into());
    let kind = upload.media_type.split('/').next().unwrap_or_default();
    if matches!(kind, "image" | "audio" | "video") {
        fields.insert(format!("{kind}_url"), url.into());
        fields.insert(format!("{kind}_type"), upload.media_type.clone().into());
        fields.insert(format!("{kind}_size"), json!(upload.size));
    }
    Value::Object(fields)
}

#[cfg(test)]
mod tests {
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
            ("application/pdf", json!({})),
        ] {
            let upload = document(&file("https://files.example/F1"), media_type.into(), 7, "room", "ann");
            let path = format!("/file-upload/{}/tide%20table%20%2F%201.png", upload.id);
            assert_eq!(upload.url, format!("/ufs/GridFS:Uploads/{}/tide%20table%20%2F%201.png", upload.id));
            let shown = attached(&upload, "m");
            assert_eq!((shown.message.as_str(), shown.url.as_str()), ("m", path.as_str()));
            let mut wanted = json!({"title": "tide table / 1.png", "title_link": path});
            for (field, value) in expected.as_object().unwrap() {
                wanted[field] = if value == "PATH" { path.clone().into() } else { value.clone() };
            }
            assert_eq!(shown.attachment, wanted);
        }
    }
}
