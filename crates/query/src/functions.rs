//! The SQL dialect: DuckDB's, as far as the questions of a lake need it. `docs/sql.md` is the page on it for analysts.
//!
//! Reports keep to what tracemill, DuckDB and Spark share: plain SELECT with CTEs, joins by name, GROUP BY, `COUNT(*) FILTER (WHERE …)`,
//! CASE, COALESCE, NULLIF, GREATEST, LEAST, `CAST(x AS BIGINT | DOUBLE | DATE)`, and of windows ROW_NUMBER, DENSE_RANK, LAG and SUM with
//! PARTITION BY and an ORDER BY in one direction. What differs in these between engines, all of it:
//!
//! | here | DuckDB | Spark |
//! |---|---|---|
//! | `QUANTILE_CONT(x, 0.5)` (exact, linear: type 7) | the same | `PERCENTILE(x, 0.5)` |
//! | `GET_JSON_OBJECT(text, '$.a[0]')` | `json_extract_string(text, '$.a[0]')`, which is known here too | the same |
//! | `UNNEST(STRING_TO_ARRAY(text, ', '))` | the same | `EXPLODE(SPLIT(text, ', '))` |
//! | `DATE_TRUNC('hour', time)` | the same | the same |
//! | `TO_TIMESTAMP('2026-11-22T10:00:00Z')` | `TIMESTAMPTZ '2026-11-22T10:00:00Z'`, which is known here too | the same |
//! | `STRING_AGG(DISTINCT x, ', ' ORDER BY x)` | the same | `ARRAY_JOIN(ARRAY_SORT(COLLECT_SET(x)), ', ')` |
//! | nulls last in ORDER BY, of windows too | the same | first; write NULLS LAST |
//! | `x / y` of integers is a double, by zero it is null | an error by zero | the same |
//! | `ROUND(x / 1000000.0, 6)`; in reports a tie goes to the even digit | away from zero | away from zero |
//!
//! Dividing by a constant has a habit of its own: polars divides through its inverse on long batches and truly on short ones, so that the
//! last bit of a bare quotient depends on how the rows are cut. Rounding to the unit that x counts gives the nearest double always.

pub(crate) mod json_path;

/// The names of all functions, in the order of the alphabet.
pub fn names() -> Vec<&'static str> {
    let mut names = crate::sql::function_names();
    names.sort_unstable();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    /// The page for analysts has the table of differences; what reports may use stands here too.
    #[test]
    fn the_page_names_every_function() {
        let page = include_str!("../../../docs/sql.md");
        let unnamed: Vec<&str> = super::names().into_iter().filter(|n| !page.contains(&format!("`{n}`"))).collect();
        assert!(unnamed.is_empty(), "docs/sql.md does not name {unnamed:?}");
    }
}
