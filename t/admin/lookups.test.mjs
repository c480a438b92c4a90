// lookups.test.mjs: what editors make of categories, priorities, specialties, templates and tiers, and an admin of
// settings: what hob-api shows of it, from the next request on and whichever worker answers; and what is refused.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { nobody } from '../api/support/client.mjs';
import { held, sql } from '../api/support/db.mjs';
import { expectOk, expectPage, expectProblem } from '../api/support/expect.mjs';
import { newContractor, newResidence, newTask, signUp } from '../api/support/people.mjs';
import { events, staffPanel } from './support/staff.mjs';

const GERMAN = { headers: { 'Accept-Language': 'de' } };
const LOOKUPS = [
	['categories', 'task_categories', { label: 'Tests', position: 900, icon: 'flask', color: '#0a0b0c' },
		{ color: '#ffffff' }],
	['priorities', 'task_priorities', { label: 'Tests', position: 900, rank: 90 }, { rank: 91 }],
	['specialties', 'specialties', { label: 'Tests', position: 900, icon: 'flask' }, { icon: 'bolt' }],
];
const TEMPLATE = { id: 'tested', title: 'Test it', description: 'With care.', category: 'safety', priority: 'high',
	season: 'any', climate: 'any', recurrence: { unit: 'month', every: 2 }, position: 900 };
const TIER = { id: 'team', rank: 90, texts: { en: { name: 'Team', description: 'For teams.' } }, limits: { tasks: 7 } };

let editor, support, robin;

before(async () => {
	[editor, support] = [await staffPanel('editor'), await staffPanel('support')];
	robin = await signUp();
});

/** As often as every worker will have answered: the same each time, and this. */
async function everywhere(ask) {
	const answers = new Set();

	for (let n = 0; n < 12; n += 1)
		answers.add(JSON.stringify(await ask()));
	assert.equal(answers.size, 1);
	return JSON.parse([...answers][0]);
}

const listed = (list, code, options) => everywhere(async () =>
	expectOk(await nobody.get(`/api/static-data/${list}`, options)).results
		.find((item) => item.code === code) ?? null);
const faultsOf = (res) => expectProblem(res, 400, 'validation_error').errors.map(({ field, code }) => [field, code]);
const patch = (panel, path, body, etag) =>
	panel.patch(path, body, { headers: etag ? { 'If-Match': etag } : {} });

describe('a lookup', () => {
	for (const [entity, list, fields, change] of LOOKUPS)
		test(`of ${entity} is made, changed and deleted, and hob-api shows it so`, async () => {
			const { id, ...made } = expectOk(await editor.post(`/${entity}`,
				{ id: 'tested', ...fields }), 201);

			assert.deepEqual([id, made], ['tested', { ...fields, version: 1 }]);
			assert.deepEqual(await listed(list, 'tested'), { ...fields, code: 'tested' });
			assert.deepEqual(await listed(list, 'tested', GERMAN), { ...fields, code: 'tested' });
			const { headers: { etag } } = await editor.get(`/${entity}/tested`);
			const { headers: { etag: shown } } = await nobody.get('/api/static-data');
			assert.equal(expectOk(await patch(editor, `/${entity}/tested`, change, etag)).version, 2);
			assert.deepEqual(await listed(list, 'tested'), { ...fields, ...change, code: 'tested' });
			const again = await nobody.get('/api/static-data', { headers: { 'If-None-Match': shown } });
			assert.deepEqual(expectOk(again)[list].find(({ code }) => code === 'tested'),
				{ ...fields, ...change, code: 'tested' });
			expectProblem(await patch(editor, `/${entity}/tested`, change, etag), 412, 'stale');
			expectProblem(await support.delete(`/${entity}/tested`), 403, 'forbidden');
			expectOk(await editor.delete(`/${entity}/tested`), 204);
			assert.equal(await listed(list, 'tested'), null);
			assert.deepEqual(await sql(`SELECT action FROM audit_events
				WHERE entity = :'entity' AND subject = 'tested' ORDER BY day, seq`, { entity }),
			['create', 'update', 'delete']);
		});

	test('of a task, a contractor, or what names none stays', async () => {
		const home = await newResidence(robin);

		expectOk(await editor.post('/categories', { id: 'used', ...LOOKUPS[0][2] }), 201);
		expectOk(await editor.post('/specialties', { id: 'used', ...LOOKUPS[2][2] }), 201);
		const task = await newTask(robin, home, { category: 'used' });
		const contractor = await newContractor(robin, home, { specialties: ['used'] });
		for (const path of ['/categories/used', '/specialties/used', '/categories/other', '/priorities/medium'])
			expectProblem(await editor.delete(path), 409, 'in_use');
		await sql("UPDATE tasks SET category = 'other' WHERE id = :'id'", { id: task.id });
		await sql("UPDATE contractors SET specialties = '{}' WHERE id = :'id'", { id: contractor.id });
		for (const path of ['/categories/used', '/specialties/used'])
			expectOk(await editor.delete(path), 204);
	});

	test('has a code of its own, and a colour that is one', async () => {
		const make = (fields) => editor.post('/categories', { id: 'tested', ...LOOKUPS[0][2], ...fields });

		assert.deepEqual(faultsOf(await make({ id: 'cleaning' })), [['id', 'duplicate']]);
		assert.deepEqual(faultsOf(await make({ color: '#FFFFFG' })), [['color', 'format']]);
		assert.deepEqual(faultsOf(await make({ label: 'a\nb' })), [['label', 'format']]);
	});
});

