-- Contractors of the caller's residences, and those that are the caller's alone. One that was deleted keeps its row, for
-- history names it; no statement here sees it again.

-- name: contractor_list
-- Contractors that pass the filters; of one residence, or of all and the caller's own. Each place yields the ids of one
-- page; what is shown is fetched for those alone.
-- id: c.id
-- order: name text c.name COLLATE hob.alphabet
-- order: -name text c.name COLLATE hob.alphabet
-- order: -last_used_on date coalesce(c.last_used_on, '-infinity')
-- order: last_used_on date coalesce(c.last_used_on, 'infinity')
-- order: -rating numeric coalesce(hob.rating_of(c), 0)
-- order: -total_spend numeric c.total_spend
-- order: created_at timestamptz c.created_at
-- order: -created_at timestamptz c.created_at
-- order: updated_at timestamptz c.updated_at
-- order: -updated_at timestamptz c.updated_at
-- long: concat(notes,address,phones,website)
SELECT k.*, h.currency, :key
  FROM hob.contractor_homes(:residence_id::uuid) h
 CROSS JOIN LATERAL (
SELECT c.id
  FROM hob.contractors_at(h.id) c
 WHERE (:specialty::text IS NULL OR :specialty = ANY (c.specialties))
   AND (:is_favorite::bool IS NULL OR EXISTS (SELECT FROM contractor_opinions o
	WHERE o.contractor_id = c.id AND o.user_id = hob.user_id() AND o.is_favorite) = :is_favorite::bool)
   AND (:do_not_use::bool IS NULL OR c.do_not_use = :do_not_use::bool)
   AND (:search::text IS NULL OR c.words LIKE ALL ((SELECT hob.patterns(:search))::text[]))
   AND :page
 ORDER BY :order
 LIMIT :limit::int) p
  JOIN contractors c ON c.id = p.id
  LEFT JOIN contractor_opinions o ON (o.contractor_id, o.user_id) = (c.id, hob.user_id())
 CROSS JOIN LATERAL hob.contractor_card(c, o, h.people, h.names) k
 ORDER BY :order
 LIMIT :limit::int

-- name: contractor_create
-- Makes a contractor of a residence where the caller may edit, or of theirs alone. Raises HB404, HB403, and HB402 when
-- there are as many as may be.
WITH made AS (
	INSERT INTO contractors AS c (id, residence_id, name, company, contact_person, phones, email, website, address,
		notes, specialties, licence_number, insurance_expires_on, call_out_rate, hourly_rate, do_not_use,
		do_not_use_reason, created_by, created_at, updated_at)
	SELECT :new_id::uuid, :residence_id::uuid, :name, :company, :contact_person, coalesce(:phones::jsonb, '[]'),
	       :email, :website, :address, :notes, string_to_array(coalesce(:specialties, ''), ','), :licence_number,
	       :insurance_expires_on::date, :call_out_rate::numeric, :hourly_rate::numeric,
	       coalesce(:do_not_use::bool, false), :do_not_use_reason, hob.user_id(), :now::timestamptz,
	       :now::timestamptz
	 WHERE hob.require_contractor_home(:residence_id::uuid)
	RETURNING c
)
SELECT k.* FROM made, hob.contractor_shown(made.c, NULL) k

-- name: contractor_get
-- One contractor that the caller sees; nothing when it is elsewhere.
SELECT k.*, a.currency
  FROM contractors c
  LEFT JOIN contractor_opinions o ON (o.contractor_id, o.user_id) = (c.id, hob.user_id())
  LEFT JOIN LATERAL hob.around(c.residence_id) a ON true
 CROSS JOIN LATERAL hob.contractor_card(c, o, a.people, a.names) k
 WHERE c.id = :contractor_id::uuid AND c.deleted_at IS NULL
   AND (c.residence_id = ANY (:mine) OR c.residence_id IS NULL AND c.created_by = hob.user_id())

