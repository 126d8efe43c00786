//! `fetch`: files and avatars of an import, from a server on this machine.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::Path,
    sync::{
        Arc, Condvar, Mutex,
        mpsc::{Receiver, channel},
    },
    thread,
    time::Duration,
};

use serde_json::{Value, json};

use crate::process::{run, spawn};

/// How long a test waits for a request.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server that has a file at `/good`, and nothing elsewhere.
struct Files {
    address: String,
    /// The path of each request, as it comes.
    requests: Receiver<String>,
    held: Arc<(Mutex<bool>, Condvar)>,
}

impl Files {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let held = Arc::new((Mutex::new(false), Condvar::new()));
        let (send, requests) = channel();
        let hold = Arc::clone(&held);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (send, hold) = (send.clone(), Arc::clone(&hold));
                thread::spawn(move || {
                    let Some((mut stream, path)) = request(stream.unwrap()) else { return };
                    // The test may have seen enough.
                    let _ = send.send(path.clone());
                    let (held, changed) = &*hold;
                    drop(changed.wait_while(held.lock().unwrap(), |held| *held).unwrap());
                    let answer = match path.as_str() {
                        "/good" => {
                            "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 10\r\nConnection: close\r\n\r\nGIF89a 1x1"
                        }
                        _ => "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
                    };
                    // The client may be gone.
                    let _ = stream.write_all(answer.as_bytes());
                });
            }
        });
        Self { address, requests, held }
    }

    fn hold(&self, hold: bool) {
        *self.held.0.lock().unwrap() = hold;
        self.held.1.notify_all();
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn next_request(&self) -> String {
        self.requests.recv_timeout(PATIENCE).expect("a request")
    }
}

/// The path of a request.
fn request(mut stream: TcpStream) -> Option<(TcpStream, String)> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).ok()?;
    Some((stream, head.split(' ').nth(1)?.to_owned()))
}

fn waiting(files: usize) -> String {
    if files == 1 { "1 message waits for its file".into() } else { format!("{files} messages wait for their files") }
}

