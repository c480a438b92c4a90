-- Notices: what somebody is told, in which words, and where they want to hear it.
-- after: sync touch

-- The kinds, and the channels of each where the account has not chosen. What is about the safety of the account
-- comes in any case: who has stolen a session shall not silence it.
CREATE OR REPLACE FUNCTION hob.notice_kinds()
RETURNS TABLE (kind text, inbox bool, push bool, mail bool, fixed bool)
LANGUAGE sql IMMUTABLE ROWS 12 AS $$
	VALUES ('task_assigned', true, true, false, false),
	       ('task_due', true, true, false, false),
	       ('task_overdue', true, true, false, false),
	       ('task_completed', true, false, false, false),
	       ('member_joined', true, true, false, false),
	       ('role_changed', true, true, false, false),
	       ('residence_shared', true, true, true, false),
	       ('warranty_expiring', true, true, true, false),
	       ('contractor_insurance_expiring', true, true, true, false),
	       ('webhook_off', true, false, true, false),
	       ('subscription', true, false, true, false),
	       ('security', true, true, true, true)
$$;

-- The channels of each kind for an account.
CREATE OR REPLACE FUNCTION hob.notice_channels(who uuid)
RETURNS TABLE (kind text, inbox bool, push bool, mail bool)
LANGUAGE sql STABLE ROWS 12 AS $$
	SELECT k.kind, k.fixed OR coalesce(p.inbox, k.inbox), coalesce(p.push, k.push),
	       k.fixed OR coalesce(p.mail, k.mail)
	  FROM hob.notice_kinds() k
	  LEFT JOIN notice_preferences p ON p.user_id = who AND p.kind = k.kind
$$;

-- What an account wants to be told, where, and when it does not want to. The row of an account is never named whole.
CREATE OR REPLACE VIEW notice_settings WITH (security_invoker = true) AS
SELECT u.id, c.inbox, c.push, c.mail, left(u.quiet_from::text, 5) AS quiet_from,
       left(u.quiet_until::text, 5) AS quiet_until, left(u.remind_at::text, 5) AS remind_at,
       ARRAY(SELECT format('P%sD', d) FROM unnest(u.remind_days) d ORDER BY d DESC) AS remind_before,
       u.notice_version AS version
  FROM users u
 CROSS JOIN LATERAL (
	SELECT coalesce(array_agg(c.kind ORDER BY c.kind COLLATE "C") FILTER (WHERE c.inbox), '{}') AS inbox,
	       coalesce(array_agg(c.kind ORDER BY c.kind COLLATE "C") FILTER (WHERE c.push), '{}') AS push,
	       coalesce(array_agg(c.kind ORDER BY c.kind COLLATE "C") FILTER (WHERE c.mail), '{}') AS mail
	  FROM hob.notice_channels(u.id) c) c;

-- Does a list, text with commas or null, have it?
CREATE OR REPLACE FUNCTION hob.is_listed(one text, list text) RETURNS bool
LANGUAGE sql IMMUTABLE
RETURN one = ANY (string_to_array(coalesce(list, ''), ','));

-- Changes what the caller wants: of these values those that are named. A list is text with commas, an empty one null.
-- Nothing when the version is none of these.
CREATE OR REPLACE FUNCTION hob.set_notices(named text[], inbox text, push text, mail text, quiet_from time,
	quiet_until time, remind_at time, remind_before text, if_versions int[]) RETURNS SETOF notice_settings
LANGUAGE plpgsql ROWS 1 AS $$
#variable_conflict use_column
DECLARE
	me CONSTANT uuid := hob.user_id();
	days CONSTANT int[] := ARRAY(SELECT extract(day FROM d::interval)::int
		FROM regexp_split_to_table(set_notices.remind_before, ',') d);
BEGIN
	UPDATE users u
	   SET quiet_from = CASE WHEN 'quiet_from' = ANY (named) THEN set_notices.quiet_from ELSE u.quiet_from END,
	       quiet_until = CASE WHEN 'quiet_until' = ANY (named) THEN set_notices.quiet_until ELSE u.quiet_until END,
	       remind_at = coalesce(set_notices.remind_at, u.remind_at),
	       remind_days = CASE WHEN 'remind_before' = ANY (named) THEN days ELSE u.remind_days END,
	       notice_version = u.notice_version + 1
	 WHERE u.id = me AND (if_versions IS NULL OR u.notice_version = ANY (if_versions));
	IF NOT FOUND THEN
		RETURN;
	END IF;
	INSERT INTO notice_preferences (user_id, kind, inbox, push, mail)
	SELECT me, c.kind, w.inbox, w.push, w.mail
	  FROM hob.notice_channels(me) c
	 CROSS JOIN LATERAL (
		SELECT CASE WHEN 'inbox' = ANY (named) THEN hob.is_listed(c.kind, set_notices.inbox) ELSE c.inbox END,
		       CASE WHEN 'push' = ANY (named) THEN hob.is_listed(c.kind, set_notices.push) ELSE c.push END,
		       CASE WHEN 'mail' = ANY (named) THEN hob.is_listed(c.kind, set_notices.mail) ELSE c.mail END)
		w (inbox, push, mail)
	 WHERE (w.inbox, w.push, w.mail) <> (c.inbox, c.push, c.mail)
	ON CONFLICT ON CONSTRAINT notice_preferences_pkey DO UPDATE
	   SET inbox = excluded.inbox, push = excluded.push, mail = excluded.mail;
	RETURN QUERY SELECT * FROM notice_settings s WHERE s.id = me;
