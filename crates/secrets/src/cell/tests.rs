use super::*;
use crate::rule::Kinds;

fn cells(kinds: Kinds, whole: &[(&'static str, &str)]) -> Cells {
    let mut names = Whole::default();
    whole.iter().for_each(|(word, name)| names.add(word, [*name]));
    Cells::new(Arc::new(Rules::embedded().unwrap()), kinds, Arc::new(names))
}

/// A token of GitHub's form, made here so that none stands in the source.
fn token() -> String {
    format!("gh{}_{}", 'p', "a1B2c3D4".repeat(5))[..40].to_owned()
}

fn find(json: &str) -> Vec<(String, usize, String)> {
    let mut cells = cells(Kinds::ALL, &[]);
    let mut out = Vec::new();
    cells.find_json("attributes", json, &mut out);
    out.into_iter().map(|s| (s.field.to_string(), s.offset, cells.rules().list()[s.rule].id.clone())).collect()
}

fn redact(json: &str, whole: &[(&'static str, &str)]) -> (Option<String>, String) {
    let mut kinds = Replaced::default();
    let redacted = cells(Kinds::ALL, whole).redact_json(json, &mut kinds);
    (redacted, kinds.words())
}

fn spot(field: &str, offset: usize, rule: &str) -> (String, usize, String) {
    (field.to_owned(), offset, rule.to_owned())
}

#[test]
fn offsets_are_of_the_value_however_deep_in_escapes_the_secret_lies() {
    let token = token();
    for value in [
        format!("use {token}"),
        format!(r#"{{\"cmd\": \"echo\\n{token}\"}}"#),
        format!(r#"Call {{ arguments: \"{{\\\"cmd\\\": \\\"x\\\\n{token}\\\"}}\" }}"#),
        format!(r"a\n{token}"),
    ] {
        let offset = decoded(&value).find(&token).unwrap();
        let json = format!(r#"{{"a":1,"output":"{value}"}}"#);
        assert_eq!(find(&json), [spot("attributes.output", offset, "github-pat")], "{value}");
        let (redacted, kinds) = redact(&json, &[]);
        assert_eq!((redacted.unwrap(), kinds.as_str()), (json.replace(&token, "[secret:github-pat]"), "secret"));
    }
}

#[test]
fn the_same_secret_twice_is_found_twice_and_in_keys_lists_and_maps() {
    let token = token();
    let json = format!(r#"{{"l":["{token} {token}",{{"k":"{token}"}}],"{token}":1}}"#);
    let at = |field: &str, offset| spot(field, offset, "github-pat");
    let last = format!("attributes.{token}");
    assert_eq!(find(&json), [at("attributes.l[0]", 0), at("attributes.l[0]", 41), at("attributes.l[1].k", 0), at(&last, 0)]);
    assert!(!redact(&json, &[]).0.unwrap().contains(&token));
}

#[test]
fn a_value_is_looked_at_with_its_name() {
    assert_eq!(find(r#"{"db.password":"hunter2-42"}"#), [spot("attributes.db.password", 0, "password-assignment")]);
    assert_eq!(find(r#"{"user":{"account_id":"1234-5678-90ab"}}"#), [spot("attributes.user.account_id", 0, "account-id")]);
    assert_eq!(find(r#"{"user.account_id":"1234-5678-90ab"}"#), [spot("attributes.user.account_id", 0, "account-id")]);
    assert_eq!(find(r#"{"db.pass":"hunter2-42","input_token_count":"14000000000"}"#), []);
}

#[test]
fn what_was_looked_at_before_changes_nothing() {
    let token = token();
    let values = ["hunter2-42", "db.password=hunter2-42", "password", "", "jane@example.com", &token];
    let names = ["db.password", "a", "db.password=hunter2", "user.account_id", "z"];
    let pairs: Vec<(&str, &str)> = names.iter().flat_map(|name| values.iter().map(move |value| (*name, *value))).collect();
    let json = |(name, value): (&str, &str)| format!(r#"{{"{name}":"{value}"}}"#);
    let mut used = cells(Kinds::ALL, &[]);
    for (first, then) in pairs.iter().flat_map(|first| pairs.iter().map(move |then| (*first, *then))) {
        for one in [first, then] {
            let (mut found, mut kinds) = (Vec::new(), Replaced::default());
            used.find_json("attributes", &json(one), &mut found);
            let redacted = used.redact_json(&json(one), &mut kinds);
            let at: Vec<_> = found.into_iter().map(|s| (s.field, s.offset, used.rules().list()[s.rule].id.clone())).collect();
            // a catalog of rules for each pair would take minutes
            let mut fresh = Cells::new(Arc::clone(&used.rules), Kinds::ALL, Arc::new(Whole::default()));
            let (mut expected, mut replaced) = (Vec::new(), Replaced::default());
            fresh.find_json("attributes", &json(one), &mut expected);
            let expected: Vec<_> = expected.into_iter().map(|s| (s.field, s.offset, used.rules().list()[s.rule].id.clone())).collect();
            assert_eq!((at, redacted), (expected, fresh.redact_json(&json(one), &mut replaced)), "{one:?} after {first:?}");
        }
    }
    assert_eq!(
        find(r#"{"a":"db.password=hunter2-42","db.password":"hunter2-42"}"#),
        [spot("attributes.a", 12, "password-assignment"), spot("attributes.db.password", 0, "password-assignment")]
    );
}

#[test]
fn bytes_are_looked_into() {
    let base64 = STANDARD.encode(format!("x {}", token()));
    let json = format!(r#"{{"b":{{"bytesValue":"{base64}"}}}}"#);
    assert_eq!(find(&json), [spot("attributes.b.bytesValue", 2, "github-pat")]);
    assert_eq!(redact(&json, &[]).0.unwrap(), r#"{"b":{"bytesValue":"[redacted:bytes]"}}"#);
}

#[test]
fn fields_are_replaced_whole_whatever_they_hold() {
    let whole = [("prompts", "prompt"), ("outputs", "gen_ai.output.messages"), ("arguments", "n")];
    let json = r#"{"gen_ai.output.messages":[{"a":"b"}],"n":12,"prompt":"say \"x\"","z":"prompt"}"#;
    let expected = r#"{"gen_ai.output.messages":"[redacted:outputs]","n":"[redacted:arguments]","prompt":"[redacted:prompts]","z":"prompt"}"#;
    assert_eq!(redact(json, &whole), (Some(expected.to_owned()), "arguments,outputs,prompts".to_owned()));
    let spelled = r#"{"gen_ai_output_messages":"x"}"#;
    assert_eq!(redact(spelled, &whole).0.unwrap(), r#"{"gen_ai_output_messages":"[redacted:outputs]"}"#);
    for kept in [r#"{"prompt":"[REDACTED]"}"#, r#"{"prompt":null}"#, r#"{"prompt":""}"#] {
        assert_eq!(redact(kept, &whole), (None, String::new()));
    }
    // what was redacted is not redacted again
    assert_eq!(redact(expected, &[]).0, None);
}

#[test]
fn what_has_nothing_stays_as_it_is() {
    for json in ["", "null", r#""text""#, r#"{"token":"short","key":"value","path":"/home/user/x"}"#, "not json \"", r#"{"a":"[secret:none]"}"#] {
        assert_eq!((find(json), redact(json, &[]).0), (Vec::new(), None), "{json}");
    }
}

#[test]
fn what_was_redacted_is_told_of_and_not_redacted_again() {
    let json = r#"{"a":"x [secret:github-pat] [personal:email-address]","b":"[personal:github-pat]"}"#;
    let mut cells = cells(Kinds::ALL, &[]);
    let mut out = Vec::new();
    cells.find_json("attributes", json, &mut out);
    let told: Vec<(&str, usize, &str)> = out.iter().map(|s| (&*s.field, s.offset, cells.rules().list()[s.rule].id.as_str())).collect();
    assert_eq!(told, [("attributes.a", 2, "github-pat"), ("attributes.a", 22, "email-address")]);
    assert!(out.iter().all(|s| s.secret.is_none()));
    assert_eq!(redact(json, &[]).0, None);
}

#[test]
fn what_was_seen_before_and_what_was_not_are_found_alike() {
    let token = token();
    let names = ["user.email", "db.password", "a", "l", "bytesValue", "\\u0061", &token];
    let base64 = STANDARD.encode(&token);
    let strings = ["jane@example.com", "hunter2-42", &token, "", "[secret:github-pat]", r"a\n\\", r"\u0040", "xx", &base64, &"y".repeat(200)];
    let rules = Arc::new(Rules::embedded().unwrap());
    let new = || Cells::new(Arc::clone(&rules), Kinds::ALL, Arc::new(Whole::default()));
    let mut used = new();
    let mut random: u64 = 7;
    let mut next = |to: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) as usize % to
    };
    for _ in 0..400 {
        let members: Vec<String> = (0..next(5))
            .map(|_| {
                let (name, text, other) = (names[next(names.len())], strings[next(strings.len())], strings[next(strings.len())]);
                let value = match next(5) {
                    0 => format!(r#"["{text}",1,{{"user.email":"{other}"}}]"#),
                    1 => format!(r#"{{"{text}":"{other}"}}"#),
                    2 => "12.5".to_owned(),
                    _ => format!("\"{text}\""),
                };
                format!("\"{name}\":{value}")
            })
            .collect();
        let json = format!("{{{}}}", members.join(","));
        let text = strings[next(strings.len())];
        let (mut known, mut fresh) = (Vec::new(), Vec::new());
        used.find_json("attributes", &json, &mut known);
        used.find_text("name", text, &mut known);
        new().find_json("attributes", &json, &mut fresh);
        new().find_text("name", text, &mut fresh);
        assert_eq!(known, fresh, "{json} {text}");
    }
}
