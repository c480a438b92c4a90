// devices.test.mjs: the phones of an account: registering, renewing and ending one, and with what it ends.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { sql } from './support/db.mjs';
import { expectInvalid, expectKeys, expectOk, expectPage, expectProblem, expectSameBytes, INSTANT, SAME_ID, UUID_V7 }
	from './support/expect.mjs';
import { crowd, missingId, newId, OTHER_PASSWORD, PASSWORD, signIn, signUp } from './support/people.mjs';

const PATH = '/api/devices';
const KEYS = ['id', 'platform', 'environment', 'app_version', 'locale', 'current', 'disabled_at', 'disabled_reason',
	'created_at', 'last_seen_at', 'version'];

const post = ({ client }, fields) => client.post(PATH, { platform: 'ios', token: newId(), ...fields });
const list = async ({ client }) => expectPage(await client.get(PATH));
const idsOf = (devices) => devices.map(({ id }) => id);

describe('POST /api/devices', () => {
	test('registers the phone of this session, and never shows its token', async () => {
		const robin = await signUp();
		const token = newId();
		const res = await post(robin, { token, app_version: '2.4.1', locale: 'de-AT', environment: 'sandbox' });
		const made = expectOk(res, 201);

		expectKeys(made, KEYS);
		assert.match(made.id, UUID_V7);
		assert.match(made.created_at, INSTANT);
		assert.equal(res.headers.location, `${PATH}/${made.id}`);
		assert.deepEqual({ ...made, id: '', created_at: '' }, { id: '', platform: 'ios', environment: 'sandbox',
			app_version: '2.4.1', locale: 'de-AT', current: true, disabled_at: null, disabled_reason: null,
			created_at: '', last_seen_at: made.created_at, version: 1 });
		assert.deepEqual(expectOk(await robin.client.get(`${PATH}/${made.id}`)), made);
		assert.deepEqual(await list(robin), [made]);
		assert.ok(!res.text.includes(token));
		assert.equal((await signIn(robin).then(list))[0].current, false, 'of another session');
	});

	test('renews one by its token: 200, this session, and no longer disabled', async () => {
		const robin = await signUp();
		const phone = await signIn(robin);
		const token = newId();
		const made = expectOk(await post(robin, { token }), 201);

		await sql("UPDATE devices SET disabled_at = now(), disabled_reason = 'unregistered' WHERE id = :'id'",
			{ id: made.id });
		assert.equal((await list(robin))[0].disabled_reason, 'unregistered');
		const again = expectOk(await post(phone, { token, platform: 'android', app_version: '3' }));
		assert.deepEqual(again, { ...made, platform: 'android', app_version: '3',
			last_seen_at: again.last_seen_at, version: 2 });
		assert.deepEqual((await list(phone)).map(({ current }) => current), [true]);
		assert.deepEqual((await list(robin)).map(({ current }) => current), [false]);
	});

	test('takes a token over that another account had named', async () => {
		const [robin, kim] = await crowd(2);
		const token = newId();
		const hers = expectOk(await post(robin, { token }), 201);
		const his = expectOk(await post(kim, { token }), 201);

		assert.notEqual(his.id, hers.id);
		assert.deepEqual(await list(robin), []);
		assert.deepEqual(idsOf(await list(kim)), [his.id]);
	});

	test('of two accounts at once gives the token to one', async () => {
		const people = await crowd(8);
		const token = newId();

		(await Promise.all(people.map((person) => post(person, { token }))))
			.forEach((res) => expectOk(res, 201));
		assert.equal((await Promise.all(people.map(list))).flat().length, 1);
	});

	test('takes an id of the client, once', async () => {
		const [robin, kim] = await crowd(2);
		const id = newId();

		assert.equal(expectOk(await post(robin, { id }), 201).id, id);
		assert.equal(expectOk(await post(robin, { id })).id, id);
		expectProblem(await post(kim, { id }), 409, 'id_taken');
	});

	test('refuses what it cannot be', async () => {
		const [robin] = await crowd(1);

		for (const [fields, faults] of [
			[{ platform: undefined }, { platform: 'required' }],
			[{ platform: 'web' }, { platform: 'choice' }],
			[{ token: undefined }, { token: 'required' }], [{ token: '' }, { token: 'too_short' }],
			[{ token: 'x'.repeat(513) }, { token: 'too_long' }],
			[{ environment: 'test' }, { environment: 'choice' }], [{ locale: '?' }, { locale: 'format' }]])
			expectInvalid(await post(robin, fields), faults);
		expectOk(await post(robin, { token: '🏡'.repeat(512) }), 201);
	});

	test('makes as many as there may be, and renews them', async () => {
		const [robin] = await crowd(1);
		const token = newId();

		expectOk(await post(robin, { token }), 201);
		for (let i = 1; i < 20; i += 1)
			expectOk(await post(robin), 201);
		assert.deepEqual(expectProblem(await post(robin), 402, 'plan_limit_reached').max, 20);
		expectOk(await post(robin, { token }));
	});
});

describe('a device', () => {
	test('ends by DELETE, for its account alone', async () => {
		const [robin, kim] = await crowd(2);
		const path = `${PATH}/${expectOk(await post(robin), 201).id}`;
		const ask = (method, where) => kim.client.request(method, where, SAME_ID);

		for (const method of ['GET', 'DELETE']) {
			expectProblem(await ask(method, path), 404, 'not_found');
			expectSameBytes(await ask(method, path), await ask(method, `${PATH}/${missingId()}`));
		}
		expectProblem(await robin.client.delete(path, { headers: { 'If-Match': '"2"' } }), 412, 'stale');
		expectOk(await robin.client.delete(path), 204);
		expectProblem(await robin.client.get(path), 404, 'not_found');
	});

	test('ends with its session, however that ends', async () => {
		const robin = await signUp();
		const ENDS = {
			logout: (phone) => phone.client.post('/api/auth/logout'),
			revoked: async () => {
				const { results } = expectOk(await robin.client.get('/api/auth/sessions'));

				return robin.client.delete(`/api/auth/sessions/${results.find((s) => !s.current).id}`);
			},
			'logged out everywhere': () => robin.client.post('/api/auth/logout-all', {}),
			'another password': () => robin.client.post('/api/auth/change-password',
				{ old_password: PASSWORD, new_password: OTHER_PASSWORD }),
		};
		const kept = expectOk(await post(robin), 201);

		for (const [name, end] of Object.entries(ENDS)) {
			const phone = await signIn(robin);

			expectOk(await post(phone), 201);
			assert.ok((await end(phone)).status < 300, name);
			assert.deepEqual(idsOf(await list(robin)), [kept.id], name);
		}
	});

	test('is no thing for a session that ends at the same moment', async () => {
		const robin = await signUp();

		for (let i = 0; i < 10; i += 1) {
			const phone = await signIn(robin);
			const [made, ended] = await Promise.all([post(phone), phone.client.post('/api/auth/logout')]);

			assert.ok([201, 401].includes(made.status), made.text);
			expectOk(ended, 204);
		}
		assert.deepEqual(await list(robin), []);
	});
});
