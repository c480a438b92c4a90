-- A task that goes to another residence of somebody's, and a copy of one.
--
-- A task that moves takes its history along: the key of its completions follows by their foreign key. In the residence
-- that it leaves, it and they are gone: tombstones say so to sync, and the activity says where it went from and where
-- it came. Its contractors stay where they are; history keeps their names. Amounts stay the numbers that they are,
-- whatever the currencies.
-- after: tasks completions limits

-- hob.around as it is at this moment: behind what brought somebody within the same statement.
CREATE OR REPLACE FUNCTION hob.around_now(residence uuid)
RETURNS TABLE (people uuid[], names text[], currency text, time_zone text, today date)
LANGUAGE plpgsql ROWS 1 AS $$
BEGIN
	RETURN QUERY SELECT a.* FROM hob.around(residence) a;
END
$$;

-- Moves a task; one that is there already stays as it is. HB404 or HB403 for who may not edit in both
-- residences, HB402 when the other one is full. The assignee stays who belongs to both. A template stays
-- that of the task unless the other residence has a task of it: two who come at once find that out by the
-- index, and then the later one gives up what it may not keep.
CREATE OR REPLACE FUNCTION hob.transfer_task(task uuid, residence uuid, at timestamptz,
	OUT moved tasks, OUT was_in uuid)
LANGUAGE plpgsql AS $$
DECLARE
	t tasks;
	keeps bool;
	stays bool;
BEGIN
	PERFORM hob.require_role(residence, 'member');
	-- The key changes, which needs the stronger lock: at once, so that nobody comes in between.
	PERFORM FROM tasks x WHERE x.id = task FOR UPDATE;
	t := hob.lock_task(task);
	moved := t;
	was_in := t.residence_id;
	IF was_in = residence THEN
		RETURN;
	END IF;
	-- The history goes along, to where its authors may not be: what only managers may take back, they may move.
	IF EXISTS (SELECT FROM completions c WHERE c.task_id = t.id AND c.recorded_by <> hob.user_id())
	   AND NOT EXISTS (SELECT FROM residence_members m WHERE m.residence_id = was_in
		AND m.user_id = hob.user_id() AND NOT m.gone AND m.role >= 'manager') THEN
		RAISE EXCEPTION 'history of others' USING ERRCODE = 'HB403', CONSTRAINT = 'history_of_others';
	END IF;
	stays := coalesce(hob.is_active_member(residence, t.assigned_to_id), false);
	keeps := NOT EXISTS (SELECT FROM tasks x WHERE x.residence_id = residence
		AND x.template = t.template AND x.deleted_at IS NULL);
	PERFORM FROM contractors x
	  WHERE x.id IN (SELECT c.contractor_id FROM completions c WHERE c.task_id = t.id)
	  ORDER BY x.id FOR NO KEY UPDATE;
	UPDATE completions c SET contractor_id = NULL WHERE c.task_id = t.id AND c.contractor_id IS NOT NULL;
	FOR attempt IN 1 .. 2 LOOP
		BEGIN
			UPDATE tasks x
			   SET residence_id = residence, position = NULL, contractor_id = NULL,
			       assigned_to_id = CASE WHEN stays THEN t.assigned_to_id END,
			       template = CASE WHEN keeps THEN t.template END,
			       updated_at = at, version = x.version + 1
			 WHERE x.id = task
			RETURNING x.* INTO moved;
			EXIT;
		EXCEPTION WHEN unique_violation OR foreign_key_violation THEN
			IF attempt = 2 THEN
				RAISE;
			END IF;
			stays := false;
			keeps := false;
		END;
	END LOOP;
END
$$;

-- A new task like this one, in `residence`, or where it is when that is null: pending, due on the same
-- day, by the same rule with as many times as are left, and assigned to the same person where they belong.
-- What was its last time comes once.
CREATE OR REPLACE FUNCTION hob.copy_task(task uuid, residence uuid, new_id uuid, at timestamptz) RETURNS tasks
LANGUAGE plpgsql AS $$
DECLARE
	t tasks;
	n tasks;
	target uuid;
	rest jsonb;
