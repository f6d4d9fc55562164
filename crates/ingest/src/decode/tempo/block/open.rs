//! A Parquet file as it is read for this purpose: texts come as the bytes they are, where they are, and of the columns only those that hold the
//! telemetry. A text of the file's dictionary may be that of all spans: it is not copied for each.
//! Border: the settings of the `parquet` crate; what is in the columns is said in `traces`.

use std::collections::BTreeSet;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrow_schema::{DataType, FieldRef, Fields, Schema};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::basic::{ConvertedType, LogicalType};
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaData;
use parquet::file::reader::ChunkReader;
use parquet::schema::types::{SchemaDescriptor, Type, TypePtr};

use super::Content;
use super::attributes;
use super::pages;
use super::version::Version;

/// Bytes of encoded columns that a batch is meant to have. As Arrow arrays and as rows they are several times that; a trace that is larger
/// alone is a batch alone.
const BATCH_BYTES: i64 = 256 << 10;

/// Rows of a batch at most.
const BATCH_ROWS: i64 = 512;

/// The columns at the root that are read; the others there sum up the trace for Tempo's searches.
const ROOT: [&str; 2] = ["TraceID", "rs"];

/// Columns below `rs` that Tempo derives from the others: the place in the tree, numbers of spans, times in intervals.
const DERIVED: [&str; 9] = [
    "ParentID",
    "NestedSetLeft",
    "NestedSetRight",
    "ChildCount",
    "SpanCount",
    "StartTimeRounded15",
    "StartTimeRounded60",
    "StartTimeRounded300",
    "StartTimeRounded3600",
];

/// Columns below `rs` whose meaning is known, beside the fixed ones of attributes; in a group of dedicated ones every name is.
const KNOWN: [&str; 27] = [
    "Key",
    "IsArray",
    "Value",
    "ValueInt",
    "ValueDouble",
    "ValueBool",
    "DroppedAttributesCount",
    "DroppedEventsCount",
    "DroppedLinksCount",
    "Name",
    "Version",
    "TraceID",
    "SpanID",
    "ParentSpanID",
    "Kind",
    "TraceState",
    "StartTimeUnixNano",
    "DurationNano",
    "StatusCode",
    "StatusMessage",
    "TimeSinceStartNano",
    "TimeUnixNano",
    "Links",
    "ValueUnsupported",
    "ValueDropped",
    "ValueArray",
    "ValueKVList",
];

/// A file that can be read.
pub struct Opened {
    /// Its traces.
    pub batches: ParquetRecordBatchReader,
    /// The version of its schema.
    pub version: Version,
    /// Columns that no known version has.
    pub unknown: BTreeSet<String>,
}

/// Opens a file. An error is the reason: lowercase, without a full stop.
pub fn open(content: Content) -> Result<Opened, String> {
    guarded(|| match content {
        Content::File(file) => with(file),
        // the type is that of which the reader gives its chunks, which only the `parquet` crate names
        Content::Memory(bytes) => with(same_type(|file| file.get_bytes(0, 0), bytes)),
    })
    .unwrap_or_else(|panic| Err(format!("a Parquet file that is damaged: {panic}; copy it again")))
}

/// Does something with the `parquet` crate, which still panics at some damaged files. That must not end the run: the panic's message is given
/// as an error, and what panicked is not asked again.
pub fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| {
        let words = panic.downcast_ref::<&str>().map(|w| (*w).to_owned());
        words.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "it cannot be read".to_owned())
    })
}

fn same_type<T: From<Vec<u8>>>(_: fn(&File) -> Result<T, ParquetError>, bytes: Vec<u8>) -> T {
    bytes.into()
}

