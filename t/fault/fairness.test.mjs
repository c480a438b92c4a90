// fairness.test.mjs: some requests are slow, some connections do nothing, some clients leave.
// None of that may cost the others anything.
import assert from 'node:assert/strict';
import https from 'node:https';
import tls from 'node:tls';
import { after, before, describe, test } from 'node:test';

import { base, nobody } from '../api/support/client.mjs';
import { sql } from '../api/support/db.mjs';
import { expectOk, expectProblem } from '../api/support/expect.mjs';
import { PASSWORD, signUp } from '../api/support/people.mjs';
import { rawRequest } from '../api/support/raw.mjs';
import { connect, get } from './fastcgi.mjs';
import { configure, expectOnly, expectWhole, held, holding, installHold, load, logMark, logSince, pids,
	quantile, reload, removeHold, setting, settled, stack, status, until } from './support.mjs';

const WORKERS = 4;
const CLIENTS = 64;
const HELD_MS = 110;
const LOGINS = 200;
const IDLE = 1000;
// Far more than the queue, the backlog and nginx' kept connections hold together.
const CROWD = 600;

let people;

before(async () => {
	// Hashes that cost nothing, for as long as 64 people register.
	await reload({ 'auth.argon2_memory': '64k', 'auth.argon2_passes': 1, 'api.workers': WORKERS });
	people = [];
	for (let i = 0; i < CLIENTS; i += 1)
		people.push(await signUp());
	await reload({ 'api.workers': WORKERS });
	await installHold();
});

after(async () => {
	configure();
	await stack('up');
	await removeHold();
});

/** The requests in a stretch of the log, with what each was: { route, queue_ms, total_ms }. */
function requestsSince(mark) {
	return logSince(mark).filter((line) => line.event === 'request' || line.event === 'slow_request');
}

/** How long of `from`..`to` lies within the sorted, disjoint `spans`. */
function covered(from, to, spans) {
	return spans.reduce((sum, [a, b]) => sum + Math.max(0, Math.min(b, to) - Math.max(a, from)), 0);
}

/** Overlapping [from, to] pairs as sorted, disjoint ones. */
function union(spans) {
	const out = [];

	for (const [from, to] of [...spans].sort((a, b) => a[0] - b[0])) {
		const last = out.at(-1);

		if (last !== undefined && from <= last[1])
			last[1] = Math.max(last[1], to);
		else
			out.push([from, to]);
	}
	return out;
}

/**
 * What the log tells of a time of load, without its first and last quarter: requests served,
 * their mean service time (ms), throughput (1/ms), the share of the workers' time that was
 * idle while a request waited, and the longest wait (ms). Times in the log are whole
 * milliseconds, so gaps up to 2 ms are none.
 */
function account(lines) {
	const all = lines.map((l) => ({ ...l, end: Date.parse(l.time) })).sort((a, b) => a.end - b.end);
	const [from, to] = [0.25, 0.75].map((share) => quantile(all.map((l) => l.end), share));
	const inside = all.filter((l) => l.end > from && l.end <= to);
	const waiting = union(all.filter((l) => l.queue_ms > 0)
		.map((l) => [l.end - l.total_ms - l.queue_ms, l.end - l.total_ms]));
	let idle = 0;

	for (let worker = 0; worker < WORKERS; worker += 1) {
		const own = all.filter((l) => l.worker === worker);

		own.slice(1).forEach((l, i) => {
			const gap = [Math.max(from, own[i].end), Math.min(to, l.end - l.total_ms)];
			if (gap[1] - gap[0] > 2)
				idle += covered(...gap, waiting);
		});
	}
	return {
		served: inside.length,
		mean: inside.reduce((sum, l) => sum + l.total_ms, 0) / inside.length,
		throughput: inside.length / (to - from),
		idle: idle / (WORKERS * (to - from)),
		longest: Math.max(...inside.map((l) => l.queue_ms)),
	};
}

