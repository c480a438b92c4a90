// words.test.mjs: the catalogues of the panel. What English says German says too, with the same values in it; and what
// a German sees of entities is German.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';

import { staffPanel } from '../admin/support/staff.mjs';
import de from '../../app/panel/src/words/de.js';
import en from '../../app/panel/src/words/en.js';

const src = new URL('../../app/panel/src/', import.meta.url);

/** { "hob.groups.people": "People", ... } */
const flat = (value, name = '') =>
	typeof value === 'string'
		? { [name]: value }
		: Object.entries(value).reduce(
				(all, [key, inner]) => ({ ...all, ...flat(inner, name ? `${name}.${key}` : key) }),
				{}
			);
const holes = (text) => [...new Set(text.match(/%\{\w+\}/g) ?? [])].sort();

/** What react-admin says where this panel never is. */
const UNSEEN = /^ra\.(input\.(file|image)|saved_queries|guesser|configurable)\./;
const seen = (words) => Object.fromEntries(Object.entries(flat(words)).filter(([key]) => !UNSEEN.test(key)));

const english = seen(en.messages);
const german = seen(de.messages);

/** What entities have: columns, and fields of their actions. */
const columnsOf = ({ columns, actions }) => [...columns, ...actions.flatMap(({ fields }) => fields)];

/** Figures of the overview that stand together in a chart. */
const CHARTS = ['notices', 'requests', 'latency'];

/** The names that there may be words for, by the catalogue: { columns: ["email", "users.email", ...] }. */
const namesOf = (entities, overview) => ({
	entities: entities.map(({ name }) => name),
	columns: entities.flatMap((entity) =>
		columnsOf(entity).flatMap(({ name }) => [name, `${entity.name}.${name}`])
	),
	values: entities.flatMap((entity) =>
		columnsOf(entity).flatMap(({ name, values = [] }) =>
			values.flatMap((value) => [value, `${name}.${value}`])
		)
	),
	actions: entities.flatMap(({ actions }) => actions.map(({ name }) => name)),
	figures: [...Object.keys(overview), ...CHARTS],
});

/** Texts in which German leaves a value out. */
const LOOSE = /^ra\.(message\.(bulk|delete)_|sort\.sort_by|navigation\.no_|page\.invite)/;

describe('the words of the panel', () => {
	test('are there in both languages', () => {
		assert.deepEqual(Object.keys(german).sort(), Object.keys(english).sort());
	});

	test('are all said somewhere', () => {
		const said = readdirSync(src)
			.filter((name) => /\.jsx?$/.test(name))
			.map((name) => readFileSync(new URL(name, src), 'utf8'))
			.join();
		const own = Object.keys(english).filter(
			(key) => /^hob\./.test(key) && !/^hob\.(groups\.|mine|theirs)/.test(key)
		);

		assert.deepEqual(
			own.filter((key) => !said.includes(`'${key}'`) && !said.includes(`"${key}"`)),
			[]
		);
	});

	test('are not English by oversight', () => {
		const same = Object.keys(english).filter((key) => german[key] === english[key]);

		assert.deepEqual(same.sort(), [
			'hob.code',
			'hob.csv',
			'hob.groups.system',
			'ra.page.edit',
			'ra.page.list',
			'ra.page.show',
		]);
	});

	test('have the same values in them', () => {
		const other = Object.keys(english).filter(
			(key) => !LOOSE.test(key) && holes(english[key]).join() !== holes(german[key]).join()
		);

		assert.deepEqual(other, []);
	});

	test('name each entity, column, value and act of the schema in German', async () => {
		const { entities } = (await (await staffPanel('admin')).get('/schema')).body;
		const isSaid = (words, entity, name) => words[name] ?? words[`${entity}.${name}`];
		const missing = entities.flatMap((entity) => [
			...(de.entities[entity.name] ? [] : [entity.name]),
			...columnsOf(entity)
				.filter(({ name }) => !isSaid(de.columns, entity.name, name))
				.map(({ name }) => `${entity.name}.${name}`),
			...columnsOf(entity).flatMap(({ name, values = [] }) =>
				values
					.filter((value) => !isSaid(de.values, name, value))
					.map((value) => `${name}: ${value}`)
			),
			...entity.actions.filter(({ name }) => !de.actions[name]).map(({ name }) => name),
		]);

		assert.ok(entities.length > 0);
		assert.deepEqual(missing, []);
	});

	test('name nothing that there is not', async () => {
		const panel = await staffPanel('admin');
		const { entities } = (await panel.get('/schema')).body;
		const names = namesOf(entities, (await panel.get('/stats/overview')).body);

		for (const [language, words] of Object.entries({ en, de }))
			for (const [catalogue, known] of Object.entries(names))
				assert.deepEqual(
					Object.keys(words[catalogue]).filter((name) => !known.includes(name)),
					[],
					`${catalogue} of ${language}`
				);
	});
});
