//! What may stand where the cursor is. Border: a text and its lake's names in, candidates out; keys are `editor`'s business.

use tracemill_query::Catalog;

use super::command;

const KEYWORDS: [&str; 78] = [
    "ALL",
    "AND",
    "ANTI JOIN",
    "AS",
    "ASC",
    "BETWEEN",
    "BY",
    "CASE",
    "CAST",
    "CROSS JOIN",
    "CUBE",
    "CURRENT ROW",
    "DATE",
    "DESC",
    "DESCRIBE",
    "DISTINCT",
    "ELSE",
    "END",
    "EXCEPT",
    "EXCLUDE",
    "EXISTS",
    "EXPLAIN",
    "FALSE",
    "FILTER",
    "FOLLOWING",
    "FROM",
    "FULL JOIN",
    "GROUP BY",
    "GROUPING SETS",
    "HAVING",
    "ILIKE",
    "IN",
    "INNER JOIN",
    "INTERSECT",
    "INTERVAL",
    "IS",
    "JOIN",
    "LEFT JOIN",
    "LIKE",
    "LIMIT",
    "NOT",
    "NULL",
    "NULLS FIRST",
    "NULLS LAST",
    "OFFSET",
    "ON",
    "OR",
    "ORDER BY",
    "OVER",
    "PARTITION BY",
    "PRECEDING",
    "QUALIFY",
    "RANGE",
    "RECURSIVE",
    "RENAME",
    "REPLACE",
    "RIGHT JOIN",
    "ROLLUP",
    "ROWS",
    "SELECT",
    "SEMI JOIN",
    "SHOW TABLES",
    "THEN",
    "TIMESTAMP",
    "TIMESTAMPTZ",
    "TRUE",
    "TRY_CAST",
    "UNBOUNDED",
    "UNION",
    "UNION ALL",
    "UNNEST",
    "USING",
    "VALUES",
    "WHEN",
    "WHERE",
    "WINDOW",
    "WITH",
    "WITHIN GROUP",
];

/// Names that can be completed: of the tables with their columns, and of the functions.
pub struct Words {
    tables: Vec<(String, Vec<String>)>,
    functions: Vec<String>,
}

impl Words {
    pub fn of(catalog: &Catalog) -> Words {
        let columns = |table: &tracemill_model::tables::Table| table.columns.iter().map(|c| c.name.to_owned()).chain(["date".to_owned()]).collect();
        let tables = catalog.tables().into_iter().map(|(name, table)| (name, columns(table))).collect();
        Words { tables, functions: tracemill_query::functions::names().into_iter().map(|f| format!("{f}(")).collect() }
    }

    /// Where the word before the cursor begins, and what it may become.
    pub fn complete(&self, text: &str, cursor: usize) -> (usize, Vec<String>) {
        let before = text.get(..cursor).unwrap_or(text);
        let start = before
            .rfind(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.'))
            .map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
        let word = &before[start..];
        if before.trim_start().starts_with('.') && !before.trim_start().contains(char::is_whitespace) {
            return (start, starting(command::NAMES.iter().copied(), word));
        }
        if word.is_empty() {
            return (start, Vec::new());
        }
        let lower = text.to_lowercase();
        let named: Vec<&(String, Vec<String>)> = self.tables.iter().filter(|(table, _)| words(&lower).any(|w| w == table)).collect();
        // a table's columns behind its name or alias; which alias is whose is not looked into
        if let Some((table, part)) = word.rsplit_once('.')
            && !self.tables.iter().any(|(name, _)| name.starts_with(&format!("{table}.")))
        {
            let columns = named.iter().flat_map(|(_, columns)| columns.iter().map(String::as_str));
            return (start + table.len() + 1, starting(columns, part));
        }
        let columns = named.iter().flat_map(|(_, columns)| columns.iter().map(String::as_str));
        let tables = self.tables.iter().map(|(table, _)| table.as_str());
        let all = columns.chain(tables).chain(self.functions.iter().map(String::as_str)).chain(KEYWORDS);
        (start, starting(all, word))
    }
}

/// The words of a text, names with their dots.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.'))
}

/// Those that begin so, in any case, each once.
fn starting<'a>(all: impl Iterator<Item = &'a str>, start: &str) -> Vec<String> {
    let start = start.to_lowercase();
    let mut found: Vec<String> = Vec::new();
    for word in all.filter(|w| w.to_lowercase().starts_with(&start)) {
        if !found.iter().any(|f| f == word) {
            found.push(word.to_owned());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words() -> Words {
        let table = |name: &str, columns: &[&str]| (name.to_owned(), columns.iter().map(|c| (*c).to_owned()).collect());
        Words {
            tables: vec![table("model_calls", &["model", "time"]), table("tool_calls", &["tool_name", "time"]), table("other.turns", &["turn_id"])],
            functions: vec!["time_bucket(".to_owned()],
        }
    }

    #[test]
    fn words_are_completed() {
        for (text, start, want) in [
            ("sel", 0, vec!["SELECT"]),
            ("SELECT * FROM model_calls WHERE mod", 32, vec!["model", "model_calls"]),
            (
                "SELECT t FROM tool_calls",
                7,
                vec!["tool_name", "time", "tool_calls", "time_bucket(", "THEN", "TIMESTAMP", "TIMESTAMPTZ", "TRUE", "TRY_CAST"],
            ),
            ("SELECT m.t FROM model_calls m", 9, vec!["time"]),
            ("FROM other.t", 5, vec!["other.turns"]),
            (".ta", 0, vec![".tables"]),
            ("SELECT ", 7, vec![]),
        ] {
            let cursor = if text.contains(" FROM tool") {
                8
            } else if text.contains("m.t ") {
                10
            } else {
                text.len()
            };
            assert_eq!(words().complete(text, cursor), (start, want.into_iter().map(str::to_owned).collect()), "{text}");
        }
    }
}
