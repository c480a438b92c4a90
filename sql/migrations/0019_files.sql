-- Files: bytes that people attach to documents, tasks, completions, homes and themselves.

-- One that is attached belongs to a residence; residence_id is null before that. key: its name where files are kept,
-- random.
CREATE TABLE files (
	id uuid PRIMARY KEY,
	residence_id uuid REFERENCES residences ON DELETE CASCADE,
	uploaded_by uuid NOT NULL REFERENCES users,
	key text COLLATE "C" NOT NULL UNIQUE,
	media_type text COLLATE "C" NOT NULL,
	bytes bigint NOT NULL,
	sha256 bytea NOT NULL,
	state text COLLATE "C" NOT NULL DEFAULT 'processing' CHECK (state IN ('processing', 'ready', 'refused')),
	created_at timestamptz NOT NULL DEFAULT now(),
	UNIQUE (residence_id, id)
);
ALTER TABLE files ENABLE ROW LEVEL SECURITY;
