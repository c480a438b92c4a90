-- Exports: a copy of all that an account may read, asked for by a request, made by a job, fetched by a link that is good
-- for a day. The job reads as the account itself, by the statements of the API: the same policies bind it, and what it
-- writes is what the API answers.
-- after: access_tokens accounts acts activity calendar completions deliveries devices documents invitations jobs leaving letters
-- after: notices quiet residences sharing sync tasks webhooks

CREATE OR REPLACE FUNCTION hob.export_life() RETURNS interval LANGUAGE sql IMMUTABLE RETURN interval '24 hours';

-- An export as its owner sees it: failed when nobody is at work on it any more.
CREATE OR REPLACE FUNCTION hob.export_card(e exports)
RETURNS TABLE (id uuid, state text, bytes bigint, created_at timestamptz, made_at timestamptz, expires_at timestamptz)
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT e.id, CASE WHEN e.made_at IS NOT NULL THEN 'ready'
			WHEN EXISTS (SELECT FROM jobs j WHERE j.kind = 'export' AND j.key = e.id::text
				AND j.dead_at IS NULL) THEN 'waiting'
			ELSE 'failed' END,
	       e.bytes, e.created_at, e.made_at, e.made_at + hob.export_life()
$$;

-- The caller's export: the one that is being made, or is not an hour old, else a new one in place of any other.
CREATE OR REPLACE FUNCTION hob.ask_export(new_id uuid, at timestamptz)
RETURNS TABLE (id uuid, state text, created_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
	me CONSTANT uuid := hob.user_id();
	e exports;
	now_is text;
BEGIN
	-- Two who ask at once make one, and none is made by a session that is ending.
	PERFORM FROM users u WHERE u.id = me FOR NO KEY UPDATE;
	PERFORM hob.require_session();
	SELECT x.* INTO e FROM exports x WHERE x.user_id = me;
	SELECT c.state INTO now_is FROM hob.export_card(e) c WHERE e.id IS NOT NULL;
	IF now_is IS NULL OR now_is <> 'waiting' AND coalesce(e.made_at, e.created_at) < at - interval '1 hour' THEN
		DELETE FROM exports x WHERE x.user_id = me;
		INSERT INTO exports (id, user_id, created_at) VALUES (new_id, me, at) RETURNING * INTO e;
		PERFORM hob.add_job('export', new_id::text, at, jsonb_build_object('user_id', me));
	END IF;
	PERFORM hob.note_outcome(e.id, e.id = new_id, NULL);
	RETURN QUERY SELECT c.id, c.state, c.created_at FROM hob.export_card(e) c;
END
$$;

-- The caller's export of this id; nothing when it is somebody else's, over, or replaced.
CREATE OR REPLACE FUNCTION hob.export_get(export uuid)
RETURNS TABLE (id uuid, state text, bytes bigint, created_at timestamptz, made_at timestamptz, expires_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT c.* FROM exports e CROSS JOIN LATERAL hob.export_card(e) c
	 WHERE e.id = export AND e.user_id = hob.user_id() AND (c.expires_at > now()) IS NOT FALSE
$$;

-- For whoever has its link: when a file was made that may be read now; null: none may.
CREATE OR REPLACE FUNCTION hob.export_file(export uuid) RETURNS timestamptz
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT e.made_at FROM exports e JOIN users u ON u.id = e.user_id
	 WHERE e.id = export AND e.made_at > now() - hob.export_life() AND u.is_active AND u.delete_at IS NULL
$$;

-- --- making ------------------------------------------------------------------------------

-- Whom an export is for that is to be made; nothing when it is made, replaced, or of an account that is closed. Behind
-- this the transactions of the job are theirs (hob.act_as).
CREATE OR REPLACE FUNCTION hob.export_due(export uuid) RETURNS TABLE (user_id uuid, locale text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT u.id, u.locale FROM exports e JOIN users u ON u.id = e.user_id
	 WHERE e.id = export AND e.made_at IS NULL AND u.is_active AND u.delete_at IS NULL
$$;

-- What follows in this transaction is done as this account: the policies of hob_jobs show what is its own, as long as an
-- export of it is to be made (hob.is_exporting).
CREATE OR REPLACE FUNCTION hob.act_as(who uuid) RETURNS void
LANGUAGE sql AS $$
	SELECT set_config('hob.user_id', who::text, true)
$$;

-- The file is there. Its owner is written to where the address is proved: the link is as good as what is in it.
CREATE OR REPLACE FUNCTION hob.export_made(export uuid, bytes bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	who uuid;
BEGIN
	UPDATE exports e SET made_at = now(), bytes = export_made.bytes
	 WHERE e.id = export AND e.made_at IS NULL RETURNING e.user_id INTO who;
	IF EXISTS (SELECT FROM users u WHERE u.id = who AND u.email_verified_at IS NOT NULL) THEN
		PERFORM hob.add_letter('export_ready', jsonb_build_object('user_id', who, 'export', export));
	END IF;
END
$$;

-- Ends exports that are over; of these ids, those that have a file for good reason.
CREATE OR REPLACE FUNCTION hob.exports_kept(ids uuid[]) RETURNS SETOF uuid
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	DELETE FROM exports e WHERE e.made_at <= now() - hob.export_life();
	SELECT e.id FROM exports e WHERE e.id = ANY (ids)
$$;

-- --- what no list of the API shows -------------------------------------------------------

-- What the caller did with their own account.
CREATE OR REPLACE FUNCTION hob.my_trail()
RETURNS TABLE (id uuid, at timestamptz, action text, subject text, subject_id uuid, title text, changes text[],
	request_id text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT a.id, a.at, a.action, a.subject, a.subject_id, a.title, a.changes, a.request_id
	  FROM activity a WHERE a.user_id = hob.user_id() AND a.residence_id IS NULL
$$;

GRANT EXECUTE ON FUNCTION hob.ask_export(uuid, timestamptz), hob.export_get(uuid), hob.export_file(uuid) TO hob_api;
GRANT EXECUTE ON FUNCTION hob.export_due(uuid), hob.act_as(uuid), hob.export_made(uuid, bigint),
	hob.exports_kept(uuid[]), hob.my_trail() TO hob_jobs;

-- What the statements of lists read, and no secret but as a hash. Policies bind hob_jobs as they bind hob_api: without
-- hob.act_as it sees nobody's rows.
GRANT SELECT ON residences, residence_members, residence_people, share_code_uses, tasks, completions, documents, tombstones,
	activity, calendar_feeds, notices, notice_preferences, deliveries, user_card, notice_settings, access_tokens_shown,
	share_codes_shown, invitations TO hob_jobs;
GRANT SELECT (id, email, email_verified_at, first_name, last_name, name, locale, time_zone, is_active, created_at,
	updated_at, version, quiet_from, quiet_until, remind_at, remind_days, notice_version) ON users TO hob_jobs;
GRANT SELECT (id, user_id, token_hash, device_name, created_at, last_seen_at, expires_at) ON sessions TO hob_jobs;
GRANT SELECT (id, user_id, session_id, platform, environment, app_version, locale, disabled_at, disabled_reason,
	created_at, last_seen_at, version) ON devices TO hob_jobs;
GRANT SELECT (id, user_id, name, hint, scope, residence_ids, created_at, updated_at, last_used_at, expires_at, version)
	ON access_tokens TO hob_jobs;
GRANT SELECT (id, residence_id, role, created_by, created_at, expires_at, max_uses, used_count, revoked_at, email,
	declined_at) ON share_codes TO hob_jobs;
GRANT SELECT (id, residence_id, created_by, url, events, active, failing_since, created_at, updated_at, version)
	ON webhooks TO hob_jobs;
GRANT EXECUTE ON FUNCTION hob.user_id(), hob.within(), hob.is_within(uuid), hob.my_residence_ids(),
	hob.activity_reader(text), hob.subjects_for(residence_role), hob.latest_id(), hob.sync_residences(xid8),
	hob.residence_card(residences), hob.member_card(residence_members, text), hob.place_of(tasks),
	hob.task_card(tasks, uuid[], text[], bool), hob.completion_card(completions, uuid[], text[]),
	hob.document_card(documents, uuid[], text[], bool),
	hob.notice_card(notices, text), hob.notice_texts(text, text, text), hob.notice_words(text), hob.notice_channels(uuid), hob.notice_language(text),
	hob.share_code_card(share_codes_shown, timestamptz), hob.invitation_card(invitations, timestamptz),
	hob.received_invitations(timestamptz) TO hob_jobs;
