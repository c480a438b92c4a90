// migrate.test.mjs: the schema changes while the pool serves: whom `hob migrate` makes wait, what it
// leaves when it fails or is killed, and which programs serve with what it leaves.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';

import { nobody } from '../api/support/client.mjs';
import { Session, sql } from '../api/support/db.mjs';
import { expectOk } from '../api/support/expect.mjs';
import { newResidence, signUp } from '../api/support/people.mjs';
import { expectSameWorkers, workerPids } from '../api/support/workers.mjs';
import { CARD_LOSES_COLOUR, COLOUR, command, databaseOf, GOOD, hobOf, hobWith, migrate, ours,
	TASKS_WITH_COLOUR } from './migrations.mjs';
import { expectOnly, load, logged, logMark, logSince, reload, scratchFolder, settled, state, status,
	superuser, until } from './support.mjs';

const stackUrl = process.env.HOB_OWNER_URL;

let folder;
const CLIENTS = 8;
let robin;
let residences;

before(async () => {
	folder = scratchFolder();
});

// Each client writes into a residence of its own, each test into others: none is ever full.
beforeEach(async () => {
	robin = await signUp();
	residences = await Promise.all(Array.from({ length: CLIENTS }, () => newResidence(robin)));
	bulks = [];
});

after(() => folder.remove());

let bulks = [];	// the codes of the parts of each

/** The codes of parts that are none of these. */
const partsOtherThan = (...codes) => [...new Set(bulks.flat())].filter((code) => !codes.includes(code));

/** A write, the board, several writes in one, and a read that no worker remembers. */
async function everything(options, client, round) {
	const task = { residence_id: residences[client].id, title: 'Sweep' };

	if (round % 4 === 0)
		return robin.client.post('/api/tasks', task, options);
	if (round % 4 === 2) {
		const res = await robin.client.post('/api/tasks/bulk',
			{ create: [task, task, { ...task, due_on: '2031-01-01' }] }, options);
		bulks.push(res.body.created?.map((part) => part.status) ?? []);
		return res;
	}
	return robin.client.get(round % 4 === 1 ? '/api/tasks/kanban' : '/api/auth/sessions', options);
}

/** Takes the migrations of tomorrow back: what they did, then that they were. */
function undo(text) {
	return sql(`${text}; DELETE FROM hob.migrations WHERE number > ${ours}`);
}

// --- under load ------------------------------------------------------------------------

// What a card returned was prepared in every worker, and must not change there.
const ADDITIVE = `${GOOD}${COLOUR}`;

