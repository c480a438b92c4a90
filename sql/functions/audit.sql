-- The record of what staff do, and a chain of hashes by which a change of it is found: each event's hash covers the
-- event and the hash of the one before it on its day.
-- after: staff

-- Not as PostgreSQL shows them, which settings of a session change: instants as microseconds.
CREATE OR REPLACE FUNCTION hob.audit_hash(e audit_events) RETURNS text
LANGUAGE sql STABLE
RETURN encode(sha256(convert_to(jsonb_build_array(e.previous, e.day, e.seq, e.id,
	(extract(epoch FROM e.at) * 1000000)::bigint, e.staff_id, e.staff_email, e.address, e.request_id, e.action,
	e.entity, e.subject, e.reason, e.before, e.after)::text, 'UTF8')), 'hex');

-- What stands in place of a hash before the first event of a day.
CREATE OR REPLACE FUNCTION hob.audit_start(day date) RETURNS text
LANGUAGE sql STABLE
RETURN encode(sha256(convert_to(to_char(day, 'YYYY-MM-DD'), 'UTF8')), 'hex');

-- Writes one event, for functions with the owner's rights. `before` and `after` are the fields of what was changed, and
-- hold no secret. Comes last in an act: the row of the day is held to the end of the transaction.
CREATE OR REPLACE FUNCTION hob.audit_by(staff_id uuid, staff_email text, action text, entity text, subject text,
	before jsonb DEFAULT NULL, after jsonb DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	e audit_events;
	d audit_days;
BEGIN
	e.day := (now() AT TIME ZONE 'UTC')::date;
	INSERT INTO audit_days (day, events, hash) VALUES (e.day, 0, hob.audit_start(e.day)) ON CONFLICT DO NOTHING;
	SELECT x.* INTO d FROM audit_days x WHERE x.day = e.day FOR UPDATE;
	e.seq := d.events + 1;
	e.previous := d.hash;
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
	e.hash := hob.audit_hash(e);
	INSERT INTO audit_events SELECT e.*;
	UPDATE audit_days x SET events = e.seq, hash = e.hash WHERE x.day = e.day;
END
$$;

-- The same of an act of whom this transaction has entered as; HB401 when it has not.
CREATE OR REPLACE FUNCTION hob.audit(action text, entity text, subject text, before jsonb DEFAULT NULL,
	after jsonb DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	me staff;
BEGIN
	SELECT t.* INTO me FROM staff t WHERE t.id = hob.staff_id();
	IF me.id IS NULL THEN
		RAISE EXCEPTION 'not signed in' USING ERRCODE = 'HB401';
	END IF;
	PERFORM hob.audit_by(me.id, me.email, action, entity, subject, before, after);
END
$$;

-- The same of a row: the fields of it that are others now, but for bookkeeping.
CREATE OR REPLACE FUNCTION hob.audit_change(action text, entity text, subject text, was jsonb, is_now jsonb) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT hob.audit(audit_change.action, audit_change.entity, audit_change.subject,
		jsonb_object_agg(n.key, was -> n.key), jsonb_object_agg(n.key, n.value))
	  FROM jsonb_each(is_now) n
	 WHERE n.value IS DISTINCT FROM was -> n.key AND n.key <> ALL ('{version,updated_at,changed}')
$$;

-- What was written stays, for the owner of the tables too: who drops this trigger is found by the hashes.
CREATE OR REPLACE FUNCTION hob.refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	RAISE EXCEPTION '% is only added to', tg_table_name USING ERRCODE = 'HB409', CONSTRAINT = 'audit_stays';
END
$$;
CREATE OR REPLACE TRIGGER audit_events_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_events
	FOR EACH STATEMENT EXECUTE FUNCTION hob.refuse_change();
CREATE OR REPLACE TRIGGER audit_days_stay BEFORE DELETE OR TRUNCATE ON audit_days
	FOR EACH STATEMENT EXECUTE FUNCTION hob.refuse_change();

-- For `hob audit verify`: each day, or this one, its last hash, and the first fault of it; null: none.
CREATE OR REPLACE FUNCTION hob.audit_verify(asked date DEFAULT NULL) RETURNS TABLE (day date, events bigint, hash text, fault text)
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
	WITH looked AS (
		SELECT e.day, e.seq, e.hash, CASE
			WHEN e.seq <> row_number() OVER w THEN 'stands where another was'
			WHEN e.hash <> hob.audit_hash(e) THEN 'is not as it was written'
			WHEN e.previous <> coalesce(lag(e.hash) OVER w, hob.audit_start(e.day))
			THEN 'does not follow the one before it'
			WHEN (e.at AT TIME ZONE 'UTC')::date <> e.day THEN 'is of another day'
			END AS fault
		  FROM audit_events e
		 WHERE e.day BETWEEN coalesce(asked, '-infinity') AND coalesce(asked, 'infinity')
		WINDOW w AS (PARTITION BY e.day ORDER BY e.seq)
	), found AS (
		SELECT l.day, count(*) AS events, (array_agg(l.hash ORDER BY l.seq DESC))[1] AS hash,
		       (array_agg(format('event %s %s', l.seq, l.fault) ORDER BY l.seq)
				FILTER (WHERE l.fault IS NOT NULL))[1] AS fault
		  FROM looked l GROUP BY l.day
	)
	SELECT coalesce(d.day, f.day), coalesce(f.events, 0), d.hash, CASE
		WHEN f.fault IS NOT NULL THEN f.fault
		WHEN d.day IS NULL THEN 'nothing is known of this day'
		WHEN (f.events, f.hash) IS DISTINCT FROM (d.events, d.hash) THEN 'events at its end are missing'
		END
	  FROM (SELECT * FROM audit_days x WHERE x.day BETWEEN coalesce(asked, '-infinity') AND coalesce(asked, 'infinity')) d FULL JOIN found f ON f.day = d.day
	 ORDER BY 1
$$;

-- For the job `record`: the latest day that is over, as above. It says nothing of what was done.
CREATE OR REPLACE FUNCTION hob.day_of_record() RETURNS TABLE (day date, events bigint, hash text, fault text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT v.* FROM hob.audit_verify((SELECT max(d.day) FROM audit_days d
		WHERE d.day < (now() AT TIME ZONE 'UTC')::date)) v
	 WHERE v.day < (now() AT TIME ZONE 'UTC')::date
$$;
GRANT EXECUTE ON FUNCTION hob.day_of_record() TO hob_jobs;

-- --- for hob-admin --------------------------------------------------------------------------

CREATE OR REPLACE VIEW staff.audit_events AS
SELECT e.id, e.at, e.staff_id, e.staff_email, e.address, e.request_id, e.action, e.entity, e.subject, e.reason, e.before,
       e.after, e.day, e.seq, e.hash
  FROM audit_events e
 WHERE (SELECT hob.staff_may('support'));
GRANT SELECT ON staff.audit_events TO hob_staff;
