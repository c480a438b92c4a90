// matrix.test.mjs: who may do what: every caller on every route, with ids of one's own, of
// others, of nothing, and of what was deleted, in paths, bodies and queries alike. All of it
// follows from the route table, so a new route joins by itself; what its path or body wants
// and nobody knows yet needs a line in support/matrix.mjs.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

import { openStores } from '../jobs/purchases.mjs';
import { makeMember, sql } from './support/db.mjs';
import { comparable, expectOk, expectPage, expectProblem, expectSameBytes, SAME_ID } from './support/expect.mjs';
import { bodyIds, buildWorlds, CALLERS, idOf, kindsOf, newWorld, pathIds, sampleRequest } from './support/matrix.mjs';
import { missingId, newAccess, newDocument, newId, newResidence, newTask, signIn, signUp } from './support/people.mjs';
import { address, nameOf, routeTable } from './support/routes.mjs';
import { programs } from './support/workers.mjs';

const run = promisify(execFile);
const ROLES = ['viewer', 'member', 'manager', 'owner'];
const LOWEST = { view: 'viewer', edit: 'member', manage: 'manager', own: 'owner' };

const routes = await routeTable();
// Asked without a session: of all, or of who has the secret in the path.
const open = routes.filter((route) => ['anyone', 'holder'].includes(route.access));
const guarded = routes.filter((route) => route.access === 'signed' || LOWEST[route.access]);

/** Which id of `route` its scope is about. */
function scopeOf(route) {
	return route.thing && `${route.thing}_id`;
}

// --- what is to be asked -------------------------------------------------------------------

// A door is a way to reach a route. Besides its own, those in the lists of a bulk request.
const direct = {
	name: '',
	send: (client, route, { values, body }) =>
		client.request(route.method, address(route, values), { body, ...SAME_ID }),
	outcome: (res) => ({ status: res.status, code: res.body?.code, bytes: comparable(res), text: res.text }),
};

function bulk(list, results, item) {
	return {
		name: ` in a bulk request's "${list}"`,
		send: (client, route, request) =>
			client.post('/api/tasks/bulk', { [list]: [item(request)] }, SAME_ID),
		outcome: (res) => {
			const part = res.body?.[results]?.[0];

			return part === undefined ? direct.outcome(res)
				: { status: part.status, code: part.problem?.code, bytes: part,
					text: JSON.stringify(part) };
		},
	};
}

const FURTHER_DOORS = {
	'POST /api/tasks': [bulk('create', 'created', ({ body }) => body)],
	'POST /api/tasks/{task_id}/complete': [bulk('complete', 'completed',
		({ values, body }) => ({ ...values, ...body }))],
	'POST /api/tasks/{task_id}/skip': [bulk('skip', 'skipped', ({ values, body }) => ({ ...values, ...body }))],
	'PATCH /api/tasks/{task_id}': [bulk('update', 'updated',
		({ values, body }) => ({ id: values.task_id, ...body }))],
};

/** Where no scope asks for a role in the residence of the body, and the statement does. */
const BY_BODY = { 'POST /api/contractors': 'member' };

/**
 * What a cell must answer: unauthorized, forbidden, nothing (404), refused (400, 404 or 409,
 * whatever is wrong with the id) or passed.
 */
function expectation(caller, route, id, kind) {
	const { role, dead } = CALLERS[caller];
	const bad = id !== undefined && kind !== 'own';

	if (dead)
		return 'unauthorized';
	if (LOWEST[route.access]) {
		if (role === undefined || (bad && id === scopeOf(route)))
			return 'nothing';
		if (ROLES.indexOf(role) < ROLES.indexOf(LOWEST[route.access]))
			return 'forbidden';
	}
	// A residence in the body that is not the caller's, where no scope asks for one.
	if (role === undefined && !LOWEST[route.access] && bodyIds(route).includes('residence_id'))
		return 'refused';
	if (!bad)
		return ROLES.indexOf(role) < ROLES.indexOf(BY_BODY[nameOf(route)]) ? 'forbidden' : 'passed';
	return pathIds(route).includes(id) ? 'nothing' : 'refused';
}

/** All cells of one route: every caller with all ids of their own, and each id put otherwise. */
function cellsOf(route) {
	const ids = [...pathIds(route), ...bodyIds(route)];
	const choices = [{ kind: 'own' }];
	const cells = [];

	for (const id of ids)
		for (const kind of kindsOf(id, route).filter((k) => k !== 'own'))
			choices.push({ id, kind });
	for (const door of [direct, ...FURTHER_DOORS[nameOf(route)] ?? []])
		for (const caller of Object.keys(CALLERS))
			for (const { id, kind } of choices) {
				const expected = expectation(caller, route, id, kind);

				// A bulk request is refused as a whole to who is nobody; its own row has that.
				if (expected !== 'unauthorized' || door === direct)
					cells.push({ route, door, caller, id, kind, expected,
						world: newWorld(caller) });
			}
	return cells;
}

