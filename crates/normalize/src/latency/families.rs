//! Conversations that are parts of another one and have no id of their own in any record: what one of them does is done in the other's turn, and
//! they come and go together. Border: what `lineage` tells in, the conversation that others are parts of out.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::evidence::Evidence;

/// The conversation that each works within.
type Parents<'i> = FxHashMap<&'i Arc<str>, &'i Arc<str>>;

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
            let parents: Parents<'_> = of_threads.chain(of_spans).collect();
            let holds = |id: &str, head: &str| {
                let (own, head) = (&id[..bare(id)], &head[..bare(head)]);
                own.strip_prefix(head).is_some_and(|rest| rest.starts_with('/'))
            };
            let settled = settle(&parents, holds);
            heads.extend(settled.into_iter().filter_map(|(id, head)| Some((Arc::clone(id), Arc::clone(head?)))));
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

/// The head of each that has a parent, if any: its parent's head, else its parent, where that holds it. Each id is gone to once, however deep it
/// lies.
fn settle<'i>(parents: &Parents<'i>, holds: impl Fn(&str, &str) -> bool) -> FxHashMap<&'i Arc<str>, Option<&'i Arc<str>>> {
    let mut heads: FxHashMap<&Arc<str>, Option<&Arc<str>>> = FxHashMap::default();
    for start in parents.keys() {
        let (mut way, mut at) = (Vec::new(), Some(*start));
        while let Some(id) = at.filter(|id| !heads.contains_key(id)) {
            let _ = heads.insert(id, None);
            way.push(id);
            at = parents.get(id).copied();
        }
        // parents may run in a circle: its shortest id cannot be a part of another in it, and goes first wherever the way came in
        if let Some(circle) = at.and_then(|at| way.iter().position(|id| *id == at)).map(|first| &mut way[first..])
            && let Some(shortest) = (0..circle.len()).min_by_key(|n| (circle[*n].len(), circle[*n]))
        {
            circle.rotate_left(shortest + 1);
        }
        for id in way.into_iter().rev() {
            let parent = parents.get(id).copied();
            let of_parent = parent.and_then(|parent| heads.get(parent).copied().flatten());
            let _ = heads.insert(id, of_parent.into_iter().chain(parent).find(|head| holds(id, head)));
        }
    }
    heads
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::dialect::Role;
    use crate::evidence::{Thread, Within};

    const DEEP: usize = 100_000;

    /// Longer than any machine takes for one pass over [`DEEP`] conversations, and far shorter than for one a conversation.
    const PATIENCE: Duration = Duration::from_secs(60);

    fn families<'a>(parents: impl IntoIterator<Item = (&'a str, Option<&'a str>)>) -> Families {
        let thread = |parent: Option<&str>| Thread {
            within: parent.map(|parent| Within { parent: parent.into(), role: Role::Subagent }),
            ..Thread::default()
        };
        let threads = parents.into_iter().map(|(id, parent)| (id.into(), thread(parent))).collect();
        Families::new(&[Evidence { threads, ..Evidence::default() }], ["qwen"].into_iter())
    }

    #[test]
    fn parts_are_of_the_conversation_whose_id_begins_theirs() {
        let families =
            families([("s", None), ("s/a", Some("s")), ("s/b", Some("s/a")), ("child", Some("s")), ("t@qwen", None), ("t/a@qwen", Some("t@qwen"))]);
        for (id, head) in [("s", "s"), ("s/a", "s"), ("s/b", "s"), ("child", "child"), ("t/a@qwen", "t@qwen")] {
            assert_eq!(&**families.of(&Arc::from(id)), head, "{id}");
        }
        assert!(families.are_one(&"s/a".into(), &"s/b".into()) && !families.are_one(&"s".into(), &"child".into()));
    }

    #[test]
    fn parts_deep_in_one_another_are_of_the_outermost() {
        let ids: Vec<String> = (0..DEEP).map(|n| if n == 0 { "c".to_owned() } else { format!("c/{n:016x}") }).collect();
        let before = Instant::now();
        let deep = families(ids.iter().enumerate().map(|(n, id)| (id.as_str(), n.checked_sub(1).map(|n| ids[n].as_str()))));
        let circle = families(ids.iter().enumerate().map(|(n, id)| (id.as_str(), Some(ids[(n + DEEP - 1) % DEEP].as_str()))));
        assert!(before.elapsed() < PATIENCE, "{:?}", before.elapsed());
        let head: Arc<str> = "c".into();
        for id in ids.iter().map(|id| Arc::from(id.as_str())) {
            assert_eq!((deep.of(&id), circle.of(&id)), (&head, &head));
        }
    }

    #[test]
    fn where_parents_run_in_a_circle_the_shortest_is_the_head() {
        let parents = [("s/a", "s"), ("s", "s/a/b"), ("s/a/b", "s/a"), ("s/a/b/c", "s/a/b"), ("own", "own"), ("x", "s/a")];
        for turned in 0..parents.len() {
            let mut parents = parents;
            parents.rotate_left(turned);
            let families = families(parents.map(|(id, parent)| (id, Some(parent))));
            for (id, head) in [("s", "s"), ("s/a", "s"), ("s/a/b", "s"), ("s/a/b/c", "s"), ("own", "own"), ("x", "x")] {
                assert_eq!(&**families.of(&Arc::from(id)), head, "{id}");
            }
        }
    }
}
