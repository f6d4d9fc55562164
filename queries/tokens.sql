-- title: Tokens
-- answers: how many tokens of each kind went in and out, and how much of the input came from the cache
-- parameters: since, until, agent, model, conversation, user, environment
-- by: agent, model, day, hour, version, conversation, kind, turn, user, environment, originator, provider, requested_model, reasoning_effort, service_tier
-- rank: total_tokens
-- columns:
--   agent                text    agent
--   model                text    model that answered
--   calls                int64   attempts at a response, failed ones included
--   responses            int64   calls whose tokens are known
--   calls_without_tokens int64   calls that succeeded but whose tokens the agent did not export: with any, the sums are lower bounds
--   input_tokens         int64   tokens in, cached and cache-written included; null where unknown
--   cached_input_tokens  int64   of these: read from the cache
--   cache_write_tokens   int64   of these: written to the cache
--   output_tokens        int64   tokens out, reasoning included
--   reasoning_tokens     int64   of these: reasoning
--   total_tokens         int64   input + output
--   cache_hit_ratio      double  cached input / input, over the responses that tell both
--   evidence             text    signal the figures were taken from: log, span, metric, or mixed
SELECT
    /*by*/ agent, model /*end*/,
    COUNT(*) AS calls,
    COUNT(total_tokens) AS responses,
    COUNT(*) FILTER (WHERE outcome = 'ok' AND total_tokens IS NULL) AS calls_without_tokens,
    SUM(input_tokens) AS input_tokens,
    SUM(cached_input_tokens) AS cached_input_tokens,
    SUM(cache_write_tokens) AS cache_write_tokens,
    SUM(output_tokens) AS output_tokens,
    SUM(reasoning_tokens) AS reasoning_tokens,
    SUM(total_tokens) AS total_tokens,
    SUM(CASE WHEN input_tokens IS NOT NULL THEN cached_input_tokens END) * 1.0
        / NULLIF(SUM(CASE WHEN cached_input_tokens IS NOT NULL THEN input_tokens END), 0) AS cache_hit_ratio,
    CASE WHEN MIN(evidence) = MAX(evidence) THEN MIN(evidence) WHEN MIN(evidence) IS NOT NULL THEN 'mixed' END AS evidence
FROM model_calls
GROUP BY /*by*/ agent, model /*end*/
ORDER BY /*by*/ agent, model /*end*/
