-- Signing in and out of the panel.

-- name: login_find
-- The salt of whose address it is and the nonce of their codes; always one row, and `account` is whom to count.
SELECT * FROM staff.login_find(:email, :address)

-- name: login_finish
-- Begins a session for a right password and a code that was not used, else nothing; either is on record.
SELECT * FROM staff.login_finish(:email, :login_staff_id::uuid, :password_proof, :totp_step::bigint, :recovery_hmac,
	:session_id::uuid, :new_token_hash, :request_id, :address, :agent)

-- name: me
-- Who is signed in, and until when.
SELECT * FROM staff.me

-- name: logout
-- Ends this session.
SELECT * FROM staff.logout()

-- name: password_salt
-- The salt of the own password, to prove it under.
SELECT * FROM staff.password_salt()

-- name: confirm
-- Notes that the password was given again, if the proof is right; one row, which says so.
SELECT * FROM staff.confirm(:password_proof)