END
$$;

-- Ends the mails of a kind for an account, of "all" those that may be ended, for whoever has the link of one of them: the
-- keys of what that makes untrue. Nothing where there is no such account, or no such kind, or one that is mailed in any
-- case.
CREATE OR REPLACE FUNCTION hob.unsubscribe(who uuid, of_kind text) RETURNS TABLE (_touch text[])
LANGUAGE plpgsql SECURITY DEFINER ROWS 1 SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	kinds CONSTANT text[] := ARRAY(SELECT k.kind FROM hob.notice_kinds() k
		WHERE NOT k.fixed AND of_kind IN (k.kind, 'all'));
BEGIN
	PERFORM FROM users u WHERE u.id = who FOR NO KEY UPDATE;
	IF NOT FOUND OR kinds = '{}' THEN
		RETURN;
	END IF;
	INSERT INTO notice_preferences (user_id, kind, inbox, push, mail)
	SELECT who, c.kind, c.inbox, c.push, false
	  FROM hob.notice_channels(who) c
	 WHERE c.kind = ANY (kinds) AND c.mail
	ON CONFLICT ON CONSTRAINT notice_preferences_pkey DO UPDATE SET mail = false;
	IF FOUND THEN
		UPDATE users u SET notice_version = u.notice_version + 1 WHERE u.id = who;
	END IF;
	RETURN QUERY SELECT ARRAY['user:' || who];
END
$$;

-- --- words ------------------------------------------------------------------------------
--
-- Here and not in app/api/languages: mails and pushes are written in them, too, by another program. In a text %1$s is
-- what the subject is called, %2$s who did it, %3$s the residence, %4$s the day, %5$s the role.

-- The language for who asks for this one; null is by the caller's locale. English where there is no other.
CREATE OR REPLACE FUNCTION hob.notice_language(asked text) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT CASE WHEN lower(coalesce(asked, (SELECT u.locale FROM users u WHERE u.id = hob.user_id()))) ~ '^de(-|$)'
		THEN 'de' ELSE 'en' END
$$;

-- How a language writes a day, what it calls somebody without a name, and the roles.
CREATE OR REPLACE FUNCTION hob.notice_words(language text) RETURNS TABLE (day text, somebody text, roles jsonb)
LANGUAGE sql IMMUTABLE ROWS 1 AS $$
	SELECT w.day, w.somebody, w.roles::jsonb
	  FROM (VALUES ('en', 'FMDD Mon YYYY', 'Somebody',
			'{"owner": "owner", "manager": "manager", "member": "member", "viewer": "viewer"}'),
		       ('de', 'FMDD.FMMM.YYYY', 'Jemand',
			'{"owner": "Eigentümer", "manager": "Verwalter", "member": "Mitglied", "viewer": "Betrachter"}'))
		w (language, day, somebody, roles)
	 WHERE w.language = notice_words.language
$$;

