// signals.test.mjs: reload, another program in place, one worker more or fewer, and the end:
// under load, and without a single failed request.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { copyFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { after, before, beforeEach, describe, test } from 'node:test';
import { promisify } from 'node:util';

import { allow, allowAgain, sql } from '../api/support/db.mjs';
import { expectOk, expectProblem } from '../api/support/expect.mjs';
import { newResidence, signUp } from '../api/support/people.mjs';
import { programs } from '../api/support/workers.mjs';
import { connect, get, send } from './fastcgi.mjs';
import { asOwner, configure, confPath, expectOnly, holding, installHold, isAlive, load, logged, logMark,
	logSince, pids, quantile, reload, removeHold, scratchFolder, separateConf, setting, settled, signal,
	stack, startApi, state, status, until } from './support.mjs';

const program = `${state}/bin/hob-api`;
const run = promisify(execFile);

let robin;
let residence;
let folder;

/** The relay that hears other hosts: its pid, and how often nothing counted any more. */
function hearing() {
	return until('other hosts are heard', async () => {
		const { master_pid: master } = await status();
		const { stdout } = await run('pgrep', ['-P', String(master), '-x', 'hob-relay'])
			.catch(() => ({ stdout: '' }));
		const stats = JSON.parse((await run(`${programs}/hob`, ['cache', 'stats', '--json'])).stdout);

		return stdout && stats.hears_other_hosts && { pid: Number(stdout), forgotten: stats.all_forgotten };
	});
}

before(async () => {
	robin = await signUp();
	residence = await newResidence(robin);
	folder = scratchFolder();
	await copyFile(program, `${folder.path}/hob-api`);
	await installHold();
	// More of them than a residence may have.
	await allow('tasks', -1);
});

beforeEach(async () => {
	configure();
	await stack('restart', 'api');
	await settled();
});

after(async () => {
	folder.remove();
	configure();
	await stack('up');
	await removeHold();
	await allowAgain('tasks');
});

/** Every third request writes: what was answered 201 must be there, once. */
function readAndWrite(options, client, round) {
	return round % 3 === 0
		? robin.client.post('/api/tasks', { residence_id: residence.id, title: 'Sweep' }, options)
		: robin.client.get('/api/auth/me', options);
}

async function tasksStored() {
	const [count] = await sql("SELECT count(*) FROM tasks WHERE residence_id = :'residence'",
		{ residence: residence.id });

	return Number(count);
}

/** Load while `trouble` is under way: nothing fails, and every 201 is one row. */
async function unharmed(t, clients, trouble) {
	const stored = await tasksStored();
	const traffic = load(clients, readAndWrite);

	t.after(traffic.stop);
	await traffic.flowing();
	await trouble(traffic);
	await traffic.flowing();
	await traffic.stop();
	expectOnly(traffic, [200, 201]);
	assert.equal(await tasksStored() - stored, traffic.count(201), 'rows and answers differ');
	const took = traffic.answers.map((a) => a.ms);
	t.diagnostic(`${traffic.answers.length} answers, 0 failed; half within ` +
		`${quantile(took, 0.5).toFixed(1)} ms, 99 % within ${quantile(took, 0.99).toFixed(0)} ms`);
}

function expectNewWorkers(before) {
	return settled(({ workers }) => workers.every((w) => !before.includes(w.pid)));
}

/** USR2 once, until workers of the new image are there. */
async function handover() {
	const before = await pids();

	signal('USR2');
	await expectNewWorkers(before);
}

describe('HUP', () => {
	test('100 times under 8 clients: no failed request', (t) => unharmed(t, 8, async () => {
		const { generation } = await status();

		for (let i = 0; i < 100; i += 1) {
			const mark = logMark();

			signal('HUP');
			await logged(mark, 'reloaded');
		}
		assert.equal((await status()).generation, generation + 100);
	}));

	test('without waiting for the last to be done: no failed request', (t) => unharmed(t, 8, async () => {
		const { generation } = await status();

		for (let i = 0; i < 50; i += 1)
			signal('HUP');
		await settled((board) => board.generation > generation);
	}));

	test('takes a new number of workers', async () => {
		await reload({ 'api.workers': 2 });
		assert.equal((await status()).workers.length, 2);
		await reload({ 'api.workers': 6 });
		assert.equal((await status()).workers.length, 6);
		await reload({});
	});

	test('is refused for a broken configuration, which the log says; the old one stays', async () => {
		const before = await pids();

		for (const broken of [{ 'no.such_key': '1' }, { 'api.workers': 'many' },
			{ 'api.socket': '/nowhere/else.sock' }]) {
			const mark = logMark();

			configure({ 'debug.headers': 'off', ...broken });
			signal('HUP');
			await logged(mark, 'reload_refused');
			const res = await robin.client.get('/api/auth/me');
			expectOk(res);
			assert.ok(before.includes(Number(res.headers['x-hob-worker'])), 'another worker or setting');
			assert.deepEqual(await pids(), before);
		}
		configure();
	});
});

