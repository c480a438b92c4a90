-- How many there may be of each thing (settings, limit.*).
--
-- A limit is checked after the insert, so that a row that exists already is reported as such. Residences
-- are counted under the lock of their account, members and share codes under that of their residence,
-- sessions and feeds under that of their account: two at once count each other. Tasks are not: a lock on
-- the residence would make all who write in it wait for each other, so limit.tasks may be passed by as
-- many tasks as are made in the same moment. Seeds and the owner's psql may make more.

-- The one reader of limits: what a plan allows will be read here. about: a residence, or for
-- residences, sessions, access tokens and feeds an account. The owner pays for what is in a residence. One row; a set,
-- so that PostgreSQL inlines it where it stands in FROM.
CREATE OR REPLACE FUNCTION hob.limit_of(what text, about uuid) RETURNS SETOF int
LANGUAGE sql STABLE ROWS 1 AS $$
	SELECT s.value FROM settings s WHERE s.name = 'limit.' || what
$$;

-- Always raises; bool, so that it can stand in a statement.
CREATE OR REPLACE FUNCTION hob.refuse_more(what text, used int, most int) RETURNS bool
LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'as many % as there may be', what USING ERRCODE = 'HB402',
		CONSTRAINT = 'plan_limit_' || what,
		DETAIL = json_build_object('limit', what, 'used', used, 'max', most, 'tier_needed', NULL);
END
$$;

