-- Work in the background. A statement that changes something adds the job that follows from it, in the same
-- transaction; runners of any host lease what is due, and end it under the number of their lease. The clock is that
-- of the database: those of the hosts may differ. The table is empty most of the time, and PostgreSQL would plan for
-- that: so rows are named by arrays of their ids and not by joins, and nothing scans the table.
-- after: aging touch

-- Says once in a transaction that there is something to do now: whoever runs it rings for the runners behind the commit
-- (app/model/bell.h).
CREATE OR REPLACE FUNCTION hob.ring() RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF current_setting('hob.rung', true) IS DISTINCT FROM 't' THEN
		PERFORM set_config('hob.rung', 't', true);
		PERFORM hob.say('jobs');
	END IF;
END
$$;

-- Adds a job, or brings forward the one that waits under this key; one that a runner has at this moment runs once
-- more. For functions and triggers; a dead one is taken up again.
CREATE OR REPLACE FUNCTION hob.add_job(kind text, key text, run_at timestamptz DEFAULT now(),
	args jsonb DEFAULT '{}') RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	INSERT INTO jobs AS j (kind, key, run_at, args) VALUES ($1, $2, $3, $4)
	ON CONFLICT ON CONSTRAINT jobs_kind_key_key DO UPDATE SET
		run_at = CASE WHEN j.leased_by IS NULL THEN least(j.run_at, excluded.run_at) ELSE j.run_at END,
		again_at = CASE WHEN j.leased_by IS NOT NULL THEN least(j.again_at, excluded.run_at) END,
		args = excluded.args,
		tries = CASE WHEN j.dead_at IS NULL THEN j.tries ELSE 0 END,
		dead_at = NULL;
	IF $3 <= now() THEN
		PERFORM hob.ring();
	END IF;
END
$$;

-- A job that failed so often is dead, until somebody looks after it.
CREATE OR REPLACE FUNCTION hob.job_tries() RETURNS int LANGUAGE sql IMMUTABLE RETURN 8;

-- The kinds of which something is due and that are not paused.
CREATE OR REPLACE FUNCTION hob.due_kinds() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
	SELECT o.kind
	  FROM job_kinds o
	 CROSS JOIN LATERAL (SELECT FROM jobs j
		WHERE j.kind = o.kind AND j.dead_at IS NULL AND j.run_at <= now() AND j.tries < hob.job_tries() LIMIT 1) d
	 WHERE NOT o.paused
$$;

-- Leases what is due of a kind, at most so many, those first that are due longest. One whose lease ran out is leased
-- alone: it may be what its runner died of. What lies on one disk (on_host of its arguments) is left to runners that
-- have it, files_host. The ids are chosen first: joined with the table, PostgreSQL may choose anew for each of its
-- rows.
CREATE OR REPLACE FUNCTION hob.lease_jobs(of_kind text, most int, lease_s int, runner text, files_host text)
RETURNS TABLE (id uuid, key text, args jsonb, attempt int, tries int, last_try bool)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
DECLARE
	chosen uuid[];
BEGIN
	IF EXISTS (SELECT FROM job_kinds o WHERE o.kind = of_kind AND o.paused) THEN
		RETURN;
	END IF;
	SELECT CASE WHEN bool_or(c.leased_by IS NOT NULL)
		THEN (array_agg(c.id) FILTER (WHERE c.leased_by IS NOT NULL))[1:1] ELSE array_agg(c.id) END
	  INTO chosen
	  FROM (SELECT x.id, x.leased_by FROM jobs x
		 WHERE x.kind = of_kind AND x.dead_at IS NULL AND x.run_at <= now() AND x.tries < hob.job_tries()
		   AND coalesce(x.args ->> 'on_host' = files_host, true)
		 ORDER BY x.run_at LIMIT most FOR UPDATE SKIP LOCKED) c;
	RETURN QUERY
	UPDATE jobs j
	   SET run_at = now() + lease_jobs.lease_s * interval '1 second', attempt = j.attempt + 1, tries = j.tries + 1,
	       leased_by = runner, leased_at = now()
	 WHERE j.id = ANY (chosen)
	RETURNING j.id, j.key, j.args, j.attempt, j.tries, j.tries >= hob.job_tries();
END
$$;

-- Ends jobs that are done; how many of them were still the caller's. One that was asked for again waits once more, as
-- another job: the history has the id of this one.
CREATE OR REPLACE FUNCTION hob.finish_jobs(ids uuid[], attempts int[]) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
DECLARE
	done uuid[];
	again uuid[];
