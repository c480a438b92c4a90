// seeing.test.mjs: the status sockets of the masters: they answer while every worker is stopped or dead, whoever is at
// them disturbs no request, and what they count survives workers and reloads.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { setTimeout as passes } from 'node:timers/promises';

import { Panel } from '../admin/support/staff.mjs';
import { nobody } from '../api/support/client.mjs';
import { expectOk, expectProblem } from '../api/support/expect.mjs';
import { signUp } from '../api/support/people.mjs';
import { answered, connection, metrics, page, socketOf, textOf } from './seeing.mjs';
import { asOwner, configure, hobStatus, isAlive, load, median, pids, quantile, reload, settled, signal, stack, status,
	until } from './support.mjs';

const PROGRAMS = ['hob-api', 'hob-admin', 'hob-jobs'];
const ME = '/api/auth/me';

let robin;

before(async () => {
	robin = await signUp();
	await settled();
});
after(async () => {
	configure();
	await stack('up');
});

describe('the status socket', () => {
	test('is for the group that nginx is in, and nobody else', () => {
		for (const program of PROGRAMS)
			assert.equal(statSync(socketOf(program)).mode & 0o777, 0o660);
	});

	test('has the pages of each program', async () => {
		for (const program of PROGRAMS) {
			assert.equal(await textOf('/livez', program), 'ok\n');
			assert.equal(await textOf('/ping', program), 'pong\n');
			assert.match((await page('/metrics', program)).type, /^text\/plain; version=0\.0\.4;/);
			assert.equal((await page('/status?json', program)).type, 'application/json');
			assert.equal(JSON.parse(await textOf('/status?json', program)).running, true);
			const { status: code, text } = await page('/nothing', program);

			assert.equal(code, 404);
			assert.equal(text, '/status\n/status?json\n/metrics\n/livez\n/ping\n');
		}
		assert.match(await textOf('/status', 'hob-jobs'), /^hob-jobs running, pid \d+/);
	});

	test('says what hob status says', async () => {
		// Numbers move; what each line is about, and which workers there are, stays.
		const still = (text) => text.split('\n').map((line) => line.slice(0, 15));
		const { stdout } = await hobStatus();
		const shown = still((await textOf('/status')).trimEnd());

		assert.deepEqual(still(stdout).slice(0, shown.length), shown);
		const { jobs, ...pool } = await status();

		assert.ok(jobs.running);
		assert.deepEqual(Object.keys(JSON.parse(await textOf('/status?json'))), Object.keys(pool));
		assert.deepEqual(Object.keys(JSON.parse(await textOf('/status?json', 'hob-jobs'))), Object.keys(jobs));
	});

	test('takes HTTP as it comes, and answers nonsense', async () => {
		const said = async (bytes) => (await connection(bytes)).closed;

		assert.match(await said('GET /ping HTTP/1.1\r\nHost: x\r\n\r\n'), /^HTTP\/1\.0 200 [^]*\n\r\npong\n$/);
		assert.match(await said('GET /ping\n\n'), /^HTTP\/1\.0 404 /, 'nobody speaks HTTP/0.9');
		assert.match(await said('HEAD /ping HTTP/1.0\r\n\r\n'), /Content-Length: 5\r\n[^]*\r\n\r\n$/);
		assert.match(await said('POST /ping HTTP/1.0\r\n\r\n'), /^HTTP\/1\.0 405 [^]*Allow: GET, HEAD/);
		assert.match(await said('\r\n\r\n'), /^HTTP\/1\.0 405 /);
		assert.match(await said(Buffer.from([0, 255, 32, 0, 10, 10])), /^HTTP\/1\.0 405 /);
		assert.match(await said(`GET /${'x'.repeat(4000)} HTTP/1.0\r\n\r\n`), /^HTTP\/1\.0 404 /);
		assert.match(await said('x'.repeat(4096)), /^HTTP\/1\.0 431 /);
		assert.match(await said(`GET /ping HTTP/1.0\r\n${'A: b\r\n'.repeat(1000)}`), /^(HTTP\/1\.0 431 |$)/);
	});
});

