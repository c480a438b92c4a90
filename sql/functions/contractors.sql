-- Contractors: what the API shows of one, what each account thinks of it, and the numbers that follow from what it did.
--
-- A contractor is one of a residence, or its creator's alone until they share it; it never goes back. What is done with
-- a task or a completion locks that row first, then the contractor (hob.hold_contractor); several by their ids.
-- after: residences sync activity limits idempotency tasks completions

-- What the home thinks of it on average; null: nobody has said.
CREATE OR REPLACE FUNCTION hob.rating_of(c contractors) RETURNS numeric
LANGUAGE sql IMMUTABLE
RETURN round(c.rating_sum::numeric / nullif(c.rating_count, 0), 2);

-- The key of what workers remember that hangs on a contractor.
CREATE OR REPLACE FUNCTION hob.contractor_key(c contractors) RETURNS text
LANGUAGE sql IMMUTABLE
RETURN CASE WHEN c.residence_id IS NULL THEN 'user:' || c.created_by ELSE 'residence:' || c.residence_id END;

-- people and names: those of hob.people, fetched once a residence. o: what the caller thinks of it; a row of nulls:
-- nothing. Who made what is theirs alone is not said.
CREATE OR REPLACE FUNCTION hob.contractor_card(c contractors, o contractor_opinions, people uuid[], names text[],
	whole bool DEFAULT true)
RETURNS TABLE (id uuid, residence_id uuid, name text, company text, contact_person text, phones json, email text,
	website text, address text, notes text, specialties text[], licence_number text, insurance_expires_on date,
	call_out_rate numeric, hourly_rate numeric, do_not_use bool, do_not_use_reason text, is_favorite bool,
	my_rating int, my_rating_note text, rating numeric, rating_count int, job_count int, total_spend numeric,
	last_used_on date, "created_by.id" uuid, "created_by.name" text, created_at timestamptz, updated_at timestamptz,
	version int)
LANGUAGE sql STABLE ROWS 1 AS $$
	SELECT c.id, c.residence_id, c.name, c.company, c.contact_person, c.phones::json, c.email, c.website, c.address,
	       CASE WHEN whole THEN c.notes ELSE hob.beginning(c.notes) END, c.specialties, c.licence_number,
	       c.insurance_expires_on, c.call_out_rate, c.hourly_rate, c.do_not_use, c.do_not_use_reason,
	       coalesce(o.is_favorite, false), o.rating, o.note, hob.rating_of(c), c.rating_count, c.job_count,
	       c.total_spend, c.last_used_on, CASE WHEN c.residence_id IS NOT NULL THEN c.created_by END,
	       names[array_position(people, c.created_by)], c.created_at, c.updated_at, c.version
$$;

-- Where contractors of the caller's are: their residences, or the one that is asked for, and, as a row without an id,
-- what is theirs alone.
CREATE OR REPLACE FUNCTION hob.contractor_homes(wanted uuid)
RETURNS TABLE (id uuid, people uuid[], names text[], currency text)
LANGUAGE sql STABLE ROWS 3 AS $$
	SELECT h.id, h.people, h.names, h.currency FROM hob.my_residences(wanted) h
	UNION ALL
	SELECT NULL, NULL, NULL, NULL WHERE wanted IS NULL AND hob.within() IS NULL
$$;

-- Those of such a place that were not deleted.
CREATE OR REPLACE FUNCTION hob.contractors_at(home uuid) RETURNS SETOF contractors
LANGUAGE sql STABLE ROWS 10 AS $$
	SELECT c.* FROM contractors c WHERE c.residence_id = home AND c.deleted_at IS NULL
	UNION ALL
	SELECT c.* FROM contractors c
	 WHERE home IS NULL AND c.residence_id IS NULL AND c.created_by = hob.user_id() AND c.deleted_at IS NULL
$$;

-- A contractor that an act has changed, and what that makes untrue.
CREATE OR REPLACE FUNCTION hob.contractor_shown(c contractors, o contractor_opinions)
RETURNS TABLE (id uuid, residence_id uuid, name text, company text, contact_person text, phones json, email text,
	website text, address text, notes text, specialties text[], licence_number text, insurance_expires_on date,
	call_out_rate numeric, hourly_rate numeric, do_not_use bool, do_not_use_reason text, is_favorite bool,
	my_rating int, my_rating_note text, rating numeric, rating_count int, job_count int, total_spend numeric,
	last_used_on date, "created_by.id" uuid, "created_by.name" text, created_at timestamptz, updated_at timestamptz,
	version int, currency text, _touch text[])
