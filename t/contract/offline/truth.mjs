// truth.mjs: what must be so when the network is well again and everything was sent: each store is the
// server's truth, and the trail of activity has each write once, or not at all when it was refused.
import assert from 'node:assert/strict';

import { Copy } from '../../api/support/copy.mjs';
import { sql } from '../../api/support/db.mjs';
import { expectOk, expectPage } from '../../api/support/expect.mjs';
import { boardOf, boardShown } from './board.mjs';
import { KINDS } from './phone.mjs';

const plain = (value) => JSON.parse(JSON.stringify(value));

async function listAll(client, path) {
	const all = {};
	let cursor = '';

	do {
		const reply = await client.get(`${path}limit=200${cursor}`);

		for (const thing of expectPage(reply))
			all[thing.id] = thing;
		cursor = reply.body.next_cursor && `&cursor=${reply.body.next_cursor}`;
	} while (cursor);
	return all;
}

/** The lists have the same things, and each member that both forms have is the same. */
function expectListed(things, list, what) {
	assert.deepEqual(Object.keys(list).sort(), Object.keys(things).sort(), what);
	for (const [id, thing] of Object.entries(things))
		for (const [name, value] of Object.entries(thing).filter(([key]) => key in list[id]))
			assert.deepEqual(list[id][name], value, `${what}: ${id} ${name}`);
}

/** Each task is in one of these lists. */
async function listTasks(client) {
	const filters = ['', 'archived=true&', 'hidden=true&', 'archived=true&hidden=true&'];
	const lists = [];

	for (const filter of filters)
		lists.push(await listAll(client, `/api/tasks?${filter}`));
	return Object.assign({}, ...lists);
}

async function expectLists(client, things) {
	const listed = {
		residences: await listAll(client, '/api/residences?'),
		tasks: await listTasks(client),
		completions: await listAll(client, '/api/completions?'),
		notifications: await listAll(client, '/api/notifications?'),
		contractors: await listAll(client, '/api/contractors?'),
		documents: await listAll(client, '/api/documents?'),
		files: {},	// no phone here sends one
		members: {},
	};

	for (const id of Object.keys(things.residences))
		Object.assign(listed.members, await listAll(client, `/api/residences/${id}/members?`));
	for (const kind of KINDS)
		expectListed(things[kind], listed[kind], `the list of ${kind}`);
}

/** One residence's board, or that of all. The clock goes on: who sees another board looks once more. */
async function expectBoard(client, { tasks, residences }, residence_id) {
	for (let tries = 1; ; tries++) {
		const board = expectOk(await client.get(
			`/api/tasks/kanban${residence_id ? `?residence_id=${residence_id}` : ''}`));
		const mine = Object.values(tasks).filter((t) => !residence_id || t.residence_id === residence_id);
		const computed = boardOf(mine, residences, board.as_of);

		try {
			assert.deepEqual(computed, boardShown(board), 'the board');
			return;
		} catch (why) {
			if (tries === 2)
				throw why;
		}
	}
}

/** What counts adds up: no completion is there twice, and tasks say how often they were done. */
function expectSound({ tasks, completions }) {
	const seen = new Set();
	const done = {};
	const latest = {};

	for (const c of Object.values(completions)) {
		const name = `${c.task_id} ${c.occurrence}`;

		assert.ok(!seen.has(name), `two completions of ${name}`);
		seen.add(name);
		done[c.task_id] = (done[c.task_id] ?? 0) + (c.outcome === 'done' ? 1 : 0);
		if ((latest[c.task_id]?.occurrence ?? 0) < c.occurrence)
			latest[c.task_id] = c;
	}
	for (const task of Object.values(tasks)) {
		assert.equal(task.completion_count, done[task.id] ?? 0, `completions of ${task.id}`);
		assert.equal(task.last_completion_id, latest[task.id]?.id ?? null, `the last of ${task.id}`);
	}
}

/** The store of each phone of a person is what a first sync gives, and what the lists have. */
export async function expectStores(client, phones) {
	const copy = new Copy(client);

	await copy.sync();
	const things = Object.fromEntries(KINDS.map((kind) => [kind, Object.fromEntries(copy.things[kind])]));

	for (const phone of phones)
		for (const kind of KINDS)
			assert.deepEqual(plain(phone.state.things[kind]), things[kind], `${phone.name}'s ${kind}`);
	await expectLists(client, things);
	expectSound(things);
	await expectBoard(client, things);
	for (const id of Object.keys(things.residences))
		await expectBoard(client, things, id);
}

// --- each once ------------------------------------------------------------------------------

/** { "request subject id action": how many rows } of all that these people have done. */
async function trailOf(user_ids) {
	const rows = await sql(`SELECT concat_ws(' ', request_id, subject, subject_id, action), count(*)
		FROM activity WHERE user_id = ANY (string_to_array(:'ids', ',')::uuid[])
		  AND request_id LIKE 'offline-%' GROUP BY 1`, { ids: user_ids.join() });

	return Object.fromEntries(rows.map((row) => [row.slice(0, row.lastIndexOf('|')),
		Number(row.slice(row.lastIndexOf('|') + 1))]));
}

/** What the phones were told is what was done: see Phone.settle for the entries of a ledger. */
export async function expectEachOnce(ledger, user_ids) {
	const trail = await trailOf(user_ids);
	const traces = new Map();

	for (const [name, count] of Object.entries(trail)) {
		const [request_id] = name.split(' ');

		assert.equal(count, 1, `more than once: ${name}`);
		traces.set(request_id, [...traces.get(request_id) ?? [], name]);
	}
	for (const entry of ledger) {
		const { phone, kind, args, status, code = '', request_id, done, undone, part, maybe } = entry;
		const told = `${phone} ${kind} ${JSON.stringify(args)}: ${status} ${code}`;
		const traced = (trace) => trace !== null && trail[[request_id, ...trace].join(' ')] !== undefined;

		assert.ok(done === null || traced(done), `not done although it was said: ${told}: ${done}`);
		assert.ok(!traced(undone), `done although it was refused: ${told}: ${undone}`);
		if (status >= 400 && !maybe && !part)
			assert.deepEqual(traces.get(request_id) ?? [], [], `done although it was refused: ${told}`);
	}
}
