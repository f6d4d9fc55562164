//! Which fact lies in which, and what a fact lies in at any depth: told in one pass from the top, as agents' work may lie in one another
//! without end. Border: the nearest fact up of each in; what is asked of all those above each out.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::ancestry::Ancestry;
use crate::evidence::{SpanFact, SpanWhat};

/// The nearest fact up of every fact, and the facts in an order in which each comes after that one.
pub struct Above {
    nearest: Vec<Option<usize>>,
    order: Vec<usize>,
}

impl Above {
    pub fn of(spans: &[SpanFact], ancestry: &Ancestry) -> Above {
        let places: FxHashMap<(u128, u128), usize> = spans.iter().enumerate().map(|(i, s)| ((s.trace, s.span), i)).collect();
        let mut search = ancestry.search(|trace, span| places.get(&(trace, span)).copied());
        Above::from_the_top(spans.iter().map(|s| search.nearest(s.trace, s.span, s.parent).map(|(_, place)| place)).collect())
    }

    /// A cycle of parents begins anywhere: there the fact lies in none.
    pub(super) fn from_the_top(mut nearest: Vec<Option<usize>>) -> Above {
        let mut order = Vec::with_capacity(nearest.len());
        let mut done = vec![false; nearest.len()];
        let mut path = Vec::new();
        for start in 0..nearest.len() {
            let mut at = Some(start);
            while let Some(i) = at.filter(|i| !std::mem::replace(&mut done[*i], true)) {
                path.push(i);
                at = nearest[i];
            }
            order.extend(path.drain(..).rev());
        }
        let mut rank = vec![0; nearest.len()];
        order.iter().enumerate().for_each(|(n, i)| rank[*i] = n);
        for (i, above) in nearest.iter_mut().enumerate() {
            *above = above.filter(|a| rank[*a] < rank[i]);
        }
        Above { nearest, order }
    }

    /// The nearest fact up.
    pub fn nearest(&self, place: usize) -> Option<usize> {
        self.nearest[place]
    }

    /// The facts, each after the one that it lies in.
    pub fn order(&self) -> impl DoubleEndedIterator<Item = usize> + '_ {
        self.order.iter().copied()
    }

    /// For every fact whether it lies in one of these, at any depth.
    pub fn within_any(&self, wanted: impl Fn(usize) -> bool) -> Vec<bool> {
        let mut within = vec![false; self.nearest.len()];
        for i in self.order() {
            within[i] = self.nearest[i].is_some_and(|a| within[a] || wanted(a));
        }
        within
    }

    /// For every fact the agents of the turns that it lies in.
    pub fn agents(&self, spans: &[SpanFact]) -> Vec<Agents> {
        let mut agents = vec![Agents::None; self.nearest.len()];
        for i in self.order() {
            let Some(a) = self.nearest[i] else { continue };
            let outer = agents[a].clone();
            agents[i] = if let SpanWhat::Turn { agent, .. } = &spans[a].what { outer.and(agent.as_ref()) } else { outer };
        }
        agents
    }
}

/// Agents, as far as it takes to tell whether another one than a given one is among them.
#[derive(Clone)]
pub enum Agents {
    /// No turn at all.
    None,
    /// All turns are of this one, or of one that is not told.
    One(Option<Arc<str>>),
    /// Turns of different ones.
    Several,
}

impl Agents {
    fn and(self, agent: Option<&Arc<str>>) -> Agents {
        match self {
            Agents::None => Agents::One(agent.cloned()),
            Agents::One(known) if known.as_ref() == agent => Agents::One(known),
            _ => Agents::Several,
        }
    }

    /// Whether a turn is not of this agent; an agent that is not told is none of them.
    pub fn any_but(&self, agent: Option<&Arc<str>>) -> bool {
        match self {
            Agents::None => false,
            Agents::One(known) => agent.is_none() || known.as_ref() != agent,
            Agents::Several => true,
        }
    }
}
