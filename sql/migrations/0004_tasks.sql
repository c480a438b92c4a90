-- Tasks, the templates that some are made of, and the completions that are their history.

-- A recurrence rule taken apart (functions/recurrence.sql). weekdays in order, 1 is Monday; in weeks
-- never empty.
CREATE TYPE hob.rule AS (unit text, every int, weekdays int[], month_day int, nth int,
	anchor text, until date, count int, starts_on date);

-- Seasonal maintenance: each template becomes a task of a residence once. Rows come from
-- seed/templates.sql, and from staff. month: of the northern hemisphere; null when it can begin
-- any time. feature: what a residence must have for it, null for every residence. recurrence: a rule
-- without starts_on.
CREATE TABLE task_templates (
	code text COLLATE "C" PRIMARY KEY,
	position int NOT NULL,
	title text NOT NULL,
	description text NOT NULL,
	category text COLLATE "C" NOT NULL REFERENCES task_categories,
	priority text COLLATE "C" NOT NULL REFERENCES task_priorities,
	season text COLLATE "C" NOT NULL
		CHECK (season IN ('spring', 'summer', 'autumn', 'winter', 'any')),
	month int CHECK (month BETWEEN 1 AND 12),
	feature text COLLATE "C",
	climate text COLLATE "C" NOT NULL
		CHECK (climate IN ('any', 'cold', 'hot', 'humid', 'dry', 'coastal')),
	recurrence jsonb NOT NULL CHECK (recurrence ->> 'starts_on' IS NULL),
	minutes int CHECK (minutes > 0),
	words text COLLATE "C" NOT NULL GENERATED ALWAYS AS (hob.folded(title || ' ' || description)) STORED,
	version int NOT NULL DEFAULT 1,
	CONSTRAINT task_templates_month_goes CHECK ((month IS NULL) = (season = 'any'))
);

-- What a template is called in another language than English (seed/template_texts.sql).
CREATE TABLE task_template_texts (
	template text COLLATE "C" NOT NULL REFERENCES task_templates ON DELETE CASCADE,
	language text COLLATE "C" NOT NULL,
	title text NOT NULL,
	description text NOT NULL,
	words text COLLATE "C" NOT NULL GENERATED ALWAYS AS (hob.folded(title || ' ' || description)) STORED,
	PRIMARY KEY (template, language)
);

-- occurrence: number of the open one, or of the last when nothing is open any more, which
-- `completed` says. grid_on: the day of the rule's grid that it stands for, wherever somebody
-- moved due_on to; the step to the next begins there. starts_on: until this day an open task that nobody
-- has begun is hidden; wherever due_on moves to, it moves along. position: a key of hob.key_between where
-- somebody dragged the task, else null (hob.place_of).
--
-- completion_count and last_* repeat what completions says: a board that had to look there would
-- cost half as much again. Whoever completes a task writes its row anyway (due_on moves), so the
-- statement keeps them, not a trigger. words: what a search looks in, kept by a trigger, for PostgreSQL
-- reads and plans the expression of a generated column for each INSERT anew (0.1 ms).
--
-- Lists enter by the key (residence_id, id) and sort in memory. A residence has some hundred tasks, and
-- 20,000 at most (limit.kept_tasks).
CREATE TABLE tasks (
	id uuid PRIMARY KEY,
	residence_id uuid NOT NULL REFERENCES residences ON DELETE CASCADE,
	title text NOT NULL,
	description text,
	category text COLLATE "C" NOT NULL DEFAULT 'other' REFERENCES task_categories,
	priority text COLLATE "C" NOT NULL DEFAULT 'medium' REFERENCES task_priorities,
	due_on date,
	due_time time CONSTRAINT tasks_due_time_check CHECK (due_time IS NULL OR due_on IS NOT NULL),
	recurrence jsonb CONSTRAINT tasks_recurrence_check CHECK (recurrence IS NULL OR due_on IS NOT NULL),
	grid_on date,
	starts_on date CONSTRAINT tasks_starts_on_check CHECK (starts_on <= due_on),
	occurrence int NOT NULL DEFAULT 1,
	assigned_to_id uuid,
	estimated_cost numeric(14, 2),
	state text COLLATE "C" NOT NULL DEFAULT 'pending'
		CHECK (state IN ('pending', 'in_progress', 'cancelled')),
	completed bool NOT NULL DEFAULT false,
	archived bool NOT NULL DEFAULT false,
	position text COLLATE "C",
	completion_count int NOT NULL DEFAULT 0,
	last_completed_at timestamptz,
	last_completed_by uuid,
	last_completion_id uuid,
	template text COLLATE "C" REFERENCES task_templates,
	created_by uuid NOT NULL REFERENCES users,
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now(),
	deleted_at timestamptz,
	version int NOT NULL DEFAULT 1,
	changed xid8 NOT NULL DEFAULT pg_current_xact_id(),
	words text COLLATE "C" NOT NULL DEFAULT '',
	UNIQUE (residence_id, id),
	CONSTRAINT tasks_assigned_to_id_fkey FOREIGN KEY (residence_id, assigned_to_id)
		REFERENCES residence_members (residence_id, user_id)
		ON DELETE SET NULL (assigned_to_id)
);
-- The open tasks of a residence, the first due first: for limits, summaries, feeds and large boards.
CREATE INDEX tasks_open_idx ON tasks (residence_id, due_on, id) INCLUDE (state, due_time, starts_on)
	WHERE deleted_at IS NULL AND NOT archived AND NOT completed AND state <> 'cancelled';
