// pool.test.mjs: the pool when things go wrong around it: all workers stuck, a reload that cannot
// work, connections of the database that run out, descriptors that run out, two masters, no master.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { after, before, beforeEach, describe, test } from 'node:test';
import { promisify } from 'node:util';

import { nobody } from '../api/support/client.mjs';
import { sql } from '../api/support/db.mjs';
import { expectOk, expectProblem } from '../api/support/expect.mjs';
import { newResidence, signUp } from '../api/support/people.mjs';
import { programs } from '../api/support/workers.mjs';
import { connect, get } from './fastcgi.mjs';
import { asOwner, configure, expectOnly, hobStatus, holding, installHold, isAlive, load, logged, logMark,
	logSince, pids, reload, removeHold, scratchFolder, separateConf, setting, settled, signal, stack, startApi,
	state, status, superuser, until } from './support.mjs';

const run = promisify(execFile);
// A read that no worker remembers.
const ASKED = '/api/auth/sessions';
const WORKERS = 4;

let people;
let robin;
let residence;
let folder;

before(async () => {
	people = await Promise.all(Array.from({ length: 4 }, () => signUp()));
	[robin] = people;
	residence = await newResidence(robin);
	folder = scratchFolder();
	await installHold();
});

beforeEach(async () => {
	configure({ 'api.workers': WORKERS });
	await stack('restart', 'api');
	await settled();
});

after(async () => {
	folder.remove();
	configure();
	await superuser('ALTER ROLE hob_api CONNECTION LIMIT -1');
	await stack('up');
	await removeHold();
});

function readAndWrite(options, client, round) {
	return round % 3 === 0
		? robin.client.post('/api/tasks', { residence_id: residence.id, title: 'Sweep' }, options)
		: robin.client.get(ASKED, options);
}

/** Load while `trouble` is under way, and nothing fails. */
async function unharmed(t, clients, trouble) {
	const traffic = load(clients, readAndWrite);

	t.after(traffic.stop);
	await traffic.flowing();
	await trouble(traffic);
	await traffic.flowing();
	await traffic.stop();
	expectOnly(traffic, [200, 201]);
}

/** A hob-api of its own: { conf, mark, pid, ended, log }, killed when the test is over. */
function separate(t, changes) {
	const conf = separateConf(folder, changes);
	const mark = logMark(setting('log.file', conf));
	const api = startApi('-c', conf);

	t.after(() => isAlive(api.pid) && process.kill(api.pid, 'SIGKILL'));
	return { conf, mark, ...api };
}

async function connectTo(conf) {
	return until('its socket is there', () => connect(setting('api.socket', conf)).catch(() => null));
}

describe('all workers are stuck', () => {
	/** Every worker is in a request and stopped; resolves to what lets them go on. */
	async function stopAll(t) {
		const held = await Promise.all(people.slice(0, WORKERS).map((person) => holding(person, 3000)));
		const stuck = held.map(({ pid }) => pid);
		const go = () => stuck.forEach((pid) => isAlive(pid) && process.kill(pid, 'SIGCONT'));

		assert.equal(new Set(stuck).size, WORKERS);
		t.after(go);
		stuck.forEach((pid) => process.kill(pid, 'SIGSTOP'));
		return { go, answers: held.map(({ answer }) => answer) };
	}

	const stuckPool = { 'api.workers': WORKERS, 'api.stale': '500ms', 'api.deadline': '60s',
		'api.kill_after': '120s', 'api.proxy_timeout': '130s' };

	test('the gate itself refuses what waits longer than api.stale, and it is never executed', async (t) => {
		await reload(stuckPool);
		const { shed: before } = await status();
		const { go, answers } = await stopAll(t);

		// Both are answered although nobody can work: the workers go on only afterwards.
		const [live, made] = await Promise.all([nobody.get('/livez'),
			robin.client.post('/api/residences', { name: 'Too late' })]);
		expectProblem(live, 503, 'try_later');
		expectProblem(made, 503, 'try_later');
		assert.equal(made.headers['retry-after'], '1');
		assert.equal((await status()).shed, before + 2);
		go();
		(await Promise.all(answers)).forEach((res) => expectOk(res));
		await settled(({ queue_now: queue }) => queue === 0);
		expectOk(await robin.client.get(ASKED));
		const [count] = await sql(
			"SELECT count(*) FROM residences WHERE owner_id = :'id' AND name = 'Too late'",
			{ id: robin.user.id });
		assert.equal(Number(count), 0);
	});

	test('what did not even fit into the queue is refused too', async (t) => {
		await reload({ ...stuckPool, 'api.queue_per_worker': 1 });
		const { go, answers } = await stopAll(t);
		const crowd = await Promise.all(Array.from({ length: 100 }, () => nobody.get('/livez')));

		crowd.forEach((res) => expectProblem(res, 503, 'try_later'));
		go();
		(await Promise.all(answers)).forEach((res) => expectOk(res));
		expectOk(await nobody.get('/livez'));
	});
});

