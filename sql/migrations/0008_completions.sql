-- Tasks that come back by the rules of migration 7, what people do with a task, and the history
-- of it: completions that can be taken back.

-- --- tasks that come back ----------------------------------------------------------------
--
-- occurrence: number of the open one, or of the last when nothing is open any more, which
-- `completed` says. grid_on: the day of the rule's grid that it stands for, wherever somebody
-- moved due_on to; the step to the next goes from there. position: see the order of a column
-- below. last_* repeat what completions says, for boards that must not look there.
ALTER TABLE tasks
	ADD COLUMN grid_on date,
	ADD COLUMN occurrence int NOT NULL DEFAULT 1,
	ADD COLUMN completed bool NOT NULL DEFAULT false,
	ADD COLUMN last_completed_by uuid,
	ADD COLUMN last_completion_id uuid,
	DROP COLUMN position,
	ADD COLUMN position text COLLATE "C";

-- due_before to position_before are what undo puts back. What was undone stays, out of sight.
ALTER TABLE completions
	ADD COLUMN grid_before date,
	ADD COLUMN state_before text COLLATE "C" NOT NULL DEFAULT 'pending',
	ADD COLUMN position_before text COLLATE "C",
	ADD COLUMN missed int NOT NULL DEFAULT 0,
	ADD COLUMN contractor_name text,
	ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now(),
	ADD COLUMN undone_at timestamptz,
	ADD COLUMN undone_by uuid REFERENCES users,
	DROP CONSTRAINT completions_task_id_occurrence_key;
CREATE UNIQUE INDEX completions_task_id_occurrence_key ON completions (task_id, occurrence)
	WHERE undone_at IS NULL;
-- The open tasks of a home, the first due first: for limits, summaries, feeds and large boards.
CREATE INDEX tasks_open_idx ON tasks (residence_id, due_on, id) INCLUDE (state, due_time)
	WHERE deleted_at IS NULL AND NOT archived AND NOT completed AND state <> 'cancelled';
-- The history of a home in the orders in which it is listed, and by key for sync.
DROP INDEX completions_residence_id_idx;
CREATE INDEX completions_residence_id_idx ON completions (residence_id, completed_at, id);
CREATE INDEX completions_created_at_idx ON completions (residence_id, created_at, id);
CREATE INDEX completions_home_key_idx ON completions (residence_id, id);

UPDATE tasks t
   SET recurrence = hob.full_rule(t.recurrence, t.due_on),
       grid_on = CASE WHEN t.recurrence IS NOT NULL THEN t.due_on END,
       completed = t.recurrence IS NULL AND t.last_completed_at IS NOT NULL,
       occurrence = coalesce(c.occurrence + (t.recurrence IS NOT NULL)::int, 1),
       last_completion_id = c.id, last_completed_by = d.completed_by
  FROM tasks o
  LEFT JOIN LATERAL (SELECT * FROM completions c
			WHERE c.task_id = o.id AND c.undone_at IS NULL
			ORDER BY c.occurrence DESC LIMIT 1) c ON true
  LEFT JOIN LATERAL (SELECT * FROM completions c
			WHERE c.task_id = o.id AND c.outcome = 'done' AND c.undone_at IS NULL
			ORDER BY c.occurrence DESC LIMIT 1) d ON true
 WHERE t.id = o.id AND (t.recurrence IS NOT NULL OR c.id IS NOT NULL OR t.last_completed_at IS NOT NULL);
ALTER TABLE tasks ADD CONSTRAINT tasks_recurrence_check
	CHECK (recurrence IS NULL OR due_on IS NOT NULL);

-- A rule that is set or changed must have another day behind the one on which the task is due
-- now, and begins a grid: from its starts_on, or else from the day on
-- which the task is due; a task without a day is due on the rule's first. One that was done
-- for good is open again, on the day that was given with the rule, or else on the first to come.
CREATE FUNCTION hob.begin_recurrence() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
	today date;
	following date;
