-- The three roles of Hob. Run once per cluster by a superuser; running it again is
-- harmless. Passwords are the administrator's business: over a unix socket none is
-- needed, otherwise ALTER ROLE ... PASSWORD. The database belongs to hob_owner:
--
--     CREATE DATABASE hob OWNER hob_owner;
--
-- hob_owner owns the tables and migrates. hob_api serves requests and hob_jobs does
-- the work in the background; neither owns anything, so that row-level security
-- binds both. Limits stand on the roles because there they survive a pooler.

DO $$
DECLARE
	wanted text;
BEGIN
	FOREACH wanted IN ARRAY ARRAY['hob_owner', 'hob_api', 'hob_jobs'] LOOP
		IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
			EXECUTE format('CREATE ROLE %I LOGIN', wanted);
		END IF;
		EXECUTE format('ALTER ROLE %I NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS '
			'NOREPLICATION', wanted);
		EXECUTE format('ALTER ROLE %I SET timezone = %L', wanted, 'UTC');
		EXECUTE format('ALTER ROLE %I SET search_path = public', wanted);
	END LOOP;

	-- 5 s < worker deadline 10 s < master's kill 15 s < nginx 20 s.
	FOREACH wanted IN ARRAY ARRAY['hob_api', 'hob_jobs'] LOOP
		EXECUTE format('ALTER ROLE %I SET statement_timeout = %L', wanted, '5s');
		EXECUTE format('ALTER ROLE %I SET lock_timeout = %L', wanted, '2s');
		EXECUTE format('ALTER ROLE %I SET idle_in_transaction_session_timeout = %L',
			wanted, '10s');
		EXECUTE format('ALTER ROLE %I SET client_connection_check_interval = %L',
			wanted, '500ms');
		EXECUTE format('ALTER ROLE %I SET plan_cache_mode = %L', wanted,
			'force_generic_plan');
		EXECUTE format('ALTER ROLE %I SET jit = %L', wanted, 'off');
	END LOOP;
END
$$;
