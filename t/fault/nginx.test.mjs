// nginx.test.mjs: what nginx answers by itself: problem documents like Hob's own. Its copy
// of the configuration is changed here so that what takes long comes soon.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import { after, before, describe, test } from 'node:test';
import tls from 'node:tls';

import { base, nobody } from '../api/support/client.mjs';
import { expectOk, expectProblem } from '../api/support/expect.mjs';
import { PASSWORD, signUp } from '../api/support/people.mjs';
import { held, installHold, removeHold, setting, stack, state, status, until } from './support.mjs';

const nginxDir = `${state}/nginx`;

// Status nginx ends up with, what the client sees, and the code of the problem.
const statuses = [
	[400, 400, 'malformed'], [403, 404, 'not_found'], [404, 404, 'not_found'],
	[405, 405, 'method_not_allowed'], [412, 412, 'precondition_failed'], [413, 413, 'too_large'],
	[414, 414, 'uri_too_long'], [416, 416, 'range_not_satisfiable'], [429, 429, 'too_many_requests'], [500, 500, 'internal'],
	[501, 501, 'not_implemented'], [502, 503, 'try_later'], [503, 503, 'try_later'],
	[504, 504, 'gateway_timeout'], [505, 505, 'http_version_not_supported'],
];

let robin;

/** nginx with its configuration `file` as `change` makes it, and all of it in force. */
async function reconfigure(file, change) {
	const path = `${nginxDir}/${file}`;
	const mark = `/mark-${Date.now()}`;

	writeFileSync(path, change(readFileSync(path, 'utf8')));
	writeFileSync(`${nginxDir}/site.conf`, readFileSync(`${nginxDir}/site.conf`, 'utf8')
		.replace('\tlocation / {', `\tlocation = ${mark} { return 204; }\n$&`));
	process.kill(Number(readFileSync(`${setting('api.run_dir')}/nginx.pid`, 'utf8')), 'SIGHUP');
	await until('nginx has its new configuration', async () =>
		(await nobody.get(mark, { headers: { Connection: 'close' }, agent: false })).status === 204);
}

before(async () => {
	robin = await signUp();
	await installHold();
});

// `up` writes nginx's configuration anew.
after(async () => {
	await stack('up');
	await removeHold();
});

describe('an answer without a body', () => {
	const agent = new https.Agent({ keepAlive: true, maxSockets: 1 });

	after(() => agent.destroy());

	/** The connections that nginx keeps to hob-api: a number of its own each. */
	function connections() {
		return readFileSync('/proc/net/unix', 'utf8').split('\n').map((line) => line.split(/ +/))
			.filter((words) => words[7] === setting('api.socket') && words[5] === '03').map((words) => words[6]).sort();
	}

	for (const [what, ask, status] of [
		['HEAD', (headers) => robin.client.request('HEAD', '/api/auth/me', { agent, headers }), 200],
		['HEAD of a board', (headers) => robin.client.request('HEAD', '/api/tasks/kanban', { agent, headers }), 200],
		['HEAD of nothing', (headers) => robin.client.request('HEAD', '/api/nothing', { agent, headers }), 404],
		['304', (headers) => robin.client.get('/api/auth/me', { agent, headers }), 304],
	])
		test(`leaves the connection to hob-api open: 100 times ${what}`, async () => {
			const { headers: { etag } } = await robin.client.get('/api/auth/me', { agent });
			const headers = status === 304 ? { 'If-None-Match': etag } : {};

			const kept = connections();
			assert.ok(kept.length > 0);
			for (let i = 0; i < 100; i += 1)
				assert.equal((await ask(headers)).status, status);
			assert.deepEqual(connections(), kept);
		});
});

describe('every status that nginx can make', () => {
	before(() => reconfigure('site.conf', (text) => text.replace('\tlocation / {',
		`${statuses.map(([made]) => `\tlocation = /made/${made} { return ${made}; }\n`).join('')}$&`)));

	for (const [made, seen, code] of statuses)
		test(`${made} is the problem ${code}`, async () => {
			const res = await nobody.get(`/made/${made}`);

			expectProblem(res, seen, code);
			assert.equal(res.headers['retry-after'] !== undefined, [429, 503].includes(seen));
			assert.equal(res.headers['x-content-type-options'], 'nosniff');
			assert.equal(res.headers['content-language'], 'en');
		});
});

describe('time limits', () => {
	before(async () => {
		await reconfigure('api.conf', (text) => text.replace(/(fastcgi_read_timeout) \w+/, '$1 300ms'));
		await reconfigure('site.conf', (text) => text.replace(/(client_body_timeout) \w+/, '$1 300ms'));
	});

	test('a body that stops coming ends the connection, and a worker never heard of it', async () => {
		const { handed } = await status();
		const text = await new Promise((resolve, reject) => {
			const socket = tls.connect({ host: base.hostname, port: base.port });
			let got = '';

			socket.on('data', (chunk) => { got += chunk; });
			socket.on('end', () => resolve(got));
			socket.on('error', reject);
			socket.write('POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n'
				+ 'Content-Length: 100\r\n\r\n{"email":');
		});

		assert.equal(text, '');
		assert.equal((await status()).handed, handed);
	});

	test('an answer that does not come: 504, and the worker serves on', async () => {
		expectProblem(await held(robin, 600), 504, 'gateway_timeout');
		expectOk(await robin.client.get('/api/auth/me'));
	});
});

describe('the wall before /api/auth', () => {
	before(() => reconfigure('http.conf', (text) => text.replace(/rate=\w+\/s/, 'rate=5r/s')));
	before(() => reconfigure('site.conf', (text) => text.replace(/burst=\d+/, 'burst=4')));

	const login = () => nobody.post('/api/auth/login', { email: robin.email, password: 'wrong' });

	test('lets a few guesses through and tells the rest to wait', async () => {
		const answers = await Promise.all(Array.from({ length: 20 }, login));
		const refused = answers.filter((res) => res.status === 429);

		assert.ok(refused.length >= 10, `only ${refused.length} of 20 refused`);
		assert.ok(refused.length <= 19, 'nobody was let through');
		refused.forEach((res) => assert.ok(expectProblem(res, 429, 'too_many_requests')
			&& Number(res.headers['retry-after']) > 0));
	});

	test('counts no reads, and none of the other routes', async () => {
		await Promise.all(Array.from({ length: 20 }, login));
		for (let i = 0; i < 20; i += 1) {
			expectOk(await robin.client.get('/api/auth/me'));
			expectOk(await robin.client.get('/api/residences'));
		}
	});

	test('opens again by itself', () => until('a login is let in', async () =>
		(await nobody.post('/api/auth/login', { email: robin.email, password: PASSWORD })).status === 200));
});
