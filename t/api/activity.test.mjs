// activity.test.mjs: the trail: every kind of change leaves one row with the id of its request,
// nothing else does, and who belongs to a residence reads it.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { nobody } from './support/client.mjs';
import { makeMember, sql } from './support/db.mjs';
import { expectInvalid, expectKeys, expectOk, expectPage, expectProblem, expectSameBytes,
	INSTANT, SAME_ID, UUID_V7 } from './support/expect.mjs';
import { crowd, missingId, newId, newResidence, newTask, PASSWORD, signIn, signUp } from './support/people.mjs';

const KEYS = ['id', 'at', 'user', 'action', 'subject', 'subject_id', 'title', 'changes', 'request_id'];
const COLUMNS = 'action, subject, subject_id, changes, user_id';

let robin;
let stranger;

before(async () => {
	robin = await signUp();
	stranger = await signUp({ first_name: 'Nan', last_name: 'Bobbin' });
});

/** Runs `send` with a request id of its own; resolves to [its answer, the rows of that request]. */
async function traced(send) {
	const id = newId();
	const res = await send({ headers: { 'X-Request-Id': id } });

	assert.equal(res.headers['x-request-id'], id);
	return [res,
		await sql(`SELECT ${COLUMNS} FROM activity WHERE request_id = :'id' ORDER BY activity.id`, { id })];
}

const list = async (person, residence, query = '') =>
	expectPage(await person.client.get(`/api/residences/${residence.id}/activity${query}`));
const acts = (rows) => rows.map((row) => `${row.subject} ${row.action}`);

describe('a row is read by who may read its thing', () => {
	const subjects = async (person, residence, query = '') =>
		[...new Set((await list(person, residence, query)).map((row) => row.subject))].sort();

	test('share codes by managers alone', async () => {
		const [owner, manager, member, viewer] = await Promise.all([1, 2, 3, 4].map(() => signUp()));
		const residence = await newResidence(owner);

		await makeMember(residence, manager.user, 'manager');
		await makeMember(residence, member.user, 'member');
		await makeMember(residence, viewer.user, 'viewer');
		expectOk(await owner.client.post(`/api/residences/${residence.id}/share-codes`,
			{ role: 'viewer' }), 201);
		for (const person of [owner, manager]) {
			assert.deepEqual(acts(await list(person, residence, '?subject=share_code')),
				['share_code created']);
			assert.ok((await subjects(person, residence)).includes('share_code'));
		}
		for (const person of [member, viewer]) {
			assert.deepEqual(await list(person, residence, '?subject=share_code'), []);
			assert.deepEqual(await subjects(person, residence), ['residence']);
		}
	});

	test('a calendar feed by nobody', async () => {
		const [owner, viewer] = await Promise.all([1, 2].map(() => signUp()));
		const residence = await newResidence(owner);

		await makeMember(residence, viewer.user, 'viewer');
		expectOk(await viewer.client.post('/api/calendar-feeds', { residence_id: residence.id }), 201);
		for (const person of [owner, viewer])
			assert.deepEqual(await subjects(person, residence), ['residence']);
	});
});

describe('a change leaves one row', () => {
	test('of a residence that is made, changed and deleted', async () => {
		const me = robin.user.id;
		const [made, rows] = await traced((o) => robin.client.post('/api/residences', { name: 'Hut' }, o));
		const { id } = expectOk(made, 201);
		const path = `/api/residences/${id}`;

		assert.deepEqual(rows, [`created|residence|${id}|{}|${me}`]);
		assert.deepEqual((await traced((o) =>
			robin.client.patch(path, { name: 'Hall', bedrooms: 3, type: 'house' }, o)))[1],
			[`updated|residence|${id}|{bedrooms,name}|${me}`]);
		assert.deepEqual((await traced((o) => robin.client.delete(path, o)))[1],
			[`deleted|residence|${id}|{}|${me}`]);
	});

	test('of a task that is made, changed and deleted', async () => {
		const me = robin.user.id;
		const residence = await newResidence(robin);
		const [made, rows] = await traced((o) => robin.client.post('/api/tasks',
			{ residence_id: residence.id, title: 'Sweep' }, o));
		const { id } = expectOk(made, 201);

		assert.deepEqual(rows, [`created|task|${id}|{}|${me}`]);
		assert.deepEqual((await traced((o) => robin.client.patch(`/api/tasks/${id}`,
			{ title: 'Swept', due_on: '2031-01-01', state: undefined }, o)))[1],
		[`updated|task|${id}|{due_on,title}|${me}`]);
		assert.deepEqual((await traced((o) => robin.client.delete(`/api/tasks/${id}`, o)))[1],
			[`deleted|task|${id}|{}|${me}`]);
	});

	test('of each task of a bulk', async () => {
		const residence = await newResidence(robin);
		const task = await newTask(robin, residence);
		const [res, rows] = await traced((o) => robin.client.post('/api/tasks/bulk', {
			create: [{ residence_id: residence.id, title: 'One' },
				{ residence_id: missingId(), title: 'None' },
				{ residence_id: residence.id, title: 'Two' }],
			update: [{ id: task.id, title: 'Three' }] }, o));
		const { created } = expectOk(res);

		assert.deepEqual(rows.sort(), [
			`created|task|${created[0].task.id}|{}|${robin.user.id}`,
			`created|task|${created[2].task.id}|{}|${robin.user.id}`,
			`updated|task|${task.id}|{title}|${robin.user.id}`].sort());
	});

	test('of an account: made, profile, password; of sessions that begin and end', async () => {
		const person = await signUp();
		const me = person.user.id;
		const rows = (id) =>
			sql("SELECT subject, action, changes FROM activity WHERE user_id = :'id' ORDER BY activity.id",
				{ id });

		assert.deepEqual(await rows(me), ['account|created|{}', 'session|logged_in|{}']);
		await signIn(person);
		assert.deepEqual((await traced((o) => person.client.patch('/api/auth/me',
			{ first_name: 'Puck', locale: 'de' }, o)))[1],
			[`updated|account|${me}|{first_name,locale}|${me}`]);
		const changed = (await traced((o) => person.client.post('/api/auth/change-password',
			{ old_password: PASSWORD, new_password: `${PASSWORD} too` }, o)))[1];
		assert.equal(changed[0], `password_changed|account|${me}|{}|${me}`);
		assert.match(changed[1], /^logged_out\|session\|/);
		assert.equal(changed.length, 2);
		assert.match((await traced((o) => person.client.post('/api/auth/logout', undefined, o)))[1].join(),
			/^logged_out\|session\|[^,]*$/);
		assert.equal((await rows(me)).filter((r) => r === 'session|logged_in|{}').length, 2);
		assert.equal((await rows(me)).length, 7);
	});
});