BEGIN
	SELECT array_agg(m.id) FILTER (WHERE m.again_at IS NULL), array_agg(m.id) FILTER (WHERE m.again_at IS NOT NULL)
	  INTO done, again
	  FROM (SELECT j.id, j.attempt, j.again_at FROM jobs j WHERE j.id = ANY (ids) AND j.leased_by IS NOT NULL
		 ORDER BY j.id FOR NO KEY UPDATE) m
	 WHERE m.attempt = attempts[array_position(ids, m.id)];
	INSERT INTO job_history (id, kind, key, attempt, outcome, last_error, created_at, begun_at, leased_by)
	SELECT j.id, j.kind, j.key, j.attempt, 'done', j.last_error, j.created_at, j.leased_at, j.leased_by
	  FROM jobs j WHERE j.id = ANY (done || again);
	UPDATE jobs j SET id = hob.uuid_v7(), run_at = j.again_at, again_at = NULL, tries = 0, leased_by = NULL,
		last_error = NULL, created_at = now()
	 WHERE j.id = ANY (again);
	DELETE FROM jobs j WHERE j.id = ANY (done);
	RETURN coalesce(cardinality(done || again), 0);
END
$$;

-- Gives back what was leased and not begun; how many of them were still the caller's.
CREATE OR REPLACE FUNCTION hob.return_jobs(ids uuid[], attempts int[]) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
DECLARE
	n int;
BEGIN
	UPDATE jobs j SET run_at = now(), tries = j.tries - 1, leased_by = NULL, again_at = NULL
	 WHERE j.id = ANY (ids) AND j.attempt = attempts[array_position(ids, j.id)] AND j.leased_by IS NOT NULL;
	GET DIAGNOSTICS n = ROW_COUNT;
	RETURN n;
END
$$;

-- A job failed: it waits for so long, or is dead when that was its last try. One that somebody asked for meanwhile, for
-- an earlier time than its next try, begins anew. counts: the try is one of those that it has. How many, 0 when it is another's by now.
CREATE OR REPLACE FUNCTION hob.fail_job(job uuid, attempt int, why text, wait_ms bigint, last_try bool, counts bool)
RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	later CONSTANT timestamptz := now() + wait_ms * interval '1 millisecond';
	next_try CONSTANT timestamptz := CASE WHEN last_try THEN 'infinity' ELSE later END;
	n int;
BEGIN
	UPDATE jobs j
	   SET run_at = coalesce(least(j.again_at, nullif(next_try, 'infinity')), later), last_error = left(why, 1000),
	       leased_by = NULL, again_at = NULL,
	       tries = CASE WHEN j.again_at <= next_try THEN 0 ELSE j.tries - (NOT counts)::int END,
	       dead_at = CASE WHEN last_try AND j.again_at IS NULL THEN now() END
	 WHERE j.id = job AND j.attempt = fail_job.attempt AND j.leased_by IS NOT NULL;
	GET DIAGNOSTICS n = ROW_COUNT;
	RETURN n;
END
$$;

-- Makes the jobs of the kinds that come by the clock, each once whoever asks, and the last one alone after an
-- outage: how many. A kind that was never planned begins now. Buries, too, what its runner died of at the last try.
CREATE OR REPLACE FUNCTION hob.plan_jobs() RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
DECLARE
	k record;
	n int := 0;
BEGIN
	UPDATE jobs j
	   SET leased_by = NULL, again_at = NULL, last_error = coalesce(j.last_error, 'its runner died'),
	       run_at = coalesce(j.again_at, j.run_at), tries = CASE WHEN j.again_at IS NULL THEN j.tries ELSE 0 END,
	       dead_at = CASE WHEN j.again_at IS NULL THEN now() END
	 WHERE j.id = ANY (ARRAY(SELECT x.id FROM jobs x
		WHERE x.dead_at IS NULL AND x.run_at <= now() AND x.tries >= hob.job_tries()
		ORDER BY x.id LIMIT 1000 FOR NO KEY UPDATE SKIP LOCKED));
	FOR k IN SELECT o.kind, s.slot
		   FROM job_kinds o
		  CROSS JOIN LATERAL (SELECT date_bin(o.every, now(), timestamptz '2000-01-01' + o.at_time) AS slot) s
		  WHERE s.slot > o.planned OR o.planned > now() + o.every
		  ORDER BY o.kind FOR NO KEY UPDATE OF o SKIP LOCKED LOOP
		UPDATE job_kinds o SET planned = k.slot WHERE o.kind = k.kind;
		PERFORM hob.add_job(k.kind, 'by the clock');
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
CREATE OR REPLACE FUNCTION hob.job_kinds_now()
RETURNS TABLE (kind text, state text, waiting bigint, leased bigint, dead bigint, late_s bigint, done_in_an_hour bigint)
LANGUAGE sql STABLE AS $$
	SELECT o.kind, CASE WHEN o.paused THEN 'paused' ELSE 'on' END,
	       count(j.id) FILTER (WHERE j.state = 'waiting'),
	       count(j.id) FILTER (WHERE j.state = 'leased'),
	       count(j.id) FILTER (WHERE j.state = 'dead'),
	       extract(epoch FROM now() - min(j.run_at) FILTER (WHERE j.dead_at IS NULL AND j.run_at <= now()))::bigint,
	       (SELECT count(*) FROM job_history h
		 WHERE h.kind = o.kind AND h.outcome = 'done' AND h.ended_at > now() - interval '1 hour')
	  FROM job_kinds o LEFT JOIN jobs j USING (kind)
	 GROUP BY o.kind
	 ORDER BY o.kind
