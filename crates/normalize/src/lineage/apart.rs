//! Conversations of several agents under one id. A program that passes another one's conversation on, or two that count from 1, would have one
//! row of two in every join. Border: ids in and out, before anything is built of them.

use std::sync::Arc;

use rustc_hash::FxHashSet;

use crate::dialect::Dialect;
use crate::evidence::Evidence;

/// Gives the conversations of later dialects whose id an earlier one has an id of their own: `<id>@<agent>`.
pub fn keep_apart(dialects: &[Dialect], evidence: &mut [Evidence]) {
    let mut taken: FxHashSet<Arc<str>> = FxHashSet::default();
    for (dialect, evidence) in dialects.iter().zip(evidence) {
        let shared: Vec<Arc<str>> = evidence.threads.keys().filter(|id| taken.contains(*id)).cloned().collect();
        let other = |id: &Arc<str>| -> Option<Arc<str>> { shared.binary_search(id).is_ok().then(|| format!("{id}@{}", dialect.agent).into()) };
        if !shared.is_empty() {
            for id in &shared {
                if let (Some(thread), Some(new)) = (evidence.threads.remove(id), other(id)) {
                    evidence.threads.insert(new, thread);
                }
            }
            let parents = evidence.threads.values_mut().filter_map(|t| t.within.as_mut()).map(|w| &mut w.parent);
            let of_spans = evidence.spans.iter_mut().flat_map(|s| s.conversation.iter_mut().chain(s.within.as_mut().map(|w| &mut w.parent)));
            for id in parents.chain(of_spans) {
                if let Some(new) = other(id) {
                    *id = new;
                }
            }
        }
        taken.extend(evidence.threads.keys().cloned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Thread;

    #[test]
    fn the_first_dialects_id_stands() {
        let dialects = [Dialect::embedded("codex").unwrap(), Dialect::embedded("qwen").unwrap()];
        let mut evidence = [Evidence::default(), Evidence::default()];
        for (evidence, ids) in evidence.iter_mut().zip([&["1", "a"][..], &["1", "2"]]) {
            evidence.threads = ids.iter().map(|id| (Arc::from(*id), Thread::default())).collect();
        }
        keep_apart(&dialects, &mut evidence);
        let ids = |e: &Evidence| e.threads.keys().map(|id| id.to_string()).collect::<Vec<_>>();
        assert_eq!((ids(&evidence[0]), ids(&evidence[1])), (vec!["1".to_owned(), "a".to_owned()], vec!["1@qwen".to_owned(), "2".to_owned()]));
    }
}
