-- What bounds things: settings, how many there may be of each, and what ages.
--
-- A setting is a row, so that it can be changed while Hob runs. limit.*: how many there may be, -1
-- for any number. hob.limit_of is the one reader of limits: what a plan allows will be told there.
CREATE TABLE settings (
	name text COLLATE "C" PRIMARY KEY,
	value int NOT NULL CHECK (value >= -1)
);
INSERT INTO settings (name, value) VALUES
	('limit.homes', 100),		-- that an account owns or has joined
	('limit.members', 50),		-- of a home, the owner included
	('limit.sessions', 50),		-- of an account
	('limit.feeds', 20),		-- of an account
	('limit.share_codes', 20),	-- of a home, open ones
	('limit.tasks', 5000),		-- of a home, open ones
	('limit.kept_tasks', 20000),	-- of a home, all but deleted ones
	('keep.activity', 730);		-- days; -1: for ever

GRANT SELECT ON settings TO hob_api;

-- about: a home, or for homes, sessions and feeds an account. The owner pays for what is in a home. One row;
-- a set, so that PostgreSQL inlines it where it stands in FROM.
CREATE FUNCTION hob.limit_of(what text, about uuid) RETURNS SETOF int
LANGUAGE sql STABLE ROWS 1 AS $$
	SELECT s.value FROM settings s WHERE s.name = 'limit.' || what
$$;

-- Always raises; bool, so that it can stand in a statement.
CREATE FUNCTION hob.refuse_more(what text, used int, most int) RETURNS bool
LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION '%', CASE what
		WHEN 'homes' THEN 'You belong to as many homes as your plan allows.'
		WHEN 'members' THEN 'This home has as many members as its plan allows.'
		WHEN 'feeds' THEN 'You have as many calendar feeds as your plan allows.'
		WHEN 'share_codes' THEN 'This home has as many open share codes as its plan allows.'
		WHEN 'kept_tasks' THEN 'This home has as many tasks, the finished and the archived among them, as its plan allows.'
		ELSE 'This home has as many open tasks as its plan allows.' END
		USING ERRCODE = 'HB402', DETAIL = json_build_object('limit', what, 'used', used,
			'max', most, 'tier_needed', NULL);
END
$$;

-- The limit is checked after the insert, so that a row that exists already is reported as such. Homes
-- are counted under the lock of their account, members and share codes under that of their home,
-- sessions under that of their account: two at once count each other. Tasks are not: a lock on the
-- home would make all who write in it wait for each other, so limit.tasks may be passed by as many
-- tasks as are made in the same moment. Seeds and the owner's psql may make more.

-- Homes that were seen with more than half of the tasks that they may have; a home leaves when it is deleted
-- for good. The nil UUID stands for all of them, while a limit of tasks is below 2,000, and is why a
-- trigger stands where a foreign key would.
CREATE TABLE hob.crowded_homes (
	residence_id uuid PRIMARY KEY
);
GRANT SELECT ON hob.crowded_homes TO hob_api;

CREATE FUNCTION hob.forget_crowded_home() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	DELETE FROM hob.crowded_homes WHERE residence_id = old.id;
	RETURN NULL;
END
$$;
CREATE TRIGGER residences_forget_crowded AFTER DELETE ON residences
	FOR EACH ROW EXECUTE FUNCTION hob.forget_crowded_home();

CREATE FUNCTION hob.note_small_limits() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	DELETE FROM hob.crowded_homes WHERE residence_id = '00000000-0000-0000-0000-000000000000';
	INSERT INTO hob.crowded_homes
	SELECT '00000000-0000-0000-0000-000000000000'
	 WHERE EXISTS (SELECT FROM settings s WHERE s.name IN ('limit.tasks', 'limit.kept_tasks')
			AND s.value BETWEEN 0 AND 1999);
	RETURN NULL;
END
$$;
CREATE TRIGGER settings_note_small_limits AFTER INSERT OR UPDATE OR DELETE ON settings
	FOR EACH STATEMENT EXECUTE FUNCTION hob.note_small_limits();

