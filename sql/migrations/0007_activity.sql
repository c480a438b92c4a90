-- The trail of activity: who did what, when, and in which request (functions/activity.sql writes it).

-- No foreign keys: the trail outlives account and thing, and the residence until that is purged. residence_id is null
-- for what people do to their own account, user_id for what support does in a residence (hob.support_did). Of a member, subject_id is the user's. title: what the subject was called
-- then, so that a row can be shown when the thing is gone.
CREATE TABLE activity (
	id uuid NOT NULL DEFAULT hob.uuid_v7(),
	residence_id uuid,
	user_id uuid CHECK (user_id IS NOT NULL OR residence_id IS NOT NULL),
	at timestamptz NOT NULL DEFAULT now(),
	request_id text COLLATE "C",
	action text COLLATE "C" NOT NULL,
	subject text COLLATE "C" NOT NULL,
	subject_id uuid NOT NULL,
	title text,
	changes text[] NOT NULL DEFAULT '{}'
) PARTITION BY RANGE (at);
CREATE TABLE activity_default PARTITION OF activity DEFAULT;
INSERT INTO hob.aging VALUES ('activity', 'at', 'month', 2, NULL);
-- The newest of a residence first, for staff, of one kind of subject, and of one who did it.
CREATE INDEX activity_at_idx ON activity (residence_id, at DESC, id DESC) WHERE residence_id IS NOT NULL;
CREATE INDEX activity_subject_idx ON activity (residence_id, subject, at DESC, id DESC)
	WHERE residence_id IS NOT NULL;
CREATE INDEX activity_user_id_idx ON activity (residence_id, user_id, subject, at DESC, id DESC)
	WHERE residence_id IS NOT NULL;

-- The role that reads what was done with such a thing: that which reads the thing itself. Null is
-- nobody, and so it is with a subject that is not named here.
CREATE FUNCTION hob.activity_reader(subject text) RETURNS residence_role
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
	WHEN subject IN ('residence', 'member', 'task', 'completion', 'contractor', 'document', 'file') THEN 'viewer'
	WHEN subject = 'share_code' THEN 'manager' END::residence_role;
GRANT EXECUTE ON FUNCTION hob.activity_reader(text) TO hob_api;

ALTER TABLE activity ENABLE ROW LEVEL SECURITY;
ALTER TABLE activity_default ENABLE ROW LEVEL SECURITY;
CREATE POLICY members ON activity FOR SELECT TO hob_api, hob_jobs
	USING (residence_id = ANY (ARRAY(
		SELECT m.residence_id FROM residence_members m
		 WHERE m.user_id = hob.user_id() AND NOT m.gone))
	AND CASE hob.activity_reader(subject)
		WHEN 'viewer' THEN true
		WHEN 'manager' THEN residence_id = ANY (ARRAY(
			SELECT m.residence_id FROM residence_members m
			 WHERE m.user_id = hob.user_id() AND NOT m.gone AND m.role >= 'manager'))
		ELSE false END);

-- Webhooks: where somebody wants to hear of what is done in a residence. secret_nonce: the key is an HMAC of it under
-- the secret of the installation (app/model/webhook.c), so that no copy of the database signs anything. One ends when
-- who made it owns the residence no more (hob.end_given). failing_since: nothing has been delivered since, and
-- something was tried; after some days it is switched off (active).
CREATE TABLE webhooks (
	id uuid PRIMARY KEY,
	residence_id uuid NOT NULL REFERENCES residences ON DELETE CASCADE,
	created_by uuid NOT NULL REFERENCES users,
	url text NOT NULL,
	events text[] NOT NULL,
	active bool NOT NULL,
	failing_since timestamptz,
	secret_nonce text NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now(),
	version int NOT NULL DEFAULT 1
);
CREATE INDEX webhooks_residence_id_idx ON webhooks (residence_id, created_at);
CREATE INDEX webhooks_created_by_idx ON webhooks (created_by);

-- What is to be sent, written by the transaction that wrote the activity (functions/webhooks.sql); hob-jobs
-- sends it. No foreign keys: what was sent outlives the webhook until it ages. event_id: the activity's id, the same at
-- every try and for every webhook. body: signed to the byte, so it is kept as it is sent. next_at: of the next try;
-- null when there is none.
CREATE TABLE webhook_deliveries (
	id uuid NOT NULL DEFAULT hob.uuid_v7(),
	residence_id uuid NOT NULL,
	webhook_id uuid NOT NULL,
	event_id uuid NOT NULL,
	event text COLLATE "C" NOT NULL,
	body text NOT NULL,
	status text COLLATE "C" NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'delivered', 'failed')),
	attempts int NOT NULL DEFAULT 0,
	next_at timestamptz DEFAULT now(),
	response_status int,
	created_at timestamptz NOT NULL DEFAULT now()
) PARTITION BY RANGE (created_at);
CREATE TABLE webhook_deliveries_default PARTITION OF webhook_deliveries DEFAULT;
INSERT INTO hob.aging VALUES ('webhook_deliveries', 'created_at', 'day', 7, '14 days');
CREATE INDEX webhook_deliveries_created_at_idx ON webhook_deliveries (webhook_id, created_at, id);
CREATE INDEX webhook_deliveries_next_at_idx ON webhook_deliveries (next_at) WHERE next_at IS NOT NULL;

ALTER TABLE webhooks ENABLE ROW LEVEL SECURITY;
CREATE POLICY owners ON webhooks TO hob_api, hob_jobs
	USING (residence_id = ANY (ARRAY(
		SELECT m.residence_id FROM residence_members m
		 WHERE m.user_id = hob.user_id() AND NOT m.gone AND m.role = 'owner')))
	WITH CHECK (created_by = hob.user_id() AND residence_id = ANY (ARRAY(
		SELECT m.residence_id FROM residence_members m
		 WHERE m.user_id = hob.user_id() AND NOT m.gone AND m.role = 'owner')));
ALTER TABLE webhook_deliveries ENABLE ROW LEVEL SECURITY;
ALTER TABLE webhook_deliveries_default ENABLE ROW LEVEL SECURITY;
CREATE POLICY owners ON webhook_deliveries FOR SELECT TO hob_api
	USING (residence_id = ANY (ARRAY(
		SELECT m.residence_id FROM residence_members m
		 WHERE m.user_id = hob.user_id() AND NOT m.gone AND m.role = 'owner')));
