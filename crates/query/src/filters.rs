//! The filters common to all reports, and how they narrow a table before the SQL sees it. Border: rows out; which
//! files are opened is `catalog`'s business, grouping `grouping`'s.
//!
//! A filter applies to a table by the table's own column, else through `conversation_id`: `--user` on `tool_calls` keeps
//! the calls of conversations of that user. A row lies in the period when its own `time` (else `start_time`) does; rows
//! without a time lie in none. Where neither leads anywhere the filter is an error, never ignored.

use jiff::Timestamp;
use polars::prelude::*;
use tracemill_model::date::DAY_NS;
use tracemill_model::tables::{CONVERSATIONS, METRIC_DELTAS, MODEL_CALLS, Table};

use crate::error::QueryError;
use crate::moment;

/// The filters as typed.
#[derive(Debug, Clone, Default)]
pub struct FilterWords {
    /// `--since`, inclusive: RFC 3339, a date, or an age such as `7d`.
    pub since: Option<String>,
    /// `--until`, exclusive: the same forms.
    pub until: Option<String>,
    /// `--timezone`: IANA name of the zone of dates and days; UTC if absent.
    pub timezone: Option<String>,
    /// `--agent`: any of these.
    pub agent: Vec<String>,
    /// `--model`: any of these.
    pub model: Vec<String>,
    /// Any of these versions of the agent; no option, a word of `diff`.
    pub version: Vec<String>,
    /// `--conversation`: any of these ids.
    pub conversation: Vec<String>,
    /// `--user`: any of these.
    pub user: Vec<String>,
    /// `--team`: any of these.
    pub team: Vec<String>,
    /// `--project`: any of these.
    pub project: Vec<String>,
    /// `--repository`: any of these.
    pub repository: Vec<String>,
    /// `--branch`: any of these.
    pub branch: Vec<String>,
    /// `--cost-center`: any of these.
    pub cost_center: Vec<String>,
    /// `--environment`: any of these.
    pub environment: Vec<String>,
    /// `--metric`: any of these; one that ends in `*` stands for all that begin so.
    pub metric: Vec<String>,
}

/// The filters as understood.
#[derive(Debug, Clone)]
pub struct Filters {
    since: Option<i64>,
    until: Option<i64>,
    timezone: String,
    values: Vec<(&'static Dimension, Vec<String>)>,
    /// First and last UTC day (days since 1970-01-01) whose part files are read; the rows in them are not narrowed by it.
    days: Option<(i32, i32)>,
}

/// A filter by value.
#[derive(Debug)]
struct Dimension {
    option: &'static str,
    /// Column of that meaning, in whichever table has it.
    column: &'static str,
    /// Table that tells it of a conversation; `None` where nothing but the column itself can.
    through: Option<&'static Table>,
}

static AGENT: Dimension = Dimension { option: "--agent", column: "agent", through: Some(&CONVERSATIONS) };
static MODEL: Dimension = Dimension { option: "--model", column: "model", through: Some(&MODEL_CALLS) };
static VERSION: Dimension = Dimension { option: "version", column: "agent_version", through: Some(&CONVERSATIONS) };
static CONVERSATION: Dimension = Dimension { option: "--conversation", column: "conversation_id", through: None };
static USER: Dimension = Dimension { option: "--user", column: "user_id", through: Some(&CONVERSATIONS) };
static TEAM: Dimension = Dimension { option: "--team", column: "team", through: Some(&CONVERSATIONS) };
static PROJECT: Dimension = Dimension { option: "--project", column: "project", through: Some(&CONVERSATIONS) };
static REPOSITORY: Dimension = Dimension { option: "--repository", column: "repository", through: Some(&CONVERSATIONS) };
static BRANCH: Dimension = Dimension { option: "--branch", column: "branch", through: Some(&CONVERSATIONS) };
static COST_CENTER: Dimension = Dimension { option: "--cost-center", column: "cost_center", through: Some(&CONVERSATIONS) };
static ENVIRONMENT: Dimension = Dimension { option: "--environment", column: "environment", through: Some(&CONVERSATIONS) };
static METRIC: Dimension = Dimension { option: "--metric", column: "metric", through: None };

/// A filter by value as it was given, and where all values of that meaning stand.
#[derive(Debug)]
pub(crate) struct Value<'a> {
    pub option: &'static str,
    pub table: &'static str,
    pub column: &'static str,
    pub values: &'a [String],
}

/// Names of all filters in a report's `parameters:` line.
pub(crate) const PARAMETERS: [&str; 13] =
    ["since", "until", "agent", "model", "conversation", "user", "team", "project", "repository", "branch", "cost-center", "environment", "metric"];

/// The filter that brings with it those by the labels of a conversation ([`OF_CONVERSATIONS`]) in a report's `parameters:` line.
pub(crate) const USER_PARAMETER: &str = "user";
/// Filters that apply wherever that by the user does.
pub(crate) const OF_CONVERSATIONS: [&str; 5] = ["team", "project", "repository", "branch", "cost-center"];

impl Default for Filters {
    fn default() -> Self {
        Filters { since: None, until: None, timezone: "UTC".to_owned(), values: Vec::new(), days: None }
    }
}

