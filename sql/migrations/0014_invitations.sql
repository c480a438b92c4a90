-- Invitations to residences by mail, and what `hob status` counts.

-- Also in 0012_letters, which comes first.
ALTER TABLE users ADD COLUMN IF NOT EXISTS email_verified_at timestamptz;

-- An invitation is a share code that is mailed: email, to whom. It opens the residence as any code does, and ends as
-- one; whoever has the address, and has proved it, sees it, too, and may accept or decline it without the code. The
-- code is made of the id (app/model/invitation.h), so that nobody keeps it.
ALTER TABLE share_codes
	ADD email text COLLATE "C",
	ADD declined_at timestamptz;
CREATE INDEX share_codes_email_idx ON share_codes (hob.email_key(email), created_at) WHERE email IS NOT NULL;

INSERT INTO settings (name, value) VALUES ('limit.invitations', 20);	-- that an account mails in a day
INSERT INTO job_kinds (kind) VALUES ('invitation');

-- For hob.backlog, which counts them.
CREATE INDEX deliveries_waiting_idx ON deliveries (channel) WHERE state = 'waiting';
