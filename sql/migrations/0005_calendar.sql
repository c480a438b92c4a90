-- Calendar feeds: the open tasks of somebody's residences for calendar programs, which know no
-- sessions. Who has the secret of a feed reads it. Each has a name, what it shows and a secret of
-- its own.

-- Only the SHA-256 of the secret is kept. alarm_minutes: how long before a task is due.
CREATE TABLE calendar_feeds (
	id uuid PRIMARY KEY,
	user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
	name text NOT NULL,
	secret_hash text COLLATE "C" NOT NULL UNIQUE,
	residence_id uuid REFERENCES residences ON DELETE CASCADE,	-- null: all residences
	assigned_to_me bool NOT NULL DEFAULT false,
	alarm_minutes int CHECK (alarm_minutes >= 0),
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now(),
	version int NOT NULL DEFAULT 1
);
CREATE INDEX calendar_feeds_user_id_idx ON calendar_feeds (user_id, created_at);
CREATE INDEX calendar_feeds_residence_id_idx ON calendar_feeds (residence_id);
ALTER TABLE calendar_feeds ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON calendar_feeds TO hob_api, hob_jobs
	USING (user_id = hob.user_id());
