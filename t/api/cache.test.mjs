// cache.test.mjs: reads that need no database, and that nothing read there is ever stale. What
// happens when Redis fails is in t/fault/redis.test.mjs, races by the million in t/coherence.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';

import { sql } from './support/db.mjs';
import { expectOk } from './support/expect.mjs';
import { newResidence, signIn, signUp } from './support/people.mjs';
import { programs } from './support/workers.mjs';

const run = promisify(execFile);

async function hob(...args) {
	return (await run(`${programs}/hob`, ['cache', ...args])).stdout;
}

const tripsOf = (res) => Number(res.headers['x-hob-round-trips']);

/** Reads `path` `times` times at once, so that every worker has its turn. */
function readAll(client, path, times = 16) {
	return Promise.all(Array.from({ length: times }, () => client.get(path)));
}

/** Reads until an answer took no round trip. */
async function untilCached(client, path) {
	for (let i = 0; i < 200; i++) {
		const res = await client.get(path);

		expectOk(res);
		if (tripsOf(res) === 0)
			return res;
	}
	return assert.fail(`${path} always asked the database`);
}

describe('what is remembered', () => {
	for (const path of ['/api/auth/me', '/api/residences', '/api/residences?ordering=-name'])
		test(`${path} takes no round trip, and is the same to the byte`, async () => {
			const { client } = await signUp();

			expectOk(await client.post('/api/residences', { name: 'Hill House' }), 201);
			const cold = await client.get(path);
			const warm = await untilCached(client, path);

			assert.equal(tripsOf(cold), 1);
			assert.equal(warm.text, cold.text);
			for (const name of ['etag', 'content-type', 'cache-control', 'vary'])
				assert.equal(warm.headers[name], cold.headers[name], name);
			const same = await client.get(path, { headers: { 'If-None-Match': warm.headers.etag } });
			assert.equal(same.status, 304);
		});

	test('a worker that never saw the caller learns of them from Redis', async () => {
		const { client } = await signUp();

		expectOk(await client.get('/api/auth/me'));
		for (const res of await readAll(client, '/api/auth/me', 64)) {
			expectOk(res);
			assert.equal(tripsOf(res), 0, `worker ${res.headers['x-hob-worker']}`);
		}
	});

	test('of a query with a mistake nothing', async () => {
		const { client } = await signUp();

		await untilCached(client, '/api/residences');
		assert.equal((await client.get('/api/residences?colour=red')).status, 400);
	});

	test('not a page of somebody else', async () => {
		const [one, other] = [await signUp({ first_name: 'Ada' }), await signUp({ first_name: 'Bob' })];

		await untilCached(one.client, '/api/auth/me');
		assert.equal(expectOk(await untilCached(other.client, '/api/auth/me')).first_name, 'Bob');
	});
});

describe('what changed is never read as it was', () => {
	test('the profile, by the same session and by another', async () => {
		const person = await signUp();
		const phone = await signIn(person);

		for (let i = 0; i < 30; i++) {
			await readAll(phone.client, '/api/auth/me', 4);
			expectOk(await person.client.patch('/api/auth/me', { first_name: `Name ${i}` }));
			for (const res of await readAll(phone.client, '/api/auth/me', 8))
				assert.equal(expectOk(res).first_name, `Name ${i}`);
		}
	});

	test('the residences: made, renamed, deleted', async () => {
		const { client } = await signUp();
		const names = async () => {
			const seen = await readAll(client, '/api/residences', 8);

			return seen.map((res) => expectOk(res).results.map((residence) => residence.name).join());
		};

		assert.deepEqual([...new Set(await names())], ['']);
		const residence = await newResidence({ client }, { name: 'A' });
		assert.deepEqual([...new Set(await names())], ['A']);
		expectOk(await client.patch(`/api/residences/${residence.id}`, { name: 'B' }));
		assert.deepEqual([...new Set(await names())], ['B']);
		expectOk(await client.delete(`/api/residences/${residence.id}`), 204);
		assert.deepEqual([...new Set(await names())], ['']);
	});

	test('the name of an owner, as a member reads it', async () => {
		const [owner, member] = [await signUp({ first_name: 'Old' }), await signUp()];
		const residence = await newResidence(owner);
		const names = async () => (await readAll(member.client, '/api/residences', 8))
			.map((res) => expectOk(res).results[0].owner.name);

		await sql("INSERT INTO residence_members VALUES (:'residence', :'user', 'viewer')",
			{ residence: residence.id, user: member.user.id });
		await names();
		expectOk(await owner.client.patch('/api/auth/me', { first_name: 'New' }));
		for (const name of await names())
			assert.match(name, /^New /);
	});

	for (const [what, end] of [
		['logout', (one) => one.client.post('/api/auth/logout')],
		['logout of all', (one, other) => other.client.post('/api/auth/logout-all', { keep_current: true })],
		['a new password', (one, other) => other.client.post('/api/auth/change-password',
			{ old_password: other.password, new_password: `${other.password} too` })],
		['revoking', async (one, other) => {
			const { results } = expectOk(await other.client.get('/api/auth/sessions'));
			const { id } = results.find((session) => !session.current);

			return other.client.delete(`/api/auth/sessions/${id}`);
		}],
	])
		test(`a session, after ${what}`, async () => {
			const other = await signUp();
			const one = await signIn(other);

			await readAll(one.client, '/api/auth/me');
			await readAll(one.client, '/api/residences');
			await untilCached(one.client, '/api/auth/me');
			assert.ok((await end(one, other)).status < 300);
			for (const path of ['/api/auth/me', '/api/residences', '/api/residences/summary'])
				for (const res of await readAll(one.client, path))
					assert.equal(res.status, 401, path);
			expectOk(await other.client.get('/api/auth/me'));
		});
});

describe('hob cache', () => {
	test('stats counts hits and changes', async () => {
		const before = JSON.parse(await hob('stats', '--json'));
		const { client } = await signUp();

		await untilCached(client, '/api/auth/me');
		expectOk(await client.patch('/api/auth/me', { first_name: 'Puck' }));
		const after = JSON.parse(await hob('stats', '--json'));
		assert.equal(after.hears_other_hosts, true);
		for (const name of ['answer_hits', 'session_misses', 'keys_touched'])
			assert.ok(after[name] > before[name], `${name}: ${before[name]}, then ${after[name]}`);
		assert.match(await hob('stats'), /answers known/);
	});

	test('flush makes rows seen that were changed by hand', async () => {
		const { client, user } = await signUp();

		await untilCached(client, '/api/auth/me');
		await sql("UPDATE users SET first_name = 'By hand' WHERE id = :'id'", { id: user.id });
		await hob('flush');
		const res = await client.get('/api/auth/me');
		assert.equal(expectOk(res).first_name, 'By hand');
		assert.equal(tripsOf(res), 1);
	});
});
