// file_sweep.test.mjs: hob-jobs removes what is left of files, and bytes that nothing tells of, from a directory and
// from a bucket, which may be away.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { describe, test } from 'node:test';

import { sql } from '../api/support/db.mjs';
import { newResidence, signUp } from '../api/support/people.mjs';
import { logged, logMark, until } from '../fault/support.mjs';
import { refuse } from './bucket.mjs';
import { addCopies, addCopy, age, bucket, dir, inDirectory, keyOf, leavings, putFile, sweepJob,
	useStores } from './copies.mjs';
import { ended, jobOf, logPath } from './support.mjs';

useStores();

/** A sweep by hob-jobs, as if a quarter of an hour had passed for what is left. */
const jobSwept = async () => {
	await sql("UPDATE file_leavings SET since = since - interval '15 minutes'");
	await ended(await sweepJob());
};

/** The job, once it waits for a store. */
const waiting = (key) => until('it waits', async () => {
	const found = await jobOf(key);

	return found?.last_error && found;
}, 20);
/** Its time has come, and the store is there again. */
const goesOn = (key) => until('it is done', async () => {
	await sql("UPDATE jobs SET run_at = now() WHERE key = :'key' AND leased_by IS NULL", { key });
	return (await jobOf(key)) === undefined;
}, 20);

describe('file_sweep', () => {
	test('removes the bytes of files that went, by whatever way', async () => {
		const copies = await addCopies(3);
		const there = await addCopies(2, { store: 's3' });
		const kept = await addCopy();
		const other = await newResidence(await signUp());

		await sql("UPDATE files SET residence_id = :'other' WHERE id = :'id'",
			{ other: other.id, id: copies[0].id });
		await sql("DELETE FROM residences WHERE id = :'other'", { other: other.id });
		await sql("DELETE FROM files WHERE id IN (:'a', :'b')", { a: copies[1].id, b: there[0].id });
		await sql("DELETE FROM file_copies WHERE file_id IN (:'a', :'b')", { a: copies[2].id, b: there[1].id });
		assert.equal((await leavings()).length, 5);
		await jobSwept();
		assert.deepEqual([inDirectory(), bucket.keys(), await leavings()], [[kept.key], [], []]);
	});

	test('deletes what hangs on nothing for a day or was refused, and nothing else', async () => {
		const [old, young, hung, refused, fresh] = await addCopies(5);
		const stage = ({ id }, hours) => sql(`UPDATE files SET residence_id = NULL, purpose = 'staged',
			created_at = now() - make_interval(hours => ${hours}) WHERE id = :'id'`, { id });

		await stage(old, 25);
		await stage(young, 23);
		await sql(`UPDATE files SET created_at = now() - interval '9 days' WHERE id = :'hung';
			UPDATE files SET state = 'refused' WHERE id IN (:'refused', :'fresh');
			UPDATE files SET created_at = now() - interval '25 hours' WHERE id = :'refused'`,
		{ hung: hung.id, refused: refused.id, fresh: fresh.id });
		await ended(await sweepJob());
		assert.deepEqual(await leavings(), [old.key, refused.key].sort());
		await jobSwept();
		assert.deepEqual(inDirectory(), [young.key, hung.key, fresh.key].sort());
		assert.deepEqual(await sql(`SELECT id FROM files ORDER BY id`), [young.id, hung.id, fresh.id].sort());
	});

	const away = [
		['says 500', (req, res) => refuse(res, 500, 'InternalError'), /500 InternalError/],
		['says 503', (req, res) => refuse(res, 503, 'SlowDown'), /503 SlowDown/],
		['is full', (req, res) => refuse(res, 507, 'InsufficientStorage'), /507/],
		['is silent', () => {}, /too slow|timed out|Timeout/i],
		['hangs up', (req, res) => res.destroy(), /./],
		['refuses our signature', (req, res) => refuse(res, 403, 'SignatureDoesNotMatch'), /403/],
	];

	for (const [what, fail, why] of away)
		test(`passes over a bucket that ${what}, no try is gone, and the directory is swept`, async () => {
			const there = await addCopies(3, { store: 's3' });
			const here = await addCopies(2);
			const mark = logMark(logPath);

			await sql(`DELETE FROM files;
				UPDATE file_leavings SET since = since - interval '15 minutes'`);
			bucket.fail = (req, res) => { req.resume(); fail(req, res); };
			const key = await sweepJob();
			const job = await waiting(key);

			assert.equal(job.tries, 0);
			assert.match(job.last_error, why);
			// libcurl asks anew where a connection that it kept is closed.
			assert.ok(bucket.seen.length <= 2, `${bucket.seen.length} requests`);
			const keys = there.map((copy) => copy.key).sort();
			assert.deepEqual([inDirectory(), bucket.keys(), await leavings()], [[], keys, keys]);
			assert.equal(here.length, 2);
			await logged(mark, 'file_store_failed', { store: 's3' });
			bucket.well();
			await goesOn(key);
			assert.deepEqual([bucket.keys(), await leavings()], [[], []]);
		});

	test('leaves what lies on another host to a job of that host', async () => {
		const ours = await addCopy({ host: hostname() });
		const other = await addCopy({ host: 'elsewhere' });

		await sql('DELETE FROM files');
		await jobSwept();
		assert.deepEqual([inDirectory(), await leavings()], [[other.key], [other.key]]);
		assert.notEqual(ours.key, other.key);
		const jobs = await sql(`SELECT key FROM jobs WHERE kind = 'file_sweep' AND key = 'elsewhere'
			UNION ALL SELECT key FROM job_history WHERE kind = 'file_sweep' AND key = 'elsewhere'`);
		assert.ok(jobs.length > 0);
	});
});

