// plan_races.test.mjs: what is counted while others count, hand over, get another plan, or edit the tiers.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Upload } from './support/client.mjs';
import { allow, allowAgain, held, makeMember, setUsage, sql, usageOf } from './support/db.mjs';
import { expectOk, expectPage, expectProblem } from './support/expect.mjs';
import { crowd, newDocument, newId, newResidence, newTask } from './support/people.mjs';
import { cleaning, notCleaning, png, sent } from './support/uploads.mjs';

const deadlocks = () => sql('SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()');
const holdUsage = ({ id }) => `BEGIN; SELECT FROM usage WHERE about = '${id}' FOR UPDATE`;
const grant = (person, tier) => `SELECT * FROM hob.grant_tier((SELECT email FROM users
	WHERE id = '${person.user.id}'), '${tier}', 'for the test', NULL, 'staff')`;
const most = async ({ id }, name) => Number((await sql("SELECT hob.limit_of(:'name', :'id')", { id, name }))[0]);
/** How many numbers of these are not as they should be. */
const wrong = async (...things) => (await Promise.all(things.map(async ({ id }) =>
	Number((await sql("SELECT hob.wrong_numbers(:'id')", { id }))[0])))).reduce((a, b) => a + b, 0);

before(notCleaning);
after(cleaning);

describe('no two deadlock', () => {
	/** Both get to the usage of `about`, one behind the other, and through. */
	const crossing = (settle) => held(async (holder) => {
		const { about, acts } = await settle();
		const before = await deadlocks();
		const answers = [];

		await holder.run(holdUsage(about));
		for (const act of acts) {
			answers.push(act());
			await holder.untilBlocking(answers.length, answers.at(-1));
		}
		await holder.run('COMMIT');
		const statuses = (await Promise.all(answers)).map((res) => res.status ?? 200);
		assert.ok(statuses.every((status) => status < 300), statuses.join());
		assert.deepEqual(await deadlocks(), before);
	});
	/** A home, and a task with a photo in it. */
	const scene = async () => {
		const [person] = await crowd(1);
		const home = await newResidence(person);
		const going = await newTask(person, home);

		expectOk(await person.client.post(`/api/tasks/${going.id}/files`, new Upload(png())), 201);
		return { person, home, going, drop: () => person.client.delete(`/api/tasks/${going.id}`) };
	};

	test('who makes a home and is handed one', crossing(async () => {
		const [owner, heir] = await crowd(2);
		const home = await newResidence(owner);

		await makeMember(home, heir.user, 'manager');
		return { about: heir.user, acts: [() => heir.client.post('/api/residences', { name: 'x' }),
			() => owner.client.post(`/api/residences/${home.id}/transfer`, { user_id: heir.user.id })] };
	}));

	test('what deletes a task with photos and what undoes one', crossing(async () => {
		const { person, home, drop } = await scene();
		const done = await newTask(person, home);
		const { id } = expectOk(await person.client.post(`/api/tasks/${done.id}/complete`,
			{ occurrence: 1 }), 201);

		expectOk(await person.client.post(`/api/completions/${id}/files`, new Upload(png())), 201);
		return { about: home, acts: [drop, () => person.client.post(`/api/completions/${id}/undo`)] };
	}));

	test('what deletes a task with photos and what brings one', crossing(async () => {
		const { person, home, drop } = await scene();
		const moved = await newTask(person, await newResidence(person));

		expectOk(await person.client.post(`/api/tasks/${moved.id}/files`, new Upload(png())), 201);
		return { about: home, acts: [drop,
			() => person.client.post(`/api/tasks/${moved.id}/transfer`, { residence_id: home.id })] };
	}));

	test('what deletes a task with photos, what counts anew and what gives a plan', crossing(async () => {
		const { person, home, drop } = await scene();

		await setUsage(home, 'documents', 7);
		return { about: home, acts: [drop, () => sql("SELECT hob.recount(:'id')", { id: home.id }),
			() => sql(grant(person, 'plus'))] };
	}));

	test('what deletes a document with files and what makes one', crossing(async () => {
		const { person, home, drop } = await scene();
		const document = await newDocument(person, home);

		expectOk(await person.client.post(`/api/documents/${document.id}/files`, new Upload(png())), 201);
		return { about: home, acts: [drop, () => person.client.delete(`/api/documents/${document.id}`),
			() => newDocument(person, home).then(() => 'made')] };
	}));
});

