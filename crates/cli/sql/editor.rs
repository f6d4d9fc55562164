//! The prompt: a line editor with history and completion. Border: keys in, whole statements out.

use std::env;
use std::path::PathBuf;

use anyhow::Context as _;
use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::FileHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{CompletionType, Config, Context, Editor, Helper};
use tracemill_query::statements;

use super::completion::Words;
use super::session::{Next, Session};
use crate::args::say;
use crate::failure::{End, Failure};

/// How many statements the history keeps.
const REMEMBERED: usize = 2_000;

/// Asks for statements until the end of input; one that fails is said, and the next asked for.
pub fn prompt(session: &mut Session) -> Result<End, Failure> {
    session.prompting = true;
    say("a statement ends with a semicolon; .help lists the commands, .exit leaves");
    let config = Config::builder().max_history_size(REMEMBERED).context("history")?.completion_type(CompletionType::List).build();
    let mut editor: Editor<Keys, FileHistory> = Editor::with_config(config).context("the prompt")?;
    editor.set_helper(Some(Keys { words: Words::of(&session.lakes.open()?) }));
    let history = history_file();
    if let Some(file) = &history {
        // the first time there is none
        let _ = editor.load_history(file);
    }
    loop {
        match editor.readline("sql> ") {
            Ok(text) => {
                if text.trim().is_empty() {
                    continue;
                }
                let _ = editor.add_history_entry(text.trim()).context("history")?;
                if all(session, &text) == Next::Leave {
                    break;
                }
            }
            Err(ReadlineError::Interrupted) => {}
            Err(ReadlineError::Eof) => break,
            Err(error) => return Err(anyhow::Error::new(error).context("the prompt").into()),
        }
    }
    if let Some(file) = &history {
        let saved = file.parent().map_or(Ok(()), std::fs::create_dir_all).map_err(ReadlineError::from).and_then(|()| editor.save_history(file));
        if let Err(error) = saved {
            say(&format!("{}: the history is not kept: {error}", file.display()));
        }
    }
    Ok(End::Done)
}

/// Does what was typed; the first failure is said and ends it.
fn all(session: &mut Session, text: &str) -> Next {
    for one in statements::split(text) {
        match session.handle(one) {
            Ok(Next::More) => {}
            Ok(Next::Leave) => return Next::Leave,
            Err(failure) => {
                let _ = failure.tell();
                break;
            }
        }
    }
    Next::More
}

/// Where the statements are remembered: the user's folder for state.
fn history_file() -> Option<PathBuf> {
    let folder = |name: &str| env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    let state = folder("XDG_STATE_HOME").or_else(|| folder("HOME").map(|home| home.join(".local/state")))?;
    Some(state.join("tracemill/history"))
}

/// What the editor asks while a person types.
struct Keys {
    words: Words,
}

impl Completer for Keys {
    type Candidate = String;

    fn complete(&self, line: &str, cursor: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<String>)> {
        Ok(self.words.complete(line, cursor))
    }
}

impl Validator for Keys {
    fn validate(&self, context: &mut ValidationContext) -> rustyline::Result<ValidationResult> {
        Ok(if statements::is_complete(context.input()) { ValidationResult::Valid(None) } else { ValidationResult::Incomplete })
    }
}

impl Hinter for Keys {
    type Hint = String;
}

impl Highlighter for Keys {}

impl Helper for Keys {}
