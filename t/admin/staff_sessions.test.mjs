// sessions.test.mjs: sessions of staff: the own, and as an admin those of all; and pages of lists.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { sql } from '../api/support/db.mjs';
import { addStaff, events, Panel, signIn, staffPanel } from './support/staff.mjs';

const listed = async (panel, query = '?page_size=100') => (await panel.get(`/staff-sessions${query}`)).body.results;

test('a list has the own sessions, what they came from, and which one asks', async () => {
	const person = await addStaff();
	const former = await signIn(person);
	const panel = await signIn(person);

	await staffPanel('support');
	const { status, headers, body } = await panel.get('/staff-sessions', { headers: { 'User-Agent': 'Test/1.0' } });

	assert.equal(status, 200);
	assert.equal(body.count, 2);
	assert.equal(headers['x-total-count'], '2');
	assert.deepEqual(Object.keys(body.results[0]), ['id', 'staff_id', 'staff_email', 'staff_name', 'address',
		'agent', 'created_at', 'seen_at', 'ends_at', 'current', 'version']);
	assert.deepEqual(body.results.map(({ current }) => current).sort(), [false, true]);
	assert.ok(body.results.every((s) => s.staff_id === panel.id && s.address === '127.0.0.1'));
	assert.equal((await listed(former)).length, 2);
});

test('a list shows no session that is over', async () => {
	const person = await addStaff();
	const panels = [await signIn(person), await signIn(person), await signIn(person)];
	const ids = [];

	for (const panel of panels)
		ids.push((await listed(panel)).find(({ current }) => current).id);
	await sql("UPDATE staff_sessions SET seen_at = now() - interval '31 minutes' WHERE id = :'id'", { id: ids[0] });
	await sql("UPDATE staff_sessions SET ends_at = now() WHERE id = :'id'", { id: ids[1] });
	assert.deepEqual((await listed(panels[2])).map(({ id }) => id), [ids[2]]);
});

test('an admin sees and ends those of others, and nobody else does', async () => {
	const other = await staffPanel('support');
	const editor = await staffPanel('editor');
	const admin = await staffPanel('admin');
	const { id } = (await listed(other))[0];

	assert.ok(!(await listed(editor)).some((s) => s.id === id));
	assert.equal((await editor.delete(`/staff-sessions/${id}`)).status, 404);
	assert.equal((await other.get('/auth/me')).status, 200);
	assert.ok((await listed(admin)).some((s) => s.id === id));
	assert.equal((await admin.delete(`/staff-sessions/${id}`)).status, 204);
	assert.equal((await other.get('/auth/me')).status, 401);
	assert.equal((await admin.delete(`/staff-sessions/${id}`)).status, 404);
	const [event] = await events('end', id);

	assert.equal(event.staff_id, admin.id);
	assert.equal(event.before.staff_id, other.id);
});

test('one ends another session of their own', async () => {
	const person = await addStaff();
	const [former, panel] = [await signIn(person), await signIn(person)];
	const { id } = (await listed(panel)).find(({ current }) => !current);

	assert.equal((await panel.delete(`/staff-sessions/${id}`)).status, 204);
	assert.equal((await former.get('/auth/me')).status, 401);
	assert.equal((await panel.get('/auth/me')).status, 200);
});

test('an id that is none is named', async () => {
	const panel = await staffPanel('support');

	assert.equal((await panel.delete('/staff-sessions/x')).status, 404);
	assert.equal((await panel.delete('/staff-sessions/01900000-0000-7000-8000-000000000000')).status, 404);
	assert.equal((await new Panel().delete('/staff-sessions/01900000-0000-7000-8000-000000000000')).status, 401);
});

test('a list comes in pages, which together have each row once', async () => {
	const person = await addStaff();
	let panel;

	for (let i = 0; i < 5; i++)
		panel = await signIn(person);
	const pages = [];

	for (const page of [1, 2, 3, 4]) {
		const { body } = await panel.get(`/staff-sessions?page=${page}&page_size=2`);

		assert.equal(body.count, 5);
		pages.push(body.results.map(({ id }) => id));
	}
	assert.deepEqual(pages.map(({ length }) => length), [2, 2, 1, 0]);
	assert.equal(new Set(pages.flat()).size, 5);
	for (const [query, field, code] of [['page=0', 'page', 'too_small'],
		['page_size=101', 'page_size', 'too_large'], ['page=x', 'page', 'type'],
		['pages=1', 'pages', 'unknown_field']]) {
		const { status, body } = await panel.get(`/staff-sessions?${query}`);

		assert.equal(status, 400, query);
		assert.deepEqual(body.errors.map((fault) => [fault.field, fault.code]), [[field, code]]);
	}
});
