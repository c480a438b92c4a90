-- Tasks that go to another residence of the caller's, and copies of tasks.

-- name: task_transfer
-- Moves a task with its history to another residence. Raises HB404 or HB403 for who may not edit in both,
-- HB402 when the other one is full.
SELECT c.*, a.currency, hob.is_overdue(x.moved, a.today, a.time_zone) AS is_overdue,
       ARRAY['residence:' || x.was_in, 'residence:' || c.residence_id] AS _touch
  FROM hob.transfer_task(:task_id::uuid, :residence_id::uuid, :now::timestamptz) x
 CROSS JOIN LATERAL hob.around_now((x.moved).residence_id) a
 CROSS JOIN LATERAL hob.task_card(x.moved, a.people, a.names) c

-- name: task_copy
-- Makes a task like this one, without its history, in the same residence or another. Raises what
-- task_transfer does.
SELECT c.*
  FROM hob.copy_task(:task_id::uuid, :residence_id::uuid, :new_id::uuid, :now::timestamptz) t, hob.task_shown(t) c

-- name: task_copied
-- The copy, as task_get shows it; nothing when it is gone or elsewhere.
SELECT c.*, a.currency, hob.is_overdue(t, a.today, a.time_zone) AS is_overdue
  FROM tasks t
 CROSS JOIN LATERAL hob.around(t.residence_id) a
 CROSS JOIN LATERAL hob.task_card(t, a.people, a.names) c
 WHERE t.id = :copy_id::uuid AND t.deleted_at IS NULL
   AND t.residence_id = ANY (:mine)
