//! Requests that nobody has written: of all three signals, in the form that most writers have and in others, with values at all limits. Border: they are valid
//! JSON, but some values in them are none that OTLP has.

use crate::json::Json;
use crate::schema::{Field, Kind, Message, REQUEST, RESOURCE_LOGS, RESOURCE_METRICS, RESOURCE_SPANS};

const KEYS: [&str; 24] = [
    "service.name",
    "service.version",
    "event.name",
    "event.timestamp",
    "gen_ai.request.model",
    "gen_ai.usage.input_tokens",
    "tool_name",
    "duration_ms",
    "a",
    "b",
    "",
    "k",
    "http.route",
    "thread.id",
    "code.lineno",
    "busy_ns",
    "idle_ns",
    "conversation.id",
    "ключ",
    "\\u006b",
    "a\\\"b",
    "tab\\tkey",
    "z.z.z",
    "telemetry.sdk.name",
];

const TEXTS: [&str; 22] = [
    "",
    "a",
    "codex_exec",
    "0.130.0",
    "true",
    "42",
    "a longer text with several words, which does not fit into eight bytes",
    "line\\nbreak",
    "quote \\\"q\\\"",
    "back\\\\slash",
    "\\/",
    "\\u0000",
    "\\ud83d\\ude00",
    "\\ud800",
    "\\udc00\\ud800",
    "😀",
    "é\u{7f}",
    "\u{2028}",
    "{\\\"json\\\":[1,2]}",
    "\\b\\f\\r\\t",
    "1234567",
    "{}}]",
];

const INTS: [&str; 20] = [
    "0",
    "1",
    "-1",
    "7",
    "42",
    "127",
    "128",
    "1000",
    "-42",
    "2147483647",
    "4294967295",
    "9007199254740993",
    "999999999999999999",
    "1000000000000000000",
    "-999999999999999999",
    "-1000000000000000000",
    "9223372036854775807",
    "-9223372036854775808",
    "100000000000000000",
    "1234567890123456789",
];

const DOUBLES: [&str; 16] = [
    "0",
    "1",
    "0.1",
    "-0.0",
    "3.0",
    "1e300",
    "5e-324",
    "1e400",
    "NaN",
    "Infinity",
    "-Infinity",
    "12345.678",
    "-7",
    "1E+2",
    "2.5e-3",
    "100000000000000000000",
];

/// What stands where something else belongs.
const BAD: [&str; 6] = ["abc", "5.5", "99999999999999999999", "0123", "xyz=", "-"];

/// Makes requests.
pub struct Maker {
    random: fastrand::Rng,
    /// Whether the request at hand is as most writers write it.
    is_usual: bool,
    /// Whether all are.
    always_usual: bool,
    /// How many of a hundred fields are there.
    full: u8,
}

impl Maker {
    pub fn new(seed: u64) -> Maker {
        Maker { random: fastrand::Rng::with_seed(seed), is_usual: true, always_usual: false, full: 50 }
    }

    /// Makes requests in which nothing is wrong.
    pub fn usual(seed: u64) -> Maker {
        Maker { always_usual: true, ..Maker::new(seed) }
    }

    /// A request.
    pub fn request(&mut self) -> Json {
        self.is_usual = self.always_usual || self.random.u8(0..3) > 0;
        self.full = [5, 15, 30, 50, 90][self.random.usize(0..5)];
        let signals = [("resourceSpans", &RESOURCE_SPANS), ("resourceLogs", &RESOURCE_LOGS), ("resourceMetrics", &RESOURCE_METRICS)];
        let (name, message) = signals[self.random.usize(0..3)];
        match self.random.u8(0..40) {
            0 => self.message(message, 0),
            1 => self.message(&REQUEST, 0),
            _ => {
                let number = if self.one_in(10) { 2 } else { 1 };
                Json::Object(vec![(name.to_owned(), Json::List((0..number).map(|_| self.message(message, 0)).collect()))])
            }
        }
    }

    fn one_in(&mut self, number: u32) -> bool {
        self.random.u32(0..number) == 0
    }

    fn message(&mut self, message: &'static Message, depth: usize) -> Json {
        if !self.is_usual && self.one_in(400) {
            return Json::Null;
        }
        let mut fields = Vec::new();
        let chosen: Vec<&Field> = message.fields.iter().filter(|field| field.oneof).collect();
        let mut members = Vec::new();
        if !chosen.is_empty() && !self.one_in(15) {
            let number = if !self.is_usual && self.one_in(15) { 2 } else { 1 };
            for _ in 0..number {
                // most values are texts, and lists end
                let most = if depth > 3 || message.is(&["AnyValue"]) && self.random.bool() { chosen.len().min(4) } else { chosen.len() };
                let at = if message.is(&["AnyValue"]) && self.random.bool() { 0 } else { self.random.usize(0..most) };
                members.push(chosen[at]);
            }
        }
        for field in message.fields {
            let is_needed = field.list && is_level(message)
                || message.is(&["KeyValue"])
                || matches!(field.name, "timeUnixNano" | "startTimeUnixNano" | "name" | "dataPoints");
            let is_there = match field.oneof {
                true => members.iter().any(|m| std::ptr::eq(*m, field)),
                false if is_needed => !self.one_in(40),
                false => self.random.u8(0..100) < self.full,
            };
            if is_there {
                let value = self.field(message, field, depth);
                fields.push((field.name.to_owned(), value));
            }
        }
        if !self.is_usual && self.one_in(4) {
            self.random.shuffle(&mut fields);
        }
        // a list of values given twice ends the request, and so hides what else is wrong with it
        if !self.is_usual && self.one_in(200) && !fields.is_empty() && !message.is(&["ArrayValue"]) {
            let again = fields[self.random.usize(0..fields.len())].clone();
            fields.push(again);
        }
        Json::Object(fields)
    }

