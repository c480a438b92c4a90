-- What is in households, for staff: read with a reason (functions/looking.sql), and moderated as by a member. What
-- follows from an act follows from the same triggers, as nobody's act.
-- after: looking tasks completions contractors documents files limits purchases

-- --- what is read -----------------------------------------------------------------------------

-- head: what a search looks at, as the index tasks_head_idx has it.
CREATE OR REPLACE VIEW staff.tasks AS
SELECT t.id, t.residence_id, (SELECT r.name FROM residences r WHERE r.id = t.residence_id) AS residence_name, t.title,
       t.description, t.category, t.priority, t.state, t.completed AS is_completed, t.archived AS is_archived,
       t.deleted_at IS NOT NULL AS is_deleted, t.due_on, left(t.due_time::text, 5) AS due_time, t.starts_on,
       t.recurrence, t.occurrence, t.assigned_to_id, t.contractor_id, t.estimated_cost, t.completion_count,
       t.last_completed_at, t.template, t.photo_count, t.created_by, t.created_at, t.updated_at, t.deleted_at, t.version,
       left(t.words, 40) AS head
  FROM tasks t
 WHERE (SELECT hob.staff_may('support')) AND (SELECT hob.require_reason());

CREATE OR REPLACE VIEW staff.completions AS
SELECT c.id, c.residence_id, (SELECT r.name FROM residences r WHERE r.id = c.residence_id) AS residence_name, c.task_id,
       c.title, c.category, c.outcome, c.undone_at IS NOT NULL AS is_undone, c.occurrence, c.due_before, c.completed_at,
       c.completed_by, c.recorded_by, c.contractor_id, c.contractor_name, c.actual_cost, c.note, c.rating, c.photo_count,
       c.created_at, c.updated_at, c.undone_at, c.undone_by, c.version
  FROM completions c
 WHERE (SELECT hob.staff_may('support')) AND (SELECT hob.require_reason());

CREATE OR REPLACE VIEW staff.contractors AS
SELECT c.id, c.residence_id, (SELECT r.name FROM residences r WHERE r.id = c.residence_id) AS residence_name, c.name,
       c.company, c.contact_person, c.phones, c.email, c.website, c.address, c.notes, c.specialties, c.licence_number,
       c.insurance_expires_on, c.call_out_rate, c.hourly_rate, c.do_not_use, c.do_not_use_reason, c.rating_count,
       round(c.rating_sum::numeric / nullif(c.rating_count, 0), 2) AS rating, c.job_count, c.total_spend, c.last_used_on, c.deleted_at IS NOT NULL AS is_deleted,
       c.created_by, c.created_at, c.updated_at, c.deleted_at, c.version
  FROM contractors c
 WHERE c.residence_id IS NOT NULL AND (SELECT hob.staff_may('support')) AND (SELECT hob.require_reason());

CREATE OR REPLACE VIEW staff.documents AS
SELECT d.id, d.residence_id, (SELECT r.name FROM residences r WHERE r.id = d.residence_id) AS residence_name, d.type,
       d.title, d.description, d.tags, d.issuer, d.issued_on, d.number, d.contractor_id, d.task_id, d.category, d.product,
       d.brand, d.model, d.serial_numbers, d.purchased_on, d.price, d.shop, d.provider, d.claim_contact, d.covers,
       d.claims, d.last_ends_on, d.is_lifetime, d.is_void, d.is_active, d.deleted_at IS NOT NULL AS is_deleted,
       d.created_by, d.created_at, d.updated_at, d.deleted_at, d.version
  FROM documents d
 WHERE (SELECT hob.staff_may('support')) AND (SELECT hob.require_reason());

CREATE OR REPLACE FUNCTION hob.version_of(f files) RETURNS int
LANGUAGE sql IMMUTABLE RETURN hash_record(ROW(f.residence_id, f.on_id, f.name, f.media_type, f.bytes, f.kept_bytes,
	f.state, f.reason)) & 2147483647;
GRANT EXECUTE ON FUNCTION hob.version_of(files) TO hob_staff;

CREATE OR REPLACE VIEW staff.files AS
SELECT f.id, f.residence_id, (SELECT r.name FROM residences r WHERE r.id = f.residence_id) AS residence_name, f.purpose,
       f.on_id, f.name, f.media_type, f.bytes, f.kept_bytes, f.state, f.reason, f.uploaded_by, f.created_at,
       hob.version_of(f) AS version
  FROM files f
 WHERE f.residence_id IS NOT NULL AND (SELECT hob.staff_may('support')) AND (SELECT hob.require_reason());

