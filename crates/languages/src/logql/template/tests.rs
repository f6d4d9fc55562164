use super::execute::Context;
use super::*;

fn shown(template: &str) -> Result<String, String> {
    let label = |name: &str| match name {
        "model" => Some("gpt-5.5".to_string()),
        "tokens" => Some("4100".to_string()),
        "body" => Some(r#"{"a":[{"b":"x"},{"b":"y"}]}"#.to_string()),
        _ => None,
    };
    let context = Context { label: &label, line: "the line", time: 1_795_369_236_414_726_112 };
    Template::parse(template).map_err(|f| f.reason)?.execute(&context)
}

#[test]
fn labels_functions_and_pipes() {
    let cases = [
        ("{{.model}} in={{.tokens}} {{.none}}.", "gpt-5.5 in=4100 ."),
        ("{{ .model | upper | replace \"-\" \"_\" }}", "GPT_5.5"),
        ("{{ Replace .model \"5\" \"6\" 1 }}", "gpt-6.5"),
        ("{{ add 1 .tokens 2 }} {{ div .tokens 1000 }} {{ divf .tokens 1000 }}", "4103 4 4.1"),
        ("{{ if eq .model \"x\" }}a{{ else if hasPrefix \"gpt\" .model }}b{{ else }}c{{ end }}", "b"),
        ("{{ range $i, $e := (fromJson .body).a }}{{ $i }}={{ $e.b }};{{ end }}", "0=x;1=y;"),
        ("{{ with .model }}<{{ . }}>{{ end }}{{ with .none }}no{{ else }}none{{ end }}", "<gpt-5.5>none"),
        ("a {{- \" b \" -}} c", "a b c"),
        ("{{ printf \"%5.1f|%-6s|%03d|%q\" 2.55 \"ab\" 7 \"x\" }}", "  2.5|ab    |007|\"x\""),
        ("{{ __line__ | trunc 3 }} {{ __timestamp__ | date \"2006-01-02T15:04:05.000Z07:00\" }}", "the 2026-11-22T17:40:36.414Z"),
        ("{{ \"2026-11-22\" | toDate \"2006-01-02\" | unixEpoch }}", "1795305600"),
        ("{{ regexReplaceAll \"(g)pt\" .model \"${1}x\" }} {{ .model | count \"5\" }}", "gx-5.5 2"),
        ("{{ alignLeft 5 \"ab\" }}|{{ alignRight 2 \"abc\" }}|{{ \"a b&c\" | urlencode }}", "ab   |bc|a+b%26c"),
        ("{{ $x := .tokens }}{{ $x | int | mul 2 }} {{ default \"-\" .none }}", "8200 -"),
        ("{{ \"aGk=\" | b64dec }} {{ \"1m30s\" | duration }} {{ bytes \"2kB\" }}", "hi 90 2000"),
        ("{{ and .model .none | not }} {{ or .none \"z\" }}", "true z"),
    ];
    for (template, expected) in cases {
        assert_eq!(shown(template).as_deref(), Ok(expected), "{template}");
    }
}

#[test]
fn what_is_wrong_is_said() {
    assert_eq!(shown("{{.x"), Err("invalid template: unclosed action".into()));
    assert_eq!(shown("{{ nosuch .x }}"), Err("invalid template: function \"nosuch\" not defined".into()));
    assert!(shown("{{ if .x }}a").is_err() && shown("{{ end }}").is_err() && shown("{{ div 1 0 }}").is_err() && shown("{{ lower }}").is_err());
    assert_eq!(Template::parse("{{ template \"x\" }}").unwrap_err().reason, "`template` in a template");
}

#[test]
fn a_template_that_would_fill_memory_or_never_end_is_an_error() {
    let doubled = "{{ $x := \"0123456789abcdef\" }}".to_string() + &"{{ $x := printf \"%s%s\" $x $x }}".repeat(60) + "{{ $x }}";
    let lists = "{{ range 1000 }}{{ range 1000 }}{{ range 1000 }}{{ end }}{{ end }}{{ end }}";
    let inserted = "{{ $x := repeat 1000000 \"ab\" }}{{ Replace $x \"\" $x -1 }}";
    let matched = "{{ $x := repeat 1000000 \"ab\" }}{{ regexReplaceAll \"b?\" $x $x }}";
    for (template, reason) in [
        (doubled.as_str(), "longer than"),
        ("{{ range 100000000000 }}{{ end }}", "steps"),
        (lists, "steps"),
        ("{{ range 1000 }}{{ repeat 1000000 \"x\" }}{{ end }}", "longer than"),
        (inserted, "longer than"),
        (matched, "longer than"),
    ] {
        assert!(shown(template).unwrap_err().contains(reason), "{template:.40}");
    }
    for (template, length) in [
        ("{{ alignLeft 9223372036854775807 \"ab\" }}", 10_000),
        ("{{ alignRight 9223372036854775807 \"ab\" }}", 10_000),
        ("{{ printf \"%.9999999999f\" 2.5 }}", 10_002),
        ("{{ printf \"%.99999e\" 2.5 }}", 10_006),
    ] {
        assert_eq!(shown(template).unwrap().len(), length, "{template}");
    }
}

#[test]
fn a_template_of_brackets_alone_is_refused() {
    for deep in ["(".repeat(50_000), "if true}}{{".repeat(5_000), "with .a}}{{".repeat(5_000)] {
        assert!(Template::parse(&format!("{{{{{deep}}}}}")).unwrap_err().reason.contains("brackets and blocks"));
    }
    let fine = "{{".to_string() + &"(".repeat(149) + ".model" + &")".repeat(149) + "}}";
    assert_eq!(shown(&fine).as_deref(), Ok("gpt-5.5"));
}
