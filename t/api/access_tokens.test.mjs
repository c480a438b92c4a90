// access_tokens.test.mjs: personal access tokens: making, changing and ending one, and that no worker goes on with
// what one might. Which route takes one is in access_walk.test.mjs.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { Client } from './support/client.mjs';
import { Copy } from './support/copy.mjs';
import { makeMember, sql } from './support/db.mjs';
import { expectInvalid, expectKeys, expectOk, expectPage, expectProblem, expectSameBytes, INSTANT, SAME_ID, UUID_V7 }
	from './support/expect.mjs';
import { accessHash, crowd, missingId, newAccess, newId, newResidence, newTask, newToken, OTHER_PASSWORD, PASSWORD,
	signIn, signUp } from './support/people.mjs';

const KEYS = ['id', 'name', 'hint', 'scope', 'residence_ids', 'expires_at', 'last_used_at', 'created_at', 'updated_at',
	'version'];
const PATH = '/api/access-tokens';
const TOKEN = /^hob_pat_[A-Za-z0-9_-]{43}[0-9A-Za-z]{6}$/;
const DAY_MS = 86400000;

const soon = (ms) => new Date(Date.now() + ms).toISOString();
const pathOf = ({ id }) => `${PATH}/${id}`;
const post = ({ client }, fields) => client.post(PATH, { name: 'Script', scope: 'read', ...fields });

/** As often as every worker has its turn, and remembers what there is to remember. */
const everywhere = (client, path = '/api/residences') =>
	Promise.all(Array.from({ length: 32 }, () => client.get(path)));

async function expectEnded({ client }) {
	for (const path of ['/api/residences', '/api/auth/me', '/api/tasks'])
		(await everywhere(client, path)).forEach((res) => expectProblem(res, 401, 'unauthorized'));
	expectProblem(await client.post('/api/residences', { name: 'Hut' }), 401, 'unauthorized');
}

async function expectSeen({ client }, residences) {
	for (const res of await everywhere(client))
		assert.deepEqual(expectPage(res).map(({ id }) => id).sort(), residences.map(({ id }) => id).sort());
}

describe('POST /api/access-tokens', () => {
	test('shows the token this once, and keeps its hash alone', async () => {
		const robin = await signUp();
		const residence = await newResidence(robin);
		const expires_at = `${soon(30 * DAY_MS).slice(0, 19)}Z`;
		const made = expectOk(await post(robin, { name: 'Hall panel', scope: 'write',
			residence_ids: [residence.id], expires_at }), 201);

		expectKeys(made, ['id', 'token', 'already_shown', ...KEYS.slice(1)]);
		assert.match(made.token, TOKEN);
		assert.match(made.id, UUID_V7);
		assert.match(made.created_at, INSTANT);
		const { token, already_shown, ...shown } = made;
		assert.equal(already_shown, false);
		assert.deepEqual({ ...shown, id: '', created_at: '', updated_at: '' }, { id: '', name: 'Hall panel',
			hint: token.slice(-4), scope: 'write', residence_ids: [residence.id], expires_at,
			last_used_at: null, created_at: '', updated_at: '', version: 1 });
		assert.deepEqual(expectOk(await robin.client.get(pathOf(made))), shown);
		assert.deepEqual(expectPage(await robin.client.get(PATH)), [shown]);
		assert.deepEqual(await sql("SELECT token_hash FROM access_tokens WHERE id = :'id'", { id: made.id }),
			[accessHash(token)]);
	});

	test('is for all residences and without an end, where nothing else is said', async () => {
		const robin = await signUp();
		const made = await newAccess(robin);
		const residence = await newResidence(robin);

		assert.equal(made.residence_ids, null);
		assert.equal(made.expires_at, null);
		await expectSeen(made, [residence]);
	});

	test('refuses what it cannot be', async () => {
		const robin = await signUp();
		const id = missingId();

		for (const [fields, faults] of [
			[{ name: undefined }, { name: 'required' }], [{ scope: undefined }, { scope: 'required' }],
			[{ scope: 'admin' }, { scope: 'choice' }],
			[{ residence_ids: [] }, { residence_ids: 'too_short' }],
			[{ residence_ids: ['7'] }, { residence_ids: 'format' }],
			[{ residence_ids: id }, { residence_ids: 'type' }],
			[{ residence_ids: [id, id] }, { residence_ids: 'duplicate' }],
			[{ residence_ids: Array.from({ length: 51 }, newId) }, { residence_ids: 'too_long' }],
			[{ expires_at: soon(-1000) }, { expires_at: 'too_small' }],
			[{ expires_at: soon(6 * 366 * DAY_MS) }, { expires_at: 'too_large' }],
			[{ token: newToken('hob_pat_') }, { token: 'unknown_field' }]])
			expectInvalid(await post(robin, fields), faults);
	});

	test("refuses a residence of somebody else's like one that is missing", async () => {
		const [robin, other] = [await signUp(), await signUp()];
		const foreign = await newResidence(other);
		const ask = (residence_ids) =>
			robin.client.post(PATH, { name: 'x', scope: 'read', residence_ids }, SAME_ID);

		expectProblem(await ask([foreign.id]), 404, 'not_found');
		expectSameBytes(await ask([foreign.id]), await ask([missingId()]));
	});

	test('takes an id of the client, once', async () => {
		const robin = await signUp();
		const id = newId();

		assert.equal(expectOk(await post(robin, { id }), 201).id, id);
		const again = expectOk(await post(robin, { id }));

		assert.deepEqual([again.id, again.token, again.already_shown], [id, null, true]);
	});

	test('makes as many as there may be', async () => {
		const robin = await signUp();

		for (let i = 0; i < 20; i += 1)
			expectOk(await post(robin), 201);
		assert.deepEqual(expectProblem(await post(robin), 402, 'plan_limit_reached').max, 20);
	});
});

