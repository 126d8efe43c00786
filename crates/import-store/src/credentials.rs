//! Tokens, passwords and ids: what is random, what is derived, and in which form it is stored.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use import_proto::PasswordDigest;
use sha2::{Digest, Sha256};

/// The cost of the bcrypt of a password, as Rocket.Chat has it.
const BCRYPT_COST: u32 = 10;

/// Letters and digits that nobody takes for one another.
const ID_ALPHABET: &[u8; 55] = b"23456789ABCDEFGHJKLMNPQRSTWXYZabcdefghijkmnopqrstuvwxyz";

/// The length of an `_id`.
const ID_LENGTH: usize = 17;

/// Random bytes from the operating system.
///
/// # Panics
/// Where the operating system has no randomness to give: no secret could be made then.
fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    if let Err(error) = getrandom::fill(&mut bytes) {
        panic!("the operating system gives no random numbers: {error}");
    }
    bytes
}

/// A new token: 43 characters of URL-safe base64, 32 random bytes.
pub fn new_token() -> String {
    URL_SAFE_NO_PAD.encode(random_bytes::<32>())
}

/// What is stored of a token: the base64 of its SHA-256.
pub fn hash_token(token: &str) -> String {
    STANDARD.encode(Sha256::digest(token))
}

/// The last six characters of a token, by which its owner tells personal access tokens apart.
pub fn last_token_part(token: &str) -> String {
    let from = token.char_indices().rev().nth(5).map_or(0, |(at, _)| at);
    token[from..].to_owned()
}

/// What is staged of a password and given to bcrypt: the lower-case hex of its SHA-256.
pub fn password_digest(password: &str) -> PasswordDigest {
    PasswordDigest(hex(&Sha256::digest(password)))
}

/// What is stored of a password: the bcrypt of its digest. Takes tens of milliseconds of a core.
pub fn hash_password(digest: &PasswordDigest) -> Result<String, bcrypt::BcryptError> {
    bcrypt::hash(&digest.0, BCRYPT_COST)
}

/// Whether `hash` was made of this digest; false where it is no bcrypt hash at all. As slow as hashing.
pub fn verify_password(digest: &PasswordDigest, hash: &str) -> bool {
    bcrypt::verify(&digest.0, hash).unwrap_or(false)
}

/// The stored form of a password that nobody knows: well-formed, of random salt and random digest.
///
/// Nobody will ever type the password, so it need not exist, and no time is spent on hashing it.
pub fn temporary_password_hash() -> String {
    let salt = bcrypt::BASE_64.encode(random_bytes::<16>());
    let digest = bcrypt::BASE_64.encode(random_bytes::<23>());
    format!("$2b${BCRYPT_COST}${salt}{digest}")
}

/// A random `_id` of 17 characters.
pub fn random_id() -> String {
    id_of(random_bytes())
}

/// The `_id` of 17 characters that follows from `parts`, always the same one.
///
/// Where one part ends and the next begins matters: `["a", "bc"]` and `["ab", "c"]` have different ids.
pub fn derived_id(parts: &[&str]) -> String {
    let digest = digest_of(parts);
    let mut half = [0; 16];
    half.copy_from_slice(&digest[..16]);
    id_of(half)
}

/// The token of an upload: 10 hex digits that follow from `parts`, as with [`derived_id`].
pub fn derived_upload_token(parts: &[&str]) -> String {
    hex(&digest_of(parts)[..5])
}

fn digest_of(parts: &[&str]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// Lower-case hex.
fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}

/// 128 bits hold 17 characters (98 bits) and enough beyond them that each is as likely as any other.
fn id_of(bytes: [u8; 16]) -> String {
    let mut rest = u128::from_le_bytes(bytes);
    let mut id = String::with_capacity(ID_LENGTH);
    for _ in 0..ID_LENGTH {
        id.push(char::from(ID_ALPHABET[(rest % 55) as usize]));
        rest /= 55;
    }
    id
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_token_is_43_url_safe_characters_and_new_each_time() {
        let tokens: HashSet<String> = (0..100).map(|_| new_token()).collect();
        assert_eq!(tokens.len(), 100);
        for token in tokens {
            assert_eq!(token.len(), 43);
            assert!(token.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_'), "{token}");
        }
    }

    #[test]
    fn a_token_is_stored_as_the_base64_of_its_sha_256() {
        assert_eq!(hash_token("abc"), "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
    }

    #[test]
    fn the_last_part_of_a_token_is_six_characters() {
        assert_eq!(last_token_part("abcdefghij"), "efghij");
        assert_eq!(last_token_part("abc"), "abc");
        assert_eq!(last_token_part("ääääääää"), "ääääää");
        assert_eq!(last_token_part(""), "");
    }

    #[test]
    fn a_password_is_digested_to_lower_case_hex() {
        assert_eq!(
            password_digest("abc"),
            PasswordDigest("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad".into())
        );
    }

    #[test]
    fn a_hashed_password_is_recognised_and_another_is_not() {
        let hash = hash_password(&password_digest("correct horse")).unwrap();
        assert!(hash.starts_with("$2b$10$"), "{hash}");
        assert!(verify_password(&password_digest("correct horse"), &hash));
        assert!(!verify_password(&password_digest("battery staple"), &hash));
        assert!(!verify_password(&password_digest("correct horse"), "no hash"));
    }

    #[test]
    fn a_hash_that_another_program_made_is_recognised() {
        // libxcrypt's, of the hex SHA-256 of the password.
        let hash = "$2b$10$abcdefghijklmnopqrstuuaDDmPWNRqhNyL44KvWaEPmBlBEVL/9W";
        assert!(verify_password(&password_digest("correct horse"), hash));
    }

    #[test]
    fn a_temporary_password_is_well_formed_and_nobody_s() {
        let hash = temporary_password_hash();
        assert_eq!(hash.len(), 60);
        assert!(hash.starts_with("$2b$10$"), "{hash}");
        assert_eq!(hash.parse::<bcrypt::HashParts>().unwrap().get_cost(), 10);
        // A malformed hash would be an error, not `false`.
        assert!(!bcrypt::verify(&password_digest("").0, &hash).unwrap());
        assert_ne!(temporary_password_hash(), hash);
    }

    #[test]
    fn random_ids_are_17_unmistakable_characters() {
        let ids: HashSet<String> = (0..1000).map(|_| random_id()).collect();
        assert_eq!(ids.len(), 1000);
        for id in ids {
            assert_eq!(id.len(), 17);
            assert!(id.bytes().all(|c| ID_ALPHABET.contains(&c)), "{id}");
        }
    }

    #[test]
    fn derived_ids_follow_from_their_parts_alone() {
        // Ids that are stored must be found again by later versions.
        assert_eq!(derived_id(&[]), "WQNqN7o2i8SYfHBtZ");
        assert_eq!(derived_id(&["op", "user", "1"]), "BpMYfY3KpgYBvtPGh");
        assert_eq!(derived_id(&["a", "bc"]), "SceyBsWP4coou5XfQ");
        assert_ne!(derived_id(&["a", "bc"]), derived_id(&["ab", "c"]));
        assert_ne!(derived_id(&["a", ""]), derived_id(&["a"]));
    }

    #[test]
    fn an_upload_token_is_10_hex_digits_that_follow_from_its_parts() {
        assert_eq!(derived_upload_token(&["a", "bc"]), "9a8acca1b6");
        assert_eq!(derived_upload_token(&["ab", "c"]), "43ee655579");
    }
}
