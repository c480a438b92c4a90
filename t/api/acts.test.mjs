// acts.test.mjs: what people do with a task short of doing it: starting, giving up, putting
// away, putting off, handing on, dragging.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { localDay, zoneInDaylight } from './support/days.mjs';
import { makeMember } from './support/db.mjs';
import { expectInvalid, expectOk, expectProblem } from './support/expect.mjs';
import { crowd, missingId, newResidence, newTask, signUp } from './support/people.mjs';

const zone = zoneInDaylight();
let robin;
let residence;

before(async () => {
	robin = await signUp();
	residence = await newResidence(robin, { time_zone: zone });
});

const act = (task, name, body) => robin.client.post(`/api/tasks/${task.id}/${name}`, body);
const read = async (task) => expectOk(await robin.client.get(`/api/tasks/${task.id}`));
const complete = (task, fields = {}) => act(task, 'complete', { occurrence: task.occurrence, ...fields });
const day = (n) => localDay(zone, n);

/** What else than its version and its time of change differs between two readings of a task. */
function changes(before, after) {
	return Object.fromEntries(Object.entries(after).filter(([key, value]) =>
		!['version', 'updated_at'].includes(key) && JSON.stringify(before[key]) !== JSON.stringify(value)));
}

const ACTS = [
	['start', {}, { state: 'in_progress' }],
	['stop', { first: 'start' }, { state: 'pending' }],
	['cancel', {}, { state: 'cancelled' }],
	['uncancel', { first: 'cancel' }, { state: 'pending' }],
	['archive', {}, { archived: true }],
	['unarchive', { first: 'archive' }, { archived: false }],
];

for (const [name, { first }, changed] of ACTS)
	describe(`POST /api/tasks/{task_id}/${name}`, () => {
		test(`makes it ${Object.values(changed)[0]}, and nothing else; again makes no version`, async () => {
			let task = await newTask(robin, residence, { due_on: '2031-01-01' });

			if (first)
				task = expectOk(await act(task, first));
			const after = expectOk(await act(task, name));
			assert.deepEqual(changes(task, after), changed);
			assert.equal(after.version, task.version + 1);
			assert.deepEqual(expectOk(await act(task, name)), after);
			assert.deepEqual(await read(task), after);
		});
	});

describe('an act', () => {
	test('sent again under its key is answered with the task', async () => {
		const task = await newTask(robin, residence);
		const send = () => robin.client.post(`/api/tasks/${task.id}/start`, undefined,
			{ headers: { 'Idempotency-Key': `start-${task.id}` } });
		const first = expectOk(await send());
		const again = await send();

		assert.deepEqual(expectOk(again), first);
		assert.equal(again.headers['idempotency-replayed'], 'true');
	});

	test('on work that is done, or given up, is refused where it makes no sense', async () => {
		const done = await newTask(robin, residence);
		const given = await newTask(robin, residence);

		expectOk(await complete(done), 201);
		expectOk(await act(given, 'cancel'));
		for (const [task, names, code] of [[done, ['start', 'stop', 'cancel', 'snooze'], 'task_done'],
			[given, ['start', 'stop', 'snooze'], 'task_cancelled']])
			for (const name of names)
				expectProblem(await act(task, name), 409, code);
		for (const name of ['archive', 'unarchive'])
			expectOk(await act(done, name));
	});

	test('uncancel leaves alone what nobody cancelled', async () => {
		const task = expectOk(await act(await newTask(robin, residence), 'start'));

		assert.deepEqual(expectOk(await act(task, 'uncancel')), task);
	});

	test('takes no body where it has no fields', async () => {
		expectProblem(await act(await newTask(robin, residence), 'start', { now: true }), 400, 'malformed');
	});
});

describe('POST /api/tasks/{task_id}/assign', () => {
	test('gives it to a member, and to nobody', async () => {
		const [friend] = await crowd(1);
		const task = await newTask(robin, residence);

		await makeMember(residence, friend.user, 'viewer');
		assert.equal(expectOk(await act(task, 'assign', { assigned_to_id: friend.user.id })).assigned_to.id,
			friend.user.id);
		assert.equal(expectOk(await act(task, 'assign', { assigned_to_id: null })).assigned_to, null);
	});

	test('knows only members, and must be told whom', async () => {
		const [stranger] = await crowd(1);
		const task = await newTask(robin, residence);

		expectInvalid(await act(task, 'assign', { assigned_to_id: stranger.user.id }),
			{ assigned_to_id: 'not_a_member' });
		expectInvalid(await act(task, 'assign', {}), { assigned_to_id: 'required' });
	});
});

