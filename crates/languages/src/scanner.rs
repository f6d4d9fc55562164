//! The words that LogQL and TraceQL have in common: names, strings, numbers, durations, signs. Border: which may stand where the parser says.

use crate::duration;
use crate::number;

/// Bytes of the longest question that is parsed. Names in it are compared with each other, and a dashboard's longest has a few thousand.
const MAX_LENGTH: usize = 64 << 10;
/// Brackets within brackets. A parser and an evaluation need stack for each.
pub(crate) const MAX_DEPTH: usize = 150;
/// Brackets and operators in all: a chain of operators is as deep a tree as brackets are.
pub(crate) const MAX_STEPS: usize = 2000;

/// Refuses a question that is too long.
pub(crate) fn check_length(question: &str) -> Result<(), Fault> {
    if question.len() <= MAX_LENGTH {
        return Ok(());
    }
    Err(Fault { at: MAX_LENGTH, reason: format!("the query is longer than {} KiB", MAX_LENGTH >> 10), instead: None })
}

/// A text with a place in it.
#[derive(Debug)]
pub(crate) struct Scanner<'a> {
    /// The text.
    pub text: &'a str,
    /// Offset of what comes next.
    pub at: usize,
    depth: usize,
    steps: usize,
}

/// What is wrong, and where.
#[derive(Debug)]
pub(crate) struct Fault {
    /// Offset in the text.
    pub at: usize,
    /// What was met and expected; or what the language has and is not evaluated.
    pub reason: String,
    /// What can be asked instead, where the language has it.
    pub instead: Option<String>,
}

impl<'a> Scanner<'a> {
    /// At the beginning.
    pub fn new(text: &'a str) -> Scanner<'a> {
        let mut scanner = Scanner { text, at: 0, depth: 0, steps: 0 };
        scanner.skip();
        scanner
    }

    /// Parses what lies a level deeper.
    pub fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        self.depth += 1;
        self.steps += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.fault(self.at, format!("the query is nested deeper than {MAX_DEPTH} levels")));
        }
        if self.steps > MAX_STEPS {
            return Err(self.fault(self.at, format!("the query has more than {MAX_STEPS} operators and brackets")));
        }
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    /// What has not been read.
    pub fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// Goes over space and comments.
    pub fn skip(&mut self) {
        loop {
            self.at = self.text.len() - self.rest().trim_start().len();
            match self.rest().strip_prefix('#') {
                Some(comment) => self.at += 1 + comment.find('\n').unwrap_or(comment.len()),
                None => return,
            }
        }
    }

    /// Goes on by some bytes and over the space behind them.
    pub fn advance(&mut self, bytes: usize) {
        self.at += bytes;
        self.skip();
    }

    /// Whether the signs come next.
    pub fn sees(&self, signs: &str) -> bool {
        self.rest().starts_with(signs)
    }

    /// Takes the signs if they come next.
    pub fn take(&mut self, signs: &str) -> bool {
        let there = self.sees(signs);
        if there {
            self.advance(signs.len());
        }
        there
    }

    /// Takes the signs, or says what is there instead.
    pub fn expect(&mut self, signs: &str) -> Result<(), Fault> {
        if self.take(signs) { Ok(()) } else { Err(self.unexpected(&format!("`{signs}`"))) }
    }

    /// The word that comes next; `""` where there is none.
    pub fn word_ahead(&self) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == ':' || c == '.')).unwrap_or(rest.len());
        let word = &rest[..end];
        if word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') { word } else { "" }
    }

    /// Takes a word if it comes next, whatever its case.
    pub fn take_word(&mut self, word: &str) -> bool {
        let there = self.word_ahead().eq_ignore_ascii_case(word);
        if there {
            self.advance(word.len());
        }
        there
    }

    /// A name.
    pub fn name(&mut self, of: &str) -> Result<&'a str, Fault> {
        let word = self.word_ahead();
        if word.is_empty() {
            return Err(self.unexpected(of));
        }
        if let Some(sign) = word.find(['.', ':']) {
            let reason = format!("unexpected `{}`: names of labels have underscores where attributes have dots", &word[sign..=sign]);
            return Err(Fault { at: self.at + sign, reason, instead: None });
        }
        self.advance(word.len());
        Ok(word)
    }

    /// A text in quotes or back quotes.
    pub fn string(&mut self) -> Result<String, Fault> {
        let start = self.at;
        let rest = self.rest();
        if let Some(raw) = rest.strip_prefix('`') {
            let end = raw.find('`').ok_or_else(|| self.fault(start, "the text has no closing back quote"))?;
            self.advance(end + 2);
            return Ok(raw[..end].to_string());
        }
        if !rest.starts_with('"') {
            return Err(self.unexpected("a text in quotes"));
        }
        let (text, length) = unquoted(rest).map_err(|(at, reason)| self.fault(start + at, reason))?;
        self.advance(length);
        Ok(text)
    }

    /// A number, with a sign or without.
    pub fn number(&mut self) -> Option<f64> {
        let rest = self.rest();
        let mut end = usize::from(rest.starts_with(['-', '+']));
        let hexadecimal = rest[end..].starts_with("0x");
        let mut last = ' ';
        for c in rest[end..].chars() {
            let part = if hexadecimal { c.is_ascii_hexdigit() || c == 'x' } else { c.is_ascii_digit() || c == '.' || c == 'e' || c == 'E' };
            if !(part || (matches!(c, '+' | '-') && matches!(last, 'e' | 'E') && !hexadecimal)) {
                break;
            }
            last = c;
            end += 1;
        }
        let value = number::parse(&rest[..end])?;
        let follows_word = rest[end..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        if follows_word {
            return None;
        }
        self.advance(end);
        Some(value)
    }

    /// A duration in nanoseconds.
    pub fn duration(&mut self) -> Option<i64> {
        let negative = self.sees("-");
        let (ns, length) = duration::leading(&self.rest()[usize::from(negative)..])?;
        self.advance(length + usize::from(negative));
        Some(if negative { -ns } else { ns })
    }

    /// What is here is not what had to be.
    pub fn unexpected(&self, expected: &str) -> Fault {
        let met = match self.rest().chars().next() {
            None => "the end of the query".to_string(),
            Some(_) if !self.word_ahead().is_empty() => format!("`{}`", self.word_ahead()),
            Some(c) => format!("`{c}`"),
        };
        self.fault(self.at, format!("unexpected {met}, expected {expected}"))
    }

    /// A fault at a place.
    pub fn fault(&self, at: usize, reason: impl Into<String>) -> Fault {
        Fault { at, reason: reason.into(), instead: None }
    }
}

