// store.test.mjs: stores, against a real server that speaks S3, and against it when it fails.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync,
	writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';

import { keeper, openBucket, refuse } from './bucket.mjs';
import { own, stranger, sweepUp } from './post_office.mjs';

const MIB = 1 << 20;
const folder = mkdtempSync(`${tmpdir()}/hob-store.`);
const [sent, got] = [`${folder}/sent`, `${folder}/got`];
const spool = mkdtempSync(`${folder}/spool.`);
let bucket;
let store;

before(async () => {
	bucket = await openBucket();
	store = keeper(bucket, spool);
});
after(async () => {
	assert.equal(await store.end(), 0);
	await bucket.close();
	assert.deepEqual(readdirSync(spool), [], 'what was on its way has no name');
	rmSync(folder, { recursive: true });
	sweepUp();
});
beforeEach(() => bucket.well());

const newKey = async () => (await store.call('key')).said;
const expectResult = async (call, result, why = /./) => {
	const answer = await call;

	assert.equal(answer.result, result, answer.why);
	if (result !== 'ok')
		assert.match(answer.why, why);
	return answer;
};

/** Puts so many random bytes under a new key. */
async function put(bytes = 1000) {
	const key = await newKey();
	const content = randomBytes(bytes);

	writeFileSync(sent, content);
	await expectResult(store.call('put', key, sent), 'ok');
	return { key, content };
}

