-- title: Secrets
-- answers: which secrets and personal data lie in the telemetry: by which rule, in which field, how many different ones, in how many records and conversations
-- parameters: since, until, agent, model, conversation, user, environment
-- by: rule, severity, kind, table, field, fingerprint, agent, conversation, day, hour, version, user, environment, originator
-- rank: records
-- lookups: conversations
-- columns:
--   severity      text      critical | high | medium | low
--   rule          text      rule that matched
--   kind          text      secret | personal
--   raw_table     text      raw table of the records
--   field         text      column, and within JSON the way to the string
--   records       int64     records that have it, each counted for every place in it that does; a day and conversation apart
--   redacted      int64     of these: where it was redacted before it was written
--   places        int64     rows of findings: places by conversation and day
--   secrets       int64     different ones, by their fingerprints; what was redacted has none
--   conversations int64     conversations
--   first_time    timestamp first record
--   last_time     timestamp last record
WITH found AS (
    SELECT
        findings.*,
        findings.table AS raw_table,
        CASE severity WHEN 'critical' THEN 4 WHEN 'high' THEN 3 WHEN 'medium' THEN 2 ELSE 1 END AS grade
    FROM findings
),
groups AS (
    SELECT
        /*by*/ severity, rule, kind, raw_table, field /*end*/,
        SUM(records) AS records,
        SUM(CASE WHEN fingerprint IS NULL THEN records ELSE 0 END) AS redacted,
        COUNT(*) AS places,
        COUNT(DISTINCT fingerprint) AS secrets,
        COUNT(DISTINCT conversation_id) AS conversations,
        MIN(time) AS first_time,
        MAX(last_time) AS last_time,
        MAX(grade) AS grade
    FROM found
    GROUP BY /*by*/ severity, rule, kind, raw_table, field /*end*/
)
SELECT
    /*by*/ severity, rule, kind, raw_table, field /*end*/,
    records, redacted, places, secrets, conversations, first_time, last_time
FROM groups
ORDER BY grade DESC, /*by*/ severity, rule, kind, raw_table, field /*end*/
