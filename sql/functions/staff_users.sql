-- Accounts, their sessions and their phones, for staff. What is done to an account is done by the functions by which its
-- owner does it, so that homes, letters and notices follow; staff are no caller of the API, so its trail has none of it.
-- after: staff audit accounts letters leaving plans devices deliveries touch

-- --- what staff see ---------------------------------------------------------------------------

-- Lists walk the indexes of users; each column of elsewhere is looked up for the rows that are shown. The keys are what a
-- search looks in.
CREATE OR REPLACE VIEW staff.users AS
SELECT u.id, u.version, u.email, u.name, u.first_name, u.last_name, u.locale, u.time_zone, u.is_active,
       u.email_verified_at IS NOT NULL AS is_verified,
       coalesce((SELECT p.tier FROM plans p WHERE p.user_id = u.id),
		(SELECT t.code FROM tiers t ORDER BY t.rank LIMIT 1)) AS tier,
       u.delete_at IS NOT NULL AS is_leaving, u.delete_at AS deletes_at, u.erased_at, u.created_at, u.updated_at,
       u.mail_key, u.name_key, u.last_name_key,
       (SELECT max(s.last_seen_at) FROM sessions s WHERE s.user_id = u.id) AS last_seen_at,
       (SELECT count(*)::int FROM residence_members m WHERE m.user_id = u.id AND NOT m.gone) AS residence_count,
       (SELECT coalesce(sum(g.used[l.position]), 0)::bigint
	  FROM residences r JOIN usage g ON g.about = r.id JOIN plan_limits l ON l.name = 'storage'
	 WHERE r.owner_id = u.id AND r.deleted_at IS NULL) AS storage_bytes,
       (SELECT count(*)::int FROM sessions s
	 WHERE s.user_id = u.id AND s.expires_at > now() AND s.last_seen_at > now() - interval '30 days') AS session_count,
       (SELECT count(*)::int FROM devices d WHERE d.user_id = u.id) AS device_count
  FROM users u
 WHERE (SELECT hob.staff_may('support'));

-- Its use changes nothing.
CREATE OR REPLACE FUNCTION hob.version_of(s sessions) RETURNS int
LANGUAGE sql IMMUTABLE RETURN hash_record(ROW(s.user_id, s.device_name, s.created_at)) & 2147483647;
GRANT EXECUTE ON FUNCTION hob.version_of(sessions) TO hob_staff;

-- Those that count.
CREATE OR REPLACE VIEW staff.sessions AS
SELECT s.id, s.user_id, s.device_name, s.created_at, s.last_seen_at,
       least(s.expires_at, s.last_seen_at + interval '30 days') AS expires_at, hob.version_of(s) AS version
  FROM sessions s
 WHERE s.expires_at > now() AND s.last_seen_at > now() - interval '30 days' AND (SELECT hob.staff_may('support'));

CREATE OR REPLACE VIEW staff.devices AS
SELECT d.id, d.version, d.user_id, d.session_id, d.platform, d.environment, d.app_version, d.locale, d.disabled_at,
       d.disabled_reason, d.created_at, d.last_seen_at
  FROM devices d
 WHERE (SELECT hob.staff_may('support'));
GRANT SELECT ON staff.users, staff.sessions, staff.devices TO hob_staff;
-- Lists are searched by it.
GRANT EXECUTE ON FUNCTION hob.folded(text) TO hob_staff;

-- --- what is on record -----------------------------------------------------------------------

-- What the record says of an account: what staff see and can change of its row.
CREATE OR REPLACE FUNCTION hob.account_facts(u users) RETURNS jsonb
LANGUAGE sql STABLE AS $$
	SELECT jsonb_build_object('email', u.email, 'first_name', u.first_name, 'last_name', u.last_name, 'locale', u.locale,
		'time_zone', u.time_zone, 'is_active', u.is_active, 'is_verified', u.email_verified_at IS NOT NULL,
		'deletes_at', u.delete_at)
$$;

-- Writes down an act that has changed the row of an account, which `was` like this.
CREATE OR REPLACE FUNCTION hob.audit_account(act text, was users) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT hob.audit_change(act, 'users', u.id::text, hob.account_facts(was), hob.account_facts(u))
	  FROM users u WHERE u.id = was.id
$$;

-- The account that an act is about, locked; null: there is none, or it has another version. HB409 when it is erased:
-- then nobody is there to whom anything could be done.
CREATE OR REPLACE FUNCTION hob.hold_account(who uuid, if_versions int[] DEFAULT NULL) RETURNS users
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	u users;
BEGIN
	SELECT x.* INTO u FROM users x
	 WHERE x.id = who AND (if_versions IS NULL OR x.version = ANY (if_versions)) FOR NO KEY UPDATE;
	IF u.erased_at IS NOT NULL THEN
		RAISE EXCEPTION 'the account is erased' USING ERRCODE = 'HB409', CONSTRAINT = 'account_erased';
	END IF;
	RETURN u;
