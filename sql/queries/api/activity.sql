-- The trail of activity. Triggers write it (functions/activity.sql); here it is read.

-- name: activity_list
-- The activity of one of the caller's residences, as far as their role reads it: the index yields one page
-- of each subject. Names are those the residence knows or knew; one who never belonged to it has none. What support
-- did is nobody's.
-- id: a.id
-- order: -at timestamptz a.at
SELECT a.id, a.at, a.user_id AS "user.id", coalesce(p.name, '') AS "user.name", a.action, a.subject,
       a.subject_id, coalesce(a.title, '') AS title, a.changes, a.request_id, :key
  FROM residence_members m
 CROSS JOIN LATERAL hob.subjects_for(m.role) s (subject)
 CROSS JOIN LATERAL (
	(SELECT a.* FROM activity a
	  WHERE a.residence_id = m.residence_id AND a.subject = s.subject AND :user_id::uuid IS NULL
	    AND :page
	  ORDER BY :order LIMIT :limit::int)
	UNION ALL
	(SELECT a.* FROM activity a
	  WHERE a.residence_id = m.residence_id AND a.subject = s.subject
	    AND a.user_id = :user_id::uuid AND :page
	  ORDER BY :order LIMIT :limit::int)) a
  LEFT JOIN residence_people p ON p.residence_id = a.residence_id AND p.user_id = a.user_id
 WHERE m.residence_id = :residence_id::uuid AND m.user_id = hob.user_id() AND NOT m.gone
   AND (:subject::text IS NULL OR s.subject = :subject)
 ORDER BY :order
 LIMIT :limit::int
