// first_use.test.mjs: a worker prepares a statement with the first request that runs it, on the same
// round trip; whatever becomes of that request, it knows what the server has. One worker, so that it
// is known who prepared what.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, beforeEach, describe, test } from 'node:test';

import { Session, sql } from '../api/support/db.mjs';
import { expectOk, expectProblem } from '../api/support/expect.mjs';
import { missingId, newResidence, newTask, signUp } from '../api/support/people.mjs';
import { expectSameWorkers } from '../api/support/workers.mjs';
import { CARD_GETS_COLOUR, CARD_LOSES_COLOUR } from './migrations.mjs';
import { logged, logMark, logSince, pids, reload, state, superuser, until } from './support.mjs';

let robin;
let residence;
let task;
let mark;

/** A worker that has just come, alone. */
async function newWorker(changes = {}) {
	await reload({ 'api.workers': 1, ...changes });
	mark = logMark();
}

before(async () => {
	robin = await signUp();
	residence = await newResidence(robin);
	task = await newTask(robin, residence);
});

after(() => reload({}));

// Before all others: every route is new to the worker.
before(() => newWorker());
await import('../api/roundtrips.test.mjs');

const trips = (res) => Number(res.headers['x-hob-round-trips']);
const sessions = () => robin.client.get('/api/auth/sessions');
const create = (fields = {}) =>
	robin.client.post('/api/tasks', { residence_id: residence.id, title: 'Sweep', ...fields });
const bulk = (...ids) => robin.client.post('/api/tasks/bulk',
	{ create: ids.map((residence_id) => ({ residence_id, title: 'Sweep' })) });
const codesOf = (res) => expectOk(res).created.map((part) => part.status);

/** Nothing was made anew, and nobody gave up. */
async function expectCalm(workers) {
	await expectSameWorkers(workers);
	assert.deepEqual(logSince(mark).filter((l) => ['link_renewed', 'cannot_serve'].includes(l.event)), []);
}

/** What the worker's connection has prepared, in functions too, as the server writes it into its log. */
async function prepared() {
	const path = `${state}/log/postgresql.log`;
	const from = readFileSync(path).length;
	const written = () => readFileSync(path).subarray(from).toString('utf8');

	await superuser(`SELECT pg_log_backend_memory_contexts(pid)
		FROM pg_stat_activity WHERE application_name = 'hob-api 0'`);
	await until('the server has written it', () => written().includes('Grand total'));
	return written().match(/CachedPlanSource: .*/g) ?? [];
}

describe('a new worker', () => {
	beforeEach(() => newWorker());

	test('has prepared what it asked itself, then what it was asked for', async () => {
		const own = await prepared();

		assert.ok(own.length < 10, own.join('\n'));
		expectOk(await sessions());
		assert.equal(trips(await sessions()), 1);
		const used = await prepared();
		assert.ok(used.length > own.length && used.length < 20, used.join('\n'));
	});

	test('whose first request fails behind what it prepared goes on with it', async () => {
		const workers = await pids();

		for (const [fields, status] of [[{ residence_id: missingId() }, 404],
			[{ category: 'alchemy' }, 400], [{}, 201]]) {
			const res = await create(fields);

			assert.equal(res.status, status, res.text);
			assert.equal(trips(res), 1);
		}
		await expectCalm(workers);
	});

	test('whose first bulk fails in its first part does the others', async () => {
		const workers = await pids();

		for (let i = 0; i < 2; i += 1) {
			const res = await bulk(missingId(), residence.id, missingId(), residence.id);

			assert.deepEqual(codesOf(res), [404, 201, 404, 201]);
			assert.equal(trips(res), 1);
		}
		await expectCalm(workers);
	});

	test('that cannot prepare one kind of part of a bulk: the others are done, and are said to be', async (t) => {
		const rename = (from, to) => sql(`ALTER FUNCTION hob.${from} RENAME TO ${to}`);
		const other = await newTask(robin, residence);

		await newWorker();
		expectOk(await create(), 201);	// is prepared now, and the other kind is not
		await rename('complete_task', 'finish_task');
		t.after(async () => {
			await rename('finish_task', 'complete_task');
			await until('it serves again', async () => (await sessions()).status === 200);
		});
		const title = `Only once ${Date.now()}`;
		const res = expectOk(await robin.client.post('/api/tasks/bulk', {
			create: [{ residence_id: residence.id, title }],
			complete: [{ task_id: other.id, occurrence: 1 }],
		}));

		assert.deepEqual([res.created[0].status, res.completed[0].status], [201, 503]);
		assert.equal((await sql("SELECT count(*) FROM tasks WHERE title = :'title'", { title }))[0], '1');
	});

	for (const [what, refused, ask] of [
		['a request', (res) => expectProblem(res, 503, 'try_later'), create],
		['a bulk', (res) => assert.deepEqual(codesOf(res), [503, 503]), () => bulk(residence.id, residence.id)],
	])
		test(`that cannot prepare because a table is held: ${what} is 503, and later it is done`, async (t) => {
			const workers = await pids();
			const other = new Session();

			t.after(() => other.end());
			await other.run('BEGIN; LOCK TABLE tasks');
			refused(await ask());
			await other.run('COMMIT');
			const res = await ask();
			assert.ok(res.status < 300, res.text);
			assert.equal(trips(res), 1);
			await expectCalm(workers);
		});
});

describe('the schema changes before the first use', () => {
	for (const [how, changes] of [['prepared', {}], ['not prepared, for an old pooler', { 'db.prepare': 'off' }]])
		test(`a card gets a column, ${how}: it is shown as it is by then`, async (t) => {
			const show = async () => expectOk(await robin.client.get(`/api/tasks/${task.id}`));
			let gone = false;

			t.after(() => gone || sql(CARD_LOSES_COLOUR));
			await newWorker(changes);
			const workers = await pids();
			if (changes['db.prepare'])
				assert.equal('colour' in await show(), false);
			await sql(CARD_GETS_COLOUR);
			const card = await show();
			assert.deepEqual([card.colour, card.id], [null, task.id]);
			await expectCalm(workers);
			await sql(CARD_LOSES_COLOUR);
			gone = true;
			const { colour, ...others } = await show();
			assert.equal(colour, undefined);
			assert.equal(others.id, task.id);
			await expectSameWorkers(workers);
		});

	test('a column is gone: 503, the log names the statement, and nobody serves until it is back', async (t) => {
		const rename = (from, to) => sql(`ALTER TABLE sessions RENAME ${from} TO ${to}`);

		await newWorker();
		await rename('device_name', 'gadget_name');
		t.after(async () => {
			await rename('gadget_name', 'device_name');
			await until('it serves again', async () => (await sessions()).status === 200);
		});
		expectProblem(await sessions(), 503, 'try_later');
		assert.match((await logged(mark, 'cannot_serve')).detail,
			/statement "session_list\S*" does not prepare: .*device_name/);
		await until('it has left', () => logSince(mark, 'worker_died').some((l) => l.exit === 78));
		assert.deepEqual(logSince(mark, 'request').filter((l) => l.status === 500), []);
	});
});
