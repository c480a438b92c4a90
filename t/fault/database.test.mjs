// database.test.mjs: PostgreSQL goes away and comes back under requests, then Redis. Every
// answer stays an answer: what cannot be served is a 503 with Retry-After, at once.
import assert from 'node:assert/strict';
import { chmodSync, readFileSync } from 'node:fs';
import { after, before, beforeEach, describe, test } from 'node:test';

import { nobody } from '../api/support/client.mjs';
import { sql } from '../api/support/db.mjs';
import { expectOk, expectProblem } from '../api/support/expect.mjs';
import { newResidence, signUp } from '../api/support/people.mjs';
import { expectSameWorkers, workerPids } from '../api/support/workers.mjs';
import { proxy, SYNC } from './proxy.mjs';
import { expectOnly, load, logMark, logSince, median, reload, scratchFolder, setting, stack, state, status, superuser,
	until } from './support.mjs';

// A read that no worker remembers.
const ASKED = '/api/auth/sessions';

let robin;
let residence;

before(async () => {
	robin = await signUp();
	residence = await newResidence(robin);
});

after(() => stack('up'));

function readAndWrite(options, client, round) {
	return round % 4 === 0
		? robin.client.post('/api/tasks', { residence_id: residence.id, title: 'Sweep' }, options)
		: robin.client.get(ASKED, options);
}

/** Twenty refusals, one after the other, as long as each took at the server (ms). */
async function refusals() {
	const mark = logMark();
	const ids = [];

	for (let i = 0; i < 20; i += 1) {
		const res = await robin.client.get(ASKED);

		ids.push(expectProblem(res, 503, 'try_later').request_id);
	}
	const lines = await until('all refusals are in the log', () => {
		const mine = logSince(mark).filter((line) => ids.includes(line.request_id));
		return mine.length === ids.length && mine;
	});

	return lines.map((line) => line.total_ms);
}

/** When PostgreSQL last said that it takes connections (ms since 1970). */
function readyAt() {
	const lines = readFileSync(`${state}/log/postgresql.log`, 'utf8').split('\n')
		.filter((line) => line.includes('ready to accept connections'));
	const [day, time] = lines.at(-1).split(' ');

	return Date.parse(`${day}T${time}Z`);
}

const postmaster = () => Number(readFileSync(`${state}/pg/postmaster.pid`, 'utf8').split('\n')[0]);

async function outage(t, takeAway) {
	const pids = await workerPids();
	const traffic = load(8, readAndWrite, { pauseMs: 5 });

	t.after(traffic.stop);
	await traffic.flowing();
	await takeAway();
	await until('it is known to be away', () => traffic.count(503) >= 8);
	const took = await refusals();
	await stack('start', 'postgres');
	await traffic.flowing(200);
	await traffic.stop();
	expectOnly(traffic, [200, 201, 503]);
	const since = readyAt();
	const firstGood = traffic.answers.find((a) => a.status < 300 && a.at >= since).at - since;
	const lastRefusal = Math.max(0, traffic.answers.findLast((a) => a.status === 503).at - since);

	t.diagnostic(`a refusal takes ${median(took)} ms at the server (most ${Math.max(...took)} ms); ` +
		`after its return the first good answer came in ${firstGood} ms, the last refusal in ` +
		`${lastRefusal} ms; ${traffic.count(503)} refused, ` +
		`${traffic.answers.length - traffic.count(503)} served`);
	assert.ok(median(took) <= 50, `refusals take ${took} ms`);
	assert.ok(lastRefusal <= 3000, `refusals for ${lastRefusal} ms after its return`);
	await expectSameWorkers(pids);
}

