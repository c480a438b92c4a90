-- Files: what was sent and hangs on nothing yet (uploads), and what hangs on a thing (:files_on, :files_on_id).

-- name: files_look
-- Before a body is taken: lets pass who finds room for :files_bytes of it; raises HB402.
SELECT hob.require_room_for_files(:files_on, :files_on_id::uuid, :files_bytes::bigint)

-- name: upload_create
-- The file that a request has brought, staged for a day. Raises HB402 when the caller has as many as there may be.
SELECT c.*, ARRAY['user:' || hob.user_id()] AS _touch
  FROM hob.add_files('staged', NULL, :files::jsonb, :files_host, :now::timestamptz) f
 CROSS JOIN LATERAL hob.upload_card(f) c

-- name: upload_get
-- A file that the caller sent, as long as they may see it; nothing when it is somebody else's, or over.
SELECT c.*
  FROM files f
 CROSS JOIN LATERAL hob.upload_card(f) c
 WHERE f.id = :upload_id::uuid AND f.uploaded_by = hob.user_id()
   AND (f.purpose <> 'staged' OR f.created_at > now() - hob.staged_life())

-- name: upload_delete
-- Takes back what hangs on nothing yet; nothing when it does, or is somebody else's.
SELECT id, ARRAY['user:' || hob.user_id()] AS _touch FROM hob.delete_upload(:upload_id::uuid) id
