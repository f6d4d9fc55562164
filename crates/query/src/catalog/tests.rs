use super::*;
use crate::filters::FilterWords;
use crate::render::{Format, render};
use crate::{fixture, report};

fn json(answer: &Answer) -> String {
    String::from_utf8(render(answer, Format::Json, None).unwrap()).unwrap()
}

fn ask(catalog: &Catalog, sql: &str) -> String {
    json(&catalog.sql(sql, &Filters::default()).unwrap())
}

fn filters(change: impl FnOnce(&mut FilterWords)) -> Filters {
    let mut words = FilterWords::default();
    change(&mut words);
    Filters::parse(&words, "2026-11-23T00:00:00Z".parse().unwrap()).unwrap()
}

#[test]
fn every_report_gives_the_columns_of_its_header() {
    let lakes = [fixture::empty("columns-empty"), fixture::small("columns-small")];
    let reports = report::builtin().unwrap();
    assert!(!reports.is_empty());
    for (lake, report) in lakes.iter().flat_map(|l| reports.iter().map(move |r| (l, r))) {
        let catalog = Catalog::open(&lake.lake).unwrap();
        let answer = catalog.report(report, &Filters::default(), &[]).unwrap_or_else(|e| panic!("{}: {e}", report.name));
        assert_eq!(names_and_types(&answer), documented(&report.columns), "{}", report.name);
    }
}

#[test]
fn every_report_can_be_grouped_by_each_of_its_words() {
    let test = fixture::small("words");
    let catalog = Catalog::open(&test.lake).unwrap();
    for (report, word) in report::builtin().unwrap().iter().flat_map(|r| r.by().iter().map(move |w| (r, w))) {
        let top = NonZeroUsize::new(1).filter(|_| report.rank.is_some());
        let answer = catalog
            .report_top(report, &Filters::default(), std::slice::from_ref(word), top)
            .unwrap_or_else(|e| panic!("{} --by {word}: {e}", report.name));
        let (column, got) = (crate::grouping::column_of(word), names_and_types(&answer));
        assert_eq!(got[0].0, column, "{} --by {word}", report.name);
        assert!(top.is_none() || answer.height() <= 2, "{} --by {word} --top 1: {} rows", report.name, answer.height());
        let own = report.own_grouping();
        let rest = report.columns.iter().filter(|c| !own.contains(&c.name) && c.name != column).cloned().collect::<Vec<_>>();
        let rest = if report.grouped.is_empty() { rest } else { report.grouped.clone() };
        assert_eq!(got[1..], documented(&rest), "{} --by {word}", report.name);
    }
}

fn names_and_types(answer: &Answer) -> Vec<(String, String)> {
    answer.columns().map(|(n, t)| (n.to_owned(), t.name().to_owned())).collect()
}

fn documented(columns: &[report::ReportColumn]) -> Vec<(String, String)> {
    columns.iter().map(|c| (c.name.clone(), c.type_name.clone())).collect()
}

#[test]
fn every_report_names_the_filters_that_apply_to_its_tables() {
    for report in report::builtin().unwrap() {
        let named = named_tables(&report.sql(&[])).unwrap();
        let read: Vec<_> = named.iter().filter(|n| !report.lookups.contains(n)).filter_map(|n| tables::by_name(n)).collect();
        assert!(!read.is_empty(), "{}", report.name);
        let apply: Vec<_> = crate::filters::PARAMETERS.into_iter().filter(|p| read.iter().all(|t| Filters::applies(p, t))).collect();
        assert_eq!(report.parameters, apply, "{}", report.name);
    }
}

#[test]
fn every_report_ends_in_an_order() {
    for report in report::builtin().unwrap() {
        assert!(report.sql(&[]).rsplit_once("ORDER BY").is_some_and(|(_, tail)| !tail.contains("SELECT")), "{}", report.name);
    }
}

#[test]
fn all_tables_are_there_without_a_part() {
    let test = fixture::empty("tables");
    let catalog = Catalog::open(&test.lake).unwrap();
    for table in tables::all() {
        let answer = catalog.sql(&format!("SELECT * FROM {}", table.name), &Filters::default()).unwrap();
        assert_eq!((answer.height(), answer.columns().count()), (0, table.columns.len() + 1), "{}", table.name);
        assert_eq!(json(&answer), "[]\n");
    }
    assert_eq!(ask(&catalog, "SELECT SUM(input_tokens) AS s, COUNT(*) AS n FROM model_calls"), "[\n{\"s\":null,\"n\":0}\n]\n");
}