describe('a reload', () => {
	const wrong = [
		['a host that is not there', 'host=/nowhere dbname=hob user=hob_api', /^database: .*\/nowhere/],
		['a role that does not exist', () => setting('db.url').replace('user=hob_api', 'user=hob_nobody'),
			/^database: .*hob_nobody/],
		['a login that may not serve', () => setting('db.url').replace('user=hob_api', 'user=postgres'),
			/^schema: .*superuser/],
	];

	for (const [what, url, why] of wrong)
		test(`with ${what} in db.url is refused, the log says so, the old workers serve on`, async (t) => {
			const before = await pids();
			const mark = logMark();

			configure({ 'api.workers': WORKERS, 'db.url': typeof url === 'string' ? url : url() });
			await unharmed(t, 8, async () => {
				signal('HUP');
				const line = await logged(mark, 'reload_refused', {}, 20);
				assert.match(line.detail, why);
			});
			assert.deepEqual(await pids(), before);
			assert.deepEqual(logSince(mark, 'reloaded'), []);
			// The successor of an old one has the old configuration: it serves.
			process.kill(before[0], 'SIGKILL');
			await settled(({ workers }) =>
				workers.every((w) => w.pid !== before[0] && w.database === 'ready'));
		});

	test('for which the database has no second connection per worker changes them one by one', async (t) => {
		await superuser(`ALTER ROLE hob_api CONNECTION LIMIT ${WORKERS}`);
		t.after(() => superuser('ALTER ROLE hob_api CONNECTION LIMIT -1'));
		const before = await pids();
		const mark = logMark();

		await unharmed(t, 8, async () => {
			signal('HUP');
			await logged(mark, 'reloaded', {}, 40);
		});
		assert.equal(logSince(mark, 'connections_short').length, 1);
		const { workers } = await settled();
		assert.deepEqual(workers.filter((w) => before.includes(w.pid)), []);
		assert.ok(workers.every((w) => w.database === 'ready'));
		assert.deepEqual(logSince(mark, 'database_away'), []);
	});

	test('to more workers than the database has connections for is accepted with those that serve', async (t) => {
		await superuser(`ALTER ROLE hob_api CONNECTION LIMIT ${WORKERS}`);
		t.after(() => superuser('ALTER ROLE hob_api CONNECTION LIMIT -1'));
		const before = await pids();
		const mark = logMark();

		configure({ 'api.workers': WORKERS + 2 });
		await unharmed(t, 8, async () => {
			signal('HUP');
			await logged(mark, 'reloaded', {}, 40);
		});
		assert.match((await logged(mark, 'workers_short')).detail, /^4 of 6 new workers can serve/);
		assert.deepEqual(logSince(mark, 'reload_failed'), []);
		const { workers, workers_linked: linked } = await settled();
		assert.deepEqual(workers.filter((w) => before.includes(w.pid)), []);
		assert.equal(linked, WORKERS);
		await superuser('ALTER ROLE hob_api CONNECTION LIMIT -1');
		await settled((board) => board.workers_linked === WORKERS + 2);
	});

	test('and USR2 right behind it are both done', async () => {
		const { generation } = await settled();
		const before = await pids();
		const mark = logMark();

		signal('HUP');
		signal('USR2');
		await logged(mark, 'handover', {}, 20);
		await settled(({ workers }) => workers.every((w) => !before.includes(w.pid)));
		assert.ok(generation >= 1);
	});
});

