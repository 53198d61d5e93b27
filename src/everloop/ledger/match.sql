-- The outcome that each prediction has learned last, of those that happened inside its window.
-- Times are microseconds since the epoch; a window of null is open for ever.
SELECT predicted.place, arg_max(settled.place, settled.revision) AS outcome
FROM predicted
JOIN settled ON settled.prediction = predicted.id
WHERE $within IS NULL OR settled.happened <= predicted.served + $within
GROUP BY predicted.place
