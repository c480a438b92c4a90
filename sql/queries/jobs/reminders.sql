-- Reminders, and the kind "remind".

-- name: reminder_plan
-- Tells of what is due; how many rows were looked at, and how many notices that made. One row.
SELECT looked, made, _touch FROM hob.plan_reminders(:most::int)

-- name: reminder_look_again
-- Has all that a residence has looked at again; one row.
SELECT hob.look_again(:residence::uuid)
