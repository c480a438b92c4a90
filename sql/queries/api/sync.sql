-- Delta sync (functions/sync.sql says why it skips nothing). sync_begin runs first in
-- the pipeline. The others yield what is news since :sync_since, in the order of their ids,
-- behind :sync_after; app/api/things.c lists them. Of a residence that is news as a whole the index of keys
-- yields one page; of others what the index of changes names.

-- name: sync_begin
-- Where the next sync will begin; one row. Raises HB410 when that is too long ago for the
-- token, or when it stems from another account or another history of the database.
SELECT * FROM hob.sync_begin(:sync_mark, :sync_since_at::timestamptz, :sync_horizon::xid8,
	:sync_horizon_at::timestamptz, :sync_own::bool)

-- name: sync_deletions
-- The things of all kinds that a client which has seen everything before must forget.
SELECT * FROM hob.sync_deletions(:sync_since::xid8, :sync_after, :sync_limit::int, :sync_own::bool)

-- name: sync_residences
-- The caller's residences that changed, or whose members did, for a card counts them.
-- long: description
SELECT c.*
  FROM hob.sync_residences(:sync_since::xid8) h
  JOIN residences r ON r.id = h.id
 CROSS JOIN LATERAL hob.residence_card(r) c
 WHERE r.id > coalesce(:sync_after::uuid, '00000000-0000-0000-0000-000000000000')
   AND (r.changed >= h.since AND r.changed <= h.until
	OR EXISTS (SELECT FROM residence_members m
		WHERE m.residence_id = r.id AND m.changed >= h.since AND m.changed <= h.until)
	OR EXISTS (SELECT FROM tombstones t
		WHERE t.residence_id = r.id AND t.kind = 'members'
		  AND t.changed >= h.since AND t.changed <= h.until))
 ORDER BY r.id
 LIMIT :sync_limit::int

-- name: sync_members
-- Those of the caller's residences that changed; their ids are made of residence and user.
SELECT c.*
  FROM hob.sync_residences(:sync_since::xid8) h
  JOIN residence_members m ON m.residence_id = h.id
 CROSS JOIN LATERAL hob.member_card(m, h.names[array_position(h.people, m.user_id)]) c
 WHERE m.changed >= h.since AND m.changed <= h.until
   AND (:sync_after::text IS NULL
	OR (m.residence_id || ':' || m.user_id) COLLATE "C" > :sync_after::text)
 ORDER BY (m.residence_id || ':' || m.user_id) COLLATE "C"
 LIMIT :sync_limit::int

-- name: sync_tasks
-- Tasks of the caller's residences that changed and were not deleted.
-- long: description
SELECT c.*
  FROM (SELECT h.people, h.names, k.id
	  FROM hob.sync_residences(:sync_since::xid8) h
	 CROSS JOIN LATERAL (
		(SELECT t.id FROM tasks t
		  WHERE t.residence_id = h.id AND h.since = '0' AND t.deleted_at IS NULL
		    AND t.id > coalesce(:sync_after::uuid, '00000000-0000-0000-0000-000000000000')
		  ORDER BY t.id LIMIT :sync_limit::int)
		UNION ALL
		(SELECT t.id FROM tasks t
		  WHERE t.residence_id = h.id AND h.since <> '0' AND t.deleted_at IS NULL
		    AND t.changed >= h.since AND t.changed <= h.until
		    AND t.id > coalesce(:sync_after::uuid, '00000000-0000-0000-0000-000000000000')
		  ORDER BY t.id LIMIT :sync_limit::int)) k
	 ORDER BY k.id
	 LIMIT :sync_limit::int) h
  JOIN tasks t ON t.id = h.id
 CROSS JOIN LATERAL hob.task_card(t, h.people, h.names) c
 ORDER BY t.id
 LIMIT :sync_limit::int

-- name: sync_completions
-- Completions in the caller's residences that changed and were not undone; they outlive a deleted task.
-- long: note
SELECT c.*
  FROM (SELECT h.people, h.names, k.id
	  FROM hob.sync_residences(:sync_since::xid8) h
	 CROSS JOIN LATERAL (
		(SELECT d.id FROM completions d
		  WHERE d.residence_id = h.id AND h.since = '0' AND d.undone_at IS NULL
		    AND d.id > coalesce(:sync_after::uuid, '00000000-0000-0000-0000-000000000000')
		  ORDER BY d.id LIMIT :sync_limit::int)
		UNION ALL
		(SELECT d.id FROM completions d
		  WHERE d.residence_id = h.id AND h.since <> '0' AND d.undone_at IS NULL
		    AND d.changed >= h.since AND d.changed <= h.until
		    AND d.id > coalesce(:sync_after::uuid, '00000000-0000-0000-0000-000000000000')
		  ORDER BY d.id LIMIT :sync_limit::int)) k
	 ORDER BY k.id
	 LIMIT :sync_limit::int) h
  JOIN completions d ON d.id = h.id
 CROSS JOIN LATERAL hob.completion_card(d, h.people, h.names) c
 ORDER BY d.id
 LIMIT :sync_limit::int

