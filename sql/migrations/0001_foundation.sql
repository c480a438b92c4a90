-- The first schema: people and their sessions, the lookups, residences and their
-- members, tasks and completions.
--
-- Every household table is under row-level security from its first day: what a
-- statement forgets to say, the policy says. The functions in schema hob tell who
-- is asking (hob.user_id), let in those who are nobody yet (register, login, enter)
-- and refuse with SQLSTATEs of our own, HB401 to HB422, that the API translates.
-- Runs as hob_owner, who is not bound by the policies. Schema hob and its table of
-- migrations are there already: `hob migrate` makes them.

ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

-- What PostgreSQL gives to everybody: to connect, to make temporary tables, in old clusters to make
-- tables in schema public. Others who shall look in (a monitor) get CONNECT by name.
DO $$
BEGIN
	EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
	EXECUTE format('GRANT CONNECT ON DATABASE %I TO hob_api, hob_jobs', current_database());
END
$$;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO hob_api, hob_jobs;
GRANT USAGE ON SCHEMA hob TO hob_api, hob_jobs;
GRANT SELECT ON hob.migrations TO hob_api, hob_jobs;

-- Who is asking. Null unless hob.enter, or set_config('hob.user_id', ..., true), ran
-- in this transaction; every policy compares with it, so nobody sees nothing.
CREATE FUNCTION hob.user_id() RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('hob.user_id', true), '')::uuid;

-- Zones are IANA names; PostgreSQL itself is the judge of which exist. A bare offset
-- or a POSIX rule would pass its cast and mean the opposite of what people expect.
CREATE FUNCTION hob.is_time_zone(zone text) RETURNS bool
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
	PERFORM timestamptz 'epoch' AT TIME ZONE zone;
	RETURN zone ~ '^[A-Za-z_]+(/[A-Za-z0-9_+-]+)*$';
EXCEPTION WHEN invalid_parameter_value THEN
	RETURN false;
END
$$;

-- The instant of a local time: one in a gap moves forward by the gap, of one that comes
-- twice it is the first. PostgreSQL does the former, and takes the second of the latter;
-- clocks go back by an hour, on Lord Howe by half of one.
CREATE FUNCTION hob.local_instant(day date, at time, zone text) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (day + at) AT TIME ZONE zone - CASE
	WHEN ((day + at) AT TIME ZONE zone - interval '1 hour') AT TIME ZONE zone = day + at
	THEN interval '1 hour'
	WHEN ((day + at) AT TIME ZONE zone - interval '30 minutes') AT TIME ZONE zone = day + at
	THEN interval '30 minutes'
	ELSE interval '0' END;

-- --- lookups: rows come from seed/lookups.sql ------------------------------------

CREATE TABLE residence_types (
	code text COLLATE "C" PRIMARY KEY,
	label text NOT NULL,
	position int NOT NULL
);
CREATE TABLE task_categories (
	code text COLLATE "C" PRIMARY KEY,
	label text NOT NULL,
	position int NOT NULL,
	icon text NOT NULL,
	color text NOT NULL
);
-- rank: higher is more urgent.
CREATE TABLE task_priorities (
	code text COLLATE "C" PRIMARY KEY,
	label text NOT NULL,
	position int NOT NULL,
	rank int NOT NULL
);
CREATE TABLE task_states (
	code text COLLATE "C" PRIMARY KEY,
	label text NOT NULL,
	position int NOT NULL
);
CREATE TABLE residence_roles (
	code text COLLATE "C" PRIMARY KEY,
	label text NOT NULL,
	position int NOT NULL
);
CREATE VIEW lookup_items WITH (security_invoker = true) AS
SELECT 'residence_types' AS list, code, position, to_json(l) AS item FROM residence_types l
UNION ALL
SELECT 'task_categories', code, position, to_json(l) FROM task_categories l
UNION ALL
SELECT 'task_priorities', code, position, to_json(l) FROM task_priorities l
UNION ALL
SELECT 'task_states', code, position, to_json(l) FROM task_states l
UNION ALL
SELECT 'residence_roles', code, position, to_json(l) FROM residence_roles l;

-- --- people ------------------------------------------------------------------------

