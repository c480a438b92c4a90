-- The kind "letter".

-- name: letter_due
-- Whom a letter goes to, with its token and its code kept as hashes; nothing when it is not to be sent.
SELECT name, address, language, who, day, about, date_us
  FROM hob.letter_due(:id::uuid, :args::jsonb, :token_hash, :code_hash)
