// webhooks.test.mjs: webhooks of a residence, and the rows that are to be sent; t/jobs/webhook sends them.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';

import { makeMember, sql } from './support/db.mjs';
import { expectInvalid, expectKeys, expectOk, expectPage, expectProblem, INSTANT, UUID_V7 } from './support/expect.mjs';
import { crowd, newDocument, newId, newResidence, newTask, OTHER_PASSWORD, PASSWORD, signUp }
	from './support/people.mjs';

const KEYS = ['id', 'residence_id', 'url', 'events', 'active', 'failing_since', 'created_at', 'updated_at', 'version'];
const SECRET = /^whsec_[A-Za-z0-9+/]{43}=$/;
const source = readFileSync(new URL('../../app/api/webhooks.c', import.meta.url), 'utf8');
const table = source.slice(source.indexOf('events[] = {'), source.indexOf(', NULL\n};'));
const ALL = [...table.matchAll(/"([a-z_]+\.[a-z_]+)"/g)].map(([, name]) => name);

const pathOf = ({ id }, hook) => `/api/residences/${id}/webhooks${hook ? `/${hook.id}` : ''}`;
const post = (person, residence, fields) =>
	person.client.post(pathOf(residence), { url: 'https://example.com/hook', events: ALL, ...fields });
const newHook = async (...args) => expectOk(await post(...args), 201);

/** The bodies that wait for a webhook, in their order. */
const waiting = async (hook) => (await sql("SELECT body FROM webhook_deliveries WHERE webhook_id = :'id' ORDER BY id",
	{ id: hook.id })).map((line) => JSON.parse(line));

const typesOf = async (hook) => (await waiting(hook)).map(({ type }) => type);

// What waits is to be looked at: nothing is sent meanwhile.
before(() => sql("UPDATE job_kinds SET paused = true WHERE kind = 'webhook'"));
after(() => sql("UPDATE job_kinds SET paused = false WHERE kind = 'webhook'"));

async function aHome() {
	const robin = await signUp();

	return { robin, residence: await newResidence(robin) };
}

describe('POST /api/residences/{residence_id}/webhooks', () => {
	test('shows the secret this once; the database has none', async () => {
		const { robin, residence } = await aHome();
		const made = await newHook(robin, residence, { events: ['task.completed', 'task.created'] });
		const { secret, already_shown, ...shown } = made;

		assert.match(secret, SECRET);
		assert.equal(already_shown, false);
		assert.match(made.id, UUID_V7);
		assert.match(made.created_at, INSTANT);
		expectKeys(shown, KEYS);
		assert.deepEqual([shown.url, shown.events, shown.active, shown.version],
			['https://example.com/hook', ['task.completed', 'task.created'], true, 1]);
		assert.deepEqual(expectOk(await robin.client.get(pathOf(residence, made))), shown);
		assert.deepEqual(expectPage(await robin.client.get(pathOf(residence))), [shown]);
		const [row] = await sql("SELECT w::text FROM webhooks w WHERE id = :'id'", { id: made.id });
		const key = Buffer.from(secret.slice(6), 'base64');
		for (const text of [secret.slice(6), key.toString('hex'), key.toString('base64url')])
			assert.ok(!row.includes(text), row);
	});

	test('refuses what it cannot be', async () => {
		const { robin, residence } = await aHome();

		for (const [fields, faults] of [
			[{ url: undefined }, { url: 'required' }], [{ events: undefined }, { events: 'required' }],
			[{ events: [] }, { events: 'too_short' }], [{ events: ['task.dreamt'] }, { events: 'choice' }],
			[{ events: ['task.created', 'task.created'] }, { events: 'duplicate' }],
			[{ url: `https://example.com/${'x'.repeat(2000)}` }, { url: 'too_long' }],
			...['http://example.com/', 'https://robin:word@example.com/', 'https://localhost/',
				'https://127.0.0.1/', 'https://10.0.0.7/', 'https://169.254.169.254/latest',
				'https://[::1]/', 'https://2130706433/', 'https://printer.local/', 'ftp://example.com/',
				'nowhere']
				.map((url) => [{ url }, { url: 'format' }])])
			expectInvalid(await post(robin, residence, fields), faults);
	});

	test('is for the owner alone, as many as there may be', async () => {
		const { robin, residence } = await aHome();
		const [maud] = await crowd(1);

		await makeMember(residence, maud.user, 'manager');
		expectProblem(await post(maud, residence), 403, 'forbidden');
		for (let i = 0; i < 10; i += 1)
			await newHook(robin, residence);
		assert.equal(expectProblem(await post(robin, residence), 402, 'plan_limit_reached').limit, 'webhooks');
	});

	test('takes an id of the client, once', async () => {
		const { robin, residence } = await aHome();
		const id = newId();

		assert.equal((await newHook(robin, residence, { id })).id, id);
		const again = expectOk(await post(robin, residence, { id }));

		assert.deepEqual([again.id, again.secret, again.already_shown], [id, null, true]);
	});
});

