//! A day's file in the lake: `_tracemill/built/YYYY-MM-DD-<commit>`. Border: bytes; whether a file is of this state of the lake, the log says.
//!
//! ```text
//! "tracemill day 2\n", length of the header (8 bytes), header (JSON), numbers (little endian), XXH3 of all before it (8 bytes)
//! ```

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};
use tracemill_model::date::{day_name, day_named};
use tracemill_model::lake::Part;
use xxhash_rust::xxh3::xxh3_64;

use super::groups::Groups;
use super::{Counting, Day};
use crate::Error;
use crate::dialect::learning::Unclaimed;
use crate::model_calls::Signal;
use crate::tool_name::Shown;

/// What the log calls these files, and their folder.
pub const BUILT: &str = "built";

/// The name of a day's file of a commit.
pub fn name_of(date: i32, commit: u64) -> String {
    format!("{}-{commit:06}", day_name(date))
}

/// The day of a file with such a name.
pub fn date_of(file: &Part) -> Option<i32> {
    day_named(file.file.rsplit('/').next()?.rsplit_once('-')?.0)
}

/// First bytes; the number is the version of the form, which changes with what is noted.
const MAGIC: &[u8; 16] = b"tracemill day 2\n";

/// What is told in words, and how many numbers follow.
#[derive(Serialize, Deserialize)]
struct Header {
    samples: bool,
    activities: Vec<i32>,
    seen: Vec<(String, Signal, i32, i64)>,
    unclaimed: Unclaimed,
    shown: Vec<Shown>,
    lengths: [usize; 11],
}

/// Writes a day to a new file.
///
/// # Errors
/// It cannot be written.
pub fn write(day: &Day, path: &Path) -> Result<(), Error> {
    let fault = |source| Error::Io { path: path.to_owned(), source };
    let header = Header {
        samples: day.samples,
        activities: day.activities.clone(),
        seen: day.seen.clone(),
        unclaimed: day.unclaimed.clone(),
        shown: day.shown.clone(),
        lengths: [
            day.records.keys.len(),
            day.points.keys.len(),
            day.reach.len(),
            day.instances.len(),
            day.turns.len(),
            day.interrupts.len(),
            day.counting.len(),
            day.prompts.len(),
            day.firsts.len(),
            day.segments.len(),
            day.strays.len(),
        ],
    };
    let header = serde_json::to_vec(&header).map_err(|e| fault(e.into()))?;
    let mut bytes = MAGIC.to_vec();
    bytes.extend((header.len() as u64).to_le_bytes());
    bytes.extend(header);
    for groups in [&day.records, &day.points] {
        groups.keys.iter().for_each(|key| bytes.extend(key.to_le_bytes()));
        groups.of.iter().for_each(|group| bytes.extend(group.to_le_bytes()));
    }
    for (group, day) in &day.reach {
        bytes.extend(group.to_le_bytes());
        bytes.extend(day.to_le_bytes());
    }
    for (key, group) in day.instances.iter().chain(&day.turns).chain(&day.interrupts) {
        bytes.extend(key.to_le_bytes());
        bytes.extend(group.to_le_bytes());
    }
    for Counting { process, unnamed, group, from, until } in &day.counting {
        bytes.extend(process.to_le_bytes());
        bytes.extend(unnamed.to_le_bytes());
        bytes.extend(group.to_le_bytes());
        bytes.extend(from.to_le_bytes());
        bytes.extend(until.to_le_bytes());
    }
    for (time, group) in day.prompts.iter().chain(&day.firsts) {
        bytes.extend(time.to_le_bytes());
        bytes.extend(group.to_le_bytes());
    }
    day.segments.iter().chain(&day.strays).for_each(|number| bytes.extend(number.to_le_bytes()));
    bytes.extend(xxh3_64(&bytes).to_le_bytes());
    fs::write(path, bytes).map_err(fault)
}

