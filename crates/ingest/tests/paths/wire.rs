//! The twin of a document on the wire: protobuf written by hand from the table of messages, so that it can be odd. Border: documents that are strict OTLP;
//! of others there is none.
//!
//! Left out: messages in parts (the program takes the last of two resources, scopes, values or data of a metric, where Protobuf merges them; no writer
//! writes them so), unknown fields at the levels above the records (they are set aside, because they may be records), and requests whose signal cannot be
//! told by each of their records.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::json::{Json, unescaped};
use crate::schema::{Field, Kind, Message, REQUEST};

/// Ways of being odd: fields in another order, numbers longer than they need be, lists that are not packed, values given before, unknown fields and groups.
pub const ORDER: u16 = 1;
pub const LONG: u16 = 1 << 1;
pub const UNPACKED: u16 = 1 << 2;
pub const REPEATS: u16 = 1 << 3;
pub const UNKNOWN: u16 = 1 << 4;
/// How many there are.
pub const WAYS: u16 = 5;

/// Values nested deeper are left to the decoders' own limits, which are not the same.
const MAX_DEPTH: usize = 60;

/// A document as a message.
pub struct Twin {
    /// The name of its list.
    pub list: &'static str,
    pub bytes: Vec<u8>,
    /// Whether a double in it is zero and negative.
    pub negative_zero: bool,
}

/// The twin of a document that is strict OTLP.
pub fn twin(document: &Json, ways: u16, random: &mut fastrand::Rng) -> Option<Twin> {
    let Json::Object(fields) = document else { return None };
    let [(key, _)] = &fields[..] else { return None };
    let signal = REQUEST.field(key)?;
    let mut wire = Wire { ways, random, depth: 0, records: 0, telling: 0, negative_zero: false };
    // all three requests have their list in field 1
    let bytes = wire.message(fields, &REQUEST)?;
    (wire.records > 0 && wire.telling == wire.records).then_some(Twin { list: signal.name, bytes, negative_zero: wire.negative_zero })
}

struct Wire<'r> {
    ways: u16,
    random: &'r mut fastrand::Rng,
    depth: usize,
    records: usize,
    /// Records that have what tells their signal.
    telling: usize,
    negative_zero: bool,
}