describe('PostgreSQL goes away under requests', () => {
	// A test that failed leaves the next one a whole stack.
	beforeEach(() => stack('start', 'postgres'));

	test('stopped and started: 503 at once, then good answers, and no worker is lost',
		(t) => outage(t, () => stack('stop', 'postgres')));

	test('stopped without a word to its clients', (t) => outage(t, async () => {
		process.kill(postmaster(), 'SIGQUIT');
		await stack('stop', 'postgres');
	}));

	test('killed', (t) => outage(t, () => stack('kill', 'postgres')));

	test('away: what workers remember is still answered', async () => {
		const me = async () => robin.client.get('/api/auth/me');

		await until('it is remembered', async () => (await me()).headers['x-hob-round-trips'] === '0');
		await stack('stop', 'postgres');
		expectProblem(await robin.client.get(ASKED), 503, 'try_later');
		assert.equal(expectOk(await me()).id, robin.user.id);
		await stack('start', 'postgres');
		await until('it is back', async () => (await robin.client.get(ASKED)).status === 200);
	});

	test('away: the process is alive and not ready', async () => {
		await stack('stop', 'postgres');
		expectOk(await nobody.get('/livez'));
		await until('not ready', async () => (await nobody.get('/readyz')).status === 503);
		expectProblem(await nobody.get('/readyz'), 503, 'try_later');
		await stack('start', 'postgres');
		await until('ready', async () => (await nobody.get('/readyz')).status === 200);
	});

	test('away at the start: the pool starts all the same and serves when it is there', async () => {
		await stack('stop', 'postgres');
		await stack('restart', 'api');
		expectProblem(await robin.client.get(ASKED), 503, 'try_later');
		await stack('start', 'postgres');
		await until('ready', async () => (await robin.client.get(ASKED)).status === 200);
	});
});

describe('a link that nobody uses', () => {
	const backends = async () => (await superuser(
		"SELECT pid FROM pg_stat_activity WHERE application_name ~ '^hob-api'"))
		.stdout.trim().split('\n').map(Number);

	test('and whose server is silent is given up in time, and who needs none is served meanwhile', async () => {
		// Limits nest; what waits half a second for a worker is refused.
		await reload({ 'api.deadline': '4s', 'api.kill_after': '10s', 'api.read_timeout': '1s',
			'api.stale': '500ms',
			'db.url': `${setting('db.url')} options='-c statement_timeout=2400ms'` });
		const silent = [postmaster(), ...await backends()];

		silent.forEach((pid) => process.kill(pid, 'SIGSTOP'));
		try {
			await until('all links are given up', async () => {
				expectOk(await nobody.get('/livez'));
				return (await status()).workers.every((w) => w.database === 'away');
			}, 30);
		} finally {
			silent.forEach((pid) => process.kill(pid, 'SIGCONT'));
		}
		await until('it is back', async () => (await robin.client.get(ASKED)).status === 200);
		await reload({});
	});

	test('and that is new is asked again when its check is refused for something that passes', async (t) => {
		const [pids, mark] = [await workerPids(), logMark()];
		const [history] = await sql(
			"SELECT encode(convert_to(pg_get_functiondef('hob.history()'::regprocedure), 'UTF8'), 'hex')");
		const back = () => sql(Buffer.from(history, 'hex').toString('utf8'));

		t.after(back);
		await sql(`CREATE OR REPLACE FUNCTION hob.history() RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER AS $$
			BEGIN RAISE EXCEPTION 'not now' USING ERRCODE = '53200'; END $$`);
		await superuser(
			"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name ~ '^hob-api'");
		await until('all workers wait, and say for what', async () => {
			const { workers, link_why: why } = await status();
			return workers.every((w) => w.database === 'away')
				&& why?.includes('startup_check is refused: not now');
		});
		expectProblem(await robin.client.get(ASKED), 503, 'try_later');
		await back();
		await until('all have a link again',
			async () => (await status()).workers.every((w) => w.database === 'ready'));
		expectOk(await robin.client.get(ASKED));
		assert.deepEqual(logSince(mark, 'cannot_serve'), []);
		assert.ok(logSince(mark, 'link_unchecked').length >= pids.length);
		await expectSameWorkers(pids);
	});
});

