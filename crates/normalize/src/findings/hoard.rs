//! What is found in one part, put together as it is found. Border: the same as [`Day`], which is what it becomes; most finds repeat one of
//! before, and to know it again by the addresses of its shared texts costs less than to compare them.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::day::{Day, Place, Records};

/// The address of a shared text. Two texts may be one text twice: [`Day`] sees to that.
type Address = Option<usize>;

/// Where something was found, by addresses: conversation, span, agent, field, offset, rule, what is shown. The table is that of the part.
type Key = (Address, Option<(u128, Option<u128>)>, Address, Address, usize, usize, Address);

/// See the module.
#[derive(Debug, Default)]
pub struct Hoard(FxHashMap<Key, (Place, Records)>);

impl Hoard {
    /// Takes a find. Its texts are kept, so that no other can come to have the address of one of them.
    pub fn add(&mut self, place: Place, records: Records) {
        let address = |text: &Arc<str>| Arc::as_ptr(text).addr();
        let key = (
            place.conversation.as_ref().map(address),
            place.span,
            place.agent.as_ref().map(address),
            Some(address(&place.field)),
            place.offset,
            place.rule,
            place.shown.as_ref().map(|(_, fingerprint)| address(fingerprint)),
        );
        self.0.entry(key).and_modify(|(_, known)| known.add(&records)).or_insert((place, records));
    }

    /// All of it, each place once.
    pub fn day(self) -> Day {
        let mut day = Day::default();
        self.0.into_values().for_each(|(place, records)| day.add(place, records));
        day
    }
}
