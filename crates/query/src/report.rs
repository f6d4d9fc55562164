//! A report: a SQL file with a header. Border: what the file says; running it is `catalog`'s business.
//!
//! ```sql
//! -- title: Tokens
//! -- answers: how many tokens of each kind went in and out
//! -- parameters: since, until, agent, model, conversation, user, environment
//! -- by: agent, model, day
//! -- columns:
//! --   agent  text   the agent
//! --   calls  int64  calls of any outcome
//! SELECT /*by*/ agent, model /*end*/, COUNT(*) AS calls FROM model_calls
//! GROUP BY /*by*/ agent, model /*end*/ ORDER BY /*by*/ agent, model /*end*/
//! ```
//!
//! `parameters` lists the filters that apply, `by` the words that `--by` accepts, `columns` the result columns of the grouping
//! that stands in the text: name, type, meaning. Between `/*by*/` and `/*end*/` stand the grouping columns, which `--by` replaces;
//! so the file is a complete statement as it is, on any engine.

use std::io;
use std::path::Path;

use crate::error::QueryError;
use crate::filters::PARAMETERS;
use crate::grouping::column_of;

const OPEN: &str = "/*by*/";
const CLOSE: &str = "/*end*/";

/// A report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The file's name without `.sql`: the subcommand.
    pub name: String,
    /// A few words.
    pub title: String,
    /// What it answers, one sentence.
    pub answers: String,
    /// The filters that apply.
    pub parameters: Vec<String>,
    /// What `--by` accepts; empty where the report cannot be grouped otherwise.
    pub by: Vec<String>,
    /// The result columns of its own grouping.
    pub columns: Vec<ReportColumn>,
    text: String,
}

/// A result column as the header documents it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportColumn {
    /// Name.
    pub name: String,
    /// Type, in the words of [`crate::Type::name`].
    pub type_name: String,
    /// Meaning, with unit.
    pub doc: String,
}

/// The reports that come with the program, by name: every file in `queries/`.
pub fn builtin() -> Result<Vec<Report>, QueryError> {
    const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/reports.rs"));
    FILES.iter().map(|(name, text)| Report::parse(name, text, &format!("queries/{name}.sql"))).collect()
}

/// The reports of a folder, by name: every `*.sql` in it. A folder or file that cannot be read is the fault of who named it.
pub fn from_dir(folder: &Path) -> Result<Vec<Report>, QueryError> {
    let unreadable = |path: &Path| {
        let file = path.display().to_string();
        move |e: io::Error| QueryError::Header { file, reason: e.to_string() }
    };
    let mut reports = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable(folder))? {
        let path = entry.map_err(unreadable(folder))?.path();
        if path.extension().is_some_and(|e| e == "sql") {
            let text = std::fs::read_to_string(&path).map_err(unreadable(&path))?;
            reports.push(Report::parse(&path.file_stem().unwrap_or_default().to_string_lossy(), &text, &path.display().to_string())?);
        }
    }
    reports.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(reports)
}

impl Report {
    /// Reads a report's text; `file` is for messages.
    pub fn parse(name: &str, text: &str, file: &str) -> Result<Report, QueryError> {
        let wrong = |reason: String| QueryError::Header { file: file.to_owned(), reason };
        let mut report = Report {
            name: name.to_owned(),
            title: String::new(),
            answers: String::new(),
            parameters: Vec::new(),
            by: Vec::new(),
            columns: Vec::new(),
            text: text.to_owned(),
        };
        let list = |value: &str| value.split(',').map(|w| w.trim().to_owned()).filter(|w| !w.is_empty()).collect::<Vec<_>>();
        let mut in_columns = false;
        for line in text.lines().take_while(|l| l.starts_with("--")) {
            let line = &line[2..];
            if in_columns && line.starts_with("  ") {
                report.columns.push(column(line).ok_or_else(|| wrong(format!("column line {line:?}: want a name, a type and a meaning")))?);
                continue;
            }
            let Some((key, value)) = line.split_once(':') else { continue };
            let value = value.trim();
            in_columns = key.trim() == "columns";
            match key.trim() {
                "title" => report.title = value.to_owned(),
                "answers" => report.answers = value.to_owned(),
                "parameters" => report.parameters = list(value),
                "by" => report.by = list(value),
                _ => {}
            }
        }
        for (key, missing) in [("title", report.title.is_empty()), ("answers", report.answers.is_empty()), ("columns", report.columns.is_empty())] {
            if missing {
                return Err(wrong(format!("the header has no `-- {key}:` line")));
            }
        }
        if let Some(strange) = report.parameters.iter().find(|p| !PARAMETERS.contains(&p.as_str())) {
            return Err(wrong(format!("parameter {strange:?} is no filter; there are {}", PARAMETERS.join(", "))));
        }
        if text.matches(OPEN).count() != text.matches(CLOSE).count() || text.contains(OPEN) == report.by.is_empty() {
            return Err(wrong(format!("a report with a `-- by:` line marks its grouping columns with {OPEN} … {CLOSE}, each pair complete")));
        }
        Ok(report)
    }