LANGUAGE sql STABLE ROWS 1 AS $$
	SELECT k.*, a.currency, CASE WHEN hob.did() IS NOT NULL THEN ARRAY[hob.contractor_key(c)] END
	  FROM (SELECT) one
	  LEFT JOIN LATERAL hob.around(c.residence_id) a ON true
	 CROSS JOIN LATERAL hob.contractor_card(c, o, a.people, a.names) k
$$;

-- May somebody put a contractor there? HB404 or HB403 when they may not; null is what is theirs alone, which no access
-- token reaches that is for certain residences. Always true.
CREATE OR REPLACE FUNCTION hob.require_contractor_home(residence uuid) RETURNS bool
LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF residence IS NOT NULL THEN
		PERFORM hob.require_role(residence, 'member');
	ELSIF hob.within() IS NOT NULL THEN
		RAISE EXCEPTION 'narrowed' USING ERRCODE = 'HB403', CONSTRAINT = 'contractors_narrowed';
	END IF;
	RETURN true;
END
$$;

CREATE OR REPLACE FUNCTION hob.require_contractor_role(contractor uuid, wanted residence_role) RETURNS void
LANGUAGE plpgsql STABLE AS $$
DECLARE
	have residence_role;
BEGIN
	SELECT CASE WHEN c.residence_id IS NULL THEN 'owner' ELSE m.role END INTO have
	  FROM contractors c
	  LEFT JOIN residence_members m
	    ON m.residence_id = c.residence_id AND m.user_id = hob.user_id() AND NOT m.gone
	 WHERE c.id = contractor AND c.deleted_at IS NULL
	   AND (c.residence_id IS NOT NULL OR c.created_by = hob.user_id() AND hob.within() IS NULL);
	IF have IS NULL THEN
		RAISE EXCEPTION 'no such contractor' USING ERRCODE = 'HB404';
	ELSIF have < wanted THEN
		RAISE EXCEPTION 'this needs role %', wanted USING ERRCODE = 'HB403';
	END IF;
END
$$;

-- Deletes a contractor: its tasks are left without one, history keeps its name. Nothing when its version is none of
-- these, or when the caller may not. The tasks are locked first, as by whoever completes one.
CREATE OR REPLACE FUNCTION hob.delete_contractor(contractor uuid, if_versions int[], at timestamptz)
RETURNS SETOF contractors
LANGUAGE plpgsql ROWS 1 AS $$
DECLARE
	c contractors;
BEGIN
	SELECT x.* INTO c FROM contractors x WHERE x.id = contractor;
	PERFORM FROM tasks t WHERE t.residence_id = c.residence_id AND t.contractor_id = c.id
	 ORDER BY t.id FOR NO KEY UPDATE;
	UPDATE contractors x SET deleted_at = at, updated_at = at, version = x.version + 1
	 WHERE x.id = contractor AND x.deleted_at IS NULL
	   AND (if_versions IS NULL OR x.version = ANY (if_versions))
	RETURNING x.* INTO c;
	IF FOUND THEN
		UPDATE tasks t SET contractor_id = NULL, updated_at = at, version = t.version + 1
		 WHERE t.residence_id = c.residence_id AND t.contractor_id = c.id;
		RETURN NEXT c;
	END IF;
END
$$;

-- Who gives a residence a contractor that was theirs alone may edit there; nobody takes one back.
CREATE OR REPLACE FUNCTION hob.share_contractor() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF old.residence_id IS NOT NULL THEN
		RAISE EXCEPTION 'shared' USING ERRCODE = '23514', CONSTRAINT = 'contractors_stays';
	END IF;
	PERFORM hob.require_role(new.residence_id, 'member');
	RETURN new;
END
$$;
CREATE OR REPLACE TRIGGER contractors_share BEFORE UPDATE OF residence_id ON contractors
	FOR EACH ROW WHEN (old.residence_id IS DISTINCT FROM new.residence_id)
	EXECUTE FUNCTION hob.share_contractor();

-- What its creator thought of it is now one opinion among those of the residence.
CREATE OR REPLACE FUNCTION hob.share_opinions() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	UPDATE contractor_opinions o SET residence_id = new.residence_id WHERE o.contractor_id = new.id;
	RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER contractors_share_opinions AFTER UPDATE OF residence_id ON contractors
	FOR EACH ROW WHEN (old.residence_id IS DISTINCT FROM new.residence_id)
	EXECUTE FUNCTION hob.share_opinions();

