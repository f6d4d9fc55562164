//! The records of days gone through whole, on all threads. Border: parts in; what one gatherer would have gathered from them, in their order, out.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use rayon::prelude::*;
use tracemill_model::lake::Part;

use super::Build;
use crate::Error;
use crate::dialect::learning::Unclaimed;
use crate::evidence::{Evidence, Gatherer, events, spans};
use crate::scope::States;
use crate::survey::{Day, Survey};

/// Rows of a piece, about: so many that what is made anew for each does not count.
const ROWS: u64 = 16_384;

/// Parts of one raw table and day that are gone through at once, one after the other.
struct Piece<'p> {
    day: i32,
    of_spans: bool,
    parts: Vec<&'p Part>,
    rows: u64,
}

/// Goes through the records of these days, and gives what is known of each.
pub fn gather(
    gatherer: &mut Gatherer<'_>,
    build: &Build<'_>,
    days: impl Iterator<Item = i32>,
    unclaimed: &mut BTreeMap<i32, Unclaimed>,
) -> Result<States, Error> {
    let days: Vec<i32> = days.collect();
    let pieces: Vec<Piece<'_>> = days.iter().flat_map(|day| of_day(build, *day)).collect();
    let start = &*gatherer;
    let gathered: Vec<(i32, Vec<Evidence>, Survey)> =
        pieces.par_iter().with_max_len(1).map(|piece| one(start, piece)).collect::<Result<_, Error>>()?;
    let mut surveys: BTreeMap<i32, Survey> = BTreeMap::new();
    let dialects = build.dialects.list().len();
    for (place, all) in gatherer.evidence.iter_mut().enumerate() {
        all.spans.reserve_exact(gathered.iter().map(|(_, evidence, _)| evidence[place].spans.len()).sum());
    }
    for (day, evidence, survey) in gathered {
        gatherer.evidence.iter_mut().zip(evidence).for_each(|(all, more)| all.merge(more));
        match surveys.entry(day) {
            Entry::Vacant(entry) => drop(entry.insert(survey)),
            Entry::Occupied(mut entry) => entry.get_mut().merge(survey),
        }
    }
    let mut of = |day: i32| {
        let known = surveys.remove(&day).unwrap_or_else(|| Survey::new(day, dialects)).finish();
        Day { unclaimed: unclaimed.remove(&day).unwrap_or_default(), ..known }
    };
    Ok(days.into_iter().map(|day| (day, of(day))).collect())
}

fn of_day<'p>(build: &Build<'p>, day: i32) -> Vec<Piece<'p>> {
    let tables = build.raw.events(day).map(|part| (false, part)).chain(build.raw.spans(day).map(|part| (true, part)));
    let mut pieces: Vec<Piece<'p>> = Vec::new();
    for (of_spans, part) in tables {
        match pieces.last_mut() {
            Some(piece) if piece.of_spans == of_spans && piece.rows + part.rows <= ROWS => {
                piece.parts.push(part);
                piece.rows += part.rows;
            }
            _ => pieces.push(Piece { day, of_spans, parts: vec![part], rows: part.rows }),
        }
    }
    pieces
}

fn one(start: &Gatherer<'_>, piece: &Piece<'_>) -> Result<(i32, Vec<Evidence>, Survey), Error> {
    let mut gatherer = start.another();
    gatherer.survey = Some(Survey::new(piece.day, gatherer.evidence.len()));
    let table = if piece.of_spans { spans::gather } else { events::gather };
    piece.parts.iter().try_for_each(|part| table(&mut gatherer, part))?;
    let survey = gatherer.survey.take().unwrap_or_else(|| Survey::new(piece.day, 0));
    Ok((piece.day, gatherer.evidence, survey))
}
