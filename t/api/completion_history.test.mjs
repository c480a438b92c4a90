// completion_history.test.mjs: what was done, changed and deleted, and how it is found again.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { essence, newCrew } from './support/crew.mjs';
import { zoneInDaylight } from './support/days.mjs';
import { makeMember } from './support/db.mjs';
import { expectInvalid, expectOk, expectPage, expectProblem } from './support/expect.mjs';
import { crowd, missingId, newResidence, newTask, signUp } from './support/people.mjs';

const zone = zoneInDaylight();
let robin, nan, gus, maud, weekly, read, complete, skip, undo, history;

before(async () => {
	({ robin, nan, gus, maud, weekly, read, complete, skip, undo, history } = await newCrew(zone));
});

describe('PATCH /api/completions/{completion_id}', () => {
	test('changes what is noted, and no day', async () => {
		const task = await weekly();
		const done = await complete(task);
		const before = await read(task);
		const after = expectOk(await nan.client.patch(`/api/completions/${done.id}`,
			{ note: 'Twice.', actual_cost: '5', rating: 5, contractor_name: 'Sweep & Sons' }));

		assert.deepEqual([after.note, after.actual_cost, after.rating, after.contractor_name, after.version],
			['Twice.', '5.00', 5, 'Sweep & Sons', 2]);
		assert.deepEqual([after.due_before, after.due_after, after.completed_at],
			[done.due_before, done.due_after, done.completed_at]);
		assert.deepEqual(await read(task), before);
		assert.equal(expectOk(await robin.client.patch(`/api/completions/${done.id}`, { note: null })).note,
			null);
	});

	test('refuses to move it, and what was undone', async () => {
		const done = await complete(await weekly());

		expectInvalid(await robin.client.patch(`/api/completions/${done.id}`,
			{ completed_at: '2026-01-01T00:00:00Z' }), { completed_at: 'unknown_field' });
		expectOk(await undo(done));
		expectProblem(await robin.client.patch(`/api/completions/${done.id}`, { note: 'x' }), 404, 'not_found');
	});

	test('honours If-Match', async () => {
		const done = await complete(await weekly());
		const change = (note, version) => robin.client.patch(`/api/completions/${done.id}`, { note },
			{ headers: { 'If-Match': `"${version}"` } });

		expectOk(await change('first', 1));
		assert.equal(expectProblem(await change('second', 1), 412, 'stale').current.note, 'first');
	});
});

describe('DELETE /api/completions/{completion_id}', () => {
	test('of the newest puts the task back, as undo does', async () => {
		const task = await weekly();
		const done = await complete(task);

		expectOk(await robin.client.delete(`/api/completions/${done.id}`), 204);
		assert.deepEqual(essence(await read(task)), essence(task));
		expectProblem(await robin.client.delete(`/api/completions/${done.id}`), 404, 'not_found');
	});

	test('of an older one moves no day', async () => {
		const task = await weekly();
		const first = await complete(task);
		const second = await complete(await read(task));
		const before = await read(task);

		expectOk(await robin.client.delete(`/api/completions/${first.id}`), 204);
		const after = await read(task);
		assert.deepEqual([after.due_on, after.occurrence, after.completion_count, after.last_completion_id],
			[before.due_on, before.occurrence, 1, second.id]);
		assert.deepEqual((await history(task)).map((c) => c.id), [second.id]);
	});

	test('is for its author and for managers, and honours If-Match', async () => {
		const done = await complete(await weekly(), {}, nan);
		const remove = (who, version) => who.client.delete(`/api/completions/${done.id}`,
			{ headers: { 'If-Match': `"${version}"` } });

		expectProblem(await remove(gus, 1), 403, 'not_the_recorder');
		expectProblem(await remove(nan, 7), 412, 'stale');
		expectOk(await remove(maud, 1), 204);
	});
});

