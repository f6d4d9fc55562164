//! What was typed, and what it means. Border: options and their help; no work. The reports' subcommands come from their files.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use tracemill_query::{FilterWords, Format, Report, report};

use crate::failure::{End, Failure};

/// Offline analysis of coding-agent telemetry: OpenTelemetry archives in, answers out
#[derive(Debug, Parser)]
#[command(name = "tracemill", version, max_term_width = 110, subcommand_required = true, arg_required_else_help = true)]
#[command(
    after_help = "The reports answer from the lake: run one as `tracemill REPORT --lake DIR`. Exit codes: 0 done; 1 done, but some input was set aside; 2 usage; 3 failed."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// The commands that are no reports.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Take archives into the lake: raw tables, then semantic tables
    Ingest(IngestArgs),
    /// Build the semantic tables again from the raw ones
    Normalize(NormalizeArgs),
    /// Ingest, then write every report as CSV and Parquet
    Nightly(NightlyArgs),
    /// Ask in SQL over all tables; a prompt when no statement is given
    Sql(SqlArgs),
    /// List the tables, or the columns of one
    Tables(TablesArgs),
}

/// Where the lake is.
#[derive(Debug, Clone, Args)]
pub struct LakeArg {
    /// Folder of the lake; without it the lake that tracemill.toml names
    #[arg(long, value_name = "DIR", env = "TRACEMILL_LAKE")]
    pub lake: Option<PathBuf>,
}

/// How the semantic tables are built.
#[derive(Debug, Clone, Args)]
pub struct SemanticArgs {
    /// Price table that adds to, or overrides, the built-in one; the lake keeps a copy
    #[arg(long, value_name = "FILE")]
    pub prices: Option<PathBuf>,
}

/// Options of `ingest`.
#[derive(Debug, Clone, Args)]
pub struct IngestArgs {
    /// Files, folders or globs; `-` is standard input
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<String>,
    #[command(flatten)]
    pub lake: LakeArg,
    #[command(flatten)]
    pub semantic: SemanticArgs,
    /// Largest request that is taken, in bytes; a larger one is set aside
    #[arg(long, value_name = "BYTES", default_value_t = tracemill_ingest::MAX_REQUEST)]
    pub max_request: usize,
    /// Leave the semantic tables for a later `normalize`
    #[arg(long)]
    pub raw_only: bool,
}

/// Options of `normalize`.
#[derive(Debug, Clone, Args)]
pub struct NormalizeArgs {
    #[command(flatten)]
    pub lake: LakeArg,
    #[command(flatten)]
    pub semantic: SemanticArgs,
}

/// Options of `nightly`.
#[derive(Debug, Clone, Args)]
pub struct NightlyArgs {
    #[command(flatten)]
    pub ingest: IngestArgs,
    /// Folder for the reports
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    #[command(flatten)]
    pub filters: FilterArgs,
    #[command(flatten)]
    pub queries: QueriesArg,
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
    /// Only this environment
    #[arg(long, value_name = "NAME")]
    environment: Vec<String>,
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
            conversation: self.conversation.clone(),
            user: self.user.clone(),
            environment: self.environment.clone(),
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

fn format(name: &str) -> Result<Format, String> {
    name.parse().map_err(|e: tracemill_query::QueryError| e.to_string())
}

/// Options of a report.
#[derive(Debug, Clone, Args)]
pub struct ReportArgs {
    #[command(flatten)]
    pub lake: LakeArg,
    /// Columns to group by, instead of the report's own
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub by: Vec<String>,
    #[command(flatten)]
    pub output: OutputArgs,
    #[command(flatten)]
    pub queries: QueriesArg,
    #[command(flatten)]
    pub filters: FilterArgs,
}

/// Options of `sql`.
#[derive(Debug, Clone, Args)]
pub struct SqlArgs {
    /// The statement
    pub statement: Option<String>,
    /// Read the statement from a file
    #[arg(short, long, value_name = "FILE", conflicts_with = "statement")]
    pub file: Option<PathBuf>,
    #[command(flatten)]
    pub lake: LakeArg,
    #[command(flatten)]
    pub output: OutputArgs,
    #[command(flatten)]
    pub filters: FilterArgs,
}

/// Options of `tables`.
#[derive(Debug, Clone, Args)]
pub struct TablesArgs {
    /// Table whose columns to list
    pub name: Option<String>,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// What is to be done.
#[derive(Debug)]
pub enum Plan {
    /// A command.
    Command(Box<Command>),
    /// A report.
    Report(Box<Report>, Box<ReportArgs>),
    /// Help, or what is wrong with the line, has been printed.
    Told(End),
}

/// The reports there are: the program's, and those of a folder, which may replace them.
pub fn reports(queries: &QueriesArg) -> Result<Vec<Report>, Failure> {
    let mut reports = report::builtin()?;
    if let Some(folder) = &queries.queries {
        let own = report::from_dir(folder)?;
        reports.retain(|r| own.iter().all(|o| o.name != r.name));
        reports.extend(own);
        reports.sort_by(|a, b| a.name.cmp(&b.name));
    }
    Ok(reports)
}

/// Understands a command line.
pub fn plan(line: impl IntoIterator<Item = OsString>) -> Result<Plan, Failure> {
    let line: Vec<OsString> = line.into_iter().collect();
    let mut reports = reports(&queries_of(&line))?;
    let mut command = Cli::command();
    for report in &reports {
        let mut columns = String::from("Columns of the answer:\n");
        for column in &report.columns {
            columns.push_str(&format!("  {:<28} {}\n", column.name, column.doc));
        }
        if !report.by.is_empty() {
            columns.push_str(&format!("\n--by takes any of: {}", report.by.join(", ")));
        }
        let about = format!("Report: {}", report.answers);
        // the name of the struct's own documentation must not stand in for the report's
        let subcommand = ReportArgs::augment_args(clap::Command::new(report.name.clone())).about(about.clone()).long_about(about);
        command = command.subcommand(subcommand.after_long_help(columns).after_help("--help tells the answer's columns and what --by takes"));
    }
    let matches = match command.try_get_matches_from(line) {
        Ok(matches) => matches,
        Err(e) => {
            e.print()?;
            return Ok(Plan::Told(if e.use_stderr() { End::Usage } else { End::Done }));
        }
    };
    let told = |e: clap::Error| Failure::usage(e.to_string().trim_end().trim_start_matches("error: "));
    if let Some((name, options)) = matches.subcommand()
        && let Some(found) = reports.iter().position(|r| r.name == name)
    {
        let options = ReportArgs::from_arg_matches(options).map_err(told)?;
        return Ok(Plan::Report(Box::new(reports.swap_remove(found)), Box::new(options)));
    }
    Cli::from_arg_matches(&matches).map(|cli| Plan::Command(Box::new(cli.command))).map_err(told)
}

/// The folder of `--queries`, which must be known before the subcommands are.
fn queries_of(line: &[OsString]) -> QueriesArg {
    let mut words = line.iter().map(|w| w.to_string_lossy());
    while let Some(word) = words.next() {
        if word == "--queries" {
            return QueriesArg { queries: words.next().map(|w| PathBuf::from(w.as_ref())) };
        }
        if let Some(folder) = word.strip_prefix("--queries=") {
            return QueriesArg { queries: Some(PathBuf::from(folder)) };
        }
    }
    QueriesArg::default()
}

/// Writes a line to standard error; a closed one is nobody's loss.
pub fn say(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}
