//! Where in a question a fault is. Border: the parser says what is wrong, not where; here the place is found in the text.

use promql_parser::parser::{Expr, parse};

use super::evaluate::aggregation_of;
use super::functions::missing;
use crate::scanner::{Fault, MAX_DEPTH, check_length};

/// Operators of a question at most, of which the parser makes one tree: it is gone through, and dropped, level by level on the stack.
const MAX_OPERATORS: usize = 1000;
/// Bytes of the longest question in which the place of a fault is searched for by trying: each try parses all before it.
const LONGEST_SEARCHED: usize = 1000;

/// Refuses a question that is too long, too deep or has too many operators, before the parser, which has no limit, sees it.
pub(super) fn check_size(text: &str) -> Result<(), Fault> {
    check_length(text)?;
    let (mut depth, mut operators, mut quote, mut escaped, mut before) = (0_usize, 0, None, false, b' ');
    for (at, byte) in text.bytes().enumerate() {
        let begins_word = !before.is_ascii_alphanumeric() && before != b'_';
        before = byte;
        match (quote, byte) {
            (Some(b'"' | b'\''), b'\\') if !escaped => {
                escaped = true;
                continue;
            }
            (Some(open), byte) if byte == open && !escaped => quote = None,
            (None, b'"' | b'\'' | b'`') => quote = Some(byte),
            (None, b'(' | b'[' | b'{') => depth += 1,
            (None, b')' | b']' | b'}') => depth = depth.saturating_sub(1),
            (None, b'+' | b'-' | b'*' | b'/' | b'%' | b'^' | b'=' | b'<' | b'>') => operators += 1,
            (None, b'a' | b'A' | b'o' | b'O' | b'u' | b'U') if begins_word => operators += usize::from(is_operator(&text[at..])),
            _ => {}
        }
        escaped = false;
        let reason = if depth > MAX_DEPTH {
            format!("the query is nested deeper than {MAX_DEPTH} levels")
        } else if operators > MAX_OPERATORS {
            format!("the query has more than {MAX_OPERATORS} operators")
        } else {
            continue;
        };
        return Err(Fault { at, reason, instead: None });
    }
    Ok(())
}

/// Whether a text begins with an operator that is a word.
fn is_operator(text: &str) -> bool {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    ["and", "or", "unless", "atan2"].iter().any(|word| text[..end].eq_ignore_ascii_case(word))
}

/// The offset of a parser's fault.
pub(super) fn place(text: &str, reason: &str) -> usize {
    if let Some(name) = reason.split('\'').nth(1).filter(|n| !n.is_empty())
        && let Some(at) = word(text, name)
    {
        return at;
    }
    if reason.contains("end of input") || reason.contains("unclosed") {
        return text.len();
    }
    if reason.contains("illegal regex for ") {
        let pattern = reason.rsplit("illegal regex for ").next().unwrap_or_default();
        return text.find(pattern).unwrap_or(0);
    }
    if reason == "invalid promql query" && text.len() <= LONGEST_SEARCHED { unexpected(text) } else { 0 }
}

/// The first place of a word that is not part of a longer one.
fn word(text: &str, word: &str) -> Option<usize> {
    let part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':');
    let alone = |at: &usize| !part(text[..*at].chars().next_back()) && (!part(text[at + word.len()..].chars().next()) || !part(word.chars().next()));
    text.match_indices(word).map(|(at, _)| at).find(alone)
}

/// The beginning of the first word behind which no question can go on. Whether one can is tried with what may follow.
fn unexpected(text: &str) -> usize {
    const ENDS: [&str; 14] = ["", "x", " x", "(x)", "x)", "(a)(x)", "1", ")", " 1)", "x[5m])", "5m", "\"a\"", "a)(x)", "{a=\"b\"}"];
    const CLOSING: [&str; 4] = ["", ")", "))", ")))"];
    let goes_on = |part: &str| {
        let tried = ENDS.iter().any(|end| CLOSING.iter().any(|close| parse(&format!("{part}{end}{close}")).is_ok()));
        // an open brace or bracket may be closed later on
        tried || part.matches('{').count() != part.matches('}').count() || part.matches('[').count() != part.matches(']').count()
    };
    let mut start = 0;
    for (end, _) in text.char_indices().chain([(text.len(), ' ')]).skip(1) {
        let boundary = |at: usize| {
            let (before, after) = (text[..at].chars().next_back(), text[at..].chars().next());
            let word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || "_:.\"".contains(c));
            !(word(before) && word(after))
        };
        if !boundary(end) {
            continue;
        }
        if !goes_on(&text[..end]) {
            return start + (text[start..].len() - text[start..].trim_start().len());
        }
        start = end;
    }
    text.len()
}

