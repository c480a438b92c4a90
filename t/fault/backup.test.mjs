// backup.test.mjs: a backup is made while people write, the machine is lost, and another one goes on from the backup:
// all that was acknowledged before it is there, and phones sync anew once. What is wrong with a backup is found and
// named; one that did not come to its end counts for nothing.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { appendFileSync, chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync,
	unlinkSync, writeFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { nobody } from '../api/support/client.mjs';
import { Copy, expectTrue, news } from '../api/support/copy.mjs';
import { sql } from '../api/support/db.mjs';
import { expectOk, expectProblem } from '../api/support/expect.mjs';
import { newId, newResidence, newTask, signIn, signUp } from '../api/support/people.mjs';
import { beginAnew, filesDir, keysThere, png, sent, sha256 } from '../api/support/uploads.mjs';
import { asOwner, confPath, expectOnly, isAlive, load, psql, scratchFolder, setting, stack, state, superuser, until,
	urlOf } from './support.mjs';

const run = promisify(execFile);
const roles = fileURLToPath(new URL('../../sql/roles.sql', import.meta.url));
const scratch = scratchFolder();
const vault = `${scratch.path}/backups`;
const identity = `${scratch.path}/key`;
const environment = { ...process.env, HOB_CONF: confPath, HOME: scratch.path, HOB_BACKUP_DIR: vault,
	HOB_BACKUP_SCRATCH_URL: urlOf('postgres', 'postgres') };
/** Without a database that is made for it. */
const quickly = { HOB_BACKUP_SCRATCH_URL: '' };
let recipient;

/** `hob` as the servers' user: { code, stdout, stderr }. */
function hob(words, env = {}, before = []) {
	const [program, ...rest] = [...before, `${state}/bin/hob`, ...words];

	return run(program, rest, { ...asOwner, cwd: '/', env: { ...environment, ...env } })
		.then((done) => ({ code: 0, ...done }), ({ code, stdout, stderr }) => ({ code, stdout, stderr }));
}

const expectCode = ({ code, stdout, stderr }, wanted) => assert.equal(code, wanted, stdout + stderr);
const names = (dir = vault) => readdirSync(dir).filter((name) => /^\d{4}-.*Z$/.test(name)).sort();
const pool = (dir = vault) => readdirSync(`${dir}/files`).flatMap((one) =>
	readdirSync(`${dir}/files/${one}`).map((name) => `${dir}/files/${one}/${name}`));
const manifest = (name, dir = vault) => JSON.parse(readFileSync(`${dir}/${name}/manifest.json`, 'utf8'));

/** A file of the pool that this one names. */
function someFile(name) {
	const hash = readFileSync(`${vault}/${name}/files.list`, 'utf8').split(' ')[4];

	return `${vault}/files/${hash.slice(0, 2)}/${hash}`;
}

/** A backup; its name. */
async function backup(env = {}) {
	const done = await hob(['backup'], env);

	expectCode(done, 0);
	return done.stdout.trim().split('/').at(-1);
}

/** Commands of this name do something else for whoever has this PATH. */
function instead(name, script, path = process.env.PATH) {
	const folder = `${scratch.path}/${name}.d`;

	mkdirSync(folder, { recursive: true });
	writeFileSync(`${folder}/${name}`, `#!/bin/sh\n${script}\n`);
	chmodSync(`${folder}/${name}`, 0o755);
	chmodSync(scratch.path, 0o755);
	return { PATH: `${folder}:${path}` };
}

/** hob backup with a program that does not end by itself, but where `unless` does: { pid, helper, ended: code }. */
async function hanging(program = 'pg_dump', unless = '', more = {}) {
	const note = `${scratch.path}/helper`;
	const script = `${unless}\necho $$ >${note}; exec sleep 1000`;
	const env = { ...environment, ...more, ...instead(program, script) };

	rmSync(note, { force: true });
	const child = spawn(`${state}/bin/hob`, ['backup'], { ...asOwner, cwd: '/', env, stdio: 'ignore' });
	const ended = new Promise((resolve) => child.on('close', resolve));

	await until('it hangs', () => existsSync(note) && readFileSync(note, 'utf8') !== '');
	return { pid: child.pid, helper: Number(readFileSync(note, 'utf8')), ended };
}

