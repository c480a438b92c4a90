-- Templates of seasonal maintenance.

-- name: template_list
-- Those that pass the filters, in their order; task_id is the task that the residence asked for has of it. A climate
-- or features leave in what every residence needs.
-- id: t.code text
-- order: position int t.position
WITH has AS MATERIALIZED (
	SELECT k.id, k.template
	  FROM residence_members m
	  JOIN tasks k ON k.residence_id = m.residence_id
	 WHERE m.user_id = hob.user_id() AND NOT m.gone AND m.residence_id = :residence_id::uuid
	   AND k.template IS NOT NULL AND k.deleted_at IS NULL
)
SELECT t.code, coalesce(x.title, t.title) AS title, coalesce(x.description, t.description) AS description, t.category, t.priority, t.season, t.month, t.feature,
       t.climate, hob.full_rule(t.recurrence, NULL) AS recurrence, t.minutes, has.id AS task_id,
       t.code AS _cursor_id, :key
  FROM task_templates t
  LEFT JOIN task_template_texts x
	 ON x.template = t.code AND x.language = (SELECT hob.template_language(:language::text))
  LEFT JOIN has ON has.template = t.code
 WHERE (:category::text IS NULL OR t.category = :category)
   AND (:season::text IS NULL OR t.season = :season)
   AND (:climate::text IS NULL OR t.climate IN ('any', :climate))
   AND (:feature__in::text IS NULL OR t.feature IS NULL
	OR t.feature = ANY (string_to_array(:feature__in, ',')))
   AND (:search::text IS NULL OR coalesce(x.words, t.words) LIKE ALL ((SELECT hob.patterns(:search))::text[]))
   AND :page
 ORDER BY :order
 LIMIT :limit::int

-- name: template_apply
-- Makes tasks of templates, in the caller's language, in a residence where the caller may edit; those it has already are
-- shown, and stay as they are (_made).
SELECT c.*, x.made AS _made
  FROM hob.apply_templates(:residence_id::uuid, string_to_array(:codes, ','), :hemisphere,
	:lead_days::int, :language, :now::timestamptz) x
 CROSS JOIN LATERAL hob.task_shown(x.shown) c

-- name: template_applied
-- What was applied under this key: the tasks of these templates that the residence still has.
SELECT c.*, h.currency, hob.is_overdue(t, h.today, h.time_zone) AS is_overdue, k.answer ? t.id::text AS _made
  FROM hob.kept_key(:once_key) k
 CROSS JOIN hob.my_residences(:residence_id::uuid) h
  JOIN tasks t ON t.residence_id = h.id AND t.template = ANY (string_to_array(:codes, ',')) AND t.deleted_at IS NULL
  JOIN task_templates m ON m.code = t.template
 CROSS JOIN LATERAL hob.task_card(t, h.people, h.names) c
 ORDER BY m.position
