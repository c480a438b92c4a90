-- Row-level security and what stands beside it, as hob_api. Statements here leave out
-- every predicate on purpose: the policies alone must hold. See fixtures.sql for who
-- Ann, Bob and Vic are.

\set ann '''a0000000-0000-7000-8000-00000000000a'''
\set bob '''a0000000-0000-7000-8000-00000000000b'''
\set vic '''a0000000-0000-7000-8000-00000000000c'''
\set home_a '''a0000000-0000-7000-8000-0000000002aa'''
\set home_b '''a0000000-0000-7000-8000-0000000002bb'''
\set home_d '''a0000000-0000-7000-8000-0000000002dd'''

-- --- nobody ---------------------------------------------------------------------
SELECT pg_temp.equals('without a user no row of ' || name || ' can be seen',
	pg_temp.touches(format('SELECT id FROM %s', name)), '0')
  FROM unnest(ARRAY['user_card', 'sessions', 'residences', 'tasks', 'completions',
	'activity']) name;
SELECT pg_temp.equals('without a user no member can be seen',
	pg_temp.touches('SELECT user_id FROM residence_members'), '0');
SELECT pg_temp.equals('without a user no name can be seen',
	pg_temp.touches('SELECT name FROM residence_people'), '0');
SELECT pg_temp.equals('without a user an update without a predicate changes nothing',
	pg_temp.touches('UPDATE tasks SET title = ''x'''), '0');
