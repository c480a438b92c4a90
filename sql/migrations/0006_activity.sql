-- The trail of activity: who did what, when, and in which request.
--
-- Every change a caller makes leaves one row for each thing that it changed, written by a
-- trigger in the same transaction: a statement cannot forget it, and what is rolled back
-- leaves nothing. A row names the fields that changed and never their values. Who has not
-- entered (seeds, migrations, an owner's psql) leaves no trail, and pays next to nothing:
-- the triggers ask before they are queued.
--
-- The transaction knows its request by hob.enter.

-- UUIDv7 with microseconds behind the milliseconds (RFC 9562, 6.2, method 3): what one
-- transaction writes sorts as it was written, and new rows stay together in the index. Not in
-- SQL: such a function would be planned anew for every row, 100 microseconds and more.
CREATE FUNCTION hob.uuid_v7() RETURNS uuid
LANGUAGE plpgsql AS $$
DECLARE
	us CONSTANT bigint := extract(epoch FROM clock_timestamp()) * 1000000;
BEGIN
	RETURN encode(overlay(uuid_send(gen_random_uuid()) PLACING
		int8send(us / 1000 << 16 | x'7000'::int | us % 1000 * 4096 / 1000) FROM 1), 'hex')::uuid;
END
$$;

-- No foreign keys: the trail outlives home, account and thing. residence_id is null for what
-- people do to their own account. Of a member, subject_id is the user's.
CREATE TABLE activity (
	id uuid NOT NULL DEFAULT hob.uuid_v7(),
	residence_id uuid,
	user_id uuid NOT NULL,
	at timestamptz NOT NULL DEFAULT now(),
	request_id text COLLATE "C",
	action text COLLATE "C" NOT NULL,
	subject text COLLATE "C" NOT NULL,
	subject_id uuid NOT NULL,
	changes text[] NOT NULL DEFAULT '{}'
) PARTITION BY RANGE (at);
CREATE TABLE activity_default PARTITION OF activity DEFAULT;
INSERT INTO hob.aging VALUES ('activity', 'at', 'month', 2, NULL);
-- The newest of a home first, of one kind of subject, and of one who did it.
CREATE INDEX activity_subject_idx ON activity (residence_id, subject, at DESC, id DESC)
	WHERE residence_id IS NOT NULL;
CREATE INDEX activity_user_id_idx ON activity (residence_id, user_id, subject, at DESC, id DESC)
	WHERE residence_id IS NOT NULL;

-- Who in a home reads what was done with such a thing: whoever may read the thing itself. Null is nobody,
-- and so it is with what is not named here.
CREATE FUNCTION hob.activity_reader(subject text) RETURNS residence_role
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
	WHEN subject IN ('residence', 'member', 'task', 'completion') THEN 'viewer'
	WHEN subject = 'share_code' THEN 'manager' END::residence_role;
-- The subjects that somebody with this role reads.
CREATE FUNCTION hob.subjects_for(role residence_role) RETURNS SETOF text
LANGUAGE sql IMMUTABLE ROWS 5 AS $$
	SELECT s FROM unnest('{residence,member,task,completion,share_code}'::text[]) s
	 WHERE hob.activity_reader(s) <= role
$$;
GRANT EXECUTE ON FUNCTION hob.activity_reader(text), hob.subjects_for(residence_role) TO hob_api;

ALTER TABLE activity ENABLE ROW LEVEL SECURITY;
ALTER TABLE activity_default ENABLE ROW LEVEL SECURITY;
CREATE POLICY homes ON activity FOR SELECT TO hob_api
	USING (residence_id = ANY (ARRAY(
		SELECT m.residence_id FROM residence_members m
		 WHERE m.user_id = hob.user_id() AND NOT m.gone))
	AND CASE hob.activity_reader(subject)
		WHEN 'viewer' THEN true
		WHEN 'manager' THEN residence_id = ANY (ARRAY(
			SELECT m.residence_id FROM residence_members m
			 WHERE m.user_id = hob.user_id() AND NOT m.gone AND m.role >= 'manager'))
		ELSE false END);
GRANT SELECT ON activity TO hob_api;

-- --- writing ---------------------------------------------------------------------------
--
-- Trigger arguments: the subject, the column of its id, what making it and ending it are
-- called, and columns of bookkeeping besides those that many tables have. A feed is its owner's
-- business, also that of one home. An update is called
-- by what it did; one that changes nothing but bookkeeping writes nothing. What ends in _hash
-- or _hmac is never named.
CREATE FUNCTION hob.log_activity() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	me CONSTANT uuid := hob.user_id();
	request CONSTANT text := nullif(current_setting('hob.request_id', true), '');
	act text := tg_argv[2];
	was jsonb;
	thing jsonb;
	id uuid;
	fields text[];
BEGIN
	-- What is made by the thousand. Without JSON of the whole row this costs 40 % less.
	IF tg_op = 'INSERT' AND tg_argv[0] IN ('task', 'completion') THEN
		INSERT INTO activity (residence_id, user_id, request_id, action, subject, subject_id)
		VALUES (new.residence_id, me, request, act, tg_argv[0], new.id);
		RETURN NULL;
	END IF;
	was := to_jsonb(old);
	thing := coalesce(to_jsonb(new), was);
	id := thing ->> tg_argv[1];
	IF tg_op = 'DELETE' THEN
		-- Others remove a member; who goes alone has left.
		act := CASE WHEN tg_argv[0] = 'member' AND id <> me THEN 'removed' ELSE tg_argv[3] END;
	ELSIF tg_op = 'UPDATE' THEN
		SELECT array_agg(n.key ORDER BY n.key) INTO fields
		  FROM jsonb_each(thing) n
		 WHERE n.value <> was -> n.key
		   AND n.key <> ALL ('{version,updated_at,changed}'::text[] || tg_argv[4:]);
		IF fields IS NULL THEN
			RETURN NULL;
		END IF;
		act := CASE
			WHEN 'deleted_at' = ANY (fields) AND thing ->> 'deleted_at' IS NULL THEN 'restored'
			WHEN 'deleted_at' = ANY (fields) THEN 'deleted'
			WHEN 'revoked_at' = ANY (fields) THEN 'revoked'
			WHEN 'undone_at' = ANY (fields) THEN 'undone'
			WHEN 'owner_id' = ANY (fields) THEN 'transferred'
			WHEN 'role' = ANY (fields) AND tg_argv[0] = 'member' THEN 'role_changed'
			WHEN 'password_hash' = ANY (fields) THEN 'password_changed'
			ELSE 'updated' END;
		-- The others' names say it all.
		fields := CASE WHEN act IN ('updated', 'role_changed', 'transferred')
			THEN ARRAY(SELECT f FROM unnest(fields) f WHERE f !~ '_(hash|hmac)$') END;
	END IF;
	INSERT INTO activity (residence_id, user_id, request_id, action, subject, subject_id, changes)
	VALUES (CASE tg_argv[0] WHEN 'residence' THEN id WHEN 'calendar_feed' THEN NULL ELSE (thing ->> 'residence_id')::uuid END,
		me, request, act, tg_argv[0], id,
		coalesce(fields, '{}'));
	RETURN NULL;
END
$$;

CREATE TRIGGER residences_activity AFTER INSERT OR UPDATE OR DELETE ON residences
	FOR EACH ROW WHEN (current_setting('hob.user_id', true) <> '')
	EXECUTE FUNCTION hob.log_activity('residence', 'id', 'created', 'deleted');

-- The owner's membership comes with the home. A home that is deleted or restored takes its
-- members along (gone) and is one act.
CREATE TRIGGER residence_members_activity_joined AFTER INSERT ON residence_members
	FOR EACH ROW WHEN (current_setting('hob.user_id', true) <> '' AND new.role <> 'owner')
	EXECUTE FUNCTION hob.log_activity('member', 'user_id', 'joined', 'left');
CREATE TRIGGER residence_members_activity_changed AFTER UPDATE ON residence_members
	FOR EACH ROW WHEN (current_setting('hob.user_id', true) <> '' AND old.role <> new.role)
	EXECUTE FUNCTION hob.log_activity('member', 'user_id', 'joined', 'left');
CREATE TRIGGER residence_members_activity_gone AFTER DELETE ON residence_members
	FOR EACH ROW WHEN (current_setting('hob.user_id', true) <> '' AND NOT old.gone)
	EXECUTE FUNCTION hob.log_activity('member', 'user_id', 'joined', 'left');

CREATE TRIGGER tasks_activity AFTER INSERT OR UPDATE OR DELETE ON tasks
	FOR EACH ROW WHEN (current_setting('hob.user_id', true) <> '')
	EXECUTE FUNCTION hob.log_activity('task', 'id', 'created', 'deleted',
		'completion_count', 'last_completed_at');
CREATE TRIGGER completions_activity AFTER INSERT OR UPDATE OR DELETE ON completions
	FOR EACH ROW WHEN (current_setting('hob.user_id', true) <> '')
	EXECUTE FUNCTION hob.log_activity('completion', 'id', 'created', 'deleted');
-- The name is made of the others.
CREATE TRIGGER users_activity AFTER INSERT OR UPDATE OR DELETE ON users
	FOR EACH ROW WHEN (current_setting('hob.user_id', true) <> '')
	EXECUTE FUNCTION hob.log_activity('account', 'id', 'created', 'deleted', 'name');
-- An update of a session notes that it was used, and is no act.
CREATE TRIGGER sessions_activity AFTER INSERT OR DELETE ON sessions
	FOR EACH ROW WHEN (current_setting('hob.user_id', true) <> '')
	EXECUTE FUNCTION hob.log_activity('session', 'id', 'logged_in', 'logged_out');

-- --- share codes (migration 5) -----------------------------------------------------------

-- A join counts the use of its code, and is an act of the member's.
CREATE TRIGGER share_codes_activity AFTER INSERT OR UPDATE OR DELETE ON share_codes
	FOR EACH ROW WHEN (current_setting('hob.user_id', true) <> '')
	EXECUTE FUNCTION hob.log_activity('share_code', 'id', 'created', 'deleted', 'used_count');
