// files.test.mjs: the bytes of files and their rows: `hob files` moves, verifies and sweeps, the job file_sweep removes
// what is left. A directory and a bucket, real ones.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync,
	writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';

import { sql } from '../api/support/db.mjs';
import { newResidence, signUp } from '../api/support/people.mjs';
import { programs } from '../api/support/workers.mjs';
import { asOwner, configure, confPath, logged, logMark, setting, stack, state, until } from '../fault/support.mjs';
import { openBucket, refuse, SECRET, settingsOf } from './bucket.mjs';
import { ended, jobOf, logPath, newKey, runJobs } from './support.mjs';

const dir = setting('files.dir');
const owner = statSync(state);
let bucket;
let person;
let home;

const useBucket = (changes = {}) => configure({ ...settingsOf(bucket), 'files.s3_timeout': '1s', 'jobs.poll': '50ms',
	...changes });

before(async () => {
	bucket = await openBucket();
	person = await signUp();
	home = await newResidence(person);
	useBucket();
	await stack('restart', 'jobs');
	// That of the clock does not come in between.
	await sql("UPDATE job_kinds SET every = '30 days' WHERE kind = 'file_sweep'");
});
after(async () => {
	await sql("UPDATE job_kinds SET every = '5 minutes' WHERE kind = 'file_sweep'");
	await sql('DELETE FROM files; DELETE FROM file_leavings');
	configure();
	await bucket.close();
	await stack('up');
});
beforeEach(async () => {
	bucket.well();
	useBucket();
	await sql('DELETE FROM files; DELETE FROM file_leavings');
	for (const key of bucket.keys())
		rmSync(bucket.pathOf(key));
	for (const folder of readdirSync(dir).filter((name) => /^[0-9a-f]{2}$/.test(name)))
		rmSync(`${dir}/${folder}`, { recursive: true });
});

// --- files and what is there of them ---------------------------------------------------------

const keyOf = () => randomBytes(16).toString('hex').replace(/^(..)(..)/, '$1/$2/');
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

function putFile(key, bytes) {
	const path = `${dir}/${key}`;

	mkdirSync(dirname(path), { recursive: true });
	writeFileSync(path, bytes);
	for (const one of [path, dirname(path), dirname(dirname(path))])
		chownSync(one, owner.uid, owner.gid);
}

const inDirectory = () => readdirSync(dir, { recursive: true }).filter((name) => /^..\/..\/.{28}$/.test(name)).sort();

/** A copy with its file, and its bytes in the store that it names: { id, key, bytes }. */
async function addCopy({ variant = 'main', store = 'directory', host = null, bytes = randomBytes(2000) } = {}) {
	const [id, key] = [randomUUID(), keyOf()];

	if (store === 'directory') {
		putFile(key, bytes);
	} else {
		mkdirSync(dirname(bucket.pathOf(key)), { recursive: true });
		writeFileSync(bucket.pathOf(key), bytes);
	}
	await sql(`INSERT INTO files (id, residence_id, uploaded_by, purpose, media_type, bytes, sha256, state)
		VALUES (:'id', :'home', :'user', 'residence', 'image/webp', :bytes, decode(:'hash', 'hex'), 'ready');
		INSERT INTO file_copies (file_id, variant, key, store, host, media_type, bytes, sha256)
		VALUES (:'id', :'variant', :'key', :'store', nullif(:'host', ''), 'image/webp', :bytes,
			decode(:'hash', 'hex'))`,
	{ id, home: home.id, user: person.user.id, bytes: bytes.length, hash: sha256(bytes), variant, key, store,
		host: host ?? '' });
	return { id, key, bytes };
}

const addCopies = async (count, how) => {
	const copies = [];

	for (let i = 0; i < count; i += 1)
		copies.push(await addCopy(how));
	return copies;
};

const rowOf = async ({ id }) => JSON.parse((await sql(`SELECT json_build_object('key', key, 'store', store,
	'host', host) FROM file_copies WHERE file_id = :'id'`, { id }))[0]);
const leavings = async () => (await sql('SELECT key FROM file_leavings ORDER BY key'));

/** `hob files` with these words: a child that has `ended`, { code, stdout, stderr }. */
function start(words, options = asOwner) {
	const child = spawn(`${state}/bin/hob`, ['-c', confPath, 'files', ...words],
		{ ...options, stdio: ['ignore', 'pipe', 'pipe'] });
	const said = { stdout: '', stderr: '' };

	for (const name of ['stdout', 'stderr'])
		child[name].on('data', (chunk) => { said[name] += chunk; });
	child.ended = new Promise((resolve) => { child.on('close', (code) => resolve({ code, ...said })); });
	return child;
}
const hobFiles = (...words) => start(words).ended;

