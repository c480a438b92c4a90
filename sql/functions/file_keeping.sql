-- Bytes of files and their rows: none is acknowledged before both are there, and bytes without a row are removed. A row
-- that goes, by whatever cascade, or that names other bytes, leaves its key behind in the same transaction; a key that
-- a job or `hob files move` puts bytes under is among the leavings from before that until a row names it. What takes
-- bytes away marks its leaving first, so that a row never names what is being removed.
-- after: database jobs

-- Bytes stay for so long behind their row, for a download that was allowed a moment before; and before it, for whoever
-- is about to write it (files.h has the same).
CREATE OR REPLACE FUNCTION hob.bytes_grace() RETURNS interval LANGUAGE sql IMMUTABLE RETURN interval '15 minutes';

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

-- Those that a host can reach, for what lies on the disk of another is not for it. elsewhere: only those that are not
-- in this store, without what was sent, which stays where its host works on it; null: all.
CREATE OR REPLACE FUNCTION hob.is_reached(c file_copies, on_host text, elsewhere text) RETURNS bool
LANGUAGE sql IMMUTABLE
RETURN (c.store <> 'directory' OR c.host IS NULL OR c.host = on_host)
	AND (elsewhere IS NULL OR c.variant <> 'sent' AND c.store <> elsewhere);

-- Not for the API itself. The copies behind this key, by key, some at a time.
CREATE OR REPLACE FUNCTION hob.copies_at(on_host text, elsewhere text, behind text, most int)
RETURNS TABLE (file_id uuid, variant text, key text, sha256 text, bytes bigint, store text)
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT c.file_id, c.variant, c.key, encode(c.sha256, 'hex'), c.bytes, c.store
	  FROM file_copies c
	 WHERE c.key > behind AND hob.is_reached(c, on_host, elsewhere)
	 ORDER BY c.key LIMIT most
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

