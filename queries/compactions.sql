-- title: Compactions
-- answers: which conversations were summarised to make room, when, and how much of that was automatic
-- parameters: since, until, agent, model, conversation, user, environment
-- by: agent, conversation, detail, day, hour, version, kind, user, environment, originator
-- rank: compactions
-- columns:
--   agent           text   agent
--   conversation_id text   conversation; null where the agent does not tell
--   compactions     double times the context was summarised
--   truncations     double times the oldest part of it was cut off instead
--   first_time      timestamp first of these
--   last_time       timestamp last of these
SELECT
    /*by*/ agent, conversation_id /*end*/,
    CAST(COUNT(*) FILTER (WHERE kind = 'compaction') AS DOUBLE) AS compactions,
    CAST(COUNT(*) FILTER (WHERE kind = 'truncation') AS DOUBLE) AS truncations,
    MIN(time) AS first_time,
    MAX(time) AS last_time
FROM activities
WHERE kind = 'compaction' OR kind = 'truncation'
GROUP BY /*by*/ agent, conversation_id /*end*/
ORDER BY /*by*/ agent, conversation_id /*end*/
