-- Delta sync: what a client has to be told to make its copy of its homes true again.
--
-- Every row a client may hold says which transaction wrote it last, and what is gone
-- leaves a tombstone that says the same. A reader takes note of the oldest transaction
-- that is still running, pg_snapshot_xmin, before it reads: what older ones wrote it sees
-- now, what this and later ones wrote it asks for again next time. So a transaction that
-- commits late is never skipped, whatever the order of ids and commits; what was seen
-- already may come twice. Clocks and sequences cannot promise that.
--
-- To join, a table needs the column, the two triggers, a branch of hob.sync_things, a
-- statement in sql/queries/api/sync.sql and a row in app/api/sync.c. The rows there already
-- count as written by the migration, so that clients of before hear of them.

-- The default is stable, so no table is rewritten, and rows that are made cost nothing more.
ALTER TABLE residences ADD COLUMN changed xid8 NOT NULL DEFAULT pg_current_xact_id();
ALTER TABLE residence_members ADD COLUMN changed xid8 NOT NULL DEFAULT pg_current_xact_id();
ALTER TABLE tasks ADD COLUMN changed xid8 NOT NULL DEFAULT pg_current_xact_id();
ALTER TABLE completions ADD COLUMN changed xid8 NOT NULL DEFAULT pg_current_xact_id();
-- A new name comes with its membership; only a change of one is news by itself.
ALTER TABLE residence_people ADD COLUMN changed xid8 NOT NULL DEFAULT '0';

-- What a delta reads. Tasks are updated outside of the page (no HOT) for it; without it each sync
-- reads all tasks of all homes. Counts of the tasks that are kept read it too (migration 2).
CREATE INDEX tasks_changed_idx ON tasks (residence_id, changed) WHERE deleted_at IS NULL;
CREATE INDEX completions_changed_idx ON completions (residence_id, changed);

CREATE FUNCTION hob.stamp() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	new.changed := pg_current_xact_id();
	RETURN new;
END
$$;
CREATE TRIGGER residences_stamp BEFORE UPDATE ON residences
	FOR EACH ROW EXECUTE FUNCTION hob.stamp();
CREATE TRIGGER residence_members_stamp BEFORE UPDATE ON residence_members
	FOR EACH ROW EXECUTE FUNCTION hob.stamp();
CREATE TRIGGER residence_people_stamp BEFORE UPDATE ON residence_people
	FOR EACH ROW EXECUTE FUNCTION hob.stamp();
CREATE TRIGGER tasks_stamp BEFORE UPDATE ON tasks
	FOR EACH ROW EXECUTE FUNCTION hob.stamp();
CREATE TRIGGER completions_stamp BEFORE UPDATE ON completions
	FOR EACH ROW EXECUTE FUNCTION hob.stamp();

-- --- what is gone ------------------------------------------------------------------------

-- No foreign key: a tombstone outlives the home. Of a member, id is the user's. A tombstone may
-- name a thing that exists again. The reader checks that (hob.sync_things). A thing that was deleted
-- twice has two tombstones. Dropped (hob.aging) a day after the last token that could ask for them is good.
CREATE TABLE tombstones (
	residence_id uuid NOT NULL,
	kind text COLLATE "C" NOT NULL,
	id uuid NOT NULL,
	created_at timestamptz NOT NULL,	-- of the thing
	buried_at timestamptz NOT NULL DEFAULT now(),
	changed xid8 NOT NULL DEFAULT pg_current_xact_id()
) PARTITION BY RANGE (buried_at);
CREATE TABLE tombstones_default PARTITION OF tombstones DEFAULT;
INSERT INTO hob.aging VALUES ('tombstones', 'buried_at', 'month', 2, '91 days');
CREATE INDEX tombstones_changed_idx ON tombstones (residence_id, changed);
-- The homes that somebody lost.
CREATE INDEX tombstones_members_idx ON tombstones (id) WHERE kind = 'members';

ALTER TABLE tombstones ENABLE ROW LEVEL SECURITY;
ALTER TABLE tombstones_default ENABLE ROW LEVEL SECURITY;
CREATE POLICY homes ON tombstones FOR SELECT TO hob_api
	USING (residence_id = ANY (ARRAY(
		SELECT m.residence_id FROM residence_members m
		 WHERE m.user_id = hob.user_id() AND NOT m.gone)));
