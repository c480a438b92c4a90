-- Invitations to residences by mail.

-- Also in 0012_letters, which comes first.
ALTER TABLE users ADD COLUMN IF NOT EXISTS email_verified_at timestamptz;
