-- title: Findings
-- answers: each place where a secret or a personal datum lies in the telemetry, with a preview that does not give it away, and where to look it up
-- parameters: since, until, agent, model, conversation, user, environment
-- columns:
--   time            timestamp first record of the day and conversation that has it there
--   severity        text      critical | high | medium | low
--   rule            text      rule that matched
--   conversation_id text      conversation; null where none is known
--   raw_table       text      raw table of the record
--   field           text      column, and within JSON the way to the string
--   byte_offset     int64     byte of that string at which it begins
--   preview         text      its first four and last two characters at most; twelve stay hidden; null where it was redacted
--   records         int64     records of the day and conversation that have it there
--   kind            text      secret | personal
--   agent           text      agent
--   record_id       text      the first of the records
--   last_time       timestamp last of them
WITH found AS (
    SELECT findings.*, findings.table AS raw_table, findings.offset AS byte_offset FROM findings
)
SELECT
    time,
    severity,
    rule,
    conversation_id,
    raw_table,
    field,
    byte_offset,
    preview,
    records,
    kind,
    agent,
    record_id,
    last_time
FROM found
ORDER BY DATE_TRUNC('microsecond', time), record_id, raw_table, field, byte_offset, rule