describe('the history', () => {
	test('of a task: the newest first, in pages, done or skipped', async () => {
		const task = await weekly();

		for (let i = 0; i < 5; i++)
			await (i % 2 ? skip : complete)(await read(task));
		assert.deepEqual((await history(task)).map((c) => c.occurrence), [5, 4, 3, 2, 1]);
		assert.deepEqual((await history(task, '?ordering=occurrence')).map((c) => c.occurrence),
			[1, 2, 3, 4, 5]);
		assert.deepEqual((await history(task, '?outcome=skipped')).map((c) => c.occurrence), [4, 2]);
		const page = expectOk(await robin.client.get(`/api/tasks/${task.id}/completions?limit=2`));
		const next = expectOk(await robin.client.get(
			`/api/tasks/${task.id}/completions?limit=2&cursor=${page.next_cursor}`));
		assert.deepEqual([...page.results, ...next.results].map((c) => c.occurrence), [5, 4, 3, 2]);
	});

	test('across residences, by residence, task, category, person, outcome, time and words', async () => {
		const own = await signUp();
		const [mate] = await crowd(1);
		const hut = await newResidence(own, { time_zone: zone });
		const barn = await newResidence(own, { time_zone: zone });
		await makeMember(hut, mate.user, 'member');
		const boiler = await newTask(own, hut, { title: 'Bleed the boiler', category: 'plumbing' });
		const lawn = await newTask(own, barn, { title: 'Mow the lawn', category: 'garden',
			due_on: '2026-01-01', recurrence: 'weekly' });
		const send = (task, act, body) => own.client.post(`/api/tasks/${task.id}/${act}`, body);
		expectOk(await send(boiler, 'complete', { occurrence: 1, completed_at: '2026-02-01T12:00:00Z',
			completed_by_id: mate.user.id, contractor_name: 'Warm Hands' }), 201);
		expectOk(await send(lawn, 'complete', { occurrence: 1, completed_at: '2026-03-01T12:00:00Z',
			note: 'Two hedgehogs.' }), 201);
		expectOk(await send(lawn, 'skip', { occurrence: 2 }), 201);
		expectOk(await own.client.delete(`/api/tasks/${boiler.id}`), 204);

		const find = async (query) =>
			expectPage(await own.client.get(`/api/completions?ordering=completed_at${query}`))
				.map((c) => `${c.title} ${c.occurrence}`);
		const all = ['Bleed the boiler 1', 'Mow the lawn 1', 'Mow the lawn 2'];
		assert.deepEqual(await find(''), all, 'history outlives its task');
		assert.deepEqual(expectPage(await own.client.get('/api/completions'))
			.map((c) => `${c.title} ${c.occurrence}`), all.toReversed());
		for (const [query, found] of [
			[`&residence_id=${hut.id}`, [0]], [`&task_id=${lawn.id}`, [1, 2]], ['&category=plumbing', [0]],
			[`&completed_by_id=${mate.user.id}`, [0]], ['&outcome=skipped', [2]], ['&outcome=done', [0, 1]],
			['&completed_at__gte=2026-03-01T12:00:00Z', [1, 2]],
			['&completed_at__lte=2026-03-01T13:00:00%2B01:00', [0, 1]],
			['&search=hedgehog', [1]], ['&search=WARM', [0]], ['&search=lawn', [1, 2]],
			[`&residence_id=${missingId()}`, []]])
			assert.deepEqual(await find(query), found.map((i) => all[i]), query);
	});

	test('refuses filters that are none', async () => {
		expectInvalid(await robin.client.get(
			'/api/completions?outcome=lost&completed_at__gte=monday&residence_id=7&colour=red'),
			{ outcome: 'choice', completed_at__gte: 'format', residence_id: 'format',
				colour: 'unknown_field' }, 'query');
	});

	test('keeps the name of who left', async () => {
		const own = await signUp();
		const [mate] = await crowd(1);
		const hut = await newResidence(own);
		await makeMember(hut, mate.user, 'member');
		const task = await newTask(own, hut);
		const done = expectOk(await mate.client.post(`/api/tasks/${task.id}/complete`, { occurrence: 1 }), 201);

		expectOk(await own.client.delete(`/api/residences/${hut.id}/members/${mate.user.id}`), 204);
		assert.deepEqual(expectOk(await own.client.get(`/api/completions/${done.id}`)).completed_by,
			done.completed_by);
		assert.ok(done.completed_by.name);
	});

	test('leaves a trail of activity: who completed and who undid', async () => {
		const own = await signUp();
		const hut = await newResidence(own);
		const task = await newTask(own, hut);
		const done = expectOk(await own.client.post(`/api/tasks/${task.id}/complete`, { occurrence: 1 }), 201);
		expectOk(await own.client.post(`/api/completions/${done.id}/undo`));

		const rows = expectPage(await own.client.get(`/api/residences/${hut.id}/activity?subject=completion`));
		assert.deepEqual(rows.map((r) => [r.action, r.subject_id]),
			[['undone', done.id], ['created', done.id]]);
	});
});
