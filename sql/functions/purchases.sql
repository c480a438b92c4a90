-- Purchases: what comes from a client or a store is a hint that something has changed. It is kept, a job asks the store,
-- and what that says is what counts. The account is locked, then the purchase: who finds at the purchase that another
-- account is concerned leaves that to its job.
-- after: plans jobs

-- Null where a text is no uuid.
CREATE OR REPLACE FUNCTION hob.as_uuid(text) RETURNS uuid
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT CASE WHEN $1 ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN $1::uuid END
$$;

-- Is there such an account? One that was erased is none.
CREATE OR REPLACE FUNCTION hob.is_account(who uuid) RETURNS bool
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT EXISTS (SELECT FROM users u WHERE u.id = who AND u.erased_at IS NULL)
$$;

-- Not for the API itself. The purchase, made where there is none, and locked.
CREATE OR REPLACE FUNCTION hob.hold_purchase(store text, environment text, subscription text) RETURNS purchases
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
	held purchases;
BEGIN
	-- One that is there may go before it is locked.
	WHILE held.id IS NULL LOOP
		INSERT INTO purchases AS p (id, store, environment, subscription_id)
		VALUES (hob.uuid_v7(), hold_purchase.store, hold_purchase.environment, subscription)
		ON CONFLICT (store, subscription_id, (CASE store WHEN 'apple' THEN environment END)) DO NOTHING;
		SELECT p.* INTO held FROM purchases p
		 WHERE p.store = hold_purchase.store AND p.subscription_id = subscription
		   AND (p.store <> 'apple' OR p.environment = hold_purchase.environment) FOR NO KEY UPDATE;
	END LOOP;
	RETURN held;
END
$$;

CREATE OR REPLACE FUNCTION hob.ask_store(p purchases, at timestamptz DEFAULT now()) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT hob.add_job(p.store || '_purchase', p.id::text, at)
$$;

-- So many purchases of an account may wait for their store's first word.
CREATE OR REPLACE FUNCTION hob.purchases_waiting() RETURNS int LANGUAGE sql IMMUTABLE RETURN 20;

