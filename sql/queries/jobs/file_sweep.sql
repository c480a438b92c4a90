-- Removing bytes that belong to no row (app/jobs/file_sweep.c).

-- name: drop_passing_files
-- Deletes files that hang on nothing for a day, and those that were refused, some at a time; how many.
SELECT hob.drop_passing_files() AS gone

-- name: leavings
-- Bytes that this host has to remove, by key; no row will name them.
SELECT l.key, l.store FROM hob.leavings(:host, :behind) l

-- name: forget_leavings
-- The bytes of these keys are gone; one row.
SELECT hob.forget_leavings(:keys::text[])

-- name: sweep_go_on
-- This sweep runs once more; one row.
SELECT hob.go_on_sweeping(:swept)

-- name: sweep_elsewhere
-- Other hosts sweep, too, what lies with them; one row.
SELECT hob.sweep_elsewhere(:host)

-- name: walk_from
-- Where the look at all that a store has goes on; nothing when it has come to the end within a day.
SELECT w.behind, w.most FROM hob.walk_from(:store, :host) w

-- name: walk_unknown
-- Those of these keys that nothing tells of.
SELECT k AS key FROM hob.unknown_keys(:keys::text[], :store) k

-- name: walked_to
-- It has come to this key; null: to the end. One row.
SELECT hob.walked_to(:store, :host, :upto)
