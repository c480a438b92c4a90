-- Bytes of files and their rows: none is acknowledged before both are there, and bytes without a row are removed. A row
-- that goes, by whatever cascade, or that names other bytes, leaves its key behind in the same transaction.
-- after: jobs

CREATE OR REPLACE FUNCTION hob.leave_bytes() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	INSERT INTO file_leavings (key, store, host, sent_by, bytes)
	SELECT o.key, o.store, o.host, f.uploaded_by, o.bytes FROM former o LEFT JOIN files f ON f.id = o.file_id
	ON CONFLICT DO NOTHING;
	RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER file_copies_gone AFTER DELETE ON file_copies
	REFERENCING OLD TABLE AS former FOR EACH STATEMENT EXECUTE FUNCTION hob.leave_bytes();

-- Before the row of the file is gone, which says whose they are: cascades come behind it.
CREATE OR REPLACE FUNCTION hob.leave_copies() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	DELETE FROM file_copies c WHERE c.file_id = old.id;
	RETURN old;
END
$$;
CREATE OR REPLACE TRIGGER files_leave_copies BEFORE DELETE ON files
	FOR EACH ROW EXECUTE FUNCTION hob.leave_copies();

-- Those that a host can reach, for what lies on the disk of another is not for it. elsewhere: only those that are not in
-- this store, without what was sent, which stays where its host works on it; null: all.
CREATE OR REPLACE FUNCTION hob.is_reached(c file_copies, on_host text, elsewhere text) RETURNS bool
LANGUAGE sql IMMUTABLE
RETURN (c.store <> 'directory' OR c.host IS NULL OR c.host = on_host)
	AND (elsewhere IS NULL OR c.variant <> 'sent' AND c.store <> elsewhere);

-- Not for the API itself. The copies behind this key, by key, some at a time.
CREATE OR REPLACE FUNCTION hob.copies_at(on_host text, elsewhere text, behind text)
RETURNS TABLE (file_id uuid, variant text, key text, sha256 text, bytes bigint, store text)
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT c.file_id, c.variant, c.key, encode(c.sha256, 'hex'), c.bytes, c.store
	  FROM file_copies c
	 WHERE c.key > behind AND hob.is_reached(c, on_host, elsewhere)
	 ORDER BY c.key LIMIT 500
$$;

-- Not for the API itself. How many there are.
CREATE OR REPLACE FUNCTION hob.count_copies_at(on_host text, elsewhere text) RETURNS bigint
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT count(*) FROM file_copies c WHERE hob.is_reached(c, on_host, elsewhere)
$$;

-- Not for the API itself. Does a row still tell of it?
CREATE OR REPLACE FUNCTION hob.has_copy(key text) RETURNS bool
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT EXISTS (SELECT FROM file_copies c WHERE c.key = has_copy.key)
$$;

-- Not for the API itself. A copy has other bytes from now on, checked and kept elsewhere under a key of their own; false:
-- it is gone meanwhile, or has other ones already.
CREATE OR REPLACE FUNCTION hob.move_copy(former text, key text, store text) RETURNS bool
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
	was file_copies;
BEGIN
	SELECT c.* INTO was FROM file_copies c WHERE c.key = former FOR UPDATE;
	UPDATE file_copies c SET key = move_copy.key, store = move_copy.store, host = NULL WHERE c.key = former;
	IF FOUND THEN
		INSERT INTO file_leavings (key, store, host) VALUES (was.key, was.store, was.host) ON CONFLICT DO NOTHING;
	END IF;
	RETURN FOUND;
END
$$;

-- --- sweeping ----------------------------------------------------------------------------

-- Deletes files that hang on nothing for a day, and those that were refused, some at a time; how many. These are charged
-- to nobody, so that no residence is locked.
CREATE OR REPLACE FUNCTION hob.drop_passing_files() RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	gone int;
BEGIN
	DELETE FROM files f WHERE f.id IN (SELECT x.id FROM files x
		 WHERE (x.purpose = 'staged' OR x.state = 'refused') AND x.created_at < now() - hob.staged_life()
		 ORDER BY x.created_at LIMIT 500 FOR UPDATE SKIP LOCKED)
	   AND (f.purpose = 'staged' OR f.state = 'refused');
	GET DIAGNOSTICS gone = ROW_COUNT;
	RETURN gone;
END
$$;

-- What is left to be removed by this host, by key, some at a time; other hosts get a job of their own for what lies with
-- them, minutes later, so that none is busy with one that comes to the wrong host.
CREATE OR REPLACE FUNCTION hob.leavings(on_host text, behind text) RETURNS TABLE (key text, store text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
BEGIN
	PERFORM hob.add_job('file_sweep', l.host, now() + interval '5 minutes', jsonb_build_object('on_host', l.host))
	   FROM (SELECT DISTINCT x.host FROM file_leavings x WHERE x.host <> on_host) l;
	RETURN QUERY SELECT l.key, l.store FROM file_leavings l
	 WHERE l.key > behind AND (l.host IS NULL OR l.host = on_host) ORDER BY l.key LIMIT 500;
END
$$;

-- Their bytes are gone.
CREATE OR REPLACE FUNCTION hob.forget_leavings(keys text[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	DELETE FROM file_leavings l WHERE l.key = ANY (keys)
$$;

-- Not for the API itself. Those of these keys that no row has in this store: bytes of theirs belong to nobody.
CREATE OR REPLACE FUNCTION hob.unknown_keys(keys text[], store text) RETURNS SETOF text
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT k FROM unnest(keys) k
	 WHERE NOT EXISTS (SELECT FROM file_copies c WHERE c.key = k AND c.store = unknown_keys.store)
$$;

GRANT EXECUTE ON FUNCTION hob.drop_passing_files(), hob.leavings(text, text), hob.forget_leavings(text[]) TO hob_jobs;
