-- title: Errors
-- answers: which model calls failed, of what, whether they were tried again, and what they cost in time
-- parameters: since, until, agent, model, conversation, user, environment
-- by: agent, model, error_type, http_status, error, provider, transport, attempt, requested_model, service_tier, day, hour, version, conversation, kind, turn, user, environment, originator
-- rank: errors
-- columns:
--   agent         text      agent
--   model         text      model asked
--   error_type    text      rate_limited | server_error | auth | client_error | stream | timeout | network | other
--   http_status   int64     HTTP status code; null where none was given
--   errors        int64     attempts that failed
--   error_share   double    of all attempts, successful ones and those of other rows included
--   conversations int64     conversations in which it happened
--   turns         int64     turns in which it happened
--   retried       int64     errors after which the turn made another attempt
--   recovered     int64     errors after which the turn got an answer
--   lost_ms       double    what the errors cost: from their start to the start of the next attempt of the turn, waits before retries included; null where unknown
--   p50_lost_ms   double    median of the same over the errors; quantiles are exact (type 7)
--   max_lost_ms   double    longest of the same
--   timed_errors  int64     errors of which the cost in time is known
--   first_time    timestamp first error
--   last_time     timestamp last error
--   example       text      error text, one of them
--   lost_ns       int64     as lost_ms, exact
WITH turn_ends AS (
    SELECT
        turn_id AS ended_turn,
        conversation_id AS ended_conversation,
        MAX(time) AS last_attempt,
        MAX(CASE WHEN outcome = 'ok' THEN time END) AS last_answer
    FROM model_calls
    GROUP BY turn_id, conversation_id
),
failed AS (
    SELECT
        model_calls.*,
        DATE_TRUNC('microsecond', last_attempt) > DATE_TRUNC('microsecond', time) AS again,
        DATE_TRUNC('microsecond', last_answer) > DATE_TRUNC('microsecond', time) AS answered
    FROM model_calls
    LEFT JOIN turn_ends ON model_calls.turn_id = turn_ends.ended_turn AND model_calls.conversation_id = turn_ends.ended_conversation
    WHERE outcome = 'error'
),
attempts AS (
    SELECT COUNT(*) AS all_attempts FROM model_calls
),
groups AS (
    SELECT
        /*by*/ agent, model, error_type, http_status /*end*/,
        COUNT(*) AS errors,
        COUNT(DISTINCT conversation_id) AS conversations,
        COUNT(DISTINCT conversation_id || '/' || turn_id) AS turns,
        COUNT(*) FILTER (WHERE again) AS retried,
        COUNT(*) FILTER (WHERE answered) AS recovered,
        SUM(lost_ns) AS lost_ns,
        -- to 8 places first: what lies halfway between two nanoseconds is then one number in every engine
        ROUND(ROUND(QUANTILE_CONT(lost_ns, 0.5) / 1000000.0, 8), 6) AS p50_lost_ms,
        ROUND(MAX(lost_ns) / 1000000.0, 6) AS max_lost_ms,
        COUNT(lost_ns) AS timed_errors,
        MIN(time) AS first_time,
        MAX(time) AS last_time,
        MIN(error) AS example
    FROM failed
    GROUP BY /*by*/ agent, model, error_type, http_status /*end*/
)
SELECT
    /*by*/ agent, model, error_type, http_status /*end*/,
    errors,
    errors * 1.0 / NULLIF(all_attempts, 0) AS error_share,
    conversations, turns, retried, recovered,
    ROUND(lost_ns / 1000000.0, 6) AS lost_ms,
    p50_lost_ms, max_lost_ms, timed_errors, first_time, last_time, example, lost_ns
FROM groups CROSS JOIN attempts
ORDER BY errors DESC, /*by*/ agent, model, error_type, http_status /*end*/
