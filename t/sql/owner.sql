-- What only the owner of the schema can see of it, as hob_owner.

SELECT pg_temp.holds(relname || ' is under row-level security', relrowsecurity)
  FROM pg_class
 WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
   AND (relname IN ('users', 'residences') OR EXISTS (SELECT FROM pg_attribute
		WHERE attrelid = pg_class.oid AND attname IN ('residence_id', 'user_id')))
 ORDER BY relname;
SELECT pg_temp.holds('view ' || relname || ' looks with the eyes of its caller',
	'security_invoker=true' = ANY (reloptions))
  FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'v'
 ORDER BY relname;
SELECT pg_temp.holds(proname || ' has a search_path of its own',
	EXISTS (SELECT FROM unnest(proconfig) c WHERE c LIKE 'search_path=%'))
  FROM pg_proc WHERE pronamespace = 'hob'::regnamespace AND prosecdef
 ORDER BY proname;
SELECT pg_temp.equals('no function of hob is open to everybody',
	(SELECT string_agg(proname, ',') FROM pg_proc
	  WHERE pronamespace = 'hob'::regnamespace
	    AND (proacl IS NULL OR EXISTS (SELECT FROM aclexplode(proacl) a WHERE a.grantee = 0))),
	NULL);
-- What PostgreSQL gives to everybody by itself, wherever it stands.
SELECT pg_temp.equals('nobody but its owner makes anything in the database: no temporary table, no schema',
	(SELECT string_agg(a.grantee::regrole::text || ' ' || a.privilege_type, ', ')
	   FROM pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
	  WHERE d.datname = current_database() AND a.grantee <> d.datdba
	    AND (a.grantee = 0 OR a.privilege_type <> 'CONNECT')), NULL);
SELECT pg_temp.equals('hob_api, hob_jobs and hob_staff make nothing in any schema, and everybody enters none of ours',
	(SELECT string_agg(format('%s %s %s', a.grantee::regrole, a.privilege_type, n.nspname), ', ')
	   FROM pg_namespace n, aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a
	  WHERE n.nspname NOT IN ('pg_catalog', 'information_schema')
	    AND n.nspname !~ '^pg_(toast_)?temp' AND a.grantee <> n.nspowner
	    AND (a.grantee = 0 AND n.nspname <> 'pg_toast'
		OR a.grantee IN ('hob_api'::regrole, 'hob_jobs'::regrole, 'hob_staff'::regrole)
		AND a.privilege_type <> 'USAGE')), NULL);
