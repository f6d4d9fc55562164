use super::*;

/// Noon UTC of a day, counted from 1970-01-01.
fn noon(day: i64) -> Option<i64> {
    Some(day * 86_400_000_000_000 + 43_200_000_000_000)
}

const NOV_22_2026: i64 = 20_779;
const JUL_29_2026: i64 = 20_663;

fn tokens(input: i64, cached: i64, cache_write: i64, output: i64) -> Tokens {
    Tokens { input: Some(input), cached: Some(cached), cache_write: Some(cache_write), cache_write_1h: None, output: Some(output), reasoning: None }
}

fn embedded() -> Prices {
    Prices::load(None).unwrap()
}

fn with_file(text: &str) -> Prices {
    let file = file::parse(text).unwrap();
    Prices { known: Known::new(&file), file, ..embedded() }
}

#[test]
fn cached_input_has_its_own_rate() {
    // gpt-5.5: 5 in, 0.5 cached, 30 out per million: 200·5 + 1000·0.5 + 20·30 = 2100 millionths of a USD
    let price = embedded().price(&["openai"], "gpt-5.5", noon(NOV_22_2026), None, &tokens(1200, 1000, 0, 20)).unwrap();
    assert_eq!(price, Price { nanousd: 2_100_000, id: "openai/gpt-5.5 standard 5/0.5/5/30".to_owned(), tier_estimated: false });
}

#[test]
fn the_whole_request_is_at_the_tier_of_its_total_input() {
    // 272,000 is still the base tier; one token more doubles input and cached, and makes output 45.
    let at = |input| embedded().price(&["openai"], "gpt-5.5", noon(NOV_22_2026), None, &tokens(input, 100_000, 0, 1000)).unwrap();
    assert_eq!(at(272_000).nanousd, 172_000 * 5_000 + 100_000 * 500 + 1000 * 30_000);
    assert_eq!(at(272_001).nanousd, 172_001 * 10_000 + 100_000 * 1_000 + 1000 * 45_000);
}

#[test]
fn the_price_is_that_of_the_day() {
    // gpt-5.6-luna fell from 1/0.10/6 to 0.20/0.02/1.20 on 2026-07-30
    let on = |day| embedded().price(&["openai"], "gpt-5.6-luna", noon(day), None, &tokens(1000, 0, 0, 100)).unwrap().nanousd;
    assert_eq!(on(JUL_29_2026), 1000 * 1_000 + 100 * 6_000);
    assert_eq!(on(JUL_29_2026 + 1), 1000 * 200 + 100 * 1_200);
}

#[test]
fn cache_writes_cost_their_rate_or_that_of_input() {
    let price = |model: &str| embedded().price(&["openai"], model, noon(NOV_22_2026), None, &tokens(1000, 0, 400, 0)).unwrap().nanousd;
    assert_eq!(price("gpt-5.6-luna"), 600 * 200 + 400 * 250);
    assert_eq!(price("gpt-5.5"), 1000 * 5_000);
}

#[test]
fn a_tier_without_a_dated_price_is_marked() {
    let price = |tier, day| embedded().price(&["openai"], "gpt-5.5", noon(day), Some(tier), &tokens(1000, 0, 0, 0)).unwrap();
    let priority = price("priority", NOV_22_2026);
    assert_eq!((priority.nanousd, priority.tier_estimated), (12_500_000, false));
    assert_eq!(priority.id, "openai/gpt-5.5 priority 12.5/1.25/12.5/75");
    for (tier, day, estimated) in [("priority", JUL_29_2026, true), ("ludicrous", NOV_22_2026, true), ("default", NOV_22_2026, false)] {
        let price = price(tier, day);
        assert_eq!((price.nanousd, price.tier_estimated), (5_000_000, estimated), "{tier}");
    }
}

#[test]
fn what_is_unknown_has_no_price() {
    let prices = embedded();
    for model in ["totally-unknown-model-x", "gpt-5.5-unheard-of", "gpt-9", "codex-auto-review", ""] {
        assert_eq!(prices.price(&["openai"], model, noon(NOV_22_2026), None, &tokens(1000, 0, 0, 10)), None, "{model}");
    }
    assert_eq!(prices.price(&["openai"], "gpt-5.5", None, None, &tokens(1000, 0, 0, 10)), None);
    assert_eq!(prices.price(&["openai"], "gpt-5.5", noon(NOV_22_2026), None, &Tokens { input: Some(1), ..Tokens::default() }), None);
}

