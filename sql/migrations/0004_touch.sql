-- What a change makes untrue of what workers remember, as keys: user:<id>, residence:<id>,
-- token:<hash>. Every statement that writes says so in its column _touch (sql/README.md).

-- They are VOLATILE: each looks when it is called, not when the statement began, which may have
-- waited for a lock since, behind which a session or a membership was made. So they miss what the
-- calling statement itself deletes; that is named by its RETURNING.

-- Not for the API itself. A user, and all their sessions. What was over the day before nobody remembers.
CREATE FUNCTION hob.touch_user(who uuid) RETURNS text[]
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT 'user:' || who || ARRAY(
		SELECT 'token:' || s.token_hash FROM sessions s
		 WHERE s.user_id = who AND s.expires_at > now() - interval '1 day'
		   AND s.last_seen_at > now() - interval '31 days')
$$;

-- A user whose name changed: it shows in their homes, too, those that were deleted excepted.
CREATE FUNCTION hob.touch_person(who uuid) RETURNS text[]
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT hob.touch_user(who) || ARRAY(
		SELECT 'residence:' || m.residence_id FROM residence_members m WHERE m.user_id = who AND NOT m.gone)
$$;

-- A home, and all who belong to it.
CREATE FUNCTION hob.touch_residence(home uuid) RETURNS text[]
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT 'residence:' || home || ARRAY(
		SELECT 'user:' || m.user_id FROM residence_members m WHERE m.residence_id = home)
$$;
GRANT EXECUTE ON FUNCTION hob.touch_person(uuid), hob.touch_residence(uuid) TO hob_api;

-- Ends the caller's sessions above their number, those first that were used longest ago; their
-- keys. Locks the account, as hob.login_finish has: two at once end one each.
CREATE FUNCTION hob.end_excess_sessions() RETURNS text[]
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
GRANT EXECUTE ON FUNCTION hob.end_excess_sessions() TO hob_api;
