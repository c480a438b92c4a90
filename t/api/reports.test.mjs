// reports.test.mjs: what a residence has done, spent and will spend, as JSON and as CSV.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { parseCsv } from './support/csv.mjs';
import { localDay, noon, zoneInDaylight } from './support/days.mjs';
import { makeMember } from './support/db.mjs';
import { expectInvalid, expectKeys, expectOk, expectProblem } from './support/expect.mjs';
import { crowd, newResidence, newTask, signUp } from './support/people.mjs';

const zone = zoneInDaylight();
const LINE_KEYS = ['key', 'name', 'done', 'skipped', 'on_time', 'late', 'on_time_rate', 'cost'];

let robin;
let mate;
let residence;

const report = async (where, query = '') =>
	expectOk(await robin.client.get(`/api/residences/${where.id}/report${query}`));
const act = async (task, name, fields = {}) =>
	expectOk(await robin.client.post(`/api/tasks/${task.id}/${name}`, { occurrence: 1, ...fields }), 201);
const lines = (list) => list.map((l) => [l.name, l.done, l.skipped, l.cost]);

before(async () => {
	robin = await signUp();
	[mate] = await crowd(1);
	residence = await newResidence(robin, { time_zone: zone, currency: 'EUR' });
	await makeMember(residence, mate.user, 'member');
	const task = (title, category, fields = {}) => newTask(robin, residence, { title, category, ...fields });

	await act(await task('Boiler', 'plumbing', { due_on: '2025-05-10' }), 'complete',
		{ completed_at: noon(zone, '2025-05-10'), actual_cost: '100.10', contractor_name: 'Warm Hands' });
	await act(await task('Tap', 'plumbing', { due_on: '2026-01-10' }), 'complete',
		{ completed_at: noon(zone, '2026-01-12'), actual_cost: '20.05', completed_by_id: mate.user.id });
	const lawn = await task('Lawn', 'garden', { due_on: '2026-02-01', recurrence: 'monthly' });
	await act(lawn, 'complete',
		{ completed_at: noon(zone, '2026-01-31'), actual_cost: '0.35', contractor_name: '=1+2' });
	await act(lawn, 'skip', { occurrence: 2 });
	await act(await task('Attic', 'other'), 'complete', { completed_at: noon(zone, '2026-03-01') });
});

