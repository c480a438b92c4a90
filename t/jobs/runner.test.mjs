// runner.test.mjs: hob-jobs: what is due is done, once, by whichever runner; failures, deaths and restarts
// lose nothing and do nothing twice that was ended.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { sql } from '../api/support/db.mjs';
import { missingId } from '../api/support/people.mjs';
import { configure, isAlive, logged, logMark, logSince, stack, until, urlOf } from '../fault/support.mjs';
import { addProbe, ended, historyOf, hobJobs, inState, jobOf, logPath, masterPid, moveTime, newKey, runJobs,
	runnerPids } from './support.mjs';

const signal = (name) => process.kill(masterPid(), `SIG${name}`);
const restart = async (changes) => {
	configure(changes);
	await stack('restart', 'jobs');
};

/** Probes, as jobOf has them and with their keys; beside the one that waits there is a sweep that does. */
async function oneOfEach() {
	const waiting = newKey();
	const dead = await addProbe({ never: 'nobody has this address' });

	await sql(`SELECT hob.add_job('probe', :'waiting', now() + interval '1 day'),
		hob.add_job('sweep', :'waiting' || '/beside', now() + interval '1 day')`, { waiting });
	await inState(dead, 'dead');
	const leased = await addProbe({ wait_ms: 3000 });
	const found = async (key, state) => ({ key, ...await inState(key, state) });
	return { waiting: await found(waiting, 'waiting'), leased: await found(leased, 'leased'),
		dead: await found(dead, 'dead') };
}

before(() => stack('up'));
after(async () => {
	configure();
	await stack('up');
});

describe('a job', () => {
	test('is done once, however many runners there are', async () => {
		const prefix = newKey();

		await restart({ 'jobs.runners': 8 });
		await sql(`SELECT count(hob.add_job('probe', :'prefix' || '/' || n, now(), '{}'))
			FROM generate_series(1, 1000) n`, { prefix });
		await until('all are done', async () => (await sql(`SELECT count(*) FROM job_history
			WHERE key LIKE :'prefix' || '/%'`, { prefix }))[0] === '1000');
		assert.deepEqual(await sql(`SELECT max(attempt), count(DISTINCT key), count(*) FROM job_history
			WHERE key LIKE :'prefix' || '/%'`, { prefix }), ['1|1000|1000']);
		await restart({});
	});

	test('is one of a burst that nothing foresaw: no more than a batch is leased, and all are done', async () => {
		const prefix = newKey();

		await hobJobs('pause', 'probe');
		await sql(`DELETE FROM jobs; ANALYZE jobs;
			INSERT INTO jobs (kind, key) SELECT 'probe', :'prefix' || '/' || n
			  FROM generate_series(1, 20000) n`, { prefix });
		await sql(`UPDATE job_kinds SET paused = false WHERE kind = 'probe';
			SELECT count(*) FROM hob.lease_jobs('probe', 200, 60, 'test', 'test')`).then((lines) =>
			assert.deepEqual(lines, ['200']));
		await until('all but those are done', async () => (await sql(
			"SELECT count(*) FROM jobs WHERE key LIKE :'prefix' || '/%'", { prefix }))[0] === '200', 60);
		await sql("DELETE FROM jobs WHERE key LIKE :'prefix' || '/%'", { prefix });
	});

	test('does not wait behind a slow one of another kind, nor is it done again for that', async () => {
		await restart({ 'jobs.runners': 1 });
		const [user] = await sql('SELECT id FROM users LIMIT 1');
		const key = newKey();
		await sql(`SELECT hob.add_job('sweep', :'key'), hob.add_job('probe', :'key')`, { key, user });
		await until('both are done', async () => (await historyOf(key)).length === 2);
		assert.deepEqual((await historyOf(key)).map((h) => h.attempt), [1, 1]);
		await restart({});
	});

	test('waits for its time', async () => {
		const key = newKey();

		await sql("SELECT hob.add_job('probe', :'key', now() + interval '1 day')", { key });
		await ended(await addProbe());
		assert.equal((await jobOf(key)).state, 'waiting');
		await sql("SELECT hob.add_job('probe', :'key', now())", { key });
		assert.equal((await ended(key)).length, 1, 'brought forward, and there once');
	});

	test('that is asked for again while it runs runs once more', async () => {
		const key = await addProbe({ wait_ms: 1500 });

		await inState(key, 'leased');
		await addProbe({ wait_ms: 1 }, key);
		assert.equal((await jobOf(key)).again, true);
		assert.deepEqual((await ended(key, 2)).map((h) => h.attempt), [1, 2]);
		assert.equal(await jobOf(key), undefined);
	});

	test('that a runner died of is done by another, when its lease is over', async () => {
		const key = await addProbe({ wait_ms: 4000 });
		const job = await inState(key, 'leased');
		const mark = logMark(logPath);

		for (const pid of await runnerPids())
			process.kill(pid, 'SIGKILL');
		const line = await logged(mark, 'worker_died', { job_id: job.id });
		assert.equal(line.kind, 'probe');
		assert.equal((await jobOf(key)).state, 'leased', 'nobody knows what became of it');
		await sql(`UPDATE jobs SET args = '{}' WHERE key = :'key'`, { key });
		await moveTime(key);
		assert.deepEqual((await ended(key)).map((h) => [h.attempt, h.outcome]), [[2, 'done']]);
	});

	test('that somebody else has taken over is not ended by who was too slow', async () => {
		const key = await addProbe({ wait_ms: 4000 });
		const { leased_by: first } = await inState(key, 'leased');

		await moveTime(key);
		const taken = await until('another has it', async () => {
			const job = await jobOf(key);
			return job?.attempt === 2 && job;
		});
		assert.notEqual(taken.leased_by, first);
		assert.deepEqual((await ended(key)).map((h) => h.attempt), [2]);
	});
});

