// redis.test.mjs: Redis as it fails. Whatever it does, nobody is answered 5xx, nothing that has
// ended still works, and the log says once that it went and once that it came.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, afterEach, beforeEach, describe, test } from 'node:test';
import { promisify } from 'node:util';

import { nobody } from '../api/support/client.mjs';
import { sql } from '../api/support/db.mjs';
import { expectOk } from '../api/support/expect.mjs';
import { crowd, newResidence, signIn, signUp } from '../api/support/people.mjs';
import { programs } from '../api/support/workers.mjs';
import { connect, send } from './fastcgi.mjs';
import { logged, logMark, logSince, psql, reload, scratchFolder, separateConf, setting, settled, stack,
	state, superuser, until, worldIn } from './support.mjs';

const run = promisify(execFile);
const redis = (...words) => run('redis-cli', ['-s', setting('redis.address'), ...words]);
const redisPid = () => Number(readFileSync(setting('redis.address').replace(/sock$/, 'pid'), 'utf8'));

async function stats() {
	return JSON.parse((await run(`${programs}/hob`, ['cache', 'stats', '--json'])).stdout);
}

const hears = (wanted) => until(`other hosts are ${wanted ? '' : 'not '}heard`,
	async () => (await stats()).hears_other_hosts === wanted);

/** Reads again until a read takes no round trip. */
const cached = (client) => until('a read is cached', async () => {
	const res = await client.get('/api/auth/me');

	expectOk(res);
	return res.headers['x-hob-round-trips'] === '0';
});

const readAll = (client, path, times = 12) => Promise.all(Array.from({ length: times }, () => client.get(path)));

/** What must hold in any weather: names, residences and sessions as they are now, on all workers. */
async function expectTruth(rounds = 4) {
	const person = await signUp();

	for (let i = 0; i < rounds; i++) {
		const phone = await signIn(person);

		await readAll(phone.client, '/api/auth/me');
		await readAll(phone.client, '/api/residences');
		expectOk(await person.client.patch('/api/auth/me', { first_name: `Name ${i}` }));
		for (const res of await readAll(phone.client, '/api/auth/me'))
			assert.equal(expectOk(res).first_name, `Name ${i}`);
		await newResidence(person, { name: `Home ${i}` });
		for (const res of await readAll(phone.client, '/api/residences'))
			assert.equal(expectOk(res).results.length, i + 1);
		expectOk(await phone.client.post('/api/auth/logout'), 204);
		for (const path of ['/api/auth/me', '/api/residences'])
			for (const res of await readAll(phone.client, path))
				assert.equal(res.status, 401);
	}
}

let mark;

beforeEach(async () => {
	await settled();
	await hears(true);
	mark = logMark();
});

afterEach(() => {
	const failures = logSince(mark, 'request')
		.filter((line) => line.status >= 500 && line.route !== '/api/auth/login'
			&& line.route !== '/api/auth/register');

	assert.deepEqual(failures, []);
});