-- What a mail address is looked up by: the one form for the index of accounts, for making one, for
-- signing in and for the limits that count by it. Small letters as ICU has them, which hangs on no
-- locale (in Turkish lower('I') is no i; U+0130 becomes an i with a dot, a letter of its own), NFC, for
-- small letters may compose where capitals do not, and one small sigma.
CREATE FUNCTION hob.email_key(email text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN translate(normalize(lower(email COLLATE "und-x-icu"), NFC), 'ς', 'σ') COLLATE "C";
-- Whoever writes a row of users writes its index.
GRANT EXECUTE ON FUNCTION hob.email_key(text) TO hob_api, hob_jobs;

CREATE TABLE users (
	id uuid PRIMARY KEY,
	email text COLLATE "C" NOT NULL,
	password_hash text NOT NULL,
	first_name text NOT NULL DEFAULT '',
	last_name text NOT NULL DEFAULT '',
	name text NOT NULL GENERATED ALWAYS AS (coalesce(
		nullif(btrim(first_name || ' ' || last_name), ''),
		split_part(email, '@', 1))) STORED,
	locale text NOT NULL DEFAULT 'en',
	time_zone text NOT NULL DEFAULT 'UTC' CHECK (hob.is_time_zone(time_zone)),
	is_active bool NOT NULL DEFAULT true,
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now(),
	version int NOT NULL DEFAULT 1
);
CREATE UNIQUE INDEX users_email_key ON users (hob.email_key(email));

-- Only the SHA-256 of a token is kept. A session ends at expires_at, or when it was
-- not used for 30 days.
CREATE TABLE sessions (
	id uuid PRIMARY KEY,
	user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
	token_hash text COLLATE "C" NOT NULL UNIQUE,
	device_name text,
	created_at timestamptz NOT NULL DEFAULT now(),
	last_seen_at timestamptz NOT NULL DEFAULT now(),
	expires_at timestamptz NOT NULL DEFAULT now() + interval '180 days'
);
CREATE INDEX sessions_user_id_idx ON sessions (user_id);

-- Networks from which somebody signed in to an account, as HMACs that the workers make: from there
-- no stranger can keep its owner out (hob.login_find). A row outlives the sessions.
CREATE TABLE login_networks (
	user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
	network text COLLATE "C" NOT NULL,
	last_at timestamptz NOT NULL,
	PRIMARY KEY (user_id, network)
);

-- --- residences and who belongs to them ----------------------------------------------

-- In order of power, so that roles compare.
CREATE TYPE residence_role AS ENUM ('viewer', 'member', 'manager', 'owner');

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
	version int NOT NULL DEFAULT 1
);
CREATE INDEX residences_owner_id_idx ON residences (owner_id);

-- gone: the residence is deleted. A gone membership counts for nothing, so that all
-- of a deleted home answers like a missing one; restoring it brings them back.
CREATE TABLE residence_members (
	residence_id uuid NOT NULL REFERENCES residences ON DELETE CASCADE,
	user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
	role residence_role NOT NULL,
	joined_at timestamptz NOT NULL DEFAULT now(),
	gone bool NOT NULL DEFAULT false,
	PRIMARY KEY (residence_id, user_id)
);
-- Every policy asks this index for the caller's homes; it answers without the table.
CREATE INDEX residence_members_homes_idx ON residence_members (user_id)
	INCLUDE (residence_id, role) WHERE NOT gone;

-- Everybody who ever belonged to a residence, with the name to show: history keeps
-- the name of those who left, and cards need no look at other people's accounts.
CREATE TABLE residence_people (
	residence_id uuid NOT NULL REFERENCES residences ON DELETE CASCADE,
	user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
	name text NOT NULL,
	PRIMARY KEY (residence_id, user_id)
);
CREATE INDEX residence_people_user_id_idx ON residence_people (user_id);

-- --- tasks -----------------------------------------------------------------------------