-- --- staff ---------------------------------------------------------------------------------
SELECT pg_temp.equals(role || ' has no right on what is of staff, and does not enter their schema',
	(SELECT string_agg(what, ', ') FROM (
		SELECT c.oid::regclass::text FROM pg_class c
		 WHERE (c.relnamespace = 'staff'::regnamespace OR c.relname ~ '^(staff|audit)' AND c.relkind IN ('r', 'p'))
		   AND c.relkind <> 'c' AND has_table_privilege(role, c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE')
		UNION ALL
		SELECT a.attrelid::regclass || '.' || a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
		 WHERE c.relname ~ '^(staff|audit)_?' AND c.relkind IN ('r', 'p') AND a.attnum > 0
		   AND has_column_privilege(role, a.attrelid, a.attnum, 'SELECT, INSERT, UPDATE')
		UNION ALL
		SELECT p.oid::regprocedure::text FROM pg_proc p
		 WHERE (p.pronamespace = 'staff'::regnamespace OR p.proname ~ 'staff|audit')
		   AND p.pronamespace <> 'pg_catalog'::regnamespace AND has_function_privilege(role, p.oid, 'EXECUTE')
		UNION ALL
		SELECT n.nspname FROM pg_namespace n WHERE n.nspname = 'staff' AND has_schema_privilege(role, n.oid, 'USAGE')
	) found (what)), NULL)
  FROM unnest(ARRAY['hob_api', 'hob_jobs']) role;
SELECT pg_temp.holds('staff.' || c.relname || ' asks for the session', pg_get_viewdef(c.oid) ~ 'SELECT hob\.staff_')
  FROM pg_class c WHERE c.relnamespace = 'staff'::regnamespace AND c.relkind = 'v' ORDER BY c.relname;
SELECT pg_temp.holds('staff.' || c.relname || ' has no secret', NOT EXISTS (SELECT FROM pg_attribute a
	WHERE a.attrelid = c.oid AND a.attname ~ '_hash$|_hmac$|_nonce$|password|secret|token'))
  FROM pg_class c WHERE c.relnamespace = 'staff'::regnamespace AND c.relkind = 'v' ORDER BY c.relname;
SELECT pg_temp.holds('staff.' || p.proname || ' asks for the session first, or is what begins one',
	p.prosrc ~ '^\s*(DECLARE.*?)?BEGIN\s+PERFORM hob\.require_staff\(|hob\.staff_id\(\)'
	OR p.proname IN ('login_find', 'login_finish', 'login_fault', 'schema_now', 'look'))
  FROM pg_proc p WHERE p.pronamespace = 'staff'::regnamespace ORDER BY p.proname;
SELECT pg_temp.holds('staff.' || p.proname || ' has a search_path of its own',
	NOT p.prosecdef OR EXISTS (SELECT FROM unnest(p.proconfig) c WHERE c LIKE 'search_path=%'))
  FROM pg_proc p WHERE p.pronamespace = 'staff'::regnamespace ORDER BY p.proname;
SELECT pg_temp.holds('staff.' || p.proname || ' writes what it does down', coalesce(act.prosrc, p.prosrc) ~ 'hob\.(audit|\w+_listed\()')
  FROM pg_proc p
  LEFT JOIN pg_proc act ON act.pronamespace = 'hob'::regnamespace AND act.proname = 'staff_' || p.proname
 WHERE p.pronamespace = 'staff'::regnamespace AND p.provolatile = 'v' ORDER BY p.proname;
SELECT pg_temp.holds('hob.' || p.proname || ' is behind a door', NOT p.prosecdef AND p.proacl IS NOT NULL
	AND NOT has_function_privilege('hob_staff', p.oid, 'EXECUTE')
	AND EXISTS (SELECT FROM pg_proc d WHERE d.pronamespace = 'staff'::regnamespace AND 'staff_' || d.proname = p.proname))
  FROM pg_proc p
 WHERE p.pronamespace = 'hob'::regnamespace AND p.proname ~ '^staff_(create|update|delete)_' ORDER BY p.proname;

SELECT pg_temp.equals('no table, view or sequence is open to everybody',
	(SELECT string_agg(format('%s %s', a.privilege_type, c.oid::regclass), ', ')
	   FROM pg_class c, aclexplode(c.relacl) a
	  WHERE c.relnamespace IN ('public'::regnamespace, 'hob'::regnamespace) AND a.grantee = 0), NULL);
SELECT pg_temp.equals('no function outside pg_catalog is open to everybody, of an extension neither, but behind a door',
	(SELECT string_agg(p.oid::regprocedure::text, ', ')
	   FROM pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
	  WHERE p.pronamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
	    AND p.pronamespace <> pg_my_temp_schema() AND a.grantee = 0
	    AND EXISTS (SELECT FROM pg_namespace n, aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) s
			 WHERE n.oid = p.pronamespace AND s.grantee <> n.nspowner)), NULL);
SELECT pg_temp.equals('nobody holds a default privilege that opens what is yet to come to everybody',
	(SELECT string_agg(format('%s %s', defaclobjtype, a.privilege_type), ', ')
	   FROM pg_default_acl, aclexplode(defaclacl) a WHERE a.grantee = 0), NULL);
SELECT pg_temp.equals('a function that is yet to come is not open to everybody',
	(SELECT count(*)::text FROM pg_default_acl
	  WHERE defaclrole = 'hob_owner'::regrole AND defaclobjtype = 'f' AND defaclnamespace = 0), '1');
SELECT pg_temp.equals('a mail address is looked up by ' || wanted, hob.email_key(email), wanted)
  FROM (VALUES ('Robin@Example.TEST', 'robin@example.test'), ('IRIS@x', 'iris@x'),
	       ('ADM' || U&'\0130' || 'N@x', 'admi' || U&'\0307' || 'n@x'), (U&'\212A@x', 'k@x'),
	       (U&'J\030C@x', U&'\01F0@x'), ('JOSÉ@x', 'josé@x'), ('ΣΟΦΟΣ@x', 'σοφοσ@x')) v (email, wanted);
SELECT pg_temp.equals('accounts are looked up by index',
	(SELECT pg_get_indexdef('users_email_key'::regclass) LIKE '%(hob.email_key(email))')::text, 'true');