GRANT SELECT ON tombstones TO hob_api;

-- Trigger arguments: the kind, and the columns that hold the id and the beginning.
CREATE FUNCTION hob.bury() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	thing jsonb := to_jsonb(old);
BEGIN
	INSERT INTO tombstones (residence_id, kind, id, created_at)
	VALUES (old.residence_id, tg_argv[0], (thing ->> tg_argv[1])::uuid,
		(thing ->> tg_argv[2])::timestamptz);
	RETURN NULL;
END
$$;
CREATE TRIGGER tasks_bury AFTER UPDATE ON tasks
	FOR EACH ROW WHEN (old.deleted_at IS NULL AND new.deleted_at IS NOT NULL)
	EXECUTE FUNCTION hob.bury('tasks', 'id', 'created_at');
CREATE TRIGGER tasks_bury_for_good AFTER DELETE ON tasks
	FOR EACH ROW WHEN (old.deleted_at IS NULL)
	EXECUTE FUNCTION hob.bury('tasks', 'id', 'created_at');
CREATE TRIGGER completions_bury AFTER DELETE ON completions
	FOR EACH ROW EXECUTE FUNCTION hob.bury('completions', 'id', 'created_at');
CREATE TRIGGER residence_members_bury AFTER UPDATE ON residence_members
	FOR EACH ROW WHEN (NOT old.gone AND new.gone)
	EXECUTE FUNCTION hob.bury('members', 'user_id', 'joined_at');
CREATE TRIGGER residence_members_bury_for_good AFTER DELETE ON residence_members
	FOR EACH ROW WHEN (NOT old.gone)
	EXECUTE FUNCTION hob.bury('members', 'user_id', 'joined_at');

-- --- reading -----------------------------------------------------------------------------

-- What there is in a home besides the home itself. Not for the API: only the owner asks.
CREATE VIEW hob.sync_things WITH (security_invoker = true) AS
SELECT 'members' AS kind, residence_id, user_id AS id, joined_at AS created_at
  FROM residence_members WHERE NOT gone
UNION ALL
SELECT 'tasks', residence_id, id, created_at FROM tasks WHERE deleted_at IS NULL
UNION ALL
SELECT 'completions', residence_id, id, created_at FROM completions;

-- Ids of transactions mean something in one history of the database only. A crash forgets those of
-- transactions that had not reached the disk, and gives them out again; so does whatever goes back to
-- an older state: a promoted standby, a restored copy, a snapshot of a volume. All of these have in
-- common that PostgreSQL recovers, and recovery empties unlogged tables: a history is a row of one. A
-- restart in good order keeps the table and adds a row, with how far ids had come.
--
-- made_in tells rows that a dump brought along: the table they were made in was another one. Only a
-- copy of the files of a server that was shut down looks like the original; there a token may be ahead
-- of the database, or of a start after it was made, and `hob restored` is the sure way.
CREATE UNLOGGED TABLE hob.starts (
	started_at timestamptz NOT NULL,
	made_in oid NOT NULL,
	cluster bigint NOT NULL,
	history uuid NOT NULL,
	horizon xid8 NOT NULL,
	PRIMARY KEY (started_at, made_in)
);

-- The history that is being written. The first who asks after a start notes the start: a worker
-- does, before it serves.
CREATE FUNCTION hob.history() RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	found uuid;
BEGIN
	SELECT s.history INTO found FROM hob.starts s
	 WHERE s.started_at = pg_postmaster_start_time() AND s.made_in = s.tableoid;
	IF found IS NULL THEN
		INSERT INTO hob.starts (started_at, made_in, cluster, history, horizon)
		SELECT pg_postmaster_start_time(), 'hob.starts'::regclass, c.system_identifier,
		       coalesce((SELECT s.history FROM hob.starts s
				  WHERE s.made_in = s.tableoid AND s.cluster = c.system_identifier
				  ORDER BY s.started_at DESC LIMIT 1), gen_random_uuid()),
		       pg_snapshot_xmin(pg_current_snapshot())
		  FROM pg_control_system() c
		ON CONFLICT DO NOTHING;
		-- Somebody else may have been first.
		SELECT s.history INTO STRICT found FROM hob.starts s
		 WHERE s.started_at = pg_postmaster_start_time() AND s.made_in = s.tableoid;
	END IF;
	RETURN found;
