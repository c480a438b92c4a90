-- Delta sync: what a client has to be told to make its copy of its residences true again.
--
-- Every row a client may hold says which transaction wrote it last, and what is gone
-- leaves a tombstone that says the same. A reader takes note of the oldest transaction
-- that is still running, pg_snapshot_xmin, before it reads: what older ones wrote it sees
-- now, what this and later ones wrote it asks for again next time. So a transaction that
-- commits late is never skipped, whatever the order of ids and commits; what was seen
-- already may come twice. Clocks and sequences cannot promise that.
--
-- To join, a table needs the column `changed`, the two triggers, a branch of hob.sync_things and a
-- statement in sql/queries/api/sync.sql (sql/README.md, "Sync"). Notices are no thing of a residence but of
-- an account, and one that is deleted keeps its row for as long as a token is good: it is its own tombstone.

CREATE OR REPLACE FUNCTION hob.stamp() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	new.changed := pg_current_xact_id();
	RETURN new;
END
$$;

-- Trigger arguments: the kind, the columns that hold the id and the beginning, and that of who alone knew of it, if not
-- all of the residence did.
CREATE OR REPLACE FUNCTION hob.bury() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	thing jsonb := to_jsonb(old);
BEGIN
	INSERT INTO tombstones (residence_id, kind, id, created_at, only_for)
	VALUES (old.residence_id, tg_argv[0], (thing ->> tg_argv[1])::uuid,
		(thing ->> tg_argv[2])::timestamptz, (thing ->> tg_argv[3])::uuid);
	RETURN NULL;
END
$$;

-- The things in a residence besides the residence itself. Not for the API: only the owner asks.
CREATE OR REPLACE VIEW hob.sync_things WITH (security_invoker = true) AS
SELECT 'members' AS kind, residence_id, user_id AS id, joined_at AS created_at
  FROM residence_members WHERE NOT gone
UNION ALL
SELECT 'tasks', residence_id, id, created_at FROM tasks WHERE deleted_at IS NULL
UNION ALL
SELECT 'completions', residence_id, id, created_at FROM completions WHERE undone_at IS NULL
UNION ALL
SELECT 'contractors', residence_id, id, created_at FROM contractors WHERE deleted_at IS NULL
UNION ALL
SELECT 'documents', residence_id, id, created_at FROM documents WHERE deleted_at IS NULL
UNION ALL
SELECT 'files', residence_id, id, created_at FROM files WHERE residence_id IS NOT NULL;

-- The history that is being written. The first who asks after a start notes the start: a worker
-- does, before it serves.
CREATE OR REPLACE FUNCTION hob.history() RETURNS uuid
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
CREATE OR REPLACE FUNCTION hob.latest_id() RETURNS xid8
LANGUAGE sql STABLE
RETURN greatest(pg_current_xact_id_if_assigned(), pg_snapshot_xmax(pg_current_snapshot()));

-- Has the database not come as far as it had at `at`, or not at a start after that?
CREATE OR REPLACE FUNCTION hob.went_back(horizon xid8, at timestamptz) RETURNS bool
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT horizon > hob.latest_id()
	    OR EXISTS (SELECT FROM hob.starts s
			WHERE s.made_in = s.tableoid AND s.started_at > at AND s.horizon < went_back.horizon)
$$;

-- The first statement of every sync, so that what its answer promises is true of the
-- snapshots of those that follow. A token's mark says for whom, narrowed to what, and in which history it was made, and
-- (horizon, at) how far that had come then. Nulls come from who has no token. own: the caller is told what is the
-- account's alone, too; a token of who was not is no good for who is.
CREATE OR REPLACE FUNCTION hob.sync_begin(mark text, since_at timestamptz, horizon xid8, at timestamptz,
	own bool DEFAULT true)
