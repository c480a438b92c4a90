-- The plan of an account: the highest of what it was given and what it has paid for.
-- after: limits jobs deliveries

-- Until when a store says that a purchase lifts; null: it does not.
CREATE OR REPLACE FUNCTION hob.paid_until(p purchases) RETURNS timestamptz
LANGUAGE sql IMMUTABLE
RETURN CASE WHEN NOT p.lifts OR p.replaced_by IS NOT NULL THEN NULL
	WHEN p.status IN ('active', 'cancelled') THEN p.entitled_until
	WHEN p.status = 'grace' THEN p.grace_until END;

-- Until when it lifts. One that renews at its end has a day more, unless the store says something else, for who pays
-- shall not lose what they have because a store is late. One that no store was asked for yet lifts for three days at most.
CREATE OR REPLACE FUNCTION hob.lifts_until(p purchases) RETURNS timestamptz
LANGUAGE sql STABLE
RETURN CASE WHEN hob.paid_until(p) IS NOT NULL
	THEN least(hob.paid_until(p) + CASE WHEN p.renews AND p.status = 'active' THEN interval '1 day' ELSE '0' END,
		CASE WHEN p.asked_at IS NULL THEN p.created_at + interval '3 days' END) END;

-- What an account has at this moment, the best first. Without a search_path of its own, so that PostgreSQL inlines it and
-- keeps the plan.
CREATE OR REPLACE FUNCTION hob.entitlements(account uuid)
RETURNS TABLE (tier text, source text, status text, ends_at timestamptz, renews_at timestamptz,
	grace_until timestamptz, until timestamptz)
LANGUAGE sql STABLE AS $$
	SELECT e.tier, e.source, e.status, e.ends_at, e.renews_at, e.grace_until, e.until
	  FROM (SELECT g.tier, 'grant', 'active', g.ends_at, NULL::timestamptz, NULL::timestamptz,
		       coalesce(g.ends_at, 'infinity')
		  FROM plan_grants g WHERE g.user_id = account AND g.revoked_at IS NULL
		UNION ALL
		SELECT s.tier, p.store, p.status, CASE WHEN NOT p.renews THEN l.until END,
		       CASE WHEN p.renews AND p.status = 'active' THEN p.entitled_until END,
		       CASE WHEN p.status = 'grace' THEN p.grace_until END, l.until
		  FROM purchases p
		  JOIN tier_products s ON (s.store, s.product_id) = (p.store, p.product_id)
		 CROSS JOIN LATERAL (SELECT hob.lifts_until(p)) l (until)
		 WHERE p.user_id = account) e (tier, source, status, ends_at, renews_at, grace_until, until)
	  JOIN tiers t ON t.code = e.tier
	 WHERE e.until > now()
	 ORDER BY t.rank DESC, e.until DESC
$$;

-- How long before the end of what somebody has paid for, or was given, they are told of it.
CREATE OR REPLACE FUNCTION hob.ends_soon() RETURNS interval LANGUAGE sql IMMUTABLE RETURN interval '3 days';

-- Not for the API itself. Tells an account what is new about its plan: `had` is what it was. A grant ends at midnight,
-- behind its last day, which is the one that is told.
CREATE OR REPLACE FUNCTION hob.tell_plan(account uuid, had plans) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	first CONSTANT text := hob.first_tier();
	is_now plans;
	what text;
BEGIN
	SELECT p.* INTO is_now FROM plans p WHERE p.user_id = account;
	SELECT CASE WHEN t.rank > o.rank THEN 'lifted' WHEN t.rank < o.rank THEN 'ended'
		WHEN is_now.status = 'grace' AND had.status IS DISTINCT FROM 'grace' THEN 'grace'
		WHEN is_now.ends_at <= now() + hob.ends_soon() THEN 'ends_soon' END
	  INTO what FROM tiers t, tiers o
	 WHERE t.code = coalesce(is_now.tier, first) AND o.code = coalesce(had.tier, first);
	IF what IS NOT NULL THEN
		PERFORM hob.notify(ARRAY[account], 'subscription', NULL, 'account', account,
			jsonb_build_object('what', what, 'due_on', ((is_now.ends_at - interval '1 second') AT TIME ZONE 'UTC')::date,
				'tier', coalesce(is_now.tier, first)),
			offset_days => CASE WHEN what = 'ends_soon' THEN 3 END,
			act => CASE WHEN what <> 'ends_soon' THEN pg_current_xact_id() END);
	END IF;
END
$$;

