-- title: Coverage
-- answers: what each signal says of each conversation and day, which one is believed, what is missing, what disagrees and by how much, and why
-- parameters: since, until, agent, model, conversation, user, environment
-- columns:
--   day                 date   UTC day
--   agent               text   agent
--   conversation_id     text   conversation, with all that work within it; null where records name none, and for losses of no one conversation
--   signal              text   log, span, turn_span (sums on spans of turns) or metric
--   chosen              boolean true where the tables believe this signal
--   status              text   complete or incomplete: of the chosen one, and where nothing can be counted; agrees, differs, without_tokens or missing: of the others
--   causes              text   why
--   detail              text   figures and names that go with the causes
--   process             text   process, where the row is about one
--   records             int64  records that tell something, or that the Collector says were lost
--   responses           int64  model calls whose tokens it knows
--   failed_calls        int64  model calls that failed
--   tool_calls          int64  tool calls
--   input_tokens        int64  tokens in
--   cached_input_tokens int64  of these: read from the cache
--   output_tokens       int64  tokens out
--   reasoning_tokens    int64  of these: reasoning
--   input_difference    int64  its input tokens less those of the chosen signal
--   output_difference   int64  its output tokens less those of the chosen signal
--   lost_spans          int64  spans whose parent never arrived
SELECT
    CAST(time AS DATE) AS day, agent, conversation_id, signal, chosen, status, causes, detail, process,
    records, responses, failed_calls, tool_calls, input_tokens, cached_input_tokens, output_tokens, reasoning_tokens,
    input_difference, output_difference, lost_spans
FROM coverage
ORDER BY day, agent, conversation_id, process, signal, status, service_name, detail, DATE_TRUNC('microsecond', time)