-- The caller has proved a purchase. seen: a transaction that the store has signed, {product_id, until_ms, as_of_ms,
-- revoked}; null: there is none. named, lifts: the account that it names, and whether its environment counts. All of that
-- counts when nothing newer is known, and a period never for an earlier one. HB409 when the purchase is another account's.
CREATE OR REPLACE FUNCTION hob.claim_purchase(store text, environment text, subscription text, named text, lifts bool,
	seen jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	me CONSTANT uuid := hob.user_id();
	owner uuid;
	p purchases;
BEGIN
	PERFORM FROM users u WHERE u.id = me FOR NO KEY UPDATE;
	p := hob.hold_purchase(store, environment, subscription);
	owner := CASE WHEN p.as_of IS NULL OR p.as_of < hob.of_ms(seen -> 'as_of_ms') THEN hob.as_uuid(named) END;
	IF owner <> me AND hob.is_account(owner) OR p.user_id <> me AND owner IS DISTINCT FROM me THEN
		RAISE EXCEPTION 'the purchase is of another account' USING ERRCODE = 'HB409',
			CONSTRAINT = 'purchase_of_another';
	END IF;
	UPDATE purchases x SET user_id = me, updated_at = now() WHERE x.id = p.id;
	IF (SELECT count(*) FROM purchases x WHERE x.user_id = me AND x.asked_at IS NULL) > hob.purchases_waiting() THEN
		RAISE EXCEPTION 'many purchases wait' USING ERRCODE = 'HB429', CONSTRAINT = 'purchases_waiting';
	END IF;
	UPDATE purchases x
	   SET product_id = s.product_id, entitled_until = s.until, grace_until = NULL, as_of = s.as_of,
	       status = CASE WHEN s.revoked THEN 'revoked' WHEN s.until > now() THEN 'active' ELSE 'expired' END,
	       renews = NOT s.revoked AND s.until > now(), lifts = claim_purchase.lifts,
	       ended_at = CASE WHEN s.revoked OR s.until <= now() THEN coalesce(x.ended_at, now()) END
	  FROM (SELECT seen ->> 'product_id', hob.of_ms(seen -> 'until_ms'), hob.of_ms(seen -> 'as_of_ms'),
		       (seen -> 'revoked')::bool) s (product_id, until, as_of, revoked)
	 WHERE x.id = p.id AND s.as_of IS NOT NULL AND (x.as_of IS NULL OR x.as_of < s.as_of AND x.entitled_until < s.until);
	PERFORM hob.ask_store(p);
	IF p.user_id <> me THEN
		PERFORM hob.add_job('plan', p.user_id::text);
	END IF;
	PERFORM hob.settle_plan(me);
END
$$;

-- --- what stores tell -------------------------------------------------------------------------

-- A notification whose signature holds; false: it came before. subscription null: it is about none.
CREATE OR REPLACE FUNCTION hob.take_apple_event(event text, environment text, subscription text, lifts bool) RETURNS bool
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	p purchases;
BEGIN
	INSERT INTO store_events (id, store, event_id, proof, state)
	VALUES (hob.uuid_v7(), 'apple', event, '', CASE WHEN subscription IS NULL THEN 'done' ELSE 'waiting' END)
	ON CONFLICT DO NOTHING;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	IF subscription IS NOT NULL THEN
		p := hob.hold_purchase('apple', environment, subscription);
		UPDATE purchases x SET lifts = take_apple_event.lifts WHERE x.id = p.id AND x.lifts <> take_apple_event.lifts;
		UPDATE store_events e SET about = p.id WHERE (e.store, e.event_id, e.proof) = ('apple', event, '');
		PERFORM hob.ask_store(p);
	END IF;
	RETURN true;
END
$$;

-- So many pushes may wait for being judged: whoever sends more is no store.
CREATE OR REPLACE FUNCTION hob.pushes_waiting() RETURNS int LANGUAGE sql IMMUTABLE RETURN 1000;

-- A push whose token looks like one, which the job proves; false: it came before. purchase null: it is about none.
CREATE OR REPLACE FUNCTION hob.take_google_push(event text, proof text, token text, purchase text) RETURNS bool
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	made uuid;
BEGIN
	IF EXISTS (SELECT FROM store_events e
		    WHERE e.store = 'google' AND e.event_id = event AND e.state IN ('waiting', 'done')) THEN
		RETURN false;
	END IF;
	IF (SELECT count(*) FROM store_events e WHERE e.state = 'unproven') >= hob.pushes_waiting() THEN
		RAISE EXCEPTION 'many pushes wait' USING ERRCODE = 'HB429', CONSTRAINT = 'pushes_waiting';
	END IF;
	INSERT INTO store_events AS e (id, store, event_id, proof, state, payload)
	VALUES (hob.uuid_v7(), 'google', event, take_google_push.proof, 'unproven',
		jsonb_build_object('token', token, 'purchase', purchase))
	ON CONFLICT DO NOTHING RETURNING e.id INTO made;
	IF made IS NOT NULL THEN
		PERFORM hob.add_job('google_push', made::text);
	END IF;
	RETURN made IS NOT NULL;
END
$$;

-- --- the jobs (app/jobs/purchase.c) --------------------------------------------------------------

-- The token of a push that is not judged yet, and for how long it has been here; nothing when it is.
CREATE OR REPLACE FUNCTION hob.google_push_due(event uuid) RETURNS TABLE (token text, age_ms bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT e.payload ->> 'token', (extract(epoch FROM now() - e.received_at) * 1000)::bigint
	  FROM store_events e WHERE e.id = event AND e.state = 'unproven'
$$;

CREATE OR REPLACE FUNCTION hob.judge_google_push(event uuid, good bool) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	e store_events;
	p purchases;
BEGIN
	SELECT x.* INTO e FROM store_events x WHERE x.id = event AND x.state = 'unproven' FOR UPDATE;
	IF good AND e.payload ->> 'purchase' IS NOT NULL THEN
		p := hob.hold_purchase('google', 'production', e.payload ->> 'purchase');
		PERFORM hob.ask_store(p);
	END IF;
	UPDATE store_events x
	   SET payload = NULL, about = p.id,
	       state = CASE WHEN NOT good THEN 'forged' WHEN p.id IS NULL THEN 'done' ELSE 'waiting' END
	 WHERE x.id = e.id;
	DELETE FROM store_events x WHERE x.about IS NULL AND x.received_at < now() - interval '90 days';
END
$$;

-- What the store is to be asked for, and the time, by the database's clock; nothing when there is no such purchase (any
-- more).
CREATE OR REPLACE FUNCTION hob.purchase_due(purchase uuid)
RETURNS TABLE (environment text, subscription_id text, product_id text, asked_ms bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT p.environment, p.subscription_id, p.product_id, (extract(epoch FROM now()) * 1000)::bigint
	  FROM purchases p WHERE p.id = purchase
$$;

-- For so long after its end a purchase is looked after.
CREATE OR REPLACE FUNCTION hob.keeps_ended() RETURNS interval LANGUAGE sql IMMUTABLE RETURN interval '60 days';

-- When one that lifts is to be asked for at its end: then, and ever more seldom while the store is late.
CREATE OR REPLACE FUNCTION hob.ask_at_end(until timestamptz) RETURNS timestamptz
LANGUAGE sql STABLE
RETURN greatest(until, now() + greatest(least(now() - until, interval '1 hour'), interval '10 minutes'));

-- When a purchase is to be asked for again, whatever is told until then, for what is told may be lost: at its end and
-- each week before, each day while it may come back or is nobody's, and ever more seldom when it is over.
CREATE OR REPLACE FUNCTION hob.ask_again_at(p purchases) RETURNS timestamptz
LANGUAGE sql STABLE
RETURN CASE WHEN p.ended_at <= now() - hob.keeps_ended() THEN NULL
	WHEN p.ended_at IS NOT NULL THEN now() + greatest(now() - p.ended_at, interval '1 day')
	WHEN p.status NOT IN ('active', 'cancelled', 'grace') OR p.user_id IS NULL OR p.unknown_at IS NOT NULL
		THEN now() + interval '1 day'
	ELSE least(now() + interval '7 days',
		hob.ask_at_end(CASE p.status WHEN 'grace' THEN p.grace_until ELSE p.entitled_until END)) END;

-- Asks again for purchases of sandboxes that count otherwise than they do by now.
CREATE OR REPLACE FUNCTION hob.ask_sandboxes(lifts bool) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT hob.ask_store(p) FROM purchases p
	 WHERE p.environment = 'sandbox' AND p.lifts <> ask_sandboxes.lifts
$$;

-- A number of milliseconds since 1970 as a time.
CREATE OR REPLACE FUNCTION hob.of_ms(ms jsonb) RETURNS timestamptz
LANGUAGE sql IMMUTABLE
RETURN to_timestamp((ms #>> '{}')::float8 / 1000);

-- Not for the API itself. Writes what the store has said, unless something newer is known; the purchase as it is then.
CREATE OR REPLACE FUNCTION hob.write_purchase(purchase uuid, owner uuid, asked timestamptz, said jsonb) RETURNS purchases
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	written purchases;
BEGIN
	UPDATE purchases p
	   SET user_id = CASE WHEN hob.is_account(owner) THEN owner ELSE p.user_id END,
	       environment = CASE p.store WHEN 'google' THEN said ->> 'environment' ELSE p.environment END,
	       product_id = said ->> 'product_id', status = said ->> 'status', renews = (said -> 'renews')::bool,
	       entitled_until = hob.of_ms(said -> 'until_ms'), grace_until = hob.of_ms(said -> 'grace_ms'),
	       ended_at = CASE WHEN said ->> 'status' IN ('expired', 'refunded', 'revoked') THEN coalesce(p.ended_at, now()) END,
	       as_of = hob.of_ms(said -> 'as_of_ms'), asked_at = asked, lifts = (said -> 'lifts')::bool, updated_at = now(),
	       follows = coalesce(said ->> 'replaces', said ->> 'follows'), unknown_at = NULL
	 WHERE p.id = purchase AND (p.as_of <= hob.of_ms(said -> 'as_of_ms')) IS NOT FALSE
	RETURNING p.* INTO written;
	RETURN written;
END
$$;

-- Not for the API itself. What follows from a purchase that was written: whose it was and those that it is in the place
-- of are looked at by their jobs, and so is what follows it, when that is nobody's yet.
CREATE OR REPLACE FUNCTION hob.spread_purchase(p purchases, owner_before uuid) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT hob.ask_store(f) FROM (SELECT x.* FROM purchases x
		WHERE x.store = p.store AND x.follows = p.subscription_id AND x.user_id IS NULL AND p.user_id IS NOT NULL
		ORDER BY x.id) f;
	SELECT hob.add_job('plan', a.id::text)
	  FROM (SELECT owner_before UNION SELECT r.user_id FROM purchases r WHERE r.replaced_by = p.id ORDER BY 1) a (id)
	 WHERE a.id <> p.user_id OR p.user_id IS NULL AND a.id IS NOT NULL
$$;

-- What a store says of a purchase. named: the account that it names. said: {as_of_ms, environment, product_id, status,
-- renews, until_ms, grace_ms, lifts, is_new, replaces, follows}, the last two being other purchases of Google's: one that
-- this is in the place of once it has begun, and one that was over before; whose those were, this is, when nobody is named.
-- is_new: Google wants to hear that it arrived, which it does when it is somebody's: what nobody has proved within three
-- days is paid back. unsold: what is paid for is in no tier.
CREATE OR REPLACE FUNCTION hob.purchase_told(purchase uuid, named text, asked timestamptz, said jsonb,
	OUT unsold bool, OUT _touch text[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	was purchases;
	p purchases;
	written uuid;
	owner uuid := hob.as_uuid(named);
	accounts uuid[];
BEGIN
	SELECT x.* INTO was FROM purchases x WHERE x.id = purchase;
	IF owner IS NULL AND was.user_id IS NULL THEN
		SELECT x.user_id INTO owner FROM purchases x
		 WHERE x.store = was.store AND x.subscription_id = coalesce(said ->> 'replaces', said ->> 'follows');
	END IF;
	accounts := ARRAY[was.user_id, owner];
	PERFORM FROM users u WHERE u.id = ANY (accounts) ORDER BY u.id FOR NO KEY UPDATE;
	SELECT x.* INTO was FROM purchases x WHERE x.id = purchase FOR NO KEY UPDATE;
	written := (hob.write_purchase(purchase, owner, asked, said)).id;
	UPDATE purchases x SET asked_at = asked WHERE x.id = purchase AND written IS NULL;
	UPDATE purchases x SET replaced_by = written
	 WHERE x.store = was.store AND x.subscription_id = said ->> 'replaces' AND x.replaced_by IS DISTINCT FROM written
	   AND written IS NOT NULL AND said ->> 'status' <> 'pending' AND hob.of_ms(said -> 'until_ms') IS NOT NULL;
	UPDATE store_events e SET state = 'done'
	 WHERE e.about = purchase AND e.state = 'waiting' AND e.received_at <= asked;
	DELETE FROM store_events e WHERE e.about = purchase AND e.received_at < now() - interval '90 days';
	SELECT x.* INTO p FROM purchases x WHERE x.id = purchase;
	IF p.id IS NOT NULL AND hob.ask_again_at(p) IS NOT NULL THEN
		PERFORM hob.ask_store(p, least(hob.ask_again_at(p), now() + CASE WHEN written IS NULL THEN interval '10 minutes'
			WHEN (said -> 'is_new')::bool THEN interval '1 day' END));
	END IF;
	IF p.user_id IS NOT NULL AND (said -> 'is_new')::bool THEN
		PERFORM hob.add_job('google_acknowledge', p.id::text);
	END IF;
	PERFORM hob.spread_purchase(p, was.user_id);
	IF p.user_id = ANY (accounts) THEN
		PERFORM hob.settle_plan(p.user_id);
	ELSIF p.user_id IS NOT NULL THEN
		PERFORM hob.add_job('plan', p.user_id::text);
	END IF;
	unsold := hob.paid_until(p) > now() AND NOT EXISTS (SELECT FROM tier_products t
		WHERE (t.store, t.product_id) = (p.store, p.product_id));
	_touch := '{}';
END
$$;

-- Not for the API itself. What was told of a purchase is settled, and so is the plan of its owner.
CREATE OR REPLACE FUNCTION hob.settle_purchase(purchase uuid, owner uuid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	UPDATE store_events e SET state = 'done' WHERE e.about = purchase AND e.state = 'waiting';
	IF owner IS NOT NULL THEN
		PERFORM hob.settle_plan(owner);
	END IF;
END
$$;

-- The store does not know a purchase (any more): one that it never knew was none, and one that it did is over when it
-- says so once more a day later, for a store may err.
CREATE OR REPLACE FUNCTION hob.purchase_unknown(purchase uuid, OUT _touch text[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	owner CONSTANT uuid := (SELECT p.user_id FROM purchases p WHERE p.id = purchase);
	p purchases;
BEGIN
	PERFORM FROM users u WHERE u.id = owner FOR NO KEY UPDATE;
	DELETE FROM purchases x WHERE x.id = purchase AND x.as_of IS NULL;
	UPDATE purchases x SET asked_at = now(), unknown_at = coalesce(x.unknown_at, now()) WHERE x.id = purchase;
	UPDATE purchases x SET status = 'expired', renews = false, ended_at = now()
	 WHERE x.id = purchase AND x.ended_at IS NULL AND x.unknown_at <= now() - interval '23 hours';
	SELECT x.* INTO p FROM purchases x WHERE x.id = purchase;
	IF p.id IS NOT NULL AND hob.ask_again_at(p) IS NOT NULL THEN
		PERFORM hob.ask_store(p, hob.ask_again_at(p));
	END IF;
	PERFORM hob.settle_purchase(purchase, owner);
	_touch := '{}';
END
$$;

-- A step of the job that comes by the clock, at most a thousand of each: purchases that are to be asked for have their job,
-- whatever became of it, some time in a day; those that are nobody's and over, or were never known, go.
CREATE OR REPLACE FUNCTION hob.keep_purchases(OUT lost int, OUT gone int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	orphans CONSTANT purchases[] := ARRAY(SELECT p FROM purchases p
		WHERE hob.ask_again_at(p) IS NOT NULL AND NOT EXISTS (SELECT FROM jobs j
			WHERE j.kind = p.store || '_purchase' AND j.key = p.id::text AND j.dead_at IS NULL)
		ORDER BY p.id LIMIT 1000);
BEGIN
	PERFORM hob.ask_store(p, now() + random() * interval '1 day') FROM unnest(orphans) p;
	lost := cardinality(orphans);
	gone := hob.delete_some('purchases', format('user_id IS NULL AND coalesce(ended_at,
		CASE WHEN as_of IS NULL THEN created_at END) <= now() - %L::interval', hob.keeps_ended()), 1000);
END
$$;

-- Nothing of a purchase counts here, so that no store is asked: it lifts nobody.
CREATE OR REPLACE FUNCTION hob.purchase_aside(purchase uuid, OUT _touch text[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	owner CONSTANT uuid := (SELECT p.user_id FROM purchases p WHERE p.id = purchase);
BEGIN
	PERFORM FROM users u WHERE u.id = owner FOR NO KEY UPDATE;
	UPDATE purchases p SET lifts = false, asked_at = now(), updated_at = now() WHERE p.id = purchase;
	PERFORM hob.settle_purchase(purchase, owner);
	_touch := '{}';
END
$$;

-- --- what the caller has ---------------------------------------------------------------------------

-- The caller's plan, what they have of what it bounds, and what the next tier allows. VOLATILE: it looks behind what its
-- statement has done. mine: residences of the caller.
CREATE OR REPLACE FUNCTION hob.subscription_shown(mine uuid[])
RETURNS TABLE (tier text, source text, status text, ends_at timestamptz, renews_at timestamptz, grace_until timestamptz,
	is_pending bool, next_tier text, limits json, residences json)
LANGUAGE plpgsql ROWS 1 AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
	WITH plan AS MATERIALIZED (
		SELECT coalesce(p.tier, hob.first_tier()) AS tier, p.source, p.status, p.ends_at, p.renews_at, p.grace_until
		  FROM (SELECT) one LEFT JOIN plans p ON p.user_id = hob.user_id()
	), allowed AS MATERIALIZED (
		SELECT hob.limits_of(p.tier) AS most FROM plan p
	), above AS MATERIALIZED (
		SELECT n.code, hob.limits_of(n.code) AS most FROM tiers n
		 WHERE n.rank > (SELECT t.rank FROM plan p JOIN tiers t ON t.code = p.tier) ORDER BY n.rank LIMIT 1
	), used AS MATERIALIZED (
		SELECT u.about, json_agg(json_build_object('limit', p.name,
			'used', CASE p.name WHEN 'share_codes' THEN hob.open_codes(u.about) ELSE u.used[p.position] END,
			'max', m.most[p.position], 'next_max', a.most[p.position]) ORDER BY p.position) AS limits
		  FROM usage u CROSS JOIN allowed m
		  JOIN plan_limits p ON CASE WHEN u.about = hob.user_id() THEN p.of_account ELSE p.of_residence END
		  LEFT JOIN above a ON true
		 WHERE u.about = hob.user_id() OR u.about = ANY (mine)
		 GROUP BY u.about
	)
	SELECT plan.tier, plan.source, plan.status, plan.ends_at, plan.renews_at, plan.grace_until,
	       EXISTS (SELECT FROM purchases w WHERE w.user_id = hob.user_id() AND w.asked_at IS NULL),
	       (SELECT a.code FROM above a),
	       (SELECT u.limits FROM used u WHERE u.about = hob.user_id()),
	       (SELECT coalesce(json_agg(json_build_object('id', r.id, 'name', r.name, 'limits', u.limits)
			ORDER BY r.name COLLATE hob.alphabet, r.id), '[]')
		  FROM residences r JOIN used u ON u.about = r.id
		 WHERE r.owner_id = hob.user_id() AND r.deleted_at IS NULL)
	  FROM plan;
END
$$;

GRANT SELECT (user_id, asked_at) ON purchases TO hob_api;
GRANT EXECUTE ON FUNCTION hob.claim_purchase(text, text, text, text, bool, jsonb), hob.subscription_shown(uuid[]),
	hob.take_apple_event(text, text, text, bool), hob.take_google_push(text, text, text, text) TO hob_api;
GRANT EXECUTE ON FUNCTION hob.of_ms(jsonb), hob.ask_sandboxes(bool), hob.google_push_due(uuid),
	hob.judge_google_push(uuid, bool), hob.purchase_due(uuid), hob.purchase_told(uuid, text, timestamptz, jsonb),
	hob.purchase_unknown(uuid), hob.purchase_aside(uuid), hob.keep_purchases() TO hob_jobs;
