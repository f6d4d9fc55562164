//! Attributes that Tempo may have cut. Its distributor cuts a string of more than `max_attribute_bytes` (2,048 unless configured otherwise)
//! back to that length, and further to where a character ends, and leaves no mark (Tempo, `modules/distributor`). So all that can be said
//! afterwards is which strings have a length that the cut leaves. Border: canonical texts in, names out; `Rows` asks for every span that came
//! by way of Tempo, so that no decoder needs to.

use std::collections::BTreeSet;

use crate::canonical::{end_list, string};
use crate::decode::DecodeError;
use crate::decode::json::Cursor;
use crate::record::{Resource, Scope, SpanEvent, Texts};

/// The length to which Tempo cuts, in bytes.
const LIMIT: usize = 2048;

/// The shortest that a cut leaves: the last character may have needed three bytes more than there was room for.
const SHORTEST: usize = LIMIT - 3;

/// What stands in a source's account when it has such attributes.
pub const WARNING: &str = "attributes of 2,048 bytes, the length at which Tempo cuts: they may lack their end; \
     raise max_attribute_bytes in Tempo's overrides";

/// Names of attributes that may lack their end: sorted, each once.
type Names = BTreeSet<String>;

/// The attributes of the spans at hand that may lack their end. Those of the resource and the scope are looked for once for all spans that
/// have them, and not before a span asks.
#[derive(Debug, Default)]
pub struct Cut {
    suspected: bool,
    resource: Option<Names>,
    scope: Option<Names>,
    text: String,
}

impl Cut {
    /// Says whether the spans that follow may have gone through Tempo at all.
    pub fn suspect(&mut self, suspected: bool) {
        self.suspected = suspected;
    }

    /// The next span has another resource.
    pub fn forget_resource(&mut self) {
        self.resource = None;
    }

    /// The next span has another scope.
    pub fn forget_scope(&mut self) {
        self.scope = None;
    }

    /// The names for a span, of all its levels, as a JSON array; empty where there are none.
    pub fn of_span(&mut self, resource: &Resource, scope: &Scope, events: &[SpanEvent], texts: &Texts) -> &str {
        self.text.clear();
        if !self.suspected {
            return "";
        }
        let resource = self.resource.get_or_insert_with(|| in_attributes(&resource.text));
        let scope = self.scope.get_or_insert_with(|| in_attributes(&scope.attributes));
        let mut own = in_attributes(&texts.attributes);
        for event in events {
            own.append(&mut in_attributes(&texts.arena[event.attributes.clone()]));
        }
        own.append(&mut in_links(&texts.links));
        own.extend(resource.iter().chain(scope.iter()).cloned());
        for name in &own {
            self.text.push(if self.text.is_empty() { '[' } else { ',' });
            string(&mut self.text, name);
        }
        end_list(&mut self.text);
        &self.text
    }
}

/// Those of a list of attributes in canonical text. Strings only, and only those that are an attribute's whole value: Tempo leaves the elements
/// of arrays and maps as they are.
fn in_attributes(attributes: &str) -> Names {
    let mut names = Names::new();
    if attributes.len() >= SHORTEST {
        // what is canonical is well-formed
        let _ = read_attributes(&mut Cursor::new(attributes), &mut names);
    }
    names
}

/// Those of a span's links in canonical text.
fn in_links(links: &str) -> Names {
    let mut names = Names::new();
    if links.len() >= SHORTEST {
        let _ = read_links(&mut Cursor::new(links), &mut names);
    }
    names
}

fn read_attributes(cursor: &mut Cursor, names: &mut Names) -> Result<(), DecodeError> {
    let mut first = true;
    cursor.begin_object()?;
    while let Some(name) = cursor.key(&mut first)? {
        if cursor.peek() != Some(b'"') {
            cursor.skip()?;
        } else if (SHORTEST..=LIMIT).contains(&cursor.string()?.len()) {
            names.insert(name.into_owned());
        }
    }
    Ok(())
}

fn read_links(cursor: &mut Cursor, names: &mut Names) -> Result<(), DecodeError> {
    let mut first_link = true;
    cursor.begin_array()?;
    while cursor.element(&mut first_link)? {
        let mut first = true;
        cursor.begin_object()?;
        while let Some(key) = cursor.key(&mut first)? {
            if key == "attributes" {
                read_attributes(cursor, names)?;
            } else {
                cursor.skip()?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(name: &str, value: &str) -> String {
        format!(r#"{{"a":1,"{name}":{value},"z":"short"}}"#)
    }

    fn names(attributes: &str) -> Vec<String> {
        in_attributes(attributes).into_iter().collect()
    }

    #[test]
    fn strings_of_the_length_that_a_cut_leaves_are_named() {
        for (bytes, expected) in [(2044, 0), (2045, 1), (2048, 1), (2049, 0), (9000, 0)] {
            assert_eq!(names(&one("k", &format!("\"{}\"", "x".repeat(bytes)))).len(), expected, "{bytes}");
        }
    }

    #[test]
    fn the_length_is_that_of_the_text_and_not_of_its_escaped_form() {
        assert_eq!(names(&one("k", &format!("\"{}\"", "\\n".repeat(2048)))), ["k"]);
        assert_eq!(names(&one("k", &format!("\"{}\"", "\\n".repeat(1024)))).len(), 0);
        assert_eq!(names(&one("k", &format!("\"{}\"", "é".repeat(1023)))), ["k"]);
    }

    #[test]
    fn elements_of_arrays_and_maps_are_never_cut() {
        let long = format!("\"{}\"", "x".repeat(2048));
        assert_eq!(names(&one("k", &format!("[{long}]"))).len(), 0);
        assert_eq!(names(&one("k", &format!("{{\"inner\":{long}}}"))).len(), 0);
    }

    #[test]
    fn a_span_has_the_names_of_all_its_levels() {
        let long = format!("\"{}\"", "x".repeat(2048));
        let resource = Resource { text: one("r", &long), ..Resource::default() };
        let scope = Scope { attributes: one("c", &long), ..Scope::default() };
        let links = format!(r#"[{{"span_id":"00"}},{{"attributes":{},"flags":1}}]"#, one("l", &long));
        let arena = one("e\\\"", &long);
        let event = SpanEvent { attributes: 0..arena.len(), ..SpanEvent::default() };
        let texts = Texts { attributes: one("r", &long), links, arena, ..Texts::default() };
        let mut cut = Cut::default();
        assert_eq!(cut.of_span(&resource, &scope, std::slice::from_ref(&event), &texts), "");
        cut.suspect(true);
        assert_eq!(cut.of_span(&resource, &scope, &[event], &texts), r#"["c","e\"","l","r"]"#);
        assert_eq!(cut.of_span(&resource, &scope, &[], &Texts::default()), r#"["c","r"]"#);
        cut.forget_scope();
        assert_eq!(cut.of_span(&Resource::default(), &Scope::default(), &[], &Texts::default()), r#"["r"]"#);
        cut.forget_resource();
        assert_eq!(cut.of_span(&Resource::default(), &Scope::default(), &[], &Texts::default()), "");
    }
}
