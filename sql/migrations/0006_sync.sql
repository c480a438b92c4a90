-- Tombstones, for delta sync, and in which history of the database ids mean something
-- (functions/sync.sql).

-- No foreign key: a tombstone outlives the residence. Of a member, id is the user's. A tombstone may name a thing that
-- exists again. The reader checks that (hob.sync_things). A thing that was deleted twice has two tombstones. only_for:
-- who alone knew of it; null: all of the residence. Dropped (hob.aging) a day after the last token that could ask for
-- them is good.
CREATE TABLE tombstones (
	residence_id uuid NOT NULL,
	kind text COLLATE "C" NOT NULL,
	id uuid NOT NULL,
	created_at timestamptz NOT NULL,	-- of the thing
	only_for uuid,
	buried_at timestamptz NOT NULL DEFAULT now(),
	changed xid8 NOT NULL DEFAULT pg_current_xact_id()
) PARTITION BY RANGE (buried_at);
CREATE TABLE tombstones_default PARTITION OF tombstones DEFAULT;
INSERT INTO hob.aging VALUES ('tombstones', 'buried_at', 'month', 2, '91 days');
CREATE INDEX tombstones_changed_idx ON tombstones (residence_id, changed);
-- The residences that somebody lost.
CREATE INDEX tombstones_members_idx ON tombstones (id) WHERE kind = 'members';

ALTER TABLE tombstones ENABLE ROW LEVEL SECURITY;
ALTER TABLE tombstones_default ENABLE ROW LEVEL SECURITY;
CREATE POLICY members ON tombstones FOR SELECT TO hob_api, hob_jobs
	USING (residence_id = ANY (ARRAY(
		SELECT m.residence_id FROM residence_members m
		 WHERE m.user_id = hob.user_id() AND NOT m.gone))
	AND (only_for IS NULL OR only_for = hob.user_id()));

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
