// include.test.mjs: what belongs to an object and comes in the same answer when it is asked for.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { localDay } from './support/days.mjs';
import { makeMember, sql } from './support/db.mjs';
import { expectInvalid, expectKeys, expectOk, expectPage } from './support/expect.mjs';
import { crowd, newDocument, newResidence, newTask, signUp } from './support/people.mjs';
import { cleaning, form, notCleaning, png, sent } from './support/uploads.mjs';

const tripsOf = (res) => Number(res.headers['x-hob-round-trips']);

describe('GET /api/residences?include=summary', () => {
	let robin;

	before(async () => {
		robin = await signUp();
		for (const name of ['Alpha', 'Beta'])
			await newResidence(robin, { name, time_zone: name === 'Alpha' ? 'UTC' : 'Asia/Tokyo' });
	});

	const list = async (query = '') => expectPage(await robin.client.get(`/api/residences${query}`));

	test('shows of each residence the numbers of the summary', async () => {
		const [alpha, beta] = await list();

		await newTask(robin, alpha, { due_on: '2020-01-01' });
		await newTask(robin, alpha, { due_on: localDay('UTC', 40) });
		await newTask(robin, beta, {});
		const started = await newTask(robin, beta, { due_on: '2020-01-01' });
		expectOk(await robin.client.post(`/api/tasks/${started.id}/start`));
		for (const days of ['', '&days_threshold=60']) {
			const counted = await list(`?include=summary${days}`);
			const path = `/api/residences/summary?${days.slice(1)}`;
			const summaries = expectPage(await robin.client.get(path));
			assert.deepEqual(counted.map((r) => r.summary),
				summaries.map(({ today, counts }) => ({ today, ...counts })));
			assert.deepEqual(counted.map(({ summary, ...residence }) => residence), await list());
		}
		const [first] = await list('?include=summary&days_threshold=60');
		assert.deepEqual([first.summary.overdue, first.summary.due_soon], [1, 1]);
	});

	test('is left out unless it is asked for', async () => {
		for (const residence of await list())
			assert.ok(!('summary' in residence));
		for (const residence of await list('?include=summary'))
			expectKeys(residence.summary, ['today', 'overdue', 'due_soon', 'upcoming', 'in_progress',
				'expiring_warranties']);
		expectInvalid(await robin.client.get('/api/residences?include=tasks'), { include: 'choice' }, 'query');
	});

	test('is never answered from memory, for a task or the clock may have changed it', async () => {
		const [alpha] = await list();
		const counts = async () => {
			const res = await robin.client.get('/api/residences?include=summary');
			assert.equal(tripsOf(res), 1);
			return expectPage(res)[0].summary.overdue;
		};
		const count = await counts();

		for (let i = 1; i <= 20; i += 1) {
			await newTask(robin, alpha, { due_on: '2020-01-01' });
			assert.equal(await counts(), count + i);
		}
		await sql("UPDATE tasks SET due_on = '2190-01-01' WHERE residence_id = :'id'", { id: alpha.id });
		assert.equal(await counts(), 0);
	});

	test('goes on by pages', async () => {
		const first = expectOk(await robin.client.get('/api/residences?include=summary&limit=1'));
		const second = expectOk(await robin.client.get(
			`/api/residences?include=summary&limit=1&cursor=${first.next_cursor}`));

		assert.deepEqual([first, second].map((page) => page.results[0].name), ['Alpha', 'Beta']);
		assert.ok(second.results[0].summary);
	});
});

