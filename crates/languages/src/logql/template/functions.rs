//! The functions of templates: Go's own and Loki's. Border: values in, a value out; dates and `printf` have files of their own.

use std::cmp::Ordering;

use regex::Regex;

use super::execute::{Context, MAX_TEXT};
use super::{Value, dates, printf};

/// All of them.
const FUNCTIONS: [&str; 82] = [
    "ToLower",
    "ToUpper",
    "Replace",
    "Trim",
    "TrimLeft",
    "TrimRight",
    "TrimPrefix",
    "TrimSuffix",
    "TrimSpace",
    "regexReplaceAll",
    "regexReplaceAllLiteral",
    "count",
    "urldecode",
    "urlencode",
    "bytes",
    "duration",
    "duration_seconds",
    "unixEpochMillis",
    "unixEpochNanos",
    "toDateInZone",
    "unixToTime",
    "alignLeft",
    "alignRight",
    "b64enc",
    "b64dec",
    "lower",
    "upper",
    "title",
    "trunc",
    "substr",
    "contains",
    "hasPrefix",
    "hasSuffix",
    "indent",
    "nindent",
    "replace",
    "repeat",
    "trim",
    "trimAll",
    "trimSuffix",
    "trimPrefix",
    "int",
    "float64",
    "add",
    "sub",
    "mul",
    "div",
    "mod",
    "addf",
    "subf",
    "mulf",
    "divf",
    "max",
    "min",
    "maxf",
    "minf",
    "ceil",
    "floor",
    "round",
    "fromJson",
    "date",
    "toDate",
    "now",
    "unixEpoch",
    "default",
    "__line__",
    "__timestamp__",
    "and",
    "or",
    "not",
    "len",
    "index",
    "slice",
    "print",
    "printf",
    "println",
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
];

/// Characters to which a text is filled up at most.
const MAX_WIDTH: i64 = 10_000;

/// The function of a name.
pub(super) fn known(name: &str) -> Option<&'static str> {
    FUNCTIONS.into_iter().find(|known| *known == name)
}

/// Calls a function; `name` is one of [`known`].
pub(super) fn call(name: &str, arguments: Vec<Value>, context: &Context<'_>) -> Result<Value, String> {
    let needs = match name {
        "__line__" | "__timestamp__" | "now" | "print" | "println" => 0,
        "regexReplaceAll" | "regexReplaceAllLiteral" | "replace" | "substr" | "toDateInZone" => 3,
        "Replace" => 4,
        "count" | "alignLeft" | "alignRight" | "trunc" | "contains" | "hasPrefix" | "hasSuffix" | "indent" | "nindent" | "repeat" | "trimAll"
        | "TrimLeft" | "Trim" | "TrimRight" | "TrimPrefix" | "TrimSuffix" | "trimSuffix" | "trimPrefix" | "sub" | "div" | "mod" | "round"
        | "date" | "toDate" | "default" | "eq" | "ne" | "lt" | "le" | "gt" | "ge" => 2,
        _ => 1,
    };
    if arguments.len() < needs {
        return Err(format!("wrong number of args for {name}: want {needs} got {}", arguments.len()));
    }
    match needs {
        0 => Ok(match name {
            "__line__" => Value::Text(context.line.to_string()),
            "__timestamp__" => Value::Time(context.timestamp()),
            "now" => Value::Time(jiff::Timestamp::now()),
            _ => {
                let words: Vec<_> = arguments.iter().map(Value::text).collect();
                Value::Text(if name == "println" { format!("{}\n", words.join(" ")) } else { words.concat() })
            }
        }),
        _ => number(name, &arguments).or_else(|| logic(name, &arguments)).map_or_else(|| text(name, &arguments), Ok),
    }
}

fn number(name: &str, a: &[Value]) -> Option<Value> {
    let ints = || a.iter().map(Value::int);
    let floats = || a.iter().map(Value::float);
    let rounded = |digits: i64| {
        let factor = 10f64.powi(digits.clamp(-300, 300) as i32);
        (a[0].float() * factor).round() / factor
    };
    Some(match name {
        "int" => Value::Int(a[0].int()),
        "float64" => Value::Float(a[0].float()),
        "add" => Value::Int(ints().fold(0, i64::wrapping_add)),
        "sub" => Value::Int(a[0].int().wrapping_sub(a[1].int())),
        "mul" => Value::Int(ints().fold(1, i64::wrapping_mul)),
        "div" => Value::Int(a[0].int().checked_div(a[1].int())?),
        "mod" => Value::Int(a[0].int().checked_rem(a[1].int())?),
        "addf" => Value::Float(floats().sum()),
        "subf" => Value::Float(floats().reduce(|x, y| x - y)?),
        "mulf" => Value::Float(floats().product()),
        "divf" => Value::Float(floats().reduce(|x, y| x / y)?),
        "max" => Value::Int(ints().max()?),
        "min" => Value::Int(ints().min()?),
        "maxf" => Value::Float(floats().reduce(f64::max)?),
        "minf" => Value::Float(floats().reduce(f64::min)?),
        "ceil" => Value::Float(a[0].float().ceil()),
        "floor" => Value::Float(a[0].float().floor()),
        "round" => Value::Float(rounded(a[1].int())),
        "len" => Value::Int(match &a[0] {
            Value::List(elements) => elements.len() as i64,
            Value::Map(fields) => fields.len() as i64,
            other => other.text().len() as i64,
        }),
        _ => return None,
    })
}

