-- How many there may be of each thing: by the plan of who pays for it (tier_limits), and whatever the plan (settings,
-- limit.*).
--
-- What a plan bounds is counted in `usage`, beside how many there may be; a trigger changes both in place. It comes last
-- of all that its statement does, behind every other lock (sql/README, Locks), so that two at once count each other and
-- nobody waits for who is behind them. It looks after the insert, so that a row that exists already is reported as such.
-- Rows that nobody makes who has entered (seeds, the owner's psql) are not counted until hob.recount, and may be more.
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

CREATE OR REPLACE FUNCTION hob.tier_of(account uuid) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT coalesce((SELECT p.tier FROM plans p WHERE p.user_id = account), hob.first_tier())
$$;

-- Of the next tier above this one that allows so many; null: none does.
CREATE OR REPLACE FUNCTION hob.tier_needed(tier text, what text, wanted bigint) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT t.code FROM tiers t JOIN tier_limits l ON l.tier = t.code AND l.name = what
	 WHERE t.rank > (SELECT have.rank FROM tiers have WHERE have.code = tier_needed.tier)
	   AND (l.most < 0 OR l.most >= wanted)
	 ORDER BY t.rank LIMIT 1
$$;

-- One row, of a plan or of a setting. A set, so that PostgreSQL inlines it where it stands in FROM.
CREATE OR REPLACE FUNCTION hob.limit_of(what text, about uuid) RETURNS SETOF bigint
LANGUAGE sql STABLE ROWS 1 AS $$
	SELECT u.most FROM usage u WHERE u.about = limit_of.about AND u.name = what
	UNION ALL
	SELECT s.value FROM settings s WHERE s.name = 'limit.' || what
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
CREATE OR REPLACE FUNCTION hob.open_usage(abouts uuid[], payers uuid[], account bool) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $$
	INSERT INTO usage (about, name, most)
	SELECT a.about, p.name, l.most
	  FROM unnest(abouts, payers) a (about, payer)
	  JOIN plan_limits p ON CASE WHEN account THEN p.of_account ELSE p.of_residence END
	  JOIN tier_limits l ON l.name = p.name AND l.tier = hob.tier_of(a.payer)
	 ORDER BY a.about, p.name
$$;

CREATE OR REPLACE FUNCTION hob.open_account_usage() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	PERFORM hob.open_usage(array_agg(m.id), array_agg(m.id), true) FROM made m;
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

-- Not for the API itself. So many more, or fewer. HB402 when that are more than there may be, for who has entered; for
-- the account of another (who is handed a residence) what hands it over looks.
CREATE OR REPLACE FUNCTION hob.use(what text, about uuid, more bigint, bound bool) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	now_used bigint;
	allowed bigint;
BEGIN
	UPDATE usage u SET used = u.used + more WHERE u.about = use.about AND u.name = what
	RETURNING u.used, u.most INTO now_used, allowed;
	IF bound AND more > 0 AND now_used > allowed AND allowed >= 0 AND hob.user_id() IS NOT NULL
	   AND (what <> 'residences' OR about = hob.user_id()) THEN
		PERFORM hob.refuse_more(what, about, now_used - more, now_used, allowed);
	END IF;
END
$$;

-- Not for the API itself. Of two rows of usage that are changed the first is held first, whichever way something moves.
CREATE OR REPLACE FUNCTION hob.hold_usage(what text, was uuid, is_now uuid) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF was < is_now THEN
		PERFORM FROM usage u WHERE u.about = was AND u.name = what FOR NO KEY UPDATE;
	END IF;
END
$$;

-- For which residence or account a row counts; null: for none.
CREATE OR REPLACE FUNCTION hob.counts_for(what text, t tasks) RETURNS uuid
LANGUAGE sql IMMUTABLE
RETURN CASE WHEN t.deleted_at IS NULL AND (what = 'kept_tasks' OR NOT t.archived AND NOT t.completed
	AND t.state <> 'cancelled') THEN t.residence_id END;
CREATE OR REPLACE FUNCTION hob.counts_for(what text, c contractors) RETURNS uuid
LANGUAGE sql IMMUTABLE
RETURN CASE WHEN c.deleted_at IS NULL THEN coalesce(c.residence_id, c.created_by) END;
CREATE OR REPLACE FUNCTION hob.counts_for(what text, d documents) RETURNS uuid
LANGUAGE sql IMMUTABLE
RETURN CASE WHEN d.deleted_at IS NULL THEN d.residence_id END;
CREATE OR REPLACE FUNCTION hob.counts_for(what text, r residences) RETURNS uuid
LANGUAGE sql IMMUTABLE
RETURN CASE WHEN r.deleted_at IS NULL THEN r.owner_id END;
CREATE OR REPLACE FUNCTION hob.counts_for(what text, m residence_members) RETURNS uuid
LANGUAGE sql IMMUTABLE RETURN m.residence_id;
CREATE OR REPLACE FUNCTION hob.counts_for(what text, f calendar_feeds) RETURNS uuid
LANGUAGE sql IMMUTABLE RETURN f.user_id;

-- Trigger arguments: whether a limit binds what is done, and what the row is counted as, in the order of the alphabet.
CREATE OR REPLACE FUNCTION hob.count_use() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	what text;
	was uuid;
	is_now uuid;
BEGIN
	FOREACH what IN ARRAY tg_argv[1:] LOOP
		IF tg_op <> 'INSERT' THEN
			was := hob.counts_for(what, old);
		END IF;
		IF tg_op <> 'DELETE' THEN
			is_now := hob.counts_for(what, new);
		END IF;
		CONTINUE WHEN was IS NOT DISTINCT FROM is_now;
		PERFORM hob.hold_usage(what, was, is_now);
		IF is_now IS NOT NULL THEN
			PERFORM hob.use(what, is_now, 1, tg_argv[0] = 'bound');
		END IF;
		IF was IS NOT NULL THEN
			PERFORM hob.use(what, was, -1, false);
		END IF;
	END LOOP;
	RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER tasks_use AFTER INSERT ON tasks
	FOR EACH ROW WHEN (current_setting('hob.user_id', true) <> '')
	EXECUTE FUNCTION hob.count_use('bound', 'kept_tasks', 'tasks');
CREATE OR REPLACE TRIGGER tasks_use_anew AFTER UPDATE ON tasks
	FOR EACH ROW WHEN ((old.residence_id, old.deleted_at IS NULL) IS DISTINCT FROM
		(new.residence_id, new.deleted_at IS NULL))
	EXECUTE FUNCTION hob.count_use('bound', 'kept_tasks', 'tasks');
-- One that is open again (undone, back from the archive) is no new one.
CREATE OR REPLACE TRIGGER tasks_use_again AFTER UPDATE ON tasks
	FOR EACH ROW WHEN ((old.residence_id, old.deleted_at IS NULL) = (new.residence_id, new.deleted_at IS NULL)
		AND (old.archived, old.completed, old.state) <> (new.archived, new.completed, new.state))
	EXECUTE FUNCTION hob.count_use('free', 'tasks');
CREATE OR REPLACE TRIGGER tasks_use_no_more AFTER DELETE ON tasks
	FOR EACH ROW WHEN (old.deleted_at IS NULL) EXECUTE FUNCTION hob.count_use('bound', 'kept_tasks', 'tasks');

CREATE OR REPLACE TRIGGER contractors_use AFTER INSERT ON contractors
	FOR EACH ROW WHEN (current_setting('hob.user_id', true) <> '') EXECUTE FUNCTION hob.count_use('bound', 'contractors');
CREATE OR REPLACE TRIGGER contractors_use_anew AFTER UPDATE ON contractors
	FOR EACH ROW WHEN ((old.residence_id, old.deleted_at IS NULL) IS DISTINCT FROM
		(new.residence_id, new.deleted_at IS NULL)) EXECUTE FUNCTION hob.count_use('bound', 'contractors');
CREATE OR REPLACE TRIGGER contractors_use_no_more AFTER DELETE ON contractors
	FOR EACH ROW WHEN (old.deleted_at IS NULL) EXECUTE FUNCTION hob.count_use('bound', 'contractors');

CREATE OR REPLACE TRIGGER documents_use AFTER INSERT ON documents
	FOR EACH ROW WHEN (current_setting('hob.user_id', true) <> '') EXECUTE FUNCTION hob.count_use('bound', 'documents');
CREATE OR REPLACE TRIGGER documents_use_anew AFTER UPDATE ON documents
	FOR EACH ROW WHEN ((old.residence_id, old.deleted_at IS NULL) IS DISTINCT FROM
		(new.residence_id, new.deleted_at IS NULL)) EXECUTE FUNCTION hob.count_use('bound', 'documents');
CREATE OR REPLACE TRIGGER documents_use_no_more AFTER DELETE ON documents
	FOR EACH ROW WHEN (old.deleted_at IS NULL) EXECUTE FUNCTION hob.count_use('bound', 'documents');

CREATE OR REPLACE TRIGGER residences_use AFTER INSERT ON residences
	FOR EACH ROW WHEN (current_setting('hob.user_id', true) <> '') EXECUTE FUNCTION hob.count_use('bound', 'residences');
CREATE OR REPLACE TRIGGER residences_use_anew AFTER UPDATE ON residences
	FOR EACH ROW WHEN ((old.owner_id, old.deleted_at IS NULL) IS DISTINCT FROM (new.owner_id, new.deleted_at IS NULL))
	EXECUTE FUNCTION hob.count_use('bound', 'residences');
CREATE OR REPLACE TRIGGER residences_use_no_more AFTER DELETE ON residences
	FOR EACH ROW WHEN (old.deleted_at IS NULL) EXECUTE FUNCTION hob.count_use('bound', 'residences');

-- A member of a residence that is deleted (gone) is one when it comes back.
CREATE OR REPLACE TRIGGER residence_members_use AFTER INSERT ON residence_members
	FOR EACH ROW WHEN (current_setting('hob.user_id', true) <> '') EXECUTE FUNCTION hob.count_use('bound', 'members');
CREATE OR REPLACE TRIGGER residence_members_use_no_more AFTER DELETE ON residence_members
	FOR EACH ROW EXECUTE FUNCTION hob.count_use('bound', 'members');

CREATE OR REPLACE TRIGGER calendar_feeds_use AFTER INSERT ON calendar_feeds
	FOR EACH ROW WHEN (current_setting('hob.user_id', true) <> '') EXECUTE FUNCTION hob.count_use('bound', 'feeds');
CREATE OR REPLACE TRIGGER calendar_feeds_use_no_more AFTER DELETE ON calendar_feeds
	FOR EACH ROW EXECUTE FUNCTION hob.count_use('bound', 'feeds');

-- --- counted anew ------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION hob.count_of(what text, about uuid) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	RETURN CASE what
		WHEN 'residences' THEN (SELECT count(*) FROM residences r
			WHERE r.owner_id = about AND r.deleted_at IS NULL)
		WHEN 'members' THEN (SELECT count(*) FROM residence_members m WHERE m.residence_id = about)
		WHEN 'tasks' THEN (SELECT count(*) FROM tasks t WHERE t.residence_id = about AND t.deleted_at IS NULL
			AND NOT t.archived AND NOT t.completed AND t.state <> 'cancelled')
		WHEN 'kept_tasks' THEN (SELECT count(*) FROM tasks t
			WHERE t.residence_id = about AND t.deleted_at IS NULL)
		WHEN 'contractors' THEN (SELECT count(*) FROM contractors c WHERE c.deleted_at IS NULL
			AND (c.residence_id = about OR c.residence_id IS NULL AND c.created_by = about))
		WHEN 'documents' THEN (SELECT count(*) FROM documents d
			WHERE d.residence_id = about AND d.deleted_at IS NULL)
		WHEN 'storage' THEN (SELECT coalesce(sum(f.kept_bytes), 0) FROM files f WHERE f.residence_id = about)
		WHEN 'feeds' THEN (SELECT count(*) FROM calendar_feeds f WHERE f.user_id = about)
		ELSE 0 END;
END
$$;

-- How many numbers of a residence or an account were wrong. Whoever counts at the same moment holds the row and was
-- there first, or waits for it and comes on top.
CREATE OR REPLACE FUNCTION hob.recount(about uuid) RETURNS int
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	n int;
BEGIN
	PERFORM FROM usage u WHERE u.about = recount.about ORDER BY u.name FOR NO KEY UPDATE;
	UPDATE usage u SET used = c.used
	  FROM (SELECT w.name, hob.count_of(w.name, recount.about) AS used FROM usage w WHERE w.about = recount.about) c
	 WHERE u.about = recount.about AND u.name = c.name AND u.used <> c.used;
	GET DIAGNOSTICS n = ROW_COUNT;
	RETURN n;
END
$$;

-- A step of the job: a hundred behind this one. behind: the last of them, null when there is none.
CREATE OR REPLACE FUNCTION hob.recount_some(behind uuid, OUT last uuid, OUT wrong int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	one uuid;
BEGIN
	wrong := 0;
	FOR one IN SELECT DISTINCT u.about FROM usage u
		    WHERE u.about > coalesce(behind, '00000000-0000-0000-0000-000000000000') ORDER BY u.about LIMIT 100 LOOP
		wrong := wrong + hob.recount(one);
		last := one;
	END LOOP;
END
$$;

-- --- when a plan changes -------------------------------------------------------------------------

-- How many there may be, for all that these accounts pay for; null: for all. Nothing goes because there may be less.
CREATE OR REPLACE FUNCTION hob.spread_limits(payers uuid[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	abouts CONSTANT uuid[] := CASE WHEN payers IS NOT NULL THEN payers
		|| ARRAY(SELECT r.id FROM residences r WHERE r.owner_id = ANY (payers)) END;
BEGIN
	WITH held AS MATERIALIZED (
		SELECT u.about, u.name, l.most
		  FROM usage u
		  LEFT JOIN residences r ON r.id = u.about
		  LEFT JOIN plans p ON p.user_id = coalesce(r.owner_id, u.about)
		  JOIN tier_limits l ON l.tier = coalesce(p.tier, hob.first_tier()) AND l.name = u.name
		 WHERE (abouts IS NULL OR u.about = ANY (abouts)) AND u.most <> l.most
		 ORDER BY u.about, u.name FOR NO KEY UPDATE OF u
	)
	UPDATE usage u SET most = h.most FROM held h WHERE u.about = h.about AND u.name = h.name;
END
$$;

CREATE OR REPLACE FUNCTION hob.spread_tier() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	PERFORM hob.spread_limits(NULL);
	RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER tier_limits_spread AFTER UPDATE ON tier_limits
	FOR EACH STATEMENT EXECUTE FUNCTION hob.spread_tier();

-- Another pays from now on.
CREATE OR REPLACE FUNCTION hob.spread_owner() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	PERFORM hob.spread_limits(ARRAY[new.owner_id]);
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

-- What there is of a row of usage at this moment.
CREATE OR REPLACE FUNCTION hob.used_now(u usage) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT CASE WHEN u.name = 'share_codes' THEN hob.open_codes(u.about) ELSE u.used END
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
GRANT EXECUTE ON FUNCTION hob.first_tier(), hob.used_now(usage) TO hob_api;
GRANT EXECUTE ON FUNCTION hob.recount_some(uuid) TO hob_jobs;
