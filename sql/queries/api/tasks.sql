-- Tasks. What reads or changes one asks for the caller's residences itself; the policy beside it
-- becomes a second condition on the same index. A task that was deleted keeps its row, for
-- its history stays; no statement here sees it again.

-- name: task_list
-- Tasks of the caller's residences that pass the filters; without :archived and :hidden only the others. Each
-- residence yields the ids of one page; what is shown is fetched for those alone.
-- id: t.id
-- order: due_on date coalesce(t.due_on, 'infinity')
-- order: -due_on date coalesce(t.due_on, '-infinity')
-- order: title text t.title COLLATE hob.alphabet
-- order: -title text t.title COLLATE hob.alphabet
-- order: created_at timestamptz t.created_at
-- order: -created_at timestamptz t.created_at
-- order: updated_at timestamptz t.updated_at
-- order: -updated_at timestamptz t.updated_at
-- order: priority int p.rank
-- order: -priority int p.rank
-- long: description
SELECT c.*, h.currency, hob.is_overdue(t, h.today, h.time_zone) AS is_overdue, :key
  FROM hob.my_residences(:residence_id::uuid) h
 CROSS JOIN LATERAL (
SELECT t.id
  FROM tasks t
  JOIN task_priorities p ON p.code = t.priority
 WHERE t.residence_id = h.id AND t.deleted_at IS NULL AND t.archived = coalesce(:archived::bool, false)
   AND (:state::text IS NULL OR t.state = :state)
   AND (:state__in::text IS NULL OR t.state = ANY (string_to_array(:state__in, ',')))
   AND (:category::text IS NULL OR t.category = :category)
   AND (:category__in::text IS NULL OR t.category = ANY (string_to_array(:category__in, ',')))
   AND (:priority::text IS NULL OR t.priority = :priority)
   AND (:priority__in::text IS NULL OR t.priority = ANY (string_to_array(:priority__in, ',')))
   AND (:assigned_to_id::uuid IS NULL OR t.assigned_to_id = :assigned_to_id::uuid)
   AND (:assigned_to_id__isnull::bool IS NULL
	OR (t.assigned_to_id IS NULL) = :assigned_to_id__isnull::bool)
   AND (:contractor_id::uuid IS NULL OR t.contractor_id = :contractor_id::uuid)
   AND (:due_on__gte::date IS NULL OR t.due_on >= :due_on__gte::date)
   AND (:due_on__lte::date IS NULL OR t.due_on <= :due_on__lte::date)
   AND (:due_on__isnull::bool IS NULL OR (t.due_on IS NULL) = :due_on__isnull::bool)
   AND (:completed::bool IS NULL OR t.completed = :completed::bool)
   AND coalesce(hob.is_hidden(t, h.today), false) = coalesce(:hidden::bool, false)
   AND (:search::text IS NULL OR t.words LIKE ALL ((SELECT hob.patterns(:search))::text[]))
   AND :page
 ORDER BY :order
 LIMIT :limit::int) k
  JOIN tasks t ON t.id = k.id
  JOIN task_priorities p ON p.code = t.priority
 CROSS JOIN LATERAL hob.task_card(t, h.people, h.names) c
 ORDER BY :order
 LIMIT :limit::int

-- name: task_export
-- The tasks of a residence, the archived too, for files: at most 250, those behind the one named. Nothing
-- when the caller has no such residence. Of a rule that ends after so many times the rest is shown. _bytes is
-- four times what a row takes at most as CSV, so that the file can be imported, whose size is bounded.
-- _due_at is the instant of a task with a time.
SELECT *, to_char(due_on, 'YYYYMMDD') AS _due_day,
       to_char(hob.local_instant(due_on, due_time::time, _time_zone), 'YYYYMMDD"T"HH24MISS"Z"') AS _due_at,
       (SELECT k.label FROM task_categories k WHERE k.code = category) AS _category,
       to_char(created_at, 'YYYYMMDD"T"HH24MISS"Z"') AS _created,
       to_char(updated_at, 'YYYYMMDD"T"HH24MISS"Z"') AS _updated,
       to_char(last_completed_at, 'YYYYMMDD"T"HH24MISS"Z"') AS _completed,
       CASE WHEN recurrence ->> 'count' IS NOT NULL
	    THEN jsonb_set(recurrence, '{count}', to_jsonb((recurrence ->> 'count')::int - occurrence + 1))
	    ELSE recurrence END AS _rest,
       coalesce(nullif(array_to_string(remind_before, ' '), ''), CASE WHEN remind_before = '{}' THEN 'none' END) AS _reminders
  FROM (SELECT *, sum(2800 + 8 * octet_length(concat(title, description, recurrence, "assigned_to.name", "created_by.name")))
			OVER (ROWS UNBOUNDED PRECEDING) AS _bytes FROM (
SELECT c.*, t.grid_on AS _grid_on, h.time_zone AS _time_zone
  FROM hob.my_residences(:residence_id::uuid) h
  JOIN tasks t ON t.residence_id = h.id AND t.deleted_at IS NULL AND (:after::uuid IS NULL OR t.id > :after::uuid)
 CROSS JOIN LATERAL hob.task_card(t, h.people, h.names) c
 ORDER BY t.id
 LIMIT 251) page) measured
 WHERE _bytes - 2800 - 8 * octet_length(concat(title, description, recurrence, "assigned_to.name", "created_by.name")) <= 1000000

