-- What editors make of lookups, templates and tiers, and an admin of settings, by the functions of the schema staff;
-- as hob_staff. Nothing of it stays.

\set unit '{"unit": "month", "every": 1}'
\set template '{"title": "T", "description": "D", "category": "safety", "priority": "high", "season": "any", "climate": "any", "recurrence": {"unit": "month"}, "position": 1}'
\set tier '{"rank": 90, "texts": {"en": {"name": "Team", "description": "For teams."}}, "limits": {"tasks": 7}}'

-- The name by which `sql` is refused, or the code of what refuses it; null: it is not. What it did is undone.
CREATE FUNCTION pg_temp.refusal(sql text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	name text;
BEGIN
	EXECUTE sql;
	RAISE EXCEPTION 'it was allowed' USING ERRCODE = 'HB999';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS name = CONSTRAINT_NAME;
	RETURN CASE WHEN SQLSTATE <> 'HB999' THEN coalesce(nullif(name, ''), SQLSTATE || ' ' || SQLERRM) END;
END
$$;
-- The last event about a subject, as this transaction sees it.
CREATE FUNCTION pg_temp.event(subject text) RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' ', e.action, e.entity, e.before, e.after) FROM staff.audit_events e
	 WHERE e.subject = event.subject ORDER BY e.day DESC, e.seq DESC LIMIT 1
$$;

-- --- who may ------------------------------------------------------------------------------------

CREATE TEMP TABLE acts (act text);
INSERT INTO acts SELECT format(f, e) FROM unnest(ARRAY['categories', 'priorities', 'specialties', 'task_templates', 'tiers']) e,
	unnest(ARRAY['create_%s(''x'', ''{}'')', 'update_%s(''other'', NULL, ''{}'')', 'delete_%s(''other'', NULL)']) f;
INSERT INTO acts VALUES ('update_settings(''limit.sessions'', NULL, ''{"value": 1}'')');
SELECT pg_temp.refuses('nobody does staff.' || act, 'HB401', 'SELECT staff.' || act) FROM acts;
BEGIN;
SELECT hob.staff_enter('sql-test-staff-sue', 'sql test', '192.0.2.1', NULL) \g /dev/null
SELECT pg_temp.refuses('support does not do staff.' || act, 'HB403', 'SELECT staff.' || act) FROM acts;
SELECT pg_temp.equals('support sees them', concat_ws(' ', (SELECT count(*) > 9 FROM staff.categories),
	(SELECT count(*) > 3 FROM staff.priorities), (SELECT count(*) > 9 FROM staff.specialties),
	(SELECT count(*) > 50 FROM staff.task_templates), (SELECT count(*) > 2 FROM staff.tiers),
	(SELECT count(*) > 5 FROM staff.settings)), 't t t t t t');
ROLLBACK;
BEGIN;
SELECT hob.staff_enter('sql-test-staff-edi', 'sql test', '192.0.2.1', NULL) \g /dev/null
SELECT pg_temp.refuses('an editor changes no setting', 'HB403', 'SELECT staff.' || act) FROM acts WHERE act ~ 'settings';
ROLLBACK;
BEGIN;
SET CONSTRAINTS ALL IMMEDIATE;
SELECT hob.staff_enter('sql-test-staff-ada', 'sql test', '192.0.2.1', NULL) \g /dev/null
SELECT pg_temp.equals('an admin who has not given the password again neither',
	pg_temp.refusal('SELECT staff.' || act), 'password_needed') FROM acts WHERE act ~ 'settings';
SELECT staff.confirm('$kind$salt of ada$hash of ada') \g /dev/null
SELECT pg_temp.equals('then they do', (SELECT id FROM staff.update_settings('limit.sessions', '{1}', '{"value": 7}')),
	'limit.sessions');
SELECT pg_temp.equals('which is there', (SELECT concat_ws(' ', value, version) FROM staff.settings WHERE id = 'limit.sessions'),
	'7 2');
SELECT pg_temp.equals('and on record', pg_temp.event('limit.sessions'), 'update settings {"value": 50} {"value": 7}');
SELECT pg_temp.equals('none that would sign everybody out', pg_temp.refusal(
	'SELECT staff.update_settings(''limit.sessions'', NULL, ''{"value": 0}'')'), 'settings_value_check');
