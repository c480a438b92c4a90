-- Homes, their members and codes, for staff. What they change follows from the same functions and triggers as when the
-- household does it, as nobody's act (hob.act_as_support); whose it was is in the record.
-- after: staff audit activity sharing leaving touch limits

-- For searches, and a column of a view.
GRANT EXECUTE ON FUNCTION hob.folded(text), hob.home_grace() TO hob_staff;

-- --- homes ----------------------------------------------------------------------------------

CREATE OR REPLACE VIEW staff.residences AS
SELECT r.id, r.name, r.type, r.owner_id,
       (SELECT count(*)::int FROM residence_members m WHERE m.residence_id = r.id) AS member_count,
       r.street_address, r.unit, r.city, r.region, r.postal_code, r.country::text AS country, r.time_zone,
       r.currency::text AS currency, r.first_weekday, r.created_at, r.updated_at,
       r.deleted_at IS NOT NULL AS is_deleted, r.deleted_at, r.deleted_at + hob.home_grace() AS restorable_until, r.version
  FROM residences r
 WHERE (SELECT hob.staff_may('support'));

-- The residence, locked; all null: there is none, or none of these versions. HB409 for a deleted one, to which nothing
-- is done but that it comes back.
CREATE OR REPLACE FUNCTION hob.hold_home(residence uuid, if_versions int[] DEFAULT NULL) RETURNS residences
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	h residences;
BEGIN
	SELECT r.* INTO h FROM residences r WHERE r.id = residence FOR NO KEY UPDATE;
	IF h.id IS NULL OR h.version <> ALL (if_versions) THEN
		RETURN NULL;
	ELSIF h.deleted_at IS NOT NULL THEN
		RAISE EXCEPTION 'deleted' USING ERRCODE = 'HB409', CONSTRAINT = 'home_deleted';
	END IF;
	RETURN h;
END
$$;

CREATE OR REPLACE FUNCTION hob.staff_update_residences(subject uuid, if_versions int[], body jsonb)
RETURNS TABLE (id uuid, _touch text[])
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	was residences;
	wanted residences;
	is_now residences;
BEGIN
	was := hob.hold_home(subject, if_versions);
	wanted := jsonb_populate_record(was, body);
	IF was.id IS NULL OR wanted = was THEN
		RETURN QUERY SELECT was.id, '{}'::text[] WHERE was.id IS NOT NULL;
		RETURN;
	END IF;
	-- Before the table says so: its words would put the whole row in the log.
	IF NOT hob.is_time_zone(wanted.time_zone) THEN
		RAISE EXCEPTION 'no such time zone' USING ERRCODE = '23514', CONSTRAINT = 'residences_time_zone_check';
	END IF;
	PERFORM hob.act_as_support();
	UPDATE residences r
	   SET (name, street_address, unit, city, region, postal_code, country, time_zone, updated_at, version) =
	       (wanted.name, wanted.street_address, wanted.unit, wanted.city, wanted.region, wanted.postal_code,
		wanted.country, wanted.time_zone, now(), r.version + 1)
	 WHERE r.id = subject
	RETURNING r.* INTO is_now;
	PERFORM hob.audit_change('update', 'residences', subject::text, to_jsonb(was), to_jsonb(is_now));
	RETURN QUERY SELECT subject, hob.touch_residence(subject);
END
$$;

-- As by its owner. What it narrowed of access tokens goes with it, so they are named before.
CREATE OR REPLACE FUNCTION hob.staff_delete_residences(subject uuid, if_versions int[])
RETURNS TABLE (id uuid, _touch text[])
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	was residences;
	is_now residences;
	touched text[];
BEGIN
	was := hob.hold_home(subject, if_versions);
	IF was.id IS NULL THEN
		RETURN;
	END IF;
	touched := hob.touch_residence(subject);
	PERFORM hob.act_as_support();
	UPDATE residences r SET deleted_at = now(), updated_at = now(), version = r.version + 1
	 WHERE r.id = subject
	RETURNING r.* INTO is_now;
	PERFORM hob.audit_change('delete', 'residences', subject::text, to_jsonb(was), to_jsonb(is_now));
	RETURN QUERY SELECT subject, touched;
END
$$;

