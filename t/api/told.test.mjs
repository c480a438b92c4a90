// told.test.mjs: who does something in a residence tells those whom it concerns, and nobody else, and what is taken
// back before it was read is not told.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { newCrew } from './support/crew.mjs';
import { makeMember, removeMember, sql } from './support/db.mjs';
import { expectOk, expectPage, INSTANT } from './support/expect.mjs';
import { crowd, newId, newResidence, newTask } from './support/people.mjs';

const PATH = '/api/notifications';

/** As often as every worker has its turn, and remembers what there is to remember. */
const WORKERS_TURNS = 32;

let crew;

before(async () => {
	crew = await newCrew('Europe/Berlin');
});

const inbox = async ({ client }, query = '') => expectPage(await client.get(`${PATH}${query}`));
const told = async (person) => (await inbox(person)).map(({ kind, title }) => `${kind} ${title}`);
const read = async (person) => Promise.all((await inbox(person, '?unread=true')).map(async ({ id }) =>
	expectOk(await person.client.post(`${PATH}/${id}/read`))));
/** Nobody has been told of anything. */
async function afresh() {
	await sql("DELETE FROM notices WHERE user_id = ANY (:'users')",
		{ users: `{${[crew.robin, crew.nan, crew.gus, crew.maud].map(({ user }) => user.id)}}` });
	return crew;
}

const assign = (task, person, by = crew.robin) =>
	crew.tap(task, 'assign', { assigned_to_id: person?.user.id ?? null }, by);

const importFor = (person, query = '') => crew.robin.client.request('POST',
	`/api/residences/${crew.residence.id}/tasks/import${query}`,
	{ headers: { 'Content-Type': 'text/csv' },
		raw: `title,assigned_to_id\nSweep the chimney,${person.user.id}\n` });

describe('who is given a task', () => {
	const FOR_YOU = ['task_assigned For you: Sweep the chimney'];
	const ways = {
		'by making it': async ({ nan }) => {
			await crew.make({ assigned_to_id: nan.user.id });
		},
		'by PATCH': async ({ robin, nan }) => {
			const { id } = await crew.make();

			expectOk(await robin.client.patch(`/api/tasks/${id}`, { assigned_to_id: nan.user.id }));
			expectOk(await robin.client.patch(`/api/tasks/${id}`, { assigned_to_id: nan.user.id }));
		},
		'by assign': async ({ nan }) => {
			const task = await crew.make();

			expectOk(await assign(task, nan));
			expectOk(await assign(task, nan));
		},
		'by a bulk': async ({ robin, nan, residence }) => {
			const task = { id: newId(), residence_id: residence.id, title: 'Sweep the chimney' };

			expectOk(await robin.client.post('/api/tasks/bulk',
				{ create: [task], update: [{ id: task.id, assigned_to_id: nan.user.id }] }));
		},
		'by an import': async ({ nan }) => {
			const { rows: [row] } = expectOk(await importFor(nan));

			assert.equal(row.status, 201, JSON.stringify(row));
		},
		'by a copy': async ({ robin, nan }) => {
			const task = await crew.make({ assigned_to_id: nan.user.id });

			await read(nan);
			await sql("DELETE FROM notices WHERE user_id = :'id'", { id: nan.user.id });
			expectOk(await robin.client.post(`/api/tasks/${task.id}/copy`, {}), 201);
		},
	};

	for (const [way, give] of Object.entries(ways))
		test(`${way} is told once, and nobody else`, async () => {
			const { robin, nan, gus, maud } = await afresh();

			await give(crew);
			assert.deepEqual(await told(nan), FOR_YOU);
			for (const other of [robin, gus, maud])
				assert.deepEqual(await told(other), []);
		});

	test('reads who gave it, and where it is', async () => {
		const { robin, nan, residence } = await afresh();

		expectOk(await robin.client.patch(`/api/residences/${residence.id}`, { name: 'Chestnut Hill' }));
		const task = await crew.make({ assigned_to_id: nan.user.id });
		const [notice] = await inbox(nan);

		assert.match(notice.created_at, INSTANT);
		assert.deepEqual({ ...notice, id: 0, created_at: 0 }, { id: 0, kind: 'task_assigned',
			residence_id: residence.id, subject: 'task', subject_id: task.id, occurrence: 1,
			title: 'For you: Sweep the chimney', created_at: 0, read_at: null,
			body: 'Robin Goodfellow gave you this task at Chestnut Hill.' });
	});

	test('is not told who gives it to themselves, nor of what is over', async () => {
		const { robin, nan } = await afresh();
		const done = await crew.make();
		const cancelled = await crew.make();

		expectOk(await assign(await crew.make(), robin));
		await crew.make({ assigned_to_id: robin.user.id });
		await crew.complete(done);
		expectOk(await crew.tap(cancelled, 'cancel'));
		await afresh();
		expectOk(await assign(done, nan));
		expectOk(await assign(cancelled, nan));
		assert.deepEqual(await told(nan), []);
		assert.deepEqual(await told(robin), []);
	});

	test('is told again when it comes back to them, and not of what they have no more', async () => {
		const { nan, gus } = await afresh();
		const task = await crew.make({ assigned_to_id: nan.user.id });

		expectOk(await assign(task, gus));
		assert.deepEqual(await told(nan), []);
		expectOk(await assign(task, nan));
		assert.deepEqual([await told(nan), await told(gus)], [FOR_YOU, []]);
		await read(nan);
		expectOk(await assign(task, null));
		assert.deepEqual(await told(nan), FOR_YOU, 'what was read stays');
		expectOk(await assign(task, nan));
		assert.deepEqual(await told(nan), [...FOR_YOU, ...FOR_YOU]);
	});

	test('is not told anew when the task goes to another residence', async () => {
		const { robin, nan } = await afresh();
		const task = await crew.make({ assigned_to_id: nan.user.id });
		const other = await newResidence(robin);

		await makeMember(other, nan.user, 'member');
		expectOk(await robin.client.post(`/api/tasks/${task.id}/transfer`, { residence_id: other.id }));
		assert.deepEqual(await told(nan), FOR_YOU);
	});

	test('is told once by a request that is sent again', async () => {
		const { robin, nan, residence } = await afresh();
		const body = { residence_id: residence.id, title: 'Sweep the chimney', assigned_to_id: nan.user.id };
		const once = { headers: { 'Idempotency-Key': newId() } };

		for (let i = 0; i < 3; i += 1)
			await robin.client.post('/api/tasks', body, once);
		assert.deepEqual(await told(nan), FOR_YOU);
	});

	test('is not told what a dry run would do', async () => {
		const { nan } = await afresh();

		expectOk(await importFor(nan, '?dry_run=true'));
		assert.deepEqual(await told(nan), []);
	});
});

