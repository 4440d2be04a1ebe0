-- The contacts of the cases {cases}, as person, since, until: together for at least 900 seconds, summed over some 24
-- hours and over all places; a row for each place shared. Seconds since 1970. {least} and {greatest} are the
-- engine's words for the smaller and the larger of two; no visit lasts longer than {longest}.
WITH own AS (
    SELECT c.person AS index_case, v.place, {greatest}(v.came, c.since) AS came, {least}(v.gone, c.until) AS gone
    FROM {cases} c
    JOIN visits_by_person v ON v.person = c.person
    WHERE v.came < c.until AND v.gone > c.since
),
together AS (
    SELECT o.index_case, v.person, v.place, {greatest}(o.came, v.came) AS came, {least}(o.gone, v.gone) AS gone
    FROM own o
    JOIN visits_by_place v
      ON v.place = o.place AND v.came < o.gone AND v.came > o.came - {longest} AND v.gone > o.came
    WHERE v.person <> o.index_case
),
likely AS (
    SELECT index_case, person FROM together GROUP BY index_case, person HAVING sum(gone - came) >= 900
),
candidate AS (
    SELECT t.* FROM together t JOIN likely l ON l.index_case = t.index_case AND l.person = t.person
),
-- Times that overlap or touch are one time: at each place, and then over all places.
there_begun AS (
    SELECT *, CASE WHEN came <= max(gone) OVER (
        PARTITION BY index_case, person, place ORDER BY came, gone ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) THEN 0 ELSE 1 END AS begins FROM candidate
),
there_numbered AS (
    SELECT *, sum(begins) OVER (
        PARTITION BY index_case, person, place ORDER BY came, gone ROWS UNBOUNDED PRECEDING
    ) AS number FROM there_begun
),
there AS (
    SELECT index_case, person, place, min(came) AS came, max(gone) AS gone
    FROM there_numbered GROUP BY index_case, person, place, number
),
any_begun AS (
    SELECT *, CASE WHEN came <= max(gone) OVER (
        PARTITION BY index_case, person ORDER BY came, gone ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) THEN 0 ELSE 1 END AS begins FROM candidate
),
any_numbered AS (
    SELECT *, sum(begins) OVER (
        PARTITION BY index_case, person ORDER BY came, gone ROWS UNBOUNDED PRECEDING
    ) AS number FROM any_begun
),
anywhere AS (
    SELECT index_case, person, min(came) AS came, max(gone) AS gone
    FROM any_numbered GROUP BY index_case, person, number
),
-- Some best window of 24 hours begins where a time together begins.
qualifying AS (
    SELECT DISTINCT a.index_case, a.person
    FROM anywhere a
    JOIN anywhere b ON b.index_case = a.index_case AND b.person = a.person
     AND b.came >= a.came AND b.came < a.came + 86400
    GROUP BY a.index_case, a.person, a.came
    HAVING sum({least}(b.gone, a.came + 86400) - b.came) >= 900
)
SELECT t.index_case, t.person, t.place, min(t.came) AS came, max(t.gone) AS gone, sum(t.gone - t.came) AS seconds
FROM there t
JOIN qualifying q ON q.index_case = t.index_case AND q.person = t.person
GROUP BY t.index_case, t.person, t.place
