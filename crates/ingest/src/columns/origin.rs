//! The columns that say where a record came from, the same in every raw table.

use std::collections::HashMap;

use arrow_array::ArrayRef;
use arrow_schema::ArrowError;

use super::TextColumn;
use crate::record::{Resource, Scope};
use crate::system::System;

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
}

/// See the module.
#[derive(Debug, Default)]
pub struct OriginColumns {
    service_name: TextColumn,
    service_version: TextColumn,
    scope_name: TextColumn,
    scope_version: TextColumn,
    scope_attributes: TextColumn,
    schema_urls: Vec<String>,
    /// Places in that list, from 1.
    schema_url_numbers: HashMap<String, u32>,
    schema_url: Vec<u32>,
    /// Bytes of the column when it is written out.
    schema_url_bytes: usize,
    resource: TextColumn,
    source_id: TextColumn,
    system: TextColumn,
    redacted: TextColumn,
}

impl OriginColumns {
    /// Appends a row's origin. Its schema URL, which JSON writers put after the records, is filled in later.
    pub fn push(&mut self, origin: &Origin) {
        self.service_name.push(&origin.resource.service_name);
        self.service_version.push(&origin.resource.service_version);
        self.scope_name.push(&origin.scope.name);
        self.scope_version.push(&origin.scope.version);
        self.scope_attributes.push(&origin.scope.attributes);
        self.schema_url.push(0);
        self.resource.push(&origin.resource.text);
        self.source_id.push(origin.source_id);
        self.system.push(origin.system.name());
        self.redacted.push(origin.redacted);
    }

    /// Gives the rows from `row` on the schema URL, where they have none yet.
    pub fn fill_schema_url(&mut self, row: usize, url: &str) {
        if url.is_empty() || row >= self.schema_url.len() {
            return;
        }
        let number = match self.schema_url_numbers.get(url) {
            Some(known) => *known,
            None => {
                self.schema_urls.push(url.to_owned());
                let number = u32::try_from(self.schema_urls.len()).unwrap_or(0);
                let _ = self.schema_url_numbers.insert(url.to_owned(), number);
                number
            }
        };
        for place in self.schema_url[row..].iter_mut().filter(|n| **n == 0) {
            *place = number;
            self.schema_url_bytes += url.len();
        }
    }

    /// The schema URL of a number.
    fn schema_url_of(&self, number: u32) -> &str {
        number.checked_sub(1).and_then(|n| self.schema_urls.get(n as usize)).map_or("", String::as_str)
    }

    /// Cuts back to so many rows.
    pub fn truncate(&mut self, rows: usize) {
        let cut = self.schema_url.get(rows..).unwrap_or_default();
        self.schema_url_bytes -= cut.iter().map(|number| self.schema_url_of(*number).len()).sum::<usize>();
        self.schema_url.truncate(rows);
        for column in [
            &mut self.service_name,
            &mut self.service_version,
            &mut self.scope_name,
            &mut self.scope_version,
            &mut self.scope_attributes,
            &mut self.resource,
            &mut self.source_id,
            &mut self.system,
            &mut self.redacted,
        ] {
            column.truncate(rows);
        }
    }

    /// Bytes of text held.
    pub fn size(&self) -> usize {
        let texts = [&self.resource, &self.scope_name, &self.scope_version, &self.scope_attributes, &self.service_name, &self.service_version];
        texts.into_iter().map(TextColumn::size).sum::<usize>() + self.schema_url_bytes
    }

    /// The columns up to and with `schema_url`, the given `attributes`, then `resource`, `source_id`, `system` and `redacted`.
    pub fn finish(&mut self, out: &mut Vec<ArrayRef>, attributes: &mut TextColumn) -> Result<(), ArrowError> {
        let mut schema_url = TextColumn::default();
        for number in std::mem::take(&mut self.schema_url) {
            schema_url.push(self.schema_url_of(number));
        }
        self.schema_urls.clear();
        self.schema_url_numbers.clear();
        self.schema_url_bytes = 0;
        for column in [
            &mut self.service_name,
            &mut self.service_version,
            &mut self.scope_name,
            &mut self.scope_version,
            &mut self.scope_attributes,
            &mut schema_url,
            attributes,
            &mut self.resource,
            &mut self.source_id,
            &mut self.system,
            &mut self.redacted,
        ] {
            out.push(column.finish()?);
        }
        Ok(())
    }
}