END
$$;

-- --- an account ------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION hob.staff_update_users(subject uuid, if_versions int[], body jsonb)
RETURNS TABLE (id uuid, _touch text[])
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	was users;
	wanted users;
BEGIN
	was := hob.hold_account(subject, if_versions);
	IF was.id IS NULL THEN
		RETURN;
	END IF;
	id := was.id;
	_touch := '{}';
	wanted := jsonb_populate_record(was, body);
	-- Before the table says so: its words would put the whole row, hash and all, in the log.
	IF NOT hob.is_time_zone(wanted.time_zone) THEN
		RAISE EXCEPTION 'no such time zone' USING ERRCODE = '23514', CONSTRAINT = 'users_time_zone_check';
	END IF;
	UPDATE users u
	   SET first_name = wanted.first_name, last_name = wanted.last_name, locale = wanted.locale,
	       time_zone = wanted.time_zone, updated_at = now(), version = u.version + 1
	 WHERE u.id = was.id AND (u.first_name, u.last_name, u.locale, u.time_zone)
		<> (wanted.first_name, wanted.last_name, wanted.locale, wanted.time_zone);
	IF FOUND THEN
		PERFORM hob.audit_account('update', was);
		_touch := hob.touch_person(was.id);
	END IF;
	RETURN NEXT;
END
$$;

-- As by its owner: it goes in 14 days, unless they sign in or somebody cancels it. HB409 while others belong to a home of
-- it. Nothing is done to one that leaves already.
CREATE OR REPLACE FUNCTION hob.staff_delete_users(subject uuid, if_versions int[]) RETURNS TABLE (id uuid, _touch text[])
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	was users;
BEGIN
	was := hob.hold_account(subject, if_versions);
	IF was.id IS NULL THEN
		RETURN;
	END IF;
	id := was.id;
	_touch := '{}';
	IF was.delete_at IS NULL THEN
		SELECT l.touched INTO _touch FROM hob.begin_leaving(was.id, now()) l;
		PERFORM hob.audit_account('delete', was);
	END IF;
	RETURN NEXT;
END
$$;

CREATE OR REPLACE FUNCTION hob.staff_cancel_deletion_users(subject uuid, body jsonb) RETURNS TABLE (id uuid, _touch text[])
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	was users;
BEGIN
	was := hob.hold_account(subject);
	IF was.id IS NULL THEN
		RETURN;
	END IF;
	id := was.id;
	_touch := '{}';
	IF hob.end_leaving(was.id) THEN
		PERFORM hob.audit_account('cancel_deletion', was);
		_touch := hob.touch_user(was.id);
	END IF;
	RETURN NEXT;
END
$$;

CREATE OR REPLACE FUNCTION hob.staff_deactivate_users(subject uuid, body jsonb) RETURNS TABLE (id uuid, _touch text[])
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	was users;
BEGIN
	was := hob.hold_account(subject);
	IF was.id IS NULL THEN
		RETURN;
	END IF;
	id := was.id;
	_touch := '{}';
	IF was.is_active THEN
		_touch := hob.disable_account(was.id, now());
		PERFORM hob.audit_account('deactivate', was);
	END IF;
	RETURN NEXT;
END
$$;

CREATE OR REPLACE FUNCTION hob.staff_activate_users(subject uuid, body jsonb) RETURNS TABLE (id uuid, _touch text[])
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	was users;
BEGIN
	was := hob.hold_account(subject);
	IF was.id IS NULL THEN
		RETURN;
	END IF;
	id := was.id;
	_touch := '{}';
	UPDATE users u SET is_active = true, updated_at = now(), version = u.version + 1
	 WHERE u.id = was.id AND NOT u.is_active;
	IF FOUND THEN
		PERFORM hob.audit_account('activate', was);
		_touch := hob.touch_person(was.id);
	END IF;
	RETURN NEXT;
END
$$;

-- As by its owner: sessions, access tokens, feeds, exports and webhooks.
CREATE OR REPLACE FUNCTION hob.staff_revoke_sessions_users(subject uuid, body jsonb) RETURNS TABLE (id uuid, _touch text[])
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	was users;
	ended record;
BEGIN
	was := hob.hold_account(subject);
	IF was.id IS NULL THEN
		RETURN;
	END IF;
	SELECT e.* INTO ended FROM hob.end_access_of(was.id, NULL) e;
	IF ended.sessions_ended + ended.access_tokens_ended + ended.calendar_feeds_ended + ended.webhooks_ended > 0 THEN
		PERFORM hob.audit('revoke_sessions', 'users', was.id::text, after => to_jsonb(ended) - 'touched');
	END IF;
	RETURN QUERY SELECT was.id, ended.touched;
