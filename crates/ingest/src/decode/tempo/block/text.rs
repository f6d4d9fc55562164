//! Texts of a block, which need not be UTF-8: older versions of Tempo cut long attributes inside a character. Border: bytes in, text out.

use crate::rows::EXPANDED_BYTES;

/// What was seen of the texts of a block's traces.
#[derive(Debug, Default)]
pub struct Tally {
    /// How many ended inside a character.
    pub stumps: u64,
    /// Bytes of those of the trace at hand.
    bytes: usize,
}

impl Tally {
    /// Another trace begins.
    pub fn begin(&mut self) {
        self.bytes = 0;
    }

    /// Counts bytes in that are about to be copied. A text of a dictionary may stand in every place of a trace: all of them together may be no
    /// more than its rows.
    pub fn take(&mut self, bytes: usize) -> Result<(), String> {
        self.bytes = self.bytes.saturating_add(bytes);
        if self.is_full() { Err(format!("its texts come to more than {} MiB", EXPANDED_BYTES >> 20)) } else { Ok(()) }
    }

    /// Whether there were too many.
    pub fn is_full(&self) -> bool {
        self.bytes > EXPANDED_BYTES
    }
}

/// The text, without a character whose end was cut off; that is counted. The error is the reason why it is none.
pub fn text<'a>(bytes: &'a [u8], tally: &mut Tally) -> Result<&'a str, String> {
    tally.take(bytes.len())?;
    simdutf8::basic::from_utf8(bytes).or_else(|_| {
        let whole = match simdutf8::compat::from_utf8(bytes) {
            Err(error) if error.error_len().is_none() => &bytes[..error.valid_up_to()],
            _ => bytes,
        };
        tally.stumps += 1;
        simdutf8::basic::from_utf8(whole).map_err(|_| "a text is not UTF-8".to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_cut_off_at_the_end_is_left_out() {
        let mut tally = Tally::default();
        for (bytes, expected) in [("é".as_bytes(), Ok("é")), (b"", Ok("")), (b"ab\xc3", Ok("ab")), (b"\xf0\x9f\x98", Ok(""))] {
            assert_eq!(text(bytes, &mut tally), expected.map_err(|(): ()| String::new()), "{bytes:?}");
        }
        assert_eq!(tally.stumps, 2);
        assert!(text(b"a\xffb", &mut tally).is_err());
        assert!(text(b"\xc3(", &mut tally).is_err());
    }
}
