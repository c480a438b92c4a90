-- Requests that are sent again, and transactions that are only tried.
--
-- The pipeline of a request with an idempotency key looks the key up before anything else that is its own
-- (hob.once) and keeps it behind the statement that writes (hob.keep_key), if that one did something: what yields
-- _touch runs hob.did beside it (scripts/sqlgen), so that a change of nothing leaves its key free.

-- The use of a key of the caller's in the last 24 hours. A later transaction may have ended before this one; the
-- upper bound leaves next week's partitions out.
CREATE OR REPLACE FUNCTION hob.kept_key(key text) RETURNS SETOF idempotency_keys
LANGUAGE sql STABLE ROWS 1 AS $$
	SELECT k.* FROM idempotency_keys k
	 WHERE k.user_id = hob.user_id() AND k.key = kept_key.key AND k.created_at > now() - interval '24 hours'
	   AND k.created_at < now() + interval '1 minute'
$$;

-- The use of a key, which no other transaction looks up until this one has ended; null when there was none. HB102
-- when another transaction has it at the moment, HB422 when it stood for another request. Not the unique index: it
-- would let us wait until the other one has committed.
--
-- A part does wait: the parts of two tries that run at once would else refuse each other, this one here and that one
-- there, and both tries with them. So whichever comes first does a part, be it a try that was refused, and the other
-- finds it done. Who has written something in this transaction, the use of a session, does not wait: the other one may
-- want the account.
DROP FUNCTION IF EXISTS hob.hold_key(text, text);
CREATE OR REPLACE FUNCTION hob.hold_key(key text, request text, is_part bool) RETURNS idempotency_keys
LANGUAGE plpgsql AS $$
DECLARE
	name CONSTANT bigint := hashtextextended(hob.user_id() || ' ' || hold_key.key, 0);
	kept idempotency_keys;
BEGIN
	IF NOT pg_try_advisory_xact_lock(name) THEN
		IF NOT is_part OR pg_current_xact_id_if_assigned() IS NOT NULL THEN
			RAISE EXCEPTION 'still running' USING ERRCODE = 'HB102';
		END IF;
		PERFORM pg_advisory_xact_lock(name);
	END IF;
	SELECT * INTO kept FROM hob.kept_key(hold_key.key);
	IF kept.request <> hold_key.request THEN
		RAISE EXCEPTION 'another request' USING ERRCODE = 'HB422';
	END IF;
	RETURN kept;
END
$$;

-- HB208 when this was done under the key; its message is 'found' when something existed already that would have
-- been made. whole: the key of the request that this is a part of, which must stand for that whole.
CREATE OR REPLACE FUNCTION hob.once(key text, request text, whole text, whole_request text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	kept idempotency_keys;
BEGIN
	IF NOT EXISTS (SELECT FROM hob.kept_key(whole) k WHERE k.request = whole_request) AND whole IS NOT NULL THEN
		RAISE EXCEPTION 'another whole' USING ERRCODE = 'HB422';
	END IF;
	kept := hob.hold_key(key, request, whole IS NOT NULL);
	IF kept.key IS NOT NULL THEN
		RAISE EXCEPTION '%', CASE WHEN kept.made THEN 'made' ELSE 'found' END
			USING ERRCODE = 'HB208', DETAIL = coalesce(kept.made_id::text, '');
	END IF;
END
$$;

-- The same for a request of many parts, each with a key of its own: keeps the key, and says whether it was used.
CREATE OR REPLACE FUNCTION hob.once_whole(key text, request text) RETURNS bool
LANGUAGE plpgsql AS $$
BEGIN
	IF (hob.hold_key(once_whole.key, once_whole.request, false)).key IS NOT NULL THEN
		RETURN true;
	END IF;
	INSERT INTO idempotency_keys (user_id, key, request)
	VALUES (hob.user_id(), once_whole.key, once_whole.request);
	RETURN false;
END
$$;

-- Notes that the transaction has done something.
CREATE OR REPLACE FUNCTION hob.did() RETURNS text
LANGUAGE sql AS $$
	SELECT set_config('hob.did', 't', true)
$$;

-- Notes what its key shall stand for, where that is not the id that the request came with: what was made or, with
-- made = false, found; or an answer that is not an object that can be read again.
CREATE OR REPLACE FUNCTION hob.note_outcome(made_id uuid, made bool, answer jsonb) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('hob.outcome',
		jsonb_build_object('made_id', made_id, 'made', made, 'answer', answer)::text, true);
END
$$;

-- always: also when nothing was done, because the request only reads.
CREATE OR REPLACE FUNCTION hob.keep_key(key text, request text, made_id uuid, always bool) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	outcome CONSTANT jsonb := nullif(current_setting('hob.outcome', true), '');
BEGIN
	IF always OR current_setting('hob.did', true) = 't' THEN
		INSERT INTO idempotency_keys (user_id, key, request, made_id, made, answer)
		VALUES (hob.user_id(), keep_key.key, keep_key.request,
			coalesce((outcome ->> 'made_id')::uuid, keep_key.made_id),
			coalesce((outcome ->> 'made')::bool, true), outcome -> 'answer');
	END IF;
END
$$;

GRANT EXECUTE ON FUNCTION hob.kept_key(text), hob.hold_key(text, text, bool), hob.once(text, text, text, text),
	hob.once_whole(text, text), hob.did(), hob.note_outcome(uuid, bool, jsonb),
	hob.keep_key(text, text, uuid, bool) TO hob_api;
GRANT SELECT, INSERT (user_id, key, request, made_id, made, answer) ON idempotency_keys TO hob_api;

-- The last word of a transaction that is only tried.
CREATE OR REPLACE FUNCTION hob.rehearsed() RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'only tried' USING ERRCODE = 'HB200';
END
$$;
GRANT EXECUTE ON FUNCTION hob.rehearsed() TO hob_api;
