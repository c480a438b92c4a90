-- Staff: who they are, their sessions, and what they do before they are somebody. Whoever has the role of hob-admin and
-- no session sees and does nothing here: each view and each function looks for the session that the transaction has
-- entered by, by the hash of its key, which that role cannot read.
-- after: accounts logins sync

-- --- entering -------------------------------------------------------------------------------

-- A session that nobody uses for so long ends, and a password that was given again counts for so long.
CREATE OR REPLACE FUNCTION hob.staff_idle() RETURNS interval
LANGUAGE sql IMMUTABLE RETURN interval '30 minutes';
CREATE OR REPLACE FUNCTION hob.staff_confirmed_for() RETURNS interval
LANGUAGE sql IMMUTABLE RETURN interval '5 minutes';

-- The session by which this transaction has entered, while it counts; all null: none.
CREATE OR REPLACE FUNCTION hob.staff_session() RETURNS staff_sessions
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT s FROM staff_sessions s JOIN staff t ON t.id = s.staff_id
	 WHERE s.token_hash = current_setting('hob.staff_token', true) AND s.ends_at > now()
	   AND s.seen_at > now() - hob.staff_idle() AND t.disabled_at IS NULL
$$;
CREATE OR REPLACE FUNCTION hob.staff_id() RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT (hob.staff_session()).staff_id
$$;
CREATE OR REPLACE FUNCTION hob.staff_session_id() RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT (hob.staff_session()).id
$$;

-- Has who entered at least this role? In a view as (SELECT hob.staff_may(...)), which is asked once, before any row.
CREATE OR REPLACE FUNCTION hob.staff_may(lowest staff_role) RETURNS bool
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT EXISTS (SELECT FROM staff t WHERE t.id = hob.staff_id() AND t.role >= staff_may.lowest)
$$;

-- HB401 without a session, HB403 with a lower role: what a function of the schema staff begins with.
CREATE OR REPLACE FUNCTION hob.require_staff(lowest staff_role) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	IF hob.staff_id() IS NULL THEN
		RAISE EXCEPTION 'not signed in' USING ERRCODE = 'HB401';
	ELSIF NOT hob.staff_may(lowest) THEN
		RAISE EXCEPTION 'role too low' USING ERRCODE = 'HB403';
	END IF;
END
$$;

-- Refuses what is dangerous while the password was not given again.
CREATE OR REPLACE FUNCTION hob.require_confirmed() RETURNS void
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	IF (hob.staff_session()).confirmed_at > now() - hob.staff_confirmed_for() THEN
		RETURN;
	END IF;
	RAISE EXCEPTION 'not confirmed' USING ERRCODE = 'HB403', CONSTRAINT = 'password_needed';
END
$$;

-- Refuses what wants a reason when none was given; true, so that a view may ask it.
CREATE OR REPLACE FUNCTION hob.require_reason() RETURNS bool
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	IF coalesce(current_setting('hob.reason', true), '') = '' THEN
		RAISE EXCEPTION 'no reason' USING ERRCODE = 'HB422', CONSTRAINT = 'reason_needed';
	END IF;
	RETURN true;
END
$$;
GRANT EXECUTE ON FUNCTION hob.staff_idle(), hob.staff_confirmed_for(), hob.staff_id(), hob.staff_session_id(),
	hob.staff_may(staff_role), hob.require_staff(staff_role), hob.require_confirmed(), hob.require_reason() TO hob_staff;