-- Not for the API itself. What the plan is at this moment; the job looks again when it will be another.
CREATE OR REPLACE FUNCTION hob.settle_plan(account uuid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	had plans;
	best record;
	next_look timestamptz;
BEGIN
	PERFORM FROM users u WHERE u.id = account FOR NO KEY UPDATE;
	SELECT p.* INTO had FROM plans p WHERE p.user_id = account;
	SELECT e.* INTO best FROM hob.entitlements(account) e LIMIT 1;
	IF NOT FOUND THEN
		DELETE FROM plans p WHERE p.user_id = account;
	ELSE
		INSERT INTO plans (user_id, tier, source, status, ends_at, renews_at, grace_until)
		VALUES (account, best.tier, best.source, best.status, best.ends_at, best.renews_at, best.grace_until)
		ON CONFLICT (user_id) DO UPDATE SET tier = excluded.tier, source = excluded.source,
			status = excluded.status, ends_at = excluded.ends_at, renews_at = excluded.renews_at,
			grace_until = excluded.grace_until, updated_at = now();
	END IF;
	PERFORM hob.tell_plan(account, had);
	SELECT min(m.at) INTO next_look
	  FROM hob.entitlements(account) e
	 CROSS JOIN LATERAL (VALUES (e.until), (e.ends_at - hob.ends_soon())) m (at)
	 WHERE m.at > now() AND m.at < 'infinity';
	IF next_look IS NOT NULL THEN
		PERFORM hob.add_job('plan', account::text, next_look);
	END IF;
	IF best.tier IS DISTINCT FROM had.tier THEN
		PERFORM hob.spread_plan(account);
	END IF;
END
$$;

-- Not for the API itself. One row: "granted" or a word for why not, and a sentence. Ends with the day `until`, in UTC;
-- null: it does not end.
CREATE OR REPLACE FUNCTION hob.grant_tier_to(who uuid, tier text, reason text, until date, granted_by text,
	OUT outcome text, OUT said text)
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	ends_at CONSTANT timestamptz := (until + 1)::timestamp AT TIME ZONE 'UTC';
BEGIN
	IF who IS NULL THEN
		SELECT 'no_account', 'there is no account with this address' INTO outcome, said;
	ELSIF NOT EXISTS (SELECT FROM tiers t WHERE t.code = grant_tier_to.tier) THEN
		SELECT 'no_tier', concat('there is no tier "', tier, '", but: ', string_agg(t.code, ', ' ORDER BY t.rank))
		  INTO outcome, said FROM tiers t;
	ELSIF ends_at <= now() THEN
		SELECT 'past', 'this day is over' INTO outcome, said;
	ELSE
		PERFORM FROM users u WHERE u.id = who FOR NO KEY UPDATE;
		INSERT INTO plan_grants (id, user_id, tier, reason, granted_by, ends_at)
		VALUES (hob.uuid_v7(), who, grant_tier_to.tier, grant_tier_to.reason, grant_tier_to.granted_by, ends_at);
		PERFORM hob.settle_plan(who);
		SELECT 'granted', concat('has tier ', p.tier, coalesce(' until ' || p.ends_at, '')) INTO outcome, said
		  FROM plans p WHERE p.user_id = who;
	END IF;
END
$$;

-- Likewise. "ended", or "none" when nothing was given.
CREATE OR REPLACE FUNCTION hob.ungrant_tiers_of(who uuid, OUT outcome text, OUT said text)
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	PERFORM FROM users u WHERE u.id = who FOR NO KEY UPDATE;
	UPDATE plan_grants g SET revoked_at = now()
	 WHERE g.user_id = who AND g.revoked_at IS NULL AND (g.ends_at > now()) IS NOT FALSE;
	IF NOT FOUND THEN
		SELECT 'none', 'has been given nothing that could end' INTO outcome, said;
	ELSE
		PERFORM hob.settle_plan(who);
		SELECT 'ended', 'has tier ' || hob.tier_of(who) INTO outcome, said;
	END IF;
END
$$;

-- The same by a mail address: `hob user grant` and `hob user ungrant`.
CREATE OR REPLACE FUNCTION hob.grant_tier(address text, tier text, reason text, until date, granted_by text,
	OUT outcome text, OUT said text)
LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT * FROM hob.grant_tier_to((SELECT u.id FROM users u WHERE hob.email_key(u.email) = hob.email_key(address)),
		tier, reason, until, granted_by)
$$;
CREATE OR REPLACE FUNCTION hob.ungrant_tiers(address text, OUT outcome text, OUT said text)
LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT * FROM hob.ungrant_tiers_of((SELECT u.id FROM users u WHERE hob.email_key(u.email) = hob.email_key(address)))
$$;

-- For the job, which comes when something of the plan may have ended.
CREATE OR REPLACE FUNCTION hob.settle_plan_of(account uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT hob.settle_plan(account)
$$;

-- --- when tiers are others ---------------------------------------------------------------------------

-- What a tier allows is read each time. But a plan is the best of what somebody has, so with the ranks of tiers, or what is
-- bought for them, plans of many are others: a job looks for them, as often as something was edited.
CREATE OR REPLACE FUNCTION hob.look_at_plans() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	PERFORM hob.add_job('tiers', 'edited');
	RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER tiers_plans AFTER UPDATE ON tiers
	FOR EACH ROW WHEN (old.rank <> new.rank) EXECUTE FUNCTION hob.look_at_plans();
CREATE OR REPLACE TRIGGER tier_products_plans AFTER INSERT OR UPDATE OR DELETE ON tier_products
	FOR EACH ROW EXECUTE FUNCTION hob.look_at_plans();

-- A step of that job: two hundred accounts behind this one that have been given or have paid for something; those with
-- another plan by now have it settled by a job of their own, each in a transaction with its locks. last: null when there
-- is none left.
CREATE OR REPLACE FUNCTION hob.plans_anew(behind uuid, OUT last uuid, OUT count int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	start CONSTANT uuid := coalesce(behind, '00000000-0000-0000-0000-000000000000');
	one uuid;
BEGIN
	count := 0;
	FOR one IN (SELECT DISTINCT p.user_id FROM purchases p WHERE p.user_id > start ORDER BY p.user_id LIMIT 200)
		UNION (SELECT DISTINCT g.user_id FROM plan_grants g WHERE g.user_id > start ORDER BY g.user_id LIMIT 200)
		ORDER BY 1 LIMIT 200 LOOP
		IF hob.plan_of(one) IS DISTINCT FROM (SELECT e.tier FROM hob.entitlements(one) e LIMIT 1) THEN
			PERFORM hob.add_job('plan', one::text);
			count := count + 1;
		END IF;
		last := one;
	END LOOP;
END
$$;

GRANT SELECT ON plans TO hob_api, hob_jobs;
GRANT EXECUTE ON FUNCTION hob.settle_plan_of(uuid), hob.plans_anew(uuid) TO hob_jobs;
