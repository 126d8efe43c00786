//! Holds an entry to the size and checksum that its archive declares.

use std::io::{self, Read};

use rawzip::Crc32;

/// Passes contents on, and fails at the first byte beyond the declared size, or at the end where the size or the
/// checksum is another one.
pub(super) struct Verified<R> {
    input: R,
    declared: u64,
    passed: u64,
    checksum: Option<(Crc32, u32)>,
}

impl<R: Read> Verified<R> {
    pub(super) fn by_size(input: R, declared: u64) -> Self {
        Self { input, declared, passed: 0, checksum: None }
    }

    pub(super) fn by_size_and_checksum(input: R, declared: u64, checksum: u32) -> Self {
        Self { input, declared, passed: 0, checksum: Some((Crc32::new(), checksum)) }
    }
}

impl<R: Read> Read for Verified<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let count = self.input.read(buffer)?;
        self.passed += count as u64;
        if self.passed > self.declared {
            return Err(damaged(format!("it holds more than the {} bytes that it declares", self.declared)));
        }
        if count > 0 {
            if let (Some((running, _)), Some(read)) = (&mut self.checksum, buffer.get(..count)) {
                running.update(read);
            }
            return Ok(count);
        }
        if self.passed < self.declared {
            return Err(damaged(format!(
                "it ends after {} of the {} bytes that it declares",
                self.passed, self.declared
            )));
        }
        match &self.checksum {
            Some((running, expected)) if running.checksum() != *expected => {
                Err(damaged("its checksum is wrong, so what was read of it may be wrong too".to_owned()))
            }
            _ => Ok(0),
        }
    }
}

fn damaged(what: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(mut input: impl Read) -> (Vec<u8>, Option<String>) {
        let mut all = Vec::new();
        let error = input.read_to_end(&mut all).err();
        (all, error.map(|error| error.to_string()))
    }

    #[test]
    fn what_is_as_declared_passes() {
        assert_eq!(read(Verified::by_size(&b"abc"[..], 3)), (b"abc".to_vec(), None));
        let checksum = rawzip::crc32(b"abc");
        assert_eq!(read(Verified::by_size_and_checksum(&b"abc"[..], 3, checksum)), (b"abc".to_vec(), None));
        assert_eq!(read(Verified::by_size_and_checksum(&b""[..], 0, 0)), (Vec::new(), None));
    }

    #[test]
    fn what_is_larger_than_declared_is_cut_off() {
        let (passed, error) = read(Verified::by_size(io::repeat(b'x'), 3));
        assert_eq!(passed, b"");
        assert_eq!(error.unwrap(), "it holds more than the 3 bytes that it declares");
    }

    #[test]
    fn what_is_smaller_or_altered_passes_and_fails_at_its_end() {
        let (passed, error) = read(Verified::by_size(&b"ab"[..], 3));
        assert_eq!(passed, b"ab");
        assert_eq!(error.unwrap(), "it ends after 2 of the 3 bytes that it declares");
        let (passed, error) = read(Verified::by_size_and_checksum(&b"abc"[..], 3, 1));
        assert_eq!(passed, b"abc");
        assert_eq!(error.unwrap(), "its checksum is wrong, so what was read of it may be wrong too");
    }
}