RETURNS TABLE (_mark text, _horizon text, _at text)
LANGUAGE plpgsql AS $$
BEGIN
	_mark := concat_ws('.', hob.history(), hob.user_id(), CASE WHEN NOT own THEN 'residences' END,
		CASE WHEN hob.within() IS NOT NULL
			THEN md5(array_to_string(ARRAY(SELECT i FROM unnest(hob.within()) i ORDER BY i), ',')) END);
	IF mark <> _mark OR since_at < now() - interval '90 days'
	   OR mark IS NOT NULL AND hob.went_back(horizon, at) THEN
		RAISE EXCEPTION 'too old' USING ERRCODE = 'HB410', CONSTRAINT = 'sync_token_too_old';
	END IF;
	_horizon := pg_snapshot_xmin(pg_current_snapshot());
	_at := now();
	RETURN NEXT;
END
$$;

-- The caller's residences, each with what of its rows is news to a client that asks for those since
-- `after`: what transactions from `since` to `until` wrote. That is everything when the caller
-- joined since, or when somebody of the residence has another name, for cards show names.
CREATE OR REPLACE FUNCTION hob.sync_residences(after xid8)
RETURNS TABLE (id uuid, since xid8, until xid8, people uuid[], names text[])
LANGUAGE sql STABLE ROWS 2 AS $$
	WITH mine AS MATERIALIZED (
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
	  FROM mine h
$$;

-- The things that the caller can no longer see and may have seen since `after`, by key. Of a residence that
-- they lost that is everything which was there by then, the minute for clocks that differ.
-- With the owner's eyes, for the caller has lost theirs. OFFSET 0 keeps the planner from
-- hashing the things of all residences to look a few up. A key is a kind and an id: each branch reads one
-- kind in the order of its ids, from behind `after`, and no more than `wanted` of a residence; IS TRUE
-- keeps the planner from the index of another order. own: as hob.sync_begin has it.
CREATE OR REPLACE FUNCTION hob.sync_deletions(since xid8, after text, wanted int, own bool DEFAULT true)
RETURNS TABLE (kind text, id text, _key text)
LANGUAGE plpgsql STABLE ROWS 10 SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	me uuid := hob.user_id();
	latest CONSTANT xid8 := hob.latest_id();
	zero CONSTANT uuid := '00000000-0000-0000-0000-000000000000';
	after_kind CONSTANT text COLLATE "C" := coalesce(split_part(after, ' ', 1), '');
	after_completion CONSTANT uuid :=
		CASE WHEN after_kind = 'completions' THEN split_part(after, ' ', 2)::uuid ELSE zero END;
	after_contractor CONSTANT uuid :=
		CASE WHEN after_kind = 'contractors' THEN split_part(after, ' ', 2)::uuid ELSE zero END;
	after_document CONSTANT uuid :=
		CASE WHEN after_kind = 'documents' THEN split_part(after, ' ', 2)::uuid ELSE zero END;
	after_file CONSTANT uuid :=
		CASE WHEN after_kind = 'files' THEN split_part(after, ' ', 2)::uuid ELSE zero END;
	after_notice CONSTANT uuid :=
		CASE WHEN after_kind = 'notifications' THEN split_part(after, ' ', 2)::uuid ELSE zero END;
	after_task CONSTANT uuid :=
		CASE WHEN after_kind = 'tasks' THEN split_part(after, ' ', 2)::uuid ELSE zero END;
BEGIN
	RETURN QUERY
	WITH kept AS MATERIALIZED (
		SELECT m.residence_id, timestamptz 'infinity' AS until
		  FROM residence_members m WHERE m.user_id = me AND NOT m.gone AND hob.is_within(m.residence_id)
	), lost AS MATERIALIZED (
		SELECT t.residence_id, max(t.buried_at) + interval '1 minute' AS until
		  FROM tombstones t
		 WHERE t.kind = 'members' AND t.id = me AND t.changed >= since AND t.changed <= latest
		   AND hob.is_within(t.residence_id)
		   AND t.residence_id <> ALL (ARRAY(SELECT k.residence_id FROM kept k))
		 GROUP BY t.residence_id
	), dead AS (
		SELECT 'residences' AS kind, l.residence_id, l.residence_id AS id FROM lost l
		UNION ALL
		SELECT t.kind, t.residence_id, t.id
		  FROM (SELECT * FROM kept UNION ALL SELECT * FROM lost) h
		  JOIN tombstones t ON t.residence_id = h.residence_id
		 WHERE t.changed >= since AND t.changed <= latest AND t.created_at <= h.until
		   AND t.kind >= after_kind AND (t.only_for IS NULL OR t.only_for = me)
		   AND NOT EXISTS (SELECT FROM hob.sync_things s
			WHERE s.kind = t.kind AND s.residence_id = t.residence_id AND s.id = t.id
			OFFSET 0)
		   -- What went to another residence of the caller's is news there.
		   AND NOT EXISTS (SELECT FROM hob.sync_things s
			WHERE s.kind = t.kind AND s.id = t.id AND t.kind <> 'members'
			  AND s.residence_id = ANY (ARRAY(SELECT k.residence_id FROM kept k))
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
		SELECT 'contractors', l.residence_id, c.id
		  FROM lost l
		 CROSS JOIN LATERAL (SELECT c.id FROM contractors c
			WHERE c.residence_id = l.residence_id AND c.deleted_at IS NULL
			  AND (c.created_at <= l.until) IS TRUE AND c.id > after_contractor
			ORDER BY c.id LIMIT wanted) c
		 WHERE after_kind <= 'contractors'
		UNION ALL
		-- Of the caller's alone.
		(SELECT 'contractors', NULL, c.id
		   FROM contractors c
		  WHERE hob.within() IS NULL AND after_kind <= 'contractors' AND c.created_by = me
		    AND c.residence_id IS NULL AND c.deleted_at IS NOT NULL AND c.changed >= since
		    AND c.changed <= latest AND c.id > after_contractor
		  ORDER BY c.id LIMIT wanted)
		UNION ALL
		SELECT 'tasks', l.residence_id, t.id
		  FROM lost l
		 CROSS JOIN LATERAL (SELECT t.id FROM tasks t
			WHERE t.residence_id = l.residence_id AND t.deleted_at IS NULL
			  AND (t.created_at <= l.until) IS TRUE AND t.id > after_task
			ORDER BY t.id LIMIT wanted) t
		UNION ALL
		SELECT 'documents', l.residence_id, d.id
		  FROM lost l
		 CROSS JOIN LATERAL (SELECT d.id FROM documents d
			WHERE d.residence_id = l.residence_id AND d.deleted_at IS NULL
			  AND (d.created_at <= l.until) IS TRUE AND d.id > after_document
			ORDER BY d.id LIMIT wanted) d
		 WHERE after_kind <= 'documents'
		UNION ALL
		SELECT 'files', l.residence_id, f.id
		  FROM lost l
		 CROSS JOIN LATERAL (SELECT f.id FROM files f
			WHERE f.residence_id = l.residence_id AND (f.state = 'ready' OR f.uploaded_by = me)
			  AND (f.created_at <= l.until) IS TRUE AND f.id > after_file
			ORDER BY f.id LIMIT wanted) f
		 WHERE after_kind <= 'files'
		UNION ALL
		(SELECT 'notifications', NULL, n.id
		   FROM notices n
		  WHERE own AND after_kind <= 'notifications' AND n.user_id = me AND n.inbox
		    AND n.deleted_at IS NOT NULL AND n.changed >= since AND n.changed <= latest AND n.id > after_notice
		  ORDER BY n.id LIMIT wanted)
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
GRANT EXECUTE ON FUNCTION hob.history(), hob.latest_id(), hob.went_back(xid8, timestamptz),
	hob.sync_begin(text, timestamptz, xid8, timestamptz, bool), hob.sync_residences(xid8),
	hob.sync_deletions(xid8, text, int, bool) TO hob_api;
GRANT SELECT ON tombstones TO hob_api;
