//! The reader of elements: a buffer that slides over the list and grows up to the limit of one element.

use std::io::{self, Read};

use memchr::memchr_iter;

use super::scan::{End, Scan};

/// Bytes that are read at a time.
const CHUNK: usize = 32 << 10;
/// Bytes that are shown of an element that cannot be read.
const SHOWN: usize = 64 << 10;

/// Reads a list, which is to be UTF-8 without a byte order mark.
pub(crate) struct ElementReader<R> {
    input: R,
    buffer: Vec<u8>,
    /// The buffer holds input from `start` to `end`.
    start: usize,
    end: usize,
    finished: bool,
    /// The number of the line at `start`.
    line: u64,
    /// How many elements there were.
    count: u64,
    place: Place,
    scan: Scan,
    limit: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    BeforeList,
    InList,
    Done,
}

/// An element as it stands in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Element<'a> {
    /// The line it begins on, from 1.
    pub(crate) line: u64,
    /// Its number in the list, from 1.
    pub(crate) number: u64,
    pub(crate) text: &'a str,
}

/// Why an element did not come.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ElementFailure {
    /// This element is wrong; others may follow.
    Malformed {
        reason: String,
        line: u64,
        number: u64,
        /// What it looks like: its first 64 KiB.
        text: String,
    },
    /// The rest of the input cannot be read.
    Broken(String),
}

/// An element in the buffer.
struct Found {
    line: u64,
    len: usize,
    /// Bytes from its start to what stands behind it, that included if it is a comma.
    whole: usize,
}

impl<R: Read> ElementReader<R> {
    /// A reader that holds at most `limit` bytes of an element, and one chunk.
    ///
    /// `depth` is how many brackets may be open at once, that of the list included.
    pub(crate) fn new(input: R, limit: usize, depth: usize) -> Self {
        Self {
            input,
            buffer: Vec::new(),
            start: 0,
            end: 0,
            finished: false,
            line: 1,
            count: 0,
            place: Place::BeforeList,
            scan: Scan::new(depth.saturating_sub(1)),
            limit,
        }
    }