-- Whoever deletes one waits for who names it, or the other way round, as at a foreign key.
CREATE OR REPLACE FUNCTION hob.require_specialties() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	IF NOT new.specialties <@ ARRAY(SELECT s.code FROM specialties s WHERE s.code = ANY (new.specialties) FOR KEY SHARE) THEN
		RAISE EXCEPTION 'no such specialty' USING ERRCODE = '23503', CONSTRAINT = 'contractors_specialties_fkey';
	END IF;
	RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER contractors_specialties AFTER INSERT OR UPDATE OF specialties ON contractors
	FOR EACH ROW WHEN (new.specialties <> '{}') EXECUTE FUNCTION hob.require_specialties();

CREATE OR REPLACE FUNCTION hob.note_contractor_words() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	new.words := left(hob.folded(concat_ws(' ', new.name, new.company, new.contact_person, new.email, new.address,
		(SELECT string_agg(p ->> 'number', ' ') FROM jsonb_array_elements(new.phones) p),
		left(new.notes, 280))), 1000);
	RETURN new;
END
$$;
CREATE OR REPLACE TRIGGER contractors_note_words
	BEFORE INSERT OR UPDATE OF name, company, contact_person, email, address, phones, notes ON contractors
	FOR EACH ROW EXECUTE FUNCTION hob.note_contractor_words();

-- What was its creator's alone is its own tombstone.
CREATE OR REPLACE TRIGGER contractors_stamp BEFORE UPDATE ON contractors
	FOR EACH ROW EXECUTE FUNCTION hob.stamp();
CREATE OR REPLACE TRIGGER contractors_bury AFTER UPDATE ON contractors
	FOR EACH ROW WHEN (old.deleted_at IS NULL AND new.deleted_at IS NOT NULL AND new.residence_id IS NOT NULL)
	EXECUTE FUNCTION hob.bury('contractors', 'id', 'created_at');
CREATE OR REPLACE TRIGGER contractors_bury_for_good AFTER DELETE ON contractors
	FOR EACH ROW WHEN (old.deleted_at IS NULL AND old.residence_id IS NOT NULL)
	EXECUTE FUNCTION hob.bury('contractors', 'id', 'created_at');
CREATE OR REPLACE TRIGGER contractors_activity AFTER INSERT OR UPDATE OR DELETE ON contractors
	FOR EACH ROW WHEN (current_setting('hob.user_id', true) <> '')
	EXECUTE FUNCTION hob.log_activity('contractor', 'id', 'created', 'deleted', 'words', 'rating_count',
		'rating_sum', 'job_count', 'total_spend', 'last_used_on');

-- --- opinions -----------------------------------------------------------------------------

-- Changes what the caller thinks of a contractor; HB404 when they do not see it. A change of nothing writes nothing,
-- and who thinks nothing any more has no row. What was seen before may have changed since: the row as it is takes the
-- change. What is yielded is as it is now, behind the triggers.
CREATE OR REPLACE FUNCTION hob.judge_contractor(contractor uuid, change jsonb, OUT c contractors,
	OUT o contractor_opinions)
LANGUAGE plpgsql AS $$
DECLARE
	me CONSTANT uuid := hob.user_id();
	nothing CONSTANT contractor_opinions := (contractor, me, NULL, false, NULL, NULL);
BEGIN
	PERFORM hob.require_contractor_role(contractor, 'viewer');
	SELECT x.* INTO o FROM contractor_opinions x WHERE (x.contractor_id, x.user_id) = (contractor, me);
	IF NOT FOUND THEN
		o := nothing;
	END IF;
	IF jsonb_populate_record(o, change) IS DISTINCT FROM o THEN
		INSERT INTO contractor_opinions AS x (contractor_id, user_id, is_favorite, rating, note)
		SELECT contractor, me, n.is_favorite, n.rating, n.note
		  FROM jsonb_populate_record(nothing, change) n
		ON CONFLICT (contractor_id, user_id) DO UPDATE
		   SET (is_favorite, rating, note) =
		       (SELECT n.is_favorite, n.rating, n.note FROM jsonb_populate_record(x, change) n);
		DELETE FROM contractor_opinions x
		 WHERE (x.contractor_id, x.user_id) = (contractor, me) AND NOT x.is_favorite AND x.rating IS NULL;
	END IF;
	SELECT x.* INTO c FROM contractors x WHERE x.id = contractor;
	SELECT x.* INTO o FROM contractor_opinions x WHERE (x.contractor_id, x.user_id) = (contractor, me);
END
$$;

