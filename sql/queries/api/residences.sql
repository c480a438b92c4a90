-- Residences. The policy lets an owner see a residence before the membership row exists, and
-- after it was deleted; every statement here therefore asks for the membership itself.

-- name: residence_list
-- The caller's residences.
-- id: r.id
-- order: name text r.name COLLATE hob.alphabet
-- order: -name text r.name COLLATE hob.alphabet
-- order: created_at timestamptz r.created_at
-- order: -created_at timestamptz r.created_at
-- long: description
SELECT c.*, 'residence:' || r.id AS _hangs_on, :key
  FROM residence_members m
  JOIN residences r ON r.id = m.residence_id
 CROSS JOIN LATERAL hob.residence_card(r) c
 WHERE m.user_id = hob.user_id() AND NOT m.gone AND r.deleted_at IS NULL
   AND (:role::text IS NULL OR m.role::text = :role)
   AND (:type::text IS NULL OR r.type = :type)
   AND (:search::text IS NULL OR hob.folded(concat_ws(' ', r.name, r.street_address, r.city)) COLLATE "C"
	LIKE ALL ((SELECT hob.patterns(:search))::text[]))
   AND :page
 ORDER BY :order
 LIMIT :limit::int

-- name: residence_create
-- Makes a residence owned by the caller. Its zone is the caller's unless one is given. Not by
-- hob.residence_card: owner, role and members of the row are not to be seen yet.
WITH made AS (
	INSERT INTO residences (id, owner_id, name, type, street_address, unit, city, region,
		postal_code, country, time_zone, currency, bedrooms, bathrooms, floor_area,
		year_built, purchased_on, purchase_price, description, created_at, updated_at)
	SELECT :new_id::uuid, u.id, :name, coalesce(:type, 'house'), :street_address, :unit, :city,
	       :region, :postal_code, :country, coalesce(:time_zone, u.time_zone),
	       coalesce(:currency, 'USD'), :bedrooms::int, :bathrooms::numeric,
	       :floor_area::numeric, :year_built::int, :purchased_on::date,
	       :purchase_price::numeric, :description, :now::timestamptz, :now::timestamptz
	  FROM user_card u
	 WHERE u.id = hob.user_id()
	RETURNING *
)
SELECT r.id, r.name, r.type, r.street_address, r.unit, r.city, r.region, r.postal_code,
       r.country::text, r.time_zone, r.currency::text, r.bedrooms, r.bathrooms, r.floor_area,
       r.year_built, r.purchased_on, r.purchase_price, r.description, u.id AS "owner.id",
       u.name AS "owner.name", 'owner' AS role, 1 AS member_count, r.created_at, r.updated_at,
       r.version, ARRAY['user:' || u.id, 'residence:' || r.id] AS _touch
  FROM made r
  JOIN user_card u ON u.id = r.owner_id

-- name: residence_get
-- One residence of the caller; nothing when it is not, or deleted.
SELECT c.*
  FROM residence_members m
  JOIN residences r ON r.id = m.residence_id
 CROSS JOIN LATERAL hob.residence_card(r) c
 WHERE m.user_id = hob.user_id() AND NOT m.gone AND r.id = :residence_id::uuid
   AND r.deleted_at IS NULL

-- name: residence_update
-- Changes a residence; keys absent from the body stay. Nothing when it is not the caller's.
WITH changed AS (
	UPDATE residences r
	   SET (name, type, street_address, unit, city, region, postal_code, country, time_zone,
		currency, bedrooms, bathrooms, floor_area, year_built, purchased_on,
		purchase_price, description, updated_at, version) =
	       (SELECT p.name, p.type, p.street_address, p.unit, p.city, p.region, p.postal_code,
		       p.country, p.time_zone, p.currency, p.bedrooms, p.bathrooms, p.floor_area,
		       p.year_built, p.purchased_on, p.purchase_price, p.description,
		       :now::timestamptz, r.version + 1
	          FROM jsonb_populate_record(r, :body::jsonb) p)
	 WHERE r.id = :residence_id::uuid AND r.deleted_at IS NULL
	   AND (:if_versions::int[] IS NULL OR r.version = ANY (:if_versions::int[]))
	   AND r.id = ANY (:mine_as_manager)
	RETURNING r
)
SELECT c.*, hob.touch_residence(c.id) AS _touch FROM changed, hob.residence_card(changed.r) c

-- name: residence_delete
-- Marks a residence of the caller as deleted; memberships go with it. Nothing when it is not
-- theirs, or deleted already.
UPDATE residences r
   SET deleted_at = :now::timestamptz, updated_at = :now::timestamptz, version = version + 1
 WHERE r.id = :residence_id::uuid AND r.owner_id = hob.user_id() AND r.deleted_at IS NULL
   AND (:if_versions::int[] IS NULL OR r.version = ANY (:if_versions::int[]))
RETURNING r.id, hob.touch_residence(r.id) AS _touch

-- name: residence_summary
-- The caller's residences, with the number of tasks in the open columns of their boards. The rules are those of
-- app/model/board.c, in each residence's own zone.
-- id: r.id
-- order: name text r.name COLLATE hob.alphabet
SELECT h.id, h.name, h.role, h.time_zone, h.today,
       count(*) FILTER (WHERE o.state = 'pending' AND o.overdue)::int AS "counts.overdue",
       count(*) FILTER (WHERE o.state = 'pending' AND NOT o.overdue
		AND o.due_on < h.today + coalesce(:days_threshold::int, 30))::int
		AS "counts.due_soon",
       count(*) FILTER (WHERE o.state = 'pending' AND NOT o.overdue
		AND o.due_on < h.today + coalesce(:days_threshold::int, 30) IS NOT TRUE)::int
		AS "counts.upcoming",
       count(*) FILTER (WHERE o.state = 'in_progress')::int AS "counts.in_progress", h._cursor_key
  FROM (SELECT r.id, r.name, m.role::text, r.time_zone,
	       (now() AT TIME ZONE r.time_zone)::date AS today, :key
	  FROM residence_members m
	  JOIN residences r ON r.id = m.residence_id
	 WHERE m.user_id = hob.user_id() AND NOT m.gone AND r.deleted_at IS NULL
	   AND :page
	 ORDER BY :order
	 LIMIT :limit::int) h
  LEFT JOIN LATERAL (
	SELECT t.state, t.due_on,
	       hob.is_overdue(t, h.today, h.time_zone) AS overdue
	  FROM tasks t
	 WHERE t.residence_id = h.id AND t.deleted_at IS NULL AND NOT t.archived AND t.state <> 'cancelled'
	   AND NOT t.completed AND hob.is_hidden(t, h.today) IS NOT TRUE) o ON true
 GROUP BY h.id, h.name, h.role, h.time_zone, h.today, h._cursor_key
 ORDER BY h._cursor_key COLLATE hob.alphabet, h.id
