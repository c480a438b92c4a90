// undo_locks.test.mjs: what undoing a completion holds, and in which order (sql/README.md, "Locks").
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Upload } from './support/client.mjs';
import { held, sql } from './support/db.mjs';
import { expectOk } from './support/expect.mjs';
import { crowd, newContractor, newResidence, newTask } from './support/people.mjs';
import { cleaning, makeReady, notCleaning, png } from './support/uploads.mjs';

const deadlocks = () => sql('SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()');
const complete = (person, task, fields = {}) =>
	person.client.post(`/api/tasks/${task.id}/complete`, { occurrence: 1, ...fields });
const undo = (person, { id }) => person.client.post(`/api/completions/${id}/undo`);

before(notCleaning);
after(cleaning);

/** A home that tells a webhook of what is done and undone, with a contractor. */
async function settle() {
	const [person] = await crowd(1);
	const residence = await newResidence(person);

	expectOk(await person.client.post(`/api/residences/${residence.id}/webhooks`,
		{ url: 'https://example.com/hook', events: ['task.completed', 'completion.undone'] }), 201);
	return { person, residence, contractor: await newContractor(person, residence) };
}

/** A task is done and another undone at once, and wait for what `locked` says: both get through. */
const crossing = (locked, first) => held(async (holder) => {
	const { person, residence, contractor } = await settle();
	const [task, next] = [await newTask(person, residence), await newTask(person, residence)];
	const link = { contractor_id: contractor.id };
	const done = expectOk(await complete(person, task, link), 201);
	const before = await deadlocks();
	const acts = { undo: () => undo(person, done), complete: () => complete(person, next, link) };
	const order = [first, ...Object.keys(acts).filter((name) => name !== first)];
	const answers = [];

	await holder.run(`BEGIN; ${locked({ residence, contractor })}`);
	for (const [n, name] of order.entries()) {
		answers.push(acts[name]());
		await holder.untilBlocking(n + 1, answers[n]);
	}
	await holder.run('COMMIT');
	for (const answer of answers) {
		const res = await answer;

		assert.ok(res.status < 300, `${res.status} ${res.text}`);
	}
	assert.deepEqual(await deadlocks(), before);
});

describe('undoing and completing at once both get through', () => {
	const usage = ({ residence }) => `SELECT FROM usage WHERE about = '${residence.id}' FOR UPDATE`;
	const helper = ({ contractor }) => `SELECT FROM contractors WHERE id = '${contractor.id}' FOR NO KEY UPDATE`;

	for (const first of ['undo', 'complete']) {
		test(`when what there is is being counted, first the ${first}`, crossing(usage, first));
		test(`by one contractor, first the ${first}`, crossing(helper, first));
	}
});

test('the photos of a completion that is undone go with it: that they do is no act of its own', async () => {
	const { person, residence } = await settle();
	const done = expectOk(await complete(person, await newTask(person, residence)), 201);
	const path = `/api/completions/${done.id}/files`;
	const acts = () => sql(`SELECT subject, action FROM activity
		WHERE residence_id = :'id' AND subject IN ('file', 'completion') ORDER BY id`, { id: residence.id });

	const { results: files } = expectOk(await person.client.post(path, new Upload(png())), 201);
	files.push(...expectOk(await person.client.post(path, new Upload(png())), 201).results);
	const ids = [...new Set(files.map((file) => file.id))];
	for (const id of ids)
		await makeReady(id);
	expectOk(await person.client.delete(`${path}/${ids[0]}`), 204);
	const undone = expectOk(await undo(person, done));
	assert.deepEqual([undone.photo_count, undone.first_photo_id], [0, null]);
	assert.deepEqual(await acts(), ['completion|created', 'file|created', 'file|created', 'file|deleted',
		'completion|undone']);
	assert.deepEqual(await sql("SELECT count(*) FROM files WHERE residence_id = :'id'", { id: residence.id }),
		['0']);
});