CREATE OR REPLACE VIEW staff.activity AS
SELECT a.id, a.residence_id, a.at, a.user_id, (SELECT p.name FROM residence_people p
		WHERE (p.residence_id, p.user_id) = (a.residence_id, a.user_id)) AS user_name,
       a.action, a.subject, a.subject_id, a.title, a.changes, a.request_id
  FROM activity a
 WHERE a.residence_id IS NOT NULL AND (SELECT hob.staff_may('support')) AND (SELECT hob.require_reason());
GRANT SELECT ON staff.tasks, staff.completions, staff.contractors, staff.documents, staff.files, staff.activity TO hob_staff;

-- --- what goes --------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION hob.staff_delete_tasks(subject uuid, if_versions int[]) RETURNS TABLE (id uuid, _touch text[])
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	was tasks;
	is_now tasks;
BEGIN
	PERFORM hob.act_as_support();
	SELECT t.* INTO was FROM tasks t WHERE t.id = subject FOR NO KEY UPDATE;
	UPDATE tasks t SET deleted_at = now(), updated_at = now(), version = t.version + 1
	 WHERE t.id = subject AND t.deleted_at IS NULL AND (if_versions IS NULL OR t.version = ANY (if_versions))
	RETURNING t.* INTO is_now;
	IF FOUND THEN
		PERFORM hob.audit_change('delete', 'tasks', subject::text, to_jsonb(was), to_jsonb(is_now));
		RETURN QUERY SELECT subject, ARRAY['residence:' || was.residence_id];
	END IF;
END
$$;

-- What is taken off it stays so.
CREATE OR REPLACE FUNCTION hob.staff_delete_documents(subject uuid, if_versions int[]) RETURNS TABLE (id uuid, _touch text[])
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	was documents;
	is_now documents;
BEGIN
	PERFORM hob.act_as_support();
	SELECT d.* INTO was FROM documents d WHERE d.id = subject FOR NO KEY UPDATE;
	UPDATE documents d SET deleted_at = now(), updated_at = now(), version = d.version + 1
	 WHERE d.id = subject AND d.deleted_at IS NULL AND (if_versions IS NULL OR d.version = ANY (if_versions))
	RETURNING d.* INTO is_now;
	IF FOUND THEN
		PERFORM hob.audit_change('delete', 'documents', subject::text, to_jsonb(was), to_jsonb(is_now));
		RETURN QUERY SELECT subject, ARRAY['residence:' || was.residence_id];
	END IF;
END
$$;

-- Its tasks are left without one.
CREATE OR REPLACE FUNCTION hob.staff_delete_contractors(subject uuid, if_versions int[]) RETURNS TABLE (id uuid, _touch text[])
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	was CONSTANT contractors := (SELECT c FROM contractors c WHERE c.id = subject AND c.residence_id IS NOT NULL);
	is_now contractors;
BEGIN
	PERFORM hob.act_as_support();
	SELECT c.* INTO is_now FROM hob.delete_contractor(was.id, if_versions, now()) c;
	IF FOUND THEN
		PERFORM hob.audit('delete', 'contractors', subject::text, before => '{"deleted_at": null}',
			after => jsonb_build_object('deleted_at', is_now.deleted_at));
		RETURN QUERY SELECT subject, ARRAY[hob.contractor_key(is_now)];
	END IF;
END
$$;

-- As a manager takes one back: the newest puts its task back as it was.
CREATE OR REPLACE FUNCTION hob.staff_delete_completions(subject uuid, if_versions int[]) RETURNS TABLE (id uuid, _touch text[])
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	c completions;
BEGIN
	PERFORM hob.act_as_support();
	SELECT (x.completion).* INTO c FROM hob.take_back(subject, false, if_versions, now()) x
	 WHERE EXISTS (SELECT FROM completions y WHERE y.id = hob.completion_called(subject));
	IF FOUND THEN
		PERFORM hob.audit('delete', 'completions', subject::text, before => '{"undone_at": null}',
			after => jsonb_build_object('undone_at', c.undone_at));
		RETURN QUERY SELECT c.id, ARRAY['residence:' || c.residence_id];
	END IF;