    /// The next element; `None` at the end of the list, or after [`ElementFailure::Broken`].
    pub(crate) fn next_element(&mut self) -> Option<Result<Element<'_>, ElementFailure>> {
        let found = match self.advance().transpose()? {
            Ok(Ok(found)) => found,
            Ok(Err(malformed)) => return Some(Err(malformed)),
            Err(reason) => {
                self.place = Place::Done;
                return Some(Err(ElementFailure::Broken(reason)));
            }
        };
        let start = self.start;
        self.go_past(found.whole);
        let number = self.count;
        let bytes = self.buffer.get(start..start + found.len).unwrap_or_default();
        let malformed =
            |reason: String| ElementFailure::Malformed { reason, line: found.line, number, text: shown(bytes) };
        Some(if self.scan.is_too_deep() {
            Err(malformed("it is nested deeper than is allowed".to_owned()))
        } else {
            match std::str::from_utf8(bytes) {
                Ok(text) => Ok(Element { line: found.line, number, text }),
                Err(_) => Err(malformed("its text is not valid UTF-8".to_owned())),
            }
        })
    }

    /// Finds the next element, which begins at the buffer's start then.
    fn advance(&mut self) -> Result<Option<Result<Found, ElementFailure>>, String> {
        match self.place {
            Place::Done => return Ok(None),
            Place::InList => {}
            Place::BeforeList => match self.skip_blanks(b"")? {
                Some(b'[') => {
                    self.go_past(1);
                    self.place = Place::InList;
                }
                Some(_) => return Err("it is to hold a list in JSON, [ … ], and holds something else".to_owned()),
                None => return Err("it is to hold a list in JSON, [ … ], and is empty".to_owned()),
            },
        }
        match self.skip_blanks(b",")? {
            None => Err(self.cut_off()),
            Some(b']') => {
                self.go_past(1);
                self.place = Place::Done;
                match self.skip_blanks(b"")? {
                    None => Ok(None),
                    Some(_) => Err(format!("there is more behind the end of the list, from line {} on", self.line)),
                }
            }
            Some(_) => {
                self.count += 1;
                self.find_end().map(Some)
            }
        }
    }

    fn find_end(&mut self) -> Result<Result<Found, ElementFailure>, String> {
        self.scan.restart();
        let line = self.line;
        let mut scanned = 0;
        loop {
            let held = self.buffer.get(self.start + scanned..self.end).unwrap_or_default();
            if let Some((end, behind)) = self.scan.advance(held) {
                let whole = scanned + end;
                let text = self.buffer.get(self.start..self.start + whole).unwrap_or_default();
                let len = text.trim_ascii_end().len();
                if whole > self.limit {
                    return self.skip_long(line, Some((whole, behind)));
                }
                return Ok(Ok(Found { line, len, whole: whole + usize::from(behind == End::Comma) }));
            }
            scanned = self.end - self.start;
            if scanned > self.limit {
                return self.skip_long(line, None);
            }
            if !self.fill()? {
                return Err(self.cut_off());
            }
        }
    }

    /// Goes past an element that is over the limit, the end of which was found or not.
    fn skip_long(&mut self, line: u64, mut end: Option<(usize, End)>) -> Result<Result<Found, ElementFailure>, String> {
        let text = shown(self.buffer.get(self.start..self.end).unwrap_or_default());
        while end.is_none() {
            self.go_past(self.end - self.start);
            if !self.fill()? {
                return Err(format!("the record on line {line} does not end"));
            }
            end = self.scan.advance(self.buffer.get(self.start..self.end).unwrap_or_default());
        }
        if let Some((len, behind)) = end {
            self.go_past(len + usize::from(behind == End::Comma));
        }
        let reason = format!("it is longer than {} bytes", self.limit);
        Ok(Err(ElementFailure::Malformed { reason, line, number: self.count, text }))
    }

    fn cut_off(&self) -> String {
        format!("it is cut off: the list does not end, from line {} on", self.line)
    }

    /// The first byte that is neither blank nor one of `others`, which is not taken; `None` at the end.
    fn skip_blanks(&mut self, others: &[u8]) -> Result<Option<u8>, String> {
        loop {
            let held = self.buffer.get(self.start..self.end).unwrap_or_default();
            match held.iter().position(|byte| !byte.is_ascii_whitespace() && !others.contains(byte)) {
                Some(blanks) => {
                    self.go_past(blanks);
                    return Ok(self.buffer.get(self.start).copied());
                }
                None => self.go_past(held.len()),
            }
            if !self.fill()? {
                return Ok(None);
            }
        }
    }

    fn go_past(&mut self, len: usize) {
        let passed = self.buffer.get(self.start..self.start + len).unwrap_or_default();
        self.line += memchr_iter(b'\n', passed).count() as u64;
        self.start += len;
    }

    /// Reads more into the buffer; `false` at the end of the input.
    fn fill(&mut self) -> Result<bool, String> {
        if self.finished {
            return Ok(false);
        }
        if self.start > 0 && (self.start == self.end || self.end == self.buffer.len()) {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.end == self.buffer.len() {
            let len = (self.buffer.len() * 2).clamp(CHUNK, self.limit.saturating_add(CHUNK));
            self.buffer.resize(len.max(self.end + 1), 0);
        }
        loop {
            match self.input.read(self.buffer.get_mut(self.end..).unwrap_or_default()) {
                Ok(0) => {
                    self.finished = true;
                    return Ok(false);
                }
                Ok(count) => {
                    self.end += count;
                    return Ok(true);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.to_string()),
            }
        }
    }
}

