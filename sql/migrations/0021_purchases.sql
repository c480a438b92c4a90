-- Purchases: what stores say that an account has paid for.

-- A subscription at a store, by Apple's originalTransactionId or Google's purchase token. user_id null: nobody has proved
-- yet that it is theirs, or that account is gone. as_of: the store's time of what is said here; of Google's, when it was
-- asked; null: it has said nothing yet. asked_at: when it answered last. unknown_at: since when it says that it knows no
-- such one. ended_at: since when it is over. lifts: it counts for a plan (one of a sandbox only where that is allowed, one
-- that is shared with a family never). follows: the subscription_id that it came after, as Google says. replaced_by: the
-- purchase that is in its place.
CREATE TABLE purchases (
	id uuid PRIMARY KEY,
	store text COLLATE "C" NOT NULL CHECK (store IN ('apple', 'google')),
	environment text COLLATE "C" NOT NULL CHECK (environment IN ('production', 'sandbox')),
	subscription_id text COLLATE "C" NOT NULL,
	user_id uuid REFERENCES users ON DELETE SET NULL,
	product_id text COLLATE "C",
	status text COLLATE "C" NOT NULL DEFAULT 'pending' CHECK (status IN ('active', 'grace', 'retry', 'paused',
		'cancelled', 'expired', 'refunded', 'revoked', 'pending')),
	renews bool NOT NULL DEFAULT false,
	entitled_until timestamptz,
	grace_until timestamptz,
	as_of timestamptz,
	asked_at timestamptz,
	unknown_at timestamptz,
	ended_at timestamptz,
	lifts bool NOT NULL DEFAULT false,
	follows text COLLATE "C",
	replaced_by uuid REFERENCES purchases ON DELETE SET NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now()
);
-- Apple's numbers are of one environment; whose Google's are, it says later.
CREATE UNIQUE INDEX purchases_key ON purchases
	(store, subscription_id, (CASE store WHEN 'apple' THEN environment END)) NULLS NOT DISTINCT;
CREATE INDEX purchases_user_id_idx ON purchases (user_id);
-- Few, and none on most servers.
CREATE INDEX purchases_sandbox_idx ON purchases (lifts) WHERE environment = 'sandbox';
CREATE INDEX purchases_replaced_by_idx ON purchases (replaced_by);
CREATE INDEX purchases_status_idx ON purchases (status, id);
-- The number by which people name one of Apple's. What Google has in its place is a secret.
CREATE INDEX purchases_transaction_idx ON purchases ((CASE store WHEN 'apple' THEN subscription_id END));
CREATE INDEX purchases_follows_idx ON purchases (follows) WHERE user_id IS NULL;
ALTER TABLE purchases ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON purchases FOR SELECT TO hob_api USING (user_id = hob.user_id());

-- What a store has told, once each. proof: a hash of what is to prove one that is not proven yet, so that a false one
-- stands in no true one's place. payload: that, and what it is about, until it is judged.
CREATE TABLE store_events (
	id uuid NOT NULL UNIQUE,
	store text COLLATE "C" NOT NULL CHECK (store IN ('apple', 'google')),
	event_id text COLLATE "C" NOT NULL,
	proof text COLLATE "C" NOT NULL,
	received_at timestamptz NOT NULL DEFAULT now(),
	about uuid REFERENCES purchases ON DELETE CASCADE,
	payload jsonb,
	state text COLLATE "C" NOT NULL CHECK (state IN ('unproven', 'waiting', 'done', 'forged')),
	PRIMARY KEY (store, event_id, proof)
);
CREATE INDEX store_events_about_idx ON store_events (about);
CREATE INDEX store_events_received_at_idx ON store_events (received_at);
CREATE INDEX store_events_state_idx ON store_events (state, received_at) WHERE state <> 'done';
ALTER TABLE store_events ENABLE ROW LEVEL SECURITY;

ALTER TABLE plans DROP CONSTRAINT plans_source_check, DROP CONSTRAINT plans_status_check,
	ADD CONSTRAINT plans_source_check CHECK (source IN ('grant', 'apple', 'google')),
	ADD CONSTRAINT plans_status_check CHECK (status IN ('active', 'grace', 'cancelled')),
	ADD COLUMN renews_at timestamptz,
	ADD COLUMN grace_until timestamptz;

-- Ask a store what a purchase is by now, tell Google that it arrived, and prove what it has pushed (app/jobs/purchase.c).
INSERT INTO job_kinds (kind) VALUES ('apple_purchase'), ('google_purchase'), ('google_acknowledge'), ('google_push');
-- Purchases whose jobs were lost are asked for, and those of nobody go (hob.keep_purchases).
INSERT INTO job_kinds (kind, every, at_time) VALUES ('keep_purchases', '1 day', '3 hours 5 minutes');
