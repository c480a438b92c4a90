// rollup.test.mjs: the numbers of a day: what people did, what left the house, what is kept, what waits, and what the
// workers of hob-api have answered.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { nobody } from '../api/support/client.mjs';
import { sql } from '../api/support/db.mjs';
import { expectOk } from '../api/support/expect.mjs';
import { newId, newResidence, newTask, signUp } from '../api/support/people.mjs';
import { stack, until } from '../fault/support.mjs';
import { addProbe, ended, hobJobs, newKey } from './support.mjs';

const today = async () => JSON.parse((await sql(`SELECT to_json(d) FROM stats_days d
	ORDER BY d.day DESC LIMIT 1`))[0] ?? '{}');
/** Counts all that there is by now, in as many hours as that may be. */
const rollUp = () => sql('SET jit = off; SELECT count(*) FROM generate_series(1, 30) WHERE hob.roll_up(now())');

/** By how much the numbers of today have grown with what `act` did. */
async function grown(act, names) {
	await rollUp();
	const before = await today();

	await act();
	await rollUp();
	const after = await today();

	return Object.fromEntries(names.map((name) => [name, after[name] - before[name]]));
}

/** In a transaction that leaves nothing: what `statements` make of these days, one line for each that is selected. */
const rehearsed = (statements) => sql(`SET jit = off; BEGIN; DELETE FROM stats_days; ${statements}; ROLLBACK`);

const act = (at, home, action = 'created', subject = 'task') => `INSERT INTO activity
	(residence_id, user_id, at, action, subject, subject_id)
	VALUES (${home}, gen_random_uuid(), '${at}', '${action}', '${subject}', gen_random_uuid())`;
const HOMES = ['11111111-0000-7000-8000-000000000000', '22222222-0000-7000-8000-000000000000'].map((id) => `'${id}'`);

describe('what people do', () => {
	test('counts once: who signs up, what is done, and each home in which something is changed', async () => {
		let person;

		assert.deepEqual(await grown(async () => {
			person = await signUp();
			const [home, other] = [await newResidence(person), await newResidence(person)];
			const chore = { due_on: '2031-01-06', recurrence: { unit: 'week' } };
			const task = await newTask(person, home, chore);

			expectOk(await person.client.post(`/api/tasks/${task.id}/complete`, { occurrence: 1 }), 201);
			expectOk(await person.client.post(`/api/tasks/${task.id}/skip`, { occurrence: 2 }), 201);
			await newTask(person, other);
		}, ['sign_ups', 'active_homes', 'tasks_done']), { sign_ups: 1, active_homes: 2, tasks_done: 1 });
		assert.deepEqual(await grown(async () => {
			const { results } = (await person.client.get('/api/residences')).body;

			await newTask(person, results[0]);
			expectOk(await person.client.get('/api/residences'));
		}, ['sign_ups', 'active_homes', 'tasks_done']), { sign_ups: 0, active_homes: 0, tasks_done: 0 });
	});

	test('counts on its own day, on either side of midnight', async () => {
		const lines = await rehearsed(`INSERT INTO stats_days (day, upto, storage_bytes)
			VALUES ('2001-02-03', '2001-02-03T23:30Z', 7);
			${act('2001-02-03T23:29Z', HOMES[0])}; ${act('2001-02-03T23:59Z', HOMES[0])};
			${act('2001-02-04T00:00Z', HOMES[0])}; ${act('2001-02-04T00:01Z', HOMES[1])};
			${act('2001-02-04T00:02Z', 'NULL', 'created', 'account')};
			${act('2001-02-04T00:02Z', 'NULL', 'updated', 'account')};
			SELECT hob.roll_up('2001-02-04T00:10Z'); SELECT hob.roll_up('2001-02-04T00:10Z');
			SELECT day, sign_ups, active_homes, to_char(upto AT TIME ZONE 'UTC', 'HH24:MI')
			  FROM stats_days ORDER BY day`);

		assert.deepEqual(lines, ['f', 'f', '2001-02-03|0|1|23:30', '2001-02-04|1|2|00:10']);
	});

	test('is caught up with behind an outage, an hour at a time', async () => {
		const lines = await rehearsed(`INSERT INTO stats_days (day, upto, storage_bytes)
			VALUES ('2001-02-03', '2001-02-03T20:00Z', 7);
			${act('2001-02-03T21:30Z', HOMES[0])}; ${act('2001-02-04T21:30Z', HOMES[0])};
			${Array.from({ length: 26 }, () => "SELECT hob.roll_up('2001-02-04T22:00Z')").join('; ')};
			SELECT day, active_homes, storage_bytes >= 7 FROM stats_days ORDER BY day`);

		assert.deepEqual(lines, [...Array(25).fill('t'), 'f', '2001-02-03|1|t', '2001-02-04|1|t']);
	});
});

