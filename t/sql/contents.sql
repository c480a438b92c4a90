-- What is in a household, as staff read and moderate it; behind t/sql/homes.sql, which has enter, record and told.

\set ann '''a0000000-0000-7000-8000-00000000000a'''
\set home '''a0000000-0000-7000-8000-0000000002aa'''
\set other '''a0000000-0000-7000-8000-0000000002bb'''
\set task '''a0000000-0000-7000-8000-0000000003aa'''

-- --- looking ------------------------------------------------------------------------------------

SELECT pg_temp.refuses('nobody looks without a session', 'HB401', 'SELECT staff.look(''tasks'', gen_random_uuid())');
BEGIN;
SELECT pg_temp.enter('sue', NULL) \g /dev/null
SELECT pg_temp.refuses('nor without a reason', 'HB422', format('SELECT staff.look(''tasks'', %L)', :home));
SELECT pg_temp.refuses('staff read no ' || what || ' without one', 'HB422', 'SELECT * FROM staff.' || what)
  FROM unnest('{tasks,completions,contractors,documents,files,activity}'::text[]) what;
ROLLBACK;
BEGIN;
SELECT pg_temp.enter('sue', 'a ticket') \g /dev/null
SELECT pg_temp.equals('a look is noted once a transaction for each kind and home',
	(SELECT string_agg(staff.look(entity, residence::uuid)::text, ' ' ORDER BY n)
	   FROM (VALUES (1, 'tasks', :home), (2, 'tasks', :home), (3, 'files', :home), (4, 'tasks', :other))
		v (n, entity, residence)), 'true false true true');
SELECT pg_temp.equals('in the record, with the reason', pg_temp.record(),
	format('look tasks %s a ticket; look files %1$s a ticket; look tasks %s a ticket', :home, :other));
SELECT pg_temp.equals('and once in the activity of the home, as nobody''s', pg_temp.told(:home), 'residence looked {} nobody');
SELECT pg_temp.equals('of each', pg_temp.told(:other), 'residence looked {} nobody');
SELECT set_config('hob.looked', '', true) \g /dev/null
SELECT staff.look('tasks', :home) \g /dev/null
SELECT pg_temp.equals('within the hour no more', pg_temp.told(:home), 'residence looked {} nobody');
UPDATE staff_looks SET at = now() - interval '1 hour';
SELECT staff.look('documents', :home) \g /dev/null
SELECT pg_temp.equals('then again', pg_temp.told(:home), 'residence looked {} nobody; residence looked {} nobody');
SELECT pg_temp.enter('ada', 'another') \g /dev/null
SELECT staff.look('tasks', :other) \g /dev/null
SELECT pg_temp.equals('and by another session', pg_temp.told(:other),
	'residence looked {} nobody; residence looked {} nobody');
ROLLBACK;

-- --- who may ------------------------------------------------------------------------------------

BEGIN;
SELECT pg_temp.enter('ada', NULL) \g /dev/null
SELECT pg_temp.refuses(act || ' wants a reason', 'HB422', format('SELECT * FROM staff.%s(gen_random_uuid(), NULL)', act))
  FROM unnest('{delete_tasks,delete_completions,delete_contractors,delete_documents,delete_files,restore_tasks,
	restore_contractors,restore_documents}'::text[]) act;
SELECT pg_temp.enter('ada', confirmed => false) \g /dev/null
SELECT pg_temp.refuses(act || ' wants the password', 'HB403', format('SELECT * FROM staff.%s(gen_random_uuid(), NULL)', act))
  FROM unnest('{delete_tasks,delete_completions,delete_contractors,delete_documents,delete_files}'::text[]) act;
SELECT pg_temp.enter('sue') \g /dev/null
SELECT pg_temp.refuses(act || ' is not for support', 'HB403', format('SELECT * FROM staff.%s(gen_random_uuid(), NULL)', act))
  FROM unnest('{delete_tasks,delete_completions,delete_contractors,delete_documents,delete_files}'::text[]) act;
SELECT pg_temp.enter('ada') \g /dev/null
SELECT pg_temp.equals(act || ' of nothing does nothing',
	pg_temp.touches(format('SELECT * FROM staff.%s(gen_random_uuid(), NULL)', act)), '0')
  FROM unnest('{delete_tasks,delete_completions,delete_contractors,delete_documents,delete_files,restore_tasks,
	restore_contractors,restore_documents}'::text[]) act;
ROLLBACK;

-- --- what goes and comes back -------------------------------------------------------------------

BEGIN;
SELECT pg_temp.enter('ada') \g /dev/null
SELECT pg_temp.equals('a task of another version stays',
	(SELECT count(*)::text FROM staff.delete_tasks(:task, '{7}')), '0');