END
$$;

-- For good, with its bytes.
CREATE OR REPLACE FUNCTION hob.staff_delete_files(subject uuid, if_versions int[]) RETURNS TABLE (id uuid, _touch text[])
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	f files;
BEGIN
	PERFORM hob.act_as_support(), hob.hold_place_of(subject);
	DELETE FROM files x
	 WHERE x.id = subject AND x.residence_id IS NOT NULL AND (if_versions IS NULL OR hob.version_of(x) = ANY (if_versions))
	RETURNING x.* INTO f;
	IF FOUND THEN
		PERFORM hob.audit('delete', 'files', subject::text, before => jsonb_build_object('residence_id',
			f.residence_id, 'purpose', f.purpose, 'on_id', f.on_id, 'media_type', f.media_type,
			'bytes', f.bytes, 'state', f.state, 'uploaded_by', f.uploaded_by));
		RETURN QUERY SELECT subject, hob.touch_file(f);
	END IF;
END
$$;

-- --- what comes back --------------------------------------------------------------------------

-- Of two from one template the one that is there first has it.
CREATE OR REPLACE FUNCTION hob.undelete_task(task uuid, from_template text) RETURNS tasks
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	is_now tasks;
BEGIN
	UPDATE tasks t
	   SET deleted_at = NULL, updated_at = now(), version = t.version + 1, template = from_template
	 WHERE t.id = task
	RETURNING t.* INTO is_now;
	RETURN is_now;
EXCEPTION WHEN unique_violation THEN
	RETURN hob.undelete_task(task, NULL);
END
$$;

-- Without what hung on it: its files are gone, its documents go on by themselves. Where it came from a template from which
-- another one was made meanwhile, that is the template's.
CREATE OR REPLACE FUNCTION hob.staff_restore_tasks(subject uuid, body jsonb) RETURNS TABLE (id uuid, _touch text[])
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	was tasks;
	is_now tasks;
BEGIN
	PERFORM hob.act_as_support();
	SELECT t.* INTO was FROM tasks t WHERE t.id = subject FOR NO KEY UPDATE;
	IF was.deleted_at IS NOT NULL THEN
		is_now := hob.undelete_task(subject, was.template);
		PERFORM hob.audit_change('restore', 'tasks', subject::text, to_jsonb(was), to_jsonb(is_now));
	END IF;
	RETURN QUERY SELECT was.id, ARRAY['residence:' || was.residence_id] WHERE was.id IS NOT NULL;
END
$$;

-- Without its files, which are gone.
CREATE OR REPLACE FUNCTION hob.staff_restore_documents(subject uuid, body jsonb) RETURNS TABLE (id uuid, _touch text[])
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	was documents;
	is_now documents;
BEGIN
	PERFORM hob.act_as_support();
	SELECT d.* INTO was FROM documents d WHERE d.id = subject FOR NO KEY UPDATE;
	IF was.deleted_at IS NOT NULL THEN
		UPDATE documents d SET deleted_at = NULL, updated_at = now(), version = d.version + 1
		 WHERE d.id = subject
		RETURNING d.* INTO is_now;
		PERFORM hob.audit_change('restore', 'documents', subject::text, to_jsonb(was), to_jsonb(is_now));
	END IF;
	RETURN QUERY SELECT was.id, ARRAY['residence:' || was.residence_id] WHERE was.id IS NOT NULL;
END
$$;

-- Tasks and documents from which it was taken stay without it.
CREATE OR REPLACE FUNCTION hob.staff_restore_contractors(subject uuid, body jsonb) RETURNS TABLE (id uuid, _touch text[])
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	was contractors;
	is_now contractors;
BEGIN
	PERFORM hob.act_as_support();
	SELECT c.* INTO was FROM contractors c WHERE c.id = subject AND c.residence_id IS NOT NULL FOR NO KEY UPDATE;
	IF was.deleted_at IS NOT NULL THEN
		UPDATE contractors c SET deleted_at = NULL, updated_at = now(), version = c.version + 1
		 WHERE c.id = subject
		RETURNING c.* INTO is_now;
		PERFORM hob.audit_change('restore', 'contractors', subject::text, to_jsonb(was), to_jsonb(is_now));
	END IF;
	RETURN QUERY SELECT was.id, ARRAY[hob.contractor_key(was)] WHERE was.id IS NOT NULL;
END
$$;

