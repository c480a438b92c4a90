// sweep.test.mjs: `hob sweep` drops what is over, outside of requests, and holds none of them up.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';

import { Session, sql } from './support/db.mjs';
import { expectOk } from './support/expect.mjs';
import { crowd, newResidence, newTask } from './support/people.mjs';

const sweep = () => new Promise((resolve) => {
	execFile(`${process.env.HOB_BUILD}/hob`, ['sweep'],
		(why, stdout, stderr) => resolve({ code: why?.code ?? 0, stdout, stderr }));
});
/** Sweeps until nothing was left for want of a lock. */
async function swept() {
	let done = { code: 1 };

	for (let i = 0; i < 20 && done.code !== 0; i += 1)
		done = await sweep();
	assert.equal(done.code, 0, done.stderr);
}
const count = async (text, variables) => Number((await sql(`SELECT count(*) FROM ${text}`, variables))[0]);

test('sessions that are over are deleted, and others are not', async () => {
	const [person] = await crowd(1);

	await sql(`INSERT INTO sessions (id, user_id, token_hash, last_seen_at, expires_at)
		SELECT gen_random_uuid(), :'id', 'over ' || n || :'id', now() - n % 2 * interval '31 days',
			now() + (n % 2 - 1) * interval '1 second'
		  FROM generate_series(1, 12000) n`, { id: person.user.id });
	const { code, stdout, stderr } = await sweep();
	assert.equal(code, 0, stderr);
	assert.match(stdout, /deleted sessions that are over: [0-9]+/);
	assert.equal(await count("sessions WHERE user_id = :'id'", { id: person.user.id }), 1);
	expectOk(await person.client.get('/api/auth/me'));
});

test('sessions of staff that are over, or that nobody uses, are deleted, and others are not', async () => {
	const [id] = await sql(`INSERT INTO staff (id, email, name, role, password_hash, totp_nonce)
		VALUES (gen_random_uuid(), 'sweep@staff.test', 'Sweep', 'support', 'x', 'x') RETURNING id`);

	await sql(`INSERT INTO staff_sessions (id, staff_id, token_hash, address, agent, seen_at, ends_at) VALUES
		(gen_random_uuid(), :'id', 'over', '', '', now(), now()),
		(gen_random_uuid(), :'id', 'idle', '', '', now() - interval '31 minutes', now() + interval '1 day'),
		(gen_random_uuid(), :'id', 'good', '', '', now(), now() + interval '1 day')`, { id });
	await swept();
	assert.deepEqual(await sql("SELECT token_hash FROM staff_sessions WHERE staff_id = :'id'", { id }), ['good']);
	await sql("DELETE FROM staff WHERE id = :'id'", { id });
});

test('notices are deleted when they are 90 days old, and their rows as long after that', async () => {
	const [person] = await crowd(1);

	await sql(`INSERT INTO notices (user_id, kind, subject, subject_id, created_at)
		SELECT :'id', 'task_due', 'task', gen_random_uuid(), now() - n * interval '1 day'
		  FROM generate_series(1, 100) n`, { id: person.user.id });
	const { id } = person.user;
	await swept();
	assert.equal(await count("notices WHERE user_id = :'id' AND deleted_at IS NULL", { id }), 89);
	await sql("UPDATE notices SET deleted_at = now() - interval '91 days' WHERE user_id = :'id'"
		+ ' AND deleted_at IS NOT NULL', { id });
	await swept();
	assert.equal(await count("notices WHERE user_id = :'id'", { id }), 89);
});

test('tests of devices and digests are deleted when they are 90 days old', async () => {
	const [person] = await crowd(1);

	await sql(`INSERT INTO deliveries (user_id, form, channel, created_at)
		SELECT :'id', (ARRAY['test', 'digest'])[1 + n % 2], 'push', now() - n * interval '1 day'
		  FROM generate_series(81, 100) n`, { id: person.user.id });
	await swept();
	assert.equal(await count("deliveries WHERE user_id = :'id'", { id: person.user.id }), 9);
});

test('jobs that have been dead for a month go into the history', async () => {
	const key = `dead ${process.pid}`;

	await sql(`INSERT INTO jobs (kind, key, tries, attempt, last_error, dead_at)
		SELECT 'probe', :'key' || n, 8, 8, 'nobody answers', now() - n * interval '1 day'
		  FROM generate_series(29, 32) n`, { key });
	await swept();
	assert.deepEqual(await sql("SELECT key FROM jobs WHERE starts_with(key, :'key')", { key }), [`${key}29`]);
	assert.deepEqual(await sql(`SELECT key, outcome, attempt, last_error FROM job_history
		WHERE starts_with(key, :'key') ORDER BY key`, { key }),
	[30, 31, 32].map((n) => `${key}${n}|dead|8|nobody answers`));
	await sql("DELETE FROM jobs WHERE starts_with(key, :'key')", { key });
});

test('what is over is dropped; while somebody reads it requests go on, and the next run drops it', async () => {
	const [person] = await crowd(1);
	const residence = await newResidence(person);
	const reader = new Session();

	await sql("SELECT hob.add_partition('tombstones', '2001-05-01', '2001-06-01')");
	await reader.run('BEGIN; SELECT count(*) FROM tombstones');
	const [held, task] = await Promise.all([sweep(), newTask(person, residence)]);
	expectOk(await person.client.delete(`/api/tasks/${task.id}`), 204);
	assert.equal(held.code, 1);
	assert.match(held.stderr, /left for the next time: dropped tombstones_20010501/);
	await reader.run('COMMIT');
	reader.end();
	const free = await sweep();
	assert.equal(free.code, 0, free.stderr);
	assert.match(free.stdout, /dropped tombstones_20010501/);
});