impl Wire<'_> {
    fn is(&mut self, way: u16, one_in: u32) -> bool {
        self.ways & way != 0 && self.random.u32(0..one_in) == 0
    }

    fn message(&mut self, fields: &[(String, Json)], message: &'static Message) -> Option<Vec<u8>> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        if message.is(&["Span", "LogRecord", "Metric"]) {
            self.records += 1;
            self.telling += usize::from(is_telling(fields, message));
        }
        let mut places: Vec<(u32, Vec<u8>)> = Vec::with_capacity(fields.len());
        let mut seen: Vec<u32> = Vec::new();
        for (key, value) in fields {
            let field = message.field(&unescaped(key))?;
            if seen.contains(&field.number) {
                return None;
            }
            seen.push(field.number);
            let place = if field.oneof { 0 } else { field.number };
            match (value, field.list) {
                (Json::Null, _) => {}
                (Json::List(list), true) => self.list(list, field, &mut places)?,
                (_, true) => return None,
                (value, false) => {
                    let mut bytes = Vec::new();
                    if !matches!(field.kind, Kind::Message(_)) && self.is(REPEATS, 3) {
                        let junk = match field.kind {
                            Kind::Text => Json::text("earlier"),
                            Kind::Bool => Json::Bool(true),
                            Kind::Id(length) => Json::Text("ab".repeat(length)),
                            Kind::Bytes => Json::text("AAAA"),
                            _ => Json::Number("7".to_owned()),
                        };
                        self.field(&junk, field, &mut bytes)?;
                    }
                    self.field(value, field, &mut bytes)?;
                    places.push((place, bytes));
                }
            }
        }
        self.depth -= 1;
        let is_data = message.is(&["Gauge", "Sum", "Histogram", "ExponentialHistogram", "Summary"]);
        let is_level = message.is(&["Request"]) || message.name.starts_with("ResourceS") || message.name.starts_with("ResourceL");
        let is_level = is_level || message.name.starts_with("ResourceM") || message.name.starts_with("Scope") && message.name != "Scope";
        if self.is(UNKNOWN, 3) {
            let mut bytes = Vec::new();
            // groups are passed over everywhere, other unknown fields where no records can be in them
            if is_data || is_level || message.is(&["Metric"]) || self.random.bool() {
                self.tag(77, 3, &mut bytes);
                self.tag(1, 0, &mut bytes);
                self.varint(300, &mut bytes);
                self.tag(2, 2, &mut bytes);
                self.varint(3, &mut bytes);
                bytes.extend_from_slice(b"\x0a\x12\xff");
                self.tag(77, 4, &mut bytes);
            } else {
                self.tag(1234, 5, &mut bytes);
                bytes.extend_from_slice(&[1, 2, 3, 4]);
            }
            places.push((u32::MAX, bytes));
        }
        if self.is(ORDER, 2) {
            let mut order: Vec<usize> = (0..places.len()).collect();
            self.random.shuffle(&mut order);
            for n in 0..order.len() {
                let (at, of) = (order[n], places[order[n]].0);
                let earlier = (n + 1..order.len()).filter(|m| places[order[*m]].0 == of && order[*m] < at).min_by_key(|m| order[*m]);
                if let Some(earlier) = earlier {
                    order.swap(n, earlier);
                }
            }
            return Some(order.into_iter().flat_map(|n| std::mem::take(&mut places[n].1)).collect());
        }
        Some(places.into_iter().flat_map(|(_, bytes)| bytes).collect())
    }

    fn list(&mut self, list: &[Json], field: &'static Field, places: &mut Vec<(u32, Vec<u8>)>) -> Option<()> {
        if let Kind::Message(_) = field.kind {
            for element in list {
                let mut bytes = Vec::new();
                self.field(element, field, &mut bytes)?;
                places.push((field.number, bytes));
            }
            return Some(());
        }
        // packed, in one piece or two, or one by one
        let mut rest = list;
        while !rest.is_empty() {
            let mut bytes = Vec::new();
            if self.is(UNPACKED, 3) {
                self.field(&rest[0], field, &mut bytes)?;
                rest = &rest[1..];
            } else {
                let length = if self.is(UNPACKED, 2) { self.random.usize(1..=rest.len()) } else { rest.len() };
                let mut packed = Vec::new();
                for element in &rest[..length] {
                    let _ = self.number(element, field.kind, &mut packed)?;
                }
                self.tag(field.number, 2, &mut bytes);
                self.varint(packed.len() as u64, &mut bytes);
                bytes.append(&mut packed);
                rest = &rest[length..];
            }
            places.push((field.number, bytes));
        }
        Some(())
    }

    /// A tag and a value.
    fn field(&mut self, value: &Json, field: &'static Field, out: &mut Vec<u8>) -> Option<()> {
        // the three requests
        let number = if REQUEST.fields.iter().any(|f| std::ptr::eq(f, field)) { 1 } else { field.number };
        let bytes = match (field.kind, value) {
            (Kind::Text, Json::Text(raw)) => unescaped(raw).into_bytes(),
            (Kind::Bytes, Json::Text(raw)) => STANDARD.decode(raw).ok()?,
            (Kind::Id(length), Json::Text(hex)) => id(hex, length)?,
            (Kind::Message(message), Json::Object(fields)) => self.message(fields, message)?,
            (kind, value) => {
                let mut bytes = Vec::new();
                let wire = self.number(value, kind, &mut bytes)?;
                self.tag(number, wire, out);
                out.append(&mut bytes);
                return Some(());
            }
        };
        self.tag(number, 2, out);
        self.varint(bytes.len() as u64, out);
        out.extend_from_slice(&bytes);
        Some(())
    }

    /// A number; gives its wire type.
    fn number(&mut self, value: &Json, kind: Kind, out: &mut Vec<u8>) -> Option<u64> {
        let digits = match value {
            Json::Number(digits) | Json::Text(digits) => digits.as_str(),
            Json::Bool(truth) if matches!(kind, Kind::Bool) => {
                if *truth {
                    "1"
                } else {
                    "0"
                }
            }
            _ => return None,
        };
        match kind {
            Kind::Double => {
                let double = digits.parse::<f64>().ok()?;
                self.negative_zero |= double == 0.0 && double.is_sign_negative();
                out.extend_from_slice(&double.to_bits().to_le_bytes());
                return Some(1);
            }
            Kind::Fixed64 => {
                out.extend_from_slice(&digits.parse::<u64>().ok()?.to_le_bytes());
                return Some(1);
            }
            Kind::Signed => {
                out.extend_from_slice(&digits.parse::<i64>().ok()?.to_le_bytes());
                return Some(1);
            }
            Kind::Fixed32 => {
                out.extend_from_slice(&digits.parse::<u32>().ok()?.to_le_bytes());
                return Some(5);
            }
            Kind::Uint => self.varint(digits.parse::<u64>().ok()?, out),
            Kind::Int => self.varint(digits.parse::<i64>().ok()? as u64, out),
            Kind::Enum(..) => self.varint(i64::from(digits.parse::<i32>().ok()?) as u64, out),
            Kind::Zigzag => {
                let n = i64::from(digits.parse::<i32>().ok()?);
                self.varint((n << 1 ^ n >> 63) as u64, out);
            }
            Kind::Bool if matches!(value, Json::Bool(_)) => self.varint(digits.parse().ok()?, out),
            _ => return None,
        }
        Some(0)
    }

    fn tag(&mut self, number: u32, wire: u64, out: &mut Vec<u8>) {
        self.varint(u64::from(number) << 3 | wire, out);
    }

    fn varint(&mut self, mut value: u64, out: &mut Vec<u8>) {
        let mut length = 1;
        while value >= 0x80 {
            out.push(value as u8 | 0x80);
            value >>= 7;
            length += 1;
        }
        // up to five bytes, which is as long as some readers take a tag
        let more = if length < 5 && self.is(LONG, 3) { self.random.usize(0..=5 - length) } else { 0 };
        out.push(if more > 0 { value as u8 | 0x80 } else { value as u8 });
        for n in 0..more {
            out.push(if n + 1 < more { 0x80 } else { 0 });
        }
    }
}