/// The start of an element that cannot be read.
pub(super) fn shown(element: &[u8]) -> String {
    String::from_utf8_lossy(element.get(..SHOWN).unwrap_or(element)).into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

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

    type Read1 = Result<(u64, u64, String), String>;

    fn read_limited(text: &[u8], limit: usize, depth: usize, step: usize) -> Vec<Read1> {
        let mut reader = ElementReader::new(Dribble(text, step), limit, depth);
        let mut all = Vec::new();
        while let Some(element) = reader.next_element() {
            all.push(match element {
                Ok(element) => Ok((element.line, element.number, element.text.to_owned())),
                Err(ElementFailure::Malformed { reason, line, number, .. }) => {
                    Err(format!("{line} #{number}: {reason}"))
                }
                Err(ElementFailure::Broken(reason)) => Err(reason),
            });
        }
        all
    }

    fn read(text: &str) -> Vec<Read1> {
        let whole = read_limited(text.as_bytes(), 1 << 20, 64, usize::MAX);
        for step in [1, 2, 3] {
            assert_eq!(read_limited(text.as_bytes(), 1 << 20, 64, step), whole, "{step} bytes at a time");
        }
        whole
    }

    fn element(line: u64, number: u64, text: &str) -> Read1 {
        Ok((line, number, text.to_owned()))
    }

    fn wrong(reason: &str) -> Read1 {
        Err(reason.to_owned())
    }

    #[test]
    fn a_list_is_its_elements_with_their_lines() {
        assert_eq!(
            read(" [\n{\"a\": [1, \"],}\\\"\", {}]},\n\n  2 , \"x\",null\n]\n"),
            [
                element(2, 1, "{\"a\": [1, \"],}\\\"\", {}]}"),
                element(4, 2, "2"),
                element(4, 3, "\"x\""),
                element(4, 4, "null"),
            ]
        );
        assert_eq!(read("[]"), []);
        assert_eq!(read("[,{},]"), [element(1, 1, "{}")]);
    }

    #[test]
    fn what_is_no_list_is_broken() {
        assert_eq!(read(""), [wrong("it is to hold a list in JSON, [ … ], and is empty")]);
        assert_eq!(read(" \n"), [wrong("it is to hold a list in JSON, [ … ], and is empty")]);
        for text in ["{\"a\": []}", "<html>", "null"] {
            assert_eq!(read(text), [wrong("it is to hold a list in JSON, [ … ], and holds something else")], "{text}");
        }
        assert_eq!(
            read("[1]\n[2]"),
            [element(1, 1, "1"), wrong("there is more behind the end of the list, from line 2 on")]
        );
    }

    #[test]
    fn a_list_that_is_cut_off_is_read_up_to_there() {
        for text in ["[1,\n", "[1,\n{\"a\"", "[1,\n{\"a\": \"b", "[1,\n2"] {
            assert_eq!(
                read(text),
                [element(1, 1, "1"), wrong("it is cut off: the list does not end, from line 2 on")],
                "{text}"
            );
        }
        assert_eq!(read("["), [wrong("it is cut off: the list does not end, from line 1 on")]);
    }

    #[test]
    fn brackets_that_do_not_match_spoil_their_own_element_only() {
        assert_eq!(read("[{\"a\": [1}, {}]"), [element(1, 1, "{\"a\": [1}"), element(1, 2, "{}")]);
        assert_eq!(read("[1}, {}]"), [element(1, 1, "1}"), element(1, 2, "{}")]);
        assert_eq!(read("[{}, {\"a\": {]"), [element(1, 1, "{}"), element(1, 2, "{\"a\": {")]);
    }

    #[test]
    fn an_element_over_the_limit_is_passed_over() {
        let text = format!("[{{}},\n{{\"a\": \"{}\"\n}},3]", ",".repeat(40));
        for step in [1, 7, 1000] {
            assert_eq!(
                read_limited(text.as_bytes(), 20, 64, step),
                [element(1, 1, "{}"), wrong("2 #2: it is longer than 20 bytes"), element(3, 3, "3")]
            );
        }
        let text = format!("[\"{}", "x".repeat(40));
        for step in [1, 7, 1000] {
            assert_eq!(read_limited(text.as_bytes(), 20, 64, step), [wrong("the record on line 1 does not end")]);
        }
    }

    #[test]
    fn an_element_nested_too_deep_is_passed_over() {
        let nested = |depth: usize| format!("[1,{}{},3]", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(read(&nested(63)).len(), 3);
        assert_eq!(
            read(&nested(64)),
            [element(1, 1, "1"), wrong("1 #2: it is nested deeper than is allowed"), element(1, 3, "3")]
        );
        assert_eq!(read(&nested(10_000))[1], wrong("1 #2: it is nested deeper than is allowed"));
    }

    #[test]
    fn text_that_is_no_utf_8_spoils_its_own_element_only() {
        assert_eq!(
            read_limited(b"[1,\n\"\xff\",3]", 20, 64, 100),
            [element(1, 1, "1"), wrong("2 #2: its text is not valid UTF-8"), element(2, 3, "3")]
        );
    }

    proptest! {
        #[test]
        fn any_bytes_read_the_same_in_any_pieces(
            text in prop::collection::vec(prop::sample::select(b"[]{},\"\\ \n1a\xff".to_vec()), 0..80),
            limit in 1usize..40,
            depth in 1usize..6,
            step in 1usize..9,
        ) {
            let text = [b"[".as_slice(), &text].concat();
            prop_assert_eq!(read_limited(&text, limit, depth, step), read_limited(&text, limit, depth, usize::MAX));
        }

        #[test]
        fn well_formed_lists_are_read_whole(values in prop::collection::vec("[\\PC\"\\\\,\\[\\]]{0,9}", 0..6), step in 1usize..9) {
            let list = serde_json::to_string_pretty(&values).unwrap();
            let read = read_limited(list.as_bytes(), 1 << 10, 64, step);
            let read: Vec<String> =
                read.into_iter().map(|element| serde_json::from_str(&element.unwrap().2).unwrap()).collect();
            prop_assert_eq!(read, values);
        }
    }
}
