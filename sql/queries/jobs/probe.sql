-- The kind "probe".

-- name: probe
-- Does what the arguments say; never: why it failed for good, or null.
SELECT hob.probe_job(:args::jsonb) AS never
