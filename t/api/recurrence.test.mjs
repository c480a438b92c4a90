// recurrence.test.mjs: rules of recurrence as clients send and get them. What days they make
// t/recurrence holds to the vectors.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';

import { nobody } from './support/client.mjs';
import { localDay, zoneInDaylight } from './support/days.mjs';
import { expectInvalid, expectKeys, expectOk, expectProblem } from './support/expect.mjs';
import { newResidence, newTask, signUp } from './support/people.mjs';

const RULE_KEYS = ['unit', 'every', 'weekdays', 'month_day', 'nth_weekday', 'anchor', 'until', 'count', 'starts_on'];

const zone = zoneInDaylight();
let robin;
let residence;

before(async () => {
	robin = await signUp();
	residence = await newResidence(robin, { time_zone: zone });
});

const make = (fields) => robin.client.post('/api/tasks',
	{ residence_id: residence.id, title: 'Sweep', due_on: '2031-01-31', ...fields });
const patch = (task, fields) => robin.client.patch(`/api/tasks/${task.id}`, fields);
const preview = (body) => robin.client.post('/api/recurrence/preview', body);
const complete = async (task, fields = {}) =>
	expectOk(await robin.client.post(`/api/tasks/${task.id}/complete`, { occurrence: 1, ...fields }), 201);
const read = async (task) => expectOk(await robin.client.get(`/api/tasks/${task.id}`));

