//! Rows read by a thread of their own, a few batches ahead of who works on them. Border: the same rows in the same order; a thread that ends
//! before the part does is told as damage, never as the end.

use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

use super::{BATCH_ROWS, ReadError, Rows, rows};
use crate::lake::Part;

/// Batches read ahead: a few thousand rows each, so that memory stays small whatever the part.
const AHEAD: usize = 2;

/// What the thread hands over.
enum Handed {
    Rows(Result<Rows, ReadError>),
    End,
}

/// Reads the columns of a part, in row order, while the batches before are worked on.
///
/// # Errors
/// The part is not what the program writes.
pub fn ahead<'a>(part: &'a Part, columns: &'static [&'static str]) -> Result<Box<dyn Iterator<Item = Result<Rows, ReadError>> + 'a>, ReadError> {
    if part.rows <= BATCH_ROWS as u64 {
        return Ok(Box::new(rows(part, columns)?));
    }
    let (send, handed) = sync_channel(AHEAD);
    let of_thread = part.clone();
    let read = move || {
        let mut hand_over = |batch| send.send(Handed::Rows(batch)).is_ok();
        let whole = match rows(&of_thread, columns) {
            Ok(mut batches) => batches.all(&mut hand_over),
            Err(error) => hand_over(Err(error)),
        };
        // nobody listens any more where it is not whole
        let _ = whole && send.send(Handed::End).is_ok();
    };
    let started = thread::Builder::new().name("read".to_owned()).spawn(read);
    let _ = started.map_err(|e| ReadError { path: part.path.clone(), reason: e.to_string() })?;
    Ok(Box::new(Ahead { part, handed: Some(handed) }))
}

struct Ahead<'a> {
    part: &'a Part,
    handed: Option<Receiver<Handed>>,
}

impl Iterator for Ahead<'_> {
    type Item = Result<Rows, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.handed.as_ref()?.recv() {
            Ok(Handed::Rows(batch)) => Some(batch),
            Ok(Handed::End) => {
                self.handed = None;
                None
            }
            Err(_) => {
                self.handed = None;
                Some(Err(ReadError { path: self.part.path.clone(), reason: "reading it ended early".to_owned() }))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{ArrayRef, RecordBatch, StringArray, new_null_array};

    use super::*;
    use crate::tables::EVENTS;

    const COLUMNS: [&str; 2] = ["record_id", "body"];

    fn texts(batches: impl Iterator<Item = Result<Rows, ReadError>>) -> Result<Vec<String>, String> {
        let mut texts = Vec::new();
        for batch in batches {
            let batch = batch.map_err(|e| e.to_string())?;
            texts.extend((0..batch.len()).map(|row| format!("{:?} {:?}", batch.text(0).get(row), batch.text(1).get(row))));
        }
        Ok(texts)
    }

    #[test]
    fn rows_come_in_their_order_and_damage_is_told() {
        let folder = tempfile::tempdir().unwrap();
        for count in [0, 1, 4096, 4097, 30_000] {
            let column = |field: &arrow_schema::FieldRef| match field.name().as_str() {
                "record_id" => Arc::new((0..count).map(|n| Some(format!("{n:032x}"))).collect::<StringArray>()) as ArrayRef,
                "body" => Arc::new((0..count).map(|n| (n % 3 > 0).then(|| format!("\"{n}\""))).collect::<StringArray>()),
                _ => new_null_array(field.data_type(), count),
            };
            // all columns may be empty here: what is required is the writer's business
            let fields: Vec<arrow_schema::Field> = EVENTS.schema().fields().iter().map(|f| f.as_ref().clone().with_nullable(true)).collect();
            let schema = Arc::new(arrow_schema::Schema::new(fields));
            let batch = RecordBatch::try_new(schema.clone(), schema.fields().iter().map(column).collect()).unwrap();
            let path = folder.path().join(format!("{count}.parquet"));
            let mut writer = parquet::arrow::ArrowWriter::try_new(std::fs::File::create(&path).unwrap(), schema, None).unwrap();
            writer.write(&batch).unwrap();
            let _ = writer.close().unwrap();
            let part = Part { path: path.clone(), rows: count as u64, ..Part::default() };
            let all = texts(rows(&part, &COLUMNS).unwrap()).unwrap();
            assert_eq!((all.len(), &texts(ahead(&part, &COLUMNS).unwrap()).unwrap()), (count, &all));
            // dropped in the middle, and cut off before its end
            let _ = ahead(&part, &COLUMNS).unwrap().next();
            let bytes = std::fs::read(&path).unwrap();
            std::fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
            let told = ahead(&part, &COLUMNS).map_err(|e| e.to_string()).and_then(texts).unwrap_err();
            assert!(told.contains("damaged part"), "{told}");
        }
    }
}
