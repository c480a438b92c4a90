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

INSERT INTO staff (id, email, name, role, password_hash, totp_nonce, totp_step, disabled_at) VALUES
	('a0000000-0000-7000-8000-000000000901', 'sue@sql.test', 'Sue', 'support', '$kind$salt of sue$hash of sue', 'n', 7, NULL),
	('a0000000-0000-7000-8000-000000000902', 'dis@sql.test', 'Dis', 'admin', '$kind$salt of dis$hash of dis', 'n', 0, now()),
	('a0000000-0000-7000-8000-000000000903', 'ada@sql.test', 'Ada', 'admin', '$kind$salt of ada$hash of ada', 'n', 0, NULL),
	('a0000000-0000-7000-8000-000000000904', 'edi@sql.test', 'Edi', 'editor', '$kind$salt of edi$hash of edi', 'n', 0, NULL);
INSERT INTO staff_sessions (id, staff_id, token_hash, address, agent, seen_at, ends_at) VALUES
	('a0000000-0000-7000-8000-000000000911', 'a0000000-0000-7000-8000-000000000901', 'sql-test-staff-sue', '', '',
	 now(), now() + interval '1 hour'),
	('a0000000-0000-7000-8000-000000000912', 'a0000000-0000-7000-8000-000000000902', 'sql-test-staff-disabled', '', '',
	 now(), now() + interval '1 hour'),
	('a0000000-0000-7000-8000-000000000913', 'a0000000-0000-7000-8000-000000000903', 'sql-test-staff-ada', '', '',
	 now(), now() + interval '1 hour'),
	('a0000000-0000-7000-8000-000000000916', 'a0000000-0000-7000-8000-000000000904', 'sql-test-staff-edi', '', '',
	 now(), now() + interval '1 hour'),
	('a0000000-0000-7000-8000-000000000914', 'a0000000-0000-7000-8000-000000000903', 'sql-test-staff-idle', '', '',
	 now() - interval '31 minutes', now() + interval '1 hour'),
	('a0000000-0000-7000-8000-000000000915', 'a0000000-0000-7000-8000-000000000903', 'sql-test-staff-over', '', '',
	 now(), now() - interval '1 second');

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

-- One of each residence, and one that is Ann's and one that is Bob's alone.
INSERT INTO contractors (id, residence_id, name, created_by) VALUES
	('a0000000-0000-7000-8000-0000000006aa', 'a0000000-0000-7000-8000-0000000002aa', 'Of A',
	 'a0000000-0000-7000-8000-00000000000a'),
	('a0000000-0000-7000-8000-0000000006bb', 'a0000000-0000-7000-8000-0000000002bb', 'Of B',
	 'a0000000-0000-7000-8000-00000000000b'),
	('a0000000-0000-7000-8000-0000000006a0', NULL, 'Ann''s', 'a0000000-0000-7000-8000-00000000000a'),
	('a0000000-0000-7000-8000-0000000006b0', NULL, 'Bob''s', 'a0000000-0000-7000-8000-00000000000b');
INSERT INTO contractor_opinions (contractor_id, user_id, residence_id, rating, note)
SELECT c.id, u::uuid, c.residence_id, 4, 'private'
  FROM contractors c
 CROSS JOIN unnest(ARRAY['a0000000-0000-7000-8000-00000000000a', 'a0000000-0000-7000-8000-00000000000c']) u
 WHERE c.id = 'a0000000-0000-7000-8000-0000000006aa';

-- A clean one of each residence; what Ann sent to A and others are not to see; what Ann and Bob staged.
INSERT INTO files (id, residence_id, uploaded_by, purpose, name, media_type, bytes, sha256, state)
SELECT ('a0000000-0000-7000-8000-000000000' || id)::uuid, ('a0000000-0000-7000-8000-0000000002' || residence)::uuid,
       ('a0000000-0000-7000-8000-00000000000' || who)::uuid, purpose, name, 'image/png', 1, '\x00', state
  FROM (VALUES ('8aa', 'aa', 'a', 'residence', 'File of a', 'ready'), ('8bb', 'bb', 'b', 'residence', 'File of b', 'ready'),
	       ('8dd', 'dd', 'a', 'residence', 'File of d', 'ready'), ('8a1', 'aa', 'a', 'residence', 'Sent', 'processing'),
	       ('8a2', 'aa', 'a', 'residence', 'Refused', 'refused'), ('8a3', NULL, 'a', 'staged', 'Staged', 'ready'),
	       ('8a4', NULL, 'a', 'avatar', 'Face', 'ready'), ('8b1', NULL, 'b', 'staged', 'Of Bob', 'ready'))
	v (id, residence, who, purpose, name, state);
