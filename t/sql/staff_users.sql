-- Accounts, their sessions and their phones, as hob_staff; behind staff.sql, whose helpers it has. Ann, Bob, Vic and Dot
-- (who is disabled) are written by t/sql/fixtures.sql.

\set ann '''a0000000-0000-7000-8000-00000000000a'''
\set bob '''a0000000-0000-7000-8000-00000000000b'''
\set vic '''a0000000-0000-7000-8000-00000000000c'''
\set bob_session '''a0000000-0000-7000-8000-000000000105'''

-- The latest event about a subject in this transaction.
CREATE FUNCTION pg_temp.event_of(subject text) RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' ', e.action, e.reason, e.before, e.after) FROM staff.audit_events e
	 WHERE e.subject = event_of.subject AND e.at = now() ORDER BY e.seq DESC LIMIT 1
$$;
CREATE FUNCTION pg_temp.events() RETURNS text LANGUAGE sql AS $$
	SELECT count(*)::text FROM staff.audit_events e WHERE e.at = now()
$$;
-- Each act upon one thing, with what it takes.
CREATE FUNCTION pg_temp.acts() RETURNS TABLE (name text, call text) LANGUAGE sql AS $$
	SELECT p.proname, format('SELECT * FROM %s(%%L%s)', p.oid::regproc,
		CASE pg_get_function_identity_arguments(p.oid) WHEN 'subject uuid, body jsonb' THEN ', ''{"email": "x@sql.test", "tier": "pro"}'''
		WHEN 'subject uuid, if_versions integer[]' THEN ', NULL' ELSE ', NULL, ''{"first_name": "X"}''' END)
	  FROM pg_proc p
	 WHERE p.pronamespace = 'staff'::regnamespace AND p.proname ~ '(_users|delete_sessions|delete_devices)$'
	 ORDER BY p.proname
$$;

SELECT pg_temp.refuses(name || ' does nothing without a session', 'HB401', format(call, :ann)) FROM pg_temp.acts();
BEGIN;
SELECT hob.staff_enter('sql-test-staff-sue', 'sql test', '192.0.2.1', 'a call') \g /dev/null
SELECT pg_temp.refuses(name || ' is not for support', 'HB403', format(call, :ann))
  FROM pg_temp.acts() WHERE name IN ('delete_users', 'change_email_users');
SELECT pg_temp.equals(name || ' finds no other', pg_temp.touches(format(call, gen_random_uuid())), '0')
  FROM pg_temp.acts() WHERE name NOT IN ('delete_users', 'change_email_users');
ROLLBACK;
BEGIN;
SELECT hob.staff_enter('sql-test-staff-sue', 'sql test', '192.0.2.1', NULL) \g /dev/null
SELECT pg_temp.equals('what wants a reason does nothing without one',
	(SELECT string_agg(a.name, ' ') FROM pg_temp.acts() a, pg_temp.refuses('', 'HB422', format(a.call, :ann)) r
	  WHERE r ~ '^ok'),
	'activate_users cancel_deletion_users deactivate_users delete_devices delete_sessions grant_tier_users '
	|| 'revoke_sessions_users ungrant_users verify_email_users');
ROLLBACK;
BEGIN;
SET CONSTRAINTS ALL IMMEDIATE;
SELECT hob.staff_enter('sql-test-staff-ada', 'sql test', '192.0.2.1', 'a call') \g /dev/null
SELECT pg_temp.refuses(name || ' wants the password again', 'HB403', format(call, :vic))
  FROM pg_temp.acts() WHERE name IN ('delete_users', 'change_email_users');
SELECT pg_temp.equals('ada gives hers', (SELECT confirmed::text FROM staff.confirm('$kind$salt of ada$hash of ada')), 'true');

-- --- an account ------------------------------------------------------------------------------

SELECT pg_temp.equals('an account is shown', (SELECT concat_ws(' ', email, name, is_active, is_verified, tier, is_leaving,
	residence_count, storage_bytes, session_count, device_count) FROM staff.users WHERE id = :ann),
	'ann@sql.test Ann t f free f 1 0 1 0');
SELECT pg_temp.equals('of another version nothing is changed',
	pg_temp.touches(format('SELECT * FROM staff.update_users(%L, ''{7}'', ''{"first_name": "X"}'')', :ann)), '0');
