-- The record of what staff do, and a chain of hashes by which a change of it is found: each event's hash covers the
-- event and the hash of the one before it. What is personal stands beside the chain, under a hash of its own, and can be
-- erased: the table of entities (sql/entities) says what that is, and of whom.
-- after: staff

-- Not as PostgreSQL shows them, which settings of a session change: instants as microseconds.
CREATE OR REPLACE FUNCTION hob.audit_hash(e audit_events) RETURNS text
LANGUAGE sql STABLE
RETURN encode(sha256(convert_to(jsonb_build_array(e.previous, e.day, e.seq, e.id,
	(extract(epoch FROM e.at) * 1000000)::bigint, e.staff_id, e.staff_email, e.address, e.request_id, e.action,
	e.entity, e.subject, e.reason, e.before, e.after, e.about, e.personal, e.seal)::text, 'UTF8')), 'hex');

-- What stands in place of a hash before the first event of all.
CREATE OR REPLACE FUNCTION hob.audit_start() RETURNS text
LANGUAGE sql IMMUTABLE
RETURN repeat('0', 64);

-- --- what is personal -----------------------------------------------------------------------

CREATE OR REPLACE FUNCTION hob.audit_seal(v audit_values) RETURNS text
LANGUAGE sql STABLE
RETURN encode(sha256(convert_to(jsonb_build_array(v.salt, v.before, v.after)::text, 'UTF8')), 'hex');

-- Is there still an account, or a home, whose these values are?
CREATE OR REPLACE FUNCTION hob.audit_needs(about uuid) RETURNS bool
LANGUAGE sql STABLE
RETURN EXISTS (SELECT FROM users u WHERE u.id = about AND u.erased_at IS NULL)
	OR EXISTS (SELECT FROM residences r WHERE r.id = about);

-- The fields of one side of an event: those named here, or all others, which are null in their place.
CREATE OR REPLACE FUNCTION hob.audit_only(side jsonb, names text[]) RETURNS jsonb
LANGUAGE sql IMMUTABLE
RETURN CASE WHEN side IS NOT NULL THEN (SELECT coalesce(jsonb_object_agg(f.key, f.value), '{}')
	FROM jsonb_each(side) f WHERE f.key = ANY (names)) END;
CREATE OR REPLACE FUNCTION hob.audit_without(side jsonb, names text[]) RETURNS jsonb
LANGUAGE sql IMMUTABLE
RETURN (SELECT jsonb_object_agg(f.key, CASE WHEN f.key = ANY (names) THEN 'null' ELSE f.value END)
	FROM jsonb_each(side) f);

-- Takes what is personal out of an event that is to be written, and returns it; the id of what an event without any has
-- is null. Of an entity that is somebody's that is each field but those that are known to be none, and whose it is the
-- event says, if nobody was named.
CREATE OR REPLACE FUNCTION hob.audit_take(INOUT e audit_events, OUT v audit_values)
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	owner CONSTANT text := hob.record_owner(e.entity);
	plain CONSTANT text[] := hob.record_plain(e.entity);
BEGIN
	e.personal := CASE WHEN owner IS NOT NULL THEN (SELECT array_agg(f.key COLLATE "C" ORDER BY f.key COLLATE "C")
		  FROM (SELECT jsonb_object_keys(e.before) UNION SELECT jsonb_object_keys(e.after)) f (key)
		 WHERE f.key <> ALL (plain)) END;
	IF e.personal IS NULL THEN
		e.about := NULL;
		RETURN;
	END IF;
	e.about := coalesce(e.about, CASE owner WHEN 'id' THEN e.subject
		ELSE coalesce(e.before ->> owner, e.after ->> owner) END::uuid);
	IF e.about IS NULL THEN
		RAISE EXCEPTION 'whose are % of %?', e.personal, e.entity;
	END IF;
	v := ROW(e.id, gen_random_uuid(), hob.audit_only(e.before, e.personal), hob.audit_only(e.after, e.personal));
	e.seal := hob.audit_seal(v);
	e.before := hob.audit_without(e.before, e.personal);
	e.after := hob.audit_without(e.after, e.personal);
END
$$;

