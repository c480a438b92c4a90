// plan_keeps.test.mjs: bytes up to the limit, and that a plan which becomes smaller takes nothing away.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Upload } from './support/client.mjs';
import { allow, allowAgain, makeMember, sql } from './support/db.mjs';
import { expectOk, expectPage, expectProblem } from './support/expect.mjs';
import { crowd, newContractor, newDocument, newResidence, newTask } from './support/people.mjs';
import { cleaning, makeReady, notCleaning, png } from './support/uploads.mjs';
import { until } from '../fault/support.mjs';

const PICTURE = png();
const SIZE = PICTURE.length;
const LIMITS = ['members', 'tasks', 'contractors', 'documents', 'storage', 'feeds'];

const send = (person, path) => person.client.post(`${path}/files`, new Upload(PICTURE, 'image/png', 'photo.png'));
const sendTo = async (person, path) => expectOk(await send(person, path), 201).results[0];
const show = async (person) => expectOk(await person.client.get('/api/subscription'));

/** 402 that names what there is too much of. */
function expectFull(res, limit, used, max) {
	const problem = expectProblem(res, 402, 'plan_limit_reached');

	assert.deepEqual([problem.limit, problem.used, problem.max, problem.tier_needed], [limit, used, max, 'plus']);
}

/** What a home has of what this limit counts, as its owner sees it. */
async function used(person, { id }, name) {
	const { residences } = await show(person);

	return residences.find((home) => home.id === id).limits.find((l) => l.limit === name).used;
}

before(notCleaning);
after(() => Promise.all([cleaning(), ...LIMITS.map(allowAgain)]));

describe('bytes of files', () => {
	for (const room of [1, 3])
		test(`that many send at once are taken as long as they fit: ${room} of 16`, async () => {
			const people = await crowd(16);
			const [owner] = people;
			const home = await newResidence(owner);

			for (const { user } of people.slice(1))
				await makeMember(home, user, 'member');
			const tasks = await Promise.all(people.map((person) => newTask(person, home)));
			await sendTo(owner, `/api/tasks/${tasks[0].id}`);
			const max = (2 + room) * SIZE - 1;
			await allow('storage', max);
			const answers = await Promise.all(people.map((person, n) =>
				send(person, `/api/tasks/${tasks[n].id}`)));

			assert.equal(answers.filter((res) => res.status === 201).length, room);
			answers.filter((res) => res.status !== 201).forEach((res) =>
				expectFull(res, 'storage', (1 + room) * SIZE, max));
			assert.equal(await used(owner, home, 'storage'), (1 + room) * SIZE);
			assert.deepEqual(await sql("SELECT sum(kept_bytes) FROM files WHERE residence_id = :'id'",
				{ id: home.id }), [String((1 + room) * SIZE)]);
		});

	test('find no room with their task in a home that is fuller, and all stays where it is', async () => {
		const [person] = await crowd(1);
		const [home, fuller] = [await newResidence(person), await newResidence(person)];
		const task = await newTask(person, home);
		const path = `/api/tasks/${task.id}`;
		const there = `/api/tasks/${(await newTask(person, fuller)).id}`;
		const move = () => person.client.post(`${path}/transfer`, { residence_id: fuller.id });
		const bytes = () => Promise.all([home, fuller].map((at) => used(person, at, 'storage')));

		await sendTo(person, path);
		const file = await sendTo(person, there);
		await allow('storage', 2 * SIZE - 1);
		expectFull(await move(), 'storage', SIZE, 2 * SIZE - 1);
		assert.equal(expectOk(await person.client.get(path)).residence_id, home.id);
		assert.deepEqual(await bytes(), [SIZE, SIZE]);
		expectOk(await person.client.delete(`${there}/files/${file.id}`), 204);
		assert.equal(expectOk(await move()).residence_id, fuller.id);
		assert.deepEqual(await bytes(), [0, SIZE]);
		assert.equal(expectPage(await person.client.get(`${path}/files`)).length, 1);
	});
});

/** Staff give `person` a tier, to the end of this day; null: for good. */
const grant = (person, tier, until = null) => sql(`SELECT outcome FROM hob.grant_tier(
	(SELECT email FROM users WHERE id = :'id'), :'tier', 'for the test', nullif(:'until', '')::date, 'staff')`,
{ id: person.user.id, tier, until: until ?? '' });