/// What a tree has that is not evaluated: its name and what to ask instead.
pub(super) fn unsupported(expr: &Expr) -> Option<(String, String)> {
    match expr {
        Expr::Call(call) => match missing(call.func.name) {
            Some(instead) => Some((call.func.name.to_string(), instead.to_string())),
            None => call.args.args.iter().find_map(|a| unsupported(a)),
        },
        Expr::Aggregate(a) => match aggregation_of(a.op) {
            None => {
                let name = a.op.to_string();
                let instead = if name == "limitk" { "use topk or bottomk" } else { "select by a label" };
                Some((name, instead.to_string()))
            }
            Some(_) => a.param.iter().find_map(|p| unsupported(p)).or_else(|| unsupported(&a.expr)),
        },
        Expr::Binary(b) => {
            let fills = b.modifier.as_ref().is_some_and(|m| m.fill_values.lhs.is_some() || m.fill_values.rhs.is_some());
            if fills {
                return Some(("fill".to_string(), "use `or` with a vector of the value".to_string()));
            }
            unsupported(&b.lhs).or_else(|| unsupported(&b.rhs))
        }
        Expr::Unary(u) => unsupported(&u.expr),
        Expr::Paren(p) => unsupported(&p.expr),
        Expr::Subquery(s) => unsupported(&s.expr),
        _ => None,
    }
}

/// The place of a name that is not evaluated.
pub(super) fn place_of(text: &str, name: &str) -> usize {
    word(text, name).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places() {
        let at = |text: &str| place(text, &parse(text).unwrap_err());
        assert_eq!(at("sum("), 4);
        assert_eq!(at("1 + foo(1)"), 4);
        assert_eq!(at("sum by tool (x)"), 7);
        assert_eq!(at("1 +* 2"), 3);
        assert_eq!(at("foo bar"), 4);
        assert_eq!(at("rate(x)"), 0);
        assert_eq!(at("x{a=~\"(\"}"), 6);
    }

    #[test]
    fn what_would_exhaust_the_stack_or_the_time_is_refused() {
        let refused = |text: &str| check_size(text).err().map(|f| f.reason).unwrap_or_default();
        for deep in ["(".repeat(100_000), "sum(".repeat(10_000), "{".repeat(200)] {
            assert!(refused(&deep).contains("deeper") || refused(&deep).contains("longer"), "{}", &deep[..9]);
        }
        for long in ["1+".repeat(2_000), "x and ".repeat(2_000), "-".repeat(2_000), "1^".repeat(2_000)] {
            assert!(refused(&long).contains("operators"), "{}", &long[..9]);
        }
        // at the limit the parser and all that walks its tree have stack enough, that of a test included
        for fine in ["1+".repeat(999) + "1", "1^".repeat(999) + "1", "-".repeat(999) + "1", "(".repeat(150) + "1" + &")".repeat(150)] {
            assert_eq!(refused(&fine), "");
            assert!(unsupported(&parse(&fine).unwrap()).is_none());
        }
        assert_eq!(refused(&format!("x{{a=\"{}\"}}", "((+-".repeat(2_000))), "");
        assert_eq!(place(&"+ x ".repeat(2_000), "invalid promql query"), 0);
    }

    #[test]
    fn what_is_not_evaluated() {
        let named = |text: &str| unsupported(&parse(text).unwrap()).map(|(name, _)| name);
        assert_eq!(named("sum(limitk(2, x))").as_deref(), Some("limitk"));
        assert_eq!(named("1 + info(x)").as_deref(), Some("info"));
        assert_eq!(named("sum(rate(x[5m]))"), None);
    }
}