-- name: task_import
-- Which of these tasks the residence has already. What is touched the tasks that are made say.
SELECT t.id, NULL::text[] AS _touch
  FROM tasks t
 WHERE t.residence_id = :residence_id::uuid AND t.id = ANY (:import_ids::uuid[]) AND t.deleted_at IS NULL

-- name: task_create
-- Makes a task in one of the caller's residences.
WITH made AS (
	INSERT INTO tasks AS t (id, residence_id, title, description, category, priority, starts_on, due_on,
		due_time, recurrence, remind_before, assigned_to_id, contractor_id, estimated_cost, created_by,
		created_at, updated_at)
	VALUES (:new_id::uuid, :residence_id::uuid, :title, :description,
		coalesce(:category, 'other'), coalesce(:priority, 'medium'), :starts_on::date, :due_on::date,
		:due_time::time, :recurrence::jsonb, :remind_before,
		:assigned_to_id::uuid, :contractor_id::uuid, :estimated_cost::numeric, hob.user_id(),
		:now::timestamptz, :now::timestamptz)
	RETURNING t
)
SELECT c.* FROM made, hob.task_shown(made.t) c

-- name: task_get
-- One task of the caller's residences; nothing when it is elsewhere.
SELECT c.*, a.currency, hob.is_overdue(t, a.today, a.time_zone) AS is_overdue
  FROM tasks t
 CROSS JOIN LATERAL hob.around(t.residence_id) a
 CROSS JOIN LATERAL hob.task_card(t, a.people, a.names) c
 WHERE t.id = :task_id::uuid AND t.deleted_at IS NULL
   AND t.residence_id = ANY (:mine)

-- name: task_update
-- Changes a task; keys absent from the body stay, a due time that the body does not name goes with its day, unless
-- a new rule gives another, and so does the place that somebody dragged it to; the start moves with the day.
-- Nothing when the task is not in a residence where the caller may edit.
WITH changed AS (
	UPDATE tasks t
	   SET (title, description, category, priority, starts_on, due_on, due_time, recurrence, remind_before,
		assigned_to_id, contractor_id, estimated_cost, position, updated_at, version) =
	       (SELECT p.title, p.description, p.category, p.priority,
		       CASE WHEN :body::jsonb ? 'starts_on' THEN p.starts_on
			    ELSE hob.moved_start(t.starts_on, t.due_on, p.due_on) END, p.due_on,
		       CASE WHEN p.due_on IS NOT NULL OR :body::jsonb -> 'due_time' IS NOT NULL
			      OR p.recurrence IS NOT NULL AND p.recurrence IS DISTINCT FROM t.recurrence
			    THEN p.due_time END, p.recurrence, p.remind_before,
		       p.assigned_to_id, p.contractor_id, p.estimated_cost,
		       CASE WHEN (p.due_on, p.due_time) IS NOT DISTINCT FROM (t.due_on, t.due_time)
			    THEN t.position END,
		       :now::timestamptz, t.version + 1
	          FROM jsonb_populate_record(t, :body::jsonb) p)
	 WHERE t.id = :task_id::uuid AND t.deleted_at IS NULL
	   AND (:if_versions::int[] IS NULL OR t.version = ANY (:if_versions::int[]))
	   AND t.residence_id = ANY (:mine_as_member)
	RETURNING t
)
SELECT c.* FROM changed, hob.task_shown(changed.t) c

-- name: task_delete
-- Marks a task as deleted; nothing when the caller may not, or it is not there.
UPDATE tasks t
   SET deleted_at = :now::timestamptz, updated_at = :now::timestamptz, version = version + 1
 WHERE t.id = :task_id::uuid AND t.deleted_at IS NULL
   AND (:if_versions::int[] IS NULL OR t.version = ANY (:if_versions::int[]))
   AND t.residence_id = ANY (:mine_as_member)
RETURNING t.id, ARRAY['residence:' || t.residence_id] AS _touch

