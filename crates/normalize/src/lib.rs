#![doc = include_str!("../README.md")]

mod activities;
mod ancestry;
mod attributes;
mod attribution;
mod conversations;
mod coverage;
pub mod dialect;
mod error_class;
mod evidence;
pub mod latency;
mod lineage;
mod metric_deltas;
mod model_calls;
mod output;
mod pool;
mod pricing;
mod read;
mod rows;
mod stamp;
mod tokens;
mod tool_calls;
mod tool_hash;
mod tool_name;
mod totals;
mod turns;
mod words;
mod write;

use std::path::{Path, PathBuf};

use thiserror::Error;
use tracemill_model::lake::{BuiltWith, Lock, Snapshot, Transaction};
use tracemill_model::tables::SEMANTIC;
use tracemill_model::{Lake, LakeError};

use attribution::Attribution;
use coverage::Losses;
use dialect::Dialects;
use evidence::{Evidence, Gatherer, What};
use latency::category::Categories;
use pricing::Prices;
pub use pricing::{AskedPrice, ShownPrice};
pub use words::vocabulary;

/// What can go wrong when the semantic tables are built.
#[derive(Debug, Error)]
pub enum Error {
    /// The lake itself.
    #[error(transparent)]
    Lake(#[from] LakeError),
    /// A file operation failed.
    #[error("{}: {source}", path.display())]
    Io {
        /// File.
        path: PathBuf,
        /// Reason.
        source: std::io::Error,
    },
    /// A raw part is not what ingest writes.
    #[error("{}: damaged part: {reason}; ingest its sources again into a new lake", path.display())]
    Part {
        /// Part file.
        path: PathBuf,
        /// Reason.
        reason: String,
    },
    /// The user's prices cannot be read.
    #[error("{}: no price list: {reason}; see data/prices/example.toml", path.display())]
    Prices {
        /// File.
        path: PathBuf,
        /// Reason.
        reason: String,
    },
    /// A dialect is wrong: of a team's own, or of the program, which is its fault.
    #[error("dialect {agent}: {reason}")]
    Dialect {
        /// Its file, or its agent's name.
        agent: String,
        /// Reason.
        reason: String,
    },
    /// The user's table of categories cannot be read.
    #[error("{file}: no table of categories: {reason}; `tracemill categories` prints one that is")]
    Categories {
        /// File.
        file: String,
        /// Reason.
        reason: String,
    },
    /// The user's map of labels cannot be read.
    #[error("{file}: no map of labels: {reason}; docs/attribution.md shows one")]
    Map {
        /// File.
        file: String,
        /// Reason, with the line.
        reason: String,
    },
    /// A row does not fit its table: a fault of the program.
    #[error("table {table}: {reason}")]
    Row {
        /// Table.
        table: &'static str,
        /// Reason.
        reason: String,
    },
}

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
}

/// What was built: rows by table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Rows of `conversations`.
    pub conversations: u64,
    /// Rows of `turns`.
    pub turns: u64,
    /// Rows of `model_calls`.
    pub model_calls: u64,
    /// Rows of `tool_calls`.
    pub tool_calls: u64,
    /// Rows of `latency`.
    pub latency: u64,
    /// Rows of `metric_deltas`.
    pub metric_deltas: u64,
    /// What no rows were made of because nobody can tell what it counts, and what to do about it; a line each, sorted.
    pub undecided: Vec<String>,
    /// The price table used.
    pub prices: String,
}

/// What a build from these raw tables, with these options, would be built with.
pub fn built_with(lake: &Lake, snapshot: &Snapshot, options: &Options) -> Result<BuiltWith, Error> {
    Ok(BuiltWith {
        raw_commit: snapshot.raw_commit,
        release: env!("CARGO_PKG_VERSION").to_owned(),
        dialects: [dialects(lake, options)?.fingerprint(), categories(lake, options)?.fingerprint(), attribution(lake, options)?.fingerprint()]
            .join("+"),
        prices: prices(lake, options)?.describe(),
    })
}

/// Whether the semantic tables are what a build would make them now.
pub fn is_current(lake: &Lake, options: &Options) -> Result<bool, Error> {
    let snapshot = lake.snapshot()?;
    Ok(snapshot.built_with.as_ref() == Some(&built_with(lake, &snapshot, options)?))
}

