// contractor_races.test.mjs: two at once about a contractor, or about the files of something: who comes second sees
// what the first has done. A psql is the first, and holds the second in the middle.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { held, makeMember, sql } from './support/db.mjs';
import { expectInvalid, expectOk, expectProblem } from './support/expect.mjs';
import { crowd, newContractor, newId, newResidence, newTask } from './support/people.mjs';
import { cleaning, notCleaning, sent } from './support/uploads.mjs';

/** An owner and a member of a home, and a contractor of it. */
async function settle() {
	const [owner, member] = await crowd(2);
	const residence = await newResidence(owner, { time_zone: 'America/New_York' });

	await makeMember(residence, member.user, 'member');
	return { owner, member, residence, contractor: await newContractor(owner, residence) };
}

/** As the owner of the home, in a transaction of psql's that stays open. */
const acting = (holder, { user }, text) =>
	holder.run(`BEGIN; SELECT set_config('hob.user_id', '${user.id}', true); ${text}`);
const completion = ({ owner, residence, contractor, at, cost = 'NULL' }, task) => `INSERT INTO completions (id,
	residence_id, task_id, occurrence, completed_at, completed_by, recorded_by, contractor_id, actual_cost)
	VALUES ('${newId()}', '${residence.id}', '${task.id}', 1, '${at}', '${owner.user.id}', '${owner.user.id}',
	'${contractor.id}', ${cost})`;
const shown = async ({ owner, contractor }) => expectOk(await owner.client.get(`/api/contractors/${contractor.id}`));

describe('what a contractor did', () => {
	test('is counted of two jobs that are done at once', held(async (holder) => {
		const scene = await settle();
		const { owner, member, residence, contractor } = scene;
		const [first, second] = [await newTask(owner, residence), await newTask(owner, residence)];

		await acting(holder, owner, completion({ ...scene, at: '2026-04-02T12:00Z', cost: '10.50' }, first));
		const answer = member.client.post(`/api/tasks/${second.id}/complete`, { occurrence: 1,
			contractor_id: contractor.id, actual_cost: '5.00', completed_at: '2026-03-02T12:00:00Z' });
		await holder.untilBlocking(1, answer);
		await holder.run('COMMIT');
		expectOk(await answer, 201);
		const { job_count: jobs, total_spend: spend, last_used_on: last } = await shown(scene);
		assert.deepEqual([jobs, spend, last], [2, '15.50', '2026-04-02']);
	}));

	const move = ({ owner, residence }) =>
		owner.client.patch(`/api/residences/${residence.id}`, { time_zone: 'Europe/Berlin' });

	test('is on the day of the new zone, if that comes while the first job is done', held(async (holder) => {
		const scene = await settle();

		await acting(holder, scene.owner, completion({ ...scene, at: '2026-03-02T03:00Z' },
			await newTask(scene.owner, scene.residence)));
		const answer = move(scene);
		await holder.untilBlocking(1, answer);
		await holder.run('COMMIT');
		expectOk(await answer);
		assert.equal((await shown(scene)).last_used_on, '2026-03-02');
	}));

	test('is so, too, if the zone is first', held(async (holder) => {
		const scene = await settle();
		const task = await newTask(scene.owner, scene.residence);

		await acting(holder, scene.owner, `UPDATE residences SET time_zone = 'Europe/Berlin'
			WHERE id = '${scene.residence.id}'`);
		const answer = scene.member.client.post(`/api/tasks/${task.id}/complete`, { occurrence: 1,
			contractor_id: scene.contractor.id, completed_at: '2026-03-02T03:00:00Z' });
		await holder.untilBlocking(1, answer);
		await holder.run('COMMIT');
		expectOk(await answer, 201);
		assert.equal((await shown(scene)).last_used_on, '2026-03-02');
	}));
});

