//! Key sequences seen before, and what their object looks like: a program writes the same attributes in the same order again and again, so their
//! sorting and the text around the values are worked out once. Border: keys in, the order and the text between values out; the values are
//! `key_values`' business.
//!
//! The sequences share their beginnings in a tree. It is bounded, because there are writers that shuffle their attributes for each record: what finds
//! no room in it is sorted each time, and after much of that the tree begins anew.

use super::string;
use crate::scan;

/// Keys in the tree, at most.
const MOST_NODES: usize = 4096;
/// Keys that can follow a sequence, at most.
const MOST_CHILDREN: usize = 16;
/// Lists without a place in a full tree, after which it is emptied: the ones that filled it may be over.
const PATIENCE: u32 = 1 << 16;
/// Bytes of keys and of text around values, beyond which a tree is emptied: keys can be as long as a request.
const MOST_BYTES: usize = 4 << 20;

/// A place in the tree: the sequence of keys that leads there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place(u32);

impl Place {
    /// The empty sequence.
    pub const START: Place = Place(0);
    /// A sequence that is not in the tree.
    pub const NONE: Place = Place(u32::MAX);
}

#[derive(Debug, Default)]
struct Node {
    key: Box<str>,
    /// A pair with that key as most writers of JSON begin it, up to the value's type; empty where the key has escapes.
    begins: Box<str>,
    children: Vec<u32>,
    depth: u32,
    shape: Option<Box<Shape>>,
}

/// The object of a sequence of keys, without its values.
#[derive(Debug, Default)]
pub struct Shape {
    /// Which value comes first, second …, by their places in the sequence.
    pub order: Vec<u32>,
    /// What stands before each of them, and one more behind the last.
    pub between: Vec<Box<str>>,
}

/// See the module.
#[derive(Debug)]
pub struct Shapes {
    nodes: Vec<Node>,
    strangers: u32,
    bytes: usize,
}

impl Default for Shapes {
    fn default() -> Self {
        Shapes { nodes: vec![Node::default()], strangers: 0, bytes: 0 }
    }
}

impl Shapes {
    /// The place of the sequence with one key more.
    pub fn next(&mut self, place: Place, key: &str) -> Place {
        match self.known(place, key.as_bytes()) {
            Some(known) => known,
            None if self.nodes.get(place.0 as usize).is_none() => Place::NONE,
            None => self.grow(place, key),
        }
    }

    /// The place of the sequence with one key more, if it is in the tree.
    pub fn known(&self, place: Place, key: &[u8]) -> Option<Place> {
        let node = self.nodes.get(place.0 as usize)?;
        node.children.iter().find(|c| self.nodes[**c as usize].key.as_bytes() == key).map(|c| Place(*c))
    }

    #[cold]
    fn grow(&mut self, place: Place, key: &str) -> Place {
        let new = self.nodes.len() as u32;
        let node = &mut self.nodes[place.0 as usize];
        if new as usize >= MOST_NODES || node.children.len() >= MOST_CHILDREN || self.bytes > MOST_BYTES {
            self.strangers += 1;
            return Place::NONE;
        }
        node.children.push(new);
        let depth = node.depth + 1;
        let is_plain = scan::plain(key.as_bytes()) == key.len();
        let begins = if is_plain { format!("{{\"key\":\"{key}\",\"value\":{{\"") } else { String::new() };
        self.bytes += key.len() + begins.len();
        self.nodes.push(Node { key: key.into(), begins: begins.into(), depth, ..Node::default() });
        Place(new)
    }

    /// The place of the sequence with one pair more, if `text` begins with that pair as far as the value's type; and how long that beginning is.
    pub fn next_in(&self, place: Place, text: &[u8]) -> Option<(Place, usize)> {
        let node = self.nodes.get(place.0 as usize)?;
        let begins = |child: &&u32| {
            let begins = self.nodes[**child as usize].begins.as_bytes();
            !begins.is_empty() && text.starts_with(begins)
        };
        let child = *node.children.iter().find(begins)?;
        Some((Place(child), self.nodes[child as usize].begins.len()))
    }

    /// Makes room, if it has long been wanting. Places known before mean nothing afterwards.
    pub fn make_room(&mut self) {
        if self.strangers > PATIENCE || self.bytes > MOST_BYTES {
            *self = Shapes::default();
        }
    }

    /// The last key of a sequence.
    pub fn key(&self, place: Place) -> &str {
        &self.nodes[place.0 as usize].key
    }