-- An opinion is where its contractor is. Who shares that comes first, or finds the opinion. That the caller belongs to
-- the residence, the policy and the foreign key see to behind this.
CREATE OR REPLACE FUNCTION hob.place_opinion() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	SELECT c.residence_id INTO new.residence_id FROM contractors c
	 WHERE c.id = new.contractor_id AND c.deleted_at IS NULL
	   AND (c.residence_id IS NOT NULL OR c.created_by = new.user_id) FOR KEY SHARE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'no such contractor' USING ERRCODE = 'HB404';
	END IF;
	RETURN new;
END
$$;
CREATE OR REPLACE TRIGGER contractor_opinions_place BEFORE INSERT ON contractor_opinions
	FOR EACH ROW EXECUTE FUNCTION hob.place_opinion();

-- Contractors repeat what was said, and are news to those who have a copy of them. Who leaves takes back several.
CREATE OR REPLACE FUNCTION hob.count_opinions() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	about CONSTANT uuid[] := ARRAY(SELECT DISTINCT t.contractor_id FROM touched t);
BEGIN
	PERFORM FROM contractors c WHERE c.id = ANY (about) ORDER BY c.id FOR NO KEY UPDATE;
	UPDATE contractors c
	   SET (rating_count, rating_sum) = (SELECT count(o.rating), coalesce(sum(o.rating), 0)
		  FROM contractor_opinions o WHERE o.contractor_id = c.id)
	 WHERE c.id = ANY (about);
	RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER contractor_opinions_count AFTER INSERT ON contractor_opinions
	REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION hob.count_opinions();
CREATE OR REPLACE TRIGGER contractor_opinions_count_anew AFTER UPDATE ON contractor_opinions
	REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION hob.count_opinions();
CREATE OR REPLACE TRIGGER contractor_opinions_count_less AFTER DELETE ON contractor_opinions
	REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION hob.count_opinions();

-- --- what a contractor does ---------------------------------------------------------------

-- Not for the API itself. Locks a contractor of this residence that a task or a completion is about to name, until the
-- transaction ends: the name. One that is elsewhere, or deleted, breaks the foreign key of this name.
CREATE OR REPLACE FUNCTION hob.hold_contractor(residence uuid, contractor uuid, fkey text) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	called text;
BEGIN
	SELECT c.name INTO called FROM contractors c
	 WHERE c.residence_id = residence AND c.id = contractor AND c.deleted_at IS NULL FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'no such contractor' USING ERRCODE = '23503', CONSTRAINT = fkey;
	END IF;
	RETURN called;
END
$$;

CREATE OR REPLACE FUNCTION hob.require_contractor() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	PERFORM hob.hold_contractor(new.residence_id, new.contractor_id, 'tasks_contractor_id_fkey');
	RETURN new;
END
$$;
CREATE OR REPLACE TRIGGER tasks_contractor BEFORE INSERT ON tasks
	FOR EACH ROW WHEN (new.contractor_id IS NOT NULL) EXECUTE FUNCTION hob.require_contractor();
CREATE OR REPLACE TRIGGER tasks_contractor_anew BEFORE UPDATE OF contractor_id ON tasks
	FOR EACH ROW WHEN (new.contractor_id IS NOT NULL AND new.contractor_id IS DISTINCT FROM old.contractor_id)
	EXECUTE FUNCTION hob.require_contractor();

-- A completion has the name that the contractor had when it was linked, and no other while it is. Who takes the place
-- of another is held together with them. The trigger stands before completions_note_words by its name.
CREATE OR REPLACE FUNCTION hob.note_contractor_name() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	IF new.contractor_id = old.contractor_id THEN
		new.contractor_name := old.contractor_name;
	ELSE
		PERFORM FROM contractors c
		  WHERE c.residence_id = new.residence_id AND c.id IN (old.contractor_id, new.contractor_id)
		  ORDER BY c.id FOR NO KEY UPDATE;
		new.contractor_name := hob.hold_contractor(new.residence_id, new.contractor_id,
			'completions_contractor_id_fkey');
	END IF;
	RETURN new;
END
$$;
CREATE OR REPLACE TRIGGER completions_contractor BEFORE INSERT OR UPDATE OF contractor_id, contractor_name ON completions
	FOR EACH ROW WHEN (new.contractor_id IS NOT NULL) EXECUTE FUNCTION hob.note_contractor_name();

-- Who unlinks one, or undoes what it did, reckons it anew behind the statement; a webhook may be told of that before, and
-- its job comes last.
CREATE OR REPLACE FUNCTION hob.hold_unlinked() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	PERFORM FROM contractors c WHERE c.id = old.contractor_id FOR NO KEY UPDATE;
	RETURN new;
