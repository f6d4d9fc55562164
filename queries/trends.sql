-- title: Trends
-- answers: what each model of each agent was used for day by day: calls, errors, tokens, cost, time to the first token
-- parameters: since, until, agent, model, conversation, user, environment
-- by: day, agent, model, hour, version, kind, environment, originator, provider, reasoning_effort, service_tier
-- rank: total_tokens
-- nightly: lake
-- columns:
--   day                 date    day in the zone asked for; null where the time of a call is unknown
--   agent               text    agent
--   model               text    model that answered
--   conversations       int64   conversations with such calls
--   turns               int64   turns with such calls
--   calls               int64   attempts at a response, failed ones included
--   errors              int64   of these: failed
--   error_rate          double  errors / calls
--   input_tokens        int64   tokens in, cached and cache-written included; null where unknown
--   cached_input_tokens int64   of these: read from the cache
--   output_tokens       int64   tokens out, reasoning included
--   total_tokens        int64   input + output
--   cache_hit_ratio     double  cached / input
--   p50_ttft_ms         double  median time to the first token, milliseconds; quantiles are exact (type 7)
--   cost_usd            double  cost in USD; null when no call has a price
--   lower_bound         boolean true when calls without a price lie under the cost
--   unpriced_calls      int64   calls with tokens but without a price
--   cost_nanousd        int64   cost, 10⁻⁹ USD: as reported where present, else list
WITH groups AS (
    SELECT
        /*by*/ CAST(time AS DATE) AS day, agent, model /*end*/,
        COUNT(DISTINCT conversation_id) AS conversations,
        COUNT(DISTINCT conversation_id || '/' || turn_id) AS turns,
        COUNT(*) AS calls,
        COUNT(*) FILTER (WHERE outcome = 'error') AS errors,
        SUM(input_tokens) AS input_tokens,
        SUM(cached_input_tokens) AS cached_input_tokens,
        SUM(output_tokens) AS output_tokens,
        SUM(total_tokens) AS total_tokens,
        -- to 8 places first: what lies halfway between two nanoseconds is then one number in every engine
        ROUND(ROUND(QUANTILE_CONT(ttft_ns, 0.5) / 1000000.0, 8), 6) AS p50_ttft_ms,
        COUNT(*) FILTER (WHERE total_tokens IS NOT NULL AND cost_nanousd IS NULL) AS unpriced_calls,
        SUM(cost_nanousd) AS cost_nanousd
    FROM model_calls
    GROUP BY /*by*/ day, agent, model /*end*/
)
SELECT
    /*by*/ day, agent, model /*end*/,
    conversations, turns, calls, errors,
    errors * 1.0 / calls AS error_rate,
    input_tokens, cached_input_tokens, output_tokens, total_tokens,
    cached_input_tokens * 1.0 / NULLIF(input_tokens, 0) AS cache_hit_ratio,
    p50_ttft_ms,
    ROUND(cost_nanousd / 1000000000.0, 9) AS cost_usd,
    unpriced_calls > 0 AS lower_bound,
    unpriced_calls,
    cost_nanousd
FROM groups
ORDER BY /*by*/ day, agent, model /*end*/