-- completion_count and last_completed_at repeat what completions says: a board that
-- had to look there would cost half as much again. Whoever completes a task writes its
-- row anyway (due_on moves), so that statement keeps them, not a trigger.
--
-- Lists enter by the key (residence_id, id) and sort in memory. A home has some hundred tasks, and
-- 20,000 at most (limit.kept_tasks). Indexes for open and for changed tasks are in migrations 8 and 3.
CREATE TABLE tasks (
	id uuid PRIMARY KEY,
	residence_id uuid NOT NULL REFERENCES residences ON DELETE CASCADE,
	title text NOT NULL,
	description text,
	category text COLLATE "C" NOT NULL DEFAULT 'other' REFERENCES task_categories,
	priority text COLLATE "C" NOT NULL DEFAULT 'medium' REFERENCES task_priorities,
	due_on date,
	due_time time CHECK (due_time IS NULL OR due_on IS NOT NULL),
	recurrence jsonb,
	assigned_to_id uuid,
	estimated_cost numeric(14, 2),
	state text COLLATE "C" NOT NULL DEFAULT 'pending'
		CHECK (state IN ('pending', 'in_progress', 'cancelled')),
	archived bool NOT NULL DEFAULT false,
	position int NOT NULL DEFAULT 0,
	completion_count int NOT NULL DEFAULT 0,
	last_completed_at timestamptz,
	created_by uuid NOT NULL REFERENCES users,
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now(),
	deleted_at timestamptz,
	version int NOT NULL DEFAULT 1,
	UNIQUE (residence_id, id),
	CONSTRAINT tasks_assigned_to_id_fkey FOREIGN KEY (residence_id, assigned_to_id)
		REFERENCES residence_members (residence_id, user_id)
		ON DELETE SET NULL (assigned_to_id)
);
-- One row per (task, occurrence), occurrence 1 being the first: a second tap finds it.
-- due_before and due_after are what undo puts back.
CREATE TABLE completions (
	id uuid PRIMARY KEY,
	residence_id uuid NOT NULL,
	task_id uuid NOT NULL,
	occurrence int NOT NULL,
	outcome text COLLATE "C" NOT NULL DEFAULT 'done' CHECK (outcome IN ('done', 'skipped')),
	due_before date,
	due_after date,
	completed_at timestamptz NOT NULL DEFAULT now(),
	completed_by uuid NOT NULL REFERENCES users,
	recorded_by uuid NOT NULL REFERENCES users,
	actual_cost numeric(14, 2),
	note text,
	rating int CHECK (rating BETWEEN 1 AND 5),
	created_at timestamptz NOT NULL DEFAULT now(),
	version int NOT NULL DEFAULT 1,
	UNIQUE (task_id, occurrence),
	-- Both, so that the policy may trust residence_id.
	FOREIGN KEY (residence_id, task_id) REFERENCES tasks (residence_id, id) ON DELETE CASCADE
);
CREATE INDEX completions_residence_id_idx ON completions (residence_id, completed_at);

-- --- what follows from a change ----------------------------------------------------------

-- A residence has its owner among its members from its first moment.
CREATE FUNCTION hob.add_owner() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	INSERT INTO residence_members (residence_id, user_id, role, joined_at)
	SELECT r.id, r.owner_id, 'owner', r.created_at FROM made r;
	RETURN NULL;
END
$$;
CREATE TRIGGER residences_add_owner AFTER INSERT ON residences
	REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION hob.add_owner();

CREATE FUNCTION hob.remember_people() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	-- The lock makes a change of the name that is under way end first, or wait for us. Of the
	-- kind that hob.limit_homes takes (migration 2), which would have to wait for a weaker one.
	INSERT INTO residence_people (residence_id, user_id, name)
	SELECT m.residence_id, m.user_id, u.name
	  FROM made m JOIN users u ON u.id = m.user_id
	   FOR NO KEY UPDATE OF u
	ON CONFLICT (residence_id, user_id) DO NOTHING;
	RETURN NULL;
END
$$;
CREATE TRIGGER residence_members_remember_people AFTER INSERT ON residence_members
	REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION hob.remember_people();

-- Homes that somebody left keep the name they knew; so do deleted ones, until they come back.
CREATE FUNCTION hob.rename_person() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	UPDATE residence_people p SET name = new.name
	  FROM residence_members m
	 WHERE m.user_id = new.id AND NOT m.gone
	   AND (p.residence_id, p.user_id) = (m.residence_id, m.user_id);
	RETURN NULL;
END
$$;
CREATE TRIGGER users_rename_person AFTER UPDATE ON users
	FOR EACH ROW WHEN (old.name <> new.name) EXECUTE FUNCTION hob.rename_person();

CREATE FUNCTION hob.mark_members() RETURNS trigger
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
CREATE TRIGGER residences_mark_members AFTER UPDATE ON residences
	FOR EACH ROW WHEN ((old.deleted_at IS NULL) <> (new.deleted_at IS NULL))
	EXECUTE FUNCTION hob.mark_members();

-- --- lock two: row-level security ------------------------------------------------------------
--
-- The form decides the cost: = ANY (ARRAY(SELECT ...)) is worked out once a statement
-- and used as an index condition; IN or EXISTS in its place cost 20 to 500 times.

-- The caller's homes, for the one policy that cannot ask residence_members itself.
CREATE FUNCTION hob.my_residences() RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT array_agg(residence_id) FROM residence_members
	 WHERE user_id = hob.user_id() AND NOT gone
$$;

