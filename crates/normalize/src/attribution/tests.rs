use serde_json::json;
use tracemill_model::tables::CONVERSATIONS;

use super::*;
use crate::attributes::Reader;
use crate::dialect::Dialect;
use crate::stamp::Stamp;
use crate::tests::Archive;

const EXAMPLE: &str = include_str!("../../../../data/map/example.toml");

/// The labels of a record with these attributes and this resource, `name=value` each.
fn labels(map: &str, resource: &Value, record: &[(&str, &str)]) -> Vec<String> {
    let attribution = Attribution::parse(map, "map.toml").unwrap();
    let record = |name: &str| record.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned());
    let facts = Facts { agent: Some("codex"), conversation: Some("c1"), resource, record: &record };
    attribution.of(&facts).iter().map(|(name, (_, value))| format!("{name}={value}")).collect()
}

#[test]
fn the_usual_attributes_are_known() {
    let resource = json!({"user.email": "ann@example.com", "team.id": "platform", "vcs.repository.url.full": "git@github.com:acme/web.git",
        "vcs.ref.head.name": "refs/heads/main", "costcentre": 4711, "project.name": "", "service.name": "x"});
    assert_eq!(
        labels("", &resource, &[]),
        ["branch=main", "cost_center=4711", "repository=github.com/acme/web", "team=platform", "user=ann@example.com"]
    );
    assert!(labels("", &json!({"service.name": "x", "host.name": "h"}), &[]).is_empty());
}

#[test]
fn a_record_goes_before_its_resource_but_a_better_name_before_both() {
    let resource = json!({"user.email": "ann@example.com", "team": "a"});
    assert_eq!(labels("", &resource, &[("user.id", "8f3a"), ("team", "b")]), ["team=b", "user=ann@example.com"]);
    assert_eq!(labels("", &json!({}), &[("user.id", "8f3a")]), ["user=8f3a"]);
}

#[test]
fn names_may_be_spelled_as_loki_spells_them() {
    assert_eq!(labels("", &json!({"vcs_ref_head_name": "main", "user_email": "ann@example.com"}), &[]), ["branch=main", "user=ann@example.com"]);
}

#[test]
fn the_first_rule_that_sets_a_label_wins_it_and_others_may_set_the_rest() {
    let map = "[[rule]]\nwhen = { team = \"plat*\" }\nset = { team = \"Platform{1}\", tier = \"{no.such}\" }\n\
               [[rule]]\nset = { team = \"all\", tier = \"low\", squad = \"{team}/{agent}/{conversation_id}\" }\n\
               [[lookup]]\nattribute = \"agent\"\nset = \"tier\"\nvalues = { codex = \"high\" }\n\
               [[lookup]]\nattribute = \"agent\"\nset = \"project\"\nvalues = { codex = \"p\" }\n";
    assert_eq!(labels(map, &json!({"team.id": "plat-1"}), &[]), ["project=p", "squad=plat-1/codex/c1", "team=Platform-1", "tier=low"]);
    assert_eq!(labels(map, &json!({}), &[]), ["project=p", "team=all", "tier=low"]);
}

#[test]
fn all_of_a_rule_must_match_and_what_is_not_there_never_does() {
    let map = "[[rule]]\nagent = [\"gemini\", \"c*x\"]\nservice = \"s?\"\nwhen = { a = [\"1\", \"2\"], \"b.c\" = \"*\" }\nset = { x = \"{1}\" }\n";
    let resource = |a: i64| json!({"service.name": "s1", "a": a});
    assert_eq!(labels(map, &resource(2), &[("b.c", "hit")]), ["x=hit"]);
    assert!(labels(map, &resource(3), &[("b.c", "hit")]).is_empty());
    assert!(labels(map, &resource(2), &[]).is_empty());
    assert!(labels(map, &json!({"service.name": "t1", "a": 2}), &[("b.c", "hit")]).is_empty());
}

#[test]
fn stars_count_the_same_whichever_pattern_of_a_list_matches() {
    let map = "[[rule]]\nwhen = { a = [\"x\", \"y-*\"], b = \"*\" }\nset = { first = \"{1}\", second = \"{2}\" }\n";
    assert_eq!(labels(map, &json!({"a": "x", "b": "z"}), &[]), ["second=z"]);
    assert_eq!(labels(map, &json!({"a": "y-1", "b": "z"}), &[]), ["first=1", "second=z"]);
}

#[test]
fn the_example_does_what_it_says() {
    let ann = json!({"user.email": "ann@example.com", "vcs.repository.url.full": "https://x:y@github.com/acme/web.git"});
    assert_eq!(
        labels(EXAMPLE, &ann, &[]),
        ["cost_center=4711", "project=web", "repository=github.com/acme/web", "team=platform", "user=ann@example.com"]
    );
    let ci = json!({"deployment.environment.name": "ci-7", "git.branch": "release/1.2"});
    assert_eq!(labels(EXAMPLE, &ci, &[]), ["branch=release/1.2", "release=1.2", "squad=trains", "team=release"]);
}

#[test]
fn the_example_stands_in_the_documentation() {
    let documentation = include_str!("../../../../docs/attribution.md");
    assert!(documentation.contains(EXAMPLE), "docs/attribution.md does not show data/map/example.toml as it is");
    let names = Names::parse(names::TEXT).unwrap();
    let missing: Vec<&str> = names.all().filter(|name| !documentation.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "docs/attribution.md does not tell of {missing:?}");
}

