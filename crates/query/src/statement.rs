//! A statement's text, looked at just closely enough to know whether its rows have an order, and to give them one.
//! Border: words outside strings and comments; meaning is the SQL engine's.

/// A word of the statement, outside strings and comments.
#[derive(Debug, PartialEq, Eq)]
struct Word<'a> {
    text: &'a str,
    start: usize,
    /// Number of parentheses open around it.
    depth: usize,
}

/// Words that lose the order of the rows below them.
const UNORDERING: [&str; 6] = ["GROUP", "DISTINCT", "JOIN", "UNION", "EXCEPT", "INTERSECT"];

/// Whether the statement neither groups nor joins nor the like, so that its rows are rows of a table.
pub(crate) fn is_plain_scan(sql: &str) -> bool {
    !scan(sql).0.iter().any(|w| UNORDERING.iter().any(|u| w.text.eq_ignore_ascii_case(u)))
}

/// The statement with an order in which no two different rows are equal, or `None` where it cannot have or need not have one:
/// a plain scan with a LIMIT takes the first rows of the lake and does not read the rest to sort it.
///
/// `columns` are the result columns that can be compared: position (from 1) and name. They go behind the statement's own
/// ORDER BY, so that ties are broken by the row itself and never by which thread was first. One that the ORDER BY names
/// already is not said twice: polars 0.55 stops on that when there is a LIMIT too.
pub(crate) fn ordered(sql: &str, columns: &[(usize, String)]) -> Option<String> {
    let (words, end) = scan(sql);
    let is = |w: &Word, text: &str| w.text.eq_ignore_ascii_case(text);
    let top: Vec<&Word> = words.iter().filter(|w| w.depth == 0).collect();
    if !top.first().is_some_and(|w| is(w, "SELECT") || is(w, "WITH")) {
        return None;
    }
    let order = top.windows(2).rposition(|w| is(w[0], "ORDER") && is(w[1], "BY"));
    let limit = top.iter().skip(order.unwrap_or(0)).find(|w| ["LIMIT", "OFFSET", "FETCH"].iter().any(|t| is(w, t)));
    if order.is_none() && limit.is_some() && is_plain_scan(sql) {
        return None;
    }
    let tail = limit.map_or(end, |w| w.start);
    let said: Vec<&str> = order.map_or("", |o| &sql[top[o].start..tail]).split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    let unsaid = columns.iter().filter(|(n, name)| !said.iter().any(|s| s.eq_ignore_ascii_case(name) || *s == n.to_string()));
    let ordinals = unsaid.map(|(n, _)| n.to_string()).collect::<Vec<_>>().join(", ");
    if ordinals.is_empty() {
        return None;
    }
    let link = if order.is_some() { "," } else { " ORDER BY" };
    Some(format!("{}{link} {ordinals} {}", sql[..tail].trim_end(), &sql[tail..]))
}

/// The word the statement begins with; empty where it has none.
pub(crate) fn first_word(sql: &str) -> &str {
    scan(sql).0.first().map_or("", |w| w.text)
}

/// The words of a statement, and where its last character is that is neither space, comment nor semicolon.
fn scan(sql: &str) -> (Vec<Word<'_>>, usize) {
    let bytes = sql.as_bytes();
    let find = |from: usize, what: &str| sql[from..].find(what).map_or(sql.len(), |at| from + at + what.len());
    let (mut words, mut end, mut depth, mut at) = (Vec::new(), 0, 0usize, 0);
    while at < bytes.len() {
        let rest = &bytes[at..];
        let next = match rest {
            [b'-', b'-', ..] => {
                at = find(at, "\n");
                continue;
            }
            [b'/', b'*', ..] => {
                at = find(at + 2, "*/");
                continue;
            }
            // a doubled quote closes and opens again, which comes to the same
            [quote @ (b'\'' | b'"' | b'`'), ..] => rest[1..].iter().position(|b| b == quote).map_or(sql.len(), |p| at + p + 2),
            [b'(', ..] => {
                depth += 1;
                at + 1
            }
            [b')', ..] => {
                depth = depth.saturating_sub(1);
                at + 1
            }
            [b, ..] if b.is_ascii_alphabetic() || *b == b'_' => {
                let length = rest.iter().position(|b| !b.is_ascii_alphanumeric() && *b != b'_').unwrap_or(rest.len());
                words.push(Word { text: &sql[at..at + length], start: at, depth });
                at + length
            }
            [b, ..] if b.is_ascii_whitespace() || *b == b';' => {
                at += 1;
                continue;
            }
            _ => at + 1,
        };
        end = next;
        at = next;
    }
    (words, end)
}

#[cfg(test)]
mod tests {
    use super::ordered;

    fn with(sql: &str, names: &[&str]) -> Option<String> {
        ordered(sql, &(1..).zip(names.iter().map(|n| (*n).to_owned())).collect::<Vec<_>>()).map(|s| s.trim_end().to_owned())
    }

    #[test]
    fn rows_get_an_order_unless_the_first_will_do() {
        assert_eq!(with("SELECT a FROM t", &["a"]).as_deref(), Some("SELECT a FROM t ORDER BY 1"));
        assert_eq!(with("SELECT a FROM t LIMIT 3", &["a"]), None);
        assert_eq!(with("SHOW TABLES", &["a"]), None);
        let got = with("select a, count(*) n from t group by a; -- done", &["a", "n"]);
        assert_eq!(got.as_deref(), Some("select a, count(*) n from t group by a ORDER BY 1, 2 ; -- done"));
        assert_eq!(with("SELECT DISTINCT a FROM t LIMIT 3", &["a"]).as_deref(), Some("SELECT DISTINCT a FROM t ORDER BY 1 LIMIT 3"));
    }

    #[test]
    fn ties_of_an_order_are_broken_by_the_row() {
        let got = with("SELECT a, b, c FROM t ORDER BY B DESC, 3 LIMIT 3", &["a", "b", "c"]);
        assert_eq!(got.as_deref(), Some("SELECT a, b, c FROM t ORDER BY B DESC, 3, 1 LIMIT 3"));
        assert_eq!(with("SELECT a FROM t ORDER BY a LIMIT 3", &["a"]), None);
    }

    #[test]
    fn strings_comments_and_inner_orders_do_not_count() {
        let sql = "WITH x AS (SELECT a, ROW_NUMBER() OVER (ORDER BY a) r FROM t) SELECT 'it''s ORDER BY' /* GROUP BY */ FROM x LIMIT 1 -- ORDER BY";
        assert_eq!(with(sql, &["a"]), None);
        let sql = "SELECT \"order by\" FROM (SELECT * FROM t GROUP BY ü ORDER BY 1)";
        assert_eq!(with(sql, &["order by"]), Some(format!("{sql} ORDER BY 1")));
    }
}
