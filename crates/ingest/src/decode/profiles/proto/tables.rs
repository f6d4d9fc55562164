//! The tables of the dictionary; their fields have had the same numbers since OTLP 1.8.

use std::borrow::Cow;

use super::super::dictionary::{Attribute, Dictionary, Function, Line, Location, Mapping};
use super::{DecodeError, KeyValues, Message, OLD, Result, Value, ints};
use crate::decode::proto::value;

/// `ProfilesDictionary`: mappings 1, locations 2, functions 3, links 4, strings 5, attributes 6, stacks 7.
pub fn read<'a>(message: &Message<'a>, kv: &mut KeyValues) -> Result<Dictionary<'a>> {
    let mut dictionary = Dictionary::default();
    // first, because attributes refer to them
    let mut fields = message.clone();
    while let Some((number, value)) = fields.field()? {
        if let (5, Value::Bytes(bytes)) = (number, value) {
            dictionary.strings.push(Cow::Borrowed(fields.text(bytes)?));
        }
    }
    let mut fields = message.clone();
    while let Some((number, value)) = fields.field()? {
        let Value::Bytes(bytes) = value else { continue };
        let entry = fields.nested(bytes);
        match number {
            1 => dictionary.mappings.push(mapping(entry)?),
            2 => dictionary.locations.push(location(entry)?),
            3 => dictionary.functions.push(function(entry)?),
            4 => {
                let mut link = (None, None);
                let mut entry = entry;
                while let Some((number, value)) = entry.field()? {
                    match (number, value) {
                        (1, Value::Bytes(id)) => link.0 = entry.id(id)?,
                        (2, Value::Bytes(id)) => link.1 = entry.id(id)?,
                        _ => {}
                    }
                }
                dictionary.links.push(link);
            }
            6 => dictionary.attributes.push(attribute(entry, kv, &dictionary.strings)?),
            7 => {
                let (mut stack, mut entry) = (Vec::new(), entry);
                while let Some((number, value)) = entry.field()? {
                    if number == 1 {
                        ints(&entry, value, &mut stack)?;
                    }
                }
                dictionary.stacks.push(stack);
            }
            _ => {}
        }
    }
    Ok(dictionary)
}

/// `Mapping`: memory_start 1, memory_limit 2, file_offset 3, filename_strindex 4, attribute_indices 5.
fn mapping(mut fields: Message) -> Result<Mapping> {
    let mut mapping = Mapping::default();
    while let Some((number, value)) = fields.field()? {
        match number {
            1 => mapping.start = value.int(),
            2 => mapping.limit = value.int(),
            3 => mapping.offset = value.int(),
            4 => mapping.file = value.int() as i64,
            5 => ints(&fields, value, &mut mapping.attributes)?,
            _ => {}
        }
    }
    Ok(mapping)
}

/// `Location`: mapping_index 1, address 2, lines 3 (`Line`: function_index 1, line 2, column 3), attribute_indices 4.
fn location(mut fields: Message) -> Result<Location> {
    let mut location = Location::default();
    while let Some((number, value)) = fields.field()? {
        match (number, value) {
            (1, value) => location.mapping = value.int() as i64,
            (2, value) => location.address = value.int(),
            (3, Value::Bytes(bytes)) => {
                let (mut line, mut parts) = (Line::default(), fields.nested(bytes));
                while let Some((number, value)) = parts.field()? {
                    match number {
                        1 => line.function = value.int() as i64,
                        2 => line.line = value.int() as i64,
                        3 => line.column = value.int() as i64,
                        _ => {}
                    }
                }
                location.lines.push(line);
            }
            (4, value) => ints(&fields, value, &mut location.attributes)?,
            _ => {}
        }
    }
    Ok(location)
}

/// `Function`: name_strindex 1, system_name_strindex 2, filename_strindex 3, start_line 4.
fn function(mut fields: Message) -> Result<Function> {
    let mut function = Function::default();
    while let Some((number, value)) = fields.field()? {
        match number {
            1 => function.name = value.int() as i64,
            2 => function.system_name = value.int() as i64,
            3 => function.file = value.int() as i64,
            4 => function.start_line = value.int() as i64,
            _ => {}
        }
    }
    Ok(function)
}

/// `KeyValueAndUnit`: key_strindex 1, value 2, unit_strindex 3.
fn attribute(mut fields: Message, kv: &mut KeyValues, strings: &[Cow<'_, str>]) -> Result<Attribute> {
    let mut attribute = Attribute { value: "null".to_owned(), ..Attribute::default() };
    while let Some((number, value)) = fields.field()? {
        match (number, value) {
            (1, Value::Varint(n)) => attribute.key = n as i64,
            (2, Value::Bytes(bytes)) => {
                kv.clear();
                value::any_value_of(fields.nested(bytes), kv, 0, strings)?;
                kv.value().clone_into(&mut attribute.value);
            }
            (3, Value::Varint(n)) => attribute.unit = n as i64,
            // a key that is a text: OTLP 1.7
            (1, Value::Bytes(_)) => return Err(DecodeError::syntax(fields.position(), OLD.to_owned())),
            _ => {}
        }
    }
    Ok(attribute)
}
