//! The list: fingerprints, sorted, in a file of a commit. Border: what is in it; what is done about a row is `judge`'s business.
//!
//! ```text
//! lake/_tracemill/forgotten/list-<commit>    a line of JSON, then 16 bytes a fingerprint
//! ```

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use tracemill_model::date::HOUR_NS;
use tracemill_model::lake::{Part, Snapshot, Transaction};
use tracemill_model::{Lake, LakeError};

use crate::text::is_one_word;

/// The folder, and the word for its files in the log.
const FOLDER: &str = "forgotten";
/// What the lake's key is for here. A change of this text makes every list worthless.
const PURPOSE: &str = "tracemill: ids that a lake has forgotten";
/// Shorter users are common words: they are known where an attribute says that this is the user, and not looked for in texts.
const DISTINCT: usize = 16;

/// Hours of a day.
const HOURS: i64 = 24;
/// A record that says that it went on for more hours than these is taken at its word for these alone.
const LONGEST: i64 = 48;

/// What a fingerprint is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// The id of a conversation, as attributes have it.
    Conversation,
    /// A user, as attributes have it.
    User,
    /// The id of a trace all of which is forgotten, in hex.
    Trace,
    /// The ids of a trace and of a span in it, in hex, one behind the other.
    Span,
    /// The id of something set aside.
    Aside,
    /// The time of a log record, in nanoseconds since the epoch, as digits: all that some exports leave of it beside its text.
    Time,
    /// The id of a trace, in hex, out of which spans are forgotten and others stay.
    Shared,
    /// A process whose points are forgotten, as its resource has it.
    Process,
    /// A process, else its service, and an hour, a day or any time of records of it that are forgotten ([`Forgotten::add_hours`]).
    Hour,
}

/// See the module.
#[derive(Debug, Clone)]
pub struct Forgotten {
    key: [u8; 32],
    prints: Vec<u128>,
    head: Head,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Head {
    /// By which the key is known again.
    check: String,
    /// Lengths of the ids that may stand in texts, in bytes.
    lengths: BTreeSet<usize>,
    /// There are users or conversations that are only known by an attribute's name.
    short_users: bool,
    /// There are traces or spans.
    #[serde(default = "unknown")]
    traces: bool,
    /// There are processes.
    #[serde(default)]
    processes: bool,
    /// There are hours.
    #[serde(default)]
    hours: bool,
    /// Nothing before that time is kept: nanoseconds since the epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    before: Option<i64>,
    prints: usize,
}

/// Whether a list has traces that an earlier release wrote, and did not say so.
fn unknown() -> bool {
    true
}

impl Forgotten {
    /// The file that is in force.
    pub fn file(snapshot: &Snapshot) -> Option<&Part> {
        snapshot.parts(FOLDER).last()
    }

    /// What the lake has forgotten; `None` where that is nothing.
    ///
    /// # Errors
    /// The list cannot be read or is damaged, or the lake's key is not the one it was made with.
    pub fn load(lake: &Lake, snapshot: &Snapshot) -> Result<Option<Forgotten>, LakeError> {
        let Some(part) = Forgotten::file(snapshot) else { return Ok(None) };
        let bytes = fs::read(part.fetched()?).map_err(LakeError::io(&part.path))?;
        let damaged = |reason: &str| LakeError::Damaged { path: part.path.clone(), reason: reason.to_owned() };
        let end = bytes.iter().position(|b| *b == b'\n').ok_or_else(|| damaged("no list of fingerprints; put it back from a backup"))?;
        let head: Head = serde_json::from_slice(&bytes[..end]).map_err(|e| damaged(&e.to_string()))?;
        let (prints, rest) = bytes[end + 1..].as_chunks::<16>();
        if prints.len() != head.prints || !rest.is_empty() {
            return Err(damaged("it ends too early; put it back from a backup"));
        }
        let empty = Forgotten::empty(lake)?;
        if empty.head.check != head.check {
            return Err(LakeError::Damaged {
                path: PathBuf::from("_tracemill/key"),
                reason: "it is not the key by which this lake knows what it has forgotten; put it back from a backup".to_owned(),
            });
        }
        Ok(Some(Forgotten { prints: prints.iter().map(|p| u128::from_be_bytes(*p)).collect(), head, ..empty }))
    }

    /// A list of nothing, for the lake's key.
    ///
    /// # Errors
    /// There is no key, and none can be made.
    pub fn empty(lake: &Lake) -> Result<Forgotten, LakeError> {
        let key = lake.key()?.derive(PURPOSE);
        let check = blake3::keyed_hash(&key, b"check").to_hex()[..16].to_owned();
        Ok(Forgotten { key, prints: Vec::new(), head: Head { check, ..Head::default() } })
    }