BEGIN
	IF new.recurrence IS NULL THEN
		new.grid_on := NULL;
		RETURN new;
	END IF;
	new.recurrence := hob.full_rule(new.recurrence, new.due_on);
	IF new.recurrence ->> 'starts_on' IS NULL THEN
		RAISE EXCEPTION 'no first day' USING ERRCODE = '23514', CONSTRAINT = 'tasks_recurrence_check';
	END IF;
	new.due_on := coalesce(new.due_on, (hob.rule_series(new.recurrence, 1))[1]);
	new.grid_on := new.due_on;
	IF tg_op = 'UPDATE' AND new.completed THEN
		new.completed := false;
		new.occurrence := new.occurrence + 1;
		IF new.due_on IS NOT DISTINCT FROM old.due_on THEN
			SELECT (now() AT TIME ZONE r.time_zone)::date INTO today
			  FROM residences r WHERE r.id = new.residence_id;
			SELECT coalesce(s.next, new.due_on) INTO new.due_on
			  FROM hob.next_due(new.recurrence, 1, new.due_on, new.due_on, today, 'done') s;
			new.grid_on := new.due_on;
		END IF;
	END IF;
	SELECT s.next INTO following FROM hob.next_due(new.recurrence, new.occurrence, new.due_on,
		new.grid_on, new.due_on, 'done') s;
	IF following IS NULL OR NOT hob.has_next(new.recurrence) THEN
		RAISE EXCEPTION 'no second day' USING ERRCODE = '23514', CONSTRAINT = 'tasks_recurrence_ends';
	END IF;
	RETURN new;
END
$$;
CREATE TRIGGER tasks_begin_recurrence BEFORE INSERT ON tasks
	FOR EACH ROW WHEN (new.recurrence IS NOT NULL) EXECUTE FUNCTION hob.begin_recurrence();
CREATE TRIGGER tasks_change_recurrence BEFORE UPDATE ON tasks
	FOR EACH ROW WHEN (new.recurrence IS DISTINCT FROM old.recurrence)
	EXECUTE FUNCTION hob.begin_recurrence();

GRANT UPDATE (recurrence, grid_on, occurrence, completed, completion_count, last_completed_at,
	last_completed_by, last_completion_id, position) ON tasks TO hob_api;
GRANT UPDATE (made_id) ON idempotency_keys TO hob_api;
GRANT INSERT (id, residence_id, task_id, occurrence, outcome, due_before, grid_before, state_before,
	position_before, due_after, missed, completed_at, completed_by, recorded_by, contractor_name,
	actual_cost, note, rating, created_at, updated_at),
	UPDATE (actual_cost, note, rating, contractor_name, updated_at, version, undone_at,
	undone_by) ON completions TO hob_api;
CREATE POLICY make ON completions FOR INSERT TO hob_api
	WITH CHECK (recorded_by = hob.user_id() AND residence_id = ANY (ARRAY(
		SELECT m.residence_id FROM residence_members m
		 WHERE m.user_id = hob.user_id() AND NOT m.gone AND m.role >= 'member')));
CREATE POLICY edit ON completions FOR UPDATE TO hob_api
	USING (residence_id = ANY (ARRAY(
		SELECT m.residence_id FROM residence_members m
		 WHERE m.user_id = hob.user_id() AND NOT m.gone AND m.role >= 'member')));

-- --- acts on a task ------------------------------------------------------------------------
--
-- Whoever acts on a task locks its row first; two at once happen one after the other, and the
-- second sees what the first has done.

-- HB404 when it is not in a home where the caller may edit, or gone.
CREATE FUNCTION hob.lock_task(task uuid) RETURNS tasks
LANGUAGE plpgsql AS $$
DECLARE
	t tasks;
BEGIN
	SELECT x.* INTO t FROM tasks x
	 WHERE x.id = task AND x.deleted_at IS NULL
	   AND x.residence_id = ANY (ARRAY(SELECT m.residence_id FROM residence_members m
			WHERE m.user_id = hob.user_id() AND NOT m.gone AND m.role >= 'member'))
	   FOR NO KEY UPDATE;
	IF t.id IS NULL THEN
		RAISE EXCEPTION 'no such task' USING ERRCODE = 'HB404';
	END IF;
	RETURN t;
END
$$;

