use super::super::ast::{Field, Function, Scope, Then};
use super::*;

fn fault(text: &str) -> (usize, String) {
    let fault = parse(text).unwrap_err();
    (fault.at, fault.reason)
}

fn filter(text: &str) -> Field {
    let Stage::Spans(Spans::Filter(Some(field))) = parse(text).unwrap_or_else(|f| panic!("{text}: {}", f.reason)).stages.remove(0) else {
        panic!("{text}")
    };
    field
}

#[test]
fn attributes_in_all_scopes() {
    let named = |text: &str| match filter(&format!("{{ {text} = 1 }}")) {
        Field::Compare(_, left, _) => match *left {
            Field::Attribute(a) => (a.scope, a.name, a.parent),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    };
    assert_eq!(named(".a-b.c/d"), (Scope::Any, "a-b.c/d".into(), false));
    assert_eq!(named("span.\"a b\".c"), (Scope::Span, "a b.c".into(), false));
    assert_eq!(named("parent.resource.x"), (Scope::Resource, "x".into(), true));
    assert_eq!(named("event:timeSinceStart"), (Scope::Intrinsic, "event:timeSinceStart".into(), false));
    assert_eq!(named("trace:duration"), (Scope::Intrinsic, "traceDuration".into(), false));
}

#[test]
fn strengths() {
    // && binds stronger than ||, comparison stronger than both, * stronger than +
    let Field::Or(_, right) = filter(r#"{ span.a = 1 || span.b > 1 + 2 * 3 && name != "x" }"#) else { panic!("or") };
    let Field::And(left, _) = *right else { panic!("and") };
    let Field::Compare(Compare::Gt, _, sum) = *left else { panic!("comparison") };
    assert!(matches!(*sum, Field::Compute(Arithmetic::Add, ..)));
    let query = parse(r#"{ name = "a" } >> { status = error } && { kind = server } || { }"#).unwrap();
    let Stage::Spans(Spans::Both(SpanOperator::Or, left, _)) = &query.stages[0] else { panic!("or") };
    assert!(matches!(**left, Spans::Both(SpanOperator::And, ..)));
}

#[test]
fn pipelines_and_metrics() {
    let query = parse(r#"({ span.x != nil } | count() > 2) && { } | by(name) | avg(duration) + 1s >= 2 * 1.5s | select(span.a, status)"#).unwrap();
    assert_eq!(query.stages.len(), 4);
    let query = parse("{ } | quantile_over_time(span.x, 0.5, .9) by (name, .y) | topk(3) > 5ms with (exemplars=true)").unwrap();
    let metrics = query.metrics.unwrap();
    assert_eq!((metrics.function, metrics.quantiles, metrics.by.len()), (Function::Quantile, vec![0.5, 0.9], 2));
    assert!(matches!(metrics.then[..], [Then::Top(3), Then::Compare(Compare::Gt, 0.005)]));
}

#[test]
fn places_of_faults() {
    assert_eq!(fault(r#"{ name = "x""#), (12, "unexpected the end of the query, expected `}` or an operator".into()));
    assert_eq!(fault("{ span.foo >> 3 }").0, 11);
    assert_eq!(fault("{ duration > 5 apples }").0, 15);
    assert_eq!(fault("{ name = 5 }"), (2, "binary operations must operate on the same type: name = 5".into()));
    assert_eq!(fault("{ status > error }").0, 2);
    assert_eq!(fault("{ } | foo()").0, 6);
    assert_eq!(fault("{ duration }"), (2, "span filter field expressions must resolve to a boolean".into()));
    assert_eq!(fault("{ } | sum(name) > 1").0, 10);
    assert_eq!(fault(r#"{ name =~ "(" }"#).0, 10);
    assert_eq!(fault("{ span. = 1 }").0, 7);
}

#[test]
fn what_is_not_evaluated_says_what_is() {
    for text in ["{ } | compare({ status = error })", "({ } | rate()) / ({ } | rate())", "{ } | rate() with (foo=1)"] {
        assert!(parse(text).unwrap_err().instead.is_some(), "{text}");
    }
}

#[test]
fn what_would_exhaust_the_stack_is_refused() {
    for deep in [
        "(".repeat(50_000),
        "{ ".to_string() + &"(".repeat(50_000),
        "{ ".to_string() + &"!".repeat(50_000),
        "{ 1 ".to_string() + &"^ 1 ".repeat(9_000),
    ] {
        assert!(fault(&deep).1.contains("deeper than 150 levels"), "{:?}", fault(&deep));
    }
    for long in ["{ a = 1".replace('a', ".a") + &" || .a = 1".repeat(3_000) + " }", "{ }".to_string() + &" && { }".repeat(5_000)] {
        assert!(fault(&long).1.contains("more than 2000 operators"), "{:?}", fault(&long));
    }
    assert!(fault(&"x".repeat(70_000)).1.contains("longer than 64 KiB"));
    // at the limits there is stack enough, that of a test included
    let fine = ["{ .a = 1".to_string() + &" || .a = 1".repeat(900) + " }", "{ ".to_string() + &"(".repeat(148) + ".a" + &")".repeat(148) + " }"];
    for text in fine {
        assert!(parse(&text).is_ok(), "{:?}", parse(&text).err().map(|f| f.reason));
    }
}
