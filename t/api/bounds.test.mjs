// bounds.test.mjs: no answer grows without end: how many rows and bytes it has, and what is said when there
// is more. How many there may be of each thing is in plan_limits.test.mjs.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { nobody } from './support/client.mjs';
import { allow, allowAgain, makeMember, manyTasks, sql } from './support/db.mjs';
import { expectOk, expectPage } from './support/expect.mjs';
import { crowd, newResidence, newTask, PASSWORD, signIn, signUp } from './support/people.mjs';

const LONG = '🏡'.repeat(10000); // 40 KB
const LONG_SQL = "repeat('🏡', 10000)";

async function walk(client, path, limit) {
	const pages = [];
	let cursor = null;

	do {
		const res = await client.get(
			`${path}${path.includes('?') ? '&' : '?'}limit=${limit}${cursor ? `&cursor=${cursor}` : ''}`);

		expectPage(res);
		pages.push(res);
		cursor = res.body.next_cursor;
	} while (cursor !== null);
	return pages;
}

const idsOf = (pages) => pages.flatMap((res) => res.body.results.map((r) => r.id));

function expectWhole(pages, count) {
	const ids = idsOf(pages);

	assert.equal(ids.length, count);
	assert.equal(new Set(ids).size, count, 'none twice');
}

describe('an answer', () => {
	let person;
	let residence;

	before(async () => {
		[person] = await crowd(1);
		residence = await newResidence(person);
		await manyTasks(residence, person, 250, { description: LONG_SQL, due_on: "'2031-01-06'" });
	});

	test('that is a board shows the first 200 cards of a column, and counts all', async () => {
		const { client } = person;
		const res = await client.get(`/api/tasks/kanban?residence_id=${residence.id}`);
		const column = expectOk(res).columns.find((c) => c.name === 'upcoming');

		assert.deepEqual([column.count, column.tasks.length, res.body.complete], [250, 200, true]);
		assert.ok(res.text.length < 1 << 20, `${res.text.length} bytes`);
	});

	test('that is a board shows the beginning of a description, and the task itself all of it', async () => {
		const board = expectOk(await person.client.get(`/api/tasks/kanban?residence_id=${residence.id}`));
		const [card] = board.columns.find((c) => c.name === 'upcoming').tasks;

		assert.equal(card.description, `${'🏡'.repeat(279)}…`);
		assert.equal(expectOk(await person.client.get(`/api/tasks/${card.id}`)).description, LONG);
	});

	test('that is a board of more than 3,000 tasks leaves the least urgent out, and says so', async () => {
		const [other] = await crowd(1);
		const barn = await newResidence(other);

		await manyTasks(barn, other, 3001, { due_on: 'current_date + 100 + n' });
		await manyTasks(barn, other, 5, { due_on: "'2020-01-06'" });
		await manyTasks(barn, other, 50, { state: "'cancelled'" });
		const board = expectOk(await other.client.get(`/api/tasks/kanban?residence_id=${barn.id}`));
		const count = Object.fromEntries(board.columns.map((c) => [c.name, c.count]));
		assert.equal(board.complete, false);
		assert.deepEqual([count.overdue, count.upcoming, count.cancelled], [5, 2995, 0]);
	});

	test('that is a page of long texts ends sooner, and the next goes on there', async () => {
		const pages = await walk(person.client, `/api/tasks?residence_id=${residence.id}`, 200);

		expectWhole(pages, 250);
		for (const { text } of pages)
			assert.ok(Buffer.byteLength(text) < 2e6, `${text.length} characters`);
		assert.ok(pages.length >= 10, 'a million bytes are 25 of them');
	});

	test('that is a page of long texts skips none that has no text', async () => {
		const [other] = await crowd(1);
		const barn = await newResidence(other);

		for (let i = 0; i < 4; i += 1) {
			await manyTasks(barn, other, 20, { description: LONG_SQL });
			await manyTasks(barn, other, 10);
		}
		for (const ordering of ['title', '-created_at', 'due_on'])
			expectWhole(await walk(other.client,
				`/api/tasks?residence_id=${barn.id}&ordering=${ordering}`, 200), 120);
	});

	test('that is a page of completions, or of residences, ends sooner too', async () => {
		const [other] = await crowd(1);
		const barn = await newResidence(other);

		await manyTasks(barn, other, 60);
		await sql(`INSERT INTO completions (id, residence_id, task_id, occurrence, completed_by,
			recorded_by, note)
			SELECT gen_random_uuid(), residence_id, id, 1, created_by, created_by, repeat('🏡', 5000)
			  FROM tasks WHERE residence_id = :'residence'`, { residence: barn.id });
		await sql(`INSERT INTO residences (id, owner_id, name, time_zone, description)
			SELECT gen_random_uuid(), :'user', 'Home ' || n, 'UTC', repeat('🏡', 5000)
			  FROM generate_series(1, 59) n`,
		{ user: other.user.id });
		for (const path of ['/api/completions', '/api/residences']) {
			const pages = await walk(other.client, path, 200);

			expectWhole(pages, 60);
			assert.ok(pages.length > 1, path);
		}
	});

	test('that is a sync of long texts ends sooner, and the next goes on there', async () => {
		const ids = new Set();
		let token = '';
		let more = true;
		let pages = 0;

		while (more) {
			const res = await person.client.get(`/api/sync?limit=1000${token && `&since=${token}`}`);
			const { changes, sync_token, has_more } = expectOk(res);

			assert.ok(Buffer.byteLength(res.text) < 2e6, `${res.text.length} characters`);
			changes.tasks.upserted.forEach((t) => ids.add(t.id));
			[token, more, pages] = [sync_token, has_more, pages + 1];
		}
		assert.equal(ids.size, 250);
		assert.ok(pages >= 10);
	});

	test('that is a feed of 33 daily tasks of 40 KB stays below 2 MB and says what it left out', async () => {
		const [other] = await crowd(1);
		const barn = await newResidence(other);
		const create = Array.from({ length: 11 },
			(_, i) => ({ residence_id: barn.id, title: `Task ${i}`, description: LONG,
				due_on: '2026-01-01', due_time: '08:00', recurrence: { unit: 'day' } }));

		for (let i = 0; i < 3; i += 1)
			expectOk(await other.client.post('/api/tasks/bulk', { create })).created
				.forEach((part) => assert.equal(part.status, 201, JSON.stringify(part.problem)));
		const { path } = expectOk(await other.client.post('/api/calendar-feeds',
			{ residence_id: barn.id }), 201);
		const res = await nobody.get(path);
		assert.equal(res.status, 200);
		assert.ok(Buffer.byteLength(res.text) < 2.5 * 1024 * 1024, `${Buffer.byteLength(res.text)} bytes`);
		assert.match(res.text, /SUMMARY:More tasks are due than this calendar can show/);
		assert.match(res.text, /END:VCALENDAR\r\n$/);
	});

	test('that is a report names the 100 most expensive contractors, and says that there are more', async () => {
		const [other] = await crowd(1);
		const barn = await newResidence(other);
		const report = async () => expectOk(await other.client.get(`/api/residences/${barn.id}/report`));

		await manyTasks(barn, other, 150);
		assert.equal((await report()).complete, true);
		await sql(`INSERT INTO completions (id, residence_id, task_id, occurrence, completed_by, recorded_by,
			contractor_name, actual_cost)
			SELECT gen_random_uuid(), residence_id, id, 1, created_by, created_by, 'Contractor ' || title,
				substr(title, 6)::int
			  FROM tasks WHERE residence_id = :'residence'`, { residence: barn.id });
		const whole = await report();
		assert.deepEqual([whole.complete, whole.by_contractor.length, whole.by_contractor[0].name],
			[false, 100, 'Contractor Task 150']);
		assert.equal(whole.total.done, 150);
		const csv = await other.client.get(`/api/residences/${barn.id}/report?format=csv`);
		assert.match(csv.text, /\r\nincomplete\r\n$/);
	});

	test('that is a report of 300 daily tasks of the largest cost has a sum, and says it is not all', async () => {
		const [other] = await crowd(1);
		const barn = await newResidence(other);

		await manyTasks(barn, other, 300, { due_on: 'current_date', estimated_cost: '999999999999',
			recurrence: `'{"unit": "day"}'` });
		const { complete, forecast } = expectOk(await other.client.get(`/api/residences/${barn.id}/report`));
		assert.equal(complete, false);
		assert.match(forecast.cost, /^[0-9]+\.[0-9]{2}$/);
		assert.equal(forecast.months.reduce((sum, m) => sum + m.planned, 0), 50000);
	});

	test('that is a report of more than 5,000 tasks that are due says that it is not all', async () => {
		const [other] = await crowd(1);
		const barn = await newResidence(other);
		const report = async () => expectOk(await other.client.get(`/api/residences/${barn.id}/report`));

		await manyTasks(barn, other, 5000, { due_on: 'current_date', estimated_cost: '1' });
		assert.equal((await report()).complete, true);
		await manyTasks(barn, other, 1, { due_on: 'current_date', estimated_cost: '1' });
		assert.equal((await report()).complete, false);
	});

	test('that lists members, share codes or sessions comes page by page', async () => {
		const owner = await signUp();
		const barn = await newResidence(owner);
		const people = await crowd(12);

		for (const [i, friend] of people.entries())
			await makeMember(barn, friend.user, ['viewer', 'member', 'manager'][i % 3]);
		for (let i = 0; i < 5; i += 1)
			expectOk(await owner.client.post(`/api/residences/${barn.id}/share-codes`,
				{ role: 'viewer' }), 201);
		await signIn(owner);
		await signIn(owner);
		const members = await walk(owner.client, `/api/residences/${barn.id}/members`, 5);
		expectWhole(members, 13);
		assert.deepEqual(members.flatMap((res) => res.body.results.map((m) => m.role)),
			['owner', ...['manager', 'member', 'viewer'].flatMap((role) => Array(4).fill(role))]);
		expectWhole(await walk(owner.client, `/api/residences/${barn.id}/share-codes`, 2), 5);
		expectWhole(await walk(owner.client, '/api/auth/sessions', 1), 3);
	});

	test('that lists share codes names the last twenty who used one', async () => {
		const [owner, ...people] = await crowd(26);
		const barn = await newResidence(owner);
		const { id } = expectOk(await owner.client.post(`/api/residences/${barn.id}/share-codes`,
			{ role: 'viewer', max_uses: 100 }), 201);

		for (const friend of people)
			await makeMember(barn, friend.user, 'viewer');
		await sql(`INSERT INTO share_code_uses (share_code_id, user_id, residence_id, used_at)
			SELECT :'id', user_id, residence_id, now() - row_number() OVER () * interval '1 minute'
			  FROM residence_members WHERE residence_id = :'residence' AND role = 'viewer'`,
			{ id, residence: barn.id });
		const [code] = expectPage(await owner.client.get(`/api/residences/${barn.id}/share-codes`));
		assert.equal(code.uses.length, 20);
		assert.ok(code.uses[0].used_at < code.uses[19].used_at);
	});
});