describe('nothing is left', () => {
	test('by what reads, refuses, repeats or changes nothing', async () => {
		const residence = await newResidence(robin);
		const task = await newTask(robin, residence);
		const key = { 'Idempotency-Key': newId() };
		const twice = (o) => robin.client.post('/api/tasks', { residence_id: residence.id, title: 'Once' },
			{ headers: { ...o.headers, ...key } });

		assert.equal((await traced(twice))[1].length, 1);
		for (const send of [
			twice,
			(o) => robin.client.get(`/api/tasks/${task.id}`, o),
			(o) => robin.client.patch(`/api/tasks/${task.id}`, { category: 'alchemy' }, o),
			(o) => robin.client.patch(`/api/tasks/${task.id}`, { title: task.title }, o),
			(o) => stranger.client.delete(`/api/tasks/${task.id}`, o),
			(o) => robin.client.patch(`/api/tasks/${task.id}`, { title: 'x' },
				{ headers: { ...o.headers, 'If-Match': '"99"' } }),
		])
			assert.deepEqual((await traced(send))[1], []);
	});

	test('by the hourly note that a session is used', async () => {
		const person = await signUp();

		await sql("UPDATE sessions SET last_seen_at = now() - interval '2 h' WHERE user_id = :'id'",
			{ id: person.user.id });
		assert.deepEqual((await traced((o) => person.client.get('/api/auth/me', o)))[1], []);
		assert.deepEqual(await sql(
			"SELECT last_seen_at > now() - interval '1 minute' FROM sessions WHERE user_id = :'id'",
			{ id: person.user.id }), ['t']);
	});

	test('of a secret, not even its name', async () => {
		assert.deepEqual(await sql(`SELECT a FROM activity a
			WHERE a::text ~ '(hash|hmac)' OR a::text LIKE '%' || :'password' || '%'`,
			{ password: PASSWORD }), []);
	});
});

