//! What the semantic tables are built with beside the raw ones: prices, categories, dialects, a map. Border: each is the file given, else the
//! lake's copy of the one given last, else the program's own; what is in them is read where they are used.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tracemill_model::Lake;
use tracemill_model::date::HOUR_NS;
use tracemill_model::lake::{BuiltWith, Snapshot};
use tracemill_secrets::Rules;

use crate::Error;
use crate::attribution::{self, Attribution};
use crate::dialect::{self, Dialects};
use crate::latency::category::{self, Categories};
use crate::masks::Masks;
use crate::pricing::{self, Prices};

/// How to build the semantic tables.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The user's prices. They are copied into the lake when the tables are built, and stay in force until others are given.
    pub prices: Option<PathBuf>,
    /// The user's table of span names and what their time is for, in place of the program's own. Kept by the lake as the prices are.
    pub categories: Option<PathBuf>,
    /// Folder of a team's own dialects, which stand beside the program's, or in their place. Kept by the lake as the prices are.
    pub dialects: Option<PathBuf>,
    /// The user's map of attributes to labels (`docs/attribution.md`). Kept by the lake as the prices are.
    pub map: Option<PathBuf>,
    /// The user's own rules for secrets and personal data (`docs/privacy.md`). Kept by the lake as the prices are.
    pub rules: Option<PathBuf>,
    /// What the lake has forgotten. It is nothing that the lake keeps for later runs: each has to be given it.
    pub forgotten: ForgottenHours,
}

/// Tells the hours in which processes had records that the lake has forgotten.
#[derive(Clone, Default)]
pub struct ForgottenHours(Option<Arc<Tells>>);

/// Of a process, by its instance, else its service, and hours since the epoch: the first and the last.
type Tells = dyn Fn(&str, (i64, i64)) -> bool + Send + Sync;

impl ForgottenHours {
    /// As this tells.
    pub fn new(tells: impl Fn(&str, (i64, i64)) -> bool + Send + Sync + 'static) -> ForgottenHours {
        ForgottenHours(Some(Arc::new(tells)))
    }

    /// Whether there are any of that process between these times.
    pub fn any(&self, process: &str, (from, until): (i64, i64)) -> bool {
        self.0.as_ref().is_some_and(|tells| tells(process, (from.div_euclid(HOUR_NS), until.div_euclid(HOUR_NS))))
    }
}

impl fmt::Debug for ForgottenHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ForgottenHours").field(&self.0.is_some()).finish()
    }
}

/// What is in force.
#[derive(Debug)]
pub struct Settings {
    /// Prices.
    pub prices: Prices,
    /// What spans' time is for.
    pub categories: Categories,
    /// Whose work it was.
    pub attribution: Attribution,
    /// Whose telemetry is read how.
    pub dialects: Dialects,
    /// What secrets and personal data look like.
    pub rules: Arc<Rules>,
}

impl Settings {
    /// Reads it.
    pub fn load(lake: &Lake, options: &Options) -> Result<Settings, Error> {
        let stored = pricing::stored(lake);
        let prices = options.prices.clone().or_else(|| stored.exists().then_some(stored));
        let rules = Arc::new(rules_in_force(Some(lake), options.rules.as_deref())?);
        let mut dialects = dialects_in_force(Some(lake), options.dialects.as_deref())?;
        dialects.mask(Masks::new(Arc::clone(&rules)));
        Ok(Settings {
            prices: Prices::load(prices.as_deref())?,
            categories: Categories::load(options.categories.as_deref(), lake)?,
            attribution: Attribution::load(options.map.as_deref(), lake)?,
            dialects,
            rules,
        })
    }

    /// What tables made with it from that state of the raw ones are built with.
    pub fn built_with(&self, snapshot: &Snapshot) -> BuiltWith {
        BuiltWith {
            raw_commit: snapshot.raw_commit,
            release: env!("CARGO_PKG_VERSION").to_owned(),
            dialects: [self.dialects.fingerprint(), self.categories.fingerprint(), self.attribution.fingerprint(), self.rules.fingerprint()]
                .join("+"),
            prices: self.prices.describe(),
        }
    }
}

/// Copies what was given into the lake, where later runs find it.
pub fn keep(lake: &Lake, options: &Options) -> Result<(), Error> {
    for (file, place) in [
        (&options.prices, pricing::stored(lake)),
        (&options.categories, category::stored(lake)),
        (&options.map, attribution::stored(lake)),
        (&options.rules, lake.rules()),
    ] {
        if let Some(file) = file {
            keep_file(file, &place)?;
        }
    }
    options.dialects.as_ref().map_or(Ok(()), |folder| keep_folder(folder, &dialect::stored(lake)))
}

/// The dialects in force: of a folder, else of the lake, and the program's.
///
/// # Errors
/// A file of a team's own cannot be read, or is no dialect.
pub fn dialects_in_force(lake: Option<&Lake>, folder: Option<&Path>) -> Result<Dialects, Error> {
    let stored = lake.map(dialect::stored).filter(|path| path.is_dir());
    Dialects::load(folder.or(stored.as_deref()))
}

/// The rules for secrets and personal data in force: those of a file, else of the lake, and the program's.
///
/// # Errors
/// The file cannot be read, or has no rules.
pub fn rules_in_force(lake: Option<&Lake>, file: Option<&Path>) -> Result<Rules, Error> {
    let stored = lake.map(Lake::rules).filter(|path| path.exists());
    let Some(path) = file.or(stored.as_deref()) else { return Ok(Rules::embedded()?) };
    let text = std::fs::read_to_string(path).map_err(|source| Error::Io { path: path.to_owned(), source })?;
    Ok(Rules::load(Some((&path.display().to_string(), &text)))?)
}

/// Folder of the team's own dialects in a lake, where there is one.
pub fn stored_dialects(lake: &Lake) -> Option<PathBuf> {
    Some(dialect::stored(lake)).filter(|path| path.is_dir())
}

/// Puts copies of a folder's dialects in the place of those that are there.
fn keep_folder(from: &Path, to: &Path) -> Result<(), Error> {
    let fault = |path: &Path| {
        let path = path.to_owned();
        move |source| Error::Io { path, source }
    };
    let files = dialect::files(from)?;
    std::fs::create_dir_all(to).map_err(fault(to))?;
    for old in dialect::files(to)? {
        if !files.iter().any(|file| file.file_name() == old.file_name()) {
            std::fs::remove_file(&old).map_err(fault(&old))?;
        }
    }
    for file in &files {
        if let Some(name) = file.file_name() {
            keep_file(file, &to.join(name))?;
        }
    }
    Ok(())
}

/// Puts a copy of the file in its place, all at once.
fn keep_file(from: &Path, to: &Path) -> Result<(), Error> {
    let temporary = to.with_extension("tmp");
    let fault = |path: &Path| {
        let path = path.to_owned();
        move |source| Error::Io { path, source }
    };
    std::fs::copy(from, &temporary).map_err(fault(from))?;
    std::fs::rename(&temporary, to).map_err(fault(to))
}