fn with<R: ChunkReader + 'static>(input: R) -> Result<Opened, String> {
    let options = || ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let damaged = |e: ParquetError| {
        format!("a Parquet file that is cut off or damaged: {}; copy it again, once Tempo has finished writing it", reason(&e.to_string()))
    };
    let first = ArrowReaderMetadata::load(&input, options()).map_err(damaged)?;
    check_places(first.metadata(), input.len()).map_err(damaged)?;
    let schema = first.parquet_schema();
    let version = Version::of(schema)?;
    let plain = SchemaDescriptor::new(untyped(schema.root_schema_ptr().as_ref()).map_err(damaged)?);
    let plain = ArrowReaderMetadata::load(&input, options().with_parquet_schema(Arc::new(plain))).map_err(damaged)?;
    let viewed = Schema::new(plain.schema().fields().iter().map(viewed).collect::<Fields>());
    let viewed = ArrowReaderMetadata::try_new(Arc::clone(plain.metadata()), options().with_schema(Arc::new(viewed))).map_err(damaged)?;
    let schema = viewed.parquet_schema();
    let (mut wanted, mut unknown) = (Vec::new(), BTreeSet::new());
    for column in 0..schema.num_columns() {
        let mut path = schema.column(column).path().parts().to_vec();
        path.retain(|name| !matches!(name.as_str(), "list" | "element"));
        let (Some(root), Some(name)) = (path.first(), path.last()) else { continue };
        if !ROOT.contains(&root.as_str()) || DERIVED.contains(&name.as_str()) {
            continue;
        }
        wanted.push(column);
        if !KNOWN.contains(&name.as_str()) && !attributes::is_column(&path) {
            unknown.insert(path.join("."));
        }
    }
    let mut bytes = 0_u64;
    for group in viewed.metadata().row_groups() {
        bytes = bytes.saturating_add(pages::check(&input, group, &wanted).map_err(damaged)?);
    }
    let rows = batch_rows(viewed.metadata(), bytes);
    let mask = ProjectionMask::leaves(schema, wanted);
    let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(input, viewed);
    let batches = builder.with_projection(mask).with_batch_size(rows).build().map_err(damaged)?;
    Ok(Opened { batches, version, unknown })
}

/// What the `parquet` crate says of a fault, as part of a sentence.
pub fn reason(error: &str) -> String {
    const PREFIXES: [&str; 5] = ["Parquet argument error: ", "Parquet error: ", "External: ", "Arrow: ", "EOF: "];
    let mut text = error;
    while let Some(rest) = PREFIXES.iter().find_map(|prefix| text.strip_prefix(prefix)) {
        text = rest;
    }
    text.trim_end_matches(['.', '!']).to_owned()
}

/// Whether all columns lie within a file of so many bytes: the `parquet` crate takes that for granted.
fn check_places(metadata: &ParquetMetaData, bytes: u64) -> Result<(), ParquetError> {
    for column in metadata.row_groups().iter().flat_map(|group| group.columns()) {
        let begins = column.dictionary_page_offset().unwrap_or(column.data_page_offset());
        let place = u64::try_from(begins).ok().zip(u64::try_from(column.compressed_size()).ok());
        if place.and_then(|(begins, length)| begins.checked_add(length)).is_none_or(|end| end > bytes) {
            return Err(ParquetError::EOF(format!("the column {} lies beyond its end", column.column_path().string())));
        }
    }
    Ok(())
}

/// How many rows are about so many bytes, where they come to `bytes` or what the footer says, whichever is more.
fn batch_rows(metadata: &ParquetMetaData, bytes: u64) -> usize {
    let (rows, claimed) = metadata.row_groups().iter().fold((0, 0), |(rows, bytes), group| {
        (i64::saturating_add(rows, group.num_rows().max(0)), i64::saturating_add(bytes, group.total_byte_size().max(0)))
    });
    let bytes = claimed.max(i64::try_from(bytes).unwrap_or(i64::MAX));
    let wanted = (rows.saturating_mul(BATCH_BYTES) / bytes.max(1)).clamp(1, BATCH_ROWS);
    usize::try_from(wanted).unwrap_or(1)
}

/// The same field, in which bytes are views of the pages that they came in.
fn viewed(field: &FieldRef) -> FieldRef {
    let data_type = match field.data_type() {
        DataType::Binary => DataType::BinaryView,
        DataType::List(element) => DataType::List(viewed(element)),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(viewed).collect()),
        _ => return Arc::clone(field),
    };
    Arc::new(field.as_ref().clone().with_data_type(data_type))
}

/// The same schema, in which no column of bytes is said to be text: a text that is not UTF-8 must not cost the batch it is in.
fn untyped(schema: &Type) -> Result<TypePtr, ParquetError> {
    let info = schema.get_basic_info();
    if schema.is_group() {
        let fields = schema.get_fields().iter().map(|f| untyped(f)).collect::<Result<Vec<_>, _>>()?;
        let mut group = Type::group_type_builder(schema.name()).with_fields(fields).with_logical_type(info.logical_type_ref().cloned());
        group = group.with_converted_type(info.converted_type());
        if info.has_repetition() {
            group = group.with_repetition(info.repetition());
        }
        return group.build().map(Arc::new);
    }
    let is_text = matches!(info.logical_type_ref(), Some(LogicalType::String | LogicalType::Json | LogicalType::Enum))
        || matches!(info.converted_type(), ConvertedType::UTF8 | ConvertedType::JSON | ConvertedType::ENUM);
    if !is_text {
        return Ok(Arc::new(schema.clone()));
    }
    Type::primitive_type_builder(schema.name(), schema.get_physical_type()).with_repetition(info.repetition()).build().map(Arc::new)
}
