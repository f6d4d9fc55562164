//! Ids in hex, the form in which OTLP JSON and the lake write them.

/// The digits, lowercase.
const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// The two digits of each byte.
pub fn digits(bytes: &[u8]) -> impl Iterator<Item = u8> {
    bytes.iter().flat_map(|b| PAIRS[usize::from(*b)])
}

/// The two digits of every byte.
const PAIRS: [[u8; 2]; 256] = {
    let mut pairs = [[0; 2]; 256];
    let mut byte = 0;
    while byte < 256 {
        pairs[byte] = [DIGITS[byte >> 4], DIGITS[byte & 15]];
        byte += 1;
    }
    pairs
};

/// Appends the digits of an id of at most 16 bytes.
pub fn push<const N: usize>(out: &mut Vec<u8>, id: &[u8; N]) {
    const { assert!(N <= 16) };
    let mut digits = [0; 32];
    for (pair, byte) in digits.chunks_exact_mut(2).zip(id) {
        pair.copy_from_slice(&PAIRS[usize::from(*byte)]);
    }
    out.extend_from_slice(&digits[..2 * N]);
}

/// The value of every digit of either case; 16 for what is none.
const VALUES: [u8; 256] = {
    let mut values = [16; 256];
    let mut value = 0;
    while value < 16 {
        let digit = DIGITS[value];
        values[digit as usize] = value as u8;
        values[digit.to_ascii_uppercase() as usize] = value as u8;
        value += 1;
    }
    values
};

/// The N bytes that 2·N digits of either case say; `None` for other text.
pub fn parse<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    let mut id = [0; N];
    if text.len() != 2 * N {
        return None;
    }
    let mut strange = 0;
    for (byte, pair) in id.iter_mut().zip(text.chunks_exact(2)) {
        let (high, low) = (VALUES[usize::from(pair[0])], VALUES[usize::from(pair[1])]);
        strange |= high | low;
        *byte = high << 4 | low;
    }
    (strange < 16).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_written_as_they_are_read() {
        let id = parse::<4>(b"00fFa09c");
        assert_eq!(id, Some([0, 255, 0xa0, 0x9c]));
        assert_eq!(digits(&[0, 255, 0xa0, 0x9c]).collect::<Vec<_>>(), b"00ffa09c");
        let mut out = Vec::new();
        push(&mut out, &[0, 255, 0xa0, 0x9c]);
        assert_eq!(out, b"00ffa09c");
        assert_eq!((parse::<4>(b"00fFa09"), parse::<4>(b"00fFa09g")), (None, None));
    }
}
