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

-- Categories of tasks: that of a task which names none stays.
CREATE OR REPLACE VIEW staff.categories AS
SELECT c.code AS id, c.label, c.position, c.icon, c.color, c.version
  FROM task_categories c
 WHERE (SELECT hob.staff_may('support'));
GRANT SELECT ON staff.categories TO hob_staff;

-- Priorities of tasks, likewise.
CREATE OR REPLACE VIEW staff.priorities AS
SELECT c.code AS id, c.label, c.position, c.rank, c.version
  FROM task_priorities c
 WHERE (SELECT hob.staff_may('support'));
GRANT SELECT ON staff.priorities TO hob_staff;

-- Specialties of contractors, which no foreign key holds (hob.require_specialties).
CREATE OR REPLACE VIEW staff.specialties AS
SELECT c.code AS id, c.label, c.position, c.icon, c.version
  FROM specialties c
 WHERE (SELECT hob.staff_may('support'));
GRANT SELECT ON staff.specialties TO hob_staff;

-- As a foreign key, which holds no items of an array: hob.require_specialties.
CREATE OR REPLACE FUNCTION hob.keep_specialty() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off SET jit = off AS $$
BEGIN
	IF EXISTS (SELECT FROM contractors c WHERE c.specialties @> ARRAY[old.code]) THEN
		RAISE EXCEPTION 'a contractor has it' USING ERRCODE = '23503', CONSTRAINT = 'contractors_specialties_fkey';
	END IF;
	RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER specialties_keep AFTER DELETE ON specialties
	FOR EACH ROW EXECUTE FUNCTION hob.keep_specialty();
