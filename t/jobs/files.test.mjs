// files.test.mjs: the bytes of files and their rows: `hob files` moves, verifies, sweeps and forgets. A directory and a
// bucket, real ones.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { describe, test } from 'node:test';

import { sql } from '../api/support/db.mjs';
import { asOwner, configure, confPath, state } from '../fault/support.mjs';
import { refuse, SECRET } from './bucket.mjs';
import { addCopies, addCopy, age, bucket, dir, expectCode, hobFiles, inDirectory, keyOf, leavings, owner, putFile,
	rowOf, start, sweepJob, swept, useBucket, useStores } from './copies.mjs';
import { ended, runJobs } from './support.mjs';

useStores();

/** Each copy is in this store, whole, under a row that says so, and behind a sweep nowhere else. */
async function expectMoved(copies, store) {
	const rows = await Promise.all(copies.map(rowOf));

	rows.forEach((row, i) => {
		const bytes = store === 's3' ? bucket.bytes(row.key) : readFileSync(`${dir}/${row.key}`);

		assert.equal(row.store, store);
		assert.ok(store === 'directory' || row.host === null);
		assert.ok(bytes.equals(copies[i].bytes), row.key);
	});
	const keys = rows.map((row) => row.key).sort();
	await swept();
	assert.deepEqual([inDirectory(), bucket.keys()], store === 's3' ? [[], keys] : [keys, []]);
	assert.deepEqual(await leavings(), []);
}