    /// The columns that the words of `--by` mean; none for no words.
    pub(crate) fn grouping(&self, words: &[String]) -> Result<Vec<String>, QueryError> {
        let mut columns: Vec<String> = Vec::new();
        for word in words.iter().flat_map(|w| w.split(',')).map(str::trim).filter(|w| !w.is_empty()) {
            let column = column_of(word).to_owned();
            if !self.by.iter().any(|b| b == word || column_of(b) == column) {
                return Err(QueryError::By { name: word.to_owned(), report: self.name.clone(), known: self.by.clone() });
            }
            if !columns.contains(&column) {
                columns.push(column);
            }
        }
        Ok(columns)
    }

    /// The statement, grouped by these columns instead of its own where there are any.
    pub(crate) fn sql(&self, columns: &[String]) -> String {
        if columns.is_empty() {
            return self.text.clone();
        }
        let list = columns.join(", ");
        let mut pieces = self.text.split(OPEN);
        let mut sql = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            sql += &list;
            sql += piece.split_once(CLOSE).map_or("", |(_, rest)| rest);
        }
        sql
    }
}

fn column(line: &str) -> Option<ReportColumn> {
    let (name, rest) = line.trim().split_once(char::is_whitespace)?;
    let (type_name, doc) = rest.trim().split_once(char::is_whitespace)?;
    Some(ReportColumn { name: name.to_owned(), type_name: type_name.to_owned(), doc: doc.trim().to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "-- title: T\n-- answers: a\n-- by: model, day, user\n-- columns:\n--   model text the model\n--   n  int64  how many\n-- note: x\n\
        SELECT /*by*/ model /*end*/, COUNT(*) AS n FROM model_calls GROUP BY /*by*/model/*end*/\n";

    #[test]
    fn a_header_is_read() {
        let report = Report::parse("t", TEXT, "t.sql").unwrap();
        assert_eq!((report.title.as_str(), report.answers.as_str()), ("T", "a"));
        assert_eq!(report.columns[1], ReportColumn { name: "n".into(), type_name: "int64".into(), doc: "how many".into() });
        assert_eq!(report.columns.len(), 2);
    }

    #[test]
    fn by_replaces_the_marked_columns() {
        let report = Report::parse("t", TEXT, "t.sql").unwrap();
        let by = report.grouping(&["day,user".to_owned(), "user_id".to_owned()]).unwrap();
        assert_eq!(by, ["day", "user_id"]);
        assert!(report.sql(&by).ends_with("SELECT day, user_id, COUNT(*) AS n FROM model_calls GROUP BY day, user_id\n"));
        let refused = report.grouping(&["colour".to_owned()]).unwrap_err();
        assert!(refused.is_usage() && refused.to_string().contains("model, day, user"), "{refused}");
    }

    #[test]
    fn a_folder_adds_its_files() {
        let folder = std::env::temp_dir().join(format!("tracemill-query-{}-reports", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("ours.sql"), TEXT).unwrap();
        std::fs::write(folder.join("notes.txt"), "no report").unwrap();
        let names: Vec<_> = from_dir(&folder).unwrap().into_iter().map(|r| r.name).collect();
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!(names, ["ours"]);
        assert!(from_dir(&folder).unwrap_err().is_usage());
    }

    #[test]
    fn a_bad_header_says_what_is_missing() {
        for (bad, want) in [
            (TEXT.replace("-- title: T\n", ""), "title"),
            (TEXT.replace("/*end*/", ""), "/*end*/"),
            (TEXT.replace("text the model", ""), "column line"),
        ] {
            let error = Report::parse("t", &bad, "t.sql").unwrap_err().to_string();
            assert!(error.contains(want) && error.starts_with("t.sql: "), "{error}");
        }
    }
}
