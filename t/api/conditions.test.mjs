// conditions.test.mjs: retries, lost updates, and what a client has already: Idempotency-Key,
// ids made by clients, If-Match and If-None-Match, through nginx and its gzip.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { before, describe, test } from 'node:test';

import { nobody } from './support/client.mjs';
import { sql } from './support/db.mjs';
import { expectInvalid, expectOk, expectProblem } from './support/expect.mjs';
import { missingId, newId, newResidence, newTask, PASSWORD, signUp } from './support/people.mjs';

const TAG = /^"\d+-[0-9a-f]{16}"$/;
const WEAK_TAG = /^W\/"[0-9a-f]{16}"$/;

let robin;
let residence;

before(async () => {
	robin = await signUp();
	residence = await newResidence(robin);
});

const key = () => `key-${randomBytes(8).toString('hex')}`;
const withHeader = (name, value) => ({ headers: { [name]: value } });
const withKey = (value) => withHeader('Idempotency-Key', value);
const tasksCalled = async (title) => Number(await sql(
	"SELECT count(*) FROM tasks WHERE residence_id = :'residence' AND title = :'title'",
	{ residence: residence.id, title }));

describe('ETag and If-None-Match', () => {
	test('an object has its version in a strong tag, and 304 is for who names it', async () => {
		const task = await newTask(robin, residence);

		for (const path of [`/api/tasks/${task.id}`, `/api/residences/${residence.id}`, '/api/auth/me']) {
			const res = await robin.client.get(path);
			const { version } = expectOk(res);

			assert.match(res.headers.etag, TAG);
			assert.ok(res.headers.etag.startsWith(`"${version}-`));
			const { etag } = res.headers;
			for (const header of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
				const again = await robin.client.get(path, withHeader('If-None-Match', header));
				assert.equal(again.status, 304, header);
				assert.equal(again.text, '');
				assert.equal(again.headers.etag, etag);
				assert.equal(again.headers['cache-control'], 'private, no-cache');
			}
			expectOk(await robin.client.get(path, withHeader('If-None-Match', '"1-0000000000000000"')));
		}
	});

	test('lists, boards and lookups have weak ones, which change with what they show', async () => {
		for (const path of ['/api/tasks', '/api/residences', '/api/tasks/kanban', '/api/residences/summary',
			'/api/static-data', '/api/auth/sessions']) {
			const res = await robin.client.get(path);

			expectOk(res);
			assert.match(res.headers.etag, WEAK_TAG, path);
			assert.equal((await robin.client.get(path,
				withHeader('If-None-Match', res.headers.etag))).status, 304, path);
		}
		const list = await robin.client.get('/api/tasks');
		const board = await robin.client.get('/api/tasks/kanban');
		await newTask(robin, residence);
		expectOk(await robin.client.get('/api/tasks', withHeader('If-None-Match', list.headers.etag)));
		expectOk(await robin.client.get('/api/tasks/kanban', withHeader('If-None-Match', board.headers.etag)));
	});

	test('a name of somebody else inside an object changes its tag', async () => {
		const owner = await signUp();
		const other = await newResidence(owner);
		const path = `/api/residences/${other.id}`;
		const { etag } = (await owner.client.get(path)).headers;

		expectOk(await owner.client.patch('/api/auth/me', { first_name: 'Renamed' }));
		expectOk(await owner.client.get(path, withHeader('If-None-Match', etag)));
	});

	test('gzip in front weakens the tag, and conditions hold all the same', async () => {
		const big = await newTask(robin, residence, { description: 'long '.repeat(1000) });
		const path = `/api/tasks/${big.id}`;
		const packed = await robin.client.get(path, withHeader('Accept-Encoding', 'gzip'));

		assert.equal(packed.headers['content-encoding'], 'gzip');
		assert.match(packed.headers.etag, /^W\/"1-/);
		assert.equal((await robin.client.get(path, { headers: { 'If-None-Match': packed.headers.etag,
			'Accept-Encoding': 'gzip' } })).status, 304);
		expectOk(await robin.client.patch(path, { title: 'Changed' },
			withHeader('If-Match', packed.headers.etag)));
		expectProblem(await robin.client.patch(path, { title: 'Again' },
			withHeader('If-Match', packed.headers.etag)), 412, 'stale');
	});

	test('neither probes nor writes of nothing are tagged', async () => {
		assert.equal((await nobody.get('/livez')).headers.etag, undefined);
		const task = await newTask(robin, residence);
		assert.equal((await robin.client.delete(`/api/tasks/${task.id}`)).headers.etag, undefined);
	});
});

describe('version in the body of a PATCH', () => {
	test('is what If-Match is: another is 412 with the object as it is, and nothing is changed', async () => {
		for (const [path, change] of [
			[`/api/tasks/${(await newTask(robin, residence)).id}`, { title: 'Changed' }],
			[`/api/residences/${(await newResidence(robin)).id}`, { name: 'Changed' }],
			['/api/auth/me', { first_name: 'Changed' }]]) {
			const { version } = expectOk(await robin.client.get(path));
			const after = expectOk(await robin.client.patch(path, { ...change, version }));

			assert.equal(after.version, version + 1);
			const { current } = expectProblem(await robin.client.patch(path, { ...change, version }),
				412, 'stale');
			assert.deepEqual(current, after);
			assert.deepEqual(expectOk(await robin.client.get(path)), after);
		}
	});

	test('beside If-Match must be one that the header names', async () => {
		const { id } = await newTask(robin, residence);
		const path = `/api/tasks/${id}`;

		expectProblem(await robin.client.patch(path, { title: 'x', version: 1 }, withHeader('If-Match', '"2"')),
			412, 'stale');
		expectProblem(await robin.client.patch(path, { title: 'x', version: 2 }, withHeader('If-Match', '"1"')),
			412, 'stale');
		expectOk(await robin.client.patch(path, { title: 'x', version: 1 },
			withHeader('If-Match', '"7", "1"')));
		expectOk(await robin.client.patch(path, { title: 'x', version: 2 }, withHeader('If-Match', '*')));
	});

	test('must be a version, and is none of a thing to make', async () => {
		const { id } = await newTask(robin, residence);

		for (const [version, code] of [['1', 'type'], [1.5, 'type'], [0, 'too_small'], [2 ** 31, 'too_large'],
			[null, 'null']])
			expectInvalid(await robin.client.patch(`/api/tasks/${id}`, { version }), { version: code });
		expectInvalid(await robin.client.post('/api/tasks',
			{ residence_id: residence.id, title: 'x', version: 1 }), { version: 'unknown_field' });
	});
});

describe('If-Match', () => {
	const things = [
		['a task', async () => `/api/tasks/${(await newTask(robin, residence)).id}`,
			{ title: 'Changed' }, true],
		['a residence', async () => `/api/residences/${(await newResidence(robin)).id}`,
			{ name: 'Changed' }, true],
		['the profile', async () => '/api/auth/me', { first_name: 'Changed' }, false],
	];

	for (const [what, make, change, deletable] of things)
		test(`${what} is changed only by who has seen its present state`, async () => {
			const path = await make();
			const first = await robin.client.get(path);
			const { version } = expectOk(first);
			const changed = await robin.client.patch(path, change,
				withHeader('If-Match', first.headers.etag));

			assert.equal(expectOk(changed).version, version + 1);
			assert.ok(changed.headers.etag.startsWith(`"${version + 1}-`));
			const stale = await robin.client.patch(path, change,
				withHeader('If-Match', first.headers.etag));
			const { current } = expectProblem(stale, 412, 'stale');
			assert.equal(stale.headers['x-hob-round-trips'], '1');
			assert.deepEqual(current, expectOk(await robin.client.get(path)));
			expectOk(await robin.client.patch(path, change, withHeader('If-Match', `"${version + 1}"`)));
			expectOk(await robin.client.patch(path, change, withHeader('If-Match', '*')));
			if (!deletable)
				return;
			expectProblem(await robin.client.delete(path, withHeader('If-Match', `"${version}"`)),
				412, 'stale');
			expectOk(await robin.client.delete(path,
				withHeader('If-Match', `"8", W/"${version + 3}"`)), 204);
		});

	test('of what is not there says 404, as without it', async () => {
		const stranger = await signUp();
		const task = await newTask(robin, residence);
		const change = (who, id) =>
			who.client.patch(`/api/tasks/${id}`, { title: 'x' }, withHeader('If-Match', '"1"'));

		expectProblem(await change(robin, missingId()), 404, 'not_found');
		expectProblem(await change(stranger, task.id), 404, 'not_found');
	});

	test('with a tag of somebody else is never met', async () => {
		const task = await newTask(robin, residence);

		for (const header of ['"abc"', 'abc', '""', '"99999999999"'])
			expectProblem(await robin.client.patch(`/api/tasks/${task.id}`, { title: 'x' },
				withHeader('If-Match', header)), 412, 'stale');
	});

	test('lets one of many writers through', async () => {
		const task = await newTask(robin, residence);
		const answers = await Promise.all(Array.from({ length: 20 },
			(_, i) => robin.client.patch(`/api/tasks/${task.id}`,
				{ title: `by ${i}` }, withHeader('If-Match', '"1"'))));

		assert.equal(answers.filter((res) => res.status === 200).length, 1);
		answers.filter((res) => res.status !== 200).forEach((res) => expectProblem(res, 412, 'stale'));
	});
});

describe('Idempotency-Key', () => {
	test('a task sent twice is made once; the second answer says so', async () => {
		const options = withKey(key());
		const body = { residence_id: residence.id, title: `Once ${key()}` };
		const first = await robin.client.post('/api/tasks', body, options);
		const again = await robin.client.post('/api/tasks', body, options);

		assert.deepEqual(expectOk(again, 201), expectOk(first, 201));
		assert.equal(again.headers.location, first.headers.location);
		assert.equal(first.headers['idempotency-replayed'], undefined);
		assert.equal(again.headers['idempotency-replayed'], 'true');
		assert.equal(first.headers['x-hob-round-trips'], '1');
		assert.equal(again.headers['x-hob-round-trips'], '2');
		assert.equal(await tasksCalled(body.title), 1);
	});

	test('a residence too, and the key may be quoted', async () => {
		const value = key();
		const made = expectOk(await robin.client.post('/api/residences', { name: 'Once' },
			withKey(value)), 201);
		const again = await robin.client.post('/api/residences', { name: 'Once' }, withKey(`"${value}"`));

		assert.equal(expectOk(again, 201).id, made.id);
		assert.equal(again.headers['idempotency-replayed'], 'true');
	});

	test('for another body or another address is refused', async () => {
		const options = withKey(key());

		expectOk(await robin.client.post('/api/residences', { name: 'First' }, options), 201);
		expectProblem(await robin.client.post('/api/residences', { name: 'Second' }, options), 422,
			'idempotency_key_reused');
		expectProblem(await robin.client.post('/api/tasks',
			{ residence_id: residence.id, title: 'First' }, options), 422, 'idempotency_key_reused');
	});

	test('of another user is another key', async () => {
		const stranger = await signUp();
		const options = withKey(key());
		const mine = expectOk(await robin.client.post('/api/residences', { name: 'Same' }, options), 201);
		const theirs = await stranger.client.post('/api/residences', { name: 'Same' }, options);

		assert.notEqual(expectOk(theirs, 201).id, mine.id);
		assert.equal(theirs.headers['idempotency-replayed'], undefined);
	});

	test('of a request that failed is free again', async () => {
		const options = withKey(key());

		expectProblem(await robin.client.post('/api/tasks', { residence_id: missingId(), title: 'x' }, options),
			404, 'not_found');
		expectInvalid(await robin.client.post('/api/tasks', { residence_id: residence.id }, options),
			{ title: 'required' });
		expectOk(await robin.client.post('/api/tasks', { residence_id: residence.id, title: 'x' },
			options), 201);
	});

	test('whose task was deleted since says so', async () => {
		const options = withKey(key());
		const body = { residence_id: residence.id, title: 'Short-lived' };
		const { id } = expectOk(await robin.client.post('/api/tasks', body, options), 201);

		expectOk(await robin.client.delete(`/api/tasks/${id}`), 204);
		expectProblem(await robin.client.post('/api/tasks', body, options), 410, 'gone');
	});

	test('fifty at once make one task', async () => {
		const options = withKey(key());
		const body = { residence_id: residence.id, title: `Crowd ${key()}` };
		const answers = await Promise.all(Array.from({ length: 50 },
			() => robin.client.post('/api/tasks', body, options)));
		const good = answers.filter((res) => res.status === 201);

		assert.ok(good.length >= 1);
		assert.equal(new Set(good.map((res) => res.body.id)).size, 1);
		assert.equal(good.filter((res) => res.headers['idempotency-replayed'] === undefined).length, 1);
		answers.filter((res) => res.status !== 201)
			.forEach((res) => expectProblem(res, 409, 'idempotency_in_progress'));
		assert.equal(await tasksCalled(body.title), 1);
	});

	test('a changed password is changed once, although the old one is wrong by then', async () => {
		const { client } = await signUp();
		const options = withKey(key());
		const body = { old_password: PASSWORD, new_password: 'a wholly new secret' };

		const first = expectOk(await client.post('/api/auth/change-password', body, options));
		const again = await client.post('/api/auth/change-password', body, options);
		assert.deepEqual(expectOk(again), first);
		assert.equal(again.headers['idempotency-replayed'], 'true');
		expectProblem(await client.post('/api/auth/change-password', body), 403, 'wrong_password');
	});

	test('is forgotten after a day', async () => {
		const { client, user } = await signUp();
		const options = withKey(key());
		const first = expectOk(await client.post('/api/residences', { name: 'Daily' }, options), 201);

		const idle = await signUp();
		expectOk(await idle.client.post('/api/residences', { name: 'Once' }, withKey(key())), 201);
		await sql(`UPDATE idempotency_keys SET created_at = now() - interval '25 hours'
			WHERE user_id IN (:'id', :'idle')`, { id: user.id, idle: idle.user.id });
		assert.notEqual(expectOk(await client.post('/api/residences', { name: 'Daily' }, options), 201).id,
			first.id);
		assert.deepEqual(await sql("SELECT count(*) FROM idempotency_keys WHERE user_id IN (:'id', :'idle')",
			{ id: user.id, idle: idle.user.id }), ['3'],
			'and no request deletes what is over: hob sweep drops it');
	});

	test('must be visible ASCII, and not too long', async () => {
		for (const bad of ['', '""', 'two words', 'x'.repeat(256), 'a\tb'])
			expectInvalid(await robin.client.post('/api/residences', { name: 'x' }, withKey(bad)),
				{ 'Idempotency-Key': 'format' }, 'query');
		expectOk(await robin.client.post('/api/residences', { name: 'x' }, withKey('x'.repeat(255))), 201);
	});
});

describe('an id that the client made', () => {
	test('becomes the id; sent again it is answered 200 with what is there', async () => {
		const body = { id: newId(), residence_id: residence.id, title: 'Made offline' };
		const first = await robin.client.post('/api/tasks', body);
		const task = expectOk(first, 201);

		assert.equal(task.id, body.id);
		assert.equal(first.headers.location, `/api/tasks/${body.id}`);
		expectOk(await robin.client.patch(`/api/tasks/${body.id}`, { title: 'Changed since' }));
		assert.equal(expectOk(await robin.client.post('/api/tasks', body)).title, 'Changed since');
		const cabin = { id: newId(), name: 'Cabin' };
		assert.equal(expectOk(await robin.client.post('/api/residences', cabin), 201).id, cabin.id);
		assert.equal(expectOk(await robin.client.post('/api/residences', cabin)).id, cabin.id);
	});

	test('that somebody else has is refused', async () => {
		const stranger = await signUp();
		const theirs = await newResidence(stranger);
		const task = await newTask(robin, residence);

		expectProblem(await stranger.client.post('/api/tasks',
			{ id: task.id, residence_id: theirs.id, title: 'x' }), 409, 'id_taken');
		expectProblem(await stranger.client.post('/api/residences', { id: residence.id, name: 'x' }),
			409, 'id_taken');
	});

	test('of a deleted task is not free', async () => {
		const task = await newTask(robin, residence);

		expectOk(await robin.client.delete(`/api/tasks/${task.id}`), 204);
		expectProblem(await robin.client.post('/api/tasks',
			{ id: task.id, residence_id: residence.id, title: 'x' }), 409, 'id_taken');
	});

	test('must be a UUID, of any version and in either case, and stays', async () => {
		for (const id of ['7', newId().replaceAll('-', ''), `{${newId()}}`])
			expectInvalid(await robin.client.post('/api/residences', { id, name: 'x' }), { id: 'format' });
		expectInvalid(await robin.client.patch(`/api/residences/${residence.id}`, { id: newId() }),
			{ id: 'immutable' });
	});

	test('goes with a key', async () => {
		const body = { id: newId(), residence_id: residence.id, title: 'Both' };
		const options = withKey(key());

		expectOk(await robin.client.post('/api/tasks', body, options), 201);
		const again = await robin.client.post('/api/tasks', body, options);
		assert.equal(expectOk(again, 201).id, body.id);
		assert.equal(again.headers['idempotency-replayed'], 'true');
	});
});
