//! Questions that nobody asks: of times and steps beyond all bounds. Each is answered or refused, and the run goes on.

use tracemill_model::Lake;

use crate::{Window, logql, promql, traceql};

#[test]
fn times_and_steps_beyond_all_bounds() {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::create(folder.path()).unwrap().snapshot().unwrap();
    let far = "290y";
    for question in [
        format!("count_over_time({{a=\"b\"}}[{far}] offset {far})"),
        format!("count_over_time({{a=\"b\"}}[{far}] offset -{far})"),
        format!("absent_over_time({{a=\"b\"}}[5m] offset -{far})"),
    ] {
        assert!(logql::query(&lake, &question, &logql::Options::default()).is_ok(), "{question}");
    }
    let ask = |question: &str| promql::query(&lake, question, &promql::Options::default());
    for question in [
        "x offset 290y".to_owned(),
        "x offset -290y".to_owned(),
        "x[290y] offset -290y".to_owned(),
        format!("{}vector(1)[1m:1m] offset -290y{}", "max_over_time(".repeat(9), ")[1m:1m] offset -290y".repeat(8) + ")"),
        format!("{}vector(1)[1m:1m] offset 290y{}", "max_over_time(".repeat(9), ")[1m:1m] offset 290y".repeat(8) + ")"),
        "vector(time() * 1e300)".to_owned(),
        "day_of_month(vector(1e300))".to_owned(),
    ] {
        assert!(ask(&question).is_ok(), "{question}: {:?}", ask(&question).err());
    }
    for question in ["vector(1)[100y:1ms]", "max_over_time(vector(1)[1y:1s])"] {
        let refused = ask(question).err().map(|e| e.to_string()).unwrap_or_default();
        assert!(refused.contains("more than 10000000 steps"), "{question}: {refused}");
    }
    let window = Window { start: Some(i64::MAX - 5), end: Some(i64::MAX), step: Some(i64::MAX) };
    assert!(traceql::query(&lake, "{} | rate()", &traceql::Options { window, ..traceql::Options::default() }).is_ok());
    assert!(logql::query(&lake, "vector(1)", &logql::Options { window, ..logql::Options::default() }).is_ok());
}
