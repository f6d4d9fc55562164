use super::super::ast::{JsonStep, Predicate, Quantity};
use super::*;

fn fault(text: &str) -> (usize, String) {
    let fault = parse(text).unwrap_err();
    (fault.at, fault.reason)
}

#[test]
fn stages_in_their_order() {
    let text = r#"{a="x", b!~"y|z"} |= "one" or "two" != `three` | json c="d.e[0][\"f g\"]" | logfmt --strict
        | size > 20KB and (took >= 1.5s or n == 3), m="v" | line_format "{{.a}}" | label_format x=y, z="{{.b}}" | drop p, q="r" | keep s"#;
    let Expr::Logs(logs) = parse(text).unwrap() else { panic!("records") };
    assert_eq!((logs.matchers.len(), logs.stages.len()), (2, 9));
    let Stage::JsonFields(fields) = &logs.stages[2] else { panic!("json") };
    let field = |name: &str| JsonStep::Field(name.into());
    assert_eq!(fields[0].1, [field("d"), field("e"), JsonStep::Index(0), field("f g")]);
    let Stage::Label(Predicate::And(size, rest)) = &logs.stages[4] else { panic!("filter") };
    assert!(matches!(**size, Predicate::Compare { with: Quantity::Bytes(20_000.0), .. }));
    assert!(matches!(**rest, Predicate::And(..)), "a comma joins all that follows");
}

#[test]
fn and_binds_stronger_than_or() {
    let Expr::Logs(logs) = parse(r#"{a="x"} | b="1" or c="2" and d="3""#).unwrap() else { panic!("records") };
    let Stage::Label(Predicate::Or(_, right)) = &logs.stages[0] else { panic!("or") };
    assert!(matches!(**right, Predicate::And(..)));
}

#[test]
fn operators_by_strength() {
    let Expr::Binary { operator, right, .. } = parse("1 + 2 * 3 ^ 2 > bool 4").unwrap() else { panic!("comparison") };
    assert_eq!((operator, matches!(*right, Expr::Number(4.0))), (Operator::Gt, true));
    let text = r#"sum by (m) (rate({a="x"} | unwrap duration(t) | __error__="" [5m] offset 1h)) / on(m) group_left(n) count(count_over_time({a="x"}[1m])) by (m)"#;
    let Expr::Binary { matching, left, .. } = parse(text).unwrap() else { panic!("quotient") };
    assert_eq!(matching.cardinality, Cardinality::ManyToOne(vec!["n".into()]));
    let Expr::Aggregate { of, .. } = *left else { panic!("sum") };
    let Expr::Range(range) = *of else { panic!("range") };
    assert_eq!((range.range, range.offset), (300_000_000_000, 3_600_000_000_000));
    assert_eq!(range.unwrap.unwrap().filters.len(), 1);
}

#[test]
fn places_of_faults() {
    assert_eq!(fault(r#"{a="x""#), (6, "unexpected the end of the query, expected `}` or `,`".into()));
    assert_eq!(fault(r#"{a="x"} | event.name="y""#).0, 15);
    assert_eq!(fault(r#"{a="x"} |~ "(""#).0, 11);
    assert_eq!(fault(r#"sum({a="x"})"#).0, 4);
    assert_eq!(fault(r#"sum_over_time({a="x"}[5m])"#), (0, "invalid aggregation sum_over_time without unwrap".into()));
    assert_eq!(fault(r#"count_over_time({a="x"}[5m]) by (b)"#).0, 29);
    assert_eq!(fault(r#"count_over_time({a="x"})"#).0, 23);
    assert_eq!(fault(r#"{a=~".*"}"#).0, 0);
    assert_eq!(fault(r#"{a="x"} | pattern "<a><b>""#).0, 18);
    assert_eq!(fault(r#"{a="x"} | foo"#).0, 13);
}

#[test]
fn what_is_not_evaluated_says_what_is() {
    for text in [
        r#"{a="x"} | addr = ip("1.2.3.4")"#,
        r#"{a="x"} |= ip("1.2.3.4")"#,
        r#"{a="x"} | distinct a"#,
        r#"variants(count_over_time({a="x"}[5m])) of ({a="x"}[5m])"#,
    ] {
        assert!(parse(text).unwrap_err().instead.is_some(), "{text}");
    }
}

#[test]
fn amounts() {
    assert_eq!((bytes("20MB"), bytes("1KiB"), bytes("1.5k"), bytes("5 GB"), bytes("x")), (Some(2e7), Some(1024.0), Some(1500.0), Some(5e9), None));
}

#[test]
fn what_would_exhaust_the_stack_is_refused() {
    let deep = ["(".repeat(50_000), "sum(".repeat(10_000), "1 ^ ".repeat(9_000), "{a=\"b\"} | ".to_string() + &"(".repeat(50_000)];
    for text in deep {
        assert!(fault(&text).1.contains("deeper than 150 levels"), "{:?}", fault(&text));
    }
    for long in ["1 + ".repeat(5_000) + "1", "{a=\"b\"} | a=1".to_string() + &" and a=1".repeat(5_000)] {
        assert!(fault(&long).1.contains("more than 2000 operators") || fault(&long).1.contains("deeper"), "{:?}", fault(&long));
    }
    assert!(fault(&"x".repeat(70_000)).1.contains("longer than 64 KiB"));
    let fine = ["1 + ".repeat(900) + "1", "(".repeat(148) + "1" + &")".repeat(148), "{a=\"b\"} | a=1".to_string() + &" or a=1".repeat(900)];
    for text in fine {
        assert!(parse(&text).is_ok(), "{:?}", parse(&text).err().map(|f| f.reason));
    }
}
