//! OTLP profiles as JSON. The dictionary may stand behind the profiles. Fields have names here, so that the numbering of a release does not
//! matter.

use std::borrow::Cow;

use super::dictionary::{Attribute, Dictionary, Function, Line, Link, Location, Mapping};
use super::{OLD, Sent, of_profile};
use crate::canonical::KeyValues;
use crate::decode::json::{Cursor, Fields, lenient, origin, value};
use crate::decode::{DecodeError, Scratch, SetAside};
use crate::record::{Profile, Resource, Scope, ValueType, temporality};
use crate::rows::Rows;

type Result<T> = std::result::Result<T, DecodeError>;

/// The tables of the dictionary, which stood beside the profiles in OTLP 1.6.
const TABLES: [[&str; 2]; 7] = [
    ["mappingTable", "mapping_table"],
    ["locationTable", "location_table"],
    ["functionTable", "function_table"],
    ["linkTable", "link_table"],
    ["stringTable", "string_table"],
    ["attributeTable", "attribute_table"],
    ["stackTable", "stack_table"],
];

/// Whether a document is one of these.
pub fn recognises(fields: &Fields) -> bool {
    fields.has("resourceProfiles") || fields.has("resource_profiles")
}

/// Reads a document. A profile or sample that cannot be understood is set aside; the others go through.
///
/// # Errors
///
/// Where the document is none of OTLP, or of a layout that is not read.
pub fn request<'a>(fields: &Fields<'a>, scratch: &mut Scratch<'a>, rows: &mut Rows, aside: &mut SetAside) -> Result<()> {
    if TABLES.iter().flatten().any(|table| fields.has(table)) {
        return Err(DecodeError::syntax(fields.position(), OLD.to_owned()));
    }
    let kv = &mut scratch.kv;
    let known = fields.get("dictionary").is_some_and(|mut c| !c.null());
    let dictionary = fields.get("dictionary").map(|mut c| dictionary(&Fields::read(&mut c)?, kv)).transpose()?.unwrap_or_default();
    let mut context = Context { dictionary, known, kv, rows, aside, sent: Sent::default() };
    each(get(fields, ["resourceProfiles", "resource_profiles"]), |cursor| context.resource(&Fields::read(cursor)?))
}

/// The value of a field under either of its spellings.
fn get<'a>(fields: &Fields<'a>, names: [&str; 2]) -> Option<Cursor<'a>> {
    names.iter().find_map(|name| fields.get(name))
}

/// Reads the elements of an array, where there is one.
fn each<'a>(cursor: Option<Cursor<'a>>, mut read: impl FnMut(&mut Cursor<'a>) -> Result<()>) -> Result<()> {
    let Some(mut cursor) = cursor else { return Ok(()) };
    let mut first = true;
    if cursor.begin_array()? {
        while cursor.element(&mut first)? {
            read(&mut cursor)?;
        }
    }
    Ok(())
}

/// An integer; 0 where there is none.
fn int(fields: &Fields, names: [&str; 2]) -> Result<i64> {
    Ok(get(fields, names).map(|mut c| lenient::int(&mut c)).transpose()?.flatten().unwrap_or(0))
}

/// An unsigned integer; 0 where there is none.
fn uint(fields: &Fields, names: [&str; 2]) -> Result<u64> {
    Ok(get(fields, names).map(|mut c| lenient::uint(&mut c)).transpose()?.flatten().unwrap_or(0))
}

fn ints(fields: &Fields, names: [&str; 2], out: &mut Vec<i64>) -> Result<()> {
    each(get(fields, names), |cursor| {
        out.push(lenient::int(cursor)?.unwrap_or(0));
        Ok(())
    })
}

fn text<'a>(fields: &Fields<'a>, names: [&str; 2]) -> Result<Cow<'a, str>> {
    Ok(get(fields, names).map(|mut c| lenient::text(&mut c)).transpose()?.unwrap_or_default())
}

fn id<const N: usize>(fields: &Fields, names: [&str; 2]) -> Result<Option<[u8; N]>> {
    Ok(get(fields, names).map(|mut c| lenient::id(&mut c)).transpose()?.flatten())
}

const ATTRIBUTE_INDICES: [&str; 2] = ["attributeIndices", "attribute_indices"];

