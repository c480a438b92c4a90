-- Sharing a residence: its members and their roles, and codes by which somebody joins.
--
-- A function that changes who belongs to a residence locks its row first, and only then checks who may:
-- two at once happen one after the other, and the second sees what the first has done. These
-- are functions with the owner's rights, for nobody may write memberships otherwise.
-- after: residences limits activity idempotency

-- Locks who belongs to the residence until this transaction ends; then the caller
-- must have the role. HB404 for strangers and for what is gone, HB403 when it is too low, HB401 when
-- the session has ended.
CREATE OR REPLACE FUNCTION hob.lock_residence(residence uuid, wanted residence_role) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	PERFORM hob.require_session();
	PERFORM FROM residences r WHERE r.id = residence FOR NO KEY UPDATE;
	PERFORM hob.require_role(residence, wanted);
END
$$;

-- The role of a member whom the caller, who has locked the residence, is about to change or remove.
CREATE OR REPLACE FUNCTION hob.other_member(residence uuid, who uuid) RETURNS residence_role
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	have residence_role;
BEGIN
	SELECT m.role INTO have FROM residence_members m
	 WHERE m.residence_id = residence AND m.user_id = who AND NOT m.gone;
	IF have IS NULL THEN
		RAISE EXCEPTION 'no such member' USING ERRCODE = 'HB404';
	ELSIF have = 'owner' THEN
		RAISE EXCEPTION 'the owner' USING ERRCODE = 'HB409', CONSTRAINT = 'owner_must_transfer';
	END IF;
	RETURN have;
END
$$;

-- The three that follow change who belongs to a residence that is locked, for whoever may: its owner, by those behind
-- them, and support (staff_homes.sql).

CREATE OR REPLACE FUNCTION hob.give_role(residence uuid, who uuid, wanted residence_role) RETURNS text[]
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	PERFORM hob.other_member(residence, who);
	UPDATE residence_members m SET role = wanted
	 WHERE m.residence_id = residence AND m.user_id = who AND m.role <> wanted;
	RETURN hob.touch_residence(residence);
END
$$;

-- Their tasks become nobody's by the foreign key, also those that were given to them while this waited;
-- history keeps the name (residence_people).
CREATE OR REPLACE FUNCTION hob.end_membership(residence uuid, who uuid) RETURNS text[]
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	touched text[] := hob.touch_residence(residence);
BEGIN
	-- What follows from it is held before webhooks are told of it (sql/README.md, "Locks").
	PERFORM FROM tasks t WHERE t.residence_id = residence AND t.assigned_to_id = who ORDER BY t.id FOR NO KEY UPDATE;
	PERFORM FROM contractors c
	  WHERE c.id IN (SELECT o.contractor_id FROM contractor_opinions o
		 WHERE (o.user_id, o.residence_id) = (who, residence))
	  ORDER BY c.id FOR NO KEY UPDATE;
	DELETE FROM residence_members m WHERE m.residence_id = residence AND m.user_id = who;
	RETURN touched;
END
$$;

-- The owner becomes a manager. The new one must belong to the residence already, be able to sign in, and not about to
-- go. Behind both accounts: how many residences they have changes. An owner who is disabled later, be it at this moment,
-- keeps their residences: the others go on in them as they are, with the rights they have, and support can hand them
-- over. Nobody inherits by themselves.
CREATE OR REPLACE FUNCTION hob.hand_over(residence uuid, who uuid, at timestamptz) RETURNS text[]
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	IF EXISTS (SELECT FROM residences r WHERE r.id = residence AND r.owner_id = who) THEN
		RAISE EXCEPTION 'the owner' USING ERRCODE = 'HB409', CONSTRAINT = 'already_the_owner';
	END IF;
	PERFORM hob.other_member(residence, who);
	IF NOT hob.is_active_member(residence, who)
	   OR EXISTS (SELECT FROM users u WHERE u.id = who AND u.delete_at IS NOT NULL) THEN
		RAISE EXCEPTION 'a disabled account' USING ERRCODE = 'HB409', CONSTRAINT = 'member_disabled';
	END IF;
	IF (SELECT hob.used_of('residences', who) >= l AND l >= 0 FROM hob.limit_of('residences', who) l) THEN
		RAISE EXCEPTION 'no room' USING ERRCODE = 'HB409', CONSTRAINT = 'new_owner_full';
	END IF;
	UPDATE residence_members m SET role = 'manager'
	 WHERE m.residence_id = residence AND m.role = 'owner';
	UPDATE residence_members m SET role = 'owner'
	 WHERE m.residence_id = residence AND m.user_id = who;
	UPDATE residences r SET owner_id = who, updated_at = at, version = version + 1
	 WHERE r.id = residence;
	RETURN hob.touch_residence(residence);
