// planners.test.mjs: what is due is looked at once, whatever dies, and nothing else is; and workers hear of it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';

import { manyTasks, sql } from '../api/support/db.mjs';
import { expectOk } from '../api/support/expect.mjs';
import { crowd, newTask } from '../api/support/people.mjs';
import { asOwner, logged, logMark, psql, scratchFolder, separateConf, setting, stack, state, superuser, until, urlOf }
	from '../fault/support.mjs';
import { agesAgo, homeOf, hourIsNow, looked, toldAt, toldOf, unread } from './due.mjs';
import { childPids, logPath } from './support.mjs';

/** Without telling the workers: hob-jobs has to. */
const quietly = (text) => psql(urlOf('hob_owner', 'hob'), text);

/** The last signs of life of a program's aides: `aide_beats_ns` of lib/supervise/scoreboard.h, behind 88 bytes. */
function beats(board, count) {
	const bytes = readFileSync(`${setting('api.run_dir')}/${board}`);

	return Array.from({ length: count }, (_, i) => bytes.readBigInt64LE(88 + 8 * i));
}

before(() => stack('up'));
after(() => stack('up'));

describe('a sign of life is given again and again', () => {
	for (const [board, names] of [['jobs', ['the planner', 'the bell']], ['scoreboard', ['the relay']]])
		names.forEach((name, i) => test(`by ${name}`, async () => {
			const beat = () => beats(board, names.length)[i];

			for (let n = 0, last = 0n; n < 3; n += 1) {
				await until('there is another', () => beat() > last);
				last = beat();
			}
		}));
});

