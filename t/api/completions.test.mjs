// completions.test.mjs: doing a task, skipping it, and taking that back.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { essence, newCrew } from './support/crew.mjs';
import { localDay, zoneInDaylight } from './support/days.mjs';
import { sql } from './support/db.mjs';
import { expectInvalid, expectKeys, expectOk, expectProblem, UUID_V7 } from './support/expect.mjs';
import { crowd, newId, newResidence, newTask } from './support/people.mjs';

const KEYS = ['id', 'residence_id', 'task_id', 'title', 'category', 'occurrence', 'outcome', 'due_before', 'due_after',
	'missed', 'completed_at', 'completed_by', 'recorded_by', 'contractor_id', 'contractor_name', 'actual_cost',
		'note',
	'rating', 'photo_count', 'first_photo_id', 'created_at', 'updated_at', 'version', 'currency'];

const zone = zoneInDaylight();
const day = (n) => localDay(zone, n);
let robin, nan, gus, maud, make, weekly, read, tap, complete, skip, undo, history;

before(async () => {
	({ robin, nan, gus, maud, make, weekly, read, tap, complete, skip, undo, history } = await newCrew(zone));
});

describe('POST /api/tasks/{task_id}/complete', () => {
	test('of a task that is done once finishes it', async () => {
		const task = await make({ due_on: '2031-01-06' });
		const res = await tap(task, 'complete', { occurrence: 1 });
		const { task: shown, ...done } = expectOk(res, 201);
		const after = await read(task);

		expectKeys(done, KEYS);
		assert.match(done.id, UUID_V7);
		assert.equal(res.headers.location, `/api/completions/${done.id}`);
		assert.deepEqual([done.occurrence, done.outcome, done.due_before, done.due_after, done.missed],
			[1, 'done', '2031-01-06', null, 0]);
		assert.deepEqual([after.completed, after.completion_count, after.last_completion_id,
			after.last_completed_at], [true, 1, done.id, done.completed_at]);
		assert.deepEqual([done.title, done.category, done.currency], [task.title, task.category, 'USD']);
		assert.deepEqual(shown, after, 'one round trip shows the task, too');
		assert.deepEqual(expectOk(await robin.client.get(res.headers.location)), done);
	});

	test('of a task that comes back steps to the next day, pending again', async () => {
		const task = await weekly();

		expectOk(await tap(task, 'start'));
		const done = await complete(task);
		const after = await read(task);
		assert.deepEqual([after.due_on, after.occurrence, after.state, after.completed],
			['2031-01-13', 2, 'pending', false]);
		assert.deepEqual([done.due_before, done.due_after, done.task.due_on],
			['2031-01-06', '2031-01-13', '2031-01-13']);
	});

	test('late steps past today, and says how many days of the rule went by', async () => {
		const task = await make({ due_on: day(-24), recurrence: 'weekly' });
		const done = await complete(task);

		assert.deepEqual([done.due_after, done.missed], [day(4), 3]);
	});

	test('on the very day steps to the next one', async () => {
		assert.equal((await complete(await make({ due_on: day(0), recurrence: 'weekly' }))).due_after, day(7));
	});

	test('with the completion as anchor counts from the local day on which it was done', async () => {
		const rule = { unit: 'day', every: 10, anchor: 'completion' };

		assert.equal((await complete(await make({ due_on: day(-24), recurrence: rule }))).due_after, day(10));
		assert.equal((await complete(await make({ due_on: day(5), recurrence: rule }))).due_after, day(10));
		const past = await make({ due_on: day(-24), recurrence: rule });
		// At this time of the day, which is about noon there.
		const then = new Date(Date.now() - 20 * 24 * 3600 * 1000).toISOString();
		assert.equal((await complete(past, { completed_at: then })).due_after, day(-10));
	});

	test('done in the past and noted now: the day it was done on decides', async () => {
		const task = await make({ due_on: '2026-03-02', recurrence: 'weekly' });
		const first = await complete(task, { completed_at: '2026-03-02T12:00:00Z' });
		const second = await complete(await read(task), { completed_at: '2026-03-17T14:00:00+02:00' });

		assert.deepEqual([first.completed_at, first.due_after, first.missed],
			['2026-03-02T12:00:00Z', '2026-03-09', 0]);
		assert.deepEqual([second.completed_at, second.due_before, second.due_after, second.missed],
			['2026-03-17T12:00:00Z', '2026-03-09', '2026-03-23', 1]);
	});

	test('is about the day in the zone of the residence', async () => {
		const far = await newResidence(robin, { time_zone: 'Pacific/Kiritimati' });	// 14 hours before UTC
		const task = await newTask(robin, far,
			{ due_on: '2026-03-02', recurrence: { unit: 'day', anchor: 'completion' } });

		assert.equal((await complete(task, { completed_at: '2026-03-02T11:00:00Z' })).due_after, '2026-03-04');
	});

	test('clamps month days from the day that is kept: 31 January, 28 February, 31 March', async () => {
		const task = await make({ due_on: '2031-01-31', recurrence: 'monthly' });

		assert.equal((await complete(task)).due_after, '2031-02-28');
		assert.equal((await complete(await read(task))).due_after, '2031-03-31');
		const leap = await make({ due_on: '2032-02-29', recurrence: 'annually' });
		assert.equal((await complete(leap)).due_after, '2033-02-28');
	});

	test('of the last occurrence finishes the task', async () => {
		const twice = await weekly({ recurrence: { unit: 'week', count: 2 } });
		const until = await weekly({ recurrence: { unit: 'week', until: '2031-01-19' } });

		for (const task of [twice, until]) {
			assert.equal((await complete(task)).due_after, '2031-01-13');
			const last = await complete(await read(task));
			const after = await read(task);

			assert.deepEqual([last.due_after, after.completed, after.due_on, after.occurrence],
				[null, true, '2031-01-13', 2]);
			expectProblem(await tap(task, 'complete', { occurrence: 3 }), 409, 'task_done');
		}
	});

	test('keeps who did it, who was hired, what it cost and how it was', async () => {
		const task = await make();
		const done = await complete(task, { completed_by_id: nan.user.id, contractor_name: 'Sweep & Sons',
			actual_cost: '31.5', note: 'The ladder is too short.', rating: 4 });

		assert.equal(done.completed_by.id, nan.user.id);
		assert.deepEqual(done.recorded_by, { id: robin.user.id, name: robin.user.name });
		assert.deepEqual([done.contractor_name, done.actual_cost, done.note, done.rating],
			['Sweep & Sons', '31.50', 'The ladder is too short.', 4]);
		assert.equal((await read(task)).last_completed_by.id, nan.user.id);
	});

	test('twice answers the second time with what is there, and who did it', async () => {
		const task = await weekly();
		const id = newId();
		const first = await complete(task, { id, note: 'mine' }, nan);
		const second = expectOk(await tap(task, 'complete', { occurrence: 1, note: 'no, mine' }));

		assert.equal(first.id, id);
		assert.deepEqual(second, first);
		assert.equal(second.completed_by.id, nan.user.id);
		assert.deepEqual(expectOk(await tap(task, 'skip', { occurrence: 1 })), first);
		assert.equal((await read(task)).occurrence, 2);
	});

	test('fifty times at once is done once, and steps once', async () => {
		const task = await weekly();
		const answers = await Promise.all(Array.from({ length: 50 }, (_, i) =>
			tap(task, 'complete', { occurrence: 1 }, [robin, nan, gus, maud][i % 4])));
		const after = await read(task);

		assert.deepEqual(answers.map((res) => res.status).sort(), [...Array(49).fill(200), 201]);
		assert.equal(new Set(answers.map((res) => res.body.id)).size, 1);
		assert.deepEqual([after.occurrence, after.due_on, after.completion_count, after.version],
			[2, '2031-01-13', 1, 2]);
		assert.equal((await history(task)).length, 1);
	});

	test('sent again under its key is answered with what it made', async () => {
		const task = await weekly();
		const send = () => robin.client.post(`/api/tasks/${task.id}/complete`, { occurrence: 1 },
			{ headers: { 'Idempotency-Key': `done-${task.id}` } });
		const first = expectOk(await send(), 201);
		const again = await send();

		assert.deepEqual(expectOk(again, 201), first);
		assert.equal(again.headers['idempotency-replayed'], 'true');
	});

	test('a second tap sent again under its key is answered with what there is', async () => {
		const task = await weekly();
		const first = await complete(task, {}, nan);
		const send = () => robin.client.post(`/api/tasks/${task.id}/complete`, { occurrence: 1 },
			{ headers: { 'Idempotency-Key': `second-${task.id}` } });

		assert.deepEqual(expectOk(await send()), first);
		const again = await send();
		assert.equal(again.headers['idempotency-replayed'], 'true');
		assert.deepEqual(again.body, first);
	});

	test('with the id of another completion is refused, and nothing is done', async () => {
		const [one, two] = [await weekly(), await weekly()];
		const { id } = await complete(one);

		expectProblem(await tap(two, 'complete', { occurrence: 1, id }), 409, 'id_taken');
		assert.equal((await read(two)).occurrence, 1);
	});

	test('is refused when it is not the open occurrence, or given up', async () => {
		const task = await weekly();
		const given = await weekly();

		expectProblem(await tap(task, 'complete', { occurrence: 2 }), 409, 'not_current_occurrence');
		expectOk(await tap(given, 'cancel'));
		expectProblem(await tap(given, 'complete', { occurrence: 1 }), 409, 'task_cancelled');
		assert.equal((await read(task)).version, 1);
	});

	test('refuses what cannot be', async () => {
		const task = await make();
		const [stranger] = await crowd(1);
		const refused = [
			[{}, { occurrence: 'required' }],
			[{ occurrence: 0 }, { occurrence: 'too_small' }],
			[{ occurrence: 1, rating: 6 }, { rating: 'too_large' }],
			[{ occurrence: 1, actual_cost: '-1' }, { actual_cost: 'too_small' }],
			[{ occurrence: 1, completed_at: 'yesterday' }, { completed_at: 'format' }],
			[{ occurrence: 1, completed_at: '1066-10-14T09:00:00Z' }, { completed_at: 'too_small' }],
			[{ occurrence: 1, completed_at: new Date(Date.now() + 3600e3).toISOString() },
				{ completed_at: 'too_large' }],
			[{ occurrence: 1, completed_by_id: stranger.user.id }, { completed_by_id: 'not_a_member' }],
			[{ occurrence: 1, id: 'mine' }, { id: 'format' }],
		];

		for (const [body, errors] of refused)
			expectInvalid(await tap(task, 'complete', body), errors);
		assert.deepEqual(await history(task), []);
	});

	test('by a clock that is a little fast counts as now', async () => {
		const done = await complete(await make(), { completed_at: new Date(Date.now() + 60e3).toISOString() });

		assert.ok(Date.parse(done.completed_at) <= Date.now());
	});
});