describe('PATCH /api/access-tokens/{access_token_id}', () => {
	test('changes what it may, at once and in every worker', async () => {
		const robin = await signUp();
		const homes = [await newResidence(robin), await newResidence(robin)];
		const made = await newAccess(robin);
		const change = async (fields) => expectOk(await robin.client.patch(pathOf(made), fields));

		await expectSeen(made, homes);
		assert.equal((await change({ residence_ids: [homes[0].id] })).version, 2);
		await expectSeen(made, [homes[0]]);
		assert.deepEqual((await change({ residence_ids: [homes[1].id] })).residence_ids, [homes[1].id]);
		await expectSeen(made, [homes[1]]);
		assert.equal((await change({ residence_ids: null })).residence_ids, null);
		await expectSeen(made, homes);
		await change({ scope: 'read' });
		expectProblem(await made.client.post('/api/residences', { name: 'Hut' }), 403, 'token_read_only');
		await change({ scope: 'write', name: 'Other' });
		expectOk(await made.client.post('/api/residences', { name: 'Hut' }), 201);
	});

	test('keeps what it does not name, and honours If-Match', async () => {
		const robin = await signUp();
		const residence = await newResidence(robin);
		const made = await newAccess(robin, { residence_ids: [residence.id], expires_at: soon(DAY_MS) });
		const { version, name, updated_at, ...kept } = expectOk(await robin.client.patch(pathOf(made),
			{ name: 'Hall' }, { headers: { 'If-Match': '"1"' } }));

		assert.deepEqual([version, name], [2, 'Hall']);
		for (const [key, value] of Object.entries(kept))
			assert.deepEqual(value, made[key], key);
		expectProblem(await robin.client.patch(pathOf(made), { name: 'x' }, { headers: { 'If-Match': '"1"' } }),
			412, 'stale');
	});

	test('refuses what it cannot be', async () => {
		const robin = await signUp();
		const made = await newAccess(robin);

		expectInvalid(await robin.client.patch(pathOf(made), { expires_at: soon(-1000) }),
			{ expires_at: 'too_small' });
		expectInvalid(await robin.client.patch(pathOf(made), { scope: null }), { scope: 'null' });
		expectProblem(await robin.client.patch(pathOf(made), { residence_ids: [missingId()] }),
			404, 'not_found');
	});
});

describe('an access token', () => {
	test('is told apart by its form, in either scheme', async () => {
		const robin = await signUp();
		const { token } = await newAccess(robin);

		for (const scheme of ['Token', 'Bearer', 'bearer'])
			assert.equal(expectOk(await new Client(token).get('/api/auth/me', { scheme })).id,
				robin.user.id);
		for (const wrong of [newToken('hob_pat_'), token.replace('hob_pat_', 'hob_'), `${token}x`, 'hob_pat_'])
			expectProblem(await new Client(wrong).get('/api/auth/me'), 401, 'unauthorized');
	});

	test('says where a session is needed', async () => {
		const { client } = await newAccess(await signUp());
		const { detail } = expectProblem(await client.get('/api/auth/sessions'), 403, 'session_required');

		assert.match(detail, /sign in/);
	});

	test('that reads changes nothing, not even in a bulk request', async () => {
		const robin = await signUp();
		const residence = await newResidence(robin);
		const task = await newTask(robin, residence);
		const { client } = await newAccess(robin, { scope: 'read' });

		assert.match(expectProblem(await client.patch(`/api/tasks/${task.id}`, { title: 'x' }),
			403, 'token_read_only').detail, /only read/);
		const res = await client.post('/api/tasks/bulk', { update: [{ id: task.id, title: 'x' }] });
		assert.equal(res.status === 403 ? res.body.code : res.body.updated[0].problem.code,
			'token_read_only', res.text);
		assert.equal(expectOk(await client.get(`/api/tasks/${task.id}`)).title, task.title);
	});

	test('notes its use to the hour', async () => {
		const robin = await signUp();
		const made = await newAccess(robin);
		const used = async () => expectOk(await robin.client.get(pathOf(made))).last_used_at;

		assert.equal(await used(), null);
		expectOk(await made.client.get('/api/tasks'));
		assert.match(await used(), INSTANT);
		await sql("UPDATE access_tokens SET last_used_at = now() - interval '59 min' WHERE id = :'id'",
			{ id: made.id });
		const before = await used();
		expectOk(await made.client.get('/api/tasks'));
		assert.equal(await used(), before);
		await sql("UPDATE access_tokens SET last_used_at = now() - interval '61 min' WHERE id = :'id'",
			{ id: made.id });
		expectOk(await made.client.get('/api/tasks'));
		assert.ok(await used() > before);
	});

	for (const [what, column] of [['expired', "expires_at = now() - interval '1 s'"],
		['was not used for a year',
			"created_at = now() - interval '2 years', last_used_at = now() - interval '366 days'"]])
		test(`that ${what} is over, and is still listed`, async () => {
			const robin = await signUp();
			const made = await newAccess(robin);

			await sql(`UPDATE access_tokens SET ${column} WHERE id = :'id'`, { id: made.id });
			await expectEnded(made);
			assert.equal(expectPage(await robin.client.get(PATH)).length, 1);
		});

	test('ends in the middle of what workers remember', async () => {
		const robin = await signUp();
		const made = await newAccess(robin, { expires_at: soon(3000) });

		(await everywhere(made.client)).forEach((res) => expectOk(res));
		while (Date.now() <= Date.parse(made.expires_at) + 1000)
			await made.client.get('/api/residences');
		await expectEnded(made);
	});
});

