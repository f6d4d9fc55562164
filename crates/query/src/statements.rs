//! A text with several statements, taken apart. Border: where one ends; what it means is SQL's business.

/// The statements of a text, without their semicolons, and the dot commands among them: a line that begins with a dot where a statement
/// could begin.
pub fn split(text: &str) -> Vec<&str> {
    let mut all = Vec::new();
    let mut rest = text;
    loop {
        let end = end(rest);
        let one = &rest[..end.at];
        if has_words(one) {
            all.push(one.trim());
        }
        if end.next >= rest.len() {
            return all;
        }
        rest = &rest[end.next..];
    }
}

/// Whether nothing more is to come: a dot command, or statements of which the last one has its semicolon.
pub fn is_complete(text: &str) -> bool {
    let mut rest = text;
    loop {
        let end = end(rest);
        let one = &rest[..end.at];
        if end.next >= rest.len() {
            return !has_words(one) || !end.open || one.trim_start().starts_with('.') || matches!(one.trim(), "exit" | "quit");
        }
        rest = &rest[end.next..];
    }
}

/// Where a statement ends and the next one begins.
struct End {
    at: usize,
    next: usize,
    /// It ends with the text, without a semicolon.
    open: bool,
}

fn end(text: &str) -> End {
    let begin = text.len() - text.trim_start().len();
    if text[begin..].starts_with('.') {
        let at = text[begin..].find('\n').map_or(text.len(), |n| begin + n);
        return End { at, next: (at + 1).min(text.len().max(at)), open: false };
    }
    let bytes = text.as_bytes();
    let find = |from: usize, what: &str| text[from..].find(what).map_or(text.len(), |n| from + n + what.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        at = match (byte, bytes.get(at + 1)) {
            (b';', _) => return End { at, next: at + 1, open: false },
            (b'-', Some(b'-')) => find(at, "\n"),
            (b'/', Some(b'*')) => find(at + 2, "*/"),
            // a doubled quote closes and opens again, which comes to the same
            (b'\'', _) => find(at + 1, "'"),
            (b'"', _) => find(at + 1, "\""),
            _ => at + 1,
        };
    }
    End { at: text.len(), next: text.len(), open: true }
}

/// Whether there is more than space and comments.
fn has_words(text: &str) -> bool {
    let mut rest = text.trim_start();
    loop {
        let after = if rest.starts_with("--") {
            rest.find('\n').map(|n| n + 1)
        } else if rest.starts_with("/*") {
            rest.find("*/").map(|n| n + 2)
        } else {
            return !rest.is_empty();
        };
        match after {
            Some(after) => rest = rest[after..].trim_start(),
            None => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_told_apart() {
        for (text, want) in [
            ("SELECT 1", vec!["SELECT 1"]),
            ("SELECT ';'; -- a; b\nSELECT 2;", vec!["SELECT ';'", "-- a; b\nSELECT 2"]),
            (".mode csv\nSELECT 1;\n.tables\n", vec![".mode csv", "SELECT 1", ".tables"]),
            ("SELECT \"a;b\" /* ; */ FROM t;;", vec!["SELECT \"a;b\" /* ; */ FROM t"]),
            ("SELECT 'it''s; so'\n.5 FROM t", vec!["SELECT 'it''s; so'\n.5 FROM t"]),
            ("  \n-- nothing", vec![]),
        ] {
            assert_eq!(split(text), want, "{text}");
        }
    }

    #[test]
    fn what_is_complete_is_known() {
        for text in ["", "SELECT 1;", "SELECT 1; -- done", ".tables", "SELECT 1;\n.tables", "exit"] {
            assert!(is_complete(text), "{text}");
        }
        for text in ["SELECT 1", "SELECT ';", "SELECT 1; SELECT 2", "SELECT 1 -- ;"] {
            assert!(!is_complete(text), "{text}");
        }
    }
}
