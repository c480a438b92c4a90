-- Work in the background. A statement that changes something adds the job that follows from it, in the same
-- transaction; runners of any host lease what is due, and end it under the number of their lease. `at` is the
-- caller's clock everywhere, so that tests can move it.
-- after: aging

-- Adds a job, or brings forward the one that waits under this key; one that a runner has at this moment runs once
-- more. For functions and triggers; a dead one is taken up again.
CREATE OR REPLACE FUNCTION hob.add_job(kind text, key text, run_at timestamptz DEFAULT now(),
	args jsonb DEFAULT '{}') RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	INSERT INTO jobs AS j (kind, key, run_at, args) VALUES ($1, $2, $3, $4)
	ON CONFLICT ON CONSTRAINT jobs_kind_key_key DO UPDATE SET
		run_at = CASE WHEN j.leased_by IS NULL THEN least(j.run_at, excluded.run_at) ELSE j.run_at END,
		again_at = CASE WHEN j.leased_by IS NOT NULL THEN least(j.again_at, excluded.run_at) END,
		args = excluded.args,
		tries = CASE WHEN j.dead_at IS NULL THEN j.tries ELSE 0 END,
		dead_at = NULL
$$;

-- A job that failed so often is dead, until somebody looks after it.
CREATE OR REPLACE FUNCTION hob.job_tries() RETURNS int LANGUAGE sql IMMUTABLE RETURN 8;

-- Leases what is due, at most so many of each of these kinds, those first that are due longest. late_ms: since when.
CREATE OR REPLACE FUNCTION hob.lease_jobs(kinds text[], most int[], lease_s int[], runner text, at timestamptz)
RETURNS TABLE (id uuid, kind text, key text, args jsonb, attempt int, tries int, last_try bool, late_ms bigint)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan AS $$
	UPDATE jobs j
	   SET run_at = $5 + d.lease_s * interval '1 second', attempt = j.attempt + 1, tries = j.tries + 1,
	       leased_by = $4, leased_at = $5
	  FROM (SELECT d.id, k.lease_s, d.run_at
		  FROM unnest($1, $2, $3) k (kind, most, lease_s)
		  JOIN job_kinds o ON o.kind = k.kind AND NOT o.paused
		 CROSS JOIN LATERAL (
			SELECT x.id, x.run_at FROM jobs x
			 WHERE x.kind = k.kind AND x.dead_at IS NULL AND x.run_at <= $5 AND x.tries < hob.job_tries()
			 ORDER BY x.run_at LIMIT k.most FOR UPDATE SKIP LOCKED) d) d
	 WHERE j.id = d.id
	RETURNING j.id, j.kind, j.key, j.args, j.attempt, j.tries, j.tries >= hob.job_tries(),
		(extract(epoch FROM $5 - d.run_at) * 1000)::bigint
$$;

-- Ends jobs that are done; how many of them were still the caller's. One that was asked for again waits once more.
CREATE OR REPLACE FUNCTION hob.finish_jobs(ids uuid[], attempts int[], at timestamptz) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	n int;
BEGIN
	WITH mine AS (
		SELECT j.id, j.again_at FROM jobs j JOIN unnest(ids, attempts) m (id, attempt) USING (id, attempt)
		 WHERE j.leased_by IS NOT NULL
		   FOR UPDATE OF j
	), rested AS (
		UPDATE jobs j SET run_at = j.again_at, again_at = NULL, tries = 0, leased_by = NULL, last_error = NULL
		  FROM mine m WHERE j.id = m.id AND m.again_at IS NOT NULL
	), gone AS (
		DELETE FROM jobs j USING mine m WHERE j.id = m.id AND m.again_at IS NULL
		RETURNING j.*
	), noted AS (
		INSERT INTO job_history (id, kind, key, attempt, outcome, last_error, created_at, run_at, leased_by, ended_at)
		SELECT g.id, g.kind, g.key, g.attempt, 'done', g.last_error, g.created_at, g.leased_at, g.leased_by, at
		  FROM gone g
	)
	SELECT count(*) INTO n FROM mine;
	RETURN n;
END
$$;

-- Gives back what was leased and not begun; how many of them were still the caller's.
CREATE OR REPLACE FUNCTION hob.return_jobs(ids uuid[], attempts int[], at timestamptz) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	n int;
BEGIN
	UPDATE jobs j SET run_at = at, tries = j.tries - 1, leased_by = NULL, again_at = NULL
	  FROM unnest(ids, attempts) m (id, attempt)
	 WHERE j.id = m.id AND j.attempt = m.attempt AND j.leased_by IS NOT NULL;
	GET DIAGNOSTICS n = ROW_COUNT;
	RETURN n;
