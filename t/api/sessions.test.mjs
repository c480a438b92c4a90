// sessions.test.mjs: what ends a session or a calendar feed, and the list of one's sessions.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';

import { Client, nobody } from './support/client.mjs';
import { arranged, Session, sql } from './support/db.mjs';
import { expectInvalid, expectKeys, expectOk, expectPage, expectProblem, expectSameBytes,
	INSTANT, SAME_ID, UUID_V7 } from './support/expect.mjs';
import { login, makeCheap, missingId, OTHER_PASSWORD, PASSWORD, signIn, signUp } from './support/people.mjs';

const SESSION_KEYS = ['id', 'device_name', 'created_at', 'last_seen_at', 'expires_at', 'current'];

describe('POST /api/auth/change-password', () => {
	const path = '/api/auth/change-password';

	test('changes it, keeps this session and ends the others', async () => {
		const someone = await signUp();
		const other = await signIn(someone);
		const { email } = someone;

		expectOk(await someone.client.post(path,
			{ old_password: PASSWORD, new_password: OTHER_PASSWORD }));
		expectOk(await someone.client.get('/api/auth/me'));
		expectProblem(await other.client.get('/api/auth/me'), 401, 'unauthorized');
		expectProblem(await login({ email, password: PASSWORD }), 401, 'invalid_credentials');
		expectOk(await login({ email, password: OTHER_PASSWORD }));
	});

	test('ends a session that began while it waited, for every route and every worker', arranged(async () => {
		const someone = await signUp();
		const other = await signIn(someone);
		const [account, session] = [new Session(), new Session()];
		const paths = ['/api/auth/me', '/api/auth/sessions', '/api/residences', '/api/residences/summary',
			'/api/tasks', '/api/sync'];
		const readAll = (client) =>
			Promise.all(Array.from({ length: 4 }, () => paths).flat().map((path) => client.get(path)));

		try {
			await account.run(`BEGIN; SELECT FROM users WHERE id = '${someone.user.id}' FOR UPDATE`);
			await session.run(`BEGIN; SELECT FROM sessions WHERE token_hash =
				'${createHash('sha256').update(other.token).digest('hex')}' FOR UPDATE`);
			const begun = login({ email: someone.email, password: PASSWORD });
			await account.untilBlocking(1);
			const change = someone.client.post('/api/auth/change-password',
				{ old_password: PASSWORD, new_password: OTHER_PASSWORD });
			await account.untilBlocking(2);
			await account.run('COMMIT');
			const late = new Client(expectOk(await begun).token);
			(await readAll(late)).forEach((res) => expectOk(res));
			await session.run('COMMIT');
			assert.equal(expectOk(await change).sessions_ended, 2);
			(await readAll(late)).forEach((res) => expectProblem(res, 401, 'unauthorized'));
		} finally {
			account.end();
			session.end();
		}
	}));

	test('is not confused by a login that renews the hash meanwhile', arranged(async () => {
		const someone = await signUp();
		const lock = new Session();

		await makeCheap(someone);
		try {
			await lock.run(`BEGIN; SELECT FROM users WHERE id = '${someone.user.id}' FOR UPDATE`);
			const renews = login({ email: someone.email, password: PASSWORD });
			await lock.untilBlocking(1);
			const change = someone.client.post('/api/auth/change-password',
				{ old_password: PASSWORD, new_password: OTHER_PASSWORD });
			await lock.untilBlocking(2);
			await lock.run('COMMIT');
			expectOk(await renews);
			expectOk(await change);
		} finally {
			lock.end();
		}
	}));

	test('refuses a wrong old password and changes nothing', async () => {
		const someone = await signUp();
		const other = await signIn(someone);

		expectProblem(await someone.client.post(path,
			{ old_password: 'not the lamp', new_password: OTHER_PASSWORD }), 403, 'wrong_password');
		expectOk(await other.client.get('/api/auth/me'));
		expectOk(await login({ email: someone.email, password: PASSWORD }));
	});

	test('refuses a new password that is missing, short, long, null or common', async () => {
		const { client } = await signUp();
		const cases = [[undefined, 'required'], ['short', 'too_short'], ['x'.repeat(257), 'too_long'],
			[null, 'null'], [12345678, 'type'], ['iloveyou1', 'too_common']];

		for (const [new_password, code] of cases)
			expectInvalid(await client.post(path, { old_password: PASSWORD, new_password }),
				{ new_password: code });
		expectInvalid(await client.post(path, { new_password: OTHER_PASSWORD }),
			{ old_password: 'required' });
	});

	test('answers nobody 401', async () => {
		expectProblem(await nobody.post(path, { old_password: PASSWORD, new_password: OTHER_PASSWORD }),
			401, 'unauthorized');
	});
});