END
$$;

-- The greatest id that a row written in this history can bear, if it can be seen. A restored dump
-- has rows with ids that are still to come here: they are older than any token.
CREATE FUNCTION hob.latest_id() RETURNS xid8
LANGUAGE sql STABLE
RETURN greatest(pg_current_xact_id_if_assigned(), pg_snapshot_xmax(pg_current_snapshot()));

-- Has the database not come as far as it had at `at`, or not at a start after that?
CREATE FUNCTION hob.went_back(horizon xid8, at timestamptz) RETURNS bool
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT horizon > hob.latest_id()
	    OR EXISTS (SELECT FROM hob.starts s
			WHERE s.made_in = s.tableoid AND s.started_at > at AND s.horizon < went_back.horizon)
$$;

-- The first statement of every sync, so that what its answer promises is true of the
-- snapshots of those that follow. A token's mark says for whom and in which history it was made, and
-- (horizon, at) how far that had come then. Nulls come from who has no token.
CREATE FUNCTION hob.sync_begin(mark text, since_at timestamptz, horizon xid8, at timestamptz)
RETURNS TABLE (_mark text, _horizon text, _at text)
LANGUAGE plpgsql AS $$
BEGIN
	_mark := concat_ws('.', hob.history(), hob.user_id());
	IF mark <> _mark OR since_at < now() - interval '90 days'
	   OR mark IS NOT NULL AND hob.went_back(horizon, at) THEN
		RAISE EXCEPTION 'This sync token is too old: sync again without one.'
			USING ERRCODE = 'HB410';
	END IF;
	_horizon := pg_snapshot_xmin(pg_current_snapshot());
	_at := now();
	RETURN NEXT;
END
$$;

-- The caller's homes, each with what of its rows is news to a client that asks for those since
-- `after`: what transactions from `since` to `until` wrote. That is everything when the caller
-- joined since, or when somebody of the home has another name, for cards show names.
CREATE FUNCTION hob.sync_homes(after xid8)
RETURNS TABLE (id uuid, since xid8, until xid8, people uuid[], names text[])
LANGUAGE sql STABLE ROWS 2 AS $$
	WITH homes AS MATERIALIZED (
		SELECT m.residence_id, p.ids, p.names, l.latest,
		       after = '0' OR p.renamed OR (m.changed >= after AND m.changed <= l.latest) AS whole
		  FROM residence_members m
		 CROSS JOIN (SELECT hob.latest_id() AS latest) l
		 CROSS JOIN LATERAL (
			SELECT array_agg(p.user_id) AS ids, array_agg(p.name) AS names,
			       bool_or(p.changed >= after AND p.changed <= l.latest) AS renamed
			  FROM residence_people p WHERE p.residence_id = m.residence_id) p
		 WHERE m.user_id = hob.user_id() AND NOT m.gone
	)
	SELECT h.residence_id, CASE WHEN h.whole THEN '0'::xid8 ELSE after END,
	       CASE WHEN h.whole THEN '18446744073709551615'::xid8 ELSE h.latest END, h.ids, h.names
	  FROM homes h
$$;

-- What the caller can no longer see and may have seen since `after`, by key. Of a home that
-- they lost that is everything which was there by then, the minute for clocks that differ.
-- With the owner's eyes, for the caller has lost theirs. OFFSET 0 keeps the planner from
-- hashing the things of all homes to look a few up. A key is a kind and an id: each branch reads one
-- kind in the order of its ids, from behind `after`, and no more than `wanted` of a home; IS TRUE
-- keeps the planner from the index of another order.
CREATE FUNCTION hob.sync_deletions(since xid8, after text, wanted int)
RETURNS TABLE (kind text, id text, _key text)
LANGUAGE plpgsql STABLE ROWS 10 SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	me uuid := hob.user_id();
	latest CONSTANT xid8 := hob.latest_id();
	zero CONSTANT uuid := '00000000-0000-0000-0000-000000000000';
	after_kind CONSTANT text COLLATE "C" := coalesce(split_part(after, ' ', 1), '');
	after_completion CONSTANT uuid :=
		CASE WHEN after_kind = 'completions' THEN split_part(after, ' ', 2)::uuid ELSE zero END;
	after_task CONSTANT uuid :=
		CASE WHEN after_kind = 'tasks' THEN split_part(after, ' ', 2)::uuid ELSE zero END;
