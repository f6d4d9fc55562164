//! Each report's figures on the small lake, worked out by hand.

use super::*;

/// A report's answer about the small lake as CSV, without the header.
fn rows(report: &str, by: &[&str]) -> Vec<String> {
    let test = fixture::small(&format!("rows-{report}-{}", by.join("-")));
    let catalog = Catalog::open(&test.lake).unwrap();
    let report = report::builtin().unwrap().into_iter().find(|r| r.name == report).unwrap();
    let by: Vec<String> = by.iter().map(|b| (*b).to_owned()).collect();
    let text = render(&catalog.report(&report, &Filters::default(), &by).unwrap(), Format::Csv, None).unwrap();
    String::from_utf8(text).unwrap().lines().skip(1).map(str::to_owned).collect()
}

#[test]
fn tokens_are_summed_and_unknown_ones_stay_unknown() {
    assert_eq!(rows("tokens", &[]), ["codex,gpt-a,3,2,0,1200,600,,120,,1320,0.5,log", "codex,gpt-new,1,1,0,500,250,,50,,550,0.5,log"]);
    assert_eq!(rows("tokens", &["user"]), ["ann,3,2,0,1500,750,,150,,1650,0.5,log", "bob,1,1,0,200,100,,20,,220,0.5,log"]);
}

#[test]
fn a_call_without_a_price_has_no_cost_and_is_listed() {
    let got = rows("cost", &[]);
    assert_eq!(got.len(), 3);
    assert!(got[0].starts_with("codex,gpt-a,openai/gpt-a@2026-01-01,2,1320,0.0015,false,0,0.0015,,"), "{got:?}");
    // the failed attempt: no tokens, no price, no cost, and nothing unpriced
    assert!(got[1].starts_with("codex,gpt-a,,1,,,false,0,,,"), "{got:?}");
    assert!(got[2].starts_with("codex,gpt-new,,1,550,,true,1,,,"), "{got:?}");
    assert!(rows("cost", &["environment"])[0].starts_with("dev,4,1870,0.0015,true,1,"));
}

#[test]
fn models_have_their_shares() {
    let got = rows("models", &[]);
    assert!(
        got[0].starts_with(
            "codex,gpt-a,2,2,3,2,1,1320,0.0015,false,1.0,0.7058823529411765,2026-11-21T10:00:01.000000001Z,2026-11-22T23:30:00.000000000Z,"
        ),
        "{got:?}"
    );
    assert!(got[1].starts_with("codex,gpt-new,1,1,1,1,0,550,,true,,0.29411764705882354,"), "{got:?}");
}

#[test]
fn tools_have_rates_intervals_and_exact_quantiles() {
    let got = rows("tools", &[]);
    // exec_command: ok 1 ms, failed 2 ms, denied 3 ms, ok 1 ms. Wilson for 1 of 3: 0.0615…0.7923 (R: binom::binom.confint "wilson", z = 1.96)
    let exec: Vec<&str> = got[1].split(',').collect();
    assert_eq!(exec[..9], ["codex", "", "exec_command", "4", "2", "1", "1", "0", "0"], "{got:?}");
    let number = |n: usize| exec[n].parse::<f64>().unwrap();
    assert!((number(9) - 1.0 / 3.0).abs() < 1e-12 && (number(10) - 0.0615).abs() < 1e-4 && (number(11) - 0.7923).abs() < 1e-4, "{got:?}");
    // type 7 over 1, 1, 2
    for (n, want) in (12..19).zip([1.0, 1.8, 1.9, 1.98, 2.0, 4.0, 3.0]) {
        assert!((number(n) - want).abs() < 1e-9, "{got:?}");
    }
    assert_eq!(exec[19..], ["3", "1", "1"], "{got:?}");
    // one call of one: the interval does not reach beyond 0 or 1
    let echo: Vec<&str> = got[0].split(',').collect();
    assert_eq!((echo[2], echo[9], echo[10]), ("echo", "0.0", "0.0"), "{got:?}");
    let shell: Vec<&str> = got[2].split(',').collect();
    assert!(shell[9] == "1.0" && shell[10].starts_with("0.206543") && shell[11] == "1.0", "{got:?}");
}