describe('hob files move', () => {
	test('brings all copies into the bucket, and back', async () => {
		const copies = await addCopies(12);

		const { stdout, stderr } = await expectCode(hobFiles('move', '--to', 's3'), 0);
		assert.match(stdout, /^12 copies moved, 0 left that are bad$/m);
		assert.match(stderr, /copies: 12 of 12/);
		await expectMoved(copies, 's3');
		assert.match((await expectCode(hobFiles('move', '--to', 's3'), 0)).stdout, /^0 copies moved/m);
		await expectCode(hobFiles('verify'), 0);
		await expectCode(hobFiles('move', '--to', 'directory'), 0);
		await expectMoved(copies, 'directory');
		const { key } = await rowOf(copies[0]);
		const { mode, uid } = statSync(`${dir}/${key}`);
		assert.deepEqual([mode & 0o7777, uid], [0o640, owner.uid]);
		assert.equal((await rowOf(copies[0])).host, hostname());
	});

	test('brings those of this host and those of all hosts, but not what is not clean yet', async () => {
		const ours = [await addCopy({ host: hostname() }), await addCopy()];
		const others = [await addCopy({ host: 'elsewhere' }),
			await addCopy({ variant: 'sent', host: hostname() })];

		await expectCode(hobFiles('move', '--to', 's3'), 0);
		for (const one of ours)
			assert.deepEqual([(await rowOf(one)).store, (await rowOf(one)).host], ['s3', null]);
		for (const one of others)
			assert.equal((await rowOf(one)).key, one.key);
		await swept();
		assert.deepEqual(inDirectory(), others.map(({ key }) => key).sort());
	});

	test('leaves one that is missing or has other bytes, says so, and goes on', async () => {
		const [missing, short, other, good] = await addCopies(4);

		rmSync(`${dir}/${missing.key}`);
		putFile(short.key, short.bytes.subarray(1));
		putFile(other.key, randomBytes(2000));
		const { stdout } = await expectCode(hobFiles('move', '--to', 's3'), 1);
		for (const [{ id, key }, why] of [[missing, 'is missing'], [short, 'has another size'],
			[other, 'has other bytes']]) {
			assert.ok(stdout.includes(`${id} main ${key} ${why}\n`), stdout);
			assert.equal((await rowOf({ id })).store, 'directory');
		}
		assert.equal((await rowOf(good)).store, 's3');
		assert.ok(existsSync(`${dir}/${other.key}`));
	});

	test('that is killed at any point loses nothing, and is run again', async () => {
		const copies = await addCopies(12);
		const steps = [['PUT', 2], ['HEAD', 2], ['GET', 2], ['GET', 3], ['PUT', 1]];

		for (const [method, count] of steps) {
			let seen = 0;
			let held;
			const reached = new Promise((resolve) => { held = resolve; });

			bucket.fail = (req, res) => {
				seen += req.method === method;
				if (req.method !== method || seen < count)
					return true;
				req.resume();
				res.on('error', () => {});
				held();
				return false;
			};
			const child = start(['move', '--to', 's3']);
			await reached;
			child.kill('SIGKILL');
			await child.ended;
			bucket.well();
			await expectCode(hobFiles('verify'), 0);
		}
		await expectCode(hobFiles('move', '--to', 's3'), 0);
		await expectMoved(copies, 's3');
	});

	test('leaves the former bytes for a quarter of an hour, for a download that is under way', async () => {
		const [copy] = await addCopies(1, { store: 's3' });

		await expectCode(hobFiles('move', '--to', 'directory'), 0);
		await sql("UPDATE file_leavings SET since = since - interval '14 minutes'");
		await expectCode(hobFiles('sweep'), 0);
		await ended(await sweepJob());
		assert.deepEqual([(await rowOf(copy)).store, await leavings()], ['directory', [copy.key]]);
		assert.deepEqual(bucket.keys(), [copy.key]);
		await expectMoved([copy], 'directory');
	});

	test('names the disk by files.host', async () => {
		const [copy] = await addCopies(1, { store: 's3' });

		useBucket({ 'files.host': 'disk-1' });
		await expectCode(hobFiles('move', '--to', 'directory'), 0);
		assert.equal((await rowOf(copy)).host, 'disk-1');
		await expectMoved([copy], 'directory');
		configure({ 'files.host': 'd'.repeat(65) });
		assert.match((await expectCode(hobFiles('verify'), 1)).stderr, /files\.host must have 64 bytes/);
	});

	test('of a file that is deleted meanwhile leaves no bytes of it', async () => {
		const [copy] = await addCopies(1);
		let deleted;

		bucket.fail = (req, res) => {
			if (req.method !== 'GET' || deleted)
				return true;
			deleted = sql("DELETE FROM files WHERE id = :'id'", { id: copy.id }).finally(() => {
				res.writeHead(200, { 'Content-Length': copy.bytes.length }).end(copy.bytes);
			});
			return false;
		};
		assert.match((await expectCode(hobFiles('move', '--to', 's3'), 0)).stdout, /^0 copies moved/);
		await swept();
		assert.deepEqual([inDirectory(), bucket.keys()], [[], []]);
	});

	const failures = [
		['is full', (req, res) => refuse(res, 507, 'InsufficientStorage'), /507/],
		['answers 500', (req, res) => refuse(res, 500, 'InternalError'), /500/],
		['is silent', () => {}, /too slow|timed out|Timeout/i],
		['refuses us', (req, res) => refuse(res, 403, 'AccessDenied'), /403/],
	];

	for (const [what, fail, why] of failures)
		test(`into a bucket that ${what} stops, and nothing has changed`, async () => {
			const copies = await addCopies(2);

			bucket.fail = (req, res) => { req.resume(); fail(req, res); };
			assert.match((await expectCode(hobFiles('move', '--to', 's3'), 75)).stderr, why);
			bucket.well();
			await expectMoved(copies, 'directory');
		});

	test('with a wrong secret says what the server says, and not the secret', async () => {
		await addCopy();
		useBucket({ 'files.s3_secret': 'a-wrong-secret' });
		const { stderr } = await expectCode(hobFiles('move', '--to', 's3'), 75);

		assert.match(stderr, /403 SignatureDoesNotMatch/);
		assert.ok(!stderr.includes('a-wrong-secret'));
	});

	test('reads the secret from a file', async () => {
		const copies = await addCopies(1);
		const path = `${state}/s3.secret`;

		writeFileSync(path, `${SECRET}\n`, { mode: 0o600 });
		chownSync(path, owner.uid, owner.gid);
		useBucket({ 'files.s3_secret': `@${path}` });
		await expectCode(hobFiles('move', '--to', 's3'), 0);
		await expectMoved(copies, 's3');
	});

	test('knows where to, has a bucket, and is run by whom the directory belongs to', async () => {
		await expectCode(hobFiles('move', '--to', 'nowhere'), 64);
		await expectCode(hobFiles('move'), 64);
		await expectCode(hobFiles('push'), 64);
		if (asOwner.uid !== undefined)
			assert.match((await expectCode(start(['move', '--to', 's3'], {}).ended, 1)).stderr,
				/not of this user/);
		configure();
		assert.match((await expectCode(hobFiles('move', '--to', 's3'), 1)).stderr, /there is no bucket/);
	});
});

