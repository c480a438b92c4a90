-- The kind "rollup".

-- name: roll_up
-- Counts an hour at most of what came since the last time; one row.
SELECT hob.roll_up() AS more
