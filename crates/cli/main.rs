//! tracemill: offline analysis of coding-agent telemetry. This file is the table of contents: what was typed, what is done,
//! how it ends. Each command has a file of its own.

mod args;
mod failure;
mod ingest;
mod lake_path;
mod nightly;
mod progress;
mod report;
mod sql;
mod tables;

use std::process::ExitCode;

use args::{Command, Plan};
use failure::{End, Failure};

fn main() -> ExitCode {
    match args::plan(std::env::args_os()).and_then(run) {
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
            Command::Normalize(options) => ingest::normalize(&options),
            Command::Nightly(options) => nightly::run(&options),
            Command::Sql(options) => sql::run(&options),
            Command::Tables(options) => tables::run(&options),
        },
    }
}
