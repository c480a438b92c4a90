-- Files: what was sent and hangs on nothing yet (uploads), and what hangs on a thing (:files_on, :files_on_id).

-- name: files_look
-- Before a body is taken: lets pass who finds room for :files_bytes of it, or does not say how many; raises HB402,
-- and HB429 when too much of what the caller sent waits for work.
SELECT hob.require_room_for_files(:files_on, :files_on_id::uuid, :files_bytes::bigint)

-- name: upload_create
-- The file that a request has brought, staged for a day. Raises HB402 when the caller has as many as there may be, HB429
-- when too many of theirs wait for work.
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

-- name: file_list
-- What hangs on a thing of the caller's residences and they may see, the oldest first: as many as limit.files says.
-- id: f.id
-- order: created_at timestamptz f.created_at
SELECT c.*, :key
  FROM files f
 CROSS JOIN LATERAL hob.people(f.residence_id) p
 CROSS JOIN LATERAL hob.file_card(f, p.ids, p.names) c
 WHERE f.on_id = hob.file_on(:files_on, :files_on_id::uuid) AND f.purpose = :files_on AND f.residence_id = ANY (:mine)
   AND :page
 ORDER BY :order
 LIMIT :limit::int

-- name: file_get
-- One of them; nothing when it hangs elsewhere, or is not to be seen (yet).
SELECT c.*
  FROM files f
 CROSS JOIN LATERAL hob.people(f.residence_id) p
 CROSS JOIN LATERAL hob.file_card(f, p.ids, p.names) c
 WHERE f.id = :file_id::uuid AND f.on_id = hob.file_on(:files_on, :files_on_id::uuid) AND f.purpose = :files_on
   AND f.residence_id = ANY (:mine)

-- name: file_add
-- Hangs files that a request has brought on a thing; all that hangs there then. Raises HB402 when there is no room,
-- HB429 when too many of the caller's wait for work.
SELECT c.*, ARRAY['residence:' || c.residence_id] AS _touch
  FROM (SELECT count(*) AS n
	  FROM hob.add_files(:files_on, :files_on_id::uuid, :files::jsonb, :files_host, :now::timestamptz)) a
 CROSS JOIN LATERAL hob.files_now(:files_on, :files_on_id::uuid, a.n) c

-- name: file_attach
-- The same with files that the caller has sent before. Raises 23503 when one of them is not theirs to hang there.
SELECT c.*, ARRAY['residence:' || c.residence_id] AS _touch
  FROM hob.attach_files(:files_on, :files_on_id::uuid, :upload_ids::uuid[], :now::timestamptz) a (n)
 CROSS JOIN LATERAL hob.files_now(:files_on, :files_on_id::uuid, a.n) c

-- name: file_delete
-- Takes a file away from a thing, and its bytes with it; nothing when it hangs elsewhere, or is not to be seen (yet).
SELECT d AS id, ARRAY['residence:' || d] AS _touch
  FROM hob.delete_file(:files_on, :files_on_id::uuid, :file_id::uuid) d

-- name: file_content
-- Where the bytes of a file are; nothing when it hangs elsewhere, is not ready, or has no such variant.
SELECT b.name, b.media_type, b.sha256, b.key, b.store
  FROM files f
 CROSS JOIN LATERAL hob.file_bytes(f, :variant) b
 WHERE f.id = :file_id::uuid AND f.on_id = hob.file_on(:files_on, :files_on_id::uuid) AND f.purpose = :files_on
   AND f.residence_id = ANY (:mine)

-- name: file_link
-- What a link to them is made of: the file, and the session or access token that asks; nothing likewise.
SELECT f.id AS _id, a.id AS _access_id
  FROM files f
 CROSS JOIN LATERAL hob.file_bytes(f, :variant) b
 CROSS JOIN hob.access_called(:token_hash) a (id)
 WHERE f.id = :file_id::uuid AND f.on_id = hob.file_on(:files_on, :files_on_id::uuid) AND f.purpose = :files_on
   AND f.residence_id = ANY (:mine)

-- name: file_linked
-- Where the bytes are by a link: of what its maker may see now, by what they made it with.
SELECT b.* FROM hob.linked_file(:link_file_id::uuid, :link_variant, :link_access_id::uuid) b

-- name: avatar_set
-- Makes a file that the caller has sent their picture, in place of any other. Raises 23503 or 23514 when it is none.
SELECT c.*, ARRAY['user:' || hob.user_id()] AS _touch
  FROM hob.set_avatar(:upload_id::uuid, :now::timestamptz) f
 CROSS JOIN LATERAL hob.upload_card(f) c

-- name: avatar_delete
-- Deletes the caller's picture; nothing when there is none.
SELECT id, ARRAY['user:' || hob.user_id()] AS _touch FROM hob.delete_avatar() id

-- name: avatar_content
-- Where the bytes of a member's picture are; nothing when there is none (yet), or they do not belong to the residence.
SELECT b.* FROM hob.avatar_bytes(:residence_id::uuid, :user_id::uuid, :variant) b
