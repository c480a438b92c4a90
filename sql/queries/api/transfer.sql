-- Tasks that go to another residence of the caller's, and copies of tasks.

-- name: task_transfer
-- Moves a task with its history to another residence. Raises HB404 or HB403 for who may not edit in both,
-- HB402 when the other one is full.
SELECT c.*, ARRAY['residence:' || x.was_in, 'residence:' || c.residence_id] AS _touch
  FROM hob.transfer_task(:task_id::uuid, :residence_id::uuid, :now::timestamptz) x
 CROSS JOIN LATERAL hob.people_now((x.moved).residence_id) p
 CROSS JOIN LATERAL hob.task_card(x.moved, p.ids, p.names) c

-- name: task_copy
-- Makes a task like this one, without its history, in the same residence or another. Raises what
-- task_transfer does.
SELECT c.*
  FROM hob.copy_task(:task_id::uuid, :residence_id::uuid, :new_id::uuid, :now::timestamptz) t, hob.task_shown(t) c

-- name: task_copied
-- The copy, as task_get shows it; nothing when it is gone or elsewhere.
SELECT c.*
  FROM tasks t
 CROSS JOIN LATERAL hob.people(t.residence_id) p
 CROSS JOIN LATERAL hob.task_card(t, p.ids, p.names) c
 WHERE t.id = :copy_id::uuid AND t.deleted_at IS NULL
   AND t.residence_id = ANY (:mine)
