-- What falls on which day: the rows of which app/api/occurrences.c makes the view of a month. Days are those of
-- each residence.

-- name: occurrence_open
-- The open tasks of the caller's residences that may fall on the days :from to :to: those due then, and those due
-- before that come back. The first 3,001 to be due, in the order in which they stand on a day.
SELECT t.id AS _task_id, t.residence_id AS _residence_id, t.title AS _title, t.category AS _category,
       t.assigned_to_id AS _assigned_to_id, left(t.due_time::text, 5) AS _due_time, t.due_on AS _due_on,
       t.grid_on AS _grid_on, t.occurrence AS _occurrence, t.recurrence AS _recurrence, k.today AS _today
  FROM (SELECT t.id, h.today
	  FROM (SELECT m.id, (:now::timestamptz AT TIME ZONE m.time_zone)::date AS today
		  FROM hob.my_residences(:residence_id::uuid) m
		OFFSET 0) h
	 CROSS JOIN LATERAL (
		SELECT t.id, t.due_on FROM tasks t
		 WHERE t.residence_id = h.id AND t.deleted_at IS NULL AND NOT t.archived AND NOT t.completed
		   AND t.state <> 'cancelled' AND t.due_on <= :to::date
		   AND (t.due_on >= :from::date OR t.recurrence IS NOT NULL)
		 ORDER BY t.due_on, t.id
		 LIMIT 3001) t
	 ORDER BY t.due_on, t.id
	 LIMIT 3001) k
  JOIN tasks t ON t.id = k.id
 ORDER BY t.due_time NULLS LAST, t.id

-- name: occurrence_done
-- What was done or skipped on those days in the caller's residences, the first 2,001. Local days become instants
-- two days apart, so that the index finds them; the days themselves decide then.
SELECT d.task_id AS _task_id, d.residence_id AS _residence_id, d.title AS _title, d.category AS _category,
       t.assigned_to_id AS _assigned_to_id, d.occurrence AS _occurrence, d.outcome AS _outcome,
       d.id AS _completion_id, d.day AS _day
  FROM hob.my_residences(:residence_id::uuid) h
 CROSS JOIN LATERAL (
	SELECT d.id, d.task_id, d.residence_id, d.title, d.category, d.occurrence, d.outcome,
	       d.completed_at, l.day
	  FROM completions d
	 CROSS JOIN LATERAL (SELECT (d.completed_at AT TIME ZONE h.time_zone)::date AS day) l
	 WHERE d.residence_id = h.id AND d.undone_at IS NULL AND l.day BETWEEN :from::date AND :to::date
	   AND d.completed_at >= (:from::date - 2)::timestamptz
	   AND d.completed_at <= (:to::date + 3)::timestamptz
	 ORDER BY d.completed_at, d.id
	 LIMIT 2001) d
  JOIN tasks t ON t.id = d.task_id
 ORDER BY d.day, d.completed_at, d.id
 LIMIT 2001
