//! `tracemill tables` and `tracemill reports`: the tables, their columns and the reports as answers, from the code and the report
//! files. Border: names, types, meanings; no lake is opened.

use polars::prelude::df;
use tracemill_model::tables;

use crate::answer::Answer;
use crate::error::QueryError;
use crate::report::Report;

/// All tables: name, what a row is, number of columns.
pub fn describe_tables() -> Result<Answer, QueryError> {
    let names: Vec<&str> = tables::all().map(|t| t.name).collect();
    let rows: Vec<&str> = tables::all().map(|t| t.row).collect();
    // `date` is not in the files, but is a column all the same
    let columns: Vec<u64> = tables::all().map(|t| t.columns.len() as u64 + 1).collect();
    Answer::new(df!("table" => names, "row" => rows, "columns" => columns)?)
}

/// The columns of a table: name, type, meaning.
pub fn describe_table(name: &str) -> Result<Answer, QueryError> {
    let unknown = || QueryError::Unknown { what: "table", name: name.to_owned(), known: tables::all().map(|t| t.name.to_owned()).collect() };
    let table = tables::by_name(name).ok_or_else(unknown)?;
    let mut rows: Vec<_> = table.columns.iter().map(|c| [c.name.to_owned(), c.kind.name().to_owned(), c.doc.to_owned()]).collect();
    rows.push([
        "date".to_owned(),
        "date".to_owned(),
        "UTC day of the row's time, from the folder's name; 1970-01-01 where the time is unknown".to_owned(),
    ]);
    Answer::of_texts(["column", "type", "meaning"], &rows)
}

/// The reports: name, what each answers, what `--by` takes, the column that `--top` ranks by.
pub fn describe_reports(reports: &[Report]) -> Result<Answer, QueryError> {
    let names: Vec<&str> = reports.iter().map(|r| r.name.as_str()).collect();
    let answers: Vec<&str> = reports.iter().map(|r| r.answers.as_str()).collect();
    let by: Vec<Option<String>> = reports.iter().map(|r| Some(r.by().join(", ")).filter(|by| !by.is_empty())).collect();
    let rank: Vec<Option<&str>> = reports.iter().map(|r| r.rank.as_deref()).collect();
    Answer::new(df!("report" => names, "answers" => answers, "by" => by, "rank" => rank)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_report_is_described() {
        let reports = crate::report::builtin().unwrap();
        assert_eq!(describe_reports(&reports).unwrap().height(), reports.len());
    }

    #[test]
    fn every_table_is_described() {
        assert_eq!(describe_tables().unwrap().height(), tables::all().count());
        for table in tables::all() {
            assert_eq!(describe_table(table.name).unwrap().height(), table.columns.len() + 1);
        }
        assert!(describe_table("nothing").unwrap_err().to_string().contains("spans"));
    }
}
