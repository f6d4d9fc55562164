//! Blocks made for the tests: one trace, its spans as columns. Lists are written in three levels, whatever the version.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use arrow_array::{
    Array, ArrayRef, BinaryArray, BooleanArray, DictionaryArray, Float64Array, Int32Array, Int64Array, ListArray, RecordBatch, StructArray,
    UInt64Array,
};
use arrow_buffer::OffsetBuffer;
use arrow_schema::{Field, Fields};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, KeyValueList};
use opentelemetry_proto::tonic::trace::v1::span::Link;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::{FileMetaData, ParquetMetaData, ParquetMetaDataReader, ParquetMetaDataWriter};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use prost::Message;

/// Start of every span.
const START: u64 = 1_795_369_212_000_000_000;

type Columns = Vec<(&'static str, ArrayRef)>;

fn texts<T: AsRef<[u8]>>(values: impl IntoIterator<Item = T>) -> ArrayRef {
    Arc::new(BinaryArray::from_iter_values(values))
}

fn optional(values: Vec<Option<&str>>) -> ArrayRef {
    Arc::new(BinaryArray::from_iter(values.into_iter().map(|v| v.map(str::as_bytes))))
}

fn times(values: Vec<u64>) -> ArrayRef {
    Arc::new(UInt64Array::from(values))
}

fn group(columns: Columns) -> ArrayRef {
    let fields: Fields = columns.iter().map(|(name, c)| Field::new(*name, c.data_type().clone(), true)).collect();
    Arc::new(StructArray::new(fields, columns.into_iter().map(|(_, c)| c).collect(), None))
}

/// Lists of so many elements each.
fn lists(lengths: &[usize], elements: ArrayRef) -> ArrayRef {
    let field = Field::new("element", elements.data_type().clone(), true);
    Arc::new(ListArray::new(Arc::new(field), OffsetBuffer::from_lengths(lengths.iter().copied()), elements, None))
}

/// The file of a block with one trace of these spans.
pub fn block(spans: Columns) -> Vec<u8> {
    write(&[trace(spans)])
}

fn trace(spans: Columns) -> RecordBatch {
    let number = spans[0].1.len();
    let scope_spans = group(vec![("Spans", lists(&[number], group(spans)))]);
    let resource = group(vec![("ServiceName", texts(["made"]))]);
    let resource_spans = group(vec![("Resource", resource), ("ss", lists(&[1], scope_spans))]);
    let root = [("TraceID", texts([[7; 16]])), ("rs", lists(&[1], resource_spans))];
    RecordBatch::try_from_iter(root).unwrap()
}

fn write(batches: &[RecordBatch]) -> Vec<u8> {
    let properties = WriterProperties::builder().set_compression(Compression::UNCOMPRESSED).set_dictionary_enabled(false).build();
    let mut writer = ArrowWriter::try_new(Vec::new(), batches[0].schema(), Some(properties)).unwrap();
    batches.iter().for_each(|batch| writer.write(batch).unwrap());
    writer.into_inner().unwrap()
}

/// The file of a block whose one trace has so many spans of one long name and status message, which its dictionaries hold once each.
pub fn spans_of_one_text(number: usize, length: usize) -> Vec<u8> {
    let mut spans = plain((0..number as u64).map(|n| n.to_be_bytes().to_vec()).collect(), vec![""; number]);
    spans[1].1 = one_text(number, length, b'a');
    spans.push(("StatusMessage", one_text(number, length, b'b')));
    with_dictionaries(spans)
}

/// The file of a block with one span, so many attributes of which have one long text, which its dictionary holds once.
pub fn attributes_of_one_text(number: usize, length: usize) -> Vec<u8> {
    let mut span = plain(vec![vec![1; 8]], vec!["a"]);
    let values = lists(&vec![1; number], one_text(number, length, b'a'));
    let none = lists(&vec![0; number], Arc::new(Int64Array::from(Vec::<i64>::new())));
    let is_array: ArrayRef = Arc::new(BooleanArray::from(vec![false; number]));
    let pairs = vec![("Key", texts(vec!["k"; number])), ("IsArray", is_array), ("Value", values), ("ValueInt", none)];
    span[4].1 = lists(&[number], group(pairs));
    with_dictionaries(span)
}

/// The same of the names of its events.
pub fn events_of_one_text(number: usize, length: usize) -> Vec<u8> {
    let mut span = plain(vec![vec![1; 8]], vec!["a"]);
    let events = vec![("TimeSinceStartNano", times(vec![1; number])), ("Name", one_text(number, length, b'a'))];
    span.push(("Events", lists(&[number], group(events))));
    with_dictionaries(span)
}

fn one_text(number: usize, length: usize, byte: u8) -> ArrayRef {
    let values = Arc::new(BinaryArray::from_iter_values([vec![byte; length]]));
    Arc::new(DictionaryArray::new(Int32Array::from(vec![0; number]), values))
}

fn with_dictionaries(spans: Columns) -> Vec<u8> {
    let properties = WriterProperties::builder().set_compression(Compression::UNCOMPRESSED).set_dictionary_page_size_limit(4 << 20);
    let batch = trace(spans);
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties.build())).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

