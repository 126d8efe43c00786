//! The file in the body of `uploadImportFile`.

use base64::{
    Engine as _,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

/// Padding may be there or not; bits of the last character that stand for nothing are disregarded.
const DECODER: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// How many characters are decoded at a time; a multiple of four.
const PIECE: usize = 64 * 1024;

/// The bytes that base64 text stands for, decoded in the text's own memory: a file fills much of what a request may
/// take, and a second copy would double that.
///
/// A `data:` URL is taken too, and white space is passed over, because browsers and mail tools make both. The error says
/// at which character the text stops being base64.
pub(crate) fn decode(mut text: String) -> Result<Vec<u8>, String> {
    let start = data_url_prefix(&text);
    check(&text.as_bytes()[start..], start)?;
    if start > 0 {
        text.drain(..start);
    }
    let mut bytes = text.into_bytes();
    bytes.retain(|byte| !byte.is_ascii_whitespace());
    decode_in_place(&mut bytes).map_err(|error| error.to_string())?;
    Ok(bytes)
}

/// The length of `data:<type>;base64,` at the beginning; 0 where there is none.
fn data_url_prefix(text: &str) -> usize {
    let is_data = text.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("data:"));
    match text.split_once(',') {
        Some((prefix, _)) if is_data && prefix.to_ascii_lowercase().ends_with(";base64") => prefix.len() + 1,
        _ => 0,
    }
}

/// Checks the whole text before anything of it is decoded: afterwards the places are gone.
fn check(text: &[u8], offset: usize) -> Result<(), String> {
    let mut characters = 0usize;
    let mut padding = 0usize;
    for (at, byte) in text.iter().enumerate() {
        let place = offset + at + 1;
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' if padding == 0 => characters += 1,
            b'=' => padding += 1,
            byte if byte.is_ascii_whitespace() => {}
            _ => return Err(format!("the character at {place} is not base64")),
        }
    }
    match (characters % 4, padding) {
        (0, 0) | (2, 0 | 2) | (3, 0 | 1) => Ok(()),
        _ => Err(format!("the base64 breaks off after {} characters", offset + text.len())),
    }
}

fn decode_in_place(bytes: &mut Vec<u8>) -> Result<(), base64::DecodeSliceError> {
    let mut piece = vec![0; PIECE / 4 * 3];
    let (mut read, mut written) = (0, 0);
    while read < bytes.len() {
        let end = bytes.len().min(read + PIECE);
        let length = DECODER.decode_slice(&bytes[read..end], &mut piece)?;
        // What is decoded is shorter than what it was decoded from.
        bytes[written..written + length].copy_from_slice(&piece[..length]);
        written += length;
        read = end;
    }
    bytes.truncate(written);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(encoded: &str) -> String {
        String::from_utf8(decode(encoded.to_owned()).unwrap()).unwrap()
    }

    #[test]
    fn base64_is_read_with_and_without_padding_as_a_data_url_and_in_lines() {
        assert_eq!(text("YW5uLGFubg=="), "ann,ann");
        assert_eq!(text("YW5uLGFubg"), "ann,ann");
        assert_eq!(text("YW5uLGFubjE="), "ann,ann1");
        assert_eq!(text("YW5uLGFubjEy"), "ann,ann12");
        assert_eq!(text("data:text/csv;base64,YW5uLGFubg=="), "ann,ann");
        assert_eq!(text("YW5u\r\nLGFu\n bg==\n"), "ann,ann");
        assert_eq!(text(""), "");
    }

    #[test]
    fn bytes_of_every_value_and_any_number_of_pieces_survive() {
        let bytes: Vec<u8> = (0..200_000u32).map(|number| (number % 251) as u8).collect();
        let encoded = base64::engine::general_purpose::STANDARD.encode(&bytes);
        assert_eq!(decode(encoded).unwrap(), bytes);
    }

    #[test]
    fn what_is_no_base64_is_refused_with_the_place() {
        let refused = |encoded: &str| decode(encoded.to_owned()).unwrap_err();
        assert_eq!(refused("YW5u*GFubg=="), "the character at 5 is not base64");
        assert_eq!(refused("YW5u\nü"), "the character at 6 is not base64");
        assert_eq!(refused("YQ==YQ=="), "the character at 5 is not base64");
        assert_eq!(refused("data:text/csv;base64,?"), "the character at 22 is not base64");
        assert_eq!(refused("data:text/csv,abc"), "the character at 5 is not base64");
        for broken in ["Y", "YW5uL", "YQ=", "YWI==", "YW5u=", "="] {
            assert_eq!(refused(broken), format!("the base64 breaks off after {} characters", broken.len()));
        }
    }
}
