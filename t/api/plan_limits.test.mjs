// plan_limits.test.mjs: how many there may be of each thing, and what is refused when there are so many.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';

import { manyTasks, seedTasks, sql } from './support/db.mjs';
import { expectOk, expectPage, expectProblem } from './support/expect.mjs';
import { crowd, newId, newResidence, signIn, signUp } from './support/people.mjs';

/** 402 that names what there is too much of. */
function expectFull(res, limit, max) {
	const problem = expectProblem(res, 402, 'plan_limit_reached');

	assert.deepEqual([problem.limit, problem.used, problem.max, problem.tier_needed], [limit, max, max, null]);
	assert.ok(problem.detail);
}

describe('a limit', () => {
	const set = (name, value) => sql(`UPDATE settings SET value = ${value} WHERE name = 'limit.${name}'`);
	const DEFAULTS = { tasks: 5000, kept_tasks: 20000, share_codes: 20, residences: 100, sessions: 50,
		members: 50, contractors: 500 };

	after(() => Promise.all(Object.entries(DEFAULTS).map(([name, value]) => set(name, value))));

	test('has a default for what a residence has, and for what an account has', async () => {
		assert.deepEqual(await sql("SELECT name, value FROM settings WHERE name LIKE 'limit.%' ORDER BY name"),
			['limit.access_tokens|20', 'limit.contractors|500', 'limit.devices|20',
				'limit.documents|2000', 'limit.feeds|20', 'limit.file_mib|2048', 'limit.files|50',
				'limit.invitations|20', 'limit.kept_tasks|20000', 'limit.leaving_mib|512',
				'limit.members|50', 'limit.processing_files|20', 'limit.residences|100',
				'limit.sessions|50', 'limit.share_codes|20', 'limit.staged_files|20',
				'limit.staged_mib|256', 'limit.tasks|5000', 'limit.webhooks|10']);
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
		expectFull(await apply([template.code, other.code]), 'tasks', 5000);
		expectOk(await apply([template.code]));
		expectOk(await apply([template.code]));
		expectFull(await create(), 'tasks', 5000);
	});

	test('of contractors holds for a residence and for what is somebody\'s alone, however they come', async () => {
		const [person] = await crowd(1);
		const residence = await newResidence(person);
		const create = (fields) => person.client.post('/api/contractors', { name: 'One more', ...fields });
		const here = { residence_id: residence.id };

		await set('contractors', 2);
		expectOk(await create(here), 201);
		const second = expectOk(await create(here), 201);
		expectFull(await create(here), 'contractors', 2);
		const own = expectOk(await create(), 201);
		expectOk(await create(), 201);
		expectFull(await create(), 'contractors', 2);
		expectFull(await person.client.patch(`/api/contractors/${own.id}`, here), 'contractors', 2);
		expectOk(await person.client.delete(`/api/contractors/${second.id}`), 204);
		expectOk(await person.client.patch(`/api/contractors/${own.id}`, here));
		expectOk(await create(), 201);
		await set('contractors', 500);
	});

	test('of tasks is passed by no more than are made in the same moment', async () => {
		const [person] = await crowd(1);
		const residence = await newResidence(person);

		await manyTasks(residence, person, 4995);
		const results = await Promise.all(Array.from({ length: 40 }, () =>
			person.client.post('/api/tasks', { residence_id: residence.id, title: 'x' })));
		const made = results.filter((res) => res.status === 201).length;
		results.filter((res) => res.status !== 201).forEach((res) => expectFull(res, 'tasks', 5000));
		assert.ok(made >= 5 && made <= 5 + 4, `${made}: four workers`);
		expectFull(await person.client.post('/api/tasks', { residence_id: residence.id, title: 'x' }),
			'tasks', 5000);
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

	test('of thousands of tasks is noticed while a residence fills up', async () => {
		const [person] = await crowd(1);
		const residence = await newResidence(person);
		const bulk = async (count) => expectOk(await person.client.post('/api/tasks/bulk', {
			create: Array.from({ length: count }, () => ({ residence_id: residence.id, title: 'x' })) }))
				.created.map((part) => part.status);
		const crowded = () =>
			sql("SELECT count(*) FROM hob.crowded_residences WHERE residence_id = :'residence'",
				{ residence: residence.id });

		await set('tasks', 2000);
		for (let n = 0; n < 1000; n += 100)
			await bulk(100);
		assert.deepEqual(await crowded(), ['0'], 'half full');
		for (let n = 1000; n < 2000; n += 100)
			assert.deepEqual([...new Set(await bulk(100))], [201]);
		assert.deepEqual(await crowded(), ['1']);
		assert.deepEqual([...new Set(await bulk(3))], [402]);
		await set('tasks', DEFAULTS.tasks);
		await sql("DELETE FROM residences WHERE id = :'residence'", { residence: residence.id });
		assert.deepEqual(await crowded(), ['0'], 'deleted for good');
	});

	test('of tasks that was passed unseen holds soon, and from then on', async () => {
		const [person] = await crowd(1);
		const residence = await newResidence(person);
		const create = () => person.client.post('/api/tasks', { residence_id: residence.id, title: 'x' });
		let passed = 0;

		await seedTasks(residence, person, 5100);
		// 63 of 64 are not looked at: 2,000 in a row with a chance of 10^-13.
		while ((await create()).status === 201 && passed < 2000)
			passed += 1;
		assert.ok(passed > 0 && passed < 2000, String(passed));
		for (let n = 0; n < 20; n += 1)
			expectFull(await create(), 'tasks', 5000);
	});

	test('of few tasks is exact from the first on', async () => {
		const [person] = await crowd(1);
		const residence = await newResidence(person);
		const create = () => person.client.post('/api/tasks', { residence_id: residence.id, title: 'x' });

		await set('tasks', 3);
		for (let n = 0; n < 3; n += 1)
			expectOk(await create(), 201);
		for (let n = 0; n < 20; n += 1)
			expectFull(await create(), 'tasks', 3);
		await set('tasks', DEFAULTS.tasks);
	});

	test('of -1 is none', async () => {
		const [person] = await crowd(1);
		const residence = await newResidence(person);

		await set('tasks', -1);
		await manyTasks(residence, person, 5000);
		expectOk(await person.client.post('/api/tasks', { residence_id: residence.id, title: 'x' }), 201);
		await set('tasks', DEFAULTS.tasks);
	});

	test('of residences holds for those that somebody makes and those that they join', async () => {
		const [person, friend] = await crowd(2);
		const residence = await newResidence(friend);
		const share = async () =>
			expectOk(await friend.client.post(`/api/residences/${residence.id}/share-codes`,
				{ role: 'member' }), 201);
		const join = async () => person.client.post('/api/residences/join', { code: (await share()).code });

		await sql(`INSERT INTO residences (id, owner_id, name, time_zone)
			SELECT gen_random_uuid(), :'user', 'Home', 'UTC' FROM generate_series(1, 99)`,
			{ user: person.user.id });
		const id = newId();
		expectOk(await person.client.post('/api/residences', { id, name: 'The last' }), 201);
		expectFull(await person.client.post('/api/residences', { name: 'One more' }), 'residences', 100);
		assert.equal(expectOk(await person.client.post('/api/residences', { id, name: 'The last' })).id, id);
		expectFull(await join(), 'residences', 100);
		expectOk(await person.client.delete(`/api/residences/${id}`), 204);
		expectOk(await join());
		expectFull(await person.client.post('/api/residences', { name: 'One more' }), 'residences', 100);
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
		await set('sessions', DEFAULTS.sessions);
	});
});
