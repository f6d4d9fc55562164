-- title: Approvals
-- answers: who or what decided on the tool calls, how long it took, which calls have no decision, and which policies were in force
-- parameters: since, until, agent, model, conversation, user, environment
-- by: agent, tool, mcp_server, decision, decision_source, outcome, approval_policy, sandbox_policy, call, model, tool_kind, day, hour, version, conversation, kind, turn, user, environment, originator
-- rank: calls
-- lookups: conversations
-- columns:
--   agent           text      agent
--   tool_name       text      bare tool name
--   decision        text      approved | denied | …, in the agent's words; null where no decision was exported: see the outcome
--   decision_source text      config | user | …: a rule or a person, in the agent's words
--   outcome         text      ok | failed | denied | aborted | unknown: what became of the calls
--   approval_policy text      approval policy of the conversation
--   sandbox_policy  text      sandbox policy of the conversation
--   calls           int64     tool calls
--   conversations   int64     conversations
--   decided         int64     calls with a decision
--   by_person       int64     of these: decided by the user
--   undecided       int64     calls without a decision: not asked for, or the agent exports none for it (refused, interrupted)
--   waited          int64     calls that waited for a person, as far as it can be told
--   wait_ms         double    how long they waited in all, milliseconds; null where unknown
--   p50_wait_ms     double    median wait; quantiles are exact (type 7)
--   p95_wait_ms     double    95 % quantile of the same
--   max_wait_ms     double    longest wait
--   first_time      timestamp first call
--   last_time       timestamp last call
--   example         text      what one of the calls ran, first line
--   wait_ns         int64     as wait_ms, exact
WITH policies AS (
    SELECT conversation_id AS policy_conversation, approval_policy, sandbox_policy FROM conversations
),
calls AS (
    SELECT
        tool_calls.*,
        approval_policy,
        sandbox_policy
    FROM tool_calls
    LEFT JOIN policies ON tool_calls.conversation_id = policies.policy_conversation
),
groups AS (
    SELECT
        /*by*/ agent, tool_name, decision, decision_source, outcome, approval_policy, sandbox_policy /*end*/,
        COUNT(*) AS calls,
        COUNT(DISTINCT conversation_id) AS conversations,
        COUNT(decision) AS decided,
        COUNT(decision) FILTER (WHERE decision_source LIKE 'user%') AS by_person,
        COUNT(*) FILTER (WHERE decision IS NULL) AS undecided,
        COUNT(wait_ns) AS waited,
        SUM(wait_ns) AS wait_ns,
        -- to 8 places first: what lies halfway between two nanoseconds is then one number in every engine
        ROUND(ROUND(QUANTILE_CONT(wait_ns, 0.5) / 1000000.0, 8), 6) AS p50_wait_ms,
        ROUND(ROUND(QUANTILE_CONT(wait_ns, 0.95) / 1000000.0, 8), 6) AS p95_wait_ms,
        ROUND(MAX(wait_ns) / 1000000.0, 6) AS max_wait_ms,
        MIN(time) AS first_time,
        MAX(time) AS last_time,
        MIN(arguments) AS arguments
    FROM calls
    GROUP BY /*by*/ agent, tool_name, decision, decision_source, outcome, approval_policy, sandbox_policy /*end*/
)
SELECT
    /*by*/ agent, tool_name, decision, decision_source, outcome, approval_policy, sandbox_policy /*end*/,
    calls, conversations, decided, by_person, undecided, waited,
    ROUND(wait_ns / 1000000.0, 6) AS wait_ms,
    p50_wait_ms, p95_wait_ms, max_wait_ms, first_time, last_time,
    SPLIT_PART(
        COALESCE(
            GET_JSON_OBJECT(arguments, '$.cmd'),
            GET_JSON_OBJECT(arguments, '$.command[2]'),
            GET_JSON_OBJECT(arguments, '$.command'),
            arguments
        ), '
', 1) AS example,
    wait_ns
FROM groups
ORDER BY /*by*/ agent, tool_name, decision, decision_source, outcome, approval_policy, sandbox_policy /*end*/
