-- The kinds "purge" and "erase".

-- name: purge
-- Takes a step; how many rows it deleted, 0 when nothing is left to do.
SELECT hob.purge_some() AS rows

-- name: accounts_to_erase
-- Accounts whose time has come.
SELECT hob.accounts_to_erase() AS id

-- name: erase
-- Takes a step with one; more: there is another. Nothing when its time has not come (any more).
SELECT more, _touch FROM hob.erase_step(:who::uuid)
