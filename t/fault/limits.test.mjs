// limits.test.mjs: how often one client may ask: Hob's own walls, which the other suites
// switch off. Each test sets them so low that a few requests reach them.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { nobody } from '../api/support/client.mjs';
import { expectOk, expectProblem } from '../api/support/expect.mjs';
import { freshEmail, newHome, PASSWORD, registration, signIn, signUp } from '../api/support/people.mjs';
import { connect, send } from './fastcgi.mjs';
import { configure, logged, logMark, reload, setting, settled, stack, until } from './support.mjs';

// Hashes that cost nothing: the hash has a wall of its own, which is not meant here.
const CHEAP = { 'auth.argon2_memory': '64k', 'auth.argon2_passes': 1, 'auth.hash_wait': '10s' };
const POLICY = /^"(\w+)";q=(\d+);w=(\d+)$/;
const LEFT = /^"(\w+)";r=(\d+);t=(\d+)$/;

let robin;

before(async () => {
	await reload(CHEAP);
	robin = await signUp();
});

after(async () => {
	configure();
	await stack('up');
});

/** These limits and none but them, with no memory of what was before. */
async function limits(changes) {
	const off = ['reads', 'writes', 'auth', 'account', 'login'].map((name) => [`limits.${name}`, 0]);

	// As many hashes at a time as workers: none is told to come back for want of a slot.
	configure({ ...CHEAP, 'auth.hash_slots': 4, ...Object.fromEntries(off), ...changes });
	await stack('restart', 'api');
	await settled();
}

/** What the headers say: { name, count, seconds, left, full }. */
function told(res) {
	const policy = POLICY.exec(res.headers['ratelimit-policy']);
	const left = LEFT.exec(res.headers.ratelimit);

	assert.ok(policy && left, `${res.headers['ratelimit-policy']} ${res.headers.ratelimit}`);
	assert.equal(left[1], policy[1]);
	return { name: policy[1], count: Number(policy[2]), seconds: Number(policy[3]),
		left: Number(left[2]), full: Number(left[3]) };
}

/** A 429 of limit `name`, which is over in `least` to `most` seconds. */
function expectTooMany(res, name, least, most) {
	expectProblem(res, 429, 'too_many_requests');
	const wait = Number(res.headers['retry-after']);

	assert.ok(wait >= least && wait <= most, `Retry-After: ${wait}`);
	assert.equal(told(res).name, name);
	assert.equal(told(res).left, 0);
}

const wrong = (email, options) => nobody.post('/api/auth/login', { email, password: 'wrong' }, options);
const right = (email) => nobody.post('/api/auth/login', { email, password: PASSWORD });

describe('reads and writes', () => {
	test('are counted apart, per session, and every answer says what is left', async () => {
		await limits({ 'limits.reads': 4, 'limits.writes': 2 });
		const other = await signIn(robin);

		for (let left = 3; left >= 0; left -= 1) {
			const res = await robin.client.get('/api/residences');

			expectOk(res);
			assert.deepEqual({ ...told(res), full: 0 },
				{ name: 'reads', count: 4, seconds: 60, left, full: 0 });
			assert.ok(told(res).full > 0 && told(res).full <= 60);
		}
		expectTooMany(await robin.client.get('/api/residences'), 'reads', 1, 15);
		expectOk(await other.client.get('/api/residences'));
		await newHome(robin);
		assert.equal(told(await robin.client.post('/api/residences', {})).left, 0, 'a refusal counts');
		expectTooMany(await robin.client.post('/api/residences', { name: 'Hut' }), 'writes', 1, 30);
	});

	test('that are refused reach neither database nor body', async () => {
		await limits({ 'limits.writes': 1 });
		await newHome(robin);
		const mark = logMark();
		const res = await robin.client.post('/api/residences', undefined, { raw: 'not json' });

		expectTooMany(res, 'writes', 1, 60);
		const line = await logged(mark, 'request', { request_id: res.headers['x-request-id'] });

		assert.equal(line.round_trips, 0);
	});

	test('come back by themselves, and a reload forgets nothing', async () => {
		await limits({ 'limits.writes': 30 });
		for (let i = 0; i < 30; i += 1)
			expectOk(await robin.client.patch('/api/auth/me', { last_name: 'Goodfellow' }));
		await reload();
		expectTooMany(await robin.client.patch('/api/auth/me', {}), 'writes', 1, 2);
		await until('a write is let in', async () =>
			(await robin.client.patch('/api/auth/me', {})).status === 200);
	});

	test('are unlimited at 0, for probes always', async () => {
		await limits({ 'limits.reads': 1 });
		for (let i = 0; i < 5; i += 1) {
			for (const [client, path] of [[nobody, '/livez'], [nobody, '/readyz']]) {
				const res = await client.get(path);

				expectOk(res);
				assert.equal(res.headers.ratelimit, undefined);
			}
			assert.equal((await robin.client.patch('/api/auth/me', {})).headers.ratelimit, undefined);
		}
	});
});