describe('PATCH and rotate-secret of a webhook', () => {
	test('change what is named, and the secret alone', async () => {
		const { robin, residence } = await aHome();
		const made = await newHook(robin, residence);
		const path = pathOf(residence, made);
		const changed = expectOk(await robin.client.patch(path, { events: ['task.created'], active: false }));

		assert.deepEqual([changed.url, changed.events, changed.active, changed.version],
			[made.url, ['task.created'], false, 2]);
		expectInvalid(await robin.client.patch(path, { url: 'https://192.168.1.1/' }), { url: 'format' });
		assert.equal(expectOk(await robin.client.patch(path, { url: 'https://example.org/' })).url,
			'https://example.org/');
		expectProblem(await robin.client.patch(path, { active: true }, { headers: { 'If-Match': '"1"' } }),
			412, 'stale');
		const rotated = expectOk(await robin.client.post(`${path}/rotate-secret`));
		assert.match(rotated.secret, SECRET);
		assert.notEqual(rotated.secret, made.secret);
		assert.equal(rotated.version, 4);
		expectOk(await robin.client.delete(path), 204);
		expectProblem(await robin.client.get(path), 404, 'not_found');
	});
});

describe('a delivery', () => {
	test('waits for each act that is wanted, and says what was done without its values', async () => {
		const { robin, residence } = await aHome();
		const all = await newHook(robin, residence);
		const some = await newHook(robin, residence, { events: ['task.completed'] });
		const silent = await newHook(robin, residence, { active: false });
		const other = await newHook(robin, await newResidence(robin));
		const [maud, gus] = await crowd(2);
		const { code } = expectOk(await robin.client.post(`/api/residences/${residence.id}/share-codes`,
			{ role: 'member' }), 201);

		expectOk(await maud.client.post('/api/residences/join', { code }));
		const task = await newTask(maud, residence,
			{ due_on: '2031-01-06', recurrence: 'weekly', title: 'Sweep' });
		const act = (name, body) => maud.client.post(`/api/tasks/${task.id}/${name}`, body);
		expectOk(await maud.client.patch(`/api/tasks/${task.id}`, { title: 'Sweep well' }));
		const done = expectOk(await act('complete', { occurrence: 1 }), 201);
		const completion = done.completion?.id ?? done.id;
		expectOk(await maud.client.patch(`/api/completions/${completion}`, { note: 'x' }));
		expectOk(await maud.client.post(`/api/completions/${completion}/undo`));
		expectOk(await act('skip', { occurrence: 1 }), 201);
		expectOk(await maud.client.delete(`/api/tasks/${task.id}`), 204);
		expectOk(await robin.client.patch(`/api/residences/${residence.id}/members/${maud.user.id}`,
			{ role: 'viewer' }));
		expectOk(await maud.client.post(`/api/residences/${residence.id}/leave`), 204);
		await makeMember(residence, gus.user, 'member');
		expectOk(await robin.client.delete(`/api/residences/${residence.id}/members/${gus.user.id}`), 204);
		const moving = await newTask(robin, residence);
		for (const to of [await newResidence(robin), residence])
			expectOk(await robin.client.post(`/api/tasks/${moving.id}/transfer`, { residence_id: to.id }));
		const paper = await newDocument(robin, residence);
		expectOk(await robin.client.patch(`/api/documents/${paper.id}`, { title: 'Oven' }));
		expectOk(await robin.client.delete(`/api/documents/${paper.id}`), 204);
		expectOk(await robin.client.patch(`/api/residences/${residence.id}`, { name: 'Hut' }));

		const types = await typesOf(all);
		assert.deepEqual([...new Set(types)].sort(), ALL,
			'each event that can be wanted is what an act is called');
		assert.deepEqual(await typesOf(some), ['task.completed']);
		assert.deepEqual([await typesOf(silent), await typesOf(other)], [[], []]);

		const [said] = (await waiting(all)).filter(({ type, changes }) =>
			type === 'task.updated' && changes.includes('title'));
		expectKeys(said, ['id', 'type', 'at', 'residence_id', 'subject', 'subject_id', 'actor', 'changes']);
		assert.match(said.at, INSTANT);
		assert.deepEqual({ ...said, id: '', at: '' }, { id: '', type: 'task.updated', at: '',
			residence_id: residence.id, subject: 'task', subject_id: task.id,
			actor: { id: maud.user.id, name: said.actor.name }, changes: ['title'] });
		const page = expectPage(await robin.client.get(`${pathOf(residence, all)}/deliveries?limit=2`));
		expectKeys(page[0], ['id', 'event_id', 'event', 'status', 'attempts', 'next_at', 'response_status',
			'created_at']);
		assert.deepEqual([page[0].event, page[0].status, page[0].attempts, page[0].response_status],
			['residence.updated', 'pending', 0, null]);
		const activity = expectPage(await robin.client.get(
			`/api/residences/${residence.id}/activity?subject=residence`));
		assert.equal(page[0].event_id, activity[0].id);
	});

	test('names no actor for what support did, and is not told that they looked', async () => {
		const { robin, residence } = await aHome();
		const hook = await newHook(robin, residence);
		const task = await newTask(robin, residence);

		await sql("SELECT hob.support_did(:'home', 'looked', 'residence', :'home')", { home: residence.id });
		await sql("SELECT hob.support_did(:'home', 'deleted', 'task', :'id')",
			{ home: residence.id, id: task.id });
		assert.deepEqual((await waiting(hook)).map(({ type, actor }) => [type, actor && actor.id]),
			[['task.created', robin.user.id], ['task.deleted', null]]);
	});

	test('is not written by a request that fails, nor told of in another residence', async () => {
		const { robin, residence } = await aHome();
		const hook = await newHook(robin, residence);

		expectInvalid(await robin.client.post('/api/tasks',
			{ residence_id: residence.id, title: 'x', category: 'alchemy' }), { category: 'not_found' });
		assert.deepEqual(await typesOf(hook), []);
		const second = await newResidence(robin);
		for (const path of [pathOf(second, hook), `${pathOf(second, hook)}/deliveries`])
			expectProblem(await robin.client.get(path), 404, 'not_found');
	});

	test('can be verified by the vectors, with code of another language', () => {
		const vectors = JSON.parse(readFileSync(new URL('../vectors/webhooks.json', import.meta.url), 'utf8'));

		for (const { secret, id, timestamp, body, signature } of vectors)
			assert.equal(`v1,${createHmac('sha256', Buffer.from(secret.replace('whsec_', ''), 'base64'))
				.update(`${id}.${timestamp}.${body}`).digest('base64')}`, signature);
	});
});

