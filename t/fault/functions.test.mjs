// functions.test.mjs: the files of sql/functions: when `hob migrate` applies them, whom they wait for, and
// which are refused when the program is built.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { databaseOf, functionsOf, GOOD, hobOf, migrate, ours } from './migrations.mjs';
import { scratchFolder } from './support.mjs';

let folder;

before(() => {
	folder = scratchFolder();
});

after(() => folder.remove());

describe('hob migrate', () => {
	const { url, owner, version, holding, fresh, drop } = databaseOf('hob_functions');
	const answer = () => owner('SELECT hob.activity_of_tomorrow()').catch(() => 'none');
	const ANSWER = (what) => '-- Another function.\n'
		+ 'CREATE OR REPLACE FUNCTION hob.activity_of_tomorrow() RETURNS text\n'
		+ `LANGUAGE sql RETURN '${what}';\n`;

	before(fresh);
	after(drop);

	test('functions are applied when their file is new or another, all or none, and once', async () => {
		for (const what of ['first', 'second']) {
			const hob = await hobOf(folder, [], { tomorrow: ANSWER(what) });
			const { code, said } = await migrate(hob, url).ended;

			assert.equal(code, 0, said);
			assert.match(said, /functions: 1 of \d+ files applied/);
			assert.equal(await answer(), what);
			assert.match((await migrate(hob, url).ended).said, /nothing to do/);
		}
		const third = `${ANSWER('third')}GRANT EXECUTE ON FUNCTION hob.nothing() TO hob_api;\n`;
		const bad = await migrate(await hobOf(folder, [GOOD], { time: `${functionsOf('time')}-- as it was\n`,
			tomorrow: `-- after: time\n${third}` }), url).ended;
		assert.equal(bad.code, 1, bad.said);
		assert.match(bad.said, /sql\/functions\/tomorrow\.sql/);
		assert.match(bad.said, /functions: failed; nothing of them was changed/);
		assert.equal(await answer(), 'second');
		// The migration is there, and programs of tomorrow do not serve before its functions are.
		assert.deepEqual([await version(), await owner('SELECT version FROM hob.schema')],
			[String(ours + 1), String(ours)]);
		await fresh();
	});

	test('what a migration drops of them is there again behind it', async () => {
		const hob = await hobOf(folder, [`${GOOD}DROP TRIGGER tasks_stamp ON tasks;\n`], {});
		const { code, said } = await migrate(hob, url).ended;

		assert.equal(code, 0, said);
		assert.equal(await owner("SELECT count(*) FROM pg_trigger WHERE tgname = 'tasks_stamp'"), '1');
		await fresh();
	});

	test('functions of a newer program are left alone by an older one', async () => {
		await migrate(await hobOf(folder, [GOOD], { tomorrow: ANSWER('new') }), url).ended;
		const older = await migrate(await hobOf(folder, [], { tomorrow: ANSWER('old') }), url).ended;
		assert.equal(older.code, 0, older.said);
		assert.match(older.said, /nothing to do/);
		assert.equal(await answer(), 'new');
		await fresh();
	});

	test('functions wait for a lock as a migration does, and --dry-run names them', async (t) => {
		const hob = await hobOf(folder, [], { tasks: `${functionsOf('tasks')}-- another checksum\n` });
		const writer = await holding(t, "SELECT 1; UPDATE tasks SET title = title");

		assert.match((await migrate(hob, url, '--dry-run').ended).said, /functions of tasks would be applied/);
		const migration = migrate(hob, url);
		await migration.says(/functions: waits for pid/);
		await writer.run('COMMIT');
		const { code, said } = await migration.ended;
		assert.equal(code, 0, said);
		await fresh();
	});
});

test('a file of functions that cannot be applied twice, or in an order, is refused at the build', async () => {
	for (const [text, why] of [
		['CREATE FUNCTION hob.f() RETURNS int LANGUAGE sql RETURN 1;\n', /expected CREATE OR REPLACE/],
		['DROP VIEW hob.v;\n', /IF EXISTS/],
		['ALTER TABLE tasks ADD COLUMN colour text;\n', /belongs into a migration/],
		['-- after: nowhere\n', /names nowhere/],
		['-- after: completions\n', /in a circle/],
	])
		await assert.rejects(hobOf(folder, [], { tasks: text, completions: '-- after: tasks\n' }),
			(e) => why.test(e.stderr), text);
});
