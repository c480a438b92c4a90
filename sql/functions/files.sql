-- Files: what was sent, where it hangs, and who sees it. They come in by definer functions alone, each of which asks
-- for the role behind its locks.
-- after: residences tasks completions sharing limits jobs sync activity idempotency access_tokens

CREATE OR REPLACE FUNCTION hob.staged_life() RETURNS interval LANGUAGE sql IMMUTABLE RETURN interval '24 hours';

CREATE OR REPLACE FUNCTION hob.file_variants(f files) RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT CASE WHEN f.state = 'ready' THEN ARRAY(SELECT c.variant::text FROM file_copies c
		WHERE c.file_id = f.id AND c.variant <> 'sent' ORDER BY c.variant) ELSE '{}' END
$$;

-- people and names: those of hob.people. variants: what of it can be fetched.
CREATE OR REPLACE FUNCTION hob.file_card(f files, people uuid[], names text[])
RETURNS TABLE (id uuid, residence_id uuid, document_id uuid, task_id uuid, completion_id uuid, name text,
	media_type text, bytes bigint, sha256 text, state text, reason text, variants text[], "uploaded_by.id" uuid,
	"uploaded_by.name" text, created_at timestamptz)
LANGUAGE sql STABLE ROWS 1 AS $$
	SELECT f.id, f.residence_id, f.document_id, f.task_id, f.completion_id, f.name, f.media_type, f.bytes,
	       encode(f.sha256, 'hex'), f.state, f.reason, hob.file_variants(f), f.uploaded_by,
	       names[array_position(people, f.uploaded_by)], f.created_at
$$;

-- A file that hangs on nothing yet, or did when it came: of who sent it alone.
CREATE OR REPLACE FUNCTION hob.upload_card(f files)
RETURNS TABLE (upload_id uuid, name text, media_type text, bytes bigint, sha256 text, state text, reason text,
	attached bool, created_at timestamptz, expires_at timestamptz)
LANGUAGE sql STABLE ROWS 1 AS $$
	SELECT f.id, f.name, f.media_type, f.bytes, encode(f.sha256, 'hex'), f.state, f.reason, f.purpose <> 'staged',
	       f.created_at, CASE WHEN f.purpose = 'staged' THEN f.created_at + hob.staged_life() END
$$;

-- Not for the API itself. What hangs on nothing is the account's own, which no access token reaches that is for certain
-- residences: it sends files to what they shall hang on.
CREATE OR REPLACE FUNCTION hob.require_own_uploads() RETURNS void
LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF hob.within() IS NOT NULL THEN
		RAISE EXCEPTION 'narrowed' USING ERRCODE = 'HB403', CONSTRAINT = 'files_narrowed';
	END IF;
END
$$;

-- A completion may be called by an alias.
CREATE OR REPLACE FUNCTION hob.file_on(purpose text, id uuid) RETURNS uuid
LANGUAGE sql STABLE
RETURN CASE WHEN purpose = 'completion' THEN hob.completion_called(id) ELSE id END;

-- Not for the API itself. What files hang on, locked, and the residence that it is in: HB404 when it is not there,
-- HB403 for a role that may not hang any on it.
CREATE OR REPLACE FUNCTION hob.hold_place(purpose text, INOUT id uuid, OUT residence uuid)
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	id := hob.file_on(purpose, id);
	IF purpose = 'task' THEN
		SELECT t.residence_id INTO residence FROM tasks t WHERE t.id = hold_place.id AND t.deleted_at IS NULL
		   FOR NO KEY UPDATE;
	ELSIF purpose = 'completion' THEN
		SELECT c.residence_id INTO residence FROM completions c WHERE c.id = hold_place.id AND c.undone_at IS NULL
		   FOR NO KEY UPDATE;
	ELSIF purpose = 'document' THEN
		SELECT d.residence_id INTO residence FROM documents d WHERE d.id = hold_place.id AND d.deleted_at IS NULL
		   FOR NO KEY UPDATE;
	ELSE
		SELECT r.id INTO residence FROM residences r WHERE r.id = hold_place.id FOR NO KEY UPDATE;
	END IF;
	IF residence IS NULL OR NOT hob.is_within(residence) THEN
		RAISE EXCEPTION 'no such place' USING ERRCODE = 'HB404';
	END IF;
	PERFORM hob.require_role(residence, CASE purpose WHEN 'residence' THEN 'manager' ELSE 'member' END::residence_role);
