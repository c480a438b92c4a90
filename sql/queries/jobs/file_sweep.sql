-- Removing bytes that belong to no row (app/jobs/file_sweep.c).

-- name: drop_passing_files
-- Deletes files that hang on nothing for a day, and those that were refused, some at a time; how many.
SELECT hob.drop_passing_files() AS gone

-- name: leavings
-- Bytes that this host has to remove, by key.
SELECT l.key, l.store FROM hob.leavings(:host, :behind) l

-- name: forget_leavings
-- The bytes of these keys are gone; one row.
SELECT hob.forget_leavings(:keys::text[])