describe('a job that is asked for again while it runs', () => {
	test('waits for the day that was asked for', async () => {
		const key = await addProbe({ wait_ms: 1500 });

		await inState(key, 'leased');
		await sql("SELECT hob.add_job('probe', :'key', now() + interval '1 day')", { key });
		await ended(key);
		assert.equal((await jobOf(key)).state, 'waiting');
		assert.ok((await jobOf(key)).wait_s > 80000);
	});

	test('for a later day than its next try is tried again like any other', async () => {
		const key = await addProbe({ wait_ms: 1500, fail: 'no' });

		await inState(key, 'leased');
		await sql(`SELECT hob.add_job('probe', :'key', now() + interval '1 day', '{"fail": "no"}')`, { key });
		const { wait_s, tries } = await inState(key, 'waiting');
		assert.equal(tries, 1);
		assert.ok(wait_s < 3600, `${wait_s} s`);
		await sql("DELETE FROM jobs WHERE key = :'key'", { key });
	});

	test('is not dead, whatever becomes of it', async () => {
		const key = await addProbe({ wait_ms: 1500, never: 'no' });

		await inState(key, 'leased');
		await addProbe({}, key);
		assert.deepEqual((await ended(key)).map((h) => h.outcome), ['done']);
	});
});

describe('a job that fails', () => {
	test('with words that are cut inside a letter does not keep others from being ended', async () => {
		const keys = [await addProbe(), await addProbe({ fail: `a${'ä'.repeat(600)}` }), await addProbe()];

		await ended(keys[0]);
		await ended(keys[2]);
		assert.match((await inState(keys[1], 'waiting')).last_error, /^P0001: aä+$/);
	});

	test('in words of PostgreSQL is told without what people wrote', async () => {
		const key = await addProbe({ wait_ms: 'robin@example.org' });

		assert.equal(await until('it has failed', async () => (await jobOf(key)).last_error),
			'refused: 22P02 ');
	});

	test('is tried again, later each time, and is dead after the eighth try', async () => {
		const key = await addProbe({ fail: 'the other side is away' });
		const mark = logMark(logPath);
		const waits = [];

		for (let tries = 1; tries < 8; tries += 1) {
			await until(`try ${tries}`, async () => {
				const job = await jobOf(key);
				return job.tries === tries && job.state === 'waiting';
			});
			const job = await jobOf(key);
			waits.push(job.wait_s);
			assert.match(job.last_error, /the other side is away/);
			await moveTime(key);
		}
		const base = [15, 60, 240, 960, 3840, 14400, 14400];
		waits.forEach((s, i) => assert.ok(s > base[i] * 0.8 - 5 && s <= base[i] * 1.2, `${i}: ${s} s`));
		const dead = await inState(key, 'dead');
		await logged(mark, 'job_dead', { job_id: dead.id });
		assert.match((await hobJobs('dead', 'probe')).stdout,
			new RegExp(`${key}.*dead.*8.*other side is away`));

		await sql(`UPDATE jobs SET args = '{}' WHERE key = :'key'`, { key });
		assert.match((await hobJobs('retry', dead.id)).stdout, /taken up again: 1/);
		assert.deepEqual((await ended(key)).map((h) => h.attempt), [9]);
	});

	test('waits a fifth more or less than others of the same try', async () => {
		const prefix = newKey();
		const begun = performance.now();

		await sql(`SELECT count(hob.add_job('probe', :'prefix' || '/' || n, now(), '{"fail": "away"}'))
			FROM generate_series(1, 20) n`, { prefix });
		const waits = await until('all have failed', async () => {
			const lines = await sql(`SELECT extract(epoch FROM run_at - leased_at) FROM jobs
				WHERE key LIKE :'prefix' || '/%' AND leased_by IS NULL AND tries = 1`, { prefix });

			return lines.length === 20 && lines.map(Number).sort((a, b) => a - b);
		});
		// The lease is older than the failure, by no more than the test.
		const most = 15 * 1.2 + (performance.now() - begun) / 1000;

		assert.ok(waits[0] >= 15 * 0.8 && waits[19] <= most, `${waits[0]} s to ${waits[19]} s`);
		assert.ok(waits[19] - waits[0] > 1, `all within ${waits[19] - waits[0]} s`);
		await sql("DELETE FROM jobs WHERE key LIKE :'prefix' || '/%'", { prefix });
	});

	test('for good is dead at once', async () => {
		const key = await addProbe({ never: 'nobody has this address' });

		assert.equal((await inState(key, 'dead')).tries, 1);
		assert.equal((await jobOf(key)).last_error, 'nobody has this address');
		assert.match((await hobJobs('cancel', (await jobOf(key)).id)).stdout, /cancelled: 1/);
		assert.deepEqual((await historyOf(key)).map((h) => h.outcome), ['cancelled']);
	});

	test('by killing its runner each time is buried by the planner', async () => {
		const key = newKey();

		await sql(`INSERT INTO jobs (kind, key, tries, attempt, leased_by, run_at)
			VALUES ('probe', :'key', 8, 8, 'hob-jobs 0', now())`, { key });
		assert.equal((await inState(key, 'dead')).last_error, 'its runner died');
	});
});

