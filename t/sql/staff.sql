-- The role of hob-admin, as hob_staff: without a session of somebody it sees and does nothing, and with one what that
-- person may. Each is written by t/sql/fixtures.sql.

\set sue '''a0000000-0000-7000-8000-000000000901'''
\set ada '''a0000000-0000-7000-8000-000000000903'''
\set sue_session '''a0000000-0000-7000-8000-000000000911'''
\set ada_session '''a0000000-0000-7000-8000-000000000913'''
\set edi_session '''a0000000-0000-7000-8000-000000000916'''

SELECT pg_temp.equals('hob_staff has no right on any table, nor on a column of one',
	(SELECT string_agg(c.oid::regclass::text, ', ') FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
	  WHERE c.relkind IN ('r', 'p', 'f', 'S') AND n.nspname !~ '^(pg_|information_schema)'
	    AND CASE WHEN c.relkind = 'S' THEN has_sequence_privilege(c.oid, 'SELECT, USAGE, UPDATE')
		ELSE has_any_column_privilege(c.oid, 'SELECT, INSERT, UPDATE, REFERENCES')
		  OR has_table_privilege(c.oid, 'DELETE, TRUNCATE, TRIGGER') END), NULL);
SELECT pg_temp.equals('and sees through no view but those of the schema staff',
	(SELECT string_agg(c.oid::regclass::text, ', ') FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
	  WHERE c.relkind IN ('v', 'm') AND n.nspname !~ '^(pg_|information_schema|staff$)'
	    AND has_table_privilege(c.oid, 'SELECT, INSERT, UPDATE, DELETE')), NULL);