describe('a calendar feed', () => {
	for (const [what, end, others] of [
		['a new password', (one) => one.client.post('/api/auth/change-password',
			{ old_password: PASSWORD, new_password: OTHER_PASSWORD }), 1],
		['logout of all others', (one) => one.client.post('/api/auth/logout-all', {}), 1],
		['logout of all', (one) => one.client.post('/api/auth/logout-all', { keep_current: false }), 2]])
		test(`does not survive ${what}, and the answer says so`, async () => {
			const someone = await signUp();
			const { path } = expectOk(await someone.client.post('/api/calendar-feeds', {}), 201);

			await signIn(someone);
			assert.equal((await nobody.get(path)).status, 200);
			assert.deepEqual(expectOk(await end(someone)),
				{ sessions_ended: others, access_tokens_ended: 0, calendar_feeds_ended: 1,
					webhooks_ended: 0 });
			expectProblem(await nobody.get(path), 404, 'not_found');
		});

	test('survives the logout of one session', async () => {
		const someone = await signUp();
		const { path } = expectOk(await someone.client.post('/api/calendar-feeds', {}), 201);

		expectOk(await someone.client.post('/api/auth/logout'), 204);
		assert.equal((await nobody.get(path)).status, 200);
	});

	test('and all sessions of an account that is disabled do not come back with it', async () => {
		const someone = await signUp();
		const { path } = expectOk(await someone.client.post('/api/calendar-feeds', {}), 201);

		await sql("UPDATE users SET is_active = false WHERE id = :'id'", { id: someone.user.id });
		await sql("UPDATE users SET is_active = true WHERE id = :'id'", { id: someone.user.id });
		expectProblem(await nobody.get(path), 404, 'not_found');
		expectProblem(await someone.client.get('/api/auth/me'), 401, 'unauthorized');
		await signIn(someone);
	});
});

describe('POST /api/auth/logout', () => {
	test('ends this session alone, at once and in every worker', async () => {
		const someone = await signUp();
		const other = await signIn(someone);

		expectOk(await someone.client.post('/api/auth/logout'), 204);
		const after = await Promise.all(Array.from({ length: 24 },
			() => someone.client.get('/api/auth/me')));
		for (const res of after)
			expectProblem(res, 401, 'unauthorized');
		expectOk(await other.client.get('/api/auth/me'));
	});

	test('takes no body', async () => {
		const { client } = await signUp();

		expectProblem(await client.post('/api/auth/logout', { everywhere: true }), 400, 'malformed');
		expectOk(await client.post('/api/auth/logout', {}), 204);
	});

	test('answers nobody, and who has logged out before, 401', async () => {
		const { client } = await signUp();

		expectOk(await client.post('/api/auth/logout'), 204);
		expectProblem(await client.post('/api/auth/logout'), 401, 'unauthorized');
		expectProblem(await nobody.post('/api/auth/logout'), 401, 'unauthorized');
	});
});