-- name: task_board
-- The tasks that may stand on the board of one residence or of all the caller's residences, in no order:
-- app/model/board.c picks the column. _today is the residence's own day. A hidden task is fetched for its last
-- completion. At most 3,001 rows; when there are so many, boards.c asks task_board_large instead. Of a
-- description the beginning.
SELECT c.*, h.currency, h.today AS _today, hob.is_overdue(t, h.today, h.time_zone) AS _is_overdue,
       hob.is_hidden(t, h.today) AS _is_hidden
  FROM hob.my_residences(:residence_id::uuid) h
  JOIN tasks t ON t.residence_id = h.id
 CROSS JOIN LATERAL hob.task_card(t, h.people, h.names, false) c
 WHERE t.deleted_at IS NULL AND NOT t.archived
   AND (NOT t.completed AND hob.is_hidden(t, h.today) IS NOT TRUE
	OR t.last_completed_at > :now::timestamptz - interval '30 days')
 LIMIT 3001

-- name: task_board_large
-- The same of residences with more than 3,000 such tasks: the open ones that are due first, then those
-- without a day, then those that were finished or cancelled last. At most 3,000 rows.
WITH mine AS MATERIALIZED (
	SELECT * FROM hob.my_residences(:residence_id::uuid)
), urgent AS MATERIALIZED (
	SELECT k.id, h.id AS residence_id
	  FROM mine h
	 CROSS JOIN LATERAL (
		SELECT t.id, t.due_on FROM tasks t
		 WHERE t.residence_id = h.id AND t.deleted_at IS NULL AND NOT t.archived
		   AND NOT t.completed AND t.state <> 'cancelled' AND hob.is_hidden(t, h.today) IS NOT TRUE
		 ORDER BY t.due_on, t.id
		 LIMIT 3000) k
	 ORDER BY k.due_on, k.id
	 LIMIT 3000
), ended AS (
	SELECT t.id, h.id AS residence_id
	  FROM mine h
	  JOIN tasks t ON t.residence_id = h.id
	 WHERE (SELECT count(*) < 3000 FROM urgent)
	   AND t.deleted_at IS NULL AND NOT t.archived
	   AND (t.state = 'cancelled' AND NOT t.completed
		OR (t.completed OR hob.is_hidden(t, h.today))
		   AND t.last_completed_at > :now::timestamptz - interval '30 days')
	 ORDER BY t.updated_at DESC, t.id
	 LIMIT 3000
)
SELECT c.*, h.currency, h.today AS _today, hob.is_overdue(t, h.today, h.time_zone) AS _is_overdue,
       hob.is_hidden(t, h.today) AS _is_hidden
  FROM (SELECT * FROM urgent UNION ALL SELECT * FROM ended LIMIT 3000) k
  JOIN mine h ON h.id = k.residence_id
  JOIN tasks t ON t.id = k.id
 CROSS JOIN LATERAL hob.task_card(t, h.people, h.names, false) c

-- Acts on a task. Each locks its row, raises HB404 when the caller may not edit it and HB409 when it is
-- not in a state for this, and leaves a task as it is that is so already.

-- name: task_start
-- Marks an open task as in progress.
SELECT c.*
  FROM hob.change_task(:task_id::uuid, '{"state": "in_progress"}', 'open', :now::timestamptz) t, hob.task_shown(t) c

-- name: task_stop
-- Takes the mark back.
SELECT c.*
  FROM hob.change_task(:task_id::uuid, '{"state": "pending"}', 'open', :now::timestamptz) t, hob.task_shown(t) c

-- name: task_cancel
-- Cancels a task that is not done.
SELECT c.*
  FROM hob.change_task(:task_id::uuid, '{"state": "cancelled"}', 'unfinished', :now::timestamptz) t, hob.task_shown(t) c

-- name: task_uncancel
-- Takes the cancellation back; a task that is not cancelled stays as it is.
SELECT c.*
  FROM hob.change_task(:task_id::uuid, '{"state": "pending"}', 'cancelled', :now::timestamptz) t, hob.task_shown(t) c

-- name: task_archive
-- Takes a task off the board and out of lists.
SELECT c.* FROM hob.change_task(:task_id::uuid, '{"archived": true}', 'any', :now::timestamptz) t, hob.task_shown(t) c

-- name: task_unarchive
-- Brings it back.
SELECT c.*
  FROM hob.change_task(:task_id::uuid, '{"archived": false}', 'any', :now::timestamptz) t, hob.task_shown(t) c

-- name: task_assign
-- Assigns a task to a member, or to nobody.
SELECT c.*
  FROM hob.change_task(:task_id::uuid, jsonb_build_object('assigned_to_id', :assigned_to_id::uuid), 'any', :now::timestamptz) t, hob.task_shown(t) c

-- name: task_snooze
-- Puts the open occurrence off; its recurrence rule stays.
SELECT c.*
  FROM hob.snooze_task(:task_id::uuid, hob.occurrence_named(:occurrence, :once_key), :until::date, :days::int, :now::timestamptz) t, hob.task_shown(t) c

-- name: task_move
-- Moves a task behind another one, or to the top.
SELECT c.* FROM hob.move_task(:task_id::uuid, :after_id::uuid, :now::timestamptz) t, hob.task_shown(t) c
