-- title: Prompts
-- answers: each user prompt: when, in which run, how long, redacted or not, and what became of it
-- parameters: since, until, agent, model, conversation, user, environment
-- lookups: conversations, turns
-- columns:
--   time            timestamp when it was given
--   conversation_id text      conversation
--   kind            text      main | subagent | review | title | compaction | helper: whose prompt it is; a title is asked for by the front end, not by a person
--   turn_index      int64     turn it began or was given to; 1 for the first of its conversation
--   first_line      text      first line of the text; null where it was redacted or not exported
--   prompt_chars    int64     length in characters; null where unknown
--   redacted        boolean   true where the agent exported a placeholder in place of the text; null where it exported neither
--   outcome         text      how the turn ended: completed | failed | interrupted | unknown
--   turn_ms         double    how long the turn took, milliseconds
--   estimated       boolean   true where that comes from events, not from a span
--   model           text      model asked
--   agent           text      agent
--   agent_version   text      version of the agent program
--   user_id         text      user: as the map of labels says, else e-mail, account, name or id, where exported
--   environment     text      deployment environment as configured
--   turn_id         text      turn
--   prompt          text      text as exported, cut at 2,048 bytes
WITH runs AS (
    SELECT conversation_id AS run, kind, agent_version, user_id, environment FROM conversations
),
turn_ends AS (
    SELECT turn_id AS ended_turn, conversation_id AS ended_run, turn_index, outcome, duration_ns, estimated FROM turns
)
SELECT
    time, conversation_id, kind, turn_index,
    SPLIT_PART(prompt, '
', 1) AS first_line,
    prompt_chars, redacted, outcome,
    ROUND(duration_ns / 1000000.0, 6) AS turn_ms,
    estimated, model, agent, agent_version, user_id, environment, turn_id, prompt
FROM prompts
LEFT JOIN runs ON prompts.conversation_id = runs.run
LEFT JOIN turn_ends ON prompts.turn_id = turn_ends.ended_turn AND prompts.conversation_id = turn_ends.ended_run
ORDER BY DATE_TRUNC('microsecond', time), conversation_id, record_id
