//! Rows as numbers: equal rows have equal ones, and all columns count but that which names the source.

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type, TimestampNanosecondType};
use arrow_array::{Array, RecordBatch};
use arrow_schema::DataType;
use xxhash_rust::xxh3::xxh3_64;

/// A hash of bytes.
pub fn hash(bytes: &[u8]) -> u64 {
    xxh3_64(bytes)
}

/// Appends a number for each row.
pub fn add(table: &str, batch: &RecordBatch, out: &mut Vec<u64>) {
    let from = out.len();
    out.resize(from + batch.num_rows(), hash(table.as_bytes()));
    let schema = batch.schema();
    for (field, column) in schema.fields().iter().zip(batch.columns()).filter(|(field, _)| field.name() != "source_id") {
        let name = hash(field.name().as_bytes());
        for (row, number) in out[from..].iter_mut().enumerate().filter(|(row, _)| column.is_valid(*row)) {
            *number = mixed(*number, name ^ cell(column.as_ref(), row));
        }
    }
}

fn mixed(number: u64, with: u64) -> u64 {
    (number.rotate_left(5) ^ with).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

fn cell(column: &dyn Array, row: usize) -> u64 {
    match column.data_type() {
        DataType::Utf8 => hash(column.as_string::<i32>().value(row).as_bytes()),
        DataType::Int64 => column.as_primitive::<Int64Type>().value(row) as u64,
        DataType::Float64 => column.as_primitive::<Float64Type>().value(row).to_bits(),
        DataType::Boolean => column.as_boolean().value(row).into(),
        DataType::Timestamp(..) => column.as_primitive::<TimestampNanosecondType>().value(row) as u64,
        DataType::List(_) => {
            let list = column.as_list::<i32>().value(row);
            (0..list.len()).fold(list.len() as u64, |number, n| mixed(number, cell(list.as_ref(), n)))
        }
        other => panic!("no such type in a raw table: {other}"),
    }
}

/// The byte that a position names last: within a frame's content it is none of the file's.
pub fn byte(position: &str) -> Option<usize> {
    let outer = position.split(", in it").next()?;
    outer.rsplit_once("byte ")?.1.split(' ').next()?.parse().ok()
}

/// The most memory that the process has had, where the system tells.
pub fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kb| kb << 10)
}