-- HB409 unless this occurrence (null: whichever) of the task is still to be done.
CREATE FUNCTION hob.require_open(t tasks, number int) RETURNS void
LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF t.state = 'cancelled' THEN
		RAISE EXCEPTION 'The task is cancelled: uncancel it first.' USING ERRCODE = 'HB409';
	ELSIF t.completed THEN
		RAISE EXCEPTION 'The task is done: undo that first.' USING ERRCODE = 'HB409';
	ELSIF number <> t.occurrence THEN
		RAISE EXCEPTION 'This occurrence is not the open one: read the task again.'
			USING ERRCODE = 'HB409';
	END IF;
END
$$;

-- Saves what an act has changed; an act that changes nothing makes no version.
CREATE FUNCTION hob.save_task(was tasks, n tasks, at timestamptz) RETURNS tasks
LANGUAGE plpgsql AS $$
BEGIN
	IF was IS NOT DISTINCT FROM n THEN
		RETURN was;
	END IF;
	UPDATE tasks t
	   SET due_on = n.due_on, grid_on = n.grid_on, assigned_to_id = n.assigned_to_id,
	       state = n.state, archived = n.archived, position = n.position,
	       occurrence = n.occurrence, completed = n.completed,
	       completion_count = n.completion_count, last_completed_at = n.last_completed_at,
	       last_completed_by = n.last_completed_by, last_completion_id = n.last_completion_id,
	       updated_at = at, version = t.version + 1
	 WHERE t.id = was.id
	RETURNING t.* INTO n;
	RETURN n;
END
$$;

-- Sets what `change` names. needs: open (as require_open), unfinished (not done), cancelled
-- (what is not stays as it is), any.
CREATE FUNCTION hob.change_task(task uuid, change jsonb, needs text, at timestamptz) RETURNS tasks
LANGUAGE plpgsql AS $$
DECLARE
	t CONSTANT tasks := hob.lock_task(task);
BEGIN
	IF needs = 'open' THEN
		PERFORM hob.require_open(t, NULL);
	ELSIF needs = 'unfinished' AND t.completed THEN
		RAISE EXCEPTION 'The task is done: undo that first.' USING ERRCODE = 'HB409';
	ELSIF needs = 'cancelled' AND t.state <> 'cancelled' THEN
		RETURN t;
	END IF;
	RETURN hob.save_task(t, jsonb_populate_record(t, change), at);
END
$$;

CREATE FUNCTION hob.today_in(home uuid, at timestamptz) RETURNS date
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT (at AT TIME ZONE r.time_zone)::date FROM residences r WHERE r.id = home);
END
$$;

-- Puts the open occurrence off: to the day `until`, or by so many days from when it is due or
-- from today, whichever is later. The grid stays.
CREATE FUNCTION hob.snooze_task(task uuid, number int, until date, days int, at timestamptz)
RETURNS tasks
LANGUAGE plpgsql AS $$
DECLARE
	t CONSTANT tasks := hob.lock_task(task);
	n tasks := t;
	today CONSTANT date := hob.today_in(t.residence_id, at);
BEGIN
	PERFORM hob.require_open(t, number);
	IF until < today THEN
		RAISE EXCEPTION 'a day gone by' USING ERRCODE = '23514', CONSTRAINT = 'snooze_until_past';
	END IF;
	n.due_on := least(coalesce(until, greatest(t.due_on, today) + days), '2200-12-31');
	n.position := NULL;
	RETURN hob.save_task(t, n, at);
END
$$;

-- --- completing and taking back ----------------------------------------------------------------

-- Does the open occurrence, or skips it, and steps to the next. When this occurrence is done
-- already, the completion there is; made says which. HB409 when it is neither. once_key: the
-- idempotency key of this request, or null.
CREATE FUNCTION hob.complete_task(task uuid, outcome text, new_id uuid, number int,
	completed_at timestamptz, completed_by uuid, contractor_name text, actual_cost numeric,
	note text, rating int, at timestamptz, once_key text, OUT completion completions,
	OUT shown tasks, OUT made bool)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
	t CONSTANT tasks := hob.lock_task(complete_task.task);
	n tasks := t;
	who CONSTANT uuid := coalesce(complete_task.completed_by, hob.user_id());
	moment CONSTANT timestamptz := least(coalesce(complete_task.completed_at, at), at);
	done_on date;
	next date;
	gone_by int := 0;
