-- Contractors: who works for a household.

-- What somebody does for a living: rows come from seed/lookups.sql.
CREATE TABLE specialties (
	code text COLLATE "C" PRIMARY KEY,
	label text NOT NULL,
	position int NOT NULL,
	icon text NOT NULL,
	version int NOT NULL DEFAULT 1
);

-- residence_id: null while it is its creator's alone. phones: a list of {label, number}. specialties: codes; no foreign
-- key holds the items of an array, so a trigger looks (functions/contractors.sql).
--
-- rating_count and rating_sum repeat what contractor_opinions says, job_count, total_spend and last_used_on what
-- completions say: lists sort by them, and a copy of the card must be told when they move. Triggers keep them. They make
-- no version, for nobody who edits a contractor writes them. A contractor that was deleted keeps its row: completions
-- name it, and of what was its creator's alone it is the tombstone, for 90 days.
CREATE TABLE contractors (
	id uuid PRIMARY KEY,
	residence_id uuid REFERENCES residences ON DELETE CASCADE,
	name text NOT NULL,
	company text,
	contact_person text,
	phones jsonb NOT NULL DEFAULT '[]',
	email text,
	website text,
	address text,
	notes text,
	specialties text[] NOT NULL DEFAULT '{}',
	licence_number text,
	insurance_expires_on date,
	call_out_rate numeric(14, 2),
	hourly_rate numeric(14, 2),
	do_not_use bool NOT NULL DEFAULT false,
	do_not_use_reason text CONSTRAINT contractors_do_not_use_reason_check
		CHECK (do_not_use_reason IS NULL OR do_not_use),
	rating_count int NOT NULL DEFAULT 0,
	rating_sum int NOT NULL DEFAULT 0,
	job_count int NOT NULL DEFAULT 0,
	total_spend numeric(16, 2) NOT NULL DEFAULT 0,
	last_used_on date,	-- where the residence is
	created_by uuid NOT NULL REFERENCES users,
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now(),
	deleted_at timestamptz,
	version int NOT NULL DEFAULT 1,
	changed xid8 NOT NULL DEFAULT pg_current_xact_id(),
	words text COLLATE "C" NOT NULL DEFAULT '',
	UNIQUE (residence_id, id)
);
-- The order in which a delta reads, of a residence and of somebody's own.
CREATE INDEX contractors_changed_idx ON contractors (residence_id, changed);
CREATE INDEX contractors_own_idx ON contractors (created_by, changed) WHERE residence_id IS NULL;

-- What of these has gone, for the sweep.
CREATE INDEX contractors_deleted_at_idx ON contractors (deleted_at) WHERE residence_id IS NULL AND deleted_at IS NOT NULL;

-- What one account thinks of a contractor; the note is theirs alone. residence_id is that of the contractor: the opinion
-- of who leaves the residence goes with them.
CREATE TABLE contractor_opinions (
	contractor_id uuid NOT NULL REFERENCES contractors ON DELETE CASCADE,
	user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
	residence_id uuid,
	is_favorite bool NOT NULL DEFAULT false,
	rating int CONSTRAINT contractor_opinions_rating_check CHECK (rating BETWEEN 1 AND 5),
	note text,
	PRIMARY KEY (contractor_id, user_id),
	FOREIGN KEY (residence_id, user_id) REFERENCES residence_members (residence_id, user_id) ON DELETE CASCADE
);
CREATE INDEX contractor_opinions_user_id_idx ON contractor_opinions (user_id, residence_id);

-- Who does a task, and who did it. A completion keeps the name (contractor_name), whatever becomes of the contractor.
ALTER TABLE tasks
	ADD contractor_id uuid,
	ADD CONSTRAINT tasks_contractor_id_fkey FOREIGN KEY (residence_id, contractor_id)
		REFERENCES contractors (residence_id, id) ON DELETE SET NULL (contractor_id);
CREATE INDEX tasks_contractor_id_idx ON tasks (residence_id, contractor_id) WHERE contractor_id IS NOT NULL;
ALTER TABLE completions
	ADD contractor_id uuid,
	ADD CONSTRAINT completions_contractor_id_fkey FOREIGN KEY (residence_id, contractor_id)
		REFERENCES contractors (residence_id, id) ON DELETE SET NULL (contractor_id);
-- Also for the numbers of a contractor, without the table.
CREATE INDEX completions_contractor_id_idx ON completions (residence_id, contractor_id)
	INCLUDE (completed_at, outcome, undone_at, actual_cost) WHERE contractor_id IS NOT NULL;

-- --- policies -----------------------------------------------------------------------------

-- What is the account's alone is no business of an access token that is narrowed to residences.
ALTER TABLE contractors ENABLE ROW LEVEL SECURITY;
CREATE POLICY members ON contractors FOR SELECT TO hob_api, hob_jobs
	USING (residence_id = ANY (ARRAY(
		SELECT m.residence_id FROM residence_members m
		 WHERE m.user_id = hob.user_id() AND NOT m.gone))
	OR residence_id IS NULL AND created_by = hob.user_id() AND hob.within() IS NULL);
CREATE POLICY make ON contractors FOR INSERT TO hob_api
	WITH CHECK (created_by = hob.user_id() AND (residence_id = ANY (ARRAY(
		SELECT m.residence_id FROM residence_members m
		 WHERE m.user_id = hob.user_id() AND NOT m.gone AND m.role >= 'member'))
	OR residence_id IS NULL AND hob.within() IS NULL));
CREATE POLICY edit ON contractors FOR UPDATE TO hob_api
	USING (residence_id = ANY (ARRAY(
		SELECT m.residence_id FROM residence_members m
		 WHERE m.user_id = hob.user_id() AND NOT m.gone AND m.role >= 'member'))
	OR residence_id IS NULL AND created_by = hob.user_id() AND hob.within() IS NULL);

ALTER TABLE contractor_opinions ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON contractor_opinions TO hob_api, hob_jobs
	USING (user_id = hob.user_id() AND (residence_id = ANY (ARRAY(
		SELECT m.residence_id FROM residence_members m
		 WHERE m.user_id = hob.user_id() AND NOT m.gone))
	OR residence_id IS NULL AND hob.within() IS NULL));

CREATE POLICY exporting ON contractors AS RESTRICTIVE FOR SELECT TO hob_jobs USING ((SELECT hob.is_exporting()));
CREATE POLICY exporting ON contractor_opinions AS RESTRICTIVE FOR SELECT TO hob_jobs
	USING ((SELECT hob.is_exporting()));
