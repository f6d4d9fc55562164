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
        let got: Vec<_> = answer.columns().map(|(n, t)| (n.to_owned(), t.name().to_owned())).collect();
        let want: Vec<_> = report.columns.iter().map(|c| (c.name.clone(), c.type_name.clone())).collect();
        assert_eq!(got, want, "{}", report.name);
        for word in &report.by {
            let by = [word.clone()];
            let answer = catalog.report(report, &Filters::default(), &by).unwrap_or_else(|e| panic!("{} --by {word}: {e}", report.name));
            assert_eq!(answer.columns().next().map(|c| c.0), Some(grouping::column_of(word)), "{} --by {word}", report.name);
        }
    }
}

#[test]
fn every_report_names_the_filters_that_apply_to_its_tables() {
    for report in report::builtin().unwrap() {
        let named = named_tables(&report.sql(&[])).unwrap();
        let read: Vec<_> = named.iter().filter_map(|n| tables::by_name(n)).collect();
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
        ("SELECT m.modle FROM model_calls AS m", ["no column \"modle\"", "model_calls.model"]),
        ("SELECT * FROM model_calls WHERE time > '2026-11-22T00:00:00Z'", ["sql: ", "TO_TIMESTAMP"]),
        ("SELECT model + 1 FROM model_calls", ["sql: ", "arithmetic"]),
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
        ["total cost: 0.001500000 USD", "prices: test-prices 2026-11-01", "model calls without a price: 1; costs that include them are lower bounds"]
    );
    let priced = catalog.report(&cost, &filters(|w| w.user = vec!["bob".into()]), &[]).unwrap();
    assert_eq!(priced.captions(), ["total cost: 0.000500000 USD", "prices: test-prices 2026-11-01"]);
    let unpriced = catalog.report(&cost, &filters(|w| w.model = vec!["gpt-new".into()]), &[]).unwrap();
    assert!(!unpriced.captions().iter().any(|c| c.starts_with("total")), "{:?}", unpriced.captions());
}

/// A report's answer about the small lake as CSV, without the header.
fn rows(report: &str, by: &[&str]) -> Vec<String> {
    let test = fixture::small(&format!("rows-{report}-{}", by.join("-")));
    let catalog = Catalog::open(&test.lake).unwrap();
    let report = report::builtin().unwrap().into_iter().find(|r| r.name == report).unwrap();
    let by: Vec<String> = by.iter().map(|b| (*b).to_owned()).collect();
    let text = render(&catalog.report(&report, &Filters::default(), &by).unwrap(), Format::Csv, None).unwrap();
    String::from_utf8(text).unwrap().lines().skip(1).map(str::to_owned).collect()
}

#[test]
fn tokens_are_summed_and_unknown_ones_stay_unknown() {
    assert_eq!(rows("tokens", &[]), ["codex,gpt-a,3,2,0,1200,600,,120,,1320,0.5,log", "codex,gpt-new,1,1,0,500,250,,50,,550,0.5,log"]);
    assert_eq!(rows("tokens", &["user"]), ["ann,3,2,0,1500,750,,150,,1650,0.5,log", "bob,1,1,0,200,100,,20,,220,0.5,log"]);
}

#[test]
fn a_call_without_a_price_has_no_cost_and_is_listed() {
    let got = rows("cost", &[]);
    assert_eq!(got.len(), 3);
    assert!(got[0].starts_with("codex,gpt-a,openai/gpt-a@2026-01-01,2,1320,0.0015,false,0,0.0015,,"), "{got:?}");
    // the failed attempt: no tokens, no price, no cost, and nothing unpriced
    assert!(got[1].starts_with("codex,gpt-a,,1,,,false,0,,,"), "{got:?}");
    assert!(got[2].starts_with("codex,gpt-new,,1,550,,true,1,,,"), "{got:?}");
    assert!(rows("cost", &["environment"])[0].starts_with("dev,4,1870,0.0015,true,1,"));
}

#[test]
fn models_have_their_shares() {
    let got = rows("models", &[]);
    assert!(
        got[0].starts_with(
            "codex,gpt-a,2,2,3,2,1,1320,0.0015,false,1.0,0.7058823529411765,2026-11-21T10:00:01.000000001Z,2026-11-22T23:30:00.000000000Z,"
        ),
        "{got:?}"
    );
    assert!(got[1].starts_with("codex,gpt-new,1,1,1,1,0,550,,true,,0.29411764705882354,"), "{got:?}");
}

#[test]
fn tools_have_rates_intervals_and_exact_quantiles() {
    let got = rows("tools", &[]);
    // exec_command: ok 1 ms, failed 2 ms, denied 3 ms, ok 1 ms. Wilson for 1 of 3: 0.0615…0.7923 (R: binom::binom.confint "wilson", z = 1.96)
    let exec: Vec<&str> = got[1].split(',').collect();
    assert_eq!(exec[..9], ["codex", "", "exec_command", "4", "2", "1", "1", "0", "0"], "{got:?}");
    let number = |n: usize| exec[n].parse::<f64>().unwrap();
    assert!((number(9) - 1.0 / 3.0).abs() < 1e-12 && (number(10) - 0.0615).abs() < 1e-4 && (number(11) - 0.7923).abs() < 1e-4, "{got:?}");
    // type 7 over 1, 1, 2
    for (n, want) in (12..19).zip([1.0, 1.8, 1.9, 1.98, 2.0, 4.0, 3.0]) {
        assert!((number(n) - want).abs() < 1e-9, "{got:?}");
    }
    assert_eq!(exec[19..], ["3", "1", "1"], "{got:?}");
    // one call of one: the interval does not reach beyond 0 or 1
    let echo: Vec<&str> = got[0].split(',').collect();
    assert_eq!((echo[2], echo[9], echo[10]), ("echo", "0.0", "0.0"), "{got:?}");
    let shell: Vec<&str> = got[2].split(',').collect();
    assert!(shell[9] == "1.0" && shell[10].starts_with("0.206543") && shell[11] == "1.0", "{got:?}");
}

#[test]
fn failures_say_what_ran() {
    let got = rows("failures", &[]);
    assert_eq!(got.len(), 2);
    assert!(got[0].starts_with("2026-11-21T10:00:02.000000000Z,c1,,exec_command,ls /nowhere,exit_code,2,,true,2.0,t1,"), "{got:?}");
    assert!(got[1].starts_with("2026-11-22T10:00:02.000000000Z,c2,,shell,exit 9,exit_code,2,"), "{got:?}");
}

#[test]
fn a_configured_server_without_a_call_is_there() {
    let got = rows("mcp", &[]);
    assert!(got[0].starts_with("demo,echo,1,1,1,1,0,0,0,0,0.0,4.0,4.0,4.0,4.0,2026-11-21T10:00:04"), "{got:?}");
    assert_eq!(got[1..], ["spare,,1,0,0,0,0,0,0,0,,,,,,,"]);
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
