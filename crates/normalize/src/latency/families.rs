//! Conversations that are parts of another one and have no id of their own in any record: what one of them does is done in the other's turn, and
//! they come and go together. Border: what `lineage` tells in, the conversation that others are parts of out.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::evidence::Evidence;

/// See the module.
#[derive(Debug, Default)]
pub struct Families {
    heads: FxHashMap<Arc<str>, Arc<str>>,
}

impl Families {
    /// Collects them. `agents` are those of the evidence.
    pub fn new<'a>(evidence: &[Evidence], agents: impl Iterator<Item = &'a str>) -> Families {
        let mut heads = FxHashMap::default();
        for (evidence, agent) in evidence.iter().zip(agents) {
            // an id that several agents have ends with the agent's name
            let bare = |id: &str| id.strip_suffix(agent).and_then(|id| id.strip_suffix('@')).unwrap_or(id).len();
            let of_threads = evidence.threads.iter().filter_map(|(id, t)| Some((id, &t.within.as_ref()?.parent)));
            let of_spans = evidence.spans.iter().filter_map(|s| Some((s.conversation.as_ref()?, &s.within.as_ref()?.parent)));
            let parents: FxHashMap<&Arc<str>, &Arc<str>> = of_threads.chain(of_spans).collect();
            for (id, parent) in &parents {
                // parents may run in a circle
                let above = std::iter::successors(Some(*parent), |at| parents.get(at).copied()).take(parents.len());
                let holds = |head: &&Arc<str>| {
                    let (own, head) = (&id[..bare(id)], &head[..bare(head)]);
                    own.strip_prefix(head).is_some_and(|rest| rest.starts_with('/'))
                };
                if let Some(head) = above.filter(holds).last() {
                    let _ = heads.insert(Arc::clone(id), Arc::clone(head));
                }
            }
        }
        Families { heads }
    }

    /// The conversation that this is a part of, else itself.
    pub fn of<'a>(&'a self, conversation: &'a Arc<str>) -> &'a Arc<str> {
        self.heads.get(conversation).unwrap_or(conversation)
    }

    /// Whether the two are parts of one, or the same.
    pub fn are_one(&self, one: &Arc<str>, other: &Arc<str>) -> bool {
        Arc::ptr_eq(one, other) || one == other || self.of(one) == self.of(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::Role;
    use crate::evidence::{Thread, Within};

    #[test]
    fn parts_are_of_the_conversation_whose_id_begins_theirs() {
        let thread = |parent: Option<&str>| Thread {
            within: parent.map(|parent| Within { parent: parent.into(), role: Role::Subagent }),
            ..Thread::default()
        };
        let mut evidence = Evidence::default();
        for (id, parent) in
            [("s", None), ("s/a", Some("s")), ("s/b", Some("s/a")), ("child", Some("s")), ("t@qwen", None), ("t/a@qwen", Some("t@qwen"))]
        {
            let _ = evidence.threads.insert(id.into(), thread(parent));
        }
        let families = Families::new(&[evidence], ["qwen"].into_iter());
        for (id, head) in [("s", "s"), ("s/a", "s"), ("s/b", "s"), ("child", "child"), ("t/a@qwen", "t@qwen")] {
            assert_eq!(&**families.of(&Arc::from(id)), head, "{id}");
        }
        assert!(families.are_one(&"s/a".into(), &"s/b".into()) && !families.are_one(&"s".into(), &"child".into()));
    }
}
