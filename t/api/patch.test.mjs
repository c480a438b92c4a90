// patch.test.mjs: a PATCH is a merge patch (RFC 7396) for every field of every table: absent
// keeps, null clears or is refused, a value replaces. The fields are those of the document.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { nobody } from './support/client.mjs';
import { expectInvalid, expectOk } from './support/expect.mjs';
import { newContractor, newResidence, newTask, signUp } from './support/people.mjs';

const DOCUMENT = expectOk(await nobody.get('/api/openapi.json'));

// What one field needs beside it, and values that must exist.
const COMPANIONS = { due_time: { due_on: '2031-02-03' }, recurrence: { due_on: '2031-02-03' } };
const RULE = { unit: 'month', every: 3, weekdays: [], month_day: null, nth_weekday: null, anchor: 'due', until: null,
	count: null, starts_on: '2031-02-03' };
const VALUES = { category: 'plumbing', priority: 'high', type: 'apartment', time_zone: 'Asia/Tokyo', locale: 'de',
	recurrence: RULE, assigned_to_id: () => robin.user.id,
	contractor_id: async () => (await newContractor(robin, residence)).id };

let robin;
let residence;

before(async () => {
	robin = await signUp();
	residence = await newResidence(robin);
});

const things = [
	['MePatch', async () => '/api/auth/me'],
	['ResidencePatch', async () => `/api/residences/${(await newResidence(robin)).id}`],
	['TaskPatch', async () => `/api/tasks/${(await newTask(robin, residence)).id}`],
];

function valueOf(field, schema) {
	const named = DOCUMENT.components.schemas[schema.$ref?.split('/').at(-1)];
	const value = VALUES[field] ?? schema.examples?.[0] ?? named?.enum.at(-1);

	assert.notEqual(value, undefined, `no example of ${field}`);
	return typeof value === 'function' ? value() : value;
}

/** What an answer shows of a field: assigned_to_id may stand in the object assigned_to. */
function shown(object, field) {
	return field in object ? object[field] : object[field.slice(0, -3)]?.id ?? null;
}

for (const [name, make] of things) {
	const { properties } = DOCUMENT.components.schemas[name];

	describe(name, () => {
		// The version is what a change is about: conditions.test.mjs.
		for (const [field, schema] of Object.entries(properties).filter(([key]) => key !== 'version')) {
			const nullable = [schema, ...schema.oneOf ?? []].flatMap(({ type }) => type).includes('null');
			const fate = nullable ? 'clears' : 'is refused';

			test(`${field}: a value replaces, absent keeps, null ${fate}`, async () => {
				const path = await make();
				const value = await valueOf(field, schema);
				const set = expectOk(await robin.client.patch(path,
					{ [field]: value, ...COMPANIONS[field] }));

				assert.deepEqual(shown(set, field), value);
				assert.deepEqual(expectOk(await robin.client.patch(path, {})), set);
				const cleared = await robin.client.patch(path, { [field]: null });
				if (nullable)
					assert.equal(shown(expectOk(cleared), field), null);
				else
					expectInvalid(cleared, { [field]: 'null' });
			});
		}
	});
}

test('a time needs a day: without one it is refused and not dropped, by a POST too, wherever it stands', async () => {
	const timed = { residence_id: residence.id, title: 'Sweep', due_time: '08:00' };
	const refusal = { due_on: 'required' };
	const task = await newTask(robin, residence);
	const dated = await newTask(robin, residence, { due_on: '2031-01-06' });
	const change = (which, body) => robin.client.patch(`/api/tasks/${which.id}`, body);

	expectInvalid(await robin.client.post('/api/tasks', timed), refusal);
	expectInvalid(await change(task, { due_time: '08:00' }), refusal);
	expectInvalid(await change(dated, { due_on: null, due_time: '08:00' }), refusal);
	expectOk(await change(task, { due_time: null }));
	const { created, updated } = expectOk(await robin.client.post('/api/tasks/bulk', { create: [timed],
		update: [{ id: task.id, due_time: '08:00' }] }));
	const imported = expectOk(await robin.client.request('POST',
		`/api/residences/${residence.id}/tasks/import`,
		{ raw: 'title,due_time\nSweep,08:00\n', headers: { 'Content-Type': 'text/csv' } }));
	for (const { status, problem } of [...created, ...updated, ...imported.rows])
		assert.deepEqual([status, problem.errors[0].field, problem.errors[0].code],
			[400, 'due_on', 'required']);
});

test('an empty list of reminders is not the same as null', async () => {
	const { id, remind_before } = await newTask(robin, residence, { remind_before: [] });
	const path = `/api/tasks/${id}`;
	const changed = async (to) => expectOk(await robin.client.patch(path, { remind_before: to })).remind_before;

	assert.deepEqual(remind_before, []);
	assert.deepEqual([await changed(null), await changed(['P1D']), await changed([])], [null, ['P1D'], []]);
	assert.deepEqual(expectOk(await robin.client.patch(path, { title: 'Another' })).remind_before, []);
	assert.deepEqual(expectOk(await robin.client.get(path)).remind_before, []);
});
