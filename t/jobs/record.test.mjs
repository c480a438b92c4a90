// record.test.mjs: the hash of a day's record of staff, in the log of hob-jobs.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { sql } from '../api/support/db.mjs';
import { logged, logMark } from '../fault/support.mjs';
import { ended, logPath, newKey } from './support.mjs';

// The day of one event, long ago; what is written is taken away by who may do all.
const DAY = '2001-02-03';
const writeDay = () => sql(`WITH e AS (
		SELECT jsonb_populate_record(NULL::audit_events, jsonb_build_object('day', :'day', 'seq', 1,
			'id', gen_random_uuid(), 'at', :'day' || 'T12:00Z', 'staff_email', 'test', 'action', 'test',
			'entity', 'test', 'previous', hob.audit_start(:'day'), 'hash', '')) AS e
	), kept AS (
		INSERT INTO audit_events
		SELECT (jsonb_populate_record(e, jsonb_build_object('hash', hob.audit_hash(e)))).*
		  FROM e RETURNING day, seq, hash
	)
	INSERT INTO audit_days SELECT * FROM kept RETURNING hash`, { day: DAY });
const asSomebodyWhoMay = (change) => sql(`BEGIN; ALTER TABLE audit_events DISABLE TRIGGER USER;
	ALTER TABLE audit_days DISABLE TRIGGER USER; ${change}; ALTER TABLE audit_events ENABLE TRIGGER USER;
	ALTER TABLE audit_days ENABLE TRIGGER USER; COMMIT`);

async function run() {
	const key = newKey();

	await sql("SELECT hob.add_job('record', :'key')", { key });
	await ended(key);
}

after(() => asSomebodyWhoMay(`DELETE FROM audit_events WHERE day = '${DAY}';
	DELETE FROM audit_days WHERE day = '${DAY}'`));

test('a day that is over is in the log with its hash, and as an error when it was changed', async () => {
	const [hash] = await writeDay();
	let mark = logMark(logPath);

	await run();
	const line = await logged(mark, 'record_day');

	assert.equal(line.day, DAY);
	assert.equal(line.events, '1');
	assert.equal(line.hash, hash);
	await asSomebodyWhoMay(`UPDATE audit_events SET staff_email = 'nobody' WHERE day = '${DAY}'`);
	mark = logMark(logPath);
	await run();
	assert.equal((await logged(mark, 'record_broken')).detail, 'event 1 is not as it was written');
});
