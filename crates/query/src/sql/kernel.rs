//! Window functions over rows in memory. Border: columns in, a column of as many rows out; nothing of SQL's words.

use std::ops::Range;

use polars::prelude::*;

/// A window and what is computed over it. Its columns come as: partition, order, ties, arguments, and one of all rows.
pub(super) struct Window {
    pub(super) partition: usize,
    pub(super) order: usize,
    pub(super) ties: usize,
    /// Of each order column.
    pub(super) descending: Vec<bool>,
    pub(super) nulls_last: Vec<bool>,
    pub(super) frame: Frame,
    pub(super) kind: Kind,
}

/// Which rows around a row belong to it: by number, or else all that are equal in order.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    pub(super) rows: bool,
    pub(super) start: Bound,
    pub(super) end: Bound,
}

/// An end of a frame.
#[derive(Debug, Clone, Copy)]
pub(super) enum Bound {
    /// That of the partition.
    Unbounded,
    /// At the row.
    Current,
    /// So many rows behind it.
    Offset(i64),
}

/// What is computed.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    RowNumber,
    Rank,
    DenseRank,
    PercentRank,
    CumeDist,
    Ntile(i64),
    /// The value so many rows on; the second argument where there is no such row.
    Shift {
        by: i64,
        default: bool,
    },
    /// The n-th value of the frame, from its end where n is negative.
    Nth {
        n: i64,
        ignore: bool,
    },
    /// Of values that are not null.
    Count,
    Sum,
    Average,
    /// The greatest or least value.
    Best {
        most: bool,
    },
}

impl Kind {
    pub(super) fn has_frame(self) -> bool {
        matches!(self, Kind::Nth { .. } | Kind::Count | Kind::Sum | Kind::Average | Kind::Best { .. })
    }

    /// Whether it matters which of two equal rows is first.
    pub(super) fn by_place(self) -> bool {
        matches!(self, Kind::RowNumber | Kind::Ntile(_) | Kind::Shift { .. } | Kind::Nth { .. })
    }
}

/// Rows in order: where each partition lies, and for each row where the rows equal to it lie.
struct Sorted {
    partitions: Vec<Range<usize>>,
    peers: Vec<Range<usize>>,
}

impl Window {
    /// The function's value for each row.
    pub(super) fn compute(&self, columns: &[Column]) -> PolarsResult<Column> {
        let n = columns.iter().map(Column::len).max().unwrap_or(0);
        let name = columns.first().map_or(PlSmallStr::EMPTY, |c| c.name().clone());
        if columns.iter().any(Column::is_empty) {
            // of no rows only the type matters
            return Ok(self
                .value_column(columns)
                .map_or_else(|| Column::new_empty(name.clone(), &self.dtype()), |c| Column::new_empty(name.clone(), &self.dtype_of(c))));
        }
        let all: Vec<Column> = columns.iter().map(|c| if c.len() == n { c.clone() } else { c.new_from_index(0, n) }).collect();
        let keys = self.partition + self.order + self.ties;
        let by = all.get(..keys).unwrap_or_default();
        let index = self.order_of(by, n)?;
        let taken = |c: &Column| c.take(&index);
        let sorted = self.sorted(&by.iter().map(taken).collect::<PolarsResult<Vec<_>>>()?, n)?;
        let args = all.get(keys..).unwrap_or_default().iter().map(taken).collect::<PolarsResult<Vec<_>>>()?;
        let values = self.values(&sorted, &args, n)?;
        // back to where the rows were
        let mut back = vec![0 as IdxSize; n];
        for (at, row) in index.iter().enumerate() {
            if let Some(place) = row.and_then(|row| back.get_mut(row as usize)) {
                *place = at as IdxSize;
            }
        }
        Ok(values.take(&IdxCa::from_vec(PlSmallStr::EMPTY, back))?.with_name(name))
    }

