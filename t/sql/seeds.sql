-- Seeds, run again behind what editors did, as the owner: what is theirs stays, and the rest comes up to date. And what
-- only the owner sees of their acts: what holds something in use, and what tiers allow. Nothing of it stays.

\set ann '''a0000000-0000-7000-8000-00000000000a'''
\set bob '''a0000000-0000-7000-8000-00000000000b'''
\set home '''a0000000-0000-7000-8000-0000000002aa'''

BEGIN;
-- Whatever the database has besides, nothing of it uses what goes here.
UPDATE contractors SET specialties = array_remove(specialties, 'septic') WHERE 'septic' = ANY (specialties);
UPDATE tasks t SET template = NULL FROM task_templates m
 WHERE m.code = t.template AND (m.code = 'set_pest_traps' OR m.category = 'vehicles');
UPDATE documents SET category = NULL WHERE category = 'vehicles';
UPDATE tasks SET category = 'other' WHERE category = 'vehicles';
UPDATE completions SET category = 'other' WHERE category = 'vehicles';
SELECT hob.staff_enter('sql-test-staff-edi', 'sql test', '192.0.2.1', NULL) \g /dev/null
SELECT staff.update_categories('cleaning', NULL, '{"label": "Wiping", "color": "#010203"}'),
       staff.update_priorities('urgent', NULL, '{"label": "At once"}'),
       staff.update_specialties('solar', NULL, '{"icon": "roof"}'),
       staff.update_task_templates('read_meters', NULL, '{"title": "Read", "texts": {"fr": {"title": "Lire", "description": "x"}}}'),
       staff.delete_specialties('septic', NULL), staff.delete_task_templates('set_pest_traps', NULL) \g /dev/null
-- As if a release had changed what no editor has.
UPDATE task_categories SET label = 'old' WHERE code = 'plumbing';
UPDATE task_templates SET title = 'old' WHERE code = 'clear_drains';
DELETE FROM specialties WHERE code = 'pool';
\i seed/lookups.sql
\i seed/templates.sql
\i seed/template_texts.sql
SELECT pg_temp.equals('seeds leave what editors have changed', concat_ws(' ',
	(SELECT label || color FROM task_categories WHERE code = 'cleaning'),
	(SELECT label FROM task_priorities WHERE code = 'urgent'), (SELECT icon FROM specialties WHERE code = 'solar'),
	(SELECT title FROM task_templates WHERE code = 'read_meters'),
	(SELECT string_agg(language, ',') FROM task_template_texts WHERE template = 'read_meters')),
	'Wiping#010203 At once roof Read fr');
SELECT pg_temp.equals('and bring nothing back that they have deleted', concat_ws(' ',
	(SELECT count(*) FROM specialties WHERE code = 'septic'), (SELECT count(*) FROM task_templates WHERE code = 'set_pest_traps')),
	'0 0');
SELECT pg_temp.equals('the rest is as they have it', concat_ws(' ',
	(SELECT label FROM task_categories WHERE code = 'plumbing'), (SELECT title FROM task_templates WHERE code = 'clear_drains'),
	(SELECT label FROM specialties WHERE code = 'pool')), 'Plumbing Clean the siphons and drains Pools and spas');
SELECT staff.create_specialties('septic', '{"label": "Tanks", "position": 1, "icon": "pipe"}') \g /dev/null
\i seed/lookups.sql
SELECT pg_temp.equals('nor is one theirs no more when it is made anew', (SELECT label FROM specialties WHERE code = 'septic'), 'Tanks');
-- A category may go with what is of it; then a release brings a template of it.
DELETE FROM task_templates WHERE category = 'vehicles';
SELECT pg_temp.equals('a category goes with all that is of it', (SELECT id FROM staff.delete_categories('vehicles', NULL)), 'vehicles');
\i seed/templates.sql
\i seed/template_texts.sql
SELECT pg_temp.equals('and seeds bring no template of it', (SELECT count(*)::text FROM task_templates WHERE category = 'vehicles'), '0');
ROLLBACK;

-- --- in use ---------------------------------------------------------------------------------------

BEGIN;
SELECT hob.staff_enter('sql-test-staff-edi', 'sql test', '192.0.2.1', NULL) \g /dev/null
SELECT staff.create_categories('sql_test', '{"label": "L", "position": 5, "icon": "i", "color": "#012345"}'),
       staff.create_specialties('sql_test', '{"label": "L", "position": 5, "icon": "i"}'),
       staff.create_tiers('sql_test', '{"rank": 90, "texts": {"en": {"name": "n", "description": "d"}}, "limits": {"tasks": 7},
		"products": {"apple": {"sql.test": "year"}}}') \g /dev/null