describe('POST /api/tasks/{task_id}/skip', () => {
	test('steps to the next day and counts as not done', async () => {
		const task = await weekly();
		const skipped = await skip(task, { note: 'It rained.' });
		const after = await read(task);

		assert.deepEqual([skipped.outcome, skipped.due_after, skipped.note],
			['skipped', '2031-01-13', 'It rained.']);
		assert.deepEqual([after.occurrence, after.due_on, after.completion_count, after.last_completed_at],
			[2, '2031-01-13', 0, null]);
		assert.equal(after.last_completion_id, skipped.id);
	});

	test('ahead of its day counts from that day, whatever the anchor', async () => {
		const task = await make({ due_on: day(5),
			recurrence: { unit: 'day', every: 10, anchor: 'completion' } });

		assert.equal((await skip(task)).due_after, day(15));
	});

	test('is nothing for a task that is done once', async () => {
		expectProblem(await tap(await make(), 'skip', { occurrence: 1 }), 409, 'not_recurring');
	});
});

describe('POST /api/completions/{completion_id}/undo', () => {
	test('puts the task back exactly as it was', async () => {
		const states = [
			await make(),
			await make({ due_on: '2031-01-06', due_time: '08:30' }),
			await weekly(),
			await make({ due_on: day(-24), recurrence: 'weekly' }),
			await make({ due_on: '2031-01-31', recurrence: { unit: 'month', count: 2 } }),
			expectOk(await tap(await weekly(), 'start')),
			expectOk(await tap(await weekly(), 'snooze', { until: '2031-01-09' })),
			expectOk(await tap(await weekly(), 'move', { after_id: null })),
		];

		for (const task of states) {
			const done = await complete(task);
			assert.deepEqual(essence(expectOk(await undo(done)).task), essence(task));
			assert.deepEqual(essence(await read(task)), essence(task));
		}
	});

	test('takes the time along with a day that was given later', async () => {
		for (const back of [undo, (done) => robin.client.delete(`/api/completions/${done.id}`)]) {
			const task = await make({ due_on: undefined });
			const done = await complete(task);

			expectOk(await robin.client.patch(`/api/tasks/${task.id}`,
				{ due_on: '2031-01-06', due_time: '08:30' }));
			assert.ok((await back(done)).status < 300);
			const { due_on, due_time, completed } = await read(task);
			assert.deepEqual([due_on, due_time, completed], [null, null, false]);
		}
	});

	test('goes back step by step, the newest first, any time', async () => {
		const task = await weekly();
		const seen = [task];
		const done = [];

		for (let i = 0; i < 5; i++) {
			done.push(i === 2 ? await skip(seen.at(-1)) : await complete(seen.at(-1)));
			seen.push(await read(task));
		}
		await sql(`UPDATE completions SET completed_at = completed_at - interval '3 years',
			created_at = created_at - interval '3 years' WHERE task_id = :'id'`, { id: task.id });
		expectProblem(await undo(done[3]), 409, 'not_newest');
		for (let i = 4; i >= 0; i--) {
			const { last_completed_at, ...before } = essence(seen[i]);
			const { last_completed_at: ignored, ...after } = essence(expectOk(await undo(done[i])).task);

			assert.deepEqual(after, before);
		}
		assert.equal((await read(task)).last_completed_at, null);
	});

	test('keeps what was changed meanwhile and is no part of it', async () => {
		const task = await weekly();
		const done = await complete(task);

		expectOk(await robin.client.patch(`/api/tasks/${task.id}`, { title: 'Swept', due_on: '2031-02-01' }));
		const { task: after, title } = expectOk(await undo(done));
		assert.deepEqual([after.title, after.due_on, after.occurrence], ['Swept', '2031-01-06', 1]);
		assert.equal(title, task.title, 'history keeps the name');
		assert.equal((await complete(after)).due_after, '2031-01-13');
	});

	test('is for its author and for managers', async () => {
		const task = await weekly();
		const done = await complete(task, { completed_by_id: gus.user.id }, nan);

		expectProblem(await undo(done, gus), 403, 'not_the_recorder');
		expectOk(await undo(done, nan));
		expectOk(await undo(await complete(task, {}, nan), maud));
	});

	test('twice is answered with the task, and undoes nothing more', async () => {
		const task = await weekly();

		await complete(task);
		const second = await complete(await read(task));
		const after = expectOk(await undo(second));
		assert.deepEqual(expectOk(await undo(second)), after);
		assert.equal(after.occurrence, 2);
	});

	test('leaves the occurrence to be done anew, and history grows by it', async () => {
		const task = await weekly();
		const first = await complete(task);

		expectOk(await undo(first));
		expectProblem(await robin.client.get(`/api/completions/${first.id}`), 404, 'not_found');
		const again = await complete(task);
		assert.notEqual(again.id, first.id);
		assert.deepEqual((await history(task)).map((c) => c.id), [again.id]);
		assert.deepEqual(await sql(
			"SELECT id, undone_by FROM completions WHERE task_id = :'id' AND undone_at IS NOT NULL",
			{ id: task.id }),
			[`${first.id}|${robin.user.id}`], 'what was undone is kept');
	});

	test('of what belongs to a deleted task is refused', async () => {
		const task = await weekly();
		const undone = await complete(task);
		expectOk(await undo(undone));
		const done = await complete(task);

		expectOk(await robin.client.delete(`/api/tasks/${task.id}`), 204);
		expectProblem(await undo(done), 409, 'task_deleted');
		expectProblem(await undo(undone), 409, 'task_deleted');
		assert.equal(expectOk(await robin.client.get(`/api/completions/${done.id}`)).id, done.id);
	});
});

