-- An access token that is narrowed to some residences, as hob_api, behind rls.sql: the policies alone must hold.

BEGIN;
SELECT pg_temp.equals('an access token enters as its user',
	(SELECT _user_id::text FROM hob.enter_access('sql-test-pat', 'sql-test')), :ann);
SELECT pg_temp.equals('narrowed to another residence, nothing of ' || name || ' can be seen',
	pg_temp.touches(format('SELECT residence_id FROM %s', name)), '0')
  FROM unnest(ARRAY['residence_members', 'residence_people', 'tasks', 'completions', 'documents', 'share_codes_shown',
	'tombstones', 'activity', 'contractors', 'contractor_opinions', 'files']) name;
SELECT pg_temp.equals('nor the residence, by its owner', pg_temp.touches(format('SELECT id FROM residences WHERE id = %L',
	:residence_a)), '0');
SELECT pg_temp.equals('nor changed', pg_temp.touches('UPDATE tasks SET title = ''x'''), '0');
SELECT pg_temp.equals('nor asked for by functions with other eyes', hob.my_residence_ids()::text, NULL);
SELECT pg_temp.refuses('it makes no residence', '23514',
	format('INSERT INTO residences (id, owner_id, name, time_zone)
		VALUES (gen_random_uuid(), %L, ''x'', ''UTC'')', :ann));
SELECT pg_temp.refuses('it has no session to give anything by', 'HB401',
	format('INSERT INTO calendar_feeds (id, user_id, name, secret_hash) VALUES (gen_random_uuid(), %L, ''x'', ''x'')', :ann));
SELECT pg_temp.refuses('it may only read', '23514', 'SELECT hob.require_write()');
SELECT set_config('hob.within', '{' || :residence_a || '}', true) \g /dev/null
SELECT pg_temp.equals('narrowed to their own they see it', (SELECT string_agg(title, ',') FROM tasks), 'Task of a');
SELECT pg_temp.equals('with its files, and not what hangs on nothing, nor the picture of the account',
	(SELECT string_agg(name, ',' ORDER BY name) FROM files), 'File of a,Refused,Sent');
SELECT pg_temp.refuses('it stages nothing', 'HB403', 'SELECT hob.require_room_for_files(''staged'', NULL, NULL)');
SELECT pg_temp.refuses('nor past the look at the room', 'HB403',
	'SELECT hob.add_files(''staged'', NULL, ''[]'', ''here'', now())');
SELECT pg_temp.refuses('nor attaches what is staged', '23503', 'SELECT hob.attach_files(''task'',
	''a0000000-0000-7000-8000-0000000003aa'', ''{a0000000-0000-7000-8000-0000000008a3}'', now())');
SELECT pg_temp.equals('nor takes it back',
	pg_temp.touches('SELECT hob.delete_upload(''a0000000-0000-7000-8000-0000000008a3'')'), '0');
SELECT set_config('hob.within', '{' || :residence_b || '}', true) \g /dev/null
SELECT pg_temp.equals('narrowed to a foreign one they do not see that', pg_temp.touches('SELECT id FROM tasks'), '0');
ROLLBACK;
SELECT pg_temp.equals('it is narrowed as long as the transaction', hob.within()::text, NULL);
