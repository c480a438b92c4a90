-- Quiet hours: what is told in them is held, and goes when they end, folded into one digest where it is several.
-- after: jobs time

-- When the quiet hours end that an account has at this instant; null: it has none now. Each begins and ends at an
-- instant of its own, so that the days on which clocks are set change nothing.
CREATE OR REPLACE FUNCTION hob.quiet_until(who uuid, at timestamptz DEFAULT now()) RETURNS timestamptz
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT max(q.until)
	  FROM users u
	 CROSS JOIN LATERAL (VALUES (-1), (0)) d (n)
	 CROSS JOIN LATERAL (SELECT (quiet_until.at AT TIME ZONE u.time_zone)::date + d.n) l (day)
	 CROSS JOIN LATERAL (
		SELECT hob.local_instant(l.day, u.quiet_from, u.time_zone),
		       hob.local_instant(l.day + (u.quiet_until <= u.quiet_from)::int, u.quiet_until, u.time_zone))
		q (since, until)
	 WHERE u.id = who AND u.quiet_from <> u.quiet_until AND quiet_until.at >= q.since AND quiet_until.at < q.until
$$;

-- Sees that a job lets go by then what is held of a channel. One that waits is held FOR KEY SHARE, which many may do:
-- it is leased when they have committed. Where none is seen that is not in other hands, one is added that no transaction
-- but this has the key of: nobody waits for anybody, and who finds nothing to let go does nothing.
CREATE OR REPLACE FUNCTION hob.add_digest(who uuid, channel text, run_at timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
DECLARE
	about CONSTANT text := who || ':' || channel;
BEGIN
	PERFORM FROM jobs j
	  WHERE j.kind = 'digest' AND j.key > about || ':' AND j.key < about || ';'
	    AND j.leased_by IS NULL AND j.dead_at IS NULL AND j.run_at <= add_digest.run_at
	  LIMIT 1 FOR KEY SHARE SKIP LOCKED;
	IF NOT FOUND THEN
		PERFORM hob.add_job('digest', about || ':' || pg_current_xact_id(), run_at);
	END IF;
END
$$;

-- Holds a delivery that is about to be sent in quiet hours, for it waited since before them: is it held? One that was
-- tried may have arrived, and stays what it is, so that it comes again under the same id; a digest that was not is taken
-- apart: there will be another.
CREATE OR REPLACE FUNCTION hob.hold_delivery(d deliveries) RETURNS bool
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	apart CONSTANT bool := d.form = 'digest' AND d.attempts = 0;
	until CONSTANT timestamptz := CASE WHEN d.form <> 'test' AND NOT EXISTS (SELECT FROM notices n
		WHERE n.id = d.notice_id AND n.kind = 'security') THEN hob.quiet_until(d.user_id) END;
BEGIN
	IF until IS NULL THEN
		RETURN false;
	END IF;
	UPDATE deliveries x
	   SET state = CASE WHEN apart AND x.id = d.id THEN 'dropped' ELSE 'held' END, folded_into = NULL,
	       reason = CASE WHEN apart AND x.id = d.id THEN 'quiet_hours' END,
	       ended_at = CASE WHEN apart AND x.id = d.id THEN now() END
	 WHERE x.id = d.id OR apart AND x.folded_into = d.id;
	PERFORM hob.add_digest(d.user_id, d.channel, until);
	RETURN true;
END
$$;

-- The work of a job of the kind "digest" (app/jobs/digest.c): lets go what is held for an account by a channel, unless
-- its quiet hours last. What is no longer so is dropped; what was tried goes as it is, as does what is alone for its
-- device; several go as one.
CREATE OR REPLACE FUNCTION hob.release_held(who uuid, by_channel text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	until CONSTANT timestamptz := hob.quiet_until(who);
	g record;
	sent uuid;
BEGIN
	IF until IS NOT NULL THEN
		PERFORM hob.add_digest(who, by_channel, until);
		RETURN;
	END IF;
	PERFORM FROM deliveries d WHERE d.user_id = who AND d.channel = by_channel AND d.state = 'held'
	  ORDER BY d.id FOR NO KEY UPDATE;
	UPDATE deliveries d SET state = 'dropped', reason = f.reason, ended_at = now()
	  FROM (SELECT x.id, hob.delivery_fault(x) AS reason FROM deliveries x
		 WHERE x.user_id = who AND x.channel = by_channel AND x.state = 'held') f
	 WHERE d.id = f.id AND d.state = 'held' AND f.reason IS NOT NULL;
	FOR g IN SELECT d.device_id, array_agg(d.id ORDER BY d.id) AS ids FROM deliveries d
		  WHERE d.user_id = who AND d.channel = by_channel AND d.state = 'held'
		  GROUP BY d.device_id, CASE WHEN d.attempts > 0 THEN d.id END LOOP
		sent := g.ids[1];
		IF cardinality(g.ids) > 1 THEN
			INSERT INTO deliveries (user_id, form, channel, device_id)
			VALUES (who, 'digest', by_channel, g.device_id) RETURNING id INTO sent;
		END IF;
		UPDATE deliveries d
		   SET state = CASE d.id WHEN sent THEN 'waiting' ELSE 'folded' END, folded_into = nullif(sent, d.id)
		 WHERE d.id = ANY (g.ids);
		PERFORM hob.add_job(by_channel, sent::text);
	END LOOP;
END
$$;

-- Other quiet hours: what is held goes when these end, which may be now.
CREATE OR REPLACE FUNCTION hob.quiet_hours_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	PERFORM hob.add_digest(new.id, h.channel, now())
	   FROM (SELECT DISTINCT d.channel FROM deliveries d WHERE d.user_id = new.id AND d.state = 'held' ORDER BY 1) h;
	RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER users_quiet_hours AFTER UPDATE OF quiet_from, quiet_until, time_zone ON users
	FOR EACH ROW WHEN ((old.quiet_from, old.quiet_until, old.time_zone)
		IS DISTINCT FROM (new.quiet_from, new.quiet_until, new.time_zone))
	EXECUTE FUNCTION hob.quiet_hours_changed();

GRANT EXECUTE ON FUNCTION hob.release_held(uuid, text) TO hob_jobs;
