-- Calendar feeds; the secret itself is in the program only.

-- name: feed_make
-- The caller's feed, of one home or all; the one before ends. :feed_path is shown this once.
-- Nothing when the home is not theirs.
INSERT INTO calendar_feeds AS f (user_id, secret_hash, residence_id, assigned_to_me, created_at)
SELECT hob.user_id(), :feed_hash, :residence_id::uuid, :assigned_to_me::bool, :now::timestamptz
 WHERE :residence_id::uuid IS NULL
    OR EXISTS (SELECT FROM residence_members m WHERE m.residence_id = :residence_id::uuid
		AND m.user_id = hob.user_id() AND NOT m.gone)
ON CONFLICT (user_id) DO UPDATE SET secret_hash = excluded.secret_hash,
	residence_id = excluded.residence_id, assigned_to_me = excluded.assigned_to_me,
	created_at = excluded.created_at
RETURNING :feed_path AS path, f.residence_id, f.assigned_to_me, f.created_at,
	ARRAY['user:' || f.user_id] AS _touch

-- name: feed_get
-- The caller's feed, without its secret; nothing when there is none.
SELECT f.residence_id, f.assigned_to_me, f.created_at
  FROM calendar_feeds f WHERE f.user_id = hob.user_id()

-- name: feed_revoke
-- Ends the caller's feed; nothing when there is none.
DELETE FROM calendar_feeds f WHERE f.user_id = hob.user_id()
RETURNING f.user_id AS id, ARRAY['user:' || f.user_id] AS _touch

-- name: calendar_show
-- What the feed with this secret shows; nothing when there is no such feed.
SELECT * FROM hob.calendar(:feed_hash, :now::timestamptz)