SELECT pg_temp.refuses('without a user nothing can be deleted', '42501', 'DELETE FROM tasks');
SELECT pg_temp.refuses('without a user no home can be made', '42501',
	format('INSERT INTO residences (id, owner_id, name, time_zone)
		VALUES (gen_random_uuid(), %L, ''x'', ''UTC'')', :ann));

-- --- Ann ------------------------------------------------------------------------
BEGIN;
SELECT set_config('hob.user_id', :ann, true) \g /dev/null
SELECT pg_temp.equals('an owner sees the tasks of their home alone',
	(SELECT string_agg(title, ',') FROM tasks), 'Task of a');
SELECT pg_temp.equals('an owner sees the completions of their home alone',
	(SELECT string_agg(residence_id::text, ',') FROM completions), :home_a);
SELECT pg_temp.equals('a deleted home shows no members',
	(SELECT string_agg(DISTINCT residence_id::text, ',') FROM residence_members), :home_a);
SELECT pg_temp.equals('a deleted home shows no names',
	(SELECT string_agg(name, ',' ORDER BY name) FROM residence_people), 'Ann,Vic');
SELECT pg_temp.equals('nobody sees another account, be it of the same home',
	(SELECT string_agg(first_name, ',') FROM user_card), 'Ann');
SELECT pg_temp.equals('sessions of others are out of sight',
	(SELECT count(*) FILTER (WHERE user_id <> :ann)::text FROM sessions), '0');
SELECT pg_temp.equals('a change of all completions stays at home',
	pg_temp.touches('UPDATE completions SET note = ''x'''), '1');
SELECT pg_temp.refuses('a completion cannot be made in a foreign home', '42501',
	format('INSERT INTO completions (id, residence_id, task_id, occurrence, completed_by, recorded_by)
		VALUES (gen_random_uuid(), %L, ''a0000000-0000-7000-8000-0000000003bb'', 2, %L, %L)', :home_b, :ann, :ann));
SELECT pg_temp.refuses('a completion cannot be of a foreign task', '23503',
	format('INSERT INTO completions (id, residence_id, task_id, occurrence, completed_by, recorded_by)
		VALUES (gen_random_uuid(), %L, ''a0000000-0000-7000-8000-0000000003bb'', 2, %L, %L)', :home_a, :ann, :ann));
SELECT pg_temp.refuses('a completion cannot be recorded in the name of another', '42501',
	format('INSERT INTO completions (id, residence_id, task_id, occurrence, completed_by, recorded_by)
		VALUES (gen_random_uuid(), %L, ''a0000000-0000-7000-8000-0000000003aa'', 2, %L, %L)', :home_a, :ann, :vic));
SELECT pg_temp.refuses('no day of a completion can be changed', '42501',
	'UPDATE completions SET due_after = ''2031-01-01''');
SELECT pg_temp.refuses('no completion can be deleted for good', '42501', 'DELETE FROM completions');
SELECT pg_temp.refuses('a feed cannot be made for another', '42501',
	format('INSERT INTO calendar_feeds (user_id, secret_hash) VALUES (%L, ''x'')', :bob));
SELECT pg_temp.refuses('templates are not for writing', '42501', 'UPDATE task_templates SET title = ''x''');
SELECT pg_temp.equals('an update without a predicate stays at home',
	pg_temp.touches('UPDATE tasks SET title = ''x'''), '1');
SELECT pg_temp.refuses('a task with its history cannot be deleted for good', '42501',
	'DELETE FROM tasks');
SELECT pg_temp.equals('renaming all homes renames one''s own, and not the deleted one',
	pg_temp.touches('UPDATE residences SET name = ''x'''), '1');
SELECT pg_temp.equals('ending all sessions ends one''s own',
	pg_temp.touches('DELETE FROM sessions'), '3');
SELECT pg_temp.equals('a change of all profiles changes one''s own',
	pg_temp.touches('UPDATE users SET last_name = ''x'''), '1');
SELECT pg_temp.refuses('a task cannot be made in a foreign home', '42501',
	format('INSERT INTO tasks (id, residence_id, title, created_by)
		VALUES (gen_random_uuid(), %L, ''x'', %L)', :home_b, :ann));
SELECT pg_temp.refuses('a task cannot be made in a deleted home', '42501',
	format('INSERT INTO tasks (id, residence_id, title, created_by)
		VALUES (gen_random_uuid(), %L, ''x'', %L)', :home_d, :ann));
SELECT pg_temp.refuses('a task cannot be made in the name of another', '42501',
	format('INSERT INTO tasks (id, residence_id, title, created_by)
		VALUES (gen_random_uuid(), %L, ''x'', %L)', :home_a, :vic));
SELECT pg_temp.refuses('a task cannot be given to a stranger', '23503',
	format('UPDATE tasks SET assigned_to_id = %L', :bob));
SELECT pg_temp.refuses('a task cannot be moved to another home', '42501',
	format('UPDATE tasks SET residence_id = %L', :home_b));
SELECT pg_temp.refuses('a home cannot be made for another', '42501',
	format('INSERT INTO residences (id, owner_id, name, time_zone)
		VALUES (gen_random_uuid(), %L, ''x'', ''UTC'')', :bob));
SELECT pg_temp.refuses('a home cannot be given away by an update', '42501',
	format('UPDATE residences SET owner_id = %L', :bob));
SELECT pg_temp.refuses('nobody makes themselves a member', '42501',
	format('INSERT INTO residence_members VALUES (%L, %L, ''owner'')', :home_b, :ann));
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
SELECT pg_temp.equals('the own password hash comes through its function',
	(SELECT password_hash FROM hob.my_password()), 'hash of ann');
SELECT pg_temp.refuses('a zone that does not exist is refused', '23514',
	'UPDATE residences SET time_zone = ''Mars/Olympus''');
SELECT pg_temp.refuses('a bare offset is no zone', '23514',
	'UPDATE residences SET time_zone = ''+03''');
SELECT pg_temp.equals('a home that is made can be seen in the same breath',
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
	'SELECT hob.complete_task(''a0000000-0000-7000-8000-0000000003aa'', ''done'', gen_random_uuid(), 1, NULL, NULL, NULL, NULL, NULL, NULL, now())');
SELECT pg_temp.refuses('a viewer makes no task', '42501',
	format('INSERT INTO tasks (id, residence_id, title, created_by)
		VALUES (gen_random_uuid(), %L, ''x'', %L)', :home_a, :vic));
SELECT pg_temp.equals('a viewer changes no home',
	pg_temp.touches('UPDATE residences SET name = ''x'''), '0');
SELECT pg_temp.refuses('a scope above the role raises HB403', 'HB403',
	format('SELECT hob.require_role(%L, ''member'')', :home_a));
SELECT pg_temp.equals('a scope the role reaches passes',
	pg_temp.touches(format('SELECT hob.require_role(%L, ''viewer'')', :home_a)), '1');
SELECT pg_temp.refuses('a foreign home raises HB404', 'HB404',
	format('SELECT hob.require_role(%L, ''viewer'')', :home_b));
SELECT pg_temp.refuses('a missing home raises HB404', 'HB404',
	'SELECT hob.require_role(gen_random_uuid(), ''viewer'')');
SELECT pg_temp.refuses('a task above the role raises HB403', 'HB403',
	'SELECT hob.require_task_role(''a0000000-0000-7000-8000-0000000003aa'', ''member'')');
SELECT pg_temp.refuses('a foreign task raises HB404', 'HB404',
	'SELECT hob.require_task_role(''a0000000-0000-7000-8000-0000000003bb'', ''viewer'')');
SELECT pg_temp.refuses('a task of a deleted home raises HB404', 'HB404',
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
		VALUES (%L, ''tasks'', gen_random_uuid(), now())', :home_b));
SELECT pg_temp.refuses('nobody takes one away', '42501', 'DELETE FROM tombstones');
SELECT pg_temp.refuses('what there is in all homes is not for the API', '42501',
	'SELECT * FROM hob.sync_things');
SELECT pg_temp.equals('a change names its transaction',
	pg_temp.touches('SELECT id FROM tasks WHERE changed = pg_current_xact_id()'), '1');
SELECT pg_temp.equals('a sync tells whose home it was',
	(SELECT _key FROM hob.sync_deletions('1', NULL, 10)),
	'tasks a0000000-0000-7000-8000-0000000003bb');
SELECT set_config('hob.user_id', :ann, true) \g /dev/null
SELECT pg_temp.equals('tombstones of other homes are out of sight',
	pg_temp.touches('SELECT id FROM tombstones'), '0');
SELECT pg_temp.equals('a sync tells who lost a home, of all that was in it',
	(SELECT string_agg(kind, ' ') FROM hob.sync_deletions('1', NULL, 10)),
	'completions members residences tasks');
SELECT pg_temp.equals('page by page',
	(SELECT string_agg(kind, ' ') FROM hob.sync_deletions('1', 'members zzz', 1)), 'residences');
SELECT pg_temp.equals('and not who has heard it already',
	pg_temp.touches('SELECT * FROM hob.sync_deletions(pg_current_xact_id(), NULL, 10)'), '0');
SELECT set_config('hob.user_id', :vic, true) \g /dev/null
SELECT pg_temp.equals('nor a member of another home',
	pg_temp.touches('SELECT * FROM hob.sync_deletions(''1'', NULL, 10)'), '0');
SELECT _mark AS mark, _horizon AS horizon FROM hob.sync_begin(NULL, NULL) \gset
SELECT pg_temp.equals('a sync begins at the oldest transaction that runs, here this one',
	:'horizon', pg_snapshot_xmin(pg_current_snapshot())::text);
SELECT pg_temp.equals('a token of 89 days is good',
	pg_temp.touches(format('SELECT hob.sync_begin(%L, now() - interval ''89 days'')', :'mark')), '1');
SELECT pg_temp.refuses('a token of 91 days is not', 'HB410',
	format('SELECT hob.sync_begin(%L, now() - interval ''91 days'')', :'mark'));
SELECT pg_temp.refuses('a token of another history is not', 'HB410',
	'SELECT hob.sync_begin(''1.1.somebody'', now())');
SELECT set_config('hob.user_id', :ann, true) \g /dev/null
SELECT pg_temp.refuses('a token of another account is not', 'HB410',
	format('SELECT hob.sync_begin(%L, now())', :'mark'));
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
		VALUES (%L, %L, ''created'', ''task'', gen_random_uuid())', :home_a, :ann));
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
	(SELECT count(*)::text FROM hob.login_find('dot@sql.test')), '0');
SELECT pg_temp.equals('login finds an address in any case',
	(SELECT user_id::text FROM hob.login_find('ANN@sql.test')), :ann);
SELECT pg_temp.refuses('a taken address is refused in any case', '23505',
	'SELECT hob.register(gen_random_uuid(), ''Bob@SQL.test'', ''h'', ''x'', ''y'', NULL, NULL,
		gen_random_uuid(), ''t'', NULL, now())');
BEGIN;
SELECT pg_temp.equals('registering answers with the account',
	(SELECT name || '/' || locale || '/' || time_zone
	   FROM hob.register('a0000000-0000-7000-8000-00000000000e', 'eve@sql.test', 'h', ' Eve ', '',
		NULL, NULL, gen_random_uuid(), 'sql-test-eve', NULL, now())), 'Eve/en/UTC');
SELECT pg_temp.equals('and enters at once', (SELECT email FROM user_card), 'eve@sql.test');
ROLLBACK;
BEGIN;
SELECT set_config('hob.user_id', :ann, true) \g /dev/null
SELECT pg_temp.refuses('a password that was not the old one changes nothing', 'HB403',
	'SELECT hob.change_password(''other hash'', ''new hash'', ''sql-test-good'', now())');
SELECT hob.change_password('hash of ann', 'new hash', 'sql-test-good', now()) \g /dev/null
SELECT pg_temp.equals('a new password ends all sessions but this one',
	(SELECT string_agg(token_hash, ',') FROM sessions), 'sql-test-good');
ROLLBACK;

BEGIN;
SELECT pg_temp.equals('login begins a session for the hash that was proved',
	(SELECT email FROM hob.login_finish(:ann, 'hash of ann', gen_random_uuid(), 'sql-test-new',
		NULL, NULL, now())), 'ann@sql.test');
SELECT pg_temp.equals('and none for one that is no longer the account''s',
	(SELECT count(*)::text FROM hob.login_finish(:ann, 'old hash', gen_random_uuid(), 'sql-test-x',
		NULL, NULL, now())), '0');
ROLLBACK;
SELECT pg_temp.refuses('registering with a region for a zone is refused before the row', '23514',
	'SELECT hob.register(gen_random_uuid(), ''zoe@sql.test'', ''h'', ''x'', ''y'', NULL,
		''America/Nowhere'', gen_random_uuid(), ''t'', NULL, now())');

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
CREATE FUNCTION pg_temp.plan_of(wanted text) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
	nulls text;
	plan json;
BEGIN
	SELECT array_to_string(array_fill('NULL'::text, ARRAY[cardinality(parameter_types)]), ', ')
	  INTO nulls FROM pg_prepared_statements WHERE name = wanted;
	EXECUTE format('EXPLAIN (FORMAT JSON) EXECUTE %I%s', wanted,
		CASE WHEN nulls <> '' THEN '(' || nulls || ')' ELSE '' END) INTO plan;
	RETURN plan::jsonb;
END
$$;

SELECT pg_temp.holds(format('%s looks at how many tasks there may be', name), statement ~ 'hob.limit_of.{2}tasks')
  FROM pg_prepared_statements WHERE statement ~ 'INSERT INTO tasks\M';

-- A scan of a whole index is no better than one of the table, but is called an index scan:
-- its cost betrays it. What these statements read costs the planner some 10 to 500.
-- Plans of small tables prove nothing, so the runner says whether there are enough rows.
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
	(SELECT string_agg(relname, ',') FROM pg_stat_xact_user_tables
	  WHERE seq_tup_read > 0 OR idx_tup_fetch > 100), NULL);
ROLLBACK;
SELECT pg_temp.holds(format('%s reads households by index only', name),
	scans IS NULL AND cost < 1000, concat_ws(', ', 'cost ' || cost, 'scans ' || scans))
  FROM (SELECT name, (plan #>> '{0,Plan,Total Cost}')::numeric AS cost,
	       (SELECT string_agg(relation #>> '{}', ', ')
		  FROM jsonb_path_query(plan,
			'$.** ? (@."Node Type" == "Seq Scan")."Relation Name"') relation
		 WHERE regexp_replace(relation #>> '{}', '_(default|\d{8})$', '') IN ('users', 'sessions', 'residences',
			'residence_members', 'residence_people', 'tasks', 'completions',
			'tombstones', 'activity', 'calendar_feeds', 'share_codes',
			'share_code_uses', 'idempotency_keys')
		   -- Of a partition that is known to be empty there is nothing to read.
		   AND (SELECT c.relispartition AND c.reltuples = 0 FROM pg_class c
			 WHERE c.oid = (relation #>> '{}')::regclass) IS NOT TRUE) AS scans
	  FROM (SELECT name, pg_temp.plan_of(name) AS plan FROM pg_prepared_statements) p) s
 ORDER BY name;
\endif
