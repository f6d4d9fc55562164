//! The semantic fields an attribute can feed, and the type each must have. Border: names and types; which attribute feeds
//! which field is the dialect's data.

/// The type a field's value must have; a value of another type that cannot be read as it is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text, not empty.
    Text,
    /// Integer, or text that is one.
    Int,
    /// Milliseconds, whole or not, or text that is a number; kept as nanoseconds.
    Millis,
    /// Seconds, whole or not, or text that is a number; kept as nanoseconds.
    Seconds,
    /// The same in microseconds.
    Micros,
    /// The same in nanoseconds.
    Nanos,
    /// Boolean, or the text `true` or `false`; an array is true where one of its values is.
    Bool,
    /// A number in its own digits.
    Decimal,
}

macro_rules! fields {
    ($($variant:ident $name:literal $kind:ident,)*) => {
        /// A semantic field.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Field { $(#[doc = $name] $variant,)* }

        impl Field {
            /// All fields, in the order of their numbers.
            pub const ALL: &'static [Field] = &[$(Field::$variant,)*];

            /// Its name in a dialect.
            pub fn name(self) -> &'static str {
                match self { $(Field::$variant => $name,)* }
            }

            /// The type its value must have.
            pub fn kind(self) -> Kind {
                match self { $(Field::$variant => Kind::$kind,)* }
            }
        }
    };
}

fields! {
    ConversationId "conversation_id" Text,
    TurnId "turn_id" Text,
    Model "model" Text,
    RequestedModel "requested_model" Text,
    Provider "provider" Text,
    Version "version" Text,
    Originator "originator" Text,
    UserEmail "user_email" Text,
    UserAccount "user_account" Text,
    ApprovalPolicy "approval_policy" Text,
    SandboxPolicy "sandbox_policy" Text,
    ReasoningEffort "reasoning_effort" Text,
    ServiceTier "service_tier" Text,
    McpServers "mcp_servers" Text,
    AgentName "agent_name" Text,
    SessionSource "session_source" Text,
    Prompt "prompt" Text,
    PromptChars "prompt_chars" Int,
    Endpoint "endpoint" Text,
    Operation "operation" Text,
    Role "role" Text,
    SubagentId "subagent_id" Text,
    SubagentName "subagent_name" Text,
    ParentConversationId "parent_conversation_id" Text,
    EventName "event_name" Text,
    ResponseId "response_id" Text,
    Attempt "attempt" Int,
    HttpStatus "http_status" Int,
    Error "error" Text,
    ErrorType "error_type" Text,
    StreamKind "stream_kind" Text,
    Duration "duration_ms" Millis,
    DurationSeconds "duration_s" Seconds,
    DurationMicros "duration_us" Micros,
    DurationNanos "duration_ns" Nanos,
    Ttft "ttft_ms" Millis,
    TtftSeconds "ttft_s" Seconds,
    TtftMicros "ttft_us" Micros,
    TtftNanos "ttft_ns" Nanos,
    InputTokens "input_tokens" Int,
    CachedInputTokens "cached_input_tokens" Int,
    CacheWriteTokens "cache_write_tokens" Int,
    CacheWrite1h "cache_write_1h_tokens" Int,
    ToolInputTokens "tool_input_tokens" Int,
    OutputTokens "output_tokens" Int,
    ReasoningTokens "reasoning_tokens" Int,
    TurnInputTokens "turn_input_tokens" Int,
    TurnCachedInputTokens "turn_cached_input_tokens" Int,
    TurnCacheWriteTokens "turn_cache_write_tokens" Int,
    TurnOutputTokens "turn_output_tokens" Int,
    TurnReasoningTokens "turn_reasoning_tokens" Int,
    ReportedUsd "reported_usd" Decimal,
    ReportedMicros "reported_usd_micros" Decimal,
    CostUnits "cost_units" Decimal,
    CallId "call_id" Text,
    ToolName "tool_name" Text,
    ToolNamespace "tool_namespace" Text,
    McpServer "mcp_server" Text,
    ToolOrigin "tool_origin" Text,
    ToolParameters "tool_parameters" Text,
    ExitCode "exit_code" Int,
    Arguments "arguments" Text,
    ArgumentsBytes "arguments_bytes" Int,
    Output "output" Text,
    OutputBytes "output_bytes" Int,
    Success "success" Bool,
    Decision "decision" Text,
    DecisionSource "decision_source" Text,
    Aborted "aborted" Bool,
    RequestId "request_id" Text,
    PhaseName "phase_name" Text,
    PhaseStatus "phase_status" Text,
}

impl Field {
    /// The field of that name.
    pub fn by_name(name: &str) -> Option<Field> {
        Field::ALL.iter().copied().find(|f| f.name() == name)
    }
}
