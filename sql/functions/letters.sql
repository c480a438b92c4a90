-- Letters to accounts: asked for here, written by the job `letter`, and what their links and codes do. Whoever has one
-- of these is nobody yet, so that all of it has the owner's rights and a fixed search_path.
-- after: accounts deliveries

-- --- asking -----------------------------------------------------------------------------
--
-- A request adds a job and looks nothing up, whoever's address it names: so neither its answer nor its time says who
-- has an account.

-- Not for the API itself. args: user_id, or the address of the account (email); to: another address.
CREATE OR REPLACE FUNCTION hob.add_letter(letter text, args jsonb) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT hob.add_job('letter', hob.uuid_v7()::text, now(), args || jsonb_build_object('letter', letter))
$$;

CREATE OR REPLACE FUNCTION hob.ask_reset(email text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT hob.add_letter('reset', jsonb_build_object('email', ask_reset.email))
$$;

-- For the caller; nothing comes when their address is verified.
CREATE OR REPLACE FUNCTION hob.ask_verification() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT hob.add_letter('verify', jsonb_build_object('user_id', hob.user_id()))
$$;

-- Not for the API itself. Says whether password and address are still those of before, and nothing else of them.
CREATE OR REPLACE FUNCTION hob.account_mark(who uuid) RETURNS text
LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT left(encode(sha256(convert_to(concat_ws(' ', u.password_hash, u.email), 'UTF8')), 'hex'), 16)
	  FROM users u WHERE u.id = who
$$;

-- For the caller, who proves their password: HB403 for a wrong one, HB412 for another salt. Once that is another, or the
-- account has another address, nothing comes of it.
CREATE OR REPLACE FUNCTION hob.ask_email(proof text, email text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	IF NOT hob.prove(hob.user_id(), proof) THEN
		RAISE EXCEPTION 'the password is wrong' USING ERRCODE = 'HB403', CONSTRAINT = 'wrong_password';
	END IF;
	PERFORM hob.add_letter('email', jsonb_build_object('user_id', hob.user_id(), 'to', ask_email.email,
		'mark', hob.account_mark(hob.user_id())));
END
$$;

-- --- writing ----------------------------------------------------------------------------

-- Letters of a purpose that an account, or an address, is sent in an hour; of those to one new address an account may
-- ask for two, so that no single one keeps others from being written to.
CREATE OR REPLACE FUNCTION hob.letters_an_hour() RETURNS int LANGUAGE sql IMMUTABLE RETURN 5;
CREATE OR REPLACE FUNCTION hob.letters_to_another() RETURNS int LANGUAGE sql IMMUTABLE RETURN 2;

-- What stands for an address where it may be anybody's.
CREATE OR REPLACE FUNCTION hob.address_mark(email text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, public, pg_temp
RETURN encode(sha256(convert_to(hob.email_key(email), 'UTF8')), 'hex');

-- How many letters of a purpose, but for one, were kept in the last hour: for an account, to an address, and for both.
CREATE OR REPLACE FUNCTION hob.letters_kept(who uuid, purpose text, email text, but uuid,
	OUT of_account int, OUT to_address int, OUT of_both int)
LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT count(*) FILTER (WHERE t.user_id = who), count(*) FILTER (WHERE is_there),
	       count(*) FILTER (WHERE t.user_id = who AND is_there)
	  FROM account_tokens t, LATERAL (SELECT hob.email_key(t.email) = hob.email_key(letters_kept.email)) x (is_there)
	 WHERE (t.user_id = who OR is_there) AND t.purpose = letters_kept.purpose
	   AND t.id IS DISTINCT FROM but AND t.created_at > now() - interval '1 hour'
$$;

-- Not for the API itself: it says who has an account. Asks for a reset of this one, which is locked; HB429 when nothing
-- would be sent, for there were too many in this hour, those that wait to be written counted.
CREATE OR REPLACE FUNCTION hob.ask_reset_of(u users) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	wait CONSTANT int := (SELECT count(*) FROM jobs j
		WHERE j.kind = 'letter' AND j.args ->> 'letter' = 'reset' AND j.dead_at IS NULL
		  AND hob.email_key(j.args ->> 'email') = hob.email_key(u.email)
		  AND NOT EXISTS (SELECT FROM account_tokens t WHERE t.id = j.id));
BEGIN
	IF (SELECT greatest(k.of_account, k.to_address) + wait >= hob.letters_an_hour()
	      FROM hob.letters_kept(u.id, 'reset', u.email, NULL) k) THEN
		RAISE EXCEPTION 'as many as may be in an hour' USING ERRCODE = 'HB429', CONSTRAINT = 'letters_sent';
	END IF;
	PERFORM hob.ask_reset(u.email);
END
$$;

-- Keeps what a letter is good for, and ends what those before it were; false when it is not to be sent: a later one
-- was, it was used, it has ended or was another account's at an earlier try, or there were too many. live false: it is
-- good for nothing, and only counted.
CREATE OR REPLACE FUNCTION hob.keep_letter(job uuid, who uuid, purpose text, email text, token_hash text,
	code_hash text, live bool) RETURNS bool
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
	kept record;
BEGIN
	SELECT k.* INTO kept FROM hob.letters_kept(who, keep_letter.purpose, keep_letter.email, job) k;
	IF greatest(kept.of_account, kept.to_address) >= hob.letters_an_hour()
	   OR keep_letter.purpose = 'email' AND kept.of_both >= hob.letters_to_another()
	   OR EXISTS (SELECT FROM account_tokens t
		       WHERE t.user_id = who AND t.purpose = keep_letter.purpose AND t.id > job) THEN
		RETURN false;
	END IF;
	INSERT INTO account_tokens AS t (id, user_id, purpose, email, token_hash, code_hash, tries_before, expires_at)
	VALUES (job, who, keep_letter.purpose, keep_letter.email, keep_letter.token_hash, keep_letter.code_hash,
		coalesce((SELECT c.tries FROM code_tries c WHERE (c.purpose, c.address)
			= (keep_letter.purpose, hob.address_mark(keep_letter.email))), 0),
		now() + CASE WHEN live THEN interval '30 minutes' ELSE '0' END)
	ON CONFLICT (id) DO UPDATE
	   SET token_hash = excluded.token_hash, code_hash = excluded.code_hash, expires_at = excluded.expires_at
	 WHERE t.used_at IS NULL AND t.user_id = excluded.user_id AND t.expires_at > '-infinity';
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	PERFORM hob.end_letters(who, ARRAY[keep_letter.purpose], job);
	RETURN true;
END
$$;

-- Not for the API itself. Ends letters of an account but one, for good: no other try of their jobs sends them. The
-- account is locked by then. Not now(): a transaction that has waited lives before it.
CREATE OR REPLACE FUNCTION hob.end_letters(who uuid, purposes text[], but uuid DEFAULT NULL) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $$
	UPDATE account_tokens t SET expires_at = '-infinity'
	 WHERE t.user_id = who AND t.purpose = ANY (purposes) AND t.used_at IS NULL AND t.id IS DISTINCT FROM but
$$;

-- Whom a letter goes to, in which language and when it was asked for; nothing when it is not to be sent: nobody has
-- the address, the account is disabled, it was asked for more than a day ago or under another password or address, or as
-- above.
-- name: of the template; who: what the account is called, empty where the address is not proved to be its owner's: a
-- stranger may have named it, and names are words. day: when the account was made, or goes. about: the export.
CREATE OR REPLACE FUNCTION hob.letter_due(job uuid, args jsonb, token_hash text, code_hash text)
RETURNS TABLE (name text, address text, language text, who text, day text, about uuid, date_us bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	letter CONSTANT text := args ->> 'letter';
	asked_at CONSTANT timestamptz := (SELECT j.created_at FROM jobs j WHERE j.id = job);
	u users;
	holder users;
BEGIN
	SELECT x.* INTO u FROM users x
	 WHERE x.is_active AND x.id = coalesce((args ->> 'user_id')::uuid, (SELECT y.id FROM users y
		WHERE hob.email_key(y.email) = hob.email_key(args ->> 'email')))
	   FOR NO KEY UPDATE;
	IF u.id IS NULL OR asked_at < now() - interval '1 day' OR letter = 'verify' AND u.email_verified_at IS NOT NULL
	   OR letter = 'account_deleting' AND u.delete_at IS NULL
	   OR letter = 'export_ready' AND (u.email_verified_at IS NULL OR u.delete_at IS NOT NULL
		OR hob.export_file((args ->> 'export')::uuid) IS NULL)
	   OR args ->> 'mark' <> hob.account_mark(u.id) THEN
		RETURN;
	END IF;
	IF letter = 'email' THEN
		SELECT x.* INTO holder FROM users x
		 WHERE hob.email_key(x.email) = hob.email_key(args ->> 'to') AND x.id <> u.id;
	END IF;
	name := CASE WHEN holder.id IS NULL THEN letter ELSE 'email_taken' END;
	address := coalesce(holder.email, args ->> 'to', u.email);
	about := args ->> 'export';
	IF letter NOT IN ('email_changed', 'account_deleting', 'export_ready') AND NOT hob.keep_letter(job, u.id, letter,
			address, token_hash, code_hash, holder.id IS NULL) OR NOT holder.is_active THEN
		RETURN;
	END IF;
	IF holder.id IS NOT NULL THEN
		u := holder;
	END IF;
	language := hob.notice_language(u.locale);
	who := CASE WHEN u.email_verified_at IS NOT NULL THEN u.name END;
	day := (SELECT to_char(CASE letter WHEN 'account_deleting' THEN u.delete_at ELSE u.created_at END
		AT TIME ZONE u.time_zone, w.day) FROM hob.notice_words(language) w);
	date_us := extract(epoch FROM asked_at) * 1000000;
	RETURN NEXT;
END
$$;

-- --- using ------------------------------------------------------------------------------

-- So many codes may be tried at one letter, and at all of a purpose with one address in a day; links go on.
CREATE OR REPLACE FUNCTION hob.code_tries() RETURNS int LANGUAGE sql IMMUTABLE RETURN 5;
CREATE OR REPLACE FUNCTION hob.code_tries_a_day() RETURNS int LANGUAGE sql IMMUTABLE RETURN 25;

-- Counts a code that is tried with an address, and how many were, or null when that is too many for a day: the same work
-- for each address, whoever has it. Others who try one with this address wait for the end of this transaction.
CREATE OR REPLACE FUNCTION hob.try_code(purpose text, email text) RETURNS bigint
LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $$
	INSERT INTO code_tries AS c (purpose, address, tries, day_tries)
	VALUES (try_code.purpose, hob.address_mark(email), 1, 1)
	ON CONFLICT ON CONSTRAINT code_tries_pkey DO UPDATE
	   SET tries = c.tries + 1,
	       day_tries = CASE WHEN c.day_at > now() - interval '1 day' THEN c.day_tries ELSE 0 END + 1,
	       day_at = CASE WHEN c.day_at > now() - interval '1 day' THEN c.day_at ELSE now() END
	RETURNING CASE WHEN c.day_tries <= hob.code_tries_a_day() THEN c.tries END
$$;

-- Not for the API itself. Uses a letter, by its token, or else by the address that it went to and its code, and makes
-- the caller its account; null when there is none such (any more), whatever the reason. A wrong code is counted, so
-- whoever calls must not raise then. Locks the account, but of none for which there is no letter: a lock takes time.
CREATE OR REPLACE FUNCTION hob.use_letter(purpose text, token_hash text, email text, code_hash text)
RETURNS account_tokens
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
	l account_tokens;
	tries bigint;
BEGIN
	IF use_letter.token_hash IS NOT NULL THEN
		SELECT t.* INTO l FROM account_tokens t
		 WHERE t.token_hash = use_letter.token_hash AND t.purpose = use_letter.purpose;
	ELSE
		tries := hob.try_code(use_letter.purpose, use_letter.email);
		SELECT t.* INTO l FROM account_tokens t
		 WHERE hob.email_key(t.email) = hob.email_key(use_letter.email) AND t.purpose = use_letter.purpose
		   AND t.code_hash = use_letter.code_hash AND t.used_at IS NULL AND t.expires_at > now()
		   AND tries - t.tries_before <= hob.code_tries()
		 ORDER BY t.id DESC LIMIT 1;
	END IF;
	PERFORM FROM users u WHERE u.id = l.user_id AND u.is_active FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		RETURN NULL;
	END IF;
	UPDATE account_tokens t SET used_at = now()
	 WHERE t.id = l.id AND t.used_at IS NULL AND t.expires_at > now()
	RETURNING t.* INTO l;
	IF l.used_at IS NULL THEN
		RETURN NULL;
	END IF;
	PERFORM set_config('hob.user_id', l.user_id::text, true);
	RETURN l;
END
$$;

-- Not for the API itself. Tells an account what has changed about its safety; occurrence: of this kind of change.
CREATE OR REPLACE FUNCTION hob.tell_of_safety(who uuid, what text, occurrence int) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT FROM hob.notify(ARRAY[who], 'security', NULL, 'account', who, jsonb_build_object('what', what), occurrence)
$$;

-- Not for the API itself. Tells the caller of a session that began in a network new to them, not of their first one.
CREATE OR REPLACE FUNCTION hob.tell_of_network(network text, session uuid, at timestamptz) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	me CONSTANT uuid := hob.user_id();
	device text;
BEGIN
	SELECT s.device_name INTO device FROM sessions s WHERE s.id = session AND s.user_id = me;
	IF FOUND AND EXISTS (SELECT FROM login_networks l WHERE l.user_id = me)
	   AND NOT EXISTS (SELECT FROM login_networks l WHERE l.user_id = me AND l.network = tell_of_network.network
		AND l.last_at > at - interval '90 days') THEN
		PERFORM hob.notify(ARRAY[me], 'security', NULL, 'session', session,
			CASE WHEN device <> '' THEN jsonb_build_object('what', 'new_sign_in', 'title', device)
				ELSE jsonb_build_object('what', 'new_sign_in_somewhere') END);
	END IF;
END
$$;

-- Sets another password, and ends all access that there was; the keys of what that made untrue. Nothing when the
-- letter is not good. Who has read the mail has proved the address, too.
CREATE OR REPLACE FUNCTION hob.reset_password(token_hash text, email text, code_hash text, new_password_hash text)
RETURNS TABLE (touched text[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	used CONSTANT account_tokens := hob.use_letter('reset', token_hash, email, code_hash);
	changes int;
BEGIN
	UPDATE users u
	   SET password_hash = new_password_hash, updated_at = now(), version = u.version + 1,
	       email_verified_at = coalesce(u.email_verified_at, now())
	 WHERE u.id = used.user_id
	RETURNING u.version INTO changes;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	PERFORM hob.end_letters(used.user_id, ARRAY['email']);
	PERFORM hob.tell_of_safety(used.user_id, 'password_changed', changes);
	SELECT e.touched INTO touched FROM hob.end_access(NULL) e;
	RETURN NEXT;
END
$$;

-- Notes that the address of an account is read by its owner. Nothing when the letter is not good, or went elsewhere.
CREATE OR REPLACE FUNCTION hob.verify_email(token_hash text, email text, code_hash text) RETURNS TABLE (touched text[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	used CONSTANT account_tokens := hob.use_letter('verify', token_hash, email, code_hash);
BEGIN
	UPDATE users u
	   SET email_verified_at = coalesce(u.email_verified_at, now()), updated_at = now(), version = u.version + 1
	 WHERE u.id = used.user_id AND hob.email_key(u.email) = hob.email_key(used.email);
	IF FOUND THEN
		touched := hob.touch_user(used.user_id);
		RETURN NEXT;
	END IF;
END
$$;

-- Not for the API itself. What follows when an account, which `was` like this, has another address: what was sent to the
-- one before, or asked for while it had that (hob.account_mark), is good no more, and who has proved that one is told
-- there. changes: the version of the account by now.
CREATE OR REPLACE FUNCTION hob.leave_address(was users, changes int) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	PERFORM hob.end_letters(was.id, ARRAY['reset', 'verify', 'email']);
	DELETE FROM exports e WHERE e.user_id = was.id;
	PERFORM hob.tell_of_safety(was.id, 'email_changed', changes);
	IF was.email_verified_at IS NOT NULL THEN
		PERFORM hob.add_letter('email_changed', jsonb_build_object('user_id', was.id, 'to', was.email));
	END IF;
END
$$;

-- Gives an account the address that the letter went to (hob.leave_address); sessions stay. Nothing when the letter is not
-- good, or somebody else has the address.
CREATE OR REPLACE FUNCTION hob.confirm_email(token_hash text, email text, code_hash text)
RETURNS TABLE (touched text[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	used CONSTANT account_tokens := hob.use_letter('email', token_hash, email, code_hash);
	old CONSTANT users := (SELECT u FROM users u WHERE u.id = used.user_id);
	changes int;
BEGIN
	IF used.id IS NULL THEN
		RETURN;
	END IF;
	UPDATE users u
	   SET email = used.email, email_verified_at = now(), updated_at = now(), version = u.version + 1
	 WHERE u.id = used.user_id
	RETURNING u.version INTO changes;
	PERFORM hob.leave_address(old, changes);
	touched := hob.touch_person(used.user_id);
	RETURN NEXT;
EXCEPTION WHEN unique_violation THEN
	-- Caught, so that no log has the address. The letter was used above the block, and stays so.
	RETURN;
END
$$;

GRANT EXECUTE ON FUNCTION hob.ask_reset(text), hob.ask_verification(), hob.ask_email(text, text),
	hob.reset_password(text, text, text, text), hob.verify_email(text, text, text),
	hob.confirm_email(text, text, text) TO hob_api;
GRANT EXECUTE ON FUNCTION hob.letter_due(uuid, jsonb, text, text) TO hob_jobs;
