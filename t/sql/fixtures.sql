-- What t/sql/rls.sql needs, written as hob_owner. Ann owns residence A, where Vic only views,
-- and residence D, which is deleted; Bob owns residence B. Running it again begins anew.

\set ON_ERROR_STOP on
BEGIN;
\i :remove

INSERT INTO users (id, email, password_hash, first_name, is_active) VALUES
	('a0000000-0000-7000-8000-00000000000a', 'ann@sql.test', '$kind$salt of ann$hash of ann', 'Ann', true),
	('a0000000-0000-7000-8000-00000000000b', 'bob@sql.test', 'hash of bob', 'Bob', true),
	('a0000000-0000-7000-8000-00000000000c', 'vic@sql.test', 'hash of vic', 'Vic', true),
	('a0000000-0000-7000-8000-00000000000d', 'dot@sql.test', 'hash of dot', 'Dot', false);

INSERT INTO sessions (id, user_id, token_hash, last_seen_at, expires_at) VALUES
	('a0000000-0000-7000-8000-000000000101', 'a0000000-0000-7000-8000-00000000000a',
	 'sql-test-good', now() - interval '2 hours', now() + interval '1 day'),
	('a0000000-0000-7000-8000-000000000102', 'a0000000-0000-7000-8000-00000000000a',
	 'sql-test-idle', now() - interval '31 days', now() + interval '1 day'),
	('a0000000-0000-7000-8000-000000000103', 'a0000000-0000-7000-8000-00000000000a',
	 'sql-test-over', now(), now() - interval '1 second'),
	('a0000000-0000-7000-8000-000000000104', 'a0000000-0000-7000-8000-00000000000d',
	 'sql-test-disabled', now(), now() + interval '1 day'),
	('a0000000-0000-7000-8000-000000000105', 'a0000000-0000-7000-8000-00000000000b',
	 'sql-test-bob', now(), now() + interval '1 day');

INSERT INTO access_tokens (id, user_id, name, token_hash, hint, scope, residence_ids) VALUES
	('a0000000-0000-7000-8000-000000000111', 'a0000000-0000-7000-8000-00000000000a', 'Script', 'sql-test-pat', 'xxxx',
	 'read', '{a0000000-0000-7000-8000-0000000002dd}');

INSERT INTO residences (id, owner_id, name, time_zone) VALUES
	('a0000000-0000-7000-8000-0000000002aa', 'a0000000-0000-7000-8000-00000000000a', 'A',
	 'Asia/Tokyo'),
	('a0000000-0000-7000-8000-0000000002dd', 'a0000000-0000-7000-8000-00000000000a', 'D',
	 'UTC'),
	('a0000000-0000-7000-8000-0000000002bb', 'a0000000-0000-7000-8000-00000000000b', 'B',
	 'UTC');
INSERT INTO residence_members (residence_id, user_id, role) VALUES
	('a0000000-0000-7000-8000-0000000002aa', 'a0000000-0000-7000-8000-00000000000c', 'viewer');

INSERT INTO tasks (id, residence_id, title, completion_count, last_completed_at, created_by)
SELECT ('a0000000-0000-7000-8000-0000000003' || residence || residence)::uuid,
       ('a0000000-0000-7000-8000-0000000002' || residence || residence)::uuid, 'Task of ' || residence, 1, now(),
       owner::uuid
  FROM (VALUES ('a', 'a0000000-0000-7000-8000-00000000000a'),
	       ('d', 'a0000000-0000-7000-8000-00000000000a'),
	       ('b', 'a0000000-0000-7000-8000-00000000000b')) v (residence, owner);
INSERT INTO completions (id, residence_id, task_id, occurrence, completed_by, recorded_by)
SELECT gen_random_uuid(), residence_id, id, 1, created_by, created_by
  FROM tasks WHERE id::text LIKE 'a0000000-0000-7000-8000-0000000003%';
INSERT INTO documents (id, residence_id, type, title, covers, created_by)
SELECT replace(id::text, '-0000000003', '-0000000007')::uuid, residence_id, 'warranty', replace(title, 'Task', 'Document'),
       jsonb_build_array(
		jsonb_build_object('ends_on', (now() AT TIME ZONE 'Asia/Tokyo')::date + 10),
		jsonb_build_object('ends_on', (now() AT TIME ZONE 'Asia/Tokyo')::date + 100)), created_by
  FROM tasks WHERE id::text LIKE 'a0000000-0000-7000-8000-0000000003%';
INSERT INTO completion_aliases (id, residence_id, completion_id)
SELECT gen_random_uuid(), residence_id, id FROM completions
 WHERE task_id::text LIKE 'a0000000-0000-7000-8000-0000000003%';

UPDATE residences SET deleted_at = now() WHERE id = 'a0000000-0000-7000-8000-0000000002dd';
-- So many that a plan which reads them all would be a bad one.
INSERT INTO tombstones (residence_id, kind, id, created_at)
SELECT gen_random_uuid(), 'sql test', gen_random_uuid(), now() FROM generate_series(1, 5000);
INSERT INTO activity (residence_id, user_id, request_id, action, subject, subject_id)
SELECT gen_random_uuid(), gen_random_uuid(), 'sql test', 'updated', 'task', gen_random_uuid()
  FROM generate_series(1, 5000);
COMMIT;
ANALYZE tombstones, activity;
