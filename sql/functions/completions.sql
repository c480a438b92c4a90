-- Completions: the history of tasks, which can be taken back.
-- after: tasks

-- people and names: those of hob.people, fetched once a residence.
CREATE OR REPLACE FUNCTION hob.completion_card(c completions, people uuid[], names text[])
RETURNS TABLE (id uuid, residence_id uuid, task_id uuid, title text, category text, occurrence int,
	outcome text, due_before date, due_after date, missed int, completed_at timestamptz,
	"completed_by.id" uuid, "completed_by.name" text, "recorded_by.id" uuid,
	"recorded_by.name" text, contractor_id uuid, contractor_name text, actual_cost numeric, note text, rating int,
	photo_count int, first_photo_id uuid, created_at timestamptz, updated_at timestamptz, version int)
LANGUAGE sql STABLE ROWS 1 AS $$
	SELECT c.id, c.residence_id, c.task_id, c.title, c.category, c.occurrence, c.outcome,
	       c.due_before, c.due_after, c.missed, c.completed_at, c.completed_by,
	       names[array_position(people, c.completed_by)], c.recorded_by,
	       names[array_position(people, c.recorded_by)], c.contractor_id, c.contractor_name, c.actual_cost,
	       c.note, c.rating, c.photo_count, c.first_photo_id, c.created_at, c.updated_at, c.version
$$;

-- A completion that an act has made or undone, with the task as that has left it, and what it makes untrue.
CREATE OR REPLACE FUNCTION hob.completion_shown(c completions, t tasks)
RETURNS TABLE (id uuid, residence_id uuid, task_id uuid, title text, category text, occurrence int,
	outcome text, due_before date, due_after date, missed int, completed_at timestamptz,
	"completed_by.id" uuid, "completed_by.name" text, "recorded_by.id" uuid,
	"recorded_by.name" text, contractor_id uuid, contractor_name text, actual_cost numeric, note text, rating int,
	photo_count int, first_photo_id uuid, created_at timestamptz, updated_at timestamptz, version int, currency text,
	"task.id" uuid, "task.residence_id" uuid, "task.title" text, "task.description" text,
	"task.category" text, "task.priority" text, "task.starts_on" date, "task.due_on" date,
	"task.due_time" text, "task.recurrence" jsonb, "task.remind_before" text[], "task.occurrence" int,
	"task.assigned_to.id" uuid, "task.assigned_to.name" text, "task.contractor_id" uuid, "task.estimated_cost" numeric,
	"task.state" text, "task.completed" bool, "task.archived" bool, "task.position" text,
	"task.completion_count" int, "task.last_completed_at" timestamptz,
	"task.last_completed_by.id" uuid, "task.last_completed_by.name" text,
	"task.last_completion_id" uuid, "task.photo_count" int, "task.first_photo_id" uuid,
	"task.created_by.id" uuid, "task.created_by.name" text,
	"task.created_at" timestamptz, "task.updated_at" timestamptz, "task.version" int,
	"task.currency" text, "task.is_overdue" bool, _touch text[])
LANGUAGE sql STABLE ROWS 1 AS $$
	SELECT d.*, s.currency, s.id, s.residence_id, s.title, s.description, s.category, s.priority,
	       s.starts_on, s.due_on, s.due_time, s.recurrence, s.remind_before, s.occurrence, s."assigned_to.id",
	       s."assigned_to.name", s.contractor_id, s.estimated_cost, s.state, s.completed, s.archived, s.position,
	       s.completion_count, s.last_completed_at, s."last_completed_by.id",
	       s."last_completed_by.name", s.last_completion_id, s.photo_count, s.first_photo_id,
	       s."created_by.id", s."created_by.name", s.created_at, s.updated_at, s.version, s.currency, s.is_overdue, s._touch
	  FROM hob.people(c.residence_id) p
	 CROSS JOIN LATERAL hob.completion_card(c, p.ids, p.names) d
	 CROSS JOIN LATERAL hob.task_shown(t) s
$$;

-- The id of the completion that somebody calls so, be it by an alias.
CREATE OR REPLACE FUNCTION hob.completion_called(name uuid) RETURNS uuid
LANGUAGE sql STABLE
RETURN coalesce((SELECT c.id FROM completions c WHERE c.id = name),
	(SELECT a.completion_id FROM completion_aliases a WHERE a.id = name LIMIT 1));

