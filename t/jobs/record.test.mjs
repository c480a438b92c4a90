// record.test.mjs: the hashes of days of the record of staff, in the log of hob-jobs.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { sql } from '../api/support/db.mjs';
import { logMark, logSince } from '../fault/support.mjs';
import { ended, logPath, newKey } from './support.mjs';

// Days of one event each, long ago; what is written is taken away by who may do all.
const DAYS = ['2001-02-03', '2001-02-04', '2001-02-07', '2001-02-08'];
let last;

/** Writes such a day, behind the one before; its hash. */
async function writeDay(day) {
	[last] = await sql(`WITH e AS (
		SELECT jsonb_populate_record(NULL::audit_events, jsonb_build_object('day', :'day', 'seq', 1,
			'id', gen_random_uuid(), 'at', :'day' || 'T12:00Z', 'staff_email', 'test', 'action', 'test',
			'entity', 'test', 'hash', '',
			'previous', coalesce(nullif(:'last', ''), hob.audit_start()))) AS e
	), kept AS (
		INSERT INTO audit_events
		SELECT (jsonb_populate_record(e, jsonb_build_object('hash', hob.audit_hash(e)))).*
		  FROM e RETURNING day, seq, hash
	)
	INSERT INTO audit_days SELECT * FROM kept RETURNING hash`, { day, last: last ?? '' });
	return last;
}

const asSomebodyWhoMay = (change) => sql(`BEGIN; ALTER TABLE audit_events DISABLE TRIGGER USER;
	ALTER TABLE audit_days DISABLE TRIGGER USER; ${change}; ALTER TABLE audit_events ENABLE TRIGGER USER;
	ALTER TABLE audit_days ENABLE TRIGGER USER; COMMIT`);

/** Runs the job; the lines of the log that it writes. */
async function run() {
	const key = newKey();
	const mark = logMark(logPath);

	await sql("SELECT hob.add_job('record', :'key')", { key });
	await ended(key);
	return ['record_day', 'record_broken'].flatMap((event) => logSince(mark, event));
}

after(() => asSomebodyWhoMay(`DELETE FROM audit_events WHERE day = ANY ('{${DAYS}}');
	DELETE FROM audit_days WHERE day = ANY ('{${DAYS}}')`));

test('each day that is over is in the log once, also when a run was missed, and as an error when it was changed',
	async () => {
		const hashes = [await writeDay(DAYS[0]), await writeDay(DAYS[1]), await writeDay(DAYS[2])];

		assert.deepEqual((await run()).map(({ event, day, events, hash }) => [event, day, events, hash]),
			hashes.map((hash, i) => ['record_day', DAYS[i], '1', hash]));
		assert.deepEqual(await run(), []);
		await writeDay(DAYS[3]);
		await asSomebodyWhoMay(`UPDATE audit_events SET staff_email = 'nobody' WHERE day = '${DAYS[3]}'`);
		assert.deepEqual((await run()).map(({ event, day, detail }) => [event, day, detail]),
			[['record_broken', DAYS[3], 'event 1 is not as it was written']]);
	});
