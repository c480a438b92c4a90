// transfer.test.mjs: a task that goes to another residence with its history, and copies of tasks.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { Client, nobody } from './support/client.mjs';
import { Copy, expectTrue, news } from './support/copy.mjs';
import { makeMember, manyTasks, sql } from './support/db.mjs';
import { expectInvalid, expectOk, expectPage, expectProblem } from './support/expect.mjs';
import { crowd, missingId, newId, newResidence, newTask, signUp } from './support/people.mjs';

let robin;
let here;
let there;

before(async () => {
	robin = await signUp();
	here = await newResidence(robin, { name: 'Here', currency: 'EUR' });
	there = await newResidence(robin, { name: 'There', currency: 'USD' });
});

const transfer = (person, task, residence, options) =>
	person.client.post(`/api/tasks/${task.id}/transfer`, { residence_id: residence.id }, options);
const copy = (person, task, body, options) => person.client.post(`/api/tasks/${task.id}/copy`, body, options);
const complete = async (person, task, fields) =>
	expectOk(await person.client.post(`/api/tasks/${task.id}/complete`, fields), 201);
const titles = async (person, residence) =>
	expectPage(await person.client.get(`/api/tasks?residence_id=${residence.id}`)).map((t) => t.title);

describe('POST /api/tasks/{task_id}/transfer', () => {
	test('takes the task and its history along, and nothing of either changes but the residence', async () => {
		const task = await newTask(robin, here, { title: 'Gutters', due_on: '2031-01-06', recurrence: 'weekly',
			estimated_cost: '12.50', description: 'All of them.' });
		const done = await complete(robin, task, { occurrence: 1, note: 'Wet', actual_cost: '9.00' });
		const was = expectOk(await robin.client.get(`/api/tasks/${task.id}`));
		const moved = expectOk(await transfer(robin, task, there));

		assert.deepEqual({ ...moved, updated_at: was.updated_at },
			{ ...was, residence_id: there.id, currency: there.currency, version: was.version + 1 });
		assert.deepEqual(expectOk(await robin.client.get(`/api/tasks/${task.id}`)), moved);
		const [noted] = expectPage(await robin.client.get(`/api/completions?residence_id=${there.id}`));
		assert.deepEqual([noted.id, noted.note, noted.actual_cost, noted.title],
			[done.id, 'Wet', '9.00', 'Gutters']);
		assert.deepEqual(expectPage(await robin.client.get(`/api/completions?residence_id=${here.id}`)), []);
		const undone = expectOk(await robin.client.post(`/api/completions/${done.id}/undo`));
		assert.deepEqual([undone.task.residence_id, undone.task.occurrence, undone.task.due_on],
			[there.id, 1, '2031-01-06']);
	});

	test('with a history of others is for managers', async () => {
		const [maud] = await crowd(1);
		const elsewhere = await newResidence(maud);

		await makeMember(here, maud.user, 'member');
		const task = await newTask(robin, here, { due_on: '2031-01-06', recurrence: 'weekly' });
		await complete(maud, task, { occurrence: 1 });
		const own = await newTask(maud, here);
		expectOk(await transfer(maud, own, elsewhere));
		await complete(robin, task, { occurrence: 2 });
		expectProblem(await transfer(maud, task, elsewhere), 403, 'history_of_others');
		await makeMember(here, maud.user, 'manager');
		expectOk(await transfer(maud, task, elsewhere));
	});

	test('to where it is changes nothing', async () => {
		const task = await newTask(robin, here);

		assert.deepEqual(expectOk(await transfer(robin, task, here)), task);
	});

	test('loses its place on the board, and keeps the assignee who belongs to both', async () => {
		const [both, one] = await crowd(2);

		for (const [person, residence] of [[both, here], [both, there], [one, here]])
			await makeMember(residence, person.user, 'member');
		for (const [person, kept] of [[both, both.user.id], [one, undefined]]) {
			const other = await newTask(robin, here);
			const task = await newTask(robin, here, { assigned_to_id: person.user.id });
			expectOk(await robin.client.post(`/api/tasks/${task.id}/move`, { after_id: other.id }));
			const moved = expectOk(await transfer(robin, task, there));
			assert.equal(moved.assigned_to?.id, kept);
			const fresh = await newTask(robin, there);
			assert.equal(moved.position === null, fresh.position === null, 'no key of its own is left');
		}
	});

	test('brings the names of its history, and gives no right to those', async () => {
		const nan = await signUp({ first_name: 'Nan', last_name: 'Bobbin' });

		await makeMember(here, nan.user, 'member');
		const task = await newTask(nan, here, { title: 'By Nan' });
		await complete(nan, task, { occurrence: 1 });
		const moved = expectOk(await transfer(robin, task, there));
		assert.deepEqual([moved.created_by.name, moved.last_completed_by.name], ['Nan Bobbin', 'Nan Bobbin']);
		const [noted] = expectPage(await robin.client.get(`/api/tasks/${task.id}/completions`));
		assert.deepEqual([noted.completed_by.name, noted.recorded_by.name], ['Nan Bobbin', 'Nan Bobbin']);
		expectProblem(await nan.client.get(`/api/tasks/${task.id}`), 404, 'not_found');
		expectProblem(await nan.client.get(`/api/residences/${there.id}`), 404, 'not_found');
		expectProblem(await nan.client.post(`/api/completions/${noted.id}/undo`), 404, 'not_found');
	});

	test('is told to the activity of both', async () => {
		const task = await newTask(robin, here, { title: 'Told' });
		await complete(robin, task, { occurrence: 1 });
		const id = newId();
		expectOk(await transfer(robin, task, there, { headers: { 'X-Request-Id': id } }));
		assert.deepEqual(await sql(`SELECT residence_id, subject, action, changes FROM activity
			WHERE request_id = :'id' ORDER BY action`, { id }),
		[`${there.id}|task|moved_in|{}`, `${here.id}|task|moved_out|{}`]);
	});

	test('goes to another calendar', async () => {
		const feed = async (residence) => {
			const { path } = expectOk(await robin.client.post('/api/calendar-feeds',
				{ residence_id: residence.id }), 201);
			return async () => (await nobody.get(path)).text;
		};
		const [left, arrived] = [await feed(here), await feed(there)];
		const task = await newTask(robin, here, { title: 'Chimney feed', due_on: '2031-02-03' });

		assert.match(await left(), /Chimney feed/);
		expectOk(await transfer(robin, task, there));
		assert.doesNotMatch(await left(), /Chimney feed/);
		assert.match(await arrived(), /Chimney feed/);
	});

	test('leaves the template behind where there is a task of it already, also when two come at once', async () => {
		const [person] = await crowd(1);
		const [template] = expectPage(await person.client.get('/api/task-templates'));
		const apply = async () => {
			const residence = await newResidence(person);
			const { created } = expectOk(await person.client.post('/api/task-templates/apply',
				{ residence_id: residence.id, codes: [template.code] }));

			return created[0];
		};

		for (let round = 0; round < 5; round += 1) {
			const target = await newResidence(person);
			const tasks = [await apply(), await apply(), await apply()];

			for (const res of await Promise.all(tasks.map((t) => transfer(person, t, target))))
				assert.equal(expectOk(res).residence_id, target.id);
			assert.deepEqual(await sql(`SELECT count(*), count(template) FROM tasks
				WHERE residence_id = :'id'`, { id: target.id }), ['3|1']);
		}
	});

	test('asks for the right in both residences', async () => {
		const [friend] = await crowd(1);
		const task = await newTask(robin, here);
		const theirs = await newResidence(friend);

		expectProblem(await transfer(friend, task, theirs), 404, 'not_found');
		await makeMember(here, friend.user, 'viewer');
		expectProblem(await transfer(friend, task, theirs), 403, 'forbidden');
		await makeMember(here, friend.user, 'member');
		expectProblem(await transfer(friend, task, there), 404, 'not_found');
		expectProblem(await transfer(friend, task, { id: missingId() }), 404, 'not_found');
		await makeMember(there, friend.user, 'viewer');
		expectProblem(await transfer(friend, task, there), 403, 'forbidden');
		expectOk(await transfer(friend, task, theirs));
		expectProblem(await robin.client.get(`/api/tasks/${task.id}`), 404, 'not_found');
		expectInvalid(await friend.client.post(`/api/tasks/${task.id}/transfer`, {}),
			{ residence_id: 'required' });
	});

	test('is refused by a residence that is full, and stays where it was', async () => {
		const [person] = await crowd(1);
		const [from, full] = [await newResidence(person), await newResidence(person)];
		const task = await newTask(person, from);

		await manyTasks(full, person, 5000);
		for (const res of [await transfer(person, task, full),
			await copy(person, task, { residence_id: full.id })])
			assert.equal(expectProblem(res, 402, 'plan_limit_reached').limit, 'tasks');
		assert.equal(expectOk(await person.client.get(`/api/tasks/${task.id}`)).residence_id, from.id);
	});

	test('with a key is done once, and shown again', async () => {
		const task = await newTask(robin, here);
		const key = { headers: { 'Idempotency-Key': newId() } };
		const first = await transfer(robin, task, there, key);
		const again = await transfer(robin, task, there, key);

		assert.equal(again.headers['idempotency-replayed'], 'true');
		assert.deepEqual(expectOk(again), expectOk(first));
		expectProblem(await transfer(robin, task, here, key), 422, 'idempotency_key_reused');
	});

	test('of many at once, there and back and to two places, ends in one of them', async () => {
		const third = await newResidence(robin);
		const task = await newTask(robin, here, { due_on: '2031-01-06', recurrence: 'weekly' });
		const act = (i) => [
			() => transfer(robin, task, [here, there, third][i % 3]),
			() => robin.client.patch(`/api/tasks/${task.id}`, { title: `Title ${i}` }),
			() => robin.client.post(`/api/tasks/${task.id}/complete`, { occurrence: i }),
		][i % 4 % 3]();

		for (const res of await Promise.all(Array.from({ length: 48 }, (_, i) => act(i + 1))))
			assert.ok([200, 201, 409].includes(res.status), res.text);
		const { residence_id: id } = expectOk(await robin.client.get(`/api/tasks/${task.id}`));
		assert.deepEqual(await sql(`SELECT DISTINCT residence_id FROM completions WHERE task_id = :'task'
			UNION SELECT residence_id FROM tasks WHERE id = :'task'`, { task: task.id }), [id]);
	});
});

