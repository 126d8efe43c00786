//! What servers of each Rocket.Chat line answer, and what the client reads: docs/compatibility.md in tests.
//!
//! Shapes are those of published pages and of servers that were observed; values are ours where only the shape is known.

use import_client::import_proto::{IsoTime, Operation, OperationCount, ProgressStep, Timestamp};

mod line_3;
mod line_6;
mod line_7;
mod line_8;
mod published;
mod refusals;

/// Serves one body after the other and compares what the method returns. A row: what is special about the body, the body,
/// what is expected.
macro_rules! assert_reads {
    ($request:literal, $method:ident, [$(($what:literal, $body:expr, $expected:expr)),+ $(,)?]) => {{
        let double = crate::double::Double::start().await;
        let client = double.client();
        $(
            double.on($request, [crate::double::ok($body)]);
            let read = client.$method().await.unwrap_or_else(|error| panic!("{}: {error}", $what));
            assert_eq!(read, $expected, "{}", $what);
        )+
    }};
}
use assert_reads;

fn instant(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis).unwrap()
}

/// An operation that knows no file and no counts.
fn operation<Ts: From<Timestamp>>(
    id: &str,
    (importer_key, operation_type): (&str, &str),
    status: ProgressStep,
    valid: bool,
    (ts, updated_at): (i64, i64),
) -> Operation<Ts> {
    Operation {
        id: id.into(),
        operation_type: operation_type.into(),
        importer_key: importer_key.into(),
        ts: instant(ts).into(),
        status,
        valid,
        user: "d26x6zSkaPSe5gCyy".into(),
        updated_at: IsoTime(instant(updated_at)),
        content_type: None,
        file: None,
        count: None,
    }
}

fn counts(total: u64, completed: u64) -> OperationCount {
    OperationCount { total: Some(total), completed: Some(completed), ..OperationCount::default() }
}
