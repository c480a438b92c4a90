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

-- For the job, which comes when something of the plan may have ended.
CREATE OR REPLACE FUNCTION hob.settle_plan_of(account uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT hob.settle_plan(account)
$$;
GRANT SELECT ON plans TO hob_api, hob_jobs;
GRANT EXECUTE ON FUNCTION hob.settle_plan_of(uuid) TO hob_jobs;
