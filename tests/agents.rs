//! Every agent against what really happened: real archives, and an answer key that comes from the model server they talked to, not from
//! telemetry. A lossy archive is one whose program lost its own tail: what is left of it may be less, never more, and `coverage` says so.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::Bench;

const SIGNALS: [&str; 3] = ["logs", "traces", "metrics"];
const TOKENS: [&str; 5] = ["input_tokens", "cached_input_tokens", "cache_write_tokens", "output_tokens", "reasoning_tokens"];

/// One run of an agent.
struct Scenario {
    agent: String,
    name: String,
    lossy: bool,
    truth: Value,
}

impl Scenario {
    /// Its files, but for those of a signal.
    fn files(&self, without: &str) -> Vec<PathBuf> {
        let folder = folder().join(&self.agent).join(&self.name);
        SIGNALS.iter().filter(|s| **s != without).map(|s| folder.join(format!("{s}.jsonl.gz"))).filter(|p| p.exists()).collect()
    }

    /// The true number of tokens of a kind, by model; zeros are left out. Claude Code tells nothing of reasoning.
    fn tokens(&self, kind: &str) -> BTreeMap<String, i64> {
        let models = self.truth["tokens_by_model"].as_object().unwrap();
        let of = |(model, counts): (&String, &Value)| (model.clone(), counts[kind].as_i64().unwrap());
        models.iter().map(of).filter(|(_, n)| *n > 0 && !(self.agent == "claude-code" && kind == "reasoning_tokens")).collect()
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data/agents")
}

fn scenarios() -> Vec<Scenario> {
    let key: Value = serde_json::from_slice(&std::fs::read(folder().with_file_name("agents-expected.json")).unwrap()).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let of = |s: &Value| Scenario { agent: text(&s["agent"]), name: text(&s["scenario"]), lossy: s["lossy"] == true, truth: s.clone() };
    key.as_array().unwrap().iter().map(of).collect()
}

/// The tokens of a kind that the lake has, by model; zeros are left out.
fn tokens(bench: &Bench, kind: &str, of: &str) -> BTreeMap<String, i64> {
    let rows = bench.sql(&format!("SELECT model, SUM({kind}) AS n FROM model_calls WHERE outcome = 'ok' {of} GROUP BY model"));
    let counted = rows.iter().filter_map(|row| Some((row["model"].as_str()?.to_owned(), row["n"].as_i64()?)));
    counted.filter(|(_, n)| *n > 0).collect()
}

fn count(bench: &Bench, query: &str) -> i64 {
    bench.sql(query)[0]["n"].as_i64().unwrap()
}

#[test]
fn each_agent_tells_what_happened() {
    for scenario in scenarios() {
        let what = format!("{} {}", scenario.agent, scenario.name);
        let bench = Bench::new();
        let _ = bench.run_files("ingest", &scenario.files("")).exits(0);
        for kind in TOKENS {
            let (got, truth) = (tokens(&bench, kind, ""), scenario.tokens(kind));
            let is_right = if scenario.lossy { got.iter().all(|(m, n)| truth.get(m).is_some_and(|t| n <= t)) } else { got == truth };
            assert!(is_right, "{what}: {kind} {got:?}, really {truth:?}");
        }
        assert_eq!(count(&bench, "SELECT COUNT(DISTINCT agent) AS n FROM conversations"), 1, "{what}");
        let incomplete = count(&bench, "SELECT COUNT(*) AS n FROM coverage WHERE status = 'incomplete'");
        assert_eq!(incomplete > 0, scenario.lossy, "{what}: {:?}", bench.sql("SELECT signal, status, causes FROM coverage"));
        let reported = &scenario.truth["tools_reported"];
        if !reported.is_null() && !scenario.lossy {
            for (claim, of) in [("TRUE", "ok"), ("FALSE", "failed")] {
                let got = count(&bench, &format!("SELECT COUNT(*) AS n FROM tool_calls WHERE reported_success = {claim}"));
                assert_eq!(got, reported[of].as_i64().unwrap(), "{what}: tool calls reported as {of}");
            }
        }
    }
}

/// What telemetry can know of a call, it knows right. A call that leaves no id, or an exit code that is not exported, nobody can tell.
#[test]
fn calls_that_can_be_known_by_their_id_went_as_they_did() {
    let mut known = 0;
    for scenario in scenarios().iter().filter(|s| !s.lossy && s.agent != "gemini") {
        let bench = Bench::new();
        let _ = bench.run_files("ingest", &scenario.files("")).exits(0);
        let calls = bench.sql("SELECT call_id, tool_name, outcome FROM tool_calls WHERE call_id IS NOT NULL");
        for call in &calls {
            // Copilot marks calls of tools of its own kind before the provider's id
            let id = call["call_id"].as_str().unwrap().trim_start_matches("custom_");
            let truth = scenario.truth["tool_calls"].as_array().unwrap().iter().find(|t| t["call_id"] == id);
            let truth = truth.unwrap_or_else(|| panic!("{} {}: no such call {call:?}", scenario.agent, scenario.name));
            // the key calls a call that was not allowed a failed one
            let outcome = if call["outcome"] == "denied" { "failed" } else { call["outcome"].as_str().unwrap() };
            assert_eq!(truth["outcome"], outcome, "{} {}: {call:?}", scenario.agent, scenario.name);
            known += 1;
        }
    }
    assert!(known > 25, "{known} calls were compared");
}

#[test]
fn in_one_lake_every_agent_has_the_sum_of_its_runs() {
    let all = scenarios();
    let bench = Bench::new();
    let _ = bench.run_files("ingest", &all.iter().flat_map(|s| s.files("")).collect::<Vec<_>>()).exits(0);
    for kind in TOKENS {
        let mut truth: BTreeMap<(&str, String), i64> = BTreeMap::new();
        for scenario in &all {
            let alone = Bench::new();
            let tokens = if scenario.lossy {
                let _ = alone.run_files("ingest", &scenario.files("")).exits(0);
                tokens(&alone, kind, "")
            } else {
                scenario.tokens(kind)
            };
            tokens.into_iter().for_each(|(model, n)| *truth.entry((&scenario.agent, model)).or_default() += n);
        }
        for agent in ["claude-code", "copilot", "gemini", "opencode", "qwen"] {
            let of_agent = truth.iter().filter(|((a, _), _)| *a == agent).map(|((_, model), n)| (model.clone(), *n)).collect::<BTreeMap<_, _>>();
            assert_eq!(tokens(&bench, kind, &format!("AND agent = '{agent}'")), of_agent, "{agent} {kind}");
        }
    }
    // names that one archive has only as hashes are told by another
    assert_eq!(count(&bench, "SELECT COUNT(*) AS n FROM tool_calls WHERE tool_kind = 'mcp' AND mcp_server <> 'ticketdesk'"), 0);
}

#[test]
fn without_a_signal_the_tokens_are_the_same_or_told_to_be_too_few() {
    for scenario in scenarios() {
        for without in SIGNALS {
            let files = scenario.files(without);
            if files.is_empty() || files.len() == scenario.files("").len() {
                continue;
            }
            let bench = Bench::new();
            let _ = bench.run_files("ingest", &files).exits(0);
            for kind in TOKENS {
                let (got, truth) = (tokens(&bench, kind, ""), scenario.tokens(kind));
                let what = format!("{} {} without {without}: {kind} {got:?}, really {truth:?}", scenario.agent, scenario.name);
                assert!(got.iter().all(|(model, n)| truth.get(model).is_some_and(|t| n <= t)), "{what}");
                let told = || count(&bench, "SELECT COUNT(*) AS n FROM coverage WHERE status = 'incomplete'") > 0;
                assert!(got == truth || told(), "{what}");
            }
        }
    }
}

#[test]
fn claude_codes_own_figures_are_list_prices() {
    let bench = Bench::new();
    let of_claude = scenarios().into_iter().filter(|s| s.agent == "claude-code");
    let _ = bench.run_files("ingest", &of_claude.flat_map(|s| s.files("")).collect::<Vec<_>>()).exits(0);
    let query = "SELECT COUNT(*) AS n FROM model_calls WHERE reported_cost_nanousd IS NOT NULL AND list_cost_nanousd = reported_cost_nanousd";
    assert_eq!(count(&bench, query), count(&bench, "SELECT COUNT(*) AS n FROM model_calls WHERE outcome = 'ok'"));
}