INSERT INTO file_copies (file_id, variant, key, store, media_type, bytes, sha256)
SELECT id, 'main', 'sql-test/' || id, 'directory', media_type, bytes, sha256
  FROM files WHERE id::text LIKE 'a0000000-0000-7000-8000-0000000008%';

-- What waits and what was told. Bob's address is proved, and Ann's is not.
UPDATE users SET email_verified_at = now() WHERE email = 'bob@sql.test';
INSERT INTO jobs (id, kind, key, run_at, tries, dead_at, leased_by) VALUES
	('a0000000-0000-7000-8000-000000000a01', 'probe', 'sql test dead', now(), 8, now(), NULL),
	('a0000000-0000-7000-8000-000000000a02', 'probe', 'sql test waiting', now() + interval '1 year', 0, NULL, NULL),
	('a0000000-0000-7000-8000-000000000a03', 'probe', 'sql test leased', now() + interval '1 year', 1, NULL, 'sql test');
INSERT INTO job_history (id, kind, key, attempt, outcome, created_at) VALUES
	('a0000000-0000-7000-8000-000000000a04', 'probe', 'sql test done', 1, 'done', now());
INSERT INTO notices (id, user_id, kind, subject, subject_id, facts) VALUES
	('a0000000-0000-7000-8000-000000000a11', 'a0000000-0000-7000-8000-00000000000a', 'security', 'account',
	 'a0000000-0000-7000-8000-00000000000a', '{"title": "sql-test-secret"}'),
	('a0000000-0000-7000-8000-000000000a12', 'a0000000-0000-7000-8000-00000000000b', 'security', 'account',
	 'a0000000-0000-7000-8000-00000000000b', '{"title": "sql-test-secret"}');
INSERT INTO deliveries (id, user_id, notice_id, channel, state, reason, ended_at)
SELECT ('a0000000-0000-7000-8000-000000000' || v.id)::uuid, n.user_id, n.id, 'mail', v.state, v.reason, now()
  FROM (VALUES ('a21', 'a11', 'failed', 'refused'), ('a22', 'a12', 'failed', 'refused'), ('a23', 'a12', 'held', NULL),
	       ('a24', 'a12', 'accepted', NULL)) v (id, notice, state, reason)
  JOIN notices n ON n.id = ('a0000000-0000-7000-8000-000000000' || v.notice)::uuid;
INSERT INTO purchases (id, store, environment, subscription_id, user_id, product_id, status) VALUES
	('a0000000-0000-7000-8000-000000000a31', 'apple', 'production', 'sql-test-number', 'a0000000-0000-7000-8000-00000000000b',
	 'hob_plus_year', 'expired'),
	('a0000000-0000-7000-8000-000000000a32', 'google', 'production', 'sql-test-secret-5678', NULL, NULL, 'pending');
INSERT INTO store_events (id, store, event_id, proof, about, payload, state) VALUES
	('a0000000-0000-7000-8000-000000000a41', 'apple', 'sql test 1', '', 'a0000000-0000-7000-8000-000000000a31', NULL, 'done'),
	('a0000000-0000-7000-8000-000000000a42', 'google', 'sql test 2', 'sql-test-secret', NULL,
	 '{"token": "sql-test-secret", "purchase": "sql-test-secret-5678"}', 'unproven'),
	('a0000000-0000-7000-8000-000000000a43', 'google', 'sql test 3', 'sql-test-secret', NULL, NULL, 'forged');
INSERT INTO plan_grants (id, user_id, tier, reason, granted_by, granted_at, ends_at) VALUES
	('a0000000-0000-7000-8000-000000000a51', 'a0000000-0000-7000-8000-00000000000b', 'plus', 'sql test', 'sue',
	 now() - interval '2 days', now() - interval '1 day');

UPDATE residences SET deleted_at = now() WHERE id = 'a0000000-0000-7000-8000-0000000002dd';
-- So many that a plan which reads them all would be a bad one.
INSERT INTO tombstones (residence_id, kind, id, created_at)
SELECT gen_random_uuid(), 'sql test', gen_random_uuid(), now() FROM generate_series(1, 5000);
INSERT INTO activity (residence_id, user_id, request_id, action, subject, subject_id)
SELECT gen_random_uuid(), gen_random_uuid(), 'sql test', 'updated', 'task', gen_random_uuid()
  FROM generate_series(1, 5000);
COMMIT;
ANALYZE tombstones, activity;
