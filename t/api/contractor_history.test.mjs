// contractor_history.test.mjs: what contractors did: links from tasks and completions, the numbers that follow from
// them, and the contractors in search, activity and sync.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { Csv } from './support/client.mjs';
import { Copy, expectTrue, news } from './support/copy.mjs';
import { makeMember, sql } from './support/db.mjs';
import { expectInvalid, expectOk, expectPage, expectProblem } from './support/expect.mjs';
import { crowd, newAccess, newId, newResidence, newTask, signUp } from './support/people.mjs';

let robin;
let helper;
let viewer;
let stranger;
let residence;

before(async () => {
	robin = await signUp();
	helper = await signUp({ first_name: 'Nan', last_name: 'Bobbin' });
	viewer = await signUp();
	stranger = await signUp();
	residence = await newResidence(robin, { time_zone: 'America/New_York' });
	await makeMember(residence, helper.user, 'member');
	await makeMember(residence, viewer.user, 'viewer');
});

const make = async (fields = {}, person = robin) => expectOk(await person.client.post('/api/contractors',
	{ residence_id: residence.id, name: 'Sweep & Sons', ...fields }), 201);
const own = (fields, person) => make({ residence_id: null, ...fields }, person);
const path = (contractor, rest = '') => `/api/contractors/${contractor.id}${rest}`;
const show = async (contractor, person = robin) => expectOk(await person.client.get(path(contractor)));
const ids = (page) => page.map((c) => c.id);
const complete = async (task, fields = {}, person = robin) => expectOk(await person.client.post(
	`/api/tasks/${task.id}/complete`, { occurrence: 1, ...fields }), 201);

