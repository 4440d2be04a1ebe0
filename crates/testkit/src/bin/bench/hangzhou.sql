-- The Hangzhou rules of February 2020 (rules/hangzhou-2020-02) over the made-up lives of this benchmark, as a colour, the
-- counters of the release, and the next instant at which either changes. Written for DuckDB, to measure beside; the bench
-- compares every row with what `decide` says. {at} and {sunset} are seconds since 1970; days are those of Asia/Shanghai,
-- which had no summer time in 2020.
CREATE OR REPLACE TABLE outcome AS
WITH
evidence_by_day AS (
    SELECT *, (happened + 28800) // 86400 AS day FROM evidence WHERE happened <= {at}
),
declared AS (
    SELECT d.*, a.result AS audit
    FROM evidence_by_day d
    LEFT JOIN (SELECT person, arg_max(result, happened) AS result FROM evidence_by_day WHERE kind = 'audit' GROUP BY person) a
        ON a.person = d.person
    WHERE d.kind = 'declaration'
),
accepted AS (SELECT * FROM declared WHERE audit IS NULL OR audit = 'confirmed'),
-- What fires which rule; of several times the last counts, since the way out begins again.
fired AS (
    SELECT person, 'R1' AS rule, happened, day AS day_zero FROM evidence_by_day
    WHERE kind = 'case_status' AND result IN ('confirmed', 'suspected', 'asymptomatic')
    UNION ALL
    SELECT person, 'R2', happened, (last_at + 28800) // 86400 FROM evidence_by_day
    WHERE kind = 'exposure' AND level = 'close' AND grade IN ('witnessed', 'rotating', 'declared')
        AND day - (last_at + 28800) // 86400 <= 14
    UNION ALL
    SELECT person, 'R3', happened, day FROM accepted WHERE contact = 'yes'
    UNION ALL
    SELECT person, 'R4', happened, day FROM accepted WHERE region[1:2] = '42'
    UNION ALL
    SELECT person, 'Y1', happened, day FROM accepted WHERE unwell
    UNION ALL
    SELECT person, 'Y1', happened, day FROM evidence_by_day WHERE kind = 'health_report' AND unwell
    UNION ALL
    SELECT person, 'Y2', happened, day FROM accepted WHERE contact = 'unsure'
    UNION ALL
    SELECT person, 'Y3', happened, day FROM accepted WHERE region[1:4] IN ('3303', '3310') OR region = '411500'
),
latched AS (
    SELECT person, rule, max(happened) AS happened, max(day_zero) AS day_zero, CASE WHEN rule[1:1] = 'R' THEN 14 ELSE 7 END AS reports
    FROM fired GROUP BY person, rule
),
report_days AS (
    SELECT person, day, max(happened) AS happened, bool_or(unwell) AS abnormal
    FROM evidence_by_day WHERE kind = 'health_report' GROUP BY person, day
),
-- Days whose reports are all normal, each with the first day of its unbroken run.
normal_days AS (
    SELECT person, day, happened, day - row_number() OVER (PARTITION BY person ORDER BY day) AS island
    FROM report_days WHERE NOT abnormal
),
runs AS (
    SELECT person, day, happened, min(day) OVER (PARTITION BY person, island) AS first_day FROM normal_days
),
abnormal_days AS (SELECT person, max(day) AS day FROM report_days WHERE abnormal GROUP BY person),
current_run AS (
    SELECT r.person, max(r.day) AS last_day, arg_max(first_day, r.day) AS first_day
    FROM runs r LEFT JOIN abnormal_days a ON a.person = r.person
    GROUP BY r.person, a.day
    HAVING max(r.day) >= ({at} + 28800) // 86400 - 1 AND max(r.day) > coalesce(a.day, 0)
),
case_ends AS (
    SELECT l.person,
        bool_or(e.result = 'excluded') AS excluded,
        max(e.happened) FILTER (e.result = 'recovered') AS recovered_at,
        max(e.day) FILTER (e.result = 'recovered') AS recovered_day
    FROM latched l JOIN evidence_by_day e ON e.person = l.person AND e.kind = 'case_status' AND e.happened > l.happened
    WHERE l.rule = 'R1' GROUP BY l.person
),
ways AS (
    SELECT l.person, l.rule, l.reports,
        CASE WHEN l.rule = 'R1' THEN coalesce(c.recovered_at, 9e18::BIGINT) ELSE l.happened END AS counts_from,
        greatest(l.day_zero, coalesce(c.recovered_day, l.day_zero)) AS day_zero,
        coalesce(c.excluded, false) AS excluded,
        c.recovered_at IS NOT NULL AS recovered
    FROM latched l LEFT JOIN case_ends c ON l.rule = 'R1' AND c.person = l.person
),
released AS (
    SELECT w.person, w.rule FROM ways w JOIN runs r ON r.person = w.person
    WHERE r.happened > w.counts_from AND r.day - greatest(r.first_day, w.day_zero + 1) + 1 >= w.reports
    GROUP BY w.person, w.rule
    UNION
    SELECT person, rule FROM ways WHERE excluded
),
held AS (
    SELECT w.*, least(w.reports, greatest(0, coalesce(c.last_day - greatest(c.first_day, w.day_zero + 1) + 1, 0))) AS in_run,
        c.last_day, rule[1:1] AS letter
    FROM ways w LEFT JOIN current_run c ON c.person = w.person
    WHERE NOT EXISTS (SELECT 1 FROM released r WHERE r.person = w.person AND r.rule = w.rule)
),
strictest AS (
    SELECT h.* FROM held h JOIN (SELECT person, min(letter) AS letter FROM held GROUP BY person) s
        ON s.person = h.person AND s.letter = h.letter
),
-- What is asked: equal needs of several rules are one.
needs AS (
    SELECT person, 'reports' AS need, 0 AS way, in_run AS done, reports AS asked, in_run > 0 AS breaks, last_day FROM strictest WHERE rule <> 'R1'
    UNION
    SELECT person, 'excluded', 1, 0, 1, false, last_day FROM strictest WHERE rule = 'R1'
    UNION
    SELECT person, 'recovered', 2, recovered::INT, 1, false, last_day FROM strictest WHERE rule = 'R1'
    UNION
    SELECT person, 'reports', 2, CASE WHEN recovered THEN in_run ELSE 0 END, 14, recovered AND in_run > 0, last_day FROM strictest WHERE rule = 'R1'
),
asked AS (
    SELECT person, sum(done)::INT AS done, sum(asked)::INT AS asked, bool_or(breaks) AS breaks, max(last_day) AS last_day
    FROM needs GROUP BY person
)
SELECT d.person,
    CASE WHEN s.letter = 'R' THEN 'red' WHEN s.letter = 'Y' THEN 'yellow' WHEN d.audit = 'confirmed' THEN 'green' ELSE 'pending' END AS colour,
    coalesce(a.done, 0) AS done,
    coalesce(a.asked, 0) AS asked,
    CASE WHEN a.breaks THEN (a.last_day + 2) * 86400 - 28800 ELSE {sunset} END AS next_change
FROM declared d
LEFT JOIN (SELECT DISTINCT person, letter FROM strictest) s ON s.person = d.person
LEFT JOIN asked a ON a.person = d.person;
