-- The numbers of the service that staff see, a row for each day in UTC. The job `rollup` adds what came since it ran
-- last, never what was there before: acts by the trail of activity, deliveries by their end, bytes by what triggers
-- note. Requests are told by hob-api, once a minute and host.
-- after: activity deliveries files jobs staff

-- --- requests --------------------------------------------------------------------------------

-- Times are counted in buckets, four for each power of two, as app/model/figures.c has them: the lowest microseconds
-- of one, which are numbered from 0.
CREATE OR REPLACE FUNCTION hob.latency_from(bucket int) RETURNS bigint
LANGUAGE sql IMMUTABLE RETURN CASE WHEN bucket < 4 THEN bucket::bigint ELSE (4 + bucket % 4)::bigint << (bucket / 4 - 1) END;

-- So many microseconds at most did this share of them take, as if those of a bucket were spread over it; 0: there are none.
CREATE OR REPLACE FUNCTION hob.latency_us(latencies bigint[], share numeric) RETURNS bigint
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT coalesce((
		SELECT round(b.low + (b.high - b.low) * (share * b.everything - (b.upto - b.n)) / b.n)::bigint
		  FROM (SELECT u.n, sum(u.n) OVER (ORDER BY u.i) AS upto, sum(u.n) OVER () AS everything,
			       hob.latency_from(u.i::int - 1) AS low, hob.latency_from(u.i::int) AS high
			  FROM unnest(latencies) WITH ORDINALITY u (n, i)) b
		 WHERE b.n > 0 AND b.upto >= share * b.everything
		 ORDER BY b.upto LIMIT 1), 0)
$$;

-- One by one; the shorter has zeros at its end.
CREATE OR REPLACE FUNCTION hob.plus(a bigint[], b bigint[]) RETURNS bigint[]
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT coalesce(array_agg(coalesce(u.x, 0) + coalesce(u.y, 0) ORDER BY u.i), '{}')
	  FROM unnest(a, b) WITH ORDINALITY u (x, y, i)
$$;

-- By how much counters have grown, one by one. They never fall: what is less has come late.
CREATE OR REPLACE FUNCTION hob.grown(counters bigint[], since bigint[]) RETURNS bigint[]
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT coalesce(array_agg(greatest(coalesce(u.x, 0) - coalesce(u.y, 0), 0) ORDER BY u.i), '{}')
	  FROM unnest(counters, since) WITH ORDINALITY u (x, y, i)
$$;

CREATE OR REPLACE FUNCTION hob.open_stats(day date) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $$
	INSERT INTO stats_days (day) VALUES (open_stats.day) ON CONFLICT DO NOTHING
$$;