describe('sync after a transfer', () => {
	test('takes it from those who saw the one, and brings it to those who see the other', async () => {
		const people = await crowd(3);
		const [left, right, both] = people;
		const from = await newResidence(robin);
		const to = await newResidence(robin);

		for (const [person, residence] of [[left, from], [right, to], [both, from], [both, to]])
			await makeMember(residence, person.user, 'viewer');
		const task = await newTask(robin, from, { due_on: '2031-01-06', recurrence: 'weekly' });
		const done = await complete(robin, task, { occurrence: 1 });
		const copies = people.map((p) => new Copy(p.client));
		for (const one of copies)
			await one.sync();
		expectOk(await transfer(robin, task, to));
		const [lost, gained, kept] = [news(await copies[0].sync()), news(await copies[1].sync()),
			news(await copies[2].sync())];
		assert.deepEqual(lost, { tasks: { upserted: [], deleted: [task.id] },
			completions: { upserted: [], deleted: [done.id] } });
		for (const one of [gained, kept])
			assert.deepEqual(one, { tasks: { upserted: [task.id], deleted: [] },
				completions: { upserted: [done.id], deleted: [] } });
		assert.equal(copies[2].things.tasks.get(task.id).residence_id, to.id);
		assert.equal(copies[1].things.completions.get(done.id).completed_by.name, robin.user.name);
		for (const [i, one] of copies.entries())
			await expectTrue(one, people[i]);
		expectOk(await transfer(robin, task, from));
		for (const [i, one] of copies.entries()) {
			await one.sync(1);
			await expectTrue(one, people[i]);
		}
	});
});