fn dictionary<'a>(fields: &Fields<'a>, kv: &mut KeyValues) -> Result<Dictionary<'a>> {
    let mut dictionary = Dictionary::default();
    let Dictionary { strings, mappings, locations, functions, links, attributes, stacks, .. } = &mut dictionary;
    let [mapping_table, location_table, function_table, link_table, string_table, attribute_table, stack_table] = TABLES.map(|t| get(fields, t));
    // first, because attributes refer to them
    each(string_table, |cursor| {
        strings.push(lenient::text(cursor)?);
        Ok(())
    })?;
    each(mapping_table, |cursor| {
        let fields = Fields::read(cursor)?;
        let mut mapping = Mapping {
            start: uint(&fields, ["memoryStart", "memory_start"])?,
            limit: uint(&fields, ["memoryLimit", "memory_limit"])?,
            offset: uint(&fields, ["fileOffset", "file_offset"])?,
            file: int(&fields, ["filenameStrindex", "filename_strindex"])?,
            attributes: Vec::new(),
        };
        ints(&fields, ATTRIBUTE_INDICES, &mut mapping.attributes)?;
        mappings.push(mapping);
        Ok(())
    })?;
    each(location_table, |cursor| {
        locations.push(location(&Fields::read(cursor)?)?);
        Ok(())
    })?;
    each(function_table, |cursor| {
        let fields = Fields::read(cursor)?;
        functions.push(Function {
            name: int(&fields, ["nameStrindex", "name_strindex"])?,
            system_name: int(&fields, ["systemNameStrindex", "system_name_strindex"])?,
            file: int(&fields, ["filenameStrindex", "filename_strindex"])?,
            start_line: int(&fields, ["startLine", "start_line"])?,
        });
        Ok(())
    })?;
    each(link_table, |cursor| {
        let fields = Fields::read(cursor)?;
        let link: Link = (id(&fields, ["traceId", "trace_id"])?, id(&fields, ["spanId", "span_id"])?);
        links.push(link);
        Ok(())
    })?;
    each(attribute_table, |cursor| {
        let fields = Fields::read(cursor)?;
        kv.clear();
        match fields.get("value") {
            Some(mut place) => value::any_value_of(&mut place, kv, strings)?,
            None => kv.value().push_str("null"),
        }
        attributes.push(Attribute {
            key: int(&fields, ["keyStrindex", "key_strindex"])?,
            unit: int(&fields, ["unitStrindex", "unit_strindex"])?,
            value: kv.value().clone(),
        });
        Ok(())
    })?;
    each(stack_table, |cursor| {
        let mut stack = Vec::new();
        ints(&Fields::read(cursor)?, ["locationIndices", "location_indices"], &mut stack)?;
        stacks.push(stack);
        Ok(())
    })?;
    Ok(dictionary)
}

fn location(fields: &Fields) -> Result<Location> {
    let mut location =
        Location { mapping: int(fields, ["mappingIndex", "mapping_index"])?, address: uint(fields, ["address"; 2])?, ..Location::default() };
    ints(fields, ATTRIBUTE_INDICES, &mut location.attributes)?;
    // `line` in OTLP 1.8
    each(get(fields, ["lines", "line"]), |cursor| {
        let fields = Fields::read(cursor)?;
        location.lines.push(Line {
            function: int(&fields, ["functionIndex", "function_index"])?,
            line: int(&fields, ["line"; 2])?,
            column: int(&fields, ["column"; 2])?,
        });
        Ok(())
    })?;
    Ok(location)
}

/// What is at hand while the profiles are walked.
struct Context<'s, 'a> {
    dictionary: Dictionary<'a>,
    /// Whether there is a dictionary at all.
    known: bool,
    kv: &'s mut KeyValues,
    rows: &'s mut Rows,
    aside: &'s mut SetAside,
    sent: Sent,
}

