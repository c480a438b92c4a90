-- The kind "sweep".

-- name: sweep_names
-- The steps that are due.
SELECT step, repeated, creates FROM hob.sweep_names()

-- name: sweep_step
-- Runs one; how many rows it deleted, or found in its way.
SELECT hob.sweep_step(:step) AS rows
