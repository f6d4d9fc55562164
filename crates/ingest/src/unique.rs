//! The search for equal records: of the staged rows and those of the lake, each record stays once. Border: staged parts
//! and a snapshot in, the plan of a commit out. Nothing staged is changed, so that another plan can be made if the lake moves on meanwhile.
//!
//! Records with one identity lie in one day, because the day follows from fields that are part of the record. So the search goes day by
//! day and holds one day's keys at a time, in several shares where a day is large. A span that was sent in
//! two versions under the same ids stands with the later end, then the greater identity; the other goes with its events. Versions whose
//! starts lie on different days are not found: that would cost a search of the whole lake every night, and no exporter changes a start.

mod plan;
mod shares;
mod telling;
mod twins;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::hash::BuildHasherDefault;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use arrow_array::BooleanArray;
use arrow_select::filter::filter_record_batch;
use tracemill_model::date::day_name;
use tracemill_model::lake::{Part, Snapshot};
use tracemill_model::tables::{EVENTS, RAW};
use tracemill_model::{LakeError, Table, part};

use crate::identity::Unhashed;
use crate::store::Staged;
use crate::stored::{self, Key};

use plan::New;
pub use plan::Plan;
use shares::Shares;

/// What became of a source's rows.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Repeats {
    /// Rows that were there already.
    pub duplicates: u64,
    /// Spans with other contents under known ids.
    pub conflicts: u64,
}

/// A part of the lake, or a staged one, in one search.
enum Place<'a> {
    Stored(&'a Part),
    Staged(&'a Staged),
}

impl Place<'_> {
    fn rows(&self) -> usize {
        match self {
            Place::Stored(part) => usize::try_from(part.rows).unwrap_or(usize::MAX),
            Place::Staged(staged) => staged.rows,
        }
    }

    fn path(&self) -> &PathBuf {
        match self {
            Place::Stored(part) => &part.path,
            Place::Staged(staged) => &staged.path,
        }
    }

    /// Number of the source that a row came from in this run; `None` for what the lake had.
    fn source_of(&self, row: u32) -> Result<Option<u32>, LakeError> {
        let Place::Staged(staged) = self else { return Ok(None) };
        let path = staged.keys_path();
        let io = |source| LakeError::Io { path: path.clone(), source };
        let mut bytes = [0; Key::BYTES];
        let mut file = fs::File::open(&path).map_err(io)?;
        file.seek(SeekFrom::Start(u64::from(row) * Key::BYTES as u64)).map_err(io)?;
        file.read_exact(&mut bytes).map_err(io)?;
        Ok(Some(Key::from_bytes(&bytes).source))
    }
}

type Losers = HashSet<u128, BuildHasherDefault<Unhashed>>;

/// Searches; files that it writes lie in `scratch`. The snapshot's files must stay where they are meanwhile.
pub fn search(snapshot: &Snapshot, staged: &[Staged], scratch: &Path) -> Result<Plan, LakeError> {
    let mut plan = Plan::default();
    let mut repeats = BTreeMap::new();
    let mut losers = Losers::default();
    for table in RAW {
        let mut days: BTreeMap<String, Vec<Place>> = BTreeMap::new();
        for part in staged.iter().filter(|s| s.table.name == table.name) {
            let date = day_name(part.day);
            let _ = plan.days.insert((table.name, date.clone()));
            days.entry(date).or_default().push(Place::Staged(part));
        }
        let orphans = table.name == EVENTS.name && !losers.is_empty();
        plan.all_events |= orphans;
        for part in snapshot.parts(table.name) {
            if let Some(places) = days.get_mut(&part.date) {
                places.push(Place::Stored(part));
            } else if orphans {
                days.insert(part.date.clone(), vec![Place::Stored(part)]);
            }
        }
        for (date, mut places) in days {
            Snapshot::fetch(places.iter().filter_map(|place| match place {
                Place::Stored(part) => Some(*part),
                Place::Staged(_) => None,
            }))?;
            // what the lake has comes first: of two equal rows it stays
            places.sort_by_key(|p| matches!(p, Place::Staged(_)));
            let mut drops = search_day((table, &places), scratch, &mut losers, &mut repeats)?;
            if orphans {
                for (place, drops) in places.iter().zip(&mut drops) {
                    drops.extend(stored::rows_of_spans(place.path(), &losers)?);
                }
            }
            if table.name == EVENTS.name {
                twins::search(&places, &mut drops, &mut repeats)?;
            }
            for (place, drops) in places.iter().zip(drops) {
                put((table, &date), place, drops, scratch, &mut plan)?;
            }
        }
    }
    plan.repeats = repeats;
    plan.parts = plan.parts_of(snapshot);
    plan.seal()?;
    Ok(plan)
}

