-- Telling people: notices are made here, each with its deliveries, and what became of these.
-- after: notices jobs devices

-- Queues what of a notice goes by push, to each device that is not disabled, and by mail.
CREATE OR REPLACE FUNCTION hob.deliver(notice uuid, who uuid, push bool, mail bool) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	WITH phones AS (
		-- One that ends at this moment is none: who waited for that would break the foreign key.
		SELECT d.id FROM devices d
		 WHERE push AND d.user_id = who AND d.disabled_at IS NULL
		   FOR KEY SHARE SKIP LOCKED
	), made AS (
		INSERT INTO deliveries (user_id, notice_id, channel, device_id)
		SELECT who, notice, 'push', p.id FROM phones p
		UNION ALL
		SELECT who, notice, 'mail', NULL WHERE mail
		RETURNING channel, id
	)
	SELECT hob.add_job(m.channel, m.id::text) FROM made m ORDER BY m.channel, m.id
$$;

-- Tells these accounts, each at most once of the same (kind, subject_id, occurrence, offset_days, act), and not those that
-- are disabled or want to hear it nowhere, and queues its deliveries. One row for each notice that is new, with the
-- channels that are wanted and the keys of what it makes untrue, which are also said (hob.say). facts, act: see the table.
-- Who was told of ten acts within a minute, and of nothing since, is told of more (a bulk, an import) in the inbox alone.
-- PL/pgSQL, which plans once in a session: to plan this takes longer than to run it.
DROP FUNCTION IF EXISTS hob.notify(uuid[], text, uuid, text, uuid, jsonb, int, int, timestamptz);
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
				 WHERE n.user_id = u.id AND n.inbox AND n.deleted_at IS NULL
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
		SELECT hob.deliver(m.id, m.user_id, w.push, w.mail) FROM made m JOIN wanted w ON w.id = m.user_id
		 WHERE w.push OR w.mail
	), said AS MATERIALIZED (
		SELECT hob.say(string_agg('user:' || m.user_id, ' ')) FROM made m HAVING count(*) > 0
	)
	SELECT m.id, m.user_id, w.inbox, w.push, w.mail, ARRAY['user:' || m.user_id]
	  FROM made m JOIN wanted w ON w.id = m.user_id
	 WHERE (SELECT count(*) FROM queued) >= 0 AND (SELECT count(*) FROM said) >= 0;
END
$$;

-- What a delivery says, in the language of its reader; nothing when there is nothing to send (any more). created_at:
-- of the delivery, the same on each try. address: of a mail. token, platform, environment and badge: of a push.
CREATE OR REPLACE FUNCTION hob.delivery_due(delivery uuid)
RETURNS TABLE (id uuid, channel text, created_at timestamptz, user_id uuid, language text, address text, token text,
	platform text, environment text, badge int, notice_id uuid, kind text, residence_id uuid, subject text,
	subject_id uuid, title text, body text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT d.id, d.channel, d.created_at, d.user_id, l.language, CASE WHEN d.channel = 'mail' THEN u.email END,
	       v.token, v.platform, v.environment,
	       (SELECT count(*)::int FROM notices x
		 WHERE x.user_id = d.user_id AND x.inbox AND x.deleted_at IS NULL AND x.read_at IS NULL),
	       n.id, c.kind, c.residence_id, c.subject, c.subject_id, c.title, c.body
	  FROM deliveries d
	  JOIN users u ON u.id = d.user_id AND u.is_active
	  LEFT JOIN devices v ON v.id = d.device_id AND v.disabled_at IS NULL
	 CROSS JOIN LATERAL hob.notice_language(coalesce(v.locale, u.locale)) l (language)
	  LEFT JOIN notices n ON n.id = d.notice_id
	  LEFT JOIN LATERAL hob.notice_card(n, l.language) c ON n.id IS NOT NULL
	 WHERE d.id = delivery_due.delivery AND d.state = 'waiting' AND (d.channel = 'mail' OR v.id IS NOT NULL)
$$;

-- What came of a try. outcome: accepted, failed (for good), later.
CREATE OR REPLACE FUNCTION hob.delivery_tried(delivery uuid, outcome text, why text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	UPDATE deliveries d
	   SET attempts = d.attempts + 1, reason = left(why, 200),
	       state = CASE WHEN outcome IN ('accepted', 'failed') THEN outcome ELSE d.state END,
	       ended_at = CASE WHEN outcome IN ('accepted', 'failed') THEN now() END
	 WHERE d.id = delivery AND d.state = 'waiting'
$$;

GRANT SELECT ON deliveries TO hob_api;
GRANT EXECUTE ON FUNCTION hob.delivery_due(uuid), hob.delivery_tried(uuid, text, text) TO hob_jobs;
GRANT EXECUTE ON FUNCTION hob.notify(uuid[], text, uuid, text, uuid, jsonb, int, int, timestamptz, xid8) TO hob_jobs;