describe('a bucket', () => {
	for (const bytes of [0, 1, 65536, 25 * MIB])
		test(`gives back the ${bytes} bytes that were put there`, async () => {
			const { key, content } = await put(bytes);

			assert.ok(bucket.bytes(key).equals(content));
			assert.equal((await expectResult(store.call('size', key), 'ok')).said, String(bytes));
			await expectResult(store.call('open', key, got), 'ok');
			assert.ok(readFileSync(got).equals(content));
		});

	test('is told size and hashes of what it gets, and is asked for the size behind it', async () => {
		const { content } = await put();
		const [{ method, headers }, behind] = bucket.seen;

		assert.deepEqual([method, headers['content-length'], behind.method], ['PUT', '1000', 'HEAD']);
		assert.equal(headers['x-amz-content-sha256'], createHash('sha256').update(content).digest('hex'));
		assert.equal(headers['content-md5'], createHash('md5').update(content).digest('base64'));
		assert.match(headers.authorization, /SignedHeaders=[^,]*x-amz-content-sha256/);
	});

	test('has nothing under a key once it was removed, twice too', async () => {
		const { key } = await put();

		await expectResult(store.call('remove', key), 'ok');
		await expectResult(store.call('remove', key), 'ok');
		await expectResult(store.call('size', key), 'not_found');
		await expectResult(store.call('open', key, got), 'not_found', /404 NoSuchKey/);
		assert.ok(!bucket.keys().includes(key));
	});

	test('lists all of it, page by page, and nothing that has no key', async () => {
		const keys = [];

		for (let i = 0; i < 2500; i += 1) {
			keys.push(`ab/${String(i % 100).padStart(2, '0')}/${randomBytes(14).toString('hex')}`);
			mkdirSync(dirname(bucket.pathOf(keys[i])), { recursive: true });
			writeFileSync(bucket.pathOf(keys[i]), 'x'.repeat(i));
		}
		writeFileSync(bucket.pathOf('README'), 'not ours');
		const whole = bucket.keys().filter((key) => key !== 'README');
		const { said } = await expectResult(store.call('each'), 'ok');
		const listed = said.trim().split('\n').map((line) => line.split(' '));

		assert.deepEqual(listed.map(([key]) => key), whole);
		keys.forEach((key, i) => assert.equal(listed.find(([one]) => one === key)[1], String(i)));
		assert.ok(listed.every(([, , at]) => Math.abs(at - Date.now() / 1000) < 600));
		assert.equal(bucket.seen.length, Math.ceil((whole.length + 1) / 1000));
		rmSync(bucket.directory, { recursive: true });
		mkdirSync(bucket.directory);
	});

	test('takes a file by a signed address, for a moment, and no other file', async () => {
		const { key, content } = await put();
		const { said: path } = await store.call('presign', key, '60');
		const fetchBytes = async (url) => {
			const reply = await fetch(url);

			return { status: reply.status, bytes: Buffer.from(await reply.arrayBuffer()) };
		};
		const other = (await put()).key;

		assert.ok((await fetchBytes(bucket.url + path)).bytes.equals(content));
		assert.equal((await fetchBytes(bucket.url + path.replace(key, other))).status, 403);
		assert.equal((await fetchBytes(bucket.url + path.replace('Expires=60', 'Expires=600'))).status, 403);
		const { said: over } = await store.call('presign', key, '-1');
		assert.equal((await fetchBytes(bucket.url + over)).status, 403);
	});

	test('needs no more memory for 256 MiB than for one', async () => {
		const peak = () => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${store.pid}/status`, 'utf8'))[1]);
		const key = await newKey();

		await put(MIB);
		const before = peak();
		writeFileSync(sent, '');
		truncateSync(sent, 256 * MIB);
		await expectResult(store.call('put', key, sent), 'ok');
		await expectResult(store.call('open', key, got), 'ok');
		assert.equal(statSync(got).size, 256 * MIB);
		assert.ok(peak() - before < 4096, `${peak() - before} KiB more`);
		await expectResult(store.call('remove', key), 'ok');
	});
});

describe('a bucket that fails', () => {
	const statuses = [
		[500, 'InternalError', 'busy'], [503, 'SlowDown', 'busy'], [429, 'TooManyRequests', 'busy'],
		[507, 'InsufficientStorage', 'full'], [400, 'QuotaExceeded', 'full'],
		[403, 'AccessDenied', 'forbidden'], [404, 'NoSuchBucket', 'forbidden'],
		[301, 'PermanentRedirect', 'forbidden'],
	];

	for (const [status, code, result] of statuses)
		test(`with ${status} ${code} is ${result} to every call`, async () => {
			const { key } = await put();

			bucket.fail = (req, res) => { req.resume(); refuse(res, status, code); };
			for (const words of [['put', key, sent], ['open', key, got], ['each'], ['look']])
				await expectResult(store.call(...words), result, new RegExp(`^the server of files`));
			if (status !== 404 && status !== 400)	// an answer to HEAD has no code
				await expectResult(store.call('size', key), result);
			await expectResult(store.call('remove', key), result);
			bucket.well();
			await expectResult(store.call('size', key), 'ok');
		});

	test('for the secret is wrong lets nobody in, and says so', async () => {
		const wrong = keeper(bucket, spool, { secret: 'wrong' });
		const nobody = keeper(bucket, spool, { key: 'NOBODY' });
		const key = await newKey();

		for (const words of [['put', key, sent], ['open', key, got], ['remove', key], ['each'], ['look']])
			await expectResult(wrong.call(...words), 'forbidden', /403 SignatureDoesNotMatch$/);
		await expectResult(nobody.call('look'), 'forbidden', /403 InvalidAccessKeyId$/);
		assert.ok(!bucket.keys().includes(key));
		await Promise.all([wrong.end(), nobody.end()]);
	});

	test('for its name is wrong is set up wrong, and no file is missing', async () => {
		const wrong = keeper(bucket, spool, { name: 'other' });
		const key = await newKey();

		for (const words of [['put', key, sent], ['open', key, got], ['remove', key], ['each'], ['look']])
			await expectResult(wrong.call(...words), 'forbidden');
		await wrong.end();
	});

	test('because bytes change on their way keeps none of them', async () => {
		const key = await newKey();

		writeFileSync(sent, randomBytes(1000));
		bucket.body = (bytes) => Buffer.concat([bytes.subarray(0, -1), Buffer.from([bytes.at(-1) ^ 1])]);
		await expectResult(store.call('put', key, sent), 'busy', /BadDigest/);
		assert.ok(!bucket.keys().includes(key));
	});

	test('for it says that it has taken what it has not is not believed', async () => {
		const key = await newKey();

		writeFileSync(sent, randomBytes(1000));
		bucket.fail = (req, res) => {
			if (req.method !== 'PUT')
				return true;
			req.resume().on('end', () => res.end());
			return false;
		};
		await expectResult(store.call('put', key, sent), 'not_found');
		bucket.fail = (req, res) => {
			req.resume();
			res.writeHead(200, { 'Content-Length': req.method === 'HEAD' ? 999 : 0 }).end();
		};
		await expectResult(store.call('put', key, sent), 'busy', /has 999 bytes of 1000/);
	});

	test('half way through an answer gives no half of a file', async () => {
		const { key } = await put(MIB);

		bucket.fail = (req, res) => {
			res.writeHead(200, { 'Content-Length': MIB });
			res.write(randomBytes(1000), () => res.destroy());
		};
		await expectResult(store.call('open', key, got), 'busy');
	});

	test('because nobody is there, or it says no word, or drips, is given up in time', async () => {
		const hasty = keeper(bucket, spool, { timeoutMs: 300 });
		const away = keeper(bucket, spool, { url: 'http://127.0.0.1:9', timeoutMs: 300 });
		const { key } = await put(MIB);
		const drip = (req, res) => {
			const timer = setInterval(() => res.write('.'), 50);

			res.writeHead(200, { 'Content-Length': MIB });
			res.on('close', () => clearInterval(timer));
		};
		const took = async (who, words) => {
			const started = performance.now();

			await expectResult(who.call(...words), 'busy');
			return performance.now() - started;
		};

		for (const words of [['put', key, sent], ['open', key, got], ['size', key], ['remove', key], ['each'],
			['look']]) {
			bucket.fail = () => {};
			assert.ok(await took(hasty, words) < 6500, words[0]);
			assert.ok(await took(away, words) < 1000, words[0]);
		}
		bucket.fail = drip;
		assert.ok(await took(hasty, ['open', key, got]) < 6500);
		await Promise.all([hasty.end(), away.end()]);
	});

	test('by closing what was idle is asked again', async () => {
		const { key, content } = await put();

		bucket.hangUp();
		await expectResult(store.call('open', key, got), 'ok');
		assert.ok(readFileSync(got).equals(content));
		bucket.hangUp();
		const later = await put(MIB);
		assert.ok(bucket.bytes(later.key).equals(later.content));
	});

	test('because the disk before it is full is full, and goes on behind that', async () => {
		const { key, content } = await put(MIB);
		const limit = (bytes) => execFileSync('prlimit', ['--pid', String(store.pid), `--fsize=${bytes}:`]);

		limit(1000);
		await expectResult(store.call('open', key, got), 'full', /spool.*: File too large$/);
		limit('unlimited');
		await expectResult(store.call('open', key, got), 'ok');
		assert.ok(readFileSync(got).equals(content));
	});

	test('with an answer without an end is not read for ever', async () => {
		const { key } = await put();

		bucket.fail = (req, res) => {
			res.writeHead(500);
			const pour = () => { while (!res.destroyed && res.write('x'.repeat(65536))); };

			res.on('drain', pour);
			pour();
		};
		await expectResult(store.call('open', key, got), 'busy', /too long/);
		await expectResult(store.call('each'), 'busy', /too long/);
	});
});

describe('a bucket behind TLS', () => {
	test('is the one that its certificate names, or nothing is sent there', async () => {
		const secure = await openBucket({ tls: { key: own.key, cert: own.cert } });
		const good = keeper(secure, spool, { ca: own.file });
		const wrong = keeper(secure, spool, { ca: stranger.file });

		await expectResult(good.call('look'), 'ok');
		secure.seen.length = 0;
		await expectResult(wrong.call('look'), 'forbidden', /certificate/i);
		assert.deepEqual(secure.seen, []);
		await Promise.all([good.end(), wrong.end()]);
		await secure.close();
	});
});

describe('a directory', () => {
	test('gives back what was put there, and a bucket takes it from there', async () => {
		const directory = keeper(undefined, spool);
		const key = await newKey();

		writeFileSync(sent, randomBytes(MIB));
		await expectResult(directory.call('put', key, sent), 'ok');
		await expectResult(directory.call('open', key, got), 'ok');
		assert.ok(readFileSync(got).equals(readFileSync(sent)));
		await expectResult(directory.call('put', key, sent), 'conflict');
		await expectResult(directory.call('remove', key), 'ok');
		rmSync(`${spool}/${key.slice(0, 2)}`, { recursive: true });
		await directory.end();
	});
});
