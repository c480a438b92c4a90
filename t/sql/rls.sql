-- Row-level security and what stands beside it, as hob_api. Statements here leave out
-- every predicate on purpose: the policies alone must hold. See fixtures.sql for who
-- Ann, Bob and Vic are.

\set ann '''a0000000-0000-7000-8000-00000000000a'''
\set bob '''a0000000-0000-7000-8000-00000000000b'''
\set vic '''a0000000-0000-7000-8000-00000000000c'''
\set residence_a '''a0000000-0000-7000-8000-0000000002aa'''
\set residence_b '''a0000000-0000-7000-8000-0000000002bb'''
\set residence_d '''a0000000-0000-7000-8000-0000000002dd'''

-- --- nobody ---------------------------------------------------------------------
SELECT pg_temp.equals('without a user no row of ' || name || ' can be seen',
	pg_temp.touches(format('SELECT id FROM %s', name)), '0')
  FROM unnest(ARRAY['user_card', 'sessions', 'residences', 'tasks', 'completions',
	'files', 'activity']) name;
SELECT pg_temp.equals('without a user no member can be seen',
	pg_temp.touches('SELECT user_id FROM residence_members'), '0');
SELECT pg_temp.equals('without a user no name can be seen',
	pg_temp.touches('SELECT name FROM residence_people'), '0');
SELECT pg_temp.equals('without a user an update without a predicate changes nothing',
	pg_temp.touches('UPDATE tasks SET title = ''x'''), '0');
