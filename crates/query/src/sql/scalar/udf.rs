//! Functions of a row that polars has not, as polars calls them. Border: columns in, a column out; a column of one row stands for all rows.

use polars::prelude::*;
use polars::sql::FunctionOptions;

/// A function of each row by itself, with its result's type.
pub(in crate::sql) fn each<const N: usize>(
    args: [Expr; N],
    to: DataType,
    function: impl Fn(&[Column]) -> PolarsResult<Column> + Send + Sync + 'static,
) -> Expr {
    with(args.to_vec(), to, FunctionOptions::elementwise(), function)
}

/// The same, of any number of arguments.
pub(in crate::sql) fn each_of(args: Vec<Expr>, to: DataType, function: impl Fn(&[Column]) -> PolarsResult<Column> + Send + Sync + 'static) -> Expr {
    with(args, to, FunctionOptions::elementwise(), function)
}

/// A function of columns, of a kind that polars is told.
pub(in crate::sql) fn with(
    args: Vec<Expr>,
    to: DataType,
    options: FunctionOptions,
    function: impl Fn(&[Column]) -> PolarsResult<Column> + Send + Sync + 'static,
) -> Expr {
    let call = move |columns: &mut [Column]| function(columns);
    let field = move |_: &Schema, fields: &[Field]| {
        let name = fields.first().map_or(PlSmallStr::EMPTY, |f| f.name().clone());
        Ok(Field::new(name, to.clone()))
    };
    let mut udf = UserDefinedFunction::new(PlSmallStr::EMPTY, BaseColumnUdf::new(call, field));
    udf.options = options;
    udf.call(args)
}

/// The number of rows of the arguments.
pub(in crate::sql) fn rows(columns: &[Column]) -> usize {
    if columns.iter().any(|c| c.is_empty()) { 0 } else { columns.iter().map(Column::len).max().unwrap_or(0) }
}

/// The cells of an argument that is text.
pub(in crate::sql) struct Texts(StringChunked);

impl Texts {
    pub(in crate::sql) fn of(columns: &[Column], at: usize) -> PolarsResult<Texts> {
        let column = columns.get(at).ok_or_else(|| polars_err!(SQLInterface: "argument {} is missing", at + 1))?;
        Ok(Texts(column.cast(&DataType::String)?.str()?.clone()))
    }

    pub(in crate::sql) fn at(&self, row: usize) -> Option<&str> {
        self.0.get(if self.0.len() == 1 { 0 } else { row })
    }
}

/// The cells of an argument that is a whole number.
pub(in crate::sql) struct Ints(Int64Chunked);

impl Ints {
    pub(in crate::sql) fn of(columns: &[Column], at: usize) -> PolarsResult<Ints> {
        let column = columns.get(at).ok_or_else(|| polars_err!(SQLInterface: "argument {} is missing", at + 1))?;
        Ok(Ints(column.cast(&DataType::Int64)?.i64()?.clone()))
    }

    pub(in crate::sql) fn at(&self, row: usize) -> Option<i64> {
        self.0.get(if self.0.len() == 1 { 0 } else { row })
    }
}

/// A text for each row.
pub(in crate::sql) fn texts<T: AsRef<str>>(columns: &[Column], cell: impl Fn(usize) -> Option<T>) -> Column {
    let cells: StringChunked = (0..rows(columns)).map(cell).collect();
    cells.with_name(name(columns)).into_column()
}

/// A whole number for each row.
pub(in crate::sql) fn ints(columns: &[Column], cell: impl Fn(usize) -> Option<i64>) -> Column {
    let cells: Int64Chunked = (0..rows(columns)).map(cell).collect();
    cells.with_name(name(columns)).into_column()
}

/// A double for each row.
pub(in crate::sql) fn doubles(columns: &[Column], cell: impl Fn(usize) -> Option<f64>) -> Column {
    let cells: Float64Chunked = (0..rows(columns)).map(cell).collect();
    cells.with_name(name(columns)).into_column()
}

/// A truth for each row.
pub(in crate::sql) fn truths(columns: &[Column], cell: impl Fn(usize) -> Option<bool>) -> Column {
    let cells: BooleanChunked = (0..rows(columns)).map(cell).collect();
    cells.with_name(name(columns)).into_column()
}

/// A list of texts for each row.
pub(in crate::sql) fn lists(columns: &[Column], cell: impl Fn(usize) -> Option<Vec<String>>) -> Column {
    let rows = rows(columns);
    let mut builder = ListStringChunkedBuilder::new(name(columns), rows, rows * 4);
    for row in 0..rows {
        match cell(row) {
            Some(texts) => builder.append_values_iter(texts.iter().map(String::as_str)),
            None => builder.append_null(),
        }
    }
    builder.finish().into_column()
}

fn name(columns: &[Column]) -> PlSmallStr {
    columns.first().map_or(PlSmallStr::EMPTY, |c| c.name().clone())
}