    fn print(&self, what: What, value: &[u8]) -> u128 {
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        hasher.update(&[what as u8]).update(value);
        let mut print = [0; 16];
        print.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        u128::from_be_bytes(print)
    }

    /// Whether it was forgotten.
    pub fn knows(&self, what: What, value: &[u8]) -> bool {
        self.prints.binary_search(&self.print(what, value)).is_ok()
    }

    /// Adds to it.
    pub fn add(&mut self, what: What, values: impl IntoIterator<Item = impl AsRef<[u8]>>) {
        for value in values {
            let value = value.as_ref();
            let is_id = matches!(what, What::Conversation | What::User);
            let in_texts = is_id && is_one_word(value) && (what == What::Conversation || is_distinct(value));
            if in_texts {
                let _ = self.head.lengths.insert(value.len());
            }
            self.head.short_users |= is_id && !in_texts;
            self.head.traces |= matches!(what, What::Trace | What::Span);
            self.head.processes |= what == What::Process;
            self.head.hours |= what == What::Hour;
            self.prints.push(self.print(what, value));
        }
        self.prints.sort_unstable();
        self.prints.dedup();
        self.head.prints = self.prints.len();
    }

    /// Keeps nothing before that time, nanoseconds since the epoch. An earlier time than one that was given already changes nothing.
    pub fn forget_before(&mut self, time: i64) {
        self.head.before = self.head.before.max(Some(time));
    }

    /// The time before which nothing is kept, nanoseconds since the epoch.
    pub fn before(&self) -> Option<i64> {
        self.head.before
    }

    /// Lengths of the ids that may stand in texts.
    pub(crate) fn lengths(&self) -> &BTreeSet<usize> {
        &self.head.lengths
    }

    /// Whether there are users or conversations that are only known by an attribute's name.
    pub(crate) fn has_short_users(&self) -> bool {
        self.head.short_users
    }

    /// Whether there are traces or spans.
    pub(crate) fn has_traces(&self) -> bool {
        self.head.traces
    }

    /// Whether there are processes.
    pub(crate) fn has_processes(&self) -> bool {
        self.head.processes
    }

    /// Whether there are hours of processes.
    pub fn has_hours(&self) -> bool {
        self.head.hours
    }

    /// When a span was: from its start to its end.
    pub fn of_span([start, end]: [Option<i64>; 2]) -> Option<(i64, i64)> {
        Some((start.or(end)?, end.or(start)?))
    }

    /// When a record was. When it was observed is when it was collected, which may be days later: it counts where nothing else is told.
    pub fn of_record([time, observed]: [Option<i64>; 2]) -> Option<(i64, i64)> {
        let time = time.or(observed)?;
        Some((time, time))
    }

    /// The hours since the epoch between two times in nanoseconds; of more than two days' the first ones and the last.
    pub fn hours((from, until): (i64, i64)) -> impl Iterator<Item = i64> {
        let [first, last] = [from, until.max(from)].map(|time| time.div_euclid(HOUR_NS));
        (first..last.min(first + LONGEST - 1)).chain([last])
    }

    /// Adds hours since the epoch in which processes, by their instance, else their service, had records that are forgotten.
    pub fn add_hours<'p>(&mut self, hours: impl IntoIterator<Item = (&'p str, i64)>) {
        let mut all = BTreeSet::new();
        for (process, hour) in hours {
            all.extend([ever(process), in_day(process, hour.div_euclid(HOURS)), in_hour(process, hour)]);
        }
        self.add(What::Hour, all);
    }

    /// Whether any of these hours, the first and the last of them, is among a process'. An interval may have thousands, and there may be as many processes as
    /// there are intervals: a process is asked for first, then days.
    pub fn has_hour(&self, process: &str, (first, last): (i64, i64)) -> bool {
        let knows = |value: String| self.knows(What::Hour, value.as_bytes());
        let any = |day: i64| (first.max(day * HOURS)..=last.min(day * HOURS + HOURS - 1)).any(|hour| knows(in_hour(process, hour)));
        let mut days = first.div_euclid(HOURS)..=last.div_euclid(HOURS);
        self.head.hours && knows(ever(process)) && days.any(|day| knows(in_day(process, day)) && any(day))
    }

    /// Puts the list into the transaction, in the place of the one before.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn save(&self, snapshot: &Snapshot, tx: &mut Transaction) -> Result<(), LakeError> {
        let (file, path) = tx.new_kept(FOLDER, &format!("list-{:06}", tx.number()))?;
        let mut bytes = serde_json::to_vec(&self.head).map_err(|e| LakeError::Damaged { path: path.clone(), reason: e.to_string() })?;
        bytes.push(b'\n');
        bytes.extend(self.prints.iter().flat_map(|p| p.to_be_bytes()));
        fs::write(&path, bytes).map_err(LakeError::io(&path))?;
        if let Some(old) = Forgotten::file(snapshot) {
            tx.remove(&old.file);
        }
        tx.add_kept(FOLDER, file, self.prints.len() as u64)
    }
}

