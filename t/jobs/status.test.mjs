// status.test.mjs: what `hob status` says of hob-jobs, and what hob-jobs says of a schema that is not its own.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { sql } from '../api/support/db.mjs';
import { databaseOf, ours } from '../fault/migrations.mjs';
import { metrics } from '../fault/seeing.mjs';
import { configure, hobStatus, stack, status, until, urlOf } from '../fault/support.mjs';
import { addProbe, ended, hobJobs, inState, jobOf, masterPid, newKey, runJobs } from './support.mjs';

const jobs = async () => (await status()).jobs;
const kind = (seen, name) => seen?.backlog?.kinds.find((row) => row.kind === name);

before(() => stack('up'));
after(async () => {
	configure();
	await stack('up');
});

describe('hob status', () => {
	test('shows the hob-jobs of this host', async () => {
		const seen = await until('it is linked and counted', async () => {
			const board = await jobs();
			return board.runners_linked === board.runners_configured && board.backlog && board;
		});

		assert.equal(seen.running, true);
		assert.equal(seen.master_pid, masterPid());
		assert.equal(seen.runners_running, seen.runners_configured);
		assert.equal(seen.link_why, null);
		assert.ok(seen.backlog.age_ms < 10000, seen.backlog.age_ms);
		const { code, stdout } = await hobStatus();
		assert.equal(code, 0);
		assert.match(stdout, new RegExp(`^hob-jobs running, pid ${masterPid()}, up \\d+ s, `
			+ 'runners configured 2, running 2, busy \\d$', 'm'));
		assert.match(stdout,
			/^backlog {2}the oldest that is due is late by \d+ s, \d+ are dead; counted \d+ s ago$/m);
		assert.match(stdout, /^outbox {3}push: \d+ waiting, mail: \d+ waiting, webhooks: \d+ waiting$/m);
	});

	test('has each kind, what of it waits, for how long, and what is dead', async () => {
		const prefix = newKey();

		await hobJobs('pause', 'probe');
		await sql(`INSERT INTO jobs (kind, key, run_at, dead_at, tries)
			SELECT 'probe', :'prefix' || n, now() - n * interval '1 hour',
			       CASE WHEN n = 1 THEN now() END, CASE WHEN n = 1 THEN 8 ELSE 0 END
			  FROM generate_series(1, 4) n`, { prefix });
		const seen = await until('it is counted', async () => {
			const board = await jobs();
			const row = kind(board, 'probe');
			return row?.paused && row.dead >= 1 && row.late_s >= 4 * 3600 && board.backlog;
		});
		const row = seen.kinds.find((one) => one.kind === 'probe');
		assert.equal(row.paused, true);
		assert.ok(row.waiting >= 3, JSON.stringify(row));
		assert.ok(row.late_s >= 4 * 3600 && row.late_s < 5 * 3600, JSON.stringify(row));
		assert.equal(seen.late_s, row.late_s);
		assert.ok(seen.dead >= 1);
		assert.match((await hobStatus()).stdout, /^probe +\d+ +\d+ +\d+ +14\d{3} {2}paused$/m);
		assert.deepEqual(seen.kinds.map((one) => one.kind),
			await sql('SELECT kind FROM job_kinds ORDER BY kind'));
		await sql("DELETE FROM jobs WHERE key LIKE :'prefix' || '%'", { prefix });
		await hobJobs('resume', 'probe');
	});

	test('counts the outbox: deliveries by channel, those that are held too, and webhooks', async () => {
		// What other tests have left there is not counted.
		await sql(`UPDATE deliveries SET state = 'dropped', ended_at = now() WHERE state IN ('waiting', 'held');
			UPDATE webhook_deliveries SET status = 'failed', next_at = NULL WHERE status = 'pending'`);
		const outbox = async () => JSON.stringify((await jobs()).backlog?.outbox);
		const [user] = await sql(`INSERT INTO users (id, email, password_hash)
			VALUES (gen_random_uuid(), 'outbox-' || gen_random_uuid() || '@x.test', '!') RETURNING id`);

		await sql(`WITH n AS (INSERT INTO notices (user_id, kind, subject, subject_id)
				VALUES (:'user', 'security', 'account', :'user') RETURNING id)
			INSERT INTO deliveries (user_id, notice_id, channel, state)
			SELECT :'user', n.id, v.channel, v.state
			  FROM n, (VALUES ('push', 'waiting'), ('push', 'waiting'), ('push', 'held'),
				('push', 'accepted'), ('mail', 'waiting')) v (channel, state);
			INSERT INTO webhook_deliveries (residence_id, webhook_id, event_id, event, body, next_at)
			SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'x', '{}', v
			  FROM (VALUES (now()), (now() + interval '1 day'), (NULL)) v (v)`, { user });
		await until('it is counted', async () => await outbox() === JSON.stringify([
			{ channel: 'push', waiting: 2, held: 1 }, { channel: 'mail', waiting: 1, held: 0 },
			{ channel: 'webhooks', waiting: 2, held: 0 }]));
		assert.ok((await hobStatus()).stdout.includes('\noutbox   push: 2 waiting and 1 held until quiet hours '
			+ 'end, mail: 1 waiting, webhooks: 2 waiting\n'));
		await sql(`DELETE FROM users WHERE id = :'user';
			DELETE FROM webhook_deliveries WHERE event = 'x'`, { user });
	});

	test('counts a runner that is at work', async () => {
		const key = await addProbe({ wait_ms: 3000 });

		await inState(key, 'leased');
		const { runners, runners_running, runners_busy } = await jobs();
		assert.ok(runners_busy >= 1);
		assert.equal(runners.length, runners_running);
		assert.ok(runners.some(({ pid, busy, database }) => pid > 0 && busy && database === 'ready'),
			JSON.stringify(runners));
		await ended(key);
	});

	test('has beside it what runners did, by kind and result, whatever becomes of them', async () => {
		const runs = async () => {
			const seen = await metrics('hob-jobs');

			return ['done', 'failed', 'dead'].map((result) =>
				seen[`hob_jobs_run_total{kind="probe",result="${result}"}`]);
		};
		const before = await runs();

		await ended(await addProbe());
		await ended(await addProbe());
		await inState(await addProbe({ never: 'no' }), 'dead');
		const failing = await addProbe({ fail: 'not now' });
		await until('it has failed', async () => (await jobOf(failing)).tries === 1);
		const now = await until('all are counted', async () => {
			const counted = (await runs()).map((n, i) => n - before[i]);

			return counted[0] >= 2 && counted[1] >= 1 && counted[2] >= 1 && counted;
		});
		assert.deepEqual(now, [2, 1, 1]);
		for (const { pid } of (await jobs()).runners)
			process.kill(pid, 'SIGKILL');
		await until('others are there', async () => (await metrics('hob-jobs')).hob_worker_crashes_total >= 2);
		assert.deepEqual((await runs()).map((n, i) => n - before[i]), [2, 1, 1]);
		assert.ok((await metrics('hob-jobs'))['hob_jobs_dead{kind="probe"}'] >= 0);
		await hobJobs('cancel', (await jobOf(failing)).id);
	});

	test('says that hob-jobs does not run, and answers without PostgreSQL', async () => {
		await stack('stop', 'jobs');
		const { code, stdout } = await hobStatus();
		assert.equal(code, 0, 'another host may have one');
		assert.match(stdout, /^hob-jobs NOT RUNNING, pid \d+, was up \d+ s/m);
		assert.equal((await jobs()).running, false);
		await stack('start', 'jobs');
		await until('it runs', async () => (await jobs()).running);
		await stack('kill', 'postgres');
		const seen = await until('its runners are cut off', async () => {
			const board = await jobs();
			return board.runners_linked === 0 && board;
		});
		assert.equal(typeof seen.link_why, 'string');
		await stack('start', 'postgres');
		await until('it is linked', async () => (await jobs()).runners_linked > 0, 30);
	});
});

