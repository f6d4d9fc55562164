//! Ids in hex, the form in which OTLP JSON and the lake write them.

/// The digits, lowercase.
const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// The two digits of each byte.
pub fn digits(bytes: &[u8]) -> impl Iterator<Item = u8> {
    bytes.iter().flat_map(|b| [DIGITS[usize::from(b >> 4)], DIGITS[usize::from(b & 15)]])
}

/// The N bytes that 2·N digits of either case say; `None` for other text.
pub fn parse<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    let digit = |b: u8| char::from(b).to_digit(16);
    let mut id = [0; N];
    if text.len() != 2 * N {
        return None;
    }
    for (byte, pair) in id.iter_mut().zip(text.chunks_exact(2)) {
        *byte = (digit(pair[0])? * 16 + digit(pair[1])?) as u8;
    }
    Some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_written_as_they_are_read() {
        let id = parse::<4>(b"00fFa09c");
        assert_eq!(id, Some([0, 255, 0xa0, 0x9c]));
        assert_eq!(digits(&[0, 255, 0xa0, 0x9c]).collect::<Vec<_>>(), b"00ffa09c");
        assert_eq!((parse::<4>(b"00fFa09"), parse::<4>(b"00fFa09g")), (None, None));
    }
}
