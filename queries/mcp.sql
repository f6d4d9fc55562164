-- title: MCP servers
-- answers: which MCP servers were configured, which of their tools were called, how often they failed and how long they took
-- parameters: since, until, agent, model, conversation, user, environment
-- by: mcp_server, tool, agent, model, day, hour, version, conversation, kind, turn, user, environment, originator
-- columns:
--   mcp_server               text   MCP server
--   tool_name                text   bare tool name; null where a configured server was never called
--   configured_conversations int64  conversations that had the server configured; null where none says so, and with --by, which counts calls
--   conversations            int64  conversations that called the tool
--   calls                    int64  calls, executed or not; 0 for a configured server that was never called
--   ok                       int64  calls that succeeded
--   failed                   int64  calls that failed
--   denied                   int64  calls that were not allowed
--   aborted                  int64  calls that were interrupted
--   unknown                  int64  calls of which nobody can tell
--   failure_rate             double failed / (ok + failed); null when neither happened
--   p50_ms                   double median duration of the calls that ran (not denied, not aborted), milliseconds; quantiles are exact (type 7)
--   p95_ms                   double 95 % quantile of the same
--   max_ms                   double longest of the same
--   total_ms                 double sum of the same
--   first_time               timestamp first call
--   last_time                timestamp last call
WITH named AS (
    SELECT conversation_id, UNNEST(STRING_TO_ARRAY(mcp_servers, ', ')) AS mcp_server FROM conversations
),
configured AS (
    SELECT mcp_server, COUNT(DISTINCT conversation_id) AS configured_conversations FROM named WHERE mcp_server <> '' GROUP BY mcp_server
),
calls AS (
    SELECT
        *,
        CASE WHEN outcome IN ('ok', 'failed', 'unknown') THEN duration_ns END AS ran_ns
    FROM tool_calls
    WHERE mcp_server IS NOT NULL
),
called AS (
    SELECT
        /*by*/ mcp_server, tool_name /*end*/,
        COUNT(DISTINCT conversation_id) AS conversations,
        COUNT(*) AS calls,
        COUNT(*) FILTER (WHERE outcome = 'ok') AS ok,
        COUNT(*) FILTER (WHERE outcome = 'failed') AS failed,
        COUNT(*) FILTER (WHERE outcome = 'denied') AS denied,
        COUNT(*) FILTER (WHERE outcome = 'aborted') AS aborted,
        COUNT(*) FILTER (WHERE outcome = 'unknown' OR outcome IS NULL) AS unknown,
        -- to 8 places first: what lies halfway between two nanoseconds is then one number in every engine
        ROUND(ROUND(QUANTILE_CONT(ran_ns, 0.5) / 1000000.0, 8), 6) AS p50_ms,
        ROUND(ROUND(QUANTILE_CONT(ran_ns, 0.95) / 1000000.0, 8), 6) AS p95_ms,
        ROUND(MAX(ran_ns) / 1000000.0, 6) AS max_ms,
        ROUND(SUM(ran_ns) / 1000000.0, 6) AS total_ms,
        MIN(time) AS first_time,
        MAX(time) AS last_time
    FROM calls
    GROUP BY /*by*/ mcp_server, tool_name /*end*/
),
/*own*/
servers AS (
    SELECT mcp_server FROM configured UNION SELECT mcp_server FROM called
),
answers AS (
    SELECT servers.mcp_server AS mcp_server, tool_name, configured_conversations, conversations, calls, ok, failed, denied, aborted, unknown,
        p50_ms, p95_ms, max_ms, total_ms, first_time, last_time
    FROM servers
    LEFT JOIN configured ON servers.mcp_server = configured.mcp_server
    LEFT JOIN called ON servers.mcp_server = called.mcp_server
)
/*else answers AS (SELECT *, CAST(NULL AS BIGINT) AS configured_conversations FROM called) */
SELECT
    /*by*/ mcp_server, tool_name /*end*/,
    configured_conversations,
    COALESCE(conversations, 0) AS conversations,
    COALESCE(calls, 0) AS calls,
    COALESCE(ok, 0) AS ok,
    COALESCE(failed, 0) AS failed,
    COALESCE(denied, 0) AS denied,
    COALESCE(aborted, 0) AS aborted,
    COALESCE(unknown, 0) AS unknown,
    failed * 1.0 / NULLIF(ok + failed, 0) AS failure_rate,
    p50_ms, p95_ms, max_ms, total_ms, first_time, last_time
FROM answers
ORDER BY /*by*/ mcp_server, tool_name /*end*/
