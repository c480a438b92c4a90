// rollup.test.mjs: the numbers of a day: what people did, what left the house, what is kept, what waits, and what the
// workers of hob-api have answered.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { nobody } from '../api/support/client.mjs';
import { withinOneDay } from '../api/support/days.mjs';
import { sql } from '../api/support/db.mjs';
import { expectOk } from '../api/support/expect.mjs';
import { newId, newResidence, newTask, signUp } from '../api/support/people.mjs';
import { holding, installHold, pids, removeHold, settled, signal, stack, until } from '../fault/support.mjs';
import { ended, hobJobs, newKey } from './support.mjs';

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

/** On one day (UTC): begun again when its end came in between. */
const onOneDay = (name, body) => test(name, () => withinOneDay(['UTC'], body));

// Who counts at the same time keeps others from it.
before(() => hobJobs('pause', 'rollup'));
after(() => hobJobs('resume', 'rollup'));

describe('what people do', () => {
	onOneDay('counts once: who signs up, what is done, and each home in which something is changed', async () => {
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
			${act('2001-02-03T23:40Z', HOMES[1], 'looked', 'residence')};
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

onOneDay('deliveries count by how they ended, when they did', async () => {
	const { user } = await signUp();

	assert.deepEqual(await grown(() => sql(`INSERT INTO deliveries (user_id, form, channel, state, ended_at)
		SELECT :'id', 'digest', 'mail', s, CASE WHEN s <> 'waiting' THEN now() END
		  FROM unnest('{accepted,accepted,failed,dropped,waiting}'::text[]) s`, { id: user.id }),
	['notices_sent', 'notices_failed']), { notices_sent: 2, notices_failed: 1 });
	await sql("DELETE FROM deliveries WHERE user_id = :'id'", { id: user.id });
});

onOneDay('bytes of files come and go', async () => {
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

describe('behind an outage of hob-jobs', () => {
	const steps = (count) => Array(count).fill("SELECT hob.roll_up('2001-02-04T08:00Z')").join('; ');
	const came = (at, bytes) => `INSERT INTO stats_bytes VALUES ('${at}', ${bytes})`;
	const shown = 'SELECT day, storage_bytes FROM stats_days ORDER BY day';

	test('bytes are on the day on which they came and on later ones, whoever opened them', async () => {
		// hob-api opens days as it tells what it has answered.
		assert.deepEqual(await rehearsed(`INSERT INTO stats_days (day, upto, storage_bytes)
			VALUES ('2001-02-02', '2001-02-02T22:00Z', 7), ('2001-02-03', '2001-02-03T22:00Z', 8);
			${came('2001-02-03T22:30Z', 1000)}; ${came('2001-02-04T07:30Z', 500)};
			SELECT hob.open_stats('2001-02-04') IS NULL; ${steps(10)}; ${shown};
			${came('2001-02-03T23:59Z', 20)}; ${steps(1)}; ${shown}`), ['t',
			...Array(9).fill('t'), 'f', '2001-02-02|7', '2001-02-03|1008', '2001-02-04|1508',
			'f', '2001-02-02|7', '2001-02-03|1028', '2001-02-04|1528']);
	});

	test('what waits now is not what waited then', async () => {
		const lines = await rehearsed(`INSERT INTO stats_days (day, upto)
			VALUES ('2001-02-03', '2001-02-03T22:00Z');
			SELECT hob.open_stats((now() AT TIME ZONE 'UTC')::date) IS NULL;
			SELECT hob.add_job('probe', 'waits', now() - interval '90 s') IS NULL; ${steps(1)};
			SELECT queue > 0, job_lag_s >= 90 FROM stats_days ORDER BY day`);

		assert.deepEqual(lines.slice(-2), ['f|f', 't|t']);
	});
});

onOneDay('what waits is the most that was met, and for how long', async () => {
	// Other kinds may wait, too: those whose time tests have moved.
	const lines = await rehearsed(`UPDATE job_kinds SET paused = true; DELETE FROM jobs WHERE kind = 'probe';
		INSERT INTO stats_days (day, upto) SELECT (now() AT TIME ZONE 'UTC')::date, now();
		SELECT hob.add_job('probe', 'waits ' || n, now() - interval '90 s') IS NULL
		  FROM generate_series(0, 1) n;
		SELECT hob.roll_up(now()); SELECT queue, job_lag_s FROM stats_days;
		UPDATE job_kinds SET paused = false WHERE kind = 'probe';
		SELECT hob.roll_up(now()); SELECT queue, job_lag_s FROM stats_days;
		DELETE FROM jobs WHERE kind = 'probe';
		SELECT hob.roll_up(now()); SELECT queue, job_lag_s FROM stats_days`);

	assert.deepEqual(lines, ['f', 'f', 'f', '0|0', 'f', '2|90', 'f', '2|90']);
});

describe('the job', () => {
	before(() => hobJobs('resume', 'rollup'));
	after(() => hobJobs('pause', 'rollup'));

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

	test('count once in whatever order they are told', async () => {
		const tell = (statuses) => `SELECT hob.note_requests('a pool', '${statuses}', '${statuses}') IS NULL`;
		const shown = 'SELECT requests_2xx, requests_4xx, latencies FROM stats_days';

		assert.deepEqual(await rehearsed([tell('{5,0,2,0}'), tell('{4,0,3,0}'), tell('{1,0,0,0}'), shown,
			tell('{6,0,3,0}'), shown].join(';')),
		['f', 'f', 'f', '5|3|{5,0,3,0}', 'f', '6|3|{6,0,3,0}']);
	});

	describe('to hob-api', () => {
		const count = async () => Number(await sql(`SELECT coalesce(sum(requests_2xx + requests_4xx), 0)
			FROM stats_days`));
		const grownBy = (from, more) => async () => {
			const now = await count();

			assert.ok(now <= from + more, `${now - from} of ${more}`);
			return now === from + more;
		};
		const restart = async () => {
			await stack('restart', 'api');
			await settled();
		};
		const ask = async (times) => {
			for (let i = 0; i < times; i++)
				await nobody.get(i % 2 ? '/api/lookups' : '/api/nothing-here');
		};

		test('are told when its workers end, however soon, and once when a new image comes', async () => {
			await restart();
			const from = await count();

			await ask(20);
			await restart();
			await ask(10);
			await restart();
			await ask(5);
			const former = await pids();

			signal('USR2');
			await settled(({ workers }) => workers.every(({ pid }) => !former.includes(pid)));
			await ask(5);
			await stack('restart', 'api');
			await until('the requests are told', grownBy(from, 40));
			const [line] = await sql(`SELECT hob.latency_us(latencies, 0.5) BETWEEN 1 AND 10000000
				AND hob.latency_us(latencies, 0.5) <= hob.latency_us(latencies, 0.99)
				FROM stats_days ORDER BY day DESC LIMIT 1`);

			assert.equal(line, 't');
		});

		test('are told by the last of its workers that ends', async (t) => {
			const person = await signUp();

			await installHold();
			t.after(removeHold);
			await restart();
			const from = await count();
			const { answer } = await holding(person, 1500);

			// Others end at once.
			await ask(3);
			await stack('restart', 'api');
			expectOk(await answer);
			await until('the requests are told', grownBy(from, 4));
		});

		test('are told once a minute', async () => {
			await restart();
			const [from, workers] = [await count(), await pids()];

			await ask(20);
			await until('the requests are told', grownBy(from, 20), 80);
			assert.deepEqual(await pids(), workers);
		});
	});
});