-- name: sync_contractors
-- Contractors that changed and were not deleted, of the caller's residences and of theirs alone, which no access token
-- sees that is narrowed.
-- long: concat(notes,address,phones,website)
SELECT k.*
  FROM (SELECT h.people, h.names, k.id
	  FROM hob.sync_residences(:sync_since::xid8) h
	 CROSS JOIN LATERAL (
		(SELECT c.id FROM contractors c
		  WHERE c.residence_id = h.id AND h.since = '0' AND c.deleted_at IS NULL
		    AND c.id > coalesce(:sync_after::uuid, '00000000-0000-0000-0000-000000000000')
		  ORDER BY c.id LIMIT :sync_limit::int)
		UNION ALL
		(SELECT c.id FROM contractors c
		  WHERE c.residence_id = h.id AND h.since <> '0' AND c.deleted_at IS NULL
		    AND c.changed >= h.since AND c.changed <= h.until
		    AND c.id > coalesce(:sync_after::uuid, '00000000-0000-0000-0000-000000000000')
		  ORDER BY c.id LIMIT :sync_limit::int)) k
	UNION ALL
	(SELECT NULL, NULL, c.id
	   FROM contractors c
	  WHERE c.created_by = hob.user_id() AND c.residence_id IS NULL AND c.deleted_at IS NULL
	    AND c.changed >= :sync_since::xid8 AND (:sync_since::xid8 = '0' OR c.changed <= (SELECT hob.latest_id()))
	    AND c.id > coalesce(:sync_after::uuid, '00000000-0000-0000-0000-000000000000')
	  ORDER BY c.id LIMIT :sync_limit::int)
	 ORDER BY id
	 LIMIT :sync_limit::int) h
  JOIN contractors c ON c.id = h.id
  LEFT JOIN contractor_opinions o ON (o.contractor_id, o.user_id) = (c.id, hob.user_id())
 CROSS JOIN LATERAL hob.contractor_card(c, o, h.people, h.names) k
 ORDER BY c.id
 LIMIT :sync_limit::int

-- name: sync_documents
-- Documents of the caller's residences that changed and were not deleted.
-- long: concat(description,covers,claims)
SELECT c.*
  FROM (SELECT h.people, h.names, k.id
	  FROM hob.sync_residences(:sync_since::xid8) h
	 CROSS JOIN LATERAL (
		(SELECT d.id FROM documents d
		  WHERE d.residence_id = h.id AND h.since = '0' AND d.deleted_at IS NULL
		    AND d.id > coalesce(:sync_after::uuid, '00000000-0000-0000-0000-000000000000')
		  ORDER BY d.id LIMIT :sync_limit::int)
		UNION ALL
		(SELECT d.id FROM documents d
		  WHERE d.residence_id = h.id AND h.since <> '0' AND d.deleted_at IS NULL
		    AND d.changed >= h.since AND d.changed <= h.until
		    AND d.id > coalesce(:sync_after::uuid, '00000000-0000-0000-0000-000000000000')
		  ORDER BY d.id LIMIT :sync_limit::int)) k
	 ORDER BY k.id
	 LIMIT :sync_limit::int) h
  JOIN documents d ON d.id = h.id
 CROSS JOIN LATERAL hob.document_card(d, h.people, h.names) c
 ORDER BY d.id
 LIMIT :sync_limit::int

-- name: sync_files
-- Files that hang on something in the caller's residences and that changed; what is not ready for who sent it alone.
SELECT c.*
  FROM (SELECT h.people, h.names, k.id
	  FROM hob.sync_residences(:sync_since::xid8) h
	 CROSS JOIN LATERAL (
		(SELECT f.id FROM files f
		  WHERE f.residence_id = h.id AND h.since = '0' AND (f.state = 'ready' OR f.uploaded_by = hob.user_id())
		    AND f.id > coalesce(:sync_after::uuid, '00000000-0000-0000-0000-000000000000')
		  ORDER BY f.id LIMIT :sync_limit::int)
		UNION ALL
		(SELECT f.id FROM files f
		  WHERE f.residence_id = h.id AND h.since <> '0' AND (f.state = 'ready' OR f.uploaded_by = hob.user_id())
		    AND f.changed >= h.since AND f.changed <= h.until
		    AND f.id > coalesce(:sync_after::uuid, '00000000-0000-0000-0000-000000000000')
		  ORDER BY f.id LIMIT :sync_limit::int)) k
	 ORDER BY k.id
	 LIMIT :sync_limit::int) h
  JOIN files f ON f.id = h.id
 CROSS JOIN LATERAL hob.file_card(f, h.people, h.names) c
 ORDER BY f.id
 LIMIT :sync_limit::int

-- name: sync_notices
-- The caller's notices that changed and were not deleted, in the language of the request; nothing for an access token.
SELECT c.*
  FROM (SELECT k.id
	  FROM ((SELECT n.id FROM notices n
		  WHERE :sync_own::bool AND :sync_since::xid8 = '0'
		    AND n.user_id = hob.user_id() AND n.inbox AND n.deleted_at IS NULL
		    AND n.id > coalesce(:sync_after::uuid, '00000000-0000-0000-0000-000000000000')
		  ORDER BY n.id LIMIT :sync_limit::int)
		UNION ALL
		(SELECT n.id FROM notices n
		  WHERE :sync_own::bool AND :sync_since::xid8 <> '0'
		    AND n.user_id = hob.user_id() AND n.inbox AND n.deleted_at IS NULL
		    AND n.changed >= :sync_since::xid8 AND n.changed <= (SELECT hob.latest_id())
		    AND n.id > coalesce(:sync_after::uuid, '00000000-0000-0000-0000-000000000000')
		  ORDER BY n.id LIMIT :sync_limit::int)) k
	 ORDER BY k.id
	 LIMIT :sync_limit::int) k
  JOIN notices n ON n.id = k.id
 CROSS JOIN LATERAL hob.notice_card(n, (SELECT hob.notice_language(:language::text))) c
 ORDER BY n.id
 LIMIT :sync_limit::int