SELECT pg_temp.equals('one goes, and its home is void', (SELECT _touch::text FROM staff.delete_tasks(:task, '{1}')),
	format('{residence:%s}', :home));
SELECT pg_temp.equals('phones are told', (SELECT count(*)::text FROM tombstones
	WHERE kind = 'tasks' AND id = :task AND changed = pg_current_xact_id()), '1');
SELECT pg_temp.equals('it goes once', (SELECT count(*)::text FROM staff.delete_tasks(:task, NULL)), '0');
SELECT pg_temp.equals('staff see it still', (SELECT concat_ws(' ', is_deleted, version) FROM staff.tasks WHERE id = :task), 't 2');
SELECT pg_temp.enter('sue') \g /dev/null
SELECT pg_temp.equals('support brings it back', (SELECT _touch::text FROM staff.restore_tasks(:task, NULL)),
	format('{residence:%s}', :home));
SELECT pg_temp.equals('it is there', (SELECT concat_ws(' ', deleted_at IS NULL, version, changed = pg_current_xact_id())
	FROM tasks WHERE id = :task), 't 3 t');
SELECT staff.restore_tasks(:task, NULL) \g /dev/null
SELECT pg_temp.equals('what is there does not come back', (SELECT version::text FROM tasks WHERE id = :task), '3');
SELECT pg_temp.equals('its home knows', pg_temp.told(:home), 'task deleted {} nobody; task restored {} nobody');
SELECT pg_temp.equals('and the record', (SELECT string_agg(format('%s %s %s', e.action, e.before ->> 'deleted_at' IS NULL,
		e.after ->> 'deleted_at' IS NULL), ', ' ORDER BY e.seq)
	FROM audit_events e WHERE e.request_id = 'sql homes' AND e.subject = :task), 'delete t f, restore f t');
ROLLBACK;

BEGIN;
INSERT INTO task_templates (code, position, title, description, category, priority, season, climate, recurrence)
SELECT 'sql_test', 0, 'x', 'x', t.category, t.priority, 'any', 'any', '{"unit": "month", "every": 1}' FROM task_templates t LIMIT 1;
UPDATE tasks SET template = 'sql_test', deleted_at = now() WHERE id = :task;
INSERT INTO tasks (id, residence_id, title, template, created_by) VALUES (gen_random_uuid(), :home, 'Anew', 'sql_test', :ann);
UPDATE tier_limits SET most = 0;
SELECT pg_temp.enter('sue') \g /dev/null
SELECT staff.restore_tasks(:task, NULL) \g /dev/null
SELECT pg_temp.equals('a task comes back beside one of its template, whatever the plan',
	(SELECT concat_ws(' ', deleted_at IS NULL, template IS NULL) FROM tasks WHERE id = :task), 't t');
ROLLBACK;

BEGIN;
INSERT INTO contractors (id, residence_id, name, created_by) VALUES
	('a0000000-0000-7000-8000-0000000007aa', :home, 'Plumb', :ann),
	('a0000000-0000-7000-8000-0000000007ab', NULL, 'Own', :ann);
UPDATE tasks SET contractor_id = 'a0000000-0000-7000-8000-0000000007aa' WHERE id = :task;
INSERT INTO documents (id, residence_id, title, task_id, created_by) VALUES
	('a0000000-0000-7000-8000-0000000007ac', :home, 'Paper', :task, :ann);
SELECT pg_temp.enter('ada') \g /dev/null
SELECT pg_temp.equals('what is somebody''s alone staff do not see',
	(SELECT string_agg(name, ' ') FROM staff.contractors
	  WHERE id::text ~ '^a0000000-0000-7000-8000-0000000007a[ab]$'), 'Plumb');
SELECT pg_temp.equals('nor delete', (SELECT count(*)::text
	FROM staff.delete_contractors('a0000000-0000-7000-8000-0000000007ab', NULL)), '0');
SELECT staff.delete_contractors('a0000000-0000-7000-8000-0000000007aa', '{1}') \g /dev/null
SELECT pg_temp.equals('a contractor leaves its tasks', (SELECT concat_ws(' ', c.deleted_at IS NULL, t.contractor_id IS NULL)
	FROM contractors c, tasks t WHERE c.id = 'a0000000-0000-7000-8000-0000000007aa' AND t.id = :task), 'f t');
SELECT staff.restore_contractors('a0000000-0000-7000-8000-0000000007aa', NULL) \g /dev/null
SELECT staff.delete_documents('a0000000-0000-7000-8000-0000000007ac', '{1}') \g /dev/null
SELECT staff.restore_documents('a0000000-0000-7000-8000-0000000007ac', NULL) \g /dev/null
SELECT pg_temp.equals('each act has its row', pg_temp.told(:home), 'contractor deleted {} nobody; task updated {contractor_id} nobody; '
	|| 'contractor restored {} nobody; document deleted {} nobody; document restored {} nobody');