/** What a query may name: nothing but one's own may show in the answer. */
function queryCellsOf(route) {
	const cells = [];

	// The id that a page is behind is a place, whatever has it.
	for (const { name } of route.query.filter((f) => f.type === 'uuid' && f.name !== 'after'))
		for (const caller of Object.keys(CALLERS).filter((c) => expectation(c, route) === 'passed'))
			for (const kind of kindsOf(name, route))
				cells.push({ route, caller, id: name, kind, world: newWorld(caller) });
	return cells;
}

const matrix = new Map(guarded.map((route) => [nameOf(route), cellsOf(route)]));
const openCallers = new Map(Object.keys(CALLERS).map((caller) => [caller, newWorld(caller).client]));
const queries = new Map(guarded.map((route) => [nameOf(route), queryCellsOf(route)]));

// --- asking ----------------------------------------------------------------------------------

let checked = 0;
const deviations = [];

function where({ route, door, caller, id, kind }) {
	return `${caller}: ${nameOf(route)}${door?.name ?? ''}, ${id ? `${kind} ${id}` : 'all ids their own'}`;
}

function deviates(cell, what) {
	deviations.push(`${where(cell)}: ${what}`);
}

// Hashes are rationed: who is told to come back after a while does.
async function patiently(send) {
	for (let tries = 1; ; tries++) {
		const res = await send();

		if (res.status !== 503 || tries === 10)
			return res;
		await sleep(Number(res.headers['retry-after']) * 1000);
	}
}

/** `work` on all of `list`, sixteen at a time. */
async function onAll(list, work) {
	const left = [...list];

	await Promise.all(Array.from({ length: 16 }, async () => {
		for (let one = left.pop(); one !== undefined; one = left.pop())
			await work(one);
	}));
}

const STATUSES = {
	unauthorized: [401], forbidden: [403], nothing: [404], refused: [400, 404, 409],
	passed: [200, 201, 202, 204, 402, 409],
};
const CODES = { unauthorized: 'unauthorized', forbidden: 'forbidden', nothing: 'not_found' };

async function ask(cell) {
	const { route, door, world, expected } = cell;
	const request = await sampleRequest(route, world, cell.id && { [cell.id]: cell.kind });
	const res = await patiently(() => door.send(world.client, route, request));
	const { status, code, bytes, text } = door.outcome(res);

	checked++;
	cell.status = status;
	cell.bytes = JSON.stringify(bytes);
	if (!STATUSES[expected].includes(status) || (CODES[expected] && code !== CODES[expected]))
		deviates(cell, `must be ${expected}, answered ${status} ${text}`);
	if (expected === 'unauthorized' && status === 401)
		expectProblem(res, 401, 'unauthorized');
}

/** All of `cells` have answered the same bytes. */
function expectOneAnswer(cells) {
	for (const cell of cells.slice(1))
		if (cell.bytes !== cells[0].bytes)
			deviates(cell,
				`answers other bytes than ${where(cells[0])}:\n\t${cell.bytes}\n\t${cells[0].bytes}`);
}

function groups(cells, key) {
	const found = new Map();

	for (const cell of cells)
		found.set(key(cell), [...found.get(key(cell)) ?? [], cell]);
	return [...found.values()];
}

/** Fails with all that deviated since it was last asked. */
function expectNoDeviations() {
	const found = deviations.splice(0);

	assert.equal(found.length, 0, `${found.length} deviations:\n${found.join('\n')}`);
}

const people = {};	// by role, and stranger
const residences = {};	// { own, foreign, deleted } as ids of things

/** A residence with all four roles in it and a task, as { residence_id, task_id }. */
async function furnish() {
	const residence = await newResidence(people.owner);
	const task = await newTask(people.owner, residence);

	for (const role of ROLES.slice(0, 3))
		await makeMember(residence, people[role].user, role);
	return { residence_id: residence.id, task_id: task.id };
}

let stores;

