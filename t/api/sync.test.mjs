// sync.test.mjs: a phone that asks what changed has in the end what the lists have, whatever
// happened in between and in whichever order it was committed.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Client, nobody } from './support/client.mjs';
import { copied, Copy, expectTrue, news } from './support/copy.mjs';
import { withinOneDay } from './support/days.mjs';
import { makeMember, removeMember, Session, setTask, sql } from './support/db.mjs';
import { expectInvalid, expectKeys, expectOk, expectProblem } from './support/expect.mjs';
import { missingId, newResidence, newTask, signUp } from './support/people.mjs';

let robin;
let marian;

before(async () => {
	robin = await signUp();
	marian = await signUp({ first_name: 'Marian' });
});

/** A copy that is up to date, of a person who has one residence with one task. */
async function settle() {
	const person = await signUp();
	const residence = await newResidence(person);
	const task = await newTask(person, residence);
	const copy = new Copy(person.client);

	await copy.sync();
	return { person, residence, task, copy };
}

const memberId = (residence, person) => `${residence.id}:${person.user.id}`;

async function complete(residence, task, person, id = missingId()) {
	await sql(`INSERT INTO completions (id, residence_id, task_id, occurrence, completed_by, recorded_by)
		SELECT :'id', :'residence', :'task', 1 + count(*), :'user', :'user' FROM completions
		 WHERE task_id = :'task'`,
	{ id, residence: residence.id, task: task.id, user: person.user.id });
	return id;
}

describe('a first sync', () => {
	test('of somebody without a residence brings nothing, and a token', async () => {
		const copy = new Copy((await signUp()).client);
		const [page, ...others] = await copy.sync();

		assert.equal(others.length, 0);
		assert.equal(page.full_sync, true);
		assert.equal(page.has_more, false);
		assert.match(page.sync_token, /^[A-Za-z0-9_-]+$/);
		assert.deepEqual(news([page]), {});
	});

	test('brings all there is, each as its GET shows it', async () => {
		const { person, residence, task } = await settle();
		const id = await complete(residence, task, person);
		const copy = new Copy(person.client);

		await makeMember(residence, robin.user, 'viewer');
		await newTask(person, await newResidence(person, { name: 'Hut' }), { assigned_to_id: person.user.id });
		await setTask(task, 'archived = true');
		expectOk(await person.client.delete(`/api/tasks/${(await newTask(person, residence)).id}`), 204);
		await copy.sync();
		await expectTrue(copy, person);
		assert.deepEqual(copy.things.tasks.get(task.id),
			copied(expectOk(await person.client.get(`/api/tasks/${task.id}`))));
		assert.deepEqual(copy.things.residences.get(residence.id),
			expectOk(await person.client.get(`/api/residences/${residence.id}`)));
		expectKeys(copy.things.completions.get(id), ['id', 'residence_id', 'task_id', 'title', 'category',
			'occurrence', 'outcome',
			'due_before', 'due_after', 'missed', 'completed_at', 'completed_by', 'recorded_by',
			'contractor_id', 'contractor_name', 'actual_cost', 'note', 'rating', 'photo_count',
			'first_photo_id', 'created_at', 'updated_at', 'version']);
	});

	test('of a household of 2,000 objects takes one round trip a page', async () => {
		const { person, residence, copy: old } = await settle();

		await sql(`INSERT INTO tasks (id, residence_id, title, created_by)
			SELECT gen_random_uuid(), :'residence', 'Task ' || n, :'user' FROM generate_series(1, 1000) n;
			INSERT INTO completions (id, residence_id, task_id, occurrence, completed_by, recorded_by)
			SELECT gen_random_uuid(), residence_id, id, 1, :'user', :'user' FROM tasks
			 WHERE residence_id = :'residence'`,
		{ residence: residence.id, user: person.user.id });
		for (const copy of [new Copy(person.client), old]) {
			for (const sent of [500, 500, 1]) {
				const page = await copy.page();

				assert.equal(page.changes.tasks.upserted.length, copy === old && sent === 1 ? 0 : sent);
				assert.equal(copy.answer.headers['x-hob-round-trips'], '1');
				assert.equal(page.has_more, sent === 500);
			}
			await expectTrue(copy, person);
		}
	});
});