describe('slow requests', () => {
	test('held ones take three of four workers: a fast request finds the fourth at once', async (t) => {
		const mark = logMark();
		const slow = load(WORKERS - 1, (options, client) => held(people[client], HELD_MS, options));
		const fast = load(1, (options) => people.at(-1).client.get('/api/auth/me', options), { pauseMs: 2 });

		t.after(() => Promise.all([slow.stop(), fast.stop()]));
		await Promise.all([slow.flowing(60), fast.flowing(200)]);
		await Promise.all([slow.stop(), fast.stop()]);
		expectOnly(slow, [200]);
		expectOnly(fast, [200]);
		const waits = requestsSince(mark).filter((l) => l.method === 'GET').map((l) => l.queue_ms);
		t.diagnostic(`${waits.length} fast requests among ${slow.answers.length} held ones: 99 % waited ` +
			`${quantile(waits, 0.99)} ms at most, the longest ${Math.max(...waits)} ms`);
		// Behind a held one it would be 37 ms on average and up to 110.
		assert.ok(quantile(waits, 0.99) < HELD_MS / 4, 'fast requests waited behind held ones');
	});

	test('every 8th of 64 clients held: the workers are not idle while somebody waits', async (t) => {
		const mark = logMark();
		const pool = await pids();
		const traffic = load(CLIENTS, (options, client, round) => ((round + client) % 8 === 0
			? held(people[client], HELD_MS, options)
			: people[client].client.get('/api/auth/me', options)));

		t.after(traffic.stop);
		await traffic.flowing(1500);
		await traffic.stop();
		expectOnly(traffic, [200]);
		assert.deepEqual(await pids(), pool);
		const { served, mean, throughput, idle, longest } = account(requestsSince(mark));
		const share = throughput / (WORKERS / mean);
		t.diagnostic(`${(throughput * 1000).toFixed(0)} requests/s, ${share.toFixed(3)} of workers / mean ` +
			`service time (${mean.toFixed(1)} ms); idle while somebody waited: ` +
			`${(idle * 100).toFixed(2)} % of the workers' time; the longest wait ${longest.toFixed(0)} ms`);
		assert.ok(served > 500);
		assert.ok(idle < 0.05, `workers idle while requests waited: ${idle}`);
		assert.ok(share >= 0.75, `only ${share.toFixed(2)} of the possible throughput`);
		// First come, first served: nobody waits for much longer than all before them take.
		assert.ok(longest < 4 * CLIENTS * mean / WORKERS + HELD_MS, 'somebody was starved');
	});

	test(`${LOGINS} logins at once: each is let in or told to come back, and readers go on`, async (t) => {
		const agent = new https.Agent({ keepAlive: true, maxSockets: LOGINS });
		const reader = load(1, (options) => people[0].client.get('/api/auth/me', options));
		let underWay = LOGINS;

		t.after(reader.stop);
		await reader.flowing(20);
		const before = reader.answers.length;
		const began = performance.now();
		const answers = await Promise.all(Array.from({ length: LOGINS }, async (_, i) => {
			const body = { email: people[i % CLIENTS].email, password: PASSWORD };
			const res = await nobody.post('/api/auth/login', body, { agent });

			underWay -= 1;
			expectWhole(res);
			return res;
		}));
		const took = performance.now() - began;
		const reads = reader.answers.slice(before);
		await reader.stop();
		agent.destroy();
		assert.equal(underWay, 0);
		const good = answers.filter((res) => res.status === 200);
		good.forEach((res) => expectOk(res));
		answers.filter((res) => res.status !== 200).forEach((res) => expectProblem(res, 503, 'try_later'));
		t.diagnostic(`${good.length} let in, ${LOGINS - good.length} told to come back in ` +
			`${took.toFixed(0)} ms; meanwhile ${reads.length} reads, ` +
			`the longest ${Math.max(...reads.map((r) => r.ms)).toFixed(0)} ms`);
		expectOnly(reader, [200]);
		assert.ok(good.length > 0, 'nobody was let in');
	});

	test('logins that never cease leave the readers half of the pool', async (t) => {
		const logins = load(16, (options, client) => nobody.post('/api/auth/login',
			{ email: people[client].email, password: PASSWORD }, options), { pauseMs: 20 });
		const mark = logMark();
		const reader = load(1, (options) => people[0].client.get('/api/auth/me', options), { pauseMs: 2 });

		t.after(() => Promise.all([logins.stop(), reader.stop()]));
		await reader.flowing(200);
		await until('logins were let in meanwhile', () => logins.count(200) >= 20, 20);
		await Promise.all([logins.stop(), reader.stop()]);
		expectOnly(logins, [200, 503]);
		expectOnly(reader, [200]);
		const waits = requestsSince(mark).filter((l) => l.route === '/api/auth/me').map((l) => l.queue_ms);
		t.diagnostic(`${logins.count(200)} logins let in, ${logins.count(503)} told to come back; ` +
			`${waits.length} reads, half waited ${quantile(waits, 0.5)} ms, ` +
			`99 % at most ${quantile(waits, 0.99)} ms`);
		assert.ok(quantile(waits, 0.5) < 20, 'readers waited for logins');
	});
});