-- Nobody sees another's account; names come from residence_people.
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
CREATE POLICY self ON users TO hob_api
	USING (id = hob.user_id());

ALTER TABLE sessions ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON sessions TO hob_api
	USING (user_id = hob.user_id());

-- Only functions look there.
ALTER TABLE login_networks ENABLE ROW LEVEL SECURITY;

ALTER TABLE residence_members ENABLE ROW LEVEL SECURITY;
CREATE POLICY homes ON residence_members FOR SELECT TO hob_api
	USING (NOT gone AND (user_id = hob.user_id()
		OR residence_id = ANY ((SELECT hob.my_residences())::uuid[])));

ALTER TABLE residence_people ENABLE ROW LEVEL SECURITY;
CREATE POLICY homes ON residence_people FOR SELECT TO hob_api
	USING (residence_id = ANY (ARRAY(
		SELECT m.residence_id FROM residence_members m
		 WHERE m.user_id = hob.user_id() AND NOT m.gone)));

-- The owner is named beside the members: the row of a new residence is returned before
-- that of its owner's membership can be seen.
ALTER TABLE residences ENABLE ROW LEVEL SECURITY;
CREATE POLICY homes ON residences FOR SELECT TO hob_api
	USING (owner_id = hob.user_id() OR id = ANY (ARRAY(
		SELECT m.residence_id FROM residence_members m
		 WHERE m.user_id = hob.user_id() AND NOT m.gone)));
CREATE POLICY make ON residences FOR INSERT TO hob_api
	WITH CHECK (owner_id = hob.user_id());
CREATE POLICY manage ON residences FOR UPDATE TO hob_api
	USING (id = ANY (ARRAY(
		SELECT m.residence_id FROM residence_members m
		 WHERE m.user_id = hob.user_id() AND NOT m.gone AND m.role >= 'manager')));

ALTER TABLE tasks ENABLE ROW LEVEL SECURITY;
CREATE POLICY homes ON tasks FOR SELECT TO hob_api
	USING (residence_id = ANY (ARRAY(
		SELECT m.residence_id FROM residence_members m
		 WHERE m.user_id = hob.user_id() AND NOT m.gone)));
CREATE POLICY make ON tasks FOR INSERT TO hob_api
	WITH CHECK (created_by = hob.user_id() AND residence_id = ANY (ARRAY(
		SELECT m.residence_id FROM residence_members m
		 WHERE m.user_id = hob.user_id() AND NOT m.gone AND m.role >= 'member')));
CREATE POLICY edit ON tasks FOR UPDATE TO hob_api
	USING (residence_id = ANY (ARRAY(
		SELECT m.residence_id FROM residence_members m
		 WHERE m.user_id = hob.user_id() AND NOT m.gone AND m.role >= 'member')));

ALTER TABLE completions ENABLE ROW LEVEL SECURITY;
CREATE POLICY homes ON completions FOR SELECT TO hob_api
	USING (residence_id = ANY (ARRAY(
		SELECT m.residence_id FROM residence_members m
		 WHERE m.user_id = hob.user_id() AND NOT m.gone)));

-- --- rights ------------------------------------------------------------------------------------
--
-- Column by column where a row holds what no request may touch: nobody but the
-- functions below reads a password hash, and a task never moves to another home. To make a row, only
-- what a statement writes: what a row comes to be by later acts is not said at its beginning.

GRANT SELECT ON residence_types, task_categories, task_priorities, task_states,
	residence_roles, lookup_items TO hob_api, hob_jobs;
GRANT SELECT (id, email, first_name, last_name, name, locale, time_zone, is_active,
	created_at, updated_at, version) ON users TO hob_api;
GRANT UPDATE (first_name, last_name, locale, time_zone, updated_at, version) ON users TO hob_api;
GRANT SELECT (id, user_id, token_hash, device_name, created_at, last_seen_at, expires_at),
	DELETE ON sessions TO hob_api;
GRANT SELECT ON residence_members, residence_people TO hob_api;
GRANT SELECT, INSERT (id, owner_id, name, type, street_address, unit, city, region, postal_code,
	country, time_zone, currency, bedrooms, bathrooms, floor_area, year_built, purchased_on,
	purchase_price, description, created_at, updated_at) ON residences TO hob_api;
GRANT UPDATE (name, type, street_address, unit, city, region, postal_code, country, time_zone,
	currency, bedrooms, bathrooms, floor_area, year_built, purchased_on, purchase_price,
	description, updated_at, deleted_at, version) ON residences TO hob_api;