BEGIN
	made := false;
	shown := t;
	SELECT c.* INTO completion FROM completions c
	 WHERE c.task_id = t.id AND c.occurrence = number AND c.undone_at IS NULL;
	IF FOUND THEN
		-- The idempotency key of this request stands for the completion that exists.
		IF once_key IS NOT NULL THEN
			UPDATE idempotency_keys k SET made_id = completion.id
			 WHERE k.user_id = hob.user_id() AND k.key = once_key AND k.made_id = new_id
			   AND k.created_at > now() - interval '24 hours'
			   AND k.created_at < now() + interval '1 minute';
		END IF;
		RETURN;
	ELSIF EXISTS (SELECT FROM completions c WHERE c.id = new_id) THEN
		RAISE EXCEPTION 'Something else has this id.' USING ERRCODE = 'HB409';
	END IF;
	PERFORM hob.require_open(t, number);
	IF complete_task.outcome = 'skipped' AND t.recurrence IS NULL THEN
		RAISE EXCEPTION 'Only a task that comes back can be skipped: cancel this one instead.'
			USING ERRCODE = 'HB409';
	ELSIF complete_task.completed_at > at + interval '5 minutes' THEN
		RAISE EXCEPTION 'in the future' USING ERRCODE = '23514', CONSTRAINT = 'completions_future';
	ELSIF NOT EXISTS (SELECT FROM residence_members m
			   WHERE m.residence_id = t.residence_id AND m.user_id = who AND NOT m.gone) THEN
		RAISE EXCEPTION 'no member' USING ERRCODE = '23503', CONSTRAINT = 'completions_completed_by_fkey';
	ELSIF who <> hob.user_id() AND NOT hob.is_active_member(t.residence_id, who) THEN
		RAISE EXCEPTION 'a disabled account'
			USING ERRCODE = '23514', CONSTRAINT = 'completions_completed_by_active';
	END IF;
	IF t.recurrence IS NOT NULL THEN
		done_on := hob.today_in(t.residence_id, moment);
		SELECT s.next, s.missed INTO next, gone_by
		  FROM hob.next_due(t.recurrence, t.occurrence, t.due_on,
			coalesce(t.grid_on, t.due_on), done_on, complete_task.outcome) s;
	END IF;
	INSERT INTO completions AS c (id, residence_id, task_id, occurrence, outcome, due_before,
		grid_before, state_before, position_before, due_after, missed, completed_at,
		completed_by, recorded_by, contractor_name, actual_cost, note, rating, created_at,
		updated_at)
	VALUES (new_id, t.residence_id, t.id, number, complete_task.outcome, t.due_on, t.grid_on, t.state,
		t.position, next, gone_by, moment, who, hob.user_id(), complete_task.contractor_name,
		complete_task.actual_cost, complete_task.note, complete_task.rating, at, at)
	RETURNING c.* INTO completion;
	n.state := 'pending';
	n.position := NULL;
	n.completed := next IS NULL;
	n.last_completion_id := new_id;
	IF next IS NOT NULL THEN
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
END
$$;

-- Takes a completion back: its author may, and managers. The newest puts the task back as it
-- was before; an older one, where that is asked for, only leaves the history, for later ones
-- stand on its days. Nothing when its version is none of these, or when it has left already;
-- undoing once more changes nothing.
CREATE FUNCTION hob.take_back(completion uuid, newest_only bool, if_versions int[], at timestamptz)
RETURNS SETOF tasks
LANGUAGE plpgsql ROWS 1 AS $$
#variable_conflict use_column
DECLARE
	t tasks;
	n tasks;
	c completions;
	latest completions;
