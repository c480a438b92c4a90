-- Completions: what was done, by whom, when, and what undo puts back. One that was undone stays
-- in its table; no statement here shows it again.

-- name: task_complete
-- Does the open occurrence of a task and steps to the next. When somebody has done this
-- occurrence already their completion is shown, and nothing happens (_made).
SELECT c.*, x.made AS _made
  FROM hob.complete_task(:task_id::uuid, 'done', :new_id::uuid, :id::uuid,
	hob.occurrence_named(:occurrence, :once_key), :completed_at::timestamptz, :completed_by_id::uuid,
	:contractor_id::uuid, (:body::jsonb ?| '{contractor_id,contractor_name}') IS NOT TRUE, :contractor_name,
	:actual_cost::numeric, :note, :rating::int, :now::timestamptz) x
 CROSS JOIN LATERAL hob.completion_shown(x.completion, x.shown) c

-- name: task_skip
-- Leaves out the open occurrence of a task that comes back; else as task_complete.
SELECT c.*, x.made AS _made
  FROM hob.complete_task(:task_id::uuid, 'skipped', :new_id::uuid, :id::uuid,
	hob.occurrence_named(:occurrence, :once_key), NULL, NULL,
	NULL, false, NULL, NULL, :note, NULL, :now::timestamptz) x
 CROSS JOIN LATERAL hob.completion_shown(x.completion, x.shown) c

-- name: task_completions
-- The history of one task.
-- id: d.id
-- order: -occurrence int d.occurrence
-- order: occurrence int d.occurrence
-- long: note
SELECT c.*, h.currency, :key
  FROM hob.my_residences(NULL) h
  JOIN tasks t ON t.residence_id = h.id
  JOIN completions d ON d.task_id = t.id
 CROSS JOIN LATERAL hob.completion_card(d, h.people, h.names) c
 WHERE t.id = :task_id::uuid AND d.undone_at IS NULL
   AND (:outcome::text IS NULL OR d.outcome = :outcome)
   AND :page
 ORDER BY :order
 LIMIT :limit::int

-- name: completion_list
-- The history of the caller's residences, also of tasks that were deleted. Of each residence the index
-- yields one page in order; what is shown is fetched for those alone.
-- id: d.id
-- order: -completed_at timestamptz d.completed_at
-- order: completed_at timestamptz d.completed_at
-- order: -created_at timestamptz d.created_at
-- order: created_at timestamptz d.created_at
-- long: note
SELECT c.*, h.currency, :key
  FROM hob.my_residences(:residence_id::uuid) h
 CROSS JOIN LATERAL (
SELECT d.id, d.completed_at, d.created_at
  FROM completions d
 WHERE d.residence_id = h.id AND d.undone_at IS NULL
   AND (:task_id::uuid IS NULL OR d.task_id = :task_id::uuid)
   AND (:category::text IS NULL OR d.category = :category)
   AND (:contractor_id::uuid IS NULL OR d.contractor_id = :contractor_id::uuid)
   AND (:completed_by_id::uuid IS NULL OR d.completed_by = :completed_by_id::uuid)
   AND (:outcome::text IS NULL OR d.outcome = :outcome)
   AND (:completed_at__gte::timestamptz IS NULL OR d.completed_at >= :completed_at__gte::timestamptz)
   AND (:completed_at__lte::timestamptz IS NULL OR d.completed_at <= :completed_at__lte::timestamptz)
   AND (:search::text IS NULL
	OR d.words || ' ' || (SELECT t.words FROM tasks t WHERE t.id = d.task_id) LIKE ALL ((SELECT hob.patterns(:search))::text[]))
   AND :page
 ORDER BY :order
 LIMIT :limit::int) d
  JOIN completions x ON x.id = d.id
 CROSS JOIN LATERAL hob.completion_card(x, h.people, h.names) c
 ORDER BY :order
 LIMIT :limit::int

-- name: completion_get
-- One completion in the caller's residences, by its id or an alias; nothing when it was undone or is elsewhere.
SELECT c.*, a.currency
  FROM completions d
 CROSS JOIN LATERAL hob.around(d.residence_id) a
 CROSS JOIN LATERAL hob.completion_card(d, a.people, a.names) c
 WHERE d.id = hob.completion_called(:completion_id::uuid) AND d.undone_at IS NULL
   AND d.residence_id = ANY (:mine)

-- name: completion_and_task
-- The same with its task.
SELECT c.*
  FROM completions d
  JOIN tasks t ON t.id = d.task_id
 CROSS JOIN LATERAL hob.completion_shown(d, t) c
 WHERE d.id = hob.completion_called(:completion_id::uuid) AND d.undone_at IS NULL
   AND d.residence_id = ANY (:mine)

-- name: completion_update
-- Changes what is noted of a completion, never its days; keys absent from the body stay.
-- Nothing when it was undone or is not in a residence where the caller may edit.
WITH changed AS (
	UPDATE completions d
	   SET (contractor_id, contractor_name, actual_cost, note, rating, updated_at, version) =
	       (SELECT p.contractor_id, p.contractor_name, p.actual_cost, p.note, p.rating, :now::timestamptz,
		       d.version + 1
	          FROM jsonb_populate_record(d, :body::jsonb) p)
	 WHERE d.id = hob.completion_called(:completion_id::uuid) AND d.undone_at IS NULL
	   AND (:if_versions::int[] IS NULL OR d.version = ANY (:if_versions::int[]))
	   AND d.residence_id = ANY (:mine_as_member)
	RETURNING d
)
SELECT c.*, a.currency, ARRAY['residence:' || c.residence_id] AS _touch
  FROM changed
 CROSS JOIN LATERAL hob.around((changed.d).residence_id) a
 CROSS JOIN LATERAL hob.completion_card(changed.d, a.people, a.names) c

-- name: completion_delete
-- Takes a completion out of the history: the newest as undo does, an older one without moving
-- a day. Nothing when it was taken out before. Raises HB403 for members who did not record it.
SELECT (x.shown).id, ARRAY['residence:' || (x.shown).residence_id] AS _touch
  FROM hob.take_back(:completion_id::uuid, false, :if_versions::int[], :now::timestamptz) x

-- name: completion_undo
-- Puts the task back as it was before its newest completion; once more changes nothing. Raises
-- HB403 for members who did not record it, HB409 when there are newer ones.
SELECT c.*
  FROM hob.take_back(:completion_id::uuid, true, NULL, :now::timestamptz) x
 CROSS JOIN LATERAL hob.completion_shown(x.completion, x.shown) c

-- name: completion_undone
-- A completion, undone or not, with its task, which was not deleted.
SELECT c.*
  FROM completions d
  JOIN tasks t ON t.id = d.task_id
 CROSS JOIN LATERAL hob.completion_shown(d, t) c
 WHERE d.id = hob.completion_called(:completion_id::uuid) AND t.deleted_at IS NULL
   AND d.residence_id = ANY (:mine)
