#![doc = include_str!("../README.md")]

mod activities;
mod ancestry;
mod attributes;
mod attribution;
mod conversations;
mod coverage;
pub mod dialect;
mod error;
mod error_class;
mod evidence;
mod findings;
pub mod latency;
mod lineage;
mod masks;
mod metric_deltas;
mod model_calls;
mod output;
mod pool;
mod pricing;
mod rows;
mod settings;
mod stamp;
mod tokens;
mod tool_calls;
mod tool_hash;
mod tool_name;
mod totals;
mod turns;
mod words;
mod write;

use std::path::Path;

use tracemill_model::Lake;
use tracemill_model::lake::{BuiltWith, Lock, Snapshot, Transaction};
use tracemill_model::tables::SEMANTIC;
use tracemill_secrets::Fingerprints;

use attribution::Attribution;
use coverage::Losses;
use dialect::Dialects;
pub use error::Error;
use evidence::{Evidence, Gatherer, What};
use latency::category::Categories;
use pricing::Prices;
pub use pricing::{AskedPrice, ShownPrice};
use settings::Settings;
pub use settings::{Options, dialects_in_force, rules_in_force, stored_dialects};
pub use words::{Content, content, vocabulary};

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
    /// Rows of `findings`.
    pub findings: u64,
    /// What no rows were made of because nobody can tell what it counts, and what to do about it; a line each, sorted.
    pub undecided: Vec<String>,
    /// The price table used.
    pub prices: String,
}

/// What a build from these raw tables, with these options, would be built with.
pub fn built_with(lake: &Lake, snapshot: &Snapshot, options: &Options) -> Result<BuiltWith, Error> {
    Ok(Settings::load(lake, options)?.built_with(snapshot))
}

/// Whether the semantic tables are what a build would make them now.
pub fn is_current(lake: &Lake, options: &Options) -> Result<bool, Error> {
    let snapshot = lake.snapshot()?;
    Ok(snapshot.built_with.as_ref() == Some(&built_with(lake, &snapshot, options)?))
}

/// The price table in force, as shown with every cost: name, version, date, and a fingerprint of the user's own prices.
pub fn price_table(lake: &Lake) -> Result<String, Error> {
    Ok(Settings::load(lake, &Options::default())?.prices.describe())
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
    let settings = Settings::load(lake, options)?;
    // They are copied first: should the run end here, the tables no longer match them and the next run builds again.
    settings::keep(lake, options)?;
    let built_with = settings.built_with(&snapshot);
    let Settings { prices, categories, attribution, mut dialects, rules } = settings;
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
    let evidence = conversations((evidence, &losses), &dialects, (&prices, &categories), &snapshot, &mut transaction, &mut summary)?;
    let scan = findings::Scan::new(&dialects, rules, Fingerprints::new(lake.key()?.derive(tracemill_secrets::PURPOSE)));
    summary.findings = findings::build(&mut transaction, &snapshot, &scan, &evidence)?;
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

/// Writes the tables about conversations; gives the evidence back, by now with the conversations of its spans.
fn conversations(
    (mut evidence, losses): (Vec<Evidence>, &Losses),
    dialects: &Dialects,
    (prices, categories): (&Prices, &Categories),
    snapshot: &Snapshot,
    transaction: &mut Transaction<'_>,
    summary: &mut Summary,
) -> Result<Vec<Evidence>, Error> {
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
    Ok(evidence)
}

#[cfg(test)]
mod tests;
