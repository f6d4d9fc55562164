use super::*;

/// Noon UTC of a day, counted from 1970-01-01.
fn noon(day: i64) -> Option<i64> {
    Some(day * 86_400_000_000_000 + 43_200_000_000_000)
}

const NOV_22_2026: i64 = 20_779;
const JUL_29_2026: i64 = 20_663;

fn tokens(input: i64, cached: i64, cache_write: i64, output: i64) -> Tokens {
    Tokens { input: Some(input), cached: Some(cached), cache_write: Some(cache_write), output: Some(output), reasoning: None }
}

fn embedded() -> Prices {
    Prices::load(None, "openai").unwrap()
}

fn with_file(text: &str) -> Prices {
    Prices { file: file::parse(text).unwrap(), ..embedded() }
}

#[test]
fn cached_input_has_its_own_rate() {
    // gpt-5.5: 5 in, 0.5 cached, 30 out per million: 200·5 + 1000·0.5 + 20·30 = 2100 millionths of a USD
    let price = embedded().price("gpt-5.5", noon(NOV_22_2026), None, &tokens(1200, 1000, 0, 20)).unwrap();
    assert_eq!(price, Price { nanousd: 2_100_000, id: "openai/gpt-5.5 standard 5/0.5/5/30".to_owned(), tier_estimated: false });
}

#[test]
fn the_whole_request_is_at_the_tier_of_its_total_input() {
    // 272,000 is still the base tier; one token more doubles input and cached, and makes output 45.
    let at = |input| embedded().price("gpt-5.5", noon(NOV_22_2026), None, &tokens(input, 100_000, 0, 1000)).unwrap();
    assert_eq!(at(272_000).nanousd, 172_000 * 5_000 + 100_000 * 500 + 1000 * 30_000);
    assert_eq!(at(272_001).nanousd, 172_001 * 10_000 + 100_000 * 1_000 + 1000 * 45_000);
}

#[test]
fn the_price_is_that_of_the_day() {
    // gpt-5.6-luna fell from 1/0.10/6 to 0.20/0.02/1.20 on 2026-07-30
    let on = |day| embedded().price("gpt-5.6-luna", noon(day), None, &tokens(1000, 0, 0, 100)).unwrap().nanousd;
    assert_eq!(on(JUL_29_2026), 1000 * 1_000 + 100 * 6_000);
    assert_eq!(on(JUL_29_2026 + 1), 1000 * 200 + 100 * 1_200);
}

#[test]
fn cache_writes_cost_their_rate_or_that_of_input() {
    let price = |model: &str| embedded().price(model, noon(NOV_22_2026), None, &tokens(1000, 0, 400, 0)).unwrap().nanousd;
    assert_eq!(price("gpt-5.6-luna"), 600 * 200 + 400 * 250);
    assert_eq!(price("gpt-5.5"), 1000 * 5_000);
}

#[test]
fn a_tier_without_a_dated_price_is_marked() {
    let price = |tier, day| embedded().price("gpt-5.5", noon(day), Some(tier), &tokens(1000, 0, 0, 0)).unwrap();
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
        assert_eq!(prices.price(model, noon(NOV_22_2026), None, &tokens(1000, 0, 0, 10)), None, "{model}");
    }
    assert_eq!(prices.price("gpt-5.5", None, None, &tokens(1000, 0, 0, 10)), None);
    assert_eq!(prices.price("gpt-5.5", noon(NOV_22_2026), None, &Tokens { input: Some(1), ..Tokens::default() }), None);
}

#[test]
fn half_a_nanousd_goes_to_even() {
    let prices = with_file("[[price]]\nmodel = \"m\"\ninput_mtok = \"0.0005\"\noutput_mtok = 0");
    let nanousd = |input| prices.price("m", noon(NOV_22_2026), None, &tokens(input, 0, 0, 0)).unwrap().nanousd;
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
    let price = |model: &str, day, tier, t| prices.price(model, noon(day), tier, &t).unwrap();
    let old = price("house-model", NOV_22_2026 - 60, None, tokens(100, 50, 0, 2));
    assert_eq!((old.nanousd, old.id.as_str()), (105_000, "acme/house-model@2026-01-01 standard 1/1/1/2.5"));
    assert_eq!(price("house-model", NOV_22_2026, None, tokens(1000, 100, 100, 2)).nanousd, 800 * 2_000 + 100 * 200 + 100 * 3_000 + 10_000);
    assert_eq!(price("house-model", NOV_22_2026, None, tokens(1001, 0, 0, 2)).nanousd, 1001 * 4_000 + 20_000);
    assert_eq!(price("gpt-5.5", NOV_22_2026, None, tokens(10, 0, 0, 1)).nanousd, 11_000);
    assert_eq!(price("gpt-5.5", NOV_22_2026, Some("flex"), tokens(10, 0, 0, 0)).nanousd, 5_000);
    assert!(price("gpt-5.5", NOV_22_2026, Some("priority"), tokens(10, 0, 0, 0)).tier_estimated);
    assert_eq!(prices.price("house-model", noon(20_000), None, &tokens(1, 0, 0, 1)), None);
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
