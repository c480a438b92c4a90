// s3_download.test.mjs: files in a bucket, as nginx sends them: what hob-api says of them by X-Accel-Redirect is said
// here by a server in its place, and the location /.s3/ does the rest.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { after, before, beforeEach, describe, test } from 'node:test';

import { base, dropIdle } from '../api/support/client.mjs';
import { expectProblem } from '../api/support/expect.mjs';
import { isAlive, setting, stack, state, until } from '../fault/support.mjs';
import { keeper, openBucket, refuse } from './bucket.mjs';

const folder = mkdtempSync(`${tmpdir()}/hob-s3-download.`);
const content = randomBytes(100_000);
const TAG = '"of-hob"';
const NEIGHBOUR = { 'X-Amz-Request-Id': 'x', 'x-amz-id-2': 'x', 'x-amz-version-id': 'x', 'Set-Cookie': 'a=b',
	'x-amz-storage-class': 'x', 'Cache-Control': 'public', Vary: 'Origin', 'Content-Disposition': 'inline',
	'Access-Control-Allow-Origin': 'https://elsewhere.example' };

let bucket;
let store;
let api;
let key;
let life = '60';

/** nginx with s3.conf, and a location that has the server in the place of hob-api. */
async function configureNginx() {
	const site = `${state}/nginx/site.conf`;
	const master = () => Number(readFileSync(`${setting('api.run_dir')}/nginx.pid`, 'utf8'));
	const workers = () => readFileSync(`/proc/${master()}/task/${master()}/children`, 'utf8').trim().split(' ');
	const location = '\tlocation /s3-test {\n\t\tproxy_pass '
		+ `http://127.0.0.1:${api.address().port};\n\t}\n\tlocation / {`;

	process.env.HOB_NGINX_S3 = bucket.url;
	await stack('up');
	writeFileSync(site, readFileSync(site, 'utf8').replace('\tlocation / {', location));
	const former = workers();
	process.kill(master(), 'SIGHUP');
	await until('nginx has its new configuration', async () => (await get()).status === 200);
	await until('nobody has the former one', () => !former.some((pid) => isAlive(Number(pid))));
	dropIdle();
}

before(async () => {
	bucket = await openBucket();
	store = keeper(bucket, folder);
	key = (await store.call('key')).said;
	writeFileSync(`${folder}/sent`, content);
	assert.equal((await store.call('put', key, `${folder}/sent`)).result, 'ok');
	api = http.createServer(async (req, res) => {
		res.writeHead(200, { 'X-Accel-Redirect': `/.s3${(await store.call('presign', key, life)).said}`,
			ETag: TAG, 'Content-Type': 'image/webp',
			'Content-Disposition': "attachment; filename*=UTF-8''a", 'Content-Language': 'de',
			'Cache-Control': 'private, no-cache', Vary: 'Accept',
			'Access-Control-Allow-Origin': 'https://app.example.org' });
		res.end();
	});
	await new Promise((resolve) => { api.listen(0, '127.0.0.1', resolve); });
	await configureNginx();
});
after(async () => {
	delete process.env.HOB_NGINX_S3;
	await stack('up');
	api.close();
	await store.end();
	await bucket.close();
	rmSync(folder, { recursive: true });
});
beforeEach(() => { bucket.well(); life = '60'; });

/** Nothing of a client's own headers, and the bytes as they are: { status, headers, bytes, text, body }. */
function get(headers = {}, method = 'GET', path = '/s3-test') {
	return new Promise((resolve, reject) => {
		const req = https.request(new URL(path, base), { method, headers, agent: false }, async (res) => {
			const bytes = Buffer.concat(await res.toArray());
			const text = bytes.toString();
			const isJson = /json$/.test(res.headers['content-type']);

			resolve({ status: res.statusCode, headers: res.headers, bytes, text,
				body: isJson ? JSON.parse(text) : undefined });
		});

		req.on('error', reject);
		req.end();
	});
}

describe('a file in a bucket', () => {
	test('is sent whole, as hob-api has said, and with nothing of the server that has it', async () => {
		bucket.answer = (req, answer, bytes) => { Object.assign(answer.headers, NEIGHBOUR); return bytes; };
		const { status, headers, bytes } = await get();

		assert.equal(status, 200);
		assert.ok(bytes.equals(content));
		assert.deepEqual([headers.etag, headers['content-type'], headers['content-disposition'], headers.vary,
			headers['content-language'], headers['cache-control'], headers['access-control-allow-origin'],
			headers['content-length'], headers['x-content-type-options']],
		[TAG, 'image/webp', "attachment; filename*=UTF-8''a", 'Accept', 'de', 'private, no-cache',
			'https://app.example.org', '100000', 'nosniff']);
		const names = Object.keys(headers);
		assert.deepEqual(names.filter((name) => /amz|cookie|last-modified|accel/.test(name)), []);
	});

	test('is asked for without anything that the caller has sent', async () => {
		await get({ Authorization: 'Bearer x', Cookie: 'a=b', 'X-Amz-Acl': 'public' });
		const [{ path, method, headers }] = bucket.seen;

		assert.equal(path.split('?')[0], `/hob/${key}`);
		assert.equal(method, 'GET');
		assert.deepEqual(headers, { host: bucket.url.replace('http://', '') });
	});

	test('is sent in parts, where If-Range means this file', async () => {
		for (const headers of [{}, { 'If-Range': TAG }]) {
			const part = await get({ Range: 'bytes=10-19', ...headers });

			assert.equal(part.status, 206);
			assert.ok(part.bytes.equals(content.subarray(10, 20)));
			assert.equal(part.headers['content-range'], 'bytes 10-19/100000');
			assert.equal(part.headers.etag, TAG);
		}
		const whole = await get({ Range: 'bytes=10-19', 'If-Range': '"another"' });
		assert.deepEqual([whole.status, whole.bytes.length], [200, content.length]);
	});

	test('has no part behind its end', async () => {
		expectProblem(await get({ Range: 'bytes=100000-' }), 416, 'range_not_satisfiable');
	});

	test('is told of by HEAD', async () => {
		const { status, headers, bytes } = await get({}, 'HEAD');

		assert.deepEqual([status, bytes.length], [200, 0]);
		assert.deepEqual([headers['content-length'], headers.etag], ['100000', TAG]);
	});

	test('is reached by nobody from outside', async () => {
		const { said } = await store.call('presign', key, '60');

		assert.equal((await get({}, 'GET', `/.s3${said}`)).status, 404);
		assert.deepEqual(bucket.seen, []);
	});
});

describe('a file in a bucket that fails', () => {
	const answers = [[301, 'PermanentRedirect'], [403, 'AccessDenied'], [404, 'NoSuchKey'], [500, 'InternalError'],
		[503, 'SlowDown'], [507, 'InsufficientStorage']];

	for (const [status, code] of answers)
		test(`with ${status} is tried later, and nobody hears why`, async () => {
			bucket.fail = (req, res) => refuse(res, status, code);
			const answer = await get();

			expectProblem(answer, 503, 'try_later');
			assert.ok(!answer.text.includes(code));
		});

	test('because the address is over, is tried later', async () => {
		life = '-1';
		expectProblem(await get(), 503, 'try_later');
		assert.equal(bucket.seen.length, 1);
	});

	test('because nobody is there, is tried later', async () => {
		bucket.fail = (req, res) => res.destroy();
		expectProblem(await get(), 503, 'try_later');
	});

	test('leaves no address in a log', () => {
		for (const file of readdirSync(`${state}/log`))
			assert.ok(!readFileSync(`${state}/log/${file}`, 'utf8').includes(key), file);
	});
});
