-- Devices of the caller. What Apple or Google know one by is never shown.

-- name: device_register
-- The phone of this session, made or renewed (_made); raises HB402 when there are as many as may be.
SELECT (x.shown).id, (x.shown).platform, (x.shown).environment, (x.shown).app_version, (x.shown).locale,
       true AS current, (x.shown).disabled_at, (x.shown).disabled_reason, (x.shown).created_at,
       (x.shown).last_seen_at, (x.shown).version, x.made AS _made, ARRAY['user:' || (x.shown).user_id] AS _touch
  FROM hob.register_device(:new_id::uuid, :platform, :environment, :token, :app_version, :locale,
	:now::timestamptz) x

-- name: device_list
-- The caller's devices, the oldest first.
-- id: d.id
-- order: created_at timestamptz d.created_at
SELECT d.id, d.platform, d.environment, d.app_version, d.locale,
       d.session_id = (SELECT s.id FROM sessions s WHERE s.user_id = hob.user_id() AND s.token_hash = :token_hash)
	AS current,
       d.disabled_at, d.disabled_reason, d.created_at, d.last_seen_at, d.version, :key
  FROM devices d
 WHERE d.user_id = hob.user_id()
   AND :page
 ORDER BY :order
 LIMIT :limit::int

-- name: device_get
-- One of the caller's devices; nothing when it is somebody else's.
SELECT d.id, d.platform, d.environment, d.app_version, d.locale,
       d.session_id = (SELECT s.id FROM sessions s WHERE s.user_id = hob.user_id() AND s.token_hash = :token_hash)
	AS current,
       d.disabled_at, d.disabled_reason, d.created_at, d.last_seen_at, d.version
  FROM devices d
 WHERE d.id = :device_id::uuid AND d.user_id = hob.user_id()

-- name: device_delete
-- Ends a device; nothing when it is somebody else's.
DELETE FROM devices d
 WHERE d.id = :device_id::uuid AND d.user_id = hob.user_id()
   AND (:if_versions::int[] IS NULL OR d.version = ANY (:if_versions::int[]))
RETURNING d.id, ARRAY['user:' || d.user_id] AS _touch

-- name: device_test
-- Queues a push to one of the caller's devices; nothing when it is somebody else's. HB409 when it is disabled, HB429
-- behind three in a minute.
SELECT d.id, d.platform, d.environment, d.app_version, d.locale,
       d.session_id = (SELECT s.id FROM sessions s WHERE s.user_id = hob.user_id() AND s.token_hash = :token_hash)
	AS current,
       d.disabled_at, d.disabled_reason, d.created_at, d.last_seen_at, d.version, ARRAY['user:' || d.user_id] AS _touch
  FROM hob.test_device(:device_id::uuid) d
