//! Columns of the table `profiles`, in the order of `tracemill_model::tables::PROFILES`.

use arrow_array::ArrayRef;
use arrow_schema::ArrowError;
use tracemill_model::Table;
use tracemill_model::date::{day_of, plausible};
use tracemill_model::tables::PROFILES;

use super::{Columns, Form, IdColumn, IntColumn, ListColumn, Origin, OriginColumns, RowKey, TextColumn};
use crate::privacy::level;
use crate::record::{Profile, Sample};

/// See the module.
#[derive(Debug, Default)]
pub struct ProfileColumns {
    /// Identity and place of each row.
    pub keys: Vec<RowKey>,
    time: IntColumn,
    duration: IntColumn,
    profile_id: IdColumn<16>,
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
    trace_id: IdColumn<16>,
    span_id: IdColumn<8>,
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
        self.time.push(time);
        self.duration.push(Some(signed(profile.duration_ns)));
        self.profile_id.push(profile.profile_id);
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
        self.trace_id.push(sample.trace_id);
        self.span_id.push(sample.span_id);
        self.attribute_units.push(&sample.units);
        self.profile_attributes.push(&profile.attributes);
        self.dropped_attributes.push(Some(profile.dropped_attributes.into()));
        self.original_payload_format.push(&profile.original_payload_format);
        self.origin.push(origin);
        self.attributes.push(&sample.attributes);
    }

    /// Bytes of text and lists, without the origins.
    fn own_size(&self) -> usize {
        if self.keys.is_empty() {
            return 0;
        }
        let own = [&self.stack, &self.attributes, &self.attribute_units, &self.leaf];
        let of_profile =
            [&self.profile_attributes, &self.sample_type, &self.sample_unit, &self.period_type, &self.period_unit, &self.original_payload_format];
        let texts = own.into_iter().chain(of_profile);
        let numbers = self.values.size() + self.timestamps.size();
        texts.map(TextColumn::size).sum::<usize>() + numbers
    }

    fn texts(&mut self) -> [&mut TextColumn; 11] {
        [
            &mut self.sample_type,
            &mut self.sample_unit,
            &mut self.temporality,
            &mut self.period_type,
            &mut self.period_unit,
            &mut self.leaf,
            &mut self.stack,
            &mut self.attribute_units,
            &mut self.profile_attributes,
            &mut self.original_payload_format,
            &mut self.attributes,
        ]
    }
}

impl Columns for ProfileColumns {
    fn table(&self) -> &'static Table {
        &PROFILES
    }

    fn keys(&self) -> &[RowKey] {
        &self.keys
    }

    fn arrays(&self, rows: &[u32], form: Form) -> Result<Vec<ArrayRef>, ArrowError> {
        let mut columns = vec![
            self.record_ids(rows)?,
            self.time.times(rows),
            self.duration.array(rows),
            self.profile_id.array(rows)?,
            self.sample_type.array(rows)?,
            self.sample_unit.array(rows)?,
            self.temporality.array(rows)?,
            self.period_type.array(rows)?,
            self.period_unit.array(rows)?,
            self.period.array(rows),
            self.value.array(rows),
            self.values.array(rows)?,
            self.timestamps.array(rows)?,
            self.leaf.array(rows)?,
            self.stack.array(rows)?,
            self.trace_id.array(rows)?,
            self.span_id.array(rows)?,
            self.attribute_units.array(rows)?,
            self.profile_attributes.array(rows)?,
            self.dropped_attributes.array(rows),
            self.original_payload_format.array(rows)?,
        ];
        self.origin.arrays(&mut columns, &self.attributes, rows, form)?;
        Ok(columns)
    }

    fn size(&self) -> usize {
        self.own_size() + self.origin.size() + self.rows() * 400
    }

    fn held(&self) -> usize {
        self.own_size() + self.origin.held() + self.rows() * 260
    }

    fn truncate(&mut self, rows: usize) {
        self.keys.truncate(rows);
        self.profile_id.truncate(rows);
        self.trace_id.truncate(rows);
        self.span_id.truncate(rows);
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
}
