-- Accounts and sessions: the acts of a caller who is nobody yet, and everything that reads a password
-- hash. All with the owner's rights and a fixed search_path.
-- after: activity idempotency

-- An account as its owner sees it. A view: hob_api may not name whole rows of users.
CREATE OR REPLACE VIEW user_card WITH (security_invoker = true) AS
SELECT id, email, first_name, last_name, name, locale, time_zone, created_at, updated_at, version,
       email_verified_at IS NOT NULL AS email_verified
  FROM users;
-- Column by column: nobody but the functions here reads a password hash.
GRANT SELECT ON user_card TO hob_api;
GRANT SELECT (id, email, email_verified_at, first_name, last_name, name, locale, time_zone, is_active,
	created_at, updated_at, version) ON users TO hob_api;
GRANT UPDATE (first_name, last_name, locale, time_zone, updated_at, version) ON users TO hob_api;
GRANT SELECT (id, user_id, token_hash, device_name, created_at, last_seen_at, expires_at),
	DELETE ON sessions TO hob_api;

-- When a session ends if nobody uses it from now on.
CREATE OR REPLACE FUNCTION hob.ends_at(s sessions) RETURNS timestamptz
LANGUAGE sql STABLE
RETURN least(s.expires_at, s.last_seen_at + interval '30 days');

