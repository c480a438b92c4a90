-- Sessions of staff.

-- name: session_list
-- Those that count, latest used first: the own, to an admin all.
SELECT s.* FROM staff.sessions s ORDER BY s.seen_at DESC, s.id LIMIT :page_size::int OFFSET :offset::bigint

-- name: session_count
-- How many these are, up to 10,001; one row.
SELECT count(*) AS count FROM (SELECT FROM staff.sessions LIMIT 10001) found

-- name: session_end
-- Ends one of them; nothing when there is none such.
SELECT * FROM staff.end_session(:session_id::uuid)
