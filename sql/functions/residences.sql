-- Residences: what the API shows of one, who may (lock one), and what follows from a change.
--
-- The shape of a thing in the API is written once, as a function of a row rather than a view, so that a
-- list, INSERT ... RETURNING and UPDATE ... RETURNING share it; PostgreSQL inlines it.
-- after: activity sync limits

CREATE OR REPLACE FUNCTION hob.residence_card(r residences)
RETURNS TABLE (id uuid, name text, type text, street_address text, unit text, city text,
	region text, postal_code text, country text, time_zone text, currency text,
	first_weekday text, bedrooms int,
	bathrooms numeric, floor_area numeric, year_built int, purchased_on date,
	purchase_price numeric, description text, "owner.id" uuid, "owner.name" text, role text,
	member_count int, created_at timestamptz, updated_at timestamptz, version int)
LANGUAGE sql STABLE ROWS 1 AS $$
	SELECT r.id, r.name, r.type, r.street_address, r.unit, r.city, r.region, r.postal_code,
	       r.country::text, r.time_zone, r.currency::text, r.first_weekday, r.bedrooms, r.bathrooms,
	       r.floor_area, r.year_built, r.purchased_on, r.purchase_price, r.description,
	       r.owner_id,
	       (SELECT p.name FROM residence_people p
	         WHERE (p.residence_id, p.user_id) = (r.id, r.owner_id)),
	       (SELECT m.role::text FROM residence_members m
	         WHERE (m.residence_id, m.user_id) = (r.id, hob.user_id())),
	       (SELECT count(*)::int FROM residence_members m WHERE m.residence_id = r.id),
	       r.created_at, r.updated_at, r.version
$$;

-- The same at this moment: behind a function that changed who belongs to the residence, within the same
-- statement, whose own snapshot is older.
CREATE OR REPLACE FUNCTION hob.residence_now(residence uuid)
RETURNS TABLE (id uuid, name text, type text, street_address text, unit text, city text,
	region text, postal_code text, country text, time_zone text, currency text,
	first_weekday text, bedrooms int,
	bathrooms numeric, floor_area numeric, year_built int, purchased_on date,
	purchase_price numeric, description text, "owner.id" uuid, "owner.name" text, role text,
	member_count int, created_at timestamptz, updated_at timestamptz, version int)
LANGUAGE plpgsql ROWS 1 AS $$
BEGIN
	RETURN QUERY SELECT c.* FROM residences r CROSS JOIN LATERAL hob.residence_card(r) c
		WHERE r.id = residence AND r.deleted_at IS NULL;
END
$$;

-- A member, by the name that the residence knows.
CREATE OR REPLACE FUNCTION hob.member_card(m residence_members, name text)
RETURNS TABLE (id text, residence_id uuid, "user.id" uuid, "user.name" text, role text, joined_at timestamptz)
LANGUAGE sql STABLE ROWS 1 AS $$
	SELECT m.residence_id || ':' || m.user_id, m.residence_id, m.user_id, name, m.role::text, m.joined_at
$$;

-- The names of all who ever belonged to a residence, as two arrays in the same order. A residence
-- has a handful; looking a name up in here costs a third of joining people to each task.
CREATE OR REPLACE FUNCTION hob.people(residence uuid) RETURNS TABLE (ids uuid[], names text[])
LANGUAGE sql STABLE ROWS 1 AS $$
	SELECT array_agg(p.user_id), array_agg(p.name)
	  FROM residence_people p WHERE p.residence_id = residence
$$;

-- What a card of a thing in a residence shows of others: names, currency, and the day it is there.
CREATE OR REPLACE FUNCTION hob.around(residence uuid)
RETURNS TABLE (people uuid[], names text[], currency text, time_zone text, today date)
LANGUAGE sql STABLE ROWS 1 AS $$
	SELECT p.ids, p.names, r.currency::text, r.time_zone, (now() AT TIME ZONE r.time_zone)::date
	  FROM residences r CROSS JOIN LATERAL hob.people(r.id) p
	 WHERE r.id = residence