-- Signs the transaction in; HB401 when the session is unknown or over, or its owner disabled. A use is noted once a minute,
-- and without waiting: when it gets its owner, then the session, as who ends sessions of somebody takes them.
CREATE OR REPLACE FUNCTION hob.staff_enter(token_hash text, request_id text, address text, reason text, OUT _user_id uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	s staff_sessions;
	ignored text;
BEGIN
	ignored := set_config('hob.staff_token', staff_enter.token_hash, true)
		|| set_config('hob.request_id', staff_enter.request_id, true)
		|| set_config('hob.address', staff_enter.address, true)
		|| set_config('hob.reason', coalesce(staff_enter.reason, ''), true);
	s := hob.staff_session();
	_user_id := s.staff_id;
	IF _user_id IS NULL THEN
		RAISE EXCEPTION 'not signed in' USING ERRCODE = 'HB401';
	END IF;
	IF s.seen_at < now() - interval '1 minute' THEN
		UPDATE staff_sessions x SET seen_at = now() WHERE x.id = ANY (ARRAY(
			SELECT y.id FROM staff t JOIN staff_sessions y ON y.staff_id = t.id
			 WHERE y.id = s.id FOR NO KEY UPDATE SKIP LOCKED));
	END IF;
END
$$;
GRANT EXECUTE ON FUNCTION hob.staff_enter(text, text, text, text) TO hob_staff;

-- --- signing in -----------------------------------------------------------------------------

-- Always one row: account is whom to count, who it is or, for want of one, the key of the address. is_known_here: they
-- have signed in from this address lately.
CREATE OR REPLACE FUNCTION staff.login_find(email text, address text)
RETURNS TABLE (account text, staff_id uuid, password_salt text, totp_nonce text, is_known_here bool)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT coalesce(t.id::text, k.key), t.id, hob.password_salt(t.password_hash), t.totp_nonce,
	       EXISTS (SELECT FROM audit_events e
			WHERE e.staff_id = t.id AND e.action = 'login' AND e.address = login_find.address
			  AND e.at > now() - interval '90 days')
	  FROM hob.email_key(login_find.email) AS k (key)
	  LEFT JOIN staff t ON hob.email_key(t.email) = k.key AND t.disabled_at IS NULL
$$;

-- Uses up the code of this step, or the recovery code with this HMAC; false: it is not good, or was used.
CREATE OR REPLACE FUNCTION hob.use_staff_code(staff_id uuid, step bigint, recovery text) RETURNS bool
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	UPDATE staff t SET totp_step = step WHERE t.id = use_staff_code.staff_id AND t.totp_step < step;
	IF NOT FOUND THEN
		UPDATE staff_recovery_codes c SET used_at = now()
		 WHERE (c.staff_id, c.code_hmac) = (use_staff_code.staff_id, recovery) AND c.used_at IS NULL;
	END IF;
	RETURN FOUND;
END
$$;

-- Begins a session for a right proof and a code that was not used; no row for anything else. Either is on record, also
-- of an address that nobody has, so that the time it takes says nothing; but not that address: whose it is nobody knows,
-- and it may be a password.
CREATE OR REPLACE FUNCTION staff.login_finish(given text, who uuid, proof text, step bigint, recovery text,
	session uuid, token_hash text, request text, address text, agent text)
RETURNS TABLE (id uuid, email text, name text, role text, ends_at timestamptz, _touch text[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	t staff;
	wrong text;
	ignored text := set_config('hob.staff_token', login_finish.token_hash, true)
		|| set_config('hob.request_id', request, true) || set_config('hob.address', login_finish.address, true);
BEGIN
	SELECT x.* INTO t FROM staff x WHERE x.id = who AND x.disabled_at IS NULL FOR NO KEY UPDATE;
	IF t.id IS NULL THEN
		wrong := 'email';
	ELSIF sha256(convert_to(t.password_hash, 'UTF8')) IS DISTINCT FROM sha256(convert_to(proof, 'UTF8')) THEN
		wrong := 'password';
	ELSIF NOT hob.use_staff_code(t.id, step, recovery) THEN
		wrong := 'code';
	END IF;
	IF wrong IS NOT NULL THEN
		PERFORM hob.audit_by(t.id, CASE WHEN t.id IS NOT NULL THEN given END, 'login_failed', 'staff', t.id::text,
			after => jsonb_build_object('wrong', wrong));
		RETURN;
	END IF;
	DELETE FROM staff_sessions s
	 WHERE s.staff_id = t.id AND (s.ends_at <= now() OR s.seen_at <= now() - hob.staff_idle());
	INSERT INTO staff_sessions (id, staff_id, token_hash, address, agent, ends_at)
	VALUES (session, t.id, login_finish.token_hash, login_finish.address, login_finish.agent,
		now() + interval '12 hours');
	PERFORM hob.audit('login', 'staff-sessions', session::text,
		after => jsonb_build_object('code', CASE WHEN step IS NULL THEN 'recovery' ELSE 'totp' END));
	RETURN QUERY SELECT t.id, t.email, t.name, t.role::text, now() + interval '12 hours', '{}'::text[];
END
$$;
GRANT EXECUTE ON FUNCTION staff.login_find(text, text),
	staff.login_finish(text, uuid, text, bigint, text, uuid, text, text, text, text) TO hob_staff;

-- --- a session ------------------------------------------------------------------------------

CREATE OR REPLACE VIEW staff.me AS
SELECT t.id, t.email, t.name, t.role::text AS role, s.seen_at + hob.staff_idle() AS idle_ends_at, s.ends_at,
       CASE WHEN s.confirmed_at > now() - hob.staff_confirmed_for()
		THEN s.confirmed_at + hob.staff_confirmed_for() END AS confirmed_until
  FROM staff_sessions s JOIN staff t ON t.id = s.staff_id
 WHERE s.id = (SELECT hob.staff_session_id());

-- Its use changes nothing.
CREATE OR REPLACE FUNCTION hob.version_of(s staff_sessions) RETURNS int
LANGUAGE sql IMMUTABLE RETURN hash_record(ROW(s.staff_id, s.address, s.agent, s.created_at, s.ends_at)) & 2147483647;
GRANT EXECUTE ON FUNCTION hob.version_of(staff_sessions) TO hob_staff;

-- Their own; to an admin those of all.
CREATE OR REPLACE VIEW staff.staff_sessions AS
SELECT s.id, s.staff_id, t.email AS staff_email, t.name AS staff_name, s.address, s.agent, s.created_at, s.seen_at,
       s.ends_at, s.id = (SELECT hob.staff_session_id()) AS current, hob.version_of(s) AS version
  FROM staff_sessions s JOIN staff t ON t.id = s.staff_id
 WHERE (s.staff_id = (SELECT hob.staff_id()) OR (SELECT hob.staff_may('admin')))
   AND s.ends_at > now() AND s.seen_at > now() - hob.staff_idle() AND t.disabled_at IS NULL;
GRANT SELECT ON staff.me, staff.staff_sessions TO hob_staff;

-- Ends a session of their own, or as an admin any; no row when there is none such.
CREATE OR REPLACE FUNCTION hob.staff_delete_staff_sessions(subject uuid, if_versions int[]) RETURNS TABLE (id uuid, _touch text[])
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	s staff_sessions;
BEGIN
	SELECT x.* INTO s FROM staff_sessions x
	 WHERE x.id = subject AND (x.staff_id = hob.staff_id() OR hob.staff_may('admin'))
	   AND (if_versions IS NULL OR hob.version_of(x) = ANY (if_versions)) FOR UPDATE;
	IF s.id IS NULL THEN
		RETURN;
	END IF;
	PERFORM hob.audit('end', 'staff-sessions', s.id::text,
		before => jsonb_build_object('staff_id', s.staff_id, 'created_at', s.created_at, 'address', s.address));
	DELETE FROM staff_sessions x WHERE x.id = s.id;
	RETURN QUERY SELECT s.id, '{}'::text[];
END
$$;

CREATE OR REPLACE FUNCTION staff.logout() RETURNS TABLE (id uuid, _touch text[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	s staff_sessions;
BEGIN
	PERFORM hob.require_staff('support');
	s := hob.staff_session();
	PERFORM hob.audit('logout', 'staff-sessions', s.id::text);
	DELETE FROM staff_sessions x WHERE x.id = s.id;
	RETURN QUERY SELECT s.id, '{}'::text[];
END
$$;

-- The salt under which their password is proved again.
CREATE OR REPLACE FUNCTION staff.password_salt() RETURNS TABLE (password_salt text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT hob.password_salt(t.password_hash) FROM staff t WHERE t.id = hob.staff_id()
$$;

-- Takes a proof of the password; one row, which says whether it is right. Either is on record.
CREATE OR REPLACE FUNCTION staff.confirm(proof text) RETURNS TABLE (confirmed bool, _touch text[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	good bool;
BEGIN
	PERFORM hob.require_staff('support');
	SELECT sha256(convert_to(t.password_hash, 'UTF8')) = sha256(convert_to(proof, 'UTF8')) INTO good
	  FROM staff t WHERE t.id = hob.staff_id();
	good := coalesce(good, false);
	IF good THEN
		UPDATE staff_sessions s SET confirmed_at = now() WHERE s.id = hob.staff_session_id();
	END IF;
	PERFORM hob.audit(CASE WHEN good THEN 'confirm' ELSE 'confirm_failed' END, 'staff-sessions',
		hob.staff_session_id()::text);
	RETURN QUERY SELECT good, '{}'::text[];
END
$$;
GRANT EXECUTE ON FUNCTION staff.logout(), staff.password_salt(), staff.confirm(text) TO hob_staff;

-- --- lists -----------------------------------------------------------------------------------

-- Ids, or words, of a list with commas between; what is no id is none. Never null, for which no index is asked.
CREATE OR REPLACE FUNCTION hob.ids_in(list text) RETURNS uuid[]
LANGUAGE sql IMMUTABLE AS $$
	SELECT coalesce(array_agg(one::uuid), '{}') FROM unnest(string_to_array(list, ',')) one
	 WHERE one ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
$$;
CREATE OR REPLACE FUNCTION hob.words_in(list text) RETURNS text[]
LANGUAGE sql IMMUTABLE RETURN string_to_array(list, ',');

-- When rows with these ids (UUIDv7) were made, a day more on both sides: the time beside an id may be that at which its
-- transaction began.
CREATE OR REPLACE FUNCTION hob.days_of(ids uuid[]) RETURNS tstzrange
LANGUAGE sql IMMUTABLE RETURN (SELECT tstzrange(to_timestamp(min(s) - 86400), to_timestamp(max(s) + 86400))
	FROM unnest(ids) i CROSS JOIN LATERAL
		CAST(('x' || translate(left(i::text, 13), '-', ''))::bit(48)::bigint / 1000.0 AS float8) s);
GRANT EXECUTE ON FUNCTION hob.ids_in(text), hob.words_in(text), hob.days_of(uuid[]) TO hob_staff;

-- --- at the command line --------------------------------------------------------------------

-- For `hob staff`, as the owner; `operator` is who does it, for the record.

CREATE OR REPLACE FUNCTION hob.add_recovery_codes(who uuid, hmacs text[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	DELETE FROM staff_recovery_codes c WHERE c.staff_id = who;
	INSERT INTO staff_recovery_codes (staff_id, code_hmac) SELECT who, h FROM unnest(hmacs) h;
END
$$;

-- What became of it: made, or there: somebody has this address.
CREATE OR REPLACE FUNCTION hob.add_staff(email text, name text, role staff_role, password_hash text, totp_nonce text,
	recovery text[], operator text) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	who CONSTANT uuid := hob.uuid_v7();
BEGIN
	INSERT INTO staff (id, email, name, role, password_hash, totp_nonce)
	VALUES (who, add_staff.email, add_staff.name, add_staff.role, add_staff.password_hash, add_staff.totp_nonce)
	ON CONFLICT DO NOTHING;
	IF NOT FOUND THEN
		RETURN 'there';
	END IF;
	PERFORM hob.add_recovery_codes(who, recovery);
	PERFORM hob.audit_by(NULL, operator, 'add', 'staff', who::text,
		after => jsonb_build_object('email', add_staff.email, 'name', add_staff.name, 'role', add_staff.role));
	RETURN 'made';
END
$$;

-- A new password, key of codes and recovery codes; ends all sessions, and who was disabled may sign in again.
CREATE OR REPLACE FUNCTION hob.renew_staff(who uuid, password_hash text, totp_nonce text, recovery text[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	UPDATE staff t SET password_hash = renew_staff.password_hash, totp_nonce = renew_staff.totp_nonce, totp_step = 0,
		disabled_at = NULL, updated_at = now(), version = t.version + 1
	 WHERE t.id = who;
	DELETE FROM staff_sessions s WHERE s.staff_id = who;
	PERFORM hob.add_recovery_codes(who, recovery);
END
$$;

CREATE OR REPLACE FUNCTION hob.reset_staff(email text, password_hash text, totp_nonce text, recovery text[],
	operator text) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	t staff;
BEGIN
	SELECT x.* INTO t FROM staff x WHERE hob.email_key(x.email) = hob.email_key(reset_staff.email) FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		RETURN 'nobody';
	END IF;
	PERFORM hob.renew_staff(t.id, password_hash, totp_nonce, recovery);
	PERFORM hob.audit_by(NULL, operator, 'reset', 'staff', t.id::text,
		before => jsonb_build_object('disabled_at', t.disabled_at));
	RETURN 'reset';
END
$$;

CREATE OR REPLACE FUNCTION hob.disable_staff(email text, operator text) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	t staff;
BEGIN
	SELECT x.* INTO t FROM staff x WHERE hob.email_key(x.email) = hob.email_key(disable_staff.email) FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		RETURN 'nobody';
	ELSIF t.disabled_at IS NULL THEN
		UPDATE staff x SET disabled_at = now(), updated_at = now(), version = x.version + 1 WHERE x.id = t.id;
		DELETE FROM staff_sessions s WHERE s.staff_id = t.id;
		PERFORM hob.audit_by(NULL, operator, 'disable', 'staff', t.id::text,
			before => '{"disabled_at": null}', after => jsonb_build_object('disabled_at', now()));
	END IF;
	RETURN 'disabled';
END
$$;

CREATE OR REPLACE FUNCTION hob.list_staff()
RETURNS TABLE (email text, name text, role text, state text, codes_left bigint, last_login text)
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT t.email, t.name, t.role::text, CASE WHEN t.disabled_at IS NULL THEN 'active' ELSE 'disabled' END,
	       (SELECT count(*) FROM staff_recovery_codes c WHERE c.staff_id = t.id AND c.used_at IS NULL),
	       coalesce((SELECT to_char(max(e.at) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') FROM audit_events e
			  WHERE e.staff_id = t.id AND e.action = 'login'), 'never')
	  FROM staff t ORDER BY hob.email_key(t.email)
$$;

-- --- what hob-admin must be -----------------------------------------------------------------

-- As hob.schema, for who may read no table.
CREATE OR REPLACE FUNCTION staff.schema_now() RETURNS TABLE (version int, good_for int)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT version, good_for FROM hob.schema
$$;

-- Why this login may not serve staff: as hob.login_fault, and it has no right on any table; '' when it may.
CREATE OR REPLACE FUNCTION staff.login_fault() RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT coalesce(nullif(hob.login_fault(), ''), (
		SELECT format('role %s has rights on table %s', current_user, c.oid::regclass)
		  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		 WHERE c.relkind IN ('r', 'p', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
		   AND n.nspname !~ '^pg_t' AND (has_any_column_privilege(c.oid, 'SELECT, INSERT, UPDATE, REFERENCES')
			OR has_table_privilege(c.oid, 'DELETE, TRUNCATE, TRIGGER'))
		 ORDER BY c.oid LIMIT 1), '')
$$;
GRANT EXECUTE ON FUNCTION hob.login_fault(), hob.history(), staff.schema_now(), staff.login_fault() TO hob_staff;
