// history.test.mjs: the database goes back to an older state of itself, in all the ways that it can, and
// ids of transactions begin again. A phone whose token is of what was lost is told to begin anew; one
// that keeps a token has in the end what the lists have.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cp, rename, rm } from 'node:fs/promises';
import { after, before, beforeEach, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { nobody } from '../api/support/client.mjs';
import { Copy, expectTrue, news } from '../api/support/copy.mjs';
import { sql } from '../api/support/db.mjs';
import { expectOk, expectProblem } from '../api/support/expect.mjs';
import { newResidence, newTask, signUp } from '../api/support/people.mjs';
import { programs } from '../api/support/workers.mjs';
import { asOwner, confPath, psql, scratchFolder, setting, stack, state, superuser, until, urlOf } from './support.mjs';

const run = promisify(execFile);
const pg = (program, ...words) => run(`/usr/lib/postgresql/15/bin/${program}`, words, { ...asOwner, cwd: '/' });
const roles = fileURLToPath(new URL('../../sql/roles.sql', import.meta.url));
const sockets = setting('db.url').match(/host=(\S+)/)[1];
const data = `${state}/pg`;
const scratch = scratchFolder();

let person;
let residence;
let copy;

const ready = () => until('requests are served', async () => (await nobody.get('/readyz')).status === 200, 20);

async function start() {
	await stack('start', 'postgres');
	await ready();
}

/** The server's files become those in `other`. */
async function become(other) {
	await stack('stop', 'postgres');
	await rm(data, { recursive: true });
	await rename(other, data);
	await start();
}

const nextId = async () => BigInt((await sql('SELECT pg_snapshot_xmax(pg_current_snapshot())'))[0]);

/** Uses up ids of transactions, and commits nothing. */
async function burn(count) {
	const script = 'BEGIN; SELECT pg_current_xact_id(); ROLLBACK;\n'.repeat(count);
	const child = run('psql', ['-Xq', '-o', '/dev/null', urlOf('hob_owner', 'hob')]);

	child.child.stdin.end(script);
	await child;
}

/** Somebody whom all know by memory, and of whom only what is to be lost knows. */
async function remembered() {
	const { client } = await signUp();

	await until('it is remembered',
		async () => (await client.get('/api/auth/me')).headers['x-hob-round-trips'] === '0');
	return client;
}

async function expectBegunAnew() {
	expectProblem(await person.client.get(`/api/sync?since=${copy.token}`), 410, 'sync_token_too_old');
	const fresh = new Copy(person.client);

	await fresh.sync();
	await expectTrue(fresh, person);
	assert.deepEqual(news(await fresh.sync()), {}, 'nothing is told twice');
	const made = await newTask(person, residence);
	assert.deepEqual(news(await fresh.sync()), { tasks: { upserted: [made.id], deleted: [] } });
	await expectTrue(fresh, person);
}

before(async () => {
	person = await signUp();
	residence = await newResidence(person);
});

// Each begins with a copy that has seen a task come and one go.
beforeEach(async () => {
	await stack('start', 'postgres');
	await ready();
	copy = new Copy(person.client);
	await newTask(person, residence);
	const gone = await newTask(person, residence);
	await copy.sync();
	expectOk(await person.client.delete(`/api/tasks/${gone.id}`), 204);
	await copy.sync();
});

after(async () => {
	await stack('up');
	scratch.remove();
});

describe('a sync token', () => {
	test('is good after a restart in good order', async () => {
		const made = await newTask(person, residence);

		await stack('stop', 'postgres');
		await start();
		assert.deepEqual(news(await copy.sync()).tasks, { upserted: [made.id], deleted: [] });
		await stack('stop', 'postgres');
		await start();
		assert.deepEqual(news(await copy.sync()), {});
		await expectTrue(copy, person);
	});

	test('is 410 after a crash that gives ids out again', async (t) => {
		t.after(() => superuser('ALTER SYSTEM RESET wal_writer_delay', 'SELECT pg_reload_conf()'));
		await superuser("ALTER SYSTEM SET wal_writer_delay = '10s'", 'SELECT pg_reload_conf()');
		await until('ids went back', async () => {
			await copy.sync().catch(async () => {
				copy = new Copy(person.client);
				await copy.sync();
			});
			await burn(500);
			await copy.sync();
			const before = await nextId();
			process.kill(Number(readFileSync(`${data}/postmaster.pid`, 'utf8').split('\n')[0]), 'SIGQUIT');
			await stack('stop', 'postgres');
			await start();
			return await nextId() < before;
		}, 60);
		await newTask(person, residence);
		await expectBegunAnew();
	});

	test('is 410 after a standby was promoted', async () => {
		const standby = `${scratch.path}/standby`;

		await pg('pg_basebackup', '-h', sockets, '-U', 'postgres', '-D', standby, '-R', '-X', 'stream',
			'-c', 'fast');
		await pg('pg_ctl', '-D', standby, '-s', '-w', '-l', `${scratch.path}/log`, '-o',
			`-k ${scratch.path}`, 'start');
		await psql(`host=${scratch.path} dbname=postgres user=postgres`, 'SELECT pg_promote()');
		await newTask(person, residence);	// is lost
		await copy.sync();
		const lost = await remembered();
		await pg('pg_ctl', '-D', standby, '-s', '-w', '-m', 'fast', 'stop');
		await become(standby);
		expectProblem(await lost.get('/api/auth/me'), 401, 'unauthorized');
		await expectBegunAnew();
	});

	test('is 410 in another cluster that a dump was restored in, and no row is told again and again', async () => {
		const dump = `${scratch.path}/dump`;

		await burn(20000);	// rows have ids that the other cluster has yet to reach
		await newTask(person, residence);
		await copy.sync();
		await pg('pg_dump', '-Fc', '-f', dump, urlOf('postgres', 'hob'));
		await stack('stop', 'postgres');
		await rename(data, `${state}/pg.before`);
		await stack('start', 'postgres');
		await run('psql', ['-Xq', '-f', roles, urlOf('postgres', 'postgres')]);
		await superuser('CREATE DATABASE hob OWNER hob_owner');
		await pg('pg_restore', '-e', '-d', urlOf('postgres', 'hob'), dump);
		await rm(`${state}/pg.before`, { recursive: true });
		await ready();
		await expectBegunAnew();
	});

	test('is 410 in the same cluster after a dump was restored in it', async () => {
		const dump = `${scratch.path}/dump.same`;

		await pg('pg_dump', '-Fc', '-f', dump, urlOf('postgres', 'hob'));
		await newTask(person, residence);
		await copy.sync();
		await superuser('DROP DATABASE hob WITH (FORCE)');
		await superuser('CREATE DATABASE hob OWNER hob_owner');
		await pg('pg_restore', '-e', '-d', urlOf('postgres', 'hob'), dump);
		await ready();
		await expectBegunAnew();
	});

	test('is 410 after files of a server at work were copied back', async () => {
		const older = `${scratch.path}/hot`;

		await pg('pg_basebackup', '-h', sockets, '-U', 'postgres', '-D', older, '-X', 'stream', '-c', 'fast');
		await newTask(person, residence);
		await copy.sync();
		await become(older);
		await expectBegunAnew();
	});

	test('is 410 after files of a server that was shut down were copied back', async () => {
		const older = `${scratch.path}/cold`;

		await stack('stop', 'postgres');
		await cp(data, older, { recursive: true, preserveTimestamps: true });
		await start();
		await newTask(person, residence);
		await burn(1000);
		await copy.sync();
		await rm(`${older}/postmaster.pid`, { force: true });
		await run('chown', ['-R', '--reference', data, older]);
		await become(older);
		expectProblem(await person.client.get(`/api/sync?since=${copy.token}`), 410, 'sync_token_too_old');
		await burn(2000);	// and stays so when ids have come as far again
		await expectBegunAnew();
	});

	test('is 410 after `hob restored`, and nothing is remembered', async () => {
		const { stdout } = await run(`${programs}/hob`, ['-c', confPath, 'restored'], asOwner);

		assert.match(stdout, /A new history begins/);
		await expectBegunAnew();
	});
});