fn compared(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
        (Value::Int(_) | Value::Float(_), Value::Int(_) | Value::Float(_)) => a.float().partial_cmp(&b.float()),
        (Value::Time(a), Value::Time(b)) => Some(a.cmp(b)),
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        (Value::Text(a), Value::Text(b)) => Some(a.cmp(b)),
        _ => (a == b).then_some(Ordering::Equal),
    }
}

fn logic(name: &str, a: &[Value]) -> Option<Value> {
    let order = || a.get(1).and_then(|b| compared(&a[0], b));
    Some(match name {
        "and" | "or" => a.last()?.clone(),
        "not" => Value::Bool(!a[0].is_true()),
        "eq" => Value::Bool(a[1..].iter().any(|b| compared(&a[0], b) == Some(Ordering::Equal))),
        "ne" => Value::Bool(order() != Some(Ordering::Equal)),
        "lt" => Value::Bool(order()? == Ordering::Less),
        "le" => Value::Bool(order()? != Ordering::Greater),
        "gt" => Value::Bool(order()? == Ordering::Greater),
        "ge" => Value::Bool(order()? != Ordering::Less),
        "default" => if a[1].is_true() { &a[1] } else { &a[0] }.clone(),
        "index" => a[1..].iter().fold(a[0].clone(), |value, key| match value {
            Value::List(elements) => elements.get(key.int() as usize).cloned().unwrap_or(Value::Nil),
            Value::Map(fields) => fields.into_iter().find(|(k, _)| *k == key.text()).map_or(Value::Nil, |(_, v)| v),
            _ => Value::Nil,
        }),
        _ => return None,
    })
}

/// A text by its characters from one to another; a negative end is the text's own.
fn part(text: &str, from: i64, to: i64) -> String {
    let count = text.chars().count() as i64;
    let from = from.clamp(0, count);
    let to = if to < 0 || to > count { count } else { to.max(from) };
    text.chars().skip(from as usize).take((to - from) as usize).collect()
}

fn aligned(text: &str, width: i64, left: bool) -> String {
    let (width, count) = (width.clamp(0, MAX_WIDTH) as usize, text.chars().count());
    match (count > width, left) {
        (true, true) => text.chars().take(width).collect(),
        (true, false) => text.chars().skip(count - width).collect(),
        (false, true) => format!("{text}{}", " ".repeat(width - count)),
        (false, false) => format!("{}{text}", " ".repeat(width - count)),
    }
}

/// Refuses a text that would be repeated to more than there may be.
fn check(times: usize, text: &str) -> Result<(), String> {
    if times.saturating_mul(text.len()) <= MAX_TEXT {
        return Ok(());
    }
    Err(format!("the text would be longer than {} MiB", MAX_TEXT >> 20))
}

fn expression(text: &str) -> Result<Regex, String> {
    Regex::new(text).map_err(|e| format!("error parsing regexp: {e}"))
}