$$;

-- The caller's residences, or the one of them that is asked for. Materialised, so that zone, day
-- and names are fetched once a residence and not once a task.
CREATE OR REPLACE FUNCTION hob.my_residences(wanted uuid)
RETURNS TABLE (id uuid, name text, role residence_role, time_zone text, people uuid[],
	names text[], currency text, today date)
LANGUAGE sql STABLE ROWS 2 AS $$
	WITH mine AS MATERIALIZED (
		SELECT r.id, r.name, m.role, r.time_zone, p.ids, p.names, r.currency::text,
		       (now() AT TIME ZONE r.time_zone)::date
		  FROM residence_members m
		  JOIN residences r ON r.id = m.residence_id
		 CROSS JOIN LATERAL hob.people(m.residence_id) p
		 WHERE m.user_id = hob.user_id() AND NOT m.gone AND r.deleted_at IS NULL
		   AND (wanted IS NULL OR m.residence_id = wanted)
	)
	SELECT * FROM mine
$$;

-- HB404 for strangers and for what does not exist alike, HB403 when the role is too low.
CREATE OR REPLACE FUNCTION hob.require_role(residence uuid, wanted residence_role) RETURNS void
LANGUAGE plpgsql STABLE AS $$
DECLARE
	have residence_role;
BEGIN
	SELECT m.role INTO have FROM residence_members m
	 WHERE m.residence_id = residence AND m.user_id = hob.user_id() AND NOT m.gone;
	IF have IS NULL THEN
		RAISE EXCEPTION 'no such residence' USING ERRCODE = 'HB404';
	ELSIF have < wanted THEN
		RAISE EXCEPTION 'this needs role %', wanted USING ERRCODE = 'HB403';
	END IF;
END
$$;

-- A residence has its owner among its members from its first moment, and numbers to be counted in.
CREATE OR REPLACE FUNCTION hob.add_owner() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	PERFORM hob.open_usage(array_agg(r.id), array_agg(r.owner_id)) FROM made r;
	INSERT INTO residence_members (residence_id, user_id, role, joined_at)
	SELECT r.id, r.owner_id, 'owner', r.created_at FROM made r;
	RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER residences_add_owner AFTER INSERT ON residences
	REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION hob.add_owner();

CREATE OR REPLACE FUNCTION hob.remember_people() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	-- The lock makes a change of the name that is under way end first, or wait for us. Of the
	-- kind that hob.limit_memberships takes, which would have to wait for a weaker one.
	INSERT INTO residence_people (residence_id, user_id, name)
	SELECT m.residence_id, m.user_id, u.name
	  FROM made m JOIN users u ON u.id = m.user_id
	   FOR NO KEY UPDATE OF u
	ON CONFLICT (residence_id, user_id) DO NOTHING;
	RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER residence_members_remember_people AFTER INSERT ON residence_members
	REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION hob.remember_people();

-- Residences that somebody left keep the name they knew; so do deleted ones, until they come back.
CREATE OR REPLACE FUNCTION hob.rename_person() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	UPDATE residence_people p SET name = new.name
	  FROM residence_members m
	 WHERE m.user_id = new.id AND NOT m.gone
	   AND (p.residence_id, p.user_id) = (m.residence_id, m.user_id);
	RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER users_rename_person AFTER UPDATE ON users
	FOR EACH ROW WHEN (old.name <> new.name) EXECUTE FUNCTION hob.rename_person();

