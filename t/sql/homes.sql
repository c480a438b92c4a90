-- What staff do with homes, members and codes, as hob_owner, who sees what follows. Each is written by
-- t/sql/fixtures.sql.

\set ann '''a0000000-0000-7000-8000-00000000000a'''
\set vic '''a0000000-0000-7000-8000-00000000000c'''
\set dot '''a0000000-0000-7000-8000-00000000000d'''
\set home_a '''a0000000-0000-7000-8000-0000000002aa'''
\set home_d '''a0000000-0000-7000-8000-0000000002dd'''
\set vic_in_a '''a0000000-0000-7000-8000-0000000002aa:a0000000-0000-7000-8000-00000000000c'''
\set ann_in_a '''a0000000-0000-7000-8000-0000000002aa:a0000000-0000-7000-8000-00000000000a'''
\set code '''a0000000-0000-7000-8000-000000000a01'''

-- Enters as one of staff, with a reason or without, and with the password given again or not. Events get their places
-- in the record at once.
CREATE FUNCTION pg_temp.enter(who text, reason text DEFAULT 'a call', confirmed bool DEFAULT true) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	SET CONSTRAINTS ALL IMMEDIATE;
	PERFORM hob.staff_enter('sql-test-staff-' || who, 'sql homes', '192.0.2.1', reason), set_config('hob.user_id', '', true);
	UPDATE staff_sessions s SET confirmed_at = CASE WHEN confirmed THEN now() END WHERE s.id = hob.staff_session_id();
END
$$;
-- What the record, and the activity of a home, have of this transaction.
CREATE FUNCTION pg_temp.record() RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(concat_ws(' ', e.action, e.entity, e.subject, e.reason,
			e.before || coalesce(v.before, '{}'), e.after || coalesce(v.after, '{}')), '; ' ORDER BY e.seq)
	  FROM audit_events e LEFT JOIN audit_values v ON v.event_id = e.id WHERE e.request_id = 'sql homes'
$$;
CREATE FUNCTION pg_temp.told(home uuid) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(concat_ws(' ', a.subject, a.action, a.changes::text, coalesce(a.user_id::text, 'nobody')), '; ' ORDER BY a.id)
	  FROM activity a WHERE a.residence_id = home AND a.request_id = 'sql homes'
$$;
CREATE FUNCTION pg_temp.noticed(who uuid) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(n.kind || ' ' || n.facts, '; ' ORDER BY n.id) FROM notices n
	 WHERE n.user_id = who AND n.act = pg_current_xact_id()
$$;

-- --- who may ------------------------------------------------------------------------------------

BEGIN;
SELECT pg_temp.enter('sue', NULL) \g /dev/null
SELECT pg_temp.refuses(act || ' wants a reason', 'HB422', 'SELECT * FROM ' || act)
  FROM (VALUES (format('staff.update_residences(%L, NULL, ''{"name": "X"}'')', :home_a)),
	(format('staff.restore_residences(%L, ''{}'')', :home_d)),
	(format('staff.update_members(%L, NULL, ''{"role": "member"}'')', :vic_in_a)),
	(format('staff.delete_members(%L, NULL)', :vic_in_a)), (format('staff.delete_share_codes(%L, NULL)', :code)),
	(format('staff.hand_over_residences(%L, ''{"to": "%s"}'')', :home_a, :vic))) v (act);
SELECT pg_temp.enter('sue', confirmed => false) \g /dev/null
SELECT pg_temp.refuses('a home is handed over behind the password alone', 'HB403',
	format('SELECT * FROM staff.hand_over_residences(%L, ''{"to": "%s"}'')', :home_a, :vic));
SELECT pg_temp.refuses('support deletes no home', 'HB403', format('SELECT * FROM staff.delete_residences(%L, NULL)', :home_a));
SELECT pg_temp.enter('ada', confirmed => false) \g /dev/null
SELECT pg_temp.refuses('nor does an admin without the password', 'HB403',
	format('SELECT * FROM staff.delete_residences(%L, NULL)', :home_a));
ROLLBACK;

-- --- homes --------------------------------------------------------------------------------------

BEGIN;
SELECT pg_temp.enter('sue') \g /dev/null
SELECT pg_temp.equals('an update of another version is none',
	(SELECT count(*)::text FROM staff.update_residences(:home_a, '{7,8}', '{"name": "X"}')), '0');
