// copy.mjs: a phone's copy of its residences, kept by GET /api/sync, and what it has to equal.
import assert from 'node:assert/strict';

import { sql } from './db.mjs';
import { expectKeys, expectOk, expectPage } from './expect.mjs';
import { patiently } from './people.mjs';

export const KINDS = ['residences', 'members', 'tasks', 'completions', 'notifications', 'contractors',
	'documents', 'files'];

export class Copy {
	constructor(client) {
		this.client = client;
		this.token = null;
		this.things = Object.fromEntries(KINDS.map((kind) => [kind, new Map()]));
	}

	/** Asks for one page and applies it: first what is there, then what is gone. */
	async page(limit) {
		const query = new URLSearchParams();

		if (this.token !== null)
			query.set('since', this.token);
		if (limit !== undefined)
			query.set('limit', limit);
		this.answer = await this.client.get(`/api/sync?${query}`);
		const page = expectOk(this.answer);
		expectKeys(page, ['sync_token', 'full_sync', 'has_more', 'changes']);
		assert.deepEqual(Object.keys(page.changes), KINDS);
		assert.equal(page.full_sync, this.token === null);
		for (const [kind, changes] of Object.entries(page.changes)) {
			expectKeys(changes, ['upserted', 'deleted']);
			for (const thing of changes.upserted)
				this.things[kind].set(thing.id, thing);
			for (const id of changes.deleted)
				this.things[kind].delete(id);
		}
		this.token = page.sync_token;
		return page;
	}

	/** Pages until there are no more. Resolves to all of them. */
	async sync(limit) {
		const pages = [];

		do
			pages.push(await this.page(limit));
		while (pages.at(-1).has_more);
		return pages;
	}

	ids(kind) {
		return [...this.things[kind].keys()].sort();
	}
}

/** What one sync brought: { tasks: { upserted: [ids], deleted: [ids] }, ... }, empty ones left out. */
export function news(pages) {
	const all = {};

	for (const { changes } of pages)
		for (const [kind, { upserted, deleted }] of Object.entries(changes)) {
			const ids = upserted.map((thing) => thing.id);

			if (ids.length + deleted.length === 0)
				continue;
			all[kind] ??= { upserted: [], deleted: [] };
			all[kind].upserted.push(...ids);
			all[kind].deleted.push(...deleted);
		}
	return all;
}

async function listAll(client, path) {
	const all = [];
	let cursor = '';

	for (;;) {
		const res = await patiently(() => client.get(`${path}limit=200${cursor}`));

		all.push(...expectPage(res));
		if (res.body.next_cursor === null)
			return all;
		cursor = `&cursor=${res.body.next_cursor}`;
	}
}

async function rows(text, variables) {
	return (await sql(text, variables)).map((line) => JSON.parse(line));
}

const byId = (a, b) => (a.id < b.id ? -1 : 1);

/** What a copy holds of a task or a contractor: all but what the clock and other things say. */
export function copied({ currency, is_overdue, ...rest }) {
	return rest;
}

const copiedDocument = ({ state, days_left, ...rest }) => copied(rest);

/** All tasks, in the four lists of which each is in one. */
async function allTasks(client) {
	const filters = ['', 'archived=true&', 'hidden=true&', 'archived=true&hidden=true&'];
	const lists = await Promise.all(filters.map((filter) => listAll(client, `/api/tasks?${filter}`)));

	return lists.flat().map(copied);
}

/** The copy equals the lists, and what has no list yet, the tables. */
export async function expectTrue(copy, person) {
	const { client, user } = person;
	const lists = {
		residences: await listAll(client, '/api/residences?'),
		tasks: await allTasks(client),
		notifications: await listAll(client, '/api/notifications?'),
		contractors: (await listAll(client, '/api/contractors?')).map(copied),
		documents: (await listAll(client, '/api/documents?')).map(copiedDocument),
		files: await rows(`
			SELECT json_build_object('id', f.id, 'state', f.state)
			  FROM residence_members mine
			  JOIN files f ON f.residence_id = mine.residence_id
			 WHERE mine.user_id = :'id' AND NOT mine.gone
			   AND (f.state = 'ready' OR f.uploaded_by = :'id')`, { id: user.id }),
		members: await rows(`
			SELECT json_build_object('id', m.residence_id || ':' || m.user_id,
				'residence_id', m.residence_id,
				'user', json_build_object('id', m.user_id, 'name', p.name), 'role', m.role,
				'joined_at', to_char(m.joined_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
			  FROM residence_members mine
			  JOIN residence_members m ON m.residence_id = mine.residence_id AND NOT m.gone
			  JOIN residence_people p ON (p.residence_id, p.user_id) = (m.residence_id, m.user_id)
			 WHERE mine.user_id = :'id' AND NOT mine.gone`, { id: user.id }),
		completions: await rows(`
			SELECT json_build_object('id', c.id, 'note', c.note, 'completed_by', p.name)
			  FROM residence_members mine
			  JOIN completions c ON c.residence_id = mine.residence_id
			  JOIN residence_people p ON (p.residence_id, p.user_id) = (c.residence_id, c.completed_by)
			 WHERE mine.user_id = :'id' AND NOT mine.gone`, { id: user.id }),
	};
	const held = Object.fromEntries(KINDS.map((kind) => [kind, [...copy.things[kind].values()]]));

	held.files = held.files.map(({ id, state }) => ({ id, state }));
	held.completions = held.completions.map((c) => ({ id: c.id, note: c.note, completed_by: c.completed_by.name }));
	for (const kind of KINDS)
		assert.deepEqual(held[kind].sort(byId), lists[kind].sort(byId), kind);
}
