// secrets.test.mjs: what is left of passwords, tokens, codes and addresses of feeds after the
// requests that brought or made them: nothing, in the memory of any process of hob-api, in
// any log, in Redis or in the database.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync, readdirSync, readFileSync, readSync, truncateSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';

import { Client, nobody } from '../api/support/client.mjs';
import { expectOk, expectProblem } from '../api/support/expect.mjs';
import { freshEmail, newResidence, signIn, signUp } from '../api/support/people.mjs';
import { configure, holding, installHold, logMark, removeHold, setting, settled, stack, state, superuser,
	until, urlOf } from './support.mjs';

const run = promisify(execFile);
const WORKERS = 2;
const OVERLAP = 128;	// of pieces that are looked at: longer than any secret
const secrets = new Map();	// the secret, and what it was

let robin;

/** A secret that nobody else has, remembered. */
function secret(what, text = `${what} ${randomBytes(12).toString('hex')}`) {
	secrets.set(text, what);
	return text;
}

/** Which of `wanted` stand in the memory of the process, with the place. */
function memoryHolds(pid, wanted) {
	const found = [];
	const mem = openSync(`/proc/${pid}/mem`, 'r');

	for (const line of readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')) {
		const [, from, to, name] = /^([0-9a-f]+)-([0-9a-f]+) r\S+ \S+ \S+ \S+ *(.*)$/.exec(line) ?? [];

		if (from === undefined || /^\[v(var|syscall)/.test(name))
			continue;
		for (let at = Number.parseInt(from, 16); at < Number.parseInt(to, 16); at += (1 << 20) - OVERLAP) {
			const piece = Buffer.alloc(Math.min(1 << 20, Number.parseInt(to, 16) - at));

			try {
				readSync(mem, piece, 0, piece.length, at);
			} catch {
				continue;	// a page of a file that is shorter by now
			}
			for (const text of wanted)
				if (piece.includes(text))
					found.push(`${secrets.get(text) ?? text} in ${name || 'anonymous memory'}`);
		}
	}
	closeSync(mem);
	return found;
}

/** Which of `wanted` stand in a dump of the whole database, which is read in pieces: suites before this one fill it. */
async function dumpHolds(wanted) {
	const dump = spawn('pg_dump', ['--data-only', urlOf('postgres', 'hob')],
		{ stdio: ['ignore', 'pipe', 'inherit'] });
	const ended = once(dump, 'close');
	const found = new Set();
	let rest = Buffer.alloc(0);

	for await (const piece of dump.stdout) {
		const text = Buffer.concat([rest, piece]);

		for (const one of wanted)
			if (text.includes(one))
				found.add(secrets.get(one) ?? one);
		rest = text.subarray(Math.max(0, text.length - OVERLAP));
	}
	assert.deepEqual(await ended, [0, null]);
	return [...found];
}

/** The processes of the pool: its workers, the master and the relay. */
async function processes() {
	const { master_pid: master } = await settled();
	const children = readFileSync(`/proc/${master}/task/${master}/children`, 'utf8').trim().split(' ').map(Number);

	return [master, ...children];
}

/** Each way in which a secret comes to a worker or is made by it, for every worker several times. */
async function live() {
	for (let round = 0; round < 4 * WORKERS; round += 1) {
		const password = secret('password');
		const person = await signUp({ password });
		const wrong = secret('wrong password');
		const next = secret('new password');

		secret('token of register', person.token);
		secret('token of login', (await signIn(person)).token);
		expectProblem(await nobody.post('/api/auth/login', { email: person.email, password: wrong }),
			401, 'invalid_credentials');
		expectProblem(await nobody.post('/api/auth/login', { email: freshEmail(), password: wrong }),
			401, 'invalid_credentials');
		expectProblem(await nobody.post('/api/auth/register',
			{ email: 'none', password: secret('refused password') }), 400, 'validation_error');
		expectProblem(await nobody.request('POST', '/api/auth/login',
			{ raw: `{"password":"${secret('torn password')}",` }), 400, 'malformed_json');
		expectProblem(await nobody.request('POST', '/api/nothing',
			{ body: { password: secret('unread password') } }), 404, 'not_found');
		assert.equal((await new Client(secret('made-up token',
			`hob_${randomBytes(37).toString('base64url').slice(0, 49)}`)).get('/api/auth/me')).status, 401);
		expectOk(await person.client.get('/api/auth/me'));
		expectOk(await person.client.post('/api/auth/change-password',
			{ old_password: password, new_password: next }));
		const residence = await newResidence(person);
		const { code } = expectOk(await person.client.post(`/api/residences/${residence.id}/share-codes`,
			{ role: 'member' }), 201);

		secret('share code', code);
		expectOk(await robin.client.post('/api/share-codes/preview', { code }));
		expectOk(await robin.client.post('/api/residences/join', { code }));
		const made = await person.client.post('/api/calendar-feeds', {});
		const [, feed] = /\/api\/calendar\/([\w-]{32})\.ics/.exec(made.text);

		secret('calendar feed', feed);
		assert.equal((await nobody.get(`/api/calendar/${feed}.ics`)).status, 200);
		const madeUp = secret('made-up feed', randomBytes(24).toString('base64url'));
		assert.equal((await nobody.get(`/api/calendar/${madeUp}.ics`)).status, 404);
		expectOk(await person.client.post('/api/auth/logout'), 204);
	}
}

before(async () => {
	// Only root may look into a process that is closed.
	configure({ 'api.workers': WORKERS, 'log.level': 'debug', 'auth.argon2_memory': '1m',
		...(process.getuid() === 0 ? {} : { 'debug.attach': 'on' }) });
	await stack('restart', 'api');
	await settled();
	await superuser('ALTER SYSTEM SET log_min_duration_statement = 0', 'SELECT pg_reload_conf()');
	await installHold();
	robin = await signUp();
	await live();
	await settled();
});

after(async () => {
	await superuser('ALTER SYSTEM RESET log_min_duration_statement', 'SELECT pg_reload_conf()');
	// Mail addresses among the values of statements were asked for here, and are not elsewhere.
	truncateSync(`${state}/log/postgresql.log`);
	await removeHold();
	configure();
	await stack('restart', 'api');
});

describe('a secret of an earlier request', () => {
	test('is seen in memory while its request is under way, so that this looks in the right place', async () => {
		const { answer, pid } = await holding(robin, 1500);
		const seen = memoryHolds(pid, [robin.token]);

		expectOk(await answer);
		assert.notDeepEqual(seen, []);
	});

	test('is in no memory of the pool', async () => {
		for (const pid of await processes())
			assert.deepEqual(memoryHolds(pid, [...secrets.keys(), robin.token]), [], `process ${pid}`);
	});

	test('is in no log: Hob\'s, PostgreSQL\'s with every statement and its values, nginx\'s, Redis\'s', () => {
		const names = readdirSync(`${state}/log`);

		assert.ok(names.includes('postgresql.log') && names.includes('nginx.log')
			&& names.includes('hob-api.log'));
		assert.match(readFileSync(`${state}/log/postgresql.log`, 'utf8'), /parameters: /);
		for (const name of names) {
			const text = readFileSync(`${state}/log/${name}`, 'utf8');

			for (const [text_, what] of secrets)
				assert.ok(!text.includes(text_), `${what} in ${name}`);
		}
	});

	test('is not in Redis', async () => {
		const socket = setting('redis.address');
		const cli = async (...words) =>
			(await run('redis-cli', ['-s', socket, ...words], { maxBuffer: 1 << 26 })).stdout;
		const scan = async () => (await cli('--scan')).split('\n').filter((key) => key !== '');
		const keys = await until('a session is in Redis', async () => {
			expectOk(await robin.client.get('/api/auth/me'));
			const there = await scan();
			return there.some((key) => key.includes('tok:')) && there;
		});
		const values = await Promise.all(keys.map((key) => cli('GET', key)));
		const text = [...keys, ...values].join('\n');

		for (const [text_, what] of secrets)
			assert.ok(!text.includes(text_), what);
	});

	test('is not in the database', async () => {
		const found = await dumpHolds([...secrets.keys(), robin.user.id]);

		assert.deepEqual(found, [robin.user.id]);
	});
});
