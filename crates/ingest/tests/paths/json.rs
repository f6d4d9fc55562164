//! JSON as it is written: a tree that keeps the order of keys, keys that are repeated, the digits of numbers and the escapes of strings. Border: the
//! grammar of RFC 8259, but for control characters in strings, which the program takes too; what a document means is not known here.

/// Nesting beyond this is no document here.
const MAX_DEPTH: usize = 600;

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub enum Json {
    Null,
    Bool(bool),
    /// As it is written.
    Number(String),
    /// As it is written, between the quotes.
    Text(String),
    List(Vec<Json>),
    /// Keys as they are written.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// A string of a text without quotes, backslashes and control characters.
    pub fn text(plain: impl Into<String>) -> Json {
        Json::Text(plain.into())
    }

    /// Writes it without white space.
    pub fn write(&self, out: &mut String) {
        match self {
            Json::Null => out.push_str("null"),
            Json::Bool(truth) => out.push_str(if *truth { "true" } else { "false" }),
            Json::Number(digits) => out.push_str(digits),
            Json::Text(raw) => quoted(out, raw),
            Json::List(list) => {
                out.push('[');
                for (n, value) in list.iter().enumerate() {
                    if n > 0 {
                        out.push(',');
                    }
                    value.write(out);
                }
                out.push(']');
            }
            Json::Object(fields) => {
                out.push('{');
                for (n, (key, value)) in fields.iter().enumerate() {
                    if n > 0 {
                        out.push(',');
                    }
                    quoted(out, key);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
        }
    }
}

fn quoted(out: &mut String, raw: &str) {
    out.push('"');
    out.push_str(raw);
    out.push('"');
}

/// The documents that a text consists of; `None` where it is not JSON.
pub fn documents(text: &str) -> Option<Vec<Json>> {
    let mut parser = Parser { bytes: text.as_bytes(), text, at: 0, depth: 0 };
    let mut documents = Vec::new();
    while parser.peek().is_some() {
        documents.push(parser.value()?);
    }
    Some(documents)
}

struct Parser<'t> {
    bytes: &'t [u8],
    text: &'t str,
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    fn peek(&mut self) -> Option<u8> {
        while matches!(self.bytes.get(self.at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
        self.bytes.get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    fn word(&mut self, word: &str, value: Json) -> Option<Json> {
        self.text[self.at..].starts_with(word).then(|| self.at += word.len())?;
        Some(value)
    }

    fn value(&mut self) -> Option<Json> {
        match self.peek()? {
            b'n' => self.word("null", Json::Null),
            b't' => self.word("true", Json::Bool(true)),
            b'f' => self.word("false", Json::Bool(false)),
            b'"' => self.string().map(Json::Text),
            b'[' => self.nested(b']', |parser| parser.value()).map(Json::List),
            b'{' => self
                .nested(b'}', |parser| {
                    let key = parser.string()?;
                    parser.take(b':')?;
                    Some((key, parser.value()?))
                })
                .map(Json::Object),
            _ => self.number().map(Json::Number),
        }
    }

    fn nested<T>(&mut self, end: u8, mut element: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        self.at += 1;
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let mut list = Vec::new();
        if self.peek()? != end {
            list.push(element(self)?);
            while self.peek()? != end {
                self.take(b',')?;
                list.push(element(self)?);
            }
        }
        self.at += 1;
        self.depth -= 1;
        Some(list)
    }

    fn string(&mut self) -> Option<String> {
        self.take(b'"')?;
        let start = self.at;
        loop {
            match self.bytes.get(self.at)? {
                b'"' => break,
                b'\n' => return None,
                b'\\' => {
                    let escape = *self.bytes.get(self.at + 1)?;
                    let digits = if escape == b'u' { 4 } else { 0 };
                    let is_right =
                        b"\"\\/bfnrtu".contains(&escape) && self.bytes.get(self.at + 2..self.at + 2 + digits)?.iter().all(u8::is_ascii_hexdigit);
                    is_right.then(|| self.at += 2 + digits)?;
                }
                _ => self.at += 1,
            }
        }
        self.at += 1;
        Some(self.text[start..self.at - 1].to_owned())
    }

    fn number(&mut self) -> Option<String> {
        let start = self.at;
        let digits = |parser: &mut Self| {
            let from = parser.at;
            while parser.bytes.get(parser.at).is_some_and(u8::is_ascii_digit) {
                parser.at += 1;
            }
            (parser.at > from).then_some(())
        };
        if self.bytes.get(self.at) == Some(&b'-') {
            self.at += 1;
        }
        let first = self.at;
        digits(self)?;
        if self.bytes[first] == b'0' && self.at > first + 1 {
            return None;
        }
        if self.bytes.get(self.at) == Some(&b'.') {
            self.at += 1;
            digits(self)?;
        }
        if matches!(self.bytes.get(self.at), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.bytes.get(self.at), Some(b'+' | b'-')) {
                self.at += 1;
            }
            digits(self)?;
        }
        Some(self.text[start..self.at].to_owned())
    }
}

/// A character of a string, with how it is written, and what is behind it.
pub fn character(raw: &str) -> Option<(char, &str, &str)> {
    let first = raw.chars().next()?;
    if first != '\\' {
        let (written, rest) = raw.split_at(first.len_utf8());
        return Some((first, written, rest));
    }
    let (short, rest) = raw.split_at_checked(2)?;
    let character = match short.as_bytes()[1] {
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'u' => {
            let unit = |text: &str| u16::from_str_radix(text.get(..4)?, 16).ok();
            let high = unit(rest)?;
            let low = rest[4..].strip_prefix("\\u").and_then(unit).filter(|low| (0xd800..0xdc00).contains(&high) && (0xdc00..0xe000).contains(low));
            let length = if low.is_some() { 12 } else { 6 };
            let character = char::decode_utf16([Some(high), low].into_iter().flatten()).next()?.unwrap_or(char::REPLACEMENT_CHARACTER);
            return Some((character, &raw[..length], &raw[length..]));
        }
        same => char::from(same),
    };
    Some((character, short, rest))
}

/// What a string says.
pub fn unescaped(raw: &str) -> String {
    if !raw.contains('\\') {
        return raw.to_owned();
    }
    let (mut out, mut rest) = (String::new(), raw);
    while let Some((character, _, behind)) = character(rest) {
        out.push(character);
        rest = behind;
    }
    out
}
