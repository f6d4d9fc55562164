//! What can be typed. Border: the commands, their options and their help; what a line means is `plan`'s business.

mod export;
mod languages;
mod options;

use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use jiff::civil::Date;
use tracemill_query::Format;
use tracemill_query::render::harmless;

pub use export::{ExportArgs, ExportWhat, TimesArg};
pub use languages::{AskArgs, DirectionArg, LogqlArgs, PromqlArgs, TraceqlArgs};
pub use options::{AttachArg, FilterArgs, LakeArg, OutputArgs, QueriesArg, Redact, RedactArg, SemanticArgs, Share};
use options::{attach, folder, format};

/// Offline analysis of coding-agent telemetry: OpenTelemetry archives in, answers out
#[derive(Debug, Parser)]
#[command(name = "tracemill", version, max_term_width = 110, subcommand_required = true, arg_required_else_help = true)]
#[command(
    after_help = "The reports answer from the lake: run one as `tracemill REPORT --lake DIR`. Exit codes: 0 done; 1 done, but some input was set aside; 2 usage; 3 failed."
)]
pub struct Cli {
    /// What to do, where it is no report.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands that are no reports.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Take archives into the lake: raw tables, then semantic tables
    Ingest(IngestArgs),
    /// Look at archives without writing: format, signals, counts, time range, what would be set aside
    Inspect(InspectArgs),
    /// List what was set aside, show it, try it again
    Quarantine(QuarantineArgs),
    /// Build all semantic tables again from the raw ones
    Normalize(NormalizeArgs),
    /// Hold every file of the lake against its log: sizes, checksums, rows, leftovers
    Verify(VerifyArgs),
    /// Make few files of many, fold the log, delete what nothing needs any more; answers stay what they are
    Compact(LakeArg),
    /// Remove all of a conversation, of a user, or before a day, for good, and prove it
    Forget(ForgetArgs),
    /// Ingest, then write every report as CSV and Parquet, and a page of the day, into a folder of the night
    Nightly(NightlyArgs),
    /// Write the page of a day or of any period, without the files beside it
    Page(PageArgs),
    /// List the reports, or write all of them into a folder
    Reports(ReportsArgs),
    /// Show one run as a waterfall: prompts, model calls, tools, waits
    Show(ShowArgs),
    /// Draw where the turns' time went, or what profiles counted, as a flame graph
    Flamegraph(FlamegraphArgs),
    /// Compare two sets of runs: cost, tokens, failures, latency, and whether the change is more than noise
    Diff(DiffArgs),
    /// Ask in LogQL, as Loki: records, or numbers of them
    Logql(LogqlArgs),
    /// Ask in PromQL, as Prometheus
    Promql(PromqlArgs),
    /// Ask in TraceQL, as Tempo: spans, or numbers of them
    Traceql(TraceqlArgs),
    /// Ask in SQL over all tables; a prompt when no statement is given
    Sql(SqlArgs),
    /// List the tables, or the columns of one
    Tables(TablesArgs),
    /// Write the tables down for another program, which reads the lake's own files: DuckDB, Spark and others, or as Delta tables
    Export(ExportArgs),
    /// Print the table of span names and what their time is for: the lake's, else the built-in one
    Categories(LakeArg),
    /// List the dialects in which agents' telemetry is read, or print one
    Dialects(DialectsArgs),
    /// Show what models cost on a day, in USD per million tokens, and where that is written
    Prices(PricesArgs),
}

/// Options of `ingest`.
#[derive(Debug, Clone, Args)]
pub struct IngestArgs {
    /// Files, folders, globs, or URLs of an object store (s3://, gs://, az://); `-` is standard input
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<String>,
    #[command(flatten)]
    pub lake: LakeArg,
    #[command(flatten)]
    pub redact: RedactArg,
    #[command(flatten)]
    pub semantic: SemanticArgs,
    /// Largest request that is taken, in bytes; a larger one is set aside
    #[arg(long, value_name = "BYTES", default_value_t = tracemill_ingest::MAX_REQUEST)]
    pub max_request: usize,
    /// Largest piece of bad input that is kept, in bytes when compressed; of a larger one only place, size and hash are
    #[arg(long, value_name = "BYTES", default_value_t = tracemill_ingest::MAX_KEPT)]
    pub max_kept: u64,
    /// Leave the semantic tables for a later `normalize`
    #[arg(long)]
    pub raw_only: bool,
    /// Take only a share of the files, so that COUNT workers, each with an INDEX from 0, take all of them once
    #[arg(long, value_name = "INDEX/COUNT")]
    pub share: Option<Share>,
}

