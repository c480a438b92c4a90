// sync_notices.test.mjs: the inbox in GET /api/sync: what came, was read and went, for its owner's sessions alone.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { Copy, expectTrue, news } from './support/copy.mjs';
import { makeMember, sql } from './support/db.mjs';
import { expectOk, expectPage, expectProblem } from './support/expect.mjs';
import { crowd, newAccess, newResidence, newTask, signUp } from './support/people.mjs';

const PATH = '/api/notifications';
const FACTS = { title: 'Clean the gutters', who: 'Kim', home: 'Chestnut Hill', due_on: '2027-05-04' };

/** Tells `person` of as many things; the ids of the notices. */
const tell = ({ user }, count, kind = 'task_due') => sql(`WITH told AS (
		SELECT told.id FROM generate_series(1, :'count'::int) n
		 CROSS JOIN LATERAL hob.notify(ARRAY[:'user'::uuid], :'kind', NULL, 'task', gen_random_uuid(), :'facts',
			n) told
	) SELECT id FROM told ORDER BY id`, { user: user.id, count, kind, facts: JSON.stringify(FACTS) });

async function settle(count) {
	const [person] = await crowd(1);
	const ids = await tell(person, count);
	const copy = new Copy(person.client);

	await copy.sync();
	return { person, ids, copy };
}

const changes = (upserted, deleted = []) => (upserted.length + deleted.length === 0 ? {}
	: { notifications: { upserted, deleted } });

describe('the inbox in sync', () => {
	test('is there at first as the list has it', async () => {
		const { person, ids, copy } = await settle(3);

		assert.deepEqual(copy.ids('notifications'), ids);
		await expectTrue(copy, person);
	});

	test('has what came, was read, is unread again, and went', async () => {
		const { person, ids: [first, second], copy } = await settle(2);
		const act = async (id, name) => expectOk(await person.client.post(`${PATH}/${id}/${name}`));

		const [third] = await tell(person, 1);
		assert.deepEqual(news(await copy.sync()), changes([third]));
		await act(first, 'read');
		assert.deepEqual(news(await copy.sync()), changes([first]));
		await act(first, 'unread');
		await act(second, 'unread');	// as it is
		assert.deepEqual(news(await copy.sync()), changes([first]));
		expectOk(await person.client.post(`${PATH}/read-all`, { before_id: second }));
		expectOk(await person.client.delete(`${PATH}/${third}`), 204);
		assert.deepEqual(news(await copy.sync()), changes([first, second], [third]));
		await expectTrue(copy, person);
		assert.deepEqual(news(await copy.sync()), {});
	});

	test('goes page by page, what came and what went', async () => {
		const { person, copy } = await settle(0);
		const ids = await tell(person, 7);

		assert.equal((await copy.sync(3)).length, 3);
		assert.deepEqual(copy.ids('notifications'), ids);
		for (const id of ids)
			expectOk(await person.client.delete(`${PATH}/${id}`), 204);
		const pages = await copy.sync(3);
		assert.equal(pages.length, 3);
		assert.deepEqual(news(pages), changes([], ids));
		const fresh = new Copy(person.client);
		assert.deepEqual(news(await fresh.sync()), {});
	});

	test('leaves out what is for other channels alone', async () => {
		const { person, copy } = await settle(0);

		expectOk(await person.client.patch(`${PATH}/preferences`, { inbox: [], push: ['task_due'] }));
		const [id] = await tell(person, 1);
		assert.match(id, /^[0-9a-f-]{36}$/);
		assert.deepEqual(news(await copy.sync()), {});
		await sql("UPDATE notices SET deleted_at = now() WHERE id = :'id'", { id });
		assert.deepEqual(news(await copy.sync()), {});
	});

	test('speaks the language of the request, else of the account', async () => {
		const person = await signUp({ locale: 'de' });
		const titles = async (options) => expectOk(await person.client.get('/api/sync', options))
			.changes.notifications.upserted.map(({ title }) => title);

		await tell(person, 1);
		assert.deepEqual(await titles(), ['Fällig am 4.5.2027: Clean the gutters']);
		assert.deepEqual(await titles({ headers: { 'Accept-Language': 'en' } }),
			['Due on 4 May 2027: Clean the gutters']);
	});

	test('has what an act told, and no more what was taken back', async () => {
		const { person, copy } = await settle(0);
		const robin = await signUp();
		const home = await newResidence(robin);

		await makeMember(home, person.user, 'member');
		const task = await newTask(robin, home, { assigned_to_id: person.user.id });
		await copy.sync();
		const [notice] = expectPage(await person.client.get(PATH));
		assert.deepEqual([...copy.things.notifications.values()], [notice]);
		expectOk(await robin.client.post(`/api/tasks/${task.id}/assign`, { assigned_to_id: null }));
		assert.deepEqual(news(await copy.sync()).notifications, { upserted: [], deleted: [notice.id] });
		expectOk(await robin.client.post(`/api/tasks/${task.id}/complete`, { occurrence: 1 }), 201);
		expectOk(await person.client.post(`/api/residences/${home.id}/leave`), 204);
		await copy.sync();
		assert.deepEqual([copy.ids('residences').length, copy.ids('notifications').length], [0, 1],
			'that one was told stays when the residence is lost');
		await expectTrue(copy, person);
	});

	test('forgets what is 90 days old, and what has gone so long ago has no row', async () => {
		const { person, ids: [old, young], copy } = await settle(2);
		const sweep = async (name) => sql(`WITH names AS (
				SELECT step FROM hob.sweep_names() WHERE step LIKE :'name' || ' notices%'
			) SELECT hob.sweep_step(step) FROM names`, { name });
		const rows = () => sql("SELECT id FROM notices WHERE user_id = :'id' ORDER BY id",
			{ id: person.user.id });

		await sql("UPDATE notices SET created_at = now() - interval '91 days' WHERE id = :'old'", { old });
		await copy.sync();
		await sweep('withdrew');
		assert.deepEqual(news(await copy.sync()), changes([], [old]));
		await expectTrue(copy, person);
		await sweep('deleted');
		assert.deepEqual(await rows(), [old, young]);
		await sql("UPDATE notices SET deleted_at = now() - interval '91 days' WHERE id = :'old'", { old });
		await sweep('deleted');
		assert.deepEqual(await rows(), [young]);
	});
});