/// The bytes of an id, whatever their number, but for ids of 64 bits where JSON has them for ones of 128.
fn id(hex: &str, length: usize) -> Option<Vec<u8>> {
    if !hex.len().is_multiple_of(2) || length == 16 && hex.len() == 16 || !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    (0..hex.len() / 2).map(|n| hex.get(2 * n..2 * n + 2).and_then(|two| u8::from_str_radix(two, 16).ok())).collect()
}

/// Whether a record has a field that only records of its signal have.
fn is_telling(fields: &[(String, Json)], message: &Message) -> bool {
    let is = |name: &str| fields.iter().any(|(key, value)| key == name && !matches!(value, Json::Null) && !is_zero(value));
    match message.name {
        "Span" => is("startTimeUnixNano") || is("endTimeUnixNano"),
        "LogRecord" => is("timeUnixNano") || is("observedTimeUnixNano") || is("severityNumber"),
        // a name of 16 letters before a description of 8 looks like the ids of a span
        _ => {
            let is_data = |name: &str| fields.iter().any(|(key, value)| key == name && matches!(value, Json::Object(_)));
            let length = |name: &str| {
                fields.iter().find(|(key, _)| key == name).map_or(0, |(_, v)| if let Json::Text(raw) = v { unescaped(raw).len() } else { 0 })
            };
            is("name")
                && ["gauge", "sum", "histogram", "exponentialHistogram", "summary"].into_iter().any(is_data)
                && (length("name"), length("description")) != (16, 8)
        }
    }
}

fn is_zero(value: &Json) -> bool {
    matches!(value, Json::Text(text) | Json::Number(text) if text.trim_start_matches(['0', '.']).is_empty())
}
