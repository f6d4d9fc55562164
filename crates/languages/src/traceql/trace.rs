//! The spans of the lake, trace by trace, with what a question asks of them. Border: rows in, traces out; nothing is decided here.

mod read;

pub(super) use read::{extent, read};

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::ast::{Attribute, Scope};
use super::value::Value;

/// A span.
#[derive(Debug, Clone)]
pub(super) struct Span {
    pub id: Arc<str>,
    pub parent_id: Option<Arc<str>>,
    pub name: Arc<str>,
    pub service: Arc<str>,
    /// Nanoseconds since the epoch; 0 where unknown.
    pub start: i64,
    /// Nanoseconds.
    pub duration: i64,
    pub kind: Arc<str>,
    pub status: Arc<str>,
    /// Place of the parent among the trace's spans.
    pub parent: Option<usize>,
    /// Nested sets: the span's interval holds those of its descendants.
    pub left: i64,
    pub right: i64,
    pub children: i64,
    /// Whether its root is the trace's own, not a span of which the parent is missing.
    pub connected: bool,
    /// The values asked for, in the order of [`Wanted`].
    pub values: Vec<(u16, Value)>,
}

/// A trace.
#[derive(Debug)]
pub(super) struct Trace {
    pub id: Arc<str>,
    pub spans: Vec<Span>,
    pub start: i64,
    pub end: i64,
    /// The root's service and name.
    pub root: Option<(Arc<str>, Arc<str>)>,
}

/// The attributes that a question needs; each is read once a span.
#[derive(Debug, Default)]
pub(super) struct Wanted(pub Vec<Attribute>);

impl Wanted {
    /// Adds one.
    pub fn add(&mut self, attribute: &Attribute) {
        let own = Attribute { parent: false, ..attribute.clone() };
        if !self.0.contains(&own) {
            self.0.push(own);
        }
    }

    fn place(&self, attribute: &Attribute) -> Option<u16> {
        self.0.iter().position(|a| a.scope == attribute.scope && a.name == attribute.name).and_then(|n| u16::try_from(n).ok())
    }

    /// Whether anything of a scope is asked for.
    pub fn has(&self, scope: Scope, prefix: &str) -> bool {
        self.0.iter().any(|a| a.scope == scope && a.name.starts_with(prefix))
    }
}

/// What a root is called that has not been seen, as Tempo calls it.
pub(super) const NO_ROOT: &str = "<root span not yet received>";

impl Trace {
    /// The value of an attribute of a span.
    pub fn value(&self, wanted: &Wanted, span: usize, attribute: &Attribute) -> Value {
        if attribute.parent {
            let own = Attribute { parent: false, ..attribute.clone() };
            return self.spans[span].parent.map_or(Value::Nil, |parent| self.value(wanted, parent, &own));
        }
        let one = &self.spans[span];
        let text = |text: &Arc<str>| Value::Text(text.clone());
        if attribute.scope == Scope::Intrinsic {
            return match attribute.name.as_str() {
                "duration" => Value::Duration(one.duration),
                "name" => text(&one.name),
                "status" => Value::Status(one.status.clone()),
                "kind" => Value::Kind(one.kind.clone()),
                "childCount" => Value::Int(one.children),
                "traceDuration" => Value::Duration(self.end - self.start),
                "rootName" => text(&self.root.as_ref().map_or_else(|| NO_ROOT.into(), |(_, name)| name.clone())),
                "rootServiceName" => text(&self.root.as_ref().map_or_else(|| NO_ROOT.into(), |(service, _)| service.clone())),
                "nestedSetLeft" => Value::Int(if one.connected { one.left } else { 0 }),
                "nestedSetRight" => Value::Int(if one.connected { one.right } else { 0 }),
                "nestedSetParent" => Value::Int(match one.parent {
                    Some(parent) if one.connected => self.spans[parent].left,
                    None if one.connected => -1,
                    _ => 0,
                }),
                "span:id" => text(&one.id),
                "span:parentID" => one.parent_id.as_ref().map_or(Value::Nil, text),
                "trace:id" => text(&self.id),
                _ => self.read(wanted, one, attribute),
            };
        }
        self.read(wanted, one, attribute)
    }

    fn read(&self, wanted: &Wanted, span: &Span, attribute: &Attribute) -> Value {
        let place = wanted.place(attribute);
        span.values.iter().find(|(n, _)| Some(*n) == place).map_or(Value::Nil, |(_, value)| value.clone())
    }

    /// Puts the spans in their places: parents, nested sets, root.
    pub fn arranged(id: Arc<str>, mut spans: Vec<Span>) -> Trace {
        spans.sort_by(|a, b| (a.start, &a.id).cmp(&(b.start, &b.id)));
        let places: FxHashMap<Arc<str>, usize> = spans.iter().enumerate().rev().map(|(n, s)| (s.id.clone(), n)).collect();
        let mut children: Vec<Vec<usize>> = vec![Vec::new(); spans.len()];
        let mut roots = Vec::new();
        for (n, span) in spans.iter_mut().enumerate() {
            span.parent = span.parent_id.as_ref().and_then(|id| places.get(id).copied()).filter(|parent| *parent != n);
            match span.parent {
                Some(parent) => children[parent].push(n),
                None => roots.push(n),
            }
        }
        let mut next = 1;
        let mut seen = vec![false; spans.len()];
        // spans in a circle hang on no root; each begins one then
        roots.extend(0..spans.len());
        for root in roots {
            if seen[root] {
                continue;
            }
            let connected = spans[root].parent_id.is_none();
            // depth first without recursion: a span is entered, and left behind its children
            let mut stack = vec![(root, false)];
            while let Some((n, leaving)) = stack.pop() {
                if leaving {
                    spans[n].right = next;
                    next += 1;
                    continue;
                }
                if std::mem::replace(&mut seen[n], true) {
                    continue;
                }
                (spans[n].left, spans[n].connected, spans[n].children) = (next, connected, children[n].len() as i64);
                next += 1;
                stack.push((n, true));
                stack.extend(children[n].iter().rev().map(|child| (*child, false)));
            }
        }
        let known = || spans.iter().filter(|s| s.start > 0);
        let start = known().map(|s| s.start).min().unwrap_or(0);
        let end = known().map(|s| s.start + s.duration).max().unwrap_or(0);
        let root = spans.iter().find(|s| s.parent_id.is_none()).map(|s| (s.service.clone(), s.name.clone()));
        Trace { id, spans, start, end, root }
    }
}