struct Standing {
    place: u32,
    row: u32,
    rank: i64,
    redacted: u16,
    identity: u128,
}

impl Standing {
    /// What decides between two rows with one key: for spans the richness of the system first (with which their identity begins), then the
    /// later end, then the richer content; for others, whose key is the identity, the later observation.
    fn version(&self) -> (u128, i64, u128) {
        (self.identity >> 124, self.rank, self.identity)
    }

    /// Whether it stands in the place of the other one. Of one content that of which more was replaced does, whichever came first.
    fn beats(&self, other: &Standing) -> bool {
        if self.identity == other.identity {
            return (self.redacted, self.rank) > (other.redacted, other.rank);
        }
        self.version() > other.version()
    }
}

/// The rows of each place that do not stay.
fn search_day(
    (table, places): (&Table, &[Place]),
    scratch: &Path,
    losers: &mut Losers,
    repeats: &mut BTreeMap<u32, Repeats>,
) -> Result<Vec<HashSet<u32>>, LakeError> {
    let mut drops = vec![HashSet::new(); places.len()];
    if !places.iter().any(|p| matches!(p, Place::Staged(_))) {
        return Ok(drops);
    }
    let shares = Shares::of(table, places, scratch)?;
    for share in 0..shares.number() {
        let mut standing: HashMap<u128, Standing, BuildHasherDefault<Unhashed>> = HashMap::default();
        shares.visit(share, &mut |place, row, key: Key| {
            let new = Standing { place, row, rank: key.rank, redacted: key.redacted, identity: key.identity };
            let Some(old) = standing.get_mut(&key.key) else {
                standing.insert(key.key, new);
                return;
            };
            let count = repeats.entry(key.source).or_default();
            if old.identity == new.identity {
                count.duplicates += 1;
            } else {
                count.conflicts += 1;
            }
            let wins = new.beats(old);
            let lost = if wins { std::mem::replace(old, new) } else { new };
            if lost.identity != old.identity {
                losers.insert(lost.identity);
            }
            drops[lost.place as usize].insert(lost.row);
        })?;
    }
    Ok(drops)
}

/// Plans a part as it is, or without the rows that do not stay, or not at all.
fn put((table, date): (&'static Table, &str), place: &Place, drops: HashSet<u32>, scratch: &Path, plan: &mut Plan) -> Result<(), LakeError> {
    let path = place.path();
    let new = |path: PathBuf, rows| New { table, date: date.to_owned(), path, rows, sealed: None };
    match place {
        Place::Stored(_) if drops.is_empty() => return Ok(()),
        Place::Stored(part) => plan.removes.push(part.file.clone()),
        Place::Staged(staged) if drops.is_empty() => {
            plan.adds.push(new(path.clone(), staged.rows as u64));
            return Ok(());
        }
        Place::Staged(_) => {}
    }
    if drops.len() >= place.rows() {
        return Ok(());
    }
    let parquet = |source| LakeError::Parquet { path: path.clone(), source };
    let mut kept = Vec::new();
    let mut row = 0_u32;
    for batch in stored::read(table, path)? {
        let batch = batch?;
        let mask: BooleanArray = (row..row + batch.num_rows() as u32).map(|r| Some(!drops.contains(&r))).collect();
        row += batch.num_rows() as u32;
        kept.push(filter_record_batch(&batch, &mask).map_err(|e| parquet(e.into()))?);
    }
    let to = scratch.join(format!("kept-{:06}.parquet", plan.scratch.len()));
    plan.scratch.push(to.clone());
    let rows = part::write(table, &to, &kept).map_err(parquet)?;
    plan.adds.push(new(to, rows));
    Ok(())
}

#[cfg(test)]
mod tests;
