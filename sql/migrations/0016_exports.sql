-- Copies of all that an account may read, as files (functions/exports.sql).

-- An account has one at a time. The file of its name is made by the job of its id; made_at: since when it is there. It
-- is good for a day, and goes with its row: the sweep of files deletes each that has none (app/jobs/export_sweep.c).
CREATE TABLE exports (
	id uuid PRIMARY KEY,
	user_id uuid NOT NULL UNIQUE REFERENCES users ON DELETE CASCADE,
	created_at timestamptz NOT NULL,
	made_at timestamptz,
	bytes bigint
);
CREATE INDEX exports_made_at_idx ON exports (made_at);

-- No policy: rows are the business of functions with the owner's rights.
ALTER TABLE exports ENABLE ROW LEVEL SECURITY;

-- The second lock of hob_jobs, which talks to strangers: it reads what an account may read while an export of that is to
-- be made, and of no other one.
CREATE FUNCTION hob.is_exporting() RETURNS bool
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT EXISTS (SELECT FROM exports e JOIN users u ON u.id = e.user_id
		WHERE e.user_id = hob.user_id() AND e.made_at IS NULL AND u.is_active AND u.delete_at IS NULL)
$$;
GRANT EXECUTE ON FUNCTION hob.is_exporting() TO hob_jobs;
DO $$
DECLARE
	relation text;
BEGIN
	FOREACH relation IN ARRAY '{users,sessions,access_tokens,calendar_feeds,webhooks,notices,notice_preferences,devices,
			deliveries,residences,residence_members,residence_people,share_codes,share_code_uses,tasks,completions,
			activity,tombstones}'::text[] LOOP
		EXECUTE format('CREATE POLICY exporting ON %I AS RESTRICTIVE FOR SELECT TO hob_jobs
			USING ((SELECT hob.is_exporting()))', relation);
	END LOOP;
END
$$;

INSERT INTO job_kinds (kind) VALUES ('export');
INSERT INTO job_kinds (kind, every, at_time) VALUES ('export_sweep', '1 hour', '20 minutes');
