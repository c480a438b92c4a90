// image_bucket.test.mjs: clean copies of what people send belong into a bucket, which may be away; whoever dies on the
// way, nothing is in the bucket that nothing tells of.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { sql } from '../api/support/db.mjs';
import { signUp } from '../api/support/people.mjs';
import { configure, stack, until } from '../fault/support.mjs';
import { makeCorpus } from '../files/corpus.mjs';
import { openBucket, refuse, settingsOf } from './bucket.mjs';
import { copiesOf, fileOf, gone, named, notSweeping, send, settled, sweeping } from './files.mjs';
import { ended, jobOf, moveTime, newKey, runnerPids } from './support.mjs';

const photo = makeCorpus(`${process.env.HOB_BUILD}/pictures`)
	.find(({ name }) => name === 'a JPEG with EXIF, GPS, XMP, IPTC and comments');
let robin;
let bucket;
let inBucket;

const restart = async (changes = {}) => {
	configure({ 'jobs.poll': '50ms', ...changes });
	await stack('restart', 'jobs');
};
/** Runners are told by nobody that a lease or a wait is over: until it is settled their time has come. */
const pressed = (file) => until(`${file.id} is settled`, async () => {
	await sql("UPDATE jobs SET run_at = now() WHERE key = :'id' AND run_at > now() AND leased_by IS NULL",
		{ id: file.id });
	return (await fileOf(file))?.state !== 'processing';
}, 60);

before(async () => {
	bucket = await openBucket();
	inBucket = { ...settingsOf(bucket), 'files.store': 's3', 'files.s3_timeout': '1s', 'jobs.rest': '1s' };
	await restart(inBucket);
	await notSweeping();
	robin = await signUp();
});
after(async () => {
	await sweeping();
	configure();
	await stack('up');
	await stack('restart', 'jobs');
	await bucket.close();
});

describe('copies that belong into a bucket', () => {
	/** Its copies, whole, and nothing else in the bucket that nothing tells of. */
	const expectThere = async (file) => {
		const copies = Object.values(await copiesOf(file, (key) => bucket.bytes(key)));

		assert.deepEqual(copies.map(({ store, host, whole }) => [store, host, whole]),
			Array(3).fill(['s3', null, true]));
		const known = await named();
		assert.deepEqual(bucket.keys().filter((key) => !known.includes(key)), []);
	};
	/** Until jobs of another kind have been done. */
	const probed = async () => {
		for (let i = 0; i < 3; i += 1) {
			const key = newKey();

			await sql("SELECT hob.add_job('probe', :'key')", { key });
			await ended(key);
		}
	};

	test('are put there, and what was sent is removed here', async () => {
		const file = await send(robin, photo);

		assert.equal((await settled(file)).state, 'ready');
		await gone(file);
		await expectThere(file);
	});

	const away = [
		['says 500', (req, res) => refuse(res, 500, 'InternalError')],
		['is full', (req, res) => refuse(res, 507, 'InsufficientStorage')],
		['is silent', () => {}],
		['refuses our signature', (req, res) => refuse(res, 403, 'SignatureDoesNotMatch')],
	];

	for (const [what, fail] of away)
		test(`wait while its server ${what}: one asks for all, and no try is gone`, async () => {
			await restart({ ...inBucket, 'jobs.runners': 2, 'jobs.rest': '10m' });
			bucket.well();
			bucket.fail = (req, res) => { req.resume(); fail(req, res); };
			const files = [];

			for (let i = 0; i < 6; i += 1)
				files.push(await send(robin, photo));
			const some = async (which) =>
				(await sql(`SELECT 1 FROM jobs WHERE kind = 'image' AND ${which}`)).length > 0;

			await until('one has been tried', () => some('last_error IS NOT NULL'), 30);
			// The other runner may have been at it.
			const other = await send(robin, photo);
			await sql("UPDATE jobs SET run_at = now() WHERE kind = 'image' AND leased_by IS NULL");
			await until('nobody is at it', async () => !await some('leased_by IS NOT NULL'), 30);
			// Both runners go round all kinds.
			await probed();
			assert.ok(bucket.seen.length <= 2, `${bucket.seen.length} were asked`);
			for (const { id } of [...files, other])
				assert.equal((await jobOf(id)).tries, 0);
			bucket.well();
			await restart(inBucket);
			for (const file of [...files, other]) {
				await pressed(file);
				assert.equal((await fileOf(file)).state, 'ready');
			}
			await expectThere(files[0]);
		});

	/** Resolves once the server is asked to take a copy, and to what lets it go on. */
	const heldPut = () => new Promise((resolve) => {
		bucket.fail = (req) => {
			if (req.method !== 'PUT')
				return true;
			resolve(() => { bucket.well(); bucket.hangUp(); });
			return false;
		};
	});

	/** It waits for as long as a test looks about. */
	const patient = () => restart({ ...inBucket, 'files.s3_timeout': '60s' });

	test('are noted before they are put, so that whoever is killed leaves nothing unknown', async () => {
		await patient();
		bucket.well();
		const left = () => sql("SELECT key FROM file_leavings WHERE store = 's3' ORDER BY key");
		const before = await left();
		const held = heldPut();
		const file = await send(robin, photo);
		const letGo = await held;
		const noted = (await left()).filter((key) => !before.includes(key));

		assert.equal(noted.length, 3);
		for (const pid of await runnerPids())
			process.kill(pid, 'SIGKILL');
		letGo();
		await moveTime(file.id);
		await pressed(file);
		await expectThere(file);
		assert.deepEqual((await left()).filter((key) => !before.includes(key)), noted);
	});

	test('are made anew where a sweep has taken what was noted', async () => {
		await patient();
		bucket.well();
		let seen = 0;
		let taken;

		bucket.fail = (req, res) => {
			seen += req.method === 'HEAD';
			if (seen !== 3 || taken)
				return true;
			// Behind the last copy that was put.
			taken = sql(`UPDATE file_leavings SET since = since - interval '15 minutes' WHERE store = 's3';
				SELECT key FROM hob.leavings('nobody', '')`).then((keys) => {
				const { length } = bucket.bytes(req.url.replace('/hob/', ''));

				res.writeHead(200, { 'Content-Length': length }).end();
				return keys;
			});
			return false;
		};
		const file = await send(robin, photo);
		const job = await until('it has failed', async () => {
			const found = await jobOf(file.id);

			return found?.last_error && found;
		}, 30);

		assert.match(job.last_error, /swept meanwhile/);
		assert.ok((await taken).length >= 3);
		await pressed(file);
		assert.equal((await fileOf(file)).state, 'ready');
		await expectThere(file);
	});
});
