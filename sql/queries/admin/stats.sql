-- Numbers of the service.

-- name: stats_overview
-- Those of today, and of the day before if that is known; one row.
SELECT t.*, to_json(y) AS day_before
  FROM staff.stats(2) t LEFT JOIN staff.stats(2) y ON y.day = t.day - 1
 ORDER BY t.day DESC
 LIMIT 1

-- name: stats_timeseries
-- Those of the last days, oldest first; one row.
SELECT coalesce(json_agg(s ORDER BY s.day), '[]') AS results FROM staff.stats(:days::int) s