END
$$;

-- --- how much ------------------------------------------------------------------------------

-- Not for the API itself. HB402 when MiB of `used` bytes, those of `more` among them, are more than there may be.
CREATE OR REPLACE FUNCTION hob.require_room(what text, about uuid, used bigint, more bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	most CONSTANT bigint := (SELECT l FROM hob.limit_of(what, about) l);
BEGIN
	IF most >= 0 AND used > most * 1048576::bigint THEN
		PERFORM hob.refuse_more(what, about, ceil((used - more) / 1048576.0)::int, ceil(used / 1048576.0)::int, most);
	END IF;
END
$$;

-- Not for the API itself. HB429 when more of an account waits for work than may, for that passes by itself: files that
-- it has sent, or bytes of those that are gone, which still take their room. more: files that are not there yet.
CREATE OR REPLACE FUNCTION hob.require_few_waiting(who uuid, more int) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	what text;
BEGIN
	SELECT w.what INTO what FROM (
		SELECT 'processing_files' AS what, more + count(*) AS used FROM files f
		 WHERE f.uploaded_by = who AND f.state = 'processing'
		UNION ALL
		SELECT 'leaving_mib', ceil(sum(l.bytes) / 1048576.0) FROM file_leavings l WHERE l.sent_by = who) w
	 CROSS JOIN LATERAL hob.limit_of(w.what, who) most
	 WHERE w.used > most AND most >= 0;
	IF FOUND THEN
		RAISE EXCEPTION 'more waits than may' USING ERRCODE = 'HB429', CONSTRAINT = 'plan_limit_' || what;
	END IF;
END
$$;

-- Before a body of so many bytes is taken: HB402 when it would find no room, HB403 when it may not be staged, HB429
-- when it would have to wait for others. What is decided then is decided again by hob.add_files, behind its locks.
-- bytes: null when it may be a retry, which needs none.
CREATE OR REPLACE FUNCTION hob.require_room_for_files(purpose text, on_id uuid, bytes bigint) RETURNS void
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	me CONSTANT uuid := hob.user_id();
	place CONSTANT uuid := hob.file_on(purpose, on_id);
	residence uuid;
BEGIN
	IF purpose = 'staged' THEN
		PERFORM hob.require_own_uploads();
	END IF;
	IF bytes IS NULL THEN
		RETURN;
	END IF;
	PERFORM hob.require_few_waiting(me, 1);
	IF purpose = 'staged' THEN
		PERFORM hob.require_room_to_stage(me, bytes, 1);
		RETURN;
	END IF;
	residence := CASE purpose WHEN 'task' THEN (SELECT t.residence_id FROM tasks t WHERE t.id = place)
		WHEN 'completion' THEN (SELECT c.residence_id FROM completions c WHERE c.id = place)
		WHEN 'document' THEN (SELECT d.residence_id FROM documents d WHERE d.id = place) ELSE place END;
	PERFORM hob.require_at_most('files', residence, 1 + (SELECT count(*) FROM files f
		WHERE f.on_id = place AND f.purpose = require_room_for_files.purpose));
	PERFORM hob.require_at_most('storage', residence, bytes + hob.used_of('storage', residence), bytes);
END
$$;

-- Not for the API itself. more, count: of files that are not there yet.
CREATE OR REPLACE FUNCTION hob.require_room_to_stage(who uuid, more bigint, count int) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	files int;
	used bigint;
BEGIN
	SELECT count(*), coalesce(sum(f.kept_bytes), 0) INTO files, used FROM files f
	 WHERE f.uploaded_by = who AND f.residence_id IS NULL AND f.purpose = 'staged';
	PERFORM hob.require_at_most('staged_files', who, files + require_room_to_stage.count);
	PERFORM hob.require_room('staged_mib', who, used + more, more);
END
$$;

-- --- coming --------------------------------------------------------------------------------

-- Rows for files whose bytes are on the disk of `host`, as [{id, name, media_type, key, bytes, sha256}]. purpose: what
-- they hang on, "staged" is nothing. HB402 when there is no room, HB429 when too many wait, HB403 and HB404 as
-- hob.hold_place. Those of an account are counted under its lock: two at once count each other.
CREATE OR REPLACE FUNCTION hob.add_files(purpose text, on_id uuid, sent jsonb, host text, at timestamptz)
RETURNS SETOF files
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
	me CONSTANT uuid := hob.user_id();
	residence uuid;
	place uuid := on_id;
BEGIN
	PERFORM FROM users u WHERE u.id = me FOR NO KEY UPDATE;
	IF purpose = 'staged' THEN
		PERFORM hob.require_own_uploads();
	ELSE
		SELECT h.id, h.residence INTO place, residence FROM hob.hold_place(add_files.purpose, add_files.on_id) h;
	END IF;
	INSERT INTO files (id, residence_id, uploaded_by, purpose, document_id, task_id, completion_id, name, media_type,
		bytes, kept_bytes, sha256, created_at)
	SELECT s.id, residence, me, add_files.purpose, CASE add_files.purpose WHEN 'document' THEN place END,
	       CASE add_files.purpose WHEN 'task' THEN place END, CASE add_files.purpose WHEN 'completion' THEN place END,
	       s.name, s.media_type, s.bytes, s.bytes, decode(s.sha256, 'hex'), at
	  FROM jsonb_to_recordset(sent) s (id uuid, name text, media_type text, bytes bigint, sha256 text);
	INSERT INTO file_copies (file_id, variant, key, store, host, media_type, bytes, sha256)
	SELECT s.id, 'sent', s.key, 'directory', add_files.host, s.media_type, s.bytes, decode(s.sha256, 'hex')
	  FROM jsonb_to_recordset(sent) s (id uuid, key text, media_type text, bytes bigint, sha256 text);
	PERFORM hob.add_job('image', s.id::text, at, jsonb_build_object('on_host', add_files.host))
	   FROM jsonb_to_recordset(sent) s (id uuid);
	PERFORM hob.require_few_waiting(me, 0);
	IF add_files.purpose = 'staged' THEN
		PERFORM hob.require_room_to_stage(me, 0, 0);
	ELSE
		PERFORM hob.require_few_files(add_files.purpose, place, residence);
	END IF;
	RETURN QUERY SELECT f.* FROM files f, jsonb_to_recordset(sent) s (id uuid) WHERE f.id = s.id;
END
$$;

-- Not for the API itself. Behind the lock of what they hang on.
CREATE OR REPLACE FUNCTION hob.require_few_files(purpose text, place uuid, residence uuid) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT hob.require_at_most('files', residence,
		(SELECT count(*) FROM files f WHERE f.on_id = place AND f.purpose = require_few_files.purpose))
$$;

-- Hangs files that the caller sent within a day on something; those that hang there already stay. 23503 when one of
-- them is not there, somebody else's, or hangs elsewhere.
CREATE OR REPLACE FUNCTION hob.attach_files(purpose text, on_id uuid, uploads uuid[], at timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
	me CONSTANT uuid := hob.user_id();
	held uuid[];
	residence uuid;
	place uuid;
BEGIN
	PERFORM FROM users u WHERE u.id = me FOR NO KEY UPDATE;
	SELECT h.id, h.residence INTO place, residence FROM hob.hold_place(attach_files.purpose, attach_files.on_id) h;
	held := ARRAY(SELECT f.id FROM files f
		 WHERE f.id = ANY (uploads) AND f.uploaded_by = me
		   AND (f.purpose = 'staged' AND hob.within() IS NULL AND f.created_at > at - hob.staged_life()
			OR f.purpose = attach_files.purpose AND f.on_id = place)
		 ORDER BY f.id FOR UPDATE);
	IF NOT held @> uploads THEN
		RAISE EXCEPTION 'no such upload' USING ERRCODE = '23503', CONSTRAINT = 'files_upload_ids_fkey';
	END IF;
	UPDATE files f SET residence_id = residence, purpose = attach_files.purpose,
		document_id = CASE attach_files.purpose WHEN 'document' THEN place END,
		task_id = CASE attach_files.purpose WHEN 'task' THEN place END,
		completion_id = CASE attach_files.purpose WHEN 'completion' THEN place END
	 WHERE f.id = ANY (held) AND f.purpose = 'staged';
	PERFORM hob.require_few_files(attach_files.purpose, place, residence);
	RETURN cardinality(held);
END
$$;

-- What hangs on something and the caller may see, at this moment: behind what hung some there within the same
-- statement, whose result makes it wait.
CREATE OR REPLACE FUNCTION hob.files_now(purpose text, on_id uuid, behind bigint)
RETURNS TABLE (id uuid, residence_id uuid, document_id uuid, task_id uuid, completion_id uuid, name text,
	media_type text, bytes bigint, sha256 text, state text, reason text, variants text[], "uploaded_by.id" uuid,
	"uploaded_by.name" text, created_at timestamptz)
LANGUAGE plpgsql ROWS 10 AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY SELECT c.* FROM files f
		CROSS JOIN LATERAL hob.people(f.residence_id) p
		CROSS JOIN LATERAL hob.file_card(f, p.ids, p.names) c
		WHERE f.on_id = hob.file_on(files_now.purpose, files_now.on_id) AND f.purpose = files_now.purpose
		ORDER BY f.created_at, f.id;
END
$$;

-- --- going ---------------------------------------------------------------------------------

-- Takes a file away that the caller sees there, or nobody but its sender ever will; its residence, or nothing.
CREATE OR REPLACE FUNCTION hob.delete_file(purpose text, on_id uuid, file uuid) RETURNS SETOF uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
	place CONSTANT uuid := (SELECT h.id FROM hob.hold_place(delete_file.purpose, delete_file.on_id) h);
BEGIN
	RETURN QUERY DELETE FROM files f
	 WHERE f.id = file AND f.purpose = delete_file.purpose AND f.on_id = place
	   AND (f.state <> 'processing' OR f.uploaded_by = hob.user_id())
	RETURNING f.residence_id;
END
$$;

-- Takes back a file of the caller's that hangs on nothing yet; its id, or nothing.
CREATE OR REPLACE FUNCTION hob.delete_upload(file uuid) RETURNS SETOF uuid
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	DELETE FROM files f
	 WHERE f.id = file AND f.uploaded_by = hob.user_id() AND f.purpose = 'staged' AND hob.within() IS NULL
	RETURNING f.id
$$;

-- What something that is gone had hanging on it goes along. Trigger argument: what it is.
CREATE OR REPLACE FUNCTION hob.drop_files() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	DELETE FROM files f WHERE f.on_id = new.id AND f.purpose = tg_argv[0];
	RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER tasks_drop_files AFTER UPDATE ON tasks
	FOR EACH ROW WHEN (old.deleted_at IS NULL AND new.deleted_at IS NOT NULL) EXECUTE FUNCTION hob.drop_files('task');
CREATE OR REPLACE TRIGGER documents_drop_files AFTER UPDATE ON documents
	FOR EACH ROW WHEN (old.deleted_at IS NULL AND new.deleted_at IS NOT NULL)
	EXECUTE FUNCTION hob.drop_files('document');

-- Not in a trigger, which would count them before the task of their completion is told of (hob.take_back).
CREATE OR REPLACE FUNCTION hob.drop_undone_files(completion uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	DELETE FROM files f USING completions c
	 WHERE c.id = completion AND c.undone_at IS NOT NULL AND f.on_id = c.id AND f.purpose = 'completion'
$$;

-- --- being fetched -------------------------------------------------------------------------

-- Where the bytes of a file are; nothing when there are none of that kind. Who may see the file has been asked.
CREATE OR REPLACE FUNCTION hob.file_bytes(f files, variant text)
RETURNS TABLE (name text, media_type text, sha256 text, key text, store text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT f.name, c.media_type, encode(c.sha256, 'hex'), c.key, c.store FROM file_copies c
	 WHERE c.file_id = f.id AND c.variant = file_bytes.variant AND f.state = 'ready' AND c.variant <> 'sent'
$$;

-- The same by a link, of what can be seen at this moment by the session or access token that made it.
DROP FUNCTION IF EXISTS hob.linked_file(uuid, text, uuid);
CREATE OR REPLACE FUNCTION hob.linked_file(file uuid, variant text, access uuid)
RETURNS TABLE (name text, media_type text, sha256 text, key text, store text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT b.* FROM files f
	 CROSS JOIN hob.access_of(access) a
	 CROSS JOIN LATERAL hob.file_bytes(f, linked_file.variant) b
	 WHERE f.id = file AND (a.within IS NULL OR f.residence_id = ANY (a.within))
	   AND EXISTS (SELECT FROM residence_members m
		WHERE m.residence_id = f.residence_id AND m.user_id = a.user_id AND NOT m.gone)
$$;

-- --- pictures of people --------------------------------------------------------------------

-- A picture that the caller has sent within a day is theirs, as soon as it is ready: then the one before goes
-- (hob.replace_avatar). Of those that wait, or were refused, the last alone stays.
CREATE OR REPLACE FUNCTION hob.set_avatar(upload uuid, at timestamptz) RETURNS SETOF files
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	me CONSTANT uuid := hob.user_id();
	f files;
BEGIN
	PERFORM FROM users u WHERE u.id = me FOR NO KEY UPDATE;
	SELECT x.* INTO f FROM files x WHERE x.id = upload AND x.uploaded_by = me
		AND (x.purpose = 'avatar' OR x.purpose = 'staged' AND x.created_at > at - hob.staged_life()) FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'no such upload' USING ERRCODE = '23503', CONSTRAINT = 'files_upload_id_fkey';
	ELSIF f.media_type NOT LIKE 'image/%' THEN
		RAISE EXCEPTION 'no picture' USING ERRCODE = '23514', CONSTRAINT = 'files_avatar_picture';
	END IF;
	DELETE FROM files x WHERE x.uploaded_by = me AND x.residence_id IS NULL AND x.purpose = 'avatar' AND x.id <> f.id
		AND (f.state = 'ready' OR x.state <> 'ready');
	RETURN QUERY UPDATE files x SET purpose = 'avatar' WHERE x.id = f.id RETURNING x.*;
END
$$;

-- Whoever makes a file ready has locked its account before (hob.hold_place_of).
CREATE OR REPLACE FUNCTION hob.replace_avatar() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	DELETE FROM files x WHERE x.uploaded_by = new.uploaded_by AND x.residence_id IS NULL AND x.purpose = 'avatar'
		AND x.id <> new.id;
	RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER files_replace_avatar AFTER UPDATE OF state ON files
	FOR EACH ROW WHEN (new.purpose = 'avatar' AND old.state <> 'ready' AND new.state = 'ready')
	EXECUTE FUNCTION hob.replace_avatar();

CREATE OR REPLACE FUNCTION hob.delete_avatar() RETURNS SETOF uuid
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	DELETE FROM files f WHERE f.uploaded_by = hob.user_id() AND f.residence_id IS NULL AND f.purpose = 'avatar'
	RETURNING f.id
$$;

-- Of somebody who belongs to a residence; that the caller does has been asked.
CREATE OR REPLACE FUNCTION hob.avatar_bytes(residence uuid, who uuid, variant text)
RETURNS TABLE (name text, media_type text, sha256 text, key text, store text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT b.* FROM residence_members m
	  JOIN files f ON f.uploaded_by = m.user_id AND f.residence_id IS NULL AND f.purpose = 'avatar'
	 CROSS JOIN LATERAL hob.file_bytes(f, avatar_bytes.variant) b
	 WHERE m.residence_id = residence AND m.user_id = who AND NOT m.gone
$$;

-- --- photos on cards -----------------------------------------------------------------------

-- A picture that all who see the place see, too.
CREATE OR REPLACE FUNCTION hob.is_photo(f files) RETURNS bool
LANGUAGE sql IMMUTABLE
RETURN f.state = 'ready' AND f.media_type LIKE 'image/%' AND f.purpose IN ('task', 'completion');

-- Not for the API itself. How many hang on a task or a completion, and the oldest.
CREATE OR REPLACE FUNCTION hob.photos_on(purpose text, place uuid, OUT count int, OUT first uuid)
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT count(*), (array_agg(f.id ORDER BY f.created_at, f.id))[1] FROM files f
	 WHERE f.on_id = place AND f.purpose = photos_on.purpose AND hob.is_photo(f)
$$;

-- A card repeats what hangs on it, and is news to those who have a copy of it, but no new version: nobody has edited
-- it. Whoever writes the file has locked the place before (sql/README.md, "Locks"), so two at once count each other.
CREATE OR REPLACE FUNCTION hob.count_photos() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	f CONSTANT files := coalesce(new, old);
BEGIN
	IF f.purpose = 'task' THEN
		UPDATE tasks t SET (photo_count, first_photo_id) = (SELECT p.* FROM hob.photos_on('task', t.id) p)
		 WHERE t.id = f.task_id;
	ELSE
		UPDATE completions c
		   SET (photo_count, first_photo_id) = (SELECT p.* FROM hob.photos_on('completion', c.id) p)
		 WHERE c.id = f.completion_id;
	END IF;
	RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER files_count_photos AFTER INSERT ON files
	FOR EACH ROW WHEN (hob.is_photo(new)) EXECUTE FUNCTION hob.count_photos();
CREATE OR REPLACE TRIGGER files_count_photos_anew AFTER UPDATE ON files
	FOR EACH ROW WHEN (hob.is_photo(old) <> hob.is_photo(new)) EXECUTE FUNCTION hob.count_photos();
CREATE OR REPLACE TRIGGER files_count_photos_gone AFTER DELETE ON files
	FOR EACH ROW WHEN (hob.is_photo(old)) EXECUTE FUNCTION hob.count_photos();

-- --- what others are told ------------------------------------------------------------------

-- For others a file is there when it hangs on something of their home and is ready: before that, or when it is refused,
-- not even that there is one is said.
CREATE OR REPLACE FUNCTION hob.is_shown(f files) RETURNS bool
LANGUAGE sql IMMUTABLE
RETURN f.residence_id IS NOT NULL AND f.state = 'ready';

CREATE OR REPLACE TRIGGER files_bury AFTER DELETE ON files
	FOR EACH ROW WHEN (hob.is_shown(old)) EXECUTE FUNCTION hob.bury('files', 'id', 'created_at');
CREATE OR REPLACE TRIGGER files_bury_moved AFTER UPDATE ON files
	FOR EACH ROW WHEN (hob.is_shown(old) AND old.residence_id <> new.residence_id)
	EXECUTE FUNCTION hob.bury('files', 'id', 'created_at');
CREATE OR REPLACE TRIGGER files_bury_unseen AFTER DELETE ON files
	FOR EACH ROW WHEN (old.residence_id IS NOT NULL AND NOT hob.is_shown(old))
	EXECUTE FUNCTION hob.bury('files', 'id', 'created_at', 'uploaded_by');
CREATE OR REPLACE TRIGGER files_bury_moved_unseen AFTER UPDATE ON files
	FOR EACH ROW WHEN (old.residence_id <> new.residence_id AND NOT hob.is_shown(old))
	EXECUTE FUNCTION hob.bury('files', 'id', 'created_at', 'uploaded_by');
-- Is what it hangs on still there?
CREATE OR REPLACE FUNCTION hob.has_place(f files) RETURNS bool
LANGUAGE sql STABLE
RETURN CASE f.purpose
	WHEN 'task' THEN EXISTS (SELECT FROM tasks t WHERE t.id = f.task_id AND t.deleted_at IS NULL)
	WHEN 'completion' THEN EXISTS (SELECT FROM completions c WHERE c.id = f.completion_id AND c.undone_at IS NULL)
	WHEN 'document' THEN EXISTS (SELECT FROM documents d WHERE d.id = f.document_id AND d.deleted_at IS NULL)
	ELSE true END;

-- That one moves or goes with what it hangs on is the act of that.
CREATE OR REPLACE TRIGGER files_activity_shown AFTER UPDATE ON files
	FOR EACH ROW WHEN (current_setting('hob.user_id', true) <> '' AND hob.is_shown(new) AND NOT hob.is_shown(old))
	EXECUTE FUNCTION hob.log_activity('file', 'id', 'created', 'deleted');
CREATE OR REPLACE TRIGGER files_activity_gone AFTER DELETE ON files
	FOR EACH ROW WHEN (current_setting('hob.user_id', true) <> '' AND hob.is_shown(old) AND hob.has_place(old))
	EXECUTE FUNCTION hob.log_activity('file', 'id', 'created', 'deleted');
CREATE OR REPLACE TRIGGER files_stamp BEFORE UPDATE ON files
	FOR EACH ROW EXECUTE FUNCTION hob.stamp();

GRANT SELECT ON files TO hob_api, hob_jobs;
GRANT EXECUTE ON FUNCTION hob.file_card(files, uuid[], text[]), hob.file_variants(files) TO hob_api, hob_jobs;
GRANT EXECUTE ON FUNCTION hob.upload_card(files), hob.staged_life(), hob.file_on(text, uuid),
	hob.require_room_for_files(text, uuid, bigint), hob.add_files(text, uuid, jsonb, text, timestamptz),
	hob.attach_files(text, uuid, uuid[], timestamptz), hob.files_now(text, uuid, bigint), hob.delete_file(text, uuid, uuid),
	hob.delete_upload(uuid), hob.drop_undone_files(uuid), hob.set_avatar(uuid, timestamptz), hob.delete_avatar(),
	hob.avatar_bytes(uuid, uuid, text), hob.file_bytes(files, text), hob.linked_file(uuid, text, uuid) TO hob_api;
GRANT EXECUTE ON FUNCTION hob.file_bytes(files, text) TO hob_jobs;
