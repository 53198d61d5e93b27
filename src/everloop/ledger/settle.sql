-- Which of the outcomes that came count, and as which revision. Times are microseconds since the epoch.
--
-- One that came twice counts once. A revision that its caller numbered has that number; any other takes the one
-- after the highest before it. With `unsaid` such outcomes so far, the highest is unsaid + the largest
-- (revision - unsaid) of the numbered ones so far, or unsaid alone if that is negative. Of two with one number the
-- first counts; the other is a duplicate if it says the same, and a conflict if it does not.
WITH repeats AS (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY prediction, name, number, text, boolean, happened, source, revision
            ORDER BY learned, place
        ) > 1 AS repeated
    FROM received
),

counted AS (
    SELECT *, count(*) FILTER (WHERE revision IS NULL) OVER arrived AS unsaid
    FROM repeats
    WHERE NOT repeated
    WINDOW arrived AS (PARTITION BY prediction, name ORDER BY learned, place ROWS UNBOUNDED PRECEDING)
),

numbered AS (
    SELECT *, coalesce(revision, unsaid + greatest(0, coalesce(max(revision - unsaid) OVER arrived, 0))) AS number_of
    FROM counted
    WINDOW arrived AS (PARTITION BY prediction, name ORDER BY learned, place ROWS UNBOUNDED PRECEDING)
),

ranked AS (
    SELECT
        *,
        row_number() OVER same = 1 AS counts,
        number IS NOT DISTINCT FROM first_value(number) OVER same
        AND text IS NOT DISTINCT FROM first_value(text) OVER same
        AND boolean IS NOT DISTINCT FROM first_value(boolean) OVER same AS agrees
    FROM numbered
    WINDOW same AS (
        PARTITION BY prediction, name, number_of
        ORDER BY learned, place
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    )
),

corrections AS (
    SELECT
        place,
        row_number() OVER revisions > 1
        AND (
            number IS DISTINCT FROM lag(number) OVER revisions
            OR text IS DISTINCT FROM lag(text) OVER revisions
            OR boolean IS DISTINCT FROM lag(boolean) OVER revisions
        ) AS corrects
    FROM ranked
    WHERE counts
    WINDOW revisions AS (PARTITION BY prediction, name ORDER BY number_of)
)

SELECT
    repeats.place,
    CASE
        WHEN repeats.repeated OR (NOT ranked.counts AND agrees) THEN 'duplicate'
        WHEN NOT ranked.counts THEN 'conflict'
        WHEN corrects THEN 'correction'
        ELSE 'counts'
    END AS standing,
    CAST(ranked.number_of AS BIGINT) AS revision
FROM repeats
LEFT JOIN ranked ON ranked.place = repeats.place
LEFT JOIN corrections ON corrections.place = repeats.place
ORDER BY repeats.place
