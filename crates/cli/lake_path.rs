//! The lake that a command works on: `--lake`, else `TRACEMILL_LAKE`, else `lake = "…"` in `tracemill.toml` of the working folder. Border: which
//! one it is, and opening it; what is done with it is the commands' business.
//!
//! A lake in a store (`s3://…`) has a replica in a folder of this machine: below `TRACEMILL_CACHE`, else `cache` of the settings, else the user's
//! folder for such things.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;
use tracemill_export::delta::Delta;
use tracemill_model::lake::Store;
use tracemill_model::{Lake, LakeError};

use crate::failure::Failure;

/// Name of the settings file.
const SETTINGS: &str = "tracemill.toml";

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    lake: Option<PathBuf>,
    cache: Option<PathBuf>,
}

/// The lake, which must be there. `given` is the option or the environment's word.
pub fn open(given: Option<&Path>) -> Result<Lake, Failure> {
    let path = resolve(given)?;
    Ok(followed(match url(&path) {
        Some(url) => Lake::open_remote(&replicas()?, store(url)?)?,
        None => Lake::open(&path)?,
    }))
}

/// The lake, made where there is none.
pub fn create(given: Option<&Path>) -> Result<Lake, Failure> {
    let path = resolve(given)?;
    Ok(followed(match url(&path) {
        Some(url) => Lake::create_remote(&replicas()?, store(url)?)?,
        None => Lake::create(&path)?,
    }))
}

/// Every commit of every command keeps the Delta logs that there are. Which they are is looked up then: one may be asked for while a command runs.
fn followed(lake: Lake) -> Lake {
    lake.followed_by(Arc::new(Delta::default()))
}

/// The lake, if one is named and there; for what can be answered without.
pub fn existing(given: Option<&Path>) -> Result<Option<Lake>, Failure> {
    let Ok(path) = resolve(given) else { return Ok(None) };
    let opened = match url(&path) {
        Some(url) => Lake::open_remote(&replicas()?, store(url)?),
        None => Lake::open(&path),
    };
    match opened {
        Ok(lake) => Ok(Some(followed(lake))),
        Err(LakeError::NotALake(_)) => Ok(None),
        // a store that does not answer may have one
        Err(e) => Err(e.into()),
    }
}

/// The lake's folder.
fn resolve(given: Option<&Path>) -> Result<PathBuf, Failure> {
    // an empty variable is one that is not set
    if let Some(path) = given.filter(|path| !path.as_os_str().is_empty()) {
        return Ok(path.to_owned());
    }
    let missing = || Failure::usage(format!("no lake named; use --lake DIR, set TRACEMILL_LAKE, or write `lake = \"DIR\"` into {SETTINGS}"));
    settings()?.lake.ok_or_else(missing)
}

/// What the settings file says; nothing where there is none.
fn settings() -> Result<Settings, Failure> {
    let text = match std::fs::read_to_string(SETTINGS) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(e) => return Err(Failure::usage(format!("{SETTINGS}: {e}"))),
    };
    toml::from_str(&text).map_err(|e| Failure::usage(format!("{SETTINGS}: {}", e.to_string().trim_end())))
}

/// The URL, if it is no folder that was named.
fn url(path: &Path) -> Option<&str> {
    path.to_str().filter(|typed| tracemill_remote::is_url(typed))
}

fn store(url: &str) -> Result<Arc<dyn Store>, Failure> {
    Ok(tracemill_remote::open(url)?)
}

/// The folder where this machine has its replicas.
fn replicas() -> Result<PathBuf, Failure> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let given = set("TRACEMILL_CACHE").or(settings()?.cache);
    let user = || set("XDG_CACHE_HOME").or_else(|| set("HOME").map(|home| home.join(".cache"))).or_else(|| set("LOCALAPPDATA"));
    match given.or_else(|| user().map(|folder| folder.join("tracemill"))) {
        Some(cache) => Ok(cache.join("lakes")),
        None => Err(Failure::usage("no folder for the replica of a lake in a store; set TRACEMILL_CACHE")),
    }
}
