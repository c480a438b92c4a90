// mode.test.mjs: read-only mode: who sets it, what it refuses (all that would change something, by each worker,
// whatever Redis does), what goes on, and how it ends.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { after, afterEach, before, describe, test } from 'node:test';

import { addStaff, events, hob, signIn, staffPanel } from '../admin/support/staff.mjs';
import { Client, nobody } from '../api/support/client.mjs';
import { sql } from '../api/support/db.mjs';
import { expectOk, expectProblem } from '../api/support/expect.mjs';
import { buildWorlds, newWorld, sampleRequest } from '../api/support/matrix.mjs';
import { login, newId, newResidence, newTask, OTHER_PASSWORD, signIn as signInAgain, signUp }
	from '../api/support/people.mjs';
import { address, nameOf, routeTable } from '../api/support/routes.mjs';
import { statusNow } from '../api/support/workers.mjs';
import { logMark, logSince, setting, settled, stack, until } from './support.mjs';

const MESSAGE = 'Hob zieht um: "fertig" um 18 Uhr {ungefähr}.';
// They write about who is signed in, and nothing else.
const GO_ON = ['POST /api/auth/login', 'POST /api/auth/logout', 'POST /api/auth/logout-all',
	'DELETE /api/auth/sessions/{session_id}'];
// No GET, and changes nothing.
const READS = ['POST /api/recurrence/preview'];
// What letters are answered with; other routes are sent what t/api/support/matrix.mjs has.
const CODE = { email: 'nobody@example.test', code: '000000' };
const SENT = {
	'POST /api/auth/reset-password': { ...CODE, password: OTHER_PASSWORD },
	'POST /api/auth/verify-email': CODE,
	'POST /api/auth/confirm-email': CODE,
};
// What is not signed never comes to the database.
const isOfStores = ({ path }) => path.startsWith('/api/subscription/webhooks/');

async function mode(...words) {
	const { code, stdout, stderr } = await hob('mode', ...words);

	assert.equal(code, 0, stderr);
	return stdout;
}
const readOnly = (message = MESSAGE) => mode('read-only', message);
const normal = () => mode('normal');

function expectReadOnly(res, message = MESSAGE) {
	expectProblem(res, 503, 'read_only');
	assert.equal(res.body.detail, message);
	assert.equal(res.headers['retry-after'], '60');
}

/** A write, sent so often that each worker has had one. */
const writes = (person, home, times = 24) => Promise.all(Array.from({ length: times }, (_, i) =>
	person.client.post('/api/tasks', { residence_id: home.id, title: `Task ${i}` })));

const waitsFor = (wanted) => until(`hob status shows read_only ${wanted}`,
	async () => (await statusNow()).read_only === wanted);

const BECAUSE = { headers: { 'X-Hob-Reason': 'Umzug%20%C3%BC' } };
const put = (panel, message = MESSAGE, options = BECAUSE) =>
	panel.request('PUT', '/mode', { body: { message }, ...options });

async function admin() {
	const panel = await staffPanel('admin');

	expectOk(await panel.post('/auth/confirm', { password: panel.person.password }), 204);
	return panel;
}

let person;
let home;

before(async () => {
	await settled();
	person = await signUp();
	home = await newResidence(person);
});
afterEach(() => hob('mode', 'normal'));
after(() => stack('up'));

describe('what would change something', () => {
	const cells = [];

	before(async () => {
		const routes = (await routeTable()).filter((route) => route.method !== 'GET'
			&& route.access !== 'internal' && ![...READS, ...GO_ON].includes(nameOf(route)));

		for (const route of routes)
			cells.push({ route, world: newWorld('owner') });
		await buildWorlds();
		for (const cell of cells.filter(({ route }) => !isOfStores(route)))
			Object.assign(cell, await sampleRequest(cell.route, cell.world));
	});

	test('is refused on every route, by the database and from memory', async () => {
		assert.ok(cells.length > 80, `${cells.length} routes`);
		const counted = `SELECT (SELECT count(*) FROM activity), (SELECT count(*) FROM users),
			(SELECT count(*) FROM notices), (SELECT count(*) FROM files),
			(SELECT count(*) FROM account_tokens), (SELECT count(*) FROM store_events)`;
		const count = await sql(counted);

		await readOnly();
		for (const round of ['database', 'memory'])
			for (const { route, world, values = {}, body = {} } of cells) {
				if (round === 'database' && isOfStores(route))
					continue;
				// What workers remember is dropped, so that it is the database that refuses.
				if (round === 'database')
					assert.equal((await hob('cache', 'flush')).code, 0);
				const res = await world.client.request(route.method, address(route, values),
					{ body: SENT[nameOf(route)] ?? body });

				try {
					expectReadOnly(res);
				} catch (why) {
					throw new Error(`${nameOf(route)}: ${res.status} ${res.text}`, { cause: why });
				}
			}
		assert.deepEqual(await sql(counted), count);
	});
});

