-- Invitations to residences by mail: those that were sent, for who manages a residence, and the caller's own.

-- name: invitation_list
-- The invitations to a residence, the newest first; nothing for who does not manage it.
-- id: i.id
-- order: -created_at timestamptz i.created_at
SELECT c.*, :key
  FROM invitations i
 CROSS JOIN LATERAL hob.invitation_card(i, :now::timestamptz) c
 WHERE i.residence_id = :residence_id::uuid
   AND :page
 ORDER BY :order
 LIMIT :limit::int

-- name: invitation_create
-- Invites who reads this address to a residence that the caller manages.
SELECT c.*, ARRAY['residence:' || i.residence_id] AS _touch
  FROM hob.invite(:new_id::uuid, :residence_id::uuid, :email, :role::residence_role, :share_code_hmac,
	:now::timestamptz) i
 CROSS JOIN LATERAL hob.invitation_card(i, :now::timestamptz) c

-- name: invitation_again
-- An invitation that was made; nothing for who does not manage the residence.
SELECT c.*
  FROM invitations i
 CROSS JOIN LATERAL hob.invitation_card(i, :now::timestamptz) c
 WHERE i.id = :sent_invitation_id::uuid

-- name: invitation_revoke
-- Revokes an invitation that nobody has answered; nothing when there is none of that id in the residence.
UPDATE share_codes c SET revoked_at = :now::timestamptz
 WHERE c.id = :sent_invitation_id::uuid AND c.residence_id = :residence_id::uuid AND c.email IS NOT NULL
   AND c.revoked_at IS NULL AND c.declined_at IS NULL AND c.used_count = 0
RETURNING c.id, ARRAY['residence:' || c.residence_id] AS _touch

-- name: received_invitation_list
-- The invitations that the caller may accept, the newest first; none before their address is proved.
-- id: i.id
-- order: -created_at timestamptz i.created_at
SELECT i.*, :key
  FROM hob.received_invitations(:now::timestamptz) i
 WHERE :page
 ORDER BY :order
 LIMIT :limit::int

-- name: invitation_accept
-- Makes the caller a member by an invitation to their address; HB404 for any other, HB402 when the residence is full.
SELECT n.*, hob.touch_residence(n.id) || ('user:' || hob.user_id()) AS _touch
  FROM hob.accept_invitation(:invitation_id::uuid, :now::timestamptz) AS j (residence)
 CROSS JOIN LATERAL hob.residence_now(j.residence) n

-- name: invitation_decline
-- Ends an invitation to the caller's address; HB404 for any other.
SELECT hob.decline_invitation(:invitation_id::uuid, :now::timestamptz) AS _touch