describe('a task that is done', () => {
	const DONE = ['task_completed Done: Sweep the chimney'];

	test('is told to all others, once', async () => {
		const { robin, nan, gus, maud } = await afresh();
		const task = await crew.make();

		await crew.complete(task, {}, gus);
		expectOk(await crew.tap(task, 'complete', { occurrence: 1 }, nan));
		for (const person of [robin, nan, maud])
			assert.deepEqual(await told(person), DONE);
		assert.deepEqual(await told(gus), []);
		const [{ subject, subject_id, occurrence, body }] = await inbox(nan);
		assert.deepEqual([subject, subject_id, occurrence], ['task', task.id, 1]);
		assert.match(body, / has done this task at /);
	});

	test('in the name of somebody else, is told to neither of them', async () => {
		const { robin, nan, gus, maud } = await afresh();

		await crew.complete(await crew.make(), { completed_by_id: gus.user.id }, maud);
		assert.deepEqual([await told(robin), await told(nan), await told(gus), await told(maud)],
			[DONE, DONE, [], []]);
	});

	test('is told each time that it comes back', async () => {
		const { nan } = await afresh();
		const task = await crew.weekly();

		await crew.complete(task);
		await crew.complete(await crew.read(task));
		assert.deepEqual((await inbox(nan)).map(({ occurrence }) => occurrence), [2, 1]);
	});

	test('is not told when it was skipped, nor when that is long ago', async () => {
		const { nan } = await afresh();

		await crew.skip(await crew.weekly());
		const completed_at = new Date(Date.now() - 8 * 86400e3).toISOString();
		await crew.complete(await crew.make(), { completed_at });
		assert.deepEqual(await told(nan), []);
	});

	test('is not told to who wants to hear of it nowhere, has left, or is disabled', async () => {
		const { robin, nan } = await afresh();
		const [deaf, left, disabled] = await crowd(3);
		const home = await newResidence(robin);

		for (const { user } of [nan, deaf, left, disabled])
			await makeMember(home, user, 'viewer');
		expectOk(await deaf.client.patch(`${PATH}/preferences`, { inbox: [], push: [], mail: [] }));
		await removeMember(home, left.user);
		await sql("UPDATE users SET is_active = false WHERE id = :'id'", { id: disabled.user.id });
		await crew.complete(await newTask(robin, home));
		assert.deepEqual(await sql("SELECT user_id FROM notices WHERE residence_id = :'id'", { id: home.id }),
			[nan.user.id]);
	});

	test('is taken back with the completion, from whoever has not read it', async () => {
		const { nan, gus } = await afresh();
		const task = await crew.make();
		const completion = await crew.complete(task);

		await read(gus);
		expectOk(await crew.undo(completion));
		assert.deepEqual([await told(nan), await told(gus)], [[], DONE]);
		await crew.complete(await crew.read(task));
		assert.deepEqual(await told(nan), DONE, 'done again it is told again');
	});

	test('takes what is not sent yet back, too', async () => {
		const { nan } = await afresh();
		const states = () => sql(`SELECT d.state FROM deliveries d JOIN notices n ON n.id = d.notice_id
			WHERE n.user_id = :'id'`, { id: nan.user.id });

		await sql("UPDATE job_kinds SET paused = true WHERE kind = 'mail'");
		expectOk(await nan.client.patch(`${PATH}/preferences`, { mail: ['task_completed'] }));
		const completion = await crew.complete(await crew.make());
		assert.deepEqual(await states(), ['waiting']);
		expectOk(await crew.undo(completion));
		assert.deepEqual(await states(), ['dropped']);
		await sql("UPDATE job_kinds SET paused = false WHERE kind = 'mail'");
	});
});