/** Another byte in the middle of a file; returns what undoes that. */
function flip(path) {
	const bytes = readFileSync(path);
	const other = Buffer.from(bytes);

	other[bytes.length >> 1] ^= 1;
	writeFileSync(path, other);
	return () => writeFileSync(path, bytes);
}

async function expectFault(words, name = []) {
	const { code, stdout } = await hob(['backup', 'verify', ...name], quickly);

	assert.equal(code, 1, stdout);
	assert.match(stdout, words);
	assert.match(stdout, /NOT WHOLE/);
}

let person;
let residence;
let copy;
let phone;
let photos;

const send = async (size = 0) => (await sent(person, png(size))).upload_id;
const isReady = async (id) => (await sql("SELECT state FROM files WHERE id = :'id'", { id }))[0] === 'ready';
const servers = ['jobs', 'admin', 'api'];
const each = (word, list) => list.reduce((all, name) => all.then(() => stack(word, name)), Promise.resolve());

before(async () => {
	await beginAnew();
	mkdirSync(vault);
	await run('chown', ['--reference', state, vault]);
	await run('age-keygen', ['-o', identity]);
	await run('chown', ['--reference', state, identity]);
	recipient = readFileSync(identity, 'utf8').match(/age1\w+/)[0];
	person = await signUp();
	residence = await newResidence(person);
	photos = await Promise.all([1, 2, 3].map(async () => {
		const id = await send(50_000);
		expectOk(await person.client.post(`/api/residences/${residence.id}/files`, { upload_ids: [id] }), 201);
		return id;
	}));
	await until('files are ready', async () => (await Promise.all(photos.map(isReady))).every(Boolean), 30);
	copy = new Copy(person.client);
	await copy.sync();
});

after(async () => {
	await stack('up');
	await beginAnew();
	scratch.remove();
});

