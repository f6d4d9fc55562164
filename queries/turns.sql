-- title: Turns
-- answers: every turn on one line: when, how long, how it ended, what it used and what it cost
-- parameters: since, until, agent, model, conversation, user, environment
-- columns:
--   start_time            timestamp start of the turn span, else the prompt
--   conversation_id       text      conversation
--   turn_index            int64     1 for the first turn of its conversation
--   model                 text      model
--   outcome               text      completed | failed | interrupted | unknown
--   duration_ms           double    end - start, milliseconds
--   estimated             boolean   true where no turn span was exported and the interval comes from events
--   ttft_ms               double    time to first token, milliseconds
--   model_calls           int64     model calls, failed attempts included
--   tool_calls            int64     tool calls, executed or not
--   total_tokens          int64     input + output; null where unknown
--   cost_usd              double    cost in USD; null when no call has a price
--   lower_bound           boolean   true when calls of unknown cost lie under the cost
--   prompt_chars          int64     length of the prompt in characters
--   agent                 text      agent
--   turn_id               text      turn
--   end_time              timestamp end of the turn span, else the last record before the next prompt
--   input_tokens          int64     tokens in, cached and cache-written included
--   cached_input_tokens   int64     of these: read from the cache
--   cache_write_tokens    int64     of these: written to the cache
--   output_tokens         int64     tokens out, reasoning included
--   reasoning_tokens      int64     of these: reasoning
--   unpriced_calls        int64     calls with an answer or tokens but of unknown cost: no price, or not all tokens
--   cost_nanousd          int64     cost, 10⁻⁹ USD: as reported where present, else list
--   list_cost_nanousd     int64     cost by the price table, 10⁻⁹ USD
--   reported_cost_nanousd int64     cost as the agent reported it, 10⁻⁹ USD
--   trace_id              text      trace of the turn, where exported
SELECT
    start_time, conversation_id, turn_index, model, outcome,
    ROUND(duration_ns / 1000000.0, 6) AS duration_ms,
    estimated,
    ROUND(ttft_ns / 1000000.0, 6) AS ttft_ms,
    model_calls, tool_calls, total_tokens,
    ROUND(cost_nanousd / 1000000000.0, 9) AS cost_usd,
    unpriced_calls > 0 AS lower_bound,
    prompt_chars, agent, turn_id, end_time,
    input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens,
    unpriced_calls, cost_nanousd, list_cost_nanousd, reported_cost_nanousd, trace_id
FROM turns
ORDER BY DATE_TRUNC('microsecond', start_time), turn_id, conversation_id
