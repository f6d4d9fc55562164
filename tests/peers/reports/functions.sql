-- title: Functions
-- answers: what the functions make of odd values that are known to mean the same in every engine; for tests/peers/engines.py
-- columns:
--   id          int64     number of the case
--   whole       double    round, half to even
--   thousandths double    round to three places
--   below       double    floor
--   above       int64     ceil
--   size        double    abs
--   root        double    square root
--   greater     double    greatest, nulls left out
--   lesser      double    least, nulls left out
--   unequal     double    nullif
--   differs     boolean   is distinct from
--   between     boolean   between
--   among       boolean   in a list with a null
--   joined      text      || with a null
--   first_part  text      split_part
--   third_part  text      split_part, also beyond the end
--   begins      boolean   like
--   found       text      get_json_object
--   element     text      get_json_object of an element
--   rank        int64     rank, nulls last
--   dense       int64     dense_rank, descending, nulls first
--   before      double    lag
--   after       double    lead with a default
--   so_far      int64     a sum over a window in rows
--   in_groups   int64     a sum over a window with ties
--   all_true    boolean   bool_and of the group
--   any_true    boolean   bool_or of the group
--   parts       int64     rows that unnest makes of the text
--   listed      text      string_agg of the texts of the group
--   middle      double    quantile_cont of the group
--   week        timestamp date_trunc
--   quarter     timestamp date_trunc
--   second      timestamp date_trunc
--   day         date      a time as a date
WITH numbers AS (
    SELECT 1 AS id, 1 AS g, CAST(0.5 AS DOUBLE) AS x, CAST(NULL AS DOUBLE) AS y, TRUE AS b, 'a, b,c, ' AS s UNION ALL
    SELECT 2 AS id, 1 AS g, 1.5 AS x, -1.5 AS y, NULL AS b, '' AS s UNION ALL
    SELECT 3 AS id, 1 AS g, -2.5 AS x, -2.5 AS y, FALSE AS b, ', a' AS s UNION ALL
    SELECT 4 AS id, 2 AS g, 60.3125 AS x, 7.0 AS y, TRUE AS b, NULL AS s UNION ALL
    SELECT 5 AS id, 2 AS g, 0.0005 AS x, 1.0005 AS y, TRUE AS b, 'it''s a \ and a | or' AS s UNION ALL
    SELECT 6 AS id, 2 AS g, NULL AS x, 4.0 AS y, NULL AS b, 'ÄÖ ß😀, é' AS s UNION ALL
    SELECT 7 AS id, 3 AS g, 123456789012.3456 AS x, NULL AS y, NULL AS b, '{"cmd": "ls -l", "command": ["bash", "-lc", "make\ntest"]}' AS s UNION ALL
    SELECT 8 AS id, 3 AS g, 1e300 AS x, -1e300 AS y, NULL AS b, '{"cmd": {"b": 1.50, "a": [true, null]}}' AS s UNION ALL
    SELECT 9 AS id, 4 AS g, 2.675 AS x, 0.0 AS y, FALSE AS b, '{"cmd": null}' AS s UNION ALL
    SELECT 10 AS id, 5 AS g, 4503599627370497.5 AS x, 2.0 AS y, FALSE AS b, '{"cmd": "x", "cut": "of' AS s UNION ALL
    SELECT 11 AS id, 4 AS g, -0.0004 AS x, 0.3 AS y, FALSE AS b, 'a
b' AS s UNION ALL
    SELECT 12 AS id, 5 AS g, NULL AS x, NULL AS y, NULL AS b, NULL AS s
),
unnested AS (
    SELECT id AS whose, UNNEST(STRING_TO_ARRAY(s, ', ')) AS part FROM numbers
),
counted AS (
    SELECT whose, COUNT(*) AS parts FROM unnested GROUP BY whose
),
grouped AS (
    SELECT
        g AS of_group,
        BOOL_AND(b) AS all_true,
        BOOL_OR(b) AS any_true,
        STRING_AGG(DISTINCT s, '; ' ORDER BY s) AS listed,
        ROUND(ROUND(QUANTILE_CONT(x, 0.95), 8), 6) AS middle
    FROM numbers
    GROUP BY g
),
times AS (
    SELECT MAX(time) AS last_time FROM model_calls
)
SELECT
    id,
    ROUND(x) AS whole,
    ROUND(x, 3) AS thousandths,
    FLOOR(CASE WHEN x < 1e15 THEN x END) AS below,
    CAST(CEIL(CASE WHEN x < 1e15 THEN x END) AS BIGINT) AS above,
    ABS(x) AS size,
    SQRT(CASE WHEN x >= 0 THEN x END) AS root,
    GREATEST(x, y, NULL) AS greater,
    LEAST(x, y) AS lesser,
    NULLIF(x, y) AS unequal,
    x IS DISTINCT FROM y AS differs,
    x BETWEEN y AND 100.0 AS between,
    x IN (1.5, NULL) AS among,
    s || '/' || id AS joined,
    SPLIT_PART(s, ', ', 1) AS first_part,
    SPLIT_PART(s, ', ', 3) AS third_part,
    s LIKE '%a_%' AS begins,
    GET_JSON_OBJECT(s, '$.cmd') AS found,
    GET_JSON_OBJECT(s, '$.command[2]') AS element,
    RANK() OVER (ORDER BY g, x) AS rank,
    DENSE_RANK() OVER (ORDER BY s DESC NULLS FIRST) AS dense,
    LAG(x) OVER (PARTITION BY g ORDER BY y) AS before,
    LEAD(x, 1, -1.0) OVER (ORDER BY id) AS after,
    SUM(id) OVER (PARTITION BY g ORDER BY id DESC ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS so_far,
    SUM(id) OVER (ORDER BY b) AS in_groups,
    all_true,
    any_true,
    parts,
    listed,
    middle,
    DATE_TRUNC('week', last_time) AS week,
    DATE_TRUNC('quarter', last_time) AS quarter,
    DATE_TRUNC('second', last_time) AS second,
    CAST(last_time AS DATE) AS day
FROM numbers
JOIN grouped ON numbers.g = grouped.of_group
LEFT JOIN counted ON numbers.id = counted.whose
CROSS JOIN times
WHERE EXISTS (SELECT 1 AS one FROM times WHERE last_time IS NOT NULL) AND NOT (id > 12 IS TRUE)
ORDER BY id