describe('a later sync', () => {
	test('brings nothing when nothing happened', async () => {
		const { copy } = await settle();

		await copy.sync();
		assert.deepEqual(news(await copy.sync()), {});
	});

	test('is 304 for who has the answer, until something happens: the token stays for a day', async () => {
		const { person, residence } = await settle();
		const ask = (since, tag) => person.client.get(`/api/sync?since=${since}`,
			{ headers: tag ? { 'If-None-Match': tag } : {} });
		let token;
		let tag;

		await withinOneDay(['UTC'], async () => {
			token = expectOk(await person.client.get('/api/sync')).sync_token;
			const first = await ask(token);

			assert.equal(expectOk(first).sync_token, token);
			tag = first.headers.etag;
			assert.equal((await ask(token, tag)).status, 304);
			assert.equal((await ask(token, tag)).status, 304);
		});
		const task = await newTask(person, residence);
		const page = expectOk(await ask(token, tag));
		assert.deepEqual(page.changes.tasks.upserted.map(({ id }) => id), [task.id]);
		assert.notEqual(page.sync_token, token);
		assert.deepEqual(expectOk(await ask(page.sync_token)).changes.tasks.upserted, []);
	});

	test('brings what was made and what was changed, and nothing else', async () => {
		const { person, residence, task, copy } = await settle();
		const made = await newTask(person, residence);

		await copy.sync();
		await newResidence(robin);
		expectOk(await person.client.patch(`/api/tasks/${task.id}`, { title: 'Swept' }));
		assert.deepEqual(news(await copy.sync()).tasks, { upserted: [task.id], deleted: [] });
		expectOk(await person.client.patch(`/api/residences/${residence.id}`, { name: 'Hut' }));
		const { residences } = news(await copy.sync());
		assert.deepEqual(residences, { upserted: [residence.id], deleted: [] });
		assert.ok(copy.things.tasks.has(made.id));
		await expectTrue(copy, person);
	});

	test('brings a deleted task as an id, and the task when it is put back', async () => {
		const { person, task, copy } = await settle();

		expectOk(await person.client.delete(`/api/tasks/${task.id}`), 204);
		assert.deepEqual(news(await copy.sync()), { tasks: { upserted: [], deleted: [task.id] } });
		const away = new Copy(person.client);
		await away.sync();
		await setTask(task, 'deleted_at = NULL');
		assert.deepEqual(news(await copy.sync()), { tasks: { upserted: [task.id], deleted: [] } });
		await setTask(task, 'deleted_at = now()');
		await setTask(task, 'deleted_at = NULL');
		assert.deepEqual(news(await away.sync()), { tasks: { upserted: [task.id], deleted: [] } });
		await expectTrue(copy, person);
	});

	test('brings completions, also one that is undone and done again under its id', async () => {
		const { person, residence, task, copy } = await settle();
		const id = await complete(residence, task, person);
		const undo = () => sql("DELETE FROM completions WHERE id = :'id'", { id });

		assert.deepEqual(news(await copy.sync()), { completions: { upserted: [id], deleted: [] } });
		await undo();
		assert.deepEqual(news(await copy.sync()), { completions: { upserted: [], deleted: [id] } });
		await complete(residence, task, person, id);
		assert.deepEqual(news(await copy.sync()).completions, { upserted: [id], deleted: [] });
		await expectTrue(copy, person);
	});

	test('brings the residence and its members when somebody joins, changes role or leaves', async () => {
		const { person, residence, copy } = await settle();
		const id = memberId(residence, robin);

		await makeMember(residence, robin.user, 'viewer');
		assert.deepEqual(news(await copy.sync()),
			{ residences: { upserted: [residence.id], deleted: [] },
				members: { upserted: [id], deleted: [] } });
		assert.equal(copy.things.residences.get(residence.id).member_count, 2);
		await makeMember(residence, robin.user, 'manager');
		assert.deepEqual(news(await copy.sync()).members, { upserted: [id], deleted: [] });
		await removeMember(residence, robin.user);
		assert.deepEqual(news(await copy.sync()),
			{ residences: { upserted: [residence.id], deleted: [] },
				members: { upserted: [], deleted: [id] } });
		await expectTrue(copy, person);
	});

	test('brings every card that shows a name when the name changes', async () => {
		const { person, residence, task, copy } = await settle();
		const friend = await signUp();

		await makeMember(residence, friend.user, 'member');
		await complete(residence, await newTask(friend, residence), friend);
		await copy.sync();
		expectOk(await friend.client.patch('/api/auth/me', { first_name: 'Will' }));
		await copy.sync();
		await expectTrue(copy, person);
		assert.equal(copy.things.tasks.get(task.id).created_by.name, person.user.name);
	});

	test('takes an unassigned task when its assignee leaves', async () => {
		const { person, residence, task, copy } = await settle();

		await makeMember(residence, robin.user, 'member');
		expectOk(await person.client.patch(`/api/tasks/${task.id}`, { assigned_to_id: robin.user.id }));
		await copy.sync();
		await removeMember(residence, robin.user);
		await copy.sync();
		assert.equal(copy.things.tasks.get(task.id).assigned_to, null);
		await expectTrue(copy, person);
	});
});

