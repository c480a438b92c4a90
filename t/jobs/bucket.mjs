// bucket.mjs: a server from npm that speaks S3 and verifies signatures, and before it a front through which all goes
// and that fails as servers, networks and disks do. Stores as lib has them are driven by the filter keeper.
import { spawn } from 'node:child_process';
import crypto, { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { createInterface } from 'node:readline';

import S3rver from '@20minutes/s3rver';

const programs = process.env.HOB_BUILD ?? 'build/release';

// s3rver makes its tokens of lists by DES, which OpenSSL 3 has not; triple DES with one key three times is DES.
for (const name of ['createCipheriv', 'createDecipheriv']) {
	const make = crypto[name];

	crypto[name] = (kind, key, ...rest) => (kind === 'des'
		? make('des-ede3-cbc', Buffer.concat([key, key, key]), ...rest) : make(kind, key, ...rest));
}

export const KEY = 'S3RVER';		// the one that s3rver knows
export const SECRET = 'S3RVER';
export const REGION = 'eu-central-1';

/** The error document of S3. */
export function refuse(res, status, code) {
	const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>-</Message></Error>`;

	res.writeHead(status, { 'Content-Type': 'application/xml', 'Content-Length': Buffer.byteLength(body) });
	res.end(body);
}

async function bytesOf(stream) {
	const pieces = [];

	for await (const piece of stream)
		pieces.push(piece);
	return Buffer.concat(pieces);
}

const hash = (name, bytes, form) => createHash(name).update(bytes).digest(form);

/** What S3 looks at in a body, and s3rver does not. */
function faultOf({ headers }, body) {
	if (headers['content-md5'] && headers['content-md5'] !== hash('md5', body, 'base64'))
		return 'BadDigest';
	if (![undefined, hash('sha256', body, 'hex')].includes(headers['x-amz-content-sha256']))
		return 'XAmzContentSHA256Mismatch';
	return undefined;
}

/**
 * Opens both. `bucket.fail` is what the front does instead of passing a request on, (req, res) => ...; it may look, and
 * pass it on by returning true. `bucket.body` changes what has come before the server sees it, `bucket.answer` what the
 * server has answered. `bucket.seen` lists what has come: { method, path, headers }. `tls` is { key, cert }.
 */
export async function openBucket({ name = 'hob', tls } = {}) {
	const directory = mkdtempSync(`${tmpdir()}/hob-s3.`);
	const server = new S3rver({ port: 0, address: '127.0.0.1', silent: true, directory, vhostBuckets: false,
		configureBuckets: [{ name }] });
	const { port: behind } = await server.run();
	const bucket = { name, seen: [], directory: `${directory}/${name}` };

	const pass = (req, res, body) => {
		const request = http.request({ host: '127.0.0.1', port: behind, method: req.method, path: req.url,
			headers: req.headers }, async (answer) => {
			const bytes = await bytesOf(answer);
			const told = bucket.answer?.(req, answer, bytes) ?? bytes;

			res.writeHead(answer.statusCode, answer.headers);
			res.end(told);
		});

		request.on('error', () => res.destroy());
		request.end(body);
	};
	const take = async (req, res) => {
		bucket.seen.push({ method: req.method, path: req.url, headers: req.headers });
		if (bucket.fail !== undefined && bucket.fail(req, res) !== true)
			return;
		const sent = await bytesOf(req);
		const body = bucket.body?.(sent) ?? sent;
		const fault = faultOf(req, body);

		if (fault === undefined)
			pass(req, res, body);
		else
			refuse(res, 400, fault);
	};
	const front = (tls ? https : http).createServer(tls ?? {}, (req, res) => {
		take(req, res).catch(() => res.destroy());
	});

	await new Promise((resolve) => { front.listen(0, '127.0.0.1', resolve); });
	const { port } = front.address();

	return Object.assign(bucket, {
		url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
		/** The keys that are there, by the files of the server. */
		keys: () => readdirSync(bucket.directory, { recursive: true })
			.filter((file) => file.endsWith('_object')).map((file) => file.split('._S3rver_')[0]).sort(),
		bytes: (key) => readFileSync(`${bucket.directory}/${key}._S3rver_object`),
		pathOf: (key) => `${bucket.directory}/${key}._S3rver_object`,
		well: () => {
			Object.assign(bucket, { fail: undefined, body: undefined, answer: undefined, seen: [] });
		},
		hangUp: () => front.closeAllConnections(),
		async close() {
			front.closeAllConnections();
			front.close();
			server.httpServer.closeAllConnections();
			await server.close();
			rmSync(directory, { recursive: true });
		},
	});
}

/** Settings of Hob for it. */
export const settingsOf = (bucket) => ({ 'files.s3_endpoint': bucket.url, 'files.s3_region': REGION,
	'files.s3_bucket': bucket.name, 'files.s3_key': KEY, 'files.s3_secret': SECRET });

/** A store as lib has it: call('size', key) resolves to { result, why, said }. `bucket` undefined: the directory. */
export function keeper(bucket, spool, { key = KEY, secret = SECRET, ca = '', timeoutMs = 20_000, name, url } = {}) {
	const words = [url ?? bucket?.url ?? '', name ?? bucket?.name ?? '', key, secret, ca, spool, String(timeoutMs)];
	const child = spawn(`${programs}/keeper`, words, { stdio: ['pipe', 'pipe', 'inherit'] });
	const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
	const ended = new Promise((resolve) => { child.on('exit', resolve); });

	return {
		pid: child.pid,
		async call(...words) {
			child.stdin.write(`${words.join(' ')}\n`);
			return JSON.parse((await lines.next()).value);
		},
		end() {
			child.stdin.end();
			return ended;
		},
	};
}
