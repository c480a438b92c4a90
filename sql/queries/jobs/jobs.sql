-- Statements of hob-jobs: leasing, ending and planning. What a kind of job does is with its kind.

-- name: startup_check
-- The facts that a runner needs before it works: the schema's version, the oldest version that a program may know to
-- run with it, and why its login may not work ('' when it may). Always one row.
SELECT version AS schema_version, good_for AS schema_good_for, hob.login_fault() AS reason
  FROM hob.schema

-- name: job_due
-- The kinds of which something is due.
SELECT k AS kind FROM hob.due_kinds() k

-- name: job_lease
-- Leases what is due of a kind.
SELECT id, key, args, attempt, tries, last_try
  FROM hob.lease_jobs(:kind, :most::int, :lease_s::int, :runner, :files_host)

-- name: job_finish
-- Ends what is done; how many of these were still the caller's.
SELECT hob.finish_jobs(:ids::uuid[], :attempts::int[]) AS mine

-- name: job_return
-- Gives back what was not begun; how many of these were still the caller's.
SELECT hob.return_jobs(:ids::uuid[], :attempts::int[]) AS mine

-- name: job_fail
-- Puts a job off, or to the dead; how many, 0 when it is another's by now.
SELECT hob.fail_job(:id::uuid, :attempt::int, :why, :wait_ms::bigint, :last_try::bool, :counts::bool) AS mine

-- name: job_plan
-- Makes what comes by the clock; how many.
SELECT hob.plan_jobs() AS planned

-- name: job_backlog
-- What waits: a row for each kind of jobs, and for each way out of the house.
SELECT name, is_kind, paused, waiting, held, dead, late_s FROM hob.backlog()
