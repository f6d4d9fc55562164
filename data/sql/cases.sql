-- Statements that tracemill and DuckDB answer alike, over the lake of data/sample and, as `agents`, that of data/agents. Each begins with its
-- name; `ordered` behind it says that the order of the rows counts too. The answers are DuckDB's: make test-duckdb records them again.

-- case: scalar subquery in select
SELECT tool_name, COUNT(*) AS n, (SELECT COUNT(*) FROM tool_calls) AS of_all FROM tool_calls GROUP BY tool_name;
-- case: scalar subquery in where
SELECT record_id FROM model_calls WHERE duration_ns > (SELECT AVG(duration_ns) FROM model_calls);
-- case: scalar subquery in having
SELECT model, COUNT(*) AS n FROM model_calls GROUP BY model HAVING COUNT(*) > (SELECT COUNT(*) / 4.0 FROM model_calls);
-- case: scalar subquery without a row
SELECT (SELECT model FROM model_calls WHERE model = 'none') AS nothing;
-- case: scalar subquery of time
SELECT COUNT(*) AS n FROM model_calls WHERE time = (SELECT MAX(time) FROM model_calls);
-- case: correlated aggregate
SELECT c.conversation_id, (SELECT COUNT(*) FROM tool_calls t WHERE t.conversation_id = c.conversation_id) AS calls FROM conversations c;
-- case: correlated sum is null without rows
SELECT c.conversation_id, (SELECT SUM(t.duration_ns) FROM tool_calls t WHERE t.conversation_id = c.conversation_id AND t.outcome = 'failed') AS failed_ns FROM conversations c;
-- case: correlated aggregate in where
SELECT m.record_id FROM model_calls m WHERE m.output_tokens > (SELECT AVG(o.output_tokens) FROM model_calls o WHERE o.model = m.model);
-- case: correlated with an inequality
SELECT t.turn_id, (SELECT COUNT(*) FROM model_calls m WHERE m.conversation_id = t.conversation_id AND m.time >= t.start_time AND m.time <= t.end_time) AS inside FROM turns t;
-- case: correlated last row
SELECT c.conversation_id, (SELECT m.outcome FROM model_calls m WHERE m.conversation_id = c.conversation_id ORDER BY m.time DESC, m.record_id DESC LIMIT 1) AS last FROM conversations c;
-- case: correlated expression of an aggregate
SELECT c.conversation_id, (SELECT COUNT(*) * 10 + 1 FROM tool_calls t WHERE t.conversation_id = c.conversation_id) AS n FROM conversations c;
-- case: exists
SELECT conversation_id FROM conversations c WHERE EXISTS (SELECT 1 FROM tool_calls t WHERE t.conversation_id = c.conversation_id AND t.outcome = 'failed');
-- case: not exists
SELECT conversation_id FROM conversations c WHERE NOT EXISTS (SELECT 1 FROM tool_calls t WHERE t.conversation_id = c.conversation_id);
-- case: exists without correlation
SELECT COUNT(*) AS n FROM conversations WHERE EXISTS (SELECT 1 FROM tool_calls WHERE outcome = 'denied');
-- case: exists as a value
SELECT c.conversation_id, EXISTS (SELECT 1 FROM tool_calls t WHERE t.conversation_id = c.conversation_id) OR c.kind = 'main' AS either FROM conversations c;
-- case: exists nested
SELECT c.conversation_id FROM conversations c WHERE EXISTS (SELECT 1 FROM turns t WHERE t.conversation_id = c.conversation_id AND EXISTS (SELECT 1 FROM tool_calls x WHERE x.turn_id = t.turn_id AND x.outcome = 'failed'));
-- case: in subquery
SELECT COUNT(*) AS n FROM model_calls WHERE conversation_id IN (SELECT conversation_id FROM tool_calls WHERE mcp_server = 'demo');
-- case: not in subquery with nulls
SELECT COUNT(*) AS n FROM tool_calls WHERE tool_name NOT IN (SELECT mcp_server FROM tool_calls);
-- case: not in subquery
SELECT COUNT(*) AS n FROM conversations WHERE conversation_id NOT IN (SELECT conversation_id FROM tool_calls WHERE conversation_id IS NOT NULL);
-- case: in correlated subquery
SELECT c.conversation_id FROM conversations c WHERE 'failed' IN (SELECT t.outcome FROM tool_calls t WHERE t.conversation_id = c.conversation_id);
-- case: timestamptz literal
SELECT COUNT(*) AS n FROM model_calls WHERE time >= TIMESTAMPTZ '2026-11-22 17:50:00+00';
-- case: timestamp literal
SELECT COUNT(*) AS n FROM model_calls WHERE time >= TIMESTAMP '2026-11-22 17:50:00' AND time < TIMESTAMP '2026-11-23';
-- case: cast to timestamp
SELECT COUNT(*) AS n FROM model_calls WHERE time >= CAST('2026-11-22T17:50:00' AS TIMESTAMP);
-- case: cast with colons
SELECT COUNT(*) AS n FROM model_calls WHERE time >= '2026-11-22T18:50:00+01:00'::timestamptz;
-- case: bare text against a time
SELECT COUNT(*) AS n FROM model_calls WHERE time BETWEEN '2026-11-22 17:50:00' AND '2026-11-22T18:00:00Z';
-- case: bare text against a day
SELECT date, COUNT(*) AS n FROM events WHERE date = '2026-11-22' GROUP BY date;
-- case: time against a day
SELECT COUNT(*) AS n FROM model_calls WHERE time >= DATE '2026-11-22' AND time < DATE '2026-11-23';
-- case: interval arithmetic
SELECT TIMESTAMPTZ '2026-01-31 10:00:00+00' + INTERVAL '1 month' AS a, TIMESTAMPTZ '2026-01-31 10:00:00+00' - INTERVAL 90 MINUTE AS b, DATE '2026-03-31' - INTERVAL '1 month' AS c, DATE '2026-01-01' + 40 AS d, DATE '2026-03-01' - DATE '2026-02-01' AS e;
-- case: interval against columns
SELECT COUNT(*) AS n FROM model_calls WHERE time > (SELECT MAX(time) - INTERVAL '10 minutes' FROM model_calls);
-- case: length of time
SELECT turn_id, end_time - start_time > INTERVAL '1 second' AS slow, epoch(INTERVAL '90 minutes') AS seconds FROM turns WHERE end_time IS NOT NULL;
-- case: now is now
SELECT now() > TIMESTAMPTZ '2026-01-01 00:00:00+00' AS a, current_timestamp >= now() AS b, current_date > DATE '2026-01-01' AS c, COUNT(*) AS n FROM model_calls WHERE time < now();
-- case: date_trunc in every clause
SELECT date_trunc('minute', time) AS minute, COUNT(*) AS n FROM model_calls WHERE date_trunc('hour', time) = TIMESTAMPTZ '2026-11-22 17:00:00+00' GROUP BY date_trunc('minute', time) HAVING date_trunc('minute', MIN(time)) IS NOT NULL;
-- case: date_trunc in a cte
WITH hours AS (SELECT date_trunc('hour', time) AS hour, duration_ns FROM model_calls) SELECT hour, COUNT(*) AS n, SUM(duration_ns) AS ns FROM hours GROUP BY hour;
-- case: date_trunc in a subquery
SELECT h, COUNT(*) AS n FROM (SELECT date_trunc('hour', time) AS h FROM tool_calls) AS x GROUP BY h;
-- case: date_trunc units
SELECT date_trunc('year', t) AS y, date_trunc('quarter', t) AS q, date_trunc('month', t) AS m, date_trunc('week', t) AS w, date_trunc('day', t) AS d, date_trunc('second', t) AS s, date_trunc('decade', t) AS de FROM (SELECT TIMESTAMPTZ '2026-11-22 10:23:45.678+00' AS t) AS x;
-- case: date_trunc of a day
SELECT date_trunc('month', DATE '2026-11-22') AS m, date_trunc('week', date) AS w, COUNT(*) AS n FROM events GROUP BY ALL;
-- case: time_bucket
SELECT time_bucket(INTERVAL '5 minutes', time) AS bucket, COUNT(*) AS n FROM model_calls GROUP BY bucket ORDER BY bucket;
-- case: time_bucket origins
SELECT time_bucket(INTERVAL '1 week', t) AS w, time_bucket(INTERVAL '3 months', t) AS m, time_bucket(INTERVAL '7 hours', t) AS h, time_bucket(INTERVAL '5 minutes', t, INTERVAL '2 minutes') AS o, time_bucket(INTERVAL '1 week', t, TIMESTAMP '2026-11-01 00:00:00') AS g, time_bucket(INTERVAL '1 week', DATE '1999-01-02') AS d FROM (SELECT TIMESTAMP '2026-11-22 10:23:45' AS t) AS x;
-- case: date_diff
SELECT date_diff('day', TIMESTAMPTZ '2026-11-21 23:00:00+00', TIMESTAMPTZ '2026-11-22 01:00:00+00') AS d, datediff('month', DATE '2026-01-31', DATE '2026-02-01') AS m, date_diff('second', start_time, end_time) AS s, date_sub('hour', start_time, end_time) AS h FROM turns;
-- case: extract
SELECT extract(year FROM time) AS y, extract('hour' FROM time) AS h, date_part('dow', time) AS dow, extract(isodow FROM time) AS iso, week(time) AS w, month(date) AS m, dayofyear(date) AS doy, dayname(date) AS name, epoch_ms(time) AS ms FROM model_calls LIMIT 1;
-- case: strftime
SELECT strftime(time, '%Y-%m-%d %H:%M') AS minute, COUNT(*) AS n FROM model_calls GROUP BY minute;
-- case: strptime
SELECT strptime('22.11.2026 10:23', '%d.%m.%Y %H:%M') AS t, try_strptime('x', '%Y') AS n;
-- case: at time zone
SELECT time AT TIME ZONE 'Europe/Berlin' AS local, date_trunc('day', time AT TIME ZONE 'Asia/Tokyo') AS day FROM model_calls;
-- case: regexp_extract
SELECT regexp_extract(error, '([0-9]+)', 1) AS number, regexp_extract(error, 'nothing') AS none, COUNT(*) AS n FROM tool_calls WHERE error IS NOT NULL GROUP BY ALL;
-- case: regexp_replace
SELECT regexp_replace('a1b22', '[0-9]+', '#') AS one, regexp_replace('a1b22', '[0-9]+', '#', 'g') AS every, regexp_replace('abc', '(b)', '[\1]') AS grouped, regexp_replace('ABC', 'b', 'x', 'i') AS cased;
-- case: regexp_matches
SELECT COUNT(*) AS n, COUNT(*) FILTER (WHERE regexp_matches(tool_name, '^exec')) AS exec, COUNT(*) FILTER (WHERE tool_name ~ 'tool') AS tool, COUNT(*) FILTER (WHERE regexp_full_match(tool_name, 'shell')) AS shell FROM tool_calls;
-- case: regexp lists
SELECT regexp_extract_all('a1b22', '[0-9]+') AS found, regexp_split_to_array('a1b2c', '[0-9]') AS parts;
-- case: like
SELECT COUNT(*) FILTER (WHERE tool_name LIKE 'exec%') AS a, COUNT(*) FILTER (WHERE tool_name LIKE '%\_tool' ESCAPE '\') AS b, COUNT(*) FILTER (WHERE tool_name NOT LIKE '%e%') AS c, COUNT(*) FILTER (WHERE tool_name ILIKE 'EXEC%') AS d, COUNT(*) FILTER (WHERE tool_name LIKE '_h%l') AS e FROM tool_calls;
-- case: percentile_cont
SELECT agent, percentile_cont(0.95) WITHIN GROUP (ORDER BY duration_ns) AS p95, percentile_cont(0.25) WITHIN GROUP (ORDER BY duration_ns DESC) AS p75, median(duration_ns) AS p50 FROM model_calls GROUP BY agent;
-- case: percentile_disc
SELECT model, percentile_disc(0.9) WITHIN GROUP (ORDER BY duration_ns) AS p90, quantile_disc(duration_ns, 0.5) AS p50, quantile_cont(duration_ns, 0.5) AS c50 FROM model_calls GROUP BY model;
-- case: quantile of a time
SELECT quantile_disc(time, 0.5) AS middle, MIN(time) AS first, MAX(date) AS last FROM model_calls;
-- case: mode and counts
SELECT mode(outcome) AS usual, approx_count_distinct(agent) AS agents, COUNT(DISTINCT tool_name) AS tools, COUNT(DISTINCT (tool_name, outcome)) AS pairs, count_if(outcome = 'failed') AS failed FROM tool_calls;
-- case: arg_max
SELECT model, arg_max(record_id, duration_ns) AS slowest, min_by(record_id, time) AS first, max_by(output_tokens, time) AS last FROM (SELECT * FROM model_calls WHERE output_tokens IS NOT NULL) AS x GROUP BY model;
-- case: statistics
SELECT stddev(input_tokens) AS s, stddev_pop(input_tokens) AS sp, var_samp(input_tokens) AS v, var_pop(input_tokens) AS vp, corr(input_tokens, output_tokens) AS c, covar_samp(input_tokens, output_tokens) AS cs, covar_pop(input_tokens, output_tokens) AS cp FROM model_calls;
-- case: aggregates of no rows
SELECT SUM(input_tokens) AS s, AVG(input_tokens) AS a, COUNT(*) AS n, COUNT(input_tokens) AS m, MAX(time) AS t, median(input_tokens) AS med, string_agg(model, ',') AS l, bool_and(aggregated) AS b, mode(model) AS mo FROM model_calls WHERE model = 'none';
-- case: filter
SELECT agent, COUNT(*) FILTER (WHERE outcome = 'failed') AS failed, SUM(duration_ns) FILTER (WHERE outcome = 'ok') AS ok_ns, AVG(duration_ns) FILTER (WHERE outcome = 'ok') AS ok_avg FROM tool_calls GROUP BY agent;
-- case: string_agg
SELECT conversation_id, string_agg(DISTINCT tool_name, ', ' ORDER BY tool_name) AS tools, array_agg(exit_code ORDER BY time DESC, call_id) AS codes FROM tool_calls GROUP BY conversation_id;
-- case: first by order
SELECT conversation_id, first(tool_name ORDER BY time, call_id) AS first, last(outcome ORDER BY time, call_id) AS last FROM tool_calls GROUP BY conversation_id;
-- case: numbers
SELECT 1e6 AS million, 1.5e-3 AS small, 10 / 4 AS quotient, 7 // 2 AS whole, 7 % 3 AS rest, -7 % 3 AS negative, 2 ^ 10 AS power, 3000000000 * 1000 AS large;
-- case: casts
SELECT CAST(input_tokens AS DOUBLE) AS d, CAST('12' AS BIGINT) AS i, CAST(1.5 AS VARCHAR) AS t, CAST(2.555 AS DECIMAL(10, 2)) AS m, TRY_CAST('x' AS BIGINT) AS n, '2026-11-22'::DATE AS day, TRUE::INTEGER AS b, time::DATE AS td FROM model_calls WHERE input_tokens IS NOT NULL LIMIT 1;
-- case: rounding
SELECT round(2.5) AS a, round(-2.5) AS b, round(2.345, 2) AS c, ceil(1.2) AS d, floor(-1.2) AS e, trunc(-1.7) AS f, abs(-3) AS g, sign(-2.5) AS h, sqrt(16) AS i, ln(1) AS j, log10(100) AS k, log2(8) AS l, exp(0) AS m, pow(2, 3) AS n, mod(7, 3) AS o;
-- case: texts
SELECT length('üb') AS a, substr('hello', 2, 3) AS b, substr('hello', -3) AS c, left('hello', -1) AS d, right('hello', 2) AS e, strpos('hello', 'l') AS f, split_part('a,b,c', ',', 2) AS g, split_part('a,b', ',', -1) AS h, concat('a', NULL, 1) AS i, concat_ws('-', 'a', NULL, 'b') AS j, 'a' || NULL AS k, lpad('5', 3, '0') AS l, reverse('abc') AS m, repeat('ab', 2) AS n, replace('abc', 'b', 'x') AS o, trim('  a ') AS p, trim('xax', 'x') AS q, upper('a') AS r, starts_with('abc', 'ab') AS s, contains('abc', 'bc') AS t, 'x' || 1 AS u;
-- case: conditions
SELECT greatest(1, NULL, 3) AS a, least(NULL, 2) AS b, coalesce(NULL, 2) AS c, nullif(1, 1) AS d, ifnull(NULL, 3) AS e, if(TRUE, 1, 2) AS f, CASE 3 WHEN 1 THEN 'a' WHEN 3 THEN 'c' END AS g, NULL AND FALSE AS h, NULL OR TRUE AS i, NOT NULL AS j, 1 IN (NULL) AS k, 2 NOT IN (1, 3) AS l, NULL IS NOT DISTINCT FROM NULL AS m, 1 IS DISTINCT FROM NULL AS n, '1' = 1 AS o, TRUE IS NOT FALSE AS p;
-- case: lists
SELECT bounds[1] AS first, bounds[-1] AS last, len(bounds) AS n, SUM(list_sum(bucket_counts)) AS total, bool_or(list_contains(bounds, 0.0)) AS has FROM metrics WHERE bounds IS NOT NULL GROUP BY ALL;
-- case: list literals
SELECT [1, 2, 3][2] AS a, list_max([1, 5, 2]) AS b, list_sort([3, 1, 2]) AS c, list_distinct([1]) AS d, array_to_string(['a', 'b'], '-') AS e, string_split('a,b', ',') AS f;
-- case: unnest in select
SELECT conversation_id, unnest(string_split(models, ', ')) AS model FROM conversations;
-- case: unnest in from
SELECT c.conversation_id, s.server FROM conversations AS c, unnest(string_split(c.mcp_servers, ', ')) AS s(server);
-- case: two columns of one name
SELECT * FROM (SELECT c.conversation_id, t.conversation_id FROM conversations c JOIN turns t ON t.conversation_id = c.conversation_id) AS x;
-- case: two nulls
SELECT * FROM (SELECT NULL, NULL, 1 AS a, 2 AS a) AS x;
-- case: group by columns of two tables
SELECT p.name, c.name, COUNT(*) AS n FROM spans p JOIN spans c ON c.parent_span_id = p.span_id AND c.trace_id = p.trace_id WHERE p.name LIKE 'turn%' OR p.name LIKE 'session%' GROUP BY p.name, c.name;
-- case: ntile and ranks
SELECT record_id, ntile(4) OVER (ORDER BY record_id) AS quarter, row_number() OVER (PARTITION BY model ORDER BY time, record_id) AS n, rank() OVER (ORDER BY model) AS r, dense_rank() OVER (ORDER BY model) AS d, percent_rank() OVER (ORDER BY model) AS p, cume_dist() OVER (ORDER BY model) AS c FROM model_calls;
-- case: window frames
SELECT record_id, SUM(output_tokens) OVER (ORDER BY record_id ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) AS three, AVG(output_tokens) OVER (PARTITION BY model ORDER BY record_id ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) AS around, MAX(duration_ns) OVER (ORDER BY record_id ROWS BETWEEN 4 PRECEDING AND 1 PRECEDING) AS before, COUNT(*) OVER (ORDER BY record_id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS n, SUM(output_tokens) OVER (ORDER BY record_id ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS rest FROM model_calls;
-- case: window with peers
SELECT record_id, SUM(input_tokens) OVER (ORDER BY model) AS running, COUNT(*) OVER (PARTITION BY outcome ORDER BY model) AS n, MIN(time) OVER (PARTITION BY model) AS first, SUM(duration_ns) OVER () AS every FROM model_calls;
-- case: lag and values
SELECT record_id, LAG(record_id) OVER w AS before, LEAD(record_id, 2, 'none') OVER w AS after, first_value(record_id) OVER w AS first, last_value(record_id) OVER w AS last, nth_value(record_id, 2) OVER w AS second FROM model_calls WINDOW w AS (PARTITION BY conversation_id ORDER BY time, record_id);
-- case: window over groups
SELECT model, COUNT(*) AS n, SUM(COUNT(*)) OVER () AS every, rank() OVER (ORDER BY COUNT(*) DESC) AS r, COUNT(*) * 1.0 / SUM(COUNT(*)) OVER () AS share FROM model_calls GROUP BY model;
-- case: a filter above a window
SELECT n, record_id FROM (SELECT record_id, outcome, row_number() OVER (ORDER BY record_id) AS n FROM model_calls) AS x WHERE outcome = 'error';
-- case: qualify
SELECT conversation_id, tool_name, duration_ns FROM tool_calls WHERE duration_ns IS NOT NULL QUALIFY row_number() OVER (PARTITION BY conversation_id ORDER BY duration_ns DESC, call_id) = 1;
-- case: qualify by a name
SELECT tool_name, COUNT(*) AS n, rank() OVER (ORDER BY COUNT(*) DESC) AS place FROM tool_calls GROUP BY tool_name QUALIFY place <= 2;
-- case: rollup
SELECT agent, model, COUNT(*) AS n, SUM(total_tokens) AS tokens, GROUPING(agent, model) AS level FROM model_calls GROUP BY ROLLUP (agent, model);
-- case: cube
SELECT tool_kind, outcome, COUNT(*) AS n FROM tool_calls GROUP BY CUBE (tool_kind, outcome);
-- case: grouping sets
SELECT tool_kind, outcome, COUNT(*) AS n, GROUPING(tool_kind) AS g FROM tool_calls GROUP BY GROUPING SETS ((tool_kind), (outcome), ());
-- case: recursive numbers
WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 5) SELECT n, n * n AS square FROM r;
-- case: recursive tree
WITH RECURSIVE tree AS (SELECT span_id, parent_span_id, trace_id, 0 AS depth FROM spans WHERE parent_span_id IS NULL AND date = DATE '2026-11-22' UNION ALL SELECT s.span_id, s.parent_span_id, s.trace_id, t.depth + 1 FROM spans s JOIN tree t ON s.parent_span_id = t.span_id AND s.trace_id = t.trace_id) SELECT depth, COUNT(*) AS n FROM tree GROUP BY depth;
-- case: recursive union
WITH RECURSIVE up AS (SELECT conversation_id, parent_conversation_id FROM conversations WHERE parent_conversation_id IS NOT NULL UNION SELECT c.conversation_id, c.parent_conversation_id FROM conversations c JOIN up ON c.conversation_id = up.parent_conversation_id) SELECT * FROM up;
-- case: json arrows
SELECT attributes->>'event.name' AS name, attributes->'duration_ms' AS ms, COUNT(*) AS n FROM events WHERE attributes->>'conversation.id' IS NOT NULL GROUP BY ALL;
-- case: json path
SELECT json_extract_string(attributes, '$."event.kind"') AS kind, json_extract(attributes, '$."event.kind"') AS quoted, COUNT(*) AS n FROM events WHERE (attributes->>'event.name') = 'codex.sse_event' GROUP BY 1, 2;
-- case: json in a cte
WITH e AS (SELECT attributes->>'model' AS model, CAST(attributes->>'duration_ms' AS BIGINT) AS ms FROM events WHERE attributes->>'event.name' = 'codex.api_request') SELECT model, COUNT(*) AS n, SUM(ms) AS ms FROM e GROUP BY model;
-- case: json in a subquery
SELECT COUNT(*) AS n FROM events WHERE attributes->>'conversation.id' IN (SELECT conversation_id FROM tool_calls WHERE outcome = 'failed') AND json_exists(attributes, '$."event.name"');
-- case: json of resources
SELECT resource->>'service.name' AS service, json_type(resource) AS type, COUNT(*) AS n FROM spans GROUP BY ALL;
-- case: json values
SELECT '{"a":{"b":1.0,"c":[1,{"d":2}]},"x.y":"s","n":null}'->'a' AS object, '{"x.y":"s"}'->>'x.y' AS dotted, '{"a":{"b":1}}'->>'$.a.b' AS path, '{"a":{"b":1}}'->>'/a/b' AS pointer, '{"n":null}'->>'n' AS null_text, '{"n":null}'->'n' AS null_json, '[1,2]'->>0 AS first, '[1,2]'->>-1 AS last, json_array_length('[1,2]') AS length, json_array_length('{"a":[1,2]}', 'a') AS inner_length, json_array_length('{}') AS no_list, json_keys('{"b":1,"c":2}') AS keys, json_value('{"a":[1]}', '$.a') AS no_value, json_value('{"a":"s"}', '$.a') AS value, json_exists('{"a":1}', 'b') AS no, json_valid('{a') AS invalid, json_type('{"a":1.5}', 'a') AS type, json_contains('{"a":[1,2]}', '2') AS has;
-- case: json keys unnested
SELECT k.key, COUNT(*) AS n FROM events, unnest(json_keys(attributes)) AS k(key) WHERE attributes->>'event.name' = 'codex.tool_result' GROUP BY k.key;
-- case: joins
SELECT c.kind, t.outcome, COUNT(m.record_id) AS n FROM conversations c LEFT JOIN turns t ON t.conversation_id = c.conversation_id LEFT JOIN model_calls m ON m.turn_id = t.turn_id AND m.outcome = 'ok' GROUP BY c.kind, t.outcome;
-- case: left join with a condition on both
SELECT t.turn_id, COUNT(x.call_id) AS n FROM turns t LEFT JOIN tool_calls x ON x.turn_id = t.turn_id AND x.time > t.start_time + INTERVAL '1 second' GROUP BY t.turn_id;
-- case: full join using
SELECT conversation_id, a.n AS models, b.n AS tools FROM (SELECT conversation_id, COUNT(*) AS n FROM model_calls GROUP BY 1) AS a FULL JOIN (SELECT conversation_id, COUNT(*) AS n FROM tool_calls GROUP BY 1) AS b USING (conversation_id);
-- case: joins by commas
SELECT c.conversation_id, t.turn_id FROM conversations c, turns t WHERE c.conversation_id = t.conversation_id AND t.outcome <> 'completed';
-- case: semi and anti
SELECT (SELECT COUNT(*) FROM conversations c SEMI JOIN tool_calls t ON t.conversation_id = c.conversation_id) AS with_tools, (SELECT COUNT(*) FROM conversations c ANTI JOIN tool_calls t ON t.conversation_id = c.conversation_id) AS without;
-- case: self join with an inequality
SELECT COUNT(*) AS n FROM tool_calls a JOIN tool_calls b ON a.turn_id = b.turn_id AND a.time < b.time;
-- case: set operations
SELECT model FROM model_calls UNION SELECT model FROM turns EXCEPT SELECT 'gpt-5';
-- case: intersect and union all
(SELECT conversation_id FROM tool_calls INTERSECT SELECT conversation_id FROM model_calls WHERE outcome = 'error') UNION ALL SELECT NULL;
-- case: union by name
SELECT 1 AS a, 'x' AS b UNION ALL BY NAME SELECT 'y' AS b, 2 AS c;
-- case: distinct
SELECT DISTINCT agent, model FROM model_calls;
-- case: distinct on ordered
SELECT DISTINCT ON (conversation_id) conversation_id, tool_name FROM tool_calls ORDER BY conversation_id, time DESC, call_id;
-- case: order by what is not selected ordered
SELECT record_id FROM model_calls ORDER BY duration_ns DESC NULLS LAST, record_id LIMIT 7 OFFSET 2;
-- case: order by an alias and an ordinal ordered
SELECT tool_name AS name, COUNT(*) AS n FROM tool_calls GROUP BY name ORDER BY n DESC, 1;
-- case: order by an aggregate ordered
SELECT tool_name FROM tool_calls GROUP BY tool_name ORDER BY COUNT(*) DESC, MIN(call_id) LIMIT 3;
-- case: order of nulls ordered
SELECT mcp_server, exit_code, call_id FROM tool_calls ORDER BY mcp_server DESC, exit_code NULLS FIRST, call_id;
-- case: star modified
SELECT * EXCLUDE (attributes, resource, body, source_id) REPLACE (lower(event_name) AS event_name) FROM events WHERE event_name = 'codex.user_prompt' AND severity IS NOT NULL;
-- case: from first
FROM tool_calls SELECT tool_name, COUNT(*) AS n GROUP BY ALL;
-- case: values
SELECT x, y FROM (VALUES (1, 'a'), (2, NULL), (3, 'c')) AS t(x, y) WHERE y IS NOT NULL;
-- case: series
SELECT i, COUNT(t.call_id) AS n FROM generate_series(0, 3) AS s(i) LEFT JOIN tool_calls t ON t.exit_code = s.i GROUP BY i;
-- case: alias in where
SELECT tool_name || '!' AS loud FROM tool_calls WHERE loud LIKE 'exec%' AND outcome = 'failed';
-- case: cte twice
WITH m AS (SELECT conversation_id, COUNT(*) AS n FROM model_calls GROUP BY conversation_id) SELECT a.conversation_id, a.n, b.n AS more FROM m a JOIN m b ON b.n > a.n;
-- case: having without group by
SELECT COUNT(*) AS n FROM tool_calls HAVING COUNT(*) > 1;
-- case: group by an expression
SELECT outcome = 'failed' AS failed, COUNT(*) AS n FROM tool_calls GROUP BY outcome = 'failed';
-- case: unnamed columns
SELECT COUNT(*), SUM(input_tokens), MAX(output_tokens) + 1, model FROM model_calls GROUP BY model;
-- case: two lakes
SELECT 'here' AS lake, agent, COUNT(*) AS n FROM model_calls GROUP BY agent UNION ALL SELECT 'there', agent, COUNT(*) FROM agents.model_calls GROUP BY agent;
-- case: two lakes joined
SELECT a.tool_name, COUNT(DISTINCT a.call_id) AS here, COUNT(DISTINCT b.call_id) AS there FROM tool_calls a JOIN agents.tool_calls b ON a.tool_name = b.tool_name GROUP BY a.tool_name;
-- case: two lakes without an alias
SELECT agents.conversations.agent, COUNT(*) AS n FROM agents.conversations WHERE agents.conversations.kind = 'main' GROUP BY agents.conversations.agent;
-- case: the other lake in a subquery
SELECT COUNT(*) AS n FROM tool_calls WHERE tool_name NOT IN (SELECT tool_name FROM agents.tool_calls);
-- case: json of the other lake
SELECT attributes->>'gen_ai.request.model' AS model, COUNT(*) AS n FROM agents.spans WHERE attributes->>'gen_ai.operation.name' = 'chat' GROUP BY model;
