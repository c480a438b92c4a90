// file_downloads.test.mjs: what people fetch, from a directory and from a bucket, while files move between the two, and
// while their bytes are away.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { renameSync } from 'node:fs';
import { hostname } from 'node:os';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';

import { nobody, Upload } from '../api/support/client.mjs';
import { sql } from '../api/support/db.mjs';
import { expectOk, expectProblem } from '../api/support/expect.mjs';
import { newResidence, newTask, signUp } from '../api/support/people.mjs';
import { png } from '../api/support/uploads.mjs';
import { asOwner, configure, confPath, setting, stack, state, until } from '../fault/support.mjs';
import { openBucket, refuse, settingsOf } from './bucket.mjs';

const run = promisify(execFile);
const dir = setting('files.dir');
let bucket;
let robin;
let path;

const move = (to) => run(`${state}/bin/hob`, ['-c', confPath, 'files', 'move', '--to', to], asOwner);

/** A picture that robin has sent, as soon as it is clean: its address. */
async function ready() {
	const task = await newTask(robin, await newResidence(robin));
	const place = `/api/tasks/${task.id}/files`;
	const { results: [{ id }] } = expectOk(await robin.client.post(place,
		new Upload(png(50_000), 'image/png', 'Küche.png')), 201);

	await until('it is ready', async () => (await robin.client.get(`${place}/${id}`)).body.state === 'ready', 30);
	return `${place}/${id}/content`;
}

const keyOf = async () => (await sql("SELECT key FROM file_copies WHERE variant = 'main'"))[0];

before(async () => {
	bucket = await openBucket();
	process.env.HOB_NGINX_S3 = bucket.url;
	await stack('up');
	configure({ ...settingsOf(bucket), 'files.s3_timeout': '1s', 'jobs.poll': '50ms' });
	await stack('restart', 'api');
	await stack('restart', 'jobs');
	await sql('DELETE FROM files; DELETE FROM file_leavings');
	robin = await signUp();
	path = await ready();
});
after(async () => {
	delete process.env.HOB_NGINX_S3;
	configure();
	await stack('up');
	await stack('restart', 'api');
	await stack('restart', 'jobs');
	await bucket.close();
});

describe('a download', () => {
	test('is the same from both places, by its status, its headers and its bytes', async () => {
		const etag = (await robin.client.get(path)).headers.etag;
		const asked = [[path], [`${path}?variant=thumb`], [path, { 'If-None-Match': etag }],
			[path, { Range: 'bytes=10-19' }],
			[path, { Range: 'bytes=10-19', 'If-Range': '"another"' }]];
		const answers = async () => {
			const got = [];

			for (const method of ['GET', 'HEAD'])
				for (const [address, headers] of asked) {
					const res = await robin.client.request(method, address,
						{ headers: { ...headers, 'X-Request-Id': 'the-same-each-time' } });

					delete res.headers.date;
					delete res.headers['x-hob-worker'];
					got.push({ status: res.status, headers: res.headers, text: res.text });
				}
			return got;
		};
		const here = await answers();

		await move('s3');
		const there = await answers();
		assert.ok(bucket.seen.some(({ headers }) => !headers.authorization), 'by nginx');
		there.forEach((answer, i) => assert.deepEqual(answer, here[i], `answer ${i}`));
		assert.deepEqual(here.map(({ status }) => status), [200, 200, 304, 206, 200, 200, 200, 304, 206, 200]);
		assert.match(here[0].headers['content-security-policy'], /sandbox/);
		await move('directory');
	});

	test('never fails while files move', async () => {
		const others = [];

		for (let i = 0; i < 4; i += 1)
			others.push(await ready());
		let moving = true;
		let count = 0;
		const reader = async (address) => {
			while (moving) {
				const res = await robin.client.get(address);

				assert.equal(res.status, 200, res.text);
				count += 1;
			}
		};
		const readers = Promise.all(others.map(reader));

		for (let i = 0; i < 6; i += 1)
			await Promise.race([move(i % 2 === 0 ? 's3' : 'directory'), readers]);
		moving = false;
		await readers;
		assert.ok(count > 20, `${count} were read`);
	});

	test('of bytes that are not there is to be tried again, and nobody outside hears of any', async () => {
		const only = await ready();
		const [key] = await sql(`SELECT c.key FROM file_copies c WHERE c.variant = 'main'
			AND c.file_id = :'id'`, { id: only.split('/').at(-2) });
		const file = `${dir}/${key}`;

		renameSync(file, `${file}.away`);
		for (const method of ['GET', 'HEAD']) {
			const res = await robin.client.request(method, only);

			assert.deepEqual([res.status, res.headers['retry-after']], [503, '1']);
		}
		const res = await robin.client.get(only);
		expectProblem(res, 503, 'try_later');
		assert.deepEqual([res.headers['cache-control'], res.headers.etag], ['private, no-cache', undefined]);
		renameSync(`${file}.away`, file);
		assert.equal((await robin.client.get(only)).status, 200);
		await move('s3');
		bucket.fail = (req, answer) => refuse(answer, 404, 'NoSuchKey');
		expectProblem(await robin.client.get(only), 503, 'try_later');
		bucket.well();
		for (const outside of [`/.files/${await keyOf()}`, `/.s3/hob/${await keyOf()}`, '/.files/', '/.s3/'])
			expectProblem(await nobody.get(outside), 404, 'not_found');
	});
});

test('files.host names the disk of what is sent, for hob-api as for hob-jobs', async () => {
	configure({ 'jobs.poll': '50ms', 'files.host': 'disk-1' });
	await stack('restart', 'api');
	await stack('restart', 'jobs');
	const [id] = (await ready()).split('/').slice(-2);

	assert.deepEqual(await sql("SELECT DISTINCT host FROM file_copies WHERE file_id = :'id'", { id }), ['disk-1']);
	await sql("DELETE FROM files WHERE id = :'id'", { id });
	assert.deepEqual(await sql("SELECT DISTINCT host FROM file_leavings WHERE host <> :'here'",
		{ here: hostname() }), ['disk-1']);
});
