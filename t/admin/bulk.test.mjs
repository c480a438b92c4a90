// bulk.test.mjs: many things changed or deleted by one request of staff, each for itself: what is refused, and what
// crosses the writes of households.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { held, makeMember, sql } from '../api/support/db.mjs';
import { expectInvalid, expectOk, expectProblem } from '../api/support/expect.mjs';
import { crowd, missingId, newResidence, newTask, signUp } from '../api/support/people.mjs';
import { events, staffPanel } from './support/staff.mjs';

const WHY = { headers: { 'X-Hob-Reason': 'a%20flood' } };
const deadlocks = () => sql('SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()');
const idsOf = (things) => things.map(({ id }) => id);
const tripsOf = (res) => res.headers['x-hob-round-trips'];
const refusedOf = ({ refused }) => refused.map(({ id, status, problem }) => {
	assert.equal(problem.status, status);
	return [id, status, problem.code];
});
let support, admin;

before(async () => {
	[support, admin] = [await staffPanel('support'), await staffPanel('admin')];
	expectOk(await admin.post('/auth/confirm', { password: admin.person.password }), 204);
});

const bulk = (panel, entity, act, body) => panel.post(`/${entity}/bulk-${act}`, body, WHY);
const update = (entity, ids, set) => bulk(admin, entity, 'update', { ids, set });
const remove = (entity, ids) => bulk(admin, entity, 'delete', { ids });

/** Ann, and so many homes of hers. */
async function homesOf(count) {
	const [ann] = await crowd(1);
	const homes = [];

	for (let n = 0; n < count; n += 1)
		homes.push(await newResidence(ann));
	return { ann, homes };
}
const homeOf = async ({ client }, { id }) => expectOk(await client.get(`/api/residences/${id}`));

describe('many things', () => {
	test('are changed by one round trip, a hundred of them, too', async () => {
		const { ann: { user } } = await homesOf(1);
		const ids = [user.id, ...Array.from({ length: 99 }, missingId)];
		const res = await update('users', ids, { locale: 'de' });
		const { count, refused } = expectOk(res);

		assert.deepEqual([tripsOf(res), count, idsOf(refused)], ['1', 1, ids.slice(1)]);
		expectInvalid(await update('users', [...ids, missingId()], { locale: 'de' }), { ids: 'too_long' });
		expectInvalid(await update('users', [user.id, user.id], { locale: 'de' }), { ids: 'duplicate' });
	});

	test('are deleted by one round trip, and what is refused of one leaves the others done', async () => {
		const [owner, gone, going, last] = await crowd(4);
		const missing = missingId();

		await makeMember(await newResidence(owner), last.user, 'member');
		await sql("UPDATE users SET erased_at = now(), email = '@' || id WHERE id = :'id'",
			{ id: gone.user.id });
		const res = await remove('users', [going, owner, gone, { user: { id: missing } }, last]
			.map(({ user }) => user.id));
		const body = expectOk(res);

		assert.equal(tripsOf(res), '1');
		assert.equal(body.count, 2);
		assert.deepEqual(refusedOf(body), [[owner.user.id, 409, 'owns_shared_residences'],
			[gone.user.id, 409, 'account_erased'], [missing, 404, 'not_found']]);
		assert.equal(body.refused[0].problem.residences.length, 1);
		for (const [person, count] of [[going, 1], [owner, 0], [gone, 0], [last, 1]])
			assert.equal((await events('delete', person.user.id)).length, count);
	});

	test('are all refused by one problem where something is missing for each', async () => {
		const { ann, homes } = await homesOf(2);
		const unsure = await staffPanel('admin');
		const set = { ids: idsOf(homes), set: { city: 'Ulm' } };

		expectProblem(await support.post('/residences/bulk-update', set), 422, 'reason_needed');
		expectProblem(await bulk(support, 'residences', 'delete', { ids: set.ids }), 403, 'forbidden');
		expectProblem(await bulk(unsure, 'residences', 'delete', { ids: set.ids }), 403, 'password_needed');
		expectInvalid(await update('residences', set.ids, { city: 'x'.repeat(101) }),
			{ 'set.city': 'too_long' });
		for (const home of homes)
			assert.equal((await homeOf(ann, home)).version, home.version);
	});

	test('say which column the database refused', async () => {
		const { results: [{ id }] } = expectOk(await admin.get('/task-templates?season=any&page_size=1'));
		const { count, refused: [{ problem }] } = expectOk(await update('task-templates', [id], { month: 3 }));

		assert.equal(count, 0);
		assert.deepEqual(problem.errors.map(({ field, pointer, code }) => [field, pointer, code]),
			[['set.month', '/set/month', 'misplaced']]);
	});

	test('are named by codes, however odd', async () => {
		const odd = ['a,b', '"{a}\\', ' {', 'NULL'];

		assert.deepEqual(refusedOf(expectOk(await remove('categories', odd))),
			odd.map((id) => [id.trim(), 404, 'not_found']));
	});

	test('have a column cleared by null', async () => {
		const { ann, homes } = await homesOf(2);

		expectOk(await update('residences', idsOf(homes), { city: 'Ulm', unit: '3a', postal_code: '89073' }));
		assert.deepEqual(expectOk(await update('residences', idsOf(homes), { city: null, unit: '4' })),
			{ count: 2, refused: [] });
		for (const home of homes) {
			const { city, unit, postal_code: code } = await homeOf(ann, home);

			assert.deepEqual([city, unit, code], [null, '4', '89073']);
			assert.deepEqual((await events('update', home.id)).at(-1).after.city, null);
		}
		expectInvalid(await update('residences', idsOf(homes), { name: null }), { 'set.name': 'null' });
	});
});