describe('GET /api/residences/{residence_id}/report', () => {
	test('sums up all there is', async () => {
		const whole = await report(residence);

		expectKeys(whole, ['residence_id', 'today', 'from', 'to', 'currency', 'complete', 'total',
			'by_category', 'by_contractor', 'by_year', 'by_person', 'forecast']);
		expectKeys(whole.total, LINE_KEYS);
		assert.deepEqual([whole.today, whole.currency, whole.from], [localDay(zone), 'EUR', null]);
		assert.deepEqual(whole.total, { key: null, name: null, done: 4, skipped: 1, on_time: 2, late: 1,
			on_time_rate: 0.667, cost: '120.50' });
		assert.deepEqual(lines(whole.by_category),
			[['Plumbing', 2, 0, '120.15'], ['Garden', 1, 1, '0.35'], ['Other', 1, 0, '0.00']]);
		assert.deepEqual(lines(whole.by_contractor), [['Warm Hands', 1, 0, '100.10'], ['=1+2', 1, 0, '0.35']]);
		assert.deepEqual(lines(whole.by_year).slice(0, 2), [['2025', 1, 0, '100.10'], ['2026', 3, 1, '20.40']]);
		assert.deepEqual(whole.by_person.map((l) => [l.key, l.done, l.skipped, l.cost]),
			[[robin.user.id, 3, 1, '100.45'], [mate.user.id, 1, 0, '20.05']]);
		assert.equal(whole.by_person[0].name, robin.user.name);
	});

	test('between days, by the calendar of the residence', async () => {
		const some = await report(residence, '?from=2026-01-12&to=2026-01-31');

		assert.deepEqual([some.from, some.to], ['2026-01-12', '2026-01-31']);
		assert.deepEqual([some.total.done, some.total.cost, some.total.on_time_rate], [2, '20.40', 0.5]);
		const none = await report(residence, '?from=2030-01-01');
		assert.deepEqual([none.total.done, none.total.on_time_rate, none.by_category], [0, null, []]);
	});

	test('by the category of the day when it was done', async () => {
		const own = await newResidence(robin, { time_zone: zone });
		const task = await newTask(robin, own,
			{ category: 'garden', due_on: '2026-02-01', recurrence: 'monthly' });

		await act(task, 'complete', { actual_cost: '7' });
		expectOk(await robin.client.patch(`/api/tasks/${task.id}`, { category: 'exterior' }));
		await act(task, 'complete', { occurrence: 2, actual_cost: '9' });
		assert.deepEqual(lines((await report(own)).by_category),
			[['Exterior', 1, 0, '9.00'], ['Garden', 1, 0, '7.00']]);
	});

	test('leaves out what was undone, and not what was deleted', async () => {
		const own = await newResidence(robin, { time_zone: zone });
		const [kept, undone] = [await newTask(robin, own), await newTask(robin, own)];

		await act(kept, 'complete', { actual_cost: '7' });
		const { id } = await act(undone, 'complete', { actual_cost: '9' });
		expectOk(await robin.client.post(`/api/completions/${id}/undo`));
		expectOk(await robin.client.delete(`/api/tasks/${kept.id}`), 204);
		assert.deepEqual([(await report(own)).total.done, (await report(own)).total.cost], [1, '7.00']);
	});

	test('counts the year by the zone of the residence', async () => {
		const far = await newResidence(robin, { time_zone: 'Pacific/Kiritimati' });

		await act(await newTask(robin, far), 'complete', { completed_at: '2025-12-31T12:00:00Z' });
		assert.deepEqual((await report(far)).by_year.map((l) => l.key), ['2026']);
	});

	test('takes one round trip, and is for members', async () => {
		const [stranger] = await crowd(1);
		const res = await robin.client.get(`/api/residences/${residence.id}/report`);

		assert.equal(res.headers['x-hob-round-trips'], '1');
		expectOk(await mate.client.get(`/api/residences/${residence.id}/report`));
		expectProblem(await stranger.client.get(`/api/residences/${residence.id}/report`), 404, 'not_found');
		expectInvalid(await robin.client.get(`/api/residences/${residence.id}/report?from=soon&format=pdf`),
			{ from: 'format', format: 'choice' }, 'query');
	});
});

