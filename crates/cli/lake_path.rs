//! The lake that a command works on: `--lake`, else `TRACEMILL_LAKE`, else `lake = "…"` in `tracemill.toml` of the working folder. Border: which
//! one it is, and opening it; what is done with it is the commands' business.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;
use tracemill_export::delta::Delta;
use tracemill_model::Lake;

use crate::failure::Failure;

/// Name of the settings file.
const SETTINGS: &str = "tracemill.toml";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    lake: Option<PathBuf>,
}

/// The lake, which must be there. `given` is the option or the environment's word.
pub fn open(given: Option<&Path>) -> Result<Lake, Failure> {
    Ok(followed(Lake::open(&resolve(given)?)?))
}

/// The lake, made where there is none.
pub fn create(given: Option<&Path>) -> Result<Lake, Failure> {
    Ok(followed(Lake::create(&resolve(given)?)?))
}

/// Every commit of every command keeps the Delta logs that there are. Which they are is looked up then: one may be asked for while a command runs.
fn followed(lake: Lake) -> Lake {
    lake.followed_by(Arc::new(Delta::default()))
}

/// The lake, if one is named and there; for what can be answered without.
pub fn existing(given: Option<&Path>) -> Option<Lake> {
    open(given).ok()
}

/// The lake's folder.
fn resolve(given: Option<&Path>) -> Result<PathBuf, Failure> {
    // an empty variable is one that is not set
    if let Some(path) = given.filter(|path| !path.as_os_str().is_empty()) {
        return Ok(path.to_owned());
    }
    let missing = || Failure::usage(format!("no lake named; use --lake DIR, set TRACEMILL_LAKE, or write `lake = \"DIR\"` into {SETTINGS}"));
    let text = match std::fs::read_to_string(SETTINGS) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Err(missing()),
        Err(e) => return Err(Failure::usage(format!("{SETTINGS}: {e}"))),
    };
    let settings: Settings = toml::from_str(&text).map_err(|e| Failure::usage(format!("{SETTINGS}: {}", e.to_string().trim_end())))?;
    settings.lake.ok_or_else(missing)
}
