// starts.test.mjs: the day until which a task is hidden.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { Csv } from './support/client.mjs';
import { essence, newCrew } from './support/crew.mjs';
import { readCsv } from './support/csv.mjs';
import { localDay, zoneInDaylight } from './support/days.mjs';
import { expectInvalid, expectOk, expectPage } from './support/expect.mjs';
import { newResidence, newTask } from './support/people.mjs';

const zone = zoneInDaylight();
const day = (n) => localDay(zone, n);
let robin, residence, make, read, tap, complete, skip, undo;

before(async () => {
	({ robin, residence, make, read, tap, complete, skip, undo } = await newCrew(zone));
});

const patch = (task, body) => robin.client.patch(`/api/tasks/${task.id}`, body);
const titles = (tasks) => tasks.map((task) => task.title).sort();
const listed = async (own, query = '') =>
	titles(expectPage(await robin.client.get(`/api/tasks?residence_id=${own.id}${query}`)));

async function board(own) {
	const { columns } = expectOk(await robin.client.get(`/api/tasks/kanban?residence_id=${own.id}`));

	return Object.fromEntries(columns.filter((c) => c.count).map((c) => [c.name, titles(c.tasks)]));
}

describe('a task with a start to come', () => {
	test('is neither on the board nor in lists nor counted, until that day of its residence', async () => {
		const own = await newResidence(robin, { time_zone: zone });
		const put = (title, starts_on) => newTask(robin, own, { title, starts_on, due_on: day(9) });

		for (const [title, n] of [['gone by', -3], ['today', 0], ['tomorrow', 1]])
			await put(title, day(n));
		await put('always', null);
		assert.deepEqual(await board(own), { due_soon: ['always', 'gone by', 'today'] });
		assert.deepEqual(await listed(own), ['always', 'gone by', 'today']);
		assert.deepEqual(await listed(own, '&hidden=true'), ['tomorrow']);
		assert.deepEqual(await listed(own, '&hidden=false'), ['always', 'gone by', 'today']);
		const summary = expectOk(await robin.client.get('/api/residences/summary')).results
			.find(({ id }) => id === own.id);
		assert.deepEqual(summary.counts, { overdue: 0, due_soon: 3, upcoming: 0, in_progress: 0,
			expiring_warranties: 0 });
	});

	test('is shown once somebody begins it, cancels it or does it', async () => {
		const own = await newResidence(robin, { time_zone: zone });
		const put = (title) => newTask(robin, own, { title, starts_on: day(3), due_on: day(9) });

		expectOk(await tap(await put('begun'), 'start'));
		expectOk(await tap(await put('cancelled'), 'cancel'));
		await complete(await put('done'));
		assert.deepEqual(await board(own),
			{ in_progress: ['begun'], completed: ['done'], cancelled: ['cancelled'] });
		assert.deepEqual(await listed(own), ['begun', 'cancelled', 'done']);
	});

	test('shows its last completion, though the next occurrence is hidden', async () => {
		const own = await newResidence(robin, { time_zone: zone });

		await complete(await newTask(robin, own,
			{ title: 'Sweep', starts_on: day(-1), due_on: day(0), recurrence: 'monthly' }));
		assert.deepEqual(await board(own), { completed: ['Sweep'] });
	});

	test('stands in the feed on the day it is due, and in sync', async () => {
		const own = await newResidence(robin, { time_zone: zone });
		const task = await newTask(robin, own, { title: 'Hidden', starts_on: day(300), due_on: day(310) });
		const { path } = expectOk(await robin.client.post('/api/calendar-feeds', { residence_id: own.id }),
			201);
		const feed = await robin.client.get(path);

		assert.match(feed.text, new RegExp(`DTSTART;VALUE=DATE:${day(310).replaceAll('-', '')}`));
		const { changes } = expectOk(await robin.client.get('/api/sync'));
		assert.equal(changes.tasks.upserted.find(({ id }) => id === task.id).starts_on, day(300));
	});
});

