-- What ends: cover of documents, warranties above all, and insurances of contractors. In which state that is, what of
-- it is shown, and what its reminders hang on.
-- after: residences sharing

-- So many days before its last one something is expiring.
CREATE OR REPLACE FUNCTION hob.expiring_days() RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN 30;

-- The state of what is covered until these days, in order; today: where it is. A line that is about to end counts
-- first, whatever the others do. days_left: until the next line ends, or, below zero, since the last has.
CREATE OR REPLACE FUNCTION hob.cover_state(ends date[], is_lifetime bool, is_void bool, today date)
RETURNS TABLE (state text, days_left int)
LANGUAGE sql IMMUTABLE ROWS 1 AS $$
	SELECT CASE WHEN is_void THEN 'void'
		WHEN n.next - today <= hob.expiring_days() THEN 'expiring'
		WHEN is_lifetime THEN 'lifetime'
		WHEN n.next IS NULL AND ends <> '{}' THEN 'expired'
		ELSE 'active' END,
	       CASE WHEN NOT is_void
		    THEN coalesce(n.next, CASE WHEN NOT is_lifetime THEN ends[cardinality(ends)] END) - today END
	  FROM (SELECT min(e) FROM unnest(ends) e WHERE e >= today) n (next)
$$;

-- How many active warranties of a residence are expiring.
CREATE OR REPLACE FUNCTION hob.expiring_warranties(residence uuid, today date) RETURNS TABLE (expiring_warranties int)
LANGUAGE sql STABLE ROWS 1 AS $$
	SELECT count(*)::int
	  FROM documents d
	 WHERE d.residence_id = residence AND d.deleted_at IS NULL AND d.is_active AND NOT d.is_void
	   AND d.type = 'warranty' AND d.last_ends_on >= today
	   AND EXISTS (SELECT FROM unnest(d.cover_ends) e WHERE e >= today AND e <= today + hob.expiring_days())
$$;

-- What ends within so many days, in the caller's residences or the one that is asked for, and of the caller's own
-- contractors. A document is there once for each day on which a line of its cover ends.
CREATE OR REPLACE FUNCTION hob.expiring(wanted uuid, days int)
RETURNS TABLE (kind text, id uuid, residence_id uuid, type text, title text, ends_on date, days_left int)
LANGUAGE sql STABLE ROWS 10 AS $$
	WITH mine AS MATERIALIZED (
		SELECT r.id, (now() AT TIME ZONE r.time_zone)::date AS today
		  FROM residence_members m
		  JOIN residences r ON r.id = m.residence_id
		 WHERE m.user_id = hob.user_id() AND NOT m.gone AND r.deleted_at IS NULL
		   AND (wanted IS NULL OR m.residence_id = wanted)
	)
	SELECT 'document', d.id, h.id, d.type, d.title, e.ends_on, e.ends_on - h.today
	  FROM mine h
	  JOIN documents d ON d.residence_id = h.id AND d.last_ends_on >= h.today
	 CROSS JOIN LATERAL unnest(d.cover_ends) e (ends_on)
	 WHERE d.deleted_at IS NULL AND d.is_active AND NOT d.is_void
	   AND e.ends_on >= h.today AND e.ends_on <= h.today + days
	UNION ALL
	SELECT 'contractor', c.id, h.id, NULL, c.name, c.insurance_expires_on, c.insurance_expires_on - h.today
	  FROM mine h
	  JOIN contractors c ON c.residence_id = h.id
		AND c.insurance_expires_on >= h.today AND c.insurance_expires_on <= h.today + days
	 WHERE c.deleted_at IS NULL AND NOT c.do_not_use
	UNION ALL
	SELECT 'contractor', c.id, NULL, NULL, c.name, c.insurance_expires_on, c.insurance_expires_on - u.today
	  FROM (SELECT u.id, (now() AT TIME ZONE u.time_zone)::date AS today FROM users u WHERE u.id = hob.user_id()) u
	  JOIN contractors c ON c.created_by = u.id AND c.residence_id IS NULL
		AND c.insurance_expires_on >= u.today AND c.insurance_expires_on <= u.today + days
	 WHERE wanted IS NULL AND c.deleted_at IS NULL AND NOT c.do_not_use
$$;

-- --- reminders ------------------------------------------------------------------------------

-- Is there an end that somebody may be told of?
CREATE OR REPLACE FUNCTION hob.is_reminded(d documents) RETURNS bool
LANGUAGE sql IMMUTABLE
RETURN d.deleted_at IS NULL AND d.is_active AND NOT d.is_void AND d.cover_ends <> '{}';
CREATE OR REPLACE FUNCTION hob.is_reminded(c contractors) RETURNS bool
LANGUAGE sql IMMUTABLE
RETURN c.deleted_at IS NULL AND NOT c.do_not_use AND c.insurance_expires_on IS NOT NULL;

-- How many days before an end everybody is told.
CREATE OR REPLACE FUNCTION hob.expiring_offsets() RETURNS int[] LANGUAGE sql IMMUTABLE RETURN '{90,30,7,0}'::int[];

