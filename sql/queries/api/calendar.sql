-- Calendar feeds; a secret itself is in the program only.

-- name: feed_create
-- A feed of one residence or of all. :feed_path is shown this once. Without a name it has that of the
-- residence. Nothing when the residence is not the caller's; raises HB402 when there are as many as may be.
INSERT INTO calendar_feeds AS f (id, user_id, name, secret_hash, residence_id, assigned_to_me,
	alarm_minutes, created_at, updated_at)
SELECT :new_id::uuid, hob.user_id(),
       coalesce(:name, (SELECT r.name FROM residences r WHERE r.id = :residence_id::uuid), 'Hob'),
       :feed_hash, :residence_id::uuid, :assigned_to_me::bool, :alarm_minutes::int,
       :now::timestamptz, :now::timestamptz
 WHERE :residence_id::uuid IS NULL
    OR EXISTS (SELECT FROM residence_members m WHERE m.residence_id = :residence_id::uuid
		AND m.user_id = hob.user_id() AND NOT m.gone)
RETURNING f.id, :feed_path AS path, false AS already_shown, f.name, f.residence_id, f.assigned_to_me,
	f.alarm_minutes, f.created_at, f.updated_at, f.version, ARRAY['user:' || f.user_id] AS _touch

-- name: feed_again
-- The feed that was made, without the address that was shown that once.
SELECT f.id, NULL::text AS path, true AS already_shown, f.name, f.residence_id, f.assigned_to_me,
       f.alarm_minutes, f.created_at, f.updated_at, f.version
  FROM calendar_feeds f
 WHERE f.id = :feed_id::uuid AND f.user_id = hob.user_id()

-- name: feed_list
-- The caller's feeds, the oldest first, without their secrets.
-- id: f.id
-- order: created_at timestamptz f.created_at
SELECT f.id, f.name, f.residence_id, f.assigned_to_me, f.alarm_minutes, f.created_at, f.updated_at,
       f.version, :key
  FROM calendar_feeds f
 WHERE f.user_id = hob.user_id()
   AND :page
 ORDER BY :order
 LIMIT :limit::int

-- name: feed_get
-- One of the caller's feeds, without its secret; nothing when it is somebody else's.
SELECT f.id, f.name, f.residence_id, f.assigned_to_me, f.alarm_minutes, f.created_at, f.updated_at,
       f.version
  FROM calendar_feeds f
 WHERE f.id = :feed_id::uuid AND f.user_id = hob.user_id()

-- name: feed_update
-- Changes what a feed is called and shows; its address stays. Nothing when the residence is not the
-- caller's.
UPDATE calendar_feeds f
   SET (name, residence_id, assigned_to_me, alarm_minutes, updated_at, version) =
       (SELECT p.name, p.residence_id, p.assigned_to_me, p.alarm_minutes, :now::timestamptz, f.version + 1
          FROM jsonb_populate_record(f, :body::jsonb) p)
 WHERE f.id = :feed_id::uuid AND f.user_id = hob.user_id()
   AND (:body::jsonb ->> 'residence_id' IS NULL
	OR EXISTS (SELECT FROM residence_members m
		WHERE m.residence_id = (:body::jsonb ->> 'residence_id')::uuid
		  AND m.user_id = hob.user_id() AND NOT m.gone))
   AND (:if_versions::int[] IS NULL OR f.version = ANY (:if_versions::int[]))
RETURNING f.id, f.name, f.residence_id, f.assigned_to_me, f.alarm_minutes, f.created_at, f.updated_at,
	f.version, ARRAY['user:' || f.user_id] AS _touch

-- name: feed_revoke
-- Ends a feed; nothing when it is somebody else's.
DELETE FROM calendar_feeds f
 WHERE f.id = :feed_id::uuid AND f.user_id = hob.user_id()
   AND (:if_versions::int[] IS NULL OR f.version = ANY (:if_versions::int[]))
RETURNING f.id, ARRAY['user:' || f.user_id] AS _touch

-- name: calendar_show
-- The content of the feed with this secret; nothing when there is no such feed.
SELECT * FROM hob.calendar(:feed_hash, :now::timestamptz)
