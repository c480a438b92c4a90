// board.test.mjs: the kanban board: which column a card stands in, on the clock of its residence.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { nobody } from './support/client.mjs';
import { localDay, withinOneDay, zoneInDaylight } from './support/days.mjs';
import { makeMember, setTask } from './support/db.mjs';
import { expectInvalid, expectKeys, expectOk, expectProblem, INSTANT } from './support/expect.mjs';
import { missingId, newResidence, newTask, signUp } from './support/people.mjs';

const COLUMNS = ['overdue', 'due_soon', 'upcoming', 'in_progress', 'completed', 'cancelled'];
const WEEKLY = '\'{"unit": "week", "every": 1, "anchor": "due"}\'';

const zone = zoneInDaylight();
let robin;

before(async () => {
	robin = await signUp();
});

async function board(person, query = '') {
	const body = expectOk(await person.client.get(`/api/tasks/kanban${query}`));

	expectKeys(body, ['as_of', 'complete', 'columns']);
	assert.equal(body.complete, true);
	assert.match(body.as_of, INSTANT);
	assert.deepEqual(body.columns.map((c) => c.name), COLUMNS);
	for (const column of body.columns) {
		expectKeys(column, ['name', 'count', 'tasks']);
		assert.equal(column.count, column.tasks.length);
	}
	return body;
}

/** The board of one residence as { column: [titles] }, without the empty columns. */
async function titles(person, residence, query = '') {
	const { columns } = await board(person, `?residence_id=${residence.id}${query}`);
	const filled = columns.filter((c) => c.count > 0);

	return Object.fromEntries(filled.map((c) => [c.name, c.tasks.map((task) => task.title)]));
}

function residenceHere(fields = {}) {
	return newResidence(robin, { time_zone: zone, ...fields });
}

function due(residence, offset, title, fields = {}) {
	return newTask(robin, residence, { title, due_on: localDay(zone, offset), ...fields });
}

