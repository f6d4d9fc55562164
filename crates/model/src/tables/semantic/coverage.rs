//! The semantic table about what was exported. Border: as those above; it judges the others and adds nothing to them.

use super::{AGENT, CACHE_WRITE, CACHED, INPUT, OUTPUT, REASONING};
use crate::tables::{Table, boolean, int, text, time};

/// A row is what one signal says of a conversation on a day.
pub static COVERAGE: Table = Table {
    name: "coverage",
    row: "what one signal says of a conversation on a day, or what is known to be lost of no one conversation",
    columns: &[
        time("time", "first of the records; of a missing signal the first of the conversation on that day"),
        text("conversation_id", "the conversation that a user began; null where records name none, and for losses of no one conversation"),
        AGENT,
        text("service_name", "resource attribute service.name"),
        text("process", "process, where the row is about one"),
        text("signal", "log | span | turn_span (sums on spans of turns) | metric"),
        boolean("chosen", "true where the tables believe this signal"),
        text(
            "status",
            "complete | incomplete: of the chosen one, and where nothing can be counted; agrees | differs | without_tokens | missing: of the others",
        ),
        text(
            "causes",
            "why, joined by comma and space: spans_lost open_calls unfinished_turn calls_without_tokens no_responses no_conversation log_missing span_missing log_says_more span_says_more turn_span_says_more metric_says_more cut_attributes not_exported exec_without_metrics resampled_metrics partly_forgotten collector_refused collector_failed collector_dropped",
        ),
        text("detail", "figures and names that go with the causes"),
        int("records", "records that tell something, or of which the Collector says that they were lost"),
        int("responses", "model calls whose tokens it knows"),
        int("failed_calls", "model calls that failed"),
        int("tool_calls", "tool calls"),
        INPUT,
        CACHED,
        CACHE_WRITE,
        OUTPUT,
        REASONING,
        int("input_difference", "its input tokens less those of the chosen signal"),
        int("output_difference", "its output tokens less those of the chosen signal"),
        int("lost_spans", "spans whose parent never arrived; of the chosen row"),
    ],
    sort: &["time", "agent", "conversation_id", "signal"],
};
