//! Where an element of a list ends, found without parsing it.

use memchr::memchr2;

/// Follows the brackets and quotes of one element, piece by piece.
///
/// A bracket that closes another kind than the one opened last closes the nearest of its own kind: an element that lacks
/// a bracket ends no later than the one around it.
pub(super) struct Scan {
    /// The brackets open within the element.
    open: Vec<u8>,
    /// How many more are open than can be told apart.
    beyond: u64,
    too_deep: bool,
    in_string: bool,
    escaped: bool,
    depth: usize,
}

/// What stands behind an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Comma,
    /// The bracket that closes the list.
    List,
}

impl Scan {
    /// A scan of elements within which no more than `depth` brackets are to be open at once.
    pub(super) fn new(depth: usize) -> Self {
        Self { open: Vec::new(), beyond: 0, too_deep: false, in_string: false, escaped: false, depth }
    }

    /// Begins with the next element.
    pub(super) fn restart(&mut self) {
        self.open.clear();
        (self.beyond, self.too_deep, self.in_string, self.escaped) = (0, false, false, false);
    }

    /// Whether more brackets were open than allowed.
    pub(super) fn is_too_deep(&self) -> bool {
        self.too_deep
    }

    /// Goes on over the next piece of the text: how many bytes of it belong to the element, if it ends there.
    pub(super) fn advance(&mut self, piece: &[u8]) -> Option<(usize, End)> {
        let mut at = 0;
        while let Some(&byte) = piece.get(at) {
            if self.escaped {
                self.escaped = false;
            } else if self.in_string {
                at += memchr2(b'"', b'\\', piece.get(at..)?)?;
                match piece.get(at) {
                    Some(b'"') => self.in_string = false,
                    _ => self.escaped = true,
                }
            } else {
                match byte {
                    b'"' => self.in_string = true,
                    b'{' | b'[' => self.opened(byte),
                    b'}' => _ = self.closes_element(b'{'),
                    b']' if !self.closes_element(b'[') => return Some((at, End::List)),
                    b',' if self.open.is_empty() => return Some((at, End::Comma)),
                    _ => {}
                }
            }
            at += 1;
        }
        None
    }

    fn opened(&mut self, bracket: u8) {
        if self.open.len() < self.depth {
            self.open.push(bracket);
        } else {
            self.beyond += 1;
            self.too_deep = true;
        }
    }

    /// Whether a bracket of this kind was open within the element.
    fn closes_element(&mut self, opening: u8) -> bool {
        if self.beyond > 0 {
            self.beyond -= 1;
            return true;
        }
        match self.open.iter().rposition(|&open| open == opening) {
            Some(at) => {
                self.open.truncate(at);
                true
            }
            None => false,
        }
    }
}
