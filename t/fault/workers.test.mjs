// workers.test.mjs: workers are killed, get stuck, or lose their master. Nobody hears half
// an answer, others come in their place, and the log says what the dead one was doing.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';

import { expectOk, expectProblem } from '../api/support/expect.mjs';
import { newResidence, newTask, signUp } from '../api/support/people.mjs';
import { configure, expectOnly, holding, installHold, isAlive, load, logged, logMark, logSince,
	pids, reload, removeHold, setting, settled, stack, status, superuser, until } from './support.mjs';

const HELD_ROUTE = 'PATCH /api/auth/me';
const KILLS = 8;

let robin;
let residence;

before(async () => {
	robin = await signUp();
	residence = await newResidence(robin);
	for (let i = 0; i < 30; i += 1)
		await newTask(robin, residence, { title: `Sweep chimney ${i}`, description: 'soot '.repeat(100) });
	await installHold();
});

after(async () => {
	configure();
	await stack('up');
	await removeHold();
});

// A pool whose workers died quickly takes its time with new ones; each test gets a fresh one.
beforeEach(async () => {
	configure();
	await stack('restart', 'api');
	await settled();
});

/** Boards of some 30 KB, reads and writes in turn. */
function mixture(options, client, round) {
	if (round % 3 === 0)
		return robin.client.get(`/api/tasks/kanban?residence_id=${residence.id}`, options);
	if (round % 3 === 1)
		return robin.client.patch('/api/auth/me', { last_name: `Goodfellow ${client}` }, options);
	return robin.client.get('/api/auth/me', options);
}

describe('kill -9 of a worker', () => {
	test('under load: no answer is cut short, each costs one request at most, others come', async (t) => {
		const mark = logMark();
		const traffic = load(8, mixture);
		const killed = [];

		t.after(traffic.stop);
		await traffic.flowing();
		while (killed.length < KILLS) {
			const { workers } = await settled();
			const victim = workers.find((w) => w.state !== 'idle') ?? workers[0];

			process.kill(victim.pid, 'SIGKILL');
			killed.push(victim.pid);
			await logged(mark, 'worker_died', { pid: victim.pid, signal: 9 });
			await traffic.flowing(20);
		}
		const { workers } = await settled();
		await traffic.stop();
		expectOnly(traffic, [200, 503]);
		assert.ok(traffic.count(503) <= KILLS, `${traffic.count(503)} requests lost by ${KILLS} kills`);
		assert.deepEqual(workers.filter((w) => killed.includes(w.pid)), []);
		const named = logSince(mark, 'worker_died').filter((line) => line.route && line.request_id);
		t.diagnostic(`${KILLS} killed, ${named.length} of them in a request, ${traffic.count(503)} ` +
			`answers 503, ${traffic.count(200)} whole`);
	});

	test('in a request: 503 at once, and the log names the route and the request', async () => {
		const mark = logMark();
		const began = performance.now();
		const { answer, requestId, pid } = await holding(robin, 4000);

		process.kill(pid, 'SIGKILL');
		expectProblem(await answer, 503, 'try_later');
		assert.ok(performance.now() - began < 3500, 'it waited for the database');
		const line = await logged(mark, 'worker_died', { pid });
		assert.equal(line.route, HELD_ROUTE);
		assert.equal(line.request_id, requestId);
		await settled();
	});
});

describe('a stuck worker', () => {
	// Limits nest: the database gives up before the worker does.
	const brief = (deadline, killAfter) =>
		({ 'api.deadline': deadline, 'api.kill_after': killAfter, 'api.read_timeout': '1s',
			'db.url': `${setting('db.url')} options='-c statement_timeout=2400ms'` });

	test('is killed by the master, which says what it was doing', async () => {
		await reload(brief('2500ms', '3s'));
		const mark = logMark();
		const { answer, requestId, pid } = await holding(robin, 400);

		process.kill(pid, 'SIGSTOP');
		expectProblem(await answer, 503, 'try_later');
		const line = await logged(mark, 'worker_killed', { pid });
		assert.equal(line.route, HELD_ROUTE);
		assert.equal(line.request_id, requestId);
		await until('it is gone', () => !isAlive(pid));
		await settled();
		expectOk(await robin.client.get('/api/auth/me'));
	});

	test('one that waits too long for the database gives up by itself and goes on', async () => {
		await reload({ ...brief('2500ms', '5s'), 'api.workers': 1 });
		const [pid] = await pids();
		const { stdout } =
			await superuser("SELECT pid FROM pg_stat_activity WHERE application_name ~ '^hob-api [0-9]+$'");
		const backends = stdout.split('\n').filter(Boolean).map(Number);

		assert.ok(backends.length > 0);
		// A server that hangs as a whole looks at no clock.
		backends.forEach((backend) => process.kill(backend, 'SIGSTOP'));
		try {
			expectProblem(await robin.client.patch('/api/auth/me', { first_name: 'Puck' }),
				503, 'try_later');
			expectOk(await until('it has a link again', async () => {
				const res = await robin.client.patch('/api/auth/me', { first_name: 'Puck' });
				return res.status === 200 && res;
			}));
		} finally {
			backends.forEach((backend) => process.kill(backend, 'SIGCONT'));
		}
		assert.deepEqual(await pids(), [pid], 'it was replaced');
	});
});

describe('kill -9 of the master', () => {
	test('idle workers end by themselves', async () => {
		const { master_pid: master, workers } = await settled();

		process.kill(master, 'SIGKILL');
		await until('all workers are gone', () => workers.every((w) => !isAlive(w.pid)), 5);
		expectProblem(await robin.client.get('/api/auth/me'), 503, 'try_later');
		await stack('start', 'api');
		expectOk(await until('it serves again', async () => {
			const res = await robin.client.get('/api/auth/me');
			return res.status === 200 && res;
		}));
	});

	test('a worker in a request finishes it first', async () => {
		const { master_pid: master } = await settled();
		const { answer, pid } = await holding(robin, 500);
		const { workers } = await status();

		process.kill(master, 'SIGKILL');
		await until('the idle ones are gone',
			() => workers.every((w) => w.pid === pid || !isAlive(w.pid)), 5);
		expectOk(await answer);
		await until('the last is gone', () => !isAlive(pid), 5);
		await stack('start', 'api');
		await settled();
	});
});