describe('an inbox', () => {
	test('is nobody else\'s', async () => {
		const { ids, person } = await settle(2);
		const [other] = await crowd(1);
		const copy = new Copy(other.client);

		await copy.sync();
		expectOk(await person.client.delete(`${PATH}/${ids[0]}`), 204);
		assert.deepEqual(news(await copy.sync()), {});
	});

	test('is for sessions alone: an access token has none of it, and is another copy', async () => {
		const person = await signUp();
		const home = await newResidence(person);
		const [id] = await tell(person, 1);
		const whole = await newAccess(person, { scope: 'read' });
		const narrowed = await newAccess(person, { scope: 'read', residence_ids: [home.id] });
		const mine = new Copy(person.client);

		await mine.sync();
		for (const { client } of [whole, narrowed]) {
			const copy = new Copy(client);

			await copy.sync();
			assert.deepEqual([copy.ids('residences'), copy.ids('notifications')], [[home.id], []]);
			await tell(person, 1);
			expectOk(await person.client.delete(`${PATH}/${(await tell(person, 1))[0]}`), 204);
			// Also once the worker knows who that is.
			for (let i = 0; i < 32; i += 1)
				assert.deepEqual(news(await copy.sync()), {});
			for (const [who, { token }] of [[person.client, copy], [client, mine]])
				expectProblem(await who.get(`/api/sync?since=${token}`), 410, 'sync_token_too_old');
		}
		await mine.sync();
		assert.equal(mine.ids('notifications').length, 3);
		assert.ok(mine.ids('notifications').includes(id));
	});
});
