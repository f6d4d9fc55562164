-- title: Activity
-- answers: how long people and agents were active, how many sessions began, and what else agents count beside calls
-- parameters: since, until, agent, model, conversation, user, environment
-- by: agent, detail, terminal, tool, language, day, hour, model, version, conversation, user, environment, originator
-- rank: records
-- columns:
--   agent          text   agent
--   sessions       double sessions as the agent counts them; a resumed one counts again
--   active_seconds double active time as the agent measures it; --by detail tells user from program
--   file_operations double operations on files
--   compactions    double times the context was summarised to make room
--   mode_changes   double changes of what may be done without asking
--   mcp_connections double connections to MCP servers
--   records        int64  rows of the table activities
SELECT
    /*by*/ agent /*end*/,
    SUM(CASE WHEN kind = 'session' THEN amount END) AS sessions,
    ROUND(SUM(CASE WHEN kind = 'active_seconds' THEN amount END), 3) AS active_seconds,
    SUM(CASE WHEN kind = 'file_operation' THEN amount END) AS file_operations,
    SUM(CASE WHEN kind = 'compaction' THEN amount END) AS compactions,
    SUM(CASE WHEN kind = 'mode_change' THEN amount END) AS mode_changes,
    SUM(CASE WHEN kind = 'mcp_connection' THEN amount END) AS mcp_connections,
    COUNT(*) AS records
FROM activities
GROUP BY /*by*/ agent /*end*/
ORDER BY /*by*/ agent /*end*/
