//! A report: a SQL file with a header. Border: what the file says; running it is `catalog`'s business.
//!
//! ```sql
//! -- title: Tokens
//! -- answers: how many tokens of each kind went in and out
//! -- parameters: since, until, agent, model, conversation, user, environment
//! -- by: agent, model, day
//! -- rank: calls
//! -- columns:
//! --   agent  text   the agent
//! --   calls  int64  calls of any outcome
//! SELECT /*by*/ agent, model /*end*/, COUNT(*) AS calls FROM model_calls
//! GROUP BY /*by*/ agent, model /*end*/ ORDER BY /*by*/ agent, model /*end*/
//! ```
//!
//! `parameters` lists the filters that apply, `by` the words that `--by` accepts, `columns` the result columns of the grouping
//! that stands in the text: name, type, meaning. Between `/*by*/` and `/*end*/` stand the grouping columns, which `--by` replaces;
//! so the file is a complete statement as it is, on any engine. The last such place, in the ORDER BY, has their bare names.
//!
//! Whose work it was needs no naming: where `by` is said, and every row of the tables is of a conversation, `user`, `team`, `project`,
//! `repository`, `branch`, `cost_center` and `label.NAME` are words too; and where `user` is a filter, so are the others.
//!
//! Three more lines where they are needed: `rank` is the column by which `--top` finds the greatest groups; `lookups` lists tables that
//! the filters leave whole, because they only tell more about the rows of others; `grouped columns` are the result columns beside
//! the grouping of a list that `--by` makes a table of sums. Such a list stands between `/*own*/` and `/*else`; what takes its place, with
//! `{by}` for the grouping columns, follows up to `*/` and is a comment to any other engine.

use std::io;
use std::path::Path;

use tracemill_model::tables;

use crate::catalog::named_tables;
use crate::error::QueryError;
use crate::filters::{self, PARAMETERS};
use crate::grouping::{self, Grouping, column_of, is_of_zone};
use crate::label;

