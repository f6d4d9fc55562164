-- title: Latency
-- answers: where the time of the turns went: what each contributor took, how much of it lay on the critical path, and how much nobody observed
-- parameters: since, until, agent, model, conversation, user, environment
-- by: agent, category, name, model, tool, mcp_server, phase, listed, estimated, anomaly, day, hour, version, conversation, kind, turn, user, environment, originator
-- rank: attributed_ns
-- lookups: turns
-- columns:
--   agent               text   agent
--   category            text   approval | mcp | tool | model | network | startup | session | internal | unobserved; approval is the waiting for people
--   attributed_ms       double its share of the turns' time, milliseconds: each instant counts once, so the column sums to the turns' durations
--   share               double of the time of all turns
--   share_without_waits double of the time of all turns without the waiting for people; null for what is waiting alone
--   critical_ms         double its part of the turns' critical paths, milliseconds: what it could save at the most
--   critical_share      double of all critical paths
--   turns               int64  turns in which it occurs
--   p50_ms              double median over these turns of what it took in each, milliseconds; quantiles are exact (type 7)
--   p95_ms              double 95 % quantile of the same
--   max_ms              double longest of the same
--   spans               int64  spans
--   waiting_ms          double of attributed_ms: waiting for people
--   unobserved_ms       double of attributed_ms: nothing but the turn itself was seen, neither a span within it nor an event
--   estimated_ms        double of attributed_ms: taken from events, not from spans
--   unlisted_ms         double of attributed_ms: spans whose names the category table does not know, or inherited
--   self_ms             double durations of the spans less their children, milliseconds; parallel spans count beside each other
--   attributed_ns       int64  as attributed_ms, exact
--   critical_ns         int64  as critical_ms, exact
--   waiting_ns          int64  as waiting_ms, exact
--   unobserved_ns       int64  as unobserved_ms, exact
-- Spans outside turns are not in it; the report `startup` has those of the start.
WITH turn_spans AS (
    SELECT trace_id AS turn_trace, span_id AS turn_span FROM turns WHERE span_id IS NOT NULL GROUP BY trace_id, span_id
),
shares AS (
    SELECT
        latency.*,
        turn_id AS in_turn,
        conversation_id AS in_run,
        CASE WHEN category = 'approval' THEN attributed_ns ELSE 0 END AS waited_ns,
        CASE WHEN category = 'unobserved' OR turn_span IS NOT NULL THEN attributed_ns ELSE 0 END AS bare_ns,
        CASE WHEN estimated AND category <> 'unobserved' THEN attributed_ns ELSE 0 END AS event_ns,
        CASE WHEN listed OR span_id IS NULL THEN 0 ELSE attributed_ns END AS unlisted_ns
    FROM latency
    LEFT JOIN turn_spans ON latency.span_id = turn_spans.turn_span AND latency.trace_id = turn_spans.turn_trace
    WHERE turn_id IS NOT NULL
),
per_turn AS (
    SELECT
        /*by*/ agent, category /*end*/,
        in_turn, in_run,
        SUM(attributed_ns) AS attributed_ns,
        SUM(critical_ns) AS critical_ns,
        SUM(self_ns) AS self_ns,
        SUM(waited_ns) AS waited_ns,
        SUM(bare_ns) AS bare_ns,
        SUM(event_ns) AS event_ns,
        SUM(unlisted_ns) AS unlisted_ns,
        COUNT(span_id) AS spans
    FROM shares
    GROUP BY /*by*/ agent, category /*end*/, in_turn, in_run
),
groups AS (
    SELECT
        /*by*/ agent, category /*end*/,
        SUM(attributed_ns) AS attributed_ns,
        SUM(critical_ns) AS critical_ns,
        SUM(self_ns) AS self_ns,
        SUM(waited_ns) AS waiting_ns,
        SUM(bare_ns) AS unobserved_ns,
        SUM(event_ns) AS event_ns,
        SUM(unlisted_ns) AS unlisted_ns,
        SUM(spans) AS spans,
        COUNT(*) AS turns,
        -- to 8 places first: what lies halfway between two nanoseconds is then one number in every engine
        ROUND(ROUND(QUANTILE_CONT(attributed_ns, 0.5) / 1000000.0, 8), 6) AS p50_ms,
        ROUND(ROUND(QUANTILE_CONT(attributed_ns, 0.95) / 1000000.0, 8), 6) AS p95_ms,
        ROUND(MAX(attributed_ns) / 1000000.0, 6) AS max_ms
    FROM per_turn
    GROUP BY /*by*/ agent, category /*end*/
),
whole AS (
    SELECT SUM(attributed_ns) AS all_ns, SUM(critical_ns) AS all_critical_ns, SUM(waiting_ns) AS all_waiting_ns FROM groups
)
SELECT
    /*by*/ agent, category /*end*/,
    ROUND(attributed_ns / 1000000.0, 6) AS attributed_ms,
    attributed_ns * 1.0 / NULLIF(all_ns, 0) AS share,
    CASE WHEN waiting_ns = 0 OR waiting_ns < attributed_ns THEN (attributed_ns - waiting_ns) * 1.0 / NULLIF(all_ns - all_waiting_ns, 0) END
        AS share_without_waits,
    ROUND(critical_ns / 1000000.0, 6) AS critical_ms,
    critical_ns * 1.0 / NULLIF(all_critical_ns, 0) AS critical_share,
    turns, p50_ms, p95_ms, max_ms, spans,
    ROUND(waiting_ns / 1000000.0, 6) AS waiting_ms,
    ROUND(unobserved_ns / 1000000.0, 6) AS unobserved_ms,
    ROUND(event_ns / 1000000.0, 6) AS estimated_ms,
    ROUND(unlisted_ns / 1000000.0, 6) AS unlisted_ms,
    ROUND(self_ns / 1000000.0, 6) AS self_ms,
    attributed_ns, critical_ns, waiting_ns, unobserved_ns
FROM groups CROSS JOIN whole
ORDER BY attributed_ns DESC, /*by*/ agent, category /*end*/
