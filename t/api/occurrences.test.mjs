// occurrences.test.mjs: what falls on which day: done, open, and to come.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { nobody } from './support/client.mjs';
import { localDay, noon, withinOneDay, zoneInDaylight } from './support/days.mjs';
import { makeMember, manyTasks, setTask, sql } from './support/db.mjs';
import { expectInvalid, expectKeys, expectOk, expectProblem } from './support/expect.mjs';
import { crowd, missingId, newResidence, newTask, signUp } from './support/people.mjs';

const zone = zoneInDaylight();
const day = (offset) => localDay(zone, offset);

let robin;
let residence;

before(async () => {
	robin = await signUp();
	residence = await newResidence(robin, { time_zone: zone });
});

async function view(person, from, to, where) {
	const page = expectOk(await person.client.get(
		`/api/occurrences?from=${from}&to=${to}${where ? `&residence_id=${where.id}` : ''}`));

	expectKeys(page, ['from', 'to', 'results', 'complete', 'through']);
	assert.deepEqual([page.from, page.to], [from, to]);
	return page;
}

const complete = async (task, occurrence, fields = {}, act = 'complete') =>
	expectOk(await robin.client.post(`/api/tasks/${task.id}/${act}`, { occurrence, ...fields }), 201);

/** "2031-01-06 1 open": what is shown of a task, or of all. */
const told = (page, task) => page.results.filter((o) => !task || o.task_id === task.id)
	.map((o) => `${o.date} ${o.occurrence} ${o.outcome ?? (o.is_projected ? 'to come' : 'open')}`);

