-- Documents, and what ends, as hob_api, behind rls.sql: the policies alone must hold.

SELECT pg_temp.equals('without a user no document can be seen', pg_temp.touches('SELECT id FROM documents'), '0');
BEGIN;
SELECT set_config('hob.user_id', :ann, true) \g /dev/null
SELECT pg_temp.equals('an owner sees the documents of their residence alone',
	(SELECT string_agg(title, ',') FROM documents), 'Document of a');
SELECT pg_temp.equals('and changes no others', pg_temp.touches('UPDATE documents SET title = ''x'''), '1');
SELECT pg_temp.refuses('nobody deletes the row of one', '42501', 'DELETE FROM documents');
SELECT pg_temp.refuses('nobody makes one elsewhere', '42501',
	format('INSERT INTO documents (id, residence_id, title, created_by)
		VALUES (gen_random_uuid(), %L, ''x'', %L)', :residence_b, :ann));
SELECT pg_temp.refuses('nor in the name of another', '42501',
	format('INSERT INTO documents (id, residence_id, title, created_by)
		VALUES (gen_random_uuid(), %L, ''x'', %L)', :residence_a, :bob));
SELECT pg_temp.refuses('nor takes one elsewhere', '42501',
	format('UPDATE documents SET residence_id = %L', :residence_b));
SELECT pg_temp.refuses('a task of another residence cannot even be stored', '23503',
	'UPDATE documents SET task_id = ''a0000000-0000-7000-8000-0000000003bb''');
SELECT pg_temp.refuses('what is derived is not written', '42501', 'UPDATE documents SET cover_ends = ''{}''');
SELECT pg_temp.equals('a scope the role reaches passes',
	pg_temp.touches('SELECT hob.require_document_role(''a0000000-0000-7000-8000-0000000007aa'', ''owner'')'), '1');
SELECT pg_temp.refuses('a document of another residence raises HB404', 'HB404',
	'SELECT hob.require_document_role(''a0000000-0000-7000-8000-0000000007bb'', ''viewer'')');
SELECT pg_temp.equals('what ends is that of the residence alone, each end by itself',
	(SELECT string_agg(title || ' ' || days_left, ', ' ORDER BY ends_on) FROM hob.expiring(NULL, 365)),
	'Document of a 10, Document of a 100');
UPDATE documents SET deleted_at = now(), version = version + 1;
SELECT pg_temp.equals('of what is deleted there is a tombstone', (SELECT string_agg(kind || ' ' || id, ',') FROM tombstones
	WHERE kind = 'documents'), 'documents a0000000-0000-7000-8000-0000000007aa');
SELECT pg_temp.equals('and it ends no more', (SELECT count(*)::text FROM hob.expiring(NULL, 365)), '0');
ROLLBACK;
BEGIN;
SELECT set_config('hob.user_id', :vic, true) \g /dev/null
SELECT pg_temp.equals('a viewer sees the documents', (SELECT count(*)::text FROM documents), '1');
SELECT pg_temp.equals('and changes none', pg_temp.touches('UPDATE documents SET title = ''x'''), '0');
SELECT pg_temp.refuses('and does nothing with one', 'HB404',
	'SELECT hob.change_document(''a0000000-0000-7000-8000-0000000007aa'', ''{"is_void": true}'', now())');
SELECT pg_temp.refuses('a scope above the role raises HB403', 'HB403',
	'SELECT hob.require_document_role(''a0000000-0000-7000-8000-0000000007aa'', ''member'')');
ROLLBACK;

SELECT pg_temp.equals('cover that ' || what, (SELECT concat_ws(' ', s.state, s.days_left)
	FROM hob.cover_state(ends::date[], life, void, '2027-03-10') s), wanted)
  FROM (VALUES ('is none is active', '{}', false, false, 'active'),
	('ends today is expiring', '{2027-03-10}', false, false, 'expiring 0'),
	('ends in 30 days is expiring', '{2027-04-09}', false, false, 'expiring 30'),
	('ends in 31 days is active', '{2027-04-10}', false, false, 'active 31'),
	('ended yesterday is expired', '{2027-03-09}', false, false, 'expired -1'),
	('has an end and another to come is what the next says', '{2027-01-01,2027-03-20,2028-01-01}', false, false, 'expiring 10'),
	('never ends is for life', '{}', true, false, 'lifetime'),
	('never ends but in parts is for life', '{2026-01-01}', true, false, 'lifetime'),
	('never ends but for a line that is about to is expiring', '{2027-03-11}', true, false, 'expiring 1'),
	('is void is nothing else', '{2027-03-11}', true, true, 'void')) v (what, ends, life, void, wanted);

\if :enough
-- Of what each index is for, the plan has it.
SELECT pg_temp.holds(name || ' goes by ' || index, pg_temp.plan_of(name)::text LIKE '%' || index || '%', pg_temp.plan_of(name)::text)
  FROM (VALUES ('expiring_list#ends_on', 'documents_last_ends_on_idx'),
	('expiring_list#ends_on', 'contractors_insurance_idx'),
	('expiring_list#ends_on', 'contractors_own_insurance_idx'),
	('residence_summary#name', 'documents_last_ends_on_idx')) v (name, index);

-- What a list has read of one home of 20 documents and 5 contractors, and one contractor besides: each twice at most.
CREATE FUNCTION pg_temp.rows_read() RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_object_agg(relname, seq_tup_read + coalesce(idx_tup_fetch, 0)) FROM pg_stat_xact_user_tables
$$;
CREATE FUNCTION pg_temp.read_too_much(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	was CONSTANT jsonb := pg_temp.rows_read();
BEGIN
	EXECUTE command;
	RETURN (SELECT string_agg(relname || ' ' || n, ', ')
		  FROM (SELECT key AS relname, value::bigint - coalesce((was ->> key)::bigint, 0) AS n
			  FROM jsonb_each_text(pg_temp.rows_read())) r
		 WHERE n > CASE relname WHEN 'documents' THEN 40 WHEN 'contractors' THEN 12 ELSE 25 END);
END
$$;
BEGIN;
SELECT set_config('hob.user_id', '01900000-0000-7001-8000-000000000001', true) \g /dev/null
SELECT pg_temp.equals(name || ' reads one home and no other', pg_temp.read_too_much(pg_temp.execution_of(name)), NULL)
  FROM pg_prepared_statements WHERE name ~ '^(document|warranty|contractor)_list';
SELECT pg_temp.equals('and so does what ends', pg_temp.read_too_much('SELECT hob.expiring(NULL, 365)'), NULL);
SELECT pg_temp.holds('of which there is some of each kind', count(DISTINCT (kind, residence_id IS NULL)) = 3)
  FROM hob.expiring(NULL, 1500);
ROLLBACK;
\endif