describe('a plan that has become smaller', () => {
	let owner, member, viewer, guest;
	let home, code, task, weekly, documents, contractor, paper, photo;

	const create = (path, fields) => owner.client.post(path, { residence_id: home.id, ...fields });
	const join = (person) => person.client.post('/api/residences/join', { code });
	/** What has become of a copy that the owner has asked for. */
	const exported = (id) => until('the copy is made, or failed', async () => {
		const { state } = expectOk(await owner.client.get(`/api/auth/export/${id}`));

		return ['ready', 'failed'].includes(state) && state;
	}, 20);
	const full = (limit, count, res) => expectFull(res, limit, count, 1);

	before(async () => {
		[owner, member, viewer, guest] = await crowd(4);
		await grant(owner, 'pro');
		home = await newResidence(owner);
		({ code } = expectOk(await owner.client.post(`/api/residences/${home.id}/share-codes`,
			{ role: 'member', max_uses: 10 }), 201));
		for (const person of [member, viewer])
			expectOk(await join(person));
		task = await newTask(owner, home);
		weekly = await newTask(owner, home, { due_on: '2031-01-06', recurrence: 'weekly' });
		documents = [await newDocument(owner, home), await newDocument(owner, home)];
		contractor = await newContractor(owner, home);
		paper = await sendTo(owner, `/api/documents/${documents[0].id}`);
		photo = await sendTo(member, `/api/tasks/${task.id}`);
		for (const { id } of [paper, photo])
			await makeReady(id);
		for (const name of LIMITS)
			await allow(name, 1);
		await sql("SELECT hob.ungrant_tiers(email) FROM users WHERE id = :'id'", { id: owner.user.id });
	});
	after(() => Promise.all(LIMITS.map(allowAgain)));

	test('shows how much more there is than it allows', async () => {
		const { tier, residences: [{ limits }] } = await show(owner);
		const over = limits.filter((l) => l.max >= 0 && l.used > l.max)
			.map(({ limit, used: count, max }) => [limit, count, max]);

		assert.deepEqual([tier, over], ['free', [['members', 3, 1], ['tasks', 2, 1], ['documents', 2, 1],
			['storage', 2 * SIZE, 1]]]);
	});

	test('refuses what is new, of each kind and on each way', async () => {
		full('documents', 2, await create('/api/documents', { title: 'Boiler' }));
		full('contractors', 1, await create('/api/contractors', { name: 'Smith' }));
		full('tasks', 2, await create('/api/tasks', { title: 'x' }));
		full('tasks', 2, await member.client.post('/api/tasks', { residence_id: home.id, title: 'x' }));
		full('members', 3, await join(guest));
		for (const path of [`tasks/${task.id}`, `documents/${documents[1].id}`, `residences/${home.id}`])
			full('storage', 2 * SIZE, await send(owner, `/api/${path}`));
		const { upload_id: id } = expectOk(await owner.client.post('/api/uploads',
			new Upload(PICTURE, 'image/png', 'photo.png')), 201);
		full('storage', 2 * SIZE, await owner.client.post(`/api/tasks/${task.id}/files`, { upload_ids: [id] }));
		const { created } = expectOk(await owner.client.post('/api/tasks/bulk',
			{ create: [{ residence_id: home.id, title: 'x' }] }));
		assert.deepEqual([created[0].status, created[0].problem.limit], [402, 'tasks']);
	});

	test('lets all be read and downloaded by all, and exported', async () => {
		for (const { client } of [owner, member, viewer]) {
			const list = async (what) => expectPage(await client.get(
				`/api/${what}?residence_id=${home.id}`)).map(({ id }) => id).toSorted();

			assert.deepEqual(await list('tasks'), [task.id, weekly.id].toSorted());
			assert.deepEqual(await list('documents'), documents.map(({ id }) => id).toSorted());
			assert.deepEqual(await list('contractors'), [contractor.id]);
			for (const path of [`documents/${documents[0].id}/files/${paper.id}`,
				`tasks/${task.id}/files/${photo.id}`]) {
				const { status, bytes } = await client.get(`/api/${path}/content`);

				assert.deepEqual([status, bytes], [200, PICTURE]);
			}
		}
		const csv = await owner.client.get(`/api/residences/${home.id}/tasks/export?format=csv`);
		assert.deepEqual([csv.status, csv.text.trim().split('\n').length], [200, 3]);
		const { id } = expectOk(await owner.client.post('/api/auth/export'), 202);
		assert.equal(await exported(id), 'ready');
	});

	test('lets all be changed', async () => {
		for (const [path, fields] of [[`documents/${documents[0].id}`, { title: 'Changed' }],
			[`tasks/${task.id}`, { title: 'Changed' }],
			[`contractors/${contractor.id}`, { name: 'Changed' }],
			[`residences/${home.id}`, { name: 'Changed' }],
			[`residences/${home.id}/members/${viewer.user.id}`, { role: 'viewer' }]])
			expectOk(await owner.client.patch(`/api/${path}`, fields));
	});

	test('lets work go on: what is done comes again, and what is undone is there again', async () => {
		const done = expectOk(await member.client.post(`/api/tasks/${weekly.id}/complete`,
			{ occurrence: 1 }), 201);

		assert.deepEqual([done.task.occurrence, done.task.due_on, done.task.completed],
			[2, '2031-01-13', false]);
		full('storage', 2 * SIZE, await send(member, `/api/completions/${done.id}`));
		expectOk(await member.client.post(`/api/completions/${done.id}/undo`));
		const once = expectOk(await member.client.post(`/api/tasks/${task.id}/complete`,
			{ occurrence: 1 }), 201);
		assert.equal(await used(owner, home, 'tasks'), 1);
		expectOk(await member.client.post(`/api/completions/${once.id}/undo`));
		for (const act of ['archive', 'unarchive', 'cancel', 'uncancel'])
			expectOk(await owner.client.post(`/api/tasks/${weekly.id}/${act}`));
		assert.equal(await used(owner, home, 'tasks'), 2);
	});

	test('takes what is new when so much has gone that it fits', async () => {
		expectOk(await owner.client.delete(`/api/documents/${documents[1].id}`), 204);
		full('documents', 1, await create('/api/documents', { title: 'Boiler' }));
		expectOk(await owner.client.delete(`/api/documents/${documents[0].id}`), 204);
		expectOk(await create('/api/documents', { title: 'Boiler' }), 201);
		full('storage', SIZE, await send(owner, `/api/tasks/${task.id}`));
		expectOk(await member.client.delete(`/api/tasks/${task.id}/files/${photo.id}`), 204);
		await allow('storage', SIZE);
		await sendTo(owner, `/api/tasks/${task.id}`);
		expectOk(await viewer.client.post(`/api/residences/${home.id}/leave`), 204);
		expectOk(await owner.client.delete(`/api/residences/${home.id}/members/${member.user.id}`), 204);
		full('members', 1, await join(guest));
		await allow('members', 2);
		expectOk(await join(guest));
	});
});