CREATE OR REPLACE FUNCTION hob.require_completion_role(completion uuid, wanted residence_role) RETURNS void
LANGUAGE plpgsql STABLE AS $$
DECLARE
	residence uuid;
BEGIN
	SELECT c.residence_id INTO residence FROM completions c WHERE c.id = hob.completion_called(completion);
	PERFORM hob.require_role(residence, wanted);
END
$$;

-- Another phone completed this occurrence first: its id stands for what is there, too.
CREATE OR REPLACE FUNCTION hob.keep_alias(name uuid, c completions) RETURNS void
LANGUAGE sql AS $$
	INSERT INTO completion_aliases (id, residence_id, completion_id)
	SELECT name, c.residence_id, c.id
	 WHERE name <> c.id AND NOT EXISTS (SELECT FROM completions x WHERE x.id = name)
	   AND (SELECT count(*) < 16 FROM completion_aliases a
		 WHERE (a.residence_id, a.completion_id) = (c.residence_id, c.id))
	ON CONFLICT DO NOTHING
$$;

-- Does the open occurrence, or skips it, and steps to the next. When this occurrence is done
-- already, the completion there is; made says which. HB409 when it is neither. named: the id that the client
-- gave it, or null. occurrence: null for the open one. proposed: the contractor is that of the task, where it has one.
CREATE OR REPLACE FUNCTION hob.complete_task(task uuid, outcome text, new_id uuid, named uuid, occurrence int,
	completed_at timestamptz, completed_by uuid, contractor uuid, proposed bool, contractor_name text,
	actual_cost numeric, note text, rating int, at timestamptz, OUT completion completions, OUT shown tasks, OUT made bool)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
	t CONSTANT tasks := hob.lock_task(complete_task.task);
	n tasks := t;
	me CONSTANT uuid := hob.user_id();
	who CONSTANT uuid := coalesce(complete_task.completed_by, me);
	number CONSTANT int := coalesce(complete_task.occurrence, t.occurrence);
	moment CONSTANT timestamptz := least(coalesce(complete_task.completed_at, at), at);
	belongs bool;
	others bool;
	done_on date;
	next date;
	gone_by int := 0;
BEGIN
	made := false;
	shown := t;
	SELECT c.* INTO completion FROM completions c
	 WHERE c.task_id = t.id AND c.occurrence = number AND c.undone_at IS NULL;
	IF FOUND THEN
		PERFORM hob.note_outcome(completion.id, false, NULL);
		PERFORM hob.keep_alias(named, completion);
		RETURN;
	ELSIF hob.completion_called(named) IS NOT NULL THEN
		RAISE EXCEPTION 'taken' USING ERRCODE = 'HB409', CONSTRAINT = 'completion_id_taken';
	END IF;
	PERFORM hob.require_open(t, number);
	SELECT bool_or(m.user_id = who), bool_or(m.user_id <> me) INTO belongs, others
	  FROM residence_members m WHERE m.residence_id = t.residence_id AND NOT m.gone;
	IF complete_task.outcome = 'skipped' AND t.recurrence IS NULL THEN
		RAISE EXCEPTION 'no rule' USING ERRCODE = 'HB409', CONSTRAINT = 'not_recurring';
	ELSIF complete_task.completed_at > at + interval '5 minutes' THEN
		RAISE EXCEPTION 'in the future' USING ERRCODE = '23514', CONSTRAINT = 'completions_future';
	ELSIF belongs IS NOT TRUE THEN
		RAISE EXCEPTION 'no member' USING ERRCODE = '23503', CONSTRAINT = 'completions_completed_by_fkey';
	ELSIF who <> me AND NOT hob.is_active_member(t.residence_id, who) THEN
		RAISE EXCEPTION 'a disabled account'
			USING ERRCODE = '23514', CONSTRAINT = 'completions_completed_by_active';
	END IF;
	IF t.recurrence IS NOT NULL THEN
		done_on := hob.today_in(t.residence_id, moment);
		SELECT s.next, s.missed INTO next, gone_by
		  FROM hob.next_due(t.recurrence, t.occurrence, t.due_on,
			coalesce(t.grid_on, t.due_on), done_on, complete_task.outcome) s;
	END IF;
	INSERT INTO completions AS c (id, residence_id, task_id, title, category, occurrence, outcome, due_before,
		grid_before, starts_before, state_before, position_before, due_after, missed, completed_at,
		completed_by, recorded_by, contractor_id, contractor_name, actual_cost, note, rating, created_at,
		updated_at)
	VALUES (new_id, t.residence_id, t.id, t.title, t.category, number, complete_task.outcome, t.due_on,
		t.grid_on, t.starts_on, t.state,
		t.position, next, gone_by, moment, who, me,
		CASE WHEN proposed THEN t.contractor_id ELSE contractor END, complete_task.contractor_name,
		complete_task.actual_cost, complete_task.note, complete_task.rating, at, at)
	RETURNING c.* INTO completion;
	n.state := 'pending';
	n.position := NULL;
	n.completed := next IS NULL;
	n.last_completion_id := new_id;
	IF next IS NOT NULL THEN
		n.starts_on := hob.moved_start(t.starts_on, t.due_on, next);
		n.due_on := next;
		n.grid_on := next;
		n.occurrence := t.occurrence + 1;
	END IF;
	IF complete_task.outcome = 'done' THEN
		n.completion_count := t.completion_count + 1;
		n.last_completed_at := moment;
		n.last_completed_by := who;
	END IF;
	shown := hob.save_task(t, n, at);
	made := true;
	IF others AND complete_task.outcome = 'done' THEN
		PERFORM hob.tell_completed(new_id);
	END IF;