describe('a backup', () => {
	let first;

	test('is whole, and a database with the rows of the moment comes out of it', async () => {
		first = await backup();
		assert.deepEqual(names(), [first]);
		const { hob: version, schema, files, rows, recipient: whom } = manifest(first);
		assert.deepEqual({ files, whom, users: rows['public.users'] > 0 },
			{ files: keysThere().length, whom: null, users: true });
		assert.match(version, /^\d/);
		assert.ok(schema >= 22);
		const checked = await hob(['backup', 'verify']);
		expectCode(checked, 0);
		assert.equal(checked.stdout, `${first} is whole\n`);
		assert.match(checked.stderr, /all tables have the rows/);
		assert.equal((await superuser("SELECT FROM pg_database WHERE datname = 'hob_verify'")).stdout, '');
		await run('sha256sum', ['-c', '--quiet', 'manifest.json.sha256'], { cwd: `${vault}/${first}` });
		assert.match((await hob(['backup', 'list'])).stdout, new RegExp(`^${first} .*files of`));
		for (const path of [first, `${first}/dump`, 'files'])
			assert.equal(statSync(`${vault}/${path}`).mode & 0o077, 0, 'nobody else reads it');
	});

	test('reads files that a former one has no second time', async () => {
		const had = new Map(pool().map((path) => [path, statSync(path).ino]));
		const more = await send();

		await until('it is ready', () => isReady(more), 30);
		const { stderr, stdout } = await hob(['backup']);
		assert.ok(pool().length > had.size);
		assert.match(stderr, new RegExp(`files: ${keysThere().length}, of which ${pool().length - had.size} `));
		for (const [path, ino] of had)
			assert.equal(statSync(path).ino, ino);
		assert.match(stdout, new RegExp(names().at(-1)));
	});

	test('with another bit is found, in the dump, a file, the list and the manifest', async () => {
		const one = someFile(first);

		for (const [path, words] of [[`${vault}/${first}/dump`, `${first}/dump has other bytes`],
			[one, `${one.slice(vault.length + 1)} .* has other bytes`],
			[`${vault}/${first}/files.list`, `${first}/files.list has other bytes`]]) {
			const undo = flip(path);
			await expectFault(new RegExp(words), [first]);
			undo();
		}
		const undo = flip(`${vault}/${first}/manifest.json`);
		const { code, stderr } = await hob(['backup', 'verify', first]);
		assert.equal(code, 1);
		assert.match(stderr, /manifest.json has other bytes/);
		undo();
		expectCode(await hob(['backup', 'verify', first], quickly), 0);
	});

	test('that lacks a file, or has one too many, is found', async () => {
		const one = someFile(first);
		const foreign = `${vault}/files/${one.split('/').at(-2)}/stranger`;

		renameSync(one, `${scratch.path}/away`);
		await expectFault(new RegExp(`${one.slice(vault.length + 1)} .*No such file`), [first]);
		renameSync(`${scratch.path}/away`, one);
		for (const path of [foreign, `${vault}/${first}/stranger`]) {
			writeFileSync(path, 'x');
			await expectFault(/stranger/, [first]);
			unlinkSync(path);
		}
		expectCode(await hob(['backup', 'verify', first], quickly), 0);
	});

	test('holds the bytes of all files that it may come to read', async () => {
		const { pid, ended } = await hanging();
		const id = await send();

		await until('it is ready', () => isReady(id), 30);
		const leavings = 'SELECT key FROM file_leavings';
		const there = keysThere();
		assert.deepEqual((await sql(leavings)).filter((key) => !there.includes(key)), [], 'nothing is removed');
		assert.ok((await sql(leavings)).length > 0);
		await sql("UPDATE file_leavings SET since = since - interval '1 hour'");
		assert.deepEqual(await sql("SELECT * FROM hob.leavings('nobody', '')"), []);
		expectCode(await hob(['files', 'sweep']), 0);
		assert.ok((await sql(leavings)).length > 0);
		process.kill(pid, 'SIGTERM');
		await ended;
		expectCode(await hob(['files', 'sweep']), 0);
		assert.deepEqual(await sql(leavings), []);
	});

	test('that is killed in the middle counts for nothing, and the next has no trouble by it', async () => {
		const there = names();
		const { pid, helper, ended } = await hanging();

		assert.equal((await hob(['backup'])).code, 75, 'another one is at work');
		process.kill(pid, 'SIGKILL');
		await ended;
		await until('pg_dump ends with it', () => !isAlive(helper));
		assert.deepEqual(names(), there);
		const left = `${vault}/files/00/${'00'.padEnd(64, 'f')}`;	// as of a file that was in no other
		await run('sh', ['-c', 'mkdir -p "${0%/*}" && echo x >"$0"', left], asOwner);
		assert.match((await hob(['backup', 'verify'], quickly)).stdout, /no backup names it\n.* is whole/);
		const next = await backup();
		assert.deepEqual(names(), [...there, next]);
		assert.equal(existsSync(left), false);
		assert.equal(existsSync(`${vault}/partial`), false);
		expectCode(await hob(['backup', 'verify'], quickly), 0);
	});

	test('keeps tables from going until they are dumped, and no longer', async () => {
		const [partition] = await sql(`SELECT inhrelid::regclass FROM pg_inherits
			JOIN pg_class c ON c.oid = inhrelid WHERE relname ~ '_20[0-9]{6}$' ORDER BY 1 LIMIT 1`);
		const drop = () => psql(urlOf('hob_owner', 'hob'), `BEGIN; SET LOCAL lock_timeout = '500ms';
			DROP TABLE ${partition}; ROLLBACK`).then(() => 'dropped', ({ stderr }) => stderr);
		const dumping = await hanging();	// pg_dump has taken no lock of its own
		assert.match(await drop(), /lock timeout/);
		process.kill(dumping.pid, 'SIGTERM');
		await dumping.ended;

		const own = { HOB_BACKUP_DIR: `${scratch.path}/slow`, HOB_BACKUP_RECIPIENT: recipient };
		const copying = await hanging('age', '[ -f /dev/stdin ] || exec /usr/bin/age "$@"', own);
		assert.equal(await drop(), 'dropped');
		process.kill(copying.pid, 'SIGTERM');
		await copying.ended;
	});

	test('on a full disk fails, says so and leaves nothing', async () => {
		const there = names();
		const { code, stderr } = await hob(['backup'], {}, ['prlimit', '--fsize=100000:']);

		assert.equal(code, 1);
		assert.match(stderr, /File too large|pg_dump/);
		assert.deepEqual(names(), there);
		assert.deepEqual(readdirSync(`${vault}/partial`), []);
	});

	test('whose files are missing or cannot be read is kept, and says so', async () => {
		const own = `${scratch.path}/own`;
		const [gone, shut] = keysThere();

		renameSync(`${filesDir()}/${gone}`, `${scratch.path}/away`);
		chmodSync(`${filesDir()}/${shut}`, 0);
		const { code, stdout, stderr } = await hob(['backup'], { HOB_BACKUP_DIR: own });
		renameSync(`${scratch.path}/away`, `${filesDir()}/${gone}`);
		chmodSync(`${filesDir()}/${shut}`, 0o600);
		assert.equal(code, 1, stderr);
		assert.match(stdout, new RegExp(`${gone} is missing`));
		assert.match(stdout, new RegExp(`${shut} cannot be read`));
		assert.match(stderr, /lacks 2 files/);
		assert.equal(manifest(names(own)[0], own).missing, 2);
		expectCode(await hob(['backup', 'verify'], { ...quickly, HOB_BACKUP_DIR: own }), 0);
	});

	test('that is tried with a psql that dies says so', async () => {
		const note = `${scratch.path}/died`;
		const { PATH } = instead('pg_restore', `until [ -e ${note} ]; do sleep 0.05; done; sleep 0.2`);
		const { code, stderr } = await hob(['backup', 'verify'],
			instead('psql', `touch ${note}; exit 3`, PATH));

		assert.equal(code, 1);
		assert.match(stderr, /psql failed \(3\)/);
	});

	test('with a damaged file restores the rest, and the next one has the file again', async () => {
		const name = names().at(-1);
		const one = someFile(name);
		const lines = readFileSync(`${vault}/${name}/files.list`, 'utf8').trim().split('\n');
		const lost = lines.filter((line) => line.includes(one.split('/').at(-1))).length;
		const files = `${scratch.path}/second`;
		const second = { HOB_DB_OWNER_URL: urlOf('hob_owner', 'hob_second'), HOB_FILES_DIR: files };
		const steps = /CREATE DATABASE/;

		flip(one);
		mkdirSync(files);
		await run('chown', ['--reference', state, files]);
		const away = await hob(['restore', name], { ...second, HOB_DB_OWNER_URL: 'host=/nowhere' });
		assert.equal(away.code, 1);
		assert.doesNotMatch(away.stderr, steps);
		assert.match((await hob(['restore', name], second)).stderr, steps);
		await superuser('CREATE DATABASE hob_second OWNER hob_owner');
		await run('psql', ['-Xq', '-f', roles, urlOf('postgres', 'hob_second')]);
		const done = await hob(['restore', name], second);
		const people = await psql(urlOf('hob_owner', 'hob_second'), 'SELECT count(*) FROM users');
		await superuser('DROP DATABASE hob_second');
		assert.equal(done.code, 1);
		assert.match(done.stdout, /other bytes[^]*is restored/);
		assert.match(done.stderr, new RegExp(`lacks ${lost} files`));
		assert.equal(Number(people.stdout), manifest(name).rows['public.users']);
		const there = readdirSync(files, { recursive: true }).filter((path) => /^..\/..\/./.test(path));
		assert.equal(there.length, lines.length - lost);

		assert.match((await hob(['backup', 'verify'], quickly)).stderr, /remove the files that are damaged/);
		unlinkSync(one);
		await backup();
		expectCode(await hob(['backup', 'verify', name], quickly), 0);
	});

	test('that is too old goes, with the files that no other has', async () => {
		const gone = await send();
		await until('it is ready', () => isReady(gone), 30);
		const before = pool().length;
		await backup();
		assert.ok(pool().length > before);
		await sql("DELETE FROM files WHERE id = :'id'", { id: gone });
		const last = await backup({ HOB_BACKUP_KEEP: '1', HOB_BACKUP_KEEP_FOR: '0' });
		assert.deepEqual(names(), [last]);
		const lines = readFileSync(`${vault}/${last}/files.list`, 'utf8').trim().split('\n');
		assert.equal(pool().length, new Set(lines.map((line) => line.split(' ')[4])).size);
		expectCode(await hob(['backup', 'verify'], quickly), 0);
	});
});

