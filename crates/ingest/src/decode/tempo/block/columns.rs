//! Columns of nested Arrow arrays, by row: the plumbing below `traces`. Border: types and places; what a column means is said where it is
//! asked for.
//!
//! Rows here are those of the flattened arrays: element 5 of all spans of the batch is row 5, whatever trace it belongs to.

use std::ops::Range;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int32Type, Int64Type, UInt32Type, UInt64Type};
use arrow_array::{Array, BinaryViewArray, BooleanArray, Float64Array, Int32Array, Int64Array, ListArray, StructArray, UInt32Array, UInt64Array};
use arrow_schema::DataType;

/// A reason: lowercase, without a full stop.
pub type Result<T> = std::result::Result<T, String>;

/// A group of columns, with the path that leads to it for error messages.
#[derive(Debug, Clone)]
pub struct Group<'a> {
    columns: &'a StructArray,
    path: String,
}

impl<'a> Group<'a> {
    /// The root.
    pub fn root(columns: &'a StructArray) -> Group<'a> {
        Group { columns, path: String::new() }
    }

    /// Whether it has a column of that name.
    pub fn has(&self, name: &str) -> bool {
        self.columns.column_by_name(name).is_some()
    }

    /// The names of its columns.
    pub fn names(&self) -> impl Iterator<Item = &'a str> {
        self.columns.fields().iter().map(|f| f.name().as_str())
    }

    fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    fn column(&self, name: &str) -> Option<&'a dyn Array> {
        self.columns.column_by_name(name).map(AsRef::as_ref)
    }

    fn unfit(&self, name: &str, found: &DataType) -> String {
        let found = if *found == DataType::BinaryView { &DataType::Binary } else { found };
        format!("its column {} is of the type {found}, which no version of Tempo's blocks has", self.path_of(name))
    }

    /// A group in it.
    pub fn group(&self, name: &str) -> Result<Option<Group<'a>>> {
        let Some(column) = self.column(name) else { return Ok(None) };
        let columns = column.as_struct_opt().ok_or_else(|| self.unfit(name, column.data_type()))?;
        Ok(Some(Group { columns, path: self.path_of(name) }))
    }

    /// A list of groups in it: where each row's elements lie, and the elements. vParquet5 writes bare repeated groups, the versions before it
    /// lists in three levels; both are the same here.
    pub fn groups(&self, name: &str) -> Result<Option<(Lists<'a>, Group<'a>)>> {
        let Some(column) = self.column(name) else { return Ok(None) };
        let unfit = || self.unfit(name, column.data_type());
        let list = column.as_list_opt::<i32>().ok_or_else(unfit)?;
        let columns = list.values().as_struct_opt().ok_or_else(unfit)?;
        Ok(Some((Lists(Some(list)), Group { columns, path: self.path_of(name) })))
    }

    /// A column of texts or bytes; without it all are empty.
    pub fn bytes(&self, name: &str) -> Result<Bytes<'a>> {
        let Some(column) = self.column(name) else { return Ok(Bytes(None)) };
        column.as_binary_view_opt().map(|c| Bytes(Some(c))).ok_or_else(|| self.unfit(name, column.data_type()))
    }

    /// A column of integers; without it all are 0.
    pub fn ints(&self, name: &str) -> Result<Ints<'a>> {
        let Some(column) = self.column(name) else { return Ok(Ints::Absent) };
        match column.data_type() {
            DataType::Int32 => Ok(Ints::I32(column.as_primitive::<Int32Type>())),
            DataType::Int64 => Ok(Ints::I64(column.as_primitive::<Int64Type>())),
            DataType::UInt32 => Ok(Ints::U32(column.as_primitive::<UInt32Type>())),
            DataType::UInt64 => Ok(Ints::U64(column.as_primitive::<UInt64Type>())),
            other => Err(self.unfit(name, other)),
        }
    }

    /// A column of booleans; without it all are false.
    pub fn flags(&self, name: &str) -> Result<Flags<'a>> {
        let Some(column) = self.column(name) else { return Ok(Flags(None)) };
        column.as_boolean_opt().map(|c| Flags(Some(c))).ok_or_else(|| self.unfit(name, column.data_type()))
    }

    /// A column of attribute values, in lists or at most one a row.
    pub fn values(&self, name: &str) -> Result<Option<Values<'a>>> {
        let Some(column) = self.column(name) else { return Ok(None) };
        let (list, of) = match column.as_list_opt::<i32>() {
            Some(list) => (Some(list), list.values().as_ref()),
            None => (None, column),
        };
        let scalars = match of.data_type() {
            DataType::BinaryView => Scalars::Text(of.as_binary_view()),
            DataType::Int64 => Scalars::Int(of.as_primitive::<Int64Type>()),
            DataType::Float64 => Scalars::Double(of.as_primitive::<Float64Type>()),
            DataType::Boolean => Scalars::Bool(of.as_boolean()),
            _ => return Err(self.unfit(name, column.data_type())),
        };
        Ok(Some(Values { list, scalars }))
    }
}

