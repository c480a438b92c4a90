-- Reports: the work and the spending of a residence, past and to come.

-- name: residence_report
-- A line for the residence itself (_part residence), one for each sum that the report shows (total,
-- category, contractor, year, person), and one for each task that has a cost and a day
-- (task), from which app/api/reports.c reckons what is to come. A contractor is one line under its id and the name that
-- it has now, whatever names history has of it; who is known by name alone is a line by that. From and to are local days.
-- Bounded: the newest 20,000 completions, the 100 most expensive lines of a part, the first 5,000
-- tasks that are due; in the line of the residence, _cut says whether that left anything out. Local days
-- become instants two days apart, so that the index finds them; the days themselves decide then.
WITH residence AS MATERIALIZED (
	SELECT * FROM hob.my_residences(:residence_id::uuid)
), noted AS MATERIALIZED (
	SELECT d.outcome = 'done' AS done, d.actual_cost, d.category, d.contractor,
	       d.completed_by, extract(year FROM d.day)::int AS year, d.day <= d.due_before AS on_time
	  FROM residence h
	 CROSS JOIN LATERAL (
		SELECT d.outcome, d.actual_cost, d.category,
		       coalesce(d.contractor_id::text, d.contractor_name) AS contractor, d.completed_by,
		       d.due_before, l.day
		  FROM completions d
		 CROSS JOIN LATERAL (SELECT (d.completed_at AT TIME ZONE h.time_zone)::date AS day) l
		 WHERE d.residence_id = h.id AND d.undone_at IS NULL
		   AND (:from::date IS NULL OR l.day >= :from::date)
		   AND (:to::date IS NULL OR l.day <= :to::date)
		   AND d.completed_at >= coalesce(:from::date - 2, '-infinity')::timestamptz
		   AND d.completed_at <= coalesce(:to::date + 3, 'infinity')::timestamptz
		 ORDER BY d.completed_at DESC
		 LIMIT 20001) d
), sums AS MATERIALIZED (
	SELECT grouping(n.category, n.contractor, n.year, n.completed_by) AS kind,
	       n.category, n.contractor, n.year, n.completed_by,
	       count(*) FILTER (WHERE n.done)::int AS done,
	       count(*) FILTER (WHERE NOT n.done)::int AS skipped,
	       count(*) FILTER (WHERE n.done AND n.on_time)::int AS on_time,
	       count(*) FILTER (WHERE n.done AND NOT n.on_time)::int AS late,
	       round(coalesce(sum(n.actual_cost), 0), 2) AS cost,
	       row_number() OVER (PARTITION BY
			grouping(n.category, n.contractor, n.year, n.completed_by)
			ORDER BY sum(n.actual_cost) DESC NULLS LAST, count(*) DESC) AS place
	  FROM noted n
	 GROUP BY GROUPING SETS ((), (n.category), (n.contractor), (n.year), (n.completed_by))
), due AS MATERIALIZED (
	SELECT t.id, t.estimated_cost, t.recurrence, t.due_on, t.grid_on, t.occurrence
	  FROM residence h
	  JOIN tasks t ON t.residence_id = h.id
	 WHERE t.deleted_at IS NULL AND NOT t.archived AND NOT t.completed AND t.state <> 'cancelled'
	   AND t.due_on IS NOT NULL AND t.estimated_cost IS NOT NULL
	 ORDER BY t.due_on, t.id
	 LIMIT 5001
)
SELECT CASE s.kind WHEN 15 THEN 'total' WHEN 7 THEN 'category' WHEN 11 THEN 'contractor'
	    WHEN 13 THEN 'year' ELSE 'person' END AS _part,
       coalesce(s.category, s.contractor, s.year::text, s.completed_by::text) AS _key,
       coalesce(c.label, k.name, s.contractor, s.year::text,
		h.names[array_position(h.people, s.completed_by)]) AS _name,
       s.done AS _done, s.skipped AS _skipped, s.on_time AS _on_time, s.late AS _late,
       s.cost AS _cost, NULL::jsonb AS _recurrence, NULL::date AS _due_on, NULL::date AS _grid_on,
       NULL::int AS _occurrence, NULL::bool AS _cut
  FROM sums s
 CROSS JOIN residence h
  LEFT JOIN task_categories c ON c.code = s.category
  LEFT JOIN contractors k ON k.residence_id = :residence_id::uuid AND k.id::text = s.contractor
 WHERE s.place <= 100
UNION ALL
SELECT 'residence', h.currency, h.name, NULL, NULL, NULL, NULL, NULL, NULL, h.today, NULL, NULL,
       (SELECT count(*) > 20000 FROM noted) OR EXISTS (SELECT FROM sums s WHERE s.place > 100)
	OR (SELECT count(*) > 5000 FROM due)
  FROM residence h
UNION ALL
(SELECT 'task', t.id::text, NULL, NULL, NULL, NULL, NULL, t.estimated_cost, t.recurrence,
       t.due_on, t.grid_on, t.occurrence, NULL
  FROM due t
 ORDER BY t.due_on, t.id
 LIMIT 5000)
 ORDER BY 1, 8 DESC NULLS LAST, 2
