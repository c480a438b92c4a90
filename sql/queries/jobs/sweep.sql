-- The kind "sweep".

-- name: sweep_names
-- The steps that are due.
SELECT step, repeated FROM hob.sweep_names(:now::timestamptz)

-- name: sweep_step
-- Runs one; how many rows it deleted, or found in its way.
SELECT hob.sweep_step(:step, :now::timestamptz) AS rows
