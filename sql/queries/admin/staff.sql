-- What somebody of staff signs in with. Its secrets are made by the program, and come here as hashes.

-- name: staff_create
-- Makes somebody; HB409 when another has this address.
SELECT f.* FROM staff.create_staff(:new_id::uuid, :body::jsonb, :password_hash, :totp_nonce, :recovery_hmacs::text[]) f

-- name: staff_made
-- Who was made.
SELECT v.* FROM staff.staff v WHERE v.id = :new_id::uuid

-- name: staff_reset
-- Gives somebody new credentials; nothing when there is nobody such.
SELECT f.* FROM staff.reset_staff(:subject_id::uuid, :password_hash, :totp_nonce, :recovery_hmacs::text[]) f
