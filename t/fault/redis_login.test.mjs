// redis_login.test.mjs: Redis servers with a password, users, databases and TLS of their own, and such
// as refuse what Hob asks. Those that serve are used whole; the others are away, and the log says
// once what to do.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { after, before, beforeEach, describe, test } from 'node:test';
import { promisify } from 'node:util';

import { expectOk } from '../api/support/expect.mjs';
import { signUp } from '../api/support/people.mjs';
import { programs } from '../api/support/workers.mjs';
import { asOwner, confPath, configure, isAlive, logged, logMark, logSince, reload, scratchFolder, state,
	until } from './support.mjs';

const run = promisify(execFile);
const folder = scratchFolder();
const servers = [];

async function freePort() {
	const listener = createServer();

	await new Promise((resolve) => { listener.listen(0, '127.0.0.1', resolve); });
	const { port } = listener.address();
	await new Promise((resolve) => { listener.close(resolve); });
	return port;
}

/** A redis-server with these settings; its command line tool with `words` as the user `login`. */
async function server(...settings) {
	const port = await freePort();
	const dir = `${folder.path}/${port}`;
	const socket = `${dir}.sock`;

	mkdirSync(dir);
	await run('chown', ['--reference', folder.path, dir]);
	const child = spawn('redis-server',
		['--port', String(port), '--bind', '127.0.0.1 127.0.0.2', '--unixsocket', socket, '--dir', dir,
			'--save', '', ...settings], { ...asOwner, stdio: 'ignore' });
	const cli = async (...words) => (await run('redis-cli', ['-s', socket, ...words])).stdout.trim();

	servers.push(child.pid);
	await until('the server is there', () => cli('PING').catch(() => ''));
	return { port, dir, socket, cli };
}

async function stats() {
	return JSON.parse((await run(`${programs}/hob`, ['cache', 'stats', '--json'])).stdout);
}

const hears = () => until('other hosts are heard', async () => (await stats()).hears_other_hosts);

/** A caller is known to Redis, and a change reaches it. */
async function expectUse(names) {
	await hears();
	const person = await signUp();

	await until('a read is cached',
		async () => (await person.client.get('/api/auth/me')).headers['x-hob-round-trips'] === '0');
	await until('Redis has it', async () => /tok:/.test(await names()));
	expectOk(await person.client.post('/api/auth/logout'), 204);
	assert.equal((await person.client.get('/api/auth/me')).status, 401);
	assert.equal((await stats()).hears_other_hosts, true);
}

let mark;

beforeEach(() => { mark = logMark(); });

after(async () => {
	await reload({});
	await hears();
	servers.filter(isAlive).forEach((pid) => process.kill(pid, 'SIGKILL'));
	folder.remove();
});

/** It is away, for this reason, which the log tells once; and everything goes on. */
async function expectAway(changes, reason) {
	await reload(changes);
	const line = await logged(mark, 'redis_away');

	assert.match(line.detail, reason);
	const person = await signUp();

	for (let i = 0; i < 20; i++) {
		expectOk(await person.client.patch('/api/auth/me', { first_name: `Name ${i}` }));
		assert.equal(expectOk(await person.client.get('/api/auth/me')).first_name, `Name ${i}`);
	}
	assert.equal((await stats()).hears_other_hosts, false);
	assert.equal(logSince(mark, 'redis_away').length, 1);
}

