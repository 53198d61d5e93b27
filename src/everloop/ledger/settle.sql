-- Which of the outcomes that came count, and as which revision. Times are microseconds since the epoch.
--
-- One that came twice counts once. It came twice if an earlier one of its prediction and name says the same (value,
-- source, time and revision) and
--   it has a time or a revision of its caller's, or both came with one idempotency key: it is the same one, sent
--   again, even if others came between; or
--   nothing came between, those sent again apart: it says what is known.
-- An earlier value without such a sign is a correction back to it. A revision that its caller numbered has that
-- number; any other takes the one after the highest before it. With `unsaid` such outcomes so far, the highest is unsaid + the largest
-- (revision - unsaid) of the numbered ones so far, or unsaid alone if that is negative. Of two with one number the
-- first counts; the other is a duplicate if it says the same, and a conflict if it does not.
WITH arrivals AS (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY prediction, name, number, text, boolean, happened, source, revision
            ORDER BY learned, place
        ) > 1 AND (happened IS NOT NULL OR revision IS NOT NULL)
        OR row_number() OVER (
            PARTITION BY prediction, name, number, text, boolean, happened, source, revision, key
            ORDER BY learned, place
        ) > 1 AND coalesce(key, '') <> '' AS sent_again
    FROM received
),

repeats AS (
    SELECT
        *,
        revision IS NULL
        AND happened IS NULL
        AND row_number() OVER before > 1
        AND lag(revision) OVER before IS NULL
        AND lag(happened) OVER before IS NULL
        AND source IS NOT DISTINCT FROM lag(source) OVER before
        AND number IS NOT DISTINCT FROM lag(number) OVER before
        AND text IS NOT DISTINCT FROM lag(text) OVER before
        AND boolean IS NOT DISTINCT FROM lag(boolean) OVER before AS repeated
    FROM arrivals
    WHERE NOT sent_again
    WINDOW before AS (PARTITION BY prediction, name ORDER BY learned, place)
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
    received.place,
    CASE
        WHEN ranked.place IS NULL OR (NOT ranked.counts AND agrees) THEN 'duplicate'
        WHEN NOT ranked.counts THEN 'conflict'
        WHEN corrects THEN 'correction'
        ELSE 'counts'
    END AS standing,
    CAST(ranked.number_of AS BIGINT) AS revision
FROM received
LEFT JOIN ranked ON ranked.place = received.place
LEFT JOIN corrections ON corrections.place = received.place
ORDER BY received.place