describe('GET /api/occurrences', () => {
	test('shows a task on the day on which it is due, and what its rule has to come', async () => {
		const once = await newTask(robin, residence, { title: 'Once', due_on: '2031-01-06', due_time: '08:30',
			category: 'garden', assigned_to_id: robin.user.id });
		const weekly = await newTask(robin, residence, { due_on: '2031-01-01', recurrence: 'weekly' });
		const page = await view(robin, '2031-01-01', '2031-01-31', residence);

		assert.deepEqual(page.results[1], { date: '2031-01-06', task_id: once.id, residence_id: residence.id,
			title: 'Once', category: 'garden', assigned_to_id: robin.user.id, due_time: '08:30',
			occurrence: 1, is_projected: false, outcome: null, completion_id: null });
		assert.deepEqual(told(page, weekly), ['2031-01-01 1 open', '2031-01-08 2 to come',
			'2031-01-15 3 to come', '2031-01-22 4 to come', '2031-01-29 5 to come']);
		assert.deepEqual([page.complete, page.through], [true, '2031-01-31']);
		assert.deepEqual(told(await view(robin, '2035-03-01', '2035-03-10', residence), weekly),
			['2035-03-07 219 to come']);
		assert.deepEqual(told(await view(robin, '2030-12-01', '2030-12-31', residence)), []);
	});

	test('agrees with what happens when each is done', async () => {
		const start = day(0);
		const last = day(59);

		for (const recurrence of [{ unit: 'day', every: 9 }, { unit: 'month', every: 1, month_day: -1 },
			{ unit: 'week', every: 2, weekdays: ['mon', 'fri'] },
			{ unit: 'day', every: 9, anchor: 'completion' },
			{ unit: 'day', every: 5, count: 3 }, { unit: 'day', every: 5, until: day(21) }]) {
			const task = await newTask(robin, await newResidence(robin, { time_zone: zone }),
				{ due_on: start, recurrence });
			const planned = told(await view(robin, start, last), task).map((line) => line.split(' ')[0]);
			const late = told(await view(robin, day(30), last), task).map((line) => line.split(' ')[0]);
			const preview = expectOk(await robin.client.post('/api/recurrence/preview',
				{ recurrence: { ...recurrence, starts_on: start } })).days;
			const expected = [start, ...preview.filter((d) => d > start && d <= last)];
			assert.deepEqual(planned, expected, JSON.stringify(recurrence));
			assert.deepEqual(late, expected.filter((d) => d >= day(30)), JSON.stringify(recurrence));
		}
	});

	test('shows what was done or skipped on its local day, also of archived and deleted tasks', async () => {
		const home = await newResidence(robin, { time_zone: 'Asia/Tokyo' });
		const task = await newTask(robin, home, { due_on: '2026-01-05', recurrence: 'weekly' });
		const done = await complete(task, 1, { completed_at: '2026-01-05T15:30:00Z' });
		await complete(task, 2, {}, 'skip');
		const skippedOn = localDay('Asia/Tokyo');

		const on = async (date) => told(await view(robin, date, date, home), task);
		assert.deepEqual(await on('2026-01-06'), ['2026-01-06 1 done']);
		assert.deepEqual(await on('2026-01-05'), []);
		await withinOneDay(['Asia/Tokyo'], async () =>
			assert.equal((await on(skippedOn)).filter((l) => l.endsWith('skipped')).length, 1));
		for (const act of [() => robin.client.post(`/api/tasks/${task.id}/archive`),
			() => robin.client.delete(`/api/tasks/${task.id}`)]) {
			assert.ok((await act()).status < 300);
			const { results: [shown, ...others] } = await view(robin, '2026-01-01', '2026-02-28', home);
			assert.deepEqual([shown.completion_id, shown.outcome, others.length], [done.id, 'done', 0]);
		}
	});

	test('shows what is late on its day, and what follows from today on', () => withinOneDay([zone], async () => {
		const task = await newTask(robin, residence,
			{ due_on: day(-10), recurrence: { unit: 'day', every: 4, starts_on: day(-10) } });

		assert.deepEqual(told(await view(robin, day(-20), day(7)), task),
			[`${day(-10)} 1 open`, `${day(2)} 2 to come`, `${day(6)} 3 to come`]);
		expectOk(await robin.client.post(`/api/tasks/${task.id}/cancel`));
		assert.deepEqual(told(await view(robin, day(-20), day(7)), task), []);
	}));

	test('is in order: by day, done before open, then by time, then by task', async () => {
		const home = await newResidence(robin, { time_zone: zone });
		const on = (fields) => newTask(robin, home, { due_on: '2026-02-02', ...fields });
		const tasks = [await on({ due_time: '17:00' }), await on({}), await on({ due_time: '08:00' }),
			await on({})];
		const [late, early] = [await on({}), await on({})];
		await complete(late, 1, { completed_at: noon(zone, '2026-02-02') });
		await complete(early, 1, { completed_at: noon(zone, '2026-02-02') });
		await sql(`UPDATE completions SET completed_at = completed_at - interval '1 hour'
			WHERE task_id = :'id'`, { id: early.id });
		const { results } = await view(robin, '2026-02-01', '2026-02-28', home);

		assert.deepEqual(results.map((o) => o.task_id),
			[early, late, tasks[2], tasks[0], tasks[1], tasks[3]].map((t) => t.id));
	});

	test('is of all residences or of one, and a viewer sees what everybody sees', async () => {
		const [viewer] = await crowd(1);
		const other = await newResidence(robin);

		await makeMember(residence, viewer.user, 'viewer');
		await newTask(robin, other, { title: 'Elsewhere', due_on: '2040-05-05' });
		await newTask(robin, residence, { title: 'Here', due_on: '2040-05-05' });
		const titles = async (person, where) =>
			(await view(person, '2040-05-05', '2040-05-05', where)).results.map((o) => o.title)
				.filter((t) => /here$/i.test(t));
		assert.deepEqual((await titles(robin)).sort(), ['Elsewhere', 'Here']);
		assert.deepEqual(await titles(robin, other), ['Elsewhere']);
		assert.deepEqual(await titles(viewer), ['Here']);
		assert.deepEqual(await titles(viewer, other), []);
		assert.deepEqual(await titles(viewer, { id: missingId() }), []);
	});

	test('is bounded in days', async () => {
		const ask = (query) => robin.client.get(`/api/occurrences?${query}`);

		expectOk(await ask('from=2031-01-01&to=2031-04-10'));
		for (const [query, errors] of [['', { from: 'required', to: 'required' }],
			['from=2031-01-01&to=2031-04-11', { to: 'too_large' }],
			['from=2031-01-02&to=2031-01-01', { to: 'too_small' }],
			['from=2031-01-01&to=tomorrow', { to: 'format' }]])
			expectInvalid(await ask(query), errors, 'query');
		expectProblem(await nobody.get('/api/occurrences?from=2031-01-01&to=2031-01-02'), 401, 'unauthorized');
	});

	test('is bounded in rows, and goes on behind the last whole day', async () => {
		const [person] = await crowd(1);
		const home = await newResidence(person);

		await manyTasks(home, person, 1500, { due_on: "'2031-01-01'::date + n / 500" });
		const task = await newTask(person, home, { due_on: '2031-01-01' });
		await setTask(task, `recurrence = '{"unit": "day", "every": 1}'`);
		await sql(`UPDATE tasks SET recurrence = '{"unit": "day", "every": 1}'
			WHERE residence_id = :'home' AND due_on = '2031-01-02'`, { home: home.id });
		const seen = [];
		let from = '2031-01-01';
		for (let i = 0; from <= '2031-01-09'; i += 1) {
			const page = await view(person, from, '2031-01-09', home);
			seen.push(...page.results.filter((o) => o.date <= page.through));
			assert.ok(page.results.length <= 2000 && i < 9);
			assert.equal(page.complete, page.through === '2031-01-09');
			from = new Date(Date.parse(page.through) + 86400000).toISOString().slice(0, 10);
		}
		const parts = [];
		for (let d = 1; d <= 9; d += 1)
			parts.push(...(await view(person, `2031-01-0${d}`, `2031-01-0${d}`, home)).results);
		assert.deepEqual(seen, parts);
		assert.ok(parts.length > 4000);
	});

	test('of more tasks than it looks at stops before the first that it does not know', async () => {
		const [person] = await crowd(1);
		const home = await newResidence(person);

		await manyTasks(home, person, 3100, { due_on: "'2031-01-01'::date + n / 50" });
		const page = await view(person, '2031-02-25', '2031-03-31', home);
		assert.equal(page.complete, true);
		const all = await view(person, '2031-01-01', '2031-03-31', home);
		assert.deepEqual([all.complete, all.results.length], [false, 2000]);
		const late = await newTask(person, home, { due_on: '2031-01-01', recurrence: { unit: 'day', every: 1,
			anchor: 'completion' } });
		const far = await view(person, '2190-01-01', '2190-01-01', home);
		assert.deepEqual([told(far, late), far.through], [[], null]);
	});
});