-- Somebody is about to put bytes under these keys, whose rows come behind that.
CREATE OR REPLACE FUNCTION hob.note_bytes(keys text[], store text, host text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	INSERT INTO file_leavings (key, store, host)
	SELECT k, note_bytes.store, CASE WHEN note_bytes.store = 'directory' THEN note_bytes.host END FROM unnest(keys) k
$$;

-- Not for the API itself. Rows name them from now on. Fails when that took so long that a sweep has them.
CREATE OR REPLACE FUNCTION hob.take_bytes(keys text[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	taken int;
BEGIN
	DELETE FROM file_leavings l WHERE l.key = ANY (keys) AND NOT l.removing;
	GET DIAGNOSTICS taken = ROW_COUNT;
	IF taken < cardinality(keys) THEN
		RAISE EXCEPTION 'these bytes were swept meanwhile';
	END IF;
END
$$;

-- Not for the API itself. A copy has other bytes from now on, checked and kept elsewhere under a key of their own that
-- was noted; false: it is gone meanwhile, or has other ones already.
CREATE OR REPLACE FUNCTION hob.move_copy(former text, key text, store text, host text) RETURNS bool
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
	was file_copies;
BEGIN
	SELECT c.* INTO was FROM file_copies c WHERE c.key = former FOR UPDATE;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	PERFORM hob.take_bytes(ARRAY[move_copy.key]);
	UPDATE file_copies c SET key = move_copy.key, store = move_copy.store,
		host = CASE WHEN move_copy.store = 'directory' THEN move_copy.host END
	 WHERE c.key = former;
	INSERT INTO file_leavings (key, store, host) VALUES (was.key, was.store, was.host) ON CONFLICT DO NOTHING;
	RETURN true;
END
$$;

-- --- backups ---------------------------------------------------------------------------

-- Not for the API itself. From now on, until the session ends, nothing is removed that rows tell of or have told of: a
-- backup reads it for longer than the grace. Comes before its snapshot; waits for another backup to end.
CREATE OR REPLACE FUNCTION hob.hold_bytes() RETURNS void
LANGUAGE sql SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT pg_advisory_lock(hashtextextended('hob.bytes', 0)) $$;

-- False: they are held. True until the transaction ends: a backup that begins behind it has no row that tells of them.
CREATE OR REPLACE FUNCTION hob.may_remove_bytes() RETURNS bool
LANGUAGE sql SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT pg_try_advisory_xact_lock_shared(hashtextextended('hob.bytes', 0)) $$;

-- Not for the API itself. This is a restored database: files are in this store from now on, those that are not clean yet
-- in the directory of this host, and nothing is anywhere else. Exports that were made are gone, and can be asked for
-- anew.
CREATE OR REPLACE FUNCTION hob.settle(store text, host text, end_sessions bool) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
BEGIN
	UPDATE file_copies c SET store = p.store, host = CASE WHEN p.store = 'directory' THEN settle.host END
	  FROM (VALUES ('sent', 'directory'), ('main', settle.store), ('display', settle.store), ('thumb', settle.store))
		p (variant, store)
	 WHERE p.variant = c.variant;
	DELETE FROM file_leavings l WHERE l.store = 'directory';
	DELETE FROM file_walks;
	DELETE FROM jobs j WHERE j.kind = 'file_sweep' AND j.args ? 'on_host';
	UPDATE jobs j SET args = jsonb_set(j.args, '{on_host}', to_jsonb(settle.host)) WHERE j.args ? 'on_host';
	DELETE FROM exports e WHERE e.made_at IS NOT NULL;
	PERFORM hob.close_database();
	IF end_sessions THEN
		DELETE FROM sessions;
	END IF;
END
$$;

-- --- sweeping ----------------------------------------------------------------------------

-- Deletes files that hang on nothing for a day, and those that were refused, some at a time; how many. These are
-- charged to nobody, so that no residence is locked.
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

-- What is left to be removed by this host, by key, some at a time: no row will name it any more. Nothing while a backup
-- is at work.
CREATE OR REPLACE FUNCTION hob.leavings(on_host text, behind text) RETURNS TABLE (key text, store text)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	WITH turn AS MATERIALIZED (
		SELECT hob.may_remove_bytes() AS ours
	), due AS (
		UPDATE file_leavings l SET removing = true
		 WHERE l.key = ANY (ARRAY(SELECT x.key FROM file_leavings x
			WHERE (SELECT t.ours FROM turn t) AND x.key > behind AND (x.host IS NULL OR x.host = on_host)
			  AND x.since <= now() - hob.bytes_grace()
			ORDER BY x.key LIMIT 500 FOR UPDATE SKIP LOCKED))
		RETURNING l.key, l.store
	)
	SELECT d.key, d.store FROM due d ORDER BY d.key
$$;

-- Their bytes are gone.
CREATE OR REPLACE FUNCTION hob.forget_leavings(keys text[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	DELETE FROM file_leavings l WHERE l.key = ANY (keys)
$$;

-- The sweep under this key has not come to the end: it runs once more.
CREATE OR REPLACE FUNCTION hob.go_on_sweeping(key text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT hob.add_job(j.kind, j.key, now(), j.args) FROM jobs j
	 WHERE j.kind = 'file_sweep' AND j.key = go_on_sweeping.key
$$;

-- Has nobody looked for a day through what is there?
CREATE OR REPLACE FUNCTION hob.is_due(w file_walks) RETURNS bool
LANGUAGE sql STABLE
RETURN coalesce(w.ended_at < now() - interval '23 hours', true);

-- Hosts that have something to sweep get a job of their own for what lies with them, minutes later, so that none is
-- busy with one that comes to the wrong host.
CREATE OR REPLACE FUNCTION hob.sweep_elsewhere(on_host text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT hob.add_job('file_sweep', o.host, now() + interval '5 minutes', jsonb_build_object('on_host', o.host))
	  FROM (SELECT l.host FROM file_leavings l
		UNION SELECT w.host FROM file_walks w WHERE w.store = 'directory' AND hob.is_due(w)) o
	 WHERE o.host <> on_host
$$;

-- Not for the API itself. What other hosts have to remove.
CREATE OR REPLACE FUNCTION hob.leavings_elsewhere(on_host text) RETURNS TABLE (host text, count bigint, since timestamptz)
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT l.host, count(*), min(l.since) FROM file_leavings l WHERE l.host <> on_host GROUP BY l.host ORDER BY l.host
$$;

-- Not for the API itself. A host is gone for good, with its disk: nobody removes what was left there. How many they
-- were, and how many copies rows still have there.
CREATE OR REPLACE FUNCTION hob.forget_host(gone text) RETURNS TABLE (leavings bigint, copies bigint)
LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $$
	WITH jobs_of AS (
		DELETE FROM jobs j WHERE j.kind = 'file_sweep' AND j.args ->> 'on_host' = gone
	), walks AS (
		DELETE FROM file_walks w WHERE w.store = 'directory' AND w.host = gone
	), forgotten AS (
		DELETE FROM file_leavings l WHERE l.host = gone RETURNING l.key
	)
	SELECT (SELECT count(*) FROM forgotten),
	       (SELECT count(*) FROM file_copies c WHERE c.store = 'directory' AND c.host = gone)
$$;

-- --- what nothing tells of -----------------------------------------------------------------

-- Those of these keys that nothing has in this store: bytes of theirs belong to nobody.
CREATE OR REPLACE FUNCTION hob.unknown_keys(keys text[], store text) RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT k FROM unnest(keys) k
	 WHERE NOT EXISTS (SELECT FROM file_copies c WHERE c.key = k AND c.store = unknown_keys.store)
	   AND NOT EXISTS (SELECT FROM file_leavings l WHERE l.key = k)
$$;

-- So many keys are looked at in one run of the job.
CREATE OR REPLACE FUNCTION hob.walk_keys() RETURNS int LANGUAGE sql IMMUTABLE RETURN 100000;

-- Where the look at all that is in a store goes on; nothing when it has come to the end within a day.
CREATE OR REPLACE FUNCTION hob.walk_from(store text, host text) RETURNS TABLE (behind text, most int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
BEGIN
	INSERT INTO file_walks (store, host) VALUES (walk_from.store, walk_from.host) ON CONFLICT DO NOTHING;
	RETURN QUERY SELECT w.behind, hob.walk_keys() FROM file_walks w
		WHERE w.store = walk_from.store AND w.host = walk_from.host AND hob.is_due(w);
END
$$;

-- It has come to this key; null: to the end.
CREATE OR REPLACE FUNCTION hob.walked_to(store text, host text, key text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	UPDATE file_walks w SET behind = coalesce(walked_to.key, ''),
		ended_at = CASE WHEN walked_to.key IS NULL THEN now() ELSE w.ended_at END
	 WHERE w.store = walked_to.store AND w.host = walked_to.host
$$;

GRANT EXECUTE ON FUNCTION hob.note_bytes(text[], text, text), hob.drop_passing_files(), hob.leavings(text, text),
	hob.forget_leavings(text[]), hob.go_on_sweeping(text), hob.sweep_elsewhere(text), hob.unknown_keys(text[], text),
	hob.walk_from(text, text), hob.walked_to(text, text, text) TO hob_jobs;
