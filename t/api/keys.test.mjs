// keys.test.mjs: an Idempotency-Key on every route that writes for somebody: sent again, with itself at once, with
// another body, after the thing was changed and after the right to it was lost. All of it follows from the route
// table, so a new route joins by itself; what its path or body wants needs a line in support/matrix.mjs.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { Cards, Csv, nobody } from './support/client.mjs';
import { held, sql } from './support/db.mjs';
import { expectOk, expectProblem } from './support/expect.mjs';
import { buildWorlds, newWorld, sampleRequest } from './support/matrix.mjs';
import { crowd, missingId, newId, newResidence, newTask, patiently, registration, signIn, signUp }
	from './support/people.mjs';
import { fill, nameOf, routeTable } from './support/routes.mjs';

const routes = await routeTable();
const SIGNED = ['signed', 'view', 'edit', 'manage', 'own'];
const written = routes.filter((route) => route.method !== 'GET' && SIGNED.includes(route.access));

// Not walked, each for its reason.
const EXCEPT = {
	'POST /api/subscription/verify': 'wants a store that sells: t/jobs/purchases.test.mjs',
	'POST /api/auth/delete-account': 'ends the session, too',
	'POST /api/auth/logout': 'ends the session: its next try is nobody, whose 401 says that it is done',
};
// Who calls, where it is not the owner of a residence.
const CALLER = {
	'POST /api/residences/join': 'stranger',
	'POST /api/residences/{residence_id}/leave': 'member',
};

const walked = written.filter((route) => !EXCEPT[nameOf(route)]);
const PHASES = ['again', 'at once', 'changed', 'lost'];
const worlds = new Map(walked.map((route) => [nameOf(route),
	Object.fromEntries(PHASES.map((phase) => [phase, newWorld(CALLER[nameOf(route)] ?? 'owner')]))]));

const BY_TYPE = { line: 'Another', text: 'Another', int: 2, bool: false, day: '2027-03-04', uuid: missingId() };

/** A good body with one field more, so that a change changes something. */
function fuller(route, body) {
	const more = route.body.find((f) => !(f.name in body) && ['line', 'text'].includes(f.type)
		&& !(f.create && route.method === 'PATCH'));

	return more ? { ...body, [more.name]: 'Sample' } : body;
}

const OTHER_FILE = { 'text/csv': (text) => `${text}Mow\n`, 'text/vcard': (text) => text.replace('FN:', 'FN:Not ') };

/** What another request under the same key would be: the same with another body, or else something else. */
function another(route, path, body) {
	if (body instanceof Csv)
		return ['POST', path, Object.assign(new body.constructor(),
			{ text: OTHER_FILE[body.type](body.text) })];
	if (body?.create)
		return ['POST', path, { create: [...body.create, ...body.create] }];
	// Not beside an object that has a member of that name: the two may exclude each other.
	const inside = Object.values(body ?? {}).flatMap((value) => Object.keys(Object(value)));
	const field = route.body.find((f) => BY_TYPE[f.type] !== undefined && !(f.create && route.method === 'PATCH')
		&& body[f.name] !== BY_TYPE[f.type] && !inside.includes(f.name) && f.name !== 'url');

	return field ? [route.method, path, { ...body, [field.name]: BY_TYPE[field.type] }]
		: ['POST', '/api/residences', { name: 'Another' }];
}

async function requestOf(route, phase) {
	const world = worlds.get(nameOf(route))[phase];
	const { values, body } = await sampleRequest(route, world);
	const path = fill(route.path, values);
	const full = body && !route.reads_body ? fuller(route, body) : body;
	const headers = { 'Idempotency-Key': newId() };

	return { world, path, body: full, headers,
		send: () => patiently(() => world.client.request(route.method, path, { body: full, headers })) };
}

/** The same members, but that one may be null, or a list empty, now or then. */
function expectSameShape(now, then) {
	if (Array.isArray(then) && Array.isArray(now)) {
		if (now.length > 0 && then.length > 0)
			expectSameShape(now[0], then[0]);
	} else if (then === null || now === null || typeof then !== 'object') {
		assert.ok(now === null || then === null || typeof now === typeof then);
	} else {
		assert.deepEqual(Object.keys(now).sort(), Object.keys(then).sort());
		for (const name of Object.keys(then))
			expectSameShape(now[name], then[name]);
	}
}

/** The first item of a bulk, or the first row of an import. */
const partOf = ({ body }) => body?.created?.[0] ?? body?.rows?.[0];

const isReplay = (res) => res.headers['idempotency-replayed'] === 'true';

