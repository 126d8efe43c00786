//! A failed record as one line: for people, as JSON, as a line of a table.

use import_cli::text::{cell, printable, printable_json};
use import_proto::{DataType, RecordError};
use import_store::staging::StagedRecord;
use serde::Serialize;
use serde_json::Value;

use super::rooms::RoomNames;

/// The columns of [`csv`].
pub(crate) const CSV_HEADER: &str = "kind,entry,line,column,reason,data";

/// What may tell people which record it is, where no place in a file does.
const NAMES: [&str; 3] = ["username", "name", "importIds"];

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    data_type: DataType,
    data: Value,
    errors: Vec<RecordError>,
}

/// Kind, place and reason.
pub(crate) fn text(record: &StagedRecord, rooms: &RoomNames) -> String {
    printable(&format!("{:<7}  {}  {}", record.key.data_type.as_str(), place(record, rooms), reason(record)))
}

/// Kind, the whole record, and the errors.
pub(crate) fn json(mut record: StagedRecord) -> serde_json::Result<String> {
    hide_password(&mut record.data);
    serde_json::to_string(&Line { data_type: record.key.data_type, data: record.data, errors: record.errors })
}

/// The columns that [`CSV_HEADER`] names, for spreadsheets: no cell is a formula.
pub(crate) fn csv(mut record: StagedRecord) -> String {
    hide_password(&mut record.data);
    let first = record.errors.first();
    let number = |number: Option<u64>| number.map(|number| number.to_string()).unwrap_or_default();
    let columns = [
        record.key.data_type.as_str().to_owned(),
        cell(first.and_then(|error| error.entry.as_deref()).unwrap_or_default()),
        number(first.and_then(|error| error.line)),
        number(first.and_then(|error| error.column)),
        cell(&reason(&record)),
        printable_json(&record.data.to_string()),
    ];
    columns.map(|column| quoted(&column)).join(",")
}

/// Where the record stands in the file, as far as that is known, else what it calls itself.
fn place(record: &StagedRecord, rooms: &RoomNames) -> String {
    let Some(error) = record.errors.iter().find(|error| error.entry.is_some()) else {
        return name(record, rooms).unwrap_or_else(|| "-".into());
    };
    let entry = error.entry.as_deref().unwrap_or_default();
    match (error.line, error.column, record.data["ts"].as_str()) {
        (Some(line), Some(column), _) => format!("{entry}, line {line}, column {column}"),
        (Some(line), None, _) => format!("{entry}, line {line}"),
        (None, Some(column), _) => format!("{entry}, column {column}"),
        // A whole file of messages is a large place: the time tells which.
        (None, None, Some(ts)) => format!("{entry}, {ts}"),
        (None, None, None) => entry.to_owned(),
    }
}

/// What a record calls itself. The `_id` of a message says nothing to people: its room and time do.
fn name(record: &StagedRecord, rooms: &RoomNames) -> Option<String> {
    if let (Value::String(rid), Value::String(ts)) = (&record.data["rid"], &record.data["ts"]) {
        return Some(format!("{}, {ts}", rooms.get(rid)));
    }
    NAMES.iter().find_map(|key| match &record.data[*key] {
        Value::String(name) => Some(name.clone()),
        Value::Array(ids) => ids.first().and_then(Value::as_str).map(str::to_owned),
        _ => None,
    })
}

fn reason(record: &StagedRecord) -> String {
    let reasons: Vec<_> = record.errors.iter().map(|error| error.message.as_str()).collect();
    reasons.join("; ")
}

/// What is staged of a password is nobody's business.
fn hide_password(data: &mut Value) {
    if let Some(fields) = data.as_object_mut() {
        fields.remove("password");
    }
}

