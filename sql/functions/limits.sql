-- How many there may be of each thing: by the plan of who pays for it (tier_limits), and whatever the plan (settings,
-- limit.*).
--
-- What a plan bounds is counted in `usage`, beside the tier of who pays: a row for each residence and each account, which
-- triggers change in place. That comes last of all that a statement does, behind every other lock (sql/README, Locks), so
-- that two at once count each other and nobody waits for who is behind them. It looks after the insert, so that a row
-- that exists already is reported as such. How many there may be is read from the tier itself each time, so who edits one
-- writes to no row of `usage`. Whoever has not entered (seeds, the owner's psql) may make more.
-- Share codes end by the clock and are counted when they are looked at, under the lock of their residence.

-- --- plans -----------------------------------------------------------------------------------

-- Who pays for what is in a residence: its owner; an account for itself.
CREATE OR REPLACE FUNCTION hob.payer(about uuid) RETURNS uuid
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT coalesce((SELECT r.owner_id FROM residences r WHERE r.id = about), about)
$$;

-- The lowest, which is that of who has no plan.
CREATE OR REPLACE FUNCTION hob.first_tier() RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT t.code FROM tiers t ORDER BY t.rank LIMIT 1
$$;

-- What an account has by its plan, as in `usage`; null: no plan.
CREATE OR REPLACE FUNCTION hob.plan_of(account uuid) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT p.tier FROM plans p WHERE p.user_id = account
$$;

CREATE OR REPLACE FUNCTION hob.tier_of(account uuid) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT coalesce(hob.plan_of(account), hob.first_tier())
$$;

-- How many a tier (null: the lowest) allows of one thing; of what it does not name as many as the lowest. One row; a set,
-- so that PostgreSQL inlines it where it stands in FROM, for which it does not call hob.first_tier.
CREATE OR REPLACE FUNCTION hob.allowed(tier text, what text) RETURNS SETOF bigint
LANGUAGE sql STABLE ROWS 1 AS $$
	SELECT coalesce((SELECT l.most FROM tier_limits l WHERE (l.tier, l.name) = (allowed.tier, what)),
		(SELECT l.most FROM tier_limits l
		  WHERE (l.tier, l.name) = ((SELECT t.code FROM tiers t ORDER BY t.rank LIMIT 1), what)), 0)
$$;

-- The same of each thing, in the order of plan_limits.
CREATE OR REPLACE FUNCTION hob.limits_of(tier text) RETURNS bigint[]
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT array_agg(a ORDER BY p.position) FROM plan_limits p CROSS JOIN LATERAL hob.allowed(limits_of.tier, p.name) a
$$;

-- Of the next tier above this one that allows so many; null: none does.
CREATE OR REPLACE FUNCTION hob.tier_needed(tier text, what text, wanted bigint) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT t.code FROM tiers t
	 CROSS JOIN LATERAL hob.allowed(t.code, what) l (most)
	 WHERE t.rank > (SELECT have.rank FROM tiers have WHERE have.code = tier_needed.tier)
	   AND (l.most < 0 OR l.most >= wanted)
	 ORDER BY t.rank LIMIT 1
$$;

-- One row, of a plan or of a setting. A set, so that PostgreSQL inlines it where it stands in FROM.
CREATE OR REPLACE FUNCTION hob.limit_of(what text, about uuid) RETURNS SETOF bigint
LANGUAGE sql STABLE ROWS 1 AS $$
	SELECT a FROM usage u CROSS JOIN LATERAL hob.allowed(u.tier, what) a
	 WHERE u.about = limit_of.about AND hob.place_of(what) IS NOT NULL
	UNION ALL
	SELECT s.value FROM settings s WHERE s.name = 'limit.' || what
$$;

-- How many there are of what is counted in `usage`.
CREATE OR REPLACE FUNCTION hob.used_of(what text, about uuid) RETURNS bigint
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT u.used[hob.place_of(what)] FROM usage u WHERE u.about = used_of.about
$$;

-- Always raises. used: without what was asked for. wanted: with it.
CREATE OR REPLACE FUNCTION hob.refuse_more(what text, about uuid, used bigint, wanted bigint, most bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	RAISE EXCEPTION 'as many % as there may be', what USING ERRCODE = 'HB402',
		CONSTRAINT = 'plan_limit_' || what,
		DETAIL = json_build_object('limit', what, 'used', used, 'max', most,
			'tier_needed', hob.tier_needed(hob.tier_of(hob.payer(about)), what, wanted));
END
$$;

-- HB402 when `used`, what is new (`more`) counted, is more than there may be.
CREATE OR REPLACE FUNCTION hob.require_at_most(what text, about uuid, used bigint, more bigint DEFAULT 1) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	most CONSTANT bigint := (SELECT l FROM hob.limit_of(what, about) l);
BEGIN
	IF used > most AND most >= 0 THEN
		PERFORM hob.refuse_more(what, about, used - more, used, most);
	END IF;
END
$$;

-- --- usage -----------------------------------------------------------------------------------

-- Rows of new accounts or residences, for which `payers` pay.
CREATE OR REPLACE FUNCTION hob.open_usage(abouts uuid[], payers uuid[]) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $$
	INSERT INTO usage (about, used, tier)
	SELECT a.about, (SELECT array_agg(0::bigint) FROM plan_limits), hob.plan_of(a.payer)
	  FROM unnest(abouts, payers) a (about, payer)
	 ORDER BY a.about
	ON CONFLICT (about) DO NOTHING;
$$;

CREATE OR REPLACE FUNCTION hob.open_account_usage() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	PERFORM hob.open_usage(array_agg(m.id), array_agg(m.id)) FROM made m;
	RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER users_open_usage AFTER INSERT ON users
	REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION hob.open_account_usage();

-- Before what hangs on it goes row by row, and would be taken off it.
CREATE OR REPLACE FUNCTION hob.close_usage() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	DELETE FROM usage u WHERE u.about = old.id;
	RETURN old;
END
$$;
CREATE OR REPLACE TRIGGER residences_close_usage BEFORE DELETE ON residences
	FOR EACH ROW EXECUTE FUNCTION hob.close_usage();
CREATE OR REPLACE TRIGGER users_close_usage BEFORE DELETE ON users
	FOR EACH ROW EXECUTE FUNCTION hob.close_usage();

-- Not for the API itself. So many more, or fewer, of each of `what`, which are one or two. HB402 when that are more than
-- there may be, for who has entered.
CREATE OR REPLACE FUNCTION hob.use(what text[], about uuid, more bigint[], bound bool) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	one CONSTANT int := hob.place_of(what[1]);
	two CONSTANT int := coalesce(hob.place_of(what[2]), one);
	is_used bigint[];
	tier text;
BEGIN
	-- An array that is built anew costs half as much again. Of two places that are the same the last holds.
	UPDATE usage u SET used[two] = u.used[two] + more[2], used[one] = u.used[one] + more[1] WHERE u.about = use.about
	RETURNING u.used, u.tier INTO is_used, tier;
	IF NOT bound OR nullif(hob.user_id(), hob.support()) IS NULL THEN
		RETURN;
	END IF;
	IF more[1] > 0 THEN
		PERFORM hob.require_room(what[1], about, tier, is_used[one]);
	END IF;
	IF more[2] > 0 THEN
		PERFORM hob.require_room(what[2], about, tier, is_used[two]);
	END IF;
END
$$;

-- HB402 when so many are more than the tier allows. What this transaction has made, of which this may be the first that
-- does not fit, is no more there then.
CREATE OR REPLACE FUNCTION hob.require_room(what text, about uuid, tier text, used bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	most CONSTANT bigint := (SELECT a FROM hob.allowed(tier, what) a);
	wanted bigint;
BEGIN
	IF used > most AND most >= 0 THEN
		wanted := hob.count_of(what, about);
		PERFORM hob.refuse_more(what, about, wanted - hob.count_of(what, about, true), wanted, most);
	END IF;
END
$$;

CREATE OR REPLACE FUNCTION hob.difference(a bigint[], b bigint[]) RETURNS bigint[] LANGUAGE sql IMMUTABLE
RETURN ARRAY[a[1] - b[1], a[2] - b[2]];

-- For which residence or account a row counts, null: for none; and how much, of each thing that it is counted as.
CREATE OR REPLACE FUNCTION hob.counted(t tasks) RETURNS hob.counted LANGUAGE sql IMMUTABLE
RETURN ROW(CASE WHEN t.deleted_at IS NULL THEN t.residence_id END,
	ARRAY[1, (NOT t.archived AND NOT t.completed AND t.state <> 'cancelled')::int]::bigint[]);
CREATE OR REPLACE FUNCTION hob.counted(c contractors) RETURNS hob.counted LANGUAGE sql IMMUTABLE
RETURN ROW(CASE WHEN c.deleted_at IS NULL THEN coalesce(c.residence_id, c.created_by) END, ARRAY[1::bigint]);
CREATE OR REPLACE FUNCTION hob.counted(d documents) RETURNS hob.counted LANGUAGE sql IMMUTABLE
RETURN ROW(CASE WHEN d.deleted_at IS NULL THEN d.residence_id END, ARRAY[1::bigint]);
CREATE OR REPLACE FUNCTION hob.counted(r residences) RETURNS hob.counted LANGUAGE sql IMMUTABLE
RETURN ROW(CASE WHEN r.deleted_at IS NULL THEN r.owner_id END, ARRAY[1::bigint]);
-- A member of a residence that is deleted (gone) is one when it comes back.
CREATE OR REPLACE FUNCTION hob.counted(m residence_members) RETURNS hob.counted LANGUAGE sql IMMUTABLE
RETURN ROW(m.residence_id, ARRAY[1::bigint]);
CREATE OR REPLACE FUNCTION hob.counted(f calendar_feeds) RETURNS hob.counted LANGUAGE sql IMMUTABLE
RETURN ROW(f.user_id, ARRAY[1::bigint]);
-- What comes is refused when there is no room; that hob-image makes more of it than was sent is counted, too, and never
-- refused: then a residence has more than it may, and takes no more.
CREATE OR REPLACE FUNCTION hob.counted(f files) RETURNS hob.counted LANGUAGE sql IMMUTABLE
RETURN ROW(f.residence_id, ARRAY[f.kept_bytes]);

-- Trigger arguments: what a row is counted as. What stays where it was is no new one (a task that is undone, or comes
-- back from the archive), and never refused.
CREATE OR REPLACE FUNCTION hob.count_use() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	was hob.counted;
	is_now hob.counted;
BEGIN
	IF tg_op = 'INSERT' THEN	-- which is what is done most
		is_now := hob.counted(new);
		PERFORM hob.use(tg_argv[0:], is_now.about, is_now.amounts, true);
		RETURN NULL;
	END IF;
	was := hob.counted(old);
	IF tg_op = 'UPDATE' THEN
		is_now := hob.counted(new);
	END IF;
	IF was.about = is_now.about THEN
		PERFORM hob.use(tg_argv[0:], is_now.about, hob.difference(is_now.amounts, was.amounts), false);
		RETURN NULL;
	END IF;
	IF was.about < is_now.about THEN
		PERFORM FROM usage u WHERE u.about = was.about FOR NO KEY UPDATE;
	END IF;
	IF is_now.about IS NOT NULL THEN
		PERFORM hob.use(tg_argv[0:], is_now.about, is_now.amounts, true);
	END IF;
	IF was.about IS NOT NULL THEN
		PERFORM hob.use(tg_argv[0:], was.about, hob.difference('{0,0}', was.amounts), false);
	END IF;
	RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER tasks_use AFTER INSERT OR DELETE ON tasks
	FOR EACH ROW EXECUTE FUNCTION hob.count_use('kept_tasks', 'tasks');
CREATE OR REPLACE TRIGGER tasks_use_anew AFTER UPDATE ON tasks
	FOR EACH ROW WHEN ((old.residence_id, old.deleted_at, old.archived, old.completed, old.state) IS DISTINCT FROM
		(new.residence_id, new.deleted_at, new.archived, new.completed, new.state))
	EXECUTE FUNCTION hob.count_use('kept_tasks', 'tasks');
CREATE OR REPLACE TRIGGER contractors_use AFTER INSERT OR DELETE ON contractors
	FOR EACH ROW EXECUTE FUNCTION hob.count_use('contractors');
CREATE OR REPLACE TRIGGER contractors_use_anew AFTER UPDATE ON contractors
	FOR EACH ROW WHEN ((old.residence_id, old.deleted_at) IS DISTINCT FROM (new.residence_id, new.deleted_at))
	EXECUTE FUNCTION hob.count_use('contractors');
CREATE OR REPLACE TRIGGER documents_use AFTER INSERT OR DELETE ON documents
	FOR EACH ROW EXECUTE FUNCTION hob.count_use('documents');
CREATE OR REPLACE TRIGGER documents_use_anew AFTER UPDATE ON documents
	FOR EACH ROW WHEN ((old.residence_id, old.deleted_at) IS DISTINCT FROM (new.residence_id, new.deleted_at))
	EXECUTE FUNCTION hob.count_use('documents');
CREATE OR REPLACE TRIGGER residences_use AFTER INSERT OR DELETE ON residences
	FOR EACH ROW EXECUTE FUNCTION hob.count_use('residences');
CREATE OR REPLACE TRIGGER residences_use_anew AFTER UPDATE ON residences
	FOR EACH ROW WHEN ((old.owner_id, old.deleted_at) IS DISTINCT FROM (new.owner_id, new.deleted_at))
	EXECUTE FUNCTION hob.count_use('residences');
CREATE OR REPLACE TRIGGER residence_members_use AFTER INSERT OR DELETE ON residence_members
	FOR EACH ROW EXECUTE FUNCTION hob.count_use('members');
CREATE OR REPLACE TRIGGER calendar_feeds_use AFTER INSERT OR DELETE ON calendar_feeds
	FOR EACH ROW EXECUTE FUNCTION hob.count_use('feeds');
CREATE OR REPLACE TRIGGER files_use AFTER INSERT OR DELETE ON files
	FOR EACH ROW EXECUTE FUNCTION hob.count_use('storage');
CREATE OR REPLACE TRIGGER files_use_anew AFTER UPDATE ON files
	FOR EACH ROW WHEN ((old.residence_id, old.kept_bytes) IS DISTINCT FROM (new.residence_id, new.kept_bytes))
	EXECUTE FUNCTION hob.count_use('storage');

-- Whoever makes a residence counts for an account, which is held before its usage, and so is the plan that pays for it.
CREATE OR REPLACE FUNCTION hob.hold_owner() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	PERFORM FROM users u WHERE u.id = new.owner_id FOR NO KEY UPDATE;
	RETURN new;
END
$$;
CREATE OR REPLACE TRIGGER residences_hold_owner BEFORE INSERT ON residences
	FOR EACH ROW EXECUTE FUNCTION hob.hold_owner();

-- --- counted anew ------------------------------------------------------------------------------

-- Whether this transaction has written a row, or one within it: of all that are under way only their rows are seen.
CREATE OR REPLACE FUNCTION hob.wrote(writer xid) RETURNS bool LANGUAGE sql
RETURN age(writer) <= 0
	AND pg_xact_status((pg_current_xact_id()::text::bigint - age(writer))::text::xid8) = 'in progress';

-- ours: only what this transaction has written.
CREATE OR REPLACE FUNCTION hob.count_of(what text, about uuid, ours bool DEFAULT false) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	RETURN CASE what
		WHEN 'residences' THEN (SELECT count(*) FROM residences r
			WHERE r.owner_id = about AND r.deleted_at IS NULL AND (NOT ours OR hob.wrote(r.xmin)))
		WHEN 'members' THEN (SELECT count(*) FROM residence_members m
			WHERE m.residence_id = about AND (NOT ours OR hob.wrote(m.xmin)))
		WHEN 'tasks' THEN (SELECT count(*) FROM tasks t
			WHERE t.residence_id = about AND t.deleted_at IS NULL AND (NOT ours OR hob.wrote(t.xmin))
			  AND NOT t.archived AND NOT t.completed AND t.state <> 'cancelled')
		WHEN 'kept_tasks' THEN (SELECT count(*) FROM tasks t
			WHERE t.residence_id = about AND t.deleted_at IS NULL AND (NOT ours OR hob.wrote(t.xmin)))
		WHEN 'contractors' THEN (SELECT count(*) FROM contractors c
			WHERE c.deleted_at IS NULL AND (NOT ours OR hob.wrote(c.xmin))
			  AND (c.residence_id = about OR c.residence_id IS NULL AND c.created_by = about))
		WHEN 'documents' THEN (SELECT count(*) FROM documents d
			WHERE d.residence_id = about AND d.deleted_at IS NULL AND (NOT ours OR hob.wrote(d.xmin)))
		WHEN 'storage' THEN (SELECT coalesce(sum(f.kept_bytes), 0) FROM files f
			WHERE f.residence_id = about AND (NOT ours OR hob.wrote(f.xmin)))
		WHEN 'feeds' THEN (SELECT count(*) FROM calendar_feeds f
			WHERE f.user_id = about AND (NOT ours OR hob.wrote(f.xmin)))
		ELSE 0 END;
END
$$;

-- All of it, as in `usage`: what there is, and the tier of who pays.
CREATE OR REPLACE FUNCTION hob.usage_of(about uuid, OUT used bigint[], OUT tier text)
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT array_agg(hob.count_of(p.name, usage_of.about) ORDER BY p.position), hob.plan_of(hob.payer(usage_of.about))
	  FROM plan_limits p
$$;
-- How many numbers are wrong; the tier is one.
CREATE OR REPLACE FUNCTION hob.wrong_numbers(about uuid) RETURNS int
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT count(*) FROM hob.usage_of(wrong_numbers.about) o
	  LEFT JOIN usage u ON u.about = wrong_numbers.about
	 CROSS JOIN LATERAL unnest(coalesce(o.tier, '') || o.used::text[],
		coalesce(u.tier, '') || u.used::text[]) n (should, is_now)
	 WHERE n.is_now IS DISTINCT FROM n.should
$$;

-- Puts right what is counted for a residence or an account, and whose tier it has; how many numbers were wrong. What
-- is right is not locked. Whoever counts at the same moment holds the row and was there first, or waits for it and comes
-- on top.
CREATE OR REPLACE FUNCTION hob.recount(about uuid) RETURNS int
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	wrong int := hob.wrong_numbers(about);
BEGIN
	IF wrong > 0 THEN
		PERFORM hob.open_usage(ARRAY[about], ARRAY[a.id])
		   FROM (SELECT u.id FROM users u WHERE u.id = about AND u.erased_at IS NULL
			    FOR KEY SHARE SKIP LOCKED) a;
		PERFORM hob.open_usage(ARRAY[about], ARRAY[a.owner_id])
		   FROM (SELECT r.owner_id FROM residences r WHERE r.id = about FOR KEY SHARE SKIP LOCKED) a;
		PERFORM FROM usage u WHERE u.about = recount.about FOR NO KEY UPDATE;
		wrong := hob.wrong_numbers(about);
		UPDATE usage u SET (used, tier) = (SELECT o.used, o.tier FROM hob.usage_of(recount.about) o)
		 WHERE u.about = recount.about;
	END IF;
	RETURN wrong;
END
$$;

-- A step of the job: a hundred behind this one. last: null when there is none.
CREATE OR REPLACE FUNCTION hob.recount_some(behind uuid, OUT last uuid, OUT count int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	start CONSTANT uuid := coalesce(behind, '00000000-0000-0000-0000-000000000000');
	one uuid;
BEGIN
	count := 0;
	FOR one IN (SELECT u.id FROM users u WHERE u.id > start AND u.erased_at IS NULL ORDER BY u.id LIMIT 100)
		UNION ALL (SELECT r.id FROM residences r WHERE r.id > start ORDER BY r.id LIMIT 100)
		ORDER BY 1 LIMIT 100 LOOP
		count := count + hob.recount(one);
		last := one;
	END LOOP;
END
$$;

-- --- when a plan changes -------------------------------------------------------------------------

-- The tier of an account, for all that it pays for. Nothing goes because there may be less.
CREATE OR REPLACE FUNCTION hob.spread_plan(payer uuid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	abouts CONSTANT uuid[] := payer || ARRAY(SELECT r.id FROM residences r WHERE r.owner_id = payer);
BEGIN
	PERFORM FROM usage u WHERE u.about = ANY (abouts) ORDER BY u.about FOR NO KEY UPDATE;
	UPDATE usage u SET tier = p.tier
	  FROM (SELECT hob.plan_of(payer)) p (tier)
	 WHERE u.about = ANY (abouts) AND u.tier IS DISTINCT FROM p.tier;
END
$$;

-- Another pays from now on.
CREATE OR REPLACE FUNCTION hob.spread_owner() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	PERFORM hob.spread_plan(new.owner_id);
	RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER residences_spread_owner AFTER UPDATE ON residences
	FOR EACH ROW WHEN (old.owner_id <> new.owner_id) EXECUTE FUNCTION hob.spread_owner();

-- --- whatever the plan ------------------------------------------------------------------------------

-- A residence that is made, joined or comes back counts for the caller alone: of others who belong to a
-- residence that comes back nobody is refused what they had.
CREATE OR REPLACE FUNCTION hob.limit_memberships() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	PERFORM FROM users u WHERE u.id = new.user_id FOR NO KEY UPDATE;
	PERFORM hob.require_at_most('memberships', new.user_id, (SELECT count(*) FROM residence_members m
		WHERE m.user_id = new.user_id AND NOT m.gone));
	RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER residence_members_limit AFTER INSERT OR UPDATE OF gone ON residence_members
	FOR EACH ROW WHEN (NOT new.gone AND new.user_id::text = current_setting('hob.user_id', true))
	EXECUTE FUNCTION hob.limit_memberships();

-- Behind hob.hold_giver, which locks the residence: two at once count each other.
CREATE OR REPLACE FUNCTION hob.open_codes(residence uuid) RETURNS bigint
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT count(*) FROM share_codes c
	 WHERE c.residence_id = residence AND c.revoked_at IS NULL AND c.declined_at IS NULL
	   AND c.expires_at > now() AND c.used_count < c.max_uses
$$;

CREATE OR REPLACE FUNCTION hob.limit_share_codes() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	PERFORM hob.require_at_most('share_codes', new.residence_id, hob.open_codes(new.residence_id));
	RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER share_codes_limit AFTER INSERT ON share_codes
	FOR EACH ROW WHEN (current_setting('hob.user_id', true) <> '')
	EXECUTE FUNCTION hob.limit_share_codes();

GRANT SELECT ON settings, usage, tiers, tier_texts, plan_limits, tier_limits, tier_products TO hob_api, hob_jobs;
GRANT EXECUTE ON FUNCTION hob.first_tier(), hob.allowed(text, text), hob.limits_of(text), hob.place_of(text),
	hob.open_codes(uuid) TO hob_api;
GRANT EXECUTE ON FUNCTION hob.recount_some(uuid) TO hob_jobs;