before(async () => {
	stores = await openStores();
	await buildWorlds();
	for (const role of [...ROLES, 'stranger'])
		people[role] = await signUp({ first_name: role });
	residences.own = await furnish();
	residences.deleted = await furnish();
	expectOk(await people.owner.client.delete(`/api/residences/${residences.deleted.residence_id}`), 204);
	const other = await signUp();
	const residence = await newResidence(other);
	const task = await newTask(other, residence);
	residences.foreign = { residence_id: residence.id, task_id: task.id };
	residences.foreign.calendar_feed_id = expectOk(await other.client.post('/api/calendar-feeds', {}), 201).id;
	residences.foreign.access_token_id = (await newAccess(other)).id;
	residences.foreign.device_id = expectOk(await other.client.post('/api/devices',
		{ platform: 'ios', token: newId() }), 201).id;
	residences.foreign.webhook_id = expectOk(await other.client.post(`/api/residences/${residence.id}/webhooks`,
		{ url: 'https://example.com', events: ['task.created'] }), 201).id;
	residences.foreign.document_id = (await newDocument(other, residence)).id;
	residences.foreign.contractor_id = expectOk(await other.client.post('/api/contractors',
		{ residence_id: residence.id, name: 'Sweep & Sons' }), 201).id;
	residences.foreign.completion_id =
		expectOk(await other.client.post(`/api/tasks/${task.id}/complete`, { occurrence: 1 }), 201).id;
	// A stranger is no nobody: they own a residence of their own, and manage another.
	await makeMember(residence, people.stranger.user, 'manager');
	await newResidence(people.stranger);
});

after(() => stores.close());
after(() => console.log(`${checked} cells checked: ${Object.keys(CALLERS).length} callers, ${guarded.length} routes`));

describe('the route table', () => {
	test('says for every route who may call it', () => {
		assert.ok(routes.length > 20);
		for (const route of routes)
			assert.ok(['anyone', 'internal', 'holder', 'signed', ...Object.keys(LOWEST)]
				.includes(route.access), nameOf(route));
	});

	test('has one secret that opens by itself', () => {
		assert.deepEqual(routes.filter((r) => r.access === 'holder').map(nameOf), ['GET /api/calendar/{feed}']);
	});

	test('leaves open what must be open and nothing else', () => {
		assert.deepEqual(open.map(nameOf).sort(), [
			'GET /api/calendar/{feed}', 'GET /api/exports/{export_token}', 'GET /api/files/{file_token}',
			'GET /api/openapi.json', 'GET /api/static-data',
			'GET /api/static-data/{list}', 'GET /api/subscription/tiers', 'GET /livez',
			'POST /api/auth/confirm-email',
			'POST /api/auth/forgot-password', 'POST /api/auth/login', 'POST /api/auth/register',
			'POST /api/auth/reset-password', 'POST /api/auth/verify-email',
			'POST /api/subscription/webhooks/apple', 'POST /api/subscription/webhooks/google',
			'POST /api/unsubscribe/{unsubscribe_token}',
		]);
	});
});

describe('a row without access', () => {
	// The tree as it is with what was built of it, and one row that declares nothing.
	test('does not build, and leaves no program behind', async () => {
		const tree = await mkdtemp(path.join(tmpdir(), 'hob-undeclared.'));
		const build = path.relative('.', path.resolve(programs));
		const table = path.join(tree, 'app/api/accounts.c');
		const make = () => run('make',
			['-C', tree, `MODE=${path.basename(build)}`, 'WERROR=1', `${build}/hob-api`]);

		try {
			await run('cp', ['-a', '--parents', 'Makefile', 'app', 'lib', 'scripts', 'sql', 'seed',
				't/unit', build, tree]);
			const sound = await readFile(table, 'utf8');
			const wrong = sound.replace(/(HTTP_GET, +ME, +)SIGNED,/, '$1{ WHO_UNDECLARED },');

			assert.notEqual(wrong, sound);
			await writeFile(table, wrong);
			await assert.rejects(make, (e) => /GET \/api\/auth\/me declares no access/.test(e.stderr));
			await assert.rejects(access(path.join(tree, build, 'hob-api')), { code: 'ENOENT' });
			await assert.rejects(make, /declares no access/, 'nor does it the second time');
			await writeFile(table, sound);
			await make();
		} finally {
			await rm(tree, { recursive: true });
		}
	});
});

describe('an open route', () => {
	for (const route of open.filter((r) => r.method === 'GET'))
		test(`does not look at who asks: ${nameOf(route)}`, async () => {
			const request = await sampleRequest(route, {});
			const answers = [];

			for (const caller of openCallers.keys())
				answers.push(await direct.send(openCallers.get(caller), route, request));
			for (const answer of answers) {
				assert.equal(answer.status, 200, answer.text);
				assert.equal(answer.text, answers[0].text);
			}
		});
});

