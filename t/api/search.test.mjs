// search.test.mjs: one search over everything of one's residences, some of each kind.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { nobody } from './support/client.mjs';
import { makeMember, removeMember, manyTasks, sql } from './support/db.mjs';
import { expectInvalid, expectKeys, expectOk, expectPage, expectProblem } from './support/expect.mjs';
import { crowd, missingId, newDocument, newResidence, newTask, signUp } from './support/people.mjs';

const KINDS = ['residences', 'members', 'tasks', 'completions', 'contractors', 'documents'];

let robin;
let nan;
let viewer;
let hill;
let mill;

const ask = (person, fields) => person.client.get(`/api/search?${new URLSearchParams(fields)}`);
const search = async (person, q, fields = {}) => expectOk(await ask(person, { q, ...fields }));
const found = async (person, kind, q, fields) => (await search(person, q, fields))[kind].results;
const titles = async (q, fields) => (await found(robin, 'tasks', q, fields)).map((t) => t.title);

before(async () => {
	robin = await signUp();
	nan = await signUp({ first_name: 'Ñañ', last_name: 'Bobbin' });
	[viewer] = await crowd(1);
	hill = await newResidence(robin, { name: 'Hill House', street_address: '3 Bäckerstraße', city: 'Wien' });
	mill = await newResidence(robin, { name: 'Mill', description: 'On the hill.' });
	await makeMember(hill, nan.user, 'member');
	await makeMember(hill, viewer.user, 'viewer');
});