describe('POST /api/tasks/{task_id}/snooze', () => {
	test('puts a task off by a day from today when it is late, from its day when it is not', async () => {
		const late = await newTask(robin, residence, { due_on: '2020-01-01' });
		const early = await newTask(robin, residence, { due_on: '2031-01-01' });
		const undated = await newTask(robin, residence);

		assert.equal(expectOk(await act(late, 'snooze')).due_on, day(1));
		assert.equal(expectOk(await act(early, 'snooze')).due_on, '2031-01-02');
		assert.equal(expectOk(await act(early, 'snooze', { days: 5 })).due_on, '2031-01-07');
		assert.equal(expectOk(await act(undated, 'snooze', { days: 2 })).due_on, day(2));
	});

	test('to a day, which must not be gone by; its time stays', async () => {
		const task = await newTask(robin, residence, { due_on: '2031-01-01', due_time: '08:30' });

		const { position, ...changed } = changes(task,
			expectOk(await act(task, 'snooze', { until: '2031-03-01' })));

		assert.deepEqual(changed, { due_on: '2031-03-01' });
		assert.ok(position > task.position);
		expectInvalid(await act(task, 'snooze', { until: day(-2) }), { until: 'too_small' });
		expectInvalid(await act(task, 'snooze', { until: '2031-03-01', days: 2 }), { until: 'misplaced' });
	});

	test('moves this occurrence alone: the next stands where it would have stood', async () => {
		const task = await newTask(robin, residence, { due_on: '2031-01-06', recurrence: 'weekly' });

		expectOk(await act(task, 'snooze', { until: '2031-01-08' }));
		assert.equal(expectOk(await complete(task), 201).due_after, '2031-01-13');
	});

	test('past further days of the rule steps over them', async () => {
		const task = await newTask(robin, residence, { due_on: '2031-01-06', recurrence: 'weekly' });

		expectOk(await act(task, 'snooze', { until: '2031-01-21' }));
		assert.equal(expectOk(await complete(task), 201).due_after, '2031-01-27');
	});

	test('of an occurrence that somebody has done meanwhile is refused', async () => {
		const task = await newTask(robin, residence, { due_on: '2031-01-06', recurrence: 'weekly' });

		expectOk(await complete(task), 201);
		const problem = expectProblem(await act(task, 'snooze', { occurrence: 1, days: 1 }), 409,
			'not_current_occurrence');
		assert.equal(problem.occurrence, 2);
		assert.equal((await read(task)).due_on, '2031-01-13');
	});
});

describe('POST /api/tasks/{task_id}/move', () => {
	const titles = async (own) => expectOk(await robin.client.get(`/api/tasks/kanban?residence_id=${own.id}`))
		.columns.flatMap((column) => column.tasks.map((task) => task.title));

	/** Five tasks of one column, a to e, in that order; d and e are of one day. */
	async function column() {
		const own = await newResidence(robin, { time_zone: zone });
		const tasks = {};

		for (const [title, due_on] of [['a', '2040-01-01'], ['b', '2040-01-02'], ['c', '2040-01-03'],
			['d', '2040-01-04'], ['e', '2040-01-04']])
			tasks[title] = await newTask(robin, own, { title, due_on });
		return { own, tasks };
	}

	test('puts a task behind another, and to the top', async () => {
		const { own, tasks: { a, b, c, d } } = await column();

		expectOk(await act(a, 'move', { after_id: c.id }));
		assert.deepEqual(await titles(own), ['b', 'c', 'a', 'd', 'e']);
		expectOk(await act(d, 'move', { after_id: null }));
		assert.deepEqual(await titles(own), ['d', 'b', 'c', 'a', 'e']);
		expectOk(await act(b, 'move', { after_id: a.id }));
		assert.deepEqual(await titles(own), ['d', 'c', 'a', 'b', 'e']);
	});

	test('finds room between the same two as often as is wanted', async () => {
		const { own, tasks: { a, b, c, d, e } } = await column();
		const rest = [c, d, e];

		for (const task of rest.toReversed())
			expectOk(await act(task, 'move', { after_id: a.id }));
		for (let i = 0; i < 60; i++) {
			const [last] = rest.splice(-1);

			expectOk(await act(last, 'move', { after_id: a.id }));
			rest.unshift(last);
			assert.deepEqual(await titles(own), ['a', ...rest.map((task) => task.title), 'b']);
		}
		assert.equal((await read(b)).position, b.position, 'nobody else was touched');
	});

	test('of many at once to one place leaves room between all of them', async () => {
		const { own, tasks: { a, b, c, d, e } } = await column();
		await Promise.all([c, d, e].map((task) => act(task, 'move', { after_id: a.id })));
		const [, second] = await titles(own);
		const positions = await Promise.all([c, d, e].map(async (task) => (await read(task)).position));

		assert.equal(new Set(positions).size, 3);
		expectOk(await act(b, 'move', { after_id: { c, d, e }[second].id }));
		assert.equal((await titles(own))[2], 'b');
	});

	test('lasts until the task gets another day', async () => {
		const { own, tasks: { a, c } } = await column();

		expectOk(await act(a, 'move', { after_id: c.id }));
		expectOk(await robin.client.patch(`/api/tasks/${a.id}`, { title: 'A' }));
		assert.deepEqual(await titles(own), ['b', 'c', 'A', 'd', 'e']);
		expectOk(await robin.client.patch(`/api/tasks/${a.id}`, { due_on: '2040-01-05' }));
		assert.deepEqual(await titles(own), ['b', 'c', 'd', 'e', 'A']);
	});

	test('knows no neighbour that is not there, or the task itself', async () => {
		const task = await newTask(robin, residence);

		for (const after_id of [missingId(), task.id])
			expectInvalid(await act(task, 'move', { after_id }), { after_id: 'not_found' });
	});
});