describe('a template', () => {
	after(async () => {
		await sql("DELETE FROM tasks WHERE template = 'tested'");
		expectOk(await editor.delete('/task-templates/tested'), 204);
	});

	const shown = (options) => everywhere(async () => {
		const found = expectPage(await robin.client.get('/api/task-templates?search=test+it', options));

		return found.find(({ code }) => code === 'tested')?.title ?? null;
	});

	test('is one that homes can take at once, in the languages that it has', async () => {
		const home = await newResidence(robin);

		expectOk(await editor.post('/task-templates', TEMPLATE), 201);
		assert.equal(await shown(), 'Test it');
		assert.equal(await shown(GERMAN), 'Test it');
		const texts = { de: { title: 'Test it: prüfen', description: 'Mit Sorgfalt.' } };
		assert.deepEqual(expectOk(await patch(editor, '/task-templates/tested', { texts })).texts, texts);
		assert.deepEqual([await shown(), await shown(GERMAN)], ['Test it', 'Test it: prüfen']);
		const { created: [task] } = expectOk(await robin.client.post('/api/task-templates/apply',
			{ residence_id: home.id, codes: ['tested'] }, GERMAN));
		assert.deepEqual([task.title, task.recurrence.every], ['Test it: prüfen', 2]);
		expectProblem(await editor.delete('/task-templates/tested'), 409, 'in_use');
	});

	test('is refused with the name of what is wrong', async () => {
		for (const [fields, faults] of [
			[{ recurrence: { unit: 'month', every: 1.5 } }, [['recurrence.every', 'format']]],
			[{ recurrence: { unit: 'week', nth_weekday: 1 } }, [['recurrence.nth_weekday', 'misplaced']]],
			[{ recurrence: { unit: 'year', every: 900 } }, [['recurrence', 'no_next_date']]],
			[{ texts: { de: { title: '' } } }, [['texts', 'format']]],
			[{ texts: { en: { title: 'a', description: 'b' } } }, [['texts', 'misplaced']]],
			[{ season: 'spring' }, [['month', 'misplaced']]],
			[{ category: 'none' }, [['category', 'not_found']]]])
			assert.deepEqual(faultsOf(await editor.post('/task-templates',
				{ ...TEMPLATE, id: 'faulty', ...fields })), faults);
	});
});

describe('a rule of a template', () => {
	const over = (lists) => lists.reduce((all, list) =>
		all.flatMap((one) => list.map((more) => ({ ...one, ...more }))), [{}]);
	const named = (name, values) => values.map((value) => ({ [name]: value }));
	const combined = over([named('unit', ['day', 'week', 'month', 'year']), named('every', [1, 999]),
		named('weekdays', [null, ['mon'], ['fri', 'mon']]), named('month_day', [null, 31]),
		named('nth_weekday', [null, -1]), named('count', [null, 2])]);
	const odd = [...named('every', [0, 1000, 1.5, '1', null]), ...named('month_day', [0, 32, -1, -2]),
		...named('anchor', ['start', 'completion']), ...named('count', [0, 1, 9999, 10000]),
		...named('weekdays', [['mon', 'mon'], ['mo'], 'mon', [['mon']], [1]]),
		...named('nth_weekday', [0, 5, -2]),
		...named('unit', ['decade', 1, null]), { some: 1 }, { nth_weekday: 4, weekdays: ['sun'] }]
		.map((more) => ({ unit: 'month', ...more }));

	test('is taken as one of a task that begins in 2100 is', async () => {
		const rules = [...combined, ...odd].map((rule) =>
			Object.fromEntries(Object.entries(rule).filter(([, value]) => value !== null)));
		const faults = await sql(`SELECT coalesce(hob.rule_fault(r.rule), 'none')
			FROM jsonb_array_elements(:'rules'::jsonb) WITH ORDINALITY r (rule, n) ORDER BY n`,
		{ rules: JSON.stringify(rules) });
		let taken = 0;

		for (const [i, rule] of rules.entries()) {
			const { status, text } = await robin.client.post('/api/recurrence/preview',
				{ recurrence: rule, starts_on: '2100-01-01' });

			assert.ok(status === 200 || status === 400, text);
			assert.equal(faults[i] === 'none', status === 200,
				`${JSON.stringify(rule)}: ${faults[i]} ${text}`);
			taken += status === 200;
		}
		assert.ok(taken > 30 && taken < rules.length - 30);
	});
});