END
$$;
CREATE OR REPLACE TRIGGER completions_contractor_gone BEFORE UPDATE OF contractor_id, undone_at ON completions
	FOR EACH ROW WHEN (old.contractor_id IS NOT NULL AND (new.contractor_id IS NULL
		OR old.undone_at IS NULL AND new.undone_at IS NOT NULL))
	EXECUTE FUNCTION hob.hold_unlinked();

-- Reckons what contractors of a residence did, from its completions; what is so already is not written.
CREATE OR REPLACE FUNCTION hob.count_jobs(residence uuid, ids uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	PERFORM FROM contractors c WHERE c.id = ANY (ids) ORDER BY c.id FOR NO KEY UPDATE;
	UPDATE contractors c SET job_count = j.jobs, total_spend = j.spend, last_used_on = j.last_on
	  FROM residences r
	 CROSS JOIN unnest(ids) k
	 CROSS JOIN LATERAL (
		SELECT count(*) AS jobs, coalesce(sum(d.actual_cost), 0) AS spend,
		       (max(d.completed_at) AT TIME ZONE r.time_zone)::date AS last_on
		  FROM completions d
		 WHERE d.residence_id = r.id AND d.contractor_id = k AND d.undone_at IS NULL
		   AND d.outcome = 'done') j
	 WHERE r.id = residence AND c.id = k
	   AND (c.job_count, c.total_spend, c.last_used_on) IS DISTINCT FROM (j.jobs, j.spend, j.last_on);
END
$$;

CREATE OR REPLACE FUNCTION hob.note_job() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	PERFORM hob.count_jobs(new.residence_id, ARRAY[new.contractor_id]);
	RETURN NULL;
END
$$;
-- Seeds reckon themselves.
CREATE OR REPLACE TRIGGER completions_note_job AFTER INSERT ON completions
	FOR EACH ROW WHEN (new.contractor_id IS NOT NULL AND current_setting('hob.user_id', true) <> '')
	EXECUTE FUNCTION hob.note_job();

-- Once for all completions that a statement changes: of a task that goes elsewhere.
CREATE OR REPLACE FUNCTION hob.note_jobs_anew() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	PERFORM hob.count_jobs(o.residence_id, array_agg(DISTINCT k))
	  FROM was o
	  JOIN became n USING (id)
	 CROSS JOIN LATERAL unnest(ARRAY[o.contractor_id, n.contractor_id]) k
	 WHERE k IS NOT NULL AND (o.contractor_id, o.actual_cost, o.undone_at) IS DISTINCT FROM
		(n.contractor_id, n.actual_cost, n.undone_at)
	 GROUP BY o.residence_id;
	RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER completions_note_jobs_anew AFTER UPDATE ON completions
	REFERENCING OLD TABLE AS was NEW TABLE AS became FOR EACH STATEMENT EXECUTE FUNCTION hob.note_jobs_anew();

-- The day of a job is one of the residence's zone. All contractors are held, also those without a job: whoever
-- completes something by one at this moment has it, and may have read the old zone.
CREATE OR REPLACE FUNCTION hob.count_jobs_anew() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	PERFORM hob.count_jobs(new.id, ARRAY(SELECT c.id FROM contractors c WHERE c.residence_id = new.id));
	RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER residences_count_jobs AFTER UPDATE OF time_zone ON residences
	FOR EACH ROW WHEN (old.time_zone <> new.time_zone) EXECUTE FUNCTION hob.count_jobs_anew();

GRANT SELECT, INSERT (id, residence_id, name, company, contact_person, phones, email, website, address, notes, specialties,
	licence_number, insurance_expires_on, call_out_rate, hourly_rate, do_not_use, do_not_use_reason, created_by,
	created_at, updated_at),
	UPDATE (residence_id, name, company, contact_person, phones, email, website, address, notes, specialties,
	licence_number, insurance_expires_on, call_out_rate, hourly_rate, do_not_use, do_not_use_reason, updated_at,
	deleted_at, version) ON contractors TO hob_api;
GRANT SELECT, INSERT (contractor_id, user_id, is_favorite, rating, note), UPDATE (is_favorite, rating, note),
	DELETE ON contractor_opinions TO hob_api;
GRANT EXECUTE ON FUNCTION hob.contractor_card(contractors, contractor_opinions, uuid[], text[], bool),
	hob.rating_of(contractors), hob.contractor_homes(uuid), hob.contractors_at(uuid),
	hob.contractor_shown(contractors, contractor_opinions), hob.contractor_key(contractors),
	hob.require_contractor_home(uuid), hob.require_contractor_role(uuid, residence_role),
	hob.delete_contractor(uuid, int[], timestamptz), hob.judge_contractor(uuid, jsonb) TO hob_api;
