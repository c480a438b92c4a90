-- Documents and warranties: the papers of a household, and until when they are good for something.

-- Rows come from seed/lookups.sql.
CREATE TABLE document_types (
	code text COLLATE "C" PRIMARY KEY,
	label text NOT NULL,
	position int NOT NULL,
	icon text NOT NULL
);

-- covers: a list of {kind, provider, starts_on, ends_on, lifetime, terms}, each with a last day or for life; claims: a
-- list of {on, status, outcome, replacement}. They are read and written as a whole, so they are no tables. is_lifetime,
-- cover_ends (the last days of the lines, each once, in order) and last_ends_on (the last of these) repeat what covers
-- says: a trigger keeps them, for reminders, states and lists. words: what a search looks in, kept by a trigger.
CREATE TABLE documents (
	id uuid PRIMARY KEY,
	residence_id uuid NOT NULL REFERENCES residences ON DELETE CASCADE,
	type text COLLATE "C" NOT NULL DEFAULT 'other' REFERENCES document_types,
	title text NOT NULL,
	description text,
	tags text[] NOT NULL DEFAULT '{}',
	issuer text,
	issued_on date,
	number text,
	contractor_id uuid,
	task_id uuid,
	category text COLLATE "C" REFERENCES task_categories,
	product text,
	brand text,
	model text,
	serial_numbers text[] NOT NULL DEFAULT '{}',
	purchased_on date,
	price numeric(14, 2),
	shop text,
	provider text,
	claim_contact text,
	covers jsonb NOT NULL DEFAULT '[]',
	claims jsonb NOT NULL DEFAULT '[]',
	is_void bool NOT NULL DEFAULT false,
	is_active bool NOT NULL DEFAULT true,
	is_lifetime bool NOT NULL DEFAULT false,
	cover_ends date[] NOT NULL DEFAULT '{}',
	last_ends_on date,
	created_by uuid NOT NULL REFERENCES users,
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now(),
	deleted_at timestamptz,
	version int NOT NULL DEFAULT 1,
	changed xid8 NOT NULL DEFAULT pg_current_xact_id(),
	words text COLLATE "C" NOT NULL DEFAULT '',
	UNIQUE (residence_id, id),
	CONSTRAINT documents_contractor_id_fkey FOREIGN KEY (residence_id, contractor_id)
		REFERENCES contractors (residence_id, id) ON DELETE SET NULL (contractor_id),
	CONSTRAINT documents_task_id_fkey FOREIGN KEY (residence_id, task_id)
		REFERENCES tasks (residence_id, id) ON DELETE SET NULL (task_id)
);
-- The order in which a delta reads; it counts the documents that are kept, too.
CREATE INDEX documents_changed_idx ON documents (residence_id, changed) WHERE deleted_at IS NULL;
-- What of a residence can still expire.
CREATE INDEX documents_last_ends_on_idx ON documents (residence_id, last_ends_on)
	WHERE deleted_at IS NULL AND is_active AND NOT is_void AND last_ends_on IS NOT NULL;
CREATE INDEX documents_contractor_id_idx ON documents (residence_id, contractor_id) WHERE contractor_id IS NOT NULL;
CREATE INDEX documents_task_id_idx ON documents (residence_id, task_id) WHERE task_id IS NOT NULL;

-- The insurances that can still expire, of a residence and of somebody's own contractors.
CREATE INDEX contractors_insurance_idx ON contractors (residence_id, insurance_expires_on)
	WHERE deleted_at IS NULL AND insurance_expires_on IS NOT NULL;
CREATE INDEX contractors_own_insurance_idx ON contractors (created_by, insurance_expires_on)
	WHERE residence_id IS NULL AND deleted_at IS NULL AND insurance_expires_on IS NOT NULL;

-- --- policies -----------------------------------------------------------------------------

ALTER TABLE documents ENABLE ROW LEVEL SECURITY;
CREATE POLICY members ON documents FOR SELECT TO hob_api, hob_jobs
	USING (residence_id = ANY (ARRAY(
		SELECT m.residence_id FROM residence_members m
		 WHERE m.user_id = hob.user_id() AND NOT m.gone)));
CREATE POLICY make ON documents FOR INSERT TO hob_api
	WITH CHECK (created_by = hob.user_id() AND residence_id = ANY (ARRAY(
		SELECT m.residence_id FROM residence_members m
		 WHERE m.user_id = hob.user_id() AND NOT m.gone AND m.role >= 'member')));
CREATE POLICY edit ON documents FOR UPDATE TO hob_api
	USING (residence_id = ANY (ARRAY(
		SELECT m.residence_id FROM residence_members m
		 WHERE m.user_id = hob.user_id() AND NOT m.gone AND m.role >= 'member')));
CREATE POLICY exporting ON documents AS RESTRICTIVE FOR SELECT TO hob_jobs USING ((SELECT hob.is_exporting()));
