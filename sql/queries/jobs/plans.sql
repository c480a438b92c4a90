-- The kinds "plan", "tiers" and "recount".

-- name: plan_settle
-- Looks what the plan of an account is by now; one row.
SELECT '{}'::text[] _touch FROM hob.settle_plan_of(:about::uuid)

-- name: plans_anew
-- Has the plans settled that are others by now, of two hundred accounts behind this one; last is null when there were none.
SELECT last, count FROM hob.plans_anew(:behind::uuid)

-- name: recount
-- Counts anew for a hundred residences and accounts behind this one; last is null when there were none.
SELECT last, count FROM hob.recount_some(:behind::uuid)
