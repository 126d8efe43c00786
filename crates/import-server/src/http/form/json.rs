//! A JSON body as a model.

use serde::de::DeserializeOwned;

use super::{describe::describe, objects::Objects};

/// The model that the body stands for, or what is wrong with it.
pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    let text = std::str::from_utf8(body)
        .map_err(|error| format!("the body is not UTF-8: byte {} cannot be read", error.valid_up_to() + 1))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim_ascii().is_empty() {
        return Err("the body is empty: a JSON object was expected".to_owned());
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let model = serde_path_to_error::deserialize(Objects(&mut deserializer)).map_err(|error| describe(&error))?;
    deserializer.end().map_err(|error| format!("the body is not JSON: {error}"))?;
    Ok(model)
}

#[cfg(test)]
mod tests {
    use import_proto::{AddUsers, Login, StartImport, UploadImportFile};

    use crate::http::form::Form;

    fn refused<F: Form>(body: impl AsRef<[u8]>) -> String {
        match F::from_json(body.as_ref()) {
            Err(refusal) => refusal.to_string(),
            Ok(_) => panic!("it was read"),
        }
    }

    #[test]
    fn a_body_that_is_no_json_is_refused_with_line_and_column() {
        let cases: [(&str, &str); 7] = [
            ("", "the body is empty: a JSON object was expected"),
            (" \n\t", "the body is empty: a JSON object was expected"),
            ("{", "the body is not JSON: EOF while parsing an object at line 1 column 1"),
            ("{\"users\":\n[{]}", "the body is not JSON: key must be a string at line 2 column 3"),
            ("nothing", "the body is not JSON: expected ident at line 1 column 2"),
            ("{\"users\":[]} {}", "the body is not JSON: trailing characters at line 1 column 14"),
            ("{\"users\":[],}", "the body is not JSON: trailing comma at line 1 column 13"),
        ];
        for (body, expected) in cases {
            assert_eq!(refused::<AddUsers>(body), expected, "{body}");
        }
    }

    #[test]
    fn a_body_that_is_no_text_is_refused_with_the_byte() {
        assert_eq!(refused::<AddUsers>(b"{\"us\xffrs\":[]}"), "the body is not UTF-8: byte 5 cannot be read");
    }

    #[test]
    fn a_byte_order_mark_is_passed_over() {
        assert!(AddUsers::from_json(b"\xef\xbb\xbf{\"users\":[]}").is_ok());
    }

    #[test]
    fn what_is_wrong_is_said_with_the_place_and_without_the_value() {
        let user = |fields: &str| format!(r#"{{"users":[{{"emails":["a@b.c"],"importIds":["1"]}},{{{fields}}}]}}"#);
        let cases = [
            (user(r#""emails":null,"importIds":["1"]"#), "users[1].emails: a list of strings was expected, not null"),
            (
                user(r#""emails":"x","importIds":["1"]"#),
                "users[1].emails: a list of strings was expected, not a string",
            ),
            (user(r#""emails":["a",{}],"importIds":[]"#), "users[1].emails[1]: a string was expected, not an object"),
            (user(r#""emails":["a"]"#), "users[1].importIds: it is missing"),
            (
                user(r#""emails":[],"importIds":[],"password":["secret"]"#),
                "users[1].password: a string was expected, not a list",
            ),
            (
                user(r#""emails":[],"importIds":[],"deleted":"secret""#),
                "users[1].deleted: a boolean was expected, not a string",
            ),
            (user(r#""emails":[],"importIds":[],"type":"secret""#), "users[1].type: one of `user`, `bot` was expected"),
            (user(r#""emails":[],"importIds":[],"type":7"#), "users[1].type: a string was expected, not a number"),
            (
                user(r#""emails":[],"importIds":[],"type":{"bot":null}"#),
                "users[1].type: a string was expected, not an object",
            ),
            (user(r#""emails":[],"emails":[]"#), "users[1].emails: it is given twice"),
            (r#"{"users":null}"#.into(), "users: a list was expected, not null"),
            (r#"{"users":{}}"#.into(), "users: a list was expected, not an object"),
            (r#"{"users":[7]}"#.into(), "users[0]: an object was expected, not a number"),
            (r#"{"users":[],"more":1}"#.into(), "more: there is no such parameter"),
            (r#"{}"#.into(), "users: it is missing"),
            (r#"[]"#.into(), "the body: an object was expected, not a list"),
            (r#"[[]]"#.into(), "the body: an object was expected, not a list"),
            (r#""secret""#.into(), "the body: an object was expected, not a string"),
            (r#"null"#.into(), "the body: an object was expected, not null"),
        ];
        for (body, expected) in cases {
            assert_eq!(refused::<AddUsers>(&body), expected, "{body}");
        }
    }

    #[test]
    fn a_list_does_not_stand_for_an_object() {
        for body in [r#"{"input":[]}"#, r#"{"input":{"users":[]}}"#] {
            assert!(refused::<StartImport>(body).ends_with("an object was expected, not a list"), "{body}");
        }
        assert_eq!(
            refused::<AddUsers>(r#"{"users":[["a",["a@b.c"],["1"],null,null,null,null,null,null,null,null,null]]}"#),
            "users[0]: an object was expected, not a list"
        );
    }

    #[test]
    fn a_password_is_never_repeated() {
        for body in
            [r#"{"user":"ann","password":{"x":"secret"}}"#, r#"{"user":"ann","password":["secret"]}"#, r#""secret""#]
        {
            assert!(!refused::<Login>(body).contains("secret"), "{body}");
        }
    }

    #[test]
    fn nesting_however_deep_is_refused_like_any_other_mistake() {
        for field in ["unknown", "emails"] {
            let body = format!(r#"{{"users":[{{"{field}":{}"#, "[".repeat(1_000_000));
            refused::<AddUsers>(body);
        }
    }

    #[test]
    fn numbers_and_booleans_stand_for_their_text() {
        let read = UploadImportFile::from_json(
            br#"{"binaryContent":1234,"contentType":true,"fileName":7,"importerKey":"csv"}"#,
        )
        .unwrap();
        assert_eq!(
            (read.binary_content.as_str(), read.content_type.as_str(), read.file_name.as_str()),
            ("1234", "true", "7")
        );
    }
}