describe('POST /api/auth/logout-all', () => {
	const path = '/api/auth/logout-all';

	for (const [what, body] of [['by default', {}], ['without a body', undefined],
		['when asked to', { keep_current: true }]])
		test(`keeps the current session ${what} and ends all others`, async () => {
			const someone = await signUp();
			const other = await signIn(someone);
			const stranger = await signUp();

			expectOk(await someone.client.post(path, body));
			expectOk(await someone.client.get('/api/auth/me'));
			expectProblem(await other.client.get('/api/auth/me'), 401, 'unauthorized');
			expectOk(await stranger.client.get('/api/auth/me'));
		});

	test('is content when there is no other session', async () => {
		const { client } = await signUp();

		expectOk(await client.post(path, {}));
		expectOk(await client.get('/api/auth/me'));
	});

	test('ends the current session too when told so', async () => {
		const someone = await signUp();
		const other = await signIn(someone);

		expectOk(await someone.client.post(path, { keep_current: false }));
		expectProblem(await someone.client.get('/api/auth/me'), 401, 'unauthorized');
		expectProblem(await other.client.get('/api/auth/me'), 401, 'unauthorized');
	});

	test('refuses anything but a truth value', async () => {
		const { client } = await signUp();

		for (const keep_current of ['true', 1])
			expectInvalid(await client.post(path, { keep_current }), { keep_current: 'type' });
		expectInvalid(await client.post(path, { keep_current: null }), { keep_current: 'null' });
		expectInvalid(await client.post(path, { all: true }), { all: 'unknown_field' });
	});

	test('answers nobody 401', async () => {
		expectProblem(await nobody.post(path, {}), 401, 'unauthorized');
	});
});

describe('GET /api/auth/sessions', () => {
	test('lists all of my devices and says which one asks', async () => {
		const someone = await signUp({ device_name: 'First phone' });
		await signIn(someone, 'Second phone');
		const results = expectPage(await someone.client.get('/api/auth/sessions'));

		assert.deepEqual(results.map((s) => s.device_name).sort(), ['First phone', 'Second phone']);
		for (const s of results) {
			expectKeys(s, SESSION_KEYS);
			assert.match(s.id, UUID_V7);
			assert.match(s.created_at, INSTANT);
			assert.match(s.last_seen_at, INSTANT);
			const days = (Date.parse(s.expires_at) - Date.parse(s.created_at)) / 86400000;
			assert.equal(Math.round(days), 180);
			assert.equal(s.current, s.device_name === 'First phone');
		}
	});

	test('leaves out sessions that have ended', async () => {
		const someone = await signUp({ device_name: 'First phone' });
		const other = await signIn(someone);

		expectOk(await other.client.post('/api/auth/logout'), 204);
		const results = expectPage(await someone.client.get('/api/auth/sessions'));
		assert.deepEqual(results.map((s) => s.device_name), ['First phone']);
	});

	test('answers nobody 401', async () => {
		expectProblem(await nobody.get('/api/auth/sessions'), 401, 'unauthorized');
	});
});

describe('DELETE /api/auth/sessions/{session_id}', () => {
	async function sessionId(person) {
		const results = expectPage(await person.client.get('/api/auth/sessions'));
		return results.find((s) => s.current).id;
	}

	test('ends that session; again it is 404', async () => {
		const someone = await signUp();
		const other = await signIn(someone);
		const path = `/api/auth/sessions/${await sessionId(other)}`;

		expectOk(await someone.client.delete(path), 204);
		expectProblem(await other.client.get('/api/auth/me'), 401, 'unauthorized');
		expectProblem(await someone.client.delete(path), 404, 'not_found');
	});

	test('may be used on the own one', async () => {
		const someone = await signUp();

		expectOk(await someone.client.delete(`/api/auth/sessions/${await sessionId(someone)}`), 204);
		expectProblem(await someone.client.get('/api/auth/me'), 401, 'unauthorized');
	});

	test("answers another user's session like a missing one, byte for byte", async () => {
		const someone = await signUp();
		const stranger = await signUp();
		const foreign = await someone.client.delete(
			`/api/auth/sessions/${await sessionId(stranger)}`, SAME_ID);
		const missing = await someone.client.delete(`/api/auth/sessions/${missingId()}`, SAME_ID);

		expectProblem(foreign, 404, 'not_found');
		expectSameBytes(foreign, missing);
		expectOk(await stranger.client.get('/api/auth/me'));
	});

	test('answers what is no id 404, and nobody 401', async () => {
		const { client } = await signUp();

		expectProblem(await client.delete('/api/auth/sessions/current'), 404, 'not_found');
		expectProblem(await nobody.delete(`/api/auth/sessions/${missingId()}`), 401, 'unauthorized');
	});
});
