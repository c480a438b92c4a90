-- The four roles of Hob. Run by an administrator: a superuser, or on a hosted PostgreSQL a role with
-- CREATEROLE and CREATEDB. It changes what differs and nothing else, so running it again is
-- harmless, and it says what it may not do. Passwords are the administrator's business: over a unix
-- socket none is needed, otherwise ALTER ROLE ... PASSWORD. In this order:
--
--     hob roles | psql -d postgres
--     psql -d postgres -c 'CREATE DATABASE hob OWNER hob_owner'
--     hob roles | psql -d hob
--     hob migrate
--
-- The second time, inside the database, it closes what PostgreSQL opens to everybody and only a
-- superuser can close.
--
-- hob_owner owns the tables and migrates. hob_api serves requests, hob_jobs does
-- the work in the background, and hob_staff serves staff; none of these owns anything, so that row-level
-- security binds them. Limits stand on the roles because there they survive a pooler.

DO $$
DECLARE
	names CONSTANT text[] := ARRAY['hob_owner', 'hob_api', 'hob_jobs', 'hob_staff'];
	runs CONSTANT text[] := ARRAY['hob_api', 'hob_jobs', 'hob_staff'];
	may_become CONSTANT text := CASE WHEN current_setting('server_version_num')::int < 160000
		THEN 'MEMBER' ELSE 'SET' END;
	step text;
BEGIN
	FOR step IN
		SELECT format('CREATE ROLE %I LOGIN', name) FROM unnest(names) name
		 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name)
	LOOP
		EXECUTE step;
	END LOOP;

	FOR step IN
		-- Even naming some of these is for superusers: only what a role has is taken from it.
		SELECT format('ALTER ROLE %I %s', r.rolname, a.word)
		  FROM pg_roles r CROSS JOIN LATERAL (VALUES
			(r.rolsuper, 'NOSUPERUSER'), (r.rolbypassrls, 'NOBYPASSRLS'),
			(r.rolreplication, 'NOREPLICATION'), (r.rolcreatedb, 'NOCREATEDB'),
			(r.rolcreaterole, 'NOCREATEROLE'), (NOT r.rolcanlogin, 'LOGIN')) a (differs, word)
		 WHERE r.rolname = ANY (names) AND a.differs
		UNION ALL
		-- 5 s < worker deadline 10 s < master's kill 15 s < nginx 20 s.
		SELECT format('ALTER ROLE %I SET %s = %L', r.rolname, s.name, s.value)
		  FROM pg_roles r JOIN (VALUES
			(names, 'TimeZone', 'UTC'), (names, 'search_path', 'public'),
			(ARRAY['hob_api', 'hob_staff'], 'statement_timeout', '5s'), (ARRAY['hob_jobs'], 'statement_timeout', '60s'),
			(runs, 'lock_timeout', '2s'),
			(runs, 'idle_in_transaction_session_timeout', '10s'),
			(runs, 'client_connection_check_interval', '500ms'),
			(ARRAY['hob_api', 'hob_jobs'], 'plan_cache_mode', 'force_generic_plan'),
			-- Staff ask seldom, and with filters that are mostly empty: a plan for each says which count.
			(ARRAY['hob_staff'], 'plan_cache_mode', 'force_custom_plan'),
			(runs, 'jit', 'off')
			) s (roles, name, value) ON r.rolname = ANY (s.roles)
		 WHERE NOT format('%s=%s', s.name, s.value) = ANY (coalesce(r.rolconfig, '{}'))
		UNION ALL
		-- CREATE DATABASE ... OWNER asks for it of who is no superuser.
		SELECT format('GRANT hob_owner TO %I', current_user)
		 WHERE NOT pg_has_role(current_user, 'hob_owner', may_become)
		UNION ALL
		-- So that `hob migrate` can say since when somebody is in its way; it does without.
		SELECT 'GRANT pg_read_all_stats TO hob_owner'
		 WHERE NOT EXISTS (SELECT FROM pg_auth_members
			WHERE roleid = 'pg_read_all_stats'::regrole
			  AND member = (SELECT oid FROM pg_roles WHERE rolname = 'hob_owner'))
	LOOP
		BEGIN
			EXECUTE step;
		EXCEPTION WHEN insufficient_privilege THEN
			RAISE WARNING '% may not: %', current_user, step;
		END;
	END LOOP;