describe('a rule', () => {
	test('comes back whole, with what was left out', async () => {
		const { recurrence } =
			expectOk(await make({ recurrence: { unit: 'week', weekdays: ['thu', 'mon'] } }), 201);

		expectKeys(recurrence, RULE_KEYS);
		assert.deepEqual(recurrence, { unit: 'week', every: 1, weekdays: ['thu', 'mon'], month_day: null,
			nth_weekday: null, anchor: 'due', until: null, count: null, starts_on: '2031-01-31' });
	});

	test('has simple codes', async () => {
		const CODES = { weekly: ['week', 1], biweekly: ['week', 2], monthly: ['month', 1],
			quarterly: ['month', 3], semiannually: ['month', 6], annually: ['year', 1] };

		for (const [code, [unit, every]] of Object.entries(CODES)) {
			const { recurrence } = expectOk(await make({ recurrence: code }), 201);

			assert.deepEqual([recurrence.unit, recurrence.every], [unit, every], code);
		}
		expectInvalid(await make({ recurrence: 'fortnightly' }), { recurrence: 'choice' });
	});

	test('gives a task that had no day its first one by a PATCH too, with its time', async () => {
		const task = expectOk(await make({ due_on: undefined }), 201);
		const after = expectOk(await patch(task,
			{ recurrence: { unit: 'week', starts_on: '2031-01-06' }, due_time: '08:30' }));

		assert.deepEqual([after.due_on, after.due_time], ['2031-01-06', '08:30']);
	});

	test('gives a task without a day its first one, with its time', async () => {
		const task = expectOk(await make({ due_on: undefined, due_time: '08:30',
			recurrence: { unit: 'month', nth_weekday: -1, weekdays: ['fri'],
				starts_on: '2031-01-01' } }), 201);

		assert.deepEqual([task.due_on, task.due_time], ['2031-01-31', '08:30']);
	});

	test('without any day to begin with is refused, and so is taking the day away', async () => {
		const task = expectOk(await make({ recurrence: 'weekly' }), 201);

		expectInvalid(await make({ due_on: undefined, recurrence: 'weekly' }), { due_on: 'required' });
		expectInvalid(await patch(task, { due_on: null }), { due_on: 'required' });
		const timed = expectOk(await make({ due_time: '08:30', recurrence: 'weekly' }), 201);
		expectInvalid(await patch(timed, { due_on: null }), { due_on: 'required' });
		assert.equal(expectOk(await patch(task, { due_on: null, recurrence: null })).recurrence, null);
	});

	const WRONG = [
		[{ every: 2 }, { 'recurrence.unit': 'required' }],
		[{ unit: 'hour' }, { 'recurrence.unit': 'choice' }],
		[{ unit: 'day', every: 0 }, { 'recurrence.every': 'too_small' }],
		[{ unit: 'day', every: 1000 }, { 'recurrence.every': 'too_large' }],
		[{ unit: 'day', every: '2' }, { 'recurrence.every': 'type' }],
		[{ unit: 'week', weekdays: 'mon' }, { 'recurrence.weekdays': 'type' }],
		[{ unit: 'week', weekdays: ['mon', 1] }, { 'recurrence.weekdays': 'type' }],
		[{ unit: 'week', weekdays: ['monday'] }, { 'recurrence.weekdays': 'choice' }],
		[{ unit: 'week', weekdays: ['mon', 'mon'] }, { 'recurrence.weekdays': 'duplicate' }],
		[{ unit: 'week', weekdays: ['', 'mon'] }, { 'recurrence.weekdays': 'choice' }],
		[{ unit: 'week', weekdays: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun', 'x'] },
			{ 'recurrence.weekdays': 'too_long' }],
		[{ unit: 'week', weekdays: Array.from({ length: 60 }, (_, i) => `day ${i}`) },
			{ 'recurrence.weekdays': 'too_long' }],
		[{ unit: 'day', weekdays: ['mon'] }, { 'recurrence.weekdays': 'misplaced' }],
		[{ unit: 'month', weekdays: ['mon'] }, { 'recurrence.weekdays': 'misplaced' }],
		[{ unit: 'month', month_day: 32 }, { 'recurrence.month_day': 'too_large' }],
		[{ unit: 'month', month_day: 0 }, { 'recurrence.month_day': 'choice' }],
		[{ unit: 'week', month_day: 1 }, { 'recurrence.month_day': 'misplaced' }],
		[{ unit: 'month', nth_weekday: 5, weekdays: ['mon'] }, { 'recurrence.nth_weekday': 'too_large' }],
		[{ unit: 'month', nth_weekday: 2 }, { 'recurrence.nth_weekday': 'misplaced' }],
		[{ unit: 'month', nth_weekday: 2, weekdays: ['mon', 'tue'] },
			{ 'recurrence.nth_weekday': 'misplaced' }],
		[{ unit: 'month', nth_weekday: 2, weekdays: ['mon'], month_day: 3 },
			{ 'recurrence.month_day': 'misplaced' }],
		[{ unit: 'day', until: '2031-02-30' }, { 'recurrence.until': 'format' }],
		[{ unit: 'day', until: '2032-01-01', count: 3 }, { 'recurrence.count': 'misplaced' }],
		[{ unit: 'day', anchor: 'moon' }, { 'recurrence.anchor': 'choice' }],
		[{ unit: 'day', anchor: null }, { 'recurrence.anchor': 'null' }],
		[{ unit: 'day', colour: 'red' }, { 'recurrence.colour': 'unknown_field' }],
		[['weekly'], { recurrence: 'type' }],
		[7, { recurrence: 'type' }],
	];

	for (const [recurrence, errors] of WRONG)
		test(`is refused: ${JSON.stringify(recurrence)}`, async () => {
			expectInvalid(await make({ recurrence }), errors);
		});

	test('names all that is wrong with it at once', async () => {
		expectInvalid(await make({ title: '', recurrence: { unit: 'hour', every: 0, month_day: 40 } }),
			{ title: 'too_short', 'recurrence.unit': 'choice', 'recurrence.every': 'too_small',
				'recurrence.month_day': 'too_large' });
	});
});

describe('a rule with no next date', () => {
	// What the rule alone tells is said of its member; what hangs on the day of the task, of the rule.
	const ENDLESS = [
		[{ unit: 'day', count: 1 }, 'recurrence.count'],
		[{ unit: 'month', until: '2031-02-27' }, 'recurrence'],
		[{ unit: 'month', until: '2030-01-01' }, 'recurrence'],
		[{ unit: 'year', every: 999 }, 'recurrence'],
		[{ unit: 'month', starts_on: '2031-01-31', until: '2031-02-27' }, 'recurrence.until'],
		[{ unit: 'year', every: 999, starts_on: '2031-01-31' }, 'recurrence.starts_on'],
		[{ unit: 'week', anchor: 'completion', until: '2031-02-06' }, 'recurrence'],
	];

	for (const [recurrence, field] of ENDLESS)
		test(`is refused when it is saved: ${JSON.stringify(recurrence)}`, async () => {
			expectInvalid(await make({ recurrence }), { [field]: 'no_next_date' });
			expectInvalid(await patch(await newTask(robin, residence, { due_on: '2031-01-31' }),
				{ recurrence }), { [field]: 'no_next_date' });
		});

	test('of a task where it stands now is refused too', async () => {
		const late = expectOk(await make({ due_on: '2031-12-01' }), 201);
		const often = expectOk(await make({ recurrence: { unit: 'day' } }), 201);

		expectInvalid(await patch(late,
			{ recurrence: { unit: 'day', starts_on: '2031-01-01', until: '2031-03-01' } }),
			{ recurrence: 'no_next_date' });
		await complete(often);
		expectInvalid(await patch(often, { recurrence: { unit: 'day', count: 2 } }),
			{ recurrence: 'no_next_date' });
		expectOk(await patch(often, { recurrence: { unit: 'day', count: 3 } }));
	});

	test('is good when there is just one', async () => {
		expectOk(await make({ recurrence: { unit: 'month', until: '2031-02-28' } }), 201);
		expectOk(await make({ recurrence: { unit: 'day', count: 2 } }), 201);
	});
});

describe('changing a rule', () => {
	test('replaces it whole: what is left out has its default again', async () => {
		const task = expectOk(await make({ recurrence: { unit: 'week', every: 2, weekdays: ['mon'] } }), 201);
		const { recurrence } = expectOk(await patch(task, { recurrence: { unit: 'week' } }));

		assert.deepEqual([recurrence.every, recurrence.weekdays], [1, []]);
	});

	test('begins a new grid, and changing the day alone does not', async () => {
		const moved = expectOk(await make({ due_on: '2031-01-06', recurrence: 'weekly' }), 201);
		const begun = expectOk(await make({ due_on: '2031-01-06', recurrence: 'weekly' }), 201);

		expectOk(await patch(moved, { due_on: '2031-01-08' }));
		assert.equal((await complete(moved)).due_after, '2031-01-13');
		expectOk(await patch(begun, { due_on: '2031-01-08', recurrence: 'weekly' }));
		assert.equal((await complete(begun)).due_after, '2031-01-15');
	});

	test('of a task done before its day does not bring that day back', async () => {
		const task = expectOk(await make({ due_on: '2031-01-06', recurrence: 'weekly' }), 201);

		expectOk(await patch(task, { due_on: '2031-01-03' }));
		assert.equal((await complete(task)).due_after, '2031-01-13');
	});

	test('opens a task again that was done for good', async () => {
		const task = expectOk(await make({ due_on: '2020-01-01' }), 201);
		const before = localDay(zone, 0);

		await complete(task);
		assert.equal((await read(task)).completed, true);
		const again = expectOk(await patch(task, { recurrence: { unit: 'day' } }));
		assert.deepEqual([again.completed, again.occurrence], [false, 2]);
		assert.ok(again.due_on > before, again.due_on);
	});

	test('of a task done for good opens it on the day that comes with the rule', async () => {
		const task = expectOk(await make({ due_on: '2020-01-01' }), 201);

		await complete(task);
		const again = expectOk(await patch(task, { due_on: '2031-05-01', recurrence: 'weekly' }));
		assert.deepEqual([again.completed, again.occurrence, again.due_on], [false, 2, '2031-05-01']);
		const done = expectOk(await robin.client.post(`/api/tasks/${task.id}/complete`,
			{ occurrence: 2 }), 201);
		assert.equal(done.due_after, '2031-05-08');
	});

	test('away makes a task that is done once', async () => {
		const task = expectOk(await make({ recurrence: 'weekly' }), 201);

		expectOk(await patch(task, { recurrence: null }));
		assert.equal((await complete(task)).due_after, null);
		assert.equal((await read(task)).completed, true);
	});
});

describe('POST /api/recurrence/preview', () => {
	test('shows twelve days', async () => {
		assert.deepEqual(expectOk(await preview({ recurrence: 'monthly', starts_on: '2027-01-31' })), {
			days: ['2027-01-31', '2027-02-28', '2027-03-31', '2027-04-30', '2027-05-31', '2027-06-30',
				'2027-07-31', '2027-08-31', '2027-09-30', '2027-10-31', '2027-11-30', '2027-12-31'],
			ends: false,
		});
	});

	test('shows fewer when the rule ends', async () => {
		const rule = { unit: 'year', starts_on: '2024-02-29', until: '2028-03-01' };

		assert.deepEqual(expectOk(await preview({ recurrence: rule })), {
			days: ['2024-02-29', '2025-02-28', '2026-02-28', '2027-02-28', '2028-02-29'], ends: true,
		});
		assert.equal(expectOk(await preview({ recurrence: { unit: 'day', count: 12 },
			starts_on: '2031-01-01' })).ends, true);
		assert.equal(expectOk(await preview({ recurrence: { unit: 'day', count: 13 },
			starts_on: '2031-01-01' })).ends, false);
	});

	test('asks the database nothing but who asks', async () => {
		assert.equal((await preview({ recurrence: 'weekly', starts_on: '2031-01-01' }))
			.headers['x-hob-round-trips'], '1');
	});

	test('refuses what saving would', async () => {
		expectInvalid(await preview({ recurrence: 'weekly' }), { starts_on: 'required' });
		expectInvalid(await preview({ starts_on: '2031-01-01' }), { recurrence: 'required' });
		expectInvalid(await preview({ recurrence: { unit: 'day', starts_on: '2031-01-01' },
			starts_on: '2031-02-01' }), { starts_on: 'misplaced' });
		expectInvalid(await preview({ recurrence: { unit: 'month', until: '2031-01-31' },
			starts_on: '2031-01-01' }), { 'recurrence.until': 'no_next_date' });
		expectProblem(await nobody.post('/api/recurrence/preview',
			{ recurrence: 'weekly', starts_on: '2031-01-01' }), 401, 'unauthorized');
	});
});

describe('the vectors', () => {
	test('are served to clients at a stable address', async () => {
		const res = await nobody.get('/api/docs/recurrence.json');
		const vectors =
			JSON.parse(readFileSync(new URL('../vectors/recurrence.json', import.meta.url), 'utf8'));

		assert.equal(res.status, 200, res.text);
		assert.match(res.headers['content-type'], /^application\/json/);
		assert.deepEqual(JSON.parse(res.text), vectors);
		assert.ok(Object.values(vectors).filter(Array.isArray).flat().length >= 300);
	});
});