describe('the database', () => {
	/** Ends the connection of one worker, whose next try is refused: three may be there. */
	async function cutOne() {
		await superuser(`ALTER ROLE hob_api CONNECTION LIMIT ${WORKERS - 1}`,
			`SELECT pg_terminate_backend(pid) FROM (SELECT max(pid) AS pid FROM pg_stat_activity
			 WHERE usename = 'hob_api') AS last`);
		return until('one is without',
			async () => (await status()).workers.find((w) => w.database === 'refused'));
	}

	test('refuses one of four workers a connection: it stands aside, and no request fails', async (t) => {
		t.after(() => superuser('ALTER ROLE hob_api CONNECTION LIMIT -1'));
		const mark = logMark();
		const { pid, requests } = await cutOne();

		await unharmed(t, 8, async (traffic) => {
			await traffic.flowing(200);
			const { workers, workers_linked: linked } = await status();
			assert.equal(linked, WORKERS - 1);
			assert.equal(workers.find((w) => w.pid === pid).requests, requests, 'it took requests');
		});
		assert.match((await hobStatus()).stdout, /database 3 of 4 workers have a link: .*too many connections/);
		await superuser('ALTER ROLE hob_api CONNECTION LIMIT -1');
		await settled(({ workers_linked: linked }) => linked === WORKERS);
		assert.deepEqual(logSince(mark, 'database_away'), [], 'three had it');
	});

	test('one without a connection is there when the others are stuck', async (t) => {
		t.after(() => superuser('ALTER ROLE hob_api CONNECTION LIMIT -1'));
		await reload({ 'api.workers': WORKERS, 'api.stale': '19s' });
		const { pid } = await cutOne();
		const held = await Promise.all(people.slice(0, WORKERS - 1).map((person) => holding(person, 4000)));
		const live = await nobody.get('/livez');

		assert.equal(expectOk(live).status, 'alive');
		assert.equal(Number(live.headers['x-hob-worker']), pid);
		(await Promise.all(held.map(({ answer }) => answer))).forEach((res) => expectOk(res));
	});

	test('goes and comes back: said once for the host, a 5xx is a warning, and hob status shows it', async (t) => {
		const mark = logMark();
		const traffic = load(8, readAndWrite, { pauseMs: 5 });

		t.after(traffic.stop);
		t.after(() => stack('start', 'postgres'));
		await traffic.flowing();
		await stack('stop', 'postgres');
		await logged(mark, 'database_away');
		await until('no worker has it', async () => (await status()).workers_linked === 0);
		assert.match((await hobStatus()).stdout, /database 0 of 4 workers have a link: ./);
		const refused = expectProblem(await robin.client.get(ASKED), 503, 'try_later');
		assert.equal(expectOk(await nobody.get('/livez')).status, 'alive');
		const line = await until('the refusal is logged', () => logSince(mark)
			.find((l) => l.request_id === refused.request_id));
		assert.equal(line.level, 'warn');
		await stack('start', 'postgres');
		await logged(mark, 'database_back');
		await settled(({ workers_linked: linked }) => linked === WORKERS);
		await traffic.flowing();
		await traffic.stop();
		assert.equal(logSince(mark, 'database_away').length, 1);
		assert.equal(logSince(mark, 'database_back').length, 1);
	});

	test('refuses the login from the start: said once, and not beside pool_ready', async (t) => {
		const url = setting('db.url').replace('user=hob_api', 'user=hob_nobody');
		const { conf, mark } = separate(t, { 'api.workers': 3, 'db.url': url });
		const socket = await connectTo(conf);

		t.after(() => socket.destroy());
		await until('all have tried', async () => (await status(conf)).workers
			.filter((w) => w.state === 'idle' && w.database === 'away').length === 3);
		assert.match(await get(socket, '/livez'), /alive/);
		const said = logSince(mark).filter((l) => l.event !== 'redis_heard');
		assert.equal(said.filter((l) => l.event === 'database_away').length, 1);
		assert.match(said.find((l) => l.event === 'database_away').detail, /hob_nobody/);
		assert.equal(said.filter((l) => l.event === 'pool_ready').length, 0);
	});
});

describe('a worker that dies', () => {
	const stats = async () => JSON.parse((await run(`${programs}/hob`, ['cache', 'stats', '--json'])).stdout);

	test('while it starts or waits changed nothing: what the hosts remember stays good', async () => {
		const { unsent } = await stats();
		const mark = logMark();

		for (const pid of await pids()) {
			process.kill(pid, 'SIGKILL');
			await logged(mark, 'worker_died', { pid });
		}
		await settled();
		assert.equal((await stats()).unsent, unsent);
	});

	test('in a write may have changed something: nothing that is remembered counts', async () => {
		const { unsent } = await stats();
		const mark = logMark();
		const { answer, pid } = await holding(robin, 2000);

		process.kill(pid, 'SIGKILL');
		expectProblem(await answer, 503, 'try_later');
		const line = await logged(mark, 'worker_died', { pid });
		assert.equal(line.statement, 'me_update');
		assert.ok((await stats()).unsent > unsent);
	});

	test('by the master\'s hand is logged with the name of the statement', async () => {
		await reload({ 'api.workers': WORKERS, 'api.deadline': '6s', 'api.kill_after': '7s' });
		const mark = logMark();
		const { answer, pid } = await holding(robin, 2500);

		process.kill(pid, 'SIGSTOP');
		expectProblem(await answer, 503, 'try_later');
		assert.equal((await logged(mark, 'worker_killed', { pid })).statement, 'me_update');
	});
});

