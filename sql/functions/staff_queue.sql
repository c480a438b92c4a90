-- For staff: what waits to be done or to be told, and what was (jobs, deliveries, notices), what accounts have bought or
-- were given, and what stores say of that. Jobs are taken up and ended by the functions of `hob jobs`. Who does both to a
-- delivery holds its job first, as a runner does that ends one.
-- after: audit jobs deliveries purchases

-- --- jobs -----------------------------------------------------------------------------------

-- Those that are there, and for two weeks those that were. Not their arguments, which may name people. In a form that
-- PostgreSQL reads in the order of two indexes: no arm has a condition of its own.
CREATE OR REPLACE VIEW staff.jobs AS
SELECT j.*
  FROM (SELECT x.id, x.kind, x.key, x.state, x.run_at, x.tries, x.attempt, x.last_error, x.leased_by, x.created_at,
	       x.leased_at AS begun_at, x.dead_at AS ended_at FROM jobs x
	UNION ALL
	SELECT h.id, h.kind, h.key, h.outcome, NULL::timestamptz, NULL::int, h.attempt, h.last_error, h.leased_by,
	       h.created_at, h.begun_at, h.ended_at FROM job_history h) j
 WHERE (SELECT hob.staff_may('support'));
GRANT SELECT ON staff.jobs TO hob_staff;

-- A job that waits or is dead, locked; none: there is none such. HB409 when it is over, and while a runner has it, which
-- would go on whatever the record says.
CREATE OR REPLACE FUNCTION hob.hold_job(job uuid) RETURNS jobs
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	held jobs;
BEGIN
	SELECT x.* INTO held FROM jobs x WHERE x.id = job FOR UPDATE;
	IF held.id IS NULL AND EXISTS (SELECT FROM job_history h WHERE h.id = job) THEN
		RAISE EXCEPTION 'the job is over' USING ERRCODE = 'HB409', CONSTRAINT = 'job_over';
	ELSIF held.leased_by IS NOT NULL THEN
		RAISE EXCEPTION 'a runner has the job' USING ERRCODE = 'HB409', CONSTRAINT = 'job_leased';
	END IF;
	RETURN held;
END
$$;

CREATE OR REPLACE FUNCTION hob.staff_retry_jobs(subject uuid, body jsonb) RETURNS TABLE (id uuid, _touch text[])
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	j jobs;
BEGIN
	j := hob.hold_job(subject);
	IF j.id IS NULL THEN
		RETURN;
	END IF;
	PERFORM hob.retry_jobs(j.id, NULL);
	PERFORM hob.ring();
	PERFORM hob.audit('retry', 'jobs', j.id::text,
		before => jsonb_build_object('state', j.state, 'run_at', j.run_at, 'tries', j.tries),
		after => jsonb_build_object('state', 'waiting', 'run_at', now(), 'tries', 0));
	RETURN QUERY SELECT j.id, '{}'::text[];
END
$$;

CREATE OR REPLACE FUNCTION hob.staff_cancel_jobs(subject uuid, body jsonb) RETURNS TABLE (id uuid, _touch text[])
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	j jobs;
BEGIN
	j := hob.hold_job(subject);
	IF j.id IS NULL THEN
		RETURN;
	END IF;
	PERFORM hob.cancel_job(j.id);
	PERFORM hob.audit('cancel', 'jobs', j.id::text,
		before => jsonb_build_object('kind', j.kind, 'key', j.key, 'state', j.state),
		after => jsonb_build_object('state', 'cancelled'));
	RETURN QUERY SELECT j.id, '{}'::text[];
END
$$;

-- --- what people are told ---------------------------------------------------------------------

-- Not what a notice says: its text names things of homes.
CREATE OR REPLACE VIEW staff.notices AS
SELECT n.id, n.user_id, n.residence_id, n.kind, n.subject, n.subject_id, n.inbox, n.created_at, n.read_at, n.deleted_at
  FROM notices n
 WHERE (SELECT hob.staff_may('support'));

CREATE OR REPLACE VIEW staff.deliveries AS
SELECT d.id, d.user_id, d.notice_id, (SELECT n.kind FROM notices n WHERE n.id = d.notice_id) AS kind, d.form, d.channel,
       d.device_id, d.state, d.reason, d.attempts, d.folded_into, d.created_at, d.ended_at
  FROM deliveries d
 WHERE (SELECT hob.staff_may('support'));
GRANT SELECT ON staff.notices, staff.deliveries TO hob_staff;

-- A delivery, locked behind its job; none: there is none such.
CREATE OR REPLACE FUNCTION hob.lock_delivery(delivery uuid) RETURNS deliveries
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	d deliveries;
BEGIN
	SELECT x.* INTO d FROM deliveries x WHERE x.id = delivery;
	PERFORM FROM jobs j WHERE (j.kind, j.key) = (d.channel, delivery::text) FOR UPDATE;
	SELECT x.* INTO d FROM deliveries x WHERE x.id = delivery FOR NO KEY UPDATE;
	RETURN d;
END
$$;