const OPEN: &str = "/*by*/";
const CLOSE: &str = "/*end*/";
const OWN: &str = "/*own*/";
const ELSE: &str = "/*else";
const END_OF_COMMENT: &str = "*/";

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
    /// The column by which one group is greater than another; `None` where nothing tells.
    pub rank: Option<String>,
    /// Tables that the filters leave whole.
    pub lookups: Vec<String>,
    /// The result columns of its own grouping.
    pub columns: Vec<ReportColumn>,
    /// The result columns beside the grouping, where `--by` makes another table of the report; empty for most.
    pub grouped: Vec<ReportColumn>,
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
            rank: None,
            lookups: Vec::new(),
            columns: Vec::new(),
            grouped: Vec::new(),
            text: text.to_owned(),
        };
        let list = |value: &str| value.split(',').map(|w| w.trim().to_owned()).filter(|w| !w.is_empty()).collect::<Vec<_>>();
        let mut list_of = "";
        for line in text.lines().take_while(|l| l.starts_with("--")) {
            let line = &line[2..];
            if !list_of.is_empty() && line.starts_with("  ") {
                let column = column(line).ok_or_else(|| wrong(format!("column line {line:?}: want a name, a type and a meaning")))?;
                if list_of == "columns" {
                    report.columns.push(column)
                } else {
                    report.grouped.push(column)
                }
                continue;
            }
            let Some((key, value)) = line.split_once(':') else { continue };
            let value = value.trim();
            list_of = ["columns", "grouped columns"].into_iter().find(|l| *l == key.trim()).unwrap_or_default();
            match key.trim() {
                "title" => report.title = value.to_owned(),
                "answers" => report.answers = value.to_owned(),
                "parameters" => report.parameters = list(value),
                "by" => report.by = list(value),
                "rank" => report.rank = Some(value.to_owned()),
                "lookups" => report.lookups = list(value),
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
        let count = |mark| text.matches(mark).count();
        if count(OPEN) != count(CLOSE) || count(OWN) != count(ELSE) || (count(OPEN) + count(OWN) > 0) == report.by.is_empty() {
            return Err(wrong(format!("a report with a `-- by:` line marks its grouping columns with {OPEN} … {CLOSE}, each pair complete")));
        }
        report.add_those_of_conversations();
        let known = |rank: &String| report.columns.iter().chain(&report.grouped).any(|c| c.name == *rank);
        if let Some(strange) = report.rank.as_ref().filter(|r| report.by.is_empty() || !known(r)) {
            return Err(wrong(format!("rank {strange:?} is no column of a report that can be grouped")));
        }
        Ok(report)
    }

    /// Adds the filters and the words of `--by` that no header needs to name.
    fn add_those_of_conversations(&mut self) {
        if let Some(user) = self.parameters.iter().position(|p| p == filters::USER_PARAMETER) {
            let unsaid = filters::OF_CONVERSATIONS.into_iter().filter(|p| !self.parameters.iter().any(|said| said == p));
            let unsaid: Vec<String> = unsaid.map(str::to_owned).collect();
            self.parameters.splice(user + 1..user + 1, unsaid);
        }
        // of a statement that is none it is told when it is run
        let named = named_tables(&self.sql(&["grouping".to_owned()])).unwrap_or_default();
        let read = named.iter().filter(|name| !self.lookups.contains(name)).filter_map(|name| tables::by_name(&name.to_lowercase()));
        if !self.by.is_empty() && grouping::reaches_conversations(read) {
            let unsaid = grouping::OF_CONVERSATIONS.into_iter().filter(|w| !self.by.iter().any(|said| said == w));
            let unsaid: Vec<String> = unsaid.map(str::to_owned).collect();
            self.by.extend(unsaid);
        }
    }

    /// What to group by for the words of `--by`, or for `top` groups of the report's own grouping; nothing where its text stands as it is.
    pub(crate) fn grouping(&self, words: &[String], top: bool) -> Result<Grouping, QueryError> {
        let columns = self.columns_of(words)?;
        let own = self.own_grouping();
        if !columns.is_empty() && columns != own {
            return Ok(Grouping::of(columns).with_labels(split(words)));
        }
        let as_it_stands = !top && !own.iter().any(|c| is_of_zone(c));
        if top && own.is_empty() {
            return Err(QueryError::Top { report: self.name.clone() });
        }
        Ok(Grouping::of(if as_it_stands { Vec::new() } else { own }))
    }

    /// The columns the text groups by.
    pub(crate) fn own_grouping(&self) -> Vec<String> {
        let last = self.text.rsplit_once(OPEN).and_then(|(_, rest)| rest.split_once(CLOSE));
        last.map_or(Vec::new(), |(names, _)| names.split(',').map(|n| n.trim().to_owned()).collect())
    }

    fn columns_of(&self, words: &[String]) -> Result<Vec<String>, QueryError> {
        let mut columns: Vec<String> = Vec::new();
        for word in split(words) {
            let column = column_of(word).into_owned();
            if !self.by.iter().any(|b| b == word || column_of(b) == column || b == label::ANY && label::named(word).is_some()) {
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
        let by_list = replaced(&self.text, OPEN, |inside| inside.split_once(CLOSE).map_or(String::new(), |(_, rest)| list.clone() + rest));
        replaced(&by_list, OWN, |inside| {
            let instead = inside.split_once(ELSE).and_then(|(_, rest)| rest.split_once(END_OF_COMMENT));
            instead.map_or(String::new(), |(text, rest)| text.trim().replace("{by}", &list) + rest)
        })
    }
}

/// The words of `--by`, in one option or several.
fn split(words: &[String]) -> impl Iterator<Item = &str> {
    words.iter().flat_map(|w| w.split(',')).map(str::trim).filter(|w| !w.is_empty())
}

/// The text with all that follows each mark, up to the next or the end, as `change` makes it.
fn replaced(text: &str, mark: &str, change: impl Fn(&str) -> String) -> String {
    let mut pieces = text.split(mark);
    let first = pieces.next().unwrap_or_default().to_owned();
    first + &pieces.map(change).collect::<String>()
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
        assert_eq!(report.by, ["model", "day", "user", "team", "project", "repository", "branch", "cost_center", "label.NAME"]);
        for word in ["cost_center", "cost-center", "cost_centre", "cost-centre"] {
            assert_eq!(report.grouping(&[format!("{word},label.a.b")], false).unwrap().in_sql(), ["by_cost_center", "by_label_a_b"]);
        }
        let by = report.grouping(&["day,user".to_owned(), "user_id".to_owned()], false).unwrap().in_sql();
        assert_eq!(by, ["by_day", "by_user_id"]);
        assert!(report.sql(&by).ends_with("SELECT by_day, by_user_id, COUNT(*) AS n FROM model_calls GROUP BY by_day, by_user_id\n"));
        let refused = report.grouping(&["colour".to_owned()], false).unwrap_err();
        assert!(refused.is_usage() && refused.to_string().contains("model, day, user"), "{refused}");
    }

    #[test]
    fn the_own_grouping_stands_unless_it_depends_on_the_zone_or_is_to_be_cut() {
        let report = Report::parse("t", TEXT, "t.sql").unwrap();
        let own = |report: &Report, words: &[String], top| report.grouping(words, top).unwrap().in_sql();
        assert!(own(&report, &[], false).is_empty() && own(&report, &["model".to_owned()], false).is_empty());
        assert_eq!(own(&report, &[], true), ["by_model"]);
        let daily = Report::parse("t", &TEXT.replace("/*by*/model/*end*/", "/*by*/ day /*end*/"), "t.sql").unwrap();
        assert_eq!(own(&daily, &[], false), ["by_day"]);
    }

    #[test]
    fn a_list_becomes_a_table_of_sums() {
        let text = "-- title: T\n-- answers: a\n-- by: model\n-- rank: n\n-- columns:\n--   time timestamp when\n-- grouped columns:\n--   n int64 how many\n\
            /*own*/ SELECT time FROM model_calls ORDER BY time /*else SELECT {by}, COUNT(*) AS n FROM model_calls GROUP BY {by} */\n";
        let report = Report::parse("t", text, "t.sql").unwrap();
        assert_eq!(report.grouped[0].name, "n");
        assert!(report.sql(&["by_model".into()]).ends_with("\nSELECT by_model, COUNT(*) AS n FROM model_calls GROUP BY by_model\n"));
        assert_eq!(report.sql(&[]), text);
        assert!(report.grouping(&[], true).unwrap_err().is_usage());
    }

    #[test]
    fn what_is_of_conversations_is_said_only_where_it_leads_to_one() {
        let metrics = Report::parse("t", &TEXT.replace("model_calls", "metric_deltas"), "t.sql").unwrap();
        assert_eq!(metrics.by, ["model", "day", "user"]);
        let joined = TEXT.replace("model_calls", "model_calls JOIN metric_deltas USING (model)");
        assert_eq!(Report::parse("t", &joined, "t.sql").unwrap().by.len(), 3);
        let lookup = joined.replace("-- by", "-- lookups: metric_deltas\n-- parameters: since, user, environment\n-- by");
        let lookup = Report::parse("t", &lookup, "t.sql").unwrap();
        assert_eq!(lookup.by.len(), 9);
        assert_eq!(lookup.parameters, ["since", "user", "team", "project", "repository", "branch", "cost-center", "environment"]);
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
            (TEXT.replace("-- columns", "-- rank: colour\n-- columns"), "colour"),
        ] {
            let error = Report::parse("t", &bad, "t.sql").unwrap_err().to_string();
            assert!(error.contains(want) && error.starts_with("t.sql: "), "{error}");
        }
    }
}
