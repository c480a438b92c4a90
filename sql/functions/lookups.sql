-- Lookups: lists that are the same for everybody. Rows come from seed/lookups.sql.

CREATE OR REPLACE VIEW lookup_items WITH (security_invoker = true) AS
SELECT 'residence_types' AS list, code, position, to_jsonb(l) AS item FROM residence_types l
UNION ALL
SELECT 'task_categories', code, position, to_jsonb(l) - 'version' FROM task_categories l
UNION ALL
SELECT 'task_priorities', code, position, to_jsonb(l) - 'version' FROM task_priorities l
UNION ALL
SELECT 'task_states', code, position, to_jsonb(l) FROM task_states l
UNION ALL
SELECT 'residence_roles', code, position, to_jsonb(l) FROM residence_roles l
UNION ALL
SELECT 'specialties', code, position, to_jsonb(l) - 'version' FROM specialties l
UNION ALL
SELECT 'document_types', code, position, to_jsonb(l) FROM document_types l;
GRANT SELECT ON residence_types, task_categories, task_priorities, task_states,
	residence_roles, specialties, document_types, lookup_items TO hob_api, hob_jobs;
GRANT SELECT ON countries TO hob_api;
