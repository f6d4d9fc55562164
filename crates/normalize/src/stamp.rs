//! The total order of records, and ids as numbers. Border: the same on every machine and for every split of the archive.

/// Place of a record in the order (time, observed time, record id); a record without a time comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Stamp {
    /// When it happened, nanoseconds since the epoch.
    pub time: Option<i64>,
    /// When it was observed.
    pub observed: Option<i64>,
    /// Its record id.
    pub record: u128,
}

/// A record's, trace's or span's id as a number: 32 or 16 hex digits.
pub fn id(hex: &str) -> u128 {
    let bytes = hex.as_bytes();
    let usual = match bytes.len() {
        32 => digits(bytes, 0).zip(digits(bytes, 16)).map(|(high, low)| u128::from(high) << 64 | u128::from(low)),
        16 => digits(bytes, 0).map(u128::from),
        _ => None,
    };
    usual.unwrap_or_else(|| any_id(hex))
}

/// The number that 16 hex digits are, eight at a time.
fn digits(bytes: &[u8], from: usize) -> Option<u64> {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const TOPS: u64 = ONES * 0x80;
    let eight = |at: usize| {
        let word = u64::from_le_bytes(*bytes.get(at..)?.first_chunk::<8>()?);
        // such a byte would carry into the next one below
        if word & TOPS != 0 {
            return None;
        }
        // of each byte the top bit: not below the first of a range, and not above the last one
        let small = word | (ONES * 0x20);
        let is_digit = (word + ONES * (0x80 - 0x30)) & !(word + ONES * (0x7f - 0x39));
        let is_letter = (small + ONES * (0x80 - 0x61)) & !(small + ONES * (0x7f - 0x66));
        let plain = (is_digit | is_letter) & TOPS == TOPS;
        // of a letter bit 6 is set, and its low four bits count from 1
        let mut nibbles = (word & (ONES * 0x0f)) + ((word >> 6) & ONES) * 9;
        // neighbours are put together: two digits a byte, then two bytes, then four
        nibbles = ((nibbles << 4) | (nibbles >> 8)) & 0x00ff_00ff_00ff_00ff;
        nibbles = ((nibbles << 8) | (nibbles >> 16)) & 0x0000_ffff_0000_ffff;
        nibbles = ((nibbles << 16) | (nibbles >> 32)) & 0xffff_ffff;
        plain.then_some(nibbles)
    };
    Some(eight(from)? << 32 | eight(from + 8)?)
}

fn any_id(hex: &str) -> u128 {
    // Raw tables hold nothing else; another text would only lose its order, not its identity.
    u128::from_str_radix(hex, 16).unwrap_or_else(|_| xxhash_rust::xxh3::xxh3_128(hex.as_bytes()))
}

/// An id of a width of its own.
pub trait Hex {
    /// Writes its hex digits, all of them.
    fn write(self, text: &mut String);
}

impl Hex for u64 {
    fn write(self, text: &mut String) {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        text.extend((0..16).rev().map(|place| char::from(DIGITS[(self >> (4 * place)) as usize & 15])));
    }
}

impl Hex for u128 {
    fn write(self, text: &mut String) {
        ((self >> 64) as u64).write(text);
        (self as u64).write(text);
    }
}

/// The 32 hex digits of a record or trace id.
pub fn hex32(id: u128) -> String {
    let mut text = String::with_capacity(32);
    id.write(&mut text);
    text
}

/// The 16 hex digits of a span id.
pub fn hex16(id: u128) -> String {
    // a longer one is no span's, and keeps its digits
    let Ok(id) = u64::try_from(id) else { return format!("{id:016x}") };
    let mut text = String::with_capacity(16);
    id.write(&mut text);
    text
}

/// A value with the stamp of the record it was read from; the latest record's value stands.
#[derive(Debug, Clone, Default)]
pub struct Latest<T>(Option<(Stamp, T)>);

impl<T> Latest<T> {
    /// Takes the value if its record is later than the one it was taken from so far.
    pub fn offer(&mut self, stamp: Stamp, value: impl FnOnce() -> T) {
        if self.0.as_ref().is_none_or(|(known, _)| *known < stamp) {
            self.0 = Some((stamp, value()));
        }
    }

    /// Takes over what was taken from another record, if that is later.
    pub fn merge(&mut self, other: Latest<T>) {
        if let Some((stamp, value)) = other.0 {
            self.offer(stamp, || value);
        }
    }

    /// The value.
    pub fn get(&self) -> Option<&T> {
        self.0.as_ref().map(|(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_stands_in_any_order() {
        let stamp = |time, record| Stamp { time: Some(time), observed: None, record };
        for order in [[1, 2, 3], [3, 2, 1], [2, 3, 1]] {
            let mut latest = Latest::default();
            for n in order {
                latest.offer(stamp(7, n), || n);
            }
            assert_eq!(latest.get(), Some(&3));
        }
    }

    #[test]
    fn ids_keep_their_digits() {
        assert_eq!(hex32(id("000102030405060708090a0b0c0d0e0f")), "000102030405060708090a0b0c0d0e0f");
        assert_eq!(hex16(id("00000000000000ab")), "00000000000000ab");
        for id in [0, 7, u128::from(u64::MAX), u128::MAX, 0xfedc_ba98_7654_3210_0123_4567_89ab_cdef] {
            assert_eq!((hex32(id), hex16(id)), (format!("{id:032x}"), format!("{id:016x}")));
        }
    }

    #[test]
    fn the_short_way_reads_what_the_long_way_reads() {
        let mut random = fastrand::Rng::with_seed(1);
        let letters = "0123456789abcdefABCDEF+-g/:@G`x \u{e9}".chars().collect::<Vec<char>>();
        for n in 0..20_000 {
            let length = [16, 32, random.usize(0..40)][random.usize(0..3)];
            let kinds = if n % 2 == 0 { 22 } else { letters.len() };
            let text: String = (0..length).map(|_| letters[random.usize(0..kinds)]).collect();
            assert_eq!(id(&text), any_id(&text), "{text}");
        }
        assert_eq!(id("fedcba9876543210FEDCBA9876543210"), 0xfedc_ba98_7654_3210_fedc_ba98_7654_3210);
    }
}
