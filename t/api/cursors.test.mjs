// cursors.test.mjs: walking a list page by page while others write. Whatever happens
// meanwhile, nothing comes twice, and nothing that stood there all the time is missing.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Upload } from './support/client.mjs';
import { localDay } from './support/days.mjs';
import { sql } from './support/db.mjs';
import { expectInvalid, expectOk } from './support/expect.mjs';
import { freshEmail, newAccess, newId, newResidence, newTask, newWarranty, proveAddress, signUp }
	from './support/people.mjs';
import { fill, routeTable } from './support/routes.mjs';
import { cleaning, notCleaning } from './support/uploads.mjs';

const STEADY = 3000;
const ORDERINGS = ['due_on', 'title', 'created_at', 'updated_at', 'priority'].flatMap((key) => [key, `-${key}`]);

let robin;
let residence;

/** `count` tasks called `name`, with very few different values to sort by. */
function makeTasks(name, count) {
	return sql(`INSERT INTO tasks (id, residence_id, title, priority, due_on, created_by, created_at, updated_at)
		SELECT gen_random_uuid(), :'residence', :'name' || n % 3,
		       (ARRAY['low', 'medium', 'high'])[1 + n % 3],
		       CASE n % 4 WHEN 0 THEN NULL ELSE date '2030-01-01' + (n % 2)::int END, :'user',
		       timestamptz '2026-01-01 12:00:00.000001+00' + (n % 2) * interval '1 microsecond',
		       timestamptz '2026-01-01 12:00:00.25+00'
		  FROM generate_series(1, :'count'::int) n`,
		{ residence: residence.id, user: robin.user.id, name, count });
}

before(async () => {
	robin = await signUp();
	residence = await newResidence(robin);
	await makeTasks('steady', STEADY);
});

const steadyIds = async () => new Set(await sql(
	"SELECT id FROM tasks WHERE residence_id = :'residence' AND title LIKE 'steady%'",
	{ residence: residence.id }));

/** All pages, with `between(page)` before each next one. Resolves to the tasks in their order. */
async function walk(query, limit, between) {
	const seen = [];
	let cursor = '';

	for (let page = 0; page < 10000; page += 1) {
		const { results, next_cursor: next } = expectOk(await robin.client.get(
			`/api/tasks?residence_id=${residence.id}&limit=${limit}${query}${cursor}`));

		assert.ok(results.length <= limit);
		seen.push(...results);
		if (next === null)
			return seen;
		assert.equal(results.length, limit, 'a page that is not the last is full');
		cursor = `&cursor=${next}`;
		await between(page);
	}
	throw new Error('the list has no end');
}

function expectWalked(seen, steady) {
	const ids = seen.map((task) => task.id);

	assert.equal(new Set(ids).size, ids.length, 'something came twice');
	const missing = [...steady].filter((id) => !ids.includes(id));
	assert.deepEqual(missing, [], `${missing.length} are missing`);
}

describe('a walk over thousands of equal keys', () => {
	for (const ordering of ORDERINGS)
		test(`by ${ordering}`, async () => {
			const seen = await walk(`&ordering=${ordering}`, 199, () => {});

			expectWalked(seen, await steadyIds());
		});

	test('by a filter, which the cursor is bound to', async () => {
		const seen = await walk('&ordering=-title&priority=high', 97, () => {});

		assert.ok(seen.length >= STEADY / 3);
		assert.ok(seen.every((task) => task.priority === 'high'));
		const { next_cursor: next } = expectOk(await robin.client.get(
			`/api/tasks?residence_id=${residence.id}&limit=5&ordering=-title&priority=high`));
		expectInvalid(await robin.client.get(
			`/api/tasks?residence_id=${residence.id}&limit=5&ordering=-title&priority=low&cursor=${next}`),
		{ cursor: 'format' }, 'query');
	});
});

describe('a walk while others write', () => {
	for (const ordering of ORDERINGS)
		test(`by ${ordering}: nothing twice, nothing steady missing`, async () => {
			const steady = await steadyIds();
			// As many come as go, in front of the reader and behind.
			const disturb = async (page) => {
				if (page % 4 !== 0)
					return;
				await makeTasks('passing', 40);
				await sql(`UPDATE tasks SET deleted_at = now() WHERE id IN (SELECT id FROM tasks
					WHERE residence_id = :'residence' AND title LIKE 'passing%'
						AND deleted_at IS NULL
					ORDER BY random() LIMIT 35)`, { residence: residence.id });
				await sql(`DELETE FROM tasks WHERE residence_id = :'residence'
					AND deleted_at IS NOT NULL`, { residence: residence.id });
			};

			expectWalked(await walk(`&ordering=${ordering}`, 171, disturb), steady);
		});
});