describe('under load', () => {
	test('an additive migration is applied, nobody is refused, and the program serves on', async (t) => {
		const pids = await workerPids();
		const hob = await hobOf(folder, [ADDITIVE], { tasks: TASKS_WITH_COLOUR });
		const traffic = load(CLIENTS, everything);
		const mark = logMark();

		t.after(traffic.stop);
		t.after(() => undo(CARD_LOSES_COLOUR));
		await traffic.flowing();
		const { code, said } = await migrate(hob, stackUrl).ended;
		assert.equal(code, 0, said);
		await traffic.flowing(200);
		await traffic.stop();
		expectOnly(traffic, [200, 201]);
		// A bulk that met the change between two of its parts says so of the later ones: one for each worker.
		assert.deepEqual(partsOtherThan(201, 503), []);
		const met = bulks.filter((codes) => codes.includes(503));
		assert.deepEqual(met.filter(([first]) => first !== 201), [], 'a first part was refused');
		assert.ok(met.length <= pids.length, `${met.length} bulks met the change`);
		assert.match(said, new RegExp(`version ${ours + 1}, good for programs since version ${ours}\\.`));
		assert.ok(logSince(mark, 'link_renewed').length > 0, 'no worker had to prepare anew');
		await expectSameWorkers(pids);

		const ready = expectOk(await nobody.get('/readyz'));
		assert.deepEqual([ready.schema_version, ready.schema_good_for], [ours + 1, ours]);
		const seen = await until('hob status knows', async () => {
			const board = await status();
			return board.schema_version === ours + 1 && board;
		});
		assert.deepEqual([seen.schema_good_for, seen.schema_known], [ours, ours]);
	});

	/** Load, a migration that today's programs are not good for, and the way back. */
	async function misfit(t, text, back, why) {
		const hob = await hobWith(folder, text);
		const traffic = load(CLIENTS, everything);
		const mark = logMark();

		t.after(traffic.stop);
		await traffic.flowing();
		const { code, said } = await migrate(hob, stackUrl).ended;
		assert.equal(code, 0, said);
		try {
			assert.match((await logged(mark, 'cannot_serve')).detail, why);
			await until('the workers have left with the code of a wrong configuration', () => new Set(
				logSince(mark, 'worker_died').filter((l) => l.exit === 78).map((l) => l.pid),
			).size >= 4);
		} finally {
			await undo(back);
		}
		await traffic.flowing(200);
		await traffic.stop();
		expectOnly(traffic, [200, 201, 503]);
		assert.deepEqual(partsOtherThan(201, 503), []);
		assert.deepEqual(logSince(mark, 'worker_died').filter((l) => l.request_id), [],
			'one left in a request');
		assert.deepEqual(logSince(mark, 'request').filter((l) => l.status === 500), []);
		await settled();
	}

	test('a migration that is not good for the program: workers answer 503 and leave in order', (t) => misfit(t,
		'-- For the programs of tomorrow alone.\nSELECT 1;\n', 'SELECT 1',
		new RegExp(`version ${ours + 1}, good for programs since version ${ours
			+ 1}, this one knows ${ours}: install a newer Hob`)));

	test('a migration that takes a column from under a statement: 503, never 500', (t) => misfit(t,
		'-- Contracts.\nALTER TABLE sessions RENAME device_name TO gadget_name;\n',
		'ALTER TABLE sessions RENAME gadget_name TO device_name',
		/install a newer Hob/));

	test('a bulk that meets such a migration first: 503 for each part', async (t) => {
		const hob = await hobWith(folder, '-- Contracts.\nALTER TABLE tasks RENAME description TO prose;\n');
		const bulk = () => robin.client.post('/api/tasks/bulk',
			{ create: [1, 2, 3].map((n) => ({ residence_id: residences[0].id, title: `Part ${n}` })) });
		const mark = logMark();

		// A new pool looks at the schema in some seconds, and not before.
		await reload();
		expectOk(await bulk());
		try {
			const { code, said } = await migrate(hob, stackUrl).ended;
			assert.equal(code, 0, said);
			assert.deepEqual(expectOk(await bulk()).created.map((part) => part.status), [503, 503, 503]);
			await logged(mark, 'cannot_serve');
		} finally {
			await undo('ALTER TABLE tasks RENAME prose TO description');
		}
		await until('it serves again',
			async () => (await bulk()).body.created?.every((part) => part.status === 201));
		await settled();
	});

	test('an open reader holds a lock: boards are served while hob migrate waits and says for whom', async (t) => {
		const hob = await hobWith(folder, `${GOOD}ALTER TABLE tasks ADD COLUMN colour text;\n`);
		const reader = new Session();
		const traffic = load(CLIENTS, everything);

		t.after(traffic.stop);
		t.after(() => undo('ALTER TABLE tasks DROP COLUMN IF EXISTS colour'));
		await reader.run('BEGIN; SELECT pg_backend_pid(); SELECT count(*) FROM tasks');
		const pid = reader.heard.match(/\d+/)[0];
		await traffic.flowing();
		const migration = migrate(hob, stackUrl);
		await migration.says(new RegExp(`waits for pid ${pid} \\(psql, role hob_owner, `
			+ `its transaction is \\d+ s old, idle in transaction\\)`));
		await migration.says(/tries again in 1\.0 s/);
		await traffic.flowing(100);
		reader.end();
		const { code, said } = await migration.ended;
		assert.equal(code, 0, said);
		await traffic.flowing(100);
		await traffic.stop();
		expectOnly(traffic, [200, 201]);
	});
});

// --- what it leaves ----------------------------------------------------------------------