const expectCode = async (call, code) => {
	const done = await call;

	assert.equal(done.code, code, done.stdout + done.stderr);
	return done;
};

/** Each copy is in this store, whole, under a row that says so, and nowhere else. */
async function expectMoved(copies, store) {
	const rows = await Promise.all(copies.map(rowOf));

	rows.forEach((row, i) => {
		const bytes = store === 's3' ? bucket.bytes(row.key) : readFileSync(`${dir}/${row.key}`);

		assert.equal(row.store, store);
		assert.ok(bytes.equals(copies[i].bytes), row.key);
	});
	const keys = rows.map((row) => row.key).sort();
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
		await expectCode(hobFiles('sweep', '--age', '0'), 0);
		await expectMoved(copies, 's3');
	});

	test('that ends between the row and the old bytes leaves them to the sweep', async () => {
		const [copy] = await addCopies(1, { store: 's3' });

		bucket.fail = (req, res) => req.method !== 'DELETE' || refuse(res, 503, 'SlowDown');
		await expectCode(hobFiles('move', '--to', 'directory'), 75);
		assert.deepEqual([(await rowOf(copy)).store, await leavings()], ['directory', [copy.key]]);
		assert.deepEqual(bucket.keys(), [copy.key]);
		bucket.well();
		await expectCode(hobFiles('sweep'), 0);
		await expectMoved([copy], 'directory');
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
		assert.deepEqual(bucket.keys(), []);
		await expectCode(hobFiles('sweep'), 0);
		assert.deepEqual(inDirectory(), []);
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
	const age = (path, hours) => utimesSync(path, new Date(), new Date(Date.now() - hours * 3_600_000));

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
		await expectCode(hobFiles('sweep', '--age', '60'), 0);
		assert.deepEqual([inDirectory(), bucket.keys()], [[copy.key], [kept.key]]);
		assert.ok(existsSync(`${dir}/exports/x.zip`));
		rmSync(`${dir}/exports/x.zip`);
		await expectCode(hobFiles('sweep', '--age', 'x'), 64);
	});
});

// --- the job -----------------------------------------------------------------------------------

const sweepJob = async () => {
	const key = newKey();

	await sql("SELECT hob.add_job('file_sweep', :'key')", { key });
	return key;
};

describe('file_sweep', () => {
	before(() => stack('restart', 'jobs'));

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
		await ended(await sweepJob());
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
		assert.deepEqual(inDirectory(), [young.key, hung.key, fresh.key].sort());
		assert.deepEqual(await sql(`SELECT id FROM files ORDER BY id`), [young.id, hung.id, fresh.id].sort());
	});

	test('waits for a bucket that is away, and no try is gone', async () => {
		const [copy] = await addCopies(1, { store: 's3' });
		const mark = logMark(logPath);

		await sql("DELETE FROM files WHERE id = :'id'", { id: copy.id });
		bucket.fail = (req, res) => refuse(res, 503, 'SlowDown');
		const key = await sweepJob();
		const job = await until('it waits', async () => {
			const found = await jobOf(key);

			return found?.last_error && found;
		});
		assert.deepEqual([job.tries, job.last_error], [0, 'the server of files says 503 SlowDown']);
		assert.deepEqual([bucket.keys(), await leavings()], [[copy.key], [copy.key]]);
		await logged(mark, 'file_store_failed', { store: 's3', error: 'busy' });
		bucket.well();
		await sql("UPDATE jobs SET run_at = now() WHERE key = :'key'", { key });
		await until('it is done', async () => (await jobOf(key)) === undefined);
		assert.deepEqual([bucket.keys(), await leavings()], [[], []]);
	});

	test('leaves what lies on another host to a job of that host', async () => {
		const ours = await addCopy({ host: hostname() });
		const other = await addCopy({ host: 'elsewhere' });

		await sql('DELETE FROM files');
		await ended(await sweepJob());
		assert.deepEqual([inDirectory(), await leavings()], [[other.key], [other.key]]);
		assert.notEqual(ours.key, other.key);
		const jobs = await sql(`SELECT key FROM jobs WHERE kind = 'file_sweep' AND key = 'elsewhere'
			UNION ALL SELECT key FROM job_history WHERE kind = 'file_sweep' AND key = 'elsewhere'`);
		assert.ok(jobs.length > 0);
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