describe('hob files verify', () => {
	test('finds what is missing, and other bytes, in both stores', async () => {
		const [a, b, c] = await addCopies(3);
		const [d, e, f] = await addCopies(3, { store: 's3' });

		await expectCode(hobFiles('verify'), 0);
		rmSync(`${dir}/${a.key}`);
		putFile(b.key, randomBytes(2000));
		rmSync(bucket.pathOf(d.key));
		writeFileSync(bucket.pathOf(e.key), e.bytes.subarray(1));
		const { stdout } = await expectCode(hobFiles('verify'), 1);

		for (const [{ id, key }, why] of [[a, 'is missing'], [b, 'has other bytes'], [d, 'is missing'],
			[e, 'has another size']])
			assert.ok(stdout.includes(`${id} main ${key} ${why}\n`), stdout);
		assert.ok(![c, f].some(({ key }) => stdout.includes(key)));
		assert.match(stdout, /^6 copies, 4 of them bad$/m);
	});

	test('says that a store is away, and not that its files are missing', async () => {
		await addCopies(2, { store: 's3' });
		bucket.fail = (req, res) => refuse(res, 503, 'SlowDown');
		assert.doesNotMatch((await expectCode(hobFiles('verify'), 75)).stdout, /missing/);
		bucket.well();
		useBucket({ 'files.s3_bucket': 'another' });
		assert.doesNotMatch((await expectCode(hobFiles('verify'), 75)).stdout, /missing/);
		configure();
		assert.match((await expectCode(hobFiles('verify'), 75)).stderr, /files.s3_endpoint is not set/);
	});
});

