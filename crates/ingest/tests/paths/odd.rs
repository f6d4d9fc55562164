//! The odd twin of a document in JSON: another text that says the same, as this program reads OTLP/JSON. Border: objects and lists; how a single value is
//! written otherwise stands in `scalar`.
//!
//! Left out, because the program reads them otherwise on purpose or has to:
//! * keys in another order where one is repeated that adds up or whose later one counts (`spans` twice, members of a oneof), or where a resource or scope is
//!   given twice: each holds for what stands behind it;
//! * a `null` or a repeated key beside a field of an old version that shares its place (`name` and `eventName`, `value` and `asInt`);
//! * unknown fields that are lists where lists of records stand, and unknown fields of a metric without data: they are set aside, because they may be records;
//! * ids of traces in base64, which tell that Tempo wrote the document; and the order of a span's keys where there is one, because that of a span which is set
//!   aside tells it only if it stands before what is wrong;
//! * white space with line breaks in what cannot be read: each line of it is set aside;
//! * what is said of a document beside its rows, where it is written over lines: the first line alone is tried, and what that has told stays.

use crate::json::{Json, unescaped};
use crate::scalar;
use crate::schema::{Field, KEY_VALUE, Kind, Message, REQUEST, RESOURCE_LOGS, RESOURCE_SPANS, snake};

/// Ways of being odd.
pub const SPACE: u16 = 1;
pub const ESCAPES: u16 = 1 << 1;
/// Keys of objects in another order.
pub const ORDER: u16 = 1 << 2;
/// Numbers as strings and strings as numbers, numbers with an exponent, enums by name, ids and bytes in other alphabets.
pub const SCALARS: u16 = 1 << 3;
/// Names in snake_case.
pub const NAMES: u16 = 1 << 4;
/// Nulls for what is not there.
pub const NULLS: u16 = 1 << 5;
/// Fields that nobody knows.
pub const UNKNOWN: u16 = 1 << 6;
/// Keys given before, with another value.
pub const REPEATS: u16 = 1 << 7;
/// Attributes in another order.
pub const PAIRS: u16 = 1 << 8;
/// White space with line breaks.
pub const LINES: u16 = 1 << 9;
/// How many there are of these.
pub const WAYS: u16 = 10;
/// Keys in another order in documents that are no OTLP.
pub const FOREIGN: u16 = 1 << WAYS;
/// Ways that change nothing of what is said of a document, beside its rows.
pub const MERE: u16 = SPACE | ESCAPES;

/// Names of ways, for people.
pub fn names(ways: u16) -> String {
    let all = ["space", "escapes", "order", "scalars", "names", "nulls", "unknown", "repeats", "pairs", "lines", "foreign"];
    let names: Vec<&str> = all.iter().enumerate().filter(|(n, _)| ways & 1 << n != 0).map(|(_, name)| *name).collect();
    names.join(", ")
}

/// The message that a document is, by its keys.
pub fn message_of(document: &Json) -> Option<&'static Message> {
    let Json::Object(fields) = document else { return None };
    // bare resources of metrics are agents' own form, too, whose names are fixed
    [&REQUEST, &RESOURCE_SPANS, &RESOURCE_LOGS].into_iter().find(|message| {
        let lists = message.fields.iter().filter(|field| field.list);
        lists.into_iter().any(|list| fields.iter().any(|(key, _)| key == list.name)) && fields.iter().all(|(key, _)| message.field(key).is_some())
    })
}

/// Whether a document is none of OTLP, and holds none at its outermost level.
fn is_foreign(document: &Json) -> bool {
    let Json::Object(fields) = document else { return true };
    !fields.iter().any(|(key, _)| ["resource", "scope", "instrumentation"].iter().any(|begin| key.starts_with(begin)))
}

/// A document written oddly, in these ways.
pub fn twin(document: &Json, ways: u16, random: &mut fastrand::Rng) -> String {
    let ways = if is_foreign(document) { ways } else { ways & !FOREIGN };
    let mut odd = Odd { ways, random, is_ordered: has_base64(document), out: String::new() };
    let message = message_of(document);
    odd.value(document, message.map(Kind::Message), true);
    odd.out
}

