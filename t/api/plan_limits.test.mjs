// plan_limits.test.mjs: how many there may be of each thing, and what is refused when there are so many.
import assert from 'node:assert/strict';
import { after, afterEach, describe, test } from 'node:test';

import { allow, allowAgain, makeMember, manyTasks, sql, usageOf } from './support/db.mjs';
import { expectOk, expectPage, expectProblem } from './support/expect.mjs';
import { crowd, newId, newResidence, newTask, signIn, signUp } from './support/people.mjs';

/** 402 that names what there is too much of, and the tier that has more. */
function expectFull(res, limit, max, tier = null, used = max) {
	const problem = expectProblem(res, 402, 'plan_limit_reached');

	assert.deepEqual([problem.limit, problem.used, problem.max, problem.tier_needed], [limit, used, max, tier]);
	assert.ok(problem.detail);
}

describe('a limit', () => {
	const set = (name, value) => sql(`UPDATE settings SET value = ${value} WHERE name = 'limit.${name}'`);
	const PLANS = ['residences', 'members', 'tasks', 'kept_tasks', 'contractors', 'documents', 'feeds',
		'share_codes'];

	afterEach(() => Promise.all(PLANS.map(allowAgain)));
	after(() => set('sessions', 50));

	test('has a default whatever the plan', async () => {
		assert.deepEqual(await sql("SELECT name, value FROM settings WHERE name LIKE 'limit.%' ORDER BY name"),
			['limit.access_tokens|20', 'limit.devices|20', 'limit.files|50', 'limit.invitations|20',
				'limit.leaving_mib|512', 'limit.memberships|100', 'limit.processing_files|20',
				'limit.sessions|50', 'limit.staged_files|20', 'limit.staged_mib|256',
				'limit.webhooks|10']);
	});

	test('of tasks holds for one, for many, for templates, and never refuses what is there', async () => {
		const [person] = await crowd(1);
		const residence = await newResidence(person);
		const create = (fields) =>
			person.client.post('/api/tasks', { residence_id: residence.id, title: 'One more', ...fields });
		const id = newId();

		await manyTasks(residence, person, 4998);
		expectOk(await create({ id }), 201);
		const last = expectOk(await create(), 201);
		expectFull(await create(), 'tasks', 5000);
		assert.equal(expectOk(await create({ id })).id, id, 'what is there is shown');
		const bulk = expectOk(await person.client.post('/api/tasks/bulk',
			{ create: [{ residence_id: residence.id, title: 'x' }],
				update: [{ id: last.id, title: 'Changed' }] }));
		assert.deepEqual([bulk.created[0].status, bulk.created[0].problem.limit, bulk.updated[0].status],
			[402, 'tasks', 200]);
		const [template, other] = expectPage(await person.client.get('/api/task-templates'));
		const apply = (codes) => person.client.post('/api/task-templates/apply',
			{ residence_id: residence.id, codes });
		expectFull(await apply([template.code]), 'tasks', 5000);
		expectOk(await person.client.delete(`/api/tasks/${last.id}`), 204);
		expectFull(await apply([template.code, other.code]), 'tasks', 5000, null, 4999);
		expectOk(await apply([template.code]));
		expectOk(await apply([template.code]));
		expectFull(await create(), 'tasks', 5000);
	});

	test('of contractors holds for a residence and for what is somebody\'s alone, however they come', async () => {
		const [person] = await crowd(1);
		const residence = await newResidence(person);
		const create = (fields) => person.client.post('/api/contractors', { name: 'One more', ...fields });
		const here = { residence_id: residence.id };

		await allow('contractors', 2);
		expectOk(await create(here), 201);
		const second = expectOk(await create(here), 201);
		expectFull(await create(here), 'contractors', 2, 'plus');
		const own = expectOk(await create(), 201);
		expectOk(await create(), 201);
		expectFull(await create(), 'contractors', 2, 'plus');
		expectFull(await person.client.patch(`/api/contractors/${own.id}`, here), 'contractors', 2, 'plus');
		expectOk(await person.client.delete(`/api/contractors/${second.id}`), 204);
		expectOk(await person.client.patch(`/api/contractors/${own.id}`, here));
		expectOk(await create(), 201);
	});

	test('is held by 64 at once: one below it, exactly one is made', async () => {
		const [person] = await crowd(1);
		const residence = await newResidence(person);
		const body = { residence_id: residence.id, title: 'x', name: 'x' };
		const lists = { tasks: '/api/tasks', documents: '/api/documents', contractors: '/api/contractors' };

		for (const [name, list] of Object.entries(lists)) {
			const { [list === lists.contractors ? 'title' : 'name']: _, ...fields } = body;

			await allow(name, 3);
			for (let n = 0; n < 2; n += 1)
				expectOk(await person.client.post(list, fields), 201);
			const results = await Promise.all(Array.from({ length: 64 },
				() => person.client.post(list, fields)));
			assert.equal(results.filter((res) => res.status === 201).length, 1, name);
			results.filter((res) => res.status !== 201).forEach((res) => expectFull(res, name, 3, 'plus'));
			await allowAgain(name);
		}
	});

	test('is held by 50 who join at once: one below it, exactly one is let in', async () => {
		const [owner, first, ...people] = await crowd(52);
		const residence = await newResidence(owner);
		const { code } = expectOk(await owner.client.post(`/api/residences/${residence.id}/share-codes`,
			{ role: 'member', max_uses: 100 }), 201);
		const join = (person) => person.client.post('/api/residences/join', { code });

		await allow('members', 3);
		expectOk(await join(first));
		const results = await Promise.all(people.map(join));
		assert.equal(results.filter((res) => res.status === 200).length, 1);
		results.filter((res) => res.status !== 200).forEach((res) => expectFull(res, 'members', 3, 'plus'));
	});

	test('is told by item of what crosses it: what fits is made', async () => {
		const [person] = await crowd(1);
		const residence = await newResidence(person);
		const create = Array.from({ length: 5 }, () => ({ residence_id: residence.id, title: 'x' }));

		await allow('tasks', 3);
		const bulk = expectOk(await person.client.post('/api/tasks/bulk', { create }));
		assert.deepEqual(bulk.created.map((part) => part.status), [201, 201, 201, 402, 402]);
		assert.deepEqual(bulk.created[3].problem.tier_needed, 'plus');
		await allow('tasks', 5);
		const rows = 'title\na\nb\nc\n';
		const imported = expectOk(await person.client.request('POST',
			`/api/residences/${residence.id}/tasks/import`,
			{ raw: rows, headers: { 'content-type': 'text/csv' } }));
		assert.deepEqual(imported.rows.map((row) => row.status), [201, 201, 402]);
	});

	test('of tasks counts the open ones, and another one all that are kept', async () => {
		const [person] = await crowd(1);
		const residence = await newResidence(person);
		const create = () => person.client.post('/api/tasks', { residence_id: residence.id, title: 'x' });

		await manyTasks(residence, person, 5000);
		expectFull(await create(), 'tasks', 5000);
		for (const change of ['archived = true', "state = 'cancelled'", 'completed = true']) {
			await sql(`UPDATE tasks SET ${change}
				WHERE id = (SELECT id FROM tasks WHERE residence_id = :'residence' AND NOT archived
				AND NOT completed AND state <> 'cancelled' LIMIT 1)`, { residence: residence.id });
			expectOk(await create(), 201);
			expectFull(await create(), 'tasks', 5000);
		}
		await manyTasks(residence, person, 14997, { archived: 'true' });
		await sql("UPDATE tasks SET archived = true WHERE residence_id = :'residence'",
			{ residence: residence.id });
		expectFull(await create(), 'kept_tasks', 20000);
	});

	test('of -1 is none', async () => {
		const [person] = await crowd(1);
		const residence = await newResidence(person);

		await allow('tasks', -1);
		await manyTasks(residence, person, 5000);
		expectOk(await person.client.post('/api/tasks', { residence_id: residence.id, title: 'x' }), 201);
	});

	test('that is passed by what is there refuses what is new, and nothing else', async () => {
		const [person] = await crowd(1);
		const residence = await newResidence(person);
		const task = await newTask(person, residence);

		await newTask(person, residence, { recurrence: { unit: 'week' }, due_on: '2031-01-06' });
		await allow('tasks', 1);
		expectFull(await person.client.post('/api/tasks', { residence_id: residence.id, title: 'x' }),
			'tasks', 1, 'plus', 2);
		expectOk(await person.client.patch(`/api/tasks/${task.id}`, { title: 'Changed' }));
		const { id } = expectOk(await person.client.post(`/api/tasks/${task.id}/complete`,
			{ occurrence: 1 }), 201);
		expectOk(await person.client.delete(`/api/completions/${id}`), 204);
		expectOk(await person.client.post(`/api/tasks/${task.id}/archive`));
		expectOk(await person.client.post(`/api/tasks/${task.id}/unarchive`));
		expectOk(await person.client.get(`/api/tasks/kanban?residence_id=${residence.id}`));
	});

	test('of residences counts what somebody owns; who is handed one must have room', async () => {
		const [owner, heir] = await crowd(2);
		const residence = await newResidence(owner);

		await makeMember(residence, heir.user, 'member');
		await newResidence(heir);
		await allow('residences', 1);
		expectFull(await heir.client.post('/api/residences', { name: 'One more' }), 'residences', 1, 'plus');
		const hand = () => owner.client.post(`/api/residences/${residence.id}/transfer`,
			{ user_id: heir.user.id });
		expectProblem(await hand(), 409, 'new_owner_full');
		await allow('residences', 2);
		expectOk(await hand());
		const [mine, theirs] = [await usageOf(owner.user), await usageOf(heir.user)];
		assert.deepEqual([mine.residences, theirs.residences], [0, 2]);
		expectOk(await heir.client.delete(`/api/residences/${residence.id}`), 204);
		assert.equal((await usageOf(heir.user)).residences, 1);
	});

	test('of feeds is of an account', async () => {
		const [person] = await crowd(1);
		const feed = () => person.client.post('/api/calendar-feeds', {});

		await allow('feeds', 2);
		const made = expectOk(await feed(), 201);
		expectOk(await feed(), 201);
		expectFull(await feed(), 'feeds', 2, 'plus');
		expectOk(await person.client.delete(`/api/calendar-feeds/${made.id}`), 204);
		expectOk(await feed(), 201);
	});

	test('of memberships holds for homes that somebody makes and those that they join', async () => {
		const [person, friend] = await crowd(2);
		const residence = await newResidence(friend);
		const share = async () =>
			expectOk(await friend.client.post(`/api/residences/${residence.id}/share-codes`,
				{ role: 'member' }), 201);
		const join = async () => person.client.post('/api/residences/join', { code: (await share()).code });

		await allow('residences', -1);
		await sql(`INSERT INTO residences (id, owner_id, name, time_zone)
			SELECT gen_random_uuid(), :'user', 'Home', 'UTC' FROM generate_series(1, 99)`,
			{ user: person.user.id });
		const id = newId();
		expectOk(await person.client.post('/api/residences', { id, name: 'The last' }), 201);
		expectFull(await person.client.post('/api/residences', { name: 'One more' }), 'memberships', 100);
		assert.equal(expectOk(await person.client.post('/api/residences', { id, name: 'The last' })).id, id);
		expectFull(await join(), 'memberships', 100);
		expectOk(await person.client.delete(`/api/residences/${id}`), 204);
		expectOk(await join());
		expectFull(await person.client.post('/api/residences', { name: 'One more' }), 'memberships', 100);
	});

	test('of share codes counts those that are open, also of many at once', async () => {
		const [owner] = await crowd(1);
		const residence = await newResidence(owner);
		const share = () => owner.client.post(`/api/residences/${residence.id}/share-codes`,
			{ role: 'viewer' });
		const results = await Promise.all(Array.from({ length: 25 }, share));
		const made = results.filter((res) => res.status === 201);

		assert.equal(made.length, 20);
		results.filter((res) => res.status !== 201).forEach((res) => expectFull(res, 'share_codes', 20));
		expectOk(await owner.client.delete(`/api/residences/${residence.id}/share-codes/${made[0].body.id}`),
			204);
		expectOk(await share(), 201);
		expectFull(await share(), 'share_codes', 20);
		await sql("UPDATE share_codes SET expires_at = now() WHERE id = :'id'", { id: made[1].body.id });
		expectOk(await share(), 201);
	});

	test('is counted by whatever changes what there is, and counted anew when it is wrong', async () => {
		const [owner, member] = await crowd(2);
		const [residence, other] = [await newResidence(owner), await newResidence(owner)];
		const task = await newTask(owner, residence);
		const act = (name, body) => owner.client.post(`/api/tasks/${task.id}/${name}`, body);
		const tasks = async (where) => {
			const { tasks: open, kept_tasks: kept } = await usageOf(where);
			return [open, kept];
		};

		assert.deepEqual(await tasks(residence), [1, 1]);
		const done = expectOk(await act('complete', { occurrence: 1 }), 201);
		assert.deepEqual(await tasks(residence), [0, 1]);
		expectOk(await owner.client.delete(`/api/completions/${done.id}`), 204);
		expectOk(await act('archive'));
		assert.deepEqual(await tasks(residence), [0, 1]);
		expectOk(await act('unarchive'));
		expectOk(await act('transfer', { residence_id: other.id }));
		assert.deepEqual([await tasks(residence), await tasks(other)], [[0, 0], [1, 1]]);
		expectOk(await owner.client.delete(`/api/tasks/${task.id}`), 204);
		assert.deepEqual(await tasks(other), [0, 0]);
		const { code } = expectOk(await owner.client.post(`/api/residences/${residence.id}/share-codes`,
			{ role: 'member' }), 201);
		expectOk(await member.client.post('/api/residences/join', { code }));
		const { members } = await usageOf(residence);
		assert.equal(members, 2);
		expectOk(await owner.client.delete(`/api/residences/${residence.id}/members/${member.user.id}`), 204);
		assert.equal((await usageOf(residence)).members, members - 1);
		const right = await usageOf(residence);
		await sql("UPDATE usage SET used = '{7,7,7,7,7,7,7,7,7}', tier = 'plus' WHERE about = :'id'",
			{ id: residence.id });
		assert.deepEqual(await sql("SELECT hob.recount(:'id'), hob.recount(:'id')", { id: residence.id }),
			[`${Object.keys(right).length + 1}|0`]);
		assert.deepEqual(await usageOf(residence), right);
	});

	test('of sessions refuses no login: the session that was used longest ago ends, at once', async () => {
		const person = await signUp();
		const first = await signIn(person, 'first');

		await sql(`INSERT INTO sessions (id, user_id, token_hash, last_seen_at)
			SELECT gen_random_uuid(), :'id', 'filler ' || n || :'id', now() - n * interval '1 second'
			  FROM generate_series(1, 47) n`,
		{ id: person.user.id });
		await sql(`UPDATE sessions SET last_seen_at = now() - interval '30 minutes'
			WHERE user_id = :'id' AND device_name = 'first'`, { id: person.user.id });
		const fiftieth = await signIn(person, 'fiftieth');
		for (let i = 0; i < 20; i += 1) // so that every worker may know it
			expectOk(await first.client.get('/api/auth/me'));
		const next = await signIn(person, 'next');
		for (let i = 0; i < 20; i += 1)
			expectProblem(await first.client.get('/api/auth/me'), 401, 'unauthorized');
		for (const session of [person, fiftieth, next])
			expectOk(await session.client.get('/api/auth/me'));
		assert.deepEqual(await sql("SELECT count(*) FROM sessions WHERE user_id = :'id'",
			{ id: person.user.id }), ['50']);
	});

	test('of sessions holds for logins at once', async () => {
		const person = await signUp();

		await set('sessions', 3);
		await Promise.all(Array.from({ length: 6 }, () => signIn(person)));
		assert.deepEqual(await sql("SELECT count(*) FROM sessions WHERE user_id = :'id'",
			{ id: person.user.id }), ['3']);
		await set('sessions', 50);
	});
});
