//! `peer jsonl|pb OUT FILE…`: Collector files into zstd Parquet with the library otlp2records, one message at a time, one
//! writer a table, on one thread, as its users do it. The signal is taken from the file's name.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};

use arrow_array::RecordBatch;
use otlp2records::{InputFormat, transform_logs, transform_metrics, transform_traces};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

struct Tables {
    folder: String,
    writers: BTreeMap<&'static str, ArrowWriter<File>>,
}

impl Tables {
    fn write(&mut self, table: &'static str, batch: &RecordBatch) -> Result<(), Box<dyn Error>> {
        if !self.writers.contains_key(table) {
            let properties = WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?)).build();
            let file = File::create(format!("{}/{table}.parquet", self.folder))?;
            let writer = ArrowWriter::try_new(file, batch.schema(), Some(properties))?;
            let _ = self.writers.insert(table, writer);
        }
        Ok(self.writers.get_mut(table).ok_or("no writer")?.write(batch)?)
    }

    fn message(&mut self, file: &str, bytes: &[u8], format: InputFormat) -> Result<(), Box<dyn Error>> {
        if file.contains("traces") {
            self.write("traces", &transform_traces(bytes, format)?)
        } else if file.contains("logs") {
            self.write("logs", &transform_logs(bytes, format)?)
        } else {
            let metrics = transform_metrics(bytes, format)?;
            let kinds = [("gauge", metrics.gauge), ("sum", metrics.sum), ("histogram", metrics.histogram), ("exp_histogram", metrics.exp_histogram)];
            kinds.into_iter().filter_map(|(table, batch)| Some((table, batch?))).try_for_each(|(table, batch)| self.write(table, &batch))
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().collect();
    let [_, format, folder, files @ ..] = words.as_slice() else { return Err("usage: peer jsonl|pb OUT FILE…".into()) };
    std::fs::create_dir_all(folder)?;
    let mut tables = Tables { folder: folder.clone(), writers: BTreeMap::new() };
    for file in files {
        let mut reader = BufReader::with_capacity(1 << 20, File::open(file)?);
        let mut message = Vec::new();
        if format == "jsonl" {
            while reader.read_until(b'\n', &mut message)? > 0 {
                tables.message(file, &message, InputFormat::Json)?;
                message.clear();
            }
        } else {
            let mut length = [0; 4];
            while reader.read_exact(&mut length).is_ok() {
                message.resize(u32::from_be_bytes(length) as usize, 0);
                reader.read_exact(&mut message)?;
                tables.message(file, &message, InputFormat::Protobuf)?;
            }
        }
    }
    for (_, writer) in tables.writers {
        let _ = writer.close()?;
    }
    Ok(())
}
