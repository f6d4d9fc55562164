-- title: Tokens by tool
-- answers: an estimate of how many tokens tools put into the context, because no agent exports that
-- parameters: since, until, agent, model, conversation, user, environment
-- by: agent, tool, mcp_server, tool_kind, model, day, hour, version, conversation, kind, turn, user, environment, originator
-- rank: estimated_tokens
-- columns:
--   agent                     text   agent
--   mcp_server                text   MCP server; null for other tools
--   tool_name                 text   bare tool name
--   calls                     int64  calls, executed or not
--   measured                  int64  calls whose output's size is known: the others are not in the estimate
--   argument_bytes            int64  bytes of arguments, where known
--   output_bytes              int64  bytes of output, where known
--   estimated_argument_tokens int64  argument bytes / 4
--   estimated_output_tokens   int64  output bytes / 4
--   estimated_tokens          int64  both: what a call puts into the context once; it is sent again with every later request of the conversation
-- A rule of thumb, not a measurement: four bytes of English or code are about a token. Providers' tokenizers differ, and agents cut long outputs.
SELECT
    /*by*/ agent, mcp_server, tool_name /*end*/,
    COUNT(*) AS calls,
    COUNT(output_bytes) AS measured,
    SUM(arguments_bytes) AS argument_bytes,
    SUM(output_bytes) AS output_bytes,
    CAST(FLOOR(SUM(arguments_bytes) / 4.0) AS BIGINT) AS estimated_argument_tokens,
    CAST(FLOOR(SUM(output_bytes) / 4.0) AS BIGINT) AS estimated_output_tokens,
    CAST(FLOOR((COALESCE(SUM(arguments_bytes), 0) + COALESCE(SUM(output_bytes), 0)) / 4.0) AS BIGINT) AS estimated_tokens
FROM tool_calls
GROUP BY /*by*/ agent, mcp_server, tool_name /*end*/
ORDER BY /*by*/ agent, mcp_server, tool_name /*end*/