pub struct Odd<'r> {
    ways: u16,
    random: &'r mut fastrand::Rng,
    /// Whether the fields of spans must keep their order.
    is_ordered: bool,
    out: String,
}

impl Odd<'_> {
    fn is(&mut self, way: u16, one_in: u32) -> bool {
        self.ways & way != 0 && self.random.u32(0..one_in) == 0
    }

    fn space(&mut self) {
        // a line that begins with a brace begins a document
        if self.is(LINES, 3) {
            self.out.push_str("\n ");
        } else if self.is(SPACE, 2) {
            let blanks = [" ", "\t", "  ", " \t ", "\r"];
            self.out.push_str(blanks[self.random.usize(0..blanks.len())]);
        }
    }

    fn string(&mut self, raw: &str) {
        if self.ways & ESCAPES == 0 {
            self.out.push('"');
            self.out.push_str(raw);
            self.out.push('"');
        } else {
            scalar::escaped(raw, self.random, &mut self.out);
        }
    }

    fn value(&mut self, json: &Json, kind: Option<Kind>, outermost: bool) {
        match json {
            Json::List(list) => self.list(list, kind),
            Json::Object(fields) => {
                let message = if let Some(Kind::Message(message)) = kind { Some(message) } else { None };
                self.object(fields, message, outermost);
            }
            single => match kind {
                Some(kind) if self.ways & SCALARS != 0 => {
                    let other = scalar::other(single, kind, self.random);
                    self.single(other.as_ref().unwrap_or(single));
                }
                _ => self.single(single),
            },
        }
    }

    fn single(&mut self, json: &Json) {
        if let Json::Text(raw) = json { self.string(raw) } else { json.write(&mut self.out) }
    }

    fn list(&mut self, list: &[Json], kind: Option<Kind>) {
        let mut order: Vec<usize> = (0..list.len()).collect();
        if matches!(kind, Some(Kind::Message(message)) if message.name == KEY_VALUE.name) && self.is(PAIRS, 2) && are_apart(list) {
            self.random.shuffle(&mut order);
        }
        self.out.push('[');
        for (n, at) in order.into_iter().enumerate() {
            if n > 0 {
                self.space();
                self.out.push(',');
            }
            self.space();
            self.value(&list[at], kind, false);
        }
        self.space();
        self.out.push(']');
    }

    fn object(&mut self, fields: &[(String, Json)], message: Option<&'static Message>, outermost: bool) {
        let known: Vec<Option<&'static Field>> =
            fields.iter().map(|(key, _)| message.and_then(|m| if key.contains('\\') { m.field(&unescaped(key)) } else { m.field(key) })).collect();
        // beside what the schema does not know, nothing is certain
        let message = message.filter(|_| known.iter().all(Option::is_some));
        self.out.push('{');
        let mut first = true;
        let Some(message) = message else {
            let mut order: Vec<usize> = (0..fields.len()).collect();
            // of the members of a oneof the last counts, and the first id of a trace tells who wrote it
            let is_ordered = fields.iter().filter(|(key, _)| key.ends_with("Value")).count() > 1 || fields.iter().any(|(key, _)| key == "traceId");
            if self.ways & FOREIGN != 0
                && !is_ordered
                && fields.iter().enumerate().all(|(n, (key, _))| fields[..n].iter().all(|(before, _)| unescaped(before) != unescaped(key)))
            {
                self.random.shuffle(&mut order);
            }
            for n in order {
                self.key(&mut first, &fields[n].0);
                // Tempo's answers hold lists of OTLP
                let is_list = matches!(fields[n].0.as_str(), "batches" | "resourceSpans");
                let kind = if is_list { Some(Kind::Message(&RESOURCE_SPANS)) } else { known[n].map(|f| f.kind) };
                self.value(&fields[n].1, kind, false);
            }
            self.space();
            self.out.push('}');
            return;
        };
        let known: Vec<&'static Field> = known.into_iter().flatten().collect();
        let bare = outermost && !message.is(&["Request"]);
        let has_data = !message.is(&["Metric"]) || known.iter().any(|f| f.oneof) && fields.iter().any(|(_, value)| matches!(value, Json::Object(_)));
        let may_be_unknown = self.ways & UNKNOWN != 0 && has_data && !bare;
        for n in self.order(message, &known) {
            if may_be_unknown && self.is(UNKNOWN, 4) {
                self.unknown(&mut first);
            }
            let ((key, value), field) = (&fields[n], known[n]);
            if self.is(REPEATS, 3)
                && !field.list
                && let Some(before) = scalar::junk(value, field, self.random)
            {
                self.key(&mut first, field.name);
                before.write(&mut self.out);
            }
            if self.is(NAMES, 2) {
                let other = if key == field.name { snake(field.name) } else { field.name.to_owned() };
                self.key(&mut first, &other);
            } else {
                self.key(&mut first, key);
            }
            self.value(value, Some(field.kind), false);
        }
        if self.ways & NULLS != 0 && !bare {
            for field in message.fields {
                if !known.iter().any(|k| std::ptr::eq(*k, field)) && self.random.u8(0..3) == 0 {
                    self.key(&mut first, field.name);
                    self.out.push_str("null");
                }
            }
        }
        if may_be_unknown && self.is(UNKNOWN, 3) {
            self.unknown(&mut first);
        }
        self.space();
        self.out.push('}');
    }

    fn key(&mut self, first: &mut bool, key: &str) {
        if !*first {
            self.space();
            self.out.push(',');
        }
        *first = false;
        self.space();
        self.string(key);
        self.space();
        self.out.push(':');
        self.space();
    }

    fn unknown(&mut self, first: &mut bool) {
        let values = ["1", "null", "\"x\\\"}\"", "{\"a\":[1,{\"b\":\"]\"}]}", "-0.5e-3", "false", "{}"];
        let name = ["zzz", "x_unknown", "stringvalue", "é"][self.random.usize(0..4)];
        self.key(first, name);
        self.out.push_str(values[self.random.usize(0..values.len())]);
    }

    /// The fields in another order; those that share a place keep theirs.
    fn order(&mut self, message: &Message, known: &[&'static Field]) -> Vec<usize> {
        let mut order: Vec<usize> = (0..known.len()).collect();
        let place = |n: usize| if known[n].oneof { 0 } else { known[n].number };
        let repeats = known.iter().enumerate().any(|(n, field)| known[..n].iter().any(|before| std::ptr::eq(*before, *field)));
        let is_level = message.name.starts_with("Resource") || message.name.starts_with("Scope");
        // of requests of several signals the first trace id tells who wrote all that follows
        if !self.is(ORDER, 2) || is_level && repeats || message.is(&["Request"]) || self.is_ordered && message.is(&["Span"]) {
            return order;
        }
        self.random.shuffle(&mut order);
        for n in 0..order.len() {
            let (at, of) = (order[n], place(order[n]));
            if let Some(earlier) =
                (n + 1..order.len()).filter(|other| place(order[*other]) == of && order[*other] < at).min_by_key(|other| order[*other])
            {
                order.swap(n, earlier);
            }
        }
        order
    }
}

/// Whether attributes have different keys, each given once.
fn are_apart(list: &[Json]) -> bool {
    let key = |pair: &Json| {
        let Json::Object(fields) = pair else { return None };
        let mut keys = fields.iter().filter(|(name, _)| unescaped(name) == "key");
        match (keys.next(), keys.next()) {
            (Some((_, Json::Text(raw))), None) => Some(unescaped(raw)),
            _ => None,
        }
    };
    let mut keys: Vec<Option<String>> = list.iter().map(key).collect();
    keys.sort_unstable();
    keys.iter().all(Option::is_some) && keys.windows(2).all(|two| two[0] != two[1])
}

/// Whether the id of a trace in it may be in base64.
fn has_base64(json: &Json) -> bool {
    match json {
        Json::List(list) => list.iter().any(has_base64),
        Json::Object(fields) => fields.iter().any(|(key, value)| match value {
            Json::Text(raw) => matches!(raw.len(), 22 | 24) && matches!(key.as_str(), "traceId" | "trace_id"),
            nested => has_base64(nested),
        }),
        _ => false,
    }
}
