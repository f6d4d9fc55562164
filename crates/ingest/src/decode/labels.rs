//! A set of labels as Loki and Prometheus print it: `{env="local", host_name="vm"}`, values quoted as Go quotes (`strconv.Quote`). Border: one set in a text.

use std::borrow::Cow;
use std::collections::HashSet;

/// Labels with their values, in the order of their text.
pub type LabelList<'e> = Vec<(Cow<'e, str>, Cow<'e, str>)>;

/// Labels up to which a list is gone through to find one: making a set of them would take longer.
const FEW: usize = 32;

/// Adds those labels that a list does not have yet; of several with one name the first.
pub fn add_missing<'e>(labels: &mut LabelList<'e>, more: impl IntoIterator<Item = (Cow<'e, str>, Cow<'e, str>)>) {
    let mut known: HashSet<Cow<'e, str>> = HashSet::new();
    for (name, value) in more {
        if labels.len() > FEW && known.is_empty() {
            known.extend(labels.iter().map(|(name, _)| name.clone()));
        }
        let is_known = if known.is_empty() { labels.iter().any(|(label, _)| *label == name) } else { known.contains(&name) };
        if !is_known {
            if !known.is_empty() {
                let _ = known.insert(name.clone());
            }
            labels.push((name, value));
        }
    }
}

/// The labels at the beginning of a text, and what follows them; `None` where no set stands there.
pub fn parse(text: &str) -> Option<(LabelList<'_>, &str)> {
    let mut rest = text.strip_prefix('{')?;
    let mut labels = Vec::new();
    loop {
        if let Some(behind) = rest.strip_prefix('}') {
            return Some((labels, behind));
        }
        if !labels.is_empty() {
            rest = rest.strip_prefix(", ").or_else(|| rest.strip_prefix(','))?;
        }
        let (name, behind) = if rest.starts_with('"') { quoted(rest)? } else { bare(rest)? };
        let (value, behind) = quoted(behind.strip_prefix('=')?)?;
        labels.push((name, value));
        rest = behind;
    }
}

/// A name without quotes.
fn bare(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).filter(|end| *end > 0)?;
    Some((Cow::Borrowed(&text[..end]), &text[end..]))
}

/// A string in quotes at the beginning of a text, and what follows it.
fn quoted(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let inner = text.strip_prefix('"')?;
    let mut from = 0;
    let end = loop {
        let step = memchr::memchr2(b'"', b'\\', &inner.as_bytes()[from..])?;
        if inner.as_bytes()[from + step] == b'"' {
            break from + step;
        }
        from += step + 2;
        if from > inner.len() {
            return None;
        }
    };
    let content = &inner[..end];
    let content = if content.contains('\\') { Cow::Owned(unquote(content)?) } else { Cow::Borrowed(content) };
    Some((content, &inner[end + 1..]))
}

/// Undoes Go's escapes. Bytes that are no UTF-8 (`\xff`) become the replacement character.
fn unquote(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.extend_from_slice(&rest.as_bytes()[..at]);
        let kind = *rest.as_bytes().get(at + 1)?;
        rest = rest.get(at + 2..)?;
        let digits = match kind {
            b'x' => 2,
            b'u' => 4,
            b'U' => 8,
            _ => 0,
        };
        if digits == 0 {
            out.push(match kind {
                b'n' => b'\n',
                b't' => b'\t',
                b'r' => b'\r',
                b'a' => 0x07,
                b'b' => 0x08,
                b'f' => 0x0c,
                b'v' => 0x0b,
                b'"' | b'\\' | b'\'' => kind,
                _ => return None,
            });
            continue;
        }
        let code = u32::from_str_radix(rest.get(..digits)?, 16).ok()?;
        rest = rest.get(digits..)?;
        match u8::try_from(code) {
            Ok(byte) if kind == b'x' => out.push(byte),
            _ => {
                let mut utf8 = [0; 4];
                out.extend_from_slice(char::from_u32(code)?.encode_utf8(&mut utf8).as_bytes());
            }
        }
    }
    out.extend_from_slice(rest.as_bytes());
    Some(String::from_utf8_lossy(&out).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_with_go_quoted_values() {
        let (labels, rest) = parse(r#"{a="1", b_2="x\"y\\ \n\t\u00e9\x41", "c.d"=""}   line"#).unwrap();
        let labels: Vec<(&str, &str)> = labels.iter().map(|(n, v)| (n.as_ref(), v.as_ref())).collect();
        assert_eq!(labels, [("a", "1"), ("b_2", "x\"y\\ \n\té\u{41}"), ("c.d", "")]);
        assert_eq!(rest, "   line");
        assert_eq!(parse("{}").unwrap().1, "");
    }

    #[test]
    fn the_first_of_a_name_stands_however_many_there_are() {
        for number in [3, FEW - 1, FEW, 3 * FEW] {
            let list =
                |value: &str, from: usize| (from..from + number).map(|n| (Cow::Owned(format!("l{n}")), Cow::Owned(value.to_owned()))).collect();
            let mut labels: LabelList = list("first", 0);
            let more: LabelList = list("second", number / 2);
            add_missing(&mut labels, more.iter().cloned().chain(list("third", number / 2 + 1)));
            assert_eq!(labels.len(), number + number / 2 + 1);
            assert!(labels.iter().take(number).all(|(_, value)| value == "first"));
            assert_eq!(labels.last().unwrap().1, "third");
            assert_eq!(labels.iter().filter(|(_, value)| value == "second").count(), number / 2);
        }
    }

    #[test]
    fn what_is_no_set() {
        for text in ["", "{", "{a}", "{a=1}", "{a=\"1\"", "{a=\"1\" b=\"2\"}", "{a=\"\\q\"}", "{\"a\":\"1\"}", "{a=\"\\", "{a=\"\\u12\"}"] {
            assert!(parse(text).is_none(), "{text}");
        }
    }
}
