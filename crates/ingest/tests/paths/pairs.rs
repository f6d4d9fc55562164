//! Documents beside their twins: many in one file, and where the files differ each alone, made as small as it can be.

use prost::Message;

use crate::json::Json;
use crate::trial::Trial;
use crate::{odd, wire};

/// What twins are made.
#[derive(Debug, Clone, Copy)]
pub enum Twins {
    /// In JSON, in some of these ways.
    Odd(u16),
    /// On the wire, in all of its ways.
    Wire,
    /// On the wire, read and written again by `prost`.
    Prost,
}

/// Differences after which no more are looked for.
const ENOUGH: usize = 5;
/// Twins that are made of a smaller document before it is taken for one that does not differ.
const PATIENCE: u64 = 24;

/// Documents of so many bytes are shown as they are.
const LARGE: usize = 2500;

/// Documents and a number from which their oddities come.
pub struct Pairs<'d> {
    pub documents: Vec<&'d Json>,
    pub seed: u64,
    pub twins: Twins,
}

/// Two files: the documents, and their twins.
struct Files {
    plain: Vec<u8>,
    other: Vec<u8>,
    number: usize,
}

impl<'d> Pairs<'d> {
    /// Documents with their number and what is wrong; and how many had a twin.
    pub fn compare(&self, trial: &Trial) -> (usize, Vec<String>) {
        let files = self.files(0..self.documents.len());
        let what = if files.number == 0 { None } else { self.differ(trial, &files) };
        let Some(what) = what else { return (files.number, Vec::new()) };
        let mut failures = Vec::new();
        for n in 0..self.documents.len() {
            if failures.len() < ENOUGH && self.differ(trial, &self.files(n..n + 1)).is_some() {
                failures.push(self.least(trial, n));
            }
        }
        if failures.is_empty() {
            failures.push(format!("{:?}, seed {}: {} documents differ together, but none alone: {what}", self.twins, self.seed, files.number));
        }
        (files.number, failures)
    }

    fn files(&self, numbers: std::ops::Range<usize>) -> Files {
        let (mut plain, mut other, mut number) = (String::new(), Vec::new(), 0);
        for n in numbers {
            let mut random = self.random(n);
            let Some(twin) = self.twin(self.documents[n], &mut random) else { continue };
            self.documents[n].write(&mut plain);
            plain.push('\n');
            other.extend_from_slice(&twin);
            number += 1;
        }
        Files { plain: plain.into_bytes(), other, number }
    }

    fn random(&self, number: usize) -> fastrand::Rng {
        fastrand::Rng::with_seed(self.seed ^ (number as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    fn twin(&self, document: &Json, random: &mut fastrand::Rng) -> Option<Vec<u8>> {
        match self.twins {
            Twins::Odd(among) => {
                // half of them are odd in one way only
                let one = 1 << random.u16(0..=odd::WAYS);
                let ways = if random.bool() { among & one } else { among & random.u16(..) };
                let ways = if ways & odd::LINES != 0 && random.bool() { ways & !odd::LINES } else { ways };
                let mut text = odd::twin(document, ways, random);
                text.push('\n');
                Some(text.into_bytes())
            }
            Twins::Wire | Twins::Prost => {
                let ways = if random.u8(0..4) == 0 { 0 } else { random.u16(0..1 << wire::WAYS) };
                let twin = wire::twin(document, ways, random)?;
                let bytes = match self.twins {
                    // takes a zero for none, whatever its sign
                    Twins::Prost if twin.negative_zero => return None,
                    Twins::Prost => again(twin.list, &twin.bytes),
                    _ => twin.bytes,
                };
                Some([&(bytes.len() as u32).to_be_bytes()[..], &bytes].concat())
            }
        }
    }

    fn differ(&self, trial: &Trial, files: &Files) -> Option<String> {
        let (plain, other) = (trial.read(&files.plain), trial.read(&files.other));
        let is_mere = matches!(self.twins, Twins::Odd(among) if among & !odd::MERE == 0);
        plain.differs(&other).or_else(|| if is_mere { plain.speaks_otherwise(&other) } else { None })
    }

    /// The difference of a document, with the smallest of its kind that still differs.
    fn least(&self, trial: &Trial, number: usize) -> String {
        let mut twins = self.twins;
        let mut document = self.documents[number].clone();
        let found = |document: &Json, twins: Twins| {
            (0..PATIENCE).find_map(|n| {
                let pairs = Pairs { documents: vec![document], seed: self.seed ^ n, twins };
                let files = pairs.files(0..1);
                let what = if files.number == 0 { None } else { pairs.differ(trial, &files) };
                what.map(|what| (what, files))
            })
        };
        if let Twins::Odd(among) = twins {
            let mut left = among;
            for way in (0..16).map(|n| 1 << n).filter(|way| among & way != 0) {
                if found(&document, Twins::Odd(left & !way)).is_some() {
                    left &= !way;
                }
            }
            twins = Twins::Odd(left);
        }
        let mut plain = String::new();
        document.write(&mut plain);
        // each step tries all that is in it
        while plain.len() < LARGE {
            let Some(smaller) = smaller(&document).into_iter().find(|smaller| found(smaller, twins).is_some()) else { break };
            document = smaller;
        }
        let words = if let Twins::Odd(ways) = twins { odd::names(ways) } else { format!("{twins:?}") };
        plain.clear();
        document.write(&mut plain);
        match found(&document, twins) {
            Some((what, files)) => format!("{words}: {what}\n  {plain}\n  {}", String::from_utf8_lossy(&files.other).escape_debug()),
            None => format!("{words}: only with its own oddities\n  {plain}"),
        }
    }
}

/// A message as `prost` writes it.
fn again(list: &str, bytes: &[u8]) -> Vec<u8> {
    use opentelemetry_proto::tonic::{logs::v1::LogsData, metrics::v1::MetricsData, trace::v1::TracesData};
    match list {
        "resourceSpans" => TracesData::decode(bytes).unwrap().encode_to_vec(),
        "resourceLogs" => LogsData::decode(bytes).unwrap().encode_to_vec(),
        _ => MetricsData::decode(bytes).unwrap().encode_to_vec(),
    }
}

/// A value with one element or field less, at any depth.
fn smaller(json: &Json) -> Vec<Json> {
    let mut all = Vec::new();
    match json {
        Json::List(list) => {
            for n in 0..list.len() {
                let with = |put: &[Json]| Json::List([&list[..n], put, &list[n + 1..]].concat());
                all.push(with(&[]));
                all.extend(smaller(&list[n]).into_iter().map(|less| with(&[less])));
            }
        }
        Json::Object(fields) => {
            for n in 0..fields.len() {
                let with = |put: Option<Json>| {
                    let put = put.map(|value| (fields[n].0.clone(), value));
                    Json::Object(fields[..n].iter().cloned().chain(put).chain(fields[n + 1..].iter().cloned()).collect())
                };
                all.push(with(None));
                all.extend(smaller(&fields[n].1).into_iter().map(|less| with(Some(less))));
            }
        }
        Json::Text(raw) if !raw.is_empty() && !raw.contains('\\') => all.push(Json::Text(raw.chars().skip(1).collect())),
        _ => {}
    }
    all
}
