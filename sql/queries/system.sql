-- Statements of the machinery: entering, scopes, and the checks at start.

-- name: enter
-- Signs the transaction in by the token's hash; raises HB401 when that is not possible.
SELECT * FROM hob.enter(:token_hash)

-- name: startup_check
-- What a worker must know before it serves: the schema's version, and whether its login
-- is one that row-level security would not bind (reason says why). Always one row.
SELECT coalesce((SELECT max(number) FROM hob.migrations), 0) AS schema_version,
       why.reason IS NOT NULL AS privileged,
       coalesce(why.reason, '') AS reason
  FROM (SELECT CASE
	WHEN EXISTS (SELECT FROM pg_roles r WHERE r.rolsuper
			AND pg_has_role(current_user, r.oid, 'MEMBER'))
	THEN 'role ' || current_user || ' is a superuser'
	WHEN EXISTS (SELECT FROM pg_roles r WHERE r.rolbypassrls
			AND pg_has_role(current_user, r.oid, 'MEMBER'))
	THEN 'role ' || current_user || ' bypasses row-level security'
	WHEN EXISTS (SELECT FROM pg_class c WHERE c.relrowsecurity
			AND pg_has_role(current_user, c.relowner, 'MEMBER'))
	THEN 'role ' || current_user || ' owns household tables'
	END) AS why (reason)

-- name: ready_check
-- Proves that the database answers; one row.
SELECT coalesce(max(number), 0) AS schema_version FROM hob.migrations

-- name: scope_residence
-- Lets pass who has at least the role in the residence; raises HB404 or HB403.
SELECT hob.require_role(:residence_id::uuid, :scope_role::residence_role)

-- name: scope_task
-- Lets pass who has at least the role in the task's residence; raises HB404 or HB403.
SELECT hob.require_task_role(:task_id::uuid, :scope_role::residence_role)
