-- Lookups, the same for everybody who speaks the same language: :labels holds what a catalogue
-- (app/api/languages) has for their codes, and what it does not have stays as it is.

-- name: static_data
-- Every lookup list in one row.
SELECT json_agg(item ORDER BY position, code) FILTER (WHERE list = 'residence_types')
		AS residence_types,
       json_agg(item ORDER BY position, code) FILTER (WHERE list = 'residence_roles')
		AS residence_roles,
       json_agg(item ORDER BY position, code) FILTER (WHERE list = 'task_categories')
		AS task_categories,
       json_agg(item ORDER BY position, code) FILTER (WHERE list = 'task_priorities')
		AS task_priorities,
       json_agg(item ORDER BY position, code) FILTER (WHERE list = 'task_states')
		AS task_states,
       json_agg(item ORDER BY position, code) FILTER (WHERE list = 'specialties')
		AS specialties,
       json_agg(item ORDER BY position, code) FILTER (WHERE list = 'document_types')
		AS document_types
  FROM (SELECT list, position, code, item || jsonb_strip_nulls(jsonb_build_object(
		'label', :labels::jsonb ->> (list || '.' || code))) AS item
	  FROM lookup_items) i

-- name: static_list
-- One lookup list by its name; nothing when there is none of that name.
SELECT json_agg(item || jsonb_strip_nulls(jsonb_build_object(
		'label', :labels::jsonb ->> (list || '.' || code))) ORDER BY position, code) AS results
  FROM lookup_items
 WHERE list = :list
HAVING count(*) > 0
