//! What is read where: every field of every body, and every parameter of every query, against every kind of value. What is
//! neither documented nor named here as a lenient reading has to be refused.

use serde_json::{Value, json};

use super::{
    client::{Answer, Request},
    server::{Server, user},
};

/// What is due in a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Due {
    Text,
    Base64,
    Texts,
    Number,
    Boolean,
    UserType,
    Users,
    /// An object with fields that have to be there, which none of the values has.
    User,
    Object,
}
use Due::*;

/// Every kind of value, by name.
fn values() -> Vec<(&'static str, Value)> {
    vec![
        ("null", Value::Null),
        ("true", json!(true)),
        ("0", json!(0)),
        ("1", json!(1)),
        ("2", json!(2)),
        ("-1.5", json!(-1.5)),
        ("the empty text", json!("")),
        ("a blank text", json!(" ")),
        ("a text", json!("hello, world")),
        ("base64", json!("bmFtZSxlbWFpbHMK")),
        ("base64 without its padding", json!("bmFtZQ")),
        ("base64 that breaks off", json!("bmFtZ")),
        ("the text 1", json!("1")),
        ("the text -5.5", json!("-5.5")),
        ("the text 0x1", json!("0x1")),
        ("the text Infinity", json!("Infinity")),
        ("the text true", json!("true")),
        ("the text TRUE", json!("TRUE")),
        ("the text user", json!("user")),
        ("the text User", json!("User")),
        ("the empty list", json!([])),
        ("a list of a text", json!(["general"])),
        ("a list of a number", json!([1523])),
        ("a list of null", json!([null])),
        ("a list of a list", json!([[]])),
        ("a list of an object", json!([{}])),
        ("the empty object", json!({})),
        ("an object", json!({"surplus": 1})),
    ]
}

const TEXTS: [&str; 14] = [
    "the empty text",
    "a blank text",
    "a text",
    "base64",
    "base64 without its padding",
    "base64 that breaks off",
    "the text 1",
    "the text -5.5",
    "the text 0x1",
    "the text Infinity",
    "the text true",
    "the text TRUE",
    "the text user",
    "the text User",
];

/// The values of the documented form.
fn documented(due: Due) -> &'static [&'static str] {
    match due {
        Text => &TEXTS,
        // Short texts are base64 by chance.
        Base64 => &[
            "base64",
            "base64 without its padding",
            "the text 0x1",
            "the text Infinity",
            "the text true",
            "the text TRUE",
            "the text user",
            "the text User",
        ],
        Texts => &["the empty list", "a list of a text"],
        Number => &["0", "1", "2", "-1.5"],
        Boolean => &["true"],
        UserType => &["the text user"],
        Users => &["the empty list"],
        User => &[],
        Object => &["the empty object", "an object"],
    }
}

/// The lenient readings: what is due, what is read in its place, and why.
const LENIENT: [(Due, &str, &str); 12] = [
    (Text, "true", "a boolean where a string is due becomes its text"),
    (Text, "0", "a number where a string is due becomes its text"),
    (Text, "1", "a number where a string is due becomes its text"),
    (Text, "2", "a number where a string is due becomes its text"),
    (Text, "-1.5", "a number where a string is due becomes its text"),
    (Texts, "a list of a number", "a number where a string is due becomes its text"),
    (Number, "the text 1", "any numeric string where a number is due becomes the number"),
    (Number, "the text -5.5", "any numeric string where a number is due becomes the number"),
    (Boolean, "0", "0 is a boolean"),
    (Boolean, "1", "1 is a boolean"),
    (Boolean, "the text true", "\"true\" is a boolean"),
    // Four letters that happen to be base64: a boolean where a string is due becomes its text, and that is `true`.
    (Base64, "true", "a boolean where a string is due becomes its text"),
];

/// A field of a body.
struct Field {
    endpoint: &'static str,
    pointer: &'static str,
    due: Due,
    /// Whether `null` is read, as an absent field.
    optional: bool,
}

const fn required(endpoint: &'static str, pointer: &'static str, due: Due) -> Field {
    Field { endpoint, pointer, due, optional: false }
}

const fn optional(endpoint: &'static str, pointer: &'static str, due: Due) -> Field {
    Field { endpoint, pointer, due, optional: true }
}

