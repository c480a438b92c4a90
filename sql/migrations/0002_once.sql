-- Idempotency keys: what a client sends again because it heard no answer is done once.
--
-- The key is kept by the transaction that does the work, so both happen or neither. What is
-- kept is not the answer but the id of what was made: the answer is made anew from it, in
-- the one case in a thousand that needs it. Keys live for 24 hours; each new one sweeps some
-- old ones away, whoever's they are, so that no job is needed.

CREATE TABLE idempotency_keys (
	user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
	key text COLLATE "C" NOT NULL,
	request text COLLATE "C" NOT NULL,	-- hash of method, path and body
	made_id uuid NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (user_id, key)
);
CREATE INDEX idempotency_keys_created_at_idx ON idempotency_keys (created_at);
ALTER TABLE idempotency_keys ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON idempotency_keys TO hob_api
	USING (user_id = hob.user_id());
GRANT SELECT, INSERT, DELETE ON idempotency_keys TO hob_api;

CREATE FUNCTION hob.sweep_keys() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	DELETE FROM idempotency_keys WHERE ctid = ANY (ARRAY(
		SELECT k.ctid FROM idempotency_keys k WHERE k.created_at <= now() - interval '24 hours'
		 ORDER BY k.created_at LIMIT 10 FOR UPDATE SKIP LOCKED));
	RETURN NULL;
END
$$;
CREATE TRIGGER idempotency_keys_sweep AFTER INSERT ON idempotency_keys
	FOR EACH ROW EXECUTE FUNCTION hob.sweep_keys();

CREATE FUNCTION hob.once(key text, request text, made_id uuid, keep bool) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	me uuid := hob.user_id();
	kept idempotency_keys;
BEGIN
	-- Not the unique index: it would let us wait until the other one has committed.
	IF NOT pg_try_advisory_xact_lock(hashtextextended(me || ' ' || once.key, 0)) THEN
		RAISE EXCEPTION 'The first request with this key is still running.'
			USING ERRCODE = 'HB409';
	END IF;
	SELECT * INTO kept FROM idempotency_keys k
	 WHERE k.user_id = me AND k.key = once.key AND k.created_at > now() - interval '24 hours';
	IF FOUND THEN
		IF kept.request <> once.request THEN
			RAISE EXCEPTION 'another request' USING ERRCODE = 'HB422';
		END IF;
		RAISE EXCEPTION 'done' USING ERRCODE = 'HB208', DETAIL = kept.made_id;
	END IF;
	IF keep THEN
		DELETE FROM idempotency_keys k
		 WHERE k.user_id = me AND k.key = once.key;
		INSERT INTO idempotency_keys (user_id, key, request, made_id)
		VALUES (me, once.key, once.request, once.made_id);
	END IF;
END
$$;
GRANT EXECUTE ON FUNCTION hob.once(text, text, uuid, bool) TO hob_api;