describe('told to end', () => {
	test('a runner ends the job at hand and gives the others back', async () => {
		await restart({ 'jobs.runners': 1 });
		const [key, ...others] = [newKey(), newKey(), newKey()];
		await sql(`SELECT hob.add_job('probe', k, now() - n * interval '1 s', '{"wait_ms": 1500}')
			FROM unnest(ARRAY[:'a', :'b', :'c'], ARRAY[3, 2, 1]) x (k, n)`,
		{ a: key, b: others[0], c: others[1] });
		await inState(others[1], 'leased');
		await stack('stop', 'jobs');
		assert.equal((await historyOf(key)).length, 1);
		for (const other of others)
			assert.deepEqual([(await jobOf(other)).state, (await jobOf(other)).tries], ['waiting', 0]);
		await restart({});
		for (const other of others)
			await ended(other);
	});

	test('HUP changes the number of runners, without losing a job', async () => {
		const keys = [];
		for (let i = 0; i < 5; i += 1)
			keys.push(await addProbe({ wait_ms: 200 }));
		configure({ 'jobs.runners': 3 });
		signal('HUP');
		await until('there are three', async () => (await runnerPids()).length === 3);
		for (const key of keys)
			assert.equal((await ended(key)).length, 1);
	});

	test('HUP with what would not work changes nothing, and the log says why', async () => {
		const mark = logMark(logPath);

		configure({ 'db.jobs_url': urlOf('hob_owner', 'hob') });
		signal('HUP');
		assert.match((await logged(mark, 'reload_refused')).detail, /owns household tables/);
		await ended(await addProbe());
		configure({});
		signal('HUP');
	});

	test('USR2 goes on with the program that is installed now', async () => {
		const before = await runnerPids();

		signal('USR2');
		await until('other runners', async () => {
			const now = await runnerPids();
			return now.length > 0 && now.every((pid) => !before.includes(pid));
		});
		await ended(await addProbe());
	});
});

