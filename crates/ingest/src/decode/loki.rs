//! What Loki holds, in each form in which it is got out: its HTTP API, `logcli`, Grafana's downloads. Border: entries of a log in, log records
//! out as the OTLP original had them, as far as Loki has kept it. What is lost is told with each form ([`Entries::begin`]).
//!
//! Source of the rules: Loki's `pkg/loghttp/push/otlp.go` (how OTLP becomes an entry), `pkg/logcli/output` (how logcli writes one).

mod csv;
mod entry;
mod event;
mod exporter;
pub mod grafana;
pub mod json;
mod line;
pub mod logcli;
mod streams;
mod time;

use crate::decode::labels::{LabelList, add_missing};
use entry::{Entries, Entry, Labels};

/// What a record lacks that was dropped because it was equal in all lines, and what to do.
const CONSTANTS_MISSING: &str = "labels that are equal in all lines were left out, among them the service: export with logcli \
                                 --include-common-labels; what the other labels tell of the events is recovered, the resource is not";

/// What a query has dropped, and what to do.
const LABELS_DROPPED: &str = "some records are without the label service_name, so that the query has dropped labels (| keep, | drop): \
                              export with the bare selector";

#[cfg(test)]
mod tests;
