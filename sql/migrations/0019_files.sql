-- Files: bytes that people attach to documents, tasks, completions, homes and themselves.

-- One file as people know it: what was sent, and, once it is ready, the main one of its copies. purpose: what it hangs
-- on; "staged" is nothing yet, for a day at most. residence_id: of that; null of what is staged, and of avatars, which
-- are of who sent them and out of reach of a narrowed access token. state: nobody but who sent it sees one, or learns
-- of it, before it is ready, that is before hob-image has made clean copies; reason: why it was refused. bytes: of what
-- was sent or the main copy; kept_bytes: what all its copies take now, and is charged for it.
CREATE TABLE files (
	id uuid PRIMARY KEY,
	residence_id uuid REFERENCES residences ON DELETE CASCADE,
	uploaded_by uuid NOT NULL REFERENCES users,
	purpose text COLLATE "C" NOT NULL DEFAULT 'staged',
	document_id uuid,
	task_id uuid,
	completion_id uuid,
	on_id uuid GENERATED ALWAYS AS (coalesce(document_id, task_id, completion_id,
		CASE purpose WHEN 'residence' THEN residence_id WHEN 'avatar' THEN uploaded_by END)) STORED,
	name text,
	media_type text COLLATE "C" NOT NULL,
	bytes bigint NOT NULL,
	kept_bytes bigint NOT NULL DEFAULT 0,
	sha256 bytea NOT NULL,
	state text COLLATE "C" NOT NULL DEFAULT 'processing' CHECK (state IN ('processing', 'ready', 'refused')),
	reason text COLLATE "C",
	created_at timestamptz NOT NULL DEFAULT now(),
	changed xid8 NOT NULL DEFAULT pg_current_xact_id(),
	UNIQUE (residence_id, id),
	FOREIGN KEY (residence_id, document_id) REFERENCES documents (residence_id, id) ON UPDATE CASCADE ON DELETE CASCADE,
	FOREIGN KEY (residence_id, task_id) REFERENCES tasks (residence_id, id) ON UPDATE CASCADE ON DELETE CASCADE,
	FOREIGN KEY (residence_id, completion_id) REFERENCES completions (residence_id, id)
		ON UPDATE CASCADE ON DELETE CASCADE,
	CONSTRAINT files_purpose_check CHECK (purpose IN ('staged', 'document', 'task', 'completion', 'residence', 'avatar')
		AND (document_id IS NOT NULL) = (purpose = 'document') AND (task_id IS NOT NULL) = (purpose = 'task')
		AND (completion_id IS NOT NULL) = (purpose = 'completion')
		AND (residence_id IS NULL) = (purpose IN ('staged', 'avatar')))
);
CREATE INDEX files_on_id_idx ON files (on_id, created_at, id);
CREATE INDEX files_uploaded_by_idx ON files (uploaded_by, created_at) WHERE residence_id IS NULL;
-- What is deleted a day after it was sent.
CREATE INDEX files_passing_idx ON files (created_at) WHERE purpose = 'staged' OR state = 'refused';
CREATE INDEX files_processing_idx ON files (uploaded_by) WHERE state = 'processing';
CREATE INDEX files_sent_idx ON files (uploaded_by, id);
CREATE INDEX files_changed_idx ON files (residence_id, changed);
-- What has no key: cascades look here.
CREATE INDEX files_document_id_idx ON files (residence_id, document_id) WHERE document_id IS NOT NULL;
CREATE INDEX files_task_id_idx ON files (residence_id, task_id) WHERE task_id IS NOT NULL;
CREATE INDEX files_completion_id_idx ON files (residence_id, completion_id) WHERE completion_id IS NOT NULL;
ALTER TABLE files ENABLE ROW LEVEL SECURITY;
CREATE POLICY members ON files FOR SELECT TO hob_api, hob_jobs
	USING (residence_id = ANY (ARRAY(
		SELECT m.residence_id FROM residence_members m
		 WHERE m.user_id = hob.user_id() AND NOT m.gone)) AND (state = 'ready' OR uploaded_by = hob.user_id())
	OR residence_id IS NULL AND uploaded_by = hob.user_id() AND hob.within() IS NULL);
CREATE POLICY exporting ON files AS RESTRICTIVE FOR SELECT TO hob_jobs USING ((SELECT hob.is_exporting()));

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

-- Ready pictures that hang on it, and the oldest of them (hob.count_photos): a board that had to look there would be
-- slow.
ALTER TABLE tasks ADD photo_count int NOT NULL DEFAULT 0, ADD first_photo_id uuid;
ALTER TABLE completions ADD photo_count int NOT NULL DEFAULT 0, ADD first_photo_id uuid;

-- Bytes without a row, to be removed (functions/file_keeping.sql): their row is gone or names others, or is still to
-- come. host: of the disk where they are, null in a bucket. removing: a sweep is at it, and no row may name them any
-- more. sent_by: whose file they were, and who has so much less room until they are gone; null where nobody has.
CREATE TABLE file_leavings (
	key text COLLATE "C" PRIMARY KEY,
	store text COLLATE "C" NOT NULL,
	host text COLLATE "C",
	sent_by uuid,
	bytes bigint NOT NULL DEFAULT 0,
	since timestamptz NOT NULL DEFAULT now(),
	removing bool NOT NULL DEFAULT false
);
CREATE INDEX file_leavings_sent_by_idx ON file_leavings (sent_by);
ALTER TABLE file_leavings ENABLE ROW LEVEL SECURITY;

-- How far the search for bytes that nothing here tells of has come (app/jobs/file_walk.c). host: '' of a bucket;
-- behind: the key up to which all has been looked at.
CREATE TABLE file_walks (
	store text COLLATE "C" NOT NULL,
	host text COLLATE "C" NOT NULL,
	behind text COLLATE "C" NOT NULL DEFAULT '',
	ended_at timestamptz,
	PRIMARY KEY (store, host)
);
ALTER TABLE file_walks ENABLE ROW LEVEL SECURITY;

INSERT INTO settings (name, value) VALUES
	('limit.files', 50),		-- that hang on one thing
	('limit.staged_files', 20),	-- of an account, that hang on nothing yet
	('limit.staged_mib', 256),	-- and MiB of these
	('limit.processing_files', 20),	-- of an account, that wait for hob-image
	('limit.leaving_mib', 512);	-- MiB of deleted files of an account that are not removed yet

-- Removes them, and what hangs on nothing for too long (app/jobs/file_sweep.c).
INSERT INTO job_kinds (kind, every, at_time) VALUES ('file_sweep', '5 minutes', '2 minutes');

-- Makes clean copies of what was sent (app/jobs/image.c).
INSERT INTO job_kinds (kind) VALUES ('image');