describe('no right of an access token is stale', () => {
	for (const [what, end] of [
		['it is deleted', (robin, made) => robin.client.delete(pathOf(made))],
		['all sessions end', (robin) => robin.client.post('/api/auth/logout-all', {})],
		['the password changes', (robin) => robin.client.post('/api/auth/change-password',
			{ old_password: PASSWORD, new_password: OTHER_PASSWORD })]])
		for (const narrowed of [false, true])
			test(`when ${what}${narrowed ? ', of a narrowed one' : ''}`, async () => {
				const robin = await signUp();
				const residence = await newResidence(robin);
				const made = await newAccess(robin,
					{ residence_ids: narrowed ? [residence.id] : null });

				await expectSeen(made, [residence]);
				const res = await end(robin, made);
				assert.ok(res.status < 300, res.text);
				if (res.status === 200)
					assert.equal(res.body.access_tokens_ended, 1);
				await expectEnded(made);
				expectOk(await robin.client.get('/api/residences'));
			});

	test('when the account is disabled', async () => {
		const robin = await signUp();
		const made = await newAccess(robin);

		expectOk(await made.client.get('/api/residences'));
		await sql("UPDATE users SET is_active = false WHERE id = :'id'", { id: robin.user.id });
		await sql("UPDATE users SET is_active = true WHERE id = :'id'", { id: robin.user.id });
		await expectEnded(made);
	});

	test('when somebody leaves a residence, and comes back', async () => {
		const robin = await signUp();
		const [maud] = await crowd(1);
		const [hut, hall] = [await newResidence(robin), await newResidence(robin)];

		for (const one of [hut, hall])
			await makeMember(one, maud.user, 'member');
		const [all, some] = [await newAccess(maud), await newAccess(maud, { residence_ids: [hut.id] })];
		await expectSeen(all, [hut, hall]);
		await expectSeen(some, [hut]);
		expectOk(await maud.client.post(`/api/residences/${hut.id}/leave`), 204);
		await expectSeen(all, [hall]);
		await expectSeen(some, []);
		const { code } = expectOk(await robin.client.post(`/api/residences/${hut.id}/share-codes`,
			{ role: 'member' }), 201);
		expectOk(await maud.client.post('/api/residences/join', { code }));
		await expectSeen(all, [hut, hall]);
		// What it named was given up with the membership.
		await expectSeen(some, []);
		assert.deepEqual(expectOk(await maud.client.get(pathOf(some))).residence_ids, []);
	});

	test('survives the logout of the session that made it', async () => {
		const robin = await signUp();
		const made = await newAccess(robin);

		expectOk(await robin.client.post('/api/auth/logout'), 204);
		expectOk(await made.client.get('/api/residences'));
		await signIn(robin);
	});
});

describe('a narrowed access token', () => {
	test('keeps a copy of its residences alone, and begins anew when they are others', async () => {
		const robin = await signUp();
		const [hut, hall] = [await newResidence(robin), await newResidence(robin)];
		const made = await newAccess(robin, { residence_ids: [hut.id] });
		const copy = new Copy(made.client);
		const inHut = await newTask(robin, hut);

		await newTask(robin, hall);
		await copy.sync();
		assert.deepEqual([copy.ids('residences'), copy.ids('tasks')], [[hut.id], [inHut.id]]);
		expectOk(await robin.client.delete(`/api/residences/${hall.id}`), 204);
		await copy.sync();
		assert.deepEqual(copy.ids('tasks'), [inHut.id]);
		expectOk(await robin.client.patch(pathOf(made), { residence_ids: null }));
		expectProblem(await made.client.get(`/api/sync?since=${copy.token}`), 410, 'sync_token_too_old');
	});

	test('makes no residence, and says so', async () => {
		const robin = await signUp();
		const hut = await newResidence(robin);
		const { client } = await newAccess(robin, { residence_ids: [hut.id] });

		expectProblem(await client.post('/api/residences', { name: 'Hall' }), 403, 'token_narrowed');
	});
});
