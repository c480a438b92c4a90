-- The kinds "plan" and "recount".

-- name: plan_settle
-- Looks what the plan of an account is by now; one row.
SELECT '{}'::text[] _touch FROM hob.settle_plan_of(:about::uuid)

-- name: recount
-- Counts anew for a hundred residences and accounts behind this one; last is null when there were none.
SELECT last, wrong FROM hob.recount_some(:behind::uuid)