describe('Redis', () => {
	after(async () => {
		await stack('up');
		await reload({});
		await hears(true);
	});

	test('killed and back: said once each', async () => {
		await stack('kill', 'redis');
		await hears(false);
		await expectTruth();
		await stack('start', 'redis');
		await hears(true);
		await logged(mark, 'redis_heard');
		await expectTruth();
		assert.equal(logSince(mark, 'redis_away').length, 1);
		assert.equal(logSince(mark, 'redis_heard').length, 1);
		await cached((await signUp()).client);
	});

	test('while it is away every read asks the database', async () => {
		const [person] = await crowd(1);

		await cached(person.client);
		await stack('kill', 'redis');
		await hears(false);
		for (const res of await readAll(person.client, '/api/auth/me')) {
			expectOk(res);
			assert.equal(res.headers['x-hob-round-trips'], '1');
		}
		await stack('start', 'redis');
	});

	test('stopped in the middle: what changed meanwhile is not as it was when it goes on', async () => {
		const [friend] = await crowd(1);
		const person = await signUp();
		const phone = await signIn(person);
		const pid = redisPid();

		await cached(phone.client);
		await cached(friend.client);
		process.kill(pid, 'SIGSTOP');
		try {
			expectOk(await phone.client.post('/api/auth/logout'), 204);
			expectOk(await person.client.patch('/api/auth/me', { first_name: 'Meanwhile' }));
			await hears(false);
			for (const res of await readAll(phone.client, '/api/auth/me'))
				assert.equal(res.status, 401);
		} finally {
			process.kill(pid, 'SIGCONT');
		}
		await hears(true);
		for (let i = 0; i < 10; i++) {
			for (const res of await readAll(phone.client, '/api/auth/me'))
				assert.equal(res.status, 401);
			for (const res of await readAll(person.client, '/api/auth/me'))
				assert.equal(expectOk(res).first_name, 'Meanwhile');
		}
		await cached(friend.client);
	});

	test('paused for its clients', async () => {
		await redis('CLIENT', 'PAUSE', '1500', 'ALL');
		await expectTruth(2);
		await hears(true);
	});

	test('slow now and then', async () => {
		const beats = setInterval(() => redis('CLIENT', 'PAUSE', '150', 'ALL').catch(() => {}), 300);

		try {
			await expectTruth(3);
		} finally {
			clearInterval(beats);
		}
	});

	test('emptied under load', async () => {
		const flushes = setInterval(() => redis('FLUSHALL').catch(() => {}), 20);

		try {
			await expectTruth(6);
		} finally {
			clearInterval(flushes);
		}
		await cached((await signUp()).client);
	});

	test('that closes idle links: the next write is sent on a new one, and nobody forgets anything', async () => {
		const [friend] = await crowd(1);
		const person = await signUp();

		await cached(friend.client);
		await cached(person.client);
		for (let i = 0; i < 5; i++) {
			const before = await stats();

			// As its `timeout` does.
			await redis('CLIENT', 'KILL', 'TYPE', 'normal');
			expectOk(await person.client.patch('/api/auth/me', { first_name: `Idle ${i}` }));
			const after = await stats();

			assert.equal(after.unsent, before.unsent);
			assert.equal(after.all_forgotten, before.all_forgotten);
			assert.ok(after.keys_touched > before.keys_touched);
		}
		assert.deepEqual(logSince(mark, 'caches_in_doubt'), []);
	});

	test('that did not take a change: the log says so with the reason, once for many', async () => {
		const person = await signUp();
		const pid = redisPid();

		process.kill(pid, 'SIGSTOP');
		try {
			const [line] = await until('the log says so, also when it said so of late', async () => {
				for (let i = 0; i < 20; i++)
					expectOk(await person.client.patch('/api/auth/me',
						{ first_name: `Unsent ${i}` }));
				const said = logSince(mark, 'caches_in_doubt');

				return said.length > 0 && said;
			}, 20);

			assert.match(line.detail, /redis\.sock: it does not answer: .*void/);
			assert.equal(logSince(mark, 'caches_in_doubt').length, 1);
		} finally {
			process.kill(pid, 'SIGCONT');
		}
		await hears(true);
	});

	test('evicting: it may drop anything at any time', async () => {
		const used = Number(/used_memory:(\d+)/.exec((await redis('INFO', 'memory')).stdout)[1]);

		await redis('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
		await redis('CONFIG', 'SET', 'maxmemory', String(used + 64 * 1024));
		const fill = setInterval(() =>
			redis('EVAL', "for i = 1, 500 do redis.call('SET', 'junk:' .. i .. ARGV[1], "
				+ "string.rep('x', 1000)) end", '0', String(Math.random())).catch(() => {}), 20);

		try {
			await expectTruth(6);
		} finally {
			clearInterval(fill);
			await redis('CONFIG', 'SET', 'maxmemory', '0');
			await redis('FLUSHALL');
		}
	});

	test('that takes no writes is away, and nothing is believed afterwards', async () => {
		const person = await signUp();

		await cached(person.client);
		await redis('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
		await redis('CONFIG', 'SET', 'maxmemory', '1');
		await expectTruth(2);
		expectOk(await person.client.patch('/api/auth/me', { first_name: 'Unheard' }));
		await redis('CONFIG', 'SET', 'maxmemory', '0');
		await redis('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
		for (const res of await readAll(person.client, '/api/auth/me', 40))
			assert.equal(expectOk(res).first_name, 'Unheard');
	});

	for (const [what, address] of [['not installed', `${state}/nobody-here.sock`], ['not wanted', '']])
		test(`${what}: everything goes on`, async () => {
			await reload({ 'redis.address': address });
			await hears(address === '');
			await expectTruth(2);
			if (address === '')
				await cached((await signUp()).client);
			assert.equal(logSince(mark, 'redis_away').length, address === '' ? 0 : 1);
			await reload({});
			await hears(true);
		});

	const nameOf = (who) => `tok:${createHash('sha256').update(who.token).digest('hex')}`;

	// The first worker that asks for a session leaves nothing there yet: another one does.
	async function known(who) {
		await cached(who.client);
		return until('Redis knows the caller', async () => {
			await readAll(who.client, '/api/auth/me');
			return (await redis('GET', nameOf(who))).stdout.trim();
		});
	}

	test('whose values are forged or come from another cluster: they are misses, and counted', async () => {
		const [victim] = await crowd(1);
		const thief = await signUp();

		const value = await known(victim);
		const { redis_foreign: before } = await stats();

		// The thief's own token would be the victim's.
		await redis('SET', nameOf(thief), value, 'EX', '3600');
		for (const res of await readAll(thief.client, '/api/auth/me'))
			assert.equal(expectOk(res).id, thief.user.id);
		assert.ok((await stats()).redis_foreign > before);
	});

	test('with values of a database before it was restored: misses, even in the era they bear', async () => {
		const [person] = await crowd(1);
		const value = await known(person);
		const [eraKey] = (await redis('KEYS', 'hob:era:*')).stdout.trim().split('\n');
		const era = (await redis('GET', eraKey)).stdout.trim();

		assert.ok(era !== '' && value.startsWith(era));
		// As in a copy from before the session began, whose history is another; no worker is told.
		await psql(process.env.HOB_OWNER_URL, 'TRUNCATE hob.starts',
			`DELETE FROM sessions WHERE user_id = '${person.user.id}'`);
		await superuser("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'hob_api'");
		await until('all workers have the database again', async () => (await readAll(nobody, '/readyz', 24))
			.every((res) => res.status === 200));
		await logged(mark, 'history_changed');
		await until('another era has begun',
			async () => ![era, ''].includes((await redis('GET', eraKey)).stdout.trim()));
		await hears(true);
		const { redis_foreign: before } = await stats();

		await redis('SET', eraKey, era);
		await redis('SET', nameOf(person), value, 'EX', '3600');
		for (const res of await readAll(person.client, '/api/auth/me', 24))
			assert.equal(res.status, 401);
		assert.ok((await stats()).redis_foreign > before);
		mark = logMark();
	});

	test('or no Redis: a wall clock that is set back prolongs nothing that is remembered', async (t) => {
		const folder = scratchFolder();
		const start = await worldIn(folder);
		const conf = separateConf(folder, { 'redis.address': '', 'cache.ttl': '1s' });
		const api = start('-c', conf);

		t.after(async () => {
			process.kill(api.pid, 'SIGTERM');
			await api.ended;
			folder.remove();
		});
		const person = await signUp();
		const socket = await until('it listens', () => connect(`${folder.path}/api.sock`).catch(() => null));
		const trips = async () => Number(/Round-Trips: (\d+)/.exec(await send(socket,
			{ path: '/api/auth/me', token: person.token }))?.[1]);

		t.after(() => socket.destroy());
		await until('the read is cached', async () => await trips() === 0);
		writeFileSync(`${folder.path}/back`, '');
		await until('the database is asked again', async () => await trips() === 1);
		await until('the read is cached', async () => await trips() === 0);
	});

	test('down when hob-api starts', async () => {
		await stack('kill', 'redis');
		await stack('restart', 'api');
		await settled();
		await expectTruth(2);
		await stack('start', 'redis');
		await hears(true);
		await expectTruth(2);
	});

	test('a relay that dies is followed by another; meanwhile nothing is wrongly cached', async () => {
		const master = Number(readFileSync(`${setting('api.run_dir')}/hob-api.pid`, 'utf8'));
		const relay = async () =>
			Number((await run('pgrep', ['-P', String(master), '-x', 'hob-relay'])).stdout);
		const first = await relay();

		process.kill(first, 'SIGKILL');
		await expectTruth(2);
		await until('another relay', async () => (await relay().catch(() => first)) !== first);
		await hears(true);
		expectOk(await nobody.get('/livez'));
	});
});