/// The file of a block with one span, whose name is so long and compressed.
pub fn compressed_name(length: usize) -> Vec<u8> {
    let zstd = Compression::ZSTD(ZstdLevel::default());
    let properties = WriterProperties::builder().set_compression(zstd).set_dictionary_enabled(false).set_statistics_enabled(EnabledStatistics::None);
    let batch = trace(plain(vec![vec![1; 8]], vec![vec![b'a'; length]]));
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties.build())).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

/// The traces of a file, written again so many times.
pub fn many_times(path: &Path, times: usize) -> Vec<u8> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(std::fs::File::open(path).unwrap()).unwrap().build().unwrap();
    let batches: Vec<RecordBatch> = reader.map(Result::unwrap).collect();
    write(&vec![batches[0].clone(); times])
}

/// Where the columns of a file's first row group lie.
pub fn column_places(bytes: &[u8]) -> BTreeMap<String, Range<usize>> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    let metadata = ParquetMetaDataReader::new().parse_and_finish(file.as_file()).unwrap();
    let places = metadata.row_group(0).columns().iter().map(|c| {
        let (start, length) = c.byte_range();
        (c.column_path().string(), start as usize..(start + length) as usize)
    });
    places.collect()
}

/// The file with a footer that claims so many rows, values and bytes in each of its row groups and columns.
pub fn claiming(path: &Path, claim: i64) -> Vec<u8> {
    let metadata = ParquetMetaDataReader::new().parse_and_finish(&std::fs::File::open(path).unwrap()).unwrap();
    let bytes = std::fs::read(path).unwrap();
    let mut groups = Vec::new();
    for group in metadata.row_groups() {
        let columns = group.columns().iter().map(|c| c.clone().into_builder().set_num_values(claim).build().unwrap()).collect();
        let group = group.clone().into_builder().set_num_rows(claim).set_total_byte_size(claim).set_column_metadata(columns);
        groups.push(group.build().unwrap());
    }
    let file = metadata.file_metadata();
    let file = FileMetaData::new(file.version(), claim, None, None, file.schema_descr_ptr(), None);
    let end = bytes.len() - 8 - u32::from_le_bytes(bytes[bytes.len() - 8..bytes.len() - 4].try_into().unwrap()) as usize;
    let mut out = bytes[..end].to_vec();
    ParquetMetaDataWriter::new(&mut out, &ParquetMetaData::new(file, groups)).finish().unwrap();
    out
}

/// A list of attributes with `Key` and no values, in the columns of vParquet4 and 5.
fn pairs(keys: &[&str], is_array: &[bool]) -> Columns {
    let none = |elements: ArrayRef| lists(&vec![0; keys.len()], elements);
    vec![
        ("Key", texts(keys)),
        ("IsArray", Arc::new(BooleanArray::from(is_array.to_vec()))),
        ("Value", none(texts([""; 0]))),
        ("ValueInt", none(Arc::new(Int64Array::from(Vec::<i64>::new())))),
    ]
}

/// Spans of vParquet5 that have nothing but these ids and names.
fn plain<T: AsRef<[u8]>>(ids: Vec<Vec<u8>>, names: Vec<T>) -> Columns {
    let number = ids.len();
    vec![
        ("SpanID", texts(ids)),
        ("Name", texts(names)),
        ("StartTimeUnixNano", times(vec![START; number])),
        ("DurationNano", times(vec![9; number])),
        ("Attrs", lists(&vec![0; number], group(pairs(&[], &[])))),
    ]
}

