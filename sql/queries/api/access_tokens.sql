-- Personal access tokens; a token itself is in the program only.

-- name: access_token_create
-- A token for all of the caller's residences or for some. :access_token is shown this once. HB404 when a
-- residence is not the caller's; raises HB402 when there are as many as may be.
WITH held AS MATERIALIZED (
	SELECT hob.hold_access(:residence_ids::uuid[], :expires_at::timestamptz, :now::timestamptz) AS held
)
INSERT INTO access_tokens AS t (id, user_id, name, token_hash, hint, scope, residence_ids, created_at, updated_at,
	expires_at)
SELECT :new_id::uuid, hob.user_id(), :name, :access_hash, :access_hint, :scope, :residence_ids::uuid[],
       :now::timestamptz, :now::timestamptz, :expires_at::timestamptz
  FROM held WHERE held.held
RETURNING t.id, :access_token AS token, false AS already_shown, t.name, t.hint, t.scope, t.residence_ids, t.expires_at, t.last_used_at,
	t.created_at, t.updated_at, t.version, ARRAY['user:' || t.user_id] AS _touch

-- name: access_token_again
-- The token that was made, without the token itself, which was shown that once.
SELECT t.id, NULL::text AS token, true AS already_shown, t.name, t.hint, t.scope, t.residence_ids, t.expires_at,
       t.last_used_at, t.created_at, t.updated_at, t.version
  FROM access_tokens_shown t
 WHERE t.id = :access_token_id::uuid AND t.user_id = hob.user_id()

-- name: access_token_list
-- The caller's tokens, the oldest first, also those that are over, without the tokens themselves.
-- id: t.id
-- order: created_at timestamptz t.created_at
SELECT t.id, t.name, t.hint, t.scope, t.residence_ids, t.expires_at, t.last_used_at, t.created_at, t.updated_at,
       t.version, :key
  FROM access_tokens_shown t
 WHERE t.user_id = hob.user_id()
   AND :page
 ORDER BY :order
 LIMIT :limit::int

-- name: access_token_get
-- One of the caller's tokens, without the token itself; nothing when it is somebody else's.
SELECT t.id, t.name, t.hint, t.scope, t.residence_ids, t.expires_at, t.last_used_at, t.created_at, t.updated_at,
       t.version
  FROM access_tokens_shown t
 WHERE t.id = :access_token_id::uuid AND t.user_id = hob.user_id()

-- name: access_token_update
-- Changes the name of a token, what it may and for how long; nothing when it is somebody else's, HB404 when a
-- residence is.
WITH held AS MATERIALIZED (
	SELECT hob.hold_access((:body::jsonb ->> 'residence_ids')::uuid[], (:body::jsonb ->> 'expires_at')::timestamptz,
		:now::timestamptz) AS held
)
UPDATE access_tokens t
   SET (name, scope, residence_ids, expires_at, updated_at, version) =
       (SELECT p.name, p.scope, p.residence_ids, p.expires_at, :now::timestamptz, t.version + 1
	  FROM jsonb_populate_record(ROW(t.id, t.name, t.hint, t.scope, t.residence_ids, t.expires_at, t.last_used_at,
			t.created_at, t.updated_at, t.version, t.user_id)::access_tokens_shown, :body::jsonb) p)
  FROM held
 WHERE held.held AND t.id = :access_token_id::uuid AND t.user_id = hob.user_id()
   AND (:if_versions::int[] IS NULL OR t.version = ANY (:if_versions::int[]))
RETURNING t.id, t.name, t.hint, t.scope, t.residence_ids, t.expires_at, t.last_used_at, t.created_at, t.updated_at,
	t.version, ARRAY['user:' || t.user_id, 'token:' || t.token_hash] AS _touch

-- name: access_token_revoke
-- Ends a token; nothing when it is somebody else's.
DELETE FROM access_tokens t
 WHERE t.id = :access_token_id::uuid AND t.user_id = hob.user_id()
   AND (:if_versions::int[] IS NULL OR t.version = ANY (:if_versions::int[]))
RETURNING t.id, ARRAY['user:' || t.user_id, 'token:' || t.token_hash] AS _touch
