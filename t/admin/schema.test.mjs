// schema.test.mjs: what GET /api/admin/schema says of columns is what sql/entities says, and what the server does.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';

import { expectOk, expectProblem } from '../api/support/expect.mjs';
import { newResidence, signUp } from '../api/support/people.mjs';
import { staffPanel } from './support/staff.mjs';

const folder = new URL('../../sql/entities/', import.meta.url);
const BECAUSE = { headers: { 'X-Hob-Reason': 'a%20test' } };

/** { users: [{ name: "email", words: ["list"] }], "users/change_email": [...] }: columns, and fields of actions. */
function tables() {
	const all = {};

	for (const entity of readdirSync(folder)) {
		let at = entity;

		for (const line of readFileSync(new URL(entity, folder), 'utf8').split('\n')) {
			const [kind, name, ...words] = line.replace(/(^|\s)#.*/, '').trim().split(/\s+/);

			if (kind === 'action')
				at = `${entity}/${name}`;
			if (kind === 'column' || kind === 'field')
				(all[kind === 'column' ? entity : at] ??= []).push({ name, words });
		}
	}
	return all;
}

describe('the schema', () => {
	const written = tables();
	let panel;
	let told;

	before(async () => {
		panel = await staffPanel('admin');
		const { entities } = expectOk(await panel.get('/schema'));

		told = Object.fromEntries(entities.flatMap(({ name, columns, actions }) => [
			[name, columns],
			...actions.filter(({ fields }) => fields.length)
				.map((action) => [`${name}/${action.name}`, action.fields]),
		]));
	});

	test('has the columns and fields of the table, and what may be written of them', () => {
		const names = (all) => Object.fromEntries(Object.entries(all)
			.map(([at, columns]) => [at, columns.map(({ name }) => name)]));

		assert.deepEqual(names(told), names(written));
		for (const [at, columns] of Object.entries(written))
			for (const [i, { name, words }] of columns.entries())
				for (const [flag, word] of [['write', 'write'], ['create', 'create'],
					['required', 'required'], ['nullable', 'null'], ['masked', 'masked']])
					assert.equal(told[at][i][flag], words.includes(word), `${at} ${name} ${flag}`);
	});

	test('says what is a hint of something, and nothing else', () => {
		const all = Object.entries(told).flatMap(([at, columns]) =>
			columns.map((column) => ({ ...column, called: `${at} ${column.name}` })));
		const named = (which) => all.filter(which).map(({ called }) => called).sort();
		const hints = ['store-events purchase_hint', 'subscriptions hint'];

		assert.deepEqual(named(({ masked }) => masked), hints);
		assert.deepEqual(named(({ name }) => name.endsWith('hint')), hints);
		assert.deepEqual(named(({ masked, write, create, order, filter }) =>
			masked && (write || create || order || filter)), []);
	});

	test('says between what lies what may be written', () => {
		const found = [];

		for (const [at, columns] of Object.entries(written))
			for (const [i, { name, words }] of columns.entries()) {
				const { min, max, write, create } = told[at][i];
				const [, least, most] = /(-?\d+)\.\.(\d+)/.exec(words.join(' ')) ?? [];

				if (least === undefined)
					continue;
				assert.ok(write || create || at.includes('/'), `${at} ${name} has bounds for nobody`);
				assert.deepEqual([min, max], [Number(least), Number(most)], `${at} ${name}`);
				found.push(name);
			}
		assert.ok(found.length > 20);
	});

	test('says so of types, where a column does not', () => {
		const bounds = (at, wanted) => {
			const { min, max } = told[at].find(({ name }) => name === wanted);

			return [min, max];
		};

		assert.deepEqual(bounds('staff', 'email'), [3, 254]);
		assert.deepEqual(bounds('residences', 'country'), [2, 2]);
		assert.deepEqual(bounds('residences', 'time_zone'), [1, 64]);
		for (const [at, name] of [['users', 'email'], ['staff', 'role'], ['residences/hand_over', 'to'],
			['users/grant_tier', 'until'], ['tiers', 'limits']])
			assert.deepEqual(bounds(at, name), [undefined, undefined], `${at} ${name}`);
	});

	test('is what the server holds people to', async () => {
		const person = await signUp({ first_name: 'Ida' });
		const home = await newResidence(person, { name: 'Hut', city: 'Kiel' });
		const user = (body) => panel.patch(`/users/${person.user.id}`, body);
		const residence = (body) => panel.patch(`/residences/${home.id}`, body, BECAUSE);

		expectProblem(await user({ first_name: null }), 400, 'validation_error');
		expectProblem(await user({ first_name: 'x'.repeat(101) }), 400, 'validation_error');
		assert.equal(expectOk(await user({ first_name: '😀'.repeat(100) })).first_name.length, 200);
		assert.equal(expectOk(await user({ first_name: '' })).first_name, '');
		expectProblem(await residence({ name: null }), 400, 'validation_error');
		assert.equal(expectOk(await residence({ city: null })).city, null);
	});
});
