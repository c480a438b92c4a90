-- Documents and warranties. One that was deleted keeps its row; no statement here sees it again. state and days_left
-- hang on the day that it is in the residence (functions/expiring.sql).

-- name: document_list
-- Documents of the caller's residences that pass the filters. Each residence yields the ids of one page; what is shown
-- is fetched for those alone. What does not end, or never, comes behind what does.
-- id: d.id
-- order: -created_at timestamptz d.created_at
-- order: created_at timestamptz d.created_at
-- order: title text d.title COLLATE hob.alphabet
-- order: -title text d.title COLLATE hob.alphabet
-- order: updated_at timestamptz d.updated_at
-- order: -updated_at timestamptz d.updated_at
-- order: issued_on date coalesce(d.issued_on, 'infinity')
-- order: -issued_on date coalesce(d.issued_on, '-infinity')
-- order: expires_on date CASE WHEN d.is_lifetime THEN 'infinity' ELSE coalesce(d.last_ends_on, 'infinity') END
-- order: -expires_on date CASE WHEN d.is_lifetime THEN '-infinity' ELSE coalesce(d.last_ends_on, '-infinity') END
-- long: concat(description,covers,claims)
SELECT c.*, h.currency, s.state, s.days_left, :key
  FROM hob.my_residences(:residence_id::uuid) h
 CROSS JOIN LATERAL (
SELECT d.id
  FROM documents d
 WHERE d.residence_id = h.id AND d.deleted_at IS NULL
   AND (:type::text IS NULL OR d.type = :type)
   AND (:type__in::text IS NULL OR d.type = ANY (string_to_array(:type__in, ',')))
   AND (:category::text IS NULL OR d.category = :category)
   AND (:contractor_id::uuid IS NULL OR d.contractor_id = :contractor_id::uuid)
   AND (:task_id::uuid IS NULL OR d.task_id = :task_id::uuid)
   AND (:expires_on__lte::date IS NULL OR d.last_ends_on <= :expires_on__lte::date AND NOT d.is_lifetime)
   AND (:is_active::bool IS NULL OR d.is_active = :is_active::bool)
   AND (:tag::text IS NULL OR :tag = ANY (d.tags))
   AND (:search::text IS NULL OR d.words LIKE ALL ((SELECT hob.patterns(:search))::text[]))
   AND :page
 ORDER BY :order
 LIMIT :limit::int) k
  JOIN documents d ON d.id = k.id
 CROSS JOIN LATERAL hob.document_card(d, h.people, h.names) c
 CROSS JOIN LATERAL hob.cover_state(d.cover_ends, d.is_lifetime, d.is_void, h.today) s
 ORDER BY :order
 LIMIT :limit::int

-- name: warranty_list
-- Warranties of the caller's residences that pass the filters, those first whose last cover ends first; likewise.
-- id: d.id
-- order: expires_on date CASE WHEN d.is_lifetime THEN 'infinity' ELSE coalesce(d.last_ends_on, 'infinity') END
-- order: -expires_on date CASE WHEN d.is_lifetime THEN '-infinity' ELSE coalesce(d.last_ends_on, '-infinity') END
-- order: title text d.title COLLATE hob.alphabet
-- order: -title text d.title COLLATE hob.alphabet
-- long: concat(description,covers,claims)
SELECT c.*, h.currency, s.state, s.days_left, :key
  FROM hob.my_residences(:residence_id::uuid) h
 CROSS JOIN LATERAL (
SELECT d.id
  FROM documents d
 CROSS JOIN LATERAL hob.cover_state(d.cover_ends, d.is_lifetime, d.is_void, h.today) s
 WHERE d.residence_id = h.id AND d.deleted_at IS NULL AND d.type = 'warranty'
   AND (:state::text IS NULL OR s.state = :state)
   AND (:state__in::text IS NULL OR s.state = ANY (string_to_array(:state__in, ',')))
   AND (:category::text IS NULL OR d.category = :category)
   AND (:is_active::bool IS NULL OR d.is_active = :is_active::bool)
   AND (:search::text IS NULL OR d.words LIKE ALL ((SELECT hob.patterns(:search))::text[]))
   AND :page
 ORDER BY :order
 LIMIT :limit::int) k
  JOIN documents d ON d.id = k.id
 CROSS JOIN LATERAL hob.document_card(d, h.people, h.names) c
 CROSS JOIN LATERAL hob.cover_state(d.cover_ends, d.is_lifetime, d.is_void, h.today) s
 ORDER BY :order
 LIMIT :limit::int

