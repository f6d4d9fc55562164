//! Options of `export`. Border: what was typed; what it means is `export`'s business.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{LakeArg, QueriesArg};

/// Options of `export`.
#[derive(Debug, Clone, Args)]
pub struct ExportArgs {
    /// What to write it for
    #[arg(value_name = "WHAT")]
    pub what: ExportWhat,
    #[command(flatten)]
    pub lake: LakeArg,
    /// Folder to write to, instead of standard output: tables.sql (or tables.py) and, for duckdb and spark, reports/; for delta the folder of the logs, instead
    /// of the lake's own
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// The lake's folder as the engine knows it, where that is not its name here: s3://bucket/lake, /mnt/lake
    #[arg(long, value_name = "URI")]
    pub location: Option<String>,
    /// Name the files of the last commit, instead of what the folders hold when they are read (duckdb, clickhouse, pandas, polars)
    #[arg(long)]
    pub pinned: bool,
    #[command(flatten)]
    pub queries: QueriesArg,
    /// delta: as what times stand in the log; timestamp if absent, bigint (nanoseconds since 1970) for Spark
    #[arg(long, value_name = "TYPE")]
    pub times: Option<TimesArg>,
    /// delta: remove the logs of the lake's folder, or of --output, and keep them no longer
    #[arg(long)]
    pub stop: bool,
}

/// What an export is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportWhat {
    /// Views for DuckDB
    Duckdb,
    /// External tables and views for Spark
    Spark,
    /// External tables for Trino
    Trino,
    /// Views for ClickHouse
    Clickhouse,
    /// External tables for Athena
    Athena,
    /// A Python module for pandas
    Pandas,
    /// A Python module for polars
    Polars,
    /// A Delta log for each table, kept current from then on
    Delta,
}

/// A word of `--times`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TimesArg {
    /// Timestamps
    Timestamp,
    /// Nanoseconds since 1970
    Bigint,
}