END
$$;

-- A missing piece without which Hob cannot serve is an error, and named.
DO $$
DECLARE
	may_become CONSTANT text := CASE WHEN current_setting('server_version_num')::int < 160000
		THEN 'MEMBER' ELSE 'SET' END;
	missing text;
BEGIN
	SELECT string_agg(what, '; ') INTO missing FROM (
		SELECT format('%s is %s', rolname, concat_ws(' and ',
			CASE WHEN rolsuper THEN 'a superuser' END,
			CASE WHEN rolbypassrls THEN 'not bound by row-level security' END,
			CASE WHEN NOT rolcanlogin THEN 'no login' END))
		  FROM pg_roles WHERE rolname IN ('hob_owner', 'hob_api', 'hob_jobs', 'hob_staff')
		   AND (rolsuper OR rolbypassrls OR NOT rolcanlogin)
		UNION ALL
		SELECT format('%s has no %s of its own', rolname, setting)
		  FROM pg_roles, unnest(ARRAY['TimeZone', 'search_path', 'statement_timeout',
			'lock_timeout']) setting
		 WHERE rolname IN ('hob_api', 'hob_jobs', 'hob_staff')
		   AND NOT EXISTS (SELECT FROM unnest(rolconfig) c WHERE c LIKE setting || '=%')
		UNION ALL
		SELECT format('%s is no member of hob_owner, so CREATE DATABASE hob OWNER hob_owner will be refused',
			current_user)
		 WHERE NOT pg_has_role(current_user, 'hob_owner', may_become)
	) m (what);
	IF missing IS NOT NULL THEN
		RAISE EXCEPTION 'the roles are not complete: %', missing
			USING HINT = 'Somebody with more rights than ' || current_user || ' has to do the rest.';
	END IF;
END
$$;

-- Functions that everybody may call and no request needs: large objects, which know no row-level security; to
-- sleep; to end other sessions; locks that outlive their transaction; words to other sessions and
-- into the log of changes; SQL given as text. Only inside the database of hob_owner.
DO $$
DECLARE
	functions CONSTANT oid[] := ARRAY(SELECT p.oid FROM pg_proc p
		WHERE p.pronamespace = 'pg_catalog'::regnamespace
		  AND (p.proname ~ '^lo_|^(loread|lowrite|pg_notify|pg_export_snapshot|pg_logical_emit_message|ts_stat)$'
			OR p.proname ~ '^pg_(sleep|(try_)?advisory_lock)|^pg_(cancel|terminate)_backend$'
			OR p.proname ~ '^(query|cursor|table|schema|database)_to_xml'
			OR (p.proname = 'ts_rewrite' AND p.pronargs = 2))
		  AND (p.proacl IS NULL OR EXISTS (SELECT FROM aclexplode(p.proacl) a WHERE a.grantee = 0)));
	f oid;
BEGIN
	IF NOT EXISTS (SELECT FROM pg_database WHERE datname = current_database()
			AND pg_get_userbyid(datdba) = 'hob_owner') OR cardinality(functions) = 0 THEN
		RETURN;
	END IF;
	IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
		RAISE NOTICE '% functions that no request needs stay open to everybody: % is no superuser',
			cardinality(functions), current_user;
		RETURN;
	END IF;
	FOREACH f IN ARRAY functions LOOP
		EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO hob_owner', f::regprocedure);
		EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', f::regprocedure);
	END LOOP;
END
$$;
