//! A response, or a request that failed, as one record or span tells all of it. Border: fields in, figures as the tables have them out; in
//! which conversation it counts, and beside which others, is for `model_calls`.

use std::sync::Arc;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::attributes::Picked;
use crate::dialect::{Dialect, Field, TokenRules};
use crate::pool::Pool;
use crate::tokens::Tokens;

/// A response, or a request that failed.
#[derive(Debug, Clone, Default)]
pub struct Response {
    /// Whether it completed.
    pub ok: bool,
    /// Its tokens.
    pub tokens: Option<Tokens>,
    /// They prove that the program counts cached input apart, and were read so.
    pub cache_apart: bool,
    /// Who answered, in the agent's words.
    pub provider: Option<Arc<str>>,
    /// The provider's id of it.
    pub id: Option<Arc<str>>,
    /// What it was asked for, in the agent's words.
    pub role: Option<Arc<str>>,
    /// Number of attempts, this one included.
    pub attempt: Option<i64>,
    /// HTTP status code.
    pub http_status: Option<i64>,
    /// Error text.
    pub error: Option<String>,
    /// Duration.
    pub duration_ns: Option<i64>,
    /// Time to first token.
    pub ttft_ns: Option<i64>,
    /// Service tier.
    pub service_tier: Option<Arc<str>>,
    /// Reasoning effort.
    pub effort: Option<Arc<str>>,
    /// The agent's own figure for its cost, 10⁻⁹ USD.
    pub reported_nanousd: Option<i64>,
    /// The agent's own figure in units that are no money.
    pub cost_units: Option<f64>,
}

impl Response {
    /// Takes it that the model gives no tokens out.
    pub fn has_no_output(&mut self) {
        self.tokens.iter_mut().for_each(Tokens::has_no_output);
    }
}

/// Reads it; `failed` where something beside the fields says so.
pub fn read(dialect: &Dialect, pool: &mut Pool, fields: &Picked<'_>, failed: Option<bool>) -> Response {
    let http_status = fields.int(Field::HttpStatus);
    let error = fields.text(Field::Error).or(fields.text(Field::ErrorType));
    let failed = failed.unwrap_or(false) || error.is_some() || fields.bool(Field::Success) == Some(false) || http_status.is_some_and(|s| s >= 400);
    let micros = || Some(usd(fields.text(Field::ReportedMicros)?, 1_000));
    let tokens = tokens(&dialect.tokens, fields);
    let masks = pool.masks().clone();
    let mut shared = |field: Field| fields.text(field).map(|t| pool.share(t));
    let mut response = Response {
        ok: !failed,
        tokens: (tokens.input.is_some() || tokens.output.is_some()).then_some(tokens),
        cache_apart: is_apart(&dialect.tokens, fields),
        provider: shared(Field::Provider),
        id: shared(Field::ResponseId),
        role: shared(Field::Role),
        attempt: fields.int(Field::Attempt),
        http_status,
        error: failed.then(|| error.map(|e| masks.mask(e).into_owned())).flatten(),
        duration_ns: fields.duration_ns(),
        ttft_ns: fields.ttft_ns(),
        service_tier: shared(Field::ServiceTier),
        effort: shared(Field::ReasoningEffort),
        reported_nanousd: micros().unwrap_or_else(|| usd(fields.text(Field::ReportedUsd)?, 1_000_000_000)),
        cost_units: fields
            .text(Field::CostUnits)
            .and_then(|t| t.trim().parse().ok())
            .filter(|u: &f64| u.is_finite() && !dialect.cost.unit.is_empty()),
    };
    if fields.text(Field::Operation).is_some_and(|operation| dialect.has_no_output(operation)) {
        response.has_no_output();
    }
    response
}

/// Tokens as the tables have them: what the dialect says is counted apart is added.
pub fn tokens(rules: &TokenRules, fields: &Picked<'_>) -> Tokens {
    let plus = |sum: Option<i64>, parts: &[Option<i64>]| sum.map(|n| parts.iter().flatten().fold(n, |n, part| n.saturating_add(*part)));
    let counted = fields.int(Field::InputTokens).is_some();
    let part = |field: Field| fields.int(field).or((rules.zero_where_absent && counted).then_some(0));
    let (cached, cache_write) = (part(Field::CachedInputTokens), part(Field::CacheWriteTokens));
    let mut input = plus(fields.int(Field::InputTokens), &[fields.int(Field::ToolInputTokens)]);
    if rules.input_excludes_cache || is_apart(rules, fields) {
        input = input.map(|input| add_cache(input, cached, cache_write));
    }
    let reasoning = part(Field::ReasoningTokens);
    let mut output = fields.int(Field::OutputTokens);
    if rules.output_excludes_reasoning {
        output = plus(output, &[reasoning]);
    }
    Tokens { input, cached, cache_write, cache_write_1h: fields.int(Field::CacheWrite1h), output, reasoning }
}

