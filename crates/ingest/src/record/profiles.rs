//! A decoded sample of a profile, its dictionary resolved. Border: the words of `profiles.proto`.

use std::borrow::Cow;

/// What the samples of a profile share.
#[derive(Debug, Clone, Default)]
pub struct Profile<'a> {
    /// When it was collected, nanoseconds since the epoch.
    pub time_ns: u64,
    /// The interval it covers, in nanoseconds.
    pub duration_ns: u64,
    /// Its id; `None` when absent or zero.
    pub profile_id: Option<[u8; 16]>,
    /// What its values count, and their unit.
    pub sample: ValueType<'a>,
    /// What is counted between two samples, and its unit.
    pub period_type: ValueType<'a>,
    /// How much of it.
    pub period: i64,
    /// Attributes dropped by the sender.
    pub dropped_attributes: u32,
    /// What it was converted from, where the original came along.
    pub original_payload_format: Cow<'a, str>,
    /// Its attributes in canonical text; empty where there are none.
    pub attributes: String,
}

/// What a number counts.
#[derive(Debug, Clone, Default)]
pub struct ValueType<'a> {
    /// `cpu`, `allocated_space`.
    pub kind: Cow<'a, str>,
    /// `nanoseconds`, `bytes`.
    pub unit: Cow<'a, str>,
    /// Temporality as a lowercase word; empty since OTLP 1.9, which has none.
    pub temporality: Cow<'a, str>,
}

/// A sample.
#[derive(Debug, Clone, Default)]
pub struct Sample {
    /// Trace id of the linked span.
    pub trace_id: Option<[u8; 16]>,
    /// Span id of the linked span.
    pub span_id: Option<[u8; 8]>,
    /// Values, one an observation.
    pub values: Vec<i64>,
    /// When each was observed, nanoseconds since the epoch.
    pub timestamps: Vec<u64>,
    /// Frames as a JSON array, innermost first; empty without a stack.
    pub stack: String,
    /// Function of the innermost frame; empty where it has no name.
    pub leaf: String,
    /// Attributes in canonical text.
    pub attributes: String,
    /// Units of attributes in canonical text; empty where there are none.
    pub units: String,
}

impl Sample {
    /// All that was observed: the sum of the values, held at the limits of 64 bits; without values each timestamp stands for 1.
    pub fn total(&self) -> i64 {
        if self.values.is_empty() {
            return i64::try_from(self.timestamps.len()).unwrap_or(i64::MAX);
        }
        self.values.iter().fold(0, |sum, value| sum.saturating_add(*value))
    }

    /// The first time at which it was observed; 0 where that is not said.
    pub fn first_observed(&self) -> u64 {
        self.timestamps.iter().copied().min().unwrap_or(0)
    }

    /// Makes it empty, keeping its memory.
    pub fn clear(&mut self) {
        (self.trace_id, self.span_id) = (None, None);
        self.values.clear();
        self.timestamps.clear();
        for text in [&mut self.stack, &mut self.leaf, &mut self.attributes, &mut self.units] {
            text.clear();
        }
    }
}
