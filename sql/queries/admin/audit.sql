-- The record of what staff did.

-- name: audit_list
-- What fits the filters, latest first.
SELECT e.*
  FROM staff.audit_events e
 WHERE (:action::text IS NULL OR e.action = :action) AND (:entity::text IS NULL OR e.entity = :entity)
   AND (:subject::text IS NULL OR e.subject = :subject) AND (:staff_id::uuid IS NULL OR e.staff_id = :staff_id::uuid)
 ORDER BY e.day DESC, e.seq DESC
 LIMIT :page_size::int OFFSET :offset::bigint

-- name: audit_count
-- How much that is, up to 10,001; one row.
SELECT count(*) AS count FROM (
	SELECT FROM staff.audit_events e
	 WHERE (:action::text IS NULL OR e.action = :action) AND (:entity::text IS NULL OR e.entity = :entity)
	   AND (:subject::text IS NULL OR e.subject = :subject)
	   AND (:staff_id::uuid IS NULL OR e.staff_id = :staff_id::uuid)
	 LIMIT 10001) found
