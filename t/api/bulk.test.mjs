// bulk.test.mjs: many tasks made and changed by one request, each for itself.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { before, describe, test } from 'node:test';

import { nobody } from './support/client.mjs';
import { makeMember, sql } from './support/db.mjs';
import { expectInvalid, expectOk, expectProblem, SAME_ID } from './support/expect.mjs';
import { missingId, newId, newResidence, newTask, signUp } from './support/people.mjs';

let robin;
let residence;

before(async () => {
	robin = await signUp();
	residence = await newResidence(robin);
});

const bulk = (body, options) => robin.client.post('/api/tasks/bulk', body, options);
const item = (fields = {}) => ({ residence_id: residence.id, title: 'Sweep', ...fields });
const statuses = (results) => results.map((result) => result.status);
const stored = async () =>
	Number(await sql("SELECT count(*) FROM tasks WHERE residence_id = :'residence'", { residence: residence.id }));

describe('POST /api/tasks/bulk', () => {
	test('makes a hundred tasks on one round trip', async () => {
		const before = await stored();
		const res =
			await bulk({ create: Array.from({ length: 100 }, (_, i) => item({ title: `Number ${i}` })) });
		const { created, updated } = expectOk(res);

		assert.deepEqual(updated, []);
		assert.deepEqual(new Set(statuses(created)), new Set([201]));
		assert.deepEqual(created.map((result) => result.task.title),
			Array.from({ length: 100 }, (_, i) => `Number ${i}`));
		assert.equal(new Set(created.map((result) => result.task.id)).size, 100);
		assert.equal(res.headers['x-hob-round-trips'], '1');
		assert.equal(await stored(), before + 100);
		const { task } = created[42];
		assert.deepEqual(expectOk(await robin.client.get(`/api/tasks/${task.id}`)), task);
	});

	test('changes tasks, with a version or without', async () => {
		const [one, two, three] = await Promise.all([newTask(robin, residence), newTask(robin, residence),
			newTask(robin, residence)]);
		const { created, updated } = expectOk(await bulk({ update: [
			{ id: one.id, title: 'One' },
			{ id: two.id, version: 1, due_on: '2031-01-01', priority: 'high' },
			{ id: three.id, version: 7, title: 'Three' }] }));

		assert.deepEqual(created, []);
		assert.deepEqual(statuses(updated), [200, 200, 412]);
		assert.equal(updated[0].task.title, 'One');
		const looked = expectOk(await bulk({ update: [{ id: one.id }] })).updated[0];
		assert.deepEqual(looked, { status: 200, task: updated[0].task },
			'a change of nothing makes no version');
		assert.equal(updated[1].task.due_on, '2031-01-01');
		assert.equal(updated[2].problem.code, 'stale');
		assert.deepEqual(updated[2].problem.current, three);
	});

	test('each item stands for itself: what is wrong with one is its own problem', async () => {
		const before = await stored();
		const stranger = await signUp();
		const theirs = await newResidence(stranger);
		const looked = await newResidence(stranger);
		await makeMember(looked, robin.user, 'viewer');
		const task = await newTask(robin, residence);
		const { created, updated } = expectOk(await bulk({
			create: [item(), item({ title: '' }), item({ residence_id: theirs.id }),
				item({ residence_id: looked.id }), item({ category: 'alchemy' }),
				item({ colour: 'red' }), 'no object', item({ title: 'Last' })],
			update: [{ id: task.id, title: 'Changed' }, { id: missingId(), title: 'x' },
				{ title: 'x' }, { id: 7 }, { id: task.id, residence_id: residence.id },
				{ id: task.id, version: 1.5 }],
		}));

		assert.deepEqual(statuses(created), [201, 400, 404, 403, 400, 400, 400, 201]);
		assert.deepEqual(created.map((result) => result.problem?.code),
			[undefined, 'validation_error', 'not_found', 'forbidden', 'validation_error',
				'validation_error', 'malformed_json', undefined]);
		assert.deepEqual(created[5].problem.errors.map(({ field, pointer, code }) =>
			({ field, pointer, code })), [{ field: 'colour', pointer: '/colour', code: 'unknown_field' }]);
		assert.deepEqual(statuses(updated), [200, 404, 400, 400, 400, 400]);
		assert.equal(updated[4].problem.errors[0].code, 'immutable');
		assert.equal(await stored(), before + 3);
	});

	test('sent again under its key it is done once, and shows what was done', async () => {
		const options = { headers: { 'Idempotency-Key': `bulk-${randomBytes(8).toString('hex')}`,
			...SAME_ID.headers } };
		const before = await stored();
		const body = { create: [item(), item({ title: '' }), item()] };
		const first = expectOk(await bulk(body, options));
		const again = await bulk(body, options);

		assert.deepEqual(expectOk(again), first);
		assert.equal(again.headers['x-hob-round-trips'], '2');
		assert.equal(again.headers['idempotency-replayed'], 'true');
		assert.equal(await stored(), before + 2);
		for (const other of [{ create: [item({ title: 'Other' })] }, { create: [...body.create, item()] }])
			expectProblem(await bulk(other, options), 422, 'idempotency_key_reused');
		assert.equal(await stored(), before + 2);
	});

	test('that changes something overwrites nothing when it is sent again under its key', async () => {
		const { id } = await newTask(robin, residence);
		const send = () => bulk({ update: [{ id, title: 'Mine', version: 1 }] },
			{ headers: { 'Idempotency-Key': `changes-${id}` } });

		assert.deepEqual(statuses(expectOk(await send()).updated), [200]);
		expectOk(await robin.client.patch(`/api/tasks/${id}`, { title: 'Of somebody else' }));
		const [{ status, task }] = expectOk(await send()).updated;
		assert.deepEqual([status, task.title, task.version], [200, 'Of somebody else', 3]);
	});

	test('takes ids that the client made', async () => {
		const ids = [newId(), newId()];
		const body = { create: ids.map((id) => item({ id })) };

		assert.deepEqual(statuses(expectOk(await bulk(body)).created), [201, 201]);
		const again = expectOk(await bulk(body)).created;
		assert.deepEqual(statuses(again), [200, 200]);
		assert.deepEqual(again.map((result) => result.task.id), ids);
	});

	test('may be large, but not endless', async () => {
		const long = 'x'.repeat(9000);

		assert.deepEqual(new Set(statuses(expectOk(await bulk({ create: Array.from({ length: 100 },
			() => item({ description: long })) })).created)), new Set([201]));
		expectInvalid(await bulk({ create: Array.from({ length: 60 }, item),
			update: Array.from({ length: 41 }, () => ({ id: missingId() })) }), { update: 'too_long' });
		expectProblem(await bulk({ create: Array.from({ length: 101 },
			() => item({ description: 'x'.repeat(11000) })) }), 413, 'too_large');
	});

	test('refuses what is no bulk', async () => {
		expectInvalid(await bulk({}), { create: 'required' });
		expectInvalid(await bulk({ create: {} }), { create: 'type' });
		expectInvalid(await bulk({ create: [item()], delete: [] }), { delete: 'unknown_field' });
		expectProblem(await robin.client.post('/api/tasks/bulk', undefined, { raw: '[1' }),
			400, 'malformed_json');
		expectProblem(await nobody.post('/api/tasks/bulk', { create: [item()] }), 401, 'unauthorized');
	});

	test('of a session that has ended does nothing', async () => {
		const other = await signUp();
		const place = await newResidence(other);

		expectOk(await other.client.post('/api/auth/logout'), 204);
		expectProblem(await other.client.post('/api/tasks/bulk',
			{ create: [{ residence_id: place.id, title: 'x' }] }), 401, 'unauthorized');
		expectProblem(await other.client.post('/api/tasks/bulk', { create: [{ title: '' }] }),
			401, 'unauthorized');
	});
});