test('where nobody has swept, nothing fails for want of a partition', async () => {
	const [person] = await crowd(1);
	const residence = await newResidence(person);
	const names = await sql(`SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
		WHERE i.inhparent IN ('activity'::regclass, 'tombstones'::regclass, 'idempotency_keys'::regclass)
		  AND c.relname !~ '_default$'`);

	assert.ok(names.length >= 10, names.join());
	await sql(names.map((name) => `DROP TABLE ${name};`).join(''));
	const options = { headers: { 'Idempotency-Key': 'without-a-partition' } };
	const create = () => person.client.post('/api/tasks',
		{ residence_id: residence.id, title: 'All the same' }, options);
	const first = expectOk(await create(), 201);
	const again = await create();
	assert.deepEqual([again.headers['idempotency-replayed'], again.body.id], ['true', first.id]);
	const { sync_token } = expectOk(await person.client.get('/api/sync'));
	expectOk(await person.client.delete(`/api/tasks/${first.id}`), 204);
	assert.deepEqual(expectOk(await person.client.get(`/api/sync?since=${sync_token}`)).changes.tasks.deleted,
		[first.id]);
	const trail = expectOk(await person.client.get(`/api/residences/${residence.id}/activity`)).results;
	assert.deepEqual(trail.map((a) => `${a.subject} ${a.action}`), ['task deleted', 'task created']);
	// All get their own again, and take what the default partition has of their time.
	const before = await count("activity WHERE residence_id = :'id'", { id: residence.id });
	await swept();
	assert.equal(await count("pg_class WHERE relname ~ '^(activity|tombstones|idempotency_keys)_[0-9]+$'"),
		names.length);
	for (const [name, column, unit] of [['activity', 'at', 'month'], ['tombstones', 'buried_at', 'month'],
		['idempotency_keys', 'created_at', 'day']])
		assert.equal(await count(`${name}_default WHERE ${column} >= date_trunc('${unit}',
			now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'`), 0, name);
	assert.equal(await count("activity WHERE residence_id = :'id'", { id: residence.id }), before);
	assert.equal(await count("idempotency_keys WHERE made_id = :'id'", { id: first.id }), 1);
});

test('a partition for whose time too many rows are in the default is not made, and that is said', async () => {
	const month = (n) => `(date_trunc('month', now() AT TIME ZONE 'UTC') + interval '${n} months')`;
	const [name] = await sql(`SELECT hob.partition_name('tombstones', ${month(2)}::date)`);
	const rows = `tombstones_default WHERE buried_at >= ${month(2)} AT TIME ZONE 'UTC'`;

	await sql(`DROP TABLE ${name}`);
	await sql(`INSERT INTO tombstones (residence_id, kind, id, created_at, buried_at)
		SELECT gen_random_uuid(), 'tasks', gen_random_uuid(), now(),
			${month(2)} AT TIME ZONE 'UTC' + n * interval '1 second'
		  FROM generate_series(1, 20001) n`);
	const { code, stdout, stderr } = await sweep();
	assert.equal(code, 1);
	assert.doesNotMatch(stdout, new RegExp(name));
	assert.match(stderr, new RegExp(
		`left for the next time: made ${name}; the default partition holds 20001 rows of that time`));
	assert.equal(await count(rows), 20001, 'nothing was moved');
	await sql(`DELETE FROM tombstones
		WHERE ctid = (SELECT ctid FROM ${rows} LIMIT 1) AND tableoid = 'tombstones_default'::regclass`);
	await swept();
	assert.deepEqual([await count(rows), await count(name)], [0, 20000]);
	await sql(`DELETE FROM ${name}`);
});

test('a key that was used in the partition of yesterday still stands for what it did', async () => {
	const [person] = await crowd(1);
	const options = { headers: { 'Idempotency-Key': 'over-midnight' } };
	const create = () => person.client.post('/api/residences', { name: 'Once' }, options);
	const first = expectOk(await create(), 201);

	await sql("UPDATE idempotency_keys SET created_at = now() - interval '23 hours' WHERE user_id = :'id'",
		{ id: person.user.id });
	const again = await create();
	assert.deepEqual([again.headers['idempotency-replayed'], again.body.id], ['true', first.id]);
	await sql("UPDATE idempotency_keys SET created_at = now() - interval '25 hours' WHERE user_id = :'id'",
		{ id: person.user.id });
	assert.notEqual(expectOk(await create(), 201).id, first.id);
});

test('what went twice is told once', async () => {
	const [person] = await crowd(1);
	const residence = await newResidence(person);
	const task = await newTask(person, residence);
	const { sync_token } = expectOk(await person.client.get('/api/sync'));

	for (let i = 0; i < 3; i += 1)
		await sql("UPDATE tasks SET deleted_at = CASE WHEN deleted_at IS NULL THEN now() END WHERE id = :'id'",
			{ id: task.id });
	assert.equal(await count("tombstones WHERE id = :'id'", { id: task.id }), 2);
	assert.deepEqual(expectOk(await person.client.get(`/api/sync?since=${sync_token}`)).changes.tasks.deleted,
		[task.id]);
});
