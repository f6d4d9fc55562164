//! tracemill: offline analysis of coding-agent telemetry. This file is the table of contents: what was typed, what is done,
//! how it ends. Each command has a file of its own.

mod args;
mod ask;
mod categories;
mod compact;
mod dialects;
mod diff;
mod export;
mod failure;
mod flamegraph;
mod forget;
mod ingest;
mod inspect;
mod lake_path;
mod memory;
mod nightly;
mod page;
mod plan;
mod prices;
mod progress;
mod quarantine;
mod reasons;
mod redact;
mod report;
mod reports;
mod show;
mod sql;
mod tables;
mod verify;

use std::process::ExitCode;

use args::Command;
use failure::{End, Failure};
use plan::Plan;

fn main() -> ExitCode {
    memory::keep();
    match plan::plan(std::env::args_os()).and_then(run) {
        Ok(end) => end.code(),
        Err(failure) => failure.tell(),
    }
}

fn run(plan: Plan) -> Result<End, Failure> {
    match plan {
        Plan::Told(end) => Ok(end),
        Plan::Report(report, options) => report::run(&report, &options),
        Plan::Command(command) => match *command {
            Command::Ingest(options) => ingest::run(&options),
            Command::Inspect(options) => inspect::run(&options),
            Command::Quarantine(options) => quarantine::run(&options),
            Command::Normalize(options) => ingest::normalize(&options),
            Command::Verify(options) => verify::run(&options),
            Command::Compact(options) => compact::run(&options),
            Command::Forget(options) => forget::run(&options),
            Command::Nightly(options) => nightly::run(&options),
            Command::Page(options) => page::run(&options),
            Command::Reports(options) => reports::run(&options),
            Command::Flamegraph(options) => flamegraph::run(&options),
            Command::Diff(options) => diff::run(&options),
            Command::Show(options) => show::run(&options),
            Command::Logql(options) => ask::logql(&options),
            Command::Promql(options) => ask::promql(&options),
            Command::Traceql(options) => ask::traceql(&options),
            Command::Sql(options) => sql::run(&options),
            Command::Tables(options) => tables::run(&options),
            Command::Export(options) => export::run(&options),
            Command::Categories(options) => categories::run(&options),
            Command::Dialects(options) => dialects::run(&options),
            Command::Prices(options) => prices::run(&options),
        },
    }
}