describe('hob files sweep', () => {

	test('removes bytes without a row that are older than a day, and no others', async () => {
		const [copy] = await addCopies(1);
		const [kept] = await addCopies(1, { store: 's3' });
		const [old, young, oldThere, youngThere] = [keyOf(), keyOf(), keyOf(), keyOf()];

		putFile(old, 'a');
		putFile(young, 'b');
		mkdirSync(`${dir}/exports`, { recursive: true });
		writeFileSync(`${dir}/exports/x.zip`, 'c');
		for (const key of [oldThere, youngThere]) {
			mkdirSync(dirname(bucket.pathOf(key)), { recursive: true });
			writeFileSync(bucket.pathOf(key), 'd');
		}
		for (const path of [`${dir}/${old}`, `${dir}/${copy.key}`, `${dir}/exports/x.zip`,
			bucket.pathOf(oldThere), bucket.pathOf(kept.key)])
			age(path, 25);
		for (const path of [`${dir}/${young}`, bucket.pathOf(youngThere)])
			age(path, 23);
		await expectCode(hobFiles('sweep'), 0);
		assert.deepEqual(inDirectory(), [copy.key, young].sort());
		assert.deepEqual(bucket.keys(), [kept.key, youngThere].sort());
		await expectCode(hobFiles('sweep', '--age', '3600'), 0);
		assert.deepEqual([inDirectory(), bucket.keys()], [[copy.key], [kept.key]]);
		assert.ok(existsSync(`${dir}/exports/x.zip`));
		rmSync(`${dir}/exports/x.zip`);
		await expectCode(hobFiles('sweep', '--age', 'x'), 64);
	});

	test('removes nothing that may be of an upload under way', async () => {
		const key = keyOf();

		putFile(key, 'a');
		for (const seconds of ['0', '899', '-1'])
			assert.match((await expectCode(hobFiles('sweep', '--age', seconds), 64)).stderr,
				/no --age below 900: .* an upload under way/s);
		age(`${dir}/${key}`, 0.24);
		await expectCode(hobFiles('sweep', '--age', '900'), 0);
		assert.deepEqual(inDirectory(), [key]);
		age(`${dir}/${key}`, 0.26);
		await expectCode(hobFiles('sweep', '--age', '900'), 0);
		assert.deepEqual(inDirectory(), []);
	});

	test('keeps what somebody has noted before it was put', async () => {
		const key = keyOf();

		putFile(key, 'a');
		age(`${dir}/${key}`, 25);
		await sql("SELECT hob.note_bytes(ARRAY[:'key'], 'directory', :'host')", { key, host: hostname() });
		await expectCode(hobFiles('sweep'), 0);
		assert.deepEqual(inDirectory(), [key]);
		await swept();
		assert.deepEqual([inDirectory(), await leavings()], [[], []]);
	});
});

describe('hob files forget', () => {
	test('ends the waiting for a host that is gone, of which the sweep tells', async () => {
		await addCopies(2, { host: 'elsewhere' });
		const [kept] = await addCopies(1, { host: 'elsewhere' });

		await sql("DELETE FROM files WHERE id <> :'id'", { id: kept.id });
		assert.match((await expectCode(hobFiles('sweep'), 0)).stdout,
			/^copies that hob-jobs on elsewhere has to remove: 2, since /m);
		await sql(`INSERT INTO file_walks VALUES ('directory', 'elsewhere');
			SELECT hob.sweep_elsewhere('here')`);
		const { stdout } = await expectCode(hobFiles('forget', 'elsewhere'), 0);
		assert.match(stdout, /forgotten: 2\n.* there yet: 1\n/);
		assert.deepEqual([await leavings(), await sql("SELECT 1 FROM file_walks WHERE host = 'elsewhere'"),
			await sql("SELECT 1 FROM jobs WHERE kind = 'file_sweep' AND key = 'elsewhere'")], [[], [], []]);
		assert.equal((await rowOf(kept)).host, 'elsewhere');
	});

	test('takes one host, and not this one', async () => {
		await expectCode(hobFiles('forget'), 64);
		assert.match((await expectCode(hobFiles('forget', hostname()), 1)).stderr, /is this host/);
	});
});

describe('hob-jobs -t', () => {
	test('says whether the bucket lets us in', async () => {
		const { code, said } = await runJobs('-t', '-c', confPath);

		assert.equal(code, 0, said);
		assert.match(said, /files\.s3_bucket\s+ok/);
		useBucket({ 'files.s3_secret': 'wrong' });
		const refused = await runJobs('-t', '-c', confPath);
		assert.equal(refused.code, 78);
		assert.match(refused.said, /files\.s3_bucket\s+FAILED: .* says 403 SignatureDoesNotMatch/);
	});

	test('says what the settings lack', async () => {
		configure({ 'files.store': 's3' });
		assert.match((await runJobs('-t', '-c', confPath)).said, /files\.s3_endpoint must be an origin/);
		useBucket({ 'files.s3_bucket': 'A' });
		assert.match((await runJobs('-t', '-c', confPath)).said, /files\.s3_bucket must be/);
		configure();
		assert.doesNotMatch((await runJobs('-t', '-c', confPath)).said, /s3/);
	});
});