describe('GET /api/tasks/kanban', () => {
	test('has all six columns in their order, even when there is nothing', async () => {
		const person = await signUp();
		const { as_of, columns } = await board(person);

		assert.ok(Math.abs(Date.parse(as_of) - Date.now()) < 60000);
		assert.deepEqual(columns, COLUMNS.map((name) => ({ name, count: 0, tasks: [] })));
	});

	test('puts each task by its due day', async () => {
		const residence = await residenceHere();

		await due(residence, -400, 'last year');
		await due(residence, -1, 'yesterday');
		await due(residence, 0, 'today');
		await due(residence, 29, 'thirtieth day');
		await due(residence, 30, 'thirty-first day');
		await newTask(robin, residence, { title: 'one day' });
		assert.deepEqual(await titles(robin, residence), {
			overdue: ['last year', 'yesterday'],
			due_soon: ['today', 'thirtieth day'],
			upcoming: ['thirty-first day', 'one day'],
		});
	});

	test('looks at the time of a task that is due today', async () => {
		const residence = await residenceHere();

		await due(residence, 0, 'early', { due_time: '00:01' });
		await due(residence, 0, 'late', { due_time: '23:59' });
		await due(residence, 0, 'whole day');
		await due(residence, 1, 'tomorrow, early', { due_time: '00:01' });
		assert.deepEqual(await titles(robin, residence), {
			overdue: ['early'],
			due_soon: ['late', 'whole day', 'tomorrow, early'],
		});
	});

	test('moves the edge of due soon by days_threshold', async () => {
		const residence = await residenceHere();

		await due(residence, 0, 'today');
		await due(residence, 6, 'in six days');
		await due(residence, 7, 'in seven days');
		assert.deepEqual(await titles(robin, residence, '&days_threshold=7'), {
			due_soon: ['today', 'in six days'], upcoming: ['in seven days'],
		});
		assert.deepEqual(await titles(robin, residence, '&days_threshold=1'), {
			due_soon: ['today'], upcoming: ['in six days', 'in seven days'],
		});
	});

	test('shows work in progress there, and whether it is overdue', async () => {
		const residence = await residenceHere();

		await setTask(await due(residence, -1, 'late'), "state = 'in_progress'");
		await setTask(await due(residence, 5, 'in time'), "state = 'in_progress'");
		const { columns } = await board(robin, `?residence_id=${residence.id}`);
		const cards = columns.find((c) => c.name === 'in_progress').tasks;
		assert.deepEqual(cards.map((task) => [task.title, task.is_overdue]),
			[['late', true], ['in time', false]]);
	});

	test('hides archived tasks and keeps cancelled ones in their column, whatever else they are', async () => {
		const residence = await residenceHere();

		await setTask(await due(residence, -1, 'archived'), 'archived = true');
		await setTask(await due(residence, -1, 'archived and cancelled'),
			"archived = true, state = 'cancelled'");
		await setTask(await due(residence, -1, 'given up'), "state = 'cancelled'");
		await setTask(await due(residence, -1, 'came back, then given up'),
			`recurrence = ${WEEKLY}, state = 'cancelled', last_completed_at = now(), completion_count = 1`);
		const { cancelled, ...others } = await titles(robin, residence);
		assert.deepEqual(cancelled.sort(), ['came back, then given up', 'given up']);
		assert.deepEqual(others, {});
	});

	test('keeps what was done once for 30 days, the newest first', async () => {
		const residence = await residenceHere();
		const done = async (title, ago) => setTask(await due(residence, -60, title),
			`completed = true, completion_count = 1, last_completed_at = now() - interval '${ago}'`);

		await done('just now', '1 second');
		await done('29 days ago', '29 days 23 hours');
		await done('31 days ago', '30 days 1 hour');
		await done('last week', '7 days');
		assert.deepEqual(await titles(robin, residence),
			{ completed: ['just now', 'last week', '29 days ago'] });
	});

	test('does not show what is done in any open column, even when it was in progress', async () => {
		const residence = await residenceHere();

		await setTask(await due(residence, 3, 'started and done'),
			"completed = true, completion_count = 1, last_completed_at = now()");
		assert.deepEqual(await titles(robin, residence), { completed: ['started and done'] });
	});

	test('shows a recurring task twice: its last completion, and its next occurrence', async () => {
		const residence = await residenceHere();
		const task = await due(residence, 3, 'water the plants');

		await setTask(task, `recurrence = ${WEEKLY}, completion_count = 4,
			last_completed_at = now() - interval '4 days'`);
		assert.deepEqual(await titles(robin, residence), {
			due_soon: ['water the plants'], completed: ['water the plants'],
		});
		const { columns } = await board(robin, `?residence_id=${residence.id}`);
		for (const column of columns.filter((c) => c.count > 0))
			assert.equal(column.tasks[0].id, task.id);
	});

	test('shows a recurring task once when its last completion is long ago, or there is none', async () => {
		const residence = await residenceHere();

		await setTask(await due(residence, -1, 'long ago'), `recurrence = ${WEEKLY}, completion_count = 1,
			last_completed_at = now() - interval '31 days'`);
		await setTask(await due(residence, 40, 'never yet'), `recurrence = ${WEEKLY}`);
		assert.deepEqual(await titles(robin, residence), { overdue: ['long ago'], upcoming: ['never yet'] });
	});

	test('follows a recurring task from tap to tap', async () => {
		const residence = await residenceHere();
		const act = async (task, name, body) => robin.client.post(`/api/tasks/${task.id}/${name}`, body);
		const task = await due(residence, -1, 'water', { recurrence: { unit: 'week', count: 2 } });

		assert.deepEqual(await titles(robin, residence), { overdue: ['water'] });
		const done = expectOk(await act(task, 'complete', { occurrence: 1 }), 201);
		assert.deepEqual(await titles(robin, residence), { due_soon: ['water'], completed: ['water'] });
		const { columns } = await board(robin, `?residence_id=${residence.id}`);
		const [open, card] = ['due_soon', 'completed']
			.map((name) => columns.find((c) => c.name === name).tasks[0]);
		assert.deepEqual([open.due_on, open.occurrence], [done.due_after, 2]);
		assert.deepEqual([card.last_completion_id, card.last_completed_at, card.last_completed_by.id],
			[done.id, done.completed_at, robin.user.id]);
		expectOk(await robin.client.post(`/api/completions/${done.id}/undo`));
		assert.deepEqual(await titles(robin, residence), { overdue: ['water'] });
		expectOk(await act(task, 'complete', { occurrence: 1 }), 201);
		expectOk(await act(task, 'start'));
		assert.deepEqual(await titles(robin, residence), { in_progress: ['water'], completed: ['water'] });
		expectOk(await act(task, 'complete', { occurrence: 2 }), 201);
		assert.deepEqual(await titles(robin, residence), { completed: ['water'] },
			'the last occurrence leaves no open card');
	});

	test('shows no card for what was skipped only', async () => {
		const residence = await residenceHere();
		const task = await due(residence, 0, 'mow', { recurrence: 'weekly' });

		expectOk(await robin.client.post(`/api/tasks/${task.id}/skip`, { occurrence: 1 }), 201);
		assert.deepEqual(await titles(robin, residence), { due_soon: ['mow'] });
	});

	test('steps by the day in each residence\'s own time zone', async () => {
		const person = await signUp();
		const zones = ['Pacific/Kiritimati', 'Pacific/Pago_Pago'];

		await withinOneDay(zones, async () => {
			for (const time_zone of zones) {
				const residence = await newResidence(person, { time_zone });
				const task = await newTask(person, residence,
					{ due_on: '2026-01-01', recurrence: { unit: 'day', every: 1 } });
				const done = expectOk(await person.client.post(`/api/tasks/${task.id}/complete`,
					{ occurrence: 1 }), 201);

				assert.equal(done.due_after, localDay(time_zone, 1));
			}
		});
	});

	test('orders each column by day and time, undated last', async () => {
		const residence = await residenceHere();

		await newTask(robin, residence, { title: 'undated' });
		await due(residence, 50, 'day 50');
		await due(residence, 40, 'day 40');
		await due(residence, 40, 'day 40, noon', { due_time: '12:00' });
		await due(residence, 40, 'day 40, morning', { due_time: '08:00' });
		assert.deepEqual(await titles(robin, residence), {
			upcoming: ['day 40, morning', 'day 40, noon', 'day 40', 'day 50', 'undated'],
		});
	});

	test('shows the whole task on each card', async () => {
		const residence = await residenceHere();
		const task = await due(residence, -1, 'sweep',
			{ assigned_to_id: robin.user.id, estimated_cost: '3.10' });
		const { columns } = await board(robin, `?residence_id=${residence.id}`);

		assert.deepEqual(columns[0].tasks, [{ ...task, is_overdue: true }]);
	});

	test('goes by the day in each residence\'s own time zone', async () => {
		const [east, west] = ['Pacific/Kiritimati', 'Pacific/Pago_Pago'];
		const person = await signUp();
		const sunrise = await newResidence(person, { name: 'Sunrise', time_zone: east });
		const sunset = await newResidence(person, { name: 'Sunset', time_zone: west });

		// When it is this day in the west, the east is at least one day ahead.
		await withinOneDay([east, west], async () => {
			const due_on = localDay(west);
			const one = await newTask(person, sunrise, { title: 'in the east', due_on });
			const two = await newTask(person, sunset, { title: 'in the west', due_on });
			const { columns } = await board(person);
			const has = (column, task) => columns.find((c) => c.name === column).tasks
				.some((card) => card.id === task.id);

			assert.ok(has('overdue', one));
			assert.ok(has('due_soon', two));
		});
	});

	test('spans all residences without residence_id, and shared ones too', async () => {
		const person = await signUp();
		const own = await newResidence(person, { name: 'Own' });
		const shared = await residenceHere();

		await newTask(person, own, { title: 'mine' });
		await newTask(robin, shared, { title: 'ours' });
		await makeMember(shared, person.user, 'viewer');
		const { columns } = await board(person);
		assert.deepEqual(columns.flatMap((c) => c.tasks.map((task) => task.title)).sort(), ['mine', 'ours']);
		assert.deepEqual(await titles(person, shared), { upcoming: ['ours'] });
	});

	test('answers a foreign, a missing and a deleted residence alike: with an empty board', async () => {
		const stranger = await signUp();
		const residence = await residenceHere();
		const deleted = await residenceHere();

		await due(residence, 0, 'private');
		await due(deleted, 0, 'gone');
		expectOk(await robin.client.delete(`/api/residences/${deleted.id}`), 204);
		const empty = (await board(stranger, `?residence_id=${missingId()}`)).columns;
		assert.deepEqual((await board(stranger, `?residence_id=${residence.id}`)).columns, empty);
		assert.deepEqual((await board(robin, `?residence_id=${deleted.id}`)).columns, empty);
	});

	test('refuses a bad id, a bad threshold, and names it does not know', async () => {
		const refused = [
			['residence_id=7', { residence_id: 'format' }],
			['days_threshold=0', { days_threshold: 'too_small' }],
			['days_threshold=-1', { days_threshold: 'too_small' }],
			['days_threshold=366', { days_threshold: 'too_large' }],
			['days_threshold=soon', { days_threshold: 'type' }],
			['days_threshold=7.5', { days_threshold: 'type' }],
			['limit=5', { limit: 'unknown_field' }],
			['state=pending', { state: 'unknown_field' }],
		];

		for (const [query, errors] of refused)
			expectInvalid(await robin.client.get(`/api/tasks/kanban?${query}`), errors, 'query');
	});

	test('answers nobody 401', async () => {
		expectProblem(await nobody.get('/api/tasks/kanban'), 401, 'unauthorized');
	});
});
