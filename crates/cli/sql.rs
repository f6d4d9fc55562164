//! `tracemill sql`: statements from the line, a file or standard input; a prompt when there are none and a person sits there. Border: where
//! statements come from; what each does is `session`'s business.

mod command;
mod completion;
mod editor;
mod session;

use std::io::{self, IsTerminal, Read};

use anyhow::Context;
use jiff::Timestamp;
use tracemill_query::Filters;

use crate::args::{AttachArg, SqlArgs};
use crate::failure::{End, Failure};
use crate::lake_path;
use session::{Lakes, Session};

/// Runs `tracemill sql`.
pub fn run(args: &SqlArgs) -> Result<End, Failure> {
    let filters = Filters::parse(&args.filters.words(), Timestamp::now())?;
    let text = text(args)?;
    let lake = lake_path::open(args.lake.lake.as_deref())?;
    let mut attached = Vec::new();
    for AttachArg { name, folder } in &args.attach {
        attached.push((name.clone(), lake_path::open(Some(folder))?));
    }
    let mut session = Session::new(Lakes { main: lake, attached }, filters, args.output.clone());
    match text {
        Some(text) => session.run(&text),
        None => editor::prompt(&mut session),
    }
}

/// The statements; `None` when a person is to be asked for them.
fn text(args: &SqlArgs) -> Result<Option<String>, Failure> {
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
