-- title: Tool trends
-- answers: how often each tool was called and failed day by day, and how long it took
-- parameters: since, until, agent, model, conversation, user, environment
-- by: day, agent, tool, mcp_server, hour, tool_kind, model, error_type, version, kind, environment, originator
-- rank: calls
-- nightly: lake
-- columns:
--   day           date   day in the zone asked for; null where the time of a call is unknown
--   agent         text   agent
--   mcp_server    text   MCP server; null for other tools
--   tool_name     text   bare tool name
--   conversations int64  conversations with such calls
--   calls         int64  calls, executed or not
--   ok            int64  calls that succeeded
--   failed        int64  calls that failed
--   refused       int64  calls that were denied or interrupted
--   failure_rate  double failed / (ok + failed); null when neither happened
--   p50_ms        double median duration of the calls that ran (not denied, not aborted), milliseconds; quantiles are exact (type 7)
--   p95_ms        double 95 % quantile of the same
--   total_ms      double sum of the same
WITH calls AS (
    SELECT
        *,
        CASE WHEN outcome IN ('ok', 'failed', 'unknown') THEN duration_ns END AS ran_ns
    FROM tool_calls
),
counts AS (
    SELECT
        /*by*/ CAST(time AS DATE) AS day, agent, mcp_server, tool_name /*end*/,
        COUNT(DISTINCT conversation_id) AS conversations,
        COUNT(*) AS calls,
        COUNT(*) FILTER (WHERE outcome = 'ok') AS ok,
        COUNT(*) FILTER (WHERE outcome = 'failed') AS failed,
        COUNT(*) FILTER (WHERE outcome IN ('denied', 'aborted')) AS refused,
        -- to 8 places first: what lies halfway between two nanoseconds is then one number in every engine
        ROUND(ROUND(QUANTILE_CONT(ran_ns, 0.5) / 1000000.0, 8), 6) AS p50_ms,
        ROUND(ROUND(QUANTILE_CONT(ran_ns, 0.95) / 1000000.0, 8), 6) AS p95_ms,
        ROUND(SUM(ran_ns) / 1000000.0, 6) AS total_ms
    FROM calls
    GROUP BY /*by*/ day, agent, mcp_server, tool_name /*end*/
)
SELECT
    /*by*/ day, agent, mcp_server, tool_name /*end*/,
    conversations, calls, ok, failed, refused,
    failed * 1.0 / NULLIF(ok + failed, 0) AS failure_rate,
    p50_ms, p95_ms, total_ms
FROM counts
ORDER BY /*by*/ day, agent, mcp_server, tool_name /*end*/
