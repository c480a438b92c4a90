// races.test.mjs: two requests at once, each right by itself: between the look and the write of one
// the other has its turn. Where the order matters a psql holds one of them in the middle.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Cards, Csv } from './support/client.mjs';
import { arranged, Session, makeMember, sql } from './support/db.mjs';
import { expectInvalid, expectOk, expectProblem } from './support/expect.mjs';
import { crowd, newResidence, newTask, signUp } from './support/people.mjs';

/** Resolves when a request waits for a lock; fails when `answer` comes before. */
async function waiting(answer) {
	let early;

	answer.then((res) => { early = res; });
	for (;;) {
		const [n] = await sql("SELECT count(*) FROM pg_locks WHERE NOT granted");

		if (Number(n) > 0)
			return;
		assert.equal(early, undefined, `${early?.status} ${early?.text}`);
	}
}

describe('who is removed between the look at their role and the write', () => {
	let owner;
	let residence;
	let holder;

	before(async () => {
		[owner] = await crowd(1);
		residence = await newResidence(owner);
		holder = new Session();
	});
	after(() => holder.end());

	/** `send`, held between its scope and its own statement until the sender is a member of `kept` alone. */
	async function removedMeanwhile(send, kept) {
		const [friend] = await crowd(1);

		await makeMember(residence, friend.user, 'manager');
		if (kept)
			await makeMember(kept, friend.user, 'member');
		await holder.run('BEGIN; LOCK TABLE idempotency_keys IN ACCESS EXCLUSIVE MODE');
		const answer = send(friend.client, { headers: { 'Idempotency-Key': friend.user.id } });
		await waiting(answer);
		await holder.run(`DELETE FROM residence_members WHERE user_id = '${friend.user.id}'
			AND residence_id = '${residence.id}'; COMMIT`);
		expectProblem(await answer, 404, 'not_found');
	}

	test('finds no residence to make a task in', () => removedMeanwhile((client, options) =>
		client.post('/api/tasks', { residence_id: residence.id, title: 'Too late' }, options)));
	test('finds no residence to share', () => removedMeanwhile((client, options) =>
		client.post(`/api/residences/${residence.id}/share-codes`, { role: 'viewer' }, options)));
	test('finds no task to complete', async () => {
		const task = await newTask(owner, residence);

		await removedMeanwhile((client, options) =>
			client.post(`/api/tasks/${task.id}/complete`, { occurrence: 1 }, options));
	});

	test('finds no task to move or copy, and no residence to bring one to', async () => {
		const other = await newResidence(owner);
		const [here, there] = [await newTask(owner, residence), await newTask(owner, other)];

		for (const act of ['transfer', 'copy'])
			for (const [task, to] of [[here, other], [there, residence]])
				await removedMeanwhile((client, options) =>
					client.post(`/api/tasks/${task.id}/${act}`, { residence_id: to.id }, options),
				other);
	});

	test('is never answered 500, however the two meet', async () => {
		for (let round = 0; round < 10; round += 1) {
			const [friend] = await crowd(1);

			await makeMember(residence, friend.user, 'member');
			const create = () => friend.client.post('/api/tasks',
				{ residence_id: residence.id, title: 'Now' });
			const results = await Promise.all([create(), create(),
				owner.client.delete(`/api/residences/${residence.id}/members/${friend.user.id}`),
				create(), create()]);

			expectOk(results[2], 204);
			for (const i of [0, 1, 3, 4])
				assert.ok([201, 404].includes(results[i].status), results[i].text);
		}
	});

	test('and a right that was never granted is still our fault', async () => {
		const [friend] = await crowd(1);

		await makeMember(residence, friend.user, 'member');
		await sql('REVOKE INSERT ON tasks FROM hob_api');
		try {
			await assert.rejects(friend.client.post('/api/tasks',
				{ residence_id: residence.id, title: 'x' }),
				/"status":500/, 'which no document promises');
		} finally {
			await sql('GRANT INSERT ON tasks TO hob_api');
		}
	});
});

test('a change of who belongs to a residence does not hold up tasks in it', async () => {
	const [owner] = await crowd(1);
	const residence = await newResidence(owner);
	const holder = new Session();

	await holder.run(`BEGIN; SELECT set_config('hob.user_id', '${owner.user.id}', true);
		SELECT hob.lock_residence('${residence.id}', 'owner')`);
	await newTask(owner, residence);
	await holder.run('COMMIT');
	holder.end();
});