describe('each list', () => {
	let person;
	let own;
	let task;
	let hook;
	let notice;
	let contractor;
	let paper;
	let done;
	// What became of a delivery would change while its list is walked.
	const pausePushes = (paused) => sql(`UPDATE job_kinds SET paused = ${paused} WHERE kind = 'push'`);

	const invite = async (by, { id }, email) => expectOk(
		await by.client.post(`/api/residences/${id}/invitations`, { email, role: 'viewer' }), 201);

	before(async () => {
		person = await signUp();
		await Promise.all([person, robin].map(proveAddress));
		own = await newResidence(person);
		task = await newTask(person, own, { due_on: '2031-01-06', recurrence: 'weekly' });
		const hooks = `/api/residences/${own.id}/webhooks`;
		const wanted = { url: 'https://example.com/hook', events: ['task.created'] };

		hook = expectOk(await person.client.post(hooks, wanted), 201);
		contractor = expectOk(await person.client.post('/api/contractors', { residence_id: own.id,
			name: 'Mine' }), 201);
		await pausePushes(true);
		for (let occurrence = 1; occurrence <= 3; occurrence += 1) {
			await newResidence(person, { name: `Home ${occurrence}` });
			expectOk(await person.client.post('/api/calendar-feeds', { name: `Feed ${occurrence}` }), 201);
			await newAccess(person);
			expectOk(await person.client.post('/api/devices', { platform: 'ios', token: newId() }), 201);
			[notice] = await sql(`SELECT id FROM hob.notify(ARRAY[:'user'::uuid], 'task_due', NULL, 'task',
				gen_random_uuid())`, { user: person.user.id });
			expectOk(await person.client.post(hooks, wanted), 201);
			expectOk(await person.client.post(`/api/tasks/${task.id}/complete`, { occurrence }), 201);
			expectOk(await person.client.post(`/api/residences/${own.id}/share-codes`,
				{ role: 'viewer' }), 201);
			expectOk(await person.client.post('/api/auth/login',
				{ email: person.email, password: person.password }));
			await newTask(person, own, { contractor_id: contractor.id });
			expectOk(await person.client.post('/api/contractors', { name: 'Sweep' }), 201);
			paper = await newWarranty(person, own, [localDay('UTC', 2 * occurrence + 3)]);
			await invite(person, own, freshEmail());
			await invite(robin, await newResidence(robin), person.email);
		}
		await sql(`INSERT INTO residence_members (residence_id, user_id, role)
			SELECT :'residence', id, 'viewer' FROM users WHERE id <> :'user' ORDER BY id LIMIT 3`,
		{ residence: own.id, user: person.user.id });
	});

	before(async () => {
		const completions = expectOk(await person.client.get(`/api/tasks/${task.id}/completions`)).results;

		done = completions[0];
		// One that is found clean between two looks would be news.
		await notCleaning();
		for (const place of [`tasks/${task.id}`, `completions/${done.id}`, `documents/${paper.id}`,
			`residences/${own.id}`])
			for (const text of ['one', 'two', 'three'])
				expectOk(await person.client.post(`/api/${place}/files`, new Upload(text)), 201);
	});

	after(() => Promise.all([pausePushes(false), cleaning()]));

	test('takes limit and cursor, and its pages are the whole of it', async () => {
		const pages = (await routeTable()).filter((route) => route.reply === 'page');

		assert.ok(pages.length >= 10);
		for (const { path } of pages) {
			const address = fill(path, { residence_id: own.id, task_id: task.id, webhook_id: hook.id,
				notification_id: notice, contractor_id: contractor.id, document_id: paper.id,
				completion_id: done.id });
			const whole = expectOk(await person.client.get(`${address}?limit=200`)).results;
			const walked = [];
			let cursor = '';

			assert.ok(whole.length >= 3, `${path} has ${whole.length}`);
			for (let next = ''; next !== null; cursor = `&cursor=${next}`) {
				const page = expectOk(await person.client.get(`${address}?limit=2${cursor}`));

				assert.ok(page.results.length <= 2, path);
				walked.push(...page.results);
				next = page.next_cursor;
			}
			assert.deepEqual(walked, whole, path);
			expectInvalid(await person.client.get(`${address}?limit=0&cursor=x`),
				{ limit: 'too_small' }, 'query');
			expectInvalid(await person.client.get(`${address}?cursor=x`), { cursor: 'format' }, 'query');
		}
	});
});
