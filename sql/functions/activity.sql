-- The trail of activity. Every change a caller makes leaves one row for each thing that it changed,
-- written by a trigger in the same transaction: a statement cannot forget it, and a rollback leaves
-- nothing. A row says what its subject is called, and names the fields that changed, never their values. Who
-- has not entered (seeds, migrations, an owner's psql) leaves no trail, and pays next to nothing: the triggers
-- ask before they are queued. The transaction knows its request by hob.enter.

-- The subjects that somebody with this role reads.
CREATE OR REPLACE FUNCTION hob.subjects_for(role residence_role) RETURNS SETOF text
LANGUAGE sql IMMUTABLE ROWS 5 AS $$
	SELECT s FROM unnest('{residence,member,task,completion,share_code,contractor,document,file}'::text[]) s
	 WHERE hob.activity_reader(s) <= role
$$;
GRANT EXECUTE ON FUNCTION hob.subjects_for(residence_role) TO hob_api;
GRANT SELECT ON activity TO hob_api;

-- The caller while support acts: no account has this id. Activity has none in its place.
CREATE OR REPLACE FUNCTION hob.support() RETURNS uuid
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN '00000000-0000-0000-0000-000000000000'::uuid;
GRANT EXECUTE ON FUNCTION hob.support() TO hob_api;

-- Not for the API itself. From here on the transaction is support's: triggers do what they do behind an act of somebody
-- who belongs to a residence (activity, notices, webhooks).
CREATE OR REPLACE FUNCTION hob.act_as_support() RETURNS void
LANGUAGE sql AS $$
	SELECT set_config('hob.user_id', hob.support()::text, true)
$$;

-- What a thing is called: by its own title or name, a member by the name that the residence knows, or has
-- learnt by now, a share code by the role that it gives. An account by nothing: its trail is its owner's.
CREATE OR REPLACE FUNCTION hob.activity_title(subject text, thing jsonb) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	IF subject = 'member' THEN
		RETURN coalesce((SELECT p.name FROM residence_people p
			WHERE (p.residence_id, p.user_id) = ((thing ->> 'residence_id')::uuid, (thing ->> 'user_id')::uuid)),
			(SELECT u.name FROM users u WHERE u.id = (thing ->> 'user_id')::uuid));
	END IF;
	RETURN CASE WHEN subject <> 'account'
		THEN coalesce(thing ->> 'title', thing ->> 'name', thing ->> 'role') END;
END
$$;

-- Trigger arguments: the subject, the column of its id, what making it and ending it are
-- called, and columns of bookkeeping besides those that many tables have. A feed belongs to its owner
-- alone, also that of one residence. An update is called by what it did; one that changes nothing but
-- bookkeeping writes nothing. A column that ends in _hash or _hmac is never named.
CREATE OR REPLACE FUNCTION hob.log_activity() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	me CONSTANT uuid := nullif(hob.user_id(), hob.support());
	request CONSTANT text := nullif(current_setting('hob.request_id', true), '');
	act text := tg_argv[2];
	was jsonb;
	thing jsonb;
	id uuid;
	home uuid;
	fields text[];
BEGIN
	-- Tasks and completions are made by the thousand: without JSON of the whole row this costs 40 % less.
	IF tg_op = 'INSERT' AND tg_argv[0] IN ('task', 'completion') THEN
		INSERT INTO activity (residence_id, user_id, request_id, action, subject, subject_id, title)
		VALUES (new.residence_id, me, request, act, tg_argv[0], new.id, new.title);
		RETURN NULL;
	END IF;
	was := to_jsonb(old);
	thing := coalesce(to_jsonb(new), was);
	id := thing ->> tg_argv[1];
	home := CASE tg_argv[0] WHEN 'residence' THEN id WHEN 'calendar_feed' THEN NULL
		ELSE (thing ->> 'residence_id')::uuid END;
	-- The trail of an account is its own acts: what of it ends with a membership that somebody else ends is none.
	IF home IS NULL AND (me IS NULL OR thing ->> 'user_id' <> me::text) THEN
		RETURN NULL;
	END IF;
	IF tg_op = 'DELETE' THEN
		-- Others remove a member; who goes alone has left.
		act := CASE WHEN tg_argv[0] = 'member' AND id IS DISTINCT FROM me THEN 'removed' ELSE tg_argv[3] END;
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
			-- What hung on nothing was not there.
			WHEN 'residence_id' = ANY (fields) AND was ->> 'residence_id' IS NULL THEN tg_argv[2]
			-- Nor what nobody else was to see yet.
			WHEN 'state' = ANY (fields) AND was ->> 'state' = 'processing' THEN tg_argv[2]
			WHEN 'residence_id' = ANY (fields) THEN 'moved_in'
			WHEN 'owner_id' = ANY (fields) THEN 'transferred'
			WHEN 'role' = ANY (fields) AND tg_argv[0] = 'member' THEN 'role_changed'
			WHEN 'password_hash' = ANY (fields) THEN 'password_changed'
			ELSE 'updated' END;
		-- The others' names say it all.
		fields := CASE WHEN act IN ('updated', 'role_changed', 'transferred')
			THEN ARRAY(SELECT f FROM unnest(fields) f WHERE f !~ '_(hash|hmac)$') END;
	END IF;
	INSERT INTO activity (residence_id, user_id, request_id, action, subject, subject_id, title, changes)
	VALUES (home, me, request, act, tg_argv[0], id, hob.activity_title(tg_argv[0], thing),
		coalesce(fields, '{}'));
	RETURN NULL;
END
$$;

-- What support does in a residence, or looks at, its members see: as nobody's act. Not by the trigger, for who serves
-- staff has not entered as an account.
CREATE OR REPLACE FUNCTION hob.support_did(residence uuid, action text, subject text, subject_id uuid,
	title text DEFAULT NULL, changes text[] DEFAULT '{}') RETURNS void
LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $$
	INSERT INTO activity (residence_id, request_id, action, subject, subject_id, title, changes)
	VALUES (residence, nullif(current_setting('hob.request_id', true), ''), support_did.action, support_did.subject,
		support_did.subject_id, support_did.title, support_did.changes)
$$;