describe('planners', () => {
	const due = async (people, count) => {
		const home = await homeOf(people);
		const day = await hourIsNow(people);

		await manyTasks(home, people[0], count, { due_on: `'${day}'` });
		await agesAgo(home);
		return home;
	};

	test('of several hosts look at each row once, and tell once', async () => {
		const people = await crowd(2);

		await stack('stop', 'jobs');
		const home = await due(people, 300);
		const made = (await Promise.all(Array.from({ length: 6 }, () =>
			sql('SELECT made FROM hob.plan_reminders(60)')))).flat().map(Number);
		await stack('start', 'jobs');
		assert.deepEqual(await toldAt(home), ['task_due 0: 600']);
		assert.ok(made.filter((count) => count > 0).length > 1, `${made}`);
	});

	test('that die lose nothing and repeat nothing', async () => {
		const people = await crowd(2);
		const home = await due(people, 2000);

		const left = async () => Number((await sql(`SELECT count(*) FROM reminders
			WHERE residence_id = :'home' AND next_at <= now()`, { home: home.id }))[0]);

		for (let i = 0, was = 2001; i < 6; i += 1) {
			const now = await until('it goes on', async () => {
				const count = await left();
				return count < was && String(count);
			}, 30);
			was = Number(now);
			if (i % 2)
				await superuser(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
					WHERE application_name = 'hob-planner'`);
			else
				(await childPids()).forEach((pid) => process.kill(pid, 'SIGKILL'));
		}
		assert.ok(await left() > 0, 'it died before it was through');
		await until('all are told', async () => await left() === 0, 60);
		assert.deepEqual(await toldAt(home), ['task_due 0: 4000']);
	});

	test('hold what they look at for a moment, and make the jobs of the clock between', async () => {
		const people = await crowd(1);

		await sql(`CREATE FUNCTION hob.test_slow() RETURNS trigger LANGUAGE plpgsql AS $$
			BEGIN PERFORM pg_sleep(0.2); RETURN new; END $$;
			CREATE TRIGGER test_slow BEFORE INSERT ON notices FOR EACH ROW
				EXECUTE FUNCTION hob.test_slow()`);
		try {
			const home = await due(people, 40);
			const dueOf = () => sql(`SELECT subject_id FROM reminders
				WHERE residence_id = :'home' AND next_at <= now()`, { home: home.id });

			await until('some are told', async () => (await dueOf()).length < 40);
			await sql("UPDATE job_kinds SET planned = planned - every WHERE kind = 'sweep'");
			await until('the sweep is planned', async () => (await sql(`SELECT 1 FROM job_kinds
				WHERE kind = 'sweep' AND planned + every > now()`)).length > 0);
			const [id] = await dueOf();
			assert.ok(id, 'some are left');
			expectOk(await people[0].client.patch(`/api/tasks/${id}`, { title: 'Another' }));
			assert.ok((await dueOf()).length > 0, 'some are left');
			await sql('DROP FUNCTION hob.test_slow CASCADE');
			assert.deepEqual(await toldAt(home), ['task_due 0: 40']);
		} finally {
			await sql('DROP FUNCTION IF EXISTS hob.test_slow CASCADE');
		}
	});

	test('tell after an outage of hours what came due meanwhile', async () => {
		const people = await crowd(1);

		await stack('stop', 'jobs');
		const home = await homeOf(people);
		const day = await hourIsNow(people, 5 * 60);
		const task = await newTask(people[0], home, { due_on: day });
		await agesAgo(home);
		await stack('start', 'jobs');
		await until('it is told', async () => (await toldOf(task)).join() === `task_due ${day} 1`);
	});

	test('put off what cannot be looked at, and tell the rest', async () => {
		const people = await crowd(1);
		const mark = logMark(logPath);

		await stack('stop', 'jobs');
		const home = await due(people, 3);
		const [id] = await sql("SELECT id FROM tasks WHERE residence_id = :'home' LIMIT 1", { home: home.id });
		await psql(urlOf('postgres', 'hob'), 'SET session_replication_role = replica',
			`UPDATE tasks SET due_on = '5874897-12-31' WHERE id = '${id}'`);
		await sql("UPDATE reminders SET next_at = now() - interval '1 h' WHERE subject_id = :'id'", { id });
		await stack('start', 'jobs');
		assert.deepEqual(await toldAt(home), ['task_due 0: 2']);
		assert.match((await logged(mark, 'not_reminded')).detail, /put off: 22008$/);
		assert.deepEqual(await sql(`SELECT next_at > now() + interval '4 min' FROM reminders
			WHERE subject_id = :'id'`, { id }), ['t']);
		await sql("DELETE FROM tasks WHERE id = :'id'", { id });
	});

	test('touch the rows that are due, and no task but theirs', async () => {
		const people = await crowd(1);

		await stack('stop', 'jobs');
		const far = await homeOf(people);
		await manyTasks(far, people[0], 3000, { due_on: "'2031-05-05'" });
		await sql('ANALYZE reminders; ANALYZE tasks');
		await looked(far);
		// As many as are read at once: what a slow machine leaves for another batch is read all the same.
		await due(people, 9);
		const { stdout, stderr } = await psql(urlOf('postgres', 'hob'), "LOAD 'auto_explain'",
			'SET auto_explain.log_min_duration = 0', 'SET auto_explain.log_nested_statements = on',
			'SET auto_explain.log_analyze = on', 'SET client_min_messages = log',
			'SELECT looked FROM hob.plan_reminders(100)');
		await stack('start', 'jobs');
		const scans = [...stderr.matchAll(/\b(\w+) Scan (?:using (\w+) )?on (\w+) .* rows=(\d+) loops/g)]
			.map(([, how, index, table, rows]) => ({ how, index, table, rows: Number(rows) }))
			.filter(({ how }) => ['Seq', 'Index', 'Heap', 'Only'].includes(how));
		const of = (table) => scans.filter((scan) => scan.table === table)
			.map(({ how, index, rows }) => `${how} ${index} ${rows}`);

		assert.deepEqual(of('reminders').filter((scan) => !scan.includes('pkey')),
			['Index reminders_next_at_idx 9']);
		assert.deepEqual(of('tasks'), Array(Number(stdout)).fill('Index tasks_pkey 1'));
		assert.deepEqual(scans.filter(({ how, rows, table }) =>
			how === 'Seq' || rows > 1 && table !== 'reminders'), []);
	});
});

describe('the number of unread notices', () => {
	let robin;
	let home;

	/** Its number is remembered by workers; a task of it becomes due, and nobody but hob-jobs says so. */
	const arrange = async () => {
		[robin] = await crowd(1);
		home = await homeOf([robin]);
		const day = await hourIsNow([robin]);
		await newTask(robin, home, { due_on: day });
		await looked(home);
		assert.equal(await unread(robin), 0);
		return () => quietly(`UPDATE residence_members SET joined_at = '2020-01-01'
			 WHERE residence_id = '${home.id}';
			UPDATE reminders SET since = '-infinity', next_at = now() WHERE residence_id = '${home.id}'`);
	};
	const counted = () => until('it is counted', async () => await unread(robin) === 1);

	test('is what was planned, though workers remember another', async () => {
		await (await arrange())();
		await looked(home);
		await counted();
	});

	test('is so without Redis, and when it is back', async () => {
		const come = await arrange();

		await stack('kill', 'redis');
		try {
			await come();
			await counted();
		} finally {
			await stack('start', 'redis');
		}
		await (await arrange())();
		await counted();
	});

	test('is so when hob-jobs runs on a host of its own', async () => {
		const come = await arrange();
		const folder = scratchFolder();
		const conf = separateConf(folder, {});

		const mark = logMark(`${folder.path}/log`);

		await stack('stop', 'jobs');
		const jobs = spawn(`${state}/bin/hob-jobs`, ['-c', conf], { ...asOwner, stdio: 'ignore' });
		try {
			await logged(mark, 'pool_ready');
			assert.equal(await unread(robin), 0);
			await come();
			await looked(home);
			await counted();
		} finally {
			jobs.kill('SIGTERM');
			await new Promise((resolve) => { jobs.on('close', resolve); });
			folder.remove();
			await stack('start', 'jobs');
		}
	});

	test('is so when the planner that made them died before it could say so', async () => {
		const come = await arrange();

		await stack('stop', 'jobs');
		assert.equal(await unread(robin), 0);
		await come();
		await quietly('SELECT hob.plan_reminders(100)');
		assert.equal(await unread(robin), 0, 'this is remembered: else the test shows nothing');
		await stack('start', 'jobs');
		await counted();
	});
});