test('deliveries count by how they ended, when they did', async () => {
	const { user } = await signUp();

	assert.deepEqual(await grown(() => sql(`INSERT INTO deliveries (user_id, form, channel, state, ended_at)
		SELECT :'id', 'digest', 'mail', s, CASE WHEN s <> 'waiting' THEN now() END
		  FROM unnest('{accepted,accepted,failed,dropped,waiting}'::text[]) s`, { id: user.id }),
	['notices_sent', 'notices_failed']), { notices_sent: 2, notices_failed: 1 });
	await sql("DELETE FROM deliveries WHERE user_id = :'id'", { id: user.id });
});

test('bytes of files come and go', async () => {
	const { user } = await signUp();
	const id = newId();
	const change = (statement) => grown(() => sql(statement, { id, who: user.id }), ['storage_bytes']);

	assert.deepEqual(await change(`INSERT INTO files (id, uploaded_by, media_type, bytes, kept_bytes, sha256)
		VALUES (:'id', :'who', 'text/plain', 1000, 1000, sha256('x'))`), { storage_bytes: 1000 });
	assert.deepEqual(await change("UPDATE files SET kept_bytes = 1500 WHERE id = :'id'"), { storage_bytes: 500 });
	assert.deepEqual(await change("UPDATE files SET name = 'x' WHERE id = :'id'"), { storage_bytes: 0 });
	assert.deepEqual(await change("DELETE FROM files WHERE id = :'id'"), { storage_bytes: -1500 });
	assert.deepEqual(await sql('SELECT bytes FROM stats_bytes'), []);
});

test('what waits is the most that was met, and for how long', async () => {
	await rollUp();
	await sql('UPDATE stats_days SET queue = 0, job_lag_s = 0');
	await hobJobs('pause', 'probe');
	const keys = [await addProbe(), await addProbe()];

	await sql("UPDATE jobs SET run_at = now() - interval '90 s' WHERE key = :'key'", { key: keys[0] });
	await rollUp();
	assert.ok((await today()).job_lag_s < 60, 'a kind that is paused counts');
	const lines = await sql(`BEGIN; UPDATE job_kinds SET paused = false WHERE kind = 'probe';
		SELECT hob.roll_up(now()); SELECT queue >= 2 AND job_lag_s BETWEEN 90 AND 120 FROM stats_days
		ORDER BY day DESC LIMIT 1; COMMIT`);

	assert.deepEqual(lines, ['f', 't']);
	await Promise.all(keys.map((key) => ended(key)));
	await rollUp();
	assert.ok((await today()).job_lag_s >= 90);
});

describe('the job', () => {
	test('counts what is older than a minute', async () => {
		const key = newKey();

		await sql(`DELETE FROM stats_days; INSERT INTO stats_days (day, upto)
			SELECT (t AT TIME ZONE 'UTC')::date, t FROM (SELECT now() - interval '5 minutes' AS t) x`);
		await sql("SELECT hob.add_job('rollup', :'key')", { key });
		await ended(key);
		assert.equal(await sql(`SELECT now() - max(upto) BETWEEN interval '1 minute' AND interval '2 minutes'
			FROM stats_days`).then(String), 't');
	});

	test('comes every five minutes', async () => {
		assert.deepEqual(await sql("SELECT every FROM job_kinds WHERE kind = 'rollup'"), ['00:05:00']);
	});
});

describe('requests', () => {
	test('count by status and time, and once however often they are told', async () => {
		const tell = (statuses, latencies) =>
			`SELECT hob.note_requests('a pool', '${statuses}', '${latencies}') IS NULL`;
		const shown = `SELECT requests_2xx, requests_4xx, requests_5xx, hob.latency_us(latencies, 0.5),
			hob.latency_us(latencies, 0.99) FROM stats_days`;
		const zeros = (n) => Array(n).fill(0).join(',');

		assert.deepEqual(await rehearsed([tell('{90,0,10,0}', `{${zeros(36)},90,${zeros(3)},10}`),
			tell('{90,0,10,0}', `{${zeros(36)},90,${zeros(3)},10}`), shown,
			tell('{190,0,10,1}', `{${zeros(36)},191,${zeros(3)},10,0,0}`), shown].join(';')), [
			// Bucket 36 is of 1,024 us to 1,279, bucket 40 of 2,048 to 2,559.
			'f', 'f', '90|10|0|1166|2509', 'f', '190|10|1|1159|2457']);
	});

	test('are told by hob-api when its workers end, and once a minute', async () => {
		const count = async () => Number(await sql(`SELECT coalesce(sum(requests_2xx + requests_4xx), 0)
			FROM stats_days`));
		const before = await count();

		for (let i = 0; i < 20; i++)
			await nobody.get(i % 2 ? '/api/lookups' : '/api/nothing-here');
		await stack('restart', 'api');
		await until('the requests are told', async () => await count() >= before + 20);
		const [line] = await sql(`SELECT hob.latency_us(latencies, 0.5) BETWEEN 1 AND 10000000
			AND hob.latency_us(latencies, 0.5) <= hob.latency_us(latencies, 0.99)
			FROM stats_days ORDER BY day DESC LIMIT 1`);

		assert.equal(line, 't');
	});
});
