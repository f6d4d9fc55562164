//! Single values written otherwise: the same text with other escapes, the same number, id or bytes in another form.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE};

use crate::json::{Json, character};
use crate::schema::{Field, Kind};

/// A string with other escapes.
pub fn escaped(raw: &str, random: &mut fastrand::Rng, out: &mut String) {
    out.push('"');
    // mostly one character in ten, now and then all or nearly none
    let one_in = [1, 10, 10, 200][random.usize(0..4)];
    let mut rest = raw;
    while let Some((c, written, behind)) = character(rest) {
        rest = behind;
        if random.u32(0..one_in) > 0 {
            out.push_str(written);
            continue;
        }
        let short = match c {
            '"' => Some("\\\""),
            '\\' => Some("\\\\"),
            '/' => Some("\\/"),
            '\n' => Some("\\n"),
            '\r' => Some("\\r"),
            '\t' => Some("\\t"),
            '\u{8}' => Some("\\b"),
            '\u{c}' => Some("\\f"),
            _ => None,
        };
        if let Some(short) = short.filter(|_| random.bool()) {
            out.push_str(short);
        } else if random.bool() && c >= ' ' && c != '"' && c != '\\' {
            out.push(c);
        } else {
            let upper = random.bool();
            for unit in c.encode_utf16(&mut [0; 2]) {
                out.push_str(&if upper { format!("\\u{unit:04X}") } else { format!("\\u{unit:04x}") });
            }
        }
    }
    out.push('"');
}

/// The same value in another form, where it has one.
pub fn other(json: &Json, kind: Kind, random: &mut fastrand::Rng) -> Option<Json> {
    match (kind, json) {
        (Kind::Bool, Json::Bool(truth)) => Some(Json::text(truth.to_string())),
        (Kind::Bool, Json::Text(word)) if word == "true" || word == "false" => Some(Json::Bool(word == "true")),
        (Kind::Double | Kind::Text, Json::Number(digits)) => Some(Json::text(digits)),
        (Kind::Double, Json::Text(digits)) if is_number(digits) => Some(Json::Number(digits.clone())),
        (Kind::Enum(prefix, words), Json::Number(digits)) => {
            let word = digits.parse::<usize>().ok().and_then(|n| words.get(n));
            let name = word.filter(|_| random.bool()).map(|word| format!("{prefix}{word}"));
            Some(Json::text(name.unwrap_or_else(|| digits.clone())))
        }
        (Kind::Fixed64 | Kind::Fixed32 | Kind::Signed | Kind::Uint | Kind::Int | Kind::Zigzag, Json::Number(digits) | Json::Text(digits)) => {
            if !digits.bytes().all(|b| b == b'-' || b.is_ascii_digit()) || !is_number(digits) {
                return None;
            }
            // exact as a double, too
            let is_small = digits.len() < 15 && digits != "-0";
            let forms = if is_small { [".0", "e0", "E+0", ".000e-0", ""] } else { [""; 5] };
            let form = if random.u8(0..4) == 0 { forms[random.usize(0..5)] } else { "" };
            let digits = format!("{digits}{form}");
            Some(if matches!(json, Json::Text(_)) == random.bool() { Json::Number(digits) } else { Json::Text(digits) })
        }
        (Kind::Id(bytes), Json::Text(hex)) if hex.len() == 2 * bytes && hex.bytes().all(|b| b.is_ascii_hexdigit()) => {
            let decoded: Vec<u8> = (0..bytes).filter_map(|n| u8::from_str_radix(&hex[2 * n..2 * n + 2], 16).ok()).collect();
            let other = match random.u8(0..4) {
                // ids of traces in base64 tell who wrote them
                0 if bytes == 8 => STANDARD.encode(decoded),
                1 if bytes == 8 => STANDARD_NO_PAD.encode(decoded),
                2 => hex.to_ascii_uppercase(),
                _ => hex.to_ascii_lowercase(),
            };
            Some(Json::Text(other))
        }
        (Kind::Bytes, Json::Text(base64)) => {
            let decoded = STANDARD.decode(base64).ok()?;
            Some(Json::Text(if random.bool() { STANDARD_NO_PAD.encode(decoded) } else { URL_SAFE.encode(decoded) }))
        }
        _ => None,
    }
}

/// Whether digits are a number of JSON's.
fn is_number(digits: &str) -> bool {
    matches!(crate::json::documents(digits).as_deref(), Some([Json::Number(_)]))
}

/// Another value for a field, which the one behind it replaces; `None` where it would not be replaced.
pub fn junk(value: &Json, field: &Field, random: &mut fastrand::Rng) -> Option<Json> {
    // a null of a oneof is passed over, and so is an empty text for a point's number
    if field.oneof && (*value == Json::Null || *value == Json::text("")) {
        return None;
    }
    Some(match field.kind {
        _ if random.u8(0..4) == 0 && !matches!(field.kind, Kind::Message(_) | Kind::Id(16)) => Json::Null,
        Kind::Text => Json::text("earlier"),
        Kind::Bytes => Json::text("AAAA"),
        // the first id of a trace tells who wrote all
        Kind::Id(16) => return None,
        Kind::Id(bytes) => Json::text("ab".repeat(bytes)),
        Kind::Double => Json::Number("1.25".to_owned()),
        Kind::Bool => Json::Bool(random.bool()),
        Kind::Fixed64 | Kind::Fixed32 | Kind::Signed | Kind::Uint | Kind::Int | Kind::Zigzag | Kind::Enum(..) => Json::Number("7".to_owned()),
        Kind::Message(_) => return None,
    })
}