describe('members', () => {
	async function codeOf(role = 'member') {
		const path = `/api/residences/${crew.residence.id}/share-codes`;

		return expectOk(await crew.robin.client.post(path, { role }), 201).code;
	}

	test('that join are told of to the owner and managers', async () => {
		const { robin, nan, maud, residence } = await afresh();
		const [friend] = await crowd(1);

		expectOk(await friend.client.post('/api/residences/join', { code: await codeOf() }));
		for (const person of [robin, maud])
			assert.deepEqual((await inbox(person))
				.map(({ id, title, created_at, read_at, ...rest }) => rest),
			[{ kind: 'member_joined', residence_id: residence.id, subject: 'member',
					subject_id: friend.user.id, occurrence: null, body: 'Role: member.' }]);
		assert.deepEqual([await told(nan), await told(friend)], [[], []]);
		expectOk(await friend.client.post(`/api/residences/${residence.id}/leave`), 204);
		expectOk(await friend.client.post('/api/residences/join', { code: await codeOf() }));
		assert.equal((await inbox(maud)).length, 2, 'who comes back is told of again');
	});

	test('hear of another role, each time, and of no other', async () => {
		const { robin, nan, residence } = await afresh();
		const set = async (role) => expectOk(await robin.client.patch(
			`/api/residences/${residence.id}/members/${nan.user.id}`, { role }));

		for (const role of ['viewer', 'viewer', 'member', 'viewer', 'member'])
			await set(role);
		assert.deepEqual((await inbox(nan)).map(({ kind, body }) => `${kind} ${body}`),
			['member', 'viewer', 'member', 'viewer'].map((role) => `role_changed It is now: ${role}.`));
		assert.deepEqual(await told(robin), []);
	});

	test('are told that a residence is theirs now', async () => {
		const { robin, nan } = await afresh();
		const home = await newResidence(robin, { name: 'Hut' });

		await makeMember(home, nan.user, 'member');
		expectOk(await robin.client.post(`/api/residences/${home.id}/transfer`, { user_id: nan.user.id }));
		assert.deepEqual((await inbox(nan)).map(({ kind, title, body, subject, subject_id }) =>
			[kind, title, body, subject, subject_id]),
		[['residence_shared', 'Robin Goodfellow shares Hut with you', 'Role: owner.', 'residence', home.id]]);
		assert.deepEqual(await told(robin), []);
	});
});