describe('the matrix', () => {
	for (const [name, cells] of matrix)
		test(`of ${name}`, async () => {
			await onAll(cells, ask);
			// Refused says which field is wrong, so that each field has bytes of its own.
			for (const alike of groups(cells.filter((c) => c.expected !== 'passed'),
				(c) => [c.door.name, c.expected, c.expected === 'refused' ? c.id : ''].join()))
				expectOneAnswer(alike);
			expectNoDeviations();
			// A route that only ever says 409 would show nothing by it.
			assert.ok(cells.some((c) => c.expected === 'passed' && c.status < 300), `nobody can ${name}`);
		});

	test('has one answer for everybody who is nobody, on all routes', () => {
		expectOneAnswer([...matrix.values()].flat().filter((c) => c.expected === 'unauthorized' && c.bytes));
		expectNoDeviations();
	});
});

describe('ids in queries', () => {
	// The time of the answer is in some of them, and the id itself is signed in a cursor.
	const timeless = (res) => res.text.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, 'then')
		.replace(/"next_cursor":"[^"]*"/, '"next_cursor":"there"');

	for (const [name, cells] of queries)
		if (cells.length > 0)
			test(`of ${name}: only the own ones give anything`, async () => {
				await onAll(cells, async (cell) => {
					const { route, world, id, kind } = cell;
					const { values } = await sampleRequest(route, world);
					const value = await idOf(id, route, kind, world);
					const res = await world.client.get(address(route, values, `${id}=${value}`),
						SAME_ID);

					checked++;
					cell.bytes = timeless(res);
					if (res.status !== 200)
						deviates(cell, `answered ${res.status} ${res.text}`);
					for (const hidden of [world.foreign.residence, world.foreign.task, world.dead,
						world.deadTask, world.lostTask])
						if (res.text.includes(hidden))
							deviates(cell, `shows ${hidden}: ${res.text}`);
				});
				for (const alike of groups(cells.filter((c) => c.kind !== 'own'), (c) => c.id))
					expectOneAnswer(alike);
				expectNoDeviations();
			});
});

describe('an id that the client made', () => {
	// Each makes a thing of the kind that its path ends in, but for the acts on a task.
	const made = { complete: 'completion', skip: 'completion', copy: 'task' };

	for (const route of guarded.filter((r) => r.method === 'POST' && r.body.some((f) => f.type === 'new_id')))
		test(`is no way to what has it already, at ${nameOf(route)}`, async () => {
			const last = route.path.split('/').pop().replace(/s$/, '').replaceAll('-', '_');
			const thing = `${made[last] ?? last}_id`;
			assert.ok(residences.foreign[thing],
				`${nameOf(route)} makes a ${thing}: add one to residences.foreign`);
			const request = await sampleRequest(route,
				{ residence: residences.own.residence_id, task: residences.own.task_id });
			const body = { ...request.body, assigned_to_id: undefined, completed_by_id: undefined,
				id: residences.foreign[thing] };
			const res = await direct.send(people.owner.client, route, { ...request, body });

			assert.ok(res.status >= 400 && res.status < 500, `${res.status} ${res.text}`);
		});
});

describe('ids that nobody names', () => {
	test('of lists without a filter: nothing of a stranger\'s and nothing deleted shows', async () => {
		for (const role of [...ROLES, 'stranger']) {
			const { client } = people[role];
			const hidden = [residences.deleted,
				...(role === 'stranger' ? [residences.own] : [residences.foreign])];
			const seen = JSON.stringify([
				expectPage(await client.get('/api/residences?limit=200')),
				expectPage(await client.get('/api/residences/summary')),
				expectPage(await client.get('/api/tasks?limit=200')),
				expectPage(await client.get('/api/completions?limit=200')),
				expectPage(await client.get('/api/documents?limit=200')),
				expectPage(await client.get('/api/documents/expiring')),
				expectPage(await client.get('/api/contractors?limit=200')),
				expectOk(await client.get('/api/tasks/kanban')),
				expectOk(await client.get('/api/sync?limit=1000')),
			]);

			for (const ids of hidden)
				for (const id of Object.values(ids))
					assert.ok(!seen.includes(id), `${role} sees ${id}`);
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
		const residence = await newResidence(people.owner);
		const target = `/api/residences/${residence.id}`;
		const all = (status) => Promise.all(Array.from({ length: 16 }, async () => {
			const res = await someone.client.patch(target, {});
			assert.equal(res.status, status, res.text);
		}));

		await all(404);
		await makeMember(residence, someone.user, 'member');
		await all(403);
		await makeMember(residence, someone.user, 'manager');
		await all(200);
		await sql("DELETE FROM residence_members WHERE residence_id = :'residence' AND user_id = :'user'",
			{ residence: residence.id, user: someone.user.id });
		await all(404);
	});
});