fn text(name: &str, a: &[Value]) -> Result<Value, String> {
    let t = |n: usize| a[n].text();
    let set = |n: usize| t(n).chars().collect::<Vec<char>>();
    let indented = |by: i64, text: &str| {
        let space = " ".repeat(by.clamp(0, 1000) as usize);
        format!("{space}{}", text.replace('\n', &format!("\n{space}")))
    };
    Ok(Value::Text(match name {
        "lower" | "ToLower" => t(0).to_lowercase(),
        "upper" | "ToUpper" => t(0).to_uppercase(),
        "title" => {
            let mut before = ' ';
            let text = t(0);
            let raised = text.chars().map(|c| {
                let first = !(before.is_alphanumeric() || before == '_' || before == '\'');
                before = c;
                if first { c.to_uppercase().next().unwrap_or(c) } else { c }
            });
            return Ok(Value::Text(raised.collect()));
        }
        "trim" | "TrimSpace" => t(0).trim().to_string(),
        // Loki's older functions take the text first, the newer ones (which are Sprig's) last
        "Trim" => t(0).trim_matches(&set(1)[..]).to_string(),
        "TrimLeft" => t(0).trim_start_matches(&set(1)[..]).to_string(),
        "TrimRight" => t(0).trim_end_matches(&set(1)[..]).to_string(),
        "TrimPrefix" => t(0).strip_prefix(&*t(1)).unwrap_or(&t(0)).to_string(),
        "TrimSuffix" => t(0).strip_suffix(&*t(1)).unwrap_or(&t(0)).to_string(),
        "Replace" => {
            let times = usize::try_from(a[3].int()).unwrap_or(usize::MAX);
            check(t(0).matches(&*t(1)).take(times).count(), &t(2))?;
            t(0).replacen(&*t(1), &t(2), times)
        }
        "trimAll" => t(1).trim_matches(&set(0)[..]).to_string(),
        "trimPrefix" => t(1).strip_prefix(&*t(0)).unwrap_or(&t(1)).to_string(),
        "trimSuffix" => t(1).strip_suffix(&*t(0)).unwrap_or(&t(1)).to_string(),
        "replace" => {
            check(t(2).matches(&*t(0)).count(), &t(1))?;
            t(2).replace(&*t(0), &t(1))
        }
        "repeat" => {
            let times = a[0].int().clamp(0, 1_000_000) as usize;
            check(times, &t(1))?;
            t(1).repeat(times)
        }
        "trunc" => match a[0].int() {
            length if length < 0 => part(&t(1), t(1).chars().count() as i64 + length, -1),
            length => part(&t(1), 0, length),
        },
        "substr" => part(&t(2), a[0].int(), a[1].int()),
        "slice" => {
            let all = t(0);
            let end = a.get(2).map_or(all.len() as i64, Value::int);
            let start = a.get(1).map_or(0, Value::int);
            let range = start.max(0) as usize..end.max(0) as usize;
            all.get(range).ok_or("slice: index out of range")?.to_string()
        }
        "indent" => indented(a[0].int(), &t(1)),
        "nindent" => format!("\n{}", indented(a[0].int(), &t(1))),
        "alignLeft" | "alignRight" => aligned(&t(1), a[0].int(), name == "alignLeft"),
        "regexReplaceAll" => {
            let (expression, text, replacement) = (expression(&t(0))?, t(1), t(2));
            check(expression.find_iter(&text).count(), &replacement)?;
            // what is taken from a match can be all of it, as often as the replacement asks
            check(replacement.matches('$').count(), &text)?;
            expression.replace_all(&text, &*replacement).into_owned()
        }
        "regexReplaceAllLiteral" => {
            let (expression, text, replacement) = (expression(&t(0))?, t(1), t(2));
            check(expression.find_iter(&text).count(), &replacement)?;
            expression.replace_all(&text, regex::NoExpand(&replacement)).into_owned()
        }
        "urlencode" => encoded(&t(0)),
        "urldecode" => decoded(&t(0))?,
        "b64enc" => base64::Engine::encode(&base64::engine::general_purpose::STANDARD, t(0).as_bytes()),
        "b64dec" => {
            let bytes = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, t(0).as_bytes()).map_err(|e| e.to_string())?;
            String::from_utf8_lossy(&bytes).into_owned()
        }
        "printf" => printf::printf(&t(0), &a[1..]),
        _ => return other(name, a),
    }))
}

/// Functions that give no text.
fn other(name: &str, a: &[Value]) -> Result<Value, String> {
    let t = |n: usize| a[n].text();
    Ok(match name {
        "contains" => Value::Bool(t(1).contains(&*t(0))),
        "hasPrefix" => Value::Bool(t(1).starts_with(&*t(0))),
        "hasSuffix" => Value::Bool(t(1).ends_with(&*t(0))),
        "count" => Value::Int(expression(&t(0))?.find_iter(&t(1)).count() as i64),
        "bytes" => Value::Float(super::super::parse::bytes(&t(0)).ok_or_else(|| format!("{:?} is no amount of bytes", t(0)))?),
        "duration" | "duration_seconds" => {
            Value::Float(crate::duration::whole(&t(0)).map(|ns| ns as f64 / 1e9).ok_or_else(|| format!("time: invalid duration {:?}", t(0)))?)
        }
        "fromJson" => Value::of_json(serde_json::from_str(&t(0)).map_err(|e| e.to_string())?),
        "div" | "mod" => return Err("integer divide by zero".to_string()),
        "lt" | "le" | "gt" | "ge" => return Err("incompatible types for comparison".to_string()),
        _ => return dates::call(name, a),
    })
}

fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

fn decoded(text: &str) -> Result<String, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || rest.next().and_then(|b| char::from(b).to_digit(16)).ok_or("invalid URL escape");
                (digit()? * 16 + digit()?) as u8
            }
            other => other,
        });
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