BEGIN
	SELECT x.* INTO c FROM completions x WHERE x.id = completion;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'no such completion' USING ERRCODE = 'HB404';
	END IF;
	-- Of a deleted task nothing can be put back; its history can still be mended.
	SELECT x.* INTO t FROM tasks x WHERE x.id = c.task_id FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'no longer theirs to edit' USING ERRCODE = 'HB404';
	END IF;
	SELECT x.* INTO c FROM completions x WHERE x.id = completion;
	IF c.recorded_by <> hob.user_id() THEN
		PERFORM hob.require_role(c.residence_id, 'manager');
	END IF;
	IF newest_only AND t.deleted_at IS NOT NULL THEN
		RAISE EXCEPTION 'The task is deleted.' USING ERRCODE = 'HB409';
	END IF;
	IF c.undone_at IS NOT NULL THEN
		IF newest_only THEN
			RETURN NEXT t;
		END IF;
		RETURN;
	ELSIF if_versions IS NOT NULL AND c.version <> ALL (if_versions) THEN
		RETURN;
	END IF;
	SELECT x.* INTO latest FROM completions x WHERE x.task_id = t.id AND x.undone_at IS NULL
	 ORDER BY x.occurrence DESC LIMIT 1;
	IF newest_only AND latest.id <> c.id THEN
		RAISE EXCEPTION 'There are newer completions: undo those first.' USING ERRCODE = 'HB409';
	END IF;
	UPDATE completions x SET undone_at = at, undone_by = hob.user_id(), updated_at = at,
		version = x.version + 1
	 WHERE x.id = c.id;
	n := t;
	IF latest.id = c.id THEN
		n.due_on := CASE WHEN t.recurrence IS NULL THEN c.due_before
			ELSE coalesce(c.due_before, t.due_on) END;
		n.grid_on := CASE WHEN t.recurrence IS NOT NULL
			THEN coalesce(c.grid_before, n.due_on) END;
		n.state := c.state_before;
		n.position := c.position_before;
		n.occurrence := c.occurrence;
		n.completed := false;
	END IF;
	n.completion_count := t.completion_count - (c.outcome = 'done')::int;
	SELECT x.id INTO n.last_completion_id FROM completions x
	 WHERE x.task_id = t.id AND x.undone_at IS NULL ORDER BY x.occurrence DESC LIMIT 1;
	SELECT x.completed_at, x.completed_by INTO n.last_completed_at, n.last_completed_by
	  FROM completions x
	 WHERE x.task_id = t.id AND x.undone_at IS NULL AND x.outcome = 'done'
	 ORDER BY x.occurrence DESC LIMIT 1;
	RETURN NEXT hob.save_task(t, n, at);
END
$$;

-- --- the order of a column ------------------------------------------------------------------------
--
-- A task stands where its day and time put it, unless somebody dragged it. Both are one kind of
-- key, text in byte order: day, second and id, or a key between those of its new neighbours.
-- app/model/board.c makes the same one. Who gets another day loses the place.
CREATE FUNCTION hob.place_of(t tasks) RETURNS text
LANGUAGE sql IMMUTABLE
RETURN coalesce(t.position,
	coalesce(lpad((t.due_on - '1900-01-01'::date)::text, 6, '0'), '999999')
	|| lpad(coalesce(extract(epoch FROM t.due_time)::int, 86399)::text, 5, '0')
	|| replace(t.id::text, '-', ''));