    fn field(&mut self, message: &'static Message, field: &'static Field, depth: usize) -> Json {
        if !self.is_usual && self.one_in(300) {
            return Json::Null;
        }
        if !field.list {
            return if field.name == "key" && message.is(&["KeyValue"]) { self.key() } else { self.value(field.kind, depth) };
        }
        let most = if field.name.ends_with("ttributes") || field.name == "metadata" {
            if self.one_in(30) { 20 } else { 3 }
        } else if depth > 8 || !self.one_in(4) {
            1
        } else {
            2
        };
        let least = usize::from(is_level(message) || field.name == "dataPoints");
        let number = self.random.usize(least..=most);
        Json::List((0..number).map(|_| self.value(field.kind, depth)).collect())
    }

    fn key(&mut self) -> Json {
        match self.random.u8(0..20) {
            0 => Json::Text(format!("k{}", self.random.u32(0..1 << 20))),
            1 => self.text(),
            _ => Json::text(KEYS[self.random.usize(0..KEYS.len())]),
        }
    }

    fn text(&mut self) -> Json {
        if self.is_usual && !self.one_in(8) {
            return Json::text(TEXTS[self.random.usize(0..7)]);
        }
        match self.random.u8(0..8) {
            0 => {
                let (a, b) = (self.random.usize(0..TEXTS.len()), self.random.usize(0..TEXTS.len()));
                Json::Text(format!("{}{}", TEXTS[a], TEXTS[b]))
            }
            // around the eight bytes that are looked at together
            1 => {
                let length = self.random.usize(0..20);
                let (before, behind) = (self.random.usize(0..TEXTS.len()), self.random.usize(0..9));
                Json::Text(format!("{}{}{}", "x".repeat(length), TEXTS[before], "y".repeat(behind)))
            }
            _ => Json::text(TEXTS[self.random.usize(0..TEXTS.len())]),
        }
    }

    /// Digits, in quotes or not.
    fn digits(&mut self, digits: String, usually_quoted: bool) -> Json {
        let is_word = digits.bytes().any(|b| b.is_ascii_alphabetic() && b != b'e' && b != b'E');
        let quoted = if self.is_usual { usually_quoted } else { self.random.bool() };
        if is_word || quoted { Json::Text(digits) } else { Json::Number(digits) }
    }

    fn unsigned(&mut self) -> String {
        let digits = INTS[self.random.usize(0..INTS.len())];
        digits.trim_start_matches('-').to_owned()
    }

    fn value(&mut self, kind: Kind, depth: usize) -> Json {
        if !self.is_usual && !matches!(kind, Kind::Message(_)) && self.one_in(250) {
            return match self.random.u8(0..4) {
                0 => Json::Object(Vec::new()),
                1 => Json::List(vec![Json::Null]),
                2 => Json::Bool(true),
                _ => Json::text(BAD[self.random.usize(0..BAD.len())]),
            };
        }
        match kind {
            Kind::Text => self.text(),
            Kind::Bytes => Json::text(["", "AA==", "AP8=", "aGVsbG8=", "+/+/"][self.random.usize(0..5)]),
            Kind::Id(bytes) => self.id(bytes),
            Kind::Double => {
                let digits = DOUBLES[self.random.usize(0..DOUBLES.len())].to_owned();
                self.digits(digits, false)
            }
            Kind::Bool => Json::Bool(self.random.bool()),
            Kind::Fixed64 => {
                let digits = if self.one_in(5) { self.unsigned() } else { (1_795_369_212_000_000_000 + self.random.u64(0..1 << 40)).to_string() };
                let digits = if self.one_in(40) { u64::MAX.to_string() } else { digits };
                self.digits(digits, true)
            }
            Kind::Fixed32 | Kind::Uint => {
                let digits = ["0", "1", "3", "257", "4294967295"][self.random.usize(0..5)].to_owned();
                self.digits(digits, false)
            }
            Kind::Signed | Kind::Int => {
                let digits = INTS[self.random.usize(0..INTS.len())].to_owned();
                self.digits(digits, true)
            }
            Kind::Zigzag => Json::Number(["0", "3", "-2", "20", "-2147483648", "2147483647"][self.random.usize(0..6)].to_owned()),
            Kind::Enum(_, words) => {
                let number = if self.one_in(20) { 99 } else { self.random.usize(0..words.len()) };
                Json::Number(number.to_string())
            }
            Kind::Message(message) => self.message(message, depth + 1),
        }
    }

    fn id(&mut self, bytes: usize) -> Json {
        let hex: String = (0..bytes).map(|_| format!("{:02x}", self.random.u8(..))).collect();
        if self.is_usual {
            return Json::Text(hex);
        }
        Json::Text(match self.random.u8(0..12) {
            0 => String::new(),
            1 => "00".repeat(bytes),
            2 => hex[..bytes].to_owned(),
            3 => format!("{hex}ab"),
            4 => "ABEiM0RVZneImaq7zN3u/w==".to_owned(),
            5 => hex.to_ascii_uppercase(),
            _ => hex,
        })
    }
}

/// Whether a message stands above the records.
fn is_level(message: &Message) -> bool {
    message.is(&["Request", "ResourceSpans", "ResourceLogs", "ResourceMetrics", "ScopeSpans", "ScopeLogs", "ScopeMetrics"])
}
