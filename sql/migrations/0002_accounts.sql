-- People and their sessions.
--
-- Every table is under row-level security from its first day: what a statement forgets to say, the
-- policy says.

-- mail_key, name_key, last_name_key: where lists of staff are searched (staff.users); kept, for each takes microseconds
-- to make, and a list looks at thousands.
CREATE TABLE users (
	id uuid PRIMARY KEY,
	email text COLLATE "C" NOT NULL,
	password_hash text NOT NULL,
	first_name text NOT NULL DEFAULT '',
	last_name text NOT NULL DEFAULT '',
	name text NOT NULL GENERATED ALWAYS AS (coalesce(
		nullif(btrim(first_name || ' ' || last_name), ''),
		split_part(email, '@', 1))) STORED,
	mail_key text COLLATE "C" NOT NULL GENERATED ALWAYS AS (hob.email_key(email)) STORED,
	name_key text COLLATE "C" NOT NULL GENERATED ALWAYS AS (hob.folded(coalesce(
		nullif(btrim(first_name || ' ' || last_name), ''),
		split_part(email, '@', 1)))) STORED,
	last_name_key text COLLATE "C" NOT NULL GENERATED ALWAYS AS (hob.folded(last_name)) STORED,
	locale text NOT NULL DEFAULT 'en',
	time_zone text NOT NULL DEFAULT 'UTC' CHECK (hob.is_time_zone(time_zone)),
	is_active bool NOT NULL DEFAULT true,
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now(),
	version int NOT NULL DEFAULT 1
);
CREATE UNIQUE INDEX users_email_key ON users (hob.email_key(email));
-- For lists of staff.
CREATE INDEX users_created_at_idx ON users (created_at, id);
CREATE INDEX users_mail_key_idx ON users (mail_key);
CREATE INDEX users_name_key_idx ON users (name_key);
CREATE INDEX users_last_name_key_idx ON users (last_name_key);

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

-- Personal access tokens: keys of an account for scripts and home automation, made, narrowed and ended by a
-- session. Only the SHA-256 of one is kept, behind "access token "; hint: its last four characters, to
-- recognise it by. residence_ids: those it is for, null for all, none when its owner has lost them all.
-- One ends at expires_at, or when it was not used for a year.
CREATE TABLE access_tokens (
	id uuid PRIMARY KEY,
	user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
	name text NOT NULL,
	token_hash text COLLATE "C" NOT NULL UNIQUE,
	hint text NOT NULL,
	scope text COLLATE "C" NOT NULL CHECK (scope IN ('read', 'write')),
	residence_ids uuid[],
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now(),
	last_used_at timestamptz,
	expires_at timestamptz,
	version int NOT NULL DEFAULT 1
);
CREATE INDEX access_tokens_user_id_idx ON access_tokens (user_id, created_at);

-- Networks from which somebody signed in to an account, as HMACs that the workers make: from there
-- no stranger can keep its owner out (hob.login_find). A row outlives the sessions.
CREATE TABLE login_networks (
	user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
	network text COLLATE "C" NOT NULL,
	last_at timestamptz NOT NULL,
	PRIMARY KEY (user_id, network)
);

-- Idempotency keys, so that a request that is sent again because its answer was lost is done once.
--
-- The key is kept by the transaction that does the work, so both happen or neither. What is
-- kept is not the answer but the id of what was made: the answer is made anew from it, in
-- the one case in a thousand that needs it. A key is good for 24 hours. That there is only one
-- of them is ensured by the lock in hob.once, for an index of a partition sees no other.
CREATE TABLE idempotency_keys (
	user_id uuid NOT NULL,
	key text COLLATE "C" NOT NULL,
	request text COLLATE "C" NOT NULL,	-- hash of method, path, query and body
	made_id uuid,
	made bool NOT NULL DEFAULT true,	-- false: it existed already
	answer jsonb,				-- where it is no object that can be read again
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (user_id, key, created_at)
) PARTITION BY RANGE (created_at);
CREATE TABLE idempotency_keys_default PARTITION OF idempotency_keys DEFAULT;
INSERT INTO hob.aging VALUES ('idempotency_keys', 'created_at', 'day', 7, '1 day');

-- An account is visible to its owner alone; names come from residence_people.
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
CREATE POLICY self ON users TO hob_api, hob_jobs
	USING (id = hob.user_id());

ALTER TABLE sessions ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON sessions TO hob_api, hob_jobs
	USING (user_id = hob.user_id());

ALTER TABLE access_tokens ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON access_tokens TO hob_api, hob_jobs
	USING (user_id = hob.user_id());

-- Only functions read it.
ALTER TABLE login_networks ENABLE ROW LEVEL SECURITY;

ALTER TABLE idempotency_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE idempotency_keys_default ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON idempotency_keys TO hob_api
	USING (user_id = hob.user_id());
