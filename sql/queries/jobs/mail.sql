-- The kind "mail".

-- name: mail_due
-- What a delivery by mail says, and to whom; nothing when there is nothing to send (any more).
SELECT d.id, d.language, d.address, d.user_id, d.kind, d.subject, d.subject_id, d.title, d.body, k.fixed,
       (extract(epoch FROM d.created_at) * 1000000)::bigint AS created_us
  FROM hob.delivery_due(:delivery::uuid) d
  JOIN hob.notice_kinds() k ON k.kind = d.kind

-- name: mail_tried
-- Notes what came of a try; one row.
SELECT hob.delivery_tried(:delivery::uuid, :outcome, :why)