describe('what a plan allows', () => {
	const edit = (name, number, tier) =>
		`UPDATE tier_limits SET most = ${number} WHERE name = '${name}' AND tier = '${tier}'`;

	test('is that of a tier which its owner gets while a home is made', held(async (holder) => {
		const [person] = await crowd(1);

		await holder.run(`BEGIN; ${grant(person, 'plus')}`);
		const answer = person.client.post('/api/residences', { name: 'x' });
		await holder.untilBlocking(1, answer);
		await holder.run('COMMIT');
		assert.equal(await most(expectOk(await answer, 201), 'tasks'), 1000);
	}));

	test('is that of who is handed a home while who had it gets a tier', held(async (holder) => {
		const [owner, heir] = await crowd(2);
		const home = await newResidence(owner);

		await makeMember(home, heir.user, 'manager');
		await holder.run(holdUsage(home));
		const handed = owner.client.post(`/api/residences/${home.id}/transfer`, { user_id: heir.user.id });
		await holder.untilBlocking(1, handed);
		const granted = sql(grant(owner, 'plus'));
		await holder.untilBlocking(2, granted);
		await holder.run('COMMIT');
		expectOk(await handed);
		await granted;
		assert.equal(await wrong(home, owner.user, heir.user), 0);
	}));

	test('is what staff make of a tier while somebody gets it', held(async (holder) => {
		const [person] = await crowd(1);
		const home = await newResidence(person);

		await holder.run(`BEGIN; ${edit('tasks', 7777, 'plus')}`);
		await sql(grant(person, 'plus'));
		assert.equal(await most(home, 'tasks'), 1000);
		await holder.run('COMMIT');
		assert.equal(await most(home, 'tasks'), 7777);
		await sql(edit('tasks', 1000, 'plus'));
		assert.equal(await most(home, 'tasks'), 1000);
	}));

	test('holds as soon as staff say it, and waits for nobody who is counted', held(async (holder) => {
		const [person] = await crowd(1);
		const home = await newResidence(person);

		await newTask(person, home);
		await holder.run(holdUsage(home));
		await sql(`SET lock_timeout = '5s'; ${edit('tasks', 1, 'free')}`);
		await holder.run('COMMIT');
		expectProblem(await person.client.post('/api/tasks', { residence_id: home.id, title: 'x' }), 402,
			'plan_limit_reached');
		await allowAgain('tasks');
		await newTask(person, home);
	}));

	test('of a tier that does not say it is that of the lowest, until it does', async () => {
		const [person] = await crowd(1);
		const [first] = [await newResidence(person)];
		const limits = async (home) => [await most(home, 'tasks'), await most(home, 'documents')];

		await sql("INSERT INTO tiers (code, rank) VALUES ('team', 4)");
		try {
			await sql(grant(person, 'team'));
			const second = await newResidence(person);
			assert.deepEqual(await limits(second), [5000, 2000]);
			await sql("INSERT INTO tier_limits (tier, name, most) VALUES ('team', 'tasks', 7)");
			assert.deepEqual([await limits(first), await limits(second)], [[7, 2000], [7, 2000]]);
			const { limits: shown } = expectOk(await person.client.get('/api/subscription')).residences[0];
			assert.equal(shown.find((l) => l.limit === 'tasks').max, 7);
			await sql("DELETE FROM tier_limits WHERE tier = 'team'");
			assert.deepEqual(await limits(first), [5000, 2000]);
		} finally {
			await sql("DELETE FROM plan_grants WHERE tier = 'team'; DELETE FROM plans WHERE tier = 'team'");
			await sql("DELETE FROM tiers WHERE code = 'team'");
		}
	});

	test('is that of the tier which is the lowest', async () => {
		const [person] = await crowd(1);
		const home = await newResidence(person);

		await sql("UPDATE tiers SET rank = 10 WHERE code = 'free'");
		assert.equal(await most(home, 'tasks'), 1000);
		await sql("UPDATE tiers SET rank = 1 WHERE code = 'free'");
		assert.equal(await most(home, 'tasks'), 5000);
	});

	test('is put right when it is counted anew, as is what is missing', async () => {
		const [person] = await crowd(1);
		const home = await newResidence(person);

		await setUsage(home, 'tasks', 3);
		await sql("DELETE FROM usage WHERE about = :'id'", { id: person.user.id });
		const step = async ({ id }) => Number((await sql(`SELECT count FROM hob.recount_some(
			(SELECT a.id FROM (SELECT id FROM users UNION ALL SELECT id FROM residences) a
			  WHERE a.id < :'id' ORDER BY a.id DESC LIMIT 1))`, { id }))[0]);
		assert.ok(await step(person.user) > 0);
		assert.ok(await wrong(home) + await step(home) >= 0);
		assert.equal(await wrong(home, person.user), 0);
	});
});

