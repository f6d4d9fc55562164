//! A file as it should be: its requests with the rows of each, and which of them a damaged copy still has.

use std::ops::Range;
use std::path::Path;

use crate::damage::{Damage, Kind};
use crate::parts::{self, Form, Members};
use crate::samples::Sample;
use crate::trial::Trial;

/// See the module.
pub struct Archive {
    /// How it was read, and how its requests follow each other.
    pub form: String,
    /// All its rows, as numbers.
    pub rows: Vec<u64>,
    /// How its name ends.
    pub ending: String,
    requests: Form,
    parts: Vec<Part>,
    content: Vec<u8>,
    members: Option<Members>,
}

/// A request.
struct Part {
    /// Where it lies in the content.
    place: Range<usize>,
    rows: Vec<u64>,
}

/// What a damaged copy still has.
pub struct Whole {
    /// Numbers of the requests that are there as they were.
    pub parts: Vec<usize>,
    /// Of each request, whether it is among them.
    is_whole: Vec<bool>,
    /// Where they lie in the copy.
    pub places: Vec<Range<usize>>,
    /// Whether positions that are told are those of the copy: it is not compressed.
    pub exact: bool,
}

/// How a name ends.
pub fn ending(name: &str) -> String {
    Path::new(name).extension().map_or_else(String::new, |ending| ending.to_string_lossy().into_owned())
}

impl Whole {
    fn add(&mut self, number: usize) {
        self.parts.push(number);
        self.is_whole[number] = true;
    }
}

impl Archive {
    /// Reads a file, and each of its requests alone.
    pub fn new(sample: &Sample, trial: &Trial) -> Archive {
        let ending = ending(&sample.name);
        let found = trial.read(&ending, &sample.bytes).unwrap();
        let members = parts::members(&sample.bytes);
        let content = members.as_ref().map_or_else(|| sample.bytes.clone(), |members| members.content.clone());
        let (mut requests, places) = parts::split(&content, &found.format);
        let alone = |place: Range<usize>| Part { rows: trial.read("alone", &content[place.clone()]).unwrap().rows, place };
        let mut parts: Vec<Part> = if found.rows.is_empty() { Vec::new() } else { places.into_iter().map(alone).collect() };
        let mut all: Vec<u64> = parts.iter().flat_map(|part| part.rows.iter().copied()).collect();
        all.sort_unstable();
        if all != found.rows {
            println!("{}: its requests alone give {} rows, together {}", sample.name, all.len(), found.rows.len());
            requests = Form::One;
            parts = vec![Part { place: 0..content.len(), rows: found.rows.clone() }];
        }
        let form = format!("{}, {requests:?}", found.format);
        Archive { form, rows: found.rows, ending, requests, parts, content, members }
    }

    /// The requests that a damaged copy has as they were, with what separates them from others.
    pub fn untouched(&self, damage: &Damage) -> Whole {
        let mut whole = Whole { parts: Vec::new(), is_whole: vec![false; self.parts.len()], places: Vec::new(), exact: self.members.is_none() };
        // a text is known by its lines, if most of the first are its own
        let is_text = matches!(self.requests, Form::Lines | Form::Entries);
        let first = damage.kept.iter().filter(|kept| kept.from.len() > 200).map(|kept| kept.to).min().unwrap_or(0);
        if is_text && self.members.is_none() && first > 2048 {
            return whole;
        }
        let Some(members) = &self.members else {
            for kept in &damage.kept {
                let shift = |at: usize| at - kept.from.start + kept.to;
                for (number, part) in self.within(&kept.from) {
                    let place = shift(part.place.start)..shift(part.place.end);
                    if self.is_apart(&damage.bytes, &place, kept.to + kept.from.len()) {
                        whole.add(number);
                        whole.places.push(place);
                    }
                }
            }
            return whole;
        };
        // members that were not hit, and of the first that was what comes before the damage
        let mut known: Vec<Range<usize>> = Vec::new();
        for kept in &damage.kept {
            let inside = |place: &Range<usize>| kept.from.start <= place.start && place.end <= kept.from.end;
            known.extend(members.members.iter().filter(|(place, _)| inside(place)).map(|(_, content)| content.clone()));
        }
        let same = damage.kept.first().filter(|kept| kept.from.start == 0).map_or(0, |kept| kept.from.len());
        let hit = members.members.iter().find(|(place, _)| place.end > same);
        if let Some((place, content)) = hit.filter(|(place, _)| place.start < same)
            && let Some((read, _)) = parts::member(&damage.bytes[place.start..])
        {
            let read = read.iter().zip(&self.content[content.start..]).take_while(|(a, b)| a == b).count();
            known.push(content.start..content.start + read);
        }
        for known in &known {
            for (number, part) in self.within(known) {
                // what ends a request must be there too
                let ends = self.requests == Form::Frames || part.place.end < known.end || known.end == self.content.len();
                if ends && self.is_apart(&self.content, &part.place, self.content.len()) && !whole.is_whole[number] {
                    whole.add(number);
                }
            }
        }
        whole
    }

