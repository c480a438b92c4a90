-- What becomes of a file that somebody has sent (app/jobs/image.c): nobody else sees it before clean copies have taken
-- the place of its bytes. Whoever makes its rows adds the job 'image' with its id as the key, and names in on_host of
-- the arguments the host where its bytes lie.
-- after: file_keeping jobs touch

-- What there is to be done with a file; nothing when it is done, or the file is gone.
CREATE OR REPLACE FUNCTION hob.image_due(file uuid) RETURNS TABLE (key text, store text, host text, media_type text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT c.key, c.store, c.host, c.media_type
	  FROM files f JOIN file_copies c ON c.file_id = f.id AND c.variant = 'sent'
	 WHERE f.id = file AND f.state = 'processing'
$$;

-- Whoever may have it in memory: of what is attached to nothing yet, who sent it.
CREATE OR REPLACE FUNCTION hob.touch_file(f files) RETURNS text[]
LANGUAGE sql VOLATILE AS $$
	SELECT CASE WHEN f.residence_id IS NULL THEN hob.touch_person(f.uploaded_by)
		ELSE hob.touch_residence(f.residence_id) END
$$;

-- Not for the API itself. Locks what comes before a file: what it hangs on, and, as long as that is nothing or the
-- account itself, the account that may do something else with it right now.
CREATE OR REPLACE FUNCTION hob.hold_place_of(file uuid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	PERFORM FROM files f JOIN users u ON u.id = f.uploaded_by WHERE f.id = file AND f.purpose IN ('staged', 'avatar')
	   FOR NO KEY UPDATE OF u;
	PERFORM FROM files f JOIN tasks t ON t.id = f.task_id WHERE f.id = file FOR NO KEY UPDATE OF t;
	PERFORM FROM files f JOIN completions c ON c.id = f.completion_id WHERE f.id = file FOR NO KEY UPDATE OF c;
END
$$;

-- Ends it: clean copies, whose keys were noted, take the place of what was sent, whose bytes are left to be removed
-- (hob.leave_bytes), and the file is from now on what the main one is; or, where reason is not null, there are none.
-- What is kept then is charged; others are told of it as the act of who sent it. Nothing when somebody else has ended
-- it, or the file is gone: then these copies are not taken. removable: the bytes of what was sent may go at once.
CREATE OR REPLACE FUNCTION hob.image_done(file uuid, sent text, copies jsonb, reason text)
RETURNS TABLE (_touch text[], removable bool)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
	f files;
	was file_copies;
	main record;
BEGIN
	PERFORM hob.hold_place_of(file);
	SELECT c.* INTO main FROM jsonb_to_recordset(copies) c (variant text, media_type text, bytes bigint, sha256 text)
	 WHERE c.variant = 'main';
	PERFORM set_config('hob.user_id', x.uploaded_by::text, true) FROM files x WHERE x.id = file;
	UPDATE files x
	   SET state = CASE WHEN image_done.reason IS NULL THEN 'ready' ELSE 'refused' END, reason = image_done.reason,
	       kept_bytes = (SELECT coalesce(sum(c.bytes), 0) FROM jsonb_to_recordset(copies) c (bytes bigint)),
	       media_type = coalesce(main.media_type, x.media_type), bytes = coalesce(main.bytes, x.bytes),
	       sha256 = coalesce(decode(main.sha256, 'hex'), x.sha256)
	 WHERE x.id = file AND x.state = 'processing'
	   AND EXISTS (SELECT FROM file_copies c WHERE c.file_id = file AND c.variant = 'sent' AND c.key = sent)
	RETURNING x.* INTO f;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	DELETE FROM file_copies c WHERE c.file_id = file AND c.variant = 'sent' RETURNING c.* INTO was;
	PERFORM hob.take_bytes(ARRAY(SELECT c ->> 'key' FROM jsonb_array_elements(copies) c));
	INSERT INTO file_copies (file_id, variant, key, store, host, media_type, bytes, sha256, width, height)
	SELECT file, c.variant, c.key, c.store, CASE WHEN c.store = 'directory' THEN was.host END, c.media_type, c.bytes,
	       decode(c.sha256, 'hex'), c.width, c.height
	  FROM jsonb_to_recordset(copies) c (variant text, key text, store text, media_type text, bytes bigint, sha256 text,
		width int, height int);
	RETURN QUERY SELECT hob.touch_file(f), hob.may_remove_bytes();
END
$$;

GRANT EXECUTE ON FUNCTION hob.image_due(uuid), hob.image_done(uuid, text, jsonb, text) TO hob_jobs;
