//! Rows that come from no table, as an answer: what the program knows itself, in every format that answers have. Border: typed cells in,
//! an answer out.

use polars::prelude::*;

use crate::answer::Answer;
use crate::error::QueryError;

/// A cell of a listing. All cells of a column are of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Text; `None` where there is nothing to say.
    Text(Option<String>),
    /// Whole number.
    Int(Option<i64>),
    /// Nanoseconds since the epoch.
    Time(Option<i64>),
}

impl Cell {
    /// A text from outside: the empty one is nothing, and control characters, which must not reach a terminal in any format, are
    /// replaced by U+FFFD.
    pub fn text(text: &str) -> Cell {
        Cell::Text((!text.is_empty()).then(|| text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()))
    }

    /// A number; beyond 2⁶³ the greatest there is.
    pub fn int(number: u64) -> Cell {
        Cell::Int(Some(i64::try_from(number).unwrap_or(i64::MAX)))
    }
}

/// The rows as an answer, in the order given. `like` names each column and shows, by a cell that is not used, of what kind it is;
/// a cell of another kind is an error.
pub fn listing<const N: usize>(like: [(&str, Cell); N], rows: &[[Cell; N]]) -> Result<Answer, QueryError> {
    let strange = |name: &str| QueryError::Sql(format!("column {name} of a listing has cells of several kinds"));
    let mut columns = Vec::with_capacity(N);
    for (n, (name, kind)) in like.iter().enumerate() {
        let cells = || rows.iter().map(|row| &row[n]);
        let numbers = || cells().map(|c| if let Cell::Int(n) | Cell::Time(n) = c { *n } else { None }).collect::<Vec<Option<i64>>>();
        if cells().any(|c| std::mem::discriminant(c) != std::mem::discriminant(kind)) {
            return Err(strange(name));
        }
        columns.push(match kind {
            Cell::Text(_) => {
                let texts = cells().map(|c| if let Cell::Text(t) = c { t.as_deref() } else { None }).collect::<Vec<Option<&str>>>();
                Column::new((*name).into(), texts)
            }
            Cell::Int(_) => Column::new((*name).into(), numbers()),
            Cell::Time(_) => {
                let utc = DataType::Datetime(TimeUnit::Nanoseconds, Some(TimeZone::UTC));
                Column::new((*name).into(), numbers()).cast(&utc)?
            }
        });
    }
    Answer::new(DataFrame::new(rows.len(), columns)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, render};

    const LIKE: [(&str, Cell); 3] = [("name", Cell::Text(None)), ("n", Cell::Int(None)), ("t", Cell::Time(None))];

    fn csv(rows: &[[Cell; 3]]) -> String {
        String::from_utf8(render(&listing(LIKE, rows).unwrap(), Format::Csv, None).unwrap()).unwrap()
    }

    #[test]
    fn cells_come_out_as_they_went_in() {
        let rows = [
            [Cell::text("it's -- a \\ \"name\"; /* x"), Cell::int(9_007_199_254_740_993), Cell::Time(Some(1_795_369_212_209_923_746))],
            [Cell::text("a\u{1b}[31m"), Cell::int(0), Cell::Time(None)],
            [Cell::text(""), Cell::int(u64::MAX), Cell::Time(None)],
        ];
        assert_eq!(
            csv(&rows),
            "name,n,t\n\"it's -- a \\ \"\"name\"\"; /* x\",9007199254740993,2026-11-22T17:40:12.209923746Z\na\u{fffd}[31m,0,\n,9223372036854775807,\n"
        );
        assert_eq!(csv(&[]), "name,n,t\n");
    }

    #[test]
    fn a_cell_of_another_kind_is_refused() {
        assert!(listing(LIKE, &[[Cell::int(1), Cell::int(1), Cell::Time(None)]]).is_err());
    }
}
