-- Devices: the phones that can be pushed to.
-- after: accounts limits activity idempotency

-- Registers the phone of this session by its token, or renews it; made is false when the account has it already.
-- A token that another account has named moves here, for the phone is in other hands. HB401 when the session has
-- ended meanwhile, HB402 when there are as many as may be.
CREATE OR REPLACE FUNCTION hob.register_device(id uuid, platform text, environment text, token text,
	app_version text, locale text, at timestamptz, OUT shown devices, OUT made bool)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	me CONSTANT uuid := hob.user_id();
	entered CONSTANT uuid := nullif(current_setting('hob.session_id', true), '');
BEGIN
	PERFORM FROM users u WHERE u.id = me FOR NO KEY UPDATE;
	PERFORM hob.require_session();
	PERFORM FROM sessions s WHERE s.id = entered FOR KEY SHARE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'the session has ended' USING ERRCODE = 'HB401';
	END IF;
	PERFORM pg_advisory_xact_lock(hashtextextended('device ' || register_device.token, 0));
	DELETE FROM devices d WHERE d.token = register_device.token AND d.user_id <> me;
	UPDATE devices d
	   SET session_id = entered, platform = register_device.platform, environment = register_device.environment,
	       app_version = register_device.app_version, locale = register_device.locale, last_seen_at = at,
	       disabled_at = NULL, disabled_reason = NULL, wrong_environments = 0, odd_answers = 0,
	       version = d.version + 1
	 WHERE d.token = register_device.token
	RETURNING * INTO shown;
	made := NOT FOUND;
	IF NOT made THEN
		PERFORM hob.note_outcome(shown.id, false, NULL);
		RETURN;
	END IF;
	INSERT INTO devices (id, user_id, session_id, platform, environment, token, app_version, locale, created_at,
		last_seen_at)
	VALUES (register_device.id, me, entered, register_device.platform, register_device.environment,
		register_device.token, register_device.app_version, register_device.locale, at, at)
	ON CONFLICT DO NOTHING
	RETURNING * INTO shown;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'taken' USING ERRCODE = '23505', CONSTRAINT = 'devices_pkey';
	END IF;
END
$$;

-- Counted under the lock of the account.
CREATE OR REPLACE FUNCTION hob.limit_devices() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	PERFORM hob.require_at_most('devices', new.user_id,
		(SELECT count(*) FROM devices d WHERE d.user_id = new.user_id));
	RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER devices_limit AFTER INSERT ON devices
	FOR EACH ROW WHEN (current_setting('hob.user_id', true) <> '')
	EXECUTE FUNCTION hob.limit_devices();

-- That one comes again is no act.
CREATE OR REPLACE TRIGGER devices_activity AFTER INSERT OR DELETE ON devices
	FOR EACH ROW WHEN (current_setting('hob.user_id', true) <> '')
	EXECUTE FUNCTION hob.log_activity('device', 'id', 'created', 'deleted');

GRANT SELECT (id, user_id, session_id, platform, environment, app_version, locale, disabled_at, disabled_reason,
	created_at, last_seen_at, version), DELETE ON devices TO hob_api;
GRANT EXECUTE ON FUNCTION hob.register_device(uuid, text, text, text, text, text, timestamptz) TO hob_api;