/// Reads a day; `None` where the file is not there, damaged, or of another version, and the day has to be gone through again.
pub fn read(path: &Path) -> Option<Day> {
    let bytes = fs::read(path).ok()?;
    let (body, sum) = bytes.split_last_chunk::<8>()?;
    let rest = body.strip_prefix(MAGIC)?;
    if xxh3_64(body).to_le_bytes() != *sum {
        return None;
    }
    let (length, rest) = rest.split_first_chunk::<8>()?;
    let (header, rest) = rest.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)?;
    let header: Header = serde_json::from_slice(header).ok()?;
    let [records, points, reach, instances, turns, interrupts, counting, prompts, firsts, segments, strays] = header.lengths;
    let mut numbers = Numbers(rest);
    let day = Day {
        records: numbers.groups(records)?,
        points: numbers.groups(points)?,
        reach: numbers.list(reach, |n| Some((n.u32()?, n.u32()? as i32)))?,
        instances: numbers.list(instances, |n| Some((n.u64()?, n.u32()?)))?,
        turns: numbers.list(turns, |n| Some((n.u64()?, n.u32()?)))?,
        interrupts: numbers.list(interrupts, |n| Some((n.u64()?, n.u32()?)))?,
        counting: numbers.list(counting, |n| {
            let (process, unnamed, group) = (n.u64()?, n.u64()?, n.u32()?);
            Some(Counting { process, unnamed, group, from: n.u32()? as i32, until: n.u32()? as i32 })
        })?,
        prompts: numbers.list(prompts, |n| Some((n.u64()? as i64, n.u32()?)))?,
        firsts: numbers.list(firsts, |n| Some((n.u64()? as i64, n.u32()?)))?,
        segments: numbers.list(segments, Numbers::u64)?,
        strays: numbers.list(strays, Numbers::u64)?,
        samples: header.samples,
        activities: header.activities,
        seen: header.seen,
        unclaimed: header.unclaimed,
        shown: header.shown,
    };
    numbers.0.is_empty().then_some(day)
}

/// The numbers that are left.
struct Numbers<'b>(&'b [u8]);

impl Numbers<'_> {
    fn u32(&mut self) -> Option<u32> {
        let (number, rest) = self.0.split_first_chunk::<4>()?;
        self.0 = rest;
        Some(u32::from_le_bytes(*number))
    }

    fn u64(&mut self) -> Option<u64> {
        let (number, rest) = self.0.split_first_chunk::<8>()?;
        self.0 = rest;
        Some(u64::from_le_bytes(*number))
    }

    fn list<T>(&mut self, length: usize, one: impl Fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        (0..length).map(|_| one(self)).collect()
    }

    fn groups(&mut self, length: usize) -> Option<Groups> {
        Some(Groups { keys: self.list(length, Numbers::u64)?, of: self.list(length, Numbers::u32)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::learning::Shows;

    #[test]
    fn a_day_is_read_as_it_was_written_and_a_damaged_one_not_at_all() {
        let mut shown = Shown::default();
        shown.given(["demo"].into_iter());
        let day = Day {
            records: Groups { keys: vec![1, 2, u64::MAX], of: vec![0, 0, 1] },
            points: Groups { keys: vec![7], of: vec![0] },
            reach: vec![(1, -3), (1, 20_780)],
            instances: vec![(5, 0)],
            turns: vec![(3, 1), (4, 0)],
            interrupts: vec![(4, 1)],
            counting: vec![Counting { process: 6, unnamed: 7, group: 0, from: -1, until: 3 }],
            prompts: vec![(-1, 0), (9, 1)],
            firsts: vec![(3, 1)],
            segments: vec![4, 8],
            strays: vec![11],
            samples: true,
            activities: vec![20_781],
            seen: vec![("codex".to_owned(), Signal::Log, 20_779, 12)],
            unclaimed: vec![((Some("acme".to_owned()), None), Shows { dialect: Some(3), others: 7, ..Shows::default() })],
            shown: vec![Shown::default(), shown],
        };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("day");
        write(&day, &path).unwrap();
        assert_eq!(read(&path), Some(day));
        let bytes = fs::read(&path).unwrap();
        for place in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[place] ^= 4;
            fs::write(&path, &damaged).unwrap();
            assert_eq!(read(&path), None, "byte {place}");
            fs::write(&path, &bytes[..place]).unwrap();
            assert_eq!(read(&path), None, "cut at {place}");
        }
        assert_eq!(read(&folder.path().join("none")), None);
    }
}