/// Options of `inspect`.
#[derive(Debug, Clone, Args)]
pub struct InspectArgs {
    /// Files, folders, globs, or URLs of an object store (s3://, gs://, az://); `-` is standard input
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<String>,
    /// Largest request that an ingest would take, in bytes
    #[arg(long, value_name = "BYTES", default_value_t = tracemill_ingest::MAX_REQUEST)]
    pub max_request: usize,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Options of `quarantine`.
#[derive(Debug, Clone, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct QuarantineArgs {
    /// The lake: a folder, or a place in an object store (s3://, gs://, az://); without it the lake that tracemill.toml names
    #[arg(long, value_name = "DIR", env = "TRACEMILL_LAKE", value_parser = folder(), global = true)]
    pub lake: Option<PathBuf>,
    /// What was resolved too
    #[arg(long)]
    pub all: bool,
    #[command(flatten)]
    pub output: OutputArgs,
    #[command(subcommand)]
    pub action: Option<QuarantineAction>,
}

/// What to do with the quarantine, if not list it.
#[derive(Debug, Clone, Subcommand)]
pub enum QuarantineAction {
    /// Write the bytes of an entry, as they are, to standard output
    Show(QuarantineShowArgs),
    /// Try entries again, all that are open unless some are named; what goes through becomes rows
    Retry(RetryArgs),
}

