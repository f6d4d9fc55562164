//! The identity of samples of profiles.

use super::Digest;
use crate::record::{Profile, Sample};

/// Hash of a sample of a profile: over what its indices stand for, because dictionaries may list the same in any order.
pub fn sample(digest: &mut Digest, origin: u128, profile: &Profile, sample: &Sample) -> u128 {
    digest.begin(b'p');
    digest.hash(origin);
    digest.int(profile.time_ns);
    digest.int(profile.duration_ns);
    digest.id(profile.profile_id);
    for counted in [&profile.sample, &profile.period_type] {
        digest.text(&counted.kind);
        digest.text(&counted.unit);
        digest.text(&counted.temporality);
    }
    digest.int(profile.period as u64);
    digest.int(profile.dropped_attributes.into());
    digest.text(&profile.original_payload_format);
    digest.long_text(&profile.attributes);
    digest.id(sample.trace_id);
    digest.id(sample.span_id);
    digest.int(sample.values.len() as u64);
    sample.values.iter().for_each(|v| digest.int(*v as u64));
    digest.counts(&sample.timestamps);
    digest.long_text(&sample.stack);
    digest.long_text(&sample.attributes);
    digest.text(&sample.units);
    digest.finish()
}
