// tasks.test.mjs: tasks of a residence: making, reading, changing, deleting, and the list.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { nobody } from './support/client.mjs';
import { makeMember, setTask, sql } from './support/db.mjs';
import { expectInvalid, expectKeys, expectOk, expectPage, expectProblem, expectSameBytes,
	INSTANT, SAME_ID, UUID_V7 } from './support/expect.mjs';
import { missingId, newResidence, newTask, signUp } from './support/people.mjs';

const TASK_KEYS = ['id', 'residence_id', 'title', 'description', 'category', 'priority', 'starts_on', 'due_on',
	'due_time', 'recurrence', 'remind_before', 'occurrence', 'assigned_to', 'contractor_id', 'estimated_cost',
		'state',
	'completed', 'archived', 'position', 'completion_count', 'last_completed_at', 'last_completed_by',
		'last_completion_id', 'photo_count', 'first_photo_id',
	'created_by', 'created_at', 'updated_at', 'version', 'currency', 'is_overdue'];

let robin;
let helper;
let stranger;
let residence;
let categories;
let priorities;

before(async () => {
	robin = await signUp();
	helper = await signUp({ first_name: 'Nan', last_name: 'Bobbin' });
	stranger = await signUp();
	residence = await newResidence(robin);
	await makeMember(residence, helper.user, 'member');
	const lookups = expectOk(await nobody.get('/api/static-data'));
	categories = lookups.task_categories.map((c) => c.code);
	priorities = [...lookups.task_priorities].sort((a, b) => a.rank - b.rank).map((p) => p.code);
});

function full() {
	return {
		residence_id: residence.id, title: 'Bleed the radiators', description: 'All of them.\nUpstairs first.',
		category: categories[0], priority: priorities.at(-1), due_on: '2031-02-28', due_time: '17:30',
		remind_before: ['P7D', 'P0D'], assigned_to_id: helper.user.id, estimated_cost: '12.50',
	};
}

