// limits.test.mjs: how often one client may ask: Hob's own walls, which the other suites
// switch off. Each test sets them so low that a few requests reach them.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { before, describe, test } from 'node:test';
import { promisify } from 'node:util';

import { nobody } from '../api/support/client.mjs';
import { sql } from '../api/support/db.mjs';
import { expectInvalid, expectOk } from '../api/support/expect.mjs';
import { crowd, newResidence, newTask, newToken, PASSWORD, registration, signIn,
	signUp } from '../api/support/people.mjs';
import { connect, send } from './fastcgi.mjs';
import { held, holding, installHold, logged, logMark, reload, removeHold, setting, status, until } from './support.mjs';
import { cheaply, expectTooMany, from, limits, right, times, told } from './walls.mjs';

let robin;

cheaply();
before(async () => {
	robin = await signUp();
});

describe('reads and writes', () => {
	test('are counted apart, per account, and every answer says what is left', async () => {
		await limits({ 'limits.reads': 4, 'limits.writes': 2 });
		const [other] = await crowd(1);

		for (let left = 3; left >= 0; left -= 1) {
			const res = await robin.client.get('/api/residences');

			expectOk(res);
			assert.deepEqual({ ...told(res), full: 0 },
				{ name: 'reads', count: 4, seconds: 60, left, full: 0 });
			assert.ok(told(res).full > 0 && told(res).full <= 60);
		}
		expectTooMany(await robin.client.get('/api/residences'), 'reads', 1, 15);
		expectOk(await other.client.get('/api/residences'));
		await newResidence(robin);
		assert.equal(told(await robin.client.post('/api/residences', {})).left, 0, 'a refusal counts');
		expectTooMany(await robin.client.post('/api/residences', { name: 'Hut' }), 'writes', 1, 30);
	});

	test('that are refused reach neither database nor body', async () => {
		await limits({ 'limits.writes': 1 });
		await newResidence(robin);
		const mark = logMark();
		const res = await robin.client.post('/api/residences', undefined, { raw: 'not json' });

		expectTooMany(res, 'writes', 1, 60);
		const line = await logged(mark, 'request', { request_id: res.headers['x-request-id'] });

		assert.equal(line.round_trips, 0);
	});

	test('that are answered with much are several, as far as some are left', async () => {
		await limits({ 'limits.reads': 6 });
		const puck = await signUp();
		const residence = await newResidence(puck);
		for (let i = 0; i < 10; i += 1)
			await newTask(puck, residence, { description: '🏡'.repeat(10000) });
		const list = async () => {
			const res = await puck.client.get('/api/tasks');
			expectOk(res);
			assert.equal(Math.floor(Buffer.byteLength(res.text) / 131072), 3);
			return told(res).left;
		};

		assert.deepEqual([await list(), await list()], [2, 0]);
		expectTooMany(await puck.client.get('/api/auth/me'), 'reads', 1, 10);
		const [nora] = await crowd(1);
		const theirs = await newResidence(nora);
		for (let i = 0; i < 10; i += 1)
			await newTask(nora, theirs, { description: '🏡'.repeat(10000) });
		const res = await nora.client.get('/api/tasks', { headers: { 'If-None-Match': '*' } });
		assert.deepEqual([res.status, told(res).left], [304, 2], 'one that is not sent was made');
	});

	test('that search, sum up or report are ten each', async () => {
		await limits({ 'limits.reads': 50 });
		const [puck] = await crowd(1);
		const residence = await newResidence(puck);

		for (const [path, left] of [[`residences/${residence.id}/report`, 40], ['residences/summary', 30],
			['tasks?search=x', 20], ['completions?search=x', 10], ['tasks', 9], ['residences?search=x', 0]])
			// One comes back every 1.3 s.
			assert.ok([left, left + 1, left + 2]
				.includes(told(await puck.client.get(`/api/${path}`)).left), path);
	});

	test('of six sessions of one account are those of one', async () => {
		await limits({ 'limits.reads': 6, 'limits.writes': 3 });
		const puck = await signUp();
		const sessions = [puck, ...await Promise.all(times(5, () => signIn(puck)))];

		for (const { client } of sessions)
			expectOk(await client.get('/api/auth/me'));
		for (const { client } of sessions)
			expectTooMany(await client.get('/api/auth/me'), 'reads', 1, 10);
		for (const { client } of sessions.slice(3))
			expectOk(await client.post('/api/residences', { name: 'Hut' }), 201);
		expectTooMany(await puck.client.post('/api/residences', { name: 'Hut' }), 'writes', 1, 20);
	});

	test('of an account are known whatever changes in it', async () => {
		await limits({ 'limits.writes': 4, 'limits.unproven': 50 });
		const [puck] = await crowd(1);
		const rename = () => puck.client.patch('/api/auth/me', { first_name: `Puck ${Math.random()}` });

		for (let i = 0; i < 4; i += 1)
			expectOk(await rename());
		for (let i = 0; i < 8; i += 1)
			expectTooMany(await rename(), 'writes', 1, 15);
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

describe('a request that does many things', () => {
	const tasks = (residence, n) => times(n, (i) => ({ residence_id: residence.id, title: `Task ${i}` }));

	test('counts each: a bulk of 100 is 100 writes', async () => {
		await limits({});
		const puck = await signUp();
		const residence = await newResidence(puck);
		const bulk = (n) => puck.client.post('/api/tasks/bulk', { create: tasks(residence, n) });
		const made = async () => Number(await sql(
			"SELECT count(*) FROM tasks WHERE residence_id = :'residence'", { residence: residence.id }));

		await limits({ 'limits.writes': 250 });
		for (const left of [150, 50]) {
			const res = await bulk(100);

			expectOk(res);
			assert.ok(told(res).left >= left && told(res).left < left + 40, String(told(res).left));
		}
		expectTooMany(await bulk(100), 'writes', 1, 15);
		assert.equal(await made(), 200);
		expectOk(await bulk(10));
	});

	test('counts its parts whatever list they stand in', async () => {
		await limits({});
		const puck = await signUp();
		const residence = await newResidence(puck);
		const [one, two] = [await newTask(puck, residence), await newTask(puck, residence)];

		await limits({ 'limits.writes': 5 });
		const body = { create: tasks(residence, 1), update: [{ id: one.id, title: 'One' }],
			complete: [{ task_id: one.id, occurrence: 1 }], skip: [{ task_id: two.id, occurrence: 1 }] };

		assert.equal(told(await puck.client.post('/api/tasks/bulk', body)).left, 1);
		expectTooMany(await puck.client.post('/api/tasks/bulk', body), 'writes', 1, 48);
	});

	test('is told when it would never pass', async () => {
		await limits({ 'limits.writes': 5 });
		const puck = await signUp();
		const body = { create: times(6, () => ({ title: 'x' })) };

		expectInvalid(await puck.client.post('/api/tasks/bulk', body), { create: 'too_long' });
		expectInvalid(await puck.client.post('/api/task-templates/apply', { residence_id: puck.user.id,
			codes: times(6, (i) => `code_${String.fromCharCode(97 + i)}`) }), { codes: 'too_long' });
	});

	test('counts each template that it applies', async () => {
		await limits({});
		const puck = await signUp();
		const residence = await newResidence(puck);
		const codes = expectOk(await puck.client.get('/api/task-templates')).results.slice(0, 5)
			.map((t) => t.code);
		const apply = (of) => puck.client.post('/api/task-templates/apply',
			{ residence_id: residence.id, codes: of });

		await limits({ 'limits.writes': 8 });
		const res = await apply(codes);

		assert.equal(expectOk(res).created.length, 5);
		assert.ok(told(res).left <= 4, String(told(res).left));
		expectTooMany(await apply(codes), 'writes', 1, 30);
	});

	test('of a session that is proven by it is paid by its account', async () => {
		await limits({ 'limits.writes': 10, 'limits.unproven': 2 });
		const people = await crowd(4);

		for (const { client } of people)
			assert.equal(told(await client.post('/api/tasks/bulk',
				{ update: times(8, () => ({ id: robin.user.id, title: 'x' })) })).left, 2);
	});
});

describe('a token that is no session', () => {
	const me = (token) => ({ path: '/api/auth/me', token });
	const redis = async (...words) =>
		(await promisify(execFile)('redis-cli', ['-s', setting('redis.address'), ...words])).stdout.trim();
	const key = (token) => `tok:${createHash('sha256').update(token).digest('hex')}`;
	const madeUp = (n, make = me) => times(n, () => make(newToken()));

	test('has no budget of its own: its address has one for all of them, reads and writes alike', async () => {
		await limits({ 'limits.unproven': 4 });
		const write = (token) => ({ method: 'POST', path: '/api/residences', token, body: { name: 'x' } });

		expectOk(await robin.client.get('/api/auth/me'));
		assert.deepEqual(await from('198.51.100.9', ...madeUp(3), ...madeUp(3, write)),
			[401, 401, 401, 401, 429, 429]);
		assert.deepEqual(await from('198.51.100.10', ...madeUp(1)), [401]);
		assert.deepEqual(await from('198.51.100.9', me(robin.token)), [200], 'who is proven goes on');
	});

	test('is refused before body, database and Redis', async () => {
		await limits({ 'limits.unproven': 1 });
		const mark = logMark();
		const requests = [{ requestId: 'first-of-all' }, { requestId: 'read-after-all' },
			{ requestId: 'write-after-all', method: 'POST', body: 'not an object' }];

		assert.deepEqual(await from('198.51.100.11',
			...requests.map((r) => ({ ...me(newToken()), path: '/api/residences', ...r }))),
			[401, 429, 429]);
		for (const [id, trips] of [['first-of-all', 1], ['read-after-all', 0], ['write-after-all', 0]])
			assert.equal((await logged(mark, 'request', { request_id: id })).round_trips, trips, id);
	});

	test('asks nothing of Redis when its address has no budget left', async () => {
		const asked = async () => [...(await redis('INFO', 'commandstats'))
			.matchAll(/cmdstat_eval\w*:calls=(\d+)/g)]
			.reduce((sum, [, calls]) => sum + Number(calls), 0);

		await limits({ 'limits.unproven': 2 });
		const [puck] = await crowd(1);
		expectOk(await puck.client.get('/api/auth/me'));
		const none = await asked();
		assert.deepEqual(await from('198.51.100.16', ...madeUp(2)), [401, 401]);
		const some = await asked();
		assert.ok(some > none, 'it is asked while there is some');
		assert.deepEqual(new Set(await from('198.51.100.16', ...madeUp(20))), new Set([429]));
		assert.equal(await asked(), some);
		assert.deepEqual(await from('198.51.100.16', me(puck.token)), [200], 'who is proven goes on');
	});

	test('that Redis knows is counted by its account alone', async () => {
		await limits({});
		const [puck] = await crowd(1);
		expectOk(await puck.client.get('/api/auth/me'));
		await until('Redis knows the caller', async () => {
			await Promise.all(times(16, async () => expectOk(await puck.client.get('/api/auth/me'))));
			return await redis('EXISTS', key(puck.token)) === '1';
		});
		// A restart forgets whose the token is.
		await limits({ 'limits.unproven': 1, 'limits.reads': 50 });
		const { count, name } = told(await puck.client.get('/api/auth/me'));
		assert.deepEqual([name, count], ['reads', 50]);
		assert.deepEqual(await from('127.0.0.1', ...madeUp(2)), [401, 429], 'the address had its budget still');
	});

	test('leaves nothing in Redis', async () => {
		await limits({});
		const tokens = times(40, newToken);
		const [puck] = await crowd(1);

		assert.ok((await from('198.51.100.12', ...tokens.map(me))).every((status) => status === 401));
		assert.equal(await redis('EXISTS', ...tokens.map(key)), '0');
		expectOk(await puck.client.get('/api/auth/me'));
		await until('who is proven is found there', async () => {
			await Promise.all(times(16, async () => expectOk(await puck.client.get('/api/auth/me'))));
			return await redis('EXISTS', key(puck.token)) === '1';
		});
	});

	test('costs nothing to those who are proven, however many share an address', async () => {
		await limits({ 'limits.unproven': 1 });
		const people = await crowd(20);

		assert.deepEqual(new Set(await from('198.51.100.13', ...people.map((p) => me(p.token)))),
			new Set([200]));
		assert.deepEqual(await from('198.51.100.13', ...madeUp(2)), [401, 429]);
		assert.deepEqual(new Set(await from('198.51.100.13', ...people.map((p) => me(p.token)))),
			new Set([200]));
		const late = await signUp();

		assert.deepEqual(await from('198.51.100.13', me(late.token)), [200],
			'a session is proven when it begins');
	});

	test('is proven by a request that fails for another reason', async () => {
		await limits({ 'limits.unproven': 1 });
		const people = await crowd(5);
		const missing = (p) => ({ path: `/api/residences/${p.user.id}`, token: p.token });

		assert.deepEqual(new Set(await from('198.51.100.14', ...people.map(missing))), new Set([404]));
	});

	test('is one that has ended', async () => {
		await limits({ 'limits.unproven': 2, 'limits.reads': 4 });
		const puck = await signUp();
		const phone = await signIn(puck);

		expectOk(await phone.client.get('/api/auth/me'));
		expectOk(await phone.client.post('/api/auth/logout'), 204);
		assert.deepEqual(await from('198.51.100.15', ...times(5, () => me(phone.token))),
			[401, 401, 401, 429, 429]);
		assert.equal(told(await puck.client.get('/api/auth/me')).left, 1);
	});
});

test('a calendar feed is read so often a minute, whoever reads it', async () => {
	await limits({ 'limits.feeds': 3 });
	const [mine, others] = await Promise.all((await crowd(2)).map(async (person) =>
		({ path: expectOk(await person.client.post('/api/calendar-feeds', {}), 201).path })));

	assert.deepEqual(await from('198.51.100.16', mine, mine), [200, 200]);
	assert.deepEqual(await from('198.51.100.17', mine, mine), [200, 429]);
	assert.deepEqual(await from('198.51.100.17', others), [200]);
	expectTooMany(await nobody.get(mine.path), 'feeds', 1, 20);
});

test('who keeps the database long goes by a narrow lane: one of four workers, the others are for others', async (t) => {
	await limits({ 'limits.work': 400 });
	const [busy, other, doomed, light] = await crowd(4);
	const read = (who) => who.client.get('/api/auth/sessions');

	await installHold();
	t.after(removeHold);
	await until('every worker knows the way to the database', async () => {
		await Promise.all(times(20, () => read(light)));
		return (await status()).workers.every((w) => w.round_trips > 1);
	});
	for (const who of [busy, other, doomed])
		expectOk(await held(who, 600));
	const { pid, answer: lost } = await holding(doomed, 3000);

	expectTooMany(await read(other), 'work', 1, 1);
	process.kill(pid, 'SIGKILL');
	await lost;
	await until('the permit of a worker that was killed is free', async () => (await read(other)).status === 200);
	const { answer } = await holding(busy, 1500);
	const refused = await read(other);

	expectTooMany(refused, 'work', 1, 1);
	assert.equal(refused.headers['x-hob-round-trips'], '0');
	expectOk(await read(light));
	expectOk(await answer);
	expectOk(await read(other));

	// Of each request 500 ms count: 1,000 of 400 are more than half as much again.
	expectOk(await held(other, 600));
	expectTooMany(await read(other), 'work', 2, 60);
	expectOk(await read(light));
});

describe('share codes', () => {
	const join = (code) => ({ method: 'POST', path: '/api/residences/join', body: { code } });
	const preview = (code) => ({ method: 'POST', path: '/api/share-codes/preview', body: { code } });

	test('that are good do not count: seven people behind one address join', async () => {
		await limits({ 'limits.share': 3 });
		const residence = await newResidence(robin);
		const { code } = expectOk(await robin.client.post(`/api/residences/${residence.id}/share-codes`,
			{ role: 'member', max_uses: 50 }), 201);
		const people = await crowd(7);
		const requests = people.flatMap(({ token }) => [{ token, ...preview(code) }, { token, ...join(code) }]);

		assert.deepEqual(new Set(await from('198.51.100.20', ...requests)), new Set([200]));
		const [again] = await from('198.51.100.20', { token: people[0].token, ...join(code) });

		assert.equal(again, 409);
		assert.deepEqual(await from('198.51.100.20',
			...times(4, () => ({ token: people[0].token, ...preview('AAAA-AAAA') }))),
			[404, 404, 404, 429]);
	});

	test('that are wrong count by address and by account, and a good one is refused with them', async () => {
		await limits({ 'limits.share': 2 });
		const residence = await newResidence(robin);
		const { code } = expectOk(await robin.client.post(`/api/residences/${residence.id}/share-codes`,
			{ role: 'member', max_uses: 50 }), 201);
		const [one, other] = await crowd(2);

		assert.deepEqual(await from('198.51.100.21', { token: one.token, ...join('AAAA-AAAA') },
			{ token: one.token, ...preview('AAAA-AAAB') }, { token: one.token, ...join(code) },
			{ token: other.token, ...join(code) }), [404, 404, 429, 429]);
		assert.deepEqual(await from('198.51.100.22', { token: one.token, ...join(code) }), [429]);
		assert.deepEqual(await from('198.51.100.23', { token: other.token, ...join(code) }), [200]);
	});

	test('count as writes besides', async () => {
		await limits({ 'limits.share': 2, 'limits.writes': 3 });
		const residence = await newResidence(robin);
		const { code } = expectOk(await robin.client.post(`/api/residences/${residence.id}/share-codes`,
			{ role: 'member', max_uses: 50 }), 201);
		const [one] = await crowd(1);

		for (let i = 0; i < 3; i += 1)
			expectOk(await one.client.post('/api/share-codes/preview', { code }));
		expectTooMany(await one.client.post('/api/share-codes/preview', { code }), 'writes', 1, 20);
	});
});

describe('letters', () => {
	const post = (path, body, token) => ({ method: 'POST', path: `/api/auth/${path}`, body, token });
	const asked = () => post('forgot-password', { email: 'nobody@example.test' });

	test('that are asked for count by address, and by account', async () => {
		await limits({ 'limits.letters': 3 });
		const [one, other] = await crowd(2);
		const again = ({ token }) => post('resend-verification', undefined, token);

		assert.deepEqual(await from('198.51.100.40', ...times(4, asked)), [202, 202, 202, 429]);
		assert.deepEqual(await from('198.51.100.41', asked()), [202]);
		assert.deepEqual(await from('198.51.100.42', ...times(2, () => again(one))), [202, 202]);
		assert.deepEqual(await from('198.51.100.43', again(one), again(one), again(other)), [202, 429, 202]);
	});

	test('that are wrong count by address, and keep nobody else out', async () => {
		await limits({ 'limits.letters': 2 });
		const tries = ['verify-email', 'confirm-email'].flatMap((path) =>
			[{ token: newToken('hob_ltr_') }, { email: robin.email, code: '000000' }]
				.map((body) => post(path, body)));

		assert.deepEqual(await from('198.51.100.44', ...tries), [404, 404, 429, 429]);
		assert.deepEqual(await from('198.51.100.45', tries[0]), [404]);
		expectOk(await robin.client.get('/api/auth/me'));
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
			expectTooMany(await client.post('/api/auth/login', { email: robin.email, password: PASSWORD }),
				'auth', 1, 20);
		}
		expectOk(await robin.client.get('/api/auth/me'));
	});
});
