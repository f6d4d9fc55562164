-- title: Sources
-- answers: what models were asked for beside what the user asked: titles, summaries, sub-agents, helpers; with tokens and cost
-- parameters: since, until, agent, model, conversation, user, environment
-- by: agent, kind, query_source, model, day, hour, version, conversation, user, environment, originator, provider
-- rank: total_tokens
-- lookups: conversations
-- columns:
--   agent          text    agent
--   kind           text    what the conversation is for: main, subagent, review, title, compaction or helper
--   query_source   text    what the model was asked for, in the agent's words; null where it says nothing
--   calls          int64   attempts at a response
--   conversations  int64   conversations with such calls
--   input_tokens   int64   tokens in
--   output_tokens  int64   tokens out
--   total_tokens   int64   both
--   cost_usd       double  reported where present, else list; a lower bound while any call is unpriced
--   unpriced_calls int64   calls with an answer or tokens but of unknown cost: no price, or not all tokens
--   cost_nanousd   int64   cost_usd, exact
WITH calls AS (
    SELECT model_calls.*, conversations.kind
    FROM model_calls
    LEFT JOIN conversations ON model_calls.conversation_id = conversations.conversation_id
)
SELECT
    /*by*/ agent, kind, query_source /*end*/,
    COUNT(*) AS calls,
    COUNT(DISTINCT conversation_id) AS conversations,
    SUM(input_tokens) AS input_tokens,
    SUM(output_tokens) AS output_tokens,
    SUM(total_tokens) AS total_tokens,
    ROUND(SUM(cost_nanousd) / 1000000000.0, 9) AS cost_usd,
    COUNT(*) FILTER (WHERE cost_nanousd IS NULL AND (outcome = 'ok' OR input_tokens IS NOT NULL OR output_tokens IS NOT NULL)) AS unpriced_calls,
    SUM(cost_nanousd) AS cost_nanousd
FROM calls
GROUP BY /*by*/ agent, kind, query_source /*end*/
ORDER BY /*by*/ agent, kind, query_source /*end*/