describe('all workers', () => {
	test('may be stopped: every page is there, and says so', async (t) => {
		const stopped = await pids();
		const go = () => stopped.forEach((pid) => isAlive(pid) && process.kill(pid, 'SIGCONT'));

		t.after(go);
		stopped.forEach((pid) => process.kill(pid, 'SIGSTOP'));
		await until('it is seen', async () =>
			(await metrics())['hob_workers{state="stopped"}'] === stopped.length);
		expectProblem(await nobody.get('/livez'), 503, 'try_later');
		assert.equal(await textOf('/livez'), 'ok\n');
		assert.equal((await textOf('/status')).match(/ stopped /g).length, stopped.length);
		assert.ok(JSON.parse(await textOf('/status?json')).workers.every((worker) => worker.stopped));
		assert.ok((await metrics())['hob_requests_shed_total{reason="stale"}'] >= 1);
		go();
		await until('they work again', async () => (await nobody.get('/livez')).status === 200);
	});

	test('may be dead, again and again', async () => {
		const { crashes } = await status();

		for (let round = 0; round < 5; round += 1) {
			(await status()).workers.forEach(({ pid }) => isAlive(pid) && process.kill(pid, 'SIGKILL'));
			for (const path of ['/livez', '/status', '/metrics'])
				await textOf(path);
		}
		const { workers_configured: workers } = await settled();

		await until('all are counted', async () => (await status()).crashes >= crashes + workers);
		assert.equal((await metrics()).hob_worker_crashes_total, (await status()).crashes);
		assert.equal((await metrics())['hob_workers{state="idle"}'] >= 1, true);
	});
});

describe('who is slow, silent, many or talks nonsense', () => {
	test('is closed, disturbs no request, and others have their turn', async (t) => {
		const nonsense = Buffer.from(Array.from({ length: 100 }, (_, n) => n * 37 % 256));
		const traffic = load(4, (options) => robin.client.get(ME, options));
		const alone = await traffic.flowing(300).then(() => traffic.answers.map(({ ms }) => ms));
		const before = traffic.answers.length;
		const began = performance.now();
		const crowd = [];

		// Silent, half a request, one that is never read, nonsense: ten of each, eight have room at a time.
		for (let i = 0; i < 10; i += 1) {
			crowd.push(await connection(''), await connection('GET /metr'));
			const deaf = await connection('GET /metrics HTTP/1.0\r\n\r\n');

			deaf.socket.pause();
			crowd.push(deaf, await connection(nonsense));
		}
		const asked = page('/livez', 'hob-api', 60000);

		await traffic.flowing(600);
		await asked;
		const waited = performance.now() - began;

		await traffic.stop();
		crowd.forEach(({ socket }) => socket.destroy());
		assert.deepEqual(traffic.broken, []);
		assert.equal(traffic.count(200), traffic.answers.length);
		const meanwhile = traffic.answers.slice(before).map(({ ms }) => ms);
		const [usual, now] = [median(alone), median(meanwhile)];

		t.diagnostic(`half within ${usual.toFixed(1)} ms, with the crowd ${now.toFixed(1)} ms, all within `
			+ `${Math.max(...meanwhile).toFixed(0)}; /livez after ${waited.toFixed(0)} ms`);
		assert.ok(now < 3 * usual + 5, `${usual} became ${now} ms`);
		await until('others have their turn', async () => (await page('/livez')).status === 200);
	});

	test('that asks and asks takes a twentieth of the master and no more', async () => {
		let going = true;
		let pages = 0;
		const ask = async () => {
			while (going) {
				await page('/metrics', 'hob-api', 30000);
				pages += 1;
			}
		};
		const asking = Array.from({ length: 16 }, ask);
		const traffic = load(4, (options) => robin.client.get(ME, options));

		await traffic.flowing(500);
		going = false;
		await traffic.stop();
		await Promise.all(asking);
		assert.ok(pages > 0);
		assert.deepEqual(traffic.broken, []);
		assert.ok(quantile(traffic.answers.map(({ ms }) => ms), 0.99) < 250);
	});
});

describe('a master that has no descriptor left', () => {
	test('does not ask for one again and again', async (t) => {
		const { master_pid: pid } = await status();
		const most = (count) => execFileSync('prlimit', ['--pid', String(pid), `--nofile=${count}:`],
			asOwner);
		const cpuMs = () => Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
		const usual = /^Max open files +(\d+)/m.exec(readFileSync(`/proc/${pid}/limits`, 'utf8'))[1];

		t.after(() => most(usual));
		most(3);
		const { closed } = await connection('GET /livez HTTP/1.0\r\n\r\n');
		const before = cpuMs();

		await passes(1000);
		const took = cpuMs() - before;

		most(usual);
		assert.match(await closed, /^HTTP\/1\.0 200 /, 'who waited is answered');
		t.diagnostic(`${took.toFixed(0)} ms of the processor in a second`);
		assert.ok(took < 300, `${took} ms`);
	});
});