describe('POST /api/tasks', () => {
	test('needs a residence and a title and fills in the rest', async () => {
		const res = await robin.client.post('/api/tasks', { residence_id: residence.id, title: 'Sweep' });
		const task = expectOk(res, 201);

		expectKeys(task, TASK_KEYS);
		assert.match(task.id, UUID_V7);
		assert.equal(res.headers.location, `/api/tasks/${task.id}`);
		assert.equal(task.residence_id, residence.id);
		assert.equal(task.title, 'Sweep');
		assert.equal(task.category, 'other');
		assert.equal(task.priority, 'medium');
		assert.equal(task.state, 'pending');
		assert.equal(task.archived, false);
		assert.equal(task.completion_count, 0);
		assert.deepEqual(task.created_by, { id: robin.user.id, name: robin.user.name });
		assert.equal(task.occurrence, 1);
		assert.equal(task.completed, false);
		for (const key of ['description', 'starts_on', 'due_on', 'due_time', 'recurrence', 'remind_before',
			'assigned_to', 'estimated_cost', 'last_completed_at', 'last_completed_by',
			'last_completion_id', 'first_photo_id'])
			assert.equal(task[key], null, key);
		assert.equal(task.photo_count, 0);
		assert.equal(task.version, 1);
		assert.match(task.created_at, INSTANT);
		assert.equal(task.updated_at, task.created_at);
		assert.deepEqual(expectOk(await robin.client.get(res.headers.location)), task);
	});

	test('keeps every field as it was given', async () => {
		const { assigned_to_id, ...given } = full();
		const task = expectOk(await robin.client.post('/api/tasks', full()), 201);

		for (const [key, value] of Object.entries(given))
			assert.deepEqual(task[key], value, key);
		assert.deepEqual(task.assigned_to, { id: assigned_to_id, name: 'Nan Bobbin' });
		assert.deepEqual(expectOk(await helper.client.get(`/api/tasks/${task.id}`)), task);
	});

	test('is for members: a viewer gets 403, a stranger 404', async () => {
		const body = { residence_id: residence.id, title: 'Sweep' };
		const viewer = await signUp();

		await makeMember(residence, viewer.user, 'viewer');
		expectOk(await helper.client.post('/api/tasks', body), 201);
		expectProblem(await viewer.client.post('/api/tasks', body), 403, 'forbidden');
		expectProblem(await stranger.client.post('/api/tasks', body), 404, 'not_found');
		expectProblem(await nobody.post('/api/tasks', body), 401, 'unauthorized');
	});

	const refused = [
		['nothing', () => ({ residence_id: undefined, title: undefined }),
			{ residence_id: 'required', title: 'required' }],
		['a residence that is no id', () => ({ residence_id: 'residence' }), { residence_id: 'format' }],
		['a null residence', () => ({ residence_id: null }), { residence_id: 'null' }],
		['an empty title', () => ({ title: '' }), { title: 'too_short' }],
		['a title of spaces', () => ({ title: ' \t\n' }), { title: 'too_short' }],
		['a title of 201 characters', () => ({ title: 'é'.repeat(201) }), { title: 'too_long' }],
		['a title that is a list', () => ({ title: ['Sweep'] }), { title: 'type' }],
		['a category nobody knows', () => ({ category: 'alchemy' }), { category: 'not_found' }],
		['a priority nobody knows', () => ({ priority: 'yesterday' }), { priority: 'not_found' }],
		['a null priority', () => ({ priority: null }), { priority: 'null' }],
		['a null category', () => ({ category: null }), { category: 'null' }],
		['a day that does not exist', () => ({ due_on: '2025-02-30' }), { due_on: 'format' }],
		['a day that is a number', () => ({ due_on: 20250230 }), { due_on: 'type' }],
		['a day in another order', () => ({ due_on: '28.02.2025' }), { due_on: 'format' }],
		['a day before 1900', () => ({ due_on: '1899-12-31' }), { due_on: 'too_small' }],
		['a day after 2200', () => ({ due_on: '2201-01-01' }), { due_on: 'too_large' }],
		['a day in the year 10000', () => ({ due_on: '10000-01-01' }), { due_on: 'format' }],
		['infinity', () => ({ due_on: 'infinity' }), { due_on: 'format' }],
		['24 o\'clock', () => ({ due_on: '2031-01-01', due_time: '24:00' }), { due_time: 'format' }],
		['minute 60', () => ({ due_on: '2031-01-01', due_time: '10:60' }), { due_time: 'format' }],
		['a time with seconds', () => ({ due_on: '2031-01-01', due_time: '10:30:15' }), { due_time: 'format' }],
		['a time in words', () => ({ due_time: 'noon' }), { due_time: 'format' }],
		['a cost below zero', () => ({ estimated_cost: '-0.01' }), { estimated_cost: 'too_small' }],
		['a cost with three decimals', () => ({ estimated_cost: '1.005' }), { estimated_cost: 'format' }],
		['a cost with an exponent', () => ({ estimated_cost: '1e3' }), { estimated_cost: 'format' }],
		['a cost beyond the column', () => ({ estimated_cost: '999999999999.01' }),
			{ estimated_cost: 'too_large' }],
		['an assignee that is no id', () => ({ assigned_to_id: 'nan' }), { assigned_to_id: 'format' }],
		['an assignee who is no member', () => ({ assigned_to_id: stranger.user.id }),
			{ assigned_to_id: 'not_a_member' }],
		['an assignee who does not exist', () => ({ assigned_to_id: missingId() }),
			{ assigned_to_id: 'not_a_member' }],
		['reminders that are no list', () => ({ remind_before: 'P1D' }), { remind_before: 'type' }],
		['a reminder of another day', () => ({ remind_before: ['P0D', 'P5D'] }), { remind_before: 'choice' }],
		['a reminder given twice', () => ({ remind_before: ['P1D', 'P1D'] }), { remind_before: 'duplicate' }],
		['a state', () => ({ state: 'cancelled' }), { state: 'unknown_field' }],
		['a creator', () => ({ created_by: missingId() }), { created_by: 'unknown_field' }],
	];

	for (const [what, fields, errors] of refused)
		test(`refuses ${what}`, async () => {
			const body = { residence_id: residence.id, title: 'Sweep', ...fields() };
			expectInvalid(await robin.client.post('/api/tasks', body), errors);
		});

	test('refuses a stranger as assignee like one who does not exist, byte for byte', async () => {
		const body = (assigned_to_id) => ({ residence_id: residence.id, title: 'Sweep', assigned_to_id });
		const foreign = await robin.client.post('/api/tasks', body(stranger.user.id), SAME_ID);
		const missing = await robin.client.post('/api/tasks', body(missingId()), SAME_ID);

		expectSameBytes(foreign, missing);
	});
});

