-- Notices of acts: who does something in a residence tells those whom it concerns, in the same transaction, each act once,
-- and never themselves. Who has not entered (seeds, psql) tells nobody. What is taken back before anybody has read of it
-- takes its notices along.
-- after: deliveries tasks completions sharing

-- What somebody is called in a residence.
CREATE OR REPLACE FUNCTION hob.name_in(residence uuid, who uuid) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp
RETURN coalesce((SELECT p.name FROM residence_people p WHERE (p.residence_id, p.user_id) = (residence, who)),
	(SELECT u.name FROM users u WHERE u.id = who));

-- Not for the API itself. Tells those of `users` who belong to the residence. facts, besides its name and, unless they say
-- another, that of who does it: see the table.
CREATE OR REPLACE FUNCTION hob.tell(users uuid[], kind text, residence uuid, subject text, subject_id uuid, facts jsonb,
	occurrence int DEFAULT NULL) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT count(*)
	  FROM residences r
	 CROSS JOIN LATERAL hob.notify(
		ARRAY(SELECT m.user_id FROM residence_members m
		       WHERE m.residence_id = r.id AND NOT m.gone AND m.user_id = ANY (tell.users)),
		tell.kind, r.id, tell.subject, tell.subject_id,
		jsonb_build_object('home', r.name, 'who', hob.name_in(r.id, hob.user_id())) || tell.facts,
		tell.occurrence, act => pg_current_xact_id()) n
	 WHERE r.id = tell.residence AND r.deleted_at IS NULL
$$;

-- Not for the API itself. Takes back what these accounts were told of acts and have not read, and what of it is not sent
-- yet. occurrence: null for any.
CREATE OR REPLACE FUNCTION hob.take_notices_back(users uuid[], kind text, subject_id uuid, occurrence int) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $$
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
	SELECT hob.say(string_agg('user:' || t.user_id, ' ')) FROM taken t HAVING count(*) > 0
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
			jsonb_build_object('title', new.title), new.occurrence);
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
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT hob.tell(ARRAY(SELECT m.user_id FROM residence_members m
			       WHERE m.residence_id = c.residence_id AND m.user_id NOT IN (c.recorded_by, c.completed_by)),
		'task_completed', c.residence_id, 'task', c.task_id,
		jsonb_build_object('title', c.title, 'who', hob.name_in(c.residence_id, c.completed_by)), c.occurrence)
	  FROM completions c
	 WHERE c.id = tell_completed.completion AND c.recorded_by = hob.user_id() AND c.changed = pg_current_xact_id()
	   AND c.outcome = 'done' AND c.completed_at > now() - interval '7 days'
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
		'member_joined', new.residence_id, 'member', new.user_id,
		jsonb_build_object('who', hob.name_in(new.residence_id, new.user_id), 'role', new.role));
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
			new.residence_id, role);
	ELSE
		PERFORM hob.tell(ARRAY[new.user_id], 'role_changed', new.residence_id, 'member', new.user_id, role);
	END IF;
	RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER residence_members_tell_role AFTER UPDATE OF role ON residence_members
	FOR EACH ROW WHEN (new.role <> old.role
		AND current_setting('hob.user_id', true) NOT IN ('', new.user_id::text))
	EXECUTE FUNCTION hob.tell_role();

GRANT EXECUTE ON FUNCTION hob.tell_completed(uuid) TO hob_api;
