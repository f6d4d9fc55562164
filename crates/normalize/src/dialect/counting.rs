//! The sections of a dialect's file about what is counted: tokens, costs, metrics. Border: as for the others.

use std::collections::BTreeMap;

use serde::Deserialize;

/// How the agent counts tokens, where that is not as the tables have it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TokenRules {
    /// What was read from or written to the cache is not in the input.
    pub input_excludes_cache: bool,
    /// Reasoning is not in the output.
    pub output_excludes_reasoning: bool,
    /// Emitters differ: cached input that is more than the input cannot be part of it.
    pub cache_may_be_apart: bool,
    /// A count that is zero is left out.
    pub zero_where_absent: bool,
    /// The order in which signals are believed, best first: `log`, `span`, `metric`.
    pub rank: Vec<crate::model_calls::Signal>,
}

/// What the agent's own figure for a call is, where it is no money.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Cost {
    /// Name of the unit.
    pub unit: String,
}

/// A metric that counts tokens.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TokenMetric {
    /// Its name.
    pub metric: String,
    /// Which tokens, where the metric counts one kind only.
    pub counts: Option<TokenKind>,
    /// Else the label that says which.
    pub label: String,
    /// What the label's values mean; others are not counted.
    pub values: BTreeMap<String, TokenKind>,
    /// Where an agent exports the same tokens under several metrics, the lowest number that a process exports counts.
    pub generation: u8,
}

/// A kind of token, as a metric counts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenKind {
    /// In.
    Input,
    /// Read from the cache.
    Cached,
    /// Written to the cache.
    CacheWrite,
    /// Out.
    Output,
    /// Reasoning.
    Reasoning,
    /// In, for tools, and not counted as input.
    ToolInput,
}

/// Labels of metrics.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Metrics {
    /// What the names of the agent's own metrics begin with.
    pub prefixes: Vec<String>,
    /// What the names of metrics begin with that the agent shares with others: they are its own where scope or service are.
    pub shared_prefixes: Vec<String>,
    /// Labels with the model, best first.
    pub model: Vec<String>,
    /// Labels with the tool.
    pub tool: Vec<String>,
    /// Labels with the type of token.
    pub token_type: Vec<String>,
    /// Labels, else resource attributes, with the conversation.
    pub conversation: Vec<String>,
    /// Metrics that count tokens.
    pub tokens: Vec<TokenMetric>,
}

/// Something that the agent counts or tells beside calls: where, and what its attributes mean. It is told by a metric, an event or a span; each
/// list has attributes, best first.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Activity {
    /// What it is: the word in the column `kind`.
    pub kind: String,
    /// Name of the metric whose increase is the amount.
    pub metric: String,
    /// Name of the event.
    pub event: String,
    /// Name of the span.
    pub span: String,
    /// The attribute that says what it is, where that differs.
    pub label: String,
    /// What its values mean; others are not counted.
    pub values: BTreeMap<String, String>,
    /// Attribute of an event or a span with the amount; else it is one.
    pub amount: String,
    /// Attributes with what kind of it.
    pub detail: Vec<String>,
    /// Attributes with the tool.
    pub tool: Vec<String>,
    /// Attributes with the decision.
    pub decision: Vec<String>,
    /// Attributes with who decided.
    pub source: Vec<String>,
    /// Attributes with the programming language.
    pub language: Vec<String>,
    /// Attributes with the terminal or editor.
    pub terminal: Vec<String>,
    /// Attributes with the model.
    pub model: Vec<String>,
}
