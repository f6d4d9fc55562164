//! Dot commands. Border: text in, what it means out; doing it is `session`'s business.

use std::path::PathBuf;

use tracemill_query::Format;

use crate::failure::Failure;

/// The commands, for the prompt to complete.
pub const NAMES: [&str; 9] = [".exit", ".help", ".mode", ".output", ".quit", ".read", ".schema", ".tables", ".timer"];

/// What `.help` prints.
pub const HELP: &str = "\
.tables [PATTERN]   the tables; with a pattern such as %calls those that are LIKE it
.schema [TABLE]     the columns of a table, or of all
.mode FORMAT        how answers are written: table, csv, json, ndjson, markdown or parquet
.output [FILE]      where answers go, one below the other; without a file, or with stdout, to standard output
.read FILE          do what a file says
.timer on|off       say how long each answer took
.help               this
.exit, .quit        leave, as Ctrl-D does
A statement ends with a semicolon and may have several lines; Ctrl-C drops it.
";

/// A command.
#[derive(Debug, PartialEq, Eq)]
pub enum Command {
    Leave,
    Help,
    Tables(Option<String>),
    Schema(Option<String>),
    Mode(Format),
    Output(Option<PathBuf>),
    Read(PathBuf),
    Timer(bool),
}

/// Understands a line.
pub fn parse(line: &str) -> Result<Command, Failure> {
    let line = line.trim().trim_end_matches(';').trim_end();
    let (name, rest) = line.split_once(char::is_whitespace).map_or((line, ""), |(n, r)| (n, r.trim()));
    let rest = rest.trim_matches('\'').trim_matches('"');
    let given = || Some(rest.to_owned()).filter(|r| !r.is_empty());
    let wants = |what: &str| Failure::usage(format!("{name}: want {what}"));
    Ok(match name {
        ".exit" | ".quit" | "exit" | "quit" => Command::Leave,
        ".help" => Command::Help,
        ".tables" => Command::Tables(given()),
        ".schema" => Command::Schema(given()),
        ".mode" => Command::Mode(rest.parse()?),
        ".output" => Command::Output(given().filter(|f| f != "stdout").map(PathBuf::from)),
        ".read" => Command::Read(given().map(PathBuf::from).ok_or_else(|| wants("a file"))?),
        ".timer" => match rest {
            "on" => Command::Timer(true),
            "off" => Command::Timer(false),
            _ => return Err(wants("on or off")),
        },
        _ => return Err(Failure::usage(format!("no command {name}; there are {}", NAMES.join(", ")))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_understood() {
        for (line, want) in [
            (".tables", Command::Tables(None)),
            (".tables %calls;", Command::Tables(Some("%calls".into()))),
            (".mode csv", Command::Mode(Format::Csv)),
            (".output 'a b.csv'", Command::Output(Some("a b.csv".into()))),
            (".output stdout", Command::Output(None)),
            (".output", Command::Output(None)),
            (".timer on", Command::Timer(true)),
            (".quit", Command::Leave),
        ] {
            assert_eq!(parse(line).ok(), Some(want), "{line}");
        }
        for line in [".mode", ".mode xml", ".read", ".timer", ".nothing"] {
            assert!(parse(line).is_err(), "{line}");
        }
    }

    #[test]
    fn help_has_every_command() {
        assert!(NAMES.iter().all(|n| HELP.contains(n)));
    }
}
