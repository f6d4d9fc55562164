//! Options that several commands share. Border: what was typed; what it means is the libraries' business.

use std::path::PathBuf;
use std::str::FromStr;

use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::{Args, ValueEnum};
use tracemill_query::{FilterWords, Format};

/// Where the lake is.
#[derive(Debug, Clone, Args)]
pub struct LakeArg {
    /// The lake: a folder, or a place in an object store (s3://, gs://, az://); without it the lake that tracemill.toml names
    #[arg(long, value_name = "DIR", env = "TRACEMILL_LAKE", value_parser = folder())]
    pub lake: Option<PathBuf>,
}

/// A further lake, by a name of its own.
#[derive(Debug, Clone)]
pub struct AttachArg {
    pub name: String,
    pub folder: PathBuf,
}

/// Understands `NAME=DIR`.
pub fn attach(text: &str) -> Result<AttachArg, String> {
    let (name, folder) = text.split_once('=').ok_or("want NAME=DIR")?;
    Ok(AttachArg { name: name.to_owned(), folder: folder.into() })
}

/// How the semantic tables are built.
#[derive(Debug, Clone, Args)]
pub struct SemanticArgs {
    /// Price table that adds to, or overrides, the built-in one; the lake keeps a copy
    #[arg(long, value_name = "FILE")]
    pub prices: Option<PathBuf>,
    /// Table of span names and what their time is for, instead of the built-in one (see `categories`); the lake keeps a copy
    #[arg(long, value_name = "FILE")]
    pub categories: Option<PathBuf>,
    /// Folder with dialects of your own agents, one TOML file each, or one such file, beside the built-in ones (see `dialects`); the lake keeps copies
    #[arg(long, value_name = "DIR")]
    pub dialects: Option<PathBuf>,
    /// Map of attributes to labels: team, project, cost centre and others (docs/attribution.md); the lake keeps a copy
    #[arg(long, value_name = "FILE")]
    pub map: Option<PathBuf>,
    /// Rules for secrets and personal data of your own, beside the built-in ones (docs/privacy.md); the lake keeps a copy
    #[arg(long, value_name = "FILE")]
    pub rules: Option<PathBuf>,
}

/// What is replaced before anything is written.
#[derive(Debug, Clone, Default, Args)]
pub struct RedactArg {
    /// Replace before anything is written: secrets, personal (data), prompts, arguments, outputs, or all; secrets,personal if nothing is named
    #[arg(long, value_name = "WHAT", num_args = 0..=1, require_equals = true, value_delimiter = ',', default_missing_value = "secrets,personal")]
    pub redact: Vec<Redact>,
}

/// A word of `--redact`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Redact {
    /// What rules for secrets find
    Secrets,
    /// What rules for personal data find
    Personal,
    /// Prompts, whole
    Prompts,
    /// Arguments of tools, whole
    Arguments,
    /// Outputs of tools and models, whole
    Outputs,
    /// All of these
    All,
}

/// Filters common to all reports.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Filters")]
pub struct FilterArgs {
    /// From then on: RFC 3339, a date, or an age such as 7d
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Before then: the same forms
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Only this agent (repeat for several)
    #[arg(long, value_name = "NAME")]
    agent: Vec<String>,
    /// Only this model
    #[arg(long, value_name = "NAME")]
    model: Vec<String>,
    /// Only this conversation
    #[arg(long, value_name = "ID")]
    conversation: Vec<String>,
    /// Only this user
    #[arg(long, value_name = "NAME")]
    user: Vec<String>,
    /// Only this team
    #[arg(long, value_name = "NAME")]
    team: Vec<String>,
    /// Only this project
    #[arg(long, value_name = "NAME")]
    project: Vec<String>,
    /// Only this repository
    #[arg(long, value_name = "NAME")]
    repository: Vec<String>,
    /// Only this branch
    #[arg(long, value_name = "NAME")]
    branch: Vec<String>,
    /// Only this cost centre
    #[arg(long, value_name = "NAME", alias = "cost-centre")]
    cost_center: Vec<String>,
    /// Only this environment
    #[arg(long, value_name = "NAME")]
    environment: Vec<String>,
    /// Only this metric; NAME* stands for all that begin so
    #[arg(long, value_name = "NAME")]
    metric: Vec<String>,
    /// Zone of dates and days
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    timezone: String,
}

impl FilterArgs {
    /// In the query library's words.
    pub fn words(&self) -> FilterWords {
        FilterWords {
            since: self.since.clone(),
            until: self.until.clone(),
            timezone: Some(self.timezone.clone()),
            agent: self.agent.clone(),
            model: self.model.clone(),
            version: Vec::new(),
            conversation: self.conversation.clone(),
            user: self.user.clone(),
            team: self.team.clone(),
            project: self.project.clone(),
            repository: self.repository.clone(),
            branch: self.branch.clone(),
            cost_center: self.cost_center.clone(),
            environment: self.environment.clone(),
            metric: self.metric.clone(),
        }
    }
}

/// Reports of one's own.
#[derive(Debug, Clone, Default, Args)]
pub struct QueriesArg {
    /// Folder with further reports, each a subcommand
    #[arg(long, value_name = "DIR")]
    pub queries: Option<PathBuf>,
}

/// Where an answer goes, and how.
#[derive(Debug, Clone, Default, Args)]
pub struct OutputArgs {
    /// table, csv, json, ndjson, parquet or markdown
    #[arg(long, value_name = "FORMAT", default_value = "table", value_parser = format)]
    pub format: Format,
    /// File to write to, instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

pub(super) fn format(name: &str) -> Result<Format, String> {
    name.parse().map_err(|e: tracemill_query::QueryError| e.to_string())
}

/// A folder's name; an empty one is let through, because an empty variable is one that is not set.
pub(super) fn folder() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().map(PathBuf::from)
}

/// One worker's share of the files: those whose names fall to it, which they do whatever else is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    index: u64,
    count: u64,
}

impl Share {
    /// Whether a file of this id (64 bits in hex) is in it.
    pub fn has(self, source_id: &str) -> bool {
        u64::from_str_radix(source_id, 16).unwrap_or(0) % self.count == self.index
    }
}

impl FromStr for Share {
    type Err = String;

    fn from_str(text: &str) -> Result<Share, String> {
        let (index, count) = text.split_once('/').ok_or("want INDEX/COUNT, as 0/4")?;
        let number = |text: &str| text.parse::<u64>().map_err(|_| format!("{text:?} is no number"));
        match (number(index)?, number(count)?) {
            (index, count) if index < count => Ok(Share { index, count }),
            (index, count) => Err(format!("{index} is not among 0 to {} of {count}", count.saturating_sub(1))),
        }
    }
}
