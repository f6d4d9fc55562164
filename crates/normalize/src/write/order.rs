//! The order of a table's rows, by its columns: the same that the rows have when they are made. Border: two rows of one batch in, which comes
//! first out; rows of one conversation stay as they are.

use std::cmp::{Ordering, Reverse};

use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, TimestampNanosecondType};
use arrow_array::{Array, BooleanArray, PrimitiveArray, RecordBatch, StringArray};
use tracemill_model::Table;

/// The columns that tell the order, first things first; nulls come before all else.
#[derive(Debug)]
pub struct Order<'b>(Vec<By<'b>>);

#[derive(Debug)]
enum By<'b> {
    Text(&'b StringArray),
    Int(&'b PrimitiveArray<Int64Type>),
    Time(&'b PrimitiveArray<TimestampNanosecondType>),
    /// What no span stands for comes before the spans.
    Stretches(&'b BooleanArray),
    /// In the order of belief.
    Signal(&'b StringArray),
}

impl<'b> Order<'b> {
    /// The order of a table's rows.
    pub fn new(table: &Table, batch: &'b RecordBatch) -> Order<'b> {
        let by = |column: &&str| -> Option<By<'b>> {
            let array = batch.column_by_name(column)?;
            match *column {
                "estimated" => array.as_boolean_opt().map(By::Stretches),
                "signal" => array.as_string_opt().map(By::Signal),
                _ => (array.as_string_opt().map(By::Text))
                    .or_else(|| array.as_primitive_opt().map(By::Time))
                    .or_else(|| array.as_primitive_opt().map(By::Int)),
            }
        };
        Order(columns(table).iter().filter_map(by).collect())
    }

    /// Which of two rows comes first.
    pub fn compare(&self, a: usize, b: usize) -> Ordering {
        self.0.iter().fold(Ordering::Equal, |known, by| known.then_with(|| by.compare(a, b)))
    }
}

impl By<'_> {
    fn compare(&self, a: usize, b: usize) -> Ordering {
        match self {
            By::Text(texts) => text(texts, a).cmp(&text(texts, b)),
            By::Int(ints) => number(*ints, a).cmp(&number(*ints, b)),
            By::Time(times) => number(*times, a).cmp(&number(*times, b)),
            By::Stretches(estimated) => Reverse(estimated.value(a)).cmp(&Reverse(estimated.value(b))),
            By::Signal(words) => rank(text(words, a)).cmp(&rank(text(words, b))),
        }
    }
}

fn text(texts: &StringArray, row: usize) -> Option<&str> {
    texts.is_valid(row).then(|| texts.value(row))
}

fn number<T: arrow_array::ArrowPrimitiveType>(numbers: &PrimitiveArray<T>, row: usize) -> Option<T::Native> {
    numbers.is_valid(row).then(|| numbers.value(row))
}

fn rank(word: Option<&str>) -> Option<usize> {
    word.map(|word| ["log", "span", "turn_span", "metric"].iter().position(|known| *known == word).unwrap_or(usize::MAX))
}

fn columns(table: &Table) -> &'static [&'static str] {
    match table.name {
        "conversations" => &["start_time", "conversation_id"],
        "turns" => &["start_time", "turn_id", "conversation_id"],
        "coverage" => &["time", "agent", "conversation_id", "process", "signal", "status", "service_name", "detail"],
        "latency" => &[
            "start_time",
            "trace_id",
            "estimated",
            "span_id",
            "category",
            "name",
            "tool_name",
            "mcp_server",
            "duration_ns",
            "turn_id",
            "conversation_id",
        ],
        _ => &["time", "conversation_id"],
    }
}