describe('who has no session', () => {
	/** One lookup list from `address`: its status line and headers. */
	async function lookups(address) {
		const socket = await connect(setting('api.socket'));

		try {
			return await send(socket, { path: '/api/static-data/task_states', address });
		} finally {
			socket.destroy();
		}
	}

	test('is an address, or the /64 of one', async () => {
		await limits({ 'limits.reads': 2 });
		for (const [address, status] of [
			['198.51.100.1', 200], ['198.51.100.1', 200], ['198.51.100.1', 429],
			['::ffff:198.51.100.1', 429], ['198.51.100.2', 200],
			['2001:db8:0:1::1', 200], ['2001:db8:0:1:ffff::2', 200], ['2001:db8:0:1::3', 429],
			['2001:db8:0:2::1', 200],
		])
			assert.match(await lookups(address), new RegExp(`^Status: ${status} `), address);
	});

	test('is believed no header about it', async () => {
		await limits({ 'limits.reads': 2 });
		const claim = (n) => ({ headers: { 'X-Forwarded-For': `203.0.113.${n}`, 'X-Real-IP': `203.0.113.${n}`,
			Forwarded: `for=203.0.113.${n}` } });

		expectOk(await nobody.get('/api/static-data', claim(1)));
		expectOk(await nobody.get('/api/static-data', claim(2)));
		expectTooMany(await nobody.get('/api/static-data', claim(3)), 'reads', 1, 30);
		expectOk(await robin.client.get('/api/auth/me'));
	});

	test('may register and log in so often, whatever token it sends along', async () => {
		await limits({ 'limits.auth': 3 });
		expectOk(await nobody.post('/api/auth/register', registration()), 201);
		expectOk(await right(robin.email));
		assert.equal(told(await right(robin.email)).left, 0);
		for (const client of [nobody, robin.client]) {
			expectTooMany(await client.post('/api/auth/register', registration()), 'auth', 1, 20);
			expectTooMany(await client.post('/api/auth/login', { email: robin.email, password: PASSWORD }), 'auth', 1, 20);
		}
		expectOk(await robin.client.get('/api/auth/me'));
	});
});

describe('guessing a password', () => {
	test('gets 5 tries, then none that hashes; other accounts and sessions do not notice', async () => {
		await limits({ 'limits.login': 5 });
		const puck = await signUp();

		for (let i = 0; i < 5; i += 1)
			expectProblem(await wrong(robin.email), 401, 'invalid_credentials');
		const mark = logMark();

		for (const res of [await wrong(robin.email), await right(robin.email),
			await right(robin.email.toUpperCase())]) {
			expectTooMany(res, 'login', 59, 60);
			const line = await logged(mark, 'request', { request_id: res.headers['x-request-id'] });

			assert.equal(line.round_trips, 0);
		}
		expectOk(await right(puck.email));
		expectOk(await robin.client.get('/api/auth/me'));
		expectOk(await robin.client.patch('/api/auth/me', { first_name: 'Robin' }));
	});

	test('is told the same for an account that does not exist', async () => {
		await limits({ 'limits.login': 2 });
		const stranger = freshEmail('stranger');

		for (const email of [robin.email, stranger]) {
			expectProblem(await wrong(email), 401, 'invalid_credentials');
			expectProblem(await wrong(email), 401, 'invalid_credentials');
			expectTooMany(await wrong(email), 'login', 59, 60);
		}
	});

	test('waits twice as long each time, until the right one comes', async () => {
		await limits({ 'limits.login': 2, 'limits.login_wait': '1s' });
		const opens = (email) => until('a try is let in', async () => {
			const res = await wrong(email);

			return res.status === 401;
		});

		await wrong(robin.email);
		await wrong(robin.email);
		expectTooMany(await wrong(robin.email), 'login', 1, 1);
		await opens(robin.email);
		expectTooMany(await wrong(robin.email), 'login', 2, 2);
		await opens(robin.email);
		expectTooMany(await wrong(robin.email), 'login', 4, 4);
		await until('the right one is let in', async () => (await right(robin.email)).status === 200);
		expectProblem(await wrong(robin.email), 401, 'invalid_credentials');
		expectProblem(await wrong(robin.email), 401, 'invalid_credentials');
		expectTooMany(await wrong(robin.email), 'login', 1, 1);
	});

	test('in parallel gets no more tries', async () => {
		await limits({ 'limits.login': 5 });
		const answers = await Promise.all(Array.from({ length: 50 }, () => wrong(robin.email)));

		assert.equal(answers.filter((res) => res.status === 401).length, 5);
		assert.equal(answers.filter((res) => res.status === 429).length, 45);
	});

	test('is not what happened while the database was away', async (t) => {
		await limits({ 'limits.login': 2 });
		await stack('stop', 'postgres');
		t.after(() => stack('start', 'postgres'));
		for (let i = 0; i < 5; i += 1)
			expectProblem(await right(robin.email), 503, 'try_later');
		await stack('start', 'postgres');
		await until('the right one is let in', async () => (await right(robin.email)).status === 200);
	});

	test('from many addresses is bounded by the account', async () => {
		await limits({ 'limits.account': 3, 'limits.login': 2 });
		const socket = await connect(setting('api.socket'));
		const seen = [];

		for (let i = 1; i <= 5; i += 1) {
			const reply = await send(socket, { method: 'POST', path: '/api/auth/login',
				address: `203.0.113.${i}`, body: { email: robin.email, password: 'wrong' } });
			seen.push(reply.slice(8, 11));
		}
		socket.destroy();
		assert.deepEqual(seen, ['401', '401', '401', '429', '429']);
		expectTooMany(await right(robin.email), 'account', 1, 1200);
		expectOk(await robin.client.get('/api/auth/me'));
	});

	test('by a session that changes it is bounded too, and the session goes on', async () => {
		await limits({ 'limits.login': 2 });
		const puck = await signUp();
		const change = (old) => puck.client.post('/api/auth/change-password',
			{ old_password: old, new_password: `${PASSWORD}!` });

		expectProblem(await change('wrong'), 403, 'wrong_password');
		expectProblem(await change('wrong'), 403, 'wrong_password');
		expectTooMany(await change(PASSWORD), 'login', 59, 60);
		expectOk(await puck.client.get('/api/auth/me'));
	});
});