describe('Redis wants a login', () => {
	let locked;

	before(async () => {
		locked = await server();
		await locked.cli('ACL', 'SETUSER', 'hob', 'on', '>p@ss/w:rd', '~tok:*', '~hob:era:*', '&hob:invalidate',
			'&hob:jobs', '-@all', '+get', '+set', '+del', '+eval', '+pttl', '+info', '+ping', '+publish',
			'+subscribe', '+select');
		await locked.cli('ACL', 'SETUSER', 'narrow', 'on', '>p', '~tok:*', '~hob:era:*', '&*', '-@all', '+ping',
			'+subscribe', '+info');
		await locked.cli('CONFIG', 'SET', 'requirepass', 'sesame');
	});

	const as = (database) => () =>
		locked.cli('--no-auth-warning', '-a', 'sesame', '-n', String(database), 'KEYS', '*');

	for (const [what, database, changes] of [
		['a password in the URL', 0, () => ({ 'redis.address': `redis://:sesame@127.0.0.1:${locked.port}` })],
		['a password beside host and port', 0,
			() => ({ 'redis.address': `127.0.0.1:${locked.port}`, 'redis.password': 'sesame' })],
		['a password in a file', 0, () => {
			writeFileSync(`${folder.path}/password`, 'sesame\n');
			return { 'redis.address': `redis://127.0.0.1:${locked.port}/`,
				'redis.password': `@${folder.path}/password` };
		}],
		['a user with no more rights than Hob needs, and a database', 3,
			() => ({ 'redis.address': `redis://hob:p%40ss%2Fw:rd@127.0.0.1:${locked.port}/3` })],
		['a user whose password stands elsewhere', 4,
			() => ({ 'redis.address': `redis://hob@localhost:${locked.port}/4`,
				'redis.password': 'p@ss/w:rd' })],
		['a unix socket, a password and a database', 5,
			() => ({ 'redis.address': `unix://:sesame@${locked.socket}?db=5` })],
	])
		test(`it gets ${what}`, async () => {
			await locked.cli('--no-auth-warning', '-a', 'sesame', 'FLUSHALL');
			await reload(changes());
			await expectUse(as(database));
		});

	for (const [what, changes, reason] of [
		['no password', () => ({ 'redis.address': `127.0.0.1:${locked.port}` }), /NOAUTH.*set redis\.password/],
		['a wrong password', () => ({ 'redis.address': `redis://:nonsense@127.0.0.1:${locked.port}` }),
			/WRONGPASS.*redis\.password/],
		['a database that is not there',
			() => ({ 'redis.address': `redis://:sesame@127.0.0.1:${locked.port}/99` }),
			/DB index.*redis\.address/],
		['a user who may not do enough',
			() => ({ 'redis.address': `redis://narrow:p@127.0.0.1:${locked.port}` }), /NOPERM.*tuning/],
	])
		test(`${what}: it is away, and the log says once what to do`, async () => {
			await expectAway(changes(), reason);
			assert.ok(!/sesame|nonsense/.test(readFileSync(mark.path, 'utf8')),
				'the log holds no password');
		});

	test('its password is masked where settings are shown', async () => {
		configure({ 'redis.address': 'rediss://hob:sesame@cache.example:6380/2', 'redis.password': 'sesame' });
		const { stdout } = await run(`${state}/bin/hob-api`, ['-T', '-c', confPath]);

		assert.match(stdout, /redis\.address = rediss:\/\/hob:\*\*\*@cache\.example:6380\/2\n/);
		assert.match(stdout, /redis\.password = \*\*\*\n/);
		assert.doesNotMatch(stdout, /sesame/);
		configure({});
	});

	test('an address of no known form is refused', async () => {
		configure({ 'redis.address': 'redis://u:secret@/nowhere' });
		await assert.rejects(run(`${state}/bin/hob-api`, ['-T', '-c', confPath]),
			(why) => /redis\.address must be/.test(why.stderr) && !/secret/.test(why.stderr));
		configure({});
	});
});

describe('Redis speaks TLS', () => {
	let tls;
	const tlsFiles = `${state}/tls`;

	before(async () => {
		const port = await freePort();

		tls = await server('--tls-port', String(port), '--tls-auth-clients', 'no',
			'--tls-cert-file', `${tlsFiles}/cert.pem`, '--tls-key-file', `${tlsFiles}/key.pem`,
			'--tls-ca-cert-file', `${tlsFiles}/cert.pem`, '--requirepass', 'sesame');
		tls.port = port;
	});

	for (const host of ['127.0.0.1', 'localhost'])
		test(`it is used, checked to be ${host}`, async () => {
			await tls.cli('--no-auth-warning', '-a', 'sesame', 'FLUSHALL');
			await reload({ 'redis.address': `rediss://:sesame@${host}:${tls.port}/1`,
				'redis.ca': `${tlsFiles}/cert.pem` });
			await expectUse(() => tls.cli('--no-auth-warning', '-a', 'sesame', '-n', '1', 'KEYS', '*'));
		});

	for (const [what, host, ca, reason] of [
		['whom nobody vouches for', '127.0.0.1', '', /TLS: self.signed certificate/],
		['who is somebody else', '127.0.0.2', `${tlsFiles}/cert.pem`, /TLS: IP address mismatch/],
		['and a file of certificates that is not there', '127.0.0.1', '/nowhere', /redis\.ca: /],
	])
		test(`a server ${what} is away`, () => expectAway({
			'redis.address': `rediss://:sesame@${host}:${tls.port}`, 'redis.ca': ca }, reason));
});

describe('Redis does not do what it is for', () => {
	test('a replica', async () => {
		const replica = await server('--replicaof', '127.0.0.1 1');

		await expectAway({ 'redis.address': `127.0.0.1:${replica.port}` }, /READONLY.*name the primary/);
	});

	test('one that cannot save', async () => {
		const broken = await server('--save', '3600 1');

		rmSync(broken.dir, { recursive: true });
		await broken.cli('BGSAVE');
		await until('it failed to save',
			async () => /last_bgsave_status:err/.test(await broken.cli('INFO', 'persistence')));
		await expectAway({ 'redis.address': `127.0.0.1:${broken.port}` }, /MISCONF.*disk/);
	});

	test('one that is full', async () => {
		const full = await server('--maxmemory', '1', '--maxmemory-policy', 'noeviction');

		await expectAway({ 'redis.address': `127.0.0.1:${full.port}` }, /OOM.*maxmemory/);
		await full.cli('CONFIG', 'SET', 'maxmemory', '0');
		await logged(mark, 'redis_heard');
		await hears();
	});

	test('one that takes no more clients', async () => {
		const crowded = await server('--maxclients', '1');
		const held = spawn('redis-cli', ['-s', crowded.socket, 'MONITOR'], { stdio: 'ignore' });

		await until('the one client is there',
			async () => crowded.cli('PING').then((said) => said !== 'PONG', () => true));
		await expectAway({ 'redis.address': `127.0.0.1:${crowded.port}` }, /max number of clients.*maxclients/);
		held.kill();
	});
});
