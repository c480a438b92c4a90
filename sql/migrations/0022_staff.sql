-- Staff of the service, their sessions, and the record of what they do: for hob-admin, whose role may touch no table.
-- It reads views and calls functions of the schema staff, all of them hob_owner's, each of which looks at the session
-- itself. No other role enters that schema.

-- Of public for its types alone, and because a search_path is one of schemas that one may enter.
GRANT USAGE ON SCHEMA public, hob TO hob_staff;
CREATE SCHEMA staff;
GRANT USAGE ON SCHEMA staff TO hob_staff;
GRANT EXECUTE ON FUNCTION hob.email_key(text) TO hob_staff;

-- Lowest first: each may what those below it may.
CREATE TYPE staff_role AS ENUM ('support', 'editor', 'admin');

-- totp_nonce is public: the key of the codes is an HMAC of it under cursor.secret (app/model/staff.h), so that no copy
-- of the database makes one. totp_step: the step of the last code that was used, so that none works twice.
CREATE TABLE staff (
	id uuid PRIMARY KEY,
	email text NOT NULL CHECK (length(email) BETWEEN 3 AND 254),
	name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
	role staff_role NOT NULL,
	password_hash text NOT NULL,
	totp_nonce text COLLATE "C" NOT NULL,
	totp_step bigint NOT NULL DEFAULT 0,
	disabled_at timestamptz,
	version int NOT NULL DEFAULT 1,
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX staff_email_key ON staff (hob.email_key(email));
ALTER TABLE staff ENABLE ROW LEVEL SECURITY;

-- HMACs of codes that are good once each, in place of one by the clock.
CREATE TABLE staff_recovery_codes (
	staff_id uuid NOT NULL REFERENCES staff ON DELETE CASCADE,
	code_hmac text COLLATE "C" NOT NULL,
	used_at timestamptz,
	PRIMARY KEY (staff_id, code_hmac)
);
ALTER TABLE staff_recovery_codes ENABLE ROW LEVEL SECURITY;

-- confirmed_at: when the password was given again.
CREATE TABLE staff_sessions (
	id uuid PRIMARY KEY,
	staff_id uuid NOT NULL REFERENCES staff ON DELETE CASCADE,
	token_hash text COLLATE "C" NOT NULL UNIQUE,
	address text NOT NULL,
	agent text NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	seen_at timestamptz NOT NULL DEFAULT now(),
	ends_at timestamptz NOT NULL,
	confirmed_at timestamptz
);
CREATE INDEX staff_sessions_staff_id_idx ON staff_sessions (staff_id);
ALTER TABLE staff_sessions ENABLE ROW LEVEL SECURITY;

-- When a session last told a residence that somebody looks into it (staff.look).
CREATE TABLE staff_looks (
	session_id uuid NOT NULL REFERENCES staff_sessions ON DELETE CASCADE,
	residence_id uuid NOT NULL,
	at timestamptz NOT NULL,
	PRIMARY KEY (session_id, residence_id)
);
ALTER TABLE staff_looks ENABLE ROW LEVEL SECURITY;

-- --- the record ---------------------------------------------------------------------------

-- Each event has the hash of the one before it in its own; functions/audit.sql has the chain. Its place there (day, in
-- UTC, seq, previous, hash) it gets when its transaction ends. Whose act it was is written out: staff_id null is somebody
-- at the command line, or who could not sign in; staff_email null: nobody has the address that was given. before and after
-- name all fields; values of those in `personal` stand in audit_values, are of the account or home `about`, and `seal` is
-- their hash.
CREATE TABLE audit_events (
	id uuid PRIMARY KEY,
	day date,
	seq int,
	at timestamptz NOT NULL,
	staff_id uuid,
	staff_email text,
	address text,
	request_id text,
	action text COLLATE "C" NOT NULL,
	entity text COLLATE "C" NOT NULL,
	subject text COLLATE "C",
	reason text,
	before jsonb,
	after jsonb,
	about uuid,
	personal text[] COLLATE "C",
	seal text COLLATE "C",
	previous text COLLATE "C",
	hash text COLLATE "C",
	UNIQUE (day, seq)
);
CREATE INDEX audit_events_at_idx ON audit_events (at, id);
CREATE INDEX audit_events_staff_id_idx ON audit_events (staff_id, at, id);
CREATE INDEX audit_events_action_idx ON audit_events (action, at, id);
CREATE INDEX audit_events_entity_idx ON audit_events (entity, at, id);
CREATE INDEX audit_events_subject_idx ON audit_events (subject, at, id);
-- Where somebody has signed in from, and when last.
CREATE INDEX audit_events_login_idx ON audit_events (staff_id, address, at) WHERE action = 'login';
CREATE INDEX audit_events_about_idx ON audit_events (about) WHERE about IS NOT NULL;
ALTER TABLE audit_events ENABLE ROW LEVEL SECURITY;
-- What it does is in functions/audit.sql; a trigger that waits for the end of a transaction cannot be replaced there.
CREATE FUNCTION hob.audit_chain() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'functions are to be applied first';
END
$$;
CREATE CONSTRAINT TRIGGER audit_events_chain AFTER INSERT ON audit_events
	DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (new.hash IS NULL) EXECUTE FUNCTION hob.audit_chain();

-- What is personal in an event, until whom it is about is erased. Who guesses it cannot prove that afterwards: the salt
-- is gone, too.
CREATE TABLE audit_values (
	event_id uuid PRIMARY KEY REFERENCES audit_events,
	salt uuid NOT NULL,
	before jsonb,
	after jsonb
);
ALTER TABLE audit_values ENABLE ROW LEVEL SECURITY;

-- How many events a day has, and the hash of the last, from which the first one of the next day goes on. logged_at: when
-- that was written into the log.
CREATE TABLE audit_days (
	day date PRIMARY KEY,
	events int NOT NULL,
	hash text COLLATE "C" NOT NULL,
	logged_at timestamptz
);
ALTER TABLE audit_days ENABLE ROW LEVEL SECURITY;

-- Writes the hashes of days that are over into the log (hob.days_of_record).
INSERT INTO job_kinds (kind, every, at_time) VALUES ('record', '1 day', '10 minutes');

-- --- numbers of the service -----------------------------------------------------------------

-- What staff see of a day (in UTC), for 400 days (functions/stats.sql). upto: until when the job `rollup` has counted.
-- storage_bytes is the latest; queue and job_lag_s are the highest that it met. latencies: how many requests took how
-- long, a number for each of hob.latency_from.
CREATE TABLE stats_days (
	day date PRIMARY KEY,
	upto timestamptz,
	sign_ups bigint NOT NULL DEFAULT 0,
	active_homes bigint NOT NULL DEFAULT 0,
	tasks_done bigint NOT NULL DEFAULT 0,
	notices_sent bigint NOT NULL DEFAULT 0,
	notices_failed bigint NOT NULL DEFAULT 0,
	storage_bytes bigint,
	requests_2xx bigint NOT NULL DEFAULT 0,
	requests_3xx bigint NOT NULL DEFAULT 0,
	requests_4xx bigint NOT NULL DEFAULT 0,
	requests_5xx bigint NOT NULL DEFAULT 0,
	latencies bigint[] NOT NULL DEFAULT '{}',
	queue bigint NOT NULL DEFAULT 0,
	job_lag_s bigint NOT NULL DEFAULT 0
);
ALTER TABLE stats_days ENABLE ROW LEVEL SECURITY;

-- Homes in which somebody has changed something on a day, so that each counts once.
CREATE TABLE stats_homes (
	day_at timestamptz NOT NULL,
	residence_id uuid NOT NULL,
	PRIMARY KEY (day_at, residence_id)
) PARTITION BY RANGE (day_at);
CREATE TABLE stats_homes_default PARTITION OF stats_homes DEFAULT;
INSERT INTO hob.aging VALUES ('stats_homes', 'day_at', 'day', 7, '2 days');
ALTER TABLE stats_homes ENABLE ROW LEVEL SECURITY;
ALTER TABLE stats_homes_default ENABLE ROW LEVEL SECURITY;

-- What came to the bytes of all files, or went, since the last rollup: rows, and not one number, so that nobody waits.
CREATE TABLE stats_bytes (
	at timestamptz NOT NULL DEFAULT now(),
	bytes bigint NOT NULL
);
ALTER TABLE stats_bytes ENABLE ROW LEVEL SECURITY;

-- What a pool of hob-api has counted since its start, as it said last (app/serve/figures.c).
CREATE TABLE stats_pools (
	pool text COLLATE "C" PRIMARY KEY,
	told_at timestamptz NOT NULL DEFAULT now(),
	statuses bigint[] NOT NULL DEFAULT '{0,0,0,0}',
	latencies bigint[] NOT NULL DEFAULT '{}'
);
ALTER TABLE stats_pools ENABLE ROW LEVEL SECURITY;

-- What came since the last rollup is at the end of these tables, or of an index of the few that it is about. What staff
-- look for by its id lies where its time does, for ids are by time: an index that writing does not feel will do.
CREATE INDEX activity_time_idx ON activity USING brin (at, id) WITH (autosummarize = on, pages_per_range = 32);
CREATE INDEX deliveries_ended_at_idx ON deliveries (ended_at) WHERE state IN ('accepted', 'failed');

INSERT INTO job_kinds (kind, every) VALUES ('rollup', '5 minutes');

-- --- what lookups are used by ----------------------------------------------------------------

-- Editors delete what nothing names, for which keys would read whole tables. Filters of a megabyte of rows each say where
-- a code may be, and no write of a household feels them: 200 us of making a task are the same with and without (measured),
-- where two common indexes take 18 more. A hundred codes fit into one.
CREATE INDEX tasks_lookups_idx ON tasks USING brin (
	category text_bloom_ops (n_distinct_per_range = 100), priority text_bloom_ops (n_distinct_per_range = 100),
	template text_bloom_ops (n_distinct_per_range = 100)) WITH (autosummarize = on);
CREATE INDEX completions_category_idx ON completions
	USING brin (category text_bloom_ops (n_distinct_per_range = 100)) WITH (autosummarize = on);
CREATE INDEX documents_category_idx ON documents
	USING brin (category text_bloom_ops (n_distinct_per_range = 100)) WITH (autosummarize = on);
CREATE INDEX plans_tier_idx ON plans
	USING brin (tier text_bloom_ops (n_distinct_per_range = 100)) WITH (autosummarize = on);
CREATE INDEX plan_grants_tier_idx ON plan_grants
	USING brin (tier text_bloom_ops (n_distinct_per_range = 100)) WITH (autosummarize = on);
CREATE INDEX contractors_specialties_idx ON contractors USING gin (specialties);

-- --- what the service does -----------------------------------------------------------------

-- One row. message: the service is read-only, and this is what callers are told; null: it is not (functions/mode.sql).
CREATE TABLE service_mode (
	one bool PRIMARY KEY DEFAULT true CHECK (one),
	message text CHECK (length(message) BETWEEN 1 AND 500),
	since timestamptz NOT NULL DEFAULT now()
);
INSERT INTO service_mode DEFAULT VALUES;
ALTER TABLE service_mode ENABLE ROW LEVEL SECURITY;
CREATE POLICY everybody ON service_mode FOR SELECT TO hob_api USING (true);