GRANT SELECT, INSERT (id, residence_id, title, description, category, priority, due_on, due_time,
	recurrence, assigned_to_id, estimated_cost, created_by, created_at, updated_at)
	ON tasks TO hob_api;
GRANT UPDATE (title, description, category, priority, due_on, due_time, assigned_to_id,
	estimated_cost, state, archived, position, updated_at, deleted_at, version)
	ON tasks TO hob_api;
GRANT SELECT ON completions TO hob_api;

-- --- shapes --------------------------------------------------------------------------------------
--
-- What the API shows of a thing, once. Functions of a row rather than views, so that a
-- list, INSERT ... RETURNING and UPDATE ... RETURNING share them; PostgreSQL inlines them.

-- An account as its owner sees it. A view: hob_api may not name whole rows of users.
CREATE VIEW user_card WITH (security_invoker = true) AS
SELECT id, email, first_name, last_name, name, locale, time_zone, created_at, updated_at, version
  FROM users;
GRANT SELECT ON user_card TO hob_api;

CREATE FUNCTION hob.residence_card(r residences)
RETURNS TABLE (id uuid, name text, type text, street_address text, unit text, city text,
	region text, postal_code text, country text, time_zone text, currency text, bedrooms int,
	bathrooms numeric, floor_area numeric, year_built int, purchased_on date,
	purchase_price numeric, description text, "owner.id" uuid, "owner.name" text, role text,
	member_count int, created_at timestamptz, updated_at timestamptz, version int)
LANGUAGE sql STABLE ROWS 1 AS $$
	SELECT r.id, r.name, r.type, r.street_address, r.unit, r.city, r.region, r.postal_code,
	       r.country::text, r.time_zone, r.currency::text, r.bedrooms, r.bathrooms,
	       r.floor_area, r.year_built, r.purchased_on, r.purchase_price, r.description,
	       r.owner_id,
	       (SELECT p.name FROM residence_people p
	         WHERE (p.residence_id, p.user_id) = (r.id, r.owner_id)),
	       (SELECT m.role::text FROM residence_members m
	         WHERE (m.residence_id, m.user_id) = (r.id, hob.user_id())),
	       (SELECT count(*)::int FROM residence_members m WHERE m.residence_id = r.id),
	       r.created_at, r.updated_at, r.version
$$;

-- The names of all who ever belonged to a home, as two arrays in the same order. A home
-- has a handful; looking a name up in here costs a third of joining people to each task.
CREATE FUNCTION hob.people(home uuid) RETURNS TABLE (ids uuid[], names text[])
LANGUAGE sql STABLE ROWS 1 AS $$
	SELECT array_agg(p.user_id), array_agg(p.name)
	  FROM residence_people p WHERE p.residence_id = home
$$;

-- The caller's homes, or the one of them that is asked for. Materialised, so that zone
-- and names are fetched once a home and not once a task.
CREATE FUNCTION hob.my_homes(wanted uuid)
RETURNS TABLE (id uuid, name text, role residence_role, time_zone text, people uuid[],
	names text[])
LANGUAGE sql STABLE ROWS 2 AS $$
	WITH homes AS MATERIALIZED (
		SELECT r.id, r.name, m.role, r.time_zone, p.ids, p.names
		  FROM residence_members m
		  JOIN residences r ON r.id = m.residence_id
		 CROSS JOIN LATERAL hob.people(m.residence_id) p
		 WHERE m.user_id = hob.user_id() AND NOT m.gone AND r.deleted_at IS NULL
		   AND (wanted IS NULL OR m.residence_id = wanted)
	)
	SELECT * FROM homes
$$;

CREATE FUNCTION hob.task_card(t tasks, people uuid[], names text[])
RETURNS TABLE (id uuid, residence_id uuid, title text, description text, category text,
	priority text, due_on date, due_time text, recurrence jsonb, "assigned_to.id" uuid,
	"assigned_to.name" text, estimated_cost numeric, state text, archived bool,
	"position" int, completion_count int, last_completed_at timestamptz,
	"created_by.id" uuid, "created_by.name" text, created_at timestamptz,
	updated_at timestamptz, version int)
LANGUAGE sql STABLE ROWS 1 AS $$
	SELECT t.id, t.residence_id, t.title, t.description, t.category, t.priority, t.due_on,
	       left(t.due_time::text, 5), t.recurrence, t.assigned_to_id,
	       names[array_position(people, t.assigned_to_id)], t.estimated_cost, t.state,
	       t.archived, t.position, t.completion_count, t.last_completed_at, t.created_by,
	       names[array_position(people, t.created_by)], t.created_at, t.updated_at, t.version
