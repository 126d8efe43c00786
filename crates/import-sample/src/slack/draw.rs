//! Chance that comes out the same every time.

use fastrand::Rng;

/// A source of chance for one thing in the export, independent of all others.
pub(super) fn rng(seed: u64, of: &[u64]) -> Rng {
    Rng::with_seed(of.iter().fold(mixed(seed), |state, part| mixed(state ^ part)))
}

/// Whether something happens that happens `of_thousand` times in a thousand.
pub(super) fn happens(rng: &mut Rng, of_thousand: u32) -> bool {
    rng.u32(0..1_000) < of_thousand
}

/// One of several things; each as likely as the others.
pub(super) fn one_of<T: Copy>(rng: &mut Rng, things: &[T], or: T) -> T {
    things.get(rng.usize(0..things.len().max(1))).copied().unwrap_or(or)
}

/// A number of which small values are likelier than large ones, below `end`.
pub(super) fn skewed(rng: &mut Rng, end: usize) -> usize {
    let end = end.max(1);
    rng.usize(0..end).min(rng.usize(0..end))
}

/// Spreads neighbouring numbers over all of them (the finalizer of splitmix64).
fn mixed(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// An id as Slack makes them: a letter and nine more characters, different for different numbers.
pub(super) fn slack_id(letter: char, number: u64) -> String {
    const DIGITS: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    const ALL: u64 = 36_u64.pow(8);
    // No factor of it is one of 36's, so that no two numbers come out the same.
    let mut left = number.wrapping_mul(1_000_000_000_039) % ALL;
    let mut id = [b'0'; 8];
    for digit in id.iter_mut().rev() {
        *digit = DIGITS.get((left % 36) as usize).copied().unwrap_or(b'0');
        left /= 36;
    }
    format!("{letter}0{}", String::from_utf8_lossy(&id))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn ids_of_different_numbers_differ() {
        let ids: HashSet<String> = (0..100_000).map(|number| slack_id('U', number)).collect();
        assert_eq!(ids.len(), 100_000);
        assert!(ids.iter().all(|id| id.len() == 10 && id.starts_with("U0")));
    }

    #[test]
    fn chance_is_the_same_for_the_same_and_another_for_another() {
        let draw = |seed, of: &[u64]| rng(seed, of).u64(..);
        assert_eq!(draw(1, &[2, 3]), draw(1, &[2, 3]));
        let all = HashSet::from([draw(1, &[2, 3]), draw(2, &[2, 3]), draw(1, &[3, 2]), draw(1, &[2]), draw(1, &[])]);
        assert_eq!(all.len(), 5);
    }
}