#[test]
fn a_map_that_is_none_names_its_file() {
    let error = Attribution::parse("[[rule]]\nset = { team = 1 }\n", "mine.toml").unwrap_err().to_string();
    assert!(error.starts_with("mine.toml: ") && error.contains("line 2"), "{error}");
}

#[test]
fn another_map_is_another_fingerprint() {
    let print = |map: &str| Attribution::parse(map, "m").unwrap().fingerprint().to_owned();
    assert_ne!(print(""), print(EXAMPLE));
    assert_eq!(print(EXAMPLE), print(EXAMPLE));
}

#[test]
fn labels_are_worked_out_once_for_all_that_say_the_same() {
    let attribution = Attribution::parse("", "m").unwrap();
    let reader = Reader::new(&Dialect::codex().unwrap()).watching(attribution.watched());
    let mut labeller = Labeller::new(&attribution, Some("codex"));
    let mut of = |resource: &str, json: &str| labeller.labels(Some("c"), resource, &reader.read(json).unwrap());
    let (one, two) = (of(r#"{"team":"a"}"#, r#"{"model":"m"}"#), of(r#"{"team":"a"}"#, r#"{"model":"n"}"#));
    assert!(Arc::ptr_eq(&one, &two));
    assert_eq!(of(r#"{"team":"a"}"#, r#"{"team":"b"}"#)["team"].1.as_ref(), "b");
    assert_eq!(of(r#"{"team":"c"}"#, "")["team"].1.as_ref(), "c");
    assert_eq!(of(r#"{"team":"a"}"#, "")["team"].1.as_ref(), "a");
    assert!(of("", "").is_empty());
}

#[test]
fn a_rule_about_conversations_tells_them_apart() {
    let attribution = Attribution::parse("[[rule]]\nwhen = { conversation_id = \"*\" }\nset = { x = \"{1}\" }\n", "m").unwrap();
    let reader = Reader::new(&Dialect::codex().unwrap()).watching(attribution.watched());
    let mut labeller = Labeller::new(&attribution, None);
    let fields = reader.read("").unwrap();
    let mut of = |conversation| labeller.labels(conversation, "{}", &fields).get("x").map(|(_, value)| value.to_string());
    assert_eq!((of(Some("c1")), of(Some("c2")), of(None), of(Some("c1"))), (Some("c1".into()), Some("c2".into()), None, Some("c1".into())));
}

#[test]
fn a_conversation_has_the_best_and_of_as_good_the_latest_in_any_order() {
    let stamp = |time| Stamp { time: Some(time), observed: None, record: 0 };
    let set = |labels: &[(&str, u32, &str)]| Arc::new(labels.iter().map(|(n, r, v)| (Arc::from(*n), (*r, Arc::from(*v)))).collect::<Labels>());
    let sets = [
        (3, set(&[("user", 9, "8f3a"), ("team", 1, "new"), ("x", MAPPED, "2")])),
        (2, set(&[("user", 1, "ann@example.com"), ("team", 1, "old")])),
        (1, set(&[("x", MAPPED, "1"), ("y", MAPPED, "\"")])),
        (4, set(&[])),
    ];
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2]] {
        let mut told = Told::default();
        for (time, labels) in order.map(|n| &sets[n]) {
            told.offer(stamp(*time), labels);
            told.offer(stamp(0), &Arc::new((**labels).clone()));
        }
        let settled = told.settle();
        assert_eq!((settled.get("user").unwrap().as_ref(), settled.get("team").unwrap().as_ref()), ("ann@example.com", "new"));
        assert_eq!(settled.others().as_deref(), Some(r#"{"x":"2","y":"\""}"#));
        assert_eq!((settled.mapped("user"), settled.mapped("x").is_some()), (None, true));
    }
    assert_eq!(Told::default().settle().others(), None);
}

#[test]
fn conversations_that_only_metrics_tell_of_have_the_labels_of_these() {
    let mut a = Archive::default();
    let resource = json!({"service.name": "github-copilot", "service.instance.id": "i1", "team.id": "platform"}).to_string();
    a.metric(
        10,
        "gen_ai.client.token.usage",
        json!({"gen_ai.token.type": "input", "gen_ai.request.model": "m", "user.email": "ann@example.com"}),
        json!({"type": "histogram", "sum": 12.0, "count": 1, "service_name": "github-copilot", "scope_name": "github.copilot", "resource": resource}),
    );
    assert_eq!(a.build().pick(&CONVERSATIONS, &["team", "user_id"]), [json!(["platform", "ann@example.com"])]);
}

#[test]
fn conversations_have_the_labels_of_their_records_and_spans() {
    let mut a = Archive::default();
    a.log(10, "codex.user_prompt", json!({"prompt_length": "3", "team.id": "old", "user.email": "ann@example.com"}))
        .log(20, "codex.sse_event", json!({"team.id": "new", "user.account_id": "a-1", "user.name": "ann"}))
        .log(15, "codex.sse_event", json!({"team.id": "between"}))
        .span((5, 30), "session_task.turn", ["2", "a", ""], json!({"thread.id": "d", "turn.id": "t", "git.branch": "main", "user.name": "bob"}));
    for (split, backwards) in [(1, false), (3, true)] {
        assert_eq!(
            a.build_split(split, backwards).pick(&CONVERSATIONS, &["conversation_id", "user_id", "team", "branch", "labels"]),
            [json!(["d", "bob", null, "main", null]), json!(["c", "ann@example.com", "new", null, null])]
        );
    }
}
