-- Homes and accounts that go for good.
-- after: aging jobs sharing touch accounts deliveries letters reminders audit

-- For so long a deleted home comes back as it was (staff.restore_residences).
CREATE OR REPLACE FUNCTION hob.home_grace() RETURNS interval LANGUAGE sql IMMUTABLE RETURN interval '30 days';

-- One step of what a deleted home is gone by after that: at most 200 rows of one table, those first that others
-- hang on; in the end the residence itself and what few rows hang on that. What the step deleted; 0 when nothing is
-- left to do. Tombstones stay, also those of the tasks and completions that go here: who lost the home since their
-- last sync is told by them. So do notices, which are their readers' own, until they are 90 days old. Nobody else
-- asks for these rows, so nobody waits; a residence that is held is left to the next time.
CREATE OR REPLACE FUNCTION hob.purge_some() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	home uuid;
	relation text;
	n bigint;
BEGIN
	SELECT r.id INTO home FROM residences r WHERE r.deleted_at <= now() - hob.home_grace()
	 ORDER BY r.deleted_at LIMIT 1 FOR UPDATE SKIP LOCKED;
	IF NOT FOUND THEN
		RETURN 0;
	END IF;
	FOREACH relation IN ARRAY '{reminders,files,documents,completion_aliases,completions,tasks,contractors,share_codes,
			activity}'::text[] LOOP
		n := hob.delete_some(relation, format('residence_id = %L', home), 200);
		IF n > 0 THEN
			RETURN n;
		END IF;
	END LOOP;
	DELETE FROM residences r WHERE r.id = home;
	PERFORM hob.audit_forget(home);
	RETURN 1;
END
$$;

GRANT EXECUTE ON FUNCTION hob.purge_some() TO hob_jobs;

-- --- accounts ------------------------------------------------------------------------------

-- Not for the API itself. An account, which is locked, is to be erased in 14 days; all access to it ends now, and what
-- it gave. Homes that nobody else belongs to wait with it, and go along. HB409 while others belong to a home of it: they
-- are handed over or deleted first. Its homes are locked, too, so that nobody joins.
CREATE OR REPLACE FUNCTION hob.begin_leaving(who uuid, at timestamptz, OUT delete_at timestamptz,
	OUT sessions_ended int, OUT access_tokens_ended int, OUT calendar_feeds_ended int, OUT webhooks_ended int,
	OUT touched text[])
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	shared json;
BEGIN
	PERFORM FROM residences r WHERE r.owner_id = who AND r.deleted_at IS NULL ORDER BY r.id FOR NO KEY UPDATE;
	shared := hob.shared_residences(who);
	IF shared IS NOT NULL THEN
		RAISE EXCEPTION 'others live there' USING ERRCODE = 'HB409', CONSTRAINT = 'owns_shared_residences',
			DETAIL = json_build_object('residences', shared);
	END IF;
	delete_at := at + interval '14 days';
	UPDATE users u SET delete_at = begin_leaving.delete_at, updated_at = at, version = u.version + 1 WHERE u.id = who;
	SELECT e.sessions_ended, e.access_tokens_ended, e.calendar_feeds_ended, e.webhooks_ended, e.touched
	  INTO sessions_ended, access_tokens_ended, calendar_feeds_ended, webhooks_ended, touched
	  FROM hob.end_access_of(who, NULL) e;
	PERFORM hob.end_given(who, NULL, NULL);
	PERFORM hob.add_letter('account_deleting', jsonb_build_object('user_id', who));
END
$$;