-- name: contractor_update
-- Changes a contractor; keys absent from the body stay, but a reason that the body does not name goes with the flag. A
-- residence shares what was the caller's alone. Nothing when they may not edit it.
WITH changed AS (
	UPDATE contractors c
	   SET (residence_id, name, company, contact_person, phones, email, website, address, notes, specialties,
		licence_number, insurance_expires_on, call_out_rate, hourly_rate, do_not_use, do_not_use_reason,
		updated_at, version) =
	       (SELECT p.residence_id, p.name, p.company, p.contact_person, p.phones, p.email, p.website, p.address, p.notes,
		       CASE WHEN :body::jsonb ? 'specialties'
			    THEN string_to_array(coalesce(:specialties, ''), ',') ELSE c.specialties END,
		       p.licence_number, p.insurance_expires_on, p.call_out_rate, p.hourly_rate, p.do_not_use,
		       CASE WHEN p.do_not_use OR :body::jsonb -> 'do_not_use_reason' IS NOT NULL
			    THEN p.do_not_use_reason END,
		       :now::timestamptz, c.version + 1
		  FROM jsonb_populate_record(c, :body::jsonb - 'specialties') p)
	 WHERE c.id = :contractor_id::uuid AND c.deleted_at IS NULL
	   AND (:if_versions::int[] IS NULL OR c.version = ANY (:if_versions::int[]))
	   AND (c.residence_id = ANY (:mine_as_member) OR c.residence_id IS NULL AND c.created_by = hob.user_id())
	RETURNING c
)
SELECT k.*
  FROM changed
  LEFT JOIN contractor_opinions o ON (o.contractor_id, o.user_id) = ((changed.c).id, hob.user_id())
 CROSS JOIN LATERAL hob.contractor_shown(changed.c, o) k

-- name: contractor_delete
-- Marks a contractor as deleted and takes it off its tasks; nothing when the caller may not, or it is not there.
SELECT c.id, ARRAY[hob.contractor_key(c)] AS _touch
  FROM hob.delete_contractor(:contractor_id::uuid, :if_versions::int[], :now::timestamptz) c

-- What the caller thinks of a contractor, each once; HB404 when they do not see it.

-- name: contractor_favor
-- Makes it a favourite.
SELECT k.*
  FROM hob.judge_contractor(:contractor_id::uuid, '{"is_favorite": true}') j, hob.contractor_shown(j.c, j.o) k

-- name: contractor_unfavor
-- Makes it none.
SELECT k.id, k._touch
  FROM hob.judge_contractor(:contractor_id::uuid, '{"is_favorite": false}') j, hob.contractor_shown(j.c, j.o) k

-- name: contractor_rate
-- Rates it, in the place of what the caller said before.
SELECT k.*
  FROM hob.judge_contractor(:contractor_id::uuid,
	jsonb_build_object('rating', :rating::int, 'note', :note::text)) j, hob.contractor_shown(j.c, j.o) k

-- name: contractor_unrate
-- Takes the rating back.
SELECT k.id, k._touch
  FROM hob.judge_contractor(:contractor_id::uuid, '{"rating": null, "note": null}') j, hob.contractor_shown(j.c, j.o) k

-- name: contractor_tasks
-- The tasks of a contractor, those that are done and archived too.
-- id: t.id
-- order: due_on date coalesce(t.due_on, 'infinity')
-- order: -due_on date coalesce(t.due_on, '-infinity')
-- order: -updated_at timestamptz t.updated_at
-- order: updated_at timestamptz t.updated_at
-- long: description
SELECT c.*, h.currency, hob.is_overdue(t, h.today, h.time_zone) AS is_overdue, :key
  FROM hob.my_residences(NULL) h
  JOIN tasks t ON t.residence_id = h.id
 CROSS JOIN LATERAL hob.task_card(t, h.people, h.names) c
 WHERE t.contractor_id = :contractor_id::uuid AND t.deleted_at IS NULL
   AND (:completed::bool IS NULL OR t.completed = :completed::bool)
   AND :page
 ORDER BY :order
 LIMIT :limit::int

-- name: contractor_card
-- A contractor for an address book: phones as lines of label and number with a tab between; nothing when it is elsewhere.
SELECT c.id, c.residence_id, c.name, c.company, c.contact_person, c.email, c.website, c.address, c.notes,
       (SELECT string_agg(concat(p ->> 'label', E'\t', p ->> 'number'), E'\n' ORDER BY n)
	  FROM jsonb_array_elements(c.phones) WITH ORDINALITY k (p, n)) AS phones,
       array_to_string(c.specialties, ',') AS specialties,
       (SELECT string_agg(s.label, E'\n' ORDER BY k.n)
	  FROM unnest(c.specialties) WITH ORDINALITY k (code, n) JOIN specialties s ON s.code = k.code) AS labels,
       to_char(c.updated_at AT TIME ZONE 'UTC', 'YYYYMMDD"T"HH24MISS"Z"') AS revised
  FROM contractors c
 WHERE c.id = :contractor_id::uuid AND c.deleted_at IS NULL
   AND (c.residence_id = ANY (:mine) OR c.residence_id IS NULL AND c.created_by = hob.user_id())

-- name: contractor_import
-- Which of these contractors the residence has already. What is touched those that are made say.
SELECT c.id, NULL::text[] AS _touch
  FROM contractors c
 WHERE c.residence_id = :residence_id::uuid AND c.id = ANY (:import_ids::uuid[]) AND c.deleted_at IS NULL
