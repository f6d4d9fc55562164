//! The tables that the samples of a request share, and what an index into them stands for. Border: indices in, canonical text out; how the
//! tables are read is `json`'s and `proto`'s business.
//!
//! The first entry of each table is empty and stands for "none", so that an index of 0 is one that was not set.

use std::borrow::Cow;
use std::fmt::Write;

use crate::canonical::{self, KeyValues};
use crate::record::Sample;

/// Text that may be made of a dictionary: of the frames of a request, of the attributes of a record. Far more than any has: a small request
/// could otherwise name a long text in each of many places.
pub const MOST_TEXT: usize = 256 << 20;

type Result<T> = std::result::Result<T, String>;

/// Refuses what has become too long.
fn check(length: usize, what: &str) -> Result<()> {
    if length > MOST_TEXT { Err(format!("{what} of more than {} MiB of text", MOST_TEXT >> 20)) } else { Ok(()) }
}

/// A table entry: the part of a binary that is mapped into memory.
#[derive(Debug, Default)]
pub struct Mapping {
    pub start: u64,
    pub limit: u64,
    pub offset: u64,
    pub file: i64,
    pub attributes: Vec<i64>,
}

/// A table entry: a place in a program.
#[derive(Debug, Default)]
pub struct Location {
    pub mapping: i64,
    pub address: u64,
    /// Innermost first: all but the last were inlined into the one behind them.
    pub lines: Vec<Line>,
    pub attributes: Vec<i64>,
}

/// A line of a location.
#[derive(Debug, Default)]
pub struct Line {
    pub function: i64,
    pub line: i64,
    pub column: i64,
}

/// A table entry: a function.
#[derive(Debug, Default)]
pub struct Function {
    pub name: i64,
    pub system_name: i64,
    pub file: i64,
    pub start_line: i64,
}

/// A table entry: an attribute, its value in canonical text.
#[derive(Debug, Default)]
pub struct Attribute {
    pub key: i64,
    pub unit: i64,
    pub value: String,
}

/// Ids of a trace and of a span of it; absent when zero.
pub type Link = (Option<[u8; 16]>, Option<[u8; 8]>);

/// The frames of a location as they stand in the array, and the name of the innermost.
#[derive(Debug, Clone)]
struct Frames {
    text: String,
    leaf: String,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Dictionary<'a> {
    pub strings: Vec<Cow<'a, str>>,
    pub mappings: Vec<Mapping>,
    pub locations: Vec<Location>,
    pub functions: Vec<Function>,
    pub links: Vec<Link>,
    pub attributes: Vec<Attribute>,
    /// Locations of each stack, innermost first.
    pub stacks: Vec<Vec<i64>>,
    /// Frames of the locations that were asked for.
    frames: Vec<Option<Frames>>,
    made: usize,
}

/// An entry; `None` for the index of none in a table without entries.
fn entry<'t, T>(table: &'t [T], index: i64, what: &str) -> Result<Option<&'t T>> {
    match usize::try_from(index).ok().and_then(|n| table.get(n)) {
        None if index != 0 => Err(format!("{what} {index} of a table of {}", table.len())),
        found => Ok(found),
    }
}

