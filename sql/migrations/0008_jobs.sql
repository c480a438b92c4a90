-- Work in the background: what is to be done (jobs), what of it was done (job_history), and the kinds.

-- A kind of job: app/jobs/kinds.c says what it does. every: the planner makes one so often, `at_time` of the day
-- (UTC) or of the hour being the first; null: statements make them. planned: until when it has.
CREATE TABLE job_kinds (
	kind text COLLATE "C" PRIMARY KEY,
	every interval CHECK (every > interval '0' AND date_part('month', every) = 0 AND date_part('year', every) = 0),
	at_time interval NOT NULL DEFAULT interval '0',
	planned timestamptz NOT NULL DEFAULT '-infinity',
	paused bool NOT NULL DEFAULT false
);
INSERT INTO job_kinds (kind, every, at_time) VALUES
	('probe', NULL, '0'),
	('sweep', '1 day', '3 hours 20 minutes'),
	('webhook', NULL, '0');

-- key: what it is about, so that the same work is there once. run_at: not before; of one that a runner has, the end
-- of its lease, after which another takes it. attempt: counts leases, and is the fence: what an earlier one
-- reports is not heard. tries: since it was made or taken up again by hand; after the last of them it is dead.
-- again_at: when it was asked for once more, while a runner had it.
CREATE TABLE jobs (
	id uuid PRIMARY KEY DEFAULT hob.uuid_v7(),
	kind text COLLATE "C" NOT NULL REFERENCES job_kinds,
	key text COLLATE "C" NOT NULL,
	args jsonb NOT NULL DEFAULT '{}',
	run_at timestamptz NOT NULL DEFAULT now() CHECK (isfinite(run_at)),
	attempt int NOT NULL DEFAULT 0,
	tries int NOT NULL DEFAULT 0,
	again_at timestamptz,
	leased_by text,
	leased_at timestamptz,
	last_error text,
	dead_at timestamptz,
	state text COLLATE "C" NOT NULL GENERATED ALWAYS AS (CASE WHEN dead_at IS NOT NULL THEN 'dead'
		WHEN leased_by IS NOT NULL THEN 'leased' ELSE 'waiting' END) STORED
		CHECK (state IN ('waiting', 'leased', 'dead')),
	created_at timestamptz NOT NULL DEFAULT now(),
	UNIQUE (kind, key)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX jobs_due_idx ON jobs (kind, run_at) WHERE dead_at IS NULL;
-- Those that had their last try (hob.job_tries).
CREATE INDEX jobs_tired_idx ON jobs (run_at) WHERE dead_at IS NULL AND tries >= 8;
-- For staff: ids are by time. Of a kind that few wait of the others would all be passed on the way.
CREATE INDEX jobs_kind_idx ON jobs (kind, id);
CREATE INDEX jobs_state_idx ON jobs (id) WHERE state <> 'waiting';

-- What became of jobs that are no more, each once: what goes on has a new id (hob.finish_jobs).
CREATE TABLE job_history (
	id uuid NOT NULL,
	kind text COLLATE "C" NOT NULL,
	key text COLLATE "C" NOT NULL,
	attempt int NOT NULL,
	outcome text COLLATE "C" NOT NULL CHECK (outcome IN ('done', 'cancelled')),
	last_error text,
	created_at timestamptz NOT NULL,
	begun_at timestamptz,
	leased_by text,
	ended_at timestamptz NOT NULL DEFAULT now()
) PARTITION BY RANGE (ended_at);
CREATE TABLE job_history_default PARTITION OF job_history DEFAULT;
INSERT INTO hob.aging VALUES ('job_history', 'ended_at', 'day', 7, '14 days');
CREATE INDEX job_history_kind_idx ON job_history (kind, ended_at);
CREATE INDEX job_history_id_idx ON job_history (id);
CREATE INDEX job_history_undone_idx ON job_history (id) WHERE outcome <> 'done';

-- No policy: rows are the business of the functions that are granted.
ALTER TABLE job_kinds ENABLE ROW LEVEL SECURITY;
ALTER TABLE jobs ENABLE ROW LEVEL SECURITY;
ALTER TABLE job_history ENABLE ROW LEVEL SECURITY;
ALTER TABLE job_history_default ENABLE ROW LEVEL SECURITY;
