-- Webhooks: what of the activity becomes a delivery, and what ends one.
-- after: activity sharing limits jobs deliveries

-- The name of what was done, for webhooks; app/api/webhooks.c lists those that one may want. A completion is an act on
-- its task.
CREATE OR REPLACE FUNCTION hob.event_of(subject text, action text, subject_id uuid) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT CASE WHEN subject = 'completion' AND action = 'created'
		THEN CASE (SELECT c.outcome FROM completions c WHERE c.id = subject_id)
			WHEN 'skipped' THEN 'task.skipped' ELSE 'task.completed' END
		ELSE subject || '.' || action END
$$;

-- Runs with the rights and the search_path of hob.log_activity, which writes the activity, for a member's act is told
-- to where the owner wants it; a change of either would cost more than the look by which most acts are through.
CREATE OR REPLACE FUNCTION hob.queue_deliveries() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
	kind text;
BEGIN
	IF NOT EXISTS (SELECT FROM webhooks w WHERE w.residence_id = new.residence_id AND w.active) THEN
		RETURN NULL;
	END IF;
	kind := hob.event_of(new.subject, new.action, new.subject_id);
	INSERT INTO webhook_deliveries (residence_id, webhook_id, event_id, event, body)
	SELECT w.residence_id, w.id, new.id, kind, json_build_object('id', new.id, 'type', kind,
			'at', to_char(new.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
			'residence_id', new.residence_id, 'subject', new.subject, 'subject_id', new.subject_id,
			'actor', CASE WHEN new.user_id IS NOT NULL THEN json_build_object('id', new.user_id,
				'name', coalesce((SELECT p.name FROM residence_people p
				WHERE p.residence_id = new.residence_id AND p.user_id = new.user_id), '')) END,
			'changes', new.changes)
	  FROM webhooks w
	 WHERE w.residence_id = new.residence_id AND w.active AND kind = ANY (w.events);
	-- In one order, for each locks its row.
	PERFORM hob.add_job('webhook', w.id::text)
	   FROM (SELECT x.id FROM webhooks x
		  WHERE x.residence_id = new.residence_id AND x.active AND kind = ANY (x.events) ORDER BY x.id) w;
	RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER activity_queue_deliveries AFTER INSERT ON activity
	FOR EACH ROW WHEN (new.residence_id IS NOT NULL)
	EXECUTE FUNCTION hob.queue_deliveries();

CREATE OR REPLACE TRIGGER webhooks_hold_giver BEFORE INSERT OR UPDATE OF url, events, secret_nonce ON webhooks
	FOR EACH ROW EXECUTE FUNCTION hob.hold_giver('created_by');

-- Behind hob.hold_giver, which locks the residence.
CREATE OR REPLACE FUNCTION hob.limit_webhooks() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	PERFORM hob.require_at_most('webhooks', new.residence_id,
		(SELECT count(*) FROM webhooks w WHERE w.residence_id = new.residence_id));
	RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER webhooks_limit AFTER INSERT ON webhooks
	FOR EACH ROW WHEN (current_setting('hob.user_id', true) <> '')
	EXECUTE FUNCTION hob.limit_webhooks();
CREATE OR REPLACE TRIGGER webhooks_activity AFTER INSERT OR UPDATE OR DELETE ON webhooks
	FOR EACH ROW WHEN (current_setting('hob.user_id', true) <> '')
	EXECUTE FUNCTION hob.log_activity('webhook', 'id', 'created', 'deleted');

-- What waits is sent when it is switched on again.
CREATE OR REPLACE FUNCTION hob.webhook_goes_on() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	PERFORM hob.add_job('webhook', new.id::text);
	RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER webhooks_go_on AFTER UPDATE OF active ON webhooks
	FOR EACH ROW WHEN (new.active AND NOT old.active)
	EXECUTE FUNCTION hob.webhook_goes_on();

-- --- sending (app/jobs/webhook.c) -------------------------------------------------------------

-- What of a webhook is due, in its order: at most 20. Nothing while it is not active.
CREATE OR REPLACE FUNCTION hob.webhook_due(webhook uuid)
RETURNS TABLE (id uuid, created_at timestamptz, event_id uuid, body text, url text, nonce text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT d.id, d.created_at, d.event_id, d.body, w.url, w.secret_nonce
	  FROM webhooks w
	  JOIN webhook_deliveries d ON d.webhook_id = w.id AND d.status = 'pending' AND d.next_at <= now()
	 WHERE w.id = $1 AND w.active
	 ORDER BY d.created_at, d.id
	 LIMIT 20
$$;

-- How long after its nth try a delivery is tried again; null: no more. The schedule that Standard Webhooks advises,
-- three days in all.
CREATE OR REPLACE FUNCTION hob.webhook_pause(tries int) RETURNS interval
LANGUAGE sql IMMUTABLE RETURN (ARRAY['5 seconds', '5 minutes', '30 minutes', '2 hours', '5 hours', '10 hours',
	'14 hours', '20 hours', '24 hours']::interval[])[tries];

-- What came of a try; http_status: null without an answer. A webhook that took nothing for five days, or says that it
-- is gone for good (410), is switched off, which its owner is told, with the host of the address alone: the rest may be a
-- secret.
DROP FUNCTION IF EXISTS hob.webhook_tried(uuid, uuid, timestamptz, bool, int);
CREATE OR REPLACE FUNCTION hob.webhook_tried(webhook uuid, delivery uuid, made timestamptz, good bool,
	http_status int) RETURNS TABLE (_touch text[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	UPDATE webhook_deliveries d
	   SET attempts = d.attempts + 1, response_status = http_status,
	       status = CASE WHEN good THEN 'delivered' WHEN hob.webhook_pause(d.attempts + 1) IS NULL THEN 'failed'
			ELSE d.status END,
	       next_at = CASE WHEN NOT good THEN now() + hob.webhook_pause(d.attempts + 1) END
	 WHERE d.webhook_id = webhook AND d.created_at = made AND d.id = delivery AND d.status = 'pending';
	UPDATE webhooks w
	   SET failing_since = CASE WHEN NOT good THEN coalesce(w.failing_since, now()) END
	 WHERE w.id = webhook AND (NOT good OR w.failing_since IS NOT NULL);
	RETURN QUERY
	WITH off AS (
		UPDATE webhooks w SET active = false
		 WHERE w.id = webhook AND w.active AND NOT good
		   AND (http_status = 410 OR w.failing_since <= now() - interval '5 days')
		RETURNING w.id, w.residence_id, w.created_by, w.url
	)
	SELECT n._touch
	  FROM off
	  JOIN residences r ON r.id = off.residence_id AND r.deleted_at IS NULL
	 CROSS JOIN LATERAL hob.notify(ARRAY[off.created_by], 'webhook_off', r.id, 'webhook', off.id,
		jsonb_build_object('title', split_part(off.url, '/', 3), 'home', r.name,
			'what', CASE WHEN http_status = 410 THEN 'gone' END), act => pg_current_xact_id()) n;
END
$$;

-- Adds the job of the next try that is not yet due, or of what one round did not hold.
CREATE OR REPLACE FUNCTION hob.webhook_rest(webhook uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT hob.add_job('webhook', $1::text, r.next_at)
	  FROM (SELECT min(d.next_at) AS next_at
		  FROM webhooks w JOIN webhook_deliveries d ON d.webhook_id = w.id AND d.status = 'pending'
		 WHERE w.id = $1 AND w.active) r
	 WHERE r.next_at IS NOT NULL
$$;

-- The webhook; HB404 when it is of another residence, or of somebody else's.
CREATE OR REPLACE FUNCTION hob.require_webhook(residence uuid, webhook uuid) RETURNS uuid
LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM webhooks w WHERE w.id = webhook AND w.residence_id = residence) THEN
		RAISE EXCEPTION 'no such webhook' USING ERRCODE = 'HB404';
	END IF;
	RETURN webhook;
END
$$;

-- Not secret_nonce: only what sends needs it.
GRANT SELECT (id, residence_id, created_by, url, events, active, failing_since, created_at, updated_at, version),
	INSERT (id, residence_id, created_by, url, events, active, secret_nonce, created_at, updated_at),
	UPDATE (url, events, active, failing_since, secret_nonce, updated_at, version), DELETE ON webhooks TO hob_api;
GRANT SELECT (id, residence_id, webhook_id, event_id, event, status, attempts, next_at, response_status, created_at)
	ON webhook_deliveries TO hob_api;
GRANT EXECUTE ON FUNCTION hob.require_webhook(uuid, uuid) TO hob_api;
GRANT EXECUTE ON FUNCTION hob.webhook_due(uuid), hob.webhook_rest(uuid),
	hob.webhook_tried(uuid, uuid, timestamptz, bool, int) TO hob_jobs;
