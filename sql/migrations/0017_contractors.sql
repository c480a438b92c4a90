-- Contractors: who works for a household.

-- residence_id: null while it is its creator's alone.
CREATE TABLE contractors (
	id uuid PRIMARY KEY,
	residence_id uuid REFERENCES residences ON DELETE CASCADE,
	name text NOT NULL,
	created_by uuid NOT NULL REFERENCES users,
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now(),
	deleted_at timestamptz,
	version int NOT NULL DEFAULT 1,
	changed xid8 NOT NULL DEFAULT pg_current_xact_id(),
	UNIQUE (residence_id, id)
);
ALTER TABLE contractors ENABLE ROW LEVEL SECURITY;