SELECT pg_temp.equals('nor one of another version', pg_temp.touches(
	'SELECT * FROM staff.update_settings(''limit.sessions'', ''{1}'', ''{"value": 8}'')'), '0');
ROLLBACK;

-- --- lookups ------------------------------------------------------------------------------------

BEGIN;
SET CONSTRAINTS ALL IMMEDIATE;
SELECT hob.staff_enter('sql-test-staff-edi', 'sql test', '192.0.2.1', NULL) \g /dev/null
SELECT pg_temp.equals('a category is made', (SELECT id FROM staff.create_categories('sql_test',
	'{"id": "sql_test", "label": "L", "position": 5, "icon": "i", "color": "#012345"}')), 'sql_test');
SELECT pg_temp.equals('which is on record', pg_temp.event('sql_test'),
	'create categories {"icon": "i", "color": "#012345", "label": "L", "position": 5}');
SELECT pg_temp.equals('not twice', pg_temp.refusal('SELECT staff.create_categories(''sql_test'',
	''{"label": "L", "position": 5, "icon": "i", "color": "#012345"}'')'), 'task_categories_pkey');
SELECT pg_temp.equals('nor with a colour that is none', pg_temp.refusal('SELECT staff.create_categories(''sql_test2'',
	''{"label": "L", "position": 5, "icon": "i", "color": "#01234g"}'')'), 'task_categories_color_check');
SELECT pg_temp.equals('what is new of it is changed', pg_temp.touches(
	'SELECT * FROM staff.update_categories(''sql_test'', ''{1}'', ''{"label": "M", "icon": "i", "version": 9, "code": "x"}'')'), '1');
SELECT staff.update_categories('sql_test', '{1}', '{"label": "M", "icon": "i", "version": 9, "code": "x"}') \g /dev/null
SELECT pg_temp.equals('and is on record alone', pg_temp.event('sql_test'), 'update categories {"label": "L"} {"label": "M"}');
SELECT pg_temp.equals('it is another version then', (SELECT concat_ws(' ', label, version) FROM staff.categories
	WHERE id = 'sql_test'), 'M 2');
SELECT staff.update_categories('sql_test', NULL, '{"label": "M"}') \g /dev/null
SELECT pg_temp.equals('what is no change makes none', (SELECT version::text FROM staff.categories WHERE id = 'sql_test'), '2');
SELECT pg_temp.equals('and none is noted', (SELECT count(*)::text FROM staff.audit_events WHERE subject = 'sql_test'), '2');
SELECT pg_temp.equals('none of another version is changed', pg_temp.touches(
	'SELECT * FROM staff.update_categories(''sql_test'', ''{1}'', ''{"label": "N"}'')'), '0');
SELECT pg_temp.equals('nor deleted', pg_temp.touches('SELECT * FROM staff.delete_categories(''sql_test'', ''{1}'')'), '0');
SELECT pg_temp.equals('one that a template has stays', pg_temp.refusal('SELECT staff.delete_categories(''safety'', NULL)'), 'in_use');
SELECT pg_temp.equals('as does what tasks have that name none', concat_ws(' ',
	pg_temp.refusal('SELECT staff.delete_categories(''other'', NULL)'),
	pg_temp.refusal('SELECT staff.delete_priorities(''medium'', NULL)')), 'in_use in_use');
SELECT pg_temp.equals('another goes', (SELECT id FROM staff.delete_categories('sql_test', '{2}')), 'sql_test');
SELECT pg_temp.equals('which is on record', pg_temp.event('sql_test'),
	'delete categories {"icon": "i", "color": "#012345", "label": "M", "position": 5}');
SELECT staff.create_priorities('sql_test', '{"label": "L", "position": 9, "rank": 9}') \g /dev/null
SELECT staff.update_priorities('sql_test', NULL, '{"rank": 8}') \g /dev/null
SELECT pg_temp.equals('so are priorities', pg_temp.event('sql_test'), 'update priorities {"rank": 9} {"rank": 8}');
SELECT pg_temp.equals('which go as well', (SELECT id FROM staff.delete_priorities('sql_test', NULL)), 'sql_test');
SELECT staff.create_specialties('sql_test', '{"label": "L", "position": 9, "icon": "i"}') \g /dev/null
SELECT staff.update_specialties('sql_test', NULL, '{"icon": "j"}') \g /dev/null
SELECT pg_temp.equals('and specialties', pg_temp.event('sql_test'), 'update specialties {"icon": "i"} {"icon": "j"}');
SELECT pg_temp.equals('of which goes what no contractor has', (SELECT id FROM staff.delete_specialties('sql_test', NULL)), 'sql_test');
ROLLBACK;

-- --- templates ----------------------------------------------------------------------------------

BEGIN;
SET CONSTRAINTS ALL IMMEDIATE;
SELECT hob.staff_enter('sql-test-staff-edi', 'sql test', '192.0.2.1', NULL) \g /dev/null
SELECT staff.create_task_templates('sql_test', :'template') \g /dev/null
SELECT pg_temp.equals('a template is made', (SELECT concat_ws(' ', title, recurrence, texts, version)
	FROM staff.task_templates WHERE id = 'sql_test'), 'T {"unit": "month"} {} 1');
SELECT staff.update_task_templates('sql_test', '{1}',
	'{"texts": {"de": {"title": "a", "description": "b\nc"}, "pt-BR": {"title": "c", "description": "d"}}}') \g /dev/null
SELECT staff.update_task_templates('sql_test', '{2}', '{"texts": {"de": {"title": "a", "description": "b\nc"}}}') \g /dev/null
SELECT pg_temp.equals('its texts are those that were given last', pg_temp.event('sql_test'),
	'update task-templates {"texts": {"de": {"title": "a", "description": "b\nc"}, "pt-BR": {"title": "c", "description": "d"}}} '
	|| '{"texts": {"de": {"title": "a", "description": "b\nc"}}}');
SELECT staff.update_task_templates('sql_test', NULL,
	'{"recurrence": {"unit": "month"}, "texts": {"de": {"title": "a", "description": "b\nc"}}}') \g /dev/null
SELECT pg_temp.equals('what is no change makes none', (SELECT version::text FROM staff.task_templates WHERE id = 'sql_test'), '3');
SELECT pg_temp.equals('a month goes with a season', pg_temp.refusal(
	'SELECT staff.update_task_templates(''sql_test'', NULL, ''{"month": 3}'')'), 'task_templates_month_goes');
SELECT pg_temp.equals('a category must be there', pg_temp.refusal(
	'SELECT staff.update_task_templates(''sql_test'', NULL, ''{"category": "x"}'')'), 'task_templates_category_fkey');
SELECT pg_temp.equals('texts like ' || texts || ' are refused', pg_temp.refusal(format(
	'SELECT staff.update_task_templates(''sql_test'', NULL, jsonb_build_object(''texts'', %L::jsonb))', texts)), wanted)
  FROM (VALUES ('[]', 'texts_object'), ('null', 'texts_object'), ('{"German": {"title": "a", "description": "b"}}', 'texts_language'),
	('{"pt-BR": {"title": "a", "description": "b"}, "pt-br": {"title": "a", "description": "b"}}', 'texts_language'),
	('{"de": "x"}', 'texts_members'), ('{"de": {"title": "a"}}', 'texts_members'),
	('{"de": {"title": "a", "description": "b", "x": 1}}', 'texts_members'),
	('{"de": {"title": "", "description": "b"}}', 'texts_text'), ('{"de": {"title": " \u200b", "description": "b"}}', 'texts_text'),
	('{"de": {"title": "a\nb", "description": "b"}}', 'texts_text'), ('{"de": {"title": "a", "description": 1}}', 'texts_text'),
	('{"de": {"title": "a", "description": "b\u0007"}}', 'texts_text'),
	('{"en": {"title": "a", "description": "b"}}', 'texts_english')) v (texts, wanted);
SELECT pg_temp.equals('a rule like ' || rule || ' is refused', pg_temp.refusal(format(
	'SELECT staff.update_task_templates(''sql_test'', NULL, jsonb_build_object(''recurrence'', %L::jsonb))', rule)), wanted)
  FROM (VALUES ('"monthly"', 'rule_object'), ('null', 'rule_object'), ('[]', 'rule_object'), ('{}', 'rule_unit'),
	('{"unit": "decade"}', 'rule_unit'), ('{"unit": 1}', 'rule_unit'), ('{"unit": "day", "x": 1}', 'rule_members'),
	('{"unit": "day", "starts_on": "2030-01-01"}', 'rule_members'), ('{"unit": "day", "until": "2030-01-01"}', 'rule_members'),
	('{"unit": "day", "every": 0}', 'rule_every'), ('{"unit": "day", "every": 1000}', 'rule_every'),
	('{"unit": "day", "every": 1.5}', 'rule_every'), ('{"unit": "day", "every": "1"}', 'rule_every'),
	('{"unit": "day", "every": 1e400}', 'rule_every'),
	('{"unit": "month", "month_day": 0}', 'rule_month_day'), ('{"unit": "month", "month_day": 32}', 'rule_month_day'),
	('{"unit": "month", "nth_weekday": 5, "weekdays": ["mon"]}', 'rule_nth_weekday'),
	('{"unit": "day", "anchor": "start"}', 'rule_anchor'), ('{"unit": "day", "count": 1}', 'rule_count'),
	('{"unit": "week", "weekdays": "mon"}', 'rule_weekdays'), ('{"unit": "week", "weekdays": ["mo"]}', 'rule_weekdays'),
	('{"unit": "week", "weekdays": ["mon", "mon"]}', 'rule_weekdays'), ('{"unit": "week", "weekdays": [["mon"]]}', 'rule_weekdays'),
	('{"unit": "day", "weekdays": ["mon"]}', 'rule_weekdays_misplaced'),
	('{"unit": "month", "weekdays": ["mon"]}', 'rule_weekdays_misplaced'),
	('{"unit": "week", "month_day": 3}', 'rule_month_day_misplaced'),
	('{"unit": "month", "month_day": 3, "nth_weekday": 1, "weekdays": ["mon"]}', 'rule_month_day_misplaced'),
	('{"unit": "week", "nth_weekday": 1, "weekdays": ["mon"]}', 'rule_nth_weekday_misplaced'),
	('{"unit": "month", "nth_weekday": 1}', 'rule_nth_weekday_misplaced'),
	('{"unit": "month", "nth_weekday": 1, "weekdays": ["mon", "tue"]}', 'rule_nth_weekday_misplaced'),
	('{"unit": "year", "every": 150}', 'rule_ends')) v (rule, wanted);
SELECT pg_temp.equals('a rule like ' || rule || ' is taken', pg_temp.refusal(format(
	'SELECT staff.update_task_templates(''sql_test'', NULL, jsonb_build_object(''recurrence'', %L::jsonb))', rule)), NULL)
  FROM (VALUES ('{"unit": "day", "every": 999}'), ('{"unit": "week", "weekdays": ["sun", "mon"], "every": 2}'),
	('{"unit": "month", "nth_weekday": -1, "weekdays": ["fri"]}'), ('{"unit": "year", "month_day": -1, "count": 2}'),
	('{"unit": "month", "month_day": 31, "anchor": "completion", "until": null, "weekdays": []}')) v (rule);
SELECT pg_temp.equals('every rule that seeds bring is one that is taken', (SELECT count(*)::text FROM staff.task_templates t
	 WHERE pg_temp.refusal(format('SELECT staff.update_task_templates(%L, NULL, jsonb_build_object(''recurrence'', %L::jsonb,
		''texts'', %L::jsonb))', t.id, t.recurrence, t.texts)) IS NOT NULL), '0');
SELECT pg_temp.equals('one that no task is made of goes', (SELECT id FROM staff.delete_task_templates('sql_test', NULL)), 'sql_test');
SELECT pg_temp.holds('which is on record', pg_temp.event('sql_test') ~ '^delete task-templates .*"title": "T"');
ROLLBACK;

-- --- tiers --------------------------------------------------------------------------------------

BEGIN;
SET CONSTRAINTS ALL IMMEDIATE;
SELECT hob.staff_enter('sql-test-staff-edi', 'sql test', '192.0.2.1', NULL) \g /dev/null
SELECT staff.create_tiers('sql_test', :'tier') \g /dev/null
SELECT pg_temp.equals('a tier is made', (SELECT concat_ws(' ', rank, texts, limits, products, version) FROM staff.tiers
	WHERE id = 'sql_test'), '90 {"en": {"name": "Team", "description": "For teams."}} {"tasks": 7} {} 1');
SELECT staff.update_tiers('sql_test', '{1}', '{"limits": {"members": -1, "tasks": 7},
	"products": {"apple": {"sql.test": "year"}}, "rank": 91}') \g /dev/null
SELECT pg_temp.equals('what is new of it is on record', pg_temp.event('sql_test'),
	'update tiers {"rank": 90, "limits": {"tasks": 7}, "products": {}} {"rank": 91, "limits": {"tasks": 7, "members": -1}, '
	|| '"products": {"apple": {"sql.test": "year"}}}');
SELECT staff.update_tiers('sql_test', '{2}', '{"limits": {"tasks": 8},
	"products": {"apple": {"sql.test": "month"}}, "rank": 91}') \g /dev/null
SELECT pg_temp.equals('and so on', (SELECT concat_ws(' ', rank, limits, products, version) FROM staff.tiers
	WHERE id = 'sql_test'), '91 {"tasks": 8} {"apple": {"sql.test": "month"}} 3');
SELECT pg_temp.equals('of a tier ' || body || ' is refused', pg_temp.refusal(format(
	'SELECT staff.update_tiers(''%s'', NULL, %L)', tier, body)), wanted)
  FROM (VALUES ('sql_test', '{"rank": 1}', 'tiers_rank_key'), ('sql_test', '{"limits": []}', 'limits_object'),
	('sql_test', '{"limits": null}', 'limits_object'), ('sql_test', '{"limits": {"lamps": 1}}', 'limits_name'),
	('sql_test', '{"limits": {"tasks": -2}}', 'limits_number'), ('sql_test', '{"limits": {"tasks": 1.5}}', 'limits_number'),
	('sql_test', '{"limits": {"tasks": "1"}}', 'limits_number'), ('sql_test', '{"limits": {"tasks": null}}', 'limits_number'),
	('sql_test', '{"limits": {"tasks": 9007199254740992}}', 'limits_number'), ('free', '{"limits": {"tasks": 1}}', 'limits_lowest'),
	('sql_test', '{"rank": 0}', 'limits_lowest'), ('sql_test', '{"texts": {}}', 'texts_no_english'),
	('sql_test', '{"texts": {"en": {"name": "x"}}}', 'texts_members'),
	('sql_test', '{"texts": {"en": {"name": "", "description": "y"}}}', 'texts_text'),
	('sql_test', '{"products": []}', 'products_object'), ('sql_test', '{"products": {"ebay": {"x": "year"}}}', 'products_store'),
	('sql_test', '{"products": {"apple": []}}', 'products_store'),
	('sql_test', '{"products": {"apple": {"x": "week"}}}', 'products_period'),
	('sql_test', '{"products": {"apple": {"x": null}}}', 'products_period'),
	('sql_test', '{"products": {"apple": {"": "year"}}}', 'products_period'),
	('sql_test', '{"products": {"apple": {"hob_plus_year": "year"}}}', 'tier_products_pkey'))
	v (tier, body, wanted);
SELECT pg_temp.equals('the lowest stays', pg_temp.refusal('SELECT staff.delete_tiers(''free'', NULL)'), 'in_use');
SELECT pg_temp.equals('what nobody has goes', (SELECT id FROM staff.delete_tiers('sql_test', '{3}')), 'sql_test');
SELECT pg_temp.holds('which is on record', pg_temp.event('sql_test') ~ '^delete tiers .*"rank": 91');
ROLLBACK;
DROP TABLE acts;