fn ever(process: &str) -> String {
    format!("p {process}")
}

fn in_day(process: &str, day: i64) -> String {
    format!("d{day} {process}")
}

fn in_hour(process: &str, hour: i64) -> String {
    format!("h{hour} {process}")
}

/// Whether a user's name can be nothing else.
pub(crate) fn is_distinct(user: &[u8]) -> bool {
    user.contains(&b'@') || user.len() >= DISTINCT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_forgotten_is_known_by_this_key_alone_and_does_not_stand_in_the_list() {
        let folder = tempfile::tempdir().unwrap();
        let lake = Lake::create(&folder.path().join("lake")).unwrap();
        assert!(Forgotten::load(&lake, &lake.snapshot().unwrap()).unwrap().is_none());
        let mut list = Forgotten::empty(&lake).unwrap();
        list.add(What::Conversation, ["019ac-one", "019ac-two"]);
        list.add(What::User, ["jane@example.com", "bob"]);
        list.forget_before(7);
        list.forget_before(5);
        let save = |list: &Forgotten| {
            let lock = lake.lock().unwrap();
            let mut tx = Transaction::begin(&lake, &lock).unwrap();
            list.save(&lake.snapshot().unwrap(), &mut tx).unwrap();
            assert!(tx.commit().unwrap());
        };
        save(&list);
        list.add(What::Trace, ["00ff"]);
        save(&list);
        let snapshot = lake.snapshot().unwrap();
        assert_eq!(snapshot.parts(FOLDER).count(), 1);
        let read = Forgotten::load(&lake, &snapshot).unwrap().unwrap();
        assert_eq!((read.prints.len(), read.before(), read.has_short_users()), (5, Some(7), true));
        assert!(read.knows(What::Conversation, b"019ac-two") && read.knows(What::Trace, b"00ff") && read.knows(What::User, b"bob"));
        assert!(!read.knows(What::User, b"019ac-two") && !read.knows(What::Conversation, b"019ac-three"));
        let bytes = fs::read(&Forgotten::file(&snapshot).unwrap().path).unwrap();
        assert!(!bytes.windows(5).any(|w| w == b"019ac" || w == b"jane@"));
        fs::write(lake.meta().join("key"), "0".repeat(64)).unwrap();
        assert!(matches!(Forgotten::load(&lake, &snapshot), Err(LakeError::Damaged { .. })));
    }
    #[test]
    fn hours_between_times_are_all_of_them_up_to_a_limit() {
        let hours = |from, until| Forgotten::hours((from, until)).collect::<Vec<_>>();
        assert_eq!(hours(0, 0), [0]);
        assert_eq!(hours(HOUR_NS - 1, 3 * HOUR_NS), [0, 1, 2, 3]);
        assert_eq!(hours(-1, 1), [-1, 0]);
        assert_eq!(hours(5 * HOUR_NS, 0), [5]);
        assert_eq!(hours(0, 47 * HOUR_NS), (0..48).collect::<Vec<_>>());
        assert_eq!(hours(0, i64::MAX), (0..47).chain([i64::MAX / HOUR_NS]).collect::<Vec<_>>());
    }

    #[test]
    fn hours_of_processes_are_found_within_long_times() {
        let folder = tempfile::tempdir().unwrap();
        let lake = Lake::create(&folder.path().join("lake")).unwrap();
        let mut list = Forgotten::empty(&lake).unwrap();
        assert!(!list.has_hours() && !list.has_hour("p1", (0, 500_000)));
        list.add_hours([("p1", 498_000), ("p1", 498_010), ("p2", 5), ("p2", -30)]);
        for (process, hours, expected) in [
            ("p1", (498_000, 498_000), true),
            ("p1", (497_999, 498_000), true),
            ("p1", (498_001, 498_009), false),
            ("p1", (498_010, 498_500), true),
            ("p1", (489_216, 497_999), false),
            ("p1", (489_216, 498_000), true),
            ("p1", (5, 5), false),
            ("p2", (0, 8_784), true),
            ("p2", (-31, -29), true),
            ("p2", (-29, 4), false),
            ("p2", (6, 5), false),
            ("p3", (0, 500_000), false),
        ] {
            assert_eq!(list.has_hour(process, hours), expected, "{process} {hours:?}");
        }
    }
}
