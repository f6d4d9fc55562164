-- title: Models
-- answers: which models were used, how often, with what success, tokens and cost, and since when
-- parameters: since, until, agent, model, conversation, user, environment
-- by: agent, model, day, hour, version, conversation, kind, user, environment, originator, provider, requested_model, reasoning_effort, service_tier
-- rank: total_tokens
-- columns:
--   agent                text      agent
--   model                text      model that answered
--   conversations        int64     conversations in which it was called
--   turns                int64     turns in which it was called
--   calls                int64     attempts at a response, failed ones included
--   ok                   int64     calls that succeeded
--   errors               int64     calls that failed
--   total_tokens         int64     input + output
--   cost_usd             double    cost in USD; null when no call has a price
--   lower_bound          boolean   true when calls of unknown cost lie under the cost
--   cost_share           double    share of the cost of all rows
--   token_share          double    share of the tokens of all rows
--   first_time           timestamp first call
--   last_time            timestamp last call
--   input_tokens         int64     tokens in, cached and cache-written included
--   cached_input_tokens  int64     of these: read from the cache
--   cache_write_tokens   int64     of these: written to the cache
--   output_tokens        int64     tokens out, reasoning included
--   reasoning_tokens     int64     of these: reasoning
--   unpriced_calls       int64     calls with an answer or tokens but of unknown cost: no price, or not all tokens
--   cost_nanousd         int64     cost, 10⁻⁹ USD: as reported where present, else list
WITH groups AS (
    SELECT
        /*by*/ agent, model /*end*/,
        COUNT(DISTINCT conversation_id) AS conversations,
        COUNT(DISTINCT conversation_id || '/' || turn_id) AS turns,
        COUNT(*) AS calls,
        COUNT(*) FILTER (WHERE outcome = 'ok') AS ok,
        COUNT(*) FILTER (WHERE outcome = 'error') AS errors,
        SUM(total_tokens) AS total_tokens,
        MIN(time) AS first_time,
        MAX(time) AS last_time,
        SUM(input_tokens) AS input_tokens,
        SUM(cached_input_tokens) AS cached_input_tokens,
        SUM(cache_write_tokens) AS cache_write_tokens,
        SUM(output_tokens) AS output_tokens,
        SUM(reasoning_tokens) AS reasoning_tokens,
        COUNT(*) FILTER (WHERE cost_nanousd IS NULL AND (outcome = 'ok' OR input_tokens IS NOT NULL OR output_tokens IS NOT NULL)) AS unpriced_calls,
        SUM(cost_nanousd) AS cost_nanousd
    FROM model_calls
    GROUP BY /*by*/ agent, model /*end*/
),
whole AS (
    SELECT SUM(cost_nanousd) AS all_cost, SUM(total_tokens) AS all_tokens FROM groups
)
SELECT
    /*by*/ agent, model /*end*/,
    conversations, turns, calls, ok, errors, total_tokens,
    ROUND(cost_nanousd / 1000000000.0, 9) AS cost_usd,
    unpriced_calls > 0 AS lower_bound,
    cost_nanousd * 1.0 / NULLIF(all_cost, 0) AS cost_share,
    total_tokens * 1.0 / NULLIF(all_tokens, 0) AS token_share,
    first_time, last_time,
    input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, unpriced_calls, cost_nanousd
FROM groups CROSS JOIN whole
ORDER BY /*by*/ agent, model /*end*/
