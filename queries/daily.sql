-- title: Daily
-- answers: the headline figures of each day and agent on one line: runs, turns, model calls, tokens, cost, tools, approvals
-- parameters: since, until, agent, model, conversation, user, environment
-- by: day, hour, agent, version, conversation, kind, user, environment, originator
-- rank: total_tokens
-- nightly: lake
-- columns:
--   day                   date    day in the zone asked for; each fact counts on the day of its own time; null where that is unknown
--   agent                 text    agent
--   conversations         int64   conversations that a person or a script started
--   other_conversations   int64   sub-agents, reviews, titles, compactions and helpers started
--   users                 int64   users of the conversations started; null where none is told
--   prompts               int64   user prompts, those of other conversations included
--   turns                 int64   turns
--   turn_ms               double  time spent in turns, milliseconds; turns at once count each
--   model_calls           int64   attempts at a response, failed ones included
--   errors                int64   of these: failed
--   retried               int64   of these: followed by another attempt of the same turn
--   lost_ms               double  what the errors cost in time, milliseconds; null where unknown
--   models                text    models called
--   input_tokens          int64   tokens in, cached and cache-written included; null where unknown
--   cached_input_tokens   int64   of these: read from the cache
--   cache_write_tokens    int64   of these: written to the cache
--   output_tokens         int64   tokens out, reasoning included
--   reasoning_tokens      int64   of these: reasoning
--   total_tokens          int64   input + output
--   cost_usd              double  cost in USD; null when no call has a price
--   lower_bound           boolean true when calls of unknown cost lie under the cost
--   unpriced_calls        int64   calls with an answer or tokens but of unknown cost: no price, or not all tokens
--   tool_calls            int64   tool calls, executed or not
--   tool_failures         int64   of these: failed
--   tool_denied           int64   of these: not allowed
--   tool_aborted          int64   of these: interrupted
--   mcp_calls             int64   of these: to an MCP server
--   approvals             int64   of these: decided by a person
--   wait_ms               double  time that calls waited for a person, milliseconds; null where unknown
--   cost_nanousd          int64   cost, 10⁻⁹ USD: as reported where present, else list
--   list_cost_nanousd     int64   cost by the price table, 10⁻⁹ USD
--   reported_cost_nanousd int64   cost as the agent reported it, 10⁻⁹ USD
--   turn_ns               int64   as turn_ms, exact
--   wait_ns               int64   as wait_ms, exact
WITH attempt_ends AS (
    SELECT turn_id AS ended_turn, conversation_id AS ended_run, MAX(time) AS last_attempt FROM model_calls GROUP BY turn_id, conversation_id
),
calls AS (
    SELECT model_calls.*, outcome = 'error' AND DATE_TRUNC('microsecond', last_attempt) > DATE_TRUNC('microsecond', time) AS again
    FROM model_calls
    LEFT JOIN attempt_ends ON model_calls.turn_id = attempt_ends.ended_turn AND model_calls.conversation_id = attempt_ends.ended_run
),
of_calls AS (
    SELECT
        /*by*/ CAST(time AS DATE) AS day, agent /*end*/,
        COUNT(*) AS model_calls,
        COUNT(*) FILTER (WHERE outcome = 'error') AS errors,
        COUNT(*) FILTER (WHERE again) AS retried,
        SUM(lost_ns) AS lost_ns,
        STRING_AGG(DISTINCT model, ', ' ORDER BY model) AS models,
        SUM(input_tokens) AS input_tokens,
        SUM(cached_input_tokens) AS cached_input_tokens,
        SUM(cache_write_tokens) AS cache_write_tokens,
        SUM(output_tokens) AS output_tokens,
        SUM(reasoning_tokens) AS reasoning_tokens,
        SUM(total_tokens) AS total_tokens,
        SUM(cost_nanousd) AS cost_nanousd,
        SUM(list_cost_nanousd) AS list_cost_nanousd,
        SUM(reported_cost_nanousd) AS reported_cost_nanousd,
        COUNT(*) FILTER (WHERE cost_nanousd IS NULL AND (outcome = 'ok' OR input_tokens IS NOT NULL OR output_tokens IS NOT NULL)) AS unpriced_calls
    FROM calls
    GROUP BY /*by*/ day, agent /*end*/
),
of_tools AS (
    SELECT
        /*by*/ CAST(time AS DATE) AS day, agent /*end*/,
        COUNT(*) AS tool_calls,
        COUNT(*) FILTER (WHERE outcome = 'failed') AS tool_failures,
        COUNT(*) FILTER (WHERE outcome = 'denied') AS tool_denied,
        COUNT(*) FILTER (WHERE outcome = 'aborted') AS tool_aborted,
        COUNT(mcp_server) AS mcp_calls,
        COUNT(*) FILTER (WHERE decision_source LIKE 'user%') AS approvals,
        SUM(wait_ns) AS wait_ns
    FROM tool_calls
    GROUP BY /*by*/ day, agent /*end*/
),
of_turns AS (
    SELECT
        /*by*/ CAST(start_time AS DATE) AS day, agent /*end*/,
        COUNT(*) AS turns,
        SUM(duration_ns) AS turn_ns
    FROM turns
    GROUP BY /*by*/ day, agent /*end*/
),
of_prompts AS (
    SELECT /*by*/ CAST(time AS DATE) AS day, agent /*end*/, COUNT(*) AS prompts FROM prompts GROUP BY /*by*/ day, agent /*end*/
),
of_runs AS (
    SELECT
        /*by*/ CAST(start_time AS DATE) AS day, agent /*end*/,
        COUNT(*) FILTER (WHERE kind = 'main') AS conversations,
        COUNT(*) FILTER (WHERE kind <> 'main' OR kind IS NULL) AS other_conversations,
        NULLIF(COUNT(DISTINCT user_id), 0) AS users
    FROM conversations
    GROUP BY /*by*/ day, agent /*end*/
),
-- each kind of fact in columns of its own, nothing in those of the others
facts AS (
    SELECT
        /*by*/ day, agent /*end*/,
        model_calls, errors, retried, lost_ns, models, input_tokens, cached_input_tokens, cache_write_tokens, output_tokens,
        reasoning_tokens, total_tokens, cost_nanousd, list_cost_nanousd, reported_cost_nanousd, unpriced_calls,
        NULL AS tool_calls, NULL AS tool_failures, NULL AS tool_denied, NULL AS tool_aborted, NULL AS mcp_calls, NULL AS approvals,
        NULL AS wait_ns,
        NULL AS turns, NULL AS turn_ns,
        NULL AS prompts,
        NULL AS conversations, NULL AS other_conversations, NULL AS users
    FROM of_calls
    UNION ALL
    SELECT
        /*by*/ day, agent /*end*/,
        NULL AS model_calls, NULL AS errors, NULL AS retried, NULL AS lost_ns, NULL AS models, NULL AS input_tokens,
        NULL AS cached_input_tokens, NULL AS cache_write_tokens, NULL AS output_tokens, NULL AS reasoning_tokens, NULL AS total_tokens,
        NULL AS cost_nanousd, NULL AS list_cost_nanousd, NULL AS reported_cost_nanousd, NULL AS unpriced_calls,
        tool_calls, tool_failures, tool_denied, tool_aborted, mcp_calls, approvals, wait_ns,
        NULL AS turns, NULL AS turn_ns,
        NULL AS prompts,
        NULL AS conversations, NULL AS other_conversations, NULL AS users
    FROM of_tools
    UNION ALL
    SELECT
        /*by*/ day, agent /*end*/,
        NULL AS model_calls, NULL AS errors, NULL AS retried, NULL AS lost_ns, NULL AS models, NULL AS input_tokens,
        NULL AS cached_input_tokens, NULL AS cache_write_tokens, NULL AS output_tokens, NULL AS reasoning_tokens, NULL AS total_tokens,
        NULL AS cost_nanousd, NULL AS list_cost_nanousd, NULL AS reported_cost_nanousd, NULL AS unpriced_calls,
        NULL AS tool_calls, NULL AS tool_failures, NULL AS tool_denied, NULL AS tool_aborted, NULL AS mcp_calls, NULL AS approvals,
        NULL AS wait_ns,
        turns, turn_ns,
        NULL AS prompts,
        NULL AS conversations, NULL AS other_conversations, NULL AS users
    FROM of_turns
    UNION ALL
    SELECT
        /*by*/ day, agent /*end*/,
        NULL AS model_calls, NULL AS errors, NULL AS retried, NULL AS lost_ns, NULL AS models, NULL AS input_tokens,
        NULL AS cached_input_tokens, NULL AS cache_write_tokens, NULL AS output_tokens, NULL AS reasoning_tokens, NULL AS total_tokens,
        NULL AS cost_nanousd, NULL AS list_cost_nanousd, NULL AS reported_cost_nanousd, NULL AS unpriced_calls,
        NULL AS tool_calls, NULL AS tool_failures, NULL AS tool_denied, NULL AS tool_aborted, NULL AS mcp_calls, NULL AS approvals,
        NULL AS wait_ns,
        NULL AS turns, NULL AS turn_ns,
        prompts,
        NULL AS conversations, NULL AS other_conversations, NULL AS users
    FROM of_prompts
    UNION ALL
    SELECT
        /*by*/ day, agent /*end*/,
        NULL AS model_calls, NULL AS errors, NULL AS retried, NULL AS lost_ns, NULL AS models, NULL AS input_tokens,
        NULL AS cached_input_tokens, NULL AS cache_write_tokens, NULL AS output_tokens, NULL AS reasoning_tokens, NULL AS total_tokens,
        NULL AS cost_nanousd, NULL AS list_cost_nanousd, NULL AS reported_cost_nanousd, NULL AS unpriced_calls,
        NULL AS tool_calls, NULL AS tool_failures, NULL AS tool_denied, NULL AS tool_aborted, NULL AS mcp_calls, NULL AS approvals,
        NULL AS wait_ns,
        NULL AS turns, NULL AS turn_ns,
        NULL AS prompts,
        conversations, other_conversations, users
    FROM of_runs
),
groups AS (
    SELECT
        /*by*/ day, agent /*end*/,
        COALESCE(SUM(conversations), 0) AS conversations,
        COALESCE(SUM(other_conversations), 0) AS other_conversations,
        SUM(users) AS users,
        COALESCE(SUM(prompts), 0) AS prompts,
        COALESCE(SUM(turns), 0) AS turns,
        SUM(turn_ns) AS turn_ns,
        COALESCE(SUM(model_calls), 0) AS model_calls,
        COALESCE(SUM(errors), 0) AS errors,
        COALESCE(SUM(retried), 0) AS retried,
        SUM(lost_ns) AS lost_ns,
        MIN(models) AS models,
        SUM(input_tokens) AS input_tokens,
        SUM(cached_input_tokens) AS cached_input_tokens,
        SUM(cache_write_tokens) AS cache_write_tokens,
        SUM(output_tokens) AS output_tokens,
        SUM(reasoning_tokens) AS reasoning_tokens,
        SUM(total_tokens) AS total_tokens,
        SUM(cost_nanousd) AS cost_nanousd,
        SUM(list_cost_nanousd) AS list_cost_nanousd,
        SUM(reported_cost_nanousd) AS reported_cost_nanousd,
        COALESCE(SUM(unpriced_calls), 0) AS unpriced_calls,
        COALESCE(SUM(tool_calls), 0) AS tool_calls,
        COALESCE(SUM(tool_failures), 0) AS tool_failures,
        COALESCE(SUM(tool_denied), 0) AS tool_denied,
        COALESCE(SUM(tool_aborted), 0) AS tool_aborted,
        COALESCE(SUM(mcp_calls), 0) AS mcp_calls,
        COALESCE(SUM(approvals), 0) AS approvals,
        SUM(wait_ns) AS wait_ns
    FROM facts
    GROUP BY /*by*/ day, agent /*end*/
)
SELECT
    /*by*/ day, agent /*end*/,
    conversations, other_conversations, users, prompts, turns,
    ROUND(turn_ns / 1000000.0, 6) AS turn_ms,
    model_calls, errors, retried,
    ROUND(lost_ns / 1000000.0, 6) AS lost_ms,
    models,
    input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, total_tokens,
    ROUND(cost_nanousd / 1000000000.0, 9) AS cost_usd,
    unpriced_calls > 0 AS lower_bound,
    unpriced_calls,
    tool_calls, tool_failures, tool_denied, tool_aborted, mcp_calls, approvals,
    ROUND(wait_ns / 1000000.0, 6) AS wait_ms,
    cost_nanousd, list_cost_nanousd, reported_cost_nanousd, turn_ns, wait_ns
FROM groups
ORDER BY /*by*/ day, agent /*end*/