-- A key between two, of digits in base 36; after null is the beginning, before null the end. No
-- key ends with the least digit, so that there is always room.
CREATE FUNCTION hob.key_between(after text, before text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
	digits CONSTANT text := '0123456789abcdefghijklmnopqrstuvwxyz';
	key text := '';
	open bool := before IS NULL;
	low int;
	high int;
BEGIN
	FOR i IN 1 .. 1000 LOOP
		low := greatest(strpos(digits, nullif(substr(after, i, 1), '')) - 1, 0);
		high := CASE WHEN open OR i > length(before) THEN 36
			ELSE strpos(digits, substr(before, i, 1)) - 1 END;
		low := coalesce(low, 0);
		IF high - low > 1 THEN
			RETURN key || substr(digits, (low + high) / 2 + 1, 1);
		END IF;
		key := key || substr(digits, low + 1, 1);
		open := open OR high > low;
	END LOOP;
	RETURN key;
END
$$;

-- Puts a task behind another one of the caller's homes, or before all when there is none.
CREATE FUNCTION hob.move_task(task uuid, after uuid, at timestamptz) RETURNS tasks
LANGUAGE plpgsql AS $$
DECLARE
	t CONSTANT tasks := hob.lock_task(task);
	n tasks := t;
	left_key text;
	right_key text;
BEGIN
	SELECT hob.place_of(x) INTO left_key FROM tasks x WHERE x.id = after AND x.deleted_at IS NULL;
	IF after IS NOT NULL AND (NOT FOUND OR after = task) THEN
		RAISE EXCEPTION 'no neighbour' USING ERRCODE = '23503', CONSTRAINT = 'move_after_fkey';
	END IF;
	SELECT min(k.place) INTO right_key
	  FROM (SELECT hob.place_of(x) COLLATE "C" AS place FROM tasks x
		 WHERE x.id <> task AND x.deleted_at IS NULL AND NOT x.archived
		   AND x.residence_id = ANY (ARRAY(SELECT m.residence_id FROM residence_members m
				WHERE m.user_id = hob.user_id() AND NOT m.gone))) k
	 WHERE left_key IS NULL OR k.place > left_key COLLATE "C";
	-- With its own id behind, so that two who are dragged to one place at once get two keys.
	n.position := hob.key_between(left_key, right_key) || replace(t.id::text, '-', '') || 'i';
	RETURN hob.save_task(t, n, at);
END
$$;
GRANT EXECUTE ON FUNCTION hob.lock_task(uuid), hob.require_open(tasks, int),
	hob.save_task(tasks, tasks, timestamptz), hob.change_task(uuid, jsonb, text, timestamptz),
	hob.today_in(uuid, timestamptz), hob.snooze_task(uuid, int, date, int, timestamptz),
	hob.complete_task(uuid, text, uuid, int, timestamptz, uuid, text, numeric, text, int, timestamptz,
		text),
	hob.take_back(uuid, bool, int[], timestamptz), hob.place_of(tasks),
	hob.key_between(text, text), hob.move_task(uuid, uuid, timestamptz) TO hob_api;

-- --- shapes and scopes ---------------------------------------------------------------------------

DROP FUNCTION hob.task_card(tasks, uuid[], text[]);
CREATE FUNCTION hob.task_card(t tasks, people uuid[], names text[])
RETURNS TABLE (id uuid, residence_id uuid, title text, description text, category text,
	priority text, due_on date, due_time text, recurrence jsonb, occurrence int,
	"assigned_to.id" uuid, "assigned_to.name" text, estimated_cost numeric, state text,
	completed bool, archived bool, "position" text, completion_count int,
	last_completed_at timestamptz, "last_completed_by.id" uuid, "last_completed_by.name" text,
	last_completion_id uuid, "created_by.id" uuid, "created_by.name" text,
	created_at timestamptz, updated_at timestamptz, version int)
LANGUAGE sql STABLE ROWS 1 AS $$
	SELECT t.id, t.residence_id, t.title, t.description, t.category, t.priority, t.due_on,
	       left(t.due_time::text, 5), t.recurrence, t.occurrence, t.assigned_to_id,
	       names[array_position(people, t.assigned_to_id)], t.estimated_cost, t.state,
	       t.completed, t.archived, t.position, t.completion_count, t.last_completed_at,
	       t.last_completed_by, names[array_position(people, t.last_completed_by)],
	       t.last_completion_id, t.created_by, names[array_position(people, t.created_by)],
	       t.created_at, t.updated_at, t.version
$$;

DROP FUNCTION hob.completion_card(completions, uuid[], text[]);
CREATE FUNCTION hob.completion_card(c completions, people uuid[], names text[])
RETURNS TABLE (id uuid, residence_id uuid, task_id uuid, occurrence int, outcome text,
	due_before date, due_after date, missed int, completed_at timestamptz,
	"completed_by.id" uuid, "completed_by.name" text, "recorded_by.id" uuid,
	"recorded_by.name" text, contractor_name text, actual_cost numeric, note text, rating int,
	created_at timestamptz, updated_at timestamptz, version int)
LANGUAGE sql STABLE ROWS 1 AS $$
	SELECT c.id, c.residence_id, c.task_id, c.occurrence, c.outcome, c.due_before,
	       c.due_after, c.missed, c.completed_at, c.completed_by,
	       names[array_position(people, c.completed_by)], c.recorded_by,
	       names[array_position(people, c.recorded_by)], c.contractor_name, c.actual_cost,
	       c.note, c.rating, c.created_at, c.updated_at, c.version
$$;

-- What boards and feeds show of a long text: 280 characters, the last an ellipsis where it goes
-- on. The thing by itself has all of it.
CREATE FUNCTION hob.beginning(t text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN octet_length(t) <= 280 OR octet_length(t) <= 4 * 280 AND length(t) <= 280 THEN t
	ELSE left(t, 279) || '…' END;
GRANT EXECUTE ON FUNCTION hob.beginning(text) TO hob_api;

-- A completion and what of its task it has changed.
CREATE FUNCTION hob.completion_shown(c completions, t tasks, people uuid[], names text[])
RETURNS TABLE (id uuid, residence_id uuid, "task.id" uuid, "task.title" text,
	"task.category" text, "task.due_on" date, "task.occurrence" int, "task.state" text,
	"task.completed" bool, "task.version" int, task_id uuid, occurrence int, outcome text,
	due_before date, due_after date, missed int, completed_at timestamptz,
	"completed_by.id" uuid, "completed_by.name" text, "recorded_by.id" uuid,
	"recorded_by.name" text, contractor_name text, actual_cost numeric, note text, rating int,
	created_at timestamptz, updated_at timestamptz, version int)
LANGUAGE sql STABLE ROWS 1 AS $$
	SELECT d.id, d.residence_id, t.id, t.title, t.category, t.due_on, t.occurrence, t.state,
	       t.completed, t.version, d.task_id, d.occurrence, d.outcome, d.due_before,
	       d.due_after, d.missed, d.completed_at, d."completed_by.id", d."completed_by.name",
	       d."recorded_by.id", d."recorded_by.name", d.contractor_name, d.actual_cost, d.note,
	       d.rating, d.created_at, d.updated_at, d.version
	  FROM hob.completion_card(c, people, names) d
$$;

CREATE FUNCTION hob.require_completion_role(completion uuid, wanted residence_role) RETURNS void
LANGUAGE plpgsql STABLE AS $$
DECLARE
	home uuid;
BEGIN
	SELECT c.residence_id INTO home FROM completions c WHERE c.id = completion;
	PERFORM hob.require_role(home, wanted);
END
$$;
GRANT EXECUTE ON FUNCTION hob.task_card(tasks, uuid[], text[]),
	hob.completion_card(completions, uuid[], text[]),
	hob.completion_shown(completions, tasks, uuid[], text[]),
	hob.require_completion_role(uuid, residence_role) TO hob_api;

-- --- sync and activity ------------------------------------------------------------------------------

CREATE TRIGGER completions_bury_undone AFTER UPDATE ON completions
	FOR EACH ROW WHEN (old.undone_at IS NULL AND new.undone_at IS NOT NULL)
	EXECUTE FUNCTION hob.bury('completions', 'id', 'created_at');
DROP TRIGGER completions_bury ON completions;
CREATE TRIGGER completions_bury AFTER DELETE ON completions
	FOR EACH ROW WHEN (old.undone_at IS NULL)
	EXECUTE FUNCTION hob.bury('completions', 'id', 'created_at');
CREATE OR REPLACE VIEW hob.sync_things WITH (security_invoker = true) AS
SELECT 'members' AS kind, residence_id, user_id AS id, joined_at AS created_at
  FROM residence_members WHERE NOT gone
UNION ALL
SELECT 'tasks', residence_id, id, created_at FROM tasks WHERE deleted_at IS NULL
UNION ALL
SELECT 'completions', residence_id, id, created_at FROM completions WHERE undone_at IS NULL;

-- What completing repeats in the task is the completion's own entry.
DROP TRIGGER tasks_activity ON tasks;
CREATE TRIGGER tasks_activity AFTER INSERT OR UPDATE OR DELETE ON tasks
	FOR EACH ROW WHEN (current_setting('hob.user_id', true) <> '')
	EXECUTE FUNCTION hob.log_activity('task', 'id', 'created', 'deleted', 'grid_on',
		'occurrence', 'completed', 'completion_count', 'last_completed_at',
		'last_completed_by', 'last_completion_id');
DROP TRIGGER completions_activity ON completions;
CREATE TRIGGER completions_activity AFTER INSERT OR UPDATE OR DELETE ON completions
	FOR EACH ROW WHEN (current_setting('hob.user_id', true) <> '')
	EXECUTE FUNCTION hob.log_activity('completion', 'id', 'created', 'deleted', 'undone_by');
