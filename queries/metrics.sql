-- title: Metrics
-- answers: what any archived metric came to: increase, number and mean of the values, and their quantiles with the bounds between which they lie
-- parameters: since, until, agent, model, metric
-- by: agent, metric, type, unit, model, tool, token_type, labels, service_name, day, hour, label.NAME
-- rank: points
-- columns:
--   agent    text   agent; null for a metric that no agent is known for
--   metric   text   metric as the agent names it
--   type     text   gauge | sum | histogram | exponential_histogram | summary
--   unit     text   unit as the agent gives it
--   points   int64  data points
--   increase double what was added in the period: to a counter; of a histogram or summary to the sum of its values; null for a gauge
--   count    int64  values in histograms and summaries, readings of a gauge; null for a counter
--   mean     double mean of these values
--   min      double smallest of these values; null where a point does not tell its smallest
--   max      double greatest of the same
--   last     double latest reading of a gauge, whichever of the row's series it is from
--   p50      double median of the values in buckets, interpolated; in a bucket without an upper bound its lower bound: at least this
--   p50_low  double the true median is not below this
--   p50_high double nor above this; null where nothing tells
--   p90      double 90 % quantile of the same
--   p90_low  double not below this
--   p90_high double nor above this
--   p95      double 95 % quantile of the same
--   p95_low  double not below this
--   p95_high double nor above this
--   p99      double 99 % quantile of the same
--   p99_low  double not below this
--   p99_high double nor above this
--   bucketed int64  values in buckets; where it is less than count, the quantiles are of these alone
--   metrics  int64  metrics in the row, each unit by itself; where --by leaves `metric` or `unit` out, figures of unlike ones are added up
-- Where in its bucket a value lies nobody knows: values are taken as spread evenly over it, over the logarithm in exponential histograms
-- (as Prometheus does), and never beyond the least and the greatest value where all points tell these. A first bucket begins at 0 where its
-- upper bound is above and no value is known to be below. Rows unite buckets with different bounds: the k-th smallest value is not below the
-- k-th smallest lower bound, nor above the k-th smallest upper one; in between, the spreads are added up.
WITH readings AS (
    SELECT *, ROW_NUMBER() OVER (PARTITION BY /*by*/ agent, metric, type, unit /*end*/ ORDER BY DATE_TRUNC('microsecond', time) DESC, record_id DESC) AS age
    FROM metric_deltas
    WHERE type = 'gauge' AND time IS NOT NULL
),
-- doubles are added up as integers, wholes and billionths apart: a sum of doubles depends on the order of the rows
parts AS (
    SELECT
        *,
        type = 'gauge' AS is_reading,
        CASE WHEN type = 'gauge' THEN 1 ELSE count END AS n,
        CASE WHEN type = 'gauge' THEN value ELSE min END AS least,
        CASE WHEN type = 'gauge' THEN value ELSE max END AS greatest,
        CAST(FLOOR(CASE WHEN ABS(value) < 1000000000000000.0 THEN value END) AS BIGINT) AS wholes,
        CAST(ROUND(CASE WHEN ABS(value) < 1000000000000000.0 THEN (value - FLOOR(value)) * 1000000000.0 END, 0) AS BIGINT) AS billionths,
        CASE WHEN ABS(value) >= 1000000000000000.0 THEN value END AS large
    FROM metric_deltas
),
-- of each group a row of sums, one of the latest reading, and one for each bucket
facts AS (
    SELECT
        /*by*/ agent, metric, type, unit /*end*/,
        COUNT(*) AS points,
        COUNT(DISTINCT metric || ' ' || COALESCE(unit, '')) AS metrics,
        SUM(n) AS n,
        SUM(CASE WHEN value IS NOT NULL THEN n END) AS summed,
        SUM(CASE WHEN NOT is_reading THEN wholes END) + ROUND(SUM(CASE WHEN NOT is_reading THEN billionths END) / 1000000000.0, 9) AS increase,
        SUM(CASE WHEN NOT is_reading THEN large END) AS large_increase,
        SUM(CASE WHEN n > 0 THEN wholes END) + ROUND(SUM(CASE WHEN n > 0 THEN billionths END) / 1000000000.0, 9) AS total,
        SUM(CASE WHEN n > 0 THEN large END) AS large_total,
        CASE WHEN COUNT(*) FILTER (WHERE n > 0 AND least IS NULL) = 0 THEN MIN(CASE WHEN n > 0 THEN least END) END AS least,
        CASE WHEN COUNT(*) FILTER (WHERE n > 0 AND greatest IS NULL) = 0 THEN MAX(CASE WHEN n > 0 THEN greatest END) END AS greatest,
        CAST(NULL AS DOUBLE) AS reading,
        CAST(NULL AS DOUBLE) AS low,
        CAST(NULL AS DOUBLE) AS high,
        CAST(NULL AS BOOLEAN) AS logarithmic,
        CAST(NULL AS BIGINT) AS inside
    FROM parts
    GROUP BY /*by*/ agent, metric, type, unit /*end*/
    UNION ALL
    SELECT
        /*by*/ agent, metric, type, unit /*end*/,
        NULL AS points, NULL AS metrics, NULL AS n, NULL AS summed, NULL AS increase, NULL AS large_increase, NULL AS total, NULL AS large_total,
        NULL AS least, NULL AS greatest, value AS reading, NULL AS low, NULL AS high, NULL AS logarithmic, NULL AS inside
    FROM readings
    WHERE age = 1
    UNION ALL
    SELECT
        /*by*/ agent, metric, type, unit /*end*/,
        NULL AS points, NULL AS metrics, NULL AS n, NULL AS summed, NULL AS increase, NULL AS large_increase, NULL AS total, NULL AS large_total,
        NULL AS least, NULL AS greatest, NULL AS reading, low, high, logarithmic, SUM(count) AS inside
    FROM metric_buckets
    GROUP BY /*by*/ agent, metric, type, unit /*end*/, low, high, logarithmic
),
-- groups by number, because their columns may be null; the constant makes polars number a null that stands alone, too
numbered AS (
    SELECT *, DENSE_RANK() OVER (ORDER BY /*by*/ agent, metric, type, unit /*end*/, 0) AS g FROM facts
),
limited AS (
    SELECT *, SUM(inside) OVER (PARTITION BY g) AS bucketed, MIN(least) OVER (PARTITION BY g) AS least_of_all FROM numbered
),
floored AS (
    SELECT
        *,
        CASE WHEN low IS NULL AND high > 0.0 AND (least_of_all IS NULL OR least_of_all >= 0.0) THEN 0.0 ELSE COALESCE(low, least_of_all) END AS floor,
        high IS NULL AS endless
    FROM limited
),
-- how many values are known to lie up to each upper bound, and how many may lie up to each lower one
ranked AS (
    SELECT
        *,
        SUM(inside) OVER (PARTITION BY g ORDER BY endless, high) AS upto_high,
        SUM(inside) OVER (PARTITION BY g ORDER BY floor NULLS FIRST) AS upto_floor,
        SUM(CASE WHEN floor IS NULL THEN inside ELSE 0 END) OVER (PARTITION BY g) AS bottomless
    FROM floored
),
groups AS (
    SELECT
        /*by*/ agent, metric, type, unit /*end*/,
        g,
        MAX(points) AS points,
        MAX(metrics) AS metrics,
        MAX(n) AS n,
        MAX(summed) AS summed,
        MAX(increase) AS increase,
        MAX(large_increase) AS large_increase,
        MAX(total) AS total,
        MAX(large_total) AS large_total,
        MAX(least) AS least,
        MAX(greatest) AS greatest,
        MAX(reading) AS last,
        MAX(bucketed) AS bucketed,
        MAX(CASE WHEN bucketed > 0 THEN least END) AS lower_limit,
        MAX(CASE WHEN bucketed > 0 THEN greatest END) AS upper_limit,
        MIN(CASE WHEN upto_high * 100 >= bucketed * 50 THEN high END) AS high50,
        MIN(CASE WHEN upto_high * 100 >= bucketed * 90 THEN high END) AS high90,
        MIN(CASE WHEN upto_high * 100 >= bucketed * 95 THEN high END) AS high95,
        MIN(CASE WHEN upto_high * 100 >= bucketed * 99 THEN high END) AS high99,
        MIN(CASE WHEN upto_floor * 100 >= bucketed * 50 AND bottomless * 100 < bucketed * 50 THEN floor END) AS low50,
        MIN(CASE WHEN upto_floor * 100 >= bucketed * 90 AND bottomless * 100 < bucketed * 90 THEN floor END) AS low90,
        MIN(CASE WHEN upto_floor * 100 >= bucketed * 95 AND bottomless * 100 < bucketed * 95 THEN floor END) AS low95,
        MIN(CASE WHEN upto_floor * 100 >= bucketed * 99 AND bottomless * 100 < bucketed * 99 THEN floor END) AS low99
    FROM ranked
    GROUP BY /*by*/ agent, metric, type, unit /*end*/, g
),
-- the spreads added up at each bound: what lies below it and what up to it, in millionths of a value, so that they are integers
spreads AS (
    SELECT g, COALESCE(floor, high) AS starts, high AS ends, logarithmic, inside * 1000000 AS mass, bucketed FROM floored WHERE inside IS NOT NULL
),
bounds AS (
    SELECT g AS bound_g, CASE WHEN side = 1 THEN starts ELSE ends END AS x, MAX(bucketed) * 10000 AS hundredth
    FROM spreads
    CROSS JOIN (SELECT 1 AS side UNION ALL SELECT 2 AS side) AS sides
    GROUP BY g, CASE WHEN side = 1 THEN starts ELSE ends END
),
shares AS (
    SELECT
        bound_g, x, hundredth, mass, starts, ends,
        starts < x AND ends >= x AND NOT logarithmic AS even,
        CASE
            WHEN ends <= x THEN 1.0
            WHEN NOT (starts < x AND ends > x) THEN 0.0
            WHEN logarithmic AND starts > 0.0 THEN LN(x / starts) / LN(ends / starts)
            WHEN logarithmic AND ends < 0.0 THEN LN(starts / x) / LN(starts / ends)
            ELSE (x - starts) / (ends - starts)
        END AS share
    FROM bounds
    JOIN spreads ON bounds.bound_g = spreads.g
    WHERE x IS NOT NULL
),
distribution AS (
    SELECT
        bound_g, x,
        MAX(hundredth) AS hundredth,
        SUM(CASE WHEN starts = ends AND ends = x THEN 0 ELSE CAST(ROUND(mass * share, 0) AS BIGINT) END) AS below,
        SUM(CAST(ROUND(mass * share, 0) AS BIGINT)) AS upto,
        COUNT(*) FILTER (WHERE even) AS evens
    FROM shares
    GROUP BY bound_g, x
),
steps AS (
    SELECT
        *,
        LAG(x) OVER (PARTITION BY bound_g ORDER BY x) AS from_x,
        LAG(upto) OVER (PARTITION BY bound_g ORDER BY x) AS from_upto
    FROM distribution
),
-- the step in which the k-th value lies, and how far in it
hits AS (
    SELECT
        bound_g, q, x, from_x, evens,
        CASE WHEN below >= hundredth * q AND below > from_upto THEN (hundredth * q - from_upto) * 1.0 / (below - from_upto) END AS way
    FROM steps
    CROSS JOIN (SELECT 50 AS q UNION ALL SELECT 90 AS q UNION ALL SELECT 95 AS q UNION ALL SELECT 99 AS q) AS asked
    WHERE upto >= hundredth * q AND COALESCE(from_upto < hundredth * q, TRUE)
),
places AS (
    SELECT
        bound_g, q,
        CASE
            WHEN way IS NULL THEN x
            WHEN evens = 0 AND from_x * x > 0.0 THEN from_x * EXP(LN(x / from_x) * way)
            ELSE from_x + (x - from_x) * way
        END AS place
    FROM hits
),
quantiles AS (
    SELECT
        bound_g AS place_g,
        MAX(CASE WHEN q = 50 THEN place END) AS place50,
        MAX(CASE WHEN q = 90 THEN place END) AS place90,
        MAX(CASE WHEN q = 95 THEN place END) AS place95,
        MAX(CASE WHEN q = 99 THEN place END) AS place99
    FROM places
    GROUP BY bound_g
)
SELECT
    /*by*/ agent, metric, type, unit /*end*/,
    points,
    COALESCE(increase + large_increase, increase, large_increase) AS increase,
    n AS count,
    ROUND(COALESCE(total + large_total, total, large_total) / NULLIF(summed, 0), 6) AS mean,
    least AS min,
    greatest AS max,
    last,
    ROUND(LEAST(GREATEST(COALESCE(place50, low50), lower_limit), upper_limit), 6) AS p50,
    GREATEST(low50, lower_limit) AS p50_low,
    LEAST(high50, upper_limit) AS p50_high,
    ROUND(LEAST(GREATEST(COALESCE(place90, low90), lower_limit), upper_limit), 6) AS p90,
    GREATEST(low90, lower_limit) AS p90_low,
    LEAST(high90, upper_limit) AS p90_high,
    ROUND(LEAST(GREATEST(COALESCE(place95, low95), lower_limit), upper_limit), 6) AS p95,
    GREATEST(low95, lower_limit) AS p95_low,
    LEAST(high95, upper_limit) AS p95_high,
    ROUND(LEAST(GREATEST(COALESCE(place99, low99), lower_limit), upper_limit), 6) AS p99,
    GREATEST(low99, lower_limit) AS p99_low,
    LEAST(high99, upper_limit) AS p99_high,
    bucketed,
    metrics
FROM groups
LEFT JOIN quantiles ON groups.g = quantiles.place_g
ORDER BY /*by*/ agent, metric, type, unit /*end*/
