//! What is typed at the prompt or read from a script, one after another. Border: statements and dot commands in, answers written.

use std::fs::OpenOptions;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context;
use tracemill_model::Lake;
use tracemill_query::{Catalog, Filters, Format, QueryError, render, statements};

use super::command::{self, Command};
use crate::args::{OutputArgs, say};
use crate::failure::{End, Failure};
use crate::report;

/// How deep one script may read another.
const MOST_SCRIPTS: usize = 16;

/// The lakes that are asked.
pub struct Lakes {
    pub main: Lake,
    /// Further ones, by name.
    pub attached: Vec<(String, Lake)>,
}

impl Lakes {
    /// All of them as they are now.
    pub fn open(&self) -> Result<Catalog, QueryError> {
        let mut catalog = Catalog::open(&self.main)?;
        for (name, lake) in &self.attached {
            catalog.attach(name, lake)?;
        }
        Ok(catalog)
    }
}

/// Lakes, and how their answers are wanted.
pub struct Session {
    pub lakes: Lakes,
    /// A script asks of the lakes as they were at its start. A prompt that is left open must not keep writers from tidying up, so it
    /// asks of them as they are then.
    held: Option<Catalog>,
    filters: Filters,
    output: OutputArgs,
    /// Where `.output` sends answers, one below the other.
    into: Option<PathBuf>,
    timer: bool,
    /// A person reads along.
    pub prompting: bool,
    scripts: usize,
}

/// Whether to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Ask on.
    More,
    /// The person, or the script, has had enough.
    Leave,
}

impl Session {
    pub fn new(lakes: Lakes, filters: Filters, output: OutputArgs) -> Session {
        Session { lakes, held: None, filters, output, into: None, timer: false, prompting: false, scripts: 0 }
    }

    /// Does all that a text says; the first failure ends it.
    pub fn run(&mut self, text: &str) -> Result<End, Failure> {
        let all = statements::split(text);
        if self.output.output.is_some() && all.len() > 1 {
            return Err(Failure::usage("-o takes the answer of one statement; say .output FILE before each, or leave out the others"));
        }
        self.held = Some(self.lakes.open()?);
        for one in all {
            if self.handle(one)? == Next::Leave {
                break;
            }
        }
        Ok(End::Done)
    }

    /// Does what a statement or a dot command says.
    pub fn handle(&mut self, text: &str) -> Result<Next, Failure> {
        let text = text.trim();
        if text.starts_with('.') || self.prompting && matches!(text.trim_end_matches(';'), "exit" | "quit") {
            return self.command(text);
        }
        let begun = Instant::now();
        let (answer, unknown) = self.asked(|catalog| {
            let answer = catalog.sql(text, &self.filters)?;
            let unknown = if answer.height() == 0 { catalog.unknown_values(&self.filters)? } else { Vec::new() };
            Ok((answer, unknown))
        })?;
        unknown.iter().for_each(|line| say(line));
        self.write(&answer)?;
        if self.prompting || io::stderr().is_terminal() {
            say(&answer.summary());
        }
        if self.timer {
            say(&format!("{:.3} s", begun.elapsed().as_secs_f64()));
        }
        Ok(Next::More)
    }

    fn asked<T>(&self, question: impl FnOnce(&Catalog) -> Result<T, QueryError>) -> Result<T, QueryError> {
        match &self.held {
            Some(catalog) => question(catalog),
            None => question(&self.lakes.open()?),
        }
    }

    fn command(&mut self, text: &str) -> Result<Next, Failure> {
        match command::parse(text)? {
            Command::Leave => return Ok(Next::Leave),
            Command::Help => report::print(command::HELP.as_bytes())?,
            Command::Tables(pattern) => self.write(&self.asked(|c| c.describe_tables(pattern.as_deref()))?)?,
            Command::Schema(table) => self.write(&self.asked(|c| c.describe_columns(table.as_deref()))?)?,
            Command::Mode(format) => self.output.format = format,
            Command::Timer(on) => self.timer = on,
            Command::Output(None) => self.into = None,
            Command::Output(Some(file)) => {
                let _ = std::fs::File::create(&file).map_err(|e| Failure::usage(format!("{}: {e}", file.display())))?;
                self.into = Some(file);
            }
            Command::Read(file) => return self.read(&file),
        }
        Ok(Next::More)
    }

    fn read(&mut self, file: &Path) -> Result<Next, Failure> {
        if self.scripts == MOST_SCRIPTS {
            return Err(Failure::usage(format!("{}: scripts read each other more than {MOST_SCRIPTS} deep", file.display())));
        }
        let text = std::fs::read_to_string(file).map_err(|e| Failure::usage(format!("{}: {e}", file.display())))?;
        self.scripts += 1;
        let mut result = Ok(Next::More);
        for one in statements::split(&text) {
            result = self.handle(one).map_err(|f| f.of(file.display()));
            if !matches!(result, Ok(Next::More)) {
                break;
            }
        }
        self.scripts -= 1;
        result
    }

    fn write(&self, answer: &tracemill_query::Answer) -> Result<(), Failure> {
        let Some(file) = &self.into else {
            let _ = report::write_answer(answer, &self.output)?;
            return Ok(());
        };
        let empty = file.metadata().map_or(0, |m| m.len()) == 0;
        if self.output.format == Format::Parquet && !empty {
            return Err(QueryError::Value {
                option: ".output",
                value: file.display().to_string(),
                reason: "a Parquet file holds one answer; name another file".to_owned(),
            }
            .into());
        }
        self.append(file, &render(answer, self.output.format, None)?)
    }

    fn append(&self, file: &Path, bytes: &[u8]) -> Result<(), Failure> {
        let written = OpenOptions::new().append(true).create(true).open(file).and_then(|mut f| f.write_all(bytes));
        Ok(written.with_context(|| format!("{}", file.display()))?)
    }
}
