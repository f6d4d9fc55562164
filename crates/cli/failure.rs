//! How the program ends: the exit codes are part of its interface. Border: wording of the last line; what went wrong is said
//! by the libraries' errors.

use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;

use tracemill_query::QueryError;
use tracemill_query::render::harmless;

/// A good end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Done.
    Done,
    /// Done, but some input was set aside.
    SetAside,
    /// Done, and something was found that is wrong.
    Wrong,
    /// Not begun: what was typed makes no sense, and that has been said.
    Usage,
}

impl End {
    /// The exit code: 0 done; 1 done, but some input was set aside or something is wrong; 2 usage.
    pub fn code(self) -> ExitCode {
        match self {
            End::Done => ExitCode::SUCCESS,
            End::SetAside | End::Wrong => ExitCode::from(1),
            End::Usage => ExitCode::from(2),
        }
    }
}

/// A bad end.
#[derive(Debug)]
pub struct Failure {
    error: anyhow::Error,
    kind: Kind,
}

/// What the exit code says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// What was typed makes no sense.
    Usage,
    /// It could not be done.
    Failed,
    /// Nobody reads the answer any more.
    Unread,
}

impl Failure {
    /// What was typed makes no sense: exit code 2.
    pub fn usage(message: impl Display) -> Failure {
        Failure { error: anyhow::anyhow!("{message}"), kind: Kind::Usage }
    }

    /// The answer could not be written to where it was asked for. Who closed that pipe has read enough, which is no error; any other pipe that closes is one.
    pub fn of_output(error: io::Error, output: &str) -> Failure {
        let kind = if error.kind() == io::ErrorKind::BrokenPipe { Kind::Unread } else { Kind::Failed };
        Failure { error: anyhow::Error::from(error).context(output.to_owned()), kind }
    }

    /// The same of standard output.
    pub fn of_stdout(error: io::Error) -> Failure {
        Failure::of_output(error, "standard output")
    }

    /// The same, with what it happened to in front.
    pub fn of(self, what: impl Display) -> Failure {
        Failure { error: self.error.context(what.to_string()), ..self }
    }

    /// Says it on standard error and gives the exit code: 2 usage, 3 failed. A closed standard output is no error.
    pub fn tell(self) -> ExitCode {
        let code = match self.kind {
            Kind::Unread => return ExitCode::SUCCESS,
            Kind::Usage => ExitCode::from(2),
            Kind::Failed => ExitCode::from(3),
        };
        // where standard error is gone too there is nobody left to tell
        let mut told = String::new();
        for cause in self.error.chain().map(ToString::to_string) {
            // an error that names its file says its reason itself
            if !told.contains(&cause) {
                told.push_str(if told.is_empty() { "" } else { ": " });
                told.push_str(&cause);
            }
        }
        let _ = writeln!(io::stderr(), "tracemill: {}", harmless(&told));
        code
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Failure {
        Failure { error, kind: Kind::Failed }
    }
}

impl From<tracemill_model::LakeError> for Failure {
    fn from(error: tracemill_model::LakeError) -> Failure {
        use tracemill_model::LakeError::{Foreign, NotALake};
        let kind = if matches!(error, NotALake(_) | Foreign(_)) { Kind::Usage } else { Kind::Failed };
        Failure { error: error.into(), kind }
    }
}

impl From<tracemill_remote::RemoteError> for Failure {
    fn from(error: tracemill_remote::RemoteError) -> Failure {
        use tracemill_remote::RemoteError::{Spool, Store};
        let kind = if matches!(error, Store(_) | Spool { .. }) { Kind::Failed } else { Kind::Usage };
        Failure { error: error.into(), kind }
    }
}

impl From<tracemill_upkeep::Error> for Failure {
    fn from(error: tracemill_upkeep::Error) -> Failure {
        match error {
            tracemill_upkeep::Error::Lake(error) => error.into(),
            tracemill_upkeep::Error::Refused(reason) => Failure::usage(reason),
            error => Failure { error: error.into(), kind: Kind::Failed },
        }
    }
}

impl From<tracemill_export::Error> for Failure {
    fn from(error: tracemill_export::Error) -> Failure {
        match error {
            tracemill_export::Error::Lake(error) => error.into(),
            tracemill_export::Error::Refused(reason) => Failure::usage(reason),
            error => Failure { error: error.into(), kind: Kind::Failed },
        }
    }
}

impl From<QueryError> for Failure {
    fn from(error: QueryError) -> Failure {
        let kind = if error.is_usage() { Kind::Usage } else { Kind::Failed };
        Failure { error: error.into(), kind }
    }
}

impl From<tracemill_languages::Error> for Failure {
    fn from(error: tracemill_languages::Error) -> Failure {
        use tracemill_languages::Error::{Lake, Syntax, Unsupported, Window};
        match error {
            Lake(error) => error.into(),
            Syntax { .. } | Unsupported { .. } | Window(_) => Failure { error: error.into(), kind: Kind::Usage },
            _ => Failure { error: error.into(), kind: Kind::Failed },
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        Failure { error: error.into(), kind: Kind::Failed }
    }
}
