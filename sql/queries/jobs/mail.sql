-- The kind "mail".

-- name: mail_due
-- What a delivery by mail says, and to whom; nothing when there is nothing to send (any more), or not now. stops: the
-- kind whose mails a link may end, "all" in a digest; null: it is fixed, or a test.
SELECT d.id, d.language, d.address, d.user_id, d.subject, d.subject_id, d.title, d.body, k.fixed,
       CASE WHEN k.fixed IS NOT TRUE AND d.kind <> 'test' THEN coalesce(k.kind, 'all') END AS stops,
       (extract(epoch FROM d.created_at) * 1000000)::bigint AS created_us
  FROM hob.delivery_due(:delivery::uuid) d
  LEFT JOIN hob.notice_kinds() k ON k.kind = d.kind

-- name: mail_tried
-- Notes what came of a try; one row.
SELECT hob.delivery_tried(:delivery::uuid, :outcome, :why)

-- name: delivery_dropped
-- Notes that a delivery will not be sent; one row.
SELECT hob.drop_delivery(:delivery::uuid, :why)
