-- A household beyond all others, as hob_owner: 5,000 tasks, of which 2,000 come back and 2,000
-- were done once, and 20,000 completions in ten years.
INSERT INTO users (id, email, password_hash) VALUES
	('01900000-0000-7009-8000-000000000001', 'large@bulk.example', '-');
INSERT INTO residences (id, owner_id, name, time_zone) VALUES
	('01900000-0000-7009-8000-000000000002', '01900000-0000-7009-8000-000000000001', 'The castle', 'Europe/London');

INSERT INTO tasks (id, residence_id, title, description, category, priority, due_on, due_time, recurrence,
	assigned_to_id, estimated_cost, state, occurrence, completed, completion_count, last_completed_at,
	last_completed_by, last_completion_id, created_by)
SELECT ('01900000-0000-7009-8001-' || lpad(to_hex(n), 12, '0'))::uuid, '01900000-0000-7009-8000-000000000002',
       'Task number ' || n, 'Look at it first and note what is needed, then do it or call somebody who can.',
       (ARRAY['cleaning', 'plumbing', 'garden', 'safety', 'other'])[1 + n % 5],
       (ARRAY['low', 'medium', 'high', 'urgent'])[1 + n % 4], current_date - 20 + n % 200,
       CASE WHEN n % 6 = 1 THEN '17:30'::time END,
       CASE WHEN n % 5 < 2 THEN jsonb_build_object('unit', 'month', 'every', 1 + n % 6) END,
       CASE WHEN n % 3 = 0 THEN '01900000-0000-7009-8000-000000000001'::uuid END, CASE WHEN n % 2 = 0 THEN 25 END,
       CASE WHEN n % 40 = 3 THEN 'in_progress' ELSE 'pending' END, CASE WHEN n % 5 < 2 THEN 10 ELSE 1 END,
       n % 5 IN (2, 3), CASE WHEN n % 5 < 2 THEN 9 WHEN n % 5 < 4 THEN 1 ELSE 0 END,
       CASE WHEN n % 5 < 4 THEN now() - n % 900 * interval '1 day' END,
       CASE WHEN n % 5 < 4 THEN '01900000-0000-7009-8000-000000000001'::uuid END,
       CASE WHEN n % 5 < 4 THEN ('01900000-0000-7009-8002-' || lpad(to_hex(n * 10 + CASE WHEN n % 5 < 2 THEN 9 ELSE 1 END), 12, '0'))::uuid END,
       '01900000-0000-7009-8000-000000000001'
  FROM generate_series(1, 5000) n;

INSERT INTO completions (id, residence_id, task_id, occurrence, due_before, completed_at, completed_by, recorded_by,
	actual_cost, note)
SELECT ('01900000-0000-7009-8002-' || lpad(to_hex(n * 10 + k), 12, '0'))::uuid, '01900000-0000-7009-8000-000000000002',
       ('01900000-0000-7009-8001-' || lpad(to_hex(n), 12, '0'))::uuid, k, current_date - 400 * (10 - k),
       now() - (10 - k) * interval '400 days' - n % 900 * interval '1 day', '01900000-0000-7009-8000-000000000001',
       '01900000-0000-7009-8000-000000000001', 20, 'As always.'
  FROM generate_series(1, 5000) n
 CROSS JOIN LATERAL generate_series(1, CASE WHEN n % 5 < 2 THEN 9 WHEN n % 5 < 4 THEN 1 ELSE 0 END) k;
VACUUM ANALYZE tasks, completions;