/// Whether the counts prove that cached input is not in the input: it is more.
fn is_apart(rules: &TokenRules, fields: &Picked<'_>) -> bool {
    let input = fields.int(Field::InputTokens).map(|n| n.saturating_add(fields.int(Field::ToolInputTokens).unwrap_or(0)));
    let (cached, cache_write) = (fields.int(Field::CachedInputTokens), fields.int(Field::CacheWriteTokens));
    rules.cache_may_be_apart && !rules.input_excludes_cache && input.is_some_and(|input| add_cache(0, cached, cache_write) > input)
}

/// Input and what was read from the cache and written to it.
pub fn add_cache(input: i64, cached: Option<i64>, cache_write: Option<i64>) -> i64 {
    [cached, cache_write].into_iter().flatten().fold(input, i64::saturating_add)
}

/// A sum of money in the agent's own digits as 10⁻⁹ USD, rounded half to even; `nano` of these are one of its units.
pub fn usd(text: &str, nano: i64) -> Option<i64> {
    let text = text.trim();
    let sum: Decimal = text.parse().or_else(|_| Decimal::from_scientific(text)).ok()?;
    sum.checked_mul(Decimal::from(nano))?.round().to_i64()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attributes::Reader;

    fn of(agent: &str, json: &str) -> Response {
        let dialect = Dialect::embedded(agent).unwrap();
        read(&dialect, &mut Pool::default(), &Reader::new(&dialect).read(json).unwrap(), None)
    }

    fn counts(agent: &str, json: &str) -> [Option<i64>; 5] {
        let t = of(agent, json).tokens.unwrap();
        [t.input, t.cached, t.cache_write, t.output, t.reasoning]
    }

    #[test]
    fn every_agents_counts_become_the_same() {
        let claude = r#"{"input_tokens":500,"output_tokens":40,"cache_read_tokens":200,"cache_creation_tokens":"300"}"#;
        assert_eq!(counts("claude-code", claude), [Some(1000), Some(200), Some(300), Some(40), None]);
        let gemini =
            r#"{"input_token_count":1000,"output_token_count":30,"cached_content_token_count":200,"thoughts_token_count":10,"tool_token_count":5}"#;
        assert_eq!(counts("gemini", gemini), [Some(1005), Some(200), None, Some(40), Some(10)]);
        let qwen = r#"{"input_token_count":1000,"output_token_count":40,"cached_content_token_count":200,"thoughts_token_count":10}"#;
        assert_eq!(counts("qwen", qwen), [Some(1000), Some(200), None, Some(40), Some(10)]);
        let copilot = r#"{"gen_ai.usage.input_tokens":1000,"gen_ai.usage.output_tokens":40,"gen_ai.usage.cache_read.input_tokens":200}"#;
        assert_eq!(counts("copilot", copilot), [Some(1000), Some(200), Some(0), Some(40), Some(0)]);
        assert_eq!(counts("genai", copilot), [Some(1000), Some(200), None, Some(40), None]);
    }

    #[test]
    fn cached_input_that_is_more_than_the_input_is_apart() {
        let json = r#"{"gen_ai.usage.input_tokens":10,"gen_ai.usage.output_tokens":4,"gen_ai.usage.cache_read.input_tokens":200}"#;
        assert_eq!(counts("genai", json)[0], Some(210));
    }

    #[test]
    fn money_is_exact() {
        for (text, expected) in
            [("0.012345678", Some(12_345_678)), ("1", Some(1_000_000_000)), ("1e-3", Some(1_000_000)), ("0.0000000005", Some(0)), ("x", None)]
        {
            assert_eq!(usd(text, 1_000_000_000), expected, "{text}");
        }
        assert_eq!(of("claude-code", r#"{"cost_usd":0.0014399999999999999,"cost_usd_micros":1440}"#).reported_nanousd, Some(1_440_000));
    }

    #[test]
    fn errors_fail_a_response_and_units_are_no_money() {
        assert!(!of("gemini", r#"{"status_code":500}"#).ok && !of("claude-code", r#"{"success":"false"}"#).ok);
        let failed = of("copilot", r#"{"error.type":"ModelCallError","gen_ai.usage.input_tokens":1}"#);
        assert_eq!((failed.ok, failed.error.as_deref()), (false, Some("ModelCallError")));
        assert_eq!(of("copilot", r#"{"github.copilot.cost":0.33}"#).cost_units, Some(0.33));
    }
}