describe('the start', () => {
	test('is at the latest the day it is due', async () => {
		const bad = { starts_on: '2031-01-07', due_on: '2031-01-06' };

		expectInvalid(await robin.client.post('/api/tasks', { residence_id: residence.id, title: 'x', ...bad }),
			{ starts_on: 'too_large' });
		const task = await make({ due_on: '2031-01-06' });
		expectInvalid(await patch(task, { starts_on: '2031-01-07' }), { starts_on: 'too_large' });
		expectInvalid(await patch(task, bad), { starts_on: 'too_large' });
		assert.equal(expectOk(await patch(task, { starts_on: '2031-01-06' })).starts_on, '2031-01-06');
		assert.equal(expectOk(await patch(task, { starts_on: null })).starts_on, null);
		assert.equal((await make({ starts_on: '2031-01-01' })).starts_on, '2031-01-01', 'without a day');
	});

	test('keeps its distance to the day it is due, which a PATCH or a snooze moves', async () => {
		let task = await make({ starts_on: '2031-01-01', due_on: '2031-01-06' });

		task = expectOk(await patch(task, { due_on: '2031-01-16' }));
		assert.equal(task.starts_on, '2031-01-11');
		task = expectOk(await patch(task, { due_on: '2031-01-04', starts_on: '2031-01-02' }));
		assert.equal(task.starts_on, '2031-01-02', 'unless it is named');
		task = expectOk(await tap(task, 'snooze', { until: '2031-02-04' }));
		assert.equal(task.starts_on, '2031-02-02');
		task = expectOk(await patch(task, { due_on: null }));
		assert.equal(task.starts_on, '2031-02-02');
	});

	test('is at the latest the day that a task without one gets', async () => {
		for (const give of [(t, due_on) => patch(t, { due_on }), (t, until) => tap(t, 'snooze', { until })]) {
			const task = await make({ starts_on: '2031-02-02' });

			assert.equal(expectOk(await give(task, '2031-02-03')).starts_on, '2031-02-02');
			expectOk(await patch(task, { due_on: null }));
			assert.equal(expectOk(await give(task, '2031-01-20')).starts_on, '2031-01-20');
		}
	});

	test('keeps its lead before each next day, done or skipped', async () => {
		const task = await make({ starts_on: '2031-01-26', due_on: '2031-01-31', recurrence: 'monthly' });

		assert.equal((await complete(task)).task.starts_on, '2031-02-23');
		assert.equal((await skip(await read(task))).task.starts_on, '2031-03-26');
	});

	test('is put back exactly by undo, whatever moved it', async () => {
		for (const change of [(t) => t, (t) => tap(t, 'snooze', { until: '2031-02-20' }),
			(t) => patch(t, { due_on: '2031-03-03' }), (t) => patch(t, { starts_on: '2031-01-05' })]) {
			const task = await make({ starts_on: '2031-01-03', due_on: '2031-01-06',
				recurrence: 'weekly' });

			await change(task);
			const was = await read(task);
			const done = await complete(was);
			assert.deepEqual(essence(expectOk(await undo(done)).task), essence(was));
		}
		const once = await make({ starts_on: '2031-01-03', due_on: '2031-01-06' });
		const done = await complete(once);
		expectOk(await patch(once, { due_on: '2032-01-06', starts_on: null }));
		const { task } = expectOk(await undo(done));
		assert.deepEqual([task.starts_on, task.due_on], ['2031-01-03', '2031-01-06']);
	});

	test('comes with templates as a lead, in bulk and out of files', async () => {
		const own = await newResidence(robin);
		const { results: [{ code }] } = expectOk(await robin.client.get('/api/task-templates'));
		const { created: [made] } = expectOk(await robin.client.post('/api/task-templates/apply',
			{ residence_id: own.id, codes: [code], lead_days: 2 }));
		assert.equal(Date.parse(made.due_on) - Date.parse(made.starts_on), 2 * 86400e3);
		const { created: [{ task }] } = expectOk(await robin.client.post('/api/tasks/bulk', { create: [
			{ residence_id: own.id, title: 'Bulk', starts_on: '2031-01-01', due_on: '2031-01-06' }] }));
		assert.equal(task.starts_on, '2031-01-01');
		const path = `/api/residences/${own.id}/tasks`;
		const file = (await robin.client.get(`${path}/export`)).text;
		assert.equal(readCsv(file).find((row) => row.title === 'Bulk').starts_on, '2031-01-01');
		const other = await newResidence(robin);
		expectOk(await robin.client.post(`/api/residences/${other.id}/tasks/import`, new Csv(file)));
		const copied = expectPage(await robin.client.get(`/api/tasks?residence_id=${other.id}&hidden=true`));
		assert.ok(copied.some((t) => t.title === 'Bulk' && t.starts_on === '2031-01-01'));
	});
});
