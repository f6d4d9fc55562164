//! The columns that say where a record came from, the same in every raw table. Thousands of records share an origin: it is kept once, and each row
//! has its number.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::sync::Arc;

use arrow_array::{Array, ArrayRef, DictionaryArray, Int32Array, StringArray, new_null_array};
use arrow_schema::{ArrowError, DataType};
use arrow_select::take::take;
use xxhash_rust::xxh3::xxh3_128;

use super::number::nulls;
use super::{Form, TextColumn};
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
        let (known, arrays) = (&mut self.known, &mut self.arrays);
        *self.numbers.entry(xxh3_128(&self.buffer)).or_insert_with(|| {
            let _ = arrays.take();
            known.push(Known { texts: texts.map(Box::from), size: texts.iter().map(|t| t.len()).sum() });
            known.len() as u32 - 1
        })
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
    }

    fn clear(&mut self) {
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
        let values = self.arrays.get_or_init(|| self.values());
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

    fn values(&self) -> Vec<ArrayRef> {
        let present = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let of = |n: usize| Arc::new(self.known.iter().map(|k| present(&k.texts[n])).collect::<StringArray>()) as ArrayRef;
        let urls = Arc::new(self.schema_urls.iter().map(|url| Some(url.as_str())).collect::<StringArray>()) as ArrayRef;
        let mut arrays: Vec<ArrayRef> = (0..OF_ORIGIN).map(of).collect();
        arrays.insert(SCHEMA_URL, urls);
        arrays
    }
}

/// The texts of these numbers.
fn column(numbers: &Int32Array, values: &ArrayRef, form: Form) -> Result<ArrayRef, ArrowError> {
    match form {
        Form::Plain => take(values, numbers, None),
        Form::Dictionary if numbers.null_count() == numbers.len() => {
            let text = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
            Ok(new_null_array(&text, numbers.len()))
        }
        Form::Dictionary => Ok(Arc::new(DictionaryArray::try_new(numbers.clone(), values.clone())?)),
    }
}
