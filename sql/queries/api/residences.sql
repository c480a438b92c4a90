-- Residences. The policy lets an owner see a residence before the membership row exists, and
-- after it was deleted; every statement here therefore asks for the membership itself.

-- name: residence_list
-- The caller's residences, each with the numbers that residence_summary has when :include asks for them: asked
-- inside, for a condition of the join is looked at when the tasks have been counted.
-- id: r.id
-- order: name text r.name COLLATE hob.alphabet
-- order: -name text r.name COLLATE hob.alphabet
-- order: created_at timestamptz r.created_at
-- order: -created_at timestamptz r.created_at
-- long: description
SELECT c.*, s.today AS "?summary.today", s.overdue AS "?summary.overdue", s.due_soon AS "?summary.due_soon",
       s.upcoming AS "?summary.upcoming", s.in_progress AS "?summary.in_progress",
       s.expiring_warranties AS "?summary.expiring_warranties",
       'residence:' || r.id AS _hangs_on, :key
  FROM residence_members m
  JOIN residences r ON r.id = m.residence_id
 CROSS JOIN LATERAL hob.residence_card(r) c
  LEFT JOIN LATERAL (SELECT * FROM hob.open_counts(r.id, r.time_zone, :days_threshold::int, :now::timestamptz) o
	CROSS JOIN LATERAL hob.expiring_warranties(r.id, o.today) e
	WHERE 'summary' = ANY (string_to_array(:include, ','))) s ON true
 WHERE m.user_id = hob.user_id() AND NOT m.gone AND r.deleted_at IS NULL
   AND (:role::text IS NULL OR m.role::text = :role)
   AND (:type::text IS NULL OR r.type = :type)
   AND (:search::text IS NULL OR hob.folded(concat_ws(' ', r.name, r.street_address, r.city)) COLLATE "C"
	LIKE ALL ((SELECT hob.patterns(:search))::text[]))
   AND :page
 ORDER BY :order
 LIMIT :limit::int

-- name: residence_create
-- Makes a residence owned by the caller. Its zone is the caller's unless one is given, its currency and the
-- first day of its weeks those of its country, or else of the country in the caller's language tag. Not by
-- hob.residence_card: owner, role and members of the row are not to be seen yet.
WITH made AS (
	INSERT INTO residences (id, owner_id, name, type, street_address, unit, city, region,
		postal_code, country, time_zone, currency, first_weekday, bedrooms, bathrooms, floor_area,
		year_built, purchased_on, purchase_price, description, created_at, updated_at)
	SELECT :new_id::uuid, u.id, :name, coalesce(:type, 'house'), :street_address, :unit, :city,
	       :region, :postal_code, :country, coalesce(:time_zone, u.time_zone),
	       coalesce(:currency, k.currency, 'USD'), coalesce(:first_weekday, k.first_weekday, 'mon'),
	       :bedrooms::int, :bathrooms::numeric,
	       :floor_area::numeric, :year_built::int, :purchased_on::date,
	       :purchase_price::numeric, :description, :now::timestamptz, :now::timestamptz
	  FROM user_card u
	  LEFT JOIN countries k ON k.code = coalesce(:country,
		upper(substring(u.locale from '^[A-Za-z]{2,8}(?:-[A-Za-z]{4})?-([A-Za-z]{2})(?:-|$)')))
	 WHERE u.id = hob.user_id()
	RETURNING *
)
SELECT r.id, r.name, r.type, r.street_address, r.unit, r.city, r.region, r.postal_code,
       r.country::text, r.time_zone, r.currency::text, r.first_weekday, r.bedrooms, r.bathrooms, r.floor_area,
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
		currency, first_weekday, bedrooms, bathrooms, floor_area, year_built, purchased_on,
		purchase_price, description, updated_at, version) =
	       (SELECT p.name, p.type, p.street_address, p.unit, p.city, p.region, p.postal_code,
		       p.country, p.time_zone, p.currency, p.first_weekday, p.bedrooms, p.bathrooms, p.floor_area,
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
-- The caller's residences, with the number of tasks in the open columns of their boards, by the rules of
-- app/model/board.c, and of warranties that are about to end, in each residence's own zone.
-- id: r.id
-- order: name text r.name COLLATE hob.alphabet
SELECT h.id, h.name, h.role, h.time_zone, s.today, s.overdue AS "counts.overdue", s.due_soon AS "counts.due_soon",
       s.upcoming AS "counts.upcoming", s.in_progress AS "counts.in_progress",
       e.expiring_warranties AS "counts.expiring_warranties", h._cursor_key
  FROM (SELECT r.id, r.name, m.role::text, r.time_zone, :key
	  FROM residence_members m
	  JOIN residences r ON r.id = m.residence_id
	 WHERE m.user_id = hob.user_id() AND NOT m.gone AND r.deleted_at IS NULL
	   AND :page
	 ORDER BY :order
	 LIMIT :limit::int) h
 CROSS JOIN LATERAL hob.open_counts(h.id, h.time_zone, :days_threshold::int, :now::timestamptz) s
 CROSS JOIN LATERAL hob.expiring_warranties(h.id, s.today) e
 ORDER BY h._cursor_key COLLATE hob.alphabet, h.id