describe('the forecast', () => {
	const month = (offset) => {
		const [y, m] = localDay(zone).split('-').map(Number);

		return new Date(Date.UTC(y, m - 1 + offset, 1)).toISOString().slice(0, 7);
	};

	test('steps through the rules of what has a cost, for twelve months', async () => {
		const own = await newResidence(robin, { time_zone: zone });
		const task = (fields) => newTask(robin, own, fields);

		await task({ due_on: `${month(1)}-05`, recurrence: 'quarterly', estimated_cost: '10.05' });
		await task({ due_on: `${month(2)}-28`, recurrence: { unit: 'month', count: 2 }, estimated_cost: '1' });
		await task({ due_on: `${month(3)}-01`, estimated_cost: '100' });
		await task({ due_on: '2020-01-01', estimated_cost: '5' });
		await task({ due_on: `${month(13)}-01`, estimated_cost: '1000' });
		await task({ due_on: `${month(1)}-01`, recurrence: 'monthly' });
		const given = await task({ due_on: `${month(1)}-01`, estimated_cost: '10000' });
		expectOk(await robin.client.post(`/api/tasks/${given.id}/cancel`));

		const { forecast } = await report(own);
		const costs = ['5.00', '10.05', '1.00', '101.00', '10.05', '0.00', '0.00', '10.05', '0.00', '0.00',
			'10.05', '0.00'];
		assert.deepEqual(forecast.months.map((m) => m.month), costs.map((_, i) => month(i)));
		assert.deepEqual(forecast.months.map((m) => m.cost), costs);
		assert.deepEqual(forecast.months.map((m) => m.planned), [1, 1, 1, 2, 1, 0, 0, 1, 0, 0, 1, 0]);
		assert.equal(forecast.cost, '147.20');
	});

	test('adds up 300 daily tasks of 999999999999 exactly as far as it goes, and says so', async () => {
		const own = await newResidence(robin, { time_zone: zone });
		const create = Array.from({ length: 100 },
			() => ({ residence_id: own.id, title: 'Gold leaf', due_on: `${month(1)}-01`,
				recurrence: { unit: 'day' }, estimated_cost: '999999999999' }));

		for (let i = 0; i < 3; i += 1)
			for (const part of expectOk(await robin.client.post('/api/tasks/bulk', { create })).created)
				assert.equal(part.status, 201, JSON.stringify(part));
		const { forecast, complete } = await report(own);
		assert.equal(complete, false);
		const costs = forecast.months.map((m) => BigInt(m.planned) * 99999999999900n);
		const money = (cents) => `${cents / 100n}.${String(cents % 100n).padStart(2, '0')}`;
		assert.deepEqual(forecast.months.map((m) => m.cost), costs.map(money));
		const sum = costs.reduce((a, b) => a + b);
		assert.equal(forecast.cost, money(sum));
	});

	test('counts a rule that hangs on completion as if it were done on its day', async () => {
		const own = await newResidence(robin, { time_zone: zone });

		await newTask(robin, own, { due_on: `${month(1)}-10`, estimated_cost: '2',
			recurrence: { unit: 'month', every: 4, anchor: 'completion' } });
		assert.deepEqual((await report(own)).forecast.months.map((m) => m.planned),
			[0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0]);
	});
});

describe('as CSV', () => {
	test('has a line for each sum and each month', async () => {
		const res = await robin.client.get(`/api/residences/${residence.id}/report?format=csv`);
		const [head, ...rows] = parseCsv(res.text);

		assert.equal(res.status, 200);
		assert.match(res.headers['content-type'], /^text\/csv/);
		assert.equal(res.headers['content-disposition'], 'attachment; filename="report.csv"');
		assert.deepEqual(head,
			['part', 'key', 'name', 'done', 'skipped', 'on_time', 'late', 'planned', 'cost', 'currency']);
		assert.ok(rows.every((row) => row.length === head.length && row.at(-1) === 'EUR'));
		assert.deepEqual(rows.find((row) => row[0] === 'total'),
			['total', '', '', '4', '1', '2', '1', '', '120.50', 'EUR']);
		assert.deepEqual(rows.filter((row) => row[0] === 'category').map((row) => row[1]),
			['plumbing', 'garden', 'other']);
		assert.equal(rows.filter((row) => row[0] === 'forecast').length, 12);
	});

	test('begins with a byte order mark for who asks, and for a browser', async () => {
		const get = async (query, Accept = '*/*') =>
			(await robin.client.get(`/api/residences/${residence.id}/report?format=csv${query}`,
				{ headers: { Accept } })).text.startsWith('\ufeff');
		const browser = 'text/html,application/xhtml+xml,*/*;q=0.8';

		assert.deepEqual([await get(''), await get('&bom=1'), await get('&bom=true'), await get('', browser),
			await get('&bom=0', browser)], [false, true, true, true, false]);
	});

	test('has no cell that a spreadsheet takes for a formula', async () => {
		const own = await newResidence(robin, { time_zone: zone });
		const names = ['=cmd|\' /C calc\'!A0', '+1', '-1', '@SUM(A1)', 'plain', 'with "quotes", and commas'];

		for (const contractor_name of names)
			await act(await newTask(robin, own), 'complete', { contractor_name });
		const rows = parseCsv((await robin.client.get(`/api/residences/${own.id}/report?format=csv`)).text);
		const cells = rows.flat();
		assert.ok(cells.every((cell) => !/^[=+\-@\t\r]/.test(cell)), cells.join());
		for (const name of names)
			assert.ok(cells.includes(/^[=+\-@\t]/.test(name) ? `'${name}` : name), name);
	});
});
