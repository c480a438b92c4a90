-- Searching in everything of the caller's residences. Each kind of thing has a statement, which app/api/things.c
-- lists: the first of what is found, by hob.search_rank, and one more when there is more. The words are those of
-- ?search= in lists (functions/text.sql); of what has no letter nothing is found. What is searched is folded once,
-- in FROM: where the rank gets a subquery, PostgreSQL calls it as a function for each row, which takes three times
-- as long.

-- name: search_residences
-- Residences by name, street and town.
SELECT c.*
  FROM (SELECT hob.folded(:q) COLLATE "C" AS q, hob.patterns(:q) AS patterns OFFSET 0) s
 CROSS JOIN residence_members m
  JOIN residences r ON r.id = m.residence_id
 CROSS JOIN LATERAL (
	SELECT hob.folded(concat_ws(' ', r.name, r.street_address, r.city)) COLLATE "C" AS words OFFSET 0) f
 CROSS JOIN LATERAL hob.residence_card(r) c
 WHERE m.user_id = hob.user_id() AND NOT m.gone AND r.deleted_at IS NULL
   AND (:residence_id::uuid IS NULL OR r.id = :residence_id::uuid)
   AND s.patterns <> '{}' AND f.words LIKE ALL (s.patterns)
 ORDER BY hob.search_rank(f.words, s.q, r.name), r.name COLLATE hob.alphabet, r.id
 LIMIT :limit::int

-- name: search_members
-- Members by name, in each residence of the caller's to which they belong.
SELECT c.*
  FROM (SELECT hob.folded(:q) COLLATE "C" AS q, hob.patterns(:q) AS patterns OFFSET 0) s
 CROSS JOIN hob.my_residences(:residence_id::uuid) h
  JOIN residence_members m ON m.residence_id = h.id AND NOT m.gone
  JOIN residence_people p ON (p.residence_id, p.user_id) = (m.residence_id, m.user_id)
 CROSS JOIN LATERAL (SELECT hob.folded(p.name) COLLATE "C" AS words OFFSET 0) f
 CROSS JOIN LATERAL hob.member_card(m, p.name) c
 WHERE s.patterns <> '{}' AND f.words LIKE ALL (s.patterns)
 ORDER BY hob.search_rank(f.words, s.q, p.name), p.name COLLATE hob.alphabet, m.residence_id,
       m.user_id
 LIMIT :limit::int

-- name: search_tasks
-- Tasks, the archived too, by title and description, of which the beginning is shown; what is open first.
SELECT c.*, h.currency, hob.is_overdue(t, h.today, h.time_zone) AS is_overdue
  FROM (SELECT hob.folded(:q) COLLATE "C" AS q, hob.patterns(:q) AS patterns OFFSET 0) s
 CROSS JOIN hob.my_residences(:residence_id::uuid) h
 CROSS JOIN LATERAL (
	SELECT t.id, hob.search_rank(t.words, s.q, t.title) AS rank,
	       t.archived OR t.completed OR t.state = 'cancelled' AS over, t.updated_at
	  FROM tasks t
	 WHERE t.residence_id = h.id AND t.deleted_at IS NULL
	   AND s.patterns <> '{}' AND t.words LIKE ALL (s.patterns)
	 ORDER BY 2, 3, t.updated_at DESC, t.id
	 LIMIT :limit::int) k
  JOIN tasks t ON t.id = k.id
 CROSS JOIN LATERAL hob.task_card(t, h.people, h.names, false) c
 ORDER BY k.rank, k.over, k.updated_at DESC, k.id
 LIMIT :limit::int

-- name: search_completions
-- Completions by note and contractor, the newest first, also of tasks that were deleted.
SELECT c.*, h.currency
  FROM (SELECT hob.folded(:q) COLLATE "C" AS q, hob.patterns(:q) AS patterns OFFSET 0) s
 CROSS JOIN hob.my_residences(:residence_id::uuid) h
 CROSS JOIN LATERAL (
	SELECT d.id, d.completed_at
	  FROM completions d
	 WHERE d.residence_id = h.id AND d.undone_at IS NULL
	   AND s.patterns <> '{}' AND d.words LIKE ALL (s.patterns)
	 ORDER BY d.completed_at DESC, d.id DESC
	 LIMIT :limit::int) k
  JOIN completions d ON d.id = k.id
 CROSS JOIN LATERAL hob.completion_card(d, h.people, h.names) c
 ORDER BY k.completed_at DESC, k.id DESC
 LIMIT :limit::int

-- name: search_contractors
-- Contractors by name, company, people, numbers, address and notes, of which the beginning is shown; those that are not
-- to be used come last.
SELECT k.*, h.currency
  FROM (SELECT hob.folded(:q) COLLATE "C" AS q, hob.patterns(:q) AS patterns OFFSET 0) s
 CROSS JOIN hob.contractor_homes(:residence_id::uuid) h
 CROSS JOIN LATERAL (
	SELECT c.id, hob.search_rank(c.words, s.q, c.name) AS rank, c.do_not_use, c.name COLLATE hob.alphabet AS name
	  FROM hob.contractors_at(h.id) c
	 WHERE s.patterns <> '{}' AND c.words LIKE ALL (s.patterns)
	 ORDER BY 2, 3, 4, 1
	 LIMIT :limit::int) f
  JOIN contractors c ON c.id = f.id
  LEFT JOIN contractor_opinions o ON (o.contractor_id, o.user_id) = (c.id, hob.user_id())
 CROSS JOIN LATERAL hob.contractor_card(c, o, h.people, h.names, false) k
 ORDER BY f.rank, f.do_not_use, f.name, f.id
 LIMIT :limit::int

-- name: search_documents
-- Documents by title, product, names and numbers, tags and description, of which the beginning is shown; what is active
-- first.
SELECT c.*, h.currency, e.state, e.days_left
  FROM (SELECT hob.folded(:q) COLLATE "C" AS q, hob.patterns(:q) AS patterns OFFSET 0) s
 CROSS JOIN hob.my_residences(:residence_id::uuid) h
 CROSS JOIN LATERAL (
	SELECT d.id, hob.search_rank(d.words, s.q, d.title) AS rank, NOT d.is_active OR d.is_void AS over, d.updated_at
	  FROM documents d
	 WHERE d.residence_id = h.id AND d.deleted_at IS NULL
	   AND s.patterns <> '{}' AND d.words LIKE ALL (s.patterns)
	 ORDER BY 2, 3, d.updated_at DESC, d.id
	 LIMIT :limit::int) k
  JOIN documents d ON d.id = k.id
 CROSS JOIN LATERAL hob.document_card(d, h.people, h.names, false) c
 CROSS JOIN LATERAL hob.cover_state(d.cover_ends, d.is_lifetime, d.is_void, h.today) e
 ORDER BY k.rank, k.over, k.updated_at DESC, k.id
 LIMIT :limit::int