-- What a pool has counted since its start: requests by the first digit of their status, from 2, and by how long they
-- took. Said twice it counts once, and in whatever order.
CREATE OR REPLACE FUNCTION hob.note_requests(pool text, statuses bigint[], latencies bigint[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	today CONSTANT date := (now() AT TIME ZONE 'UTC')::date;
	was stats_pools;
	n bigint[];
	times bigint[];
BEGIN
	INSERT INTO stats_pools (pool) VALUES (note_requests.pool) ON CONFLICT DO NOTHING;
	SELECT p.* INTO was FROM stats_pools p WHERE p.pool = note_requests.pool FOR UPDATE;
	n := hob.grown(note_requests.statuses, was.statuses);
	times := hob.grown(note_requests.latencies, was.latencies);
	PERFORM hob.open_stats(today);
	UPDATE stats_days d
	   SET requests_2xx = d.requests_2xx + n[1], requests_3xx = d.requests_3xx + n[2],
	       requests_4xx = d.requests_4xx + n[3], requests_5xx = d.requests_5xx + n[4],
	       latencies = hob.plus(d.latencies, times)
	 WHERE d.day = today;
	UPDATE stats_pools p
	   SET told_at = now(), statuses = hob.plus(was.statuses, n), latencies = hob.plus(was.latencies, times)
	 WHERE p.pool = note_requests.pool;
END
$$;
GRANT EXECUTE ON FUNCTION hob.note_requests(text, bigint[], bigint[]) TO hob_api;

-- --- the rollup ------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION hob.note_bytes_stored() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	INSERT INTO stats_bytes (bytes)
	VALUES (CASE tg_op WHEN 'INSERT' THEN new.kept_bytes WHEN 'DELETE' THEN -old.kept_bytes
		ELSE new.kept_bytes - old.kept_bytes END);
	RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER files_stored AFTER INSERT OR DELETE ON files
	FOR EACH ROW EXECUTE FUNCTION hob.note_bytes_stored();
CREATE OR REPLACE TRIGGER files_stored_anew AFTER UPDATE ON files
	FOR EACH ROW WHEN (new.kept_bytes <> old.kept_bytes) EXECUTE FUNCTION hob.note_bytes_stored();

-- What members and accounts did in that time: who signed up, what was done, and where something was changed at all. Who
-- looks into a home has changed nothing there.
CREATE OR REPLACE FUNCTION hob.roll_acts(since timestamptz, upto timestamptz) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
	WITH acts AS MATERIALIZED (
		SELECT date_trunc('day', a.at, 'UTC') AS day_at, a.residence_id, a.subject, a.action, a.subject_id
		  FROM activity a
		 WHERE a.at >= since AND a.at < roll_acts.upto AND a.action <> 'looked'
		   AND (a.residence_id IS NOT NULL OR (a.subject, a.action) = ('account', 'created'))
	), homes AS (
		INSERT INTO stats_homes (day_at, residence_id)
		SELECT DISTINCT a.day_at, a.residence_id FROM acts a WHERE a.residence_id IS NOT NULL
		ON CONFLICT DO NOTHING
		RETURNING day_at
	), done AS (
		SELECT a.day_at FROM acts a JOIN completions c ON c.id = a.subject_id AND c.outcome = 'done'
		 WHERE (a.subject, a.action) = ('completion', 'created')
	), n AS (
		SELECT x.day_at, count(*) FILTER (WHERE x.what = 'account') AS sign_ups,
		       count(*) FILTER (WHERE x.what = 'home') AS homes, count(*) FILTER (WHERE x.what = 'done') AS done
		  FROM (SELECT a.day_at, 'account' AS what FROM acts a WHERE a.residence_id IS NULL
			UNION ALL SELECT h.day_at, 'home' FROM homes h
			UNION ALL SELECT d.day_at, 'done' FROM done d) x
		 GROUP BY x.day_at
	)
	UPDATE stats_days d
	   SET sign_ups = d.sign_ups + n.sign_ups, active_homes = d.active_homes + n.homes,
	       tasks_done = d.tasks_done + n.done
	  FROM n WHERE d.day = (n.day_at AT TIME ZONE 'UTC')::date
$$;

CREATE OR REPLACE FUNCTION hob.roll_deliveries(since timestamptz, upto timestamptz) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
	UPDATE stats_days d
	   SET notices_sent = d.notices_sent + n.sent, notices_failed = d.notices_failed + n.failed
	  FROM (SELECT (x.ended_at AT TIME ZONE 'UTC')::date AS day, count(*) FILTER (WHERE x.state = 'accepted') AS sent,
		       count(*) FILTER (WHERE x.state = 'failed') AS failed
		  FROM deliveries x
		 WHERE x.ended_at >= since AND x.ended_at < roll_deliveries.upto AND x.state IN ('accepted', 'failed')
		 GROUP BY 1) n
	 WHERE d.day = n.day
$$;

-- How much was kept at the end of the day before, as far as that is counted. STABLE: what a statement that asks this
-- changes is not seen.
CREATE OR REPLACE FUNCTION hob.bytes_before(day date) RETURNS bigint
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT coalesce((SELECT d.storage_bytes FROM stats_days d
		WHERE d.day < bytes_before.day AND d.storage_bytes IS NOT NULL ORDER BY d.day DESC LIMIT 1), 0)
$$;

-- What came is there on its day and on each later one that has been opened, whoever did so: hob-api opens days, too, and
-- knows nothing of bytes. Only this counts them, on the day of `upto` in any case.
CREATE OR REPLACE FUNCTION hob.roll_bytes(upto timestamptz) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $$
	WITH gone AS (
		DELETE FROM stats_bytes b WHERE b.at < roll_bytes.upto
		RETURNING (b.at AT TIME ZONE 'UTC')::date AS day, b.bytes
	)
	UPDATE stats_days d
	   SET storage_bytes = coalesce(d.storage_bytes, hob.bytes_before(d.day)) + n.bytes
	  FROM (SELECT x.day, coalesce(sum(g.bytes), 0) AS bytes
		  FROM stats_days x LEFT JOIN gone g ON g.day <= x.day
		 WHERE g.day IS NOT NULL OR x.day = (roll_bytes.upto AT TIME ZONE 'UTC')::date
		 GROUP BY x.day) n
	 WHERE d.day = n.day
$$;

-- What waits now, on the day of now: that of former days is not known any more.
CREATE OR REPLACE FUNCTION hob.roll_waiting() RETURNS void
LANGUAGE sql SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
	UPDATE stats_days d
	   SET queue = greatest(d.queue, w.n), job_lag_s = greatest(d.job_lag_s, w.lag::bigint)
	  FROM (SELECT sum(w.n) AS n, extract(epoch FROM now() - min(w.oldest)) AS lag
		  FROM job_kinds o
		 CROSS JOIN LATERAL (SELECT count(*) AS n, min(j.run_at) AS oldest FROM jobs j
			WHERE j.kind = o.kind AND j.dead_at IS NULL AND j.run_at <= now() AND j.leased_by IS NULL) w
		 WHERE NOT o.paused) w
	 WHERE d.day = (now() AT TIME ZONE 'UTC')::date
$$;

-- Counts what came up to then, an hour at most; is there more? Not what is younger than a minute: its transaction may
-- not have ended.
CREATE OR REPLACE FUNCTION hob.roll_up(upto timestamptz DEFAULT now() - interval '1 minute') RETURNS bool
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	since timestamptz;
	til timestamptz;
BEGIN
	IF NOT pg_try_advisory_xact_lock(hashtextextended('hob.roll_up', 0)) THEN
		RETURN false;
	END IF;
	since := greatest(coalesce((SELECT max(d.upto) FROM stats_days d), date_trunc('day', roll_up.upto, 'UTC')),
		roll_up.upto - interval '400 days');
	til := greatest(since, least(roll_up.upto, since + interval '1 hour'));
	PERFORM hob.open_stats((t AT TIME ZONE 'UTC')::date) FROM unnest(ARRAY[since, til]) t;
	PERFORM hob.roll_acts(since, til), hob.roll_deliveries(since, til), hob.roll_bytes(til), hob.roll_waiting();
	UPDATE stats_days d SET upto = til WHERE d.day = (til AT TIME ZONE 'UTC')::date;
	RETURN til < roll_up.upto;
END
$$;
GRANT EXECUTE ON FUNCTION hob.roll_up(timestamptz) TO hob_jobs;

-- --- for hob-admin --------------------------------------------------------------------------

-- The last days, in order and without a gap, from the first of which there is something.
CREATE OR REPLACE FUNCTION staff.stats(days int) RETURNS TABLE (day date, sign_ups bigint, active_homes bigint,
	tasks_done bigint, notices_sent bigint, notices_failed bigint, storage_bytes bigint, requests_2xx bigint,
	requests_3xx bigint, requests_4xx bigint, requests_5xx bigint, p50_us bigint, p99_us bigint, queue bigint,
	job_lag_s bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	PERFORM hob.require_staff('support');
	RETURN QUERY
	SELECT t::date, coalesce(d.sign_ups, 0), coalesce(d.active_homes, 0), coalesce(d.tasks_done, 0),
	       coalesce(d.notices_sent, 0), coalesce(d.notices_failed, 0),
	       coalesce(d.storage_bytes, hob.bytes_before(t::date)),
	       coalesce(d.requests_2xx, 0), coalesce(d.requests_3xx, 0), coalesce(d.requests_4xx, 0),
	       coalesce(d.requests_5xx, 0), hob.latency_us(d.latencies, 0.5), hob.latency_us(d.latencies, 0.99),
	       coalesce(d.queue, 0), coalesce(d.job_lag_s, 0)
	  FROM (SELECT (now() AT TIME ZONE 'UTC')::date AS today,
		       coalesce(min(x.day), (now() AT TIME ZONE 'UTC')::date) AS first
		  FROM stats_days x) v
	 CROSS JOIN LATERAL generate_series(least(greatest(v.today - (days - 1), v.first), v.today)::timestamp, v.today,
		'1 day') t
	  LEFT JOIN stats_days d ON d.day = t::date
	 ORDER BY t;
END
$$;
GRANT EXECUTE ON FUNCTION staff.stats(int) TO hob_staff;
