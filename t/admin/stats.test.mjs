// stats.test.mjs: the numbers of the service, of today with the day before, and of former days.
import assert from 'node:assert/strict';
import { after, before, describe, test as plainTest } from 'node:test';

import { withinOneDay } from '../api/support/days.mjs';
import { sql } from '../api/support/db.mjs';
import { hob, staffPanel } from './support/staff.mjs';

const NAMES = ['sign_ups', 'active_homes', 'tasks_done', 'notices_sent', 'notices_failed', 'storage_bytes',
	'requests_2xx', 'requests_3xx', 'requests_4xx', 'requests_5xx', 'p50_us', 'p99_us', 'queue', 'job_lag_s'];
const dayAgo = (days) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
/** On one day (UTC): begun again when its end came in between. */
const test = (name, body) => plainTest(name, () => withinOneDay(['UTC'], body));

/** Days ago that have been, with this many tasks done. To requests of today hob-api may add its own at any time. */
const write = (days) => sql(`DELETE FROM stats_days;
	INSERT INTO stats_days (day, tasks_done, storage_bytes, requests_2xx, latencies)
	SELECT (now() AT TIME ZONE 'UTC')::date - ago, done, 1000 * done, 100, '{0,0,0,0,100}'
	  FROM unnest('{${Object.keys(days)}}'::int[], '{${Object.values(days)}}'::int[]) d (ago, done)
	ON CONFLICT (day) DO UPDATE SET tasks_done = EXCLUDED.tasks_done, storage_bytes = EXCLUDED.storage_bytes`);

describe('the numbers', () => {
	let panel;

	before(async () => {
		await hob('jobs', 'pause', 'rollup');
		panel = await staffPanel('support');
	});
	after(() => hob('jobs', 'resume', 'rollup'));

	test('of today stand beside those of the day before', async () => {
		await write({ 0: 3, 1: 8, 2: 1 });
		const { status, body } = await panel.get('/stats/overview');

		assert.equal(status, 200);
		assert.deepEqual(Object.keys(body), ['day', ...NAMES, 'day_before']);
		assert.deepEqual(Object.keys(body.day_before), ['day', ...NAMES]);
		for (const name of NAMES)
			assert.equal(typeof body[name], 'number', name);
		assert.deepEqual([body.day, body.day_before.day], [dayAgo(0), dayAgo(1)]);
		assert.deepEqual([body.tasks_done, body.day_before.tasks_done], [3, 8]);
		assert.equal(body.storage_bytes, 3000);
		assert.deepEqual([body.day_before.requests_2xx, body.day_before.p50_us], [100, 5]);
	});

	test('of a day are nothing when nothing was counted, and what is kept stays', async () => {
		await write({ 1: 8, 3: 6 });
		const { body } = await panel.get('/stats/overview');

		assert.deepEqual([body.tasks_done, body.storage_bytes], [0, 8000]);
		assert.equal(body.day_before.tasks_done, 8);
		// As hob-api opens a day.
		await sql("SELECT hob.open_stats((now() AT TIME ZONE 'UTC')::date)");
		assert.equal((await panel.get('/stats/overview')).body.storage_bytes, 8000);
		const row = (await panel.get('/stats/timeseries')).body.results.at(-3);

		assert.deepEqual([row.tasks_done, row.requests_2xx, row.p99_us, row.storage_bytes], [0, 0, 0, 6000]);
		await sql('DELETE FROM stats_days');
		assert.equal((await panel.get('/stats/overview')).body.day_before, null);
	});

	test('of former days come in order and without a gap, from the first that is known', async () => {
		await write({ 0: 5, 3: 2, 40: 9 });
		const month = (await panel.get('/stats/timeseries')).body;

		assert.deepEqual(Object.keys(month), ['results']);
		assert.equal(month.results.length, 30);
		assert.deepEqual(month.results.slice(-4).map(({ day, tasks_done: done }) => [day, done]),
			[[dayAgo(3), 2], [dayAgo(2), 0], [dayAgo(1), 0], [dayAgo(0), 5]]);
		assert.deepEqual(month.results.slice(-4).map((row) => row.storage_bytes), [2000, 2000, 2000, 5000]);
		const year = (await panel.get('/stats/timeseries?days=365')).body.results;

		assert.equal(year.length, 41);
		assert.equal(year[0].tasks_done, 9);
		assert.ok(NAMES.every((name) => typeof year[0][name] === 'number'));
	});

	test('are asked for of so many days at most', async () => {
		for (const [days, code] of [[0, 'too_small'], [401, 'too_large'], ['x', 'type']]) {
			const { status, body } = await panel.get(`/stats/timeseries?days=${days}`);

			assert.equal(status, 400);
			assert.deepEqual(body.errors.map((fault) => [fault.field, fault.code]), [['days', code]]);
		}
	});

	test('of days that are 400 days old are swept away', async () => {
		await write({ 0: 1, 400: 2, 401: 3 });
		await sql("SELECT hob.sweep_step('deleted numbers of days that are 400 days old')");
		assert.deepEqual(await sql('SELECT tasks_done FROM stats_days ORDER BY day'), ['2', '1']);
	});
});
