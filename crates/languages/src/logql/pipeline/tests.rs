use super::super::ast::Expr;
use super::super::parse::parse;
use super::*;

/// Runs the stages behind `{a="x"}` over a line; the line and labels that come out.
fn after(stages: &str, line: &str, labels: &[(&str, &str)]) -> Option<String> {
    let Expr::Logs(logs) = parse(&format!("{{a=\"x\"}} {stages}")).unwrap_or_else(|f| panic!("{stages}: {}", f.reason)) else { panic!("records") };
    let fields = Fields::of(labels.iter().map(|(n, v)| ((*n).into(), (*v).into(), Category::Metadata)).collect());
    let mut entry = Entry { time: 0, line: line.into(), fields };
    run(&logs.stages, &mut entry).then(|| {
        let labels: Vec<String> = entry.fields.iter().map(|(n, v, _)| format!("{n}={v}")).collect();
        format!("{} {{{}}}", entry.line, labels.join(","))
    })
}

#[test]
fn lines() {
    let kept = |stages: &str, line: &str| after(stages, line, &[]).is_some();
    assert!(kept("|= \"a\" or \"b\"", "xb") && !kept("!= \"a\" or \"b\"", "xb") && kept("!= \"a\" or \"b\"", "xc"));
    assert!(kept("|~ \"^x.b$\"", "xab") && !kept("!~ \"a\"", "xab"));
    assert!(kept("|> \"<_>error<_>\"", "an error!") && !kept("|> \"<_>error<_>\"", "error!") && kept("!> \"a <_>\"", "b c"));
}

#[test]
fn parsers_make_labels() {
    let json = r#"{"a":"x","b":{"c d":1,"e":[1]},"1st":true,"n":null}"#;
    assert_eq!(after("| json", json, &[("a", "m")]).unwrap(), format!("{json} {{_1st=true,a=m,a_extracted=x,b_c_d=1,n=}}"));
    assert_eq!(after("| json v=\"b.e[0]\", w=\"none\" | line_format \"\"", json, &[]).unwrap(), " {v=1,w=}");
    assert_eq!(
        after("| json | keep x", "42", &[]).unwrap(),
        "42 {__error__=JSONParserErr,__error_details__=Value looks like object, but can't find closing '}' symbol}"
    );
    assert_eq!(after("| logfmt", "lvl=info msg=\"a \\\"b\" bare empty=", &[]).unwrap(), "lvl=info msg=\"a \\\"b\" bare empty= {lvl=info,msg=a \"b}");
    assert_eq!(after("| logfmt --keep-empty | keep bare, empty", "bare empty= x=1", &[]).unwrap(), "bare empty= x=1 {bare=,empty=}");
    assert_eq!(after("| logfmt m=\"msg\"", "msg=hi x=1", &[]).unwrap(), "msg=hi x=1 {m=hi}");
    assert_eq!(after("| pattern \"<ip> - <_> <path> end\"", "1.2 - u /p end", &[]).unwrap(), "1.2 - u /p end {ip=1.2,path=/p}");
    assert_eq!(after("| regexp \"(?P<k>\\\\w+)=(?P<v>\\\\d+)\"", "x a=5", &[]).unwrap(), "x a=5 {k=a,v=5}");
    assert_eq!(after("| unpack", "{\"a\":\"1\",\"_entry\":\"the line\"}", &[]).unwrap(), "the line {a=1}");
    assert_eq!(after("| decolorize", "\u{1b}[31mred\u{1b}[0m", &[]).unwrap(), "red {}");
}

#[test]
fn filters_of_labels() {
    let labels = [("ms", "17"), ("took", "1m30s"), ("size", "20KB"), ("name", "gpt")];
    let kept = |stages: &str| after(stages, "", &labels).is_some();
    assert!(kept("| ms > 16 and took <= 90s") && !kept("| ms > 17") && kept("| size >= 20000B") && !kept("| none > 0") && kept("| none!=\"x\""));
    assert!(kept("| ms=17") && kept("| name=~\"g.*\" or ms > 100") && !kept("| name=\"x\", ms > 1"));
    // what cannot be read passes and says so, and the error can be asked for
    let noted = after("| ms > 5ms | keep none", "", &labels).unwrap();
    assert_eq!(noted, " {__error__=LabelFilterErr,__error_details__=time: missing unit in duration \"17\"}");
    assert!(!kept("| name > 5 | __error__=\"\"") && kept("| name > 5 | ms > 100"));
}

#[test]
fn formats() {
    let labels = [("a", "1"), ("b", "2")];
    assert_eq!(after("| label_format c=a, d=\"{{.b}}!\"", "x", &labels).unwrap(), "x {b=2,c=1,d=2!}");
    assert_eq!(after("| line_format \"{{.a}}-{{__line__}}\" | drop a, b=\"9\"", "x", &labels).unwrap(), "1-x {b=2}");
    let failed = after("| line_format \"{{div 1 0}}\"", "x", &[]).unwrap();
    assert!(failed.starts_with("x {__error__=TemplateFormatErr"), "{failed}");
}
