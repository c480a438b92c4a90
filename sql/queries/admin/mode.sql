-- Read-only mode of hob-api.

-- name: mode_get
-- The mode; one row.
SELECT read_only, message, since FROM staff.mode

-- name: mode_read_only
-- From now on no household is changed, and callers are told this; one row.
SELECT * FROM staff.set_mode(:message)

-- name: mode_normal
-- Ends it; one row.
SELECT * FROM staff.set_mode(NULL)