-- HB409 for who may not have a deleted residence back: it is on its way out, its owner has no room, or is leaving.
CREATE OR REPLACE FUNCTION hob.require_restorable(h residences) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	reason CONSTANT text := CASE
		WHEN h.deleted_at <= now() - hob.home_grace() THEN 'home_gone'
		WHEN EXISTS (SELECT FROM users u WHERE u.id = h.owner_id AND u.delete_at IS NOT NULL) THEN 'owner_leaving'
		WHEN (SELECT hob.used_of('residences', h.owner_id) >= l AND l >= 0
			FROM hob.limit_of('residences', h.owner_id) l) THEN 'owner_full' END;
BEGIN
	IF reason IS NOT NULL THEN
		RAISE EXCEPTION 'not restorable' USING ERRCODE = 'HB409', CONSTRAINT = reason;
	END IF;
END
$$;

-- Brings a deleted one back, with its members. What they gave in it (codes, feeds, webhooks) has ended for good. Their
-- accounts are held first, for it counts for its owner, and learns their names anew.
CREATE OR REPLACE FUNCTION hob.staff_restore_residences(subject uuid, body jsonb) RETURNS TABLE (id uuid, _touch text[])
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	was residences;
	is_now residences;
BEGIN
	PERFORM FROM users u
	  WHERE u.id IN (SELECT m.user_id FROM residence_members m WHERE m.residence_id = subject)
	  ORDER BY u.id FOR NO KEY UPDATE;
	SELECT r.* INTO was FROM residences r WHERE r.id = subject FOR NO KEY UPDATE;
	IF was.deleted_at IS NULL THEN
		RETURN QUERY SELECT was.id, '{}'::text[] WHERE was.id IS NOT NULL;
		RETURN;
	END IF;
	PERFORM hob.require_restorable(was), hob.act_as_support();
	UPDATE residences r SET deleted_at = NULL, updated_at = now(), version = r.version + 1
	 WHERE r.id = subject
	RETURNING r.* INTO is_now;
	PERFORM hob.audit_change('restore', 'residences', subject::text, to_jsonb(was), to_jsonb(is_now));
	RETURN QUERY SELECT subject, hob.touch_residence(subject);
END
$$;

-- Makes a member the owner. HB409 when somebody else owns it since this began: then another account is held.
CREATE OR REPLACE FUNCTION hob.staff_hand_over_residences(subject uuid, body jsonb) RETURNS TABLE (id uuid, _touch text[])
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	who CONSTANT uuid := body ->> 'to';
	owner CONSTANT uuid := (SELECT r.owner_id FROM residences r WHERE r.id = subject);
	was residences;
	touched text[];
BEGIN
	PERFORM FROM users u WHERE u.id IN (who, owner) ORDER BY u.id FOR NO KEY UPDATE;
	was := hob.hold_home(subject);
	IF was.id IS NULL THEN
		RETURN;
	ELSIF was.owner_id <> owner THEN
		RAISE EXCEPTION 'another owner' USING ERRCODE = 'HB409', CONSTRAINT = 'owner_changed';
	ELSIF NOT EXISTS (SELECT FROM residence_members m WHERE (m.residence_id, m.user_id) = (subject, who)) THEN
		RAISE EXCEPTION 'no such member' USING ERRCODE = 'HB409', CONSTRAINT = 'not_a_member';
	END IF;
	PERFORM hob.act_as_support();
	touched := hob.hand_over(subject, who, now());
	PERFORM hob.audit('hand_over', 'residences', subject::text, jsonb_build_object('owner_id', owner),
		jsonb_build_object('owner_id', who));
	RETURN QUERY SELECT subject, touched;
END
$$;

-- --- members --------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION hob.version_of(m residence_members) RETURNS int
LANGUAGE sql IMMUTABLE RETURN hash_record(ROW(m.role, m.joined_at, m.gone)) & 2147483647;
GRANT EXECUTE ON FUNCTION hob.version_of(residence_members) TO hob_staff;

-- Of a residence that is deleted those who come back with it. residence_people has an index of all of an account.
CREATE OR REPLACE VIEW staff.members AS
SELECT m.residence_id::text || ':' || m.user_id::text AS id, p.residence_id, p.user_id, p.name AS user_name,
       m.role::text AS role, m.joined_at, m.gone AS is_deleted, hob.version_of(m) AS version
  FROM residence_members m
  JOIN residence_people p ON p.residence_id = m.residence_id AND p.user_id = m.user_id
 WHERE (SELECT hob.staff_may('support'));