END
$$;

-- --- its mail address -------------------------------------------------------------------------

-- The mail that hob-api sends to who has forgotten a password. HB409 when the account is disabled, HB429 behind as many
-- as there may be in an hour: nothing would come.
CREATE OR REPLACE FUNCTION hob.staff_send_reset_users(subject uuid, body jsonb) RETURNS TABLE (id uuid, _touch text[])
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	was users;
BEGIN
	was := hob.hold_account(subject);
	IF was.id IS NULL THEN
		RETURN;
	ELSIF NOT was.is_active THEN
		RAISE EXCEPTION 'the account is disabled' USING ERRCODE = 'HB409', CONSTRAINT = 'account_disabled';
	END IF;
	PERFORM hob.ask_reset_of(was);
	PERFORM hob.audit('send_reset', 'users', was.id::text);
	RETURN QUERY SELECT was.id, '{}'::text[];
END
$$;

CREATE OR REPLACE FUNCTION hob.staff_verify_email_users(subject uuid, body jsonb) RETURNS TABLE (id uuid, _touch text[])
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	was users;
BEGIN
	was := hob.hold_account(subject);
	IF was.id IS NULL THEN
		RETURN;
	END IF;
	id := was.id;
	_touch := '{}';
	IF was.email_verified_at IS NULL THEN
		UPDATE users u SET email_verified_at = now(), updated_at = now(), version = u.version + 1 WHERE u.id = was.id;
		PERFORM hob.end_letters(was.id, ARRAY['verify']);
		PERFORM hob.audit_account('verify_email', was);
		_touch := hob.touch_user(was.id);
	END IF;
	RETURN NEXT;
END
$$;

-- Another mail address, which nobody has proved: so all access ends as by a password that was reset, all that follows from
-- another address does, and the new one is written to. 23505 when somebody has it.
CREATE OR REPLACE FUNCTION hob.staff_change_email_users(subject uuid, body jsonb) RETURNS TABLE (id uuid, _touch text[])
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	was users;
	changes int;
BEGIN
	was := hob.hold_account(subject);
	IF was.id IS NULL OR was.email = body ->> 'email' THEN
		RETURN QUERY SELECT was.id, '{}'::text[] WHERE was.id IS NOT NULL;
		RETURN;
	END IF;
	BEGIN
		UPDATE users u SET email = body ->> 'email', email_verified_at = NULL, updated_at = now(),
			version = u.version + 1
		 WHERE u.id = was.id
		RETURNING u.version INTO changes;
	EXCEPTION WHEN unique_violation THEN
		-- Likewise: the index would tell the address.
		RAISE EXCEPTION 'taken' USING ERRCODE = '23505', CONSTRAINT = 'users_email_key';
	END;
	SELECT was.id, e.touched || hob.touch_person(was.id) INTO id, _touch FROM hob.end_access_of(was.id, NULL) e;
	PERFORM hob.leave_address(was, changes);
	PERFORM hob.add_letter('verify', jsonb_build_object('user_id', was.id));
	PERFORM hob.audit_account('change_email', was);
	RETURN NEXT;
END
$$;

-- --- its tier ----------------------------------------------------------------------------------

-- Field errors of tier and until are refused by the words of hob.grant_tier_to.
CREATE OR REPLACE FUNCTION hob.staff_grant_tier_users(subject uuid, body jsonb) RETURNS TABLE (id uuid, _touch text[])
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	was users;
	had text;
	given record;
BEGIN
	was := hob.hold_account(subject);
	IF was.id IS NULL THEN
		RETURN;
	END IF;
	had := hob.tier_of(was.id);
	SELECT g.* INTO given FROM hob.grant_tier_to(was.id, body ->> 'tier', current_setting('hob.reason'),
		(body ->> 'until')::date, (SELECT t.email FROM staff t WHERE t.id = hob.staff_id())) g;
	IF given.outcome <> 'granted' THEN
		RAISE EXCEPTION '%', given.said USING ERRCODE = '23514', CONSTRAINT = 'grant_' || given.outcome;
	END IF;
	PERFORM hob.audit('grant_tier', 'users', was.id::text, jsonb_build_object('tier', had),
		jsonb_build_object('tier', hob.tier_of(was.id), 'granted', body ->> 'tier', 'until', body ->> 'until'));
	RETURN QUERY SELECT was.id, hob.touch_user(was.id);
END
$$;

-- Ends all that was given; what was paid for stays.
CREATE OR REPLACE FUNCTION hob.staff_ungrant_users(subject uuid, body jsonb) RETURNS TABLE (id uuid, _touch text[])
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	was users;
	had text;
