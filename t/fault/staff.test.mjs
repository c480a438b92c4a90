// staff.test.mjs: hob-admin: with which logins it does not serve, how often somebody may guess, and what becomes of it
// when its database goes, its workers die and its settings change.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';

import { addStaff, codeOf, events, hob, login, Panel, signIn } from '../admin/support/staff.mjs';
import { sql } from '../api/support/db.mjs';
import { reconfigure } from './nginx.mjs';
import {
	configure, scratchFolder, separateConf, setting, stack, startAdmin, superuser, until, urlOf,
} from './support.mjs';

const masterPid = () => Number(readFileSync(`${setting('admin.run_dir')}/hob-admin.pid`, 'utf8'));
const answers = () => new Panel().get('/readyz').then(({ status }) => status === 200, () => false);

async function restart(changes) {
	configure(changes);
	await stack('restart', 'admin');
	await until('hob-admin answers', answers);
}

describe('a login that may more than the role of staff', () => {
	let folder;

	before(async () => {
		folder = scratchFolder();
		await superuser('DROP ROLE IF EXISTS hob_fault', 'CREATE ROLE hob_fault LOGIN IN ROLE hob_staff');
	});
	after(async () => {
		folder.remove();
		await superuser('DROP OWNED BY hob_fault', 'DROP ROLE hob_fault');
	});

	const check = (user) => startAdmin('-t', '-c', separateConf(folder, {
		'admin.socket': `${folder.path}/admin.sock`, 'admin.run_dir': folder.path,
		'db.staff_url': urlOf(user, 'hob'),
	})).ended;

	for (const [user, why] of [
		['postgres', /postgres is a superuser/],
		['hob_owner', /hob_owner owns household tables/],
		['hob_api', /permission denied for function|permission denied for schema staff/],
		['hob_fault', /its search_path|its TimeZone|no statement_timeout/],
	])
		test(`${user} is refused, and why is said`, async () => {
			const { code, said } = await check(user);

			assert.equal(code, 78, said);
			assert.match(said, why);
		});

	test('one with a right on a single column of a table is refused', async () => {
		await superuser(...['TimeZone = UTC', 'search_path = public', "statement_timeout = '5s'",
			"lock_timeout = '2s'"].map((what) => `ALTER ROLE hob_fault SET ${what}`));
		assert.equal((await check('hob_fault')).code, 0, 'without it is served');
		await sql('GRANT SELECT (name) ON residences TO hob_fault');
		const { code, said } = await check('hob_fault');

		await sql('REVOKE SELECT (name) ON residences FROM hob_fault');
		assert.equal(code, 78);
		assert.match(said, /role hob_fault has rights on table residences/);
		assert.match(said, /db\.staff_url/);
	});

	test('the one of sql/roles.sql is not', async () => {
		const { code, said } = await check('hob_staff');

		assert.equal(code, 0, said);
	});
});

describe('who guesses', () => {
	after(() => restart());

	const wrong = (email, more) => login({ email, password: 'wrong', code: '000000', ...more });
	const tooMany = (reply, policy) => {
		assert.equal(reply.status, 429, reply.text);
		assert.match(reply.headers['ratelimit-policy'], new RegExp(`^"${policy}"`));
		assert.ok(Number(reply.headers['retry-after']) > 0);
	};

	test('a password has few tries, and then none that is looked at; others do not notice', async () => {
		const [person, other] = [await addStaff(), await addStaff()];

		await restart({ 'limits.login': 3, 'limits.auth': 60 });
		for (let i = 0; i < 3; i += 1)
			assert.equal((await wrong(person.email)).status, 401);
		tooMany(await wrong(person.email), 'login');
		const right = { email: person.email.toUpperCase(), password: person.password, code: codeOf(person) };

		tooMany(await login(right), 'login');
		const [id] = await sql("SELECT id FROM staff WHERE email = :'email'", { email: person.email });

		assert.equal((await events('login_failed', id)).length, 3);
		assert.ok(await signIn(other));
	});

	test('an address that nobody has is refused the same', async () => {
		await restart({ 'limits.login': 2, 'limits.auth': 60 });
		for (let i = 0; i < 2; i += 1)
			assert.equal((await wrong('nobody@example.test')).status, 401);
		tooMany(await wrong('nobody@example.test'), 'login');
	});

	test('a network has few tries of all addresses together', async () => {
		await restart({ 'limits.login': 2, 'limits.auth': 4 });
		for (let i = 0; i < 4; i += 1)
			assert.equal((await wrong(`nobody-${i}@example.test`)).status, 401);
		tooMany(await wrong('nobody@example.test'), 'auth');
	});

	test('the password of a session has few tries, and the session stays', async () => {
		const person = await addStaff();

		await restart({ 'limits.login': 2, 'limits.auth': 60 });
		const panel = await signIn(person);

		for (let i = 0; i < 2; i += 1)
			assert.equal((await panel.post('/auth/confirm', { password: 'wrong' })).status, 403);
		tooMany(await panel.post('/auth/confirm', { password: person.password }), 'login');
		assert.equal((await panel.get('/auth/me')).status, 200);
	});
});

describe('hob-admin', () => {
	test('is there again when its database is, and its sessions are', async () => {
		const panel = await signIn(await addStaff());

		await stack('stop', 'postgres');
		const away = await panel.get('/auth/me');

		await stack('start', 'postgres');
		assert.equal(away.status, 503);
		await until('it answers', async () => (await panel.get('/auth/me')).status === 200);
	});

	test('reads its settings again, and loses no session', async () => {
		const panel = await signIn(await addStaff());
		const pid = masterPid();

		process.kill(pid, 'SIGHUP');
		await until('other workers serve', async () => {
			const { status, headers } = await panel.get('/auth/me');

			assert.equal(status, 200);
			panel.first ??= headers['x-hob-worker'];
			return headers['x-hob-worker'] !== panel.first;
		});
		assert.equal(masterPid(), pid);
	});

	test('is what hob status shows when it is asked for', async () => {
		const { code, stdout } = await hob('status', 'admin', '--json');
		const board = JSON.parse(stdout);

		assert.equal(code, 0);
		assert.equal(board.master_pid, masterPid());
		assert.equal(board.workers.length, 2);
		const { stdout: text } = await hob('status', 'admin');

		assert.match(text, new RegExp(`^master +running, pid ${masterPid()},`, 'm'));
		assert.equal((await hob('status', 'admin', 'x')).code, 64);
	});

	test('shows its probes to nobody but its host', async () => {
		for (const path of ['/livez', '/readyz', '/readyz/'])
			assert.equal((await new Panel().get(path)).status, 200, 'this is its host');
		await reconfigure('http.conf', (text) => text.replace('127.0.0.0/8 1;', '127.0.0.0/8 0;'));
		for (const method of ['GET', 'HEAD'])
			for (const path of ['/livez', '/readyz', '/readyz/', '//readyz'])
				assert.equal((await new Panel().request(method, path)).status, 404, method + path);
		await stack('up');
		assert.equal((await new Panel().get('/readyz')).status, 200);
	});
});