describe('a pipeline that breaks', () => {
	test('once a transaction may have ended: what happened is unknown, and nothing is sent again', async (t) => {
		const folder = scratchFolder();
		const between = await proxy(`${folder.path}/.s.PGSQL.5432`,
			`${setting('db.url').match(/host=(\S+)/)[1]}/.s.PGSQL.5432`);

		chmodSync(`${folder.path}/.s.PGSQL.5432`, 0o777);
		t.after(async () => {
			await reload({});
			between.close();
			folder.remove();
		});
		await reload({ 'api.workers': 1, 'db.url': `host=${folder.path} dbname=hob user=hob_api` });
		const owner = await signUp();
		const bulk = (residence, count) => owner.client.post('/api/tasks/bulk', {
			create: Array.from({ length: count }, (_, i) => (
				{ residence_id: residence.id, title: `Number ${i}`, description: 'x'.repeat(4000) })),
		});
		// What it runs is prepared behind this, so that each Sync is one of a transaction.
		expectOk(await bulk(await newResidence(owner), 2));
		const place = await newResidence(owner);
		const stored = async () =>
			Number(await sql("SELECT count(*) FROM tasks WHERE residence_id = :'residence'",
				{ residence: place.id }));

		// More than the socket holds, so that the sending meets the end of the connection.
		// The caller is a transaction of his own, before the hundred.
		between.cutAfter(SYNC, 2);
		const res = await bulk(place, 100);

		assert.match(expectProblem(res, 503, 'try_later').detail, /Look whether it happened/);
		assert.ok(between.hasCut());
		await until('the first transaction is committed', async () => await stored() === 1);
		await until('it goes on', async () => (await owner.client.get(ASKED)).status === 200);
		assert.equal(await stored(), 1);
	});
});

describe('PostgreSQL refuses', () => {
	const create = () => robin.client.post('/api/tasks', { residence_id: residence.id, title: 'Sweep' });

	test('at the commit: a problem like any other, nothing is kept, no worker is lost', async (t) => {
		const pids = await workerPids();
		const count = async () =>
			Number(await sql("SELECT count(*) FROM tasks WHERE residence_id = :'residence'",
				{ residence: residence.id }));
		await sql(`CREATE FUNCTION hob.fault_commit() RETURNS trigger LANGUAGE plpgsql AS
			$$ BEGIN
				RAISE EXCEPTION 'not today' USING ERRCODE = 'HB409', CONSTRAINT = 'task_done';
			END $$;
			CREATE CONSTRAINT TRIGGER fault_commit AFTER INSERT ON tasks DEFERRABLE INITIALLY DEFERRED
				FOR EACH ROW WHEN (new.title = 'Sweep') EXECUTE FUNCTION hob.fault_commit()`);
		t.after(() => sql(`DROP TRIGGER IF EXISTS fault_commit ON tasks;
			DROP FUNCTION IF EXISTS hob.fault_commit()`));
		const before = await count();

		for (let i = 0; i < 10; i += 1)
			expectProblem(await create(), 409, 'task_done');
		assert.equal(await count(), before);
		await expectSameWorkers(pids);
	});

	test('to write: the worker looks for another server, and no worker is lost', async (t) => {
		const pids = await workerPids();
		const readOnly = (value) => superuser(`ALTER SYSTEM SET default_transaction_read_only = ${value}`,
			'SELECT pg_reload_conf()');
		t.after(() => readOnly('off'));

		await readOnly('on');
		await until('writes are refused', async () => (await create()).status === 503);
		expectProblem(await create(), 503, 'try_later');
		await until('reads go on', async () => (await robin.client.get(ASKED)).status === 200);
		await readOnly('off');
		await until('writes go on', async () => (await create()).status === 201);
		await expectSameWorkers(pids);
	});
});

describe('Redis goes away under requests', () => {
	const askAll = () => Promise.all(Array.from({ length: 8 }, () => nobody.get('/readyz')));

	before(async () => {
		const all = (await workerPids()).length;
		await until('all workers have the database again', async () => {
			const answers = (await Promise.all([askAll(), askAll(), askAll()])).flat();
			return answers.every((res) => res.status === 200)
				&& new Set(answers.map((res) => res.headers['x-hob-worker'])).size === all;
		});
	});

	function redisIs(word) {
		return until(`redis is ${word} for all workers`,
			async () => (await askAll()).every((res) => expectOk(res).redis === word));
	}

	test('nothing fails, and the ready check says so', async (t) => {
		const pids = await workerPids();
		const traffic = load(8, readAndWrite, { pauseMs: 5 });

		t.after(traffic.stop);
		await redisIs('up');
		await traffic.flowing();
		await stack('kill', 'redis');
		await redisIs('away');
		await traffic.flowing(200);
		await stack('start', 'redis');
		await redisIs('up');
		await traffic.stop();
		expectOnly(traffic, [200, 201]);
		await expectSameWorkers(pids);
	});
});