describe('GET /api/tasks/{task_id}', () => {
	test('shows it to every member, and to a viewer', async () => {
		const task = await newTask(robin, residence);
		const viewer = await signUp();

		await makeMember(residence, viewer.user, 'viewer');
		for (const { client } of [robin, helper, viewer])
			assert.deepEqual(expectOk(await client.get(`/api/tasks/${task.id}`)), task);
	});

	test('answers a foreign task like a missing one, byte for byte', async () => {
		const task = await newTask(robin, residence);
		const foreign = await stranger.client.get(`/api/tasks/${task.id}`, SAME_ID);
		const missing = await stranger.client.get(`/api/tasks/${missingId()}`, SAME_ID);

		expectProblem(foreign, 404, 'not_found');
		expectSameBytes(foreign, missing);
	});

	test('answers what is no id 404, and nobody 401', async () => {
		for (const id of ['1', 'latest', missingId().slice(1), `${missingId()}0`])
			expectProblem(await robin.client.get(`/api/tasks/${id}`), 404, 'not_found');
		expectProblem(await nobody.get(`/api/tasks/${missingId()}`), 401, 'unauthorized');
	});

	test('refuses query names, since it has none', async () => {
		const task = await newTask(robin, residence);

		expectInvalid(await robin.client.get(`/api/tasks/${task.id}?limit=1`),
			{ limit: 'unknown_field' }, 'query');
	});
});

describe('PATCH /api/tasks/{task_id}', () => {
	test('changes what is named, keeps the rest, and counts the version', async () => {
		const task = expectOk(await robin.client.post('/api/tasks', full()), 201);
		const path = `/api/tasks/${task.id}`;
		const changed = expectOk(await helper.client.patch(path,
			{ title: 'Bleed one radiator', due_on: '2031-03-01', estimated_cost: 7 }));

		assert.deepEqual(changed, { ...task, title: 'Bleed one radiator', due_on: '2031-03-01',
			estimated_cost: '7.00', version: 2, updated_at: changed.updated_at,
			position: changed.position });
		assert.deepEqual(expectOk(await robin.client.get(path)), changed);
		const again = expectOk(await robin.client.patch(path, { priority: priorities[0] }));
		assert.equal(again.priority, priorities[0]);
		assert.equal(again.version, 3);
	});

	test('clears what is null; the time goes with its day', async () => {
		const task = expectOk(await robin.client.post('/api/tasks', full()), 201);
		const changed = expectOk(await robin.client.patch(`/api/tasks/${task.id}`,
			{ description: null, due_on: null, assigned_to_id: null, estimated_cost: null }));

		for (const key of ['description', 'due_on', 'due_time', 'assigned_to', 'estimated_cost'])
			assert.equal(changed[key], null, key);
	});

	test('answers an empty change with the task', async () => {
		const task = await newTask(robin, residence);
		const same = expectOk(await robin.client.patch(`/api/tasks/${task.id}`, {}));

		assert.equal(same.id, task.id);
		assert.equal(same.title, task.title);
	});

	test('reassigns to members alone', async () => {
		const task = await newTask(robin, residence);
		const path = `/api/tasks/${task.id}`;
		const changed = expectOk(await robin.client.patch(path, { assigned_to_id: robin.user.id }));

		assert.deepEqual(changed.assigned_to, { id: robin.user.id, name: robin.user.name });
		expectInvalid(await robin.client.patch(path, { assigned_to_id: stranger.user.id }),
			{ assigned_to_id: 'not_a_member' });
	});

	test('refuses what may not be changed, naming it', async () => {
		const task = await newTask(robin, residence);
		const path = `/api/tasks/${task.id}`;
		const refused = [
			[{ residence_id: residence.id }, { residence_id: 'immutable' }],
			[{ title: null }, { title: 'null' }],
			[{ title: '' }, { title: 'too_short' }],
			[{ priority: null }, { priority: 'null' }],
			[{ category: null }, { category: 'null' }],
			[{ category: 'alchemy' }, { category: 'not_found' }],
			[{ priority: 'yesterday' }, { priority: 'not_found' }],
			[{ completion_count: 9 }, { completion_count: 'unknown_field' }],
			[{ created_by: null }, { created_by: 'unknown_field' }],
			[{ due_on: '2025-13-01', estimated_cost: 'x' }, { due_on: 'format', estimated_cost: 'format' }],
		];

		for (const [body, errors] of refused)
			expectInvalid(await robin.client.patch(path, body), errors);
		assert.deepEqual(expectOk(await robin.client.get(path)), task);
	});

	test('is for members: a viewer gets 403, a stranger 404', async () => {
		const task = await newTask(robin, residence);
		const path = `/api/tasks/${task.id}`;
		const viewer = await signUp();

		await makeMember(residence, viewer.user, 'viewer');
		expectProblem(await viewer.client.patch(path, { title: 'Mine' }), 403, 'forbidden');
		expectProblem(await stranger.client.patch(path, { title: 'Mine' }), 404, 'not_found');
		expectProblem(await nobody.patch(path, { title: 'Mine' }), 401, 'unauthorized');
		assert.deepEqual(expectOk(await robin.client.get(path)), task);
	});
});