END
$$;

CREATE OR REPLACE FUNCTION hob.set_role(residence uuid, who uuid, wanted residence_role) RETURNS text[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	PERFORM hob.lock_residence(residence, 'owner');
	RETURN hob.give_role(residence, who, wanted);
END
$$;

CREATE OR REPLACE FUNCTION hob.remove_member(residence uuid, who uuid, at timestamptz) RETURNS text[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	PERFORM hob.lock_residence(residence, 'owner');
	PERFORM hob.other_member(residence, who);
	RETURN hob.end_membership(residence, who);
END
$$;

CREATE OR REPLACE FUNCTION hob.leave(residence uuid, at timestamptz) RETURNS text[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	PERFORM hob.lock_residence(residence, 'viewer');
	PERFORM hob.other_member(residence, hob.user_id());
	RETURN hob.end_membership(residence, hob.user_id());
END
$$;

CREATE OR REPLACE FUNCTION hob.transfer(residence uuid, who uuid, at timestamptz) RETURNS text[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	-- Their account may be on its way out (hob.delete_account).
	PERFORM FROM users u WHERE u.id IN (who, hob.user_id()) ORDER BY u.id FOR NO KEY UPDATE;
	PERFORM hob.lock_residence(residence, 'owner');
	RETURN hob.hand_over(residence, who, at);
END
$$;

-- Does this person belong to the residence, with an account that is not disabled?
CREATE OR REPLACE FUNCTION hob.is_active_member(residence uuid, who uuid) RETURNS bool
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT EXISTS (SELECT FROM residence_members m JOIN users u ON u.id = m.user_id
		WHERE m.residence_id = residence AND m.user_id = who AND NOT m.gone AND u.is_active)
$$;

-- --- what somebody gave -------------------------------------------------------------------
--
-- A code, a feed, a link of a residence opens it to whoever holds it, and may do so only as long as
-- whoever gave it has the right to: it ends in the transaction that takes that right away,
-- whichever act that is. A kind of thing joins by a statement in hob.end_given and a trigger that runs
-- hob.hold_giver. Every table of a residence with a secret must (t/sql).

-- Trigger arguments: the column of who gives. Locks the account and then the residence (null: all residences of
-- the giver), as does whoever changes who belongs to it, so that nothing is given by one who is losing
-- the right at this moment: HB401 when that is the account or the session, else HB404.
CREATE OR REPLACE FUNCTION hob.hold_giver() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	giver CONSTANT uuid := to_jsonb(new) ->> tg_argv[0];
	have residence_role;
BEGIN
	PERFORM hob.require_session();
	PERFORM FROM users u WHERE u.id = giver AND u.is_active FOR SHARE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'no such account' USING ERRCODE = 'HB401';
	ELSIF new.residence_id IS NULL THEN
		RETURN new;
	END IF;
	PERFORM FROM residences r WHERE r.id = new.residence_id FOR NO KEY UPDATE;
	SELECT m.role INTO have
	  FROM residence_members m
	 WHERE m.residence_id = new.residence_id AND m.user_id = giver AND NOT m.gone;
	IF have IS NULL THEN
		RAISE EXCEPTION 'no such member' USING ERRCODE = 'HB404';
	ELSIF tg_table_name = 'share_codes' THEN
		IF NOT hob.may_give(have, new.role) THEN
			RAISE EXCEPTION 'a role not below the giver''s'
				USING ERRCODE = '23514', CONSTRAINT = 'share_codes_below_giver';
		END IF;
	ELSIF tg_table_name = 'webhooks' AND have < 'owner' THEN
		RAISE EXCEPTION 'not the owner' USING ERRCODE = 'HB403';
	END IF;
	RETURN new;
END
$$;
CREATE OR REPLACE TRIGGER share_codes_hold_giver BEFORE INSERT ON share_codes
	FOR EACH ROW EXECUTE FUNCTION hob.hold_giver('created_by');

-- Not for the API itself. Ends what somebody gave in a residence (null: in any) that goes beyond what one
-- with this role may give. Null: they do not belong to it any more. What gives no more than
-- a look at the residence (feeds) goes on while they do.
CREATE OR REPLACE FUNCTION hob.end_given(who uuid, residence uuid, has residence_role) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	UPDATE share_codes c SET revoked_at = now()
	 WHERE c.created_by = who AND (residence IS NULL OR c.residence_id = residence)
	   AND c.revoked_at IS NULL AND c.used_count < c.max_uses AND NOT hob.may_give(has, c.role);
	DELETE FROM calendar_feeds f
	 WHERE f.user_id = who AND (residence IS NULL OR f.residence_id = residence) AND has IS NULL;
	DELETE FROM webhooks w
	 WHERE w.created_by = who AND (residence IS NULL OR w.residence_id = residence) AND has IS DISTINCT FROM 'owner';
	-- What a token names is what somebody may look at, and no more when they come back.
	UPDATE access_tokens t
	   SET residence_ids = array_remove(t.residence_ids, residence), updated_at = now(), version = t.version + 1
	 WHERE t.user_id = who AND residence = ANY (t.residence_ids) AND has IS NULL;
	DELETE FROM access_tokens t WHERE t.user_id = who AND residence IS NULL;
END
$$;

CREATE OR REPLACE FUNCTION hob.member_has_less() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	PERFORM hob.end_given(old.user_id, old.residence_id,
		CASE WHEN tg_op = 'UPDATE' AND NOT new.gone THEN new.role END);
	RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER residence_members_have_less AFTER UPDATE ON residence_members
	FOR EACH ROW WHEN (new.role < old.role OR (new.gone AND NOT old.gone))
	EXECUTE FUNCTION hob.member_has_less();
CREATE OR REPLACE TRIGGER residence_members_have_nothing AFTER DELETE ON residence_members
	FOR EACH ROW EXECUTE FUNCTION hob.member_has_less();

-- --- joining --------------------------------------------------------------------------

-- Whether a code opens its residence. The giver's right is checked again.
CREATE OR REPLACE FUNCTION hob.opens(c share_codes, at timestamptz) RETURNS bool
LANGUAGE sql STABLE
RETURN c.revoked_at IS NULL AND c.declined_at IS NULL AND c.expires_at > at AND c.used_count < c.max_uses
	AND EXISTS (SELECT
		      FROM residences r
		      JOIN residence_members m ON m.residence_id = r.id AND NOT m.gone
		      JOIN users u ON u.id = m.user_id AND u.is_active
		     WHERE r.id = c.residence_id AND r.deleted_at IS NULL
		       AND m.user_id = c.created_by AND hob.may_give(m.role, c.role));

-- Wrong, expired, used up, revoked, of a deleted residence: HB404 alike.
CREATE OR REPLACE FUNCTION hob.find_share_code(hmac text, at timestamptz) RETURNS share_codes
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	found_code share_codes;
BEGIN
	SELECT c.* INTO found_code
	  FROM share_codes c WHERE c.code_hmac = hmac AND hob.opens(c, at);
	IF found_code.id IS NULL THEN
		RAISE EXCEPTION 'no such code' USING ERRCODE = 'HB404', CONSTRAINT = 'share_code_not_valid';
	END IF;
	RETURN found_code;
END
$$;

-- The id of the code that opens.
CREATE OR REPLACE FUNCTION hob.preview_share_code(hmac text, at timestamptz) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	code CONSTANT share_codes := hob.find_share_code(hmac, at);
BEGIN
	PERFORM hob.note_outcome(code.id, true, NULL);
	RETURN code.id;
END
$$;

-- What a code shows of its residence to who has it, or had it when it still opened.
CREATE OR REPLACE FUNCTION hob.invitation(code uuid, hmac text)
RETURNS TABLE (name text, role text, owner_name text, member_count int)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT r.name, c.role::text, p.name,
	       (SELECT count(*)::int FROM residence_members m WHERE m.residence_id = r.id AND NOT m.gone)
	  FROM share_codes c
	  JOIN residences r ON r.id = c.residence_id
	  JOIN residence_people p ON (p.residence_id, p.user_id) = (r.id, r.owner_id)
	 WHERE c.id = code AND c.code_hmac = hmac AND r.deleted_at IS NULL
$$;

-- Not for the API itself. The residence that the caller has joined by this code. HB409 for who belongs to it already,
-- without using the code; HB402 when the residence is full.
CREATE OR REPLACE FUNCTION hob.join_by(code share_codes, at timestamptz) RETURNS uuid
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	me CONSTANT uuid := hob.user_id();
BEGIN
	-- Not weaker: hob.limit_memberships counts under this lock.
	PERFORM FROM users u WHERE u.id = me FOR NO KEY UPDATE;
	PERFORM hob.require_session();
	PERFORM FROM residences r WHERE r.id = code.residence_id FOR NO KEY UPDATE;
	IF EXISTS (SELECT FROM residence_members m
		    WHERE m.residence_id = code.residence_id AND m.user_id = me AND NOT m.gone) THEN
		RAISE EXCEPTION 'joined' USING ERRCODE = 'HB409', CONSTRAINT = 'already_a_member';
	END IF;
	-- As it is now that nobody else joins: the condition decides, not the look before.
	UPDATE share_codes c SET used_count = used_count + 1
	 WHERE c.id = code.id AND hob.opens(c, at);
	IF NOT FOUND THEN
		RAISE EXCEPTION 'no such code' USING ERRCODE = 'HB404', CONSTRAINT = 'share_code_not_valid';
	END IF;
	INSERT INTO residence_members (residence_id, user_id, role, joined_at)
	VALUES (code.residence_id, me, code.role, at);
	INSERT INTO share_code_uses (share_code_id, user_id, residence_id, used_at)
	VALUES (code.id, me, code.residence_id, at);
	-- A member who comes back may have another name by now.
	UPDATE residence_people p SET name = u.name FROM users u
	 WHERE p.residence_id = code.residence_id AND p.user_id = me AND u.id = me
	   AND p.name <> u.name;
	PERFORM hob.note_outcome(code.residence_id, true, NULL);
	RETURN code.residence_id;
END
$$;

CREATE OR REPLACE FUNCTION hob.join_residence(hmac text, at timestamptz) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	RETURN hob.join_by(hob.find_share_code(hmac, at), at);
END
$$;

-- --- shapes ---------------------------------------------------------------------------

-- A code without its hash, whole rows of which hob_api may not name. Those that were mailed are in invitations.sql.
CREATE OR REPLACE VIEW share_codes_shown WITH (security_invoker = true) AS
SELECT id, residence_id, role, created_by, created_at, expires_at, max_uses, used_count, revoked_at
  FROM share_codes WHERE email IS NULL;

-- uses: the last twenty.
CREATE OR REPLACE FUNCTION hob.share_code_card(c share_codes_shown, at timestamptz)
RETURNS TABLE (id uuid, residence_id uuid, role text, "created_by.id" uuid, "created_by.name" text,
	created_at timestamptz, expires_at timestamptz, max_uses int, used_count int, state text, uses json)
LANGUAGE sql STABLE ROWS 1 AS $$
	SELECT c.id, c.residence_id, c.role::text, c.created_by, p.name, c.created_at, c.expires_at,
	       c.max_uses, c.used_count,
	       CASE WHEN c.revoked_at IS NOT NULL THEN 'revoked'
		    WHEN c.used_count >= c.max_uses THEN 'used'
		    WHEN c.expires_at <= at THEN 'expired'
		    ELSE 'active' END,
	       coalesce((SELECT json_agg(json_build_object('user', json_build_object('id', u.user_id,
				'name', w.name), 'used_at', to_char(u.used_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
				ORDER BY u.used_at)
			   FROM (SELECT * FROM share_code_uses u WHERE u.share_code_id = c.id
				  ORDER BY u.used_at DESC LIMIT 20) u
			   JOIN residence_people w
			     ON (w.residence_id, w.user_id) = (u.residence_id, u.user_id)), '[]')
	  FROM residence_people p
	 WHERE (p.residence_id, p.user_id) = (c.residence_id, c.created_by)
$$;

-- A join counts the use of its code, and is an act of the member's.
CREATE OR REPLACE TRIGGER share_codes_activity AFTER INSERT OR UPDATE OR DELETE ON share_codes
	FOR EACH ROW WHEN (current_setting('hob.user_id', true) <> '')
	EXECUTE FUNCTION hob.log_activity('share_code', 'id', 'created', 'deleted', 'used_count', 'declined_at');

GRANT SELECT (id, residence_id, role, created_by, created_at, expires_at, max_uses, used_count,
	revoked_at), INSERT (id, residence_id, role, code_hmac, created_by, created_at, expires_at,
	max_uses), UPDATE (revoked_at) ON share_codes TO hob_api;
GRANT SELECT ON share_code_uses, share_codes_shown TO hob_api;
GRANT EXECUTE ON FUNCTION hob.is_active_member(uuid, uuid), hob.set_role(uuid, uuid, residence_role),
	hob.remove_member(uuid, uuid, timestamptz), hob.leave(uuid, timestamptz),
	hob.transfer(uuid, uuid, timestamptz), hob.preview_share_code(text, timestamptz), hob.invitation(uuid, text),
	hob.join_residence(text, timestamptz),
	hob.share_code_card(share_codes_shown, timestamptz) TO hob_api;