describe('a runner', () => {
	/** What is at hand would end now, and its lease is over. */
	const end = (key) => sql("UPDATE jobs SET args = '{}', run_at = now() WHERE key = :'key'", { key });

	test('whose job takes longer than jobs.kill_after is killed, and the job has a try less', async () => {
		await restart({ 'jobs.kill_after': '2s' });
		const key = await addProbe({ wait_ms: 20000 });
		const mark = logMark(logPath);

		for (let tries = 1; tries <= 2; tries += 1) {
			const { id } = await until(`lease ${tries}`, async () => {
				const job = await jobOf(key);
				return job.state === 'leased' && job.attempt === tries && job;
			});
			const killed = await until(`kill ${tries}`, () =>
				logSince(mark, 'worker_killed').filter((line) => line.job_id === id)[tries - 1]);
			assert.ok(killed.kind === 'probe' && killed.ms >= 2000, JSON.stringify(killed));
			assert.equal((await logged(mark, 'worker_died', { pid: killed.pid })).signal, 9);
			assert.deepEqual([(await jobOf(key)).state, (await jobOf(key)).tries], ['leased', tries]);
			if (tries === 1)
				await moveTime(key);
		}
		await end(key);
		assert.deepEqual((await ended(key)).map((h) => [h.attempt, h.outcome]), [[3, 'done']]);
		await restart({});
	});

	test('that is not done in jobs.drain when hob-jobs is to end is given up, and its job is not', async () => {
		await restart({ 'jobs.drain': '2s', 'jobs.runners': 1 });
		const key = await addProbe({ wait_ms: 20000 });
		const pid = masterPid();

		await inState(key, 'leased');
		const begun = performance.now();
		signal('TERM');
		await until('hob-jobs has ended', () => !isAlive(pid));
		assert.ok(performance.now() - begun >= 2000, 'the job had its time');
		assert.deepEqual([(await jobOf(key)).state, (await jobOf(key)).tries], ['leased', 1]);
		await restart({});
		await end(key);
		assert.deepEqual((await ended(key)).map((h) => [h.attempt, h.outcome]), [[2, 'done']]);
	});

	test('that holds more than jobs.max_rss leaves to another between two jobs', async () => {
		await restart({ 'jobs.max_rss': '1m', 'jobs.runners': 1 });
		const mark = logMark(logPath);

		for (let i = 0; i < 3; i += 1) {
			const [before] = await until('there is one', async () => {
				const pids = await runnerPids();
				return pids.length === 1 && pids;
			});
			assert.deepEqual((await ended(await addProbe({ wait_ms: 100 }))).map((h) => h.attempt), [1]);
			await until('there is another', async () => !(await runnerPids()).includes(before));
		}
		assert.deepEqual(logSince(mark, 'worker_died'), []);
		await restart({});
	});
});

describe('the clock', () => {
	test('makes a job once, whoever asks', async () => {
		await sql("UPDATE job_kinds SET paused = true, planned = '2000-01-01' WHERE kind = 'sweep'");
		const made = await Promise.all(Array.from({ length: 8 }, () => sql('SELECT hob.plan_jobs()')));
		await until('it is there', async () =>
			(await sql("SELECT key FROM jobs WHERE kind = 'sweep'")).length === 1);
		assert.ok(made.flat().map(Number).reduce((a, b) => a + b) <= 1);
		await sql("UPDATE job_kinds SET paused = false WHERE kind = 'sweep'");
	});

	test('sweeps: sessions that are over go, and partitions come', async () => {
		const [user] = await sql('SELECT id FROM users LIMIT 1');
		const [partition] = await sql(`SELECT hob.partition_name('activity', date_trunc('month',
			now() AT TIME ZONE 'UTC' + interval '1 month')::date)`);

		await sql(`INSERT INTO sessions (id, user_id, token_hash, device_name, expires_at)
			VALUES (hob.uuid_v7(), :'user', :'hash', 'old', now() - interval '1 day');
			DROP TABLE :"partition"`, { user, hash: newKey(), partition });
		await sql("SELECT hob.add_job('sweep', :'key')", { key: newKey() });
		await until('the session is gone', async () =>
			(await sql("SELECT id FROM sessions WHERE expires_at < now()")).length === 0);
		await until('the partition is there', async () =>
			(await sql("SELECT to_regclass(:'partition')", { partition }))[0]);
	});
});