describe('what is used', () => {
	test('is told as it was before what was asked for', async () => {
		const [person] = await crowd(1);
		const home = await newResidence(person);
		const task = await newTask(person, home);
		const full = (res) => {
			const { limit, used, max } = expectProblem(res, 402, 'plan_limit_reached');
			return [limit, used, max];
		};

		for (let n = 0; n < 2; n += 1)
			await newTask(person, home);
		await allow('tasks', 4);
		const codes = expectPage(await person.client.get('/api/task-templates')).slice(0, 5).map((t) => t.code);
		assert.deepEqual(full(await person.client.post('/api/task-templates/apply',
			{ residence_id: home.id, codes })), ['tasks', 3, 4]);
		await allowAgain('tasks');
		const uploads = [];

		for (let n = 0; n < 3; n += 1)
			uploads.push(await sent(person, png(1000)));
		const room = uploads[0].bytes * 2.5;
		await allow('storage', Math.floor(room));
		assert.deepEqual(full(await person.client.post(`/api/tasks/${task.id}/files`,
			{ upload_ids: uploads.map((u) => u.upload_id) })), ['storage', 0, Math.floor(room)]);
		await allowAgain('storage');
	});

	test('is what there is, whoever has made it', async () => {
		const [person] = await crowd(1);
		const home = await newResidence(person);
		const id = newId();

		await sql(`INSERT INTO tasks (id, residence_id, title, created_by)
			VALUES (:'id', :'home', 'x', :'user')`, { id, home: home.id, user: person.user.id });
		assert.equal((await usageOf(home)).tasks, 1);
		expectOk(await person.client.delete(`/api/tasks/${id}`), 204);
		assert.deepEqual([(await usageOf(home)).tasks, await wrong(home, person.user)], [0, 0]);
	});

	test('in bytes must fit where a task is brought', async () => {
		const [person] = await crowd(1);
		const [home, other] = [await newResidence(person), await newResidence(person)];
		const task = await newTask(person, home);
		const bytes = png(2000);
		const move = () => person.client.post(`/api/tasks/${task.id}/transfer`, { residence_id: other.id });

		expectOk(await person.client.post(`/api/tasks/${task.id}/files`, new Upload(bytes)), 201);
		await allow('storage', bytes.length - 1);
		const problem = expectProblem(await move(), 402, 'plan_limit_reached');
		assert.deepEqual([problem.limit, problem.used], ['storage', 0]);
		assert.equal((await usageOf(home)).storage, bytes.length);
		await allow('storage', bytes.length);
		expectOk(await move());
		await allowAgain('storage');
		assert.equal(await wrong(home), 0);
	});
});
