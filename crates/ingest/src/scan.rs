//! The search that JSON reading and writing have in common, many bytes at a time. Border: where the next special byte
//! is; what it means is the callers' business.

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// High bit set in each byte of `word` that is zero; exact up to and with the lowest such byte
/// (H. S. Warren, "Hacker's Delight", 2nd ed., §6–1).
const fn zeros(word: u64) -> u64 {
    word.wrapping_sub(ONES) & !word & HIGH
}

/// A byte of ones in the place of each of sixteen bytes that is a quote, a backslash or a control character; the first in the lowest place. Written so
/// that compilers make vector instructions of it.
#[inline]
fn specials(bytes: &[u8; 16]) -> u128 {
    u128::from_le_bytes(bytes.map(|b| if (b < 0x20) | (b == b'"') | (b == b'\\') { 0xff } else { 0 }))
}

/// Number of bytes before the first quote, backslash or control character; the length where there is none.
#[inline]
pub fn plain(bytes: &[u8]) -> usize {
    let (blocks, rest) = bytes.as_chunks::<16>();
    for (n, block) in blocks.iter().enumerate() {
        let special = specials(block);
        if special != 0 {
            return n * 16 + special.trailing_zeros() as usize / 8;
        }
    }
    let before = bytes.len() - rest.len();
    before + plain_words(rest)
}

/// The same, eight bytes at a time.
fn plain_words(bytes: &[u8]) -> usize {
    let (words, rest) = bytes.as_chunks::<8>();
    for (n, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        // below 0x20: borrows from the high bit, unless the byte has it already
        let controls = word.wrapping_sub(ONES * 0x20) & !word & HIGH;
        let special = zeros(word ^ (ONES * b'"' as u64)) | zeros(word ^ (ONES * b'\\' as u64)) | controls;
        if special != 0 {
            return n * 8 + special.trailing_zeros() as usize / 8;
        }
    }
    let before = bytes.len() - rest.len();
    before + rest.iter().position(|b| *b < 0x20 || *b == b'"' || *b == b'\\').unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_special_byte_is_found_at_every_place() {
        for special in (0..0x20).chain([b'"', b'\\']) {
            for length in 1..40 {
                for at in 0..length {
                    let mut bytes: Vec<u8> = (0..length as u8).map(|n| [b'a', 0xc3, 0x7f, b'!', 0xff, b' '][usize::from(n) % 6]).collect();
                    bytes[at] = special;
                    assert_eq!(plain(&bytes), at, "{special} at {at} of {length}");
                }
            }
        }
    }

    #[test]
    fn other_bytes_are_plain() {
        let bytes: Vec<u8> = (0x20..=0xff).filter(|b| *b != b'"' && *b != b'\\').cycle().take(1000).collect();
        assert_eq!(plain(&bytes), 1000);
        assert_eq!(plain(b""), 0);
    }
}