/// Options of `quarantine show`.
#[derive(Debug, Clone, Args)]
pub struct QuarantineShowArgs {
    /// Id of the entry, or its beginning
    pub id: String,
    /// File to write to, instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Options of `quarantine retry`.
#[derive(Debug, Clone, Args)]
pub struct RetryArgs {
    /// Ids of entries, or their beginnings
    #[arg(value_name = "ID")]
    pub ids: Vec<String>,
    #[command(flatten)]
    pub redact: RedactArg,
    /// Largest request that is taken, in bytes
    #[arg(long, value_name = "BYTES", default_value_t = tracemill_ingest::MAX_REQUEST)]
    pub max_request: usize,
    /// Largest piece that is kept, in bytes when compressed
    #[arg(long, value_name = "BYTES", default_value_t = tracemill_ingest::MAX_KEPT)]
    pub max_kept: u64,
    /// Leave the semantic tables for a later `normalize`
    #[arg(long)]
    pub raw_only: bool,
    #[command(flatten)]
    pub semantic: SemanticArgs,
}

/// Options of `normalize`.
#[derive(Debug, Clone, Args)]
pub struct NormalizeArgs {
    #[command(flatten)]
    pub lake: LakeArg,
    #[command(flatten)]
    pub semantic: SemanticArgs,
}

/// Options of `verify`.
#[derive(Debug, Clone, Args)]
pub struct VerifyArgs {
    #[command(flatten)]
    pub lake: LakeArg,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Options of `forget`.
#[derive(Debug, Clone, Args)]
#[command(group = clap::ArgGroup::new("what").required(true).multiple(true))]
pub struct ForgetArgs {
    /// Conversation, with all that it started; repeat for several
    #[arg(long, value_name = "ID", group = "what")]
    pub conversation: Vec<String>,
    /// User, with all conversations
    #[arg(long, value_name = "NAME", group = "what")]
    pub user: Vec<String>,
    /// All records before this day, UTC, now and whenever they are delivered
    #[arg(long, value_name = "DATE", group = "what")]
    pub before: Option<String>,
    /// Forget ids that the lake does not have, too: they may be delivered yet
    #[arg(long)]
    pub even_if_unknown: bool,
    /// Say what would go, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub lake: LakeArg,
}

/// Options of `nightly`.
#[derive(Debug, Clone, Args)]
pub struct NightlyArgs {
    #[command(flatten)]
    pub ingest: IngestArgs,
    /// Folder of the nights, each a folder in it
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// The night: its reports are about the day before; today in the zone of --timezone if absent
    #[arg(long, value_name = "DATE")]
    pub date: Option<Date>,
    #[command(flatten)]
    pub filters: FilterArgs,
    #[command(flatten)]
    pub queries: QueriesArg,
}

/// Options of `page`.
#[derive(Debug, Clone, Args)]
pub struct PageArgs {
    #[command(flatten)]
    pub lake: LakeArg,
    /// The page is about the day before this one; today in the zone of --timezone if absent. --since and --until override it
    #[arg(long, value_name = "DATE")]
    pub date: Option<Date>,
    /// File to write to, instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    pub queries: QueriesArg,
    #[command(flatten)]
    pub filters: FilterArgs,
}

/// Options of `reports`.
#[derive(Debug, Clone, Args)]
pub struct ReportsArgs {
    #[command(flatten)]
    pub lake: LakeArg,
    /// Folder to write every report into, a file a report and format; without it the reports are listed
    #[arg(long, value_name = "DIR")]
    pub output_dir: Option<PathBuf>,
    /// table, csv, json, ndjson, parquet or markdown; several for a folder, where it is csv,parquet unless given
    #[arg(long, value_name = "FORMAT", value_delimiter = ',', value_parser = format)]
    pub format: Vec<Format>,
    #[command(flatten)]
    pub queries: QueriesArg,
    #[command(flatten)]
    pub filters: FilterArgs,
}

/// Options of `show`.
#[derive(Debug, Clone, Args)]
pub struct ShowArgs {
    /// The conversation's id, or as much of its beginning as no other has
    pub conversation: String,
    /// As a page: one HTML document, for a browser without a network
    #[arg(long, conflicts_with_all = ["prompts", "format"])]
    pub html: bool,
    /// The prompts in full, as a shell script that asks them again
    #[arg(long, conflicts_with = "format")]
    pub prompts: bool,
    #[command(flatten)]
    pub lake: LakeArg,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Options of `flamegraph`.
#[derive(Debug, Clone, Args)]
pub struct FlamegraphArgs {
    #[command(flatten)]
    pub lake: LakeArg,
    /// Frames below which the stacks stand: agent, model, category, conversation, turn, tool, mcp_server
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub by: Vec<String>,
    /// What profiles counted, instead of the turns' time: the sample type, needed where there are several
    #[arg(long, value_name = "TYPE", num_args = 0..=1, conflicts_with = "by")]
    pub profiles: Option<Option<String>>,
    /// svg, folded (a line a stack), or as answers are: table, csv, json, ndjson, parquet or markdown
    #[arg(long, value_name = "FORMAT", default_value = "svg")]
    pub format: String,
    /// File to write to, instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    pub filters: FilterArgs,
}

/// Options of `diff`.
#[derive(Debug, Clone, Args)]
pub struct DiffArgs {
    /// One set: words joined by commas, each a day (2026-11-22), a span of days or times (2026-11-01..2026-11-08, the end not in it), or a
    /// filter (agent=codex, model=gpt-5.5, user=ann, version=0.169.0, …)
    #[arg(value_name = "A")]
    pub a: String,
    /// The other set, which the change leads to
    #[arg(value_name = "B")]
    pub b: String,
    #[command(flatten)]
    pub lake: LakeArg,
    #[command(flatten)]
    pub output: OutputArgs,
    #[command(flatten)]
    pub filters: FilterArgs,
}

/// Options of a report.
#[derive(Debug, Clone, Args)]
pub struct ReportArgs {
    #[command(flatten)]
    pub lake: LakeArg,
    /// Columns to group by, instead of the report's own
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub by: Vec<String>,
    /// Only the N greatest groups; all others are summed in one row, `(other)`
    #[arg(long, value_name = "N")]
    pub top: Option<NonZeroUsize>,
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
    /// The statement; several, separated by semicolons, are answered one after another
    pub statement: Option<String>,
    /// Read the statements from a file
    #[arg(short, long, value_name = "FILE", conflicts_with = "statement")]
    pub file: Option<PathBuf>,
    #[command(flatten)]
    pub lake: LakeArg,
    /// A further lake, whose tables are NAME.TABLE (repeat for several)
    #[arg(long, value_name = "NAME=DIR", value_parser = attach)]
    pub attach: Vec<AttachArg>,
    #[command(flatten)]
    pub output: OutputArgs,
    #[command(flatten)]
    pub filters: FilterArgs,
}

/// Options of `dialects`.
#[derive(Debug, Clone, Args)]
pub struct DialectsArgs {
    /// Agent whose dialect to print
    #[arg(value_name = "AGENT")]
    pub agent: Option<String>,
    /// Folder with dialects of your own, or a file with one; the lake's copies if absent
    #[arg(long, value_name = "DIR")]
    pub dialects: Option<PathBuf>,
    #[command(flatten)]
    pub lake: LakeArg,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Options of `prices`.
#[derive(Debug, Clone, Args)]
pub struct PricesArgs {
    /// Models, by any of their names; without one those of the lake, each on the last day it was used
    #[arg(value_name = "MODEL")]
    pub models: Vec<String>,
    /// The day, UTC; today if absent
    #[arg(long, value_name = "DATE")]
    pub on: Option<String>,
    /// Provider to ask first
    #[arg(long, value_name = "NAME")]
    pub provider: Option<String>,
    /// Service tier; the standard one if absent
    #[arg(long, value_name = "NAME")]
    pub service_tier: Option<String>,
    /// Price table over the built-in one; the lake's own if absent
    #[arg(long, value_name = "FILE")]
    pub prices: Option<PathBuf>,
    #[command(flatten)]
    pub lake: LakeArg,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Options of `tables`.
#[derive(Debug, Clone, Args)]
pub struct TablesArgs {
    /// Table whose columns to list
    pub name: Option<String>,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Writes a line to standard error, harmless to a terminal; a closed one is nobody's loss.
pub fn say(line: &str) {
    let _ = writeln!(io::stderr(), "{}", harmless(line));
}