INSERT INTO contractors (id, created_by, name, specialties)
VALUES ('a0000000-0000-7000-8000-0000000006ff', :ann, 'X', '{sql_test}');
UPDATE tasks SET category = 'sql_test', template = 'read_meters' WHERE id = 'a0000000-0000-7000-8000-0000000003aa';
SELECT pg_temp.refuses('in use stays ' || act, 'HB409', 'SELECT staff.' || act)
  FROM (VALUES ('delete_categories(''sql_test'', NULL)'), ('delete_specialties(''sql_test'', NULL)'),
	('delete_task_templates(''read_meters'', NULL)')) v (act);
-- Who has it has as many as it says at once, and when it says something else.
INSERT INTO plan_grants (id, user_id, tier, reason, granted_by) VALUES (gen_random_uuid(), :ann, 'sql_test', '', '');
SELECT hob.settle_plan(:ann) \g /dev/null
SELECT pg_temp.equals('a tier that staff make is one to have', (SELECT l::text FROM hob.limit_of('tasks', :home) l), '7');
SELECT staff.update_tiers('sql_test', NULL, '{"limits": {"tasks": 9}}') \g /dev/null
SELECT pg_temp.equals('and what they make of it holds at once', (SELECT l::text FROM hob.limit_of('tasks', :home) l), '9');
SELECT staff.update_tiers('sql_test', NULL, '{"limits": {"members": 4}}') \g /dev/null
SELECT pg_temp.equals('what it says no more is as the lowest has it', (SELECT l::text FROM hob.limit_of('tasks', :home) l),
	(SELECT most::text FROM tier_limits WHERE (tier, name) = ('free', 'tasks')));
SELECT pg_temp.refuses('one that somebody has stays', 'HB409', 'SELECT staff.delete_tiers(''sql_test'', NULL)');
DELETE FROM plan_grants WHERE tier = 'sql_test';
DELETE FROM plans WHERE tier = 'sql_test';
INSERT INTO purchases (id, user_id, store, environment, subscription_id, product_id, status, lifts, entitled_until)
VALUES (gen_random_uuid(), :ann, 'apple', 'production', 'sql test', 'sql.test', 'active', true, now() + interval '1 day'),
       (gen_random_uuid(), :bob, 'apple', 'production', 'sql test 2', 'sql.test2', 'active', true, now() + interval '1 day');
SELECT hob.settle_plan(:ann), hob.settle_plan(:bob) \g /dev/null
SELECT pg_temp.refuses('as does one that is paid for', 'HB409', 'SELECT staff.delete_tiers(''sql_test'', NULL)');
SELECT pg_temp.refuses('and so does what is paid for', 'HB422', 'SELECT staff.update_tiers(''sql_test'', NULL, ''{"products": {}}'')');
CREATE FUNCTION pg_temp.to_do() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	added CONSTANT int := (SELECT count FROM hob.plans_anew(NULL));
BEGIN
	RETURN concat_ws(' ', (SELECT count(*) FROM jobs WHERE kind = 'tiers'), added,
		(SELECT string_agg(key, ' ') FROM jobs WHERE kind = 'plan'));
END
$$;
DELETE FROM jobs WHERE kind IN ('plan', 'tiers');
SELECT staff.update_tiers('sql_test', NULL, '{"limits": {"tasks": 8}, "products": {"apple": {"sql.test": "year"}}}') \g /dev/null
SELECT pg_temp.equals('what was there is no news to who has paid for it', pg_temp.to_do(), '0 0');
SELECT staff.update_tiers('sql_test', NULL, '{"products": {"apple": {"sql.test": "year", "sql.test2": "year"}}}') \g /dev/null
SELECT pg_temp.equals('what is new is', pg_temp.to_do(), '1 1 ' || :bob);
SELECT hob.settle_plan(:bob) \g /dev/null
DELETE FROM jobs WHERE kind IN ('plan', 'tiers');
INSERT INTO plan_grants (id, user_id, tier, reason, granted_by) VALUES (gen_random_uuid(), :bob, 'plus', '', '');
SELECT pg_temp.equals('a lower one that is given beside it is none', pg_temp.to_do(), '0 0');
SELECT staff.update_tiers('plus', NULL, '{"rank": 91}') \g /dev/null
SELECT pg_temp.equals('but it is once it is the higher one', pg_temp.to_do(), '1 1 ' || :bob);
ROLLBACK;