pub fn spans_of_which_one_is_bad() -> Columns {
    let ids = vec![vec![1; 8], vec![2; 2], vec![3; 8], vec![4; 8]];
    plain(ids, vec![&b"caf\xc3"[..], b"short id", b"good", b"\xffbad"])
}

pub fn span_with_a_new_column() -> Columns {
    let mut span = plain(vec![vec![1; 8]], vec!["a"]);
    span.push(("Mood", texts(["fair"])));
    span
}

pub fn span_with_a_column_of_another_type() -> Columns {
    let mut span = plain(vec![vec![1; 8]], vec!["a"]);
    span[3].1 = texts(["nine"]);
    span
}

pub fn span_with_lists() -> Columns {
    let mut span = plain(vec![vec![1; 8]], vec!["a"]);
    // the sender left the end at 0
    span[3].1 = times(vec![START.wrapping_neg()]);
    let mut attributes = pairs(&["empty", "null"], &[true, false]);
    attributes.push(("ValueUnsupported", optional(vec![None, Some("{}")])));
    span[4].1 = lists(&[2], group(attributes));
    let dedicated = vec![
        ("String01", lists(&[2], texts(["a", "b"]))),
        ("String02", lists(&[1], texts(["x"]))),
        ("Int01", lists(&[2], Arc::new(Int64Array::from(vec![1, 2])))),
        ("Int02", lists(&[0], Arc::new(Int64Array::from(Vec::<i64>::new())))),
    ];
    span.push(("DedicatedAttributes", group(dedicated)));
    let event = vec![
        ("TimeSinceStartNano", times(vec![10_u64.wrapping_neg()])),
        ("Name", texts(["early"])),
        ("DedicatedAttributes", group(vec![("String01", lists(&[1], texts(["here"])))])),
    ];
    span.push(("Events", lists(&[1], group(event))));
    span
}

pub fn span_of_the_third_version() -> Columns {
    let text = |s: &str| AnyValue { value: Some(Value::StringValue(s.to_owned())) };
    let pair = |key: &str, value| KeyValue { key: key.to_owned(), value: Some(value), ..KeyValue::default() };
    let map = Value::KvlistValue(KeyValueList { values: vec![pair("k", AnyValue { value: Some(Value::IntValue(2)) })] });
    let link = Link { trace_id: vec![1; 16], span_id: vec![2; 8], attributes: vec![pair("k", text("v"))], ..Link::default() }.encode_to_vec();
    let attributes = vec![
        ("Key", texts(["s", "i", "d", "b", "e"])),
        ("Value", optional(vec![Some("text"), None, None, None, None])),
        ("ValueInt", Arc::new(Int64Array::from(vec![None, Some(-7), None, None, None])) as ArrayRef),
        ("ValueDouble", Arc::new(Float64Array::from(vec![None, None, Some(1.5), None, None]))),
        ("ValueBool", Arc::new(BooleanArray::from(vec![None, None, None, Some(true), None]))),
        ("ValueDropped", optional(vec![None, None, None, None, Some(r#"{"arrayValue":{"values":[{"stringValue":"x"},{"intValue":"1"}]}}"#)])),
    ];
    let json = br#"{"arrayValue":{"values":[{"stringValue":"y"}]}}"#.to_vec();
    let of_event = vec![("Key", texts(["proto", "json"])), ("Value", texts([AnyValue { value: Some(map) }.encode_to_vec(), json]))];
    let event = vec![("TimeUnixNano", times(vec![START + 4])), ("Name", texts(["e"])), ("Attrs", lists(&[2], group(of_event)))];
    vec![
        ("SpanID", texts([[1; 8]])),
        ("Name", texts(["third"])),
        ("StartTimeUnixNano", times(vec![START])),
        ("DurationNano", times(vec![9])),
        ("Attrs", lists(&[5], group(attributes))),
        ("DroppedAttributesCount", Arc::new(Int32Array::from(vec![4]))),
        ("Events", lists(&[1], group(event))),
        ("Links", texts([[&[0x0a, link.len() as u8][..], &link].concat()])),
        ("HttpUrl", optional(vec![None])),
        ("DedicatedAttributes", group(vec![("String01", optional(vec![Some("/a")]))])),
    ]
}
