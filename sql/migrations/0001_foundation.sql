-- The foundation of all tables: the rights of the roles in the database, functions that indexes, checks and
-- policies call, settings, what ages, and the lookups.
--
-- A migration makes tables, types, indexes and policies. Functions, views, triggers and grants are in
-- sql/functions, which `hob migrate` applies again when they change. The few functions made by a
-- migration are those that stored data or a policy depend on: a change of one is a migration, which
-- rewrites what was stored. Runs as hob_owner, who is not bound by the policies. `hob migrate` has
-- made schema hob and its own two tables.

ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

-- In old clusters PostgreSQL lets everybody make tables in schema public.
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO hob_api, hob_jobs;
GRANT USAGE ON SCHEMA hob TO hob_api, hob_jobs;

-- The schema as programs see it: they serve with what both the migrations and the functions have
-- reached. good_for counts a migration that has begun as well.
CREATE VIEW hob.schema WITH (security_invoker = true) AS
SELECT least(coalesce(max(number) FILTER (WHERE applied_at IS NOT NULL), 0),
	     (SELECT coalesce(min(version), 0) FROM hob.functions)) AS version,
       coalesce(max(good_for), 0) AS good_for
  FROM hob.migrations;
GRANT SELECT ON hob.migrations, hob.functions, hob.schema TO hob_api, hob_jobs;

-- The caller. Null unless hob.enter, or set_config('hob.user_id', ..., true), ran in this transaction;
-- every policy compares with it, so without a caller no row is visible.
CREATE FUNCTION hob.user_id() RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('hob.user_id', true), '')::uuid;
GRANT EXECUTE ON FUNCTION hob.user_id() TO hob_api;

-- The residences to which the caller's access token is narrowed; null: it is not. Only the policy of
-- residence_members asks, and the few that do not go by that one: whose residences a policy, a statement
-- or a function of the caller's looks for, it finds these alone.
CREATE FUNCTION hob.within() RETURNS uuid[]
LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('hob.within', true), '')::uuid[];
CREATE FUNCTION hob.is_within(residence uuid) RETURNS bool
LANGUAGE sql STABLE PARALLEL SAFE
RETURN hob.within() IS NULL OR residence = ANY (hob.within());
GRANT EXECUTE ON FUNCTION hob.within(), hob.is_within(uuid) TO hob_api;

-- Time zones are IANA names, and PostgreSQL decides which exist. A bare offset or a POSIX rule would
-- pass its cast and mean the opposite of what people expect.
CREATE FUNCTION hob.is_time_zone(zone text) RETURNS bool
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
	PERFORM timestamptz 'epoch' AT TIME ZONE zone;
	RETURN zone ~ '^[A-Za-z_]+(/[A-Za-z0-9_+-]+)*$';
EXCEPTION WHEN invalid_parameter_value THEN
	RETURN false;
END
$$;
GRANT EXECUTE ON FUNCTION hob.is_time_zone(text) TO hob_api;

-- UUIDv7 with microseconds behind the milliseconds (RFC 9562, 6.2, method 3): rows of one
-- transaction sort as they were written, and new rows stay together in the index. Not in SQL: such a
-- function would be planned anew for every row, 100 microseconds and more.
CREATE FUNCTION hob.uuid_v7() RETURNS uuid
LANGUAGE plpgsql AS $$
DECLARE
	us CONSTANT bigint := extract(epoch FROM clock_timestamp()) * 1000000;
BEGIN
	RETURN encode(overlay(uuid_send(gen_random_uuid()) PLACING
		int8send(us / 1000 << 16 | x'7000'::int | us % 1000 * 4096 / 1000) FROM 1), 'hex')::uuid;
END
$$;
GRANT EXECUTE ON FUNCTION hob.uuid_v7() TO hob_api;

-- --- text -------------------------------------------------------------------------------

-- Functions of an extension belong to the superuser and are open to everybody. hob_api may not use
-- their schema, and calls hob.folded.
CREATE SCHEMA hob_text;
CREATE EXTENSION unaccent SCHEMA hob_text;

-- "Task 2" before "Task 10", "élan" between "apfel" and "zebra", whatever the collation of the
-- database. Equal are only equal bytes, so that cursors stay exact.
CREATE COLLATION hob.alphabet (provider = icu, locale = 'und-u-kn-true');