describe('read-only mode', () => {
	test('is kept to by each worker at once, for one round trip at most, and none when it knows', async () => {
		await readOnly();
		const mark = logMark();
		const replies = await writes(person, home);

		replies.forEach((res) => expectReadOnly(res));
		assert.ok(replies.every(({ headers }) => Number(headers['x-hob-round-trips']) <= 1));
		await until('a worker knows', async () => (await person.client.post('/api/tasks',
			{ residence_id: home.id, title: 'x' })).headers['x-hob-round-trips'] === '0');
		assert.deepEqual(logSince(mark, 'statement_refused'), []);
		await normal();
		for (const res of await writes(person, home))
			expectOk(res, 201);
	});

	test('tells what was said last', async () => {
		await readOnly();
		(await writes(person, home, 12)).forEach((res) => expectReadOnly(res));
		await readOnly('Es dauert länger.');
		(await writes(person, home, 12)).forEach((res) => expectReadOnly(res, 'Es dauert länger.'));
	});

	test('lets reads go on, also of who was not known yet, and signing in and out', async () => {
		const task = await newTask(person, home);

		await readOnly();
		const phone = await signInAgain(person);

		for (const path of ['/api/auth/me', '/api/residences', `/api/tasks/${task.id}`, '/api/sync'])
			expectOk(await phone.client.get(path));
		expectOk(await phone.client.post('/api/recurrence/preview',
			{ recurrence: 'monthly', starts_on: '2027-01-31' }));
		const other = await signInAgain(person);
		const { results } = expectOk(await phone.client.get('/api/auth/sessions'));

		expectOk(await phone.client.delete(`/api/auth/sessions/${results.find((s) => !s.current).id}`), 204);
		expectOk(await phone.client.post('/api/auth/logout'), 204);
		assert.equal((await phone.client.get('/api/auth/me')).status, 401);
		assert.equal((await login({ email: person.email, password: 'wrong' })).status, 401);
		person = await signInAgain(person);
		await other.client.get('/api/auth/me');
	});

	test('refuses a bulk request as a whole, and one that was done before its end', async () => {
		const key = { headers: { 'Idempotency-Key': newId() } };
		const sent = ['/api/tasks', { residence_id: home.id, title: 'Once' }, key];

		expectOk(await person.client.post(...sent), 201);
		await readOnly();
		expectReadOnly(await person.client.post(...sent));
		for (let i = 0; i < 12; i++)
			expectReadOnly(await person.client.post('/api/tasks/bulk',
				{ create: [{ residence_id: home.id, title: 'One of many' }] }));
		await normal();
		assert.equal(expectOk(await person.client.post(...sent), 201).title, 'Once');
	});

	test('comes behind who nobody is', async () => {
		const forged = new Client(`hob_${'x'.repeat(49)}`);
		const tries = () => Promise.all(Array.from({ length: 24 }, () => forged.post('/api/tasks', {})));

		await readOnly();
		await hob('cache', 'flush');
		(await tries()).forEach((res) => assert.equal(res.status, 401));
		// Now it is in the memory of workers.
		await writes(person, home);
		(await tries()).forEach((res) => assert.equal(res.status, 401));
		expectReadOnly(await nobody.post('/api/auth/register',
			{ email: 'late@example.test', password: 'a lamp in the 9th window' }));
	});

	test('keeps no bytes of a file that it refuses', async () => {
		const files = () => readdirSync(setting('files.dir'), { recursive: true }).length;
		const count = files();

		await readOnly();
		const res = await person.client.request('POST', '/api/uploads',
			{ body: Buffer.from('some text'), headers: { 'Content-Type': 'text/plain' } });

		expectReadOnly(res);
		assert.equal(files(), count);
	});

	test('is good health, and survives a start', async () => {
		await readOnly();
		await stack('restart', 'api');
		await settled();
		(await writes(person, home)).forEach((res) => expectReadOnly(res));
		assert.equal((await nobody.get('/readyz')).status, 200);
		await waitsFor(true);
		assert.match((await hob('status')).stdout, /^mode {5}READ-ONLY/m);
		await normal();
		await waitsFor(false);
	});

	test('lets jobs go on', async () => {
		await readOnly();
		await sql("SELECT hob.add_job('probe', 'in read-only mode')");
		await until('the job is done', async () => (await sql(`SELECT 1 FROM job_history
			WHERE key = 'in read-only mode' AND outcome = 'done'`)).length > 0);
	});
});

