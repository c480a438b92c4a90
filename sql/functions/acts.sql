-- Notices of acts: who does something in a residence tells those whom it concerns, in the same transaction, each act once,
-- and never themselves. Who has not entered (seeds, psql) tells nobody. What is taken back before anybody has read of it
-- takes its notices along.
-- after: deliveries tasks completions sharing

-- Not for the API itself. Tells those of `users` who belong to the residence. actor: who does it; support has no name. facts,
-- besides their name and that of the residence: see the table.
CREATE OR REPLACE FUNCTION hob.tell(users uuid[], kind text, residence uuid, subject text, subject_id uuid, facts jsonb,
	actor uuid, occurrence int DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	-- Who joins has a name there only behind the row triggers.
	PERFORM FROM residences r
	  LEFT JOIN users u ON u.id = tell.actor
	  LEFT JOIN residence_people p ON (p.residence_id, p.user_id) = (r.id, tell.actor)
	 CROSS JOIN LATERAL hob.notify(
		ARRAY(SELECT m.user_id FROM residence_members m
		       WHERE m.residence_id = r.id AND NOT m.gone AND m.user_id = ANY (tell.users)),
		tell.kind, r.id, tell.subject, tell.subject_id,
		jsonb_build_object('home', r.name, 'who', coalesce(p.name, u.name, '')) || tell.facts,
		tell.occurrence, act => pg_current_xact_id()) n
	 WHERE r.id = tell.residence AND r.deleted_at IS NULL;
END
$$;

-- Not for the API itself. Takes back what these accounts were told of acts and have not read, and what of it is not sent
-- yet. occurrence: null for any.
CREATE OR REPLACE FUNCTION hob.take_notices_back(users uuid[], kind text, subject_id uuid, occurrence int) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	keys text;
BEGIN
	WITH taken AS (
		UPDATE notices n SET deleted_at = now()
		 WHERE n.user_id = ANY (users) AND n.kind = take_notices_back.kind
		   AND n.subject_id = take_notices_back.subject_id AND n.act IS NOT NULL
		   AND (take_notices_back.occurrence IS NULL OR n.occurrence = take_notices_back.occurrence)
		   AND n.read_at IS NULL AND n.deleted_at IS NULL
		RETURNING n.id, n.user_id
	), dropped AS (
		UPDATE deliveries d SET state = 'dropped', reason = 'taken_back', ended_at = now()
		  FROM taken t
		 WHERE d.notice_id = t.id AND d.state IN ('waiting', 'held')
	)
	SELECT string_agg('user:' || t.user_id, ' ') INTO keys FROM taken t;
	IF keys IS NOT NULL THEN
		PERFORM hob.say(keys);
	END IF;
END
$$;

-- --- tasks ------------------------------------------------------------------------------

-- Who is given a task is told, also when it was theirs before and somebody else's since; who had it no more. That a task
-- which is over has another name on it is no news.
CREATE OR REPLACE FUNCTION hob.tell_assigned() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	IF tg_op = 'UPDATE' AND old.assigned_to_id IS NOT NULL THEN
		PERFORM hob.take_notices_back(ARRAY[old.assigned_to_id], 'task_assigned', new.id, NULL);
	END IF;
	IF new.assigned_to_id <> hob.user_id() AND NOT new.completed AND new.state <> 'cancelled' THEN
		PERFORM hob.tell(ARRAY[new.assigned_to_id], 'task_assigned', new.residence_id, 'task', new.id,
			jsonb_build_object('title', new.title), hob.user_id(), new.occurrence);
	END IF;
	RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER tasks_tell_assigned AFTER INSERT ON tasks
	FOR EACH ROW WHEN (new.assigned_to_id IS NOT NULL
		AND current_setting('hob.user_id', true) NOT IN ('', new.assigned_to_id::text))
	EXECUTE FUNCTION hob.tell_assigned();
CREATE OR REPLACE TRIGGER tasks_tell_assigned_anew AFTER UPDATE OF assigned_to_id ON tasks
	FOR EACH ROW WHEN (new.assigned_to_id IS DISTINCT FROM old.assigned_to_id
		AND current_setting('hob.user_id', true) <> '')
	EXECUTE FUNCTION hob.tell_assigned();

-- Tells all others of the residence of a completion that this transaction has made; not of one that is older than a week,
-- for that is history. A function and no trigger: hob.complete_task knows whether there is anybody to tell.
CREATE OR REPLACE FUNCTION hob.tell_completed(completion uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	c completions;
BEGIN
	SELECT x.* INTO c FROM completions x WHERE x.id = tell_completed.completion;
	IF c.recorded_by = hob.user_id() AND c.changed = pg_current_xact_id() AND c.outcome = 'done'
	   AND c.completed_at > now() - interval '7 days' THEN
		PERFORM hob.tell(ARRAY(SELECT m.user_id FROM residence_members m
				WHERE m.residence_id = c.residence_id
				  AND m.user_id NOT IN (c.recorded_by, c.completed_by)),
			'task_completed', c.residence_id, 'task', c.task_id, jsonb_build_object('title', c.title),
			c.completed_by, c.occurrence);
	END IF;
END
$$;

CREATE OR REPLACE FUNCTION hob.untell_completed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	PERFORM hob.take_notices_back(ARRAY(SELECT m.user_id FROM residence_members m
		WHERE m.residence_id = new.residence_id), 'task_completed', new.task_id, new.occurrence);
	RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER completions_untell AFTER UPDATE OF undone_at ON completions
	FOR EACH ROW WHEN (old.undone_at IS NULL AND new.undone_at IS NOT NULL)
	EXECUTE FUNCTION hob.untell_completed();

-- --- members ----------------------------------------------------------------------------

-- Who joins is told of to the owner and managers. The owner of a residence that is made tells nobody.
CREATE OR REPLACE FUNCTION hob.tell_joined() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	PERFORM hob.tell(ARRAY(SELECT m.user_id FROM residence_members m
			WHERE m.residence_id = new.residence_id AND m.role >= 'manager'
			  AND m.user_id NOT IN (new.user_id, hob.user_id())),
		'member_joined', new.residence_id, 'member', new.user_id, jsonb_build_object('role', new.role),
		new.user_id);
	RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER residence_members_tell_joined AFTER INSERT ON residence_members
	FOR EACH ROW WHEN (new.role <> 'owner' AND current_setting('hob.user_id', true) <> '')
	EXECUTE FUNCTION hob.tell_joined();

-- Who is made the owner was given the residence; of another role its member is told.
CREATE OR REPLACE FUNCTION hob.tell_role() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	role CONSTANT jsonb := jsonb_build_object('role', new.role);
BEGIN
	IF new.role = 'owner' THEN
		PERFORM hob.tell(ARRAY[new.user_id], 'residence_shared', new.residence_id, 'residence',
			new.residence_id, role, hob.user_id());
	ELSE
		PERFORM hob.tell(ARRAY[new.user_id], 'role_changed', new.residence_id, 'member', new.user_id, role,
			hob.user_id());
	END IF;
	RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER residence_members_tell_role AFTER UPDATE OF role ON residence_members
	FOR EACH ROW WHEN (new.role <> old.role
		AND current_setting('hob.user_id', true) NOT IN ('', new.user_id::text))
	EXECUTE FUNCTION hob.tell_role();

GRANT EXECUTE ON FUNCTION hob.tell_completed(uuid) TO hob_api;