describe('a grant that ends', () => {
	let person;

	const told = async (language) => expectPage(await person.client.get('/api/notifications',
		{ headers: { 'Accept-Language': language } })).map(({ title, body }) => [title, body]);
	/** The grant ends at midnight, so many days from today, and the job of the plan has come. */
	const endsIn = async (days) => (await sql(`UPDATE plan_grants SET granted_at = now() - interval '20 days',
			ends_at = (((now() AT TIME ZONE 'UTC')::date + ${days})::timestamp AT TIME ZONE 'UTC')
		 WHERE user_id = :'id';
		SELECT hob.settle_plan_of(:'id');
		SELECT to_char((now() AT TIME ZONE 'UTC')::date + ${days - 1}, 'FMDD Mon YYYY')`,
	{ id: person.user.id })).at(-1);

	test('is told of three days before, once, and when it has come', async () => {
		[person] = await crowd(1);
		assert.deepEqual(await grant(person, 'plus', '2031-01-10'), ['granted']);
		assert.deepEqual(await told('en'), [['Your plan: Plus',
			'It holds from now on, also for all who live in your homes.']]);
		assert.deepEqual(await sql(`SELECT (run_at AT TIME ZONE 'UTC')::date FROM jobs
			WHERE kind = 'plan' AND key = :'id'`, { id: person.user.id }), ['2031-01-08']);
		await endsIn(5);
		assert.equal((await told('en')).length, 1);
		const day = await endsIn(3);
		await endsIn(3);
		assert.deepEqual((await told('en'))[0], [`Plus ends on ${day}`,
			'It does not renew. Nothing is lost then, and you can subscribe at any time.']);
		assert.match((await told('de'))[0][0], /^Plus endet am /);
		assert.equal((await told('en')).length, 2);
		await endsIn(0);
		assert.equal((await told('en')).length, 3);
		assert.equal((await told('en'))[0][0], 'Your plan is now: Free');
	});
});