END
$$;

-- Takes a completion back, by its id or an alias: its author may, and managers. The newest puts the task back
-- as it was before; an older one, where that is asked for, only leaves the history, for later ones stand on
-- its days. Nothing when its version is none of these, or when it has left already;
-- undoing once more changes nothing.
CREATE OR REPLACE FUNCTION hob.take_back(named uuid, newest_only bool, if_versions int[], at timestamptz,
	OUT completion completions, OUT shown tasks) RETURNS SETOF record
LANGUAGE plpgsql ROWS 1 AS $$
DECLARE
	t tasks;
	n tasks;
	c completions;
	latest completions;
BEGIN
	SELECT x.* INTO c FROM completions x WHERE x.id = hob.completion_called(named);
	IF NOT FOUND THEN
		RAISE EXCEPTION 'no such completion' USING ERRCODE = 'HB404';
	END IF;
	-- A deleted task cannot be put back; its history can still be corrected.
	SELECT x.* INTO t FROM tasks x WHERE x.id = c.task_id FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'no longer theirs to edit' USING ERRCODE = 'HB404';
	END IF;
	SELECT x.* INTO c FROM completions x WHERE x.id = c.id;
	IF c.recorded_by <> hob.user_id() AND hob.user_id() <> hob.support() AND NOT EXISTS (SELECT FROM residence_members m
			WHERE m.residence_id = c.residence_id AND m.user_id = hob.user_id() AND NOT m.gone
			  AND m.role >= 'manager') THEN
		RAISE EXCEPTION 'somebody else''s' USING ERRCODE = 'HB403', CONSTRAINT = 'not_the_recorder';
	END IF;
	IF newest_only AND t.deleted_at IS NOT NULL THEN
		RAISE EXCEPTION 'deleted' USING ERRCODE = 'HB409', CONSTRAINT = 'task_deleted';
	END IF;
	IF c.undone_at IS NOT NULL THEN
		completion := c;
		shown := t;
		IF newest_only THEN
			RETURN NEXT;
		END IF;
		RETURN;
	ELSIF if_versions IS NOT NULL AND c.version <> ALL (if_versions) THEN
		RETURN;
	END IF;
	SELECT x.* INTO latest FROM completions x WHERE x.task_id = t.id AND x.undone_at IS NULL
	 ORDER BY x.occurrence DESC LIMIT 1;
	IF newest_only AND latest.id <> c.id THEN
		RAISE EXCEPTION 'newer ones' USING ERRCODE = 'HB409', CONSTRAINT = 'not_newest';
	END IF;
	n := t;
	IF latest.id = c.id THEN
		n.due_on := CASE WHEN t.recurrence IS NULL THEN c.due_before
			ELSE coalesce(c.due_before, t.due_on) END;
		n.grid_on := CASE WHEN t.recurrence IS NOT NULL
			THEN coalesce(c.grid_before, n.due_on) END;
		n.starts_on := CASE WHEN c.starts_before IS NOT NULL THEN least(c.starts_before, n.due_on) END;
		n.state := c.state_before;
		n.position := c.position_before;
		n.occurrence := c.occurrence;
		n.completed := false;
	END IF;
	n.completion_count := t.completion_count - (c.outcome = 'done')::int;
	SELECT x.id INTO n.last_completion_id FROM completions x
	 WHERE x.task_id = t.id AND x.undone_at IS NULL AND x.id <> c.id ORDER BY x.occurrence DESC LIMIT 1;
	SELECT x.completed_at, x.completed_by INTO n.last_completed_at, n.last_completed_by
	  FROM completions x
	 WHERE x.task_id = t.id AND x.undone_at IS NULL AND x.id <> c.id AND x.outcome = 'done'
	 ORDER BY x.occurrence DESC LIMIT 1;
	-- Whatever webhooks are told comes before what is counted: tasks, and bytes last (sql/README.md, "Locks").
	UPDATE completions x SET undone_at = at, undone_by = nullif(hob.user_id(), hob.support()), updated_at = at,
		version = x.version + 1
	 WHERE x.id = c.id;
	shown := hob.save_task(t, n, at);
	PERFORM hob.drop_undone_files(c.id);
	-- As the triggers leave it: its photos are gone.
	SELECT x.* INTO completion FROM completions x WHERE x.id = c.id;
	RETURN NEXT;