    fn value_column<'a>(&self, columns: &'a [Column]) -> Option<&'a Column> {
        columns.get(self.partition + self.order + self.ties)
    }

    fn dtype(&self) -> DataType {
        match self.kind {
            Kind::PercentRank | Kind::CumeDist | Kind::Average => DataType::Float64,
            _ => DataType::Int64,
        }
    }

    fn dtype_of(&self, value: &Column) -> DataType {
        match self.kind {
            Kind::Shift { .. } | Kind::Nth { .. } | Kind::Sum | Kind::Best { .. } => value.dtype().clone(),
            _ => self.dtype(),
        }
    }

    /// The rows' numbers in the window's order.
    fn order_of(&self, by: &[Column], n: usize) -> PolarsResult<IdxCa> {
        let Some((first, rest)) = by.split_first() else {
            return Ok(IdxCa::from_vec(PlSmallStr::EMPTY, (0..n as IdxSize).collect()));
        };
        let plain = |count: usize, value: bool| std::iter::repeat_n(value, count);
        let descending: Vec<bool> = plain(self.partition, false).chain(self.descending.iter().copied()).chain(plain(self.ties, false)).collect();
        let nulls_last: Vec<bool> = plain(self.partition, true).chain(self.nulls_last.iter().copied()).chain(plain(self.ties, true)).collect();
        if rest.is_empty() {
            let options = SortOptions { descending: descending[0], nulls_last: nulls_last[0], maintain_order: true, ..SortOptions::default() };
            return Ok(first.arg_sort(options));
        }
        let options =
            SortMultipleOptions::default().with_order_descending_multi(descending).with_nulls_last_multi(nulls_last).with_maintain_order(true);
        first.as_materialized_series().arg_sort_multiple(rest, &options)
    }

    fn sorted(&self, by: &[Column], n: usize) -> PolarsResult<Sorted> {
        let changes = |columns: &[Column]| -> PolarsResult<Vec<bool>> {
            let mut changed = vec![false; n];
            for column in columns {
                let series = column.as_materialized_series();
                let differs = series.slice(1, n - 1).not_equal_missing(&series.slice(0, n - 1))?;
                for (at, differs) in differs.iter().enumerate() {
                    changed[at + 1] |= differs == Some(true);
                }
            }
            Ok(changed)
        };
        let new_partition = changes(&by[..self.partition])?;
        let new_peers = changes(&by[self.partition..self.partition + self.order])?;
        let ranges = |starts: &dyn Fn(usize) -> bool| {
            let mut ranges: Vec<Range<usize>> = Vec::new();
            for row in 0..n {
                match ranges.last_mut() {
                    Some(last) if !starts(row) => last.end = row + 1,
                    _ => ranges.push(row..row + 1),
                }
            }
            ranges
        };
        let partitions = ranges(&|row| new_partition[row]);
        let groups = ranges(&|row| new_partition[row] || new_peers[row]);
        Ok(Sorted { partitions, peers: groups.into_iter().flat_map(|g| std::iter::repeat_n(g.clone(), g.len())).collect() })
    }

    /// The rows that belong to a row.
    fn frame_of(&self, row: usize, partition: &Range<usize>, peers: &Range<usize>) -> Range<usize> {
        let at = |offset: i64| (row as i64 + offset).clamp(partition.start as i64, partition.end as i64) as usize;
        let (first, behind) = if self.frame.rows { (row, row + 1) } else { (peers.start, peers.end) };
        let start = match self.frame.start {
            Bound::Unbounded => partition.start,
            Bound::Current => first,
            Bound::Offset(n) => at(n),
        };
        let end = match self.frame.end {
            Bound::Unbounded => partition.end,
            Bound::Current => behind,
            Bound::Offset(n) => at(n + 1),
        };
        start..end.max(start)
    }

    fn values(&self, sorted: &Sorted, args: &[Column], n: usize) -> PolarsResult<Column> {
        let ints = |of: &dyn Fn(usize, &Range<usize>, &Range<usize>) -> i64| {
            let mut values = vec![0; n];
            self.each(sorted, |row, partition, peers| values[row] = of(row, partition, peers));
            Column::new(PlSmallStr::EMPTY, values)
        };
        let doubles = |of: &dyn Fn(usize, &Range<usize>, &Range<usize>) -> f64| {
            let mut values = vec![0.0; n];
            self.each(sorted, |row, partition, peers| values[row] = of(row, partition, peers));
            Column::new(PlSmallStr::EMPTY, values)
        };
        let value = || args.first().ok_or_else(|| polars_err!(ComputeError: "a window function has lost its argument"));
        Ok(match self.kind {
            Kind::RowNumber => ints(&|row, partition, _| (row - partition.start) as i64 + 1),
            Kind::Rank => ints(&|_, partition, peers| (peers.start - partition.start) as i64 + 1),
            Kind::DenseRank => {
                let (mut rank, mut values) = (0, vec![0_i64; n]);
                self.each(sorted, |row, partition, peers| {
                    if row == partition.start {
                        rank = 1;
                    } else if row == peers.start {
                        rank += 1;
                    }
                    values[row] = rank;
                });
                Column::new(PlSmallStr::EMPTY, values)
            }
            Kind::PercentRank => doubles(&|_, partition, peers| match partition.len() {
                1 => 0.0,
                length => (peers.start - partition.start) as f64 / (length - 1) as f64,
            }),
            Kind::CumeDist => doubles(&|_, partition, peers| (peers.end - partition.start) as f64 / partition.len() as f64),
            Kind::Ntile(buckets) => ints(&|row, partition, _| {
                let (length, at) = (partition.len() as i64, (row - partition.start) as i64);
                let (small, large) = (length / buckets, length % buckets);
                let in_large = large * (small + 1);
                if at < in_large { at / (small + 1) + 1 } else { large + (at - in_large) / small.max(1) + 1 }
            }),
            Kind::Shift { by, default } => {
                let mut places: Vec<Option<IdxSize>> = vec![None; n];
                self.each(sorted, |row, partition, _| {
                    let at = row as i64 + by;
                    places[row] = (at >= partition.start as i64 && at < partition.end as i64).then_some(at as IdxSize);
                });
                let shifted = value()?.take(&places.iter().copied().collect::<IdxCa>())?;
                match args.get(1).filter(|_| default) {
                    Some(default) => {
                        let there: BooleanChunked = places.iter().map(|p| Some(p.is_some())).collect();
                        shifted.zip_with(&there, default)?
                    }
                    None => shifted,
                }
            }
            Kind::Nth { n: nth, ignore } => {
                let value = value()?;
                let known = value.is_not_null();
                let mut places: Vec<Option<IdxSize>> = vec![None; n];
                self.each(sorted, |row, partition, peers| {
                    let frame = self.frame_of(row, partition, peers);
                    let counts = |at: &usize| !ignore || known.get(*at) == Some(true);
                    let place =
                        if nth < 0 { frame.rev().filter(counts).nth((-nth - 1) as usize) } else { frame.filter(counts).nth((nth - 1) as usize) };
                    places[row] = place.map(|p| p as IdxSize);
                });
                value.take(&places.into_iter().collect::<IdxCa>())?
            }
            Kind::Count => {
                let known = value()?.is_not_null();
                let counted: Vec<i64> = known.iter().map(|k| i64::from(k == Some(true))).collect();
                let values = self.running(sorted, n, 0_i64, |sum, at| sum + counted[at], |sum| Some(sum));
                Column::new(PlSmallStr::EMPTY, values)
            }
            Kind::Sum if value()?.dtype() == &DataType::Int64 => {
                let cells: Vec<Option<i64>> = value()?.i64()?.iter().collect();
                let add = |(sum, some): (i64, bool), at: usize| cells[at].map_or((sum, some), |v| (sum.wrapping_add(v), true));
                Column::new(PlSmallStr::EMPTY, self.running(sorted, n, (0, false), add, |(sum, some)| some.then_some(sum)))
            }
            Kind::Sum | Kind::Average => {
                let cells: Vec<Option<f64>> = value()?.f64()?.iter().collect();
                let average = matches!(self.kind, Kind::Average);
                let add = |(sum, count): (f64, u32), at: usize| cells[at].map_or((sum, count), |v| (sum + v, count + 1));
                let done = |(sum, count): (f64, u32)| (count > 0).then_some(if average { sum / f64::from(count) } else { sum });
                Column::new(PlSmallStr::EMPTY, self.running(sorted, n, (0.0, 0), add, done))
            }
            Kind::Best { most } => {
                let value = value()?;
                // places in the order of the values, so that numbers are compared and not values
                let order = value.arg_sort(SortOptions { descending: !most, nulls_last: false, maintain_order: true, ..SortOptions::default() });
                let mut rank = vec![0_usize; n];
                order.iter().enumerate().for_each(|(at, row)| rank[row.unwrap_or(0) as usize] = at);
                let known = value.is_not_null();
                let better = |best: Option<usize>, at: usize| {
                    if known.get(at) != Some(true) { best } else { Some(best.map_or(at, |b| if rank[at] > rank[b] { at } else { b })) }
                };
                let places = self.running(sorted, n, None, better, |best| best.map(|b| b as IdxSize));
                value.take(&places.into_iter().collect::<IdxCa>())?
            }
        })
    }

    /// Goes through the rows in order.
    fn each(&self, sorted: &Sorted, mut work: impl FnMut(usize, &Range<usize>, &Range<usize>)) {
        for partition in &sorted.partitions {
            for row in partition.clone() {
                if let Some(peers) = sorted.peers.get(row) {
                    work(row, partition, peers);
                }
            }
        }
    }

    /// Something added up over each row's frame; a frame that only grows is gone on with.
    fn running<S: Copy, T>(&self, sorted: &Sorted, n: usize, zero: S, add: impl Fn(S, usize) -> S, done: impl Fn(S) -> Option<T>) -> Vec<Option<T>> {
        let mut values: Vec<Option<T>> = Vec::with_capacity(n);
        let (mut sum, mut over) = (zero, 0..0);
        self.each(sorted, |row, partition, peers| {
            let frame = self.frame_of(row, partition, peers);
            if frame.start != over.start || frame.end < over.end || row == partition.start {
                (sum, over) = (zero, frame.start..frame.start);
            }
            sum = (over.end..frame.end).fold(sum, &add);
            over = frame;
            values.push(done(sum));
        });
        values
    }
}
