-- Statements of the machinery: entering, the scope of a role, and the checks at start.

-- name: enter
-- Signs the transaction in by the hash of the cookie, for this request from this address; raises HB401 when that is not
-- possible.
SELECT * FROM hob.staff_enter(:token_hash, :request_id, :address, :reason)

-- name: scope_staff
-- Lets pass who has at least the role; raises HB403.
SELECT hob.require_staff(:scope_role::staff_role)

-- name: startup_check
-- As of hob-api: the facts that a worker needs before it serves; always one row.
SELECT version AS schema_version, good_for AS schema_good_for, staff.login_fault() AS reason, hob.history() AS history,
       (SELECT setting FROM pg_settings WHERE name = 'statement_timeout') AS statement_timeout_ms
  FROM staff.schema_now()

-- name: ready_check
-- Proves that the database answers, and with which schema; one row.
SELECT version AS schema_version, good_for AS schema_good_for FROM staff.schema_now()
