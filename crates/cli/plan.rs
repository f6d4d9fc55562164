//! What a command line means: a command, a report, or something that has been told already. Border: no work. The reports' subcommands
//! come from their files.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, CommandFactory, FromArgMatches};
use tracemill_query::Report;
use tracemill_query::report::{self, ReportColumn};

use crate::args::{Cli, Command, QueriesArg, ReportArgs};
use crate::failure::{End, Failure};

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
        if command.find_subcommand(&report.name).is_some() {
            return Err(Failure::usage(format!("{}.sql: a command has that name; give the report another", report.name)));
        }
        let about = format!("Report: {}", report.answers);
        // the name of the struct's own documentation must not stand in for the report's
        let subcommand = ReportArgs::augment_args(clap::Command::new(report.name.clone())).about(about.clone()).long_about(about);
        let subcommand = subcommand.mut_arg("by", |a| a.hide(!report.can_be_grouped())).mut_arg("top", |a| a.hide(report.rank.is_none()));
        // unlike the other filters it is of no use to most
        let subcommand = subcommand.mut_arg("metric", |a| a.hide(!report.parameters.iter().any(|p| p == "metric")));
        let subcommand = subcommand.after_help("--help tells the answer's columns and what --by takes");
        // only the help of a report that is named shows it
        let is_named = line.iter().any(|word| *word == *report.name);
        command = command.subcommand(if is_named { subcommand.after_long_help(documentation(report)) } else { subcommand });
    }
    let matches = match command.try_get_matches_from(line) {
        Ok(matches) => matches,
        Err(e) => {
            let printed = e.print();
            if !e.use_stderr() {
                printed.map_err(Failure::of_stdout)?;
            }
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

/// What a report's `--help` says about its answer.
fn documentation(report: &Report) -> String {
    let list = |columns: &[ReportColumn]| columns.iter().map(|c| format!("  {:<28} {}\n", c.name, c.doc)).collect::<String>();
    let mut text = format!("Columns of the answer:\n{}", list(&report.columns));
    if !report.grouped.is_empty() {
        text += &format!("\nWith --by, behind the columns that it names:\n{}", list(&report.grouped));
    }
    if report.can_be_grouped() {
        text += &format!("\n--by takes any of: {}", report.by().join(", "));
    }
    if let Some(rank) = &report.rank {
        text += &format!("\n--top ranks by: {rank}");
    }
    text
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