SELECT pg_temp.refuses('without a user nothing can be deleted', '42501', 'DELETE FROM tasks');
SELECT pg_temp.refuses('without a user no residence can be made', '42501',
	format('INSERT INTO residences (id, owner_id, name, time_zone)
		VALUES (gen_random_uuid(), %L, ''x'', ''UTC'')', :ann));

-- --- what needs no row ------------------------------------------------------------
SELECT pg_temp.refuses('hob_api does not ' || what, '42501', act)
  FROM (VALUES ('make a schema', 'CREATE SCHEMA mine'), ('make a table', 'CREATE TABLE public.mine ()'),
	('make a function', 'CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql AS $f$ SELECT 1 $f$'),
	('make a large object', 'SELECT lo_create(0)'), ('fill one', 'SELECT lo_from_bytea(0, ''x'')'),
	('read one', 'SELECT lo_get(1)'), ('sleep', 'SELECT pg_sleep(0)'),
	('end another session', 'SELECT pg_terminate_backend(1)'),
	('hold a lock beyond its transaction', 'SELECT pg_advisory_lock(1)'),
	('write into the log of changes', 'SELECT pg_logical_emit_message(false, ''x'', ''x'')'),
	('notify', 'SELECT pg_notify(''x'', ''x'')'),
	('run SQL that is given as text', 'SELECT query_to_xml(''SELECT 1'', true, true, ''x'')')) v (what, act);
-- By the catalogue, so that what a newer PostgreSQL brings is seen: what changes something, waits
-- or runs text, and can be called. What is left are clocks, dice, sizes and looks.
SELECT pg_temp.equals('hob_api calls nothing of PostgreSQL that writes, waits or runs text',
	(SELECT string_agg(DISTINCT proname, ' ' ORDER BY proname) FROM pg_proc
	  WHERE pronamespace = 'pg_catalog'::regnamespace AND has_function_privilege(oid, 'EXECUTE')
	    AND provolatile = 'v' AND prokind = 'f' AND prorettype <> 'trigger'::regtype
	    AND NOT 'internal'::regtype = ANY (proargtypes)
	    -- Locks of the transaction are what `once` takes; unlocking needs a lock.
	    AND proname !~ '^pg_(try_)?advisory_(xact_lock|unlock)'
	    -- For superusers, owners and replication alone, whatever the catalogue says.
	    AND proname !~ '^binary_upgrade_|_slot|^pg_read_file_old$|^pg_rotate_logfile_old$|^pg_import_system'
	    AND proname !~ '^pg_replication_slot|^pg_nextoid$|^pg_stop_making_pinned|^pg_extension_config_dump$|^(brin|gin)_'
	    -- Looks.
	    AND proname !~ '^pg_(stat|control|current_wal|last|is|get|wal|xact)_|_size$|_version$|^txid_status$'
	    AND proname !~ '^pg_(lock_status|prepared_xact|jit_available|notification_queue_usage|partition_.*)$'
	    AND proname !~ '^pg_(sequence_last_value|(safe_snapshot_)?blocking_pids|isolation_test_.*)$'
	    AND proname !~ '^(clock_timestamp|timeofday|random|setseed|gen_random_uuid|current_query|set_config)$'
	    AND proname !~ '^(nextval|currval|lastval|setval|amvalidate|currtid2)$|^plpgsql_'), NULL);

-- --- Ann ------------------------------------------------------------------------
BEGIN;
SELECT set_config('hob.user_id', :ann, true) \g /dev/null
SELECT pg_temp.equals('an owner sees the tasks of their residence alone',
	(SELECT string_agg(title, ',') FROM tasks), 'Task of a');
SELECT pg_temp.equals('an owner sees the completions of their residence alone',
	(SELECT string_agg(residence_id::text, ',') FROM completions), :residence_a);
SELECT pg_temp.equals('a deleted residence shows no members',
	(SELECT string_agg(DISTINCT residence_id::text, ',') FROM residence_members), :residence_a);
SELECT pg_temp.equals('a deleted residence shows no names',
	(SELECT string_agg(name, ',' ORDER BY name) FROM residence_people), 'Ann,Vic');
SELECT pg_temp.equals('nobody sees another account, be it of the same residence',
	(SELECT string_agg(first_name, ',') FROM user_card), 'Ann');
SELECT pg_temp.equals('sessions of others are out of sight',
	(SELECT count(*) FILTER (WHERE user_id <> :ann)::text FROM sessions), '0');
SELECT pg_temp.equals('a change of all completions stays at home',
	pg_temp.touches('UPDATE completions SET note = ''x'''), '1');
SELECT pg_temp.refuses('a completion cannot be made in a foreign residence', '42501',
	format('INSERT INTO completions (id, residence_id, task_id, occurrence, completed_by, recorded_by)
		VALUES (gen_random_uuid(), %L, ''a0000000-0000-7000-8000-0000000003bb'', 2, %L, %L)', :residence_b, :ann, :ann));
SELECT pg_temp.refuses('a completion cannot be of a foreign task', '23503',
	format('INSERT INTO completions (id, residence_id, task_id, title, category, occurrence, completed_by, recorded_by)
		VALUES (gen_random_uuid(), %L, ''a0000000-0000-7000-8000-0000000003bb'', ''x'', ''other'', 2, %L, %L)', :residence_a, :ann, :ann));
SELECT pg_temp.equals('an owner sees the aliases of their residence alone',
	(SELECT string_agg(residence_id::text, ',') FROM completion_aliases), :residence_a);
SELECT pg_temp.refuses('an alias cannot be made in a foreign residence', '42501',
	format('INSERT INTO completion_aliases (id, residence_id, completion_id) VALUES (gen_random_uuid(), %L, gen_random_uuid())',
		:residence_b));
SELECT pg_temp.refuses('an alias cannot be of a foreign completion', '23503',
	format('INSERT INTO completion_aliases (id, residence_id, completion_id) VALUES (gen_random_uuid(), %L, gen_random_uuid())',
		:residence_a));
SELECT pg_temp.refuses('an alias cannot be turned to another completion', '42501',
	'UPDATE completion_aliases SET completion_id = gen_random_uuid()');
SELECT pg_temp.refuses('a completion cannot be recorded in the name of another', '42501',
	format('INSERT INTO completions (id, residence_id, task_id, occurrence, completed_by, recorded_by)
		VALUES (gen_random_uuid(), %L, ''a0000000-0000-7000-8000-0000000003aa'', 2, %L, %L)', :residence_a, :ann, :vic));
SELECT pg_temp.refuses('no day of a completion can be changed', '42501',
	'UPDATE completions SET due_after = ''2031-01-01''');
SELECT pg_temp.refuses('no completion can be deleted for good', '42501', 'DELETE FROM completions');
SELECT pg_temp.refuses('a feed cannot be made for another', '42501',
	format('INSERT INTO calendar_feeds (id, user_id, name, secret_hash) VALUES (gen_random_uuid(), %L, ''x'', ''x'')', :bob));
SELECT pg_temp.refuses('templates are not for writing', '42501', 'UPDATE task_templates SET title = ''x''');
SELECT pg_temp.equals('an update without a predicate stays at home',
	pg_temp.touches('UPDATE tasks SET title = ''x'''), '1');
SELECT pg_temp.refuses('a task with its history cannot be deleted for good', '42501',
	'DELETE FROM tasks');
SELECT pg_temp.equals('renaming all residences renames one''s own, and not the deleted one',
	pg_temp.touches('UPDATE residences SET name = ''x'''), '1');
SELECT pg_temp.equals('ending all sessions ends one''s own',
	pg_temp.touches('DELETE FROM sessions'), '3');
SELECT pg_temp.equals('a change of all profiles changes one''s own',
	pg_temp.touches('UPDATE users SET last_name = ''x'''), '1');
SELECT pg_temp.refuses('a task cannot be made in a foreign residence', '42501',
	format('INSERT INTO tasks (id, residence_id, title, created_by)
		VALUES (gen_random_uuid(), %L, ''x'', %L)', :residence_b, :ann));
SELECT pg_temp.refuses('a task cannot be made in a deleted residence', '42501',
	format('INSERT INTO tasks (id, residence_id, title, created_by)
		VALUES (gen_random_uuid(), %L, ''x'', %L)', :residence_d, :ann));
SELECT pg_temp.refuses('a task cannot be made in the name of another', '42501',
	format('INSERT INTO tasks (id, residence_id, title, created_by)
		VALUES (gen_random_uuid(), %L, ''x'', %L)', :residence_a, :vic));
SELECT pg_temp.refuses('a task cannot be given to a stranger', '23503',
	format('UPDATE tasks SET assigned_to_id = %L', :bob));
SELECT pg_temp.refuses('a task cannot be moved to another residence', '42501',
	format('UPDATE tasks SET residence_id = %L', :residence_b));
SELECT pg_temp.refuses('a residence cannot be made for another', '42501',
	format('INSERT INTO residences (id, owner_id, name, time_zone)
		VALUES (gen_random_uuid(), %L, ''x'', ''UTC'')', :bob));
SELECT pg_temp.refuses('a residence cannot be given away by an update', '42501',
	format('UPDATE residences SET owner_id = %L', :bob));
SELECT pg_temp.refuses('nobody makes themselves a member', '42501',
	format('INSERT INTO residence_members VALUES (%L, %L, ''owner'')', :residence_b, :ann));
SELECT pg_temp.refuses('nobody gives themselves a role', '42501',
	'UPDATE residence_members SET role = ''owner''');
SELECT pg_temp.refuses('no password hash can be read', '42501',
	'SELECT password_hash FROM users');
SELECT pg_temp.refuses('no whole row of an account can be read', '42501',
	'SELECT u FROM users u');
SELECT pg_temp.refuses('no password hash can be written', '42501',
	'UPDATE users SET password_hash = ''x''');
SELECT pg_temp.refuses('a session cannot be made past login', '42501',
	format('INSERT INTO sessions (id, user_id, token_hash)
		VALUES (gen_random_uuid(), %L, ''x'')', :ann));
SELECT pg_temp.refuses('the session maker is not for the API', '42501',
	format('SELECT * FROM hob.begin_session(%L, gen_random_uuid(), ''x'', ''x'', now())', :bob));
SELECT pg_temp.equals('of the own password hash the salt is told, and no more',
	(SELECT password_salt FROM hob.my_password_salt()), '$kind$salt of ann$');
SELECT pg_temp.refuses('what compares proofs is not for the API', '42501',
	format('SELECT hob.prove(%L, ''x'')', :ann));
SELECT pg_temp.refuses('what somebody gave cannot be ended by the API', '42501',
	format('SELECT hob.end_given(%L, NULL, NULL)', :ann));
SELECT pg_temp.equals('no function of the API has a password hash among its results',
	(SELECT string_agg(p.proname, ',') FROM pg_proc p
	  WHERE p.pronamespace = 'hob'::regnamespace AND has_function_privilege(p.oid, 'EXECUTE')
	    AND (p.prorettype = 'users'::regtype OR EXISTS (
		SELECT FROM unnest(p.proargnames, p.proargmodes) a (name, mode)
		 WHERE a.name LIKE '%hash%' AND a.mode <> 'i'))), NULL);
SELECT pg_temp.equals('sessions begin by registering and by a proof alone',
	(SELECT string_agg(p.proname, ',' ORDER BY p.proname) FROM pg_proc p
	  WHERE p.pronamespace = 'hob'::regnamespace AND has_function_privilege(p.oid, 'EXECUTE')
	    AND p.prosrc ~ 'begin_session|INTO sessions \('), 'login_finish,register');
SELECT pg_temp.equals('password hashes are written by registering, by a proof and by a letter alone',
	(SELECT string_agg(p.proname, ',' ORDER BY p.proname) FROM pg_proc p
	  WHERE p.pronamespace = 'hob'::regnamespace AND has_function_privilege(p.oid, 'EXECUTE')
	    AND p.prosrc ~ 'SET password_hash|INSERT INTO users'), 'change_password,login_renew,register,reset_password');
SELECT pg_temp.refuses('a zone that does not exist is refused', '23514',
	'UPDATE residences SET time_zone = ''Mars/Olympus''');
SELECT pg_temp.refuses('a bare offset is no zone', '23514',
	'UPDATE residences SET time_zone = ''+03''');
SELECT pg_temp.equals('a residence that is made can be seen in the same breath',
	pg_temp.touches(format('INSERT INTO residences (id, owner_id, name, time_zone)
		VALUES (gen_random_uuid(), %L, ''x'', ''UTC'') RETURNING id', :ann)), '1');
UPDATE users SET first_name = 'Anna' WHERE id = :ann;
SELECT pg_temp.equals('a new name shows at home at once',
	(SELECT name FROM residence_people WHERE user_id = :ann), 'Anna');
ROLLBACK;

-- --- Vic, who may look ---------------------------------------------------------------
BEGIN;
SELECT set_config('hob.user_id', :vic, true) \g /dev/null
SELECT pg_temp.equals('a viewer sees the tasks', (SELECT count(*)::text FROM tasks), '1');
SELECT pg_temp.equals('a viewer changes no task',
	pg_temp.touches('UPDATE tasks SET title = ''x'''), '0');
SELECT pg_temp.equals('a viewer marks no task as deleted',
	pg_temp.touches('UPDATE tasks SET deleted_at = now()'), '0');
SELECT pg_temp.equals('a viewer changes no completion',
	pg_temp.touches('UPDATE completions SET note = ''x'''), '0');
SELECT pg_temp.refuses('a viewer completes nothing', 'HB404',
	'SELECT hob.complete_task(''a0000000-0000-7000-8000-0000000003aa'', ''done'', gen_random_uuid(), NULL, 1, NULL, NULL, NULL, false, NULL, NULL, NULL, NULL, now())');
SELECT pg_temp.refuses('a viewer makes no alias', '42501',
	format('INSERT INTO completion_aliases (id, residence_id, completion_id) SELECT gen_random_uuid(), residence_id, id
		FROM completions WHERE residence_id = %L', :residence_a));
SELECT pg_temp.refuses('a viewer makes no task', '42501',
	format('INSERT INTO tasks (id, residence_id, title, created_by)
		VALUES (gen_random_uuid(), %L, ''x'', %L)', :residence_a, :vic));
SELECT pg_temp.equals('a viewer changes no residence',
	pg_temp.touches('UPDATE residences SET name = ''x'''), '0');
SELECT pg_temp.refuses('a scope above the role raises HB403', 'HB403',
	format('SELECT hob.require_role(%L, ''member'')', :residence_a));
SELECT pg_temp.equals('a scope the role reaches passes',
	pg_temp.touches(format('SELECT hob.require_role(%L, ''viewer'')', :residence_a)), '1');
SELECT pg_temp.refuses('a foreign residence raises HB404', 'HB404',
	format('SELECT hob.require_role(%L, ''viewer'')', :residence_b));
SELECT pg_temp.refuses('a missing residence raises HB404', 'HB404',
	'SELECT hob.require_role(gen_random_uuid(), ''viewer'')');
SELECT pg_temp.refuses('a task above the role raises HB403', 'HB403',
	'SELECT hob.require_task_role(''a0000000-0000-7000-8000-0000000003aa'', ''member'')');
SELECT pg_temp.refuses('a foreign task raises HB404', 'HB404',
	'SELECT hob.require_task_role(''a0000000-0000-7000-8000-0000000003bb'', ''viewer'')');
SELECT pg_temp.refuses('a task of a deleted residence raises HB404', 'HB404',
	'SELECT hob.require_task_role(''a0000000-0000-7000-8000-0000000003dd'', ''viewer'')');
ROLLBACK;

-- --- what is gone ----------------------------------------------------------------------
SELECT pg_temp.equals('without a user no tombstone can be seen',
	pg_temp.touches('SELECT id FROM tombstones'), '0');
BEGIN;
SELECT set_config('hob.user_id', :bob, true) \g /dev/null
UPDATE tasks SET deleted_at = now();
SELECT pg_temp.equals('what is deleted leaves a tombstone',
	(SELECT kind || ' ' || id FROM tombstones), 'tasks a0000000-0000-7000-8000-0000000003bb');
SELECT pg_temp.refuses('nobody makes a tombstone', '42501',
	format('INSERT INTO tombstones (residence_id, kind, id, created_at)
		VALUES (%L, ''tasks'', gen_random_uuid(), now())', :residence_b));
SELECT pg_temp.refuses('nobody takes one away', '42501', 'DELETE FROM tombstones');
SELECT pg_temp.refuses('what there is in all residences is not for the API', '42501',
	'SELECT * FROM hob.sync_things');
SELECT pg_temp.equals('a change names its transaction',
	pg_temp.touches('SELECT id FROM tasks WHERE changed = pg_current_xact_id()'), '1');
SELECT pg_temp.equals('a sync tells whose residence it was',
	(SELECT _key FROM hob.sync_deletions('1', NULL, 10)),
	'tasks a0000000-0000-7000-8000-0000000003bb');
SELECT set_config('hob.user_id', :ann, true) \g /dev/null
SELECT pg_temp.equals('tombstones of other residences are out of sight',
	pg_temp.touches('SELECT id FROM tombstones'), '0');
SELECT pg_temp.equals('a sync tells who lost a residence, of all that was in it',
	(SELECT string_agg(kind, ' ') FROM hob.sync_deletions('1', NULL, 10)),
	'completions documents files members residences tasks');
SELECT pg_temp.equals('page by page',
	(SELECT string_agg(kind, ' ') FROM hob.sync_deletions('1', 'members zzz', 1)), 'residences');
SELECT pg_temp.equals('and not who has heard it already',
	pg_temp.touches('SELECT * FROM hob.sync_deletions(pg_current_xact_id(), NULL, 10)'), '0');
SELECT set_config('hob.user_id', :vic, true) \g /dev/null
SELECT pg_temp.equals('nor a member of another residence',
	pg_temp.touches('SELECT * FROM hob.sync_deletions(''1'', NULL, 10)'), '0');
SELECT _mark AS mark, _horizon AS horizon FROM hob.sync_begin(NULL, NULL, NULL, NULL) \gset
SELECT pg_temp.equals('a sync begins at the oldest transaction that runs, here this one',
	:'horizon', pg_snapshot_xmin(pg_current_snapshot())::text);
SELECT pg_temp.equals('a token of 89 days is good',
	pg_temp.touches(format('SELECT hob.sync_begin(%L, now() - interval ''89 days'', ''1'', now())', :'mark')), '1');
SELECT pg_temp.refuses('a token of 91 days is not', 'HB410',
	format('SELECT hob.sync_begin(%L, now() - interval ''91 days'', ''1'', now())', :'mark'));
SELECT pg_temp.refuses('a token of another history is not', 'HB410',
	'SELECT hob.sync_begin(''1.somebody'', now(), ''1'', now())');
SELECT pg_temp.refuses('nor one that is ahead of the database', 'HB410',
	format('SELECT hob.sync_begin(%L, now(), ''9000000000000'', now())', :'mark'));
SELECT pg_temp.refuses('nobody writes history by hand', '42501', 'DELETE FROM hob.starts');
SELECT set_config('hob.user_id', :ann, true) \g /dev/null
SELECT pg_temp.refuses('a token of another account is not', 'HB410',
	format('SELECT hob.sync_begin(%L, now(), ''1'', now())', :'mark'));
ROLLBACK;

-- --- who did what ------------------------------------------------------------------------
BEGIN;
SELECT _user_id FROM hob.enter('sql-test-good', 'request-of-ann') \g /dev/null
UPDATE tasks SET due_on = '2031-01-01', title = 'x', version = version + 1;
UPDATE residences SET name = 'x';
UPDATE users SET first_name = 'Anna';
SELECT pg_temp.equals('a change leaves a row with its request, one for each thing, in their order',
	(SELECT string_agg(concat_ws(' ', action, subject, changes, request_id, user_id = :ann), ', ' ORDER BY id)
	   FROM activity),
	'updated task {due_on,title} request-of-ann t, updated residence {name} request-of-ann t');
UPDATE tasks SET version = version + 1, updated_at = now();
SELECT pg_temp.equals('one that changes nothing but bookkeeping leaves none',
	pg_temp.touches('SELECT id FROM activity'), '2');
UPDATE tasks SET deleted_at = now();
SELECT pg_temp.equals('what is marked as deleted is deleted',
	(SELECT action || changes::text FROM activity ORDER BY id DESC LIMIT 1), 'deleted{}');
SELECT pg_temp.refuses('nobody makes up what was done', '42501',
	format('INSERT INTO activity (residence_id, user_id, action, subject, subject_id)
		VALUES (%L, %L, ''created'', ''task'', gen_random_uuid())', :residence_a, :ann));
SELECT pg_temp.refuses('nobody changes what was done', '42501', 'UPDATE activity SET action = ''x''');
SELECT pg_temp.refuses('nobody takes away what was done', '42501', 'DELETE FROM activity');
SELECT set_config('hob.user_id', :vic, true) \g /dev/null
SELECT pg_temp.equals('a viewer sees what was done at home',
	pg_temp.touches('SELECT id FROM activity'), '3');
SELECT set_config('hob.user_id', :bob, true) \g /dev/null
SELECT pg_temp.equals('a stranger sees nothing of it',
	pg_temp.touches('SELECT id FROM activity'), '0');
ROLLBACK;
SELECT pg_temp.equals('the request is known as long as its transaction',
	(SELECT coalesce(current_setting('hob.request_id', true), '')), '');

-- --- coming in -------------------------------------------------------------------------
BEGIN;
SELECT pg_temp.equals('a good token enters as its user',
	(SELECT _user_id::text FROM hob.enter('sql-test-good', 'sql-test')), :ann);
SELECT pg_temp.equals('entering lasts for the transaction', hob.user_id()::text, :ann);
SELECT pg_temp.holds('entering notes the use after an hour', last_seen_at > now() - interval '1 minute',
	last_seen_at::text)
  FROM sessions WHERE token_hash = 'sql-test-good';
ROLLBACK;
SELECT pg_temp.equals('and no longer', hob.user_id()::text, NULL);
SELECT pg_temp.refuses('a session that ' || what || ' does not enter', 'HB401',
	format('SELECT * FROM hob.enter(%L, NULL)', token))
  FROM (VALUES ('is over', 'sql-test-over'), ('lay idle for 30 days', 'sql-test-idle'),
	       ('is a disabled user''s', 'sql-test-disabled'), ('is unknown', 'nope')) v (what, token);
SELECT pg_temp.equals('a disabled user is not found at login',
	(SELECT count(user_id)::text FROM hob.login_find('dot@sql.test', 'here', now())), '0');
SELECT pg_temp.equals('login learns the salt and not the hash',
	(SELECT password_salt FROM hob.login_find('ann@sql.test', 'here', now())), '$kind$salt of ann$');
SELECT pg_temp.equals('a wrong proof begins no session',
	(SELECT count(*)::text FROM hob.login_finish(:ann, '$kind$salt of ann$x', gen_random_uuid(), 't1', NULL, now())), '0');
SELECT pg_temp.equals('no proof begins no session',
	(SELECT count(*)::text FROM hob.login_finish(:ann, NULL, gen_random_uuid(), 't2', NULL, now())), '0');
SELECT pg_temp.equals('a salt alone begins no session',
	(SELECT count(*)::text FROM hob.login_finish(:ann, '$kind$salt of ann$', gen_random_uuid(), 't3', NULL, now())), '0');
SELECT pg_temp.refuses('a proof under another salt is told to be tried again', 'HB412',
	format('SELECT hob.login_finish(%L, ''$kind$another$hash of ann'', gen_random_uuid(), ''t4'', NULL, now())', :ann));
SELECT pg_temp.equals('a right proof of a disabled user begins no session',
	(SELECT count(*)::text FROM hob.login_finish('a0000000-0000-7000-8000-00000000000d', 'hash of dot', gen_random_uuid(), 't5', NULL, now())), '0');
BEGIN;
SELECT pg_temp.equals('a right proof begins one',
	(SELECT id::text FROM hob.login_finish(:ann, '$kind$salt of ann$hash of ann', gen_random_uuid(), 't6', NULL, now())), :ann);
SELECT pg_temp.equals('a wrong proof renews no hash',
	hob.login_renew(:ann, '$kind$salt of ann$x', '$kind$new$')::text, 'false');
SELECT pg_temp.equals('a right proof renews it',
	hob.login_renew(:ann, '$kind$salt of ann$hash of ann', '$kind$new$salt')::text, 'true');
SELECT pg_temp.refuses('once', 'HB412',
	format('SELECT hob.login_renew(%L, ''$kind$salt of ann$hash of ann'', ''$kind$newer$'')', :ann));
ROLLBACK;
SELECT pg_temp.equals('login finds an address in any case',
	(SELECT user_id::text FROM hob.login_find('ANN@sql.test', 'here', now())), :ann);
SELECT pg_temp.refuses('a taken address is refused in any case', '23505',
	'SELECT hob.register(gen_random_uuid(), ''Bob@SQL.test'', ''h'', ''x'', ''y'', NULL, NULL,
		gen_random_uuid(), ''t'', NULL, now(), NULL, NULL)');
BEGIN;
SELECT pg_temp.equals('registering answers with the account',
	(SELECT name || '/' || locale || '/' || time_zone
	   FROM hob.register('a0000000-0000-7000-8000-00000000000e', 'eve@sql.test', 'h', ' Eve ', '',
		NULL, NULL, gen_random_uuid(), 'sql-test-eve', NULL, now(), NULL, NULL)), 'Eve/en/UTC');
SELECT pg_temp.equals('and enters at once', (SELECT email FROM user_card), 'eve@sql.test');
ROLLBACK;
BEGIN;
SELECT set_config('hob.user_id', :ann, true) \g /dev/null
SELECT pg_temp.refuses('a password that was not the old one changes nothing', 'HB403',
	'SELECT hob.change_password(''$kind$salt of ann$x'', ''new hash'', ''sql-test-good'', now())');
SELECT hob.change_password('$kind$salt of ann$hash of ann', 'new hash', 'sql-test-good', now()) \g /dev/null
SELECT pg_temp.equals('a new password ends all sessions but this one',
	(SELECT string_agg(token_hash, ',') FROM sessions), 'sql-test-good');
ROLLBACK;

SELECT pg_temp.refuses('registering with a region for a zone is refused before the row', '23514',
	'SELECT hob.register(gen_random_uuid(), ''zoe@sql.test'', ''h'', ''x'', ''y'', NULL,
		''America/Nowhere'', gen_random_uuid(), ''t'', NULL, now(), NULL, NULL)');

-- --- local times ----------------------------------------------------------------------------
SELECT pg_temp.equals('local time ' || what, hob.local_instant(day::date, at::time, zone)::text, wanted)
  FROM (VALUES
	('on a plain day', '2026-07-01', '08:30', 'America/New_York', '2026-07-01 12:30:00+00'),
	('that comes twice is the first', '2026-11-01', '01:30', 'America/New_York', '2026-11-01 05:30:00+00'),
	('at the start of what comes twice is the first', '2026-11-01', '01:00', 'America/New_York', '2026-11-01 05:00:00+00'),
	('after what comes twice', '2026-11-01', '02:00', 'America/New_York', '2026-11-01 07:00:00+00'),
	('in a gap moves forward', '2026-03-08', '02:30', 'America/New_York', '2026-03-08 07:30:00+00'),
	('that comes twice within half an hour', '2026-04-05', '01:45', 'Australia/Lord_Howe', '2026-04-04 14:45:00+00'),
	('where clocks never change', '2026-11-01', '01:30', 'Asia/Tokyo', '2026-10-31 16:30:00+00')
  ) v (what, day, at, zone, wanted);

-- --- statements ----------------------------------------------------------------------------
CREATE FUNCTION pg_temp.execution_of(wanted text) RETURNS text LANGUAGE sql AS $$
	SELECT format('EXECUTE %I', name) || coalesce('(' || nullif(concat_ws(', ', VARIADIC
		array_fill('NULL'::text, ARRAY[cardinality(parameter_types)])), '') || ')', '')
	  FROM pg_prepared_statements WHERE name = wanted
$$;
CREATE FUNCTION pg_temp.plan_of(wanted text) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
	plan json;
BEGIN
	EXECUTE 'EXPLAIN (FORMAT JSON) ' || pg_temp.execution_of(wanted) INTO plan;
	RETURN plan::jsonb;
END
$$;

-- A scan of a whole index is no better than one of the table, but is called an index scan:
-- its cost betrays it. What these statements read costs the planner some 10 to 500.
-- Plans of small tables prove nothing, so the runner says whether there are enough rows. Nothing of a household is in
-- lookups, which are taken for larger than they are, all together for dear.
SET plan_cache_mode = force_generic_plan;
\if :enough
-- What a function does inside shows in what it has read.
BEGIN;
SELECT set_config('hob.user_id', :bob, true) \g /dev/null
UPDATE tasks SET deleted_at = now();
SELECT set_config('hob.user_id', :ann, true) \g /dev/null
SELECT count(*) FROM hob.sync_deletions('1', NULL, 1000) \g /dev/null
SELECT set_config('hob.user_id', :bob, true) \g /dev/null
SELECT count(*) FROM hob.sync_deletions('1', NULL, 1000) \g /dev/null
SELECT pg_temp.equals('deletions are read by index only',
	(SELECT string_agg(relname, ',') FROM pg_stat_xact_user_tables	-- of files there is a handful
	  WHERE relname NOT IN ('starts', 'plan_limits') AND (seq_tup_read > CASE relname WHEN 'files' THEN 100 ELSE 0 END
		OR idx_tup_fetch > 100)), NULL);
ROLLBACK;
SELECT pg_temp.holds(format('%s reads households by index only', name),
	scans IS NULL AND (cost < 1000 OR name IN ('static_data', 'tier_list')), concat_ws(', ', 'cost ' || cost, 'scans ' || scans))
  FROM (SELECT name, (plan #>> '{0,Plan,Total Cost}')::numeric AS cost,
	       (SELECT string_agg(relation #>> '{}', ', ')
		  FROM jsonb_path_query(plan,
			'$.** ? (@."Node Type" == "Seq Scan")."Relation Name"') relation
		 WHERE regexp_replace(relation #>> '{}', '_(default|\d{8})$', '') IN ('users', 'sessions', 'residences',
			'residence_members', 'residence_people', 'tasks', 'completions', 'documents',
			'tombstones', 'activity', 'calendar_feeds', 'share_codes',
			'share_code_uses', 'idempotency_keys', 'contractors', 'contractor_opinions', 'files',
			'file_copies', 'usage', 'file_leavings')
		   -- Of a partition that is known to be empty there is nothing to read.
		   AND (SELECT c.relispartition AND c.reltuples = 0 FROM pg_class c
			 WHERE c.oid = (relation #>> '{}')::regclass) IS NOT TRUE) AS scans
	  FROM (SELECT name, pg_temp.plan_of(name) AS plan FROM pg_prepared_statements) p) s
 ORDER BY name;
\endif

-- --- whom a login is counted by ---------------------------------------------------------
SELECT pg_temp.equals('who is not found is counted by the address as it is looked up',
	(SELECT account FROM hob.login_find('DOT@sql.test', 'here', now())), 'dot@sql.test');
SELECT pg_temp.equals('who is found is counted by account',
	(SELECT account FROM hob.login_find('Ann@sql.test', 'here', now())), :ann);
BEGIN;
SELECT set_config('hob.user_id', :ann, true) \g /dev/null
SELECT hob.remember_network('network ' || n, gen_random_uuid(), now() - n * interval '1 hour') FROM generate_series(1, 30) n \g /dev/null
SELECT hob.remember_network('home', gen_random_uuid(), now()) \g /dev/null
SELECT pg_temp.equals('a network is known where somebody signed in lately, the latest of an account',
	(SELECT string_agg(n, ' ') FROM unnest(ARRAY['home', 'network 1', 'network 19', 'network 20', 'nowhere']) n,
		hob.login_find('ann@sql.test', n, now()) WHERE is_known_here), 'home network 1 network 19');
SELECT pg_temp.equals('and of another account is not',
	(SELECT is_known_here::text FROM hob.login_find('bob@sql.test', 'home', now())), 'false');
SELECT pg_temp.equals('nor after 90 days',
	(SELECT is_known_here::text FROM hob.login_find('ann@sql.test', 'home', now() + interval '91 days')), 'false');
SELECT pg_temp.refuses('networks are out of sight', '42501', 'SELECT network FROM login_networks');
ROLLBACK;
SELECT pg_temp.refuses('nobody remembers a network', '23502', 'SELECT hob.remember_network(''home'', gen_random_uuid(), now())');

-- --- no more than is used ---------------------------------------------------------------
-- What a statement calls, what that calls with the caller's rights, and what policies, views, indexes
-- and checks call when a statement touches their table.
SELECT pg_temp.equals('hob_api may call no function of hob that no statement calls',
	(WITH RECURSIVE f AS (
		SELECT p.oid, p.proname, p.prosecdef, has_function_privilege(p.oid, 'EXECUTE') AS granted,
		       p.prosrc || ' ' || coalesce(pg_get_function_sqlbody(p.oid), '') AS body,
		       ARRAY(SELECT m[1] FROM regexp_matches(p.prosrc || ' ' || coalesce(pg_get_function_sqlbody(p.oid), ''),
				'\mhob\.(\w+)\(', 'g') m) AS calls
		  FROM pg_proc p WHERE p.pronamespace = 'hob'::regnamespace
	), roots AS (
		SELECT string_agg(x, ' ') AS text FROM (
			SELECT statement FROM pg_prepared_statements
			UNION ALL SELECT concat_ws(' ', qual, with_check) FROM pg_policies
			UNION ALL SELECT definition FROM pg_views WHERE schemaname = 'public'
			UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
			UNION ALL SELECT pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d
			UNION ALL SELECT pg_get_constraintdef(c.oid) FROM pg_constraint c WHERE c.contype = 'c'
			UNION ALL SELECT f.body FROM f WHERE NOT f.prosecdef
			   AND f.oid IN (SELECT t.tgfoid FROM pg_trigger t)
		) s (x)
	), called AS (
		SELECT f.* FROM f
		 WHERE f.proname = ANY (ARRAY(SELECT m[1] FROM roots r, regexp_matches(r.text, '\mhob\.(\w+)\(', 'g') m))
		UNION
		SELECT f.* FROM called c JOIN f ON f.proname = ANY (c.calls)
		 WHERE NOT c.prosecdef
	)
	SELECT string_agg(f.proname, ' ' ORDER BY f.proname) FROM f
	 WHERE f.granted AND f.oid NOT IN (SELECT c.oid FROM called c)), NULL);
SELECT pg_temp.equals('hob_api makes and changes rows column by column',
	(SELECT string_agg(format('%s %s', a.privilege_type, c.relname), ', ' ORDER BY c.relname)
	   FROM pg_class c, aclexplode(c.relacl) a
	  WHERE c.relnamespace IN ('public'::regnamespace, 'hob'::regnamespace)
	    AND a.grantee = 'hob_api'::regrole AND a.privilege_type NOT IN ('SELECT', 'DELETE')), NULL);
BEGIN;
SELECT set_config('hob.user_id', :ann, true) \g /dev/null
INSERT INTO share_codes (id, residence_id, role, code_hmac, created_by, expires_at, max_uses)
VALUES ('a0000000-0000-7000-8000-000000000501', :residence_a, 'member', 'y', :ann, now() + interval '1 day', 1);
UPDATE share_codes SET revoked_at = now() WHERE id = 'a0000000-0000-7000-8000-000000000501';
SELECT pg_temp.equals('a code that is revoked is not revived',
	pg_temp.touches('UPDATE share_codes SET revoked_at = NULL'), '0');
SELECT pg_temp.refuses('nor one made that was used', '42501',
	format('INSERT INTO share_codes (id, residence_id, role, code_hmac, created_by, expires_at, max_uses, used_count)
		VALUES (gen_random_uuid(), %L, ''member'', ''z'', %L, now(), 1, 1)', :residence_a, :ann));
ROLLBACK;
SELECT pg_temp.refuses('keys of others are not for the API', '42501', format('SELECT hob.touch_user(%L)', :bob));
BEGIN;
SELECT _session_id AS entered FROM hob.enter('sql-test-good', 'sql-test') \gset
DELETE FROM sessions WHERE id = :'entered';
SELECT pg_temp.refuses('a session that has ended gives ' || what, 'HB401', act)
  FROM (VALUES ('no feed of all residences', format('INSERT INTO calendar_feeds (id, user_id, name, secret_hash) VALUES (gen_random_uuid(), %L, ''x'', ''x'')', :ann)),
	('no feed of one residence', format('INSERT INTO calendar_feeds (id, user_id, name, secret_hash, residence_id) VALUES (gen_random_uuid(), %L, ''x'', ''x'', %L)', :ann, :residence_a)),
	('no share code', format('INSERT INTO share_codes (id, residence_id, role, code_hmac, created_by, expires_at, max_uses)
		VALUES (gen_random_uuid(), %L, ''viewer'', ''z'', %L, now(), 1)', :residence_a, :ann)),
	('no role', format('SELECT hob.set_role(%L, %L, ''manager'')', :residence_a, :vic)),
	('no residence', format('SELECT hob.transfer(%L, %L, now())', :residence_a, :vic))) v (what, act);
ROLLBACK;