function expectReplay(res, first) {
	assert.equal(res.status, first.status, `${res.status} ${res.text}`);
	assert.ok(isReplay(res), 'Idempotency-Replayed');
	assert.equal(res.headers.location, first.headers.location);
	assert.equal(res.text === '', first.text === '');
	if (first.text !== '')
		expectSameShape(res.body, first.body);
}

/** Everything that a request of this world can change, as numbers. */
async function traces({ user, residence, dead, second }) {
	const [text] = await sql(`SELECT json_build_array(
		(SELECT count(*) FROM activity WHERE user_id = :'user'),
		(SELECT json_agg(json_build_array(r.id IN (:'residence', :'dead', :'second'), r.version) ORDER BY r.id)
		   FROM residences r WHERE r.owner_id = :'user'),
		(SELECT count(*) FROM residence_members WHERE residence_id = :'residence' OR user_id = :'user'),
		(SELECT json_build_array(count(*), sum(version), count(deleted_at))
		   FROM tasks WHERE residence_id = :'residence'),
		(SELECT json_build_array(count(*), sum(version)) FROM completions WHERE residence_id = :'residence'),
		(SELECT json_build_array(count(*), sum(used_count), count(revoked_at)) FROM share_codes
		  WHERE residence_id = :'residence'),
		(SELECT json_build_array(count(*), sum(version)) FROM calendar_feeds WHERE user_id = :'user'),
		(SELECT count(*) FROM sessions WHERE user_id = :'user'),
		(SELECT version FROM users WHERE id = :'user'))`, { user, residence, dead, second });

	return text;
}

before(() => buildWorlds());

describe('a key', { concurrency: 6 }, () => {
	for (const route of walked) {
		test(`is good for one ${nameOf(route)}`, async () => {
			const { world, path, body, headers, send } = await requestOf(route, 'again');
			const first = await send();
			const after = await traces(world);

			assert.ok(first.status < 300, `${first.status} ${first.text}`);
			assert.ok(!isReplay(first));
			expectReplay(await send(), first);
			assert.deepEqual(await traces(world), after, 'nothing is done twice');
			const [method, elsewhere, other] = another(route, path, body);
			expectProblem(await world.client.request(method, elsewhere, { body: other, headers }), 422,
				'idempotency_key_reused');
			assert.deepEqual(await traces(world), after, 'nor under the key of something else');
		});

		test(`is good for one of two at once: ${nameOf(route)}`, async () => {
			const { world, send } = await requestOf(route, 'at once');
			const both = await Promise.all([send(), send()]);
			const good = both.filter((res) => res.status < 300);

			assert.ok(good.length > 0, both.map((res) => res.text).join());
			both.filter((res) => res.status >= 300)
				.forEach((res) => expectProblem(res, 409, 'idempotency_in_progress'));
			const first = good.find((res) => !isReplay(res)) ?? good[0];
			good.filter((res) => res !== first).forEach((res) => expectReplay(res, first));
			const after = await traces(world);
			expectReplay(await send(), first);
			assert.deepEqual(await traces(world), after);
		});

		test(`is answered alike when the thing has changed: ${nameOf(route)}`, async () => {
			const { world, send } = await requestOf(route, 'changed');
			const first = await send();

			await sql(`UPDATE tasks SET title = 'Changed', version = version + 1
				 WHERE residence_id = :'residence';
				UPDATE completions SET note = 'Changed', version = version + 1
				 WHERE residence_id = :'residence';
				UPDATE residences SET name = 'Changed', version = version + 1 WHERE id = :'residence';
				UPDATE share_codes SET revoked_at = now() WHERE residence_id = :'residence';
				UPDATE users SET first_name = 'Changed', version = version + 1 WHERE id = :'user'`,
			{ residence: world.residence, user: world.user });
			expectReplay(await send(), first);
		});

		test(`is answered alike, or with 410, when the right is lost: ${nameOf(route)}`, async () => {
			const { world, send } = await requestOf(route, 'lost');
			const first = await send();

			await sql(`UPDATE residences SET deleted_at = now()
				 WHERE id = :'residence' AND deleted_at IS NULL;
				DELETE FROM calendar_feeds WHERE user_id = :'user'`,
			{ residence: world.residence, user: world.user });
			const res = await send();
			if (first.text !== '' && res.status === 410)
				expectProblem(res, 410, 'gone');
			else if (partOf(first)?.status) // each part is what it is alone
				assert.deepEqual([res.status, isReplay(res), partOf(res).problem.code],
					[200, true, 'gone']);
			else
				expectReplay(res, first);
		});
	}

	test('has a walk of every route that writes, but for those with a reason', () => {
		const names = written.map(nameOf);
		assert.deepEqual(Object.keys(EXCEPT).filter((name) => !names.includes(name)), []);
		assert.equal(walked.length + Object.keys(EXCEPT).length, written.length);
		assert.ok(walked.length > 35);
	});
});

