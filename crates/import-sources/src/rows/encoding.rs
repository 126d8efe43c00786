//! Text of whatever encoding its byte order mark names, as UTF-8.

use std::io::{self, Cursor, Read};

/// Takes the byte order mark off, and turns UTF-16 into UTF-8. Text without a mark passes as it is.
///
/// What is no UTF-16 becomes a byte that is no UTF-8, so that one check finds both.
pub(crate) fn as_utf8<'a>(mut input: impl Read + Send + 'a) -> io::Result<Box<dyn Read + Send + 'a>> {
    let mut start = Vec::with_capacity(3);
    input.by_ref().take(3).read_to_end(&mut start)?;
    Ok(match start.as_slice() {
        [0xef, 0xbb, 0xbf] => Box::new(input),
        [0xff, 0xfe, rest @ ..] => Box::new(Utf16::new(Cursor::new(rest.to_vec()).chain(input), u16::from_le_bytes)),
        [0xfe, 0xff, rest @ ..] => Box::new(Utf16::new(Cursor::new(rest.to_vec()).chain(input), u16::from_be_bytes)),
        _ => Box::new(Cursor::new(start).chain(input)),
    })
}

const INVALID: u8 = 0xff;

struct Utf16<R> {
    input: R,
    unit: fn([u8; 2]) -> u16,
    /// The first byte of a unit whose second was not read yet.
    half_unit: Option<u8>,
    /// The first unit of a pair whose second was not read yet.
    high: Option<u16>,
    ready: Vec<u8>,
    taken: usize,
}

impl<R: Read> Utf16<R> {
    fn new(input: R, unit: fn([u8; 2]) -> u16) -> Self {
        Self { input, unit, half_unit: None, high: None, ready: Vec::new(), taken: 0 }
    }

    /// Reads on; `false` at the end.
    fn refill(&mut self) -> io::Result<bool> {
        let mut raw = [0; 16 << 10];
        let count = self.input.read(&mut raw)?;
        self.ready.clear();
        self.taken = 0;
        if count == 0 {
            if self.half_unit.take().is_some() || self.high.take().is_some() {
                self.ready.push(INVALID);
            }
            return Ok(false);
        }
        for &byte in raw.iter().take(count) {
            match self.half_unit.take() {
                None => self.half_unit = Some(byte),
                Some(first) => self.push((self.unit)([first, byte])),
            }
        }
        Ok(true)
    }

    fn push(&mut self, unit: u16) {
        let character = match (self.high.take(), unit) {
            (Some(high), 0xdc00..=0xdfff) => {
                char::from_u32(0x1_0000 + (u32::from(high - 0xd800) << 10) + u32::from(unit - 0xdc00))
            }
            (high, _) => {
                if high.is_some() {
                    self.ready.push(INVALID);
                }
                if let 0xd800..=0xdbff = unit {
                    self.high = Some(unit);
                    return;
                }
                char::from_u32(u32::from(unit))
            }
        };
        match character {
            Some(character) => self.ready.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
            None => self.ready.push(INVALID),
        }
    }
}

impl<R: Read> Read for Utf16<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.taken == self.ready.len() {
            // The end, too, can leave something to pass on: the first half of a character.
            let at_end = !self.refill()?;
            if at_end && self.ready.is_empty() {
                return Ok(0);
            }
        }
        let mut ready = self.ready.get(self.taken..).unwrap_or_default();
        let count = ready.read(buffer)?;
        self.taken += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(input: &[u8]) -> Vec<u8> {
        let mut all = Vec::new();
        as_utf8(input).unwrap().read_to_end(&mut all).unwrap();
        all
    }

    #[test]
    fn the_byte_order_mark_is_taken_off() {
        assert_eq!(decoded(b"\xef\xbb\xbfann,1"), b"ann,1");
        assert_eq!(decoded(b"ann,1"), b"ann,1");
        assert_eq!(decoded(b"a"), b"a");
        assert_eq!(decoded(b""), b"");
    }

    #[test]
    fn utf_16_of_either_order_is_read() {
        let text = "ann,1,grüße 🎉";
        let little: Vec<u8> = [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect();
        assert_eq!(decoded(&little), text.as_bytes());
        assert_eq!(decoded(&big), text.as_bytes());
    }

    #[test]
    fn what_is_no_utf_16_is_no_utf_8_either() {
        // A high unit alone, a low unit alone, a unit of one byte.
        assert_eq!(decoded(b"\xff\xfe\x00\xd8a\0"), b"\xffa");
        assert_eq!(decoded(b"\xff\xfe\x00\xdca\0"), b"\xffa");
        assert_eq!(decoded(b"\xff\xfea\0\x00\xd8"), b"a\xff");
        assert_eq!(decoded(b"\xff\xfea\0b"), b"a\xff");
    }
}
