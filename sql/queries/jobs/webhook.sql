-- The kind "webhook".

-- name: webhook_due
-- What of a webhook is due; nothing when it is gone or not active.
SELECT id, created_at, event_id, body, url, nonce FROM hob.webhook_due(:webhook::uuid)

-- name: webhook_tried
-- Notes what came of a try; a row when the webhook was switched off and its owner was told.
SELECT _touch FROM hob.webhook_tried(:webhook::uuid, :delivery::uuid, :created_at::timestamptz, :good::bool, :status::int)

-- name: webhook_rest
-- Adds the job of the next try, if there is to be one; one row.
SELECT hob.webhook_rest(:webhook::uuid)
