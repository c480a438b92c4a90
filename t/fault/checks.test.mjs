// checks.test.mjs: `hob-api -t` and the start say the same, with what to do: about files, users
// and folders of the host, about a pooler before the database, about limits out of order. And
// what a process of the pool gave up once it serves.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { after, before, describe, test } from 'node:test';

import { connect, get } from './fastcgi.mjs';
import { asOwner, isAlive, logged, logMark, scratchFolder, separateConf, setting, settled, startApi, state,
	until } from './support.mjs';

const onlyRoot = { skip: process.getuid() !== 0 && 'not root' };
let folder;

before(() => {
	folder = scratchFolder();
});

after(() => folder.remove());

/** A configuration of its own; a socket that one before it has left is gone. */
function fresh(changes) {
	rmSync(`${folder.path}/api.sock`, { force: true });
	return separateConf(folder, changes);
}

/** Ours, or the servers' user's when we are root. */
function owned(path, mode) {
	if (asOwner.uid !== undefined)
		chownSync(path, asOwner.uid, asOwner.gid);
	chmodSync(path, mode);
	return path;
}

/** A file or folder in the scratch folder that belongs to the servers' user, with this mode. */
function file(name, mode, text = '') {
	rmSync(`${folder.path}/${name}`, { recursive: true, force: true });
	writeFileSync(`${folder.path}/${name}`, text);
	return owned(`${folder.path}/${name}`, mode);
}

function subfolder(name, mode) {
	rmSync(`${folder.path}/${name}`, { recursive: true, force: true });
	mkdirSync(`${folder.path}/${name}`);
	return owned(`${folder.path}/${name}`, mode);
}

/** A socket that may not be connected to, and nobody listens. */
function leftSocket() {
	const path = `${folder.path}/left.sock`;

	rmSync(path, { force: true });
	spawnSync(process.execPath, ['-e',
		"require('net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))",
		path]);
	return owned(path, 0);
}