describe('a webhook ends', () => {
	for (const [what, end] of [
		['when its owner hands the residence over', (robin, maud, { id }) =>
			robin.client.post(`/api/residences/${id}/transfer`, { user_id: maud.user.id })],
		['with the residence', (robin, maud, { id }) => robin.client.delete(`/api/residences/${id}`)]])
		test(what, async () => {
			const { robin, residence } = await aHome();
			const [maud] = await crowd(1);

			await makeMember(residence, maud.user, 'member');
			const hook = await newHook(robin, residence);
			assert.ok((await end(robin, maud, residence)).status < 300);
			assert.deepEqual(await sql("SELECT id FROM webhooks WHERE id = :'id'", { id: hook.id }), []);
		});

	for (const [what, end] of [
		['with a change of the password', (one) => one.client.post('/api/auth/change-password',
			{ old_password: PASSWORD, new_password: OTHER_PASSWORD })],
		['with a logout everywhere', (one) => one.client.post('/api/auth/logout-all', { keep_current: true })]])
		test(`${what} of who made it, and the answer counts it`, async () => {
			const [one, other] = [await aHome(), await aHome()];
			const hook = await newHook(one.robin, one.residence);
			const another = await newHook(other.robin, other.residence);

			assert.deepEqual(expectOk(await end(one.robin)), { sessions_ended: 0, access_tokens_ended: 0,
				calendar_feeds_ended: 0, webhooks_ended: 1 });
			expectProblem(await one.robin.client.get(pathOf(one.residence, hook)), 404, 'not_found');
			expectOk(await other.robin.client.get(pathOf(other.residence, another)));
			assert.deepEqual(await sql("SELECT action FROM activity WHERE subject_id = :'id' ORDER BY id",
				{ id: hook.id }), ['created', 'deleted']);
		});

	test('when the account of its owner is disabled', async () => {
		const { robin, residence } = await aHome();
		const hook = await newHook(robin, residence);

		await sql("UPDATE users SET is_active = false WHERE id = :'id'", { id: robin.user.id });
		assert.deepEqual(await sql("SELECT id FROM webhooks WHERE id = :'id'", { id: hook.id }), []);
	});
});