#[test]
fn failures_say_what_ran() {
    let got = rows("failures", &[]);
    assert_eq!(got.len(), 2);
    assert!(got[0].starts_with("2026-11-21T10:00:02.000000000Z,c1,,exec_command,ls /nowhere,exit_code,2,,true,2.0,t1,"), "{got:?}");
    assert!(got[1].starts_with("2026-11-22T10:00:02.000000000Z,c2,,shell,exit 9,exit_code,2,"), "{got:?}");
}

#[test]
fn a_configured_server_without_a_call_is_there() {
    let got = rows("mcp", &[]);
    assert!(got[0].starts_with("demo,echo,1,1,1,1,0,0,0,0,0.0,4.0,4.0,4.0,4.0,2026-11-21T10:00:04"), "{got:?}");
    assert_eq!(got[1..], ["spare,,1,0,0,0,0,0,0,0,,,,,,,"]);
}

/// Some columns of a report's answer about the small lake.
fn picked(report: &str, by: &[&str], top: usize, columns: &[&str]) -> Vec<String> {
    let test = fixture::small(&format!("picked-{report}-{}-{top}", by.join("-")));
    let catalog = Catalog::open(&test.lake).unwrap();
    let report = report::builtin().unwrap().into_iter().find(|r| r.name == report).unwrap();
    let by: Vec<String> = by.iter().map(|b| (*b).to_owned()).collect();
    let answer = catalog.report_top(&report, &Filters::default(), &by, NonZeroUsize::new(top)).unwrap();
    let rows: Vec<serde_json::Value> = serde_json::from_str(&json(&answer)).unwrap();
    rows.iter().map(|row| columns.iter().map(|c| row[*c].to_string().replace('"', "")).collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn latency_says_where_the_time_went() {
    // t1: 100 s the turn's own, 300 model, 120 tool, 50 waiting, 30 of an unknown span; t2: 40 model, 60 unobserved; 700 s in all
    let columns = ["category", "attributed_ms", "critical_ms", "turns", "spans", "p50_ms", "p95_ms", "max_ms"];
    assert_eq!(
        picked("latency", &[], 0, &columns),
        [
            // the model took 300 s of one turn and 40 s of the other: type 7 gives 170 and 287
            "model 340000.0 390000.0 2 2 170000.0 287000.0 300000.0",
            "tool 120000.0 100000.0 1 1 120000.0 120000.0 120000.0",
            "session 100000.0 100000.0 1 1 100000.0 100000.0 100000.0",
            "unobserved 60000.0 60000.0 1 0 60000.0 60000.0 60000.0",
            "approval 50000.0 50000.0 1 0 50000.0 50000.0 50000.0",
            "internal 30000.0 0.0 1 1 30000.0 30000.0 30000.0",
        ]
    );
    let columns = ["category", "waiting_ms", "unobserved_ms", "estimated_ms", "unlisted_ms"];
    assert_eq!(
        picked("latency", &[], 0, &columns),
        [
            "model 0.0 0.0 40000.0 0.0",
            "tool 0.0 0.0 0.0 0.0",
            "session 0.0 100000.0 0.0 0.0",
            "unobserved 0.0 60000.0 0.0 0.0",
            "approval 50000.0 0.0 50000.0 0.0",
            "internal 0.0 0.0 0.0 30000.0"
        ]
    );
}

#[test]
fn latency_says_how_much_nobody_observed() {
    let test = fixture::small("latency-captions");
    let catalog = Catalog::open(&test.lake).unwrap();
    let latency = report::builtin().unwrap().into_iter().find(|r| r.name == "latency").unwrap();
    let answer = catalog.report(&latency, &Filters::default(), &["tool".into()]).unwrap();
    assert_eq!(answer.captions(), ["time of the turns: 700.000 s; waiting for people: 50.000 s (7.1 %); unobserved: 160.000 s (22.9 %)"]);
}

#[test]
fn shares_of_the_time_leave_the_waiting_apart() {
    let near = |text: &str, want: f64| assert!((text.parse::<f64>().unwrap() - want).abs() < 1e-12, "{text} is not {want}");
    let got = picked("latency", &[], 0, &["share", "share_without_waits", "critical_share"]);
    let fields = |row: usize| got[row].split(' ').map(str::to_owned).collect::<Vec<_>>();
    near(&fields(0)[0], 340.0 / 700.0);
    near(&fields(0)[1], 340.0 / 650.0);
    near(&fields(0)[2], 390.0 / 700.0);
    assert_eq!(fields(4)[1], "null");
    // a group that waits among other things counts without its waits
    let got = picked("latency", &["turn"], 0, &["turn_id", "share_without_waits", "attributed_ms", "waiting_ms"]);
    assert!(got[1].starts_with("t2 0.153846153") && got[1].ends_with(" 100000.0 0.0"), "{got:?}");
    assert!(got[0].starts_with("t1 0.846153846") && got[0].ends_with(" 600000.0 50000.0"), "{got:?}");
}

#[test]
fn the_greatest_groups_stand_out_and_the_rest_is_one() {
    let columns = ["category", "attributed_ms", "turns", "p50_ms", "max_ms", "waiting_ms"];
    assert_eq!(
        picked("latency", &["category"], 2, &columns),
        // per turn 180 s and 60 s
        ["model 340000.0 2 170000.0 300000.0 0.0", "tool 120000.0 1 120000.0 120000.0 0.0", "(other) 240000.0 2 120000.0 180000.0 50000.0"]
    );
    assert_eq!(picked("latency", &[], 2, &["agent", "category"]), ["codex model", "codex tool", "(other) (other)"]);
    // the conversations of the rest are counted, not its name; a key that is no text is nothing
    assert_eq!(
        picked("tools", &["conversation", "tool"], 1, &["conversation_id", "tool_name", "calls", "failed", "failure_rate"])[1],
        "(other) (other) 3 1 0.3333333333333333"
    );
    assert_eq!(picked("models", &["day"], 1, &["day", "calls", "conversations"]), ["2026-11-21 3 1", "null 1 1"]);
    assert_eq!(picked("models", &["user"], 1, &["user_id", "conversations", "total_tokens"]), ["ann 1 1650", "(other) 1 220"]);
    assert_eq!(picked("models", &["user"], 2, &["user_id"]), ["ann", "bob"]);
}

#[test]
fn approvals_say_who_decided_and_which_calls_have_no_decision() {
    let columns =
        ["tool_name", "decision", "decision_source", "outcome", "approval_policy", "sandbox_policy", "calls", "undecided", "waited", "wait_ms"];
    assert_eq!(
        picked("approvals", &[], 0, &columns),
        [
            "echo approved config ok on-request read-only 1 0 0 null",
            "exec_command approved config ok on-request read-only 2 0 0 null",
            "exec_command approved user failed on-request read-only 1 0 1 1000.0",
            "exec_command null null denied on-request read-only 1 1 0 null",
            "shell approved user failed on-request read-only 1 0 1 1000.0",
        ]
    );
    assert_eq!(
        picked("approvals", &["sandbox_policy"], 0, &["sandbox_policy", "calls", "decided", "by_person", "wait_ms", "p50_wait_ms"]),
        ["read-only 6 5 2 2000.0 1000.0"]
    );
    assert_eq!(picked("approvals", &["call"], 0, &["call_id", "calls", "example"])[0], "call-1 2 true");
}

#[test]
fn errors_say_what_they_cost_and_whether_the_turn_recovered() {
    let columns = ["model", "error_type", "http_status", "errors", "error_share", "turns", "retried", "recovered", "lost_ms", "example"];
    assert_eq!(picked("errors", &[], 0, &columns), ["gpt-a rate_limited 429 1 0.25 1 1 1 750.0 slow down"]);
    assert_eq!(picked("errors", &["hour"], 0, &["hour", "errors"]), ["2026-11-21T10:00:00.000000000Z 1"]);
}

#[test]
fn prompts_know_their_run_and_turn() {
    let columns = ["time", "conversation_id", "kind", "turn_index", "first_line", "prompt_chars", "redacted", "outcome", "turn_ms", "user_id"];
    assert_eq!(
        picked("prompts", &[], 0, &columns),
        [
            "2026-11-21T10:00:00.500000000Z c1 main 1 mend it 19 false completed 600000.0 ann",
            "2026-11-22T10:00:00.000000000Z c2 main 1 null 9 true completed null bob"
        ]
    );
}

#[test]
fn what_a_prompt_is_looked_up_in_is_not_narrowed() {
    let test = fixture::small("lookups");
    let catalog = Catalog::open(&test.lake).unwrap();
    let prompts = report::builtin().unwrap().into_iter().find(|r| r.name == "prompts").unwrap();
    // the run began before
    let since = filters(|w| w.since = Some("2026-11-21T10:00:00.2Z".into()));
    let rows: Vec<serde_json::Value> = serde_json::from_str(&json(&catalog.report(&prompts, &since, &[]).unwrap())).unwrap();
    assert_eq!((&rows[0]["kind"], &rows[0]["turn_index"]), (&"main".into(), &1.into()));
}

#[test]
fn startup_has_phases_spans_and_the_overhead_of_turns() {
    let columns = ["evidence", "phase", "status", "runs", "count", "total_ms", "mean_ms", "p50_ms", "max_ms", "spans"];
    assert_eq!(
        picked("startup", &[], 0, &columns),
        [
            "log create ready 1 1 51.0 51.0 51.0 51.0 null",
            "log total ready 2 2 94.0 47.0 47.0 54.0 null",
            "span mcp null 1 1 6000.0 6000.0 6000.0 6000.0 2",
            // the turn's own 100 s and the 30 s of internal work; of t2 no span is known, so nobody can tell
            "turn first turn null 2 2 130000.0 130000.0 130000.0 130000.0 2",
        ]
    );
    assert_eq!(picked("startup", &["user"], 0, &["user_id", "evidence", "phase", "count"])[0], "ann log create 1");
}

#[test]
fn daily_counts_each_fact_on_its_own_day() {
    let columns = [
        "day",
        "agent",
        "conversations",
        "users",
        "prompts",
        "turns",
        "turn_ms",
        "model_calls",
        "errors",
        "retried",
        "lost_ms",
        "models",
        "total_tokens",
        "cost_usd",
        "lower_bound",
        "tool_calls",
        "tool_failures",
        "tool_denied",
        "mcp_calls",
        "approvals",
        "wait_ms",
    ];
    assert_eq!(
        picked("daily", &[], 0, &columns),
        [
            "2026-11-21 codex 1 1 1 1 600000.0 3 1 1 750.0 gpt-a, gpt-new 1650 0.001 true 4 1 1 1 1 1000.0",
            "2026-11-22 codex 1 1 1 1 null 1 0 0 null gpt-a 220 0.0005 false 2 1 0 0 1 1000.0"
        ]
    );
    let test = fixture::small("daily-zone");
    let catalog = Catalog::open(&test.lake).unwrap();
    let daily = report::builtin().unwrap().into_iter().find(|r| r.name == "daily").unwrap();
    let tokyo = filters(|w| w.timezone = Some("Asia/Tokyo".into()));
    let rows: Vec<serde_json::Value> = serde_json::from_str(&json(&catalog.report(&daily, &tokyo, &[]).unwrap())).unwrap();
    let days: Vec<_> = rows.iter().map(|r| (r["day"].as_str().unwrap(), r["model_calls"].as_i64(), r["turns"].as_i64())).collect();
    assert_eq!(days, [("2026-11-21", Some(3), Some(1)), ("2026-11-22", Some(0), Some(1)), ("2026-11-23", Some(1), Some(0))]);
}

#[test]
fn failures_become_sums_by_what_is_asked() {
    assert_eq!(
        picked("failures", &["error_type", "tool"], 0, &["error_type", "tool_name", "failures", "conversations", "reported_ok"]),
        ["exit_code exec_command 1 1 1", "exit_code shell 1 1 1"]
    );
    assert_eq!(picked("failures", &["tool"], 1, &["tool_name", "failures"]), ["exec_command 1", "(other) 1"]);
    assert_eq!(picked("mcp", &["user"], 0, &["user_id", "calls", "ok", "configured_conversations"]), ["ann 1 1 null"]);
}

#[test]
fn hours_are_those_of_the_time_zone() {
    let test = fixture::small("hours");
    let catalog = Catalog::open(&test.lake).unwrap();
    let tokens = report::builtin().unwrap().into_iter().find(|r| r.name == "tokens").unwrap();
    let hours = |zone: &str| {
        let rows = catalog.report(&tokens, &filters(|w| w.timezone = Some(zone.into())), &["hour".into()]).unwrap();
        serde_json::from_str::<Vec<serde_json::Value>>(&json(&rows))
            .unwrap()
            .iter()
            .map(|r| r["hour"].as_str().unwrap()[..16].to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(hours("UTC"), ["2026-11-21T10:00", "2026-11-22T23:00"]);
    // half an hour off: 10:00 UTC is 15:30 there, 23:30 UTC is 05:00
    assert_eq!(hours("Asia/Kolkata"), ["2026-11-21T09:30", "2026-11-22T23:30"]);
}