$$;
GRANT EXECUTE ON FUNCTION hob.user_id(), hob.is_time_zone(text),
	hob.local_instant(date, time, text), hob.my_residences(),
	hob.residence_card(residences), hob.people(uuid), hob.my_homes(uuid),
	hob.task_card(tasks, uuid[], text[]) TO hob_api;

-- --- lock one: scopes ------------------------------------------------------------------------------

-- HB404 for strangers and for what does not exist alike, HB403 when the role is too low.
CREATE FUNCTION hob.require_role(home uuid, wanted residence_role) RETURNS void
LANGUAGE plpgsql STABLE AS $$
DECLARE
	have residence_role;
BEGIN
	SELECT m.role INTO have FROM residence_members m
	 WHERE m.residence_id = home AND m.user_id = hob.user_id() AND NOT m.gone;
	IF have IS NULL THEN
		RAISE EXCEPTION 'no such residence' USING ERRCODE = 'HB404';
	ELSIF have < wanted THEN
		RAISE EXCEPTION 'this needs role %', wanted USING ERRCODE = 'HB403';
	END IF;
END
$$;

CREATE FUNCTION hob.require_task_role(task uuid, wanted residence_role) RETURNS void
LANGUAGE plpgsql STABLE AS $$
DECLARE
	have residence_role;
BEGIN
	SELECT m.role INTO have
	  FROM tasks t
	  JOIN residence_members m ON m.residence_id = t.residence_id
	 WHERE t.id = task AND t.deleted_at IS NULL AND m.user_id = hob.user_id() AND NOT m.gone;
	IF have IS NULL THEN
		RAISE EXCEPTION 'no such task' USING ERRCODE = 'HB404';
	ELSIF have < wanted THEN
		RAISE EXCEPTION 'this needs role %', wanted USING ERRCODE = 'HB403';
	END IF;
END
$$;
GRANT EXECUTE ON FUNCTION hob.require_role(uuid, residence_role),
	hob.require_task_role(uuid, residence_role) TO hob_api;

-- --- the acts of a caller who is nobody yet ----------------------------------------------------------

