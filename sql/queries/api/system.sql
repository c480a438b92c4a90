-- Statements of the machinery: entering, scopes, and the checks at start.

-- name: enter
-- Signs the transaction in by the token's hash, for this request; raises HB401 when that is not
-- possible. _left_s is how many seconds the session has left if nobody uses it from now on.
SELECT *, floor(extract(epoch FROM _expires_at - now()))::bigint AS _left_s
  FROM hob.enter(:token_hash, :request_id)

-- name: enter_access
-- The same by an access token; raises HB401 likewise. _within: the residences it is narrowed to, or null.
SELECT *, floor(extract(epoch FROM _expires_at - now()))::bigint AS _left_s
  FROM hob.enter_access(:token_hash, :request_id)

-- name: require_write
-- Lets pass an access token that may write; refuses one that may only read.
SELECT hob.require_write()

-- name: enter_known
-- Signs a read in as somebody of whom the worker knows that they still may, narrowed to what it knows; one row.
SELECT set_config('hob.user_id', :user_id, true) AS _user_id, :within AS _within,
       set_config('hob.within', coalesce(:within, ''), true) AS _set

-- name: startup_check
-- The facts that a worker needs before it serves: the schema's version, the oldest version that a program
-- may know to serve with it (also what a migration under way will ask for counts), why its login may not
-- serve, in which history of the database it is, and the time limit that all others must exceed. Always one row.
SELECT version AS schema_version, good_for AS schema_good_for, hob.login_fault() AS reason, hob.history() AS history,
       EXISTS (SELECT FROM service_mode m WHERE m.message IS NOT NULL) AS read_only,
       (SELECT setting FROM pg_settings WHERE name = 'statement_timeout') AS statement_timeout_ms
  FROM hob.schema

-- name: ready_check
-- Proves that the database answers, and with which schema, and whether the service is read-only; one row.
SELECT version AS schema_version, good_for AS schema_good_for,
       EXISTS (SELECT FROM service_mode m WHERE m.message IS NOT NULL) AS read_only
  FROM hob.schema

-- name: require_writable
-- Lets pass what changes something, nothing; refuses it in read-only mode.
SELECT hob.refuse_write(m.message) FROM service_mode m WHERE m.message IS NOT NULL

-- name: note_requests
-- Tells how many requests this pool has answered since its start; one row.
SELECT hob.note_requests(:pool, :statuses::bigint[], :latencies::bigint[])

-- name: scope_residence
-- Lets pass who has at least the role in the residence; raises HB404 or HB403.
SELECT hob.require_role(:residence_id::uuid, :scope_role::residence_role)

-- name: scope_task
-- Lets pass who has at least the role in the task's residence; raises HB404 or HB403.
SELECT hob.require_task_role(:task_id::uuid, :scope_role::residence_role)

-- name: scope_completion
-- Lets pass who has at least the role in the completion's residence; raises HB404 or HB403.
SELECT hob.require_completion_role(:completion_id::uuid, :scope_role::residence_role)

-- name: scope_contractor
-- Lets pass who has at least the role in the contractor's residence, or whose alone it is; raises HB404 or HB403.
SELECT hob.require_contractor_role(:contractor_id::uuid, :scope_role::residence_role)


-- name: scope_document
-- Lets pass who has at least the role in the document's residence; raises HB404 or HB403.
SELECT hob.require_document_role(:document_id::uuid, :scope_role::residence_role)

-- name: once
-- Lets pass what was not done yet under this idempotency key. Raises HB208 with the id of what was made, HB102
-- while the first request is still running, HB422 when the key, or that of the whole it is a part of, stood for
-- another request.
SELECT hob.once(:once_key, :once_request, :once_whole, :once_whole_request)

-- name: once_whole
-- Keeps the key of a request whose parts have keys of their own; one row, which says whether it was used before.
-- Raises HB102 and HB422 as once.
SELECT hob.once_whole(:once_key, :once_request) AS _replayed

-- name: keep_key
-- Keeps the key of a request, behind the statement that writes, if that one did something.
SELECT hob.keep_key(:once_key, :once_request, :new_id::uuid, :once_always::bool)

-- name: rehearsed
-- Ends a transaction that is only tried: always raises HB200, and nothing was done.
SELECT hob.rehearsed()
