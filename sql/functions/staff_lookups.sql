-- What editors make of lookups: categories, priorities, specialties. What they have made, changed or deleted seeds leave
-- as it is. Answers of hob-api with lookups are no household's and in no cache of it, so nothing is touched.
-- after: audit lookups

-- For seeds: is this one staff's by now?
CREATE OR REPLACE FUNCTION hob.is_edited(list text, code text) RETURNS bool
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT EXISTS (SELECT FROM hob.edited e WHERE (e.list, e.code) = (is_edited.list, is_edited.code))
$$;

CREATE OR REPLACE FUNCTION hob.note_edited(list text, code text) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $$
	INSERT INTO hob.edited (list, code) VALUES (note_edited.list, note_edited.code) ON CONFLICT DO NOTHING
$$;

-- A row as the record shows it.
CREATE OR REPLACE FUNCTION hob.shown_listed(listed jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE RETURN listed - '{code,version}'::text[];

-- Always raises.
CREATE OR REPLACE FUNCTION hob.refuse_in_use() RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'in use' USING ERRCODE = 'HB409', CONSTRAINT = 'in_use';
END
$$;

-- --- the three lists ------------------------------------------------------------------------

-- What staff do with a row of a list, which is an entity of another name.

CREATE OR REPLACE FUNCTION hob.create_listed(entity text, list regclass, code text, body jsonb)
RETURNS TABLE (id text, _touch text[])
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	made jsonb;
BEGIN
	EXECUTE format('INSERT INTO %1$s AS t SELECT p.* FROM jsonb_populate_record(NULL::%1$s, $1) p RETURNING to_jsonb(t)', list)
	   INTO made USING body || jsonb_build_object('code', create_listed.code, 'version', 1);
	PERFORM hob.note_edited(list::text, create_listed.code);
	PERFORM hob.audit('create', entity, create_listed.code, after => hob.shown_listed(made));
	RETURN QUERY SELECT create_listed.code, '{}'::text[];
END
$$;

CREATE OR REPLACE FUNCTION hob.update_listed(entity text, list regclass, code text, if_versions int[], body jsonb)
RETURNS TABLE (id text, _touch text[])
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	columns CONSTANT text := (SELECT string_agg(format('%I', a.attname), ', ') FROM pg_attribute a
		WHERE a.attrelid = list AND a.attnum > 0 AND NOT a.attisdropped);
	was jsonb;
	is_now jsonb;
BEGIN
	EXECUTE format('LOCK TABLE %s IN ROW EXCLUSIVE MODE', list);	-- before a row: a seed goes the same way
	EXECUTE format('SELECT to_jsonb(t) FROM %s t WHERE t.code = $1 AND ($2 IS NULL OR t.version = ANY ($2)) FOR NO KEY UPDATE',
		list) INTO was USING update_listed.code, if_versions;
	IF was IS NULL THEN
		RETURN;
	END IF;
	EXECUTE format('SELECT to_jsonb(p) FROM jsonb_populate_record(NULL::%s, $1) p', list)
	   INTO is_now USING was || hob.shown_listed(body);
	IF was <> is_now THEN
		EXECUTE format('UPDATE %1$s t SET (%2$s) = (SELECT %2$s FROM jsonb_populate_record(t, $1) p) WHERE t.code = $2',
			list, columns)
		  USING is_now || jsonb_build_object('version', (was ->> 'version')::int + 1), update_listed.code;
		PERFORM hob.note_edited(list::text, update_listed.code);
		PERFORM hob.audit_change('update', entity, update_listed.code, was, is_now);
	END IF;
	RETURN QUERY SELECT update_listed.code, '{}'::text[];
END
$$;

-- HB409 when something names it, or it is the one that `stays`, for what names none. Who looks for what names one that is
-- deleted goes by an index, whatever PostgreSQL thinks of its filters: it would rather read the table.
CREATE OR REPLACE FUNCTION hob.delete_listed(entity text, list regclass, code text, if_versions int[], stays text)
RETURNS TABLE (id text, _touch text[])
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off SET jit = off AS $$
DECLARE
	was jsonb;
BEGIN
	IF delete_listed.code = stays THEN
		PERFORM hob.refuse_in_use();
	END IF;
	EXECUTE format('DELETE FROM %s t WHERE t.code = $1 AND ($2 IS NULL OR t.version = ANY ($2)) RETURNING to_jsonb(t)', list)
	   INTO was USING delete_listed.code, if_versions;
	IF was IS NOT NULL THEN
		PERFORM hob.note_edited(list::text, delete_listed.code);
		PERFORM hob.audit('delete', entity, delete_listed.code, before => hob.shown_listed(was));
		RETURN QUERY SELECT delete_listed.code, '{}'::text[];
	END IF;
EXCEPTION WHEN foreign_key_violation THEN
	PERFORM hob.refuse_in_use();
END
$$;

-- Categories of tasks: that of a task which names none stays.
CREATE OR REPLACE VIEW staff.categories AS
SELECT c.code AS id, c.label, c.position, c.icon, c.color, c.version
  FROM task_categories c
 WHERE (SELECT hob.staff_may('support'));
GRANT SELECT ON staff.categories TO hob_staff;

CREATE OR REPLACE FUNCTION hob.staff_create_categories(new_id text, body jsonb) RETURNS TABLE (id text, _touch text[])
LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT * FROM hob.create_listed('categories', 'task_categories', new_id, body)
$$;
CREATE OR REPLACE FUNCTION hob.staff_update_categories(subject text, if_versions int[], body jsonb)
RETURNS TABLE (id text, _touch text[])
LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT * FROM hob.update_listed('categories', 'task_categories', subject, if_versions, body)
$$;
CREATE OR REPLACE FUNCTION hob.staff_delete_categories(subject text, if_versions int[]) RETURNS TABLE (id text, _touch text[])
LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT * FROM hob.delete_listed('categories', 'task_categories', subject, if_versions, 'other')
$$;

-- Priorities of tasks, likewise.
CREATE OR REPLACE VIEW staff.priorities AS
SELECT c.code AS id, c.label, c.position, c.rank, c.version
  FROM task_priorities c
 WHERE (SELECT hob.staff_may('support'));
GRANT SELECT ON staff.priorities TO hob_staff;

CREATE OR REPLACE FUNCTION hob.staff_create_priorities(new_id text, body jsonb) RETURNS TABLE (id text, _touch text[])
LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT * FROM hob.create_listed('priorities', 'task_priorities', new_id, body)
$$;
CREATE OR REPLACE FUNCTION hob.staff_update_priorities(subject text, if_versions int[], body jsonb)
RETURNS TABLE (id text, _touch text[])
LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT * FROM hob.update_listed('priorities', 'task_priorities', subject, if_versions, body)
$$;
CREATE OR REPLACE FUNCTION hob.staff_delete_priorities(subject text, if_versions int[]) RETURNS TABLE (id text, _touch text[])
LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT * FROM hob.delete_listed('priorities', 'task_priorities', subject, if_versions, 'medium')
$$;

-- Specialties of contractors, which no foreign key holds (hob.require_specialties).
CREATE OR REPLACE VIEW staff.specialties AS
SELECT c.code AS id, c.label, c.position, c.icon, c.version
  FROM specialties c
 WHERE (SELECT hob.staff_may('support'));
GRANT SELECT ON staff.specialties TO hob_staff;

CREATE OR REPLACE FUNCTION hob.staff_create_specialties(new_id text, body jsonb) RETURNS TABLE (id text, _touch text[])
LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT * FROM hob.create_listed('specialties', 'specialties', new_id, body)
$$;
CREATE OR REPLACE FUNCTION hob.staff_update_specialties(subject text, if_versions int[], body jsonb)
RETURNS TABLE (id text, _touch text[])
LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT * FROM hob.update_listed('specialties', 'specialties', subject, if_versions, body)
$$;
-- Has a contractor this one? As above.
CREATE OR REPLACE FUNCTION hob.is_specialty(code text) RETURNS bool
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off SET jit = off AS $$
	SELECT EXISTS (SELECT FROM contractors c WHERE c.specialties @> ARRAY[code])
$$;

CREATE OR REPLACE FUNCTION hob.staff_delete_specialties(subject text, if_versions int[]) RETURNS TABLE (id text, _touch text[])
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	RETURN QUERY SELECT * FROM hob.delete_listed('specialties', 'specialties', subject, if_versions, NULL);
	IF FOUND AND hob.is_specialty(subject) THEN
		PERFORM hob.refuse_in_use();
	END IF;
END
$$;
