-- The kinds "push" and "digest".

-- name: push_due
-- What a push says, and to which device; nothing when there is nothing to send (any more), or not now.
SELECT id, token, platform, title, body, badge, data, coalesce(notice_id, id) AS collapse_id, device_version
  FROM hob.delivery_due(:delivery::uuid)

-- name: push_tried
-- Notes what came of a push; its state and how often it was sent.
SELECT state, attempts FROM hob.push_tried(:delivery::uuid, :verdict, :device_version::int)

-- name: digest
-- Lets go what is held for an account by a channel; one row.
SELECT hob.release_held(split_part(:about, ':', 1)::uuid, split_part(:about, ':', 2))