CREATE OR REPLACE FUNCTION hob.mark_members() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	UPDATE residence_members SET gone = new.deleted_at IS NOT NULL WHERE residence_id = new.id;
	UPDATE residence_people p SET name = u.name
	  FROM (SELECT u.id, u.name FROM residence_members m JOIN users u ON u.id = m.user_id
		 WHERE m.residence_id = new.id AND new.deleted_at IS NULL
		 ORDER BY u.id FOR NO KEY UPDATE OF u) u
	 WHERE (p.residence_id, p.user_id) = (new.id, u.id) AND p.name <> u.name;
	RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER residences_mark_members AFTER UPDATE ON residences
	FOR EACH ROW WHEN ((old.deleted_at IS NULL) <> (new.deleted_at IS NULL))
	EXECUTE FUNCTION hob.mark_members();

CREATE OR REPLACE TRIGGER residences_stamp BEFORE UPDATE ON residences
	FOR EACH ROW EXECUTE FUNCTION hob.stamp();
CREATE OR REPLACE TRIGGER residence_members_stamp BEFORE UPDATE ON residence_members
	FOR EACH ROW EXECUTE FUNCTION hob.stamp();
CREATE OR REPLACE TRIGGER residence_people_stamp BEFORE UPDATE ON residence_people
	FOR EACH ROW EXECUTE FUNCTION hob.stamp();
CREATE OR REPLACE TRIGGER residence_members_bury AFTER UPDATE ON residence_members
	FOR EACH ROW WHEN (NOT old.gone AND new.gone)
	EXECUTE FUNCTION hob.bury('members', 'user_id', 'joined_at');
CREATE OR REPLACE TRIGGER residence_members_bury_for_good AFTER DELETE ON residence_members
	FOR EACH ROW WHEN (NOT old.gone)
	EXECUTE FUNCTION hob.bury('members', 'user_id', 'joined_at');
CREATE OR REPLACE TRIGGER residences_activity AFTER INSERT OR UPDATE OR DELETE ON residences
	FOR EACH ROW WHEN (current_setting('hob.user_id', true) <> '')
	EXECUTE FUNCTION hob.log_activity('residence', 'id', 'created', 'deleted');

-- The owner's membership comes with the residence. A residence that is deleted or restored takes its
-- members along (gone) and is one act.
CREATE OR REPLACE TRIGGER residence_members_activity_joined AFTER INSERT ON residence_members
	FOR EACH ROW WHEN (current_setting('hob.user_id', true) <> '' AND new.role <> 'owner')
	EXECUTE FUNCTION hob.log_activity('member', 'user_id', 'joined', 'left');
CREATE OR REPLACE TRIGGER residence_members_activity_changed AFTER UPDATE ON residence_members
	FOR EACH ROW WHEN (current_setting('hob.user_id', true) <> '' AND old.role <> new.role)
	EXECUTE FUNCTION hob.log_activity('member', 'user_id', 'joined', 'left', 'remind_since');
CREATE OR REPLACE TRIGGER residence_members_activity_gone AFTER DELETE ON residence_members
	FOR EACH ROW WHEN (current_setting('hob.user_id', true) <> '' AND NOT old.gone)
	EXECUTE FUNCTION hob.log_activity('member', 'user_id', 'joined', 'left');

GRANT SELECT ON residence_members, residence_people TO hob_api;
GRANT SELECT, INSERT (id, owner_id, name, type, street_address, unit, city, region, postal_code,
	country, time_zone, currency, first_weekday, bedrooms, bathrooms, floor_area, year_built, purchased_on,
	purchase_price, description, created_at, updated_at) ON residences TO hob_api;
GRANT UPDATE (name, type, street_address, unit, city, region, postal_code, country, time_zone,
	currency, first_weekday, bedrooms, bathrooms, floor_area, year_built, purchased_on, purchase_price,
	description, updated_at, deleted_at, version) ON residences TO hob_api;
GRANT EXECUTE ON FUNCTION hob.residence_card(residences), hob.member_card(residence_members, text),
	hob.people(uuid), hob.around(uuid), hob.my_residences(uuid),
	hob.residence_now(uuid), hob.require_role(uuid, residence_role) TO hob_api;
