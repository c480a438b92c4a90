-- The caller's notices, in the language of the request. hob.notify makes them.

-- name: notice_list
-- The inbox, the newest first.
-- id: n.id
-- order: -id uuid n.id
SELECT c.*, :key
  FROM notices n
 CROSS JOIN LATERAL hob.notice_card(n, (SELECT hob.notice_language(:language::text))) c
 WHERE n.user_id = hob.user_id() AND n.inbox AND n.deleted_at IS NULL
   AND (:unread::bool IS NOT TRUE OR n.read_at IS NULL)
   AND (:unread::bool IS NOT FALSE OR n.read_at IS NOT NULL)
   AND (:kind::text IS NULL OR n.kind = :kind)
   AND :page
 ORDER BY :order
 LIMIT :limit::int

-- name: notice_get
-- One notice; nothing when it is deleted, or somebody else's.
SELECT c.*
  FROM notices n
 CROSS JOIN LATERAL hob.notice_card(n, hob.notice_language(:language::text)) c
 WHERE n.id = :notification_id::uuid AND n.user_id = hob.user_id() AND n.inbox AND n.deleted_at IS NULL

-- name: notice_unread_count
-- How many are unread; one row.
SELECT count(*)::int AS unread FROM notices n
 WHERE n.user_id = hob.user_id() AND n.inbox AND n.deleted_at IS NULL AND n.read_at IS NULL

-- name: notice_read
-- Notes that a notice was read, when it was not; nothing when it is somebody else's.
SELECT c.*, ARRAY['user:' || n.user_id] AS _touch
  FROM hob.mark_notice(:notification_id::uuid, true, :now::timestamptz) n
 CROSS JOIN LATERAL hob.notice_card(n, hob.notice_language(:language::text)) c

-- name: notice_unread
-- Notes that a notice counts as unread again; nothing when it is somebody else's.
SELECT c.*, ARRAY['user:' || n.user_id] AS _touch
  FROM hob.mark_notice(:notification_id::uuid, false, :now::timestamptz) n
 CROSS JOIN LATERAL hob.notice_card(n, hob.notice_language(:language::text)) c

-- name: notice_read_all
-- Notes that all notices were read that are not newer than one, which may be deleted; how many are unread still.
-- Nothing when that one is somebody else's.
WITH last AS (
	SELECT n.id FROM notices n WHERE n.id = :before_id::uuid AND n.user_id = hob.user_id() AND n.inbox
), marked AS (
	UPDATE notices n SET read_at = :now::timestamptz
	  FROM last
	 WHERE n.user_id = hob.user_id() AND n.inbox AND n.deleted_at IS NULL AND n.read_at IS NULL
	   AND n.id <= last.id
)
SELECT (SELECT count(*)::int FROM notices n
	 WHERE n.user_id = hob.user_id() AND n.inbox AND n.deleted_at IS NULL AND n.read_at IS NULL
	   AND n.id > last.id) AS unread, ARRAY['user:' || hob.user_id()] AS _touch
  FROM last

-- name: delivery_list
-- By which ways a notice went, the first first; HB404 when it is somebody else's. Of one that a digest tells of, what
-- became of that.
-- id: d.id
-- order: created_at timestamptz d.created_at
SELECT d.id, d.channel, d.device_id, coalesce(g.state, d.state) AS state, g.id IS NOT NULL AS in_digest,
       coalesce(g.attempts, d.attempts) AS attempts, CASE WHEN g.id IS NULL THEN d.reason ELSE g.reason END AS reason,
       d.created_at, coalesce(g.ended_at, d.ended_at) AS ended_at, :key
  FROM (SELECT hob.require_notice(:notification_id::uuid) AS id OFFSET 0) n
  JOIN deliveries d ON d.notice_id = n.id
  LEFT JOIN deliveries g ON g.id = d.folded_into
 WHERE :page
 ORDER BY :order
 LIMIT :limit::int

-- name: notice_delete
-- Deletes a notice; nothing when it is somebody else's.
UPDATE notices n SET deleted_at = :now::timestamptz
 WHERE n.id = :notification_id::uuid AND n.user_id = hob.user_id() AND n.inbox AND n.deleted_at IS NULL
RETURNING n.id, ARRAY['user:' || n.user_id] AS _touch

-- name: notice_preferences
-- What the caller wants to be told, and where; one row.
SELECT s.inbox, s.push, s.mail, s.quiet_from, s.quiet_until, s.remind_at, s.remind_before, s.version
  FROM notice_settings s
 WHERE s.id = hob.user_id()

-- name: notice_preferences_update
-- Changes what the caller wants; nothing when the version is another.
SELECT s.inbox, s.push, s.mail, s.quiet_from, s.quiet_until, s.remind_at, s.remind_before, s.version,
       ARRAY['user:' || s.id] AS _touch
  FROM jsonb_to_record(:body::jsonb) AS p (inbox text, push text, mail text, quiet_from time, quiet_until time,
	remind_at time, remind_before text)
 CROSS JOIN LATERAL hob.set_notices(ARRAY(SELECT jsonb_object_keys(:body::jsonb)), p.inbox, p.push, p.mail,
	p.quiet_from, p.quiet_until, p.remind_at, p.remind_before, :if_versions::int[]) s

-- name: notice_unsubscribe
-- Ends the mails of a kind, or of all, for the account of a link; nothing when there is no such account, or the kind is
-- mailed in any case.
SELECT s._touch AS _touch FROM hob.unsubscribe(:unsubscribe_user_id::uuid, :unsubscribe_kind) s
