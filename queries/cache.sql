-- title: Cache
-- answers: how much of the input came from the cache, how much was written to it, and which calls used none
-- parameters: since, until, agent, model, conversation, user, environment
-- by: agent, model, day, hour, version, conversation, kind, turn, user, environment, originator, provider, query_source
-- rank: input_tokens
-- columns:
--   agent               text   agent
--   model               text   model that answered
--   responses           int64  calls whose cached input is known
--   without_cache       int64  of these: calls that read nothing from the cache
--   unknown             int64  calls whose tokens are known, but not what of them was cached
--   input_tokens        int64  tokens in of the responses
--   cached_input_tokens int64  of these: read from the cache
--   cache_write_tokens  int64  of these: written to the cache
--   fresh_input_tokens  int64  of these: neither
--   cache_hit_ratio     double cached / input
--   reads_per_write     double cached / written: below 1 more is written than is ever read
SELECT
    /*by*/ agent, model /*end*/,
    COUNT(cached_input_tokens) AS responses,
    COUNT(*) FILTER (WHERE cached_input_tokens = 0) AS without_cache,
    COUNT(*) FILTER (WHERE input_tokens IS NOT NULL AND cached_input_tokens IS NULL) AS unknown,
    SUM(CASE WHEN cached_input_tokens IS NOT NULL THEN input_tokens END) AS input_tokens,
    SUM(cached_input_tokens) AS cached_input_tokens,
    SUM(CASE WHEN cached_input_tokens IS NOT NULL THEN cache_write_tokens END) AS cache_write_tokens,
    SUM(CASE WHEN cached_input_tokens IS NOT NULL THEN input_tokens - cached_input_tokens - COALESCE(cache_write_tokens, 0) END) AS fresh_input_tokens,
    SUM(cached_input_tokens) * 1.0 / NULLIF(SUM(CASE WHEN cached_input_tokens IS NOT NULL THEN input_tokens END), 0) AS cache_hit_ratio,
    SUM(cached_input_tokens) * 1.0 / NULLIF(SUM(cache_write_tokens), 0) AS reads_per_write
FROM model_calls
GROUP BY /*by*/ agent, model /*end*/
ORDER BY /*by*/ agent, model /*end*/