SELECT pg_temp.equals('a home has another name, and all who belong to it forget the old one',
	(SELECT (_touch @> ARRAY['residence:' || :home_a, 'user:' || :ann, 'user:' || :vic])::text
	   FROM staff.update_residences(:home_a, '{1}', '{"name": "Hut", "time_zone": "Europe/Berlin", "city": "Bonn"}')), 'true');
SELECT pg_temp.equals('it is so', (SELECT concat_ws(' ', name, time_zone, city, version, changed = pg_current_xact_id())
	FROM residences WHERE id = :home_a), 'Hut Europe/Berlin Bonn 2 t');
SELECT pg_temp.equals('as nobody''s act', pg_temp.told(:home_a), 'residence updated {city,name,time_zone} nobody');
SELECT pg_temp.equals('which the record knows', pg_temp.record(), 'update residences ' || :home_a || ' a call '
	|| '{"city": null, "name": "A", "time_zone": "Asia/Tokyo"} {"city": "Bonn", "name": "Hut", "time_zone": "Europe/Berlin"}');
SELECT pg_temp.equals('where what is personal stands beside the chain, as the home''s',
	(SELECT concat_ws(' ', e.before, e.after, e.personal, e.about, e.seal = hob.audit_seal(v)) FROM audit_events e
	   JOIN audit_values v ON v.event_id = e.id WHERE e.request_id = 'sql homes'),
	'{"city": null, "name": null, "time_zone": null} {"city": null, "name": null, "time_zone": null} {city,name,time_zone} '
	|| :home_a || ' t');
SELECT pg_temp.equals('what changes nothing is no change',
	(SELECT concat_ws(' ', id, _touch) FROM staff.update_residences(:home_a, NULL, '{"name": "Hut"}')), :home_a || ' {}');
SELECT pg_temp.equals('and leaves nothing behind', (SELECT version::text FROM residences WHERE id = :home_a), '2');
SELECT pg_temp.refuses('a deleted one is not changed', 'HB409',
	format('SELECT * FROM staff.update_residences(%L, NULL, ''{"name": "X"}'')', :home_d));
ROLLBACK;

BEGIN;
UPDATE access_tokens SET residence_ids = ARRAY[:home_a, :home_d]::uuid[] WHERE user_id = :ann;
SELECT pg_temp.enter('ada') \g /dev/null
SELECT pg_temp.equals('a home is deleted, and its tokens forget it',
	(SELECT (_touch @> ARRAY['residence:' || :home_a, 'user:' || :vic, 'token:sql-test-pat'])::text
	   FROM staff.delete_residences(:home_a, '{1}')), 'true');
SELECT pg_temp.equals('its members have lost it',
	(SELECT string_agg(gone::text, ' ') FROM residence_members WHERE residence_id = :home_a), 'true true');
SELECT pg_temp.equals('are told so by sync', (SELECT count(*)::text FROM tombstones
	WHERE residence_id = :home_a AND kind = 'members' AND changed = pg_current_xact_id()), '2');
SELECT pg_temp.equals('and tokens are not narrowed to it any more',
	(SELECT (:home_a = ANY (residence_ids))::text FROM access_tokens WHERE user_id = :ann), 'false');
SELECT pg_temp.equals('it counts for nobody', (SELECT hob.used_of('residences', :ann)::text), '0');
SELECT pg_temp.equals('its activity has it as nobody''s', pg_temp.told(:home_a), 'residence deleted {} nobody');
SELECT pg_temp.equals('and no account has it in its trail',
	(SELECT count(*)::text FROM activity WHERE request_id = 'sql homes' AND residence_id IS NULL), '0');
SELECT pg_temp.refuses('it is deleted once', 'HB409', format('SELECT * FROM staff.delete_residences(%L, NULL)', :home_a));
SELECT pg_temp.equals('it comes back', (SELECT (_touch @> ARRAY['residence:' || :home_a, 'user:' || :vic])::text
	FROM staff.restore_residences(:home_a, '{}')), 'true');
SELECT pg_temp.equals('with its members', (SELECT string_agg(gone || ' ' || (changed = pg_current_xact_id()), ', ')
	FROM residence_members WHERE residence_id = :home_a), 'false true, false true');