describe('DELETE /api/tasks/{task_id}', () => {
	test('removes it for a member; again it is 404', async () => {
		const task = await newTask(robin, residence);
		const path = `/api/tasks/${task.id}`;

		expectOk(await helper.client.delete(path), 204);
		expectProblem(await helper.client.delete(path), 404, 'not_found');
		expectProblem(await robin.client.get(path), 404, 'not_found');
	});

	test('keeps its history', async () => {
		const task = await newTask(robin, residence);
		await sql(`INSERT INTO completions (id, residence_id, task_id, occurrence, completed_by, recorded_by)
			VALUES (gen_random_uuid(), :'residence', :'task', 1, :'user', :'user')`,
		{ residence: residence.id, task: task.id, user: robin.user.id });
		expectOk(await robin.client.delete(`/api/tasks/${task.id}`), 204);
		assert.deepEqual(await sql("SELECT count(*) FROM completions WHERE task_id = :'task'",
			{ task: task.id }), ['1']);
		assert.ok(!expectPage(await robin.client.get(`/api/tasks?residence_id=${residence.id}&limit=200`))
			.some((t) => t.id === task.id));
		expectProblem(await robin.client.patch(`/api/tasks/${task.id}`, { title: 'Back' }), 404, 'not_found');
	});

	test('is for members: a viewer gets 403, a stranger 404', async () => {
		const path = `/api/tasks/${(await newTask(robin, residence)).id}`;
		const viewer = await signUp();

		await makeMember(residence, viewer.user, 'viewer');
		expectProblem(await viewer.client.delete(path), 403, 'forbidden');
		expectProblem(await stranger.client.delete(path), 404, 'not_found');
		expectProblem(await nobody.delete(path), 401, 'unauthorized');
		expectOk(await robin.client.get(path));
	});

	test('refuses a body', async () => {
		const path = `/api/tasks/${(await newTask(robin, residence)).id}`;

		expectProblem(await robin.client.request('DELETE', path, { body: { really: true } }),
			400, 'malformed');
		expectOk(await robin.client.get(path));
	});
});

