-- Accounts and sessions. What a caller does before being somebody is a function in the
-- schema; the rest is plain statements under row-level security.

-- name: register
-- Makes an account and its first session; users_email_key is violated when the address
-- is taken.
SELECT c.*, hob.touch_user(c.id) AS _touch
  FROM hob.register(:new_id::uuid, :email, :new_password_hash, :first_name, :last_name,
	:locale, :time_zone, :session_id::uuid, :new_token_hash, :device_name, :now::timestamptz) c

-- name: login_find
-- The active account of an address and its password hash; nothing when there is none.
SELECT * FROM hob.login_find(:email)

-- name: login_finish
-- Begins a session after the password was found right; nothing when it has changed since.
-- Keeps the hash when the new is null. Of too many sessions those used longest ago end.
SELECT c.*, 'user:' || c.id || hob.end_excess_sessions() AS _touch
  FROM hob.login_finish(:login_user_id::uuid, :proved_hash, :session_id::uuid,
	:new_token_hash, :device_name, :new_password_hash, :now::timestamptz) c

-- name: me
-- The caller's own account.
SELECT * FROM user_card WHERE id = hob.user_id()

-- name: me_update
-- Changes the caller's profile; keys absent from the body stay. The row is built from u and
-- not read from the view: an update that waited for another must see what that one wrote.
UPDATE users u
   SET (first_name, last_name, locale, time_zone, updated_at, version) =
       (SELECT p.first_name, p.last_name, p.locale, p.time_zone, :now::timestamptz, u.version + 1
          FROM jsonb_populate_record(ROW(u.id, u.email, u.first_name, u.last_name, u.name,
			u.locale, u.time_zone, u.created_at, u.updated_at, u.version)::user_card,
		:body::jsonb) p)
 WHERE u.id = hob.user_id()
   AND (:if_versions::int[] IS NULL OR u.version = ANY (:if_versions::int[]))
RETURNING u.id, u.email, u.first_name, u.last_name, u.name, u.locale, u.time_zone, u.created_at,
	u.updated_at, u.version, hob.touch_person(u.id) AS _touch

-- name: password_get
-- The caller's own password hash, to check the old password against.
SELECT * FROM hob.my_password()

-- name: password_change
-- Sets the caller's password and ends every session but this one; HB403 when somebody
-- changed it meanwhile.
-- The sessions are named before they end.
WITH touched AS MATERIALIZED (
	SELECT hob.touch_user(hob.user_id()) AS keys
)
SELECT hob.change_password(:proved_hash, :new_password_hash, :token_hash, :now::timestamptz)
	AS changed, t.keys AS _touch
  FROM touched t

-- name: logout
-- Ends this session.
DELETE FROM sessions WHERE user_id = hob.user_id() AND token_hash = :token_hash
RETURNING id, hob.touch_user(user_id) AS _touch

-- name: logout_all
-- Ends all sessions of the caller, or all but this one; always one row, how many ended.
WITH ended AS (
	DELETE FROM sessions
	 WHERE user_id = hob.user_id()
	   AND NOT (coalesce(:keep_current::bool, false) AND token_hash = :token_hash)
	RETURNING id
)
SELECT count(*)::int AS ended, hob.touch_user(hob.user_id()) AS _touch FROM ended

-- name: session_list
-- The caller's sessions that still count, latest used first.
-- id: s.id
-- order: -last_seen_at timestamptz s.last_seen_at
SELECT s.id, s.device_name, s.created_at, s.last_seen_at, s.expires_at,
       s.token_hash = :token_hash AS current, :key
  FROM sessions s
 WHERE s.user_id = hob.user_id() AND s.expires_at > now()
   AND s.last_seen_at > now() - interval '30 days'
   AND :page
 ORDER BY :order
 LIMIT :limit::int

-- name: session_revoke
-- Ends one of the caller's sessions; nothing when it is not theirs.
DELETE FROM sessions WHERE user_id = hob.user_id() AND id = :session_id::uuid
RETURNING id, hob.touch_user(user_id) AS _touch