describe('what comes by the dozen', () => {
	/** What comes of 25 tasks that are given to somebody with a phone: "notices|deliveries". */
	async function dozens(wanted) {
		const { robin, residence } = await afresh();
		const [kim] = await crowd(1);

		expectOk(await kim.client.patch(`${PATH}/preferences`, wanted));
		await makeMember(residence, kim.user, 'member');
		expectOk(await kim.client.post('/api/devices', { platform: 'ios', token: newId().repeat(2),
			environment: 'sandbox', app_version: '1', locale: 'en' }), 201);
		expectOk(await robin.client.post('/api/tasks/bulk', { create: Array.from({ length: 25 }, (_, i) =>
			({ residence_id: residence.id, title: `Task ${i}`, assigned_to_id: kim.user.id })) }));
		const [made] = await sql(`SELECT count(*), count(d.id) FROM notices n
			LEFT JOIN deliveries d ON d.notice_id = n.id WHERE n.user_id = :'id'`, { id: kim.user.id });
		return made;
	}

	test('is in the inbox, and the first ten alone are pushed', async () =>
		assert.equal(await dozens({}), '25|10'));

	test('is pushed ten times to who wants it in no inbox, too', async () =>
		assert.equal(await dozens({ inbox: [], push: ['task_assigned'], mail: [] }), '25|10'));

	test('is pushed ten times, too, when each is taken back before the next', async () => {
		const { robin, residence } = await afresh();
		const [kim] = await crowd(1);

		await makeMember(residence, kim.user, 'member');
		expectOk(await kim.client.post('/api/devices', { platform: 'ios', token: newId() }), 201);
		const task = await newTask(robin, residence);
		for (let i = 0; i < 12; i += 1)
			for (const assigned_to_id of [kim.user.id, null])
				expectOk(await robin.client.patch(`/api/tasks/${task.id}`, { assigned_to_id }));
		assert.deepEqual(await sql("SELECT count(*) FROM deliveries WHERE user_id = :'id'",
			{ id: kim.user.id }), ['10']);
	});
});

describe('an act', () => {
	/** Every worker knows this number, and shows it. */
	const everywhere = async ({ client }, unread) =>
		(await Promise.all(Array.from({ length: WORKERS_TURNS }, () => client.get(`${PATH}/unread-count`))))
			.forEach((res) => assert.deepEqual(expectOk(res), { unread }));

	test('is in the unread count of whoever is told when it is answered', async () => {
		const { nan, gus, residence, robin } = await afresh();
		const set = async (role) => expectOk(await robin.client.patch(
			`/api/residences/${residence.id}/members/${nan.user.id}`, { role }));

		await everywhere(nan, 0);
		const task = await crew.make({ assigned_to_id: nan.user.id });
		await everywhere(nan, 1);
		expectOk(await robin.client.patch(`/api/tasks/${task.id}`, { assigned_to_id: gus.user.id }));
		await everywhere(nan, 0);
		const completion = await crew.complete(task);
		await everywhere(nan, 1);
		expectOk(await crew.undo(completion));
		await everywhere(nan, 0);
		expectOk(await robin.client.post('/api/tasks/bulk', { complete: [{ task_id: task.id, occurrence: 1 }],
			create: [{ residence_id: residence.id, title: 'New', assigned_to_id: nan.user.id }] }));
		await everywhere(nan, 2);
		await set('viewer');
		await everywhere(nan, 3);
		await set('member');
	});

	test('of many at once is in no older count afterwards', async () => {
		const { nan } = await afresh();
		const tasks = await Promise.all(Array.from({ length: 8 }, () => crew.make()));
		const looks = Promise.all(Array.from({ length: 200 }, () => nan.client.get(`${PATH}/unread-count`)));

		await Promise.all(tasks.map((task) => assign(task, nan)));
		await looks;
		await everywhere(nan, 8);
	});

	test('does not fail while a phone of whoever is told is signed out', async () => {
		const { robin, residence } = await afresh();
		const people = await crowd(12);

		await sql(`INSERT INTO residence_members (residence_id, user_id, role)
			SELECT :'home', u, 'member' FROM unnest(:'users'::uuid[]) u`,
		{ home: residence.id, users: `{${people.map(({ user }) => user.id)}}` });
		for (const { client } of people)
			expectOk(await client.post('/api/devices', { platform: 'android', token: newId().repeat(2),
				environment: 'production', app_version: '1', locale: 'en' }), 201);
		const tasks = await Promise.all(people.map(() => newTask(robin, residence)));
		await Promise.all(people.flatMap((person, i) => [
			person.client.post('/api/auth/logout').then((res) => expectOk(res, 204)),
			assign(tasks[i], person).then((res) => expectOk(res))]));
		for (const [i, { user }] of people.entries())
			assert.deepEqual(await sql(`SELECT count(*) FROM notices
				WHERE user_id = :'id' AND subject_id = :'task'`,
			{ id: user.id, task: tasks[i].id }), ['1']);
	});
});