describe('TTIN and TTOU', () => {
	test('50 of each under 16 clients: no failed request', (t) => unharmed(t, 16, async () => {
		const usual = (await status()).workers_configured;
		const running = (n) => until(`${n} workers`, async () => {
			const { workers } = await status();
			return workers.length === n && workers.every((w) => w.state !== 'starting');
		});

		for (let i = 0; i < 50; i += 1) {
			signal('TTIN');
			await running(usual + 1);
			signal('TTOU');
			await running(usual);
		}
	}));

	test('never takes the last worker', async () => {
		const usual = (await status()).workers_configured;

		for (let left = usual - 1; left >= 1; left -= 1) {
			signal('TTOU');
			await until(`${left} are left`, async () => (await status()).workers.length === left);
		}
		signal('TTOU');
		for (let i = 0; i < 20; i += 1)
			expectOk(await robin.client.get('/api/auth/me'));
		assert.equal((await status()).workers.length, 1);
		signal('HUP');
		await settled((board) => board.workers.length === usual);
	});
});

describe('USR2', () => {
	test('and HUP under 32 clients: no failed GET or POST, the same master, new workers', async (t) => {
		const { master_pid: master } = await status();

		await unharmed(t, 32, async () => {
			for (let i = 0; i < 5; i += 1) {
				await handover();
				await reload();
			}
		});
		assert.equal((await status()).master_pid, master);
		assert.ok(isAlive(master));
	});

	test('lets a request under way finish', async () => {
		const before = await pids();
		const { answer } = await holding(robin, 1500);

		signal('USR2');
		expectOk(await answer);
		await expectNewWorkers(before);
	});

	test('finds a program that was called by its bare name', async (t) => {
		const conf = separateConf(folder, { 'api.workers': 1 });
		const mark = logMark(setting('log.file', conf));
		const api = spawn(`${folder.path}/hob-api`, ['-c', conf],
			{ ...asOwner, argv0: 'hob-api', stdio: 'ignore' });

		t.after(() => api.kill('SIGKILL'));
		await logged(mark, 'pool_ready');
		api.kill('SIGUSR2');
		await until('the new image is ready', () => logSince(mark, 'pool_ready').length === 2);
		assert.deepEqual(logSince(mark, 'handover_refused'), []);
	});

	test('is refused when the new program does not accept what it finds', async (t) => {
		const before = await pids();
		const mark = logMark();

		await writeFile(`${folder.path}/bad`, '#!/bin/sh\necho "not today" >&2\nexit 1\n', { mode: 0o755 });
		await rename(program, `${program}.kept`);
		await copyFile(`${folder.path}/bad`, program);
		try {
			await unharmed(t, 8, async () => {
				signal('USR2');
				await logged(mark, 'handover_refused');
			});
		} finally {
			await rm(program);
			await rename(`${program}.kept`, program);
		}
		assert.deepEqual(await pids(), before);
		await handover();
		expectOk(await robin.client.get('/api/auth/me'));
	});
});

describe('a kept connection outlives the worker it is with', () => {
	/** A request is under way on a connection while `trouble` happens; then comes another. */
	async function outlives(t, ms, trouble) {
		const socket = await connect(setting('api.socket'));
		const requestId = 'on-a-kept-connection';
		const answer = send(socket, { method: 'PATCH', path: '/api/auth/me', token: robin.token, requestId,
			body: { first_name: `held ${ms}` } });

		t.after(() => socket.destroy());
		answer.catch(() => {});
		await until('it is under way', async () => (await status()).workers
			.some((w) => w.request_id === requestId && w.state === 'db wait'));
		await trouble();
		assert.match(await answer, /^Status: 200/);
		assert.match(await get(socket, '/livez'), /alive/);
	}

	test('by HUP', (t) => outlives(t, 800, async () => {
		const mark = logMark();

		signal('HUP');
		await logged(mark, 'reloaded');
	}));

	// Longer than the master waits for its workers before it executes the new program.
	for (const ms of [400, 1600])
		test(`by USR2, with ${ms} ms to go`, (t) => outlives(t, ms, async () => {
			const mark = logMark();

			signal('USR2');
			await logged(mark, 'pool_ready', {}, 20);
		}));
});