END
$$;

-- A completion is found by the words of its task, too, as they are (completion_list) and as its title was.
-- Who writes none has that of the task.
CREATE OR REPLACE FUNCTION hob.note_completion_words() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	IF new.title IS NULL THEN
		SELECT t.title, t.category INTO new.title, new.category FROM tasks t WHERE t.id = new.task_id;
	END IF;
	new.words := left(hob.folded(new.title || ' ' || coalesce(new.contractor_name, '') || ' ' || coalesce(left(new.note, 280), '')), 600);
	RETURN new;
END
$$;
CREATE OR REPLACE TRIGGER completions_note_words BEFORE INSERT OR UPDATE OF contractor_name, note ON completions
	FOR EACH ROW EXECUTE FUNCTION hob.note_completion_words();

CREATE OR REPLACE TRIGGER completions_stamp BEFORE UPDATE ON completions
	FOR EACH ROW EXECUTE FUNCTION hob.stamp();
CREATE OR REPLACE TRIGGER completions_bury_undone AFTER UPDATE ON completions
	FOR EACH ROW WHEN (old.undone_at IS NULL AND new.undone_at IS NOT NULL)
	EXECUTE FUNCTION hob.bury('completions', 'id', 'created_at');
CREATE OR REPLACE TRIGGER completions_bury AFTER DELETE ON completions
	FOR EACH ROW WHEN (old.undone_at IS NULL)
	EXECUTE FUNCTION hob.bury('completions', 'id', 'created_at');
CREATE OR REPLACE TRIGGER completions_activity AFTER INSERT OR UPDATE OR DELETE ON completions
	FOR EACH ROW WHEN (current_setting('hob.user_id', true) <> '')
	EXECUTE FUNCTION hob.log_activity('completion', 'id', 'created', 'deleted', 'undone_by', 'words',
		'photo_count', 'first_photo_id', 'residence_id');

GRANT SELECT, INSERT (id, residence_id, task_id, title, category, occurrence, outcome, due_before, grid_before,
	starts_before, state_before,
	position_before, due_after, missed, completed_at, completed_by, recorded_by, contractor_id, contractor_name,
	actual_cost, note, rating, created_at, updated_at),
	UPDATE (actual_cost, note, rating, contractor_id, contractor_name, updated_at, version, undone_at,
	undone_by) ON completions TO hob_api;
GRANT SELECT, INSERT (id, residence_id, completion_id) ON completion_aliases TO hob_api;
GRANT EXECUTE ON FUNCTION hob.completion_card(completions, uuid[], text[]),
	hob.completion_shown(completions, tasks), hob.completion_called(uuid), hob.keep_alias(uuid, completions),
	hob.require_completion_role(uuid, residence_role),
	hob.complete_task(uuid, text, uuid, uuid, int, timestamptz, uuid, uuid, bool, text, numeric, text, int, timestamptz),
	hob.take_back(uuid, bool, int[], timestamptz) TO hob_api;
