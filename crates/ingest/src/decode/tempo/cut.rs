//! Attributes that Tempo may have cut. Its distributor cuts a string of more than `max_attribute_bytes` (2,048 unless configured otherwise)
//! back to that length, and further to where a character ends, and leaves no mark (Tempo, `modules/distributor`). So all that can be said
//! afterwards is which strings have a length that the cut leaves. Border: canonical texts in, names out; `Rows` asks for every span that came
//! by way of Tempo, so that no decoder needs to.

use std::collections::BTreeSet;

use crate::canonical::string;
use crate::decode::DecodeError;
use crate::decode::json::Cursor;

/// The length to which Tempo cuts, in bytes.
const LIMIT: usize = 2048;

/// What stands in a source's account when it has such attributes.
pub const WARNING: &str = "attributes of 2,048 bytes, the length at which Tempo cuts: they may lack their end; \
     raise max_attribute_bytes in Tempo's overrides";

/// Names of attributes that may lack their end, of all levels of a span: sorted, each once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cut {
    names: BTreeSet<String>,
}

impl Cut {
    /// Adds those of a list of attributes in canonical text. Strings only, and only those that are an attribute's whole value: Tempo leaves
    /// the elements of arrays and maps as they are.
    pub fn add(&mut self, attributes: &str) {
        // no text can hold more bytes than its escaped form
        if attributes.len() >= LIMIT - 3 {
            // what is canonical is well-formed
            let _ = self.read(&mut Cursor::new(attributes));
        }
    }

    /// Adds those of a span's links, in canonical text.
    pub fn add_links(&mut self, links: &str) {
        if links.len() >= LIMIT - 3 {
            let _ = self.read_links(&mut Cursor::new(links));
        }
    }

    /// Adds those of another level.
    pub fn merge(&mut self, other: &Cut) {
        self.names.extend(other.names.iter().cloned());
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Forgets them.
    pub fn clear(&mut self) {
        self.names.clear();
    }

    /// Writes them as a JSON array; nothing where there are none.
    pub fn write(&self, out: &mut String) {
        for (n, name) in self.names.iter().enumerate() {
            out.push(if n == 0 { '[' } else { ',' });
            string(out, name);
        }
        if !self.is_empty() {
            out.push(']');
        }
    }

    fn read(&mut self, cursor: &mut Cursor) -> Result<(), DecodeError> {
        let mut first = true;
        cursor.begin_object()?;
        while let Some(name) = cursor.key(&mut first)? {
            if cursor.peek() != Some(b'"') {
                cursor.skip()?;
            } else if is_suspect(cursor.string()?.len()) {
                self.names.insert(name.into_owned());
            }
        }
        Ok(())
    }

    fn read_links(&mut self, cursor: &mut Cursor) -> Result<(), DecodeError> {
        let (mut first, mut first_link) = (true, true);
        cursor.begin_array()?;
        while cursor.element(&mut first_link)? {
            cursor.begin_object()?;
            while let Some(key) = cursor.key(&mut first)? {
                if key == "attributes" {
                    self.read(cursor)?;
                } else {
                    cursor.skip()?;
                }
            }
            first = true;
        }
        Ok(())
    }
}

/// Whether a string of so many bytes may have been cut: the cut falls back by up to three bytes, to the end of a character.
fn is_suspect(bytes: usize) -> bool {
    (LIMIT - 3..=LIMIT).contains(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(add: impl Fn(&mut Cut)) -> String {
        let (mut cut, mut out) = (Cut::default(), String::new());
        add(&mut cut);
        cut.write(&mut out);
        out
    }

    #[test]
    fn strings_of_the_length_that_a_cut_leaves_are_named() {
        for (bytes, expected) in [(2044, ""), (2045, r#"["k"]"#), (2048, r#"["k"]"#), (2049, ""), (9000, "")] {
            let text = format!(r#"{{"a":1,"k":"{}","z":"short"}}"#, "x".repeat(bytes));
            assert_eq!(names(|cut| cut.add(&text)), expected, "{bytes}");
        }
    }

    #[test]
    fn length_is_that_of_the_text_not_of_its_escaped_form() {
        let escaped = format!(r#"{{"k":"{}"}}"#, "\\n".repeat(2048));
        assert_eq!(names(|cut| cut.add(&escaped)), r#"["k"]"#);
        let escaped = format!(r#"{{"k":"{}"}}"#, "\\n".repeat(1024));
        assert_eq!(names(|cut| cut.add(&escaped)), "");
    }

    #[test]
    fn elements_of_arrays_and_maps_are_never_cut() {
        let long = "x".repeat(2048);
        let text = format!(r#"{{"a":["{long}"],"m":{{"k":"{long}"}}}}"#);
        assert_eq!(names(|cut| cut.add(&text)), "");
    }

    #[test]
    fn names_are_sorted_and_given_once() {
        let long = "x".repeat(2048);
        let (one, links) = (format!(r#"{{"b\"":"{long}"}}"#), format!(r#"[{{"span_id":"00"}},{{"attributes":{{"a":"{long}"}},"flags":1}}]"#));
        let all = names(|cut| {
            cut.add(&one);
            cut.add_links(&links);
            cut.add(&one);
        });
        assert_eq!(all, r#"["a","b\""]"#);
    }
}
