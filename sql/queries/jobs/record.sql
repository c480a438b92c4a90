-- The kind "record".

-- name: record_day
-- The latest day of the record of staff that is over, and what is wrong with it; nothing while there is none.
SELECT day, events, hash, fault FROM hob.day_of_record()
