-- Requests that are sent again, and transactions that are only tried.

CREATE OR REPLACE FUNCTION hob.once(key text, request text, made_id uuid, keep bool) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	me uuid := hob.user_id();
	kept idempotency_keys;
BEGIN
	-- Not the unique index: it would let us wait until the other one has committed.
	IF NOT pg_try_advisory_xact_lock(hashtextextended(me || ' ' || once.key, 0)) THEN
		RAISE EXCEPTION 'still running' USING ERRCODE = 'HB102';
	END IF;
	SELECT * INTO kept FROM idempotency_keys k
	 WHERE k.user_id = me AND k.key = once.key AND k.created_at > now() - interval '24 hours'
	   -- A later transaction may have ended before this one; the bound leaves next week's partitions out.
	   AND k.created_at < now() + interval '1 minute';
	IF FOUND THEN
		IF kept.request <> once.request THEN
			RAISE EXCEPTION 'another request' USING ERRCODE = 'HB422';
		END IF;
		RAISE EXCEPTION 'done' USING ERRCODE = 'HB208', DETAIL = kept.made_id;
	END IF;
	IF keep THEN
		INSERT INTO idempotency_keys (user_id, key, request, made_id)
		VALUES (me, once.key, once.request, once.made_id);
	END IF;
END
$$;
GRANT EXECUTE ON FUNCTION hob.once(text, text, uuid, bool) TO hob_api;
GRANT SELECT, INSERT (user_id, key, request, made_id), UPDATE (made_id) ON idempotency_keys TO hob_api;

-- The last word of a transaction that is only tried.
CREATE OR REPLACE FUNCTION hob.rehearsed() RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'only tried' USING ERRCODE = 'HB200';
END
$$;
GRANT EXECUTE ON FUNCTION hob.rehearsed() TO hob_api;
