// contents.test.mjs: what is in a home, for staff: read with a reason, which the home is told of; deleted by an admin
// as by a member; and what was deleted, brought back.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { Upload } from '../api/support/client.mjs';
import { Copy } from '../api/support/copy.mjs';
import { makeMember, sql, usageOf } from '../api/support/db.mjs';
import { expectOk, expectProblem } from '../api/support/expect.mjs';
import { crowd, missingId, newContractor, newDocument, newResidence, newTask } from '../api/support/people.mjs';
import { png } from '../api/support/uploads.mjs';
import { until } from '../fault/support.mjs';
import { events, signIn, staffPanel } from './support/staff.mjs';

const ENTITIES = ['tasks', 'completions', 'contractors', 'documents', 'files', 'activity'];
const WHY = { headers: { 'X-Hob-Reason': 'a%20ticket' } };
let support, admin;

before(async () => {
	[support, admin] = [await staffPanel('support'), await staffPanel('admin')];
	for (const panel of [support, admin])
		expectOk(await panel.post('/auth/confirm', { password: panel.person.password }), 204);
});

/** A home of Ann's with a member and one of each thing. */
async function aHome() {
	const [ann, ben] = await crowd(2);
	const home = await newResidence(ann);

	await makeMember(home, ben.user, 'member');
	const contractor = await newContractor(ann, home);
	const task = await newTask(ann, home, { contractor_id: contractor.id });
	const paper = await newDocument(ann, home, { task_id: task.id });
	const completion = expectOk(await ben.client.post(`/api/tasks/${task.id}/complete`, { occurrence: 1 }), 201);
	const [file] = expectOk(await ann.client.post(`/api/documents/${paper.id}/files`,
		new Upload(png(), 'image/png', 'photo.png')), 201).results;
	const things = { tasks: task, completions: completion, contractors: contractor, documents: paper, files: file };

	return { ann, ben, home, things };
}
const listed = async (panel, entity, query) => expectOk(await panel.get(`/${entity}?${query}`, WHY)).results;
const ids = (rows) => rows.map(({ id }) => id);
/** What support did, as members see it, the newest first. */
const told = async (person, { id }) => expectOk(await person.client.get(`/api/residences/${id}/activity?limit=50`))
	.results.filter(({ user }) => user === null).map(({ subject, action }) => `${subject} ${action}`);
const restore = (path) => support.post(`${path}/actions/restore`, undefined, WHY);

