// aliases.test.mjs: completing without knowing: what another phone did first, and whichever occurrence is open.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { sql } from './support/db.mjs';
import { newCrew } from './support/crew.mjs';
import { expectInvalid, expectOk, expectProblem } from './support/expect.mjs';
import { missingId, newId, signUp } from './support/people.mjs';

let robin, nan, gus, maud, weekly, make, read, tap, complete, undo;

before(async () => {
	({ robin, nan, gus, maud, weekly, make, read, tap, complete, undo } = await newCrew('UTC'));
});

const path = (id) => `/api/completions/${id}`;
const keyed = (task, act, body, key = newId(), who = robin) =>
	who.client.post(`/api/tasks/${task.id}/${act}`, body, { headers: { 'Idempotency-Key': key } });

/** nan completed it; then robin's phone did so under an id of its own. */
async function twice(task) {
	const first = await complete(task, {}, nan);
	const id = newId();

	assert.equal(expectOk(await tap(task, 'complete', { occurrence: task.occurrence, id })).id, first.id);
	return { first, id };
}

describe("an id under which another phone's completion was found", () => {
	test('names that completion in every path', async () => {
		const { first: { task, ...first }, id } = await twice(await weekly());

		assert.deepEqual(expectOk(await robin.client.get(path(id))), first);
		const changed = expectOk(await robin.client.patch(path(id), { note: 'Both of us.' }));
		assert.deepEqual([changed.id, changed.note], [first.id, 'Both of us.']);
		assert.equal((await robin.client.get(path(id), { headers: { 'If-None-Match': `"0"` } })).status, 200);
		expectProblem(await robin.client.patch(path(id), { note: 'x' }, { headers: { 'If-Match': '"1"' } }),
			412, 'stale');
		expectOk(await robin.client.delete(path(id)), 204);
		expectProblem(await robin.client.get(path(first.id)), 404, 'not_found');
		expectProblem(await robin.client.get(path(id)), 404, 'not_found');
	});

	test('undoes it by the rules of who may', async () => {
		const task = await weekly();
		const { first, id } = await twice(task);

		expectProblem(await undo({ id }, gus), 403, 'not_the_recorder');
		assert.equal(expectOk(await undo({ id }, maud)).id, first.id);
		assert.equal(expectOk(await undo({ id }, nan)).task.occurrence, 1, 'once more undoes nothing more');
		assert.equal((await read(task)).occurrence, 1);
	});

	test('is nobody else\'s to see', async () => {
		const { id } = await twice(await weekly());
		const stranger = await signUp();

		for (const name of [id, missingId()]) {
			expectProblem(await stranger.client.get(path(name)), 404, 'not_found');
			expectProblem(await stranger.client.post(`${path(name)}/undo`), 404, 'not_found');
		}
	});

	test('sent again is answered alike, and is taken for anything else', async () => {
		const task = await weekly();
		const { first, id } = await twice(task);

		for (const act of ['complete', 'skip'])
			assert.equal(expectOk(await tap(task, act, { occurrence: 1, id })).id, first.id);
		assert.equal((await tap(task, 'complete', { occurrence: 2, id })).status, 409);
		assert.equal((await tap(await weekly(), 'complete', { occurrence: 1, id })).status, 409);
		expectOk(await undo(first, nan));
		assert.equal((await tap(task, 'complete', { occurrence: 1, id })).status, 409);
		assert.equal((await read(task)).occurrence, 1);
	});

	test('in a bulk, too', async () => {
		const task = await weekly();
		const first = await complete(task, {}, nan);
		const id = newId();
		const { completed: [item] } = expectOk(await robin.client.post('/api/tasks/bulk',
			{ complete: [{ task_id: task.id, occurrence: 1, id }] }));

		assert.deepEqual([item.status, item.completion], [200, first]);
		assert.equal(expectOk(await robin.client.get(path(id))).id, first.id);
	});

	test('is kept where it was sent, sixteen times, and goes with the completion', async () => {
		const task = await weekly();
		const first = await complete(task);
		const ids = Array.from({ length: 20 }, newId);
		const count = async () => Number((await sql(
			"SELECT count(*) FROM completion_aliases WHERE completion_id = :'id'", { id: first.id }))[0]);

		expectOk(await tap(task, 'complete', { occurrence: 1 }));
		assert.equal(await count(), 0);
		for (const id of ids)
			assert.equal(expectOk(await tap(task, 'complete', { occurrence: 1, id })).id, first.id);
		assert.equal(await count(), 16);
		expectOk(await robin.client.get(path(ids[15])));
		expectProblem(await robin.client.get(path(ids[16])), 404, 'not_found');
		await sql("DELETE FROM completions WHERE id = :'id'", { id: first.id });
		assert.equal(await count(), 0);
	});
});

describe('"occurrence": "current"', () => {
	test('does whichever is open, once a key', async () => {
		const task = await weekly();
		const key = newId();
		const first = await keyed(task, 'complete', { occurrence: 'current' }, key);
		const again = await keyed(task, 'complete', { occurrence: 'current' }, key);

		assert.deepEqual([expectOk(first, 201).occurrence, first.body.task.occurrence], [1, 2]);
		assert.equal(again.headers['idempotency-replayed'], 'true');
		assert.deepEqual(expectOk(again, 201), first.body);
		assert.equal(expectOk(await keyed(task, 'skip', { occurrence: 'current' }), 201).occurrence, 2);
		assert.equal((await read(task)).occurrence, 3);
	});

	test('finds what was done of a task that is done for good', async () => {
		const task = await make();
		const done = await complete(task, {}, nan);

		assert.equal(expectOk(await keyed(task, 'complete', { occurrence: 'current' })).id, done.id);
	});

	test('puts off whichever is open', async () => {
		const task = await weekly();
		const key = newId();
		const send = () => keyed(task, 'snooze', { occurrence: 'current', days: 2 }, key);

		assert.equal(expectOk(await send()).due_on, '2031-01-08');
		assert.equal(expectOk(await send()).due_on, '2031-01-08');
	});

	test('needs a key, and is the only word', async () => {
		const task = await weekly();

		for (const act of ['complete', 'skip', 'snooze']) {
			const { detail } = expectProblem(await tap(task, act, { occurrence: 'current' }),
				400, 'idempotency_key_required');
			assert.match(detail, /send a key/);
			expectInvalid(await tap(task, act, { occurrence: 'next' }), { occurrence: 'choice' });
			expectInvalid(await tap(task, act, { occurrence: '1' }), { occurrence: 'choice' });
		}
		assert.equal((await read(task)).version, 1);
	});

	test('in a bulk has the key of the whole', async () => {
		const task = await weekly();
		const body = { complete: [{ task_id: task.id, occurrence: 'current' }] };
		const bulk = (options) => robin.client.post('/api/tasks/bulk', body, options);
		const [{ status, problem }] = expectOk(await bulk()).completed;

		assert.deepEqual([status, problem.code], [400, 'idempotency_key_required']);
		const options = { headers: { 'Idempotency-Key': newId() } };
		const [first] = expectOk(await bulk(options)).completed;
		assert.deepEqual([first.status, first.completion.occurrence], [201, 1]);
		assert.deepEqual(expectOk(await bulk(options)).completed, [first]);
		assert.equal((await read(task)).occurrence, 2);
	});
});
