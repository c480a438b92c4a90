-- Sharing a home: its members and their roles, and codes by which somebody joins.
--
-- Whoever changes who belongs to a home locks its row first, and only then looks at who may:
-- two at once happen one after the other, and the second sees what the first has done. These
-- are functions with the owner's rights, for nobody may write memberships otherwise.

-- One owner, whatever happens.
CREATE UNIQUE INDEX residence_members_owner_key ON residence_members (residence_id)
	WHERE role = 'owner';

-- code_hmac: of the twelve characters, under a secret that is not in the database. Who has the table
-- has no codes.
CREATE TABLE share_codes (
	id uuid PRIMARY KEY,
	residence_id uuid NOT NULL REFERENCES residences ON DELETE CASCADE,
	role residence_role NOT NULL CHECK (role <> 'owner'),
	code_hmac text COLLATE "C" NOT NULL UNIQUE,
	created_by uuid NOT NULL REFERENCES users,
	created_at timestamptz NOT NULL DEFAULT now(),
	expires_at timestamptz NOT NULL,
	max_uses int NOT NULL CHECK (max_uses > 0),
	used_count int NOT NULL DEFAULT 0 CHECK (used_count <= max_uses),
	revoked_at timestamptz
);
CREATE INDEX share_codes_residence_id_idx ON share_codes (residence_id, created_at);
CREATE INDEX share_codes_open_idx ON share_codes (residence_id, expires_at) WHERE revoked_at IS NULL;