describe('a contractor that is deleted', () => {
	test('while something is completed by it completes nothing', held(async (holder) => {
		const { owner, member, residence, contractor } = await settle();
		const task = await newTask(owner, residence);

		await acting(holder, owner, `SELECT hob.delete_contractor('${contractor.id}', NULL, now())`);
		const answer = member.client.post(`/api/tasks/${task.id}/complete`,
			{ occurrence: 1, contractor_id: contractor.id });
		await holder.untilBlocking(1, answer);
		await holder.run('COMMIT');
		expectInvalid(await answer, { contractor_id: 'not_found' });
		assert.equal(expectOk(await owner.client.get(`/api/tasks/${task.id}`)).completed, false);
	}));

	test('behind what is completed by it is named there', held(async (holder) => {
		const scene = await settle();
		const { owner, residence, contractor } = scene;
		const task = await newTask(owner, residence);

		await acting(holder, owner, completion({ ...scene, at: '2026-03-02T12:00Z' }, task));
		const answer = owner.client.delete(`/api/contractors/${contractor.id}`);
		await holder.untilBlocking(1, answer);
		await holder.run('COMMIT');
		expectOk(await answer, 204);
		assert.deepEqual(await sql("SELECT contractor_name FROM completions WHERE task_id = :'id'", task),
			[contractor.name]);
	}));
});

test('a contractor that is shared while its creator rates it takes the rating along', held(async (holder) => {
	const { owner, residence } = await settle();
	const contractor = await newContractor(owner, { id: null });

	await acting(holder, owner, `INSERT INTO contractor_opinions (contractor_id, user_id, rating)
		VALUES ('${contractor.id}', '${owner.user.id}', 4)`);
	const answer = owner.client.patch(`/api/contractors/${contractor.id}`, { residence_id: residence.id });
	await holder.untilBlocking(1, answer);
	await holder.run('COMMIT');
	expectOk(await answer);
	const { residence_id: home, rating_count: count } = await shown({ owner, contractor });
	assert.deepEqual([home, count], [residence.id, 1]);
	assert.deepEqual(await sql("SELECT residence_id FROM contractor_opinions WHERE contractor_id = :'id'",
		{ id: contractor.id }), [residence.id]);
}));

describe('a file', () => {
	before(notCleaning);
	after(cleaning);

	const attach = ({ client }, { id }, upload) => client.post(`/api/tasks/${id}/files`, { upload_ids: [upload] });
	const lock = ({ id }) => `BEGIN; SELECT FROM tasks WHERE id = '${id}' FOR NO KEY UPDATE`;
	const purposes = (id) => sql("SELECT purpose FROM files WHERE id = :'id'", { id });

	test('that somebody hangs on something while they are removed hangs on nothing', held(async (holder) => {
		const { owner, member, residence } = await settle();
		const task = await newTask(owner, residence);
		const { upload_id: id } = await sent(member);

		await holder.run(lock(task));
		const answer = attach(member, task, id);
		await holder.untilBlocking(1, answer);
		// The account of the member is held meanwhile, and whoever removes them needs no more than the home.
		expectOk(await owner.client.delete(`/api/residences/${residence.id}/members/${member.user.id}`), 204);
		await holder.run('COMMIT');
		expectProblem(await answer, 404, 'not_found');
		assert.deepEqual(await purposes(id), ['staged']);
	}));

	test('that is hung on two tasks at once hangs on the first', held(async (holder) => {
		const { member, residence } = await settle();
		const [first, second] = [await newTask(member, residence), await newTask(member, residence)];
		const { upload_id: id } = await sent(member);

		await holder.run(lock(first));
		const answer = attach(member, first, id);
		await holder.untilBlocking(1, answer);
		const other = attach(member, second, id);
		await holder.untilBlocking(2, other);
		await holder.run('COMMIT');
		expectOk(await answer, 201);
		expectInvalid(await other, { upload_ids: 'not_found' });
		assert.deepEqual(await sql("SELECT task_id FROM files WHERE id = :'id'", { id }), [first.id]);
	}));

	test('that two members hang on the same task at once is that of who sent it', held(async (holder) => {
		const { owner, member, residence } = await settle();
		const task = await newTask(owner, residence);
		const { upload_id: id } = await sent(member);

		await holder.run(lock(task));
		const answers = [attach(owner, task, id), attach(member, task, id)];
		await holder.untilBlocking(2, Promise.race(answers));
		await holder.run('COMMIT');
		expectInvalid(await answers[0], { upload_ids: 'not_found' });
		expectOk(await answers[1], 201);
		assert.deepEqual(await sql("SELECT purpose, uploaded_by FROM files WHERE id = :'id'", { id }),
			[`task|${member.user.id}`]);
	}));
});
