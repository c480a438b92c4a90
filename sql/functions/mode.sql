-- Read-only mode: hob-api refuses what would change something, each time in the transaction that would do it, so that no
-- worker has to hear of the mode to keep to it. Jobs go on, and so do staff.
-- after: staff audit

GRANT SELECT ON service_mode TO hob_api;

-- Always raises.
CREATE OR REPLACE FUNCTION hob.refuse_write(message text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION '%', message USING ERRCODE = 'HB503', CONSTRAINT = 'read_only';
END
$$;
GRANT EXECUTE ON FUNCTION hob.refuse_write(text) TO hob_api;

-- Read-only with this message, or as usual with null; the mode before it, no row when it is that already.
CREATE OR REPLACE FUNCTION hob.change_mode(message text) RETURNS SETOF service_mode
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	was service_mode;
BEGIN
	SELECT m.* INTO was FROM service_mode m FOR UPDATE;
	IF was.message IS DISTINCT FROM change_mode.message THEN
		UPDATE service_mode m SET message = change_mode.message, since = now();
		RETURN NEXT was;
	END IF;
END
$$;

CREATE OR REPLACE FUNCTION hob.mode_shown(m service_mode) RETURNS jsonb
LANGUAGE sql IMMUTABLE
RETURN jsonb_build_object('read_only', m.message IS NOT NULL, 'message', m.message);

-- For `hob mode`, as the owner; `operator` is who does it, for the record.
CREATE OR REPLACE FUNCTION hob.set_mode(message text, operator text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	was service_mode;
BEGIN
	SELECT c.* INTO was FROM hob.change_mode(set_mode.message) c;
	IF FOUND THEN
		PERFORM hob.audit_by(NULL, operator, 'update', 'mode', 'service', before => hob.mode_shown(was),
			after => (SELECT hob.mode_shown(m) FROM service_mode m));
	END IF;
END
$$;

-- --- for hob-admin --------------------------------------------------------------------------

CREATE OR REPLACE VIEW staff.mode AS
SELECT m.message IS NOT NULL AS read_only, m.message, m.since FROM service_mode m WHERE (SELECT hob.staff_may('support'));
GRANT SELECT ON staff.mode TO hob_staff;

CREATE OR REPLACE FUNCTION staff.set_mode(said text)
RETURNS TABLE (read_only bool, message text, since timestamptz, _touch text[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	was service_mode;
BEGIN
	PERFORM hob.require_staff('admin');
	PERFORM hob.require_confirmed();
	PERFORM hob.require_reason();
	SELECT c.* INTO was FROM hob.change_mode(said) c;
	IF FOUND THEN
		PERFORM hob.audit('update', 'mode', 'service', before => hob.mode_shown(was),
			after => (SELECT hob.mode_shown(m) FROM service_mode m));
	END IF;
	RETURN QUERY SELECT m.message IS NOT NULL, m.message, m.since, '{service:mode}'::text[] FROM service_mode m;
END
$$;
GRANT EXECUTE ON FUNCTION staff.set_mode(text) TO hob_staff;
