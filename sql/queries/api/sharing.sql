-- Who belongs to a home, and the codes by which somebody joins. What changes memberships is
-- done by functions that lock the home first (migrations/0005_sharing.sql).

-- name: member_list
-- Those who belong to a home of the caller's, the most powerful first.
-- id: m.user_id
-- order: role text (array_position('{owner,manager,member,viewer}', m.role::text) || ' ' || p.name) COLLATE hob.alphabet
SELECT m.residence_id || ':' || m.user_id AS id, m.residence_id, m.user_id AS "user.id",
       p.name AS "user.name", m.role::text AS role, m.joined_at, m.user_id AS _cursor_id, :key
  FROM residence_members m
  JOIN residence_people p ON (p.residence_id, p.user_id) = (m.residence_id, m.user_id)
 WHERE m.residence_id = :residence_id::uuid AND NOT m.gone
   AND EXISTS (SELECT FROM residence_members me
		WHERE me.residence_id = m.residence_id AND me.user_id = hob.user_id() AND NOT me.gone)
   AND :page
 ORDER BY :order
 LIMIT :limit::int

-- name: member_get
-- One member of a residence of the caller's; nothing when they do not belong to it.
SELECT m.residence_id || ':' || m.user_id AS id, m.residence_id, m.user_id AS "user.id",
       p.name AS "user.name", m.role::text AS role, m.joined_at
  FROM residence_members m
  JOIN residence_people p ON (p.residence_id, p.user_id) = (m.residence_id, m.user_id)
 WHERE m.residence_id = :residence_id::uuid AND m.user_id = :user_id::uuid AND NOT m.gone

-- name: member_set_role
-- Changes the role of a member; HB404 for somebody else, HB409 for the owner.
WITH done AS MATERIALIZED (
	SELECT hob.set_role(:residence_id::uuid, :user_id::uuid, :role::text::residence_role) AS touched
)
SELECT :residence_id::uuid || ':' || p.user_id AS id, p.residence_id, p.user_id AS "user.id",
       p.name AS "user.name", coalesce(:role::text, m.role::text) AS role, m.joined_at, d.touched AS _touch
  FROM done d
  JOIN residence_people p ON p.residence_id = :residence_id::uuid AND p.user_id = :user_id::uuid
  JOIN residence_members m ON (m.residence_id, m.user_id) = (p.residence_id, p.user_id)

-- name: member_remove
-- Ends a membership; HB404 for somebody else, HB409 for the owner.
SELECT hob.remove_member(:residence_id::uuid, :user_id::uuid, :now::timestamptz) AS _touch

-- name: residence_leave
-- Ends the caller's own membership; HB409 for the owner.
SELECT hob.leave(:residence_id::uuid, :now::timestamptz) AS _touch

-- name: residence_transfer
-- Makes a member the owner and the owner a manager; HB404 for somebody else.
SELECT n.*, t.touched AS _touch
  FROM hob.transfer(:residence_id::uuid, :user_id::uuid, :now::timestamptz) AS t (touched)
 CROSS JOIN LATERAL hob.residence_now(CASE WHEN t.touched IS NOT NULL
	THEN :residence_id::uuid END) n

-- name: share_code_list
-- The codes of a home, the newest first, and who used them, the last twenty of each; nothing for
-- who does not manage it.
-- id: c.id
-- order: -created_at timestamptz c.created_at
SELECT c.id, c.residence_id, c.role::text AS role, c.created_by AS "created_by.id",
       p.name AS "created_by.name", c.created_at, c.expires_at, c.max_uses, c.used_count,
       hob.share_code_state(c.revoked_at, c.expires_at, c.used_count, c.max_uses,
		:now::timestamptz) AS state,
       coalesce((SELECT json_agg(json_build_object('user', json_build_object('id', u.user_id,
			'name', w.name), 'used_at', to_char(u.used_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
			ORDER BY u.used_at)
		   FROM (SELECT * FROM share_code_uses u WHERE u.share_code_id = c.id
			  ORDER BY u.used_at DESC LIMIT 20) u
		   JOIN residence_people w
		     ON (w.residence_id, w.user_id) = (u.residence_id, u.user_id)), '[]') AS uses, :key
  FROM share_codes c
  JOIN residence_people p ON (p.residence_id, p.user_id) = (c.residence_id, c.created_by)
 WHERE c.residence_id = :residence_id::uuid
   AND :page
 ORDER BY :order
 LIMIT :limit::int

-- name: share_code_create
-- Makes a code for a home that the caller manages; it is shown here and never again.
WITH made AS (
	INSERT INTO share_codes (id, residence_id, role, code_hmac, created_by, created_at,
		expires_at, max_uses)
	VALUES (:new_id::uuid, :residence_id::uuid, :role::residence_role, :share_code_hmac,
		hob.user_id(), :now::timestamptz,
		:now::timestamptz + :expires_in_hours::int * interval '1 hour', :max_uses::int)
	RETURNING id, residence_id, role, created_by, created_at, expires_at, max_uses, used_count
)
SELECT c.id, c.residence_id, c.role::text AS role, c.created_by AS "created_by.id",
       p.name AS "created_by.name", c.created_at, c.expires_at, c.max_uses, c.used_count,
       'active' AS state, '[]'::json AS uses, :share_code::text AS code,
       ARRAY['residence:' || c.residence_id] AS _touch
  FROM made c
  JOIN residence_people p ON (p.residence_id, p.user_id) = (c.residence_id, c.created_by)

-- name: share_code_revoke
-- Revokes a code that still works; nothing when there is none of that id in the home.
UPDATE share_codes c SET revoked_at = :now::timestamptz
 WHERE c.id = :share_code_id::uuid AND c.residence_id = :residence_id::uuid
   AND c.revoked_at IS NULL
RETURNING c.id, ARRAY['residence:' || c.residence_id] AS _touch

-- name: share_code_preview
-- What a code opens; HB404 when it does not. Changes nothing.
SELECT name AS "residence.name", owner_name AS "residence.owner_name", member_count, role,
       '{}'::text[] AS _touch
  FROM hob.preview_share_code(:share_code_hmac, :now::timestamptz)

-- name: residence_join
-- Makes the caller a member by a code. HB404 when it does not open, HB409 for a member, HB402
-- when the home is full.
SELECT n.*, hob.touch_residence(n.id) || ('user:' || hob.user_id()) AS _touch
  FROM hob.join_home(:share_code_hmac, :now::timestamptz) AS j (home)
 CROSS JOIN LATERAL hob.residence_now(j.home) n