SELECT pg_temp.equals('and counts again', (SELECT hob.used_of('residences', :ann)::text), '1');
SELECT pg_temp.equals('once', (SELECT _touch::text FROM staff.restore_residences(:home_a, '{}')), '{}');
SELECT pg_temp.equals('the record has each act',
	(SELECT string_agg(action, ' ' ORDER BY seq) FROM audit_events WHERE request_id = 'sql homes'), 'delete restore');
SELECT pg_temp.equals('and the home, too', pg_temp.told(:home_a), 'residence deleted {} nobody; residence restored {} nobody');
ROLLBACK;

BEGIN;
SELECT pg_temp.enter('sue') \g /dev/null
UPDATE tier_limits SET most = 1 WHERE name = 'residences';
SELECT pg_temp.refuses('no home comes back to who has no room', 'HB409',
	format('SELECT * FROM staff.restore_residences(%L, ''{}'')', :home_d));
UPDATE tier_limits SET most = 2 WHERE name = 'residences';
UPDATE users SET delete_at = now() + interval '1 day' WHERE id = :ann;
SELECT pg_temp.refuses('nor to who is leaving', 'HB409', format('SELECT * FROM staff.restore_residences(%L, ''{}'')', :home_d));
UPDATE users SET delete_at = NULL WHERE id = :ann;
UPDATE residences SET deleted_at = now() - interval '31 days' WHERE id = :home_d;
SELECT pg_temp.refuses('nor after its time', 'HB409', format('SELECT * FROM staff.restore_residences(%L, ''{}'')', :home_d));
UPDATE residences SET deleted_at = now() - interval '29 days' WHERE id = :home_d;
SELECT pg_temp.equals('else it does', (SELECT count(*)::text FROM staff.restore_residences(:home_d, '{}')), '1');
SELECT pg_temp.equals('one that there is not does not', (SELECT count(*)::text FROM staff.restore_residences(:ann, '{}')), '0');
ROLLBACK;

-- --- handed over ----------------------------------------------------------------------------------

BEGIN;
SELECT pg_temp.enter('sue') \g /dev/null
SELECT pg_temp.refuses('a home is not handed to ' || who, 'HB409',
	format('SELECT * FROM staff.hand_over_residences(%L, ''{"to": "%s"}'')', :home_a, id))
  FROM (VALUES ('who does not belong to it', :dot), ('who owns it', :ann)) v (who, id);
UPDATE tier_limits SET most = 0 WHERE name = 'residences';
SELECT pg_temp.refuses('nor to who has no room', 'HB409',
	format('SELECT * FROM staff.hand_over_residences(%L, ''{"to": "%s"}'')', :home_a, :vic));
UPDATE tier_limits SET most = 1 WHERE name = 'residences';
UPDATE users SET is_active = false WHERE id = :vic;
SELECT pg_temp.refuses('nor to who is disabled', 'HB409',
	format('SELECT * FROM staff.hand_over_residences(%L, ''{"to": "%s"}'')', :home_a, :vic));
UPDATE users SET is_active = true WHERE id = :vic;
SELECT pg_temp.equals('to a member it is', (SELECT (_touch @> ARRAY['residence:' || :home_a, 'user:' || :ann, 'user:' || :vic])::text
	FROM staff.hand_over_residences(:home_a, jsonb_build_object('to', :vic))), 'true');
SELECT pg_temp.equals('who owns it from now on', (SELECT string_agg(role::text, ' ' ORDER BY user_id)
	FROM residence_members WHERE residence_id = :home_a), 'manager owner');
SELECT pg_temp.equals('and pays for it', concat_ws(' ', hob.used_of('residences', :ann), hob.used_of('residences', :vic)), '0 1');
SELECT pg_temp.equals('both are told, of nobody', concat_ws(', ', pg_temp.noticed(:ann), pg_temp.noticed(:vic)),
	'role_changed {"who": "", "home": "A", "role": "manager"}, residence_shared {"who": "", "home": "A", "role": "owner"}');
SELECT pg_temp.equals('as is the home', pg_temp.told(:home_a), 'member role_changed {role} nobody; '
	|| 'member role_changed {role} nobody; residence transferred {owner_id} nobody');
SELECT pg_temp.equals('and the record', pg_temp.record(), format('hand_over residences %s a call {"owner_id": "%s"} {"owner_id": "%s"}',
	:home_a, :ann, :vic));
ROLLBACK;

-- --- members --------------------------------------------------------------------------------------