SELECT pg_temp.equals('both are there', (SELECT concat_ws(' ', c.deleted_at IS NULL, d.deleted_at IS NULL)
	FROM contractors c, documents d WHERE (c.id, d.id) =
	('a0000000-0000-7000-8000-0000000007aa', 'a0000000-0000-7000-8000-0000000007ac')), 't t');
ROLLBACK;

BEGIN;
SELECT pg_temp.enter('ada') \g /dev/null
CREATE TEMP TABLE chosen ON COMMIT DROP AS
SELECT (SELECT c.id FROM completions c WHERE c.residence_id = :home AND c.undone_at IS NULL LIMIT 1) AS completion,
       (SELECT f.id FROM files f WHERE f.residence_id = :home AND f.state = 'ready' LIMIT 1) AS file;
SELECT staff.delete_files(file, NULL) FROM chosen \g /dev/null
SELECT pg_temp.equals('a file goes for good, its bytes are left to be removed',
	(SELECT concat_ws(' ', (SELECT count(*) FROM files f WHERE f.id = c.file),
		(SELECT count(*) FROM file_leavings l WHERE l.key = 'sql-test/' || c.file)) FROM chosen c), '0 1');
SELECT staff.delete_completions(completion, NULL) FROM chosen \g /dev/null
SELECT pg_temp.equals('a completion of whomever is taken back, by nobody',
	(SELECT concat_ws(' ', d.undone_at IS NOT NULL, d.undone_by IS NULL) FROM completions d, chosen c WHERE d.id = c.completion),
	't t');
SELECT pg_temp.equals('its home knows', pg_temp.told(:home), 'file deleted {} nobody; completion undone {} nobody');
SELECT pg_temp.equals('and the record', (SELECT string_agg(e.action || ' ' || e.entity, ', ' ORDER BY e.seq)
	FROM audit_events e WHERE e.request_id = 'sql homes'), 'delete files, delete completions');
ROLLBACK;

-- --- plans --------------------------------------------------------------------------------------

CREATE FUNCTION pg_temp.goes_by(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	indexes text[];
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || statement LOOP
		IF line ~ 'Index.* (using|on) \S+_(key|pkey|idx)' THEN
			indexes := indexes || regexp_replace(line, '^.* (using|on) (\S+_(key|pkey|idx)).*$', '\2');
		END IF;
	END LOOP;
	RETURN array_to_string(indexes, ' ');
END
$$;
BEGIN;
SET LOCAL enable_seqscan = off;
SET LOCAL enable_sort = off;
SELECT pg_temp.equals('a page of ' || entity || ' goes by ' || wanted, pg_temp.goes_by(format(
	'SELECT v.id FROM staff.%s v WHERE v.residence_id = %L ORDER BY %s LIMIT 25', entity, :home, sort)), wanted)
  FROM (VALUES ('tasks', 'v.id DESC', 'tasks_residence_id_id_key'), ('documents', 'v.id DESC', 'documents_residence_id_id_key'),
	('files', 'v.id DESC', 'files_residence_id_id_key'),
	('completions', 'v.completed_at DESC, v.id DESC', 'completions_residence_id_idx')) v (entity, sort, wanted);
SELECT pg_temp.holds('and of activity by its time alone', plan ~ '^(activity_\w+_residence_id_at_id_idx ?)+$', plan)
  FROM pg_temp.goes_by(format('SELECT v.id FROM staff.activity v WHERE v.residence_id = %L ORDER BY v.at DESC, v.id DESC LIMIT 25',
	:home)) plan;
-- As keys look for what names one that is deleted; lists of editors name each other in few rows.
SELECT pg_temp.holds(format('who deletes one of %s finds it by an index in %s', c.confrelid::regclass, c.conrelid::regclass),
	plan ~ '_(lookups|category|tier)_idx$', plan)
  FROM pg_constraint c
  JOIN pg_attribute a ON (a.attrelid, a.attnum) = (c.conrelid, c.conkey[1])
 CROSS JOIN LATERAL pg_temp.goes_by(format('SELECT 1 FROM ONLY %s x WHERE %I = ''x'' FOR KEY SHARE OF x', c.conrelid::regclass,
	a.attname)) plan
 WHERE c.confrelid IN ('task_categories'::regclass, 'task_priorities'::regclass, 'task_templates'::regclass, 'tiers'::regclass)
   AND c.conrelid::regclass::text !~ '^(task_template|tier)';
SELECT pg_temp.equals('a contractor of a specialty is found by an index', pg_temp.goes_by(
	'SELECT FROM contractors c WHERE c.specialties @> ''{x}'''), 'contractors_specialties_idx');
ROLLBACK;