-- A kind may have a text of its own for a fact `what`: kind.what.
CREATE OR REPLACE FUNCTION hob.notice_texts(language text, kind text, what text)
RETURNS TABLE (title text, body text)
LANGUAGE sql IMMUTABLE ROWS 1 AS $$
	SELECT t.title, t.body
	  FROM (VALUES
		('en', 'task_assigned', 'For you: %1$s', '%2$s gave you this task at %3$s.'),
		('de', 'task_assigned', 'Für Sie: %1$s', '%2$s hat Ihnen diese Aufgabe in %3$s gegeben.'),
		('en', 'task_due', 'Due on %4$s: %1$s', 'A task at %3$s.'),
		('de', 'task_due', 'Fällig am %4$s: %1$s', 'Eine Aufgabe in %3$s.'),
		('en', 'task_overdue', 'Overdue: %1$s', 'This task at %3$s was due on %4$s.'),
		('de', 'task_overdue', 'Überfällig: %1$s', 'Diese Aufgabe in %3$s war am %4$s fällig.'),
		('en', 'task_completed', 'Done: %1$s', '%2$s has done this task at %3$s.'),
		('de', 'task_completed', 'Erledigt: %1$s', '%2$s hat diese Aufgabe in %3$s erledigt.'),
		('en', 'member_joined', '%2$s has joined %3$s', 'Role: %5$s.'),
		('de', 'member_joined', '%2$s gehört jetzt zu %3$s', 'Rolle: %5$s.'),
		('en', 'role_changed', 'Your role at %3$s has changed', 'It is now: %5$s.'),
		('de', 'role_changed', 'Ihre Rolle in %3$s hat sich geändert', 'Sie ist jetzt: %5$s.'),
		('en', 'residence_shared', '%2$s shares %3$s with you', 'Role: %5$s.'),
		('de', 'residence_shared', '%2$s teilt %3$s mit Ihnen', 'Rolle: %5$s.'),
		('en', 'warranty_expiring', 'The warranty of %1$s ends on %4$s', 'It belongs to %3$s.'),
		('de', 'warranty_expiring', 'Die Garantie für %1$s endet am %4$s', 'Sie gehört zu %3$s.'),
		('en', 'warranty_expiring.document', '%1$s ends on %4$s', 'A document of %3$s.'),
		('de', 'warranty_expiring.document', '%1$s läuft am %4$s ab', 'Ein Dokument von %3$s.'),
		('en', 'contractor_insurance_expiring', 'The insurance of %1$s ends on %4$s', 'A contractor of %3$s.'),
		('de', 'contractor_insurance_expiring', 'Die Versicherung von %1$s endet am %4$s', 'Ein Handwerksbetrieb von %3$s.'),
		('en', 'contractor_insurance_expiring.own', 'The insurance of %1$s ends on %4$s', 'A contractor of your own.'),
		('de', 'contractor_insurance_expiring.own', 'Die Versicherung von %1$s endet am %4$s', 'Ein Handwerksbetrieb, den nur Sie führen.'),
		('en', 'webhook_off', 'A webhook of %3$s is switched off: %1$s', 'It took nothing for five days. Switch it on when it is well.'),
		('de', 'webhook_off', 'Ein Webhook von %3$s ist abgeschaltet: %1$s', 'Er hat fünf Tage lang nichts angenommen. Schalten Sie ihn wieder ein, wenn er in Ordnung ist.'),
		('en', 'webhook_off.gone', 'A webhook of %3$s is switched off: %1$s', 'Its receiver says that it is gone for good.'),
		('de', 'webhook_off.gone', 'Ein Webhook von %3$s ist abgeschaltet: %1$s', 'Sein Empfänger sagt, dass es ihn nicht mehr gibt.'),
		('en', 'subscription', 'Your plan has changed', 'It is now: %1$s.'),
		('de', 'subscription', 'Ihr Tarif hat sich geändert', 'Er ist jetzt: %1$s.'),
		('en', 'subscription.lifted', 'Your plan: %1$s', 'It holds from now on, also for all who live in your homes.'),
		('de', 'subscription.lifted', 'Ihr Tarif: %1$s', 'Er gilt ab jetzt, auch für alle, die in Ihren Wohnungen leben.'),
		('en', 'subscription.ended', 'Your plan is now: %1$s', 'Nothing is lost: what you have more of than it allows stays, and goes on.'),
		('de', 'subscription.ended', 'Ihr Tarif ist jetzt: %1$s', 'Nichts geht verloren: Was Sie darüber hinaus haben, bleibt und geht weiter.'),
		('en', 'subscription.grace', 'The payment for %1$s has failed', 'Look at how you pay in the store. Until then all stays as it is for some days.'),
		('de', 'subscription.grace', 'Die Zahlung für %1$s ist fehlgeschlagen', 'Sehen Sie im Store nach der Zahlungsart. Bis dahin bleibt einige Tage lang alles, wie es ist.'),
		('en', 'subscription.ends_soon', '%1$s ends on %4$s', 'It does not renew. Nothing is lost then, and you can subscribe at any time.'),
		('de', 'subscription.ends_soon', '%1$s endet am %4$s', 'Es verlängert sich nicht. Nichts geht dann verloren, und Sie können jederzeit abonnieren.'),
		('en', 'security', 'Something has changed in your account', 'If it was not you, change your password.'),
		('de', 'security', 'In Ihrem Konto hat sich etwas geändert', 'Wenn Sie das nicht waren, ändern Sie Ihr Passwort.'),
		('en', 'security.new_sign_in', 'Somebody has signed in to your account', 'On %1$s. If it was not you, change your password.'),
		('de', 'security.new_sign_in', 'Jemand hat sich in Ihrem Konto angemeldet', 'Auf %1$s. Wenn Sie das nicht waren, ändern Sie Ihr Passwort.'),
		('en', 'security.new_sign_in_somewhere', 'Somebody has signed in to your account', 'If it was not you, change your password.'),
		('de', 'security.new_sign_in_somewhere', 'Jemand hat sich in Ihrem Konto angemeldet', 'Wenn Sie das nicht waren, ändern Sie Ihr Passwort.'),
		('en', 'security.email_changed', 'Your mail address has changed', 'If it was not you, change your password at once.'),
		('de', 'security.email_changed', 'Ihre E-Mail-Adresse hat sich geändert', 'Wenn Sie das nicht waren, ändern Sie sofort Ihr Passwort.'),
		('en', 'security.password_changed', 'Your password has changed', 'If it was not you, ask for a new one at once.'),
		('de', 'security.password_changed', 'Ihr Passwort hat sich geändert', 'Wenn Sie das nicht waren, fordern Sie sofort ein neues an.')
	       ) t (language, kind, title, body)
	 WHERE t.language = notice_texts.language AND t.kind IN (notice_texts.kind, notice_texts.kind || '.' || what)
	 ORDER BY length(t.kind) DESC
	 LIMIT 1