/// A field of a comma-separated table, in quotes where it needs them.
fn quoted(field: &str) -> String {
    match field.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", field.replace('"', "\"\"")),
        false => field.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use import_store::staging::{RecordStatus, StagedKey};
    use serde_json::json;

    use super::*;

    fn failed(data_type: DataType, data: Value, errors: Vec<RecordError>) -> StagedRecord {
        StagedRecord {
            key: StagedKey { data_type, seq: 1 },
            import_id: None,
            unnamed: false,
            data,
            readable: true,
            status: RecordStatus::Failed,
            errors,
        }
    }

    #[test]
    fn a_record_is_known_by_its_place_in_the_file_or_by_its_name() {
        let error =
            |line, column| RecordError { message: "no author".into(), entry: Some("a/b.csv".into()), line, column };
        let text = |record: &StagedRecord| text(record, &RoomNames::default());
        let message = |error| failed(DataType::Message, json!({"msg": "hello"}), vec![error]);
        assert_eq!(text(&message(error(None, Some(2)))), "message  a/b.csv, column 2  no author");
        assert_eq!(text(&message(error(Some(3), Some(2)))), "message  a/b.csv, line 3, column 2  no author");
        assert_eq!(text(&message(error(Some(3), None))), "message  a/b.csv, line 3  no author");
        assert_eq!(text(&message(error(None, None))), "message  a/b.csv  no author");
        let added = failed(DataType::User, json!({"importIds": ["7"]}), vec![RecordError::new("taken")]);
        assert_eq!(text(&added), "user     7  taken");
        let data = json!({"_id": "csv-1", "rid": "general", "ts": "2025-03-04T12:22:10.996Z", "msg": "hello"});
        let message = failed(DataType::Message, data, vec![RecordError::new("no author")]);
        assert_eq!(text(&message), "message  general, 2025-03-04T12:22:10.996Z  no author");
        let place = RecordError { entry: Some("general/1.csv".into()), ..RecordError::new("no author") };
        let message = StagedRecord { errors: vec![place], ..message };
        assert_eq!(text(&message), "message  general/1.csv, 2025-03-04T12:22:10.996Z  no author");
    }

    #[test]
    fn no_form_shows_what_is_staged_of_a_password() {
        let user =
            failed(DataType::User, json!({"username": "ann", "password": "5e88"}), vec![RecordError::new("taken")]);
        assert_eq!(
            json(user.clone()).unwrap(),
            r#"{"dataType":"user","data":{"username":"ann"},"errors":[{"message":"taken"}]}"#
        );
        assert_eq!(csv(user.clone()), r#"user,,,,taken,"{""username"":""ann""}""#);
        assert!(!text(&user, &RoomNames::default()).contains("5e88"));
    }

    #[test]
    fn a_room_is_called_by_its_name_where_that_is_known() {
        let rooms = RoomNames::known([("qoK3e5Y26HSrri4L8", "docks")]);
        let message = |rid: &str| {
            let data = json!({"_id": "m", "rid": rid, "ts": "2017-07-14T02:40:00.000Z"});
            failed(DataType::Message, data, vec![RecordError::new("gone")])
        };
        assert_eq!(text(&message("qoK3e5Y26HSrri4L8"), &rooms), "message  docks, 2017-07-14T02:40:00.000Z  gone");
        assert_eq!(text(&message("annbob"), &rooms), "message  annbob, 2017-07-14T02:40:00.000Z  gone");
    }

    #[test]
    fn what_an_export_says_neither_reaches_the_terminal_nor_is_a_formula() {
        let place = RecordError { entry: Some("=cmd/\u{1b}[2J.csv".into()), ..RecordError::new("-1\r\nfake line") };
        let user = failed(DataType::User, json!({"username": "a\u{1b}\u{9b}b"}), vec![place]);
        assert_eq!(text(&user, &RoomNames::default()), "user     =cmd/ [2J.csv  -1  fake line");
        assert_eq!(csv(user), r#"user,'=cmd/ [2J.csv,,,'-1  fake line,"{""username"":""a\u001b\u009bb""}""#);
    }
}