SELECT pg_temp.equals('a name is changed, and homes forget the one before',
	(SELECT array_to_string(ARRAY(SELECT unnest(_touch) ORDER BY 1), ' ')
	   FROM staff.update_users(:ann, '{1}', '{"first_name": "Anne"}')),
	'residence:a0000000-0000-7000-8000-0000000002aa token:sql-test-good token:sql-test-over token:sql-test-pat '
	|| 'user:a0000000-0000-7000-8000-00000000000a');
SELECT pg_temp.equals('which is on record', pg_temp.event_of(:ann),
	'update a call {"first_name": "Ann"} {"first_name": "Anne"}');
SELECT pg_temp.equals('a change of nothing', (SELECT _touch::text FROM staff.update_users(:ann, '{2}', '{"first_name": "Anne"}')), '{}');
SELECT pg_temp.equals('is no version', (SELECT version::text FROM staff.users WHERE id = :ann), '2');
SELECT pg_temp.equals('and no event', pg_temp.events(), '2');
SELECT * FROM staff.update_users(:ann, NULL, '{"email": "x@sql.test", "is_active": false}') \g /dev/null
SELECT pg_temp.equals('nothing else is changed by it', (SELECT concat_ws(' ', u.email, u.is_active)
	FROM staff.users u WHERE u.id = :ann), 'ann@sql.test t');
SELECT pg_temp.refuses('a time zone that there is not is refused', '23514',
	format('SELECT * FROM staff.update_users(%L, NULL, ''{"time_zone": "Mars/North"}'')', :ann));

SELECT pg_temp.equals('who is disabled is signed out',
	(SELECT array_to_string(ARRAY(SELECT unnest(_touch) ORDER BY 1), ' ') FROM staff.deactivate_users(:bob, NULL)),
	'residence:a0000000-0000-7000-8000-0000000002bb token:sql-test-bob user:a0000000-0000-7000-8000-00000000000b');
SELECT pg_temp.equals('which is on record', pg_temp.event_of(:bob), 'deactivate a call {"is_active": true} {"is_active": false}');
SELECT pg_temp.refuses(act || ' of who is disabled is refused', 'HB409', format('SELECT * FROM staff.%I(%L, NULL)', act, :bob))
  FROM unnest('{send_reset_users,test_mail_users,test_push_users}'::text[]) act;
SELECT * FROM staff.activate_users(:bob, NULL) \g /dev/null
SELECT pg_temp.equals('and may come back', (SELECT u.is_active::text FROM staff.users u WHERE u.id = :bob), 'true');

SELECT pg_temp.refuses('an address that somebody has is refused', '23505',
	format('SELECT * FROM staff.change_email_users(%L, ''{"email": "VIC@sql.test"}'')', :ann));
SELECT pg_temp.refuses('a mail for trying goes to no address that nobody proved', 'HB409',
	format('SELECT * FROM staff.test_mail_users(%L, NULL)', :ann));
SELECT * FROM staff.verify_email_users(:ann, NULL) \g /dev/null
SELECT pg_temp.equals('an address is proved', (SELECT u.is_verified::text FROM staff.users u WHERE u.id = :ann), 'true');
SELECT pg_temp.equals('then it does', pg_temp.touches(format('SELECT * FROM staff.test_mail_users(%L, NULL)', :ann)), '1');
SELECT pg_temp.equals('another address ends all access',
	(SELECT array_to_string(ARRAY(SELECT DISTINCT unnest(_touch) ORDER BY 1), ' ')
	   FROM staff.change_email_users(:ann, '{"email": "anne@sql.test"}')),
	'residence:a0000000-0000-7000-8000-0000000002aa token:sql-test-good token:sql-test-idle token:sql-test-over '
	|| 'token:sql-test-pat user:a0000000-0000-7000-8000-00000000000a');
SELECT pg_temp.equals('and nobody has proved it', pg_temp.event_of(:ann), 'change_email a call '
	|| '{"email": "ann@sql.test", "is_verified": true} {"email": "anne@sql.test", "is_verified": false}');

SELECT pg_temp.refuses('a tier that there is not is refused', '23514',
	format('SELECT * FROM staff.grant_tier_users(%L, ''{"tier": "gold"}'')', :ann));
SELECT pg_temp.refuses('and one until yesterday', '23514',
	format('SELECT * FROM staff.grant_tier_users(%L, ''{"tier": "pro", "until": "2001-01-01"}'')', :ann));
