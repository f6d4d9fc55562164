-- title: Time to first token
-- answers: how long one waits for the first token of a response, and for the whole of it
-- parameters: since, until, agent, model, conversation, user, environment
-- by: agent, model, day, hour, version, conversation, kind, user, environment, originator, provider, requested_model, reasoning_effort, service_tier, query_source
-- rank: responses
-- columns:
--   agent          text   agent
--   model          text   model that answered
--   responses      int64  responses whose time to first token is known
--   p50_ms         double median time to first token, milliseconds; quantiles are exact (type 7)
--   p90_ms         double 90 % quantile of the same
--   p95_ms         double 95 % quantile of the same
--   max_ms         double longest of the same
--   timed          int64  responses whose duration is known
--   whole_p50_ms   double median duration of a response, milliseconds
--   whole_p95_ms   double 95 % quantile of the same
--   tokens_per_second double tokens out / seconds, over the responses that tell both
SELECT
    /*by*/ agent, model /*end*/,
    COUNT(ttft_ns) AS responses,
    -- to 8 places first: what lies halfway between two nanoseconds is then one number in every engine
    ROUND(ROUND(QUANTILE_CONT(ttft_ns, 0.5) / 1000000.0, 8), 6) AS p50_ms,
    ROUND(ROUND(QUANTILE_CONT(ttft_ns, 0.9) / 1000000.0, 8), 6) AS p90_ms,
    ROUND(ROUND(QUANTILE_CONT(ttft_ns, 0.95) / 1000000.0, 8), 6) AS p95_ms,
    ROUND(MAX(ttft_ns) / 1000000.0, 6) AS max_ms,
    COUNT(duration_ns) AS timed,
    ROUND(ROUND(QUANTILE_CONT(duration_ns, 0.5) / 1000000.0, 8), 6) AS whole_p50_ms,
    ROUND(ROUND(QUANTILE_CONT(duration_ns, 0.95) / 1000000.0, 8), 6) AS whole_p95_ms,
    ROUND(SUM(CASE WHEN duration_ns > 0 THEN output_tokens END) * 1000000000.0
        / NULLIF(SUM(CASE WHEN output_tokens IS NOT NULL AND duration_ns > 0 THEN duration_ns END), 0), 3) AS tokens_per_second
FROM model_calls
WHERE outcome = 'ok' AND aggregated = FALSE
GROUP BY /*by*/ agent, model /*end*/
ORDER BY /*by*/ agent, model /*end*/