describe('POST /api/tasks/{task_id}/copy', () => {
	test('begins anew: pending, on the same day, by the same rule', async () => {
		const task = await newTask(robin, here, { title: 'Copied', description: 'As it is.', priority: 'high',
			category: 'garden', due_on: '2031-01-31', due_time: '08:30', recurrence: 'monthly',
			estimated_cost: '5.00', assigned_to_id: robin.user.id, remind_before: ['P2D'] });
		await complete(robin, task, { occurrence: 1 });
		expectOk(await robin.client.post(`/api/tasks/${task.id}/start`));
		const was = expectOk(await robin.client.get(`/api/tasks/${task.id}`));
		const res = await copy(robin, task, { residence_id: there.id });
		const made = expectOk(res, 201);

		assert.equal(res.headers.location, `/api/tasks/${made.id}`);
		for (const name of ['title', 'description', 'priority', 'category', 'due_on', 'due_time', 'recurrence',
			'remind_before', 'estimated_cost', 'assigned_to'])
			assert.deepEqual(made[name], was[name], name);
		assert.deepEqual([made.residence_id, made.state, made.occurrence, made.completion_count, made.version],
			[there.id, 'pending', 1, 0, 1]);
		assert.equal(made.due_on, '2031-02-28');
		assert.equal((await complete(robin, made, { occurrence: 1 })).due_after, '2031-03-31');
		assert.deepEqual(expectOk(await robin.client.get(`/api/tasks/${task.id}`)), was);
	});

	test('stays in the residence when none is named, and may have the id that a client made', async () => {
		const task = await newTask(robin, here);
		const id = newId();

		for (const body of [undefined, {}, { residence_id: null }])
			assert.equal(expectOk(await copy(robin, task, body), 201).residence_id, here.id);
		assert.equal(expectOk(await copy(robin, task, { id }), 201).id, id);
		assert.equal(expectOk(await copy(robin, task, { id })).id, id, 'once more shows it');
	});

	test('with a key is made once', async () => {
		const task = await newTask(robin, here, { title: 'Copied once' });
		const key = { headers: { 'Idempotency-Key': newId() } };
		const first = expectOk(await copy(robin, task, {}, key), 201);
		const again = await copy(robin, task, {}, key);

		assert.equal(again.headers['idempotency-replayed'], 'true');
		assert.deepEqual(expectOk(again, 201), first);
		assert.equal((await titles(robin, here)).filter((t) => t === 'Copied once').length, 2);
	});

	test('of a task that is done or was its last time comes once', async () => {
		const once = await newTask(robin, here, { due_on: '2031-01-06' });
		await complete(robin, once, { occurrence: 1 });
		const open = expectOk(await copy(robin, once), 201);
		assert.deepEqual([open.completed, open.due_on], [false, '2031-01-06']);
		const counted = await newTask(robin, here, { due_on: '2031-01-06',
			recurrence: { unit: 'week', every: 1, count: 3 } });
		await complete(robin, counted, { occurrence: 1 });
		assert.equal(expectOk(await copy(robin, counted), 201).recurrence.count, 2, 'two of three are left');
		await complete(robin, counted, { occurrence: 2 });
		assert.equal(expectOk(await copy(robin, counted), 201).recurrence, null);
		await complete(robin, counted, { occurrence: 3 });
		assert.equal(expectOk(await copy(robin, counted), 201).recurrence, null);
	});

	test('asks for the right in both residences', async () => {
		const [friend] = await crowd(1);
		const task = await newTask(robin, here);

		await makeMember(here, friend.user, 'viewer');
		expectProblem(await copy(friend, task), 403, 'forbidden');
		await makeMember(here, friend.user, 'member');
		expectProblem(await copy(friend, task, { residence_id: there.id }), 404, 'not_found');
		await makeMember(there, friend.user, 'viewer');
		expectProblem(await copy(friend, task, { residence_id: there.id }), 403, 'forbidden');
		await makeMember(there, friend.user, 'member');
		expectOk(await copy(friend, task, { residence_id: there.id }), 201);
		expectProblem(await new Client().post(`/api/tasks/${task.id}/copy`), 401, 'unauthorized');
	});
});
