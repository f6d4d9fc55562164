//! Which conversation is meant, and which others it started. Border: ids only; what happened in them is the timeline's business.

use std::collections::{BTreeMap, BTreeSet};

use super::Cells;
use crate::catalog::Catalog;
use crate::error::QueryError;
use crate::filters::Filters;

/// Candidates that a message lists.
const CANDIDATES: usize = 10;

const PARENTS: &str = "SELECT conversation_id, parent_conversation_id FROM conversations ORDER BY start_time, conversation_id";

/// The conversations of a lake and who started them.
#[derive(Debug)]
pub(super) struct Families {
    pub(super) ids: BTreeSet<String>,
    /// In the order of their start.
    in_time: Vec<String>,
    children: BTreeMap<String, Vec<String>>,
}

impl Families {
    pub(super) fn of(catalog: &Catalog) -> Result<Families, QueryError> {
        let answer = catalog.sql(PARENTS, &Filters::default())?;
        let mut families = Families { ids: BTreeSet::new(), in_time: Vec::new(), children: BTreeMap::new() };
        for row in Cells::rows(&answer) {
            let Some(id) = row.text("conversation_id") else { continue };
            if let Some(parent) = row.text("parent_conversation_id") {
                families.children.entry(parent).or_default().push(id.clone());
            }
            let _ = families.ids.insert(id.clone());
            families.in_time.push(id);
        }
        Ok(families)
    }

    /// The conversation with that id, or the only one that begins so.
    pub(super) fn found<'a>(&'a self, id: &'a str) -> Result<&'a str, QueryError> {
        if self.ids.contains(id) {
            return Ok(id);
        }
        let like: Vec<&String> = self.in_time.iter().filter(|known| known.starts_with(id)).collect();
        // title and helper conversations are called by the one that they are for, and something behind it
        let main = like.iter().min_by_key(|known| known.len());
        let of_main = |known: &str, main: &str| known.strip_prefix(main).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        if let Some(one) = main.filter(|main| like.iter().all(|known| of_main(known, main))) {
            return Ok(one);
        }
        // the latest are the likeliest to be meant
        let listed: Vec<&String> = if like.is_empty() { self.in_time.iter().collect() } else { like.clone() };
        let known = listed.iter().rev().take(CANDIDATES).map(|id| (*id).clone()).collect();
        Err(QueryError::Conversation { id: id.to_owned(), several: !like.is_empty(), count: listed.len(), known })
    }

    /// The conversation and all that it started, each with its depth below it.
    pub(super) fn members(&self, id: &str) -> Vec<(String, i64)> {
        let mut members = vec![(id.to_owned(), 0)];
        let mut seen = BTreeSet::from([id.to_owned()]);
        let mut at = 0;
        while at < members.len() {
            let (parent, depth) = members[at].clone();
            for child in self.children.get(&parent).into_iter().flatten() {
                if seen.insert(child.clone()) {
                    members.push((child.clone(), depth + 1));
                }
            }
            at += 1;
        }
        members
    }
}
