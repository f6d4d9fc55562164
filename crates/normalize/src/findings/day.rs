//! What was found on a day, each place once. Border: putting together; the order in which parts come does not matter.

use std::collections::BTreeMap;
use std::sync::Arc;

/// Where something was found: what differs in none of it is one row. Of records that name no conversation their span is kept, until it is known
/// whose that is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Conversation, as the record names it.
    pub conversation: Option<Arc<str>>,
    /// Trace and span, where it names none.
    pub span: Option<(u128, Option<u128>)>,
    /// Agent.
    pub agent: Option<Arc<str>>,
    /// Raw table.
    pub table: &'static str,
    /// Column, and way into its JSON.
    pub field: Arc<str>,
    /// Byte of the field.
    pub offset: usize,
    /// Rule, by its place in the list.
    pub rule: usize,
    /// What may be shown, and a keyed hash; `None` where it was redacted.
    pub shown: Option<(Arc<str>, Arc<str>)>,
}

/// The records that have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Records {
    /// Time and id of the first.
    pub first: (Option<i64>, u128),
    /// Time of the last.
    pub last: Option<i64>,
    /// How many they are.
    pub count: i64,
}

impl Records {
    /// Takes more of them.
    pub fn add(&mut self, more: &Records) {
        self.first = self.first.min(more.first);
        self.last = self.last.max(more.last);
        self.count += more.count;
    }
}

/// See the module.
#[derive(Debug, Default)]
pub struct Day(pub BTreeMap<Place, Records>);

impl Day {
    /// Takes a find.
    pub fn add(&mut self, place: Place, records: Records) {
        self.0.entry(place).and_modify(|known| known.add(&records)).or_insert(records);
    }

    /// With those of another part.
    pub fn with(mut self, other: Day) -> Day {
        other.0.into_iter().for_each(|(place, records)| self.add(place, records));
        self
    }
}