/** hob-api as we are, root maybe: { pid, ended } as startApi's. */
function startAsRoot(words, env = {}) {
	const child = spawn(`${state}/bin/hob-api`, words,
		{ env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
	let said = '';

	child.stdout.on('data', (chunk) => { said += chunk; });
	child.stderr.on('data', (chunk) => { said += chunk; });
	return { pid: child.pid, ended: new Promise((resolve) => {
		child.on('close', (code) => resolve({ code, said }));
	}) };
}

/** What `name` failed with, of what -t or a start said. */
function failure(said, name) {
	const line = said.split('\n').find((l) => l.startsWith(`${name} `) || l.startsWith(`hob-api: ${name}: `));

	return line?.replace(/^hob-api: \S+: |^\S+ +FAILED: /, '');
}

/** -t and the start both end with 78 and the same words about `name`, which match `why`. */
async function expectBothRefuse(name, conf, why, start = (...words) => startApi(...words)) {
	const checked = await start('-t', '-c', conf).ended;
	const started = await start('-c', conf).ended;

	assert.equal(checked.code, 78, checked.said);
	assert.equal(started.code, 78, started.said);
	assert.match(failure(checked.said, name) ?? checked.said, why);
	assert.equal(failure(started.said, name), failure(checked.said, name), started.said);
}

/** A hob-api that serves, until the test is over. */
async function serving(t, conf, start = (...words) => startApi(...words)) {
	const api = start('-c', conf);

	t.after(async () => {
		if (isAlive(api.pid))
			process.kill(api.pid, 'SIGTERM');
		await api.ended;
	});
	const socket = await until('its socket is there', () => connect(setting('api.socket', conf)).catch(() => null));
	await until('it is ready', async () => /"ready"/.test(await get(socket, '/readyz')), 15);
	socket.destroy();
	return api;
}

describe('-t refuses what the start refuses, in the same words', () => {
	const cases = [
		['a socket folder that is missing', 'api.socket', () => ({ 'api.socket': '/nowhere/api.sock' }),
			new RegExp('^no socket can be made in /nowhere \\(No such file or directory\\): '
				+ 'make the folder, writable for \\S+$')],
		['a socket folder that may not be written', 'api.socket',
			() => ({ 'api.socket': `${subfolder('shut', 0o555)}/api.sock` }),
			/\(Permission denied\): make the folder, writable for/],
		['a socket whose place is taken by a file', 'api.socket',
			() => ({ 'api.socket': file('api.file', 0o600) }), /is there and no socket: move it away/],
		['a socket that somebody else left', 'api.socket', () => ({ 'api.socket': leftSocket() }),
			/left\.sock is somebody else's \(Permission denied\): remove it/],
		['a log that may not be written', 'log.file', () => ({ 'log.file': file('log.shut', 0o400) }),
			/log\.shut cannot be written \(Permission denied\): give it, or a folder for it, to \S+$/],
		['a log that is a folder', 'log.file', () => ({ 'log.file': subfolder('log.d', 0o700) }),
			/\(Is a directory\)/],
		['a log whose folder may not be written', 'log.file',
			() => ({ 'log.file': `${subfolder('shut', 0o555)}/log` }), /\(Permission denied\)/],
		['a run directory that may not be written', 'api.run_dir',
			() => ({ 'api.run_dir': subfolder('run.shut', 0o555) }),
			new RegExp('run\\.shut/\\S+ cannot be written '
				+ '\\(Permission denied\\): give the folder and what is in it to \\S+$')],
		['a pid file that may not be written', 'api.run_dir', () => ({
			'api.run_dir': (writeFileSync(`${subfolder('run.pid', 0o755)}/hob-api.pid`, ''),
				chmodSync(`${folder.path}/run.pid/hob-api.pid`, 0o444), `${folder.path}/run.pid`) }),
			/hob-api\.pid cannot be written/],
		['a group that is none', 'api.socket_group', () => ({ 'api.socket_group': 'no-such-group' }),
			/no-such-group is no group here/],
		['a user that is none', 'api.user', () => ({ 'api.user': 'nobody-of-that-name' }),
			/nobody-of-that-name is nobody here: make that user/],
	];

	for (const [what, name, changes, why] of cases)
		test(what, () => expectBothRefuse(name, fresh(changes()), why));

	const unusable = [
		['a secret file that is empty', () => ({ 'cursor.secret': `@${file('empty.key', 0o400, '\n')}` }),
			/cursor\.secret: \S+empty\.key is empty: write the secret into it/],
		['a secret file that may not be read', () => ({ 'cursor.secret': `@${file('shut.key', 0)}` }),
			/cursor\.secret: \S+shut\.key: Permission denied/],
		['limits out of order', () => ({ 'api.kill_after': '30s' }),
			/api\.proxy_timeout must be longer than api\.kill_after: .*; change one of them/],
		['limits of callers that make no sense together', () => ({ 'limits.login': 5, 'limits.account': 2 }),
			/limits\.account must be at least limits\.login/],
	];

	for (const [what, changes, why] of unusable)
		test(what, async () => {
			const conf = fresh(changes());

			for (const words of [['-t', '-c', conf], ['-c', conf]]) {
				const { code, said } = await startApi(...words).ended;

				assert.equal(code, 78);
				assert.match(said, why);
			}
		});

	test('a deadline that is not above the role\'s statement_timeout, which only the database knows', async () => {
		const { code, said } = await startApi('-t', '-c', fresh({ 'api.deadline': '5s' })).ended;

		assert.equal(code, 78);
		assert.match(said, new RegExp('time limits +FAILED: api\\.deadline \\(5000 ms\\) must be longer '
			+ "than the role's statement_timeout \\(5000 ms\\): raise it, or"));
	});

	test('what is in order passes each check, by name', async () => {
		const { code, said } = await startApi('-t', '-c', fresh({})).ended;

		assert.equal(code, 0, said);
		for (const name of ['api.user', 'api.socket', 'api.socket_group', 'configuration', 'log.file',
			'api.run_dir', 'routes', 'database', 'schema', 'time limits', 'document'])
			assert.match(said, new RegExp(`^${name} +ok$`, 'm'));
	});
});

describe('started as root', () => {
	const asRoot = (...words) => startAsRoot(words);
	const user = () => ({ 'api.user': 'hob' });

	test('-t without a user fails as the start does', onlyRoot,
		() => expectBothRefuse('api.user', fresh({}), /started as root: name an unprivileged user/, asRoot));

	test('a log that is root\'s alone is refused by both', onlyRoot, async () => {
		writeFileSync(`${folder.path}/log.root`, '', { mode: 0o600 });
		await expectBothRefuse('log.file', fresh({ ...user(), 'log.file': `${folder.path}/log.root` }),
			/log\.root cannot be written .* to hob$/, asRoot);
	});

	test('a secret that is root\'s alone is refused by both', onlyRoot, async () => {
		writeFileSync(`${folder.path}/root.key`, 'secret', { mode: 0o600 });
		await expectBothRefuse('configuration',
			fresh({ ...user(), 'cursor.secret': `@${folder.path}/root.key` }),
			/root\.key: Permission denied/, asRoot);
	});

	test('a run directory that is root\'s alone is refused by both', onlyRoot, async () => {
		mkdirSync(`${folder.path}/run.root`, { mode: 0o755 });
		await expectBothRefuse('api.run_dir', fresh({ ...user(), 'api.run_dir': `${folder.path}/run.root` }),
			/give the folder and what is in it to hob/, asRoot);
	});

	test('the pool runs as the user alone: no group of root\'s is left', onlyRoot, async (t) => {
		const api = await serving(t, fresh(user()), asRoot);
		const text = readFileSync(`/proc/${api.pid}/status`, 'utf8');

		assert.match(text, new RegExp(`^Uid:\t${asOwner.uid}\t${asOwner.uid}\t`, 'm'));
		assert.doesNotMatch(text, /^Groups:.*\b0\b/m);
	});
});

describe('behind PgBouncer 1.18 in transaction mode', () => {
	let pooler;
	let port;
	const through = (more = '') =>
		({ 'db.url': `host=127.0.0.1 port=${port} dbname=hob user=hob_api ${more}`.trim() });

	before(async () => {
		const dir = subfolder('pgbouncer', 0o700);

		port = await new Promise((resolve) => {
			const server = net.createServer().listen(0, '127.0.0.1', () => {
				const { port: free } = server.address();
				server.close(() => resolve(free));
			});
		});
		file('pgbouncer/users', 0o600, '"hob_api" ""\n');
		file('pgbouncer/ini', 0o600, `[databases]
hob = host=${setting('db.url').match(/host=(\S+)/)[1]} dbname=hob
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = trust
auth_file = ${dir}/users
pool_mode = transaction
default_pool_size = 1
logfile = ${dir}/log
pidfile = ${dir}/pid
client_tls_sslmode = allow
client_tls_key_file = ${state}/tls/key.pem
client_tls_cert_file = ${state}/tls/cert.pem
`);
		pooler = spawn('/usr/sbin/pgbouncer', [`${dir}/ini`], { ...asOwner, stdio: 'ignore' });
		await until('the pooler listens', () => new Promise((resolve) => {
			const socket = net.connect(port, '127.0.0.1', () => { socket.destroy(); resolve(true); });
			socket.on('error', () => resolve(false));
		}));
	});

	after(() => pooler.kill('SIGTERM'));

	test('db.prepare = on is refused by -t, again and again, with the setting that helps', async () => {
		for (let i = 0; i < 3; i += 1) {
			const { code, said } = await startApi('-t', '-c', fresh(through())).ended;

			assert.equal(code, 78, said);
			assert.match(said, /^database +FAILED: .*prepared statement.*: set db\.prepare = off$/m);
		}
	});

	test('workers that find it say so too', async () => {
		const conf = fresh({ ...through(), 'api.workers': 2 });
		const mark = logMark(setting('log.file', conf));
		const api = startApi('-c', conf);
		const line = await logged(mark, 'cannot_serve');

		process.kill(api.pid, 'SIGTERM');
		await api.ended;
		assert.match(line.detail, /set db\.prepare = off/);
	});

	test('db.prepare = off passes, and serves', async (t) => {
		const conf = fresh({ ...through(), 'db.prepare': 'off', 'api.workers': 2 });
		const { code, said } = await startApi('-t', '-c', conf).ended;

		assert.equal(code, 0, said);
		await serving(t, conf);
	});

	test('with TLS, as root: keys are looked for in the home of api.user, not of root', onlyRoot, async (t) => {
		const home = subfolder('home.root', 0o700);

		chownSync(home, 0, 0);
		mkdirSync(`${home}/.postgresql`);
		writeFileSync(`${home}/.postgresql/postgresql.crt`, 'of root');
		const conf = fresh({ ...through('sslmode=require'), 'db.prepare': 'off', 'api.user': 'hob' });
		const asRoot = (...words) => startAsRoot(words, { HOME: home, USER: 'root', LOGNAME: 'root' });
		const { code, said } = await asRoot('-t', '-c', conf).ended;

		assert.equal(code, 0, said);
		await serving(t, conf, asRoot);
	});
});

describe('once it serves', () => {
	const field = (pid, name) =>
		readFileSync(`/proc/${pid}/status`, 'utf8').match(new RegExp(`^${name}:\\s*(.*)$`, 'm'))[1];

	/** { master, children }: of the stack, which runs as the example says. */
	async function pool() {
		const { master_pid: master } = await settled();

		return { master, children: readFileSync(`/proc/${master}/task/${master}/children`, 'utf8').trim()
			.split(' ') };
	}

	test('workers and the relay run under a seccomp filter; the master may execute its next image', async (t) => {
		const conf = fresh({ 'api.workers': 2 });
		const api = await serving(t, conf);
		const children = () => readFileSync(`/proc/${api.pid}/task/${api.pid}/children`, 'utf8').trim()
			.split(' ');

		assert.equal(children().length, 3);
		for (const pid of children())
			assert.equal(field(pid, 'Seccomp'), '2', field(pid, 'Name'));
		assert.equal(field(api.pid, 'Seccomp'), '0');
		// It did so: the filter is not there after USR2, and is there again in its new children.
		const before_ = children();

		process.kill(api.pid, 'SIGUSR2');
		await until('the new image has its workers',
			() => children().length === 3 && children().every((pid) => !before_.includes(pid)), 15);
		await until('they are confined', () => children().every((pid) => field(pid, 'Seccomp') === '2'));
	});

	test('no process of the pool leaves a core, gains rights, or can be looked into by its user', async () => {
		const { master, children } = await pool();

		for (const pid of [master, ...children]) {
			assert.match(readFileSync(`/proc/${pid}/limits`, 'utf8'), /^Max core file size +0 +0 /m);
			assert.equal(field(pid, 'NoNewPrivs'), '1');
			// The kernel gives what concerns a process that is closed to root.
			assert.equal(statSync(`/proc/${pid}/maps`).uid, 0);
		}
	});

	test('root still sees how much memory each has', onlyRoot, async () => {
		const { master, children } = await pool();

		for (const pid of [master, ...children])
			assert.match(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'), /^Pss:\s+\d+ kB$/m);
	});

	test('debug.attach = on lets a debugger of the same user in', async (t) => {
		const api = await serving(t, fresh({ 'debug.attach': 'on' }));
		const [child] = readFileSync(`/proc/${api.pid}/task/${api.pid}/children`, 'utf8').trim().split(' ');

		assert.equal(field(child, 'Seccomp'), '0');
		assert.equal(statSync(`/proc/${child}/maps`).uid, statSync(`/proc/${api.pid}`).uid);
		if (asOwner.uid !== undefined)
			assert.equal(statSync(`/proc/${child}/maps`).uid, asOwner.uid);
	});
});
