-- Who may connect. A dump does not say it: `hob restore` has it said again.

-- PostgreSQL lets everybody connect and make temporary tables. Another login that shall read (a monitor) gets CONNECT by
-- name.
CREATE OR REPLACE FUNCTION hob.close_database() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
	EXECUTE format('GRANT CONNECT ON DATABASE %I TO hob_api, hob_jobs, hob_staff', current_database());
END
$$;
SELECT hob.close_database();