-- The order in which a delta reads. Tasks are updated outside of the page (no HOT) for it; without it each sync
-- reads all tasks of all residences. Counts of the tasks that are kept read it too.
CREATE INDEX tasks_changed_idx ON tasks (residence_id, changed) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX tasks_template_key ON tasks (residence_id, template)
	WHERE template IS NOT NULL AND deleted_at IS NULL;

-- Staff look for tasks of all residences by how they begin.
CREATE INDEX tasks_head_idx ON tasks (left(words, 40));

-- One row per (task, occurrence), occurrence 1 being the first: a second tap finds it. title and category
-- are those of the task when it was done: history keeps them. due_before to position_before are what undo
-- puts back. What was undone stays, out of sight.
CREATE TABLE completions (
	id uuid PRIMARY KEY,
	residence_id uuid NOT NULL,
	task_id uuid NOT NULL,
	occurrence int NOT NULL,
	title text NOT NULL,
	category text COLLATE "C" NOT NULL REFERENCES task_categories,
	outcome text COLLATE "C" NOT NULL DEFAULT 'done' CHECK (outcome IN ('done', 'skipped')),
	due_before date,
	grid_before date,
	starts_before date,
	state_before text COLLATE "C" NOT NULL DEFAULT 'pending',
	position_before text COLLATE "C",
	due_after date,
	missed int NOT NULL DEFAULT 0,
	completed_at timestamptz NOT NULL DEFAULT now(),
	completed_by uuid NOT NULL REFERENCES users,
	recorded_by uuid NOT NULL REFERENCES users,
	contractor_name text,
	actual_cost numeric(14, 2),
	note text,
	rating int CHECK (rating BETWEEN 1 AND 5),
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now(),
	undone_at timestamptz,
	undone_by uuid REFERENCES users,
	version int NOT NULL DEFAULT 1,
	changed xid8 NOT NULL DEFAULT pg_current_xact_id(),
	words text COLLATE "C" NOT NULL DEFAULT '',
	-- Both, so that the policy may trust residence_id.
	FOREIGN KEY (residence_id, task_id) REFERENCES tasks (residence_id, id)
		ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE UNIQUE INDEX completions_task_id_occurrence_key ON completions (task_id, occurrence)
	WHERE undone_at IS NULL;
-- The history of a residence in the orders in which it is listed, by key and by change for sync.
CREATE INDEX completions_residence_id_idx ON completions (residence_id, completed_at, id);
CREATE INDEX completions_created_at_idx ON completions (residence_id, created_at, id);
CREATE UNIQUE INDEX completions_id_idx ON completions (residence_id, id);
CREATE INDEX completions_changed_idx ON completions (residence_id, changed);

-- Other names of a completion: the ids under which other phones, offline, completed the same occurrence.
-- They queue further requests under them. At most 16 each (hob.keep_alias).
CREATE TABLE completion_aliases (
	id uuid NOT NULL,
	residence_id uuid NOT NULL,
	completion_id uuid NOT NULL,
	PRIMARY KEY (id, residence_id),
	FOREIGN KEY (residence_id, completion_id) REFERENCES completions (residence_id, id)
		ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE INDEX completion_aliases_completion_id_idx ON completion_aliases (residence_id, completion_id);

-- --- policies -----------------------------------------------------------------------------

ALTER TABLE tasks ENABLE ROW LEVEL SECURITY;
CREATE POLICY members ON tasks FOR SELECT TO hob_api, hob_jobs
	USING (residence_id = ANY (ARRAY(
		SELECT m.residence_id FROM residence_members m
		 WHERE m.user_id = hob.user_id() AND NOT m.gone)));
CREATE POLICY make ON tasks FOR INSERT TO hob_api
	WITH CHECK (created_by = hob.user_id() AND residence_id = ANY (ARRAY(
		SELECT m.residence_id FROM residence_members m
		 WHERE m.user_id = hob.user_id() AND NOT m.gone AND m.role >= 'member')));
CREATE POLICY edit ON tasks FOR UPDATE TO hob_api
	USING (residence_id = ANY (ARRAY(
		SELECT m.residence_id FROM residence_members m
		 WHERE m.user_id = hob.user_id() AND NOT m.gone AND m.role >= 'member')));

ALTER TABLE completions ENABLE ROW LEVEL SECURITY;
CREATE POLICY members ON completions FOR SELECT TO hob_api, hob_jobs
	USING (residence_id = ANY (ARRAY(
		SELECT m.residence_id FROM residence_members m
		 WHERE m.user_id = hob.user_id() AND NOT m.gone)));
CREATE POLICY make ON completions FOR INSERT TO hob_api
	WITH CHECK (recorded_by = hob.user_id() AND residence_id = ANY (ARRAY(
		SELECT m.residence_id FROM residence_members m
		 WHERE m.user_id = hob.user_id() AND NOT m.gone AND m.role >= 'member')));
CREATE POLICY edit ON completions FOR UPDATE TO hob_api
	USING (residence_id = ANY (ARRAY(
		SELECT m.residence_id FROM residence_members m
		 WHERE m.user_id = hob.user_id() AND NOT m.gone AND m.role >= 'member')));

ALTER TABLE completion_aliases ENABLE ROW LEVEL SECURITY;
CREATE POLICY members ON completion_aliases FOR SELECT TO hob_api
	USING (residence_id = ANY (ARRAY(
		SELECT m.residence_id FROM residence_members m
		 WHERE m.user_id = hob.user_id() AND NOT m.gone)));
CREATE POLICY make ON completion_aliases FOR INSERT TO hob_api
	WITH CHECK (residence_id = ANY (ARRAY(
		SELECT m.residence_id FROM residence_members m
		 WHERE m.user_id = hob.user_id() AND NOT m.gone AND m.role >= 'member')));
