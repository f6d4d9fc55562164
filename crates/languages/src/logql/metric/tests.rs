use super::super::ast::Expr;
use super::super::parse::parse;
use super::*;

fn vector(question: &str) -> Vec<(String, f64)> {
    let expr = parse(question).unwrap_or_else(|f| panic!("{question}: {}", f.reason));
    let run = Run { data: FxHashMap::default() };
    match run.at(&expr, 0).unwrap() {
        Now::Scalar(number) => vec![("scalar".into(), number)],
        Now::Vector(samples) => samples.iter().map(|s| (crate::vector::shown(&s.labels), s.value.float().unwrap())).collect(),
    }
}

#[test]
fn numbers_and_vectors() {
    assert_eq!(vector("2 ^ 3 ^ 2 - 1"), [("scalar".into(), 511.0)]);
    assert_eq!(vector("vector(3) > bool 2"), [("{}".into(), 1.0)]);
    assert_eq!(vector("vector(3) < 2"), []);
    assert_eq!(vector(r#"label_replace(vector(1), "a", "b$1", "none", "(.*)")"#), [("{a=\"b\"}".into(), 1.0)]);
    assert_eq!(vector(r#"absent_over_time({a="x", b=~"y"}[5m])"#), [("{a=\"x\"}".into(), 1.0)]);
    assert_eq!(vector("sort_desc(vector(1)) or vector(2)").len(), 1);
}

#[test]
fn order_is_kept_where_it_is_asked_for() {
    let is_ordered = |question: &str| ordered(&parse(question).unwrap());
    assert!(is_ordered("topk(2, vector(1))") && is_ordered("sort(vector(1)) * 2") && !is_ordered("sum(vector(1))"));
    assert!(matches!(parse("vector(1)").unwrap(), Expr::Vector(1.0)));
}
