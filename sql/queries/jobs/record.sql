-- The kind "record".

-- name: record_days
-- Days of the record of staff that are over and were not logged yet, the first of them, and what is wrong with each;
-- nothing when all are logged.
SELECT day, events, hash, fault FROM hob.days_of_record()

-- name: record_logged
-- Notes that all days up to this one were logged; one row, which says whether that is news.
SELECT hob.days_logged(:day::date) AS news