-- Sends what has failed, was dropped or waits, if it is still so; in quiet hours it is held as any other.
CREATE OR REPLACE FUNCTION hob.staff_retry_deliveries(subject uuid, body jsonb) RETURNS TABLE (id uuid, _touch text[])
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	d deliveries;
BEGIN
	d := hob.lock_delivery(subject);
	IF d.id IS NULL THEN
		RETURN;
	ELSIF d.state NOT IN ('failed', 'dropped', 'waiting') THEN
		RAISE EXCEPTION 'the delivery is sent, or waits otherwise' USING ERRCODE = 'HB409', CONSTRAINT = 'delivery_sent';
	ELSIF hob.delivery_fault(d) IS NOT NULL THEN
		RAISE EXCEPTION 'it would not be sent' USING ERRCODE = 'HB409', CONSTRAINT = 'delivery_moot';
	END IF;
	UPDATE deliveries x SET state = 'waiting', reason = NULL, ended_at = NULL WHERE x.id = d.id AND x.state <> 'waiting';
	PERFORM hob.add_job(d.channel, d.id::text);
	PERFORM hob.audit('retry', 'deliveries', d.id::text,
		before => jsonb_build_object('state', d.state, 'reason', d.reason),
		after => jsonb_build_object('state', 'waiting', 'reason', NULL));
	RETURN QUERY SELECT d.id, '{}'::text[];
END
$$;

-- HB409 while a runner is sending it, as hob.hold_job has it: it may arrive.
CREATE OR REPLACE FUNCTION hob.staff_cancel_deliveries(subject uuid, body jsonb) RETURNS TABLE (id uuid, _touch text[])
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	d deliveries;
BEGIN
	d := hob.lock_delivery(subject);
	IF d.id IS NULL THEN
		RETURN;
	ELSIF d.state NOT IN ('waiting', 'held') THEN
		RAISE EXCEPTION 'the delivery is over' USING ERRCODE = 'HB409', CONSTRAINT = 'delivery_over';
	END IF;
	UPDATE deliveries x SET state = 'failed', reason = 'cancelled', ended_at = now() WHERE x.id = d.id;
	PERFORM hob.cancel_job((hob.hold_job(j.id)).id) FROM jobs j WHERE (j.kind, j.key) = (d.channel, d.id::text);
	PERFORM hob.audit('cancel', 'deliveries', d.id::text,
		before => jsonb_build_object('state', d.state, 'reason', d.reason),
		after => jsonb_build_object('state', 'failed', 'reason', 'cancelled'));
	RETURN QUERY SELECT d.id, '{}'::text[];
END
$$;

-- --- what people have bought, or were given ---------------------------------------------------

-- Whoever knows a purchase token of Google's can ask for it in another's name: its end is enough to tell two apart.
CREATE OR REPLACE VIEW staff.subscriptions AS
SELECT p.id, p.user_id, p.store, p.environment,
       CASE p.store WHEN 'apple' THEN p.subscription_id END AS transaction_id, right(p.subscription_id, 4) AS hint,
       p.product_id,
       (SELECT t.tier FROM tier_products t WHERE (t.store, t.product_id) = (p.store, p.product_id)) AS tier,
       p.status, p.renews, p.lifts, p.entitled_until, p.grace_until, p.asked_at, p.unknown_at, p.ended_at,
       p.replaced_by, p.created_at, p.updated_at
  FROM purchases p
 WHERE (SELECT hob.staff_may('support'));

CREATE OR REPLACE VIEW staff.plan_grants AS
SELECT g.id, g.user_id, g.tier, g.reason, g.granted_by, g.granted_at, g.ends_at, g.revoked_at
  FROM plan_grants g
 WHERE (SELECT hob.staff_may('support'));

-- purchase_hint: of what one is about that is not proved yet; about: the purchase of one that is.
CREATE OR REPLACE VIEW staff.store_events AS
SELECT e.id, e.store, e.event_id, e.state, e.about, right(e.payload ->> 'purchase', 4) AS purchase_hint, e.received_at
  FROM store_events e
 WHERE (SELECT hob.staff_may('support'));
GRANT SELECT ON staff.subscriptions, staff.plan_grants, staff.store_events TO hob_staff;

-- Has the store asked at once what has become of a purchase.
CREATE OR REPLACE FUNCTION hob.staff_ask_store_subscriptions(subject uuid, body jsonb)
RETURNS TABLE (id uuid, _touch text[])
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	p purchases;
BEGIN
	SELECT x.* INTO p FROM purchases x WHERE x.id = subject;
	IF p.id IS NULL THEN
		RETURN;
	END IF;
	PERFORM hob.ask_store(p);
	PERFORM hob.audit('ask_store', 'subscriptions', p.id::text);
	RETURN QUERY SELECT p.id, '{}'::text[];
END
$$;

-- Does once more what follows from an event: one that is not proved is judged, and the store is asked for what it is
-- about. One that was forged, or about nothing, has nothing left to do.
CREATE OR REPLACE FUNCTION hob.staff_replay_store_events(subject uuid, body jsonb) RETURNS TABLE (id uuid, _touch text[])
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	e store_events;
BEGIN
	SELECT x.* INTO e FROM store_events x WHERE x.id = subject FOR NO KEY UPDATE;
	IF e.id IS NULL THEN
		RETURN;
	ELSIF e.state = 'unproven' THEN
		PERFORM hob.add_job('google_push', e.id::text);
	ELSIF e.about IS NULL THEN
		RAISE EXCEPTION 'nothing is left to do' USING ERRCODE = 'HB409', CONSTRAINT = 'event_over';
	ELSE
		UPDATE store_events x SET state = 'waiting' WHERE x.id = e.id AND x.state = 'done';
		PERFORM hob.ask_store(p) FROM purchases p WHERE p.id = e.about;
	END IF;
	PERFORM hob.audit('replay', 'store-events', e.id::text, before => jsonb_build_object('state', e.state),
		after => jsonb_build_object('state', CASE e.state WHEN 'done' THEN 'waiting' ELSE e.state END));
	RETURN QUERY SELECT e.id, '{}'::text[];
END
$$;
