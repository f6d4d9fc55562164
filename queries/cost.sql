-- title: Cost
-- answers: what the model calls cost, by which price, and which calls have none
-- parameters: since, until, agent, model, conversation, user, environment
-- by: agent, model, price_id, day, hour, version, conversation, kind, turn, user, environment, originator, provider, requested_model, reasoning_effort, service_tier
-- rank: cost_nanousd
-- columns:
--   agent                 text    agent
--   model                 text    model that answered
--   price_id              text    price applied; null for calls without a price
--   calls                 int64   attempts at a response, failed ones included
--   total_tokens          int64   input + output
--   cost_usd              double  cost in USD; null when no call has a price
--   lower_bound           boolean true when calls of unknown cost lie under the cost
--   unpriced_calls        int64   calls with an answer or tokens but of unknown cost: no price, or not all tokens
--   list_cost_usd         double  cost by the price table, USD
--   reported_cost_usd     double  cost as the agent reported it, USD
--   tier_estimated_calls  int64   calls of a service tier without a dated price, at the standard rate
--   input_tokens          int64   tokens in, cached and cache-written included
--   cached_input_tokens   int64   of these: read from the cache
--   cache_write_tokens    int64   of these: written to the cache
--   output_tokens         int64   tokens out, reasoning included
--   reasoning_tokens      int64   of these: reasoning
--   cost_units            double  the agent's own units (premium requests and the like)
--   cost_unit_name        text    what the units are, or mixed
--   cost_nanousd          int64   cost, 10⁻⁹ USD: as reported where present, else list
--   list_cost_nanousd     int64   cost by the price table, 10⁻⁹ USD
--   reported_cost_nanousd int64   cost as the agent reported it, 10⁻⁹ USD
WITH groups AS (
    SELECT
        /*by*/ agent, model, price_id /*end*/,
        COUNT(*) AS calls,
        SUM(total_tokens) AS total_tokens,
        COUNT(*) FILTER (WHERE cost_nanousd IS NULL AND (outcome = 'ok' OR input_tokens IS NOT NULL OR output_tokens IS NOT NULL)) AS unpriced_calls,
        COUNT(*) FILTER (WHERE tier_estimated) AS tier_estimated_calls,
        SUM(input_tokens) AS input_tokens,
        SUM(cached_input_tokens) AS cached_input_tokens,
        SUM(cache_write_tokens) AS cache_write_tokens,
        SUM(output_tokens) AS output_tokens,
        SUM(reasoning_tokens) AS reasoning_tokens,
        -- thousandths as whole numbers, so that the sum does not depend on the order of the rows
        ROUND(SUM(CAST(ROUND(cost_units * 1000.0) AS BIGINT)) / 1000.0, 3) AS cost_units,
        CASE WHEN MIN(cost_unit_name) = MAX(cost_unit_name) THEN MIN(cost_unit_name) WHEN MIN(cost_unit_name) IS NOT NULL THEN 'mixed' END AS cost_unit_name,
        SUM(cost_nanousd) AS cost_nanousd,
        SUM(list_cost_nanousd) AS list_cost_nanousd,
        SUM(reported_cost_nanousd) AS reported_cost_nanousd
    FROM model_calls
    GROUP BY /*by*/ agent, model, price_id /*end*/
)
SELECT
    /*by*/ agent, model, price_id /*end*/,
    calls, total_tokens,
    ROUND(cost_nanousd / 1000000000.0, 9) AS cost_usd,
    unpriced_calls > 0 AS lower_bound,
    unpriced_calls,
    ROUND(list_cost_nanousd / 1000000000.0, 9) AS list_cost_usd,
    ROUND(reported_cost_nanousd / 1000000000.0, 9) AS reported_cost_usd,
    tier_estimated_calls,
    input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens,
    cost_units, cost_unit_name,
    cost_nanousd, list_cost_nanousd, reported_cost_nanousd
FROM groups
ORDER BY /*by*/ agent, model, price_id /*end*/
