//! Columns of the table `profiles`, in the order of `tracemill_model::tables::PROFILES`.

use arrow_array::RecordBatch;
use arrow_schema::ArrowError;
use tracemill_model::date::{day_of, plausible};
use tracemill_model::tables::PROFILES;

use super::{IntColumn, ListColumn, Origin, OriginColumns, RowKey, TextColumn};
use crate::privacy::level;
use crate::record::{Profile, Sample};

/// See the module.
#[derive(Debug, Default)]
pub struct ProfileColumns {
    /// Identity and place of each row.
    pub keys: Vec<RowKey>,
    record_id: TextColumn,
    time: IntColumn,
    duration: IntColumn,
    profile_id: TextColumn,
    sample_type: TextColumn,
    sample_unit: TextColumn,
    temporality: TextColumn,
    period_type: TextColumn,
    period_unit: TextColumn,
    period: IntColumn,
    value: IntColumn,
    values: ListColumn<i64>,
    timestamps: ListColumn<i64>,
    leaf: TextColumn,
    stack: TextColumn,
    trace_id: TextColumn,
    span_id: TextColumn,
    attribute_units: TextColumn,
    profile_attributes: TextColumn,
    dropped_attributes: IntColumn,
    original_payload_format: TextColumn,
    /// Origin of each row.
    pub origin: OriginColumns,
    attributes: TextColumn,
}

/// Durations and times are unsigned in OTLP and signed in the lake; one above 2⁶³ is held at the limit.
fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

impl ProfileColumns {
    /// Appends a sample.
    pub fn push(&mut self, origin: &Origin, profile: &Profile, sample: &Sample, identity: u128) {
        let time = plausible(if profile.time_ns == 0 { sample.first_observed() } else { profile.time_ns });
        let sort_time = time.unwrap_or(i64::MIN);
        self.keys.push(RowKey {
            key: identity,
            identity,
            time: sort_time,
            rank: i64::MIN,
            day: day_of(time),
            source: origin.source,
            redacted: level(origin.redacted),
        });
        self.record_id.push_hex(Some(&identity.to_be_bytes()));
        self.time.push(time);
        self.duration.push(Some(signed(profile.duration_ns)));
        self.profile_id.push_hex(profile.profile_id.as_ref().map(<[u8; 16]>::as_slice));
        self.sample_type.push(&profile.sample.kind);
        self.sample_unit.push(&profile.sample.unit);
        self.temporality.push(&profile.sample.temporality);
        self.period_type.push(&profile.period_type.kind);
        self.period_unit.push(&profile.period_type.unit);
        self.period.push(Some(profile.period).filter(|p| *p != 0));
        self.value.push(Some(sample.total()));
        self.values.push(sample.values.iter().copied());
        self.timestamps.push(sample.timestamps.iter().copied().map(signed));
        self.leaf.push(&sample.leaf);
        self.stack.push(&sample.stack);
        self.trace_id.push_hex(sample.trace_id.as_ref().map(<[u8; 16]>::as_slice));
        self.span_id.push_hex(sample.span_id.as_ref().map(<[u8; 8]>::as_slice));
        self.attribute_units.push(&sample.units);
        self.profile_attributes.push(&profile.attributes);
        self.dropped_attributes.push(Some(profile.dropped_attributes.into()));
        self.original_payload_format.push(&profile.original_payload_format);
        self.origin.push(origin);
        self.attributes.push(&sample.attributes);
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.keys.len()
    }

    /// Bytes of text and lists held, roughly.
    pub fn size(&self) -> usize {
        let own = [&self.stack, &self.attributes, &self.attribute_units, &self.leaf];
        let of_profile =
            [&self.profile_attributes, &self.sample_type, &self.sample_unit, &self.period_type, &self.period_unit, &self.original_payload_format];
        let texts = own.into_iter().chain(of_profile);
        let numbers = self.values.size() + self.timestamps.size();
        texts.map(TextColumn::size).sum::<usize>() + numbers + self.origin.size() + self.rows() * 400
    }

    fn texts(&mut self) -> [&mut TextColumn; 15] {
        [
            &mut self.record_id,
            &mut self.profile_id,
            &mut self.sample_type,
            &mut self.sample_unit,
            &mut self.temporality,
            &mut self.period_type,
            &mut self.period_unit,
            &mut self.leaf,
            &mut self.stack,
            &mut self.trace_id,
            &mut self.span_id,
            &mut self.attribute_units,
            &mut self.profile_attributes,
            &mut self.original_payload_format,
            &mut self.attributes,
        ]
    }

    /// Cuts back to so many rows.
    pub fn truncate(&mut self, rows: usize) {
        self.keys.truncate(rows);
        for column in self.texts() {
            column.truncate(rows);
        }
        for column in [&mut self.time, &mut self.duration, &mut self.period, &mut self.value, &mut self.dropped_attributes] {
            column.truncate(rows);
        }
        for column in [&mut self.values, &mut self.timestamps] {
            column.truncate(rows);
        }
        self.origin.truncate(rows);
    }

    /// All rows as a batch, with their keys; nothing is left.
    pub fn finish(&mut self) -> Result<(RecordBatch, Vec<RowKey>), ArrowError> {
        let mut columns = vec![
            self.record_id.finish()?,
            self.time.finish_times(),
            self.duration.finish(),
            self.profile_id.finish()?,
            self.sample_type.finish()?,
            self.sample_unit.finish()?,
            self.temporality.finish()?,
            self.period_type.finish()?,
            self.period_unit.finish()?,
            self.period.finish(),
            self.value.finish(),
            self.values.finish(),
            self.timestamps.finish(),
            self.leaf.finish()?,
            self.stack.finish()?,
            self.trace_id.finish()?,
            self.span_id.finish()?,
            self.attribute_units.finish()?,
            self.profile_attributes.finish()?,
            self.dropped_attributes.finish(),
            self.original_payload_format.finish()?,
        ];
        self.origin.finish(&mut columns, &mut self.attributes)?;
        Ok((RecordBatch::try_new(PROFILES.schema(), columns)?, std::mem::take(&mut self.keys)))
    }
}