describe('a name that changes while its owner makes or joins a residence', () => {
	const shown = async (person) => {
		const names = await sql("SELECT DISTINCT name FROM residence_people WHERE user_id = :'id'",
			{ id: person.user.id });

		assert.deepEqual(names, await sql("SELECT name FROM users WHERE id = :'id'", { id: person.user.id }));
	};

	test('shows there: the new residence waits for the change', async () => {
		const [person] = await crowd(1);
		const holder = new Session();

		await newResidence(person);
		await holder.run(`BEGIN; UPDATE users SET first_name = 'New' WHERE id = '${person.user.id}'`);
		const made = person.client.post('/api/residences', { name: 'Meanwhile' });
		await waiting(made);
		await holder.run('COMMIT');
		expectOk(await made, 201);
		await shown(person);
		holder.end();
	});

	test('shows there: the change waits for the new residence', async () => {
		const [person] = await crowd(1);
		const holder = new Session();

		await holder.run(`BEGIN; INSERT INTO residences (id, owner_id, name, time_zone)
			VALUES (gen_random_uuid(), '${person.user.id}', 'Meanwhile', 'UTC')`);
		const changed = person.client.patch('/api/auth/me', { first_name: 'New' });
		await waiting(changed);
		await holder.run('COMMIT');
		expectOk(await changed);
		await shown(person);
		holder.end();
	});

	test('shows there in every round of a race', async () => {
		const [owner, person] = await crowd(2);

		for (let round = 0; round < 10; round += 1) {
			const residence = await newResidence(owner);
			const { code } = expectOk(await owner.client.post(`/api/residences/${residence.id}/share-codes`,
				{ role: 'viewer' }), 201);
			const results = await Promise.all([
				person.client.patch('/api/auth/me', { first_name: `Name ${round}` }),
				person.client.post('/api/residences', { name: 'Mine' }),
				person.client.post('/api/residences/join', { code }),
			]);

			assert.deepEqual(results.map((res) => res.status), [200, 201, 200]);
			await shown(person);
		}
	});
});

describe('the same file from two phones at once', () => {
	const FILES = { tasks: new Csv('title\nSweep\n'),
		contractors: new Cards('BEGIN:VCARD\nVERSION:4.0\nFN:Sweep\nEND:VCARD\n') };

	for (const [table, file] of Object.entries(FILES))
		test(`makes ${table} once, and shows them to the other`, arranged(async () => {
			const [owner] = await crowd(1);
			const residence = await newResidence(owner);
			const holder = new Session();
			const send = () => owner.client.post(`/api/residences/${residence.id}/${table}/import`, file);

			try { // until both have looked and found nothing
				await holder.run(
					`BEGIN; SELECT FROM residences WHERE id = '${residence.id}' FOR UPDATE`);
				const both = Promise.all([send(), send()]);
				await holder.untilBlocking(2);
				await holder.run('COMMIT');
				const rows = (await both).map((res) => expectOk(res).rows[0]);
				assert.deepEqual(rows.map((row) => row.status).sort(), [200, 201],
					JSON.stringify(rows));
				assert.equal(rows[0].id, rows[1].id);
			} finally {
				holder.end();
			}
		}));
});

describe('a member whose account is disabled', () => {
	let owner;
	let residence;
	let gone;
	let task;

	before(async () => {
		owner = await signUp();
		[gone] = await crowd(1);
		residence = await newResidence(owner);
		task = await newTask(owner, residence);
		await makeMember(residence, gone.user, 'manager');
		await sql("UPDATE users SET is_active = false WHERE id = :'id'", { id: gone.user.id });
	});

	test('is not given a residence', async () => {
		expectProblem(await owner.client.post(`/api/residences/${residence.id}/transfer`,
			{ user_id: gone.user.id }), 409, 'member_disabled');
	});

	test('is given no task, in none of the ways there are', async () => {
		const refused = { assigned_to_id: 'disabled' };
		const given = { residence_id: residence.id, title: 'x', assigned_to_id: gone.user.id };
		const { client } = owner;

		expectInvalid(await client.post('/api/tasks', given), refused);
		expectInvalid(await client.patch(`/api/tasks/${task.id}`, { assigned_to_id: gone.user.id }), refused);
		expectInvalid(await client.post(`/api/tasks/${task.id}/assign`,
			{ assigned_to_id: gone.user.id }), refused);
		const bulk = expectOk(await client.post('/api/tasks/bulk', { create: [given],
			update: [{ id: task.id, assigned_to_id: gone.user.id }] }));
		for (const [part] of [bulk.created, bulk.updated])
			assert.deepEqual([part.status, part.problem.errors.map((e) => e.code)], [400, ['disabled']]);
	});

	test('has done nothing, but what they were given before stays theirs', async () => {
		expectInvalid(await owner.client.post(`/api/tasks/${task.id}/complete`,
			{ occurrence: 1, completed_by_id: gone.user.id }), { completed_by_id: 'disabled' });
		await sql("UPDATE users SET is_active = true WHERE id = :'id'", { id: gone.user.id });
		expectOk(await owner.client.post(`/api/tasks/${task.id}/assign`, { assigned_to_id: gone.user.id }));
		await sql("UPDATE users SET is_active = false WHERE id = :'id'", { id: gone.user.id });
		const changed = expectOk(await owner.client.patch(`/api/tasks/${task.id}`, { title: 'Still theirs' }));
		assert.equal(changed.assigned_to.id, gone.user.id);
	});
});
