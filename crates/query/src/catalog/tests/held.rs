//! One who asks many questions gets the answers of one who asks each by itself.

use super::*;

/// The catalog of each kind.
fn both(lake: &fixture::TestLake) -> (Catalog, Catalog) {
    (Catalog::open(&lake.lake).unwrap(), Catalog::open(&lake.lake).unwrap().for_many_questions())
}

#[test]
fn every_report_is_answered_the_same_from_memory() {
    let windows = [filters(|_| ()), filters(|w| w.since = Some("2026-11-22".into())), filters(|w| w.user = vec!["ann".into()])];
    for lake in [fixture::empty("held-empty"), fixture::small("held-small")] {
        let (each, many) = both(&lake);
        for (report, window) in report::builtin().unwrap().iter().flat_map(|r| windows.iter().map(move |w| (r, w))) {
            let word = report.by().last().filter(|_| window.values().count() > 0);
            for by in [Vec::new(), word.into_iter().cloned().collect()] {
                let answer = |catalog: &Catalog| match catalog.report(report, window, &by) {
                    Ok(answer) => (json(&answer), answer.captions().to_vec(), answer.summary()),
                    // a filter that the report's tables have not
                    Err(error) => {
                        assert!(window.values().count() > 0 && error.is_usage(), "{}: {error}", report.name);
                        (error.to_string(), Vec::new(), String::new())
                    }
                };
                assert_eq!(answer(&many), answer(&each), "{} --by {by:?} {window:?}", report.name);
            }
        }
        assert!(each.held.is_none() && many.held.is_some_and(|held| held.len() > 10));
    }
}

#[test]
fn a_column_is_read_when_it_is_asked_for_from_files_of_any_age() {
    let test = fixture::empty("held-older");
    let older: &'static Table = Box::leak(Box::new(Table { name: "turns", row: "", columns: &tables::TURNS.columns[..6], sort: tables::TURNS.sort }));
    test.add(older, &[serde_json::json!({"turn_id": "old", "start_time": "2026-11-20T10:00:00Z"})]);
    let new = |n: i64| serde_json::json!({"turn_id": format!("new{n}"), "start_time": format!("2026-11-2{n}T10:00:00Z"), "outcome": "completed"});
    test.add(&tables::TURNS, &(1..4).map(new).collect::<Vec<_>>());
    let (each, many) = both(&test);
    for sql in [
        "SELECT COUNT(*) AS n FROM turns",
        "SELECT turn_id FROM turns ORDER BY turn_id",
        "SELECT turn_id, outcome, date FROM turns ORDER BY date",
        "SELECT * FROM turns LIMIT 3",
        "SELECT a.turn_id, b.outcome FROM turns a JOIN turns b ON a.turn_id = b.turn_id AND b.outcome IN (SELECT outcome FROM turns) ORDER BY 1",
    ] {
        for window in [filters(|_| ()), filters(|w| w.since = Some("2026-11-22".into())), filters(|w| w.until = Some("2026-11-19".into()))] {
            let answer = |catalog: &Catalog| json(&catalog.sql(sql, &window).unwrap());
            assert_eq!(answer(&many), answer(&each), "{sql} {window:?}");
        }
    }
}

#[test]
fn a_file_that_is_gone_is_told() {
    let test = fixture::small("held-gone");
    let many = Catalog::open(&test.lake).unwrap().for_many_questions();
    let part = test.lake.snapshot().unwrap().parts("turns").next().unwrap().path.clone();
    std::fs::remove_file(&part).unwrap();
    let error = many.sql("SELECT turn_id FROM turns", &Filters::default()).unwrap_err().to_string();
    assert!(error.contains(&part.display().to_string()), "{error}");
}