/// The price table in force, as shown with every cost: name, version, date, and a fingerprint of the user's own prices.
pub fn price_table(lake: &Lake) -> Result<String, Error> {
    Ok(prices(lake, &Options::default())?.describe())
}

/// The rates of a model on a day (`YYYY-MM-DD`, UTC), as they apply to requests of all lengths; see [`ShownPrice`].
///
/// # Errors
/// The user's prices cannot be read.
pub fn model_prices(lake: Option<&Lake>, file: Option<&Path>, asked: &AskedPrice<'_>) -> Result<Vec<ShownPrice>, Error> {
    let stored = lake.map(pricing::stored).filter(|path| path.exists());
    Ok(Prices::load(file.or(stored.as_deref()))?.shown(asked))
}

/// The table of span names and what their time is for that is in force in a lake, or would be in a new one, as a file's text.
pub fn category_table(lake: Option<&Lake>) -> Result<String, Error> {
    lake.map_or_else(|| Ok(latency::category::EMBEDDED.to_owned()), |lake| Ok(latency::category::text(None, lake)?.0))
}

/// Builds all semantic tables anew from the raw ones, in one commit. Order, number and size of the raw parts do not matter.
pub fn build(lake: &Lake, lock: &Lock, options: &Options) -> Result<Summary, Error> {
    let snapshot = lake.snapshot()?;
    // Prices are copied first: should the run end here, the tables no longer match them and the next run builds again.
    let prices = prices(lake, options)?;
    if let Some(path) = &options.prices {
        keep(path, &pricing::stored(lake))?;
    }
    let categories = categories(lake, options)?;
    if let Some(path) = &options.categories {
        keep(path, &latency::category::stored(lake))?;
    }
    let mut dialects = dialects(lake, options)?;
    if let Some(folder) = &options.dialects {
        keep_folder(folder, &dialect::stored(lake))?;
    }
    let attribution = attribution(lake, options)?;
    if let Some(path) = &options.map {
        keep(path, &attribution::stored(lake))?;
    }
    let built_with = built_with(lake, &snapshot, &Options::default())?;
    let origins = dialect::learning::origins(&dialects, &snapshot)?;
    dialects.learn(origins);
    let mut losses = Losses::default();
    let mut evidence = gather((&dialects, &attribution), &snapshot, &mut losses)?;
    let mut transaction = Transaction::begin(lake, lock)?;
    let mut summary = Summary { prices: prices.describe(), ..Summary::default() };

    let names: Vec<&tool_name::ToolNames> = evidence.iter().map(|e| &e.names).collect();
    let mut activities = activities::Activities::new(&dialects, names.clone());
    snapshot.parts("events").try_for_each(|part| activities.events(part))?;
    snapshot.parts("spans").try_for_each(|part| activities.spans(part))?;
    let mut deltas = metric_deltas::Deltas::new((&dialects, &attribution), names, snapshot.parts("metrics"))?;
    summary.undecided = deltas.undecided();
    for (date, parts) in metric_deltas::by_day(snapshot.parts("metrics")) {
        let rows = deltas.day(date, parts.into_iter())?;
        for point in &rows {
            losses.metric(point.row());
            activities.metric(point.row());
        }
        summary.metric_deltas += write::table(&mut transaction, &rows)?;
        let _ = write::table(&mut transaction, &metric_deltas::buckets(&rows))?;
    }
    let _ = write::table(&mut transaction, &activities.rows())?;
    losses.undecided(&summary.undecided);
    let counted = deltas.counted();
    for (place, (dialect, evidence)) in dialects.list().iter().zip(&mut evidence).enumerate() {
        losses.processes(counted.give(place, dialect, evidence));
    }
    conversations((evidence, &losses), &dialects, (&prices, &categories), &snapshot, &mut transaction, &mut summary)?;
    for table in SEMANTIC {
        snapshot.parts(table.name).for_each(|old| transaction.remove(&old.file));
    }
    transaction.built_with(built_with);
    transaction.commit()?;
    Ok(summary)
}

