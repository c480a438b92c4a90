-- Tables that are kept for a time are partitioned by time, and partitions dropped: no request and no trigger deletes
-- row by row, which costs the more the longer somebody's snapshot (a dump) keeps the dead. `hob
-- sweep` makes the partitions of the time to come and drops those that are over. Where it never ran,
-- rows go to the default partition: nothing fails, and that one is swept in batches.

CREATE OR REPLACE FUNCTION hob.partition_name(parent text, first date) RETURNS text
LANGUAGE sql IMMUTABLE RETURN parent || '_' || to_char(first, 'YYYYMMDD');

-- Not CREATE ... PARTITION OF, which would lock readers of the whole table out. What the default
-- partition has of that time is moved, in the same transaction, while nobody writes there; when that is
-- more than `most` rows nothing is made, and they, and those to come, stay there: their number. 0: made.
CREATE OR REPLACE FUNCTION hob.add_partition(parent text, first date, until date, most int DEFAULT 20000)
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

-- Deletes at most so many rows, whoever reads them meanwhile; the number of them. Rows of two partitions may have one
-- ctid, and one of both be others': hence the condition once more.
DROP FUNCTION IF EXISTS hob.delete_some(text, text);
CREATE OR REPLACE FUNCTION hob.delete_some(relation text, condition text, most int DEFAULT 5000) RETURNS int
LANGUAGE plpgsql AS $$
DECLARE
	n int;
BEGIN
	EXECUTE format('DELETE FROM %I WHERE ctid = ANY (ARRAY(SELECT ctid FROM %1$I WHERE %2$s
		LIMIT %3$s FOR UPDATE SKIP LOCKED)) AND (%2$s)', relation, condition, most);
	GET DIAGNOSTICS n = ROW_COUNT;
	RETURN n;
END
$$;

-- Takes at most 5,000 notices that are older out of the inboxes; the number of them. Their rows stay for as long as
-- somebody may still ask what is gone (hob.sync_deletions). Workers that know an unread count know it for cache.ttl.
CREATE OR REPLACE FUNCTION hob.withdraw_notices(oldest timestamptz) RETURNS int
LANGUAGE plpgsql AS $$
DECLARE
	n int;
BEGIN
	UPDATE notices SET deleted_at = now()
	 WHERE id = ANY (ARRAY(SELECT x.id FROM notices x WHERE x.created_at <= oldest AND x.deleted_at IS NULL
		LIMIT 5000 FOR UPDATE SKIP LOCKED));
	GET DIAGNOSTICS n = ROW_COUNT;
	RETURN n;
END
$$;

-- Takes at most 5,000 jobs that have been dead for longer away, into the history; the number of them.
CREATE OR REPLACE FUNCTION hob.bury_jobs(oldest timestamptz) RETURNS int
LANGUAGE plpgsql AS $$
DECLARE
	n int;
BEGIN
	WITH gone AS (
		DELETE FROM jobs j
		 WHERE j.id = ANY (ARRAY(SELECT x.id FROM jobs x WHERE x.dead_at <= oldest
			LIMIT 5000 FOR UPDATE SKIP LOCKED)) AND j.dead_at <= oldest
		RETURNING j.*
	)
	INSERT INTO job_history (id, kind, key, attempt, outcome, last_error, created_at, begun_at, leased_by)
	SELECT g.id, g.kind, g.key, g.attempt, 'dead', g.last_error, g.created_at, g.leased_at, g.leased_by FROM gone g;
	GET DIAGNOSTICS n = ROW_COUNT;
	RETURN n;
END
$$;

-- The steps that are due, each a statement for a transaction of its own. repeated: the statement
-- returns the number of rows it deleted; run it until that is 0. creates: the statement returns how
-- many rows are in the way; 0 when the partition was made.
CREATE OR REPLACE FUNCTION hob.sweep_steps(at timestamptz)
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
		format('expires_at <= %L OR last_seen_at <= %L', at, at - interval '30 days')), true, false
	UNION ALL
	SELECT 'deleted sessions of staff that are over', format('SELECT hob.delete_some(%L, %L)', 'staff_sessions',
		format('ends_at <= %L OR seen_at <= %L', at, at - hob.staff_idle())), true, false
	UNION ALL
	SELECT 'deleted access tokens that are long over', format('SELECT hob.delete_some(%L, %L)', 'access_tokens',
		format('least(expires_at, coalesce(last_used_at, created_at) + interval ''1 year'') <= %L',
			at - interval '30 days')), true, false
	UNION ALL
	SELECT 'deleted letters that are two days old', format('SELECT hob.delete_some(%L, %L)', 'account_tokens',
		format('created_at <= %L', at - interval '2 days')), true, false
	UNION ALL
	SELECT 'deleted counts of codes that are two days old', format('SELECT hob.delete_some(%L, %L)', 'code_tries',
		format('day_at <= %L AND NOT EXISTS (SELECT FROM account_tokens t WHERE hob.address_mark(t.email) = address)',
			at - interval '2 days')), true, false
	UNION ALL
	SELECT 'deleted invitations that ended a month ago', format('SELECT hob.delete_some(%L, %L)', 'share_codes',
		format('email IS NOT NULL AND expires_at <= %L', at - interval '30 days')), true, false
	UNION ALL
	SELECT 'deleted jobs that have been dead for a month',
	       format('SELECT hob.bury_jobs(%L)', at - interval '30 days'), true, false
	UNION ALL
	SELECT 'withdrew notices that are 90 days old',
	       format('SELECT hob.withdraw_notices(%L)', at - interval '90 days'), true, false
	UNION ALL
	SELECT 'deleted notices that have gone 90 days ago', format('SELECT hob.delete_some(%L, %L)', 'notices',
		format('deleted_at <= %L', at - interval '90 days')), true, false
	UNION ALL
	SELECT 'deleted deliveries without a notice that are 90 days old', format('SELECT hob.delete_some(%L, %L)',
		'deliveries', format('notice_id IS NULL AND created_at <= %L', at - interval '90 days')), true, false
	UNION ALL
	SELECT 'deleted numbers of days that are 400 days old', format('SELECT hob.delete_some(%L, %L)', 'stats_days',
		format('day < %L', ((at AT TIME ZONE 'UTC')::date - 400))), true, false
	UNION ALL
	SELECT 'deleted counts of pools that have ended', format('SELECT hob.delete_some(%L, %L)', 'stats_pools',
		format('told_at <= %L', at - interval '2 days')), true, false
	UNION ALL
	SELECT 'deleted pushes that were forged', format('SELECT hob.delete_some(%L, %L)', 'store_events',
		format('state = ''forged'' AND received_at <= %L', at - interval '7 days')), true, false
	UNION ALL
	SELECT 'deleted contractors of somebody alone that have gone 90 days ago', format('SELECT hob.delete_some(%L, %L)',
		'contractors', format('residence_id IS NULL AND deleted_at <= %L', at - interval '90 days')), true, false;
END
$$;
