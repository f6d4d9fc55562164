-- title: Retries
-- answers: how many attempts a response took, how many hit a rate limit, and what the failed ones cost in time
-- parameters: since, until, agent, model, conversation, user, environment
-- by: agent, model, day, hour, version, conversation, kind, turn, user, environment, originator, provider, http_status
-- rank: failed
-- columns:
--   agent               text   agent
--   model               text   model asked
--   attempts            int64  attempts at a response that are on record
--   ok                  int64  of these: completed
--   failed              int64  of these: failed
--   rate_limited        int64  of these: by a rate limit
--   overloaded          int64  of these: because the provider failed
--   attempts_per_ok     double attempts / completed
--   lost_ms             double time that failed attempts cost, waits before the next included, milliseconds
--   turns_with_failures int64  turns with a failed attempt
-- Claude Code and Qwen Code try again without telling: of these failures only the last is on record.
SELECT
    /*by*/ agent, model /*end*/,
    COUNT(*) AS attempts,
    COUNT(*) FILTER (WHERE outcome = 'ok') AS ok,
    COUNT(*) FILTER (WHERE outcome = 'error') AS failed,
    COUNT(*) FILTER (WHERE error_type = 'rate_limited') AS rate_limited,
    COUNT(*) FILTER (WHERE error_type = 'server_error') AS overloaded,
    COUNT(*) * 1.0 / NULLIF(COUNT(*) FILTER (WHERE outcome = 'ok'), 0) AS attempts_per_ok,
    ROUND(SUM(lost_ns) / 1000000.0, 6) AS lost_ms,
    COUNT(DISTINCT CASE WHEN outcome = 'error' THEN conversation_id || '/' || turn_id END) AS turns_with_failures
FROM model_calls
GROUP BY /*by*/ agent, model /*end*/
ORDER BY /*by*/ agent, model /*end*/