-- Signs this transaction in, and notes which request it is of. HB401 when the session is
-- unknown, over, or its user is disabled. Notes the use at most once an hour, so that reads
-- stay reads. _expires_at: when the session ends if nobody uses it from now on.
CREATE FUNCTION hob.enter(token_hash text, request_id text, OUT _user_id uuid,
	OUT _session_id uuid, OUT _expires_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	seen timestamptz;
	ignored text;
BEGIN
	SELECT s.user_id, s.id, s.last_seen_at,
	       least(s.expires_at, s.last_seen_at + interval '30 days')
	  INTO _user_id, _session_id, seen, _expires_at
	  FROM sessions s JOIN users u ON u.id = s.user_id
	 WHERE s.token_hash = enter.token_hash AND s.expires_at > now()
	   AND s.last_seen_at > now() - interval '30 days' AND u.is_active;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'not signed in' USING ERRCODE = 'HB401';
	END IF;
	-- An expression, unlike PERFORM, is no query.
	ignored := set_config('hob.user_id', _user_id::text, true)
		|| set_config('hob.session_id', _session_id::text, true)
		|| set_config('hob.request_id', enter.request_id, true);
	-- The account first, as everybody (sql/README.md, "Locks"), and without waiting: the next
	-- request will note it.
	IF seen < now() - interval '1 hour' THEN
		PERFORM FROM users u WHERE u.id = _user_id FOR NO KEY UPDATE SKIP LOCKED;
		IF FOUND THEN
			UPDATE sessions s SET last_seen_at = now() WHERE s.id = ANY (ARRAY(
				SELECT x.id FROM sessions x WHERE x.id = _session_id
				   FOR NO KEY UPDATE SKIP LOCKED));
		END IF;
	END IF;
END
$$;

-- The caller is somebody before the first row is written, so that making an account and signing in
-- leave a trail (migration 6). The request's id is not known there.
CREATE FUNCTION hob.register(id uuid, email text, password_hash text, first_name text,
	last_name text, locale text, time_zone text, session_id uuid, token_hash text,
	device_name text, at timestamptz) RETURNS SETOF user_card
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	-- Before the table says so: its words would put the whole row, hash and all, in the log.
	IF NOT hob.is_time_zone(register.time_zone) THEN
		RAISE EXCEPTION 'no such time zone'
			USING ERRCODE = '23514', CONSTRAINT = 'users_time_zone_check';
	END IF;
	PERFORM set_config('hob.user_id', register.id::text, true);
	INSERT INTO users (id, email, password_hash, first_name, last_name, locale, time_zone,
		created_at, updated_at)
	VALUES (register.id, register.email, register.password_hash,
		coalesce(register.first_name, ''), coalesce(register.last_name, ''),
		coalesce(register.locale, 'en'), coalesce(register.time_zone, 'UTC'), at, at)
	ON CONFLICT DO NOTHING;
	-- Likewise: the index would tell the address.
	IF NOT FOUND THEN
		RAISE EXCEPTION 'taken' USING ERRCODE = '23505', CONSTRAINT = 'users_email_key';
	END IF;
	RETURN QUERY SELECT * FROM hob.begin_session(register.id, session_id, token_hash,
		device_name, at);
END
$$;

-- Not for the API itself: what register and login_finish share.
CREATE FUNCTION hob.begin_session(user_id uuid, session_id uuid, token_hash text,
	device_name text, at timestamptz) RETURNS SETOF user_card
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	PERFORM set_config('hob.user_id', begin_session.user_id::text, true);
	INSERT INTO sessions (id, user_id, token_hash, device_name, created_at, last_seen_at,
		expires_at)
	VALUES (session_id, begin_session.user_id, begin_session.token_hash,
		begin_session.device_name, at, at, at + interval '180 days');
	RETURN QUERY SELECT c.* FROM user_card c WHERE c.id = begin_session.user_id;
END
$$;

-- --- passwords ---------------------------------------------------------------------------------------
--
-- No hash leaves the database. The API gets the salt of one, hashes what it was given, and brings
-- the result back as a proof, which hob.prove compares; with a right one, and only then, a session
-- begins or the hash is replaced. Whoever runs a statement as hob_api learns salts and may
-- guess; they read no hash and begin no session (doc/adr/0003-two-locks.md).

-- A PHC string without its hash; null when it is none. What stands behind the last dollar is the
-- hash, as in all of argon2 and scrypt; bcrypt has no dollar between salt and hash, so that of one
-- this is no salt, and nobody signs in by it: hashes of another scheme need a case of their own here.
CREATE FUNCTION hob.password_salt(password_hash text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN substring(password_hash FROM '^.*\$');

-- Always one row: account is whom to count, the user or, for want of one, the key of the address.
CREATE FUNCTION hob.login_find(email text, network text, at timestamptz)
RETURNS TABLE (account text, user_id uuid, password_salt text, is_known_here bool)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT coalesce(u.id::text, k.key), u.id, hob.password_salt(u.password_hash),
	       EXISTS (SELECT FROM login_networks n
			WHERE n.user_id = u.id AND n.network = login_find.network
			  AND n.last_at > at - interval '90 days')
	  FROM hob.email_key(login_find.email) AS k (key)
	  LEFT JOIN users u ON hob.email_key(u.email) = k.key AND u.is_active
$$;

-- Notes that the caller has just signed in from `network`; the 20 latest of an account are kept.
CREATE FUNCTION hob.remember_network(network text, at timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	INSERT INTO login_networks AS n (user_id, network, last_at)
	VALUES (hob.user_id(), remember_network.network, at)
	ON CONFLICT ON CONSTRAINT login_networks_pkey DO UPDATE SET last_at = excluded.last_at
	 WHERE n.last_at < excluded.last_at - interval '1 day';
	IF FOUND THEN
		DELETE FROM login_networks n WHERE n.user_id = hob.user_id()
		   AND n.network NOT IN (SELECT l.network FROM login_networks l
			WHERE l.user_id = hob.user_id() ORDER BY l.last_at DESC LIMIT 20);
	END IF;
END
$$;

CREATE FUNCTION hob.my_password_salt() RETURNS TABLE (password_salt text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT hob.password_salt(u.password_hash) FROM users u WHERE u.id = hob.user_id()
$$;

-- Not for the API itself. Is this the hash of the account's password? HB412 when the account has
-- another salt by now (a login renewed the hash, or the password changed): only a proof under that
-- one tells. Compares digests, so that the time says nothing of the hash. Locks the account.
CREATE FUNCTION hob.prove(user_id uuid, proof text) RETURNS bool
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	stored text;
BEGIN
	SELECT u.password_hash INTO stored FROM users u
	 WHERE u.id = prove.user_id AND u.is_active FOR NO KEY UPDATE;
	IF hob.password_salt(stored) <> hob.password_salt(proof) THEN
		RAISE EXCEPTION 'another salt by now' USING ERRCODE = 'HB412';
	END IF;
	RETURN coalesce(sha256(convert_to(stored, 'UTF8')) = sha256(convert_to(proof, 'UTF8')),
		false);
END
$$;

-- Begins a session for a right proof; no row for a wrong one.
CREATE FUNCTION hob.login_finish(user_id uuid, proof text, session_id uuid, token_hash text,
	device_name text, at timestamptz) RETURNS SETOF user_card
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	IF NOT hob.prove(login_finish.user_id, proof) THEN
		RETURN;
	END IF;
	RETURN QUERY SELECT * FROM hob.begin_session(login_finish.user_id, session_id, token_hash,
		device_name, at);
END
$$;

-- Of a right proof the same password at today's cost. The sessions stay.
CREATE FUNCTION hob.login_renew(user_id uuid, proof text, new_password_hash text) RETURNS bool
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	IF NOT hob.prove(login_renew.user_id, proof) THEN
		RETURN false;
	END IF;
	UPDATE users u SET password_hash = new_password_hash WHERE u.id = login_renew.user_id;
	RETURN true;
END
$$;

-- Ends the caller's sessions but the one to keep (null: all), and the calendar feeds (migration
-- 10), which are read without any. What to forget is named by what the DELETE itself deleted: a
-- login that commits while the calling statement waits is missing in that one's snapshot. Locks the
-- account first: what a session of theirs is giving at this moment is there by then, or is refused
-- (hob.require_session).
CREATE FUNCTION hob.end_access(keep_token_hash text, OUT sessions_ended int,
	OUT calendar_feeds_ended int, OUT touched text[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	PERFORM FROM users u WHERE u.id = hob.user_id() FOR NO KEY UPDATE;
	WITH ended AS (
		DELETE FROM sessions s
		 WHERE s.user_id = hob.user_id() AND s.token_hash IS DISTINCT FROM keep_token_hash
		RETURNING s.token_hash
	)
	SELECT count(*), 'user:' || hob.user_id() || coalesce(array_agg('token:' || e.token_hash), '{}')
	  INTO sessions_ended, touched
	  FROM ended e;
	DELETE FROM calendar_feeds f WHERE f.user_id = hob.user_id();
	GET DIAGNOSTICS calendar_feeds_ended = ROW_COUNT;
END
$$;

-- Not for the API itself. HB401 unless the account is active and the session that entered still
-- there, which it then is until this transaction ends: whoever ends sessions or disables an account
-- waits behind this lock, and finds what was given. Runs before any other lock, in whatever makes
-- something that outlives a session or says who belongs to a home. Who has not entered (seeds,
-- psql, jobs) has no session to lose.
CREATE FUNCTION hob.require_session() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	entered CONSTANT uuid := nullif(current_setting('hob.session_id', true), '');
BEGIN
	IF entered IS NULL THEN
		RETURN;
	END IF;
	PERFORM FROM users u WHERE u.id = hob.user_id() AND u.is_active FOR SHARE;
	IF NOT FOUND OR NOT EXISTS (SELECT FROM sessions s
			WHERE s.id = entered AND s.user_id = hob.user_id()) THEN
		RAISE EXCEPTION 'the session has ended' USING ERRCODE = 'HB401';
	END IF;
END
$$;

-- Sets the caller's own password and ends all access but the session to keep. HB403 for a
-- wrong proof.
CREATE FUNCTION hob.change_password(proof text, new_password_hash text, keep_token_hash text,
	at timestamptz, OUT sessions_ended int, OUT calendar_feeds_ended int, OUT touched text[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	IF NOT hob.prove(hob.user_id(), proof) THEN
		RAISE EXCEPTION 'the old password is wrong' USING ERRCODE = 'HB403';
	END IF;
	UPDATE users SET password_hash = new_password_hash, updated_at = at, version = version + 1
	 WHERE id = hob.user_id();
	SELECT e.* INTO sessions_ended, calendar_feeds_ended, touched
	  FROM hob.end_access(keep_token_hash) e;
END
$$;
GRANT EXECUTE ON FUNCTION hob.enter(text, text),
	hob.register(uuid, text, text, text, text, text, text, uuid, text, text, timestamptz),
	hob.login_find(text, text, timestamptz), hob.remember_network(text, timestamptz),
	hob.login_finish(uuid, text, uuid, text, text, timestamptz), hob.login_renew(uuid, text, text),
	hob.my_password_salt(), hob.end_access(text),
	hob.change_password(text, text, text, timestamptz) TO hob_api;
