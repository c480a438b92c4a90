// nginx.test.mjs: what nginx answers by itself: problem documents like Hob's own. Its copy
// of the configuration is changed here so that what takes long comes soon.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, readdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import http2 from 'node:http2';
import https from 'node:https';
import net from 'node:net';
import { after, before, describe, test } from 'node:test';
import tls from 'node:tls';

import { base, nobody } from '../api/support/client.mjs';
import { expectOk, expectProblem } from '../api/support/expect.mjs';
import { PASSWORD, signUp } from '../api/support/people.mjs';
import { nginxDir, nginxWorkers, reconfigure } from './nginx.mjs';
import { held, installHold, removeHold, setting, stack, state, status, until } from './support.mjs';

// Status nginx ends up with, what the client sees, and the code of the problem.
const statuses = [
	[400, 400, 'malformed'], [403, 404, 'not_found'], [404, 404, 'not_found'],
	[405, 405, 'method_not_allowed'], [412, 412, 'precondition_failed'], [413, 413, 'too_large'],
	[414, 414, 'uri_too_long'], [416, 416, 'range_not_satisfiable'], [429, 429, 'too_many_requests'],
	[500, 500, 'internal'], [501, 501, 'not_implemented'], [502, 503, 'try_later'], [503, 503, 'try_later'],
	[504, 504, 'gateway_timeout'], [505, 505, 'http_version_not_supported'],
];

/** http2_max_concurrent_streams. */
const STREAMS = 8;

let robin;

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
			.filter((words) => words[7] === setting('api.socket') && words[5] === '03')
			.map((words) => words[6]).sort();
	}

	for (const [what, ask, status] of [
		['HEAD', (headers) => robin.client.request('HEAD', '/api/auth/me', { agent, headers }), 200],
		['HEAD of a board', (headers) =>
			robin.client.request('HEAD', '/api/tasks/kanban', { agent, headers }), 200],
		['HEAD of a calendar feed', (headers) =>
			nobody.request('HEAD', `/api/calendar/${'x'.repeat(32)}.ics`, { agent, headers }), 404],
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
		test(`${made} is the problem ${code}, in German for who asks for it`, async () => {
			const res = await nobody.get(`/made/${made}`);
			const ask = (language) =>
				nobody.get(`/made/${made}`, { headers: { 'Accept-Language': language } });

			for (const language of ['de', 'DE-at', 'fr, de;q=0.7, en;q=0.3']) {
				const german = await ask(language);

				assert.equal(german.headers['content-language'], 'de');
				assert.notEqual(german.body.title, res.body.title);
				assert.notEqual(german.body.detail, res.body.detail);
				assert.equal(german.body.code, code);
			}
			for (const language of ['en-GB, de;q=0.9', 'fr', 'den', ''])
				assert.equal((await ask(language)).body.title, res.body.title, language);
			assert.match(res.body.detail, /^[A-Z].*\.$/);
			assert.match(res.headers.vary, /\bAccept-Language\b/);

			expectProblem(res, seen, code);
			assert.equal(res.headers['retry-after'] !== undefined, [429, 503].includes(seen));
			assert.equal(res.headers['x-content-type-options'], 'nosniff');
			assert.equal(res.headers['content-language'], 'en');
		});
});

