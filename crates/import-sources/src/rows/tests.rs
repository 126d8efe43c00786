//! What the reader makes of CSV text, good and bad.

use std::io::{self, Read};

use proptest::prelude::*;

use super::*;

const LIMIT: usize = 1 << 20;

/// Gives out a few bytes at a time, so that every place is a border of the buffer at some time.
struct Dribble<'a>(&'a [u8], usize);

impl Read for Dribble<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.1.min(self.0.len()).min(buffer.len());
        let (now, later) = self.0.split_at(count);
        buffer[..count].copy_from_slice(now);
        self.0 = later;
        Ok(count)
    }
}

type ReadRow = Result<(u64, Vec<String>), (u64, Option<u64>, String)>;

fn read_limited(text: &[u8], limit: usize, step: usize) -> Vec<ReadRow> {
    let mut reader = RowReader::new(Dribble(text, step), limit);
    let mut rows = Vec::new();
    while let Some(row) = reader.next_row() {
        rows.push(match row {
            Ok(row) => Ok((row.line(), row.values().map(|value| value.into_owned()).collect())),
            Err(RowFailure::Malformed(wrong)) => Err((wrong.line, wrong.column, wrong.reason)),
            Err(RowFailure::Broken(error)) => panic!("{error}"),
        });
    }
    rows
}

fn read(text: &str) -> Vec<ReadRow> {
    let whole = read_limited(text.as_bytes(), LIMIT, usize::MAX);
    for step in [1, 2, 3] {
        assert_eq!(read_limited(text.as_bytes(), LIMIT, step), whole, "{step} bytes at a time");
    }
    whole
}

fn row(line: u64, cells: &[&str]) -> ReadRow {
    Ok((line, cells.iter().map(|cell| (*cell).to_owned()).collect()))
}

fn wrong(line: u64, column: u64, reason: &str) -> ReadRow {
    Err((line, Some(column), reason.to_owned()))
}

const UNCLOSED: &str = "a quote opens here and does not close";

#[test]
fn lines_end_in_lf_crlf_or_cr_and_empty_ones_are_passed_over() {
    assert_eq!(
        read("a,b\nc\r\n\r\n\n d , \re,\r\r\nf"),
        [row(1, &["a", "b"]), row(2, &["c"]), row(5, &[" d ", " "]), row(6, &["e", ""]), row(8, &["f"])]
    );
    assert_eq!(read(""), []);
    assert_eq!(read("\n\r\n"), []);
}

#[test]
fn quotes_hold_separators_line_ends_and_doubled_quotes() {
    assert_eq!(
        read("\"a,b\",\"c \"\"d\"\"\"\n\"e\r\nf\",\"\"\ng"),
        [row(1, &["a,b", "c \"d\""]), row(2, &["e\r\nf", ""]), row(4, &["g"])]
    );
}

#[test]
fn blanks_around_a_quoted_cell_do_not_belong_to_it() {
    assert_eq!(read("a, \"b, c\" ,\t\"d\""), [row(1, &["a", "b, c", "d"])]);
}

#[test]
fn a_cell_with_text_behind_its_closing_quote_was_not_quoted() {
    assert_eq!(
        read("ann,\"hello\" world,x\nbob,5\" wide,\"y\""),
        [row(1, &["ann", "\"hello\" world", "x"]), row(2, &["bob", "5\" wide", "y"])]
    );
}

#[test]
fn a_quote_that_never_closes_spoils_its_own_line_only() {
    assert_eq!(
        read("a,b\nc,\"d\ne,f\ng"),
        [row(1, &["a", "b"]), wrong(2, 2, UNCLOSED), row(3, &["e", "f"]), row(4, &["g"])]
    );
    assert_eq!(read("a,\""), [wrong(1, 2, UNCLOSED)]);
}

#[test]
fn a_quote_that_never_closes_does_not_spoil_quoted_rows_after_it() {
    assert_eq!(
        read("a,\"oops\nb,\"c\nd\"\ne,\"f, g\"\n"),
        [wrong(1, 2, UNCLOSED), row(2, &["b", "c\nd"]), row(4, &["e", "f, g"])]
    );
}

#[test]
fn a_quote_that_opens_after_a_quoted_line_break_is_reported_where_it_stands() {
    assert_eq!(read("\"a\nb\",\"c\nd"), [wrong(2, 2, UNCLOSED), row(3, &["d"])]);
}

#[test]
fn a_row_over_the_limit_is_passed_over() {
    let text = format!("a,b\n{},\"c\"\r\nd,e\n", "x".repeat(40));
    for step in [1, 7, 1000] {
        assert_eq!(
            read_limited(text.as_bytes(), 20, step),
            [row(1, &["a", "b"]), Err((2, None, "the row is longer than 20 bytes".to_owned())), row(3, &["d", "e"]),]
        );
    }
    let exact = format!("{}\n{}", "x".repeat(20), "y".repeat(21));
    assert_eq!(read_limited(exact.as_bytes(), 20, 1000)[0], row(1, &["xxxxxxxxxxxxxxxxxxxx"]));
    assert_eq!(read_limited(exact.as_bytes(), 20, 1000)[1].as_ref().unwrap_err().0, 2);
}

