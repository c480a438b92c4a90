-- Plans: what an account may have, and how much it has.

-- What somebody can subscribe to. rank: higher has more; the lowest is what everybody has. Staff edit all three.
CREATE TABLE tiers (
	code text COLLATE "C" PRIMARY KEY,
	rank int NOT NULL UNIQUE,
	version int NOT NULL DEFAULT 1
);
CREATE TABLE tier_texts (
	tier text COLLATE "C" NOT NULL REFERENCES tiers ON DELETE CASCADE,
	language text COLLATE "C" NOT NULL,
	name text NOT NULL,
	description text NOT NULL,
	PRIMARY KEY (tier, language)
);
-- Where in `usage` something is counted.
CREATE FUNCTION hob.place_of(what text) RETURNS int LANGUAGE sql IMMUTABLE
RETURN array_position('{residences,members,tasks,kept_tasks,contractors,documents,storage,share_codes,feeds}'::text[], what);
-- What is bounded by a plan, of an account or of a residence, which its owner pays for.
CREATE TABLE plan_limits (
	name text COLLATE "C" PRIMARY KEY,
	position int NOT NULL CHECK (position = hob.place_of(name)),
	of_account bool NOT NULL,
	of_residence bool NOT NULL
);
-- most: -1 for any number.
CREATE TABLE tier_limits (
	tier text COLLATE "C" NOT NULL REFERENCES tiers ON DELETE CASCADE,
	name text COLLATE "C" NOT NULL REFERENCES plan_limits,
	most bigint NOT NULL CHECK (most >= -1),
	PRIMARY KEY (tier, name)
);
-- What a store calls it.
CREATE TABLE tier_products (
	store text COLLATE "C" NOT NULL CHECK (store IN ('apple', 'google')),
	product_id text COLLATE "C" NOT NULL,
	tier text COLLATE "C" NOT NULL REFERENCES tiers ON DELETE CASCADE,
	period text COLLATE "C" NOT NULL CHECK (period IN ('month', 'year')),
	PRIMARY KEY (store, product_id)
);

INSERT INTO tiers (code, rank) VALUES ('free', 1), ('plus', 2), ('pro', 3);
INSERT INTO tier_texts (tier, language, name, description) VALUES
	('free', 'en', 'Free', 'One household, with all that it needs every day.'),
	('free', 'de', 'Kostenlos', 'Ein Haushalt mit allem, was er jeden Tag braucht.'),
	('plus', 'en', 'Plus', 'For families: more homes, more people, room for papers and photos.'),
	('plus', 'de', 'Plus', 'Für Familien: mehr Wohnungen, mehr Leute, Platz für Papiere und Fotos.'),
	('pro', 'en', 'Pro', 'For who looks after many homes.'),
	('pro', 'de', 'Pro', 'Für alle, die sich um viele Wohnungen kümmern.');
INSERT INTO plan_limits (name, position, of_account, of_residence) VALUES
	('residences', 1, true, false),		-- that the account owns
	('members', 2, false, true),		-- the owner included
	('tasks', 3, false, true),		-- open ones
	('kept_tasks', 4, false, true),		-- all that are not deleted: what lists and syncs have to read
	('contractors', 5, true, true),		-- of an account: those that only it sees
	('documents', 6, false, true),
	('storage', 7, false, true),		-- bytes of files, as they are kept
	('share_codes', 8, false, true),	-- open ones
	('feeds', 9, true, false);
INSERT INTO tier_limits (tier, name, most)
SELECT t.tier, l.name, l.most
  FROM (VALUES ('free', ARRAY[2, 5, 200, 2000, 20, 50, 256::bigint << 20, 3, 2]),
	('plus', ARRAY[5, 15, 1000, 10000, 100, 500, 5::bigint << 30, 10, 5]),
	('pro', ARRAY[50, 50, 5000, 20000, 500, 2000, 50::bigint << 30, 20, 20])) t (tier, numbers)
 CROSS JOIN LATERAL (SELECT p.name, t.numbers[p.position] FROM plan_limits p) l (name, most);
INSERT INTO tier_products (store, product_id, tier, period)
SELECT s.store, concat('hob_', t.tier, '_', p.period), t.tier, p.period
  FROM unnest('{apple,google}'::text[]) s (store)
 CROSS JOIN unnest('{plus,pro}'::text[]) t (tier)
 CROSS JOIN unnest('{month,year}'::text[]) p (period);

-- The plan of an account; without a row it has the lowest tier. What it follows from says source (hob.settle_plan).
CREATE TABLE plans (
	user_id uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE,
	tier text COLLATE "C" NOT NULL REFERENCES tiers,
	source text COLLATE "C" NOT NULL CHECK (source IN ('grant')),
	status text COLLATE "C" NOT NULL CHECK (status IN ('active')),
	ends_at timestamptz,
	updated_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE plans ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON plans FOR SELECT TO hob_api, hob_jobs USING (user_id = hob.user_id());

-- A tier that staff give. ends_at null: until it is taken back.
CREATE TABLE plan_grants (
	id uuid PRIMARY KEY,
	user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
	tier text COLLATE "C" NOT NULL REFERENCES tiers,
	reason text NOT NULL,
	granted_by text NOT NULL,
	granted_at timestamptz NOT NULL DEFAULT now(),
	ends_at timestamptz CHECK (ends_at > granted_at),
	revoked_at timestamptz
);
CREATE INDEX plan_grants_user_id_idx ON plan_grants (user_id);
ALTER TABLE plan_grants ENABLE ROW LEVEL SECURITY;

-- How much a residence or an account (about) has of what is bounded, by the positions of plan_limits, and the tier of who
-- pays, null: no plan. A narrow row, changed in place by whatever makes or ends something (functions/limits.sql). No tier
-- goes that somebody's plan has, so this needs no key of its own for that.
CREATE TABLE usage (
	about uuid PRIMARY KEY,
	used bigint[] NOT NULL,
	tier text COLLATE "C"
) WITH (fillfactor = 40);
-- For whom something is counted, and how much, of one limit or two.
CREATE TYPE hob.counted AS (about uuid, amounts bigint[]);
ALTER TABLE usage ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON usage FOR SELECT TO hob_api, hob_jobs
	USING (about = hob.user_id() OR about = ANY (ARRAY(
		SELECT m.residence_id FROM residence_members m
		 WHERE m.user_id = hob.user_id() AND NOT m.gone AND m.role = 'owner')));

-- Counts anew what triggers have counted (hob.recount_some).
INSERT INTO job_kinds (kind, every, at_time) VALUES ('recount', '1 day', '3 hours 20 minutes');
-- The plan of an account may have ended (app/jobs/plan.c).
INSERT INTO job_kinds (kind) VALUES ('plan');
-- Tiers are others, and with them plans (hob.plans_anew); by the clock for who bought something while they were edited.
INSERT INTO job_kinds (kind, every, at_time) VALUES ('tiers', '1 day', '3 hours 40 minutes');