#[test]
fn ad_hoc_statements_are_answered() {
    let test = fixture::small("adhoc");
    let catalog = Catalog::open(&test.lake).unwrap();
    for (sql, want) in [
        ("SELECT date, COUNT(*) AS n FROM model_calls GROUP BY date", r#"{"date":"2026-11-21","n":3},{"date":"2026-11-22","n":1}"#),
        ("SELECT COUNT(DISTINCT price_id) AS n, COUNT(price_id) AS m FROM model_calls", r#"{"n":1,"m":2}"#),
        ("SELECT time FROM model_calls ORDER BY time LIMIT 1", r#"{"time":"2026-11-21T10:00:01.000000001Z"}"#),
        ("SELECT bounds, bucket_counts, value FROM METRICS WHERE metric = 'h'", r#"{"bounds":[1.0,2.5],"bucket_counts":[1,2,3],"value":null}"#),
        (
            "SELECT GET_JSON_OBJECT(attributes, '$[''event.name'']') AS e, GET_JSON_OBJECT(attributes, '$.n') AS n FROM events",
            r#"{"e":"codex.user_prompt","n":"1"}"#,
        ),
        (
            "SELECT DATE_TRUNC('hour', time) AS h, COUNT(*) AS n FROM model_calls GROUP BY h",
            r#"{"h":"2026-11-21T10:00:00.000000000Z","n":3},{"h":"2026-11-22T23:00:00.000000000Z","n":1}"#,
        ),
        ("SELECT COUNT(*) AS n FROM model_calls WHERE time >= TO_TIMESTAMP('2026-11-21T10:00:03Z')", r#"{"n":2}"#),
        ("SELECT end_time - start_time AS d FROM turns WHERE turn_id = 't1'", r#"{"d":600000000000}"#),
        (
            "SELECT conversation_id AS k, SUM(COALESCE(input_tokens,0)) AS i, COUNT(*) AS responses FROM model_calls WHERE outcome = 'ok' AND input_tokens IS NOT NULL GROUP BY conversation_id",
            r#"{"k":"c1","i":1500,"responses":2},{"k":"c2","i":200,"responses":1}"#,
        ),
    ] {
        let got = ask(&catalog, sql).replace(",\n", ",").replace('\n', "");
        assert_eq!(got, format!("[{want}]"), "{sql}");
    }
}

#[test]
fn a_folder_above_that_is_called_like_a_partition_is_none() {
    let plain = fixture::small("plain");
    let odd = fixture::small("date=1999-01-01");
    let sql = "SELECT * FROM model_calls ORDER BY time";
    assert_eq!(ask(&Catalog::open(&odd.lake).unwrap(), sql), ask(&Catalog::open(&plain.lake).unwrap(), sql));
}

#[test]
fn filters_narrow_the_tables() {
    let test = fixture::small("filters");
    let catalog = Catalog::open(&test.lake).unwrap();
    let count = |table: &str, f: &Filters| {
        let text = json(&catalog.sql(&format!("SELECT COUNT(*) AS n FROM {table}"), f).unwrap());
        text.trim_matches(|c: char| !c.is_ascii_digit()).parse::<u32>().unwrap()
    };
    let since = filters(|w| w.since = Some("2026-11-22".into()));
    let until = filters(|w| w.until = Some("2026-11-22".into()));
    let age = filters(|w| w.since = Some("1d".into()));
    let berlin = filters(|w| (w.since, w.timezone) = (Some("2026-11-23".into()), Some("Europe/Berlin".into())));
    let user = filters(|w| w.user = vec!["bob".into()]);
    let users = filters(|w| w.user = vec!["bob".into(), "ann".into()]);
    let new = filters(|w| w.model = vec!["gpt-new".into()]);
    let conversation = filters(|w| w.conversation = vec!["c2".into()]);
    for (table, filters, want) in [
        ("model_calls", &since, 1),
        ("model_calls", &until, 3),
        ("model_calls", &age, 1),
        ("model_calls", &berlin, 1),
        ("conversations", &since, 1),
        ("tool_calls", &user, 2),
        ("tool_calls", &users, 6),
        ("conversations", &user, 1),
        ("conversations", &new, 1),
        ("model_calls", &new, 1),
        ("turns", &conversation, 1),
        ("metrics", &since, 0),
        ("metrics", &until, 1),
        ("metrics", &Filters::default(), 2),
    ] {
        assert_eq!(count(table, filters), want, "{table} {filters:?}");
    }
    let refused = catalog.sql("SELECT * FROM metrics", &user).unwrap_err();
    assert!(refused.is_usage() && refused.to_string().contains("--user") && refused.to_string().contains("metrics"), "{refused}");
}

#[test]
fn days_are_those_of_the_time_zone() {
    let test = fixture::small("days");
    let catalog = Catalog::open(&test.lake).unwrap();
    let tokens = report::builtin().unwrap().into_iter().find(|r| r.name == "tokens").unwrap();
    let days = |f: &Filters| {
        let answer = catalog.report(&tokens, f, &["day".into()]).unwrap();
        (0..answer.height()).map(|row| answer.cell(row, 0).to_string()).collect::<Vec<_>>()
    };
    assert_eq!(days(&Filters::default()), ["2026-11-21", "2026-11-22"]);
    assert_eq!(days(&filters(|w| w.timezone = Some("Asia/Tokyo".into()))), ["2026-11-21", "2026-11-23"]);
}

#[test]
fn errors_name_what_is_unknown_and_what_there_is() {
    let test = fixture::small("errors");
    let catalog = Catalog::open(&test.lake).unwrap();
    for (sql, want) in [
        ("SELECT * FROM model_cals", ["no table \"model_cals\"", "model_calls"]),
        ("SELECT modle FROM model_calls", ["no column \"modle\"", "model_calls.model"]),
        ("SELEC 1", ["sql: ", "SELEC"]),
        ("SELECT m.modle FROM model_calls AS m", ["no column \"modle\"", "m.model"]),
        ("SELECT * FROM model_calls WHERE time > 'noon'", ["sql: line 1, column 33: ", "'2026-11-22T10:00:00Z'"]),
        ("SELECT model + 1 FROM model_calls", ["sql: line 1, column 8: VARCHAR + BIGINT", "CAST"]),
        ("DELETE FROM model_calls", ["sql: DELETE", "only asked"]),
        ("SELECT no_such(model) FROM model_calls", ["sql: ", "no_such"]),
        ("SELECT 1; SELECT 2", ["sql: ", "one"]),
    ] {
        let error = catalog.sql(sql, &Filters::default()).unwrap_err();
        assert!(error.is_usage() && want.iter().all(|w| error.to_string().contains(w)), "{sql}: {error}");
    }
}

#[test]
fn a_cost_says_its_prices_and_whether_it_is_a_lower_bound() {
    let test = fixture::small("captions");
    let catalog = Catalog::open(&test.lake).unwrap();
    let cost = report::builtin().unwrap().into_iter().find(|r| r.name == "cost").unwrap();
    let answer = catalog.report(&cost, &Filters::default(), &[]).unwrap();
    assert_eq!(
        answer.captions(),
        ["total cost: 0.001500000 USD", "prices: test-prices 2026-11-01", "model calls of unknown cost: 1; costs that include them are lower bounds"]
    );
    let priced = catalog.report(&cost, &filters(|w| w.user = vec!["bob".into()]), &[]).unwrap();
    assert_eq!(priced.captions(), ["total cost: 0.000500000 USD", "prices: test-prices 2026-11-01"]);
    let unpriced = catalog.report(&cost, &filters(|w| w.model = vec!["gpt-new".into()]), &[]).unwrap();
    assert!(!unpriced.captions().iter().any(|c| c.starts_with("total")), "{:?}", unpriced.captions());
}

#[test]
fn the_order_does_not_tell_how_the_rows_came_into_the_lake() {
    let (one, two) = (fixture::empty("order-one"), fixture::empty("order-two"));
    let call = |n: i64| serde_json::json!({"record_id": format!("{:x}", 99 - n), "time": format!("2026-11-22T10:00:0{}Z", n / 2), "model": "m", "outcome": "ok"});
    one.add(&tables::MODEL_CALLS, &(0..9).map(call).collect::<Vec<_>>());
    for n in (0..9).rev() {
        two.add(&tables::MODEL_CALLS, &[call(n)]);
    }
    let (one, two) = (Catalog::open(&one.lake).unwrap(), Catalog::open(&two.lake).unwrap());
    for sql in [
        "SELECT * FROM model_calls",
        "SELECT record_id FROM model_calls ORDER BY time LIMIT 5",
        "SELECT record_id, model FROM model_calls WHERE outcome = 'ok'",
    ] {
        assert_eq!(ask(&one, sql), ask(&two, sql), "{sql}");
    }
    assert!(ask(&one, "SELECT model, time FROM model_calls").find("10:00:00") < ask(&one, "SELECT model, time FROM model_calls").find("10:00:04"));
}

#[test]
fn a_column_younger_than_the_part_reads_as_null() {
    let test = fixture::empty("older");
    let older: &'static Table = Box::leak(Box::new(Table { name: "turns", row: "", columns: &tables::TURNS.columns[..6], sort: tables::TURNS.sort }));
    test.add(older, &[serde_json::json!({"turn_id": "old", "start_time": "2026-11-20T10:00:00Z"})]);
    test.add(&tables::TURNS, &[serde_json::json!({"turn_id": "new", "start_time": "2026-11-21T10:00:00Z", "outcome": "completed"})]);
    let got = ask(&Catalog::open(&test.lake).unwrap(), "SELECT turn_id, outcome, date FROM turns ORDER BY date");
    assert_eq!(
        got,
        "[\n{\"turn_id\":\"old\",\"outcome\":null,\"date\":\"2026-11-20\"},\n{\"turn_id\":\"new\",\"outcome\":\"completed\",\"date\":\"2026-11-21\"}\n]\n"
    );
}

mod figures;
mod held;
mod metrics;
mod whose;