describe('the master', () => {
	test('says how many workers TTIN and TTOU leave it with', async () => {
		const mark = logMark();

		signal('TTIN');
		assert.match((await logged(mark, 'workers_wanted')).detail, /^5 workers, 4 configured/);
		signal('TTOU');
		await until('both are logged', () => logSince(mark, 'workers_wanted').length === 2);
		await settled();
		for (let left = WORKERS - 1; left > 0; left -= 1) {
			signal('TTOU');
			await until(`${left} are left`, async () => (await status()).workers.length === left);
		}
		signal('TTOU');
		assert.match((await logged(mark, 'workers_kept')).detail, /fewest/);
	});

	test('that ends leaves neither pid file nor socket behind', async (t) => {
		const { conf, mark, pid, ended } = separate(t, {});

		await logged(mark, 'pool_ready');
		assert.equal(Number(readFileSync(`${folder.path}/hob-api.pid`, 'utf8')), pid);
		assert.ok(existsSync(setting('api.socket', conf)));
		process.kill(pid, 'SIGTERM');
		assert.equal((await ended).code, 0);
		assert.equal(existsSync(setting('api.socket', conf)), false, 'the socket is there');
		assert.equal(existsSync(`${folder.path}/hob-api.pid`), false, 'the pid file is there');
	});

	test('is the only one of its run_dir: a second is refused, also after USR2', async () => {
		const first = await settled();
		const before = await pids();
		const again = () => startApi('-c',
			separateConf(folder, { 'api.run_dir': setting('api.run_dir') })).ended;

		for (const round of ['fresh', 'after USR2']) {
			const { code, said } = await again();

			assert.equal(code, 78, round);
			assert.match(said, /another hob-api runs in /);
			assert.equal(existsSync(`${folder.path}/api.sock`), false, 'its socket stayed');
			assert.equal((await status()).master_pid, first.master_pid);
			signal('USR2');
			await settled(({ workers }) => workers.every((w) => !before.includes(w.pid)));
		}
		expectOk(await robin.client.get(ASKED));
	});

	test('says once that descriptors are short, and hob status calls it by its name', async (t) => {
		const conf = separateConf(folder, { 'api.workers': 1 });
		const mark = logMark(setting('log.file', conf));
		const api = spawn('sh', ['-c', `ulimit -n 40; exec ${state}/bin/hob-api -c ${conf}`],
			{ ...asOwner, stdio: 'ignore' });
		const sockets = [];

		t.after(() => { sockets.forEach((s) => s.destroy()); api.kill('SIGKILL'); });
		await logged(mark, 'pool_ready');
		for (let i = 0; i < 60; i += 1)
			sockets.push(await connectTo(conf));
		await logged(mark, 'descriptors_short');
		assert.match((await hobStatus([], conf)).stdout, /NO DESCRIPTORS LEFT/);
		assert.equal((await status(conf)).descriptors_short, true);
		await until('it has tried again', async () => (await status(conf)).silent_ms < 250);
		assert.equal(logSince(mark, 'descriptors_short').length, 1);
		sockets.splice(0).forEach((s) => s.destroy());
		await until('it accepts again', async () => (await status(conf)).descriptors_short === false);
	});
});

describe('hob status', () => {
	test('of a master that runs ends with 0', async () => {
		assert.equal((await hobStatus()).code, 0);
	});

	test('of a stopped master says so and does not end with 0', async (t) => {
		const { master_pid: master } = await settled();

		t.after(() => process.kill(master, 'SIGCONT'));
		process.kill(master, 'SIGSTOP');
		const { code, stdout, stderr } = await until('it is noticed', async () => {
			const said = await hobStatus();
			return said.code !== 0 && said;
		});
		assert.equal(code, 1);
		assert.match(stdout, /master +STANDS STILL/);
		assert.match(stderr, /hob-api stands still: no sign of its master/);
		process.kill(master, 'SIGCONT');
		await until('it runs again', async () => (await hobStatus()).code === 0);
	});

	test('of a dead master says so, does not end with 0, and counts its time no further', async () => {
		const { master_pid: master } = await settled();

		process.kill(master, 'SIGKILL');
		await until('it is gone', () => !isAlive(master));
		const first = await hobStatus();
		assert.equal(first.code, 1);
		assert.match(first.stdout, /master +NOT RUNNING, pid \d+, was up \d+ s/);
		assert.match(first.stderr, /hob-api is not running/);
		const { uptime_s: up, silent_ms: silent, running } = await status();
		assert.equal(running, false);
		const later = await until('time has passed', async () => {
			const board = await status();
			return board.silent_ms > silent + 2500 && board;
		});
		assert.ok(later.uptime_s <= up + 1, `${later.uptime_s} after ${up}`);
	});
});