describe('an administrator', () => {
	test('pauses a kind, and takes it up again', async () => {
		await hobJobs('pause', 'probe');
		const key = await addProbe();
		assert.match((await hobJobs()).stdout, /probe +paused +[1-9]/);
		await sql("SELECT hob.add_job('sweep', 'beside')");
		await ended('beside');
		assert.equal((await jobOf(key)).state, 'waiting');
		assert.equal((await hobJobs('resume', 'probe')).code, 0);
		await ended(key);
	});

	test('is shown a list of what waits, what is at hand and what is dead', async () => {
		const { waiting, leased, dead } = await oneOfEach();
		const list = async (...kind) => (await hobJobs('list', ...kind)).stdout.split('\n')
			.map((line) => line.split(/ {2,}/));
		const [head, ...rows] = await list('probe');
		const rowsOf = ({ key }) => rows.filter((row) => row[2] === key);
		const beside = ([, , key]) => key === `${waiting.key}/beside`;

		assert.deepEqual(head, ['ID', 'KIND', 'KEY', 'STATE', 'RUN AT', 'TRIES', 'LAST ERROR']);
		for (const [job, ...says] of [[waiting, 'waiting', '0', ''], [leased, 'leased', '1', ''],
			[dead, 'dead', '1', 'nobody has this address']]) {
			const [[id, kind, key, state, runAt, ...rest], ...more] = rowsOf(job);

			assert.deepEqual([id, kind, key, state, ...rest], [job.id, 'probe', job.key, ...says]);
			assert.match(runAt, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/);
			assert.deepEqual(more, []);
		}
		assert.deepEqual([rows.some(beside), (await list()).some(beside)], [false, true]);
	});

	test('is shown all there is about a job, also when it is done', async () => {
		const show = async ({ id }) => Object.fromEntries((await hobJobs('show', id)).stdout.trim().split('\n')
			.map((line) => line.match(/^(\w+) +(.*)$/).slice(1)));
		const { waiting, leased, dead } = await oneOfEach();
		const [waits, runs, died] = await Promise.all([waiting, leased, dead].map(show));
		const parts = ({ id, kind, key, args, tries, leased_by, last_error }) =>
			[id, kind, key, args, tries, leased_by, last_error];

		assert.deepEqual(parts(waits), [waiting.id, 'probe', waiting.key, '{}', '0', undefined, undefined]);
		assert.deepEqual(parts(runs),
			[leased.id, 'probe', leased.key, '{"wait_ms": 3000}', '1', leased.leased_by, undefined]);
		assert.deepEqual(parts(died), [dead.id, 'probe', dead.key, '{"never": "nobody has this address"}', '1',
			undefined, 'nobody has this address']);
		assert.deepEqual([waits, runs, died].map(({ dead_at }) => dead_at !== undefined), [false, false, true]);
		await ended(leased.key);
		const { id, outcome, attempt, ended_at } = await show(leased);
		assert.deepEqual([id, outcome, attempt], [leased.id, 'done', '1']);
		assert.match(ended_at, /^\d{4}-/);
	});

	test('is told what is wrong with what was asked for', async () => {
		for (const [words, code, says] of [
			[['pause', 'nobody'], 1, /there is no such kind/], [['show', 'x'], 64, /not the id of a job/],
			[['show', missingId()], 1, /no such job/], [['cancel'], 64, /wants the id/],
			[['list', 'probe', 'x'], 64, /takes no/], [['dance'], 64, /has no "dance"/],
			[['retry', 'nobody'], 1, /nothing of it waits/]]) {
			const told = await hobJobs(...words);
			assert.deepEqual([told.code, says.test(told.stderr)], [code, true], told.stderr);
		}
	});

	test('rings, and runners that sleep for long wake', async () => {
		await restart({ 'jobs.poll': '60s' });
		const first = newKey();

		await sql("SELECT hob.add_job('probe', :'key', now() + interval '1 day')", { key: first });
		assert.equal((await hobJobs('retry', (await jobOf(first)).id)).code, 0);
		await ended(first, 1, 5);
		await restart({});
	});

	test('checks a configuration before it is used', async () => {
		assert.deepEqual((await runJobs('-c', process.env.HOB_CONF, '-t')).code, 0);
		configure({ 'db.jobs_url': urlOf('postgres', 'hob') });
		const told = await runJobs('-c', process.env.HOB_CONF, '-t');
		configure({});
		assert.equal(told.code, 78);
		assert.match(told.said, /database +FAILED: .*is a superuser/);
		const second = await runJobs('-c', process.env.HOB_CONF);
		assert.equal(second.code, 78);
		assert.match(second.said, /another hob-jobs runs/);
	});
});

describe('without PostgreSQL', () => {
	test('jobs wait, and are done when it is back', async () => {
		const key = newKey();
		const mark = logMark(logPath);

		await sql("SELECT hob.add_job('probe', :'key', now() + interval '3 s')", { key });
		await stack('kill', 'postgres');
		await logged(mark, 'database_away');
		await stack('start', 'postgres');
		await ended(key, 1, 30);
		await logged(mark, 'database_back');
	});

	test('nothing is lost when it ends every connection', async () => {
		const key = await addProbe({ wait_ms: 1500 });

		await inState(key, 'leased');
		await sql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'hob_jobs'")
			.catch(() => {});
		await moveTime(key);
		await ended(key);
	});
});