describe('what a contractor does', () => {
	test('is counted: jobs, spending, and the day where the residence is', async () => {
		const contractor = await make();
		const tasks = await Promise.all([1, 2, 3].map(() => newTask(robin, residence)));
		const link = { contractor_id: contractor.id };

		await complete(tasks[0], { ...link, actual_cost: '10.50', completed_at: '2026-03-02T03:00:00Z' });
		const { id } = await complete(tasks[1], { ...link, actual_cost: '5.00',
			completed_at: '2026-04-02T12:00:00Z' });
		await complete(tasks[2], { completed_at: '2026-05-02T12:00:00Z' });
		const seen = async () => {
			const { job_count, total_spend, last_used_on, version } = await show(contractor);

			return [job_count, total_spend, last_used_on, version];
		};
		assert.deepEqual(await seen(), [2, '15.50', '2026-04-02', 1]);
		expectOk(await robin.client.patch(`/api/completions/${id}`, { actual_cost: '6.00' }));
		assert.deepEqual(await seen(), [2, '16.50', '2026-04-02', 1]);
		expectOk(await robin.client.post(`/api/completions/${id}/undo`));
		assert.deepEqual(await seen(), [1, '10.50', '2026-03-01', 1]);
		expectOk(await robin.client.patch(`/api/residences/${residence.id}`, { time_zone: 'Europe/Berlin' }));
		assert.deepEqual(await seen(), [1, '10.50', '2026-03-02', 1]);
		expectOk(await robin.client.patch(`/api/residences/${residence.id}`,
			{ time_zone: 'America/New_York' }));
	});

	test('follows a completion that turns out to be of another', async () => {
		const [first, second] = [await make({ name: 'First' }), await make({ name: 'Second' })];
		const done = await complete(await newTask(robin, residence), { contractor_id: first.id,
			actual_cost: '3.00' });

		assert.equal(done.contractor_name, 'First');
		const moved = expectOk(await robin.client.patch(`/api/completions/${done.id}`,
			{ contractor_id: second.id }));
		assert.deepEqual([moved.contractor_id, moved.contractor_name], [second.id, 'Second']);
		assert.deepEqual([(await show(first)).job_count, (await show(second)).total_spend], [0, '3.00']);
		const freed = expectOk(await robin.client.patch(`/api/completions/${done.id}`,
			{ contractor_id: null }));
		assert.deepEqual([freed.contractor_id, freed.contractor_name], [null, 'Second']);
		assert.equal((await show(second)).job_count, 0);
	});

	test('keeps in history the name of that day', async () => {
		const contractor = await make({ name: 'Old Name' });
		const done = await complete(await newTask(robin, residence), { contractor_id: contractor.id });

		expectOk(await robin.client.patch(path(contractor), { name: 'New Name' }));
		expectOk(await robin.client.patch(`/api/completions/${done.id}`, { note: 'Well done' }));
		assert.equal(expectOk(await robin.client.get(`/api/completions/${done.id}`)).contractor_name,
			'Old Name');
		const report = expectOk(await robin.client.get(`/api/residences/${residence.id}/report`));
		assert.deepEqual(report.by_contractor.filter((line) => line.key === contractor.id).map((line) =>
			line.name),
			['New Name']);
	});

	test('goes by the name of the contractor that is linked, whatever else is sent', async () => {
		const contractor = await make({ name: 'Linked' });
		const done = await complete(await newTask(robin, residence), { contractor_id: contractor.id });
		const patch = async (fields) => {
			const { contractor_id, contractor_name } = expectOk(await robin.client.patch(
				`/api/completions/${done.id}`, fields));

			return [contractor_id, contractor_name];
		};

		for (const fields of [{ contractor_name: 'Another' }, { contractor_name: null },
			{ contractor_id: contractor.id, contractor_name: 'Another' }])
			assert.deepEqual(await patch(fields), [contractor.id, 'Linked']);
		assert.deepEqual(await patch({ contractor_id: null, contractor_name: 'Another' }), [null, 'Another']);
	});

	test('a task proposes its contractor to its completion, which may say otherwise', async () => {
		const contractor = await make({ name: 'Proposed' });
		const fields = { contractor_id: contractor.id };
		const task = () => newTask(robin, residence, fields);

		assert.equal((await task()).contractor_id, contractor.id);
		const proposed = await complete(await task());
		assert.deepEqual([proposed.contractor_id, proposed.contractor_name], [contractor.id, 'Proposed']);
		const nobody = await complete(await task(), { contractor_id: null });
		assert.deepEqual([nobody.contractor_id, nobody.contractor_name], [null, null]);
		const named = await complete(await task(), { contractor_name: 'A neighbour' });
		assert.deepEqual([named.contractor_id, named.contractor_name], [null, 'A neighbour']);
		const weekly = await newTask(robin, residence, { ...fields, due_on: '2031-01-01',
			recurrence: 'weekly' });
		const skipped = expectOk(await robin.client.post(`/api/tasks/${weekly.id}/skip`, { occurrence: 1 }),
			201);
		assert.deepEqual([skipped.contractor_id, skipped.task.contractor_id], [null, contractor.id]);
	});

	test('a bulk proposes it likewise, and a file of tasks has it', async () => {
		const contractor = await make();
		const task = await newTask(robin, residence, { contractor_id: contractor.id });
		const { completed: [one] } = expectOk(await robin.client.post('/api/tasks/bulk',
			{ complete: [{ task_id: task.id, occurrence: 1 }] }));
		const { rows: [row] } = expectOk(await robin.client.post(`/api/residences/${residence.id}/tasks/import`,
			new Csv(`title,contractor_id\nSweep,${contractor.id}\n`)));

		assert.deepEqual([one.completion.contractor_id, one.completion.task.contractor_id],
			[contractor.id, contractor.id]);
		assert.equal(expectOk(await robin.client.get(`/api/tasks/${row.id}`)).contractor_id, contractor.id);
	});

	test('a file of tasks brings it back home, and leaves it out of another residence', async () => {
		const [from, to] = [await newResidence(robin), await newResidence(robin)];
		const contractor = await make({ residence_id: from.id });
		const task = await newTask(robin, from, { contractor_id: contractor.id });
		const at = (where, what) => `/api/residences/${where.id}/tasks/${what}`;
		const { text } = await robin.client.get(at(from, 'export'));
		const imported = async (where, file) => {
			const { rows: [row] } = expectOk(await robin.client.post(at(where, 'import'), new Csv(file)));

			return expectOk(await robin.client.get(`/api/tasks/${row.id}`)).contractor_id;
		};

		assert.equal(await imported(to, text), null);
		const again = text.replace(task.id, newId()).replace(from.id, from.id.toUpperCase());
		assert.equal(await imported(from, again), contractor.id);
	});

	test('a task that goes elsewhere leaves it behind, and history its link', async () => {
		const contractor = await make({ name: 'Stays' });
		const target = await newResidence(robin);
		const task = await newTask(robin, residence,
			{ contractor_id: contractor.id, due_on: '2031-01-01', recurrence: 'weekly' });
		const { id } = await complete(task, { actual_cost: '1.00' });

		const moved = expectOk(await robin.client.post(`/api/tasks/${task.id}/transfer`,
			{ residence_id: target.id }));
		assert.equal(moved.contractor_id, null);
		const completion = expectOk(await robin.client.get(`/api/completions/${id}`));
		assert.deepEqual([completion.residence_id, completion.contractor_id, completion.contractor_name],
			[target.id, null, 'Stays']);
		assert.equal((await show(contractor)).job_count, 0);
	});

	test('a copy of a task keeps it at home alone', async () => {
		const contractor = await make();
		const target = await newResidence(robin);
		const task = await newTask(robin, residence, { contractor_id: contractor.id });
		const copy = async (body) => expectOk(await robin.client.post(`/api/tasks/${task.id}/copy`, body), 201);

		assert.equal((await copy({})).contractor_id, contractor.id);
		assert.equal((await copy({ residence_id: target.id })).contractor_id, null);
	});

	test('is found by it: tasks and completions', async () => {
		const contractor = await make();
		const other = await newResidence(stranger);
		const task = await newTask(robin, residence, { contractor_id: contractor.id, due_on: '2031-01-02' });
		const done = await newTask(robin, residence, { contractor_id: contractor.id });
		const { id } = await complete(done);

		await newTask(robin, residence);
		assert.deepEqual(ids(expectPage(await robin.client.get(`/api/tasks?contractor_id=${contractor.id}`))),
			[task.id, done.id]);
		assert.deepEqual(ids(expectPage(await robin.client.get(
			`/api/completions?contractor_id=${contractor.id}`))), [id]);
		assert.deepEqual(ids(expectPage(await viewer.client.get(path(contractor, '/tasks')))), [task.id,
			done.id]);
		assert.deepEqual(ids(expectPage(await robin.client.get(path(contractor, '/tasks?completed=false')))),
			[task.id]);
		expectProblem(await stranger.client.get(path(contractor, '/tasks')), 404, 'not_found');
		expectInvalid(await stranger.client.post('/api/tasks',
			{ residence_id: other.id, title: 'x', contractor_id: contractor.id }),
				{ contractor_id: 'not_found' });
	});

	test('is counted right by many who say so at once', async () => {
		const contractor = await make();
		const tasks = await Promise.all(Array.from({ length: 12 }, () => newTask(robin, residence)));

		await Promise.all(tasks.map((task) => complete(task, { contractor_id: contractor.id,
			actual_cost: '1.25' })));
		const { job_count, total_spend } = await show(contractor);
		assert.deepEqual([job_count, total_spend], [12, '15.00']);
	});
});