-- Signs this transaction in, and notes which request it is of. HB401 when the session is
-- unknown, over, or its user is disabled. Notes the use at most once an hour, so that reads
-- stay reads. _expires_at: when the session ends if nobody uses it from now on.
CREATE OR REPLACE FUNCTION hob.enter(token_hash text, request_id text, OUT _user_id uuid,
	OUT _session_id uuid, OUT _expires_at timestamptz, OUT _locale text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	seen timestamptz;
	ignored text;
BEGIN
	SELECT s.user_id, s.id, s.last_seen_at, hob.ends_at(s), u.locale
	  INTO _user_id, _session_id, seen, _expires_at, _locale
	  FROM sessions s JOIN users u ON u.id = s.user_id
	 WHERE s.token_hash = enter.token_hash AND u.is_active;
	IF NOT FOUND OR _expires_at <= now() THEN
		RAISE EXCEPTION 'not signed in' USING ERRCODE = 'HB401';
	END IF;
	-- An expression, unlike PERFORM, is no query.
	ignored := set_config('hob.user_id', _user_id::text, true)
		|| set_config('hob.session_id', _session_id::text, true)
		|| set_config('hob.request_id', enter.request_id, true);
	-- The account first, as everybody (sql/README.md, "Locks"), and without waiting: the next
	-- request will note it.
	IF seen < now() - interval '1 hour' THEN
		PERFORM FROM users u WHERE u.id = _user_id FOR NO KEY UPDATE SKIP LOCKED;
		IF FOUND THEN
			UPDATE sessions s SET last_seen_at = now() WHERE s.id = ANY (ARRAY(
				SELECT x.id FROM sessions x WHERE x.id = _session_id
				   FOR NO KEY UPDATE SKIP LOCKED));
		END IF;
	END IF;
END
$$;

-- The account of this address, if it was made under this key by this same request, whose hash has the password in
-- it. Null once the password is another: hob.forget_registration, which is why the key is looked for behind the lock.
CREATE OR REPLACE FUNCTION hob.registered_by(email text, once_key text, once_request text) RETURNS uuid
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	who uuid;
BEGIN
	SELECT u.id INTO who FROM users u
	 WHERE hob.email_key(u.email) = hob.email_key(registered_by.email) AND u.is_active AND once_key IS NOT NULL
	   FOR NO KEY UPDATE;
	RETURN (SELECT k.user_id
		  FROM idempotency_keys k
		 WHERE (k.user_id, k.made_id) = (who, who) AND k.key = once_key AND k.request = once_request
		   AND k.created_at > now() - interval '24 hours' AND k.created_at < now() + interval '1 minute');
END
$$;

-- A key that opened the account opens it no more when its password is another.
CREATE OR REPLACE FUNCTION hob.forget_registration() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	UPDATE idempotency_keys k SET request = '' WHERE k.user_id = new.id AND k.made_id = new.id;
	RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER users_forget_registration AFTER UPDATE OF password_hash ON users
	FOR EACH ROW EXECUTE FUNCTION hob.forget_registration();

-- The caller is somebody before the first row is written, so that making an account and signing in
-- leave a trail. The request's id is not known there. Sent again under its key it begins one more session.
CREATE OR REPLACE FUNCTION hob.register(id uuid, email text, password_hash text, first_name text,
	last_name text, locale text, time_zone text, session_id uuid, token_hash text,
	device_name text, at timestamptz, once_key text, once_request text) RETURNS SETOF user_card
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	who uuid := register.id;
BEGIN
	-- Before the table says so: its words would put the whole row, hash and all, in the log.
	IF NOT hob.is_time_zone(register.time_zone) THEN
		RAISE EXCEPTION 'no such time zone'
			USING ERRCODE = '23514', CONSTRAINT = 'users_time_zone_check';
	END IF;
	PERFORM set_config('hob.user_id', register.id::text, true);
	INSERT INTO users (id, email, password_hash, first_name, last_name, locale, time_zone,
		created_at, updated_at)
	VALUES (register.id, register.email, register.password_hash,
		coalesce(register.first_name, ''), coalesce(register.last_name, ''),
		coalesce(register.locale, 'en'), coalesce(register.time_zone, 'UTC'), at, at)
	ON CONFLICT DO NOTHING;
	IF NOT FOUND THEN
		who := hob.registered_by(register.email, once_key, once_request);
		-- Likewise: the index would tell the address.
		IF who IS NULL THEN
			RAISE EXCEPTION 'taken' USING ERRCODE = '23505', CONSTRAINT = 'users_email_key';
		END IF;
	ELSE
		PERFORM hob.add_letter('verify', jsonb_build_object('user_id', register.id));
		INSERT INTO idempotency_keys (user_id, key, request, made_id)
		SELECT register.id, once_key, once_request, register.id WHERE once_key IS NOT NULL;
	END IF;
	RETURN QUERY SELECT * FROM hob.begin_session(who, session_id, token_hash, device_name, at);
END
$$;

-- Not for the API itself: what register and login_finish share.
CREATE OR REPLACE FUNCTION hob.begin_session(user_id uuid, session_id uuid, token_hash text,
	device_name text, at timestamptz) RETURNS SETOF user_card
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	PERFORM set_config('hob.user_id', begin_session.user_id::text, true);
	INSERT INTO sessions (id, user_id, token_hash, device_name, created_at, last_seen_at,
		expires_at)
	VALUES (session_id, begin_session.user_id, begin_session.token_hash,
		begin_session.device_name, at, at, at + interval '180 days');
	RETURN QUERY SELECT c.* FROM user_card c WHERE c.id = begin_session.user_id;
END
$$;

-- --- passwords --------------------------------------------------------------------------
--
-- No hash leaves the database. The API gets the salt of one, hashes what it was given, and brings
-- the result back as a proof, which hob.prove compares; with a right one, and only then, a session
-- begins or the hash is replaced. Whoever runs a statement as hob_api learns salts and may
-- guess; they read no hash and begin no session (doc/adr/0003-two-locks.md).

-- A hash without its last part, which is the hash itself: in bcrypt 31 letters that follow the salt at once, else
-- what stands behind the last dollar, as in argon2id and in Django's PBKDF2. Null when it is none.
CREATE OR REPLACE FUNCTION hob.password_salt(password_hash text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN password_hash ~ '^(bcrypt(_sha256)?\$)?\$2[aby]\$\d\d\$' THEN left(password_hash, -31)
	ELSE substring(password_hash FROM '^.*\$') END;

-- For `hob user import`: makes accounts, an array of objects (app/cli/user_row.c has their members), and says of each
-- what became of it: made, there (its address has an account, which stays as it is), or what is wrong with it.
CREATE OR REPLACE FUNCTION hob.import_accounts(accounts jsonb) RETURNS TABLE (line int, outcome text)
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	a record;
BEGIN
	FOR a IN SELECT * FROM jsonb_to_recordset(accounts) AS r (line int, id uuid, email text, password_hash text,
			first_name text, last_name text, locale text, time_zone text, created_at timestamptz,
			is_active bool, email_verified bool) LOOP
		line := a.line;
		outcome := 'made';
		-- Before the table says so: its words would put the whole row, hash and all, in the log.
		IF NOT hob.is_time_zone(coalesce(a.time_zone, 'UTC')) THEN
			outcome := 'time_zone is not known here: give an IANA name such as Europe/Lisbon';
			RETURN NEXT;
			CONTINUE;
		END IF;
		INSERT INTO users (id, email, password_hash, first_name, last_name, locale, time_zone, is_active,
			created_at, updated_at, email_verified_at)
		VALUES (coalesce(a.id, hob.uuid_v7()), a.email, coalesce(a.password_hash, '!'),
			coalesce(a.first_name, ''), coalesce(a.last_name, ''), coalesce(a.locale, 'en'),
			coalesce(a.time_zone, 'UTC'), coalesce(a.is_active, true), coalesce(a.created_at, now()), now(),
			CASE WHEN a.email_verified THEN now() END)
		ON CONFLICT DO NOTHING;
		IF NOT FOUND THEN
			outcome := CASE WHEN EXISTS (SELECT FROM users u WHERE hob.email_key(u.email) = hob.email_key(a.email))
				THEN 'there' ELSE 'id is that of another account: leave it out' END;
		END IF;
		RETURN NEXT;
	END LOOP;
END
$$;

-- Always one row: account is whom to count, the user or, for want of one, the key of the address.
CREATE OR REPLACE FUNCTION hob.login_find(email text, network text, at timestamptz)
RETURNS TABLE (account text, user_id uuid, password_salt text, is_known_here bool)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT coalesce(u.id::text, k.key), u.id, hob.password_salt(u.password_hash),
	       EXISTS (SELECT FROM login_networks n
			WHERE n.user_id = u.id AND n.network = login_find.network
			  AND n.last_at > at - interval '90 days')
	  FROM hob.email_key(login_find.email) AS k (key)
	  LEFT JOIN users u ON hob.email_key(u.email) = k.key AND u.is_active
$$;

-- Notes that the caller has just signed in from `network`, and tells them when it is a new one; the 20 latest of an
-- account are kept.
CREATE OR REPLACE FUNCTION hob.remember_network(network text, session uuid, at timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	PERFORM hob.tell_of_network(remember_network.network, session, at);
	INSERT INTO login_networks AS n (user_id, network, last_at)
	VALUES (hob.user_id(), remember_network.network, at)
	ON CONFLICT ON CONSTRAINT login_networks_pkey DO UPDATE SET last_at = excluded.last_at
	 WHERE n.last_at < excluded.last_at - interval '1 day';
	IF FOUND THEN
		DELETE FROM login_networks n WHERE n.user_id = hob.user_id()
		   AND n.network NOT IN (SELECT l.network FROM login_networks l
			WHERE l.user_id = hob.user_id() ORDER BY l.last_at DESC LIMIT 20);
	END IF;
END
$$;

CREATE OR REPLACE FUNCTION hob.my_password_salt() RETURNS TABLE (password_salt text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT hob.password_salt(u.password_hash) FROM users u WHERE u.id = hob.user_id()
$$;

-- Not for the API itself. Is this the hash of the account's password? HB412 when the account has another salt by now (a
-- login renewed the hash, or the password changed): only a proof under that one tells. Compares digests, so that the
-- time says nothing of the hash. Locks the account, but for a wrong proof: what a lock writes would tell that there is
-- such an account.
CREATE OR REPLACE FUNCTION hob.prove(user_id uuid, proof text) RETURNS bool
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	stored text;
BEGIN
	SELECT u.password_hash INTO stored FROM users u WHERE u.id = prove.user_id AND u.is_active;
	IF sha256(convert_to(stored, 'UTF8')) = sha256(convert_to(proof, 'UTF8')) THEN
		SELECT u.password_hash INTO stored FROM users u
		 WHERE u.id = prove.user_id AND u.is_active FOR NO KEY UPDATE;
	END IF;
	IF hob.password_salt(stored) <> hob.password_salt(proof) THEN
		RAISE EXCEPTION 'another salt by now' USING ERRCODE = 'HB412';
	END IF;
	RETURN coalesce(sha256(convert_to(stored, 'UTF8')) = sha256(convert_to(proof, 'UTF8')),
		false);
END
$$;

-- Begins a session for a right proof; no row for a wrong one.
CREATE OR REPLACE FUNCTION hob.login_finish(user_id uuid, proof text, session_id uuid, token_hash text,
	device_name text, at timestamptz) RETURNS SETOF user_card
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	IF NOT hob.prove(login_finish.user_id, proof) THEN
		RETURN;
	END IF;
	RETURN QUERY SELECT * FROM hob.begin_session(login_finish.user_id, session_id, token_hash,
		device_name, at);
END
$$;

-- Stores a new hash of the same password, at today's cost, for a right proof. The sessions stay.
CREATE OR REPLACE FUNCTION hob.login_renew(user_id uuid, proof text, new_password_hash text) RETURNS bool
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	IF NOT hob.prove(login_renew.user_id, proof) THEN
		RETURN false;
	END IF;
	UPDATE users u SET password_hash = new_password_hash WHERE u.id = login_renew.user_id;
	RETURN true;
END
$$;

-- Not for the API itself. Ends the sessions of an account but the one to keep (null: all), the access tokens, the
-- calendar feeds and exports, which are read without any, and the webhooks they made, which tell without any. What to
-- forget is named by what the DELETE itself deleted: a login that commits while the calling statement waits is missing
-- in that one's snapshot. Locks the account first: what a session of theirs is giving at this moment is there by then,
-- or is refused (hob.require_session).
CREATE OR REPLACE FUNCTION hob.end_access_of(who uuid, keep_token_hash text, OUT sessions_ended int,
	OUT access_tokens_ended int, OUT calendar_feeds_ended int, OUT webhooks_ended int, OUT touched text[])
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	of_tokens text[];
BEGIN
	PERFORM FROM users u WHERE u.id = who FOR NO KEY UPDATE;
	WITH ended AS (
		DELETE FROM sessions s
		 WHERE s.user_id = who AND s.token_hash IS DISTINCT FROM keep_token_hash
		RETURNING s.token_hash
	)
	SELECT count(*), 'user:' || who || coalesce(array_agg('token:' || e.token_hash), '{}')
	  INTO sessions_ended, touched
	  FROM ended e;
	WITH ended AS (
		DELETE FROM access_tokens t WHERE t.user_id = who RETURNING t.token_hash
	)
	SELECT count(*), coalesce(array_agg('token:' || e.token_hash), '{}') INTO access_tokens_ended, of_tokens
	  FROM ended e;
	touched := touched || of_tokens;
	DELETE FROM calendar_feeds f WHERE f.user_id = who;
	GET DIAGNOSTICS calendar_feeds_ended = ROW_COUNT;
	DELETE FROM webhooks w WHERE w.created_by = who;
	GET DIAGNOSTICS webhooks_ended = ROW_COUNT;
	DELETE FROM exports e WHERE e.user_id = who;
	PERFORM hob.note_outcome(NULL, true, jsonb_build_object('sessions_ended', sessions_ended,
		'access_tokens_ended', access_tokens_ended, 'calendar_feeds_ended', calendar_feeds_ended,
		'webhooks_ended', webhooks_ended));
END
$$;

-- The same of the caller's.
CREATE OR REPLACE FUNCTION hob.end_access(keep_token_hash text, OUT sessions_ended int,
	OUT access_tokens_ended int, OUT calendar_feeds_ended int, OUT webhooks_ended int, OUT touched text[])
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT * FROM hob.end_access_of(hob.user_id(), keep_token_hash)
$$;

-- Not for the API itself. HB401 unless the account is active and the session that entered still
-- there, which it then is until this transaction ends: whoever ends sessions or disables an account
-- waits behind this lock, and finds what was given. Runs before any other lock, in whatever makes
-- something that outlives a session or says who belongs to a residence. Who has not entered (seeds,
-- psql, jobs) has no session to lose.
CREATE OR REPLACE FUNCTION hob.require_session() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	entered CONSTANT uuid := nullif(current_setting('hob.session_id', true), '');
BEGIN
	IF entered IS NULL THEN
		RETURN;
	END IF;
	PERFORM FROM users u WHERE u.id = hob.user_id() AND u.is_active FOR SHARE;
	IF NOT FOUND OR NOT EXISTS (SELECT FROM sessions s
			WHERE s.id = entered AND s.user_id = hob.user_id()) THEN
		RAISE EXCEPTION 'the session has ended' USING ERRCODE = 'HB401';
	END IF;
END
$$;

-- Sets the caller's own password and ends all access but the session to keep, and what letters would still change.
-- HB403 for a wrong proof.
CREATE OR REPLACE FUNCTION hob.change_password(proof text, new_password_hash text, keep_token_hash text,
	at timestamptz, OUT sessions_ended int, OUT access_tokens_ended int, OUT calendar_feeds_ended int,
	OUT webhooks_ended int, OUT touched text[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	changes int;
BEGIN
	IF NOT hob.prove(hob.user_id(), proof) THEN
		RAISE EXCEPTION 'the old password is wrong' USING ERRCODE = 'HB403', CONSTRAINT = 'wrong_password';
	END IF;
	UPDATE users SET password_hash = new_password_hash, updated_at = at, version = version + 1
	 WHERE id = hob.user_id()
	RETURNING version INTO changes;
	PERFORM hob.end_letters(hob.user_id(), ARRAY['reset', 'email']);
	PERFORM hob.tell_of_safety(hob.user_id(), 'password_changed', changes);
	SELECT e.* INTO sessions_ended, access_tokens_ended, calendar_feeds_ended, webhooks_ended, touched
	  FROM hob.end_access(keep_token_hash) e;
END
$$;

-- Ends the caller's sessions above their number, those first that were used longest ago; their
-- keys. Locks the account, as hob.login_finish has: two at once end one each.
CREATE OR REPLACE FUNCTION hob.end_excess_sessions() RETURNS text[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	me CONSTANT uuid := hob.user_id();
	most CONSTANT int := (SELECT l FROM hob.limit_of('sessions', me) l);
	keys text[];
BEGIN
	PERFORM FROM users u WHERE u.id = me FOR NO KEY UPDATE;
	WITH ended AS (
		DELETE FROM sessions WHERE id = ANY (ARRAY(
			SELECT s.id FROM sessions s
			 WHERE s.user_id = me AND s.expires_at > now()
			   AND s.last_seen_at > now() - interval '30 days'
			 ORDER BY s.last_seen_at DESC, s.created_at DESC, s.id DESC
			OFFSET CASE WHEN most >= 0 THEN greatest(most, 1) END))
		   AND most >= 0
		RETURNING token_hash
	)
	SELECT array_agg('token:' || e.token_hash) INTO keys FROM ended e;
	RETURN coalesce(keys, '{}');
END
$$;

-- Not for the API itself. Disables an account; the keys of what that made untrue, sessions by what was
-- deleted. Its residences stay its own (hob.transfer).
CREATE OR REPLACE FUNCTION hob.disable_account(who uuid, at timestamptz) RETURNS text[]
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	keys text[];
BEGIN
	PERFORM FROM users u WHERE u.id = who FOR NO KEY UPDATE;
	WITH sessions_ended AS (
		DELETE FROM sessions s WHERE s.user_id = who RETURNING s.token_hash
	), tokens_ended AS (
		DELETE FROM access_tokens t WHERE t.user_id = who RETURNING t.token_hash
	), ended AS (
		SELECT token_hash FROM sessions_ended UNION ALL SELECT token_hash FROM tokens_ended
	)
	SELECT 'user:' || who || coalesce(array_agg('token:' || e.token_hash), '{}')
	  INTO keys FROM ended e;
	UPDATE users u SET is_active = false, updated_at = at, version = version + 1
	 WHERE u.id = who AND u.is_active;
	RETURN keys || ARRAY(
		SELECT 'residence:' || m.residence_id FROM residence_members m WHERE m.user_id = who);
END
$$;

-- An account that is disabled gives nothing either, its letters end, and when it is enabled again it signs in anew,
-- whoever disables it and how. Whoever may disable one calls hob.disable_account: from a trigger
-- nobody hears which sessions it was that ended.
CREATE OR REPLACE FUNCTION hob.account_has_nothing() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	PERFORM hob.end_given(old.id, NULL, NULL);
	PERFORM hob.end_letters(old.id, ARRAY['reset', 'verify', 'email']);
	DELETE FROM exports e WHERE e.user_id = old.id;
	DELETE FROM sessions s WHERE s.user_id = old.id;
	RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER users_have_nothing AFTER UPDATE ON users
	FOR EACH ROW WHEN (old.is_active AND NOT new.is_active)
	EXECUTE FUNCTION hob.account_has_nothing();

-- Names are made of the others.
CREATE OR REPLACE TRIGGER users_activity AFTER INSERT OR UPDATE OR DELETE ON users
	FOR EACH ROW WHEN (current_setting('hob.user_id', true) <> '')
	EXECUTE FUNCTION hob.log_activity('account', 'id', 'created', 'deleted', 'name', 'mail_key', 'name_key',
		'last_name_key', 'remind_since');

-- An update of a session notes that it was used, and is no act.
CREATE OR REPLACE TRIGGER sessions_activity AFTER INSERT OR DELETE ON sessions
	FOR EACH ROW WHEN (current_setting('hob.user_id', true) <> '')
	EXECUTE FUNCTION hob.log_activity('session', 'id', 'logged_in', 'logged_out');
GRANT EXECUTE ON FUNCTION hob.enter(text, text),
	hob.register(uuid, text, text, text, text, text, text, uuid, text, text, timestamptz, text, text),
	hob.login_find(text, text, timestamptz), hob.remember_network(text, uuid, timestamptz),
	hob.login_finish(uuid, text, uuid, text, text, timestamptz), hob.login_renew(uuid, text, text),
	hob.my_password_salt(), hob.end_access(text),
	hob.change_password(text, text, text, timestamptz), hob.end_excess_sessions() TO hob_api;
