-- Exports (app/jobs/export.c). Each page of one is a transaction that begins with act_as.
-- also: api me notice_preferences session_list device_list access_token_list feed_list notice_list
-- also: api received_invitation_list sync_residences sync_members sync_tasks sync_completions sync_contractors sync_documents sync_files
-- also: api activity_list share_code_list invitation_list webhook_list

-- name: export_due
-- Whom an export is for; nothing when none is to be made.
SELECT d.user_id, d.locale FROM hob.export_due(:id::uuid) d

-- name: act_as
-- The rest of the transaction is done as this account.
SELECT hob.act_as(:who::uuid)

-- name: export_trail
-- What the account did with itself, the newest first.
-- id: a.id
-- order: -at timestamptz a.at
SELECT a.*, :key
  FROM hob.my_trail() a
 WHERE :page
 ORDER BY :order
 LIMIT :limit::int

-- name: export_deliveries
-- By which ways the account's notices went, the newest first.
-- id: d.id
-- order: -id uuid d.id
SELECT d.id, d.notice_id, d.channel, d.device_id, d.state, d.attempts, d.reason, d.created_at, d.ended_at, :key
  FROM deliveries d
 WHERE d.user_id = hob.user_id()
   AND :page
 ORDER BY :order
 LIMIT :limit::int

-- name: export_file
-- The next file behind this id that the account has sent and may see, and where its bytes are; nothing behind the last.
SELECT f.id, b.name, b.media_type, b.sha256, b.key, b.store, f.bytes, extract(epoch FROM f.created_at)::bigint AS at_s
  FROM files f
 CROSS JOIN LATERAL hob.file_bytes(f, 'main') b
 WHERE f.uploaded_by = hob.user_id() AND f.id > :after::uuid
 ORDER BY f.id
 LIMIT 1

-- name: export_made
-- Notes that the file is there; one row.
SELECT hob.export_made(:id::uuid, :bytes::bigint)

-- name: exports_kept
-- Which of these files are of exports that are not over.
SELECT k.id FROM hob.exports_kept(:ids::uuid[]) k (id)