describe('what is counted', () => {
	const taken = async () => answered(await metrics(), 'GET', ME, '2xx');

	test('is each request by its route and class of status, and how long it took', async () => {
		const before = await metrics();

		for (let i = 0; i < 5; i += 1)
			expectOk(await robin.client.get(ME));
		expectProblem(await nobody.get(ME), 401, 'unauthorized');
		expectProblem(await nobody.get('/api/no/such'), 404, 'not_found');
		// A worker counts when it has sent.
		const now = await until('all are counted', async () => {
			const seen = await metrics();

			return answered(seen, 'none', 'none', '4xx') > answered(before, 'none', 'none', '4xx') && seen;
		});
		const more = (...cell) => answered(now, ...cell) - answered(before, ...cell);

		assert.equal(more('GET', ME, '2xx'), 5);
		assert.equal(more('GET', ME, '4xx'), 1);
		assert.equal(more('none', 'none', '4xx'), 1);
		const labels = `{method="GET",route="${ME}",status="2xx"`;

		assert.equal(now[`hob_http_request_duration_seconds_bucket${labels},le="+Inf"}`],
			answered(now, 'GET', ME, '2xx'));
		assert.ok(now[`hob_http_request_duration_seconds_sum${labels}}`] > 0);
		assert.ok(now['hob_cache_lookups_total{cache="answer",result="hit"}'] >
			before['hob_cache_lookups_total{cache="answer",result="hit"}']);
	});

	test('survives a worker that is killed, and a reload', async () => {
		const before = await taken();

		expectOk(await robin.client.get(ME));
		for (const pid of await pids())
			process.kill(pid, 'SIGKILL');
		await until('they are counted as dead', async () => (await settled()) && await taken() === before + 1);
		await reload();
		assert.equal(await taken(), before + 1);
		expectOk(await robin.client.get(ME));
		await until('it goes on', async () => await taken() === before + 2);
	});

	test('begins anew with a new image of the program, whose socket takes the place of the former', async () => {
		const { hob_master_start_time_seconds: started } = await metrics();
		const { generation } = await reload();

		assert.ok(generation > 1);
		signal('USR2');
		await until('the next image is there', async () =>
			(await metrics().catch(() => null))?.hob_worker_generation === 1);
		await settled();
		assert.equal(await taken(), 0);
		assert.equal((await metrics()).hob_master_start_time_seconds, started);
	});

	test('has workers that left used up, and their size', async () => {
		await reload({ 'api.max_requests': 20 });
		await until('one has left', async () => {
			await robin.client.get(ME);
			return (await metrics()).hob_worker_recycles_total > 0;
		});
		const seen = await metrics();
		const sizes = Object.entries(seen)
			.filter(([name]) => name.startsWith('hob_worker_resident_memory_bytes'));

		assert.ok(sizes.some(([, bytes]) => bytes > 1e6 && bytes < 1e8), JSON.stringify(sizes));
	});

	test('is of hob-admin as well', async () => {
		await new Panel().get('/readyz');
		await until('it is counted', async () =>
			answered(await metrics('hob-admin'), 'GET', '/api/admin/readyz', '2xx') > 0);
	});

	test('has the state of the database and of Redis', async () => {
		const says = (what, wanted, program) =>
			until(`${what} is ${wanted}`, async () => (await metrics(program))[what] === wanted, 30);

		await says('hob_database_up', 1);
		await says('hob_redis_up', 1);
		await stack('kill', 'postgres');
		await stack('kill', 'redis');
		await says('hob_database_up', 0);
		await says('hob_database_up', 0, 'hob-jobs');
		await says('hob_redis_up', 0);
		await stack('start', 'postgres');
		await stack('start', 'redis');
		await says('hob_database_up', 1);
		await says('hob_database_up', 1, 'hob-jobs');
		await says('hob_redis_up', 1);
	});
});

describe('a master that ends', () => {
	test('takes its socket away', async () => {
		await stack('stop', 'jobs');
		assert.equal(existsSync(socketOf('hob-jobs')), false);
		await stack('start', 'jobs');
		await until('it is there again', async () => (await page('/livez', 'hob-jobs')).status === 200);
	});

	test('by KILL leaves one, which the next takes the place of', async () => {
		await stack('kill', 'jobs');
		assert.equal(existsSync(socketOf('hob-jobs')), true);
		await assert.rejects(page('/livez', 'hob-jobs'), { code: 'ECONNREFUSED' });
		await stack('start', 'jobs');
		await until('it answers', () => page('/livez', 'hob-jobs').then(() => true, () => false));
	});
});
