-- What accounts are written for: letters that are asked for, and what their links and codes do.

-- name: password_forgotten
-- Asks for a letter to this address; always one row, whoever has it.
SELECT hob.ask_reset(:email) AS _asked, '{}'::text[] AS _touch

-- name: password_reset
-- Sets another password by a letter; nothing when that is not good.
SELECT r.touched AS _touch
  FROM hob.reset_password(:letter_token_hash, :email, :letter_code_hash, :new_password_hash) r

-- name: email_verify
-- Notes by a letter that its reader has the address; nothing when it is not good.
SELECT v.touched AS _touch
  FROM hob.verify_email(:letter_token_hash, :email, :letter_code_hash) v

-- name: verification_ask
-- Asks for a letter to the caller's own address; always one row.
SELECT hob.ask_verification() AS _asked, '{}'::text[] AS _touch

-- name: email_change
-- Asks for a letter to another address, under the proof of the password: HB403 for a wrong one, HB412 when the salt
-- is another by now.
SELECT hob.ask_email(:password_proof, :email) AS _asked, '{}'::text[] AS _touch

-- name: email_confirm
-- Gives an account the address that a letter went to; nothing when that is not good.
SELECT c.touched AS _touch
  FROM hob.confirm_email(:letter_token_hash, :email, :letter_code_hash) c