$$;

-- The same for `hob status`, which asks no database (app/jobs/backlog.c), and behind it what shall leave the house:
-- held is what a runner has, or waits for the end of quiet hours.
CREATE OR REPLACE FUNCTION hob.backlog()
RETURNS TABLE (name text, is_kind bool, paused bool, waiting bigint, held bigint, dead bigint, late_s bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT k.kind, true, k.state = 'paused', k.waiting, k.leased, k.dead, coalesce(k.late_s, 0)
	  FROM hob.job_kinds_now() k
	UNION ALL
	SELECT c.channel, false, false,
	       (SELECT count(*) FROM deliveries d WHERE d.channel = c.channel AND d.state = 'waiting'),
	       (SELECT count(*) FROM deliveries d WHERE d.channel = c.channel AND d.state = 'held'), 0, 0
	  FROM (VALUES ('push'), ('mail')) c (channel)
	UNION ALL
	SELECT 'webhooks', false, false, count(*), 0, 0, 0 FROM webhook_deliveries d WHERE d.next_at IS NOT NULL
$$;

-- Of one kind (null: of all), the dead alone or all; those first that are due first. At most 100.
CREATE OR REPLACE FUNCTION hob.list_jobs(of_kind text, dead_only bool)
RETURNS TABLE (id uuid, kind text, key text, state text, run_at timestamptz, tries int, last_error text)
LANGUAGE sql STABLE AS $$
	SELECT j.id, j.kind, j.key, j.state, j.run_at, j.tries, coalesce(j.last_error, '')
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
CREATE OR REPLACE FUNCTION hob.retry_jobs(job uuid, of_kind text) RETURNS bigint
LANGUAGE sql AS $$
	WITH taken AS (
		UPDATE jobs j SET run_at = now(), tries = 0, dead_at = NULL
		 WHERE j.leased_by IS NULL AND (j.id = job OR (job IS NULL AND j.kind = of_kind AND j.dead_at IS NOT NULL))
		RETURNING 1
	)
	SELECT count(*) FROM taken
$$;

-- Ends one that is not done: how many, 0 or 1. A runner that has it at this moment goes on, and its report is not
-- heard.
CREATE OR REPLACE FUNCTION hob.cancel_job(job uuid) RETURNS bigint
LANGUAGE sql AS $$
	WITH gone AS (
		DELETE FROM jobs j WHERE j.id = job RETURNING j.*
	), noted AS (
		INSERT INTO job_history (id, kind, key, attempt, outcome, last_error, created_at, begun_at, leased_by)
		SELECT g.id, g.kind, g.key, g.attempt, 'cancelled', g.last_error, g.created_at, g.leased_at, g.leased_by
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

-- One step of the sweep (hob.sweep_steps), which this works out itself: whoever calls names it, and gives neither SQL
-- nor a time. What a step says: how many rows it deleted or found in its way. Tables are made in the first schema of
-- the path.
CREATE OR REPLACE FUNCTION hob.sweep_step(step text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '100ms' AS $$
DECLARE
	s record;
	n bigint;
BEGIN
	SELECT * INTO s FROM hob.sweep_steps(now()) x WHERE x.what = step;
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

-- The steps that are due, by name, those first that make room.
CREATE OR REPLACE FUNCTION hob.sweep_names() RETURNS TABLE (step text, repeated bool, creates bool)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
	SELECT s.what, s.repeated, s.creates FROM hob.sweep_steps(now()) s ORDER BY s.creates DESC, s.what
$$;

GRANT EXECUTE ON FUNCTION hob.due_kinds(), hob.lease_jobs(text, int, int, text, text), hob.finish_jobs(uuid[], int[]),
	hob.return_jobs(uuid[], int[]), hob.fail_job(uuid, int, text, bigint, bool, bool), hob.plan_jobs(), hob.probe_job(jsonb),
	hob.sweep_step(text), hob.sweep_names(), hob.backlog() TO hob_jobs;
