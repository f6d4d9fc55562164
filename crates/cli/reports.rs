//! `tracemill reports`: the list of them, or all of them at once into a folder. The same lake gives the same bytes.

use std::path::Path;

use anyhow::Context;
use jiff::Timestamp;
use tracemill_query::{Catalog, Filters, Format, QueryError, Report, describe_reports, render};

use crate::args::{OutputArgs, ReportsArgs, say};
use crate::failure::{End, Failure};
use crate::plan::reports;
use crate::{lake_path, report};

/// Runs `tracemill reports`.
pub fn run(args: &ReportsArgs) -> Result<End, Failure> {
    let reports = reports(&args.queries)?;
    let Some(folder) = &args.output_dir else {
        if args.format.len() > 1 {
            return Err(Failure::usage("several formats are for a folder; give one with --output-dir DIR"));
        }
        let format = args.format.first().copied().unwrap_or_default();
        return report::write_answer(&describe_reports(&reports)?, &OutputArgs { format, output: None });
    };
    let formats = if args.format.is_empty() { &[Format::Csv, Format::Parquet] } else { &args.format[..] };
    let filters = Filters::parse(&args.filters.words(), Timestamp::now())?;
    let catalog = Catalog::open(&lake_path::open(args.lake.lake.as_deref())?)?.for_many_questions();
    report::tell_unknown(&catalog, &filters)?;
    write(&catalog, &reports, &filters, folder, formats)?;
    Ok(End::Done)
}

/// Writes every report into the folder, `<report>.<extension>`, and says so. A report that one of the filters cannot apply to is left out,
/// and that is said too.
pub fn write(catalog: &Catalog, reports: &[Report], filters: &Filters, folder: &Path, formats: &[Format]) -> Result<(), Failure> {
    std::fs::create_dir_all(folder).with_context(|| format!("{}", folder.display()))?;
    let mut written = 0;
    for report in reports {
        let answer = match catalog.report(report, filters, &[]) {
            Err(error @ QueryError::Filter { .. }) => {
                say(&format!("{} is left out: {error}", report.name));
                continue;
            }
            other => other.map_err(|e| Failure::from(e).of(&report.name))?,
        };
        for format in formats {
            report::write_file(&folder.join(format!("{}.{}", report.name, format.extension())), &render(&answer, *format, None)?)?;
        }
        written += 1;
    }
    let formats = formats.iter().map(|f| f.name()).collect::<Vec<_>>().join(" and ");
    say(&format!("{written} reports as {formats} in {}", folder.display()));
    Ok(())
}