describe('a tier', () => {
	after(() => sql("DELETE FROM plan_grants WHERE tier = 'team'; DELETE FROM plans WHERE tier = 'team';"
		+ " DELETE FROM tiers WHERE code = 'team'"));

	const shown = (options) => everywhere(async () =>
		expectOk(await nobody.get('/api/subscription/tiers', options)).results
			.find(({ code }) => code === 'team') ?? null);
	const tasksOf = async (person) => expectOk(await person.client.get('/api/subscription')).residences[0].limits
		.find(({ limit }) => limit === 'tasks').max;

	test('is one to have at once, and what it allows holds for who has it', async () => {
		const person = await signUp();

		await newResidence(person);
		expectOk(await editor.post('/tiers', TIER), 201);
		assert.equal((await shown()).name, 'Team');
		await sql("SELECT hob.grant_tier(:'email', 'team', 'test', NULL, 'test')",
			{ email: person.user.email });
		assert.equal(await tasksOf(person), 7);
		const { headers: { etag } } = await editor.get('/tiers/team');
		expectOk(await patch(editor, '/tiers/team', { limits: { tasks: 8 },
			products: { apple: { test_team: 'year' } },
			texts: { ...TIER.texts, de: { name: 'Gruppe', description: 'Für Gruppen.' } } }, etag));
		assert.equal(await tasksOf(person), 8);
		const { name, products, limits } = await shown(GERMAN);
		assert.deepEqual([name, products, limits.find(({ limit }) => limit === 'tasks').max],
			['Gruppe', [{ store: 'apple', product_id: 'test_team', period: 'year' }], 8]);
		const [event] = (await events('update', 'team')).slice(-1);
		assert.deepEqual([event.before.limits, event.after.limits, event.after.rank],
			[{ tasks: 7 }, { tasks: 8 }, undefined]);
		expectProblem(await editor.delete('/tiers/team'), 409, 'in_use');
		expectProblem(await editor.delete('/tiers/free'), 409, 'in_use');
	});

	test('waits for whoever edits another, so that two who swap ranks or products do not lock each other out',
		held(async (holder) => {
			await holder.run("BEGIN; UPDATE tiers SET version = version WHERE code = 'plus'");
			const edits = [patch(editor, '/tiers/team', { rank: 92 }),
				editor.post('/tiers', { ...TIER, rank: 1, id: 'faulty' })];

			await holder.untilBlocking(2, Promise.race(edits));
			await holder.run('COMMIT');
			assert.deepEqual((await Promise.all(edits)).map(({ status }) => status), [200, 400]);
			for (let n = 0; n < 5; n += 1)
				assert.deepEqual((await Promise.all([patch(editor, '/tiers/plus', { rank: 3 }),
					patch(editor, '/tiers/pro', { rank: 2 })])).map(faultsOf),
				[[['rank', 'duplicate']], [['rank', 'duplicate']]]);
		}));

	test('is refused with the name of what is wrong', async () => {
		for (const [fields, faults] of [[{ rank: 1 }, [['rank', 'duplicate']]],
			[{ limits: { tasks: -2 } }, [['limits', 'format']]],
			[{ limits: { lamps: 1 } }, [['limits', 'unknown_field']]],
			[{ texts: {} }, [['texts', 'required']]],
			[{ products: { ebay: {} } }, [['products', 'choice']]],
			[{ products: { apple: { hob_plus_year: 'year' } } }, [['products', 'duplicate']]]])
			assert.deepEqual(faultsOf(await editor.post('/tiers',
				{ ...TIER, id: 'faulty', rank: 91, ...fields })), faults);
	});
});

describe('a setting', () => {
	after(() => sql("UPDATE settings SET value = 50 WHERE name = 'limit.sessions'"));

	test('is an admin\'s, who gives the password again, and holds at once', async () => {
		const admin = await staffPanel('admin');
		const set = (panel, value) => patch(panel, '/settings/limit.access_tokens', { value });
		const make = async () =>
			(await robin.client.post('/api/access-tokens', { name: 'x', scope: 'read' })).status;

		expectProblem(await set(editor, 0), 403, 'forbidden');
		expectProblem(await set(admin, 0), 403, 'password_needed');
		expectOk(await admin.post('/auth/confirm', { password: admin.person.password }), 204);
		expectOk(await set(admin, 0));
		assert.equal(await make(), 402);
		expectOk(await set(admin, 20));
		assert.notEqual(await make(), 402);
		assert.deepEqual(faultsOf(await patch(admin, '/settings/limit.sessions', { value: 0 })),
			[['value', 'too_small']]);
		assert.deepEqual(faultsOf(await patch(admin, '/settings/keep.activity', { value: 36501 })),
			[['value', 'too_large']]);
	});
});
