// roles.test.mjs: from nothing to a served board by an administrator who is no superuser, as hosted
// PostgreSQL gives them: a server of our own, a role with CREATEROLE and CREATEDB.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';

import { connect, send } from './fastcgi.mjs';
import { asOwner, isAlive, scratchFolder, separateConf, setting, startApi, state, until } from './support.mjs';

const run = promisify(execFile);
const pgbin = '/usr/lib/postgresql/15/bin';
const roles = readFileSync(new URL('../../sql/roles.sql', import.meta.url), 'utf8');
let folder;

const url = (user, database = 'postgres') => `host=${folder.path} dbname=${database} user=${user}`;

before(async () => {
	folder = scratchFolder();
	const options = { ...asOwner, cwd: '/' };
	await run(`${pgbin}/initdb`, ['-D', `${folder.path}/pg`, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8',
		'--locale=C.UTF-8', '--no-sync'], options);
	await run(`${pgbin}/pg_ctl`, ['-D', `${folder.path}/pg`, '-l', `${folder.path}/pg.log`, '-s', '-w', '-o',
		`-c listen_addresses='' -c unix_socket_directories='${folder.path}' -c fsync=off`, 'start'],
	{ ...options, stdio: 'ignore' });
	await psql(url('postgres'), 'CREATE ROLE admin LOGIN CREATEROLE CREATEDB');
});

after(async () => {
	await run(`${pgbin}/pg_ctl`, ['-D', `${folder.path}/pg`, '-s', '-m', 'immediate', 'stop'],
		{ ...asOwner, cwd: '/' });
	folder.remove();
});

/** Text through psql, as a sysadmin pipes it: { code, said }. */
function psql(to, text) {
	const child = spawn('psql', ['-XqAt', '-v', 'ON_ERROR_STOP=1', to], { stdio: ['pipe', 'pipe', 'pipe'] });
	let said = '';

	child.stdout.on('data', (chunk) => { said += chunk; });
	child.stderr.on('data', (chunk) => { said += chunk; });
	child.stdin.end(text);
	return new Promise((resolve) => { child.on('close', (code) => resolve({ code, said: said.trim() })); });
}

async function expectDone(to, text) {
	const { code, said } = await psql(to, text);

	assert.equal(code, 0, said);
	return said;
}

function hob(...words) {
	return run(`${state}/bin/hob`, words, { env: { ...process.env,
		HOB_CONF: separateConf(folder, { 'db.owner_url': url('hob_owner', 'hob') }) } });
}

const rolesNow = () => expectDone(url('postgres'), `SELECT r.xmin, r.* FROM pg_authid r WHERE rolname LIKE 'hob%';
	SELECT xmin, * FROM pg_db_role_setting; SELECT * FROM pg_auth_members`);

describe('an administrator who is no superuser', () => {
	test('makes the roles, the database and the schema, and a board is served', async (t) => {
		assert.equal((await hob('roles')).stdout, roles);
		assert.equal(await expectDone(url('admin'), roles), '', 'the first time nothing is amiss');
		await expectDone(url('admin'), 'CREATE DATABASE hob OWNER hob_owner');
		assert.match(await expectDone(url('admin', 'hob'), roles),
			/stay open to everybody: admin is no superuser/);
		await hob('migrate');
		await hob('seed', '--demo');
		const conf = separateConf(folder, { 'db.url': url('hob_api', 'hob') });
		const { code, said } = await startApi('-t', '-c', conf).ended;
		assert.equal(code, 0, said);

		const api = startApi('-c', conf);
		t.after(() => isAlive(api.pid) && process.kill(api.pid, 'SIGKILL'));
		const socket = await until('its socket is there',
			() => connect(setting('api.socket', conf)).catch(() => null));
		const login = await send(socket, { method: 'POST', path: '/api/auth/login',
			body: { email: 'demo@hob.example', password: 'demo-household' } });
		const { token } = JSON.parse(login.slice(login.indexOf('{')));
		const board = await send(socket, { path: '/api/tasks/kanban', token });
		assert.match(board, /^Status: 200[^]*"columns":\[/);
		socket.destroy();
		process.kill(api.pid, 'SIGTERM');
		assert.equal((await api.ended).code, 0);
	});

	test('changes nothing the second time', async () => {
		const once = await rolesNow();

		await expectDone(url('admin'), roles);
		assert.equal(await rolesNow(), once);
	});

	test('puts right what differs, and leaves the rest', async () => {
		await expectDone(url('postgres'),
			"ALTER ROLE hob_api SET lock_timeout = '1h'; ALTER ROLE hob_api SET work_mem = '8MB'");
		await expectDone(url('admin'), roles);
		const settings = await expectDone(url('postgres'),
			"SELECT rolconfig FROM pg_roles WHERE rolname = 'hob_api'");
		assert.match(settings, /lock_timeout=2s/);
		assert.match(settings, /work_mem=8MB/);
	});

	test('hears what only a superuser can put right', async () => {
		await expectDone(url('postgres'), 'ALTER ROLE hob_jobs BYPASSRLS');
		const { code, said } = await psql(url('admin'), roles);

		assert.notEqual(code, 0);
		assert.match(said, /admin may not: ALTER ROLE hob_jobs NOBYPASSRLS/);
		assert.match(said, /the roles are not complete: hob_jobs is not bound by row-level security/);
		await expectDone(url('postgres'), roles);
		await expectDone(url('admin'), roles);
	});

	test('without CREATEROLE hears that, and nothing is half done', async () => {
		await expectDone(url('postgres'), 'CREATE ROLE nobody LOGIN');
		const { code, said } = await psql(url('nobody'), roles);

		assert.notEqual(code, 0);
		assert.match(said, /nobody is no member of hob_owner/);
	});
});

test('a superuser closes in the database what no request needs, and hob_owner keeps it', async () => {
	await expectDone(url('postgres', 'hob'), roles);
	for (const call of ['lo_create(0)', 'pg_sleep(0)', 'pg_advisory_lock(1)']) {
		const refused = await psql(url('hob_api', 'hob'), `SELECT ${call}`);

		assert.match(refused.said, /permission denied for function/);
		await expectDone(url('hob_owner', 'hob'), `SELECT ${call}`);
	}
	const temp = await psql(url('hob_api', 'hob'), 'CREATE TEMP TABLE mine ()');
	assert.match(temp.said, /permission denied to create temporary tables/);
});
