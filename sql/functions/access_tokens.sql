-- Personal access tokens: entering by one, what it may, and who may make it.
-- after: accounts limits activity

-- When a token ends if nobody uses it from now on.
CREATE OR REPLACE FUNCTION hob.ends_at(t access_tokens) RETURNS timestamptz
LANGUAGE sql STABLE
RETURN least(t.expires_at, coalesce(t.last_used_at, t.created_at) + interval '1 year');

-- As hob.enter, by an access token. _within: what it is narrowed to, for hob.within. Notes the use at most once an
-- hour. Who enters by one has no session: hob.require_session refuses whatever would outlive the token.
CREATE OR REPLACE FUNCTION hob.enter_access(token_hash text, request_id text, OUT _user_id uuid,
	OUT _within text, OUT _expires_at timestamptz, OUT _locale text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	token uuid;
	token_scope text;
	used timestamptz;
	ignored text;
BEGIN
	SELECT t.user_id, t.id, t.scope, t.residence_ids::text, t.last_used_at, hob.ends_at(t), u.locale
	  INTO _user_id, token, token_scope, _within, used, _expires_at, _locale
	  FROM access_tokens t JOIN users u ON u.id = t.user_id
	 WHERE t.token_hash = enter_access.token_hash AND u.is_active;
	IF NOT FOUND OR _expires_at <= now() THEN
		RAISE EXCEPTION 'no such access token' USING ERRCODE = 'HB401';
	END IF;
	-- An expression, unlike PERFORM, is no query.
	ignored := set_config('hob.user_id', _user_id::text, true)
		|| set_config('hob.session_id', token::text, true)
		|| set_config('hob.scope', token_scope, true)
		|| set_config('hob.within', coalesce(_within, ''), true)
		|| set_config('hob.request_id', enter_access.request_id, true);
	-- In the order of hob.enter, and without waiting.
	IF used > now() - interval '1 hour' THEN
		RETURN;
	END IF;
	PERFORM FROM users u WHERE u.id = _user_id FOR NO KEY UPDATE SKIP LOCKED;
	IF FOUND THEN
		UPDATE access_tokens t SET last_used_at = now() WHERE t.id = ANY (ARRAY(
			SELECT x.id FROM access_tokens x WHERE x.id = token FOR NO KEY UPDATE SKIP LOCKED));
	END IF;
END
$$;

-- The session or access token of the caller's that has this hash.
CREATE OR REPLACE FUNCTION hob.access_called(token_hash text) RETURNS SETOF uuid
LANGUAGE sql STABLE ROWS 1 AS $$
	SELECT s.id FROM sessions s WHERE s.token_hash = access_called.token_hash
	UNION ALL
	SELECT t.id FROM access_tokens t WHERE t.token_hash = access_called.token_hash
$$;

-- Not for the API itself. Whose session or access token this is, and to which residences it is narrowed; nothing when
-- it has ended, or the account is closed.
CREATE OR REPLACE FUNCTION hob.access_of(access uuid) RETURNS TABLE (user_id uuid, within uuid[])
LANGUAGE sql STABLE ROWS 1 SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT a.user_id, a.within
	  FROM (SELECT s.user_id, NULL::uuid[], hob.ends_at(s) FROM sessions s WHERE s.id = access
		UNION ALL
		SELECT t.user_id, t.residence_ids, hob.ends_at(t) FROM access_tokens t WHERE t.id = access)
		a (user_id, within, ends_at)
	  JOIN users u ON u.id = a.user_id AND u.is_active AND u.delete_at IS NULL
	 WHERE a.ends_at > now()
$$;

-- Behind hob.enter_access: refuses a token that may only read.
CREATE OR REPLACE FUNCTION hob.require_write() RETURNS void
LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF current_setting('hob.scope', true) IS DISTINCT FROM 'write' THEN
		RAISE EXCEPTION 'reads only' USING ERRCODE = '23514', CONSTRAINT = 'access_tokens_read_only';
	END IF;
END
$$;

-- A residence that is made belongs to no list of residences.
CREATE OR REPLACE FUNCTION hob.refuse_narrowed() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'narrowed' USING ERRCODE = '23514', CONSTRAINT = 'access_tokens_narrowed';
END
$$;
CREATE OR REPLACE TRIGGER residences_narrowed BEFORE INSERT ON residences
	FOR EACH ROW WHEN (hob.within() IS NOT NULL)
	EXECUTE FUNCTION hob.refuse_narrowed();

-- Before a token is made or changed: locks the account, as whoever ends its access does, and the residences, as
-- whoever changes who belongs to them does. HB404 unless all of these are the caller's; true.
CREATE OR REPLACE FUNCTION hob.hold_access(residence_ids uuid[], expires_at timestamptz, at timestamptz) RETURNS bool
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	PERFORM FROM users u WHERE u.id = hob.user_id() FOR NO KEY UPDATE;
	PERFORM hob.require_session();
	PERFORM FROM residences r
	 WHERE r.id = ANY (residence_ids)
	   AND EXISTS (SELECT FROM residence_members m
			WHERE m.residence_id = r.id AND m.user_id = hob.user_id() AND NOT m.gone)
	 ORDER BY r.id FOR NO KEY UPDATE;
	IF EXISTS (SELECT FROM unnest(residence_ids) i (id)
		    WHERE NOT EXISTS (SELECT FROM residence_members m
			WHERE m.residence_id = i.id AND m.user_id = hob.user_id() AND NOT m.gone)) THEN
		RAISE EXCEPTION 'no such residence' USING ERRCODE = 'HB404';
	ELSIF expires_at <= at THEN
		RAISE EXCEPTION 'past' USING ERRCODE = '23514', CONSTRAINT = 'access_tokens_expires_past';
	ELSIF expires_at > at + interval '5 years' THEN
		RAISE EXCEPTION 'late' USING ERRCODE = '23514', CONSTRAINT = 'access_tokens_expires_late';
	END IF;
	RETURN true;
END
$$;

-- Counted under the lock of hob.hold_access.
CREATE OR REPLACE FUNCTION hob.limit_access_tokens() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	PERFORM hob.require_at_most('access_tokens', new.user_id,
		(SELECT count(*) FROM access_tokens t WHERE t.user_id = new.user_id));
	RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER access_tokens_limit AFTER INSERT ON access_tokens
	FOR EACH ROW WHEN (current_setting('hob.user_id', true) <> '')
	EXECUTE FUNCTION hob.limit_access_tokens();

-- That one is used is no act.
CREATE OR REPLACE TRIGGER access_tokens_activity AFTER INSERT OR UPDATE OR DELETE ON access_tokens
	FOR EACH ROW WHEN (current_setting('hob.user_id', true) <> '')
	EXECUTE FUNCTION hob.log_activity('access_token', 'id', 'created', 'revoked', 'last_used_at');

-- A token without its hash, whole rows of which hob_api may not name.
CREATE OR REPLACE VIEW access_tokens_shown WITH (security_invoker = true) AS
SELECT id, name, hint, scope, residence_ids, expires_at, last_used_at, created_at, updated_at, version, user_id
  FROM access_tokens;

GRANT SELECT (id, user_id, name, token_hash, hint, scope, residence_ids, created_at, updated_at, last_used_at,
	expires_at, version), INSERT (id, user_id, name, token_hash, hint, scope, residence_ids, created_at, updated_at,
	expires_at), UPDATE (name, scope, residence_ids, expires_at, updated_at, version), DELETE ON access_tokens TO hob_api;
GRANT SELECT ON access_tokens_shown TO hob_api;
GRANT EXECUTE ON FUNCTION hob.enter_access(text, text), hob.require_write(), hob.access_called(text),
	hob.hold_access(uuid[], timestamptz, timestamptz) TO hob_api;