describe('while Redis is away', () => {
	let panel;

	before(async () => {
		panel = await admin();
		await stack('stop', 'redis');
	});
	after(async () => {
		await stack('start', 'redis');
		await settled();
	});

	test('writes are refused still, and taken again at once', async () => {
		for (let i = 0; i < 3; i++) {
			// It says that other hosts were not told.
			await hob('mode', 'read-only', MESSAGE);
			(await writes(person, home)).forEach((res) => expectReadOnly(res));
			await hob('mode', 'normal');
			for (const res of await writes(person, home))
				expectOk(res, 201);
		}
	});

	test('and so by the panel', async () => {
		expectOk(await put(panel));
		(await writes(person, home)).forEach((res) => expectReadOnly(res));
		assert.equal((await panel.delete('/mode', BECAUSE)).status, 204);
		for (const res of await writes(person, home))
			expectOk(res, 201);
	});
});

describe('the panel', () => {
	test('sets and ends it, and each is on record with its reason', async () => {
		const panel = await admin();
		const before = (await events('update', 'service')).length;

		assert.deepEqual((await panel.get('/mode')).body.read_only, false);
		const { read_only: is, message, since } = expectOk(await put(panel));

		assert.deepEqual([is, message], [true, MESSAGE]);
		assert.ok(Math.abs(Date.parse(since) - Date.now()) < 60_000);
		(await writes(person, home)).forEach((res) => expectReadOnly(res));
		expectOk(await put(panel));
		assert.equal((await (await staffPanel('support')).get('/mode')).body.message, MESSAGE);
		assert.equal((await panel.delete('/mode', BECAUSE)).status, 204);
		for (const res of await writes(person, home))
			expectOk(res, 201);
		const made = (await events('update', 'service')).slice(before);

		assert.deepEqual(made.map((e) => [e.staff_id, e.entity, e.reason, e.before, e.after]), [
			[panel.id, 'mode', 'Umzug ü', { read_only: false, message: null },
				{ read_only: true, message: MESSAGE }],
			[panel.id, 'mode', 'Umzug ü', { read_only: true, message: MESSAGE },
				{ read_only: false, message: null }],
		]);
	});

	test('wants an admin, the password and a reason', async () => {
		const panel = await signIn(await addStaff('admin'));

		assert.equal((await put(await staffPanel('editor'))).body.code, 'forbidden');
		expectProblem(await put(panel), 403, 'password_needed');
		expectOk(await panel.post('/auth/confirm', { password: panel.person.password }), 204);
		expectProblem(await put(panel, MESSAGE, {}), 422, 'reason_needed');
		const res = await put(panel, '');

		assert.deepEqual(res.body.errors.map((fault) => fault.field), ['message']);
		assert.equal((await panel.get('/mode')).body.read_only, false);
	});
});

describe('hob mode', () => {
	test('shows it, and is on record', async () => {
		assert.match(await mode(), /^normal \(since /);
		const before = (await events('update', 'service')).length;

		await readOnly();
		assert.match(await mode(), /^read-only: Hob zieht um: "fertig" um 18 Uhr/);
		await normal();
		const made = (await events('update', 'service')).slice(before);

		assert.deepEqual(made.map((e) => [e.staff_id, e.after.read_only]), [[null, true], [null, false]]);
	});

	test('wants a sentence, as long as that of the panel may be', async () => {
		for (const message of ['', ' ', 'a\nb', 'x'.repeat(501), 'ü'.repeat(501)])
			assert.equal((await hob('mode', 'read-only', message)).code, 64, message);
		for (const message of ['ü'.repeat(500), ` ${'u\u0308'.repeat(500)}\t`]) {
			await normal();
			await readOnly(message);
			assert.deepEqual(await sql('SELECT message FROM service_mode'), ['ü'.repeat(500)]);
		}
		for (const words of [['read-only'], ['off'], ['normal', 'again']])
			assert.equal((await hob('mode', ...words)).code, 64, words.join(' '));
	});
});
