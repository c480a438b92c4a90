-- Documents and warranties: the papers of a household.

CREATE TABLE documents (
	id uuid PRIMARY KEY,
	residence_id uuid NOT NULL REFERENCES residences ON DELETE CASCADE,
	title text NOT NULL,
	created_by uuid NOT NULL REFERENCES users,
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now(),
	deleted_at timestamptz,
	version int NOT NULL DEFAULT 1,
	changed xid8 NOT NULL DEFAULT pg_current_xact_id(),
	UNIQUE (residence_id, id)
);
ALTER TABLE documents ENABLE ROW LEVEL SECURITY;