-- Behind a change of what hob.dated shows of something that ends. What is active again, or no longer void, is as it
-- was, and what came due meanwhile is told; of other days nothing is told that lies before the change.
CREATE OR REPLACE FUNCTION hob.remind_of_end(kind text, was_at uuid, is_at uuid, thing uuid, was date[], ends date[])
RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	next CONSTANT date := (SELECT min(e) FROM unnest(ends) e WHERE e >= current_date - 1);
BEGIN
	IF was_at <> is_at OR next IS NULL AND was_at IS NOT NULL THEN
		PERFORM hob.remind_no_more(kind, was_at, thing);
	END IF;
	IF next IS NOT NULL THEN
		PERFORM hob.remind_of(kind, is_at, thing, next, hob.expiring_offsets(),
			CASE WHEN was = ends THEN '-infinity' ELSE now() END);
	END IF;
END
$$;

CREATE OR REPLACE FUNCTION hob.remind_of_document() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	d CONSTANT documents := coalesce(new, old);
BEGIN
	PERFORM hob.remind_of_end('document', old.residence_id, d.residence_id, d.id, old.cover_ends,
		CASE WHEN tg_op <> 'DELETE' AND hob.is_reminded(new) THEN new.cover_ends ELSE '{}' END);
	RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER documents_remind AFTER INSERT ON documents
	FOR EACH ROW WHEN (new.cover_ends <> '{}') EXECUTE FUNCTION hob.remind_of_document();
CREATE OR REPLACE TRIGGER documents_remind_anew AFTER UPDATE ON documents
	FOR EACH ROW WHEN ((old.cover_ends, old.is_active, old.is_void, old.deleted_at)
		IS DISTINCT FROM (new.cover_ends, new.is_active, new.is_void, new.deleted_at))
	EXECUTE FUNCTION hob.remind_of_document();
CREATE OR REPLACE TRIGGER documents_remind_no_more AFTER DELETE ON documents
	FOR EACH ROW WHEN (old.cover_ends <> '{}') EXECUTE FUNCTION hob.remind_of_document();

-- What its creator was told of a contractor is of the residence with which they share it: a push or a mail that waits
-- for the end of quiet hours is about that one.
CREATE OR REPLACE FUNCTION hob.share_notices(c contractors) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	UPDATE notices n
	   SET residence_id = c.residence_id, facts = n.facts - 'what' || jsonb_build_object('home',
		(SELECT r.name FROM residences r WHERE r.id = c.residence_id))
	 WHERE (n.user_id, n.kind, n.subject_id) = (c.created_by, 'contractor_insurance_expiring', c.id)
	   AND n.residence_id IS NULL;
	IF FOUND THEN
		PERFORM hob.say('user:' || c.created_by);
	END IF;
END
$$;

-- A contractor who is somebody's alone is reminded of under the id of that account.
CREATE OR REPLACE FUNCTION hob.remind_of_insurance() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	c CONSTANT contractors := coalesce(new, old);
BEGIN
	PERFORM hob.remind_of_end('contractor', coalesce(old.residence_id, old.created_by),
		coalesce(c.residence_id, c.created_by), c.id, ARRAY[old.insurance_expires_on],
		CASE WHEN tg_op <> 'DELETE' AND hob.is_reminded(new) THEN ARRAY[new.insurance_expires_on] ELSE '{}' END);
	IF tg_op = 'UPDATE' AND old.residence_id IS DISTINCT FROM new.residence_id THEN
		PERFORM hob.share_notices(new);
	END IF;
	RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER contractors_remind AFTER INSERT ON contractors
	FOR EACH ROW WHEN (new.insurance_expires_on IS NOT NULL) EXECUTE FUNCTION hob.remind_of_insurance();
CREATE OR REPLACE TRIGGER contractors_remind_anew AFTER UPDATE ON contractors
	FOR EACH ROW WHEN ((old.insurance_expires_on, old.do_not_use, old.deleted_at, old.residence_id)
		IS DISTINCT FROM (new.insurance_expires_on, new.do_not_use, new.deleted_at, new.residence_id))
	EXECUTE FUNCTION hob.remind_of_insurance();
CREATE OR REPLACE TRIGGER contractors_remind_no_more AFTER DELETE ON contractors
	FOR EACH ROW WHEN (old.insurance_expires_on IS NOT NULL) EXECUTE FUNCTION hob.remind_of_insurance();

-- Of notices about them: why one is not to be sent any more; null: it is.
CREATE OR REPLACE FUNCTION hob.document_fault(n notices) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT CASE WHEN d.id IS NULL THEN 'document_gone'
		WHEN d.is_void OR NOT d.is_active THEN 'document_closed'
		WHEN (n.facts ->> 'due_on')::date <> ALL (d.cover_ends) THEN 'document_moved' END
	  FROM (VALUES (1)) one
	  LEFT JOIN documents d ON d.residence_id = n.residence_id AND d.id = n.subject_id AND d.deleted_at IS NULL
$$;
CREATE OR REPLACE FUNCTION hob.contractor_fault(n notices) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT CASE WHEN c.id IS NULL THEN 'contractor_gone'
		WHEN c.do_not_use THEN 'contractor_closed'
		WHEN (n.facts ->> 'due_on')::date IS DISTINCT FROM c.insurance_expires_on THEN 'contractor_moved' END
	  FROM (VALUES (1)) one
	  LEFT JOIN contractors c ON c.id = n.subject_id AND c.deleted_at IS NULL
		AND c.residence_id IS NOT DISTINCT FROM n.residence_id
		AND (c.residence_id IS NOT NULL OR c.created_by = n.user_id)
$$;

GRANT EXECUTE ON FUNCTION hob.expiring_days(), hob.cover_state(date[], bool, bool, date),
	hob.expiring_warranties(uuid, date), hob.expiring(uuid, int) TO hob_api;

GRANT SELECT ON contractors TO hob_api;