describe('completing and skipping in bulk', () => {
	test('under a key that stood for another task, or another act, is refused', async () => {
		const due = { due_on: '2031-01-06', recurrence: 'weekly' };
		const [one, two] = await Promise.all([due, due].map((fields) => newTask(robin, residence, fields)));
		const send = (body) => bulk(body, { headers: { 'Idempotency-Key': `bulk-${one.id}` } });
		const act = (task) => [{ task_id: task.id, occurrence: 1 }];

		assert.deepEqual(statuses(expectOk(await send({ complete: act(one) })).completed), [201]);
		assert.deepEqual(statuses(expectOk(await send({ complete: act(one) })).completed), [201]);
		expectProblem(await send({ complete: act(two) }), 422, 'idempotency_key_reused');
		expectProblem(await send({ complete: [...act(one), ...act(two)] }), 422, 'idempotency_key_reused');
		expectProblem(await send({ skip: act(one) }), 422, 'idempotency_key_reused');
		assert.equal(expectOk(await robin.client.get(`/api/tasks/${two.id}`)).occurrence, 1);
	});


	test('is each as it is alone, on one round trip', async () => {
		const due = { due_on: '2031-01-06', recurrence: 'weekly' };
		const [one, two, three, once] = await Promise.all([due, due, due, {}]
			.map((fields) => newTask(robin, residence, fields)));
		const body = {
			complete: [{ task_id: one.id, occurrence: 1, note: 'done' }, { task_id: two.id, occurrence: 7 },
				{ occurrence: 1 }],
			skip: [{ task_id: three.id, occurrence: 1 }, { task_id: once.id, occurrence: 1 }],
		};
		const res = await bulk(body);
		const { completed, skipped } = expectOk(res);

		assert.equal(res.headers['x-hob-round-trips'], '1');
		assert.deepEqual(statuses(completed), [201, 409, 400]);
		assert.deepEqual(statuses(skipped), [201, 409]);
		assert.equal(completed[0].completion.due_after, '2031-01-13');
		assert.equal(completed[2].problem.errors[0].field, 'task_id');
		assert.equal(skipped[0].completion.outcome, 'skipped');
		assert.deepEqual(statuses(expectOk(await bulk(body)).completed), [200, 409, 400]);
	});
});
