-- Tasks: what the API shows of one, and what people do with it.
--
-- An act on a task locks its row first; two at once happen one after the other, and the
-- second sees what the first has done.
-- after: residences sharing recurrence sync activity time idempotency

-- A task stands where its day and time put it, unless somebody dragged it. Both are one kind of
-- key, text in byte order: seconds of the local clock and id, or a key between those of its new
-- neighbours. A task for the whole day comes behind those with a time on that day, one without a day
-- behind all. A task that gets another day loses the place.
CREATE OR REPLACE FUNCTION hob.place_of(t tasks) RETURNS text
LANGUAGE sql IMMUTABLE
RETURN coalesce(t.position,
	(100000000000 + coalesce(t.due_on - date '1900-01-01', 999999) * 86400::bigint
	 + coalesce(extract(epoch FROM t.due_time)::int, 86399))::text
	|| replace(t.id::text, '-', ''));

-- Of the task itself, and names: what a copy of it can hold. people and names: those of hob.people, fetched
-- once a residence. whole: else of the description its beginning.
CREATE OR REPLACE FUNCTION hob.task_card(t tasks, people uuid[], names text[], whole bool DEFAULT true)
RETURNS TABLE (id uuid, residence_id uuid, title text, description text, category text,
	priority text, starts_on date, due_on date, due_time text, recurrence jsonb, remind_before text[], occurrence int,
	"assigned_to.id" uuid, "assigned_to.name" text, contractor_id uuid, estimated_cost numeric, state text,
	completed bool, archived bool, "position" text, completion_count int,
	last_completed_at timestamptz, "last_completed_by.id" uuid, "last_completed_by.name" text,
	last_completion_id uuid, photo_count int, first_photo_id uuid, "created_by.id" uuid,
	"created_by.name" text, created_at timestamptz, updated_at timestamptz, version int)
LANGUAGE sql STABLE ROWS 1 AS $$
	SELECT t.id, t.residence_id, t.title,
	       CASE WHEN whole THEN t.description ELSE hob.beginning(t.description) END, t.category,
	       t.priority, t.starts_on, t.due_on, left(t.due_time::text, 5), t.recurrence,
	       string_to_array(t.remind_before, ','), t.occurrence, t.assigned_to_id,
	       names[array_position(people, t.assigned_to_id)], t.contractor_id, t.estimated_cost, t.state,
	       t.completed, t.archived, hob.place_of(t), t.completion_count, t.last_completed_at,
	       t.last_completed_by, names[array_position(people, t.last_completed_by)],
	       t.last_completion_id, t.photo_count, t.first_photo_id, t.created_by, names[array_position(people, t.created_by)],
	       t.created_at, t.updated_at, t.version
$$;

-- Open, and past its day, or past its time today. today: where the task is.
CREATE OR REPLACE FUNCTION hob.is_overdue(t tasks, today date, zone text) RETURNS bool
LANGUAGE sql STABLE
RETURN coalesce(t.due_on <= today AND NOT t.completed AND t.state <> 'cancelled'
	AND (t.due_on < today
	     OR t.due_time IS NOT NULL AND hob.local_instant(t.due_on, t.due_time, zone) < now()), false);

-- Nobody has begun it, and its first day is still to come; null or false when that is not so.
CREATE OR REPLACE FUNCTION hob.is_hidden(t tasks, today date) RETURNS bool
LANGUAGE sql IMMUTABLE
RETURN t.starts_on > today AND t.state = 'pending' AND NOT t.completed;

-- The number of tasks in the open columns of a residence's board, by the rules of app/model/board.c, and the
-- day that it is there.
CREATE OR REPLACE FUNCTION hob.open_counts(residence uuid, zone text, days_threshold int, at timestamptz)
RETURNS TABLE (today date, overdue int, due_soon int, upcoming int, in_progress int)
LANGUAGE sql STABLE ROWS 1 AS $$
	SELECT h.today,
	       count(*) FILTER (WHERE o.state = 'pending' AND o.overdue)::int,
	       count(*) FILTER (WHERE o.state = 'pending' AND NOT o.overdue
			AND o.due_on < h.today + coalesce(days_threshold, 30))::int,
	       count(*) FILTER (WHERE o.state = 'pending' AND NOT o.overdue
			AND o.due_on < h.today + coalesce(days_threshold, 30) IS NOT TRUE)::int,
	       count(*) FILTER (WHERE o.state = 'in_progress')::int
	  FROM (SELECT (at AT TIME ZONE zone)::date AS today OFFSET 0) h
	  LEFT JOIN LATERAL (
		SELECT t.state, t.due_on, hob.is_overdue(t, h.today, zone) AS overdue
		  FROM tasks t
		 WHERE t.residence_id = residence AND t.deleted_at IS NULL AND NOT t.archived
		   AND t.state <> 'cancelled' AND NOT t.completed AND hob.is_hidden(t, h.today) IS NOT TRUE) o
		ON true
	 GROUP BY h.today
