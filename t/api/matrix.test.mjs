// matrix.test.mjs: who may do what: every actor on every route, with ids of one's own, of
// others, of nothing, and of what was deleted. Walks the route table, so a new route joins
// by itself; one that wants a body needs a line in `bodies`.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { Client, nobody } from './support/client.mjs';
import { makeMember, sql } from './support/db.mjs';
import { expectInvalid, expectOk, expectPage, expectProblem, expectSameBytes,
	SAME_ID } from './support/expect.mjs';
import { missingId, newHome, newTask, PASSWORD, signIn, signUp } from './support/people.mjs';
import { fill, nameOf, routeTable } from './support/routes.mjs';

const ROLES = ['viewer', 'member', 'manager', 'owner'];
const LOWEST = { view: 'viewer', edit: 'member', manage: 'manager', own: 'owner' };

// What a route wants besides the id of its thing. A thing that is not in the path is in here.
const bodies = {
	'POST /api/auth/change-password': () => ({ old_password: PASSWORD, new_password: `${PASSWORD}!` }),
	'POST /api/residences': () => ({ name: 'Hut' }),
	'PATCH /api/residences/{residence_id}': () => ({ name: 'Renamed' }),
	'POST /api/tasks': ({ residence_id }) => ({ residence_id, title: 'Sweep' }),
	'PATCH /api/tasks/{task_id}': () => ({ title: 'Swept' }),
	'POST /api/tasks/bulk': ({ residence_id }) => ({ create: [{ residence_id, title: 'Sweep' }] }),
};

const routes = await routeTable();
const scoped = routes.filter((route) => LOWEST[route.access]);
const signed = routes.filter((route) => route.access === 'signed');

const people = {};	// by role, and stranger
const dead = {};	// clients whose session counts for nothing
const homes = {};	// { own, foreign, deleted } as ids of things

function call(client, route, ids) {
	const body = bodies[nameOf(route)]?.(ids);

	return client.request(route.method, fill(route.path, ids), { body, ...SAME_ID });
}

/** A home with all four roles in it and a task, as { residence_id, task_id }. */
async function furnish() {
	const home = await newHome(people.owner);
	const task = await newTask(people.owner, home);

	for (const role of ROLES.slice(0, 3))
		await makeMember(home, people[role].user, role);
	return { residence_id: home.id, task_id: task.id };
}

/** A session of a user of its own, killed by `how` before it was ever used. */
async function killed(how) {
	const person = await signUp();

	await sql(how, { id: person.user.id });
	return person.client;
}

before(async () => {
	for (const role of [...ROLES, 'stranger'])
		people[role] = await signUp({ first_name: role });
	dead.anonymous = nobody;
	dead.garbage = new Client('hob_garbage');
	dead['well-formed, never given out'] = new Client((await signUp()).token);
	await sql("DELETE FROM sessions WHERE token_hash = encode(sha256(:'token'::bytea), 'hex')",
		{ token: dead['well-formed, never given out'].token });
	dead.expired = await killed("UPDATE sessions SET expires_at = now() - interval '1 s' WHERE user_id = :'id'");
	dead.idle = await killed("UPDATE sessions SET last_seen_at = now() - interval '31 d' WHERE user_id = :'id'");
	dead.deactivated = await killed("UPDATE users SET is_active = false WHERE id = :'id'");

	homes.own = await furnish();
	homes.deleted = await furnish();
	expectOk(await people.owner.client.delete(`/api/residences/${homes.deleted.residence_id}`), 204);
	const other = await signUp();
	const home = await newHome(other);
	homes.foreign = { residence_id: home.id, task_id: (await newTask(other, home)).id };
	// A stranger is no nobody: they own a home of their own, and manage another.
	await newHome(people.stranger);
	await makeMember(home, people.stranger.user, 'manager');
});

const missing = () => ({ residence_id: missingId(), task_id: missingId() });

describe('the route table', () => {
	test('says for every route who may call it', () => {
		assert.ok(routes.length > 20);
		for (const route of routes)
			assert.ok(['anyone', 'internal', 'signed', ...Object.keys(LOWEST)].includes(route.access),
				nameOf(route));
	});

	test('leaves open what must be open and nothing else', () => {
		assert.deepEqual(routes.filter((r) => r.access === 'anyone').map(nameOf).sort(), [
			'GET /api/openapi.json', 'GET /api/static-data', 'GET /api/static-data/{list}', 'GET /livez',
			'POST /api/auth/login', 'POST /api/auth/register',
		]);
	});
});

describe('a caller who is nobody', () => {
	for (const route of [...scoped, ...signed])
		test(`is refused by ${nameOf(route)}, whatever id it names`, async () => {
			const session_id = missingId();

			for (const [who, client] of Object.entries(dead))
				for (const ids of [homes.own, homes.foreign, homes.deleted, missing()]) {
					const body = bodies[nameOf(route)]?.(ids);
					const res = await client.request(route.method,
						fill(route.path, { session_id, ...ids }), { body });

					assert.equal(res.status, 401, `${who}: ${res.status} ${res.text}`);
					expectProblem(res, 401, 'unauthorized');
				}
		});
});

describe('a stranger', () => {
	for (const route of scoped)
		test(`finds nothing at ${nameOf(route)}, in the same bytes as where nothing is`, async () => {
			const { client } = people.stranger;
			const nothing = await call(client, route, missing());

			expectProblem(nothing, 404, 'not_found');
			for (const ids of [homes.own, homes.deleted])
				expectSameBytes(await call(client, route, ids), nothing);
		});
});