describe('a person', () => {
	let residence;
	let task;
	let completion;
	let friend;
	let copy;

	before(async () => {
		residence = await newResidence(robin);
		task = await newTask(robin, residence);
		completion = await complete(residence, task, robin);
		friend = await signUp();
		copy = new Copy(friend.client);
		await copy.sync();
		await newResidence(friend);
		await copy.sync();
	});

	const everything = () => ({
		residences: [residence.id], tasks: [task.id], completions: [completion],
		members: [memberId(residence, robin), memberId(residence, friend)].sort(),
	});
	const expectAll = (pages, which) => {
		const all = news(pages);

		for (const kind of Object.keys(everything())) {
			const other = which === 'upserted' ? 'deleted' : 'upserted';
			assert.deepEqual(all[kind][which].sort(), everything()[kind], kind);
			assert.deepEqual(all[kind][other], [], kind);
		}
	};

	test('who joins a residence gets all of it', async () => {
		await makeMember(residence, friend.user, 'member');
		expectAll(await copy.sync(), 'upserted');
		await expectTrue(copy, friend);
	});

	test('who is removed is told to forget all of it, page by page', async () => {
		await removeMember(residence, friend.user);
		const later = await newTask(robin, residence);
		await sql("UPDATE tasks SET created_at = now() + interval '1 hour' WHERE id = :'id'", { id: later.id });
		const pages = await copy.sync(2);
		assert.ok(pages.length > 1);
		expectAll(pages, 'deleted');
		await sql("DELETE FROM tasks WHERE id = :'id'; DELETE FROM tombstones WHERE id = :'id'",
			{ id: later.id });
		await expectTrue(copy, friend);
	});

	test('who comes back gets all of it again', async () => {
		await makeMember(residence, friend.user, 'viewer');
		expectAll(await copy.sync(), 'upserted');
		await removeMember(residence, friend.user);
		await makeMember(residence, friend.user, 'viewer');
		expectAll(await copy.sync(), 'upserted');
		await expectTrue(copy, friend);
	});

	test('loses all of a residence that is deleted, and gets it back when it is restored', async () => {
		expectOk(await robin.client.delete(`/api/residences/${residence.id}`), 204);
		expectAll(await copy.sync(), 'deleted');
		await sql("UPDATE residences SET deleted_at = NULL WHERE id = :'id'", { id: residence.id });
		expectAll(await copy.sync(), 'upserted');
		await expectTrue(copy, friend);
	});

	test('loses a residence that is deleted for good', async () => {
		await sql("DELETE FROM residences WHERE id = :'id'", { id: residence.id });
		expectAll(await copy.sync(), 'deleted');
		await expectTrue(copy, friend);
	});

	test('hears nothing of the residences of others', async () => {
		const { person } = await settle();
		const stranger = new Copy((await signUp()).client);
		const theirs = await newResidence(person);

		await stranger.sync();
		const removed = await newTask(person, theirs);
		expectOk(await person.client.delete(`/api/tasks/${removed.id}`), 204);
		expectOk(await person.client.delete(`/api/residences/${theirs.id}`), 204);
		assert.deepEqual(news(await stranger.sync()), {});
		assert.deepEqual(news(await new Copy(stranger.client).sync()), {});
	});
});