impl<'a> Context<'_, 'a> {
    fn resource(&mut self, fields: &Fields<'a>) -> Result<()> {
        let from = self.rows.counts();
        let empty = Resource { text: "{}".to_owned(), ..Resource::default() };
        let read = fields.get("resource").map(|mut c| origin::resource(&mut c, self.kv, &self.dictionary.strings));
        self.rows.set_resource(read.transpose()?.unwrap_or(empty));
        each(get(fields, ["scopeProfiles", "scope_profiles"]), |cursor| self.scope(&Fields::read(cursor)?))?;
        self.rows.fill_schema_url(from, &text(fields, ["schemaUrl", "schema_url"])?);
        Ok(())
    }

    fn scope(&mut self, fields: &Fields<'a>) -> Result<()> {
        let from = self.rows.counts();
        let read = fields.get("scope").map(|mut c| origin::scope(&mut c, self.kv, &self.dictionary.strings));
        self.rows.set_scope(read.transpose()?.unwrap_or_else(Scope::default));
        each(fields.get("profiles"), |cursor| {
            let start = cursor.clone();
            match Fields::read(cursor).and_then(|fields| self.profile(&fields)) {
                Err(error) if error.recoverable => self.set_aside(error, cursor, &start),
                other => other,
            }
        })?;
        self.rows.fill_schema_url(from, &text(fields, ["schemaUrl", "schema_url"])?);
        Ok(())
    }

    fn profile(&mut self, fields: &Fields<'a>) -> Result<()> {
        let several_types = get(fields, ["sampleType", "sample_type"]).is_some_and(|mut c| c.peek() == Some(b'['));
        let old = ["locationIndices", "location_indices", "timeNanos", "startTimeUnixNano"].iter().any(|key| fields.has(key));
        if !self.known || several_types || old {
            return Err(DecodeError::syntax(fields.position(), OLD.to_owned()));
        }
        self.rows.told().form(if fields.has("sample") { "OTLP JSON profiles, 1.8" } else { "OTLP JSON profiles, 1.9 or later" });
        if fields.has("originalPayload") || fields.has("original_payload") {
            self.rows.told().lacks("original payload of the profiler");
        }
        let wrong = |reason| DecodeError::value(fields.position(), reason);
        let (mut attributes, mut comments) = (Vec::new(), Vec::new());
        ints(fields, ATTRIBUTE_INDICES, &mut attributes)?;
        ints(fields, ["commentStrindices", "comment_strindices"], &mut comments)?;
        let profile = Profile {
            time_ns: uint(fields, ["timeUnixNano", "time_unix_nano"])?,
            duration_ns: uint(fields, ["durationNano", "duration_nano"])?,
            profile_id: id(fields, ["profileId", "profile_id"])?,
            sample: value_type(fields, ["sampleType", "sample_type"], &self.dictionary)?,
            period_type: value_type(fields, ["periodType", "period_type"], &self.dictionary)?,
            period: int(fields, ["period"; 2])?,
            dropped_attributes: uint(fields, ["droppedAttributesCount", "dropped_attributes_count"])? as u32,
            original_payload_format: text(fields, ["originalPayloadFormat", "original_payload_format"])?,
            attributes: of_profile(&self.dictionary, &attributes, &comments, self.kv).map_err(wrong)?,
        };
        // `sample` in OTLP 1.8
        each(get(fields, ["samples", "sample"]), |cursor| {
            let start = cursor.clone();
            match self.sample(cursor, &profile, &attributes) {
                Err(error) if error.recoverable => self.set_aside(error, cursor, &start)?,
                other => other?,
            }
            self.rows.check_size(cursor.position())
        })
    }

    /// Passes over what cannot be understood.
    fn set_aside(&mut self, error: DecodeError, cursor: &mut Cursor<'a>, start: &Cursor<'a>) -> Result<()> {
        cursor.rewind(start);
        self.aside.push(error);
        cursor.skip()
    }

    fn sample(&mut self, cursor: &mut Cursor<'a>, profile: &Profile, of_profile: &[i64]) -> Result<()> {
        let fields = Fields::read(cursor)?;
        if fields.has("locationsStartIndex") || fields.has("locations_start_index") {
            return Err(DecodeError::syntax(fields.position(), OLD.to_owned()));
        }
        let sent = &mut self.sent;
        sent.clear();
        sent.stack = int(&fields, ["stackIndex", "stack_index"])?;
        sent.link = int(&fields, ["linkIndex", "link_index"])?;
        ints(&fields, ATTRIBUTE_INDICES, &mut sent.attributes)?;
        ints(&fields, ["values", "value"], &mut sent.sample.values)?;
        each(get(&fields, ["timestampsUnixNano", "timestamps_unix_nano"]), |cursor| {
            sent.sample.timestamps.push(lenient::uint(cursor)?.unwrap_or(0));
            Ok(())
        })?;
        let put = sent.put(&mut self.dictionary, profile, of_profile, self.kv, self.rows);
        put.map_err(|reason| DecodeError::value(fields.position(), reason))
    }
}

fn value_type<'a>(fields: &Fields<'a>, names: [&str; 2], dictionary: &Dictionary) -> Result<ValueType<'a>> {
    let Some(mut cursor) = get(fields, names) else { return Ok(ValueType::default()) };
    let fields = Fields::read(&mut cursor)?;
    let text = |names| -> Result<Cow<'a, str>> {
        let found = dictionary.text(int(&fields, names)?).map_err(|reason| DecodeError::value(fields.position(), reason))?;
        Ok(Cow::Owned(found.to_owned()))
    };
    let said = get(&fields, ["aggregationTemporality", "aggregation_temporality"]);
    let said = said.map(|mut c| lenient::enumeration(&mut c, "aggregation_temporality_", temporality)).transpose()?;
    Ok(ValueType {
        kind: text(["typeStrindex", "type_strindex"])?,
        unit: text(["unitStrindex", "unit_strindex"])?,
        temporality: said.filter(|word| word != "unspecified").unwrap_or_default(),
    })
}