SELECT * FROM staff.grant_tier_users(:ann, '{"tier": "pro"}') \g /dev/null
SELECT pg_temp.equals('a tier is given', (SELECT u.tier FROM staff.users u WHERE u.id = :ann), 'pro');
SELECT * FROM staff.ungrant_users(:ann, NULL) \g /dev/null
SELECT pg_temp.equals('and taken back', (SELECT u.tier FROM staff.users u WHERE u.id = :ann), 'free');
SELECT pg_temp.equals('which is on record', pg_temp.event_of(:ann), 'ungrant a call {"tier": "pro"} {"tier": "free"}');

SELECT pg_temp.refuses('who owns a home of others stays', 'HB409', format('SELECT * FROM staff.delete_users(%L, NULL)', :ann));
SELECT * FROM staff.delete_users(:vic, '{1}') \g /dev/null
SELECT pg_temp.equals('who owns none leaves', (SELECT (u.deletes_at - now())::text FROM staff.users u WHERE u.id = :vic), '14 days');
SELECT * FROM staff.delete_users(:vic, NULL) \g /dev/null
SELECT pg_temp.equals('a second time it is no event', (SELECT u.version::text FROM staff.users u WHERE u.id = :vic), '2');
SELECT * FROM staff.cancel_deletion_users(:vic, NULL) \g /dev/null
SELECT pg_temp.equals('and stays', (SELECT u.is_leaving::text FROM staff.users u WHERE u.id = :vic), 'false');
SELECT pg_temp.equals('what it had is on record', (SELECT string_agg(action, ' ' ORDER BY seq) FROM staff.audit_events
	WHERE subject = :vic AND at = now()), 'delete cancel_deletion');
ROLLBACK;

-- --- sessions ----------------------------------------------------------------------------------

BEGIN;
SELECT hob.staff_enter('sql-test-staff-sue', 'sql test', '192.0.2.1', 'a call') \g /dev/null
SELECT pg_temp.equals('sessions that are over are not shown',
	(SELECT string_agg(id::text, ' ') FROM staff.sessions WHERE user_id = :ann), 'a0000000-0000-7000-8000-000000000101');
SELECT pg_temp.equals('one is ended', (SELECT _touch::text FROM staff.delete_sessions(:bob_session, NULL)),
	'{user:a0000000-0000-7000-8000-00000000000b,token:sql-test-bob}');
SELECT pg_temp.equals('once', pg_temp.touches(format('SELECT * FROM staff.delete_sessions(%L, NULL)', :bob_session)), '0');
ROLLBACK;

-- --- plans -------------------------------------------------------------------------------------

-- Each index of users that a statement goes by, in one string.
CREATE FUNCTION pg_temp.user_indexes_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	found text[];
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) EXECUTE ' || statement LOOP
		found := found || substring(line FROM ' (?:using|on) (users_\w+)');
	END LOOP;
	RETURN (SELECT string_agg(DISTINCT f, ' ' ORDER BY f) FROM unnest(found) f WHERE f IS NOT NULL);
END
$$;
BEGIN;
SET LOCAL enable_seqscan = off;
SET LOCAL enable_sort = off;
SELECT pg_temp.equals(what || ' are found by ' || wanted, pg_temp.user_indexes_of(statement), wanted)
  FROM (VALUES ('the newest', NULL, NULL, NULL, 'users_created_at_idx'), ('the disabled', 'f', NULL, NULL, 'users_disabled_idx'),
	('the unproved', NULL, 'f', NULL, 'users_unverified_idx'), ('those that are both', 'f', 'f', NULL, 'users_disabled_idx')) v (what, active, verified, leaving, wanted),
       format('"users_list#-created_at"(NULL, NULL, %L, %L, %L, NULL, NULL, ''25'', ''0'')', active, verified, leaving) statement;
SET LOCAL enable_indexscan = off;
SET LOCAL enable_sort = on;
-- An id that is none is looked for in any index.
SELECT pg_temp.holds(what || ' are found by ' || wanted, strpos(found, wanted) > 0, found)
  FROM (VALUES ('those of a search', 'ann', NULL, 'users_last_name_key_idx users_mail_key_idx users_name_key_idx'),
	('those that leave', NULL, 't', 'users_delete_at_idx')) v (what, search, leaving, wanted),
       format('"users_list#-created_at"(NULL, %L, NULL, NULL, %L, NULL, NULL, ''25'', ''0'')', search, leaving) statement,
       pg_temp.user_indexes_of(statement) found;
ROLLBACK;