CREATE TABLE share_code_uses (
	share_code_id uuid NOT NULL REFERENCES share_codes ON DELETE CASCADE,
	user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
	residence_id uuid NOT NULL,
	used_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX share_code_uses_share_code_id_idx ON share_code_uses (share_code_id);
CREATE INDEX share_code_uses_user_id_idx ON share_code_uses (user_id);

-- May a member of this role give that one? Managers and owners may, roles below their own: who is
-- trusted to bring people in cannot make another of their own kind. Null is no member.
CREATE FUNCTION hob.may_give(giver residence_role, given residence_role) RETURNS bool
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN coalesce(giver >= 'manager' AND giver > given, false);
GRANT EXECUTE ON FUNCTION hob.may_give(residence_role, residence_role) TO hob_api;
-- Behind hob.hold_giver, which locks the home: two at once count each other.
CREATE FUNCTION hob.limit_share_codes() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	most CONSTANT int := (SELECT l FROM hob.limit_of('share_codes', new.residence_id) l);
	used int;
BEGIN
	SELECT count(*) INTO used FROM share_codes c
	 WHERE c.residence_id = new.residence_id AND c.revoked_at IS NULL AND c.expires_at > now()
	   AND c.used_count < c.max_uses;
	IF used > most AND most >= 0 THEN
		PERFORM hob.refuse_more('share_codes', used - 1, most);
	END IF;
	RETURN NULL;
END
$$;
CREATE TRIGGER share_codes_limit AFTER INSERT ON share_codes
	FOR EACH ROW WHEN (current_setting('hob.user_id', true) <> '')
	EXECUTE FUNCTION hob.limit_share_codes();

-- Codes are the managers' business: others do not even see that there are some.
ALTER TABLE share_codes ENABLE ROW LEVEL SECURITY;
CREATE POLICY managers ON share_codes FOR SELECT TO hob_api
	USING (residence_id = ANY (ARRAY(
		SELECT m.residence_id FROM residence_members m
		 WHERE m.user_id = hob.user_id() AND NOT m.gone AND m.role >= 'manager')));
CREATE POLICY make ON share_codes FOR INSERT TO hob_api
	WITH CHECK (created_by = hob.user_id() AND EXISTS (
		SELECT FROM residence_members m
		 WHERE m.residence_id = share_codes.residence_id AND m.user_id = hob.user_id()
		   AND NOT m.gone AND hob.may_give(m.role, share_codes.role)));
CREATE POLICY revoke ON share_codes FOR UPDATE TO hob_api
	USING (revoked_at IS NULL AND residence_id = ANY (ARRAY(
		SELECT m.residence_id FROM residence_members m
		 WHERE m.user_id = hob.user_id() AND NOT m.gone AND m.role >= 'manager')))
	WITH CHECK (revoked_at IS NOT NULL);
ALTER TABLE share_code_uses ENABLE ROW LEVEL SECURITY;
CREATE POLICY managers ON share_code_uses FOR SELECT TO hob_api
	USING (residence_id = ANY (ARRAY(
		SELECT m.residence_id FROM residence_members m
		 WHERE m.user_id = hob.user_id() AND NOT m.gone AND m.role >= 'manager')));
GRANT SELECT (id, residence_id, role, created_by, created_at, expires_at, max_uses, used_count,
	revoked_at), INSERT (id, residence_id, role, code_hmac, created_by, created_at, expires_at,
	max_uses), UPDATE (revoked_at) ON share_codes TO hob_api;
GRANT SELECT ON share_code_uses TO hob_api;

-- --- members -----------------------------------------------------------------------------

-- Nobody else changes who belongs to the home until this transaction ends; then the caller
-- must have the role. HB404 for strangers and for what is gone, HB403 when it is too low, HB401 when
-- the session has ended.
CREATE FUNCTION hob.lock_home(home uuid, wanted residence_role) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	PERFORM hob.require_session();
	PERFORM FROM residences r WHERE r.id = home FOR NO KEY UPDATE;
	PERFORM hob.require_role(home, wanted);
END
$$;

-- The role of a member whom the caller, who has locked the home, is about to change or remove.
CREATE FUNCTION hob.other_member(home uuid, who uuid) RETURNS residence_role
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	have residence_role;
BEGIN
	SELECT m.role INTO have FROM residence_members m
	 WHERE m.residence_id = home AND m.user_id = who AND NOT m.gone;
	IF have IS NULL THEN
		RAISE EXCEPTION 'no such member' USING ERRCODE = 'HB404';
	ELSIF have = 'owner' THEN
		RAISE EXCEPTION 'The owner stays: hand the home over first.' USING ERRCODE = 'HB409';
	END IF;
	RETURN have;
END
$$;

CREATE FUNCTION hob.set_role(home uuid, who uuid, wanted residence_role) RETURNS text[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	PERFORM hob.lock_home(home, 'owner');
	PERFORM hob.other_member(home, who);
	UPDATE residence_members m SET role = wanted
	 WHERE m.residence_id = home AND m.user_id = who AND m.role <> wanted;
	RETURN hob.touch_residence(home);
END
$$;

-- Their tasks become nobody's by the foreign key, also those that were given to them while this waited;
-- history keeps the name (residence_people).
CREATE FUNCTION hob.end_membership(home uuid, who uuid) RETURNS text[]
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	touched text[] := hob.touch_residence(home);
BEGIN
	DELETE FROM residence_members m WHERE m.residence_id = home AND m.user_id = who;
	RETURN touched;
END
$$;

CREATE FUNCTION hob.remove_member(home uuid, who uuid, at timestamptz) RETURNS text[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	PERFORM hob.lock_home(home, 'owner');
	PERFORM hob.other_member(home, who);
	RETURN hob.end_membership(home, who);
END
$$;

CREATE FUNCTION hob.leave(home uuid, at timestamptz) RETURNS text[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	PERFORM hob.lock_home(home, 'viewer');
	PERFORM hob.other_member(home, hob.user_id());
	RETURN hob.end_membership(home, hob.user_id());
END
$$;

-- Does this person belong to the home, with an account that is not disabled?
CREATE FUNCTION hob.is_active_member(home uuid, who uuid) RETURNS bool
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT EXISTS (SELECT FROM residence_members m JOIN users u ON u.id = m.user_id
		WHERE m.residence_id = home AND m.user_id = who AND NOT m.gone AND u.is_active)
$$;
GRANT EXECUTE ON FUNCTION hob.is_active_member(uuid, uuid) TO hob_api;

-- Whoever gets a task to do must be able to sign in; who is no member breaks the foreign key.
CREATE FUNCTION hob.require_active_assignee() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	IF EXISTS (SELECT FROM users u WHERE u.id = new.assigned_to_id AND NOT u.is_active)
	   AND EXISTS (SELECT FROM residence_members m WHERE m.residence_id = new.residence_id
			AND m.user_id = new.assigned_to_id) THEN
		RAISE EXCEPTION 'a disabled account'
			USING ERRCODE = '23514', CONSTRAINT = 'tasks_assigned_to_id_active';
	END IF;
	RETURN NULL;
END
$$;
CREATE TRIGGER tasks_assigned_active AFTER INSERT ON tasks
	FOR EACH ROW WHEN (new.assigned_to_id IS NOT NULL)
	EXECUTE FUNCTION hob.require_active_assignee();
CREATE TRIGGER tasks_assigned_anew_active AFTER UPDATE OF assigned_to_id ON tasks
	FOR EACH ROW WHEN (new.assigned_to_id IS NOT NULL
		AND new.assigned_to_id IS DISTINCT FROM old.assigned_to_id)
	EXECUTE FUNCTION hob.require_active_assignee();

-- A task that loses its assignee by the foreign key is another version, too: nobody writes it, so
-- nobody says so.
CREATE FUNCTION hob.lose_assignee() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	new.version := old.version + 1;
	new.updated_at := now();
	RETURN new;
END
$$;
CREATE TRIGGER tasks_lose_assignee BEFORE UPDATE OF assigned_to_id ON tasks
	FOR EACH ROW WHEN (new.assigned_to_id IS NULL AND old.assigned_to_id IS NOT NULL
		AND new.version = old.version)
	EXECUTE FUNCTION hob.lose_assignee();

-- The owner becomes a manager. The new one must belong to the home already, and be able to sign in.
-- An owner who is disabled later, be it at this moment, keeps their homes: the others go on in them as
-- they are, with the rights they have, and whoever disabled the account can hand them over as owner of
-- the database (set hob.user_id, then hob.transfer). Nobody inherits by themselves.
CREATE FUNCTION hob.transfer(home uuid, who uuid, at timestamptz) RETURNS text[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	PERFORM hob.lock_home(home, 'owner');
	PERFORM hob.other_member(home, who);
	IF NOT hob.is_active_member(home, who) THEN
		RAISE EXCEPTION 'The account of this member is disabled.' USING ERRCODE = 'HB409';
	END IF;
	UPDATE residence_members m SET role = 'manager'
	 WHERE m.residence_id = home AND m.role = 'owner';
	UPDATE residence_members m SET role = 'owner'
	 WHERE m.residence_id = home AND m.user_id = who;
	UPDATE residences r SET owner_id = who, updated_at = at, version = version + 1
	 WHERE r.id = home;
	RETURN hob.touch_residence(home);
END
$$;

-- --- what somebody gave --------------------------------------------------------------------
--
-- A code, a feed, a link of a home opens it to whoever holds it, and may do so only as long as
-- whoever gave it has the right to: it ends in the transaction that takes that right away,
-- whichever act that is. A kind of thing joins by a statement in hob.end_given and, in its own
-- migration, a trigger that runs hob.hold_giver. Every table of a home with a secret must (t/sql).

-- Trigger arguments: the column of who gives. Locks the account and then the home (null: all homes of
-- the giver), as does whoever changes who belongs to it, so that nothing is given by one who is losing
-- the right at this moment: HB401 when that is the account or the session, else HB404.
CREATE FUNCTION hob.hold_giver() RETURNS trigger
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
	END IF;
	RETURN new;
END
$$;
CREATE TRIGGER share_codes_hold_giver BEFORE INSERT ON share_codes
	FOR EACH ROW EXECUTE FUNCTION hob.hold_giver('created_by');

-- Not for the API itself. Ends what somebody gave in a home (null: in any) that goes beyond what one
-- with this role may give. Null: they do not belong to it any more. What gives no more than
-- a look at the home (feeds, migration 10) goes on while they do.
CREATE FUNCTION hob.end_given(who uuid, home uuid, has residence_role) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	UPDATE share_codes c SET revoked_at = now()
	 WHERE c.created_by = who AND (home IS NULL OR c.residence_id = home)
	   AND c.revoked_at IS NULL AND c.used_count < c.max_uses AND NOT hob.may_give(has, c.role);
	DELETE FROM calendar_feeds f
	 WHERE f.user_id = who AND (home IS NULL OR f.residence_id = home) AND has IS NULL;
END
$$;
CREATE INDEX share_codes_created_by_idx ON share_codes (created_by);

CREATE FUNCTION hob.member_has_less() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	PERFORM hob.end_given(old.user_id, old.residence_id,
		CASE WHEN tg_op = 'UPDATE' AND NOT new.gone THEN new.role END);
	RETURN NULL;
END
$$;
CREATE TRIGGER residence_members_have_less AFTER UPDATE ON residence_members
	FOR EACH ROW WHEN (new.role < old.role OR (new.gone AND NOT old.gone))
	EXECUTE FUNCTION hob.member_has_less();
CREATE TRIGGER residence_members_have_nothing AFTER DELETE ON residence_members
	FOR EACH ROW EXECUTE FUNCTION hob.member_has_less();

-- An account that is disabled gives nothing either, and when it is enabled again it signs in anew,
-- whoever disables it and how. Whoever may disable one calls hob.disable_account: from a trigger
-- nobody hears which sessions it was that ended.
CREATE FUNCTION hob.account_has_nothing() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	PERFORM hob.end_given(old.id, NULL, NULL);
	DELETE FROM sessions s WHERE s.user_id = old.id;
	RETURN NULL;
END
$$;
CREATE TRIGGER users_have_nothing AFTER UPDATE ON users
	FOR EACH ROW WHEN (old.is_active AND NOT new.is_active)
	EXECUTE FUNCTION hob.account_has_nothing();

-- Not for the API itself. Disables an account; the keys of what that made untrue, sessions by what was
-- deleted. Its homes stay its own (hob.transfer).
CREATE FUNCTION hob.disable_account(who uuid, at timestamptz) RETURNS text[]
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	keys text[];
BEGIN
	PERFORM FROM users u WHERE u.id = who FOR NO KEY UPDATE;
	WITH ended AS (
		DELETE FROM sessions s WHERE s.user_id = who RETURNING s.token_hash
	)
	SELECT 'user:' || who || coalesce(array_agg('token:' || e.token_hash), '{}')
	  INTO keys FROM ended e;
	UPDATE users u SET is_active = false, updated_at = at, version = version + 1
	 WHERE u.id = who AND u.is_active;
	RETURN keys || ARRAY(
		SELECT 'residence:' || m.residence_id FROM residence_members m WHERE m.user_id = who);
END
$$;

-- --- joining -----------------------------------------------------------------------------

-- Whether a code opens its home. The giver's right is checked again.
CREATE FUNCTION hob.opens(c share_codes, at timestamptz) RETURNS bool
LANGUAGE sql STABLE
RETURN c.revoked_at IS NULL AND c.expires_at > at AND c.used_count < c.max_uses
	AND EXISTS (SELECT
		      FROM residences r
		      JOIN residence_members m ON m.residence_id = r.id AND NOT m.gone
		      JOIN users u ON u.id = m.user_id AND u.is_active
		     WHERE r.id = c.residence_id AND r.deleted_at IS NULL
		       AND m.user_id = c.created_by AND hob.may_give(m.role, c.role));

-- Wrong, expired, used up, revoked, of a deleted home: HB404 alike.
CREATE FUNCTION hob.find_share_code(hmac text, at timestamptz) RETURNS share_codes
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	found_code share_codes;
BEGIN
	SELECT c.* INTO found_code
	  FROM share_codes c WHERE c.code_hmac = hmac AND hob.opens(c, at);
	IF found_code.id IS NULL THEN
		RAISE EXCEPTION 'no such code' USING ERRCODE = 'HB404';
	END IF;
	RETURN found_code;
END
$$;

CREATE FUNCTION hob.preview_share_code(hmac text, at timestamptz)
RETURNS TABLE (name text, role text, owner_name text, member_count int)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT r.name, c.role::text, p.name,
	       (SELECT count(*)::int FROM residence_members m WHERE m.residence_id = r.id)
	  FROM hob.find_share_code(hmac, at) c
	  JOIN residences r ON r.id = c.residence_id
	  JOIN residence_people p ON (p.residence_id, p.user_id) = (r.id, r.owner_id)
$$;

-- The home that was joined. HB409 for who belongs to it already, without using the code; HB402
-- when the home is full.
CREATE FUNCTION hob.join_home(hmac text, at timestamptz) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	me CONSTANT uuid := hob.user_id();
	code share_codes := hob.find_share_code(hmac, at);
	most int;
	members int;
BEGIN
	-- Not weaker: hob.limit_homes counts under this lock.
	PERFORM FROM users u WHERE u.id = me FOR NO KEY UPDATE;
	PERFORM hob.require_session();
	PERFORM FROM residences r WHERE r.id = code.residence_id FOR NO KEY UPDATE;
	SELECT count(*), (SELECT l FROM hob.limit_of('members', code.residence_id) l) INTO members, most
	  FROM residence_members m WHERE m.residence_id = code.residence_id AND NOT m.gone;
	IF EXISTS (SELECT FROM residence_members m
		    WHERE m.residence_id = code.residence_id AND m.user_id = me AND NOT m.gone) THEN
		RAISE EXCEPTION 'You belong to this home already.' USING ERRCODE = 'HB409';
	END IF;
	-- As it is now that nobody else joins: the condition decides, not the look before.
	UPDATE share_codes c SET used_count = used_count + 1
	 WHERE c.id = code.id AND hob.opens(c, at);
	IF NOT FOUND THEN
		RAISE EXCEPTION 'no such code' USING ERRCODE = 'HB404';
	END IF;
	IF most >= 0 AND members >= most THEN
		PERFORM hob.refuse_more('members', members, most);
	END IF;
	INSERT INTO residence_members (residence_id, user_id, role, joined_at)
	VALUES (code.residence_id, me, code.role, at);
	INSERT INTO share_code_uses (share_code_id, user_id, residence_id, used_at)
	VALUES (code.id, me, code.residence_id, at);
	-- Who comes back may have another name by now.
	UPDATE residence_people p SET name = u.name FROM users u
	 WHERE p.residence_id = code.residence_id AND p.user_id = me AND u.id = me
	   AND p.name <> u.name;
	RETURN code.residence_id;
END
$$;

-- A home as the caller sees it at this moment: behind a function that changed it, within the same
-- statement, whose own look is older.
CREATE TYPE hob.residence_shown AS (id uuid, name text, type text, street_address text, unit text,
	city text, region text, postal_code text, country text, time_zone text, currency text,
	bedrooms int, bathrooms numeric, floor_area numeric, year_built int, purchased_on date,
	purchase_price numeric, description text, "owner.id" uuid, "owner.name" text, role text,
	member_count int, created_at timestamptz, updated_at timestamptz, version int);
CREATE FUNCTION hob.residence_now(home uuid) RETURNS SETOF hob.residence_shown
LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY SELECT c.* FROM residences r CROSS JOIN LATERAL hob.residence_card(r) c
		WHERE r.id = home AND r.deleted_at IS NULL;
END
$$;

GRANT EXECUTE ON FUNCTION hob.residence_now(uuid), hob.set_role(uuid, uuid, residence_role),
	hob.remove_member(uuid, uuid, timestamptz), hob.leave(uuid, timestamptz),
	hob.transfer(uuid, uuid, timestamptz), hob.preview_share_code(text, timestamptz),
	hob.join_home(text, timestamptz) TO hob_api;

-- --- shapes ------------------------------------------------------------------------------

-- How to call the state: it is derived, like what it is derived from.
CREATE FUNCTION hob.share_code_state(revoked_at timestamptz, expires_at timestamptz,
	used_count int, max_uses int, at timestamptz) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN revoked_at IS NOT NULL THEN 'revoked'
	WHEN used_count >= max_uses THEN 'used'
	WHEN expires_at <= at THEN 'expired'
	ELSE 'active' END;
GRANT EXECUTE ON FUNCTION
	hob.share_code_state(timestamptz, timestamptz, int, int, timestamptz) TO hob_api;