impl Filters {
    /// Understands what was typed; ages count back from `now`.
    pub fn parse(words: &FilterWords, now: Timestamp) -> Result<Filters, QueryError> {
        let name = words.timezone.as_deref().unwrap_or("UTC");
        let zone =
            jiff::tz::TimeZone::get(name).map_err(|_| value("--timezone", name, "no such time zone; want an IANA name such as Europe/Berlin"))?;
        let time = |option, text: &Option<String>| {
            text.as_deref().map(|t| moment::parse(t, &zone, now).map_err(|reason| value(option, t, reason))).transpose()
        };
        let (since, until) = (time("--since", &words.since)?, time("--until", &words.until)?);
        if let (Some(s), Some(u), Some(typed)) = (since, until, &words.until)
            && s >= u
        {
            return Err(value("--until", typed, "not after --since, so nothing can lie between them"));
        }
        let lists = [
            (&AGENT, &words.agent),
            (&MODEL, &words.model),
            (&VERSION, &words.version),
            (&CONVERSATION, &words.conversation),
            (&USER, &words.user),
            (&TEAM, &words.team),
            (&PROJECT, &words.project),
            (&REPOSITORY, &words.repository),
            (&BRANCH, &words.branch),
            (&COST_CENTER, &words.cost_center),
            (&ENVIRONMENT, &words.environment),
            (&METRIC, &words.metric),
        ];
        let values = lists.into_iter().filter(|(_, v)| !v.is_empty()).map(|(d, v)| (d, v.clone())).collect();
        Ok(Filters { since, until, timezone: zone.iana_name().unwrap_or(name).to_owned(), values, days: None })
    }

    /// The same filters for rows that are known to lie between these moments, or to have no time: part files of other days are not opened.
    pub(crate) fn within(self, first_ns: i64, last_ns: i64) -> Filters {
        let day = |ns: i64, spare: i64| i32::try_from(ns.div_euclid(DAY_NS) + spare).unwrap_or_default();
        Filters { days: Some((day(first_ns, -1), day(last_ns, 1))), ..self }
    }

    /// From when on, in nanoseconds since the epoch.
    pub(crate) fn since(&self) -> Option<i64> {
        self.since
    }

    /// Before when.
    pub(crate) fn until(&self) -> Option<i64> {
        self.until
    }

    /// IANA name of the zone of dates and days.
    pub fn timezone(&self) -> &str {
        &self.timezone
    }

    /// The filters by value.
    pub(crate) fn values(&self) -> impl Iterator<Item = Value<'_>> {
        self.values.iter().map(|(dimension, values)| {
            let of_its_own = if dimension.option == METRIC.option { &METRIC_DELTAS } else { &CONVERSATIONS };
            let table = dimension.through.unwrap_or(of_its_own).name;
            Value { option: dimension.option, table, column: dimension.column, values }
        })
    }

    /// Whether a part file of that UTC day (days since 1970-01-01) can hold rows of the period.
    pub(crate) fn may_hold(&self, day: i32) -> bool {
        let start = i64::from(day).saturating_mul(DAY_NS);
        let end = start.saturating_add(DAY_NS);
        // what has no time lies in day 0
        let of_days = self.days.is_none_or(|(first, last)| day == 0 || (first..=last).contains(&day));
        of_days && self.since.is_none_or(|s| end > s) && self.until.is_none_or(|u| start < u)
    }

    /// The rows of a table that pass. `scan` gives the whole of another table, to go through.
    pub(crate) fn narrow(
        &self,
        table: &'static Table,
        mut rows: LazyFrame,
        scan: &dyn Fn(&'static Table) -> Result<LazyFrame, QueryError>,
    ) -> Result<LazyFrame, QueryError> {
        let time = time_column(table);
        let instant = |ns: i64| lit(ns).cast(DataType::Datetime(TimeUnit::Nanoseconds, Some(TimeZone::UTC)));
        if let Some(since) = self.since {
            rows = rows.filter(col(time).gt_eq(instant(since)));
        }
        if let Some(until) = self.until {
            rows = rows.filter(col(time).lt(instant(until)));
        }
        for (dimension, values) in &self.values {
            if table.index(dimension.column).is_some() {
                rows = rows.filter(any_of(dimension, values));
                continue;
            }
            let through = dimension.through.filter(|_| table.index("conversation_id").is_some());
            let Some(through) = through else { return Err(QueryError::Filter { filter: dimension.option, table: table.name }) };
            let conversations = scan(through)?.filter(any_of(dimension, values)).select([col("conversation_id")]);
            rows = rows.join(conversations, [col("conversation_id")], [col("conversation_id")], JoinArgs::new(JoinType::Semi));
        }
        Ok(rows)
    }

    /// Whether the filter of that name (as in [`PARAMETERS`]) can apply to the table.
    #[cfg(test)]
    pub(crate) fn applies(parameter: &str, table: &Table) -> bool {
        let own = |d: &Dimension| {
            d.option.trim_start_matches('-') == parameter
                && (table.index(d.column).is_some() || d.through.is_some_and(|_| table.index("conversation_id").is_some()))
        };
        let all = [&AGENT, &MODEL, &CONVERSATION, &USER, &TEAM, &PROJECT, &REPOSITORY, &BRANCH, &COST_CENTER, &ENVIRONMENT, &METRIC];
        matches!(parameter, "since" | "until") || all.into_iter().any(own)
    }
}

/// The column that says when a row was: `time`, else `start_time`.
pub(crate) fn time_column(table: &Table) -> &'static str {
    if table.index("time").is_some() { "time" } else { "start_time" }
}

fn any_of(dimension: &Dimension, values: &[String]) -> Expr {
    let column = || col(dimension.column);
    values.iter().fold(lit(false), |any, value| {
        any.or(match value.strip_suffix('*').filter(|_| dimension.option == METRIC.option) {
            Some(prefix) => column().str().starts_with(lit(prefix)),
            None => column().eq(lit(value.as_str())),
        })
    })
}

fn value(option: &'static str, value: &str, reason: impl Into<String>) -> QueryError {
    QueryError::Value { option, value: value.to_owned(), reason: reason.into() }
}