describe('hob-jobs -t', () => {
	const { owner, fresh, drop } = databaseOf('hob_jobs_schema');
	const verdict = async () => {
		configure({ 'db.jobs_url': urlOf('hob_jobs', 'hob_jobs_schema') });
		const { code, said } = await runJobs('-c', process.env.HOB_CONF, '-t');
		configure();
		return { code, said };
	};

	before(fresh);
	after(drop);

	test('says of a schema that is older what to do, and not only what it lacks', async () => {
		assert.equal((await verdict()).code, 0);
		await owner(`DROP FUNCTION hob.backlog(); UPDATE hob.functions SET version = ${ours - 1}`);
		const { code, said } = await verdict();
		assert.equal(code, 78);
		assert.match(said, new RegExp(`has schema version ${ours - 1}, this program wants ${ours}: `
			+ 'run this program\'s `hob migrate` first \\(.*hob\\.backlog'));
	});

	test('says of one that should have it, but has not, that hob migrate is to be run', async () => {
		await owner(`UPDATE hob.functions SET version = ${ours}`);
		const { code, said } = await verdict();
		assert.equal(code, 78);
		assert.match(said, /is not what this program needs: run this program's `hob migrate` \(.*hob\.backlog/);
	});

	test('says of one that is newer that Hob is too old', async () => {
		await owner(`UPDATE hob.migrations SET good_for = ${ours + 1} WHERE number = ${ours}`);
		const { code, said } = await verdict();
		assert.equal(code, 78);
		assert.match(said, new RegExp(`version ${ours + 1}, this one knows ${ours}: install a newer Hob`));
	});
});
