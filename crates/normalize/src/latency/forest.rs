//! The spans of a pass as a forest: who lies in whom, in what order, and what is wrong with a span as exported. Border: ids, times and
//! parents in; no turn and no category is known here.
//!
//! A span whose parent is not there is a root, one whose parents run in a circle too (the first of the circle by start and id is
//! made the root and marked), a span that ends before it starts is taken as of no length, one without an end lasts as long as what lies
//! in it. Of several faults the first of these is told: cycle, negative, unfinished, orphan.

use rustc_hash::FxHashMap;

/// No place.
pub const NONE: u32 = u32::MAX;

/// A span as read.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    /// Trace.
    pub trace: u128,
    /// Its id within the trace.
    pub id: u64,
    /// Its parent's id; 0 for none.
    pub parent: u64,
    /// Start, nanoseconds since the epoch.
    pub start: Option<i64>,
    /// End.
    pub end: Option<i64>,
    /// Place of its name.
    pub name: u32,
    /// The agent whose its service or scope is: place of its dialect, from 1; 0 for none.
    pub agent: u8,
    /// Its parent is in another process.
    pub remote: bool,
}

/// What is wrong with a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anomaly {
    /// It lay in a circle of parents, which was cut at it.
    Cycle,
    /// It ends before it starts.
    Negative,
    /// It has no end.
    Unfinished,
    /// Its parent is not there.
    Orphan,
}

impl Anomaly {
    /// The word for it in the tables.
    pub fn word(self) -> &'static str {
        match self {
            Anomaly::Cycle => "cycle",
            Anomaly::Negative => "negative",
            Anomaly::Unfinished => "unfinished",
            Anomaly::Orphan => "orphan",
        }
    }
}

/// Spans in their places. All lists are by a span's place.
#[derive(Debug, Default)]
pub struct Forest {
    /// Trace.
    pub trace: Vec<u128>,
    /// Id; 0 for none.
    pub id: Vec<u64>,
    /// Start; a span without one is in no interval.
    pub start: Vec<Option<i64>>,
    /// End, never before the start.
    pub end: Vec<i64>,
    /// Name.
    pub name: Vec<u32>,
    /// The agent whose it is: place of its dialect, from 1; 0 for none.
    pub agent: Vec<u8>,
    /// Whether the parent is in another process.
    pub remote: Vec<bool>,
    /// Place of the parent, or [`NONE`].
    pub parent: Vec<u32>,
    /// What is wrong.
    pub anomaly: Vec<Option<Anomaly>>,
    /// All places, every parent before its children.
    pub order: Vec<u32>,
    /// Where each span's children begin in `children`, and after the last one where they end.
    first: Vec<u32>,
    children: Vec<u32>,
    places: FxHashMap<(u128, u64), u32>,
}

impl Forest {
    /// Builds the forest. The order of the spans does not matter; of two with one id the one that ends later stands.
    pub fn new(mut spans: Vec<Span>) -> Forest {
        spans.sort_unstable_by_key(|s| (s.trace, s.start, s.id, std::cmp::Reverse(s.end), s.parent, s.agent));
        let mut places: FxHashMap<(u128, u64), u32> = FxHashMap::default();
        places.reserve(spans.len());
        let mut doubles = Vec::new();
        for (place, span) in (0..).zip(&spans).filter(|(_, s)| s.id != 0) {
            if let Some(known) = places.insert((span.trace, span.id), place) {
                let later = |p: u32| (spans[p as usize].end, std::cmp::Reverse(p));
                let (stands, other) = if later(known) > later(place) { (known, place) } else { (place, known) };
                places.insert((span.trace, span.id), stands);
                doubles.push(other);
            }
        }
        if !doubles.is_empty() {
            doubles.sort_unstable();
            let mut place = 0;
            spans.retain(|_| {
                place += 1;
                doubles.binary_search(&(place - 1)).is_err()
            });
            return Forest::new(spans);
        }
        let len = spans.len();
        let mut forest = Forest {
            trace: Vec::with_capacity(len),
            id: Vec::with_capacity(len),
            start: Vec::with_capacity(len),
            end: Vec::with_capacity(len),
            name: Vec::with_capacity(len),
            agent: Vec::with_capacity(len),
            remote: Vec::with_capacity(len),
            parent: Vec::with_capacity(len),
            anomaly: Vec::with_capacity(len),
            places,
            ..Forest::default()
        };
        for span in &spans {
            forest.trace.push(span.trace);
            forest.id.push(span.id);
            forest.start.push(span.start);
            let start = span.start.or(span.end).unwrap_or(0);
            forest.end.push(span.end.unwrap_or(start).max(start));
            forest.name.push(span.name);
            forest.agent.push(span.agent);
            forest.remote.push(span.remote);
            let parent = Some(span.parent).filter(|p| *p != 0 && span.id != 0).map(|p| forest.places.get(&(span.trace, p)).copied());
            forest.parent.push(parent.flatten().unwrap_or(NONE));
            forest.anomaly.push(match (span.start, span.end) {
                (Some(start), Some(end)) if end < start => Some(Anomaly::Negative),
                (_, None) => Some(Anomaly::Unfinished),
                _ => (parent == Some(None)).then_some(Anomaly::Orphan),
            });
        }
        forest.cut_cycles();
        forest.link();
        forest.settle_ends(&spans);
        forest
    }

