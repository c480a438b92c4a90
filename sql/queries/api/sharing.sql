-- Members of a residence, and the codes by which somebody joins. Memberships are changed by functions
-- that lock the residence first (functions/sharing.sql).

-- name: member_list
-- Those who belong to a residence of the caller's, the most powerful first.
-- id: m.user_id
-- order: role text (array_position('{owner,manager,member,viewer}', m.role::text) || ' ' || p.name) COLLATE hob.alphabet
SELECT c.*, m.user_id AS _cursor_id, :key
  FROM residence_members m
  JOIN residence_people p ON (p.residence_id, p.user_id) = (m.residence_id, m.user_id)
 CROSS JOIN LATERAL hob.member_card(m, p.name) c
 WHERE m.residence_id = :residence_id::uuid AND NOT m.gone
   AND EXISTS (SELECT FROM residence_members me
		WHERE me.residence_id = m.residence_id AND me.user_id = hob.user_id() AND NOT me.gone)
   AND :page
 ORDER BY :order
 LIMIT :limit::int

-- name: member_get
-- One member of a residence of the caller's; nothing when they do not belong to it.
SELECT c.*
  FROM residence_members m
  JOIN residence_people p ON (p.residence_id, p.user_id) = (m.residence_id, m.user_id)
 CROSS JOIN LATERAL hob.member_card(m, p.name) c
 WHERE m.residence_id = :residence_id::uuid AND m.user_id = :user_id::uuid AND NOT m.gone

-- name: member_set_role
-- Changes the role of a member; HB404 for somebody else, HB409 for the owner.
WITH done AS MATERIALIZED (
	SELECT hob.set_role(:residence_id::uuid, :user_id::uuid, :role::text::residence_role) AS touched
)
SELECT c.*, d.touched AS _touch
  FROM done d
  JOIN residence_people p ON p.residence_id = :residence_id::uuid AND p.user_id = :user_id::uuid
  JOIN residence_members m ON (m.residence_id, m.user_id) = (p.residence_id, p.user_id)
 CROSS JOIN LATERAL hob.member_card(
	jsonb_populate_record(m, jsonb_build_object('role', :role::text)), p.name) c

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
-- The codes of a residence, the newest first, and who used them, the last twenty of each; nothing for
-- who does not manage it.
-- id: c.id
-- order: -created_at timestamptz c.created_at
SELECT d.*, :key
  FROM share_codes_shown c
 CROSS JOIN LATERAL hob.share_code_card(c, :now::timestamptz) d
 WHERE c.residence_id = :residence_id::uuid
   AND :page
 ORDER BY :order
 LIMIT :limit::int

-- name: share_code_create
-- Makes a code for a residence that the caller manages; it is shown here and never again.
WITH made AS (
	INSERT INTO share_codes (id, residence_id, role, code_hmac, created_by, created_at,
		expires_at, max_uses)
	VALUES (:new_id::uuid, :residence_id::uuid, :role::residence_role, :share_code_hmac,
		hob.user_id(), :now::timestamptz,
		:now::timestamptz + :expires_in_hours::int * interval '1 hour', :max_uses::int)
	RETURNING id, residence_id, role, created_by, created_at, expires_at, max_uses, used_count, revoked_at
)
SELECT c.*, :share_code::text AS code, false AS already_shown, ARRAY['residence:' || c.residence_id] AS _touch
  FROM made
 CROSS JOIN LATERAL hob.share_code_card(ROW(made.*)::share_codes_shown, :now::timestamptz) c

-- name: share_code_again
-- The code that was made, without what was shown that once; nothing for who does not manage the residence.
SELECT d.*, NULL::text AS code, true AS already_shown
  FROM share_codes_shown c
 CROSS JOIN LATERAL hob.share_code_card(c, :now::timestamptz) d
 WHERE c.id = :share_code_id::uuid

-- name: share_code_revoke
-- Revokes a code that still works; nothing when there is none of that id in the residence.
UPDATE share_codes c SET revoked_at = :now::timestamptz
 WHERE c.id = :share_code_id::uuid AND c.residence_id = :residence_id::uuid
   AND c.revoked_at IS NULL AND c.email IS NULL
RETURNING c.id, ARRAY['residence:' || c.residence_id] AS _touch

-- name: share_code_preview
-- Shows what a code opens; HB404 when it does not. Changes nothing.
SELECT i.name AS "residence.name", i.owner_name AS "residence.owner_name", i.member_count, i.role,
       '{}'::text[] AS _touch
  FROM hob.preview_share_code(:share_code_hmac, :now::timestamptz) p (code)
 CROSS JOIN LATERAL hob.invitation(p.code, :share_code_hmac) i

-- name: share_code_preview_again
-- What the code opened when it was looked at under this key, as that is now.
SELECT i.name AS "residence.name", i.owner_name AS "residence.owner_name", i.member_count, i.role
  FROM hob.invitation(:share_code_id::uuid, :share_code_hmac) i

-- name: residence_join
-- Makes the caller a member by a code. HB404 when it does not open, HB409 for a member, HB402
-- when the residence is full.
SELECT n.*, hob.touch_residence(n.id) || ('user:' || hob.user_id()) AS _touch
  FROM hob.join_residence(:share_code_hmac, :now::timestamptz) AS j (residence)
 CROSS JOIN LATERAL hob.residence_now(j.residence) n
