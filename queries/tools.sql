-- title: Tools
-- answers: which tools were called, how often they failed and how long they took
-- parameters: since, until, agent, model, conversation, user, environment
-- by: agent, tool, mcp_server, tool_kind, model, error_type, exit_code, decision, decision_source, day, hour, version, conversation, kind, turn, user, environment, originator
-- rank: calls
-- columns:
--   agent               text   agent
--   mcp_server          text   MCP server; null for other tools
--   tool_name           text   bare tool name
--   calls               int64  calls, executed or not
--   ok                  int64  calls that succeeded
--   failed              int64  calls that failed
--   denied              int64  calls that were not allowed
--   aborted             int64  calls that were interrupted
--   unknown             int64  calls of which nobody can tell
--   failure_rate        double failed / (ok + failed); null when neither happened
--   failure_rate_low    double lower end of its Wilson 95 % interval
--   failure_rate_high   double upper end of its Wilson 95 % interval
--   p50_ms              double median duration of the calls that ran (not denied, not aborted), milliseconds; quantiles are exact (type 7)
--   p90_ms              double 90 % quantile of the same
--   p95_ms              double 95 % quantile of the same
--   p99_ms              double 99 % quantile of the same
--   max_ms              double longest of the same
--   total_ms            double sum of the same
--   timed_calls         int64  number of the same
--   reported_ok         int64  calls that the agent reported as successful
--   reported_failed     int64  calls that the agent reported as failed
--   reported_ok_failed  int64  calls that the agent reported as successful though they failed
WITH calls AS (
    SELECT
        *,
        CASE WHEN outcome IN ('ok', 'failed', 'unknown') THEN duration_ns END AS ran_ns
    FROM tool_calls
),
counts AS (
    SELECT
        /*by*/ agent, mcp_server, tool_name /*end*/,
        COUNT(*) AS calls,
        COUNT(*) FILTER (WHERE outcome = 'ok') AS ok,
        COUNT(*) FILTER (WHERE outcome = 'failed') AS failed,
        COUNT(*) FILTER (WHERE outcome = 'denied') AS denied,
        COUNT(*) FILTER (WHERE outcome = 'aborted') AS aborted,
        COUNT(*) FILTER (WHERE outcome = 'unknown' OR outcome IS NULL) AS unknown,
        -- to 8 places first: what lies halfway between two nanoseconds is then one number in every engine
        ROUND(ROUND(QUANTILE_CONT(ran_ns, 0.5) / 1000000.0, 8), 6) AS p50_ms,
        ROUND(ROUND(QUANTILE_CONT(ran_ns, 0.9) / 1000000.0, 8), 6) AS p90_ms,
        ROUND(ROUND(QUANTILE_CONT(ran_ns, 0.95) / 1000000.0, 8), 6) AS p95_ms,
        ROUND(ROUND(QUANTILE_CONT(ran_ns, 0.99) / 1000000.0, 8), 6) AS p99_ms,
        ROUND(MAX(ran_ns) / 1000000.0, 6) AS max_ms,
        ROUND(SUM(ran_ns) / 1000000.0, 6) AS total_ms,
        COUNT(ran_ns) AS timed_calls,
        COUNT(*) FILTER (WHERE reported_success) AS reported_ok,
        COUNT(*) FILTER (WHERE NOT reported_success) AS reported_failed,
        COUNT(*) FILTER (WHERE reported_success AND outcome = 'failed') AS reported_ok_failed
    FROM calls
    GROUP BY /*by*/ agent, mcp_server, tool_name /*end*/
),
-- Wilson (1927) with z = 1.96: centre (p + z²/2n) / (1 + z²/n), half width z / (1 + z²/n) · √(p(1-p)/n + z²/4n²)
rates AS (
    SELECT *, NULLIF(ok + failed, 0) * 1.0 AS n, failed * 1.0 / NULLIF(ok + failed, 0) AS p FROM counts
),
intervals AS (
    SELECT
        *,
        (p + 3.8416 / (2.0 * n)) / (1.0 + 3.8416 / n) AS centre,
        1.96 / (1.0 + 3.8416 / n) * SQRT(p * (1.0 - p) / n + 3.8416 / (4.0 * n * n)) AS half
    FROM rates
)
SELECT
    /*by*/ agent, mcp_server, tool_name /*end*/,
    calls, ok, failed, denied, aborted, unknown,
    p AS failure_rate,
    CASE WHEN failed = 0 OR centre - half < 0.0 THEN p * 0.0 ELSE centre - half END AS failure_rate_low,
    CASE WHEN ok = 0 OR centre + half > 1.0 THEN p * 0.0 + 1.0 ELSE centre + half END AS failure_rate_high,
    p50_ms, p90_ms, p95_ms, p99_ms, max_ms, total_ms, timed_calls,
    reported_ok, reported_failed, reported_ok_failed
FROM intervals
ORDER BY /*by*/ agent, mcp_server, tool_name /*end*/