describe('the end', () => {
	/** hob-api as our child in place of the stack's, so that its exit code can be seen. */
	async function inOurHands() {
		await stack('stop', 'api');
		const api = startApi('-c', confPath);

		await until('it serves', async () => (await robin.client.get('/api/auth/me')).status === 200);
		await settled();
		return api;
	}

	test('TERM: a request under way is answered, then the process exits with 0', async () => {
		const api = await inOurHands();
		const { workers } = await status();
		const { answer } = await holding(robin, 1000);
		const asked = performance.now();

		process.kill(api.pid, 'SIGTERM');
		expectOk(await answer);
		const { code, signal } = await api.ended;
		assert.deepEqual({ code, signal }, { code: 0, signal: null });
		assert.ok(performance.now() - asked < 5000, 'it took its time after the last request');
		assert.deepEqual(workers.filter((w) => isAlive(w.pid)), []);
		expectProblem(await robin.client.get('/api/auth/me'), 503, 'try_later');
	});

	test('TERM under load: every answer is whole, and refusals begin only then', async (t) => {
		const api = await inOurHands();
		const traffic = load(8, readAndWrite, { pauseMs: 2 });

		t.after(traffic.stop);
		await traffic.flowing();
		assert.equal(traffic.count(503), 0);
		process.kill(api.pid, 'SIGTERM');
		assert.equal((await api.ended).code, 0);
		await until('it is refused', () => traffic.count(503) > 8);
		await traffic.stop();
		expectOnly(traffic, [200, 201, 503]);
	});

	test('INT: at once, and with 0', async () => {
		const api = await inOurHands();
		const { answer } = await holding(robin, 4000);

		process.kill(api.pid, 'SIGINT');
		assert.equal((await api.ended).code, 0);
		expectProblem(await answer, 503, 'try_later');
	});

	test('USR1 opens the log anew, for workers without a pause too', async (t) => {
		await stack('start', 'api');
		const { workers } = await settled();
		const path = setting('log.file');
		const moved = `${path}.1`;
		const traffic = load(32, (options) => robin.client.get('/api/auth/me', options));

		t.after(traffic.stop);
		await traffic.flowing();
		const { pid: relay, forgotten } = await hearing();
		await rename(path, moved);
		signal('USR1');
		const mark = { path, bytes: 0 };
		await until('every worker logs in the new file', () =>
			new Set(logSince(mark, 'request').map((line) => line.worker)).size === workers.length);
		const { size } = await stat(moved);
		await traffic.flowing();
		assert.equal((await stat(moved)).size, size, 'somebody still writes to the old file');
		await traffic.stop();
		expectOnly(traffic, [200]);
		await until('no process of hob-api holds the old file', async () =>
			(await run('find', ['/proc', '-maxdepth', '3', '-path', '/proc/[0-9]*/fd/*', '-lname', moved])
				.catch(({ stdout }) => ({ stdout }))).stdout === '');
		// What all hosts remember still counts: the relay has gone on.
		assert.deepEqual(await hearing(), { pid: relay, forgotten });
		await rm(moved);
	});

	test('HUP with another api.max_requests: the workers that it makes keep to it', async () => {
		const pids = async () => (await settled()).workers.map((w) => w.pid);

		await stack('start', 'api');
		await reload({ 'api.max_requests': 20 });
		const made = await pids();
		await until('each of them is replaced', async () => {
			for (let i = 0; i < 20; i += 1)
				expectOk(await robin.client.get('/livez'));
			return (await pids()).every((pid) => !made.includes(pid));
		});
		configure();
	});

	test('HUP that changes nothing of Redis lets the relay go on, one that changes the log does not', async () => {
		await stack('start', 'api');
		const before = await hearing();
		const mark = logMark();

		await reload({ 'api.max_requests': 5000 });
		assert.deepEqual(await hearing(), before);
		await reload({ 'log.slow': '777ms' });
		await until('another relay is there', async () => (await hearing()).pid !== before.pid);
		assert.equal(logSince(mark, 'aide_died').length, 0);
	});
});
