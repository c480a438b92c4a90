-- Exports: copies of all that an account may read (functions/exports.sql).

-- name: export_ask
-- The caller's export, made anew when there is none of late.
SELECT e.id, e.state, e.created_at, '{}'::text[] AS _touch FROM hob.ask_export(:new_id::uuid, :now::timestamptz) e

-- name: export_asked
-- What was asked for under a key, as it is now; nothing when it is over or replaced.
SELECT e.id, e.state, e.created_at FROM hob.export_get(:export_id::uuid) e

-- name: export_get
-- The caller's export, with the address of its file when that is there; nothing when it is somebody else's, over, or
-- replaced.
SELECT e.id, e.state, e.bytes, CASE WHEN e.state = 'ready' THEN :export_path END AS path, e.created_at, e.made_at,
       e.expires_at
  FROM hob.export_get(:export_id::uuid) e

-- name: export_file
-- When the file of a link was made; nothing when it may not be read (any more).
SELECT f.made_at FROM hob.export_file(:export_file_id::uuid) f (made_at) WHERE f.made_at IS NOT NULL