$$;

-- Where the start of a task goes whose due day moves: as many days before it as it was. Of a task that had no
-- day it stays, at the latest on the day that it gets.
CREATE OR REPLACE FUNCTION hob.moved_start(starts_on date, due_before date, due_on date) RETURNS date
LANGUAGE sql IMMUTABLE
RETURN CASE WHEN starts_on IS NOT NULL
	THEN least(greatest(starts_on + coalesce(due_on - due_before, 0), date '1900-01-01'), due_on) END;

-- A task that an act has changed, and what that makes untrue.
CREATE OR REPLACE FUNCTION hob.task_shown(t tasks)
RETURNS TABLE (id uuid, residence_id uuid, title text, description text, category text,
	priority text, starts_on date, due_on date, due_time text, recurrence jsonb, remind_before text[], occurrence int,
	"assigned_to.id" uuid, "assigned_to.name" text, contractor_id uuid, estimated_cost numeric, state text,
	completed bool, archived bool, "position" text, completion_count int,
	last_completed_at timestamptz, "last_completed_by.id" uuid, "last_completed_by.name" text,
	last_completion_id uuid, photo_count int, first_photo_id uuid, "created_by.id" uuid,
	"created_by.name" text, created_at timestamptz, updated_at timestamptz, version int, currency text, is_overdue bool,
	_touch text[])
LANGUAGE sql STABLE ROWS 1 AS $$
	SELECT c.*, a.currency, hob.is_overdue(t, a.today, a.time_zone),
	       CASE WHEN hob.did() IS NOT NULL THEN ARRAY['residence:' || t.residence_id] END
	  FROM hob.around(t.residence_id) a
	 CROSS JOIN LATERAL hob.task_card(t, a.people, a.names) c
$$;

CREATE OR REPLACE FUNCTION hob.require_task_role(task uuid, wanted residence_role) RETURNS void
LANGUAGE plpgsql STABLE AS $$
DECLARE
	have residence_role;
BEGIN
	SELECT m.role INTO have
	  FROM tasks t
	  JOIN residence_members m ON m.residence_id = t.residence_id
	 WHERE t.id = task AND t.deleted_at IS NULL AND m.user_id = hob.user_id() AND NOT m.gone;
	IF have IS NULL THEN
		RAISE EXCEPTION 'no such task' USING ERRCODE = 'HB404';
	ELSIF have < wanted THEN
		RAISE EXCEPTION 'this needs role %', wanted USING ERRCODE = 'HB403';
	END IF;
END
$$;

-- HB404 when it is not in a residence where the caller may edit, or gone.
CREATE OR REPLACE FUNCTION hob.lock_task(task uuid) RETURNS tasks
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

-- The number of the occurrence that a client names; null for "current", whichever is open. That is done again
-- by a request that is sent again, so it takes an idempotency key.
CREATE OR REPLACE FUNCTION hob.occurrence_named(named text, once_key text) RETURNS int
LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF named = 'current' AND once_key IS NULL THEN
		RAISE EXCEPTION 'no key' USING ERRCODE = '23514', CONSTRAINT = 'current_occurrence_key';
	END IF;
	RETURN nullif(named, 'current')::int;
END
$$;

-- HB409 unless this occurrence (null: whichever) of the task is still to be done.
CREATE OR REPLACE FUNCTION hob.require_open(t tasks, number int) RETURNS void
LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF t.state = 'cancelled' THEN
		RAISE EXCEPTION 'cancelled' USING ERRCODE = 'HB409', CONSTRAINT = 'task_cancelled';
	ELSIF t.completed THEN
		RAISE EXCEPTION 'done' USING ERRCODE = 'HB409', CONSTRAINT = 'task_done';
	ELSIF number <> t.occurrence THEN
		RAISE EXCEPTION 'another one is open' USING ERRCODE = 'HB409',
			CONSTRAINT = 'not_current_occurrence',
			DETAIL = json_build_object('occurrence', t.occurrence);
	END IF;
END
$$;