SELECT pg_temp.equals('task rows agree with their completions',
	(SELECT count(*)::text FROM tasks t
	   LEFT JOIN (SELECT task_id, count(*) AS done, max(completed_at) AS last FROM completions
		WHERE outcome = 'done' GROUP BY task_id) c ON c.task_id = t.id
	  WHERE (t.completion_count, t.last_completed_at)
		IS DISTINCT FROM (coalesce(c.done, 0), c.last)), '0');
SELECT pg_temp.equals('usage is what there is and as much as the plan allows, of everybody',
	(SELECT sum(hob.wrong_numbers(a.about))::text FROM (SELECT u.id FROM users u WHERE u.erased_at IS NULL
		UNION ALL SELECT r.id FROM residences r) a (about)), '0');
-- --- what ages ---------------------------------------------------------------------------
SELECT pg_temp.holds('no function deletes what ages row by row', NOT EXISTS (
	SELECT FROM pg_proc p, hob.aging a WHERE p.pronamespace = 'hob'::regnamespace
	   AND p.prosrc ~ ('DELETE FROM ' || a.name)));
SELECT pg_temp.equals('there are partitions for the time to come',
	(SELECT string_agg(what, ',') FROM hob.sweep_steps(now()) WHERE creates), NULL);
BEGIN;
-- Everything has a partition of a month or a day long ago.
SELECT hob.add_partition('activity', '2001-05-01', '2001-06-01'),
	hob.add_partition('tombstones', '2001-05-01', '2001-06-01'),
	hob.add_partition('idempotency_keys', '2001-05-02', '2001-05-03') \g /dev/null
CREATE FUNCTION pg_temp.dropped(at timestamptz) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(substr(statement, 12), ' ' ORDER BY statement)
	  FROM hob.sweep_steps(at) WHERE statement LIKE 'DROP TABLE %'
$$;
SELECT pg_temp.equals('partitions whose time is over are dropped', pg_temp.dropped(now()),
	'activity_20010501 idempotency_keys_20010502 tombstones_20010501');
SELECT pg_temp.equals('none before the last of its rows is over', pg_temp.dropped('2001-08-30 23:59+00'),
	'idempotency_keys_20010502');
SELECT pg_temp.equals('tombstones go a day after the last token that could ask for them',
	pg_temp.dropped('2001-08-31 00:00+00'), 'idempotency_keys_20010502 tombstones_20010501');
SELECT pg_temp.equals('a key lives for a day', pg_temp.dropped('2001-05-03 23:59+00'), NULL);
UPDATE settings SET value = -1 WHERE name = 'keep.activity';
SELECT pg_temp.equals('activity is kept as long as the setting says', pg_temp.dropped(now()),
	'idempotency_keys_20010502 tombstones_20010501');
INSERT INTO tombstones (residence_id, kind, id, created_at, buried_at)
VALUES (gen_random_uuid(), 'sql test', gen_random_uuid(), now(), '2001-04-10');
SELECT pg_temp.equals('what comes where there is no partition is kept all the same',
	(SELECT count(*)::text FROM tombstones_default WHERE buried_at < '2002-01-01'), '1');
SELECT pg_temp.equals('its time gets no partition when that is too many rows to move',
	hob.add_partition('tombstones', '2001-04-01', '2001-05-01', 0)::text, '1');
SELECT pg_temp.equals('else they are moved there',
	hob.add_partition('tombstones', '2001-04-01', '2001-05-01')::text, '0');
SELECT pg_temp.equals('and nowhere else',
	(SELECT string_agg(tableoid::regclass::text, ' ') FROM tombstones WHERE buried_at < '2002-01-01'),
	'tombstones_20010401');
INSERT INTO tombstones (residence_id, kind, id, created_at, buried_at)
VALUES (gen_random_uuid(), 'sql test', gen_random_uuid(), now(), '2001-03-10');
SELECT pg_temp.equals('what stays there is swept in its turn',
	hob.delete_some('tombstones_default', 'buried_at < ''2002-01-01''')::text, '1');
ROLLBACK;

-- What happened since the last question, in its order.
CREATE FUNCTION pg_temp.done() RETURNS text LANGUAGE sql AS $$
	WITH gone AS (DELETE FROM activity WHERE request_id IS DISTINCT FROM 'sql test' AND at = now()
		RETURNING *)
	SELECT string_agg(concat_ws(' ', subject, action, nullif(changes, '{}')), ', ' ORDER BY id) FROM gone