describe('what is in a home', () => {
	test('is not read without a reason, nor without a home', async () => {
		const { home, things } = await aHome();

		for (const entity of ENTITIES) {
			expectProblem(await support.get(`/${entity}?residence_id=${home.id}`), 422, 'reason_needed');
			assert.equal((await support.get(`/${entity}`, WHY)).status, 400);
			if (things[entity])
				expectProblem(await support.get(`/${entity}/${things[entity].id}`), 422,
					'reason_needed');
		}
		assert.deepEqual(await events('look', home.id), []);
	});

	test('is listed by home, found by its id, and shown', async () => {
		const { home, ann, things } = await aHome();

		for (const [entity, { id }] of Object.entries(things)) {
			assert.deepEqual(ids(await listed(support, entity, `residence_id=${home.id}`)), [id], entity);
			assert.deepEqual(ids(await listed(support, entity, `search=${id}`)), [id], entity);
			assert.deepEqual(ids(await listed(support, entity, `id__in=${id},${missingId()}`)), [id],
				entity);
			assert.equal(expectOk(await support.get(`/${entity}/${id}`, WHY)).residence_id, home.id);
			assert.equal((await support.get(`/${entity}/${missingId()}`, WHY)).status, 404);
		}
		const shown = expectOk(await support.get(`/files/${things.files.id}`, WHY));

		assert.deepEqual([shown.name, shown.media_type, shown.on_id, shown.uploaded_by],
			['photo.png', 'image/png', things.documents.id, ann.user.id]);
		for (const [entity, on] of [['completions', 'tasks'], ['files', 'documents']])
			assert.deepEqual(ids(await listed(support, entity, `search=${things[on].id}`)),
				[things[entity].id]);
		const [first] = await listed(support, 'activity', `residence_id=${home.id}&subject=residence`);

		assert.deepEqual([first.user_id, first.action], [null, 'looked']);
	});

	test('is written down each time, and told to the home once an hour of each session', async () => {
		const { ann, ben, home } = await aHome();
		const query = `residence_id=${home.id}`;

		for (const entity of ENTITIES)
			await listed(support, entity, query);
		await listed(support, 'tasks', query);
		assert.deepEqual((await events('look', home.id)).map((e) => [e.entity, e.reason, e.staff_id]),
			[...ENTITIES, 'tasks'].map((entity) => [entity, 'a ticket', support.id]));
		for (const person of [ann, ben])
			assert.deepEqual(await told(person, home), ['residence looked']);
		const again = await signIn(support.person);

		await listed(again, 'tasks', query);
		assert.equal((await told(ben, home)).length, 2);
		await sql("UPDATE staff_looks SET at = at - interval '1 hour' WHERE residence_id = :'id'",
			{ id: home.id });
		await listed(again, 'documents', query);
		await listed(again, 'tasks', query);
		assert.equal((await told(ben, home)).length, 3);
		const { text } = await ben.client.get(`/api/residences/${home.id}/activity`);

		assert.ok(!text.includes(support.person.email));
	});

	test('is looked into also by who asks only how many there are, and finds none', async () => {
		const { home } = await aHome();
		const reply = expectOk(await support.get(`/tasks?residence_id=${home.id}&search=zzz&page=9`, WHY));

		assert.deepEqual(reply, { count: 0, results: [] });
		assert.deepEqual((await events('look', home.id)).map(({ entity }) => entity), ['tasks']);
	});

	test('is taken along one home at a time, which is told', async () => {
		const { home, ben } = await aHome();

		assert.equal((await support.get('/tasks/export.csv?search=a', WHY)).status, 400);
		assert.equal((await support.get(`/tasks/export.csv?residence_id=${home.id}&search=zzz`,
			WHY)).status, 200);
		assert.deepEqual((await events('look', home.id)).map(({ entity }) => entity), ['tasks']);
		const [event, ...more] = await events('export', home.id);

		assert.deepEqual([event.entity, event.after, more],
			['tasks', { filters: ['search', 'residence_id'] }, []]);
		assert.deepEqual(await told(ben, home), ['residence looked']);
	});

	test('is written down for each home when a search finds several', async () => {
		const [ann] = await crowd(1);
		const homes = [await newResidence(ann), await newResidence(ann), await newResidence(ann)];
		const title = `Änderung ${missingId()}`;
		const tasks = [];

		for (const [i, name] of [[0, title], [1, `${title} too`], [1, title], [2, `No ${title}`]])
			tasks.push(await newTask(ann, homes[i], { title: name }));
		const beginning = encodeURIComponent(title.replace('Ä', 'a').slice(0, 30));
		const found = await listed(support, 'tasks', `search=${beginning}`);

		assert.deepEqual(ids(found).sort(), ids(tasks.slice(0, 3)).sort());
		for (const [i, count] of [1, 1, 0].entries()) {
			assert.equal((await events('look', homes[i].id)).length, count);
			assert.equal((await told(ann, homes[i])).length, count);
		}
	});

	test('is not there when it is somebody\'s alone', async () => {
		const [ann] = await crowd(1);
		const { id } = expectOk(await ann.client.post('/api/contractors', { name: 'Own' }), 201);

		assert.equal((await support.get(`/contractors/${id}`, WHY)).status, 404);
		assert.equal((await admin.delete(`/contractors/${id}`, WHY)).status, 404);
		assert.equal((await restore(`/contractors/${id}`)).status, 404);
	});
});