-- The key by which a mail address is looked up: for the index of accounts, for making one, for
-- signing in and for the limits that count by it. Lower case as ICU has it, which depends on no
-- locale (in Turkish lower('I') is no i; U+0130 becomes an i with a dot, a letter of its own), NFC,
-- for lower case may compose where upper case does not, and one small sigma.
CREATE FUNCTION hob.email_key(email text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN translate(normalize(lower(email COLLATE "und-x-icu"), NFC), 'ς', 'σ') COLLATE "C";
-- A role that writes a row of users writes its index.
GRANT EXECUTE ON FUNCTION hob.email_key(text) TO hob_api, hob_jobs;

-- The form in which texts are searched, for columns that keep it and for the words of a search:
-- "etagere" finds "Étagère", "strasse" "Straße", "σοφος" "ΣΟΦΟΣ" (t/vectors/text.json has the cases).
-- Compatibility forms become plain ones (NFKD), combining marks are removed (accents, points of Hebrew,
-- vowels of Arabic), and what else unaccent knows becomes letters of ASCII. Lower case is ICU's, which
-- depends on no locale; the small sigma at the end of a word is one with the other. What cannot be
-- seen is removed. With the owner's rights, for hob_text.
CREATE FUNCTION hob.folded(t text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	IF octet_length(t) = length(t) THEN
		RETURN lower(t COLLATE "C");
	END IF;
	RETURN translate(lower(hob_text.unaccent('hob_text.unaccent'::regdictionary, regexp_replace(normalize(t, NFKD),
		U&'[\00ad\0300-\036f\0591-\05bd\05bf\05c1\05c2\05c4\05c5\05c7\061c\064b-\065f\0670\115f\1160'
		'\17b4\17b5\180b-\180f\200b-\200f\202a-\202e\2060-\206f\3164\fe00-\fe0f\feff\ffa0]+', '', 'g'))
		COLLATE "und-x-icu"), 'ς', 'σ');
END
$$;
GRANT EXECUTE ON FUNCTION hob.folded(text) TO hob_api;

-- --- settings, and tables that age --------------------------------------------------------

-- A setting is a row, so that it can be changed while Hob runs. limit.*: how many there may be, whatever the plan, -1
-- for any number; read by hob.limit_of alone. lowest: the least that it may be, but for -1.
CREATE TABLE settings (
	name text COLLATE "C" PRIMARY KEY,
	value int NOT NULL,
	lowest int NOT NULL DEFAULT 0,
	version int NOT NULL DEFAULT 1,
	CONSTRAINT settings_value_check CHECK (value = -1 OR value >= lowest),
	CONSTRAINT settings_days_check CHECK (value <= 36500 OR name NOT LIKE 'keep.%')
);
INSERT INTO settings (name, value, lowest) VALUES
	('limit.memberships', 100, 1),	-- residences that an account owns or has joined
	('limit.sessions', 50, 1),	-- of an account
	('limit.access_tokens', 20, 0),	-- of an account
	('limit.webhooks', 10, 0),	-- of a residence
	('keep.activity', 730, 30);	-- days; -1: for ever

-- Tables partitioned by time, whose partitions `hob sweep` makes and drops (functions/aging.sql). keep
-- null: a setting, keep.<name>, has the days.
CREATE TABLE hob.aging (
	name text PRIMARY KEY,
	by_column text NOT NULL,
	unit text NOT NULL CHECK (unit IN ('day', 'month')),
	ahead int NOT NULL,	-- partitions besides the one of now
	keep interval
);

-- --- lookups: rows come from seed/lookups.sql ------------------------------------

-- What staff have made, changed or deleted of what seeds bring (functions/staff_lookups.sql): seeds leave it as it is.
CREATE TABLE hob.edited (
	list text COLLATE "C" NOT NULL,
	code text COLLATE "C" NOT NULL,
	PRIMARY KEY (list, code)
);

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
	color text NOT NULL CHECK (color ~ '^#[0-9a-f]{6}$'),
	version int NOT NULL DEFAULT 1
);
-- rank: higher is more urgent.
CREATE TABLE task_priorities (
	code text COLLATE "C" PRIMARY KEY,
	label text NOT NULL,
	position int NOT NULL,
	rank int NOT NULL,
	version int NOT NULL DEFAULT 1
);
CREATE TABLE task_states (
	code text COLLATE "C" PRIMARY KEY,
	label text NOT NULL,
	position int NOT NULL
);
-- What a new residence there is given: rows come from seed/countries.sql. currency: null where nobody pays.
CREATE TABLE countries (
	code text COLLATE "C" PRIMARY KEY,
	currency char(3),
	first_weekday text COLLATE "C" NOT NULL
		CHECK (first_weekday IN ('mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'))
);
CREATE TABLE residence_roles (
	code text COLLATE "C" PRIMARY KEY,
	label text NOT NULL,
	position int NOT NULL
);
