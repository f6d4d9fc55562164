//! `tracemill sql`: one statement from the line, a file or standard input; a prompt when there is none and a person sits there.

use std::io::{self, BufRead, IsTerminal, Read, Write};

use anyhow::Context;
use jiff::Timestamp;
use tracemill_model::Lake;
use tracemill_query::{Catalog, Filters, describe_tables};

use crate::args::{OutputArgs, SqlArgs, say};
use crate::failure::{End, Failure};
use crate::{lake_path, report};

/// Runs `tracemill sql`.
pub fn run(args: &SqlArgs) -> Result<End, Failure> {
    let filters = Filters::parse(&args.filters.words(), Timestamp::now())?;
    let statement = statement(args)?;
    let lake = Lake::open(&lake_path::resolve(args.lake.lake.as_deref())?)?;
    match statement {
        Some(sql) => report::write_answer(&Catalog::open(&lake)?.sql(&sql, &filters)?, &args.output),
        None => prompt(&lake, &filters, &args.output),
    }
}

/// The statement; `None` when a person is to be asked for it.
fn statement(args: &SqlArgs) -> Result<Option<String>, Failure> {
    let text = match (&args.statement, &args.file) {
        (Some(sql), _) => sql.clone(),
        (None, Some(file)) => std::fs::read_to_string(file).map_err(|e| Failure::usage(format!("{}: {e}", file.display())))?,
        (None, None) if io::stdin().is_terminal() => return Ok(None),
        (None, None) => {
            let mut text = String::new();
            let _ = io::stdin().read_to_string(&mut text).context("standard input")?;
            text
        }
    };
    if text.trim().is_empty() {
        return Err(Failure::usage("no statement; give one as tracemill sql 'SELECT …'"));
    }
    Ok(Some(text))
}

/// Asks for statements until the end of input. A statement ends with a semicolon; one that fails is said and the next asked for. Each is
/// asked of the lake as it is then: a prompt that is left open must not keep writers from tidying up.
fn prompt(lake: &Lake, filters: &Filters, output: &OutputArgs) -> Result<End, Failure> {
    say("one statement, ended by a semicolon, at a time; `tables` lists the tables, `exit` leaves");
    let mut statement = String::new();
    let mut lines = io::stdin().lock().lines();
    loop {
        write!(io::stderr(), "{}", if statement.is_empty() { "sql> " } else { "...> " })?;
        let Some(line) = lines.next() else { break };
        let line = line?;
        match line.trim().trim_end_matches(';') {
            "" if statement.is_empty() => continue,
            "exit" | "quit" | "\\q" if statement.is_empty() => break,
            "tables" | "\\d" if statement.is_empty() => {
                let _ = report::write_answer(&describe_tables()?, output)?;
                continue;
            }
            _ => {}
        }
        statement.push_str(&line);
        statement.push('\n');
        if line.trim_end().ends_with(';') {
            match Catalog::open(lake).and_then(|catalog| catalog.sql(&std::mem::take(&mut statement), filters)) {
                Ok(answer) => {
                    let _ = report::write_answer(&answer, output)?;
                }
                Err(error) => say(&format!("{error}")),
            }
        }
    }
    Ok(End::Done)
}
