-- Copies of all that an account may read, as files (functions/exports.sql).

-- An account has one at a time. The file of its name is made by the job of its id; made_at: since when it is there. It
-- is good for a day, and goes with its row: the sweep of files deletes each that has none (app/jobs/export.c).
CREATE TABLE exports (
	id uuid PRIMARY KEY,
	user_id uuid NOT NULL UNIQUE REFERENCES users ON DELETE CASCADE,
	created_at timestamptz NOT NULL,
	made_at timestamptz,
	bytes bigint
);
CREATE INDEX exports_made_at_idx ON exports (made_at);

-- No policy: rows are the business of functions with the owner's rights.
ALTER TABLE exports ENABLE ROW LEVEL SECURITY;

INSERT INTO job_kinds (kind) VALUES ('export');
INSERT INTO job_kinds (kind, every, at_time) VALUES ('export_sweep', '1 hour', '20 minutes');
