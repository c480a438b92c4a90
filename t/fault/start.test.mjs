// start.test.mjs: what hob-api refuses to serve with, and that it says why: a login with more
// rights than it may have, a schema it does not know, a statement that does not prepare.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import net from 'node:net';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';

import { connect, get } from './fastcgi.mjs';
import { isAlive, logged, logMark, logSince, scratchFolder, separateConf, setting, settled, startApi,
	psql, state, status, superuser, until, urlOf as url } from './support.mjs';

const run = promisify(execFile);
let folder;

const owner = (...statements) => psql(url('hob_owner', 'hob_fault'), ...statements);

before(async () => {
	folder = scratchFolder();
	await superuser('DROP DATABASE IF EXISTS hob_fault', 'CREATE DATABASE hob_fault OWNER hob_owner');
	await run(`${state}/bin/hob`, ['migrate'], { env: { ...process.env,
		HOB_CONF: separateConf(folder, { 'db.owner_url': url('hob_owner', 'hob_fault') }) } });
});

after(async () => {
	folder.remove();
	await superuser('DROP DATABASE hob_fault WITH (FORCE)', 'DROP ROLE IF EXISTS hob_fault');
});

/** `hob-api -t` with these settings: { code, said }. */
function check(changes) {
	return startApi('-t', '-c', separateConf(folder, changes)).ended;
}

/**
 * A hob-api of its own with these settings never answers a request, although its socket is
 * there, and its log says `why`.
 */
async function expectNeverServes(t, changes, why) {
	const conf = separateConf(folder, changes);
	const mark = logMark(setting('log.file', conf));
	const api = startApi('-c', conf);

	t.after(() => isAlive(api.pid) && process.kill(api.pid, 'SIGKILL'));
	const socket = await until('its socket is there',
		() => connect(setting('api.socket', conf)).catch(() => null));
	let answered = false;
	get(socket, '/livez').then(() => { answered = true; }, () => {});
	const line = await logged(mark, 'cannot_serve');
	assert.match(line.detail, why);
	await until('three workers have given up',
		() => logSince(mark, 'worker_died').filter((l) => l.exit === 78).length >= 3);
	assert.equal(answered, false, 'it served');
	assert.equal(logSince(mark, 'request').length, 0);
	socket.destroy();
	process.kill(api.pid, 'SIGTERM');
	await api.ended;
}

describe('a login that row-level security would not bind', () => {
	const refused = [
		['superuser', () => url('postgres', 'hob_fault'), /postgres is a superuser/],
		['owner of the tables', () => url('hob_owner', 'hob_fault'), /hob_owner owns household tables/],
		['role that bypasses it', () => url('hob_fault', 'hob_fault'), /hob_fault bypasses row-level security/],
	];

	before(() => superuser('DROP ROLE IF EXISTS hob_fault',
		'CREATE ROLE hob_fault LOGIN BYPASSRLS IN ROLE hob_api'));

	for (const [who, login, why] of refused)
		test(`the ${who} is refused by -t and never serves`, async (t) => {
			const { code, said } = await check({ 'db.url': login() });

			assert.equal(code, 78);
			assert.match(said, why);
			await expectNeverServes(t, { 'db.url': login() }, why);
		});

	test('a role that may not even ask is refused, and never serves', async (t) => {
		await superuser('CREATE ROLE hob_fault_two LOGIN BYPASSRLS', 'GRANT hob_api TO hob_fault_two');
		await owner('REVOKE SELECT ON hob.migrations FROM hob_api');
		t.after(async () => {
			await owner('GRANT SELECT ON hob.migrations TO hob_api');
			await superuser('DROP ROLE hob_fault_two');
		});
		const { code, said } = await check({ 'db.url': url('hob_fault_two', 'hob_fault') });

		assert.equal(code, 78);
		assert.match(said, /permission denied for table migrations/);
		await expectNeverServes(t, { 'db.url': url('hob_fault_two', 'hob_fault') }, /permission denied/);
	});

	test('a role that inherits hob_api but not its settings is refused', async () => {
		await superuser('ALTER ROLE hob_fault NOBYPASSRLS');
		const { code, said } = await check({ 'db.url': url('hob_fault', 'hob_fault') });

		assert.equal(code, 78);
		assert.match(said, /search_path|TimeZone|statement_timeout/);
	});

	test('a role that may become the owner is refused too', async () => {
		await superuser('ALTER ROLE hob_fault NOBYPASSRLS', 'GRANT hob_owner TO hob_fault');
		const { code, said } = await check({ 'db.url': url('hob_fault', 'hob_fault') });

		assert.equal(code, 78);
		assert.match(said, /hob_fault owns household tables/);
	});
});