$$;
BEGIN;
UPDATE tasks SET title = 'x' WHERE id = 'a0000000-0000-7000-8000-0000000003aa';
SELECT pg_temp.equals('who has not entered leaves no trail', pg_temp.done(), NULL);
SELECT set_config('hob.user_id', 'a0000000-0000-7000-8000-00000000000a', true) \g /dev/null
INSERT INTO residences (id, owner_id, name, time_zone)
VALUES ('a0000000-0000-7000-8000-0000000002ee', 'a0000000-0000-7000-8000-00000000000a', 'E', 'UTC');
SELECT pg_temp.equals('a residence comes with its owner', pg_temp.done(), 'residence created');
INSERT INTO residence_members (residence_id, user_id, role) VALUES
	('a0000000-0000-7000-8000-0000000002ee', 'a0000000-0000-7000-8000-00000000000b', 'member');
SELECT pg_temp.equals('another member joins', pg_temp.done(), 'member joined');
UPDATE residence_members SET role = 'manager'
 WHERE residence_id = 'a0000000-0000-7000-8000-0000000002ee'
   AND user_id = 'a0000000-0000-7000-8000-00000000000b';
SELECT pg_temp.equals('a role changes', pg_temp.done(), 'member role_changed {role}');
UPDATE residences SET owner_id = 'a0000000-0000-7000-8000-00000000000b'
 WHERE id = 'a0000000-0000-7000-8000-0000000002ee';
SELECT pg_temp.equals('a residence is given away', pg_temp.done(), 'residence transferred {owner_id}');
UPDATE residences SET deleted_at = now() WHERE id = 'a0000000-0000-7000-8000-0000000002ee';
SELECT pg_temp.equals('a residence is deleted, and its members are not', pg_temp.done(), 'residence deleted');
UPDATE residences SET deleted_at = NULL WHERE id = 'a0000000-0000-7000-8000-0000000002ee';
SELECT pg_temp.equals('a residence is restored', pg_temp.done(), 'residence restored');
DELETE FROM residence_members WHERE residence_id = 'a0000000-0000-7000-8000-0000000002ee'
   AND user_id = 'a0000000-0000-7000-8000-00000000000b';
SELECT pg_temp.equals('others remove a member', pg_temp.done(), 'member removed');
DELETE FROM residence_members WHERE residence_id = 'a0000000-0000-7000-8000-0000000002ee'
   AND user_id = 'a0000000-0000-7000-8000-00000000000a';
SELECT pg_temp.equals('who goes alone has left', pg_temp.done(), 'member left');
UPDATE completions SET note = 'x', version = version + 1
 WHERE task_id = 'a0000000-0000-7000-8000-0000000003aa';
SELECT pg_temp.equals('a completion is changed', pg_temp.done(), 'completion updated {note}');
DELETE FROM completions WHERE task_id = 'a0000000-0000-7000-8000-0000000003aa';
SELECT pg_temp.equals('a completion is undone', pg_temp.done(), 'completion deleted');
UPDATE tasks SET completion_count = 0, last_completed_at = NULL, version = version + 1
 WHERE id = 'a0000000-0000-7000-8000-0000000003aa';
SELECT pg_temp.equals('what a task repeats of its completions is no change', pg_temp.done(), NULL);
UPDATE sessions SET last_seen_at = now() WHERE user_id = 'a0000000-0000-7000-8000-00000000000a';
SELECT pg_temp.equals('a session that is used leaves no trail', pg_temp.done(), NULL);
UPDATE users SET password_hash = 'x', version = version + 1
 WHERE id = 'a0000000-0000-7000-8000-00000000000a';
SELECT pg_temp.equals('a password is changed, and its column not named', pg_temp.done(),
	'account password_changed');
UPDATE users SET first_name = 'x', last_name = 'y' WHERE id = 'a0000000-0000-7000-8000-00000000000a';
SELECT pg_temp.equals('a name is named by what it is made of', pg_temp.done(),
	'account updated {first_name,last_name}');
ROLLBACK;
BEGIN;
SELECT set_config('hob.user_id', 'a0000000-0000-7000-8000-00000000000a', true) \g /dev/null
INSERT INTO share_codes (id, residence_id, role, code_hmac, created_by, expires_at, max_uses)
VALUES ('a0000000-0000-7000-8000-000000000500', 'a0000000-0000-7000-8000-0000000002aa', 'member', 'x',
	'a0000000-0000-7000-8000-00000000000a', now() + interval '1 day', 1);