describe('GET /api/residences/{residence_id}/activity', () => {
	let residence;
	let task;

	before(async () => {
		residence = await newResidence(robin);
		task = await newTask(robin, residence);
		await makeMember(residence, stranger.user, 'member');
		const id = newId();
		expectOk(await stranger.client.patch(`/api/tasks/${task.id}`, { title: 'Mine', priority: 'high' },
			{ headers: { 'X-Request-Id': id } }));
		task.request_id = id;
		expectOk(await robin.client.delete(`/api/tasks/${task.id}`), 204);
	});

	test('shows who did what, the newest first', async () => {
		const rows = await list(robin, residence);

		assert.deepEqual(acts(rows), ['task deleted', 'task updated', 'task created', 'residence created']);
		for (const row of rows) {
			expectKeys(row, KEYS);
			assert.match(row.id, UUID_V7);
			assert.match(row.at, INSTANT);
		}
		assert.deepEqual({ ...rows[1], id: '', at: '' }, {
			id: '', at: '', user: { id: stranger.user.id, name: 'Nan Bobbin' }, action: 'updated',
			subject: 'task', subject_id: task.id, title: 'Mine', changes: ['priority', 'title'],
			request_id: task.request_id });
		assert.deepEqual(rows[0].changes, []);
		assert.deepEqual(rows.map((row) => row.title), ['Mine', 'Mine', task.title, residence.name]);
	});

	test('names its subject as it was, also when that is gone', async () => {
		const house = await newResidence(robin, { name: 'Hut' });
		const path = `/api/residences/${house.id}`;
		const task = await newTask(robin, house, { title: 'Sweep' });

		expectOk(await robin.client.post(`/api/tasks/${task.id}/complete`, { occurrence: 1 }), 201);
		expectOk(await robin.client.patch(`/api/tasks/${task.id}`, { title: 'Swept' }));
		expectOk(await robin.client.delete(`/api/tasks/${task.id}`), 204);
		expectOk(await robin.client.patch(path, { name: 'Hall' }));
		const { code } = expectOk(await robin.client.post(`${path}/share-codes`, { role: 'viewer' }), 201);
		expectOk(await stranger.client.post('/api/residences/join', { code }));
		expectOk(await stranger.client.post(`${path}/leave`), 204);
		const acts = (await list(robin, house)).map((row) => `${row.subject} ${row.action}: ${row.title}`);
		assert.deepEqual(acts, [
			'member left: Nan Bobbin', 'member joined: Nan Bobbin', 'share_code created: viewer',
			'residence updated: Hall', 'task deleted: Swept', 'task updated: Swept',
			'completion created: Sweep', 'task created: Sweep', 'residence created: Hut']);
	});

	test('filters by subject and by who did it', async () => {
		assert.deepEqual(acts(await list(robin, residence, '?subject=residence')), ['residence created']);
		assert.deepEqual(acts(await list(robin, residence, `?user_id=${stranger.user.id}`)), ['task updated']);
		assert.deepEqual(acts(await list(robin, residence, `?subject=task&user_id=${robin.user.id}`)),
			['task deleted', 'task created']);
		assert.deepEqual(await list(robin, residence, '?subject=completion'), []);
	});

	test('goes from page to page without losing or repeating', async () => {
		const whole = await list(robin, residence);
		const seen = [];
		let cursor = '';

		for (let pages = 0; pages < 9 && cursor !== null; pages++) {
			const res = await robin.client.get(
				`/api/residences/${residence.id}/activity?limit=1${cursor && `&cursor=${cursor}`}`);
			seen.push(...expectPage(res));
			cursor = res.body.next_cursor;
		}
		assert.deepEqual(seen, whole);
	});

	test('keeps the name of who has left, and shows them nothing more', async () => {
		const gone = await signUp({ first_name: 'Gil', last_name: 'Gone' });
		const house = await newResidence(robin);

		await makeMember(house, gone.user, 'member');
		await newTask(gone, house);
		await sql("DELETE FROM residence_members WHERE residence_id = :'residence' AND user_id = :'user'",
			{ residence: house.id, user: gone.user.id });
		assert.equal((await list(robin, house, '?subject=task'))[0].user.name, 'Gil Gone');
		expectProblem(await gone.client.get(`/api/residences/${house.id}/activity`), 404, 'not_found');
	});

	test('shows to every member what support did, as nobody\'s', async () => {
		const [viewer] = await crowd(1);
		const house = await newResidence(robin, { name: 'Hut' });

		await makeMember(house, viewer.user, 'viewer');
		await sql("SELECT hob.support_did(:'id', 'looked', 'residence', :'id', 'Hut')", { id: house.id });
		for (const person of [robin, viewer]) {
			const [row] = await list(person, house);

			expectKeys(row, KEYS);
			assert.deepEqual({ ...row, id: '', at: '' }, { id: '', at: '', user: null,
				action: 'looked', subject: 'residence', subject_id: house.id, title: 'Hut',
				changes: [], request_id: null });
		}
		assert.deepEqual(acts(await list(robin, house, `?user_id=${robin.user.id}`)), ['residence created']);
	});

	test('answers a foreign residence like a missing one, byte for byte, and nobody 401', async () => {
		const other = await signUp();
		const path = (id) => `/api/residences/${id}/activity`;
		const foreign = await other.client.get(path(residence.id), SAME_ID);

		expectProblem(foreign, 404, 'not_found');
		expectSameBytes(foreign, await other.client.get(path(missingId()), SAME_ID));
		expectProblem(await nobody.get(path(residence.id)), 401, 'unauthorized');
	});

	test('answers nothing of another residence in a list', async () => {
		const house = await newResidence(robin);

		assert.deepEqual(acts(await list(robin, house)), ['residence created']);
	});

	for (const [query, errors] of [
		['subject=session', { subject: 'choice' }],
		['user_id=7', { user_id: 'format' }],
		['ordering=action', { ordering: 'choice' }],
		['cursor=abc', { cursor: 'format' }],
		['action=created', { action: 'unknown_field' }],
	])
		test(`refuses ?${query}`, async () => {
			expectInvalid(await robin.client.get(`/api/residences/${residence.id}/activity?${query}`),
				errors, 'query');
		});
});
