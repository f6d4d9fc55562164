//! What the program knows itself, as an answer: rows that come from no table, in every format that answers have. Border: texts and their
//! types in, an answer out; the query library reads them as a statement of nothing but literals.

use jiff::Timestamp;
use tracemill_model::Lake;
use tracemill_query::{Answer, Catalog, Filters};

use crate::failure::Failure;

/// The type of a column.
#[derive(Debug, Clone, Copy)]
pub enum Type {
    /// Text.
    Text,
    /// Whole number.
    Int,
    /// Time.
    Time,
}

/// A cell: text without control characters, which must not reach a terminal in any format, or nothing.
#[derive(Debug, Clone)]
pub struct Cell(Option<String>);

impl Cell {
    /// A text; the empty one is nothing.
    pub fn text(text: &str) -> Cell {
        Cell((!text.is_empty()).then(|| text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()))
    }

    /// A number.
    pub fn int(number: u64) -> Cell {
        Cell(Some(number.to_string()))
    }

    /// A time in nanoseconds since the epoch.
    pub fn time(ns: Option<i64>) -> Cell {
        Cell(ns.and_then(|ns| Timestamp::from_nanosecond(ns.into()).ok()).map(|t| t.to_string()))
    }
}

/// The rows as an answer, in the order given.
pub fn answer<const N: usize>(columns: [(&str, Type); N], rows: &[[Cell; N]]) -> Result<Answer, Failure> {
    let names = columns.map(|(name, _)| format!("\"{name}\"")).join(", ");
    let typed = columns.map(|(name, t)| {
        let known = format!("NULLIF(\"{name}\", '')");
        let value = match t {
            Type::Text => known,
            Type::Int => format!("CAST({known} AS BIGINT)"),
            Type::Time => format!("TO_TIMESTAMP({known})"),
        };
        format!("{value} AS \"{name}\"")
    });
    let literal = |cell: &Cell| format!("'{}'", cell.0.as_deref().unwrap_or_default().replace('\'', "''"));
    let row = |(n, cells): (usize, &[Cell; N])| format!("({n}, {})", cells.each_ref().map(literal).join(", "));
    // the engine takes the types from the rows, so there is always one; it does not show
    let nothing = std::array::from_fn(|_| Cell(None));
    let literals: Vec<String> = std::iter::once(row((0, &nothing))).chain(rows.iter().zip(1..).map(|(cells, n)| row((n, cells)))).collect();
    let from = format!("(VALUES {}) AS listing(row_number, {names})", literals.join(", "));
    let sql = format!("SELECT {} FROM {from} WHERE row_number > 0 ORDER BY row_number", typed.join(", "));
    Ok(Catalog::open(&Lake::nowhere())?.sql(&sql, &Filters::default())?)
}

#[cfg(test)]
mod tests {
    use tracemill_query::{Format, render};

    use super::*;

    fn csv<const N: usize>(columns: [(&str, Type); N], rows: &[[Cell; N]]) -> String {
        String::from_utf8(render(&answer(columns, rows).unwrap(), Format::Csv, None).unwrap()).unwrap()
    }

    #[test]
    fn cells_come_out_as_they_went_in() {
        let columns = [("name", Type::Text), ("n", Type::Int), ("t", Type::Time)];
        let rows = [
            [Cell::text("it's -- a \\ \"name\"; /* x"), Cell::int(9_007_199_254_740_993), Cell::time(Some(1_795_369_212_209_923_746))],
            [Cell::text("a\u{1b}[31m"), Cell::int(0), Cell::time(None)],
            [Cell::text(""), Cell::int(1), Cell::time(None)],
        ];
        assert_eq!(
            csv(columns, &rows),
            "name,n,t\n\"it's -- a \\ \"\"name\"\"; /* x\",9007199254740993,2026-11-22T17:40:12.209923746Z\na\u{fffd}[31m,0,\n,1,\n"
        );
        assert_eq!(csv(columns, &[]), "name,n,t\n");
    }
}