$$;

-- What a tier is called in this language, or in English.
CREATE OR REPLACE FUNCTION hob.tier_name(tier text, language text) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT x.name FROM tier_texts x
	 WHERE x.tier = tier_name.tier AND x.language IN (tier_name.language, 'en')
	 ORDER BY x.language = 'en' LIMIT 1
$$;

-- A notice as its reader sees it, in this language. A tier is called what it is called now, its code when it is no more.
CREATE OR REPLACE FUNCTION hob.notice_card(n notices, language text)
RETURNS TABLE (id uuid, kind text, residence_id uuid, subject text, subject_id uuid, occurrence int, title text,
	body text, created_at timestamptz, read_at timestamptz)
LANGUAGE sql STABLE ROWS 1 AS $$
	SELECT n.id, n.kind, n.residence_id, n.subject, n.subject_id, n.occurrence,
	       format(t.title, f.title, f.who, f.home, f.day, f.role),
	       format(t.body, f.title, f.who, f.home, f.day, f.role), n.created_at, n.read_at
	  FROM hob.notice_texts(language, n.kind, n.facts ->> 'what') t
	 CROSS JOIN LATERAL (
		SELECT CASE WHEN n.facts ? 'tier'
				THEN coalesce(hob.tier_name(n.facts ->> 'tier', language), n.facts ->> 'tier')
				ELSE n.facts ->> 'title' END,
		       coalesce(nullif(n.facts ->> 'who', ''), w.somebody), n.facts ->> 'home',
		       to_char((n.facts ->> 'due_on')::date, w.day), w.roles ->> (n.facts ->> 'role')
		  FROM hob.notice_words(language) w) f (title, who, home, day, role)
$$;

-- --- the inbox --------------------------------------------------------------------------

-- A notice of the caller's that was read, is unread again, or deleted; nothing when there is none. One that is as it
-- shall be stays as it is.
CREATE OR REPLACE FUNCTION hob.mark_notice(notice uuid, read bool, at timestamptz) RETURNS SETOF notices
LANGUAGE sql ROWS 1 AS $$
	UPDATE notices n SET read_at = CASE WHEN read THEN coalesce(n.read_at, at) END
	 WHERE n.id = notice AND n.user_id = hob.user_id() AND n.inbox AND n.deleted_at IS NULL
	RETURNING n.*
$$;

CREATE OR REPLACE TRIGGER notices_stamp BEFORE UPDATE ON notices
	FOR EACH ROW WHEN (old.* IS DISTINCT FROM new.*)
	EXECUTE FUNCTION hob.stamp();

GRANT SELECT, UPDATE (read_at, deleted_at) ON notices TO hob_api;
GRANT SELECT ON notice_settings TO hob_api;
GRANT SELECT, INSERT (user_id, kind, inbox, push, mail), UPDATE (inbox, push, mail) ON notice_preferences TO hob_api;
GRANT SELECT (quiet_from, quiet_until, remind_at, remind_days, notice_version),
	UPDATE (quiet_from, quiet_until, remind_at, remind_days, notice_version) ON users TO hob_api;
GRANT EXECUTE ON FUNCTION hob.notice_kinds(), hob.notice_channels(uuid), hob.is_listed(text, text),
	hob.set_notices(text[], text, text, text, time, time, time, text, int[]) TO hob_api;
GRANT EXECUTE ON FUNCTION hob.unsubscribe(uuid, text) TO hob_api;
GRANT EXECUTE ON FUNCTION hob.notice_kinds(), hob.tier_name(text, text) TO hob_jobs;
GRANT EXECUTE ON FUNCTION hob.notice_language(text), hob.tier_name(text, text), hob.notice_words(text), hob.notice_texts(text, text, text),
	hob.notice_card(notices, text), hob.mark_notice(uuid, bool, timestamptz) TO hob_api;