describe('deleting', () => {
	for (const entity of ['tasks', 'completions', 'contractors', 'documents'])
		test(`one of ${entity} is for an admin, and every phone forgets it`, async () => {
			const { ben, home, things } = await aHome();
			const path = `/${entity}/${things[entity].id}`;
			const copy = new Copy(ben.client);

			await copy.sync();
			assert.deepEqual(copy.ids(entity), [things[entity].id]);
			assert.equal((await support.delete(path, WHY)).status, 403);
			expectProblem(await admin.delete(path), 422, 'reason_needed');
			assert.equal((await admin.delete(path,
				{ headers: { ...WHY.headers, 'If-Match': '"99"' } })).status, 412);
			expectOk(await admin.delete(path, WHY), 204);
			assert.equal((await ben.client.get(`/api/${entity}/${things[entity].id}`)).status, 404);
			await copy.sync();
			assert.deepEqual(copy.ids(entity), []);
			assert.ok((await told(ben, home)).includes(
				`${entity.slice(0, -1)} ${entity === 'completions' ? 'undone' : 'deleted'}`));
			assert.deepEqual((await events('delete', things[entity].id)).map((e) => [e.reason, e.staff_id]),
				[['a ticket', admin.id]]);
			assert.equal((await admin.delete(path, WHY)).status, 404);
		});

	test('a completion of somebody else puts the task back as it was', async () => {
		const { ann, things } = await aHome();

		expectOk(await admin.delete(`/completions/${things.completions.id}`, WHY), 204);
		assert.equal(expectOk(await ann.client.get(`/api/tasks/${things.tasks.id}`)).completed, false);
		const shown = expectOk(await support.get(`/completions/${things.completions.id}`, WHY));

		assert.deepEqual([shown.is_undone, shown.undone_by], [true, null]);
	});

	test('a file takes its bytes along', async () => {
		const { ann, things } = await aHome();
		const { id } = things.files, place = `/api/documents/${things.documents.id}/files`;

		assert.equal((await support.delete(`/files/${id}`, WHY)).status, 403);
		// Clean copies take the place of what was sent, whose bytes go at once.
		await until('it is clean', async () =>
			(await ann.client.get(`${place}/${id}`)).body.state === 'ready', 30);
		const keys = await sql("SELECT key FROM file_copies WHERE file_id = :'id' ORDER BY key", { id });

		expectOk(await admin.delete(`/files/${id}`, WHY), 204);
		const left = expectOk(await ann.client.get(place));

		assert.deepEqual(left.results, []);
		assert.ok(keys.length > 0);
		assert.deepEqual(await sql(`SELECT key FROM file_leavings
			WHERE key = ANY (string_to_array(:'keys', ',')) ORDER BY key`, { keys: keys.join() }), keys);
		assert.equal((await events('delete', id)).length, 1);
	});
});

describe('what was deleted comes back', () => {
	for (const part of ['tasks', 'contractors', 'documents'])
		test(`one of ${part}, to every phone, and counts again`, async () => {
			const { ann, ben, home, things } = await aHome();
			const { id } = things[part];
			const copy = new Copy(ben.client);
			const before = (await usageOf(home))[part === 'tasks' ? 'kept_tasks' : part];

			expectOk(await ann.client.delete(`/api/${part}/${id}`), 204);
			await copy.sync();
			expectProblem(await support.post(`/${part}/${id}/actions/restore`), 422, 'reason_needed');
			expectOk(await restore(`/${part}/${id}`), 204);
			expectOk(await ben.client.get(`/api/${part}/${id}`));
			await copy.sync();
			assert.deepEqual(copy.ids(part), [id]);
			assert.equal((await usageOf(home))[part === 'tasks' ? 'kept_tasks' : part], before);
			assert.deepEqual(await told(ben, home), [`${part.slice(0, -1)} restored`]);
			const [event] = await events('restore', id);

			assert.deepEqual([event.staff_id, event.after], [support.id, { deleted_at: null }]);
			expectOk(await restore(`/${part}/${id}`), 204);
			assert.equal((await events('restore', id)).length, 1, 'what is there is left as it is');
			assert.equal((await restore(`/${part}/${missingId()}`)).status, 404);
		});

	test('a task with its reminders', async () => {
		const { ann, home } = await aHome();
		const { id } = await newTask(ann, home, { due_on: '2031-01-01' });
		const reminders = () => sql("SELECT count(*) FROM reminders WHERE subject_id = :'id'", { id });
		const [count] = await reminders();

		expectOk(await ann.client.delete(`/api/tasks/${id}`), 204);
		assert.notDeepEqual([count, ...await reminders()], ['0', '0']);
		expectOk(await restore(`/tasks/${id}`), 204);
		assert.deepEqual(await reminders(), [count]);
	});
});
