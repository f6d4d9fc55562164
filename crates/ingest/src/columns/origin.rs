//! The columns that say where a record came from, the same in every raw table. Thousands of records share an origin: it is kept once, and each row
//! has its number.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::sync::Arc;

use arrow_array::{Array, ArrayRef, DictionaryArray, Int32Array, new_null_array};
use arrow_schema::ArrowError;
use arrow_select::take::take;
use xxhash_rust::xxh3::xxh3_128;

use super::number::nulls;
use super::{Form, LARGE, TextColumn, dictionary};
use crate::identity::Unhashed;
use crate::record::{Resource, Scope};
use crate::system::System;

/// The columns, in the order of the tables, but for `attributes`, which stand behind `schema_url`.
pub const COLUMNS: [&str; 10] = [
    "service_name",
    "service_version",
    "scope_name",
    "scope_version",
    "scope_attributes",
    "schema_url",
    "resource",
    "source_id",
    "system",
    "redacted",
];
/// Those that a record's origin says; the schema URL comes later.
const OF_ORIGIN: usize = COLUMNS.len() - 1;
/// The place of the schema URL among the columns.
const SCHEMA_URL: usize = 5;

/// Where the records at hand come from.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    /// Their resource.
    pub resource: &'a Resource,
    /// Their scope.
    pub scope: &'a Scope,
    /// Id of their source.
    pub source_id: &'a str,
    /// Number of their source within the run.
    pub source: u32,
    /// The system they were read from.
    pub system: System,
    /// Words for what was replaced in the record.
    pub redacted: &'a str,
    /// Another number for all of the above but `redacted` whenever any of it may have changed.
    pub version: u64,
}

impl<'a> Origin<'a> {
    fn texts(&self) -> [&'a str; OF_ORIGIN] {
        let Origin { resource, scope, .. } = self;
        [
            &resource.service_name,
            &resource.service_version,
            &scope.name,
            &scope.version,
            &scope.attributes,
            &resource.text,
            self.source_id,
            self.system.name(),
            self.redacted,
        ]
    }
}

/// An origin that rows have.
#[derive(Debug)]
struct Known {
    texts: [Box<str>; OF_ORIGIN],
    /// Bytes of it in each row that is written out.
    size: usize,
}

impl Known {
    fn words(&self) -> &str {
        &self.texts[OF_ORIGIN - 1]
    }
}

/// See the module.
#[derive(Debug, Default)]
pub struct OriginColumns {
    known: Vec<Known>,
    /// Places in that list, by the hash of the texts.
    numbers: HashMap<u128, u32, BuildHasherDefault<Unhashed>>,
    last: Option<(u64, u32)>,
    buffer: Vec<u8>,
    rows: Vec<u32>,
    schema_urls: Vec<String>,
    /// Places in that list, from 1.
    schema_url_numbers: HashMap<String, u32>,
    schema_url: Vec<u32>,
    /// Bytes of all columns when they are written out.
    expanded: usize,
    /// The texts of what is known, by column.
    arrays: OnceCell<Vec<ArrayRef>>,
}

impl OriginColumns {
    /// Appends a row's origin. Its schema URL, which JSON writers put after the records, is filled in later.
    pub fn push(&mut self, origin: &Origin) {
        let of_last = self.last.filter(|(version, number)| {
            let words = self.known[*number as usize].words();
            // nearly always both are empty, and two empty texts are compared slowly where a vector register would be filled from no address
            *version == origin.version && words.len() == origin.redacted.len() && (words.is_empty() || words == origin.redacted)
        });
        let number = of_last.map_or_else(|| self.number(origin), |(_, number)| number);
        self.last = Some((origin.version, number));
        self.rows.push(number);
        self.schema_url.push(0);
        self.expanded += self.known[number as usize].size;
    }