for (const [rank, role] of ROLES.entries())
	describe(`a ${role}`, () => {
		for (const route of scoped) {
			const may = rank >= ROLES.indexOf(LOWEST[route.access]);

			test(`${may ? 'may' : 'may not'} ${nameOf(route)}`, async () => {
				const ids = may && route.method === 'DELETE' ? await furnish() : homes.own;
				const res = await call(people[role].client, route, ids);

				if (may)
					assert.ok(res.status >= 200 && res.status < 300, `${res.status} ${res.text}`);
				else
					expectProblem(res, 403, 'forbidden');
			});

			test(`finds nothing elsewhere at ${nameOf(route)}, in the same bytes as where nothing is`, async () => {
				const { client } = people[role];
				const nothing = await call(client, route, missing());

				expectProblem(nothing, 404, 'not_found');
				for (const ids of [homes.foreign, homes.deleted])
					expectSameBytes(await call(client, route, ids), nothing);
			});
		}
	});

describe('a deleted task', () => {
	test('answers everybody like a missing one', async () => {
		const ids = await furnish();

		expectOk(await people.member.client.delete(`/api/tasks/${ids.task_id}`), 204);
		for (const route of scoped.filter((r) => r.path.includes('{task_id}')))
			for (const role of ROLES) {
				const { client } = people[role];
				expectSameBytes(await call(client, route, ids), await call(client, route, missing()));
			}
	});
});

describe('ids in queries and bodies', () => {
	test('of a home, in the list of tasks: only the own one gives anything', async () => {
		const list = (role, ids) => people[role].client.get(`/api/tasks?residence_id=${ids.residence_id}`, SAME_ID);

		for (const role of ROLES) {
			assert.ok(expectPage(await list(role, homes.own)).length > 0);
			const nothing = await list(role, missing());
			assert.deepEqual(expectPage(nothing), []);
			expectSameBytes(await list(role, homes.foreign), nothing);
			expectSameBytes(await list(role, homes.deleted), nothing);
		}
		assert.deepEqual(expectPage(await list('stranger', homes.own)), []);
	});

	test('of a home, on the board: only the own one gives anything', async () => {
		const count = async (role, ids) => {
			const path = `/api/tasks/kanban?residence_id=${ids.residence_id}`;
			const { columns } = expectOk(await people[role].client.get(path));
			return columns.reduce((sum, column) => sum + column.count, 0);
		};

		for (const role of ROLES) {
			assert.ok(await count(role, homes.own) > 0);
			for (const ids of [homes.foreign, homes.deleted, missing()])
				assert.equal(await count(role, ids), 0);
		}
		assert.equal(await count('stranger', homes.own), 0);
	});

	test('of lists without a filter: nothing of a stranger\'s and nothing deleted shows', async () => {
		for (const role of [...ROLES, 'stranger']) {
			const { client } = people[role];
			const hidden = [homes.deleted, ...(role === 'stranger' ? [homes.own] : [homes.foreign])];
			const seen = JSON.stringify([
				expectPage(await client.get('/api/residences?limit=200')),
				expectPage(await client.get('/api/residences/summary')),
				expectPage(await client.get('/api/tasks?limit=200')),
				expectOk(await client.get('/api/tasks/kanban')),
				expectOk(await client.get('/api/sync?limit=1000')),
			]);

			for (const ids of hidden)
				for (const id of Object.values(ids))
					assert.ok(!seen.includes(id), `${role} sees ${id}`);
		}
	});

	test('of an assignee: a stranger and nobody at all are refused in the same bytes', async () => {
		const { client } = people.member;
		const assign = [
			(id) => client.post('/api/tasks',
				{ residence_id: homes.own.residence_id, title: 'Sweep', assigned_to_id: id }, SAME_ID),
			(id) => client.patch(`/api/tasks/${homes.own.task_id}`, { assigned_to_id: id }, SAME_ID),
		];

		for (const to of assign) {
			const nothing = await to(missingId());
			expectInvalid(nothing, { assigned_to_id: 'not_a_member' });
			expectSameBytes(await to(people.stranger.user.id), nothing);
		}
	});

	test('of a session: only the own ones can be ended', async () => {
		const victim = await signIn(people.owner);
		const [{ id }] = expectPage(await victim.client.get('/api/auth/sessions')).filter((s) => s.current);
		const end = (session_id) => people.stranger.client.delete(`/api/auth/sessions/${session_id}`, SAME_ID);
		const nothing = await end(missingId());

		expectProblem(nothing, 404, 'not_found');
		expectSameBytes(await end(id), nothing);
		expectOk(await victim.client.get('/api/auth/me'));
	});
});

describe('a change of role', () => {
	test('counts from the next request on, in every worker', async () => {
		const someone = await signUp();
		const home = await newHome(people.owner);
		const path = `/api/residences/${home.id}`;
		const all = (status) => Promise.all(Array.from({ length: 16 }, async () => {
			const res = await someone.client.patch(path, {});
			assert.equal(res.status, status, res.text);
		}));

		await all(404);
		await makeMember(home, someone.user, 'member');
		await all(403);
		await makeMember(home, someone.user, 'manager');
		await all(200);
		await sql("DELETE FROM residence_members WHERE residence_id = :'home' AND user_id = :'user'",
			{ home: home.id, user: someone.user.id });
		await all(404);
	});
});
