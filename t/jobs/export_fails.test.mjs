// export_fails.test.mjs: copies that cannot be made, for the disk, the runner or the size: no failure leaves half a
// file or one too many.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';

import { nobody } from '../api/support/client.mjs';
import { manyTasks, Session, sql } from '../api/support/db.mjs';
import { newResidence, signUp } from '../api/support/people.mjs';
import { asOwner, configure, logged, logMark, setting, stack, superuser, until } from '../fault/support.mjs';
import { ask, exported, files, folder, isReady, show } from './exports.mjs';
import { addProbe, ended, hobJobs, jobOf, logPath, runnerPids } from './support.mjs';

const run = promisify(execFile);

before(async () => {
	configure({ 'jobs.poll': '50ms' });
	await stack('restart', 'jobs');
	await exported(await signUp());	// Its directory is there.
});
after(async () => {
	configure();
	await stack('up');
});

describe('a copy that cannot be made', () => {
	// Who waits for a lock here waits until it is given.
	const patience = async (time) => {
		await superuser(`ALTER ROLE hob_jobs SET lock_timeout = '${time}'`);
		await stack('restart', 'jobs');
	};

	before(() => patience('50s'));
	after(() => patience('2s'));

	const retried = ({ id }) => sql("UPDATE jobs SET run_at = now() WHERE kind = 'export' AND key = :'id'", { id });
	const failing = (asked, why) => until('a try has failed',
		async () => why.test((await jobOf(asked.id))?.last_error));

	/** A runner waits for the table of completions, which comes behind others. */
	const halfWay = ({ id }) => until('a runner waits half way', async () =>
		(await jobOf(id))?.state === 'leased' && (await sql(`SELECT 1 FROM pg_stat_activity
			WHERE usename = 'hob_jobs' AND wait_event_type = 'Lock'
			  AND query LIKE '%completion_card%'`)).length > 0);

	test('because the disk is full leaves nothing, and is made when there is room', async () => {
		const person = await signUp();
		const before = files();
		const limit = async (bytes) => {
			for (const pid of await runnerPids())
				await run('prlimit', ['--pid', String(pid), `--fsize=${bytes}:`], asOwner);
		};

		await limit(1000);
		const asked = await ask(person);
		await failing(asked, /^files\.dir: File too large$/);
		assert.deepEqual([files(), (await show(person, asked)).state], [before, 'waiting']);
		await limit('unlimited');
		await retried(asked);
		await isReady(person, asked);
		assert.deepEqual(files().filter((name) => !before.includes(name)), [`${asked.id}.zip`]);
	});

	test('because the directory is away has failed with the last try, and is asked for anew', async () => {
		const person = await signUp();
		const dir = setting('files.dir');

		const mark = logMark(logPath);

		renameSync(dir, `${dir}.away`);
		try {
			const asked = await ask(person);
			await failing(asked, /^files\.dir: No such file or directory$/);
			assert.match((await logged(mark, 'no_file')).detail, /exports: No such file or directory$/);
			await sql("UPDATE jobs SET tries = hob.job_tries() - 1, run_at = now() WHERE key = :'id'",
				{ id: asked.id });
			await until('it has failed', async () => (await show(person, asked)).state === 'failed');
			assert.equal((await ask(person)).id, asked.id);
			await sql("UPDATE exports SET created_at = now() - interval '61 minutes' WHERE id = :'id'",
				{ id: asked.id });
			const again = await ask(person);
			assert.notEqual(again.id, asked.id);
			await failing(again, /No such file/);
			renameSync(`${dir}.away`, dir);
			await retried(again);
			await isReady(person, again);
		} finally {
			if (existsSync(`${dir}.away`))
				renameSync(`${dir}.away`, dir);
		}
	});

	test('because it grows too large has failed at once', async () => {
		const person = await signUp();

		await manyTasks(await newResidence(person), person, 2000);
		configure({ 'files.export_max': '4k' });
		await stack('restart', 'jobs');
		try {
			const before = files();
			const asked = await ask(person);

			await until('it has failed', async () => (await show(person, asked)).state === 'failed');
			assert.equal((await jobOf(asked.id)).last_error, 'it is larger than files.export_max');
			assert.deepEqual(files(), before);
		} finally {
			configure({ 'jobs.poll': '50ms' });
			await stack('restart', 'jobs');
		}
	});

	test('for another one is being made on this host waits for that', async () => {
		const people = [await signUp(), await signUp()];
		const lock = new Session();

		await lock.run('BEGIN; LOCK TABLE completions');
		try {
			const first = await ask(people[0]);
			await halfWay(first);
			const second = await ask(people[1]);

			for (let i = 0; i < 3; i += 1)
				await ended(await addProbe());
			const { state, attempt } = await jobOf(second.id);

			assert.deepEqual([state, attempt], ['waiting', 0]);
			await lock.run('ROLLBACK');
			await retried(first);
			await isReady(people[0], first);
			await isReady(people[1], second);
		} finally {
			lock.end();
		}
	});

	test('because its runner is killed half way leaves nothing, and is made by another', async () => {
		const person = await signUp();
		const before = files();
		const lock = new Session();

		await newResidence(person);
		await lock.run('BEGIN; LOCK TABLE completions');
		let asked;
		try {
			asked = await ask(person);
			await halfWay(asked);
			const pids = await runnerPids();

			pids.forEach((pid) => process.kill(pid, 'SIGKILL'));
			await until('they are gone',
				async () => !(await runnerPids()).some((pid) => pids.includes(pid)));
			assert.deepEqual(files(), before);
		} finally {
			await lock.run('ROLLBACK');
			lock.end();
		}
		await retried(asked);
		await isReady(person, asked);
		assert.deepEqual(files().filter((name) => !before.includes(name)), [`${asked.id}.zip`]);
	});

	test('for its runner was killed behind the file is there with the next try', async () => {
		const person = await signUp();

		await hobJobs('pause', 'export');
		try {
			const asked = await ask(person);

			writeFileSync(`${folder}/${asked.id}.zip`, 'all of it');
			await hobJobs('resume', 'export');
			const { bytes, path } = await isReady(person, asked);
			assert.deepEqual([bytes, (await nobody.get(path)).text], [9, 'all of it']);
		} finally {
			await hobJobs('resume', 'export');
		}
	});

	test('for hob-jobs is restarted half way is made again, and no try is gone', async () => {
		const person = await signUp();
		const lock = new Session();

		await lock.run('BEGIN; LOCK TABLE completions');
		try {
			const asked = await ask(person);
			await halfWay(asked);
			const mark = logMark(logPath);
			const restarted = stack('restart', 'jobs');
			await logged(mark, 'stopping');
			await lock.run('ROLLBACK');
			await restarted;
			const { tries, last_error: why } = await jobOf(asked.id);
			assert.deepEqual([tries, why], [0, 'its runner had to leave']);
			await retried(asked);
			await isReady(person, asked);
		} finally {
			lock.end();
		}
	});
});