    fn number(&mut self, origin: &Origin) -> u32 {
        let texts = origin.texts();
        self.buffer.clear();
        for text in texts {
            self.buffer.extend_from_slice(&text.len().to_le_bytes());
            self.buffer.extend_from_slice(text.as_bytes());
        }
        let hash = xxh3_128(&self.buffer);
        // the hash can be made to collide by who wants to
        let same = |number: &&u32| self.known[**number as usize].texts.iter().zip(texts).all(|(known, text)| **known == *text);
        if let Some(number) = self.numbers.get(&hash).filter(same) {
            return *number;
        }
        let _ = self.arrays.take();
        let number = self.known.len() as u32;
        self.known.push(Known { texts: texts.map(Box::from), size: texts.iter().map(|t| t.len()).sum() });
        let _ = self.numbers.insert(hash, number);
        number
    }

    /// Gives the rows from `row` on the schema URL, where they have none yet.
    pub fn fill_schema_url(&mut self, row: usize, url: &str) {
        if url.is_empty() || row >= self.schema_url.len() {
            return;
        }
        let number = match self.schema_url_numbers.get(url) {
            Some(known) => *known,
            None => {
                let _ = self.arrays.take();
                self.schema_urls.push(url.to_owned());
                let number = u32::try_from(self.schema_urls.len()).unwrap_or(0);
                let _ = self.schema_url_numbers.insert(url.to_owned(), number);
                number
            }
        };
        for place in self.schema_url[row..].iter_mut().filter(|n| **n == 0) {
            *place = number;
            self.expanded += url.len();
        }
    }

    /// Cuts back to so many rows.
    pub fn truncate(&mut self, rows: usize) {
        if rows == 0 {
            self.clear();
            return;
        }
        let of_origins: usize = self.rows.get(rows..).unwrap_or_default().iter().map(|n| self.known[*n as usize].size).sum();
        let urls = self.schema_url.get(rows..).unwrap_or_default().iter().filter_map(|n| self.schema_urls.get(n.checked_sub(1)? as usize));
        self.expanded -= of_origins + urls.map(String::len).sum::<usize>();
        self.rows.truncate(rows);
        self.schema_url.truncate(rows);
        // what only the rows had that are gone
        let known = self.rows.iter().max().map_or(0, |greatest| *greatest as usize + 1);
        if known < self.known.len() {
            self.known.truncate(known);
            self.numbers.retain(|_, number| (*number as usize) < known);
            self.last = None;
            let _ = self.arrays.take();
        }
    }

    fn clear(&mut self) {
        if self.buffer.capacity() > LARGE {
            self.buffer = Vec::new();
        }
        self.known.clear();
        self.numbers.clear();
        self.last = None;
        self.rows.clear();
        self.schema_urls.clear();
        self.schema_url_numbers.clear();
        self.schema_url.clear();
        self.expanded = 0;
        let _ = self.arrays.take();
    }

    /// Bytes of text when each row has all of its own.
    pub fn size(&self) -> usize {
        self.expanded
    }

    /// Bytes of text held.
    pub fn held(&self) -> usize {
        self.known.iter().map(|k| k.size).sum::<usize>() + self.schema_urls.iter().map(String::len).sum::<usize>()
    }

    /// The columns up to and with `schema_url`, the given `attributes`, then the others of these rows.
    pub fn arrays(&self, out: &mut Vec<ArrayRef>, attributes: &TextColumn, rows: &[u32], form: Form) -> Result<(), ArrowError> {
        let values = match self.arrays.get() {
            Some(values) => values,
            None => {
                let made = self.values()?;
                self.arrays.get_or_init(|| made)
            }
        };
        let keys = Int32Array::from_iter_values(rows.iter().map(|row| self.rows[*row as usize] as i32));
        for (n, values) in values.iter().enumerate() {
            if n == SCHEMA_URL {
                let numbers = rows.iter().map(|row| self.schema_url[*row as usize].checked_sub(1).map(|n| n as i32));
                out.push(column(&numbers.collect(), values, form)?);
                out.push(attributes.array(rows)?);
                continue;
            }
            let absent = |row: usize| values.is_null(self.rows[row] as usize);
            let nulls = if values.null_count() > 0 { nulls(rows, |row| !absent(row)) } else { None };
            let keys = Int32Array::new(keys.values().clone(), nulls);
            out.push(column(&keys, values, form)?);
        }
        Ok(())
    }

