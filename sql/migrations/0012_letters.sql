-- Letters to accounts, and what the links and codes in them are good for (functions/letters.sql).

-- What a letter proves is that whoever has its token, or its code, reads the mail of `email`. id: of the job that sends
-- it, of which both are made, so that another try sends the same. Only the SHA-256 of the token is kept, and an HMAC of
-- the code. One of each purpose is good at a time, for 30 minutes and once. tries_before: code_tries.tries when it was
-- sent. A row goes when it is two days old
-- (hob.sweep_steps): until then it counts how many letters there were.
CREATE TABLE account_tokens (
	id uuid PRIMARY KEY,
	user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
	purpose text COLLATE "C" NOT NULL CHECK (purpose IN ('reset', 'verify', 'email')),
	email text COLLATE "C" NOT NULL,
	token_hash text COLLATE "C" NOT NULL UNIQUE,
	code_hash text COLLATE "C" NOT NULL,
	tries_before bigint NOT NULL DEFAULT 0,
	created_at timestamptz NOT NULL DEFAULT now(),
	expires_at timestamptz NOT NULL,
	used_at timestamptz
);
CREATE INDEX account_tokens_user_id_idx ON account_tokens (user_id, purpose);
CREATE INDEX account_tokens_email_idx ON account_tokens (hob.email_key(email), purpose);
CREATE INDEX account_tokens_created_at_idx ON account_tokens (created_at);

-- Codes that were tried with an address, whether or not somebody has it: so that counting takes the same work, and no
-- row says who has an account. address: SHA-256 of hob.email_key. tries: ever; day_tries: since day_at. A row goes when
-- day_at is two days old, and no letter to its address is there.
CREATE TABLE code_tries (
	purpose text COLLATE "C" NOT NULL,
	address text COLLATE "C" NOT NULL,
	tries bigint NOT NULL,
	day_tries int NOT NULL,
	day_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (purpose, address)
);
CREATE INDEX code_tries_day_at_idx ON code_tries (day_at);

-- No policies: rows are the business of functions with the owner's rights.
ALTER TABLE account_tokens ENABLE ROW LEVEL SECURITY;
ALTER TABLE code_tries ENABLE ROW LEVEL SECURITY;

-- Since when the account's address is known to be read by its owner; null: not yet.
ALTER TABLE users ADD email_verified_at timestamptz;
-- For lists of staff; those that are both are found in the first.
CREATE INDEX users_disabled_idx ON users (created_at, id, email_verified_at) WHERE NOT is_active;
CREATE INDEX users_unverified_idx ON users (created_at, id) WHERE email_verified_at IS NULL;

INSERT INTO job_kinds (kind) VALUES ('letter');
