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
//! Four more lines where they are needed: `rank` is the column by which `--top` finds the greatest groups; `nightly: lake` makes the
//! nightly ask the report of the whole lake instead of its period; `lookups` lists tables that the filters leave whole, because they only
//! tell more about the rows of others; `grouped columns` are the result columns beside the grouping of a list that `--by` makes a table of
//! sums. Such a list stands between `/*own*/` and `/*else`; what takes its place, with
//! `{by}` for the grouping columns, follows up to `*/` and is a comment to any other engine.

use std::io;
use std::path::Path;
use std::sync::OnceLock;

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
    /// What the header says that `--by` accepts; empty where the report cannot be grouped otherwise.
    by: Vec<String>,
    /// All that it accepts, once it has been asked for: for that the statement is parsed, which takes longer than everything else about a report.
    all_by: OnceLock<Vec<String>>,
    /// The column by which one group is greater than another; `None` where nothing tells.
    pub rank: Option<String>,
    /// Tables that the filters leave whole.
    pub lookups: Vec<String>,
    /// Whether the nightly asks it of the whole lake, not of the night's period.
    pub whole_lake: bool,
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
    static PARSED: OnceLock<Vec<Report>> = OnceLock::new();
    if let Some(parsed) = PARSED.get() {
        return Ok(parsed.clone());
    }
    let parsed = FILES.iter().map(|(name, text)| Report::parse(name, text, &format!("queries/{name}.sql"))).collect::<Result<Vec<_>, _>>()?;
    Ok(PARSED.get_or_init(|| parsed).clone())
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
            all_by: OnceLock::new(),
            rank: None,
            lookups: Vec::new(),
            whole_lake: false,
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
                "nightly" if value == "lake" => report.whole_lake = true,
                "nightly" => return Err(wrong(format!("nightly {value:?}: want lake, or no such line for a report over the night's period"))),
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

    /// Adds the filters that no header needs to name.
    fn add_those_of_conversations(&mut self) {
        if let Some(user) = self.parameters.iter().position(|p| p == filters::USER_PARAMETER) {
            let unsaid = filters::OF_CONVERSATIONS.into_iter().filter(|p| !self.parameters.iter().any(|said| said == p));
            let unsaid: Vec<String> = unsaid.map(str::to_owned).collect();
            self.parameters.splice(user + 1..user + 1, unsaid);
        }
    }

    /// The file as it is, with its header.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it can be grouped otherwise than by its own columns.
    pub fn can_be_grouped(&self) -> bool {
        !self.by.is_empty()
    }

    /// What `--by` accepts, with the words that no header needs to name; empty where the report cannot be grouped otherwise.
    pub fn by(&self) -> &[String] {
        self.all_by.get_or_init(|| {
            let mut by = self.by.clone();
            if by.is_empty() {
                return by;
            }
            // of a statement that is none it is told when it is run
            let named = named_tables(&self.sql(&["grouping".to_owned()])).unwrap_or_default();
            let read = named.iter().filter(|name| !self.lookups.contains(name)).filter_map(|name| tables::by_name(&name.to_lowercase()));
            if grouping::reaches_conversations(read) {
                let unsaid = grouping::OF_CONVERSATIONS.into_iter().filter(|w| !self.by.iter().any(|said| said == w));
                by.extend(unsaid.map(str::to_owned));
            }
            by
        })
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
            if !self.by().iter().any(|b| b == word || column_of(b) == column || b == label::ANY && label::named(word).is_some()) {
                return Err(QueryError::By { name: word.to_owned(), report: self.name.clone(), known: self.by().to_vec() });
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
mod tests;
