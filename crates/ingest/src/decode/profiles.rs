//! OTLP profiles (opentelemetry-proto, `profiles/v1development/profiles.proto`, a signal under development), as JSON and as protobuf.
//! Border: one request in, a row for each sample out. What a sample is sent as — indices into the request's dictionary — is resolved here,
//! so that a row stands alone.
//!
//! The layout changed with nearly every release. Those since 1.8 are read (1.8 brought the table of stacks, 1.9 dropped the comments, 1.10
//! renumbered the fields of a sample); those before are refused by name.

mod dictionary;
pub mod json;
pub mod proto;

use crate::canonical::KeyValues;
use crate::record::{Profile, Sample};
use crate::rows::Rows;
use dictionary::Dictionary;
pub use dictionary::MOST_TEXT;

/// Why a request of an old layout is refused.
const OLD: &str = "OTLP profiles of 1.7 or before, whose layout was given up; have them sent by a profiler and a Collector of OTLP 1.8 or later";

/// The attribute that has held the comments of a profile since they are no field of it (OTLP 1.9).
const COMMENTS: &str = "pprof.profile.comment";

/// A sample as it is sent: its observations, and indices into the dictionary for the rest.
#[derive(Debug, Default)]
struct Sent {
    stack: i64,
    attributes: Vec<i64>,
    link: i64,
    /// The observations; the rest of it is filled from the dictionary.
    sample: Sample,
}

impl Sent {
    /// Makes it empty, keeping its memory.
    fn clear(&mut self) {
        (self.stack, self.link) = (0, 0);
        self.attributes.clear();
        self.sample.clear();
    }

    /// Puts it into the rows. `of_profile` are the attributes of its profile.
    ///
    /// # Errors
    ///
    /// Where it refers to something that the dictionary does not have.
    fn put(&mut self, dictionary: &mut Dictionary, profile: &Profile, of_profile: &[i64], kv: &mut KeyValues, rows: &mut Rows) -> Result<(), String> {
        let Sent { stack, attributes, link, sample } = self;
        dictionary.stack(*stack, kv, sample)?;
        (sample.trace_id, sample.span_id) = dictionary.link(*link)?;
        dictionary.attributes(attributes, kv, &mut sample.attributes)?;
        dictionary.units(attributes.iter().chain(of_profile), kv, &mut sample.units)?;
        rows.sample(profile, sample);
        Ok(())
    }
}

/// The attributes of a profile in canonical text, with its comments among them; empty where there are none.
fn of_profile(dictionary: &Dictionary, attributes: &[i64], comments: &[i64], kv: &mut KeyValues) -> Result<String, String> {
    let mut out = String::new();
    kv.clear();
    let mark = kv.begin();
    dictionary.push_attributes(attributes, kv)?;
    if !comments.is_empty() {
        let start = kv.position();
        dictionary.push_texts(comments, kv.value())?;
        kv.pair(COMMENTS, start);
    }
    if !kv.is_empty(mark) {
        kv.finish(mark, &mut out);
    }
    Ok(out)
}

#[cfg(test)]
mod tests;
