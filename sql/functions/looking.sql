-- Staff who look into a household. What is in it they read with a reason alone, and each look leaves two marks: one in the
-- record of what staff do, and one that the members of the household see, without a name.
-- after: staff audit activity

-- Notes that somebody has read such things of a residence, for each row that a list shows, and for the residence that it
-- is about, for that there is nothing is an answer, too: once a transaction in the
-- record, and once an hour for each session in the activity of the residence. Looks of one session come one after the
-- other, for each takes the residences in its own order.
CREATE OR REPLACE FUNCTION staff.look(entity text, residence_id uuid) RETURNS bool
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	looked CONSTANT text := coalesce(current_setting('hob.looked', true), '');
	this CONSTANT text := look.entity || ' ' || look.residence_id || ',';
BEGIN
	IF strpos(looked, this) > 0 THEN	-- as for most rows
		RETURN false;
	END IF;
	PERFORM hob.require_staff('support');
	PERFORM hob.require_reason();
	IF NOT EXISTS (SELECT FROM residences r WHERE r.id = look.residence_id) THEN
		RETURN false;
	END IF;
	PERFORM set_config('hob.looked', looked || this, true);
	PERFORM pg_advisory_xact_lock(hashtextextended('hob.look ' || hob.staff_session_id(), 0));
	PERFORM hob.audit('look', look.entity, look.residence_id::text);
	INSERT INTO staff_looks AS l (session_id, residence_id, at)
	VALUES (hob.staff_session_id(), look.residence_id, now())
	ON CONFLICT ON CONSTRAINT staff_looks_pkey DO UPDATE SET at = now() WHERE l.at <= now() - interval '1 hour';
	IF FOUND THEN
		PERFORM hob.support_did(r.id, 'looked', 'residence', r.id, r.name)
		   FROM residences r WHERE r.id = look.residence_id;
	END IF;
	RETURN true;
END
$$;

-- Notes that somebody takes a list with them as a file: by which filters, not for what.
CREATE OR REPLACE FUNCTION staff.note_export(entity text, filters text, wants_reason bool, residence uuid) RETURNS bool
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	PERFORM hob.require_staff('support');
	IF wants_reason THEN
		PERFORM hob.require_reason();
	END IF;
	IF residence IS NOT NULL THEN
		PERFORM staff.look(note_export.entity, residence);
	END IF;
	PERFORM hob.audit('export', note_export.entity, residence::text,
		after => jsonb_build_object('filters', string_to_array(filters, ',')));
	RETURN true;
END
$$;
GRANT EXECUTE ON FUNCTION staff.look(text, uuid), staff.note_export(text, text, bool, uuid) TO hob_staff;
