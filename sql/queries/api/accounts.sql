-- Accounts and sessions. What a caller does before being somebody is a function in the
-- schema; the rest is plain statements under row-level security.

-- name: register
-- Makes an account and its first session, or under the same key one more; users_email_key is violated when the
-- address is taken.
SELECT c.*, c.id = :new_id::uuid AS _made, 'user:' || c.id || hob.end_excess_sessions() AS _touch,
       hob.remember_network(:network, :session_id::uuid, :now::timestamptz) AS _network
  FROM hob.register(:new_id::uuid, :email, :new_password_hash, :first_name, :last_name,
	:locale, :time_zone, :session_id::uuid, :new_token_hash, :device_name, :now::timestamptz,
	:once_key, :once_request) c

-- name: login_find
-- The active account of an address, the salt of its password, and whether somebody signed in to it
-- from this network lately. Always one row, and `account` is whom to count: of an address without
-- an account, the address as it would be looked up.
SELECT * FROM hob.login_find(:email, :network, :now::timestamptz)

-- name: login_finish
-- Begins a session when the proof is right, else nothing; HB412 when the salt is another by now.
-- When there are too many sessions, those used longest ago end. An account that was to be erased is kept.
SELECT c.*, 'user:' || c.id || hob.end_excess_sessions() AS _touch,
       hob.remember_network(:network, :session_id::uuid, :now::timestamptz) AS _network,
       hob.keep_account() AS _deletion_cancelled
  FROM hob.login_finish(:login_user_id::uuid, :password_proof, :session_id::uuid,
	:new_token_hash, :device_name, :now::timestamptz) c

-- name: login_renew
-- Gives the password that was proved a hash at today's cost; false for a wrong proof, HB412 as above.
SELECT hob.login_renew(:login_user_id::uuid, :password_proof, :new_password_hash) AS renewed

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
			u.locale, u.time_zone, u.created_at, u.updated_at, u.version,
			u.email_verified_at IS NOT NULL)::user_card, :body::jsonb) p)
 WHERE u.id = hob.user_id()
   AND (:if_versions::int[] IS NULL OR u.version = ANY (:if_versions::int[]))
RETURNING u.id, u.email, u.first_name, u.last_name, u.name, u.locale, u.time_zone, u.created_at,
	u.updated_at, u.version, u.email_verified_at IS NOT NULL AS email_verified, hob.touch_person(u.id) AS _touch

-- name: password_salt
-- The salt of the caller's own password, to prove the old password under.
SELECT * FROM hob.my_password_salt()

-- name: password_change
-- Sets the caller's password and ends every session but this one, the access tokens and the calendar feeds; HB403 when
-- the proof is wrong, HB412 when the salt is another by now.
SELECT c.sessions_ended, c.access_tokens_ended, c.calendar_feeds_ended, c.webhooks_ended,
       c.touched AS _touch
  FROM hob.change_password(:password_proof, :new_password_hash, :token_hash,
	:now::timestamptz) c

-- name: logout
-- Ends this session.
DELETE FROM sessions WHERE user_id = hob.user_id() AND token_hash = :token_hash
RETURNING id, ARRAY['user:' || user_id, 'token:' || token_hash] AS _touch

-- name: logout_all
-- Ends all sessions of the caller, or all but this one, the access tokens, the calendar feeds and the webhooks
-- they made; always one row.
SELECT e.sessions_ended, e.access_tokens_ended, e.calendar_feeds_ended, e.webhooks_ended,
       e.touched AS _touch
  FROM hob.end_access(CASE WHEN coalesce(:keep_current::bool, false) THEN :token_hash END) e

-- name: access_ended
-- What a logout everywhere or a change of the password under this key had ended.
SELECT (k.answer ->> 'sessions_ended')::int AS sessions_ended,
       (k.answer ->> 'access_tokens_ended')::int AS access_tokens_ended,
       (k.answer ->> 'calendar_feeds_ended')::int AS calendar_feeds_ended,
       (k.answer ->> 'webhooks_ended')::int AS webhooks_ended
  FROM hob.kept_key(:once_key) k

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
RETURNING id, ARRAY['user:' || user_id, 'token:' || token_hash] AS _touch