describe('the machine is lost', () => {
	const far = `${scratch.path}/far`;
	const acknowledged = [];
	const encrypted = { HOB_BACKUP_DIR: far };
	const elsewhere = { HOB_FILES_HOST: 'elsewhere', HOB_BACKUP_IDENTITY: identity };
	let name;
	let pending;

	test('after a backup that was made while people write', async () => {
		Object.assign(encrypted, { HOB_BACKUP_RECIPIENT: recipient });
		const traffic = load(4, async (options, client, round) => {
			const task = { id: newId(), residence_id: residence.id, title: 'Sweep' };
			const { id } = task;
			const res = round % 5 === 4 && client === 0
				? await person.client.delete(`/api/tasks/${acknowledged.pop().id}`, options)
				: await person.client.post('/api/tasks', task, options);
			if (res.status === 201)
				acknowledged.push({ id, at: Date.now() });
			return res;
		}, { pauseMs: 50 });	// a home has room for five thousand

		await traffic.flowing();
		await stack('stop', 'jobs');
		pending = await send(10_000);	// nobody has cleaned it
		const known = acknowledged.length;
		const done = await hob(['backup'], encrypted);
		await traffic.flowing();
		await traffic.stop();
		expectOnly(traffic, [201, 204]);
		expectCode(done, 0);
		name = names(far)[0];
		const until = acknowledged[known - 1].at;
		acknowledged.splice(0, acknowledged.length, ...acknowledged.filter(({ at }) => at <= until));
		assert.ok(acknowledged.length > 10);
		phone = await signIn(person);
		await copy.sync();
	});

	test('and nobody reads a word of it without the key', async () => {
		const parts = ['dump.age', 'settings.conf.age'].map((part) => `${far}/${name}/${part}`);
		const secret = readFileSync(`${state}/cursor.key`, 'utf8').trim();
		const unread = await hob(['backup', 'verify'], { HOB_BACKUP_DIR: far });

		for (const path of [...pool(far), ...parts])
			assert.match(readFileSync(path, 'latin1'), /^age-encryption/);
		assert.match(unread.stderr, /not read, for backup.identity/);
		expectCode(await hob(['backup', 'verify'], { HOB_BACKUP_DIR: far, HOB_BACKUP_IDENTITY: identity }), 0);
		const { stdout } = await run('age', ['-d', '-i', identity, parts[1]]);
		assert.match(stdout, new RegExp(`^cursor.secret = ${secret}$`, 'm'));
		assert.doesNotMatch(readFileSync(`${far}/${name}/manifest.json`, 'utf8'), /hob_owner/);
	});

	test('and is not written over while it is there', async () => {
		const { code, stderr } = await hob(['restore', `${far}/${name}`], elsewhere);

		assert.equal(code, 1);
		assert.match(stderr, /is not empty[^]*CREATE DATABASE hob OWNER hob_owner[^]*hob roles \| psql -d hob/);
	});

	test('and another one goes on where the backup was made', async () => {
		await each('stop', [...servers, 'redis', 'postgres']);
		rmSync(`${state}/pg`, { recursive: true });
		keysThere().forEach((key) => unlinkSync(`${filesDir()}/${key}`));
		await stack('start', 'postgres');
		const without = await hob(['restore', `${far}/${name}`], elsewhere);
		assert.equal(without.code, 1);
		assert.match(without.stderr, /hob roles \| psql/);
		await run('psql', ['-Xq', '-f', roles, urlOf('postgres', 'postgres')]);
		await superuser('CREATE DATABASE hob OWNER hob_owner');
		await run('psql', ['-Xq', '-f', roles, urlOf('postgres', 'hob')]);

		const other = await hob(['restore', `${far}/${name}`],
			{ ...elsewhere, HOB_CURSOR_SECRET: 'f'.repeat(64) });
		assert.equal(other.code, 1);
		assert.match(other.stderr, /cursor.secret is another one/);
		const locked = await hob(['restore', `${far}/${name}`],
			{ ...elsewhere, HOB_BACKUP_IDENTITY: confPath });
		assert.equal(locked.code, 1);
		assert.match(locked.stderr, /cannot be restored\n$/, 'no other file is tried');
		const broken = instead('pg_restore', '/usr/bin/pg_restore "$@" | head -c 1000000; exit 1');
		expectCode(await hob(['restore', `${far}/${name}`], { ...elsewhere, ...broken }), 1);
		const { stdout } = await psql(urlOf('hob_owner', 'hob'), `SELECT count(*) FROM pg_class c
			JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname IN ('public', 'hob')`);
		assert.equal(stdout, '0\n', 'nothing was changed');

		await stack('start', 'redis');
		const done = await hob(['restore', `${far}/${name}/`], elsewhere);
		expectCode(done, 0);
		assert.match(done.stdout, /A new history begins[^]*is restored/);
		appendFileSync(confPath, 'files.host = elsewhere\n');
		await each('start', [...servers].reverse());
		await until('requests are served', async () => (await nobody.get('/readyz')).status === 200, 20);
		const open = await sql("SELECT has_database_privilege('public', current_database(), 'CONNECT, TEMP')");
		assert.deepEqual(open, ['f'], 'no dump says who may connect');
	});

	test('with all that was acknowledged before', async () => {
		const there = new Set(await sql(`SELECT id FROM tasks
			WHERE residence_id = :'home' AND deleted_at IS NULL`, { home: residence.id }));

		assert.deepEqual(acknowledged.filter(({ id }) => !there.has(id)), []);
	});

	test('and phones that begin anew once', async () => {
		expectProblem(await person.client.get(`/api/sync?since=${copy.token}`), 410, 'sync_token_too_old');
		const fresh = new Copy(person.client);
		await fresh.sync();
		await expectTrue(fresh, person);
		const made = await newTask(person, residence);
		assert.deepEqual(news(await fresh.sync()).tasks, { upserted: [made.id], deleted: [] });
		// Of a session that began behind the backup.
		expectProblem(await phone.client.get('/api/auth/me'), 401, 'unauthorized');
	});

	test('and the files as they were', async () => {
		const place = `/api/residences/${residence.id}/files`;

		expectCode(await hob(['files', 'verify'], elsewhere), 0);
		for (const id of photos) {
			const [sum] = await sql("SELECT encode(sha256, 'hex') FROM files WHERE id = :'id'", { id });
			const res = await person.client.get(`${place}/${id}/content`);
			assert.equal(res.status, 200);
			assert.equal(sha256(res.bytes), sum);
		}
		await until('what was not clean yet is', () => isReady(pending), 30);
		assert.deepEqual(await sql('SELECT DISTINCT host FROM file_copies'), ['elsewhere']);
	});
});
