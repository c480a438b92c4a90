-- The trail of activity: who did what, when, and in which request (functions/activity.sql writes it).

-- No foreign keys: the trail outlives residence, account and thing. residence_id is null for what
-- people do to their own account. Of a member, subject_id is the user's. title: what the subject was called
-- then, so that a row can be shown when the thing is gone.
CREATE TABLE activity (
	id uuid NOT NULL DEFAULT hob.uuid_v7(),
	residence_id uuid,
	user_id uuid NOT NULL,
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
-- The newest of a residence first, of one kind of subject, and of one who did it.
CREATE INDEX activity_subject_idx ON activity (residence_id, subject, at DESC, id DESC)
	WHERE residence_id IS NOT NULL;
CREATE INDEX activity_user_id_idx ON activity (residence_id, user_id, subject, at DESC, id DESC)
	WHERE residence_id IS NOT NULL;

-- The role that reads what was done with such a thing: that which reads the thing itself. Null is
-- nobody, and so it is with a subject that is not named here.
CREATE FUNCTION hob.activity_reader(subject text) RETURNS residence_role
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
	WHEN subject IN ('residence', 'member', 'task', 'completion') THEN 'viewer'
	WHEN subject = 'share_code' THEN 'manager' END::residence_role;
GRANT EXECUTE ON FUNCTION hob.activity_reader(text) TO hob_api;

ALTER TABLE activity ENABLE ROW LEVEL SECURITY;
ALTER TABLE activity_default ENABLE ROW LEVEL SECURITY;
CREATE POLICY members ON activity FOR SELECT TO hob_api
	USING (residence_id = ANY (ARRAY(
		SELECT m.residence_id FROM residence_members m
		 WHERE m.user_id = hob.user_id() AND NOT m.gone))
	AND CASE hob.activity_reader(subject)
		WHEN 'viewer' THEN true
		WHEN 'manager' THEN residence_id = ANY (ARRAY(
			SELECT m.residence_id FROM residence_members m
			 WHERE m.user_id = hob.user_id() AND NOT m.gone AND m.role >= 'manager'))
		ELSE false END);
