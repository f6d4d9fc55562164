//! Values of filters that nothing in the lake has: an answer without rows may be right, or a slip of the pen. Border: which values are unknown, in
//! words; whether anybody is told is the callers' business.

use super::{Catalog, Reading};
use crate::error::QueryError;
use crate::filters::{Filters, Value};

/// So many of the values that there are get named.
const NAMED: usize = 10;

impl Catalog {
    /// A line for each value of the filters that is nowhere in the lake, with the values that are there, the likest first.
    pub fn unknown_values(&self, filters: &Filters) -> Result<Vec<String>, QueryError> {
        let mut lines = Vec::new();
        for Value { option, table, column, values } in filters.values() {
            let sql = format!("SELECT DISTINCT {column} AS known FROM {table} WHERE {column} IS NOT NULL ORDER BY known");
            let answer = self.run(&sql, &Reading::default(), &Filters::default())?;
            let known: Vec<String> = answer.frame().column("known")?.str()?.iter().flatten().map(str::to_owned).collect();
            lines.extend(values.iter().filter(|v| !is_known(v, &known)).map(|v| line(option, v, &known)));
        }
        Ok(lines)
    }
}

/// Only metrics may be named by their beginning; no other value ends in an asterisk.
fn is_known(value: &str, known: &[String]) -> bool {
    known.iter().any(|k| k == value || value.strip_suffix('*').is_some_and(|beginning| k.starts_with(beginning)))
}

fn line(option: &str, value: &str, known: &[String]) -> String {
    if known.is_empty() {
        return format!("{option} {value:?}: nothing in the lake has one");
    }
    let likeness = |k: &str| if k.starts_with(value) { 1.0 } else { strsim::normalized_damerau_levenshtein(value, k) };
    let mut likest: Vec<&String> = known.iter().collect();
    likest.sort_by(|a, b| likeness(b).total_cmp(&likeness(a)));
    let named = likest.iter().take(NAMED).map(|k| k.as_str()).collect::<Vec<_>>().join(", ");
    let more = if known.len() > NAMED { format!(" and {} more", known.len() - NAMED) } else { String::new() };
    format!("{option} {value:?}: nothing in the lake has that; there is {named}{more}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filters::FilterWords;
    use crate::fixture;

    #[test]
    fn values_that_are_nowhere_are_told_with_those_that_are_there() {
        let test = fixture::small("unknown");
        let catalog = Catalog::open(&test.lake).unwrap();
        let unknown = |change: &dyn Fn(&mut FilterWords)| {
            let mut words = FilterWords::default();
            change(&mut words);
            catalog.unknown_values(&Filters::parse(&words, "2026-11-23T00:00:00Z".parse().unwrap()).unwrap()).unwrap()
        };
        assert_eq!(unknown(&|w| w.agent = vec!["codex".to_owned()]), Vec::<String>::new());
        let told = unknown(&|w| w.agent = vec!["codx".to_owned(), "codex".to_owned()]);
        assert!(told.len() == 1 && told[0].starts_with("--agent \"codx\": nothing in the lake has that; there is codex"), "{told:?}");
        let told = unknown(&|w| w.branch = vec!["main".to_owned()]);
        assert_eq!(told, ["--branch \"main\": nothing in the lake has one"]);
    }

    #[test]
    fn a_metric_may_be_named_by_its_beginning() {
        let known = ["codex.tool.call".to_owned()];
        assert!(is_known("codex.*", &known) && is_known("codex.tool.call", &known) && !is_known("codex", &known) && !is_known("x*", &known));
    }
}
