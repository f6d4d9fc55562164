//! What a part's footer tells of its times: the least, the greatest, how many are missing. Border: of times only. A log keeps what it once said, and the
//! least of a column of texts may be a name that is to be forgotten.

use std::fs::File;
use std::path::Path;

use parquet::basic::{LogicalType, TimeUnit};
use parquet::file::reader::FileReader;
use parquet::file::serialized_reader::SerializedFileReader;
use parquet::file::statistics::Statistics;
use tracemill_model::{Kind, LakeError, Table};

use crate::Error;

/// What a part holds in a column of times. Nanoseconds since 1970.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Range {
    /// The least and the greatest; `None` where every one is missing, or where it is not told.
    pub ends: Option<(i64, i64)>,
    /// How many are missing, if that is told.
    pub missing: Option<i64>,
}

/// The ranges of a table's columns of times, in their order.
pub fn ranges(table: &Table, path: &Path) -> Result<Vec<Range>, Error> {
    let fault = |source| Error::Lake(LakeError::Parquet { path: path.to_owned(), source });
    let reader = SerializedFileReader::new(File::open(path).map_err(Error::io(path))?).map_err(fault)?;
    let metadata = reader.metadata();
    let columns = metadata.file_metadata().schema_descr();
    let rows = metadata.file_metadata().num_rows();
    let range = |name: &str| {
        let Some(at) = (0..columns.num_columns()).find(|n| columns.column(*n).path().string() == name) else {
            // a part of an earlier release
            return Range { ends: None, missing: Some(rows) };
        };
        if !is_nanoseconds(columns.column(at).logical_type_ref()) {
            return Range::default();
        }
        let groups = metadata.row_groups().iter().map(|group| match group.column(at).statistics() {
            Some(Statistics::Int64(of)) => Some((of.min_opt().copied().zip(of.max_opt().copied()), of.null_count_opt()?, group.num_rows())),
            _ => None,
        });
        groups.collect::<Option<Vec<_>>>().map(|groups| joined(&groups)).unwrap_or_default()
    };
    Ok(table.columns.iter().filter(|c| c.kind == Kind::Time).map(|c| range(c.name)).collect())
}

fn is_nanoseconds(kind: Option<&LogicalType>) -> bool {
    matches!(kind, Some(LogicalType::Timestamp(of)) if of.unit == TimeUnit::NANOS)
}

/// Of a row group: the ends, how many values are missing, how many rows there are.
type Group = (Option<(i64, i64)>, u64, i64);

fn joined(groups: &[Group]) -> Range {
    let missing = groups.iter().map(|(_, missing, _)| i64::try_from(*missing).unwrap_or(i64::MAX)).sum();
    // a group without ends must be one without values
    let told = groups.iter().all(|(ends, missing, rows)| ends.is_some() || i64::try_from(*missing) == Ok(*rows));
    let ends = groups.iter().filter_map(|(ends, ..)| *ends).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))).filter(|_| told);
    Range { ends, missing: Some(missing) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_told_only_of_all_values() {
        let all = joined(&[(Some((3, 9)), 1, 5), (None, 4, 4), (Some((-2, 4)), 0, 2)]);
        assert_eq!(all, Range { ends: Some((-2, 9)), missing: Some(5) });
        assert_eq!(joined(&[(Some((3, 9)), 1, 5), (None, 3, 4)]).ends, None);
        assert_eq!(joined(&[]), Range { ends: None, missing: Some(0) });
    }
}