describe('GET /api/search', () => {
	test('finds each kind, in the form in which its list shows it', async () => {
		const task = await newTask(robin, hill, { title: 'Zebra crossing' });
		const done = await newTask(robin, hill, { title: 'Something' });
		const completion = expectOk(await robin.client.post(`/api/tasks/${done.id}/complete`,
			{ occurrence: 1, note: 'Painted a zebra', contractor_name: 'Stripes & Sons' }), 201);
		const page = await search(robin, 'zebra');

		assert.deepEqual(Object.keys(page), KINDS);
		for (const kind of KINDS)
			expectKeys(page[kind], ['results', 'has_more']);
		assert.deepEqual(page.tasks, { results: [expectOk(await robin.client.get(`/api/tasks/${task.id}`))],
			has_more: false });
		assert.deepEqual(page.completions.results,
			[expectOk(await robin.client.get(`/api/completions/${completion.id}`))]);
		const document = await newDocument(robin, hill,
			{ product: 'Zebra rug', covers: [{ ends_on: '2031-01-01' }] });
		assert.deepEqual(await found(robin, 'documents', 'zebra'),
			[expectOk(await robin.client.get(`/api/documents/${document.id}`))]);
		assert.deepEqual((await found(robin, 'completions', 'stripes'))[0].id, completion.id);
		assert.deepEqual(await found(robin, 'residences', 'hill house'),
			[expectOk(await robin.client.get(`/api/residences/${hill.id}`))]);
		assert.deepEqual(await found(robin, 'members', 'bobbin'),
			[expectOk(await robin.client.get(`/api/residences/${hill.id}/members/${nan.user.id}`))]);
	});

	test('knows no capitals, no accents, and words in any order', async () => {
		const { id } = await newTask(robin, hill,
			{ title: 'Regenrinne säubern', description: 'Mit der Leiter' });

		for (const q of ['REGENRINNE', 'saubern', 'leiter regen', ' säubern   mit '])
			assert.deepEqual((await found(robin, 'tasks', q)).map((t) => t.id), [id], q);
		for (const q of ['nan', 'ÑAÑ', 'bobbin nan'])
			assert.deepEqual((await found(robin, 'members', q)).map((m) => m.user.id), [nan.user.id], q);
		for (const q of ['backerstrasse', 'wien hill'])
			assert.deepEqual((await found(robin, 'residences', q)).map((r) => r.id), [hill.id], q);
		assert.deepEqual(await found(robin, 'tasks', 'regenrinne zebra'), []);
		assert.deepEqual(await found(robin, 'tasks', '%'), [], 'no pattern of its own');
	});

	test('finds the same as the list of each kind by search', async () => {
		for (const q of ['e', 'hill', 'säubern', 'zebra'])
			for (const kind of ['tasks', 'completions', 'residences']) {
				const query = new URLSearchParams({ search: q, limit: 200 });
				const listed = expectPage(await robin.client.get(`/api/${kind}?${query}`));
				const here = await found(robin, kind, q);
				for (const { id } of here)
					assert.ok(listed.some((one) => one.id === id), `${kind}: ${q}`);
				if (kind !== 'completions')
					assert.equal(here.length, Math.min(listed.length, 20), `${kind}: ${q}`);
			}
	});

	test('shows the best first: it begins with it, has it in the title, below, apart; open before over',
		async () => {
			const make = (title, fields) => newTask(robin, mill, { title, ...fields });

			await make('Wash the quince tree');
			await make('Tree to quince', { description: 'apart' });
			await make('Below', { description: 'The quince tree is old.' });
			await make('Quince tree, prune');
			const over = await make('Quince tree, plant');
			expectOk(await robin.client.post(`/api/tasks/${over.id}/archive`));
			assert.deepEqual(await titles('quince tree'), ['Quince tree, prune', 'Quince tree, plant',
				'Wash the quince tree', 'Below', 'Tree to quince']);
		});

	test('is bounded for each kind, and says whether there is more', async () => {
		await manyTasks(mill, robin, 21, { description: "'gooseberry'" });
		const page = await search(robin, 'gooseberry');

		assert.deepEqual([page.tasks.results.length, page.tasks.has_more], [20, true]);
		await sql(`DELETE FROM tasks WHERE id = (SELECT id FROM tasks WHERE residence_id = :'id'
			AND description = 'gooseberry' LIMIT 1)`, { id: mill.id });
		const less = await search(robin, 'gooseberry');
		assert.deepEqual([less.tasks.results.length, less.tasks.has_more], [20, false]);
	});

	test('is narrowed to kinds and to a residence', async () => {
		assert.deepEqual(Object.keys(await search(robin, 'hill', { kind: 'tasks,residences' })),
			['residences', 'tasks']);
		assert.deepEqual(Object.keys(await search(robin, 'hill', { kind: 'members' })), ['members']);
		assert.deepEqual(await titles('quince', { residence_id: hill.id }), []);
		assert.equal((await titles('quince', { residence_id: mill.id })).length, 5);
		for (const { results } of Object.values(await search(robin, 'e', { residence_id: missingId() })))
			assert.deepEqual(results, []);
	});

	test('sees what the caller may, and not what is deleted or who has left', async () => {
		const gone = await newTask(robin, hill, { title: 'Platypus' });

		assert.equal((await found(viewer, 'tasks', 'platypus')).length, 1);
		assert.deepEqual(await found(viewer, 'tasks', 'quince'), []);
		assert.equal((await found(viewer, 'members', 'bobbin')).length, 1);
		expectOk(await robin.client.delete(`/api/tasks/${gone.id}`), 204);
		assert.deepEqual(await found(viewer, 'tasks', 'platypus'), []);
		await removeMember(hill, nan.user);
		assert.deepEqual(await found(robin, 'members', 'bobbin'), []);
		for (const { results } of Object.values(await search(nan, 'hill')))
			assert.deepEqual(results, []);
		await removeMember(hill, viewer.user);
		for (const { results } of Object.values(await search(viewer, 'e')))
			assert.deepEqual(results, []);
	});

	test('takes one round trip', async () => {
		const res = await ask(robin, { q: 'hill' });

		assert.equal(res.headers['x-hob-round-trips'], '1');
	});

	test('refuses what is no search', async () => {
		for (const [fields, errors] of [[{}, { q: 'required' }], [{ q: '' }, { q: 'too_short' }],
			[{ q: ' \u200b ' }, { q: 'too_short' }], [{ q: 'x'.repeat(101) }, { q: 'too_long' }],
			[{ q: 'x', kind: 'share_codes' }, { kind: 'choice' }],
			[{ q: 'x', limit: 5 }, { limit: 'unknown_field' }]])
			expectInvalid(await ask(robin, fields), errors, 'query');
		expectProblem(await nobody.get('/api/search?q=x'), 401, 'unauthorized');
	});
});
