-- title: Failures
-- answers: each tool call that failed: when, where, what it ran and why it failed
-- parameters: since, until, agent, model, conversation, user, environment
-- by: agent, tool, mcp_server, tool_kind, error_type, exit_code, error, model, day, hour, version, conversation, kind, turn, user, environment, originator
-- rank: failures
-- columns:
--   time             timestamp when the call ended
--   conversation_id  text      conversation
--   mcp_server       text      MCP server; null for other tools
--   tool_name        text      bare tool name
--   command          text      first line of what it ran: the command where the arguments name one, else the arguments; null where not exported
--   error_type       text      exit_code | mcp_error | tool_error | unsupported
--   exit_code        int64     exit code of the process
--   error            text      why it failed, first lines
--   reported_success boolean   what the agent claimed
--   duration_ms      double    duration as the agent measured it, milliseconds
--   turn_id          text      turn
--   agent            text      agent
--   model            text      model that asked for the call
--   call_id          text      the agent's call id
--   arguments        text      arguments as exported, cut at 2,048 bytes
-- grouped columns:
--   failures         int64     tool calls that failed
--   conversations    int64     conversations in which they did
--   reported_ok      int64     failures that the agent reported as successes
--   first_time       timestamp first of them
--   last_time        timestamp last of them
--   example          text      arguments of one of them as exported, cut at 2,048 bytes
--   example_error    text      why one of them failed
/*own*/
SELECT
    time,
    conversation_id,
    mcp_server,
    tool_name,
    SPLIT_PART(
        COALESCE(
            GET_JSON_OBJECT(arguments, '$.cmd'),
            GET_JSON_OBJECT(arguments, '$.command[2]'),
            GET_JSON_OBJECT(arguments, '$.command'),
            arguments
        ), '
', 1) AS command,
    error_type,
    exit_code,
    error,
    reported_success,
    ROUND(duration_ns / 1000000.0, 6) AS duration_ms,
    turn_id,
    agent,
    model,
    call_id,
    arguments
FROM tool_calls
WHERE outcome = 'failed'
ORDER BY DATE_TRUNC('microsecond', time), conversation_id, call_id, tool_name, arguments, duration_ns, error
/*else
SELECT
    {by},
    COUNT(*) AS failures,
    COUNT(DISTINCT conversation_id) AS conversations,
    COUNT(*) FILTER (WHERE reported_success) AS reported_ok,
    MIN(time) AS first_time,
    MAX(time) AS last_time,
    MIN(arguments) AS example,
    MIN(error) AS example_error
FROM tool_calls
WHERE outcome = 'failed'
GROUP BY {by}
ORDER BY failures DESC, {by}
*/