    fn values(&self) -> Result<Vec<ArrayRef>, ArrowError> {
        let of = |n: usize| texts(self.known.iter().map(move |k| &*k.texts[n]));
        let mut arrays = (0..OF_ORIGIN).map(of).collect::<Result<Vec<ArrayRef>, ArrowError>>()?;
        arrays.insert(SCHEMA_URL, texts(self.schema_urls.iter().map(String::as_str))?);
        Ok(arrays)
    }
}

/// These texts; empty ones are null.
fn texts<'t>(texts: impl ExactSizeIterator<Item = &'t str>) -> Result<ArrayRef, ArrowError> {
    let mut column = TextColumn::default();
    let rows: Vec<u32> = (0..texts.len() as u32).collect();
    texts.for_each(|text| column.push(text));
    column.array(&rows)
}

/// The texts of these numbers.
fn column(numbers: &Int32Array, values: &ArrayRef, form: Form) -> Result<ArrayRef, ArrowError> {
    match form {
        Form::Plain => take(values, numbers, None),
        Form::Dictionary if numbers.null_count() == numbers.len() => Ok(new_null_array(&dictionary(), numbers.len())),
        Form::Dictionary => Ok(Arc::new(DictionaryArray::try_new(numbers.clone(), values.clone())?)),
    }
}

#[cfg(test)]
mod tests {
    use arrow_array::RecordBatch;
    use arrow_array::cast::AsArray;
    use tracemill_model::tables::EVENTS;

    use super::*;
    use crate::columns::Columns;
    use crate::columns::EventColumns;
    use crate::record::{LogRecord, Texts};

    fn push(columns: &mut EventColumns, service: &str, version: u64) {
        let resource = Resource { text: format!("{{\"s\":\"{service}\"}}"), service_name: service.to_owned(), ..Resource::default() };
        let scope = Scope::default();
        let system = System::default();
        let origin = Origin { resource: &resource, scope: &scope, source_id: "a", source: 0, system, redacted: "", version };
        columns.push_log(&origin, &LogRecord::default(), &Texts::default(), 1);
    }

    fn services(columns: &EventColumns, rows: &[u32], form: Form) -> Vec<Option<String>> {
        let batch = RecordBatch::try_new(form.schema(&EVENTS), columns.arrays(rows, form).unwrap()).unwrap();
        let column = take(batch.column_by_name("service_name").unwrap(), &Int32Array::from_iter_values(0..rows.len() as i32), None);
        let column = column.unwrap();
        let plain = match column.as_dictionary_opt::<arrow_array::types::Int32Type>() {
            Some(dictionary) => take(dictionary.values(), dictionary.keys(), None).unwrap(),
            None => column,
        };
        plain.as_string::<i32>().iter().map(|text| text.map(str::to_owned)).collect()
    }

    #[test]
    fn rows_have_their_origins_in_either_form_and_what_is_cut_back_is_forgotten() {
        let mut columns = EventColumns::default();
        for (service, version) in [("a", 1), ("", 2), ("a", 3), ("b", 4), ("b", 4)] {
            push(&mut columns, service, version);
        }
        for form in [Form::Plain, Form::Dictionary] {
            let expected = [Some("b"), Some("a"), None, Some("a")].map(|text| text.map(str::to_owned));
            assert_eq!(services(&columns, &[4, 2, 1, 0], form), expected);
            assert_eq!(services(&columns, &[1, 1], form), [None, None]);
        }
        let full = columns.origin.size();
        let before = columns.origin.held();
        push(&mut columns, &"long".repeat(1000), 5);
        assert!(columns.origin.held() > before + 4000);
        columns.truncate(5);
        assert_eq!((columns.origin.held(), columns.origin.size()), (before, full));
        push(&mut columns, "c", 5);
        assert_eq!(services(&columns, &[5, 4], Form::Dictionary), ["c", "b"].map(|text| Some(text.to_owned())));
        columns.truncate(0);
        assert_eq!((columns.origin.held(), columns.origin.size()), (0, 0));
    }
}
