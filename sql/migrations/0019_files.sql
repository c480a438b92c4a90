-- Files: bytes that people attach to documents, tasks, completions, homes and themselves.

-- One file as people know it: what was sent. residence_id: of what it is attached to; null before that. state: nobody but
-- who sent it sees one before it is ready, that is before hob-image has made clean copies; reason: why it was refused.
CREATE TABLE files (
	id uuid PRIMARY KEY,
	residence_id uuid REFERENCES residences ON DELETE CASCADE,
	uploaded_by uuid NOT NULL REFERENCES users,
	purpose text COLLATE "C" NOT NULL DEFAULT 'staged',
	name text,
	media_type text COLLATE "C" NOT NULL,
	bytes bigint NOT NULL,
	sha256 bytea NOT NULL,
	state text COLLATE "C" NOT NULL DEFAULT 'processing' CHECK (state IN ('processing', 'ready', 'refused')),
	reason text COLLATE "C",
	created_at timestamptz NOT NULL DEFAULT now(),
	UNIQUE (residence_id, id)
);
ALTER TABLE files ENABLE ROW LEVEL SECURITY;

-- What is kept of it: first the bytes as they were sent, on the host that took them; behind hob-image the clean ones
-- instead, and smaller pictures. key: "ab/cd/" and a random name, where store says.
CREATE TABLE file_copies (
	file_id uuid NOT NULL REFERENCES files ON DELETE CASCADE,
	variant text COLLATE "C" NOT NULL CHECK (variant IN ('sent', 'main', 'display', 'thumb')),
	key text COLLATE "C" NOT NULL UNIQUE,
	store text COLLATE "C" NOT NULL CHECK (store IN ('directory', 's3')),
	host text COLLATE "C",
	media_type text COLLATE "C" NOT NULL,
	bytes bigint NOT NULL,
	sha256 bytea NOT NULL,
	width int,
	height int,
	PRIMARY KEY (file_id, variant)
);
ALTER TABLE file_copies ENABLE ROW LEVEL SECURITY;

-- Bytes whose row is gone, or names others, to be removed (functions/file_keeping.sql). host: of the row, where it had one.
CREATE TABLE file_leavings (
	key text COLLATE "C" PRIMARY KEY,
	store text COLLATE "C" NOT NULL,
	host text COLLATE "C",
	since timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE file_leavings ENABLE ROW LEVEL SECURITY;

-- Makes clean copies of what was sent (app/jobs/image.c).
INSERT INTO job_kinds (kind) VALUES ('image');

-- Removes them, and what hangs on nothing for too long (app/jobs/file_sweep.c).
INSERT INTO job_kinds (kind, every, at_time) VALUES ('file_sweep', '1 hour', '35 minutes');