describe('a schema', () => {
	const ours = { 'db.url': url('hob_api', 'hob_fault') };

	test('of its own version is accepted', async () => {
		const { code, said } = await check(ours);

		assert.equal(code, 0, said);
	});

	/** What a hob of tomorrow leaves, and the way back. */
	const newer = (goodFor) => owner(`INSERT INTO hob.migrations (number, name, sha256, good_for)
		VALUES (9999, 'of tomorrow', '', ${goodFor});
		UPDATE hob.functions SET version = version + 9999`);
	const back = () => owner(
		'DELETE FROM hob.migrations WHERE number = 9999; UPDATE hob.functions SET version = version - 9999');

	test('that is too new is refused by -t and never served', async (t) => {
		await newer(9999);
		try {
			const { code, said } = await check(ours);

			assert.equal(code, 78);
			assert.match(said, new RegExp('version 9999, good for programs since version 9999, '
				+ 'this one knows \\d+: install a newer Hob'));
			await expectNeverServes(t, ours, /9999/);
		} finally {
			await back();
		}
	});

	test('whose functions are those of an older program is refused', async (t) => {
		await owner("UPDATE hob.functions SET version = version - 1 WHERE name = 'tasks'");
		t.after(() => owner("UPDATE hob.functions SET version = version + 1 WHERE name = 'tasks'"));
		const { code, said } = await check(ours);

		assert.equal(code, 78);
		assert.match(said,
			/has schema version \d+, this program wants \d+: run this program's `hob migrate` first/);
	});

	test('that is newer and says that it is good for this program is served', async (t) => {
		const { code: before, said: of } = await check(ours);
		assert.equal(before, 0, of);
		await newer(1);
		t.after(back);
		const { code, said } = await check(ours);
		assert.equal(code, 0, said);

		const conf = separateConf(folder, ours);
		const api = startApi('-c', conf);
		t.after(() => isAlive(api.pid) && process.kill(api.pid, 'SIGKILL'));
		const socket = await until('its socket is there',
			() => connect(setting('api.socket', conf)).catch(() => null));
		assert.match(await get(socket, '/readyz'), /"schema_version":9999,"schema_good_for":\d+/);
		socket.destroy();
		process.kill(api.pid, 'SIGTERM');
		await api.ended;
	});

	test('that is being changed outside a transaction counts when it is done, and bars at once', async () => {
		await owner("INSERT INTO hob.migrations VALUES (9999, 'of tomorrow', '', 1, NULL)");
		try {
			assert.equal((await check(ours)).code, 0);
			await owner('UPDATE hob.migrations SET good_for = 9999 WHERE number = 9999');
			const { code, said } = await check(ours);

			assert.equal(code, 78);
			assert.match(said, /good for programs since version 9999/);
		} finally {
			await owner('DELETE FROM hob.migrations WHERE number = 9999');
		}
	});

	test('that is too old is refused by -t and never served', async (t) => {
		await owner('UPDATE hob.migrations SET number = number - 1000');
		try {
			const { code, said } = await check(ours);

			assert.equal(code, 78);
			assert.match(said, new RegExp('has schema version -\\d+, this program wants \\d+: '
				+ "run this program's `hob migrate` first"));
			await expectNeverServes(t, ours, /hob migrate/);
		} finally {
			await owner('UPDATE hob.migrations SET number = number + 1000');
		}
	});

	test('that is not there is refused', async () => {
		await superuser('DROP DATABASE IF EXISTS hob_fault_empty', 'CREATE DATABASE hob_fault_empty');
		try {
			const { code, said } = await check({ 'db.url': url('hob_api', 'hob_fault_empty') });

			assert.equal(code, 78);
			assert.match(said, /does not prepare/);
		} finally {
			await superuser('DROP DATABASE hob_fault_empty');
		}
	});

	test('whose column was renamed: -t and the log name the statement', async (t) => {
		await owner('ALTER TABLE sessions RENAME device_name TO gadget_name');
		try {
			const { code, said } = await check(ours);

			assert.equal(code, 78);
			assert.match(said, /statement "session_list\S*" does not prepare: .*device_name/);
			await expectNeverServes(t, ours, /statement "session_list\S*" does not prepare/);
		} finally {
			await owner('ALTER TABLE sessions RENAME gadget_name TO device_name');
		}
	});
});

describe('a configuration', () => {
	test('with an unknown key, or a value out of bounds, is refused with its place', async () => {
		for (const [changes, why] of [
			[{ 'no.such_key': 1 }, /hob\.conf:\d+: .*no\.such_key/],
			[{ 'api.workers': 0 }, /api\.workers/],
			[{ 'api.deadline': '20s' }, /api\.kill_after must be longer than api\.deadline/],
			[{ 'auth.argon2_lanes': 16, 'auth.argon2_memory': '64k' },
				/auth\.argon2_memory must be at least/],
		]) {
			const { code, said } = await startApi('-c', separateConf(folder, changes)).ended;

			assert.equal(code, 78);
			assert.match(said, why);
		}
	});

	test('whose database does not answer fails -t, which says so', async () => {
		const { code, said } = await check({ 'db.url': 'host=/nowhere dbname=hob user=hob_api' });

		assert.equal(code, 78);
		assert.match(said, /database +FAILED: .*\/nowhere/);
	});

	test('whose socket or run directory cannot be used ends the start', async () => {
		for (const changes of [{ 'api.socket': '/nowhere/api.sock' }, { 'api.run_dir': '/nowhere' }]) {
			const { code, said } = await startApi('-c', separateConf(folder, changes)).ended;

			assert.equal(code, 78);
			assert.match(said, /\/nowhere/);
		}
	});

	test('whose = was forgotten is refused without showing the value', async () => {
		const path = separateConf(folder, {});
		await appendFile(path, 'db.url postgres://hob_api:s3cret@db/hob?sslmode=require\n');
		const { code, said } = await startApi('-c', path).ended;

		assert.equal(code, 78);
		assert.match(said, /unknown key "db\.url"/);
		assert.doesNotMatch(said, /s3cret/);
	});

	test('whose log, run directory, user or group cannot be fails -t', async () => {
		for (const changes of [{ 'log.file': '/nowhere/log' }, { 'api.run_dir': '/nowhere' },
			{ 'api.user': 'nobody-of-that-name' }, { 'api.socket_group': 'no-such-group' },
			{ 'api.socket': `/tmp/${'x'.repeat(120)}` }]) {
			const { code, said } = await check(changes);

			assert.equal(code, 78);
			assert.match(said,
				new RegExp(`^${Object.keys(changes)[0].replace('.', '\\.')} +FAILED: .*: .+`, 'm'));
		}
	});

	test('whose socket another hob-api listens on ends the start, and that one serves on', async () => {
		const { code, said } = await startApi('-c', separateConf(folder,
			{ 'api.socket': setting('api.socket') })).ended;

		assert.equal(code, 78);
		assert.match(said, /cannot listen on .*: Address already in use/);
		const socket = await connect(setting('api.socket'));
		assert.match(await get(socket, '/livez'), /alive/);
		socket.destroy();
	});

	test('whose socket somebody listens on passes -t, which does not connect to it', async (t) => {
		const conf = separateConf(folder, {});
		let connections = 0;
		const holder = net.createServer(() => { connections += 1; }).listen(setting('api.socket', conf));

		t.after(() => holder.close());
		await until('it listens', () => existsSync(setting('api.socket', conf)));
		const { code, said } = await startApi('-t', '-c', conf).ended;

		assert.equal(code, 0, said);
		assert.match(said, /^api\.socket +ok$/m);
		// A connection of -t would stand in the backlog before this one.
		(await connect(setting('api.socket', conf))).destroy();
		await until('one has come', () => connections > 0);
		assert.equal(connections, 1);
	});

	const onlyRoot = { skip: process.getuid() !== 0 && 'not root' };

	test('that names no user does not serve as root', onlyRoot, async () => {
		const conf = separateConf(folder, {});
		const refused = await run(`${state}/bin/hob-api`, ['-c', conf], { timeout: 10000 })
			.then(() => assert.fail('it ended well'), (why) => why);

		assert.equal(refused.code, 78);
		assert.match(refused.stderr, /api\.user/);
	});

	test('that names no user does not serve as root on a socket it is given, and says why', onlyRoot, async (t) => {
		const conf = separateConf(folder, {});
		const holder = net.createServer().listen(setting('api.socket', conf));

		t.after(() => holder.close());
		await until('it listens', () => existsSync(setting('api.socket', conf)));
		const child = spawn('sh', ['-c', `LISTEN_PID=$$ LISTEN_FDS=1 exec ${state}/bin/hob-api -c ${conf}`],
			{ stdio: ['ignore', 'ignore', 'pipe', holder._handle.fd] });
		let said = '';

		child.stderr.on('data', (chunk) => { said += chunk; });
		const [code] = await once(child, 'close');
		assert.equal(code, 78);
		assert.match(said, /api\.user: started as root: name an unprivileged user to become/);
		assert.ok(existsSync(setting('api.socket', conf)), 'it removed a socket that is not its own');
	});
});

test('a second copy with a configuration of its own serves beside the first', async (t) => {
	const conf = separateConf(folder, { 'api.workers': 2 });
	const first = await settled();
	const api = startApi('-c', conf);

	t.after(() => isAlive(api.pid) && process.kill(api.pid, 'SIGKILL'));
	const socket = await until('its socket is there',
		() => connect(setting('api.socket', conf)).catch(() => null));
	assert.match(await get(socket, '/readyz'), /ready/);
	assert.equal((await status(conf)).master_pid, api.pid);
	assert.equal((await status()).master_pid, first.master_pid);
	socket.destroy();
	process.kill(api.pid, 'SIGTERM');
	assert.equal((await api.ended).code, 0);
});