    /// Number of spans.
    pub fn len(&self) -> usize {
        self.id.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.id.is_empty()
    }

    /// The place of a span.
    pub fn place(&self, trace: u128, id: u64) -> Option<u32> {
        self.places.get(&(trace, id)).copied()
    }

    /// The children of a span, by start and id.
    pub fn children(&self, place: u32) -> &[u32] {
        let place = place as usize;
        &self.children[self.first[place] as usize..self.first[place + 1] as usize]
    }

    /// Walks up from every span; who meets its own steps is in a circle.
    fn cut_cycles(&mut self) {
        let mut walk = vec![NONE; self.len()];
        for from in 0..self.parent.len() as u32 {
            let mut at = from;
            while at != NONE && walk[at as usize] == NONE {
                walk[at as usize] = from;
                at = self.parent[at as usize];
            }
            if at != NONE && walk[at as usize] == from {
                // Places are in the order of start and id.
                let (mut first, mut member) = (at, self.parent[at as usize]);
                while member != at {
                    first = first.min(member);
                    member = self.parent[member as usize];
                }
                self.parent[first as usize] = NONE;
                self.anomaly[first as usize] = Some(Anomaly::Cycle);
            }
        }
    }

    fn link(&mut self) {
        self.first = vec![0; self.len() + 1];
        for parent in self.parent.iter().filter(|p| **p != NONE) {
            self.first[*parent as usize + 1] += 1;
        }
        for place in 0..self.len() {
            self.first[place + 1] += self.first[place];
        }
        let mut free = self.first.clone();
        self.children = vec![0; self.first[self.len()] as usize];
        for (place, parent) in (0..).zip(&self.parent).filter(|(_, p)| **p != NONE) {
            let slot = &mut free[*parent as usize];
            self.children[*slot as usize] = place;
            *slot += 1;
        }
        self.order = (0..).zip(&self.parent).filter(|(_, p)| **p == NONE).map(|(place, _)| place).collect();
        let mut next = 0;
        while next < self.order.len() {
            let place = self.order[next] as usize;
            self.order.extend_from_slice(&self.children[self.first[place] as usize..self.first[place + 1] as usize]);
            next += 1;
        }
    }

    /// A span without an end lasts until the last end of what lies in it.
    fn settle_ends(&mut self, spans: &[Span]) {
        if spans.iter().all(|s| s.end.is_some()) {
            return;
        }
        let mut last = self.end.clone();
        for place in self.order.iter().rev().map(|p| *p as usize) {
            if spans[place].end.is_none() {
                self.end[place] = self.end[place].max(last[place]);
            }
            let parent = self.parent[place];
            if parent != NONE {
                last[parent as usize] = last[parent as usize].max(last[place]);
            }
        }
    }

    /// Length of a span.
    pub fn duration(&self, place: u32) -> Option<i64> {
        self.start[place as usize].map(|start| self.end[place as usize] - start)
    }

    /// Length of a span less the union of those children that count, each cut to the span.
    pub fn self_time(&self, place: u32, counts: impl Fn(usize) -> bool) -> Option<i64> {
        let (start, end) = (self.start[place as usize]?, self.end[place as usize]);
        let (mut covered, mut until) = (0, start);
        for child in self.children(place).iter().map(|c| *c as usize).filter(|c| counts(*c)) {
            let Some(from) = self.start[child].map(|s| s.max(until)) else { continue };
            let to = self.end[child].min(end);
            if to > from {
                covered += to - from;
                until = to;
            }
        }
        Some(end - start - covered)
    }
}