BEGIN
	was := hob.hold_account(subject);
	IF was.id IS NULL THEN
		RETURN;
	END IF;
	had := hob.tier_of(was.id);
	id := was.id;
	_touch := '{}';
	IF (SELECT g.outcome FROM hob.ungrant_tiers_of(was.id) g) = 'ended' THEN
		PERFORM hob.audit('ungrant', 'users', was.id::text, jsonb_build_object('tier', had),
			jsonb_build_object('tier', hob.tier_of(was.id)));
		_touch := hob.touch_user(was.id);
	END IF;
	RETURN NEXT;
END
$$;

-- --- whether anything reaches it -----------------------------------------------------------------

-- HB409 where nothing would be sent, HB429 behind three tests in a minute, those of its owner counted.
CREATE OR REPLACE FUNCTION hob.staff_test_mail_users(subject uuid, body jsonb) RETURNS TABLE (id uuid, _touch text[])
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	was users;
BEGIN
	was := hob.hold_account(subject);
	IF was.id IS NULL THEN
		RETURN;
	ELSIF NOT was.is_active THEN
		RAISE EXCEPTION 'the account is disabled' USING ERRCODE = 'HB409', CONSTRAINT = 'account_disabled';
	ELSIF was.email_verified_at IS NULL THEN
		RAISE EXCEPTION 'the address is not proved' USING ERRCODE = 'HB409', CONSTRAINT = 'email_not_verified';
	END IF;
	PERFORM hob.send_test(was.id, ARRAY[NULL]::uuid[]);
	PERFORM hob.audit('test_mail', 'users', was.id::text);
	RETURN QUERY SELECT was.id, '{}'::text[];
END
$$;

-- To each phone that can be reached.
CREATE OR REPLACE FUNCTION hob.staff_test_push_users(subject uuid, body jsonb) RETURNS TABLE (id uuid, _touch text[])
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	was users;
	phones uuid[];
BEGIN
	was := hob.hold_account(subject);
	phones := ARRAY(SELECT d.id FROM devices d WHERE d.user_id = was.id AND hob.is_reachable(d) ORDER BY d.id);
	IF was.id IS NULL THEN
		RETURN;
	ELSIF NOT was.is_active THEN
		RAISE EXCEPTION 'the account is disabled' USING ERRCODE = 'HB409', CONSTRAINT = 'account_disabled';
	ELSIF phones = '{}' THEN
		RAISE EXCEPTION 'no phone to push to' USING ERRCODE = 'HB409', CONSTRAINT = 'no_device';
	END IF;
	PERFORM hob.send_test(was.id, phones);
	PERFORM hob.audit('test_push', 'users', was.id::text, after => jsonb_build_object('devices', to_jsonb(phones)));
	RETURN QUERY SELECT was.id, '{}'::text[];
END
$$;

-- --- its sessions and phones ----------------------------------------------------------------------

-- Ends it, behind the account; so does the phone that was registered by it.
CREATE OR REPLACE FUNCTION hob.staff_delete_sessions(subject uuid, if_versions int[]) RETURNS TABLE (id uuid, _touch text[])
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	s sessions;
BEGIN
	PERFORM FROM users u WHERE u.id = (SELECT x.user_id FROM sessions x WHERE x.id = subject) FOR NO KEY UPDATE;
	DELETE FROM sessions x
	 WHERE x.id = subject AND (if_versions IS NULL OR hob.version_of(x) = ANY (if_versions))
	RETURNING x.* INTO s;
	IF s.id IS NULL THEN
		RETURN;
	END IF;
	PERFORM hob.audit('delete', 'sessions', s.id::text, before => jsonb_build_object('user_id', s.user_id,
		'device_name', s.device_name, 'created_at', s.created_at, 'last_seen_at', s.last_seen_at));
	RETURN QUERY SELECT s.id, ARRAY['user:' || s.user_id, 'token:' || s.token_hash];
END
$$;

CREATE OR REPLACE FUNCTION hob.staff_delete_devices(subject uuid, if_versions int[]) RETURNS TABLE (id uuid, _touch text[])
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	d devices;
BEGIN
	PERFORM FROM users u WHERE u.id = (SELECT x.user_id FROM devices x WHERE x.id = subject) FOR NO KEY UPDATE;
	DELETE FROM devices x WHERE x.id = subject AND (if_versions IS NULL OR x.version = ANY (if_versions))
	RETURNING x.* INTO d;
	IF d.id IS NULL THEN
		RETURN;
	END IF;
	PERFORM hob.audit('delete', 'devices', d.id::text, before => jsonb_build_object('user_id', d.user_id,
		'platform', d.platform, 'app_version', d.app_version, 'created_at', d.created_at,
		'last_seen_at', d.last_seen_at));
	RETURN QUERY SELECT d.id, ARRAY['user:' || d.user_id];
END
$$;

