-- Reminders, and the kind "remind".

-- name: reminder_plan
-- Tells of what is due: how many rows were looked at, how many notices that made, and why some were put off. One row.
SELECT looked, made, fault, _touch FROM hob.plan_reminders(:most::int)

-- name: reminder_look_again
-- Has all that a residence has looked at again; one row.
SELECT hob.look_again(:residence::uuid)