describe('crossing a household', () => {
	/** In psql, as the home's owner writes it: a transaction that holds one home and wants the other. */
	const crossing = (order) => held(async (holder) => {
		const { ann, homes } = await homesOf(2);
		const [first, second] = order(homes);
		const write = ({ id }) => `UPDATE residences SET name = 'Theirs', version = version + 1
			WHERE id = '${id}'`;
		const before = await deadlocks();

		await holder.run(`BEGIN; ${write(first)}`);
		const answer = update('residences', idsOf(homes), { city: 'Ulm' });

		await holder.untilBlocking(1, answer);
		await holder.run(`${write(second)}; COMMIT`);
		const body = expectOk(await answer);

		if (body.refused.some(({ status }) => status === 503))
			throw new Error('503 of one that has waited too long');
		assert.deepEqual(body, { count: 2, refused: [] });
		for (const home of homes) {
			const { name, city, version } = await homeOf(ann, home);

			assert.deepEqual([name, city, version], ['Theirs', 'Ulm', home.version + 2]);
		}
		assert.deepEqual(await deadlocks(), before);
	});

	test('that goes the same way waits for nobody who waits for it', crossing(([one, two]) => [one, two]));
	test('nor one that comes towards it', crossing(([one, two]) => [two, one]));

	test('and each other, all that was asked for is done', async () => {
		const { ann, homes } = await homesOf(6);
		const back = [...homes].reverse();
		const before = await deadlocks();
		const rename = (things, name) => Promise.all(things.map(({ id }) =>
			ann.client.patch(`/api/residences/${id}`, { name })));
		const answers = await Promise.all([update('residences', idsOf(homes), { city: 'Ulm' }),
			rename(back, 'There'), update('residences', idsOf(back), { city: 'Bonn' }),
			rename(homes, 'Back')]);

		for (const bulked of [answers[0], answers[2]])
			assert.deepEqual(expectOk(bulked), { count: 6, refused: [] });
		[...answers[1], ...answers[3]].forEach((res) => expectOk(res));
		for (const home of homes) {
			const { name, city, version } = await homeOf(ann, home);

			assert.equal(version, home.version + 4);
			assert.ok(['There', 'Back'].includes(name) && ['Ulm', 'Bonn'].includes(city));
			assert.equal((await events('update', home.id)).length, 2);
		}
		assert.deepEqual(await deadlocks(), before);
	});

	test('that does many things at once, too, each is done once', async () => {
		const person = await signUp();
		const home = await newResidence(person);
		const tasks = [];

		for (let n = 0; n < 20; n += 1)
			tasks.push(await newTask(person, home));
		const before = await deadlocks();
		const [deleted, completed] = await Promise.all([remove('tasks', idsOf(tasks)),
			person.client.post('/api/tasks/bulk', { complete: [...tasks].reverse()
				.map(({ id: task_id }) => ({ task_id, occurrence: 1 })) })]);
		const done = expectOk(completed).completed.filter(({ status }) => status === 201).length;

		assert.deepEqual(expectOk(deleted), { count: 20, refused: [] });
		assert.deepEqual(await sql(`SELECT count(*) FILTER (WHERE deleted_at IS NOT NULL),
			sum(version - 2) FROM tasks WHERE residence_id = :'id'`, { id: home.id }), [`20|${done}`]);
		assert.deepEqual(await deadlocks(), before);
	});
});