#[test]
fn a_quoted_cell_over_the_limit_is_taken_for_one_that_does_not_close() {
    let text = format!("a,\"{}\nb\nc\",d\ne", "x".repeat(15));
    for step in [1, 7, 1000] {
        assert_eq!(
            read_limited(text.as_bytes(), 20, step),
            [wrong(1, 2, UNCLOSED), row(2, &["b"]), row(3, &["c\"", "d"]), row(4, &["e"])]
        );
    }
    let closed_first = format!("\"a\nb\",{}\nc", "x".repeat(20));
    for step in [1, 7, 1000] {
        assert_eq!(
            read_limited(closed_first.as_bytes(), 20, step),
            [wrong(1, 1, UNCLOSED), Err((2, None, "the row is longer than 20 bytes".to_owned())), row(3, &["c"]),]
        );
    }
}

#[test]
fn text_that_is_no_utf_8_spoils_its_own_line_only() {
    let rows = read_limited(b"a,b\nc,\"d\ne\xff\",f\ng", LIMIT, usize::MAX);
    assert_eq!(
        rows,
        [row(1, &["a", "b"]), wrong(3, 2, "the text is not valid UTF-8; save the file as UTF-8"), row(4, &["g"])]
    );
}

#[test]
fn a_cell_of_ten_million_bytes_is_read() {
    let text = format!("ann,1,\"{}\n{}\"\nbob,2,x", "a".repeat(5 << 20), "b".repeat(5 << 20));
    let rows = read_limited(text.as_bytes(), 16 << 20, 1 << 16);
    assert_eq!(rows[0].as_ref().unwrap().1[2].len(), (10 << 20) + 1);
    assert_eq!(rows[1], row(3, &["bob", "2", "x"]));
}

#[test]
fn columns_beyond_the_last_that_is_told_apart_belong_to_it() {
    let text = ",".repeat(5000) + "\"x\"";
    let rows = read(&text);
    let cells = &rows[0].as_ref().unwrap().1;
    assert_eq!(cells.len(), 4096);
    assert!(cells[4095].ends_with(",\"x\""));
}

#[test]
fn an_error_of_the_input_ends_the_rows_before_the_line_it_struck() {
    struct Fails;
    impl Read for Fails {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("gone"))
        }
    }
    let mut reader = RowReader::new(b"a\nb".chain(Fails), LIMIT);
    assert_eq!(reader.next_row().unwrap().unwrap().value(0), "a");
    assert!(matches!(reader.next_row(), Some(Err(RowFailure::Broken(error))) if error.to_string() == "gone"));
    assert!(reader.next_row().is_none());
}

// Every line opens a quote that the line after it seems to close, so that each could lead a search on to the limit.
#[test]
fn searches_for_closing_quotes_do_not_add_up() {
    let text = "a,x\" y,b,\"z\n".repeat(400_000);
    let rows = read_limited(text.as_bytes(), 16 << 20, 1 << 16);
    assert_eq!(rows.len(), 400_000);
    assert!(rows.iter().all(Result::is_err));
    let text = "a,x\",b,\"z\n".repeat(400_000);
    let rows = read_limited(text.as_bytes(), 1 << 14, 1 << 16);
    // Only the last lines can be one row: what comes before is longer than a row may be.
    assert!(rows.len() > 398_000);
}

proptest! {
    #[test]
    fn well_formed_text_reads_as_another_reader_reads_it(
        rows in prop::collection::vec(prop::collection::vec("[a-c ,\"\n\r\té]{0,6}", 1..5), 0..12),
        always in any::<bool>(),
        crlf in any::<bool>(),
        step in 1usize..9,
    ) {
        let mut writer = csv::WriterBuilder::new()
            .flexible(true)
            .quote_style(if always { csv::QuoteStyle::Always } else { csv::QuoteStyle::Necessary })
            .terminator(if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') })
            .from_writer(Vec::new());
        for row in &rows {
            writer.write_record(row).unwrap();
        }
        let text = writer.into_inner().unwrap();
        let theirs: Vec<Vec<String>> = csv::ReaderBuilder::new()
            .flexible(true)
            .has_headers(false)
            .from_reader(text.as_slice())
            .records()
            .map(|row| row.unwrap().iter().map(str::to_owned).collect())
            .collect();
        let ours: Vec<Vec<String>> =
            read_limited(&text, LIMIT, step).into_iter().map(|row| row.unwrap().1).collect();
        prop_assert_eq!(ours, theirs);
    }

    #[test]
    fn any_bytes_read_the_same_in_any_pieces(
        text in prop::collection::vec(prop::sample::select(b"a,,\"\"\"\n\r \xff".to_vec()), 0..80),
        limit in 1usize..40,
        step in 1usize..9,
    ) {
        prop_assert_eq!(read_limited(&text, limit, step), read_limited(&text, limit, usize::MAX));
    }
}