-- Call it after an INSERT into tasks: the new rows are counted. A look reads an entry of an index for
-- each task that the home keeps, and a home may keep thousands. So who makes one task calls it once in
-- 64 times, and each time once the home is crowded: that a home gets from one half of 5,000 to all of it
-- unseen has a chance of (63/64)^2500, less than 10^-17. The caller asks for that (task_create), for a
-- call of such a function alone costs more than the question. A home that is fuller than it may be for
-- another reason (a seed, archived tasks that are open again, a limit that was lowered) takes some more
-- until it is seen: the first look only marks it, for an error would undo the mark.
--
-- It counts with the owner's rights, so that no policy is worked out for a count. The index of tasks that
-- are kept is in migration 3, that of open ones in migration 8.
CREATE FUNCTION hob.require_room_for_tasks(home uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	crowded CONSTANT bool := EXISTS (SELECT FROM hob.crowded_homes c
		WHERE c.residence_id IN (home, '00000000-0000-0000-0000-000000000000'));
	most_open bigint;
	most_kept bigint;
	used_open bigint;
	used_kept bigint;
	half bigint;
BEGIN
	SELECT nullif(o.l, -1), nullif(k.l, -1) INTO most_open, most_kept
	  FROM hob.limit_of('tasks', home) o(l), hob.limit_of('kept_tasks', home) k(l);
	-- The open ones are among the kept: most homes keep so few that both are known to be few.
	half := least(most_open, most_kept) / 2;
	IF NOT crowded AND (SELECT count(*) FROM (SELECT FROM tasks t
		WHERE t.residence_id = home AND t.deleted_at IS NULL LIMIT coalesce(half + 1, 0)) t) <= half
	THEN
		RETURN;
	END IF;
	-- One more than there may be is enough to know; without a limit, none.
	SELECT count(*) INTO used_open FROM (SELECT FROM tasks t
		WHERE t.residence_id = home AND t.deleted_at IS NULL AND NOT t.archived AND NOT t.completed
		  AND t.state <> 'cancelled' LIMIT coalesce(most_open + 1, 0)) t;
	SELECT count(*) INTO used_kept FROM (SELECT FROM tasks t
		WHERE t.residence_id = home AND t.deleted_at IS NULL LIMIT coalesce(most_kept + 1, 0)) t;
	IF NOT crowded THEN
		INSERT INTO hob.crowded_homes
		SELECT home WHERE used_open > most_open / 2 OR used_kept > most_kept / 2
		ON CONFLICT DO NOTHING;
	ELSIF used_open > most_open THEN
		PERFORM hob.refuse_more('tasks', most_open::int, most_open::int);
	ELSIF used_kept > most_kept THEN
		PERFORM hob.refuse_more('kept_tasks', most_kept::int, most_kept::int);
	END IF;
END
$$;
GRANT EXECUTE ON FUNCTION hob.require_room_for_tasks(uuid) TO hob_api;

-- A home that is made, joined or comes back counts for the caller alone: of others who belong to a
-- home that comes back nobody is refused what they had.
CREATE FUNCTION hob.limit_homes() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	most CONSTANT int := (SELECT l FROM hob.limit_of('homes', new.user_id) l);
	used int;
BEGIN
	PERFORM FROM users u WHERE u.id = new.user_id FOR NO KEY UPDATE;
	SELECT count(*) INTO used FROM residence_members m WHERE m.user_id = new.user_id AND NOT m.gone;
	IF used > most AND most >= 0 THEN
		PERFORM hob.refuse_more('homes', used - 1, most);
	END IF;
	RETURN NULL;
END
$$;
CREATE TRIGGER residence_members_limit_homes AFTER INSERT OR UPDATE OF gone ON residence_members
	FOR EACH ROW WHEN (NOT new.gone AND new.user_id::text = current_setting('hob.user_id', true))
	EXECUTE FUNCTION hob.limit_homes();

-- --- what ages --------------------------------------------------------------------------
--
-- What is kept for a time is partitioned by time and dropped: no request and no trigger deletes
-- row by row, which costs the more the longer somebody's snapshot (a dump) keeps the dead. `hob
-- sweep` makes the partitions of the time to come and drops what is over. Where it never ran
-- rows go to the default partition: nothing fails, and that one is swept in batches.

-- keep null: a setting, keep.<name>, has the days.
CREATE TABLE hob.aging (
	name text PRIMARY KEY,
	by_column text NOT NULL,
	unit text NOT NULL CHECK (unit IN ('day', 'month')),
	ahead int NOT NULL,	-- partitions besides the one of now
	keep interval
);

CREATE FUNCTION hob.partition_name(parent text, first date) RETURNS text
LANGUAGE sql IMMUTABLE RETURN parent || '_' || to_char(first, 'YYYYMMDD');

-- Not CREATE ... PARTITION OF, which would lock readers of the whole table out. What the default
-- partition has of that time is moved, in the same transaction, while nobody writes there; when that is
-- more than `most` rows nothing is made, and they, and those to come, stay there: their number. 0: made.
CREATE FUNCTION hob.add_partition(parent text, first date, until date, most int DEFAULT 20000)
RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	begin_at CONSTANT timestamptz := first::timestamp AT TIME ZONE 'UTC';
	end_at CONSTANT timestamptz := until::timestamp AT TIME ZONE 'UTC';
	partition CONSTANT text := hob.partition_name(parent, first);
	by_column CONSTANT text := (SELECT a.by_column FROM hob.aging a WHERE a.name = parent);
	others CONSTANT text := parent || '_default';
	there CONSTANT text := format('FROM %I WHERE %I >= $1 AND %2$I < $2', others, by_column);
	n bigint;
BEGIN
	EXECUTE format('LOCK TABLE %I IN SHARE ROW EXCLUSIVE MODE', others);
	EXECUTE 'SELECT count(*) ' || there INTO n USING begin_at, end_at;
	IF n > most THEN
		RETURN n;
	END IF;
	EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)',
		partition, parent);
	EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', partition);
	IF n > 0 THEN
		EXECUTE format('WITH moved AS (DELETE %s RETURNING *) INSERT INTO %I SELECT * FROM moved',
			there, partition) USING begin_at, end_at;
	END IF;
	EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
		parent, partition, begin_at, end_at);
	RETURN 0;
END
$$;

-- Deletes at most 5,000 rows, whoever reads them meanwhile; the number of them.
CREATE FUNCTION hob.delete_some(relation text, condition text) RETURNS int
LANGUAGE plpgsql AS $$
DECLARE
	n int;
BEGIN
	EXECUTE format('DELETE FROM %I WHERE ctid = ANY (ARRAY(SELECT ctid FROM %1$I WHERE %s
		LIMIT 5000 FOR UPDATE SKIP LOCKED))', relation, condition);
	GET DIAGNOSTICS n = ROW_COUNT;
	RETURN n;
END
$$;

-- What is to be done now, each a statement for a transaction of its own. repeated: the statement
-- returns the number of rows it deleted; run it until that is 0. creates: the statement returns how
-- many rows are in the way; 0 when the partition was made.
CREATE FUNCTION hob.sweep_steps(at timestamptz)
RETURNS TABLE (what text, statement text, repeated bool, creates bool)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
	WITH aging AS (
		SELECT a.name, a.by_column, a.unit, a.ahead, ('1 ' || a.unit)::interval AS step,
		       CASE WHEN a.keep IS NOT NULL THEN at - a.keep
			    WHEN s.value >= 0 THEN at - s.value * interval '1 day' END AS oldest
		  FROM hob.aging a LEFT JOIN settings s ON s.name = 'keep.' || a.name
	), wanted AS (
		SELECT a.name, d::date AS first, (d + a.step)::date AS until
		  FROM aging a
		 CROSS JOIN LATERAL generate_series(date_trunc(a.unit, at AT TIME ZONE 'UTC'),
			date_trunc(a.unit, at AT TIME ZONE 'UTC') + a.ahead * a.step, a.step) d
	), there AS (
		SELECT a.name, c.relname::text AS partition, a.oldest,
		       to_date(right(c.relname, 8), 'YYYYMMDD') + a.step AS until
		  FROM aging a
		  JOIN pg_inherits i ON i.inhparent = a.name::regclass
		  JOIN pg_class c ON c.oid = i.inhrelid AND c.relname <> a.name || '_default'
	)
	SELECT 'made ' || hob.partition_name(w.name, w.first),
	       format('SELECT hob.add_partition(%L, %L, %L)', w.name, w.first, w.until), false, true
	  FROM wanted w
	 WHERE to_regclass(hob.partition_name(w.name, w.first)) IS NULL
	UNION ALL
	SELECT 'dropped ' || t.partition, format('DROP TABLE %I', t.partition), false, false
	  FROM there t WHERE t.until AT TIME ZONE 'UTC' <= t.oldest
	UNION ALL
	SELECT 'deleted from ' || a.name || '_default',
	       format('SELECT hob.delete_some(%L, %L)', a.name || '_default',
			format('%I < %L', a.by_column, a.oldest)), true, false
	  FROM aging a WHERE a.oldest IS NOT NULL
	UNION ALL
	SELECT 'deleted sessions that are over', format('SELECT hob.delete_some(%L, %L)', 'sessions',
		format('expires_at <= %L OR last_seen_at <= %L', at, at - interval '30 days')), true, false;
END
$$;

-- --- idempotency keys -------------------------------------------------------------------
--
-- What a client sends again because it heard no answer is done once.
--
-- The key is kept by the transaction that does the work, so both happen or neither. What is
-- kept is not the answer but the id of what was made: the answer is made anew from it, in
-- the one case in a thousand that needs it. A key is good for 24 hours. That there is only one
-- of them is the doing of the lock in hob.once, for an index of a partition sees no other.
CREATE TABLE idempotency_keys (
	user_id uuid NOT NULL,
	key text COLLATE "C" NOT NULL,
	request text COLLATE "C" NOT NULL,	-- hash of method, path and body
	made_id uuid NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (user_id, key, created_at)
) PARTITION BY RANGE (created_at);
CREATE TABLE idempotency_keys_default PARTITION OF idempotency_keys DEFAULT;
INSERT INTO hob.aging VALUES ('idempotency_keys', 'created_at', 'day', 7, '1 day');
ALTER TABLE idempotency_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE idempotency_keys_default ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON idempotency_keys TO hob_api
	USING (user_id = hob.user_id());
GRANT SELECT, INSERT (user_id, key, request, made_id) ON idempotency_keys TO hob_api;

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
	 WHERE k.user_id = me AND k.key = once.key AND k.created_at > now() - interval '24 hours'
	   -- Whoever began after us may have ended before us; no partition of next week is looked at.
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