SELECT pg_temp.equals('of which it may change nothing',
	(SELECT string_agg(c.oid::regclass::text, ', ') FROM pg_class c
	  WHERE c.relnamespace = 'staff'::regnamespace AND has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')), NULL);
SELECT pg_temp.equals('it calls no function of hob but those that enter and ask',
	(SELECT string_agg(DISTINCT p.proname, ' ' ORDER BY p.proname) FROM pg_proc p
	  WHERE p.pronamespace = 'hob'::regnamespace AND has_function_privilege(p.oid, 'EXECUTE')),
	'days_of email_key folded history home_grace ids_in login_fault require_confirmed require_reason require_staff '
	|| 'staff_confirmed_for staff_enter staff_id staff_idle staff_may staff_session_id version_of words_in');
SELECT pg_temp.equals('its login may serve', staff.login_fault(), '');

-- --- without a session --------------------------------------------------------------------

SELECT pg_temp.equals('without a session nothing is in staff.' || c.relname,
	pg_temp.touches(format('SELECT * FROM %s', c.oid::regclass)), '0')
  FROM pg_class c WHERE c.relnamespace = 'staff'::regnamespace AND c.relkind = 'v' ORDER BY c.relname;
SELECT pg_temp.refuses('nor is done by ' || act, 'HB401', 'SELECT ' || act)
  FROM (VALUES ('staff.logout()'), ('staff.delete_staff_sessions(gen_random_uuid(), NULL)'), ('staff.confirm(''x'')'),
	('hob.require_staff(''support'')')) v (act);
SELECT pg_temp.refuses('nor is confirmed', 'HB403', 'SELECT hob.require_confirmed()');
SELECT pg_temp.equals('no role is theirs', hob.staff_may('support')::text, 'false');
SELECT pg_temp.refuses('a ' || what || ' enters nobody', 'HB401',
	format('SELECT hob.staff_enter(%L, ''sql test'', ''192.0.2.1'', NULL)', hash))
  FROM (VALUES ('hash that nobody has', 'none'), ('session that was idle', 'sql-test-staff-idle'),
	('session that is over', 'sql-test-staff-over'), ('session of somebody disabled', 'sql-test-staff-disabled'),
	('session of an account', 'sql-test-good')) v (what, hash);
BEGIN;
-- What a program may say of itself is no proof: the hash of a session's key is.
SELECT set_config('hob.staff_token', hash, true), set_config('hob.staff_id', :ada, true),
       set_config('hob.staff_role', 'admin', true), set_config('hob.user_id', :ada, true)
  FROM unnest(ARRAY['sql-test-staff-idle']) hash \g /dev/null
SELECT pg_temp.equals('nor does what it says of itself', hob.staff_may('support')::text, 'false');
SELECT pg_temp.equals('of which nothing is seen', pg_temp.touches('SELECT * FROM staff.staff_sessions'), '0');
ROLLBACK;
SELECT pg_temp.refuses('it reads no ' || what, '42501', 'SELECT ' || what)
  FROM (VALUES ('password_hash FROM staff'), ('token_hash FROM staff_sessions'), ('code_hmac FROM staff_recovery_codes'),
	('id FROM audit_events'), ('id FROM users'), ('id FROM tasks'), ('password_hash FROM users'),
	('hob.staff_session()'), ('hob.audit(''x'', ''x'', ''x'')')) v (what);

-- --- with one -------------------------------------------------------------------------------

BEGIN;
SET CONSTRAINTS ALL IMMEDIATE;
SELECT pg_temp.equals('a session enters as its owner',
	(SELECT _user_id::text FROM hob.staff_enter('sql-test-staff-sue', 'sql test', '192.0.2.1', NULL)), :sue);
SELECT pg_temp.equals('who is support', concat_ws(' ', hob.staff_may('support'), hob.staff_may('editor'),
	hob.staff_may('admin')), 't f f');
SELECT pg_temp.equals('and sees who they are', (SELECT name || ' ' || role FROM staff.me), 'Sue support');
SELECT pg_temp.equals('and their session alone', (SELECT string_agg(id::text, ',') FROM staff.staff_sessions), :sue_session);
SELECT pg_temp.equals('and ends no other', pg_temp.touches(format('SELECT * FROM staff.delete_staff_sessions(%L, NULL)', :ada_session)), '0');
SELECT pg_temp.refuses('what wants more is refused', 'HB403', 'SELECT hob.require_staff(''editor'')');
SELECT pg_temp.equals('a wrong proof confirms nothing', (SELECT confirmed::text FROM staff.confirm('x')), 'false');
SELECT pg_temp.refuses('and it is not confirmed', 'HB403', 'SELECT hob.require_confirmed()');
SELECT pg_temp.equals('a right one does', (SELECT confirmed::text FROM staff.confirm('$kind$salt of sue$hash of sue')), 'true');
SELECT pg_temp.equals('and it is confirmed', pg_temp.touches('SELECT hob.require_confirmed()'), '1');
SELECT pg_temp.equals('the record has both, and where they came from',
	(SELECT string_agg(concat_ws(' ', action, address, request_id), ', ' ORDER BY seq) FROM staff.audit_events
	  WHERE staff_id = :sue), 'confirm_failed 192.0.2.1 sql test, confirm 192.0.2.1 sql test');
ROLLBACK;
BEGIN;
SELECT hob.staff_enter('sql-test-staff-ada', 'sql test', '192.0.2.1', NULL) \g /dev/null
SELECT pg_temp.equals('an admin sees the sessions of all that count',
	(SELECT string_agg(id::text, ',' ORDER BY id) FROM staff.staff_sessions WHERE id::text LIKE 'a0000000-%'),
	:sue_session || ',' || :ada_session || ',' || :edi_session);
SELECT pg_temp.equals('and ends one', pg_temp.touches(format('SELECT * FROM staff.delete_staff_sessions(%L, NULL)', :sue_session)), '1');
SELECT pg_temp.equals('a session that was ended does nothing more',
	(SELECT count(*)::text FROM staff.logout()), '1');
SELECT pg_temp.refuses('as this one', 'HB401', 'SELECT staff.logout()');
ROLLBACK;
BEGIN;
SELECT pg_temp.equals('a proof without a code begins no session', pg_temp.touches(
	'SELECT * FROM staff.login_finish(''sue@sql.test'', ' || quote_literal(:sue) || ', ''$kind$salt of sue$hash of sue'',
		NULL, NULL, gen_random_uuid(), ''x'', ''sql test'', '''', '''')'), '0');
SELECT pg_temp.equals('nor does a code of before the last', pg_temp.touches(
	'SELECT * FROM staff.login_finish(''sue@sql.test'', ' || quote_literal(:sue) || ', ''$kind$salt of sue$hash of sue'',
		7, NULL, gen_random_uuid(), ''x'', ''sql test'', '''', '''')'), '0');
SELECT pg_temp.equals('nor a code without a proof', pg_temp.touches(
	'SELECT * FROM staff.login_finish(''sue@sql.test'', ' || quote_literal(:sue) || ', NULL,
		8, NULL, gen_random_uuid(), ''x'', ''sql test'', '''', '''')'), '0');
SELECT pg_temp.equals('both do', pg_temp.touches(
	'SELECT * FROM staff.login_finish(''sue@sql.test'', ' || quote_literal(:sue) || ', ''$kind$salt of sue$hash of sue'',
		8, NULL, gen_random_uuid(), ''x'', ''sql test'', '''', '''')'), '1');
ROLLBACK;

-- --- plans ------------------------------------------------------------------------------------

-- The first index that a statement goes by. So few rows are read as they lie, if that is not forbidden.
CREATE FUNCTION pg_temp.index_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) EXECUTE ' || statement LOOP
		IF line ~ ' using ' THEN
			RETURN substring(line FROM ' using (\S+)');
		END IF;
	END LOOP;
	RETURN NULL;
END
$$;
BEGIN;
SET LOCAL enable_seqscan = off;
SET LOCAL enable_sort = off;
SELECT pg_temp.equals('the record is read by ' || wanted, pg_temp.index_of(statement), wanted)
  FROM (VALUES (NULL, NULL, NULL, NULL, 'audit_events_at_idx'), ('login', NULL, NULL, NULL, 'audit_events_action_idx'),
	(NULL, 'staff', NULL, NULL, 'audit_events_entity_idx'), (NULL, NULL, 'x', NULL, 'audit_events_subject_idx'),
	(NULL, NULL, NULL, :sue, 'audit_events_staff_id_idx')) v (action, entity, subject, staff_id, wanted),
       format('"audit_events_list#-at"(NULL, NULL, NULL, %L, %L, %L, %L, ''25'', ''0'')',
	staff_id, action, entity, subject) statement;
ROLLBACK;

-- An id of the middle of next month, and the partitions of activity in which it is sought. What is before an id is a part
-- of its month, whichever day it is today.
SELECT date_trunc('month', now(), 'UTC') + interval '45 days' AS then \gset
CREATE FUNCTION pg_temp.in_plan(statement text, word text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	found text[];
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) EXECUTE ' || statement LOOP
		found := found || substring(line FROM word);
	END LOOP;
	RETURN (SELECT string_agg(DISTINCT f, ' ' ORDER BY f) FROM unnest(found) f WHERE f IS NOT NULL);
END
$$;
BEGIN;
SET LOCAL enable_seqscan = off;
SELECT pg_temp.equals('what happened is sought by its id in its month: ' || regexp_replace(statement, '\(.*', ''),
	pg_temp.in_plan(statement, ' on (activity\w*) a'), to_char(:'then'::timestamptz AT TIME ZONE 'UTC', '"activity_"YYYYMM01'))
  FROM lpad(to_hex((extract(epoch FROM :'then'::timestamptz) * 1000)::bigint), 12, '0') hex,
       format('%s-%s-7000-8000-000000000000', left(hex, 8), right(hex, 4)) id,
       unnest(ARRAY[format('activity_get(%L)', id), format('"activity_list#-at"(%L, NULL, NULL, NULL, ''25'', ''0'')', id),
	format('activity_count(%L, NULL, NULL, NULL)', id)]) statement;

-- What is sought is found by its keys, in their order, before anything is sorted: no statistics can make it otherwise.
SET LOCAL enable_sort = off;
SET LOCAL enable_bitmapscan = off;
SELECT pg_temp.equals('a search of ' || entity || ' goes by ' || wanted,
	pg_temp.in_plan(format('"%s_list#%s"(NULL, ''painted'', %s ''25'', ''0'')', entity, sort, repeat('NULL, ', filters)),
		' using (' || entity || '_\w+) on ' || entity || ' \w_\d'), wanted)
  FROM (VALUES ('tasks', '-id', 8, 'tasks_head_idx tasks_pkey'), ('files', '-id', 5, 'files_on_id_idx files_pkey'),
	('completions', '-completed_at', 6, 'completions_pkey completions_task_id_occurrence_key'),
	('residences', '-created_at', 2, 'residences_name_idx residences_pkey'),
	('users', '-created_at', 5, 'users_last_name_key_idx users_mail_key_idx users_name_key_idx users_pkey'))
	v (entity, sort, filters, wanted);
ROLLBACK;
