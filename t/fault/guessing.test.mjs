// guessing.test.mjs: who guesses the password of an account: how many tries there are, and who does not notice.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { sql } from '../api/support/db.mjs';
import { expectOk, expectProblem } from '../api/support/expect.mjs';
import { freshEmail, PASSWORD, signUp } from '../api/support/people.mjs';
import { logged, logMark, stack, until } from './support.mjs';
import { cheaply, expectTooMany, from, limits, login, right, times, wrong } from './walls.mjs';

let robin;

cheaply();
before(async () => {
	robin = await signUp();
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

			assert.equal(line.round_trips, 1, 'the look-up that says whom to count');
		}
		expectOk(await right(puck.email));
		expectOk(await robin.client.get('/api/auth/me'));
		expectOk(await robin.client.patch('/api/auth/me', { first_name: 'Robin' }));
	});

	test('is told the same for an account that does not exist', async () => {
		await limits({ 'limits.login': 2 });
		const stranger = freshEmail('stranger');

		for (const email of [robin.email, stranger]) {
			for (let i = 0; i < 2; i += 1) {
				const res = await wrong(email);

				expectProblem(res, 401, 'invalid_credentials');
				assert.equal(res.headers['x-hob-round-trips'], '2');
			}
			const res = await wrong(email);

			expectTooMany(res, 'login', 59, 60);
			assert.equal(res.headers['x-hob-round-trips'], '1');
		}
	});

	test('has one budget however the address is written', async () => {
		await limits({ 'limits.login': 4 });
		const { email } = await signUp({ email: freshEmail('k\u00e9vin') });
		const spellings = [email, email.toUpperCase(), email.replace('k', '\u212a'),
			email.replace('\u00e9', '\u00c9'), email.replace('kev', 'KEV'), email.replace('in', 'IN')];
		const answers = [];

		for (const spelling of spellings)
			answers.push((await wrong(spelling)).status);
		assert.deepEqual(answers, [401, 401, 401, 401, 429, 429]);
		for (const spelling of spellings)
			expectTooMany(await right(spelling), 'login', 1, 60);
	});

	test('of an address without an account is bounded however it is written', async () => {
		await limits({ 'limits.login': 4 });
		const email = freshEmail('\u00e9lodie');
		const answers = [];

		for (const spelling of [email, email.toUpperCase(), email.replace('\u00e9', '\u00c9'), email,
			email.toUpperCase(), email])
			answers.push((await wrong(spelling)).status);
		assert.deepEqual(answers, [401, 401, 401, 401, 429, 429]);
	});

	test('of an address does not touch another that only looks like it', async () => {
		await limits({ 'limits.login': 2 });
		const dotted = await signUp({ email: freshEmail('ADM\u0130N') });
		const plain = await signUp({ email: dotted.email.replace('\u0130', 'I') });

		assert.notEqual(dotted.user.id, plain.user.id);
		for (let i = 0; i < 2; i += 1)
			expectProblem(await wrong(dotted.email), 401, 'invalid_credentials');
		expectTooMany(await right(dotted.email), 'login', 59, 60);
		for (const spelling of [plain.email, plain.email.toLowerCase()])
			assert.equal(expectOk(await right(spelling)).user.id, plain.user.id);
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

	test('from many addresses is bounded by the account, and its owner does not notice at home', async () => {
		await limits({ 'limits.account': 3, 'limits.login': 2 });
		const puck = await signUp();
		const known = '2001:db8:77:1::1';

		assert.deepEqual(await from(known, login(puck.email)), [200]);
		const seen = await Promise.all(times(6,
			(i) => from(`2001:db8:66:${i}::1`, login(puck.email, 'wrong'))));

		assert.equal(seen.flat().filter((status) => status === 401).length, 3);
		assert.equal(seen.flat().filter((status) => status === 429).length, 3);
		assert.deepEqual(await from('2001:db8:66:99::1', login(puck.email)), [429],
			'the right one from a new network');
		assert.deepEqual(await from('2001:db8:77:1:ffff::2', login(puck.email), login(puck.email)), [200, 200]);
		expectOk(await right(puck.email));
		expectOk(await puck.client.get('/api/auth/me'));
	});

	test('at a network that is known counts there alone', async () => {
		await limits({ 'limits.account': 3, 'limits.login': 3 });
		const puck = await signUp();

		assert.deepEqual(await from('2001:db8:78:1::1', login(puck.email),
			...times(5, () => login(puck.email, 'wrong'))), [200, 401, 401, 401, 429, 429]);
		assert.deepEqual(await from('2001:db8:78:2::1', ...times(3, () => login(puck.email, 'wrong')),
			login(puck.email)), [401, 401, 401, 429]);
		assert.deepEqual(await from('2001:db8:78:3::1', login(puck.email)), [429]);
	});

	test('with the right one costs the account nothing', async () => {
		await limits({ 'limits.account': 2 });
		const puck = await signUp();

		for (let i = 0; i < 5; i += 1)
			assert.deepEqual(await from(`2001:db8:79:${i}::1`, login(puck.email)), [200]);
	});

	test('is known by its network after sessions, restarts and hosts have come and gone, for 90 days', async () => {
		await limits({ 'limits.account': 1 });
		const puck = await signUp();
		const known = '2001:db8:80:1::1';
		const old = (days) => sql(`UPDATE login_networks SET last_at = now() - :'days'::int * interval '1 day'
			WHERE user_id = :'user'`, { days, user: puck.user.id });

		assert.deepEqual(await from(known, login(puck.email)), [200]);
		expectOk(await puck.client.post('/api/auth/logout-all'));
		await old(89);
		await limits({ 'limits.account': 1 });
		assert.deepEqual(await from('2001:db8:80:2::1', login(puck.email, 'wrong'), login(puck.email)),
			[401, 429]);
		assert.deepEqual(await from(known, login(puck.email)), [200]);
		await old(91);
		assert.deepEqual(await from(known, login(puck.email)), [429]);
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
