-- Residences, who belongs to them, and the codes by which somebody joins.
--
-- A policy asks for the caller's residences in the form = ANY (ARRAY(SELECT ...)), which is worked out
-- once a statement and used as an index condition; IN or EXISTS in its place cost 20 to 500 times.

-- In order of power, so that roles compare.
CREATE TYPE residence_role AS ENUM ('viewer', 'member', 'manager', 'owner');

-- changed, here and in all that a client may hold a copy of: the transaction that wrote the row last
-- (functions/sync.sql).
CREATE TABLE residences (
	id uuid PRIMARY KEY,
	owner_id uuid NOT NULL REFERENCES users,
	name text NOT NULL,
	type text COLLATE "C" NOT NULL DEFAULT 'house' REFERENCES residence_types,
	street_address text,
	unit text,
	city text,
	region text,
	postal_code text,
	country char(2),
	time_zone text NOT NULL CHECK (hob.is_time_zone(time_zone)),
	currency char(3) NOT NULL DEFAULT 'USD',
	first_weekday text COLLATE "C" NOT NULL DEFAULT 'mon'	-- of calendars; rules count from Monday
		CHECK (first_weekday IN ('mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun')),
	bedrooms int,
	bathrooms numeric(4, 1),
	floor_area numeric(10, 2),	-- square metres
	year_built int,
	purchased_on date,
	purchase_price numeric(14, 2),
	description text,
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now(),
	deleted_at timestamptz,
	version int NOT NULL DEFAULT 1,
	changed xid8 NOT NULL DEFAULT pg_current_xact_id()
);
CREATE INDEX residences_owner_id_idx ON residences (owner_id);
-- For staff: the newest, also of those that are deleted, and those whose name begins so.
CREATE INDEX residences_created_at_idx ON residences (created_at, id);
CREATE INDEX residences_deleted_idx ON residences (created_at, id) WHERE deleted_at IS NOT NULL;
CREATE INDEX residences_name_idx ON residences ((hob.folded(name)) COLLATE "C");

-- gone: the residence is deleted. A gone membership counts for nothing, so that everything in a
-- deleted residence answers like a missing one; restoring it brings them back.
CREATE TABLE residence_members (
	residence_id uuid NOT NULL REFERENCES residences ON DELETE CASCADE,
	user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
	role residence_role NOT NULL,
	joined_at timestamptz NOT NULL DEFAULT now(),
	gone bool NOT NULL DEFAULT false,
	changed xid8 NOT NULL DEFAULT pg_current_xact_id(),
	PRIMARY KEY (residence_id, user_id)
);
-- Every policy asks this index for the caller's residences; it answers without the table.
CREATE INDEX residence_members_user_id_idx ON residence_members (user_id)
	INCLUDE (residence_id, role) WHERE NOT gone;
-- One owner, whatever happens.
CREATE UNIQUE INDEX residence_members_owner_key ON residence_members (residence_id)
	WHERE role = 'owner';

-- For staff, by the id that a member has outside.
CREATE INDEX residence_members_id_idx ON residence_members USING hash ((residence_id::text || ':' || user_id::text));

-- Everybody who ever belonged to a residence, with the name to show: history keeps the name of those
-- who left, and cards need no look at other people's accounts. A name comes to clients with its
-- membership; only a change of it is news by itself, so `changed` begins at 0.
CREATE TABLE residence_people (
	residence_id uuid NOT NULL REFERENCES residences ON DELETE CASCADE,
	user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
	name text NOT NULL,
	changed xid8 NOT NULL DEFAULT '0',
	PRIMARY KEY (residence_id, user_id)
);
CREATE INDEX residence_people_user_id_idx ON residence_people (user_id);

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
CREATE INDEX share_codes_created_by_idx ON share_codes (created_by);

CREATE TABLE share_code_uses (
	share_code_id uuid NOT NULL REFERENCES share_codes ON DELETE CASCADE,
	user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
	residence_id uuid NOT NULL,
	used_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX share_code_uses_share_code_id_idx ON share_code_uses (share_code_id);
CREATE INDEX share_code_uses_user_id_idx ON share_code_uses (user_id);

-- --- policies -----------------------------------------------------------------------------

-- The caller's residences, for the one policy that cannot ask residence_members itself.
CREATE FUNCTION hob.my_residence_ids() RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT array_agg(residence_id) FROM residence_members
	 WHERE user_id = hob.user_id() AND NOT gone AND hob.is_within(residence_id)
$$;

-- May a member of this role give that one? Managers and owners may, roles below their own: who is
-- trusted to bring people in cannot make another of their own kind. Null is no member.
CREATE FUNCTION hob.may_give(giver residence_role, given residence_role) RETURNS bool
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN coalesce(giver >= 'manager' AND giver > given, false);
GRANT EXECUTE ON FUNCTION hob.my_residence_ids(), hob.may_give(residence_role, residence_role) TO hob_api;

-- The owner is named beside the members: the row of a new residence is returned before
-- that of its owner's membership can be seen.
ALTER TABLE residences ENABLE ROW LEVEL SECURITY;
CREATE POLICY members ON residences FOR SELECT TO hob_api, hob_jobs
	USING (owner_id = hob.user_id() AND hob.is_within(id) OR id = ANY (ARRAY(
		SELECT m.residence_id FROM residence_members m
		 WHERE m.user_id = hob.user_id() AND NOT m.gone)));
CREATE POLICY make ON residences FOR INSERT TO hob_api
	WITH CHECK (owner_id = hob.user_id());
CREATE POLICY manage ON residences FOR UPDATE TO hob_api
	USING (id = ANY (ARRAY(
		SELECT m.residence_id FROM residence_members m
		 WHERE m.user_id = hob.user_id() AND NOT m.gone AND m.role >= 'manager')));

ALTER TABLE residence_members ENABLE ROW LEVEL SECURITY;
CREATE POLICY members ON residence_members FOR SELECT TO hob_api, hob_jobs
	USING (NOT gone AND hob.is_within(residence_id) AND (user_id = hob.user_id()
		OR residence_id = ANY ((SELECT hob.my_residence_ids())::uuid[])));

ALTER TABLE residence_people ENABLE ROW LEVEL SECURITY;
CREATE POLICY members ON residence_people FOR SELECT TO hob_api, hob_jobs
	USING (residence_id = ANY (ARRAY(
		SELECT m.residence_id FROM residence_members m
		 WHERE m.user_id = hob.user_id() AND NOT m.gone)));

-- Only managers see codes: others do not even see that there are some.
ALTER TABLE share_codes ENABLE ROW LEVEL SECURITY;
CREATE POLICY managers ON share_codes FOR SELECT TO hob_api, hob_jobs
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
CREATE POLICY managers ON share_code_uses FOR SELECT TO hob_api, hob_jobs
	USING (residence_id = ANY (ARRAY(
		SELECT m.residence_id FROM residence_members m
		 WHERE m.user_id = hob.user_id() AND NOT m.gone AND m.role >= 'manager')));
