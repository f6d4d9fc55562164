//! Texts of a block, which need not be UTF-8: older versions of Tempo cut long attributes inside a character. Border: bytes in, text out.

/// How many texts ended inside a character.
pub type Stumps = u64;

/// The text, without a character whose end was cut off; that is counted. The error is the reason why it is none.
pub fn text<'a>(bytes: &'a [u8], stumps: &mut Stumps) -> Result<&'a str, String> {
    simdutf8::basic::from_utf8(bytes).or_else(|_| {
        let whole = match simdutf8::compat::from_utf8(bytes) {
            Err(error) if error.error_len().is_none() => &bytes[..error.valid_up_to()],
            _ => bytes,
        };
        *stumps += 1;
        simdutf8::basic::from_utf8(whole).map_err(|_| "a text is not UTF-8".to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_cut_off_at_the_end_is_left_out() {
        let mut stumps = 0;
        for (bytes, expected) in [("é".as_bytes(), Ok("é")), (b"", Ok("")), (b"ab\xc3", Ok("ab")), (b"\xf0\x9f\x98", Ok(""))] {
            assert_eq!(text(bytes, &mut stumps), expected.map_err(|(): ()| String::new()), "{bytes:?}");
        }
        assert_eq!(stumps, 2);
        assert!(text(b"a\xffb", &mut stumps).is_err());
        assert!(text(b"\xc3(", &mut stumps).is_err());
    }
}
