-- Reminders: what has a day is looked at when somebody may have to be told of it, and not before.
--
-- Whatever gives a thing a day writes its row of `reminders` (hob.remind_of); the planner of hob-jobs asks for the rows
-- that are due, tells whom they concern, and moves each to the next moment that anybody needs. Nothing looks at the
-- things of all residences. The unique key of notices lets nothing be told twice, so a look too many does no harm; what
-- would be told later than it should is only what next_at is too late for.
--
-- The day of a reminder is that of its reader: it comes at their remind_at in their own time zone, on the day that the
-- calendar there calls so, or as many days before, also to somebody far from home. A thing is overdue when its day is
-- over where it is, as on the board; that is told at the reader's first remind_at behind.
--
-- A kind of thing joins by a branch of hob.dated, and by triggers that run hob.remind_of or delete its row.
-- after: tasks deliveries expiring

-- The days of a list such as "P7D,P0D"; null of null.
CREATE OR REPLACE FUNCTION hob.days_of(list text) RETURNS int[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
	RETURN ARRAY(SELECT trim(d, 'PD')::int FROM string_to_table(list, ',') d);
END
$$;

-- Open things with a day, those with several once for each. who: the one member to tell; null: all of at least this role.
-- offsets: how many days before; null: as each member wants it. before and past: the kinds of notices for these and for
-- when the day is over; null: there is none. what: which text of such a kind. place: whose reminder it is, the residence,
-- or the account whose alone it is.
CREATE OR REPLACE VIEW hob.dated WITH (security_invoker = true) AS
SELECT 'task' AS kind, t.id, t.residence_id, 'task' AS subject, t.title, t.due_on AS day, t.occurrence,
       t.assigned_to_id AS who, residence_role 'member' AS least, hob.days_of(t.remind_before) AS offsets,
       'task_due' AS before, 'task_overdue' AS past, NULL AS what, t.residence_id AS place
  FROM tasks t
 WHERE t.due_on IS NOT NULL AND t.deleted_at IS NULL AND NOT t.archived AND NOT t.completed
   AND t.state <> 'cancelled'
UNION ALL
SELECT 'document', d.id, d.residence_id, 'document', d.title, e.ends_on, NULL, NULL, 'viewer', hob.expiring_offsets(),
       'warranty_expiring', NULL, CASE WHEN d.type <> 'warranty' THEN 'document' END, d.residence_id
  FROM documents d CROSS JOIN LATERAL unnest(d.cover_ends) e (ends_on)
 WHERE d.deleted_at IS NULL AND d.is_active AND NOT d.is_void
UNION ALL
SELECT 'contractor', c.id, c.residence_id, 'contractor', c.name, c.insurance_expires_on, NULL, NULL, 'viewer',
       hob.expiring_offsets(), 'contractor_insurance_expiring', NULL, NULL, c.residence_id
  FROM contractors c
 WHERE c.residence_id IS NOT NULL AND c.insurance_expires_on IS NOT NULL AND c.deleted_at IS NULL AND NOT c.do_not_use
UNION ALL
SELECT 'contractor', c.id, NULL, 'contractor', c.name, c.insurance_expires_on, NULL, c.created_by, 'viewer',
       hob.expiring_offsets(), 'contractor_insurance_expiring', NULL, 'own', c.created_by
  FROM contractors c
 WHERE c.residence_id IS NULL AND c.insurance_expires_on IS NOT NULL AND c.deleted_at IS NULL AND NOT c.do_not_use;

-- --- what has a day ---------------------------------------------------------------------------

-- The first look at a thing: on the day of its longest offset, or of the longest that a member may have (30 days,
-- app/api/notices.c), where that day begins first on earth, 14 hours before UTC: early, and found without looking for
-- who is concerned. No request can give a day behind 9999; one that somebody else gave must not hold up the others.
CREATE OR REPLACE FUNCTION hob.first_look(day date, offsets int[]) RETURNS timestamptz
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
	longest int := 30;
BEGIN
	IF offsets IS NOT NULL THEN
		longest := coalesce((SELECT max(o) FROM unnest(offsets) o), -1);
	END IF;
	RETURN (least(day, '9999-12-31') - longest)::timestamp AT TIME ZONE 'UTC' - interval '14 hours';
END
$$;

-- A thing has got a day, or another one, or concerns others now. since: see the table.
CREATE OR REPLACE FUNCTION hob.remind_of(kind text, residence uuid, thing uuid, day date, offsets int[],
	since timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO reminders AS r (residence_id, subject_id, kind, next_at, since)
	VALUES (residence, thing, kind, hob.first_look(day, offsets), since)
	ON CONFLICT ON CONSTRAINT reminders_pkey DO UPDATE SET next_at = excluded.next_at, since = excluded.since;
END
$$;

CREATE OR REPLACE FUNCTION hob.remind_no_more(kind text, residence uuid, thing uuid) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM reminders r
	 WHERE (r.residence_id, r.subject_id, r.kind) = (residence, thing, remind_no_more.kind);
END
$$;

-- Behind a change of what hob.dated shows of a task. One that is open again, or whose last completion was taken back,
-- is as it was, and what came due meanwhile is told; else nothing is told that lies before the change: somebody has the
-- task at hand, and knows.
CREATE OR REPLACE FUNCTION hob.remind_of_task() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	was_open bool := false;
	since timestamptz := now();
	ignored text;
BEGIN
	IF tg_op <> 'INSERT' THEN
		was_open := old.due_on IS NOT NULL AND old.deleted_at IS NULL AND NOT old.archived AND NOT old.completed
			AND old.state <> 'cancelled';
	END IF;
	IF was_open AND (tg_op = 'DELETE' OR new.residence_id <> old.residence_id) THEN
		ignored := hob.remind_no_more('task', old.residence_id, old.id);
	END IF;
	IF tg_op = 'DELETE' THEN
		RETURN NULL;
	ELSIF new.due_on IS NOT NULL AND new.deleted_at IS NULL AND NOT new.archived AND NOT new.completed
	      AND new.state <> 'cancelled' THEN
		IF tg_op = 'UPDATE' AND (new.occurrence < old.occurrence OR NOT was_open AND new.due_on = old.due_on) THEN
			since := '-infinity';
		END IF;
		ignored := hob.remind_of('task', new.residence_id, new.id, new.due_on, hob.days_of(new.remind_before), since);
	ELSIF was_open THEN
		ignored := hob.remind_no_more('task', new.residence_id, new.id);
	END IF;
	RETURN NULL;
END
$$;
-- PostgreSQL reads a condition for each statement anew: short ones, 15 microseconds of an UPDATE.
CREATE OR REPLACE TRIGGER tasks_remind AFTER INSERT ON tasks
	FOR EACH ROW WHEN (new.due_on IS NOT NULL)
	EXECUTE FUNCTION hob.remind_of_task();
CREATE OR REPLACE TRIGGER tasks_remind_anew AFTER UPDATE ON tasks
	FOR EACH ROW WHEN (old.due_on IS DISTINCT FROM new.due_on OR old.occurrence <> new.occurrence
		OR old.completed <> new.completed OR old.archived <> new.archived
		OR (old.state = 'cancelled') <> (new.state = 'cancelled')
		OR old.assigned_to_id IS DISTINCT FROM new.assigned_to_id
		OR old.remind_before IS DISTINCT FROM new.remind_before
		OR old.deleted_at IS DISTINCT FROM new.deleted_at OR old.residence_id <> new.residence_id)
	EXECUTE FUNCTION hob.remind_of_task();
CREATE OR REPLACE TRIGGER tasks_remind_no_more AFTER DELETE ON tasks
	FOR EACH ROW WHEN (old.due_on IS NOT NULL)
	EXECUTE FUNCTION hob.remind_of_task();

-- --- whom it concerns ---------------------------------------------------------------------------

-- All moments at which somebody is to be told of a thing: days before it, at their hour, and at their first one (of
-- three, for clocks are up to 26 hours apart) that comes when the day is over at home. since: they belong to the
-- residence since then, have the role by which they are told (every member has that of a viewer), or the list that says
-- how many days before.
CREATE OR REPLACE FUNCTION hob.reminder_moments(d hob.dated)
RETURNS TABLE (user_id uuid, since timestamptz, notice text, days int, at timestamptz)
LANGUAGE sql STABLE ROWS 5 AS $$
	SELECT u.id, greatest(m.since, CASE WHEN d.offsets IS NULL AND x.days >= 0 THEN u.remind_since END),
	       x.notice, x.days, x.at
	  FROM (SELECT m.user_id, greatest(m.joined_at,
			CASE WHEN d.who IS NULL AND d.least > 'viewer' THEN m.remind_since END) AS since
		  FROM residence_members m
		 WHERE m.residence_id = d.residence_id AND NOT m.gone
		   AND CASE WHEN d.who IS NULL THEN m.role >= d.least ELSE m.user_id = d.who END
		UNION ALL
		SELECT d.who, NULL WHERE d.residence_id IS NULL) m
	  JOIN users u ON u.id = m.user_id AND u.is_active
	  LEFT JOIN residences h ON h.id = d.residence_id
	 CROSS JOIN LATERAL (
		SELECT d.before, o, hob.local_instant(d.day - o, u.remind_at, u.time_zone)
		  FROM unnest(coalesce(d.offsets, u.remind_days)) o
		UNION ALL
		SELECT d.past, -1, min(a)
		  FROM generate_series(1, 3) n
		 CROSS JOIN LATERAL hob.local_instant(d.day + n, u.remind_at, u.time_zone) a
		 WHERE a >= hob.local_instant(d.day + 1, '00:00', h.time_zone)) x (notice, days, at)
	 WHERE x.notice IS NOT NULL
$$;

-- Tells whom it concerns of a thing: of the moments that have come the last alone, be it that several were missed, and
-- none that is more than a week old, or lies before what they know it since. When it is next to be looked at, and what
-- the notices make untrue.
CREATE OR REPLACE FUNCTION hob.remind(d hob.dated, since timestamptz, OUT made int, OUT touched text[],
	OUT next_at timestamptz)
LANGUAGE plpgsql AS $$
DECLARE
	home CONSTANT text := (SELECT h.name FROM residences h WHERE h.id = d.residence_id);
BEGIN
	WITH moments AS MATERIALIZED (
		SELECT * FROM hob.reminder_moments(d)
	), due AS (
		SELECT DISTINCT ON (m.user_id) m.user_id, m.notice, m.days
		  FROM moments m
		 WHERE m.at <= now() AND m.at > greatest(remind.since, m.since, now() - interval '7 days')
		 ORDER BY m.user_id, m.at DESC
	), told AS MATERIALIZED (
		SELECT n._touch
		  FROM (SELECT x.notice, x.days, array_agg(x.user_id) AS users FROM due x GROUP BY x.notice, x.days) g
		 CROSS JOIN LATERAL hob.notify(g.users, g.notice, d.residence_id, d.subject, d.id,
			jsonb_strip_nulls(jsonb_build_object('title', d.title, 'home', home, 'due_on', d.day, 'what', d.what)),
			d.occurrence, g.days) n
	)
	SELECT (SELECT count(*) FROM told), ARRAY(SELECT unnest(t._touch) FROM told t),
	       (SELECT min(m.at) FROM moments m WHERE m.at > now())
	  INTO made, touched, next_at;
END
$$;

-- The same of all days of the thing that has this row; next_at is null where there is none to come, and the thing none.
CREATE OR REPLACE FUNCTION hob.remind_all(r reminders, OUT is_there bool, OUT made int, OUT touched text[],
	OUT next_at timestamptz)
LANGUAGE plpgsql AS $$
DECLARE
	d hob.dated;
	one record;
BEGIN
	is_there := false;
	made := 0;
	touched := '{}';
	FOR d IN SELECT x.* FROM hob.dated x WHERE x.kind = r.kind AND x.id = r.subject_id LOOP
		CONTINUE WHEN d.place <> r.residence_id;
		one := hob.remind(d, r.since);
		is_there := true;
		made := made + one.made;
		touched := touched || one.touched;
		next_at := least(next_at, one.next_at);
	END LOOP;
END
$$;

-- --- planning (app/jobs/planner.c) ----------------------------------------------------------------

-- Looks at the rows that are due, those first that are due longest, at most so many, and no further one after 100 ms,
-- for one of a large home takes as long as 300 ms: how many they were, how many notices were made, and what these make
-- untrue. Rows that another planner has, or that somebody is changing at this moment, are left: both see to them. One
-- that cannot be looked at holds up no other: it is put off for five minutes, and fault is the SQLSTATE of the last.
CREATE OR REPLACE FUNCTION hob.plan_reminders(most int, OUT looked int, OUT made int, OUT fault text,
	OUT _touch text[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
DECLARE
	until CONSTANT timestamptz := clock_timestamp() + interval '100 ms';
	r reminders;
	one record;
BEGIN
	looked := 0;
	made := 0;
	_touch := '{}';
	FOR r IN SELECT x.* FROM reminders x WHERE x.next_at <= now() AND x.next_at < 'infinity'
		  ORDER BY x.next_at LIMIT most FOR UPDATE SKIP LOCKED LOOP
		EXIT WHEN looked > 0 AND clock_timestamp() > until;
		looked := looked + 1;
		BEGIN
			one := hob.remind_all(r);
			IF NOT one.is_there THEN
				PERFORM hob.remind_no_more(r.kind, r.residence_id, r.subject_id);
				CONTINUE;
			END IF;
			made := made + one.made;
			_touch := _touch || one.touched;
			r.next_at := coalesce(one.next_at, 'infinity');
		EXCEPTION WHEN OTHERS THEN
			fault := sqlstate;
			r.next_at := now() + interval '5 minutes';
		END;
		UPDATE reminders x SET next_at = r.next_at
		 WHERE (x.residence_id, x.subject_id, x.kind) = (r.residence_id, r.subject_id, r.kind);
	END LOOP;
END
$$;

-- --- what else moves a moment ----------------------------------------------------------------------
--
-- The hour, the days and the zone of somebody, their account and their role, and the zone of a residence decide when
-- somebody is told. A change of one has all that a residence has looked at again, by a job of the kind "remind". The
-- channels do not: moments are those of all kinds of notices, and hob.notify asks whether one is wanted.

-- The work of the job. It waits for rows that the planner has, or that a request changes, and sees what these made of
-- them; but not for long, for it holds rows that a request may wait for, and would be waited for. What is farther off
-- than anybody may want to know of it stays as it is.
CREATE OR REPLACE FUNCTION hob.look_again(residence uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET lock_timeout = '200ms' AS $$
BEGIN
	PERFORM FROM reminders r WHERE r.residence_id = residence ORDER BY r.subject_id, r.kind FOR NO KEY UPDATE;
	UPDATE reminders r SET next_at = d.at
	  FROM (SELECT x.kind, x.id, min(greatest(now(), hob.first_look(x.day, x.offsets))) AS at
		  FROM hob.dated x WHERE x.place = residence GROUP BY x.kind, x.id) d
	 WHERE r.residence_id = residence AND (d.kind, d.id) = (r.kind, r.subject_id) AND r.next_at > d.at;
END
$$;

-- Changes that follow each other in a few seconds are one piece of work.
CREATE OR REPLACE FUNCTION hob.look_again_soon(residence uuid) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM hob.add_job('remind', residence::text, now() + interval '5 seconds');
END
$$;

-- In one order, for each job locks its row. What is theirs alone is under their own id.
CREATE OR REPLACE FUNCTION hob.person_reminded_anew() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	PERFORM hob.look_again_soon(m.residence_id)
	   FROM (SELECT x.residence_id FROM residence_members x WHERE x.user_id = new.id AND NOT x.gone
		  UNION
		 SELECT x.residence_id FROM reminders x WHERE x.residence_id = new.id
		  ORDER BY residence_id) m;
	RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER users_remind_anew AFTER UPDATE ON users
	FOR EACH ROW WHEN ((old.remind_at, old.remind_days, old.time_zone, old.is_active)
		IS DISTINCT FROM (new.remind_at, new.remind_days, new.time_zone, new.is_active))
	EXECUTE FUNCTION hob.person_reminded_anew();

CREATE OR REPLACE FUNCTION hob.residence_reminded_anew() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	PERFORM hob.look_again_soon(coalesce(to_jsonb(new) ->> 'residence_id', to_jsonb(new) ->> 'id')::uuid);
	RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER residences_remind_anew AFTER UPDATE ON residences
	FOR EACH ROW WHEN (old.time_zone <> new.time_zone) EXECUTE FUNCTION hob.residence_reminded_anew();
CREATE OR REPLACE TRIGGER residence_members_remind AFTER INSERT ON residence_members
	FOR EACH ROW WHEN (new.role <> 'owner') EXECUTE FUNCTION hob.residence_reminded_anew();
CREATE OR REPLACE TRIGGER residence_members_remind_anew AFTER UPDATE ON residence_members
	FOR EACH ROW WHEN (NOT new.gone AND (old.gone OR old.role <> new.role))
	EXECUTE FUNCTION hob.residence_reminded_anew();

-- Who has another list, or may do more than before, is told of what is to come.
CREATE OR REPLACE FUNCTION hob.remind_from_now() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	new.remind_since := now();
	RETURN new;
END
$$;
CREATE OR REPLACE TRIGGER users_remind_from_now BEFORE UPDATE OF remind_days ON users
	FOR EACH ROW WHEN (old.remind_days <> new.remind_days) EXECUTE FUNCTION hob.remind_from_now();
CREATE OR REPLACE TRIGGER residence_members_remind_from_now BEFORE UPDATE OF role ON residence_members
	FOR EACH ROW WHEN (old.role < new.role) EXECUTE FUNCTION hob.remind_from_now();

GRANT EXECUTE ON FUNCTION hob.plan_reminders(int), hob.look_again(uuid) TO hob_jobs;