UPDATE share_codes SET used_count = used_count + 1 WHERE id = 'a0000000-0000-7000-8000-000000000500';
UPDATE share_codes SET revoked_at = now() WHERE id = 'a0000000-0000-7000-8000-000000000500';
SELECT pg_temp.equals('a share code is made and revoked; its use is the joining of a member',
	pg_temp.done(), 'share_code created, share_code revoked');
ROLLBACK;

-- --- what somebody gives -----------------------------------------------------------------
SELECT pg_temp.equals('every table of a residence with a secret ends with the right of its giver',
	(SELECT string_agg(c.relname, ',') FROM pg_class c
	  WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
	    AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'residence_id')
	    AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname ~ '_(hash|hmac)$')
	    AND NOT ((SELECT p.prosrc FROM pg_proc p WHERE p.oid = 'hob.end_given'::regproc) ~ ('\m' || c.relname || '\M')
		AND EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgfoid = 'hob.hold_giver'::regproc))),
	NULL);
SELECT pg_temp.equals('every subject of the trail of a residence is read by who may read the thing',
	(SELECT string_agg(s.subject || ' ' || coalesce(hob.activity_reader(s.subject)::text, '-'), ', ' ORDER BY s.subject)
	   FROM (SELECT DISTINCT split_part(encode(t.tgargs, 'escape'), '\000', 1) AS subject
		   FROM pg_trigger t WHERE t.tgfoid = 'hob.log_activity'::regproc) s),
	'access_token -, account -, calendar_feed -, completion viewer, contractor viewer, device -, document viewer, file viewer, member viewer, residence viewer, session -, share_code manager, task viewer, webhook -');
SELECT pg_temp.equals('what names keys to touch looks when it is called',
	(SELECT string_agg(p.proname, ',') FROM pg_proc p WHERE p.pronamespace = 'hob'::regnamespace
	    AND p.proname LIKE 'touch\_%' AND p.provolatile <> 'v'), NULL);
BEGIN;
SELECT pg_temp.equals('disabling an account names its sessions and residences',
	(SELECT string_agg(k, ' ' ORDER BY k) FROM unnest(hob.disable_account('a0000000-0000-7000-8000-00000000000b', now())) k),
	'residence:a0000000-0000-7000-8000-0000000002bb token:sql-test-bob user:a0000000-0000-7000-8000-00000000000b');
SELECT pg_temp.equals('and ends them',
	(SELECT format('%s %s', u.is_active, (SELECT count(*) FROM sessions s WHERE s.user_id = u.id))
	   FROM users u WHERE u.id = 'a0000000-0000-7000-8000-00000000000b'), 'f 0');
SELECT pg_temp.equals('a disabled owner keeps the residence',
	(SELECT role::text FROM residence_members WHERE user_id = 'a0000000-0000-7000-8000-00000000000b'), 'owner');
ROLLBACK;
BEGIN;
UPDATE tasks SET assigned_to_id = 'a0000000-0000-7000-8000-00000000000c' WHERE id = 'a0000000-0000-7000-8000-0000000003aa';
DELETE FROM residence_members WHERE user_id = 'a0000000-0000-7000-8000-00000000000c';
SELECT pg_temp.equals('a task that loses its assignee by the foreign key is another version',
	(SELECT format('%s %s', assigned_to_id IS NULL, version) FROM tasks WHERE id = 'a0000000-0000-7000-8000-0000000003aa'), 't 2');
ROLLBACK;
SELECT pg_temp.equals('of a PHC string the salt is all but the hash', hob.password_salt('$argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA'),
	'$argon2id$v=19$m=8,t=1,p=1$c2FsdA$');
-- Seeds reckon themselves what hob.count_jobs would.
SELECT pg_temp.equals('each contractor was last used on a day of its residence',
	(SELECT count(*)::text FROM contractors c JOIN residences r ON r.id = c.residence_id
	  WHERE c.last_used_on IS DISTINCT FROM (SELECT (max(d.completed_at) AT TIME ZONE r.time_zone)::date
		  FROM completions d
		 WHERE (d.residence_id, d.contractor_id, d.outcome) = (r.id, c.id, 'done') AND d.undone_at IS NULL)),
	'0');