    /// The requests that lie in a stretch.
    fn within(&self, stretch: &Range<usize>) -> impl Iterator<Item = (usize, &Part)> {
        let (from, end) = (self.parts.partition_point(|p| p.place.start < stretch.start), stretch.end);
        self.parts.iter().enumerate().skip(from).take_while(move |(_, p)| p.place.end <= end)
    }

    /// Whether what separates a request from its neighbours is there, in a copy of which this stretch ends at `kept`.
    fn is_apart(&self, bytes: &[u8], place: &Range<usize>, kept: usize) -> bool {
        let before = bytes[..place.start].last().copied();
        let behind = &bytes[place.end..];
        let next = behind.iter().copied().find(|b| *b != b'\r');
        let begins_line = matches!(before, None | Some(b'\n'));
        match self.requests {
            Form::Frames => true,
            Form::One => bytes.len() == place.len(),
            Form::Documents | Form::Lines => begins_line && matches!(next, None | Some(b'\n')),
            // what follows belongs to it unless it begins as another does
            Form::Entries => begins_line && (behind.is_empty() || place.end + 40 <= kept),
            Form::Elements => {
                let solid = |b: &&u8| !b.is_ascii_whitespace();
                let (before, next) = (bytes[..place.start].iter().rev().find(solid), behind.iter().find(solid));
                // an array that lost its beginning is known by what it holds
                let opened = bytes.trim_ascii_start().starts_with(b"[") || bytes[place.clone()].starts_with(b"{\"resource");
                opened && matches!(before, Some(b'[' | b',')) && matches!(next, Some(b']' | b','))
            }
        }
    }

    /// The rows of such requests, which may be doubled, that are not among those found, and how many others were found.
    pub fn compare(&self, whole: &Whole, doubled: bool, found: &[u64]) -> (Vec<u64>, usize) {
        let mut wanted: Vec<u64> = whole.parts.iter().flat_map(|n| self.parts[*n].rows.iter().copied()).collect();
        wanted.sort_unstable();
        if doubled || matches!(self.requests, Form::Lines | Form::Entries) {
            // a request that is there twice is the same one; and equal lines of one stretch are told apart by their order
            wanted.dedup();
        }
        let (mut missing, mut others) = (Vec::new(), found.iter().copied().peekable());
        let wanted_rows = wanted.len();
        for row in wanted {
            while others.peek().is_some_and(|other| *other < row) {
                let _ = others.next();
            }
            if others.next_if_eq(&row).is_none() {
                missing.push(row);
            }
        }
        let there = wanted_rows - missing.len();
        (missing, found.len() - there)
    }

    /// The requests that such rows are of, for people.
    pub fn names(&self, whole: &Whole, missing: &[u64]) -> String {
        let numbers: Vec<String> = whole
            .parts
            .iter()
            .filter(|n| self.parts[**n].rows.iter().any(|row| missing.contains(row)))
            .map(|n| format!("{} at {:?}", n + 1, self.parts[*n].place))
            .collect();
        format!("requests {}", numbers.join(", "))
    }

    /// Whether rows are gone of requests of which something is still there, so that it must be told.
    pub fn lost(&self, whole: &Whole, damage: &Damage, extra: usize) -> bool {
        let is_hit = |number: usize, part: &Part| {
            let left = |kept: &Range<usize>| {
                let rest = kept.start.max(part.place.start)..kept.end.min(part.place.end);
                self.content.get(rest).is_some_and(|rest| !rest.trim_ascii().is_empty())
            };
            !whole.is_whole[number] && (self.members.is_some() || damage.kept.iter().any(|kept| left(&kept.from)))
        };
        let is_member_whole = |members: &Members| members.members.iter().any(|(place, _)| place.end == damage.bytes.len());
        if self.members.as_ref().is_some_and(|members| damage.kind == Kind::Splice || damage.kind == Kind::Cut && is_member_whole(members)) {
            return false;
        }
        let hit: usize = self.parts.iter().enumerate().filter(|(n, part)| is_hit(*n, part)).map(|(_, part)| part.rows.len()).sum();
        // two torn requests can make a right one. A single bit can do so in texts, where it makes one line of two, and in protobuf one field another
        let is_json = matches!(self.requests, Form::Documents | Form::Elements);
        if damage.kind == Kind::Flip && is_json { extra < hit } else { hit > 0 && extra == 0 }
    }
}