describe('connections that do nothing', () => {
	test(`${IDLE} kept ones of another server cost nobody anything, and are forgotten when closed`, async (t) => {
		const path = setting('api.socket');
		const { connections: usual } = await settled();
		const idle = [];

		t.after(() => idle.forEach((socket) => socket.destroy()));
		while (idle.length < IDLE) {
			const more = await Promise.all(Array.from({ length: 20 }, () => connect(path)));

			for (const answer of await Promise.all(more.map((socket) => get(socket, '/livez'))))
				assert.match(answer, /alive/);
			idle.push(...more);
		}
		assert.ok((await status()).connections >= IDLE);
		const traffic = load(8, (options, client) => people[client].client.get('/api/auth/me', options));
		t.after(traffic.stop);
		await traffic.flowing(500);
		// They are alive all the same: each can still ask.
		for (const socket of idle.filter((_, i) => i % 100 === 0))
			assert.match(await get(socket, '/livez'), /alive/);
		await traffic.stop();
		expectOnly(traffic, [200]);
		idle.forEach((socket) => socket.destroy());
		const { connections } = await until('they are forgotten', async () => {
			const board = await status();
			return board.connections <= usual + 8 && board;
		});
		t.diagnostic(`${connections} connections left, ${usual} before`);
	});

	test('half a request holds one worker for read_timeout and no longer', async (t) => {
		await reload({ 'api.workers': WORKERS, 'api.read_timeout': '300ms' });
		const socket = await connect(setting('api.socket'));

		t.after(() => socket.destroy());
		const closed = new Promise((resolve) => { socket.on('close', resolve); });
		socket.resume();
		socket.write(Buffer.from([1, 1, 0, 1, 0, 8, 0, 0, 0]));
		await closed;
		expectOk(await people[0].client.get('/api/auth/me'));
		await reload({ 'api.workers': WORKERS });
	});
});

describe('a client that leaves', () => {
	/** POST /api/residences on a connection of its own; resolves once all of it is sent. */
	function sendCreate(person, name) {
		const body = JSON.stringify({ name });
		const bytes = rawRequest('POST /api/residences', [`Authorization: Token ${person.token}`,
			'Content-Type: application/json'], body);
		const address = { host: base.hostname, port: Number(base.port), ALPNProtocols: ['http/1.1'] };

		return new Promise((resolve, reject) => {
			const socket = tls.connect(address, () => socket.write(bytes, () => resolve(socket)));

			socket.on('error', reject);
		});
	}

	async function residencesOf(person) {
		const [count] = await sql("SELECT count(*) FROM residences WHERE owner_id = :'id'",
			{ id: person.user.id });

		return Number(count);
	}

	test('before its turn: what it asked for is not done', async (t) => {
		await reload({ 'api.workers': 1 });
		const [holder, leaver] = people;
		const { hung_up: before } = await status();
		const { answer } = await holding(holder, 1500);
		const sockets = await Promise.all(['One', 'Two', 'Three'].map((name) => sendCreate(leaver, name)));

		await until('all three wait', async () => (await status()).queue_now === 3);
		sockets.forEach((socket) => socket.destroy());
		expectOk(await answer);
		// One worker serves in order: once this is answered the others had their turn.
		expectOk(await leaver.client.get('/api/auth/me'));
		const { hung_up: hungUp } = await status();
		t.diagnostic(`hung_up went from ${before} to ${hungUp}`);
		assert.equal(await residencesOf(leaver), 0, 'an abandoned request was executed');
		assert.ok(hungUp >= before + 3);
	});

	test('one that stays, behind it, is served', async () => {
		const [holder, leaver, stayer] = people;
		const { answer } = await holding(holder, 800);
		const leaving = await sendCreate(leaver, 'Gone');
		const staying = stayer.client.post('/api/residences', { name: 'Stayed' });

		await until('both wait', async () => (await status()).queue_now === 2);
		leaving.destroy();
		expectOk(await answer);
		expectOk(await staying, 201);
		assert.equal(await residencesOf(leaver), 0);
		assert.equal(await residencesOf(stayer), 1);
	});

	test('a request that waited too long is refused unexecuted', async () => {
		await reload({ 'api.workers': 1, 'api.stale': '200ms' });
		const [holder, , , patient] = people;
		const { shed: before } = await status();
		const { answer } = await holding(holder, 800);
		const waiting = patient.client.post('/api/residences', { name: 'Too late' });

		expectProblem(await waiting, 503, 'try_later');
		expectOk(await answer);
		assert.equal(await residencesOf(patient), 0);
		assert.equal((await status()).shed, before + 1);
	});

	test('more than may wait: the rest hears 503 at once, and nobody is forgotten', async (t) => {
		await reload({ 'api.workers': 1, 'api.queue_per_worker': 4, 'api.stale': '10s' });
		const agent = new https.Agent({ keepAlive: true, maxSockets: CROWD });
		const askAll = (path) => Promise.all(Array.from({ length: CROWD }, () => nobody.get(path, { agent })));

		t.after(() => agent.destroy());
		// Connections first, which nginx alone answers on, so that the crowd comes at once.
		await askAll('/nowhere');
		const { answer } = await holding(people[0], 2500);
		const asked = await askAll('/livez');
		expectOk(await answer);
		const refused = asked.filter((res) => res.status !== 200);
		refused.forEach((res) => expectProblem(res, 503, 'try_later'));
		t.diagnostic(`${asked.length - refused.length} served after the wait, ${refused.length} refused`);
		assert.ok(refused.length > 0, 'the queue has no end');
		assert.equal((await settled()).queue_now, 0);
		expectOk(await nobody.get('/livez'));
	});
});
