-- What is in a household, as staff see it: with a reason alone, and not without a mark in its own activity.

\set home '''a0000000-0000-7000-8000-0000000002aa'''
\set other '''a0000000-0000-7000-8000-0000000002bb'''

SELECT pg_temp.refuses('nobody looks without a session', 'HB401', 'SELECT staff.look(''tasks'', gen_random_uuid())');

BEGIN;
SELECT hob.staff_enter('sql-test-staff-sue', 'sql test', '192.0.2.1', NULL) \g /dev/null
SELECT pg_temp.refuses('nor without a reason', 'HB422', 'SELECT staff.look(''tasks'', ' || quote_literal(:home) || ')');
ROLLBACK;

BEGIN;
SELECT hob.staff_enter('sql-test-staff-sue', 'sql test', '192.0.2.1', 'a ticket') \g /dev/null
SELECT pg_temp.equals('a look is noted once a transaction for each kind and home',
	(SELECT string_agg(staff.look(entity, home::uuid)::text, ' ' ORDER BY n)
	   FROM (VALUES (1, 'tasks', :home), (2, 'tasks', :home), (3, 'files', :home), (4, 'tasks', :other)) v (n, entity, home)),
	'true false true true');
SELECT pg_temp.equals('in the record with its reason',
	(SELECT string_agg(concat_ws(' ', entity, right(subject, 2), reason), ', ' ORDER BY seq) FROM staff.audit_events
	  WHERE request_id = 'sql test' AND action = 'look'),
	'tasks aa a ticket, files aa a ticket, tasks bb a ticket');
ROLLBACK;