    /// The object of a sequence, whose places in their order are these.
    pub fn shape(&mut self, place: Place, sequence: impl Iterator<Item = Place>) -> &Shape {
        let at = place.0 as usize;
        if self.nodes[at].shape.is_none() {
            let keys: Vec<&str> = sequence.map(|p| &*self.nodes[p.0 as usize].key).collect();
            debug_assert_eq!(keys.len(), self.nodes[at].depth as usize);
            let shape = Shape::of(&keys);
            self.bytes += shape.between.iter().map(|text| text.len() + size_of::<Box<str>>()).sum::<usize>();
            self.nodes[at].shape = Some(Box::new(shape));
        }
        // it was put there just now, if it was missing
        self.nodes[at].shape.get_or_insert_default()
    }
}

impl Shape {
    /// The object of these keys: sorted by their bytes; of a repeated key the values are an array, in the order in which they came.
    pub fn of(keys: &[&str]) -> Shape {
        let mut order: Vec<u32> = (0..keys.len() as u32).collect();
        // stable: values of a repeated key stay in their order
        order.sort_by_key(|n| keys[*n as usize]);
        let key = |n: usize| order.get(n).map(|at| keys[*at as usize]);
        let mut between = Vec::with_capacity(keys.len() + 1);
        for n in 0..=order.len() {
            let (before, here, after) = (n.checked_sub(1).and_then(key), key(n), key(n + 1));
            let mut text = String::new();
            let ends_array = n >= 2 && before == key(n - 2) && here != before;
            if ends_array {
                text.push(']');
            }
            match here {
                Some(_) if n > 0 && here == before => text.push(','),
                Some(name) => {
                    text.push(if n == 0 { '{' } else { ',' });
                    string(&mut text, name);
                    text.push_str(if after == here { ":[" } else { ":" });
                }
                None => text.push_str(if n == 0 { "{}" } else { "}" }),
            }
            between.push(text.into());
        }
        Shape { order, between }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(keys: &[&str]) -> String {
        let shape = Shape::of(keys);
        let values = shape.order.iter().map(u32::to_string).chain([String::new()]);
        shape.between.iter().zip(values).map(|(between, value)| format!("{between}{value}")).collect()
    }

    #[test]
    fn keys_are_sorted_and_those_that_repeat_have_arrays() {
        assert_eq!(text(&[]), "{}");
        assert_eq!(text(&["a"]), r#"{"a":0}"#);
        assert_eq!(text(&["b", "a", "c"]), r#"{"a":1,"b":0,"c":2}"#);
        assert_eq!(text(&["b", "a", "b"]), r#"{"a":1,"b":[0,2]}"#);
        assert_eq!(text(&["a", "a", "a", "b", "c", "c"]), r#"{"a":[0,1,2],"b":3,"c":[4,5]}"#);
        assert_eq!(text(&["", "", "\""]), r#"{"":[0,1],"\"":2}"#);
    }

    #[test]
    fn long_keys_do_not_stay() {
        let mut shapes = Shapes::default();
        for n in 0..100 {
            let key = format!("{n}{}", "k".repeat(1 << 20));
            let place = shapes.next(Place::START, &key);
            if place != Place::NONE {
                shapes.shape(place, [place].into_iter());
            }
            shapes.make_room();
            assert!(shapes.bytes <= MOST_BYTES + (4 << 20), "{}", shapes.bytes);
        }
    }

    #[test]
    fn a_sequence_keeps_its_place_and_a_full_tree_has_none_for_new_ones() {
        let mut shapes = Shapes::default();
        let place = |shapes: &mut Shapes, keys: &[&str]| keys.iter().fold(Place::START, |place, key| shapes.next(place, key));
        let first = place(&mut shapes, &["a", "b"]);
        assert_eq!(place(&mut shapes, &["a", "b"]), first);
        assert_ne!(place(&mut shapes, &["b", "a"]), first);
        assert_eq!(shapes.key(first), "b");
        for n in 0..MOST_CHILDREN {
            place(&mut shapes, &["a", "b", &n.to_string()]);
        }
        assert_eq!(place(&mut shapes, &["a", "b", "one more"]), Place::NONE);
        assert_eq!(place(&mut shapes, &["a", "b", "one more", "c"]), Place::NONE);
        shapes.make_room();
        assert_eq!(place(&mut shapes, &["a", "b"]), first);
        for _ in 0..=PATIENCE {
            place(&mut shapes, &["a", "b", "one more"]);
        }
        shapes.make_room();
        assert_ne!(place(&mut shapes, &["a", "b", "one more"]), Place::NONE);
    }
}