const FIELDS: [Field; 32] = [
    required("import.addUsers", "/users", Users),
    required("import.addUsers", "/users/0", User),
    required("import.addUsers", "/users/0/emails", Texts),
    required("import.addUsers", "/users/0/emails/0", Text),
    required("import.addUsers", "/users/0/importIds", Texts),
    required("import.addUsers", "/users/0/importIds/0", Text),
    optional("import.addUsers", "/users/0/username", Text),
    optional("import.addUsers", "/users/0/name", Text),
    optional("import.addUsers", "/users/0/password", Text),
    optional("import.addUsers", "/users/0/utcOffset", Number),
    optional("import.addUsers", "/users/0/roles", Texts),
    optional("import.addUsers", "/users/0/type", UserType),
    optional("import.addUsers", "/users/0/statusText", Text),
    optional("import.addUsers", "/users/0/bio", Text),
    optional("import.addUsers", "/users/0/deleted", Boolean),
    optional("import.addUsers", "/users/0/avatarUrl", Text),
    required("uploadImportFile", "/binaryContent", Base64),
    required("uploadImportFile", "/contentType", Text),
    required("uploadImportFile", "/fileName", Text),
    required("uploadImportFile", "/importerKey", Text),
    required("downloadPublicImportFile", "/fileUrl", Text),
    required("downloadPublicImportFile", "/importerKey", Text),
    required("startImport", "/input", Object),
    optional("startImport", "/input/users", Object),
    optional("startImport", "/input/channels", Object),
    optional("startImport", "/input/contacts", Object),
    optional("startImport", "/input/channels/all", Boolean),
    optional("startImport", "/input/channels/list", Texts),
    required("startImport", "/input/channels/list/0", Text),
    required("login", "/password", Text),
    optional("login", "/username", Text),
    optional("login", "/email", Text),
];

/// A body that has every field.
fn whole(endpoint: &str) -> Value {
    match endpoint {
        "import.addUsers" => json!({"users": [{
            "emails": ["ann@example.com"], "importIds": ["1"], "username": "ann", "name": "Ann", "password": "secret",
            "utcOffset": 1, "roles": ["user"], "type": "user", "statusText": "here", "bio": "a person", "deleted": false,
            "avatarUrl": "https://example.com/a.png"
        }]}),
        "uploadImportFile" => json!({
            "binaryContent": "bmFtZSxlbWFpbHMK", "contentType": "text/csv", "fileName": "contacts.csv", "importerKey": "csv"
        }),
        // Not fetched: the address is refused by a rule, after the form was read.
        "downloadPublicImportFile" => json!({"fileUrl": "ftp://a/b", "importerKey": "csv"}),
        "startImport" => json!({"input": {
            "users": {"all": true}, "channels": {"all": false, "list": ["general"]}, "contacts": {"list": []}
        }}),
        "login" => json!({"user": "zoe", "username": "zoe", "email": "zoe@example.com", "password": "wrong"}),
        other => panic!("{other}"),
    }
}

const ENDPOINTS: [&str; 5] =
    ["import.addUsers", "uploadImportFile", "downloadPublicImportFile", "startImport", "login"];

async fn send(server: &Server, endpoint: &str, body: &Value) -> Answer {
    server.post_json(&format!("/api/v1/{endpoint}"), body.clone()).await
}

/// Whether the request was of a form that is read; rules may refuse it all the same.
fn is_read(answer: &Answer) -> bool {
    let body = answer.json();
    assert!([200, 400, 401].contains(&answer.status), "{answer}");
    body.get("errorType") != Some(&json!("invalid-params"))
}

