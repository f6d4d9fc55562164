-- title: Lines
-- answers: how many lines were added and removed, how many commits and pull requests made, and what one of each cost
-- parameters: since, until, agent, model, conversation, user, environment
-- by: agent, day, hour, model, version, conversation, kind, user, environment, originator
-- rank: lines_added
-- columns:
--   agent                  text    agent
--   lines_added            double  lines added, as the agent counts them; null where it counts none
--   lines_removed          double  lines removed
--   lines_net              double  added less removed
--   commits                double  commits
--   pull_requests          double  pull requests
--   cost_usd               double  cost of the model calls of the same group: reported where present, else list; a lower bound while any is unpriced
--   cost_per_line_usd      double  cost / (added + removed)
--   cost_per_commit_usd    double  cost / commits
--   cost_per_pull_request_usd double cost / pull requests
--   unpriced_calls         int64   model calls with an answer or tokens but of unknown cost: no price, or not all tokens
--   cost_nanousd           int64   cost_usd, exact
WITH changes AS (
    SELECT
        /*by*/ agent /*end*/,
        SUM(CASE WHEN kind = 'lines_added' THEN amount END) AS added,
        SUM(CASE WHEN kind = 'lines_removed' THEN amount END) AS removed,
        SUM(CASE WHEN kind = 'commit' THEN amount END) AS commits,
        SUM(CASE WHEN kind = 'pull_request' THEN amount END) AS pull_requests
    FROM activities
    GROUP BY /*by*/ agent /*end*/
),
costs AS (
    SELECT
        /*by*/ agent /*end*/,
        SUM(cost_nanousd) AS cost_nanousd,
        COUNT(*) FILTER (WHERE cost_nanousd IS NULL AND (outcome = 'ok' OR input_tokens IS NOT NULL OR output_tokens IS NOT NULL)) AS unpriced_calls
    FROM model_calls
    GROUP BY /*by*/ agent /*end*/
),
facts AS (
    SELECT /*by*/ agent /*end*/, added, removed, commits, pull_requests, NULL AS cost_nanousd, NULL AS unpriced_calls FROM changes
    UNION ALL
    SELECT
        /*by*/ agent /*end*/,
        NULL AS added, NULL AS removed, NULL AS commits, NULL AS pull_requests, cost_nanousd, unpriced_calls
    FROM costs
),
sums AS (
    SELECT
        /*by*/ agent /*end*/,
        MAX(added) AS lines_added,
        MAX(removed) AS lines_removed,
        MAX(commits) AS commits,
        MAX(pull_requests) AS pull_requests,
        MAX(cost_nanousd) AS cost_nanousd,
        COALESCE(MAX(unpriced_calls), 0) AS unpriced_calls
    FROM facts
    GROUP BY /*by*/ agent /*end*/
)
SELECT
    /*by*/ agent /*end*/,
    lines_added,
    lines_removed,
    COALESCE(lines_added, lines_removed * 0.0) - COALESCE(lines_removed, 0.0) AS lines_net,
    commits,
    pull_requests,
    ROUND(cost_nanousd / 1000000000.0, 9) AS cost_usd,
    ROUND(cost_nanousd / (NULLIF(COALESCE(lines_added, 0.0) + COALESCE(lines_removed, 0.0), 0.0) * 1000000000.0), 9) AS cost_per_line_usd,
    ROUND(cost_nanousd / (NULLIF(commits, 0.0) * 1000000000.0), 9) AS cost_per_commit_usd,
    ROUND(cost_nanousd / (NULLIF(pull_requests, 0.0) * 1000000000.0), 9) AS cost_per_pull_request_usd,
    unpriced_calls,
    cost_nanousd
FROM sums
ORDER BY /*by*/ agent /*end*/