-- For whoever erases an account or a home, behind that: what the record knows of it goes.
CREATE OR REPLACE FUNCTION hob.audit_forget(who uuid) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $$
	DELETE FROM audit_values v USING audit_events e WHERE e.about = who AND v.event_id = e.id
$$;

-- --- writing it ------------------------------------------------------------------------------

-- Writes one event, for functions with the owner's rights. `before` and `after` are the fields of what was changed, and
-- hold no secret; about: the account or the home that it belongs to, where they do not say it.
DROP FUNCTION IF EXISTS hob.audit_by(uuid, text, text, text, text, jsonb, jsonb);
CREATE OR REPLACE FUNCTION hob.audit_by(staff_id uuid, staff_email text, action text, entity text, subject text,
	before jsonb DEFAULT NULL, after jsonb DEFAULT NULL, about uuid DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	e audit_events;
	taken record;
BEGIN
	e.id := hob.uuid_v7();
	e.at := now();
	e.staff_id := audit_by.staff_id;
	e.staff_email := audit_by.staff_email;
	e.address := nullif(current_setting('hob.address', true), '');
	e.request_id := nullif(current_setting('hob.request_id', true), '');
	e.action := audit_by.action;
	e.entity := audit_by.entity;
	e.subject := audit_by.subject;
	e.reason := nullif(current_setting('hob.reason', true), '');
	e.before := audit_by.before;
	e.after := audit_by.after;
	e.about := audit_by.about;
	taken := hob.audit_take(e);
	INSERT INTO audit_events SELECT (taken.e).*;
	INSERT INTO audit_values SELECT (taken.v).* WHERE (taken.v).event_id IS NOT NULL;
END
$$;

-- Until the end of the transaction nobody else writes into the chain.
CREATE OR REPLACE FUNCTION hob.hold_record() RETURNS void
LANGUAGE sql AS $$
	SELECT pg_advisory_xact_lock(hashtextextended('hob.record', 0))
$$;

-- Gives a new event its place in the chain, when its transaction ends (the trigger is in migrations/0022_staff.sql): so the
-- lock of the record comes last of all locks, in whatever order they were taken. By the clock and not by now(): no day gets
-- an event when it is over, nor when one that comes after it has begun.
CREATE OR REPLACE FUNCTION hob.audit_chain() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	e audit_events := new;
	last audit_days;
BEGIN
	PERFORM hob.hold_record();
	SELECT d.* INTO last FROM audit_days d ORDER BY d.day DESC LIMIT 1;
	e.day := greatest((clock_timestamp() AT TIME ZONE 'UTC')::date, last.day);
	e.seq := CASE e.day WHEN last.day THEN last.events + 1 ELSE 1 END;
	e.previous := coalesce(last.hash, hob.audit_start());
	e.hash := hob.audit_hash(e);
	UPDATE audit_events x SET day = e.day, seq = e.seq, previous = e.previous, hash = e.hash WHERE x.id = e.id;
	INSERT INTO audit_days AS d (day, events, hash) VALUES (e.day, e.seq, e.hash)
	ON CONFLICT (day) DO UPDATE SET events = excluded.events, hash = excluded.hash;
	RETURN NULL;
END
$$;
-- The same of an act of whom this transaction has entered as; HB401 when it has not.
DROP FUNCTION IF EXISTS hob.audit(text, text, text, jsonb, jsonb);
CREATE OR REPLACE FUNCTION hob.audit(action text, entity text, subject text, before jsonb DEFAULT NULL,
	after jsonb DEFAULT NULL, about uuid DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	me staff;
BEGIN
	SELECT t.* INTO me FROM staff t WHERE t.id = hob.staff_id();
	IF me.id IS NULL THEN
		RAISE EXCEPTION 'not signed in' USING ERRCODE = 'HB401';
	END IF;
	PERFORM hob.audit_by(me.id, me.email, action, entity, subject, before, after, about);
END
$$;

-- The same of a row: the fields of it that are others now, but for bookkeeping.
CREATE OR REPLACE FUNCTION hob.audit_change(action text, entity text, subject text, was jsonb, is_now jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	PERFORM hob.audit(action, entity, subject, jsonb_object_agg(n.key, was -> n.key), jsonb_object_agg(n.key, n.value),
			(was ->> hob.record_owner(entity))::uuid)
	   FROM jsonb_each(is_now) n
	  WHERE n.value IS DISTINCT FROM was -> n.key AND n.key <> ALL ('{version,updated_at,changed}');
END
$$;

-- What was written stays, for the owner of the tables too: who drops this trigger is found by the hashes.
CREATE OR REPLACE FUNCTION hob.refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	RAISE EXCEPTION '% is only added to', tg_table_name USING ERRCODE = 'HB409', CONSTRAINT = 'audit_stays';
END
$$;
CREATE OR REPLACE TRIGGER audit_events_stay BEFORE DELETE OR TRUNCATE ON audit_events
	FOR EACH STATEMENT EXECUTE FUNCTION hob.refuse_change();
CREATE OR REPLACE TRIGGER audit_events_same BEFORE UPDATE ON audit_events
	FOR EACH ROW WHEN (old.hash IS NOT NULL) EXECUTE FUNCTION hob.refuse_change();
CREATE OR REPLACE TRIGGER audit_days_stay BEFORE DELETE OR TRUNCATE ON audit_days
	FOR EACH STATEMENT EXECUTE FUNCTION hob.refuse_change();
CREATE OR REPLACE TRIGGER audit_values_same BEFORE UPDATE OR TRUNCATE ON audit_values
	FOR EACH STATEMENT EXECUTE FUNCTION hob.refuse_change();

-- Values go with whom they are about, and not before.
CREATE OR REPLACE FUNCTION hob.keep_values() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	IF hob.audit_needs((SELECT e.about FROM audit_events e WHERE e.id = old.event_id)) THEN
		RAISE EXCEPTION 'these are of somebody who is there' USING ERRCODE = 'HB409', CONSTRAINT = 'audit_stays';
	END IF;
	RETURN old;
END
$$;
CREATE OR REPLACE TRIGGER audit_values_stay BEFORE DELETE ON audit_values
	FOR EACH ROW EXECUTE FUNCTION hob.keep_values();

-- --- looking whether it is whole --------------------------------------------------------------

-- What is wrong with the personal values of an event; null: nothing. Erased ones are as they should be.
CREATE OR REPLACE FUNCTION hob.audit_values_fault(e audit_events) RETURNS text
LANGUAGE sql STABLE
RETURN (SELECT CASE
		WHEN v.event_id IS NOT NULL AND e.seal IS DISTINCT FROM hob.audit_seal(v)
		THEN 'has other values than it was written with'
		WHEN v.event_id IS NULL AND e.seal IS NOT NULL AND hob.audit_needs(e.about)
		THEN 'has lost the values of somebody who is there' END
	  FROM (SELECT) one LEFT JOIN audit_values v ON v.event_id = e.id);

-- For `hob audit verify`: each day, or those from one day up to another, its last hash, how many of its events are
-- erased, and the first fault of it; null: none.
DROP FUNCTION IF EXISTS hob.audit_verify(date);
CREATE OR REPLACE FUNCTION hob.audit_verify(first date DEFAULT '-infinity', upto date DEFAULT 'infinity')
RETURNS TABLE (day date, events bigint, hash text, erased bigint, fault text)
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
	WITH looked AS (
		SELECT coalesce(e.day, (e.at AT TIME ZONE 'UTC')::date) AS day, e.seq, e.hash,
		       e.seal IS NOT NULL AND NOT EXISTS (SELECT FROM audit_values v WHERE v.event_id = e.id) AS erased, CASE
			WHEN e.hash IS NULL THEN 'has no place in the chain'
			WHEN e.seq <> row_number() OVER w THEN 'stands where another was'
			WHEN e.hash <> hob.audit_hash(e) THEN 'is not as it was written'
			WHEN e.seq = 1 AND e.previous <> coalesce((SELECT x.hash FROM audit_events x WHERE x.day < e.day
				ORDER BY x.day DESC, x.seq DESC LIMIT 1), hob.audit_start())
			THEN 'does not follow the last one of the day before'
			WHEN e.seq > 1 AND e.previous <> lag(e.hash) OVER w THEN 'does not follow the one before it'
			WHEN (e.at AT TIME ZONE 'UTC')::date > e.day THEN 'is of another day'
			ELSE hob.audit_values_fault(e) END AS fault
		  FROM audit_events e
		 WHERE e.day BETWEEN first AND upto OR e.day IS NULL AND upto = 'infinity'
		WINDOW w AS (PARTITION BY e.day ORDER BY e.seq)
	), found AS (
		SELECT l.day, count(*) AS events, (array_agg(l.hash ORDER BY l.seq DESC))[1] AS hash,
		       count(*) FILTER (WHERE l.erased) AS erased,
		       (array_agg(concat_ws(' ', 'event', l.seq, l.fault) ORDER BY l.seq)
				FILTER (WHERE l.fault IS NOT NULL))[1] AS fault
		  FROM looked l GROUP BY l.day
	)
	SELECT coalesce(d.day, f.day), coalesce(f.events, 0), d.hash, coalesce(f.erased, 0), CASE
		WHEN f.fault IS NOT NULL THEN f.fault
		WHEN d.day IS NULL THEN 'nothing is known of this day'
		WHEN (f.events, f.hash) IS DISTINCT FROM (d.events, d.hash) THEN 'events at its end are missing'
		END
	  FROM (SELECT * FROM audit_days x WHERE x.day BETWEEN first AND upto) d FULL JOIN found f ON f.day = d.day
	 ORDER BY 1
$$;

-- For the job `record`: the days that are over (for a minute: what got its place before is committed) and come behind the
-- last one that was logged, as above; the first of them with 20,000 events together, which took 1.2 s. It says nothing of
-- what was done.
DROP FUNCTION IF EXISTS hob.day_of_record();
CREATE OR REPLACE FUNCTION hob.days_of_record() RETURNS TABLE (day date, events bigint, hash text, fault text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	first CONSTANT date := coalesce((SELECT max(d.day) + 1 FROM audit_days d WHERE d.logged_at IS NOT NULL), '-infinity');
	upto date;
BEGIN
	SELECT max(x.day) INTO upto
	  FROM (SELECT d.day, sum(d.events) OVER (ORDER BY d.day) - d.events AS before FROM audit_days d WHERE d.day >= first) x
	 WHERE x.before < 20000;
	RETURN QUERY SELECT v.day, v.events, v.hash, v.fault
	  FROM hob.audit_verify(first, least(upto, ((now() - interval '1 minute') AT TIME ZONE 'UTC')::date - 1)) v
	 ORDER BY v.day;
END
$$;

-- Notes that all days up to this one were logged; whether that is news.
CREATE OR REPLACE FUNCTION hob.days_logged(upto date) RETURNS bool
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	UPDATE audit_days d SET logged_at = now() WHERE d.day <= upto AND d.logged_at IS NULL;
	RETURN FOUND;
END
$$;
GRANT EXECUTE ON FUNCTION hob.days_of_record(), hob.days_logged(date) TO hob_jobs;

-- --- for hob-admin --------------------------------------------------------------------------

CREATE OR REPLACE VIEW staff.audit_events AS
SELECT e.id, e.at, e.staff_id, e.staff_email,
       CASE WHEN e.staff_id = (SELECT hob.staff_id()) OR (SELECT hob.staff_may('admin')) THEN e.address END AS address,
       e.request_id, e.action, e.entity, e.subject, e.reason,
       (SELECT jsonb_object_agg(f.key, CASE WHEN f.key = ANY (e.personal)
			THEN coalesce(v.before -> f.key, '{"erased": true}') ELSE f.value END)
	  FROM jsonb_each(e.before) f) AS before,
       (SELECT jsonb_object_agg(f.key, CASE WHEN f.key = ANY (e.personal)
			THEN coalesce(v.after -> f.key, '{"erased": true}') ELSE f.value END)
	  FROM jsonb_each(e.after) f) AS after,
       e.seal IS NOT NULL AND v.event_id IS NULL AS is_erased, e.day, e.seq, e.hash
  FROM audit_events e LEFT JOIN audit_values v ON v.event_id = e.id
 WHERE (SELECT hob.staff_may('support'));
GRANT SELECT ON staff.audit_events TO hob_staff;
