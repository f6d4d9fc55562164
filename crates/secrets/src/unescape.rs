//! A text without one layer of its escapes, and the way back to places in it. Escapes are those of JSON, which are also what most languages
//! print; whether the text is JSON does not matter, so that one that is cut, or printed among other things, is read all the same. Border: one
//! layer; how many there are is `rules`' business.

use std::ops::Range;

/// A text without a layer of escapes.
#[derive(Debug, Default)]
pub struct Unescaped {
    /// The text.
    pub text: Vec<u8>,
    steps: Vec<Step>,
}

/// Where an escape was: all that follows, up to the next one, is shifted alike.
#[derive(Debug, Clone, Copy)]
struct Step {
    /// Where its character is now, and how long it is.
    to: usize,
    wide: usize,
    /// Where the escape was, and where it ended.
    from: usize,
    end: usize,
}

impl Unescaped {
    /// Takes a layer off; `None` where there is none.
    pub fn of(text: &[u8]) -> Option<Unescaped> {
        let mut out = Unescaped::default();
        let mut at = 0;
        while let Some(found) = memchr::memchr(b'\\', &text[at..]).map(|n| at + n) {
            out.text.extend_from_slice(&text[at..found]);
            let to = out.text.len();
            at = match escape(&text[found..]) {
                Some((c, length)) => {
                    let mut utf8 = [0; 4];
                    out.text.extend_from_slice(c.encode_utf8(&mut utf8).as_bytes());
                    out.steps.push(Step { to, wide: out.text.len() - to, from: found, end: found + length });
                    found + length
                }
                // what is no escape stays, a path of Windows for one
                None => {
                    out.text.push(b'\\');
                    found + 1
                }
            };
        }
        if out.steps.is_empty() {
            return None;
        }
        out.text.extend_from_slice(&text[at..]);
        Some(out)
    }

    /// The place in the original text of a stretch of this one. An escape is in it whole or not at all.
    pub fn origin(&self, stretch: &Range<usize>) -> Range<usize> {
        let start = match self.step_before(stretch.start) {
            Some(step) if stretch.start < step.to + step.wide => step.from,
            Some(step) => step.end + (stretch.start - step.to - step.wide),
            None => stretch.start,
        };
        let end = match stretch.end.checked_sub(1).and_then(|last| Some((last, self.step_before(last)?))) {
            Some((last, step)) if last < step.to + step.wide => step.end,
            Some((last, step)) => step.end + (last - step.to - step.wide) + 1,
            None => stretch.end,
        };
        start..end.max(start)
    }

    fn step_before(&self, at: usize) -> Option<&Step> {
        let next = self.steps.partition_point(|s| s.to <= at);
        next.checked_sub(1).map(|n| &self.steps[n])
    }
}

/// The character that an escape at the beginning of the text stands for, and the length of the escape.
fn escape(text: &[u8]) -> Option<(char, usize)> {
    let plain = match text.get(1)? {
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        c @ (b'"' | b'\\' | b'/' | b'\'') => char::from(*c),
        b'u' => return unicode(text),
        _ => return None,
    };
    Some((plain, 2))
}

/// `\uXXXX`, of which two may make one character.
fn unicode(text: &[u8]) -> Option<(char, usize)> {
    let unit = |at: usize| {
        let digits = text.get(at + 2..at + 6).filter(|_| text[at..].starts_with(b"\\u"))?;
        u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    };
    let first = unit(0)?;
    let second = (0xd800..0xdc00).contains(&first).then(|| unit(6)).flatten();
    let c = char::decode_utf16([first].into_iter().chain(second)).next()?.unwrap_or(char::REPLACEMENT_CHARACTER);
    Some((c, if c.len_utf16() == 2 { 12 } else { 6 }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(text: &str, wanted: &str) -> String {
        let unescaped = Unescaped::of(text.as_bytes()).unwrap();
        let inner = std::str::from_utf8(&unescaped.text).unwrap();
        let at = inner.find(wanted).unwrap();
        text[unescaped.origin(&(at..at + wanted.len()))].to_owned()
    }

    #[test]
    fn a_stretch_is_found_again_escapes_and_all() {
        let text = r#"{\"k\": \"a\u00fcb\ud83d\ude00c\\d\"}, end"#;
        assert_eq!(origin(text, "\"k\""), r#"\"k\""#);
        assert_eq!(origin(text, "aü"), r"a\u00fc");
        assert_eq!(origin(text, "üb😀"), r"\u00fcb\ud83d\ude00");
        assert_eq!(origin(text, "c\\d"), r"c\\d");
        assert_eq!(origin(text, "end"), "end");
        assert_eq!(origin(text, "{"), "{");
    }

    #[test]
    fn what_is_no_escape_stays() {
        assert!(Unescaped::of(b"plain").is_none());
        assert!(Unescaped::of(br"C:\Users").is_none());
        assert_eq!(Unescaped::of(br"C:\Users\\jane\").unwrap().text, br"C:\Users\jane\");
        assert_eq!(Unescaped::of(br"\ud83d\n").unwrap().text, "\u{fffd}\n".as_bytes());
    }
}