describe('file_sweep, once a day,', () => {
	const stray = (hours, store = 'directory') => {
		const key = keyOf();
		const path = store === 's3' ? bucket.pathOf(key) : `${dir}/${key}`;

		if (store === 's3') {
			mkdirSync(dirname(path), { recursive: true });
			writeFileSync(path, 'a');
		} else {
			putFile(key, 'a');
		}
		age(path, hours);
		return key;
	};
	const walks = () => sql('SELECT store, host, behind, ended_at IS NOT NULL FROM file_walks ORDER BY store');

	test('removes bytes that nothing tells of and that are a day old', async () => {
		const [copy] = await addCopies(1);
		const [kept] = await addCopies(1, { store: 's3' });

		age(`${dir}/${copy.key}`, 99);
		age(bucket.pathOf(kept.key), 99);
		stray(25);
		stray(25, 's3');
		const young = [stray(23), stray(23, 's3')];
		const mark = logMark(logPath);

		await ended(await sweepJob());
		assert.deepEqual([inDirectory(), bucket.keys()],
			[[copy.key, young[0]].sort(), [kept.key, young[1]].sort()]);
		assert.deepEqual(await walks(), [`directory|${hostname()}||t`, 's3|||t']);
		await logged(mark, 'files_unknown');
		const late = stray(25);
		await ended(await sweepJob());
		assert.ok(inDirectory().includes(late), 'it has looked today');
		await sql("UPDATE file_walks SET ended_at = ended_at - interval '1 day'");
		await ended(await sweepJob());
		assert.ok(!inDirectory().includes(late));
	});

	test('looks at so many at a time, and goes on behind them', async () => {
		const body = (n) => sql(`CREATE OR REPLACE FUNCTION hob.walk_keys() RETURNS int LANGUAGE sql IMMUTABLE
			RETURN ${n}`);
		const here = [1, 2, 3, 4, 5].map(() => stray(25)).sort();
		const there = [1, 2, 3, 4].map(() => stray(25, 's3')).sort();

		await body(2);
		try {
			await ended(await sweepJob());
			assert.deepEqual([inDirectory(), bucket.keys()], [here.slice(2), there.slice(2)]);
			assert.deepEqual(await walks(), [`directory|${hostname()}|${here[1]}|f`, `s3||${there[1]}|f`]);
			await ended(await sweepJob());
			await ended(await sweepJob());
		} finally {
			await body(100000);
		}
		assert.deepEqual([inDirectory(), bucket.keys()], [[], []]);
		assert.deepEqual(await walks(), [`directory|${hostname()}||t`, 's3|||t']);
	});

	test('begins a piece anew that a bucket did not answer for', async () => {
		stray(25, 's3');
		bucket.fail = (req, res) => req.method !== 'GET' || refuse(res, 500, 'InternalError');
		const key = await sweepJob();

		assert.equal((await waiting(key)).tries, 0);
		assert.deepEqual(await walks(), [`directory|${hostname()}||t`, 's3|||f']);
		bucket.well();
		await goesOn(key);
		assert.deepEqual(bucket.keys(), []);
	});
});