describe('time limits', () => {
	before(async () => {
		await reconfigure('pool.conf', (text) => text.replace(/(fastcgi_read_timeout) \w+/, '$1 300ms'));
		await reconfigure('site.conf', (text) => text.replace(/(client_body_timeout) \w+/, '$1 300ms'));
	});

	after(() => stack('up'));

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

/** A line that nginx writes about a request, by the path. */
const nginxLog = () => readFileSync(`${state}/log/nginx.log`, 'utf8');

describe('the address of a calendar feed, which is its secret', () => {
	let feed;

	before(async () => {
		const residence = expectOk(await robin.client.post('/api/residences', { name: 'Hill House' }), 201);

		for (let i = 0; i < 60; i += 1)
			expectOk(await robin.client.post('/api/tasks', { residence_id: residence.id,
				title: `Sweep ${i} ${'x'.repeat(150)}`, due_on: '2027-01-01' }), 201);
		const made = await robin.client.post('/api/calendar-feeds', {});
		[feed] = /\/api\/calendar\/[\w-]{32}\.ics/.exec(made.text);
	});

	const ways = (path) => [path, path.replace('/api/cal', '/api/%63al'), path.replace('/api/', '/api//'),
		`${path}?x=1`];

	/** nginx has said something of another address, and of the feed's nothing. */
	function expectSilent(from, other) {
		const said = nginxLog().slice(from);

		assert.ok(said.includes(other), `nothing of ${other}: ${said.slice(-500)}`);
		assert.ok(!said.includes(feed.slice(14, 46)), said.match(new RegExp(`.*${feed.slice(14, 46)}.*`))?.[0]);
	}

	test('is not in its error log when hob-api is away', async () => {
		const from = nginxLog().length;

		await stack('stop', 'api');
		try {
			for (const path of ways(feed)) {
				expectProblem(await nobody.get(path), 503, 'try_later');
				assert.equal((await nobody.request('HEAD', path)).status, 503);
			}
			expectProblem(await nobody.get('/api/static-data?away'), 503, 'try_later');
		} finally {
			await stack('start', 'api');
		}
		expectSilent(from, '/api/static-data?away');
	});

	test('is not in its error log when the answer does not come, or waits in a file', async () => {
		const from = nginxLog().length;

		await reconfigure('pool.conf', (text) => text.replace(/(fastcgi_read_timeout) \w+/, '$1 1ms')
			.replace(/fastcgi_buffer_size \w+/, 'fastcgi_buffer_size 4k')
			.replace(/fastcgi_buffers \d+ \w+/, 'fastcgi_buffers 2 4k')
			.replace(/fastcgi_busy_buffers_size \w+/, 'fastcgi_busy_buffers_size 4k')
			.replace(/(temp_file_write_size) \w+/, '$1 8k'));
		const calm = () => nginxLog().slice(from);

		await until('an answer did not come', async () => {
			await nobody.get(feed);
			await nobody.request('HEAD', feed);
			await held(robin, 50);
			return /timed out.*auth\/me/.test(calm());
		});
		await reconfigure('pool.conf', (text) => text.replace(/(fastcgi_read_timeout) \w+/, '$1 20s'));
		const session = unread();

		session.ask(feed);
		session.ask('/api/tasks?limit=100', robin.token);
		await until('an answer waits in a file', () => /temporary file.*\/api\/tasks/.test(calm()));
		await until('both wait in files', () => waiting().length === 2);
		session.close();
		expectSilent(from, '/api/tasks?limit=100');
		await stack('up');
	});
});

/** An HTTP/2 connection whose client opens no window: no byte of any body is taken. */
function unread() {
	const session = http2.connect(base, { settings: { initialWindowSize: 0 } });

	let streams = 0;

	session.on('error', () => {});
	session.on('remoteSettings', (settings) => { streams = settings.maxConcurrentStreams; });
	return {
		streams: () => streams,
		ask: (path, token) => session.request({ ':path': path,
			...(token && { authorization: `Token ${token}` }) }).on('error', () => {}),
		close: () => session.destroy(),
	};
}

/** Asks for `path` so many times, on as many such connections as that takes; they close together. */
function unreadTimes(count, path) {
	const sessions = Array.from({ length: Math.ceil(count / STREAMS) }, unread);

	for (let i = 0; i < count; i += 1)
		sessions[i % sessions.length].ask(path);
	return { streams: () => sessions.map((session) => session.streams()),
		close: () => sessions.forEach((session) => session.close()) };
}

/** The bytes of each temporary file of nginx: files that have no name any more. */
function waiting() {
	const sizes = [];

	for (const pid of nginxWorkers())
		for (const fd of readdirSync(`/proc/${pid}/fd`))
			try {
				if (/\/nginx\/fastcgi\/.*\(deleted\)$/.test(readlinkSync(`/proc/${pid}/fd/${fd}`)))
					sizes.push(statSync(`/proc/${pid}/fd/${fd}`).size);
			} catch {
				// closed meanwhile
			}
	return sizes;
}

describe('answers that nobody reads', () => {
	const MIB = 1 << 20;
	let large;
	let finished = 0;

	// A FastCGI responder whose answers are as long as their path says, in MiB.
	before(async () => {
		const path = `${state}/run/large.sock`;

		large = net.createServer((socket) => {
			let got = Buffer.alloc(0);

			socket.on('error', () => {});
			socket.on('data', (piece) => {
				got = Buffer.concat([got, piece]);
				// An empty record of STDIN ends the request.
				if (got.indexOf(Buffer.from([1, 5, 0, 1, 0, 0])) < 0)
					return;
				const size = Number(/\/large\/(\d+)/.exec(got.toString('latin1'))[1]) * MIB;
				const head = Buffer.from([1, 6, 0, 1, 0x80, 0, 0, 0]);
				const record = Buffer.concat([head, Buffer.alloc(32768, 'x')]);

				got = Buffer.alloc(0);
				socket.write(Buffer.concat([Buffer.from([1, 6, 0, 1, 0, 28, 0, 0]),
					Buffer.from('Content-Type: text/plain\r\n\r\n')]));
				for (let sent = 0; sent < size; sent += 32768)
					socket.write(record);
				socket.write(Buffer.from([1, 6, 0, 1, 0, 0, 0, 0, 1, 3, 0, 1, 0, 8, 0, 0, 0, 0, 0, 0, 0,
					0, 0, 0]), () => { finished += 1; });
			});
		}).listen(path);
		await until('it listens', () => statSync(path, { throwIfNoEntry: false }));
		chmodSync(path, 0o666);
		writeFileSync(`${nginxDir}/large.conf`, `fastcgi_pass unix:${path};\n`
			+ readFileSync(`${nginxDir}/pool.conf`, 'utf8').replace('keep_conn on', 'keep_conn off'));
		await reconfigure('site.conf',
			(text) => text.replace('\tlocation / {', '\tlocation /large/ { include large.conf; }\n$&'));
	});

	after(async () => {
		large.close();
		await stack('up');
	});

	test('of the largest size there is hold no worker: nginx takes them whole', async () => {
		const from = finished;
		const client = unreadTimes(30, '/large/2');

		await until('all are taken', () => finished === from + 30);
		client.close();
	});

	test('of any size take no more than their share of the disk, and others are answered', async () => {
		const client = unreadTimes(30, '/large/25');

		await until('thirty wait', () => waiting().length === 30 && waiting().every((size) => size >= 3 * MIB));
		expectOk(await robin.client.get('/api/auth/me'));
		const sizes = waiting();

		assert.ok(Math.max(...sizes) <= 4.2 * MIB, `${Math.max(...sizes)} bytes of one answer`);
		assert.ok(sizes.reduce((sum, size) => sum + size) <= 30 * 4.2 * MIB);
		client.close();
		await until('nothing waits', () => waiting().length === 0);
	});

	test('are few on one connection, and not many of one client', async () => {
		await reconfigure('site.conf',
			(text) => text.replace(/limit_conn hob_conns \d+/, 'limit_conn hob_conns 40'));
		const client = unreadTimes(48, '/large/1');

		await until('it has said how many', () => client.streams().every((n) => n === STREAMS));
		await until('the wall is reached', () => waiting().length === 40);
		expectProblem(await nobody.get('/api/static-data', { headers: { Connection: 'close' }, agent: false }),
			429, 'too_many_requests');
		client.close();
		await until('the wall is open', async () => (await nobody.get('/api/static-data')).status === 200);
	});
});

describe('files under way', () => {
	/** The head of one alone: its body is still to come, and nginx, which asks for it, has counted it. */
	const begin = async () => {
		const req = https.request({ method: 'POST', path: '/api/uploads', hostname: base.hostname,
			port: base.port, agent: false, headers: { 'Content-Length': 1000, Expect: '100-continue' } });

		req.on('error', () => {});
		req.flushHeaders();
		await once(req, 'continue');
		return req;
	};
	const alone = { headers: { Connection: 'close' }, agent: false };
	const send = async () => (await nobody.post('/api/uploads', undefined, { raw: 'x', ...alone })).status;

	for (const [whose, zone] of [['one client', 'hob_upload_conns'], ['all', 'hob_uploading']])
		test(`are few of ${whose}`, async () => {
			await reconfigure('site.conf', (text) => text
				.replace(new RegExp(`limit_conn ${zone} \\d+`), `limit_conn ${zone} 3`));
			const begun = await Promise.all(Array.from({ length: 3 }, begin));

			assert.equal(await send(), 429);
			expectOk(await nobody.get('/api/static-data', alone));
			begun.forEach((req) => req.destroy());
			await until('the wall is open', async () => await send() === 401);
			await reconfigure('site.conf', (text) => text
				.replace(new RegExp(`limit_conn ${zone} \\d+`), `limit_conn ${zone} 4096`));
		});
});

describe('the wall before /api/auth', () => {
	before(() => reconfigure('http.conf', (text) => text.replace(/rate=\w+\/s/g, 'rate=5r/s')));
	before(() => reconfigure('site.conf', (text) => text.replace(/burst=\d+/g, 'burst=4')));

	const login = () => nobody.post('/api/auth/login', { email: robin.email, password: 'wrong' });

	test('lets a few guesses through and tells the rest to wait', async () => {
		const answers = await Promise.all(Array.from({ length: 20 }, login));
		const refused = answers.filter((res) => res.status === 429);

		assert.ok(refused.length >= 10, `only ${refused.length} of 20 refused`);
		assert.ok(refused.length <= 19, 'nobody was let through');
		refused.forEach((res) => assert.ok(expectProblem(res, 429, 'too_many_requests')
			&& Number(res.headers['retry-after']) > 0));
	});

	test('writes no line for each that it refuses, nor does /readyz or another wall', async () => {
		const from = nginxLog().length;
		const answers = await Promise.all(Array.from({ length: 50 }, login));

		assert.ok(answers.filter((res) => res.status === 429).length >= 30);
		assert.equal(nginxLog().slice(from), '');
	});

	test('stands before bulks too, one for each client', async () => {
		const body = { create: Array.from({ length: 100 }, () => ({})) };
		const bulks = (localAddress) => {
			const agent = new https.Agent({ localAddress });

			return Promise.all(Array.from({ length: 15 },
				() => robin.client.post('/api/tasks/bulk', body, { agent })));
		};
		const answers = await bulks('127.0.0.3');
		const refused = answers.filter((res) => res.status === 429);

		assert.ok(refused.length >= 7 && refused.length <= 11, `${refused.length} of 15 refused`);
		refused.forEach((res) => expectProblem(res, 429, 'too_many_requests'));
		assert.ok((await bulks('127.0.0.4')).some((res) => res.status !== 429), 'another client');
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