impl Dictionary<'_> {
    /// A text; empty for none.
    pub fn text(&self, index: i64) -> Result<&str> {
        if index == 0 { Ok("") } else { Ok(entry(&self.strings, index, "string")?.map_or("", Cow::as_ref)) }
    }

    /// Texts as a JSON array.
    pub fn push_texts(&self, indices: &[i64], out: &mut String) -> Result<()> {
        for (n, index) in indices.iter().enumerate() {
            out.push(if n == 0 { '[' } else { ',' });
            canonical::string(out, self.text(*index)?);
            check(out.len(), "comments")?;
        }
        out.push(']');
        Ok(())
    }

    /// The span that a sample is linked with.
    pub fn link(&self, index: i64) -> Result<Link> {
        Ok(entry(&self.links, index, "link")?.copied().unwrap_or_default())
    }

    /// Attributes onto the stack of `kv`.
    pub fn push_attributes(&self, indices: &[i64], kv: &mut KeyValues) -> Result<()> {
        for index in indices.iter().filter(|n| **n != 0) {
            let Some(attribute) = entry(&self.attributes, *index, "attribute")? else { continue };
            let start = kv.position();
            kv.value().push_str(&attribute.value);
            kv.pair(self.text(attribute.key)?, start);
            check(kv.size(), "attributes")?;
        }
        Ok(())
    }

    /// Attributes as one canonical object.
    pub fn attributes(&self, indices: &[i64], kv: &mut KeyValues, out: &mut String) -> Result<()> {
        kv.clear();
        let mark = kv.begin();
        self.push_attributes(indices, kv)?;
        kv.finish(mark, out);
        Ok(())
    }

    /// Units of those attributes that have one, as one canonical object; nothing where none has.
    pub fn units<'i>(&self, indices: impl Iterator<Item = &'i i64>, kv: &mut KeyValues, out: &mut String) -> Result<()> {
        kv.clear();
        let mark = kv.begin();
        for index in indices {
            let Some(attribute) = entry(&self.attributes, *index, "attribute")?.filter(|a| a.unit != 0) else { continue };
            let start = kv.position();
            canonical::string(kv.value(), self.text(attribute.unit)?);
            kv.pair(self.text(attribute.key)?, start);
            check(kv.size(), "units")?;
        }
        if !kv.is_empty(mark) {
            kv.finish(mark, out);
        }
        Ok(())
    }

    /// Gives a sample its stack.
    pub fn stack(&mut self, index: i64, kv: &mut KeyValues, sample: &mut Sample) -> Result<()> {
        let depth = entry(&self.stacks, index, "stack")?.map_or(0, Vec::len);
        for n in 0..depth {
            // looked up again each time: to make the frames of a location changes the dictionary
            let location = self.stacks[index as usize][n];
            let frames = self.frames(location, kv)?;
            if frames.text.is_empty() {
                continue;
            }
            if sample.stack.is_empty() {
                sample.leaf.push_str(&frames.leaf);
            }
            sample.stack.push(if sample.stack.is_empty() { '[' } else { ',' });
            sample.stack.push_str(&frames.text);
            check(sample.stack.len(), "a stack")?;
        }
        canonical::end_list(&mut sample.stack);
        Ok(())
    }

    /// The frames of a location, made when they are first asked for.
    fn frames(&mut self, index: i64, kv: &mut KeyValues) -> Result<&Frames> {
        let slot = usize::try_from(index).map_err(|_| format!("location {index} of a table of {}", self.locations.len()))?;
        if self.frames.len() < self.locations.len().max(1) {
            self.frames.resize(self.locations.len().max(1), None);
        }
        if self.frames.get(slot).is_none_or(Option::is_none) {
            let made = self.make_frames(index, kv)?;
            self.made += made.text.len();
            check(self.made, "frames")?;
            self.frames[slot] = Some(made);
        }
        self.frames[slot].as_ref().ok_or_else(|| format!("location {index} without frames"))
    }

    fn make_frames(&self, index: i64, kv: &mut KeyValues) -> Result<Frames> {
        let mut frames = Frames { text: String::new(), leaf: String::new() };
        let Some(location) = entry(&self.locations, index, "location")? else { return Ok(frames) };
        // a place of which only the address is known is a frame without a function
        let lines = location.lines.len().max(1);
        for n in 0..lines {
            kv.clear();
            let mark = kv.begin();
            if let Some(line) = location.lines.get(n) {
                self.push_line(line, kv)?;
            }
            if n + 1 < lines {
                let start = kv.position();
                kv.value().push_str("true");
                kv.pair("inlined", start);
            }
            self.push_place(location, kv)?;
            if n == 0 {
                let name = kv.get(mark, "function").and_then(canonical::unquoted);
                name.unwrap_or_default().as_ref().clone_into(&mut frames.leaf);
            }
            if kv.is_empty(mark) {
                continue;
            }
            if !frames.text.is_empty() {
                frames.text.push(',');
            }
            kv.finish(mark, &mut frames.text);
            check(frames.text.len(), "frames")?;
        }
        Ok(frames)
    }

    fn push_line(&self, line: &Line, kv: &mut KeyValues) -> Result<()> {
        if let Some(function) = entry(&self.functions, line.function, "function")? {
            let name = self.text(function.name)?;
            let system_name = Some(self.text(function.system_name)?).filter(|system| *system != name);
            push_text("function", name, kv);
            push_text("system_name", system_name.unwrap_or_default(), kv);
            push_text("file", self.text(function.file)?, kv);
            push_number("start_line", function.start_line, kv);
        }
        push_number("line", line.line, kv);
        push_number("column", line.column, kv);
        Ok(())
    }

    /// Where a location lies, beside its lines.
    fn push_place(&self, location: &Location, kv: &mut KeyValues) -> Result<()> {
        push_address("address", location.address, kv);
        self.push_object("attributes", &location.attributes, kv)?;
        let mut units = String::new();
        self.units(location.attributes.iter(), &mut KeyValues::default(), &mut units)?;
        if !units.is_empty() {
            let start = kv.position();
            kv.value().push_str(&units);
            kv.pair("attribute_units", start);
        }
        let Some(mapping) = entry(&self.mappings, location.mapping, "mapping")? else { return Ok(()) };
        push_text("mapping", self.text(mapping.file)?, kv);
        push_address("mapping_start", mapping.start, kv);
        push_address("mapping_limit", mapping.limit, kv);
        push_address("mapping_offset", mapping.offset, kv);
        self.push_object("mapping_attributes", &mapping.attributes, kv)
    }

    fn push_object(&self, key: &str, attributes: &[i64], kv: &mut KeyValues) -> Result<()> {
        if attributes.iter().any(|n| *n != 0) {
            let start = kv.position();
            let mark = kv.begin();
            self.push_attributes(attributes, kv)?;
            kv.finish_nested(mark);
            kv.pair(key, start);
        }
        Ok(())
    }
}

fn push_text(key: &str, text: &str, kv: &mut KeyValues) {
    if !text.is_empty() {
        let start = kv.position();
        canonical::string(kv.value(), text);
        kv.pair(key, start);
    }
}

fn push_number(key: &str, number: i64, kv: &mut KeyValues) {
    if number != 0 {
        let start = kv.position();
        canonical::int(kv.value(), number);
        kv.pair(key, start);
    }
}

/// An address, in hex as other tools print it: it may be too large for a signed integer.
fn push_address(key: &str, address: u64, kv: &mut KeyValues) {
    if address != 0 {
        let start = kv.position();
        // writing to a String cannot fail
        let _ = write!(kv.value(), "\"0x{address:x}\"");
        kv.pair(key, start);
    }
}