-- name: expiring_list
-- What ends within :days in the caller's residences, the first first: cover of documents, insurances of contractors.
-- id: e.id
-- order: ends_on date e.ends_on
SELECT e.*, :key
  FROM hob.expiring(:residence_id::uuid, :days::int) e
 WHERE :page
 ORDER BY :order
 LIMIT :limit::int

-- name: document_create
-- Makes a document in one of the caller's residences.
WITH made AS (
	INSERT INTO documents AS d (id, residence_id, type, title, description, tags, issuer, issued_on, number,
		contractor_id, task_id, category, product, brand, model, serial_numbers, purchased_on, price,
		shop, provider, claim_contact, covers, claims, created_by, created_at, updated_at)
	VALUES (:new_id::uuid, :residence_id::uuid, coalesce(:type, 'other'), :title, :description,
		:tags::text[], :issuer, :issued_on::date, :number, :contractor_id::uuid, :task_id::uuid,
		:category, :product, :brand, :model, :serial_numbers::text[], :purchased_on::date,
		:price::numeric, :shop, :provider, :claim_contact, :covers::jsonb, :claims::jsonb, hob.user_id(), :now::timestamptz, :now::timestamptz)
	RETURNING d
)
SELECT c.* FROM made, hob.document_shown(made.d) c

-- name: document_get
-- One document of the caller's residences; nothing when it is elsewhere.
SELECT c.*, a.currency, s.state, s.days_left
  FROM documents d
 CROSS JOIN LATERAL hob.around(d.residence_id) a
 CROSS JOIN LATERAL hob.document_card(d, a.people, a.names) c
 CROSS JOIN LATERAL hob.cover_state(d.cover_ends, d.is_lifetime, d.is_void, a.today) s
 WHERE d.id = :document_id::uuid AND d.deleted_at IS NULL
   AND d.residence_id = ANY (:mine)

-- name: document_update
-- Changes a document; keys absent from the body stay. Nothing when it is not in a residence where the caller may edit.
WITH changed AS (
	UPDATE documents d
	   SET (type, title, description, tags, issuer, issued_on, number, contractor_id, task_id, category, product,
		brand, model, serial_numbers, purchased_on, price, shop, provider, claim_contact, covers, claims,
		updated_at, version) =
	       (SELECT p.type, p.title, p.description, p.tags, p.issuer, p.issued_on, p.number, p.contractor_id,
		       p.task_id, p.category, p.product, p.brand, p.model, p.serial_numbers, p.purchased_on, p.price,
		       p.shop, p.provider, p.claim_contact, p.covers, p.claims, :now::timestamptz, d.version + 1
	          FROM jsonb_populate_record(d, :body::jsonb) p)
	  FROM hob.hold_links(:document_id::uuid, :body::jsonb) held
	 WHERE held AND d.id = :document_id::uuid AND d.deleted_at IS NULL
	   AND (:if_versions::int[] IS NULL OR d.version = ANY (:if_versions::int[]))
	   AND d.residence_id = ANY (:mine_as_member)
	RETURNING d
)
SELECT c.* FROM changed, hob.document_shown(changed.d) c

-- name: document_delete
-- Marks a document as deleted; nothing when the caller may not, or it is not there.
UPDATE documents d
   SET deleted_at = :now::timestamptz, updated_at = :now::timestamptz, version = version + 1
 WHERE d.id = :document_id::uuid AND d.deleted_at IS NULL
   AND (:if_versions::int[] IS NULL OR d.version = ANY (:if_versions::int[]))
   AND d.residence_id = ANY (:mine_as_member)
RETURNING d.id, ARRAY['residence:' || d.residence_id] AS _touch

-- Acts on a document. Each raises HB404 when the caller may not edit it, and leaves one as it is that is so already.

-- name: document_activate
-- What it covers counts again.
SELECT c.*
  FROM hob.change_document(:document_id::uuid, '{"is_active": true}', :now::timestamptz) d, hob.document_shown(d) c

-- name: document_deactivate
-- Nobody is reminded of it any more.
SELECT c.*
  FROM hob.change_document(:document_id::uuid, '{"is_active": false}', :now::timestamptz) d, hob.document_shown(d) c

-- name: document_void
-- What it covers is void.
SELECT c.*
  FROM hob.change_document(:document_id::uuid, '{"is_void": true}', :now::timestamptz) d, hob.document_shown(d) c

-- name: document_unvoid
-- Takes that back.
SELECT c.*
  FROM hob.change_document(:document_id::uuid, '{"is_void": false}', :now::timestamptz) d, hob.document_shown(d) c
