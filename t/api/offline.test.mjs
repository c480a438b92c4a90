// offline.test.mjs: what a phone works out for itself from its copy: the order of the board, what is late, money.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { Copy } from './support/copy.mjs';
import { localDay, zoneInDaylight } from './support/days.mjs';
import { expectOk, expectPage } from './support/expect.mjs';
import { newResidence, newTask, signUp } from './support/people.mjs';

const zone = zoneInDaylight();
const day = (n) => localDay(zone, n);
let robin;

before(async () => {
	robin = await signUp();
});

const byPosition = (a, b) => (a.position < b.position ? -1 : 1);
const act = async (task, name, body) => expectOk(await robin.client.post(`/api/tasks/${task.id}/${name}`, body));

/** Tasks with and without a day, a time and a place that somebody gave them. */
async function household() {
	const own = await newResidence(robin, { time_zone: zone });
	const fields = [{}, {}, { due_on: day(40) }, { due_on: day(3) }, { due_on: day(3), due_time: '08:00' },
		{ due_on: day(3), due_time: '07:59' }, { due_on: day(-2) }, { due_on: day(-1), due_time: '23:00' },
		{ due_on: day(40), due_time: '00:00' }, { due_on: day(200) }, { due_on: '2200-12-31' },
		{ due_on: '1900-01-01' }];
	const tasks = [];

	for (const [i, f] of fields.entries())
		tasks.push(await newTask(robin, own, { title: `Task ${i}`, ...f }));
	await act(tasks[9], 'move', { after_id: tasks[0].id });
	await act(tasks[3], 'move', { after_id: null });
	await act(tasks[5], 'move', { after_id: tasks[4].id });
	return { own, tasks };
}

describe('a board drawn from a copy', () => {
	test('has the order of the server\'s, by position alone', async () => {
		const { own } = await household();
		const copy = new Copy(robin.client);
		const { columns } = expectOk(await robin.client.get(`/api/tasks/kanban?residence_id=${own.id}`));

		await copy.sync();
		const held = [...copy.things.tasks.values()].filter((task) => task.residence_id === own.id)
			.sort(byPosition);
		for (const { tasks } of columns) {
			const ids = tasks.map((task) => task.id);

			assert.deepEqual(held.filter(({ id }) => ids.includes(id)).map(({ id }) => id), ids);
		}
		assert.equal(columns.flatMap(({ tasks }) => tasks).length, held.length);
		assert.equal(new Set(held.map((task) => task.position)).size, held.length, 'no two share one');
	});

	test('is shown alike by board, list and task: place, lateness and currency', async () => {
		const { own } = await household();
		const { columns } = expectOk(await robin.client.get(`/api/tasks/kanban?residence_id=${own.id}`));
		const cards = new Map(columns.flatMap(({ tasks }) => tasks).map((task) => [task.id, task]));
		const list = expectPage(await robin.client.get(`/api/tasks?residence_id=${own.id}`));

		assert.equal(list.length, cards.size);
		for (const task of list) {
			assert.deepEqual(task, cards.get(task.id));
			assert.deepEqual(expectOk(await robin.client.get(`/api/tasks/${task.id}`)), task);
		}
		assert.deepEqual(list.filter((task) => task.is_overdue).map((task) => task.title).sort(),
			['Task 11', 'Task 6', 'Task 7']);
	});
});

describe('what is overdue', () => {
	test('changes with the clock, and the tag of the answer with it', async () => {
		// There it is tomorrow when here it is today, at any hour.
		const own = await newResidence(robin, { time_zone: 'Pacific/Pago_Pago' });
		const task = await newTask(robin, own, { due_on: localDay('Pacific/Pago_Pago', 0) });
		const paths = [`/api/tasks/${task.id}`, `/api/tasks?residence_id=${own.id}`,
			`/api/tasks/kanban?residence_id=${own.id}`];
		const tags = [];

		assert.equal(task.is_overdue, false);
		for (const path of paths)
			tags.push((await robin.client.get(path)).headers.etag);
		expectOk(await robin.client.patch(`/api/residences/${own.id}`, { time_zone: 'Pacific/Kiritimati' }));
		for (const [i, path] of paths.entries()) {
			const res = await robin.client.get(path, { headers: { 'If-None-Match': tags[i] } });

			assert.equal(res.status, 200, path);
			assert.match(res.text, /"is_overdue":true/);
		}
		const { version } = expectOk(await robin.client.get(paths[0]));
		assert.equal(version, task.version);
	});

	test('is open: neither done nor cancelled', async () => {
		const own = await newResidence(robin, { time_zone: zone });
		const late = () => newTask(robin, own, { due_on: day(-3) });
		const [open, begun, cancelled, done] = [await late(), await late(), await late(), await late()];
		const read = async ({ id }) => expectOk(await robin.client.get(`/api/tasks/${id}`)).is_overdue;

		await act(begun, 'start');
		assert.equal((await act(cancelled, 'cancel')).is_overdue, false);
		assert.equal(expectOk(await robin.client.post(`/api/tasks/${done.id}/complete`, { occurrence: 1 }), 201)
			.task.is_overdue, false);
		assert.deepEqual([await read(open), await read(begun), await read(cancelled), await read(done)],
			[true, true, false, false]);
	});
});

describe('a copy of a completion', () => {
	test('names its task as it was, and amounts have the currency of the residence', async () => {
		const own = await newResidence(robin, { currency: 'CHF' });
		const task = await newTask(robin, own, { title: 'Sweep', category: 'garden' });
		const done = expectOk(await robin.client.post(`/api/tasks/${task.id}/complete`, { occurrence: 1 }),
			201);
		const copy = new Copy(robin.client);

		assert.deepEqual([task.currency, done.currency, done.task.currency], ['CHF', 'CHF', 'CHF']);
		expectOk(await robin.client.patch(`/api/tasks/${task.id}`, { title: 'Swept', category: 'other' }));
		await copy.sync();
		const held = copy.things.completions.get(done.id);
		const { currency, ...shown } = expectOk(await robin.client.get(`/api/completions/${done.id}`));
		assert.deepEqual(held, shown);
		assert.deepEqual([held.title, held.category], ['Sweep', 'garden']);
		const find = async (words) => expectPage(await robin.client.get(
			`/api/completions?residence_id=${own.id}&search=${words}`)).length;
		assert.deepEqual([await find('sweep'), await find('swept')], [1, 1]);
	});
});