-- HB402 when `used`, the new ones counted, is more than there may be.
CREATE OR REPLACE FUNCTION hob.require_at_most(what text, about uuid, used bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	most CONSTANT int := (SELECT l FROM hob.limit_of(what, about) l);
BEGIN
	IF used > most AND most >= 0 THEN
		PERFORM hob.refuse_more(what, used::int - 1, most);
	END IF;
END
$$;

CREATE OR REPLACE FUNCTION hob.forget_crowded_residence() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	DELETE FROM hob.crowded_residences WHERE residence_id = old.id;
	RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER residences_forget_crowded AFTER DELETE ON residences
	FOR EACH ROW EXECUTE FUNCTION hob.forget_crowded_residence();

CREATE OR REPLACE FUNCTION hob.note_small_limits() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	DELETE FROM hob.crowded_residences WHERE residence_id = '00000000-0000-0000-0000-000000000000';
	INSERT INTO hob.crowded_residences
	SELECT '00000000-0000-0000-0000-000000000000'
	 WHERE EXISTS (SELECT FROM settings s WHERE s.name IN ('limit.tasks', 'limit.kept_tasks')
			AND s.value BETWEEN 0 AND 1999);
	RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER settings_note_small_limits AFTER INSERT OR UPDATE OR DELETE ON settings
	FOR EACH STATEMENT EXECUTE FUNCTION hob.note_small_limits();

-- Call it after an INSERT into tasks: the new rows are counted. A count reads an entry of an index for
-- each task that the residence keeps, and that may be thousands. So a statement that makes one task
-- calls it once in 64 times, and each time once the residence is crowded: that a residence gets from one
-- half of 5,000 to all of it unseen has a chance of (63/64)^2500, less than 10^-17. The statement asks
-- for that itself (task_create), for a call of such a function alone costs more than the question. A
-- residence that is fuller than it may be for another reason (a seed, archived tasks that are open again,
-- a limit that was lowered) takes some more until it is seen: the first count only marks it, for an
-- error would undo the mark.
--
-- It counts with the owner's rights, so that no policy is worked out for a count, by the indexes of the
-- tasks that are kept (tasks_changed_idx) and of open ones (tasks_open_idx).
CREATE OR REPLACE FUNCTION hob.require_room_for_tasks(residence uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	crowded CONSTANT bool := EXISTS (SELECT FROM hob.crowded_residences c
		WHERE c.residence_id IN (residence, '00000000-0000-0000-0000-000000000000'));
	most_open bigint;
	most_kept bigint;
	used_open bigint;
	used_kept bigint;
	half bigint;
BEGIN
	SELECT nullif(o.l, -1), nullif(k.l, -1) INTO most_open, most_kept
	  FROM hob.limit_of('tasks', residence) o(l), hob.limit_of('kept_tasks', residence) k(l);
	-- The open ones are among the kept: most residences keep so few that both are known to be few.
	half := least(most_open, most_kept) / 2;
	IF NOT crowded AND (SELECT count(*) FROM (SELECT FROM tasks t
		WHERE t.residence_id = residence AND t.deleted_at IS NULL LIMIT coalesce(half + 1, 0)) t) <= half
	THEN
		RETURN;
	END IF;
	-- One more than there may be is enough to know; without a limit, none.
	SELECT count(*) INTO used_open FROM (SELECT FROM tasks t
		WHERE t.residence_id = residence AND t.deleted_at IS NULL AND NOT t.archived AND NOT t.completed
		  AND t.state <> 'cancelled' LIMIT coalesce(most_open + 1, 0)) t;
	SELECT count(*) INTO used_kept FROM (SELECT FROM tasks t
		WHERE t.residence_id = residence AND t.deleted_at IS NULL LIMIT coalesce(most_kept + 1, 0)) t;
	IF NOT crowded THEN
		INSERT INTO hob.crowded_residences
		SELECT residence WHERE used_open > most_open / 2 OR used_kept > most_kept / 2
		ON CONFLICT DO NOTHING;
	ELSIF used_open > most_open THEN
		PERFORM hob.refuse_more('tasks', most_open::int, most_open::int);
	ELSIF used_kept > most_kept THEN
		PERFORM hob.refuse_more('kept_tasks', most_kept::int, most_kept::int);
	END IF;
END
$$;

-- A residence that is made, joined or comes back counts for the caller alone: of others who belong to a
-- residence that comes back nobody is refused what they had.
CREATE OR REPLACE FUNCTION hob.limit_residences() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	PERFORM FROM users u WHERE u.id = new.user_id FOR NO KEY UPDATE;
	PERFORM hob.require_at_most('residences', new.user_id, (SELECT count(*) FROM residence_members m
		WHERE m.user_id = new.user_id AND NOT m.gone));
	RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER residence_members_limit AFTER INSERT OR UPDATE OF gone ON residence_members
	FOR EACH ROW WHEN (NOT new.gone AND new.user_id::text = current_setting('hob.user_id', true))
	EXECUTE FUNCTION hob.limit_residences();

-- Behind hob.hold_giver, which locks the residence: two at once count each other.
CREATE OR REPLACE FUNCTION hob.limit_share_codes() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	PERFORM hob.require_at_most('share_codes', new.residence_id, (SELECT count(*) FROM share_codes c
		WHERE c.residence_id = new.residence_id AND c.revoked_at IS NULL AND c.declined_at IS NULL
		  AND c.expires_at > now() AND c.used_count < c.max_uses));
	RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER share_codes_limit AFTER INSERT ON share_codes
	FOR EACH ROW WHEN (current_setting('hob.user_id', true) <> '')
	EXECUTE FUNCTION hob.limit_share_codes();

-- Counted under the lock of the account, which comes before hob.hold_giver's in the order of their names.
CREATE OR REPLACE FUNCTION hob.limit_feeds() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	PERFORM hob.require_at_most('feeds', new.user_id,
		(SELECT count(*) FROM calendar_feeds f WHERE f.user_id = new.user_id));
	RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION hob.lock_account() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	PERFORM FROM users u WHERE u.id = new.user_id FOR NO KEY UPDATE;
	RETURN new;
END
$$;
CREATE OR REPLACE TRIGGER calendar_feeds_alone BEFORE INSERT ON calendar_feeds
	FOR EACH ROW WHEN (current_setting('hob.user_id', true) <> '')
	EXECUTE FUNCTION hob.lock_account();
CREATE OR REPLACE TRIGGER calendar_feeds_limit AFTER INSERT ON calendar_feeds
	FOR EACH ROW WHEN (current_setting('hob.user_id', true) <> '')
	EXECUTE FUNCTION hob.limit_feeds();
GRANT EXECUTE ON FUNCTION hob.require_room_for_tasks(uuid) TO hob_api;
GRANT SELECT ON settings, hob.crowded_residences TO hob_api;