BEGIN
	RETURN QUERY
	WITH kept AS MATERIALIZED (
		SELECT m.residence_id, timestamptz 'infinity' AS until
		  FROM residence_members m WHERE m.user_id = me AND NOT m.gone
	), lost AS MATERIALIZED (
		SELECT t.residence_id, max(t.buried_at) + interval '1 minute' AS until
		  FROM tombstones t
		 WHERE t.kind = 'members' AND t.id = me AND t.changed >= since AND t.changed <= latest
		   AND t.residence_id <> ALL (ARRAY(SELECT k.residence_id FROM kept k))
		 GROUP BY t.residence_id
	), dead AS (
		SELECT 'residences' AS kind, l.residence_id, l.residence_id AS id FROM lost l
		UNION ALL
		SELECT t.kind, t.residence_id, t.id
		  FROM (SELECT * FROM kept UNION ALL SELECT * FROM lost) h
		  JOIN tombstones t ON t.residence_id = h.residence_id
		 WHERE t.changed >= since AND t.changed <= latest AND t.created_at <= h.until
		   AND t.kind >= after_kind
		   AND NOT EXISTS (SELECT FROM hob.sync_things s
			WHERE s.kind = t.kind AND s.residence_id = t.residence_id AND s.id = t.id
			OFFSET 0)
		UNION ALL
		SELECT 'members', m.residence_id, m.user_id
		  FROM lost l JOIN residence_members m ON m.residence_id = l.residence_id
		 WHERE NOT m.gone AND m.joined_at <= l.until
		UNION ALL
		SELECT 'completions', l.residence_id, c.id
		  FROM lost l
		 CROSS JOIN LATERAL (SELECT c.id FROM completions c
			WHERE c.residence_id = l.residence_id AND c.undone_at IS NULL
			  AND (c.created_at <= l.until) IS TRUE AND c.id > after_completion
			ORDER BY c.id LIMIT wanted) c
		 WHERE after_kind <= 'completions'
		UNION ALL
		SELECT 'tasks', l.residence_id, t.id
		  FROM lost l
		 CROSS JOIN LATERAL (SELECT t.id FROM tasks t
			WHERE t.residence_id = l.residence_id AND t.deleted_at IS NULL
			  AND (t.created_at <= l.until) IS TRUE AND t.id > after_task
			ORDER BY t.id LIMIT wanted) t
	), keyed AS (
		SELECT DISTINCT d.kind, CASE d.kind WHEN 'members' THEN d.residence_id || ':' || d.id
				    ELSE d.id::text END AS id
		  FROM dead d
	)
	SELECT k.kind, k.id, k.kind || ' ' || k.id
	  FROM keyed k
	 WHERE after IS NULL OR (k.kind || ' ' || k.id) COLLATE "C" > after
	 ORDER BY (k.kind || ' ' || k.id) COLLATE "C"
	 LIMIT wanted;
END
$$;

CREATE FUNCTION hob.completion_card(c completions, people uuid[], names text[])
RETURNS TABLE (id uuid, residence_id uuid, task_id uuid, occurrence int, outcome text,
	due_before date, due_after date, completed_at timestamptz, "completed_by.id" uuid,
	"completed_by.name" text, "recorded_by.id" uuid, "recorded_by.name" text,
	actual_cost numeric, note text, rating int, created_at timestamptz, version int)
LANGUAGE sql STABLE ROWS 1 AS $$
	SELECT c.id, c.residence_id, c.task_id, c.occurrence, c.outcome, c.due_before,
	       c.due_after, c.completed_at, c.completed_by,
	       names[array_position(people, c.completed_by)], c.recorded_by,
	       names[array_position(people, c.recorded_by)], c.actual_cost, c.note, c.rating,
	       c.created_at, c.version
$$;
GRANT EXECUTE ON FUNCTION hob.history(), hob.latest_id(), hob.went_back(xid8, timestamptz),
	hob.sync_begin(text, timestamptz, xid8, timestamptz), hob.sync_homes(xid8),
	hob.sync_deletions(xid8, text, int),
	hob.completion_card(completions, uuid[], text[]) TO hob_api;
