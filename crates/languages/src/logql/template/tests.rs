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
