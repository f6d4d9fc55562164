//! The stacks of profiles. Border: the table `profiles` has them, innermost frame first; what a sample counts is its type's business.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Flame;
use crate::catalog::Catalog;
use crate::error::QueryError;
use crate::filters::Filters;
use crate::timeline::Cells;

/// What is known of a frame; the rest of it does not matter here.
#[derive(Debug, Deserialize)]
struct Frame {
    function: Option<String>,
    system_name: Option<String>,
    mapping: Option<String>,
    address: Option<String>,
}

impl Frame {
    fn name(self) -> String {
        let Frame { function, system_name, mapping, address } = self;
        let place = || match (mapping, address) {
            (Some(mapping), Some(address)) => Some(format!("{mapping}+{address}")),
            (mapping, address) => address.or(mapping),
        };
        function.or(system_name).filter(|n| !n.is_empty()).or_else(place).unwrap_or_else(|| "?".to_owned())
    }
}

pub(super) fn flame(catalog: &Catalog, filters: &Filters, sample_type: Option<&str>) -> Result<Flame, QueryError> {
    let types = catalog.sql(
        "SELECT COALESCE(sample_type, '') AS sample_type, MAX(sample_unit) AS unit, COUNT(*) AS samples FROM profiles GROUP BY 1 ORDER BY samples DESC, 1",
        filters,
    )?;
    let known: BTreeMap<String, Option<String>> =
        Cells::rows(&types).map(|row| (row.text("sample_type").unwrap_or_default(), row.text("unit"))).collect();
    let chosen = match (sample_type, known.len()) {
        (Some(name), _) if known.contains_key(name) => name.to_owned(),
        (None, 1) => known.keys().next().cloned().unwrap_or_default(),
        (None, 0) => {
            return Err(QueryError::Unknown {
                what: "profile",
                name: "(any)".to_owned(),
                known: vec!["none in the lake, or none that the filters keep".to_owned()],
            });
        }
        (name, _) => {
            let name = name.unwrap_or("(not said which)").to_owned();
            return Err(QueryError::Unknown { what: "sample type", name, known: known.into_keys().collect() });
        }
    };
    let sql = format!(
        "SELECT service_name, stack, SUM(value) AS value, COUNT(*) AS samples FROM profiles WHERE COALESCE(sample_type, '') = '{}' \
         GROUP BY service_name, stack ORDER BY service_name, stack",
        chosen.replace('\'', "''")
    );
    let answer = catalog.sql(&sql, filters)?;
    let unit = known.get(&chosen).cloned().flatten().unwrap_or_else(|| "count".to_owned());
    let mut flame = Flame {
        what: format!("profiles: {}", if chosen.is_empty() { "samples" } else { &chosen }),
        unit: if unit == "nanoseconds" { "ns".to_owned() } else { unit },
        ..Flame::default()
    };
    let mut samples = 0;
    for row in Cells::rows(&answer) {
        let frames: Vec<Frame> = row.text("stack").and_then(|s| serde_json::from_str(&s).ok()).unwrap_or_default();
        let mut stack: Vec<String> = row.text("service_name").into_iter().collect();
        if frames.is_empty() {
            stack.push("(no stack)".to_owned());
        }
        stack.extend(frames.into_iter().rev().map(Frame::name));
        flame.add(&stack, row.int("value").unwrap_or(0));
        samples += row.int("samples").unwrap_or(0);
    }
    flame.rows = usize::try_from(samples).unwrap_or(0);
    Ok(flame)
}
