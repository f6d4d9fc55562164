//! The protobuf wire format (protobuf.dev, "Encoding"): fields of a message over borrowed bytes, every length held against
//! its parent's end. Border: field numbers and wire types; what the numbers mean is in the modules beside.

use crate::decode::DecodeError;

/// Nesting beyond this is refused (protobuf's own implementations stop at 100).
pub const MAX_DEPTH: usize = 100;

/// The value of a field.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    /// Wire type 0.
    Varint(u64),
    /// Wire type 1.
    Fixed64(u64),
    /// Wire type 2: string, bytes, message or packed list.
    Bytes(&'a [u8]),
    /// Wire type 5.
    Fixed32(u32),
}

/// A message, read field by field.
#[derive(Debug, Clone)]
pub struct Message<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Offset of the message in its request, for error messages.
    base: usize,
}

type Result<T> = std::result::Result<T, DecodeError>;

impl<'a> Message<'a> {
    /// A request's message.
    pub fn new(bytes: &'a [u8]) -> Message<'a> {
        Message { bytes, at: 0, base: 0 }
    }

    /// A message inside this one; `bytes` is the value of the field just read.
    pub fn nested(&self, bytes: &'a [u8]) -> Message<'a> {
        Message { bytes, at: 0, base: self.base + self.at - bytes.len() }
    }

    /// Where it stands within the request.
    pub fn position(&self) -> usize {
        self.base + self.at
    }

    /// An error about the bytes here.
    pub fn malformed(&self, what: &str) -> DecodeError {
        DecodeError::syntax(self.position(), what.to_owned())
    }

    /// The next field: its number and value; `None` at the end. Groups, which OTLP does not have, are passed over.
    #[inline]
    pub fn field(&mut self) -> Result<Option<(u32, Value<'a>)>> {
        if self.at == self.bytes.len() {
            return Ok(None);
        }
        // nearly every field of OTLP: a tag of one byte, length-delimited, shorter than 128 bytes
        if let [tag, length, rest @ ..] = &self.bytes[self.at..]
            && tag & 0x87 == 2
            && *tag >= 8
            && *length < 0x80
            && let Some(bytes) = rest.get(..usize::from(*length))
        {
            self.at += 2 + bytes.len();
            return Ok(Some((u32::from(tag >> 3), Value::Bytes(bytes))));
        }
        self.any_field()
    }

    fn any_field(&mut self) -> Result<Option<(u32, Value<'a>)>> {
        let mut groups = 0;
        loop {
            if self.at == self.bytes.len() {
                return if groups == 0 { Ok(None) } else { Err(self.malformed("a group without an end")) };
            }
            let tag = self.varint()?;
            let number = u32::try_from(tag >> 3).ok().filter(|n| *n != 0).ok_or_else(|| self.malformed("a field number out of range"))?;
            let value = match tag & 7 {
                0 => Value::Varint(self.varint()?),
                1 => Value::Fixed64(u64::from_le_bytes(self.take()?)),
                2 => {
                    let length = self.varint()?;
                    let rest = &self.bytes[self.at..];
                    let bytes =
                        usize::try_from(length).ok().and_then(|n| rest.get(..n)).ok_or_else(|| self.malformed("a length beyond its message"))?;
                    self.at += bytes.len();
                    Value::Bytes(bytes)
                }
                3 => {
                    groups += 1;
                    if groups > MAX_DEPTH {
                        return Err(self.malformed("groups nested too deep"));
                    }
                    continue;
                }
                4 if groups > 0 => {
                    groups -= 1;
                    continue;
                }
                5 => Value::Fixed32(u32::from_le_bytes(self.take()?)),
                _ => return Err(self.malformed("an unknown wire type")),
            };
            if groups == 0 {
                return Ok(Some((number, value)));
            }
        }
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N]> {
        let bytes = self.bytes.get(self.at..self.at + N).and_then(|b| b.try_into().ok()).ok_or_else(|| self.malformed("a number cut off"))?;
        self.at += N;
        Ok(bytes)
    }

    #[inline]
    fn varint(&mut self) -> Result<u64> {
        match self.bytes.get(self.at) {
            Some(byte) if *byte < 0x80 => {
                self.at += 1;
                Ok((*byte).into())
            }
            _ => self.long_varint(),
        }
    }

    fn long_varint(&mut self) -> Result<u64> {
        let mut value = 0_u64;
        for shift in (0..70).step_by(7) {
            let byte = *self.bytes.get(self.at).ok_or_else(|| self.malformed("a number cut off"))?;
            self.at += 1;
            if shift < 64 {
                value |= u64::from(byte & 0x7f) << shift;
            }
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(self.malformed("a number of more than ten bytes"))
    }

    /// A string's text.
    pub fn text(&self, bytes: &'a [u8]) -> Result<&'a str> {
        simdutf8::basic::from_utf8(bytes).map_err(|_| DecodeError::value(self.position() - bytes.len(), "a string that is not UTF-8".to_owned()))
    }

    /// An id of N bytes; `None` when empty or all zero.
    pub fn id<const N: usize>(&self, bytes: &[u8]) -> Result<Option<[u8; N]>> {
        if bytes.is_empty() {
            return Ok(None);
        }
        let id: [u8; N] = bytes
            .try_into()
            .map_err(|_| DecodeError::value(self.position() - bytes.len(), format!("an id of {} bytes where {N} are expected", bytes.len())))?;
        Ok(Some(id).filter(|id| id.iter().any(|b| *b != 0)))
    }

    /// Appends the values of a packed list of 64-bit fixed numbers.
    pub fn packed_fixed64(&self, bytes: &[u8], mut push: impl FnMut(u64)) -> Result<()> {
        let (words, rest) = bytes.as_chunks::<8>();
        if !rest.is_empty() {
            return Err(self.malformed("a packed list cut off"));
        }
        words.iter().for_each(|w| push(u64::from_le_bytes(*w)));
        Ok(())
    }

    /// Appends the values of a packed list of varints.
    pub fn packed_varint(&self, bytes: &'a [u8], mut push: impl FnMut(u64)) -> Result<()> {
        let mut list = self.nested(bytes);
        while list.at < list.bytes.len() {
            push(list.varint()?);
        }
        Ok(())
    }
}

impl Value<'_> {
    /// The number of a varint or fixed field; 0 for bytes.
    pub fn int(self) -> u64 {
        match self {
            Value::Varint(n) | Value::Fixed64(n) => n,
            Value::Fixed32(n) => n.into(),
            Value::Bytes(_) => 0,
        }
    }

    /// The double of a fixed field.
    pub fn double(self) -> f64 {
        match self {
            Value::Fixed64(bits) => f64::from_bits(bits),
            Value::Fixed32(bits) => f32::from_bits(bits).into(),
            _ => 0.0,
        }
    }

    /// A `sint32`/`sint64` (zigzag).
    pub fn zigzag(self) -> i64 {
        let n = self.int();
        (n >> 1) as i64 ^ -((n & 1) as i64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_every_wire_type() {
        let bytes = [0x08, 0x96, 0x01, 0x11, 1, 0, 0, 0, 0, 0, 0, 0, 0x1a, 2, b'h', b'i', 0x25, 7, 0, 0, 0, 0x2b, 0x08, 1, 0x2c, 0x30, 3];
        let mut message = Message::new(&bytes);
        let mut fields = Vec::new();
        while let Some(field) = message.field().unwrap() {
            fields.push(field);
        }
        assert_eq!(
            fields,
            [(1, Value::Varint(150)), (2, Value::Fixed64(1)), (3, Value::Bytes(b"hi")), (4, Value::Fixed32(7)), (6, Value::Varint(3))]
        );
        assert_eq!(Value::Varint(3).zigzag(), -2);
    }

    #[test]
    fn lengths_and_numbers_are_held_against_the_end() {
        for bad in [
            &[0x0a, 5, 1][..],
            &[0x08],
            &[0x11, 1, 2],
            &[0x08, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1],
            &[0x00],
            &[0x0b],
            &[0x0c],
            &[0x0f],
        ] {
            let mut message = Message::new(bad);
            assert!(message.field().is_err(), "{bad:?}");
        }
    }
}