BEGIN
	SELECT x.* INTO t FROM tasks x
	 WHERE x.id = task AND x.deleted_at IS NULL
	   AND x.residence_id = ANY (ARRAY(SELECT m.residence_id FROM residence_members m
			WHERE m.user_id = hob.user_id() AND NOT m.gone AND m.role >= 'member'));
	IF t.id IS NULL THEN
		RAISE EXCEPTION 'no such task' USING ERRCODE = 'HB404';
	END IF;
	target := coalesce(residence, t.residence_id);
	PERFORM hob.require_role(target, 'member');
	rest := CASE WHEN t.recurrence ->> 'count' IS NOT NULL
		THEN jsonb_set(t.recurrence, '{count}',
			to_jsonb(greatest((t.recurrence ->> 'count')::int - t.occurrence + 1, 1)))
		ELSE t.recurrence END;
	IF rest IS NOT NULL AND NOT hob.has_next(rest) OR (SELECT s.next IS NULL
		FROM hob.next_due(rest, 1, t.due_on, t.due_on, t.due_on, 'done') s) THEN
		rest := NULL;
	END IF;
	INSERT INTO tasks AS x (id, residence_id, title, description, category, priority, starts_on, due_on,
		due_time, recurrence, remind_before, assigned_to_id, contractor_id, estimated_cost, created_by, created_at,
		updated_at)
	VALUES (new_id, target, t.title, t.description, t.category, t.priority, t.starts_on, t.due_on, t.due_time, rest, t.remind_before,
		CASE WHEN hob.is_active_member(target, t.assigned_to_id) THEN t.assigned_to_id END,
		CASE WHEN target = t.residence_id THEN t.contractor_id END, t.estimated_cost, hob.user_id(), at, at)
	RETURNING x.* INTO n;
	RETURN n;
END
$$;

-- The residence that a task comes to learns the names of those in its history.
CREATE OR REPLACE FUNCTION hob.introduce_people() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	INSERT INTO residence_people (residence_id, user_id, name)
	SELECT new.residence_id, p.user_id, p.name
	  FROM residence_people p
	 WHERE p.residence_id = old.residence_id
	   AND p.user_id IN (SELECT new.created_by
		UNION SELECT c.completed_by FROM completions c WHERE c.task_id = new.id
		UNION SELECT c.recorded_by FROM completions c WHERE c.task_id = new.id)
	ON CONFLICT (residence_id, user_id) DO NOTHING;
	RETURN NULL;
END
$$;

-- hob.log_activity tells the residence that it comes to.
CREATE OR REPLACE FUNCTION hob.log_departure() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	INSERT INTO activity (residence_id, user_id, request_id, action, subject, subject_id, title)
	VALUES (old.residence_id, hob.user_id(), nullif(current_setting('hob.request_id', true), ''),
		'moved_out', 'task', old.id, old.title);
	RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER tasks_introduce_people AFTER UPDATE ON tasks
	FOR EACH ROW WHEN (old.residence_id <> new.residence_id) EXECUTE FUNCTION hob.introduce_people();
CREATE OR REPLACE TRIGGER tasks_activity_moved AFTER UPDATE ON tasks
	FOR EACH ROW WHEN (old.residence_id <> new.residence_id AND current_setting('hob.user_id', true) <> '')
	EXECUTE FUNCTION hob.log_departure();
CREATE OR REPLACE TRIGGER tasks_bury_moved AFTER UPDATE ON tasks
	FOR EACH ROW WHEN (old.residence_id <> new.residence_id AND old.deleted_at IS NULL)
	EXECUTE FUNCTION hob.bury('tasks', 'id', 'created_at');
CREATE OR REPLACE TRIGGER completions_bury_moved AFTER UPDATE ON completions
	FOR EACH ROW WHEN (old.residence_id <> new.residence_id AND old.undone_at IS NULL)
	EXECUTE FUNCTION hob.bury('completions', 'id', 'created_at');

GRANT UPDATE (residence_id, template) ON tasks TO hob_api;
GRANT EXECUTE ON FUNCTION hob.around_now(uuid), hob.transfer_task(uuid, uuid, timestamptz),
	hob.copy_task(uuid, uuid, uuid, timestamptz) TO hob_api;