fn gather((dialects, attribution): (&Dialects, &Attribution), snapshot: &Snapshot, losses: &mut Losses) -> Result<Vec<Evidence>, Error> {
    let mut gatherer = Gatherer::new(dialects, attribution);
    for part in snapshot.parts("events") {
        evidence::events::gather(&mut gatherer, part)?;
    }
    for part in snapshot.parts("spans") {
        evidence::spans::gather(&mut gatherer, part)?;
    }
    losses.seen(gatherer.seen);
    let mut evidence = gatherer.evidence;
    for Evidence { threads, names, .. } in &mut evidence {
        let settings = threads.values().flat_map(|t| t.events()).filter_map(|e| if let What::Start(s) = &e.what { Some(s) } else { None });
        let servers = settings.filter_map(|s| s.mcp_servers.as_deref()).flat_map(|list| list.split(','));
        names.learn_servers(servers);
    }
    tool_name::ToolNames::share(evidence.iter_mut().map(|e| &mut e.names));
    Ok(evidence)
}

/// Writes the tables about conversations.
fn conversations(
    (mut evidence, losses): (Vec<Evidence>, &Losses),
    dialects: &Dialects,
    (prices, categories): (&Prices, &Categories),
    snapshot: &Snapshot,
    transaction: &mut Transaction<'_>,
    summary: &mut Summary,
) -> Result<(), Error> {
    let mut rows = conversations::Rows::default();
    let mut nested = Vec::new();
    for (dialect, evidence) in dialects.list().iter().zip(&mut evidence) {
        nested.push(lineage::settle_spans(dialect, evidence, snapshot.parts("spans"))?);
    }
    lineage::apart::keep_apart(dialects.list(), &mut evidence);
    for ((dialect, evidence), nested) in dialects.list().iter().zip(&evidence).zip(&nested) {
        let mut origins = lineage::origins(dialect, evidence, nested);
        let levels = model_calls::whole::levels(dialect, evidence);
        for (id, thread) in &evidence.threads {
            let origin = origins.remove(id).unwrap_or_default();
            conversations::build(&mut rows, (dialect, prices), evidence, (id, thread), origin, levels.get(id).copied());
        }
    }
    rows.sort();
    summary.conversations = write::table(transaction, &rows.conversations)?;
    summary.turns = write::table(transaction, &rows.turns)?;
    summary.model_calls = write::table(transaction, &rows.calls)?;
    summary.tool_calls = write::table(transaction, &rows.tools)?;
    let _ = write::table(transaction, &rows.prompts)?;
    let _ = write::table(transaction, &rows.phases)?;
    let (shares, lost) = latency::build(transaction, snapshot, dialects, &evidence, &rows, categories)?;
    summary.latency = shares;
    let _ = write::table(transaction, &rows.coverage.rows(&lost, losses))?;
    Ok(())
}

fn prices(lake: &Lake, options: &Options) -> Result<Prices, Error> {
    let stored = pricing::stored(lake);
    let file = options.prices.clone().or_else(|| stored.exists().then_some(stored));
    Prices::load(file.as_deref())
}

fn categories(lake: &Lake, options: &Options) -> Result<Categories, Error> {
    Categories::load(options.categories.as_deref(), lake)
}

fn attribution(lake: &Lake, options: &Options) -> Result<Attribution, Error> {
    Attribution::load(options.map.as_deref(), lake)
}

fn dialects(lake: &Lake, options: &Options) -> Result<Dialects, Error> {
    dialects_in_force(Some(lake), options.dialects.as_deref())
}

/// The dialects in force: of a folder, else of the lake, and the program's.
///
/// # Errors
/// A file of a team's own cannot be read, or is no dialect.
pub fn dialects_in_force(lake: Option<&Lake>, folder: Option<&Path>) -> Result<Dialects, Error> {
    let stored = lake.map(dialect::stored).filter(|path| path.is_dir());
    Dialects::load(folder.or(stored.as_deref()))
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
            keep(file, &to.join(name))?;
        }
    }
    Ok(())
}

/// Puts a copy of the file in its place, all at once.
fn keep(from: &Path, to: &Path) -> Result<(), Error> {
    let temporary = to.with_extension("tmp");
    let fault = |path: &Path| {
        let path = path.to_owned();
        move |source| Error::Io { path, source }
    };
    std::fs::copy(from, &temporary).map_err(fault(from))?;
    std::fs::rename(&temporary, to).map_err(fault(to))
}

#[cfg(test)]
mod tests;