fn put(body: &mut Value, pointer: &str, value: Option<Value>) {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    match (body.pointer_mut(parent).unwrap(), value) {
        (Value::Object(fields), Some(value)) => drop(fields.insert(key.to_owned(), value)),
        (Value::Object(fields), None) => drop(fields.shift_remove(key)),
        (Value::Array(items), Some(value)) => items[key.parse::<usize>().unwrap()] = value,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn every_field_takes_what_is_documented_and_the_lenient_readings_and_nothing_else() {
    let server = Server::start().await;
    server.post("/api/v1/import.new").await;
    let mut wrong = Vec::new();
    let mut used = [false; LENIENT.len()];
    for Field { endpoint, pointer, due, optional } in FIELDS {
        for (name, value) in values() {
            let mut body = whole(endpoint);
            put(&mut body, pointer, Some(value));
            let lenient = LENIENT.iter().position(|(of, read, _)| (*of, *read) == (due, name));
            if let Some(at) = lenient {
                used[at] = true;
            }
            let expected = match name {
                "null" => optional,
                _ => documented(due).contains(&name) || lenient.is_some(),
            };
            let answer = send(&server, endpoint, &body).await;
            if is_read(&answer) != expected {
                wrong.push(format!("{endpoint} {pointer}: {name} is answered {answer}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for (index, (due, read, why)) in LENIENT.iter().enumerate() {
        assert!(used[index], "no field reads {read} where {due:?} is due: {why}");
    }
}

#[tokio::test]
async fn every_field_that_is_required_has_to_be_there_and_every_other_may_be_left_out() {
    let server = Server::start().await;
    server.post("/api/v1/import.new").await;
    for Field { endpoint, pointer, optional, .. } in FIELDS {
        if pointer.ends_with("/0") {
            continue;
        }
        let mut body = whole(endpoint);
        put(&mut body, pointer, None);
        let answer = send(&server, endpoint, &body).await;
        assert_eq!(is_read(&answer), optional, "{endpoint} without {pointer}: {answer}");
    }
}

#[tokio::test]
async fn unknown_keys_are_refused_at_the_top_of_a_body_and_ignored_below_and_in_a_login() {
    let server = Server::start().await;
    server.post("/api/v1/import.new").await;
    for (endpoint, pointer, read) in [
        ("import.addUsers", "/surplus", false),
        ("import.addUsers", "/users/0/surplus", true),
        ("uploadImportFile", "/surplus", false),
        ("downloadPublicImportFile", "/surplus", false),
        ("startImport", "/surplus", false),
        ("startImport", "/input/surplus", true),
        ("startImport", "/input/channels/surplus", true),
        ("login", "/surplus", true),
    ] {
        for value in [json!(1), Value::Null] {
            let mut body = whole(endpoint);
            put(&mut body, pointer, Some(value));
            let answer = send(&server, endpoint, &body).await;
            assert_eq!(is_read(&answer), read, "{endpoint} {pointer}: {answer}");
        }
    }
}

#[tokio::test]
async fn a_body_is_one_json_object_in_which_no_key_is_given_twice() {
    let server = Server::start().await;
    for endpoint in ENDPOINTS {
        let whole = whole(endpoint).to_string();
        let twice = format!("{{{},{}", &whole[1..whole.len() - 1], &whole[1..]);
        let bodies = [
            ("nothing", String::new()),
            ("blanks", " \n".to_owned()),
            ("null", "null".to_owned()),
            ("a number", "1".to_owned()),
            ("a text", "\"users\"".to_owned()),
            ("a list", format!("[{whole}]")),
            ("two objects", format!("{whole}{whole}")),
            ("an object that breaks off", whole[..whole.len() - 1].to_owned()),
            ("a comma too many", whole.replacen('{', "{,", 1)),
            ("single quotes", whole.replace('"', "'")),
            ("a comment", format!("/* all */{whole}")),
            ("NaN", whole.replacen(':', ":NaN,\"x\":", 1)),
            ("a key that is given twice", twice),
        ];
        for (name, body) in bodies {
            let request = server.as_admin(Request::post(&format!("/api/v1/{endpoint}")));
            let answer = server.send(request.text("application/json", &body)).await;
            assert!(!is_read(&answer), "{endpoint} with {name}: {answer}");
        }
        let request = server.as_admin(Request::post(&format!("/api/v1/{endpoint}")));
        let marked = server.send(request.text("application/json", &format!("\u{feff} {whole}\n"))).await;
        assert!(is_read(&marked), "{endpoint} with a byte order mark: {marked}");
    }
}

#[tokio::test]
async fn every_parameter_takes_what_is_documented_and_nothing_else() {
    let server = Server::start().await;
    server.stage_two_users().await;
    let records = "/api/ext/import.records";
    let cases = [
        (records, "", true),
        // A parameter without a value is one that is not there.
        (records, "status=&kind=&operation=&offset=&count=", true),
        (records, "status=staged", true),
        (records, "status=Staged", false),
        (records, "status=0", false),
        (records, "kind=user", true),
        (records, "kind=users", false),
        (records, "operation=unknown", true),
        (records, "offset=0&count=1000", true),
        (records, "offset=-1", false),
        (records, "offset=1.5", false),
        (records, "count=ten", false),
        (records, "count=0x10", false),
        (records, "count=true", false),
        (records, "count=1&count=1", false),
        (records, "count%5B%5D=1", false),
        (records, "surplus=1", false),
    ];
    for (path, query, read) in cases {
        let answer = server.get(&format!("{path}?{query}")).await;
        assert_eq!(is_read(&answer), read, "{path}?{query}: {answer}");
    }
    for (query, read) in [
        ("importerKey=csv", true),
        ("importerKey=csv&fileName=", true),
        ("importerKey=png", true),
        ("", false),
        // A key that no importer has, as `png` is.
        ("importerKey=", true),
        ("fileName=x.csv", false),
        ("importerKey=csv&importerKey=csv", false),
        ("importerKey=csv&surplus=1", false),
    ] {
        let request = server.as_admin(Request::post(&format!("/api/ext/import.upload?{query}"))).body("x");
        let answer = server.send(request).await;
        assert_eq!(is_read(&answer), read, "import.upload?{query}: {answer}");
    }
}

#[tokio::test]
async fn what_is_refused_by_its_form_changes_nothing() {
    let server = Server::start().await;
    server.stage_two_users().await;
    let state = async || {
        let status = server.get("/api/v1/import.status").await.body;
        (status, server.get("/api/ext/import.records").await.body)
    };
    let before = state().await;
    for Field { endpoint, pointer, .. } in FIELDS {
        let mut body = whole(endpoint);
        put(&mut body, pointer, Some(json!([[user("ann", "1")]])));
        let answer = send(&server, endpoint, &body).await;
        assert!(!is_read(&answer), "{endpoint} {pointer}: {answer}");
    }
    assert_eq!(state().await, before);
}
