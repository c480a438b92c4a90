-- Telling people: notices are made here, each with its deliveries; what of these is sent, and what became of it. What
-- waits for the end of quiet hours is in quiet.sql.
-- after: notices jobs devices quiet sharing expiring

-- Is it a phone that can be pushed to? It ends with its session, also before that is swept away.
CREATE OR REPLACE FUNCTION hob.is_reachable(d devices) RETURNS bool
LANGUAGE sql STABLE
RETURN d.disabled_at IS NULL AND EXISTS (SELECT FROM sessions s
	WHERE s.id = d.session_id AND s.expires_at > now() AND s.last_seen_at > now() - interval '30 days');

-- Queues what of a notice goes by push, to each device that can be reached, and by mail. In quiet hours it is held,
-- but for what is about the safety of the account.
CREATE OR REPLACE FUNCTION hob.deliver(notice uuid, who uuid, kind text, push bool, mail bool) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	WITH quiet AS MATERIALIZED (
		SELECT CASE WHEN deliver.kind <> 'security' THEN hob.quiet_until(who) END AS until
	), phones AS (
		-- One that ends at this moment is none: who waited for that would break the foreign key.
		SELECT d.id FROM devices d
		 WHERE push AND d.user_id = who AND hob.is_reachable(d)
		   FOR KEY SHARE SKIP LOCKED
	), made AS (
		INSERT INTO deliveries (user_id, notice_id, channel, device_id, state)
		SELECT who, notice, c.channel, c.device_id, CASE WHEN q.until IS NULL THEN 'waiting' ELSE 'held' END
		  FROM quiet q
		 CROSS JOIN (
			SELECT 'push', p.id FROM phones p
			UNION ALL
			SELECT 'mail', NULL WHERE mail) c (channel, device_id)
		RETURNING channel, id
	)
	SELECT CASE WHEN q.until IS NULL THEN hob.add_job(m.channel, m.id::text)
		ELSE hob.add_digest(who, m.channel, q.until) END
	  FROM made m CROSS JOIN quiet q
	 ORDER BY m.channel, m.id
$$;

-- Tells these accounts, each at most once of the same (kind, subject_id, occurrence, offset_days, act), and not those that
-- are disabled or want to hear it nowhere, and queues its deliveries. One row for each notice that is new, with the
-- channels that are wanted and the keys of what it makes untrue, which are also said (hob.say). facts, act: see the table.
-- Who was told of ten acts within a minute, wherever, and of nothing since, is told of more (a bulk, an import) in the
-- inbox alone. What was taken back counts.
-- PL/pgSQL, which plans once in a session: to plan this takes longer than to run it.
CREATE OR REPLACE FUNCTION hob.notify(users uuid[], kind text, residence_id uuid, subject text, subject_id uuid,
	facts jsonb DEFAULT '{}', occurrence int DEFAULT NULL, offset_days int DEFAULT NULL,
	at timestamptz DEFAULT clock_timestamp(), act xid8 DEFAULT NULL)