describe('what commits late', () => {
	const sessions = [];
	const open = async () => {
		const session = new Session();

		sessions.push(session);
		await session.run('BEGIN');
		return session;
	};
	// Who makes a task holds what is counted for its residence: who makes another there waits.
	const insert = (residence, person, id) => `INSERT INTO tasks (id, residence_id, title, created_by)
		VALUES ('${id}', '${residence.id}', 'Late', '${person.user.id}')`;

	after(() => sessions.forEach((session) => session.end()));

	test('is not skipped by who synced between its writing and its commit', async () => {
		const { person, residence, copy } = await settle();
		const barn = await newResidence(person);
		const [early, late] = [await open(), await open()];
		const [first, second] = [missingId(), missingId()];

		await early.run(insert(residence, person, first));
		await late.run(insert(barn, person, second));
		await late.run('COMMIT');
		await copy.sync();
		assert.deepEqual(copy.ids('tasks').includes(second), true, 'what is there is not held back');
		assert.deepEqual(copy.ids('tasks').includes(first), false);
		await copy.sync();
		await early.run('COMMIT');
		await copy.sync();
		assert.ok(copy.things.tasks.has(first), 'the earlier transaction came to light later');
		await expectTrue(copy, person);
	});

	test('is not skipped by a walk that began before it and ended after it', async () => {
		const { person, residence, copy } = await settle();
		const barn = await newResidence(person);
		const late = await open();
		const id = missingId();	// sorts before all that are made here: the walk has passed it

		await late.run(insert(residence, person, id));
		for (let n = 0; n < 4; n++)
			await newTask(person, barn);
		await copy.page(2);
		await copy.page(2);
		await late.run('COMMIT');
		await copy.sync(2);
		await copy.sync(2);
		assert.ok(copy.things.tasks.has(id));
		await expectTrue(copy, person);
	});

	test('counts for deletions, memberships and names too', async () => {
		const { person, residence, task, copy } = await settle();
		const [one, two, three] = [await open(), await open(), await open()];
		const other = await newResidence(robin);
		const barn = await newResidence(person);
		const theirs = await newTask(robin, other);
		const friend = await signUp();

		await makeMember(residence, friend.user, 'member');
		await copy.sync();
		await one.run(`UPDATE tasks SET deleted_at = now() WHERE id = '${task.id}'`);
		await two.run(`INSERT INTO residence_members VALUES ('${other.id}', '${person.user.id}', 'viewer')`);
		await three.run(`UPDATE users SET first_name = 'Alan' WHERE id = '${friend.user.id}'`);
		const made = await newTask(person, barn);
		await copy.sync();
		for (const session of [three, two, one]) {
			await session.run('COMMIT');
			await copy.sync();
			await newTask(person, barn);
			await copy.sync();
		}
		assert.ok(!copy.things.tasks.has(task.id));
		assert.ok(copy.things.tasks.has(made.id));
		assert.ok(copy.things.tasks.has(theirs.id));
		await expectTrue(copy, person);
	});

	test('may also never happen', async () => {
		const { person, residence, task, copy } = await settle();
		const session = await open();

		await session.run(insert(residence, person, missingId()));
		await session.run(`UPDATE tasks SET deleted_at = now() WHERE id = '${task.id}'`);
		await copy.sync();
		await session.run('ROLLBACK');
		await copy.sync();
		assert.deepEqual(copy.ids('tasks'), [task.id]);
	});
});

describe('a sync token', () => {
	test('that was tampered with, made up or cut is 410: begin anew', async () => {
		const { copy, person } = await settle();
		const cursor = expectOk(await person.client.get('/api/tasks?limit=1'));
		const flipped = (copy.token[0] === 'A' ? 'B' : 'A') + copy.token.slice(1);

		assert.equal(cursor.next_cursor, null);
		await newTask(person, copy.things.residences.values().next().value);
		const { next_cursor } = expectOk(await person.client.get('/api/tasks?limit=1'));
		for (const token of [flipped, copy.token.slice(0, -1), 'x', 'made up', next_cursor])
			expectProblem(await person.client.get(`/api/sync?since=${encodeURIComponent(token)}`),
				410, 'sync_token_too_old');
		expectInvalid(await person.client.get(`/api/tasks?cursor=${copy.token}`),
			{ cursor: 'format' }, 'query');
	});

	test('of somebody else is 410', async () => {
		const { copy } = await settle();

		expectProblem(await robin.client.get(`/api/sync?since=${copy.token}`), 410, 'sync_token_too_old');
	});

	test('can be used again: the answer was lost', async () => {
		const { person, residence, copy } = await settle();
		const lost = copy.token;
		const made = await newTask(person, residence);

		await copy.sync();
		copy.token = lost;
		assert.deepEqual(news(await copy.sync()).tasks, { upserted: [made.id], deleted: [] });
	});

	test('goes with a limit of any size, and with nothing else', async () => {
		const { person, copy } = await settle();

		for (const limit of [1, 1000, 1000000])
			expectOk(await person.client.get(`/api/sync?since=${copy.token}&limit=${limit}`));
		for (const [query, errors] of [
			['limit=0', { limit: 'too_small' }],
			['limit=-1', { limit: 'too_small' }],
			['limit=many', { limit: 'type' }],
			['since=', { since: 'too_short' }],
			['since=a&since=b', { since: 'duplicate' }],
			['cursor=a', { cursor: 'unknown_field' }],
		])
			expectInvalid(await person.client.get(`/api/sync?${query}`), errors, 'query');
	});

	test('is nothing without a session', async () => {
		const { copy } = await settle();

		for (const client of [nobody, new Client('hob_garbage')])
			expectProblem(await client.get(`/api/sync?since=${copy.token}`), 401, 'unauthorized');
	});
});
