-- When what has a day is next to be looked at for reminders, and how long before its day a task is reminded of.

-- A row for each open thing with a day (hob.dated), narrow, for it moves often. next_at: nobody has to be told anything
-- earlier; infinity when there is nothing to come. since: what was to be told until then is not told any more, for the
-- thing had another day, or was not there. No foreign key: rows go with their things, by triggers, or else when they
-- are next looked at.
CREATE TABLE reminders (
	residence_id uuid NOT NULL,
	subject_id uuid NOT NULL,
	kind text COLLATE "C" NOT NULL,
	next_at timestamptz NOT NULL,
	since timestamptz NOT NULL,
	PRIMARY KEY (residence_id, subject_id, kind)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX reminders_next_at_idx ON reminders (next_at) WHERE next_at < 'infinity';
INSERT INTO job_kinds (kind) VALUES ('remind');

-- As preferences have them, with commas; null: as each member wants it, empty: not before it is overdue.
ALTER TABLE tasks ADD remind_before text COLLATE "C"
	CONSTRAINT tasks_remind_before_check CHECK (remind_before ~ '^(P[0-9]{1,2}D(,P[0-9]{1,2}D)*)?$');

-- What lay behind at that moment is not told: here for things of all who have a role, when theirs rose; null: never.
ALTER TABLE residence_members ADD remind_since timestamptz;
-- And as each wants it themselves, when remind_days became another list.
ALTER TABLE users ADD remind_since timestamptz;

-- Rows are the business of the functions that are granted.
ALTER TABLE reminders ENABLE ROW LEVEL SECURITY;