-- Saves what an act has changed; an act that changes nothing makes no version. A time goes with its day.
CREATE OR REPLACE FUNCTION hob.save_task(was tasks, n tasks, at timestamptz) RETURNS tasks
LANGUAGE plpgsql AS $$
BEGIN
	IF was IS NOT DISTINCT FROM n THEN
		RETURN was;
	END IF;
	UPDATE tasks t
	   SET due_on = n.due_on, grid_on = n.grid_on, starts_on = n.starts_on, assigned_to_id = n.assigned_to_id,
	       due_time = CASE WHEN n.due_on IS NOT NULL THEN n.due_time END,
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
CREATE OR REPLACE FUNCTION hob.change_task(task uuid, change jsonb, needs text, at timestamptz) RETURNS tasks
LANGUAGE plpgsql AS $$
DECLARE
	t CONSTANT tasks := hob.lock_task(task);
BEGIN
	IF needs = 'open' THEN
		PERFORM hob.require_open(t, NULL);
	ELSIF needs = 'unfinished' AND t.completed THEN
		RAISE EXCEPTION 'done' USING ERRCODE = 'HB409', CONSTRAINT = 'task_done';
	ELSIF needs = 'cancelled' AND t.state <> 'cancelled' THEN
		RETURN t;
	END IF;
	RETURN hob.save_task(t, jsonb_populate_record(t, change), at);
END
$$;

-- Puts the open occurrence off: to the day `until`, or by so many days (one when neither is said) from when it is due
-- or from today, whichever is later. The grid stays; the start moves along.
CREATE OR REPLACE FUNCTION hob.snooze_task(task uuid, number int, until date, days int, at timestamptz)
RETURNS tasks
LANGUAGE plpgsql AS $$
DECLARE
	t CONSTANT tasks := hob.lock_task(task);
	n tasks := t;
	today CONSTANT date := hob.today_in(t.residence_id, at);
BEGIN
	IF until IS NOT NULL AND days IS NOT NULL THEN
		RAISE EXCEPTION 'both' USING ERRCODE = '23514', CONSTRAINT = 'snooze_until_alone';
	END IF;
	PERFORM hob.require_open(t, number);
	IF until < today THEN
		RAISE EXCEPTION 'a day gone by' USING ERRCODE = '23514', CONSTRAINT = 'snooze_until_past';
	END IF;
	n.due_on := least(coalesce(until, greatest(t.due_on, today) + coalesce(days, 1)), '2200-12-31');
	n.starts_on := hob.moved_start(t.starts_on, t.due_on, n.due_on);
	n.position := NULL;
	RETURN hob.save_task(t, n, at);
END
$$;

-- A key between two, of digits in base 36; after null is the beginning, before null the end. No
-- key ends with the least digit, so that there is always room.
CREATE OR REPLACE FUNCTION hob.key_between(after text, before text) RETURNS text
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

-- Puts a task behind another one of the caller's residences, or before all when there is none.
CREATE OR REPLACE FUNCTION hob.move_task(task uuid, after uuid, at timestamptz) RETURNS tasks
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

-- A rule that is set or changed must have another day behind the one on which the task is due now, and
-- begins a grid: from its starts_on, or else from the day on which the task is due; a task without a
-- day is due on the rule's first. A task that was done for good is open again, on the day that was given
-- with the rule, or else on the first to come.
CREATE OR REPLACE FUNCTION hob.begin_recurrence() RETURNS trigger
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
			new.starts_on := hob.moved_start(new.starts_on, old.due_on, new.due_on);
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
CREATE OR REPLACE TRIGGER tasks_begin_recurrence BEFORE INSERT ON tasks
	FOR EACH ROW WHEN (new.recurrence IS NOT NULL) EXECUTE FUNCTION hob.begin_recurrence();
CREATE OR REPLACE TRIGGER tasks_change_recurrence BEFORE UPDATE ON tasks
	FOR EACH ROW WHEN (new.recurrence IS DISTINCT FROM old.recurrence)
	EXECUTE FUNCTION hob.begin_recurrence();

-- An assignee must be able to sign in; one who is no member breaks the foreign key.
CREATE OR REPLACE FUNCTION hob.require_active_assignee() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	IF EXISTS (SELECT FROM users u WHERE u.id = new.assigned_to_id AND NOT u.is_active)
	   AND EXISTS (SELECT FROM residence_members m WHERE m.residence_id = new.residence_id
			AND m.user_id = new.assigned_to_id) THEN
		RAISE EXCEPTION 'a disabled account'
			USING ERRCODE = '23514', CONSTRAINT = 'tasks_assigned_to_id_active';
	END IF;
	RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER tasks_assigned_active AFTER INSERT ON tasks
	FOR EACH ROW WHEN (new.assigned_to_id IS NOT NULL)
	EXECUTE FUNCTION hob.require_active_assignee();
