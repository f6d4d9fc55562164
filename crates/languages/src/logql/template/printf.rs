//! `printf` of templates, as Go's `fmt` has it. Border: the verbs that text and numbers need: s v q d f e g x t c.

use super::Value;

/// Digits, or characters, to which a value is written at most; Rust refuses to write more than 65,535.
const MAX_DIGITS: usize = 10_000;

/// Writes values into a format.
pub(super) fn printf(format: &str, values: &[Value]) -> String {
    let (mut out, mut rest, mut next) = (String::new(), format.chars().peekable(), values.iter());
    while let Some(c) = rest.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let (mut flags, mut width, mut precision) = (String::new(), String::new(), None::<String>);
        while let Some(flag) = rest.next_if(|c| "-+# 0".contains(*c)) {
            flags.push(flag);
        }
        while let Some(digit) = rest.next_if(char::is_ascii_digit) {
            width.push(digit);
        }
        if rest.next_if_eq(&'.').is_some() {
            let mut digits = String::new();
            while let Some(digit) = rest.next_if(char::is_ascii_digit) {
                digits.push(digit);
            }
            precision = Some(digits);
        }
        let Some(verb) = rest.next() else {
            out.push_str("%!(NOVERB)");
            break;
        };
        if verb == '%' {
            out.push('%');
            continue;
        }
        let Some(value) = next.next() else {
            out.push_str(&format!("%!{verb}(MISSING)"));
            continue;
        };
        let text = written(verb, value, precision.as_deref().map(|p| p.parse().unwrap_or(0).min(MAX_DIGITS)), flags.contains('+'));
        let width: usize = width.parse().unwrap_or(0).min(10_000);
        let missing = width.saturating_sub(text.chars().count());
        if flags.contains('-') {
            out.push_str(&text);
            out.extend(std::iter::repeat_n(' ', missing));
        } else if flags.contains('0') && !matches!(verb, 's' | 'q' | 'v') {
            let (sign, digits) = text.split_at(usize::from(text.starts_with(['-', '+'])));
            out.push_str(sign);
            out.extend(std::iter::repeat_n('0', missing));
            out.push_str(digits);
        } else {
            out.extend(std::iter::repeat_n(' ', missing));
            out.push_str(&text);
        }
    }
    out
}

fn written(verb: char, value: &Value, precision: Option<usize>, plus: bool) -> String {
    let signed = |text: String| if plus && !text.starts_with('-') { format!("+{text}") } else { text };
    match (verb, value) {
        ('s' | 'v', Value::Text(text)) => precision.map_or_else(|| text.clone(), |p| text.chars().take(p).collect()),
        ('v', _) => value.text().into_owned(),
        ('q', Value::Text(text)) => format!("{text:?}"),
        ('d', Value::Int(value)) => signed(value.to_string()),
        ('x', Value::Int(value)) => format!("{value:x}"),
        ('X', Value::Int(value)) => format!("{value:X}"),
        ('x', Value::Text(text)) => text.bytes().map(|b| format!("{b:02x}")).collect(),
        ('c', Value::Int(value)) => u32::try_from(*value).ok().and_then(char::from_u32).unwrap_or('\u{fffd}').to_string(),
        ('f' | 'F', Value::Float(value)) => signed(format!("{value:.*}", precision.unwrap_or(6))),
        ('g', Value::Float(_)) => value.text().into_owned(),
        ('e', Value::Float(value)) => {
            let text = format!("{value:.*e}", precision.unwrap_or(6));
            let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
            let exponent: i32 = exponent.parse().unwrap_or(0);
            format!("{digits}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs())
        }
        ('t', Value::Bool(_)) => value.text().into_owned(),
        (verb, value) => {
            let kind = match value {
                Value::Nil => return format!("%!{verb}(<nil>)"),
                Value::Text(_) => "string",
                Value::Int(_) => "int",
                Value::Float(_) => "float64",
                Value::Bool(_) => "bool",
                _ => "value",
            };
            format!("%!{verb}({kind}={})", value.text())
        }
    }
}