RETURNS TABLE (id uuid, user_id uuid, inbox bool, push bool, mail bool, _touch text[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
	WITH wanted AS (
		SELECT u.id, c.inbox, c.push AND NOT s.quiet AS push, c.mail AND NOT s.quiet AS mail
		  FROM users u CROSS JOIN LATERAL hob.notice_channels(u.id) c
		 CROSS JOIN LATERAL (
			SELECT count(*) = 10 AND notify.act IS NOT NULL
			  FROM (SELECT n.act, n.created_at FROM notices n
				 WHERE n.user_id = u.id
				 ORDER BY n.id DESC LIMIT 10) l
			 WHERE l.act IS NOT NULL AND l.created_at > now() - interval '1 minute') s (quiet)
		 WHERE u.id = ANY (notify.users) AND u.is_active AND c.kind = notify.kind
		   AND (c.inbox OR c.push OR c.mail)
		 ORDER BY u.id
	), made AS (
		INSERT INTO notices (user_id, residence_id, kind, subject, subject_id, occurrence, offset_days, act,
			facts, inbox, created_at)
		SELECT w.id, notify.residence_id, notify.kind, notify.subject, notify.subject_id, notify.occurrence,
		       notify.offset_days, notify.act, notify.facts, w.inbox, notify.at
		  FROM wanted w
		ON CONFLICT DO NOTHING
		RETURNING id, user_id
	), queued AS MATERIALIZED (
		SELECT hob.deliver(o.id, o.user_id, notify.kind, o.push, o.mail)
		  FROM (SELECT m.id, m.user_id, w.push, w.mail FROM made m JOIN wanted w ON w.id = m.user_id
			 WHERE w.push OR w.mail
			 ORDER BY m.user_id) o
	), said AS MATERIALIZED (
		SELECT hob.say(string_agg('user:' || m.user_id, ' ')) FROM made m HAVING count(*) > 0
	)
	SELECT m.id, m.user_id, w.inbox, w.push, w.mail, ARRAY['user:' || m.user_id]
	  FROM made m JOIN wanted w ON w.id = m.user_id
	 WHERE (SELECT count(*) FROM queued) >= 0 AND (SELECT count(*) FROM said) >= 0;
END
$$;

-- --- is it still so? -----------------------------------------------------------------------
--
-- A table of reasons each, the first that holds counts; doc/api/notifications.md explains them. Null: it is to be sent.

-- What has not been sent after that time is of no use to anybody.
CREATE OR REPLACE FUNCTION hob.delivery_keeps() RETURNS interval LANGUAGE sql IMMUTABLE RETURN interval '3 days';

-- Of a notice about a task. One about its day is for who is to do it: its assignee, else all who may.
CREATE OR REPLACE FUNCTION hob.task_fault(n notices) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT f.reason
	  FROM (SELECT n.kind IN ('task_due', 'task_overdue') AS of_day) k
	  LEFT JOIN tasks t ON t.residence_id = n.residence_id AND t.id = n.subject_id AND t.deleted_at IS NULL
	 CROSS JOIN LATERAL (VALUES
		(1, 'task_gone', t.id IS NULL),
		(2, 'task_closed', n.kind <> 'task_completed' AND (t.completed OR t.archived OR t.state = 'cancelled')),
		(3, 'task_moved', k.of_day AND (t.occurrence <> n.occurrence
			OR n.facts ? 'due_on' AND t.due_on IS DISTINCT FROM (n.facts ->> 'due_on')::date)),
		(4, 'not_the_assignee', CASE WHEN n.kind = 'task_assigned' THEN t.assigned_to_id IS DISTINCT FROM n.user_id
			WHEN k.of_day AND t.assigned_to_id IS NULL THEN NOT EXISTS (SELECT FROM residence_members m
				WHERE m.residence_id = t.residence_id AND m.user_id = n.user_id AND m.role >= 'member')
			WHEN k.of_day THEN t.assigned_to_id <> n.user_id END),
		(5, 'task_undone', n.kind = 'task_completed' AND n.occurrence IS NOT NULL AND NOT EXISTS (
			SELECT FROM completions c
			 WHERE c.task_id = t.id AND c.occurrence = n.occurrence AND c.undone_at IS NULL))
		) f (n, reason, holds)
	 WHERE f.holds
	 ORDER BY f.n
	 LIMIT 1
$$;

-- Of what a notice says; a kind of thing adds its row. Who is asked to join a residence is no member of it yet.
CREATE OR REPLACE FUNCTION hob.notice_fault(n notices) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT f.reason
	  FROM (VALUES
		(1, CASE WHEN n.kind <> 'residence_shared' AND n.residence_id IS NOT NULL AND NOT EXISTS (
			SELECT FROM residence_members m
			 WHERE m.residence_id = n.residence_id AND m.user_id = n.user_id AND NOT m.gone)
			THEN 'not_a_member' END),
		(2, CASE WHEN n.subject = 'task' THEN hob.task_fault(n) END),
		(3, CASE WHEN n.subject = 'invitation' AND NOT EXISTS (
			SELECT FROM share_codes c WHERE c.id = n.subject_id AND hob.opens(c, now())) THEN 'invitation_over' END),
		(4, CASE WHEN n.subject = 'document' THEN hob.document_fault(n) END),
		(5, CASE WHEN n.subject = 'contractor' THEN hob.contractor_fault(n) END)
		) f (n, reason)
	 WHERE f.reason IS NOT NULL
	 ORDER BY f.n
	 LIMIT 1
$$;

-- So many notices about the safety of an account go out in an hour, by mail and to each device: who has stolen a session
-- shall not bury one under a hundred.
CREATE OR REPLACE FUNCTION hob.alarms_an_hour() RETURNS int LANGUAGE sql IMMUTABLE RETURN 5;

-- Have as many gone this way in the hour before a delivery?
CREATE OR REPLACE FUNCTION hob.alarms_enough(d deliveries) RETURNS bool
LANGUAGE sql STABLE AS $$
	SELECT count(*) >= hob.alarms_an_hour()
	  FROM notices m JOIN deliveries x ON x.notice_id = m.id
	 WHERE m.user_id = d.user_id AND m.kind = 'security' AND x.channel = d.channel
	   AND x.device_id IS NOT DISTINCT FROM d.device_id AND x.id < d.id AND x.state <> 'dropped'
	   AND x.created_at > d.created_at - interval '1 hour'
$$;

-- Of a delivery.
CREATE OR REPLACE FUNCTION hob.delivery_fault(d deliveries) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT f.reason
	  FROM users u
	  LEFT JOIN notices n ON n.id = d.notice_id
	 CROSS JOIN LATERAL (VALUES
		(1, 'account_disabled', NOT u.is_active),
		(2, 'too_late', d.created_at < now() - hob.delivery_keeps()),
		(3, 'device_gone', d.channel = 'push' AND NOT EXISTS (
			SELECT FROM devices v WHERE v.id = d.device_id AND hob.is_reachable(v))),
		-- Anybody can name a stranger's address, and others choose the words of a mail.
		(4, 'address_not_proved', d.channel = 'mail' AND u.email_verified_at IS NULL),
		(5, 'deleted', n.deleted_at IS NOT NULL),
		(6, 'read', d.channel = 'push' AND n.read_at IS NOT NULL),
		(7, 'not_wanted', n.id IS NOT NULL AND NOT EXISTS (
			SELECT FROM hob.notice_channels(d.user_id) c
			 WHERE c.kind = n.kind AND CASE d.channel WHEN 'push' THEN c.push ELSE c.mail END)),
		(8, hob.notice_fault(n), n.id IS NOT NULL),
		(9, 'enough', CASE WHEN n.kind = 'security' THEN hob.alarms_enough(d) END)
		) f (n, reason, holds)
	 WHERE u.id = d.user_id AND f.holds AND f.reason IS NOT NULL
	 ORDER BY f.n
	 LIMIT 1
$$;

-- --- what it says --------------------------------------------------------------------------

-- What no notice says: %1$s is a number.
CREATE OR REPLACE FUNCTION hob.delivery_texts(language text)
RETURNS TABLE (digest text, more text, test_title text, test_push text, test_mail text)
LANGUAGE sql IMMUTABLE ROWS 1 AS $$
	SELECT t.digest, t.more, t.test_title, t.test_push, t.test_mail
	  FROM (VALUES
		('en', 'New notifications: %1$s', 'and %1$s more', 'This is a test', 'Notifications reach this phone.',
			'Support has sent it to see whether mails reach you. They do.'),
		('de', 'Neue Benachrichtigungen: %1$s', 'und %1$s weitere', 'Das ist ein Test',
			'Benachrichtigungen kommen auf diesem Telefon an.',
			'Der Support hat ihn geschickt, um zu sehen, ob Mails bei Ihnen ankommen. Das tun sie.')
	       ) t (language, digest, more, test_title, test_push, test_mail)
	 WHERE t.language = delivery_texts.language
$$;

-- How many, and the first titles of those that are still so, as many as people read there. No row when there are none.
CREATE OR REPLACE FUNCTION hob.digest_text(d deliveries, language text) RETURNS TABLE (title text, body text)
LANGUAGE sql STABLE ROWS 1 AS $$
	SELECT format(t.digest, s.n),
	       array_to_string(s.titles[1:s.most] || CASE WHEN s.n > s.most THEN format(t.more, s.n - s.most) END, ' · ')
	  FROM (SELECT count(*) AS n, array_agg(c.title ORDER BY c.id) AS titles,
		       CASE d.channel WHEN 'push' THEN 3 ELSE 10 END AS most
		  FROM deliveries f
		  JOIN notices n ON n.id = f.notice_id
		 CROSS JOIN LATERAL hob.notice_card(n, digest_text.language) c
		 WHERE f.folded_into = d.id AND hob.delivery_fault(f) IS NULL) s
	 CROSS JOIN LATERAL hob.delivery_texts(digest_text.language) t
	 WHERE s.n > 0
$$;

CREATE OR REPLACE FUNCTION hob.delivery_text(d deliveries, language text)
RETURNS TABLE (notice_id uuid, kind text, residence_id uuid, subject text, subject_id uuid, title text, body text)
LANGUAGE sql STABLE ROWS 1 AS $$
	SELECT c.id, c.kind, c.residence_id, c.subject, c.subject_id, c.title, c.body
	  FROM notices n CROSS JOIN LATERAL hob.notice_card(n, delivery_text.language) c
	 WHERE n.id = d.notice_id
	UNION ALL
	SELECT NULL, d.form, NULL, NULL, NULL, t.title, t.body
	  FROM hob.digest_text(d, delivery_text.language) t WHERE d.form = 'digest'
	UNION ALL
	SELECT NULL, d.form, NULL, NULL, NULL, t.test_title, CASE d.channel WHEN 'push' THEN t.test_push ELSE t.test_mail END
	  FROM hob.delivery_texts(delivery_text.language) t WHERE d.form = 'test'
$$;

-- --- sending -------------------------------------------------------------------------------

-- The end of one that waits, for its owner to read: the state, and a code. What is no code is somebody's words.
CREATE OR REPLACE FUNCTION hob.end_delivery(delivery uuid, state text, why text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	UPDATE deliveries d
	   SET state = end_delivery.state, reason = CASE WHEN why ~ '^[a-z_]{1,40}$' THEN why
			WHEN end_delivery.state <> 'accepted' THEN 'refused' END, ended_at = now()
	 WHERE d.id = delivery AND d.state = 'waiting'
$$;

-- What a delivery says, in the language of its reader, when it is to be sent now; nothing when it need not be sent (any
-- more), which is noted, and nothing in quiet hours, at whose end it comes again. created_at: of the delivery, the same
-- on each try. kind: of the notice, else digest or test. address: of a mail. token, platform, environment, badge,
-- device_version and data (what the app is told, JSON): of a push.
CREATE OR REPLACE FUNCTION hob.delivery_due(delivery uuid)
RETURNS TABLE (id uuid, channel text, created_at timestamptz, user_id uuid, language text, address text, token text,
	platform text, environment text, badge int, notice_id uuid, kind text, residence_id uuid, subject text,
	subject_id uuid, title text, body text, device_version int, data text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	d deliveries;
	fault text;
BEGIN
	SELECT x.* INTO d FROM deliveries x WHERE x.id = delivery AND x.state = 'waiting' FOR NO KEY UPDATE;
	fault := CASE WHEN d.id IS NOT NULL THEN hob.delivery_fault(d) END;
	IF d.id IS NULL OR fault IS NULL AND hob.hold_delivery(d) THEN
		RETURN;
	END IF;
	RETURN QUERY
	SELECT d.id, d.channel, d.created_at, d.user_id, l.language, CASE d.channel WHEN 'mail' THEN u.email END,
	       v.token, v.platform, v.environment,
	       (SELECT count(*)::int FROM notices x
		 WHERE x.user_id = d.user_id AND x.inbox AND x.deleted_at IS NULL AND x.read_at IS NULL),
	       t.notice_id, t.kind, t.residence_id, t.subject, t.subject_id, t.title, t.body, v.version,
	       jsonb_strip_nulls(jsonb_build_object('notice_id', t.notice_id::text, 'kind', t.kind,
			'residence_id', t.residence_id::text, 'subject', t.subject, 'subject_id', t.subject_id::text))::text
	  FROM users u
	  LEFT JOIN devices v ON v.id = d.device_id
	 CROSS JOIN LATERAL hob.notice_language(coalesce(v.locale, u.locale)) l (language)
	 CROSS JOIN LATERAL hob.delivery_text(d, l.language) t
	 WHERE u.id = d.user_id AND fault IS NULL;
	IF NOT FOUND THEN
		PERFORM hob.end_delivery(d.id, 'dropped', coalesce(fault, 'nothing_left'));
	END IF;
END
$$;

-- What came of a try. outcome: accepted, failed (for good), later; why: a code of doc/api/notifications.md.
CREATE OR REPLACE FUNCTION hob.delivery_tried(delivery uuid, outcome text, why text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	UPDATE deliveries d
	   SET attempts = d.attempts + 1, reason = CASE WHEN why ~ '^[a-z_]{1,40}$' THEN why ELSE 'not_taken' END
	 WHERE d.id = delivery AND d.state = 'waiting';
	IF outcome IN ('accepted', 'failed') THEN
		PERFORM hob.end_delivery(delivery, outcome, why);
	END IF;
END
$$;

-- It will not be sent, for a reason that only the sender knows.
CREATE OR REPLACE FUNCTION hob.drop_delivery(delivery uuid, why text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT hob.end_delivery(delivery, 'dropped', why)
$$;

-- What came of a push, by the verdict of lib/push: notes it, and what it tells of the device. One that was registered
-- anew since is another matter. The state and the attempts of the delivery.
CREATE OR REPLACE FUNCTION hob.push_tried(delivery uuid, verdict text, device_version int)
RETURNS TABLE (state text, attempts int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	dead bool;
BEGIN
	UPDATE devices v
	   SET wrong_environments = CASE verdict WHEN 'environment' THEN v.wrong_environments + 1
			WHEN 'accepted' THEN 0 ELSE v.wrong_environments END,
	       odd_answers = v.odd_answers + (verdict = 'unknown')::int
	  FROM deliveries d
	 WHERE d.id = delivery AND v.id = d.device_id AND v.version = device_version
	   AND (verdict IN ('environment', 'unknown') OR verdict = 'accepted' AND v.wrong_environments > 0);
	UPDATE devices v
	   SET disabled_at = now(), version = v.version + 1,
	       disabled_reason = CASE verdict WHEN 'dead' THEN 'unregistered' ELSE 'wrong_environment' END
	  FROM deliveries d
	 WHERE d.id = delivery AND v.id = d.device_id AND v.version = device_version AND v.disabled_at IS NULL
	   AND (verdict = 'dead' OR verdict = 'environment' AND v.wrong_environments >= 3);
	dead := FOUND OR verdict = 'dead';
	IF verdict <> 'away' THEN
		PERFORM hob.delivery_tried(delivery, CASE WHEN verdict = 'accepted' THEN 'accepted'
				WHEN dead OR verdict = 'refused' THEN 'failed' ELSE 'later' END, o.why)
		   FROM (VALUES ('accepted', NULL), ('dead', 'unregistered'), ('environment', 'wrong_environment'),
			('refused', 'refused'), ('silent', 'no_answer'), ('later', 'not_taken'), ('unknown', 'not_taken'))
			o (said, why)
		  WHERE o.said = verdict;
	END IF;
	RETURN QUERY SELECT d.state, d.attempts FROM deliveries d WHERE d.id = delivery;
END
$$;

-- A job that is dead, or cancelled, sends no more: nor is its delivery waiting then. Taken up again it is.
CREATE OR REPLACE FUNCTION hob.delivery_follows_job() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	IF tg_op = 'DELETE' THEN
		PERFORM hob.end_delivery(old.key::uuid, 'failed', 'cancelled');
	ELSIF new.dead_at IS NOT NULL THEN
		PERFORM hob.end_delivery(new.key::uuid, 'failed', 'given_up');
	ELSE
		UPDATE deliveries d SET state = 'waiting', ended_at = NULL
		 WHERE d.id = new.key::uuid AND d.state = 'failed' AND d.reason = 'given_up';
	END IF;
	RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER jobs_delivery_dies AFTER UPDATE OF dead_at ON jobs
	FOR EACH ROW WHEN (new.kind IN ('push', 'mail') AND old.dead_at IS DISTINCT FROM new.dead_at)
	EXECUTE FUNCTION hob.delivery_follows_job();
CREATE OR REPLACE TRIGGER jobs_delivery_ends AFTER DELETE ON jobs
	FOR EACH ROW WHEN (old.kind IN ('push', 'mail'))
	EXECUTE FUNCTION hob.delivery_follows_job();

-- --- for requests --------------------------------------------------------------------------

-- Not for the API itself. Queues a test for an account, which is locked: a push to each of these devices, a mail for null.
-- HB429 behind three in a minute.
CREATE OR REPLACE FUNCTION hob.send_test(who uuid, devices uuid[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	made deliveries;
BEGIN
	IF (SELECT count(*) FROM deliveries d WHERE d.user_id = who AND d.form = 'test'
			AND d.created_at > now() - interval '1 minute') >= 3 THEN
		RAISE EXCEPTION 'three in a minute' USING ERRCODE = 'HB429', CONSTRAINT = 'device_tests';
	END IF;
	FOR made IN
		INSERT INTO deliveries (user_id, form, channel, device_id)
		SELECT who, 'test', CASE WHEN d IS NULL THEN 'mail' ELSE 'push' END, d FROM unnest(devices) d
		RETURNING *
	LOOP
		PERFORM hob.add_job(made.channel, made.id::text);
	END LOOP;
END
$$;

-- Queues a push by which its owner tries a device: the device; nothing when it is somebody else's. Also in quiet hours.
CREATE OR REPLACE FUNCTION hob.test_device(device uuid) RETURNS SETOF devices
LANGUAGE plpgsql ROWS 1 SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	me CONSTANT uuid := hob.user_id();
	v devices;
BEGIN
	PERFORM hob.require_session();
	PERFORM FROM users u WHERE u.id = me FOR NO KEY UPDATE;
	SELECT x.* INTO v FROM devices x WHERE x.id = device AND x.user_id = me;
	IF NOT FOUND THEN
		RETURN;
	ELSIF v.disabled_at IS NOT NULL THEN
		RAISE EXCEPTION 'the device is disabled' USING ERRCODE = 'HB409', CONSTRAINT = 'device_disabled';
	END IF;
	PERFORM hob.send_test(me, ARRAY[device]);
	RETURN NEXT v;
END
$$;

-- The notice; HB404 when it is deleted, or somebody else's.
CREATE OR REPLACE FUNCTION hob.require_notice(notice uuid) RETURNS uuid
LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM notices n WHERE n.id = notice AND n.user_id = hob.user_id() AND n.inbox
			AND n.deleted_at IS NULL) THEN
		RAISE EXCEPTION 'no such notice' USING ERRCODE = 'HB404';
	END IF;
	RETURN notice;
END
$$;

GRANT SELECT ON deliveries TO hob_api;
GRANT EXECUTE ON FUNCTION hob.test_device(uuid), hob.require_notice(uuid) TO hob_api;
GRANT EXECUTE ON FUNCTION hob.delivery_due(uuid), hob.delivery_tried(uuid, text, text), hob.drop_delivery(uuid, text),
	hob.push_tried(uuid, text, int) TO hob_jobs;