/// Where the elements of lists lie among all elements.
#[derive(Debug, Clone, Copy)]
pub struct Lists<'a>(Option<&'a ListArray>);

impl Lists<'_> {
    /// Lists that are all empty.
    pub const EMPTY: Self = Lists(None);

    /// The rows of a list's elements.
    pub fn range(&self, row: usize) -> Range<usize> {
        self.0.map_or(0..0, |list| range(list, row))
    }
}

fn range(list: &ListArray, row: usize) -> Range<usize> {
    let offsets = list.value_offsets();
    // offsets of Arrow arrays are never negative
    offsets[row] as usize..offsets[row + 1] as usize
}

/// See [`Group::bytes`].
#[derive(Debug, Clone, Copy)]
pub struct Bytes<'a>(Option<&'a BinaryViewArray>);

impl<'a> Bytes<'a> {
    /// A column that is not there.
    pub const EMPTY: Self = Bytes(None);

    /// The bytes of a row; empty where there are none.
    pub fn get(&self, row: usize) -> &'a [u8] {
        self.0.filter(|c| c.is_valid(row)).map_or(&[], |c| c.value(row))
    }
}

/// See [`Group::flags`].
#[derive(Debug, Clone, Copy)]
pub struct Flags<'a>(Option<&'a BooleanArray>);

impl Flags<'_> {
    /// A column that is not there.
    pub const EMPTY: Self = Flags(None);

    /// The flag of a row.
    pub fn get(&self, row: usize) -> bool {
        self.0.is_some_and(|c| c.is_valid(row) && c.value(row))
    }
}

/// See [`Group::ints`].
#[derive(Debug, Clone, Copy)]
pub enum Ints<'a> {
    /// No such column.
    Absent,
    /// `INT(32,true)`
    I32(&'a Int32Array),
    /// `INT(64,true)`
    I64(&'a Int64Array),
    /// `INT(32,false)`
    U32(&'a UInt32Array),
    /// `INT(64,false)`
    U64(&'a UInt64Array),
}

impl Ints<'_> {
    /// The number of a row, its bits kept; 0 where there is none.
    pub fn get(&self, row: usize) -> i64 {
        match self {
            Ints::I32(c) if c.is_valid(row) => c.value(row).into(),
            Ints::I64(c) if c.is_valid(row) => c.value(row),
            Ints::U32(c) if c.is_valid(row) => c.value(row).into(),
            Ints::U64(c) if c.is_valid(row) => c.value(row) as i64,
            _ => 0,
        }
    }
}

/// Attribute values of one type. See [`Group::values`].
#[derive(Debug, Clone, Copy)]
pub struct Values<'a> {
    list: Option<&'a ListArray>,
    /// All of them.
    pub scalars: Scalars<'a>,
}

/// Values of the types that attributes have.
#[derive(Debug, Clone, Copy)]
pub enum Scalars<'a> {
    /// Texts.
    Text(&'a BinaryViewArray),
    /// Integers.
    Int(&'a Int64Array),
    /// Doubles.
    Double(&'a Float64Array),
    /// Booleans.
    Bool(&'a BooleanArray),
}

impl<'a> Values<'a> {
    /// Where a row's values lie among all.
    pub fn range(&self, row: usize) -> Range<usize> {
        match self.list {
            Some(list) => range(list, row),
            None if self.array().is_valid(row) => row..row + 1,
            None => row..row,
        }
    }

    fn array(&self) -> &'a dyn Array {
        match self.scalars {
            Scalars::Text(array) => array,
            Scalars::Int(array) => array,
            Scalars::Double(array) => array,
            Scalars::Bool(array) => array,
        }
    }
}