-- The caller's account leaves. HB403 for a wrong proof, HB412 for another salt, HB409 as above.
CREATE OR REPLACE FUNCTION hob.delete_account(proof text, at timestamptz, OUT delete_at timestamptz,
	OUT sessions_ended int, OUT access_tokens_ended int, OUT calendar_feeds_ended int, OUT webhooks_ended int,
	OUT touched text[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	IF NOT hob.prove(hob.user_id(), proof) THEN
		RAISE EXCEPTION 'the password is wrong' USING ERRCODE = 'HB403', CONSTRAINT = 'wrong_password';
	END IF;
	SELECT l.* INTO delete_at, sessions_ended, access_tokens_ended, calendar_feeds_ended, webhooks_ended, touched
	  FROM hob.begin_leaving(hob.user_id(), at) l;
END
$$;

-- Not for the API itself. The homes of an account that others belong to, by name, 100 at most; null: none.
CREATE OR REPLACE FUNCTION hob.shared_residences(who uuid) RETURNS json
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT json_agg(h)
	  FROM (SELECT r.id, r.name, (SELECT count(*) FROM residence_members m
			WHERE m.residence_id = r.id AND NOT m.gone) AS member_count
		  FROM residences r
		 WHERE r.owner_id = who AND r.deleted_at IS NULL
		   AND EXISTS (SELECT FROM residence_members m
			WHERE m.residence_id = r.id AND m.user_id <> who AND NOT m.gone)
		 ORDER BY r.name COLLATE hob.alphabet, r.id LIMIT 100) h
$$;

-- Not for the API itself. An account is not erased any more; whether it was to be.
CREATE OR REPLACE FUNCTION hob.end_leaving(who uuid) RETURNS bool
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	UPDATE users u SET delete_at = NULL, updated_at = now(), version = u.version + 1
	 WHERE u.id = who AND u.delete_at IS NOT NULL AND u.erased_at IS NULL;
	RETURN FOUND;
END
$$;

-- The same of the caller's, behind a login.
CREATE OR REPLACE FUNCTION hob.keep_account() RETURNS bool
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT hob.end_leaving(hob.user_id())
$$;

-- --- erasing -------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION hob.accounts_to_erase() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT u.id FROM users u WHERE u.delete_at <= now() ORDER BY u.delete_at LIMIT 1000
$$;

-- A step by which an account goes whose time has come; nothing when there is none (any more): they have signed in. The
-- first takes all that is the account's own, in one transaction; each further one lets it leave a home of others, as
-- its owner could have; the last says that it is done. What a step has done stays done, whatever becomes of the next.
CREATE OR REPLACE FUNCTION hob.erase_step(who uuid, OUT more bool, OUT _touch text[]) RETURNS SETOF record
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	u users;
	home uuid;
BEGIN
	SELECT x.* INTO u FROM users x WHERE x.id = who AND x.delete_at <= now() FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	SELECT m.residence_id INTO home FROM residence_members m WHERE m.user_id = who AND m.role <> 'owner' LIMIT 1;
	more := true;
	IF u.erased_at IS NULL THEN
		_touch := hob.erase_identity(u);
	ELSIF home IS NOT NULL THEN
		_touch := hob.leave_for_good(home, who);
	ELSE
		UPDATE users x SET delete_at = NULL WHERE x.id = who;
		more := false;
	END IF;
	RETURN NEXT;
END
$$;

-- Behind the row of the account, its name is gone wherever homes know it: names are looked up, so that their history
-- has none from now on. What is named in words that others wrote stays theirs.
CREATE OR REPLACE FUNCTION hob.erase_identity(u users) RETURNS text[]
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	homes CONSTANT uuid[] := ARRAY(SELECT p.residence_id FROM residence_people p WHERE p.user_id = u.id);
	relation text;
	touched text[];
BEGIN
	IF hob.shared_residences(u.id) IS NOT NULL THEN
		RAISE EXCEPTION 'account % still owns a home that others belong to: hand it over', u.id;
	END IF;
	-- Sessions and tokens by their keys, and what the account gave, by the trigger behind it.
	touched := hob.disable_account(u.id, now());
	PERFORM hob.erase_name(u, homes);
	FOREACH relation IN ARRAY hob.own_tables() LOOP
		EXECUTE format('DELETE FROM %I WHERE user_id = $1', relation) USING u.id;
	END LOOP;
	-- What was paid goes on at the store, and whoever proves it may have it.
	UPDATE purchases p SET user_id = NULL WHERE p.user_id = u.id;
	DELETE FROM contractors c WHERE c.created_by = u.id AND c.residence_id IS NULL;
	DELETE FROM usage g WHERE g.about = u.id;
	WHILE hob.delete_some('activity', format('user_id = %L AND residence_id IS NULL', u.id)) > 0 LOOP
	END LOOP;
	DELETE FROM jobs j WHERE j.args ->> 'user_id' = u.id::text
		OR hob.email_key(u.email) IN (hob.email_key(j.args ->> 'email'), hob.email_key(j.args ->> 'to'));
	-- Their address in what others have sent, or would have their accounts moved to.
	UPDATE share_codes c SET email = '@' || u.id, revoked_at = coalesce(c.revoked_at, now())
	 WHERE hob.email_key(c.email) = hob.email_key(u.email);
	DELETE FROM files f WHERE f.uploaded_by = u.id AND f.residence_id IS NULL;
	DELETE FROM account_tokens t WHERE hob.email_key(t.email) = hob.email_key(u.email);
	DELETE FROM code_tries c WHERE c.address = hob.address_mark(u.email);
	UPDATE residences r SET deleted_at = least(r.deleted_at, now() - hob.home_grace()) WHERE r.owner_id = u.id;
	PERFORM hob.add_job('purge', 'by the clock'), hob.add_job('export_sweep', 'by the clock');
	-- An address of nobody, without a part that would be a name.
	UPDATE users x
	   SET email = '@' || x.id, password_hash = '', first_name = '', last_name = '', locale = 'en', time_zone = 'UTC',
	       quiet_from = NULL, quiet_until = NULL, remind_at = DEFAULT, remind_days = DEFAULT, erased_at = now()
	 WHERE x.id = u.id;
	PERFORM hob.audit_forget(u.id);
	RETURN touched || ARRAY(SELECT 'residence:' || h FROM unnest(homes) h);
END
$$;

-- Tables whose rows with a user_id are that account's alone, those first that others hang on.
CREATE OR REPLACE FUNCTION hob.own_tables() RETURNS text[]
LANGUAGE sql IMMUTABLE
RETURN '{contractor_opinions,deliveries,notices,notice_preferences,devices,sessions,access_tokens,calendar_feeds,login_networks,
	account_tokens,exports,idempotency_keys,plans,plan_grants}'::text[];

-- Of a notice, only the name is known: one who had another name when it was made stays named until it is 90 days old.
CREATE OR REPLACE FUNCTION hob.erase_name(u users, homes uuid[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	UPDATE notices n SET facts = n.facts || '{"who": ""}'
	  FROM residence_people p
	 WHERE p.residence_id = ANY (homes) AND n.user_id = p.user_id AND n.residence_id = p.residence_id
	   AND n.facts ->> 'who' = (SELECT o.name FROM residence_people o
		WHERE (o.residence_id, o.user_id) = (p.residence_id, u.id));
	UPDATE residence_people p SET name = '' WHERE p.user_id = u.id;
	UPDATE activity a SET title = ''
	 WHERE a.residence_id = ANY (homes) AND a.subject = 'member' AND a.subject_id = u.id;
	UPDATE webhook_deliveries d SET body = jsonb_set(d.body::jsonb, '{actor,name}', '""')::text
	  FROM webhooks w
	 WHERE w.residence_id = ANY (homes) AND d.webhook_id = w.id
	   AND d.body::jsonb #>> '{actor,id}' = u.id::text;
END
$$;

-- The residence is locked behind the account, as by whoever leaves. The act is told as theirs, without a name.
CREATE OR REPLACE FUNCTION hob.leave_for_good(home uuid, who uuid) RETURNS text[]
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	touched text[];
BEGIN
	PERFORM FROM residences r WHERE r.id = home FOR NO KEY UPDATE;
	PERFORM set_config('hob.user_id', who::text, true);
	touched := hob.end_membership(home, who);
	PERFORM set_config('hob.user_id', '', true);
	RETURN touched;
END
$$;

GRANT EXECUTE ON FUNCTION hob.delete_account(text, timestamptz), hob.keep_account() TO hob_api;
GRANT EXECUTE ON FUNCTION hob.accounts_to_erase(), hob.erase_step(uuid) TO hob_jobs;
