-- Contractors, as hob_api, behind rls.sql: the policies alone must hold.

BEGIN;
SELECT set_config('hob.user_id', :ann, true) \g /dev/null
SELECT pg_temp.equals('contractors are those at home and one''s own',
	(SELECT string_agg(name, ',' ORDER BY name) FROM contractors), 'Ann''s,Of A');
SELECT pg_temp.equals('of opinions one sees one''s own', (SELECT count(*)::text FROM contractor_opinions), '1');
SELECT pg_temp.equals('a change of all contractors changes those',
	pg_temp.touches('UPDATE contractors SET name = ''x'''), '2');
SELECT pg_temp.refuses('no contractor is given to a foreign residence', 'HB404',
	format('UPDATE contractors SET residence_id = %L WHERE residence_id IS NULL', :residence_b));
SELECT pg_temp.refuses('a contractor is not made in the name of another', '42501',
	format('INSERT INTO contractors (id, name, created_by) VALUES (gen_random_uuid(), ''x'', %L)', :bob));
SELECT pg_temp.refuses('what is reckoned of a contractor cannot be written', '42501',
	'UPDATE contractors SET job_count = 7');
SELECT pg_temp.refuses('a task has no contractor of another residence', '23503',
	'UPDATE tasks SET contractor_id = ''a0000000-0000-7000-8000-0000000006bb''');
SELECT pg_temp.refuses('nobody thinks anything of a contractor that is ' || whose, wanted,
	format('INSERT INTO contractor_opinions (contractor_id, user_id, rating) VALUES (%L, %L, 1)', id, :ann))
  FROM (VALUES ('another''s alone', 'HB404', 'a0000000-0000-7000-8000-0000000006b0'),
	('of another residence', '42501', 'a0000000-0000-7000-8000-0000000006bb'),
	('nowhere', 'HB404', 'a0000000-0000-7000-8000-0000000006cc')) v (whose, wanted, id);
SELECT pg_temp.refuses('nor says where it is', '42501', format('INSERT INTO contractor_opinions (contractor_id, user_id,
	residence_id) VALUES (''a0000000-0000-7000-8000-0000000006a0'', %L, NULL)', :ann));
INSERT INTO contractor_opinions (contractor_id, user_id, rating) VALUES ('a0000000-0000-7000-8000-0000000006a0', :ann, 1);
UPDATE contractors SET residence_id = :residence_a WHERE residence_id IS NULL;
SELECT pg_temp.equals('an opinion is where its contractor is', (SELECT count(*)::text FROM contractor_opinions
	WHERE residence_id = :residence_a), '2');
ROLLBACK;

BEGIN;
SELECT set_config('hob.user_id', :vic, true) \g /dev/null
SELECT pg_temp.equals('a viewer changes no contractor',
	pg_temp.touches('UPDATE contractors SET name = ''x'''), '0');
SELECT pg_temp.equals('a viewer''s opinion is their own',
	pg_temp.touches('UPDATE contractor_opinions SET rating = 1'), '1');
ROLLBACK;
