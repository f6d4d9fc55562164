//! The rows of archives without a lake. Border: the steps are those of an ingest, up to the decoded rows; what becomes of these is the caller's
//! business, and nothing is compared with what others hold.

use arrow_array::RecordBatch;
use arrow_schema::ArrowError;
use tracemill_model::lake::Source;
use tracemill_model::{LakeError, Table};

use crate::discover::Input;
use crate::keep::{Keep, Nowhere};
use crate::pipeline::{self, Sink};
use crate::progress::Progress;
use crate::requests::Forms;
use crate::rows::Rows;
use crate::told::Told;
use crate::{Options, feeds};

/// Takes over rows of a table. They come in no order, and from several workers at once.
pub type Take<'t> = dyn Fn(&'static Table, &RecordBatch) + Sync + 't;

/// What was found in an input beside its rows.
#[derive(Debug, Clone, Default)]
pub struct Read {
    /// What the ledger would say of it. Nothing is known of repeats, and of what was forgotten.
    pub source: Source,
    /// Forms of its requests, what they lose, and what must be known of them.
    pub told: Told,
}

/// Reads the inputs, several at a time, and hands their rows on. Bad input is no error but counted; errors are those of the machine.
pub fn read(inputs: &[Input], options: &Options, progress: &dyn Progress, take: &Take) -> Result<Vec<Read>, LakeError> {
    progress.begin(inputs.iter().map(|i| i.bytes).sum());
    let (reports, _) = pipeline::run(&feeds(inputs), 0, options, progress, || Handed { take, keep: Nowhere })?;
    progress.finish();
    Ok(reports.into_iter().map(|report| Read { source: report.source, told: report.told }).collect())
}

/// One worker's rows, handed on.
struct Handed<'t> {
    take: &'t Take<'t>,
    keep: Nowhere,
}

impl Sink for Handed<'_> {
    fn keep(&mut self) -> &mut dyn Keep {
        &mut self.keep
    }

    fn take(&mut self, _: u32, _: Forms, rows: &mut Rows) -> Result<(), LakeError> {
        let failed = |e: ArrowError| LakeError::Parquet { path: "memory".into(), source: e.into() };
        for columns in rows.tables() {
            let (batch, _) = columns.finish().map_err(failed)?;
            if batch.num_rows() > 0 {
                (self.take)(columns.table(), &batch);
            }
        }
        Ok(())
    }

    fn finish(&mut self, _: &mut Rows) -> Result<(), LakeError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::{Silent, discover, shown};

    #[test]
    fn rows_are_handed_on_and_what_is_none_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let line = |name: &str| format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{"eventName":"{name}"}}]}}]}}]}}"#);
        std::fs::write(folder.path().join("a"), line("a") + "\ntorn\n" + &line("b")).unwrap();
        std::fs::write(folder.path().join("b"), line("c")).unwrap();
        let inputs = discover(&[folder.path().display().to_string()]).unwrap();
        let names = Mutex::new(Vec::new());
        let take = |table: &Table, batch: &RecordBatch| {
            let rows = shown::batch(batch);
            names.lock().unwrap().extend(rows.iter().map(|row| format!("{} {}", table.name, row["event_name"])));
        };
        let found = read(&inputs, &Options::default(), &Silent, &take).unwrap();
        let mut names = names.into_inner().unwrap();
        names.sort();
        assert_eq!(names, ["events a", "events b", "events c"]);
        assert_eq!(found.iter().map(|f| (f.source.requests, f.source.set_aside)).collect::<Vec<_>>(), [(2, 1), (1, 0)]);
        assert!(found[0].source.examples[0].position.starts_with("line 2") && found[0].told.forms.all().0.eq(["OTLP JSON"]));
    }
}
