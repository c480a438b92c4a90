-- The trail of activity. Triggers write it (migrations/0005_activity.sql); here it is read.

-- name: activity_list
-- What was done in one of the caller's homes, as far as their role reads it. Names are those the home knows or knew; one who
-- never belonged to it has none.
-- id: a.id
-- order: -at timestamptz a.at
SELECT a.id, a.at, a.user_id AS "user.id", coalesce(p.name, '') AS "user.name", a.action, a.subject,
       a.subject_id, a.changes, a.request_id, :key
  FROM activity a
  LEFT JOIN residence_people p ON p.residence_id = a.residence_id AND p.user_id = a.user_id
 WHERE a.residence_id = :residence_id::uuid
   AND a.residence_id = ANY (ARRAY(SELECT m.residence_id FROM residence_members m
		WHERE m.user_id = hob.user_id() AND NOT m.gone))
   AND hob.activity_reader(a.subject) <= (SELECT m.role FROM residence_members m
		WHERE m.residence_id = :residence_id::uuid AND m.user_id = hob.user_id() AND NOT m.gone)
   AND (:subject::text IS NULL OR a.subject = :subject)
   AND (:user_id::uuid IS NULL OR a.user_id = :user_id::uuid)
   AND :page
 ORDER BY :order
 LIMIT :limit::int