describe('elsewhere', () => {
	test('the search finds contractors, one\'s own too', async () => {
		const name = `Zyx ${newId()}`;
		const [shared, mine] = [await make({ name }), await own({ name })];
		const found = async (person) => expectOk(await person.client.get(
			`/api/search?q=${encodeURIComponent(name)}`)).contractors.results;

		assert.deepEqual(ids(await found(robin)).sort(), [shared.id, mine.id].sort());
		assert.deepEqual(ids(await found(helper)), [shared.id]);
		assert.deepEqual(await found(stranger), []);
	});

	test('the activity names what was done with it', async () => {
		const contractor = await make({ name: 'Watched' });

		await robin.client.patch(path(contractor), { name: 'Seen' });
		await robin.client.request('PUT', path(contractor, '/rating'), { body: { rating: 5 } });
		await robin.client.delete(path(contractor));
		const trail = expectPage(await viewer.client.get(
			`/api/residences/${residence.id}/activity?subject=contractor`))
			.filter((row) => row.subject_id === contractor.id);
		assert.deepEqual(trail.map((row) => [row.action, row.title, row.changes]),
			[['deleted', 'Seen', []], ['updated', 'Seen', ['name']], ['created', 'Watched', []]]);
	});
});

describe('contractors in sync', () => {
	async function settle() {
		const [person, mate] = await crowd(2);
		const home = await newResidence(person);

		await makeMember(home, mate.user, 'member');
		const contractor = await make({ residence_id: home.id }, person);
		const copy = new Copy(person.client);
		await copy.sync();
		return { person, mate, home, contractor, copy };
	}
	const only = (upserted, deleted = []) => ({ contractors: { upserted, deleted } });

	test('come, change and go, those of the residence and one\'s own', async () => {
		const { person, contractor, copy } = await settle();

		await expectTrue(copy, person);
		const mine = await own({}, person);
		assert.deepEqual(news(await copy.sync()), only([mine.id]));
		await person.client.patch(path(mine), { name: 'x' });
		await person.client.patch(path(contractor), { name: 'y' });
		assert.deepEqual(news(await copy.sync()), only([contractor.id, mine.id].sort()));
		await person.client.delete(path(mine));
		await person.client.delete(path(contractor));
		assert.deepEqual(news(await copy.sync()), only([], [contractor.id, mine.id].sort()));
		await expectTrue(copy, person);
		assert.deepEqual(news(await copy.sync()), {});
	});

	test('come to others when they are shared, and go with the membership', async () => {
		const { person, mate, home, contractor, copy } = await settle();
		const mine = await own({}, person);
		const other = new Copy(mate.client);

		await other.sync();
		assert.deepEqual(other.ids('contractors'), [contractor.id]);
		await person.client.patch(path(mine), { residence_id: home.id });
		assert.deepEqual(news(await other.sync()), only([mine.id]));
		await copy.sync();
		await expectTrue(copy, person);
		expectOk(await mate.client.post(`/api/residences/${home.id}/leave`), 204);
		assert.deepEqual(news(await other.sync()).contractors, { upserted: [], deleted: [contractor.id,
			mine.id].sort() });
		assert.deepEqual(other.ids('contractors'), []);
	});

	test('move with opinions and with what they did', async () => {
		const { person, mate, home, contractor, copy } = await settle();

		await mate.client.request('PUT', path(contractor, '/rating'), { body: { rating: 3 } });
		assert.deepEqual(news(await copy.sync()), only([contractor.id]));
		await person.client.request('PUT', path(contractor, '/favorite'));
		assert.deepEqual(news(await copy.sync()), only([contractor.id]));
		await complete(await newTask(person, home), { contractor_id: contractor.id }, person);
		assert.deepEqual(news(await copy.sync()).contractors, { upserted: [contractor.id], deleted: [] });
		await expectTrue(copy, person);
	});

	test('of somebody alone are not for a token that is narrowed', async () => {
		const { person, home, contractor } = await settle();
		const narrow = await newAccess(person, { residence_ids: [home.id] });
		const copy = new Copy(narrow.client);
		const mine = await own({}, person);

		await copy.sync();
		assert.deepEqual(copy.ids('contractors'), [contractor.id]);
		await person.client.delete(path(mine));
		assert.deepEqual(news(await copy.sync()), {});
	});
});

test('a contractor of a deleted home is gone, and one\'s own stays', async () => {
	const home = await newResidence(robin);
	const [there, mine] = [await make({ residence_id: home.id }), await own()];

	expectOk(await robin.client.delete(`/api/residences/${home.id}`), 204);
	expectProblem(await robin.client.get(path(there)), 404, 'not_found');
	await show(mine);
	assert.deepEqual(await sql("SELECT count(*) FROM contractors WHERE id = :'id'", { id: there.id }), ['1']);
});
