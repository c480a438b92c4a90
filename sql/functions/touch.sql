-- The keys of cached values that a change makes untrue: user:<id>, residence:<id>, token:<hash>. Every
-- statement that writes returns them in its column _touch (sql/README.md).
--
-- They are VOLATILE: each looks when it is called, not when the statement began, which may have
-- waited for a lock since, behind which a session or a membership was made. So they miss what the
-- calling statement itself deletes; that is named by its RETURNING.

-- Not for the API itself. A user, all their sessions, but for those that ended more than a day ago, and all
-- their access tokens.
CREATE OR REPLACE FUNCTION hob.touch_user(who uuid) RETURNS text[]
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT 'user:' || who || ARRAY(
		SELECT 'token:' || s.token_hash FROM sessions s
		 WHERE s.user_id = who AND s.expires_at > now() - interval '1 day'
		   AND s.last_seen_at > now() - interval '31 days')
	|| ARRAY(SELECT 'token:' || t.token_hash FROM access_tokens t WHERE t.user_id = who)
$$;

-- A user whose name changed: it shows in their residences, too, those that were deleted excepted.
CREATE OR REPLACE FUNCTION hob.touch_person(who uuid) RETURNS text[]
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT hob.touch_user(who) || ARRAY(
		SELECT 'residence:' || m.residence_id FROM residence_members m WHERE m.user_id = who AND NOT m.gone)
$$;

-- A residence, all who belong to it, and their access tokens that name it: what such a token is narrowed to
-- changes with who belongs (hob.end_given).
CREATE OR REPLACE FUNCTION hob.touch_residence(residence uuid) RETURNS text[]
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT 'residence:' || residence || ARRAY(
		SELECT 'user:' || m.user_id FROM residence_members m WHERE m.residence_id = residence)
	|| ARRAY(
		SELECT 'token:' || t.token_hash FROM residence_members m JOIN access_tokens t ON t.user_id = m.user_id
		 WHERE m.residence_id = residence AND residence = ANY (t.residence_ids))
$$;
-- Not for the API itself. What a trigger changes, no RETURNING names: it runs behind that. So it says the keys, with
-- spaces between them, and the worker hears it beside the rows (db_said) and voids them like those of _touch. INFO is
-- the level that is always sent and, as PostgreSQL is set by default, never logged.
CREATE OR REPLACE FUNCTION hob.say(keys text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	RAISE INFO '%', keys;
END
$$;
GRANT EXECUTE ON FUNCTION hob.touch_person(uuid), hob.touch_residence(uuid) TO hob_api;