#[test]
fn half_a_nanousd_goes_to_even() {
    let prices = with_file("[[price]]\nmodel = \"m\"\ninput_mtok = \"0.0005\"\noutput_mtok = 0");
    let nanousd = |input| prices.price(&["openai"], "m", noon(NOV_22_2026), None, &tokens(input, 0, 0, 0)).unwrap().nanousd;
    assert_eq!([1, 3, 5].map(nanousd), [0, 2, 2]);
}

#[test]
fn the_users_prices_stand_over_the_table() {
    let prices = with_file(
        r#"
        [[price]]
        provider = "acme"
        model = "house-model"
        from = 2026-01-01
        to = "2026-11-01"
        input_mtok = 1
        output_mtok = 2.5
        [[price]]
        provider = "acme"
        model = "house-model"
        from = "2026-11-01"
        input_mtok = 2
        cached_input_mtok = "0.2"
        cache_write_mtok = 3
        output_mtok = 5
        [price.long_context]
        above = 1000
        input_mtok = 4
        output_mtok = 10
        [[price]]
        model = "gpt-5.5"
        input_mtok = 1
        output_mtok = 1
        [[price]]
        model = "gpt-5.5"
        service_tier = "flex"
        input_mtok = 0.5
        output_mtok = 0.5
        "#,
    );
    let price = |model: &str, day, tier, t| prices.price(&["openai"], model, noon(day), tier, &t).unwrap();
    let old = price("house-model", NOV_22_2026 - 60, None, tokens(100, 50, 0, 2));
    assert_eq!((old.nanousd, old.id.as_str()), (105_000, "acme/house-model@2026-01-01 standard 1/1/1/2.5"));
    assert_eq!(price("house-model", NOV_22_2026, None, tokens(1000, 100, 100, 2)).nanousd, 800 * 2_000 + 100 * 200 + 100 * 3_000 + 10_000);
    assert_eq!(price("house-model", NOV_22_2026, None, tokens(1001, 0, 0, 2)).nanousd, 1001 * 4_000 + 20_000);
    assert_eq!(price("gpt-5.5", NOV_22_2026, None, tokens(10, 0, 0, 1)).nanousd, 11_000);
    assert_eq!(price("gpt-5.5", NOV_22_2026, Some("flex"), tokens(10, 0, 0, 0)).nanousd, 5_000);
    assert!(price("gpt-5.5", NOV_22_2026, Some("priority"), tokens(10, 0, 0, 0)).tier_estimated);
    assert_eq!(prices.price(&["openai"], "house-model", noon(20_000), None, &tokens(1, 0, 0, 1)), None);
}

#[test]
fn a_wrong_file_says_why() {
    for (text, reason) in [
        ("[[price]]\nmodel = \"m\"\ninput_mtok = 1", "output_mtok"),
        ("[[price]]\nmodel = \"m\"\ninput_mtok = \"cheap\"\noutput_mtok = 1", "not a price"),
        ("[[price]]\nmodel = \"m\"\ninput_mtok = -1\noutput_mtok = 1", "not negative"),
        ("[[price]]\nmodel = \"m\"\nfrom = \"soon\"\ninput_mtok = 1\noutput_mtok = 1", "not a day"),
        ("[[prices]]\nmodel = \"m\"", "prices"),
    ] {
        let error = file::parse(text).unwrap_err();
        assert!(error.contains(reason), "{error}");
    }
}

#[test]
fn what_is_kept_for_an_hour_has_its_own_rate() {
    // claude-sonnet-4-5: 3 in, 0.3 cached, 3.75 written for five minutes, 6 for an hour, 15 out
    let price = |cache_write_1h| {
        let tokens = Tokens { cache_write_1h, ..tokens(1000, 200, 300, 40) };
        embedded().price(&["anthropic"], "claude-sonnet-4-5", noon(NOV_22_2026), None, &tokens).unwrap().nanousd
    };
    assert_eq!(price(None), 500 * 3_000 + 200 * 300 + 300 * 3_750 + 40 * 15_000);
    assert_eq!(price(Some(100)), 500 * 3_000 + 200 * 300 + 200 * 3_750 + 100 * 6_000 + 40 * 15_000);
    assert_eq!(price(Some(999)), 500 * 3_000 + 200 * 300 + 300 * 6_000 + 40 * 15_000, "no more than was written");
}