describe('a change', () => {
	const keyed = (value, headers = {}) => ({ headers: { 'Idempotency-Key': value, ...headers } });

	test('whose answer was lost is no conflict with itself', async () => {
		const person = await signUp();
		const task = await newTask(person, await newResidence(person));
		const options = keyed(newId(), { 'If-Match': '"1"' });
		const send = () => person.client.patch(`/api/tasks/${task.id}`, { title: 'Swept' }, options);
		const first = expectOk(await send());
		const again = await send();

		assert.deepEqual(expectOk(again), first);
		assert.match(again.headers.etag, /^"2-/);
		assert.equal(again.headers['x-hob-round-trips'], '2');
		const end = () => person.client.delete(`/api/tasks/${task.id}`, options);
		expectProblem(await end(), 422, 'idempotency_key_reused');
	});

	test('that came to nothing leaves its key free', async () => {
		const person = await signUp();
		const task = await newTask(person, await newResidence(person));
		const path = `/api/tasks/${task.id}`;
		const [change, end] = [newId(), newId()];

		expectProblem(await person.client.patch(path, { title: 'Mine' }, keyed(change, { 'If-Match': '"7"' })),
			412, 'stale');
		expectProblem(await person.client.delete(path, keyed(end, { 'If-Match': '"7"' })), 412, 'stale');
		assert.equal(expectOk(await person.client.patch(path, { title: 'Mine' }, keyed(change))).version, 2);
		expectOk(await person.client.delete(path, keyed(end)), 204);
		expectProblem(await person.client.delete(path, keyed(newId())), 404, 'not_found');
	});

	test('of nothing keeps its key too', async () => {
		const person = await signUp();
		const key = newId();
		const change = (body) => person.client.patch('/api/auth/me', body, keyed(key));

		assert.equal(expectOk(await change({})).version, 1);
		assert.ok(isReplay(await change({})));
		expectProblem(await change({ first_name: 'Puck' }), 422, 'idempotency_key_reused');
	});

	test('in a bulk that goes on twice at once is done once', async () => {
		const person = await signUp();
		const residence = await newResidence(person);
		const body = { create: Array.from({ length: 30 }, (_, i) =>
			({ residence_id: residence.id, title: `${i}` })) };
		const options = keyed(newId());
		const send = () => person.client.post('/api/tasks/bulk', body, options);
		const both = await Promise.all([send(), send(), send()]);

		both.filter((res) => res.status !== 200)
			.forEach((res) => expectProblem(res, 409, 'idempotency_in_progress'));
		const last = expectOk(await send());
		assert.deepEqual(last.created.map(({ status, task }) => [status, task.title]),
			body.create.map(({ title }) => [201, title]));
		assert.deepEqual(await sql("SELECT count(*) FROM tasks WHERE residence_id = :'id'",
			{ id: residence.id }), ['30']);
	});
});

describe('two tries of a request of many parts', () => {
	const csv = (titles) => new Csv(`title\n${titles.join('\n')}\n`);
	const cards = (names) => new Cards(names.map((name) =>
		`BEGIN:VCARD\r\nVERSION:4.0\r\nFN:${name}\r\nEND:VCARD\r\n`).join(''));
	const NAMES = ['first', 'second', 'third'];
	/** Where each is sent, with what, and what of it is there in the end. */
	const WHOLES = {
		'a bulk': ['tasks', () => '/api/tasks/bulk', ({ id }) =>
			({ create: NAMES.map((title) => ({ residence_id: id, title })) })],
		'an import of tasks': ['tasks', ({ id }) => `/api/residences/${id}/tasks/import`, () => csv(NAMES)],
		'an import of contractors': ['contractors', ({ id }) => `/api/residences/${id}/contractors/import`,
			() => cards(NAMES)],
	};

	const settled = (scenario) => held(async (holder) => {
		const [person] = await crowd(1);

		await scenario({ person, residence: await newResidence(person), holder });
	});
	const sending = ({ client }, path, body) => {
		const options = { headers: { 'Idempotency-Key': newId() } };

		return { key: options.headers['Idempotency-Key'], send: () => client.post(path, body, options) };
	};

	for (const [what, [table, path, body]] of Object.entries(WHOLES))
		test(`${what} waits where the other one is at a part`, settled(async (scene) => {
			const { person, residence, holder } = scene;
			const { key, send } = sending(person, path(residence), body(residence));

			await holder.run(`BEGIN; SELECT pg_advisory_xact_lock(hashtextextended(
				'${person.user.id} ${key} 1', 0))`);
			const answer = send();
			await holder.untilBlocking(1, answer);
			await holder.run('COMMIT');
			expectOk(await answer);
			assert.deepEqual(await sql(`SELECT count(*) FROM ${table} WHERE residence_id = :'id'`,
				{ id: residence.id }), ['3']);
		}));

	test('that overtake each other both end, each part done once', settled(async (scene) => {
		const { person, residence, holder } = scene;
		const tasks = [await newTask(person, residence), await newTask(person, residence)];
		const lock = ({ id }) => `SELECT FROM tasks WHERE id = '${id}' FOR UPDATE`;
		const { send } = sending(person, '/api/tasks/bulk',
			{ update: tasks.map(({ id }) => ({ id, title: 'Another' })) });

		await holder.run(`BEGIN; ${lock(tasks[1])}; SAVEPOINT before; ${lock(tasks[0])}`);
		const first = send();
		await holder.untilBlocking(1, first);
		const second = send();
		await holder.untilBlocking(2, second);
		await holder.run('ROLLBACK TO before');
		await holder.untilBlocking(2, Promise.race([first, second]));
		await holder.run('COMMIT');
		for (const res of await Promise.all([first, second]))
			assert.deepEqual(expectOk(res).updated.map(({ status, task }) => [status, task.version]),
				[[200, 2], [200, 2]]);
	}));
});

describe('a secret', () => {
	test('that is shown once is not shown to a retry, and says so', async () => {
		const person = await signUp();
		const residence = await newResidence(person);

		for (const [path, body, name] of [['/api/calendar-feeds', {}, 'path'],
			[`/api/residences/${residence.id}/share-codes`, { role: 'viewer' }, 'code']]) {
			const send = () => person.client.post(path, body,
				{ headers: { 'Idempotency-Key': 'a-secret-of-mine' + name } });
			const first = expectOk(await send(), 201);
			const again = expectOk(await send(), 201);

			assert.ok(first[name] && first.already_shown === false);
			assert.deepEqual(again, { ...first, [name]: null, already_shown: true });
		}
	});
});

describe('a registration', () => {
	const register = (body, key) => patiently(() =>
		nobody.post('/api/auth/register', body, { headers: { 'Idempotency-Key': key } }));

	test('sent again under its key begins a session of the account, on one round trip', async () => {
		const body = registration();
		const key = newId();
		const first = expectOk(await register(body, key), 201);
		const res = await register(body, key);
		const again = expectOk(res, 201);

		assert.ok(isReplay(res));
		assert.equal(res.headers['x-hob-round-trips'], '1');
		assert.deepEqual(again.user, first.user);
		assert.notEqual(again.token, first.token);
		assert.deepEqual(await sql("SELECT count(*) FROM sessions WHERE user_id = :'id'",
			{ id: first.user.id }), ['2']);
	});

	test('twice at once makes one account', async () => {
		const body = registration();
		const key = newId();
		const both = await Promise.all([register(body, key), register(body, key)]);
		const ids = both.map((res) => expectOk(res, 201).user.id);

		assert.equal(ids[0], ids[1]);
		assert.equal(both.filter(isReplay).length, 1);
	});

	test('is no way in for who does not know key, address and password of it', async () => {
		const body = registration();
		const key = newId();

		expectOk(await register(body, key), 201);
		for (const [other, other_key] of [[body, newId()], [{ ...body, password: 'a guess at a window' }, key],
			[{ ...body, device_name: 'mine' }, key]])
			expectProblem(await register(other, other_key), 409, 'email_taken');
		expectProblem(await nobody.post('/api/auth/register', body), 409, 'email_taken');
	});

	test('opens nothing when the password is another, or the account is disabled', async () => {
		for (const change of [
			(person) => person.client.post('/api/auth/change-password',
				{ old_password: person.password, new_password: 'a wholly new secret' }),
			(person) => sql("UPDATE users SET is_active = false WHERE id = :'id'", { id: person.user.id }),
		]) {
			const body = registration();
			const key = newId();

			expectOk(await register(body, key), 201);
			await change(await signIn(body));
			expectProblem(await register(body, key), 409, 'email_taken');
		}
	});
});