describe('GET /api/tasks', () => {
	let owner;
	let first;
	let second;

	before(async () => {
		owner = await signUp();
		first = await newResidence(owner, { name: 'First' });
		second = await newResidence(owner, { name: 'Second' });
		await makeMember(first, helper.user, 'member');
		const [low] = priorities;
		const top = priorities.at(-1);
		const make = (title, fields, where = first) => newTask(owner, where, { title, ...fields });

		await make('a attic', { due_on: '2030-01-01', priority: low, category: categories[0] });
		await make('b boiler', { due_on: '2030-03-01', priority: top, description: 'The ATTIC one' });
		await make('c cellar', { priority: low, category: categories[1], assigned_to_id: helper.user.id });
		await make('d drain', { due_on: '2030-02-01', priority: top, category: categories[1] }, second);
		await setTask(await make('e elms', { due_on: '2030-01-01' }), "state = 'in_progress'");
		await setTask(await make('f floor'), "state = 'cancelled'");
		await setTask(await make('g gutter', { due_on: '2020-01-01' }),
			'completed = true, last_completed_at = now()');
		await setTask(await make('h hall'), 'archived = true');
	});

	const list = async (query) => expectPage(await owner.client.get(`/api/tasks?ordering=title${query}`));
	const titles = async (query) => (await list(query)).map((task) => task.title[0]).join('');

	test('lists the tasks of all my residences, without archived ones', async () => {
		const results = await list('');

		assert.equal(results.map((task) => task.title[0]).join(''), 'abcdefg');
		for (const task of results)
			expectKeys(task, TASK_KEYS);
	});

	test('shows a member the tasks of shared residences only', async () => {
		const results = expectPage(await helper.client.get('/api/tasks?ordering=title&limit=200'));
		const own = results.filter((task) => [first.id, second.id].includes(task.residence_id));

		assert.equal(own.map((task) => task.title[0]).join(''), 'abcefg');
	});

	const filters = [
		['state=in_progress', 'e'],
		['state__in=in_progress,cancelled', 'ef'],
		['archived=true', 'h'],
		['archived=false&state=cancelled', 'f'],
		['completed=true', 'g'],
		['completed=false', 'abcdef'],
		['due_on__gte=2030-02-01', 'bd'],
		['due_on__lte=2030-01-01', 'aeg'],
		['due_on__gte=2030-01-01&due_on__lte=2030-02-01', 'ade'],
		['due_on__isnull=true', 'cf'],
		['due_on__isnull=false', 'abdeg'],
		['assigned_to_id__isnull=false', 'c'],
		['assigned_to_id__isnull=true', 'abdefg'],
		['search=attic', 'ab'],
		['search=no+such+thing', ''],
		['search=%25', ''],
		['search=_', ''],
	];

	for (const [query, expected] of filters)
		test(`filters by ?${query}`, async () => {
			assert.equal(await titles(`&${query}`), expected);
		});

	test('filters by residence, category, priority and assignee', async () => {
		assert.equal(await titles(`&residence_id=${second.id}`), 'd');
		assert.equal(await titles(`&assigned_to_id=${helper.user.id}`), 'c');
		assert.equal(await titles(`&priority=${priorities.at(-1)}`), 'bd');
		assert.equal(await titles(`&priority__in=${priorities[0]},${priorities.at(-1)}`), 'abcd');
		assert.match(await titles(`&category=${categories[1]}`), /c.*d/);
		assert.match(await titles(`&category__in=${categories[0]},${categories[1]}`), /a.*c.*d/);
	});

	test('answers a foreign residence like a missing one: with nothing', async () => {
		const foreign = await stranger.client.get(`/api/tasks?residence_id=${first.id}`, SAME_ID);
		const missing = await stranger.client.get(`/api/tasks?residence_id=${missingId()}`, SAME_ID);

		assert.deepEqual(expectOk(foreign), { results: [], next_cursor: null });
		expectSameBytes(foreign, missing);
	});

	const undatedLast = { due_on: 'geadb', '-due_on': 'bdaeg' };

	for (const [ordering, dated] of Object.entries(undatedLast))
		test(`puts undated tasks last with ordering=${ordering}`, async () => {
			const results = expectPage(await owner.client.get(`/api/tasks?ordering=${ordering}`));
			const order = results.map((task) => task.title[0]).join('');

			assert.match(order, /^[abdeg]{5}[cf]{2}$/);
			// a and e share a day: their order is that of their ids.
			assert.deepEqual(results.slice(0, 5).map((task) => task.due_on),
				[...dated].map((c) => results.find((task) => task.title[0] === c).due_on));
		});

	test('orders by due day when nothing else is said', async () => {
		const results = expectPage(await owner.client.get('/api/tasks'));

		assert.deepEqual(results.slice(0, 5).map((task) => task.due_on),
			['2020-01-01', '2030-01-01', '2030-01-01', '2030-02-01', '2030-03-01']);
	});

	const orderings = ['due_on', 'title', 'created_at', 'updated_at', 'priority']
		.flatMap((name) => [name, `-${name}`]);

	for (const ordering of orderings)
		test(`orders by ${ordering} and goes from page to page without losing or repeating`, async () => {
			const whole = expectPage(await owner.client.get(`/api/tasks?ordering=${ordering}`));
			const seen = [];
			let cursor = '';

			for (let pages = 0; pages < 8 && cursor !== null; pages++) {
				const res = await owner.client.get(
					`/api/tasks?limit=2&ordering=${ordering}${cursor && `&cursor=${cursor}`}`);
				const results = expectPage(res);

				assert.ok(results.length <= 2);
				seen.push(...results);
				cursor = res.body.next_cursor;
			}
			assert.equal(cursor, null);
			assert.equal(whole.length, 7);
			assert.deepEqual(seen.map((task) => task.id), whole.map((task) => task.id));
			const key = ordering.replace('-', '');
			if (key === 'due_on')
				return;
			const rank = (task) => (key === 'priority' ? priorities.indexOf(task.priority) : task[key]);
			for (let i = 1; i < whole.length; i++) {
				const [a, b] = [rank(whole[i - 1]), rank(whole[i])];
				assert.ok(ordering === key ? a <= b : a >= b, `${a} then ${b}`);
			}
		});

	test('keeps the filters of the first page on the next ones', async () => {
		const page = expectOk(await owner.client.get('/api/tasks?limit=1&due_on__isnull=true'));
		const next = await owner.client.get(
			`/api/tasks?limit=1&due_on__isnull=true&cursor=${page.next_cursor}`);

		assert.equal(expectPage(next).length, 1);
		expectInvalid(await owner.client.get(`/api/tasks?limit=1&cursor=${page.next_cursor}`),
			{ cursor: 'format' }, 'query');
	});

	test('gives 50 by default and 200 at most', async () => {
		const busy = await signUp();
		const house = await newResidence(busy);
		const made = Array.from({ length: 205 }, (_, i) => newTask(busy, house, { title: `Task ${i}` }));

		await Promise.all(made);
		assert.equal(expectPage(await busy.client.get('/api/tasks')).length, 50);
		assert.equal(expectPage(await busy.client.get('/api/tasks?limit=200')).length, 200);
		const clamped = await busy.client.get('/api/tasks?limit=1000');
		assert.equal(expectPage(clamped).length, 200);
		const rest = await busy.client.get(`/api/tasks?limit=1000&cursor=${clamped.body.next_cursor}`);
		assert.equal(expectPage(rest).length, 5);
	});

	const refused = [
		['residence_id=residence', { residence_id: 'format' }],
		['state=done', { state: 'choice' }],
		['state__in=pending,done', { state__in: 'choice' }],
		['state__in=', { state__in: 'choice' }],
		['state__in=pending,pending,pending,pending', { state__in: 'too_long' }],
		[`category__in=${Array(51).fill('x').join()}`, { category__in: 'too_long' }],
		['category__in=x,', { category__in: 'format' }],
		[`category__in=${'x'.repeat(65)}`, { category__in: 'too_long' }],
		['category=a b', { category: 'format' }],
		['due_on__gte=soon', { due_on__gte: 'format' }],
		['due_on__lte=2201-01-01', { due_on__lte: 'too_large' }],
		['due_on__isnull=maybe', { due_on__isnull: 'type' }],
		['archived=yes', { archived: 'type' }],
		[`search=${'x'.repeat(101)}`, { search: 'too_long' }],
		['due_on=2030-01-01', { due_on: 'unknown_field' }],
		['title__gte=a', { title__gte: 'unknown_field' }],
		['ordering=description', { ordering: 'choice' }],
		['limit=0', { limit: 'too_small' }],
		['limit=-5', { limit: 'too_small' }],
		['limit=many', { limit: 'type' }],
		['limit=5&limit=6', { limit: 'duplicate' }],
		['ordering=title&ordering=title', { ordering: 'duplicate' }],
		['cursor=', { cursor: 'format' }],
		['cursor=AAAA', { cursor: 'format' }],
		['limit=0&state=x&colour=red', { limit: 'too_small', state: 'choice', colour: 'unknown_field' }],
	];

	for (const [query, errors] of refused)
		test(`refuses ?${query.slice(0, 60)}`, async () => {
			expectInvalid(await owner.client.get(`/api/tasks?${encodeURI(query)}`), errors, 'query');
		});

	test('answers nobody 401', async () => {
		expectProblem(await nobody.get('/api/tasks'), 401, 'unauthorized');
	});
});
