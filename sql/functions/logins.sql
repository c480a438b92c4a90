-- What the login of a program must be: row-level security binds it, and it has what sql/roles.sql sets on the roles,
-- which no role inherits. Why this one is not; '' when it is.
CREATE OR REPLACE FUNCTION hob.login_fault() RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT coalesce(CASE
		WHEN EXISTS (SELECT FROM pg_roles r WHERE r.rolsuper
				AND pg_has_role(current_user, r.oid, 'MEMBER'))
		THEN 'role ' || current_user || ' is a superuser'
		WHEN EXISTS (SELECT FROM pg_roles r WHERE r.rolbypassrls
				AND pg_has_role(current_user, r.oid, 'MEMBER'))
		THEN 'role ' || current_user || ' bypasses row-level security'
		WHEN EXISTS (SELECT FROM pg_class c WHERE c.relrowsecurity
				AND pg_has_role(current_user, c.relowner, 'MEMBER'))
		THEN 'role ' || current_user || ' owns household tables'
		WHEN current_setting('TimeZone') <> 'UTC'
		THEN 'its TimeZone is ' || current_setting('TimeZone') || ', not UTC'
		WHEN current_setting('DateStyle') NOT LIKE 'ISO%'
		THEN 'its DateStyle is ' || current_setting('DateStyle') || ', not ISO'
		WHEN current_schemas(false) <> ARRAY['public']::name[]
		THEN 'its search_path is ' || current_setting('search_path') || ', not public'
		WHEN current_setting('statement_timeout') = '0' OR current_setting('lock_timeout') = '0'
		THEN 'it has no statement_timeout or no lock_timeout'
		END, '')
$$;
GRANT EXECUTE ON FUNCTION hob.login_fault() TO hob_api, hob_jobs;
