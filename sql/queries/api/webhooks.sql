-- Webhooks of a residence, for its owner; a secret itself is in the program only.

-- name: webhook_create
-- A webhook; :webhook_secret is shown this once. Raises HB402 when there are as many as may be.
INSERT INTO webhooks AS w (id, residence_id, created_by, url, events, active, secret_nonce, created_at, updated_at)
VALUES (:new_id::uuid, :residence_id::uuid, hob.user_id(), :url, string_to_array(:events, ','), :active::bool,
	:webhook_nonce, :now::timestamptz, :now::timestamptz)
RETURNING w.id, w.residence_id, w.url, w.events, w.active, w.failing_since, :webhook_secret AS secret,
	false AS already_shown, w.created_at, w.updated_at, w.version, ARRAY['residence:' || w.residence_id] AS _touch

-- name: webhook_again
-- A webhook whose secret was shown once, without it.
SELECT w.id, w.residence_id, w.url, w.events, w.active, w.failing_since, NULL::text AS secret, true AS already_shown,
       w.created_at, w.updated_at, w.version
  FROM webhooks w
 WHERE w.id = :webhook_id::uuid AND w.residence_id = :residence_id::uuid

-- name: webhook_list
-- The webhooks of a residence, the oldest first, without their secrets.
-- id: w.id
-- order: created_at timestamptz w.created_at
SELECT w.id, w.residence_id, w.url, w.events, w.active, w.failing_since, w.created_at, w.updated_at, w.version, :key
  FROM webhooks w
 WHERE w.residence_id = :residence_id::uuid
   AND :page
 ORDER BY :order
 LIMIT :limit::int

-- name: webhook_get
-- One webhook of a residence, without its secret; nothing when it is of another.
SELECT w.id, w.residence_id, w.url, w.events, w.active, w.failing_since, w.created_at, w.updated_at, w.version
  FROM webhooks w
 WHERE w.id = :webhook_id::uuid AND w.residence_id = :residence_id::uuid

-- name: webhook_update
-- Changes where a webhook leads, what it wants, and whether; its secret stays. Nothing when it is of another residence.
UPDATE webhooks w
   SET url = coalesce(p.url, w.url), events = coalesce(string_to_array(p.events, ','), w.events),
       active = coalesce(p.active, w.active), failing_since = CASE WHEN p.active THEN NULL ELSE w.failing_since END,
       updated_at = :now::timestamptz, version = w.version + 1
  FROM jsonb_to_record(:body::jsonb) AS p (url text, events text, active bool)
 WHERE w.id = :webhook_id::uuid AND w.residence_id = :residence_id::uuid
   AND (:if_versions::int[] IS NULL OR w.version = ANY (:if_versions::int[]))
RETURNING w.id, w.residence_id, w.url, w.events, w.active, w.failing_since, w.created_at, w.updated_at, w.version,
	ARRAY['residence:' || w.residence_id] AS _touch

-- name: webhook_rotate
-- Gives a webhook another secret, shown this once; the former one signs nothing any more.
UPDATE webhooks w
   SET secret_nonce = :webhook_nonce, updated_at = :now::timestamptz, version = w.version + 1
 WHERE w.id = :webhook_id::uuid AND w.residence_id = :residence_id::uuid
RETURNING w.id, w.residence_id, w.url, w.events, w.active, w.failing_since, :webhook_secret AS secret,
	false AS already_shown, w.created_at, w.updated_at, w.version, ARRAY['residence:' || w.residence_id] AS _touch

-- name: webhook_delete
-- Ends a webhook; nothing when it is of another residence.
DELETE FROM webhooks w
 WHERE w.id = :webhook_id::uuid AND w.residence_id = :residence_id::uuid
   AND (:if_versions::int[] IS NULL OR w.version = ANY (:if_versions::int[]))
RETURNING w.id, ARRAY['residence:' || w.residence_id] AS _touch

-- name: webhook_delivery_list
-- What was to be sent to a webhook, the newest first; HB404 when it is of another residence.
-- id: d.id
-- order: -created_at timestamptz d.created_at
SELECT d.id, d.event_id, d.event, d.status, d.attempts, d.next_at, d.response_status, d.created_at, :key
  FROM (SELECT hob.require_webhook(:residence_id::uuid, :webhook_id::uuid) AS id OFFSET 0) h
 CROSS JOIN LATERAL (
	SELECT d.id, d.event_id, d.event, d.status, d.attempts, d.next_at, d.response_status, d.created_at
	  FROM webhook_deliveries d
	 WHERE d.webhook_id = h.id AND :page
	 ORDER BY :order LIMIT :limit::int) d
 ORDER BY :order
 LIMIT :limit::int
