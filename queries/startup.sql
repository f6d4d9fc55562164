-- title: Start-up
-- answers: what the start of a run took, phase by phase, and what a first turn costs beside what models and tools do in it, against the later ones
-- parameters: since, until, agent, model, conversation, user, environment
-- by: agent, version, day, hour, conversation, kind, user, environment, originator
-- columns:
--   agent    text   agent
--   evidence text   log: phases as the agent measured them; span: spans of the start outside turns; turn: overhead within turns. They look at the same start: never add them up
--   phase    text   log: the agent's name of the phase, phases may lie in one another; span: auth | environment | models | mcp | plugins | config | session | other; turn: first turn | later turns
--   status   text   log: how the phase ended, in the agent's words
--   runs     int64  conversations (span: traces, where a span tells no conversation)
--   count    int64  log: phases; span: runs with such spans; turn: turns
--   total_ms double sum, milliseconds; span: of the spans less their children, so that nested ones count once; turn: time attributed to startup, session and internal, null where no turn has spans
--   mean_ms  double mean over count
--   p50_ms   double median over count; quantiles are exact (type 7)
--   p95_ms   double 95 % quantile of the same
--   max_ms   double longest of the same
--   spans    int64  spans the figures come from; null for log
--   total_ns int64  as total_ms, exact
WITH logged AS (
    SELECT
        /*by*/ agent /*end*/, 'log' AS evidence, name AS phase, status, conversation_id AS run, duration_ns AS took_ns, CAST(NULL AS BIGINT) AS spans
    FROM startup_phases
),
spanned AS (
    SELECT
        /*by*/ agent /*end*/, 'span' AS evidence, phase, CAST(NULL AS VARCHAR) AS status, COALESCE(conversation_id, trace_id) AS run,
        SUM(self_ns) AS took_ns, COUNT(*) AS spans
    FROM latency
    WHERE turn_id IS NULL AND category = 'startup'
    GROUP BY /*by*/ agent /*end*/, phase, COALESCE(conversation_id, trace_id)
),
overheads AS (
    SELECT
        turn_id AS taken_turn, conversation_id AS taken_run,
        CASE WHEN COUNT(span_id) > 0 THEN SUM(CASE WHEN category IN ('startup', 'session', 'internal') THEN attributed_ns ELSE 0 END) END AS took_ns,
        COUNT(CASE WHEN category IN ('startup', 'session', 'internal') THEN span_id END) AS spans
    FROM latency
    WHERE turn_id IS NOT NULL
    GROUP BY turn_id, conversation_id
),
turned AS (
    SELECT
        /*by*/ agent /*end*/, 'turn' AS evidence, CASE WHEN turn_index = 1 THEN 'first turn' ELSE 'later turns' END AS phase,
        CAST(NULL AS VARCHAR) AS status, conversation_id AS run, took_ns, spans
    FROM turns
    JOIN overheads ON turns.turn_id = overheads.taken_turn AND turns.conversation_id = overheads.taken_run
),
facts AS (
    SELECT * FROM logged UNION ALL SELECT * FROM spanned UNION ALL SELECT * FROM turned
)
SELECT
    /*by*/ agent /*end*/, evidence, phase, status,
    COUNT(DISTINCT run) AS runs,
    COUNT(*) AS count,
    ROUND(SUM(took_ns) / 1000000.0, 6) AS total_ms,
    ROUND(SUM(took_ns) / (NULLIF(COUNT(took_ns), 0) * 1000000.0), 6) AS mean_ms,
    -- to 8 places first: what lies halfway between two nanoseconds is then one number in every engine
    ROUND(ROUND(QUANTILE_CONT(took_ns, 0.5) / 1000000.0, 8), 6) AS p50_ms,
    ROUND(ROUND(QUANTILE_CONT(took_ns, 0.95) / 1000000.0, 8), 6) AS p95_ms,
    ROUND(MAX(took_ns) / 1000000.0, 6) AS max_ms,
    SUM(spans) AS spans,
    SUM(took_ns) AS total_ns
FROM facts
GROUP BY /*by*/ agent /*end*/, evidence, phase, status
ORDER BY /*by*/ agent /*end*/, evidence, phase, status
