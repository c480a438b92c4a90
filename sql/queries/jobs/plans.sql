-- The kinds "plan" and "recount".

-- name: recount
-- Counts anew for a hundred residences and accounts behind this one; last is null when there were none.
SELECT last, wrong FROM hob.recount_some(:behind::uuid)