-- The membership of this id, behind its residence, which is locked; all null: there is none, or none of these versions.
CREATE OR REPLACE FUNCTION hob.hold_member(member text, if_versions int[]) RETURNS residence_members
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	found_one residence_members;
BEGIN
	PERFORM hob.hold_home(m.residence_id) FROM residence_members m
	  WHERE m.residence_id::text || ':' || m.user_id::text = member;
	SELECT m.* INTO found_one FROM residence_members m
	 WHERE m.residence_id::text || ':' || m.user_id::text = member
	   AND (if_versions IS NULL OR hob.version_of(m) = ANY (if_versions));
	RETURN found_one;
END
$$;

CREATE OR REPLACE FUNCTION hob.staff_update_members(subject text, if_versions int[], body jsonb)
RETURNS TABLE (id text, _touch text[])
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	wanted CONSTANT residence_role := body ->> 'role';
	was residence_members;
	touched text[];
BEGIN
	was := hob.hold_member(subject, if_versions);
	IF was.user_id IS NULL OR wanted IS NULL OR wanted = was.role THEN
		RETURN QUERY SELECT subject, '{}'::text[] WHERE was.user_id IS NOT NULL;
		RETURN;
	ELSIF wanted = 'owner' THEN
		RAISE EXCEPTION 'the owner' USING ERRCODE = 'HB409', CONSTRAINT = 'owner_must_transfer';
	END IF;
	PERFORM hob.act_as_support();
	touched := hob.give_role(was.residence_id, was.user_id, wanted);
	PERFORM hob.audit('update', 'members', subject, jsonb_build_object('role', was.role),
		jsonb_build_object('role', wanted));
	RETURN QUERY SELECT subject, touched;
END
$$;

CREATE OR REPLACE FUNCTION hob.staff_delete_members(subject text, if_versions int[]) RETURNS TABLE (id text, _touch text[])
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	was residence_members;
	touched text[];
BEGIN
	was := hob.hold_member(subject, if_versions);
	IF was.user_id IS NULL THEN
		RETURN;
	END IF;
	PERFORM hob.act_as_support(), hob.other_member(was.residence_id, was.user_id);
	touched := hob.end_membership(was.residence_id, was.user_id);
	PERFORM hob.audit('delete', 'members', subject,
		jsonb_build_object('role', was.role, 'joined_at', was.joined_at));
	RETURN QUERY SELECT subject, touched;
END
$$;

-- --- codes ----------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION hob.version_of(c share_codes) RETURNS int
LANGUAGE sql IMMUTABLE RETURN hash_record(ROW(c.role, c.email, c.expires_at, c.max_uses, c.used_count,
	c.declined_at, c.revoked_at)) & 2147483647;
GRANT EXECUTE ON FUNCTION hob.version_of(share_codes) TO hob_staff;

CREATE OR REPLACE VIEW staff.share_codes AS
SELECT c.id, c.residence_id, c.role::text AS role, CASE
		WHEN c.revoked_at IS NOT NULL THEN 'revoked'
		WHEN c.declined_at IS NOT NULL THEN 'declined'
		WHEN c.used_count >= c.max_uses THEN 'used'
		WHEN c.expires_at <= now() THEN 'expired'
		ELSE 'active' END AS state,
       c.email, c.created_by, c.created_at, c.expires_at, c.max_uses, c.used_count, c.declined_at, c.revoked_at,
       hob.version_of(c) AS version
  FROM share_codes c
 WHERE (SELECT hob.staff_may('support'));

-- Revokes one. What is used up, declined or revoked opens nothing, and stays as it is.
CREATE OR REPLACE FUNCTION hob.staff_delete_share_codes(subject uuid, if_versions int[])
RETURNS TABLE (id uuid, _touch text[])
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	was share_codes;
BEGIN
	SELECT c.* INTO was FROM share_codes c
	 WHERE c.id = subject AND (if_versions IS NULL OR hob.version_of(c) = ANY (if_versions)) FOR NO KEY UPDATE;
	IF was.id IS NULL OR was.revoked_at IS NOT NULL OR was.declined_at IS NOT NULL OR was.used_count >= was.max_uses THEN
		RETURN QUERY SELECT was.id, '{}'::text[] WHERE was.id IS NOT NULL;
		RETURN;
	END IF;
	PERFORM hob.act_as_support();
	UPDATE share_codes c SET revoked_at = now() WHERE c.id = subject;
	PERFORM hob.audit('delete', 'share-codes', subject::text, '{"revoked_at": null}',
		jsonb_build_object('revoked_at', now()));
	RETURN QUERY SELECT subject, ARRAY['residence:' || was.residence_id];
END
$$;

GRANT SELECT ON staff.residences, staff.members, staff.share_codes TO hob_staff;