END
$$;

-- A job failed: it waits until retry_at, or is dead when that was its last try and nobody has asked for it
-- meanwhile. Nothing when it is another's by now.
CREATE OR REPLACE FUNCTION hob.fail_job(job uuid, attempt int, why text, retry_at timestamptz, last_try bool,
	at timestamptz) RETURNS bool
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	UPDATE jobs j SET run_at = retry_at, last_error = left(why, 1000), leased_by = NULL, again_at = NULL,
		tries = CASE WHEN j.again_at IS NULL THEN j.tries ELSE 0 END,
		dead_at = CASE WHEN last_try AND j.again_at IS NULL THEN at END
	 WHERE j.id = job AND j.attempt = fail_job.attempt AND j.leased_by IS NOT NULL
	RETURNING true
$$;

-- Makes the jobs of the kinds that come by the clock, each once whoever asks, and the last one alone after an
-- outage: how many. A kind that was never planned begins now. Buries, too, what its runner died of at the last try.
CREATE OR REPLACE FUNCTION hob.plan_jobs(at timestamptz) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	k record;
	n int := 0;
BEGIN
	UPDATE jobs j SET dead_at = at, leased_by = NULL, last_error = coalesce(last_error, 'its runner died')
	 WHERE j.dead_at IS NULL AND j.run_at <= at AND j.tries >= hob.job_tries();
	FOR k IN SELECT o.kind, date_bin(o.every, at, timestamptz '2000-01-01' + o.at_time) AS slot
		   FROM job_kinds o
		  WHERE o.every IS NOT NULL AND date_bin(o.every, at, timestamptz '2000-01-01' + o.at_time) > o.planned
		  ORDER BY o.kind FOR UPDATE SKIP LOCKED LOOP
		UPDATE job_kinds o SET planned = k.slot WHERE o.kind = k.kind;
		PERFORM hob.add_job(k.kind, to_char(k.slot AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"'), at);
		n := n + 1;
	END LOOP;
	RETURN n;
END
$$;

-- The work of a job of the kind "probe" (app/jobs/probe.c): its words when no other try would help.
CREATE OR REPLACE FUNCTION hob.probe_job(args jsonb) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	PERFORM pg_sleep((args ->> 'wait_ms')::float8 / 1000);
	IF args ? 'fail' THEN
		RAISE EXCEPTION '%', args ->> 'fail';
	END IF;
	RETURN args ->> 'never';
END
$$;

-- --- for administrators (`hob jobs`) -------------------------------------------------------

-- A row for each kind. late_s: how long the oldest of those that are due waits.
CREATE OR REPLACE FUNCTION hob.job_kinds_now(at timestamptz)
RETURNS TABLE (kind text, state text, waiting bigint, leased bigint, dead bigint, late_s bigint, done_today bigint)
LANGUAGE sql STABLE AS $$
	SELECT o.kind, CASE WHEN o.paused THEN 'paused' ELSE 'on' END,
	       count(j.id) FILTER (WHERE j.dead_at IS NULL AND j.leased_by IS NULL),
	       count(j.id) FILTER (WHERE j.leased_by IS NOT NULL),
	       count(j.id) FILTER (WHERE j.dead_at IS NOT NULL),
	       extract(epoch FROM at - min(j.run_at) FILTER (WHERE j.dead_at IS NULL AND j.run_at <= at))::bigint,
	       (SELECT count(*) FROM job_history h WHERE h.kind = o.kind AND h.ended_at > at - interval '1 day')
	  FROM job_kinds o LEFT JOIN jobs j USING (kind)
	 GROUP BY o.kind
	 ORDER BY o.kind
$$;

-- Of one kind (null: of all), the dead alone or all; those first that are due first. At most 100.
CREATE OR REPLACE FUNCTION hob.list_jobs(of_kind text, dead_only bool)
RETURNS TABLE (id uuid, kind text, key text, state text, run_at timestamptz, tries int, last_error text)
LANGUAGE sql STABLE AS $$
	SELECT j.id, j.kind, j.key, CASE WHEN j.dead_at IS NOT NULL THEN 'dead'
			WHEN j.leased_by IS NOT NULL THEN 'leased' ELSE 'waiting' END,
	       j.run_at, j.tries, coalesce(j.last_error, '')
	  FROM jobs j
	 WHERE (of_kind IS NULL OR j.kind = of_kind) AND (j.dead_at IS NOT NULL OR NOT dead_only)
	 ORDER BY j.run_at, j.id
	 LIMIT 100
$$;

-- All there is about one, of those that are there or were lately: a line for each name. The arguments of a job may name
-- people, so they are shown here alone.
CREATE OR REPLACE FUNCTION hob.show_job(job uuid) RETURNS TABLE (name text, value text)
LANGUAGE sql STABLE AS $$
	SELECT e.key, e.value FROM jobs j CROSS JOIN LATERAL jsonb_each_text(to_jsonb(j)) e
	 WHERE j.id = job AND e.value IS NOT NULL
	UNION ALL
	SELECT e.key, e.value FROM job_history h CROSS JOIN LATERAL jsonb_each_text(to_jsonb(h)) e
	 WHERE h.id = job AND e.value IS NOT NULL
$$;

-- Takes up again what waits or is dead, at once and with all its tries: one, or all the dead of a kind. How many.
CREATE OR REPLACE FUNCTION hob.retry_jobs(job uuid, of_kind text, at timestamptz) RETURNS bigint
LANGUAGE sql AS $$
	WITH taken AS (
		UPDATE jobs j SET run_at = at, tries = 0, dead_at = NULL
		 WHERE j.leased_by IS NULL AND (j.id = job OR (job IS NULL AND j.kind = of_kind AND j.dead_at IS NOT NULL))
		RETURNING 1
	)
	SELECT count(*) FROM taken
$$;

-- Ends one that is not done: how many, 0 or 1. A runner that has it at this moment goes on, and its report is not heard.
CREATE OR REPLACE FUNCTION hob.cancel_job(job uuid, at timestamptz) RETURNS bigint
LANGUAGE sql AS $$
	WITH gone AS (
		DELETE FROM jobs j WHERE j.id = job RETURNING j.*
	), noted AS (
		INSERT INTO job_history (id, kind, key, attempt, outcome, last_error, created_at, run_at, leased_by, ended_at)
		SELECT g.id, g.kind, g.key, g.attempt, 'cancelled', g.last_error, g.created_at, g.leased_at, g.leased_by, at
		  FROM gone g
	)
	SELECT count(*) FROM gone
$$;

-- Whether jobs of a kind are leased; how many kinds have that name.
CREATE OR REPLACE FUNCTION hob.pause_jobs(of_kind text, paused bool) RETURNS bigint
LANGUAGE sql AS $$
	WITH told AS (
		UPDATE job_kinds o SET paused = pause_jobs.paused WHERE o.kind = of_kind RETURNING 1
	)
	SELECT count(*) FROM told
$$;

-- --- the sweep -------------------------------------------------------------------------------

-- One step of the sweep (hob.sweep_steps), which this works out itself: whoever calls names it, and gives no SQL. What
-- a step says: how many rows it deleted or found in its way. Tables are made in the first schema of the path.
CREATE OR REPLACE FUNCTION hob.sweep_step(step text, at timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '100ms' AS $$
DECLARE
	s record;
	n bigint;
BEGIN
	SELECT * INTO s FROM hob.sweep_steps(at) x WHERE x.what = step;
	IF NOT FOUND THEN
		RETURN 0;
	ELSIF s.repeated OR s.creates THEN
		EXECUTE s.statement INTO n;
	ELSE
		EXECUTE s.statement;
	END IF;
	RETURN coalesce(n, 0);
END
$$;

-- The steps of a sweep that are due, by name, those first that make room.
CREATE OR REPLACE FUNCTION hob.sweep_names(at timestamptz) RETURNS TABLE (step text, repeated bool)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
	SELECT s.what, s.repeated FROM hob.sweep_steps($1) s ORDER BY s.creates DESC, s.what
$$;

GRANT EXECUTE ON FUNCTION hob.lease_jobs(text[], int[], int[], text, timestamptz),
	hob.finish_jobs(uuid[], int[], timestamptz), hob.return_jobs(uuid[], int[], timestamptz),
	hob.fail_job(uuid, int, text, timestamptz, bool, timestamptz),
	hob.plan_jobs(timestamptz), hob.probe_job(jsonb), hob.sweep_step(text, timestamptz),
	hob.sweep_names(timestamptz)
	TO hob_jobs;
