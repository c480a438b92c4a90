-- The plan of an account: the highest of what it was given.
-- after: limits jobs

-- Not for the API itself. What the plan is at this moment; the job looks again when it will be another.
CREATE OR REPLACE FUNCTION hob.settle_plan(account uuid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	best plan_grants;
	next_end timestamptz;
BEGIN
	PERFORM FROM users u WHERE u.id = account FOR NO KEY UPDATE;
	SELECT g.* INTO best FROM plan_grants g JOIN tiers t ON t.code = g.tier
	 WHERE g.user_id = account AND g.revoked_at IS NULL AND (g.ends_at > now()) IS NOT FALSE
	 ORDER BY t.rank DESC, g.ends_at DESC NULLS FIRST LIMIT 1;
	IF best.id IS NULL THEN
		DELETE FROM plans p WHERE p.user_id = account;
	ELSE
		INSERT INTO plans (user_id, tier, source, status, ends_at)
		VALUES (account, best.tier, 'grant', 'active', best.ends_at)
		ON CONFLICT (user_id) DO UPDATE SET tier = excluded.tier, source = excluded.source,
			status = excluded.status, ends_at = excluded.ends_at, updated_at = now();
	END IF;
	PERFORM hob.spread_limits(ARRAY[account]);
	SELECT min(g.ends_at) INTO next_end FROM plan_grants g
	 WHERE g.user_id = account AND g.revoked_at IS NULL AND g.ends_at > now();
	IF next_end IS NOT NULL THEN
		PERFORM hob.add_job('plan', account::text, next_end);
	END IF;
END
$$;

-- Not for the API itself: `hob user grant`. One row: "granted" or a word for why not, and a sentence. Ends with the day
-- `until`, in UTC; null: it does not end.
CREATE OR REPLACE FUNCTION hob.grant_tier(address text, tier text, reason text, until date, granted_by text,
	OUT outcome text, OUT said text)
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	who CONSTANT uuid := (SELECT u.id FROM users u WHERE hob.email_key(u.email) = hob.email_key(address));
	ends_at CONSTANT timestamptz := (until + 1)::timestamp AT TIME ZONE 'UTC';
BEGIN
	IF who IS NULL THEN
		SELECT 'no_account', 'there is no account with this address' INTO outcome, said;
	ELSIF NOT EXISTS (SELECT FROM tiers t WHERE t.code = grant_tier.tier) THEN
		SELECT 'no_tier', concat('there is no tier "', tier, '", but: ', string_agg(t.code, ', ' ORDER BY t.rank))
		  INTO outcome, said FROM tiers t;
	ELSIF ends_at <= now() THEN
		SELECT 'past', 'this day is over' INTO outcome, said;
	ELSE
		PERFORM FROM users u WHERE u.id = who FOR NO KEY UPDATE;
		INSERT INTO plan_grants (id, user_id, tier, reason, granted_by, ends_at)
		VALUES (hob.uuid_v7(), who, grant_tier.tier, grant_tier.reason, grant_tier.granted_by, ends_at);
		PERFORM hob.settle_plan(who);
		SELECT 'granted', concat('has tier ', p.tier, coalesce(' until ' || p.ends_at, '')) INTO outcome, said
		  FROM plans p WHERE p.user_id = who;
	END IF;
END
$$;

-- Likewise: `hob user ungrant`. "ended", or "none" when nothing was given.
CREATE OR REPLACE FUNCTION hob.ungrant_tiers(address text, OUT outcome text, OUT said text)
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	who CONSTANT uuid := (SELECT u.id FROM users u WHERE hob.email_key(u.email) = hob.email_key(address));
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

-- For the job, which comes when something of the plan may have ended.
CREATE OR REPLACE FUNCTION hob.settle_plan_of(account uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT hob.settle_plan(account)
$$;
GRANT SELECT ON plans TO hob_api, hob_jobs;
GRANT EXECUTE ON FUNCTION hob.settle_plan_of(uuid) TO hob_jobs;