CREATE OR REPLACE TRIGGER tasks_assigned_anew_active AFTER UPDATE OF assigned_to_id ON tasks
	FOR EACH ROW WHEN (new.assigned_to_id IS NOT NULL
		AND new.assigned_to_id IS DISTINCT FROM old.assigned_to_id)
	EXECUTE FUNCTION hob.require_active_assignee();

-- A task that loses its assignee by the foreign key is another version, too: nobody writes it, so
-- nobody says so.
CREATE OR REPLACE FUNCTION hob.lose_assignee() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	new.version := old.version + 1;
	new.updated_at := now();
	RETURN new;
END
$$;
CREATE OR REPLACE TRIGGER tasks_lose_assignee BEFORE UPDATE OF assigned_to_id ON tasks
	FOR EACH ROW WHEN (new.assigned_to_id IS NULL AND old.assigned_to_id IS NOT NULL
		AND new.version = old.version)
	EXECUTE FUNCTION hob.lose_assignee();

CREATE OR REPLACE FUNCTION hob.note_task_words() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	new.words := left(hob.folded(new.title || ' ' || coalesce(left(new.description, 280), '')), 600);
	RETURN new;
END
$$;
CREATE OR REPLACE TRIGGER tasks_note_words BEFORE INSERT OR UPDATE OF title, description ON tasks
	FOR EACH ROW EXECUTE FUNCTION hob.note_task_words();

CREATE OR REPLACE TRIGGER tasks_stamp BEFORE UPDATE ON tasks
	FOR EACH ROW EXECUTE FUNCTION hob.stamp();
CREATE OR REPLACE TRIGGER tasks_bury AFTER UPDATE ON tasks
	FOR EACH ROW WHEN (old.deleted_at IS NULL AND new.deleted_at IS NOT NULL)
	EXECUTE FUNCTION hob.bury('tasks', 'id', 'created_at');
CREATE OR REPLACE TRIGGER tasks_bury_for_good AFTER DELETE ON tasks
	FOR EACH ROW WHEN (old.deleted_at IS NULL)
	EXECUTE FUNCTION hob.bury('tasks', 'id', 'created_at');
CREATE OR REPLACE TRIGGER tasks_activity AFTER INSERT OR UPDATE OR DELETE ON tasks
	FOR EACH ROW WHEN (current_setting('hob.user_id', true) <> '')
	EXECUTE FUNCTION hob.log_activity('task', 'id', 'created', 'deleted', 'grid_on',
		'occurrence', 'completed', 'completion_count', 'last_completed_at',
		'last_completed_by', 'last_completion_id', 'photo_count', 'first_photo_id', 'words');


-- To make a row, only what a statement writes: what a row comes to be by later acts is not said at its
-- beginning. functions/transfer.sql says what moves a task to another residence.
GRANT SELECT, INSERT (id, residence_id, title, description, category, priority, starts_on, due_on, due_time,
	recurrence, remind_before, assigned_to_id, contractor_id, estimated_cost, template, created_by, created_at, updated_at),
	UPDATE (title, description, category, priority, starts_on, due_on, due_time, recurrence, remind_before, grid_on, occurrence,
	assigned_to_id, contractor_id, estimated_cost, state, completed, archived, position, completion_count,
	last_completed_at, last_completed_by, last_completion_id, updated_at, deleted_at, version)
	ON tasks TO hob_api;
GRANT EXECUTE ON FUNCTION hob.task_card(tasks, uuid[], text[], bool), hob.task_shown(tasks),
	hob.is_overdue(tasks, date, text), hob.is_hidden(tasks, date), hob.moved_start(date, date, date),
	hob.occurrence_named(text, text), hob.open_counts(uuid, text, int, timestamptz),
	hob.require_task_role(uuid, residence_role),
	hob.lock_task(uuid), hob.require_open(tasks, int), hob.save_task(tasks, tasks, timestamptz),
	hob.change_task(uuid, jsonb, text, timestamptz),
	hob.snooze_task(uuid, int, date, int, timestamptz), hob.place_of(tasks),
	hob.key_between(text, text), hob.move_task(uuid, uuid, timestamptz) TO hob_api;