/// Imports a Slack export in which ann, who has an avatar, shares a file at each of these addresses.
fn import(dir: &Path, urls: &[String], avatar: &str) -> String {
    let (export, data) = (dir.join("export"), dir.join("data").to_str().unwrap().to_owned());
    let messages = urls.iter().enumerate().map(|(number, url)| {
        let file = json!({"id": format!("F{number}"), "name": format!("{number}.png"), "url_private_download": url});
        json!({"type": "message", "user": "U1", "ts": format!("170410000{number}.000100"), "text": "", "files": [file]})
    });
    let users = json!([{"id": "U1", "name": "ann", "profile": {"email": "ann@example.com", "image_512": avatar}}]);
    fs::create_dir_all(export.join("docks")).unwrap();
    fs::write(export.join("users.json"), users.to_string()).unwrap();
    fs::write(export.join("channels.json"), r#"[{"id": "C1", "name": "docks", "members": ["U1"], "creator": "U1"}]"#)
        .unwrap();
    fs::write(export.join("docks/2024-01-01.json"), Value::from(messages.collect::<Vec<_>>()).to_string()).unwrap();
    let imported = run(["import", export.to_str().unwrap(), "--importer", "slack", "--data-dir", &data]);
    assert_eq!(imported.code, Some(0), "{imported:?}");
    let many = waiting(urls.len());
    assert!(
        imported.stdout.ends_with(&format!(
            "\nStill to be fetched:\n  {many}: import-server fetch files --data-dir {data}\n  1 user waits for an avatar: \
             import-server fetch avatars --data-dir {data}\n"
        )),
        "{}",
        imported.stdout
    );
    data
}

#[test]
fn files_and_avatars_are_fetched_and_what_failed_is_listed_and_tried_again() {
    let files = Files::start();
    let dir = tempfile::tempdir().unwrap();
    let data = &import(dir.path(), &[files.url("/good"), files.url("/gone")], &files.url("/good"));

    // Without leave, nobody is asked.
    let refused = run(["fetch", "files", "--data-dir", data]);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(refused.stdout.contains("127.0.0.1 is a loopback address"), "{}", refused.stdout);
    assert_eq!(files.requests.try_iter().count(), 0);

    let allow = ["--allow-address", "127.0.0.1/32"];
    let fetched = run(["fetch", "files", "--data-dir", data, allow[0], allow[1]]);
    assert_eq!((fetched.code, fetched.stderr.as_str()), (Some(2), ""));
    let (first, rest) = fetched.stdout.split_once(", in ").unwrap();
    assert_eq!(first, "Done: 1 message got their file, 1 did not");
    let (_, rest) = rest.split_once("\n\n").unwrap();
    let steady = rest.replace(&files.address, "[server]").replace(data, "[data]");
    insta::assert_snapshot!(steady, @"
    1 record failed:
      message  docks, 2024-01-01T09:06:41.000Z  the server answered 404 Not Found: 1.png, http://[server]/gone
    All of them: import-server failed --data-dir [data]
    ");

    let failed = run(["failed", "--data-dir", data]);
    assert!(failed.stdout.starts_with("message  docks, 2024-01-01T09:06:41.000Z  "), "{}", failed.stdout);
    assert!(failed.stderr.ends_with(" (Pending Files)\n"), "{}", failed.stderr);

    let again = run(["retry", "--data-dir", data, allow[0], allow[1], "--json"]);
    assert_eq!((again.code, again.json()["counts"]["completed"].as_u64()), (Some(2), Some(1)));
    let mut asked: Vec<_> = files.requests.try_iter().collect();
    asked.sort_unstable();
    assert_eq!(asked, ["/gone", "/gone", "/good"]);

    let avatars = run(["fetch", "avatars", "--data-dir", data, allow[0], allow[1]]);
    assert_eq!(avatars.code, Some(0), "{avatars:?}");
    assert!(avatars.stdout.starts_with("Done: 1 user got their avatar, in "), "{}", avatars.stdout);
    let nothing = run(["fetch", "avatars", "--data-dir", data]);
    assert_eq!((nothing.code, nothing.stdout.as_str()), (Some(0), "Nothing to do: no user waits for an avatar.\n"));

    let out = dir.path().join("out");
    let exported = run(["export", "--out", out.to_str().unwrap(), "--data-dir", data, "--json"]).json();
    assert_eq!((&exported["uploads"], &exported["avatars"]), (&json!(1), &json!(1)));
    let chunks = fs::read_to_string(out.join("rocketchat_uploads.chunks.ndjson")).unwrap();
    assert!(chunks.contains(r#""data":{"$binary":{"base64":"R0lGODlhIDF4MQ==","subType":"00"}}"#), "{chunks}");
}

#[test]
fn a_fetch_that_is_killed_goes_on_with_the_same_command() {
    let files = Files::start();
    let dir = tempfile::tempdir().unwrap();
    let data = &import(dir.path(), &[files.url("/good")], &files.url("/good"));
    files.hold(true);
    let arguments = ["fetch", "files", "--data-dir", data, "--allow-address", "127.0.0.1/32", "--json"];
    let running = spawn(arguments, &[]);
    assert_eq!(files.next_request(), "/good");
    running.signal("KILL");
    assert_eq!(running.finish().code, None);
    files.hold(false);
    let finished = run(arguments);
    assert_eq!(finished.code, Some(0), "{finished:?}");
    assert!(finished.stderr.starts_with("Going on with the operation "), "{finished:?}");
    assert_eq!(finished.json()["counts"]["completed"], 1);
    let incoming = dir.path().join("data/files/incoming");
    assert_eq!(fs::read_dir(incoming).unwrap().count(), 0);
}

#[test]
fn an_interrupted_fetch_stops_in_order() {
    let files = Files::start();
    let dir = tempfile::tempdir().unwrap();
    let data = &import(dir.path(), &[files.url("/good")], &files.url("/good"));
    files.hold(true);
    let arguments = ["fetch", "avatars", "--data-dir", data, "--allow-address", "127.0.0.1/32"];
    let running = spawn(arguments, &[]);
    assert_eq!(files.next_request(), "/good");
    running.signal("INT");
    let finished = running.finish();
    assert_eq!(finished.code, Some(1));
    assert!(finished.stderr.contains("interrupted; the same command goes on where it was stopped"), "{finished:?}");
    files.hold(false);
    assert_eq!(run(arguments).code, Some(0));
}

#[test]
fn a_direct_room_is_called_by_who_is_in_it() {
    let dir = tempfile::tempdir().unwrap();
    let (export, data) = (dir.path().join("export"), dir.path().join("data"));
    fs::create_dir_all(export.join("D1")).unwrap();
    let file = json!({"id": "F1", "name": "a.png", "url_private_download": "ftp://files.example/a.png"});
    let user =
        |id: &str, name: &str| json!({"id": id, "name": name, "profile": {"email": format!("{name}@x.example")}});
    for (name, content) in [
        ("users.json", json!([user("U1", "ann"), user("U2", "bob")])),
        ("dms.json", json!([{"id": "D1", "members": ["U1", "U2"]}])),
        (
            "D1/2024-01-01.json",
            json!([{"type": "message", "user": "U1", "ts": "1704100000.000100", "text": "", "files": [file]}]),
        ),
    ] {
        fs::write(export.join(name), content.to_string()).unwrap();
    }
    let data = data.to_str().unwrap();
    assert_eq!(run(["import", export.to_str().unwrap(), "--importer", "slack", "--data-dir", data]).code, Some(0));
    let fetched = run(["fetch", "files", "--data-dir", data]);
    let line = fetched.stdout.lines().find(|line| line.starts_with("  message  ")).unwrap();
    assert!(
        ["  message  ann/bob, 2024-01-01T09:06:40.000Z  ", "  message  bob/ann, 2024-01-01T09:06:40.000Z  "]
            .iter()
            .any(|place| line.starts_with(place)),
        "{line}"
    );
}

#[test]
fn there_is_nothing_to_fetch_where_there_is_no_workspace() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let finished = run(["fetch", "files", "--data-dir", data.to_str().unwrap()]);
    assert_eq!((finished.code, finished.stdout.as_str()), (Some(1), ""));
    assert!(finished.stderr.starts_with("error: there is no workspace in "), "{}", finished.stderr);
    assert!(!data.exists());
}