#[test]
fn a_model_is_found_under_the_names_that_agents_use() {
    let price = |providers: &[&str], model: &str| embedded().price(providers, model, noon(NOV_22_2026), None, &tokens(1000, 0, 0, 0));
    for (providers, model) in [
        (&["anthropic"][..], "claude-sonnet-4.5"),
        (&["anthropic"], "claude-sonnet-4-5-20250929"),
        (&[], "anthropic/claude-sonnet-4-5"),
        (&["openai", "anthropic"], "us.anthropic.claude-sonnet-4-5-20250929-v1:0"),
    ] {
        let price = price(providers, model).unwrap();
        assert_eq!((price.nanousd, price.tier_estimated), (3_000_000, false), "{model}");
    }
    let variant = price(&["anthropic"], "claude-sonnet-4-5[1m]").unwrap();
    assert!(variant.tier_estimated, "the price of the longer context may be another");
    assert_eq!(price(&["openai"], "gpt-5.4-huge"), None);
    assert_eq!(price(&[], "mock-large"), None);
}

#[test]
fn rates_are_shown_from_short_requests_to_long_ones() {
    let ask = |model, time| AskedPrice { model, providers: &[], time, service_tier: None };
    let at = noon(NOV_22_2026).unwrap();
    let shown = embedded().shown(&ask("openai/gpt-5.5", at));
    let rates: Vec<_> = shown.iter().map(|s| (s.name.as_str(), s.above, s.input.as_str(), s.cached_input.as_str(), s.output.as_str())).collect();
    assert_eq!(rates, [("openai/gpt-5.5", 0, "5", "0.5", "30"), ("openai/gpt-5.5", 272_000, "10", "1", "45")]);
    assert!(shown[0].source.starts_with("genai-prices "));
    assert_eq!(embedded().shown(&ask("mock-large", at)), []);
    let own = with_file(
        "[[price]]\nmodel = \"acme-1\"\naliases = [\"acme\"]\nsource = \"contract 7\"\nfrom = \"2026-01-01\"\ninput_mtok = 2\noutput_mtok = 8\n",
    );
    let shown = own.shown(&ask("ACME", at));
    assert_eq!(
        (shown.len(), shown[0].name.as_str(), shown[0].source.as_str()),
        (1, "user/acme-1@2026-01-01", "price file 2026-01-01 to now, contract 7")
    );
}

#[test]
fn an_answer_that_is_remembered_is_the_one_that_a_question_gets() {
    let models: Vec<(String, String)> =
        genai_prices::Calculator::bundled().providers().flat_map(|p| p.models().map(move |m| (p.id().to_owned(), m.id().to_owned()))).collect();
    let prices = with_file(
        "[[price]]\nmodel = \"gpt-5.5\"\nfrom = 2026-11-01\ninput_mtok = 1\noutput_mtok = 2\n\
        long_context = { above = 777, input_mtok = 3, output_mtok = 4 }",
    );
    let mut random = fastrand::Rng::with_seed(3);
    let edges = [0, 1, 777, 32_000, 64_000, 100_000, 128_000, 199_999, 200_000, 256_000, 272_000, 500_000, 512_000, 524_288, 1_000_000, 1_048_576];
    let mut asked = 0;
    for (provider, model) in &models {
        // both sides of an edge, in one step of the time and over some
        let edge = edges[random.usize(0..edges.len())] + random.i64(-1..=1);
        let day = NOV_22_2026 - random.i64(0..900);
        let half_hour = day * 48 + random.i64(0..48);
        for _ in 0..6 {
            let input = [edge, edge, random.i64(-1..1_100_000), 1000 * random.i64(0..1_100)][random.usize(0..4)];
            let time = (half_hour * 1800 + random.i64(0..1800)) * 1_000_000_000;
            let tier = [None, None, Some("priority"), Some("flex"), Some("default"), Some("batch")][random.usize(0..6)];
            let tokens = tokens(input, input / 2, 5, 77);
            let answer = prices.answer(&[provider], model, time, tier, input);
            let direct = answer
                .and_then(|(found, id)| Some(Price { nanousd: cost(&found.rates, &tokens, input, 77)?, id, tier_estimated: found.tier_estimated }));
            asked += usize::from(direct.is_some());
            assert_eq!(prices.price(&[provider], model, Some(time), tier, &tokens), direct, "{provider}/{model} {tier:?} {input} {time}");
        }
    }
    assert!(asked > 5_000, "{asked}");
}