/// The text of a string in double quotes with Go's escapes, and its length with them.
pub(crate) fn unquoted(text: &str) -> Result<(String, usize), (usize, &'static str)> {
    let mut result = String::new();
    let mut chars = text.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Ok((result, at + 1)),
            '\n' => return Err((at, "a text in double quotes ends before the line does; use back quotes")),
            '\\' => {
                let (_, escaped) = chars.next().ok_or((at, "the text has no closing quote"))?;
                let mut code = |digits: usize, radix: u32, first: Option<char>| {
                    let mut value = first.and_then(|c| c.to_digit(radix)).unwrap_or(0);
                    for _ in 0..digits {
                        value = value * radix + chars.next().and_then(|(_, c)| c.to_digit(radix)).ok_or((at, "unknown escape"))?;
                    }
                    char::from_u32(value).ok_or((at, "unknown escape"))
                };
                result.push(match escaped {
                    'n' => '\n',
                    't' => '\t',
                    'r' => '\r',
                    'a' => '\x07',
                    'b' => '\x08',
                    'f' => '\x0c',
                    'v' => '\x0b',
                    '\\' | '"' | '\'' => escaped,
                    'x' => code(2, 16, None)?,
                    'u' => code(4, 16, None)?,
                    'U' => code(8, 16, None)?,
                    '0'..='7' => code(2, 8, Some(escaped))?,
                    _ => return Err((at, "unknown escape; double the backslash or use back quotes")),
                });
            }
            _ => result.push(c),
        }
    }
    Err((0, "the text has no closing quote"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        let mut s = Scanner::new("  # c\n foo \"a\\\"b\\n\" `x\\y` 1.5e3 -2 5m x");
        assert_eq!(s.name("x").unwrap(), "foo");
        assert_eq!((s.string().unwrap(), s.string().unwrap()), ("a\"b\n".into(), "x\\y".into()));
        assert_eq!((s.number(), s.number(), s.number(), s.duration()), (Some(1500.0), Some(-2.0), None, Some(300_000_000_000)));
        assert_eq!(s.expect("}").unwrap_err().reason, "unexpected `x`, expected `}`");
    }

    #[test]
    fn faults_have_their_place() {
        assert_eq!(Scanner::new("  \"a\\q\"").string().unwrap_err().at, 4);
        assert_eq!(Scanner::new("event.name=").name("a label").unwrap_err().at, 5);
        assert_eq!(Scanner::new("\"abc").string().unwrap_err().reason, "the text has no closing quote");
    }
}