describe('hob migrate', () => {
	const { url, owner, version, begun, holding, fresh, drop } = databaseOf('hob_migrate');
	const colours = () =>
		owner("SELECT count(*) FROM pg_attribute WHERE attrelid = 'tasks'::regclass AND attname = 'colour'");

	/** No process of the server works for a hob any more. */
	const gone = () => until('its process in the server is gone', async () => (await owner(
		`SELECT count(*) FROM pg_stat_activity
			WHERE datname = 'hob_migrate' AND application_name = 'hob'`)) === '0');

	before(fresh);
	after(drop);

	test('tells by --dry-run what it would do, and does nothing', async () => {
		const hob = await hobWith(folder, `${GOOD}ALTER TABLE tasks ADD COLUMN colour text;\n`);
		const { code, said } = await migrate(hob, url, '--dry-run').ended;

		assert.equal(code, 0, said);
		assert.match(said, new RegExp(`of_tomorrow would be applied; good for programs since version ${ours}`));
		assert.equal(await version(), String(ours));
	});

	test('twice at once: each migration is applied once, and both end well', async () => {
		await superuser('DROP DATABASE IF EXISTS hob_migrate WITH (FORCE)',
			'CREATE DATABASE hob_migrate OWNER hob_owner');
		const all = await Promise.all([1, 2, 3].map(() => migrate(`${state}/bin/hob`, url).ended));

		for (const { code, said } of all)
			assert.equal(code, 0, said);
		assert.equal(all.filter(({ said }) => said.includes('nothing to do')).length, 2);
		assert.equal(await version(), String(ours));
	});

	test('killed in the middle leaves nothing half done, and the next one does it', async (t) => {
		const hob = await hobWith(folder, `${GOOD}ALTER TABLE tasks ADD COLUMN colour text;\n`
			+ 'ALTER TABLE sessions ADD COLUMN colour text;\n');
		const reader = await holding(t, 'SELECT count(*) FROM sessions');
		const migration = migrate(hob, url);

		await migration.says(/waits for pid/);
		process.kill(migration.pid, 'SIGKILL');
		await migration.ended;
		await gone();
		assert.deepEqual([await version(), await colours(), await begun()], [String(ours), '0', '0']);
		await reader.run('COMMIT');
		const { code, said } = await migrate(hob, url).ended;
		assert.equal(code, 0, said);
		assert.deepEqual([await version(), await colours()], [String(ours + 1), '1']);
		await fresh();
	});

	test('gives up in the end, and then nothing of it was changed', async (t) => {
		const hob = await hobWith(folder, `${GOOD}ALTER TABLE tasks ADD COLUMN colour text;\n`);

		await holding(t, 'SELECT count(*) FROM tasks');
		const { code, said } = await migrate(hob, url, '--wait', '0').ended;
		assert.equal(code, 1, said);
		assert.match(said, /gave up after 0 s; nothing of it was changed/);
		assert.deepEqual([await version(), await colours()], [String(ours), '0']);
	});

	test('says now and then how long one has run already', async (t) => {
		const migration = migrate(await hobWith(folder, `${GOOD}SELECT pg_sleep(60);\n`), url);

		t.after(async () => {
			process.kill(migration.pid, 'SIGKILL');
			await migration.ended;
			await fresh();
		});
		await migration.says(/\d+ s so far/, 20);
	});

	test('fails in the second of two: the first stays, and it says at which version the schema is', async () => {
		const hob = await hobWith(folder, `${GOOD}SELECT 1;\n`, 'SELECT 1 / 0;\n');
		const { code, said } = await migrate(hob, url).ended;

		assert.equal(code, 1, said);
		assert.match(said, /division by zero/);
		assert.match(said, new RegExp(`the schema is at version ${ours + 1}; 1 of 2 migrations were applied`));
		assert.equal(await version(), String(ours + 1));
		await fresh();
	});

	test('refuses a migration that was edited after it had been applied', async () => {
		await migrate(await hobWith(folder, `${GOOD}SELECT 1;\n`), url).ended;
		const { code, said } = await migrate(await hobWith(folder, `${GOOD}SELECT 2;\n`), url).ended;

		assert.equal(code, 1, said);
		assert.match(said, /was edited after it had been applied/);
		await fresh();
	});

	test('of an older program has nothing to do in a schema that is good for it, and refuses another', async () => {
		await migrate(await hobWith(folder, `${GOOD}SELECT 1;\n`), url).ended;
		const good = await migrate(`${state}/bin/hob`, url).ended;
		assert.equal(good.code, 0, good.said);
		assert.match(good.said, /good for this program.*nothing to do/);
		await owner(`UPDATE hob.migrations SET good_for = ${ours + 1} WHERE number = ${ours + 1}`);
		const bad = await migrate(`${state}/bin/hob`, url).ended;
		assert.equal(bad.code, 1, bad.said);
		assert.match(bad.said, /install a newer hob/);
		await fresh();
	});

	const OUTSIDE = `${GOOD}-- outside a transaction

DROP INDEX CONCURRENTLY IF EXISTS tasks_by_title;
CREATE INDEX CONCURRENTLY tasks_by_title ON tasks (title);
SELECT 1 / count(*) FROM fault_gate;
`;
	const indexes = () => owner(`SELECT string_agg(indisvalid::text, ',') FROM pg_index
		WHERE indexrelid = to_regclass('tasks_by_title')`);

	test('outside a transaction, failed half-way: noted as begun, today\'s hob serves, it runs again', async () => {
		const hob = await hobWith(folder, OUTSIDE);

		await owner('CREATE TABLE fault_gate (id int)');
		const failed = await migrate(hob, url).ended;
		assert.equal(failed.code, 1, failed.said);
		assert.match(failed.said, /division by zero/);
		assert.deepEqual([await version(), await begun()], [String(ours), '1']);
		await owner('INSERT INTO fault_gate VALUES (1)');
		const done = await migrate(hob, url).ended;
		assert.equal(done.code, 0, done.said);
		assert.match(done.said, /was begun and is not done; runs again/);
		assert.deepEqual([await version(), await begun(), await indexes()], [String(ours + 1), '0', 'true']);
		await fresh();
	});

	test('outside a transaction, killed while an index is built: the next one builds it anew', async (t) => {
		const hob = await hobWith(folder, OUTSIDE);

		await owner('CREATE TABLE fault_gate AS SELECT 1 AS id');
		const writer = await holding(t,
			'UPDATE tasks SET title = title; LOCK TABLE tasks IN ROW EXCLUSIVE MODE');
		const migration = migrate(hob, url);
		await migration.says(/waits for pid \d+ \(psql/);
		process.kill(migration.pid, 'SIGKILL');
		await migration.ended;
		await gone();
		assert.deepEqual([await version(), await begun(), await indexes()], [String(ours), '1', 'false']);
		await writer.run('COMMIT');
		const done = await migrate(hob, url).ended;
		assert.equal(done.code, 0, done.said);
		assert.deepEqual([await version(), await begun(), await indexes()], [String(ours + 1), '0', 'true']);
		await fresh();
	});

	test('outside a transaction, with an index that is not valid at the end: it is not done', async (t) => {
		const hob = await hobWith(folder, OUTSIDE);

		await owner('CREATE TABLE fault_gate AS SELECT 1 AS id');
		await superuser('\\c hob_migrate', 'CREATE INDEX left_over ON tasks (id)',
			"UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'left_over'::regclass");
		const { code, said } = await migrate(hob, url).ended;
		assert.equal(code, 1, said);
		assert.match(said, /index left_over is not valid/);
		assert.deepEqual([await version(), await begun()], [String(ours), '1']);
		t.after(fresh);
	});

	test('whose server goes away in the middle says so and ends', async (t) => {
		const hob = await hobWith(folder, `${GOOD}ALTER TABLE tasks ADD COLUMN colour text;\n`);

		await holding(t, 'SELECT count(*) FROM tasks');
		const migration = migrate(hob, url);
		await migration.says(/waits for pid/);
		await superuser(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
			WHERE datname = 'hob_migrate' AND application_name = 'hob'`);
		const { code, said } = await migration.ended;
		assert.equal(code, 1, said);
		assert.match(said, /terminating connection|server closed the connection/);
		assert.equal(await version(), String(ours));
	});
});

describe('hob seed', () => {
	const { url, owner, fresh, drop } = databaseOf('hob_seed');
	const seed = (...words) => command(`${state}/bin/hob`, url, 'seed', ...words);

	before(fresh);
	after(drop);

	/** Somebody reads a table for writing, and a seed that waits for them. */
	async function waiting(t) {
		const reader = new Session(url);
		t.after(() => reader.end());
		await reader.run('BEGIN; LOCK TABLE task_templates');
		const running = seed();
		await running.says(/templates: waits for pid \d+ \(psql, role hob_owner/);
		return { reader, running };
	}

	test('says whom it waits for, and goes on when they are done', async (t) => {
		const { reader, running } = await waiting(t);

		await reader.run('COMMIT');
		const { code, said } = await running.ended;
		assert.equal(code, 0, said);
	});

	test('killed leaves the file at hand undone, and the next one does it', async (t) => {
		await owner('DELETE FROM task_templates');
		const { reader, running } = await waiting(t);

		process.kill(running.pid, 'SIGKILL');
		await running.ended;
		await until('its process in the server is gone', async () => (await owner(
			`SELECT count(*) FROM pg_stat_activity
				WHERE datname = 'hob_seed' AND application_name = 'hob'`)) === '0');
		await reader.run('COMMIT');
		assert.equal(await owner('SELECT count(*) FROM task_templates'), '0');
		const { code, said } = await seed().ended;
		assert.equal(code, 0, said);
		assert.notEqual(await owner('SELECT count(*) FROM task_templates'), '0');
	});

	test('four at once with the demo household: all end well', async () => {
		const all = await Promise.all([1, 2, 3, 4].map(() => seed('--demo').ended));

		for (const { code, said } of all)
			assert.equal(code, 0, said);
	});
});

test('a head that says something else is refused when the program is built', async () => {
	for (const [text, why] of [
		[`-- good for: ${ours + 2}\nSELECT 1;\n`, /N from 1 to/],
		['-- good for: 0\nSELECT 1;\n', /N from 1 to/],
		['-- good for 3\nSELECT 1;\n', /expected "-- good for: N"/],
		['SELECT 1;\n-- good for: 3\n', /in the head/],
		['-- outside a Transaction\nSELECT 1;\n', /expected "-- outside a transaction"/],
		['-- outside a transaction\nDO $$ BEGIN END $$;\n', /no \$\$/],
		['-- outside a transaction\nSELECT 1;\nSELECT 2\n', /last statement has no ";"/],
		['-- outside a transaction\nSELECT 1; -- why\n', /nothing stands behind/],
		['-- outside a transaction\nCREATE INDEX CONCURRENTLY IF NOT EXISTS a ON tasks (title);\n',
			/not valid/],
	])
		await assert.rejects(hobWith(folder, text), (e) => why.test(e.stderr), text);
});
