-- Webhooks: what of the activity becomes a delivery, and what ends one.
-- after: activity sharing limits

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
			'actor', json_build_object('id', new.user_id, 'name', coalesce((SELECT p.name FROM residence_people p
				WHERE p.residence_id = new.residence_id AND p.user_id = new.user_id), '')),
			'changes', new.changes)
	  FROM webhooks w
	 WHERE w.residence_id = new.residence_id AND w.active AND kind = ANY (w.events);
	RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER activity_queue_deliveries AFTER INSERT ON activity
	FOR EACH ROW WHEN (new.residence_id IS NOT NULL)
	EXECUTE FUNCTION hob.queue_deliveries();

CREATE OR REPLACE TRIGGER webhooks_hold_giver BEFORE INSERT OR UPDATE ON webhooks
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
GRANT SELECT (id, residence_id, created_by, url, events, active, created_at, updated_at, version),
	INSERT (id, residence_id, created_by, url, events, active, secret_nonce, created_at, updated_at),
	UPDATE (url, events, active, secret_nonce, updated_at, version), DELETE ON webhooks TO hob_api;
GRANT SELECT (id, residence_id, webhook_id, event_id, event, status, attempts, next_at, response_status, created_at)
	ON webhook_deliveries TO hob_api;
GRANT EXECUTE ON FUNCTION hob.require_webhook(uuid, uuid) TO hob_api;