test('sessions that are over are not named by what changes an account', async () => {
	const person = await signUp();

	await sql(`INSERT INTO sessions (id, user_id, token_hash, last_seen_at, expires_at)
		SELECT gen_random_uuid(), :'id', 'over ' || n || :'id', now() - interval '40 days',
			now() + interval '1 day'
		  FROM generate_series(1, 11000) n`, { id: person.user.id });
	assert.deepEqual(await sql("SELECT cardinality(hob.touch_person(:'id'))", { id: person.user.id }), ['2']);
	expectOk(await person.client.patch('/api/auth/me', { first_name: 'Quick' }));
	expectOk(await nobody.post('/api/auth/login', { email: person.email, password: PASSWORD }));
});

test('residences that were deleted are not touched by a new name of an account, and come back with it', async () => {
	const person = await signUp();
	const residence = await newResidence(person, { name: 'Gone' });

	await sql(`INSERT INTO residences (id, owner_id, name, time_zone)
		SELECT gen_random_uuid(), :'id', 'Gone', 'UTC' FROM generate_series(1, 1000);
		UPDATE residences SET deleted_at = now() WHERE owner_id = :'id'`, { id: person.user.id });
	assert.deepEqual(await sql("SELECT cardinality(hob.touch_person(:'id'))", { id: person.user.id }), ['2']);
	expectOk(await person.client.patch('/api/auth/me', { first_name: 'Quick' }));
	assert.deepEqual(await sql("SELECT count(*) FROM residence_people WHERE user_id = :'id' AND name LIKE 'Quick%'",
		{ id: person.user.id }), ['0'], 'no row of a residence that is gone is written');
	await sql("UPDATE residences SET deleted_at = NULL WHERE id = :'id'", { id: residence.id });
	assert.deepEqual(expectOk(await person.client.get(`/api/residences/${residence.id}/members`))
		.results.map((m) => m.user.name), ['Quick Goodfellow']);
});

test('a task made in a residence with a hundred others of the account shows there', async () => {
	const [person] = await crowd(1);

	await allow('residences', -1);
	await sql(`INSERT INTO residences (id, owner_id, name, time_zone)
		SELECT gen_random_uuid(), :'user', 'Home', 'UTC' FROM generate_series(1, 99)`,
		{ user: person.user.id });
	const residence = await newResidence(person);
	const task = await newTask(person, residence);
	const { changes } = expectOk(await person.client.get('/api/sync'));
	assert.deepEqual(changes.tasks.upserted.map((t) => t.id), [task.id]);
	assert.equal(changes.residences.upserted.length, 100);
	await allowAgain('residences');
});