BEGIN;
INSERT INTO access_tokens (id, user_id, name, token_hash, hint, scope, residence_ids) VALUES
	(gen_random_uuid(), :vic, 'Script', 'sql-test-vic', 'xxxx', 'read', ARRAY[:home_a]::uuid[]);
UPDATE tasks SET assigned_to_id = :vic WHERE residence_id = :home_a;
SELECT pg_temp.enter('sue') \g /dev/null
SELECT pg_temp.equals('a member has another role', (SELECT (_touch @> ARRAY['residence:' || :home_a, 'user:' || :vic])::text
	FROM staff.update_members(:vic_in_a, NULL, '{"role": "member"}')), 'true');
SELECT pg_temp.equals('is told', pg_temp.noticed(:vic), 'role_changed {"who": "", "home": "A", "role": "member"}');
SELECT pg_temp.equals('and that is all of it', (SELECT _touch::text FROM staff.update_members(:vic_in_a, NULL, '{"role": "member"}')), '{}');
SELECT pg_temp.refuses('nobody is made the owner so', 'HB409',
	format('SELECT * FROM staff.update_members(%L, NULL, ''{"role": "owner"}'')', :vic_in_a));
SELECT pg_temp.refuses('nor is the owner anything else', 'HB409',
	format('SELECT * FROM staff.update_members(%L, NULL, ''{"role": "member"}'')', :ann_in_a));
SELECT pg_temp.refuses('or removed', 'HB409', format('SELECT * FROM staff.delete_members(%L, NULL)', :ann_in_a));
SELECT pg_temp.equals('who is not there is not removed', (SELECT count(*)::text FROM staff.delete_members('x', NULL)), '0');
SELECT pg_temp.equals('a member is removed, and their tokens forget the home',
	(SELECT (_touch @> ARRAY['residence:' || :home_a, 'user:' || :vic, 'token:sql-test-vic'])::text
	   FROM staff.delete_members(:vic_in_a, NULL)), 'true');
SELECT pg_temp.equals('has no task there', (SELECT count(*)::text FROM tasks WHERE assigned_to_id = :vic), '0');
SELECT pg_temp.equals('nor a token', (SELECT residence_ids::text FROM access_tokens WHERE user_id = :vic), '{}');
SELECT pg_temp.equals('is told by sync', (SELECT count(*)::text FROM tombstones
	WHERE residence_id = :home_a AND kind = 'members' AND id = :vic), '1');
SELECT pg_temp.equals('and counts no more', (SELECT hob.used_of('members', :home_a)::text), '1');
SELECT pg_temp.equals('the home is told', pg_temp.told(:home_a),
	'member role_changed {role} nobody; member removed {} nobody; task updated {assigned_to_id} nobody');
SELECT pg_temp.holds('and the record', starts_with(pg_temp.record(), 'update members ' || :vic_in_a
	|| ' a call {"role": "viewer"} {"role": "member"}; delete members ' || :vic_in_a || ' a call {"role": "member", '),
	pg_temp.record());
ROLLBACK;

-- --- codes ----------------------------------------------------------------------------------------

BEGIN;
INSERT INTO share_codes (id, residence_id, role, code_hmac, created_by, expires_at, max_uses) VALUES
	(:code, :home_a, 'viewer', 'sql-test-code', :ann, now() + interval '1 day', 1);
SELECT pg_temp.enter('sue') \g /dev/null
SELECT pg_temp.equals('a code is there', (SELECT role || ' ' || state FROM staff.share_codes WHERE id = :code), 'viewer active');
SELECT pg_temp.equals('is revoked', (SELECT _touch::text FROM staff.delete_share_codes(:code, NULL)), '{residence:' || :home_a || '}');
SELECT pg_temp.equals('once', (SELECT _touch::text FROM staff.delete_share_codes(:code, NULL)), '{}');
SELECT pg_temp.equals('and opens nothing', (SELECT state || ' ' || hob.opens(c, now())
	FROM share_codes c JOIN staff.share_codes s USING (id) WHERE c.id = :code), 'revoked false');
SELECT pg_temp.equals('the home is told', pg_temp.told(:home_a), 'share_code revoked {} nobody');
SELECT pg_temp.holds('and the record', starts_with(pg_temp.record(), 'delete share-codes ' || :code
	|| ' a call {"revoked_at": null} {"revoked_at": "'), pg_temp.record());
ROLLBACK;