describe('what races', () => {
	/** The task agrees with its history, whatever came first. */
	async function expectConsistent(task) {
		const [row] = await sql(`SELECT t.occurrence = count(c.id) + 1, t.completion_count = count(c.id),
				t.due_on = date '2031-01-06' + 7 * count(c.id)::int,
				t.last_completion_id IS NOT DISTINCT FROM
				(array_agg(c.id ORDER BY c.occurrence DESC))[1]
			  FROM tasks t LEFT JOIN completions c ON c.task_id = t.id AND c.undone_at IS NULL
			 WHERE t.id = :'id' GROUP BY t.id`, { id: task.id });

		assert.equal(row, 't|t|t|t');
	}

	test('completing and undoing leave a row that agrees with its history', async () => {
		for (let round = 0; round < 20; round++) {
			const task = await weekly();
			const first = await complete(task);
			const answers = await Promise.all([
				...[1, 2, 3, 4].map(() => tap(task, 'complete', { occurrence: 2 })),
				...[1, 2, 3, 4].map(() => undo(first)),
				...[1, 2].map(() => tap(task, 'complete', { occurrence: 1 })),
			]);

			for (const res of answers)
				assert.ok([200, 201, 409].includes(res.status), res.text);
			await expectConsistent(task);
		}
	});

	test('completing and deleting the task: done before, or nothing there', async () => {
		for (let round = 0; round < 20; round++) {
			const task = await weekly();
			const [done, gone] = await Promise.all([
				tap(task, 'complete', { occurrence: 1 }),
				robin.client.delete(`/api/tasks/${task.id}`)]);

			expectOk(gone, 204);
			assert.ok([201, 404].includes(done.status), done.text);
			await expectConsistent(task);
		}
	});

	test('a change of the task and its completion lose nothing of each other', async () => {
		for (let round = 0; round < 20; round++) {
			const task = await weekly();
			const [, changed] = await Promise.all([complete(task),
				robin.client.patch(`/api/tasks/${task.id}`, { title: 'Swept' })]);

			expectOk(changed);
			assert.equal((await read(task)).title, 'Swept');
			await expectConsistent(task);
		}
	});
});