describe('GET /api/tasks/{task_id}?include=completions', () => {
	let robin;
	let residence;
	let task;

	before(async () => {
		robin = await signUp();
		residence = await newResidence(robin);
		task = await newTask(robin, residence, { due_on: '2031-01-06', recurrence: { unit: 'day', every: 1 } });
	});

	const show = (query = '?include=completions', options) =>
		robin.client.get(`/api/tasks/${task.id}${query}`, options);
	const complete = async (occurrence) =>
		expectOk(await robin.client.post(`/api/tasks/${task.id}/complete`, { occurrence }), 201);

	test('begins the history, which goes on at its own path', async () => {
		assert.deepEqual(expectOk(await show()).completions, { results: [], next_cursor: null });
		for (let i = 1; i <= 23; i += 1)
			await complete(i);
		const res = await show();
		const { completions, ...shown } = expectOk(res);
		const path = `/api/tasks/${task.id}/completions`;

		assert.equal(tripsOf(res), 1);
		assert.deepEqual(shown, expectOk(await show('')));
		const page = expectOk(await robin.client.get(`${path}?limit=20`));
		assert.deepEqual(completions.results, page.results);
		assert.equal(completions.results.length, 20);
		const rest = expectPage(await robin.client.get(`${path}?cursor=${completions.next_cursor}`));
		assert.deepEqual(rest.map((c) => c.occurrence), [3, 2, 1]);
	});

	test('has another tag when one of them changes, and 304 when none does', async () => {
		const { headers: { etag }, body } = await show();
		const same = (tag) => show(undefined, { headers: { 'If-None-Match': tag } });

		assert.equal((await same(etag)).status, 304);
		const [newest] = body.completions.results;
		expectOk(await robin.client.patch(`/api/completions/${newest.id}`, { note: 'Wet' }));
		const changed = await same(etag);
		assert.equal(expectOk(changed).completions.results[0].note, 'Wet');
		assert.equal(changed.body.version, body.version, 'the task is what it was');
		assert.equal((await same(changed.headers.etag)).status, 304);
	});

	test('shows a viewer the same, and is left out unless it is asked for', async () => {
		const [viewer] = await crowd(1);

		await makeMember(residence, viewer.user, 'viewer');
		assert.deepEqual(expectOk(await viewer.client.get(`/api/tasks/${task.id}?include=completions`)),
			expectOk(await show()));
		assert.ok(!('completions' in expectOk(await show(''))));
		for (const [name, code] of [['summary', 'choice'], ['completions,activity', 'choice'],
			['completions,files,completions', 'too_long']])
			expectInvalid(await show(`?include=${name}`), { include: code }, 'query');
	});
});

// By the single read of each thing that files hang on.
const PLACES = {
	task: async (robin, home) => `/api/tasks/${(await newTask(robin, home)).id}`,
	completion: async (robin, home) => `/api/completions/${expectOk(await robin.client.post(
		`/api/tasks/${(await newTask(robin, home)).id}/complete`, { occurrence: 1 }), 201).id}`,
	document: async (robin, home) => `/api/documents/${(await newDocument(robin, home)).id}`,
	residence: async (robin, home) => `/api/residences/${home.id}`,
};

for (const [what, make] of Object.entries(PLACES)) {
	describe(`the single read of a ${what} with ?include=files`, () => {
		let robin;
		let mate;
		let path;

		before(async () => {
			[robin, mate] = [await signUp(), await signUp()];
			const home = await newResidence(robin);

			await makeMember(home, mate.user, 'viewer');
			await notCleaning();
			path = await make(robin, home);
		});
		after(cleaning);

		const show = (person = robin, query = '?include=files', options = {}) =>
			person.client.get(`${path}${query}`, options);

		test('begins the list of its files, in one round trip', async () => {
			const { headers: { etag } } = await show();
			const empty = expectOk(await show());

			assert.deepEqual(empty.files, { results: [], next_cursor: null });
			assert.ok(!('files' in expectOk(await show(robin, ''))));
			const same = () => show(robin, undefined, { headers: { 'If-None-Match': etag } });

			assert.equal((await same()).status, 304);
			for (const count of [10, 10, 1]) {
				const pictures = Array.from({ length: count }, (_, i) => [`${i}.png`, png()]);

				expectOk(await robin.client.post(`${path}/files`, form(pictures)), 201);
				await sql("UPDATE files SET state = 'ready' WHERE uploaded_by = :'id'",
					{ id: robin.user.id });
			}
			const res = await same();
			const { files, ...shown } = expectOk(res);

			assert.equal(tripsOf(res), 1);
			assert.deepEqual(shown, expectOk(await show(robin, '')));
			const page = expectOk(await robin.client.get(`${path}/files?limit=20`));

			assert.deepEqual(files.results, page.results);
			assert.equal(files.results.length, 20);
			const rest = await robin.client.get(`${path}/files?cursor=${files.next_cursor}`);

			assert.equal(expectPage(rest).length, 1);
		});

		test('shows nobody what is not ready, but who sent it', async () => {
			const { upload_id: id } = await sent(robin);
			const before = expectOk(await show(mate)).files;

			expectOk(await robin.client.post(`${path}/files`, { upload_ids: [id] }), 201);
			assert.deepEqual(expectOk(await show(mate)).files, before);
		});
	});
}

test('a task comes with its history and its files at once', async () => {
	const robin = await signUp();
	const task = await newTask(robin, await newResidence(robin));
	const res = await robin.client.get(`/api/tasks/${task.id}?include=files,completions`);

	const { files, completions } = expectOk(res);

	for (const page of [files, completions])
		assert.deepEqual(page, { results: [], next_cursor: null });
	assert.equal(tripsOf(res), 1);
});
