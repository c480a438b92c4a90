-- Statements of hob-jobs: leasing, ending and planning. What a kind of job does is with its kind.

-- name: startup_check
-- The facts that a runner needs before it works: the schema's version, the oldest version that a program may know to
-- run with it, and why its login may not work ('' when it may). Always one row.
SELECT version AS schema_version, good_for AS schema_good_for, hob.login_fault() AS reason
  FROM hob.schema

-- name: job_lease
-- Leases what is due of these kinds.
SELECT id, kind, key, args, attempt, tries, last_try, late_ms
  FROM hob.lease_jobs(:kinds::text[], :most::int[], :lease_s::int[], :runner, :now::timestamptz)

-- name: job_finish
-- Ends what is done; how many of these were still the caller's.
SELECT hob.finish_jobs(:ids::uuid[], :attempts::int[], :now::timestamptz) AS finished

-- name: job_return
-- Gives back what was not begun; how many of these were still the caller's.
SELECT hob.return_jobs(:ids::uuid[], :attempts::int[], :now::timestamptz) AS returned

-- name: job_fail
-- Puts a job off, or to the dead; nothing when it is another's by now.
SELECT hob.fail_job(:id::uuid, :attempt::int, :why, :retry_at::timestamptz, :last_try::bool, :now::timestamptz) AS failed

-- name: job_plan
-- Makes what comes by the clock; how many.
SELECT hob.plan_jobs(:now::timestamptz) AS planned
